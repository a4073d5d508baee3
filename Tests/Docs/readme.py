"""The programs in README.md, and in that of the Python package, are those of Examples/hello, letter
for letter, which the suites run; and the links lead somewhere.
"""

import re
import sys
from pathlib import Path

from links import lost_links

root = Path(__file__).parents[2]
readmes = {
    "README.md": {"c": "main.c", "python": "main.py", "swift": "main.swift"},
    "bindings/python/README.md": {"python": "main.py"},
}

passed = failed = 0
for name, programs in readmes.items():
    readme = (root / name).read_text()
    for language, file in programs.items():
        blocks = re.findall(rf"^```{language}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
        same = blocks == [(root / "Examples/hello" / file).read_text()]
        passed, failed = passed + same, failed + (not same)
        if not same:
            print(f"not ok - {name} has not exactly the program Examples/hello/{file}")
    lost = lost_links(root / name)
    passed, failed = passed + (not lost), failed + bool(lost)
    for link in lost:
        print(f"not ok - {name}: {link} leads nowhere")
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
