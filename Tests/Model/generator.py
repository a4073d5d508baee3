"""Random programs from a seed.

A program is thought of while the model carries it out, so that most calls are made on what is
there, and some on what is not: what has ended, is closing, is of the wrong kind, or never was.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from fibers import Straight
from primitives import Channel, Condition, Event, Limiter, Lock
from program import Call, Program, Script, Word
from records import Cleanup, Fiber, Wait
from tree import Block, Group, Node, Task

T = TypeVar("T")

ANSWERS: dict[str, list[tuple[int, Word]]] = {
    "start": [(34, 0), (48, 1), (12, "EIO"), (4, "ECANCELED"), (2, 7)],
    "fiber": [(60, 0), (20, 1), (12, "EIO"), (4, "ECANCELED"), (4, 7)],
    "on_cancel": [(45, 0), (35, 1), (10, "EIO"), (6, "ECANCELED"), (4, 3)],
    "cleanup": [(62, 0), (22, 1), (10, "EIO"), (4, "ECANCELED"), (2, 5)],
    "abort": [(45, 0), (45, 1), (5, 3), (5, "EIO")],
    "filter": [(35, 0), (30, 1), (30, 2), (5, 5)],
    "wait": [(1, 0)],
    "join": [(1, 0)],
    "close": [(1, 0)],
}


class Generator(Straight):
    def __init__(self, program: Program, seed: int, features: frozenset[str] | None) -> None:
        super().__init__(program)
        self.random = random.Random(seed)
        self.features = features
        """Which rules, for looking at some alone; None: all."""
        self.numbers = 2
        self.budget = self.random.randint(5, 40 if program.form == "callbacks" else 60)
        self.rounds = 0
        self.around: list[int] = []
        """The numbers of what the callbacks under way belong to."""
        self.things = self.makers_of_things()
        self.makers = [
            (weight * self.random.choice([0, 1, 1, 1, 4]), make)
            for weight, name, make in self.all_makers()
            if name == "" or self.has(name)
        ] + [(5, self.make_spawn)]

    # -- Thinking of the next call ----------------------------------------------------------------

    def next_call(self, script: Script | Program, index: int) -> Call | None:
        if isinstance(script, Program):
            call = self.next_outside()
        else:
            call = self.next_inside(script, index)
        if call is not None:
            script.calls.append(call)
        return call

    def next_inside(self, script: Script, index: int) -> Call | None:
        longest, percent = (4, 55 if index else 60) if self.fiber is None else (6, 80)
        if self.budget <= 0 or index >= longest or not self.chance(percent):
            return self.next_to_close(script)
        self.budget -= 1
        self.around.append(script.number)
        call = self.make() if self.fiber is None else self.make_straight(self.fiber)
        self.around.pop()
        return call

    def next_to_close(self, script: Script) -> Call | None:
        """A body mostly closes what it has opened."""
        fiber = self.fiber
        if fiber is None or script.kind not in ("start", "cleanup"):
            return None
        if fiber.current is fiber.task or not self.chance(80):
            return None
        return self.joining(self.number_of(fiber.current))

    def next_outside(self) -> Call | None:
        if self.budget > 0:
            self.budget -= 1
            if self.chance(22):
                self.budget += self.random.random() < 0.5
                return self.turn_of([1, 1, 2, 3, 5])
            return self.make()
        return self.next_at_end()

    def next_at_end(self) -> Call | None:
        """Brings everything to its end."""
        self.rounds += 1
        if self.is_closed or self.rounds > 60:
            return None
        if self.rounds == 1:
            return self.turn_of([2, 8])
        if self.close_call is None:
            return self.make_close()
        if self.rounds % 4 != 3:
            for node in self.root.subtree():
                is_running = isinstance(node, Task) and node.started and not node.body_over
                if isinstance(node, Task) and node.is_fiber:
                    is_running = node.last_wait is not None
                if is_running and self.number_of(node) and self.chance(70):
                    return Call("finish", [self.number_of(node), 0, 0])
                for wait in node.waits:
                    can_be_woken = wait.abort is not None or not wait.taken
                    if wait.kind == "park" and wait.state == "waiting" and can_be_woken:
                        return Call("wake", [wait.number, "ECANCELED"])
        return self.turn_of([1, 4, 8])

    def turn_of(self, counts: list[int]) -> Call:
        return Call("run", []) if self.own_loop else Call("turn", [self.random.choice(counts)])

    def answer(self, script: Script) -> Word:
        is_straight = self.fiber is not None and script.kind == "start"
        script.answer = self.word(ANSWERS["fiber" if is_straight else script.kind])
        return script.answer

    def make(self) -> Call:
        return self.weighted(self.makers)()

    # -- Chance -----------------------------------------------------------------------------------

    def chance(self, percent: float) -> bool:
        return self.random.random() * 100 < percent

    def weighted(self, entries: list[tuple[int, T]]) -> T:
        return self.random.choices([e for _, e in entries], [w for w, _ in entries])[0]

    def word(self, entries: list[tuple[int, Word]]) -> Word:
        return self.weighted(entries)

    def new_number(self) -> int:
        self.numbers += 1
        return self.numbers

    def script(self, kind: str, number: int) -> Script:
        return Script(kind, number)

    def node_number(self, *kinds: type) -> int:
        """Mostly of something alive, and of a kind that fits."""
        if self.fiber is not None and self.chance(30):
            number = self.number_of(self.fiber.task)
            if isinstance(self.fiber.task, kinds or Node):
                return number
        if self.around and self.chance(30):
            number = self.around[-1]
            if isinstance(self.known.get(number), kinds or Node):
                return number
        if self.chance(4):
            return self.random.randint(0, self.numbers)
        fitting = kinds if kinds and not self.chance(4) else (Node,)
        if self.chance(88):
            numbers = [
                number
                for number, thing in self.known.items()
                if isinstance(thing, Node) and isinstance(thing, fitting) and not thing.ended
            ]
        else:
            numbers = [n for n, thing in self.known.items() if isinstance(thing, fitting)]
        return self.random.choice(numbers) if numbers else 1

    def not_root(self, number: int) -> int:
        return self.node_number() if number == 1 else number

    def some(self, fitting: Callable[[object], bool]) -> int:
        numbers = [number for number, thing in self.known.items() if fitting(thing)]
        if not numbers or self.chance(4):
            return self.random.randint(0, self.numbers)
        return self.random.choice(numbers)

    def length(self) -> Word:
        return self.word([(10, 0), (5, "NOW"), (5, "FOREVER"), (80, self.random.randint(1, 12))])

    def timeout(self) -> Word:
        return self.word([(85, 0), (2, "NOW"), (1, "FOREVER"), (12, self.random.randint(1, 10))])

    def instant(self) -> Word:
        now = int(self.clock.now)
        return self.word(
            [(90, 0), (1, "FOREVER"), (1, max(now, 1)), (8, now + self.random.randint(1, 10))]
        )

    def code(self) -> Word:
        return self.word([(50, 0), (15, 7), (15, "EIO"), (20, "ECANCELED")])

    def flag(self, percent: float, feature: str = "") -> int:
        return int((not feature or self.has(feature)) and self.chance(percent))

    def has(self, feature: str) -> bool:
        return self.features is None or feature in self.features

    def any_grace(self) -> Word:
        if not self.has("shield"):
            return 0
        return self.word([(85, 0), (3, "NOW"), (2, "FOREVER"), (10, self.random.randint(1, 6))])

    # -- Calls ------------------------------------------------------------------------------------

    def all_makers(self) -> list[tuple[int, str, Callable[[], Call]]]:
        return [
            (10, "", self.make_group),
            (6, "", self.make_scope),
            (20, "", self.make_spawn),
            (10, "", self.make_finish),
            (2, "", self.make_explain),
            (3, "", self.make_outcome),
            (3, "", self.make_release),
            (11, "", self.make_cancel),
            (4, "", self.make_set_deadline),
            (11, "", self.make_join),
            (9, "", self.make_defer),
            (2, "", self.make_undefer),
            (9, "", self.make_after),
            (6, "", self.make_on_end),
            (8, "", self.make_park),
            (6, "", self.make_wake),
            (4, "", self.make_unwait),
            (6, "", self.make_ask),
            (1, "", self.make_now),
            (5, "shield", self.make_set_shield),
            (5, "shutdown", self.make_shutdown),
            (4, "cancel_and_wait", self.make_cancel_and_wait),
            (2, "take", self.make_take),
            (9, "start", self.make_start),
            (9, "start", self.make_started),
            *((weight, "primitives", make) for weight, make in self.things),
            (1, "", self.make_close),
        ]

    def make_group(self) -> Call:
        number = self.new_number()
        policies = [(60, 0), (10, 1), (30, 2)] + ([(25, 3)] if self.has("race") else [])
        has_filter = self.flag(12, "filter")
        scripts = [self.script("filter", number) if has_filter else None for _ in range(2)]
        args: list[Word] = [
            number,
            self.node_number(),
            self.flag(80),
            self.timeout(),
            self.instant(),
            self.flag(30),
            self.flag(15),
            self.weighted(policies),
            self.weighted([(70, 0), (20, 1), (10, 2)]),
            self.weighted([(90, 0), (10, 1)]),
            self.flag(12, "shield"),
            self.any_grace(),
            self.flag(20, "shutdown"),
        ]
        return Call("group", args, [*scripts])

    def make_scope(self) -> Call:
        number = self.new_number()
        args: list[Word] = [
            number,
            self.node_number(),
            self.flag(80),
            self.timeout(),
            self.instant(),
            self.flag(30),
            self.flag(15),
            self.flag(15, "shield"),
            self.any_grace(),
            self.flag(20, "shutdown"),
        ]
        return Call("scope", args)

    def make_spawn(self) -> Call:
        number = self.new_number()
        args: list[Word] = [
            number,
            self.node_number(Group),
            self.flag(70),
            self.flag(80),
            self.timeout(),
            self.instant(),
            self.flag(30),
            self.flag(10, "shield"),
            self.any_grace(),
            self.flag(20, "shutdown"),
            self.flag(15, "daemon"),
        ]
        on_cancel = self.script("on_cancel", number) if self.chance(55) else None
        return Call("spawn", args, [self.script("start", number), on_cancel])

    def make_start(self) -> Call:
        spawn = self.make_spawn()
        wait = self.new_number()
        spawn.args += [wait, self.node_number()]
        spawn.scripts.append(self.script("wait", wait))
        return Call("start", spawn.args, spawn.scripts)

    def make_started(self) -> Call:
        if not any(isinstance(n, Task) and n.target is not None for n in self.known.values()):
            return self.make_start()
        value = self.weighted([(80, 0), (15, 4), (5, -1)])
        return Call("started", [self.node_number(Task), value])

    def make_finish(self) -> Call:
        if not any(isinstance(n, Task) and n.started for n in self.known.values()):
            return self.make_spawn()
        result = self.new_number() if self.chance(40) else 0
        return Call("finish", [self.node_number(Task), self.code(), result])

    def make_explain(self) -> Call:
        return Call("explain", [self.node_number(Task), self.random.randint(0, 3)])

    def make_outcome(self) -> Call:
        return Call("outcome", [self.some(lambda thing: isinstance(thing, Task))])

    def make_release(self) -> Call:
        return Call("release", [self.some(lambda thing: isinstance(thing, Task))])

    def make_cancel(self) -> Call:
        origin = self.weighted([(60, 0), (10, 1), (10, 5), (10, 7), (3, 2), (1, 99)])
        number = self.node_number()
        if number == 1 and self.chance(70):
            number = self.node_number()
        return Call("cancel", [number, origin, self.random.randint(0, 9), self.flag(30)])

    def make_set_deadline(self) -> Call:
        now = int(self.clock.now)
        until = self.word(
            [(3, 0), (15, "FOREVER"), (10, max(now, 1)), (72, now + self.random.randint(1, 8))]
        )
        return Call("set_deadline", [self.node_number(), until])

    def make_join(self) -> Call:
        if sum(isinstance(thing, Block) for thing in self.known.values()) < 2:
            return self.make_group()
        return self.joining(self.not_root(self.node_number(Block)))

    def joining(self, block: int) -> Call:
        number = self.new_number()
        script = self.script("join", number) if self.chance(75) else None
        code = self.word([(75, 0), (5, 7), (10, "EIO"), (10, "ECANCELED")])
        return Call("join", [number, block, code], [script])

    def make_defer(self) -> Call:
        number, task = self.new_number(), self.new_number()
        plain = self.flag(30)
        script = self.script("cleanup", number + 1)
        on_cancel = self.script("on_cancel", number + 1) if not plain and self.chance(40) else None
        args: list[Word] = [number, task, self.node_number(), self.flag(30), plain]
        return Call("defer", args, [script, on_cancel])

    def make_undefer(self) -> Call:
        if not any(isinstance(thing, Cleanup) for thing in self.known.values()):
            return self.make_defer()
        return Call("undefer", [self.some(lambda thing: isinstance(thing, Cleanup))])

    def make_after(self) -> Call:
        number = self.new_number()
        args: list[Word] = [number, self.node_number(), self.length()]
        return Call("after", args, [self.script("wait", number)])

    def make_on_end(self) -> Call:
        number = self.new_number()
        of = self.not_root(self.some(lambda thing: isinstance(thing, Node)))
        args: list[Word] = [number, of, self.node_number()]
        return Call("on_end", args, [self.script("wait", number)])

    def make_park(self) -> Call:
        number = self.new_number()
        abort = self.script("abort", number) if self.chance(60) else None
        return Call("park", [number, self.node_number()], [self.script("wait", number), abort])

    def is_live_wait(self, thing: object) -> bool:
        return isinstance(thing, Wait) and (thing.state != "over" or self.chance(10))

    def make_wake(self) -> Call:
        if not any(isinstance(thing, Wait) for thing in self.known.values()):
            return self.make_park()
        return Call("wake", [self.some(self.is_live_wait), self.code()])

    def make_unwait(self) -> Call:
        if not any(isinstance(thing, Wait) for thing in self.known.values()):
            return self.make_after()
        return Call("unwait", [self.some(self.is_live_wait)])

    def make_ask(self) -> Call:
        return Call("ask", [self.node_number()])

    def make_set_shield(self) -> Call:
        on = self.weighted([(47, 1), (50, 0), (3, 2)])
        return Call("set_shield", [self.node_number(), on])

    def make_shutdown(self) -> Call:
        return Call("shutdown", [self.node_number(), self.length()])

    def make_cancel_and_wait(self) -> Call:
        number = self.new_number()
        of = self.not_root(self.node_number())
        args: list[Word] = [number, of, self.node_number(), self.random.randint(0, 9)]
        return Call("cancel_and_wait", args, [self.script("wait", number)])

    def make_take(self) -> Call:
        return Call("take", [self.some(lambda thing: isinstance(thing, Task))])

    # -- Calls in fibers --------------------------------------------------------------------------

    def make_straight(self, fiber: Fiber) -> Call:
        """Brackets, tasks in them, and waits; and now and then what any code does."""
        own, here = self.number_of(fiber.task), self.number_of(fiber.current)

        def bracket(make: Callable[[], Call]) -> Call:
            call = make()
            call.args[1] = own
            return call

        def spawn() -> Call:
            call = self.make_spawn()
            if isinstance(fiber.current, Group):
                call.args[1] = here
            return call

        def sleep() -> Call:
            call = self.make_after()
            call.args[2] = self.random.randint(0, 6)
            return call

        def on_end() -> Call:
            call = self.make_on_end()
            call.args[1] = self.some(lambda thing: isinstance(thing, Task))
            return call

        makers: list[tuple[int, Callable[[], Call]]] = [
            (12, lambda: bracket(self.make_group)),
            (12, lambda: bracket(self.make_scope)),
            (20 if isinstance(fiber.current, Group) else 4, spawn),
            (15, sleep),
            (6, on_end),
            (10, self.make_select),
            (20, lambda: self.weighted(self.things)()),
            (12 if fiber.current is not fiber.task else 0, lambda: self.joining(here)),
            (60, self.make),
        ]
        return self.weighted(makers)()

    def make_select(self) -> Call:
        number = self.new_number()
        args: list[Word] = [number]
        kinds = {2: Task, 3: Event, 4: Limiter, 5: Lock, 6: Channel, 7: Channel}
        there = [
            kind
            for kind, fitting in kinds.items()
            if any(isinstance(thing, fitting) for thing in self.known.values())
        ]
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.choice([1, *there])
            if kind == 1:
                args += [1, self.length(), 0]
            else:
                args += [kind, self.number_for_kind(kinds[kind]), 0]
            if kind == 6:
                args[-1] = self.new_number()
        return Call("select", args, [self.script("wait", number)])

    def number_for_kind(self, kind: type) -> int:
        return self.some(lambda thing: isinstance(thing, kind))

    # -- What tasks wait for ----------------------------------------------------------------------

    def makers_of_things(self) -> list[tuple[int, Callable[[], Call]]]:
        def some(kind: type) -> int:
            return self.some(lambda thing: isinstance(thing, kind))

        def opening(name: str, *args: Word) -> Call:
            return Call(name, [self.new_number(), *args])

        def waiting(name: str, kind: type, *args: Word) -> Call:
            number = self.new_number()
            script = self.script("wait", number)
            return Call(name, [number, some(kind), self.node_number(), *args], [script])

        def count() -> int:
            return self.random.randint(0, 3)

        def first(kind: type, make: Callable[[], Call]) -> Callable[[], Call]:
            """Opens one before anything else is done with them."""
            opens: dict[type, Callable[[], Call]] = (
                {
                    Event: lambda: opening("event"),
                    Limiter: lambda: opening("limiter", count()),
                    Lock: lambda: opening("lock"),
                    Condition: first(Lock, lambda: opening("condition", some(Lock))),
                    Channel: lambda: opening("channel", self.word([(8, count()), (2, "FOREVER")])),
                }
                if kind is not Lock
                else {Lock: lambda: opening("lock")}
            )

            def made() -> Call:
                is_there = any(isinstance(thing, kind) for thing in self.known.values())
                return make() if is_there or self.chance(3) else opens[kind]()

            return made

        def owner(name: str) -> Call:
            lock = some(Lock)
            owner = getattr(self.known.get(lock), "owner", None)
            node = self.number_of(owner) if self.chance(80) else self.node_number()
            return Call(name, [lock, node])

        def wait_at_condition() -> Call:
            call = waiting("condition_wait", Condition)
            lock = getattr(self.known.get(int(call.args[1])), "lock", None)
            if lock is None or self.chance(10):
                return call
            if lock.owner is None:
                return Call("try_lock", [self.number_of(lock), self.node_number()])
            call.args[2] = self.number_of(lock.owner)
            return call

        by_kind: list[tuple[type, list[tuple[int, Callable[[], Call]]]]] = [
            (
                Event,
                [
                    (4, lambda: waiting("event_wait", Event)),
                    (2, lambda: Call("event_set", [some(Event)])),
                    (1, lambda: Call("event_is_set", [some(Event)])),
                    (1, lambda: Call("event_destroy", [some(Event)])),
                ],
            ),
            (
                Limiter,
                [
                    (6, lambda: waiting("acquire", Limiter)),
                    (2, lambda: Call("try_acquire", [some(Limiter)])),
                    (4, lambda: Call("limiter_release", [some(Limiter)])),
                    (2, lambda: Call("resize", [some(Limiter), count()])),
                    (1, lambda: Call("limiter_destroy", [some(Limiter)])),
                ],
            ),
            (
                Lock,
                [
                    (9, lambda: waiting("lock_acquire", Lock)),
                    (3, lambda: Call("try_lock", [some(Lock), self.node_number()])),
                    (5, lambda: owner("unlock")),
                    (1, lambda: Call("lock_destroy", [some(Lock)])),
                ],
            ),
            (
                Condition,
                [
                    (2, lambda: opening("condition", some(Lock))),
                    (9, wait_at_condition),
                    (5, lambda: Call("notify", [some(Condition), count()])),
                    (1, lambda: Call("condition_destroy", [some(Condition)])),
                ],
            ),
            (
                Channel,
                [
                    (6, lambda: waiting("send", Channel, self.new_number())),
                    (
                        3,
                        lambda: Call(
                            "try_send", [some(Channel), self.chance(80) * self.new_number()]
                        ),
                    ),
                    (6, lambda: waiting("receive", Channel)),
                    (3, lambda: Call("try_receive", [some(Channel)])),
                    (2, lambda: Call("channel_close", [some(Channel)])),
                    (1, lambda: Call("channel_destroy", [some(Channel)])),
                ],
            ),
        ]
        favourite = self.random.choice([kind for kind, _ in by_kind])
        return [
            (weight if kind is favourite or self.chance(30) else 0, first(kind, make))
            for kind, makers in by_kind
            for weight, make in makers
        ]

    def make_now(self) -> Call:
        return Call("now", [])

    def make_close(self) -> Call:
        number = self.new_number()
        patience = self.word([(40, 0), (10, "NOW"), (40, self.random.randint(1, 9))])
        return Call("close", [number, patience], [self.script("close", number)])


def generate(
    seed: int, form: str = "callbacks", features: frozenset[str] | None = None
) -> tuple[Program, Generator]:
    """A program, and the model which has carried it out."""
    chance = random.Random(f"options {seed}")
    program = Program(number=seed, form=form)
    program.own_loop = chance.random() < 0.15
    if chance.random() < 0.2:
        program.policy = chance.choice([1, 2, 3])
    if chance.random() < 0.1:
        program.limit = chance.choice([1, 2, 3])
    if chance.random() < 0.15:
        graces: list[Word] = [1, 3, 6, "NOW"]
        program.grace = chance.choice(graces)
    world = Generator(program, seed, features)
    world.run(program)
    return program, world
