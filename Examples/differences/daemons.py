"""A helper serves the tasks of a group, and shall end when they have."""

import roost
import trio
from trio.testing import MockClock


async def with_trio() -> None:
    """The group waits for the helper too, so somebody has to know when the others are done."""

    async def helper() -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as helpers:
        helpers.start_soon(helper)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)
        helpers.cancel_scope.cancel()
    print(f"trio: two groups, cancelled: {helpers.cancel_scope.cancelled_caught}")


async def with_roost() -> None:
    """A daemon keeps no group open: it is cancelled, by itself, when the others have ended (L3)."""

    async def helper() -> None:
        await roost.sleep_forever()

    async with roost.create_task_group() as group:
        group.start_soon(helper, daemon=True)
        group.start_soon(roost.sleep, 1)
    print(f"roost: one group, cancelled: {group.cancel_scope.cancelled_caught}")


trio.run(with_trio, clock=MockClock(autojump_threshold=0))
roost.run(with_roost, clock="virtual")
