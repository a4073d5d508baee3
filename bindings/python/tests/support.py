"""What the tests share: a runtime, and the calls that most of them make."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import c_uint64
from dataclasses import dataclass, field
from typing import Any

from roost._abi.callables import OnCancel, Start, Wait, held, join, task_options, wait
from roost._abi.constants import ROOST_CLOCK_VIRTUAL, ROOST_ESTALE, ROOST_PENDING
from roost._abi.library import lib
from roost._abi.reading import listed
from roost._abi.types import CloseFn, DropFn, GroupOptions, Result, RuntimeOptions


def must(rc: int) -> int:
    """The answer of a call that may not fail."""
    assert rc >= 0, lib.roost_last_error().decode()
    return rc


def last_error() -> str:
    return lib.roost_last_error().decode()


def finish(task: int, rc: int = 0) -> int:
    return lib.roost_finish(task, rc, None, DropFn())


def pending(task: int) -> int:
    """A first step that leaves its task to be finished."""
    return ROOST_PENDING


@dataclass
class Ended:
    """A result, copied out of the engine's memory."""

    code: int = 0
    state: int = 0
    cancel_called: int = 0
    cancelled_caught: int = 0
    origin: int = 0
    error_count: int = 0
    errors: list[tuple[bytes, int, bytes | None]] = field(default_factory=list)
    objects: list[Any] = field(default_factory=list)

    def take(self, node: int, result: Result) -> None:
        self.code = result.code
        self.state = result.state
        self.cancel_called = result.cancel_called
        self.cancelled_caught = result.cancelled_caught
        self.origin = result.reason.contents.origin if result.reason else 0
        self.error_count = result.error_count
        for error in listed(result.errors):
            self.errors.append((error.name, error.code, error.message))
            self.objects.append(held(error.object))


class World:
    """A runtime, on the virtual clock where nothing else is said."""

    def __init__(self, clock: int = ROOST_CLOCK_VIRTUAL, **options: Any) -> None:
        out = c_uint64()
        given = RuntimeOptions(clock=clock, **options)
        must(lib.roost_runtime_open(given, out))
        self.runtime = out.value
        self.root = lib.roost_root(self.runtime)
        self.began = lib.roost_now(self.runtime)

    @property
    def elapsed(self) -> int:
        return lib.roost_now(self.runtime) - self.began

    def run(self) -> None:
        must(lib.roost_run(self.runtime))

    def close(self) -> int:
        """Closes the runtime, if the test has not."""
        rc = lib.roost_close(self.runtime, 0, CloseFn(), None, DropFn())
        return 0 if rc == ROOST_ESTALE else rc

    def group(self, parent: int = 0, **options: Any) -> int:
        out = c_uint64()
        must(lib.roost_group_open(parent or self.root, GroupOptions(**options), out))
        return out.value

    def join(self, node: int, rc: int = 0) -> Ended:
        """Joins a node; what is answered is filled in when it has ended."""
        ended = Ended()
        must(lib.roost_join(node, rc, *join(ended.take)))
        return ended

    def spawn(
        self, group: int, start: Start, on_cancel: OnCancel | None = None, **options: Any
    ) -> int:
        """Spawns a task with a handle."""
        out = c_uint64()
        must(lib.roost_spawn(group, task_options(start, on_cancel, **options), out))
        return out.value

    def after(self, node: int, delay_ns: int, fn: Wait, task: int = 0) -> int:
        out = c_uint64()
        must(lib.roost_after(node, delay_ns, *wait(fn, task), out))
        return out.value

    def at(self, delay_ns: int, fn: Callable[[], object]) -> None:
        """Runs a function of the test at a time."""
        self.after(self.root, delay_ns, lambda wait, rc: fn())
