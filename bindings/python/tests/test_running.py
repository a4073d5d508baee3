"""`roost.run`."""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
import threading
from collections.abc import AsyncIterator

import pytest

import roost
from roost._kernel import current_host
from roost.testing import on_virtual_clock

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup


async def answer(value: object) -> object:
    await roost.sleep(1)
    return value


async def fail(error: BaseException) -> None:
    await roost.sleep(1)
    raise error


def test_G3b_run_answers_what_main_returns() -> None:
    assert roost.run(answer, 3, clock="virtual") == 3
    assert roost.run(answer, "x", clock="virtual", seed=0, grace=3, name="mine") == "x"


def test_G3b_run_raises_main_s_error_unwrapped() -> None:
    error = KeyError()
    with pytest.raises(KeyError) as caught:
        roost.run(fail, error, clock="virtual")
    assert caught.value is error
    assert error.__context__ is None


def test_G3b_a_cancelled_main_task() -> None:
    async def main() -> None:
        roost.current_task().cancel("enough")
        await roost.sleep(1)

    with pytest.raises(roost.TaskCancelled) as caught:
        roost.run(main, clock="virtual")
    assert caught.value.reason.message == "enough"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_G3a_what_ends_the_program_comes_out_as_itself(error: BaseException) -> None:
    log: list[str] = []
    other = KeyError("other")

    async def break_down() -> None:
        try:
            await roost.sleep_forever()
        finally:
            log.append("cancelled")
            raise other

    async def main() -> None:
        with pytest.raises(BaseExceptionGroup) as caught:
            async with roost.create_task_group(policy="supervise") as group:
                group.start_soon(break_down)
                async with roost.create_task_group(policy=lambda error, name: "drop") as inner:
                    inner.start_soon(fail, error)
        log.append(type(caught.value).__name__)
        raise caught.value

    with pytest.raises(type(error)) as caught:
        roost.run(main, clock="virtual")
    assert caught.value is error
    assert log == ["cancelled", "BaseExceptionGroup"]
    context = error.__context__
    assert isinstance(context, ExceptionGroup)
    assert context.exceptions == (other,)


def test_G3b_what_a_posted_function_raises_is_an_error_of_the_run() -> None:
    error = KeyError("posted")

    def post() -> None:
        raise error

    async def main() -> str:
        current_host().post(post)
        await roost.sleep(1)
        return "value"

    with pytest.raises(KeyError) as caught:
        roost.run(main, clock="virtual")
    assert caught.value is error


def test_what_a_report_is_told_may_start_tasks(capfd: pytest.CaptureFixture[str]) -> None:
    async def main() -> str:
        async with roost.create_task_group() as group:
            groups.append(group)
            await event.wait()
        return "woken"

    async def wake() -> None:
        event.set()

    event, groups = roost.Event(), list[roost.TaskGroup]()
    answer = roost.run(main, clock="virtual", report=lambda it: groups.pop().start_soon(wake))
    assert answer == "woken"


def test_D4_nothing_that_could_happen_is_a_deadlock(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(roost.Deadlock, match="nothing is left that could happen"):
        roost.run(roost.sleep_forever, clock="virtual")
    assert "nothing is left that could happen" in capfd.readouterr().err


def test_D4_a_deadlock_that_is_caught_is_one_all_the_same(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def main() -> str:
        try:
            await roost.sleep_forever()
        except roost.Cancelled as stop:
            return str(stop.reason.origin)
        return ""

    with pytest.raises(roost.Deadlock):
        roost.run(main, clock="virtual")
    assert capfd.readouterr().err


def test_D4_a_deadlock_that_the_program_raises_is_the_only_one() -> None:
    async def waits_for_itself() -> None:
        await roost.current_task()

    with pytest.raises(roost.Deadlock, match="cannot wait for what it is part of"):
        roost.run(waits_for_itself, clock="virtual")


def test_S4_the_same_seed_is_the_same_order() -> None:
    async def main() -> list[int]:
        log: list[int] = []

        async def note(number: int) -> None:
            for _ in range(3):
                await roost.checkpoint()
                log.append(number)

        async with roost.create_task_group() as group:
            for number in range(6):
                group.start_soon(note, number)
        return log

    logs = [roost.run(main, clock="virtual", seed=seed) for seed in (5, 5, 6, None)]
    assert logs[0] == logs[1]
    assert logs[0] != logs[2]
    assert logs[3] == [*range(6)] * 3


def test_the_real_clock_is_that_of_the_machine() -> None:
    import time

    async def main() -> None:
        before = time.monotonic()
        assert before <= roost.current_time() <= time.monotonic()
        await roost.sleep(0.001)
        assert time.monotonic() >= before + 0.001

    roost.run(main)


def test_B1_run_inside_run_is_refused() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="await the function, or start it in a group"):
            roost.run(answer, 1)

    roost.run(main, clock="virtual")


def test_B1_what_is_no_main_function_is_refused() -> None:
    with pytest.raises(TypeError, match="is wanted, not 3"):
        roost.run(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a clock is 'real' or 'virtual', not 'fast'"):
        roost.run(answer, 1, clock="fast")  # type: ignore[arg-type]
    with pytest.raises(roost.OrderError, match=r"no roost\.run goes on"):
        roost.current_task()
    assert roost.run(answer, 3, clock="virtual") == 3


def test_B1_foreign_awaitables_are_refused() -> None:
    async def main() -> None:
        loop = asyncio.new_event_loop()
        future = loop.create_future()
        with pytest.raises(TypeError, match="which Roost does not know: an asyncio, Trio"):
            await future
        for foreign in (loop.create_future, lambda: asyncio.sleep(0)):
            with pytest.raises(TypeError, match=r"roost\.to_thread"):
                await foreign()
        future.cancel()
        loop.close()
        await roost.sleep(1)

    roost.run(main, clock="virtual")


def test_B1_awaiting_ours_in_another_library_is_refused() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match=r"a wait of Roost's: await it in a coroutine that"):
            await roost.checkpoint()
        with pytest.raises(RuntimeError, match=r"no roost\.run goes on in this thread"):
            await roost.sleep(1)
        with pytest.raises(RuntimeError, match=r"no roost\.run goes on in this thread"):
            async with roost.create_task_group():
                pass

    asyncio.run(main())


def test_B1_another_loop_in_a_task_does_not_disturb_it() -> None:
    async def within() -> None:
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="a wait of Roost's"):
            await roost.sleep(1)

    async def main() -> None:
        asyncio.run(within())
        await roost.sleep(1)

    roost.run(main, clock="virtual")


def test_C14_other_threads_are_told_so() -> None:
    async def main() -> None:
        said: list[str] = []
        coro = answer(1)

        def elsewhere() -> None:
            for call in (
                lambda: group.start_soon(answer, 1),
                lambda: group.create_task(coro).cancel(),
                lambda: group.defer(print),
                lambda: group.shutdown(1),
                lambda: setattr(scope, "deadline", 5),
                lambda: setattr(scope, "shield", True),
                lambda: scope.__exit__(None, None, None),
                lambda: scope.reason,
                roost.current_task,
            ):
                try:
                    call()
                except roost.OrderError as error:
                    said.append(str(error))

        async with roost.create_task_group() as group:
            with roost.CancelScope() as scope:
                thread = threading.Thread(target=elsewhere)
                thread.start()
                thread.join()
        coro.close()
        assert len(said) == 9

    roost.run(main, clock="virtual")


def test_C14_other_threads_may_cancel() -> None:
    async def main() -> None:
        async with roost.create_task_group() as group:
            answers: list[str] = []
            task = group.start_soon(roost.sleep_forever)
            with roost.CancelScope() as scope:
                thread = threading.Thread(
                    target=lambda: answers.extend([scope.cancel("elsewhere"), task.cancel()])
                )
                thread.start()
                await roost.sleep_forever()
            thread.join()
            await task.wait()
        assert answers == ["asked", "asked"]
        assert scope.reason is not None
        assert scope.reason.message == "elsewhere"
        assert task.status is roost.Status.CANCELLED

    roost.run(main)


def test_S8b_after_fork_every_call_raises() -> None:
    async def main() -> int:
        async with roost.create_task_group() as group:
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    errors = 0
                    for call in (roost.current_task, lambda: group.start_soon(answer, 1)):
                        try:
                            call()
                        except roost.OrderError:
                            errors += 1
                    status = 0 if errors == 2 else 2
                finally:
                    os._exit(status)
            ended = os.waitpid(child, 0)
        return ended[1]

    assert roost.run(main) == 0


def test_S8b_a_child_may_run_a_program_of_its_own() -> None:
    async def main() -> int:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if roost.run(answer, 3, clock="virtual") == 3 else 2
            finally:
                os._exit(status)
        return os.waitpid(child, 0)[1]

    assert roost.run(main) == 0


def test_threads_run_programs_of_their_own() -> None:
    answers: list[object] = []

    def run() -> None:
        answers.append(roost.run(answer, 1, clock="virtual"))

    async def main() -> None:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    roost.run(main, clock="virtual")
    assert answers == [1]


def test_sniffio_is_told() -> None:
    sniffio = pytest.importorskip("sniffio")

    async def main() -> str:
        return str(sniffio.current_async_library())

    assert roost.run(main, clock="virtual") == "roost"
    with pytest.raises(sniffio.AsyncLibraryNotFoundError):
        sniffio.current_async_library()


def test_the_context_of_the_caller_is_copied() -> None:
    var = contextvars.ContextVar("var", default=0)

    async def main() -> int:
        var.set(var.get() + 1)
        return var.get()

    var.set(5)
    assert roost.run(main, clock="virtual") == 6
    assert var.get() == 5


class Generated:
    """An async generator that waits in its cleanup, and what it notes."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def generate(self) -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await roost.sleep(1)
            self.log.append("closed")


def test_async_generators_are_closed_at_the_end() -> None:
    it = Generated()
    kept = it.generate()

    async def main() -> None:
        assert await kept.__anext__() == 1

    before = sys.get_asyncgen_hooks()
    roost.run(main, clock="virtual")
    assert it.log == ["closed"]
    assert sys.get_asyncgen_hooks() == before


@on_virtual_clock
async def test_async_generators_that_are_forgotten_are_closed() -> None:
    it = Generated()
    async for _ in it.generate():
        break
    await roost.sleep(2)
    assert it.log == ["closed"]


def test_what_closing_an_async_generator_raises_is_an_error_of_the_run() -> None:
    async def generate() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            raise KeyError("closing")

    kept = generate()

    async def main() -> None:
        await kept.__anext__()

    with pytest.raises(KeyError, match="closing"):
        roost.run(main, clock="virtual")
