"""A helper that serves the body of a group: leaving the body cancels it.

There are two ways. Leave with a cancel: the body cancels its group as the last thing. Or the
helper is a daemon: the body just leaves, and the group, which waits for all other tasks, cancels
its daemons (L3). A body that fails needs neither, its error cancels the group (G4). All of them
wait for the helper to have ended.
"""

import roost
from common import say, say_result, start_the_watch


async def helper() -> None:
    """By itself it would go on for ever."""
    try:
        while True:
            say("helper: on duty")
            await roost.sleep(0.4)
    except roost.Cancelled as stop:
        say(f"helper: cancelled, {stop.reason.origin}")
        raise


async def leave_with_a_cancel() -> None:
    start_the_watch()
    async with roost.create_task_group(name="group") as group:
        group.start_soon(helper)
        await roost.sleep(1)
        say("body: done, leaving with a cancel")
        group.cancel()
    say_result("group", group.cancel_scope)


async def just_leave() -> None:
    start_the_watch()
    async with roost.create_task_group(name="group") as group:
        group.start_soon(helper, daemon=True)
        await roost.sleep(1)
        say("body: done, leaving")
    say_result("group", group.cancel_scope)


async def main() -> None:
    await leave_with_a_cancel()
    await just_leave()


roost.run(main, clock="virtual")
