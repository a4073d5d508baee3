"""A library was made for asyncio, and a program for Roost wants to use it."""

import asyncio

import roost


async def fetch() -> str:
    """The library's: it awaits what only asyncio's loop brings."""
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(answer.set_result, "its answer")
    return await answer


async def with_roost() -> None:
    """A future of another loop is refused where it is awaited, and nothing hangs. The library runs
    on a thread, in a loop of its own."""
    loop = asyncio.new_event_loop()
    try:
        await loop.create_future()
    except TypeError as error:
        print("roost:", str(error).partition(",")[0])
    loop.close()
    print("roost:", await roost.to_thread.run_sync(lambda: asyncio.run(fetch())))


print("asyncio:", asyncio.run(fetch()))
roost.run(with_roost, clock="virtual")
