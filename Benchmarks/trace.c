/* What an event of a trace costs: the same program with a trace and without one, in turns, and the
 * difference of the medians, divided by the events. The program spawns tasks that end in their
 * first step, which are two events each; half of them have names. */
#include "bench.h"

#include <roost.h>

#define TASKS 1000
#define EVENTS (2 * (TASKS + 1)) /* the group has two as well */
#define ROUNDS 1001

static roost_runtime runtime;

static int complete(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static void count_bytes(const char *text, uint64_t length, void *data) {
  (void)text;
  *(uint64_t *)data += length;
}

static double run(void) {
  uint64_t begun = nanoseconds();
  roost_group group;
  CHECK(roost_group_open(roost_root(runtime), NULL, &group));
  for (int i = 0; i < TASKS; i++)
    CHECK(roost_spawn(
        group, ROOST_TASK(.start = complete, .name = i % 2 == 0 ? "fetch a page" : NULL), NULL));
  CHECK(roost_join(group, 0, NULL, NULL, NULL));
  CHECK(roost_run(runtime));
  return (double)(nanoseconds() - begun);
}

void bench_trace(FILE *goals) {
  static double off[ROUNDS];
  static double on[ROUNDS];
  uint64_t bytes = 0;
  CHECK(roost_runtime_open(NULL, &runtime));
  run();
  for (int round = 0; round < ROUNDS; round++) {
    off[round] = run();
    CHECK(roost_trace_start(runtime, count_bytes, &bytes, NULL));
    on[round] = run();
    CHECK(roost_trace_stop(runtime));
  }
  CHECK(roost_close(runtime, 0, NULL, NULL, NULL));
  double each = (median(on, ROUNDS) - median(off, ROUNDS)) / EVENTS;
  printf("%-38s %9d %9.1f                    %.0f bytes\n", "event of a trace, ns", EVENTS, each,
         (double)bytes / ROUNDS / EVENTS);
  fprintf(goals, "%-8s event of a trace, ns: %.1f, goal under 100\n", reached(each < 100), each);
}
