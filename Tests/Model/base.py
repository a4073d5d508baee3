"""What a world has: a tree, handles by number, and lines.

A world carries out a program, and writes the same lines as the driver does with the library.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from program import Call, Program, Script, Word
from records import Fiber, Refusal, Runtime, Thing, Wait
from tree import FOREVER, Clock, Code, Error, Group, Node, Outcome, Reason, Result

POLICIES = {0: "", 1: "FAIL_FAST", 2: "SUPERVISE", 3: "RACE"}

DATA_FIRST = frozenset(
    [
        *["after", "on_end", "park", "cancel_and_wait", "join", "defer", "spawn", "start", "close"],
        *["event_wait", "acquire", "lock_acquire", "condition_wait", "send", "receive"],
    ]
)
"""The calls that take data, under the number of what they make."""


def grace_of(word: Word, inherited: float) -> float:
    """C11."""
    if word == 0:
        return inherited
    return 0 if word == "NOW" else FOREVER if word == "FOREVER" else float(word)


class Base:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.clock = Clock()
        self.log: list[str] = []
        self.counts: Counter[str] = Counter()
        self.own_loop = program.own_loop
        self.ready: list[Thing] = []
        self.batch: list[Thing] = []
        self.polls_in_vain = 0
        self.went_on = False
        """The loop had something to do in its last turn."""
        self.orders = 0
        self.fiber: Fiber | None = None
        """The one that runs."""
        self.begun: Wait | None = None
        """The wait that has begun last."""
        self.depth = 0
        self.root = Group(self.clock, None, "root")
        self.root.policy = POLICIES[program.policy] or "SUPERVISE"
        self.root.limit = program.limit or FOREVER
        self.root.grace = grace_of(program.grace, FOREVER)
        self.known: dict[int, Any] = {1: self.root, 2: Runtime()}
        self.close_call: Call | None = None
        self.is_gone = False
        """The root has ended."""
        self.is_closed = False
        """The function of the close was called."""
        self.hangs = False
        """A deadlock that ended nothing: the loop is not kept going for it (D4)."""
        self.met_deadlock = False
        self.dropped: Counter[int] = Counter()
        self.every_node: list[Node] = [self.root]

    def next_call(self, script: Script | Program, index: int) -> Call | None:
        """The call of that number; a generator thinks of them one by one."""
        return script.calls[index] if index < len(script.calls) else None

    def answer(self, script: Script) -> Word:
        return script.answer

    def run(self, program: Program) -> None:
        index = 0
        while (call := self.next_call(program, index)) is not None:
            index += 1
            self.execute(call)
        if not self.is_closed and self.waits_for_itself():
            self.log.append("what is left waits for itself")

    def waits_for_itself(self) -> bool:
        """Something, that nothing can end (D4)."""
        return False

    def play(self, script: Script | None) -> Code:
        assert script is not None
        self.depth += 1
        index = 0
        while (call := self.next_call(script, index)) is not None:
            index += 1
            self.execute(call)
        answer = self.answer(script)
        self.depth -= 1
        self.log.append(f"< {answer}")
        return answer

    def execute(self, call: Call) -> None:
        try:
            answer = getattr(self, "call_" + call.name)(call)
            self.counts[call.name] += 1
        except Refusal as refusal:
            if call.name == "start" and self.program.is_fiber(call.args[0]):
                self.drop(int(call.args[11]))  # no rule has an order here
            if call.name in DATA_FIRST:
                self.drop(int(call.args[0]))
            if call.name == "start" and not self.program.is_fiber(call.args[0]):
                self.drop(int(call.args[11]))
            if call.name == "group" and call.scripts[0] is not None:
                self.drop(int(call.args[0]))
            if call.name == "finish" and call.args[2] != 0:
                self.drop_of_result(int(call.args[2]))
            answer = refusal.code
            self.counts[f"{call.name} {answer}"] += 1
        self.log.append(f"{call.name} {answer}")

    def number_of(self, thing: Any) -> int:
        return min((n for n, known in self.known.items() if known is thing), default=0)

    def reason_text(self, reason: Reason | None) -> str:
        if reason is None:
            return "-"
        number = self.number_of(reason.node)
        name, message = reason.node.name, reason.message
        return f"({reason.origin} {reason.code} {number} '{name}' '{message}')"

    def error_text(self, error: Error) -> str:
        inner = "".join(" " + self.error_text(child) for child in error.children)
        number = self.number_of(error.node)
        return f"[{error.code} {number} '{error.name}' '{error.message}' {error.object}{inner}]"

    def result_text(self, result: Result) -> str:
        words = [
            result.state,
            str(result.code),
            f"called={int(result.cancel_called)}",
            f"caught={int(result.cancelled_caught)}",
            self.reason_text(result.reason),
            f"errors={result.error_count}",
            *(self.error_text(error) for error in result.errors),
        ]
        if result.winner is not None:
            winner = result.winner
            words += [
                "winner",
                str(self.number_of(winner)),
                str(winner.outcome.code),
                str(winner.outcome.result),
                f"'{winner.name}'",
            ]
        return " ".join(words)

    def outcome_text(self, outcome: Outcome) -> str:
        reason = self.reason_text(outcome.reason)
        started = int(outcome.started)
        return f"{outcome.state} {outcome.code} started={started} {outcome.result} {reason}"

    def note(self, event: str, number: int, *words: object) -> None:
        self.counts["on " + event] += 1
        self.log.append(" ".join([f"> {event} {number}", *map(str, words)]))

    def drop(self, number: int) -> None:
        self.dropped[number] += 1
        self.log.append(f"drop {number}")

    def drop_of_result(self, number: int) -> None:
        self.dropped[number] += 1
        self.log.append(f"result {number}")

    def handle(self, number: Word, kinds: type | tuple[type, ...]) -> Any:
        """T3. That of something that has ended is still found here."""
        thing = self.known.get(int(number))
        if thing is None:
            raise Refusal("EINVAL")
        if not isinstance(thing, kinds):
            raise Refusal("EKIND")
        if self.is_gone:
            raise Refusal("ESTALE")
        return thing

    def node(self, number: Word, kinds: type | tuple[type, ...] = Node) -> Any:
        """A node that has not ended."""
        node = self.handle(number, kinds)
        if node.ended:
            raise Refusal("ESTALE")
        return node

    def open_node(self, number: Word) -> Node:
        """One in which something can begin."""
        node: Node = self.node(number)
        if node.closing:
            raise Refusal("ECLOSED")
        return node

    def parent(self, number: Word) -> Node:
        """One in which something can be opened."""
        node = self.open_node(number)
        if node is self.root and self.close_call is not None:
            raise Refusal("ECLOSED")  # T1d, S8a
        if isinstance(node, Group) and node.without_daemons:
            raise Refusal("ECLOSED")  # L3
        return node

    def waiting_in(self, number: Word) -> Node:
        """Where a wait begins: that of a fiber where it is (T1b), wherever that of a callback
        would."""
        return self.open_node(number) if self.fiber is None else self.fiber.current

    def place_of(self, number: Word) -> Node:
        """Where something is opened: a fiber's own task means where it is (T1c)."""
        if self.is_own(number):
            assert self.fiber is not None
            return self.fiber.current
        return self.parent(number)

    def is_own(self, number: Word) -> bool:
        return self.fiber is not None and self.known.get(int(number)) is self.fiber.task

    def next_order(self) -> int:
        self.orders += 1
        return self.orders
