"""Events, limiters, locks, conditions and channels through the mirror."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import c_uint64, c_void_p
from functools import partial
from typing import Any

import pytest

from roost._abi.callables import held, hold, wait
from roost._abi.constants import (
    ROOST_ALREADY,
    ROOST_EAGAIN,
    ROOST_ECANCELED,
    ROOST_ECLOSED,
    ROOST_EDEADLK,
    ROOST_EORDER,
    ROOST_EOWNERDEAD,
    ROOST_ESTALE,
    ROOST_SECOND,
)
from roost._abi.library import lib
from roost._abi.types import DropFn
from support import World, must


class Told:
    """What waits have ended with, in order."""

    def __init__(self) -> None:
        self.ends: list[tuple[str, int]] = []

    def by(self, name: str) -> Any:
        """The last arguments of a call that begins a wait."""
        return *wait(lambda wait, rc: self.note(name, rc)), None

    def note(self, name: str, rc: int) -> None:
        self.ends.append((name, rc))


@pytest.fixture
def told() -> Told:
    return Told()


def opened(call: Callable[..., int], *arguments: Any) -> int:
    out = c_uint64()
    must(call(*arguments, out))
    return out.value


def test_S3_an_event_lets_all_go_on_for_ever(world: World, told: Told) -> None:
    event = opened(lib.roost_event_open, world.runtime)
    for name in ("first", "second"):
        must(lib.roost_event_wait(event, world.root, *told.by(name)))
    assert lib.roost_event_is_set(event) == 0
    assert lib.roost_event_set(event) == 0
    assert lib.roost_event_set(event) == ROOST_ALREADY
    assert lib.roost_event_is_set(event) == 1
    must(lib.roost_event_wait(event, world.root, *told.by("late")))
    world.run()
    assert told.ends == [("first", 0), ("second", 0), ("late", 0)]
    assert lib.roost_event_destroy(event) == 0
    assert lib.roost_event_is_set(event) == ROOST_ESTALE


def test_S3_a_limiter_gives_its_permits_in_the_order_of_coming(world: World, told: Told) -> None:
    limiter = opened(lib.roost_limiter_open, world.runtime, 1)
    assert lib.roost_limiter_try_acquire(limiter) == 0
    assert lib.roost_limiter_try_acquire(limiter) == ROOST_EAGAIN
    for name in ("first", "second"):
        must(lib.roost_limiter_acquire(limiter, world.root, *told.by(name)))
    assert lib.roost_limiter_release(limiter) == 0
    world.at(ROOST_SECOND, lambda: told.note("permit", must(lib.roost_limiter_resize(limiter, 2))))
    world.run()
    assert told.ends == [("first", 0), ("permit", 0), ("second", 0)]
    assert [lib.roost_limiter_release(limiter) for _ in range(3)] == [0, 0, ROOST_EORDER]


def test_S3a_destroying_ends_the_waits(world: World, told: Told) -> None:
    limiter = opened(lib.roost_limiter_open, world.runtime, 0)
    must(lib.roost_limiter_acquire(limiter, world.root, *told.by("waiting")))
    assert lib.roost_limiter_destroy(limiter) == 0
    world.run()
    assert told.ends == [("waiting", ROOST_ECLOSED)]


def test_S3b_a_lock_goes_from_owner_to_owner_until_one_ends_with_it(
    world: World, told: Told
) -> None:
    one, other = world.group(), world.group()
    lock = opened(lib.roost_lock_open, world.runtime)
    assert lib.roost_lock_try_acquire(lock, one) == 0
    assert lib.roost_lock_try_acquire(lock, one) == ROOST_EDEADLK
    must(lib.roost_lock_acquire(lock, other, *told.by("other")))
    assert lib.roost_lock_release(lock, other) == ROOST_EORDER
    assert lib.roost_lock_release(lock, one) == 0
    must(lib.roost_lock_acquire(lock, one, *told.by("one")))
    world.at(ROOST_SECOND, lambda: told.note("ending", world.join(other).code))
    world.run()
    assert told.ends == [("other", 0), ("ending", 0), ("one", ROOST_EOWNERDEAD)]
    assert lib.roost_lock_destroy(lock) == 0
    world.join(one)
    world.run()


def test_S3b_a_conditions_wait_comes_back_with_the_lock(world: World, told: Told) -> None:
    groups = [world.group() for _ in range(3)]
    lock = opened(lib.roost_lock_open, world.runtime)
    condition = opened(lib.roost_condition_open, lock)

    def release(owner: int) -> None:
        told.note("released", lib.roost_lock_release(lock, groups[owner]))

    for number, group in enumerate(groups):
        assert lib.roost_lock_try_acquire(lock, group) == 0
        must(lib.roost_condition_wait(condition, group, *told.by(f"{number}")))
    assert lib.roost_condition_notify(condition, 1) == 0
    must(lib.roost_cancel(groups[2], None))
    assert lib.roost_condition_destroy(condition) == 0
    for second, owner in enumerate((0, 2, 1)):
        world.at((second + 1) * ROOST_SECOND, partial(release, owner))
    world.run()
    back = [("0", 0), ("2", ROOST_ECANCELED), ("1", ROOST_ECLOSED)]
    assert told.ends[::2] == back
    assert told.ends[1::2] == [("released", 0)] * 3
    for group in groups:
        world.join(group)
    world.run()


def test_S3_C4_a_channel_loses_nothing(world: World, told: Told) -> None:
    channel = opened(lib.roost_channel_open, world.runtime, 1, DropFn())
    items = [hold(number) for number in range(3)]
    group = world.group()
    out = c_void_p()
    assert lib.roost_channel_try_receive(channel, out) == ROOST_EAGAIN
    assert lib.roost_channel_try_send(channel, items[0][0]) == 0
    assert lib.roost_channel_try_send(channel, items[1][0]) == ROOST_EAGAIN
    must(lib.roost_channel_send(channel, group, items[1][0], *told.by("cancelled")))
    must(lib.roost_channel_send(channel, world.root, items[2][0], *told.by("sent")))
    must(lib.roost_cancel(group, None))
    received: list[Any] = []
    for _ in range(2):
        assert lib.roost_channel_try_receive(channel, out) == 0
        received.append(held(out.value))
    must(lib.roost_channel_receive(channel, world.root, out, *told.by("received")))
    assert lib.roost_channel_close(channel) == 0
    assert lib.roost_channel_close(channel) == ROOST_ALREADY
    world.join(group)
    world.run()
    assert received == [0, 2]
    assert sorted(told.ends) == [
        ("cancelled", ROOST_ECANCELED),
        ("received", ROOST_ECLOSED),
        ("sent", 0),
    ]
    for pointer, drop in items:
        drop(pointer)


def test_S3a_L6_what_is_left_in_a_channel_is_dropped_with_it(world: World) -> None:
    pointer, drop = hold("an item")
    channel = opened(lib.roost_channel_open, world.runtime, 1, drop)
    assert lib.roost_channel_try_send(channel, pointer) == 0
    assert lib.roost_channel_destroy(channel) == 0
    assert held(pointer) is None
