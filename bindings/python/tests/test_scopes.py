"""Cancel scopes of `roost`."""

from __future__ import annotations

import math
import sys

import pytest

import roost
from roost.testing import on_virtual_clock

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup


def was_called(scope: roost.CancelScope) -> bool:
    return scope.cancel_called


@on_virtual_clock
async def test_C7_a_cancelled_scope_absorbs() -> None:
    with roost.CancelScope(name="mine") as scope:
        assert scope.cancel("enough", code=3) == "ok"
        assert scope.cancel("again") == "already"
        await roost.sleep(1)
        pytest.fail("it went on")
    assert scope.cancel_called
    assert scope.cancelled_caught
    assert str(scope.reason) == "explicit at mine: enough"
    assert scope.reason is not None
    assert scope.reason.code == 3


@on_virtual_clock
async def test_C3_a_cancellation_is_met_again_and_again() -> None:
    met = 0
    with roost.CancelScope() as scope:
        scope.cancel()
        for _ in range(3):
            try:
                await roost.sleep(0)
            except roost.Cancelled:
                met += 1
        await roost.sleep(5)
    assert met == 3
    await roost.sleep(5)


@on_virtual_clock
async def test_C7_the_outermost_visible_scope_absorbs() -> None:
    with roost.CancelScope(name="outer") as outer:
        with roost.CancelScope() as inner:
            inner.cancel("inner")
            outer.cancel("outer")
            try:
                await roost.sleep(1)
            except roost.Cancelled as stop:
                assert stop.reason.message == "outer"
                raise
        pytest.fail("it went on")
    assert inner.cancel_called
    assert not inner.cancelled_caught
    assert outer.cancelled_caught


@on_virtual_clock
async def test_C8_a_cancellation_that_was_caught_on_the_way_counts_as_caught() -> None:
    with roost.CancelScope() as scope:
        scope.cancel()
        with pytest.raises(roost.Cancelled):
            await roost.sleep(1)
    assert scope.cancelled_caught


@on_virtual_clock
async def test_C8_a_scope_in_which_nothing_waits_is_called_and_not_caught() -> None:
    with roost.CancelScope() as scope:
        scope.cancel()
    assert scope.cancel_called
    assert not scope.cancelled_caught
    assert scope.reason is not None


@on_virtual_clock
async def test_C7_a_real_error_is_never_absorbed() -> None:
    error = KeyError()
    with pytest.raises(KeyError) as caught:
        with roost.CancelScope() as scope:
            scope.cancel()
            raise error
    assert caught.value is error
    assert scope.cancel_called


@on_virtual_clock
async def test_G3_the_cancelled_in_a_scope_s_group_are_taken_out() -> None:
    async def both() -> None:
        try:
            await roost.sleep(1)
        except roost.Cancelled as stop:
            raise BaseExceptionGroup("both", [stop, KeyError("k")]) from None

    with pytest.raises(ExceptionGroup) as caught:
        with roost.CancelScope() as scope:
            scope.cancel()
            await both()
    assert [repr(error) for error in caught.value.exceptions] == ["KeyError('k')"]


@on_virtual_clock
async def test_C7a_a_reporting_scope_says_that_it_was_cancelled() -> None:
    with pytest.raises(roost.ScopeCancelled) as caught:
        with roost.CancelScope(report=True, name="mine") as scope:
            scope.cancel("enough")
            await roost.sleep(1)
    assert str(caught.value.reason) == "explicit at mine: enough"
    assert caught.value.code < 0


@on_virtual_clock
async def test_C6b_a_scope_may_be_cancelled_before_it_is_opened() -> None:
    scope = roost.CancelScope()
    assert not scope.cancel_called
    assert scope.cancel("early") == "ok"
    assert scope.cancel("again") == "already"
    assert was_called(scope)
    with scope:
        await roost.sleep(1)
        pytest.fail("it went on")
    assert scope.cancelled_caught
    assert scope.reason is not None
    assert scope.reason.message == "early"
    assert scope.cancel() == "ended"


@on_virtual_clock
async def test_C6b_a_passed_deadline_counts_before_the_opening() -> None:
    scope = roost.CancelScope(deadline=roost.current_time() + 1)
    assert not scope.cancel_called
    await roost.sleep(1)
    assert was_called(scope)
    scope.deadline = math.inf
    assert was_called(scope)
    with scope:
        await roost.sleep(1)
        pytest.fail("it went on")
    assert scope.cancelled_caught
    assert scope.reason is not None
    assert scope.reason.origin is roost.Origin.DEADLINE


@on_virtual_clock
async def test_D1_a_deadline_moves_on() -> None:
    began = roost.current_time()
    with roost.move_on_after(2) as scope:
        assert scope.deadline == began + 2
        await roost.sleep(5)
        pytest.fail("it went on")
    assert roost.current_time() == began + 2
    assert scope.cancelled_caught
    with roost.move_on_at(began + 3) as scope:
        await roost.sleep_forever()
    assert roost.current_time() == began + 3


@on_virtual_clock
async def test_D1_a_deadline_may_be_moved() -> None:
    began = roost.current_time()
    with roost.move_on_after(2) as scope:
        scope.deadline += 3
        await roost.sleep(4)
        scope.deadline = math.inf
        await roost.sleep(10)
        scope.deadline = began + 15
        await roost.sleep_forever()
    assert roost.current_time() == began + 15
    with roost.move_on_after(None) as scope:
        assert scope.deadline == math.inf
        await roost.sleep(100)
    assert not scope.cancel_called


@on_virtual_clock
async def test_D1_a_deadline_that_is_not_met_leaves_nothing() -> None:
    with roost.move_on_after(2) as scope:
        await roost.sleep(1)
    await roost.sleep(5)
    assert not scope.cancel_called
    assert not scope.cancelled_caught
    assert scope.reason is None


@on_virtual_clock
async def test_D1_a_deadline_that_has_passed_when_the_block_ends_counts() -> None:
    with roost.move_on_after(1) as scope, roost.CancelScope(shield=True):
        await roost.sleep(2)
    assert scope.cancel_called
    assert not scope.cancelled_caught


@on_virtual_clock
async def test_D1_a_negative_time_has_passed_at_once() -> None:
    for scope in (roost.move_on_after(-1), roost.move_on_after(0)):
        with scope:
            await roost.sleep(0)
            pytest.fail("it went on")
        assert scope.cancelled_caught


@on_virtual_clock
async def test_D2_time_counts_from_the_opening() -> None:
    scope = roost.move_on_after(2)
    await roost.sleep(5)
    assert not scope.cancel_called
    assert scope.deadline == roost.current_time() + 2
    with scope:
        await roost.sleep(1)
    assert not scope.cancel_called


@on_virtual_clock
async def test_D2_a_fail_deadline_raises_timeout_error() -> None:
    with pytest.raises(TimeoutError, match="deadline of scope 'io' has passed") as caught:
        with roost.fail_after(1, name="io") as scope:
            await roost.sleep(5)
    assert isinstance(caught.value.__cause__, roost.Cancelled)
    assert scope.cancelled_caught
    with pytest.raises(TimeoutError, match="too slow"):
        with roost.fail_at(roost.current_time() + 1, reason="too slow"):
            await roost.sleep_forever()


@on_virtual_clock
async def test_C8_a_fail_deadline_that_was_caught_still_fails() -> None:
    with pytest.raises(TimeoutError), roost.fail_after(1):
        try:
            await roost.sleep(5)
        except roost.Cancelled:
            pass


@on_virtual_clock
async def test_D2_a_fail_scope_that_was_cancelled_is_no_timeout() -> None:
    with roost.fail_after(1) as scope:
        scope.cancel()
        await roost.sleep(5)
    assert scope.cancelled_caught


@on_virtual_clock
async def test_D2_a_fail_scope_is_left_in_time() -> None:
    async def answer() -> int:
        with roost.fail_after(1):
            await roost.sleep(0.5)
            return 3

    assert await answer() == 3


@on_virtual_clock
async def test_C10_a_shield_holds_off_what_is_around_it() -> None:
    with roost.CancelScope() as outer:
        outer.cancel()
        with roost.CancelScope(shield=True) as inner:
            await roost.sleep(1)
            assert inner.shield
            inner.shield = False
            await roost.sleep(1)
            pytest.fail("it went on")
    assert outer.cancelled_caught
    assert not inner.cancelled_caught


@on_virtual_clock
async def test_C10_a_shield_does_not_hold_off_its_own() -> None:
    with roost.CancelScope(shield=True) as scope:
        scope.cancel()
        await roost.sleep(1)
        pytest.fail("it went on")
    assert scope.cancelled_caught


@on_virtual_clock
async def test_C11_a_grace_bounds_shields() -> None:
    began = roost.current_time()
    with roost.CancelScope(grace=2) as outer:
        outer.cancel()
        with roost.CancelScope(shield=True):
            await roost.sleep(5)
            pytest.fail("it went on")
    assert roost.current_time() == began + 2
    with roost.CancelScope(grace=0) as outer:
        outer.cancel()
        with roost.CancelScope(shield=True):
            await roost.sleep(5)
            pytest.fail("it went on")


@on_virtual_clock
async def test_C12_waits_that_opted_in_raise_stopping() -> None:
    async with roost.create_task_group() as group:
        group.shutdown(math.inf)
        with roost.CancelScope(until_stopping=True), pytest.raises(roost.Stopping):
            await roost.sleep(1)
        await roost.sleep(1)


@on_virtual_clock
async def test_D3_the_effective_deadline_counts_shields() -> None:
    now = roost.current_time()
    assert roost.current_effective_deadline() == math.inf
    with roost.move_on_after(5):
        with roost.move_on_after(9):
            assert roost.current_effective_deadline() == now + 5
        with roost.move_on_after(7, shield=True) as scope:
            assert roost.current_effective_deadline() == now + 7
            scope.cancel()
            assert roost.current_effective_deadline() == -math.inf


@on_virtual_clock
async def test_K7_checkpoints() -> None:
    await roost.checkpoint_if_cancelled()
    with roost.CancelScope() as scope:
        scope.cancel()
        await roost.cancel_shielded_checkpoint()
        with pytest.raises(roost.Cancelled):
            await roost.checkpoint_if_cancelled()
        with pytest.raises(roost.Cancelled):
            await roost.checkpoint()
    assert roost.get_cancelled_exc_class() is roost.Cancelled


@on_virtual_clock
async def test_an_async_with_block_is_the_same() -> None:
    async with roost.move_on_after(1) as scope:
        await roost.sleep(5)
    assert scope.cancelled_caught
    with pytest.raises(TimeoutError):
        async with roost.fail_after(1):
            await roost.sleep(5)


@on_virtual_clock
async def test_many_scopes_in_one_step() -> None:
    for _ in range(5000):
        with roost.move_on_after(1):
            pass
    await roost.sleep(2)


def test_times_that_are_no_numbers_are_refused() -> None:
    nan = math.nan
    for make in (roost.move_on_after, roost.move_on_at, roost.fail_after, roost.fail_at):
        with pytest.raises(ValueError, match="not NaN"):
            make(nan)

    async def main() -> None:
        with roost.CancelScope() as scope, pytest.raises(ValueError, match="not NaN"):
            scope.deadline = nan
        for sleep in (roost.sleep, roost.sleep_until):
            with pytest.raises(ValueError, match="not NaN"):
                await sleep(nan)
        await roost.sleep(-1)
        await roost.sleep_until(-1)

    roost.run(main, clock="virtual")


def test_a_scope_outside_of_a_run() -> None:
    scope = roost.CancelScope(deadline=5)
    assert scope.deadline == 5
    assert scope.id == 0
    assert not scope.cancel_called
    assert scope.reason is None
    assert repr(scope) == "<CancelScope without a name unopened>"
    with pytest.raises(roost.OrderError, match=r"no roost\.run goes on in this thread"):
        scope.__enter__()
