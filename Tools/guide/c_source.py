"""The definitions in a C file, as clang-format leaves it: what is outermost begins a line."""

import re

FUNCTION = re.compile(r"\b(\w+)\(")
OTHER = re.compile(r"(\w+)(?=(?:\[\w*\])*\s*[;,={])")


def names(definition: str) -> list[str]:
    """What a definition defines: a function, a struct, or variables."""
    code = re.sub(r"/\*.*?\*/", "", definition, flags=re.DOTALL).strip()
    head = code.partition("{")[0]
    if "=" not in head and (function := FUNCTION.search(head)):
        return [function[1]]
    return OTHER.findall(code.splitlines()[0])


def definitions(text: str) -> dict[str, str]:
    """Each definition by its name, with the comment that stands directly above it."""
    found: dict[str, str] = {}
    item: list[str] = []
    depth = 0
    comment = False
    for line in text.splitlines(keepends=True):
        if not item and (line.startswith("#") or not line.strip()):
            continue
        if depth == 0 and (comment or line.startswith("/*")):
            item.append(line)
            comment = not line.rstrip().endswith("*/")
            continue
        if depth == 0 and not line.strip():
            item = []  # a comment that belongs to nothing
            continue
        item.append(line)
        depth += line.count("{") - line.count("}")
        if depth == 0 and line.rstrip().endswith((";", "}")):
            definition = "".join(item)
            found |= dict.fromkeys(names(definition), definition)
            item = []
    return found
