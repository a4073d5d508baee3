"""What the tests of roost.lowlevel share: a runtime after which nothing is left."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from roost._abi import callables
from roost.lowlevel import PENDING, Ended, RoostError, Runtime, Task

E = TypeVar("E", bound=BaseException)


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    """A runtime on the virtual clock, closed after the test if that has not done so. Then no
    callback, value or item may be held any more."""
    runtime = Runtime(clock="virtual")
    yield runtime
    if not runtime.closed:
        runtime.close(0, lambda result: None)
    left = list(callables._held.values())
    callables._held.clear()  # so that one test alone fails
    assert left == [], "K5: every callback, value and item is dropped"


@pytest.fixture
def no_garbage() -> Iterator[None]:
    """Nothing that the test has left waits for the collector of cycles."""
    gc.collect()
    gc.disable()
    try:
        yield
        assert gc.collect() == 0
    finally:
        gc.enable()


class Log(list[object]):
    """What was seen, in order."""

    def ended(self, ended: Ended) -> None:
        """The function of a wait."""
        self.append(ended)

    @property
    def last(self) -> Ended:
        assert isinstance(self[-1], Ended)
        return self[-1]


def sleeper(task: Task, seconds: float = 10, value: object = None) -> object:
    """A task that sleeps, and ends with a value."""

    def slept(ended: Ended) -> None:
        ended.get()
        task.finish(value)

    task.after(seconds, slept)
    return PENDING


def failing(task: Task, error: BaseException) -> object:
    raise error


@contextmanager
def raising(kind: type[E]) -> Iterator[pytest.ExceptionInfo[E]]:
    """Expects that a block of several statements ends with an exception."""
    with pytest.raises(kind) as raised:
        yield raised


def refused(code: int, fn: Callable[..., object], *args: object, **options: object) -> str:
    """Expects a call to be refused with a status code; answers its sentence."""
    with pytest.raises(RoostError) as raised:
        fn(*args, **options)
    assert raised.value.code == code
    assert str(raised.value)
    return str(raised.value)
