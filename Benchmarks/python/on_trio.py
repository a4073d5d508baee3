"""The works on Trio, each as a program for Trio alone is best written."""

import time
from collections.abc import Callable, Coroutine
from typing import Any

import trio
from watch import Watch

Body = Callable[[int, Watch], Coroutine[Any, Any, None]]


def run(body: Body, n: int, watch: Watch) -> None:
    trio.run(body, n, watch)


async def trivial() -> None:
    pass


async def spawn(n: int, watch: Watch) -> None:
    watch.start()
    async with trio.open_nursery() as nursery:
        for _ in range(n):
            nursery.start_soon(trivial)
    watch.stop()


async def cancel(n: int, watch: Watch) -> None:
    async with trio.open_nursery() as nursery:
        for _ in range(n):
            nursery.start_soon(trio.sleep_forever)
        await trio.lowlevel.checkpoint()
        watch.start()
        nursery.cancel_scope.cancel()
    watch.stop()


async def hold(n: int, watch: Watch) -> None:
    async with trio.open_nursery() as nursery:
        watch.start()
        for _ in range(n):
            nursery.start_soon(trio.sleep_forever)
        await trio.lowlevel.checkpoint()
        watch.stop()
        nursery.cancel_scope.cancel()


async def switch(n: int, watch: Watch) -> None:
    going = True

    async def turn() -> None:
        while going:
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for _ in range(999):
            nursery.start_soon(turn)
        await trio.lowlevel.checkpoint()
        watch.start()
        for _ in range(n // 1000):
            await trio.lowlevel.checkpoint()
        watch.stop()
        going = False


async def alone(n: int, watch: Watch) -> None:
    watch.start()
    for _ in range(n):
        await trio.lowlevel.checkpoint()
    watch.stop()


async def scope(n: int, watch: Watch) -> None:
    watch.start()
    for _ in range(n):
        with trio.move_on_after(3600):
            pass
    watch.stop()


async def channel(n: int, watch: Watch) -> None:
    send, receive = trio.open_memory_channel[int](100)

    async def take() -> None:
        for _ in range(n):
            await receive.receive()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await trio.lowlevel.checkpoint()
        watch.start()
        for i in range(n):
            await send.send(i)
    watch.stop()


async def lock(n: int, watch: Watch) -> None:
    shared = trio.Lock()

    async def take() -> None:
        for _ in range(n // 10):
            async with shared:
                await trio.lowlevel.checkpoint()

    watch.start()
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(take)
    watch.stop()


async def thread(n: int, watch: Watch) -> None:
    await trio.to_thread.run_sync(int)
    watch.start()
    for _ in range(n):
        await trio.to_thread.run_sync(int)
    watch.stop()


async def shielded(n: int, watch: Watch) -> None:
    async def wait() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(n / 1000)

    await cancel_one(wait, watch)


async def refused(n: int, watch: Watch) -> None:
    async def wait() -> None:
        await trio.to_thread.run_sync(time.sleep, n / 1000)

    await cancel_one(wait, watch)


async def cancel_one(wait: Callable[[], Coroutine[Any, Any, None]], watch: Watch) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.lowlevel.checkpoint()
        watch.start()
        nursery.cancel_scope.cancel()
    watch.stop()
