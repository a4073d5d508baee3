/* The stopwatch, and what else the contenders need. */
#include "bench.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#ifdef COUNT
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_TOGGLE_COLLECT (void)0
#endif

const struct contender *const contenders[CONTENDERS] = {&roost, &timers, &list, &fibers, &jumps};

uint64_t (*gauge)(void);
enum watch watched;
bool counting;
static uint64_t started;
static double laps[LAPS];
static uint64_t seed;

uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t resident_bytes(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[128];
  uint64_t kilobytes;
  uint64_t sum = 0;
  if (!file) check(-1, "/proc/self/status");
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "VmRSS: %" SCNu64, &kilobytes) == 1 ||
        sscanf(line, "VmPTE: %" SCNu64, &kilobytes) == 1)
      sum += kilobytes * 1024;
  fclose(file);
  return sum;
}

void watch_start(void) {
  started = gauge();
  if (counting) CALLGRIND_TOGGLE_COLLECT;
}

void watch_stop(int lap) {
  if (counting) CALLGRIND_TOGGLE_COLLECT;
  laps[lap] = (double)(gauge() - started);
}

void measure(int contender, enum work work, const struct load *load, double per_task[LAPS]) {
  seed = 88172645463325252;
  contenders[contender]->work[work](load);
  for (int lap = 0; lap < LAPS; lap++) per_task[lap] = laps[lap] / (double)load->n;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  return values[count / 2];
}

const char *reached(bool goal) { return goal ? "met" : "MISSED"; }

__extension__ typedef unsigned __int128 wide;

/* Marsaglia's xorshift, brought into the range by a multiplication, which is faster than a
 * division. */
uint64_t random_below(uint64_t end) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (uint64_t)(((wide)seed * end) >> 64);
}

void check(int64_t rc, const char *call) {
  if (rc >= 0) return;
  fprintf(stderr, "%s: %" PRId64 "\n", call, rc);
  exit(1);
}

void *allocate(unsigned long size) {
  void *memory = malloc(size ? size : 1);
  if (!memory) check(-1, "malloc");
  return memory;
}
