"""A task writes two halves that belong together.

It does so in a shielded scope: the group is cancelled between the two, yet the section ends whole.
The shield only puts the cancellation off: the first wait behind it is cancelled (C10).
"""

import roost
from common import say, say_result


async def task() -> None:
    with roost.CancelScope(shield=True, name="commit") as commit:
        say("commit: begins")
        await roost.sleep(1)
        say("commit: the first half is written")
        await roost.sleep(1)
        say("commit: the second half is written")
    say_result("commit", commit)

    try:
        await roost.sleep(1)
    except roost.Cancelled:
        say("task: the wait behind it is cancelled")
        raise


async def main() -> None:
    async with roost.create_task_group(name="group") as group:
        group.start_soon(task)
        await roost.sleep(1.5)
        say("cancelling the group")
        group.cancel()
    say_result("group", group.cancel_scope)


roost.run(main, clock="virtual")
