"""What `roost` leaves behind: no cycles, and nothing that lives longer than it has to."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Awaitable, Callable, Iterator

import pytest

import roost
from roost.testing import on_virtual_clock

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Thing:
    """Something whose end can be seen."""


class Broken(Exception):  # noqa: N818
    """An exception whose end can be seen."""


async def fail() -> None:
    await roost.checkpoint()
    raise Broken


async def spawn() -> None:
    async with roost.create_task_group() as group:
        for _ in range(3):
            await group.start_soon(roost.sleep, 1)


async def lose() -> None:
    with pytest.raises(ExceptionGroup):
        async with roost.create_task_group() as group:
            group.start_soon(fail)
            await roost.sleep_forever()


async def lose_in_the_body() -> None:
    with pytest.raises(ExceptionGroup):
        async with roost.create_task_group(policy="supervise") as group:
            group.start_soon(fail)
            raise Broken


async def await_a_failure() -> None:
    async with roost.create_task_group(policy=lambda error, name: "drop") as group:
        try:
            await group.start_soon(fail)
        except Broken:
            pass


async def cancel() -> None:
    async with roost.create_task_group() as group:
        task = group.start_soon(roost.sleep_forever)
        group.start_soon(roost.sleep_forever)
        await roost.checkpoint()
        await task.cancel_and_wait()
        group.cancel()


async def time_out() -> None:
    with pytest.raises(TimeoutError):
        with roost.fail_after(1):
            await roost.sleep_forever()
    with roost.move_on_after(1):
        await roost.sleep_forever()


async def clean() -> None:
    async with roost.create_task_group() as group:
        group.defer(roost.sleep, 1)
        roost.current_task().defer(len, ())
    with roost.CancelScope() as scope:
        scope.defer(lambda: None)


async def start() -> None:
    async def serve(*, task_status: roost.TaskStatus[int]) -> None:
        task_status.started(3)

    async def refuse(*, task_status: object) -> None:
        raise Broken

    async with roost.create_task_group() as group:
        await group.start(serve)
        try:
            await group.start(refuse)
        except Broken:
            pass


async def limit() -> None:
    async with roost.create_task_group(limit=1) as group:
        for _ in range(3):
            group.start_soon(roost.sleep, 1)
        await roost.checkpoint()
        group.cancel()


@pytest.mark.parametrize(
    "work",
    [spawn, lose, lose_in_the_body, await_a_failure, cancel, time_out, clean, start, limit],
)
def test_no_cycle_is_left(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> int:
        await work()
        gc.collect()
        await work()
        await roost.checkpoint()
        return gc.collect()

    assert roost.run(main, clock="virtual") == 0
    gc.collect()
    roost.run(work, clock="virtual")  # type: ignore[arg-type]
    assert gc.collect() == 0


def test_an_error_that_leaves_run_leaves_no_cycle() -> None:
    for _ in range(2):
        gc.collect()
        with pytest.raises(Broken):
            roost.run(fail, clock="virtual")
    assert gc.collect() == 0


@on_virtual_clock
async def test_a_task_s_locals_and_value_go_with_it() -> None:
    things: list[weakref.ref[Thing]] = []

    async def work() -> Thing:
        local, value = Thing(), Thing()
        things.extend([weakref.ref(local), weakref.ref(value)])
        await roost.sleep(1)
        return value

    async with roost.create_task_group() as group:
        task = group.start_soon(work)
        await roost.checkpoint()
        assert all(thing() for thing in things)
        await task.wait()
        assert [thing() is None for thing in things] == [True, False]
        del task
        assert things[1]() is None


@on_virtual_clock
async def test_an_exception_goes_when_it_was_handled() -> None:
    kept: list[weakref.ref[Broken]] = []

    async def lose_it() -> None:
        error = Broken()
        kept.append(weakref.ref(error))
        try:
            raise error
        finally:
            del error

    try:
        async with roost.create_task_group() as group:
            group.start_soon(lose_it)
    except BaseException:
        assert kept[0]() is not None
    await roost.checkpoint()
    assert kept[0]() is None
    assert [(it.name[-7:], it.exception) for it in group.errors] == [("lose_it", None)]


def test_what_never_began_is_closed() -> None:
    async def main() -> None:
        async with roost.create_task_group(limit=1) as group:
            group.start_soon(roost.sleep_forever)
            group.start_soon(roost.sleep_forever)
            roost.current_task().cancel()
            await roost.checkpoint()

    with pytest.raises(roost.TaskCancelled):
        roost.run(main, clock="virtual")
