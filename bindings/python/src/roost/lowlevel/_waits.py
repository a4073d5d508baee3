"""Waits: each calls a function once, when what is waited for is there, or the node cancelled."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from .._abi.callables import held, wait
from .._abi.constants import ROOST_ECANCELED, ROOST_ESTALE
from .._abi.library import lib
from .._abi.types import AbortFn, CallFn, DropFn, WaitFn
from .._errors import Cancelled, Reason, check
from ._calls import Answer, answer, called, function, opened, over, own
from ._ended import Ended, failure_of, tell
from ._node import Node

if TYPE_CHECKING:
    from ._parents import Parent

Told: TypeAlias = Callable[..., object]
"""A function that is called with an `Ended`, and the arguments that were given with it."""

Begun: TypeAlias = tuple[WaitFn, int, DropFn]


class Wait:
    """A wait that was begun, by its handle."""

    __slots__ = ("_id",)

    def __init__(self, id: int) -> None:  # noqa: A002
        self._id = id

    @property
    def id(self) -> int:
        """The engine's handle, for the functions of the C interface."""
        return self._id

    def unwait(self) -> bool:
        """Takes the wait back: its function will not be called (S2b). True; or False where that
        comes too late: it has ended, and its function is called, or was."""
        rc = lib.roost_unwait(self._id)
        return rc != ROOST_ESTALE and check(rc) == 0


class Parked(Wait):
    """A wait that the program itself ends, of `Parent.park`."""

    __slots__ = ("_told",)

    def __init__(self, id: int, told: dict[int, Ended]) -> None:  # noqa: A002
        super().__init__(id)
        self._told = told

    def wake(self, value: object = None) -> Answer:
        """Ends the wait: its function is told the value. "ok"; "asked", from another thread;
        "ended": it was woken before, or cancelled, or taken back, and the value counts for nothing.
        Any thread."""
        return self._end(Ended(value))

    def fail(self, exception: BaseException) -> Answer:
        """The same with an error in the place of a value."""
        return self._end(Ended(exception=exception))

    def _end(self, ended: Ended) -> Answer:
        key = next(_keys) % 2**31
        self._told[key] = ended
        told = answer(lib.roost_wake(self._id, key))
        if told == "ended":
            self._told.pop(key, None)
        return told


_keys = itertools.count()


class Call:
    """The function of a wait, as the engine is given it."""

    __slots__ = ("args", "fn", "node")

    def __init__(self, node: Parent, call: str, fn: Told, args: tuple[object, ...]) -> None:
        function(call, fn)
        self.node = node
        self.fn = fn
        self.args = args

    def begin(self) -> Begun:
        """What is given to the call that begins the wait."""
        self.node._waits_changed(1)
        fn, data, _ = wait(self)
        return fn, data, over

    def __call__(self, _: int, rc: int) -> None:
        try:
            tell(self.fn, self.ended(rc), self.args)
        except BaseException as error:
            self.node._failed(own(error))

    def ended(self, rc: int) -> Ended:
        return Ended(self.value(rc)) if rc >= 0 else Ended(exception=self.exception(rc))

    def value(self, rc: int) -> Any:
        """What was waited for, by the code of a wait that has got it."""
        return None

    def exception(self, rc: int) -> BaseException:
        if rc == ROOST_ECANCELED:
            self.node._waits_cancelled()
            return Cancelled(self.node._why() or Reason())
        return failure_of(rc)

    def over(self) -> None:
        """The engine has called this, or will not; after it, the data is gone (K5)."""
        self.node._waits_changed(-1)


class NumberCall(Call):
    """That of a wait whose value is a number."""

    __slots__ = ()

    def value(self, rc: int) -> int:
        return rc


class ParkedCall(Call):
    """That of a parked wait, whose value its waker has put down."""

    __slots__ = ("told",)

    def __init__(self, node: Parent, call: str, fn: Told, args: tuple[object, ...]) -> None:
        super().__init__(node, call, fn, args)
        self.told: dict[int, Ended] = {}

    def ended(self, rc: int) -> Ended:
        return self.told.pop(rc) if rc in self.told else super().ended(rc)


class WorkCall(Call):
    """That of a wait for a function on another thread, and that function."""

    __slots__ = ("result", "work")

    def __init__(
        self, node: Parent, work: Callable[[], object], fn: Told, args: tuple[object, ...]
    ) -> None:
        super().__init__(node, "on_call()", fn, args)
        function("on_call()", work)
        self.work = work
        self.result = Ended()

    def on_thread(self) -> int:
        try:
            self.result = Ended(called(self.work))
        except BaseException as error:
            self.result = Ended(exception=own(error))
        return 0

    def ended(self, rc: int) -> Ended:
        return super().ended(rc) if rc < 0 else self.result


@CallFn
def on_thread(_: int, data: int) -> int:
    answer: int = held(data).run.on_thread()
    return answer


def begun(call: Call, begin: Callable[..., int], *args: object) -> int:
    """Begins a wait by an ordinary call, and answers its handle."""
    return opened(begin, *args, *call.begin())


def waits_for(within: Node, call: str) -> None:
    if not isinstance(within, Node):
        raise TypeError(
            f"{call} takes the task, group or scope that waits, not {within!r}; "
            "runtime.root is a group that is always there"
        )


# Without an abort of its own, a parked wait is ended by a cancellation alone.
NO_ABORT = AbortFn()
