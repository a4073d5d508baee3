"""Tasks of `roost`, and their handles."""

from __future__ import annotations

import contextvars
import sys
import types
from collections.abc import Generator
from typing import Any

import pytest

import roost
from roost.testing import on_virtual_clock, wait_all_tasks_blocked

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


async def answer(value: object, after: float = 1) -> object:
    await roost.sleep(after)
    return value


async def fail(error: BaseException, after: float = 1) -> None:
    await roost.sleep(after)
    raise error


@on_virtual_clock
async def test_L5_a_task_can_be_awaited_by_any_number_of_tasks() -> None:
    seen: list[object] = []

    async def await_it(task: roost.TaskHandle[object]) -> None:
        seen.append(await task)

    async with roost.create_task_group() as group:
        task = group.start_soon(answer, "x", 2)
        for _ in range(3):
            group.start_soon(await_it, task)
        assert task.status is roost.Status.PENDING
        with pytest.raises(roost.TaskNotFinished):
            task.return_value  # noqa: B018
        with pytest.raises(roost.TaskNotFinished):
            task.exception  # noqa: B018
    assert seen == ["x"] * 3
    assert await task == "x"
    assert task.return_value == "x"
    assert task.exception is None
    assert task.status is roost.Status.COMPLETED
    assert str(task.status) == "completed"
    assert task.coro is None


@on_virtual_clock
async def test_L5_awaiting_a_failed_task_raises_its_own_exception() -> None:
    error = KeyError("mine")
    async with roost.create_task_group(policy=lambda error, name: "drop") as group:
        task = group.start_soon(fail, error)
        for _ in range(2):
            with pytest.raises(KeyError) as caught:
                await task
            assert caught.value is error
    assert task.exception is error
    assert task.status is roost.Status.FAILED
    with pytest.raises(roost.TaskFailed) as failed:
        task.return_value  # noqa: B018
    assert failed.value.__cause__ is error


@on_virtual_clock
async def test_L5a_awaiting_a_cancelled_task_says_why() -> None:
    async with roost.create_task_group() as group:
        task = group.start_soon(answer, 1, 10, name="slow")
        await wait_all_tasks_blocked()
        assert task.cancel("enough", code=4) == "ok"
        assert task.status is roost.Status.CANCELLING
        with pytest.raises(roost.TaskCancelled) as caught:
            await task
    assert str(caught.value) == "task 'slow' was cancelled: explicit at slow: enough"
    assert caught.value.reason.code == 4
    assert task.status is roost.Status.CANCELLED
    for ask in ("return_value", "exception"):
        with pytest.raises(roost.TaskCancelled):
            getattr(task, ask)
    assert task.cancel() == "ended"
    await task.wait()


@on_virtual_clock
async def test_L5_the_wait_for_a_task_can_be_cancelled_and_the_task_goes_on() -> None:
    async with roost.create_task_group() as group:
        task = group.start_soon(answer, 1, 10)
        with roost.move_on_after(1) as scope:
            await task.wait()
        assert scope.cancelled_caught
        assert await task == 1


@on_virtual_clock
async def test_C13_cancelling_one_task_leaves_the_others() -> None:
    async with roost.create_task_group() as group:
        first, second = (group.start_soon(answer, n) for n in range(2))
        first.cancel()
    assert first.status is roost.Status.CANCELLED
    assert second.return_value == 1
    assert not group.cancel_called


@on_virtual_clock
async def test_C12b_cancel_and_wait_waits_for_the_end() -> None:
    log: list[str] = []

    async def take_time() -> None:
        try:
            await roost.sleep_forever()
        finally:
            with roost.CancelScope(shield=True):
                await roost.sleep(3)
            log.append("ended")

    async with roost.create_task_group() as group:
        task = group.start_soon(take_time)
        await wait_all_tasks_blocked()
        await task.cancel_and_wait("enough")
        assert log == ["ended"]
        assert task.status is roost.Status.CANCELLED
        await task.cancel_and_wait()


@on_virtual_clock
async def test_C12b_a_task_cannot_wait_for_itself() -> None:
    async def wait_for_oneself() -> None:
        task = roost.current_task()
        with pytest.raises(roost.Deadlock):
            await task
        with pytest.raises(roost.Deadlock):
            await task.cancel_and_wait()
        with pytest.raises(roost.Cancelled):
            await roost.checkpoint()

    async def wait_for_what_is_around(outer: roost.TaskHandle[Any]) -> None:
        with pytest.raises(roost.Deadlock):
            await outer

    async with roost.create_task_group() as group:
        group.start_soon(wait_for_oneself)
        group.start_soon(wait_for_what_is_around, roost.current_task())


@on_virtual_clock
async def test_C13a_cancelled_without_a_cancellation_is_an_error() -> None:
    async def pretend() -> None:
        raise roost.Cancelled

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(policy="supervise") as group:
            task = group.start_soon(pretend)
            with pytest.raises(roost.NotCancelled):
                await task
    assert [type(error) for error in caught.value.exceptions] == [roost.NotCancelled]


@on_virtual_clock
async def test_C13a_a_kept_cancelled_is_no_cancellation() -> None:
    kept: list[roost.Cancelled] = []

    async def keep() -> None:
        with roost.CancelScope() as scope:
            scope.cancel()
            try:
                await roost.sleep(1)
            except roost.Cancelled as stop:
                kept.append(stop)
                raise
        raise kept[0]

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group() as group:
            task = group.start_soon(keep)
    assert [type(error) for error in caught.value.exceptions] == [roost.NotCancelled]
    assert task.status is roost.Status.FAILED
    kept.clear()


@on_virtual_clock
async def test_T4_a_task_has_a_name() -> None:
    async def named() -> None: ...

    async with roost.create_task_group() as group:
        assert group.start_soon(answer, 1).name == "test_tasks.answer"
        assert group.start_soon(answer, 1, name="mine").name == "mine"
        assert group.start_soon(answer, 1, name=7).name == "7"
        coro = named()
        assert group.create_task(coro).name == named.__qualname__
        assert group.create_task(named(), name="made").name == "made"
    name = "test_tasks.test_T4_a_task_has_a_name"
    assert roost.current_task().name == name


@on_virtual_clock
async def test_a_task_has_a_copy_of_the_context() -> None:
    var = contextvars.ContextVar("var", default=0)
    seen: list[int] = []

    async def look(add: int) -> None:
        seen.append(var.get())
        var.set(var.get() + add)
        await roost.checkpoint()
        seen.append(var.get())

    var.set(1)
    given = contextvars.copy_context()
    given.run(var.set, 50)
    async with roost.create_task_group() as group:
        group.start_soon(look, 10)
        var.set(2)
        group.start_soon(look, 20)
        group.create_task(look(5), context=given)
    assert seen == [1, 2, 50, 11, 22, 55]
    assert var.get() == 2
    assert given[var] == 55


@on_virtual_clock
async def test_a_generator_that_is_a_coroutine_may_be_a_task() -> None:
    @types.coroutine
    def sleep_twice() -> Generator[Any, Any, str]:
        yield from roost.sleep(1).__await__()
        yield from roost.sleep(1).__await__()
        return "slept"

    async with roost.create_task_group() as group:
        task = group.start_soon(sleep_twice)
    assert task.return_value == "slept"


@on_virtual_clock
async def test_L4_start_answers_what_the_task_reports() -> None:
    log: list[str] = []

    async def serve(*, task_status: roost.TaskStatus[int] = roost.TASK_STATUS_IGNORED) -> str:
        await roost.sleep(1)
        task_status.started(80)
        log.append("serving")
        await roost.sleep(1)
        log.append("served")
        return "done"

    async with roost.create_task_group() as group:
        assert await group.start(serve) == 80
        task = await group.start(serve, name="second", return_handle=True)
        assert task.start_value == 80
        assert task.name == "second"
        plain = group.start_soon(serve)
    assert log.count("served") == 3
    assert task.return_value == "done"
    with pytest.raises(RuntimeError, match="has not called task_status"):
        plain.start_value  # noqa: B018


@on_virtual_clock
async def test_L4_an_error_before_the_report_is_the_caller_s() -> None:
    async def serve(error: BaseException | None, *, task_status: object) -> None:
        await roost.sleep(1)
        if error:
            raise error

    async with roost.create_task_group() as group:
        error = KeyError()
        with pytest.raises(KeyError) as caught:
            await group.start(serve, error)
        assert caught.value is error
        with pytest.raises(roost.NotStarted, match="without having called"):
            await group.start(serve, None)
    assert group.errors == []


@on_virtual_clock
async def test_L4_the_caller_s_cancellation_reaches_what_has_not_reported() -> None:
    log: list[str] = []

    async def serve(*, task_status: roost.TaskStatus[None]) -> None:
        try:
            await roost.sleep(10)
        except roost.Cancelled:
            log.append("cancelled")
            task_status.started()
            raise

    async with roost.create_task_group() as group:
        with roost.move_on_after(1) as scope:
            await group.start(serve)
        assert scope.cancelled_caught
    assert log == ["cancelled"]


@on_virtual_clock
async def test_L4_a_task_that_is_cancelled_alone_before_its_report() -> None:
    async def serve(*, task_status: object) -> None:
        roost.current_task().cancel("no")
        await roost.sleep(1)

    async with roost.create_task_group() as group:
        with pytest.raises(roost.TaskCancelled) as caught:
            await group.start(serve)
    assert caught.value.reason.message == "no"


@on_virtual_clock
async def test_L4_a_second_report_is_an_error() -> None:
    async def serve(*, task_status: roost.TaskStatus[None]) -> None:
        task_status.started()
        with pytest.raises(RuntimeError, match="has called started"):
            task_status.started()

    async with roost.create_task_group() as group:
        await group.start(serve)


@on_virtual_clock
async def test_L4_a_daemon_can_be_started() -> None:
    async def serve(*, task_status: roost.TaskStatus[None]) -> None:
        task_status.started()
        await roost.sleep_forever()

    async with roost.create_task_group() as group:
        task = await group.start(serve, daemon=True, return_handle=True)
    assert task.status is roost.Status.CANCELLED


@on_virtual_clock
async def test_K3a_a_failed_cleanup_fails_the_task_and_not_its_value() -> None:
    def break_down() -> None:
        raise KeyError("cleanup")

    async def work() -> str:
        roost.defer(break_down)
        return "value"

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(policy="supervise") as group:
            task = group.start_soon(work, name="it")
            assert await task == "value"
    assert task.status is roost.Status.FAILED
    assert [repr(error) for error in caught.value.exceptions] == ["KeyError('cleanup')"]
    assert [it.name for it in group.errors] == ["cleanup of it"]


@on_virtual_clock
async def test_what_is_no_coroutine_function_is_refused() -> None:
    def plain() -> int:
        return 3

    async with roost.create_task_group() as group:
        with pytest.raises(TypeError, match="an `async def` function is wanted, not 3"):
            group.start_soon(3)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="has answered 3, which is no coroutine"):
            group.start_soon(plain)  # type: ignore[arg-type]
        coro = answer(1)
        with pytest.raises(TypeError, match=r"start_soon\(answer, ...\), or create_task"):
            group.start_soon(coro)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            group.start_soon(answer)
        with pytest.raises(TypeError, match="no coroutine"):
            group.create_task(answer)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="explicit, signal or host, not as deadline"):
            group.cancel(origin=roost.Origin.DEADLINE)
    assert group.errors == []


@on_virtual_clock
async def test_B3_a_traceback_begins_in_the_task_s_own_function() -> None:
    async def inner() -> None:
        await roost.checkpoint()
        raise KeyError from ValueError("cause")

    async def outer() -> None:
        await inner()

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group() as group:
            group.start_soon(outer)
    [error] = caught.value.exceptions
    names, trace = [], error.__traceback__
    while trace:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert names == ["outer", "inner"]
    assert isinstance(error.__cause__, ValueError)
