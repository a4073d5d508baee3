"""Three tasks that want to sleep for ten seconds, in a group that has a tenth of one."""

from roost.lowlevel import PENDING, Ended, Outcome, Runtime, Task


def sleeper(task: Task) -> object:
    task.defer(clean_up)
    task.after(10, slept, task)
    return PENDING  # task.finish() will end it


def slept(ended: Ended, task: Task) -> None:
    task.finish(ended.get())  # which raises Cancelled, and so ends the task as cancelled


def clean_up(cleanup: Task, why: Outcome) -> None:
    print(why.state, "cleaned up", sep=", ")


with Runtime() as runtime:
    with runtime.open_group(timeout=0.1, move_on=True) as group:
        for _ in range(3):
            group.spawn(sleeper)
    print("group:", "it took too long" if group.cancelled_caught else "complete")
