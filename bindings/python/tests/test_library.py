"""Where the library is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from roost._abi import library
from roost._abi.constants import ROOST_VERSION
from roost._abi.library import lib


def test_the_environment_goes_before_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOST_LIBRARY", "/elsewhere/libroost.so")
    assert library.find() == "/elsewhere/libroost.so"


def test_a_library_in_the_package_goes_before_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ROOST_LIBRARY", raising=False)
    monkeypatch.setattr(library, "PACKAGE", tmp_path)
    assert library.find() == "libroost.so.0"
    own = tmp_path / "libroost.so.0"
    own.touch()
    assert library.find() == str(own)


def test_a_library_that_is_not_there_is_an_import_error_that_helps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROOST_LIBRARY", str(tmp_path / "none.so"))
    with pytest.raises(ImportError, match=r"none\.so.*ROOST_LIBRARY"):
        library.load()


def test_a_library_of_another_version_is_an_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOST_LIBRARY", "libc.so.6")
    with pytest.raises(ImportError, match=r"version.*roost_version"):
        library.load()


def test_the_library_is_of_this_version() -> None:
    assert lib.roost_version().decode() == ROOST_VERSION
