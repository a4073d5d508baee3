"""What the tests of documents share: where their links lead."""

import re
from pathlib import Path

CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)]*))?\)")


def anchors(document: Path) -> set[str]:
    """What a link into a document may name: its headings, as renderers spell them."""
    headings = re.findall(r"^#+ (.*)", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def lost_links(document: Path) -> list[str]:
    """The links of a document that lead nowhere; those to the web are not followed."""
    lost = set()
    links = LINK.findall(CODE.sub("", document.read_text(encoding="utf-8")))
    for file, anchor in links:
        if "://" in file:
            continue
        target = document.parent / file if file else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.add(f"{document.name}: {file}#{anchor}")
    return sorted(lost) if links else [f"{document.name} has none"]
