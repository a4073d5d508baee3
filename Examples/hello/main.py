"""Three tasks that want to sleep for ten seconds, in a group that has a tenth of one."""

from ctypes import c_uint64

from roost._abi.callables import cleanup, join, task_options, wait
from roost._abi.constants import (
    ROOST_CANCELLED,
    ROOST_MILLISECOND,
    ROOST_PENDING,
    ROOST_SECOND,
)
from roost._abi.library import lib
from roost._abi.types import CloseFn, DropFn, GroupOptions, Outcome, Result


def start(task: int) -> int:
    def slept(wait: int, rc: int) -> None:  # rc: 0, or ROOST_ECANCELED
        lib.roost_finish(task, rc, None, DropFn())

    lib.roost_defer(task, *cleanup(clean_up))
    lib.roost_after(task, 10 * ROOST_SECOND, *wait(slept, task), None)
    return ROOST_PENDING  # roost_finish will end it


def clean_up(task: int, why: Outcome) -> None:
    print("cancelled" if why.state == ROOST_CANCELLED else "done", "cleaned up", sep=", ")


def joined(group: int, result: Result) -> None:
    print("group:", "it took too long" if result.cancelled_caught else "complete")


runtime, group = c_uint64(), c_uint64()
lib.roost_runtime_open(None, runtime)
options = GroupOptions(timeout_ns=100 * ROOST_MILLISECOND, move_on=1)
lib.roost_group_open(lib.roost_root(runtime.value), options, group)
for _ in range(3):
    lib.roost_spawn(group.value, task_options(start), None)
lib.roost_join(group.value, 0, *join(joined))
lib.roost_run(runtime.value)
lib.roost_close(runtime.value, 0, CloseFn(), None, DropFn())
