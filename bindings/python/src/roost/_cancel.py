"""Cancelling what has a handle, from any thread (C14)."""

from __future__ import annotations

from typing import Any, Literal

from ._abi import constants as c
from ._abi.library import lib
from ._abi.types import CancelOptions
from ._errors import Origin, check
from ._kernel import Host, local

Answer = Literal["ok", "already", "asked", "ended"]


def cancel_options(reason: str | None, code: int, origin: Origin) -> CancelOptions | None:
    """How a cancellation is told to the engine."""
    if origin not in (Origin.EXPLICIT, Origin.SIGNAL, Origin.HOST):
        raise ValueError(f"a program cancels as explicit, signal or host, not as {origin}")
    if not -(2**63) <= code < 2**63:
        raise ValueError(f"the code of a reason is a number of 64 bits, not {code}")
    if reason is None and not code and origin is Origin.EXPLICIT:
        return None
    message = None if reason is None else str(reason).encode(errors="replace")
    return CancelOptions(origin=origin.number, code=code, message=message)


def cancel_node(
    host: Host | None, node: Any, reason: str | None, code: int, origin: Origin
) -> Answer:
    """Cancels what has an `id`, from any thread (C14)."""
    options = cancel_options(reason, code, origin)
    if host is None:
        return "ended"
    if local.host is not host:
        if ident := getattr(node, "_id", 0):
            rc = lib.roost_cancel(ident, options)
        else:  # only the thread of its run knows it yet
            rc = host.post(lambda: lib.roost_cancel(node.id, options))
        return "asked" if rc >= 0 else "ended"
    ident = node.id
    host.flush()
    rc = lib.roost_cancel(ident, options) if ident else c.ROOST_ESTALE
    if rc == c.ROOST_ESTALE:
        return "ended"
    return "already" if check(rc) == c.ROOST_ALREADY else "ok"
