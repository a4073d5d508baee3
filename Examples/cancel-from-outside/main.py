"""A group is cancelled from wherever somebody has it: from a task of another group, from a plain
callback, and from another thread, whose call is carried out by the runtime's own (C1, C5, C14).

Each of the three also cancels a group that has ended, which is answered so, and harms nobody (C6).
"""

import roost
from common import say, say_result, start_the_watch
from roost import from_thread, to_thread

teams: dict[str, roost.TaskGroup] = {}  # each has a task that works for so long


def clean_up(why: roost.Outcome, name: str) -> None:
    say(f"{name}: its task cleans up, {why.state}")


async def work(name: str, needs: float) -> None:
    roost.defer(clean_up, name, told=True)
    await roost.sleep(needs)


async def lead(name: str, needs: float) -> None:
    async with roost.create_task_group(name=name) as group:
        teams[name] = group
        group.start_soon(work, name, needs)
    say_result(name, group.cancel_scope)


def cancel(name: str, by: str) -> str:
    """The group is all that is needed, and it may be cancelled on any thread, at any time."""
    answers = teams[name].cancel(by), teams["early"].cancel(by)
    return "{}; the one that has ended: {}".format(*answers)


def plain_callback() -> None:
    say(f"a callback cancels second: {cancel('second', 'by a callback')}")


async def call_back_later() -> None:
    """Another thread has it called by the runtime's, where it is no task's."""
    await roost.sleep(2)
    await to_thread.run_sync(from_thread.run_sync, plain_callback)


async def main() -> None:
    start_the_watch()
    async with roost.create_task_group(name="teams") as group:
        group.start_soon(lead, "first", 10)
        group.start_soon(lead, "second", 10)
        group.start_soon(lead, "third", 10)
        group.start_soon(lead, "early", 0.5)
        group.start_soon(call_back_later)

        await roost.sleep(1)
        say(f"a task cancels first: {cancel('first', 'by a task')}")

        await roost.sleep(2)
        answers = await to_thread.run_sync(cancel, "third", "by another thread")

        await roost.sleep(1)
        say(f"another thread has cancelled third: {answers}")


roost.run(main, clock="virtual")
