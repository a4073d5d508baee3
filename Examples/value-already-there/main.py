"""A task waits on a stream. A value is sent, and right after it the group is cancelled: the value
was there first, so the task receives it, and its next wait is cancelled.

And the twin: cancelled first, then sent. The wait is cancelled, and the value is still in the
stream. In neither order is the value lost (C4).
"""

import roost
from common import say, say_result, start_the_watch


async def receiver(letters: roost.MemoryObjectReceiveStream[str]) -> None:
    """Receives until a wait is cancelled."""
    try:
        while True:
            say("task: waiting")
            say(f"task: received {await letters.receive()}")
    except roost.Cancelled:
        say("task: the wait is cancelled")
        raise


async def a_second_later(*, cancel_first: bool) -> None:
    """Nothing runs between the two steps: when the task comes to look, the value has been sent and
    the group is cancelled. Only the order can tell what it gets."""
    start_the_watch()
    send, receive = roost.create_memory_object_stream[str](1)

    def send_letter() -> None:
        send.send_nowait("a letter")
        say("body: a letter is sent")

    with send, receive:
        async with roost.create_task_group(name="group") as group:
            group.start_soon(receiver, receive)
            await roost.sleep(1)
            if not cancel_first:
                send_letter()
            group.cancel()
            say("body: the group is cancelled")
            if cancel_first:
                send_letter()
        say_result("group", group.cancel_scope)
        try:
            say(f"in the channel: {receive.receive_nowait()}")
        except roost.WouldBlock:
            say("in the channel: nothing")


async def main() -> None:
    await a_second_later(cancel_first=False)
    await a_second_later(cancel_first=True)


roost.run(main, clock="virtual")
