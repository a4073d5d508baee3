"""A server is started for two clients, and shall go when they have."""

import anyio
import roost


async def with_anyio() -> None:
    """Somebody has to know when the clients are done, and to cancel the server then."""

    async def server(*, task_status: anyio.abc.TaskStatus[int]) -> None:
        task_status.started(8080)
        await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        port, running = await group.start(server), 2

        async def client() -> None:
            nonlocal running
            await anyio.sleep(0)
            running -= 1
            if running == 0:
                group.cancel_scope.cancel()

        group.start_soon(client)
        group.start_soon(client)
    print(f"anyio: was at {port}, cancelled: {group.cancel_scope.cancel_called}")


async def with_roost() -> None:
    """A daemon may be started, too. One that never reports is an error that names it (L3, L4)."""

    async def server(*, task_status: roost.TaskStatus[int]) -> None:
        task_status.started(8080)
        await roost.sleep_forever()

    async def silent(*, task_status: roost.TaskStatus[int]) -> None: ...

    async with roost.create_task_group() as group:
        port = await group.start(server, daemon=True)
        group.start_soon(roost.sleep, 1)
        group.start_soon(roost.sleep, 2)
    print(f"roost: was at {port}, cancelled: {group.cancel_scope.cancel_called}")

    async with roost.create_task_group() as group:
        try:
            await group.start(silent, name="silent")
        except roost.NotStarted as error:
            print("roost:", type(error).__name__)


anyio.run(with_anyio)
roost.run(with_roost, clock="virtual")
