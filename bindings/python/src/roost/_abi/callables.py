"""Python functions as callbacks.

For each kind of callback there is one C function, made once and never freed, and the Python
function travels as its `data`: it is kept until the engine calls the `drop` beside it (K5). So the
caller keeps nothing alive, and no callback is freed while it runs.

    lib.roost_spawn(group, task_options(start, on_cancel, name=b"fetch"), None)
    lib.roost_defer(task, *cleanup(put_back))
    lib.roost_after(task, ROOST_SECOND, *wait(woken, task), None)
    lib.roost_join(group, 0, *join(joined))
    lib.roost_spawn_blocking(group, blocking_options(compute), None)
    lib.roost_post(runtime, *post(from_another_thread))
    lib.roost_dump(root, ROOST_TEXT, *write(output.write))

What a function here makes is for one call. The Python functions get what the C callbacks get, but
for `data`; a write function gets its piece as bytes. A first step, an on_cancel, a cleanup and the
function of a blocking task may return None for 0.

An exception that leaves a callback becomes the error of its task or cleanup, and never goes through
the engine (B3). The error's code is ROOST_EIO, its message the text of the exception, and
`held(error.object)` the exception itself, for as long as the engine keeps the error. Where there is
no task, or its body has ended, the exception goes to `sys.unraisablehook`. The function of a
blocking task runs on another thread, from which there is no message: the exception itself is there.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from ctypes import c_char, c_void_p
from typing import Any, NamedTuple, TypeVar

from .constants import ROOST_EIO
from .declare import Pointer
from .library import lib
from .types import (
    BlockingOptions,
    CleanupFn,
    CleanupOptions,
    CloseFn,
    DropFn,
    JoinFn,
    OnCancelFn,
    Outcome,
    PostFn,
    Reason,
    Report,
    ReportFn,
    Result,
    StartFn,
    TaskOptions,
    WaitFn,
    WorkFn,
    WriteFn,
)

T = TypeVar("T")

Start = Callable[[int], "int | None"]
OnCancel = Callable[[int, Reason], "int | None"]
Cleanup = Callable[[int, Outcome], "int | None"]
Wait = Callable[[int, int], object]
Join = Callable[[int, Result], object]
Close = Callable[[Result], object]
Work = Callable[[int, Pointer[c_void_p]], "int | None"]
Post = Callable[[int], object]
Write = Callable[[bytes], object]
Reporting = Callable[[Report], object]

# By its address, each value in a list of its own: an address like no other in the process.
_held: dict[int, list[Any]] = {}


def hold(value: object) -> tuple[int, DropFn]:
    """A pointer that stands for a Python object, and the drop to be given with it."""
    box = [value]
    _held[id(box)] = box
    return id(box), _drop


def held(pointer: int | None) -> Any:
    """The object that a pointer stands for; None when it is not one of `hold`, or was dropped."""
    box = _held.get(pointer or 0)
    return box[0] if box else None


def task_options(start: Start, on_cancel: OnCancel | None = None, **fields: Any) -> TaskOptions:
    """The options of a task; without `on_cancel` it is only asked, and waited for."""
    options = TaskOptions(start=_start, **fields)
    if on_cancel:
        options.on_cancel = _on_cancel
    options.data, options.drop = hold(_Task(start, on_cancel))
    return options


def cleanup_options(
    fn: Cleanup, on_cancel: OnCancel | None = None, **fields: Any
) -> CleanupOptions:
    """The options of a cleanup; `on_cancel` is for one that answers ROOST_PENDING."""
    options = CleanupOptions(fn=_cleanup, **fields)
    if on_cancel:
        options.on_cancel = _on_cancel
    options.data, options.drop = hold(_Task(fn, on_cancel))
    return options


def cleanup(fn: Cleanup) -> tuple[CleanupFn, int, DropFn]:
    return _cleanup, *hold(_Task(fn, None))


def wait(fn: Wait, task: int = 0) -> tuple[WaitFn, int, DropFn]:
    """The end of a wait; what it raises becomes the error of `task`."""
    return _wait, *hold(_Call(fn, task))


def join(fn: Join, task: int = 0) -> tuple[JoinFn, int, DropFn]:
    """The end of a group or scope; what it raises becomes the error of `task`."""
    return _join, *hold(_Call(fn, task))


def close(fn: Close) -> tuple[CloseFn, int, DropFn]:
    return _close, *hold(fn)


def blocking_options(work: Work, **fields: Any) -> BlockingOptions:
    """The options of a blocking task; what `work` puts into its result comes from `hold`."""
    options = BlockingOptions(work=_work, result_drop=_drop, **fields)
    options.data, options.drop = hold(work)
    return options


def post(fn: Post) -> tuple[PostFn, int, DropFn]:
    return _post, *hold(fn)


def write(fn: Write) -> tuple[WriteFn, int, DropFn]:
    return _write, *hold(fn)


def report(fn: Reporting) -> dict[str, Any]:
    """The fields of a runtime's options that have it told of reports."""
    data, drop = hold(fn)
    return {"report": _report, "report_data": data, "report_drop": drop}


def fail(task: int, error: BaseException) -> int:
    """Ends a task with an exception as its error, as if one of its callbacks had raised it."""
    text = "".join(traceback.format_exception_only(error)).strip()
    lib.roost_explain(task, text.encode(errors="backslashreplace"))
    return lib.roost_finish(task, ROOST_EIO, *hold(error))


class _Task(NamedTuple):
    run: Start | Cleanup
    on_cancel: OnCancel | None


class _Call(NamedTuple):
    run: Wait | Join
    task: int


def _run(task: int, fn: Callable[..., T], *arguments: object) -> T | int:
    """Runs a callback; what it raises ends its task."""
    try:
        return fn(*arguments)
    except BaseException as error:
        if fail(task, _own(error)) < 0:
            raise  # to ctypes, which reports it; the body has ended, so no answer counts
        return ROOST_EIO


def _own(error: BaseException) -> BaseException:
    """The exception with the program's own frames alone."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return error.with_traceback(trace)


def _answer(fn: Callable[..., Any], *arguments: object) -> int:
    """The status code that a callback returned."""
    answer = fn(*arguments)
    if answer is None:
        return 0
    if isinstance(answer, int) and -(2**31) <= answer < 2**31:
        return answer
    raise ValueError(f"a callback returns a status code, or None for 0, not {answer!r}")


@DropFn
def _drop(data: int) -> None:
    del _held[data]


@StartFn
def _start(task: int, data: int) -> int:
    return _run(task, _answer, held(data).run, task)


@OnCancelFn
def _on_cancel(task: int, why: Pointer[Reason], data: int) -> int:
    return _run(task, _answer, held(data).on_cancel, task, why.contents)


@CleanupFn
def _cleanup(task: int, why: Pointer[Outcome], data: int) -> int:
    return _run(task, _answer, held(data).run, task, why.contents)


@WaitFn
def _wait(wait: int, rc: int, data: int) -> None:
    call = held(data)
    _run(call.task, call.run, wait, rc)


@JoinFn
def _join(node: int, result: Pointer[Result], data: int) -> None:
    call = held(data)
    _run(call.task, call.run, node, result.contents)


@CloseFn
def _close(result: Pointer[Result], data: int) -> None:
    held(data)(result.contents)


@WorkFn
def _work(task: int, data: int, result: Pointer[c_void_p]) -> int:
    try:
        return _answer(held(data), task, result)
    except BaseException as error:
        result[0] = c_void_p(hold(_own(error))[0])
        return ROOST_EIO


@PostFn
def _post(runtime: int, data: int) -> None:
    held(data)(runtime)


@WriteFn
def _write(text: Pointer[c_char], length: int, data: int) -> None:
    held(data)(text[:length])


@ReportFn
def _report(report: Pointer[Report], data: int) -> None:
    held(data)(report.contents)
