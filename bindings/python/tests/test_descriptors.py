"""Waits for descriptors: `wait_readable`, `wait_writable`, `notify_closing` (S3)."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

import roost

Waiting = Callable[[Any], Awaitable[None]]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    with one, other:
        yield one, other


Pair = tuple[socket.socket, socket.socket]


def test_S3_a_descriptor_is_waited_for_until_it_can_be_read(pair: Pair) -> None:
    async def write() -> None:
        await roost.sleep(1)
        pair[1].send(b"x")

    async def main() -> bytes:
        async with roost.create_task_group() as group:
            group.start_soon(write)
            await roost.wait_readable(pair[0])
        return pair[0].recv(10)

    assert roost.run(main, clock="virtual") == b"x"


def test_S3_a_number_names_a_descriptor_as_well(pair: Pair) -> None:
    async def main() -> None:
        await roost.wait_writable(pair[0].fileno())
        pair[0].send(b"x")
        await roost.wait_readable(pair[1].fileno())

    roost.run(main, clock="virtual")


def test_S3_one_task_may_wait_to_read_and_one_to_write(pair: Pair) -> None:
    said: list[str] = []

    async def until(waiting: Waiting, word: str) -> None:
        await waiting(pair[0])
        said.append(word)

    async def main() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(until, roost.wait_readable, "readable")
            group.start_soon(until, roost.wait_writable, "writable")
            await roost.sleep(1)
            pair[1].send(b"x")

    roost.run(main, clock="virtual")
    assert said == ["writable", "readable"]


def test_C4_a_wait_that_is_cancelled_has_taken_nothing(pair: Pair) -> None:
    async def main() -> bytes:
        with roost.move_on_after(1) as scope:
            await roost.wait_readable(pair[0])
        assert scope.cancelled_caught
        pair[1].send(b"x")
        await roost.wait_readable(pair[0])
        return pair[0].recv(10)

    assert roost.run(main, clock="virtual") == b"x"


def test_C3a_a_wait_in_a_cancelled_scope_ends_so_whatever_is_there(pair: Pair) -> None:
    async def main() -> bool:
        with roost.CancelScope() as scope:
            scope.cancel()
            await roost.wait_writable(pair[0])
        return scope.cancelled_caught

    assert roost.run(main, clock="virtual")


def test_C12_a_wait_that_opted_in_ends_when_its_group_is_stopping(pair: Pair) -> None:
    said: list[bytes] = []

    async def serve() -> None:
        with pytest.raises(roost.Stopping):
            await roost.wait_readable(pair[0])
        with roost.CancelScope():  # whose waits go on
            await roost.wait_readable(pair[0])
            said.append(pair[0].recv(10))

    async def main() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(serve, until_stopping=True)
            await roost.sleep(1)
            group.shutdown(10)
            await roost.sleep(1)
            pair[1].send(b"x")

    roost.run(main, clock="virtual")
    assert said == [b"x"]


@pytest.mark.parametrize("waiting", [roost.wait_readable, roost.wait_writable])
def test_B1_a_descriptor_that_was_closed_before(pair: Pair, waiting: Waiting) -> None:
    async def main() -> None:
        await roost.wait_writable(pair[0])  # the run opens no descriptor any more
        number = pair[0].fileno()
        pair[0].close()
        with pytest.raises(roost.ClosedResourceError, match="wait for it before"):
            await waiting(pair[0])
        with pytest.raises(roost.ClosedResourceError, match=f"descriptor {number} is closed"):
            await waiting(number)
        file = pair[1].makefile("rb")
        file.close()
        with pytest.raises(roost.ClosedResourceError):
            await waiting(file)

    roost.run(main, clock="virtual")


def test_B1_a_descriptor_that_is_closed_while_it_is_waited_for(pair: Pair) -> None:
    async def close() -> None:
        await roost.sleep(1)
        roost.notify_closing(pair[0])
        pair[0].close()

    async def main() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(close)
            with pytest.raises(roost.ClosedResourceError, match="notify_closing"):
                await roost.wait_readable(pair[0])

    roost.run(main, clock="virtual")


def test_B1_one_that_is_closed_unannounced_is_waited_for_until_a_cancellation(pair: Pair) -> None:
    async def close() -> None:
        pair[0].close()

    async def main() -> bool:
        async with roost.create_task_group() as group:
            with roost.move_on_after(5) as scope:
                group.start_soon(close)
                await roost.wait_readable(pair[0])
        return scope.cancelled_caught

    assert roost.run(main, clock="virtual")


def test_B1_or_until_a_descriptor_of_the_same_number_is_waited_for(pair: Pair) -> None:
    async def wait_in_vain() -> None:
        with pytest.raises(roost.ClosedResourceError):
            await roost.wait_readable(pair[0])

    async def main() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(wait_in_vain)
            await roost.sleep(1)
            number = pair[0].fileno()
            pair[0].close()
            os.dup2(pair[1].fileno(), number)
            try:
                await roost.wait_writable(number)
                await roost.sleep(1)
            finally:
                roost.notify_closing(number)
                os.close(number)

    roost.run(main, clock="virtual")


def test_S3_nobody_waits_for_what_is_closed(pair: Pair) -> None:
    async def main() -> None:
        roost.notify_closing(pair[0])
        roost.notify_closing(pair[0].fileno())

    roost.run(main, clock="virtual")


def test_B1_two_tasks_cannot_wait_to_read_the_same(pair: Pair) -> None:
    async def main() -> None:
        async with roost.create_task_group() as group:
            group.start_soon(roost.wait_readable, pair[0])
            await roost.sleep(1)
            with pytest.raises(roost.BusyResourceError):
                await roost.wait_readable(pair[0])
            pair[1].send(b"x")

    roost.run(main, clock="virtual")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [(-1, ValueError), (2**31, ValueError), (True, TypeError), ("0", TypeError), (1.0, TypeError)],
)
@pytest.mark.parametrize("waiting", [roost.wait_readable, roost.wait_writable])
def test_B1_what_names_no_descriptor(
    wrong: object, error: type[Exception], waiting: Waiting
) -> None:
    async def main() -> None:
        with pytest.raises(error, match="descriptor"):
            await waiting(wrong)
        with pytest.raises(error, match="descriptor"):
            roost.notify_closing(wrong)  # type: ignore[arg-type]

    roost.run(main, clock="virtual")


def test_B1_outside_of_run(pair: Pair) -> None:
    waiting = roost.wait_readable(pair[0])
    with pytest.raises(RuntimeError, match=r"roost\.run"):
        waiting.send(None)
    with pytest.raises(RuntimeError, match=r"roost\.run"):
        roost.notify_closing(pair[0])


def test_B1_on_a_foreign_thread(pair: Pair) -> None:
    seen: list[str] = []

    def closing() -> None:
        try:
            roost.notify_closing(pair[0])
        except RuntimeError as error:
            seen.append(str(error))

    async def main() -> None:
        thread = threading.Thread(target=closing)
        thread.start()
        thread.join()

    roost.run(main, clock="virtual")
    assert len(seen) == 1


def test_S3_sockets_connect_accept_and_talk_real() -> None:
    """What the scenarios need of Python's sockets: only that they do not block."""

    async def serve(listener: socket.socket) -> None:
        await roost.wait_readable(listener)
        client, _ = listener.accept()
        with client:
            client.setblocking(False)
            await roost.wait_readable(client)
            client.send(client.recv(100).upper())

    async def talk(address: Any) -> bytes:
        with socket.socket() as client:
            client.setblocking(False)
            assert client.connect_ex(address) in (0, errno.EINPROGRESS)
            await roost.wait_writable(client)
            assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
            client.send(b"hello")
            await roost.wait_readable(client)
            return client.recv(100)

    async def main() -> bytes:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            async with roost.create_task_group() as group:
                group.start_soon(serve, listener)
                talking = group.start_soon(talk, listener.getsockname())
        return talking.return_value

    assert roost.run(main) == b"HELLO"


def test_S3_a_refused_connection_tells_so_real() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))

        async def main() -> int:
            with socket.socket() as client:
                client.setblocking(False)
                if client.connect_ex(bound.getsockname()) == errno.EINPROGRESS:
                    await roost.wait_writable(client)
                    return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                return errno.ECONNREFUSED

        assert roost.run(main) == errno.ECONNREFUSED
