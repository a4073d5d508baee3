"""The structs and the kinds of callbacks of Include/roost.h, roost_fiber.h, roost_host.h and
roost_uv.h, in their order.

A callback that may be NULL in C is left out of the struct, or given as `DropFn()`.
"""

from __future__ import annotations

from _ctypes import FUNCFLAG_CDECL, CFuncPtr
from ctypes import (
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_int,
    c_int64,
    c_uint64,
    c_void_p,
)

from .declare import (
    Address,
    Char64,
    Handle,
    Int,
    Int64,
    Pointer,
    Sized,
    Text,
    TextOrNull,
    UInt64,
    UInt64Array48,
    struct,
)


class DropFn(CFuncPtr):
    """Frees what a `data` pointer points to (K5)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (c_void_p,)


@struct
class Reason(Sized):
    """Why something is cancelled (C9)."""

    size: UInt64
    origin: Int64
    code: Int64
    node: Handle
    message: Char64
    name: Char64


@struct
class Error(Sized):
    """One error in a result (G3)."""

    size: UInt64
    code: Int64
    node: Handle
    name: Text
    message: TextOrNull
    object: Address
    next: Pointer[Error]
    children: Pointer[Error]


@struct
class Outcome(Sized):
    """How a task ended, also as a cleanup is told why it runs (K1)."""

    size: UInt64
    state: Int64
    code: Int64
    started: Int64
    result: Address
    reason: Pointer[Reason]


@struct
class Result(Sized):
    """How a group or a scope ended (G5)."""

    size: UInt64
    state: Int64
    code: Int64
    cancel_called: Int64
    cancelled_caught: Int64
    reason: Pointer[Reason]
    errors: Pointer[Error]
    error_count: UInt64
    winner: Handle
    winner_code: Int64
    winner_result: Address
    winner_name: TextOrNull
    node: Handle


class FilterFn(CFuncPtr):
    """Decides for an error of a group (G2)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int
    _argtypes_ = (c_uint64, POINTER(Error), c_void_p)


@struct
class Suspect(Sized):
    """A task that a stalled node waits for (O3)."""

    size: UInt64
    task: Handle
    name: Text
    next: Pointer[Suspect]


@struct
class Report(Sized):
    """What hinders the program (O3)."""

    size: UInt64
    kind: Int64
    node: Handle
    name: Text
    duration_ns: Int64
    suspects: Pointer[Suspect]
    suspect_count: UInt64
    text: Text


class ReportFn(CFuncPtr):
    """Told what hinders the program (O3)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (POINTER(Report), c_void_p)


@struct
class RuntimeOptions(Sized):
    size: UInt64
    loop: Address
    clock: UInt64
    policy: UInt64
    limit: UInt64
    max_errors: UInt64
    name: TextOrNull
    grace_ns: Int64
    seed: UInt64
    filter: FilterFn
    filter_data: Address
    filter_drop: DropFn
    report: ReportFn
    report_data: Address
    report_drop: DropFn
    stall_ns: Int64
    step_ns: Int64
    stack_size: UInt64


class CloseFn(CFuncPtr):
    """Called when a runtime has gone (S8a)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (POINTER(Result), c_void_p)


@struct
class GroupOptions(Sized):
    size: UInt64
    name: TextOrNull
    timeout_ns: Int64
    deadline_ns: UInt64
    move_on: UInt64
    report: UInt64
    policy: UInt64
    limit: UInt64
    max_errors: UInt64
    shield: UInt64
    grace_ns: Int64
    until_stopping: UInt64
    filter: FilterFn
    filter_data: Address
    filter_drop: DropFn
    stack_size: UInt64


@struct
class ScopeOptions(Sized):
    size: UInt64
    name: TextOrNull
    timeout_ns: Int64
    deadline_ns: UInt64
    move_on: UInt64
    report: UInt64
    shield: UInt64
    grace_ns: Int64
    until_stopping: UInt64


class JoinFn(CFuncPtr):
    """Called once with the result of a group or scope (C7b)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (c_uint64, POINTER(Result), c_void_p)


class StartFn(CFuncPtr):
    """The first step of a task (S2a)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int
    _argtypes_ = (c_uint64, c_void_p)


class OnCancelFn(CFuncPtr):
    """Tells a task, or a cleanup, that it is being cancelled (S2a)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int
    _argtypes_ = (c_uint64, POINTER(Reason), c_void_p)


@struct
class TaskOptions(Sized):
    size: UInt64
    start: StartFn
    on_cancel: OnCancelFn
    data: Address
    drop: DropFn
    name: TextOrNull
    timeout_ns: Int64
    deadline_ns: UInt64
    move_on: UInt64
    shield: UInt64
    grace_ns: Int64
    until_stopping: UInt64
    daemon: UInt64


class WorkFn(CFuncPtr):
    """What a blocking task does, on a thread of the pool (S2)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int
    _argtypes_ = (c_uint64, c_void_p, POINTER(c_void_p))


@struct
class BlockingOptions(Sized):
    size: UInt64
    work: WorkFn
    data: Address
    drop: DropFn
    result_drop: DropFn
    abandon: UInt64
    name: TextOrNull
    timeout_ns: Int64
    deadline_ns: UInt64
    move_on: UInt64
    shield: UInt64
    grace_ns: Int64
    until_stopping: UInt64
    daemon: UInt64


@struct
class CancelOptions(Sized):
    size: UInt64
    origin: Int64
    code: Int64
    message: TextOrNull


class CleanupFn(CFuncPtr):
    """A cleanup (K2)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int
    _argtypes_ = (c_uint64, POINTER(Outcome), c_void_p)


@struct
class CleanupOptions(Sized):
    size: UInt64
    fn: CleanupFn
    on_cancel: OnCancelFn
    data: Address
    drop: DropFn
    name: TextOrNull


class WaitFn(CFuncPtr):
    """Called once with the outcome of a wait (S2b)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (c_uint64, c_int, c_void_p)


class CallFn(CFuncPtr):
    """What a thread is given to do by a wait (S6)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int
    _argtypes_ = (c_uint64, c_void_p)


@struct
class StopStep(Structure):
    """A signal to a child process, and how long it may take to end after it."""

    signum: Int64
    allowed_ns: Int64


@struct
class ProcessOptions(Sized):
    size: UInt64
    file: TextOrNull
    args: Pointer[c_char_p]
    env: Pointer[c_char_p]
    folder: TextOrNull
    stdio: Address
    stdio_count: UInt64
    inherit: UInt64
    flags: UInt64
    uid: UInt64
    gid: UInt64
    stop: Pointer[StopStep]
    stop_count: UInt64
    pid: Pointer[c_int64]


class PostFn(CFuncPtr):
    """Called on the runtime's thread (S5)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (c_uint64, c_void_p)


@struct
class Step(Sized):
    """The step that a runtime runs at a moment (O3)."""

    size: UInt64
    node: Handle
    since_ns: UInt64
    name: Char64


class WriteFn(CFuncPtr):
    """Given a piece of text (O1, O2), which has no final 0."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (POINTER(c_char), c_uint64, c_void_p)


@struct
class Usage(Sized):
    """What an event, limiter, lock, condition or channel is doing."""

    size: UInt64
    waiting: UInt64
    receiving: UInt64
    count: UInt64
    capacity: UInt64
    owner: Handle


@struct
class Counters(Sized):
    """What a runtime has done (O4)."""

    size: UInt64
    tasks: UInt64
    groups: UInt64
    scopes: UInt64
    waits: UInt64
    cleanups: UInt64
    events: UInt64
    limiters: UInt64
    locks: UInt64
    conditions: UInt64
    channels: UInt64
    all_tasks: UInt64
    all_groups: UInt64
    all_scopes: UInt64
    all_waits: UInt64
    all_cleanups: UInt64
    all_events: UInt64
    all_limiters: UInt64
    all_locks: UInt64
    all_conditions: UInt64
    all_channels: UInt64
    completed: UInt64
    failed: UInt64
    cancelled: UInt64
    strays: UInt64
    posts: UInt64
    turns: UInt64
    cancel_to_end: UInt64Array48


class FiberFn(CFuncPtr):
    """What a fiber does (S2). It is for functions of C: Python's would run on the fiber's stack."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int
    _argtypes_ = (c_uint64, c_void_p)


@struct
class FiberOptions(Sized):
    size: UInt64
    fn: FiberFn
    data: Address
    drop: DropFn
    name: TextOrNull
    timeout_ns: Int64
    deadline_ns: UInt64
    move_on: UInt64
    shield: UInt64
    grace_ns: Int64
    until_stopping: UInt64
    daemon: UInt64
    stack_size: UInt64


@struct
class Choice(Sized):
    """One of the waits of a select (S3)."""

    size: UInt64
    kind: UInt64
    id: UInt64
    number: Int64
    item: Address
    out: Pointer[c_void_p]
    rc: Int64


class AbortFn(CFuncPtr):
    """Stops the request behind a parked wait (C14b)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = c_int
    _argtypes_ = (c_uint64, c_void_p)


@struct
class Ask(Structure):
    """What a host asks for; `key` is the task that asks, or what is to be named by it."""

    what: Int
    rc: Int
    key: UInt64
    node: UInt64
    value: UInt64


@struct
class Told(Structure):
    """What a host is told."""

    what: Int
    code: Int
    key: UInt64
    value: UInt64


class HostReadyFn(CFuncPtr):
    """Told that there is something to tell the host, where the loop is turned by others."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (c_uint64, c_void_p)


@struct
class HostOptions(Sized):
    size: UInt64
    ready: HostReadyFn
    data: Address
    drop: DropFn


class ClosedFn(CFuncPtr):
    """Told that libuv has let go of a handle (K2)."""

    _flags_ = FUNCFLAG_CDECL
    _restype_ = None
    _argtypes_ = (c_void_p,)


@struct
class StreamOptions(Sized):
    """How a request ends that libuv cannot take back (S7)."""

    size: UInt64
    close_on_cancel: UInt64
    keep_open: UInt64
