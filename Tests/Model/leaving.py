"""What happens when a node leaves the tree: who is told, what is kept, what is dropped."""

from __future__ import annotations

from bodies import Bodies
from tree import Block, Code, Error, Group, Node, Result, Task, failed


class Leaving(Bodies):
    def leave(self, node: Node) -> None:
        node.ended = True
        self.node_left(node)
        if isinstance(node, Task):
            self.task_leaves(node)
        else:
            assert isinstance(node, Block)
            self.block_leaves(node)
        if node.parent is not None:
            node.parent.children.remove(node)
            if isinstance(node, Task) and isinstance(node.parent, Group):
                self.start_queued(node.parent)

    def node_left(self, node: Node) -> None:
        """Nothing here; locks want to know."""

    def things_end(self) -> None:
        """Nothing here; channels have items left."""

    def end_of(self, node: Node) -> Code:
        """What a wait for its end brings (L5, L5a)."""
        if isinstance(node, Task):
            if node.final_state == "CANCELLED":
                return "ETASKCANCELLED"
            return node.outcome.code
        assert isinstance(node, Block)
        assert node.result is not None
        return node.result.code

    def tell_awaiting(self, node: Node) -> None:
        for wait in node.awaited_by:
            if wait.state == "waiting" and not self.is_given_up(wait):
                self.complete(wait, self.end_of(node))

    def look_at_reason(self, task: Task) -> None:
        """C9: of the outermost cancelled node, as things stand."""
        if task.final_state == "CANCELLED":
            task.outcome.reason = task.reason() or task.outcome.reason

    def task_leaves(self, task: Task) -> None:
        self.look_at_reason(task)
        task.outcome.state = "FAILED" if task.cleanup_failed else task.final_state
        self.tell_awaiting(task)
        if task.cleanup is not None:
            if task.final_state == "FAILED":
                node = task.cleanup.node
                if isinstance(node, Task):
                    node.cleanup_failed = True  # K3a
            if self.is_listed(task, task.block()):
                task.block().kept.append(task)
            else:
                self.drop_result(task)
        elif task.held and task.target is not None:
            task.target.kept.append(task)
        elif task.held or self.is_winner(task) or self.is_listed(task, task.block()):
            task.block().kept.append(task)
        else:
            self.drop_result(task)
        self.drop(self.number_for(task))

    def start_queued(self, group: Group) -> None:
        for task in group.tasks():
            if task.queued and not task.dismissed and group.running() < group.limit:
                task.queued = False
                self.enqueue(task)

    def block_leaves(self, block: Block) -> None:
        result = block.make_result()
        block.result = result
        if block is self.root:
            self.is_gone = True
            return
        told = block.is_told()
        sources = block.sources()
        if sources and sources[-1] is not block:
            self.pass_on(block, result, told, sources[-1])
        self.tell_awaiting(block)
        if isinstance(block, Group) and block.start_wait is not None:
            self.end_start(block)
            self.give_up_kept(block, block.block() if block.start_wait.taken_back else None)
            return
        if block.closer is not None:
            self.tell_closer(block, result)
        elif block.join is not None:
            number = int(block.join.args[0])
            if block.join.scripts[0] is not None:
                self.note("join", number, self.number_of(block), self.result_text(result))
                self.play(block.join.scripts[0])
            self.drop(number)
        around = block.parent
        is_error = block.left_open or (
            failed(result.code) and result.code != "ECANCELED" and not told
        )
        if block.left_open:
            code: Code = result.code if failed(result.code) else "EUNCLOSED"
            if code == "ECANCELED":
                code = "EUNCLOSED"
            error = Error(code, block, block.name, children=result.errors)
            if isinstance(around, Task):
                around.left_open.append(error)
            else:
                block.block().add_error(error)  # it goes into the EUNCLOSED of the task
        elif is_error:
            error = Error(result.code, block, block.name, children=result.errors)
            self.counts["nested error"] += 1
            if isinstance(around, Task):
                around.cleanup_failed = True
            self.report_error(block, error)
        if isinstance(block, Group) and block.filter is not None:
            self.drop(self.number_of(block))
        if block.closer is None or block not in block.closer.unreleased:
            self.give_up_kept(block, block.block() if is_error else None)

    def tell_closer(self, block: Block, result: Result) -> None:
        """C7b: the fiber that has closed it goes on, with what it has asked to be told."""
        fiber = block.closer
        fiber.rc = result.code
        if block.join.scripts[0] is not None:
            fiber.result = self.result_text(result)
            fiber.unreleased.append(block)
        fiber.task.goes_on = True
        self.enqueue(fiber.task)

    def end_start(self, hidden: Group) -> None:
        """L4: a task has ended without having reported."""
        wait, task = hidden.start_wait, hidden.start_wait.of
        errors, group = hidden.errors, task.target or hidden.moved_to
        assert isinstance(group, Group)
        group.awaited.remove(task)
        if group.joined:
            self.enqueue(group)
        if hidden.moved_to is not None:
            return
        if wait.taken_back:
            if errors:
                for error in errors:
                    error.is_fatal = False
                    self.report_error(hidden, error)
        elif errors:
            self.complete(wait, errors[0].code)
        elif hidden.is_cancelled():
            self.complete(wait, "ECANCELED")
        elif task.final_state == "CANCELLED":
            self.complete(wait, "ETASKCANCELLED")
        else:
            self.complete(wait, "ENOTSTARTED")

    def pass_on(self, block: Block, result: Result, told: bool, absorber: Node) -> None:
        """C8, G5: what was cut short and is not absorbed here shows where it will be."""
        if (block.cut_else or block.cut_work) and isinstance(absorber, Block):
            absorber.cut_else = True
        if block.cut_daemon and isinstance(absorber, Block):
            absorber.cut_daemon = True
        is_passed_on = not told and not block.left_open and result.code == "ECANCELED"
        if isinstance(block.parent, Block) and is_passed_on:
            block.parent.cut_work = True

    def is_winner(self, task: Task) -> bool:
        return isinstance(task.parent, Group) and task.parent.winner is task

    def is_kept_winner(self, task: Task) -> bool:
        return self.is_winner(task) and self.is_row_kept(task)

    def is_listed(self, task: Task, block: Block | None) -> bool:
        """Its object stands in a list of errors."""

        def has(errors: list[Error]) -> bool:
            return any(
                (error.node is task and error.code != "EUNCLOSED") or has(error.children)
                for error in errors
            )

        return block is not None and has(block.errors)

    def who_lists(self, task: Task) -> Block | None:
        blocks = (node for node in self.every_node if isinstance(node, Block) and not node.ended)
        return next((block for block in blocks if self.is_listed(task, block)), None)

    def is_row_kept(self, task: Task) -> bool:
        blocks = (node for node in self.every_node if isinstance(node, Block))
        return any(task in block.kept for block in blocks)

    def drop_result(self, task: Task) -> None:
        """L6: once, when it is given up."""
        if task.result and not task.result_dropped:
            task.result_dropped = True
            self.drop_of_result(task.result)

    def give_up_kept(self, block: Block, listed_in: Block | None) -> None:
        """L5: the closing is over. What is listed further up is dropped there (G3)."""
        kept, block.kept = block.kept, []
        for task in reversed(kept):
            task.held = False
            further = listed_in if self.is_listed(task, block) else self.who_lists(task)
            if further is not None:
                further.kept.append(task)
            else:
                self.drop_result(task)

    def tell_close(self) -> None:
        assert self.close_call is not None
        assert self.root.result is not None
        self.is_closed = True
        number = int(self.close_call.args[0])
        self.note("close", number, self.result_text(self.root.result))
        self.play(self.close_call.scripts[0])
        self.drop(number)
        self.give_up_kept(self.root, None)
        self.things_end()
