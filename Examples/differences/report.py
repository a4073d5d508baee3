"""The caller of a function must know when that was cancelled on the way, and has no result."""

import anyio
import roost


async def with_anyio() -> None:
    """A scope that was cancelled ends as if all were well; who forgets to ask goes on."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await anyio.sleep(0)
    print("anyio: went on, cancelled_caught is", scope.cancelled_caught)


async def with_roost() -> None:
    """So does this one, but not one that was opened to report: that raises an ordinary error, which
    no scope takes for a cancellation (C7a)."""
    try:
        with roost.CancelScope(report=True) as scope:
            scope.cancel("not needed")
            await roost.sleep(0)
    except roost.ScopeCancelled as stop:
        print("roost: stopped,", stop.reason.message)


anyio.run(with_anyio)
roost.run(with_roost, clock="virtual")
