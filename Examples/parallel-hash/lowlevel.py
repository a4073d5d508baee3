"""The SHA-256 of every file under a folder.

    python lowlevel.py [--timeout SECONDS] [--limit N] FOLDER

It prints what sha256sum prints, in the order of the paths, and on stderr how it went. Links are not
followed. A file that cannot be read is reported and stops nothing. When the time is up, or at
Ctrl-C, it stops at once and prints what it has. The exit status is 0 when all was hashed, 1 when
something could not be read, 2 for a wrong call, 124 when the time was up, 130 at Ctrl-C.

All the work is one group of blocking tasks, each on a thread of the pool, of which at most N run at
a time. The first walks the folder; its end spawns one for each file.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import sys
from typing import Literal

from roost.lowlevel import Cancelled, Ended, Origin, Result, Runtime, Status, Task

BLOCK = 64 * 1024
ESCAPED = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}

# On a thread: a task asks at each step whether it is cancelled.


def find_files(task: Task, folder: bytes) -> list[bytes]:
    """Lists what is under a folder. What cannot be looked into is listed too: opening it will say
    why."""
    found, folders = [], [folder]
    while folders:
        if task.cancelled:
            raise Cancelled
        where = folders.pop()
        try:
            with os.scandir(where) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        found.append(entry.path)
        except OSError:
            found.append(where)
    return sorted(found)


def hash_file(task: Task, path: bytes) -> str:
    """Not blocking: what was a file when the folder was read may have become a pipe."""
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:
        while block := file.read(BLOCK):
            if task.cancelled:
                raise Cancelled
            digest.update(block)
    return digest.hexdigest()


def tell(what: bytes | str, error: OSError) -> None:
    why = str(error.strerror).lower().removeprefix("file ")  # as libuv says it
    sys.stderr.buffer.write(b"parallel-hash: %b: %b\n" % (os.fsencode(what), why.encode()))
    sys.stderr.buffer.flush()


# On the loop.


class Hashing:
    """What is hashed, and what has come of it."""

    def __init__(self, runtime: Runtime, folder: bytes, timeout: float | None, limit: int) -> None:
        self.root = runtime.root
        self.tasks: dict[bytes, Task] = {}
        self.done = 0
        self.status = 0
        self.group = runtime.open_group(
            name="parallel-hash", policy=decide, limit=limit, timeout=timeout
        )
        walk = self.group.spawn_blocking(find_files, folder, name="walk")
        walk.on_end(self.root, self.walked, walk)
        self.interrupt = self.root.on_signal(signal.SIGINT, self.interrupted)

    def walked(self, ended: Ended, walk: Task) -> None:
        """Its value is missing where the walk was cut short."""
        for path in walk.value or ():
            self.tasks[path] = self.group.spawn_blocking(hash_file, path, name=os.fsdecode(path))
            self.tasks[path].on_end(self.root, self.hashed, path)
        if sys.stderr.isatty():
            self.show_progress(Ended())
        self.group.join(self.joined)

    def hashed(self, ended: Ended, path: bytes) -> None:
        self.done += 1
        if isinstance(ended.exception, OSError):
            tell(path, ended.exception)

    def show_progress(self, ended: Ended) -> None:
        """A wait of the group, which ends with it."""
        line = f"\r\033[K{self.done} of {len(self.tasks)} files"
        print(line, end="\r", file=sys.stderr, flush=True)
        self.group.after(0.1, self.show_progress)

    def interrupted(self, ended: Ended) -> None:
        """Any number of times: the first counts, and when the group has ended it does nothing (C5,
        C6). Until all is printed, Ctrl-C harms nothing."""
        self.group.cancel("interrupted", code=ended.value, origin=Origin.SIGNAL)
        self.interrupt = self.root.on_signal(signal.SIGINT, self.interrupted)

    def joined(self, result: Result) -> None:
        digests = {path: task.value for path, task in self.tasks.items() if task.value}
        failed = sum(task.status is Status.FAILED for task in self.tasks.values())
        left = len(self.tasks) - len(digests) - failed
        self.status, ending = (1, "with errors") if failed else (0, "complete")
        try:
            print_digests(digests)
        except OSError as error:
            tell("standard output", error)
            self.status = 1
        if result.cancelled_caught and result.reason:
            by_signal = result.reason.origin is Origin.SIGNAL
            self.status = 130 if by_signal else 124
            ending = result.reason.message if by_signal else "the time is up"
        print(
            f"{len(digests)} hashed, {failed} unreadable, {left} not done: {ending}",
            file=sys.stderr,
        )
        self.interrupt.unwait()


def decide(error: BaseException, name: str) -> Literal["drop", "cancel"]:
    """A file that cannot be read stops nothing."""
    return "drop" if isinstance(error, OSError) else "cancel"


def print_digests(digests: dict[bytes, str]) -> None:
    """As sha256sum: a path that would break the line is escaped, and a backslash says so."""
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        for path, digest in digests.items():
            escaped = path
            for byte, written in ESCAPED.items():
                escaped = escaped.replace(byte, written)
            mark = b"\\" if escaped != path else b""
            out.write(mark + digest.encode() + b"  " + escaped + b"\n")


def seconds(text: str) -> float:
    if not 1e-9 <= float(text) < 1e9:
        raise ValueError
    return float(text)


def positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError
    return int(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The SHA-256 of every file under a folder.")
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS")
    parser.add_argument("--limit", type=positive, default=8, metavar="N")
    parser.add_argument("folder", type=os.fsencode, metavar="FOLDER")
    options = parser.parse_args()
    with Runtime() as runtime:
        hashing = Hashing(runtime, options.folder, options.timeout, options.limit)
    sys.exit(hashing.status)
