/* Chapter 4 of the semantics: cleanup. */
#include "support.h"

#include <string.h>
#include <uv.h>

static roost_group g, h;
static roost_scope s;
static roost_task task;
static roost_task sweeping;
static roost_cleanup entry;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* K1: each once, last first, and told why                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* K1 */
static void cleanups_run_last_in_first_out(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(1));
  cleanup(task, "first");
  cleanup(task, "second", .lasts = SECONDS(1));
  cleanup(task, "third", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("a+ @1000 a- third:completed @2000 third- second:completed @3000 second- "
             "first:completed g=0");
}

/* K1 */
static void a_cleanup_is_told_how_its_task_ended(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  cleanup(spawn(g, "a", .lasts = SECONDS(1)), "of a");
  cleanup(spawn(g, "b", .lasts = SECONDS(2), .answers = ROOST_EIO), "of b");
  task = spawn(g, "c", .lasts = SECONDS(9));
  cleanup(task, "of c");
  act(SECONDS(3), cancel_task);
  run();
  assert_log("a+ b+ c+ @1000 a- of a:completed @2000 b- of b:failed @3000 c! of c:cancelled");
}

/* K1, L2a: a task that never started. */
static void a_cleanup_of_a_task_that_never_started_runs(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(2));
  task = spawn(g, "b");
  cleanup(task, "c");
  act(SECONDS(1), cancel_task);
  run();
  assert_log("a+ @1000 c:cancelled:new @2000 a-");
}

/* K1 */
static void groups_and_scopes_have_cleanups_too(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  spawn(g, "a", .lasts = SECONDS(1));
  cleanup(g, "of g");
  cleanup(s, "of s");
  join(s, 0);
  join(g, 0);
  run();
  assert_log("a+ of s:completed s=0 @1000 a- of g:completed g=0");
}

static int tell_outcome(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)data;
  note("%s/%d/%s", code_name(why->code), (int)why->started,
       why->result == NULL ? "-" : (char *)why->result);
  if (why->state == ROOST_CANCELLED) note("because of %d", (int)why->reason->origin);
  return 0;
}

static int sweep_quickly(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  note("quick");
  return 0;
}

/* K1, C12: of a node that is stopping too, where one ends in its first step and the next waits. */
static void cleanups_of_a_stopping_node_run(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .lasts = SECONDS(1));
  assert_int_equal(roost_defer(g, sweep_quickly, NULL, NULL), 0);
  assert_int_equal(roost_shutdown(g, ROOST_FOREVER), 0);
  join(g, 0);
  run();
  assert_log("quick c:completed @1000 c- g=0");
}

static void finish_with_a_result(roost_task self) {
  assert_int_equal(roost_finish(self, 7, "apple", NULL), 0);
}

/* K1 */
static void a_cleanup_is_told_code_result_and_reason(void **state) {
  (void)state;
  task = spawn(root, "a", .body = finish_with_a_result);
  assert_int_equal(roost_defer(task, tell_outcome, NULL, NULL), 0);
  run();
  assert_log("a+ 7/1/apple");

  task = spawn(root, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_defer(task, tell_outcome, NULL, NULL), 0);
  cancel_task();
  run();
  assert_log("a+ a! ECANCELED/1/- because of 1");

  g = group(root, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  assert_int_equal(roost_defer(g, tell_outcome, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_log("a+ EIO/1/- g=EIO[a:EIO]");
}

/* K1 */
static void closing_the_runtime_runs_all_cleanups(void **state) {
  (void)state;
  cleanup(root, "of root");
  g = group(root, "g");
  cleanup(g, "of g");
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "of a");
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), 0);
  rt.id = 0;
  assert_log("a+ a! of a:cancelled of g:cancelled of root:cancelled");
}

/* ---------------------------------------------------------------------------------------------- */
/* K2: sheltered, and waiting                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static void say_cancelled(roost_task self) { note("%d", roost_cancelled(self)); }

/* K2 */
static void a_cleanup_is_sheltered_from_the_cancellation_around_it(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = MS(200), .body = say_cancelled);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 a! c:cancelled 0 @1200 c- g=0^");
}

/* K2: also from one that comes while it runs. */
static void a_cancellation_does_not_reach_a_cleanup_that_runs(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a");
  cleanup(task, "c", .lasts = SECONDS(2));
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ c:completed @2000 c- g=0");
}

/* K2: the node's deadline, passing later, neither. */
static void a_deadline_does_not_reach_a_cleanup(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(2));
  task = spawn(g, "a", .timeout_ns = SECONDS(1));
  cleanup(task, "of a", .lasts = SECONDS(3));
  cleanup(g, "of g", .lasts = SECONDS(3));
  join(g, 0);
  run();
  assert_log("a+ of a:completed @3000 of a- of g:completed @6000 of g- g=0");
}

static void open_a_group(roost_task self) {
  h = group(self, "h");
  spawn(h, "b", .lasts = SECONDS(1));
  join(h, 0);
}

/* K2, K4: in its shelter it may open groups, which it closes before it ends. */
static void a_cleanup_may_open_groups(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .body = open_a_group);
  cancel_g();
  join(g, 0);
  run();
  assert_log("a+ a! c:cancelled b+ @1000 b- h=0 g=0^");
}

static void remember(roost_task self) { sweeping = self; }
static void finish_sweep(void) { assert_int_equal(roost_finish(sweeping, 0, NULL, NULL), 0); }

/* K2: it may answer that it is not done yet. */
static void a_cleanup_may_be_finished_later(void **state) {
  (void)state;
  task = spawn(root, "a");
  cleanup(task, "first");
  cleanup(task, "second", .answers = ROOST_PENDING, .body = remember);
  on_end(task, root, "end");
  act(SECONDS(2), finish_sweep);
  run();
  assert_log("a+ second:completed @2000 first:completed end=0");
}

static uv_timer_t handle;

static void closed(uv_handle_t *it) {
  (void)it;
  note("closed");
  finish_sweep();
}

static int close_handle(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  sweeping = self;
  uv_close(data, closed);
  return ROOST_PENDING;
}

static int open_handle(roost_task self, void *data) {
  (void)data;
  assert_int_equal(uv_timer_init(roost_loop(rt), &handle), 0);
  assert_int_equal(roost_defer(self, close_handle, &handle, NULL), 0);
  return 0;
}

/* K2: closing a libuv handle is the commonest cleanup. */
static void a_cleanup_may_close_a_handle(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = open_handle), NULL), 0);
  join(g, 0);
  run();
  assert_log("closed g=0");
}

static void cancel_sweep(void) { assert_int_equal(roost_cancel(sweeping, NULL), 0); }

static int give_up(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d", (char *)name, (int)why->origin);
  return 0;
}

/* K2b, K3: the shelter does not hold against a cancellation of the cleanup itself, which then was
 * cut short. */
static void a_cleanup_itself_may_be_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(spawn(g, "a"), "c", .answers = ROOST_PENDING, .body = remember, .on_cancel = give_up);
  join(g, 0);
  act(SECONDS(1), cancel_sweep);
  run();
  assert_log("a+ c:completed @1000 c:1 g=ECUT[cleanup of a:ECUT]");
}

/* K2b: without an on_cancel its waits are cancelled. */
static void a_cancelled_cleanup_without_on_cancel_meets_it_in_its_waits(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(spawn(g, "a"), "c", .lasts = SECONDS(9), .body = remember);
  join(g, 0);
  act(SECONDS(1), cancel_sweep);
  run();
  assert_log("a+ c:completed @1000 c! g=ECUT[cleanup of a:ECUT]");
}

static int carry_on(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  (void)why;
  note("%s:told", (char *)name);
  return ROOST_PENDING;
}

/* K2b, T2: one that carries on is waited for. */
static void a_cancelled_cleanup_that_carries_on_is_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(spawn(g, "a"), "c", .answers = ROOST_PENDING, .body = remember, .on_cancel = carry_on);
  join(g, 0);
  act(SECONDS(1), cancel_sweep);
  act(SECONDS(3), finish_sweep);
  run();
  assert_log("a+ c:completed @1000 c:told @3000 g=0");
}

/* K2c: a cleanup takes no place of its own under the limit; its task keeps its place (L2). */
static void cleanups_count_for_no_limit(void **state) {
  (void)state;
  g = group(root, "g", .limit = 2);
  cleanup(spawn(g, "a", .lasts = SECONDS(1)), "of a", .lasts = SECONDS(1));
  spawn(g, "b", .lasts = SECONDS(3));
  spawn(g, "c");
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- of a:completed @2000 of a- c+ @3000 b- g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* K3: errors, and taking back                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* K3, B3 */
static void a_cleanup_that_fails_stops_no_other(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a");
  cleanup(task, "first");
  cleanup(task, "second", .answers = ROOST_EIO);
  cleanup(task, "third", .answers = ROOST_EBUSY);
  join(g, 0);
  run();
  assert_log("a+ third:completed second:completed first:completed "
             "g=EBUSY[cleanup of a:EBUSY cleanup of a:EIO]");
}

/* K3: of a group or a scope likewise. */
static void a_groups_cleanup_that_fails_is_an_error_of_the_group(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  cleanup(g, "c", .answers = ROOST_EIO);
  cleanup(s, "d", .answers = ROOST_EBUSY);
  join(g, 0);
  run();
  assert_log("c:completed g=EIO[cleanup of g:EIO]");
  join(s, 0);
  run();
  assert_log("d:completed s=EBUSY[cleanup of s:EBUSY]");
}

/* K3, G2: and cancels nothing: the group's tasks have ended, and its cleanups all run. */
static void a_groups_cleanup_that_fails_cancels_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "first", .lasts = SECONDS(1));
  cleanup(g, "second", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("second:completed first:failed @1000 first- g=EIO[cleanup of g:EIO]");
  assert_int_equal(last.called, 0);
}

/* K3, C13a: one that says cancelled was cut short, whatever cancelled it. */
static void a_cleanup_that_says_cancelled_was_cut(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(spawn(g, "a"), "c", .answers = ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("a+ c:completed g=ECUT[cleanup of a:ECUT]");
}

static int never(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  note("never");
  return 0;
}

static void say_dropped(void *data) { note("drop:%s", (char *)data); }

/* K3: undefer runs the drop before it returns. */
static void a_cleanup_is_taken_back(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "first");
  assert_int_equal(
      roost_defer_with(g, ROOST_CLEANUP(.fn = never, .data = "c", .drop = say_dropped), &entry), 0);
  cleanup(g, "third");
  assert_int_equal(roost_undefer(entry), 0);
  assert_log("drop:c");
  assert_refused(ROOST_ESTALE, roost_undefer, (entry));
  join(g, 0);
  run();
  assert_log("third:completed first:completed g=0");
}

static void undefer_entry(roost_task self) {
  (void)self;
  assert_refused(ROOST_ESTALE, roost_undefer, (entry));
}

/* K3: once it has begun it cannot be taken back. */
static void a_cleanup_that_has_begun_is_not_taken_back(void **state) {
  (void)state;
  g = group(root, "g");
  entry = cleanup(g, "c", .body = undefer_entry);
  join(g, 0);
  run();
  assert_log("c:completed g=0");
  assert_refused(ROOST_ESTALE, roost_undefer, (entry));
}

static void take_back(roost_task self) {
  (void)self;
  assert_int_equal(roost_undefer(entry), 0);
}

/* K3: the one beneath it, which has not begun, can be. */
static void a_cleanup_may_take_back_the_next_one(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(
      roost_defer_with(g, ROOST_CLEANUP(.fn = never, .data = "c", .drop = say_dropped), &entry), 0);
  cleanup(g, "d", .body = take_back);
  join(g, 0);
  run();
  assert_log("d:completed drop:c g=0");
}

/* K3a: who waits for the task gets what its body brought. */
static void a_cleanups_error_leaves_the_bodys_outcome_alone(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(root, "a", .answers = 0, .body = finish_with_a_result);
  cleanup(task, "c", .answers = ROOST_EIO);
  on_end(task, root, "end");
  run();
  assert_log("a+ c:completed end=7");
  assert_int_equal(outcome_of(task).state, ROOST_FAILED);
  assert_int_equal(outcome_of(task).code, 7);
}

static void end_lingering(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  note("lingered=%s", code_name(rc));
  finish_sweep();
}

static int linger(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  sweeping = self;
  assert_int_equal(roost_after(self, SECONDS(1), end_lingering, data, NULL, NULL), 0);
  return ROOST_PENDING;
}

/* K3a, G2: the policy applies when the error happens. */
static void a_cleanups_error_cancels_the_siblings_when_it_happens(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_defer(task, linger, NULL, NULL), 0);
  cleanup(task, "second", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- second:completed @2000 second- b! @3000 lingered=0 "
             "g=EIO^[cleanup of a:EIO]");
  assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
}

/* K3a: the error is the task's, and one of its own. */
static void body_and_cleanup_may_both_fail(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_EIO);
  cleanup(task, "c", .answers = ROOST_EBUSY);
  join(g, 0);
  run();
  assert_log("a+ c:failed g=EIO[a:EIO cleanup of a:EBUSY]");
}

static int fail_by_name(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  assert_int_equal(roost_explain(self, "the disk is full"), 0);
  return ROOST_EIO;
}

static void see_named_error(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  note("%s:%s", result->errors->name, result->errors->message);
}

/* K3, G3: a name of its own, and a message. */
static void a_cleanup_may_have_a_name_and_explain_itself(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_defer_with(g, ROOST_CLEANUP(.fn = fail_by_name, .name = "sync"), NULL), 0);
  assert_int_equal(roost_join(g, 0, see_named_error, NULL, NULL), 0);
  run();
  assert_log("sync:the disk is full");
}

/* ---------------------------------------------------------------------------------------------- */
/* K4, K6: what a cleanup may do                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static void cancel_h_and_spawn(roost_task self) {
  (void)self;
  assert_int_equal(roost_cancel(h, NULL), 0);
  spawn(h, "late", .lasts = SECONDS(1));
}

/* K4 */
static void a_cleanup_may_cancel_and_spawn_elsewhere(void **state) {
  (void)state;
  h = group(root, "h");
  g = group(root, "g");
  spawn(h, "b", .lasts = SECONDS(9));
  cleanup(g, "c", .body = cancel_h_and_spawn);
  assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
  join(h, 0);
  run();
  assert_log("b+ c:completed b! late+ late! h=0^");
}

static void defer_more(roost_task self) {
  (void)self;
  cleanup(g, "more");
  cleanup(g, "most");
}

/* K4, K6: they run next, last first. */
static void a_cleanup_may_register_more(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "first");
  cleanup(g, "second", .body = defer_more);
  join(g, 0);
  run();
  assert_log("second:completed most:completed more:completed first:completed g=0");
}

static void finish_and_defer(roost_task self) {
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  cleanup(self, "late");
}

/* K6: the task's body has ended, the task has not. */
static void a_cleanup_may_be_registered_on_what_is_ending(void **state) {
  (void)state;
  spawn(root, "a", .body = finish_and_defer);
  run();
  assert_log("a+ late:completed");
  g = group(root, "g");
  join(g, 0);
  cleanup(g, "late");
  run();
  assert_log("late:completed g=0");
}

/* K6, K5 */
static void no_cleanup_is_registered_on_what_has_ended(void **state) {
  (void)state;
  g = group(root, "g");
  join(g, 0);
  task = spawn(root, "a");
  run();
  assert_log("g=0 a+");
  assert_refused(ROOST_ESTALE, roost_defer, (g, never, "g", say_dropped));
  assert_refused(ROOST_ESTALE, roost_defer, (task, never, "a", say_dropped));
  assert_log("drop:g drop:a");
}

static void defer_on_itself(roost_task self) { cleanup(self, "inner"); }

/* K1: a cleanup is a task, and may have cleanups. */
static void a_cleanup_may_have_cleanups(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "first");
  cleanup(g, "second", .body = defer_on_itself);
  join(g, 0);
  run();
  assert_log("second:completed inner:completed first:completed g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* K7: noticing a cancellation                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static int note_and_stay(roost_task self, const roost_reason *why, void *name) {
  (void)why;
  note("%s:told %d", (char *)name, roost_cancelled(self));
  return ROOST_PENDING;
}

/* K7, S2b: by the callback, by asking, and by the outcome of a wait, in this order. */
static void a_task_notices_its_cancellation_in_three_ways(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = note_and_stay);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 a:told 1 a! g=0^");
}

static void cancel_g_and_task(void) {
  cancel_g();
  cancel_task();
}

/* K7: once in its life. */
static void on_cancel_is_called_once(void **state) {
  (void)state;
  h = group(root, "h");
  g = group(h, "g");
  task = spawn(g, "a", .lasts = SECONDS(9), .if_cut = 7, .on_cancel = note_and_stay);
  join(h, 0);
  act(SECONDS(1), cancel_g_and_task);
  run();
  assert_log("a+ @1000 a:told 1 a! h=0");
}

static void wait_in_a_scope(roost_task self) {
  s = scope(self, "s");
  after(s, SECONDS(9), "in s");
}

static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void join_s(void) { join(s, 0); }

/* K7: the cancellation of its scope reaches a task through the waits in it. */
static void a_scopes_cancellation_is_told_to_its_waits_only(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(3), .body = wait_in_a_scope, .on_cancel = note_and_stay);
  join(g, 0);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), join_s);
  run();
  assert_log("a+ @1000 in s=ECANCELED @2000 s=0^ @3000 a- g=0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(cleanups_run_last_in_first_out),
      TEST(a_cleanup_is_told_how_its_task_ended),
      TEST(a_cleanup_of_a_task_that_never_started_runs),
      TEST(groups_and_scopes_have_cleanups_too),
      TEST(cleanups_of_a_stopping_node_run),
      TEST(a_cleanup_is_told_code_result_and_reason),
      TEST(closing_the_runtime_runs_all_cleanups),
      TEST(a_cleanup_is_sheltered_from_the_cancellation_around_it),
      TEST(a_cancellation_does_not_reach_a_cleanup_that_runs),
      TEST(a_deadline_does_not_reach_a_cleanup),
      TEST(a_cleanup_may_open_groups),
      TEST(a_cleanup_may_be_finished_later),
      TEST(a_cleanup_may_close_a_handle),
      TEST(a_cleanup_itself_may_be_cancelled),
      TEST(a_cancelled_cleanup_without_on_cancel_meets_it_in_its_waits),
      TEST(a_cancelled_cleanup_that_carries_on_is_waited_for),
      TEST(cleanups_count_for_no_limit),
      TEST(a_cleanup_that_fails_stops_no_other),
      TEST(a_groups_cleanup_that_fails_is_an_error_of_the_group),
      TEST(a_groups_cleanup_that_fails_cancels_nothing),
      TEST(a_cleanup_that_says_cancelled_was_cut),
      TEST(a_cleanup_is_taken_back),
      TEST(a_cleanup_that_has_begun_is_not_taken_back),
      TEST(a_cleanup_may_take_back_the_next_one),
      TEST(a_cleanups_error_leaves_the_bodys_outcome_alone),
      TEST(a_cleanups_error_cancels_the_siblings_when_it_happens),
      TEST(body_and_cleanup_may_both_fail),
      TEST(a_cleanup_may_have_a_name_and_explain_itself),
      TEST(a_cleanup_may_cancel_and_spawn_elsewhere),
      TEST(a_cleanup_may_register_more),
      TEST(a_cleanup_may_be_registered_on_what_is_ending),
      TEST(no_cleanup_is_registered_on_what_has_ended),
      TEST(a_cleanup_may_have_cleanups),
      TEST(a_task_notices_its_cancellation_in_three_ways),
      TEST(on_cancel_is_called_once),
      TEST(a_scopes_cancellation_is_told_to_its_waits_only),
  };
  return cmocka_run_group_tests_name("cleanup", tests, NULL, NULL);
}
