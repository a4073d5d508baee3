"""Cleanups that need time, as logging out of a server does.

They run in a shield: the cancellation that made them run does not reach their own waits (K2). The
group bounds that by a grace of 1 s. The cleanup that needs 200 ms finishes; the one that needs 5 s
is cut short when the grace is over, and the group lists it as an error (C11, K3).
"""

import roost
from common import say, say_result


async def log_out(name: str, needs: float) -> None:
    """What a session has to do when it ends. If this is cancelled, something is left undone, and
    that is an error."""
    say(f"{name}: cleaning up, needs {1000 * needs:.0f} ms")
    try:
        await roost.sleep(needs)
    except roost.Cancelled:
        say(f"{name}: its cleanup is cut short")
        raise
    say(f"{name}: its cleanup is done")


async def stay(name: str, logout_needs: float) -> None:
    roost.defer(log_out, name, logout_needs)
    await roost.sleep_forever()


async def main() -> None:
    try:
        async with roost.create_task_group(grace=1, name="group") as group:
            group.start_soon(stay, "quick", 0.2, name="quick")
            group.start_soon(stay, "slow", 5, name="slow")
            await roost.sleep(1)
            say("cancelling the group")
            group.cancel()
    except* roost.CleanupCut:
        say_result("group", group.cancel_scope, "failed")
        for error in group.errors:
            say(f"error: {error.name}: {error.exception}")


roost.run(main, clock="virtual")
