"""What holds in the child of a fork."""

from __future__ import annotations

from processes import python

PROGRAM = """
import os
import roost

async def sleep():
    await roost.sleep(0.001)

async def main():
    if child := os.fork():
        os.waitpid(child, 0)
        await sleep()
        print("the parent goes on")
        return
    try:
        roost.current_time()
    except roost.RoostError as refused:
        print("a call:", refused)
    roost.run(sleep)
    print("the child has a run of its own")
    await roost.sleep_forever()
    print("never")

try:
    roost.run(main)
except roost.RoostError as refused:
    print("a wait:", refused)
"""


def test_S8b_a_child_cannot_use_the_run_of_its_parent_and_may_have_its_own() -> None:
    call, own, wait, parent = python("-c", PROGRAM)
    assert call.startswith("a call: no roost.run goes on in this thread")
    assert own == "the child has a run of its own"
    assert wait.startswith("a wait: ")
    assert "belongs to the process before fork" in wait
    assert parent == "the parent goes on"
