"""The ends of pipes that a task reads and writes, by the readiness of their descriptors (S3)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from io import FileIO
from types import TracebackType
from typing import TypeVar

from ._errors import BrokenResourceError, ClosedResourceError, EndOfStream
from ._outside import notify_closing, wait_readable, wait_writable

S = TypeVar("S", bound="_Pipe")


class _Pipe:
    """An end of a pipe, which it owns."""

    def __init__(self, descriptor: int, mode: str) -> None:
        os.set_blocking(descriptor, False)
        self._file = FileIO(descriptor, mode)

    def fileno(self) -> int:
        """The descriptor; ValueError when it is closed."""
        return self._file.fileno()

    def close(self) -> None:
        """Closes it, at once; a task that waits for it gets ClosedResourceError. It may be closed
        more than once."""
        if not self._file.closed:
            with suppress(RuntimeError):  # after the run nobody waits
                notify_closing(self._file)
            self._file.close()

    async def aclose(self) -> None:
        """The same. It never waits."""
        self.close()

    async def __aenter__(self: S) -> S:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _check_open(self) -> None:
        if self._file.closed:
            raise ClosedResourceError("this end of the pipe is closed")


class ReceivePipe(_Pipe):
    """The end of a pipe that is read: `async for chunk in pipe`, or `await pipe.receive()`."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "rb")

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Waits for the next bytes, at least one and at most so many. EndOfStream: there are no
        more. A call that is cancelled has taken none (S7)."""
        if max_bytes < 1:
            raise ValueError(f"max_bytes is 1 or more, not {max_bytes}")
        while True:
            await wait_readable(self._file)
            self._check_open()
            received = self._file.read(max_bytes)
            if received:
                return received
            if received is not None:  # None: somebody else has read it
                raise EndOfStream("whoever writes to the pipe has closed it")

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None


class SendPipe(_Pipe):
    """The end of a pipe that is written: `await pipe.send(item)`."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "wb")

    async def send(self, item: bytes) -> None:
        """Sends all the bytes. BrokenResourceError: nobody reads them any more. Of a call that is
        cancelled any number may have gone through."""
        rest = memoryview(item).cast("B")
        while True:
            await wait_writable(self._file)
            self._check_open()
            try:
                rest = rest[self._file.write(rest) or 0 :]
            except BrokenPipeError:
                raise BrokenResourceError("whoever reads the pipe has closed it") from None
            if not rest:
                return
