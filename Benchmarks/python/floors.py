"""What Python itself takes for the least that a task, a switch and a foreign call consist of.

The least of all repeats is printed: nothing can be below a floor, and what is above it is noise.
"""

import timeit

REPEATS = 15
ASKS = 1000  # in one foreign call

SETUP = f"""
import array, contextvars, ctypes, struct, types

async def trivial():
    pass

def run_to_its_end():
    coroutine = trivial()
    try:
        coroutine.send(None)
    except StopIteration:
        pass

@types.coroutine
def park():
    yield

async def parks():
    while True:
        await park()

async def waits():
    await park()

async def waits_deeper():
    while True:
        await waits()

async def catches():
    while True:
        try:
            await park()
        except ValueError:
            pass

def begun(function):
    coroutine = function()
    coroutine.send(None)
    return coroutine

class Slots:
    __slots__ = ("a", "b", "c", "d")

    def __init__(self, a, b):
        self.a = a
        self.b = b
        self.c = None
        self.d = 0

class Empty:
    def __enter__(self):
        pass

    def __exit__(self, *error):
        pass

def use_empty():
    with Empty():
        pass

undeclared = ctypes.CDLL(None).memcmp
declared = ctypes.CDLL(None).memcmp
declared.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
send, send_deeper, throw = begun(parks).send, begun(waits_deeper).send, begun(catches).throw
run = contextvars.copy_context().run
asks = []
many = [1, 2, 3, 1 << 40] * {ASKS}
told = bytes(24 * {ASKS})
tolds = struct.Struct("iiqq")
"""

# What is timed, how often it does it at a time, and how often that is repeated.
FLOORS = (
    ("bare coroutine: made, run to its end", "run_to_its_end()", 1, 20_000),
    ("bare coroutine: resumed", "send(None)", 1, 20_000),
    ("bare coroutine: resumed, an async def deeper", "send_deeper(None)", 1, 20_000),
    ("bare coroutine: an exception thrown and caught", "throw(ValueError())", 1, 20_000),
    ("foreign call of three integers", "undeclared(0, 0, 0)", 1, 20_000),
    ("foreign call of three integers, argtypes", "declared(0, 0, 0)", 1, 20_000),
    ("a context copied", "contextvars.copy_context()", 1, 20_000),
    ("a function run in a context", "run(int)", 1, 20_000),
    ("an object with two arguments, four slots", "Slots(1, 2)", 1, 20_000),
    ("a with block that does nothing", "use_empty()", 1, 20_000),
    ("an ask written to a list", "asks += (1, 2, 3, 4)", 1, 20_000),
    ("an ask of a list packed", "array.array('Q', many)", ASKS, 50),
    ("a told unpacked", "for what, code, key, value in tolds.iter_unpack(told): pass", ASKS, 50),
)


def print_all() -> None:
    print("\nfloors of Python, µs")
    for title, statement, count, number in FLOORS:
        times = timeit.repeat(statement, SETUP, repeat=REPEATS, number=number)
        print(f"{title:<50} {min(times) / number / count * 1e6:9.3f}", flush=True)
