"""An echo server that ends well.

At SIGTERM it takes no more clients, hangs up on those that ask for nothing, and answers the
requests that have begun; what has not ended when its patience is over is cancelled (C12). A hundred
clients, in the same process, see what becomes of their requests. The sockets, the signal and the
time are real.
"""

import os
import signal
from collections import Counter
from socket import socket

import roost
from sockets import Address, connect, count_sockets, read, read_exactly, write

MESSAGE, CLIENTS, BEGUN = 16, 100, 170
PATIENCE = 2.0

count: Counter[str] = Counter()


# The server.


async def serve(client: socket, all_begun: roost.Event) -> None:
    """One client, until it hangs up. The wait for a request ends when the server is stopping. A
    request of which the first byte has come is read to its end and answered."""
    with client:
        while True:
            try:
                with roost.CancelScope(until_stopping=True):
                    first = await read(client, 1)
            except roost.Stopping:
                count["hung up"] += 1
                return
            if not first:
                return
            count["begun"] += 1
            if count["begun"] == BEGUN:
                all_begun.set()
            try:
                await write(client, first + await read_exactly(client, MESSAGE - 1))
            except roost.Cancelled:
                count["cut off"] += 1
                raise


async def accept_clients(listener: socket, group: roost.TaskGroup, all_begun: roost.Event) -> None:
    """Nobody can connect any more when this one has ended."""
    with listener, roost.CancelScope(until_stopping=True):
        try:
            while True:
                await roost.wait_readable(listener)
                client, _ = listener.accept()
                client.setblocking(False)
                group.start_soon(serve, client, all_begun)
        except roost.Stopping:
            return


async def server(
    all_begun: roost.Event,
    *,
    task_status: roost.TaskStatus[tuple[Address, roost.TaskHandle[None]]],
) -> None:
    """Reports its address when it is ready, and ends after a SIGTERM."""
    listener = socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(CLIENTS)
    listener.setblocking(False)
    with roost.open_signal_receiver(signal.SIGTERM) as signals:
        async with roost.create_task_group(policy="supervise", name="server") as group:
            acceptor = group.start_soon(accept_clients, listener, group, all_begun)
            task_status.started((listener.getsockname(), acceptor))
            async for _ in signals:
                break
            told = roost.current_time()
            group.shutdown(PATIENCE)
    reason = group.cancel_scope.reason
    by = reason.origin if reason else "end"
    print(f"the server: ok, hung up on {count['hung up']}, cut off {count['cut off']}, by its {by}")
    over = roost.current_time() - told >= PATIENCE
    print("not before its patience was over:", "yes" if over else "no")


# The clients.


async def use_server(address: Address, number: int, kind: str, stopping: roost.Event) -> None:
    """Has a request answered, and begins another: at once, and goes on with it when the server is
    stopping; or it is idle; or it hangs."""
    request = b"client %08d" % number + b"\0"
    with await connect(address) as tcp:
        await write(tcp, request)
        assert await read_exactly(tcp, MESSAGE) == request
        count[kind] += 1
        if kind != "idle":
            await write(tcp, request[:1])
        if kind == "goes on":
            await stopping.wait()
            await write(tcp, request[1:])
            assert await read_exactly(tcp, MESSAGE) == request
            count[kind] += 1
        assert await read(tcp, 1) == b""  # the server hangs up in any case


async def come_late(address: Address) -> None:
    try:
        (await connect(address)).close()
    except ConnectionRefusedError:
        print("a client that comes late: connection refused")


# The program.


async def main() -> None:
    before = count_sockets()
    all_begun, stopping = roost.Event(), roost.Event()
    async with roost.create_task_group(name="all") as group:
        address, acceptor = await group.start(server, all_begun, name="server")
        for number in range(CLIENTS):
            kind = "idle" if number < 30 else "goes on" if number < 90 else "hangs"
            group.start_soon(use_server, address, number, kind, stopping)

        await all_begun.wait()  # all requests that shall have when it is told
        print("requests that have begun:", count["begun"])
        os.kill(os.getpid(), signal.SIGTERM)
        await acceptor.wait()
        group.start_soon(come_late, address)
        stopping.set()

    idle, goes_on, hangs = (count[kind] for kind in ("idle", "goes on", "hangs"))
    print(f"answered: {idle} of the idle, {goes_on} of those who go on, {hangs} of those who hang")
    print("sockets open in the end:", count_sockets() - before)


roost.run(main)
