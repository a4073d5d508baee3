"""The examples in Python print what the examples in every language print."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = sorted(
    program
    for name in ("main.py", "lowlevel.py")
    for program in (REPOSITORY / "Examples").glob(f"*/{name}")
)


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize(
    "program", EXAMPLES, ids=lambda program: f"{program.parent.name}-{program.stem}"
)
def test_K1_G2_an_example_prints_its_expected_text(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY / "bindings/python/src"))
    ran = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (program.parent / "expected.txt").read_text()
