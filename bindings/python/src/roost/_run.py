"""`run`: a program's way into Roost."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from ctypes import c_uint64
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import RuntimeOptions
from ._convert import grace_of
from ._errors import OrderError, check
from ._kernel import local
from ._program import Program

if TYPE_CHECKING:
    from ._see import Report

T = TypeVar("T")


def run(
    func: Callable[..., Coroutine[Any, Any, T]],
    *args: Any,
    clock: Literal["real", "virtual"] = "real",
    seed: int | None = None,
    grace: float | None = None,
    name: str | None = None,
    report: Callable[[Report], object] | None = None,
    stall: float | None = None,
    step: float | None = None,
) -> T:
    """Runs an `async def` function with its arguments to its end: answers what it returns, or
    raises what it raises (G3b). All that it has started has ended then.

    clock: "virtual" for tests: time stands still while anything can run, then jumps (D4)
    seed: shuffles what is ready at the same time; the same number, the same order (S4)
    grace: how long, in seconds, shields hold off a cancellation of all; None: without end (C11)
    name: of the root group, in dumps
    report: called with a Report of what hinders the program; None: written to standard error (O3)
    stall: a cancelled node that has not ended after so many seconds is reported
    step: a step of a task that has held the loop for so many seconds is reported

    From any thread, each with a run of its own. OrderError: one goes on in this thread. TypeError:
    it is no function that answers a coroutine, or an option is of a wrong kind.

    Ctrl-C cancels everything, with the origin host, and is raised as KeyboardInterrupt when all has
    ended (C9a); pressed again, it is raised where the program is.
    """
    if local.host is not None:
        raise OrderError(
            "roost.run goes on in this thread; await the function, or start it in a group"
        )

    def tell(it: Report) -> None:
        if report is not None:
            report(it)
        program.flush()  # it is called while the loop turns, which may wait next

    clocks = {"real": c.ROOST_CLOCK_REAL, "virtual": c.ROOST_CLOCK_VIRTUAL}
    if not isinstance(clock, str) or clock not in clocks:
        raise ValueError(f"a clock is 'real' or 'virtual', not {clock!r}")
    if seed is not None and not isinstance(seed, int):
        raise TypeError(f"a seed is an int, or None, not {seed!r}")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"a name is a str, or None, not {name!r}")
    options = RuntimeOptions(
        clock=clocks[clock],
        seed=0 if seed is None else seed % 2**64 or 2**64 - 1,
        grace_ns=grace_of(grace),
        name=None if name is None else name.encode(errors="replace"),
        **_reporting(tell if callable(report) else report, stall, step),
    )
    out = c_uint64()
    check(lib.roost_runtime_open(options, out))
    program = Program(out.value, virtual=clock == "virtual")
    try:
        error = program.run(func, args)
        if error is not None:
            raise error
        assert program.main is not None
        value: T = program.main._result
        return value
    finally:
        error = None
        program.forget()


def _reporting(report: Any, stall: float | None, step: float | None) -> dict[str, Any]:
    if report is None and stall is None and step is None:
        return {}
    from ._see import reporting

    fields: dict[str, Any] = reporting(report, stall, step)
    return fields


def _in_child() -> None:
    """After fork nothing of the parent's run is the child's (S8b)."""
    if local.host is not None:
        local.host.thread = 0
        local.host = None


os.register_at_fork(after_in_child=_in_child)
