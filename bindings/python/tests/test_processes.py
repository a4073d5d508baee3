"""Child processes: `run_process`, `open_process` (S3). The children are real, and nothing here
depends on how long anything takes: the virtual clock stands still, or nothing is timed."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Any

import pytest

import roost

GENTLY = ((signal.SIGTERM, math.inf),)  # no SIGKILL follows, as the virtual clock cannot get there


def run(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[bytes]:
    async def main() -> subprocess.CompletedProcess[bytes]:
        return await roost.run_process(*arguments, **options)

    return roost.run(main, clock="virtual")


def descriptors() -> list[str]:
    return os.listdir("/proc/self/fd")


class TestRunning:
    def test_S3_what_it_writes_and_how_it_ends_real(self) -> None:
        ended = run("echo out; echo err >&2; exit 3", check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (3, b"out\n", b"err\n")
        assert ended.args == "echo out; echo err >&2; exit 3"

    def test_S3_a_list_is_a_program_and_its_arguments_real(self) -> None:
        assert run(["printf", "%s-", "a b", "", "ü"]).stdout == "a b--ü-".encode()
        assert run([Path("/bin/echo"), b"x"]).stdout == b"x\n"

    def test_S3_input_is_written_and_output_read_at_once_real(self) -> None:
        # More than any pipe has room for: neither side may wait for the other to have ended.
        much = os.urandom(1 << 20)
        assert run(["cat"], input=much).stdout == much

    @pytest.mark.parametrize("options", [{"input": b""}, {"stdin": PIPE}, {"stdin": DEVNULL}])
    def test_S3_without_input_it_reads_the_end_real(self, options: dict[str, Any]) -> None:
        assert run(["cat"], **options).stdout == b""

    def test_S3_a_child_need_not_read_its_input_real(self) -> None:
        assert run(["true"], input=bytes(1 << 20)).returncode == 0

    def test_S3_a_return_code_other_than_0_raises_real(self) -> None:
        with pytest.raises(subprocess.CalledProcessError) as caught:
            run("echo why; exit 7")
        assert (caught.value.returncode, caught.value.stdout) == (7, b"why\n")

    def test_S3_the_signal_that_ended_it_is_a_negative_code_real(self) -> None:
        assert run("kill -KILL $$", check=False).returncode == -signal.SIGKILL

    def test_S3_where_its_output_goes_real(self, tmp_path: Path) -> None:
        both = run("echo out; echo err >&2", stderr=STDOUT)
        assert both.stdout == b"out\nerr\n"
        assert not both.stderr
        nothing = run("echo out; echo err >&2", stdout=DEVNULL, stderr=DEVNULL)
        assert not nothing.stdout
        assert not nothing.stderr
        with open(tmp_path / "log", "wb") as log:
            run("echo out; echo err >&2", stdout=log, stderr=log.fileno())
        assert (tmp_path / "log").read_bytes() == b"out\nerr\n"

    def test_S3_its_folder_and_environment_real(self, tmp_path: Path) -> None:
        said = run(["/bin/sh", "-c", "pwd; echo $CODE"], cwd=tmp_path, env={"CODE": "6"})
        assert said.stdout == f"{tmp_path}\n6\n".encode()

    def test_S3_descriptors_are_passed_on_real(self) -> None:
        reader, writer = os.pipe()
        try:
            writing = [sys.executable, "-c", f"import os; os.write({writer}, b'x')"]
            run(writing, pass_fds=[writer])
            assert os.read(reader, 10) == b"x"
            assert run(writing, check=False).returncode != 0  # it is the program's alone
        finally:
            os.close(reader)
            os.close(writer)

    def test_S3_a_session_of_its_own_real(self) -> None:
        script = [sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"]
        assert run(script, start_new_session=True).stdout == b"True\n"
        assert run(script).stdout == b"False\n"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
    def test_S3_another_user_real(self) -> None:
        assert run("id -u; id -g", user="nobody", group=65534).stdout == b"65534\n65534\n"

    def test_S3_no_descriptor_is_left_real(self) -> None:
        before = descriptors()
        run(["cat"], input=b"x")
        with pytest.raises(FileNotFoundError):
            run(["/no/such/program"])
        assert descriptors() == before


class TestCancelling:
    def test_S3_one_that_is_cancelled_is_told_to_end_and_read_on_real(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        script = f"trap 'dd if=/dev/zero bs=1M count=1; echo ended >{log}; exit' TERM; echo up >&2"

        async def main() -> bool:
            ready, up = os.pipe()
            with roost.CancelScope() as scope:
                async with roost.create_task_group() as group:
                    group.start_soon(cancel_when, ready, scope)
                    await roost.run_process(
                        f"{script}; while :; do sleep 0.01; done", stderr=up, stop=GENTLY
                    )
            os.close(ready)
            os.close(up)
            return scope.cancelled_caught

        assert roost.run(main, clock="virtual")
        assert log.read_text() == "ended\n"

    def test_S3_one_that_does_not_listen_is_killed_real(self) -> None:
        async def main() -> tuple[bool, int]:
            ready, up = os.pipe()
            pid = 0

            async def when_up(scope: roost.CancelScope) -> None:
                nonlocal pid
                await roost.wait_readable(ready)
                pid = int(os.read(ready, 100))
                scope.cancel()

            with roost.CancelScope() as scope:
                async with roost.create_task_group() as group:
                    group.start_soon(when_up, scope)
                    # On the virtual clock the five seconds after SIGTERM pass at once.
                    await roost.run_process(
                        "trap '' TERM; echo $$ >&2; while :; do sleep 0.01; done", stderr=up
                    )
            os.close(ready)
            os.close(up)
            return scope.cancelled_caught, pid

        caught, pid = roost.run(main, clock="virtual")
        assert caught
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_C3a_none_is_begun_by_who_is_cancelled(self, tmp_path: Path) -> None:
        async def main() -> bool:
            with roost.CancelScope() as scope:
                scope.cancel()
                await roost.run_process(["touch", tmp_path / "file"])
            with roost.CancelScope() as scope:
                scope.cancel()
                await roost.open_process(["touch", tmp_path / "file"])
            return scope.cancelled_caught

        assert roost.run(main, clock="virtual")
        assert list(tmp_path.iterdir()) == []

    def test_C10_in_a_shield_it_comes_to_its_own_end_real(self) -> None:
        async def main() -> tuple[bytes, bool]:
            with roost.CancelScope() as outer:
                outer.cancel()
                with roost.CancelScope(shield=True):
                    ended = await roost.run_process(["echo", "whole"])
                await roost.checkpoint()
            return ended.stdout, outer.cancelled_caught

        assert roost.run(main, clock="virtual") == (b"whole\n", True)

    def test_C9a_ctrl_c_stops_the_child_and_is_raised_real(self) -> None:
        pids: list[int] = []

        async def interrupt(ready: int) -> None:
            await roost.wait_readable(ready)
            pids.append(int(os.read(ready, 100)))
            os.kill(os.getpid(), signal.SIGINT)

        async def main(ready: int, up: int) -> None:
            async with roost.create_task_group() as group:
                group.start_soon(interrupt, ready)
                await roost.run_process("echo $$ >&2; exec sleep 1000", stderr=up)

        ready, up = os.pipe()
        with pytest.raises(KeyboardInterrupt):
            roost.run(main, ready, up)
        os.close(ready)
        os.close(up)
        with pytest.raises(ProcessLookupError):
            os.kill(pids[0], 0)

    def test_C11_a_grace_does_not_leave_a_child_behind_real(self) -> None:
        async def main() -> int:
            ready, up = os.pipe()
            with roost.CancelScope(grace=0) as scope:
                async with roost.create_task_group() as group:
                    group.start_soon(cancel_when, ready, scope)
                    await roost.run_process("echo $$; echo >&2; exec sleep 1000", stderr=up)
            os.close(ready)
            os.close(up)
            return len(await children())

        assert roost.run(main, clock="virtual") == 0


async def cancel_when(ready: int, scope: roost.CancelScope) -> None:
    await roost.wait_readable(ready)
    scope.cancel()


async def children() -> list[str]:
    """The children of this process that have not been reaped."""
    return Path("/proc/thread-self/children").read_text().split()


class TestTalking:
    def test_S3_open_process_talks_with_a_child_real(self) -> None:
        async def main() -> tuple[list[bytes], int | None]:
            said: list[bytes] = []
            async with await roost.open_process(["cat"], stderr=None) as child:
                assert child.stdin
                assert child.stdout
                assert child.stderr is None
                assert child.returncode is None
                for word in (b"one", b"two"):
                    await child.stdin.send(word)
                    said.append(await child.stdout.receive())
                await child.stdin.aclose()
                with pytest.raises(roost.EndOfStream):
                    await child.stdout.receive()
            return said, child.returncode

        assert roost.run(main, clock="virtual") == ([b"one", b"two"], 0)

    def test_S3_its_output_in_chunks_real(self) -> None:
        async def main() -> bytes:
            async with await roost.open_process("echo a; echo b") as child:
                assert child.stdout
                whole = b"".join([chunk async for chunk in child.stdout])
                assert await child.wait() == 0
                assert await child.wait() == 0
                return whole

        assert roost.run(main, clock="virtual") == b"a\nb\n"

    @pytest.mark.parametrize(
        ("way", "code"), [("terminate", -signal.SIGTERM), ("kill", -signal.SIGKILL)]
    )
    def test_S3_signals_real(self, way: str, code: int) -> None:
        async def main() -> int:
            async with await roost.open_process(["sleep", "1000"]) as child:
                getattr(child, way)()
                ended = await child.wait()
                getattr(child, way)()  # nothing: it has ended
                return ended

        assert roost.run(main, clock="virtual") == code

    def test_S3_a_wait_that_is_cancelled_leaves_the_child_alone_real(self) -> None:
        async def main() -> int | None:
            async with await roost.open_process(["cat"]) as child:
                with roost.CancelScope() as scope:
                    scope.cancel()
                    await child.wait()
                assert scope.cancelled_caught
                assert child.returncode is None
            return child.returncode

        assert roost.run(main, clock="virtual") == 0

    def test_S3_who_leaves_by_an_exception_stops_the_child_real(self) -> None:
        async def main() -> None:
            async with await roost.open_process(["sleep", "1000"]) as child:
                pid = child.pid
                raise LookupError(pid)

        with pytest.raises(LookupError) as caught:
            roost.run(main, clock="virtual")
        with pytest.raises(ProcessLookupError):
            os.kill(caught.value.args[0], 0)

    def test_S3_a_close_that_is_cancelled_stops_the_child_real(self) -> None:
        async def main() -> int | None:
            with roost.CancelScope() as scope:
                async with await roost.open_process(["sleep", "1000"]) as child:
                    scope.cancel()
            assert scope.cancelled_caught
            with pytest.raises(ProcessLookupError):
                os.kill(child.pid, 0)
            with pytest.raises(roost.ClosedResourceError, match="stopped"):
                await child.wait()
            return child.returncode

        assert roost.run(main, clock="virtual") is None

    def test_T2_a_child_that_is_left_is_stopped_with_the_run_real(self) -> None:
        async def main() -> roost.Process:
            return await roost.open_process(["sleep", "1000"])

        async def later() -> None:
            child.terminate()  # does nothing: the number may be another's by now
            with pytest.raises(roost.ClosedResourceError, match="stopped"):
                await child.wait()
            await child.aclose()

        child = roost.run(main, clock="virtual")
        with pytest.raises(ProcessLookupError):
            os.kill(child.pid, 0)
        roost.run(later, clock="virtual")

    def test_B1_an_end_of_a_pipe_after_its_time_real(self) -> None:
        async def main() -> None:
            async with await roost.open_process(["true"]) as child:
                assert child.stdin
                assert child.stdout
                with pytest.raises(ValueError, match="max_bytes"):
                    await child.stdout.receive(0)
                await child.wait()
                with pytest.raises(roost.BrokenResourceError):
                    await child.stdin.send(b"x")
                await child.stdin.aclose()
                await child.stdin.aclose()
                with pytest.raises(roost.ClosedResourceError):
                    await child.stdin.send(b"x")

        roost.run(main, clock="virtual")

    def test_B1_a_pipe_that_is_closed_while_it_is_read_real(self) -> None:
        async def main() -> None:
            async with await roost.open_process(["cat"]) as child:
                pipe = child.stdout
                assert pipe
                async with roost.create_task_group() as group:
                    group.start_soon(closed_while_it_is_read, pipe)
                    await roost.sleep(1)
                    with pytest.raises(roost.BusyResourceError):
                        await pipe.receive()
                    await pipe.aclose()

        roost.run(main, clock="virtual")


async def closed_while_it_is_read(pipe: Any) -> None:
    with pytest.raises(roost.ClosedResourceError):
        await pipe.receive()


class TestWrongUse:
    @pytest.mark.parametrize("begin", [roost.run_process, roost.open_process])
    def test_B1_what_cannot_be_started(self, begin: Any, tmp_path: Path) -> None:
        async def main() -> None:
            with pytest.raises(FileNotFoundError, match="/no/such/program"):
                await begin(["/no/such/program"])
            with pytest.raises(FileNotFoundError, match="/no/such/folder"):
                await begin(["true"], cwd="/no/such/folder")
            with pytest.raises(PermissionError):
                await begin([tmp_path])

        before = descriptors()
        roost.run(main, clock="virtual")
        assert descriptors() == before

    @pytest.mark.parametrize(
        ("command", "options", "error"),
        [
            ([], {}, ValueError),
            ([""], {}, ValueError),
            (["true", "a\0b"], {}, ValueError),
            (["true", 1], {}, TypeError),
            (5, {}, TypeError),
            (["true"], {"env": {"": "x"}}, ValueError),
            (["true"], {"env": {"A=B": "x"}}, ValueError),
            (["true"], {"env": {"A": "x\0"}}, ValueError),
            (["true"], {"cwd": "/\0"}, ValueError),
            (["true"], {"stdin": STDOUT}, ValueError),
            (["true"], {"stdout": STDOUT}, ValueError),
            (["true"], {"stdout": -7}, ValueError),
            (["true"], {"pass_fds": [-1]}, ValueError),
            (["true"], {"creationflags": 1}, ValueError),
            (["true"], {"user": "no such user"}, KeyError),
            (["true"], {"stop": []}, ValueError),
            (["true"], {"stop": [(10_000, 1)]}, ValueError),
            (["true"], {"stop": [(signal.SIGTERM, -1)]}, ValueError),
            (["true"], {"stop": [(signal.SIGTERM, math.nan)]}, ValueError),
            (["true"], {"stop": [(signal.SIGTERM, 1)] * 17}, ValueError),
        ],
    )
    @pytest.mark.parametrize("begin", [roost.run_process, roost.open_process])
    def test_B1_what_makes_no_sense(
        self, begin: Any, command: Sequence[Any], options: dict[str, Any], error: type[Exception]
    ) -> None:
        async def main() -> None:
            with pytest.raises(error):
                await begin(command, **options)

        before = descriptors()
        roost.run(main, clock="virtual")
        assert descriptors() == before

    def test_B1_input_and_stdin(self) -> None:
        with pytest.raises(ValueError, match="stdin"):
            run(["cat"], input=b"x", stdin=DEVNULL)

    @pytest.mark.parametrize("begin", [roost.run_process, roost.open_process])
    def test_B1_outside_of_run(self, begin: Any) -> None:
        before = descriptors()
        with pytest.raises(RuntimeError, match=r"roost\.run"):
            begin(["true"]).send(None)
        assert descriptors() == before
