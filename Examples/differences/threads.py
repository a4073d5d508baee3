"""A thread wants a task to stop."""

import anyio
import roost


async def with_anyio() -> None:
    """Only through `anyio.from_thread`, and only a thread that AnyIO has started."""
    with anyio.CancelScope() as scope:
        try:
            await anyio.to_thread.run_sync(scope.cancel)
        except RuntimeError as error:
            print("anyio:", error)


async def with_roost() -> None:
    """Any thread, at any time, also when the task has ended long ago (C14)."""
    async with roost.create_task_group() as group:
        task = group.start_soon(roost.sleep_forever)
        print("roost:", await roost.to_thread.run_sync(task.cancel))
        await task.wait()
        print("roost:", await roost.to_thread.run_sync(task.cancel))


anyio.run(with_anyio)
roost.run(with_roost, clock="virtual")
