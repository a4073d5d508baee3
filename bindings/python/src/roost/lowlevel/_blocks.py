"""Groups and scopes: what is opened in a node, and closed again."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from .._abi.callables import join
from .._abi.constants import ROOST_ECANCELED
from .._abi.library import lib
from .._abi.types import JoinFn, ScopeOptions
from .._abi.types import Result as RawResult
from .._errors import OrderError, Reason, check, code_of, is_fatal, without_cancelled
from ._calls import (
    NO_DROP,
    function,
    grace_ns,
    moment_ns,
    opened,
    own,
    text,
    timeout_ns,
)
from ._ended import Result, result_from, tell
from ._parents import Parent

if TYPE_CHECKING:
    from ._runtime import Runtime

B = TypeVar("B", bound="Block")


class Block(Parent):
    """A group or a scope.

    With `with`, it is closed when the waits that were begun in it are over. Outside of the loop,
    the end of the block turns the loop until nothing keeps it going, and raises the error of the
    result; what the body of the block raised is one of the errors, and cancels the rest (G4). In a
    callback, and on a borrowed loop, the end of the block does not wait: errors are errors of the
    node in which this was opened, and what the body raised goes on, and cancels this. When the task
    in which this is ends first, waits that are left in it are taken back (S2b)."""

    __slots__ = ("_at_last", "_cut", "_entered", "_result", "_waits")

    def __init__(self, runtime: Runtime, id: int, owner: int) -> None:  # noqa: A002
        super().__init__(runtime, id, owner)
        self._entered = False
        self._result: Result | None = None
        self._waits = 0  # that were begun in it and are not over
        self._cut = False  # one of them has ended as cancelled
        self._at_last: Callable[[], object] | None = None  # for when the last of them is over

    def join(
        self,
        fn: Callable[..., object] | None = None,
        *args: object,
        exception: BaseException | None = None,
    ) -> None:
        """Closes the group or scope without waiting: when its tasks have ended, what was opened in
        it is closed, and its cleanups have run, `fn(result, *args)` is called with the `Result`, in
        a later turn, and the node is gone (C7b). It cancels nothing; waits of the node itself that
        are left then are taken back. `exception`: what the body has ended with, an error of the
        node, which cancels it (G4); with `Cancelled` the body passes a cancellation on.

        With `fn`, the errors go to it and nowhere else; without, they are errors of the node in
        which this was opened (T1d). A second call raises an error."""
        if fn is not None:
            function("join()", fn)
        if exception is not None and not isinstance(exception, BaseException):
            raise TypeError(f"a body ends with an exception, or with None, not with {exception!r}")
        check(self._join(outcome_of(exception), fn, args, exception))

    @property
    def result(self) -> Result | None:
        """The result of the closing, when it is over and this object was told it, by `with` or
        `join(fn)`; else None. Without its exceptions: those have been raised, or told."""
        return self._result

    @property
    def cancel_called(self) -> bool:
        """Whether this node itself was cancelled, by a call or its deadline (C8); also when it has
        ended, where `result` is there."""
        return self._result.cancel_called if self._result else super().cancel_called

    @property
    def cancelled_caught(self) -> bool:
        """Whether a cancellation of it has cut work short in it, which, as things stand, its
        closing will absorb; after that, where `result` is there, whether it has (C8)."""
        if self._result:
            return self._result.cancelled_caught
        return check(lib.roost_cancelled_caught(self._id)) == 1

    @property
    def reason(self) -> Reason | None:
        """Why it is cancelled, or, where `result` is there, was (C9); None: it is not."""
        return self._result.reason if self._result else super().reason

    # As a block.

    def __enter__(self: B) -> B:
        if self._entered:
            raise OrderError(f"{self!r} was entered before; a block is for once, open another one")
        check(lib.roost_cancel_called(self._id))  # it is there, and this is its thread
        self._entered = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not self._runtime._can_turn():
            if error is not None:
                self.cancel("the body of its block has raised an exception")
            self._close(lambda: self._join(self._passed_on()))
            return False
        found: list[BaseException] = []
        if error is not None:
            check(self._join(outcome_of(error), keep_exception, (found,), error))
        else:
            self._close(lambda: self._join(self._passed_on(), keep_exception, (found,)))
        self._runtime._turn()
        if error is not None and is_fatal(error):
            return False
        self._runtime._raise(found)  # where the body has raised, that is in it
        return self._result is not None  # and all is well: it was absorbed, or dropped

    def _close(self, close: Callable[[], int]) -> None:
        """Closes the block when the waits that were begun in it are over, or the task ends in which
        it is."""
        if self._waits:
            self._at_last = close
            self._runtime._closing.setdefault(self._owner, set()).add(self)
        else:
            check(close())

    def _close_now(self) -> None:
        """Does so, if it was not done. A failure says that it was closed meanwhile."""
        blocks = self._runtime._closing[self._owner]
        blocks.discard(self)
        if not blocks:
            del self._runtime._closing[self._owner]
        close, self._at_last = self._at_last, None
        if close is not None:
            close()

    def _passed_on(self) -> int:
        """The outcome of a body that did nothing but wait: it passes its cancellation on."""
        return ROOST_ECANCELED if self._cut and lib.roost_cancelled(self._id) == 1 else 0

    # Of this package.

    def _join(
        self,
        rc: int,
        fn: Callable[..., object] | None = None,
        args: tuple[object, ...] = (),
        body: BaseException | None = None,
    ) -> int:
        if fn is None:
            return lib.roost_join(self._id, rc, JoinFn(), None, NO_DROP)
        name = self.name
        failure = None if body is None else without_cancelled(body)

        def joined(_: int, raw: RawResult) -> None:
            result = result_from(raw, name, failure)
            self._result = result.told()
            try:
                tell(fn, result, args)
            except BaseException as error:
                self._failed(own(error))

        return lib.roost_join(self._id, rc, *join(joined))

    def _waits_changed(self, by: int) -> None:
        self._waits += by
        if self._waits == 0 and self._at_last is not None:
            self._close_now()

    def _waits_cancelled(self) -> None:
        self._cut = True


class Scope(Block):
    """A stretch of waits that can be cancelled, timed out or shielded on its own. Opened by
    `open_scope` of the node around it."""

    __slots__ = ()


def keep_exception(result: Result, found: list[BaseException]) -> None:
    if result.exception is not None:
        found.append(result.exception)


def outcome_of(exception: BaseException | None) -> int:
    """The code of a body's outcome: where all that it raised are cancellations, it is cancelled."""
    if exception is None:
        return 0
    failure = without_cancelled(exception)
    return ROOST_ECANCELED if failure is None else code_of(failure)


def block_fields(
    timeout: float | None,
    deadline: float | None,
    move_on: bool,
    shield: bool,
    grace: float | None,
    report: bool,
    until_stopping: bool,
    name: str | None,
) -> dict[str, Any]:
    """The options that groups and scopes have."""
    return {
        "name": text("a name", name),
        "timeout_ns": timeout_ns(timeout),
        "deadline_ns": 0 if deadline is None else moment_ns(deadline),
        "move_on": bool(move_on),
        "report": bool(report),
        "shield": bool(shield),
        "grace_ns": grace_ns(grace),
        "until_stopping": bool(until_stopping),
    }


def open_scope(parent: Parent, fields: dict[str, Any]) -> Scope:
    """Opens a scope in a node."""
    opening = opened(lib.roost_scope_open, parent._id, ScopeOptions(**fields))
    return Scope(parent._runtime, opening, parent._owner)
