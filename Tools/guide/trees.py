"""Drawings of the tree of an example at a moment, made by roost_dump."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

HANDLE = re.compile(r" \(0x[0-9a-f]{16}\)")


class DrawingError(Exception):
    """What kept an example from being drawn."""


def run(command: list[str], root: Path, **variables: str) -> str:
    done = subprocess.run(
        command, cwd=root, env={**os.environ, **variables}, capture_output=True, text=True
    )
    if done.returncode:
        raise DrawingError(f" {' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def draw(root: Path, example: Path, line: str) -> str:
    """What is alive when the example prints this; "" where it does not.

    The handles are left out, since they differ from run to run, and so is the time, which the line
    has.
    """
    parts = [str(part) for part in example.glob("*.c") if part.stem not in ("callbacks", "blocking")]
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/{example.name}"
        compiler = ["cc", "-O1", "-std=gnu11", "-pthread", "-IInclude", "-IExamples"]
        linked = ["-L.build/lib", f"-Wl,-rpath,{root}/.build/lib", "-lroost", "-luv"]
        run([*compiler, *parts, "Tools/guide/draw.c", "-o", program, *linked], root)
        text = run([program], root, GUIDE_LINE=line)
    return HANDLE.sub("", text.partition("\n")[2])
