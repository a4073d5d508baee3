"""The engine through the mirror: each part of the header once, on the virtual clock."""

from __future__ import annotations

from ctypes import c_uint64, create_string_buffer
from functools import partial
from threading import Thread
from typing import Any

import pytest

from roost._abi.callables import (
    Cleanup,
    Start,
    cleanup,
    cleanup_options,
    close,
    held,
    hold,
    join,
    task_options,
    wait,
)
from roost._abi.constants import (
    ROOST_ALIVE,
    ROOST_ALREADY,
    ROOST_CANCELLED,
    ROOST_COMPLETED,
    ROOST_DEADLINE,
    ROOST_DEADLOCK,
    ROOST_E2BIG,
    ROOST_EALREADY,
    ROOST_ECANCELED,
    ROOST_EDEADLK,
    ROOST_EINVAL,
    ROOST_EIO,
    ROOST_EKIND,
    ROOST_ESTALE,
    ROOST_ETASKCANCELLED,
    ROOST_ETHREAD,
    ROOST_ETIMEDOUT,
    ROOST_EWASCANCELLED,
    ROOST_EXPLICIT,
    ROOST_FAILED,
    ROOST_FAILED_SIBLING,
    ROOST_FOREVER,
    ROOST_HOST,
    ROOST_PENDING,
    ROOST_SECOND,
    ROOST_SHUTDOWN,
    ROOST_SUPERVISE,
)
from roost._abi.library import lib
from roost._abi.types import (
    AbortFn,
    CancelOptions,
    DropFn,
    GroupOptions,
    JoinFn,
    Outcome,
    Reason,
    ScopeOptions,
    TaskOptions,
)
from support import Ended, World, finish, last_error, must, pending


class TestRuntime:
    def test_B1_a_field_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(TypeError, match="GroupOptions has no field 'timeout'"):
            GroupOptions(timeout=1)

    def test_S8_run_answers_at_once_when_there_is_nothing_to_do(self, world: World) -> None:
        assert lib.roost_run(world.runtime) == 0

    def test_D4_the_virtual_clock_jumps(self, world: World) -> None:
        woken: list[int] = []
        world.at(10 * ROOST_SECOND, lambda: woken.append(world.elapsed))
        world.run()
        assert woken == [10 * ROOST_SECOND]

    def test_D4_a_hang_is_a_failure(self, world: World) -> None:
        origins: list[int] = []

        def stop(task: int, why: Reason) -> None:
            origins.append(why.origin)

        world.spawn(world.root, pending, stop)
        assert lib.roost_run(world.runtime) == ROOST_EDEADLK
        assert origins == [ROOST_DEADLOCK]

    def test_S8a_close_answers_the_roots_outcome_and_tells_it(self, world: World) -> None:
        reasons: list[int] = []
        told = Ended()

        def stop(task: int, why: Reason) -> int:
            reasons.append(why.origin)
            return 0

        world.spawn(world.root, pending, stop)
        rc = lib.roost_close(world.runtime, 0, *close(lambda result: told.take(0, result)))
        assert (rc, told.code) == (0, 0)
        assert reasons == [ROOST_SHUTDOWN]
        assert told.cancelled_caught == 1

    def test_T3_handles_of_a_closed_runtime_are_stale_for_ever(self, world: World) -> None:
        must(world.close())
        assert lib.roost_run(world.runtime) == ROOST_ESTALE
        assert lib.roost_cancel(world.root, None) == ROOST_ESTALE
        assert lib.roost_root(world.runtime) == 0

    def test_T3_nodes_know_their_runtime_and_it_has_a_loop(self, world: World) -> None:
        assert lib.roost_runtime_of(world.root) == world.runtime
        assert lib.roost_loop(world.runtime)


class TestTasks:
    def test_S1_tasks_start_in_a_later_turn_in_the_order_of_spawning(self, world: World) -> None:
        started: list[int] = []

        def start(number: int, task: int) -> None:
            started.append(number)

        for number in range(3):
            world.spawn(world.root, partial(start, number))
        assert started == []
        world.run()
        assert started == [0, 1, 2]

    def test_S2a_a_first_step_completes_fails_or_is_finished_later(self, world: World) -> None:
        group = world.group(policy=ROOST_SUPERVISE)
        tasks = [
            world.spawn(group, lambda task: 0),
            world.spawn(group, lambda task: ROOST_EIO, name=b"failing"),
            world.spawn(group, pending),
        ]

        def state(task: int) -> int:
            outcome = Outcome()
            must(lib.roost_outcome_of(task, outcome))
            return outcome.state

        seen: list[list[int]] = []
        world.at(ROOST_SECOND, lambda: seen.append([state(task) for task in tasks]))
        world.at(ROOST_SECOND, lambda: must(finish(tasks[2])))
        ended = world.join(group)
        world.run()
        assert seen == [[ROOST_COMPLETED, ROOST_FAILED, ROOST_ALIVE]]
        assert ended.errors == [(b"failing", ROOST_EIO, None)]

    def test_L5_L6_a_result_is_read_by_the_handle_and_dropped_after_the_closing(
        self, world: World
    ) -> None:
        group = world.group()
        read: list[Any] = []

        def start(task: int) -> int:
            return must(lib.roost_finish(task, 7, *hold("a result")))

        task = world.spawn(group, start)

        def joined(node: int, result: object) -> None:
            outcome = Outcome()
            must(lib.roost_outcome_of(task, outcome))
            read.extend([outcome.code, held(outcome.result)])

        must(lib.roost_join(group, 0, *join(joined)))
        world.run()
        assert read == [7, "a result"]
        assert lib.roost_outcome_of(task, Outcome()) == ROOST_ESTALE

    def test_L5_a_released_outcome_is_gone(self, world: World) -> None:
        task = world.spawn(world.root, lambda task: 0)
        world.run()
        assert lib.roost_outcome_of(task, Outcome()) == 0
        assert lib.roost_release(task) == 0
        assert lib.roost_outcome_of(task, Outcome()) == ROOST_ESTALE

    def test_T4_names_are_copied(self, world: World) -> None:
        group = world.group(name="Küken".encode())
        buffer = create_string_buffer(64)
        assert lib.roost_name(group, buffer, len(buffer)) == len("Küken".encode())
        assert buffer.value.decode() == "Küken"
        world.join(group)
        world.run()


class TestCancelling:
    def test_C9_S2a_on_cancel_is_told_the_whole_reason(self, world: World) -> None:
        told: list[tuple[int, int, bytes, bytes, int]] = []

        def stop(task: int, why: Reason) -> None:
            told.append((why.origin, why.code, why.message, why.name, why.node))

        group = world.group(name=b"fetching")
        world.spawn(group, pending, stop)
        why = CancelOptions(origin=ROOST_HOST, code=-42, message=b"no more")
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(group, why)))
        ended = world.join(group)
        world.run()
        assert told == [(ROOST_HOST, -42, b"no more", b"fetching", group)]
        assert (ended.state, ended.code, ended.origin) == (ROOST_CANCELLED, 0, ROOST_HOST)
        assert (ended.cancel_called, ended.cancelled_caught) == (1, 1)

    def test_C5_the_first_reason_stands_and_nothing_is_called_inside(self, world: World) -> None:
        told: list[int] = []

        def stop(task: int, why: Reason) -> None:
            told.append(why.code)

        def cancel() -> None:
            assert lib.roost_cancel(task, CancelOptions(code=1)) == 0
            assert lib.roost_cancel(task, CancelOptions(code=2)) == ROOST_ALREADY
            assert told == []

        task = world.spawn(world.root, pending, stop)
        world.at(ROOST_SECOND, cancel)
        world.run()
        assert told == [1]

    def test_C2_C8_K7_a_node_can_be_asked(self, world: World) -> None:
        group = world.group()
        task = world.spawn(group, pending, lambda task, why: 0)
        answers: list[tuple[int, ...]] = []

        def ask(node: int) -> tuple[int, ...]:
            reason = Reason()
            known = must(lib.roost_reason_of(node, reason))
            return (
                lib.roost_cancelled(node),
                lib.roost_cancel_called(node),
                lib.roost_cancelled_caught(group),
                known,
                reason.origin,
            )

        def look() -> None:
            answers.extend([ask(group), ask(task)])
            must(lib.roost_cancel(group, None))
            answers.extend([ask(group), ask(task)])

        world.at(ROOST_SECOND, look)
        world.join(group)
        world.run()
        assert answers[:2] == [(0, 0, 0, 0, 0), (0, 0, 0, 0, 0)]
        assert answers[2:] == [(1, 1, 0, 1, ROOST_EXPLICIT), (1, 0, 0, 1, ROOST_EXPLICIT)]

    def test_C6_cancelling_what_has_ended_is_stale(self, world: World) -> None:
        group = world.group()
        world.join(group)
        world.run()
        assert lib.roost_cancel(group, None) == ROOST_ESTALE

    def test_C7a_a_group_that_reports(self, world: World) -> None:
        group = world.group(report=1)
        world.spawn(group, pending, lambda task, why: 0)
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(group, None)))
        ended = world.join(group)
        world.run()
        assert ended.code == ROOST_EWASCANCELLED

    def test_D2_a_deadline_fails_or_moves_on(self, world: World) -> None:
        groups = [world.group(timeout_ns=ROOST_SECOND, move_on=choice) for choice in (0, 1)]
        for group in groups:
            world.spawn(group, pending, lambda task, why: 0)
        failing, moving = [world.join(group) for group in groups]
        world.run()
        assert world.elapsed == ROOST_SECOND
        assert (failing.code, moving.code) == (ROOST_ETIMEDOUT, 0)
        assert (failing.origin, moving.origin) == (ROOST_DEADLINE, ROOST_DEADLINE)

    def test_D1_D3_a_deadline_is_moved_and_read(self, world: World) -> None:
        out = c_uint64()
        must(lib.roost_scope_open(world.root, ScopeOptions(timeout_ns=ROOST_SECOND), out))
        scope, nearest = out.value, c_uint64()
        must(lib.roost_effective_deadline(scope, nearest))
        assert nearest.value == world.began + ROOST_SECOND
        assert lib.roost_set_deadline(scope, ROOST_FOREVER) == 0
        must(lib.roost_effective_deadline(scope, nearest))
        assert nearest.value == ROOST_FOREVER
        world.join(scope)
        world.run()


class TestCleanups:
    def test_K1_cleanups_run_last_in_first_out_and_are_told_why(self, world: World) -> None:
        ran: list[tuple[str, int, int]] = []

        def noting(name: str) -> Cleanup:
            return lambda self, why: ran.append((name, why.state, why.code))

        def start(rc: int) -> Start:
            def first_step(task: int) -> int:
                must(lib.roost_defer(task, *cleanup(noting("first"))))
                must(lib.roost_defer(task, *cleanup(noting("second"))))
                return rc

            return first_step

        group = world.group(policy=ROOST_SUPERVISE)
        world.spawn(group, start(0))
        world.run()
        world.spawn(group, start(ROOST_EIO))
        world.run()
        world.spawn(group, start(ROOST_PENDING), lambda task, why: 0)
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(group, None)))
        world.join(group)
        world.run()
        assert ran == [
            ("second", ROOST_COMPLETED, 0),
            ("first", ROOST_COMPLETED, 0),
            ("second", ROOST_FAILED, ROOST_EIO),
            ("first", ROOST_FAILED, ROOST_EIO),
            ("second", ROOST_CANCELLED, ROOST_ECANCELED),
            ("first", ROOST_CANCELLED, ROOST_ECANCELED),
        ]

    def test_K2_a_cleanup_waits_in_its_own_task(self, world: World) -> None:
        ends: list[tuple[int, int]] = []

        def put_back(self: int, why: Outcome) -> int:
            def over(wait: int, rc: int) -> None:
                ends.append((rc, world.elapsed))
                must(finish(self))

            world.after(self, ROOST_SECOND, over)
            return ROOST_PENDING

        group = world.group()
        world.spawn(group, pending, lambda task, why: 0)
        must(lib.roost_defer(group, *cleanup(put_back)))
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(group, None)))
        world.join(group)
        world.run()
        assert ends == [(0, 2 * ROOST_SECOND)]

    def test_K3_a_cleanup_is_taken_back_and_dropped_at_once(self, world: World) -> None:
        ran: list[int] = []
        entry = c_uint64()
        options = cleanup_options(lambda self, why: ran.append(1), name=b"put back")
        must(lib.roost_defer_with(world.root, options, entry))
        assert held(options.data) is not None
        assert lib.roost_undefer(entry.value) == 0
        assert held(options.data) is None
        assert lib.roost_undefer(entry.value) == ROOST_ESTALE
        must(world.close())
        assert ran == []


class TestWaits:
    def test_C3_S2b_a_wait_ends_once_with_its_time_or_cancelled(self, world: World) -> None:
        ends: list[tuple[str, int, int]] = []
        group = world.group()

        def note(name: str, rc: int) -> None:
            ends.append((name, rc, world.elapsed))

        world.after(group, ROOST_SECOND, lambda wait, rc: note("short", rc))
        world.after(group, 5 * ROOST_SECOND, lambda wait, rc: note("long", rc))
        world.at(2 * ROOST_SECOND, lambda: must(lib.roost_cancel(group, None)))
        world.run()
        world.join(group)
        world.run()
        assert ends == [
            ("short", 0, ROOST_SECOND),
            ("long", ROOST_ECANCELED, 2 * ROOST_SECOND),
        ]

    def test_S2b_a_wait_that_is_taken_back_only_drops(self, world: World) -> None:
        ends: list[int] = []
        function = wait(lambda wait, rc: ends.append(rc))
        out = c_uint64()
        must(lib.roost_after(world.root, ROOST_SECOND, *function, out))
        assert lib.roost_unwait(out.value) == 0
        assert lib.roost_unwait(out.value) == ROOST_ESTALE
        world.run()
        assert ends == []
        assert held(function[1]) is None

    def test_L5_L5a_on_end_answers_the_outcome(self, world: World) -> None:
        ends: list[int] = []
        good = world.spawn(world.root, lambda task: must(finish(task, 7)))
        lost = world.spawn(world.root, pending, lambda task, why: 0)
        for task in (good, lost):
            must(lib.roost_on_end(task, world.root, *wait(lambda wait, rc: ends.append(rc)), None))
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(lost, None)))
        world.run()
        assert ends == [7, ROOST_ETASKCANCELLED]

    def test_C4_a_parked_wait_is_woken(self, world: World) -> None:
        ends: list[int] = []
        out = c_uint64()
        function = wait(lambda wait, rc: ends.append(rc))
        must(lib.roost_park(world.root, AbortFn(), *function, out))
        assert lib.roost_wake(out.value, 5) == 0
        assert lib.roost_wake(out.value, 6) == ROOST_ESTALE
        assert ends == []
        world.run()
        assert ends == [5]

    def test_C14b_the_request_behind_a_wait_is_asked_once_to_stop(self, world: World) -> None:
        asked: list[int] = []
        ends: list[int] = []

        @AbortFn
        def abort(wait: int, data: int | None) -> int:
            asked.append(wait)
            return 0

        group = world.group()
        out = c_uint64()
        function = wait(lambda wait, rc: ends.append(rc))
        must(lib.roost_park(group, abort, *function, out))
        must(lib.roost_cancel(group, None))
        assert asked == []
        world.join(group)
        world.run()
        assert asked == [out.value]
        assert ends == [ROOST_ECANCELED]


class TestResults:
    def test_G2_G3_the_errors_are_listed_in_the_order_in_which_they_happened(
        self, world: World
    ) -> None:
        group = world.group(policy=ROOST_SUPERVISE)

        def failing(delay: int, message: bytes) -> Start:
            def start(task: int) -> int:
                def over(wait: int, rc: int) -> None:
                    must(lib.roost_explain(task, message))
                    must(finish(task, ROOST_EIO))

                world.after(task, delay, over)
                return ROOST_PENDING

            return start

        world.spawn(group, failing(2 * ROOST_SECOND, b"too late"), name=b"slow")
        world.spawn(group, failing(ROOST_SECOND, b"too early"), name=b"quick")
        world.spawn(group, lambda task: 0, name=b"good")
        ended = world.join(group)
        world.run()
        assert ended.errors == [
            (b"quick", ROOST_EIO, b"too early"),
            (b"slow", ROOST_EIO, b"too late"),
        ]
        assert (ended.code, ended.state, ended.error_count) == (ROOST_EIO, ROOST_FAILED, 2)

    def test_G2_G5_fail_fast_cancels_the_rest_whose_cancelled_is_no_error(
        self, world: World
    ) -> None:
        told: list[tuple[int, int, bytes]] = []

        def stop(task: int, why: Reason) -> None:
            told.append((why.origin, why.code, why.name))

        group = world.group()
        world.spawn(group, pending, stop)
        world.spawn(group, lambda task: ROOST_EIO, name=b"hasty")
        ended = world.join(group)
        world.run()
        assert told == [(ROOST_FAILED_SIBLING, ROOST_EIO, b"hasty")]
        assert ended.errors == [(b"hasty", ROOST_EIO, None)]

    def test_G3_T1d_errors_of_a_nested_group_are_nested(self, world: World) -> None:
        outer = world.group(name=b"outer")
        inner = world.group(outer, name=b"inner")
        world.spawn(inner, lambda task: ROOST_EIO, name=b"deep")
        must(lib.roost_join(inner, 0, JoinFn(), None, DropFn()))
        nested: list[tuple[bytes | None, list[bytes | None]]] = []

        def joined(node: int, result: Any) -> None:
            error = result.errors.contents
            nested.append((error.name, [error.children.contents.name]))

        must(lib.roost_join(outer, 0, *join(joined)))
        world.run()
        assert nested == [(b"inner", [b"deep"])]


class TestBadUse:
    def test_B1_B2_a_failed_call_says_which_call(self, world: World) -> None:
        assert lib.roost_spawn(0, TaskOptions(), None) == ROOST_EINVAL
        assert "roost_spawn" in last_error()
        assert lib.roost_run(world.root) == ROOST_EKIND
        assert "roost_run" in last_error()

    def test_B2_the_sentence_names_the_node(self, world: World) -> None:
        group = world.group(name=b"fetching")
        world.join(group)
        assert lib.roost_join(group, 0, JoinFn(), None, DropFn()) == ROOST_EALREADY
        assert "roost_join" in last_error()
        assert "fetching" in last_error()
        world.run()

    def test_T3_B2_each_thread_has_its_own_sentence(self, world: World) -> None:
        assert lib.roost_run(0) == ROOST_EINVAL
        said = last_error()
        elsewhere: list[object] = []

        def call() -> None:
            elsewhere.extend([last_error(), lib.roost_run(world.runtime), last_error()])

        thread = Thread(target=call)
        thread.start()
        thread.join()
        before, rc, after = elsewhere
        assert (before, rc) == ("", ROOST_ETHREAD)
        assert after not in ("", said)
        assert last_error() == said

    def test_B2_a_success_leaves_the_sentence_alone(self, world: World) -> None:
        assert lib.roost_run(0) == ROOST_EINVAL
        said = last_error()
        assert lib.roost_cancelled(world.root) == 0
        assert last_error() == said

    def test_B1_every_code_has_a_text(self) -> None:
        assert lib.roost_strerror(ROOST_EINVAL) == b"invalid argument"

    def test_K5_a_call_that_fails_drops_before_it_returns(self, world: World) -> None:
        function = wait(lambda wait, rc: None)
        assert lib.roost_after(0, 0, *function, None) == ROOST_EINVAL
        assert held(function[1]) is None

    def test_B1_an_options_struct_of_the_future_is_refused(self, world: World) -> None:
        class Longer(TaskOptions):
            _fields_ = (("later", c_uint64),)

        options = task_options(lambda task: 0)
        longer = Longer(start=options.start, data=options.data, drop=options.drop, later=1)
        assert lib.roost_spawn(world.root, longer, None) == ROOST_E2BIG
        assert held(options.data) is None


def test_L2_a_limit_holds_for_python_tasks(world: World) -> None:
    running: list[int] = []
    most: list[int] = []

    def start(task: int) -> int:
        running.append(task)
        most.append(len(running))

        def over(wait: int, rc: int) -> None:
            running.remove(task)
            must(finish(task))

        world.after(task, ROOST_SECOND, over)
        return ROOST_PENDING

    group = world.group(limit=10)
    for _ in range(1000):
        must(lib.roost_spawn(group, task_options(start), None))
    world.join(group)
    world.run()
    assert (len(most), max(most)) == (1000, 10)
    assert world.elapsed == 100 * ROOST_SECOND
