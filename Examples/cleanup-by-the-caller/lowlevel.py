"""Three uploads, each of which would leave half a file behind if it were cut short. They do not
clean up themselves: each makes an entry in a collection, and takes it out when it is done. When the
group has ended, the caller finds there what is left, and removes it in parallel."""

from __future__ import annotations

from callbacks import runtime, say, say_joined, say_result
from roost.lowlevel import PENDING, Ended, Result, Task

# The collection. All tasks run on one thread: it needs no lock.
entries: set[int] = set()

# The uploads. An entry is made before there is something to clean up, and goes as the last thing:
# whenever the task is cut short in between, the caller knows.


def upload(task: Task, number: int, needs: float) -> object:
    entries.add(number)
    say(f"upload {number}: begins")
    task.after(needs, uploaded, task, number)
    return PENDING


def uploaded(ended: Ended, task: Task, number: int) -> None:
    say(f"upload {number}: {'cancelled' if ended.cancelled else 'done'}")
    ended.get()
    entries.remove(number)
    task.finish()


# The caller's clean-up.


def remove(task: Task, number: int) -> object:
    task.after(0.1, removed, task, number)
    return PENDING


def removed(ended: Ended, task: Task, number: int) -> None:
    say(f"clean-up: what upload {number} left is removed")
    task.finish()


# Here the cancelled group is over, and the cancellation with it (C7). So the clean-up is a group
# like any other, free to wait: no shield is needed.


def uploads_ended(result: Result) -> None:
    say_result("uploads", result)
    group = runtime.open_group(name="clean-up")
    for number in 1, 2, 3:
        say(f"entry of upload {number}: {'still there' if number in entries else 'gone'}")
        if number in entries:
            group.spawn(remove, number)
    group.join(say_joined, "clean-up")


with runtime:
    uploads = runtime.open_group(name="uploads", timeout=1, move_on=True)
    for number, needs in (1, 10), (2, 0.3), (3, 10):
        uploads.spawn(upload, number, needs)
    uploads.join(uploads_ended)
