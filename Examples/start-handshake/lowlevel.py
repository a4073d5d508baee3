"""A client needs a server that is ready. So the server is started, and not just spawned: that waits
until it reports, here with its port. One that fails before it has reported makes the start fail,
and only that: its error is none of the group's (L4)."""

from __future__ import annotations

import math

from callbacks import runtime, say, say_joined, start_the_watch
from roost.lowlevel import PENDING, Ended, Group, Task

# The server. It is a daemon, so it ends when the group has nothing else to do (L3).


def server(task: Task, failure: OSError | None) -> object:
    say("server: opening its port")
    task.after(0.2, port_opened, task, failure)
    return PENDING


def port_opened(ended: Ended, task: Task, failure: OSError | None) -> None:
    ended.get()
    say(f"server: {'failing' if failure else 'ready'}")
    if failure:
        raise failure
    task.started(8080)
    task.after(math.inf, server_waited)


def server_waited(ended: Ended) -> None:
    say("server: cancelled")  # for nothing else ends this wait
    ended.get()


# The client.


def client(task: Task, port: int) -> object:
    say(f"client: connecting to port {port}")
    task.after(0.5, answered, task)
    return PENDING


def answered(ended: Ended, task: Task) -> None:
    say("client: done")
    task.finish(ended.get())


# The body.


def started(ended: Ended, group: Group) -> None:
    if ended.exception:
        say(f"body: the server has not started: {ended.exception}")
    else:
        say(f"body: the server has started, at port {ended.value}")
        group.spawn(client, ended.value)
    group.join(say_joined)


def body(failure: OSError | None) -> None:
    start_the_watch()
    group = runtime.open_group(name="group")
    group.start(server, failure, daemon=True, told=lambda ended: started(ended, group))
    runtime.run()


with runtime:
    body(None)
    body(OSError("address already in use"))
