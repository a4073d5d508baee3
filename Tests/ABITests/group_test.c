/* Chapter 5 of the semantics: groups, errors, results. */
#include "support.h"

static roost_group g, h;
static roost_scope s;
static roost_task task;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* G1: closing                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* G1: the tasks, their cleanups, the group's own, the answer. */
static void closing_waits_for_everything_in_order(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "of g", .lasts = SECONDS(1));
  cleanup(spawn(g, "a", .lasts = SECONDS(1)), "of a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("a+ @1000 a- of a:completed @2000 of a- of g:completed @3000 of g- g=0");
}

/* G1: always a scheduling point, never inside the call. */
static void closing_an_empty_group_takes_a_turn(void **state) {
  (void)state;
  g = group(root, "g");
  join(g, 0);
  assert_log("");
  run();
  assert_log("g=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* G1, G5a: never by itself a cancellation. */
static void an_empty_group_in_a_cancelled_one_completes(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  cancel_g();
  join(h, 0);
  run();
  assert_log("h=0");
}

/* G1: a cancelled group goes on joining. */
static void the_wait_for_the_tasks_is_never_abandoned(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(5));
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 a! c:cancelled @6000 c- g=0^");
}

/* G1 */
static void a_group_may_be_joined_after_its_tasks_ended(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1));
  run();
  assert_log("a+ @1000 a-");
  join(g, 0);
  run();
  assert_log("g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* G2: policies                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* G2 */
static void by_default_the_first_error_cancels_the_rest(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 b- a! g=EIO^[b:EIO]");
  assert_int_equal(last.state, ROOST_FAILED);
  assert_int_equal(last.called, 1);
  assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
}

/* G2: cancelling the rest is a cancellation of the group: later spawns are cancelled too. */
static void after_an_error_later_tasks_start_cancelled(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_FAIL_FAST);
  spawn(g, "b", .answers = ROOST_EIO);
  run();
  assert_int_equal(roost_cancelled(g), 1);
  spawn(g, "late", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("b+ late+ late! g=EIO^[b:EIO]");
}

/* G2: the twin. */
static void a_supervising_group_collects_errors(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  spawn(g, "a", .lasts = SECONDS(3));
  spawn(g, "b", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "c", .lasts = SECONDS(2), .answers = ROOST_EBUSY);
  join(g, 0);
  run();
  assert_log("a+ b+ c+ @1000 b- @2000 c- @3000 a- g=EIO[b:EIO c:EBUSY]");
  assert_int_equal(last.called, 0);
}

/* G2, S8: the root group supervises, unless its options say otherwise. */
static void the_root_supervises(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1));
  spawn(root, "b", .answers = ROOST_EIO);
  run();
  assert_log("a+ b+ @1000 a-");
  assert_int_equal(close_now(), ROOST_EIO);
}

/* G2, S8 */
static void the_root_may_fail_fast(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(
                       ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .policy = ROOST_FAIL_FAST), &rt),
                   0);
  spawn(roost_root(rt), "a", .lasts = SECONDS(1));
  spawn(roost_root(rt), "b", .answers = ROOST_EIO);
  run();
  assert_log("a+ b+ a!");
  assert_int_equal(close_now(), ROOST_EIO);
}

/* G2a: an outcome counts when the body ends, before the task's cleanups. */
static void outcomes_count_when_bodies_end(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  cleanup(task, "c", .lasts = SECONDS(2));
  spawn(g, "b", .lasts = SECONDS(2), .if_cut = ROOST_EBUSY);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- b! c:failed @3000 c- g=EIO[a:EIO b:EBUSY]");
}

/* G2a: in the order in which bodies end, within one batch too. */
static void errors_are_listed_in_the_order_of_their_ends(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  spawn(g, "a", .lasts = SECONDS(2), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
  spawn(g, "c", .lasts = SECONDS(1), .answers = ROOST_EINVAL);
  join(g, 0);
  run();
  assert_log("a+ b+ c+ @1000 b- c- @2000 a- g=EBUSY[b:EBUSY c:EINVAL a:EIO]");
}

/* ---------------------------------------------------------------------------------------------- */
/* G3: errors                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static void explain_and_fail(roost_task self) {
  assert_int_equal(roost_explain(self, "first thought"), 0);
  assert_int_equal(roost_explain(self, "the pear is rotten"), 0);
  assert_int_equal(roost_finish(self, ROOST_EIO, "pear", NULL), 0);
  assert_refused(ROOST_EALREADY, roost_explain, (self, "too late"));
}

static void see_error(roost_node node, const roost_result *result, void *data) {
  (void)data;
  const roost_error *error = result->errors;
  assert_int_equal(result->size, sizeof *result);
  assert_int_equal(error->size, sizeof *error);
  assert_int_equal(error->code, ROOST_EIO);
  assert_int_equal(error->node.id, task.id);
  assert_string_equal(error->name, "a");
  assert_string_equal(error->message, "the pear is rotten");
  assert_string_equal((char *)error->object, "pear");
  assert_null(error->next);
  assert_null(error->children);
  assert_int_equal(node.id, g.id);
  note("seen");
}

/* G3 */
static void an_error_has_node_name_code_message_and_object(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .body = explain_and_fail);
  assert_int_equal(roost_join(g, 0, see_error, NULL, NULL), 0);
  run();
  assert_log("a+ seen");
}

static void see_no_message(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  assert_null(result->errors->message);
  assert_null(result->errors->object);
  assert_string_equal(result->errors->name, "");
  note("seen");
}

static int fail_nameless(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_explain(self, "not this"), 0);
  assert_int_equal(roost_explain(self, NULL), 0);
  return ROOST_EIO;
}

/* G3, T4 */
static void an_error_may_have_neither_name_nor_message(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = fail_nameless), NULL), 0);
  assert_int_equal(roost_join(g, 0, see_no_message, NULL, NULL), 0);
  run();
  assert_log("seen");
}

/* G3 */
static void errors_beyond_the_maximum_are_counted(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE, .max_errors = 2);
  spawn(g, "a", .answers = ROOST_EIO);
  spawn(g, "b", .answers = ROOST_EBUSY);
  spawn(g, "c", .answers = ROOST_EINVAL);
  spawn(g, "d", .answers = ROOST_EIO);
  spawn(g, "e");
  join(g, 0);
  run();
  assert_log("a+ b+ c+ d+ e+ g=EIO[a:EIO b:EBUSY+2]");
  assert_int_equal(last.error_count, 4);
}

static void count_errors(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  int listed = 0;
  for (const roost_error *error = result->errors; error != NULL; error = error->next) listed++;
  note("%d of %d", listed, (int)result->error_count);
}

/* G3: 1,000 where nothing is said. */
static void a_thousand_errors_are_listed(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  for (int i = 0; i < 1001; i++)
    assert_int_equal(roost_spawn(g, ROOST_TASK(.start = fail_nameless), NULL), 0);
  assert_int_equal(roost_join(g, 0, count_errors, NULL, NULL), 0);
  run();
  assert_log("1000 of 1001");
}

/* G3 */
static void nested_groups_are_nested(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  h = group(g, "h", .policy = ROOST_SUPERVISE);
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(h, "b", .lasts = SECONDS(2), .answers = ROOST_EBUSY);
  spawn(h, "c", .lasts = SECONDS(3), .answers = ROOST_EINVAL);
  spawn(g, "d", .lasts = SECONDS(4), .answers = ROOST_EIO);
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_log("a+ b+ c+ d+ @1000 a- @2000 b- @3000 c- @4000 d- "
             "g=EIO[a:EIO h:EBUSY[b:EBUSY c:EINVAL] d:EIO]");
}

/* G3: errors during a cancellation are kept. */
static void errors_during_a_cancellation_are_kept(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ b+ @1000 a! b! g=EIO[a:EIO b:EBUSY]");
}

/* ---------------------------------------------------------------------------------------------- */
/* G4, G5: the body, and what comes first                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* G4: under every policy. */
static void a_body_that_fails_cancels_the_group(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  spawn(g, "a", .lasts = SECONDS(9));
  join(g, ROOST_EIO);
  run();
  assert_log("a+ a! g=EIO^[g:EIO]");
  assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
  assert_int_equal(last.reason.code, ROOST_EIO);
}

/* G4: the twin; a body's success is 0 or more. */
static void a_body_that_succeeds_cancels_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 7);
  run();
  assert_log("a+ @1000 a- g=0");
}

/* G5: a real error comes before the timeout, and the cancellation was caught all the same. */
static void an_error_beats_a_timeout(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(1));
  spawn(g, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a! b! g=EIO^[a:EIO]");
  assert_int_equal(last.reason.origin, ROOST_DEADLINE);
}

/* G5: where nothing ended as cancelled, nothing was caught. */
static void an_error_alone_catches_nothing(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(1));
  spawn(g, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! g=EIO[a:EIO]");
}

/* G5: a timeout that a body or a task brings is an error like any other. */
static void a_timeout_that_a_task_brings_is_an_error(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .answers = ROOST_ETIMEDOUT);
  join(g, 0);
  run();
  assert_log("a+ g=ETIMEDOUT[a:ETIMEDOUT]");
  assert_int_equal(last.state, ROOST_FAILED);
  s = scope(root, "s");
  join(s, ROOST_ETIMEDOUT);
  run();
  assert_log("s=ETIMEDOUT[s:ETIMEDOUT]");
}

/* G5: cancelled beats completed, where it is not absorbed. */
static void one_task_cut_short_is_enough(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "a", .lasts = SECONDS(1));
  spawn(h, "b", .lasts = SECONDS(9));
  join(h, 0);
  act(SECONDS(2), cancel_g);
  run();
  assert_log("a+ b+ @1000 a- @2000 b! h=ECANCELED");
  assert_int_equal(last.state, ROOST_CANCELLED);
  assert_int_equal(last.error_count, 0);
}

/* G5: a child that ends well in spite of its cancellation has completed. */
static void a_task_that_succeeds_nevertheless_has_completed(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  task = spawn(h, "a", .lasts = SECONDS(9), .if_cut = 7);
  act(SECONDS(1), cancel_g);
  run();
  assert_int_equal(outcome_of(task).code, 7);
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  join(h, 0);
  run();
  assert_log("a+ @1000 a! h=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* G5, C3: the cancellation that an error left shows at the next wait. */
static void after_an_error_the_cancellation_shows_at_the_next_wait(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  join(h, 0);
  cancel_g();
  run();
  assert_log("a+ a! h=EIO[a:EIO]");
  after(g, SECONDS(1), "next");
  run();
  assert_log("next=ECANCELED");
}

/* G5a, C13: a task that was cancelled alone does not make its group a cancelled one. */
static void a_task_cancelled_alone_does_not_count(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  task = spawn(h, "a", .lasts = SECONDS(9));
  cancel_task();
  run();
  cancel_g();
  join(h, 0);
  run();
  assert_log("a+ a! h=0");
}

/* G5a: a body that passes its cancellation on does. */
static void a_body_cut_short_makes_its_group_a_cancelled_one(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  cancel_g();
  join(h, ROOST_ECANCELED);
  run();
  assert_log("h=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* G6: spawning                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

static void spawn_another(roost_task self) {
  (void)self;
  spawn(g, "b", .lasts = SECONDS(1));
}

/* G6 */
static void tasks_may_be_spawned_while_the_group_is_joined(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .body = spawn_another);
  join(g, 0);
  spawn(g, "c");
  run();
  assert_log("a+ c+ b+ @1000 b- g=0");
}

static void spawn_too_late(roost_task self) {
  (void)self;
  assert_refused(ROOST_ECLOSED, roost_spawn, (g, ROOST_TASK(.start = fail_nameless), NULL));
}

/* G6: from the first cleanup on the group is closing, then it is gone. */
static void no_task_is_spawned_once_the_cleanups_have_begun(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .body = spawn_too_late);
  join(g, 0);
  run();
  assert_log("c:completed g=0");
  assert_refused(ROOST_ESTALE, roost_spawn, (g, ROOST_TASK(.start = fail_nameless), NULL));
}

/* ---------------------------------------------------------------------------------------------- */
/* G7: left open                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static int tell_origin(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d", (char *)name, (int)why->origin);
  return 0;
}

static void leave_open(roost_task self) {
  h = group(self, "orchard");
  s = scope(h, "meadow");
  spawn(h, "b", .lasts = SECONDS(9), .on_cancel = tell_origin);
}

/* G7: what the body left open is cancelled and joined, and named. */
static void what_a_task_leaves_open_is_closed_and_is_its_error(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .answers = 7, .body = leave_open);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- b:4 g=EUNCLOSED[a:EUNCLOSED[orchard:EUNCLOSED[meadow:EUNCLOSED]]]");
  assert_int_equal(roost_cancel(h, NULL), ROOST_ESTALE);
  assert_int_equal(roost_cancel(s, NULL), ROOST_ESTALE);
}

/* G7: who waits for the task gets the outcome of its body. */
static void leaving_something_open_leaves_the_bodys_outcome_alone(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1), .answers = 7, .body = leave_open);
  on_end(task, root, "end");
  run();
  assert_log("a+ b+ @1000 a- b:4 end=7");
  assert_int_equal(close_now(), ROOST_EUNCLOSED);
}

static void leave_a_failing_group_open(roost_task self) {
  h = group(self, "h");
  spawn(h, "b", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY);
}

/* G7: its errors are nested in that one; the body's own comes first. */
static void errors_of_what_was_left_open_are_nested(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO, .body = leave_a_failing_group_open);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- b! g=EIO[a:EIO a:EUNCLOSED[h:EBUSY[b:EBUSY]]]");
}

static void leave_a_scope_open(roost_task self) {
  s = scope(self, "s");
  after(s, SECONDS(9), "in s");
}

/* G7: a scope likewise; what waits in it is cancelled with it. */
static void a_scope_left_open_is_closed_too(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .body = leave_a_scope_open);
  join(g, 0);
  run();
  assert_int_equal(last.code, ROOST_EUNCLOSED);
  assert_int_equal(roost_cancel(s, NULL), ROOST_ESTALE);
}

static void open_beneath(roost_task self) {
  s = scope(self, "s");
  h = group(s, "h");
  spawn(h, "b", .lasts = SECONDS(2));
  join(s, 0);
}

/* G7, T2: the twin: what is being joined is waited for. */
static void what_is_being_joined_is_no_error(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .body = open_beneath);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- @2000 b- s=0 g=0");
}

/* G7: a cleanup's body is a body too. */
static void what_a_cleanup_leaves_open_is_closed(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(spawn(g, "a"), "c", .body = leave_a_failing_group_open);
  join(g, 0);
  run();
  assert_int_equal(last.code, ROOST_EUNCLOSED);
}

/* ---------------------------------------------------------------------------------------------- */
/* L2: limits                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* L2 */
static void a_limit_queues_the_rest_in_order(void **state) {
  (void)state;
  g = group(root, "g", .limit = 2);
  spawn(g, "a", .lasts = SECONDS(1));
  spawn(g, "b", .lasts = SECONDS(3));
  spawn(g, "c", .lasts = SECONDS(1));
  spawn(g, "d", .lasts = SECONDS(1));
  spawn(g, "e", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- c+ @2000 c- d+ @3000 b- d- e+ @5000 e- g=0");
}

/* L2: of the root group too. */
static void the_root_may_have_a_limit(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .limit = 1), &rt),
                   0);
  beginning = roost_now(rt);
  spawn(roost_root(rt), "a", .lasts = SECONDS(1));
  spawn(roost_root(rt), "b");
  run();
  assert_log("a+ @1000 a- b+");
}

static void finish_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }

/* L2: with the group's cancellation the queued ones end, in order, without starting. */
static void cancelling_a_group_empties_its_queue(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  task = spawn(g, "a", .answers = ROOST_PENDING);
  cleanup(spawn(g, "b"), "of b");
  cleanup(spawn(g, "c"), "of c");
  join(g, 0);
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), finish_task);
  run();
  assert_log("a+ @1000 of b:cancelled:new of c:cancelled:new @2000 g=0^");
}

/* L2a: cancelled alone, in the midst of the queue. */
static void a_queued_task_that_is_cancelled_never_starts(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(2));
  task = spawn(g, "b");
  spawn(g, "c");
  on_end(task, root, "end of b");
  join(g, 0);
  act(SECONDS(1), cancel_task);
  run();
  assert_log("a+ @1000 end of b=ETASKCANCELLED @2000 a- c+ g=0");
}

/* L2a: by whomever: here by the node above its group. */
static void a_queued_task_is_cancelled_from_above(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .limit = 1);
  task = spawn(h, "a", .answers = ROOST_PENDING);
  cleanup(spawn(h, "b"), "of b");
  join(h, 0);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), finish_task);
  run();
  assert_log("a+ @1000 of b:cancelled:new @2000 h=ECANCELED g=0^");
}

/* L2a: one that would be queued in a cancelled group ends in the next turn. */
static void nothing_is_queued_in_a_cancelled_group(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  cancel_g();
  task = spawn(g, "a", .answers = ROOST_PENDING);
  cleanup(spawn(g, "b"), "of b");
  act(SECONDS(1), finish_task);
  join(g, 0);
  run();
  assert_log("a+ of b:cancelled:new @1000 g=0^");
}

/* L2a, C8: a task that never started was cut short as well. */
static void a_queued_task_that_was_cancelled_with_its_group_was_cut_short(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(9), .if_cut = 7);
  spawn(g, "b");
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 a! g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* L5, L6: results of tasks                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void finish_with_apple(roost_task self) {
  assert_int_equal(roost_finish(self, 7, "apple", NULL), 0);
}

/* L5 */
static void any_number_may_wait_for_a_task(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1), .answers = 7);
  on_end(task, root, "first");
  on_end(task, root, "second");
  run();
  on_end(task, root, "third");
  run();
  assert_log("a+ @1000 a- first=7 second=7 third=7");
}

/* L5: giving up waiting does not touch the task. */
static void waiting_for_a_task_is_cancelled_without_it(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(root, "a", .lasts = SECONDS(2));
  on_end(task, g, "in g");
  on_end(task, root, "outside");
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 in g=ECANCELED @2000 a- outside=0");
}

/* L5: groups and scopes can be waited for too. */
static void the_end_of_a_group_or_scope_can_be_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  on_end(g, root, "end of g");
  on_end(s, root, "end of s");
  assert_int_equal(roost_join(s, ROOST_EBUSY, NULL, NULL, NULL), 0);
  assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
  run();
  assert_log("a+ end of s=EBUSY @1000 a- end of g=EIO");
}

/* L5 */
static void an_outcome_is_kept_until_it_is_released(void **state) {
  (void)state;
  task = spawn(root, "a", .body = finish_with_apple);
  assert_int_equal(outcome_of(task).state, ROOST_ALIVE);
  run();
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  assert_int_equal(outcome_of(task).code, 7);
  assert_int_equal(outcome_of(task).started, 1);
  assert_string_equal((char *)outcome_of(task).result, "apple");
  assert_null(outcome_of(task).reason);
  assert_int_equal(roost_release(task), 0);
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
  assert_refused(ROOST_ESTALE, roost_on_end, (task, root, log_wait, NULL, NULL, NULL));
}

/* L5 */
static void an_outcome_may_be_released_before_the_end(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_release(task), 0);
  assert_int_equal(roost_release(task), ROOST_ALREADY);
  on_end(task, root, "end");
  run();
  assert_log("a+ @1000 a- end=0");
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
}

static void look_at_the_task(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)result;
  (void)data;
  note("%d", (int)outcome_of(task).code);
}

/* L5: with the group's result, at the latest. */
static void an_outcome_is_kept_until_the_join_has_been_told(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .body = finish_with_apple);
  assert_int_equal(roost_join(g, 0, look_at_the_task, NULL, NULL), 0);
  run();
  assert_log("a+ 7");
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
}

/* L5: at once, where nobody is told. */
static void an_outcome_ends_with_its_group(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .body = finish_with_apple);
  assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
  run();
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
}

static int show_itself(roost_task self, void *data) {
  (void)data;
  task = self;
  return 0;
}

/* L5: a task spawned without a handle keeps nothing. */
static void without_a_handle_nothing_is_kept(void **state) {
  (void)state;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = show_itself), NULL), 0);
  run();
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
}

/* L5 */
static void the_outcome_of_a_failed_task_has_code_and_object(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_EIO);
  run();
  assert_int_equal(outcome_of(task).state, ROOST_FAILED);
  assert_int_equal(outcome_of(task).code, ROOST_EIO);
  assert_null(outcome_of(task).result);
}

/* L5a: cancelled, from a wait, speaks of the waiter; of the task it is another code. */
static void waiting_for_a_cancelled_task_answers_an_ordinary_error(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9));
  on_end(task, root, "end");
  assert_int_equal(roost_cancel(task, ROOST_CANCEL(.code = 5)), 0);
  run();
  assert_log("a+ a! end=ETASKCANCELLED");
  assert_int_equal(outcome_of(task).state, ROOST_CANCELLED);
  assert_int_equal(outcome_of(task).code, ROOST_ECANCELED);
  assert_int_equal(outcome_of(task).reason->code, 5);
}

static void say_dropped(void *data) { note("drop:%s", (char *)data); }

static void finish_with_a_drop(roost_task self) {
  assert_int_equal(roost_finish(self, 7, "apple", say_dropped), 0);
}

static void fail_with_a_drop(roost_task self) {
  assert_int_equal(roost_finish(self, ROOST_EIO, "pear", say_dropped), 0);
}

/* L6 */
static void a_result_is_dropped_when_it_is_released(void **state) {
  (void)state;
  task = spawn(root, "a", .body = finish_with_a_drop);
  run();
  assert_log("a+");
  assert_int_equal(roost_release(task), 0);
  assert_log("");
  run();
  assert_log("drop:apple");
}

/* L6 */
static void a_result_is_dropped_with_its_group(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .body = finish_with_a_drop);
  join(g, 0);
  run();
  assert_log("a+ g=0 drop:apple");
}

/* L6: what nobody can read is dropped when the task ends. */
static void a_result_that_nobody_keeps_is_dropped(void **state) {
  (void)state;
  task = spawn(root, "a", .body = finish_with_a_drop);
  assert_int_equal(roost_release(task), 0);
  run();
  assert_log("a+ drop:apple");
}

/* L6, G3: an error's object lives as long as the error is listed. */
static void an_errors_object_is_dropped_after_the_join(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .body = fail_with_a_drop);
  assert_int_equal(roost_release(task), 0);
  run();
  assert_log("a+");
  join(g, 0);
  run();
  assert_log("g=EIO[a:EIO] drop:pear");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(closing_waits_for_everything_in_order),
      TEST(closing_an_empty_group_takes_a_turn),
      TEST(an_empty_group_in_a_cancelled_one_completes),
      TEST(the_wait_for_the_tasks_is_never_abandoned),
      TEST(a_group_may_be_joined_after_its_tasks_ended),
      TEST(by_default_the_first_error_cancels_the_rest),
      TEST(after_an_error_later_tasks_start_cancelled),
      TEST(a_supervising_group_collects_errors),
      TEST(the_root_supervises),
      TEST(the_root_may_fail_fast),
      TEST(outcomes_count_when_bodies_end),
      TEST(errors_are_listed_in_the_order_of_their_ends),
      TEST(an_error_has_node_name_code_message_and_object),
      TEST(an_error_may_have_neither_name_nor_message),
      TEST(errors_beyond_the_maximum_are_counted),
      TEST(a_thousand_errors_are_listed),
      TEST(nested_groups_are_nested),
      TEST(errors_during_a_cancellation_are_kept),
      TEST(a_body_that_fails_cancels_the_group),
      TEST(a_body_that_succeeds_cancels_nothing),
      TEST(an_error_beats_a_timeout),
      TEST(an_error_alone_catches_nothing),
      TEST(a_timeout_that_a_task_brings_is_an_error),
      TEST(one_task_cut_short_is_enough),
      TEST(a_task_that_succeeds_nevertheless_has_completed),
      TEST(after_an_error_the_cancellation_shows_at_the_next_wait),
      TEST(a_task_cancelled_alone_does_not_count),
      TEST(a_body_cut_short_makes_its_group_a_cancelled_one),
      TEST(tasks_may_be_spawned_while_the_group_is_joined),
      TEST(no_task_is_spawned_once_the_cleanups_have_begun),
      TEST(what_a_task_leaves_open_is_closed_and_is_its_error),
      TEST(leaving_something_open_leaves_the_bodys_outcome_alone),
      TEST(errors_of_what_was_left_open_are_nested),
      TEST(a_scope_left_open_is_closed_too),
      TEST(what_is_being_joined_is_no_error),
      TEST(what_a_cleanup_leaves_open_is_closed),
      TEST(a_limit_queues_the_rest_in_order),
      TEST(the_root_may_have_a_limit),
      TEST(cancelling_a_group_empties_its_queue),
      TEST(a_queued_task_that_is_cancelled_never_starts),
      TEST(a_queued_task_is_cancelled_from_above),
      TEST(nothing_is_queued_in_a_cancelled_group),
      TEST(a_queued_task_that_was_cancelled_with_its_group_was_cut_short),
      TEST(any_number_may_wait_for_a_task),
      TEST(waiting_for_a_task_is_cancelled_without_it),
      TEST(the_end_of_a_group_or_scope_can_be_waited_for),
      TEST(an_outcome_is_kept_until_it_is_released),
      TEST(an_outcome_may_be_released_before_the_end),
      TEST(an_outcome_is_kept_until_the_join_has_been_told),
      TEST(an_outcome_ends_with_its_group),
      TEST(without_a_handle_nothing_is_kept),
      TEST(the_outcome_of_a_failed_task_has_code_and_object),
      TEST(waiting_for_a_cancelled_task_answers_an_ordinary_error),
      TEST(a_result_is_dropped_when_it_is_released),
      TEST(a_result_is_dropped_with_its_group),
      TEST(a_result_that_nobody_keeps_is_dropped),
      TEST(an_errors_object_is_dropped_after_the_join),
  };
  return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
