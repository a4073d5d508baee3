"""Puts into documents what they show: programs, what these print, and drawings of their trees.

python3 Tools/guide [--into FOLDER] [DOCUMENT ...]

In a document, what stands between `<!-- KIND: EXAMPLE ... -->` and `<!-- end -->` is made here:

    program: EXAMPLE [NAME ...]   its source; or, of that, what is called so, in that order
    output: EXAMPLE               what it prints
    tree: EXAMPLE "LINE"          the dump of its root group, without handles, at the moment when it
                                  prints a line that has this in it; on the virtual clock

An example is a folder, which means its main.c, or a file in Python, as `shield/main.py`. The
library has to be built. Without `--into` the documents are changed in place.
"""

import argparse
import re
import sys
from pathlib import Path

import trees
from example import Example, find

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "Examples"
NAMES = ["guide.md", "guide-python.md", "differences.md", "libuv.md"]
DOCUMENTS = [ROOT / "Docs" / name for name in NAMES]
MARKS = (r"^<!-- \w+: ", r"^<!-- end -->$")
BLOCK = re.compile(r"^(<!-- (\w+): ([^\n]*) -->\n)(.*?)(^<!-- end -->$)", re.DOTALL | re.MULTILINE)


class BadMarkerError(Exception):
    """What is wrong with a marker."""


def program(example: Example, rest: str) -> str:
    names = rest.split()
    text = example.source.read_text(encoding="utf-8")
    if names:
        lacking = [name for name in names if name not in example.definitions()]
        if lacking:
            where = example.source.relative_to(EXAMPLES)
            raise BadMarkerError(f"{where} has no {', '.join(lacking)}")
        text = example.part(names)
    return f"```{example.language}\n{text}```\n"


def output(example: Example, rest: str) -> str:
    if rest:
        raise BadMarkerError("output takes an example and nothing else")
    return f"```text\n{example.expected.read_text(encoding='utf-8')}```\n"


def tree(example: Example, rest: str) -> str:
    line = re.fullmatch(r'"(.+)"', rest)
    if not line:
        raise BadMarkerError('tree takes an example and a part of a line in "quotes"')
    drawing = trees.draw(ROOT, example, line[1])
    if not drawing:
        raise BadMarkerError(f"{example.name} does not print {rest}")
    return f"```text\n{drawing}```\n"


KINDS = {"program": program, "output": output, "tree": tree}


def made(document: str) -> str:
    """The document, with each block made anew."""

    def block(found: re.Match[str]) -> str:
        begin, kind, what, _, end = found.groups()
        name, _, rest = what.partition(" ")
        try:
            if kind not in KINDS:
                raise BadMarkerError(f"there is no {kind}")
            example = find(EXAMPLES, name)
            if not example.source.is_file():
                raise BadMarkerError(f"there is no {example.source.relative_to(ROOT)}")
            return begin + KINDS[kind](example, rest) + end
        except BadMarkerError as error:
            line = document.count("\n", 0, found.start()) + 1
            raise BadMarkerError(f"{line}: {error}") from None

    text = BLOCK.sub(block, document)
    begun, ended = (len(re.findall(mark, text, re.MULTILINE)) for mark in MARKS)
    if begun != ended:
        raise BadMarkerError(f"1: {begun} blocks begin and {ended} end")
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="write the documents there")
    parser.add_argument("documents", type=Path, nargs="*", metavar="DOCUMENT")
    arguments = parser.parse_args()

    for document in arguments.documents or DOCUMENTS:
        try:
            text = made(document.read_text(encoding="utf-8"))
        except (BadMarkerError, trees.DrawingError) as error:
            print(f"{document}:{error}", file=sys.stderr)
            return 1
        target = arguments.into / document.name if arguments.into else document
        target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
