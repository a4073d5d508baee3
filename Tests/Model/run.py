"""The model against the library: random programs, each carried out by both, line by line.

    run.py                    as many programs as ROOST_MODEL_PROGRAMS says, 10,000 unless it does,
                              from the seed ROOST_MODEL_SEED on, which is 1, in each form
    run.py SEED [FORM]        that program alone, as calls, with the lines of both

The forms (fibers.py says what the calls of a program are in a fiber):

    callbacks                 tasks and cleanups are callbacks
    same                      the same programs, whose tasks and cleanups are fibers
    fibers                    programs that were thought of for fibers; every second one is mixed,
                              half of its tasks and cleanups being callbacks

The library is the one in ROOST_LIBRARY_DIR, or in .build/lib; the driver, which Tools/suites/model
compiles, is .build/model/driver, or ROOST_MODEL_DRIVER. A program on which they differ is
made as short as it goes, and printed as calls with the first line that differs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fibers import WAITING, Straight, carry_out
from generator import generate
from program import Program, Script, listing

TOP = Path(__file__).resolve().parents[2]
LIBRARY = TOP / os.environ.get("ROOST_LIBRARY_DIR", ".build/lib")
DRIVER = Path(os.environ.get("ROOST_MODEL_DRIVER", TOP / ".build" / "model" / "driver"))
CHUNK = 250
SHOWN = 5
SHUFFLED = 200
TITLES = {
    "callbacks": "as callbacks",
    "same": "the same as fibers",
    "fibers": "thought of for fibers, every second one mixed",
}
FORMS = list(TITLES)


@dataclass
class Answer:
    """What came of one chunk."""

    programs: int = 0
    differing: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def drive(programs: list[Program]) -> dict[int, list[str]]:
    """The lines of the library for each program; of the last one, that it did not end."""
    text = "".join(program.text() for program in programs)
    done = subprocess.run(
        [DRIVER],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LD_LIBRARY_PATH": str(LIBRARY)},
    )
    lines: dict[int, list[str]] = {}
    current: list[str] = []
    for line in done.stdout.splitlines():
        if line.startswith("program "):
            current = lines.setdefault(int(line.split()[1]), [])
        elif line != "end":
            current.append(line)
    if done.returncode != 0:
        current.append(f"the driver ended with {done.returncode}: {done.stderr.strip()}")
    return lines


def in_any_order(lines: list[str]) -> list[str]:
    """What results a closing gives up is said in no rule to have an order: sorted."""
    out: list[str] = []
    run: list[str] = []
    for line in lines:
        if line.startswith("result "):
            run.append(line)
        else:
            out += [*sorted(run), line]
            run = []
    return out + sorted(run)


def first_difference(model: list[str], engine: list[str]) -> int | None:
    ours, theirs = in_any_order(model), in_any_order(engine)
    for index in range(max(len(ours), len(theirs))):
        if ours[index : index + 1] != theirs[index : index + 1]:
            return index
    return None


def judge(program: Program) -> int | None:
    return first_difference(carry_out(program).log, drive([program]).get(program.number, []))


def make(seed: int, form: str) -> tuple[Program, Straight]:
    """A program, and the model which has carried it out."""
    if form == "fibers":
        return generate(seed, "mixed" if seed % 2 else "fibers")
    program, world = generate(seed)
    return (program, world) if form == "callbacks" else as_fibers(program)


def as_fibers(program: Program) -> tuple[Program, Straight]:
    """The same program, whose tasks and cleanups are fibers."""
    program.form = "fibers"
    return program, carry_out(program)


def compare(first: int, count: int) -> dict[str, Answer]:
    """One chunk, in a process of its own: by form."""
    seeds = range(first, first + count)
    made = [make(seed, "callbacks") for seed in seeds]
    answers = {"callbacks": judge_all(made)}
    answers["same"] = judge_all([as_fibers(program) for program, _ in made])
    answers["fibers"] = judge_all([make(seed, "fibers") for seed in seeds])
    return answers


def judge_all(made: list[tuple[Program, Straight]]) -> Answer:
    answer = Answer()
    engine = drive([program for program, _ in made])
    for program, world in made:
        answer.programs += 1
        answer.counts += world.counts
        if first_difference(world.log, engine.get(program.number, [])) is not None:
            answer.differing.append(program.number)
    # A driver that died leaves the rest unsaid; one that could not start, everything.
    said = [number for number in answer.differing if number in engine]
    answer.differing = said or answer.differing[:1]
    return answer


# -- Shrinking ------------------------------------------------------------------------------------


def scripts_of(program: Program) -> Iterator[Program | Script]:
    """Everything that has calls, the outermost first."""
    yield program
    todo = [script for call in program.calls for script in call.scripts if script is not None]
    while todo:
        script = todo.pop(0)
        yield script
        todo += [inner for call in script.calls for inner in call.scripts if inner is not None]


def without_calls(program: Program, size: int) -> bool:
    """Takes away calls, so many at a time, as long as the difference stays."""
    shorter = False
    for holder in list(scripts_of(program)):
        start = len(holder.calls) - size
        while start >= 0:
            taken = holder.calls[start : start + size]
            del holder.calls[start : start + size]
            if judge(program) is None:
                holder.calls[start:start] = taken
            else:
                shorter = True
            start -= size
    return shorter


def simpler(program: Program) -> bool:
    """Makes answers and options plain, as long as the difference stays."""
    changed = False
    for holder in list(scripts_of(program)):
        for call in holder.calls:
            for index, script in enumerate(call.scripts):
                if script is not None and script.answer != 0:
                    kept, script.answer = script.answer, 0
                    if judge(program) is None:
                        script.answer = kept
                    else:
                        changed = True
                if script is not None and not script.is_needed:
                    call.scripts[index] = None
                    if judge(program) is None:
                        call.scripts[index] = script
                    else:
                        changed = True
            for index in call.options():
                if call.args[index] == 0:
                    continue
                kept_word, call.args[index] = call.args[index], 0
                if judge(program) is None:
                    call.args[index] = kept_word
                else:
                    changed = True
    return changed


def shrink(program: Program) -> None:
    changed = True
    while changed:
        changed = False
        for size in (8, 4, 2, 1):
            changed = without_calls(program, size) or changed
        changed = simpler(program) or changed


def show(program: Program) -> None:
    model, engine = carry_out(program).log, drive([program]).get(program.number, [])
    ours, theirs = in_any_order(model), in_any_order(engine)
    index = first_difference(model, engine)
    for line in listing(program):
        print("    " + line)
    if index is None:
        print("    (model and library agree)")
        return
    print("  the lines before, then what the model expected and the library did:")
    for line in ours[max(0, index - 6) : index]:
        print("      " + line)
    for sign, lines in (("model", ours), ("library", theirs)):
        for line in lines[index : index + 3] or ["(the end)"]:
            print(f"    {sign:8}{line}")


# -- The test -------------------------------------------------------------------------------------


def wanted() -> set[str]:
    """Every call, and every branch that the model counts, by the names that stand in it."""
    names: set[str] = set()
    for source in Path(__file__).parent.glob("*.py"):
        text = source.read_text()
        names.update(re.findall(r"    def call_(\w+)\(", text))
        names.update("fiber: " + name for name in WAITING)
        names.update(re.findall(r'self\.counts\["([^"]+)"\] \+= 1', text))
    return names


def in_the_same_order(form: str, first: int, count: int) -> list[int]:
    """S4: the programs that a seed shuffles in one way, and the next time in another."""
    programs = [make(seed, form)[0] for seed in range(first, first + count)]
    for program in programs:
        program.seed = program.number + 1
    once, again = drive(programs), drive(programs)
    return [
        program.number
        for program in programs
        if not once.get(program.number) or once[program.number] != again.get(program.number)
    ]


def report(form: str, answer: Answer, first: int) -> None:
    title = f"model: {answer.programs} programs from seed {first}, {TITLES[form]}"
    print(("not ok - " if answer.differing else "ok - ") + title)
    for seed in answer.differing[:SHOWN]:
        print(f"  they differ on program {seed}:")
        program, _ = make(seed, form)
        if judge(program) is not None:
            shrink(program)
        show(program)
    if len(answer.differing) > SHOWN:
        print(f"  and on {answer.differing[SHOWN:]}")


def report_counts(counts: Counter[str], programs: int) -> None:
    print("  how often:")
    for name, count in sorted(counts.items()):
        print(f"    {count:8} {name}")
    missing = sorted(name for name in wanted() if not counts[name])
    if programs >= 5000:
        print(("not ok - " if missing else "ok - ") + "model: every call and branch was met")
        for name in missing:
            print(f"  never: {name}")


def main() -> None:
    if len(sys.argv) > 1:
        program, world = make(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else FORMS[0])
        print(program.text())
        print("\n".join(world.log))
        show(program)
        return
    first = int(os.environ.get("ROOST_MODEL_SEED", "1"))
    count = int(os.environ.get("ROOST_MODEL_PROGRAMS", "10000"))
    chunks = [
        (start, min(CHUNK, first + count - start)) for start in range(first, first + count, CHUNK)
    ]
    answers = {form: Answer() for form in FORMS}
    with ProcessPoolExecutor() as pool:
        for parts in pool.map(compare, *zip(*chunks, strict=True)):
            for form, part in parts.items():
                answers[form].programs += part.programs
                answers[form].differing += part.differing
                answers[form].counts += part.counts
    for form, answer in answers.items():
        report(form, answer, first)
    report_counts(sum((answer.counts for answer in answers.values()), Counter()), count)
    for form in FORMS:
        differing = in_the_same_order(form, first, SHUFFLED)
        title = f"model: S4, the same seed gives the same order, {TITLES[form]}"
        print(("not ok - " if differing else "ok - ") + title)
        for number in differing:
            print(f"  program {number} does not")


if __name__ == "__main__":
    main()
