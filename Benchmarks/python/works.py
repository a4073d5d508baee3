"""The lines of the table: what is done how often, and what Roost must reach at it.

The contenders do these works in modules of their own (on_asyncio.py, ...), in a function of the
work's name.
"""

from dataclasses import dataclass, field

CONTENDERS = ("roost", "asyncio", "trio", "anyio")


@dataclass(frozen=True)
class Line:
    title: str
    work: str
    n: int
    gauge: str = "cpu"  # nothing waits there, and time would count what others use of the machine
    scale: float = 1e6  # what the watch shows, for each of n, in the unit of the title
    rounds: int = 21
    below: float | None = None  # what Roost's figure must be under
    parts: dict[str, float] = field(default_factory=dict)  # at most so much of another's figure


LINES = (
    Line(
        "spawn + join of trivial tasks, µs",
        "spawn",
        10_000,
        parts={"asyncio": 0.5, "trio": 0.35, "anyio": 0.15},
    ),
    Line(
        "cancel + join of blocked tasks, µs",
        "cancel",
        10_000,
        parts={"asyncio": 0.6, "trio": 0.2, "anyio": 0.25},
    ),
    Line("switch among 1,000 tasks, µs", "switch", 100_000, parts={"asyncio": 0.6}),
    Line("scope with a deadline, µs", "scope", 10_000, parts={"trio": 0.5}),
    Line("blocked task, bytes", "hold", 10_000, "memory", 1.0, rounds=5, parts={"asyncio": 1.0}),
    Line("switch of one task to itself, µs", "alone", 10_000),
    Line("message by a channel for 100, µs", "channel", 10_000),
    Line("lock handed over among 10 tasks, µs", "lock", 10_000),
    Line("call in a thread, µs", "thread", 1_000, "time"),
    Line("cancelled, waits on: shielded, % CPU", "shielded", 300, "cpu", 1e5, 3, below=1.0),
    Line("cancelled, waits on: refused, % CPU", "refused", 300, "cpu", 1e5, 3, below=1.0),
)
"""`n` of the last two is in milliseconds. A wait that is refused its end is one that the library is
told it cannot take back: a future that does not let itself be cancelled, a call in a thread."""
