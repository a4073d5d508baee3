"""Cleanups: functions that run when a node has ended, however it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .._abi.callables import cleanup_options
from .._abi.constants import ROOST_ESTALE, ROOST_PENDING
from .._abi.library import lib
from .._abi.types import Outcome as RawOutcome
from .._abi.types import Reason as RawReason
from .._errors import check, reason_from
from ._calls import PENDING, called, function, opened, own, text
from ._ended import outcome_from

if TYPE_CHECKING:
    from ._node import Node


class Cleanup:
    """A cleanup that was registered by `defer`."""

    __slots__ = ("_id",)

    def __init__(self, id: int) -> None:  # noqa: A002
        self._id = id

    @property
    def id(self) -> int:
        """The engine's handle, for the functions of the C interface."""
        return self._id

    def undefer(self) -> bool:
        """Takes the cleanup back: it will not run (K3). True; or False where that comes too late:
        it has begun."""
        rc = lib.roost_undefer(self._id)
        return rc != ROOST_ESTALE and check(rc) == 0


def defer(
    node: Node,
    fn: Callable[..., object],
    args: tuple[object, ...],
    on_cancel: Callable[..., object] | None,
    name: str | None,
) -> Cleanup:
    """Registers a cleanup."""
    from ._task import Task  # which is a node, and takes cleanups itself

    function("defer()", fn)
    if on_cancel is not None:
        function("defer()", on_cancel)
    runtime = node.runtime

    def clean(task: int, why: RawOutcome) -> int:
        kept = runtime._kept.get(node.id)
        return run(fn, task, outcome_from(why, kept.exception if kept else None))

    def stop(task: int, why: RawReason) -> int:
        assert on_cancel is not None
        return run(on_cancel, task, reason_from(why))

    def run(callback: Callable[..., object], task: int, told: object) -> int:
        try:
            answer = called(callback, Task(runtime, task), told, *args)
            if answer is PENDING:
                return ROOST_PENDING
            runtime._ends(task)
            return 0
        except BaseException as error:
            runtime._failed(task, own(error))
        return ROOST_PENDING

    options = cleanup_options(clean, stop if on_cancel else None, name=text("a name", name))
    return Cleanup(opened(lib.roost_defer_with, node.id, options))
