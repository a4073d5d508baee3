"""Two tasks in a group: one waits for 10 s and has something to put back, one fails after 1 s.

The failure, an exception, cancels the group (fail-fast, G2): the waiting task notices by what its
wait raises, its cleanup runs and is told why, and the group raises the one error.
"""

import roost
from common import say


def put_back(why: roost.Outcome) -> None:
    say(f'patient: cleaning up, told "{why.state}"')


async def patient() -> None:
    say("patient: waiting for 10 s")
    roost.defer(put_back, told=True)
    try:
        await roost.sleep(10)
    except roost.Cancelled:
        say("patient: the wait is cancelled")
        raise


async def hasty() -> None:
    say("hasty: waiting for 1 s")
    await roost.sleep(1)
    say("hasty: failing")
    raise RuntimeError("out of luck")


async def main() -> None:
    try:
        async with roost.create_task_group(name="group") as group:
            group.start_soon(patient, name="patient")
            group.start_soon(hasty, name="hasty")
    except* RuntimeError as errors:
        say(f"group: failed with {len(errors.exceptions)} error")
        for error in group.errors:
            say(f"group: {error.name}: {error.exception}")


roost.run(main, clock="virtual")
