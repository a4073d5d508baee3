"""Fibers: the same scripts as straight-line code (S2).

A task or a cleanup that is a fiber carries out the calls of its script one after the other. A call
that begins a wait waits by calling, in the innermost group or scope that the fiber has open (T1b),
whatever node it names. What the wait's function would do comes next, in the body. A group or scope
that is opened in the fiber's own task is a bracket; a join closes, and waits (C7b). Who answers
PENDING waits to be told by `finish` how it ends; when that is cut short, it does what its on_cancel
would do.

All is compared line by line, as for callbacks: what each call and each wait answers, outcomes,
reasons, results, errors, drops, the order of it all, and the time. Three things come at another
moment than in the form of callbacks, and so the model says of fibers alone:

- What is there at once is taken without letting the others run, sixteen times in a row (S1a lets it
  be so). The function of a callback's wait is never called inside the call that began it (S2b).
- A cleanup that is a fiber begins when its turn comes, in the batch after that in which what came
  before it has ended. One of callbacks is called in that very step (K2).
- A fiber that has closed something goes on when its turn comes. The function of a join is called in
  the very step in which the node has ended.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from primitives import Channel, Event, Limiter, Lock, Model
from program import Call, Program, Script, Word
from records import Fiber, Refusal, Wait
from tree import Block, Code, Group, Node, Scope, Task, failed

Steps = Generator[None, None, None]
Body = Generator[None, None, Code]

WAITING = frozenset(
    [
        *["after", "on_end", "park", "cancel_and_wait", "join", "start"],
        *["event_wait", "acquire", "lock_acquire", "condition_wait", "send", "receive"],
        "select",
    ]
)
"""The calls by which a fiber waits."""

CHOICES = ["", "after", "on_end", "event_wait", "acquire", "lock_acquire", "send", "receive"]
"""What can be one of several waits, by the numbers of the header."""

IN_A_ROW = 16


class Straight(Model):
    # -- Steps ------------------------------------------------------------------------------------

    def begin_fiber(self, task: Task) -> None:
        fiber = Fiber(task, task)
        fiber.code = self.body(fiber)
        task.fiber = fiber
        self.go_on(task)

    def go_on(self, task: Task) -> None:
        fiber: Fiber = task.fiber
        assert fiber.code is not None
        self.fiber = fiber
        self.depth += 1
        answer: Code | None = None
        try:
            next(fiber.code)
        except StopIteration as over:
            answer = over.value
        self.fiber = None
        self.depth -= 1
        if answer is not None:
            self.end_fiber(fiber, answer)

    def end_fiber(self, fiber: Fiber, answer: Code) -> None:
        """Its outcome counts at once (G2a); what it has not released is given up then."""
        task = fiber.task
        if task.cleanup is not None and not failed(answer) and answer != 0:
            answer = "EINVAL"
        self.end_body(task, answer, task.result)
        for block in reversed(fiber.unreleased):
            self.counts["never released"] += 1
            self.give_up_kept(block, None)
        self.settle(task, is_its_turn=True)

    # -- Bodies -----------------------------------------------------------------------------------

    def body(self, fiber: Fiber) -> Body:
        task = fiber.task
        answer = yield from self.follow(task.call.scripts[0])
        if answer != 1:
            return answer
        answer = yield from self.wait_for_end(fiber)
        on_cancel = task.call.scripts[1]
        if answer != "ECANCELED" or on_cancel is None:
            return answer
        self.counts["cut short"] += 1
        self.note("on_cancel", self.name_of(task), self.reason_text(fiber.current.reason()))
        answer = yield from self.follow(on_cancel)
        if answer == 0:
            return "ECANCELED"
        if answer != 1:
            return answer
        self.execute(Call("set_shield", [self.name_of(task), 1]))
        return (yield from self.wait_for_end(fiber))

    def follow(self, script: Script) -> Body:
        index = 0
        while (call := self.next_call(script, index)) is not None:
            index += 1
            if call.name in WAITING:
                yield from self.wait_by_calling(call)
            else:
                self.execute(call)
        answer = self.answer(script)
        self.log.append(f"< {answer}")
        return answer

    def wait_for_end(self, fiber: Fiber) -> Body:
        fiber.rc = 0
        yield from self.be_uncancelled(fiber)
        if fiber.rc == 0:
            wait = Wait("told", 0, fiber.current, fiber.task.call, None)
            fiber.task.last_wait = wait
            self.begin_wait(wait)
            yield from self.suspend(fiber)
            fiber.task.last_wait = None
        self.log.append(f"> told {self.name_of(fiber.task)} {fiber.rc}")
        return fiber.rc

    def name_of(self, task: Task) -> int:
        """A cleanup has two numbers: its own, and the next for its task."""
        return self.number_for(task) + (task.cleanup is not None)

    def tell_how_to_end(self, task: Task, call: Call) -> Code:
        wait: Wait = task.last_wait
        if wait.state != "waiting" or self.is_given_up(wait):
            raise Refusal("ESTALE")
        task.result = int(call.args[2])
        self.complete(wait, call.args[1])
        return 0

    # -- Waits ------------------------------------------------------------------------------------

    def wait_by_calling(self, call: Call) -> Steps:
        fiber = self.fiber
        assert fiber is not None
        fiber.rc, fiber.item, fiber.result, fiber.chosen = 0, 0, "", None
        try:
            if call.name == "join":
                self.close(call, fiber)
                yield from self.suspend(fiber)
                fiber.closes = None
            elif call.name == "after" and call.args[2] in (0, "NOW"):
                yield from self.checkpoint(fiber)
            elif call.name == "select":
                self.select(call)
                yield from self.suspend(fiber)
            elif call.name == "park":
                yield from self.park(call, fiber)
            elif self.mark_of(fiber.current) == 0 and self.take_at_once(call, fiber):
                self.counts["taken at once"] += 1
                yield from self.has_taken(fiber)
            else:
                getattr(self, "call_" + call.name)(call)
                yield from self.suspend(fiber)
        except Refusal as refusal:
            fiber.rc = refusal.code
            if call.name == "start":
                self.drop(int(call.args[0]))
        self.counts["fiber: " + call.name] += 1
        if call.name == "join":
            yield from self.after_closing(call, fiber)
        else:
            yield from self.after_wait(call, fiber)

    def after_wait(self, call: Call, fiber: Fiber) -> Steps:
        is_start = call.name == "start"
        number = int(call.args[11 if is_start else 0])
        words: list[object] = [fiber.rc]
        name = call.name
        if name == "select" and fiber.chosen is not None:
            words.insert(0, fiber.chosen)
            name = CHOICES[int(call.args[1 + 3 * fiber.chosen])]
        if name == "receive" and fiber.rc == 0:
            words += ["item", fiber.item]
        self.note("wait", number, *words)
        script = call.scripts[2 if is_start else 0]
        assert script is not None
        yield from self.follow(script)

    def suspend(self, fiber: Fiber) -> Steps:
        fiber.streak = 0
        yield

    def checkpoint(self, fiber: Fiber) -> Steps:
        """S1a: lets the others run, and looks then."""
        yield from self.let_others_run(fiber)
        fiber.rc = self.mark_of(fiber.current)
        if fiber.rc == "ECANCELED":
            self.cut_by_wait(fiber.current)

    def let_others_run(self, fiber: Fiber) -> Steps:
        fiber.task.goes_on = True
        self.enqueue(fiber.task)
        yield from self.suspend(fiber)

    def has_taken(self, fiber: Fiber) -> Steps:
        fiber.streak += 1
        if fiber.streak == IN_A_ROW:
            yield from self.let_others_run(fiber)

    def mark_of(self, node: Node) -> Code:
        """What a wait there would end with at once (C3, C12)."""
        if node.is_cancelled():
            return "ECANCELED"
        return "ESTOPPING" if node.until_stopping and node.is_stopping() else 0

    def park(self, call: Call, fiber: Fiber) -> Steps:
        yield from self.be_uncancelled(fiber)
        if fiber.rc == 0:
            self.call_park(call)
            yield from self.suspend(fiber)

    def be_uncancelled(self, fiber: Fiber) -> Steps:
        """Where a mark would end the wait, no request is begun."""
        while fiber.rc == 0 and self.mark_of(fiber.current) != 0:
            yield from self.checkpoint(fiber)

    def take_at_once(self, call: Call, fiber: Fiber) -> bool:
        """What is there already (S1a)."""
        thing = self.known.get(int(call.args[1]))
        if call.name == "event_wait":
            return isinstance(thing, Event) and not thing.is_destroyed and thing.is_set
        if call.name == "acquire" and isinstance(thing, Limiter) and not thing.is_destroyed:
            return not failed(self.attempt(Call("try_acquire", [call.args[1]])))
        if call.name == "lock_acquire" and isinstance(thing, Lock) and not thing.is_destroyed:
            if thing.owner is not None or thing.is_dead:
                return False
            thing.owner = fiber.task
            return True
        if isinstance(thing, Channel) and not thing.is_destroyed:
            if call.name == "send":
                return not failed(self.attempt(Call("try_send", [call.args[1], call.args[3]])))
            if call.name == "receive":
                item = self.take_item(thing)
                fiber.item = item or 0
                return item is not None
        return False

    def attempt(self, call: Call) -> Code:
        """What `try_` would answer, which is no call of the program."""
        try:
            answer: Code = getattr(self, "call_" + call.name)(call)
        except Refusal as refusal:
            return refusal.code
        return answer

    # -- Several waits ----------------------------------------------------------------------------

    def select(self, call: Call) -> None:
        """Begins waits up to the first that has come."""
        choices: list[Wait] = []
        for index in range(1, len(call.args), 3):
            kind, subject, item = call.args[index : index + 3]
            try:
                self.begin_choice(CHOICES[int(kind)], subject, item, choices)
            except Refusal:
                self.give_up(choices)
                raise
            wait = self.begun
            assert wait is not None
            wait.choices, wait.choice = choices, len(choices)
            choices.append(wait)
            if wait.state != "waiting" or wait.is_ready:
                self.leave_others(wait)
                return

    def begin_choice(self, name: str, subject: Word, item: Word, before: list[Wait]) -> None:
        """One that sends and one that receives would meet."""
        other = {"send": "receive", "receive": "send"}.get(name)
        thing = self.known.get(int(subject)) if other is not None else None
        if any(wait.kind == other and wait.thing is thing for wait in before):
            raise Refusal("EINVAL")
        args: list[Word] = [0, 0, subject] if name == "after" else [0, subject, 0]
        if name == "send":
            args.append(item)
        getattr(self, "call_" + name)(Call(name, args, [None]))

    def give_up(self, choices: list[Wait]) -> None:
        """One cannot begin: none is waited for."""
        if choices:
            last = choices[-1]
            self.leave_others(last)
            last.taken_back = True
            self.withdraw(last)
            self.enqueue(last)

    # -- Closing ----------------------------------------------------------------------------------

    def close(self, call: Call, fiber: Fiber) -> None:
        number = call.args[1]
        kind = Scope if isinstance(self.known.get(int(number)), Scope) else Group
        block = self.node(number, kind)
        if block.is_bracket and not block.joined:
            if fiber.current is not block:
                raise Refusal("EORDER")
        elif block.contains(fiber.current) or self.is_meant_for(block, fiber.current):
            raise Refusal("EORDER")
        self.begin_join(block, call)
        block.closer = fiber
        fiber.closes = block
        if block.is_bracket:
            assert block.parent is not None
            fiber.current = block.parent

    @staticmethod
    def is_meant_for(group: Block, node: Node | None) -> bool:
        """What is in a task that is being started waits in vain for where that will go (L4)."""
        while node is not None:
            if isinstance(node, Task) and node.target is group:
                return True
            node = node.parent
        return False

    def waits_for_itself(self) -> bool:
        """A circle of closings, which no cancellation cuts short (G1): they are not searched for
        (C12b), and only ending the process is left."""
        return any(self.waits_for(fiber, fiber, set()) for fiber in self.closing_fibers())

    def closing_fibers(self) -> list[Fiber]:
        tasks = (node for node in self.every_node if isinstance(node, Task) and not node.ended)
        return [task.fiber for task in tasks if task.fiber is not None and task.fiber.closes]

    def waits_for(self, fiber: Fiber, other: Fiber, seen: set[Fiber]) -> bool:
        for task in self.ending_before(fiber.closes):
            inner: Fiber | None = task.fiber
            if inner is other:
                return True
            if inner is not None and inner.closes is not None and inner not in seen:
                seen.add(inner)
                if self.waits_for(inner, other, seen):
                    return True
        return False

    def ending_before(self, block: Block | None) -> Iterator[Task]:
        """The tasks that have to end, or to be there (L4), before it does."""
        todo = [] if block is None else list(block.subtree())
        seen = set[Node]()
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            if isinstance(node, Task):
                yield node
            if isinstance(node, Group):
                todo += [inner for task in node.awaited for inner in task.subtree()]

    def after_closing(self, call: Call, fiber: Fiber) -> Steps:
        """What was told of the end is released at last, by every second one."""
        number, block_number = int(call.args[0]), call.args[1]
        words = [block_number, fiber.result] if fiber.result else []
        self.note("join", number, fiber.rc, *words)
        kept = fiber.unreleased[-1] if fiber.result else None
        if call.scripts[0] is not None:
            yield from self.follow(call.scripts[0])
        if kept is not None and number % 2 == 0:
            fiber.unreleased.remove(kept)
            self.give_up_kept(kept, None)


def carry_out(program: Program) -> Straight:
    model = Straight(program)
    model.run(program)
    return model
