"""Prints the files of libroost and of libuv that a process has mapped which has imported roost."""

import re
from pathlib import Path

import roost._abi.library  # noqa: F401

maps = Path("/proc/self/maps").read_text()
print(*sorted(set(re.findall(r"/.*/lib(?:roost|uv)\b.*", maps))), sep="\n")
