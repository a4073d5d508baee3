"""Reads a public header: its sections, and in them each comment with what it stands above."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# One C comment. Strings that hold one do not occur in the headers.
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

_RULE = r"/\* -+ \*/\n"
_ITEMS = re.compile(
    rf"(?P<box>{_RULE}/\* (?P<title>.+?) +\*/\n{_RULE})"
    r"|(?P<comment>/\*.*?\*/ *\n)"
    r"|(?P<directive>#(?:\\\n|/\*.*?\*/|[^\n])*\n)"
    r"|(?P<blank>[ \t]*\n)",
    re.DOTALL,
)
_PIECES = re.compile(r"/\*.*?\*/|[{};]|[^/{};]+|/", re.DOTALL)

# What only C++ sees. The functions that a line like `ROOST_OPTIONS_INIT(type)` makes are named
# `type_init`.
_CPLUSPLUS = re.compile(r"^#ifdef __cplusplus\n.*?^#endif\n", re.DOTALL | re.MULTILINE)
_NOT_CPLUSPLUS = re.compile(
    r"^#ifndef __cplusplus\n(?P<c>.*?)^#else\n(?P<cplusplus>.*?)^#endif\n",
    re.DOTALL | re.MULTILINE,
)
_INIT = re.compile(r"^ROOST_OPTIONS_INIT\((\w+)\)$", re.MULTILINE)

_KINDS = {
    "callback": re.compile(r"typedef [^;{]*\(\*(\w+)\)\("),
    "struct": re.compile(r"typedef struct \w+ \{.*\} (\w+);", re.DOTALL),
    "alias": re.compile(r"typedef \w+ (\w+);"),
    "enum": re.compile(r"enum (\w+) \{"),
    "forward": re.compile(r"struct (\w+);"),
    "function": re.compile(r"(?!typedef\b)[\w *]*?\b(\w+)\("),
}
_FIELDS = re.compile(r"/\*.*?\*/|(\w+)(?:\[\w+\])?;[ ]*(/\*.*?\*/)?", re.DOTALL)
_STATUS = re.compile(r'XX\((\w+), (-\w+), "(.*?)"\)')


@dataclass(frozen=True)
class Field:
    """A field of a struct, with the comment beside it ("" for none)."""

    name: str
    comment: str


@dataclass(frozen=True)
class Declaration:
    """One declaration, or one macro, as the header has it."""

    kind: str  # of _KINDS, or "macro"
    name: str
    code: str
    line: int

    def fields(self) -> list[Field]:
        """The fields of a struct; the comment of one is beside it."""
        body = self.code[self.code.index("{") : self.code.rindex("}")]
        return [Field(found[1], found[2] or "") for found in _FIELDS.finditer(body) if found[1]]


@dataclass
class Entry:
    """A comment and the declarations right below it; either may be missing."""

    comment: str
    line: int
    declarations: list[Declaration] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.declarations]

    def code(self) -> str:
        """As the header has it, without what lines up the ends of a macro's lines."""
        code = "\n".join(each.code for each in self.declarations)
        return re.sub(r" +\\$", r" \\", code, flags=re.MULTILINE)

    def has(self, *kinds: str) -> bool:
        return any(each.kind in kinds for each in self.declarations)


@dataclass
class Section:
    """What stands under one box; of a header that has none, all of it, with "" as title."""

    title: str
    header: str
    line: int
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Status:
    """A line of the list of status codes."""

    name: str
    value: str
    text: str


@dataclass
class Header:
    """A whole header. `hidden` are names that exist, and that nobody needs to read about; `strange`
    has the lines of what is nothing that this program knows."""

    path: Path
    source: str
    opening: str
    sections: list[Section]
    statuses: list[Status]
    hidden: set[str]
    strange: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.name


def read(path: Path) -> Header:
    source = path.read_text(encoding="utf-8")
    hidden = {name + "_init" for name in _INIT.findall(source)}
    hidden |= set(re.findall(r"^#(?:undef|ifndef) (\w+)", source, re.MULTILINE))
    visible = _CPLUSPLUS.sub(lambda found: _blank(found[0]), source)
    visible = _NOT_CPLUSPLUS.sub(
        lambda found: "\n" + found["c"] + "\n" + _blank(found["cplusplus"]) + "\n", visible
    )

    statuses = [Status("ROOST_" + name, *rest) for name, *rest in _STATUS.findall(visible)]
    header = Header(path, source, "", [Section("", path.name, 1)], statuses, hidden)
    entry: Entry | None = None
    for kind, text, line in _items(visible):
        if kind == "box":
            header.sections.append(Section(text, path.name, line))
            entry = None
        elif kind == "blank":
            entry = None
        elif kind == "comment" and not header.opening:
            header.opening = text
        elif kind == "comment":
            entry = Entry(text, line)
            header.sections[-1].entries.append(entry)
        elif (declaration := _declaration(kind, text, line)) is None:
            if kind == "declaration":
                header.strange.append(line)
            entry = None
        elif declaration.kind != "forward" and declaration.name not in hidden:
            if entry is None:
                entry = Entry("", line)
                header.sections[-1].entries.append(entry)
            entry.declarations.append(declaration)
    header.sections = [section for section in header.sections if section.title or section.entries]
    return header


def _blank(text: str) -> str:
    """As many lines, with nothing on them."""
    return "\n" * text.count("\n")


def _items(source: str) -> Iterator[tuple[str, str, int]]:
    """The header's comments, directives, declarations and blank lines, each with its line."""
    position = 0
    while position < len(source):
        line = source.count("\n", 0, position) + 1
        if found := _ITEMS.match(source, position):
            kind = found.lastgroup if found.lastgroup != "title" else "box"
            yield kind or "", found["title"] or found[0].rstrip("\n"), line
            position = found.end()
        else:
            end = _end_of_declaration(source, position)
            yield "declaration", source[position:end].rstrip("\n"), line
            position = end


def _end_of_declaration(source: str, start: int) -> int:
    """Behind the line with the semicolon that ends it, the comments begun there included."""
    depth = 0
    ended = False
    for piece in _PIECES.finditer(source, start):
        if piece[0] in "{}":
            depth += 1 if piece[0] == "{" else -1
        elif piece[0] == ";" and depth == 0:
            ended = True
        elif ended and "\n" in piece[0] and not piece[0].startswith("/*"):
            return piece.start() + piece[0].index("\n") + 1
    return len(source)


def _declaration(kind: str, text: str, line: int) -> Declaration | None:
    if kind == "directive":
        macro = re.match(r"#define (\w+)\b(?=.)", text)
        return Declaration("macro", macro[1], text, line) if macro else None
    for name, pattern in _KINDS.items():
        if found := pattern.match(text):
            return Declaration(name, found[1], text, line)
    return None
