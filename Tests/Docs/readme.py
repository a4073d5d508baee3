"""The programs in README.md are those of Examples/hello, letter for letter: the suites run them."""

import re
import sys
from pathlib import Path

root = Path(__file__).parents[2]
readme = (root / "README.md").read_text()
programs = {"c": "callbacks.c", "python": "main.py", "swift": "main.swift"}

failed = 0
for language, file in programs.items():
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    text = (root / "Examples/hello" / file).read_text()
    if blocks != [text]:
        failed += 1
        print(f"not ok - README.md has not exactly the program Examples/hello/{file}")
print(f"{len(programs) - failed} passed, {failed} failed")
sys.exit(failed != 0)
