"""Programs: the calls that they make, outside and in callbacks, as text for the driver and as C."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Word = int | str
"""A number, or the name of a code or a time."""

TASK = "_ group held name timeout deadline move_on shield grace until_stopping daemon"

PARAMETERS = {
    name: words.split()
    for name, words in {
        "group": "_ parent name timeout deadline move_on report policy limit max_errors shield "
        "grace until_stopping",
        "scope": "_ parent name timeout deadline move_on report shield grace until_stopping",
        "spawn": TASK,
        "start": TASK + " wait in",
        "started": "task value",
        "finish": "task rc result",
        "explain": "task message",
        "cancel": "node origin code message",
        "cancel_and_wait": "_ node in code",
        "set_shield": "node on",
        "shutdown": "node patience",
        "set_deadline": "node deadline",
        "join": "_ node rc",
        "defer": "_ self node name plain",
        "after": "_ in delay",
        "on_end": "_ of in",
        "park": "_ in",
        "wake": "wait rc",
        "close": "_ patience",
        "turn": "times",
        "event_wait": "_ event in",
        "limiter": "_ permits",
        "resize": "limiter permits",
        "acquire": "_ limiter in",
        "lock_acquire": "_ lock in",
        "try_lock": "lock owner",
        "unlock": "lock owner",
        "condition": "_ lock",
        "condition_wait": "_ condition in",
        "notify": "condition count",
        "channel": "_ capacity",
        "send": "_ channel in item",
        "try_send": "channel item",
        "receive": "_ channel in",
        "select": "_ kind of item kind of item kind of item",
    }.items()
}
"""What the arguments of a call are; `_` is the number of what it makes."""

FORMS = ["callbacks", "fibers", "mixed"]
"""What the tasks and cleanups of a program are."""

OPENS = frozenset(["event", "limiter", "lock", "condition", "channel"])
OPTIONS = {"group": 2, "scope": 2, "spawn": 2, "start": 2, "cancel": 1, "defer": 3, "join": 2}
"""From which argument on 0 is the plain case."""

NEEDED = frozenset(["start", "cleanup", "wait", "filter", "close"])


@dataclass(eq=False)
class Script:
    """What one callback does."""

    kind: str
    number: int
    """Of the call that gave it."""
    answer: Word = 0
    calls: list[Call] = field(default_factory=list)

    @property
    def is_needed(self) -> bool:
        """The call is not made without it."""
        return self.kind in NEEDED

    def text(self) -> str:
        return "{ " + " ".join([str(self.answer), *(call.text() for call in self.calls)]) + " }"


@dataclass(eq=False)
class Call:
    name: str
    args: list[Word]
    scripts: list[Script | None] = field(default_factory=list)

    def options(self) -> range:
        """The arguments that may be made plain."""
        last = 11 if self.name == "start" else len(self.args)
        return range(OPTIONS.get(self.name, len(self.args)), last)

    def text(self) -> str:
        scripts = ("-" if script is None else script.text() for script in self.scripts)
        return " ".join([self.name, *map(str, self.args), *scripts, ";"])

    def as_c(self) -> str:
        """About as it would stand in C."""
        parameters = PARAMETERS.get(self.name, [])
        words = []
        for index, value in enumerate(self.args):
            parameter = parameters[index] if index < len(parameters) else ""
            if parameter == "_" or (parameter == "" and self.name in OPENS):
                continue
            if index in self.options():
                words += [f".{parameter}={value}"] if value != 0 else []
            else:
                words.append(f"{parameter}={value}" if parameter else str(value))
        made = f"#{self.args[0]} = " if parameters[:1] == ["_"] or self.name in OPENS else ""
        return f"{made}{self.name}({', '.join(words)})"


@dataclass(eq=False)
class Program:
    number: int
    own_loop: bool = False
    seed: int = 0
    grace: Word = 0
    policy: int = 0
    limit: int = 0
    form: str = "callbacks"
    calls: list[Call] = field(default_factory=list)

    def is_fiber(self, number: Word) -> bool:
        """Whether the task or cleanup of that number is straight-line code (S2)."""
        return self.form == "fibers" or (self.form == "mixed" and int(number) % 2 == 1)

    def text(self) -> str:
        form = FORMS.index(self.form)
        numbers = [int(self.own_loop), self.seed, self.grace, self.policy, self.limit, form]
        numbers.insert(0, self.number)
        lines = [" ".join(["program", *map(str, numbers)])]
        lines += [call.text() for call in self.calls]
        return "\n".join([*lines, "end", ""])


def listing(program: Program) -> Iterator[str]:
    """The program for people: what is made is named by its number, #1 is the root."""
    options = [
        f".{name}={value}"
        for name, value in [
            ("grace", program.grace),
            ("policy", program.policy),
            ("limit", program.limit),
        ]
        if value
    ]
    loop = "its own loop" if program.own_loop else "a loop that is borrowed"
    yield f"open({', '.join(options)}) /* on {loop}; {program.form} */;"
    yield from _list(program.calls, "")


def _list(calls: list[Call], indent: str) -> Iterator[str]:
    for call in calls:
        yield f"{indent}{call.as_c()};"
        for script in call.scripts:
            if script is None or (script.kind in ("wait", "join") and not script.calls):
                continue
            if script.calls:
                yield f"{indent}    {script.kind}: {{"
                yield from _list(script.calls, indent + "        ")
                yield f"{indent}    }} answers {script.answer};"
            else:
                yield f"{indent}    {script.kind}: answers {script.answer};"
