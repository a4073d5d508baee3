"""What a group does when a task fails (G2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ._abi import constants as c
from ._abi.callables import held
from ._abi.declare import Pointer
from ._abi.types import Error, FilterFn
from ._errors import Cancelled, NotCancelled, own_frames
from ._kernel import Host
from ._result import exception_in

Decision = Literal["cancel", "record", "drop"]
Filter = Callable[[BaseException, str], Decision]
Policy = Literal["fail_fast", "supervise", "race"]

POLICIES: dict[object, int] = {
    "fail_fast": c.ROOST_FAIL_FAST,
    "supervise": c.ROOST_SUPERVISE,
    "race": c.ROOST_RACE,
}
_DECISIONS: dict[object, int] = {
    "cancel": c.ROOST_CANCEL_REST,
    "record": c.ROOST_RECORD_ERROR,
    "drop": c.ROOST_DROP_ERROR,
}


class Filtering:
    """A function that decides of each error of an open group."""

    def __init__(self, host: Host, fn: Filter) -> None:
        self.host = host
        self.fn = fn
        self.body: BaseException | None = None  # what the body has raised
        self.raised: list[BaseException] = []  # what the function has raised

    def decide(self, group: int, error: Error) -> int:
        """What the function says. Where it raises, that is one more error, and the group is
        cancelled."""
        exception = self.body if error.node == group else None
        if exception is None:  # its truth is its class's affair
            exception = exception_in(self.host, error)
        try:
            decision = self.fn(exception, error.name.decode(errors="replace"))
            number = _DECISIONS.get(decision)
            if number is None:
                raise ValueError(f"a filter answers 'cancel', 'record' or 'drop', not {decision!r}")
        except BaseException as raised:
            own_frames(raised, __file__)
            if isinstance(raised, Cancelled):  # which would vanish from what is raised (C13a)
                raised = NotCancelled("a filter has raised Cancelled")
            self.raised.append(raised)
            number = c.ROOST_CANCEL_REST
        self.host.flush()  # it is called while the loop turns, which may wait next
        return number


@FilterFn
def filter_in_c(group: int, error: Pointer[Error], data: int) -> int:
    filtering: Filtering = held(data)
    return filtering.decide(group, error.contents)
