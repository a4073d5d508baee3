"""Five tasks, of which two fail.

The group supervises (G2): nothing is cancelled, and at the end there are three results and two
errors, these in the order in which they happened (G3).
"""

import roost
from common import say, say_result

WORKERS = {"task 1": 500, "task 2": 200, "task 3": 300, "task 4": 100, "task 5": 400}
FAIL = {"task 2", "task 4"}


async def work(name: str, needs: int) -> int:
    await roost.sleep(needs / 1000)
    if name in FAIL:
        raise RuntimeError(f"gave up after {needs} ms")
    return needs


async def main() -> None:
    tasks = []
    try:
        async with roost.create_task_group(policy="supervise", name="group") as group:
            for name, needs in WORKERS.items():
                tasks.append(group.start_soon(work, name, needs, name=name))
    except* RuntimeError:
        say_result("group", group.cancel_scope, "failed")
        for task in tasks:
            if task.exception is None:
                say(f"result: {task.name}: {task.return_value}")
        for error in group.errors:
            say(f"error: {error.name}: {error.exception}")


roost.run(main, clock="virtual")
