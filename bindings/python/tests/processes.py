"""Programs that need a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import roost

SOURCE = Path(roost.__file__).parents[1]


def python(*arguments: str) -> list[str]:
    """The lines that this Python prints, given these arguments; it may complain of nothing."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    return ran.stdout.splitlines()
