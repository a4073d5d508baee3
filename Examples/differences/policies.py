"""Three downloads, and one fails. Must that end the others?"""

import asyncio

import roost


async def download(name: str) -> str:
    if name == "b":
        raise OSError(f"{name} is not there")
    return name


async def with_asyncio() -> None:
    """Always; so each task catches what shall not, and who collects makes a list of it."""

    async def caught(name: str) -> str | OSError:
        try:
            await asyncio.sleep(0)
            return await download(name)
        except OSError as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(caught(name)) for name in "abc"]
    print("asyncio:", [str(task.result()) for task in tasks])


async def with_roost() -> None:
    """As the group's policy says: its name, or a function that is asked for each error (G2)."""

    async def later(name: str) -> str:
        await roost.sleep(1)
        return await download(name)

    def only_log(error: BaseException, name: str) -> roost.Decision:
        print(f"roost: log: {error}")
        return "drop" if isinstance(error, OSError) else "cancel"

    async with roost.create_task_group(policy=only_log) as group:
        tasks = [group.start_soon(later, name) for name in "abc"]
    print("roost:", [str(task.status) for task in tasks])

    async with roost.create_task_group(policy="race") as group:
        for name in "abc":
            group.start_soon(later, name, name=name)
    print("roost: the first is", group.winner and group.winner.name)


asyncio.run(with_asyncio())
roost.run(with_roost, clock="virtual")
