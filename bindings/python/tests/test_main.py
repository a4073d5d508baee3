"""`python -m roost`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import roost
from roost._abi.constants import ROOST_VERSION
from roost._abi.library import find


def test_it_prints_the_versions_and_the_files() -> None:
    source = Path(roost.__file__).parent
    ran = subprocess.run(
        [sys.executable, "-m", "roost"],
        env={**os.environ, "PYTHONPATH": str(source.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    package, library, libuv, python = ran.stdout.splitlines()
    assert package == f"roost {ROOST_VERSION}: {source}"
    assert library == f"libroost {ROOST_VERSION}: {os.path.realpath(find())}"
    assert libuv.startswith("libuv 1.")
    assert Path(libuv.split(": ", 1)[1]).exists()
    assert python == f"Python {platform.python_version()}: {sys.executable}"
