#!/usr/bin/env python3
"""Holds the rule numbers of the whole project against Docs/semantics.md, both ways.

A number that is cited anywhere stands there, and every rule there is cited by a test. A citation is
a number in a comment, in a string (the names of Swift tests are strings), or in the name of a
function, where `_` parts it from the rest; of a range, "from this to that", its ends count.
"""

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "Docs" / "semantics.md"
PLACES = ("Sources", "Include", "Tests", "bindings", "Examples")
TESTS = ("Tests/", "bindings/python/tests/")

NUMBER = r"[TCDKGLSBO]\d{1,2}[a-z]?"
CITATION = re.compile(rf"(?<![A-Za-z0-9]){NUMBER}(?![A-Za-z0-9])")
RULE = re.compile(rf"^- \*\*({NUMBER})\.\*\* ", re.MULTILINE)

# What looks like a citation and is none: standards of the C language, and options of compilers.
LANGUAGE = {"C89", "C99", "C11", "C17", "C23"}
OPTION = re.compile(r"(?<![\w-])-[OLDT]\w+")

# Where citations stand in a file: comments, strings, names of functions. Strings and comments are
# matched by one expression, so that neither is found inside the other.
C_TEXT = re.compile(
    r'//[^\n]*|/\*.*?\*/|"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])'|\b(?:func|void|int)\s+(?:`[^`\n]+`|\w+)(?=\s*[(<])",
    re.DOTALL,
)
SCRIPT_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])*'|#[^\n]*|\bdef\s+\w+|\bclass\s+\w+",
    re.DOTALL,
)
TEXT = {
    ".c": C_TEXT,
    ".h": C_TEXT,
    ".swift": C_TEXT,
    ".py": SCRIPT_TEXT,
    ".sh": SCRIPT_TEXT,
}


def citations(path: Path) -> dict[str, int]:
    """The numbers that a file cites, each with the line of its first citation."""
    source = path.read_text(encoding="utf-8")
    found: dict[str, int] = {}
    for text in TEXT[path.suffix].finditer(source):
        hidden = OPTION.sub(lambda option: " " * len(option[0]), text[0])
        for citation in CITATION.finditer(hidden):
            line = source.count("\n", 0, text.start() + citation.start()) + 1
            found.setdefault(citation[0], line)
    return found


def files() -> list[Path]:
    """All files that can cite, without what tools leave in hidden folders."""
    return sorted(
        path
        for place in PLACES
        for path in (ROOT / place).rglob("*")
        if path.suffix in TEXT
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


def main() -> int:
    rules = RULE.findall(DOCUMENT.read_text(encoding="utf-8"))
    failures = [
        f"{DOCUMENT.name}: {rule} stands there {times} times"
        for rule, times in Counter(rules).items()
        if times > 1
    ]
    passed = 0
    tested: set[str] = set()
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        for number, line in citations(path).items():
            if number in rules:
                passed += 1
            elif number not in LANGUAGE:
                failures.append(f"{name}:{line}: {number} is no rule of {DOCUMENT.name}")
            if name.startswith(TESTS):
                tested.add(number)
    for rule in dict.fromkeys(rules):
        if rule in tested:
            passed += 1
        else:
            failures.append(f"{DOCUMENT.name}: no test cites {rule}")
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
