"""The functions of Include/roost.h and roost_uv.h, in their order."""

from __future__ import annotations

from ctypes import c_uint64, c_void_p
from typing import Protocol

from .declare import Address, Buffer, Handle, Int, Int64, Ref, Text, TextOrNull, UInt64
from .types import (
    AbortFn,
    BlockingOptions,
    CancelOptions,
    CleanupFn,
    CleanupOptions,
    CloseFn,
    Counters,
    DropFn,
    GroupOptions,
    JoinFn,
    Outcome,
    PostFn,
    ProcessOptions,
    Reason,
    RuntimeOptions,
    ScopeOptions,
    Step,
    TaskOptions,
    WaitFn,
    WriteFn,
)


class Library(Protocol):
    # Version and status
    def roost_version(self) -> Text: ...
    def roost_strerror(self, code: Int, /) -> Text: ...
    def roost_last_error(self) -> Text: ...

    # Runtime
    def roost_runtime_open(self, options: Ref[RuntimeOptions], out: Ref[c_uint64], /) -> Int: ...
    def roost_run(self, runtime: Handle, /) -> Int: ...
    def roost_close(
        self, runtime: Handle, patience_ns: Int64, fn: CloseFn, data: Address, drop: DropFn, /
    ) -> Int: ...
    def roost_root(self, runtime: Handle, /) -> Handle: ...
    def roost_loop(self, runtime: Handle, /) -> Address: ...
    def roost_runtime_of(self, node: Handle, /) -> Handle: ...
    def roost_now(self, runtime: Handle, /) -> UInt64: ...

    # Groups and scopes
    def roost_group_open(
        self, parent: Handle, options: Ref[GroupOptions], out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_scope_open(
        self, parent: Handle, options: Ref[ScopeOptions], out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_join(
        self, node: Handle, rc: Int, fn: JoinFn, data: Address, drop: DropFn, /
    ) -> Int: ...

    # Tasks
    def roost_spawn(
        self, group: Handle, options: Ref[TaskOptions], out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_finish(self, task: Handle, rc: Int, result: Address, drop: DropFn, /) -> Int: ...
    def roost_take_result(self, task: Handle, result: Ref[c_void_p], /) -> Int: ...
    def roost_explain(self, task: Handle, message: TextOrNull, /) -> Int: ...
    def roost_outcome_of(self, task: Handle, out: Ref[Outcome], /) -> Int: ...
    def roost_release(self, task: Handle, /) -> Int: ...
    def roost_release_id(self, handle: UInt64, /) -> Int: ...

    # Blocking tasks
    def roost_spawn_blocking(
        self, group: Handle, options: Ref[BlockingOptions], out: Ref[c_uint64], /
    ) -> Int: ...

    # Cancelling
    def roost_cancel(self, node: Handle, why: Ref[CancelOptions], /) -> Int: ...
    def roost_set_shield(self, node: Handle, on: Int, /) -> Int: ...
    def roost_shutdown(self, node: Handle, patience_ns: Int64, /) -> Int: ...
    def roost_stopping(self, node: Handle, /) -> Int: ...
    def roost_cancelled(self, node: Handle, /) -> Int: ...
    def roost_cancel_called(self, node: Handle, /) -> Int: ...
    def roost_cancelled_caught(self, node: Handle, /) -> Int: ...
    def roost_reason_of(self, node: Handle, out: Ref[Reason], /) -> Int: ...
    def roost_set_deadline(self, node: Handle, deadline_ns: UInt64, /) -> Int: ...
    def roost_effective_deadline(self, node: Handle, out: Ref[c_uint64], /) -> Int: ...
    def roost_name(self, node: Handle, buffer: Buffer, size: UInt64, /) -> Int: ...

    # Cleanups
    def roost_defer(self, node: Handle, fn: CleanupFn, data: Address, drop: DropFn, /) -> Int: ...
    def roost_defer_with(
        self, node: Handle, options: Ref[CleanupOptions], out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_undefer(self, cleanup: Handle, /) -> Int: ...

    # Waits
    def roost_after(
        self,
        node: Handle,
        delay_ns: Int64,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_on_end(
        self,
        of: Handle,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_cancel_and_wait(
        self,
        node: Handle,
        within: Handle,
        why: Ref[CancelOptions],
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_unwait(self, wait: Handle, /) -> Int: ...
    def roost_start(
        self,
        group: Handle,
        node: Handle,
        options: Ref[TaskOptions],
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        task: Ref[c_uint64],
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_started(self, task: Handle, value: Int, /) -> Int: ...

    # Signals and processes
    def roost_on_signal(
        self,
        signum: Int,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_run_process(
        self,
        options: Ref[ProcessOptions],
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...

    # Other threads
    def roost_post(self, runtime: Handle, fn: PostFn, data: Address, drop: DropFn, /) -> Int: ...
    def roost_current(self, runtime: Handle, out: Ref[Step], /) -> Int: ...

    # Events
    def roost_event_open(self, runtime: Handle, out: Ref[c_uint64], /) -> Int: ...
    def roost_event_set(self, event: Handle, /) -> Int: ...
    def roost_event_is_set(self, event: Handle, /) -> Int: ...
    def roost_event_wait(
        self,
        event: Handle,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_event_destroy(self, event: Handle, /) -> Int: ...

    # Limiters
    def roost_limiter_open(
        self, runtime: Handle, permits: UInt64, out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_limiter_resize(self, limiter: Handle, permits: UInt64, /) -> Int: ...
    def roost_limiter_acquire(
        self,
        limiter: Handle,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_limiter_try_acquire(self, limiter: Handle, /) -> Int: ...
    def roost_limiter_release(self, limiter: Handle, /) -> Int: ...
    def roost_limiter_destroy(self, limiter: Handle, /) -> Int: ...

    # Locks
    def roost_lock_open(self, runtime: Handle, out: Ref[c_uint64], /) -> Int: ...
    def roost_lock_acquire(
        self,
        lock: Handle,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_lock_try_acquire(self, lock: Handle, owner: Handle, /) -> Int: ...
    def roost_lock_release(self, lock: Handle, owner: Handle, /) -> Int: ...
    def roost_lock_destroy(self, lock: Handle, /) -> Int: ...

    # Conditions
    def roost_condition_open(self, lock: Handle, out: Ref[c_uint64], /) -> Int: ...
    def roost_condition_wait(
        self,
        condition: Handle,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_condition_notify(self, condition: Handle, count: UInt64, /) -> Int: ...
    def roost_condition_destroy(self, condition: Handle, /) -> Int: ...

    # Channels
    def roost_channel_open(
        self, runtime: Handle, capacity: UInt64, drop: DropFn, out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_channel_send(
        self,
        channel: Handle,
        node: Handle,
        item: Address,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_channel_try_send(self, channel: Handle, item: Address, /) -> Int: ...
    def roost_channel_receive(
        self,
        channel: Handle,
        node: Handle,
        item: Ref[c_void_p],
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_channel_try_receive(self, channel: Handle, item: Ref[c_void_p], /) -> Int: ...
    def roost_channel_close(self, channel: Handle, /) -> Int: ...
    def roost_channel_destroy(self, channel: Handle, /) -> Int: ...

    # Seeing what runs
    def roost_dump(
        self, node: Handle, form: UInt64, write: WriteFn, data: Address, drop: DropFn, /
    ) -> Int: ...
    def roost_trace_start(
        self, runtime: Handle, write: WriteFn, data: Address, drop: DropFn, /
    ) -> Int: ...
    def roost_trace_stop(self, runtime: Handle, /) -> Int: ...
    def roost_counters_of(self, runtime: Handle, out: Ref[Counters], /) -> Int: ...

    # For those who add waits
    def roost_park(
        self,
        node: Handle,
        abort: AbortFn,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_wake(self, wait: Handle, rc: Int, /) -> Int: ...
