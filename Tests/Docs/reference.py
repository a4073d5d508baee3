#!/usr/bin/env python3
"""The reference and the manual pages against the headers, and Tools/reference against bad ones."""

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
REFERENCE = ROOT / "Docs" / "reference.md"
HEADERS = [
    ROOT / "Include" / name for name in ("roost.h", "roost_fiber.h", "roost_host.h", "roost_uv.h")
]


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True
    )


def make(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-B", "Tools/reference", *arguments, **variables)


def functions() -> list[str]:
    """Every function, in the order of the headers."""
    headers = "\n".join(header.read_text() for header in HEADERS)
    return re.findall(r"^(?!typedef|inline)\w.*?\b(roost_\w+)\(", headers, re.MULTILINE)


# The tests. Each says what is wrong; "" is good.


def is_up_to_date(folder: Path) -> str:
    made = make("--markdown", folder / "reference.md")
    if made.returncode:
        return made.stderr
    same = (folder / "reference.md").read_text() == REFERENCE.read_text()
    return "" if same else "Docs/reference.md is not what the headers say: run `make reference`."


def has_every_function_in_order(_: Path) -> str:
    wanted = functions()
    compiled = set(run("Tools/functions").stdout.split())
    if set(wanted) != compiled or len(wanted) < 30:
        return f"this test and the compiler differ about {set(wanted) ^ compiled}"
    headings = re.findall(r"^### `(\w+)`$", REFERENCE.read_text(), re.MULTILINE)
    found = [heading for heading in headings if heading in compiled]
    return "" if found == wanted else f"{found}\nis not\n{wanted}"


def has_every_status(_: Path) -> str:
    names = re.findall(r"^  XX\((\w+),", HEADERS[0].read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `ROOST_(\w+)` \| `-", REFERENCE.read_text(), re.MULTILINE)
    return "" if rows == names and len(rows) > 20 else f"{rows}\nis not\n{names}"


def links_lead_somewhere(_: Path) -> str:
    return "\n".join(lost_links(REFERENCE))


def prose_has_no_frame(_: Path) -> str:
    prose = re.sub(r"^```.*?^```$", "", REFERENCE.read_text(), flags=re.DOTALL | re.MULTILINE)
    return "\n".join(line for line in prose.splitlines() if re.search(r"/\*|\*/|^ ?\* ", line))


def pages(folder: Path) -> tuple[list[Path], list[Path]]:
    """The manual pages, and those that only refer to another."""
    made = make("--man", folder)
    if made.returncode:
        raise RuntimeError(made.stderr)
    files = sorted(folder.glob("man?/*"))
    return (
        [file for file in files if not file.read_text().startswith(".so ")],
        [file for file in files if file.read_text().startswith(".so ")],
    )


def manual_pages_lint_clean(folder: Path) -> str:
    return run("mandoc", "-T", "lint", *pages(folder)[0]).stdout


def manual_pages_have_their_parts(folder: Path) -> str:
    lacking = []
    for page in pages(folder)[0]:
        source = page.read_text()
        parts = re.findall(r"^\.SH (.*)", source, re.MULTILINE)
        wanted = ["NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"]
        if r"\fBint " in source:
            wanted.insert(3, "RETURN VALUES")
        if [part for part in parts if part in wanted] != wanted:
            lacking.append(f"{page.name} has {parts}")
    return "\n".join(lacking)


def every_function_has_a_manual_page(folder: Path) -> str:
    whole, _ = pages(folder)
    lacking = []
    for name in functions():
        page = folder / "man3" / f"{name}.3"
        if not page.exists():
            lacking.append(f"{name} has none")
            continue
        if page not in whole:
            page = folder / page.read_text().removeprefix(".so ").strip()
        synopsis = page.read_text().split(".SH DESCRIPTION")[0]
        if not re.search(rf"\b{name}[,\s]", synopsis) or f"{name}(" not in synopsis:
            lacking.append(f"{page.name} does not name {name}")
    return "\n".join(lacking)


def references_between_pages_hold(folder: Path) -> str:
    whole, aliases = pages(folder)
    targets = {file.read_text().removeprefix(".so ").strip() for file in aliases}
    lost = [target for target in targets if folder / target not in whole]
    for page in whole:
        mentions = re.findall(r"\b(roost\w*)(?:\\fP| )?\((\d)\)", page.read_text())
        lost += [
            f"{page.name}: {name}({number})"
            for name, number in mentions
            if not (folder / f"man{number}" / f"{name}.{number}").exists()
        ]
    return "\n".join(lost)


def builders_set_the_date(folder: Path) -> str:
    make("--man", folder, SOURCE_DATE_EPOCH="1000000000")
    head = (folder / "man7" / "roost.7").read_text().splitlines()[1]
    return "" if head.startswith(".TH ROOST 7 2001-09-09 ") else head


TESTS: list[Callable[[Path], str]] = [
    is_up_to_date,
    has_every_function_in_order,
    has_every_status,
    links_lead_somewhere,
    prose_has_no_frame,
    manual_pages_lint_clean,
    manual_pages_have_their_parts,
    every_function_has_a_manual_page,
    references_between_pages_hold,
    builders_set_the_date,
]

# Headers that are refused: what is changed in roost.h, into what, and what the answer says of it.
JOIN = r"/\* Closes a group or a scope without waiting(?:(?!\*/).)*\*/\n"
REFUSED = [
    ("a function without a comment", JOIN, "", "roost_join has no comment of its own"),
    (
        "a comment with an empty line below it",
        rf"({JOIN})",
        r"\1\n",
        "roost_join has no comment of its own",
    ),
    (
        "two functions below one comment",
        r"(int roost_unwait\(roost_wait wait\);\n)",
        r"\1int roost_wait_again(roost_wait wait);\n",
        "roost_wait_again has no comment of its own",
    ),
    (
        "a declaration of an unknown kind",
        r"(int roost_unwait\(roost_wait wait\);\n)",
        r"\1union roost_mystery { int a; };\n",
        "Tools/reference/header.py does not know what this declares",
    ),
    (
        "a callback without a comment",
        r"/\* Called when the runtime has gone\..*?\*/\n",
        "",
        "roost_close_fn has no comment of its own",
    ),
    (
        "an option that no comment explains",
        r"(  uint64_t daemon;)",
        r"  uint64_t mystery;\n\1",
        "roost_task_options: no comment says what the field mystery is",
    ),
    (
        "a comment about a function that does not exist",
        "Destroys an event",
        "Undoes roost_event_make",
        "a comment names roost_event_make, which does not exist",
    ),
    (
        "a comment about a constant that does not exist",
        "Destroys an event",
        "Answers ROOST_EVENTFUL",
        "a comment names ROOST_EVENTFUL, which does not exist",
    ),
    (
        "a section without a manual page",
        r"/\* Events  ",
        "/* Unheard-of things  ",
        "no manual page has the section “Unheard-of things”",
    ),
]


def refused(folder: Path, change: list[str]) -> str:
    pattern, replacement, answer = change
    for header in HEADERS:
        (folder / header.name).write_text(header.read_text())
    bad, times = re.subn(pattern, replacement, HEADERS[0].read_text(), count=1, flags=re.DOTALL)
    if not times:
        return "roost.h has nothing that could be changed so"
    (folder / "roost.h").write_text(bad)
    made = make("--headers", folder, "--markdown", folder / "page.md", "--man", folder / "man")
    if made.returncode != 1 or (folder / "page.md").exists() or (folder / "man").exists():
        return f"it ended with {made.returncode}, and left {sorted(folder.iterdir())}"
    found = re.search(rf"^{folder}/roost\.h:\d+: {answer}", made.stderr, re.MULTILINE)
    return "" if found else made.stderr


def report(name: str, test: Callable[[Path], str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wrong = test(Path(folder))
    print(f"not ok - {name}" if wrong else f"ok - {name}")
    if wrong:
        print("    " + wrong.strip().replace("\n", "\n    "))


for function in TESTS:
    report("the reference: " + function.__name__.replace("_", " "), function)
for name, *change in REFUSED:
    report(f"refused: {name}", partial(refused, change=change))
