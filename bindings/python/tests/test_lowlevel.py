"""roost.lowlevel: groups, scopes, tasks, waits and cleanups from plain functions."""

from __future__ import annotations

import math
import traceback
from typing import Any

import pytest

from lowlevel_support import Log, failing, no_garbage, raising, runtime, sleeper
from roost import lowlevel
from roost.lowlevel import (
    PENDING,
    BaseExceptionGroup,
    Cancelled,
    CleanupCut,
    Deadlock,
    Ended,
    ExceptionGroup,
    NotCancelled,
    NotStarted,
    NoWinner,
    Origin,
    Outcome,
    Reason,
    Result,
    RoostError,
    Runtime,
    ScopeCancelled,
    Status,
    Stopping,
    Task,
    TaskCancelled,
    Unclosed,
)

__all__ = ["no_garbage", "runtime"]  # fixtures


# Tasks.


def test_S2a_what_a_first_step_returns_is_the_value(runtime: Runtime) -> None:
    def answer(task: Task, *words: str) -> str:
        return " ".join(words)

    with runtime.open_group() as group:
        task = group.spawn(answer, "all", "is", "well")
        assert task.status is Status.PENDING
    assert (task.status, task.value, task.exception) == (Status.COMPLETED, "all is well", None)


def test_S2a_L6_a_value_of_None_is_a_value(runtime: Runtime) -> None:
    with runtime.open_group() as group:
        task = group.spawn(lambda task: None)
    assert (task.status, task.value) == (Status.COMPLETED, None)


def test_S2a_a_pending_task_is_finished_by_any_callback(runtime: Runtime) -> None:
    with runtime.open_group() as group:
        task = group.spawn(lambda task: PENDING)
        runtime.after(3, lambda ended: task.finish("done"))
    assert (task.value, runtime.now) == ("done", 4.0)


def test_S2a_finish_inside_the_first_step_counts(runtime: Runtime) -> None:
    def both(task: Task) -> str:
        task.finish("finished")
        return "returned"

    with runtime.open_group() as group:
        task = group.spawn(both)
    assert task.value == "finished"


def test_L5_a_task_answers_after_its_group_and_its_runtime(no_garbage: None) -> None:
    with Runtime(clock="virtual") as runtime, runtime.open_group() as group:
        task = group.spawn(sleeper, 1, "kept")
        cut = group.spawn(sleeper, 5, name="cut")
        group.spawn(lambda task: cut.cancel("enough", code=7) and None)
    assert (task.value, cut.status) == ("kept", Status.CANCELLED)
    assert cut.outcome.reason == Reason(Origin.EXPLICIT, 7, "enough", "cut", cut.id)


def test_L5_what_nobody_has_is_not_kept(runtime: Runtime) -> None:
    seen: list[Task] = []

    def start(task: Task) -> None:
        seen.append(task)

    with runtime.open_group() as group:
        group.spawn(start)
    with pytest.raises(RoostError, match="ROOST_ESTALE"):
        _ = seen[0].outcome


def test_B3_an_exception_is_the_tasks_error_with_its_own_traceback(runtime: Runtime) -> None:
    def fall(task: Task) -> None:
        raise ZeroDivisionError("at once")

    def fall_later(task: Task) -> object:
        task.after(1, lambda ended: fall(task))
        return PENDING

    with raising(ExceptionGroup) as raised, runtime.open_group(policy="supervise") as group:
        first, second = group.spawn(fall), group.spawn(fall_later)
    assert raised.value.exceptions == (first.exception, second.exception)
    for error, frames in zip(
        raised.value.exceptions, (["fall"], ["<lambda>", "fall"]), strict=True
    ):
        assert error is not None
        assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == frames


def test_B3_finish_and_then_raise_goes_to_whoever_runs(runtime: Runtime) -> None:
    def both(task: Task) -> None:
        task.finish(1)
        raise ValueError("too late")

    group = runtime.open_group()
    task = group.spawn(both)
    group.join()
    with pytest.raises(ExceptionGroup) as raised:
        runtime.run()
    assert [str(error) for error in raised.value.exceptions] == ["too late"]
    assert task.value == 1


def test_B3_an_exception_of_no_task_comes_out_of_run(runtime: Runtime) -> None:
    runtime.after(1, lambda ended: 1 // 0)
    runtime.post(lambda: [][0])
    with pytest.raises(ExceptionGroup) as raised:
        runtime.run()
    assert [type(error) for error in raised.value.exceptions] == [IndexError, ZeroDivisionError]
    runtime.run()


def test_C13a_cancelled_without_a_cancellation_is_an_error(runtime: Runtime) -> None:
    with raising(ExceptionGroup) as raised, runtime.open_group() as group:
        group.spawn(failing, Cancelled())
    assert isinstance(raised.value.exceptions[0], NotCancelled)


def test_S2a_on_cancel_ends_the_task_or_lets_it_go_on(runtime: Runtime) -> None:
    seen = Log()

    def stop(task: Task, reason: Reason, word: str) -> object:
        seen.append((reason.message, word))
        if word == "go on":
            task.after(1, lambda ended: seen.append(ended.cancelled))
            task.finish("in spite of it")
        return PENDING if word == "go on" else None

    def wait(task: Task, word: str) -> object:
        return PENDING

    with runtime.open_group() as group:
        ends = group.spawn(wait, "end", on_cancel=stop)
        goes_on = group.spawn(wait, "go on", on_cancel=stop)
        runtime.after(1, lambda ended: group.cancel("enough"))
    assert seen == [("enough", "end"), ("enough", "go on")]
    assert (ends.status, goes_on.status) == (Status.CANCELLED, Status.COMPLETED)
    assert goes_on.value == "in spite of it"


def test_S2a_B3_an_on_cancel_that_raises_fails_the_task(runtime: Runtime) -> None:
    def stop(task: Task, reason: Reason) -> None:
        raise KeyError("nothing to stop")

    with raising(ExceptionGroup) as raised, runtime.open_group() as group:
        task = group.spawn(lambda task: PENDING, on_cancel=stop)
        runtime.after(1, lambda ended: group.cancel())
    assert raised.value.exceptions == (task.exception,)
    assert isinstance(task.exception, KeyError)


def test_D2a_a_tasks_own_deadline(runtime: Runtime) -> None:
    with raising(ExceptionGroup) as raised, runtime.open_group(policy="supervise") as group:
        fails = group.spawn(sleeper, timeout=1)
        moves_on = group.spawn(sleeper, deadline=runtime.now + 2, move_on=True)
    assert [type(error) for error in raised.value.exceptions] == [TimeoutError]
    assert (fails.status, moves_on.status, runtime.now) == (Status.FAILED, Status.CANCELLED, 3)


def test_L4_start_waits_for_the_report(runtime: Runtime) -> None:
    seen = Log()

    def server(task: Task, port: int) -> object:
        task.after(1, lambda ended: task.started({"port": port}))
        task.after(2, lambda ended: task.finish("done"))
        return PENDING

    group = runtime.open_group()
    task = group.start(server, 80, told=seen.ended)
    group.join()
    runtime.run()
    assert seen == [Ended({"port": 80})]
    assert (task.start_value, task.value) == ({"port": 80}, "done")


def test_L4_a_start_that_fails_is_no_error_of_the_group(runtime: Runtime) -> None:
    seen = Log()
    error = OSError("no port is free")
    with runtime.open_group() as group:
        group.start(failing, error, told=seen.ended)
        group.start(lambda task: "early", told=seen.ended)
        task = group.start(sleeper, told=seen.ended)
        runtime.after(1, lambda ended: task.cancel("no need"))
    failed, early, cancelled = (ended.exception for ended in seen if isinstance(ended, Ended))
    assert failed is error
    assert isinstance(early, NotStarted)
    assert isinstance(cancelled, TaskCancelled)
    assert cancelled.reason is not None
    assert cancelled.reason.message == "no need"


def test_L3_daemons_end_with_the_others(runtime: Runtime) -> None:
    with runtime.open_group() as group:
        daemon = group.spawn(sleeper, math.inf, daemon=True)
        group.spawn(sleeper, 1)
    assert daemon.outcome.reason is not None
    assert daemon.outcome.reason.origin is Origin.PARENT_JOIN


def test_L2_G2_limit_policy_and_names(runtime: Runtime) -> None:
    order: list[str] = []

    def note(task: Task, word: str) -> object:
        order.append(f"{word} {task.name}")
        return sleeper(task, 1)

    with runtime.open_group(limit=1) as group:
        for word in "first", "second":
            group.spawn(note, word, name=f"the {word}")
        nameless = group.spawn(note, "third")
        assert nameless.name.endswith("note")
    assert (order[:2], runtime.now) == (["first the first", "second the second"], 4)


def test_G2b_a_race_names_its_winner(runtime: Runtime) -> None:
    results: list[Result] = []
    group = runtime.open_group(policy="race")
    group.spawn(sleeper, 2, "slow", name="tortoise")
    group.spawn(sleeper, 1, "fast", name="hare")
    group.spawn(failing, ValueError("fell"), name="goose")
    group.join(results.append)
    runtime.run()
    (result,) = results
    assert (result.winner, result.get(), result.exception) == ("hare", "fast", None)
    assert [(name, str(error)) for name, error in result.errors] == [("goose", "fell")]


def test_G2b_a_race_without_a_task(runtime: Runtime) -> None:
    with raising(NoWinner), runtime.open_group(policy="race"):
        pass


def test_G2_a_filter_decides_for_each_error(runtime: Runtime) -> None:
    asked: list[tuple[str, str]] = []

    def decide(error: BaseException, name: str) -> Any:
        asked.append((str(error), name))
        return str(error)

    with raising(ExceptionGroup) as raised, runtime.open_group(policy=decide) as group:
        for word in "drop", "record", "cancel":
            group.spawn(failing, RuntimeError(word), name=word)
        cut = group.spawn(sleeper)
    assert asked == [(word, word) for word in ("drop", "record", "cancel")]
    assert [str(error) for error in raised.value.exceptions] == ["record", "cancel"]
    assert cut.status is Status.CANCELLED


def test_G2_B3_a_filter_that_raises_cancels_the_rest(runtime: Runtime) -> None:
    def decide(error: BaseException, name: str) -> Any:
        raise LookupError("undecided")

    group = runtime.open_group(policy=decide)
    group.spawn(failing, RuntimeError("x"))
    cut = group.spawn(sleeper)
    group.join(lambda result: None)
    with pytest.raises(ExceptionGroup, match="root") as raised:
        runtime.run()
    assert [type(error) for error in raised.value.exceptions] == [LookupError]
    assert cut.status is Status.CANCELLED


# Blocks.


def test_G4_what_the_body_of_a_block_raises_is_an_error_of_the_group(runtime: Runtime) -> None:
    with raising(ExceptionGroup) as raised, runtime.open_group() as group:
        task = group.spawn(sleeper)
        raise KeyError("body")
    assert [type(error) for error in raised.value.exceptions] == [KeyError]
    assert task.status is Status.CANCELLED


def test_G3_nested_groups_are_nested_errors(runtime: Runtime) -> None:
    with raising(ExceptionGroup) as raised, runtime.open_group(name="outer") as outer:
        inner = outer.open_group(name="inner")
        inner.spawn(failing, ValueError("deep"))
        inner.join()
    (nested,) = raised.value.exceptions
    assert isinstance(nested, ExceptionGroup)
    assert "inner" in str(nested)
    assert [str(error) for error in nested.exceptions] == ["deep"]


def test_S2b_a_block_is_closed_when_its_waits_are_over(runtime: Runtime) -> None:
    seen = Log()
    with runtime.open_scope() as scope:
        scope.after(1, seen.ended)
        scope.after(2, lambda ended: scope.after(3, seen.ended))
    assert seen == [Ended(), Ended()]
    assert (runtime.now, scope.cancelled_caught) == (6, False)
    assert scope.result is not None


def test_D2_a_scope_that_took_too_long(runtime: Runtime) -> None:
    seen = Log()
    with raising(TimeoutError), runtime.open_scope(timeout=1) as scope:
        scope.after(5, seen.ended)
    assert seen.last.cancelled
    assert (scope.cancel_called, scope.cancelled_caught) == (True, True)
    assert scope.reason is not None
    assert scope.reason.origin is Origin.DEADLINE
    with runtime.open_scope(timeout=-3, move_on=True) as past:
        past.after(5, seen.ended)
    assert (past.cancelled_caught, runtime.now) == (True, 2)


def test_C7a_a_group_that_reports(runtime: Runtime) -> None:
    with raising(ScopeCancelled) as raised, runtime.open_group(report=True) as group:
        group.spawn(sleeper)
        group.cancel("enough")
    assert raised.value.reason is not None
    assert raised.value.reason.message == "enough"


def test_C7_a_block_passes_an_outer_cancellation_on(runtime: Runtime) -> None:
    reached = False
    with runtime.open_group() as outer:
        outer.cancel("all of it")
        with outer.open_group() as inner:
            inner.spawn(sleeper)
        reached = True
    assert (inner.cancelled_caught, outer.cancelled_caught, reached) == (False, True, False)
    assert inner.reason is not None
    assert inner.reason.message == "all of it"


def test_C7_the_block_of_a_runtime_absorbs_the_cancellation_of_its_root() -> None:
    reached = False
    with Runtime(clock="virtual") as runtime:
        runtime.root.cancel()
        with runtime.open_group() as group:
            group.spawn(sleeper)
        reached = True
    assert (runtime.closed, reached) == (True, False)


def test_G2_a_filter_may_drop_what_the_body_of_a_block_raises(runtime: Runtime) -> None:
    with runtime.open_group(policy=lambda error, name: "drop"):
        raise KeyError("dropped")


def test_T1d_in_a_callback_the_errors_of_a_block_go_to_what_is_around_it(runtime: Runtime) -> None:
    def start(task: Task) -> object:
        with task.open_group(name="inside") as inside:
            inside.spawn(failing, ValueError("inside"))
        task.after(1, lambda ended: task.finish("body"))
        return PENDING

    with raising(ExceptionGroup) as raised, runtime.open_group() as group:
        task = group.spawn(start)
    (nested,) = raised.value.exceptions
    assert isinstance(nested, ExceptionGroup)
    assert [str(error) for error in nested.exceptions] == ["inside"]
    assert runtime.now <= 2
    assert task.status is not Status.PENDING


def test_S2b_a_block_that_was_left_ends_with_its_task(runtime: Runtime) -> None:
    seen = Log()

    def waited(ended: Ended, task: Task) -> None:
        if not ended.cancelled:
            task.finish("finished")

    def in_a_scope(task: Task, how: str) -> object:
        with task.open_scope() as scope:
            scope.after(5, seen.ended)
            with scope.open_scope() as inner:
                inner.after(1, waited, task)
        if how == "raises":
            raise KeyError
        return PENDING if how == "finishes" else how

    def stop(task: Task, reason: Reason, how: str) -> None: ...

    def clean(cleanup: Task, why: Outcome) -> None:
        in_a_scope(cleanup, "returns")

    with raising(ExceptionGroup) as raised, runtime.open_group(policy="supervise") as group:
        tasks = [group.spawn(in_a_scope, how) for how in ("finishes", "returns", "raises")]
        group.spawn(in_a_scope, "finishes", on_cancel=stop).defer(clean)
        runtime.after(0.5, lambda ended: tasks.append(group.spawn(sleeper)))
        group.defer(clean)
    assert [type(error) for error in raised.value.exceptions] == [KeyError]
    assert [task.value for task in tasks[:2]] == ["finished", "returns"]
    assert seen == []
    cut = runtime.spawn(in_a_scope, "finishes", on_cancel=stop)
    runtime.after(0.5, lambda ended: cut.cancel())
    runtime.run()
    assert (cut.status, runtime._closing) == (Status.CANCELLED, {})
    assert seen.last.cancelled


def test_G7_what_a_task_leaves_open_is_an_error(runtime: Runtime) -> None:
    def start(task: Task) -> None:
        task.open_group(name="forgotten").spawn(failing, ValueError("nested"))

    with raising(ExceptionGroup) as raised, runtime.open_group() as group:
        group.spawn(start)
    errors = raised.value.exceptions
    assert isinstance(errors[-1], Unclosed)


def test_D4_a_deadlock_is_an_error(runtime: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    with raising(Deadlock), runtime.open_group() as group:
        task = group.spawn(sleeper, math.inf)
    assert task.status is Status.CANCELLED
    capfd.readouterr()


# Cleanups.


def test_K1_cleanups_run_last_first_and_are_told_why(runtime: Runtime) -> None:
    told: list[tuple[str, Status]] = []

    def clean(cleanup: Task, why: Outcome, word: str) -> None:
        told.append((word, why.state))

    def start(task: Task) -> object:
        task.defer(clean, "first")
        task.defer(clean, "second")
        assert task.defer(clean, "third").undefer()
        return sleeper(task)

    with runtime.open_group(timeout=1, move_on=True) as group:
        group.defer(clean, "group")
        group.spawn(start)
    assert told == [
        ("second", Status.CANCELLED),
        ("first", Status.CANCELLED),
        ("group", Status.CANCELLED),
    ]


def test_K2_K2b_a_cleanup_may_take_its_time_within_the_grace(runtime: Runtime) -> None:
    seen = Log()

    def clean(cleanup: Task, why: Outcome, seconds: float) -> object:
        def waited(ended: Ended) -> None:
            seen.append((seconds, ended.cancelled))
            cleanup.finish(ended.get())

        cleanup.after(seconds, waited)
        return PENDING

    with raising(ExceptionGroup) as raised, runtime.open_group(grace=1) as group:
        group.defer(clean, 5)
        group.defer(clean, 0.5)
        group.cancel()
    assert seen == [(0.5, False), (5, True)]
    assert isinstance(raised.value.exceptions[0], CleanupCut)


def test_K2b_a_cleanups_on_cancel(runtime: Runtime) -> None:
    seen = Log()

    def stop(cleanup: Task, reason: Reason) -> None:
        seen.append(reason.message)

    def clean(cleanup: Task, why: Outcome) -> object:
        return PENDING

    with raising(ExceptionGroup), runtime.open_group(grace=1) as group:
        group.defer(clean, on_cancel=stop, name="slow one")
        group.cancel("enough")
    assert (seen, runtime.now) == (["enough"], 2)


def test_L5a_C12b_who_waits_is_cancelled_itself(runtime: Runtime) -> None:
    seen = Log()

    def told(ended: Ended) -> None:
        seen.append((ended.cancelled, task.status))

    task = runtime.spawn(sleeper)
    with runtime.open_scope(timeout=1, move_on=True) as scope:
        task.on_end(scope, told)
    assert (seen, task.status) == ([(True, Status.PENDING)], Status.COMPLETED)


def test_K3_a_cleanup_that_raises_stops_no_other(runtime: Runtime) -> None:
    ran: list[str] = []

    def clean(cleanup: Task, why: Outcome, word: str) -> None:
        ran.append(word)
        raise RuntimeError(word)

    with raising(ExceptionGroup) as raised, runtime.open_group() as group:
        group.defer(clean, "first")
        group.defer(clean, "second")
    assert ran == ["second", "first"]
    assert [str(error) for error in raised.value.exceptions] == ["second", "first"]


# Cancelling, shields, shutdown.


def test_C5_C6_what_cancel_answers(runtime: Runtime) -> None:
    with runtime.open_group() as group:
        assert (group.cancel_called, group.cancelled_caught) == (False, False)
        task = group.spawn(sleeper)
        assert [task.cancel("a"), task.cancel("b")] == ["ok", "already"]
    assert (task.cancel(), group.cancel()) == ("ended", "ended")


def test_C10_a_shield_is_switched(runtime: Runtime) -> None:
    seen = Log()
    with runtime.open_group() as outer:
        scope = outer.open_scope(shield=True)
        scope.after(5, seen.ended)
        outer.cancel()
        assert (scope.cancelled, outer.cancelled) == (False, True)
        assert scope.effective_deadline == math.inf
        scope.set_shield(False)
        assert scope.cancelled
        assert scope.effective_deadline == -math.inf
        scope.join()
    assert seen.last.cancelled


def test_D1_a_deadline_is_moved(runtime: Runtime) -> None:
    with runtime.open_scope(timeout=1) as scope:
        assert scope.effective_deadline == pytest.approx(2)
        scope.set_deadline(runtime.now + 5)
        assert scope.effective_deadline == pytest.approx(6)
        scope.after(3, lambda ended: None)
        scope.set_deadline(math.inf)
        assert scope.effective_deadline == math.inf
    assert runtime.now == 4


def test_C12_shutdown_in_two_phases(runtime: Runtime) -> None:
    seen = Log()
    with runtime.open_group(until_stopping=True) as group:
        task = group.spawn(sleeper)
        group.after(20, seen.ended)
        runtime.after(1, lambda ended: seen.append(group.shutdown(2)))
        runtime.after(2, lambda ended: seen.append((group.stopping, group.cancel_called)))
    assert isinstance(seen[1], Ended)
    assert isinstance(seen[1].exception, Stopping)
    assert (seen[0], seen[2]) == ("ok", (True, False))
    assert (runtime.now, task.status) == (4, Status.CANCELLED)
    assert task.outcome.reason is not None
    assert task.outcome.reason.origin is Origin.SHUTDOWN


# Waits.


def test_S2b_a_wait_is_taken_back(runtime: Runtime) -> None:
    seen = Log()
    wait = runtime.after(1, seen.ended)
    assert (wait.unwait(), wait.unwait()) == (True, False)
    runtime.run()
    assert seen == []


def test_L5_C12b_waiting_for_the_end(runtime: Runtime) -> None:
    seen = Log()
    error = ValueError("its own")
    with runtime.open_group(policy=lambda error, name: "drop") as group:
        group.spawn(sleeper, 1, "value").on_end(runtime.root, seen.ended)
        failed = group.spawn(failing, error)
        failed.on_end(runtime.root, seen.ended)
        slow = group.spawn(sleeper)
        slow.on_end(runtime.root, seen.ended)
        runtime.after(2, lambda ended: slow.cancel_and_wait(runtime.root, seen.ended, reason="x"))
        group.on_end(runtime.root, seen.ended)
    raised, value, first, second, all_of_it = seen
    assert (raised, value, all_of_it) == (Ended(exception=error), Ended("value"), Ended())
    for ended in first, second:
        assert isinstance(ended, Ended)
        assert isinstance(ended.exception, TaskCancelled)
        assert ended.exception.reason is not None
        assert ended.exception.reason.message == "x"
    with pytest.raises(ValueError, match="its own"):
        Ended(exception=error).get()


def test_C4_a_parked_wait_is_woken_once(runtime: Runtime) -> None:
    seen = Log()
    wait = runtime.root.park(seen.ended)
    assert [wait.wake("first"), wait.wake("second")] == ["ok", "ended"]
    error = OSError("gone")
    assert runtime.root.park(seen.ended).fail(error) == "ok"
    runtime.run()
    assert seen == [Ended("first"), Ended(exception=error)]


def test_S6_a_function_on_another_thread(runtime: Runtime) -> None:
    seen = Log()
    runtime.root.on_call(lambda: "from a thread", seen.ended)
    runtime.run()
    runtime.root.on_call(lambda: [][0], seen.ended)
    runtime.run()
    assert seen[0] == Ended("from a thread")
    assert isinstance(seen.last.exception, IndexError)


def test_S6_blocking_tasks(runtime: Runtime) -> None:
    def work(task: Task, number: int) -> int:
        if number < 0:
            raise ValueError(number)
        return number * number

    with raising(ExceptionGroup) as raised, runtime.open_group(policy="supervise") as group:
        good, bad = group.spawn_blocking(work, 12), group.spawn_blocking(work, -1)
    assert (good.value, good.name.endswith("work")) == (144, True)
    assert raised.value.exceptions == (bad.exception,)


def test_S6_a_blocking_task_sees_that_it_is_cancelled(runtime: Runtime) -> None:
    def work(task: Task) -> None:
        while not task.cancelled:
            group.cancel("enough")
        raise Cancelled

    with runtime.open_group() as group:
        task = group.spawn_blocking(work)
    assert task.status is Status.CANCELLED
    assert group.cancelled_caught


# G3a.


def test_G3a_KeyboardInterrupt_cancels_all_and_comes_out_as_itself() -> None:
    with raising(KeyboardInterrupt), Runtime(clock="virtual") as runtime:
        group = runtime.open_group(policy="supervise")
        group.spawn(failing, KeyboardInterrupt())
        cut = group.spawn(sleeper)
        group.join()
    assert cut.status is Status.CANCELLED


def test_G3a_of_no_task_too() -> None:
    def stop(ended: Ended) -> None:
        raise SystemExit(3)

    with raising(SystemExit), Runtime(clock="virtual") as runtime:
        cut = runtime.root.spawn(sleeper)
        runtime.after(1, stop)
    assert cut.outcome.reason is not None
    assert cut.outcome.reason.origin is Origin.HOST


def test_G3a_out_of_a_block_too(runtime: Runtime) -> None:
    with raising(SystemExit), runtime.open_group() as group:
        group.spawn(failing, SystemExit(3))
    runtime.close()


def test_G3a_between_groups_it_is_in_a_BaseExceptionGroup(runtime: Runtime) -> None:
    results: list[Result] = []
    group = runtime.open_group()
    group.spawn(failing, SystemExit(3))
    group.join(results.append)
    runtime.run()
    assert type(results[0].exception) is BaseExceptionGroup


def test_all_that_is_public_is_there_and_documented() -> None:
    for name in lowlevel.__all__:
        thing = getattr(lowlevel, name)
        assert thing.__doc__ or not thing.__module__.startswith("roost"), name
        if isinstance(thing, type) and thing.__module__.startswith("roost.lowlevel"):
            for member, value in vars(thing).items():
                if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                    assert value.__doc__, f"{name}.{member}"
