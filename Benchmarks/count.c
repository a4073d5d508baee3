/* Does a work on a contender twice, of which callgrind counts the second time, and prints what it
 * was and for how many tasks. Arguments: the numbers of the work, of the contender and of what
 * is watched meanwhile. */
#include "bench.h"

#include <stdlib.h>

static const struct {
  const char *name;
  struct load load;
} works[] = {
    [SPAWN] = {"spawn + run + join", {10000, 0, false}},
    [CANCEL] = {"cancel + cleanup + join", {10000, 0, true}},
    [DEADLINE] = {"deadline: arm + cancel", {10000, 0, false}},
    [CHAIN] = {"nested scope: open + cancel + close", {10000, 0, false}},
    [WAIT] = {"wait: after + cancel", {10000, 0, false}},
};

int main(int argc, char **argv) {
  int work = argc == 4 ? atoi(argv[1]) : -1;
  int contender = argc == 4 ? atoi(argv[2]) : -1;
  int watch = argc == 4 ? atoi(argv[3]) : -1;
  if (work < 0 || work >= (int)(sizeof works / sizeof *works) || contender < 0 ||
      contender >= CONTENDERS || watch < UNWATCHED || watch > TRACE) {
    fprintf(stderr, "usage: count WORK CONTENDER WATCH\n");
    return 2;
  }
  watched = (enum watch)watch;
  double per_task[LAPS];
  gauge = nanoseconds;
  contenders[contender]->open();
  measure(contender, (enum work)work, &works[work].load, per_task);
  counting = true;
  measure(contender, (enum work)work, &works[work].load, per_task);
  printf("%s|%s|%ld\n", works[work].name, contenders[contender]->name, works[work].load.n);
  return 0;
}
