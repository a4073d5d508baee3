"""Coroutines: random programs of straight-line code as Python has it, in groups and scopes.

A program is one main task, which does everything (G3b). Its calls are those that `import roost` has
for coroutines: each is thought of while the model carries it out, as for fibers (fibers.py). What
differs from these:

- A wait is never thinned out: what is there at once is had in the next turn too (S1a).
- What a start leaves behind is gone when its task has reported.
- Leaving a scope in which nothing is left to clean up is no wait (K2a).
- A handle of a task answers for it also when its group has closed (L5).

A bare checkpoint is not among the calls: it is judged when it is told, before those go on that are
told before it in one turn of the host (roost_host.h).

Lines say what both can tell: no drops, no numbers of nodes in reasons, no codes of
groups of errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fibers import Steps
from generator import Generator
from primitives import Channel, Event, Limiter, Lock
from program import Call, Program, Script, Word
from records import Fiber
from tree import Block, Code, Error, Group, Node, Outcome, Reason, Result, Scope, Task

MAIN = 3
PLAIN = re.compile("^(set_shield|set_deadline|event_set|started) (?:2|ECANCELED)$")
"""What Python does not tell."""
ANSWERS: list[tuple[int, Word]] = [(70, 0), (12, 7), (12, "EIO"), (6, "ECANCELED")]


class Coroutines(Generator):
    def __init__(self, program: Program, seed: int) -> None:
        super().__init__(program, seed, None)
        self.numbers = MAIN
        self.budget = self.random.randint(5, 60)
        self.over: set[Task] = set()
        """Those that had ended when the turn began."""
        self.met: set[Fiber] = set()
        """Those that have met a Cancelled, which they can raise."""

    # -- What differs from fibers -----------------------------------------------------------------

    def take_at_once(self, call: Call, fiber: Fiber) -> bool:
        return False

    def wait_by_calling(self, call: Call) -> Steps:
        fiber = self.fiber
        assert fiber is not None
        block = self.known.get(int(call.args[1])) if call.name == "join" else None
        if isinstance(block, Scope):
            yield from self.leave_scope(call, fiber, block)
        else:
            yield from super().wait_by_calling(call)
            self.fiber = fiber
        if fiber.rc == "ECANCELED":
            self.met.add(fiber)

    def leave_hidden(self, hidden: Group) -> None:
        """It goes at once, where it brings nothing."""
        around = hidden.parent
        if hidden.errors or not self.try_to_end(hidden, is_its_turn=True):
            self.enqueue(hidden)
        elif around is not None and not around.is_ready and self.is_ending(around):
            self.enqueue(around)

    def is_ending(self, node: Node) -> bool:
        return node.body_over if isinstance(node, Task) else isinstance(node, Block) and node.joined

    def leave_scope(self, call: Call, fiber: Fiber, scope: Scope) -> Steps:
        fiber.rc, fiber.result = 0, ""
        waits = bool(scope.cleanups)
        self.close(call, fiber)
        self.ready.remove(scope)
        scope.is_ready = False
        self.settle(scope, is_its_turn=True)
        if waits:
            yield from self.suspend(fiber)
        else:
            self.ready.remove(fiber.task)
            fiber.task.is_ready = fiber.task.goes_on = False
        fiber.closes = None
        self.counts["fiber: join"] += 1
        code: Code = fiber.rc
        if code == "ECANCELED":
            self.met.add(fiber)
        yield from self.after_closing(call, fiber)

    # -- Lines ------------------------------------------------------------------------------------

    def drop(self, number: int) -> None:
        self.dropped[number] += 1

    def drop_of_result(self, number: int) -> None:
        self.dropped[number] += 1

    def reason_text(self, reason: Reason | None) -> str:
        if reason is None:
            return "-"
        code = 0 if reason.origin == "RACE_WON" else reason.code  # values are objects in Python
        return f"({reason.origin} {code} '{reason.node.name}' '{reason.message}')"

    def error_text(self, error: Error) -> str:
        name = "cleanup" if error.name.startswith("cleanup of ") else error.name
        if error.children:
            inner = " ".join(self.nested_text(child) for child in error.children)
            return f"['{name}' {inner}]"
        return f"['{name}' {error.code}]"

    def nested_text(self, error: Error) -> str:
        if error.children:
            return "[" + " ".join(self.nested_text(child) for child in error.children) + "]"
        return str(error.code)

    def result_text(self, result: Result) -> str:
        cut = result.code == "ECANCELED"
        words = [
            f"called={int(result.cancel_called)}",
            f"caught={int(result.cancelled_caught)}",
            self.reason_text(result.reason if result.cancel_called or cut else None),
            *(self.error_text(error) for error in result.errors),
        ]
        if result.winner is not None:
            words.append(f"winner '{result.winner.name}' {result.winner.outcome.code}")
        return " ".join(words)

    def outcome_text(self, outcome: Outcome) -> str:
        is_cancelled = outcome.state == "CANCELLED"
        return f"{outcome.state} {self.reason_text(outcome.reason) if is_cancelled else '-'}"

    # -- Programs ---------------------------------------------------------------------------------

    def next_outside(self) -> Call | None:
        self.rounds += 1
        if self.rounds == 1:
            script = self.script("start", MAIN)
            return Call("spawn", [MAIN, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [script, None])
        if self.rounds == 2:
            return Call("run", [])
        if self.rounds == 3:
            return self.make_close()
        return Call("run", []) if self.rounds < 6 else None

    def next_inside(self, script: Script, index: int) -> Call | None:
        fiber = self.fiber
        is_body = script.kind in ("start", "cleanup")
        if fiber is None or script.kind == "filter":
            return None
        longest, percent = (8, 85) if is_body else (3, 40)
        if self.budget <= 0 or index >= longest or not self.chance(percent):
            return self.next_to_close(script)
        self.budget -= 1
        return self.think(fiber)

    def next_to_close(self, script: Script) -> Call | None:
        """A body closes what it has opened."""
        fiber = self.fiber
        if fiber is None or script.kind not in ("start", "cleanup"):
            return None
        if fiber.current is fiber.task:
            return None
        return self.leaving(fiber)

    def answer(self, script: Script) -> Word:
        if script.kind == "filter":
            script.answer = self.word([(35, 0), (30, 1), (30, 2)])
        elif script.kind not in ("start", "cleanup"):
            script.answer = 0
        else:
            answers = ANSWERS if self.fiber in self.met else ANSWERS[:3]
            script.answer = self.word(answers)
            if script.kind == "cleanup" and script.answer == 7:
                script.answer = 0
        return script.answer

    def think(self, fiber: Fiber) -> Call:
        groups = self.alive(lambda n: isinstance(n, Group) and not self.refuses(n))
        nodes = self.alive(self.may_be_named)
        blocks = self.alive(lambda n: isinstance(n, Block) and n is not self.root and not n.joined)
        # Of those that are cancelled, waits may have been told in the same turn before.
        calm = [number for number in blocks if not self.known[number].is_cancelled()]
        tasks = self.handles(fiber.current)
        own = self.number_of(fiber.task)
        here = fiber.current
        started = fiber.task.call.name == "start" and fiber.task.cleanup is None
        makers: list[tuple[int, Callable[[], Call]]] = [
            (14, lambda: self.opening_group(own)),
            (12, lambda: self.opening_scope(own)),
            (16, self.sleeping),
            (8, lambda: self.deferring(nodes, own)),
            (12 if here is not fiber.task else 0, lambda: self.leaving(fiber)),
            (24 if groups else 0, lambda: self.spawning(fiber, groups)),
            (7 if groups else 0, lambda: self.starting(groups)),
            (7 if started else 0, lambda: Call("started", [own, 0])),
            (12 if nodes else 0, lambda: self.cancelling(nodes)),
            (6 if tasks else 0, lambda: self.awaiting("on_end", tasks)),
            (5 if tasks else 0, lambda: self.awaiting("cancel_and_wait", tasks)),
            (4 if blocks else 0, lambda: self.moving(blocks)),
            (5 if calm else 0, lambda: self.shielding(calm)),
            (4 if groups else 0, lambda: self.shutting_down(groups)),
            *self.on_things(fiber),
        ]
        return self.weighted(makers)()

    def alive(self, fitting: Callable[[Any], bool]) -> list[int]:
        return [
            number
            for number, thing in self.known.items()
            if isinstance(thing, Node) and not thing.ended and self.is_known(thing)
            if fitting(thing)
        ]

    def is_known(self, node: Node) -> bool:
        """A handle of it is there, and it is not just ending, of which Python hears a turn late."""
        if not isinstance(node, Task):
            return True
        is_begun = node.started or node.call.name == "spawn"
        is_over = node.body_over or node.dismissed
        return node.cleanup is None and is_begun and (not is_over or node in self.over)

    def may_be_named(self, node: Any) -> bool:
        is_main = node is self.known.get(MAIN)
        return node is not self.root and (not is_main or self.chance(10))

    def handles(self, here: Node) -> list[int]:
        """Tasks that a program has a handle of, alive or kept, and that it is no part of."""
        return [
            number
            for number, thing in self.known.items()
            if isinstance(thing, Task) and self.is_known(thing) and not thing.contains(here)
            if not thing.ended or self.is_row_kept(thing)
        ]

    def turn(self) -> None:
        self.over = {node for node in self.every_node if isinstance(node, Task) and node.ended}
        super().turn()

    def refuses(self, group: Group) -> bool:
        return group is self.root or group.without_daemons or group.ending

    def span(self) -> Word:
        return self.word([(70, 0), (30, self.random.randint(1, 10))])

    def opening_group(self, own: int) -> Call:
        number = self.new_number()
        scripts = [self.script("filter", number) for _ in range(2)] if self.chance(12) else []
        args: list[Word] = [number, own, 1, self.span(), 0, 1, self.flag(15)]
        args += [0 if scripts else self.weighted([(60, 0), (25, 2), (20, 3)])]
        args += [self.weighted([(75, 0), (15, 1), (10, 2)]), 0]
        args += [self.flag(12), self.any_grace(), self.flag(20)]
        return Call("group", args, [*scripts] or [None, None])

    def opening_scope(self, own: int) -> Call:
        span = self.span()
        fails = span != 0 and self.chance(40)
        args: list[Word] = [self.new_number(), own, 1, span, 0, int(not fails), self.flag(15)]
        return Call("scope", [*args, self.flag(15), self.any_grace(), self.flag(20) * (not fails)])

    def spawning(self, fiber: Fiber, groups: list[int]) -> Call:
        number = self.new_number()
        here = self.number_of(fiber.current)
        group = here if isinstance(fiber.current, Group) else self.random.choice(groups)
        args: list[Word] = [number, group, 1, 1, 0, 0, 0, 0, 0, self.flag(20), self.flag(15)]
        return Call("spawn", args, [self.script("start", number), None])

    def starting(self, groups: list[int]) -> Call:
        number, wait = self.new_number(), self.new_number()
        args: list[Word] = [number, self.random.choice(groups), 1, 1, 0, 0, 0, 0, 0]
        args += [self.flag(20), self.flag(15), wait, 0]
        return Call("start", args, [self.script("start", number), None, self.script("wait", wait)])

    def leaving(self, fiber: Fiber) -> Call:
        number = self.new_number()
        codes: list[tuple[int, Word]] = [(70, 0), (18, "EIO")]
        if fiber in self.met:
            codes.append((30, "ECANCELED"))
        block = self.number_of(fiber.current)
        return Call("join", [number, block, self.word(codes)], [self.script("join", number)])

    def sleeping(self) -> Call:
        number = self.new_number()
        span = self.word([(95, self.random.randint(1, 8)), (5, "FOREVER")])
        return Call("after", [number, 0, span], [self.script("wait", number)])

    def deferring(self, nodes: list[int], own: int) -> Call:
        number, task = self.new_number(), self.new_number()
        node = self.random.choice(nodes) if nodes and self.chance(60) else own
        return Call("defer", [number, task, node, 0, 0], [self.script("cleanup", task), None])

    def cancelling(self, nodes: list[int]) -> Call:
        origin = self.weighted([(80, 0), (10, 5), (10, 7)])
        node = self.random.choice(nodes)
        return Call("cancel", [node, origin, self.random.randint(0, 9), self.flag(30)])

    def awaiting(self, name: str, tasks: list[int]) -> Call:
        number = self.new_number()
        args: list[Word] = [number, self.random.choice(tasks), 0]
        if name == "cancel_and_wait":
            args.append(0)
        return Call(name, args, [self.script("wait", number)])

    def moving(self, blocks: list[int]) -> Call:
        until = self.word([(15, "FOREVER"), (85, int(self.clock.now) + self.random.randint(1, 8))])
        return Call("set_deadline", [self.random.choice(blocks), until])

    def shielding(self, blocks: list[int]) -> Call:
        return Call("set_shield", [self.random.choice(blocks), self.random.randint(0, 1)])

    def shutting_down(self, groups: list[int]) -> Call:
        return Call("shutdown", [self.random.choice(groups), self.random.randint(1, 9)])

    def on_things(self, fiber: Fiber) -> list[tuple[int, Callable[[], Call]]]:
        """What tasks wait for."""

        def those(kind: type, fitting: Callable[[Any], bool] = lambda thing: True) -> list[int]:
            return [n for n, t in self.known.items() if isinstance(t, kind) and fitting(t)]

        def some(name: str, numbers: list[int], *rest: Word) -> Callable[[], Call]:
            return lambda: Call(name, [self.random.choice(numbers), *rest])

        def waiting(name: str, numbers: list[int], has_item: bool = False) -> Callable[[], Call]:
            def made() -> Call:
                number = self.new_number()
                args: list[Word] = [number, self.random.choice(numbers), 0]
                if has_item:
                    args.append(self.new_number())
                return Call(name, args, [self.script("wait", number)])

            return made

        events, limiters = those(Event), those(Limiter)
        taken = those(Limiter, lambda thing: thing.taken > 0)
        locks = those(Lock, lambda thing: thing.owner is not fiber.task)
        owned = those(Lock, lambda thing: thing.owner is fiber.task)
        channels = those(Channel)
        own = self.number_of(fiber.task)
        return [
            (2, lambda: Call("event", [self.new_number()])),
            (2, lambda: Call("limiter", [self.new_number(), self.random.randint(1, 2)])),
            (2, lambda: Call("lock", [self.new_number()])),
            (2, lambda: Call("channel", [self.new_number(), self.random.randint(0, 2)])),
            (6 * bool(events), waiting("event_wait", events)),
            (3 * bool(events), some("event_set", events)),
            (6 * bool(limiters), waiting("acquire", limiters)),
            (6 * bool(taken), some("limiter_release", taken)),
            (6 * bool(locks), waiting("lock_acquire", locks)),
            (6 * bool(owned), some("unlock", owned, own)),
            (6 * bool(channels), waiting("send", channels, has_item=True)),
            (6 * bool(channels), waiting("receive", channels)),
        ]


def generate(seed: int) -> tuple[Program, Coroutines]:
    """A program of coroutines, and the model which has carried it out."""
    program = Program(number=seed, own_loop=True, form="fibers")
    world = Coroutines(program, seed)
    world.run(program)
    return program, world


def lines(world: Coroutines) -> list[str]:
    """From the beginning of the main task to its end."""
    log = world.log[world.log.index(f"> start {MAIN}") :]
    end = next((i for i, line in enumerate(log) if line.startswith(("run ", "close "))), len(log))
    log = [line.replace("ESTALE", "ECLOSED").replace("EALREADY", "EORDER") for line in log[:end]]
    return [PLAIN.sub(r"\1 0", line) for line in log]
