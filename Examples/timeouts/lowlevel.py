"""Scopes with deadlines: a stretch of code that may take so long and no longer (D1, D2). A passed
deadline either fails (the default) or moves on."""

from __future__ import annotations

import callbacks
from callbacks import runtime, say, say_joined, say_result, start_the_watch, wait_is
from roost.lowlevel import Ended, Result, Scope

# A scope, and in it one wait of 3 s.


def wait_in(scope: Scope, name: str) -> None:
    scope.after(3, waited, scope, name)
    runtime.run()


def waited(ended: Ended, scope: Scope, name: str) -> None:
    say(f"{name}: the wait is {wait_is(ended)}")
    scope.join(say_joined, name, exception=ended.exception)


def one_scope() -> None:
    start_the_watch()
    wait_in(runtime.open_scope(name="scope", timeout=1, move_on=True), "move on")
    start_the_watch()
    wait_in(runtime.open_scope(name="scope", timeout=1), "fail")
    start_the_watch()
    wait_in(runtime.open_scope(name="scope", timeout=5), "long enough")


# A scope of 2 s in one of 1 s: the shorter one counts, and is the one that absorbs (C7).


def nested() -> None:
    def inner_waited(ended: Ended) -> None:
        say(f"inner: the wait is {wait_is(ended)}")
        inner.join(inner_closed, exception=ended.exception)

    def inner_closed(result: Result) -> None:
        say_result("inner", result)
        outer.join(say_joined, "outer", exception=result.exception)

    start_the_watch()
    outer = runtime.open_scope(name="outer", timeout=1, move_on=True)
    inner = outer.open_scope(name="inner", timeout=2)
    inner.after(3, inner_waited)
    runtime.run()


# A deadline of 1 s that is moved to 4 s when half a second has gone.


def moved_later() -> None:
    def half_a_second_later(ended: Ended) -> None:
        say("moved later: all is well, it may take longer")
        scope.set_deadline(callbacks.began + 4)
        scope.after(3, waited, scope, "moved later")

    start_the_watch()
    scope = runtime.open_scope(name="scope", timeout=1)
    scope.after(0.5, half_a_second_later)
    runtime.run()


def in_the_past() -> None:
    start_the_watch()
    wait_in(runtime.open_scope(name="scope", deadline=runtime.now - 1, move_on=True), "in the past")


with runtime:
    one_scope()
    nested()
    moved_later()
    in_the_past()
