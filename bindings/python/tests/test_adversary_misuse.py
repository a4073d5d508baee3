"""Arguments that make no sense: refused at the call, by an exception that says what is wanted, with
the tree as it was (B1)."""

from __future__ import annotations

import contextvars
import math
import threading
from collections.abc import Callable
from typing import Any

import pytest

import roost
from roost.testing import on_virtual_clock


async def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"grace": math.nan}, ValueError, "a time is a number of seconds, not NaN"),
        ({"grace": "x"}, TypeError, "a time is a number of seconds, not 'x'"),
        ({"name": 5}, TypeError, "a name is a str, or None, not 5"),
    ],
)
@pytest.mark.parametrize("make", [roost.CancelScope, roost.create_task_group])
def test_B1_options_are_checked_before_an_opening(
    make: Callable[..., Any], options: dict[str, Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        make(**options)


@on_virtual_clock
async def test_B1_options_of_any_size_and_truth_are_taken() -> None:
    most = 2**70
    group: Any = roost.create_task_group(limit=most, max_errors=most, shield="yes")  # type: ignore[arg-type]
    async with group:
        group.start_soon(nothing)
    with roost.CancelScope(shield="yes", name="one"):  # type: ignore[arg-type]
        await roost.checkpoint()
    send, receive = roost.create_memory_object_stream[int](most)
    with send, receive:
        await send.send(1)


@on_virtual_clock
async def test_B1_a_deadline_is_checked_when_it_is_set() -> None:
    with pytest.raises(TypeError, match="a time is a number of seconds, not 'x'"):
        roost.CancelScope(deadline="x").__enter__()  # type: ignore[arg-type]
    with roost.CancelScope() as scope:
        for wrong, kind in ((math.nan, ValueError), ("x", TypeError), (10**400, OverflowError)):
            with pytest.raises(kind):
                scope.deadline = wrong  # type: ignore[assignment]
        assert scope.deadline == math.inf
        await roost.sleep(1)


@on_virtual_clock
async def test_B1_how_something_is_cancelled_is_checked_at_once() -> None:
    for scope in (roost.CancelScope(), roost.CancelScope().__enter__()):
        with pytest.raises(ValueError, match="a number of 64 bits"):
            scope.cancel(code=2**70)
        with pytest.raises(ValueError, match="explicit, signal or host"):
            scope.cancel(origin=roost.Origin.DEADLINE)
        assert not scope.cancel_called
    scope.__exit__(None, None, None)
    await roost.checkpoint()


def test_K6_a_scope_that_is_not_open_takes_no_cleanups() -> None:
    with pytest.raises(roost.OrderError, match="is not open, and takes no cleanups"):
        roost.CancelScope().defer(print)


@on_virtual_clock
async def test_B1_a_task_s_context_is_one() -> None:
    async with roost.create_task_group() as group:
        task = nothing()
        with pytest.raises(TypeError, match=r"a context is a contextvars\.Context"):
            group.create_task(task, context=5)  # type: ignore[arg-type]
        task.close()


def test_B1_a_task_in_a_context_that_somebody_is_in_fails() -> None:
    context = contextvars.copy_context()

    async def main() -> None:
        with pytest.RaisesGroup(RuntimeError):
            async with roost.create_task_group() as group:
                group.create_task(nothing(), context=context)
        await roost.sleep(1)

    context.run(roost.run, main, clock="virtual")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"clock": ["real"]}, ValueError),
        ({"seed": "x"}, TypeError),
        ({"seed": 1.5}, TypeError),
        ({"name": 5}, TypeError),
        ({"grace": "x"}, TypeError),
    ],
)
def test_B1_options_of_run(options: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        roost.run(nothing, **options)
    roost.run(nothing)


def test_B1_primitives_of_no_sense() -> None:
    with pytest.raises(TypeError, match=r"lock must be a roost\.Lock"):
        roost.Condition(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="initial_value"):
        roost.Semaphore(2**64)
    with pytest.raises(ValueError, match="a policy is"):
        roost.create_task_group(policy=["race"])  # type: ignore[arg-type]


@on_virtual_clock
async def test_B3_a_cleanup_that_raises_stop_iteration_has_failed() -> None:
    def stop() -> None:
        next(iter(()))

    with pytest.RaisesGroup(RuntimeError):
        async with roost.CancelScope() as scope:
            scope.defer(stop)


def test_B1_a_task_of_another_run_is_not_waited_for() -> None:
    async def other(task: roost.TaskHandle[None]) -> None:
        for wait in (task.wait, task.cancel_and_wait, lambda: task):
            with pytest.raises(roost.OrderError, match="belongs to another run"):
                await wait()

    async def main() -> None:
        async with roost.create_task_group() as group:
            task = group.start_soon(roost.sleep, 1)
            await roost.checkpoint()
            thread = threading.Thread(target=roost.run, args=(other, task))
            thread.start()
            thread.join()
        assert task.status is roost.Status.COMPLETED

    roost.run(main, clock="virtual")


@on_virtual_clock
async def test_B1_a_coroutine_that_has_begun_is_no_task() -> None:
    async def work() -> None:
        await roost.sleep(1)

    async with roost.create_task_group() as group:
        task = group.start_soon(work)
        await roost.checkpoint()
        with pytest.raises(roost.OrderError, match="has begun already"):
            group.create_task(task.coro)
    assert task.status is roost.Status.COMPLETED


@on_virtual_clock
async def test_B1_the_limiter_of_a_call_on_a_thread_is_one() -> None:
    with pytest.raises(TypeError, match=r"limiter must be a roost\.CapacityLimiter"):
        await roost.to_thread.run_sync(len, (), limiter=5)  # type: ignore[arg-type]
