"""Reads the dump of dump.c as JSON, and looks at what it says of the tree (O1)."""

import json
import re
import sys
from pathlib import Path

NAMES = [
    "plain",
    "two\nlines",
    "\"quoted\" 'so'",
    "back\\slash\\",
    "{<a|b>}",
    "&amp; &#233;",
    "\ufffd\ufffd(",
    "Grüße",
    "\t\x01\x7f",
    "\\N\\G\\l",
]

dump = json.load(sys.stdin)
assert dump["clock"] == "virtual"
assert dump["now_ns"] == 1_000_000_000
assert dump["closing"] is False
assert dump["strays"] == []

described = re.findall(r"`(\w+)`", Path("Docs/dump.md").read_text(encoding="utf-8"))
nodes = dump["nodes"]
seen: set[str] = set()
for node in nodes:
    assert node["parent"] is None or node["parent"] in seen, "each after its parent"
    seen.add(node["id"])
assert len(seen) == len(nodes) == 14
assert [node["name"] for node in nodes] == ["root", "g", "a", "b", *NAMES]

named = {node["name"]: node for node in nodes}
group, a, b = named["g"], named["a"], named["b"]
assert group["deadline_ns"] == 2_000_000_000
assert group["limit"] == 1
assert group["policy"] == "fail-fast"
assert named["root"]["policy"] == "supervise"
assert (a["state"], b["state"]) == ("ready", "queued")
assert b["shield"] == "on"
assert a["shield"] is None
(end,) = a["waits"]
(lock,) = b["waits"]
assert (end["for"], end["of"], end["since_ns"]) == ("end", b["id"], 1_000_000_000)
assert (lock["for"], lock["owner"]) == ("lock", a["id"])
assert a["locks"] == [lock["of"]]
(forever,) = named["root"]["waits"]
assert (forever["for"], forever["until_ns"]) == ("time", None)

for index, name in enumerate(NAMES):
    node = named[name]
    assert node["cleanups"] == [name]
    if index % 2:
        assert node["cancelled"] is None
    else:
        why = node["cancelled"]
        assert (why["origin"], why["code"], why["called"]) == ("explicit", -index, True)
        assert why["message"] == why["name"] == name
        assert why["node"] == node["id"]

for thing in (dump, *nodes, *(wait for node in nodes for wait in node["waits"])):
    assert set(thing) <= set(described), "Docs/dump.md has every field"
