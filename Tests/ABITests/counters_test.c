/* Counters (O4): what is alive, what there ever was, and how it ended. */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

static roost_counters counters_of(roost_runtime runtime) {
  roost_counters all = {.size = sizeof all};
  assert_int_equal(roost_counters_of(runtime, &all), 0);
  return all;
}

#define ASSERT_COUNTS(all, field, is_alive, there_were)                                            \
  do {                                                                                             \
    assert_int_equal((all).field, is_alive);                                                       \
    assert_int_equal((all).all_##field, there_were);                                               \
  } while (0)

static void assert_ended(roost_counters all, uint64_t completed, uint64_t failed,
                         uint64_t cancelled) {
  assert_int_equal(all.completed, completed);
  assert_int_equal(all.failed, failed);
  assert_int_equal(all.cancelled, cancelled);
}

/* ---------------------------------------------------------------------------------------------- */
/* What is alive                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* O4: in a new runtime there is the root. */
static void nothing_yet(void **state) {
  (void)state;
  roost_counters all = counters_of(rt);
  roost_counters none = {.size = sizeof none, .groups = 1, .all_groups = 1};
  assert_memory_equal(&all, &none, sizeof all);
}

/* O4: tasks, groups and scopes, while they live and when they have ended. */
static void nodes(void **state) {
  (void)state;
  roost_group g = group(root, "g");
  roost_scope s = scope(g, "s");
  scope(s, "t");
  for (int i = 0; i < 3; i++) spawn(g, "a", .lasts = MS(1));
  spawn(g, "d", .lasts = MS(5), .daemon = 1);
  roost_counters all = counters_of(rt);
  ASSERT_COUNTS(all, tasks, 4, 4);
  ASSERT_COUNTS(all, groups, 2, 2);
  ASSERT_COUNTS(all, scopes, 2, 2);
  join(g, 0);
  run();
  all = counters_of(rt);
  ASSERT_COUNTS(all, tasks, 0, 4);
  ASSERT_COUNTS(all, groups, 1, 2);
  ASSERT_COUNTS(all, scopes, 0, 2);
  assert_ended(all, 3, 0, 1);
}

static roost_counters seen;
static void look(roost_task self) { seen = counters_of(roost_runtime_of(self)); }

/* O4: the task of a cleanup is none here; a cleanup counts while it is registered. */
static void cleanups(void **state) {
  (void)state;
  roost_task t = spawn(root, "t");
  cleanup(t, "c");
  cleanup(t, "waits", .lasts = MS(1), .body = look);
  assert_int_equal(roost_undefer(cleanup(t, "back")), 0);
  roost_counters all = counters_of(rt);
  ASSERT_COUNTS(all, cleanups, 2, 3);
  run();
  ASSERT_COUNTS(seen, cleanups, 1, 3);
  ASSERT_COUNTS(seen, tasks, 1, 1);
  all = counters_of(rt);
  ASSERT_COUNTS(all, cleanups, 0, 3);
  ASSERT_COUNTS(all, tasks, 0, 1);
  assert_ended(all, 1, 0, 0);
}

static void report(roost_task self) { assert_int_equal(roost_started(self, 0), 0); }

/* O4, L4: what a task is started in is no group here. */
static void starts(void **state) {
  (void)state;
  roost_group g = group(root, "g");
  start_in(g, root, "a", .body = report, .lasts = MS(1));
  start_in(g, root, "b", .lasts = MS(1));
  roost_counters all = counters_of(rt);
  ASSERT_COUNTS(all, groups, 2, 2);
  ASSERT_COUNTS(all, tasks, 2, 2);
  ASSERT_COUNTS(all, waits, 2, 2);
  run();
  all = counters_of(rt);
  ASSERT_COUNTS(all, groups, 2, 2);
  ASSERT_COUNTS(all, tasks, 0, 2);
  ASSERT_COUNTS(all, waits, 0, 4);
  assert_ended(all, 2, 0, 0);
}

/* O4: waits, taken back, told, or ended with their node. */
static void all_waits(void **state) {
  (void)state;
  roost_scope s = scope(root, "s");
  after(root, MS(1), "a");
  assert_int_equal(roost_unwait(after(root, MS(1), "b")), 0);
  park(s, "p", .abort = STOPS);
  after(s, SECONDS(1), "c");
  assert_int_equal(roost_after(root, 0, NULL, NULL, NULL, NULL), ROOST_EINVAL);
  roost_counters all = counters_of(rt);
  ASSERT_COUNTS(all, waits, 4, 4);
  join(s, 0);
  run();
  all = counters_of(rt);
  ASSERT_COUNTS(all, waits, 0, 4);
}

/* O4, S3a: what is no node. */
static void primitives(void **state) {
  (void)state;
  roost_event event;
  roost_limiter limiter;
  roost_lock lock;
  roost_condition condition;
  roost_channel channel, second;
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(roost_limiter_open(rt, 1, &limiter), 0);
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  assert_int_equal(roost_condition_open(lock, &condition), 0);
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  assert_int_equal(roost_channel_open(rt, 1, NULL, &second), 0);
  roost_counters all = counters_of(rt);
  ASSERT_COUNTS(all, events, 1, 1);
  ASSERT_COUNTS(all, limiters, 1, 1);
  ASSERT_COUNTS(all, locks, 1, 1);
  ASSERT_COUNTS(all, conditions, 1, 1);
  ASSERT_COUNTS(all, channels, 2, 2);
  assert_int_equal(roost_event_destroy(event), 0);
  assert_int_equal(roost_limiter_destroy(limiter), 0);
  assert_int_equal(roost_lock_destroy(lock), 0);
  assert_int_equal(roost_condition_destroy(condition), 0);
  assert_int_equal(roost_channel_destroy(channel), 0);
  assert_int_equal(roost_release_id(second.id), 0); /* C14c */
  run();
  all = counters_of(rt);
  ASSERT_COUNTS(all, events, 0, 1);
  ASSERT_COUNTS(all, limiters, 0, 1);
  ASSERT_COUNTS(all, locks, 0, 1);
  ASSERT_COUNTS(all, conditions, 0, 1);
  ASSERT_COUNTS(all, channels, 0, 2);
}

/* ---------------------------------------------------------------------------------------------- */
/* How tasks ended                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static int fails(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)why, (void)data;
  return ROOST_EIO;
}
static int drop_error(roost_group group, const roost_error *error, void *data) {
  (void)group, (void)error, (void)data;
  return ROOST_DROP_ERROR;
}
static void leave_open(roost_task self) { scope(self, "s"); }

/* O4, K3a, G7: a task has failed whatever it was that failed, and whoever hears of it. */
static void failures(void **state) {
  (void)state;
  roost_group g = open_group(root, ROOST_GROUP(.policy = ROOST_SUPERVISE, .max_errors = 1));
  spawn(g, "body", .answers = ROOST_EIO);
  spawn(g, "body, not listed", .answers = ROOST_EIO);
  spawn(g, "late", .lasts = MS(5), .timeout_ns = MS(1));
  spawn(g, "open", .body = leave_open);
  assert_int_equal(roost_defer(spawn(g, "cleanup"), fails, NULL, NULL), 0);
  roost_task cut = spawn(g, "cut", .lasts = MS(5));
  assert_int_equal(roost_defer(cut, fails, NULL, NULL), 0);
  roost_group h = open_group(root, ROOST_GROUP(.filter = drop_error));
  spawn(h, "dropped", .answers = ROOST_EIO);
  assert_int_equal(roost_spawn(h, ROOST_TASK(.start = NULL), NULL), ROOST_EINVAL);
  assert_int_equal(roost_cancel(cut, NULL), 0);
  run();
  assert_ended(counters_of(rt), 0, 7, 0);
}

static int complete(roost_task self, void *data) {
  (void)self, (void)data;
  return 0;
}

/* O4, C13: cancelled, also before they started, and with a handle, a limit, or as daemons. */
static void cancellations(void **state) {
  (void)state;
  roost_group g = open_group(root, ROOST_GROUP(.limit = 1));
  spawn(g, "runs", .lasts = MS(5));
  spawn(g, "queued");
  spawn(g, "daemon", .lasts = MS(5), .daemon = 1);
  roost_group h = open_group(root, NULL);
  assert_int_equal(roost_spawn(h, ROOST_TASK(.start = complete), NULL), 0);
  spawn(h, "moves on", .lasts = MS(5), .timeout_ns = MS(1), .move_on = 1);
  run();
  assert_int_equal(counters_of(rt).cancelled, 1);
  spawn(g, "again", .lasts = MS(5));
  assert_int_equal(roost_cancel(g, NULL), 0);
  run();
  roost_counters all = counters_of(rt);
  assert_int_equal(all.tasks, 0);
  assert_ended(all, 4, 0, 2);
}

/* O4, L5: one that is kept has ended; releasing it changes nothing. */
static void kept_tasks(void **state) {
  (void)state;
  roost_group g = open_group(root, ROOST_GROUP(.policy = ROOST_RACE));
  roost_task won = spawn(g, "won"), later = spawn(g, "later");
  join(g, 0);
  roost_task kept = spawn(root, "kept");
  run();
  (void)won, (void)later;
  assert_ended(counters_of(rt), 3, 0, 0);
  assert_int_equal(roost_release(kept), 0);
  run();
  assert_ended(counters_of(rt), 3, 0, 0);
  ASSERT_COUNTS(counters_of(rt), tasks, 0, 3);
}

/* ---------------------------------------------------------------------------------------------- */
/* Times and turns                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static roost_node target;
static void cancel_target(void) { assert_int_equal(roost_cancel(target, NULL), 0); }

/* O4: from the cancellation of a node itself to its end; what is cancelled with it is not counted,
 * nor what is cancelled again. */
static void from_cancel_to_end(void **state) {
  (void)state;
  static const int64_t times[] = {
      0, 1, 2, 3, 4, 1000, MS(1), SECONDS(1), INT64_C(1) << 47, INT64_C(1) << 48, INT64_C(1) << 60};
  static const int buckets[] = {0, 0, 1, 1, 2, 9, 19, 29, 47, 47, 47};
  uint64_t expected[48] = {0};
  for (size_t i = 0; i < COUNT(times); i++) {
    roost_group g = group(root, "g");
    roost_task t = spawn(g, "t");
    cleanup(t, "c", .lasts = times[i]);
    target = i % 2 == 0 ? t : g;
    cancel_target();
    assert_int_equal(roost_cancel(target, NULL), ROOST_ALREADY);
    join(g, 0);
    run();
    expected[buckets[i]]++;
  }
  roost_counters all = counters_of(rt);
  assert_memory_equal(all.cancel_to_end, expected, sizeof expected);
}

/* O4: one for each turn in which something was done, and none where there is nothing. */
static void turns(void **state) {
  (void)state;
  uv_run(roost_loop(rt), UV_RUN_NOWAIT);
  assert_int_equal(counters_of(rt).turns, 0);
  spawn(root, "a");
  spawn(root, "b");
  run();
  assert_int_equal(counters_of(rt).turns, 1);
  after(root, MS(1), "w");
  run();
  assert_int_equal(counters_of(rt).turns, 2);
}

static void posted(roost_runtime runtime, void *data) {
  *(uint64_t *)data = counters_of(runtime).posts;
}

/* O4, S5: what was posted, once it is called. */
static void posts(void **state) {
  (void)state;
  uint64_t inside = 0;
  assert_int_equal(roost_post(rt, posted, &inside, NULL), 0);
  assert_int_equal(roost_post(rt, posted, &inside, NULL), 0);
  assert_int_equal(counters_of(rt).posts, 0);
  run();
  assert_int_equal(counters_of(rt).posts, 2);
  assert_int_equal(inside, 2);
}

static uv_sem_t go_on;

static int wait_for_it(roost_task self, void *data, void **result) {
  (void)self, (void)result;
  uv_sem_post(data);
  uv_sem_wait(&go_on);
  return 0;
}

/* O4, S6a: blocking tasks are tasks; a stray is none any more. */
static void strays(void **state) {
  (void)state;
  uv_sem_t begun;
  uv_sem_init(&begun, 0);
  uv_sem_init(&go_on, 0);
  roost_group g = group(root, "g");
  const roost_blocking_options *options =
      ROOST_BLOCKING(.work = wait_for_it, .data = &begun, .abandon = 1);
  assert_int_equal(roost_spawn_blocking(g, options, NULL), 0);
  ASSERT_COUNTS(counters_of(rt), tasks, 1, 1);
  after(root, 0, "begun");
  while (uv_sem_trywait(&begun) != 0) uv_run(roost_loop(rt), UV_RUN_NOWAIT);
  assert_int_equal(roost_cancel(g, NULL), 0);
  join(g, 0);
  run();
  roost_counters all = counters_of(rt);
  assert_int_equal(all.strays, 1);
  ASSERT_COUNTS(all, tasks, 0, 1);
  assert_ended(all, 0, 0, 1);
  uv_sem_post(&go_on);
  while (counters_of(rt).strays != 0) uv_run(roost_loop(rt), UV_RUN_ONCE);
  uv_sem_destroy(&begun);
  uv_sem_destroy(&go_on);
}

/* ---------------------------------------------------------------------------------------------- */
/* The struct                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* O4: two runtimes count for themselves, and a shorter struct is filled as far as it goes. */
static void the_struct(void **state) {
  (void)state;
  roost_runtime runtime;
  assert_int_equal(roost_runtime_open(NULL, &runtime), 0);
  spawn(root, "t");
  assert_int_equal(counters_of(runtime).all_tasks, 0);
  assert_int_equal(roost_close(runtime, 0, NULL, NULL, NULL), 0);
  roost_counters shorter = {.size = 16, .groups = 77};
  assert_int_equal(roost_counters_of(rt, &shorter), 0);
  assert_int_equal(shorter.size, 16);
  assert_int_equal(shorter.tasks, 1);
  assert_int_equal(shorter.groups, 77);
  shorter.size = 0;
  assert_refused(ROOST_EINVAL, roost_counters_of, (rt, &shorter));
  assert_refused(ROOST_EINVAL, roost_counters_of, (rt, NULL));
  assert_refused(ROOST_ESTALE, roost_counters_of, (runtime, &shorter));
  run();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(nothing_yet), TEST(nodes),
      TEST(cleanups),    TEST(starts),
      TEST(all_waits),   TEST(primitives),
      TEST(failures),    TEST(cancellations),
      TEST(kept_tasks),  TEST(from_cancel_to_end),
      TEST(turns),       TEST(posts),
      TEST(strays),      TEST(the_struct),
  };
  return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
