"""What answers of the library say, read as Python reads."""

from __future__ import annotations

from collections.abc import Iterator

from .declare import Pointer
from .types import Error


def exit_status(rc: int) -> int:
    """What ROOST_EXIT_STATUS says of a process: the status that it exited with."""
    return rc & 255


def exit_signal(rc: int) -> int:
    """What ROOST_EXIT_SIGNAL says of a process: the signal that ended it, or 0."""
    return rc >> 8


def listed(first: Pointer[Error]) -> Iterator[Error]:
    """The errors of a list: of `result.errors`, or of the `children` of one of them."""
    while first:
        yield first.contents
        first = first.contents.next
