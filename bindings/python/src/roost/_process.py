"""Child processes that run to their end: `run_process`. A child is a wait of the engine's, which
stops it gently when it is cancelled (S3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from subprocess import PIPE, CalledProcessError, CompletedProcess
from typing import Any

from ._ask import wait
from ._errors import BrokenResourceError
from ._group import create_task_group
from ._kernel import NO_DROP, WAKE, current_host
from ._launch import STOP, Command, Launch, Stop, Stream, StrOrBytesPath, returncode
from ._pipes import ReceivePipe, SendPipe
from ._scope import CancelScope


async def run_process(
    command: Command,
    *,
    input: bytes | None = None,  # noqa: A002 (as in subprocess.run)
    stdin: Stream = None,
    stdout: Stream = PIPE,
    stderr: Stream = PIPE,
    check: bool = True,
    cwd: StrOrBytesPath | None = None,
    env: Mapping[str, str] | None = None,
    startupinfo: Any = None,
    creationflags: int = 0,
    start_new_session: bool = False,
    pass_fds: Sequence[int] = (),
    user: str | int | None = None,
    group: str | int | None = None,
    stop: Stop = STOP,
) -> CompletedProcess[bytes]:
    """Runs a child process, waits until it has ended and was reaped, and answers its return code
    and what it has written.

    `command` is a list of the program and its arguments, or one text for the shell. `input` is
    written to its standard input, through a pipe in place of `stdin`. `stdin`, `stdout` and
    `stderr` are PIPE, DEVNULL, a descriptor, a file, or None for the program's own; `stderr` may be
    STDOUT. `startupinfo` and `creationflags` are for Windows, where roost is not;
    AnyIO's `extra_groups` and `umask` are not there, as libuv has neither. With `check`, a
    return code other than 0 raises CalledProcessError, which has the output too.

    When it is cancelled, the child is stopped: it gets the signals of `stop`, each with the seconds
    that it may take to end after it, and in the end SIGKILL. Its output is read on until it has
    ended, so that it can end in good order, and is lost; then this raises Cancelled. No block ends
    before the child was reaped, whatever its grace (T2). On the virtual clock these times pass at
    once, if nothing else holds it: `math.inf` has no end there. Only the child gets the signals,
    not what it has started itself; should that still hold the pipes, this waits for it as long as
    nobody cancels.

    Descriptors that the program has made inheritable are the child's too. FileNotFoundError,
    PermissionError: it could not be started. Outside of `roost.run`: RuntimeError.
    """
    if input is not None and stdin is not None:
        raise ValueError("input goes through a pipe of its own: give no stdin beside it")
    launch = Launch(
        command,
        stdin=stdin if input is None else PIPE,
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
    current_host()  # nothing is opened outside of a run
    with launch:
        rc, output, errors = await _converse(launch, input)
    code = returncode(rc)
    if check and code:
        raise CalledProcessError(code, command, output, errors)
    return CompletedProcess(command, code, output, errors)


async def _converse(launch: Launch, given: bytes | None) -> tuple[int, bytes | None, bytes | None]:
    """The child's outcome, and what it has written. What reads and writes is shielded as long as
    the child lives, which may have something to say when it is told to end."""
    shield = _Shields()
    output = errors = None
    failed: Exception | None = None
    rc = 0
    async with create_task_group(name="run_process") as group:
        if launch.stdin:
            group.start_soon(_feed, launch.stdin, given or b"", shield.new())
        if launch.stdout:
            output = bytearray()
            group.start_soon(_drain, launch.stdout, output, shield.new())
        if launch.stderr:
            errors = bytearray()
            group.start_soon(_drain, launch.stderr, errors, shield.new())
        try:
            rc = await wait(lambda task, key: launch.begin(task, WAKE, key, NO_DROP))
        except Exception as error:
            failed = launch.explain(error)  # raised below, as itself and not in a group
            group.cancel()
        finally:
            shield.off()
    if failed:
        try:
            raise failed
        finally:
            failed = None  # which this frame is in the traceback of
    return rc, _bytes(output), _bytes(errors)


class _Shields(list[CancelScope]):
    """Shields that are switched off together."""

    def new(self) -> CancelScope:
        self.append(CancelScope(shield=True))
        return self[-1]

    def off(self) -> None:
        for scope in self:
            scope.shield = False


async def _feed(pipe: SendPipe, given: bytes, shield: CancelScope) -> None:
    with shield:
        try:
            if given:
                await pipe.send(given)
        except BrokenResourceError:
            pass  # a child need not read all that it is given
        finally:
            pipe.close()


async def _drain(pipe: ReceivePipe, into: bytearray, shield: CancelScope) -> None:
    with shield:
        async for chunk in pipe:
            into += chunk


def _bytes(collected: bytearray | None) -> bytes | None:
    return None if collected is None else bytes(collected)
