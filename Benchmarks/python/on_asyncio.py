"""The works on asyncio.TaskGroup, each as a program for asyncio alone is best written."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from watch import Watch

Body = Callable[[int, Watch], Coroutine[Any, Any, None]]


def run(body: Body, n: int, watch: Watch) -> None:
    asyncio.run(body(n, watch))


async def trivial() -> None:
    pass


async def blocked() -> None:
    # The cheapest wait without end that asyncio has: no timer, no queue of waiters.
    await asyncio.get_running_loop().create_future()


async def spawn(n: int, watch: Watch) -> None:
    watch.start()
    async with asyncio.TaskGroup() as group:
        for _ in range(n):
            group.create_task(trivial())
    watch.stop()


async def cancel(n: int, watch: Watch) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(blocked()) for _ in range(n)]
        await asyncio.sleep(0)
        watch.start()
        for task in tasks:
            task.cancel()
    watch.stop()


async def hold(n: int, watch: Watch) -> None:
    async with asyncio.TaskGroup() as group:
        watch.start()
        tasks = [group.create_task(blocked()) for _ in range(n)]
        await asyncio.sleep(0)
        watch.stop()
        for task in tasks:
            task.cancel()


async def switch(n: int, watch: Watch) -> None:
    going = True

    async def turn() -> None:
        while going:
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(999):
            group.create_task(turn())
        await asyncio.sleep(0)
        watch.start()
        for _ in range(n // 1000):
            await asyncio.sleep(0)
        watch.stop()
        going = False


async def alone(n: int, watch: Watch) -> None:
    watch.start()
    for _ in range(n):
        await asyncio.sleep(0)
    watch.stop()


async def scope(n: int, watch: Watch) -> None:
    watch.start()
    for _ in range(n):
        async with asyncio.timeout(3600):
            pass
    watch.stop()


async def channel(n: int, watch: Watch) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(100)

    async def receive() -> None:
        for _ in range(n):
            await queue.get()

    async with asyncio.TaskGroup() as group:
        group.create_task(receive())
        await asyncio.sleep(0)
        watch.start()
        for i in range(n):
            await queue.put(i)
    watch.stop()


async def lock(n: int, watch: Watch) -> None:
    shared = asyncio.Lock()

    async def take() -> None:
        for _ in range(n // 10):
            async with shared:
                await asyncio.sleep(0)

    watch.start()
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(take())
    watch.stop()


async def thread(n: int, watch: Watch) -> None:
    await asyncio.to_thread(int)
    watch.start()
    for _ in range(n):
        await asyncio.to_thread(int)
    watch.stop()


class Deaf(asyncio.Future[None]):
    """Cannot be cancelled, as a request that somebody else is carrying out."""

    def cancel(self, msg: object = None) -> bool:
        return False


async def refused(n: int, watch: Watch) -> None:
    async def wait() -> None:
        request = Deaf()
        asyncio.get_running_loop().call_later(n / 1000, request.set_result, None)
        await request

    async with asyncio.TaskGroup() as group:
        task = group.create_task(wait())
        await asyncio.sleep(0)
        watch.start()
        task.cancel()
    watch.stop()
