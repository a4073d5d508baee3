/* What the tests of blocking tasks share: functions for the pool that do what a test says, and wait
 * for it. */
#ifndef LABOUR_H
#define LABOUR_H

#include "threads.h"

#include <sched.h>
#include <stdlib.h>

static roost_group g;
static roost_task task;

static uv_sem_t begun, go_on;

static inline int open_workers(void **state) {
  if (uv_sem_init(&begun, 0) != 0 || uv_sem_init(&go_on, 0) != 0) return -1;
  return open_runtime(state);
}

/* Should a test have failed half-way, its workers are not left behind. */
static inline int close_workers(void **state) {
  for (int i = 0; i < 8; i++) uv_sem_post(&go_on);
  int rc = close_runtime(state);
  uv_sem_destroy(&begun);
  uv_sem_destroy(&go_on);
  return rc;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_workers, close_workers)

/* What a blocking task does, in this order. */
typedef struct labour {
  const char *name;
  int64_t says;                  /* notes its name, by a post, and waits until that was done */
  int64_t waits;                 /* tells that it has begun, and waits to be told to go on */
  int64_t until_asked;           /* goes on until it is cancelled */
  int (*calls)(roost_task self); /* what else; its answer, when not 0, is the outcome */
  int64_t gives;                 /* a result */
  int64_t answers;
  int64_t abandon;
  int64_t shield;
  int64_t daemon;
  int64_t move_on;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  atomic_int is_said;
} labour;

static char given; /* the result of all who give one */
static atomic_int working, most_working, calls_made;

static inline void say(roost_runtime runtime, void *data) {
  (void)runtime;
  labour *it = data;
  note("%s", it->name);
  it->is_said = 1;
}

static inline int work(roost_task self, void *data, void **result) {
  labour *it = data;
  int now = ++working, most = most_working;
  while (now > most && !atomic_compare_exchange_weak(&most_working, &most, now)) {
  }
  calls_made++;
  int rc = *result == NULL ? (int)it->answers : -99;
  if (it->says && roost_post(rt, say, it, NULL) != 0) rc = -98;
  while (it->says && rc != -98 && !it->is_said) sched_yield();
  if (it->waits) {
    uv_sem_post(&begun);
    uv_sem_wait(&go_on);
  }
  while (it->until_asked && roost_cancelled(self) == 0) sched_yield();
  if (it->until_asked && roost_cancelled(self) != 1) rc = -97;
  int other = it->calls == NULL ? 0 : it->calls(self);
  if (it->gives) *result = &given;
  working--;
  return other != 0 ? other : rc;
}

static pthread_t results_dropped_on, dropped_on;
static int results_dropped;
static inline void drop_given(void *data) {
  results_dropped_on = pthread_self();
  results_dropped += data == &given;
}
static inline void drop_labour(void *data) {
  dropped_on = pthread_self();
  drop_data(data);
}

static inline roost_blocking_options options_of(const labour *work_of) {
  labour *it = new_data(sizeof *it);
  memcpy(it, work_of, sizeof *it);
  return *ROOST_BLOCKING(.work = work, .data = it, .drop = drop_labour, .result_drop = drop_given,
                         .abandon = (uint64_t)it->abandon, .name = it->name,
                         .timeout_ns = it->timeout_ns, .deadline_ns = it->deadline_ns,
                         .move_on = (uint64_t)it->move_on, .shield = (uint64_t)it->shield,
                         .daemon = (uint64_t)it->daemon);
}

static inline roost_task spawn_labour(roost_group group, const labour *it) {
  roost_blocking_options options = options_of(it);
  roost_task made = {0};
  assert_int_equal(roost_spawn_blocking(group, &options, &made), 0);
  return made;
}
#define block(group, ...) spawn_labour(group, &(labour){.name = __VA_ARGS__})

static inline void await_begun(void) { uv_sem_wait(&begun); }
static inline void let_go(void) { uv_sem_post(&go_on); }
static inline void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }

/* Waits for so many workers to have begun, as a step; what is ready is done before. */
static int awaited;
static inline void await_all(void) {
  for (; awaited > 0; awaited--) await_begun();
}

/* Cancels g in a step, when so many workers have begun. */
static inline void cancel_when_begun(int count) {
  awaited = count;
  act(0, await_all);
  act(0, cancel_g);
}

static inline void begin_counting(void) {
  working = most_working = calls_made = 0;
  results_dropped = 0;
}

static inline void note_open(void) { note("open"); }

static inline int sees_nothing(roost_task self) {
  return roost_cancelled(self) == 0 ? 7 : ROOST_EIO;
}

/* Workers hold the virtual clock (D4), so these are on the real one. */
static inline void be_real(void) {
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(NULL, &rt), 0);
  root = roost_root(rt);
}

static int64_t result_code, result_caught;

static inline void keep_result(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  result_code = result->code;
  result_caught = result->cancelled_caught;
}
static inline void join_quietly(void) {
  result_code = 1;
  assert_int_equal(roost_join(g, 0, keep_result, NULL, NULL), 0);
}

/* Once it works, it has a moment left. */
static inline void set_deadline(void) {
  await_begun();
  assert_int_equal(roost_set_deadline(task, roost_now(rt) + (uint64_t)MS(1)), 0);
}

#endif
