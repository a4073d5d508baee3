"""The runtime: a loop, and the root group on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import TracebackType
from typing import TYPE_CHECKING, Concatenate, Literal, ParamSpec, TypeVar
from warnings import warn
from weakref import WeakValueDictionary

from .._abi.callables import close, post
from .._abi.constants import ROOST_CLOCK_REAL, ROOST_CLOCK_VIRTUAL, ROOST_EDEADLK
from .._abi.library import lib
from .._abi.types import CancelOptions, Counters, RuntimeOptions
from .._abi.types import Result as RawResult
from .._errors import HANG, Deadlock, Origin, check, is_fatal, without_cancelled
from .._see import Report, reporting
from ._calls import called, count, end, function, grace_ns, length_ns, opened, own, seconds, text
from ._ended import Result, result_from, tell
from ._group import Group
from ._parents import descriptor
from ._policy import Policy, check_policy, policy_fields
from ._raising import to_raise, unraisable
from ._seen import Seen

if TYPE_CHECKING:
    from ._blocks import Block
    from ._task import Kept

P = ParamSpec("P")
T = TypeVar("T")

CLOCKS = {"real": ROOST_CLOCK_REAL, "virtual": ROOST_CLOCK_VIRTUAL}


def in_root(method: Callable[Concatenate[Group, P], T]) -> Callable[Concatenate[Runtime, P], T]:
    """The same method of a runtime, for its root group."""

    @wraps(method)
    def call(self: Runtime, /, *args: P.args, **options: P.kwargs) -> T:
        return method(self.root, *args, **options)

    return call


class Runtime(Seen):
    """A tree of nodes, and the loop that runs it, on the thread that opens it.

    `with Runtime() as runtime:` opens it; at its end, the block runs all that is left, closes the
    runtime, and raises what went wrong; where the body raised, it cancels all, closes, and lets
    that go on. A runtime without `with` is open from here on, and closed by `close`.

    `clock`: "virtual" stands still while anything can run, then jumps, for tests (D4). `loop`: the
    address of a `uv_loop_t` which the caller turns, in a process that has one libuv with it
    (ROOST_LIBRARY selects the library); then `run` is not for this runtime, nor does the end of a
    block wait: `close` with a function tells when all is over. `seed`: shuffles what is ready, the
    same seed in the same way (S4).

    `policy`, `limit`, `max_errors`, `grace` and `name` are those of the root group, as for
    `open_group`, but that it supervises where nothing is said.

    `report(said)` is told what hinders the program (O3), instead of standard error: a cancelled
    node that has not ended after `stall` seconds, a step that has held the loop for `step` seconds,
    a deadlock."""

    __slots__ = (
        "__weakref__",
        "_closed",
        "_closing",
        "_errors",
        "_found",
        "_id",
        "_kept",
        "_own_loop",
        "_root",
        "_turns",
    )

    def __init__(
        self,
        *,
        clock: Literal["real", "virtual"] = "real",
        loop: int | None = None,
        seed: int | None = None,
        policy: Policy = "supervise",
        limit: float | None = None,
        max_errors: int | None = None,
        grace: float | None = None,
        name: str | None = None,
        report: Callable[[Report], object] | None = None,
        stall: float | None = None,
        step: float | None = None,
    ) -> None:
        self._id = 0
        self._errors: list[BaseException] = []  # of callbacks that are no task's
        self._found: list[BaseException] = []  # what else is to be raised
        self._kept: WeakValueDictionary[int, Kept] = WeakValueDictionary()
        self._own_loop = loop is None
        self._closing: dict[int, set[Block]] = {}  # by task, those that wait for their waits
        self._turns = False  # our own loop, at this moment
        self._closed = False
        if clock not in CLOCKS:
            raise ValueError(f"a clock is 'real' or 'virtual', not {clock!r}")
        if loop is not None and (isinstance(loop, bool) or not isinstance(loop, int) or loop <= 0):
            raise TypeError(f"a loop is the address of a uv_loop_t, an int, not {loop!r}")
        check_policy(policy)
        if report is not None:
            function("a report", report)
        options = RuntimeOptions(
            clock=CLOCKS[clock],
            loop=loop,
            seed=count("a seed", seed, least=0),
            limit=count("a limit", limit),
            max_errors=count("max_errors", max_errors),
            name=text("a name", name),
            grace_ns=grace_ns(grace),
            **reporting(None if report is None else partial(self._plain, report), stall, step),
            **policy_fields(self, policy),
        )
        self._id = opened(lib.roost_runtime_open, options)
        self._root = lib.roost_root(self._id)

    @property
    def id(self) -> int:
        """The engine's handle, for the functions of the C interface."""
        return self._id

    @property
    def root(self) -> Group:
        """The root group, which is always there, and is closed with the runtime."""
        return Group(self, self._there(lib.roost_root(self._id)), 0)

    @property
    def now(self) -> float:
        """The time on the runtime's clock, in seconds. The virtual one begins at 1."""
        return seconds(self._there(lib.roost_now(self._id)))

    @property
    def loop(self) -> int:
        """The address of the `uv_loop_t`, own or borrowed."""
        return self._there(lib.roost_loop(self._id) or 0)

    # What is begun in the root group.

    spawn = in_root(Group.spawn)
    open_group = in_root(Group.open_group)
    open_scope = in_root(Group.open_scope)
    after = in_root(Group.after)

    # Running and closing.

    def run(self) -> None:
        """Turns the loop until nothing keeps it going: no task alive, daemons not counted, no wait,
        no join (S8). May be called again.

        Raises what callbacks have raised that are no task's, in an ExceptionGroup, but
        KeyboardInterrupt and SystemExit as themselves. On the virtual clock raises `Deadlock` when
        tasks are left to which nothing can ever happen: the root is cancelled then, and only
        closing is left (D4). Python's own signal handlers, Ctrl-C's too, run with the next
        callback: a wait `on_signal` hears at once."""
        self._turn()
        self._raise([])

    def close(
        self, patience: float = 0, fn: Callable[..., object] | None = None, *args: object
    ) -> None:
        """Closes the runtime (S8a): spawning into the root, and posting, raise an error from now
        on; what is left may go on for `patience` seconds (C12) and is cancelled then; when all has
        ended and every cleanup has run, `fn(result, *args)` is called with the root's `Result`, and
        the runtime and all its handles are gone.

        On an own loop this turns it until then, and, without `fn`, raises the root's errors. In a
        callback, and on a borrowed loop, it returns at once: whoever turns the loop brings it to
        its end. To call it while it closes does nothing; later, raises RoostError."""
        if fn is not None:
            function("close()", fn)
        self._close(length_ns("patience", patience), fn, args)
        if self._can_turn():
            self._raise([])

    @property
    def closed(self) -> bool:
        """Whether the runtime is closed, and gone."""
        return self._closed

    def __enter__(self) -> Runtime:
        self._there(lib.roost_now(self._id))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        absorbed = error is not None and without_cancelled(error) is None
        absorbed = absorbed and lib.roost_cancelled(self._root) != 0  # or the root has ended
        if self._closed:
            return absorbed
        if not self._can_turn():
            self._close(0, None, ())
            return False
        if error is None:
            self._turn()
        self._close(0, None, ())
        if error is None or absorbed:
            self._raise([])
        elif self._found or self._errors or is_fatal(error):
            self._raise([error])
        return absorbed

    def __del__(self, warn: Callable[..., None] = warn) -> None:
        if self._id and not self._closed:
            warn(f"{self!r} was never closed", ResourceWarning, stacklevel=2, source=self)

    # Other threads.

    def post(self, fn: Callable[..., object], *args: object) -> None:
        """Has `fn(*args)` called by the loop, in the order of posting (S5). It keeps the loop going
        until it was called. Raises `ClosedResourceError` when the runtime is closing, RoostError
        when it is gone. Any thread."""
        function("post()", fn)

        check(lib.roost_post(self._id, *post(lambda _: self._plain(fn, *args))))

    def descriptor_closing(self, fd: int) -> None:
        """Ends the waits for a descriptor that is about to be closed, with an OSError, EBADF."""
        check(lib.roost_descriptor_closing(self._id, descriptor(fd)))

    # Of this package.

    def _there(self, answer: int) -> int:
        """The answer of a call that answers 0 where the runtime is gone, or another thread's."""
        if answer == 0:
            check(lib.roost_counters_of(self._id, Counters()))
        return answer

    def _can_turn(self) -> bool:
        """Whether the loop is our own, and at rest."""
        return self._own_loop and not self._turns

    def _turn(self) -> None:
        """Turns the loop; a deadlock is found, not raised."""
        rc = self._turning(lambda: lib.roost_run(self._id))
        if rc == ROOST_EDEADLK:
            self._found.append(Deadlock(HANG))
        else:
            check(rc)

    def _turning(self, turn: Callable[[], int]) -> int:
        before, self._turns = self._turns, True
        try:
            return turn()
        finally:
            self._turns = before

    def _close(
        self, patience_ns: int, fn: Callable[..., object] | None, args: tuple[object, ...]
    ) -> None:
        """Closes; the root's error is found, not raised."""

        def closed(raw: RawResult) -> None:
            self._closed = True
            result = result_from(raw, "the root", None)
            try:
                tell(fn or self._ended, result, args)
            except BaseException as error:
                self._astray(own(error))

        was_closed = self._closed
        given = close(closed)
        rc = self._turning(lambda: lib.roost_close(self._id, patience_ns, *given))
        if was_closed or not self._closed:
            check(rc)
        elif rc == ROOST_EDEADLK:
            self._found.append(Deadlock(HANG))

    def _ended(self, result: Result) -> None:
        """The root has ended, and nobody else is told."""
        if result.exception is not None and self._own_loop:
            self._found.append(result.exception)
        elif result.exception is not None:
            unraisable(result.exception)

    def _end(self, task: int, error: BaseException) -> int:
        """Ends a task with an exception, which is kept for the task's object."""
        self._ends(task)
        failure = without_cancelled(error)
        rc = end(task, failure)
        if rc >= 0 and failure is not None and (kept := self._kept.get(task)):
            kept.exception = failure
        return rc

    def _ends(self, task: int) -> None:
        """A task is about to end: closes the blocks in it that have been left."""
        for block in list(self._closing.get(task, ())):
            block._close_now()

    def _failed(self, task: int, error: BaseException) -> None:
        """A callback has raised: that is the error of its task, where there is one (0: none) whose
        body has not ended."""
        if not task or self._end(task, error) < 0:
            self._astray(error)

    def _plain(self, fn: Callable[..., object], *args: object) -> None:
        """Calls a callback that is no task's."""
        try:
            called(fn, *args)
        except BaseException as error:
            self._astray(own(error))

    def _astray(self, error: BaseException) -> None:
        """An exception that is no task's: `run` raises it, where that is called."""
        if not self._own_loop:
            unraisable(error)
            return
        self._errors.append(error)
        if is_fatal(error):
            lib.roost_cancel(self._root, CancelOptions(origin=Origin.HOST.number))

    def _raise(self, found: list[BaseException]) -> None:
        """Raises what was found, and what went astray. Nothing here, nor in those who call this,
        holds on to what is raised: its traceback holds the frames."""
        error = to_raise([*found, *self._found], self._errors)
        found.clear()
        self._found, self._errors = [], []
        if error is not None:
            try:
                raise error
            finally:
                del error
