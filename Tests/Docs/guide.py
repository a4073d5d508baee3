#!/usr/bin/env python3
"""The documents that show programs against these, and Tools/guide against bad documents."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from links import lost_links

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "Docs" / "guide.md"
PYTHON_GUIDE = ROOT / "Docs" / "guide-python.md"
DIFFERENCES = ROOT / "Docs" / "differences.md"
LIBUV = ROOT / "Docs" / "libuv.md"
HEADERS = [ROOT / "Include" / name for name in ("roost.h", "roost_fiber.h", "roost_uv.h")]
FACTS = [ROOT / "Tests" / "ABITests" / name for name in ("libuv_test.c", "libuv_handles_test.c")]


def make(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "Tools/guide", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


# The tests. Each says what is wrong; "" is good.


def shows_what_is_there(document: Path, folder: Path) -> str:
    made = make("--into", folder, document)
    if made.returncode:
        return made.stderr
    same = (folder / document.name).read_text() == document.read_text()
    return "" if same else f"{document.name} is not what it shows: run `make guide`."


def links_lead_somewhere(document: Path, _: Path) -> str:
    return "\n".join(lost_links(document))


def names_what_exists(document: Path, _: Path) -> str:
    """What is set as code and called like ours is declared in a header."""
    declared = set(re.findall(r"\b(?:roost|ROOST)_\w+", "".join(map(Path.read_text, HEADERS))))
    statuses = re.findall(r"^  XX\((\w+),", HEADERS[0].read_text(), re.MULTILINE)
    declared |= {f"ROOST_{name}" for name in statuses}
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`[^`]*?\b((?:roost|ROOST)_\w*\w)\b(?!\.h)", text))
    return "\n".join(sorted(named - declared)) if named else "it names nothing"


def names_what_python_has(document: Path, _: Path) -> str:
    """What is set as code and begins with `roost.` is public."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`[^`]*?\b(roost(?:\.[a-z]\w*)*\.[A-Za-z]\w*)", text))
    code = "import operator, sys, roost\nfor name in sys.argv[1:]:\n" + (
        "    try: operator.attrgetter(name.partition('.')[2])(roost)\n"
        "    except AttributeError: print(name)\n"
    )
    package = {"PYTHONPATH": "bindings/python/src", "ROOST_LIBRARY": ".build/lib/libroost.so"}
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, *sorted(named)],
        cwd=ROOT,
        env={**os.environ, **package},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr if named else "it names nothing"


def has_ten_steps(document: Path, _: Path) -> str:
    """Each shows an example and what that prints; those on the virtual clock, the first eight, a
    tree."""
    steps = re.split(r"^## \d+\. ", document.read_text(), flags=re.MULTILINE)[1:]
    lacking = [
        f"{step.splitlines()[0]} has no {kind}"
        for number, step in enumerate(steps)
        for kind in ("program", "output", "tree")
        if f"<!-- {kind}: " not in step and (kind != "tree" or number < 8)
    ]
    return "\n".join(lacking) if len(steps) == 10 else f"they are {len(steps)}"


def says_how_to_run_them(document: Path, _: Path) -> str:
    """The first lines that are set as code run the first program."""
    commands = document.read_text().split("```")[1]
    done = subprocess.run(["sh", "-ec", commands], cwd=ROOT, capture_output=True, text=True)
    expected = (ROOT / "Examples" / "cancel-one-task" / "expected.txt").read_text()
    return "" if done.stdout == expected else f"{commands}{done.stdout}{done.stderr}"


def every_fact_has_its_test(_: Path) -> str:
    """The table of facts and the tests that run, both ways."""
    tests = [
        name
        for file in FACTS
        for name in re.findall(r"^      LOOP_TEST\((\w+)\),$", file.read_text(), re.MULTILINE)
    ]
    facts = LIBUV.read_text().partition("## What libuv does")[2]
    told = re.findall(r"^\| .* \| `(\w+)` \|$", facts, re.MULTILINE)
    return "" if sorted(told) == sorted(tests) else "\n".join(sorted({*told} ^ {*tests}))


def every_difference_is_shown(_: Path) -> str:
    """The page's programs and those of the folder, both ways."""
    shown = re.findall(
        r"^<!-- program: (differences/.*) -->$", DIFFERENCES.read_text(), re.MULTILINE
    )
    there = [f"differences/{file.name}" for file in (ROOT / "Examples/differences").glob("*.py")]
    return "" if sorted(shown) == sorted(there) else "\n".join(sorted({*shown} ^ {*there}))


PROGRAMS = (GUIDE, LIBUV, PYTHON_GUIDE, DIFFERENCES)
CHECKS: list[tuple[Callable[[Path, Path], str], tuple[Path, ...]]] = [
    (shows_what_is_there, PROGRAMS),
    (links_lead_somewhere, PROGRAMS),
    (names_what_exists, (GUIDE, LIBUV)),
    (names_what_python_has, (PYTHON_GUIDE, DIFFERENCES)),
    (has_ten_steps, (GUIDE, PYTHON_GUIDE)),
    (says_how_to_run_them, (GUIDE, PYTHON_GUIDE)),
]
TESTS: list[tuple[str, Callable[[Path], str]]] = [
    *(
        (f"{document.name} {test.__name__.replace('_', ' ')}", partial(test, document))
        for test, documents in CHECKS
        for document in documents
    ),
    ("libuv.md: every fact has its test", every_fact_has_its_test),
    ("differences.md: every difference is shown", every_difference_is_shown),
]

# Documents that are refused: what is in them, and what the answer says.
REFUSED = [
    ("an unknown kind", "<!-- poem: hello -->\n<!-- end -->\n", "1: there is no poem"),
    (
        "an unknown example",
        "\n<!-- program: nowhere -->\n<!-- end -->\n",
        "2: there is no Examples/nowhere/main.c",
    ),
    (
        "an unknown program in Python",
        "<!-- program: hello/poem.py -->\n<!-- end -->\n",
        "1: there is no Examples/hello/poem.py",
    ),
    (
        "an unknown function",
        "<!-- program: hello body poem -->\n<!-- end -->\n",
        "1: hello/main.c has no poem",
    ),
    (
        "an unknown function in Python",
        "<!-- program: hello/main.py main poem -->\n<!-- end -->\n",
        "1: hello/main.py has no poem",
    ),
    (
        "an output of a part",
        "<!-- output: hello body -->\n<!-- end -->\n",
        "1: output takes an example and nothing else",
    ),
    (
        "a tree at a line that is never printed",
        '<!-- tree: hello "a poem" -->\n<!-- end -->\n',
        '1: hello does not print "a poem"',
    ),
    (
        "a tree at no line",
        "<!-- tree: hello -->\n<!-- end -->\n",
        '1: tree takes an example and a part of a line in "quotes"',
    ),
    ("a block without an end", "<!-- output: hello -->\n", "1: 1 blocks begin and 0 end"),
]


def refused(text: str, answer: str, folder: Path) -> str:
    document = folder / "page.md"
    document.write_text(text)
    made = make(document)
    if made.returncode != 1 or document.read_text() != text:
        return f"it ended with {made.returncode}, and left {document.read_text()}"
    return "" if made.stderr == f"{document}:{answer}\n" else made.stderr


def shows_parts_with_their_comments(folder: Path) -> str:
    document = folder / "page.md"
    document.write_text("<!-- program: own-requests draw receiving -->\nold\n<!-- end -->\nmore\n")
    made = make(document)
    text = document.read_text()
    parts = r"static int draw\(.*?\n}\n\nstruct receiving {\n.*?\n};\n"
    wanted = rf"<!-- .* -->\n```c\n{parts}```\n<!-- end -->\nmore\n"
    return "" if re.fullmatch(wanted, text, re.DOTALL) else made.stderr + text


def shows_parts_in_python(folder: Path) -> str:
    document = folder / "page.md"
    document.write_text(
        "<!-- program: nested-groups/main.py group_that_says main -->\n<!-- end -->\n"
    )
    made = make(document)
    text = document.read_text()
    parts = r"@asynccontextmanager\nasync def group_that_says.*?\n\n\nasync def main.*?\n"
    wanted = rf"<!-- .* -->\n```python\n{parts}```\n<!-- end -->\n"
    return "" if re.fullmatch(wanted, text, re.DOTALL) else made.stderr + text


def report(name: str, test: Callable[[Path], str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wrong = test(Path(folder))
    print(f"not ok - {name}" if wrong else f"ok - {name}")
    if wrong:
        print("    " + wrong.strip().replace("\n", "\n    "))


for name, test in TESTS:
    report(name, test)
report("a part of a program", shows_parts_with_their_comments)
report("a part of a program in Python", shows_parts_in_python)
for name, text, answer in REFUSED:
    report(f"refused: {name}", partial(refused, text, answer))
