"""The works on AnyIO with its asyncio backend, each as a program for AnyIO is best written."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
from on_asyncio import Deaf
from watch import Watch

Body = Callable[[int, Watch], Coroutine[Any, Any, None]]


def run(body: Body, n: int, watch: Watch) -> None:
    anyio.run(body, n, watch)


async def trivial() -> None:
    pass


async def spawn(n: int, watch: Watch) -> None:
    watch.start()
    async with anyio.create_task_group() as group:
        for _ in range(n):
            group.start_soon(trivial)
    watch.stop()


async def cancel(n: int, watch: Watch) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(n):
            group.start_soon(anyio.sleep_forever)
        await anyio.lowlevel.checkpoint()
        watch.start()
        group.cancel_scope.cancel()
    watch.stop()


async def hold(n: int, watch: Watch) -> None:
    async with anyio.create_task_group() as group:
        watch.start()
        for _ in range(n):
            group.start_soon(anyio.sleep_forever)
        await anyio.lowlevel.checkpoint()
        watch.stop()
        group.cancel_scope.cancel()


async def switch(n: int, watch: Watch) -> None:
    going = True

    async def turn() -> None:
        while going:
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        for _ in range(999):
            group.start_soon(turn)
        await anyio.lowlevel.checkpoint()
        watch.start()
        for _ in range(n // 1000):
            await anyio.lowlevel.checkpoint()
        watch.stop()
        going = False


async def alone(n: int, watch: Watch) -> None:
    watch.start()
    for _ in range(n):
        await anyio.lowlevel.checkpoint()
    watch.stop()


async def scope(n: int, watch: Watch) -> None:
    watch.start()
    for _ in range(n):
        with anyio.move_on_after(3600):
            pass
    watch.stop()


async def channel(n: int, watch: Watch) -> None:
    send, receive = anyio.create_memory_object_stream[int](100)

    async def take() -> None:
        for _ in range(n):
            await receive.receive()

    with send, receive:
        async with anyio.create_task_group() as group:
            group.start_soon(take)
            await anyio.lowlevel.checkpoint()
            watch.start()
            for i in range(n):
                await send.send(i)
        watch.stop()


async def lock(n: int, watch: Watch) -> None:
    shared = anyio.Lock()

    async def take() -> None:
        for _ in range(n // 10):
            async with shared:
                await anyio.lowlevel.checkpoint()

    watch.start()
    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(take)
    watch.stop()


async def thread(n: int, watch: Watch) -> None:
    await anyio.to_thread.run_sync(int)
    watch.start()
    for _ in range(n):
        await anyio.to_thread.run_sync(int)
    watch.stop()


async def shielded(n: int, watch: Watch) -> None:
    async def wait() -> None:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(n / 1000)

    await cancel_one(wait, watch)


async def refused(n: int, watch: Watch) -> None:
    async def wait() -> None:
        request = Deaf()
        asyncio.get_running_loop().call_later(n / 1000, request.set_result, None)
        await request

    await cancel_one(wait, watch)


async def cancel_one(wait: Callable[[], Coroutine[Any, Any, None]], watch: Watch) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await anyio.lowlevel.checkpoint()
        watch.start()
        group.cancel_scope.cancel()
    watch.stop()
