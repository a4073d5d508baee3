"""What can be begun in a task, a group or a scope: cleanups, waits, and groups and scopes in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .._abi.library import lib
from ._calls import c_number, cancel_options, length_ns
from ._cleanups import Cleanup, defer
from ._node import Node
from ._waits import (
    NO_ABORT,
    Call,
    NumberCall,
    Parked,
    ParkedCall,
    Told,
    Wait,
    WorkCall,
    begun,
    on_thread,
    waits_for,
)

if TYPE_CHECKING:
    from ._blocks import Scope
    from ._group import Group
    from ._policy import Policy


class Parent(Node):
    """A node, with what can be begun in it.

    All waits are alike. `fn` is called once, in a later turn, as `fn(ended, *args)`: with what was
    waited for, or with the error `Cancelled` when the node is cancelled before (C3, C4); waits that
    are begun in a cancelled node end so too. A wait keeps no node open and ends no task: that is
    for `fn` to do. Those that a node still has when its work has ended are taken back, and `fn` is
    not called (S2b). What `fn` raises is the error of the task in which this is, see the package's
    documentation. Beginning one in a node that has ended, or is ending, raises an error."""

    __slots__ = ()

    # Cleanups, and what is opened in it.

    def defer(
        self,
        fn: Callable[..., object],
        *args: object,
        on_cancel: Callable[..., object] | None = None,
        name: str | None = None,
    ) -> Cleanup:
        """Registers a cleanup (K1): `fn(task, outcome, *args)` runs exactly once, when the work of
        this node has ended, however it did, last registered first, one at a time. `outcome` says
        how. `task` is the cleanup's own task, behind a shield: waits in it are not reached by the
        cancellation that made it run until the grace is over (K2). It may return `PENDING`, and
        `task.finish()` it later; then `on_cancel(task, reason, *args)` is called when its grace is
        over (K2b). An exception from it is an error of the node, and stops no other cleanup (K3).
        On a node whose cleanups are running it runs next (K6)."""
        return defer(self, fn, args, on_cancel, name)

    def open_group(
        self,
        *,
        policy: Policy = "fail_fast",
        limit: float | None = None,
        max_errors: int | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        move_on: bool = False,
        shield: bool = False,
        grace: float | None = None,
        report: bool = False,
        until_stopping: bool = False,
        name: str | None = None,
    ) -> Group:
        """Opens a group in this node. It is closed by `with`, or by `join`; one that its task
        leaves open is cancelled and joined when the task ends, which is an error (G7).

        `policy` (G2): "fail_fast": the first error cancels the rest; "supervise": errors are
        collected, nothing is cancelled; "race": the first success cancels the rest; or a function
        `fn(error, name)` that is asked for each error, with the exception and the name of what
        failed, and answers "cancel" (the rest), "record" (and go on) or "drop" (it never was).
        `limit`: so many tasks run at a time, the others wait in order (L2). `max_errors`: so many
        errors are listed, 1,000 where nothing is said.

        `timeout`, in seconds from now, and `deadline`, a moment on the runtime's clock: then the
        group is cancelled; if that cut work short its error is TimeoutError, with `move_on` there
        is none (D2). `shield`: it does not see the cancellation of what is around it (C10).
        `grace`: so many seconds a shield in it holds after a cancellation (C11); None: as around
        it. `report`: having absorbed its own cancellation is an error, `ScopeCancelled` (C7a).
        `until_stopping`: its own waits end when it is shut down (C12)."""
        from ._blocks import block_fields  # these need this class
        from ._group import open_group

        fields = block_fields(
            timeout, deadline, move_on, shield, grace, report, until_stopping, name
        )
        return open_group(self, policy, limit, max_errors, fields)

    def open_scope(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        move_on: bool = False,
        shield: bool = False,
        grace: float | None = None,
        report: bool = False,
        until_stopping: bool = False,
        name: str | None = None,
    ) -> Scope:
        """Opens a scope in this node: waits in it are cancelled or timed out together. All as for
        `open_group`."""
        from ._blocks import block_fields, open_scope  # which need this class

        fields = block_fields(
            timeout, deadline, move_on, shield, grace, report, until_stopping, name
        )
        return open_scope(self, fields)

    # Waits.

    def after(self, delay: float, fn: Told, *args: object) -> Wait:
        """Waits for so many seconds. 0 lets what is ready run first, no more; math.inf waits for
        the cancellation alone."""
        call = Call(self, "after()", fn, args)
        return Wait(begun(call, lib.roost_after, self._id, length_ns("a delay", delay)))

    def park(self, fn: Told, *args: object) -> Parked:
        """Waits for the program itself: until `wake(value)`, from any thread, of the wait that this
        answers. A cancellation ends it at once."""
        call = ParkedCall(self, "park()", fn, args)
        return Parked(begun(call, lib.roost_park, self._id, NO_ABORT), call.told)

    def on_end(self, within: Parent, fn: Told, *args: object) -> Wait:
        """Waits, as a wait of `within`, for the end of this node, its cleanups included, without
        cancelling it (L5). The value is the task's; the error is what a failed task has raised, or
        `TaskCancelled` (L5a); of a group or scope it is what its closing answers. Waiting for
        `within` itself, or what contains it, raises `Deadlock`."""
        waits_for(within, "on_end()")
        call = self._end_call(within, "on_end()", fn, args)
        return Wait(begun(call, lib.roost_on_end, self._id, within._id))

    def cancel_and_wait(
        self, within: Parent, fn: Told, *args: object, reason: str | None = None, code: int = 0
    ) -> Wait:
        """Cancels this node, and waits for its end: `cancel` and `on_end` in one (C12b). When
        `within` is cancelled first, the wait ends so, and the cancellation stays."""
        waits_for(within, "cancel_and_wait()")
        call = self._end_call(within, "cancel_and_wait()", fn, args)
        why = cancel_options(reason, code)
        return Wait(begun(call, lib.roost_cancel_and_wait, self._id, within._id, why))

    def on_call(self, work: Callable[[], Any], fn: Told, *args: object) -> Wait:
        """Calls `work()` on a thread of libuv's pool. The value is what it returns, the error what
        it raises. It is not called when the node is cancelled before a thread has begun it; once it
        runs it is waited for, and its answer stands: `node.cancelled`, which any thread may ask,
        tells it of the cancellation (S6)."""
        call = WorkCall(self, work, fn, args)
        return Wait(begun(call, lib.roost_on_call, on_thread, self._id))

    def on_signal(self, signum: int, fn: Told, *args: object) -> Wait:
        """Waits until the process receives a signal; the value is its number. While anybody waits
        for it, the signal does nothing else, Python's own handler included."""
        call = NumberCall(self, "on_signal()", fn, args)
        return Wait(begun(call, lib.roost_on_signal, c_number("a signal", signum), self._id))

    def on_readable(self, fd: int, fn: Told, *args: object) -> Wait:
        """Waits until a descriptor can be read, or is at its end, or has an error, of which a read
        tells. Make it one that does not block. One wait for each direction: another one raises
        `BusyResourceError`. `runtime.descriptor_closing(fd)` comes before closing it."""
        call = Call(self, "on_readable()", fn, args)
        return Wait(begun(call, lib.roost_on_readable, descriptor(fd), self._id))

    def on_writable(self, fd: int, fn: Told, *args: object) -> Wait:
        """The same until it can be written to."""
        call = Call(self, "on_writable()", fn, args)
        return Wait(begun(call, lib.roost_on_writable, descriptor(fd), self._id))

    def run_process(
        self,
        command: Sequence[str],
        fn: Told,
        *args: object,
        stdio: Sequence[int | None] = (None, None, None),
        env: dict[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        stop: Sequence[tuple[int, float]] = (),
    ) -> Wait:
        """Runs a child process, and waits until it has ended and was reaped: the value is its exit
        status, or minus the signal that ended it.

        `stdio`: descriptors of this process that become its 0, 1, 2, ...; None: /dev/null. `env`
        and `cwd`: None: this program's. When the wait is cancelled or taken back the child is
        stopped: it gets the signals of `stop`, pairs of a signal and the seconds that it may take
        to end after it (none given: SIGTERM and five), and in the end SIGKILL; when it was reaped,
        `fn` is told. No node ends while a child of its waits runs."""
        from ._process import ProcessCall, process_options

        call = ProcessCall(self, "run_process()", fn, args)
        options = process_options(command, stdio, env, cwd, stop)
        return Wait(begun(call, lib.roost_run_process, options, self._id))

    # Of this package.

    def _end_call(self, within: Parent, call: str, fn: Told, args: tuple[object, ...]) -> Call:
        """The function of a wait for the end of this node."""
        return Call(within, call, fn, args)

    def _waits_changed(self, by: int) -> None:
        """So many waits more, or less, are there: a block in `with` is closed after its last."""

    def _waits_cancelled(self) -> None:
        """A wait of this node has ended as cancelled."""


def descriptor(fd: int) -> int:
    return c_number("a descriptor", fd)
