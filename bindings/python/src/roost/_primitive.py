"""What the things that tasks wait for have in common: each stands on a primitive of the engine."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import c_uint64

from ._abi.constants import ROOST_ESTALE
from ._abi.library import lib
from ._abi.types import Usage
from ._errors import OrderError, check
from ._kernel import Host, current_host, local


class Primitive:
    """Opens its primitive of the engine in the run that first uses it, so that it may be made
    anywhere; in a later run it begins anew. When nobody names it any more the primitive is given
    up, on whatever thread that happens (C14c)."""

    __slots__ = ("__weakref__", "_id", "_runtime")

    def __init__(self) -> None:
        self._id = 0
        self._runtime = 0

    def _open(self, host: Host) -> int:
        """Opens the primitive in a run: its handle."""
        raise NotImplementedError

    def _in(self, host: Host) -> int:
        """Its handle in this run."""
        if self._runtime != host.runtime:
            if self._id:
                self._leave()
            self._id, self._runtime = self._open(host), host.runtime
        return self._id

    def _now(self) -> int:
        """Its handle, for a call that has to find done all that was asked before it."""
        host = current_host()
        host.flush()
        return self._in(host)

    def _used(self) -> bool:
        """Whether the run that goes on here uses it; then all that was asked before is done."""
        if not self._id:
            return False
        host = local.host
        if host is None or host.runtime != self._runtime:
            self._leave()
            return False
        host.flush()
        return True

    def _leave(self) -> None:
        """What used it is no run of this thread: it must be over."""
        if lib.roost_usage_of(self._id, Usage()) != ROOST_ESTALE:
            raise OrderError(
                f"this {type(self).__name__} is used by a run in another thread; make one for each "
                "run, or call there by roost.from_thread"
            )

    def _usage(self) -> Usage:
        """What is made of it; nothing, where no run uses it."""
        usage = Usage()
        if self._used():
            check(lib.roost_usage_of(self._id, usage))
        return usage

    def __del__(self, release: Callable[[int], int] = lib.roost_release_id) -> None:
        if self._id:
            release(self._id)


def opened(call: Callable[..., int], *arguments: object) -> int:
    """The handle that an opening call gives."""
    out = c_uint64()
    check(call(*arguments, out))
    return out.value
