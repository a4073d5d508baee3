"""Asynchronous generators that were not run to their end are closed in tasks of the root group."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from ._program import Program


class AsyncGenerators:
    """Knows those of one run. What closing one raises is an error of the run."""

    def __init__(self, host: Program) -> None:
        self._host: Program | None = host
        self._alive: WeakSet[AsyncGenerator[Any, Any]] = WeakSet()

    def __enter__(self) -> None:
        self._before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._alive.add, finalizer=self._finalize)

    def __exit__(self, *of: object) -> None:
        sys.set_asyncgen_hooks(*self._before)
        self._host = None

    def close(self) -> None:
        """The main task has ended: those that are left are closed."""
        for generator in list(self._alive):
            self._close_in_task(generator)

    def _finalize(self, generator: AsyncGenerator[Any, Any]) -> None:
        """The collector has found one, perhaps in the midst of anything."""
        if self._host is not None:
            self._host.post(lambda: self._close_in_task(generator))

    def _close_in_task(self, generator: AsyncGenerator[Any, Any]) -> None:
        name = f"aclose of {getattr(generator, '__qualname__', 'a generator')}"
        if self._host is not None:
            self._host.root.start_soon(_aclose, generator, name=name, shield=True)


async def _aclose(generator: AsyncGenerator[Any, Any]) -> None:
    await generator.aclose()
