"""The functions of Include/roost.h, roost_fiber.h, roost_host.h and roost_uv.h, in their order."""

from __future__ import annotations

from ctypes import c_uint64, c_void_p
from typing import Protocol

from .declare import Address, Buffer, Handle, Int, Int64, Pointer, Ref, Text, TextOrNull, UInt64
from .types import (
    AbortFn,
    Ask,
    BlockingOptions,
    CallFn,
    CancelOptions,
    Choice,
    CleanupFn,
    CleanupOptions,
    ClosedFn,
    CloseFn,
    Counters,
    DropFn,
    FiberFn,
    FiberOptions,
    GroupOptions,
    HostOptions,
    JoinFn,
    Outcome,
    PostFn,
    ProcessOptions,
    Reason,
    Result,
    RuntimeOptions,
    ScopeOptions,
    Step,
    StreamOptions,
    TaskOptions,
    Told,
    Usage,
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
    def roost_on_call(
        self,
        call: CallFn,
        node: Handle,
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

    # Descriptors
    def roost_on_readable(
        self, fd: Int, node: Handle, fn: WaitFn, data: Address, drop: DropFn, out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_on_writable(
        self, fd: Int, node: Handle, fn: WaitFn, data: Address, drop: DropFn, out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_descriptor_closing(self, runtime: Handle, fd: Int, /) -> Int: ...

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
    def roost_usage_of(self, handle: UInt64, out: Ref[Usage], /) -> Int: ...
    def roost_counters_of(self, runtime: Handle, out: Ref[Counters], /) -> Int: ...

    # Fibers
    def roost_go(self, group: Handle, fn: FiberFn, data: Address, /) -> Int: ...
    def roost_go_with(
        self, group: Handle, options: Ref[FiberOptions], out: Ref[c_uint64], /
    ) -> Int: ...
    def roost_main(self, fn: FiberFn, data: Address, /) -> Int: ...
    def roost_main_with(
        self, options: Ref[RuntimeOptions], fn: FiberFn, data: Address, /
    ) -> Int: ...
    def roost_self(self) -> Handle: ...
    def roost_here(self) -> Handle: ...
    def roost_return(self, rc: Int, result: Address, drop: DropFn, /) -> Int: ...
    def roost_trim(self, runtime: Handle, /) -> Int: ...

    # Closing in a fiber
    def roost_group_close(self, group: Handle, rc: Int, result: Ref[Result], /) -> Int: ...
    def roost_scope_close(self, scope: Handle, rc: Int, result: Ref[Result], /) -> Int: ...
    def roost_result_release(self, result: Ref[Result], /) -> Int: ...

    # Cleanups that wait
    def roost_fiber_defer(
        self, node: Handle, fn: CleanupFn, data: Address, drop: DropFn, /
    ) -> Int: ...
    def roost_fiber_defer_with(
        self, node: Handle, options: Ref[CleanupOptions], out: Ref[c_uint64], /
    ) -> Int: ...

    # Sleeping
    def roost_sleep(self, ns: Int64, /) -> Int: ...
    def roost_sleep_until(self, deadline_ns: UInt64, /) -> Int: ...
    def roost_sleep_forever(self) -> Int: ...
    def roost_checkpoint(self) -> Int: ...

    # Waiting for tasks
    def roost_await_end(self, node: Handle, /) -> Int: ...
    def roost_cancel_and_await(self, node: Handle, why: Ref[CancelOptions], /) -> Int: ...
    def roost_await_go(
        self, group: Handle, options: Ref[FiberOptions], task: Ref[c_uint64], /
    ) -> Int: ...
    def roost_await_start(
        self, group: Handle, options: Ref[TaskOptions], task: Ref[c_uint64], /
    ) -> Int: ...
    def roost_start_fiber(
        self,
        group: Handle,
        node: Handle,
        options: Ref[FiberOptions],
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        task: Ref[c_uint64],
        out: Ref[c_uint64],
        /,
    ) -> Int: ...

    # Waiting for each other
    def roost_await_event(self, event: Handle, /) -> Int: ...
    def roost_await_permit(self, limiter: Handle, /) -> Int: ...
    def roost_await_lock(self, lock: Handle, /) -> Int: ...
    def roost_await_condition(self, condition: Handle, /) -> Int: ...
    def roost_send(self, channel: Handle, item: Address, /) -> Int: ...
    def roost_receive(self, channel: Handle, item: Ref[c_void_p], /) -> Int: ...

    # Waiting for what is outside
    def roost_await_readable(self, fd: Int, /) -> Int: ...
    def roost_await_writable(self, fd: Int, /) -> Int: ...
    def roost_await_signal(self, signum: Int, /) -> Int: ...
    def roost_await_process(self, options: Ref[ProcessOptions], /) -> Int: ...
    def roost_blocking(self, call: CallFn, data: Address, /) -> Int: ...

    # Several waits
    def roost_select(self, choices: Ref[Choice], count: UInt64, /) -> Int: ...

    # Parking
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
    def roost_park_here(self, abort: AbortFn, data: Address, out: Ref[c_uint64], /) -> Int: ...
    def roost_await(self, wait: Handle, /) -> Int: ...

    # The host of a runtime
    def roost_host_open(self, runtime: Handle, options: Ref[HostOptions], /) -> Int: ...
    def roost_host_turn(
        self, runtime: Handle, asks: Ref[Ask], count: UInt64, told: Ref[Pointer[Told]], /
    ) -> Int64: ...
    def roost_host_submit(self, runtime: Handle, asks: Ref[Ask], count: UInt64, /) -> Int: ...
    def roost_host_node(self, runtime: Handle, key: UInt64, /) -> Handle: ...
    def roost_host_bind(self, runtime: Handle, key: UInt64, node: Handle, /) -> Int: ...
    def roost_host_scope_close(self, scope: Handle, rc: Int, result: Ref[Result], /) -> Int: ...
    def roost_host_interrupt(self, runtime: Handle, key: UInt64, rc: Int, /) -> Int: ...
    def roost_host_abandon(self, block: Handle, /) -> Int: ...

    # Functions to be given to ordinary calls
    def roost_host_begin(self, task: Handle, key: Address, /) -> Int: ...
    def roost_host_wake(self, wait: Handle, rc: Int, key: Address, /) -> None: ...
    def roost_host_clean(self, task: Handle, why: Ref[Outcome], key: Address, /) -> Int: ...
    def roost_host_post(self, runtime: Handle, key: Address, /) -> None: ...
    def roost_host_ended(self, key: Address, /) -> None: ...
    def roost_host_drop(self, key: Address, /) -> None: ...

    # Handles
    def roost_own_handle(self, node: Handle, handle: Address, closed: ClosedFn, /) -> Int: ...

    # Streams
    def roost_tcp_connect(
        self,
        tcp: Address,
        address: Address,
        node: Handle,
        options: Ref[StreamOptions],
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_pipe_connect(
        self,
        pipe: Address,
        name: TextOrNull,
        node: Handle,
        options: Ref[StreamOptions],
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_connection(self, server: Address, status: Int, /) -> None: ...
    def roost_accept(
        self,
        server: Address,
        client: Address,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_read(
        self,
        stream: Address,
        buffer: Address,
        size: UInt64,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_read_exactly(
        self,
        stream: Address,
        buffer: Address,
        size: UInt64,
        count: Ref[c_uint64],
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_write(
        self,
        stream: Address,
        buffers: Address,
        buffer_count: UInt64,
        count: Ref[c_uint64],
        node: Handle,
        options: Ref[StreamOptions],
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...

    # Requests
    def roost_getaddrinfo(
        self,
        name: TextOrNull,
        service: TextOrNull,
        hints: Address,
        list_: Ref[c_void_p],
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_fs_wait(
        self,
        req: Address,
        node: Handle,
        fn: WaitFn,
        data: Address,
        drop: DropFn,
        out: Ref[c_uint64],
        /,
    ) -> Int: ...
    def roost_fs_begun(self, req: Address, rc: Int, /) -> Int: ...
    def roost_fs_done(self, req: Address, /) -> None: ...

    # In fibers
    def roost_await_tcp_connect(
        self, tcp: Address, address: Address, options: Ref[StreamOptions], /
    ) -> Int: ...
    def roost_await_pipe_connect(
        self, pipe: Address, name: TextOrNull, options: Ref[StreamOptions], /
    ) -> Int: ...
    def roost_await_accept(self, server: Address, client: Address, /) -> Int: ...
    def roost_await_read(self, stream: Address, buffer: Address, size: UInt64, /) -> Int: ...
    def roost_await_read_exactly(
        self, stream: Address, buffer: Address, size: UInt64, count: Ref[c_uint64], /
    ) -> Int: ...
    def roost_await_write(
        self,
        stream: Address,
        buffers: Address,
        buffer_count: UInt64,
        count: Ref[c_uint64],
        options: Ref[StreamOptions],
        /,
    ) -> Int: ...
    def roost_await_getaddrinfo(
        self, name: TextOrNull, service: TextOrNull, hints: Address, list_: Ref[c_void_p], /
    ) -> Int: ...
    def roost_fs_prepare(self, req: Address, /) -> Int: ...
    def roost_fs_await(self, req: Address, rc: Int, /) -> Int: ...
