"""Channels: queues of objects between tasks."""

from __future__ import annotations

from ctypes import c_void_p
from typing import TYPE_CHECKING, Any

from .._abi.callables import _drop, _held, held, hold
from .._abi.library import lib
from .._errors import check
from ._calls import opened
from ._sync import UNBOUND, Primitive, tried, whole
from ._waits import Call, Told, Wait, begun, waits_for

if TYPE_CHECKING:
    from ._parents import Parent
    from ._runtime import Runtime


class Channel(Primitive):
    """A queue of objects with room for `capacity` of them; None: no bound. With 0, every send waits
    for its receiver."""

    __slots__ = ()

    def __init__(self, runtime: Runtime, capacity: int | None = 0) -> None:
        room = UNBOUND if capacity is None else whole("a capacity", capacity)
        super().__init__(opened(lib.roost_channel_open, runtime.id, room, _drop))

    def send(self, within: Parent, item: object, fn: Told, *args: object) -> Wait:
        """Sends an item, and waits until there is room for it, or a receiver. With an error in
        `fn` it was not sent: `Cancelled`, or `ClosedResourceError`."""
        waits_for(within, "send()")
        call = SendCall(within, "send()", fn, args)
        call.item, _ = hold(item)
        return Wait(begun(call, lib.roost_channel_send, self._id, within.id, call.item))

    def try_send(self, item: object) -> bool:
        """Sends an item, if that can be done without waiting: whether it did. Raises
        `ClosedResourceError` when the channel is closed."""
        held, _ = hold(item)
        rc = lib.roost_channel_try_send(self._id, held)
        if rc < 0:
            del _held[held]
        return tried(rc)

    def receive(self, within: Parent, fn: Told, *args: object) -> Wait:
        """Waits for an item, which is the value. With an error in `fn` none was taken: `Cancelled`,
        or `ClosedResourceError` when the channel is closed and empty."""
        waits_for(within, "receive()")
        call = ReceiveCall(within, "receive()", fn, args)
        call.item = c_void_p()
        return Wait(begun(call, lib.roost_channel_receive, self._id, within.id, call.item))

    def try_receive(self) -> Any:
        """Takes an item; raises `WouldBlock` when there is none, and `ClosedResourceError` when the
        channel is closed and empty."""
        item = c_void_p()
        check(lib.roost_channel_try_receive(self._id, item))
        return _taken(item)

    def close(self) -> None:
        """Closes the channel: nothing more can be sent, and what is in it can still be received."""
        check(lib.roost_channel_close(self._id))

    def destroy(self) -> None:
        """Destroys the channel with what is in it: all waits end with `ClosedResourceError`."""
        check(lib.roost_channel_destroy(self._id))


class SendCall(Call):
    """The function of a send."""

    __slots__ = ("item",)

    item: int

    def value(self, rc: int) -> None:
        self.item = 0  # which is the channel's now, or the receiver's

    def over(self) -> None:
        _held.pop(self.item, None)
        super().over()


class ReceiveCall(Call):
    """The function of a receive."""

    __slots__ = ("item",)

    item: c_void_p

    def value(self, rc: int) -> Any:
        return _taken(self.item)


def _taken(item: c_void_p) -> Any:
    """The object behind an item, which is the program's now."""
    value = held(item.value)
    del _held[item.value or 0]
    return value
