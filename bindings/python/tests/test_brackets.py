"""Blocks of `roost` that are left in the wrong order, or by other code (B1a, G7)."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Generator
from typing import Any

import pytest

import roost
from roost.testing import on_virtual_clock

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


@on_virtual_clock
async def test_B1a_a_scope_that_is_left_before_an_inner_one() -> None:
    outer, inner = roost.CancelScope(name="outer"), roost.CancelScope(name="inner")
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(roost.OrderError) as caught:
        outer.__exit__(None, None, None)
    assert str(caught.value).startswith("scope 'outer' is left while scope 'inner' is open in it")
    assert inner.cancel_called
    inner.__exit__(None, None, None)  # without a second error
    await roost.sleep(1)
    with roost.move_on_after(1) as scope:
        await roost.sleep(5)
    assert scope.cancelled_caught


@on_virtual_clock
async def test_B1a_the_body_s_exception_is_the_context_of_the_error() -> None:
    error = KeyError()
    inner = roost.CancelScope()
    with pytest.raises(roost.OrderError) as caught:
        with roost.CancelScope():
            inner.__enter__()
            raise error
    assert caught.value.__context__ is error
    inner.__exit__(None, None, None)


@on_virtual_clock
async def test_B1a_a_generator_that_yields_in_a_scope() -> None:
    def generate() -> Generator[int, None, None]:
        with roost.CancelScope(name="of the generator"):
            yield 1
            yield 2

    generator = generate()
    with pytest.raises(roost.OrderError, match="scope 'of the generator' is open in it"):
        with roost.CancelScope(name="around"):
            next(generator)
    await roost.sleep(1)
    generator.close()
    await roost.sleep(1)


@on_virtual_clock
async def test_B1a_a_skipped_group_is_joined_by_its_own_closing() -> None:
    log: list[str] = []

    async def work() -> None:
        try:
            await roost.sleep_forever()
        finally:
            with roost.CancelScope(shield=True):
                await roost.sleep(2)
            log.append("ended")

    async def fail() -> None:
        try:
            await roost.sleep_forever()
        finally:
            raise KeyError

    outer, inner = roost.create_task_group(name="outer"), roost.create_task_group(name="inner")
    with pytest.raises(ExceptionGroup) as caught:
        async with outer:
            await inner.__aenter__()
            inner.start_soon(work)
            inner.start_soon(fail)
            await roost.checkpoint()
    assert log == ["ended"]
    assert inner.cancel_called
    first, nested = caught.value.exceptions
    assert isinstance(first, roost.OrderError)
    assert "group 'outer' is left while group 'inner' is open in it" in str(first)
    assert isinstance(nested, ExceptionGroup)
    assert [type(error) for error in nested.exceptions] == [KeyError]
    assert not await inner.__aexit__(None, None, None)


@on_virtual_clock
async def test_B1a_a_group_that_a_scope_has_skipped_is_waited_for() -> None:
    log: list[str] = []

    async def fail() -> None:
        try:
            await roost.sleep_forever()
        finally:
            with roost.CancelScope(shield=True):
                await roost.sleep(2)
            log.append("ended")
            raise KeyError

    group = roost.create_task_group(name="inner")
    with pytest.raises(roost.OrderError):
        with roost.CancelScope():
            await group.__aenter__()
            group.start_soon(fail)
            await roost.checkpoint()
    assert log == []
    with pytest.raises(ExceptionGroup) as caught:
        await group.__aexit__(None, None, None)
    assert log == ["ended"]
    assert [type(error) for error in caught.value.exceptions] == [KeyError]


@on_virtual_clock
async def test_B1a_a_close_by_another_task_changes_nothing() -> None:
    async def leave(block: roost.CancelScope) -> None:
        with pytest.raises(roost.OrderError, match="is left by other code"):
            block.__exit__(None, None, None)

    async def leave_group(block: roost.TaskGroup) -> None:
        with pytest.raises(roost.OrderError, match="is left by other code"):
            await block.__aexit__(None, None, None)

    async with roost.create_task_group() as group:
        with roost.move_on_after(5) as scope:
            async with roost.create_task_group() as inner:
                group.start_soon(leave, scope)
                group.start_soon(leave_group, inner)
                await roost.sleep(1)
                inner.start_soon(roost.sleep, 100)
        assert scope.cancelled_caught


@on_virtual_clock
async def test_B1a_an_async_generator_that_is_closed_elsewhere() -> None:
    async def generate() -> AsyncIterator[int]:
        with roost.CancelScope(name="held"):
            yield 1

    async def take(generators: list[Any]) -> None:
        generator = generate()
        generators.append(generator)
        await generator.__anext__()

    generators: list[Any] = []
    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group() as group:
            group.start_soon(take, generators, name="taker")
    [error] = caught.value.exceptions
    assert isinstance(error, roost.Unclosed)
    assert "held" in str(error)
    await generators.pop().aclose()


@on_virtual_clock
async def test_G7_what_a_body_leaves_open_is_closed_and_is_an_error() -> None:
    log: list[str] = []

    async def work() -> None:
        try:
            await roost.sleep_forever()
        except roost.Cancelled as stop:
            log.append(str(stop.reason.origin))
            raise KeyError("inner") from None

    async def leave() -> str:
        await roost.create_task_group(name="open").__aenter__()
        group = roost.create_task_group(name="inner")
        await group.__aenter__()
        group.start_soon(work)
        await roost.checkpoint()
        return "value"

    with pytest.raises(ExceptionGroup) as caught:
        async with roost.create_task_group(policy="supervise") as group:
            task = group.start_soon(leave, name="leaver")
            assert await task == "value"
    assert log == ["left open"]
    [error] = caught.value.exceptions
    assert isinstance(error, ExceptionGroup)
    first, nested = error.exceptions
    assert isinstance(first, roost.Unclosed)
    assert "task 'leaver' has ended with groups or scopes open: 'open', 'inner'" in str(first)
    assert isinstance(nested, ExceptionGroup)
    [nested] = nested.exceptions
    assert isinstance(nested, ExceptionGroup)
    assert [repr(it) for it in nested.exceptions] == ["KeyError('inner')"]


@on_virtual_clock
async def test_B1_a_block_is_entered_once() -> None:
    scope = roost.CancelScope(name="twice")
    with scope:
        with pytest.raises(roost.OrderError, match="scope 'twice' was opened before"):
            scope.__enter__()
    with pytest.raises(roost.OrderError, match="make a new one for each `with`"):
        scope.__enter__()
    group = roost.create_task_group()
    async with group:
        with pytest.raises(roost.OrderError, match="was opened before"):
            await group.__aenter__()
    with pytest.raises(roost.OrderError, match="is not open"):
        roost.CancelScope().__exit__(None, None, None)
    with pytest.raises(roost.OrderError, match="is not open"):
        scope.__exit__(None, None, None)
