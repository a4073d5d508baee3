"""What the engine tells of a closing, in exceptions (G3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ctypes import addressof
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._abi import constants as c
from ._abi.callables import held
from ._abi.reading import listed
from ._abi.types import Error, Result
from ._errors import BaseExceptionGroup, ExceptionGroup, Unclosed, exception_of

if TYPE_CHECKING:
    from ._kernel import Host


@dataclass(frozen=True)
class TaskError:
    """One error that a group has listed (G3)."""

    name: str
    """Of the task that failed, or of the group itself where its body did; "cleanup of NAME" for
    a cleanup."""
    exception: BaseException | None
    """None once what was raised with it is gone; and of a later success in a race."""
    failed: bool = True
    """False for a success that came after a race was won (G2b)."""


class _Errors(ExceptionGroup[Any]):
    """An ExceptionGroup to which its group has a weak reference, so that no cycle comes of it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return ExceptionGroup, (self.message, self.exceptions)


class _BaseErrors(BaseExceptionGroup[Any]):
    def __reduce__(self) -> tuple[Any, ...]:
        return BaseExceptionGroup, (self.message, self.exceptions)


for _kind in (_Errors, _BaseErrors):  # what is printed is what it is for a program
    _kind.__module__ = _kind.__base__.__module__
    _kind.__name__ = _kind.__qualname__ = _kind.__base__.__name__  # type: ignore[union-attr]


def errors_of(
    host: Host, result: Result, node: int, body: BaseException | None
) -> Iterator[TaskError]:
    """The errors in a result; that of the body is the exception that it has raised."""
    for error in listed(result.errors):
        name = error.name.decode(errors="replace")
        if error.code >= 0:
            yield TaskError(name, None, failed=False)
        elif error.node == node and body is not None and not error.children:
            yield TaskError(name, body)
        else:
            yield TaskError(name, exception_in(host, error))


def exception_in(host: Host, error: Error) -> BaseException:
    """The exception that an error stands for, made here where nothing of Python's has raised it."""
    known = host.errors.get(error.object or 0)
    if known is None:  # its truth is its class's affair
        known = held(error.object)
    if isinstance(known, BaseException):
        return known
    name = error.name.decode(errors="replace")
    message = error.message.decode(errors="replace") if error.message else ""
    if not error.children:
        made = exception_of(error.code, message)
        return _noted(made, f"of {name!r}") if name else made
    if error.code == c.ROOST_EUNCLOSED:
        return _unclosed(host, error, name)
    return group_of(f"errors of {name!r}" if name else "errors of a group", _members(host, error))


def _members(host: Host, error: Error) -> list[BaseException]:
    """The errors in an error, but for what says of a block that it was left open."""
    nested = [error]
    for one in nested:
        nested.extend(child for child in listed(one.children) if child.children)
    found: dict[int, list[BaseException]] = {}
    for one in reversed(nested):  # what is in an error comes before it, however deep
        errors = found[addressof(one)] = []
        for child in listed(one.children):
            if child.children:
                if members := found.pop(addressof(child)):
                    errors.append(group_of(f"errors of {_name(child)}", members))
            elif 0 > child.code != c.ROOST_EUNCLOSED:
                errors.append(exception_in(host, child))
    return found[addressof(error)]


def _unclosed(host: Host, error: Error, task: str) -> BaseException:
    """What a task has left open, with the errors of that (G7)."""
    names = listing(list(_left_open(error)))
    said = Unclosed(f"task {task!r} has ended with groups or scopes open: {names}")
    errors = _members(host, error)
    return group_of(f"errors of what task {task!r} left open", [said, *errors]) if errors else said


def _left_open(error: Error) -> Iterator[str]:
    blocks = list(listed(error.children))[::-1]
    while blocks:
        block = blocks.pop()
        if block.children or block.code == c.ROOST_EUNCLOSED:
            yield _name(block)
            blocks.extend(list(listed(block.children))[::-1])


def listing(names: list[str]) -> str:
    """Names, as an error says them."""
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more


def _name(error: Error) -> str:
    return repr(error.name.decode(errors="replace")) if error.name else "one without a name"


def group_of(message: str, exceptions: Sequence[BaseException]) -> BaseExceptionGroup[Any]:
    """An ExceptionGroup, or a BaseExceptionGroup where a member is no Exception (G3)."""
    plain = [error for error in exceptions if isinstance(error, Exception)]
    if len(plain) == len(exceptions):
        return _Errors(message, plain)
    return _BaseErrors(message, list(exceptions))


def _noted(error: BaseException, note: str) -> BaseException:
    if hasattr(error, "add_note"):
        error.add_note(note)
    return error
