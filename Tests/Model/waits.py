"""Callback waits, from their beginning to their last word (S2b, C3 to C4a)."""

from __future__ import annotations

from marks import Marks
from records import Wait
from tree import Block, Node, Reason, Task


class Waits(Marks):
    def settle(self, node: Node | None, is_its_turn: bool = False) -> None:
        """Looks whether something can end, and then at what is around it."""
        raise NotImplementedError

    def go_on(self, task: Task) -> None:
        """A fiber, to its next wait."""
        raise NotImplementedError

    def begin_wait(self, wait: Wait) -> None:
        wait.fiber = self.fiber
        self.begun = wait
        wait.node.waits.append(wait)
        if wait.fiber is None or wait.kind == "park":
            self.known[wait.number] = wait
        if wait.node.is_cancelled():  # C3a
            wait.node.reached = wait.node.reason()
            self.take(wait, "ECANCELED")
        elif wait.node.until_stopping and wait.node.is_stopping():
            self.take(wait, "ESTOPPING")
        is_begun_late = wait.node.takes_back and not wait.node.children
        if is_begun_late and wait.state == "waiting":
            wait.taken_back = True
            self.withdraw(wait)
            self.enqueue(wait)

    def step_wait(self, wait: Wait) -> None:
        if wait.taken_back:
            self.let_go(wait)
            if wait.state == "over":
                self.settle(wait.node)
        elif wait.state == "completed":
            self.tell(wait)
        elif wait.taken:
            if wait.abort is not None:
                self.ask_abort(wait)
            else:
                self.tell(wait)
        else:
            self.tell(wait)  # a wait of no length

    def ask_abort(self, wait: Wait) -> None:
        wait.asked = True
        self.note("abort", wait.number)
        answer = self.play(wait.abort)
        if wait.state == "completed":
            return
        if answer == 0 and wait.taken_back:
            self.let_go(wait)
            self.settle(wait.node)
        elif answer == 0:
            self.tell(wait)
        else:
            wait.in_flight = True
            self.counts["ends by itself"] += 1

    def let_go(self, wait: Wait) -> None:
        """A wait that was taken back: its data is dropped when the request has ended."""
        if wait.abort is not None and not wait.asked and wait.state == "waiting":
            wait.asked = True
            self.note("abort", wait.number)
            answer = self.play(wait.abort)
            if wait.state == "completed":
                return
            if answer != 0:
                wait.in_flight = True
                self.counts["ends by itself"] += 1
                return
        elif wait.in_flight and wait.state != "completed":
            return
        self.dequeue(wait)
        self.end_wait(wait)
        if wait.fiber is None:
            self.drop(wait.number)

    def end_wait(self, wait: Wait) -> None:
        wait.state = "over"
        wait.in_flight = False
        if wait in wait.node.waits:
            wait.node.waits.remove(wait)

    def tell(self, wait: Wait) -> None:
        if wait.taken_back:
            self.end_wait(wait)
            self.drop(wait.number)
            self.settle(wait.node)
            return
        rc = "ESTOPPING" if wait.taken == "ESTOPPING" and wait.rc == "ECANCELED" else wait.rc
        self.end_wait(wait)
        if rc == "ECANCELED" and (wait.taken or wait.node.is_cancelled()):
            self.cut_by_wait(wait.node)
        if wait.fiber is not None:
            wait.fiber.rc, wait.fiber.item = rc, wait.item
            wait.fiber.chosen = None if wait.taken else wait.choice
            self.go_on(wait.fiber.task)
            return
        words = [rc, "item", wait.item] if wait.kind == "receive" and rc == 0 else [rc]
        self.note("wait", wait.number, *words)
        wait.is_telling = True
        self.play(wait.script)
        wait.is_telling = False
        self.drop(wait.number)
        self.settle(wait.node)

    def cut_by_wait(self, node: Node) -> None:
        """C8: cut short also where the error is caught on the way, but for that of a task."""
        sources = node.sources()
        for around in node.ancestors():
            if not isinstance(around, Block):
                return
            if sources and around is sources[-1]:
                around.cut_else = True
                return

    def take_back_waits(self, node: Node) -> bool:
        """S2b."""
        node.takes_back = True
        for wait in list(node.waits):
            if wait.state == "waiting" and wait.kind == "start":
                if not wait.taken_back:
                    self.take_back_start(wait, "LEFT_OPEN")
            elif wait.state == "waiting":
                wait.taken_back = True
                self.withdraw(wait)
                if not wait.asked:
                    self.enqueue(wait)
        return not node.waits

    def take_back_start(self, wait: Wait, origin: str) -> None:
        wait.taken_back = True
        assert isinstance(wait.of, Task)
        self.mark(wait.of, Reason(origin, 0, wait.of))
        self.enqueue(wait)
