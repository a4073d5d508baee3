"""`lib`: libroost, loaded, with every function of its header declared."""

from __future__ import annotations

import os
from ctypes import CDLL
from pathlib import Path
from typing import cast, get_type_hints

from .declare import ctype
from .functions import Library

SONAME = "libroost.so.0"
PACKAGE = Path(__file__).parents[1]


def find() -> str:
    """What is to be loaded: what ROOST_LIBRARY names, else the package's own, else the system's."""
    if named := os.environ.get("ROOST_LIBRARY"):
        return named
    own = PACKAGE / SONAME
    return str(own) if own.exists() else SONAME


def declare(loaded: CDLL) -> Library:
    """Gives every function of a loaded library its argument and return types."""
    for name, declared in vars(Library).items():
        if name.startswith("roost_"):
            hints = get_type_hints(declared, include_extras=True)
            function = getattr(loaded, name)
            function.restype = ctype(hints.pop("return"))
            function.argtypes = [ctype(hint) for hint in hints.values()]
    return cast(Library, loaded)


def load() -> Library:
    path = find()
    try:
        return declare(CDLL(path))
    except OSError as error:
        raise ImportError(
            f"libroost cannot be loaded: {error}; "
            "install it, or set ROOST_LIBRARY to the path of libroost.so"
        ) from error
    except AttributeError as error:
        raise ImportError(f"libroost and this package differ in version: {error}") from error


lib = load()
