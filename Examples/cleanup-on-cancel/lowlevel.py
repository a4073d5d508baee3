"""Two tasks in a group: one waits for 10 s and has something to put back, one fails after 1 s.

The failure, an exception, cancels the group (fail-fast, G2): the waiting task notices by the
outcome of its wait, its cleanup runs and is told why, and the group answers with the one error.
"""

from __future__ import annotations

from callbacks import answer, runtime, say, wait_is
from roost.lowlevel import PENDING, Ended, Outcome, Result, Task

# The patient one.


def patient(task: Task) -> object:
    say("patient: waiting for 10 s")
    task.defer(put_back)
    task.after(10, patient_waited, task)
    return PENDING


def patient_waited(ended: Ended, task: Task) -> None:
    say(f"patient: the wait is {wait_is(ended)}")
    task.finish(ended.get())


def put_back(cleanup: Task, why: Outcome) -> None:
    say(f'patient: cleaning up, told "{why.state}"')


# The hasty one.


def hasty(task: Task) -> object:
    say("hasty: waiting for 1 s")
    task.after(1, hasty_waited)
    return PENDING


def hasty_waited(ended: Ended) -> None:
    say("hasty: failing")
    raise RuntimeError("out of luck")


# The group.


def joined(result: Result) -> None:
    say(f"group: {answer(result.exception)} with {result.error_count} error")
    for name, error in result.errors:
        say(f"group: {name}: {error}")


with runtime:
    group = runtime.open_group(name="group")
    group.spawn(patient, name="patient")
    group.spawn(hasty, name="hasty")
    group.join(joined)
