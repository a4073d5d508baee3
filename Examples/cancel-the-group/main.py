"""Two jobs and an endless helper in one group.

A job finds that everything is done, and cancels the group. Nobody passes a list of tasks around,
and nothing has to be raised: the group ends without an error (C1, C7).
"""

import roost
from common import say, say_result

jobs_left = 2


async def work(group: roost.TaskGroup, name: str, needs: float) -> None:
    global jobs_left
    say(f"{name}: begins")
    await roost.sleep(needs)
    say(f"{name}: done")
    jobs_left -= 1
    if jobs_left == 0:
        say(f"{name}: it was the last, cancelling the group")
        group.cancel("all jobs are done")


async def helper() -> None:
    try:
        while True:
            say("helper: on duty")
            await roost.sleep(0.3)
    except roost.Cancelled as stop:
        say(f"helper: cancelled, {stop.reason.message}")
        raise


async def main() -> None:
    async with roost.create_task_group(name="group") as group:
        group.start_soon(helper)
        group.start_soon(work, group, "job 1", 0.4)
        group.start_soon(work, group, "job 2", 0.7)
    say_result("group", group.cancel_scope)

    await roost.sleep(1)
    say("a second later: nobody is on duty any more")


roost.run(main, clock="virtual")
