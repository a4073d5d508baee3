"""The programs in README.md are those of Examples/hello, letter for letter, which the suites run;
and its links lead somewhere.
"""

import re
import sys
from pathlib import Path

from links import lost_links

root = Path(__file__).parents[2]
readme = (root / "README.md").read_text()
programs = {"c": "main.c", "python": "main.py", "swift": "main.swift"}

failed = 0
for language, file in programs.items():
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    text = (root / "Examples/hello" / file).read_text()
    if blocks != [text]:
        failed += 1
        print(f"not ok - README.md has not exactly the program Examples/hello/{file}")
lost = lost_links(root / "README.md")
for link in lost:
    print(f"not ok - {link} leads nowhere")
failed += lost != []
print(f"{len(programs) + 1 - failed} passed, {failed} failed")
sys.exit(failed != 0)
