"""A wait, a task and a group are cancelled after they have completed. The answer is that they have
ended, nothing happens, and their results stay (C6, T3)."""

import roost
from common import say, say_result


async def compute() -> int:
    say("task: done")
    return 42


async def set_later(event: roost.Event) -> None:
    """Ends the wait of another, a second later."""
    await roost.sleep(1)
    event.set()


async def main() -> None:
    event = roost.Event()
    async with roost.create_task_group(name="group") as group:
        task = group.start_soon(compute)
        group.start_soon(set_later, event)

        with roost.CancelScope() as wait:
            await event.wait()
            say("wait: ok")
        say(f"wait, taken back when it is over: {wait.cancel()}")
        say(f"task, cancelled when it is done: {task.cancel()}")
        say(f"task: completed, its result is {await task}")
    say_result("group", group.cancel_scope)
    say(f"group, cancelled when it is closed: {group.cancel()}")


roost.run(main, clock="virtual")
