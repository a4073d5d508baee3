"""Runs an example in Python whose output is looked at instead of printed: at the first line that
has GUIDE_LINE in it, the tree is dumped.

python3 Tools/guide/draw.py PROGRAM
"""

import builtins
import os
import runpy
import sys

import roost

line = os.environ["GUIDE_LINE"]
drawn = False


def look(*values: object, **_: object) -> None:
    global drawn
    if not drawn and line in " ".join(map(str, values)):
        drawn = True
        sys.stdout.write(roost.dump())


builtins.print = look
sys.path[0] = os.path.dirname(sys.argv[1])  # as for a program that is run
runpy.run_path(sys.argv[1], run_name="__main__")
