"""Groups: the nodes in which tasks live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._abi.library import lib
from .._abi.types import GroupOptions
from ._blocks import Block
from ._calls import count, opened
from ._parents import Parent
from ._policy import Policy, policy_fields
from ._spawning import Spawned, StartCall, Work, task_fields
from ._task import Task
from ._waits import Told, waits_for


class Group(Block):
    """Tasks that end together. Opened by `open_group` of the node around it; `runtime.root` is the
    one around all."""

    __slots__ = ()

    def spawn(
        self,
        fn: Callable[..., object],
        *args: object,
        on_cancel: Callable[..., object] | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        move_on: bool = False,
        shield: bool = False,
        grace: float | None = None,
        until_stopping: bool = False,
        daemon: bool = False,
        name: str | None = None,
    ) -> Task:
        """Spawns a task: `fn(task, *args)` is its first step, called once, in a later turn, in the
        order of spawning. What it returns is the task's value; with `PENDING` the task goes on
        until `task.finish` or `task.fail`. A task that was cancelled before still takes this step
        (C6a); one that waits for its turn under the group's limit does not (L2a).

        `on_cancel(task, reason, *args)` is called once when the task is cancelled while it goes on
        (S2a): to return is to end as cancelled, then and there; with `PENDING` the task goes on
        until it is finished, and a value given then stands (C4). Without it the task is only asked,
        by `task.cancelled` and by the errors of its waits, and waited for.

        `timeout` counts from the first step, `deadline` also while it waits for its turn; when it
        passes the task fails with TimeoutError, with `move_on` it ends as cancelled (D2a).
        `daemon`: it keeps no group open, and is cancelled when the others have ended (L3). `name`:
        that of the function where nothing is said. The rest as for `open_group`. The group may be
        joining, and cancelled; once its cleanups have begun this raises `ClosedResourceError`."""
        task = Spawned(self._runtime, "spawn()", fn, args, on_cancel)
        fields = task_fields(
            fn, timeout, deadline, move_on, shield, grace, until_stopping, daemon, name
        )
        return task.spawn(self._id, fields)

    def start(
        self,
        fn: Callable[..., object],
        *args: object,
        told: Told,
        within: Parent | None = None,
        on_cancel: Callable[..., object] | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        move_on: bool = False,
        shield: bool = False,
        grace: float | None = None,
        until_stopping: bool = False,
        daemon: bool = False,
        name: str | None = None,
    ) -> Task:
        """Spawns a task, and waits, as a wait of `within` (None: of this group), until it reports
        by `task.started(value)` that it is ready for others (L4): `told(ended)` is called with that
        value. Until then the task lives in `within`, and is cancelled with it. Should it end before
        its report, the wait ends with its error, `TaskCancelled`, or `NotStarted`, and the group
        never notices. All else as for `spawn`."""
        waiter = self if within is None else within
        waits_for(waiter, "start()")
        task = Spawned(self._runtime, "start()", fn, args, on_cancel)
        fields = task_fields(
            fn, timeout, deadline, move_on, shield, grace, until_stopping, daemon, name
        )
        return task.start(self._id, waiter._id, StartCall(waiter, "start()", told, ()), fields)

    def spawn_blocking(
        self,
        fn: Callable[..., object],
        *args: object,
        abandon: bool = False,
        timeout: float | None = None,
        deadline: float | None = None,
        move_on: bool = False,
        shield: bool = False,
        grace: float | None = None,
        until_stopping: bool = False,
        daemon: bool = False,
        name: str | None = None,
    ) -> Task:
        """Spawns a task that computes, or blocks: `fn(task, *args)` is called once on a thread of
        libuv's pool, where it may use what is for any thread. What it returns is the task's value,
        what it raises its error. It should ask `task.cancelled` now and then and, when that is
        true, give up by `raise Cancelled`; with anything else its result stands (S6). One that is
        cancelled before a thread has begun it never runs (C6a).

        `abandon`: when it is cancelled while it runs, the task ends as cancelled at once, and the
        function goes on as a stray, for which only the closing of the runtime waits (S6a)."""
        work = Work(self._runtime, fn, args)
        fields = task_fields(
            fn, timeout, deadline, move_on, shield, grace, until_stopping, daemon, name
        )
        return work.spawn(self._id, abandon, fields)


def open_group(
    parent: Parent,
    policy: Policy,
    limit: float | None,
    max_errors: int | None,
    fields: dict[str, Any],
) -> Group:
    """Opens a group in a node."""
    options = GroupOptions(
        limit=count("a limit", limit),
        max_errors=count("max_errors", max_errors),
        **policy_fields(parent._runtime, policy),
        **fields,
    )
    opening = opened(lib.roost_group_open, parent._id, options)
    return Group(parent._runtime, opening, parent._owner)
