"""A client needs a server that is ready.

So the server is started, and not just spawned: that waits until it reports, here with its port. One
that fails before it has reported makes the start fail, and only that: its error is none of the
group's (L4).
"""

import roost
from common import say, say_result, start_the_watch


async def server(
    failure: Exception | None, *, task_status: roost.TaskStatus[int] = roost.TASK_STATUS_IGNORED
) -> None:
    """`failure` is why it cannot open its port, or None."""
    say("server: opening its port")
    await roost.sleep(0.2)
    if failure:
        say("server: failing")
        raise failure
    say("server: ready")
    task_status.started(8080)
    try:
        await roost.sleep_forever()
    finally:
        say("server: cancelled")  # for nothing else ends this wait


async def client(port: int) -> None:
    say(f"client: connecting to port {port}")
    await roost.sleep(0.5)
    say("client: done")


async def serve_a_client(failure: Exception | None) -> None:
    """The server is a daemon, so it ends when the group has nothing else to do (L3)."""
    start_the_watch()
    async with roost.create_task_group(name="group") as group:
        try:
            port = await group.start(server, failure, daemon=True)
        except OSError as error:
            say(f"body: the server has not started: {error}")
        else:
            say(f"body: the server has started, at port {port}")
            group.start_soon(client, port)
    say_result("group", group.cancel_scope)


async def main() -> None:
    await serve_a_client(None)
    await serve_a_client(OSError("address already in use"))


roost.run(main, clock="virtual")
