"""The SHA-256 of every file under a folder.

    python main.py [--timeout SECONDS] [--limit N] FOLDER

It prints what sha256sum prints, in the order of the paths, and on stderr how it went. Links are not
followed. A file that cannot be read is reported and stops nothing. When the time is up, or at
Ctrl-C, it stops at once and prints what it has. The exit status is 0 when all was hashed, 1 when
something could not be read, 2 for a wrong call, 124 when the time was up, 130 at Ctrl-C.

Every file is hashed on a thread, of which at most N run at a time, and which asks now and then
whether it is cancelled.
"""

import argparse
import hashlib
import math
import os
import signal
import sys

import roost
from roost import from_thread, to_thread

BLOCK = 64 * 1024
ESCAPED = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}

digests: dict[bytes, str] = {}
unreadable: list[bytes] = []


# On a thread.


def find_files(folder: bytes) -> list[bytes]:
    """Lists what is under a folder. What cannot be looked into is listed too: opening it will say
    why."""
    found, folders = [], [folder]
    while folders:
        from_thread.check_cancelled()
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


def hash_file(path: bytes) -> str:
    """Not blocking: what was a file when the folder was read may have become a pipe."""
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:
        while block := file.read(BLOCK):
            from_thread.check_cancelled()
            digest.update(block)
    return digest.hexdigest()


# On the loop.


def tell(what: bytes | str, error: OSError) -> None:
    line = f"parallel-hash: {os.fsdecode(what)}: {str(error.strerror).lower()}\n"
    sys.stderr.buffer.write(os.fsencode(line))
    sys.stderr.buffer.flush()


async def hash_one(path: bytes) -> None:
    try:
        digests[path] = await to_thread.run_sync(hash_file, path)
    except OSError as error:
        unreadable.append(path)
        tell(path, error)


async def show_progress(files: list[bytes]) -> None:
    while sys.stderr.isatty():
        done = len(digests) + len(unreadable)
        print(f"\r\033[K{done} of {len(files)} files", end="\r", file=sys.stderr, flush=True)
        await roost.sleep(0.1)


async def await_interrupts(group: roost.TaskGroup) -> None:
    """Any number of times: the first counts, and when the group has ended it does nothing (C5,
    C6)."""
    with roost.open_signal_receiver(signal.SIGINT) as signals:
        async for number in signals:
            group.cancel("interrupted", code=number, origin=roost.Origin.SIGNAL)


def print_digests() -> None:
    """As sha256sum: a path that would break the line is escaped, and a backslash says so."""
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        for path in sorted(digests):
            escaped = path
            for byte, written in ESCAPED.items():
                escaped = escaped.replace(byte, written)
            mark = b"\\" if escaped != path else b""
            out.write(mark + digests[path].encode() + b"  " + escaped + b"\n")


def tell_result(files: list[bytes], scope: roost.CancelScope) -> int:
    status, ending = (1, "with errors") if unreadable else (0, "complete")
    try:
        print_digests()
    except OSError as error:
        tell("standard output", error)
        status = 1
    if scope.cancelled_caught and scope.reason:
        by_signal = scope.reason.origin is roost.Origin.SIGNAL
        status = 130 if by_signal else 124
        ending = scope.reason.message if by_signal else "the time is up"
    hashed, failed = len(digests), len(unreadable)
    left = len(files) - hashed - failed
    print(f"{hashed} hashed, {failed} unreadable, {left} not done: {ending}", file=sys.stderr)
    return status


async def main(folder: bytes, timeout: float, limit: int) -> int:
    """The interrupts are awaited until all is printed: until then, Ctrl-C harms nothing."""
    files: list[bytes] = []
    deadline = roost.current_time() + timeout
    async with roost.create_task_group() as outside:
        async with roost.create_task_group(
            limit=limit, deadline=deadline, name="parallel-hash"
        ) as group:
            outside.start_soon(await_interrupts, group, daemon=True)
            files += await to_thread.run_sync(find_files, folder)
            group.start_soon(show_progress, files, daemon=True)
            for path in files:
                group.start_soon(hash_one, path, name=os.fsdecode(path))
        status = tell_result(files, group.cancel_scope)
    return status  # noqa: RET504, behind a block that may absorb a cancellation


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
    parser.add_argument("--timeout", type=seconds, default=math.inf, metavar="SECONDS")
    parser.add_argument("--limit", type=positive, default=8, metavar="N")
    parser.add_argument("folder", type=os.fsencode, metavar="FOLDER")
    options = parser.parse_args()
    sys.exit(roost.run(main, options.folder, options.timeout, options.limit))
