"""Cleanups of `roost`."""

from __future__ import annotations

import sys

import pytest

import roost
from roost.testing import on_virtual_clock

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


async def put(log: list[str], what: str, after: float = 0) -> None:
    await roost.sleep(after)
    log.append(what)


@on_virtual_clock
async def test_K1_cleanups_run_last_registered_first() -> None:
    log: list[str] = []

    async def work() -> None:
        roost.defer(log.append, "first")
        roost.defer(put, log, "second", 1)
        roost.defer(log.append, "third")
        log.append("work")

    async with roost.create_task_group() as group:
        await group.start_soon(work)
        group.defer(put, log, "of the group", 1)
        group.start_soon(put, log, "task", 5)
    assert log == ["work", "third", "second", "first", "task", "of the group"]


@on_virtual_clock
async def test_K1_a_cleanup_is_told_why_it_runs() -> None:
    told: list[roost.Outcome] = []

    async def work(error: BaseException | None) -> str:
        roost.defer(told.append, told=True)
        await roost.sleep(1)
        if error:
            raise error
        return "value"

    error = KeyError()
    async with roost.create_task_group(policy=lambda error, name: "drop") as group:
        group.start_soon(work, None)
        group.start_soon(work, error)
        cancelled = group.start_soon(work, None)
        await roost.checkpoint()
        cancelled.cancel("enough")
    by_state = {outcome.state: outcome for outcome in told}
    assert by_state[roost.Status.COMPLETED] == roost.Outcome(roost.Status.COMPLETED, "value")
    assert by_state[roost.Status.FAILED].exception is error
    reason = by_state[roost.Status.CANCELLED].reason
    assert reason is not None
    assert reason.message == "enough"


@on_virtual_clock
async def test_K1_the_cleanups_of_a_group_are_told_of_its_end() -> None:
    told: list[roost.Outcome] = []
    async with roost.create_task_group() as group:
        group.defer(told.append, told=True)
        group.cancel("enough")
        await roost.sleep(1)
    [outcome] = told
    assert outcome.state is roost.Status.CANCELLED
    assert outcome.reason is not None
    assert outcome.reason.message == "enough"
    error = KeyError()
    with pytest.raises(ExceptionGroup):
        async with roost.create_task_group() as group:
            group.defer(told.append, told=True)
            raise error
    assert told[1] == roost.Outcome(roost.Status.FAILED, exception=error, reason=told[1].reason)


@on_virtual_clock
async def test_K2_a_cleanup_runs_in_a_shield() -> None:
    log: list[str] = []

    async def work() -> None:
        roost.defer(put, log, "cleaned", 3)
        await roost.sleep_forever()

    async with roost.create_task_group() as group:
        group.start_soon(work)
        await roost.checkpoint()
        group.cancel()
    assert log == ["cleaned"]


@on_virtual_clock
async def test_K3_a_cleanup_that_its_grace_cuts_short_is_an_error() -> None:
    async def work() -> None:
        roost.defer(roost.sleep_forever)
        await roost.sleep_forever()

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(grace=2) as group:
            group.start_soon(work, name="it")
            await roost.checkpoint()
            group.cancel()
    assert [type(error) for error in caught.value.exceptions] == [roost.CleanupCut]
    assert [it.name for it in group.errors] == ["cleanup of it"]


@on_virtual_clock
async def test_K3_a_cleanup_that_fails_stops_no_other() -> None:
    log: list[str] = []

    async def break_down(text: str) -> None:
        raise KeyError(text)

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group() as group:
            group.defer(log.append, "last")
            group.defer(break_down, "a")
            group.defer(break_down, "b")
    assert [repr(error) for error in caught.value.exceptions] == ["KeyError('b')", "KeyError('a')"]
    assert log == ["last"]


@on_virtual_clock
async def test_K3_a_cleanup_can_be_taken_back() -> None:
    log: list[str] = []
    async with roost.create_task_group() as group:
        back = group.defer(log.append, "never")
        kept = group.defer(log.append, "kept")
        assert back.undefer()
        assert not back.undefer()
    assert log == ["kept"]
    assert not kept.undefer()


@on_virtual_clock
async def test_K4_a_cleanup_may_open_groups_and_register_others() -> None:
    log: list[str] = []

    async def clean(outer: roost.TaskGroup) -> None:
        outer.defer(log.append, "registered late")
        async with roost.create_task_group() as group:
            group.start_soon(put, log, "in a cleanup", 1)
        with roost.move_on_after(1) as scope:
            await roost.sleep_forever()
        assert scope.cancelled_caught

    async with roost.create_task_group() as group:
        group.defer(clean, group)
    assert log == ["in a cleanup", "registered late"]


@on_virtual_clock
async def test_K2a_a_with_block_takes_cleanups_that_do_not_wait() -> None:
    log: list[str] = []
    told: list[roost.Outcome] = []
    with roost.CancelScope() as scope:
        scope.defer(log.append, "first")
        scope.defer(log.append, "second")
        scope.defer(told.append, told=True)
        back = scope.defer(log.append, "never")
        assert back.undefer()
        with pytest.raises(roost.OrderError, match="enter the scope by `async with`"):
            scope.defer(put, log, "never")
        log.append("body")
    assert log == ["body", "second", "first"]
    assert [outcome.state for outcome in told] == [roost.Status.COMPLETED]
    with pytest.raises(roost.OrderError, match="is not open, and takes no cleanups"):
        scope.defer(log.append, "never")


@on_virtual_clock
async def test_K2a_a_cleanup_of_a_with_block_that_fails() -> None:
    def break_down() -> None:
        raise KeyError("cleanup")

    def wait() -> object:
        return roost.sleep(1)

    with pytest.raises(ExceptionGroup) as caught:
        with roost.CancelScope(name="it") as scope:
            scope.defer(break_down)
            scope.defer(wait)
    errors = caught.value.exceptions
    assert [type(error) for error in errors] == [roost.OrderError, KeyError]
    error = ValueError()
    with pytest.raises(ExceptionGroup) as caught:
        with roost.CancelScope(name="it") as scope:
            scope.defer(break_down)
            raise error
    assert caught.value.exceptions[0] is error
    assert isinstance(caught.value.exceptions[1], KeyError)


@on_virtual_clock
async def test_K2_an_async_with_block_takes_cleanups_that_wait() -> None:
    log: list[str] = []
    async with roost.move_on_after(2) as scope:
        scope.defer(put, log, "cleaned", 3)
        await roost.sleep_forever()
    assert scope.cancelled_caught
    assert log == ["cleaned"]


@on_virtual_clock
async def test_a_task_s_handle_takes_cleanups() -> None:
    log: list[str] = []
    async with roost.create_task_group() as group:
        task = group.start_soon(put, log, "work", 1)
        task.defer(log.append, "cleaned")
    assert log == ["work", "cleaned"]
    with pytest.raises(roost.OrderError, match="is not open"):
        task.defer(log.append, "never")
    with pytest.raises(TypeError, match="a function is wanted"):
        roost.defer(3)


@on_virtual_clock
async def test_K2b_a_cleanup_is_waited_for_and_cut_once_it_has_begun() -> None:
    cleanups: list[roost.Cleanup] = []

    async def cut() -> None:
        assert cleanups[0].cancel() == "ok"

    async def long() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(cut)
            await roost.sleep(10)

    async def work() -> None:
        cleanup = roost.defer(long)
        with pytest.raises(roost.OrderError, match="has not begun; take it back by undefer"):
            await cleanup
        with pytest.raises(roost.OrderError, match="has not begun"):
            await cleanup.cancel_and_wait()
        with pytest.raises(roost.OrderError, match="has not begun"):
            cleanup.cancel()
        cleanups.append(cleanup)

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group() as group:
            group.start_soon(work)
    assert isinstance(caught.value.exceptions[0], roost.CleanupCut)
    assert roost.current_time() == 1
    undeferred = roost.defer(len)
    assert undeferred.undefer()
    assert await undeferred is None  # type: ignore[func-returns-value]
