"""What tests are given: a runtime on the virtual clock, after which nothing may be held any more,
and the exceptions that had nowhere to go."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from roost._abi import callables
from support import World


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()
    left = list(callables._held.values())
    callables._held.clear()  # so that one test alone fails
    assert left == [], "K5: every callback and result is dropped"


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException | None]]:
    """The exceptions that had nowhere to go."""
    seen: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda said: seen.append(said.exc_value))
    yield seen
    seen.clear()
