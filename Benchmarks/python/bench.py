"""Measures works on Roost beside the same works on asyncio, Trio and AnyIO, and prints a table.

    python bench.py [WORK...]

For each line every contender has a process of its own, so that none finds memory that another has
warmed or torn. They take turns, round after round, so that what else the machine does hits all
alike, and the medians are printed: on a shared machine these move far less than means do, and
their ratios less again. The first round of each counts for nothing. Memory is measured in a fresh
process each round, after a hundred tasks, as what was freed there once would be used again. The
last columns are Roost's figure as a part of each of the others'.
"""

import importlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median

import floors
from works import CONTENDERS, LINES, Line

OTHERS = CONTENDERS[1:]
WORKER = Path(__file__).with_name("worker.py")
MODULES = {name: importlib.import_module(f"on_{name}") for name in CONTENDERS}


class Worker:
    """A process in which one contender does one work, a round for each number that it is sent."""

    def __init__(self, contender: str, line: Line) -> None:
        self._name = f"{contender} at {line.work}"
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), contender, line.work, line.gauge],
            text=True,
            bufsize=1,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def work(self, n: int) -> float:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{n}\n")
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self._name} ended with {self._process.wait()}")
        return float(answer)

    def dismiss(self) -> None:
        self._process.communicate()


def rounds_of(line: Line, names: list[str]) -> dict[str, list[float]]:
    """What each contender's watch has shown in each round."""
    values: dict[str, list[float]] = {name: [] for name in names}
    workers = {}
    for _ in range(line.rounds):
        for name in names:
            if name not in workers:
                workers[name] = Worker(name, line)
                workers[name].work(100 if line.gauge == "memory" else line.n)
            values[name].append(workers[name].work(line.n))
            if line.gauge == "memory":
                workers.pop(name).dismiss()
    for worker in workers.values():
        worker.dismiss()
    return values


def measure(line: Line) -> dict[str, float]:
    """Each contender's figure, of those that do the work."""
    names = [name for name in CONTENDERS if hasattr(MODULES[name], line.work)]
    rounds = rounds_of(line, names)
    return {name: median(values) / line.n * line.scale for name, values in rounds.items()}


def print_head() -> None:
    peers = ", ".join(f"{name} {version(name)}" for name in ("trio", "anyio"))
    print(f"Python {sys.version.split()[0]}, {peers}; anyio is on asyncio")
    print(f"\n{'':<42} {'n':>7}", *(f"{name:>9}" for name in CONTENDERS), end=" ")
    print(*(f"{'/' + name:>9}" for name in OTHERS))


def print_line(line: Line, figures: dict[str, float]) -> None:
    def column(name: str) -> str:
        return f"{figures[name]:9.2f}" if name in figures else " " * 9

    def ratio(name: str) -> str:
        compared = line.below is None and name in figures
        return f"{figures['roost'] / figures[name]:9.2f}" if compared else " " * 9

    columns = [*map(column, CONTENDERS), *map(ratio, OTHERS)]
    print(f"{line.title:<42} {line.n:>7}", *columns, flush=True)


def goals_of(line: Line, figures: dict[str, float]) -> list[str]:
    """A sentence for each goal of the line."""

    def reached(met: bool) -> str:
        return f"{'met' if met else 'MISSED':<8} {line.title}"

    sentences = []
    for other, part in line.parts.items():
        ratio = figures["roost"] / figures[other]
        sentences.append(f"{reached(ratio <= part)}: {ratio:.2f} of {other}, goal at most {part}")
    if line.below is not None:
        figure = figures["roost"]
        sentences.append(f"{reached(figure < line.below)}: {figure:.2f}, goal under {line.below}")
    return sentences


def main() -> None:
    chosen = sys.argv[1:]
    if unknown := set(chosen) - {line.work for line in LINES}:
        raise SystemExit(f"no such work: {', '.join(sorted(unknown))}")
    print_head()
    goals = []
    for line in LINES:
        if not chosen or line.work in chosen:
            figures = measure(line)
            print_line(line, figures)
            goals += goals_of(line, figures)
    if not chosen:
        floors.print_all()
    print("", *goals, sep="\n")


if __name__ == "__main__":
    main()
