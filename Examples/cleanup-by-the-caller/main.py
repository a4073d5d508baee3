"""Three uploads, each of which would leave half a file behind if it were cut short.

They do not clean up themselves: each makes an entry in a collection, and takes it out when it is
done. When the group has ended, the caller finds there what is left, and removes it in parallel.
"""

import roost
from common import say, say_result

UPLOADS = {1: 10.0, 2: 0.3, 3: 10.0}  # and how long each needs
entries: set[int] = set()


async def upload(number: int, needs: float) -> None:
    """An entry is made before there is something to clean up, and goes as the last thing: whenever
    the task is cut short in between, the caller knows."""
    entries.add(number)
    say(f"upload {number}: begins")
    try:
        await roost.sleep(needs)
    except roost.Cancelled:
        say(f"upload {number}: cancelled")
        raise
    entries.remove(number)
    say(f"upload {number}: done")


async def remove_rest(number: int) -> None:
    await roost.sleep(0.1)
    say(f"clean-up: what upload {number} left is removed")


async def main() -> None:
    """The caller. When the first group has ended, it is over, and its cancellation with it (C7). So
    the clean-up is a group like any other, free to wait: no shield is needed."""
    deadline = roost.current_time() + 1
    async with roost.create_task_group(deadline=deadline, name="uploads") as uploads:
        for number, needs in UPLOADS.items():
            uploads.start_soon(upload, number, needs)
    say_result("uploads", uploads.cancel_scope)

    async with roost.create_task_group(name="clean-up") as cleanup:
        for number in UPLOADS:
            say(f"entry of upload {number}: {'still there' if number in entries else 'gone'}")
            if number in entries:
                cleanup.start_soon(remove_rest, number)
    say_result("clean-up", cleanup.cancel_scope)


roost.run(main, clock="virtual")
