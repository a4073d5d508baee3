/* The works on libuv: a task is a timer that the program allocates. */
#include "bench.h"

#include <stdlib.h>
#include <uv.h>

struct task {
  uv_timer_t timer;
  void (*cleanup)(struct task *task);
};

static uv_loop_t loop;
static volatile long cleaned;

static void open_loop(void) { CHECK(uv_loop_init(&loop)); }

static void clean(struct task *task) {
  (void)task;
  cleaned++;
}

static void closed(uv_handle_t *handle) {
  struct task *task = (struct task *)handle;
  if (task->cleanup) task->cleanup(task);
  free(task);
}

static void fired(uv_timer_t *timer) { uv_close((uv_handle_t *)timer, closed); }

static struct task *start(int64_t delay_ms, bool cleanup) {
  struct task *task = allocate(sizeof *task);
  CHECK(uv_timer_init(&loop, &task->timer));
  task->cleanup = cleanup ? clean : NULL;
  if (delay_ms >= 0) CHECK(uv_timer_start(&task->timer, fired, (uint64_t)delay_ms, 0));
  return task;
}

static struct task **start_all(long n, int64_t delay_ms, bool cleanup) {
  struct task **tasks = allocate((unsigned long)n * sizeof *tasks);
  for (long i = 0; i < n; i++) tasks[i] = start(delay_ms, cleanup);
  return tasks;
}

static void close_all(struct task **tasks, long n) {
  for (long i = 0; i < n; i++) uv_close((uv_handle_t *)&tasks[i]->timer, closed);
}

static void spawn(const struct load *load) {
  watch_start();
  for (long i = 0; i < load->n; i++) start(0, false);
  uv_run(&loop, UV_RUN_DEFAULT);
  watch_stop(0);
}

static void cancel(const struct load *load) {
  struct task **rest = start_all(load->rest, HOUR_MS, load->cleanup);
  struct task **tasks = start_all(load->n, HOUR_MS, load->cleanup);

  watch_start();
  close_all(tasks, load->n);
  uv_run(&loop, UV_RUN_NOWAIT);
  watch_stop(0);

  close_all(rest, load->rest);
  uv_run(&loop, UV_RUN_DEFAULT);
  free(tasks);
  free(rest);
}

static void wait(const struct load *load) {
  watch_start();
  struct task **tasks = start_all(load->n, HOUR_MS, false);
  close_all(tasks, load->n);
  uv_run(&loop, UV_RUN_DEFAULT);
  watch_stop(0);
  free(tasks);
}

static void hold(const struct load *load) {
  watch_start();
  struct task **tasks = start_all(load->n, HOUR_MS, load->cleanup);
  watch_stop(0);
  close_all(tasks, load->n);
  uv_run(&loop, UV_RUN_DEFAULT);
  free(tasks);
}

static void deadline(const struct load *load) {
  struct task **tasks = start_all(load->n, -1, false);

  watch_start();
  for (long i = 0; i < load->n; i++)
    CHECK(uv_timer_start(&tasks[i]->timer, fired, HOUR_MS + random_below(HOUR_MS), 0));
  for (long i = 0; i < load->n; i++) CHECK(uv_timer_stop(&tasks[i]->timer));
  watch_stop(0);

  close_all(tasks, load->n);
  uv_run(&loop, UV_RUN_DEFAULT);
  free(tasks);
}

/* libuv nests nothing: the timers lie side by side. */
static void chain(const struct load *load) {
  watch_start();
  struct task **tasks = start_all(load->n, HOUR_MS, false);
  watch_stop(0);

  watch_start();
  for (long i = 0; i < load->n; i++) CHECK(uv_timer_stop(&tasks[i]->timer));
  watch_stop(1);

  watch_start();
  close_all(tasks, load->n);
  uv_run(&loop, UV_RUN_DEFAULT);
  watch_stop(2);
  free(tasks);
}

const struct contender timers = {
    "uv_timer",
    "/timer",
    open_loop,
    {[SPAWN] = spawn,
     [CANCEL] = cancel,
     [HOLD] = hold,
     [DEADLINE] = deadline,
     [CHAIN] = chain,
     [WAIT] = wait},
};
