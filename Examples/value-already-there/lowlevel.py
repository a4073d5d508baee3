"""A task waits on a channel. A value is sent, and right after it the group is cancelled: the value
was there first, so the task receives it, and its next wait is cancelled. And the twin: cancelled
first, then sent. The wait is cancelled, and the value is still in the channel. In neither order is
the value lost (C4)."""

from __future__ import annotations

from collections.abc import Callable

from callbacks import runtime, say, say_result, start_the_watch
from roost.lowlevel import PENDING, Channel, Ended, Group, Result, Task, WouldBlock

# The task, which receives until a wait is cancelled.


def receiver(task: Task, channel: Channel) -> object:
    say("task: waiting")
    channel.receive(task, received, task, channel)
    return PENDING


def received(ended: Ended, task: Task, channel: Channel) -> None:
    if ended.cancelled:
        say("task: the wait is cancelled")
    say(f"task: received {ended.get()}")
    receiver(task, channel)


# The body, in both orders. Nothing runs between its two steps: when the task comes to look, the
# value has been sent and the group is cancelled. Only the order can tell what it gets.


def send_letter(channel: Channel) -> None:
    channel.try_send("a letter")
    say("body: a letter is sent")


def cancel_group(group: Group) -> None:
    group.cancel()
    say("body: the group is cancelled")


def send_then_cancel(ended: Ended, channel: Channel, group: Group) -> None:
    send_letter(channel)
    cancel_group(group)


def cancel_then_send(ended: Ended, channel: Channel, group: Group) -> None:
    cancel_group(group)
    send_letter(channel)


def joined(result: Result, channel: Channel) -> None:
    say_result("group", result)
    try:
        say(f"in the channel: {channel.try_receive()}")
    except WouldBlock:
        say("in the channel: nothing")


def a_second_later(act: Callable[[Ended, Channel, Group], None]) -> None:
    start_the_watch()
    channel = Channel(runtime, 1)
    group = runtime.open_group(name="group")
    group.spawn(receiver, channel)
    runtime.after(1, act, channel, group)
    group.join(joined, channel)
    runtime.run()


with runtime:
    a_second_later(send_then_cancel)
    a_second_later(cancel_then_send)
