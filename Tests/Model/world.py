"""The calls of the headers, but for those about what tasks wait for (see primitives.py)."""

from __future__ import annotations

from base import POLICIES, grace_of
from program import Call, Word
from records import Cleanup, Refusal, Release, Wait
from tree import FOREVER, Block, Code, Group, Node, Outcome, Reason, Scope, Task, failed
from turns import Turns

ORIGINS = {0: "EXPLICIT", 1: "EXPLICIT", 5: "SIGNAL", 7: "HOST"}


class World(Turns):
    def naming(self, number: Word) -> Node:
        """What a wait is of, whether it may begin there or not."""
        node: Node = self.node(number) if self.fiber is None else self.fiber.current
        return node

    def opened(self, block: Block, number: Word) -> None:
        """What a fiber has opened where it is, is where it is from then on (T1)."""
        if self.is_own(number):
            assert self.fiber is not None
            block.is_bracket = True
            self.fiber.current = block

    def tell_how_to_end(self, task: Task, call: Call) -> Code:
        """What `finish` is to a fiber."""
        raise NotImplementedError

    def set_up(self, node: Node, name: Word, letter: str, number: Word) -> None:
        if name:
            node.name = f"{letter}{number}"

    def arm_at_opening(self, node: Node, timeout: Word, deadline: Word) -> None:
        """D1: the earlier counts."""
        until = FOREVER
        if timeout != 0:
            until = self.after_now(timeout)
        if deadline not in (0, "FOREVER"):
            until = min(until, float(deadline))
        if until < FOREVER:
            self.arm(node, until)

    def open_in(self, number: Word, node: Node) -> None:
        assert node.parent is not None
        around = node.parent
        around.children.append(node)
        self.every_node.append(node)
        is_late = isinstance(node, Block) and isinstance(around, Block) and around.joined
        if is_late and not self.has_task(around) and not self.is_awaiting(around):
            self.enqueue(around)  # T1d: it is closed in the next turn

    def after_opening(self, node: Node) -> None:
        self.look_at_clock()
        self.deliver()

    def call_group(self, call: Call) -> Code:
        (number, parent, name, timeout, deadline, move_on, report, policy, limit, max_errors,
         shield, grace, until_stopping) = call.args  # fmt: skip
        within = self.place_of(parent)
        group = Group(self.clock, within, "")
        self.set_up(group, name, "g", number)
        group.move_on, group.report = bool(move_on), bool(report)
        group.policy = POLICIES[int(policy)] or "FAIL_FAST"
        group.limit = float(limit) or FOREVER
        group.max_errors = float(max_errors) or 1000
        group.shield = bool(shield)
        group.grace = grace_of(grace, within.grace)
        group.until_stopping = bool(until_stopping)
        if call.scripts[0] is not None:
            group.filter = call
        self.open_in(number, group)
        self.opened(group, parent)
        self.known[int(number)] = group
        self.arm_at_opening(group, timeout, deadline)
        self.after_opening(group)
        return 0

    def call_scope(self, call: Call) -> Code:
        (number, parent, name, timeout, deadline, move_on, report, shield, grace,
         until_stopping) = call.args  # fmt: skip
        within = self.place_of(parent)
        scope = Scope(self.clock, within, "")
        self.set_up(scope, name, "s", number)
        scope.move_on, scope.report = bool(move_on), bool(report)
        scope.shield = bool(shield)
        scope.grace = grace_of(grace, within.grace)
        scope.until_stopping = bool(until_stopping)
        self.open_in(number, scope)
        self.opened(scope, parent)
        self.known[int(number)] = scope
        self.arm_at_opening(scope, timeout, deadline)
        self.after_opening(scope)
        return 0

    def new_task(self, call: Call, parent: Node) -> Task:
        (number, _, held, name, timeout, deadline, move_on, shield, grace, until_stopping,
         daemon) = call.args[:11]  # fmt: skip
        task = Task(self.clock, parent, "", call)
        self.set_up(task, name, "t", number)
        task.held = bool(held)
        task.move_on = bool(move_on)
        task.shield = bool(shield)
        task.grace = grace_of(grace, parent.grace)
        task.until_stopping = bool(until_stopping)
        task.daemon = bool(daemon)
        if timeout not in (0, "FOREVER"):
            task.timeout = -1 if timeout == "NOW" else float(timeout)
        task.is_fiber = self.program.is_fiber(number)
        self.open_in(number, task)
        if held:
            self.known[int(number)] = task
        self.arm_at_opening(task, 0, deadline)
        return task

    def call_spawn(self, call: Call) -> Code:
        group: Group = self.node(call.args[1], Group)
        self.parent(call.args[1])
        is_full = group.running() >= group.limit and not call.args[10]
        is_empty = not self.has_task(group) and not self.is_awaiting(group)
        if call.args[10] and group.joined and is_empty:
            self.enqueue(group)  # L3: it lets it go before it starts
        task = self.new_task(call, group)
        task.queued = is_full
        if is_full:
            self.counts["queued"] += 1
        else:
            self.enqueue(task)
        self.after_opening(task)
        return 0

    def call_start(self, call: Call) -> Code:
        """L4."""
        group: Group = self.node(call.args[1], Group)
        within = self.naming(call.args[12])
        self.parent(call.args[1])
        if self.fiber is None:
            self.parent(call.args[12])
        hidden = Group(self.clock, within, "")
        hidden.policy = "SUPERVISE"
        hidden.joined = True
        within.children.append(hidden)
        task = self.new_task(call, hidden)
        task.target = group
        group.awaited.append(task)
        number = int(call.args[11])
        wait = Wait("start", number, within, call, call.scripts[2], of=task, fiber=self.fiber)
        hidden.start_wait = wait
        within.waits.append(wait)
        if self.fiber is None:
            self.known[number] = wait
        self.enqueue(task)
        self.after_opening(task)
        return 0

    def call_started(self, call: Call) -> Code:
        """L4."""
        task_number, value = call.args
        task: Task = self.node(task_number, Task)
        if int(value) < 0 or task.cleanup is not None:
            raise Refusal("EINVAL")
        if task.body_over:
            raise Refusal("EALREADY")
        if not task.started:
            raise Refusal("EINVAL")
        if task.has_reported:
            raise Refusal("EALREADY")
        if task.target is None:
            task.has_reported = True
            return 0
        hidden = task.parent
        assert isinstance(hidden, Group)
        task.has_reported = True
        if hidden.start_wait.taken_back or hidden.is_cancelled():
            raise Refusal("ECANCELED")
        self.move(task, hidden, task.target)
        self.complete(hidden.start_wait, value)
        self.leave_hidden(hidden)
        return 0

    def leave_hidden(self, hidden: Group) -> None:
        """It goes in its turn."""
        self.enqueue(hidden)

    def move(self, task: Task, hidden: Group, group: Group) -> None:
        self.counts["reported"] += 1
        task.stops = task.is_stopping()  # C12a: that never goes back
        hidden.children.remove(task)
        group.children.append(task)
        task.parent, task.target = group, None
        for error in hidden.errors:
            self.report_error(task, error)
        self.deliver()
        hidden.moved_to = group

    def call_finish(self, call: Call) -> Code:
        task: Task = self.node(call.args[0], Task)
        if task.last_wait is not None:
            return self.tell_how_to_end(task, call)
        if task.is_fiber:
            raise Refusal("EINVAL")
        if task.body_over:
            raise Refusal("EALREADY")
        if not task.started:
            raise Refusal("EINVAL")
        self.end_body(task, call.args[1], int(call.args[2]))
        if not task.in_callback:
            self.enqueue(task)
        return 0

    def call_explain(self, call: Call) -> Code:
        task: Task = self.node(call.args[0], Task)
        if task.body_over:
            raise Refusal("EALREADY")
        task.message = f"m{call.args[1]}" if call.args[1] else ""
        return 0

    def kept_task(self, number: Word) -> Task:
        """A task that is alive, or whose outcome is kept."""
        task: Task = self.handle(number, Task)
        if task.ended and not task.held and not self.is_kept_winner(task):
            raise Refusal("ESTALE")
        return task

    def call_outcome(self, call: Call) -> str:
        task = self.kept_task(call.args[0])
        if not task.ended:
            return "0 " + self.outcome_text(Outcome(started=task.started))
        return "0 " + self.outcome_text(task.outcome)

    def call_release(self, call: Call) -> Code:
        task = self.kept_task(call.args[0])
        if not task.held:
            return 2
        task.held = False
        if task.ended and not self.is_winner(task) and self.who_lists(task) is None:
            (task.target or task.block()).kept.remove(task)
            self.enqueue(Release(task))
        return 0

    def call_take(self, call: Call) -> str:
        task: Task = self.handle(call.args[0], Task)
        if not task.ended:
            raise Refusal("EORDER")
        if not task.held and not self.is_row_kept(task):
            raise Refusal("ESTALE")
        if task.outcome.result == 0:
            raise Refusal("EALREADY")
        result, task.outcome.result = task.outcome.result, 0
        task.result_dropped = True
        return f"0 {result}"

    def call_cancel(self, call: Call) -> Code:
        number, origin, code, message = call.args
        if origin not in ORIGINS:
            raise Refusal("EINVAL")
        node: Node = self.node(number)
        text = f"m{message}" if message else ""
        if node.cancellation is not None:
            return 2
        self.mark(node, Reason(ORIGINS[int(origin)], code, node, text))
        return 0

    def call_cancel_and_wait(self, call: Call) -> Code:
        """C12b."""
        _, of_number, within, code = call.args
        of = self.awaitable(of_number)
        node = self.naming(within)
        if not of.contains(node):
            self.waiting_in(within)
        if not of.contains(node):
            self.await_end(call, of, node)
        if not of.ended and of.cancellation is None:
            self.mark(of, Reason("EXPLICIT", code, of))
        if of.contains(node):
            raise Refusal("EDEADLK")
        return 0

    def shut_down(self, node: Node, patience: Word) -> Code:
        """C12, C12a."""
        does = not node.is_stopping()
        node.stops = True
        self.deliver()
        if node.cancellation is None:
            until = self.clock.now if patience == 0 else self.after_now(patience)
            if until <= self.clock.now:
                self.mark(node, Reason("SHUTDOWN", 0, node))
                does = True
            elif until < node.expiry:
                node.expiry = until
                node.expiry_order = self.next_order()
                does = True
        return 0 if does else 2

    def call_shutdown(self, call: Call) -> Code:
        return self.shut_down(self.node(call.args[0]), call.args[1])

    def call_set_shield(self, call: Call) -> Code:
        on = call.args[1]
        if on not in (0, 1):
            raise Refusal("EINVAL")
        node: Node = self.node(call.args[0])
        if isinstance(node, Task) and node.cleanup is not None:
            raise Refusal("EINVAL")
        if node.ending or (isinstance(node, Task) and node.body_over):
            raise Refusal("ECLOSED")
        if node.shield == bool(on):
            return 2
        node.shield = bool(on)
        self.deliver()
        return 0

    def call_set_deadline(self, call: Call) -> Code:
        node: Node = self.node(call.args[0])
        if call.args[1] == 0:
            raise Refusal("EINVAL")
        if node.ending:
            raise Refusal("ECLOSED")
        if self.has_timed_out(node):
            return 2
        if isinstance(node, Task):
            node.timeout = None
        self.arm(node, FOREVER if call.args[1] == "FOREVER" else float(call.args[1]))
        self.look_at_clock()
        return 0

    def call_join(self, call: Call) -> Code:
        block: Block = self.node(call.args[1], Block)
        if block is self.root or (block.is_bracket and not block.joined):
            raise Refusal("EORDER")
        self.begin_join(block, call)
        return 0

    def begin_join(self, block: Block, call: Call) -> None:
        rc = call.args[2]
        if block.joined and (not block.taken_along or block.left_open or block.ending):
            raise Refusal("EALREADY")
        block.joined = True
        block.taken_along = False
        block.join = call
        if rc == "ECANCELED":
            if block.is_cancelled() or block.reached is not None:
                block.cut_work = block.body_cut = True
                self.cut_further(block.sources())
            else:
                self.body_fails(block, "ENOTCANCELLED")
        elif failed(rc):
            self.body_fails(block, rc)
        self.enqueue(block)

    def call_defer(self, call: Call) -> Code:
        number, _, node_number, name, plain = call.args
        node: Node = self.node(node_number)
        cleanup = Cleanup(int(number), call, node, f"c{number}" if name and not plain else "")
        node.cleanups.append(cleanup)
        if not plain:
            self.known[int(number)] = cleanup
        return 0

    def call_undefer(self, call: Call) -> Code:
        cleanup: Cleanup = self.handle(call.args[0], Cleanup)
        if cleanup.begun or cleanup.taken_back:
            raise Refusal("ESTALE")
        cleanup.taken_back = True
        cleanup.node.cleanups.remove(cleanup)
        self.drop(cleanup.number)
        return 0

    def call_after(self, call: Call) -> Code:
        number, within, delay = call.args
        node = self.waiting_in(within)
        wait = Wait("after", int(number), node, call, call.scripts[0])
        self.begin_wait(wait)
        if self.is_given_up(wait):
            return 0
        if delay == "NOW" or delay == 0:
            self.enqueue(wait)
        else:
            wait.due = self.after_now(delay)
            wait.order = self.next_order()
            self.hangs = False
        return 0

    def awaitable(self, number: Word) -> Node:
        """What has an end that can be waited for, also one that has been."""
        of: Node = self.handle(number, Node)
        if of.ended and not (isinstance(of, Task) and (of.held or self.is_kept_winner(of))):
            raise Refusal("ESTALE")
        return of

    def call_on_end(self, call: Call) -> Code:
        _, of_number, within = call.args
        of = self.awaitable(of_number)
        node = self.naming(within)
        if of.contains(node):
            raise Refusal("EDEADLK")
        self.waiting_in(within)
        return self.await_end(call, of, node)

    def await_end(self, call: Call, of: Node, node: Node) -> Code:
        wait = Wait("on_end", int(call.args[0]), node, call, call.scripts[0], of=of)
        of.awaited_by.append(wait)
        self.begin_wait(wait)
        if of.ended and not self.is_given_up(wait):
            self.complete(wait, self.end_of(of))
        return 0

    def call_park(self, call: Call) -> Code:
        number, within = call.args
        node = self.waiting_in(within)
        wait = Wait("park", int(number), node, call, call.scripts[0], abort=call.scripts[1])
        self.begin_wait(wait)
        return 0

    def live_wait(self, number: Word) -> Wait:
        wait: Wait = self.handle(number, Wait)
        if wait.state != "waiting":
            raise Refusal("ESTALE")
        return wait

    def call_wake(self, call: Call) -> Code:
        wait: Wait = self.handle(call.args[0], Wait)
        if wait.kind != "park" and (wait.state != "over" or wait.is_telling):
            raise Refusal("EKIND")
        wait = self.live_wait(call.args[0])
        if self.is_given_up(wait) and wait.abort is None:
            raise Refusal("ESTALE")
        self.complete(wait, call.args[1])
        return 0

    def call_unwait(self, call: Call) -> Code:
        known: Wait = self.handle(call.args[0], Wait)
        if known.fiber is not None and known.state != "over":
            raise Refusal("EORDER")
        wait = self.live_wait(call.args[0])
        if wait.taken_back:
            raise Refusal("ESTALE")
        if wait.kind == "start":
            self.take_back_start(wait, "EXPLICIT")
            return 0
        wait.taken_back = True
        self.withdraw(wait)
        if not wait.asked:
            self.enqueue(wait)
        return 0

    def call_ask(self, call: Call) -> str:
        node: Node = self.node(call.args[0])
        deadline = node.effective_deadline()
        until = "-" if deadline == FOREVER else "0" if deadline == 0 else f"@{deadline:g}"
        caught = str(int(node.caught())) if isinstance(node, Block) else "EKIND"
        return " ".join(
            [
                f"cancelled={int(node.is_cancelled())}",
                f"called={int(node.cancellation is not None)}",
                f"caught={caught}",
                f"stopping={int(node.is_stopping())}",
                f"deadline={until}",
                self.reason_text(node.reason()),
            ]
        )

    def call_now(self, call: Call) -> str:
        return "-" if self.is_gone else f"@{self.clock.now:g}"

    def call_close(self, call: Call) -> Code:
        if self.is_gone:
            raise Refusal("ESTALE")
        if self.close_call is not None:
            self.drop(int(call.args[0]))
            return 2
        self.close_call = call
        self.shut_down(self.root, call.args[1])
        self.root.joined = True
        self.enqueue(self.root)
        return self.run_loop() if self.own_loop and self.depth == 0 else 1

    def call_run(self, call: Call) -> Code:
        if self.is_gone:
            raise Refusal("ESTALE")
        if not self.own_loop or self.depth > 0:
            raise Refusal("EORDER")
        return self.run_loop()

    def call_turn(self, call: Call) -> Code:
        for _ in range(int(call.args[0])):
            self.turn()
        return 0
