"""The driver: resumes the tasks that the engine tells of, and asks for what they want next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any

from ._abi import constants as c
from ._abi.library import lib
from ._ask import ASK, CALL, Told
from ._errors import (
    STATUS_OF,
    Cancelled,
    Status,
    brought,
    exception_of,
    own_frames,
)
from ._kernel import Host
from ._task import RACE, TELL, TaskHandle

WAKE = c.ROOST_TOLD_WAKE
BEGIN = c.ROOST_TOLD_BEGIN
FINISH = c.ROOST_ASK_FINISH
COMPLETED = Status.COMPLETED
CANCELLED = c.ROOST_ECANCELED & 0xFFFFFFFF
HERE = __file__
CANCELLED_STATUS = Status.CANCELLED
FINISH_CANCELLED = FINISH | CANCELLED << 32
CLEANUPS = __file__.replace("_driver", "_cleanup")


class Driver(Host):
    """The host, with what it does of what it is told."""

    untold: tuple[int, int, int] | None = None  # what is being told, of what is told seldom

    def resume(self, told: Iterator[tuple[int, int, int]]) -> None:
        """Resumes whoever is told, in that order (S1). Whatever is raised here, and by no task, is
        a signal handler's; call this again then with what is left."""
        slots, asks, free = self.slots, self.asks, self.free
        node, reason, thrown = 0, None, None
        if self.untold is not None:
            (word, key, value), self.untold = self.untold, None
            self._tell(word, key, value)
        for word, key, value in told:
            # The commonest first: a wait that has ended well, the first step of a task.
            if word > BEGIN and word & 0xFFFFFFFF:
                self.untold = word, key, value
                self._tell(word, key, value)
                continue
            self.current = task = slots[key]
            try:
                if not word:
                    asked = task._context.run(task._coro.send, value)
                elif word == BEGIN:
                    task._id = value
                    asked = task._context.run(task._coro.send, None)
                elif word >> 32 == CANCELLED:
                    if value != node:
                        node, reason = value, self.reason(value)
                    thrown = Cancelled(reason)
                    asked = task._context.run(task._coro.throw, thrown)
                elif word >> 63:
                    asked = task._context.run(task._coro.throw, Told(_signed(word >> 32)))
                else:
                    asked = task._context.run(task._coro.send, word >> 32)
            except StopIteration as stop:
                if task._mode or task._block is not None:
                    self._completed(task, key, stop.value)
                else:
                    task._result = stop.value
                    task._status = COMPLETED
                    task._coro = task._context = None
                    asks += (FINISH, key, 0, 0)
                    slots[key] = None
                    free.append(key)
            except Cancelled as error:
                if error is not thrown or task._mode or task._block is not None or error._absorbed:
                    self._raised(task, key, error)
                else:
                    task._result = reason
                    task._status = CANCELLED_STATUS
                    task._coro = task._context = None
                    asks += (FINISH_CANCELLED, key, 0, 0)
                    slots[key] = None
                    free.append(key)
            except BaseException as error:
                self._raised(task, key, error)
            else:
                if type(asked) is tuple and len(asked) == 4 and asked[0] is ASK:
                    asks += (asked[1], key, asked[2], asked[3])
                else:
                    self._asked_otherwise(task, key, asked)
            task = asked = thrown = None
        self.current = None

    def mend(self, error: BaseException) -> None:
        """After a signal handler has raised in the driver: the task whose step was under way goes
        on with that, unless the step was done."""
        task, asks = self.current, self.asks
        if task is None or asks[-3:-2] == [task._key]:
            return
        is_new = task._status is Status.PENDING and not hasattr(task, "_brought")  # a cleanup
        if task._coro is not None or is_new:
            self._raised(task, task._key, error)

    def step(
        self, task: TaskHandle[Any], key: int, resume: Callable[[Any], Any], value: Any
    ) -> None:
        """A step of a task, and those that follow at once."""
        try:
            while True:
                self.current = task
                try:
                    asked = task._context.run(resume, value)
                except StopIteration as stop:
                    return self._completed(task, key, stop.value)
                except BaseException as error:
                    return self._raised(task, key, error)
                if type(asked) is tuple and len(asked) == 4 and asked[0] is ASK:
                    self.asks += (asked[1], key, asked[2], asked[3])
                    return None
                value = self._begin(task, key, asked)
                if value is None:
                    return None
                resume = task._coro.throw
        finally:
            # The frames of what was raised have this one behind them, and it would have that.
            del task, resume, value

    def _asked_otherwise(self, task: TaskHandle[Any], key: int, asked: Any) -> None:
        error = self._begin(task, key, asked)
        try:
            if error is not None:
                self.step(task, key, task._coro.throw, error)
        finally:
            del task, error

    def _begin(self, task: TaskHandle[Any], key: int, asked: Any) -> BaseException | None:
        """Begins a wait by an ordinary call; what is to be raised where that fails, or where
        something is awaited that is not ours."""
        if type(asked) is not tuple or len(asked) != 2 or asked[0] is not CALL:
            return TypeError(
                f"awaited {asked!r:.200}, which Roost does not know: an asyncio, Trio or other "
                "library's awaitable runs in that library's loop only; call it in a thread, by "
                "roost.to_thread.run_sync, with a loop of its own"
            )
        try:
            self.flush()
            rc = asked[1](task._id, key)
        except BaseException as error:
            return error
        return Told(rc, lib.roost_last_error().decode()) if rc < 0 else None

    # The end of a body

    def _completed(self, task: TaskHandle[Any], key: int, value: Any) -> None:
        """A body has returned, of a task of which more is to be done than of most."""
        task._result = value
        token = 0
        if task._mode & RACE:  # G2b: the result says by it who has won
            token = self.new_token()
            self.errors[token] = task
        self._finish(task, key, 0, token, COMPLETED, task._mode & TELL)

    def _raised(self, task: TaskHandle[Any], key: int, error: BaseException) -> None:
        """A body has raised an exception."""
        if _is_suspended(task._coro):
            # A signal handler has raised it, just after the step, or the task cannot go on in a
            # context that somebody else is in: it is met where the task waits.
            try:
                if _is_entered(task._context):
                    task._context = task._context.copy()
                self.step(task, key, task._coro.throw, error)
            finally:
                del task, error
            return
        own_frames(error, HERE, CLEANUPS)
        code, rest = brought(error)
        if rest is None:
            task._result = error.reason if isinstance(error, Cancelled) else None
            # Cancelled of the program's own, or once absorbed, may be no cancellation (C13a).
            odd = not isinstance(error, Cancelled) or not error.args or error._absorbed
            tell = TELL if odd else task._mode & TELL
            self._finish(task, key, c.ROOST_ECANCELED, 0, Status.CANCELLED, tell)
            return
        task._result = rest
        token = self.new_token()
        self.errors[token] = rest
        self._finish(task, key, code, token, Status.FAILED, task._mode & TELL)

    def _finish(
        self, task: TaskHandle[Any], key: int, rc: int, token: int, status: Status, tell: int
    ) -> None:
        if task._block is not None:
            tell = TELL
            while task._block is not None:
                block = task._block
                task._block = block._outer
                block._leave(self)  # G7
        task._coro = task._context = None
        self.asks += (FINISH | (rc & 0xFFFFFFFF) << 32, key, 1 if tell else 0, token)
        if tell:
            task._brought = status
        else:
            task._status = status
            self.give_back(key)

    # What is told besides

    def _tell(self, word: int, key: int, value: int) -> None:
        """Told in vain where a signal handler raises before `untold` is None: then told again."""
        what, code = word & 0xFFFFFFFF, _signed(word >> 32)
        if what == c.ROOST_TOLD_CLOSED:
            resume: Any = self.slots[key]._coro.send
            self.current, self.untold = self.slots[key], None
            self.step(self.current, key, resume, (code, value))
        elif what == c.ROOST_TOLD_ENDED:
            self._tell_ended(self.slots[key], key, code, STATUS_OF[value])
        elif what == c.ROOST_TOLD_CLEAN:
            resume = self.slots[key]._begun(value)
            self.current, self.untold = self.slots[key], None
            self.step(self.current, key, resume, STATUS_OF[code])
            resume = None  # which has the cleanup, which has what it has raised
        elif what == c.ROOST_TOLD_POSTED:
            posted, self.untold = self.posted.pop(key, None), None
            if posted:
                try:
                    posted()
                except Exception as error:
                    own_frames(error, HERE)
                    self.others.append(error)  # G3b
        elif what == c.ROOST_TOLD_DROPPED:
            self.errors.pop(key, None)
            self.posted.pop(key, None)
        elif what == c.ROOST_TOLD_REFUSED:
            self.untold = None
            self._tell_refused(self.slots[key], key, code, value)
        self.untold = None

    def _tell_ended(self, task: TaskHandle[Any], key: int, code: int, status: Status) -> None:
        if task._status is Status.PENDING:
            task._judge(code)
        if hasattr(task, "_brought"):  # else it could not be spawned
            task._status = status
        self.has_ended(task)
        self.untold = None
        self.give_back(key)

    def _tell_refused(self, named: Any, key: int, code: int, what: int) -> None:
        """What was asked could not be done, which is so without memory alone (B4)."""
        error = exception_of(code)
        if what == c.ROOST_ASK_CLOSE:
            self.step(named, key, named._coro.throw, error)
        elif what == c.ROOST_ASK_SPAWN:
            named._coro.close()
            named._coro = named._context = None
            named._result, named._status = error, Status.FAILED
            self.give_back(key)
            named._group._refuse(error)
        elif what in (c.ROOST_ASK_SCOPE, c.ROOST_ASK_GROUP) and named is not None:
            named._refuse(error)

    def has_ended(self, task: TaskHandle[Any]) -> None:
        """A task has ended of which the end was to be told."""


def _signed(code: int) -> int:
    return code - (1 << 32) if code & 0x80000000 else code


def _is_entered(context: Context) -> bool:
    try:
        context.run(bool)
    except RuntimeError:
        return True
    return False


def _is_suspended(coro: Any) -> bool:
    frame = getattr(coro, "cr_frame", None) or getattr(coro, "gi_frame", None)
    return frame is not None
