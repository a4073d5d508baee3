/* Measures works on Roost beside the same works on libuv's timers and on a bare C list, and prints
 * one table; and then what passes between threads (threads.c), and a trace (trace.c).
 *
 * For each line every contender has a process of its own, so that none finds memory that another
 * has warmed or torn; they take turns, round after round, and the medians are printed. The first
 * round of Roost, in a runtime that has done nothing before, is printed as "cold" and counts for
 * nothing else, so the others find a warm runtime. Memory is measured once, cold, as it cannot
 * vary. The last two columns are Roost's figure as a part of a timer's and of a list's. */
#include "bench.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ROUNDS 101

/* Lines of the table that belong together, and what they must reach. */
struct series {
  const char *name;
  enum work work;
  bool memory;
  double below; /* the goal of each line of Roost's; 0: none */
  double flat;  /* how far the lines may lie apart, as a factor; 0: no matter */
  const char *laps[LAPS];
  struct load loads[4];
};

static const struct series table[] = {
    {"spawn + run + join, ns", SPAWN, .below = 40, .flat = 2,
     .loads = {{1000, 0, false}, {10000, 0, false}, {100000, 0, false}, {1000000, 0, false}}},
    {"cancel + cleanup + join, ns", CANCEL, .below = 40, .flat = 2,
     .loads = {{1000, 0, true}, {10000, 0, true}, {100000, 0, true}, {1000000, 0, true}}},
    {"cancel in a larger tree, ns", CANCEL, .flat = 1.5,
     .loads = {{10000, 0, true}, {10000, 100000, true}, {10000, 1000000, true}}},
    {"deadline: arm + cancel, ns", DEADLINE, .below = 60, .loads = {{1000000, 0, false}}},
    {"nested scopes, ns", CHAIN, .laps = {": open", ": cancel", ": close"},
     .loads = {{1000000, 0, false}}},
    {"blocked task, bytes", HOLD, true, .below = 160, .loads = {{1000000, 0, false}}},
    {"blocked task with a cleanup, bytes", HOLD, true, .loads = {{1000000, 0, true}}},
};

/* One line, for each lap, per task. */
struct figures {
  double cold[CONTENDERS][LAPS];
  double median[CONTENDERS][LAPS];
};

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
static void dismiss(const struct worker *workers) {
  for (int c = 0; c < CONTENDERS; c++) {
    close(workers[c].orders);
    close(workers[c].results);
  }
  for (int c = 0; c < CONTENDERS; c++) waitpid(workers[c].pid, NULL, 0);
}

static int rounds_for(const struct series *series, const struct load *load) {
  long alive = load->n + load->rest;
  return series->memory    ? 0
         : alive <= 1000   ? MOST_ROUNDS
         : alive <= 10000  ? 31
         : alive <= 200000 ? 9
                           : 5;
}

static void measure_line(const struct series *series, const struct load *load,
                         struct figures *figures) {
  static double values[CONTENDERS][LAPS][MOST_ROUNDS];
  struct worker workers[CONTENDERS];
  for (int c = 0; c < CONTENDERS; c++) {
    workers[c] = hire(series, load, c);
    run_round(workers[c], figures->cold[c]);
  }
  int rounds = rounds_for(series, load);
  for (int round = 0; round < rounds; round++)
    for (int c = 0; c < CONTENDERS; c++) {
      double per_task[LAPS];
      run_round(workers[c], per_task);
      for (int lap = 0; lap < LAPS; lap++) values[c][lap][round] = per_task[lap];
    }
  dismiss(workers);
  for (int c = 0; c < CONTENDERS; c++)
    for (int lap = 0; lap < LAPS; lap++) {
      figures->median[c][lap] = rounds ? median(values[c][lap], rounds) : figures->cold[c][lap];
    }
}

/* ---- Printing ---- */

static void print_head(void) {
  printf("%-38s %9s %9s", "", "n", "alive");
  for (int c = 0; c < CONTENDERS; c++)
    printf(" %9s%s", contenders[c]->name, c == 0 ? "      cold" : "");
  printf("  /timer   /list\n");
}

static void print_lap(const struct series *series, const struct load *load, int lap,
                      const struct figures *figures) {
  char name[64];
  const char *lap_name = series->laps[lap] ? series->laps[lap] : "";
  snprintf(name, sizeof name, "%s%s", series->name, lap_name);
  double ours = figures->median[0][lap];
  double timer = figures->median[1][lap];
  double record = figures->median[2][lap];
  printf("%-38s %9ld %9ld %9.1f %9.1f %9.1f %9.1f %7.2f %7.2f\n", name, load->n,
         load->n + load->rest, ours, figures->cold[0][lap], timer, record, ours / timer,
         ours / record);
}

/* Prints the lines of a series, and notes what becomes of its goals in `goals`. */
static void print_series(const struct series *series, FILE *goals) {
  double most = 0;
  double least = 0;
  for (int i = 0; i < 4 && series->loads[i].n; i++) {
    const struct load *load = &series->loads[i];
    struct figures figures;
    measure_line(series, load, &figures);
    for (int lap = 0; lap < LAPS && (lap == 0 || series->laps[lap]); lap++)
      print_lap(series, load, lap, &figures);
    double value = figures.median[0][0];
    most = value > most ? value : most;
    least = i == 0 || value < least ? value : least;
  }
  if (series->below > 0)
    fprintf(goals, "%-8s %s: %.1f, goal under %.0f\n", reached(most < series->below), series->name,
            most, series->below);
  if (series->flat > 0)
    fprintf(goals, "%-8s %s: %.1f to %.1f, goal within a factor of %.1f\n",
            reached(most <= series->flat * least), series->name, least, most, series->flat);
}

int main(void) {
  char *goals = NULL;
  size_t size = 0;
  FILE *noted = open_memstream(&goals, &size);
  if (!noted) check(-1, "open_memstream");
  setvbuf(stdout, NULL, _IOLBF, 0);
  print_head();
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) print_series(&table[i], noted);
  bench_threads(noted);
  bench_trace(noted);
  fclose(noted);
  printf("\n%s", goals);
  free(goals);
  return 0;
}
