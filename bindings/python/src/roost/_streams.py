"""Streams of objects between tasks: what one sends, another receives, in order, each exactly once.

An item that was sent is received, or is still in the stream: a send that was cancelled has not sent
its item, and a receive that was cancelled has taken none (C4).

Each end may be cloned, so that several tasks can close it independently: it is closed when all its
clones are. Both ends may be made anywhere; they are used in one run at a time, on its thread. What
is in the stream at the end of a run can be received in the next.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from ctypes import c_void_p
from itertools import count
from types import TracebackType
from typing import Any, Generic, TypeVar

from ._abi.constants import (
    ROOST_ASK_RECEIVE,
    ROOST_ASK_SEND,
    ROOST_EAGAIN,
    ROOST_ECLOSED,
    ROOST_ESTALE,
)
from ._abi.library import lib
from ._abi.types import DropFn
from ._ask import ask, checkpoint
from ._errors import (
    BrokenResourceError,
    ClosedResourceError,
    EndOfStream,
    WouldBlock,
    check,
)
from ._kernel import Host, current_host, running_task
from ._limiters import NO_BOUND
from ._primitive import Primitive, opened
from ._statistics import MemoryObjectStreamStatistics

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)
E = TypeVar("E", bound="_End")

CLOSED = "this end of the stream was closed here; use a clone of it that is open"


class _Stream(Primitive, Generic[T]):
    """The channel of the engine, in which each item is a number, and what both ends share."""

    __slots__ = ("capacity", "items", "receivers", "senders", "tokens")

    def __init__(self, capacity: float) -> None:
        super().__init__()
        self.capacity = capacity
        self.items: dict[int, T] = {}  # by their tokens: in the stream, about to be, or just taken
        self.tokens = count(1)
        self.senders = self.receivers = 0

    def _open(self, host: Host) -> int:
        room = NO_BOUND if self.capacity == math.inf else min(int(self.capacity), NO_BOUND)
        channel = opened(lib.roost_channel_open, host.runtime, room, DropFn())
        for token in self.items:  # what is left of an earlier run
            check(lib.roost_channel_try_send(channel, token))
        if not self.senders or not self.receivers:
            check(lib.roost_channel_close(channel))
        return channel

    def close(self) -> None:
        """One end is closed: who waits is told so, and what nobody can receive any more goes."""
        used = self._used()
        if used:
            check(lib.roost_channel_close(self._id))
        if self.receivers == 0:
            if used:
                out = c_void_p()
                while lib.roost_channel_try_receive(self._id, out) == 0:
                    del self.items[out.value or 0]
            else:
                self.items.clear()

    def statistics(self) -> MemoryObjectStreamStatistics:
        used = self._used()
        usage = self._usage()
        return MemoryObjectStreamStatistics(
            usage.count if used else len(self.items),
            self.capacity,
            self.senders,
            self.receivers,
            usage.waiting,
            usage.receiving,
        )


class _End:
    """What the two ends have in common."""

    __slots__ = ("__weakref__", "_closed", "_stream", "_waiting")

    def __init__(self, stream: _Stream[Any]) -> None:
        self._stream = stream
        self._closed = False
        self._waiting: dict[int, None] = {}  # the keys of the tasks that wait at it
        self._count(1)

    def _count(self, change: int) -> int:
        """How many clones of this end are open."""
        raise NotImplementedError

    def clone(self: E) -> E:
        """Another of this end, to be closed by itself. ClosedResourceError: this one is closed."""
        self._refuse_closed()
        return type(self)(self._stream)

    def close(self) -> None:
        """Closes this clone, and the end with the last of its clones. Who waits at it gets
        ClosedResourceError, unless the item has gone through already. Later calls do nothing."""
        if self._closed:
            return
        used = self._stream._used()  # refuses, before anything is changed, on a wrong thread
        self._closed = True
        if self._count(-1) == 0:
            self._stream.close()
        elif used:
            for key in self._waiting:
                rc = lib.roost_host_interrupt(self._stream._runtime, key, ROOST_ECLOSED)
                if rc != ROOST_ESTALE:  # its wait is over, and it only has not gone on yet
                    check(rc)

    async def aclose(self) -> None:
        """The same as close; it does not wait."""
        self.close()

    def statistics(self) -> MemoryObjectStreamStatistics:
        """What is in the stream, and who waits at either end."""
        return self._stream.statistics()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise ClosedResourceError(CLOSED)

    def _because(self, other: Exception) -> Exception:
        """Why nothing goes through any more: this clone was closed, or else the other end."""
        return ClosedResourceError(CLOSED) if self._closed else other

    def __enter__(self: E) -> E:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self: E) -> E:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self, warn: Callable[..., None] = warnings.warn) -> None:
        if not getattr(self, "_closed", True):
            message = f"{type(self).__name__} was not closed; close every clone, as by `with`"
            warn(message, ResourceWarning, stacklevel=1, source=self)


class MemoryObjectSendStream(_End, Generic[T_contra]):
    """The end into which items are sent."""

    __slots__ = ()

    def _count(self, change: int) -> int:
        self._stream.senders += change
        return self._stream.senders

    async def send(self, item: T_contra) -> None:
        """Sends an item, and waits until there is room for it, or a receiver.

        ClosedResourceError: this clone was closed. BrokenResourceError: nobody can receive it,
        all clones of the other end were closed. The item is not sent then.
        """
        if self._closed:
            await checkpoint()
            self._refuse_closed()
        stream, key = self._stream, running_task()._key
        channel, token = stream._in(current_host()), next(stream.tokens)
        stream.items[token] = item
        self._waiting[key] = None
        try:
            await ask(ROOST_ASK_SEND, channel, token)
        except ClosedResourceError:
            del stream.items[token]
            raise self._because(broken()) from None
        except BaseException:
            del stream.items[token]
            raise
        finally:
            del self._waiting[key]

    def send_nowait(self, item: T_contra) -> None:
        """Sends an item if there is room for it, or a receiver, whether the task is cancelled or
        not.

        WouldBlock: there is neither. Else as send.
        """
        self._refuse_closed()
        stream = self._stream
        channel, token = stream._now(), next(stream.tokens)
        stream.items[token] = item
        rc = lib.roost_channel_try_send(channel, token)
        if rc < 0:
            del stream.items[token]
            if rc == ROOST_EAGAIN:
                raise WouldBlock("the stream is full and nobody receives; wait with send")
            if rc == ROOST_ECLOSED:
                raise broken()
            check(rc)


class MemoryObjectReceiveStream(_End, Generic[T_co]):
    """The end from which items are received; `async for` takes all, until the other is closed."""

    __slots__ = ()

    def _count(self, change: int) -> int:
        self._stream.receivers += change
        return self._stream.receivers

    async def receive(self) -> T_co:
        """Takes the first item, and waits until there is one.

        ClosedResourceError: this clone was closed. EndOfStream: nothing is left, and all clones of
        the other end were closed.
        """
        if self._closed:
            await checkpoint()
            self._refuse_closed()
        stream, key = self._stream, running_task()._key
        channel = stream._in(current_host())
        self._waiting[key] = None
        try:
            token = await ask(ROOST_ASK_RECEIVE, channel)
        except ClosedResourceError:
            raise self._because(ended()) from None
        finally:
            del self._waiting[key]
        item: T_co = stream.items.pop(token)
        return item

    def receive_nowait(self) -> T_co:
        """Takes the first item if there is one, whether the task is cancelled or not.

        WouldBlock: there is none. Else as receive.
        """
        self._refuse_closed()
        channel, out = self._stream._now(), c_void_p()
        rc = lib.roost_channel_try_receive(channel, out)
        if rc == ROOST_EAGAIN:
            raise WouldBlock("the stream is empty and nobody sends; wait with receive")
        if rc == ROOST_ECLOSED:
            raise ended()
        check(rc)
        item: T_co = self._stream.items.pop(out.value or 0)
        return item

    def __aiter__(self) -> MemoryObjectReceiveStream[T_co]:
        return self

    async def __anext__(self) -> T_co:
        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None


def broken() -> BrokenResourceError:
    return BrokenResourceError("nobody can receive: the other end of the stream was closed")


def ended() -> EndOfStream:
    return EndOfStream("nothing more will come: the other end of the stream was closed")


class create_memory_object_stream(  # noqa: N801 (it is called like a function)
    tuple[MemoryObjectSendStream[T], MemoryObjectReceiveStream[T]]
):
    """Makes a stream: its two ends. `create_memory_object_stream[int](10)` says what its items are.

    `max_buffer_size` items have room in it, math.inf for no bound; with 0 each send waits for its
    receiver.
    """

    def __new__(  # type: ignore[misc]
        cls, max_buffer_size: float = 0
    ) -> tuple[MemoryObjectSendStream[T], MemoryObjectReceiveStream[T]]:
        if max_buffer_size != math.inf and not isinstance(max_buffer_size, int):
            raise ValueError(f"max_buffer_size must be an int or math.inf, not {max_buffer_size!r}")
        if max_buffer_size < 0:
            raise ValueError("max_buffer_size must be >= 0")
        stream = _Stream[T](max_buffer_size)
        return MemoryObjectSendStream(stream), MemoryObjectReceiveStream(stream)
