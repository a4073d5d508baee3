"""Asynchronous generators that were not run to their end are closed in tasks of the root group."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from ._errors import ClosedResourceError

if TYPE_CHECKING:
    from ._program import Program


class AsyncGenerators:
    """Knows those of one run. What closing one raises is an error of the run."""

    def __init__(self, host: Program) -> None:
        self._host: Program | None = host
        self._alive: WeakSet[AsyncGenerator[Any, Any]] = WeakSet()
        self._found: list[AsyncGenerator[Any, Any]] = []

    def __enter__(self) -> None:
        self._before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._alive.add, finalizer=self._finalize)

    def __exit__(self, *of: object) -> None:
        sys.set_asyncgen_hooks(*self._before)
        self._host = None

    def close(self) -> None:
        """The main task has ended: those that are left are closed."""
        self._close_found()
        for generator in list(self._alive):
            self._close(generator)

    def _finalize(self, generator: AsyncGenerator[Any, Any]) -> None:
        """The collector has found one, perhaps in the midst of anything, and on any thread."""
        if self._host is not None:
            self._found.append(generator)
            self._host.post(self._close_found)

    def _close_found(self) -> None:
        while self._found:
            self._close(self._found.pop(0))

    def _close(self, generator: AsyncGenerator[Any, Any]) -> None:
        if self._host is None:
            return
        name = f"aclose of {getattr(generator, '__qualname__', 'a generator')}"
        try:
            self._host.root.start_soon(_aclose, generator, name=name, shield=True)
        except ClosedResourceError:
            self._close_at_once(self._host, generator)

    def _close_at_once(self, host: Program, generator: AsyncGenerator[Any, Any]) -> None:
        """The run is ending, and takes no more tasks: nothing can be waited for."""
        closing: Any = generator.aclose()
        try:
            closing.send(None)
            closing.close()
        except (StopIteration, StopAsyncIteration):
            pass
        except BaseException as error:
            host.others.append(error)


async def _aclose(generator: AsyncGenerator[Any, Any]) -> None:
    await generator.aclose()
