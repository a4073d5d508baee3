"""Ctrl-C, and what signal handlers need, while the loop waits."""

from __future__ import annotations

import os
import signal
import socket
import threading
from types import FrameType
from typing import TYPE_CHECKING

from ._abi.library import lib
from ._ask import wait
from ._kernel import NO_DROP, WAKE

if TYPE_CHECKING:
    from ._program import Program

HERE = os.path.dirname(__file__)


class Interrupts:
    """In the main thread, lets every signal handler of Python's run at once though the loop waits,
    and has Ctrl-C cancel the run, unless the program has a handler of its own for it (C9a)."""

    def __init__(self, host: Program) -> None:
        self._host = host
        self._sockets: tuple[socket.socket, socket.socket] | None = None
        self._before = -1
        self._handles = False

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        # First, and in the end last: what is between is not interrupted.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupted)
            self._handles = True
        self._sockets = socket.socketpair()
        for end in self._sockets:
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(self._sockets[1].fileno(), warn_on_full_buffer=False)
        if not self._host.is_virtual:
            self._host.root.start_soon(self._watch, name="signals", daemon=True, shield=True)

    def __exit__(self, *of: object) -> None:
        if self._sockets is None:
            return
        signal.set_wakeup_fd(self._before)
        for end in self._sockets:
            end.close()
        if self._handles and signal.getsignal(signal.SIGINT) == self._interrupted:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        """Raises nothing at first, since the step of any task may be under way, and never where it
        has interrupted what keeps the tree."""
        ours = frame is not None and frame.f_code.co_filename.startswith(HERE)
        if self._host.was_interrupted and not ours:
            raise KeyboardInterrupt
        self._host.was_interrupted = True

    async def _watch(self) -> None:
        """Has the loop come back when a signal has come; the handlers run then by themselves."""
        assert self._sockets is not None
        end = self._sockets[0]
        number = end.fileno()
        while True:
            await wait(
                lambda task, key: lib.roost_on_readable(number, task, WAKE, key, NO_DROP, None)
            )
            try:
                end.recv(4096)
            except BlockingIOError:
                continue
