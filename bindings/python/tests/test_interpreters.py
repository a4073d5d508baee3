"""Which interpreters roost is for: the main one of each process."""

from __future__ import annotations

import sys

import pytest

from processes import python

PROGRAM = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
interpreters.run_string(interpreters.create({options}), {inside!r})
"""
INSIDE = """
try:
    import roost
except ImportError as refused:
    print(refused)
"""
KINDS = {
    "as they are by default": "",
    "with the GIL of the main one": "'legacy'" if sys.version_info >= (3, 13) else "isolated=False",
}


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_B1_in_a_subinterpreter_the_import_says_what_to_do(options: str) -> None:
    (refused,) = python("-c", PROGRAM.format(options=options, inside=INSIDE))
    assert refused.startswith("roost does not run in a subinterpreter")
