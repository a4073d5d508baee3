"""The works on Roost, each as a program for Roost is best written."""

import time
from collections.abc import Callable, Coroutine
from typing import Any

import roost
import roost.to_thread
from watch import Watch

Body = Callable[[int, Watch], Coroutine[Any, Any, None]]


def run(body: Body, n: int, watch: Watch) -> None:
    roost.run(body, n, watch)


async def trivial() -> None:
    pass


async def spawn(n: int, watch: Watch) -> None:
    watch.start()
    async with roost.create_task_group() as group:
        for _ in range(n):
            group.start_soon(trivial)
    watch.stop()


async def cancel(n: int, watch: Watch) -> None:
    async with roost.create_task_group() as group:
        for _ in range(n):
            group.start_soon(roost.sleep_forever)
        # The first has all begin, the second has what they ask carried out.
        await roost.checkpoint()
        await roost.checkpoint()
        watch.start()
        group.cancel_scope.cancel()
    watch.stop()


async def hold(n: int, watch: Watch) -> None:
    async with roost.create_task_group() as group:
        watch.start()
        for _ in range(n):
            group.start_soon(roost.sleep_forever)
        # The first has all begin, the second has what they ask carried out.
        await roost.checkpoint()
        await roost.checkpoint()
        watch.stop()
        group.cancel_scope.cancel()


async def switch(n: int, watch: Watch) -> None:
    going = True

    async def turn() -> None:
        while going:
            await roost.checkpoint()

    async with roost.create_task_group() as group:
        for _ in range(999):
            group.start_soon(turn)
        await roost.checkpoint()
        watch.start()
        for _ in range(n // 1000):
            await roost.checkpoint()
        watch.stop()
        going = False


async def alone(n: int, watch: Watch) -> None:
    watch.start()
    for _ in range(n):
        await roost.checkpoint()
    watch.stop()


async def scope(n: int, watch: Watch) -> None:
    watch.start()
    for _ in range(n):
        with roost.move_on_after(3600):
            pass
    watch.stop()


async def channel(n: int, watch: Watch) -> None:
    send, receive = roost.create_memory_object_stream[int](100)

    async def take() -> None:
        for _ in range(n):
            await receive.receive()

    with send, receive:
        async with roost.create_task_group() as group:
            group.start_soon(take)
            await roost.checkpoint()
            watch.start()
            for i in range(n):
                await send.send(i)
        watch.stop()


async def lock(n: int, watch: Watch) -> None:
    shared = roost.Lock()

    async def take() -> None:
        for _ in range(n // 10):
            async with shared:
                await roost.checkpoint()

    watch.start()
    async with roost.create_task_group() as group:
        for _ in range(10):
            group.start_soon(take)
    watch.stop()


async def thread(n: int, watch: Watch) -> None:
    await roost.to_thread.run_sync(int)
    watch.start()
    for _ in range(n):
        await roost.to_thread.run_sync(int)
    watch.stop()


async def shielded(n: int, watch: Watch) -> None:
    async def wait() -> None:
        with roost.CancelScope(shield=True):
            await roost.sleep(n / 1000)

    await cancel_one(wait, watch)


async def refused(n: int, watch: Watch) -> None:
    async def wait() -> None:
        await roost.to_thread.run_sync(time.sleep, n / 1000)

    await cancel_one(wait, watch)


async def cancel_one(wait: Callable[[], Coroutine[Any, Any, None]], watch: Watch) -> None:
    async with roost.create_task_group() as group:
        group.start_soon(wait)
        await roost.checkpoint()
        watch.start()
        group.cancel_scope.cancel()
    watch.stop()
