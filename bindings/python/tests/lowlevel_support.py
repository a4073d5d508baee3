"""What the tests of roost.lowlevel share: a runtime after which nothing is left."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from roost._abi import callables
from roost.lowlevel import PENDING, Ended, RoostError, Runtime, Task


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


def raises_code(code: int, *, match: str = "") -> pytest.RaisesExc[RoostError]:
    """Expects the error of a status code."""
    return pytest.raises(RoostError, match=match, check=lambda error: error.code == code)
