"""Python functions as callbacks: how long they live, and what becomes of their exceptions."""

from __future__ import annotations

import gc
import traceback
import weakref
from _ctypes import CFuncPtr
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from roost._abi.callables import (
    cleanup,
    cleanup_options,
    close,
    fail,
    held,
    hold,
    join,
    task_options,
    wait,
)
from roost._abi.constants import (
    ROOST_ECANCELED,
    ROOST_ECLOSED,
    ROOST_EINVAL,
    ROOST_EIO,
    ROOST_PENDING,
    ROOST_SECOND,
    ROOST_SUPERVISE,
)
from roost._abi.library import lib
from roost._abi.types import Outcome, Reason, Result
from support import Ended, World, finish, must, pending


class LuckError(Exception):
    """What the callbacks of these tests raise."""


def unlucky(*arguments: object) -> int:
    raise LuckError("out of luck")


TEXT = f"{__name__}.LuckError: out of luck".encode()


class TestExceptions:
    def check(self, ended: Ended, name: bytes) -> None:
        assert ended.errors == [(name, ROOST_EIO, TEXT)]
        [error] = ended.objects
        assert type(error) is LuckError
        assert str(error) == "out of luck"

    def test_B3_from_a_first_step(self, world: World) -> None:
        group = world.group()
        world.spawn(group, unlucky, name=b"hasty")
        ended = world.join(group)
        world.run()
        self.check(ended, b"hasty")

    def test_B3_from_an_on_cancel(self, world: World) -> None:
        group = world.group()
        world.spawn(group, pending, unlucky, name=b"patient")
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(group, None)))
        ended = world.join(group)
        world.run()
        self.check(ended, b"patient")

    def test_B3_K3a_from_a_cleanup(self, world: World) -> None:
        """The other cleanups run all the same, and the body's outcome stands (K3)."""
        ran: list[int] = []

        def start(task: int) -> None:
            must(lib.roost_defer(task, *cleanup(lambda self, why: ran.append(why.code))))
            must(lib.roost_defer(task, *cleanup(unlucky)))

        group = world.group()
        world.spawn(group, start, name=b"tidy")
        ended = world.join(group)
        world.run()
        self.check(ended, b"cleanup of tidy")
        assert ran == [0]

    def test_B3_K2b_from_the_on_cancel_of_a_cleanup(self, world: World) -> None:
        def put_back(self: int, why: Outcome) -> int:
            must(lib.roost_cancel(self, None))
            return ROOST_PENDING

        group = world.group(name=b"group")
        must(lib.roost_defer_with(group, cleanup_options(put_back, unlucky, name=b"put"), None))
        ended = world.join(group)
        world.run()
        self.check(ended, b"put")

    def test_B3_from_a_wait_of_a_task(self, world: World) -> None:
        def start(task: int) -> int:
            world.after(task, ROOST_SECOND, unlucky, task)
            return ROOST_PENDING

        group = world.group()
        world.spawn(group, start, name=b"waiting")
        ended = world.join(group)
        world.run()
        self.check(ended, b"waiting")

    def test_B3_from_the_join_of_a_group_in_a_task(self, world: World) -> None:
        def start(task: int) -> int:
            must(lib.roost_join(world.group(task), 0, *join(unlucky, task)))
            return ROOST_PENDING

        group = world.group()
        world.spawn(group, start, name=b"joining")
        ended = world.join(group)
        world.run()
        self.check(ended, b"joining")

    def test_B3_without_a_task_it_is_unraisable(
        self, world: World, unraisable: list[BaseException | None]
    ) -> None:
        world.after(world.root, ROOST_SECOND, unlucky)
        must(lib.roost_join(world.group(), 0, *join(unlucky)))
        world.run()
        assert lib.roost_close(world.runtime, 0, *close(unlucky)) == 0
        assert [type(error) for error in unraisable] == [LuckError] * 3

    def test_B3_after_the_end_of_the_body_it_is_unraisable_and_the_outcome_stands(
        self, world: World, unraisable: list[BaseException | None]
    ) -> None:
        def start(task: int) -> None:
            must(finish(task, 7))
            unlucky()

        task = world.spawn(world.root, start)
        world.run()
        outcome = Outcome()
        must(lib.roost_outcome_of(task, outcome))
        assert outcome.code == 7
        assert [type(error) for error in unraisable] == [LuckError]

    @pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
    def test_B3_none_goes_through_the_engine(self, world: World, kind: type[BaseException]) -> None:
        def start(task: int) -> None:
            raise kind

        group = world.group()
        world.spawn(group, start)
        ended = world.join(group)
        world.run()
        assert [type(error) for error in ended.objects] == [kind]

    @pytest.mark.parametrize("answer", ["done", 0.0, 2**31, -(2**31) - 1])
    def test_B3_an_answer_that_is_no_status_code(self, world: World, answer: Any) -> None:
        group = world.group()
        world.spawn(group, lambda task: answer)
        ended = world.join(group)
        world.run()
        [(_, code, message)] = ended.errors
        assert code == ROOST_EIO
        assert message is not None
        assert message.decode().endswith(f"not {answer!r}")

    def test_B3_the_traceback_begins_in_the_functions_own_frame(self, world: World) -> None:
        group = world.group()
        world.spawn(group, unlucky)
        ended = world.join(group)
        world.run()
        [frame] = traceback.extract_tb(ended.objects[0].__traceback__)
        assert frame.name == "unlucky"

    def test_B3_a_text_that_c_cannot_hold_is_escaped(self, world: World) -> None:
        def start(task: int) -> None:
            raise LuckError("\ud800")

        group = world.group()
        world.spawn(group, start)
        ended = world.join(group)
        world.run()
        assert ended.errors[0][2] == f"{__name__}.LuckError: \\ud800".encode()

    def test_G3_all_errors_keep_their_exceptions_in_order(self, world: World) -> None:
        def start(number: int, task: int) -> None:
            raise LuckError(number)

        group = world.group(policy=ROOST_SUPERVISE)
        for number in range(3):
            world.spawn(group, partial(start, number))
        ended = world.join(group)
        world.run()
        assert [error.args for error in ended.objects] == [(0,), (1,), (2,)]

    def test_L6_an_exception_is_kept_as_long_as_the_result_and_no_longer(
        self, world: World
    ) -> None:
        seen: list[weakref.ref[Any]] = []

        def joined(node: int, result: Result) -> None:
            seen.append(weakref.ref(held(result.errors.contents.object)))
            assert seen[0]() is not None

        group = world.group()
        world.spawn(group, unlucky)
        must(lib.roost_join(group, 0, *join(joined)))
        world.run()
        gc.collect()
        assert seen[0]() is None


class TestLives:
    @pytest.fixture
    def functions(self) -> Iterator[Callable[..., Any]]:
        """Makes functions, and sees to it that none is left when the test is over."""
        made: list[weakref.ref[Any]] = []

        def make(answer: int | None = None) -> Any:
            def function(*arguments: object) -> int | None:
                return answer

            made.append(weakref.ref(function))
            return function

        yield make
        assert made
        assert all(reference() is None for reference in made)

    def test_K5_the_callbacks_of_a_task_are_dropped_with_it(
        self, world: World, functions: Callable[..., Any]
    ) -> None:
        world.spawn(world.root, functions(), functions())
        world.run()

    def test_K5_those_of_a_cancelled_task_too(
        self, world: World, functions: Callable[..., Any]
    ) -> None:
        task = world.spawn(world.root, functions(ROOST_PENDING), functions(0))
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(task, None)))
        world.run()

    def test_K5_L2a_those_of_a_task_that_never_started_too(
        self, world: World, functions: Callable[..., Any]
    ) -> None:
        started: list[int] = []
        group = world.group(limit=1)
        world.spawn(group, pending, functions(0))

        def start(task: int, dropped_with: object = functions()) -> None:
            started.append(task)

        world.spawn(group, start)
        del start
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(group, None)))
        world.join(group)
        world.run()
        assert started == []

    def test_K5_those_of_cleanups_waits_joins_and_closes(
        self, world: World, functions: Callable[..., Any]
    ) -> None:
        group = world.group()
        must(lib.roost_defer(group, *cleanup(functions())))
        must(lib.roost_defer_with(group, cleanup_options(functions(), functions()), None))
        must(lib.roost_after(group, ROOST_SECOND, *wait(functions()), None))
        must(lib.roost_on_end(group, world.root, *wait(functions()), None))
        must(lib.roost_join(group, 0, *join(functions())))
        must(lib.roost_after(world.root, ROOST_SECOND, *wait(functions()), None))
        must(lib.roost_close(world.runtime, 0, *close(functions())))

    def test_K5_those_of_calls_that_failed(
        self, world: World, functions: Callable[..., Any]
    ) -> None:
        assert lib.roost_spawn(0, task_options(functions(), functions()), None) == ROOST_EINVAL
        assert lib.roost_defer(0, *cleanup(functions())) == ROOST_EINVAL
        assert lib.roost_defer_with(0, cleanup_options(functions()), None) == ROOST_EINVAL
        assert lib.roost_after(0, 1, *wait(functions()), None) == ROOST_EINVAL
        assert lib.roost_on_end(0, 0, *wait(functions()), None) == ROOST_EINVAL
        assert lib.roost_join(0, 0, *join(functions())) == ROOST_EINVAL
        assert lib.roost_close(0, 0, *close(functions())) == ROOST_EINVAL
        assert lib.roost_finish(0, 0, *hold(functions())) == ROOST_EINVAL

    def test_B1_a_wrong_field_is_a_type_error_that_holds_nothing(
        self, world: World, functions: Callable[..., Any]
    ) -> None:
        with pytest.raises(TypeError):
            task_options(functions(), name="text, where bytes belong")
        with pytest.raises(TypeError):
            cleanup_options(functions(), name="text, where bytes belong")

    def test_K5_a_function_is_kept_while_it_can_be_called(self, world: World) -> None:
        """Nobody but the engine refers to it, and a collection does not take it."""
        ran: list[int] = []
        world.at(ROOST_SECOND, lambda: ran.append(1))
        gc.collect()
        world.run()
        assert ran == [1]

    def test_K5_a_drop_may_call_anything(self, world: World) -> None:
        """The end of a Python object runs code, here inside the drop of its task."""
        answers: list[int] = []

        class Owner:
            def start(self, task: int) -> None:
                pass

            def __del__(self) -> None:
                answers.append(lib.roost_cancel(group, None))

        group = world.group()
        world.spawn(world.root, Owner().start)
        world.run()
        world.join(group)
        world.run()
        assert answers == [0]

    def test_no_c_function_is_made_for_a_task(self, world: World) -> None:
        def count() -> int:
            return sum(isinstance(thing, CFuncPtr) for thing in gc.get_objects())

        def start(task: int) -> int:
            world.after(task, ROOST_SECOND, lambda wait, rc: must(finish(task)))
            return ROOST_PENDING

        before = count()
        for _ in range(100):
            world.spawn(world.root, start)
        assert count() == before
        world.run()

    def test_the_same_object_is_held_as_often_as_it_is_given(self, world: World) -> None:
        """K5: each pointer is dropped once, by itself."""
        value = object()
        (first, drop), (second, _) = hold(value), hold(value)
        assert first != second
        drop(first)
        assert held(first) is None
        assert held(second) is value
        drop(second)
        assert held(None) is None


def test_S2a_fail_ends_a_task_as_an_exception_would(world: World) -> None:
    group = world.group()
    task = world.spawn(group, pending, name=b"told")
    world.at(ROOST_SECOND, lambda: must(fail(task, LuckError("out of luck"))))
    ended = world.join(group)
    world.run()
    assert ended.errors == [(b"told", ROOST_EIO, TEXT)]


def test_S2a_C4_a_cancelled_task_that_finishes_with_success_keeps_its_result(world: World) -> None:
    def stop(task: int, why: Reason) -> int:
        world.after(world.root, ROOST_SECOND, lambda wait, rc: must(finish(task, 7)))
        return ROOST_PENDING

    task = world.spawn(world.root, pending, stop)
    world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(task, None)))
    world.run()
    outcome = Outcome()
    must(lib.roost_outcome_of(task, outcome))
    assert outcome.code == 7


def test_K2_G6_a_cleanup_sees_its_own_task_uncancelled_and_the_group_closing(
    world: World,
) -> None:
    seen: list[int] = []

    def put_back(self: int, why: Outcome) -> None:
        seen.append(why.code)
        seen.append(lib.roost_cancelled(self))
        seen.append(lib.roost_spawn(group, task_options(pending), None))

    outer = world.group()
    group = world.group(outer)
    world.spawn(group, pending, lambda task, why: 0)
    must(lib.roost_defer(group, *cleanup(put_back)))
    must(lib.roost_cancel(outer, None))
    world.join(group)
    world.join(outer)
    world.run()
    assert seen == [ROOST_ECANCELED, 0, ROOST_ECLOSED]
