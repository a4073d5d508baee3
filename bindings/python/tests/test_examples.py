"""The examples in Python print what the examples in every language print."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = sorted(
    program
    for expected in (REPOSITORY / "Examples").glob("*/expected.txt")
    for program in expected.parent.glob("*.py")
    if program.stem in ("main", "lowlevel")
)


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize(
    "program", EXAMPLES, ids=lambda program: f"{program.parent.name}-{program.stem}"
)
def test_K1_G2_an_example_prints_its_expected_text(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.version_info < (3, 11) and "except*" in program.read_text():
        pytest.skip("except* came with Python 3.11")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY / "bindings/python/src"))
    ran = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (program.parent / "expected.txt").read_text()
