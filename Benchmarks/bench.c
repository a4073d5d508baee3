/* Measures works on Roost beside the same works on libuv's timers and on a bare C list, then works
 * on fibers beside the same on bare boost.context, and prints a table of each; and then what passes
 * between threads (threads.c), a trace (trace.c), and echo servers (echo.c).
 *
 * For each line every contender has a process of its own, so that none finds memory that another
 * has warmed or torn; they take turns, round after round, and the medians are printed. The first
 * round of Roost, in a runtime that has done nothing before, is printed as "cold" and counts for
 * nothing else, so the others find a warm runtime. Memory is measured once, cold, as it cannot
 * vary. The last columns are Roost's figure as a part of each of the others'. */
#include "bench.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ROUNDS 101
#define RIVALS 3 /* contenders of one table */

/* Lines of a table that belong together, and what they must reach. */
struct series {
  const char *name;
  enum work work;
  bool memory;
  double below;  /* the goal of each line of Roost's; 0: none */
  double flat;   /* how far the lines may lie apart, as a factor; 0: no matter */
  double within; /* the goal as a factor of what the first of the others needs; 0: none */
  const char *laps[LAPS];
  struct load loads[4];
};

static const struct series on_tasks[] = {
    {"spawn + run + join, ns", SPAWN, .below = 40, .flat = 2,
     .loads = {{.n = 1000}, {.n = 10000}, {.n = 100000}, {.n = 1000000}}},
    {"cancel + cleanup + join, ns", CANCEL, .below = 40, .flat = 2,
     .loads = {{.n = 1000, .cleanup = true},
               {.n = 10000, .cleanup = true},
               {.n = 100000, .cleanup = true},
               {.n = 1000000, .cleanup = true}}},
    {"cancel in a larger tree, ns", CANCEL, .flat = 1.5,
     .loads = {{.n = 10000, .cleanup = true},
               {.n = 10000, .rest = 100000, .cleanup = true},
               {.n = 10000, .rest = 1000000, .cleanup = true}}},
    {"deadline: arm + cancel, ns", DEADLINE, .below = 60, .loads = {{.n = 1000000}}},
    {"nested scopes, ns", CHAIN, .laps = {": open", ": cancel", ": close"},
     .loads = {{.n = 1000000}}},
    {"blocked task, bytes", HOLD, true, .below = 160, .loads = {{.n = 1000000}}},
    {"blocked task with a cleanup, bytes", HOLD, true, .loads = {{.n = 1000000, .cleanup = true}}},
};

static const struct series on_fibers[] = {
    {"fiber: switch, ns", SWITCH, .within = 2.5, .loads = {{.n = 1000000, .fibers = 1000}}},
    {"fiber: switch in other batches, ns", SWITCH,
     .loads = {{.n = 100000, .fibers = 10},
               {.n = 1000000, .fibers = 10000},
               {.n = 1000000, .fibers = 100000}}},
    {"fiber: spawn + run + join, ns", SPAWN, .below = 120,
     .loads = {{.n = 1000}, {.n = 10000}, {.n = 100000}, {.n = 1000000}}},
    {"fiber: cancel + join, ns", CANCEL, .below = 250, .loads = {{.n = 100000}}},
    {"fiber: cancel + join of more, ns", CANCEL, .loads = {{.n = 1000000}}},
    {"parked fiber, bytes", HOLD, true, .below = 4608, .loads = {{.n = 100000}, {.n = 1000000}}},
    {"message by a channel for 100, ns", SEND, .below = 60,
     .loads = {{.n = 100000, .fibers = 2, .room = 100}}},
    {"message by a channel without room, ns", SEND, .loads = {{.n = 100000, .fibers = 2}}},
};

/* Some series, and who is measured at them: Roost is the first. */
struct table {
  int first;
  int contenders;
  const struct series *series;
  size_t count;
};

static const struct table tables[] = {
    {0, 3, on_tasks, sizeof on_tasks / sizeof *on_tasks},
    {3, 2, on_fibers, sizeof on_fibers / sizeof *on_fibers},
};

/* One line, for each lap, per task. */
struct figures {
  double cold[RIVALS][LAPS];
  double median[RIVALS][LAPS];
};

/* ---- What the machine has ---- */

#define ADVICE_GUARD 102 /* MADV_GUARD_INSTALL, of Linux 6.13 */
#define FEW_FIBERS 30000 /* there are stacks for so many on older kernels */

static bool has_guards(void) {
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) check(-1, "mmap");
  bool has = madvise(page, size, ADVICE_GUARD) == 0;
  munmap(page, size);
  return has;
}

static long available_kilobytes(void) {
  FILE *file = fopen("/proc/meminfo", "r");
  char line[128];
  long kilobytes = -1;
  while (file && kilobytes < 0 && fgets(line, sizeof line, file))
    if (sscanf(line, "MemAvailable: %ld", &kilobytes) != 1) kilobytes = -1;
  check(kilobytes, "/proc/meminfo");
  fclose(file);
  return kilobytes;
}

/* Why the parked fibers of a line cannot be made here, in words, or NULL. Each contender keeps the
 * stacks that it has used. */
static const char *lacking(const struct table *table, const struct series *series,
                           const struct load *load) {
  bool parks = table->series == on_fibers && (series->work == CANCEL || series->work == HOLD);
  if (!parks) return NULL;
  if (load->n > FEW_FIBERS && !has_guards()) return "the kernel has no guard regions";
  if (available_kilobytes() < load->n * 5 * table->contenders) return "too little memory is free";
  return NULL;
}

/* ---- Measuring ---- */

/* A process in which one contender does one work, a round for each byte that it is sent. */
struct worker {
  pid_t pid;
  int orders;
  int results;
};

static struct worker hire(const struct series *series, const struct load *load, int contender) {
  int orders[2];
  int results[2];
  CHECK(pipe(orders));
  CHECK(pipe(results));
  pid_t pid = fork();
  check(pid, "fork");
  if (pid == 0) {
    close(orders[1]);
    gauge = series->memory ? resident_bytes : nanoseconds;
    contenders[contender]->open();
    char order;
    while (read(orders[0], &order, 1) == 1) {
      double per_task[LAPS];
      measure(contender, series->work, load, per_task);
      CHECK(write(results[1], per_task, sizeof per_task));
    }
    exit(0);
  }
  close(orders[0]);
  close(results[1]);
  return (struct worker){pid, orders[1], results[0]};
}

static void run_round(struct worker worker, double per_task[LAPS]) {
  CHECK(write(worker.orders, "", 1));
  if (read(worker.results, per_task, LAPS * sizeof(double)) != LAPS * sizeof(double))
    check(-1, "a contender");
}

/* A later worker holds the orders of the earlier ones open, so all are closed before one is
 * awaited. */
static void dismiss(const struct worker *workers, int count) {
  for (int c = 0; c < count; c++) {
    close(workers[c].orders);
    close(workers[c].results);
  }
  for (int c = 0; c < count; c++) waitpid(workers[c].pid, NULL, 0);
}

static long alive_in(const struct load *load) {
  return load->fibers ? load->fibers : load->n + load->rest;
}

static int rounds_for(const struct series *series, const struct load *load) {
  long alive = alive_in(load);
  return series->memory    ? 0
         : alive <= 1000   ? MOST_ROUNDS
         : alive <= 10000  ? 31
         : alive <= 200000 ? 9
                           : 5;
}

/* How many contenders do the work: the last ones of a table may not. */
static int rivals(const struct table *table, const struct series *series) {
  int count = table->contenders;
  while (!contenders[table->first + count - 1]->work[series->work]) count--;
  return count;
}

static void measure_line(const struct table *table, const struct series *series,
                         const struct load *load, struct figures *figures) {
  static double values[RIVALS][LAPS][MOST_ROUNDS];
  struct worker workers[RIVALS];
  int count = rivals(table, series);
  for (int c = 0; c < count; c++) {
    workers[c] = hire(series, load, table->first + c);
    run_round(workers[c], figures->cold[c]);
  }
  int rounds = rounds_for(series, load);
  for (int round = 0; round < rounds; round++)
    for (int c = 0; c < count; c++) {
      double per_task[LAPS];
      run_round(workers[c], per_task);
      for (int lap = 0; lap < LAPS; lap++) values[c][lap][round] = per_task[lap];
    }
  dismiss(workers, count);
  for (int c = 0; c < count; c++)
    for (int lap = 0; lap < LAPS; lap++) {
      figures->median[c][lap] = rounds ? median(values[c][lap], rounds) : figures->cold[c][lap];
    }
}

/* ---- Printing ---- */

static void print_head(const struct table *table) {
  const struct contender *const *who = &contenders[table->first];
  printf("%-38s %9s %9s", "", "n", "alive");
  for (int c = 0; c < table->contenders; c++)
    printf(" %9s%s", who[c]->name, c == 0 ? "      cold" : "");
  for (int c = 1; c < table->contenders; c++) printf(" %7s", who[c]->ratio);
  puts("");
}

static void print_lap(const struct table *table, const struct series *series,
                      const struct load *load, int lap, const struct figures *figures) {
  char name[64];
  const char *lap_name = series->laps[lap] ? series->laps[lap] : "";
  int count = rivals(table, series);
  snprintf(name, sizeof name, "%s%s", series->name, lap_name);
  printf("%-38s %9ld %9ld %9.1f %9.1f", name, load->n, alive_in(load), figures->median[0][lap],
         figures->cold[0][lap]);
  for (int c = 1; c < count; c++) printf(" %9.1f", figures->median[c][lap]);
  for (int c = 1; c < count; c++)
    printf(" %7.2f", figures->median[0][lap] / figures->median[c][lap]);
  puts("");
}

/* Prints the lines of a series, and notes what becomes of its goals in `goals`. */
static void print_series(const struct table *table, const struct series *series, FILE *goals) {
  double most = 0;
  double least = 0;
  double factor = 0;
  for (int i = 0; i < 4 && series->loads[i].n; i++) {
    const struct load *load = &series->loads[i];
    struct figures figures;
    const char *why = lacking(table, series, load);
    if (why) {
      printf("%-38s %9ld left out: %s\n", series->name, load->n, why);
      fprintf(goals, "%-8s %s, of %ld: %s\n", "left out", series->name, load->n, why);
      continue;
    }
    measure_line(table, series, load, &figures);
    for (int lap = 0; lap < LAPS && (lap == 0 || series->laps[lap]); lap++)
      print_lap(table, series, load, lap, &figures);
    double value = figures.median[0][0];
    most = value > most ? value : most;
    least = least == 0 || value < least ? value : least;
    factor = value / figures.median[1][0];
  }
  if (most == 0) return;
  if (series->below > 0)
    fprintf(goals, "%-8s %s: %.1f, goal under %.0f\n", reached(most < series->below), series->name,
            most, series->below);
  if (series->flat > 0)
    fprintf(goals, "%-8s %s: %.1f to %.1f, goal within a factor of %.1f\n",
            reached(most <= series->flat * least), series->name, least, most, series->flat);
  if (series->within > 0)
    fprintf(goals, "%-8s %s: %.2f of a bare jump, goal at most %.1f\n",
            reached(factor <= series->within), series->name, factor, series->within);
}

int main(void) {
  char *goals = NULL;
  size_t size = 0;
  FILE *noted = open_memstream(&goals, &size);
  if (!noted) check(-1, "open_memstream");
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
    if (t > 0) puts("");
    print_head(&tables[t]);
    for (size_t i = 0; i < tables[t].count; i++)
      print_series(&tables[t], &tables[t].series[i], noted);
  }
  bench_threads(noted);
  bench_trace(noted);
  bench_echo(noted);
  fclose(noted);
  printf("\n%s", goals);
  free(goals);
  return 0;
}
