"""Shields, shutdown, races, filters, daemons, starts and seeds through the mirror."""

from __future__ import annotations

from ctypes import c_uint64, c_void_p
from functools import partial
from typing import Any

from roost._abi.callables import cleanup, held, hold, join, task_options, wait
from roost._abi.constants import (
    ROOST_ALREADY,
    ROOST_CANCEL_REST,
    ROOST_COMPLETED,
    ROOST_DROP_ERROR,
    ROOST_EALREADY,
    ROOST_ECANCELED,
    ROOST_EIO,
    ROOST_ESTOPPING,
    ROOST_ETASKCANCELLED,
    ROOST_FOREVER,
    ROOST_PARENT_JOIN,
    ROOST_PENDING,
    ROOST_RACE,
    ROOST_RACE_WON,
    ROOST_RECORD_ERROR,
    ROOST_SECOND,
    ROOST_SHUTDOWN,
)
from roost._abi.library import lib
from roost._abi.types import CancelOptions, FilterFn, Outcome, Reason, Result
from support import World, finish, must, pending


class TestShieldsAndStopping:
    def test_C10_a_shield_is_switched_off_and_on(self, world: World) -> None:
        group = world.group()
        inner = world.group(group, shield=1)
        must(lib.roost_cancel(group, None))
        assert lib.roost_cancelled(inner) == 0
        assert lib.roost_set_shield(inner, 0) == 0
        assert lib.roost_cancelled(inner) == 1
        assert lib.roost_set_shield(inner, 1) == 0
        assert lib.roost_set_shield(inner, 1) == ROOST_ALREADY
        assert lib.roost_cancelled(inner) == 0
        world.join(group)
        world.run()

    def test_C11_a_shield_holds_for_its_grace(self, world: World) -> None:
        ends: list[tuple[int, int]] = []
        group = world.group(grace_ns=2 * ROOST_SECOND)
        inner = world.group(group, shield=1)
        world.after(inner, ROOST_FOREVER, lambda wait, rc: ends.append((rc, world.elapsed)))
        world.at(ROOST_SECOND, lambda: must(lib.roost_cancel(group, None)))
        world.run()
        world.join(group)
        world.run()
        assert ends == [(ROOST_ECANCELED, 3 * ROOST_SECOND)]

    def test_C12_a_shutdown_asks_first_and_cancels_then(self, world: World) -> None:
        ends: list[tuple[str, int, int]] = []
        reasons: list[int] = []

        def note(name: str, wait: int, rc: int) -> None:
            ends.append((name, rc, world.elapsed))

        def start(task: int) -> int:
            world.after(task, ROOST_FOREVER, partial(note, "work"))
            return ROOST_PENDING

        def stop(task: int, why: Reason) -> int:
            reasons.append(why.origin)
            return 0

        group = world.group(until_stopping=1)
        world.spawn(group, start, stop)
        world.after(group, ROOST_FOREVER, partial(note, "new work"))
        assert lib.roost_stopping(group) == 0
        assert lib.roost_shutdown(group, 3 * ROOST_SECOND) == 0
        assert lib.roost_shutdown(group, 5 * ROOST_SECOND) == ROOST_ALREADY
        assert lib.roost_stopping(group) == 1
        ended = world.join(group)
        world.run()
        assert ends[0] == ("new work", ROOST_ESTOPPING, 0)
        assert (reasons, ended.origin) == ([ROOST_SHUTDOWN], ROOST_SHUTDOWN)
        assert world.elapsed == 3 * ROOST_SECOND

    def test_C12b_who_cancels_can_wait_for_the_end(self, world: World) -> None:
        ends: list[tuple[int, int]] = []

        def put_back(self: int, why: Outcome) -> int:
            world.after(self, ROOST_SECOND, lambda wait, rc: must(finish(self)))
            return ROOST_PENDING

        task = world.spawn(world.root, pending, lambda task, why: 0)
        must(lib.roost_defer(task, *cleanup(put_back)))

        def cancel() -> None:
            told = wait(lambda wait, rc: ends.append((rc, world.elapsed)))
            must(lib.roost_cancel_and_wait(task, world.root, CancelOptions(code=7), *told, None))

        world.at(ROOST_SECOND, cancel)
        world.run()
        assert ends == [(ROOST_ETASKCANCELLED, 2 * ROOST_SECOND)]


class TestKindsOfGroups:
    def test_G2b_L6_a_race_has_a_winner_whose_result_can_be_taken(self, world: World) -> None:
        reasons: list[int] = []
        taken: list[Any] = []

        prize, drop = hold("won")

        def win(task: int) -> int:
            return must(lib.roost_finish(task, 7, prize, drop))

        def lose(task: int, why: Reason) -> None:
            reasons.append(why.origin)

        def joined(node: int, result: Result) -> None:
            out = c_void_p()
            taken.extend([result.code, result.winner, result.winner_code, result.winner_name])
            must(lib.roost_take_result(result.winner, out))
            assert lib.roost_take_result(result.winner, out) == ROOST_EALREADY
            taken.append(held(out.value))

        group = world.group(policy=ROOST_RACE)
        winner = world.spawn(group, win, name=b"swift")
        world.spawn(group, pending, lose)
        must(lib.roost_join(group, 0, *join(joined)))
        world.run()
        assert taken == [0, winner, 7, b"swift", "won"]
        assert reasons == [ROOST_RACE_WON]
        drop(prize)

    def test_G2_a_filter_decides_for_each_error(self, world: World) -> None:
        asked: list[tuple[bytes, int]] = []

        @FilterFn
        def decide(group: int, error: Any, data: int | None) -> int:
            asked.append((error.contents.name, error.contents.code))
            return {b"noise": ROOST_DROP_ERROR, b"fatal": ROOST_CANCEL_REST}.get(
                error.contents.name, ROOST_RECORD_ERROR
            )

        data, drop = hold("the filter's")
        group = world.group(filter=decide, filter_data=data, filter_drop=drop)
        for name in (b"noise", b"logged", b"fatal"):
            world.spawn(group, lambda task: ROOST_EIO, name=name)
        world.spawn(group, pending, lambda task, why: 0)
        ended = world.join(group)
        world.run()
        assert asked == [(b"noise", ROOST_EIO), (b"logged", ROOST_EIO), (b"fatal", ROOST_EIO)]
        assert ended.errors == [(b"logged", ROOST_EIO, None), (b"fatal", ROOST_EIO, None)]
        assert held(data) is None

    def test_L3_daemons_are_cancelled_when_the_others_have_ended(self, world: World) -> None:
        told: list[tuple[int, int]] = []

        def stop(task: int, why: Reason) -> None:
            told.append((why.origin, world.elapsed))

        def start(task: int) -> int:
            world.after(task, ROOST_SECOND, lambda wait, rc: must(finish(task)))
            return ROOST_PENDING

        group = world.group()
        world.spawn(group, pending, stop, daemon=1)
        world.spawn(group, start)
        ended = world.join(group)
        world.run()
        assert told == [(ROOST_PARENT_JOIN, ROOST_SECOND)]
        assert (ended.code, ended.state) == (0, ROOST_COMPLETED)

    def test_L4_a_start_waits_for_the_report(self, world: World) -> None:
        ends: list[int] = []

        def start(rc: int, task: int) -> int:
            return must(lib.roost_started(task, 7)) if rc == 0 else rc

        def begin(rc: int) -> None:
            task = c_uint64()
            told = wait(lambda wait, rc: ends.append(rc))
            options = task_options(partial(start, rc))
            must(lib.roost_start(group, world.root, options, *told, task, None))

        group = world.group()
        begin(0)
        begin(ROOST_EIO)
        ended = world.join(group)
        world.run()
        assert ends == [7, ROOST_EIO]
        assert ended.code == 0

    def test_S4_the_same_seed_gives_the_same_order(self) -> None:
        def order(seed: int) -> list[int]:
            started: list[int] = []

            def start(number: int, task: int) -> None:
                started.append(number)

            world = World(seed=seed)
            for number in range(20):
                world.spawn(world.root, partial(start, number))
            must(world.close())
            return started

        assert order(0) == list(range(20))
        assert order(1) == order(1)
        assert order(1) != order(0)
        assert sorted(order(1)) == list(range(20))
