"""A child process is a wait: it ends when the child has ended and was reaped, with its exit status
(S3). Whoever cancels the wait stops the child: it gets a signal, time to put its house in order,
and at last SIGKILL; its output is read to the end all the same, behind a shield. What comes from a
child comes in real time, so nothing here depends on how long anything takes."""

from __future__ import annotations

import math
import os
import signal

from callbacks import runtime, say, say_joined
from roost.lowlevel import PENDING, Ended, Group, Outcome, Task


class Child:
    """A task that runs a child, and ends when the child has, and its output too."""

    def __init__(self, group: Group, name: str, script: str) -> None:
        self.group = group
        self.name = name
        self.script = script  # for the shell
        self.read = b""
        self.is_open = True  # the output
        self.how: Ended | None = None
        self.task = group.spawn(self.start, name=name)

    def start(self, task: Task) -> object:
        self.output, theirs = os.pipe()
        os.set_blocking(self.output, False)
        task.defer(self.close)
        stdio = [None, theirs, 2]
        stop = [(signal.SIGTERM, math.inf)]
        task.run_process(["sh", "-c", self.script], self.has_ended, stdio=stdio, stop=stop)
        os.close(theirs)
        self.shield = task.open_scope(shield=True)
        self.shield.on_readable(self.output, self.has_read)
        return PENDING

    def has_read(self, ended: Ended) -> None:
        self.read += (piece := os.read(self.output, 4096))
        *lines, self.read = self.read.split(b"\n")
        for line in lines:
            self.on_line(line.decode())
        if piece:
            self.shield.on_readable(self.output, self.has_read)
        else:
            self.is_open = False
            self.maybe_finish()

    def on_line(self, line: str) -> None:
        say(f"{self.name} prints: {line}")
        if line == "ready":
            self.group.cancel("seen enough")

    def has_ended(self, ended: Ended) -> None:
        """The value is the exit status; the exception is Cancelled when it has been stopped."""
        self.how = ended
        self.maybe_finish()

    def maybe_finish(self) -> None:
        if self.is_open or self.how is None:
            return
        if self.how.cancelled:
            say(f"{self.name}: cancelled")
        else:
            status = self.how.value
            say(f"{self.name}: exit status {max(status, 0)}, signal {max(-status, 0)}")
        self.shield.join()
        self.task.finish(self.how.get())

    def close(self, cleanup: Task, why: Outcome) -> None:
        os.close(self.output)


def run(name: str, child: str, script: str) -> None:
    group = runtime.open_group(name=name)
    Child(group, child, script)
    group.join(say_joined, name)
    runtime.run()


with runtime:
    run("to its end", "a short one", "echo hello; exit 3")
    run(
        "until it is cancelled",
        "an endless one",
        "trap 'echo clearing up; exit 0' TERM; echo ready; while :; do sleep 0.01; done",
    )
