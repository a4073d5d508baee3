"""Other threads and blocking tasks through the mirror: Python threads, and the pool's."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from ctypes import c_uint64, c_void_p
from functools import partial
from threading import Event, Thread, get_ident
from typing import Any, TypeVar

import pytest

from roost._abi.callables import (
    Work,
    blocking_options,
    cleanup,
    held,
    hold,
    post,
    wait,
)
from roost._abi.constants import (
    ROOST_ASKED,
    ROOST_CANCELLED,
    ROOST_CLOCK_REAL,
    ROOST_COMPLETED,
    ROOST_ECANCELED,
    ROOST_ECLOSED,
    ROOST_EINVAL,
    ROOST_EIO,
    ROOST_EKIND,
    ROOST_ESTALE,
    ROOST_ETASKCANCELLED,
    ROOST_ETHREAD,
    ROOST_EXPLICIT,
    ROOST_PENDING,
    ROOST_SECOND,
)
from roost._abi.declare import Pointer
from roost._abi.library import lib
from roost._abi.types import AbortFn, CancelOptions, Outcome, Reason, Step
from support import World, finish, must, pending

T = TypeVar("T")


def elsewhere(call: Callable[..., T], *arguments: Any) -> T:
    """What a call answers on a thread of its own."""
    answers: list[T] = []
    thread = Thread(target=lambda: answers.append(call(*arguments)))
    thread.start()
    thread.join()
    [answer] = answers
    return answer


def spawn_blocking(world: World, work: Work, group: int = 0, **options: Any) -> int:
    out = c_uint64()
    must(lib.roost_spawn_blocking(group or world.root, blocking_options(work, **options), out))
    return out.value


class TestOtherThreads:
    def test_C14_a_thread_cancels(self, world: World) -> None:
        told: list[tuple[int, int, bytes]] = []

        def stop(task: int, why: Reason) -> None:
            told.append((why.origin, why.code, why.message))

        def cancel() -> None:
            why = CancelOptions(code=7, message=b"from afar")
            assert elsewhere(lib.roost_cancel, task, why) == ROOST_ASKED
            assert lib.roost_cancelled(task) == 1, "K7: it takes up what was asked"

        task = world.spawn(world.root, pending, stop)
        world.at(ROOST_SECOND, cancel)
        world.run()
        assert told == [(ROOST_EXPLICIT, 7, b"from afar")]

    def test_C14_K7_another_thread_reads_the_mark(self, world: World) -> None:
        task = world.spawn(world.root, pending, lambda task, why: 0)
        assert elsewhere(lib.roost_cancelled, task) == 0
        must(lib.roost_cancel(task, None))
        assert elsewhere(lib.roost_cancelled, task) == 1

    def test_C14_a_thread_wakes_a_parked_wait_once(self, world: World) -> None:
        ends: list[int] = []
        out = c_uint64()
        told = wait(lambda wait, rc: ends.append(rc))
        must(lib.roost_park(world.root, AbortFn(), *told, out))
        assert elsewhere(lib.roost_wake, out.value, 5) == ROOST_ASKED
        assert elsewhere(lib.roost_wake, out.value, 6) == ROOST_ESTALE
        world.run()
        assert ends == [5]

    def test_C14_C12_a_thread_shuts_down(self, world: World) -> None:
        group = world.group()
        world.spawn(group, pending, lambda task, why: 0)
        assert elsewhere(lib.roost_shutdown, group, 2 * ROOST_SECOND) == ROOST_ASKED
        world.join(group)
        world.run()
        assert world.elapsed == 2 * ROOST_SECOND

    def test_C14_a_thread_reaches_a_run_that_waits_real(self) -> None:
        """The run has given up Python's lock, and a task on the real clock waits for ever."""
        told: list[int] = []
        threads: list[Thread] = []

        def cancel(task: int) -> None:
            assert lib.roost_cancel(task, CancelOptions(code=7)) == ROOST_ASKED

        def start(task: int) -> int:
            threads.append(Thread(target=cancel, args=(task,)))
            threads[0].start()
            return ROOST_PENDING

        world = World(clock=ROOST_CLOCK_REAL)
        world.spawn(world.root, start, lambda task, why: told.append(why.code))
        world.run()
        threads[0].join()
        assert told == [7]
        must(world.close())

    def test_C14_everything_else_is_refused(self, world: World) -> None:
        options = blocking_options(lambda task, result: 0)
        assert elsewhere(lib.roost_run, world.runtime) == ROOST_ETHREAD
        assert elsewhere(lib.roost_stopping, world.root) == ROOST_ETHREAD
        assert elsewhere(lib.roost_spawn_blocking, world.root, options, None) == ROOST_ETHREAD
        assert held(options.data) is None

    def test_C14a_what_has_ended_is_stale(self, world: World) -> None:
        task = world.spawn(world.root, lambda task: 0)
        world.run()
        must(lib.roost_release(task))
        world.run()
        assert elsewhere(lib.roost_cancel, task, None) == ROOST_ESTALE
        assert elsewhere(lib.roost_release, task) == ROOST_ESTALE

    def test_C14c_a_finalizer_on_another_thread_releases(self, world: World) -> None:
        """An outcome, and an event for which somebody waits: that wait is not broken."""
        ends: list[int] = []
        event = c_uint64()
        must(lib.roost_event_open(world.runtime, event))
        task = world.spawn(world.root, lambda task: 0)
        told = wait(lambda wait, rc: ends.append(rc))
        must(lib.roost_event_wait(event.value, world.root, *told, None))
        assert elsewhere(lib.roost_release_id, task) == ROOST_ASKED
        assert elsewhere(lib.roost_release_id, event.value) == ROOST_ASKED
        assert elsewhere(lib.roost_release_id, world.root) == ROOST_EKIND
        world.at(ROOST_SECOND, lambda: must(lib.roost_event_set(event.value)))
        world.run()
        assert ends == [0]
        assert lib.roost_outcome_of(task, Outcome()) == ROOST_ESTALE
        assert lib.roost_event_set(event.value) == ROOST_ESTALE


class TestPosts:
    def test_S5_posts_of_a_thread_run_in_order_on_the_runtimes(self, world: World) -> None:
        ran: list[tuple[int, int, int]] = []

        def posted(number: int, runtime: int) -> None:
            ran.append((number, runtime, get_ident()))

        def post_all() -> None:
            for number in range(3):
                must(lib.roost_post(world.runtime, *post(partial(posted, number))))

        elsewhere(post_all)
        must(lib.roost_post(world.runtime, *post(partial(posted, 3))))
        assert ran == []
        world.run()
        assert ran == [(number, world.runtime, get_ident()) for number in range(4)]

    def test_S5_many_threads_at_once_lose_none(self, world: World) -> None:
        ran: list[tuple[int, int]] = []

        def posted(thread: int, number: int, runtime: int) -> None:
            ran.append((thread, number))

        def post_all(thread: int) -> None:
            for number in range(100):
                must(lib.roost_post(world.runtime, *post(partial(posted, thread, number))))

        threads = [Thread(target=post_all, args=(thread,)) for thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        world.run()
        assert sorted(ran) == [(thread, number) for thread in range(8) for number in range(100)]
        for by in range(8):
            numbers = [number for thread, number in ran if thread == by]
            assert numbers == list(range(100))

    def test_S5_B3_what_a_posted_function_raises_is_unraisable(
        self, world: World, unraisable: list[BaseException | None]
    ) -> None:
        def posted(runtime: int) -> None:
            raise ValueError("out of luck")

        must(lib.roost_post(world.runtime, *post(posted)))
        world.run()
        assert [type(error) for error in unraisable] == [ValueError]

    def test_S5_S8a_a_runtime_that_closes_drops_and_one_that_has_gone_too(
        self, world: World
    ) -> None:
        ran: list[int] = []
        refused: list[int] = []

        def last(runtime: int) -> None:
            ran.append(runtime)
            given = post(ran.append)
            refused.append(lib.roost_post(world.runtime, *given))
            assert held(given[1]) is None

        must(lib.roost_post(world.runtime, *post(last)))
        must(world.close())
        given = post(ran.append)
        refused.append(elsewhere(lib.roost_post, world.runtime, *given))
        assert held(given[1]) is None
        assert ran == [world.runtime]
        assert refused == [ROOST_ECLOSED, ROOST_ESTALE]


class TestBlocking:
    def test_S2_L6_work_runs_on_another_thread_and_brings_a_result(self, world: World) -> None:
        threads: list[int] = []
        read: list[Any] = []

        def compute(task: int, result: Pointer[c_void_p]) -> int:
            threads.append(get_ident())
            result[0] = c_void_p(hold("a result")[0])
            return 7

        task = spawn_blocking(world, compute, name=b"computing")
        must(lib.roost_on_end(task, world.root, *wait(lambda wait, rc: read.append(rc)), None))
        world.run()
        outcome = Outcome()
        must(lib.roost_outcome_of(task, outcome))
        assert read == [7]
        assert (outcome.state, outcome.code) == (ROOST_COMPLETED, 7)
        assert held(outcome.result) == "a result"
        assert threads != [get_ident()]

    def test_S2_L2_they_count_for_a_limit_beside_callback_tasks(self, world: World) -> None:
        group = world.group(limit=1)
        order: list[str] = []

        def work(task: int, result: object) -> None:
            order.append("work")

        def start(task: int) -> None:
            order.append("step")

        for _ in range(3):
            spawn_blocking(world, work, group)
            world.spawn(group, start)
        ended = world.join(group)
        world.run()
        assert ended.code == 0
        assert order == ["work", "step"] * 3

    def test_B3_what_work_raises_is_the_tasks_error_with_its_own_traceback(
        self, world: World
    ) -> None:
        def work(task: int, result: object) -> int:
            raise ValueError("out of luck")

        group = world.group()
        spawn_blocking(world, work, group, name=b"hasty")
        ended = world.join(group)
        world.run()
        assert [(name, code) for name, code, _ in ended.errors] == [(b"hasty", ROOST_EIO)]
        [error] = ended.objects
        assert repr(error) == "ValueError('out of luck')"
        [frame] = traceback.extract_tb(error.__traceback__)
        assert frame.name == "work"

    @pytest.mark.parametrize("answer", ["done", 2**31])
    def test_B3_an_answer_that_is_no_status_code(self, world: World, answer: Any) -> None:
        group = world.group()
        spawn_blocking(world, lambda task, result: answer, group)
        ended = world.join(group)
        world.run()
        assert ended.code == ROOST_EIO
        assert str(ended.objects[0]).endswith(f"not {answer!r}")

    def test_C6a_one_that_was_cancelled_before_never_runs(self, world: World) -> None:
        ran: list[int] = []
        swept: list[tuple[int, int]] = []

        def sweep(self: int, why: Outcome) -> None:
            swept.append((why.state, why.started))

        task = spawn_blocking(world, lambda task, result: ran.append(task))
        must(lib.roost_defer(task, *cleanup(sweep)))
        must(lib.roost_cancel(task, None))
        world.run()
        assert (ran, swept) == ([], [(ROOST_CANCELLED, 0)])

    @pytest.mark.parametrize(
        ("answer", "end"), [(ROOST_ECANCELED, ROOST_ETASKCANCELLED), (7, 7), (ROOST_EIO, ROOST_EIO)]
    )
    def test_S6_one_that_runs_is_asked_and_says_what_comes_of_it(
        self, world: World, answer: int, end: int
    ) -> None:
        ends: list[int] = []
        seen: list[int] = []
        asked = Event()

        def cancel(runtime: int) -> None:
            must(lib.roost_cancel(task, None))
            asked.set()

        def work(task: int, result: object) -> int:
            seen.append(lib.roost_cancelled(task))
            must(lib.roost_post(world.runtime, *post(cancel)))
            asked.wait()
            seen.append(lib.roost_cancelled(task))
            return answer

        group = world.group()
        task = spawn_blocking(world, work, group)
        must(lib.roost_on_end(task, world.root, *wait(lambda wait, rc: ends.append(rc)), None))
        world.join(group)
        world.run()
        assert seen == [0, 1]
        assert ends == [end]

    def test_S6a_one_that_is_abandoned_frees_its_group_and_the_close_waits(
        self, world: World
    ) -> None:
        began, free = Event(), Event()
        seen: list[tuple[str, int]] = []

        def work(task: int, result: Pointer[c_void_p]) -> int:
            began.set()
            free.wait()
            seen.append(("work", lib.roost_cancelled(task)))
            result[0] = c_void_p(hold("given up")[0])
            return 7

        def cancel() -> None:
            began.wait()
            must(lib.roost_cancel(group, None))

        group = world.group()
        task = spawn_blocking(world, work, group, abandon=1)
        assert lib.roost_defer(task, *cleanup(lambda self, why: 0)) == ROOST_EINVAL
        world.spawn(group, lambda task: cancel())
        ended = world.join(group)
        world.run()
        seen.append(("group", ended.code))
        free.set()
        must(world.close())
        assert seen == [("group", 0), ("work", 1)]

    def test_D4_the_virtual_clock_waits_for_work(self, world: World) -> None:
        order: list[str] = []
        woken = Event()

        def posted(runtime: int) -> None:
            order.append("posted")
            woken.set()

        def work(task: int, result: object) -> None:
            must(lib.roost_post(world.runtime, *post(posted)))
            woken.wait()
            order.append("worked")

        spawn_blocking(world, work)
        world.after(world.root, ROOST_SECOND, lambda wait, rc: order.append("woken"))
        world.run()
        assert order == ["posted", "worked", "woken"]

    def test_S2_finish_is_not_for_blocking_tasks(self, world: World) -> None:
        task = spawn_blocking(world, lambda task, result: 7)
        assert finish(task) == ROOST_EINVAL
        world.run()
        outcome = Outcome()
        must(lib.roost_outcome_of(task, outcome))
        assert outcome.code == 7


class TestCurrent:
    def test_O3_the_step_that_runs_is_seen_from_another_thread(self, world: World) -> None:
        seen: list[tuple[int, int, bytes]] = []

        def start(task: int) -> None:
            step = Step()
            known = elsewhere(lib.roost_current, world.runtime, step)
            seen.append((known, step.node, step.name))
            assert step.since_ns > 0

        task = world.spawn(world.root, start, name=b"computing")
        world.run()
        assert seen == [(1, task, b"computing")]
        step = Step(node=1, name=b"old")
        assert elsewhere(lib.roost_current, world.runtime, step) == 0
        assert (step.node, step.name) == (0, b"")


def test_K5_the_functions_of_what_was_refused_are_dropped(world: World) -> None:
    work = blocking_options(lambda task, result: 0)
    assert lib.roost_spawn_blocking(0, work, None) == ROOST_EINVAL
    given = post(lambda runtime: None)
    assert lib.roost_post(0, *given) == ROOST_EINVAL
    assert held(work.data) is None
    assert held(given[1]) is None
