"""Child processes to talk with: `open_process`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from ctypes import c_uint64
from itertools import count
from signal import SIGKILL, SIGTERM, Signals
from subprocess import PIPE
from types import TracebackType
from typing import Any

from ._abi.constants import ROOST_ASK_EVENT
from ._abi.library import lib
from ._abi.types import DropFn, WaitFn
from ._ask import ask, checkpoint
from ._errors import ClosedResourceError, check
from ._kernel import current_host
from ._launch import STOP, Command, Launch, Stop, Stream, StrOrBytesPath, returncode
from ._outside import close_outside_scope, outside_scope
from ._scope import CancelScope


async def open_process(
    command: Command,
    *,
    stdin: Stream = PIPE,
    stdout: Stream = PIPE,
    stderr: Stream = PIPE,
    cwd: StrOrBytesPath | None = None,
    env: Mapping[str, str] | None = None,
    startupinfo: Any = None,
    creationflags: int = 0,
    start_new_session: bool = False,
    pass_fds: Sequence[int] = (),
    user: str | int | None = None,
    group: str | int | None = None,
    stop: Stop = STOP,
) -> Process:
    """Starts a child process, to talk with:

        async with await roost.open_process(["bc"]) as child:
            await child.stdin.send(b"6 * 7\\n")
            print(await child.stdout.receive())

    The arguments are those of `run_process`. The child belongs to the run, not to a task: leave the
    block, or call `aclose`, to have it ended; the run stops it when its main task has ended.
    """
    launch = Launch(
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        env=env,
        startupinfo=startupinfo,
        creationflags=creationflags,
        start_new_session=start_new_session,
        pass_fds=pass_fds,
        user=user,
        group=group,
        stop=stop,
    )
    current_host()
    await checkpoint()  # C3a: no child is begun by one who is cancelled
    with launch:
        process = Process(launch)
        launch.keep()
        return process


class Process:
    """A child process that `open_process` has started, for the tasks of its run."""

    def __init__(self, launch: Launch) -> None:
        host = current_host()
        self._returncode: int | None = None
        self._has_ended = False
        self._event = _open_event(host.runtime)
        self._scope = outside_scope(host, b"process " + os.path.basename(launch.file))
        number = next(_numbers)
        _live[number] = self
        try:
            check(launch.begin(self._scope, _ended, number, _gone))
        except Exception as error:
            raise launch.explain(error) from None
        self.pid = launch.pid.value
        self.stdin = launch.stdin
        self.stdout = launch.stdout
        self.stderr = launch.stderr

    @property
    def returncode(self) -> int | None:
        """What it has ended with: its exit status, or below 0 the signal that has ended it. None:
        it runs, or has been stopped by `aclose`, of which the status is not known."""
        return self._returncode

    async def wait(self) -> int:
        """Waits until the child has ended and was reaped, and answers its return code. A wait that
        is cancelled leaves the child alone. ClosedResourceError: it was stopped by `aclose`."""
        await self._end()
        if self._returncode is None:
            raise ClosedResourceError("the process was stopped, so that it has no return code")
        return self._returncode

    def terminate(self) -> None:
        """Sends it SIGTERM."""
        self.send_signal(SIGTERM)

    def kill(self) -> None:
        """Sends it SIGKILL."""
        self.send_signal(SIGKILL)

    def send_signal(self, signal: Signals) -> None:
        """Sends it a signal, which ends no wait by itself; does nothing when it has ended."""
        if not self._has_ended:
            os.kill(self.pid, signal)

    async def aclose(self) -> None:
        """Closes the pipes and waits until the child has ended. When that is cancelled the child is
        stopped as by `run_process`, and waited for, in a shield; should the grace be over before
        that, the run still waits for it."""
        await self._close(in_peace=True)

    async def __aenter__(self) -> Process:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Who leaves with an exception does not wait for a child that may wait for him.
        await self._close(in_peace=error is None)

    async def _close(self, *, in_peace: bool) -> None:
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe:
                await pipe.aclose()
        if not in_peace:
            return await self._stop()
        try:
            await self._end()
        except BaseException:
            await self._stop()
            raise

    async def _stop(self) -> None:
        if not self._has_ended:
            current_host().flush()
            lib.roost_cancel(self._scope, None)
            with CancelScope(shield=True):
                await self._end()

    async def _end(self) -> None:
        if self._has_ended:
            await checkpoint()
        else:
            await ask(ROOST_ASK_EVENT, node=self._event)

    def _forget(self) -> None:
        """Nothing more will be told of it: it was reaped, or has never been."""
        self._has_ended = True
        lib.roost_event_set(self._event)
        lib.roost_release_id(self._event)
        close_outside_scope(self._scope)


# The children that the engine has, by the numbers that it was given as their data.
_live: dict[int, Process] = {}
_numbers = count(1)


@WaitFn
def _ended(wait: int, rc: int, number: int) -> None:
    if rc >= 0:
        _live[number]._returncode = returncode(rc)


@DropFn
def _gone(number: int) -> None:
    _live.pop(number)._forget()


def _open_event(runtime: int) -> int:
    event = c_uint64()
    check(lib.roost_event_open(runtime, event))
    return event.value
