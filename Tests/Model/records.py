"""What handles name besides nodes, and what stands in the queue of what is ready."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from program import Call, Script
from tree import FOREVER, Block, Code, Node, Task


class Refusal(Exception):  # noqa: N818
    """A call answers a failure, and changes nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Runtime:
    """What the handle of the runtime names."""


@dataclass(eq=False)
class Cleanup:
    number: int
    call: Call
    node: Node
    name: str
    begun: bool = False
    taken_back: bool = False


@dataclass(eq=False)
class Fiber:
    """Straight-line code that runs or waits (S2)."""

    task: Task
    current: Node
    """The innermost node that it has open (T1)."""
    rc: Code = 0
    """What it has waited for brings."""
    item: int = 0
    chosen: int | None = None
    """Which of several waits was taken; None: none of them."""
    closes: Block | None = None
    """For whose end it waits, as nothing can take it out of."""
    result: str = ""
    """What is told of the end of what it has closed."""
    streak: int = 0
    """How many waits in a row have taken what was there (S1a)."""
    unreleased: list[Block] = field(default_factory=list)
    """What it has closed, and has not released the results of."""
    code: Generator[None, None, Code] | None = None
    """Yields where it waits."""


@dataclass(eq=False)
class Wait:
    """A wait of a callback (S2b), or of a fiber."""

    kind: str
    number: int
    node: Node
    call: Call
    script: Script | None
    abort: Script | None = None
    state: str = "waiting"  # then completed, and over
    rc: Code = 0
    taken: str = ""  # ECANCELED or ESTOPPING: the mark has reached it first (C4a)
    taken_back: bool = False
    asked: bool = False  # its abort was called (C14b)
    is_telling: bool = False
    in_flight: bool = False  # and has answered that it will end by itself
    due: float = FOREVER
    order: int = 0
    of: Node | None = None
    thing: object = None
    """The event, limiter, ... that it is for."""
    item: int = 0
    is_ready: bool = False
    fiber: Fiber | None = None
    """Whose it is, if it is one's."""
    choices: list[Wait] = field(default_factory=list)
    """Those of which it is one, in order."""
    choice: int = 0

    @property
    def owner(self) -> Node:
        """Who has the lock for which it waits."""
        return self.node if self.fiber is None else self.fiber.task


@dataclass(eq=False)
class Release:
    """The drop of a result, in the next turn (L5)."""

    task: Task
    is_ready: bool = False


Thing = Node | Wait | Release
