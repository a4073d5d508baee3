"""Two tasks fail. Which were they?"""

import anyio
import roost


async def fail(seconds: float) -> None:
    await roost.sleep(seconds)
    raise OSError("no answer")


async def with_anyio() -> None:
    """An exception group has the errors, and not the tasks' names."""

    async def fail() -> None:
        raise OSError("no answer")

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(fail, name="first")
            group.start_soon(fail, name="second")
    except* OSError as errors:
        print("anyio:", [str(error) for error in errors.exceptions])


async def with_roost() -> None:
    """So does this one; and the group lists who failed, in the order in which it happened (G3)."""
    try:
        async with roost.create_task_group(policy="supervise") as group:
            group.start_soon(fail, 2, name="slow")
            group.start_soon(fail, 1, name="fast")
    except* OSError as errors:
        print("roost:", [str(error) for error in errors.exceptions])
        print("roost:", [error.name for error in group.errors])


anyio.run(with_anyio)
roost.run(with_roost, clock="virtual")
