"""Some errors must end everything, others are only worth a line in the log.

The group's filter is asked for each, and decides (G2): a harmless one is logged and dropped, the
rest runs on; a fatal one cancels the rest, and is the one that the group raises.
"""

import roost
from common import say, say_result

HARMLESS = (ConnectionRefusedError, FileNotFoundError)
WORKERS = [
    ("picture", 0.1, ConnectionRefusedError("connection refused")),
    ("comments", 0.2, FileNotFoundError("no such file or directory")),
    ("text", 0.3, None),
    ("disk", 0.4, OSError("input/output error")),
    ("video", 10, None),
]


async def work(name: str, needs: float, error: Exception | None) -> None:
    try:
        await roost.sleep(needs)
    except roost.Cancelled:
        say(f"{name}: the wait is cancelled")
        raise
    say(f"{name}: {'failing' if error else 'done'}")
    if error:
        raise error


def decide(error: BaseException, name: str) -> roost.Decision:
    """Answering "record" would also let the rest run on, but then the group has failed."""
    if isinstance(error, HARMLESS):
        say(f"log: {name}: {error}")
        return "drop"
    say(f"filter: {name}: fatal, cancelling the rest")
    return "cancel"


async def main() -> None:
    try:
        async with roost.create_task_group(policy=decide, name="group") as group:
            for name, needs, error in WORKERS:
                group.start_soon(work, name, needs, error, name=name)
    except* OSError:
        say_result("group", group.cancel_scope, "failed")
        for listed in group.errors:
            say(f"error: {listed.name}: {listed.exception}")


roost.run(main, clock="virtual")
