"""A task does not end when it is cancelled, it has something to wait for. What does that cost?"""

import asyncio

import anyio
import roost

told = 0


async def with_anyio() -> None:
    """On asyncio, what is an edge is made a level by throwing again, in every turn of the loop. For
    code that was written for asyncio, and waits on, that is a loop that never sleeps."""

    async def goes_on(answer: "asyncio.Future[None]") -> None:
        global told
        while not answer.done():
            try:
                await asyncio.shield(answer)
            except asyncio.CancelledError:
                told += 1

    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    async with anyio.create_task_group() as group:
        group.start_soon(goes_on, answer)
        await anyio.sleep(0)
        group.cancel_scope.cancel()
        loop.call_later(0.5, answer.set_result, None)
    print("anyio: told more than a hundred times:", told > 100)


async def with_roost() -> None:
    """A wait is asked once. A task that goes on waiting does so in a shield, and sleeps (C14b)."""

    async def goes_on(answer: roost.Event) -> None:
        global told
        try:
            await answer.wait()
        except roost.Cancelled:
            told += 1
            with roost.CancelScope(shield=True):
                await answer.wait()

    global told
    told = 0
    answer = roost.Event()
    async with roost.create_task_group() as group:
        group.start_soon(goes_on, answer)
        await roost.sleep(1)
        group.cancel()
        with roost.CancelScope(shield=True):
            await roost.sleep(10)
        answer.set()
    print("roost: told", told, "time")


anyio.run(with_anyio)
roost.run(with_roost, clock="virtual")
