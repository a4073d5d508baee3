"""The model against `import roost`: random programs of coroutines, each carried out by both.

    in_python.py              as many programs as ROOST_MODEL_PYTHON_PROGRAMS says, 2,000 unless it
                              does, from the seed ROOST_MODEL_SEED on, which is 1
    in_python.py SEED         that program alone, as calls, with the lines of both

PYTHONPATH leads to the package, ROOST_LIBRARY to the library. What the lines are is said in
coroutines.py.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import roost
from coroutines import MAIN, Coroutines, generate, lines
from program import Call, Program, Script, Word, listing
from roost._abi import constants
from roost._errors import BaseExceptionGroup, Reason, code_of

CHUNK = 100
SHOWN = 5

CODES = {
    value: name.removeprefix("ROOST_")
    for name, value in vars(constants).items()
    if re.fullmatch("ROOST_E[A-Z0-9]+", name) and isinstance(value, int) and value < 0
}
ORIGINS = {0: roost.Origin.EXPLICIT, 5: roost.Origin.SIGNAL, 7: roost.Origin.HOST}
POLICIES: dict[Any, Any] = {0: "fail_fast", 2: "supervise", 3: "race"}
DECISIONS: dict[Any, Any] = {0: "record", 1: "cancel", 2: "drop"}


NO_ERRORS = (roost.Cancelled, roost.ScopeCancelled, TimeoutError)


def word(code: int) -> str:
    return CODES.get(code, str(code))


def rc_of(error: BaseException) -> str:
    """What C is answered where Python raises."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return word(code_of(error)).replace("ESTALE", "ECLOSED")


def first_of(block: Any, raised: BaseException, own: BaseException | None) -> BaseException:
    """Of what a closing raises, the error whose code C is answered: where a race was won it is none
    of those who have lost (G2b)."""
    if isinstance(block, roost.TaskGroup) and block.winner is not None:
        for listed in block.errors:
            error = listed.exception
            if error is not None and (error is own or listed.name.startswith("cleanup of ")):
                return error
    return raised


def reason_text(reason: Reason | None) -> str:
    if reason is None:
        return "-"
    origin = reason.origin.name
    return f"({origin} {word(reason.code)} '{reason.name}' '{reason.message}')"


def error_text(name: str, error: BaseException | None, value: object = 0) -> str:
    if name.startswith("cleanup of "):
        name = "cleanup"
    if isinstance(error, BaseExceptionGroup):
        return f"['{name}' {' '.join(map(nested_text, error.exceptions))}]"
    return f"['{name}' {value if error is None else rc_of(error)}]"


def nested_text(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return f"[{' '.join(map(nested_text, error.exceptions))}]"
    return rc_of(error)


def failure() -> OSError:
    return OSError(errno.EIO, "as its script says")


class Body:
    """A coroutine that carries out a script."""

    def __init__(self, status: roost.TaskStatus[object] | None = None) -> None:
        self.status = status
        self.cancelled: roost.Cancelled | None = None
        """The last that a wait has raised, which it may raise itself."""


class Carrier:
    """Carries out one program, and writes the same lines as the model."""

    def __init__(self, program: Program) -> None:
        self.log: list[str] = []
        self.things: dict[int, Any] = {}
        self.asked: Counter[int] = Counter()
        self.program = program

    def run(self) -> list[str]:

        async def main() -> None:
            await self.task(self.program.calls[0])

        # The name of the main task is its function's.
        main.__module__, main.__qualname__ = "", f"t{MAIN}"
        try:
            roost.run(main, clock="virtual")
        except roost.Deadlock:
            pass  # some wait for ever, which ends so (D4)
        except BaseException as error:
            if not isinstance(error, OSError | roost.RoostError | BaseExceptionGroup):
                self.log.append(f"run raises {error!r}")
        return self.log

    # -- Bodies -----------------------------------------------------------------------------------

    async def task(self, call: Call, *, task_status: Any = None) -> int:
        number = int(call.args[0])
        self.things[number] = roost.current_task()
        if number == MAIN:
            self.start = roost.current_time()
        self.log.append(f"> start {number}")
        return await self.body(Body(task_status), call.scripts[0])

    async def cleanup(self, outcome: roost.Outcome, call: Call) -> None:
        reason = outcome.reason if outcome.state is roost.Status.CANCELLED else None
        state = outcome.state.name
        self.log.append(f"> cleanup {call.args[0]} {state} {reason_text(reason)}")
        self.things[int(call.args[0]) + 1] = roost.current_task()
        await self.body(Body(), call.scripts[0])

    async def body(self, body: Body, script: Script | None) -> int:
        answer = await self.follow(body, script)
        if answer == "EIO":
            raise failure()
        if answer == "ECANCELED":
            assert body.cancelled is not None
            raise body.cancelled
        return int(answer)

    async def follow(self, body: Body, script: Script | None) -> Word:
        assert script is not None
        for call in script.calls:
            try:
                await getattr(self, "call_" + call.name)(body, call)
            except Exception as error:  # no call raises here: one did what the model has not
                self.log.append(f"{call.name} raises {error!r}")
                raise
        self.log.append(f"< {script.answer}")
        return script.answer

    # -- Groups and scopes ------------------------------------------------------------------------

    async def call_group(self, body: Body, call: Call) -> None:
        (number, _, _, timeout, _, _, report, policy, limit, _, shield, grace, stopping) = call.args
        filters = call.scripts[0] is not None
        group = roost.create_task_group(
            policy=self.filter_of(call) if filters else POLICIES[policy],
            limit=int(limit) or None,
            deadline=self.deadline(timeout),
            shield=bool(shield),
            grace=self.grace(grace),
            report=bool(report),
            name=f"g{number}",
            until_stopping=bool(stopping),
        )
        await self.opening(body, call, group)

    async def call_scope(self, body: Body, call: Call) -> None:
        number, _, _, timeout, _, move_on, report, shield, grace, stopping = call.args
        options: dict[str, Any] = {
            "grace": self.grace(grace),
            "report": bool(report),
            "name": f"s{number}",
        }
        scope: Any
        if move_on:
            options["until_stopping"] = bool(stopping)
            scope = roost.CancelScope(
                deadline=self.deadline(timeout), shield=bool(shield), **options
            )
        else:
            scope = roost.fail_after(float(timeout), bool(shield), **options)
        await self.opening(body, call, scope)

    async def opening(self, body: Body, call: Call, block: Any) -> None:
        await block.__aenter__()
        self.things[int(call.args[0])] = block
        self.log.append(f"{call.name} 0")

    async def call_join(self, body: Body, call: Call) -> None:
        number, block_number, rc = call.args
        block = self.things[int(block_number)]
        error = {"EIO": failure(), "ECANCELED": body.cancelled}.get(str(rc))
        answer = "0"
        raised: BaseException | None = None
        try:
            kind = None if error is None else type(error)
            is_absorbed = await block.__aexit__(kind, error, None)
            raised = None if is_absorbed else error
        except BaseException as out:
            raised = out
        if raised is not None:
            answer = rc_of(first_of(block, raised, error))
        if isinstance(raised, roost.Cancelled):
            body.cancelled = raised
        told = self.result(int(block_number), raised, error)
        self.log.append(f"> join {number} {answer} {block_number} {told}")
        await self.follow(body, call.scripts[0])

    def result(self, number: int, raised: BaseException | None, own: BaseException | None) -> str:
        block = self.things[number]
        is_cut = block.cancel_called or isinstance(raised, roost.Cancelled)
        words = [
            f"called={int(block.cancel_called)}",
            f"caught={int(block.cancelled_caught)}",
            reason_text(block.reason if is_cut else None),
        ]
        if isinstance(block, roost.TaskGroup):
            for listed in block.errors:
                value = self.value_of(listed.name) if listed.exception is None else 0
                words.append(error_text(listed.name, listed.exception, value))
            if block.winner is not None:
                words.append(f"winner '{block.winner.name}' {block.winner.return_value}")
        elif raised is not None and not isinstance(raised, NO_ERRORS):
            for error in getattr(raised, "exceptions", [raised]):
                is_own = error is own or isinstance(error, roost.NotCancelled)
                words.append(error_text(f"s{number}" if is_own else "cleanup", error))
        return " ".join(words)

    def value_of(self, name: str) -> object:
        handle = self.things.get(int(name[1:]))
        return handle.return_value if handle is not None else 0

    def filter_of(self, call: Call) -> Any:
        number = int(call.args[0])

        def decide(error: BaseException, name: str) -> Any:
            self.log.append(f"> filter {number} {number} {error_text(name, error)}")
            script = call.scripts[min(self.asked[number], 1)]
            self.asked[number] += 1
            assert script is not None
            self.log.append(f"< {script.answer}")
            return DECISIONS[script.answer]

        return decide

    def deadline(self, timeout: Word) -> float:
        return roost.current_time() + float(timeout) if timeout else float("inf")

    def grace(self, grace: Word) -> float | None:
        named = {"0": None, "NOW": 0.0, "FOREVER": float("inf")}
        return named[str(grace)] if str(grace) in named else float(grace)

    # -- Tasks ------------------------------------------------------------------------------------

    async def call_spawn(self, body: Body, call: Call) -> None:
        self.note(call, self.spawn, call)

    def spawn(self, call: Call) -> str:
        number, group = int(call.args[0]), self.things[int(call.args[1])]
        options: dict[str, Any] = {"until_stopping": bool(call.args[9])}
        options |= {"daemon": bool(call.args[10]), "name": f"t{number}"}
        self.things[number] = group.start_soon(self.task, call, **options)
        return "ok"

    async def call_start(self, body: Body, call: Call) -> None:
        number, group = int(call.args[0]), self.things[int(call.args[1])]
        options: dict[str, Any] = {"until_stopping": bool(call.args[9])}
        options |= {"daemon": bool(call.args[10]), "name": f"t{number}", "return_handle": True}

        async def start() -> int:
            self.things[number] = await group.start(self.task, call, **options)
            return 0

        await self.wait(body, call, start(), number=int(call.args[11]), script=call.scripts[2])

    async def call_started(self, body: Body, call: Call) -> None:
        assert body.status is not None
        self.note(call, body.status.started)

    # -- Cancelling -------------------------------------------------------------------------------

    def note(self, call: Call, fn: Any, *args: Any) -> None:
        """A call that answers at once."""
        try:
            answer = fn(*[arg for arg in args if arg is not None])
        except BaseException as error:
            code = rc_of(error)
        else:
            code = {"already": "2", "ended": "ECLOSED"}.get(answer, "0")
        self.log.append(f"{call.name} {code}")

    async def call_cancel(self, body: Body, call: Call) -> None:
        number, origin, code, message = call.args
        thing = self.things[int(number)]
        self.note(
            call,
            lambda: thing.cancel(
                f"m{message}" if message else None, code=int(code), origin=ORIGINS[int(origin)]
            ),
        )

    async def call_set_deadline(self, body: Body, call: Call) -> None:
        block, until = self.things[int(call.args[0])], call.args[1]
        at = float("inf") if until == "FOREVER" else self.start + float(until)
        self.note(call, setattr, block, "deadline", at)

    async def call_set_shield(self, body: Body, call: Call) -> None:
        block = self.things[int(call.args[0])]
        self.note(call, setattr, block, "shield", bool(call.args[1]))

    async def call_shutdown(self, body: Body, call: Call) -> None:
        self.note(call, self.things[int(call.args[0])].shutdown, float(call.args[1]))

    async def call_defer(self, body: Body, call: Call) -> None:
        thing = self.things[int(call.args[2])]
        self.note(call, lambda: thing.defer(self.cleanup, call, told=True) and None)

    # -- Waits ------------------------------------------------------------------------------------

    async def wait(
        self,
        body: Body,
        call: Call,
        awaited: Any,
        number: int | None = None,
        script: Script | None = None,
    ) -> None:
        try:
            answer = await awaited
        except roost.Cancelled as cancelled:
            body.cancelled = cancelled
            answer = "ECANCELED"
        except BaseException as error:
            answer = rc_of(error)
        number = int(call.args[0]) if number is None else number
        self.log.append(f"> wait {number} {answer or 0}")
        await self.follow(body, script or call.scripts[0])

    async def call_after(self, body: Body, call: Call) -> None:
        span = call.args[2]
        await self.wait(
            body, call, roost.sleep_forever() if span == "FOREVER" else roost.sleep(float(span))
        )

    async def call_on_end(self, body: Body, call: Call) -> None:
        await self.wait(body, call, self.value(self.things[int(call.args[1])]))

    async def value(self, handle: Any) -> object:
        return await handle

    async def call_cancel_and_wait(self, body: Body, call: Call) -> None:
        handle = self.things[int(call.args[1])]

        async def end() -> object:
            await handle.cancel_and_wait()
            return handle.return_value if handle.exception is None else rc_of(handle.exception)

        await self.wait(body, call, end())

    # -- What tasks wait for ----------------------------------------------------------------------

    async def call_event(self, body: Body, call: Call) -> None:
        self.made(call, roost.Event())

    async def call_limiter(self, body: Body, call: Call) -> None:
        self.made(call, roost.Semaphore(int(call.args[1])))

    async def call_lock(self, body: Body, call: Call) -> None:
        self.made(call, roost.Lock())

    async def call_channel(self, body: Body, call: Call) -> None:
        self.made(call, roost.create_memory_object_stream[int](int(call.args[1])))

    def made(self, call: Call, thing: Any) -> None:
        self.things[int(call.args[0])] = thing
        self.log.append(f"{call.name} 0")

    async def call_event_wait(self, body: Body, call: Call) -> None:
        await self.wait(body, call, self.things[int(call.args[1])].wait())

    async def call_event_set(self, body: Body, call: Call) -> None:
        self.note(call, self.things[int(call.args[0])].set)

    async def call_acquire(self, body: Body, call: Call) -> None:
        await self.wait(body, call, self.things[int(call.args[1])].acquire())

    async def call_lock_acquire(self, body: Body, call: Call) -> None:
        await self.wait(body, call, self.things[int(call.args[1])].acquire())

    async def call_limiter_release(self, body: Body, call: Call) -> None:
        self.note(call, self.things[int(call.args[0])].release)

    async def call_unlock(self, body: Body, call: Call) -> None:
        self.note(call, self.things[int(call.args[0])].release)

    async def call_send(self, body: Body, call: Call) -> None:
        send, _ = self.things[int(call.args[1])]
        await self.wait(body, call, send.send(int(call.args[3])))

    async def call_receive(self, body: Body, call: Call) -> None:
        _, receive = self.things[int(call.args[1])]

        async def item() -> str:
            return f"0 item {await receive.receive()}"

        await self.wait(body, call, item())


# -- The test -------------------------------------------------------------------------------------


def difference(world: Coroutines, program: Program) -> tuple[int | None, list[str], list[str]]:
    ours, theirs = lines(world), Carrier(program).run()
    for index in range(max(len(ours), len(theirs))):
        if ours[index : index + 1] != theirs[index : index + 1]:
            return index, ours, theirs
    return None, ours, theirs


def compare(first: int, count: int) -> tuple[list[int], Counter[str]]:
    """One chunk, in a process of its own."""
    differing: list[int] = []
    counts: Counter[str] = Counter()
    for seed in range(first, first + count):
        program, world = generate(seed)
        counts += world.counts
        if difference(world, program)[0] is not None:
            differing.append(seed)
    return differing, counts


def show(seed: int) -> None:
    program, world = generate(seed)
    index, ours, theirs = difference(world, program)
    for line in listing(program):
        print("    " + line)
    if index is None:
        print("    (model and roost agree)")
        return
    print("  the lines before, then what the model expected and roost did:")
    for line in ours[max(0, index - 8) : index]:
        print("      " + line)
    for sign, those in (("model", ours), ("roost", theirs)):
        for line in those[index : index + 3] or ["(the end)"]:
            print(f"    {sign:8}{line}")


def main() -> None:
    if len(sys.argv) > 1:
        _, world = generate(int(sys.argv[1]))
        print("\n".join(lines(world)))
        show(int(sys.argv[1]))
        return
    first = int(os.environ.get("ROOST_MODEL_SEED", "1"))
    count = int(os.environ.get("ROOST_MODEL_PYTHON_PROGRAMS", "2000"))
    starts = range(first, first + count, CHUNK)
    sizes = [min(CHUNK, first + count - start) for start in starts]
    differing: list[int] = []
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor() as pool:
        for part, met in pool.map(compare, starts, sizes):
            differing += part
            counts += met
    title = f"model: {count} programs of coroutines from seed {first}, carried out by roost"
    print(("not ok - " if differing else "ok - ") + title)
    for seed in differing[:SHOWN]:
        print(f"  they differ on program {seed}:")
        show(seed)
    if len(differing) > SHOWN:
        print(f"  and on {differing[SHOWN:]}")


if __name__ == "__main__":
    main()
