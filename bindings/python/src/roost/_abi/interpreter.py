"""Which interpreter this is: roost is for the main one of a process.

ctypes calls a callback that comes on a thread of C, as the function of a blocking task does, in the
main interpreter. It would so touch the objects of a subinterpreter from outside, and crash.
"""

from __future__ import annotations

from importlib import import_module


def require_main() -> None:
    """Raises ImportError in a subinterpreter."""
    for name in ("_interpreters", "_xxsubinterpreters"):  # from Python 3.13 on, and before
        try:
            interpreters = import_module(name)
        except ImportError:
            continue
        if interpreters.get_current() != interpreters.get_main():
            raise ImportError(
                "roost does not run in a subinterpreter, whose callbacks ctypes would call in the "
                "main one; import it there, or run this program as a process of its own"
            )
        return
