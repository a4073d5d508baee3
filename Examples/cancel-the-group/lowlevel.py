"""Two jobs and an endless helper in one group. A job finds that everything is done, and cancels the
group: the one handle that it needs. Nobody passes a list of tasks around, and nothing has to be
thrown: the group ends without an error (C1, C7)."""

from __future__ import annotations

from callbacks import runtime, say, say_result
from roost.lowlevel import PENDING, Ended, Reason, Result, Task

jobs_left = 0

# The jobs.


def job(task: Task, name: str, needs: float) -> object:
    say(f"{name}: begins")
    task.after(needs, job_waited, task, name)
    return PENDING


def job_waited(ended: Ended, task: Task, name: str) -> None:
    global jobs_left
    ended.get()  # raises Cancelled where the job was cancelled
    say(f"{name}: done")
    jobs_left -= 1
    if jobs_left == 0:
        say(f"{name}: it was the last, cancelling the group")
        group.cancel("all jobs are done")
    task.finish()


# The helper. Its waits need no care: when on_cancel ends the task, they are taken back (S2b).


def helper(task: Task) -> object:
    say("helper: on duty")
    task.after(0.3, lambda ended: helper(task))
    return PENDING


def helper_cancelled(task: Task, why: Reason) -> None:
    say(f"helper: cancelled, {why.message}")


# The group.


def joined(result: Result) -> None:
    say_result("group", result)
    runtime.after(1, a_second_later)


def a_second_later(ended: Ended) -> None:
    say("a second later: nobody is on duty any more")


with runtime:
    group = runtime.open_group(name="group")
    group.spawn(helper, on_cancel=helper_cancelled)
    for name, needs in ("job 1", 0.4), ("job 2", 0.7):
        group.spawn(job, name, needs)
        jobs_left += 1
    group.join(joined)
