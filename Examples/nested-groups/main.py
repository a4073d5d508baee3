"""Three groups, one in the other: outer > middle > inner.

The body of inner cancels middle, and runs on until its next wait. That wait is cancelled; inner
passes it on, middle absorbs it, and outer never notices (C7).
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import roost
from common import say, say_result, yes_or_no


async def neighbour() -> None:
    """A task of outer, which the cancellation does not reach."""
    say("neighbour: waiting for 2 s")
    await roost.sleep(2)
    say("neighbour: the wait is over")


@asynccontextmanager
async def group_that_says(name: str) -> AsyncIterator[roost.TaskGroup]:
    """A group that says how it has ended, and what goes on to what is around it."""
    try:
        async with roost.create_task_group(name=name) as group:
            yield group
    except roost.Cancelled:
        say_result(name, group.cancel_scope, "cancelled")
        raise
    say_result(name, group.cancel_scope)


async def main() -> None:
    async with group_that_says("outer") as outer:
        outer.start_soon(neighbour)
        async with group_that_says("middle") as middle, group_that_says("inner"):
            await roost.sleep(1)
            say("body: cancelling middle")
            middle.cancel()
            reached = roost.current_effective_deadline() == -math.inf
            say(f"body: running on, cancelled: {yes_or_no(reached)}")
            try:
                await roost.sleep(1)
            except roost.Cancelled:
                say("body: the next wait is cancelled")
                raise


roost.run(main, clock="virtual")
