"""The examples that documents show."""

from dataclasses import dataclass
from pathlib import Path

import c_source
import python_source


@dataclass(frozen=True)
class Example:
    """A program of Examples: a folder's main.c, or a file in Python."""

    name: str
    source: Path

    @property
    def is_python(self) -> bool:
        return self.source.suffix == ".py"

    @property
    def language(self) -> str:
        return "python" if self.is_python else "c"

    @property
    def expected(self) -> Path:
        """What it prints: the folder's text where it is the folder's main program, else its own."""
        if self.source.stem == "main":
            return self.source.with_name("expected.txt")
        return self.source.with_suffix(".txt")

    def definitions(self) -> dict[str, str]:
        text = self.source.read_text(encoding="utf-8")
        return python_source.definitions(text) if self.is_python else c_source.definitions(text)

    def part(self, names: list[str]) -> str:
        """What is called so, in that order."""
        found = self.definitions()
        return ("\n\n" if self.is_python else "\n").join(found[name] for name in names)


def find(examples: Path, name: str) -> Example:
    """`folder` is its main.c, `folder/file.py` is that file."""
    source = examples / name if name.endswith(".py") else examples / name / "main.c"
    return Example(name, source)
