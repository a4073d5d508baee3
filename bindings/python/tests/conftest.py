"""A runtime on the virtual clock for each test, after which nothing may be held any more."""

from __future__ import annotations

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
