"""Time, marks and deliveries: who is cancelled or stopping, and what is due to whom.

What is ready stands in one queue, everything once; what it does is decided when its turn comes.
Where the contract leaves the order of unrelated events open, that is the whole of the model's idea
of order: in the queue stands first what was due first, and what one look finds, in tree order.
"""

from __future__ import annotations

from collections.abc import Callable

from base import Base
from program import Script, Word
from records import Thing, Wait
from tree import FOREVER, Cancellation, Code, Grace, Node, Reason, Task


class Marks(Base):
    def enqueue(self, thing: Thing) -> None:
        self.hangs = False
        if not thing.is_ready:
            thing.is_ready = True
            self.ready.append(thing)

    def dequeue(self, thing: Thing) -> None:
        if thing.is_ready:
            thing.is_ready = False
            for queue in (self.ready, self.batch):
                if thing in queue:
                    queue.remove(thing)

    def after_now(self, length: Word) -> float:
        if length == "FOREVER":
            return FOREVER
        if length == "NOW":
            return self.clock.now - 1
        return self.clock.now + int(length)

    def arm(self, node: Node, deadline: float) -> None:
        node.deadline = deadline
        node.deadline_order = self.next_order()

    def has_timed_out(self, node: Node) -> bool:
        return node.cancellation is not None and node.cancellation.reason.origin == "DEADLINE"

    def instants(self) -> list[tuple[float, int, Callable[[], None]]]:
        """All that will happen by itself, and when."""
        found: list[tuple[float, int, Callable[[], None]]] = []
        for node in self.root.subtree():
            if node.deadline < FOREVER and not node.ending:
                found.append((node.deadline, node.deadline_order, self.expiry_of(node)))
            if node.expiry < FOREVER:
                found.append((node.expiry, node.expiry_order, self.shutdown_of(node)))
            found += self.ends_of_grace(node)
            for wait in node.waits:
                if wait.kind == "after" and wait.state == "waiting" and not self.is_given_up(wait):
                    found.append((wait.due, wait.order, self.completion_of(wait)))
        return [entry for entry in found if entry[0] < FOREVER]

    def expiry_of(self, node: Node) -> Callable[[], None]:
        def expire() -> None:
            node.deadline = FOREVER
            self.mark(node, Reason("DEADLINE", 0, node))  # D1

        return expire

    def shutdown_of(self, node: Node) -> Callable[[], None]:
        def expire() -> None:
            node.expiry = FOREVER
            self.mark(node, Reason("SHUTDOWN", 0, node))  # C12

        return expire

    def completion_of(self, wait: Wait) -> Callable[[], None]:
        return lambda: self.complete(wait, 0)

    def ends_of_grace(self, node: Node) -> list[tuple[float, int, Callable[[], None]]]:
        """C11."""
        return [
            (grace[1], node.grace_orders[grace], self.end_of_grace(node, grace))
            for grace in node.holding() + node.passing()
            if node.grace_orders.get(grace, -1) > 0
        ]

    def begin_grace(self, node: Node, graces: list[Grace]) -> None:
        for grace in graces:
            if grace not in node.grace_orders and grace[1] < FOREVER:
                is_over = grace[1] <= self.clock.now
                node.grace_orders[grace] = -1 if is_over else self.next_order()

    def begin_holding(self, node: Node) -> None:
        """A shield that is hidden by one further out holds nothing off; its grace begins anew."""
        graces = node.holding()
        for grace, order in list(node.grace_orders.items()):
            if grace[0] == "holding" and grace not in graces and order > 0:
                del node.grace_orders[grace]
        self.begin_grace(node, graces)

    def end_of_grace(self, node: Node, grace: Grace) -> Callable[[], None]:
        def end() -> None:
            node.grace_orders[grace] = -1
            self.deliver()

        return end

    def look_at_clock(self) -> None:
        """Lets happen what has come, in order (D1)."""
        while True:
            past = [entry for entry in self.instants() if entry[0] <= self.clock.now]
            if not past:
                return
            min(past, key=lambda entry: entry[:2])[2]()

    def jump(self) -> None:
        """D4: to the next instant, or to the end of a deadlock."""
        next_instant = min((entry[0] for entry in self.instants()), default=FOREVER)
        if next_instant < FOREVER:
            self.counts["jump"] += 1
            self.clock.now = max(self.clock.now, next_instant)
            self.look_at_clock()
            return
        if not self.clock.deadlocked or self.root.cancellation is None:
            self.counts["deadlock"] += 1
            self.mark(self.root, Reason("DEADLOCK", 0, self.root))
            self.clock.deadlocked = True
            self.deliver()
        self.met_deadlock = True
        self.hangs = not self.ready

    def mark(self, node: Node, reason: Reason) -> bool:
        """C5: the whole subtree at once; nobody is called."""
        if node.cancellation is not None:
            self.deliver()
            return False
        node.cancellation = Cancellation(reason, self.clock.now)
        self.counts["by " + reason.origin] += 1
        if node.grace == 0:
            self.begin_grace(node, node.passing())
        self.deliver()
        self.begin_grace(node, node.passing())
        return True

    def deliver(self) -> None:
        """Queues what is due to whoever is cancelled or stopping now, in spawn order (C5)."""
        for node in self.root.subtree():
            if node.shield and node.parent is not None:
                self.begin_holding(node)
            if node.is_cancelled():
                node.reached = node.reason()
                if isinstance(node, Task):
                    self.deliver_to_task(node)
                for wait in node.waits:
                    self.take(wait, "ECANCELED")
            if node.until_stopping and node.is_stopping():
                for wait in node.waits:
                    self.take(wait, "ESTOPPING")

    def deliver_to_task(self, task: Task) -> None:
        if task.queued:
            if not task.dismissed:  # L2a
                task.dismissed = True
                self.enqueue(task)
            return
        is_running = task.started and not task.body_over
        if is_running and not task.told and not task.cancel_due and self.on_cancel_of(task):
            task.cancel_due = True
            self.enqueue(task)

    def on_cancel_of(self, task: Task) -> Script | None:
        """A fiber learns of it by its waits."""
        script: Script | None = task.call.scripts[1]
        return None if task.is_fiber else script

    def take(self, wait: Wait, code: str) -> None:
        """C4a."""
        if wait.kind == "start":
            return  # L4: it ends with the task
        if wait.state == "waiting" and not self.is_given_up(wait):
            wait.taken = code
            wait.rc = code
            goes_on = self.withdraw(wait)
            self.leave_others(wait)
            if not goes_on:
                self.enqueue(wait)

    def is_given_up(self, wait: Wait) -> bool:
        return wait.taken != "" or wait.taken_back

    def withdraw(self, wait: Wait) -> bool:
        """What it waited for knows it no more. Whether it goes on for something else."""
        return False

    def leave_others(self, wait: Wait) -> None:
        """One of several has come: the others are taken back in that moment."""
        choices, first = wait.choices, wait.choice + 1
        for choice in choices:
            choice.choices = []
        for other in choices[first:] + choices[: wait.choice]:
            other.taken_back = True
            self.withdraw(other)
            self.enqueue(other)

    def complete(self, wait: Wait, rc: Code) -> None:
        """S2b: told in the order in which they ended."""
        self.leave_others(wait)
        wait.state = "completed"
        wait.rc = rc
        self.enqueue(wait)
