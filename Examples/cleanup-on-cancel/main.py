"""Two tasks in a group: one waits for 10 s and has something to put back, one fails after 1 s.

The failure, an exception, cancels the group (fail-fast, G2): the waiting task notices by the
outcome of its wait, its cleanup runs and is told why, and the group answers with the one error.
"""

from __future__ import annotations

from ctypes import c_uint64

from roost._abi.callables import cleanup, held, join, task_options, wait
from roost._abi.constants import (
    ROOST_CANCELLED,
    ROOST_CLOCK_VIRTUAL,
    ROOST_ECANCELED,
    ROOST_MILLISECOND,
    ROOST_PENDING,
    ROOST_SECOND,
)
from roost._abi.library import lib
from roost._abi.reading import listed
from roost._abi.types import CloseFn, DropFn, GroupOptions, Outcome, Result, RuntimeOptions


def must(rc: int) -> None:
    if rc < 0:
        raise RuntimeError(lib.roost_last_error().decode())


def say(text: str) -> None:
    now = lib.roost_now(runtime.value) - began
    print(f"{now // ROOST_MILLISECOND:6} ms  {text}")


# The patient one.


def patient(task: int) -> int:
    def waited(wait: int, rc: int) -> None:
        say(f"patient: the wait is {'cancelled' if rc == ROOST_ECANCELED else 'over'}")
        must(lib.roost_finish(task, rc, None, DropFn()))

    say("patient: waiting for 10 s")
    must(lib.roost_defer(task, *cleanup(put_back)))
    must(lib.roost_after(task, 10 * ROOST_SECOND, *wait(waited, task), None))
    return ROOST_PENDING


def put_back(task: int, why: Outcome) -> None:
    told = "cancelled" if why.state == ROOST_CANCELLED else "something else"
    say(f'patient: cleaning up, told "{told}"')


# The hasty one.


def hasty(task: int) -> int:
    def waited(wait: int, rc: int) -> None:
        say("hasty: failing")
        raise RuntimeError("out of luck")

    say("hasty: waiting for 1 s")
    must(lib.roost_after(task, ROOST_SECOND, *wait(waited, task), None))
    return ROOST_PENDING


# The group.


def joined(group: int, result: Result) -> None:
    say(f"group: {'failed' if result.code < 0 else 'ok'} with {result.error_count} error")
    for error in listed(result.errors):
        say(f"group: {error.name.decode()}: {held(error.object)}")


runtime, group = c_uint64(), c_uint64()
must(lib.roost_runtime_open(RuntimeOptions(clock=ROOST_CLOCK_VIRTUAL), runtime))
began = lib.roost_now(runtime.value)
must(lib.roost_group_open(lib.roost_root(runtime.value), GroupOptions(name=b"group"), group))
must(lib.roost_spawn(group.value, task_options(patient, name=b"patient"), None))
must(lib.roost_spawn(group.value, task_options(hasty, name=b"hasty"), None))
must(lib.roost_join(group.value, 0, *join(joined)))
must(lib.roost_run(runtime.value))
must(lib.roost_close(runtime.value, 0, CloseFn(), None, DropFn()))
