"""What the examples share: a line of text with the time, and what a scope knows of its end."""

from __future__ import annotations

import roost

began = 1.0  # which is what the virtual clock shows at first


def start_the_watch() -> None:
    """From now on `say` counts from here."""
    global began
    began = roost.current_time()


def say(text: str) -> None:
    """Prints a line that begins with the time, in milliseconds."""
    print(f"{1000 * (roost.current_time() - began):6.0f} ms  {text}")


def yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def say_result(who: str, scope: roost.CancelScope, answer: str = "ok") -> None:
    """Prints how a scope or group has ended, and what it knows of its cancellation."""
    called, caught = yes_or_no(scope.cancel_called), yes_or_no(scope.cancelled_caught)
    reason = scope.reason or "none"
    say(f"{who}: {answer} (cancel called: {called}, caught: {caught}, reason: {reason})")
