"""`python -m roost` prints the versions of what runs, each with the file that it came from."""

from __future__ import annotations

import os
import platform
import sys
from ctypes import CDLL, POINTER, Structure, byref, c_char_p, c_int, c_void_p, cast
from pathlib import Path
from typing import Any

from ._abi.constants import ROOST_VERSION
from ._abi.library import lib


class Place(Structure):
    """The `Dl_info` of dladdr(3)."""

    _fields_ = (
        ("file", c_char_p),
        ("base", c_void_p),
        ("symbol", c_char_p),
        ("address", c_void_p),
    )


def file_of(function: Any) -> str:
    """The path of the library that a function was found in."""
    dladdr = CDLL(None).dladdr
    dladdr.argtypes, dladdr.restype = (c_void_p, POINTER(Place)), c_int
    place = Place()
    dladdr(cast(function, c_void_p), byref(place))
    return os.path.realpath(os.fsdecode(place.file or b""))


def main() -> None:
    # Looked for in libroost, a function is also found in what libroost needs.
    uv_version: Any = lib.uv_version_string  # type: ignore[attr-defined]
    uv_version.argtypes, uv_version.restype = (), c_char_p
    print(f"roost {ROOST_VERSION}: {Path(__file__).parent}")
    print(f"libroost {lib.roost_version().decode()}: {file_of(lib.roost_version)}")
    print(f"libuv {uv_version().decode()}: {file_of(uv_version)}")
    print(f"Python {platform.python_version()}: {sys.executable}")


if __name__ == "__main__":
    main()
