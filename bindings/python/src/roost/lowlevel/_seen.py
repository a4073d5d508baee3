"""What can be seen of a runtime: dumps, traces, counters, and what it does at this moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from .._abi.callables import write
from .._abi.library import lib
from .._abi.types import Step
from .._errors import check
from .._see import Counters, counters_of
from ._calls import function, seconds

if TYPE_CHECKING:
    from ._group import Group


class Seen:
    """A runtime, as it is looked at."""

    __slots__ = ()

    if TYPE_CHECKING:
        _id: int

        @property
        def root(self) -> Group: ...

        def _plain(self, fn: Callable[..., object], *args: object) -> None: ...

    def dump(self, form: Literal["text", "json", "graphviz"] = "text") -> str:
        """`root.dump(...)`: the whole tree, and what goes on beside it (O1)."""
        return self.root.dump(form)

    def counters(self) -> Counters:
        """What the runtime has done (O4)."""
        return counters_of(self._id)

    def trace_start(self, fn: Callable[[bytes], object]) -> None:
        """Begins a trace: every node's life, in the Trace Event format, which Perfetto and
        chrome://tracing open (O2). `fn(piece)` gets one piece of UTF-8 after the other, as
        `file.write` takes them; the last one by `trace_stop`, or when the runtime is closed."""
        function("trace_start()", fn)

        check(lib.roost_trace_start(self._id, *write(lambda piece: self._plain(fn, piece))))

    def trace_stop(self) -> None:
        """Ends the trace; does nothing when there is none."""
        check(lib.roost_trace_stop(self._id))

    def current(self) -> tuple[str, int, float] | None:
        """The name and the handle of the node whose step runs at this moment, and since when, on
        the clock of `time.monotonic()` (O3); None: no step runs. Any thread."""
        step = Step()
        if check(lib.roost_current(self._id, step)) == 0:
            return None
        return step.name.decode(errors="replace"), step.node, seconds(step.since_ns)
