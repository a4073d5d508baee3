"""Events, limiters, locks, conditions and channels (S3, S3a, S3b).

Each has a queue of those who wait, the first come first. A wait that a mark has reached, or that
was taken back, is no more in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from program import Call, Word
from records import Refusal, Wait
from tree import Code, Node
from world import World


@dataclass(eq=False)
class Thing:
    waiting: list[Wait] = field(default_factory=list)
    is_destroyed: bool = False


@dataclass(eq=False)
class Event(Thing):
    is_set: bool = False


@dataclass(eq=False)
class Limiter(Thing):
    permits: int = 0
    taken: int = 0


@dataclass(eq=False)
class Lock(Thing):
    owner: Node | None = None
    is_dead: bool = False
    """Its owner has ended without releasing it."""
    conditions: list[Condition] = field(default_factory=list)


@dataclass(eq=False)
class Condition(Thing):
    lock: Lock = field(default_factory=Lock)


@dataclass(eq=False)
class Channel(Thing):
    """Who waits here waits for an item; who wants to send one stands in `senders`."""

    capacity: float = 0
    items: list[int] = field(default_factory=list)
    senders: list[tuple[Wait, int]] = field(default_factory=list)
    is_closed: bool = False


class Model(World):
    # -- Waiting in general -----------------------------------------------------------------------

    def thing(self, number: Word, kind: type) -> Thing:
        thing: Thing = self.handle(number, kind)
        if thing.is_destroyed:
            raise Refusal("ESTALE")
        return thing

    def open_thing(self, call: Call, thing: Thing) -> Code:
        if self.is_gone:
            raise Refusal("ESTALE")
        self.known[int(call.args[0])] = thing
        return 0

    def wait_for(self, call: Call, thing: Thing, node: Node) -> Wait:
        number = int(call.args[0])
        wait = Wait(call.name, number, node, call, call.scripts[0], thing=thing)
        self.begin_wait(wait)
        return wait

    def close_all(self, waiting: list[Wait]) -> None:
        for wait in list(waiting):
            self.complete(wait, "ECLOSED")
        waiting.clear()

    def withdraw(self, wait: Wait) -> bool:
        """A wait gets nothing any more. True: it goes on, for the lock of its condition (S3b)."""
        thing = wait.thing
        if isinstance(thing, Channel):
            thing.senders = [entry for entry in thing.senders if entry[0] is not wait]
        if isinstance(thing, Condition):
            return self.withdraw_from_condition(wait, thing)
        if isinstance(thing, Thing) and wait in thing.waiting:
            thing.waiting.remove(wait)
        return False

    # -- Events -----------------------------------------------------------------------------------

    def call_event(self, call: Call) -> Code:
        return self.open_thing(call, Event())

    def call_event_set(self, call: Call) -> Code:
        event = self.thing(call.args[0], Event)
        assert isinstance(event, Event)
        if event.is_set:
            return 2
        event.is_set = True
        for wait in event.waiting:
            self.complete(wait, 0)
        event.waiting.clear()
        return 0

    def call_event_is_set(self, call: Call) -> Code:
        event = self.thing(call.args[0], Event)
        assert isinstance(event, Event)
        return int(event.is_set)

    def call_event_wait(self, call: Call) -> Code:
        event = self.thing(call.args[1], Event)
        assert isinstance(event, Event)
        wait = self.wait_for(call, event, self.waiting_in(call.args[2]))
        if self.is_given_up(wait):
            return 0
        if event.is_set:
            self.complete(wait, 0)
        else:
            event.waiting.append(wait)
        return 0

    def call_event_destroy(self, call: Call) -> Code:
        event = self.thing(call.args[0], Event)
        event.is_destroyed = True
        self.close_all(event.waiting)
        return 0

    # -- Limiters ---------------------------------------------------------------------------------

    def limiter(self, number: Word) -> Limiter:
        limiter = self.thing(number, Limiter)
        assert isinstance(limiter, Limiter)
        return limiter

    def give_permits(self, limiter: Limiter) -> None:
        while limiter.waiting and limiter.taken < limiter.permits:
            limiter.taken += 1
            self.complete(limiter.waiting.pop(0), 0)

    def call_limiter(self, call: Call) -> Code:
        return self.open_thing(call, Limiter(permits=int(call.args[1])))

    def call_resize(self, call: Call) -> Code:
        limiter = self.limiter(call.args[0])
        limiter.permits = int(call.args[1])
        self.give_permits(limiter)
        return 0

    def call_acquire(self, call: Call) -> Code:
        limiter = self.limiter(call.args[1])
        wait = self.wait_for(call, limiter, self.waiting_in(call.args[2]))
        if not self.is_given_up(wait):
            limiter.waiting.append(wait)
            self.give_permits(limiter)
        return 0

    def call_try_acquire(self, call: Call) -> Code:
        limiter = self.limiter(call.args[0])
        if limiter.taken >= limiter.permits:
            raise Refusal("EAGAIN")
        limiter.taken += 1
        return 0

    def call_limiter_release(self, call: Call) -> Code:
        limiter = self.limiter(call.args[0])
        if limiter.taken == 0:
            raise Refusal("EORDER")
        limiter.taken -= 1
        self.give_permits(limiter)
        return 0

    def call_limiter_destroy(self, call: Call) -> Code:
        limiter = self.limiter(call.args[0])
        limiter.is_destroyed = True
        self.close_all(limiter.waiting)
        return 0

    # -- Locks ------------------------------------------------------------------------------------

    def lock(self, number: Word) -> Lock:
        lock = self.thing(number, Lock)
        assert isinstance(lock, Lock)
        return lock

    def owner_in(self, node: Node) -> Node:
        """Who has a lock that is acquired there: what a fiber acquires is its task's."""
        return node if self.fiber is None else self.fiber.task

    def give_lock(self, lock: Lock) -> None:
        if lock.owner is None and lock.waiting:
            wait = lock.waiting.pop(0)
            lock.owner = wait.owner
            self.complete(wait, wait.rc)

    def call_lock(self, call: Call) -> Code:
        return self.open_thing(call, Lock())

    def call_lock_acquire(self, call: Call) -> Code:
        lock = self.lock(call.args[1])
        node = self.naming(call.args[2])
        if lock.owner is self.owner_in(node):
            raise Refusal("EDEADLK")
        self.waiting_in(call.args[2])
        wait = self.wait_for(call, lock, node)
        if self.is_given_up(wait):
            return 0
        if lock.is_dead:
            self.complete(wait, "EOWNERDEAD")
        else:
            lock.waiting.append(wait)
            self.give_lock(lock)
        return 0

    def call_try_lock(self, call: Call) -> Code:
        lock = self.lock(call.args[0])
        node = self.node(call.args[1])
        if lock.owner is node:
            raise Refusal("EDEADLK")
        if lock.is_dead:
            raise Refusal("EOWNERDEAD")
        self.open_node(call.args[1])
        if lock.owner is not None:
            raise Refusal("EAGAIN")
        lock.owner = node
        return 0

    def call_unlock(self, call: Call) -> Code:
        lock = self.lock(call.args[0])
        node = self.node(call.args[1])
        if lock.owner is not node:
            raise Refusal("EORDER")
        lock.owner = None
        self.give_lock(lock)
        return 0

    def call_lock_destroy(self, call: Call) -> Code:
        lock = self.lock(call.args[0])
        lock.is_destroyed = True
        self.close_all(lock.waiting)
        for condition in lock.conditions:
            self.close_all(condition.waiting)
        return 0

    def node_left(self, node: Node) -> None:
        for lock in self.known.values():
            if isinstance(lock, Lock) and lock.owner is node and not lock.is_destroyed:
                self.counts["owner dead"] += 1
                lock.owner, lock.is_dead = None, True
                for thing in (lock, *lock.conditions):
                    for wait in thing.waiting:
                        self.complete(wait, "EOWNERDEAD")
                    thing.waiting.clear()

    # -- Conditions -------------------------------------------------------------------------------

    def condition(self, number: Word) -> Condition:
        condition = self.thing(number, Condition)
        assert isinstance(condition, Condition)
        return condition

    def call_condition(self, call: Call) -> Code:
        lock = self.lock(call.args[1])
        condition = Condition(lock=lock)
        lock.conditions.append(condition)
        return self.open_thing(call, condition)

    def call_condition_wait(self, call: Call) -> Code:
        condition = self.condition(call.args[1])
        lock = condition.lock
        node = self.naming(call.args[2])
        if lock.is_destroyed:
            raise Refusal("ESTALE")
        if lock.owner is not self.owner_in(node):
            raise Refusal("EORDER")
        self.waiting_in(call.args[2])
        lock.owner = None
        self.give_lock(lock)
        wait = Wait(call.name, int(call.args[0]), node, call, call.scripts[0], thing=condition)
        condition.waiting.append(wait)
        self.begin_wait(wait)
        return 0

    def want_lock(self, wait: Wait, condition: Condition, rc: Code) -> None:
        """It is woken, and waits for the lock; what comes now does not change its outcome."""
        condition.waiting.remove(wait)
        wait.rc = rc
        condition.lock.waiting.append(wait)
        self.give_lock(condition.lock)

    def withdraw_from_condition(self, wait: Wait, condition: Condition) -> bool:
        if wait.taken_back:
            for waiting in (condition.waiting, condition.lock.waiting):
                if wait in waiting:
                    waiting.remove(wait)
            return False
        if wait in condition.waiting:
            self.want_lock(wait, condition, wait.rc)
        return True

    def call_notify(self, call: Call) -> Code:
        condition = self.condition(call.args[0])
        for wait in condition.waiting[: int(call.args[1])]:
            self.want_lock(wait, condition, 0)
        return 0

    def call_condition_destroy(self, call: Call) -> Code:
        condition = self.condition(call.args[0])
        condition.is_destroyed = True
        for wait in list(condition.waiting):
            self.want_lock(wait, condition, "ECLOSED")
        return 0

    # -- Channels ---------------------------------------------------------------------------------

    def channel(self, number: Word) -> Channel:
        channel = self.thing(number, Channel)
        assert isinstance(channel, Channel)
        return channel

    def call_channel(self, call: Call) -> Code:
        capacity = math.inf if call.args[1] == "FOREVER" else int(call.args[1])
        return self.open_thing(call, Channel(capacity=capacity))

    def hand_over(self, channel: Channel, item: int) -> bool:
        """To who waits for an item, or into the channel, if there is room."""
        if channel.waiting:
            receiver = channel.waiting.pop(0)
            receiver.item = item
            self.complete(receiver, 0)
            return True
        if len(channel.items) < channel.capacity:
            channel.items.append(item)
            return True
        return False

    def take_item(self, channel: Channel) -> int | None:
        if channel.items:
            item = channel.items.pop(0)
            if channel.senders:
                sender, next_item = channel.senders.pop(0)
                channel.items.append(next_item)
                self.complete(sender, 0)
            return item
        if channel.senders:
            sender, item = channel.senders.pop(0)
            self.complete(sender, 0)
            return item
        return None

    def call_send(self, call: Call) -> Code:
        channel = self.channel(call.args[1])
        wait = self.wait_for(call, channel, self.waiting_in(call.args[2]))
        item = int(call.args[3])
        if self.is_given_up(wait):
            return 0
        if channel.is_closed:
            self.complete(wait, "ECLOSED")
        elif not channel.senders and self.hand_over(channel, item):
            self.complete(wait, 0)
        else:
            channel.senders.append((wait, item))
        return 0

    def call_try_send(self, call: Call) -> Code:
        channel = self.channel(call.args[0])
        if channel.is_closed:
            raise Refusal("ECLOSED")
        if channel.senders or not self.hand_over(channel, int(call.args[1])):
            raise Refusal("EAGAIN")
        return 0

    def call_receive(self, call: Call) -> Code:
        channel = self.channel(call.args[1])
        wait = self.wait_for(call, channel, self.waiting_in(call.args[2]))
        if self.is_given_up(wait):
            return 0
        item = self.take_item(channel)
        if item is not None:
            wait.item = item
            self.complete(wait, 0)
        elif channel.is_closed:
            self.complete(wait, "ECLOSED")
        else:
            channel.waiting.append(wait)
        return 0

    def call_try_receive(self, call: Call) -> str:
        channel = self.channel(call.args[0])
        item = self.take_item(channel)
        if item is None:
            raise Refusal("ECLOSED" if channel.is_closed else "EAGAIN")
        return f"0 {item}"

    def close_channel(self, channel: Channel) -> None:
        channel.is_closed = True
        senders, channel.senders = channel.senders, []
        self.close_all([wait for wait, _ in senders])
        if not channel.items:
            self.close_all(channel.waiting)

    def call_channel_close(self, call: Call) -> Code:
        channel = self.channel(call.args[0])
        if channel.is_closed:
            return 2
        self.close_channel(channel)
        return 0

    def drop_items(self, channel: Channel) -> None:
        for item in channel.items:
            self.log.append(f"item {item}")
        channel.items.clear()

    def call_channel_destroy(self, call: Call) -> Code:
        channel = self.channel(call.args[0])
        channel.is_destroyed = True
        self.close_channel(channel)
        self.close_all(channel.waiting)
        self.drop_items(channel)
        return 0

    def things_end(self) -> None:
        for thing in self.known.values():
            if isinstance(thing, Channel) and not thing.is_destroyed:
                self.drop_items(thing)
