"""A group is cancelled before it has a task, a second time, and after its end; and one is cancelled
that has a task in its queue. None of it harms (C5, C6)."""

import roost
from common import say, say_result, yes_or_no

started: set[str] = set()


async def speaker(name: str) -> None:
    """A task that says what happens to it, and waits for 10 s."""
    started.add(name)
    say(f"{name}: starts")
    try:
        await roost.sleep(10)
    except roost.Cancelled:
        say(f"{name}: its wait is cancelled")
        raise


async def early_twice_and_late() -> None:
    """A task that is started in a cancelled group takes its first step, so that it can release what
    it was handed; its first wait is cancelled (C6a). The first reason stands (C5)."""
    async with roost.create_task_group(name="group") as group:
        say(f"cancel early: {group.cancel('the first')}")
        say(f"cancel twice: {group.cancel('the second')}")
        group.start_soon(speaker, "task")
    say_result("group", group.cancel_scope)
    say(f"cancel late: {group.cancel('the third')}")


async def while_queued() -> None:
    """A task that still waits for its turn never starts (L2). It ends as cancelled like the
    others."""
    async with roost.create_task_group(limit=1, name="group") as group:
        tasks = [group.start_soon(speaker, name, name=name) for name in ("task 1", "task 2")]
        await roost.sleep(1)
        say("one task runs, one is queued: cancelling the group")
        group.cancel()
    for task in tasks:
        say(f"{task.name}: {task.status}, started: {yes_or_no(task.name in started)}")
    say_result("group", group.cancel_scope)


async def main() -> None:
    await early_twice_and_late()
    await while_queued()


roost.run(main, clock="virtual")
