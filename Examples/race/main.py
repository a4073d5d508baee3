"""Happy eyeballs: a host has several addresses, of which some refuse and some never answer.

All are tried, each a little later than the one before, and the first that is connected wins: it
cancels the others, which closes their sockets (G2, G2b). The addresses are of the loopback
interface, the sockets and the time are real.
"""

from contextlib import ExitStack
from socket import socket

import roost
from sockets import Address, connect, count_sockets

STAGGER = 0.05
PATIENCE = 20.0  # for one attempt

ADDRESSES = {
    "127.0.0.1": "silent",
    "127.0.0.2": "refuses",
    "127.0.0.3": "silent",
    "127.0.0.4": "answers",
    "127.0.0.5": "silent",
}


async def attempt(address: Address, delay: float) -> socket:
    await roost.sleep(delay)
    with roost.fail_after(PATIENCE):
        return await connect(address)


async def connect_to_any(addresses: list[Address]) -> socket:
    """Answers a connected socket, or raises what has become of all."""
    async with roost.create_task_group(policy="race", name="race") as group:
        attempts = [
            group.start_soon(attempt, address, number * STAGGER, name=address[0])
            for number, address in enumerate(addresses)
        ]
    assert group.winner is not None
    print("the winner:", group.winner.name)
    for task in attempts:
        match task.status:
            case roost.TaskHandle.Status.FINISHED:
                print(f"{task.name}: connected")
                if task is not group.winner:
                    task.return_value.close()  # it came a moment later
            case roost.TaskHandle.Status.FAILED:
                assert isinstance(task.exception, OSError)
                print(f"{task.name}: {str(task.exception.strerror).lower()}")
            case _:
                print(f"{task.name}: cancelled")
    winner: socket = group.winner.return_value
    return winner


def open_address(name: str, kind: str, host: ExitStack) -> Address:
    """A plain socket, in the system's hands alone. One that does not listen refuses. One that
    listens, but has as many connections as it may, nobody accepting any, does not answer."""
    tcp = host.enter_context(socket())
    tcp.bind((name, 0))
    address: Address = tcp.getsockname()
    if kind == "answers":
        tcp.listen(10)
    if kind == "silent":
        tcp.listen(0)
        host.enter_context(socket()).connect(address)
    return address


async def race(addresses: list[Address]) -> None:
    before = count_sockets()
    began = roost.current_time()
    with await connect_to_any(addresses) as winner:
        in_time = roost.current_time() - began < PATIENCE / 4
        print("well before the slowest:", "yes" if in_time else "no")
        print("sockets open:", count_sockets() - before)
        print("it is the winner's:", "yes" if winner.getpeername()[0] == "127.0.0.4" else "no")
    print("sockets open in the end:", count_sockets() - before)


async def main() -> None:
    with ExitStack() as host:
        await race([open_address(name, kind, host) for name, kind in ADDRESSES.items()])


roost.run(main)
