"""Checks that a file is a trace in the Trace Event format (O2), and says what is in it.

Every event has what the format asks for; times never go back; the events of a slice, which is named
by its category and its id, are well nested, and each that begins ends. Beyond the format, what the
arguments say: each node begins in one that is open, and ends when all that began in it has ended.
"""

import json
import sys
from collections import Counter
from typing import Any

Event = dict[str, Any]
Slice = tuple[int, str, str]


class BadTraceError(Exception):
    """What is wrong, and with which event."""


def require(holds: bool, what: str, event: object) -> None:
    if not holds:
        raise BadTraceError(f"{what}: {event}")


def check_fields(event: Event) -> None:
    require(event.get("ph") in ("M", "b", "e", "n"), "no phase that we write", event)
    for field, kind in (("ts", (int, float)), ("pid", int), ("tid", int)):
        value = event.get(field)
        require(isinstance(value, kind) and value >= 0, f"no {field}", event)
    for field in ("cat", "name"):
        require(isinstance(event.get(field), str), f"no {field}", event)
    require(isinstance(event.get("args"), dict), "no args", event)
    if event["ph"] != "M":
        name = event.get("id")
        require(isinstance(name, str) and int(name, 16) > 0, "no id", event)


def check_metadata(events: list[Event]) -> None:
    names = [event["name"] for event in events if event["ph"] == "M"]
    require(names == ["process_name", "thread_name"], "no names, or events were lost", names)
    for event in events[:2]:
        require(isinstance(event["args"].get("name"), str), "a name of nothing", event)


def check_nesting(events: list[Event]) -> None:
    """By the format alone: what begins ends, under its name, and what is in it lies between."""
    open_slices: dict[Slice, list[str]] = {}
    for event in events:
        if event["ph"] == "M":
            continue
        stack = open_slices.setdefault((event["pid"], event["cat"], event["id"]), [])
        if event["ph"] == "b":
            stack.append(event["name"])
        else:
            require(bool(stack), "it is not open", event)
        if event["ph"] == "e":
            require(stack.pop() == event["name"], "it began under another name", event)
    for name, stack in open_slices.items():
        require(not stack, "it does not end", name)


def check_tree(events: list[Event]) -> None:
    """By what the arguments say (T2)."""
    parents: dict[str, str | None] = {}
    children: Counter[str] = Counter()
    for event in events:
        node, args = event.get("id", ""), event["args"]
        if event["ph"] == "b":
            require(node not in parents, "it begins twice", event)
            parent = args.get("parent")
            require(parent in parents or not parents, "its parent is not open", event)
            parents[node] = parent
            children[parent or ""] += 1
        elif event["ph"] == "n" and event["name"] == "started":
            children[parents[node] or ""] -= 1
            parents[node] = args["parent"]
            children[args["parent"]] += 1
        elif event["ph"] == "e":
            require(children[node] == 0 or args["state"] == "alive", "something outlives it", event)
            require(
                args["state"] in ("alive", "completed", "failed", "cancelled"), "no state", event
            )
            children[parents.pop(node) or ""] -= 1


def check(document: Any) -> list[Event]:
    require(isinstance(document, dict), "no object", type(document))
    require(document.get("displayTimeUnit") in ("ns", "ms"), "no unit", document.keys())
    events: list[Event] = document["traceEvents"]
    for event in events:
        check_fields(event)
    times = [event["ts"] for event in events]
    require(times == sorted(times), "time goes back", [min(times), max(times)])
    check_metadata(events)
    check_nesting(events)
    check_tree(events)
    return events


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    try:
        events = check(json.loads(text))
    except (BadTraceError, ValueError, KeyError) as error:
        print(f"{sys.argv[1]}: {error}")
        return 1
    kinds = Counter(f"{event['cat']} {event['ph']}" for event in events)
    print(", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    wanted = {f"{cat} {ph}" for cat in ("task", "group", "scope", "cleanup") for ph in "be"}
    missing = wanted - kinds.keys()
    if missing:
        print(f"nothing of: {', '.join(sorted(missing))}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
