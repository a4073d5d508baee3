"""How things end: what is open in them, then their waits, then their cleanups."""

from __future__ import annotations

from leaving import Leaving
from records import Cleanup
from tree import FOREVER, Block, Error, Group, Node, Outcome, Reason, Task


class Ends(Leaving):
    def settle(self, node: Node | None, is_its_turn: bool = False) -> None:
        """Looks whether something can end, and then at what is around it."""
        while node is not None and self.try_to_end(node, is_its_turn):
            node, is_its_turn = node.parent, False

    def try_to_end(self, node: Node, is_its_turn: bool = False) -> bool:
        if node.ended or (node.is_ready and not is_its_turn):
            return False
        if isinstance(node, Task):
            if not node.body_over:
                return False
            if self.is_undecided(node) or not self.end_within_task(node):
                return False
        else:
            assert isinstance(node, Block)
            if not node.joined or not self.end_within_block(node):
                node.takes_back = node.takes_back and not node.children
                return False
            if isinstance(node, Group) and node.undecided:
                return False
        if not self.take_back_waits(node):
            return False
        if isinstance(node, Task):
            self.report_left_open(node)
            if self.is_undecided(node):
                return False
        while node.cleanups:
            if not self.run_cleanup(node) or node.is_ready:
                return False
        if node.is_ready:
            return False
        self.leave(node)
        return True

    def end_within_task(self, task: Task) -> bool:
        return not task.children

    def report_left_open(self, task: Task) -> None:
        """G7."""
        if task.left_open:
            errors, task.left_open = task.left_open, []
            task.cleanup_failed = True
            self.counts["EUNCLOSED"] += 1
            error = Error("EUNCLOSED", task, task.name, children=errors)
            self.report_error(task, error)

    def end_within_block(self, block: Block) -> bool:
        """Whether nothing is left in it. A block that is to have a turn goes on in that."""
        was_empty = not block.children
        if not block.has_closed_within:
            block.has_closed_within = True
            self.close_within(block)
        is_awaiting = self.is_awaiting(block)
        if not block.ending and not is_awaiting and not self.has_task(block):
            self.close_within(block)
            if isinstance(block, Group) and not block.without_daemons and not block.undecided:
                self.end_daemons(block)
        return not block.children and not is_awaiting and (was_empty or not block.is_ready)

    def is_awaiting(self, block: Node) -> bool:
        """A task that has yet to report is to come into it (L4)."""
        return isinstance(block, Group) and bool(block.awaited)

    def has_task(self, block: Node) -> bool:
        return any(
            (isinstance(child, Task) and not child.daemon)
            or (isinstance(child, Group) and child.start_wait is not None)
            for child in block.children
        )

    def close_within(self, block: Block) -> None:
        """T1d: what was opened in it is joined with it; nothing is cancelled."""
        within = [c for c in block.children if isinstance(c, Block) and not c.joined]
        for child in within:
            self.counts["joined within"] += 1
            child.joined = True
            child.taken_along = True
            child.left_open = block.left_open
        for child in within:
            if len(within) == 1:
                self.try_to_end(child, is_its_turn=True)
            else:
                self.enqueue(child)

    def end_daemons(self, group: Group) -> None:
        """L3."""
        daemons = [child for child in group.children if isinstance(child, Task) and child.daemon]
        if daemons and len(daemons) == len(group.children):
            group.without_daemons = True
            for daemon in daemons:
                self.counts["daemon ended"] += 1
                self.mark(daemon, Reason("PARENT_JOIN", 0, group))

    def run_cleanup(self, node: Node) -> bool:
        """K1, K2. Answers whether it has ended."""
        node.ending = True
        node.deadline = FOREVER
        cleanup: Cleanup = node.cleanups.pop()
        cleanup.begun = True
        task = Task(self.clock, node, cleanup.name or f"cleanup of {node.name}", cleanup.call)
        task.cleanup = cleanup
        task.shield = True
        task.started = True
        task.outcome.started = True
        task.until_stopping = False
        task.is_fiber = self.program.is_fiber(cleanup.number)
        node.children.append(task)
        self.every_node.append(task)
        self.begin_grace(task, task.holding())
        if task.is_cancelled():
            task.reached = task.reason()
            self.deliver_to_task(task)
        if task.is_fiber:  # K2: it runs when its turn comes, as fibers do
            self.enqueue(task)
            return False
        self.begin_cleanup(task)
        self.end_callback(task, cleanup.call.scripts[0], at_end=0)
        if task.body_over:
            self.try_to_end(task, is_its_turn=True)
        return task.ended

    def begin_cleanup(self, task: Task) -> None:
        """K1: it is told why."""
        cleanup: Cleanup = task.cleanup
        self.known[cleanup.number + 1] = task
        why = self.outcome_for_cleanup(cleanup.node)
        self.note("cleanup", cleanup.number, self.outcome_text(why))

    def outcome_for_cleanup(self, node: Node) -> Outcome:
        if isinstance(node, Task):
            outcome = node.outcome
            self.look_at_reason(node)
            return Outcome(
                node.final_state, outcome.code, outcome.started, outcome.result, outcome.reason
            )
        assert isinstance(node, Block)
        result = node.make_result()
        return Outcome(result.state, result.code, True, 0, result.reason)
