"""Ctrl-C, and signal handlers of Python's, in `roost.run` (C9a). On the real clock."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

import roost
from roost._kernel import current_host

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


def send_soon(number: signal.Signals, waiting: threading.Event) -> None:
    """Sends a signal to this process when the loop is about to wait."""

    def send() -> None:
        waiting.wait()
        os.kill(os.getpid(), number)

    threading.Thread(target=send, daemon=True).start()


def test_C9a_ctrl_c_cancels_all_and_is_raised_when_all_has_ended() -> None:
    log: list[str] = []
    waiting = threading.Event()

    async def work() -> None:
        try:
            waiting.set()
            await roost.sleep_forever()
        except roost.Cancelled as stop:
            log.append(str(stop.reason))
            with roost.CancelScope(shield=True):
                await roost.sleep(0.001)
            log.append("cleaned")
            raise

    async def main() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(work)

    handler, descriptor = signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(-1)
    send_soon(signal.SIGINT, waiting)
    with pytest.raises(KeyboardInterrupt) as caught:
        roost.run(main)
    assert log == ["host at root", "cleaned"]
    assert caught.value.__context__ is None
    assert signal.getsignal(signal.SIGINT) is handler
    assert signal.set_wakeup_fd(descriptor) == descriptor == -1


def test_C9a_ctrl_c_that_was_caught_is_raised_all_the_same() -> None:
    async def main() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await roost.sleep_forever()
        except roost.Cancelled:
            return "caught"
        return ""

    with pytest.raises(KeyboardInterrupt):
        roost.run(main)


def test_C9a_what_fails_meanwhile_is_the_context() -> None:
    error = KeyError()

    async def main() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await roost.sleep_forever()
        finally:
            raise error

    with pytest.raises(KeyboardInterrupt) as caught:
        roost.run(main, clock="virtual")
    assert caught.value.__context__ is error


def test_a_second_ctrl_c_is_raised_where_the_program_is() -> None:
    async def main() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        for _ in range(10_000_000):
            pass

    with pytest.raises(KeyboardInterrupt):
        roost.run(main)


class Own(Exception):  # noqa: N818
    """What a handler of the program's raises."""


@pytest.fixture
def handler() -> object:
    def handle(number: int, frame: object) -> None:
        raise Own

    before = signal.signal(signal.SIGUSR1, handle)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("handler")
def test_what_a_handler_raises_while_the_loop_waits_comes_out_of_run() -> None:
    log: list[str] = []
    waiting = threading.Event()

    async def main() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(roost.sleep_forever)
            try:
                waiting.set()
                await roost.sleep_forever()
            finally:
                log.append("cancelled")

    send_soon(signal.SIGUSR1, waiting)
    with pytest.raises((Own, ExceptionGroup)):
        roost.run(main)
    assert log == ["cancelled"]


@pytest.mark.usefixtures("handler")
def test_what_a_handler_raises_in_a_task_is_that_task_s() -> None:
    async def main() -> str:
        try:
            os.kill(os.getpid(), signal.SIGUSR1)
            for _ in range(10_000_000):
                pass
        except Own:
            await roost.sleep(0)
            return "caught"
        return ""

    assert roost.run(main) == "caught"


def test_a_handler_of_the_program_s_for_ctrl_c_is_left_alone() -> None:
    seen: list[int] = []
    waiting = threading.Event()

    def handle(number: int, frame: object) -> None:
        seen.append(number)
        scope.cancel()

    async def main() -> None:
        with scope:
            waiting.set()
            await roost.sleep_forever()

    scope = roost.CancelScope()
    before = signal.signal(signal.SIGINT, handle)
    try:
        send_soon(signal.SIGINT, waiting)
        roost.run(main)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


def test_what_was_asked_and_told_is_kept_where_a_handler_raises_in_the_driver() -> None:
    log: list[str] = []

    async def work() -> None:
        try:
            await roost.sleep_forever()
        except roost.Cancelled as stop:
            log.append(str(stop.reason.origin))
            raise

    async def main() -> None:
        host = current_host()

        def handler(*of: object) -> int:  # as if it came just before the call
            host._turns, host._submits = turns, submits
            raise Own

        turns, submits = host._turns, host._submits
        async with roost.create_task_group() as group:
            group.start_soon(work)
            with roost.CancelScope() as scope:
                host._submits = (handler, *submits[1:])
                with pytest.raises(Own):
                    host.flush()
                assert scope.id != 0
            host._turns = (handler, *turns[1:])
            await roost.checkpoint()
            await roost.sleep_forever()

    with pytest.raises(Own):
        roost.run(main, clock="virtual")
    assert log == ["host"]
