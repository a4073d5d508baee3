/* valgrind: no */
/* B4, C15: a start for which there is no memory changes nothing; what follows from an error, a
 * success, a report or a join needs none. */
#include "allocator.h"
#include "support.h"

/* ---------------------------------------------------------------------------------------------- */
/* Memory that runs out                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int watching;  /* allocations are counted */
static long fails_at; /* and this one fails; 0: none */
static long allocations;

static int is_refused(void) { return watching && ++allocations == fails_at; }

static void watch(long failing) {
  allocations = 0;
  fails_at = failing;
  watching = 1;
}

static int stop_watching(void **state) {
  watching = 0;
  return close_runtime(state);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_runtime, stop_watching)

/* ---------------------------------------------------------------------------------------------- */
/* Starts                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* More than the library gets at once, of everything. */
enum { many = 10000 };

static roost_group g;
static roost_scope s;
static roost_task tasks[many];
static int begun, told, joined, dropped_data, dropped_waits;
static int64_t code;

static int begin(roost_task self, void *data) {
  (void)self;
  (void)data;
  begun++;
  return ROOST_PENDING;
}

static void count_start(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  told += rc == 5;
}

static void drop_task_data(void *data) {
  (void)data;
  dropped_data++;
}

static void drop_wait_data(void *data) {
  (void)data;
  dropped_waits++;
}

static void see_result(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  joined++;
  code = result->code;
}

static int start_one(roost_task *task, roost_wait *wait) {
  return roost_start(g, s,
                     ROOST_TASK(.start = begin, .data = &told, .drop = drop_task_data, .name = "a",
                                .timeout_ns = SECONDS(60), .grace_ns = SECONDS(60), .shield = 1,
                                .daemon = 1),
                     count_start, &told, drop_wait_data, task, wait);
}

/* Tries it with the first, second, ... allocation failing until it succeeds. */
static int start_in_spite(roost_task *task) {
  int refused = 0;
  for (long n = 1;; n++) {
    roost_wait wait = {0};
    int data = dropped_data, waits = dropped_waits;
    watch(n);
    int rc = start_one(task, &wait);
    watching = 0;
    if (rc == 0) return refused;
    assert_int_equal(rc, ROOST_ENOMEM);
    assert_int_equal(dropped_data, data + 1);
    assert_int_equal(dropped_waits, waits + 1);
    assert_int_equal(task->id, 0);
    assert_int_equal(wait.id, 0);
    refused++;
  }
}

static void report_all(void) {
  watch(0);
  for (int i = 0; i < many; i++) assert_int_equal(roost_started(tasks[i], 5), 0);
  assert_int_equal(allocations, 0);
  watching = 0;
}

static void finish_all(void) {
  for (int i = 0; i < many; i++) assert_int_equal(roost_finish(tasks[i], 0, NULL, NULL), 0);
}

/* L4, C11, B4, K5: both data are dropped once, and neither the group nor the caller is kept open by
 * what was refused; a report needs no memory. */
static void a_start_without_memory_changes_nothing(void **state) {
  (void)state;
  int refused = 0;
  begun = told = joined = dropped_data = dropped_waits = 0;
  g = group(root, "g");
  s = scope(root, "s", .grace_ns = SECONDS(60));
  for (int i = 0; i < many; i++) refused += start_in_spite(&tasks[i]);
  assert_in_range(refused, 3, many);
  assert_int_equal(roost_join(g, 0, see_result, NULL, NULL), 0);
  assert_int_equal(roost_join(s, 0, see_result, NULL, NULL), 0);
  act(SECONDS(1), report_all);
  act(SECONDS(2), finish_all);
  run();
  assert_int_equal(begun, many);
  assert_int_equal(told, many);
  assert_int_equal(joined, 2);
  assert_int_equal(dropped_data, many + refused);
  assert_int_equal(dropped_waits, many + refused);
}

/* ---------------------------------------------------------------------------------------------- */
/* Policies                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void drop_one(void *count) { ++*(int *)count; }

static int always(roost_group group, const roost_error *error, void *data) {
  (void)group;
  (void)error;
  return *(const int *)data;
}

/* G2, B4, K5: a group that cannot be opened drops its filter's data, once. */
static void a_group_without_memory_drops_its_filters_data(void **state) {
  (void)state;
  int drops = 0, refused = 0;
  for (int i = 0; i < many; i++) {
    roost_group group = {0};
    for (long n = 1;; n++) {
      int before = drops;
      watch(n);
      int rc = roost_group_open(root,
                                ROOST_GROUP(.name = "g", .timeout_ns = SECONDS(60),
                                            .grace_ns = SECONDS(60), .filter = always,
                                            .filter_data = &drops, .filter_drop = drop_one),
                                &group);
      watching = 0;
      if (rc == 0) break;
      assert_int_equal(rc, ROOST_ENOMEM);
      assert_int_equal(drops, before + 1);
      assert_int_equal(group.id, 0);
      refused++;
    }
  }
  assert_in_range(refused, 3, many);
  assert_int_equal(drops, refused);
  assert_int_equal(close_now(), 0);
  assert_int_equal(drops, many + refused);
}

static int fails(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_EIO;
}

static int fail_to_sweep(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return ROOST_EBUSY;
}

static int asked;

static int decide(roost_group group, const roost_error *error, void *data) {
  (void)group;
  (void)error;
  (void)data;
  return asked++ % 3; /* RECORD, CANCEL_REST and DROP in turn */
}

static void run_without_memory(void) {
  joined = 0;
  assert_int_equal(roost_join(g, 0, see_result, NULL, NULL), 0);
  watch(0);
  run();
  assert_int_equal(allocations, 0);
  watching = 0;
  assert_int_equal(joined, 1);
}

/* G2, B4: no error is lost before its filter, or after. */
static void a_filter_needs_no_memory(void **state) {
  (void)state;
  asked = 0;
  g = group(root, "g", .filter = decide, .max_errors = many / 2);
  for (int i = 0; i < many; i++) {
    assert_int_equal(roost_spawn(g, ROOST_TASK(.start = fails, .name = "a"), NULL), 0);
    roost_task task;
    assert_int_equal(roost_spawn(g, ROOST_TASK(.start = fails, .daemon = i % 2), &task), 0);
    assert_int_equal(roost_defer(task, fail_to_sweep, NULL, NULL), 0);
  }
  run_without_memory();
  assert_int_equal(asked, 3 * many);
  assert_int_equal(code, ROOST_EIO);
}

static int succeed(roost_task self, void *data) {
  return roost_finish(self, 7, data, drop_task_data);
}

static int give_up(roost_task self, const roost_reason *why, void *data) {
  (void)why;
  return roost_finish(self, 8, data, drop_task_data);
}

/* G2b, B4: nor a success in a race. */
static void a_race_needs_no_memory(void **state) {
  (void)state;
  dropped_data = 0;
  g = group(root, "g", .policy = ROOST_RACE);
  for (int i = 0; i < many; i++)
    assert_int_equal(
        roost_spawn(g, ROOST_TASK(.start = begin, .on_cancel = give_up, .data = &told), NULL), 0);
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = succeed, .data = &told), NULL), 0);
  run_without_memory();
  assert_int_equal(code, 0);
  assert_int_equal(dropped_data, many + 1);
}

/* L3, C15: cancelling daemons at the join. */
static void letting_daemons_go_needs_no_memory(void **state) {
  (void)state;
  dropped_data = 0;
  g = group(root, "g");
  for (int i = 0; i < many; i++)
    assert_int_equal(
        roost_spawn(g, ROOST_TASK(.start = begin, .on_cancel = give_up, .data = &told, .daemon = 1),
                    NULL),
        0);
  run_without_memory();
  assert_int_equal(code, 0);
  assert_int_equal(dropped_data, many);
}

/* ---------------------------------------------------------------------------------------------- */
/* Nothing is left behind                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static roost_task pending;

static void leave_open(roost_task self) { group(self, "left open"); }
static void bring_data(roost_task self) {
  assert_int_equal(roost_finish(self, 7, new_data(1), drop_data), 0);
}
static void fail_with_data(roost_task self) {
  assert_int_equal(roost_explain(self, "with a text that is copied"), 0);
  assert_int_equal(roost_finish(self, ROOST_EIO, new_data(1), drop_data), 0);
}

static void join_silently(roost_group group, int rc) {
  assert_int_equal(roost_join(group, rc, NULL, NULL, NULL), 0);
}

static void fail_in_every_way(uint64_t policy, int verdict) {
  static const int verdicts[] = {ROOST_RECORD_ERROR, ROOST_CANCEL_REST, ROOST_DROP_ERROR};
  roost_group it = group(root, "it", .policy = policy, .filter = always,
                         .filter_data = (void *)&verdicts[verdict], .max_errors = 3);
  roost_group inner = group(it, "inner", .policy = policy);
  spawn(inner, "a", .body = fail_with_data);
  join_silently(inner, ROOST_EIO);
  spawn(it, "b", .body = fail_with_data);
  roost_release(spawn(it, "c", .body = fail_with_data));
  cleanup(spawn(it, "d", .body = leave_open), "c", .answers = ROOST_EIO);
  spawn(it, "e", .lasts = 9, .timeout_ns = 1);
  spawn(it, "f", .lasts = 9, .if_cut = ROOST_EIO, .daemon = 1);
  spawn(it, "g", .lasts = 2);
  cleanup(it, "c", .answers = ROOST_EIO);
  join_silently(it, ROOST_EIO);
}

static void take_all(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  void *taken = NULL;
  assert_int_equal(roost_take_result(result->winner, &taken), 0);
  drop_data(taken);
  for (const roost_error *it = result->errors; it != NULL; it = it->next)
    if (it->code >= 0 && roost_take_result(it->node, &taken) == 0) drop_data(taken);
}

static void race_in_every_way(int takes) {
  roost_group it = group(root, "it", .policy = ROOST_RACE, .max_errors = 3, .limit = 8);
  spawn(it, "a", .body = bring_data);
  roost_release(spawn(it, "b", .body = bring_data));
  spawn(it, "c", .body = bring_data);
  spawn(it, "d", .body = fail_with_data);
  spawn(it, "e", .body = bring_data);
  spawn(it, "f", .lasts = 9);
  spawn(it, "g", .lasts = 2, .shield = 1);
  spawn(it, "d", .lasts = 2, .daemon = 1);
  for (int i = 0; i < 5; i++) spawn(it, "queued");
  assert_int_equal(roost_join(it, 0, takes ? take_all : NULL, NULL, NULL), 0);
}

static void report(roost_task self) { assert_int_equal(roost_started(self, 5), 0); }

static void start_and_end(roost_task self) {
  start_in(g, self, "a", .lasts = 9, .if_cut = ROOST_EIO);
}

static void take_back(void) { assert_int_equal(roost_unwait(starting), 0); }
static void cancel_pending(void) { assert_int_equal(roost_cancel(pending, NULL), 0); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }

static void start_in_every_way(int way) {
  g = group(root, "g", .limit = 1);
  s = scope(root, "s");
  roost_group caller = group(root, "caller");
  if (way == 0) start_in(g, s, "a", .lasts = 3, .body = report);
  if (way == 1) start_in(g, s, "a", .lasts = 3, .body = report, .daemon = 1);
  if (way == 2) start_in(g, s, "a", .lasts = 3);
  if (way == 3) start_in(g, s, "a", .body = fail_with_data);
  if (way == 4) spawn(caller, "b", .lasts = 1, .body = start_and_end);
  if (way >= 5) pending = start_in(g, s, "a", .lasts = 9, .if_cut = ROOST_EIO);
  if (way == 5) act(1, take_back);
  if (way == 6) act(1, cancel_pending);
  if (way == 7) act(1, cancel_s);
  for (int i = 0; i < 3; i++) spawn(g, "c", .lasts = 1);
  join_silently(g, 0);
  join_silently(s, 0);
  assert_int_equal(roost_join(caller, 0, see_result, NULL, NULL), 0);
}

static void do_everything(void) {
  for (uint64_t policy = ROOST_FAIL_FAST; policy <= ROOST_RACE; policy++)
    for (int verdict = 0; verdict < 3; verdict++) fail_in_every_way(policy, verdict);
  for (int takes = 0; takes < 2; takes++) race_in_every_way(takes);
  run();
  for (int way = 0; way < 8; way++) {
    start_in_every_way(way);
    run();
  }
  clear_log();
}

/* T3, L5: every node, wait, result and text goes when its time is over. */
static void what_is_over_leaves_nothing_behind(void **state) {
  static const int drops = ROOST_DROP_ERROR;
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .max_errors = 1,
                                       .filter = always, .filter_data = (void *)&drops),
                         &rt),
      0);
  root = roost_root(rt);
  for (int i = 0; i < 10; i++) do_everything();
  mappings = 0;
  for (int i = 0; i < 5000; i++) do_everything();
  assert_int_equal(mappings, 0);
}

int main(void) {
  /* As libuv cannot go on without it, it never fails there. */
  uv_replace_allocator(__libc_malloc, __libc_realloc, __libc_calloc, free);
  const struct CMUnitTest tests[] = {
      /* The first: memory that others have used would hide what it looks for. */
      TEST(what_is_over_leaves_nothing_behind),
      TEST(a_start_without_memory_changes_nothing),
      TEST(a_group_without_memory_drops_its_filters_data),
      TEST(a_filter_needs_no_memory),
      TEST(a_race_needs_no_memory),
      TEST(letting_daemons_go_needs_no_memory),
  };
  return cmocka_run_group_tests_name("policy_memory", tests, NULL, NULL);
}
