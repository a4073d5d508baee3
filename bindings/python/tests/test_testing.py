"""roost.testing: the virtual clock, and order among tasks."""

from __future__ import annotations

import pytest

import roost
from roost.testing import Sequencer, on_virtual_clock, wait_all_tasks_blocked


@on_virtual_clock
async def test_D4_time_jumps() -> None:
    begun = roost.current_time()
    await roost.sleep(86_400)
    assert roost.current_time() == begun + 86_400


@on_virtual_clock(seed=3)
@pytest.mark.parametrize("number", [1, 2])
async def test_a_test_gets_its_arguments(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert number in (1, 2)
    assert monkeypatch is not None


def test_what_a_test_returns_and_raises_comes_out() -> None:
    @on_virtual_clock
    async def value() -> int:
        return 3

    @on_virtual_clock
    async def hang() -> None:
        await roost.sleep_forever()

    assert value() == 3
    with pytest.raises(roost.Deadlock):
        hang()


@on_virtual_clock
async def test_all_tasks_are_blocked_when_nothing_happens_by_itself() -> None:
    steps = list[str]()
    event = roost.Event()

    async def work(depth: int) -> None:
        for _ in range(20):
            await roost.checkpoint()
        if depth:
            async with roost.create_task_group() as group:
                group.start_soon(work, depth - 1)
        steps.append(f"done {depth}")

    async def watch(name: str) -> None:
        await wait_all_tasks_blocked()
        steps.append(name)

    async with roost.create_task_group() as group:
        group.start_soon(work, 5)
        group.start_soon(watch, "one")
        group.start_soon(watch, "two")
        group.start_soon(event.wait)
        group.start_soon(roost.sleep, 1)
        now = roost.current_time()
        await wait_all_tasks_blocked()
        assert roost.current_time() == now
        assert sorted(steps[:6]) == [f"done {depth}" for depth in range(6)]
        event.set()
    assert sorted(steps[6:]) == ["one", "two"]


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_a_sequencer_puts_blocks_in_order(seed: int | None) -> None:
    order = list[int]()

    @on_virtual_clock(seed=seed)
    async def body() -> None:
        sequence = Sequencer()

        async def work(*positions: int) -> None:
            for position in positions:
                async with sequence(position):
                    order.append(position)

        async with roost.create_task_group() as group:
            group.start_soon(work, 1, 4)
            group.start_soon(work, 0, 2, 5)
            group.start_soon(work, 3)

    body()
    assert order == [0, 1, 2, 3, 4, 5]


@on_virtual_clock
async def test_B1_a_position_of_a_sequencer_is_for_one_block() -> None:
    sequence = Sequencer()
    async with sequence(0):
        pass
    for position in (0, -1):
        with pytest.raises(RuntimeError, match="position"):
            async with sequence(position):
                pass


@on_virtual_clock
async def test_what_can_never_begin_in_a_sequencer_raises() -> None:
    sequence, told = Sequencer(), list[int]()

    async def work(position: int) -> None:
        try:
            async with sequence(position):
                told.append(-1)
        except RuntimeError:
            told.append(position)

    async with roost.create_task_group() as group:
        first = group.start_soon(work, 1)
        group.start_soon(work, 2)
        await wait_all_tasks_blocked()
        first.cancel()
        await first.wait()
        group.start_soon(work, 3)
    assert told == [2, 3]
