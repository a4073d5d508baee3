"""A loop that computes, and looks now and then whether it is cancelled: in a task by a checkpoint,
which also lets the others run (S1a), and on a thread by asking (S6).

The cancel does not come from a clock but from the loop's own iteration 1,000: directly, and from
the thread by a call that the runtime's own carries out (S5). It stops within one iteration. A loop
that does not look is asked in vain: it goes on to its end, and its answer counts (C4).
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import roost
from common import say, say_result, start_the_watch, yes_or_no
from roost import from_thread, to_thread

ASKS_AT, ENDS_AT = 1000, 2000


@dataclass
class Loop:
    name: str
    group: roost.TaskGroup
    iterations: int = 0


async def compute(loop: Loop) -> int:
    total = 0
    while loop.iterations < ENDS_AT:
        loop.iterations += 1
        total += loop.iterations
        if loop.iterations == ASKS_AT:
            loop.group.cancel(loop.name)
        await roost.checkpoint()
    return total


def compute_on_a_thread(loop: Loop, looks: bool) -> int:
    """What it does after its call has returned, it does cancelled: everything in the group is
    (C5)."""
    total = 0
    while loop.iterations < ENDS_AT:
        loop.iterations += 1
        total += loop.iterations
        if loop.iterations == ASKS_AT:
            from_thread.run_sync(loop.group.cancel, loop.name)
        if looks:
            from_thread.check_cancelled()
    return total


async def look(loop: Loop) -> int:
    return await to_thread.run_sync(compute_on_a_thread, loop, True)


async def do_not_look(loop: Loop) -> int:
    return await to_thread.run_sync(compute_on_a_thread, loop, False)


async def run(name: str, compute: Callable[[Loop], Coroutine[Any, Any, int]]) -> None:
    start_the_watch()
    async with roost.create_task_group(name="group") as group:
        loop = Loop(name, group)
        task = group.start_soon(compute, loop)
    if task.status is roost.TaskHandle.Status.FINISHED:
        say(f"{name}: completed, its answer is {task.return_value}")
    else:
        in_time = yes_or_no(loop.iterations <= ASKS_AT + 1)
        say(f"{name}: {task.status} within one iteration: {in_time}")
    say_result("group", group.cancel_scope)


async def main() -> None:
    await run("cancelled directly", compute)
    await run("cancelled by post", look)
    await run("cancelled, but does not look", do_not_look)


roost.run(main, clock="virtual")
