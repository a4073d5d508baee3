/* Chapter 3 of the semantics: deadlines, and the virtual clock. */
#include "support.h"

#include <uv.h>

static roost_group g, h;
static roost_scope s;
static roost_task task;

static uint64_t in_seconds(int64_t seconds) { return roost_now(rt) + (uint64_t)SECONDS(seconds); }

static int tell_origin(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d/%s", (char *)name, (int)why->origin, why->name);
  return 0;
}

/* ---------------------------------------------------------------------------------------------- */
/* D1: set, moved, passed                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* D1 */
static void a_deadline_cancels_with_its_own_reason(void **state) {
  (void)state;
  g = group(root, "g", .deadline_ns = in_seconds(2));
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = tell_origin);
  join(g, 0);
  run();
  assert_log("a+ @2000 a:2/g g=ETIMEDOUT^");
  assert_int_equal(last.called, 1);
  assert_int_equal(last.reason.origin, ROOST_DEADLINE);
  assert_int_equal(last.reason.node.id, g.id);
}

/* D1: the twin, where the work is done in time. */
static void a_deadline_that_is_kept_does_nothing(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(2));
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("a+ @1000 a- g=0");
  assert_int_equal(last.called, 0);
}

/* D1 */
static void every_node_may_have_a_deadline(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(1));
  s = scope(root, "s", .timeout_ns = SECONDS(2));
  task = spawn(root, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(3));
  after(g, SECONDS(9), "in g");
  after(s, SECONDS(9), "in s");
  run();
  assert_log("a+ @1000 in g=ECANCELED @2000 in s=ECANCELED @3000 a!");
}

/* D1: of two deadlines the earlier counts. */
static void the_earlier_of_timeout_and_deadline_counts(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(2), .deadline_ns = in_seconds(1));
  h = group(root, "h", .timeout_ns = SECONDS(2), .deadline_ns = in_seconds(3));
  after(g, SECONDS(9), "in g");
  after(h, SECONDS(9), "in h");
  run();
  assert_log("@1000 in g=ECANCELED @2000 in h=ECANCELED");
}

/* D1 */
static void a_deadline_in_the_past_has_passed_at_the_opening(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = ROOST_NOW);
  h = group(root, "h", .timeout_ns = -SECONDS(7));
  s = scope(root, "s", .deadline_ns = 1);
  assert_int_equal(roost_cancelled(g), 1);
  assert_int_equal(roost_cancel_called(h), 1);
  assert_int_equal(roost_cancel_called(s), 1);
  after(g, SECONDS(1), "in g");
  run();
  assert_log("in g=ECANCELED");
}

/* D1: the task takes its first step, as after any early cancellation (C6a). */
static void a_task_may_be_spawned_with_a_deadline_in_the_past(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .deadline_ns = 1);
  join(g, 0);
  run();
  assert_log("a+ a! g=ETIMEDOUT[a:ETIMEDOUT]");
}

static void move_to_two(void) { assert_int_equal(roost_set_deadline(g, in_seconds(1)), 0); }

/* D1 */
static void a_deadline_is_moved_to_earlier(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(5));
  after(g, SECONDS(9), "w");
  act(SECONDS(1), move_to_two);
  run();
  assert_log("@2000 w=ECANCELED");
}

static void move_to_seven(void) { assert_int_equal(roost_set_deadline(g, in_seconds(6)), 0); }

/* D1 */
static void a_deadline_is_moved_to_later(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(5));
  after(g, SECONDS(9), "w");
  act(SECONDS(1), move_to_seven);
  run();
  assert_log("@7000 w=ECANCELED");
}

static void switch_off(void) { assert_int_equal(roost_set_deadline(g, ROOST_FOREVER), 0); }

/* D1 */
static void a_deadline_is_switched_off(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(5));
  after(g, SECONDS(9), "w");
  act(SECONDS(1), switch_off);
  run();
  assert_log("@9000 w=0");
}

/* D1: a node that was opened without. */
static void a_deadline_is_set_while_open(void **state) {
  (void)state;
  g = group(root, "g");
  after(g, SECONDS(9), "w");
  act(SECONDS(1), move_to_two);
  run();
  assert_log("@2000 w=ECANCELED");
}

/* D1: one that has passed cancels before the call returns; then moving changes nothing. */
static void a_deadline_moved_into_the_past_cancels_at_once(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  assert_int_equal(roost_set_deadline(g, roost_now(rt) - 1), 0);
  assert_int_equal(roost_cancelled(task), 1);
  assert_int_equal(reason_of(task).origin, ROOST_DEADLINE);
  assert_int_equal(roost_set_deadline(g, in_seconds(5)), ROOST_ALREADY);
  join(g, 0);
  run();
  assert_log("a+ a! g=ETIMEDOUT^");
}

static roost_group limited;

/* D1, L2a: an absolute deadline counts while its task is queued. */
static void an_absolute_deadline_counts_while_queued(void **state) {
  (void)state;
  limited = group(root, "limited", .limit = 1);
  spawn(limited, "a", .lasts = SECONDS(3));
  task = spawn(limited, "b", .lasts = SECONDS(9), .deadline_ns = in_seconds(2), .move_on = 1);
  cleanup(task, "c");
  join(limited, 0);
  run();
  assert_log("a+ @2000 c:cancelled:new @3000 a- limited=0");
}

/* D1: the twin: a timeout begins with the first step. */
static void a_timeout_begins_with_the_first_step(void **state) {
  (void)state;
  limited = group(root, "limited", .limit = 1);
  spawn(limited, "a", .lasts = SECONDS(3));
  spawn(limited, "b", .lasts = SECONDS(9), .timeout_ns = SECONDS(2), .move_on = 1);
  join(limited, 0);
  run();
  assert_log("a+ @3000 a- b+ @5000 b! limited=0");
}

/* D1, real: the queries look at the clock, without a turn of the loop between. */
static void a_computation_that_asks_learns_of_its_deadline(void **state) {
  (void)state;
  roost_runtime real;
  assert_int_equal(roost_runtime_open(NULL, &real), 0);
  g = group(roost_root(real), "g", .timeout_ns = ROOST_MILLISECOND);
  h = group(roost_root(real), "h", .timeout_ns = ROOST_MILLISECOND);
  task = spawn(h, "a");
  uint64_t passed = roost_now(real) + 2 * ROOST_MILLISECOND;
  while (roost_now(real) < passed) {
  }
  assert_int_equal(roost_cancel_called(g), 1);
  assert_int_equal(roost_cancelled(task), 1);
  assert_int_equal(roost_close(real, 0, NULL, NULL, NULL), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* D2: what a passed deadline means                                                               */
/* ---------------------------------------------------------------------------------------------- */

/* D2 */
static void with_move_on_a_passed_deadline_is_absorbed_in_silence(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(2), .move_on = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("a+ @2000 a! g=0^");
  assert_int_equal(last.reason.origin, ROOST_DEADLINE);
}

/* D2: it was called, but cut nothing short. */
static void a_deadline_that_cuts_nothing_short_is_no_timeout(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(2));
  spawn(g, "a", .lasts = SECONDS(9), .if_cut = 7);
  join(g, 0);
  run();
  assert_log("a+ @2000 a! g=0");
  assert_int_equal(last.called, 1);
}

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }

/* D2: cancelled by a call before the deadline passes, though it passes too. */
static void an_explicit_cancellation_is_no_timeout(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(2));
  task = spawn(g, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(3));
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 a! c:cancelled @4000 c- g=0^");
  assert_int_equal(last.reason.origin, ROOST_EXPLICIT);
}

/* D2: a scope answers through its body's outcome. */
static void a_scope_times_out_when_its_body_was_cut_short(void **state) {
  (void)state;
  s = scope(root, "s", .timeout_ns = ROOST_NOW);
  join(s, ROOST_ECANCELED);
  h = scope(root, "h", .timeout_ns = ROOST_NOW);
  join(h, 0);
  run();
  assert_log("s=ETIMEDOUT^ h=0");
}

/* D2, C7: an outer deadline is the outer node's affair. */
static void the_shorter_deadline_outside_answers_outside(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(1));
  h = group(g, "h", .timeout_ns = SECONDS(2));
  spawn(h, "a", .lasts = SECONDS(9));
  join(h, 0);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! h=ECANCELED g=ETIMEDOUT^");
}

/* D2, C7a, G5: a timeout is answered before a report, which speaks up where it is absorbed. */
static void a_timeout_is_answered_before_a_report(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(1), .report = 1);
  h = group(root, "h", .timeout_ns = SECONDS(2), .report = 1, .move_on = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(h, "b", .lasts = SECONDS(9));
  join(g, 0);
  join(h, 0);
  run();
  assert_log("a+ b+ @1000 a! g=ETIMEDOUT^ @2000 b! h=EWASCANCELLED^");
}

/* D2a */
static void a_task_cut_short_by_its_deadline_has_failed(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(1));
  spawn(g, "b", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a! b! g=ETIMEDOUT^[a:ETIMEDOUT]");

  task = spawn(root, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(1));
  on_end(task, root, "end");
  run();
  assert_log("a+ @2000 a! end=ETIMEDOUT");
  assert_int_equal(outcome_of(task).state, ROOST_FAILED);
}

/* D2a: with move_on it has ended as cancelled, which is no error (C13). */
static void a_task_that_moves_on_was_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(1), .move_on = 1);
  spawn(g, "b", .lasts = SECONDS(2));
  on_end(task, root, "end");
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a! end=ETASKCANCELLED @2000 b- g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* D3                                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static uint64_t effective(roost_node node) {
  uint64_t deadline = 42;
  assert_int_equal(roost_effective_deadline(node, &deadline), 0);
  return deadline;
}

/* D3 */
static void the_effective_deadline_is_the_nearest_around(void **state) {
  (void)state;
  g = group(root, "g", .deadline_ns = in_seconds(5));
  task = spawn(g, "a", .lasts = SECONDS(1), .deadline_ns = in_seconds(9));
  s = scope(g, "s", .deadline_ns = in_seconds(3));
  assert_true(effective(root) == ROOST_FOREVER);
  assert_true(effective(g) == in_seconds(5));
  assert_true(effective(task) == in_seconds(5));
  assert_true(effective(s) == in_seconds(3));
  assert_int_equal(roost_set_deadline(g, in_seconds(2)), 0);
  assert_true(effective(s) == in_seconds(2));
  assert_int_equal(roost_set_deadline(g, ROOST_FOREVER), 0);
  assert_true(effective(task) == in_seconds(9));
  assert_int_equal(roost_cancel(g, NULL), 0);
  assert_true(effective(g) == 0);
  assert_true(effective(task) == 0);
}

static void effective_in_a_cleanup(roost_task self) {
  note("%s", effective(self) == ROOST_FOREVER ? "forever" : "limited");
}

/* D3, K2: a cleanup is sheltered from the deadlines around it. */
static void no_deadline_around_reaches_a_cleanup(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(5));
  task = spawn(g, "a");
  cleanup(task, "c", .body = effective_in_a_cleanup);
  run();
  assert_log("a+ c:completed forever");
}

/* ---------------------------------------------------------------------------------------------- */
/* D4: the virtual clock                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* D4 */
static void the_virtual_clock_stands_while_anything_can_run(void **state) {
  (void)state;
  uint64_t before = roost_now(rt);
  assert_true(before > 0);
  for (int i = 0; i < 10; i++) spawn(root, "a");
  run();
  assert_true(roost_now(rt) == before);
  after(root, SECONDS(3600), "w");
  run();
  assert_true(roost_now(rt) == before + (uint64_t)SECONDS(3600));
}

/* D4: a deadline of an idle group is something to jump to while a task is left. */
static void the_clock_jumps_from_instant_to_instant(void **state) {
  (void)state;
  after(root, SECONDS(3), "third");
  after(root, SECONDS(1), "first");
  g = group(root, "g", .timeout_ns = SECONDS(2), .move_on = 1);
  spawn(g, "a", .lasts = ROOST_FOREVER);
  run();
  assert_log("a+ @1000 first=0 @2000 a! @3000 third=0");
}

/* D4: a hang is a failure. */
static void tasks_to_which_nothing_can_happen_are_a_deadlock(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = tell_origin);
  spawn(g, "b", .lasts = ROOST_FOREVER);
  join(g, 0);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("a+ b+ a:8/root b! g=ECANCELED");
  assert_int_equal(last.reason.origin, ROOST_DEADLOCK);
  assert_int_equal(reason_of(root).origin, ROOST_DEADLOCK);
}

/* D4, K2b: no shelter holds against it. */
static void a_deadlock_reaches_a_cleanup(void **state) {
  (void)state;
  task = spawn(root, "a");
  cleanup(task, "c", .answers = ROOST_PENDING, .on_cancel = tell_origin);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("a+ c:completed c:8/root");
}

/* D4: where even that ends nothing, the nodes are left alive. */
static void a_deadlock_may_end_nothing(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_PENDING, .on_cancel = log_stay);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("a+ a:8");
  assert_int_equal(outcome_of(task).state, ROOST_ALIVE);
  assert_int_equal(roost_finish(task, 7, NULL, NULL), 0);
  run();
  assert_int_equal(outcome_of(task).code, 7);
}

/* D4: an open group, or one with a deadline far away, is nothing that hangs. */
static void an_idle_group_is_no_deadlock(void **state) {
  (void)state;
  uint64_t before = roost_now(rt);
  group(root, "g", .timeout_ns = SECONDS(9));
  scope(root, "s");
  run();
  assert_true(roost_now(rt) == before);
}

static void finish_task(uv_timer_t *it) {
  uv_close((uv_handle_t *)it, NULL);
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
}

static uv_timer_t timer;

static void start_timer(roost_task self) {
  (void)self;
  assert_int_equal(uv_timer_start(&timer, finish_task, 5, 0), 0);
}

/* D4, real: a timer of the program's own may still make something happen. */
static void a_handle_of_the_programs_is_no_deadlock(void **state) {
  (void)state;
  assert_int_equal(uv_timer_init(roost_loop(rt), &timer), 0);
  task = spawn(root, "a", .body = start_timer, .answers = ROOST_PENDING, .on_cancel = tell_origin);
  run();
  assert_log("a+");
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_deadline_cancels_with_its_own_reason),
      TEST(a_deadline_that_is_kept_does_nothing),
      TEST(every_node_may_have_a_deadline),
      TEST(the_earlier_of_timeout_and_deadline_counts),
      TEST(a_deadline_in_the_past_has_passed_at_the_opening),
      TEST(a_task_may_be_spawned_with_a_deadline_in_the_past),
      TEST(a_deadline_is_moved_to_earlier),
      TEST(a_deadline_is_moved_to_later),
      TEST(a_deadline_is_switched_off),
      TEST(a_deadline_is_set_while_open),
      TEST(a_deadline_moved_into_the_past_cancels_at_once),
      TEST(an_absolute_deadline_counts_while_queued),
      TEST(a_timeout_begins_with_the_first_step),
      TEST(a_computation_that_asks_learns_of_its_deadline),
      TEST(with_move_on_a_passed_deadline_is_absorbed_in_silence),
      TEST(a_deadline_that_cuts_nothing_short_is_no_timeout),
      TEST(an_explicit_cancellation_is_no_timeout),
      TEST(a_scope_times_out_when_its_body_was_cut_short),
      TEST(the_shorter_deadline_outside_answers_outside),
      TEST(a_timeout_is_answered_before_a_report),
      TEST(a_task_cut_short_by_its_deadline_has_failed),
      TEST(a_task_that_moves_on_was_cancelled),
      TEST(the_effective_deadline_is_the_nearest_around),
      TEST(no_deadline_around_reaches_a_cleanup),
      TEST(the_virtual_clock_stands_while_anything_can_run),
      TEST(the_clock_jumps_from_instant_to_instant),
      TEST(tasks_to_which_nothing_can_happen_are_a_deadlock),
      TEST(a_deadlock_reaches_a_cleanup),
      TEST(a_deadlock_may_end_nothing),
      TEST(an_idle_group_is_no_deadlock),
      TEST(a_handle_of_the_programs_is_no_deadlock),
  };
  return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
