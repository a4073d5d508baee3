"""One task of a group is not needed any more."""

import roost
import trio


async def with_trio() -> None:
    """A task has no handle: whoever wants to cancel it alone gives it a scope beforehand."""

    async def in_a_scope(scope: trio.CancelScope) -> None:
        with scope:
            await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        handle = nursery.start_soon(trio.sleep, 0)  # type: ignore[func-returns-value]
        scope = trio.CancelScope()
        nursery.start_soon(in_a_scope, scope)
        scope.cancel()
    print("trio: start_soon answers", handle)


async def with_roost() -> None:
    async with roost.create_task_group() as group:
        task = group.start_soon(roost.sleep_forever)
        await task.cancel_and_wait()
        print("roost: its status is", task.status)
        try:
            await task
        except roost.TaskCancelled as stop:  # an error, so that it is not taken for one's own
            print("roost: awaiting it says", stop.reason.origin)


trio.run(with_trio)
roost.run(with_roost, clock="virtual")
