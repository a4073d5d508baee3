"""What tasks, groups and scopes have in common: to be cancelled, shut down, shielded, timed out,
looked at."""

from __future__ import annotations

import math
from ctypes import c_uint64, create_string_buffer
from typing import TYPE_CHECKING, Literal

from .._abi.callables import write
from .._abi.constants import ROOST_FOREVER, ROOST_GRAPHVIZ, ROOST_JSON, ROOST_TEXT
from .._abi.library import lib
from .._abi.types import Reason as RawReason
from .._errors import Origin, Reason, check, reason_from
from ._calls import Answer, answer, cancel_options, length_ns, moment_ns, seconds

if TYPE_CHECKING:
    from ._runtime import Runtime

FORMATS = {"text": ROOST_TEXT, "json": ROOST_JSON, "graphviz": ROOST_GRAPHVIZ}


class Node:
    """A task, a group or a scope, by its handle. Two of these are equal that name the same node.

    The handle of a node that has ended harms nobody: what would change it raises RoostError, and
    cancelling it answers "ended" (T3, C6)."""

    __slots__ = ("__weakref__", "_id", "_owner", "_runtime")

    def __init__(self, runtime: Runtime, id: int, owner: int) -> None:  # noqa: A002
        self._runtime = runtime
        self._id = id
        self._owner = owner  # the task whose error it is what its callbacks raise; 0: there is none

    @property
    def id(self) -> int:
        """The engine's handle, for the functions of the C interface."""
        return self._id

    @property
    def runtime(self) -> Runtime:
        """The runtime to which the node belongs."""
        return self._runtime

    @property
    def name(self) -> str:
        """The node's name, "" for none (T4)."""
        buffer = create_string_buffer(64)
        check(lib.roost_name(self._id, buffer, 64))
        return buffer.value.decode(errors="replace")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self._id == other._id

    def __hash__(self) -> int:
        return hash(self._id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id:#x}>"

    # Cancelling.

    def cancel(
        self, reason: str | None = None, *, code: int = 0, origin: Origin = Origin.EXPLICIT
    ) -> Answer:
        """Cancels the node and everything beneath it (C1 to C7). When this returns, all of it is
        marked; what waits is told in later turns, and no callback has run. `origin` may be
        `EXPLICIT`, `SIGNAL` or `HOST`; `code` is any number, for the program's own use.

        "ok"; "already": it was cancelled before, and the first reason stands; "ended": it has
        ended, and nothing happens (C6); "asked", from another thread: the runtime's will do it.
        Any thread."""
        if not isinstance(origin, Origin):
            raise TypeError(f"an origin is Origin.EXPLICIT, SIGNAL or HOST, not {origin!r}")
        why = cancel_options(reason, code)
        why.origin = origin.number
        return answer(lib.roost_cancel(self._id, why))

    def shutdown(self, patience: float) -> Answer:
        """Marks the node and everything beneath it as stopping, lets it go on, and cancels what has
        not ended after `patience` seconds (C12). Waits of nodes opened with `until_stopping` end
        with the error `Stopping` at once. Another call can only bring that moment forward.

        Answers as `cancel`; "already": it was shut down before, and sooner. Any thread."""
        return answer(lib.roost_shutdown(self._id, length_ns("patience", patience)))

    @property
    def cancelled(self) -> bool:
        """Whether the node is effectively cancelled: itself, or by what is around it (C2). Looks at
        the clock first (K7); on another thread it only reads the mark. Any thread."""
        return check(lib.roost_cancelled(self._id)) == 1

    @property
    def cancel_called(self) -> bool:
        """Whether the node itself was cancelled, by a call or its deadline (C8)."""
        return check(lib.roost_cancel_called(self._id)) == 1

    @property
    def stopping(self) -> bool:
        """Whether the node, or one around it, is being shut down (C12)."""
        return check(lib.roost_stopping(self._id)) == 1

    @property
    def reason(self) -> Reason | None:
        """Why it is cancelled: the reason of the outermost node that is (C9); None: it is not."""
        check(lib.roost_cancelled(self._id))
        return self._why()

    # Shields and deadlines.

    def set_shield(self, on: bool) -> None:
        """Switches the shield on or off (C10): on, the node does not see the cancellation of what
        is around it; off, beneath a cancelled node, cancels at once."""
        check(lib.roost_set_shield(self._id, int(bool(on))))

    def set_deadline(self, deadline: float) -> None:
        """Moves the deadline, to a moment on the runtime's clock; math.inf takes it away. One that
        has passed cancels before this returns; then moving it changes nothing (D1)."""
        check(lib.roost_set_deadline(self._id, moment_ns(deadline)))

    @property
    def effective_deadline(self) -> float:
        """When the nearest deadline would reach the node, its own and those around it, shields
        counted (D3): a moment on the runtime's clock, math.inf when there is none, and -math.inf
        when it is cancelled already."""
        out = c_uint64()
        check(lib.roost_effective_deadline(self._id, out))
        if out.value == 0:
            return -math.inf
        return math.inf if out.value == ROOST_FOREVER else seconds(out.value)

    # Seeing.

    def dump(self, form: Literal["text", "json", "graphviz"] = "text") -> str:
        """What is alive in the node: the tree with states, deadlines, cancellations, waits and
        cleanups (O1). Docs/dump.md says what is in it."""
        if form not in FORMATS:
            raise ValueError(f"a dump is 'text', 'json' or 'graphviz', not {form!r}")
        pieces: list[bytes] = []
        check(lib.roost_dump(self._id, FORMATS[form], *write(pieces.append)))
        return b"".join(pieces).decode(errors="replace")

    # Of this package.

    def _why(self) -> Reason | None:
        """The reason that applies; None also when it has ended."""
        out = RawReason()
        return reason_from(out) if lib.roost_reason_of(self._id, out) == 1 else None

    def _failed(self, error: BaseException) -> None:
        """A callback of the node has raised: that is the error of its task, where there is one
        whose body has not ended."""
        self._runtime._failed(self._owner, error)
