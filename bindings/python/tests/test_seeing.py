"""Dumps, traces, counters, reports, signals and processes through the mirror."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Callable, Iterator
from ctypes import c_char_p, c_int64, pointer
from functools import partial
from typing import Any

import pytest

from roost._abi.callables import held, report, task_options, wait, write
from roost._abi.constants import (
    ROOST_ALREADY,
    ROOST_EALREADY,
    ROOST_ECANCELED,
    ROOST_EDEADLK,
    ROOST_EINVAL,
    ROOST_EIO,
    ROOST_FOREVER,
    ROOST_GRAPHVIZ,
    ROOST_HANG,
    ROOST_JSON,
    ROOST_LONG_STEP,
    ROOST_MILLISECOND,
    ROOST_PENDING,
    ROOST_SECOND,
    ROOST_STALL,
    ROOST_TEXT,
)
from roost._abi.library import lib
from roost._abi.reading import exit_signal, exit_status
from roost._abi.types import (
    Counters,
    ProcessOptions,
    Report,
    StopStep,
    Suspect,
)
from support import World, finish, must, pending


def dump(node: int, form: int) -> str:
    pieces: list[bytes] = []
    must(lib.roost_dump(node, form, *write(pieces.append)))
    [whole] = pieces
    return whole.decode()


@pytest.fixture
def tree(world: World) -> int:
    """A group with a task that waits."""

    def start(task: int) -> int:
        world.after(task, ROOST_FOREVER, lambda wait, rc: must(finish(task)))
        return ROOST_PENDING

    group = world.group(name=b"orchard")
    world.spawn(group, start, name=b"apple")
    return group


class TestDumps:
    @pytest.mark.parametrize("form", [ROOST_TEXT, ROOST_JSON, ROOST_GRAPHVIZ])
    def test_O1_each_form_names_what_is_alive_and_is_the_same_twice(
        self, world: World, tree: int, form: int
    ) -> None:
        said = dump(tree, form)
        assert "orchard" in said
        assert "apple" in said
        assert f"{tree:x}" in said
        assert dump(tree, form) == said

    def test_O1_json_is_json_and_lists_each_after_its_parent(self, world: World, tree: int) -> None:
        nodes = json.loads(dump(world.root, ROOST_JSON))["nodes"]
        names = [node["name"] for node in nodes]
        assert names.index("orchard") < names.index("apple")

    def test_O1_from_inside_a_callback(self, world: World, tree: int) -> None:
        said: list[str] = []
        world.at(ROOST_SECOND, lambda: said.append(dump(world.root, ROOST_TEXT)))
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(tree, None)))
        world.at(ROOST_SECOND, lambda: said.append(dump(world.root, ROOST_TEXT)))
        world.run()
        assert "apple" in said[0]
        assert said[0] != said[1]

    def test_O1_a_name_of_many_bytes_arrives_whole(self, world: World) -> None:
        group = world.group(name='Küken "Nr. 1"\\'.encode())
        assert "Küken" in dump(group, ROOST_TEXT)
        [node] = json.loads(dump(group, ROOST_JSON))["nodes"]
        assert node["name"] == 'Küken "Nr. 1"\\'

    def test_B1_no_such_format(self, world: World) -> None:
        given = write(lambda text: None)
        assert lib.roost_dump(world.root, 3, *given) == ROOST_EINVAL
        assert held(given[1]) is None

    def test_B3_what_a_write_function_raises_is_unraisable(
        self, world: World, unraisable: list[BaseException | None]
    ) -> None:
        def fail(text: bytes) -> None:
            raise OSError("disk full")

        assert lib.roost_dump(world.root, ROOST_TEXT, *write(fail)) == 0
        assert [type(error) for error in unraisable] == [OSError]


class TestTraces:
    def test_O2_the_pieces_are_one_json_document_with_every_life(
        self, world: World, tree: int
    ) -> None:
        pieces: list[bytes] = []
        must(lib.roost_trace_start(world.runtime, *write(pieces.append)))
        assert lib.roost_trace_start(world.runtime, *write(pieces.append)) == ROOST_EALREADY
        world.spawn(world.root, lambda task: ROOST_EIO, name=b"hasty")
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(tree, None)))
        world.join(tree)
        world.run()
        assert lib.roost_trace_stop(world.runtime) == 0
        assert lib.roost_trace_stop(world.runtime) == ROOST_ALREADY
        document = json.loads(b"".join(pieces))
        events = document["traceEvents"] if isinstance(document, dict) else document
        lives = {
            name: [event["ph"] for event in events if event.get("name") == name]
            for name in ("orchard", "apple", "hasty")
        }
        for name, phases in lives.items():
            assert phases.count("b") == phases.count("e") == 1, name
        [cancelled] = [event for event in events if event["ph"] == "n"]
        assert cancelled["ts"] == (world.began + ROOST_SECOND) / 1000


class TestCounters:
    def test_O4_what_was_done_is_counted(self, world: World) -> None:
        counters = Counters()
        group = world.group()
        world.spawn(group, lambda task: 0)
        world.spawn(group, lambda task: ROOST_EIO)
        world.spawn(group, pending, lambda task, why: 0)
        must(lib.roost_counters_of(world.runtime, counters))
        assert (counters.tasks, counters.all_tasks, counters.completed) == (3, 3, 0)
        world.join(group)
        world.run()
        must(lib.roost_counters_of(world.runtime, counters))
        assert (counters.tasks, counters.all_tasks) == (0, 3)
        assert (counters.completed, counters.failed, counters.cancelled) == (1, 1, 1)
        assert sum(counters.cancel_to_end) == 1
        assert counters.turns > 0


class TestReports:
    @pytest.fixture
    def watched(self) -> Iterator[Callable[..., World]]:
        """Makes a runtime whose reports go to a function."""
        worlds: list[World] = []

        def make(fn: Callable[[Report], object], **options: Any) -> World:
            worlds.append(World(**report(fn), **options))
            return worlds[-1]

        yield make
        for world in worlds:
            world.close()

    def test_O3_a_stall_names_the_task_that_ignores_its_cancellation(
        self, watched: Callable[..., World]
    ) -> None:
        seen: list[tuple[int, int, bytes, int, list[bytes]]] = []

        def told(said: Report) -> None:
            suspect: Suspect = said.suspects.contents
            assert suspect.task == task
            names = [suspect.name]
            seen.append((said.kind, said.node, said.name, said.duration_ns, names))
            assert b"deaf" in said.text

        world = watched(told, stall_ns=ROOST_SECOND)
        group = world.group(name=b"orchard")
        task = world.spawn(group, pending, name=b"deaf")
        must(lib.roost_cancel(group, None))
        world.at(2 * ROOST_SECOND, lambda: None)
        world.at(3 * ROOST_SECOND, lambda: must(finish(task)))
        world.join(group)
        world.run()
        assert seen == [(ROOST_STALL, group, b"orchard", 2 * ROOST_SECOND, [b"deaf"])]

    def test_O3_D4_a_hang_is_reported(self, watched: Callable[..., World]) -> None:
        seen: list[tuple[int, int]] = []

        def told(said: Report) -> None:
            seen.append((said.kind, said.node))
            assert b"stuck" in said.text

        world = watched(told)
        world.spawn(world.root, pending, lambda task, why: 0, name=b"stuck")
        assert lib.roost_run(world.runtime) == ROOST_EDEADLK
        assert seen == [(ROOST_HANG, world.root)]

    def test_O3_a_step_that_was_long_is_reported_real(self, watched: Callable[..., World]) -> None:
        seen: list[tuple[int, int, bytes]] = []

        def told(said: Report) -> None:
            seen.append((said.kind, said.node, said.name))
            assert said.duration_ns >= 1

        world = watched(told, step_ns=1)
        task = world.spawn(world.root, lambda task: 0, name=b"slow")
        world.run()
        assert (ROOST_LONG_STEP, task, b"slow") in seen

    def test_O3_B3_what_a_report_function_raises_is_unraisable(
        self, watched: Callable[..., World], unraisable: list[BaseException | None]
    ) -> None:
        def told(said: Report) -> None:
            raise RuntimeError("cannot report")

        world = watched(told)
        world.spawn(world.root, pending, lambda task, why: 0)
        assert lib.roost_run(world.runtime) == ROOST_EDEADLK
        assert [type(error) for error in unraisable] == [RuntimeError]

    def test_O3_a_report_function_may_call_anything(self, watched: Callable[..., World]) -> None:
        ran: list[int] = []

        def told(said: Report) -> None:
            must(lib.roost_spawn(world.root, task_options(ran.append), None))
            must(lib.roost_cancel(said.node, None))

        world = watched(told)
        world.spawn(world.root, pending, lambda task, why: 0)
        lib.roost_run(world.runtime)
        assert len(ran) == 1


class TestSignals:
    def test_S3_a_signal_is_waited_for_and_does_then_what_it_did_before(self, world: World) -> None:
        handled: list[int] = []
        ends: list[tuple[str, int]] = []

        def note(name: str, wait: int, rc: int) -> None:
            ends.append((name, rc))

        before = signal.signal(signal.SIGUSR1, lambda number, frame: handled.append(number))
        try:
            for name in ("first", "second"):
                told = wait(partial(note, name))
                must(lib.roost_on_signal(signal.SIGUSR1, world.root, *told, None))
            os.kill(os.getpid(), signal.SIGUSR1)
            world.run()
            assert ends == [("first", signal.SIGUSR1), ("second", signal.SIGUSR1)]
            assert handled == []
            os.kill(os.getpid(), signal.SIGUSR1)
            assert handled == [signal.SIGUSR1]
        finally:
            signal.signal(signal.SIGUSR1, before)

    def test_B1_a_signal_for_which_nobody_can_wait(self, world: World) -> None:
        told = wait(lambda wait, rc: None)
        assert lib.roost_on_signal(signal.SIGKILL, world.root, *told, None) == ROOST_EINVAL
        assert held(told[1]) is None


class TestProcesses:
    def run(self, world: World, *arguments: str, **options: Any) -> list[int]:
        """Begins a child; what it ends with is filled in when it has been reaped."""
        ends: list[int] = []
        words = [argument.encode() for argument in arguments]
        given = ProcessOptions(file=words[0], args=(c_char_p * (len(words) + 1))(*words), **options)
        must(
            lib.roost_run_process(given, world.root, *wait(lambda wait, rc: ends.append(rc)), None)
        )
        return ends

    def test_S3_a_child_has_its_arguments_environment_and_status_real(self, world: World) -> None:
        environment = (c_char_p * 2)(b"CODE=6")
        ends = self.run(world, "/bin/sh", "-c", "exit $((CODE + $0))", "1", env=environment)
        world.run()
        assert [(exit_status(rc), exit_signal(rc)) for rc in ends] == [(7, 0)]

    def test_S3_the_signal_that_ended_it_is_told_real(self, world: World) -> None:
        ends = self.run(world, "sh", "-c", "kill -TERM $$")
        world.run()
        assert [(exit_status(rc), exit_signal(rc)) for rc in ends] == [(0, signal.SIGTERM)]

    def test_S3_C4_one_that_is_cancelled_is_stopped_and_reaped_real(self, world: World) -> None:
        pid = c_int64()
        steps = (StopStep * 1)(StopStep(signum=signal.SIGINT, allowed_ns=ROOST_MILLISECOND))
        ends = self.run(world, "sleep", "1000", stop=steps, stop_count=len(steps), pid=pointer(pid))
        assert pid.value > 0
        must(lib.roost_cancel(world.root, None))
        world.run()
        assert ends == [ROOST_ECANCELED]
        with pytest.raises(ProcessLookupError):
            os.kill(pid.value, 0)

    def test_B1_a_file_that_does_not_exist_is_refused(self, world: World) -> None:
        told = wait(lambda wait, rc: None)
        given = ProcessOptions(file=b"/no/such/file")
        assert lib.roost_run_process(given, world.root, *told, None) == -errno.ENOENT
        assert held(told[1]) is None
