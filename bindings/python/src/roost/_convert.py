"""Names and times, as the engine has them."""

from __future__ import annotations

from functools import partial
from typing import Any

from ._abi import constants as c


def callable_name(fn: Any) -> str:
    """The name of a task that was given none: of its function, with the module."""
    while isinstance(fn, partial):
        fn = fn.func
    module, name = getattr(fn, "__module__", None), getattr(fn, "__qualname__", None)
    return ".".join(part for part in (module, name) if part) or type(fn).__qualname__


def name_in_c(name: str) -> bytes:
    """A name of a function as the engine has it: of a long one the last part, which tells more."""
    encoded = name.encode(errors="replace")
    return encoded if len(encoded) < 64 else b"..." + encoded[-60:].lstrip(bytes(range(128, 192)))


def nanoseconds(seconds: float) -> int:
    """A time, as the engine has it: at most ROOST_FOREVER, and 1 for what is long past."""
    try:
        if 0 < seconds < 9.2e9:
            return int(seconds * 1e9 + 0.5) or 1
        if seconds != seconds:
            raise ValueError("a time is a number of seconds, not NaN")
        return c.ROOST_FOREVER if seconds > 0 else 1
    except TypeError:
        raise TypeError(f"a time is a number of seconds, not {seconds!r}") from None


def grace_of(seconds: float | None) -> int:
    """A grace, as the engine has it: 0 where none is given (C11)."""
    if seconds is None:
        return 0
    ns = nanoseconds(seconds)
    return c.ROOST_NOW if seconds <= 0 else ns
