"""Comments as text: paragraphs, sentences, and the words in them that mean something."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# The kinds of words, and how each looks. A rule is one that Docs/semantics.md numbers.
_WORDS = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|(?P<file>\broost(?:_\w+)?\.h\b)"
    r"|(?P<name>\broost_\w+)(?P<call>\(\))?"
    r"|(?P<constant>\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b)"
    r"|(?P<identifier>\b[a-z]\w*(?:_\w*|\(\)|_\w*\(\)))"
    r"|\b(?P<rule>[TCDKGLSBO]\d{1,2}[a-z]?)\b"
)
# A sentence that says what a call answers begins with the answer.
_ANSWER = re.compile(
    r"(?:[01]|ROOST_(?:E[A-Z0-9]+|ALREADY|ASKED|PENDING))(?:[:,.]| or | when )|Failures: "
)
_COST = re.compile(r"Linear ")


@dataclass(frozen=True)
class Block:
    """A paragraph, an item of a list, or lines that stay as they are ("literal")."""

    kind: str
    text: str


@dataclass(frozen=True)
class Word:
    """A piece of running text: of a kind that _WORDS names, or "plain"."""

    kind: str
    text: str


@dataclass
class Description:
    """The comment of a function, taken apart."""

    blocks: list[Block] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    costs: list[str] = field(default_factory=list)


def lines(comment: str) -> list[str]:
    """The text of a comment without its frame."""
    inner = comment.strip().removeprefix("/*").removesuffix("*/")
    first, *rest = inner.split("\n")
    return [first.strip(), *(re.sub(r"^ ?\*? ?", "", line).rstrip() for line in rest)]


def blocks(comment: str) -> list[Block]:
    """Four columns more make a line literal, as in Markdown; `- ` begins an item."""
    found: list[Block] = []
    paragraph: list[str] = []
    literal: list[str] = []

    def flush() -> None:
        if paragraph:
            text = " ".join(line.strip() for line in paragraph)
            item = text.startswith("- ")
            found.append(Block("item" if item else "paragraph", text[2:] if item else text))
            paragraph.clear()
        if literal:
            found.append(Block("literal", "\n".join(literal).strip("\n").replace("`", "")))
            literal.clear()

    for line in lines(comment):
        if line.startswith("    "):
            if paragraph:
                flush()
            literal.append(line[4:])
        elif not line:
            if literal:
                literal.append("")
            else:
                flush()
        else:
            if literal or line.startswith("- "):
                flush()
            paragraph.append(line)
    flush()
    return [block for block in found if not block.text.startswith("Copyright ")]


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=\.) (?=[A-Z0-9`])", text)


def describe(comment: str) -> Description:
    """From the first sentence of a paragraph that begins with an answer, the rest of it says what
    is answered; a sentence that says what the call costs stands for itself."""
    description = Description()
    for block in blocks(comment):
        if block.kind != "paragraph":
            description.blocks.append(block)
            continue
        told: list[str] = []
        answers: list[str] = []
        for sentence in sentences(block.text):
            if _COST.match(sentence):
                description.costs.append(sentence)
            elif _ANSWER.match(sentence):
                answers.append(sentence)
            elif answers:
                answers[-1] += " " + sentence
            else:
                told.append(sentence)
        if told:
            description.blocks.append(Block("paragraph", " ".join(told)))
        description.answers += answers
    return description


def words(text: str) -> Iterator[Word]:
    """The whole text, in pieces."""
    position = 0
    for found in _WORDS.finditer(text):
        if found.start() > position:
            yield Word("plain", text[position : found.start()])
        kind = found.lastgroup or ""
        yield Word("name" if kind == "call" else kind, found[0].strip("`"))
        position = found.end()
    if position < len(text):
        yield Word("plain", text[position:])
