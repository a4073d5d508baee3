"""The reference as one Markdown page."""

import re

import text
from header import Entry, Header, Section
from pages import PAGES

_HEAD = """# Reference

Everything that the headers declare, in their order. This page is made from their comments by \
`make reference`; `make install` puts the same text into manual pages, which begin at \
`man roost`. The numbers in brackets are those of the rules in [semantics.md](semantics.md).
"""


class Markdown:
    def __init__(self, headers: list[Header], rules: dict[str, str]) -> None:
        """`rules` has for the number of each rule the heading beneath which it stands."""
        self._headers = headers
        self._rules = {number: _slug(heading) for number, heading in rules.items()}
        # What has its own heading is found there, what shares one by its section.
        self._anchors = {
            name: _slug(name if len(entry.names) == 1 else _title(section))
            for header in headers
            for section in header.sections
            for entry in section.entries
            if _heading(entry)
            for name in entry.names
        }

    def page(self) -> str:
        main = self._headers[0]
        parts = [_HEAD, self._contents(), "## Overview", *self._blocks(text.blocks(main.opening))]
        for header in self._headers:
            for section in header.sections:
                parts.append(f"## {_title(section)}")
                if not section.title:
                    parts += self._blocks(text.blocks(header.opening))
                for entry in section.entries:
                    parts += self._entry(entry, header)
        return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"

    def _contents(self) -> str:
        rows = ["| section | functions | types | manual page |", "| --- | --- | --- | --- |"]
        rows.append("| [Overview](#overview) | | | `roost(7)` |")
        for header in self._headers:
            for section in header.sections:
                title = _title(section)
                functions = self._links(section, "function")
                types = self._links(section, "struct", "alias", "callback")
                page = next(
                    page.name
                    for page in PAGES
                    if page.header == section.header and section.title in page.titles
                )
                rows.append(f"| [{title}](#{_slug(title)}) | {functions} | {types} | `{page}(3)` |")
        return "\n".join(rows)

    def _links(self, section: Section, *kinds: str) -> str:
        return ", ".join(
            f"[`{each.name}`](#{self._anchors[each.name]})"
            for entry in section.entries
            for each in entry.declarations
            if each.kind in kinds
        )

    def _entry(self, entry: Entry, header: Header) -> list[str]:
        """Its heading, the code, and what the comment says; without a heading the code is last."""
        if entry.has("enum"):
            return []
        described = text.describe(entry.comment)
        own = frozenset(entry.names)
        prose = self._blocks(described.blocks, own)
        bullet = "- " if len(described.answers) > 1 else ""
        prose.append("\n".join(bullet + self._inline(each, own) for each in described.answers))
        prose += [self._inline(cost, own) for cost in described.costs]
        if not entry.declarations:
            return prose
        if entry.names == ["ROOST_STATUS_MAP"]:
            return [*prose, _statuses(header)]
        code = f"```c\n{entry.code()}\n```"
        heading = _heading(entry)
        return [f"### {heading}", code, *prose] if heading else [*prose, code]

    def _blocks(self, blocks: list[text.Block], own: frozenset[str] = frozenset()) -> list[str]:
        parts: list[str] = []
        for before, block in zip([None, *blocks], blocks, strict=False):
            if block.kind == "literal":
                language = "c" if re.search(r";$", block.text, re.MULTILINE) else "text"
                parts.append(f"```{language}\n{block.text}\n```")
            elif block.kind == "item" and before and before.kind == "item":
                parts[-1] += f"\n- {self._inline(block.text, own)}"
            else:
                bullet = "- " if block.kind == "item" else ""
                parts.append(bullet + self._inline(block.text, own))
        return parts

    def _inline(self, running: str, own: frozenset[str]) -> str:
        """Running text; the names in `own` are those that it is about, and are no links."""
        return "".join(self._word(word, own) for word in text.words(running))

    def _word(self, word: text.Word, own: frozenset[str]) -> str:
        if word.kind == "plain":
            return re.sub(r"([*<\[\]\\])", r"\\\1", word.text)
        if word.kind == "rule":
            heading = self._rules.get(word.text)
            return f"[{word.text}](semantics.md#{heading})" if heading else word.text
        if word.kind == "file":
            return f"[{word.text}](../Include/{word.text})"
        name = word.text.removesuffix("()")
        if word.kind == "name" and name in self._anchors and name not in own:
            return f"[`{word.text}`](#{self._anchors[name]})"
        return f"`{word.text}`"


def _title(section: Section) -> str:
    return section.title or f"{section.header}: more waits"


def _heading(entry: Entry) -> str:
    """The names of what it declares; macros and constants have no heading."""
    return ", ".join(
        f"`{each.name}`" for each in entry.declarations if each.kind not in ("macro", "enum")
    )


def _slug(heading: str) -> str:
    """The anchor that Markdown renderers make of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _statuses(header: Header) -> str:
    rows = ["| code | value | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{each.name}` | `{each.value}` | {each.text} |" for each in header.statuses]
    return "\n".join(rows)
