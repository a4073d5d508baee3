"""A task finds that all is done, and ends the others of its group."""

import asyncio

import roost


class AllIsDone(Exception): ...  # noqa: N818, it is no error


async def with_asyncio() -> None:
    """Only an error ends the others: one is raised for it, and caught outside."""

    async def searcher() -> None:
        await asyncio.sleep(0)
        raise AllIsDone

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(10))
            group.create_task(searcher())
    except* AllIsDone:
        print("asyncio: ended by an error")


async def with_roost() -> None:
    async def searcher(group: roost.TaskGroup) -> None:
        await roost.sleep(0)
        group.cancel("all is done")

    async with roost.create_task_group(name="group") as group:
        group.start_soon(roost.sleep, 10)
        group.start_soon(searcher, group)
    print("roost: ended,", group.cancel_scope.reason)


asyncio.run(with_asyncio())
roost.run(with_roost, clock="virtual")
