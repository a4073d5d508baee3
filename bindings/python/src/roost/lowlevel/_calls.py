"""What every call of this package does: numbers and names for the engine, exceptions for its
answers, and the callbacks that it is given, which are Python objects held as their `data` (K5)."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable
from ctypes import c_uint64
from enum import Enum
from pathlib import Path
from types import CoroutineType
from typing import Any, Final, Literal

from .._abi.callables import _held, hold
from .._abi.constants import (
    ROOST_ALREADY,
    ROOST_ASKED,
    ROOST_ECANCELED,
    ROOST_ESTALE,
    ROOST_FOREVER,
    ROOST_NOW,
    ROOST_SECOND,
)
from .._abi.library import lib
from .._abi.types import CancelOptions, DropFn
from .._errors import check, code_of

Answer = Literal["ok", "already", "asked", "ended"]

NO_DROP: Final = DropFn()
PACKAGE: Final = str(Path(__file__).parents[1])


class Pending(Enum):
    """The type of `PENDING`."""

    PENDING = "PENDING"


PENDING: Final = Pending.PENDING
"""What a callback returns whose task, or cleanup, goes on: `finish` or `fail` will end it."""


def answer(rc: int) -> Answer:
    """What a call answers that may come too late (C5, C6, C14a)."""
    if rc == ROOST_ESTALE:
        return "ended"
    check(rc)
    return "already" if rc == ROOST_ALREADY else "asked" if rc == ROOST_ASKED else "ok"


# Numbers and names.


def seconds(ns: int) -> float:
    return ns / ROOST_SECOND


def _number(what: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{what} is a number of seconds, not {value!r}")
    if math.isnan(value):
        raise ValueError(f"{what} is not a number (NaN); for no end give math.inf")
    return value


def _ns(value: float) -> int:
    """Nanoseconds of a number of seconds, at most ROOST_FOREVER."""
    if value >= ROOST_FOREVER / ROOST_SECOND:
        return ROOST_FOREVER
    return round(value * ROOST_SECOND)


def length_ns(what: str, value: float) -> int:
    """A length of time, in nanoseconds: no less than none."""
    if _number(what, value) < 0:
        raise ValueError(f"{what} is {value} s, and cannot be below 0")
    return _ns(value)


def timeout_ns(value: float | None) -> int:
    """A timeout for an options struct, where 0 is none; a negative one has passed at once (D1)."""
    if value is None:
        return 0
    return _ns(value) if _number("timeout", value) > 0 else ROOST_NOW


def moment_ns(value: float) -> int:
    """A deadline on the runtime's clock, which starts above 0."""
    return _ns(value) if _number("deadline", value) > 0 else 1


def grace_ns(value: float | None) -> int:
    """A grace for an options struct, where 0 is that of the node around it (C11)."""
    return 0 if value is None else length_ns("grace", value) or ROOST_NOW


def count(what: str, value: float | None, least: int = 1) -> int:
    """A number of things for an options struct, where 0 is no bound; so is None, and math.inf."""
    if value is None or value == math.inf:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is a whole number, or None for no bound, not {value!r}")
    if not least <= value < 2**63:
        raise ValueError(f"{what} is {value}, and has to be {least} or more")
    return value


def c_number(what: str, value: int, bits: int = 32) -> int:
    """A number that C holds in so many bits."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is a whole number, not {value!r}")
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise ValueError(f"{what} is {value}, which is out of range")
    return value


def text(what: str, value: str | None) -> bytes | None:
    """A name or a message."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{what} is a str, not {value!r}")
    if "\0" in value:
        raise ValueError(f"{what} {value!r} has a null character, which no text in C can have")
    return value.encode(errors="backslashreplace")


def cancel_options(reason: str | None, code: int) -> CancelOptions:
    """What a cancellation is given."""
    return CancelOptions(code=c_number("a code", code, 64), message=text("a reason", reason))


# Callbacks.


def function(call: str, fn: object) -> None:
    """Refuses what cannot be called, before anything is begun."""
    if isinstance(fn, CoroutineType):
        fn.close()
        raise TypeError(
            f"{call} takes a function and its arguments, not a coroutine; "
            "coroutines are for roost.run()"
        )
    if not callable(fn):
        raise TypeError(f"{call} takes a function, and then its arguments, not {fn!r}")


def name_of(fn: Callable[..., object]) -> bytes:
    """The name of a task for which none was given: that of its function."""
    names = getattr(fn, "__module__", None), getattr(fn, "__qualname__", type(fn).__qualname__)
    return ".".join(filter(None, names)).encode(errors="backslashreplace")


def called(fn: Callable[..., Any], *args: object) -> Any:
    """Calls a callback, which must not be the function of a coroutine."""
    value = fn(*args)
    if isinstance(value, CoroutineType):
        value.close()
        raise TypeError(
            f"{fn!r} is an async function, which nobody awaits here; "
            "callbacks are plain functions, coroutines are for roost.run()"
        )
    return value


def own(error: BaseException) -> BaseException:
    """An exception whose traceback begins in the program's own function (B3)."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
        trace = trace.tb_next
    return error.with_traceback(trace)


def end(task: int, error: BaseException | None) -> int:
    """Ends a task, or a cleanup, with an exception, or, with None, as cancelled."""
    if error is None:
        return lib.roost_finish(task, ROOST_ECANCELED, None, NO_DROP)
    said = "".join(traceback.format_exception_only(error)).strip().replace("\0", "\\0")
    lib.roost_explain(task, said.encode(errors="backslashreplace"))
    return lib.roost_finish(task, code_of(error), *hold(error))


@DropFn
def over(data: int) -> None:
    """The drop of a callback that wants to know when it is not needed any more, by `over`."""
    _held.pop(data)[0].run.over()


def opened(open_it: Callable[..., int], *args: object) -> int:
    """The handle that a call gives by its last argument."""
    out = c_uint64()
    check(open_it(*args, out))
    return out.value
