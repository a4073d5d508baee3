"""The tree: what is alive, who is cancelled, and why.

Everything that can be defined is defined here and computed each time anew, by recursion over the
tree; nothing is remembered that could be found out. Numbers like C2 are those of the rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREVER = math.inf
"""An instant that never comes, a grace without bound."""

Grace = tuple[str, float]
"""An instant at which grace is over (C11): "holding", of a shield, by the shield's own, or
"passing", of a cancelled node, by that one's."""

Code = int | str
"""What a call answers: 0 or more, or the name of a failure."""


def failed(code: Code) -> bool:
    return isinstance(code, str)


@dataclass
class Clock:
    """What every node can look at."""

    now: float = 0
    deadlocked: bool = False
    """No shield holds any more (D4)."""


@dataclass(frozen=True)
class Reason:
    """C9."""

    origin: str
    code: Code
    node: Node
    message: str = ""


@dataclass(frozen=True)
class Cancellation:
    reason: Reason
    time: float


@dataclass(eq=False)
class Error:
    """One error in a result (G3)."""

    code: Code
    node: Node
    name: str
    message: str = ""
    object: int = 0
    is_fatal: bool = False
    """Of the body or of a cleanup: it fails even a race that was won (G2b)."""
    children: list[Error] = field(default_factory=list)


@dataclass(eq=False)
class Result:
    """What a closing answers (G5)."""

    state: str
    code: Code
    cancel_called: bool
    cancelled_caught: bool
    reason: Reason | None
    errors: list[Error]
    error_count: int
    winner: Task | None = None


class Node:
    """A task, a group or a scope (T1)."""

    def __init__(self, clock: Clock, parent: Node | None, name: str) -> None:
        self.clock = clock
        self.parent = parent
        self.name = name
        self.children: list[Node] = []
        """In the order of opening and spawning."""
        self.waits: list[Any] = []
        self.cleanups: list[Any] = []
        self.cancellation: Cancellation | None = None
        self.shield = False
        self.grace: float = parent.grace if parent is not None else FOREVER  # C11
        self.stops = False
        """A shutdown of this very node is under way (C12)."""
        self.expiry: float = FOREVER
        self.expiry_order = 0
        self.grace_orders: dict[Grace, int] = {}
        """In which order the ends of its grace came up, among all instants; -1: it is over."""
        self.until_stopping = False
        self.deadline: float = FOREVER
        self.deadline_order = 0
        self.move_on = False
        self.reached: Reason | None = None
        """The reason that applied when last looked at; a cancellation did reach it (C13a)."""
        self.ending = False
        """Its own cleanups have begun, or there were none to run."""
        self.takes_back = False
        """It has ended but for the waits that name it: they are taken back (S2b)."""
        self.ended = False
        self.is_ready = False
        self.awaited_by: list[Any] = []

    # -- Where it is --------------------------------------------------------------------------

    def ancestors(self) -> Iterator[Node]:
        """Itself first."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def contains(self, other: Node) -> bool:
        return self in other.ancestors()

    def subtree(self) -> Iterator[Node]:
        yield self
        for child in list(self.children):
            yield from child.subtree()

    def block(self) -> Block:
        """Whose errors those of this node are: the next group or scope around it."""
        assert self.parent is not None
        return self.parent if isinstance(self.parent, Block) else self.parent.block()

    @property
    def closing(self) -> bool:
        """No wait can begin in it any more, and nothing be opened."""
        raise NotImplementedError

    # -- Cancellation -------------------------------------------------------------------------

    def shelters(self) -> bool:
        """Its shield is on, and holds against all that is around it (C10, C11)."""
        if not self.shield or self.clock.deadlocked or self.parent is None:
            return False
        return not self.is_over()

    def moment(self) -> float:
        """When its shield gives way to what is cancelled around it by its own grace (C11); where
        that of a cancelled node is shorter, it is the end of that which counts."""
        assert self.parent is not None
        moments = [
            source.cancellation.time + self.grace
            for source in self.parent.sources()
            if source.cancellation is not None
        ]
        return min(moments, default=FOREVER)

    def sources(self) -> list[Node]:
        """The cancelled nodes that are visible to it, the innermost first (C2)."""
        own: list[Node] = [self] if self.cancellation is not None else []
        if self.parent is None or self.shelters():
            return own
        return own + self.parent.sources()

    def is_cancelled(self) -> bool:
        return bool(self.sources())

    def reason(self) -> Reason | None:
        """That of the outermost visible cancelled node (C9)."""
        sources = self.sources()
        if not sources:
            return None
        outermost = sources[-1].cancellation
        assert outermost is not None
        return outermost.reason

    def absorbs(self) -> bool:
        """It is itself the outermost visible cancelled node (C7)."""
        return self.sources() == [self]

    def is_stopping(self) -> bool:
        """C12a: passes shields."""
        return any(node.stops for node in self.ancestors())

    # -- Deadlines ----------------------------------------------------------------------------

    def effective_deadline(self) -> float:
        """D3: the nearest that would reach it, through shields too; 0 where it is cancelled."""
        if self.is_cancelled():
            return 0
        nearest, shields = FOREVER, list[Node]()
        for node in self.ancestors():
            held = max((min(node.grace, shield.grace) for shield in shields), default=0)
            until = node.deadline if node.cancellation is None else node.cancellation.time
            nearest = min(nearest, until + held)
            if node.shield:
                shields.append(node)
        return nearest

    def holding(self) -> list[Grace]:
        """The end of the grace of its shield, where that holds something off."""
        if not self.shield or self.parent is None or self.clock.deadlocked or self.is_passed():
            return []
        return [("holding", self.moment())] if self.grace < FOREVER else []

    def passing(self) -> list[Grace]:
        """The end of its own grace, where it is cancelled."""
        if self.cancellation is None:
            return []
        return [("passing", self.cancellation.time + self.grace)]

    def has_passed(self, grace: Grace) -> bool:
        """Whether that instant is over, among all that come at the same time."""
        return grace[1] <= self.clock.now and self.grace_orders.get(grace, -1) < 0

    def is_over(self) -> bool:
        """The grace of its shield."""
        if self.grace < FOREVER and self.has_passed(("holding", self.moment())):
            return True
        return self.is_passed()

    def is_passed(self) -> bool:
        """What is cancelled around it passes all shields beneath it by now."""
        assert self.parent is not None
        return any(
            source.has_passed(grace)
            for source in self.parent.sources()
            for grace in source.passing()
        )


class Block(Node):
    """A group or a scope: what can be joined."""

    def __init__(self, clock: Clock, parent: Node | None, name: str) -> None:
        super().__init__(clock, parent, name)
        self.report = False
        self.joined = False
        self.taken_along = False
        """Its closing came with that of what is around it (T1d); it takes a join of its own."""
        self.left_open = False
        """Its task has ended without it (G7)."""
        self.join: Any = None
        """The join call that wants to be told."""
        self.is_bracket = False
        """Opened by a fiber where it was: it alone closes it (T1c)."""
        self.closer: Any = None
        """The fiber that waits for its end (C7b)."""
        self.has_closed_within = False
        self.errors: list[Error] = []
        """Those that are listed; all_errors has the others too."""
        self.all_errors: list[Error] = []
        self.error_count = 0
        self.body_cut = False
        """Its body has ended CANCELLED."""
        self.kept: list[Task] = []
        """The tasks that have ended, but whose outcome is kept, or whose object is listed."""
        self.max_errors: float = 1000
        self.cut_work = False
        """Its body or an ordinary task in it ended CANCELLED for its sake (G5a)."""
        self.cut_else = False
        """So did a wait of its own (C8)."""
        self.cut_daemon = False
        """So did a daemon: that counts for no answer (G5a)."""
        self.result: Result | None = None

    @property
    def closing(self) -> bool:
        return self.ending

    def caught(self) -> bool:
        """C8: a cancellation has cut work short in it, and it absorbs that."""
        return self.absorbs() and (self.cut_work or self.cut_else or self.cut_daemon)

    def is_told(self) -> bool:
        if self.closer is not None:
            return True
        return self.join is not None and self.join.scripts[0] is not None

    def add_error(self, error: Error) -> None:
        self.error_count += 1
        self.all_errors.append(error)
        if len(self.errors) < self.max_errors:
            self.errors.append(error)

    def make_result(self) -> Result:
        """G5: what its closing answers, as things stand."""
        counts = self.absorbs() and (self.cut_work or self.cut_else)
        own = self.cancellation.reason.origin if self.cancellation is not None else ""
        code: Code
        if self.error_count > 0:
            state, code = "FAILED", self.errors[0].code  # C7: an error is never absorbed
        elif counts and own == "DEADLINE" and not self.move_on:
            state, code = "FAILED", "ETIMEDOUT"  # D2
        elif counts:
            state, code = "CANCELLED", "EWASCANCELLED" if self.report else 0  # C7a
        elif self.cut_work:
            state, code = "CANCELLED", "ECANCELED"  # G5a
        else:
            state, code = "COMPLETED", 0
        return Result(
            state=state,
            code=code,
            cancel_called=self.cancellation is not None,
            cancelled_caught=self.caught(),
            reason=self.reason() or self.reached,
            errors=list(self.errors),
            error_count=self.error_count,
        )


class Scope(Block):
    pass


class Group(Block):
    def __init__(self, clock: Clock, parent: Node | None, name: str) -> None:
        super().__init__(clock, parent, name)
        self.policy = "FAIL_FAST"
        self.limit: float = FOREVER
        self.start_wait: Any = None
        """Of a hidden group, whose only task has not reported yet: who waits for that (L4)."""
        self.moved_to: Group | None = None
        self.winner: Task | None = None
        self.has_cancelled = False
        """An ordinary task in it ended CANCELLED, be it alone."""
        self.awaited: list[Task] = []
        """Tasks that are to come into it when they have reported (L4)."""
        self.undecided: list[tuple[Error, Node]] = []
        """Errors that wait for its filter, with whom they came from (G2)."""
        self.times_asked = 0
        self.without_daemons = False
        """Its daemons were cancelled: it takes nothing more (L3)."""
        self.filter: Any = None

    def tasks(self) -> list[Task]:
        return [c for c in self.children if isinstance(c, Task) and c.cleanup is None]

    def make_result(self) -> Result:
        result = super().make_result()
        if self.policy != "RACE":
            return result
        fatal = [error for error in self.all_errors if error.is_fatal]
        result.winner = self.winner
        if self.winner is not None:  # G2b
            if fatal:
                result.state, result.code = "FAILED", fatal[0].code
            elif self.body_cut and not self.absorbs():
                result.state, result.code = "CANCELLED", "ECANCELED"
            else:
                result.state, result.code = "COMPLETED", 0
        elif self.error_count == 0 and not self.cut_work:
            if not self.has_cancelled:
                result.state, result.code = "FAILED", "ENOWINNER"
            elif not self.cut_else:
                result.state, result.code = "CANCELLED", "ETASKCANCELLED"
        return result

    def is_told(self) -> bool:
        if self.start_wait is not None:
            return not self.start_wait.taken_back
        return super().is_told()

    def running(self) -> int:
        """How many count for the limit (L2)."""
        return sum(1 for task in self.tasks() if not task.queued and not task.daemon)


@dataclass(eq=False)
class Outcome:
    state: str = "ALIVE"
    code: Code = 0
    started: bool = False
    result: int = 0
    reason: Reason | None = None


class Task(Node):
    """A task, or that of a cleanup (K2)."""

    def __init__(self, clock: Clock, parent: Node, name: str, call: Any) -> None:
        super().__init__(clock, parent, name)
        self.call = call
        """The call that made it, with its scripts."""
        self.cleanup: Any = None
        self.is_fiber = False
        self.fiber: Any = None
        """From its first step to the end of its body."""
        self.goes_on = False
        """A fiber that is ready again, without a wait (S1a)."""
        self.last_wait: Any = None
        """In which a fiber waits to be told how it ends."""
        self.daemon = False
        self.target: Group | None = None
        """Where it is to go when it has reported (L4)."""
        self.has_reported = False
        self.queued = False
        """Held back by the limit (L2)."""
        self.dismissed = False
        """Reached by a cancellation while it was queued: it never starts (L2a)."""
        self.started = False
        self.timeout: float | None = None
        """Begins to run with the first step (D1)."""
        self.told = False
        """Its on_cancel was called (K7)."""
        self.cancel_due = False
        self.in_callback = False
        self.body_over = False
        self.outcome = Outcome()
        self.final_state = "ALIVE"
        """What the body has come to, before it is everybody's to see."""
        self.message = ""
        self.result = 0
        self.result_dropped = False
        self.held = False
        """Its handle was asked for: its outcome is kept (L5)."""
        self.left_open: list[Error] = []
        """What it has left open, as errors (G7)."""
        self.cleanup_failed = False

    def is_daemon(self) -> bool:
        """From its report on, where it has to report (L4)."""
        return self.daemon and self.target is None

    @property
    def closing(self) -> bool:
        return self.body_over
