"""A thousand tasks, of which ten may run at a time; cancelled when the first have begun."""

import anyio
import roost


async def with_anyio() -> None:
    """All are started, and each waits for the limiter; so each has to be cancelled, too."""
    started = 0

    async def work(limiter: anyio.CapacityLimiter) -> None:
        nonlocal started
        started += 1
        async with limiter:
            await anyio.sleep(10)

    limiter = anyio.CapacityLimiter(10)
    async with anyio.create_task_group() as group:
        for _ in range(1000):
            group.start_soon(work, limiter)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    print("anyio:", started, "have started")


async def with_roost() -> None:
    """What is held back by a group's limit has not begun, and never does (L2)."""
    started = 0

    async def work() -> None:
        nonlocal started
        started += 1
        await roost.sleep(10)

    async with roost.create_task_group(limit=10) as group:
        for _ in range(1000):
            group.start_soon(work)
        await roost.sleep(1)
        group.cancel()
    print("roost:", started, "have started")


anyio.run(with_anyio)
roost.run(with_roost, clock="virtual")
