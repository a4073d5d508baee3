"""Bodies: what they have come to, whose error that is, and what a policy makes of it."""

from __future__ import annotations

from program import Script
from tree import Block, Code, Error, Group, Node, Reason, Task, failed
from waits import Waits


class Bodies(Waits):
    def number_for(self, task: Task) -> int:
        if task.cleanup is not None:
            return int(task.cleanup.number)
        return int(task.call.args[0])

    def after_callback(self, task: Task, script: Script | None, at_end: Code) -> None:
        self.end_callback(task, script, at_end)
        if task.body_over:
            self.settle(task, is_its_turn=True)

    def end_callback(self, task: Task, script: Script | None, at_end: Code) -> None:
        """S2a: it answers 0 for the end, 1 for PENDING."""
        task.in_callback = True
        answer = self.play(script)
        task.in_callback = False
        if task.body_over:
            return
        if answer == 1:
            return
        if not failed(answer):
            answer = at_end if answer == 0 else "EINVAL"
        self.end_body(task, answer)

    def end_body(self, task: Task, code: Code, result: int = 0) -> None:
        """S2a: the group learns of it at once; what runs the program's code comes later."""
        task.body_over = True
        task.result = result
        outcome = task.outcome
        state, reason = self.judge(task, code)
        outcome.state = "ALIVE"
        outcome.reason = reason
        outcome.code = code
        task.final_state = state
        if state == "FAILED":
            outcome.code = self.error_of(task, code)
            self.counts["body fails"] += 1
            fatal = task.cleanup is not None
            error = Error(outcome.code, task, task.name, task.message, result, fatal)
            self.report_error(task, error)
        elif state == "COMPLETED":
            outcome.result = result
            self.succeed(task)
        else:
            self.counts["body cancelled"] += 1
            self.cut(task)
        self.take_back_waits(task)
        self.leave_open(task)

    def leave_open(self, around: Node) -> None:
        """G7: the innermost first."""
        for child in reversed(around.children):
            if isinstance(child, Block) and not child.joined:
                self.counts["left open"] += 1
                child.left_open = True
                child.joined = True
                self.mark(child, Reason("LEFT_OPEN", 0, child))
                self.enqueue(child)

    def judge(self, task: Task, code: Code) -> tuple[str, Reason | None]:
        if not failed(code):
            return "COMPLETED", None
        if code != "ECANCELED" or task.cleanup is not None or task.reached is None:
            return "FAILED", None
        if self.error_of(task, code) != "ECANCELED":
            return "FAILED", None
        return "CANCELLED", task.reached

    def error_of(self, task: Task, code: Code) -> Code:
        if code != "ECANCELED":
            return code
        if task.cleanup is not None:
            return "ECUT"  # K3
        if task.reached is None:
            return "ENOTCANCELLED"  # C13a
        if task.reached.origin == "DEADLINE" and task.reached.node is task and not task.move_on:
            return "ETIMEDOUT"  # D2a
        return code

    def succeed(self, task: Task) -> None:
        """G2b."""
        group = task.parent
        if not isinstance(group, Group) or group.policy != "RACE":
            return
        if task.daemon or task.cleanup is not None or task.target is not None:
            return
        code = task.outcome.code
        if group.winner is None:
            self.counts["race won"] += 1
            group.winner = task
            self.mark(group, Reason("RACE_WON", code, task))
        else:
            self.counts["second success"] += 1
            group.add_error(Error(code, task, task.name, task.message, task.result))

    def cut(self, task: Task) -> None:
        """G5a, C13: it counts where the cancellation came from around it."""
        if isinstance(task.parent, Group) and not task.is_daemon():
            task.parent.has_cancelled = True
        sources = task.sources()
        if sources and sources[-1] is task:
            return
        parent = task.parent
        if isinstance(parent, Block):
            parent.cut_work = parent.cut_work or not task.is_daemon()
        self.cut_further(sources, task.is_daemon())

    def cut_further(self, sources: list[Node], by_daemon: bool = False) -> None:
        """G5: the node that would absorb has caught it, wherever it was."""
        if sources and isinstance(sources[-1], Block):
            if by_daemon:
                sources[-1].cut_daemon = True
            else:
                sources[-1].cut_else = True

    def report_error(self, source: Node, error: Error) -> None:
        """G2, G3: lists an error of the node, and applies the policy; or lets a filter decide."""
        block = source.block()
        if isinstance(block, Group) and block.filter is not None:
            block.undecided.append((error, source))
            self.enqueue(block)
            return
        block.add_error(error)
        if isinstance(block, Group) and block.policy == "FAIL_FAST":
            self.cancel_rest(block, error, source)

    def body_fails(self, block: Block, code: Code) -> None:
        """G4: under every policy."""
        error = Error(code, block, block.name, is_fatal=True)
        if isinstance(block, Group) and block.filter is not None:
            block.undecided.append((error, block))
            self.enqueue(block)
            return
        block.add_error(error)
        if isinstance(block, Group):
            self.mark(block, Reason("FAILED_SIBLING", code, block))

    def cancel_rest(self, group: Group, error: Error, source: Node) -> None:
        if not group.ending:
            self.counts["the rest is cancelled"] += 1
            self.mark(group, Reason("FAILED_SIBLING", error.code, error.node))

    def is_undecided(self, node: Node) -> bool:
        """A filter has yet to decide about an error of its (G2)."""
        block = node.block()
        return isinstance(block, Group) and any(source is node for _, source in block.undecided)

    def ask_filter(self, group: Block) -> None:
        """G2: once for each error, in the order in which they happened."""
        for _ in range(len(group.undecided) if isinstance(group, Group) else 0):
            assert isinstance(group, Group)
            error, source = group.undecided.pop(0)
            script = group.filter.scripts[min(group.times_asked, 1)]
            number = int(group.filter.args[0])
            self.note("filter", number, self.number_of(group), self.error_text(error))
            if group.times_asked < 2:
                answer = self.play(script)
            else:
                answer = script.answer
                self.log.append(f"< {answer}")
            group.times_asked += 1
            if answer != 2:
                group.add_error(error)
            if answer not in (0, 2):
                self.cancel_rest(group, error, source)
            if source is not group and not source.ended:
                self.enqueue(source)
