"""The host of a run: what tasks ask for, told to the engine in one call for each turn of the loop
(S2)."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Iterator
from ctypes import (
    CDLL,
    byref,
    c_char,
    c_char_p,
    c_int,
    c_int64,
    c_uint64,
    c_void_p,
    cast,
)
from functools import partial
from itertools import count
from struct import Struct
from typing import TYPE_CHECKING, Any

from ._abi import constants as c
from ._abi.library import find, lib
from ._abi.types import CleanupFn, DropFn, PostFn, StartFn, WaitFn
from ._abi.types import Reason as ReasonStruct
from ._ask import ask
from ._convert import callable_name, name_in_c
from ._errors import OrderError, Reason, check, reason_from

if TYPE_CHECKING:
    from ._root import Root
    from ._task import TaskHandle

_library = CDLL(find())
# Without argument types a call costs half; what it is given has its C type already.
_turn = _library["roost_host_turn"]
_turn.restype = c_int64
_submit = _library["roost_host_submit"]
_submit.restype = c_int

# Functions of roost_host.h, to be given to ordinary calls; their data is a key.
BEGIN = StartFn(("roost_host_begin", _library))
WAKE = WaitFn(("roost_host_wake", _library))
CLEAN = CleanupFn(("roost_host_clean", _library))
POST = PostFn(("roost_host_post", _library))
ENDED = DropFn(("roost_host_ended", _library))
DROP = DropFn(("roost_host_drop", _library))
NO_DROP = DropFn()

_unpack = Struct("QQQ").iter_unpack
_ROOM = c_char * (1 << 40)  # more than is ever told: only what is there is read


class _Local(threading.local):
    host: Host | None = None


local = _Local()


class Host:
    """What runs the tasks of one `roost.run`. All of it is for the thread of that."""

    root: Root

    def __init__(self, runtime: int, *, virtual: bool) -> None:
        self.runtime = runtime
        self.thread = threading.get_ident()
        self.is_virtual = virtual
        # The time of the runtime's clock, in nanoseconds.
        self.now: Callable[[], int] = time.monotonic_ns
        if virtual:
            self.now = partial(lib.roost_now, runtime)
        self.asks: list[int] = []
        self.slots: list[Any] = [None]
        self.free: list[int] = []
        self.current: TaskHandle[Any] | None = None
        self.errors: dict[int, Any] = {}
        self.posted: dict[int, Callable[[], object]] = {}
        self.others: list[BaseException] = []  # errors of the root group that are no main task's
        self.names: dict[str, tuple[str | None, str, int, c_char_p]] = {}
        self._kept: list[object] = []
        self._tokens = count(1 << 32)
        self._reasons: dict[int, Reason] = {}
        self._handle = c_uint64(runtime)
        self._asked = c_void_p()
        self._asked_count = c_uint64()
        self._told = c_void_p()
        self._happened = c_uint64()
        self._told_at = 0
        self._view = memoryview(b"")
        self._count: list[int] = []
        self.told_count = 0  # how many the turn under way has told
        self.left: Iterator[tuple[int, int, int]] = iter(())  # what was told, not yet resumed
        asked = (self._handle,), (self._asked,), (self._asked_count,)
        self._turns: tuple[Any, ...] = (_turn, *asked, (byref(self._told),))
        self._submits: tuple[Any, ...] = (_submit, *asked)

    # Keys

    def key(self, named: object) -> int:
        """A key that names something from now on."""
        if self.free:
            key = self.free.pop()
            self.slots[key] = named
        else:
            key = len(self.slots)
            self.slots.append(named)
        return key

    def give_back(self, key: int) -> None:
        self.slots[key] = None
        self.free.append(key)

    def new_token(self) -> int:
        """A number that stands for an object in the engine, and is no key."""
        return next(self._tokens)

    post_key = new_token

    # Calls

    # A signal handler of the program's may raise after every call below: what was asked is then
    # asked later, and what was told is not lost. C code alone keeps the answer of a call.

    def turn(self) -> int:
        """Carries out what was asked, and waits until there is something to tell, in `left`: how
        much, or how the run has ended."""
        counted = self._count
        if not counted:
            if self._reasons:
                self._reasons.clear()
            self._carry_out(self._turns, counted)
        number = counted[0]
        self.left = self._read(number) if number > 0 else iter(())
        counted.clear()
        return number

    def _read(self, number: int) -> Iterator[tuple[int, int, int]]:
        """What a turn has told."""
        self.told_count = number
        address = self._told.value or 0
        if address != self._told_at:
            self._view = memoryview(_ROOM.from_address(address)).cast("B")
            self._told_at = address
        told = self._view[: 24 * number]
        if number <= 16:  # the quicker way for a few, the slower for many
            return _unpack(told)
        flat = iter(told.cast("Q").tolist())
        return zip(flat, flat, flat, strict=False)

    def flush(self) -> None:
        """Has carried out what was asked, before an ordinary call."""
        if self.asks:
            answers: list[int] = []
            self._carry_out(self._submits, answers)
            check(answers[0])

    def _carry_out(self, call: tuple[Any, ...], answers: list[int]) -> None:
        """Calls a function with what was asked."""
        asks = self.asks
        if not asks:
            self._asked_count.value = 0
            answers.extend(map(*call))
            return
        kept = self._kept  # what is asked names this in memory
        batch = array("Q", asks)
        try:
            asks.clear()
            if kept:
                self._kept = []
            self._asked.value, length = batch.buffer_info()
            self._asked_count.value = length >> 2
            answers.extend(map(*call))
        except BaseException:
            if not answers:
                asks[:0] = batch.tolist()
                self._kept = kept if self._kept is kept else kept + self._kept
            raise

    def node(self, key: int) -> int:
        """The handle of what a key names; 0 for none."""
        self.flush()
        return lib.roost_host_node(self.runtime, key)

    def reason(self, node: int) -> Reason:
        """Why a node is cancelled; asked for once in a turn."""
        reason = self._reasons.get(node)
        if reason is None:
            reason = self._reasons[node] = reason_of(node) or Reason()
        return reason

    def happened(self) -> int:
        """An event that has happened: a wait for it has its result at once, and is a wait (S1a)."""
        if not self._happened.value:
            self.flush()
            check(lib.roost_event_open(self.runtime, self._happened))
            check(lib.roost_event_set(self._happened.value))
        return self._happened.value

    def text(self, name: str) -> int:
        """The address of a text, good until what is asked with it was carried out."""
        kept = c_char_p(name.encode(errors="replace"))
        self._kept.append(kept)
        return cast(kept, c_void_p).value or 0

    def name_of(self, fn: Any) -> tuple[str | None, str, int, c_char_p]:
        """The name of a function's tasks, and where it is in memory."""
        module, qualified = getattr(fn, "__module__", None), getattr(fn, "__qualname__", None)
        name = callable_name(fn)
        kept = c_char_p(name_in_c(name))
        known = (module, name, cast(kept, c_void_p).value or 0, kept)
        if qualified is None or len(self.names) > 10_000:
            self._kept.append(kept)
        else:
            if qualified in self.names:  # of another module; what was asked may still name it
                self._kept.append(self.names[qualified])
            self.names[qualified] = known
        return known

    def post(self, fn: Callable[[], object]) -> int:
        """Has a function called by the driver, from any thread (S5)."""
        key = self.new_token()
        self.posted[key] = fn
        rc = lib.roost_post(self.runtime, POST, key, NO_DROP)
        if rc < 0:
            self.posted.pop(key, None)  # else the end of the run has taken it already
        return rc

    def check_thread(self) -> None:
        """Raises where the calling thread is not the run's."""
        if threading.get_ident() != self.thread:
            raise wrong_thread()


def reason_of(node: int) -> Reason | None:
    """Why a node is cancelled, None if it is not, or has ended."""
    struct = ReasonStruct()
    return reason_from(struct) if lib.roost_reason_of(node, struct) == 1 else None


def wrong_thread() -> OrderError:
    return OrderError(
        "this belongs to the thread of its roost.run: from another thread use roost.from_thread",
        code=c.ROOST_ETHREAD,
    )


def current_host() -> Host:
    """The host of the run that goes on in this thread."""
    host = local.host
    if host is None:
        raise OrderError("no roost.run goes on in this thread; call this in what one runs")
    return host


def running_task() -> TaskHandle[Any]:
    """The task whose step runs."""
    task = current_host().current
    if task is None:
        raise OrderError("no task runs here; call it in a coroutine of a task")
    return task


async def already_there() -> None:
    """Waits for what is there: cancelled where the task is so now (C3a); what comes later is met by
    the next wait (C4)."""
    await ask(c.ROOST_ASK_EVENT, current_host().happened())
