"""What every header must have: a comment for each thing, and none about things that are not."""

import re
from collections.abc import Iterator

from header import COMMENT, Entry, Header
from pages import PAGES

_MENTION = re.compile(r"\b(?:roost|ROOST)_\w+(?!\w*\.h\b)")


def problems(headers: list[Header]) -> list[str]:
    """A sentence for each thing that is wrong, which says where it stands."""
    return [
        *(
            f"{header.path}:{line}: Tools/reference/header.py does not know what this declares."
            for header in headers
            for line in header.strange
        ),
        *(problem for header in headers for problem in _undocumented(header, headers)),
        *(problem for header in headers for problem in _unknown(header, headers)),
        *_unpaged(headers),
    ]


def _undocumented(header: Header, headers: list[Header]) -> Iterator[str]:
    said = {word for each in headers for word in _explained(each)}
    for section in header.sections:
        for entry in section.entries:
            for index, declaration in enumerate(entry.declarations):
                where = f"{header.path}:{declaration.line}: {declaration.name}"
                alone = entry.comment and index == 0
                if declaration.kind in ("function", "callback") and not alone:
                    yield f"{where} has no comment of its own."
                elif declaration.kind == "struct":
                    for each in declaration.fields():
                        if not each.comment and each.name not in said:
                            yield f"{where}: no comment says what the field {each.name} is."


def _explained(header: Header) -> Iterator[str]:
    """The words of all comments, and the fields that have one."""
    for comment in COMMENT.finditer(header.source):
        yield from re.findall(r"\w+", comment[0])
    for section in header.sections:
        for entry in section.entries:
            for declaration in entry.declarations:
                if declaration.kind == "struct":
                    yield from (each.name for each in declaration.fields() if each.comment)


def _unknown(header: Header, headers: list[Header]) -> Iterator[str]:
    known = {name for each in headers for name in _names(each)}
    for comment in COMMENT.finditer(header.source):
        for mention in _MENTION.finditer(comment[0]):
            if mention[0] not in known:
                line = header.source.count("\n", 0, comment.start() + mention.start()) + 1
                yield f"{header.path}:{line}: a comment names {mention[0]}, which does not exist."


def _names(header: Header) -> Iterator[str]:
    yield from header.hidden
    yield from (status.name for status in header.statuses)
    for section in header.sections:
        for entry in section.entries:
            yield from entry.names
            yield from _constants(entry)


def _constants(entry: Entry) -> list[str]:
    return re.findall(r"\b(ROOST_\w+) = ", entry.code()) if entry.has("enum") else []


def _unpaged(headers: list[Header]) -> Iterator[str]:
    paged = {(page.header, title) for page in PAGES for title in page.titles}
    for header in headers:
        for section in header.sections:
            if (header.name, section.title) not in paged:
                yield (
                    f"{header.path}:{section.line}: no manual page has the section "
                    f"“{section.title}”; name one in Tools/reference/pages.py."
                )
            paged.discard((header.name, section.title))
    for name, title in sorted(paged):
        yield f"{name}: no section “{title}”, which Tools/reference/pages.py gives a page."
