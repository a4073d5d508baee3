"""Five tasks, of which two fail. The group supervises (G2): nothing is cancelled, and at the end
there are three results and two errors, these in the order in which they happened (G3)."""

from __future__ import annotations

from callbacks import runtime, say, say_result
from roost.lowlevel import PENDING, Ended, Result, Status, Task


def worker(task: Task, needs: int, fails: bool) -> object:
    task.after(needs / 1000, worker_waited, task, needs, fails)
    return PENDING


def worker_waited(ended: Ended, task: Task, needs: int, fails: bool) -> None:
    if fails:
        raise RuntimeError(f"gave up after {needs} ms")
    task.finish(needs)


def joined(result: Result, tasks: list[Task]) -> None:
    say_result("group", result)
    for number, task in enumerate(tasks, 1):
        if task.status is Status.COMPLETED:
            say(f"result: task {number}: {task.value}")
    for name, error in result.errors:
        say(f"error: {name}: {error}")


with runtime:
    group = runtime.open_group(name="group", policy="supervise")
    workers = [(500, False), (200, True), (300, False), (100, True), (400, False)]
    tasks = [
        group.spawn(worker, needs, fails, name=f"task {number}")
        for number, (needs, fails) in enumerate(workers, 1)
    ]
    group.join(joined, tasks)
