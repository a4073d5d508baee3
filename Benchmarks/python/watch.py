"""The stopwatch that each work starts and stops around what counts."""

import time
from collections.abc import Callable


def resident_bytes() -> float:
    """The memory that this process has in use, and the tables of its pages."""
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return sum(int(fields[name].split()[0]) for name in ("VmRSS", "VmPTE")) * 1024


GAUGES: dict[str, Callable[[], float]] = {
    "time": time.perf_counter,
    "cpu": time.process_time,
    "memory": resident_bytes,
}


class Watch:
    """Notes in `used` by how much a gauge has risen between `start` and `stop`."""

    def __init__(self, gauge: str) -> None:
        self._gauge = GAUGES[gauge]
        self._started = 0.0
        self.used = 0.0

    def start(self) -> None:
        self._started = self._gauge()

    def stop(self) -> None:
        self.used = self._gauge() - self._started
