"""The reference as manual pages: roost(7), and one of section 3 for each part of the headers."""

import os
import re
import textwrap
import time
from pathlib import Path

import text
from header import Declaration, Entry, Header, Section
from pages import PAGES, Page

_RETURN_VALUES = """.SH RETURN VALUES
Where nothing else is said, the functions that return an int return 0 or a
positive value for success and a negative code for failure.
The codes that any of them may return are in
.BR roost (7)."""
# What a terminal of 80 columns leaves for a prototype.
_COLUMNS = 72


class Man:
    def __init__(self, headers: list[Header]) -> None:
        self._headers = headers
        self._sections = {
            (section.header, section.title): section
            for header in headers
            for section in header.sections
        }
        # For each function and type the page that has it.
        self._pages = {
            each.name: page
            for page in PAGES
            for section in self._of(page)
            for entry in section.entries
            for each in entry.declarations
            if each.kind != "macro"
        }
        # The usual variable is for those who build packages, and want the same bytes again.
        changed = max(header.path.stat().st_mtime for header in headers)
        moment = float(os.environ.get("SOURCE_DATE_EPOCH", changed))
        self._date = time.strftime("%Y-%m-%d", time.gmtime(moment))
        found = re.search(r'^#define ROOST_VERSION "(.*)"', headers[0].source, re.MULTILINE)
        self._version = found[1] if found else ""

    def write(self, folder: Path) -> None:
        """Writes the pages, and beside them one that refers to its page for each other name."""
        for number in ("3", "7"):
            (folder / f"man{number}").mkdir(parents=True, exist_ok=True)
            for old in (folder / f"man{number}").iterdir():
                old.unlink()
        (folder / "man7" / "roost.7").write_text(self._overview(), encoding="utf-8")
        for name, page in self._pages.items():
            alias = f".so man3/{page.name}.3\n"
            (folder / "man3" / f"{name}.3").write_text(alias, encoding="utf-8")
        for page in PAGES:
            file = folder / "man3" / f"{page.name}.3"
            file.write_text(self._page(page), encoding="utf-8")

    def _of(self, page: Page) -> list[Section]:
        return [self._sections[page.header, title] for title in page.titles]

    def _overview(self) -> str:
        blocks = text.blocks(self._headers[0].opening)
        parts = [
            self._title("roost", "7"),
            ".SH NAME\nroost \\- structured concurrency on a libuv loop",
            ".SH SYNOPSIS\n.B #include <roost.h>\n.PP\n"
            ".B cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs roost)",
            ".SH DESCRIPTION",
            *self._blocks(blocks, None),
            ".SH PAGES",
            *(f".TP\n.BR {page.name} (3)\n{page.summary}" for page in PAGES),
            ".SH STATUS CODES",
            *(
                f".TP\n\\fB{status.name}\\fP ({_literal(status.value)})\n{_plain(status.text)}"
                for status in self._headers[0].statuses
            ),
            ".SH SEE ALSO\n" + ",\n".join(f".BR {page.name} (3)" for page in PAGES),
        ]
        return _joined(parts)

    def _page(self, page: Page) -> str:
        entries = [entry for section in self._of(page) for entry in section.entries]
        functions = [
            each for entry in entries for each in entry.declarations if each.kind == "function"
        ]
        names = [page.name, *(each.name for each in functions if each.name != page.name)]
        parts = [
            self._title(page.name, "3"),
            ".SH NAME\n" + _wrapped(f"{', '.join(names)} \\- {page.summary}"),
            f".SH SYNOPSIS\n.B #include <{page.header}>",
            *(f".PP\n.nf\n{_prototype(each)}\n.fi" for each in functions),
            ".SH DESCRIPTION",
        ]
        if "" in page.titles:
            opening = next(each.opening for each in self._headers if each.name == page.header)
            parts += self._blocks(text.blocks(opening), page)
        for entry in entries:
            parts += self._entry(entry, page)
        if any(each.code.startswith("int ") for each in functions):
            parts.append(_RETURN_VALUES)
        for entry in entries:
            answers = text.describe(entry.comment).answers if entry.has("function") else []
            if answers:
                parts.append(f".TP\n.BR {entry.names[0]} ()")
                parts.append("\n.br\n".join(self._filled(answer, page) for answer in answers))
        mentioned = {each for entry in entries for each in self._mentioned(entry)}
        others = sorted(mentioned - {page.name})
        parts.append(".SH SEE ALSO\n" + ",\n".join(f".BR {each} (3)" for each in others))
        parts[-1] += ",\n.BR roost (7)" if others else ".BR roost (7)"
        return _joined(parts)

    def _title(self, name: str, number: str) -> str:
        return (
            '.\\" Made from the headers by Tools/reference.\n'
            f'.TH {name.upper()} {number} {self._date} "Roost {self._version}" "Roost"'
        )

    def _entry(self, entry: Entry, page: Page) -> list[str]:
        described = text.describe(entry.comment)
        blocks = described.blocks + [text.Block("paragraph", cost) for cost in described.costs]
        if not entry.has("function"):
            blocks += [text.Block("paragraph", answer) for answer in described.answers]
        prose = self._blocks(blocks, page)
        if entry.has("enum") or entry.names == ["ROOST_STATUS_MAP"]:
            return prose if entry.comment else []
        names = [each.name for each in entry.declarations if each.kind != "macro"]
        heading = [f".SS {', '.join(names)}"] if names else [".PP"] if entry.declarations else []
        if entry.has("function"):
            return [*heading, *prose]
        code = [_example(entry.code())] if entry.declarations else []
        return [*heading, *code, *prose] if names else [*prose, *heading, *code]

    def _mentioned(self, entry: Entry) -> list[str]:
        """The pages of what a comment speaks of."""
        names = re.findall(r"\broost_\w+", entry.comment + entry.code())
        return [self._pages[name].name for name in names if name in self._pages]

    def _blocks(self, blocks: list[text.Block], page: Page | None) -> list[str]:
        parts: list[str] = []
        for block in blocks:
            if block.kind == "literal":
                parts += [".PP", _example(block.text)]
            elif block.kind == "item":
                parts += [".IP \\(bu 2", self._filled(block.text, page)]
            else:
                parts += [".PP", self._filled(block.text, page)]
        return parts

    def _filled(self, running: str, page: Page | None) -> str:
        """Running text; each sentence begins a line."""
        return "\n".join(
            _wrapped("".join(self._word(word, page) for word in text.words(sentence)))
            for sentence in text.sentences(running)
        )

    def _word(self, word: text.Word, page: Page | None) -> str:
        if word.kind in ("plain", "rule"):
            return _plain(word.text)
        name = word.text.removesuffix("()")
        if word.kind == "name" and name in self._pages:
            elsewhere = self._pages[name] != page
            return f"\\fB{name}\\fP" + ("(3)" if elsewhere else word.text[len(name) :])
        font = "I" if word.kind in ("code", "identifier") else "B"
        return f"\\f{font}{_literal(word.text)}\\fP"


def _joined(parts: list[str]) -> str:
    """A paragraph right behind a heading needs no request of its own."""
    page = "\n".join(parts) + "\n"
    return re.sub(r"^(\.(?:SH|SS)\b.*\n)(?:\.PP\n)+", r"\1", page, flags=re.MULTILINE)


def _wrapped(running: str) -> str:
    lines = textwrap.wrap(running, width=78, break_long_words=False, break_on_hyphens=False)
    return "\n".join(_shielded(line) for line in lines)


def _shielded(line: str) -> str:
    """A line that begins like a request is none."""
    return re.sub(r"^(?=[.'])", r"\\&", line)


def _prototype(function: Declaration) -> str:
    """As it is declared, the names of the parameters in italics."""
    code = re.sub(r"\s+", " ", function.code)
    start = code.index("(") + 1
    lines = [""]
    for parameter in re.findall(r"[^,]+,? ?", code[start:]):
        if len(lines[-1] + parameter.rstrip()) > _COLUMNS - start:
            lines.append("")
        lines[-1] += parameter
    lines = [" " * start + line.rstrip() for line in lines]
    lines[0] = code[:start] + lines[0].strip()
    return "\n".join(
        "\\fB" + re.sub(r"\b(?!void\b)(\w+)(?=[,)])", r"\\fI\1\\fB", _literal(line)) + "\\fP"
        for line in lines
    )


def _example(code: str) -> str:
    lines = "\n".join(_shielded(_literal(line)) for line in code.split("\n"))
    return f".RS 4\n.EX\n{lines}\n.EE\n.RE"


def _literal(code: str) -> str:
    return _plain(code).replace("-", "\\-").replace("'", "\\(aq")


def _plain(running: str) -> str:
    return running.replace("\\", "\\e")
