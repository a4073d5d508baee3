"""A function swallows a cancellation, by mistake. Is the task cancelled all the same?"""

import asyncio
import contextlib

import roost


async def with_asyncio() -> None:
    """An edge: a cancellation is thrown once, and whoever catches it has used it up."""

    async def work() -> str:
        with contextlib.suppress(BaseException):
            await asyncio.sleep(10)
        await asyncio.sleep(0)
        return "it went on to its end"

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    print("asyncio:", await task)


async def with_roost() -> None:
    """A level: the next wait is cancelled too, and the one after that (C3)."""

    async def work() -> str:
        with contextlib.suppress(BaseException):
            await roost.sleep(10)
        await roost.sleep(0)
        return "it went on to its end"

    async with roost.create_task_group() as group:
        task = group.start_soon(work)
        await roost.sleep(1)
        await task.cancel_and_wait()
    print("roost:", task.status)


asyncio.run(with_asyncio())
roost.run(with_roost, clock="virtual")
