"""A group is cancelled when it has ended."""

import anyio
import roost


async def with_anyio() -> None:
    """It then says that it was cancelled, which it was not."""
    async with anyio.create_task_group() as group:
        pass
    group.cancel_scope.cancel()
    print("anyio: cancel_called is", group.cancel_scope.cancel_called)


async def with_roost() -> None:
    """The call answers what has become of it, and nothing changes (C6)."""
    async with roost.create_task_group() as group:
        pass
    print("roost:", group.cancel("too late"))
    print("roost: cancel_called is", group.cancel_scope.cancel_called)


anyio.run(with_anyio)
roost.run(with_roost, clock="virtual")
