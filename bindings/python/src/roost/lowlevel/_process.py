"""Child processes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from ctypes import POINTER, Array, Structure, Union, addressof, c_char_p, c_int, c_void_p, cast

from .._abi.reading import exit_signal, exit_status
from .._abi.types import ProcessOptions, StopStep
from ._calls import c_number, length_ns
from ._waits import Call

UV_IGNORE = 0
UV_INHERIT_FD = 2


class _Which(Union):
    _fields_ = (("stream", c_void_p), ("fd", c_int))


class _Stdio(Structure):
    """A `uv_stdio_container_t`: what a descriptor of the child is."""

    _fields_ = (("flags", c_int), ("data", _Which))


class ProcessCall(Call):
    """The function of a wait for a process."""

    __slots__ = ()

    def value(self, rc: int) -> int:
        return -exit_signal(rc) or exit_status(rc)


def process_options(
    command: Sequence[str],
    stdio: Sequence[int | None],
    env: Mapping[str, str] | None,
    cwd: str | os.PathLike[str] | None,
    stop: Sequence[tuple[int, float]],
) -> ProcessOptions:
    """The options of a process; what they point to lives as long as they do."""
    if isinstance(command, str) or not command:
        raise ValueError(f"a command is a list of its name and its arguments, not {command!r}")
    fds = (_Stdio * len(stdio))()
    for container, fd in zip(fds, stdio, strict=True):
        container.flags = UV_IGNORE if fd is None else UV_INHERIT_FD
        container.data.fd = -1 if fd is None else c_number("a descriptor", fd)
    steps = [
        StopStep(c_number("a signal", signum), length_ns("a time in `stop`", time))
        for signum, time in stop
    ]
    options = ProcessOptions(
        file=_text(command[0]),
        folder=None if cwd is None else _text(os.fspath(cwd)),
        stdio=addressof(fds),
        stdio_count=len(fds),
        stop=(StopStep * len(steps))(*steps),
        stop_count=len(steps),
    )
    options.args = cast(_texts(command), POINTER(c_char_p))
    if env is not None:
        options.env = cast(
            _texts([f"{name}={value}" for name, value in env.items()]), POINTER(c_char_p)
        )
    options.held = fds  # an address keeps nothing alive
    return options


def _text(value: str) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"what a process is given is made of str, not {value!r}")
    if "\0" in value:
        raise ValueError(f"{value!r} has a null character, which no program can be given")
    return os.fsencode(value)


def _texts(values: Sequence[str]) -> Array[c_char_p]:
    """A NULL-terminated array of strings."""
    return (c_char_p * (len(values) + 1))(*map(_text, values), None)
