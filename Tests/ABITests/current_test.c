/* What a runtime's thread is doing, as other threads see it while it does it (O3, C14). */
#include "threads.h"

#include <roost_fiber.h>

static roost_group g;
static roost_scope s;
static roost_step seen;
static int answered;

/* Has another thread look while this one stands in the middle of a step. */
static void look(void) {
  memset(&seen, 0xff, sizeof seen);
  seen.size = sizeof seen;
  answered = current_elsewhere(rt, &seen);
}

static void assert_sees(roost_node node, const char *name) {
  assert_int_equal(answered, 1);
  assert_int_equal(seen.size, sizeof seen);
  assert_int_equal(seen.node.id, node.id);
  assert_string_equal(seen.name, name);
  assert_true(seen.since_ns > 0 && seen.since_ns <= uv_hrtime());
  answered = -1;
}

static void assert_sees_nothing(void) {
  look();
  assert_int_equal(answered, 0);
  assert_int_equal(seen.size, sizeof seen);
  assert_int_equal(seen.node.id, 0);
  assert_int_equal(seen.since_ns, 0);
  assert_string_equal(seen.name, "");
  answered = -1;
}

/* ---------------------------------------------------------------------------------------------- */
/* Whose step it is                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void look_in_task(roost_task self) {
  look();
  assert_sees(self, "apple");
  note("looked");
}

/* O3 */
static void a_first_step_is_seen(void **state) {
  (void)state;
  spawn(root, "other");
  spawn(root, "apple", .body = look_in_task);
  run();
  assert_log("other+ apple+ looked");
  assert_sees_nothing();
}

static int look_in_fiber(roost_task self, void *data) {
  (void)data;
  roost_scope inner;
  assert_int_equal(roost_scope_open(self, NULL, &inner), 0);
  look();
  assert_sees(self, "apple");
  assert_int_equal(roost_sleep(1), 0);
  look();
  assert_sees(self, "apple");
  assert_int_equal(roost_checkpoint(), 0);
  look();
  assert_sees(self, "apple");
  note("looked");
  return roost_scope_close(inner, 0, NULL);
}

/* O3: a fiber's steps are its task's, wherever it waits; also where it goes on after another. */
static void the_steps_of_a_fiber_are_seen(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++)
    assert_int_equal(roost_go_with(root, ROOST_FIBER(.fn = look_in_fiber, .name = "apple"), NULL),
                     0);
  run();
  assert_log("@0 looked looked");
}

static int look_without_name(roost_task self, void *data) {
  (void)data;
  look();
  assert_sees(self, "");
  note("looked");
  return 0;
}

/* O3, T4: without a name. */
static void a_nameless_step_is_seen(void **state) {
  (void)state;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = look_without_name), NULL), 0);
  run();
  assert_log("looked");
}

static int look_when_cancelled(roost_task self, const roost_reason *why, void *name) {
  (void)why;
  look();
  assert_sees(self, name);
  note("looked");
  return 0;
}

/* O3 */
static void an_on_cancel_is_seen(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "pear", .answers = ROOST_PENDING, .on_cancel = look_when_cancelled);
  join(g, 0);
  assert_int_equal(roost_cancel(g, NULL), 0);
  run();
  assert_log("pear+ looked g=0^");
}

static void look_in_cleanup(roost_task self) {
  char name[64];
  assert_true(roost_name(self, name, sizeof name) > 0);
  look();
  assert_sees(self, name);
  note("%s", name);
}

/* O3, K2: a cleanup is a task of its own, named after its node. */
static void a_cleanup_is_seen(void **state) {
  (void)state;
  g = group(root, "grove");
  cleanup(g, "c", .body = look_in_cleanup);
  join(g, 0);
  run();
  assert_log("c:completed cleanup of grove grove=0");
}

static roost_node expected;
static const char *expected_name;

static void look_in_wait(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  look();
  assert_sees(expected, expected_name);
  note("looked");
}

static void expect(roost_node node, const char *name) {
  expected = node;
  expected_name = name;
}

/* O3, S2b: the callback of a wait is code of the node that it was begun in. */
static void a_wait_is_seen(void **state) {
  (void)state;
  s = scope(root, "shed");
  expect(s, "shed");
  assert_int_equal(roost_after(s, SECONDS(1), look_in_wait, NULL, NULL, NULL), 0);
  run();
  assert_log("@1000 looked");
  expect(root, "root");
  assert_int_equal(roost_after(root, SECONDS(1), look_in_wait, NULL, NULL, NULL), 0);
  run();
  assert_log("@2000 looked");
}

static void wait_in_task(roost_task self) {
  expect(self, "plum");
  assert_int_equal(roost_after(self, SECONDS(1), look_in_wait, NULL, NULL, NULL), 0);
}

/* O3, S2b */
static void a_wait_of_a_task_is_seen(void **state) {
  (void)state;
  spawn(root, "plum", .lasts = SECONDS(2), .body = wait_in_task);
  run();
  assert_log("plum+ @1000 looked @2000 plum-");
}

static int look_in_abort(roost_wait wait, void *data) {
  look_in_wait(wait, 0, data);
  return 0;
}

/* O3: an abort is the scope's, too. */
static void an_abort_is_seen(void **state) {
  (void)state;
  s = scope(root, "shed");
  expect(s, "shed");
  assert_int_equal(roost_park(s, look_in_abort, look_in_wait, NULL, NULL, NULL), 0);
  assert_int_equal(roost_cancel(s, NULL), 0);
  run();
  assert_log("looked looked");
}

static void look_in_post(roost_runtime runtime, void *data) {
  (void)data;
  look();
  assert_sees(roost_root(runtime), "root");
  note("looked");
}

/* O3, S5: what was posted is the root's. */
static void a_post_is_seen(void **state) {
  (void)state;
  assert_int_equal(roost_post(rt, look_in_post, NULL, NULL), 0);
  assert_int_equal(post_elsewhere(rt, look_in_post, NULL, NULL), 0);
  run();
  assert_log("looked looked");
}

static void look_in_join(roost_node node, const roost_result *result, void *data) {
  (void)result;
  (void)data;
  look();
  assert_sees(node, "barn");
  note("looked");
}

/* O3: whoever is told of a closing is in a step of what is closed. */
static void a_join_is_seen(void **state) {
  (void)state;
  g = group(root, "barn");
  assert_int_equal(roost_join(g, 0, look_in_join, NULL, NULL), 0);
  run();
  assert_log("looked");
  assert_sees_nothing();
}

static int look_in_filter(roost_group group, const roost_error *error, void *data) {
  (void)error;
  (void)data;
  look();
  assert_sees(group, "sieve");
  note("looked");
  return ROOST_DROP_ERROR;
}

/* O3, G2 */
static void a_filter_is_seen(void **state) {
  (void)state;
  g = group(root, "sieve", .filter = look_in_filter);
  spawn(g, "a", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ looked sieve=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Itself, and none                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void look_at_myself(roost_task self) {
  seen = (roost_step){.size = sizeof seen};
  answered = roost_current(rt, &seen);
  assert_sees(self, "narcissus");
  note("looked");
}

/* C14: on the runtime's own thread, too. */
static void a_step_sees_itself(void **state) {
  (void)state;
  spawn(root, "narcissus", .body = look_at_myself);
  run();
  assert_log("narcissus+ looked");
  seen.node.id = 99;
  assert_int_equal(roost_current(rt, &seen), 0);
  assert_int_equal(seen.node.id, 0);
}

static void look_between(uv_timer_t *timer) {
  uv_close((uv_handle_t *)timer, NULL);
  assert_sees_nothing();
  note("looked");
}

/* O3, real: while the program's own callbacks run on the loop, none of ours does. */
static void the_programs_own_callbacks_are_none_of_ours(void **state) {
  (void)state;
  uv_timer_t timer;
  assert_sees_nothing();
  after(root, SECONDS(1), "w");
  assert_int_equal(uv_timer_init(roost_loop(rt), &timer), 0);
  assert_int_equal(uv_timer_start(&timer, look_between, 0, 0), 0);
  assert_int_equal(uv_run(roost_loop(rt), UV_RUN_NOWAIT) > 0, 1);
  run();
  assert_log("looked @1000 w=0");
}

static roost_runtime other;
static roost_task outer;

static void look_at_both(roost_task self) {
  look();
  assert_sees(self, "inner");
  roost_step step = {.size = sizeof step};
  assert_int_equal(current_elsewhere(other, &step), 1);
  assert_int_equal(step.node.id, outer.id);
  assert_string_equal(step.name, "outer");
  note("looked");
}

static int run_the_other(roost_task self, void *data) {
  (void)data;
  outer = self;
  spawn(root, "inner", .body = look_at_both);
  run();
  assert_sees_nothing();
  roost_step step = {.size = sizeof step};
  assert_int_equal(current_elsewhere(other, &step), 1);
  assert_int_equal(step.node.id, self.id);
  return 0;
}

/* O3: a step of one runtime that turns another one. */
static void each_runtime_has_its_own_step(void **state) {
  (void)state;
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  assert_int_equal(
      roost_spawn(roost_root(other), ROOST_TASK(.start = run_the_other, .name = "outer"), NULL), 0);
  assert_int_equal(roost_run(other), 0);
  assert_log("inner+ looked");
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Since when                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static uint64_t earlier, later;

static void pass_time(roost_task self) {
  (void)self;
  earlier = uv_hrtime();
  while ((later = uv_hrtime()) < earlier + 1000) {
  }
}

static void look_since(roost_task self) {
  look();
  assert_sees(self, "slow");
  note("looked");
}

static void run_two(int64_t step_ns) {
  assert_int_equal(close_now(), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .step_ns = step_ns), &rt), 0);
  root = roost_root(rt);
  spawn(root, "first", .body = pass_time);
  spawn(root, "slow", .body = look_since);
  run();
  assert_log("first+ slow+ looked");
}

/* O3, real: on uv_hrtime's clock: exact where steps are timed, else since the turn began, as exact
 * as libuv's time. */
static void it_says_since_when(void **state) {
  (void)state;
  uint64_t before = uv_hrtime();
  run_two(0);
  assert_true(before < seen.since_ns + (uint64_t)MS(1) && seen.since_ns <= earlier);
  run_two(ROOST_FOREVER);
  assert_true(later <= seen.since_ns && seen.since_ns <= uv_hrtime());
}

/* ---------------------------------------------------------------------------------------------- */
/* Wrong use                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* B1, T3 */
static void what_is_not_a_runtime_is_refused(void **state) {
  (void)state;
  roost_step step = {.size = sizeof step};
  assert_refused(ROOST_EINVAL, roost_current, (rt, NULL));
  assert_int_equal(current_elsewhere(rt, NULL), ROOST_EINVAL);
  assert_refused(ROOST_EINVAL, roost_current, (rt, &(roost_step){.size = 0}));
  assert_int_equal(current_elsewhere(rt, &(roost_step){.size = 7}), ROOST_EINVAL);
  assert_int_equal(current_elsewhere(rt, &(roost_step){.size = UINT64_MAX}), ROOST_EINVAL);
  assert_refused(ROOST_EINVAL, roost_current, ((roost_runtime){0}, &step));
  assert_int_equal(current_elsewhere((roost_runtime){0}, &step), ROOST_EINVAL);
  assert_refused(ROOST_EKIND, roost_current, ((roost_runtime){root.id}, &step));
  assert_int_equal(current_elsewhere((roost_runtime){root.id}, &step), ROOST_EKIND);
}

static void look_shortly(roost_task self) {
  roost_step step;
  memset(&step, 0x55, sizeof step);
  step.size = 16;
  assert_int_equal(current_elsewhere(rt, &step), 1);
  assert_int_equal(step.size, 16);
  assert_int_equal(step.node.id, self.id);
  assert_int_equal(step.since_ns, UINT64_C(0x5555555555555555));
  assert_int_equal(step.name[0], 0x55);
  note("looked");
}

/* T3: a struct shorter than the library's is filled as far as it goes. */
static void a_short_struct_is_filled(void **state) {
  (void)state;
  spawn(root, "a", .body = look_shortly);
  run();
  assert_log("a+ looked");
}

static void see_closed(const roost_result *result, void *data) {
  (void)result;
  (void)data;
  look();
  note("%s", code_name(answered));
}

/* S8a, T3: while it closes as ever; then never again. */
static void a_closed_runtime_is_stale(void **state) {
  (void)state;
  cleanup(root, "c", .body = look_in_cleanup);
  assert_int_equal(roost_close(rt, 0, see_closed, NULL, NULL), 0);
  assert_log("c:completed cleanup of root ESTALE");
  look();
  assert_int_equal(answered, ROOST_ESTALE);
  seen.size = sizeof seen;
  assert_refused(ROOST_ESTALE, roost_current, (rt, &seen));
  rt.id = 0;
}

/* ---------------------------------------------------------------------------------------------- */
/* All the time                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

static atomic_int is_over, was_wrong, was_seen;

static void *look_all_the_time(void *data) {
  (void)data;
  while (!is_over) {
    roost_step step = {.size = sizeof step};
    int rc = roost_current(rt, &step);
    if (rc == 1) was_seen = 1;
    int is_known = strcmp(step.name, "") == 0 || strcmp(step.name, "root") == 0 ||
                   strncmp(step.name, "task number ", 12) == 0;
    if (rc < 0 || rc > 1 || !is_known || (rc == 0 && step.node.id != 0)) was_wrong = 1;
  }
  return NULL;
}

static int count_down(roost_task self, void *data);

static void spawn_next(int *left) {
  char name[64];
  snprintf(name, sizeof name, "task number %d with a long name, so that it is copied", *left);
  assert_int_equal(
      roost_spawn(root, ROOST_TASK(.start = count_down, .data = left, .name = name), NULL), 0);
}

static int count_down(roost_task self, void *data) {
  (void)self;
  int *left = data;
  if (--*left > 0) spawn_next(left);
  return 0;
}

/* O3: looked at all the time while tasks come and go: what is seen is one of them, or none. */
static void steps_are_seen_whole(void **state) {
  (void)state;
  int left = 3000;
  is_over = was_wrong = was_seen = 0;
  pthread_t thread = begin_thread(look_all_the_time, NULL);
  spawn_next(&left);
  run();
  is_over = 1;
  end_thread(thread);
  assert_int_equal(left, 0);
  assert_int_equal(was_wrong, 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Cleanups                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void look_unnamed(roost_task self) {
  look();
  assert_sees(self, "cleanup of grove");
  note("looked");
}

/* O3: named after its node, though nobody has asked for that name before. */
static void an_unnamed_cleanup_is_seen(void **state) {
  (void)state;
  g = group(root, "grove");
  cleanup(g, "c", .body = look_unnamed);
  join(g, 0);
  run();
  assert_log("c:completed looked grove=0");
}

/* O3: and after it its node again. */
static void a_join_behind_a_cleanup_is_seen(void **state) {
  (void)state;
  g = group(root, "barn");
  cleanup(g, "c");
  assert_int_equal(roost_join(g, 0, look_in_join, NULL, NULL), 0);
  run();
  assert_log("c:completed looked");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_first_step_is_seen),
      TEST(the_steps_of_a_fiber_are_seen),
      TEST(a_nameless_step_is_seen),
      TEST(an_on_cancel_is_seen),
      TEST(a_cleanup_is_seen),
      TEST(a_wait_is_seen),
      TEST(a_wait_of_a_task_is_seen),
      TEST(an_abort_is_seen),
      TEST(a_post_is_seen),
      TEST(a_join_is_seen),
      TEST(a_filter_is_seen),
      TEST(a_step_sees_itself),
      TEST(the_programs_own_callbacks_are_none_of_ours),
      TEST(each_runtime_has_its_own_step),
      TEST(it_says_since_when),
      TEST(what_is_not_a_runtime_is_refused),
      TEST(a_short_struct_is_filled),
      TEST(a_closed_runtime_is_stale),
      TEST(steps_are_seen_whole),
      TEST(an_unnamed_cleanup_is_seen),
      TEST(a_join_behind_a_cleanup_is_seen),
  };
  return cmocka_run_group_tests_name("current", tests, NULL, NULL);
}
