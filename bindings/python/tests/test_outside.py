"""What comes from outside, through the mirror: descriptors, calls on threads, names; and that what
is for fibers is refused here."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from ctypes import CDLL, c_uint64, c_void_p
from threading import get_ident

import pytest

from roost._abi.callables import wait
from roost._abi.constants import (
    ROOST_CHOOSE_TIME,
    ROOST_ECANCELED,
    ROOST_EINVAL,
    ROOST_ENOTASK,
)
from roost._abi.library import lib
from roost._abi.types import AbortFn, CallFn, Choice, DropFn, FiberFn, FiberOptions
from support import World, last_error, must

EBADF = -errno.EBADF

Pipe = tuple[int, int]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_S3_a_descriptor_is_waited_for_until_it_can_be_read(world: World, pipe: Pipe) -> None:
    said: list[int] = []
    must(lib.roost_on_readable(pipe[0], world.root, *wait(lambda _, rc: said.append(rc)), None))
    must(
        lib.roost_on_writable(
            pipe[1], world.root, *wait(lambda _, rc: os.write(pipe[1], b"x")), None
        )
    )
    world.run()
    assert said == [0]


def test_S3_waits_for_a_descriptor_end_before_it_is_closed(world: World, pipe: Pipe) -> None:
    said: list[int] = []
    must(lib.roost_on_readable(pipe[0], world.root, *wait(lambda _, rc: said.append(rc)), None))
    must(lib.roost_descriptor_closing(world.runtime, pipe[0]))
    world.run()
    assert said == [EBADF]


def test_S6_a_function_is_called_on_a_thread_as_a_wait(world: World) -> None:
    threads: list[int] = []
    said: list[int] = []

    @CallFn
    def work(node: int, data: int) -> int:
        threads.append(get_ident())
        return 7

    must(lib.roost_on_call(work, world.root, *wait(lambda _, rc: said.append(rc)), None))
    world.run()
    assert said == [7]
    assert threads != [get_ident()]


def test_S3_a_name_is_looked_up(world: World) -> None:
    said: list[int] = []
    addresses = c_void_p()
    function = wait(lambda _, rc: said.append(rc))
    must(lib.roost_getaddrinfo(b"127.0.0.1", b"80", None, addresses, world.root, *function, None))
    world.run()
    assert said == [0]
    assert addresses.value
    CDLL("libuv.so.1").uv_freeaddrinfo(addresses)


def test_T1c_what_waits_in_a_fiber_is_refused_outside_of_one(world: World, pipe: Pipe) -> None:
    out = c_uint64()
    assert lib.roost_self() == 0
    assert lib.roost_here() == 0
    for refused in (
        lib.roost_sleep(1),
        lib.roost_checkpoint(),
        lib.roost_await_end(world.root),
        lib.roost_group_close(world.group(), 0, None),
        lib.roost_await_readable(pipe[0]),
        lib.roost_select(Choice(kind=ROOST_CHOOSE_TIME), 1),
        lib.roost_park_here(AbortFn(), None, out),
        lib.roost_return(0, None, DropFn()),
    ):
        assert refused == ROOST_ENOTASK
    assert "roost_return" in last_error()


def test_B1_a_fiber_without_its_function_is_refused(world: World) -> None:
    assert lib.roost_go(world.root, FiberFn(), None) == ROOST_EINVAL
    assert lib.roost_go_with(world.root, FiberOptions(name=b"nothing"), None) == ROOST_EINVAL


def test_C3a_a_wait_in_a_cancelled_node_ends_so(world: World, pipe: Pipe) -> None:
    said: list[int] = []
    group = world.group()
    must(lib.roost_cancel(group, None))
    must(lib.roost_on_writable(pipe[1], group, *wait(lambda _, rc: said.append(rc)), None))
    world.run()
    assert said == [ROOST_ECANCELED]
    world.join(group)
    world.run()
