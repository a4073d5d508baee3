/* What an event of a trace costs: the same program with and without one, in turns, and the
 * difference of the medians, divided by the events. The program spawns tasks that end in their
 * first step, which are two events each; half of them have names. Prints one line. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <roost.h>

#define TASKS 1000
#define ROUNDS 1001

static void check(int64_t rc, const char *call) {
  if (rc >= 0) return;
  fprintf(stderr, "%s: %" PRId64 "\n", call, rc);
  exit(1);
}
#define CHECK(call) check((call), #call)

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int complete(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static void discard(const char *text, uint64_t length, void *data) {
  (void)text;
  *(uint64_t *)data += length;
}

static double run(roost_runtime runtime) {
  double begin = nanoseconds();
  roost_group group;
  CHECK(roost_group_open(roost_root(runtime), NULL, &group));
  for (int i = 0; i < TASKS; i++)
    CHECK(roost_spawn(
        group, ROOST_TASK(.start = complete, .name = i % 2 == 0 ? "fetch a page" : NULL), NULL));
  CHECK(roost_join(group, 0, NULL, NULL, NULL));
  CHECK(roost_run(runtime));
  return nanoseconds() - begin;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values) {
  qsort(values, ROUNDS, sizeof *values, ascending);
  return values[ROUNDS / 2];
}

int main(void) {
  static double off[ROUNDS];
  static double on[ROUNDS];
  uint64_t bytes = 0;
  roost_runtime runtime;
  CHECK(roost_runtime_open(NULL, &runtime));
  run(runtime);
  for (int round = 0; round < ROUNDS; round++) {
    off[round] = run(runtime);
    CHECK(roost_trace_start(runtime, discard, &bytes, NULL));
    on[round] = run(runtime);
    CHECK(roost_trace_stop(runtime));
  }
  CHECK(roost_close(runtime, 0, NULL, NULL, NULL));
  double events = 2.0 * (TASKS + 1);
  double each = (median(on) - median(off)) / events;
  printf("%-38s %9.1f  (%.0f bytes each; goal under 100: %s)\n", "trace: ns per event", each,
         (double)bytes / ROUNDS / events, each < 100 ? "met" : "MISSED");
  return 0;
}
