"""One contender's process for one work: `worker.py CONTENDER WORK GAUGE`.

For each number that it reads it does the work so often, and answers what the watch has shown.
"""

import gc
import importlib
import sys

from watch import Watch


def main() -> None:
    contender, work, gauge = sys.argv[1:]
    module = importlib.import_module(f"on_{contender}")
    watch = Watch(gauge)
    for line in sys.stdin:
        # The garbage of one round is not collected in the next one's time. Within a round the
        # collector is on, as it is in every program.
        gc.collect()
        module.run(getattr(module, work), int(line), watch)
        print(watch.used, flush=True)


if __name__ == "__main__":
    main()
