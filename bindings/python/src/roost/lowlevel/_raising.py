"""What is raised where several things went wrong, and where nobody can raise it."""

from __future__ import annotations

from .._errors import FATAL, Deadlock, leaves
from ._ended import group_of


def to_raise(found: list[BaseException], astray: list[BaseException]) -> BaseException | None:
    """One exception for all."""
    everything = [*found, *astray]
    for error in everything:
        for leaf in leaves(error):
            if isinstance(leaf, FATAL):  # as itself, with the others as its context (G3a)
                others = [other for other in everything if other is not error]
                if others and leaf.__context__ is None:
                    leaf.__context__ = group_of("the root", others)
                return leaf
    for error in everything:
        if isinstance(error, Deadlock):  # of which the others are but the consequence
            return error
    if len(everything) == 1 and found:
        return everything[0]
    return group_of("the root", everything) if everything else None


def unraisable(error: BaseException) -> None:
    """Hands on an exception that nobody can raise."""

    class Lost:
        def __del__(self) -> None:
            raise error

    Lost()
