"""Seeing what runs: dumps, traces, counters and reports (O1-O4)."""

from __future__ import annotations

import math
from codecs import getincrementaldecoder
from collections.abc import Callable
from dataclasses import dataclass, fields
from io import TextIOBase
from os import PathLike
from types import TracebackType
from typing import IO, Any, Literal, Protocol, TypeAlias

from ._abi import callables, types
from ._abi.constants import (
    ROOST_GRAPHVIZ,
    ROOST_HANG,
    ROOST_JSON,
    ROOST_LONG_STEP,
    ROOST_SECOND,
    ROOST_STALL,
    ROOST_TEXT,
)
from ._abi.library import lib
from ._convert import nanoseconds
from ._errors import check
from ._kernel import current_host

Format: TypeAlias = Literal["text", "json", "graphviz"]
Kind: TypeAlias = Literal["stall", "long step", "hang"]

_FORMATS = {"text": ROOST_TEXT, "json": ROOST_JSON, "graphviz": ROOST_GRAPHVIZ}
_KINDS: dict[int, Kind] = {ROOST_STALL: "stall", ROOST_LONG_STEP: "long step", ROOST_HANG: "hang"}


# The runtimes of which a trace is being written.
_traced: set[int] = set()


class _Node(Protocol):
    """A task handle, a group or a scope."""

    @property
    def id(self) -> int: ...


def dump(node: _Node | None = None, format: Format = "text") -> str:  # noqa: A002
    """What is alive in a task, a group or a scope, or, without one, in the whole run: of each node
    its name, its state, its deadline and shield, since when and why it is cancelled, what it waits
    for and since when, and the cleanups that are registered (O1).

    "text" is a drawing for people, "json" an object whose `nodes` lists all, each after its parent,
    "graphviz" a digraph for dot; Docs/dump.md says what is in them. It takes time in proportion to
    the length of the text. ValueError: no such format, or the node is not open. Outside of
    `roost.run`, and on another thread than its: RuntimeError.
    """
    if format not in _FORMATS:
        raise ValueError(f'the format of a dump is "text", "json" or "graphviz", not {format!r}')
    host = current_host()
    host.flush()
    handle = lib.roost_root(host.runtime) if node is None else node.id
    if not handle:
        raise ValueError(f"{node!r} is not open, so there is nothing in it to see")
    pieces: list[bytes] = []
    check(lib.roost_dump(handle, _FORMATS[format], *callables.write(pieces.append)))
    return b"".join(pieces).decode(errors="replace")


class trace:  # noqa: N801 (used like a function)
    """Writes a trace in a `with` block: the life of every node, those alive at its beginning
    included, as a JSON document in the Trace Event format, which Perfetto and chrome://tracing open
    (O2).

        with roost.trace("trace.json"):
            ...

    `target` is a path, whose file is written anew, or an open file, of bytes or of text, which is
    left open. Times are those of the run's clock. What writing raises ends the trace, and is raised
    at the end of the block. RuntimeError: there is a trace already; or outside of `roost.run`.
    """

    def __init__(self, target: str | PathLike[str] | IO[bytes] | IO[str]) -> None:
        self._target = target
        self._file: Any = None
        self._runtime = 0
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._error: BaseException | None = None

    def __enter__(self) -> None:
        host = current_host()
        if self._runtime:
            raise RuntimeError("a trace is written once; make another with roost.trace(...)")
        if host.runtime in _traced:
            raise RuntimeError("a trace of this run is being written; end that one first")
        host.flush()
        if isinstance(self._target, (str, PathLike)):
            self._file = open(self._target, "wb")
        else:
            self._file = self._target
        try:
            check(lib.roost_trace_start(host.runtime, *callables.write(self._write)))
        except BaseException:
            self._close()
            raise
        self._runtime = host.runtime
        _traced.add(host.runtime)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        lib.roost_trace_stop(self._runtime)
        _traced.discard(self._runtime)
        failed, self._error = self._error, None
        try:
            self._close()
        except OSError as failure:
            failed = failed or failure
        if failed and error is None:
            try:
                raise failed
            finally:
                failed = None  # which this frame is in the traceback of

    def _write(self, piece: bytes) -> None:
        if self._error:
            return
        try:
            if isinstance(self._file, TextIOBase):
                self._file.write(self._decode(piece))
            else:
                self._file.write(piece)
        except BaseException as error:
            self._error = error

    def _close(self) -> None:
        if self._file is not self._target and self._file:
            self._file.close()


@dataclass(frozen=True)
class Counters:
    """What a run has done (O4): of each kind how many there are now, and how many there ever were.
    The root is counted as a group; the tasks of cleanups are no tasks here."""

    tasks: int
    groups: int
    scopes: int
    waits: int
    cleanups: int  # registered
    events: int
    limiters: int
    locks: int
    conditions: int
    channels: int
    all_tasks: int
    all_groups: int
    all_scopes: int
    all_waits: int
    all_cleanups: int
    all_events: int
    all_limiters: int
    all_locks: int
    all_conditions: int
    all_channels: int
    completed: int  # tasks that ended so
    failed: int
    cancelled: int
    strays: int  # functions of abandoned tasks that have not returned
    posts: int  # functions that were posted and called
    turns: int  # of the loop, in which anything of ours was done
    # Of nodes that were cancelled themselves: how many took, from that to their end, 2**i to
    # 2**(i + 1) nanoseconds; the first also less, the last also more.
    cancel_to_end: tuple[int, ...]


def counters() -> Counters:
    """The counters of the run, as they are now. Outside of `roost.run`: RuntimeError."""
    host = current_host()
    host.flush()
    return counters_of(host.runtime)


def counters_of(runtime: int) -> Counters:
    """The counters of a runtime, by its handle."""
    read = types.Counters()
    check(lib.roost_counters_of(runtime, read))
    values = {field.name: getattr(read, field.name) for field in fields(Counters)}
    return Counters(**{**values, "cancel_to_end": tuple(read.cancel_to_end)})


@dataclass(frozen=True)
class Suspect:
    """A task that a stalled node waits for."""

    id: int
    name: str


@dataclass(frozen=True)
class Report:
    """What hinders the program (O3).

    `kind`: "stall", a node was cancelled `duration` seconds ago and has not ended; "long step", a
    step has held the loop for `duration` seconds of real time, and is over now; "hang", on the
    virtual clock nothing is left that could happen (D4). `id` and `name` are those of the node that
    was cancelled, of that whose step it was, of the root. `suspects` are the tasks that a stalled
    node waits for, at most 100 of `suspect_count`. `text` says all this in words, with a dump.
    """

    kind: Kind
    id: int
    name: str
    duration: float
    suspects: tuple[Suspect, ...]
    suspect_count: int
    text: str


def reporting(
    report: Callable[[Report], object] | None, stall: float | None, step: float | None
) -> dict[str, Any]:
    """What a runtime is opened with to have reports told to `report`, or, without one, written to
    standard error: of stalls after `stall` seconds, of steps as long as `step` seconds, of neither
    where None is given."""
    if report is not None and not callable(report):
        raise TypeError(f"report is a function that takes a roost.Report, not {report!r}")
    options: dict[str, Any] = {"stall_ns": _after("stall", stall), "step_ns": _after("step", step)}
    if report is not None:
        tell = report
        options.update(callables.report(lambda said: tell(_reported(said))))
    return options


def _after(name: str, seconds: float | None) -> int:
    if seconds is None:
        return 0
    if not seconds > 0 or math.isinf(seconds):
        raise ValueError(f"{name} is a number of seconds above 0, or None for never, not {seconds}")
    return nanoseconds(seconds)


def _reported(said: types.Report) -> Report:
    suspects = []
    suspect = said.suspects
    while suspect:
        suspects.append(Suspect(suspect.contents.task, _str(suspect.contents.name)))
        suspect = suspect.contents.next
    return Report(
        kind=_KINDS[said.kind],
        id=said.node,
        name=_str(said.name),
        duration=said.duration_ns / ROOST_SECOND,
        suspects=tuple(suspects),
        suspect_count=said.suspect_count,
        text=_str(said.text),
    )


def _str(text: bytes) -> str:
    return text.decode(errors="replace")
