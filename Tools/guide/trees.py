"""Drawings of the tree of an example at a moment, made by roost_dump."""

import itertools
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from example import Example

MANY = 3  # lines that say the same
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


def fold(lines: list[str]) -> list[str]:
    """Of lines that are the same one below the other, the first and how many more there are."""
    folded: list[str] = []
    for _, group in itertools.groupby(lines, lambda line: line.replace("└", "├")):
        same = list(group)
        if len(same) > MANY:
            branches = same[-1][: len(same[-1]) - len(same[-1].lstrip(" │├└─"))]
            below = branches.replace("├─", "│ ").replace("└─", "  ")
            same = [same[-1], f"{below}... and {len(same) - 1} more\n"]
        folded += same
    return folded


def draw_c(root: Path, folder: Path, line: str) -> str:
    sources = [part for part in folder.glob("*.c") if part.stem not in ("callbacks", "blocking")]
    with tempfile.TemporaryDirectory() as built:
        program = f"{built}/{folder.name}"
        compiler = ["cc", "-O1", "-std=gnu11", "-pthread", "-IInclude", "-IExamples"]
        linked = ["-L.build/lib", f"-Wl,-rpath,{root}/.build/lib", "-lroost", "-luv"]
        run([*compiler, *map(str, sources), "Tools/guide/draw.c", "-o", program, *linked], root)
        return run([program], root, GUIDE_LINE=line)


def draw_python(root: Path, source: Path, line: str) -> str:
    return run(
        [sys.executable, "-B", "Tools/guide/draw.py", str(source)],
        root,
        GUIDE_LINE=line,
        PYTHONPATH=f"{root}/bindings/python/src",
        ROOST_LIBRARY=f"{root}/.build/lib/libroost.so",
    )


def draw(root: Path, example: Example, line: str) -> str:
    """What is alive when the example prints this; "" where it does not.

    The handles are left out, since they differ from run to run, and so is the time, which the line
    has.
    """
    if example.is_python:
        text = draw_python(root, example.source, line)
    else:
        text = draw_c(root, example.source.parent, line)
    return "".join(fold(HANDLE.sub("", text).splitlines(keepends=True)[1:]))
