"""What handles name besides nodes, and what stands in the queue of what is ready."""

from __future__ import annotations

from dataclasses import dataclass

from program import Call, Script
from tree import FOREVER, Code, Node, Task


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
class Wait:
    """A callback wait (S2b)."""

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


@dataclass(eq=False)
class Release:
    """The drop of a result, in the next turn (L5)."""

    task: Task
    is_ready: bool = False


Thing = Node | Wait | Release
