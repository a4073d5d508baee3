"""Semaphore and CapacityLimiter of `roost`."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import roost
from roost.testing import on_virtual_clock, wait_all_tasks_blocked


@on_virtual_clock
async def test_S3_a_semaphore_lets_so_many_go_on() -> None:
    semaphore, inside, most, begun = roost.Semaphore(2), 0, 0, roost.current_time()

    async def work() -> None:
        nonlocal inside, most
        async with semaphore as entered:
            assert entered is semaphore
            inside += 1
            most = max(most, inside)
            await roost.sleep(1)
            inside -= 1

    async with roost.create_task_group() as group:
        for _ in range(5):
            group.start_soon(work)
        await wait_all_tasks_blocked()
        assert semaphore.value == 0
        assert semaphore.statistics() == roost.SemaphoreStatistics(tasks_waiting=3)
    assert most == 2
    assert roost.current_time() == begun + 3
    assert semaphore.value == 2


@on_virtual_clock
async def test_a_semaphore_can_be_added_to() -> None:
    semaphore = roost.Semaphore(0)
    with pytest.raises(roost.WouldBlock):
        semaphore.acquire_nowait()
    for _ in range(3):
        semaphore.release()
    assert semaphore.value == 3
    semaphore.acquire_nowait()
    await semaphore.acquire()
    assert semaphore.value == 1
    semaphore.release()
    semaphore.release()
    assert semaphore.value == 3


@on_virtual_clock
async def test_a_semaphore_has_a_greatest_value() -> None:
    semaphore = roost.Semaphore(1, max_value=2)
    assert semaphore.max_value == 2
    semaphore.release()
    with pytest.raises(ValueError, match="max_value"):
        semaphore.release()
    assert semaphore.value == 2
    async with roost.create_task_group() as group:
        await semaphore.acquire()
        await semaphore.acquire()
        group.start_soon(semaphore.acquire)
        await wait_all_tasks_blocked()
        for value in (0, 1, 2):
            semaphore.release()
            assert semaphore.value == value, "what was handed over is taken"
        with pytest.raises(ValueError, match="max_value"):
            semaphore.release()


@pytest.mark.parametrize(
    ("error", "arguments", "named"),
    [
        (TypeError, ["1"], {}),
        (ValueError, [-1], {}),
        (TypeError, [1], {"max_value": 1.5}),
        (ValueError, [2], {"max_value": 1}),
    ],
)
def test_B1_a_semaphore_of_something_else(
    error: type[Exception], arguments: list[Any], named: dict[str, Any]
) -> None:
    with pytest.raises(error, match="must be"):
        roost.Semaphore(*arguments, **named)


@on_virtual_clock
async def test_C4a_a_permit_passes_over_who_was_cancelled() -> None:
    semaphore, limiter, got = roost.Semaphore(0), roost.CapacityLimiter(0), list[str]()

    async def take(name: str, primitive: roost.Semaphore | roost.CapacityLimiter) -> None:
        await primitive.acquire()
        got.append(name)

    async with roost.create_task_group() as group:
        first = [group.start_soon(take, "no", it) for it in (semaphore, limiter)]
        group.start_soon(take, "semaphore", semaphore)
        group.start_soon(take, "limiter", limiter)
        await wait_all_tasks_blocked()
        for task in first:
            task.cancel()
        semaphore.release()
        limiter.total_tokens = 1
    assert got == ["semaphore", "limiter"]
    assert semaphore.value == 0
    assert limiter.available_tokens == 0


@pytest.mark.parametrize("seed", range(1, 21))
def test_C4_whoever_is_cancelled_by_chance_nothing_is_lost(seed: int) -> None:
    chance = random.Random(seed)
    lock, semaphore, limiter = roost.Lock(), roost.Semaphore(2), roost.CapacityLimiter(3)
    inside = dict.fromkeys((lock, semaphore, limiter), 0)
    entered = 0

    async def work() -> None:
        nonlocal entered
        for _ in range(20):
            it = chance.choice((lock, semaphore, limiter))
            with roost.move_on_after(chance.choice((0, 1, 2, 3))):
                async with it:
                    inside[it] += 1
                    entered += 1
                    try:
                        assert inside[it] <= (1 if it is lock else 2 if it is semaphore else 3)
                        await roost.sleep(chance.choice((0, 1, 2)))
                    finally:
                        inside[it] -= 1

    async def main() -> None:
        async with roost.create_task_group() as group:
            tasks = [group.start_soon(work) for _ in range(8)]
            await roost.sleep(10)
            tasks[0].cancel()
        assert not lock.locked()
        assert (semaphore.value, limiter.available_tokens) == (2, 3)
        assert lock.statistics().tasks_waiting == semaphore.statistics().tasks_waiting == 0

    roost.run(main, clock="virtual", seed=seed)
    assert entered


@on_virtual_clock
async def test_a_limiter_knows_its_borrowers() -> None:
    limiter = roost.CapacityLimiter(2)
    task = roost.current_task()
    async with limiter:
        limiter.acquire_on_behalf_of_nowait("x")
        assert limiter.statistics() == roost.CapacityLimiterStatistics(2, 2, (task, "x"), 0)
        assert (limiter.borrowed_tokens, limiter.available_tokens) == (2, 0)
        with pytest.raises(roost.WouldBlock):
            limiter.acquire_on_behalf_of_nowait("y")
        with pytest.raises(RuntimeError, match="has a token"):
            limiter.acquire_nowait()
        with pytest.raises(RuntimeError, match="has a token"):
            await limiter.acquire_on_behalf_of("x")
        with pytest.raises(RuntimeError, match="has no token"):
            limiter.release_on_behalf_of("y")
        async with roost.create_task_group() as group:
            group.start_soon(limiter.acquire_on_behalf_of, "y")
            await wait_all_tasks_blocked()
            assert limiter.statistics().tasks_waiting == 1
            with pytest.raises(RuntimeError, match="waits for one"):
                await limiter.acquire_on_behalf_of("y")
            limiter.release_on_behalf_of("x")
            assert limiter.borrowed_tokens == 2
    assert limiter.statistics().borrowers == ("y",)
    with pytest.raises(RuntimeError, match="has no token"):
        limiter.release()


@on_virtual_clock
async def test_the_tokens_of_a_limiter_can_be_changed() -> None:
    limiter, got = roost.CapacityLimiter(math.inf), list[int]()

    async def borrow(number: int) -> None:
        await limiter.acquire()
        got.append(number)

    for number in range(3):
        limiter.acquire_on_behalf_of_nowait(number)
    assert limiter.available_tokens == math.inf
    limiter.total_tokens = 1
    assert limiter.available_tokens == -2
    async with roost.create_task_group() as group:
        for number in range(3):
            group.start_soon(borrow, number)
        limiter.release_on_behalf_of(0)
        limiter.release_on_behalf_of(1)
        await wait_all_tasks_blocked()
        assert got == []
        limiter.total_tokens = 3
        await wait_all_tasks_blocked()
        assert got == [0, 1]
        limiter.total_tokens = math.inf
    assert got == [0, 1, 2]


@pytest.mark.parametrize(
    ("error", "tokens"), [(TypeError, 1.5), (ValueError, -1), (TypeError, "1")]
)
def test_B1_a_limiter_of_something_else(error: type[Exception], tokens: Any) -> None:
    with pytest.raises(error, match="must be"):
        roost.CapacityLimiter(tokens)
    limiter = roost.CapacityLimiter(0)
    with pytest.raises(error, match="must be"):
        limiter.total_tokens = tokens
    assert limiter.total_tokens == 0
