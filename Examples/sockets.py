"""What the examples with real sockets share. They run on the real clock, and print no times."""

from __future__ import annotations

import os
from contextlib import suppress
from socket import AF_INET, SO_ERROR, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, socket

import roost

Address = tuple[str, int]


def count_sockets() -> int:
    """How many sockets this process has open."""
    count = 0
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the one of the listing itself
            count += os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
    return count


async def connect(address: Address) -> socket:
    """Answers a connected socket, and leaves none open otherwise."""
    tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    try:
        with suppress(BlockingIOError):
            tcp.connect(address)
        await roost.wait_writable(tcp)
        error = tcp.getsockopt(SOL_SOCKET, SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
    except BaseException:
        tcp.close()
        raise
    return tcp


async def read(tcp: socket, most: int) -> bytes:
    """Answers what there is, and b"" when the other side has hung up."""
    await roost.wait_readable(tcp)
    return tcp.recv(most)


async def read_exactly(tcp: socket, length: int) -> bytes:
    text = b""
    while len(text) < length:
        part = await read(tcp, length - len(text))
        if not part:
            raise EOFError("the other side has hung up")
        text += part
    return text


async def write(tcp: socket, text: bytes) -> None:
    while text:
        await roost.wait_writable(tcp)
        text = text[tcp.send(text) :]
