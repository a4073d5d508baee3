"""A wait, a task and a group are cancelled after they have completed. The answer is that they have
ended, nothing happens, and their results stay (C6, T3)."""

from __future__ import annotations

from callbacks import answer, runtime, say, say_joined
from roost.lowlevel import Ended, Task


def work(task: Task) -> int:
    say("task: done")
    return 42


def a_second_later(ended: Ended) -> None:
    say(f"wait: {answer(ended.exception)}")
    say(f"wait, taken back when it is over: {'ok' if wait.unwait() else 'ended'}")
    say(f"task, cancelled when it is done: {task.cancel()}")
    say(f"task: {task.status}, its result is {task.value}")
    group.join(say_joined)


with runtime:
    group = runtime.open_group(name="group")
    task = group.spawn(work)
    wait = group.after(1, a_second_later)
    runtime.run()
    say(f"group, cancelled when it is closed: {group.cancel()}")
