"""What fails in a task, in whatever way, leaves no cycle: its frames hold no handle of it, nor the
blocks that would hold one."""

from __future__ import annotations

import gc
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NoReturn

import pytest

import roost

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def fail() -> NoReturn:
    raise KeyError


def fail_at_once() -> NoReturn:
    raise KeyError


class Foreign:
    def __await__(self) -> Iterator[Any]:
        yield self


async def in_a_scope() -> None:
    with roost.CancelScope() as _scope:
        raise KeyError


async def in_a_group() -> None:
    async with roost.create_task_group() as _group:
        raise KeyError


async def after_a_group() -> None:
    async with roost.create_task_group() as _group:
        pass
    raise KeyError


async def in_a_task() -> None:
    async with roost.create_task_group() as group:
        _task = group.start_soon(fail)


async def a_group_that_a_scope_splits() -> None:
    with roost.CancelScope() as scope:
        scope.cancel()
        try:
            await roost.checkpoint()
        except roost.Cancelled as stop:
            raise BaseExceptionGroup("both", [stop, KeyError()]) from None


async def a_scope_that_reports() -> None:
    with roost.CancelScope(report=True) as scope:
        scope.cancel()
        await roost.checkpoint()


async def what_is_foreign() -> None:
    try:
        await Foreign()  # type: ignore[misc]
    except TypeError:
        pass


async def what_is_foreign_and_not_caught() -> None:
    await Foreign()  # type: ignore[misc]


async def cleanups() -> None:
    roost.defer(fail)
    roost.defer(fail_at_once)
    async with roost.create_task_group() as group:
        group.defer(fail)
    async with roost.CancelScope() as scope:
        scope.defer(fail)


async def a_cleanup_that_does_not_wait() -> None:
    with roost.CancelScope() as scope:
        scope.defer(fail_at_once)


async def a_lock_too_late() -> None:
    lock, limiter = roost.Lock(), roost.CapacityLimiter(1)

    async def wait(acquire: Callable[[], Awaitable[None]]) -> None:
        with roost.fail_after(1):
            await acquire()

    async with lock, limiter, roost.create_task_group(policy="supervise") as group:
        group.start_soon(wait, lock.acquire)
        group.start_soon(wait, limiter.acquire)


async def what_is_left_open() -> None:
    scope, group = roost.CancelScope(), roost.create_task_group()
    with scope:
        await group.__aenter__()
        group.start_soon(fail)
        await roost.checkpoint()


async def the_end_of_the_program() -> None:
    async def stop() -> None:
        raise SystemExit(3)

    async with roost.create_task_group() as group:
        group.start_soon(stop)
        group.start_soon(fail)


async def the_winner_of_a_race() -> None:
    async with roost.create_task_group(policy="race") as group:
        group.start_soon(roost.sleep, 1)
    assert group.winner is not None


async def a_handle_as_the_value() -> object:
    tasks = []
    async with roost.create_task_group() as group:
        tasks.append(group.start_soon(roost.sleep, 1))
    return tasks


@pytest.mark.parametrize(
    "main",
    [
        in_a_scope,
        in_a_group,
        after_a_group,
        in_a_task,
        a_group_that_a_scope_splits,
        a_scope_that_reports,
        what_is_foreign,
        what_is_foreign_and_not_caught,
        cleanups,
        a_cleanup_that_does_not_wait,
        a_lock_too_late,
        what_is_left_open,
        the_end_of_the_program,
        a_handle_as_the_value,
        the_winner_of_a_race,
    ],
)
def test_nothing_is_left(main: Callable[[], Any]) -> None:
    for _ in range(2):
        gc.collect()
        try:
            roost.run(main, clock="virtual")
        except BaseException:
            pass
    assert gc.collect() == 0
