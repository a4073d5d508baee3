"""Event, Lock and Condition of `roost`."""

from __future__ import annotations

import threading

import pytest

import roost
from roost._abi.library import lib
from roost._abi.types import Counters
from roost._errors import check
from roost._kernel import current_host
from roost.testing import on_virtual_clock, wait_all_tasks_blocked


@on_virtual_clock
async def test_S3_an_event_lets_all_go_on_for_ever() -> None:
    event, woken = roost.Event(), list[str]()

    async def wait(name: str) -> None:
        await event.wait()
        woken.append(name)

    async with roost.create_task_group() as group:
        for name in ("first", "second"):
            group.start_soon(wait, name)
        await wait_all_tasks_blocked()
        assert event.statistics() == roost.EventStatistics(tasks_waiting=2)
        assert not event.is_set()
        event.set()
        event.set()
        assert event.is_set()
        assert event.statistics().tasks_waiting == 0
        assert woken == []
    await wait("late")
    assert woken == ["first", "second", "late"]


@on_virtual_clock
async def test_C3a_a_wait_for_what_is_there_is_cancelled() -> None:
    event, lock = roost.Event(), roost.Lock()
    event.set()
    with roost.CancelScope() as scope:
        scope.cancel()
        for wait in (event.wait, lock.acquire):
            with pytest.raises(roost.Cancelled):
                await wait()
    assert not lock.locked()


def test_an_event_may_be_set_before_and_between_runs() -> None:
    event = roost.Event()
    event.set()
    assert event.is_set()
    for _ in range(2):
        roost.run(event.wait, clock="virtual")
    assert event.statistics().tasks_waiting == 0


def test_a_primitive_begins_anew_in_each_run() -> None:
    lock, limiter = roost.Lock(), roost.CapacityLimiter(1)

    async def main() -> None:
        await lock.acquire()
        await limiter.acquire()

    for _ in range(2):
        roost.run(main, clock="virtual")
        assert not lock.locked()
        assert lock.statistics() == roost.LockStatistics(False, None, 0)
        assert limiter.statistics() == roost.CapacityLimiterStatistics(0, 1, (), 0)


def test_B1_a_primitive_of_a_run_in_another_thread_is_refused() -> None:
    event = roost.Event()
    used, done = threading.Event(), threading.Event()

    async def use() -> None:
        with roost.move_on_after(0):
            await event.wait()
        used.set()
        done.wait()

    thread = threading.Thread(target=roost.run, args=[use])
    thread.start()
    used.wait()
    try:
        for call in (event.set, event.statistics, lambda: roost.run(event.wait)):
            with pytest.raises(RuntimeError, match="another thread"):
                call()
        assert not event.is_set()
    finally:
        done.set()
        thread.join()


def test_B1_outside_of_a_run_nobody_waits() -> None:
    lock = roost.Lock()
    for call in (lock.acquire_nowait, lock.release):
        with pytest.raises(RuntimeError):
            call()


@on_virtual_clock
async def test_S3_a_lock_goes_to_who_comes_first() -> None:
    lock, order = roost.Lock(), list[int]()

    async def work(number: int) -> None:
        async with lock:
            order.append(number)
            await roost.sleep(1)

    async with roost.create_task_group() as group:
        for number in range(3):
            group.start_soon(work, number)
    assert order == [0, 1, 2]
    assert not lock.locked()


@on_virtual_clock
async def test_C4a_a_lock_passes_over_who_was_cancelled() -> None:
    lock, order = roost.Lock(), list[str]()

    async def work(name: str) -> None:
        async with lock:
            order.append(name)

    async with roost.create_task_group() as group:
        await lock.acquire()
        first = group.start_soon(work, "first")
        group.start_soon(work, "second")
        await wait_all_tasks_blocked()
        first.cancel()
        assert lock.statistics().tasks_waiting == 1
        lock.release()
    assert order == ["second"]


@on_virtual_clock
async def test_C4_a_lock_that_was_handed_over_is_kept() -> None:
    lock, order = roost.Lock(), list[str]()

    async def work() -> None:
        async with lock:
            order.append("owns")
            await roost.checkpoint()
            order.append("not reached")

    async with roost.create_task_group() as group:
        await lock.acquire()
        task = group.start_soon(work)
        await wait_all_tasks_blocked()
        lock.release()
        task.cancel()
    assert order == ["owns"]
    assert not lock.locked()


@on_virtual_clock
async def test_a_lock_is_owned_from_when_it_is_handed_over() -> None:
    lock = roost.Lock()
    async with roost.create_task_group() as group:
        await lock.acquire()
        assert lock.statistics() == roost.LockStatistics(True, roost.current_task(), 0)
        others = [group.start_soon(lock.acquire), group.start_soon(lock.acquire)]
        await wait_all_tasks_blocked()
        assert lock.statistics().tasks_waiting == 2
        lock.release()
        assert lock.statistics() == roost.LockStatistics(True, others[0], 1)
        with pytest.raises(roost.WouldBlock):
            lock.acquire_nowait()
        group.cancel()


@on_virtual_clock
async def test_a_lock_is_the_tasks_in_whatever_scope() -> None:
    lock = roost.Lock()
    with roost.move_on_after(1):
        await lock.acquire()
    with roost.CancelScope():
        assert lock.locked()
        with pytest.raises(RuntimeError, match="owns the lock already"):
            await lock.acquire()
        with pytest.raises(RuntimeError, match="owns the lock already"):
            lock.acquire_nowait()
        lock.release()
    with pytest.raises(RuntimeError, match="does not own"):
        lock.release()
    lock.acquire_nowait()
    lock.release()


@on_virtual_clock
async def test_K2_a_cleanup_releases_the_lock_of_its_task() -> None:
    lock = roost.Lock()

    async def work() -> None:
        await lock.acquire()
        roost.defer(lock.release)

    async with roost.create_task_group() as group:
        for _ in range(3):
            group.start_soon(work)
    assert not lock.locked()
    with roost.CancelScope() as scope:
        await lock.acquire()
        scope.defer(lock.release)
    assert not lock.locked()


@on_virtual_clock
async def test_S3b_a_lock_whose_owner_has_ended_is_broken() -> None:
    lock, told = roost.Lock(), list[str]()

    async def wait() -> None:
        try:
            await lock.acquire()
        except roost.OwnerEnded:
            told.append("waiting")

    async with roost.create_task_group() as group:
        group.start_soon(lock.acquire)
        group.start_soon(wait)
    assert told == ["waiting"]
    with pytest.raises(roost.OwnerEnded):
        await lock.acquire()
    with pytest.raises(roost.OwnerEnded):
        lock.acquire_nowait()
    assert not lock.locked()


@pytest.mark.parametrize("fast", [False, True])
def test_fast_acquire_lets_nobody_run_before(fast: bool) -> None:
    lock, semaphore, ran = roost.Lock(fast_acquire=fast), roost.Semaphore(1, fast_acquire=fast), []

    async def other() -> None:
        ran.append(1)

    async def main() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(other)
            async with lock, semaphore:
                assert ran == ([] if fast else [1])
                with roost.move_on_after(1) as scope:
                    await roost.Lock(fast_acquire=fast).acquire()
                    await semaphore.acquire()
                assert scope.cancelled_caught

    roost.run(main, clock="virtual")


@on_virtual_clock
async def test_S3b_a_condition_comes_back_with_the_lock() -> None:
    condition, order = roost.Condition(), list[str]()

    async def wait(name: str) -> None:
        async with condition:
            await condition.wait()
            order.append(name)

    async with roost.create_task_group() as group:
        for name in ("a", "b", "c"):
            group.start_soon(wait, name)
        await wait_all_tasks_blocked()
        async with condition:
            assert condition.statistics().tasks_waiting == 3
            condition.notify(2)
            assert condition.statistics() == roost.ConditionStatistics(
                1, roost.LockStatistics(True, roost.current_task(), 2)
            )
            condition.notify(0)
        await wait_all_tasks_blocked()
        assert order == ["a", "b"]
        assert not condition.locked()
        condition.acquire_nowait()
        condition.notify_all()
        condition.release()
    assert order == ["a", "b", "c"]


@on_virtual_clock
async def test_S3b_a_cancelled_wait_at_a_condition_owns_the_lock() -> None:
    condition = roost.Condition(roost.Lock())
    async with condition:
        with roost.move_on_after(1) as scope:
            try:
                await condition.wait()
            finally:
                assert condition.statistics().lock_statistics.owner is roost.current_task()
        assert scope.cancelled_caught
        assert condition.locked()
    assert not condition.locked()


@on_virtual_clock
async def test_S3b_a_wait_at_a_condition_of_a_broken_lock_comes_back_without_it() -> None:
    lock = roost.Lock()
    condition, told = roost.Condition(lock), list[str]()

    async def wait() -> None:
        try:
            async with condition:
                await condition.wait()
        except roost.OwnerEnded:
            told.append("broken")

    async with roost.create_task_group() as group:
        group.start_soon(wait)
        await wait_all_tasks_blocked()
        group.start_soon(lock.acquire)
    assert told == ["broken"]


@on_virtual_clock
async def test_a_condition_waits_for_a_predicate() -> None:
    condition, items = roost.Condition(), list[int]()

    async def add() -> None:
        for number in range(3):
            async with condition:
                items.append(number)
                condition.notify_all()
            await roost.sleep(1)

    async with roost.create_task_group() as group:
        group.start_soon(add)
        async with condition:
            assert await condition.wait_for(lambda: items if len(items) == 2 else None) == [0, 1]


@on_virtual_clock
async def test_B1_who_does_not_own_the_lock_cannot_wait_or_notify() -> None:
    condition = roost.Condition()
    with pytest.raises(RuntimeError, match="does not own"):
        await condition.wait()
    for call in (condition.notify, condition.notify_all, condition.release):
        with pytest.raises(RuntimeError, match="does not own"):
            call()
    await condition.acquire()
    with pytest.raises(ValueError, match="n must be"):
        condition.notify(-1)
    condition.release()


def test_C14c_a_primitive_is_given_up_on_any_thread() -> None:
    async def main() -> None:
        event, lock = roost.Event(), roost.Lock()
        semaphore, limiter = roost.Semaphore(0), roost.CapacityLimiter(0)
        held = [event.wait, lock.acquire, semaphore.acquire, limiter.acquire]
        for wait in held:
            with roost.move_on_after(0):
                await wait()
        before = alive()
        del event, lock, semaphore, limiter, wait
        await roost.to_thread.run_sync(held.clear)
        await roost.checkpoint()
        await roost.checkpoint()
        assert (before, alive()) == (4, 1), "the limiter of to_thread is left"

    roost.run(main)


def alive() -> int:
    """How many primitives this run has open."""
    counters = Counters()
    check(lib.roost_counters_of(current_host().runtime, counters))
    return counters.events + counters.locks + counters.limiters
