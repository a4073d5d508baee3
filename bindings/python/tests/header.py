"""The truth about the headers, from the C compiler: what they declare, and where it lies."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

INCLUDE = Path(__file__).resolve().parents[3] / "Include"
COMPILER = os.environ.get("CC", "cc")
HEADERS = "".join(
    f'#include "{name}"\n' for name in ("roost.h", "roost_fiber.h", "roost_host.h", "roost_uv.h")
)


def compiler(*arguments: str, text: str) -> str:
    command = [COMPILER, "-std=c11", f"-I{INCLUDE}", "-x", "c", *arguments, "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


@dataclass
class Function:
    returns: str
    arguments: list[str]


@dataclass
class Header:
    """C types are written without const and struct, names as in C."""

    functions: dict[str, Function] = field(default_factory=dict)
    callbacks: dict[str, Function] = field(default_factory=dict)
    structs: dict[str, dict[str, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    constants: list[str] = field(default_factory=list)


def read(text: str = HEADERS) -> Header:
    """Reads every declaration in C text, and in the headers of Roost that it includes."""
    header = Header()
    rest = _own_lines(compiler("-E", text=text))

    def take(pattern: str) -> list[tuple[str, ...]]:
        nonlocal rest
        found = [match.groups() for match in re.finditer(pattern, rest)]
        rest = re.sub(pattern, " ", rest)
        return found

    for name, body in take(r"typedef struct (roost_\w+) \{([^}]*)\} \1;"):
        header.structs[name] = dict(_declarator(part) for part in body.split(";") if part.strip())
    for (body,) in take(r"enum \w+ (\{[^}]*\});"):
        header.constants += re.findall(r"(ROOST_\w+) =", body)
    for returns, name, arguments in take(r"typedef ([\w *]+)\(\*(roost_\w+)\)\(([^)]*)\);"):
        header.callbacks[name] = Function(_type(returns), _arguments(arguments))
    for target, name in take(r"typedef (roost_\w+) (roost_\w+);"):
        header.aliases[name] = target
    for returns, name, arguments in take(r"([\w *]+?)(roost_\w+)\(([^)]*)\);"):
        header.functions[name] = Function(_type(returns), _arguments(arguments))
    take(r"struct \w+;")
    assert not rest.strip(), f"a declaration that this reader does not understand: {rest}"

    macros = compiler("-E", "-dM", text=text)
    header.constants += re.findall(r"^#define (ROOST_\w+) \S", macros, re.MULTILINE)
    return header


def measure(expressions: list[str], text: str, directory: Path) -> list[str]:
    """The values of C expressions, numbers and strings, as a compiled program prints them."""
    lines = [
        f'printf(_Generic(({e}), char *: "%s\\n", default: "%lld\\n"), '
        f"_Generic(({e}), char *: ({e}), default: (long long)({e})));\n"
        for e in expressions
    ]
    main = f"int main(void) {{\n{''.join(lines)}return 0;\n}}\n"
    program = directory / "measure"
    compiler("-o", str(program), text=f"#include <stddef.h>\n#include <stdio.h>\n{text}{main}")
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()


def _own_lines(preprocessed: str) -> str:
    """What stands in Roost's headers and in the text itself, without what they include."""
    kept = []
    own = False
    for line in preprocessed.splitlines():
        if marker := re.match(r'# \d+ "([^"]*)"', line):
            file = marker[1]
            own = file == "<stdin>" or Path(file).parent == INCLUDE
        elif own:
            kept.append(line)
    return re.sub(r"\s+", " ", " ".join(kept))


def _type(text: str) -> str:
    words = [w for w in text.replace("*", " * ").split() if w not in ("const", "struct")]
    return " ".join(words)


def _declarator(text: str) -> tuple[str, str]:
    """`const char *name` and `char name[64]` as name and type."""
    match = re.fullmatch(r"(.*?)(\w+)(\[\d+\])?", text.strip())
    assert match, text
    return match[2], _type(match[1]) + (match[3] or "")


def _arguments(text: str) -> list[str]:
    if text.strip() == "void":
        return []
    return [_declarator(part)[1] for part in text.split(",")]
