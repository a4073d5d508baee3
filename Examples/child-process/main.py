"""A child process is a wait: it ends when the child has ended and was reaped (S3).

Here whoever cancels the wait has the child told to end, by a signal; its output is read to the end
all the same. What comes from a child comes in real time, so nothing here depends on how long
anything takes.
"""

from subprocess import DEVNULL

import roost
from common import say, say_result, start_the_watch

SHORT = "echo hello; exit 3"
ENDLESS = "trap 'echo clearing up; exit 0' TERM; echo ready; while :; do sleep 0.01; done"


async def read_lines(name: str, output: roost.ReceivePipe, group: roost.TaskGroup) -> None:
    """Reads what the child prints, in a shield, so that this goes on to the end."""
    rest = b""
    with roost.CancelScope(shield=True):
        async for part in output:
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                say(f"{name} prints: {line.decode()}")
                if line == b"ready":
                    group.cancel("seen enough")


async def run_child(name: str, script: str, group: roost.TaskGroup) -> None:
    child = await roost.open_process(["sh", "-c", script], stdin=DEVNULL, stderr=None)
    assert child.stdout is not None
    try:
        async with roost.create_task_group() as both:
            both.defer(child.aclose)
            both.start_soon(read_lines, name, child.stdout, group)
            try:
                status = await child.wait()
            except roost.Cancelled:
                child.terminate()
                raise
    except roost.Cancelled:
        say(f"{name}: cancelled")
        raise
    say(f"{name}: exit status {max(status, 0)}, signal {max(-status, 0)}")


async def run(title: str, name: str, script: str) -> None:
    start_the_watch()
    async with roost.create_task_group(name=title) as group:
        group.start_soon(run_child, name, script, group)
    say_result(title, group.cancel_scope)


async def main() -> None:
    await run("to its end", "a short one", SHORT)
    await run("until it is cancelled", "an endless one", ENDLESS)


roost.run(main, clock="virtual")
