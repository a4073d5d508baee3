"""Some errors must end everything, others are only worth a line in the log. The group's filter is
asked for each, and decides (G2): a harmless one is logged and dropped, the rest runs on; a fatal
one cancels the rest, and is the one that the group answers with."""

from __future__ import annotations

from typing import Literal

from callbacks import runtime, say, say_result, wait_is
from roost.lowlevel import PENDING, Ended, Result, Task


def worker(task: Task, name: str, needs: float, error: Exception | None) -> object:
    task.after(needs, worker_waited, task, name, error)
    return PENDING


def worker_waited(ended: Ended, task: Task, name: str, error: Exception | None) -> None:
    if ended.cancelled:
        say(f"{name}: the wait is {wait_is(ended)}")
        ended.get()
    say(f"{name}: {'failing' if error else 'done'}")
    if error:
        raise error
    task.finish()


# "record" would also let the rest run on, but then the group has failed.


def decide(error: BaseException, name: str) -> Literal["cancel", "record", "drop"]:
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        say(f"log: {name}: {error}")
        return "drop"
    say(f"filter: {name}: fatal, cancelling the rest")
    return "cancel"


def joined(result: Result) -> None:
    say_result("group", result)
    for name, error in result.errors:
        say(f"error: {name}: {error}")


with runtime:
    group = runtime.open_group(name="group", policy=decide)
    for name, needs, error in (
        ("picture", 0.1, ConnectionRefusedError("connection refused")),
        ("comments", 0.2, FileNotFoundError("no such file or directory")),
        ("text", 0.3, None),
        ("disk", 0.4, OSError("input/output error")),
        ("video", 10, None),
    ):
        group.spawn(worker, name, needs, error, name=name)
    group.join(joined)
