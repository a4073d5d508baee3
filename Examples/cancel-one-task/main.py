"""A task is started, cancelled after 2 s, and waited for. That ends this one task: its outcome is
cancelled, the group is unharmed, and its neighbour runs on (C13)."""

import roost
from common import say, say_result


async def work(name: str, needs: int) -> None:
    say(f"{name}: waiting for {needs} s")
    try:
        await roost.sleep(needs)
    except roost.Cancelled:
        say(f"{name}: the wait is cancelled")
        raise
    say(f"{name}: the wait is over")


async def main() -> None:
    async with roost.create_task_group(name="group") as group:
        task = group.start_soon(work, "task", 60)
        group.start_soon(work, "neighbour", 5)

        await roost.sleep(2)
        say(f"cancelling the task: {task.cancel()}")
        try:
            await task
        except roost.TaskCancelled:
            say("awaiting the task: that task was cancelled")
    say_result("group", group.cancel_scope)


roost.run(main, clock="virtual")
