"""A task is cancelled, and wants to know why: two seconds are up, or another task has failed."""

import anyio
import roost


async def told_by_anyio() -> None:
    try:
        await anyio.sleep(10)
    except anyio.get_cancelled_exc_class() as stop:
        print("anyio:", "deadline" in str(stop), "failed" in str(stop))
        raise


async def told_by_roost() -> None:
    try:
        await roost.sleep(10)
    except roost.Cancelled as stop:
        print(f"roost: {stop.reason.origin} of {stop.reason.name}")
        raise


async def fail() -> None:
    raise OSError("out of luck")


async def with_anyio() -> None:
    with anyio.move_on_after(0):
        await told_by_anyio()
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(told_by_anyio)
            group.start_soon(fail)
    except* OSError:
        pass


async def with_roost() -> None:
    with roost.move_on_after(2, name="two seconds"):
        await told_by_roost()
    try:
        async with roost.create_task_group() as group:
            group.start_soon(told_by_roost)
            group.start_soon(fail, name="hasty")
    except* OSError:
        pass


anyio.run(with_anyio)
roost.run(with_roost, clock="virtual")
