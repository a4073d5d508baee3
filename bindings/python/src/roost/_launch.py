"""How a child process is started: what the caller says of it, as roost_run_process takes it."""

from __future__ import annotations

import grp
import os
import pwd
import signal
from array import array
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from ctypes import c_char_p, c_int64, c_void_p, pointer
from math import isinf
from os import PathLike
from subprocess import DEVNULL, PIPE, STDOUT
from types import TracebackType
from typing import IO, Any, TypeAlias

from ._abi.constants import ROOST_FOREVER, ROOST_SECOND
from ._abi.declare import Pointer
from ._abi.library import lib
from ._abi.reading import exit_signal, exit_status
from ._abi.types import DropFn, ProcessOptions, StopStep, WaitFn
from ._pipes import ReceivePipe, SendPipe

StrOrBytesPath: TypeAlias = "str | bytes | PathLike[str] | PathLike[bytes]"
Command: TypeAlias = "StrOrBytesPath | Sequence[StrOrBytesPath]"
Stream: TypeAlias = "int | IO[Any] | None"
Stop: TypeAlias = "Iterable[tuple[int, float]]"

STOP: Stop = ((signal.SIGTERM, 5.0),)

# Of libuv.
_SETUID, _SETGID, _DETACHED = 1, 2, 8
_IGNORE, _INHERIT_FD = 0, 2


class Launch:
    """One start of a child, and our ends of its pipes. All is checked before anything is opened.
    As a context manager it closes at its end what of the descriptors is still its own."""

    def __init__(
        self,
        command: Command,
        *,
        stdin: Stream,
        stdout: Stream,
        stderr: Stream,
        cwd: StrOrBytesPath | None,
        env: Mapping[str, str] | None,
        startupinfo: Any,
        creationflags: int,
        start_new_session: bool,
        pass_fds: Sequence[int],
        user: str | int | None,
        group: str | int | None,
        stop: Stop,
    ) -> None:
        if startupinfo is not None or creationflags:
            raise ValueError("startupinfo and creationflags are for Windows, where roost is not")
        words = _words(command)
        self.file = words[0]
        self._cwd = None if cwd is None else _text(cwd)
        self._streams = _Streams(stdin, stdout, stderr, pass_fds)
        steps = _steps(stop)
        self.pid = c_int64()
        self._kept: list[object] = [steps]  # to which the options point
        self._options = ProcessOptions(
            file=self.file,
            folder=self._cwd,
            stop=_at(steps, Pointer[StopStep]),
            stop_count=len(steps) // 2,
            pid=pointer(self.pid),
            flags=_DETACHED if start_new_session else 0,
        )
        self._options.args = self._texts(words)
        if env is not None:
            self._options.env = self._texts([_variable(name, env[name]) for name in env])
        if user is not None:
            self._options.flags |= _SETUID
            self._options.uid = user if isinstance(user, int) else pwd.getpwnam(user).pw_uid
        if group is not None:
            self._options.flags |= _SETGID
            self._options.gid = group if isinstance(group, int) else grp.getgrnam(group).gr_gid

    def __enter__(self) -> Launch:
        self._streams.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._streams.close()

    def begin(self, node: int, fn: WaitFn, data: int, drop: DropFn) -> int:
        """Starts the child, as a wait of the node; its ends of the pipes are its own then."""
        containers = self._streams.containers
        self._options.stdio, length = containers.buffer_info()
        self._options.stdio_count = length // 2
        try:
            return lib.roost_run_process(self._options, node, fn, data, drop, None)
        finally:
            self._streams.hand_over()

    @property
    def stdin(self) -> SendPipe | None:
        return self._streams.stdin

    @property
    def stdout(self) -> ReceivePipe | None:
        return self._streams.stdout

    @property
    def stderr(self) -> ReceivePipe | None:
        return self._streams.stderr

    def keep(self) -> None:
        """Our ends of the pipes are the caller's from now on."""
        self._streams.ours.pop_all()

    def _texts(self, texts: list[bytes]) -> Any:
        """As C has a list of texts: the last is followed by NULL."""
        pointers = [c_char_p(text) for text in texts]
        addresses = array("Q", [c_void_p.from_buffer(text).value or 0 for text in pointers])
        addresses.append(0)
        self._kept += (pointers, addresses)
        return _at(addresses, Pointer[c_char_p])

    def explain(self, error: Exception) -> Exception:
        """The error of a child that could not be started, as subprocess has it."""
        if not isinstance(error, OSError) or error.errno is None:
            return error
        name = self.file
        if self._cwd is not None and not os.path.isdir(self._cwd):
            name = self._cwd
        return OSError(error.errno, os.strerror(error.errno), os.fsdecode(name))


def returncode(rc: int) -> int:
    """As subprocess has it: a signal that has ended it is a negative number."""
    return -exit_signal(rc) or exit_status(rc)


class _Streams:
    """The child's descriptors: pipes, of which one end is ours, and what it is given."""

    def __init__(
        self, stdin: Stream, stdout: Stream, stderr: Stream, pass_fds: Sequence[int]
    ) -> None:
        if stdin == STDOUT or stdout == STDOUT:
            raise ValueError("STDOUT is for stderr, which goes then where stdout goes")
        self._wanted = [_wanted(stdin), _wanted(stdout), _wanted(stderr)]
        self._passed = [_wanted(number) for number in pass_fds]
        if any(number is None or number < 0 for number in self._passed):
            raise ValueError("pass_fds holds the numbers of open descriptors")
        self.ours = ExitStack()
        self._theirs = ExitStack()
        self.stdin: SendPipe | None = None
        self.stdout: ReceivePipe | None = None
        self.stderr: ReceivePipe | None = None

    def open(self) -> None:
        """Opens the pipes, and describes all the descriptors for libuv."""
        size = max([3, *(number + 1 for number in self._passed if number is not None)])
        # Of uv_stdio_container_t: an int of flags, and what is a descriptor here, of 8 bytes each.
        self.containers = array("q", [_IGNORE, 0] * size)
        try:
            for number in self._passed:
                if number is not None:
                    self._give(number, number)
            for number, wanted in enumerate(self._wanted):
                if wanted == PIPE:
                    self._give(number, self._pipe(number))
                elif wanted == STDOUT:
                    self.containers[2 * number : 2 * number + 2] = self.containers[2:4]
                elif wanted != DEVNULL:
                    self._give(number, number if wanted is None else wanted)
        except BaseException:
            self.close()
            raise

    def hand_over(self) -> None:
        self._theirs.close()

    def close(self) -> None:
        self._theirs.close()
        self.ours.close()

    def _give(self, number: int, descriptor: int) -> None:
        self.containers[2 * number : 2 * number + 2] = array("q", [_INHERIT_FD, descriptor])

    def _pipe(self, number: int) -> int:
        """Opens a pipe, and answers the child's end."""
        reader, writer = os.pipe()
        theirs, ours = (reader, writer) if number == 0 else (writer, reader)
        self._theirs.callback(os.close, theirs)
        pipe = SendPipe(ours) if number == 0 else ReceivePipe(ours)
        self.ours.callback(pipe.close)
        setattr(self, ("stdin", "stdout", "stderr")[number], pipe)
        return theirs


def _wanted(stream: Stream) -> int | None:
    """A descriptor, PIPE, STDOUT, DEVNULL, or None: the program's own."""
    number = stream if stream is None or isinstance(stream, int) else stream.fileno()
    if number is not None and number < 0 and number not in (PIPE, STDOUT, DEVNULL):
        raise ValueError(f"the number of a descriptor is 0 or more, not {number}")
    return number


def _text(value: StrOrBytesPath) -> bytes:
    text = os.fsencode(value)
    if b"\0" in text:
        raise ValueError(f"there is a null character in {value!r}")
    return text


def _words(command: Command) -> list[bytes]:
    """What is run: a command of the shell's where it is one text."""
    if isinstance(command, (str, bytes, PathLike)):
        return [b"/bin/sh", b"-c", _text(command)]
    words = [_text(word) for word in command]
    if not words or not words[0]:
        raise ValueError("a command begins with the program to run")
    return words


def _variable(name: str, value: str) -> bytes:
    if not name or "=" in name:
        raise ValueError(f"a variable of the environment cannot have the name {name!r}")
    return _text(name) + b"=" + _text(value)


def _at(values: array[int], kind: Any) -> Any:
    """A pointer to numbers. An array of ctypes would make a new type for each length."""
    return kind.from_buffer(c_void_p(values.buffer_info()[0]))


def _steps(stop: Stop) -> array[int]:
    """As C has a list of roost_stop_step: the signal and the nanoseconds of each."""
    steps = array("q")
    for number, allowed in stop:
        if number not in signal.valid_signals():
            raise ValueError(f"stop has a signal that does not exist: {number!r}")
        steps += array("q", [number, _nanoseconds(allowed)])
    if not 1 <= len(steps) // 2 <= 16:
        raise ValueError("stop has from 1 to 16 signals, each with the seconds allowed after it")
    return steps


def _nanoseconds(seconds: float) -> int:
    if not seconds >= 0:
        raise ValueError(f"a child is allowed 0 seconds or more, not {seconds}")
    return ROOST_FOREVER if isinf(seconds) else min(int(seconds * ROOST_SECOND), ROOST_FOREVER)
