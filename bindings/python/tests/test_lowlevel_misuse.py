"""B1: whatever roost.lowlevel is given, an exception says what to do, and nothing has changed."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from lowlevel_support import Log, failing, raising, refused, runtime, sleeper
from roost._abi.constants import (
    ROOST_EALREADY,
    ROOST_ECHILD,
    ROOST_ECLOSED,
    ROOST_EDEADLK,
    ROOST_EFOREIGN,
    ROOST_EORDER,
    ROOST_ESTALE,
    ROOST_ETHREAD,
)
from roost.lowlevel import (
    PENDING,
    BaseExceptionGroup,
    Cancelled,
    Channel,
    ClosedResourceError,
    Condition,
    Deadlock,
    Ended,
    Event,
    ExceptionGroup,
    Limiter,
    Lock,
    OrderError,
    Origin,
    Outcome,
    RoostError,
    Runtime,
    Status,
    Task,
    WouldBlock,
)

__all__ = ["runtime"]  # fixtures

Call = Callable[..., Any]


async def coroutine(*args: object) -> None:
    """What is for roost.run()."""


def test_B1_what_cannot_be_called_is_refused_at_once(runtime: Runtime) -> None:
    group, root = runtime.open_group(), runtime.root
    event = Event(runtime)
    calls: list[tuple[Call, tuple[object, ...]]] = [
        (group.spawn, ()),
        (group.spawn_blocking, ()),
        (group.defer, ()),
        (group.join, ()),
        (group.after, (1,)),
        (group.park, ()),
        (group.on_end, (root,)),
        (group.cancel_and_wait, (root,)),
        (group.on_signal, (10,)),
        (group.on_readable, (0,)),
        (group.on_writable, (0,)),
        (group.run_process, (["true"],)),
        (group.on_call, (print,)),
        (event.wait, (root,)),
        (runtime.post, ()),
        (runtime.trace_start, ()),
    ]
    for call, args in calls:
        for bad in "text", 3, [print], coroutine():
            with pytest.raises(TypeError, match="function"):
                call(*args, bad)
    for fn in group.spawn, group.defer:
        with pytest.raises(TypeError, match="function"):
            fn(print, on_cancel=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="function"):
        group.start(sleeper, told=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="function"):
        group.on_call(None, print)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="function"):
        runtime.close(0, 7)  # type: ignore[arg-type]
    counters = runtime.counters()
    assert (counters.tasks, counters.waits, counters.cleanups) == (0, 0, 0)


def test_B1_the_function_of_a_coroutine_says_where_it_belongs(runtime: Runtime) -> None:
    with raising(ExceptionGroup) as raised, runtime.open_group(policy="supervise") as group:
        group.spawn(coroutine)
        group.spawn_blocking(coroutine)
        group.defer(coroutine)
    assert all("roost.run()" in str(error) for error in raised.value.exceptions)
    assert len(raised.value.exceptions) == 3
    runtime.after(1, coroutine)
    with pytest.raises(ExceptionGroup) as raised:
        runtime.run()
    assert "roost.run()" in str(raised.value.exceptions[0])


@pytest.mark.parametrize("bad", ["1", None, True, [1], 1j])
def test_B1_what_is_no_number_of_seconds(runtime: Runtime, bad: Any) -> None:
    root = runtime.root
    for call in root.set_deadline, root.shutdown, runtime.close:
        with pytest.raises(TypeError, match="seconds"):
            call(bad)
    with pytest.raises(TypeError, match="seconds"):
        runtime.after(bad, print)
    if bad is not None:
        for name in "timeout", "deadline", "grace":
            with pytest.raises(TypeError, match="seconds"):
                root.open_group(**{name: bad})
            with pytest.raises(TypeError, match="seconds"):
                root.spawn(sleeper, **{name: bad})


def test_B1_NaN_and_negative_times(runtime: Runtime) -> None:
    root = runtime.root
    calls: list[Callable[[float], object]] = [
        lambda value: runtime.after(value, print),
        root.shutdown,
        runtime.close,
        lambda value: root.open_scope(grace=value),
        lambda value: root.run_process(["true"], print, stop=[(15, value)]),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"math\.inf"):
            call(math.nan)
        for negative in -1, -1e-9, -math.inf:
            with pytest.raises(ValueError, match="below 0"):
                call(negative)
    for name in "timeout", "deadline":
        with pytest.raises(ValueError, match=r"math\.inf"):
            root.open_group(**{name: math.nan})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"math\.inf"):
        root.set_deadline(math.nan)
    assert (root.cancelled, runtime.counters().groups) == (False, 1)


def test_D1_any_length_of_time_is_a_length_of_time(runtime: Runtime) -> None:
    for deadline in -math.inf, -5, 0, 0.5:
        with runtime.open_group(deadline=deadline, move_on=True) as group:
            group.spawn(sleeper)
        assert group.cancelled_caught
    for timeout in math.inf, 1e300, 10**30:
        with runtime.open_group(timeout=timeout, grace=timeout) as group:
            assert group.effective_deadline == math.inf
    assert runtime.now == 1


def test_B1_limits_names_policies(runtime: Runtime) -> None:
    root = runtime.root
    for bad in 0, -1, 2**63:
        with pytest.raises(ValueError, match="1 or more"):
            root.open_group(limit=bad)
    for wrong in "3", 1.5, True:
        with pytest.raises(TypeError, match="whole number"):
            root.open_group(limit=wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="str"):
        root.open_group(name=b"bytes")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="null character"):
        root.spawn(sleeper, name="a\0b")
    with pytest.raises(TypeError, match="str"):
        root.cancel(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="supervise"):
        root.open_group(policy="all")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="text"):
        root.dump("xml")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="virtual"):
        Runtime(clock="wall")  # type: ignore[arg-type]
    for loop in 0, -1, "loop", True:
        with pytest.raises(TypeError, match="uv_loop_t"):
            Runtime(loop=loop)  # type: ignore[arg-type]
    assert root.open_group(limit=math.inf, name="\udc80" + "n" * 100).name.startswith("\\udc80nn")


def test_B1_an_object_of_the_wrong_kind(runtime: Runtime) -> None:
    group, lock = runtime.open_group(), Lock(runtime)
    for wrong in None, 3, runtime, lock:
        for call in group.on_end, lock.acquire, Event(runtime).wait, Channel(runtime).receive:
            with pytest.raises(TypeError, match="task, group or scope"):
                call(wrong, print)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="task, group or scope"):
            lock.release(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Lock"):
        Condition(group)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="exception"):
        group.join(exception="text")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="whole number"):
        group.on_readable("0", print)  # type: ignore[arg-type]
    for bad in -1, 2**64:
        with pytest.raises(ValueError, match="0 or more"):
            Limiter(runtime, bad)
    with pytest.raises(TypeError, match="whole number"):
        Channel(runtime, 1.5)  # type: ignore[arg-type]


def test_B1_a_task_fails_with_an_exception(runtime: Runtime) -> None:
    with runtime.open_group() as group:
        task = group.spawn(sleeper, 1)
        with pytest.raises(TypeError, match="exception"):
            task.fail("text")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="roost_finish"):
            task.finish("it has not begun")
    assert task.status is Status.COMPLETED


# Twice, too late, in the wrong order.


def test_B1_ending_a_task_twice(runtime: Runtime) -> None:
    def start(task: Task) -> str:
        task.finish("first")
        refused(ROOST_EALREADY, task.finish, "second")
        refused(ROOST_EALREADY, task.fail, ValueError())
        return "third"

    with runtime.open_group() as group:
        task = group.spawn(start)
    assert task.value == "first"
    refused(ROOST_ESTALE, task.finish)


def test_B1_closing_twice(runtime: Runtime) -> None:
    group = runtime.open_group()
    group.join()
    refused(ROOST_EALREADY, group.join)
    runtime.run()
    refused(ROOST_ESTALE, group.join)
    refused(ROOST_ESTALE, group.spawn, sleeper)
    refused(ROOST_ESTALE, group.__enter__)
    refused(ROOST_EORDER, runtime.root.join)
    runtime.close()
    refused(ROOST_ESTALE, runtime.close)
    assert runtime.closed


def test_B1_entering_twice(runtime: Runtime) -> None:
    with runtime.open_group() as group, pytest.raises(OrderError, match="open another"):
        group.__enter__()
    with pytest.raises(OrderError, match="open another"):
        group.__enter__()


def test_B1_joining_what_a_block_closes(runtime: Runtime) -> None:
    with pytest.raises(Exception, match="roost_join") as raised, runtime.open_group() as group:
        group.join()
    assert isinstance(raised.value, OrderError)


def test_T3_every_call_on_what_has_ended(runtime: Runtime) -> None:
    with runtime.open_group() as group:
        task = group.spawn(sleeper, 1)
    root = runtime.root
    for node in group, task:
        calls: list[tuple[Call, tuple[object, ...]]] = [
            (node.after, (1, print)),
            (node.park, (print,)),
            (node.defer, (print,)),
            (node.open_group, ()),
            (node.open_scope, ()),
            (node.on_end, (root, print)),
            (node.cancel_and_wait, (root, print)),
            (node.set_shield, (True,)),
            (node.set_deadline, (5,)),
            (node.dump, ()),
        ]
        for call, args in calls:
            refused(ROOST_ESTALE, call, *args)
        assert (node.cancel(), node.shutdown(1)) == ("ended", "ended")
    refused(ROOST_ESTALE, task.started)
    assert (task.value, runtime.counters().waits) == (None, 0)


def test_C12b_waiting_for_itself(runtime: Runtime) -> None:
    group = runtime.open_group()
    refused(ROOST_EDEADLK, runtime.root.on_end, group, print)
    refused(ROOST_EDEADLK, group.on_end, group, print)


def test_T3_two_runtimes_in_one_call(runtime: Runtime) -> None:
    with Runtime(clock="virtual") as other:
        refused(ROOST_EFOREIGN, runtime.open_group().on_end, other.root, print)
        refused(ROOST_EFOREIGN, Event(runtime).wait, other.root, print)


def test_L4_a_second_report(runtime: Runtime) -> None:
    def start(task: Task) -> None:
        task.started(1)
        refused(ROOST_EALREADY, task.started, 2)

    seen = Log()
    with runtime.open_group() as group:
        group.start(start, told=seen.ended)
    assert seen == [Ended(1)]


# The runtime.


def test_B1_a_runtime_after_its_closing(runtime: Runtime) -> None:
    group, event, wait = runtime.open_group(), Event(runtime), runtime.after(1, print)
    runtime.close()
    for call in runtime.run, runtime.dump, runtime.counters, runtime.trace_stop, runtime.__enter__:
        refused(ROOST_ESTALE, call)
    for fn in runtime.post, group.spawn, group.defer:
        refused(ROOST_ESTALE, fn, print)
    for name in "root", "now", "loop":
        refused(ROOST_ESTALE, getattr, runtime, name)
    for kind in Event, Lock, Channel:
        refused(ROOST_ESTALE, kind, runtime)
    refused(ROOST_ESTALE, event.set)
    refused(ROOST_ESTALE, runtime.after, 1, print)
    assert (wait.unwait(), group.cancel()) == (False, "ended")


def test_S8a_closing_from_inside_a_callback(runtime: Runtime) -> None:
    seen = Log()

    def close(ended: Ended) -> None:
        runtime.close(1, seen.append)
        runtime.close()  # which is under way
        with pytest.raises(ClosedResourceError):
            runtime.root.spawn(sleeper)
        with pytest.raises(ClosedResourceError):
            runtime.post(print)
        seen.append("under way")

    task = runtime.root.spawn(sleeper)
    runtime.after(1, close)
    runtime.run()
    assert (seen[0], len(seen), runtime.closed) == ("under way", 2, True)
    assert task.status is Status.CANCELLED


def test_S8a_closing_from_inside_a_block() -> None:
    with Runtime(clock="virtual") as runtime:
        with runtime.open_group() as group:
            task = group.spawn(sleeper)
            runtime.after(1, lambda ended: runtime.close())
        assert runtime.closed
    assert task.status is Status.CANCELLED


def test_B1_running_inside_a_callback(runtime: Runtime) -> None:
    runtime.after(1, lambda ended: refused(ROOST_EORDER, runtime.run))
    runtime.run()


def test_S8_a_runtime_inside_another_ones_callback(runtime: Runtime) -> None:
    seen: list[object] = []

    def inner(ended: Ended) -> None:
        with Runtime(clock="virtual") as other, other.open_group() as group:
            task = group.spawn(sleeper, 5, "inner")
        seen.append(task.value)

    runtime.after(1, inner)
    runtime.run()
    assert seen == ["inner"]


def test_B1_a_runtime_that_nobody_closes_warns() -> None:
    with pytest.warns(ResourceWarning, match="never closed"):
        Runtime()


# Other threads, and other processes.


def on_a_thread(fn: Callable[[], object]) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            fn()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def test_C14_what_other_threads_may_do_and_what_not(runtime: Runtime) -> None:
    group, channel, seen = runtime.open_group(), Channel(runtime, 1), Log()
    task = group.spawn(sleeper)
    parked = runtime.root.park(seen.ended)

    def elsewhere() -> None:
        assert (task.cancel("elsewhere"), group.shutdown(5)) == ("asked", "asked")
        assert parked.wake("woken") == "asked"
        runtime.post(seen.append, "posted")
        assert runtime.current() is None
        assert not group.cancelled
        calls: list[tuple[Call, tuple[object, ...]]] = [
            (group.spawn, (sleeper,)),
            (group.defer, (print,)),
            (group.after, (1, print)),
            (group.join, ()),
            (group.open_group, ()),
            (group.set_shield, (True,)),
            (task.finish, ()),
            (channel.try_send, ("item",)),
            (runtime.run, ()),
            (runtime.close, ()),
            (runtime.dump, ()),
            (runtime.__enter__, ()),
        ]
        for call, args in calls:
            refused(ROOST_ETHREAD, call, *args)

    on_a_thread(elsewhere)
    group.join()
    runtime.run()
    assert task.outcome.reason is not None
    assert task.outcome.reason.message == "elsewhere"
    assert sorted(map(str, seen)) == sorted(map(str, ["posted", Ended("woken")]))


def test_C14c_objects_may_end_on_any_thread(runtime: Runtime) -> None:
    seen = Log()
    event, channel = Event(runtime), Channel(runtime, 1)
    channel.try_send("left in it")
    event.wait(runtime.root, seen.ended)
    kept: list[object] = [runtime.open_group().spawn(sleeper, 1, "value"), event, channel]
    del event, channel
    runtime.after(5, lambda ended: runtime.root.cancel())
    on_a_thread(kept.clear)
    runtime.run()
    assert seen.last.cancelled
    assert runtime.counters().channels == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_S8b_after_fork_every_call_answers(runtime: Runtime) -> None:
    group = runtime.open_group()
    task, event = group.spawn(sleeper, 1), Event(runtime)
    calls: list[tuple[Call, tuple[object, ...]]] = [
        (runtime.run, ()),
        (runtime.close, ()),
        (runtime.post, (print,)),
        (group.spawn, (sleeper,)),
        (group.join, ()),
        (event.set, ()),
        (task.cancel, ()),
        (getattr, (runtime, "now")),
    ]
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for call, args in calls:
                refused(ROOST_ECHILD, call, *args)
            del task, event
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    group.join()
    runtime.run()
    assert task.status is Status.COMPLETED


# Callbacks that raise, of every kind.


def test_B3_callbacks_of_every_kind_that_raise(runtime: Runtime) -> None:
    def boom(*args: object) -> None:
        raise ZeroDivisionError

    channel, event = Channel(runtime, 0), Event(runtime)
    root = runtime.root
    channel.send(root, "item", boom)
    channel.receive(root, boom)
    event.wait(root, boom)
    event.set()
    root.park(boom).wake()
    root.on_call(lambda: None, boom)
    runtime.open_group().join(boom)
    runtime.post(boom)
    runtime.trace_start(boom)
    runtime.trace_stop()
    with pytest.raises(ExceptionGroup) as raised:
        runtime.run()
    assert [type(error) for error in raised.value.exceptions] == [ZeroDivisionError] * 8


def test_B3_the_function_of_a_close_that_raises(runtime: Runtime) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        runtime.close(0, failing, ValueError("at last"))
    assert [str(error) for error in raised.value.exceptions] == ["at last"]


def test_B3_what_a_scope_in_a_task_raises_is_the_tasks_error(runtime: Runtime) -> None:
    def start(task: Task) -> object:
        task.open_scope().after(1, boom)
        return PENDING

    def boom(ended: Ended) -> None:
        raise ZeroDivisionError

    with raising(ExceptionGroup), runtime.open_group() as group:
        task = group.spawn(start)
    assert isinstance(task.exception, ZeroDivisionError)


def test_K3_a_cleanup_that_ends_twice(runtime: Runtime) -> None:
    def clean(cleanup: Task, why: Outcome) -> object:
        cleanup.finish()
        refused(ROOST_EALREADY, cleanup.finish)
        return PENDING

    with runtime.open_group() as group:
        group.defer(clean)


def test_S3a_primitives_that_are_destroyed(runtime: Runtime) -> None:
    seen = Log()
    event, channel, lock = Event(runtime), Channel(runtime), Lock(runtime)
    event.wait(runtime.root, seen.ended)
    channel.receive(runtime.root, seen.ended)
    for primitive in event, channel, lock:
        primitive.destroy()
        refused(ROOST_ESTALE, primitive.destroy)
    runtime.run()
    assert [type(ended.exception) for ended in seen if isinstance(ended, Ended)] == [
        ClosedResourceError
    ] * 2


def test_B1_primitives_in_the_wrong_order(runtime: Runtime) -> None:
    limiter, lock, channel = Limiter(runtime, 1), Lock(runtime), Channel(runtime, 1)
    one, other = runtime.open_group(), runtime.open_group()
    refused(ROOST_EORDER, limiter.release)
    assert (limiter.try_acquire(), limiter.try_acquire()) == (True, False)
    assert (lock.try_acquire(one), lock.try_acquire(other)) == (True, False)
    refused(ROOST_EDEADLK, lock.try_acquire, one)
    refused(ROOST_EORDER, lock.release, other)
    refused(ROOST_EORDER, Condition(lock).wait, other, print)
    assert (channel.try_send(1), channel.try_send(2)) == (True, False)
    assert channel.try_receive() == 1
    with pytest.raises(WouldBlock):
        channel.try_receive()
    channel.close()
    refused(ROOST_ECLOSED, channel.try_send, 3)
    refused(ROOST_ECLOSED, channel.try_receive)


def test_B1_a_filter_that_decides_nothing(runtime: Runtime) -> None:
    group = runtime.open_group(policy=lambda error, name: "perhaps")  # type: ignore[arg-type,return-value]
    group.spawn(failing, RuntimeError("x"))
    group.join(lambda result: None)
    with pytest.raises(ExceptionGroup) as raised:
        runtime.run()
    assert "perhaps" in str(raised.value.exceptions[0])


def test_B3_a_block_in_a_callback_whose_body_raises(runtime: Runtime) -> None:
    inside: list[Task] = []

    def start(task: Task) -> None:
        with task.open_group() as group:
            inside.append(group.spawn(sleeper))
            raise KeyError("body")

    with raising(ExceptionGroup) as raised, runtime.open_group() as group:
        group.spawn(start)
    assert [type(error) for error in raised.value.exceptions] == [KeyError]
    assert inside[0].status is Status.CANCELLED


def test_G3a_what_else_failed_is_the_context_of_a_KeyboardInterrupt(runtime: Runtime) -> None:
    runtime.post(failing, None, ValueError("before"))
    runtime.post(failing, None, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt) as raised:
        runtime.run()
    assert "before" in str(raised.value.__context__.exceptions[0])  # type: ignore[union-attr]


def test_G3a_a_KeyboardInterrupt_in_the_body_of_a_block(runtime: Runtime) -> None:
    with raising(KeyboardInterrupt), runtime.open_group() as group:
        task = group.spawn(sleeper)
        raise KeyboardInterrupt
    assert task.status is Status.CANCELLED


def test_G3b_errors_of_the_root_come_with_that_of_the_body() -> None:
    with raising(ExceptionGroup) as raised, Runtime(clock="virtual") as runtime:
        runtime.root.spawn(failing, ValueError("task"))
        runtime.run()
        raise KeyError("body")
    body, root = raised.value.exceptions
    assert isinstance(body, KeyError)
    assert isinstance(root, ExceptionGroup)
    with raising(KeyError), Runtime(clock="virtual"):
        raise KeyError("alone")


def test_D4_a_deadlock_while_closing(capfd: pytest.CaptureFixture[str]) -> None:
    runtime = Runtime(clock="virtual")
    task = runtime.spawn(sleeper, math.inf, shield=True, name="stuck")
    with pytest.raises(Deadlock):
        runtime.close()
    assert runtime.closed
    assert task.status is Status.CANCELLED
    assert "stuck" in capfd.readouterr().err


def test_B1_numbers_that_C_cannot_hold(runtime: Runtime) -> None:
    root = runtime.root
    calls: list[Callable[[int], object]] = [
        lambda number: root.on_signal(number, print),
        lambda number: root.on_readable(number, print),
        lambda number: root.cancel(code=number),
        lambda number: root.run_process(["true"], print, stop=[(number, 1)]),
        lambda number: root.run_process(["true"], print, stdio=[number]),
        runtime.descriptor_closing,
    ]
    for call in calls:
        with pytest.raises(ValueError, match="range"):
            call(2**63)
        with pytest.raises(TypeError, match="whole number"):
            call("15")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Origin"):
        root.cancel(origin="host")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="origin"):
        root.cancel(origin=Origin.DEADLINE)
    with pytest.raises(ValueError, match="signal"):
        root.on_signal(9, print)
    assert not root.cancelled


def test_K1_a_cleanup_is_told_what_was_raised(runtime: Runtime) -> None:
    told: list[Outcome] = []

    def clean(cleanup: Task, why: Outcome) -> None:
        told.append(why)

    def start(task: Task) -> None:
        task.defer(clean)
        raise KeyError("mine")

    with raising(ExceptionGroup), runtime.open_group() as group:
        group.defer(clean)
        group.spawn(start)
    assert isinstance(told[0].exception, KeyError)
    assert [outcome.state for outcome in told] == [Status.FAILED, Status.FAILED]
    assert isinstance(told[1].exception, RoostError)


def test_G3_Cancelled_is_taken_out_of_what_a_body_raises(runtime: Runtime) -> None:
    def start(task: Task) -> None:
        group.cancel()
        raise BaseExceptionGroup("both", [Cancelled(), ValueError("left")])

    with raising(ExceptionGroup) as raised, runtime.open_group() as group:
        task = group.spawn(start)
        raise BaseExceptionGroup("both", [Cancelled(), KeyError("body")])
    assert [str(error) for error in raised.value.exceptions] == [
        "both (1 sub-exception)",
        "both (1 sub-exception)",
    ]
    assert isinstance(task.exception, ExceptionGroup)
