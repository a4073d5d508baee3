"""The same group, ended in every way that a group can end. What it knows of its cancellation tells
them apart, with the reason and where it came from (G5, C9)."""

import math
from collections.abc import Callable

import roost
from common import say_result, start_the_watch

Group = roost.TaskGroup


async def acting(act: Callable[[Group], object], group: Group) -> None:
    await roost.sleep(0.5)
    act(group)


async def end_by(
    name: str, act: Callable[[Group], object], *, report: bool, timeout: float = math.inf
) -> None:
    """A group of two tasks, of which one waits for 1 s, and one acts after half a second."""
    start_the_watch()
    deadline = roost.current_time() + timeout
    group = roost.create_task_group(deadline=deadline, report=report, name="group")
    answer = "ok"
    try:
        async with group:
            group.start_soon(roost.sleep, 1)
            group.start_soon(acting, act, group, name="acting")
    except roost.ScopeCancelled:
        answer = "reported as cancelled"
    except roost.Cancelled:
        answer = "cancelled"
        raise
    except Exception:
        answer = "failed"
    finally:
        say_result(name, group.cancel_scope, answer)


async def time_out() -> None:
    """Whoever wants an error for a passed deadline has a scope for it around the group."""
    start_the_watch()
    try:
        with roost.fail_after(0.7, name="group") as scope:
            async with roost.create_task_group() as group:
                group.start_soon(roost.sleep, 1)
    except TimeoutError:
        say_result("deadline", scope, "timed out")


def nothing(group: Group) -> None: ...


def fail(group: Group) -> None:
    raise OSError("a failure")


async def end_in_every_way(*, report: bool) -> None:
    """A group that absorbs its own cancellation ends as if it had done all its work; its scope says
    more. Opened to report, it raises that it was cancelled, which is an error like any other and no
    cancellation (C7a). It never reports what came from outside: that goes on to where it began."""
    await end_by("success", nothing, report=report)
    await end_by("failure", fail, report=report)
    await end_by("own cancel", lambda group: group.cancel("enough"), report=report)
    await time_out()
    await end_by("deadline, moving on", nothing, report=report, timeout=0.7)
    signal = roost.Origin.SIGNAL
    await end_by("signal", lambda group: group.cancel("SIGINT", origin=signal), report=report)

    async with roost.create_task_group(name="outer") as outer:
        await end_by("outer cancel", lambda group: outer.cancel(), report=report)
    say_result("and outer itself", outer.cancel_scope)


async def main() -> None:
    await end_in_every_way(report=False)
    print("and the same, opened to report:")
    await end_in_every_way(report=True)


roost.run(main, clock="virtual")
