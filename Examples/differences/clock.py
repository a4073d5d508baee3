"""A test of code that waits for a day, and one of code that waits for ever."""

import time

import roost
import trio
from trio.testing import MockClock


async def wait_with_trio() -> None:
    await trio.sleep(24 * 3600)


async def wait_with_roost() -> None:
    await roost.sleep(24 * 3600)


async def hang() -> None:
    """Two tasks, each of which waits for the other's word."""
    first, second = roost.Event(), roost.Event()

    async def follow(one: roost.Event, other: roost.Event) -> None:
        await one.wait()
        other.set()

    async with roost.create_task_group() as group:
        group.start_soon(follow, first, second, name="one")
        group.start_soon(follow, second, first, name="other")


# Both have a clock that jumps; asyncio has none, AnyIO has Trio's where it runs on Trio.
began = time.monotonic()
trio.run(wait_with_trio, clock=MockClock(autojump_threshold=0))
roost.run(wait_with_roost, clock="virtual")
print("a day in no time:", time.monotonic() - began < 60)

# On Trio's, what can never end never ends. Here it is an error, which names what waits (D4).
try:
    roost.run(hang, clock="virtual")
except roost.Deadlock as error:
    print("roost:", type(error).__name__)
