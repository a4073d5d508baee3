"""How a coroutine waits: by yielding to the driver (`_driver`) what it asks for.

A wait of the batch is `(ASK, what, node, value)`, one that an ordinary call begins `(CALL, begin)`.
The driver puts in whose it is, so what is awaited in another library's loop asks for nothing.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Generator
from typing import Any

from ._abi import constants as c
from ._errors import exception_of


class _Mark:
    def __repr__(self) -> str:
        return "<a wait of Roost's: await it in a coroutine that roost.run or a task group runs>"


ASK = _Mark()
CALL = _Mark()
CHECKPOINT = (ASK, c.ROOST_ASK_CHECKPOINT, 0, 0)


class Told(Exception):  # noqa: N818
    """A wait has ended with a negative code: told to `ask_code`, never to a program."""

    def __init__(self, code: int, message: str = "") -> None:
        self.code = code
        self.message = message


@types.coroutine
def ask_code(what: int, node: int = 0, value: int = 0) -> Generator[Any, Any, Any]:
    """A wait of the batch: what it is told, a negative code as that; raises Cancelled only."""
    try:
        return (yield ASK, what, node, value)
    except Told as told:
        return told.code


@types.coroutine
def ask(what: int, node: int = 0, value: int = 0) -> Generator[Any, Any, Any]:
    """A wait of the batch (ROOST_ASK_SLEEP, ROOST_ASK_EVENT, ...): the value that it is told.
    Raises Cancelled, or the exception of the code that the wait has ended with."""
    try:
        return (yield ASK, what, node, value)
    except Told as told:
        code = told.code
    raise exception_of(code)


@types.coroutine
def ask_closing(rc: int, key: int, tell: int = 0) -> Generator[Any, Any, tuple[int, int]]:
    """Closes the innermost block of the task: the code and the address of its result."""
    told: tuple[int, int] = yield ASK, c.ROOST_ASK_CLOSE | (rc & 0xFFFFFFFF) << 32, key, tell
    return told


@types.coroutine
def wait(begin: Callable[[int, int], int]) -> Generator[Any, Any, int]:
    """A wait that an ordinary call begins: `begin(task, key)` makes that call, with the task's
    handle as the node, WAKE and the key as its data, and answers its code. Returns the code with
    which the wait has ended; a negative one is raised, as by `ask`."""
    try:
        code: int = yield CALL, begin
        return code
    except Told as told:
        code, message = told.code, told.message
    raise exception_of(code, message)


@types.coroutine
def wait_code(begin: Callable[[int, int], int]) -> Generator[Any, Any, int]:
    """As `wait`, with a negative code as the answer; raises Cancelled only."""
    try:
        code: int = yield CALL, begin
    except Told as told:
        return told.code
    return code


@types.coroutine
def _checkpoint() -> Generator[Any, Any, None]:
    try:
        yield CHECKPOINT
        return
    except Told as told:
        code = told.code
    raise exception_of(code)


async def checkpoint() -> None:
    """Lets the other tasks run, and raises Cancelled where the task is cancelled then (S1a)."""
    await _checkpoint()
