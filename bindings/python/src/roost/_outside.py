"""What comes from outside: descriptors that can be read or written, and signals (S3)."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from ctypes import c_uint64
from signal import Signals, valid_signals
from types import TracebackType
from typing import Protocol, TypeAlias

from ._abi import callables
from ._abi.constants import ROOST_ASK_RECEIVE
from ._abi.library import lib
from ._abi.types import DropFn, JoinFn, ScopeOptions
from ._ask import ask, wait
from ._errors import ClosedResourceError, check
from ._kernel import NO_DROP, WAKE, Host, current_host

# Who gets a fault cannot wait for it, and two signals nobody gets.
_NOT_WAITED_FOR = frozenset(
    number
    for name in ("SIGKILL", "SIGSTOP", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL")
    if (number := getattr(Signals, name, None))
)


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


FileDescriptorLike: TypeAlias = "int | _HasFileno"


async def wait_readable(obj: FileDescriptorLike) -> None:
    """Waits until a descriptor can be read: until there is something to read, or its end, or an
    error, of which a read tells.

    `obj` is a descriptor's number, or has a `fileno()`, as sockets and files have. Nothing is
    changed in it: make it one that does not block (`setblocking(False)`), and be ready for a
    BlockingIOError. That of a regular file can always be read.

    A wait that is cancelled has taken nothing (C4). ClosedResourceError: the descriptor is closed,
    or was about to be while it was waited for (`notify_closing`). BusyResourceError: another task
    waits to read it. Outside of `roost.run`: RuntimeError.
    """
    await _ready(lib.roost_on_readable, obj)


async def wait_writable(obj: FileDescriptorLike) -> None:
    """Waits until a descriptor can be written to, or an error came, of which a write tells; so also
    until a socket is connected. Everything else is as with `wait_readable`, which does not hinder
    it: one task may wait to read, and one to write."""
    await _ready(lib.roost_on_writable, obj)


def notify_closing(obj: FileDescriptorLike) -> None:
    """Ends the waits for a descriptor that is about to be closed, with ClosedResourceError; one
    that has got what it waited for keeps that (C4). Call it before the descriptor is closed, and do
    not wait in between; without it, who waits goes on waiting for what is no longer there. It does
    nothing where nobody waits. For the thread of the run; elsewhere RuntimeError."""
    descriptor = _number(obj)
    host = current_host()
    host.flush()
    check(lib.roost_descriptor_closing(host.runtime, descriptor))


def open_signal_receiver(*signals: Signals) -> AbstractContextManager[AsyncIterator[Signals]]:
    """Receives signals of the process, in a `with` block:

        with roost.open_signal_receiver(signal.SIGTERM, signal.SIGHUP) as received:
            async for signum in received:
                ...

    In the block these signals do nothing else, in the order in which they come they are what the
    iterator gives, and none is lost between two rounds; those that come twice before anything is
    told may count as one, as the system has it. All receivers of a signal are told of it. After the
    block it does again what it did before. The iterator is for the tasks of the run that has opened
    it; after the block it raises ClosedResourceError.

    ValueError: nobody can wait for this signal (SIGKILL, SIGSTOP, and those of faults), or none is
    given. Outside of `roost.run`: RuntimeError.
    """
    return _SignalReceiver(signals)


def _number(obj: FileDescriptorLike) -> int:
    """The number of a descriptor that may be open."""
    if isinstance(obj, bool) or not (isinstance(obj, int) or hasattr(obj, "fileno")):
        raise TypeError(
            f"a descriptor is a number, or an object with a fileno() such as a socket, not {obj!r}"
        )
    if isinstance(obj, int):
        number = obj
        if not 0 <= number < 2**31:
            raise ValueError(f"the number of a descriptor is 0 or more, not {number}")
        return number
    try:
        number = obj.fileno()
    except ValueError:  # a file that is closed
        number = -1
    if number < 0:
        raise ClosedResourceError(f"{obj!r} is closed; wait for it before that")
    return number


async def _ready(begin: Callable[..., int], obj: FileDescriptorLike) -> None:
    current_host()
    descriptor = _number(obj)
    try:
        await wait(lambda task, key: begin(descriptor, task, WAKE, key, NO_DROP, None))
    except OSError as error:
        if error.errno != errno.EBADF:
            raise
        raise ClosedResourceError(
            f"descriptor {descriptor} is closed; wait for it before that, and end the waits for it "
            "by notify_closing() before it is closed"
        ) from None


class _SignalReceiver:
    """A wait of the engine's for each signal, which begins the next before it returns, so that none
    is missed; and the channel in which they are brought to the tasks."""

    def __init__(self, signals: tuple[int, ...]) -> None:
        self._signals = frozenset(signals)
        if not self._signals:
            raise ValueError("name the signals to receive, as in open_signal_receiver(SIGTERM)")
        for number in self._signals:
            if not isinstance(number, int):
                raise TypeError(f"a signal is one of signal.Signals, not {number!r}")
            if number not in valid_signals() or number in _NOT_WAITED_FOR:
                raise ValueError(f"there is no such signal, or nobody can wait for it: {number}")
        self._scope = 0
        self._channel = 0

    def __enter__(self) -> AsyncIterator[Signals]:
        if self._scope:
            raise RuntimeError("a signal receiver is opened once; call open_signal_receiver again")
        host = current_host()
        self._scope = outside_scope(host, b"signal receiver")
        try:
            channel = c_uint64()
            check(lib.roost_channel_open(host.runtime, 2**64 - 1, DropFn(), channel))
            self._channel = channel.value
            for number in self._signals:
                self._listen(number)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def __aiter__(self) -> AsyncIterator[Signals]:
        return self

    async def __anext__(self) -> Signals:
        if not self._channel:
            raise ClosedResourceError("a signal receiver is iterated over in its `with` block")
        return Signals(await ask(ROOST_ASK_RECEIVE, node=self._channel))

    def _listen(self, number: int) -> None:
        check(lib.roost_on_signal(number, self._scope, *callables.wait(self._told), None))

    def _told(self, wait: int, rc: int) -> None:
        if rc > 0 and self._channel:
            self._listen(rc)
            check(lib.roost_channel_try_send(self._channel, rc))

    def _close(self) -> None:
        # What was answered does not matter: after the run all this has gone with it.
        close_outside_scope(self._scope)
        lib.roost_channel_destroy(self._channel)
        self._channel = 0


# A scope beneath the root is nobody's bracket (T1c): what waits in it goes on whatever the tasks
# open and close. It is shielded, as its owner may be; the end of the run closes it all the same.


def outside_scope(host: Host, name: bytes) -> int:
    """Opens a scope for waits that belong to no task, until `close_outside_scope`."""
    host.flush()
    scope = c_uint64()
    options = ScopeOptions(name=name, shield=1)
    check(lib.roost_scope_open(lib.roost_root(host.runtime), options, scope))
    return scope.value


def close_outside_scope(scope: int) -> None:
    """Takes back what still waits in it."""
    lib.roost_join(scope, 0, JoinFn(), None, DropFn())
