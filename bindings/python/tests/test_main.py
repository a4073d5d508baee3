"""`python -m roost`."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from processes import SOURCE, python
from roost._abi.constants import ROOST_VERSION
from roost._abi.library import find


def test_it_prints_the_versions_and_the_files() -> None:
    package, library, libuv, interpreter = python("-m", "roost")
    assert package == f"roost {ROOST_VERSION}: {SOURCE / 'roost'}"
    assert library == f"libroost {ROOST_VERSION}: {os.path.realpath(find())}"
    assert libuv.startswith("libuv 1.")
    assert Path(libuv.split(": ", 1)[1]).exists()
    assert interpreter == f"Python {platform.python_version()}: {sys.executable}"
