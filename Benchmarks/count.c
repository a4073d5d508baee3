/* Does a work on a contender twice, of which callgrind counts the second time, and prints what it
 * was and for how many tasks. Arguments: the numbers of the line, of the contender and of what is
 * watched meanwhile. */
#include "bench.h"

#include <stdlib.h>

static const struct {
  const char *name;
  enum work work;
  struct load load;
} lines[] = {
    {"spawn + run + join", SPAWN, {.n = 10000}},
    {"cancel + cleanup + join", CANCEL, {.n = 10000, .cleanup = true}},
    {"deadline: arm + cancel", DEADLINE, {.n = 10000}},
    {"nested scope: open + cancel + close", CHAIN, {.n = 10000}},
    {"wait: after + cancel", WAIT, {.n = 10000}},
    {"fiber: spawn + run + join", SPAWN, {.n = 10000}},
    {"fiber: cancel + join", CANCEL, {.n = 1000}},
    {"fiber: switch", SWITCH, {.n = 10000, .fibers = 100}},
    {"fiber: sleep", SLEEP, {.n = 10000, .fibers = 100}},
    {"message by a channel for 100", SEND, {.n = 10000, .room = 100}},
};

int main(int argc, char **argv) {
  int line = argc == 4 ? atoi(argv[1]) : -1;
  int contender = argc == 4 ? atoi(argv[2]) : -1;
  int watch = argc == 4 ? atoi(argv[3]) : -1;
  if (line < 0 || line >= (int)(sizeof lines / sizeof *lines) || contender < 0 ||
      contender >= CONTENDERS || watch < UNWATCHED || watch > TRACE ||
      !contenders[contender]->work[lines[line].work]) {
    fprintf(stderr, "usage: count LINE CONTENDER WATCH\n");
    return 2;
  }
  watched = (enum watch)watch;
  double per_task[LAPS];
  gauge = nanoseconds;
  contenders[contender]->open();
  measure(contender, lines[line].work, &lines[line].load, per_task);
  counting = true;
  measure(contender, lines[line].work, &lines[line].load, per_task);
  printf("%s|%s|%ld\n", lines[line].name, contenders[contender]->name, lines[line].load.n);
  return 0;
}
