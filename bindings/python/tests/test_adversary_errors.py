"""Exceptions that are not as others are, and errors in great number or depth: none is lost, none
stops a run from ending."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

import roost
from roost._driver import Driver
from roost._interrupt import Interrupts
from roost.testing import on_virtual_clock

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup


class Frozen(Exception):  # noqa: N818
    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} cannot be set")


class Uneven(Exception):  # noqa: N818
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise ValueError


class Untrue(Exception):  # noqa: N818
    def __bool__(self) -> bool:
        raise ValueError


class Numberless(OSError):  # noqa: N818
    @property
    def errno(self) -> int:  # type: ignore[override]
        raise ValueError


class Codeless(roost.RoostError):
    @property
    def code(self) -> int:  # type: ignore[override]
        raise ValueError


class Unsplit(ExceptionGroup[Exception]):
    def derive(self, exceptions: Any) -> Any:
        raise ValueError


def unsplit() -> BaseException:
    return Unsplit("odd", [KeyError()])


@pytest.mark.parametrize("make", [Frozen, Uneven, Untrue, Numberless, Codeless, unsplit])
def test_B3_an_exception_of_any_class_is_an_error(make: Callable[[], BaseException]) -> None:
    error = make()

    async def fail() -> None:
        raise error

    async def in_a_task() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(fail)
            await roost.sleep_forever()

    async def in_a_scope_in_a_group() -> None:
        async with roost.create_task_group():
            with roost.CancelScope():
                raise error

    async def in_a_cleanup() -> None:
        async with roost.create_task_group() as group:
            group.defer(fail)

    with pytest.raises(type(error)) as caught:
        roost.run(fail, clock="virtual")
    assert caught.value is error
    for main in (in_a_task, in_a_scope_in_a_group, in_a_cleanup):
        with pytest.raises(ExceptionGroup) as group:
            roost.run(main, clock="virtual")
        assert group.value.exceptions[0] is error


def test_C13a_cancelled_in_main_without_a_cancellation_is_one_error() -> None:
    async def main() -> None:
        raise roost.Cancelled

    with pytest.raises(roost.NotCancelled):
        roost.run(main)


@on_virtual_clock
async def test_K3_a_cleanup_of_a_with_block_that_raises_cancelled_was_cut() -> None:
    def cut() -> None:
        raise roost.Cancelled

    with pytest.RaisesGroup(roost.CleanupCut):
        with roost.CancelScope() as scope:
            scope.defer(cut)


@on_virtual_clock
async def test_G2_each_error_of_a_filter_is_listed() -> None:
    async def fail() -> None:
        raise KeyError

    raised = iter([ValueError(), roost.Cancelled()])

    def decide(error: BaseException, name: str) -> roost.Decision:
        raise next(raised)

    with pytest.RaisesGroup(KeyError, KeyError, ValueError, roost.NotCancelled):
        async with roost.create_task_group(policy=decide) as group:
            group.start_soon(fail)
            group.start_soon(fail)


@on_virtual_clock
async def test_G3_a_group_that_holds_no_cancellation_goes_through_a_scope_as_it_is() -> None:
    error = BaseExceptionGroup("mine", [GeneratorExit()])
    with pytest.raises(BaseExceptionGroup) as caught:
        with roost.CancelScope():
            raise error
    assert caught.value is error


def test_G3_errors_may_be_nested_deep() -> None:
    async def nest(depth: int) -> None:
        if depth == 0:
            raise KeyError
        async with roost.create_task_group() as group:
            group.start_soon(nest, depth - 1)

    with pytest.raises(ExceptionGroup) as caught:
        roost.run(nest, 1500, clock="virtual")
    error: BaseException = caught.value
    for _ in range(1500):
        assert isinstance(error, ExceptionGroup)
        error = error.exceptions[0]
    assert isinstance(error, KeyError)


def test_G7_scopes_may_be_left_open_in_any_number() -> None:
    async def main() -> None:
        for _ in range(3000):
            roost.CancelScope().__enter__()

    with pytest.raises(roost.Unclosed, match="one without a name and 2990 more"):
        roost.run(main)


def test_an_async_generator_that_is_found_at_the_end_is_closed() -> None:
    log: list[str] = []

    async def generate(name: str) -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            log.append(name)
            await roost.sleep(1)
            log.append(f"{name} has slept")

    async def main() -> None:
        for name in "ab":
            generator = generate(name)
            await generator.__anext__()
            del generator  # the collector finds it, and there is no time left to tell

    roost.run(main, clock="virtual")
    assert log == ["a", "b", "a has slept", "b has slept"]


def test_a_handler_that_raises_in_the_driver_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Raised(Exception):  # noqa: N818
        pass

    names = ["_tell", "_tell_ended", "_completed", "_raised", "_finish", "step"]

    for name in names:
        plain = getattr(Driver, name)
        raised: list[Raised] = []

        def method(
            self: Driver, *args: Any, plain: Any = plain, raised: list[Raised] = raised
        ) -> None:
            if not raised:
                raised.append(Raised())
                raise raised[0]
            plain(self, *args)

        async def fail() -> None:
            raise KeyError

        async def main() -> None:
            async with roost.create_task_group(policy="supervise", limit=5) as group:
                group.defer(roost.checkpoint)
                group.start_soon(roost.sleep, 1)
                group.start_soon(fail)

        with monkeypatch.context() as patch:
            patch.setattr(Driver, name, method)
            with pytest.raises(Raised):
                roost.run(main, clock="virtual")
        roost.run(roost.sleep, 1, clock="virtual")


def test_C9a_ctrl_c_before_all_is_in_place_leaves_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: Interrupts) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Interrupts, "__enter__", interrupt)
        with pytest.raises(KeyboardInterrupt):
            roost.run(roost.sleep, 1, clock="virtual")
    roost.run(roost.sleep, 1, clock="virtual")
