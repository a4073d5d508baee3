"""roost.lowlevel on a loop that somebody else turns, what it leaves behind, and what it waits for
outside."""

from __future__ import annotations

import gc
import json
import math
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ctypes import CDLL, addressof, c_int, c_size_t, c_void_p, create_string_buffer

import pytest

from lowlevel_support import Log, failing, no_garbage, raising, runtime, sleeper
from roost.lowlevel import (
    PENDING,
    Channel,
    Condition,
    Ended,
    Event,
    ExceptionGroup,
    Limiter,
    Lock,
    OrderError,
    Origin,
    Outcome,
    Report,
    Result,
    Runtime,
    Status,
    Task,
)

__all__ = ["no_garbage", "runtime"]  # fixtures


# A borrowed loop.


class Loop:
    """A loop of libuv's, and what turns it."""

    def __init__(self) -> None:
        self.uv = CDLL("libuv.so.1")
        self.uv.uv_loop_size.restype = c_size_t
        for name in "uv_loop_init", "uv_loop_close", "uv_loop_alive":
            getattr(self.uv, name).argtypes = [c_void_p]
        self.uv.uv_run.argtypes = [c_void_p, c_int]
        self.memory = create_string_buffer(self.uv.uv_loop_size())
        self.address = addressof(self.memory)
        assert self.uv.uv_loop_init(self.address) == 0

    def run(self) -> None:
        assert self.uv.uv_run(self.address, 0) == 0

    def close(self) -> int:
        answer: int = self.uv.uv_loop_close(self.address)
        return answer


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    assert loop.close() == 0, "S8: nothing of ours is left on the loop"


def test_S8_a_runtime_on_a_borrowed_loop(loop: Loop) -> None:
    results: list[Result] = []
    runtime = Runtime(clock="virtual", loop=loop.address)
    assert runtime.loop == loop.address
    with pytest.raises(OrderError, match="uv_run"):
        runtime.run()
    group = runtime.open_group()
    task = group.spawn(sleeper, 5, "value")
    group.join(results.append)
    with runtime.open_group() as nobody_waits:
        nobody_waits.spawn(sleeper, 1)
    assert task.status is Status.PENDING
    loop.run()
    assert (task.value, results[0].exception) == ("value", None)
    runtime.close(0, results.append)
    assert not runtime.closed
    loop.run()
    assert (runtime.closed, len(results)) == (True, 2)


def test_S8a_the_block_of_a_borrowing_runtime_asks_it_to_close(loop: Loop) -> None:
    with Runtime(loop=loop.address) as runtime:
        task = runtime.root.spawn(sleeper)
    assert not runtime.closed
    loop.run()
    assert (runtime.closed, task.status) == (True, Status.CANCELLED)


def test_B3_what_goes_astray_on_a_borrowed_loop_is_unraisable(
    loop: Loop, unraisable: list[BaseException | None]
) -> None:
    with Runtime(clock="virtual", loop=loop.address) as runtime:
        runtime.after(0, failing, ZeroDivisionError())
        with runtime.open_group() as group:
            group.spawn(failing, LookupError())
        loop.run()
    loop.run()
    assert [type(error) for error in unraisable] == [ZeroDivisionError, ExceptionGroup]


# What is left behind.


def test_S4_a_seed_shuffles_and_repeats() -> None:
    def order(seed: int | None) -> list[int]:
        seen: list[int] = []

        def note(task: Task, number: int) -> None:
            seen.append(number)

        with Runtime(clock="virtual", seed=seed) as runtime, runtime.open_group() as group:
            for number in range(20):
                group.spawn(note, number)
        return seen

    assert order(None) == list(range(20))
    assert order(7) == order(7) != order(8)


def everything(fails: bool) -> None:
    """A program with something of every kind in it."""

    def clean(cleanup: Task, why: Outcome) -> object:
        cleanup.after(1, lambda ended: cleanup.finish(ended.get()))
        return PENDING

    def work(task: Task) -> object:
        task.defer(clean)
        with task.open_scope(timeout=1, move_on=True) as scope:
            scope.after(2, lambda ended: None)
        task.after(3, lambda ended: task.fail(ValueError()) if fails else task.finish("x"))
        return PENDING

    def told(ended: Ended) -> None:
        ended.get()

    with Runtime(clock="virtual") as runtime:
        channel, event = Channel(runtime, 1), Event(runtime)
        channel.receive(runtime.root, told)
        channel.send(runtime.root, "item", told)
        channel.try_send("left")
        event.wait(runtime.root, told)
        runtime.after(1, lambda ended: event.set())
        runtime.root.on_call(lambda: None, told)
        with runtime.open_group(grace=5) as group:
            group.spawn(work)
            group.spawn(sleeper, 20 if fails else 2).on_end(runtime.root, lambda ended: None)
            group.spawn_blocking(lambda task: "blocking")


def test_no_cycle_is_left_behind(no_garbage: None) -> None:
    everything(fails=False)


def test_no_cycle_is_left_behind_by_what_fails(no_garbage: None) -> None:
    with suppress(ExceptionGroup):
        everything(fails=True)


def test_no_cycle_is_left_behind_by_cancelled_bodies(no_garbage: None) -> None:
    def waits(task: Task) -> object:
        task.after(math.inf, lambda ended: ended.get())
        return PENDING

    with Runtime(clock="virtual") as runtime, runtime.open_group() as outer:
        outer.spawn(waits)
        outer.cancel()
        with outer.open_group() as inner:
            inner.spawn(waits)


def test_no_cycle_is_left_behind_by_an_error_that_is_told(no_garbage: None) -> None:
    seen: list[str] = []

    def caught(ended: Ended) -> None:
        try:
            ended.get()
        except ValueError as error:
            seen.append(str(error))

    def joined(result: Result) -> None:
        try:
            result.get()
        except ExceptionGroup as error:
            seen.append(str(error.exceptions[0]))

    with Runtime(clock="virtual") as runtime:
        group = runtime.open_group()
        group.spawn(fall).on_end(runtime.root, caught)
        group.join(joined)
    assert sorted(seen) == ["fallen", "fallen"]


def fall(task: Task) -> None:
    raise ValueError("fallen")


# Waits for what is outside, and for each other.


def test_S3_descriptors(runtime: Runtime) -> None:
    read, written = os.pipe()
    seen = Log()
    try:
        runtime.root.on_readable(read, lambda ended: seen.append(os.read(read, 10)))
        runtime.root.on_writable(written, lambda ended: os.write(written, b"hello"))
        runtime.run()
        runtime.root.on_readable(read, seen.ended)
        runtime.descriptor_closing(read)
        runtime.run()
    finally:
        os.close(read)
        os.close(written)
    assert seen[0] == b"hello"
    assert isinstance(seen.last.exception, OSError)


def test_S3_signals(runtime: Runtime) -> None:
    seen = Log()
    runtime.root.on_signal(signal.SIGUSR1, seen.ended)
    runtime.post(os.kill, os.getpid(), signal.SIGUSR1)
    runtime.run()
    assert seen == [Ended(signal.SIGUSR1)]


def test_S3_processes(runtime: Runtime) -> None:
    seen, root = Log(), runtime.root
    read, written = os.pipe()
    command = ["sh", "-c", 'echo "$WORD" "$PWD"; exit 3']
    env = {"WORD": "hello", "PATH": os.environ["PATH"]}
    root.run_process(command, seen.ended, stdio=[None, written, 2], env=env, cwd="/")
    os.close(written)
    runtime.run()
    with os.fdopen(read) as output:
        assert output.read() == "hello /\n"
    root.run_process(["sh", "-c", "kill -9 $$"], seen.ended)
    runtime.run()
    scope = runtime.open_scope()
    stop = [(signal.SIGTERM, math.inf)]
    scope.run_process(["sleep", "1000"], seen.ended, stop=stop)
    scope.cancel()
    runtime.run()
    assert seen[:2] == [Ended(3), Ended(-9)]
    assert seen.last.cancelled
    with pytest.raises(FileNotFoundError):
        root.run_process(["/no/such/program"], seen.ended)
    bad: Sequence[str]
    for bad in "ls", []:
        with pytest.raises(ValueError, match="a list"):
            root.run_process(bad, seen.ended)
    with pytest.raises(ValueError, match="null"):
        root.run_process(["a\0b"], seen.ended)
    with pytest.raises(TypeError, match="str"):
        root.run_process([b"ls"], seen.ended)  # type: ignore[list-item]


def test_S3_C4_a_channel_between_tasks(runtime: Runtime) -> None:
    seen: list[object] = []
    channel = Channel(runtime)

    def producer(task: Task, items: list[object]) -> object:
        def sent(ended: Ended) -> None:
            ended.get()
            if items:
                channel.send(task, items.pop(0), sent)
            else:
                channel.close()
                task.finish()

        sent(Ended())
        return PENDING

    def consumer(task: Task) -> object:
        def received(ended: Ended) -> None:
            if ended.exception:
                task.finish()
            else:
                seen.append(ended.value)
                channel.receive(task, received)

        channel.receive(task, received)
        return PENDING

    with runtime.open_group() as group:
        group.spawn(consumer)
        group.spawn(producer, [1, None, "three"])
    assert seen == [1, None, "three"]


def test_S3_C4_a_send_that_is_cancelled_leaves_nothing(runtime: Runtime) -> None:
    seen = Log()
    channel = Channel(runtime)
    with runtime.open_scope(timeout=1, move_on=True) as scope:
        channel.send(scope, object(), seen.ended)
        channel.send(scope, object(), seen.ended).unwait()
    assert (seen.last.cancelled, len(seen)) == (True, 1)


def test_S3_a_limiter_and_a_lock_with_its_condition(runtime: Runtime) -> None:
    order: list[str] = []
    limiter, lock = Limiter(runtime, 1), Lock(runtime)
    condition = Condition(lock)

    def limited(task: Task, word: str) -> object:
        def acquired(ended: Ended) -> None:
            ended.get()
            order.append(word)
            task.after(1, leave)

        def leave(ended: Ended) -> None:
            limiter.release()
            task.finish()

        limiter.acquire(task, acquired)
        return PENDING

    def waiter(task: Task) -> object:
        def locked(ended: Ended) -> None:
            condition.wait(task, notified)

        def notified(ended: Ended) -> None:
            order.append("notified")
            lock.release(task)
            task.finish()

        lock.acquire(task, locked)
        return PENDING

    def notifier(task: Task) -> object:
        def locked(ended: Ended) -> None:
            condition.notify_all()
            order.append("notifying")
            lock.release(task)
            task.finish()

        task.after(5, lambda ended: lock.acquire(task, locked))
        return PENDING

    with runtime.open_group() as group:
        for word in "one", "two":
            group.spawn(limited, word)
        group.spawn(waiter)
        group.spawn(notifier)
    assert order == ["one", "two", "notifying", "notified"]
    assert condition.lock is lock
    condition.notify(3)
    condition.destroy()
    limiter.resize(0)
    assert not limiter.try_acquire()
    limiter.destroy()
    event = Event(runtime)
    event.set()
    assert event.is_set


# Seeing.


def test_O1_O2_O4_what_is_seen(runtime: Runtime) -> None:
    pieces: list[bytes] = []
    runtime.trace_start(pieces.append)
    group = runtime.open_group(name="the group")
    group.spawn(sleeper, name="the task")
    runtime.after(1, lambda ended: pieces.append(group.dump().encode()))
    seen: list[object] = []
    runtime.after(2, lambda ended: seen.append(runtime.current()))
    group.join()
    runtime.run()
    text = pieces.pop(0).decode()
    assert "the group" in text
    assert "the task" in text
    runtime.trace_stop()
    runtime.trace_stop()
    assert json.loads(b"".join(pieces))
    assert json.loads(runtime.dump("json"))["nodes"]
    assert runtime.dump("graphviz").startswith("digraph")
    assert runtime.counters().all_tasks == 1
    assert isinstance(seen[0], tuple)
    assert seen[0][:2] == ("root", runtime.root.id)


def test_T3_nodes_are_equal_that_name_the_same(runtime: Runtime) -> None:
    seen: list[Task] = []

    def start(task: Task) -> None:
        seen.append(task)

    with runtime.open_group(name="group") as group:
        task = group.spawn(start)
        assert group.name == "group"
    assert (seen, {*seen}, task != group) == ([task], {task}, True)
    assert runtime.root == runtime.root
    assert task.runtime is runtime
    assert repr(task) == f"<Task {task.id:#x}>"


def test_K5_what_tasks_are_given_goes_when_they_end(runtime: Runtime) -> None:
    class Given:
        def __del__(self) -> None:
            gone.append(runtime.now)

    gone: list[float] = []
    gc.disable()
    try:
        with raising(ExceptionGroup), runtime.open_group(policy="supervise") as group:
            for seconds in 1, 2:
                group.spawn(lambda task, given, seconds: sleeper(task, seconds), Given(), seconds)
            group.spawn(failing, ValueError())
    finally:
        gc.enable()
    assert gone == [2, 3]


def test_O3_what_hinders_the_program_is_reported() -> None:
    said: list[Report] = []

    def told(report: Report) -> None:
        said.append(report)
        raise ZeroDivisionError

    def deaf(task: Task) -> object:
        with task.open_scope(shield=True) as scope:
            scope.after(60, lambda ended: task.finish())
        return PENDING

    with raising(ExceptionGroup), Runtime(clock="virtual", report=told, stall=5) as runtime:
        group = runtime.open_group(name="group")
        group.spawn(deaf, name="deaf")
        group.cancel()
        group.join()
    assert [(report.kind, report.name) for report in said] == [("stall", "group")]
    assert [suspect.name for suspect in said[0].suspects] == ["deaf"]


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_B1_reports_are_after_some_time(bad: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Runtime(stall=bad)
    with pytest.raises(TypeError, match="function"):
        Runtime(report="stderr")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="supervise"):
        Runtime(report=print, policy="none")  # type: ignore[arg-type]


# Threads that are not waited for, and Ctrl-C.


def test_S6a_an_abandoned_task_ends_before_its_function() -> None:
    released, seen = threading.Event(), Log()

    class Given:
        """Goes when the function has returned."""

        def __del__(self) -> None:
            seen.append("given back")

    def work(task: Task, given: Given) -> None:
        runtime.post(group.cancel)
        released.wait()
        seen.append(task.cancelled)

    def joined(result: Result) -> None:
        seen.append((result.cancelled_caught, task.status))
        released.set()

    with Runtime() as runtime:
        group = runtime.open_group()
        task = group.spawn_blocking(work, Given(), abandon=True)
        with pytest.raises(ValueError, match="cleanup"):
            task.defer(print)
        group.join(joined)
    assert seen == [(True, Status.CANCELLED), True, "given back"]


def test_C9a_Ctrl_C_comes_out_of_run_and_everything_is_cleaned_up() -> None:
    with raising(KeyboardInterrupt), Runtime(clock="virtual") as runtime:
        task = runtime.spawn(sleeper)
        runtime.after(1, lambda ended: signal.raise_signal(signal.SIGINT))
    assert task.outcome.reason is not None
    assert task.outcome.reason.origin is Origin.HOST


def test_C9a_Ctrl_C_in_a_task_cancels_every_group_around_it() -> None:
    def struck(task: Task) -> None:
        signal.raise_signal(signal.SIGINT)

    with raising(KeyboardInterrupt), Runtime(clock="virtual") as runtime:
        outer = runtime.open_group(policy="supervise")
        outer.open_group().spawn(struck)
        task = outer.spawn(sleeper)
        outer.join()
    assert task.status is Status.CANCELLED
