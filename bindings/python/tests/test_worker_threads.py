"""to_thread and from_thread: functions on the pool's threads."""

from __future__ import annotations

import contextvars
import gc
import threading
import traceback
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

import pytest

import roost
from roost import from_thread, to_thread
from roost._threads import Call
from roost.testing import on_virtual_clock, wait_all_tasks_blocked

number = contextvars.ContextVar("number", default=0)


class Gate:
    """Holds a thread until the test lets it go on, and tells that it is there."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.reached.set()
        assert self.opened.wait(60)
        return "through"


async def until(reached: Callable[[], bool]) -> None:
    """Lets the others run until something on another thread has happened."""
    while not reached():
        await roost.checkpoint()


@on_virtual_clock
async def test_S6_a_function_is_called_on_another_thread() -> None:
    number.set(3)

    def call(a: int, b: int) -> tuple[int, int, int]:
        seen = number.get()
        number.set(4)
        return a + b, seen, threading.get_ident()

    total, seen, thread = await to_thread.run_sync(call, 1, 2)
    assert (total, seen, number.get()) == (3, 3, 3)
    assert thread != threading.get_ident()


@on_virtual_clock
async def test_B3_an_exception_comes_with_its_traceback() -> None:
    def fail() -> None:
        raise LookupError("there")

    with pytest.raises(LookupError, match="there") as caught:
        await to_thread.run_sync(fail)
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert frames[-1] == "fail"
    assert "work" not in frames


@on_virtual_clock
async def test_B1_what_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="takes a function"):
        await to_thread.run_sync("no")  # type: ignore[arg-type]


def test_B1_outside_of_a_run_there_is_no_limiter() -> None:
    with pytest.raises(RuntimeError):
        to_thread.current_default_thread_limiter()


@pytest.mark.parametrize(
    ("said", "size"), [(None, 4), ("7", 7), ("0", 1), ("x", 1), ("9999", 1024)]
)
def test_the_pool_has_as_many_threads_as_libuv_is_told(said: str | None, size: int) -> None:
    assert to_thread.pool_size(said) == size


def test_the_limiter_bounds_the_calls_under_way() -> None:
    async def main() -> None:
        limiter, gates = roost.CapacityLimiter(1), [Gate(), Gate()]
        default = to_thread.current_default_thread_limiter()
        assert default is to_thread.current_default_thread_limiter()
        async with roost.create_task_group() as group:
            for gate in gates:
                group.start_soon(partial_run(gate, limiter=limiter))
            await until(gates[0].reached.is_set)
            assert limiter.borrowed_tokens == 1
            assert default.borrowed_tokens == 0
            assert not gates[1].reached.is_set()
            gates[0].opened.set()
            await until(gates[1].reached.is_set)
            gates[1].opened.set()
        assert limiter.borrowed_tokens == 0
        assert default.total_tokens == to_thread.pool_size(None)

    roost.run(main)


def partial_run(gate: Gate, **named: Any) -> Any:
    async def run() -> str:
        return await to_thread.run_sync(gate, **named)

    return run


def test_C6a_a_call_that_is_cancelled_before_a_thread_is_free_never_runs() -> None:
    async def main() -> None:
        gates = [Gate() for _ in range(4)]
        late = Gate()
        limiter = roost.CapacityLimiter(10)
        async with roost.create_task_group() as group:
            for gate in gates:
                group.start_soon(partial_run(gate))
            await until(lambda: all(gate.reached.is_set() for gate in gates))
            task = group.start_soon(partial_run(late, limiter=limiter))
            await until(lambda: limiter.borrowed_tokens == 1)
            task.cancel()
            await task.wait()
            assert str(task.status) == "cancelled"
            assert limiter.borrowed_tokens == 0
            for gate in gates:
                gate.opened.set()
        assert not late.reached.is_set()

    roost.run(main)


def test_S6_a_function_that_runs_is_asked_and_its_result_stands() -> None:
    async def main() -> None:
        gate = Gate()

        async def call() -> str:
            value = await to_thread.run_sync(gate)
            with pytest.raises(roost.Cancelled):
                await roost.checkpoint()
            return value

        async with roost.create_task_group() as group:
            task = group.start_soon(call)
            await until(gate.reached.is_set)
            task.cancel()
            await wait_all_tasks_blocked()
            assert str(task.status) != "cancelled", "it is waited for"
            gate.opened.set()
        assert task.return_value == "through"

    roost.run(main)


def test_S6_a_function_that_asks_is_cancelled() -> None:
    async def main() -> None:
        gate, after = Gate(), list[str]()

        def call() -> None:
            from_thread.check_cancelled()
            gate()
            from_thread.check_cancelled()
            after.append("not reached")

        async with roost.create_task_group() as group:
            with roost.CancelScope() as scope:
                group.start_soon(cancel_when_reached, scope, gate)
                await to_thread.run_sync(call)
            assert scope.cancelled_caught
        assert after == []
        assert to_thread.current_default_thread_limiter().borrowed_tokens == 0

    roost.run(main)


async def cancel_when_reached(scope: roost.CancelScope, gate: Gate) -> None:
    await until(gate.reached.is_set)
    scope.cancel()
    gate.opened.set()


def test_S6a_an_abandoned_function_runs_on() -> None:
    gate, ended = Gate(), threading.Event()

    def call() -> None:
        gate()
        with pytest.raises(roost.Cancelled):
            from_thread.check_cancelled()
        with pytest.raises(roost.Cancelled):
            from_thread.run(roost.checkpoint)
        ended.set()

    async def main() -> None:
        limiter = roost.CapacityLimiter(1)
        with roost.CancelScope() as scope:
            async with roost.create_task_group() as group:
                group.start_soon(cancel_at, scope, gate)
                await to_thread.run_sync(call, abandon_on_cancel=True, limiter=limiter)
        assert scope.cancelled_caught
        assert not ended.is_set()
        assert limiter.borrowed_tokens == 1, "its thread is not free"
        gate.opened.set()
        await until(lambda: limiter.borrowed_tokens == 0)
        assert ended.is_set()

    roost.run(main)


async def cancel_at(scope: roost.CancelScope, gate: Gate) -> None:
    await until(gate.reached.is_set)
    scope.cancel()


def test_S8a_a_run_ends_when_what_it_abandoned_has_returned() -> None:
    gate, ended = Gate(), list[str]()

    def call() -> None:
        gate()
        ended.append("call")

    async def main() -> None:
        with roost.CancelScope() as scope:
            async with roost.create_task_group() as group:
                group.start_soon(cancel_at, scope, gate)
                await to_thread.run_sync(call, abandon_on_cancel=True)
        threading.Timer(0, gate.opened.set).start()

    roost.run(main)
    ended.append("run")
    assert ended == ["call", "run"]


def test_K2_a_cleanup_may_call_on_a_thread() -> None:
    async def main() -> None:
        called = list[str]()

        async def clean() -> None:
            called.append(await to_thread.run_sync(str, "cleaned"))

        async def work() -> None:
            roost.defer(clean)
            await roost.sleep_forever()

        async with roost.create_task_group() as group:
            group.start_soon(work)
            await wait_all_tasks_blocked()
            group.cancel()
        assert called == ["cleaned"]

    roost.run(main)


@on_virtual_clock
async def test_a_thread_has_things_run_on_the_runs() -> None:
    thread = threading.get_ident()
    event = roost.Event()
    number.set(1)

    async def wait(name: str) -> tuple[str, int, int]:
        await event.wait()
        return name, number.get(), threading.get_ident()

    def call() -> Any:
        number.set(2)
        from_thread.run_sync(event.set)
        return from_thread.run(wait, "name")

    assert await to_thread.run_sync(call) == ("name", 2, thread)


@on_virtual_clock
async def test_B3_what_a_thread_has_run_raises_there() -> None:
    async def fail() -> None:
        raise LookupError("there")

    def call() -> list[str]:
        with pytest.raises(LookupError, match="there") as caught:
            from_thread.run(fail)
        with pytest.raises(ZeroDivisionError):
            from_thread.run_sync(lambda: 1 // 0)
        with pytest.raises(TypeError):
            from_thread.run(lambda: 3)  # type: ignore[arg-type, return-value]
        return [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]

    assert (await to_thread.run_sync(call))[-1] == "fail"


def test_what_a_thread_has_run_is_cancelled_with_the_caller() -> None:
    async def main() -> None:
        began, seen = roost.Event(), list[str]()

        async def sleep() -> None:
            began.set()
            try:
                await roost.sleep_forever()
            except roost.Cancelled as stop:
                seen.append(stop.reason.message)
                raise

        async with roost.create_task_group() as group:
            with roost.CancelScope() as scope:
                group.start_soon(cancel_after, began, scope)
                await to_thread.run_sync(from_thread.run, sleep)
            assert scope.cancelled_caught
        assert seen == ["enough"]

    roost.run(main)


async def cancel_after(event: roost.Event, scope: roost.CancelScope) -> None:
    await event.wait()
    scope.cancel("enough")


def test_any_thread_with_a_token_has_things_run() -> None:
    async def main() -> None:
        token, told = from_thread.current_token(), list[object]()
        done = roost.Event()

        async def answer() -> int:
            return threading.get_ident()

        def elsewhere() -> None:
            told.append(from_thread.run(answer, token=token))
            from_thread.run_sync(done.set, token=token)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        await done.wait()
        thread.join()
        assert told == [threading.get_ident()]

    roost.run(main)


def test_B1_threads_that_cannot_have_anything_run() -> None:
    calls = [
        lambda: from_thread.run(roost.checkpoint),
        lambda: from_thread.run_sync(int),
        from_thread.check_cancelled,
    ]
    for call in calls:
        with pytest.raises(RuntimeError, match=r"to_thread\.run_sync"):
            call()

    async def main() -> from_thread.Token:
        token = from_thread.current_token()
        with pytest.raises(RuntimeError, match="await it"):
            from_thread.run(roost.checkpoint, token=token)
        return token

    token = roost.run(main)
    with pytest.raises(RuntimeError, match="has ended"):
        from_thread.run(roost.checkpoint, token=token)


def test_what_is_asked_for_at_the_end_of_a_run_is_answered() -> None:
    """However the two meet: a thread is never left waiting."""
    answers = list[object]()

    def ask(token: from_thread.Token) -> None:
        try:
            while True:
                answers.append(from_thread.run_sync(int, token=token))
        except (RuntimeError, roost.Cancelled) as error:
            answers.append(error)

    async def main() -> threading.Thread:
        thread = threading.Thread(target=ask, args=[from_thread.current_token()])
        thread.start()
        await until(lambda: len(answers) > 2)
        return thread

    thread = roost.run(main)
    thread.join(60)
    assert not thread.is_alive()
    assert answers[0] == 0


def test_calls_leave_no_cycles_behind() -> None:
    def fail() -> None:
        raise LookupError

    def call() -> None:
        with pytest.raises(LookupError):
            from_thread.run_sync(fail)
        from_thread.run(roost.checkpoint)

    async def main() -> None:
        await to_thread.run_sync(call)
        with pytest.raises(LookupError):
            await to_thread.run_sync(fail)

    gc.collect()
    gc.disable()
    try:
        roost.run(main)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = [it for it in gc.garbage if isinstance(it, TracebackType | FrameType | Call)]
        assert left == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
