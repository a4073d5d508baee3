"""A clean-up is shielded, so that it may wait; and then the other side does not answer."""

import roost
import trio
from trio.testing import MockClock

HOUR = 3600.0


async def with_trio() -> None:
    """A shield holds for ever: what is cancelled ends when the clean-up likes."""
    began = trio.current_time()
    with trio.move_on_after(10):
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(HOUR)  # saying good-bye
    print(f"trio: it took {trio.current_time() - began:.0f} s")


async def with_roost() -> None:
    """A shield holds for the grace that whoever cancels gives (C11)."""
    began = roost.current_time()
    with roost.move_on_after(10, grace=5):
        try:
            await roost.sleep_forever()
        finally:
            with roost.CancelScope(shield=True):
                await roost.sleep(HOUR)
    print(f"roost: it took {roost.current_time() - began:.0f} s")


trio.run(with_trio, clock=MockClock(autojump_threshold=0))
roost.run(with_roost, clock="virtual")
