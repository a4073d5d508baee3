/* An echo server on fibers (echo_fibers.c) beside the same on libuv's callbacks (echo_callbacks.c):
 * a client (echo_client.c) asks them in turns, round after round, and the medians are printed. The
 * first round counts for nothing else; that of the fibers is printed as "cold".
 *
 * A server has a core to itself, and so has the client, where there are two. What a server reaches
 * in a second is the lesser of what both can; but what it computes for a request is its own, so the
 * goal is for the requests in a second of that: for the median of the parts that the one server
 * reaches of the other in each round. That the client can do more than either server is shown by
 * what it computes itself. */
#define _GNU_SOURCE
#include "bench.h"

#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS 100
#define REQUESTS 100000
#define ROUNDS 9

enum { REAL, SERVER, CLIENT, CLOCKS };

struct server {
  pid_t pid;
  int port;
  double cold[CLOCKS];           /* requests in a second of each clock */
  double values[CLOCKS][ROUNDS]; /* the same in each round */
  double median[CLOCKS];
};

/* Starts a program that lies beside this one, on a core, and answers where its output can be read.
 * It does not outlive this one. */
static FILE *start(char *const arguments[], int core, pid_t *pid) {
  int output[2];
  CHECK(pipe(output));
  *pid = fork();
  check(*pid, "fork");
  if (*pid == 0) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    check(length, "/proc/self/exe");
    path[length] = 0;
    CHECK(prctl(PR_SET_PDEATHSIG, SIGTERM));
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    dup2(output[1], STDOUT_FILENO);
    close(output[0]);
    snprintf(strrchr(path, '/') + 1, 64, "%s", arguments[0]);
    execv(path, arguments);
    check(-1, path);
  }
  close(output[1]);
  FILE *file = fdopen(output[0], "r");
  if (!file) check(-1, "fdopen");
  return file;
}

static void start_server(struct server *server, char *program) {
  char *arguments[] = {program, NULL};
  FILE *output = start(arguments, 0, &server->pid);
  if (fscanf(output, "%d", &server->port) != 1) check(-1, program);
  fclose(output);
}

static void stop_server(const struct server *server) {
  CHECK(kill(server->pid, SIGTERM));
  waitpid(server->pid, NULL, 0);
}

static void ask(const struct server *server, double per_second[CLOCKS]) {
  char numbers[4][16];
  const long values[4] = {server->port, server->pid, CONNECTIONS, REQUESTS};
  for (int i = 0; i < 4; i++) snprintf(numbers[i], sizeof numbers[i], "%ld", values[i]);
  char *arguments[] = {"echo_client", numbers[0], numbers[1], numbers[2], numbers[3], NULL};
  pid_t pid;
  FILE *output = start(arguments, 1, &pid);
  for (int clock = 0; clock < CLOCKS; clock++) {
    double used;
    if (fscanf(output, "%lf", &used) != 1) check(-1, "echo_client");
    per_second[clock] = REQUESTS * 1e9 / used;
  }
  fclose(output);
  waitpid(pid, NULL, 0);
}

static void print_row(const char *name, double ours, double cold, double libuv) {
  printf("%-38s %9d %9.0f %9.0f %9.0f %7.2f\n", name, REQUESTS, ours, cold, libuv, ours / libuv);
}

void bench_echo(FILE *goals) {
  static struct server fibers;
  static struct server callbacks;
  struct server *const servers[2] = {&fibers, &callbacks};
  start_server(&fibers, "echo_fibers");
  start_server(&callbacks, "echo_callbacks");
  for (int s = 0; s < 2; s++) ask(servers[s], servers[s]->cold);
  double parts[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    for (int turn = 0; turn < 2; turn++) {
      struct server *server = servers[(round + turn) % 2];
      double per_second[CLOCKS];
      ask(server, per_second);
      for (int clock = 0; clock < CLOCKS; clock++) server->values[clock][round] = per_second[clock];
    }
    parts[round] = fibers.values[SERVER][round] / callbacks.values[SERVER][round];
  }
  for (int s = 0; s < 2; s++) {
    stop_server(servers[s]);
    for (int clock = 0; clock < CLOCKS; clock++)
      servers[s]->median[clock] = median(servers[s]->values[clock], ROUNDS);
  }

  static const char *const names[CLOCKS] = {
      [REAL] = "echo server: requests a second",
      [SERVER] = "the same, a second of its own time",
      [CLIENT] = "its client, a second of its own time",
  };
  printf("\n%-38s %9s %9s %9s %9s %7s\n", "", "n", "fibers", "cold", "libuv", "/libuv");
  for (int clock = 0; clock < CLOCKS; clock++)
    print_row(names[clock], fibers.median[clock], fibers.cold[clock], callbacks.median[clock]);

  double part = median(parts, ROUNDS);
  fprintf(goals, "%-8s echo server: %.2f of that on callbacks, goal at least 0.9\n",
          reached(part >= 0.9), part);
  for (int s = 0; s < 2; s++) {
    const double *reaches = servers[s]->median;
    fprintf(goals, "%-8s echo client: %.0f a second, goal above the %.0f of the server on %s\n",
            reached(reaches[CLIENT] > reaches[SERVER]), reaches[CLIENT], reaches[SERVER],
            s == 0 ? "fibers" : "callbacks");
  }
}
