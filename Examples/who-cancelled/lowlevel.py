"""The same group, ended in every way that a group can end. Its result tells them apart, with the
reason and where it came from (G5, C9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callbacks import runtime, say_joined, say_result, start_the_watch
from roost.lowlevel import PENDING, Ended, Group, Origin, Result, Task

# Two tasks: one waits for 1 s, the other does after half a second what ends the group.


def waiting(task: Task) -> object:
    task.after(1, member_waited, task, nothing)
    return PENDING


def acting(task: Task, act: Callable[[], object]) -> object:
    task.after(0.5, member_waited, task, act)
    return PENDING


def member_waited(ended: Ended, task: Task, act: Callable[[], object]) -> None:
    ended.get()
    act()
    task.finish()


def end_by(how: str, group: Group, act: Callable[[], object]) -> Result:
    def joined(result: Result) -> None:
        say_result(how, result)
        results.append(result)

    results: list[Result] = []
    start_the_watch()
    group.spawn(waiting)
    group.spawn(acting, act, name="acting")
    group.join(joined)
    runtime.run()
    return results.pop()


# What the acting task does.


def nothing() -> None:
    pass


def fail() -> None:
    raise OSError("input/output error")


# A group that absorbs its own cancellation answers as if it had done all its work; its result says
# more. Opened to report, it answers that it was cancelled, which is an error like any other and no
# cancellation (C7a). It never reports what came from outside: that goes on to where it began.


def end_in_every_way(report: bool) -> None:
    def group_in(parent: Group, **options: Any) -> Group:
        return parent.open_group(name="group", report=report, **options)

    root = runtime.root
    end_by("success", group_in(root), nothing)
    end_by("failure", group_in(root), fail)
    group = group_in(root)
    end_by("own cancel", group, lambda: group.cancel("enough"))
    end_by("deadline", group_in(root, timeout=0.7), nothing)
    end_by("deadline, moving on", group_in(root, timeout=0.7, move_on=True), nothing)
    hit = group_in(root)
    end_by("signal", hit, lambda: hit.cancel("SIGINT", origin=Origin.SIGNAL))

    outer = root.open_group(name="outer")
    result = end_by("outer cancel", group_in(outer), outer.cancel)
    outer.join(say_joined, "and outer itself", exception=result.exception)
    runtime.run()


with runtime:
    end_in_every_way(report=False)
    print("and the same, opened to report:")
    end_in_every_way(report=True)
