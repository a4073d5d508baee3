"""`open_signal_receiver`: signals of the process as an asynchronous iterator (S3)."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from signal import SIGINT, SIGKILL, SIGSEGV, SIGSTOP, SIGUSR1, SIGUSR2, Signals
from typing import Any

import pytest

import roost

Handled = list[int]


@pytest.fixture(autouse=True)
def handled() -> Iterator[Handled]:
    """What comes when nobody receives it."""
    seen: Handled = []
    before = [signal.signal(n, lambda got, frame: seen.append(got)) for n in (SIGUSR1, SIGUSR2)]
    yield seen
    for number, handler in zip((SIGUSR1, SIGUSR2), before, strict=True):
        signal.signal(number, handler)


def send(number: Signals) -> None:
    os.kill(os.getpid(), number)


async def take(received: AsyncIterator[Signals], count: int) -> list[Signals]:
    return [await received.__anext__() for _ in range(count)]


def test_S3_signals_are_received_and_do_then_what_they_did_before(handled: Handled) -> None:
    async def main() -> list[Signals]:
        with roost.open_signal_receiver(SIGUSR1, SIGUSR2) as received:
            send(SIGUSR1)
            first = await take(received, 1)
            send(SIGUSR2)
            send(SIGUSR1)
            return first + sorted(await take(received, 2))

    assert roost.run(main, clock="virtual") == [SIGUSR1, SIGUSR1, SIGUSR2]
    assert handled == []
    send(SIGUSR1)
    assert handled == [SIGUSR1]


def test_S3_none_is_lost_while_nobody_iterates(handled: Handled) -> None:
    async def main() -> list[Signals]:
        with roost.open_signal_receiver(SIGUSR1, SIGUSR2) as received:
            send(SIGUSR1)
            await roost.sleep(1)
            send(SIGUSR2)
            await roost.sleep(1)
            return await take(received, 2)

    assert roost.run(main, clock="virtual") == [SIGUSR1, SIGUSR2]
    assert handled == []


def test_S3_a_for_loop_goes_on_until_it_is_left() -> None:
    async def main() -> list[Signals]:
        seen: list[Signals] = []
        with roost.open_signal_receiver(SIGUSR1) as received:
            send(SIGUSR1)
            async for number in received:
                seen.append(number)
                if len(seen) == 3:
                    break
                send(SIGUSR1)
        return seen

    assert roost.run(main, clock="virtual") == [SIGUSR1] * 3


def test_S3_all_receivers_are_told() -> None:
    async def main() -> tuple[list[Signals], list[Signals]]:
        with (
            roost.open_signal_receiver(SIGUSR1) as one,
            roost.open_signal_receiver(SIGUSR1) as other,
        ):
            send(SIGUSR1)
            return await take(one, 1), await take(other, 1)

    assert roost.run(main, clock="virtual") == ([SIGUSR1], [SIGUSR1])


def test_C4_a_wait_that_is_cancelled_leaves_the_signal_to_the_next() -> None:
    async def main() -> list[Signals]:
        with roost.open_signal_receiver(SIGUSR1) as received:
            with roost.move_on_after(1) as scope:
                await take(received, 1)
            assert scope.cancelled_caught
            send(SIGUSR1)
            return await take(received, 1)

    assert roost.run(main, clock="virtual") == [SIGUSR1]


def test_C10_a_receiver_in_a_shield_goes_on_receiving() -> None:
    async def main() -> list[Signals]:
        with roost.CancelScope() as outer:
            outer.cancel()
            with (
                roost.CancelScope(shield=True),
                roost.open_signal_receiver(SIGUSR1) as received,
            ):
                send(SIGUSR1)
                return await take(received, 1)
        raise AssertionError

    assert roost.run(main, clock="virtual") == [SIGUSR1]


def test_C9a_who_receives_SIGINT_has_it_in_place_of_a_KeyboardInterrupt_real() -> None:
    async def main() -> list[Signals]:
        with roost.open_signal_receiver(SIGINT) as received:
            send(SIGINT)
            return await take(received, 1)

    assert roost.run(main) == [SIGINT]
    with pytest.raises(KeyboardInterrupt):
        send(SIGINT)


def test_B1_after_the_block_there_is_nothing_to_receive() -> None:
    async def main() -> None:
        receiver = roost.open_signal_receiver(SIGUSR1)
        with receiver as received:
            pass
        with pytest.raises(roost.ClosedResourceError, match="with"):
            await take(received, 1)
        with pytest.raises(RuntimeError, match="once"), receiver:
            pass

    roost.run(main, clock="virtual")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ((), ValueError),
        ((SIGKILL,), ValueError),
        ((SIGSTOP,), ValueError),
        ((SIGUSR1, SIGSEGV), ValueError),
        ((0,), ValueError),
        ((-1,), ValueError),
        ((10_000,), ValueError),
        (("SIGUSR1",), TypeError),
    ],
)
def test_B1_what_nobody_can_wait_for(wrong: tuple[Any, ...], error: type[Exception]) -> None:
    async def main() -> None:
        with pytest.raises(error, match="signal"):
            roost.open_signal_receiver(*wrong)

    roost.run(main, clock="virtual")


def test_B1_outside_of_run(handled: Handled) -> None:
    receiver = roost.open_signal_receiver(SIGUSR1)
    with pytest.raises(RuntimeError, match=r"roost\.run"), receiver:
        pass
    send(SIGUSR1)
    assert handled == [SIGUSR1]
