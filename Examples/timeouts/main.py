"""Scopes with deadlines: a stretch of code that may take so long and no longer (D1, D2). A passed
deadline either fails or moves on."""

from contextlib import AbstractContextManager

import roost
from common import say, say_result, start_the_watch


async def wait(who: str, needs: float) -> None:
    try:
        await roost.sleep(needs)
    except roost.Cancelled:
        say(f"{who}: the wait is cancelled")
        raise
    say(f"{who}: the wait is over")


async def wait_in_scope(who: str, timeout: AbstractContextManager[roost.CancelScope]) -> None:
    """One scope, and in it one wait of 3 s."""
    start_the_watch()
    answer = "ok"
    try:
        with timeout as scope:
            await wait(who, 3)
    except TimeoutError:
        answer = "timed out"
    say_result(who, scope, answer)


async def nested() -> None:
    """A scope of 2 s in one of 1 s: the shorter one counts, and is the one that absorbs (C7)."""
    start_the_watch()
    with roost.move_on_after(1, name="outer") as outer:
        try:
            with roost.fail_after(2, name="inner") as inner:
                await wait("inner", 3)
        except roost.Cancelled:
            say_result("inner", inner, "cancelled")
            raise
    say_result("outer", outer)


async def moved_later() -> None:
    """A deadline of 1 s that is moved to 4 s when half a second has gone."""
    start_the_watch()
    with roost.fail_after(1, name="scope") as scope:
        await roost.sleep(0.5)
        say("moved later: all is well, it may take longer")
        scope.deadline += 3
        await wait("moved later", 3)
    say_result("moved later", scope)


async def main() -> None:
    await wait_in_scope("move on", roost.move_on_after(1, name="scope"))
    await wait_in_scope("fail", roost.fail_after(1, name="scope"))
    await wait_in_scope("long enough", roost.fail_after(5, name="scope"))
    await nested()
    await moved_later()
    past = roost.current_time() - 1
    await wait_in_scope("in the past", roost.move_on_at(past, name="scope"))


roost.run(main, clock="virtual")
