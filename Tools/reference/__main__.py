"""Makes the reference out of the comments in the public headers, which have to be complete.

python3 Tools/reference [--headers FOLDER] [--markdown FILE] [--man FOLDER]
"""

import argparse
import os
import re
import sys
from pathlib import Path

import checks
import header
from to_man import Man
from to_markdown import Markdown

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = Path(os.path.relpath(ROOT / "Include"))
HEADERS = ("roost.h", "roost_fiber.h", "roost_host.h", "roost_uv.h")


def rules(document: Path) -> dict[str, str]:
    """The number of each rule, with the heading beneath which it stands."""
    found: dict[str, str] = {}
    heading = ""
    for line in document.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif rule := re.match(r"- \*\*(\w+)\.\*\* ", line):
            found[rule[1]] = heading
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--headers", type=Path, default=INCLUDE, metavar="FOLDER")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the reference there")
    parser.add_argument("--man", type=Path, metavar="FOLDER", help="write manual pages beneath it")
    arguments = parser.parse_args()

    headers = [header.read(arguments.headers / name) for name in HEADERS]
    problems = checks.problems(headers)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    if arguments.markdown:
        page = Markdown(headers, rules(ROOT / "Docs" / "semantics.md")).page()
        arguments.markdown.write_text(page, encoding="utf-8")
    if arguments.man:
        Man(headers).write(arguments.man)
    return 0


if __name__ == "__main__":
    sys.exit(main())
