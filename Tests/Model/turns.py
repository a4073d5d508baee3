"""Turns: what is ready when one begins, in order, each in its turn (S1)."""

from __future__ import annotations

from ends import Ends
from records import Release, Thing, Wait
from tree import Block, Code, Node, Task


class Turns(Ends):
    def is_alive(self) -> bool:
        """S8: what keeps the loop going."""
        if self.ready or (self.close_call is not None and not self.is_closed):
            return not self.hangs
        return not self.hangs and any(self.keeps_going(node) for node in self.root.subtree())

    def is_busy(self) -> bool:
        """What is ready for daemons alone is nothing to run for."""
        if any(self.is_to_run_for(thing) for thing in self.ready):
            return True
        if self.close_call is not None and not self.is_closed:
            return True
        return any(self.keeps_going(node) for node in self.root.subtree())

    def is_to_run_for(self, thing: Thing) -> bool:
        """Besides the nodes that keep it going."""
        if isinstance(thing, Wait):
            return not self.is_background(thing.node)
        return isinstance(thing, Release)

    def keeps_going(self, node: Node) -> bool:
        if node.ended:
            return False
        if isinstance(node, Task) and node.cleanup is None:
            return not node.is_daemon()
        if isinstance(node, Block) and node.joined:
            was_asked = not node.taken_along and not node.left_open
            return was_asked or not self.is_background(node)
        return bool(node.waits) and not self.is_background(node)

    def is_background(self, node: Node) -> bool:
        """What a daemon has begun, up to the next task, keeps nothing going (L3)."""
        for around in node.ancestors():
            if isinstance(around, Task):
                return around.is_daemon() and around.cleanup is None
        return False

    def turn(self) -> None:
        """One of the loop's: what was ready when it began (S1), or a look for what may come."""
        if not self.went_on and not self.is_alive():
            return
        batch = self.batch = self.ready
        self.went_on = bool(batch)
        self.ready = []
        while batch:
            thing = batch.pop(0)
            thing.is_ready = False
            self.step(thing)
        if self.ready or self.is_gone or not (self.went_on or self.is_alive()):
            self.polls_in_vain = 0
        elif self.went_on:
            self.polls_in_vain = 1
        else:
            self.polls_in_vain += 1
            if self.polls_in_vain == 3:
                self.polls_in_vain = 1
                self.jump()
        self.went_on = self.went_on or self.is_alive()
        if self.is_gone and not self.is_closed:
            self.tell_close()

    def run_loop(self) -> Code:
        """S8: of its own, until nothing keeps it going."""
        self.met_deadlock = self.hangs = False
        while not self.hangs and self.is_busy():
            self.turn()
        if self.met_deadlock:
            return "EDEADLK"
        return self.root.result.code if self.root.result is not None else 0

    def step(self, thing: Thing) -> None:
        if isinstance(thing, Wait):
            self.step_wait(thing)
        elif isinstance(thing, Release):
            self.drop_result(thing.task)
        elif isinstance(thing, Task):
            self.step_task(thing)
        else:
            assert isinstance(thing, Block)
            was_joined = thing.joined
            self.ask_filter(thing)
            if was_joined:
                self.settle(thing, is_its_turn=True)

    def step_task(self, task: Task) -> None:
        if task.body_over:
            self.settle(task)
        elif task.dismissed:
            self.end_body(task, "ECANCELED")
            self.settle(task)
        elif not task.started:
            self.start(task)
        elif task.goes_on:
            task.goes_on = False
            self.go_on(task)
        elif task.cleanup is not None and task.is_fiber and task.fiber is None:
            self.begin_cleanup(task)
            self.begin_fiber(task)
        elif task.cancel_due:
            task.cancel_due = False
            if task.is_cancelled():  # else a shield was switched on meanwhile
                self.tell_cancel(task)

    def start(self, task: Task) -> None:
        task.started = True
        task.outcome.started = True
        if task.timeout is not None and not self.has_timed_out(task):
            if self.clock.now + task.timeout < task.deadline:
                self.arm(task, self.clock.now + task.timeout)
            self.look_at_clock()
        if task.is_cancelled():
            self.deliver_to_task(task)  # C6a
        number = self.number_for(task)
        self.known[number] = task
        self.note("start", number)
        if task.is_fiber:
            self.begin_fiber(task)
            return
        self.after_callback(task, task.call.scripts[0], at_end=0)

    def begin_fiber(self, task: Task) -> None:
        """Its first step."""
        raise NotImplementedError

    def tell_cancel(self, task: Task) -> None:
        task.told = True  # K7: once
        self.note("on_cancel", self.number_for(task), self.reason_text(task.reason()))
        self.after_callback(task, self.on_cancel_of(task), at_end="ECANCELED")
