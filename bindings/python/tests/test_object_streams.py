"""Memory object streams of `roost`."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import roost
from roost import (
    MemoryObjectReceiveStream,
    MemoryObjectSendStream,
    create_memory_object_stream,
)
from roost.testing import on_virtual_clock, wait_all_tasks_blocked


@on_virtual_clock
async def test_S3_items_come_in_order_each_once() -> None:
    send, receive = create_memory_object_stream[int](2)
    got = list[int]()

    async def consume() -> None:
        async with receive:
            async for item in receive:
                got.append(item)
                await roost.sleep(1)

    async with roost.create_task_group() as group:
        group.start_soon(consume)
        async with send:
            for number in range(5):
                await send.send(number)
    assert got == [0, 1, 2, 3, 4]


@on_virtual_clock
async def test_without_room_each_send_waits_for_its_receiver() -> None:
    send, receive = create_memory_object_stream[str]()
    order = list[str]()

    async def produce() -> None:
        for item in ("a", "b"):
            await send.send(item)
            order.append(f"sent {item}")

    with send, receive:
        async with roost.create_task_group() as group:
            group.start_soon(produce)
            await wait_all_tasks_blocked()
            assert order == []
            assert await receive.receive() == "a"
            await wait_all_tasks_blocked()
            assert order == ["sent a"]
            assert receive.receive_nowait() == "b"
        assert order == ["sent a", "sent b"]


@on_virtual_clock
async def test_what_does_not_wait() -> None:
    send, receive = create_memory_object_stream[int](1)
    with send, receive:
        with pytest.raises(roost.WouldBlock):
            receive.receive_nowait()
        send.send_nowait(1)
        with pytest.raises(roost.WouldBlock):
            send.send_nowait(2)
        assert receive.receive_nowait() == 1
        async with roost.create_task_group() as group:
            group.start_soon(receive.receive)
            await wait_all_tasks_blocked()
            send.send_nowait(3)
            send.send_nowait(4)
        assert receive.receive_nowait() == 4


@on_virtual_clock
async def test_C4_an_item_is_never_lost() -> None:
    send, receive = create_memory_object_stream[int](0)
    got = list[object]()

    async def take() -> None:
        try:
            got.append(await receive.receive())
            await roost.checkpoint()
        except roost.Cancelled:
            got.append("cancelled")
            raise

    with send, receive:
        async with roost.create_task_group() as group:
            first, second = group.start_soon(take), group.start_soon(take)
            await wait_all_tasks_blocked()
            first.cancel()
            send.send_nowait(1)  # C4a: the mark came first
            second.cancel()  # C4: the item came first
        assert got == ["cancelled", 1, "cancelled"]
        with roost.move_on_after(1):
            await send.send(2)
        assert receive.statistics().tasks_waiting_send == 0
        with pytest.raises(roost.WouldBlock):
            receive.receive_nowait()


@pytest.mark.parametrize("seed", range(1, 21))
def test_C4_whoever_is_cancelled_by_chance_no_item_is_lost_or_doubled(seed: int) -> None:
    chance = random.Random(seed)
    sent, got = set[int](), list[int]()

    async def produce(send: MemoryObjectSendStream[int], numbers: range) -> None:
        with send:
            for number in numbers:
                with roost.move_on_after(chance.choice((0, 1, 2))):
                    await send.send(number)
                    sent.add(number)

    async def consume(receive: MemoryObjectReceiveStream[int]) -> None:
        with receive:
            while True:
                try:
                    with roost.move_on_after(chance.choice((0, 1, 2))):
                        got.append(await receive.receive())
                    await roost.sleep(chance.choice((0, 1)))
                except roost.EndOfStream:
                    break

    async def main() -> None:
        send, receive = create_memory_object_stream[int](chance.choice((0, 1, 3)))
        with send, receive:
            async with roost.create_task_group() as group:
                for number in range(3):
                    group.start_soon(produce, send.clone(), range(50 * number, 50 * number + 50))
                    group.start_soon(consume, receive.clone())
                send.close()
                receive.close()

    roost.run(main, clock="virtual", seed=seed)
    assert sorted(got) == sorted(sent)
    assert sent


@on_virtual_clock
async def test_C3a_in_a_cancelled_scope_nothing_is_sent_or_taken() -> None:
    send, receive = create_memory_object_stream[int](2)
    with send, receive, roost.CancelScope() as scope:
        send.send_nowait(1)
        scope.cancel()
        for wait in (send.send(2), receive.receive()):
            with pytest.raises(roost.Cancelled):
                await wait
        assert receive.receive_nowait() == 1
        with pytest.raises(roost.WouldBlock):
            receive.receive_nowait()


@on_virtual_clock
async def test_when_nobody_sends_any_more_what_is_left_can_be_received() -> None:
    send, receive = create_memory_object_stream[int](5)
    with receive:
        send.send_nowait(1)
        other = send.clone()
        send.close()
        other.send_nowait(2)
        await other.aclose()
        await other.aclose()
        assert await receive.receive() == 1
        assert receive.receive_nowait() == 2
        with pytest.raises(roost.EndOfStream):
            await receive.receive()
        with pytest.raises(roost.EndOfStream):
            receive.receive_nowait()


@on_virtual_clock
async def test_when_nobody_receives_any_more_nothing_is_sent() -> None:
    send, receive = create_memory_object_stream[int](1)
    told = list[str]()

    async def produce() -> None:
        try:
            await send.send(2)
        except roost.BrokenResourceError:
            told.append("broken")

    with send:
        send.send_nowait(1)
        async with roost.create_task_group() as group:
            group.start_soon(produce)
            await wait_all_tasks_blocked()
            receive.close()
        assert told == ["broken"]
        with pytest.raises(roost.BrokenResourceError):
            await send.send(3)
        with pytest.raises(roost.BrokenResourceError):
            send.send_nowait(3)
        assert send.statistics().current_buffer_used == 0, "what nobody can receive goes"


@on_virtual_clock
async def test_a_receiver_that_got_its_item_keeps_it_when_its_end_is_closed() -> None:
    send, receive = create_memory_object_stream[int](1)
    with send:
        async with roost.create_task_group() as group:
            task = group.start_soon(receive.receive)
            await wait_all_tasks_blocked()
            send.send_nowait(1)
            receive.close()
        assert task.return_value == 1


@on_virtual_clock
async def test_an_end_that_was_closed_here_refuses() -> None:
    send, receive = create_memory_object_stream[int](1)
    with send.clone(), receive.clone():
        send.close()
        receive.close()
        for call in (
            receive.receive_nowait,
            receive.clone,
            send.clone,
            lambda: send.send_nowait(1),
        ):
            with pytest.raises(roost.ClosedResourceError):
                call()
        for wait in (receive.receive(), send.send(1)):
            with pytest.raises(roost.ClosedResourceError):
                await wait
        with roost.CancelScope() as scope:
            scope.cancel()
            with pytest.raises(roost.Cancelled):
                await receive.receive()


@pytest.mark.parametrize("clones", [0, 1])
def test_who_waits_at_a_clone_is_told_when_it_is_closed(clones: int) -> None:
    send, receive = create_memory_object_stream[int](0)
    told = list[str]()

    async def wait(name: str, call: Any, *args: Any) -> None:
        try:
            await call(*args)
        except roost.ClosedResourceError:
            told.append(f"{name} closed")
        else:
            told.append(name)

    async def main() -> None:
        others = [(send.clone(), receive.clone()) for _ in range(clones)]
        async with roost.create_task_group() as group:
            group.start_soon(wait, "receive", receive.receive)
            await wait_all_tasks_blocked()
            receive_other = others[0][1] if others else receive
            group.start_soon(wait, "receive by another", receive_other.receive)
            await wait_all_tasks_blocked()
            receive.close()
            await wait_all_tasks_blocked()
            if clones:
                assert told == ["receive closed"]
                others[0][0].send_nowait(1)
                await wait_all_tasks_blocked()
                assert told == ["receive closed", "receive by another"]
                group.start_soon(wait, "send", send.send, 2)
                group.start_soon(wait, "send by another", others[0][0].send, 3)
                await wait_all_tasks_blocked()
                send.close()
                await wait_all_tasks_blocked()
                assert told[2:] == ["send closed"]
                assert others[0][1].receive_nowait() == 3
        assert told[-1] == ("send by another" if clones else "receive by another closed")
        send.close()
        for ends in others:
            for end in ends:
                end.close()

    roost.run(main, clock="virtual")


@on_virtual_clock
async def test_both_ends_tell_the_same() -> None:
    send, receive = create_memory_object_stream[int](1)
    with send, receive, send.clone(), send.clone():
        statistics = roost.MemoryObjectStreamStatistics(0, 1, 3, 1, 0, 0)
        assert send.statistics() == receive.statistics() == statistics
        async with roost.create_task_group() as group:
            group.start_soon(receive.receive)
            group.start_soon(receive.receive)
            await wait_all_tasks_blocked()
            assert send.statistics() == (0, 1, 3, 1, 0, 2)
            for number in range(2):
                send.send_nowait(number)
            assert send.statistics() == (0, 1, 3, 1, 0, 0)
            for number in range(3):
                group.start_soon(send.send, number)
            await wait_all_tasks_blocked()
            assert receive.statistics() == (1, 1, 3, 1, 2, 0)
            group.cancel()


def test_a_stream_goes_from_one_run_to_the_next() -> None:
    send, receive = create_memory_object_stream[int](math.inf)
    assert send.statistics() == (0, math.inf, 1, 1, 0, 0)

    async def fill() -> None:
        for number in range(100):
            await send.send(number)

    async def drain() -> None:
        assert [item async for item in receive] == list(range(100))

    roost.run(fill, clock="virtual")
    assert send.statistics().current_buffer_used == 100
    send.close()
    roost.run(drain, clock="virtual")
    receive.close()


def test_between_runs_a_stream_can_be_closed() -> None:
    send, receive = create_memory_object_stream[int](1)

    async def fill() -> None:
        send.send_nowait(1)

    async def find_closed() -> None:
        with pytest.raises(roost.BrokenResourceError):
            await send.send(2)

    roost.run(fill, clock="virtual")
    receive.close()
    assert send.statistics() == (0, 1, 1, 0, 0, 0)
    roost.run(find_closed, clock="virtual")
    send.close()


@pytest.mark.parametrize("size", [-1, 1.5, "1"])
def test_B1_a_stream_of_something_else(size: Any) -> None:
    with pytest.raises(ValueError, match="max_buffer_size must be"):
        create_memory_object_stream(size)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_end_that_nobody_closed_is_warned_of() -> None:
    send, receive = create_memory_object_stream[int](1)
    receive.close()
    with pytest.warns(ResourceWarning, match="MemoryObjectSendStream was not closed"):
        del send


@on_virtual_clock
async def test_items_are_freed_when_they_were_received() -> None:
    class Item:
        alive = 0

        def __init__(self) -> None:
            Item.alive += 1

        def __del__(self) -> None:
            Item.alive -= 1

    send, receive = create_memory_object_stream[Item](10)
    with send:
        for _ in range(4):
            send.send_nowait(Item())
        assert Item.alive == 4
        await receive.receive()
        receive.receive_nowait()
        assert Item.alive == 2
        receive.close()
        assert Item.alive == 0
