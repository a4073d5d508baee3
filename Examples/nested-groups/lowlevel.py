"""Three groups, one in the other: outer > middle > inner. The body of inner cancels middle, and
runs on until its next wait. That wait is cancelled; inner passes it on, middle absorbs it, and
outer never notices (C7)."""

from __future__ import annotations

from callbacks import runtime, say, say_result, wait_is, yes_or_no
from roost.lowlevel import PENDING, Ended, Result, Task

# A task of outer, which the cancellation does not reach.


def neighbour(task: Task) -> object:
    say("neighbour: waiting for 2 s")
    task.after(2, neighbour_waited, task)
    return PENDING


def neighbour_waited(ended: Ended, task: Task) -> None:
    say(f"neighbour: the wait is {wait_is(ended)}")
    task.finish(ended.get())


# The body. Each closing is given the outcome of what was inside.


def body_waited(ended: Ended) -> None:
    say("body: cancelling middle")
    middle.cancel()
    say(f"body: running on, cancelled: {yes_or_no(inner.cancelled)}")
    inner.after(1, body_waited_again)


def body_waited_again(ended: Ended) -> None:
    say(f"body: the next wait is {wait_is(ended)}")
    inner.join(inner_joined, exception=ended.exception)


def inner_joined(result: Result) -> None:
    say_result("inner", result)
    middle.join(middle_joined, exception=result.exception)


def middle_joined(result: Result) -> None:
    say_result("middle", result)
    outer.join(outer_joined, exception=result.exception)


def outer_joined(result: Result) -> None:
    say_result("outer", result)


with runtime:
    outer = runtime.open_group(name="outer")
    outer.spawn(neighbour)
    middle = outer.open_group(name="middle")
    inner = middle.open_group(name="inner")
    inner.after(1, body_waited)
