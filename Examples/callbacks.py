"""What the examples of `roost.lowlevel` share: one runtime on the virtual clock, a line of text
with the time, and what a group or scope has ended with."""

from __future__ import annotations

from roost.lowlevel import Cancelled, Ended, Result, Runtime, ScopeCancelled

runtime = Runtime(clock="virtual")
began = runtime.now


def start_the_watch() -> None:
    """From now on `say` counts from here."""
    global began
    began = runtime.now


def say(text: str) -> None:
    """Prints a line that begins with the time, in milliseconds."""
    print(f"{(runtime.now - began) * 1000:6.0f} ms  {text}")


def yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def wait_is(ended: Ended) -> str:
    return "cancelled" if ended.cancelled else "over"


def answer(exception: BaseException | None) -> str:
    """What a closing tells the code that goes on."""
    match exception:
        case None:
            return "ok"
        case Cancelled():
            return "cancelled"
        case TimeoutError():
            return "timed out"
        case ScopeCancelled():
            return "reported as cancelled"
    return "failed"


def say_result(who: str, result: Result) -> None:
    """Prints what a group or scope answers when it is closed, and what it knows of its
    cancellation."""
    called, caught = yes_or_no(result.cancel_called), yes_or_no(result.cancelled_caught)
    told = f"cancel called: {called}, caught: {caught}, reason: {result.reason or 'none'}"
    say(f"{who}: {answer(result.exception)} ({told})")


def say_joined(result: Result, who: str = "group") -> None:
    """The same, to be given to `join`."""
    say_result(who, result)
