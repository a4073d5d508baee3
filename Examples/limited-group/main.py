"""A thousand tasks of 100 ms, of which at most ten run at a time, cancelled half-way. The queued
ones never start, and whatever was handed to any of them is let go (L2, K5)."""

from collections import Counter

import roost
from common import say, say_result

TASKS, LIMIT = 1000, 10
count: Counter[str] = Counter()
most = 0


class Thing:
    """What each task is handed."""

    def __del__(self) -> None:
        count["given back"] += 1


async def work(thing: Thing) -> None:
    global most
    count["running"] += 1
    most = max(most, count["running"])
    try:
        await roost.sleep(0.1)
        count["completed"] += 1
    except roost.Cancelled:
        count["cancelled"] += 1
        raise
    finally:
        count["running"] -= 1


async def main() -> None:
    async with roost.create_task_group(limit=LIMIT, name="group") as group:
        for _ in range(TASKS):
            group.start_soon(work, Thing())
        await roost.sleep(5.05)
        say(f"half-way: {count['completed']} have completed, {count['running']} are running")
        group.cancel()
    say_result("group", group.cancel_scope)
    say(f"completed: {count['completed']}")
    say(f"cancelled while running: {count['cancelled']}")
    say(f"never started: {TASKS - count['completed'] - count['cancelled']}")
    say(f"at most running: {most}")
    say(f"given back: {count['given back']}")


roost.run(main, clock="virtual")
