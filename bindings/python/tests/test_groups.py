"""Task groups of `roost`."""

from __future__ import annotations

import sys

import pytest

import roost
from roost.testing import on_virtual_clock

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup


class Broken(Exception):  # noqa: N818
    """What tests let tasks raise."""


async def fail(error: BaseException, after: float = 0) -> None:
    await roost.sleep(after)
    raise error


async def note(log: list[str], what: str, after: float = 0) -> str:
    await roost.sleep(after)
    log.append(what)
    return what


@on_virtual_clock
async def test_G1_a_group_waits_for_all_its_tasks() -> None:
    log: list[str] = []
    async with roost.create_task_group() as group:
        group.start_soon(note, log, "slow", 2)
        group.start_soon(note, log, "fast", 1)
        log.append("body")
    assert log == ["body", "fast", "slow"]


@on_virtual_clock
async def test_G1_closing_an_empty_group_lets_the_others_run() -> None:
    log: list[str] = []

    async def other() -> None:
        log.append("other")

    async with roost.create_task_group() as outer:
        outer.start_soon(other)
        async with roost.create_task_group():
            pass
        log.append("after")
    assert log == ["other", "after"]


@on_virtual_clock
async def test_G2_the_first_error_cancels_the_rest_and_comes_out() -> None:
    log: list[str] = []
    error = Broken("a")
    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(name="jobs") as group:
            group.start_soon(note, log, "never", 5)
            group.start_soon(fail, error, 1)
            await roost.sleep(10)
    assert caught.value.exceptions == (error,)
    assert log == []
    assert group.cancel_called
    assert group.reason is not None
    assert group.reason.origin is roost.Origin.FAILED_SIBLING
    assert group.reason.name == "test_groups.fail"
    assert [(it.name, it.exception) for it in group.errors] == [("test_groups.fail", error)]


@on_virtual_clock
async def test_G2_supervise_collects_errors_and_cancels_nothing() -> None:
    log: list[str] = []
    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(policy="supervise") as group:
            group.start_soon(fail, Broken("a"), 1)
            group.start_soon(note, log, "ran", 2)
            group.start_soon(fail, KeyError("b"), 3)
    assert [repr(error) for error in caught.value.exceptions] == ["Broken('a')", "KeyError('b')"]
    assert log == ["ran"]
    assert not group.cancel_called


@on_virtual_clock
async def test_G2_a_filter_decides() -> None:
    log: list[str] = []
    asked: list[tuple[str, str]] = []

    def decide(error: BaseException, name: str) -> roost.Decision:
        asked.append((repr(error), name))
        return {"a": "drop", "b": "record", "c": "cancel"}[str(error)]  # type: ignore[return-value]

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(policy=decide) as group:
            for at, text in enumerate("abc"):
                group.start_soon(fail, Broken(text), at + 1, name=f"task {text}")
            group.start_soon(note, log, "never", 5)
    assert [str(error) for error in caught.value.exceptions] == ["b", "c"]
    assert asked == [(f"Broken('{text}')", f"task {text}") for text in "abc"]
    assert log == []


@on_virtual_clock
async def test_G2_a_filter_that_raises_cancels_the_group_and_is_an_error_of_it() -> None:
    def decide(error: BaseException, name: str) -> roost.Decision:
        raise LookupError("filter")

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(policy=decide) as group:
            group.start_soon(fail, Broken("a"))
            await roost.sleep_forever()
    assert [str(error) for error in caught.value.exceptions] == ["a", "filter"]


@on_virtual_clock
async def test_G2_a_filter_drops_the_error_of_the_body() -> None:
    seen: list[BaseException] = []

    def decide(error: BaseException, name: str) -> roost.Decision:
        seen.append(error)
        return "drop"

    error = Broken()
    async with roost.create_task_group(policy=decide):
        raise error
    assert seen == [error]


@on_virtual_clock
async def test_G2b_the_first_success_wins_a_race() -> None:
    log: list[str] = []
    async with roost.create_task_group(policy="race") as group:
        group.start_soon(fail, Broken("lost"), 1)
        won = group.start_soon(note, log, "won", 2)
        group.start_soon(note, log, "never", 3)
    assert group.winner is won
    assert won.return_value == "won"
    assert log == ["won"]
    assert [str(it.exception) for it in group.errors] == ["lost"]


@on_virtual_clock
async def test_G2b_a_race_without_a_task_has_no_winner() -> None:
    with pytest.raises(roost.NoWinner):
        async with roost.create_task_group(policy="race"):
            pass


@on_virtual_clock
async def test_G2b_a_race_that_is_lost_raises_all_errors() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(policy="race") as group:
            group.start_soon(fail, Broken("a"), 2)
            group.start_soon(fail, Broken("b"), 1)
    assert [str(error) for error in caught.value.exceptions] == ["b", "a"]
    assert group.winner is None


@on_virtual_clock
async def test_G3_errors_of_nested_groups_are_nested() -> None:
    async def inner() -> None:
        async with roost.create_task_group(name="inner") as group:
            group.start_soon(fail, Broken("deep"))

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(name="outer") as group:
            group.start_soon(inner)
    [nested] = caught.value.exceptions
    assert isinstance(nested, ExceptionGroup)
    assert str(caught.value) == "errors of group 'outer' (1 sub-exception)"
    assert str(nested) == "errors of group 'inner' (1 sub-exception)"
    assert [repr(error) for error in nested.exceptions] == ["Broken('deep')"]


@on_virtual_clock
async def test_G3_more_errors_than_are_listed_are_counted() -> None:
    with pytest.raises(ExceptionGroup, match="of group 'many', and 3 more") as caught:
        async with roost.create_task_group(policy="supervise", max_errors=2, name="many") as group:
            for _ in range(5):
                group.start_soon(fail, Broken())
    assert len(caught.value.exceptions) == 2


@on_virtual_clock
async def test_G3_a_body_s_group_is_split() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group() as group:
            group.cancel()
            cancelled = None
            try:
                await roost.sleep(1)
            except roost.Cancelled as stop:
                cancelled = stop
            assert cancelled is not None
            raise BaseExceptionGroup("mixed", [Broken("real"), cancelled])
    [rest] = caught.value.exceptions
    assert isinstance(rest, ExceptionGroup)
    assert [repr(error) for error in rest.exceptions] == ["Broken('real')"]


@on_virtual_clock
async def test_G3_a_body_s_group_of_nothing_but_cancelled_is_absorbed() -> None:
    async with roost.create_task_group() as group:
        group.cancel()
        try:
            await roost.sleep(1)
        except roost.Cancelled as stop:
            raise BaseExceptionGroup("all", [stop]) from None
    assert group.cancelled_caught


@on_virtual_clock
async def test_G4_the_body_s_error_cancels_and_is_listed_with_the_others() -> None:
    async def answer_a_cancellation() -> None:
        try:
            await roost.sleep_forever()
        except roost.Cancelled:
            raise KeyError("late") from None

    error = Broken("body")
    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(policy="supervise") as group:
            group.start_soon(answer_a_cancellation)
            await roost.checkpoint()
            raise error
    assert caught.value.exceptions[0] is error
    assert isinstance(caught.value.exceptions[1], KeyError)
    assert caught.value.__context__ is None


@on_virtual_clock
async def test_G5_an_error_of_a_cancelled_group_is_kept() -> None:
    async def break_when_cancelled() -> None:
        try:
            await roost.sleep_forever()
        finally:
            raise Broken

    with pytest.raises(ExceptionGroup):
        async with roost.create_task_group() as group:
            group.start_soon(break_when_cancelled)
            group.start_soon(roost.sleep_forever)
            await roost.sleep(1)
            group.cancel("enough")
    assert group.cancelled_caught


@on_virtual_clock
async def test_C7_a_cancelled_group_absorbs() -> None:
    async with roost.create_task_group() as group:
        task = group.start_soon(roost.sleep_forever)
        group.cancel("enough", code=7)
        await roost.sleep_forever()
    assert group.cancelled_caught
    assert group.reason == roost.Reason(message="enough", code=7, id=group.id)
    assert task.status is roost.Status.CANCELLED


@on_virtual_clock
async def test_C7_an_inner_group_lets_an_outer_cancellation_through() -> None:
    reached = False
    with roost.CancelScope(name="outer") as scope:
        async with roost.create_task_group() as group:
            group.start_soon(roost.sleep_forever)
            scope.cancel()
        reached = True
    assert not reached
    assert scope.cancelled_caught
    assert not group.cancelled_caught
    assert not group.cancel_called
    assert group.reason is not None
    assert group.reason.name == "outer"


@on_virtual_clock
async def test_C7a_a_reporting_group_says_that_it_was_cancelled() -> None:
    with pytest.raises(roost.ScopeCancelled) as caught:
        async with roost.create_task_group(report=True, name="jobs") as group:
            group.cancel("enough")
            await roost.sleep_forever()
    assert caught.value.reason.message == "enough"
    assert isinstance(caught.value.__cause__, roost.Cancelled)


@on_virtual_clock
async def test_D2_a_group_s_deadline_is_absorbed() -> None:
    async with roost.create_task_group(deadline=roost.current_time() + 2) as group:
        group.start_soon(roost.sleep_forever)
    assert group.cancelled_caught
    assert group.reason is not None
    assert group.reason.origin is roost.Origin.DEADLINE


@on_virtual_clock
async def test_G6_tasks_of_a_group_that_is_waited_for_start_others() -> None:
    log: list[str] = []

    async def start_another(group: roost.TaskGroup) -> None:
        await roost.sleep(1)
        group.start_soon(note, log, "another")

    async with roost.create_task_group() as group:
        group.start_soon(start_another, group)
    assert log == ["another"]


@on_virtual_clock
async def test_G6_a_group_that_is_over_takes_no_tasks() -> None:
    unopened = roost.create_task_group()
    with pytest.raises(roost.OrderError, match="is not open; enter it by `async with`"):
        unopened.start_soon(roost.sleep, 1)
    async with roost.create_task_group(name="done") as group:
        pass
    with pytest.raises(RuntimeError, match="group 'done' takes no more tasks"):
        group.start_soon(roost.sleep, 1)
    with pytest.raises(roost.OrderError, match="takes no more tasks"):
        await group.start(roost.sleep, 1)


@on_virtual_clock
async def test_G6_a_group_with_daemons_alone_takes_no_tasks() -> None:
    async def outlive(group: roost.TaskGroup) -> None:
        try:
            await roost.sleep_forever()
        finally:
            with pytest.raises(roost.OrderError, match="all but daemons"):
                group.start_soon(roost.sleep, 1)
            seen.append(roost.current_task().name)

    seen: list[str] = []
    async with roost.create_task_group() as group:
        group.start_soon(outlive, group, daemon=True, name="daemon")
        await roost.checkpoint()
    assert seen == ["daemon"]


@on_virtual_clock
async def test_L2_a_limit_lets_so_many_run() -> None:
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await roost.sleep(1)
        running -= 1

    began = roost.current_time()
    async with roost.create_task_group(limit=3) as group:
        for _ in range(9):
            group.start_soon(work)
    assert most == 3
    assert roost.current_time() == began + 3


@on_virtual_clock
async def test_L2a_what_is_queued_when_it_is_cancelled_never_starts() -> None:
    log: list[str] = []
    async with roost.create_task_group(limit=1) as group:
        group.start_soon(roost.sleep_forever)
        queued = [group.start_soon(note, log, "never") for _ in range(3)]
        await roost.sleep(1)
        assert queued[0].cancel() == "ok"
        await queued[0].wait()
        assert queued[0].status is roost.Status.CANCELLED
        group.cancel()
    assert log == []
    assert [task.status for task in queued] == [roost.Status.CANCELLED] * 3
    with pytest.raises(roost.TaskCancelled):
        await queued[2]


@on_virtual_clock
async def test_L3_daemons_end_with_the_others() -> None:
    reasons: list[roost.Reason] = []

    async def serve() -> None:
        try:
            await roost.sleep_forever()
        except roost.Cancelled as stop:
            reasons.append(stop.reason)
            raise

    log: list[str] = []
    async with roost.create_task_group() as group:
        group.start_soon(serve, daemon=True)
        group.start_soon(note, log, "work", 2)
    assert log == ["work"]
    assert [reason.origin for reason in reasons] == [roost.Origin.PARENT_JOIN]
    assert not group.cancel_called


@on_virtual_clock
async def test_C12_a_shutdown_lets_work_end_within_its_patience() -> None:
    log: list[str] = []

    async def serve() -> None:
        try:
            await roost.sleep_forever()
        except roost.Stopping:
            log.append("stopping")
            await_end = note(log, "handed over", 1)
            with roost.CancelScope():
                await await_end

    async with roost.create_task_group() as group:
        group.start_soon(serve, until_stopping=True)
        group.start_soon(note, log, "quick", 1)
        slow = group.start_soon(note, log, "slow", 10)
        await roost.checkpoint()
        assert group.shutdown(3) == "ok"
    assert log == ["stopping", "quick", "handed over"]
    assert slow.status is roost.Status.CANCELLED
    assert group.reason is not None
    assert group.reason.origin is roost.Origin.SHUTDOWN


@on_virtual_clock
async def test_C6b_the_cancel_scope_of_a_group_is_the_group() -> None:
    async with roost.create_task_group() as group:
        scope = group.cancel_scope
        assert isinstance(scope, roost.CancelScope)
        with pytest.raises(roost.OrderError, match="cannot be entered; enter the group"):
            scope.__enter__()
        with pytest.raises(roost.OrderError, match="cannot be entered"):
            await scope.__aenter__()
        scope.deadline = roost.current_time() + 5
        assert group.deadline == scope.deadline
        scope.shield = True
        assert group.shield
        assert scope.cancel("by the scope") == "ok"
        assert scope.cancel() == "already"
        await roost.sleep_forever()
    assert scope.cancelled_caught
    assert str(scope.reason) == "explicit: by the scope"
    assert scope.cancel() == "ended"


@on_virtual_clock
async def test_C6b_a_group_may_be_cancelled_before_it_is_opened() -> None:
    log: list[str] = []
    group = roost.create_task_group()
    assert group.cancel("early") == "ok"
    async with group:
        group.start_soon(note, log, "never", 1)
    assert log == []
    assert group.reason is not None
    assert group.reason.message == "early"


@on_virtual_clock
async def test_C6a_a_task_of_a_cancelled_group_takes_its_first_step() -> None:
    log: list[str] = []

    async def begin() -> None:
        log.append("first step")
        await roost.checkpoint()
        log.append("never")

    async with roost.create_task_group() as group:
        group.cancel()
        group.start_soon(begin)
    assert log == ["first step"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"policy": "fail-fast"}, "a policy is 'fail_fast', 'supervise', 'race' or a function"),
        ({"limit": 0}, "limit is a number of at least 1, or None, not 0"),
        ({"max_errors": 1.5}, "max_errors is a number of at least 1, or None, not 1.5"),
        ({"deadline": float("nan")}, "not NaN"),
    ],
)
def test_B1_options_that_make_no_sense_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        roost.create_task_group(**options)  # type: ignore[arg-type]
