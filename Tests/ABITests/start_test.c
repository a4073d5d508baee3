/* The start handshake: a spawn that waits until its task has reported (L4). */
#include "support.h"

static roost_group g, h;
static roost_scope s;
static roost_task task, caller;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }
static void report_task(void) { assert_int_equal(roost_started(task, 5), 0); }
static void take_back(void) { assert_int_equal(roost_unwait(starting), 0); }

static void report(roost_task self) { assert_int_equal(roost_started(self, 0), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* The report                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* L4: the wait ends with the value; the task goes on in the group, which waits for it. */
static void a_start_waits_for_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(3));
  act(SECONDS(1), report_task);
  join(g, 0);
  run();
  assert_log("a+ @1000 a?=5 @3000 a- g=0");
}

/* L4: from the first step on, and with any value from 0. */
static void a_task_may_report_in_its_first_step(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, root, "a", .lasts = SECONDS(1), .body = report);
  join(g, 0);
  run();
  assert_log("a+ a?=0 @1000 a- g=0");
}

static int report_and_complete(roost_task self, void *data) {
  (void)data;
  report(self);
  return 0;
}

/* L4: and end with it: it was started all the same. */
static void a_task_may_end_with_its_report(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_start(g, root, ROOST_TASK(.start = report_and_complete), log_wait, "start",
                               NULL, NULL, NULL),
                   0);
  join(g, 0);
  run();
  assert_log("start=0 g=0");
}

/* S2b: fn is never called inside the call that reports. */
static void report_and_look(void) {
  report_task();
  note("reported");
}

static void the_wait_ends_in_a_later_turn(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(2));
  act(SECONDS(1), report_and_look);
  run();
  assert_log("a+ @1000 reported a?=5 @2000 a-");
}

/* L4: the second report. */
static void report_twice(roost_task self) {
  report(self);
  assert_refused(ROOST_EALREADY, roost_started, (self, 1));
}

static void a_second_report_was_done_before(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, root, "a", .lasts = SECONDS(1), .body = report_twice);
  spawn(g, "b", .body = report_twice);
  join(g, 0);
  run();
  assert_log("a+ b+ a?=0 @1000 a- g=0");
}

/* L4: in a task that was spawned plainly a report does nothing. */
static void a_plain_task_may_report(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .body = report);
  join(g, 0);
  run();
  assert_log("a+ @1000 a- g=0");
}

static void report_in_a_cleanup(roost_task self) {
  assert_refused(ROOST_EINVAL, roost_started, (self, 0));
  assert_refused(ROOST_EALREADY, roost_started, (task, 0));
}

/* L4, B1: too early, with a value below 0, as a cleanup, after the body, after the end. */
static void a_report_has_its_time(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(1));
  cleanup(task, "c", .body = report_in_a_cleanup);
  assert_refused(ROOST_EINVAL, roost_started, (task, 0));
  run();
  assert_log("a+ @1000 a- c:completed a?=ENOTSTARTED");
  assert_refused(ROOST_ESTALE, roost_started, (task, 0));
}

static void report_less_than_nothing(roost_task self) {
  assert_refused(ROOST_EINVAL, roost_started, (self, -1));
  report(self);
}

/* L4, B1: what was refused was no report. */
static void a_value_is_not_negative(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, root, "a", .body = report_less_than_nothing);
  run();
  assert_log("a+ a?=0");
}

/* L4, T3 */
static void only_tasks_report(void **state) {
  (void)state;
  g = group(root, "g");
  assert_refused(ROOST_EKIND, roost_started, (g, 0));
  assert_refused(ROOST_EINVAL, roost_started, ((roost_task){0}, 0));
}

/* ---------------------------------------------------------------------------------------------- */
/* Until then                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static int tell_reason(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d:%s", (char *)name, (int)why->origin, why->name);
  return 0;
}

/* L4: what cancels the caller cancels the task. */
static void the_callers_cancellation_reaches_it(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = start_in(g, s, "a", .answers = ROOST_PENDING, .on_cancel = tell_reason);
  join(g, 0);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("a+ @1000 a:1:s g=0 a?=ECANCELED");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* L4, D1: its deadline too. */
static void the_callers_deadline_reaches_it(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s", .timeout_ns = SECONDS(1));
  start_in(g, s, "a", .lasts = SECONDS(9));
  join(s, 0);
  run();
  assert_log("a+ @1000 a! a?=ECANCELED s=ETIMEDOUT^");
}

/* L4: the target's does not; it does from the report on. */
static void the_targets_cancellation_reaches_it_at_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), report_task);
  join(g, 0);
  run();
  assert_log("a+ @2000 a! a?=5 g=0^");
}

static int goes_on(roost_task self, const roost_reason *why, void *name) {
  tell_reason(self, why, name);
  return ROOST_PENDING;
}

static void join_s(void) { join(s, 0); }

static void finish_cancelled(void) {
  assert_int_equal(roost_finish(task, ROOST_ECANCELED, NULL, NULL), 0);
}

/* L4: also where it was cancelled before the start (C6), which hinders nothing. */
static void a_task_may_be_started_into_a_cancelled_group(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  task = start_in(g, root, "a", .answers = ROOST_PENDING, .on_cancel = goes_on);
  act(SECONDS(2), report_task);
  act(SECONDS(3), finish_cancelled);
  join(g, 0);
  run();
  assert_log("a+ @2000 a:1:g a?=5 @3000 g=0^");
}

/* L4, C10: a shielded one goes on there. */
static void a_shielded_task_moves_into_a_cancelled_group(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  task = start_in(g, root, "a", .lasts = SECONDS(3), .shield = 1);
  act(SECONDS(2), report_task);
  join(g, 0);
  run();
  assert_log("a+ @2000 a?=5 @3000 a- g=0");
}

/* L4, C11: as long as that holds: the moment is that of the group's cancellation. */
static void its_shield_has_its_grace(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(9), .shield = 1, .grace_ns = SECONDS(3));
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), report_task);
  join(g, 0);
  run();
  assert_log("a+ @2000 a?=5 @4000 a! g=0^");
}

/* L4, C12a: and the mark of a shutdown. */
static void shut_g_down(void) { assert_int_equal(roost_shutdown(g, SECONDS(5)), 0); }

static void report_into_a_shutdown(void) {
  assert_int_equal(roost_stopping(task), 0);
  report_task();
  assert_int_equal(roost_stopping(task), 1);
}

static void a_shutdown_of_the_target_reaches_it_at_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(9));
  act(SECONDS(1), shut_g_down);
  act(SECONDS(2), report_into_a_shutdown);
  join(g, 0);
  run();
  assert_log("a+ @2000 a?=5 @6000 a! g=0^");
  assert_int_equal(last.reason.origin, ROOST_SHUTDOWN);
}

/* L4: the target is kept open; it runs no cleanup meanwhile. */
static void a_target_that_is_joined_is_kept_open(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c");
  task = start_in(g, root, "a", .lasts = SECONDS(2));
  join(g, 0);
  act(SECONDS(1), report_task);
  run();
  assert_log("a+ @1000 a?=5 @2000 a- c:completed g=0");
}

/* L4: and let go when the task ends without a report. */
static void a_target_is_let_go_when_the_task_has_ended(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, root, "a", .lasts = SECONDS(2), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ @2000 a- g=0 a?=EIO");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

static void spawn_in_g(void) { spawn(g, "b", .lasts = SECONDS(1)); }

/* L4, G6: kept open for others as well. */
static void others_may_be_spawned_meanwhile(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(3));
  join(g, 0);
  act(SECONDS(1), spawn_in_g);
  run();
  assert_log("a+ @1000 b+ @2000 b- @3000 a- g=0 a?=ENOTSTARTED");
}

/* L4: so are its daemons left alone. */
static void the_targets_daemons_are_not_cancelled_meanwhile(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "d", .lasts = SECONDS(9), .daemon = 1);
  task = start_in(g, root, "a", .lasts = SECONDS(2));
  join(g, 0);
  act(SECONDS(1), report_task);
  run();
  assert_log("d+ a+ @1000 a?=5 @2000 a- d! g=0");
}

/* L4: they are, as soon as the task has ended without a report. */
static void a_task_that_did_not_report_lets_the_daemons_go(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "d", .lasts = SECONDS(9), .daemon = 1);
  start_in(g, root, "a", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("d+ a+ @2000 a- a?=ENOTSTARTED d! g=0");
}

/* L4, T1c: a closing scope or group waits for what was started in it. */
static void a_caller_that_is_joined_waits_for_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = start_in(g, s, "a", .lasts = SECONDS(3));
  join(s, 0);
  act(SECONDS(1), report_task);
  run();
  assert_log("a+ @1000 a?=5 s=0 @3000 a-");
}

/* L4: or for its end. */
static void a_caller_that_is_joined_waits_for_the_end(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  start_in(g, h, "a", .lasts = SECONDS(3));
  join(h, 0);
  run();
  assert_log("a+ @3000 a- a?=ENOTSTARTED h=0");
}

/* L4: a group may be the caller and the target. */
static void a_group_may_wait_for_its_own_task(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, g, "a", .lasts = SECONDS(3));
  join(g, 0);
  act(SECONDS(1), report_task);
  run();
  assert_log("a+ @1000 a?=5 @3000 a- g=0");
}

/* L4: and what cancels it cancels the task either way. */
static void a_group_that_waits_for_its_own_task_is_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, g, "a", .lasts = SECONDS(3));
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 a! a?=ECANCELED g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* The move                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* L4: from the report on the target's policy has the task, */
static void after_the_report_its_error_is_the_targets(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "b", .lasts = SECONDS(9));
  task = start_in(g, root, "a", .lasts = SECONDS(2), .answers = ROOST_EIO);
  act(SECONDS(1), report_task);
  join(g, 0);
  run();
  assert_log("b+ a+ @1000 a?=5 @2000 a- b! g=EIO^[a:EIO]");
}

/* L4: and before it not. */
static void before_the_report_its_error_is_the_callers(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "b", .lasts = SECONDS(3));
  start_in(g, root, "a", .lasts = SECONDS(2), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("b+ a+ @2000 a- a?=EIO @3000 b- g=0");
  assert_int_equal(close_now(), 0);
}

/* L4, G2b: in a race it wins from the report on, and nothing without it. */
static void a_race_is_won_after_the_report(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_RACE);
  spawn(g, "b", .lasts = SECONDS(9));
  task = start_in(g, root, "a", .lasts = SECONDS(2), .answers = 7);
  act(SECONDS(1), report_task);
  join(g, 0);
  run();
  assert_log("b+ a+ @1000 a?=5 @2000 a- b! g=0^");
  assert_int_equal(last.reason.origin, ROOST_RACE_WON);

  g = group(root, "g", .policy = ROOST_RACE);
  start_in(g, root, "a", .lasts = SECONDS(2), .answers = 7);
  join(g, 0);
  run();
  assert_log("a+ @4000 a- g=ENOWINNER a?=ENOTSTARTED");
}

static void report_then_cancel_s(void) {
  report_task();
  cancel_s();
}

/* L4, C4: what cancels the caller after the report does not undo it. */
static void a_cancellation_after_the_report_comes_too_late(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = start_in(g, s, "a", .lasts = SECONDS(3));
  join(g, 0);
  act(SECONDS(1), report_then_cancel_s);
  run();
  assert_log("a+ @1000 a?=5 @3000 a- g=0");
}

static void cancel_s_then_report(void) {
  cancel_s();
  assert_refused(ROOST_ECANCELED, roost_started, (task, 5));
  assert_refused(ROOST_EALREADY, roost_started, (task, 5));
}

/* L4: one before it: the report moves nothing, and says so; the wait ends with the task. */
static void a_cancellation_before_the_report_keeps_the_task(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = start_in(g, s, "a", .lasts = SECONDS(3), .shield = 1);
  join(g, 0);
  act(SECONDS(1), cancel_s_then_report);
  run();
  assert_log("a+ @3000 a- g=0 a?=ECANCELED");
}

/* L4: with its error, where it has one. */
static void a_cancelled_start_brings_the_tasks_error(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  start_in(g, s, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("a+ @1000 a! a?=EIO");
}

static void report_in_vain(roost_task self) {
  assert_refused(ROOST_ECANCELED, roost_started, (self, 0));
}

/* L4, C6a: a cancelled caller may start one; it takes its first step. */
static void a_cancelled_caller_may_start(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  cancel_s();
  start_in(g, s, "a", .lasts = SECONDS(3), .body = report_in_vain);
  join(g, 0);
  run();
  assert_log("a+ a! g=0 a?=ECANCELED");
}

static int completes(roost_task self, const roost_reason *why, void *name) {
  (void)why;
  note("%s:told", (char *)name);
  assert_int_equal(roost_finish(self, 7, NULL, NULL), 0);
  return 0;
}

/* L4: a success does not make a cancelled start one that has succeeded. */
static void a_cancelled_start_stays_so(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = start_in(g, s, "a", .answers = ROOST_PENDING, .on_cancel = completes);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("a+ @1000 a:told a?=ECANCELED");
  assert_int_equal(outcome_of(task).code, 7);
}

/* L4, C10: what a shield holds off does not count. */
static void a_shielded_caller_is_not_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  s = scope(h, "s", .shield = 1);
  assert_int_equal(roost_cancel(h, NULL), 0);
  task = start_in(g, s, "a", .lasts = SECONDS(3));
  act(SECONDS(1), report_task);
  run();
  assert_log("a+ @1000 a?=5 @3000 a-");
}

static void open_inside(roost_task self) {
  h = group(self, "h");
  spawn(h, "b", .lasts = SECONDS(9), .on_cancel = tell_reason);
  after(self, SECONDS(9), "w");
}

static void cancel_both(void) {
  cancel_s();
  note("s");
}

/* L4: what it has opened moves with it, its waits too. */
static void what_it_has_opened_moves_with_it(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task =
      start_in(g, s, "a", .answers = ROOST_PENDING, .body = open_inside, .on_cancel = tell_reason);
  act(SECONDS(1), report_task);
  act(SECONDS(2), cancel_both);
  act(SECONDS(3), cancel_g);
  run();
  assert_log("a+ b+ @1000 a?=5 @2000 s @3000 a:1:g b:1:g");
}

/* D1, L4: its own deadline goes on; the caller's is left behind, the target's is met. */
static void deadlines_follow_the_move(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(8));
  s = scope(root, "s", .timeout_ns = SECONDS(5));
  task = start_in(g, s, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(7), .body = report);

  uint64_t deadline = 0;
  assert_int_equal(roost_effective_deadline(task, &deadline), 0);
  assert_int_equal((int64_t)(deadline - beginning), SECONDS(5));
  run();
  assert_log("a+ a?=0 @7000 a!");
  assert_int_equal(outcome_of(task).code, ROOST_ETIMEDOUT);
}

/* L4, T2: the caller may have gone when the task goes on. */
static void the_caller_may_end_after_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = start_in(g, s, "a", .lasts = SECONDS(3), .body = report);
  join(s, 0);
  act(SECONDS(2), cancel_g);
  run();
  assert_log("a+ a?=0 s=0 @2000 a!");
  assert_int_equal(roost_cancel(s, NULL), ROOST_ESTALE);
}

static void open_what_fails(roost_task self) {
  h = group(self, "h");
  spawn(h, "f", .lasts = SECONDS(1), .answers = ROOST_EIO);
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
}

/* L4, G3: what has failed in it before the report moves with it. */
static void what_has_failed_in_it_moves_with_it(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  s = scope(root, "s");
  task = start_in(g, s, "a", .lasts = SECONDS(4), .body = open_what_fails);
  act(SECONDS(2), report_task);
  join(g, 0);
  act(SECONDS(3), join_s);
  run();
  assert_log("a+ f+ @1000 f- @2000 a?=5 @3000 s=0 @4000 a- g=EIO[h:EIO[f:EIO]]");
}

static void see_cancelled(void) {
  note("%d", roost_cancelled(task));
  if (roost_cancelled(task)) note("%s", reason_of(task).name);
}

/* L4, G2: the target's policy applies to it from then on, and not before. */
static void the_targets_policy_applies_to_it_at_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .answers = ROOST_PENDING, .body = open_what_fails);
  act(MS(1500), see_cancelled);
  act(SECONDS(2), report_task);
  act(MS(2500), see_cancelled);
  act(SECONDS(3), finish_cancelled);
  join(g, 0);
  run();
  assert_log("a+ f+ @1000 f- @1500 0 @2000 a?=5 @2500 1 h @3000 g=EIO^[h:EIO[f:EIO]]");
}

/* L4: where there is no report, it is what the call fails with. */
static void what_has_failed_in_it_fails_the_start(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, root, "a", .lasts = SECONDS(2), .body = open_what_fails);
  join(g, 0);
  run();
  assert_log("a+ f+ @1000 f- @2000 a- g=0 a?=EIO");
  assert_int_equal(close_now(), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Ended without a report                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* L4: it completed. */
static void a_task_that_never_reports_is_not_started(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(1), .answers = 7);
  cleanup(task, "c", .lasts = SECONDS(1));
  run();
  assert_log("a+ @1000 a- c:completed @2000 c- a?=ENOTSTARTED");
}

/* L4, L5: its outcome is kept with the target. */
static void its_outcome_is_kept_with_the_target(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(1), .answers = 7);
  run();
  assert_int_equal(outcome_of(task).code, 7);
  on_end(task, root, "end");
  run();
  assert_log("a+ @1000 a- a?=ENOTSTARTED end=7");
  join(g, 0);
  run();
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
}

/* L4, C13: cancelled alone. */
static void a_task_cancelled_alone_was_not_started(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_task);
  run();
  assert_log("a+ @1000 a! a?=ETASKCANCELLED");
  assert_int_equal(close_now(), 0);
}

static void cancel_then_report(void) {
  cancel_task();
  report_task();
}

/* L4: cancelled alone it may still report, and moves: that is no cancellation of the start. */
static void a_task_cancelled_alone_may_report(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  act(SECONDS(1), cancel_then_report);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! a?=5 g=EIO[a:EIO]");
}

/* L4, D2a: its own deadline: an error of its own, or cancelled alone. */
static void a_task_that_is_too_slow_was_not_started(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, root, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(1));
  start_in(g, root, "b", .lasts = SECONDS(9), .timeout_ns = SECONDS(2), .move_on = 1);
  run();
  assert_log("a+ b+ @1000 a! a?=ETIMEDOUT @2000 b! b?=ETASKCANCELLED");
}

/* L4, K3a: the error of a cleanup is one. */
static void a_cleanup_may_fail_before_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(start_in(g, root, "a", .lasts = SECONDS(1)), "c", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ @1000 a- c:completed g=0 a?=EIO");
  assert_int_equal(close_now(), 0);
}

static void leave_open(roost_task self) { h = group(self, "h"); }

/* L4, G7: so is leaving something open. */
static void a_task_may_leave_something_open_before_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, root, "a", .lasts = SECONDS(1), .body = leave_open);
  run();
  assert_log("a+ @1000 a- a?=EUNCLOSED");
  assert_int_equal(close_now(), 0);
}

/* L4: and after it, an error of the target. */
static void a_task_may_leave_something_open_after_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(2), .body = leave_open);
  act(SECONDS(1), report_task);
  join(g, 0);
  run();
  assert_log("a+ @1000 a?=5 @2000 a- g=EUNCLOSED[a:EUNCLOSED[h:EUNCLOSED]]");
}

/* ---------------------------------------------------------------------------------------------- */
/* Taken back                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* L4: taking the wait back cancels the task, and drops the data. */
static void taking_the_wait_back_cancels_the_task(void **state) {
  (void)state;
  g = group(root, "g");
  start_in(g, root, "a", .answers = ROOST_PENDING, .on_cancel = tell_reason);
  join(g, 0);
  act(SECONDS(1), take_back);
  run();
  assert_log("a+ @1000 a:1:a g=0");
  assert_refused(ROOST_ESTALE, roost_unwait, (starting));
}

static void take_back_then_report(void) {
  take_back();
  assert_refused(ROOST_ECANCELED, roost_started, (task, 5));
}

/* L4: nobody waits any more: a report moves nothing. */
static void a_report_after_that_moves_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(3), .if_cut = ROOST_EIO);
  join(g, 0);
  act(SECONDS(1), take_back_then_report);
  run();
  assert_log("a+ @1000 a! g=0");
  assert_int_equal(close_now(), ROOST_EIO);
}

/* L4: its errors are the caller's group's then, like those of a group without a join of its own. */
static void its_errors_go_to_the_callers_group(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  spawn(h, "b", .lasts = SECONDS(9));
  start_in(g, h, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  join(g, 0);
  join(h, 0);
  act(SECONDS(1), take_back);
  run();
  assert_log("b+ a+ @1000 a! g=0 b! h=EIO^[a:EIO]");
}

static void take_back_in_a_drop(void *data) {
  (void)data;
  take_back();
  note("dropped");
}

static int never_reports(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

/* L4, K5: taken back by the last that the task does, it has nothing left to cancel. */
static void the_wait_may_be_taken_back_in_the_tasks_drop(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s", .grace_ns = SECONDS(1));
  assert_int_equal(roost_start(g, s,
                               ROOST_TASK(.start = never_reports, .drop = take_back_in_a_drop),
                               log_wait, copy_text("start"), drop_data, NULL, &starting),
                   0);
  join(g, 0);
  join(s, 0);
  run();
  assert_log("dropped g=0 s=0");
  after(root, SECONDS(2), "w");
  run();
  assert_log("@2000 w=0");
}

static void report_then_take_back(void) {
  report_task();
  assert_refused(ROOST_ESTALE, roost_unwait, (starting));
}

/* L4, S2b: after the report there is nothing to take back. */
static void a_wait_that_was_completed_is_not_taken_back(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(3));
  act(SECONDS(1), report_then_take_back);
  run();
  assert_log("a+ @1000 a?=5 @3000 a-");
}

static void start_a(roost_task self) {
  task = start_in(g, self, "a", .answers = ROOST_PENDING, .on_cancel = tell_reason);
  cleanup(task, "c", .lasts = SECONDS(1));
}

/* L4, T2: the end of the task that waits cancels it, and waits for its end. */
static void the_end_of_the_caller_cancels_the_task(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  caller = spawn(h, "b", .lasts = SECONDS(1), .body = start_a);
  cleanup(caller, "of b");
  join(g, 0);
  join(h, 0);
  run();
  assert_log("b+ a+ @1000 b- a:4:a c:cancelled @2000 c- of b:completed h=0 g=0");
}

static void start_failing(roost_task self) {
  task = start_in(g, self, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
}

/* L4: an error that it then has is one of the caller's group. */
static void an_error_then_is_the_callers_groups(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  spawn(h, "b", .lasts = SECONDS(1), .body = start_failing);
  join(g, 0);
  join(h, 0);
  run();
  assert_log("b+ a+ @1000 b- a! h=EIO[a:EIO] g=0");
}

static void start_and_wait(roost_task self) {
  task = start_in(g, self, "a", .lasts = SECONDS(4), .body = report);
}

/* L4: the twin: after the report its end is nothing to the task. */
static void the_end_of_the_caller_after_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  spawn(h, "b", .lasts = SECONDS(1), .body = start_and_wait);
  join(g, 0);
  join(h, 0);
  run();
  assert_log("b+ a+ a?=0 @1000 b- h=0 @4000 a- g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Limits                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* L4, L2: it never waits for its turn, counts from its report on, and may be one too many. */
static void a_started_task_may_exceed_the_limit(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "b", .lasts = SECONDS(3));
  task = start_in(g, root, "a", .lasts = SECONDS(5));
  spawn(g, "c", .lasts = SECONDS(1));
  act(SECONDS(1), report_task);
  join(g, 0);
  run();
  assert_log("b+ a+ @1000 a?=5 @3000 b- @5000 a- c+ @6000 c- g=0");
}

/* L4, L2: until then it takes nobody's place. */
static void a_pending_task_takes_no_place(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  task = start_in(g, root, "a", .lasts = SECONDS(4));
  spawn(g, "b", .lasts = SECONDS(1));
  spawn(g, "c", .lasts = SECONDS(1));
  act(SECONDS(3), report_task);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 b- c+ @2000 c- @3000 a?=5 @4000 a- g=0");
}

static void spawn_c_in_g(void) { spawn(g, "c", .lasts = SECONDS(1)); }

/* L4, L2: from then on it does. */
static void a_started_task_takes_a_place(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  task = start_in(g, root, "a", .lasts = SECONDS(4), .body = report);
  act(SECONDS(1), spawn_c_in_g);
  join(g, 0);
  run();
  assert_log("a+ a?=0 @4000 a- c+ @5000 c- g=0");
}

/* L4: nor does it ever take one of the caller's. */
static void a_pending_task_takes_no_place_of_the_callers(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h", .limit = 1);
  start_in(g, h, "a", .lasts = SECONDS(4));
  spawn(h, "b", .lasts = SECONDS(1));
  join(h, 0);
  run();
  assert_log("a+ b+ @1000 b- @4000 a- a?=ENOTSTARTED h=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Daemons                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* L4, L3: pending, it holds the target like any; then it is a daemon, and does not. */
static void a_daemon_may_be_started(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "d", .lasts = SECONDS(9), .daemon = 1);
  spawn(g, "a", .lasts = SECONDS(2));
  act(SECONDS(3), report_task);
  join(g, 0);
  run();
  assert_log("d+ a+ @2000 a- @3000 d?=5 d! g=0");
}

/* L4, S8: nor the loop. */
static void a_started_daemon_does_not_keep_the_loop(void **state) {
  (void)state;
  task = start_in(root, root, "d", .lasts = SECONDS(9), .daemon = 1);
  act(SECONDS(3), report_task);
  run();
  assert_log("d+ @3000 d?=5");
  assert_int_equal(close_now(), 0);
}

/* L4: pending, it keeps it like a task. */
static void a_pending_daemon_keeps_the_loop(void **state) {
  (void)state;
  start_in(root, root, "d", .lasts = SECONDS(9), .daemon = 1);
  run();
  assert_log("d+ @9000 d- d?=ENOTSTARTED");
}

static void open_spawn_and_join(roost_task self) {
  h = group(self, "h");
  spawn(h, "b", .lasts = SECONDS(3));
  join(h, 0);
}

/* L4, L3, S8: so do the tasks in what a started one has opened. */
static void a_task_of_a_started_daemon_keeps_the_loop(void **state) {
  (void)state;
  task = start_in(root, root, "d", .lasts = SECONDS(20), .daemon = 1, .body = open_spawn_and_join);
  act(SECONDS(1), report_task);
  run();
  assert_log("d+ b+ @1000 d?=5 @3000 b- h=0");
}

/* L4, L3: it takes no place of the limit then either. */
static void a_started_daemon_takes_no_place(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  start_in(g, root, "d", .lasts = SECONDS(9), .daemon = 1, .body = report);
  act(SECONDS(1), spawn_c_in_g);
  join(g, 0);
  spawn(g, "a", .lasts = SECONDS(2));
  run();
  assert_log("d+ a+ d?=0 @2000 a- c+ @3000 c- d! g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* In other company                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void open_and_start(roost_task self) {
  h = group(self, "h");
  task = start_in(g, h, "a", .answers = ROOST_PENDING, .on_cancel = tell_reason);
}

/* L4, G7: in a group that its task leaves open it is cancelled with that, and told so. */
static void a_caller_may_be_left_open(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(root, "b", .lasts = SECONDS(1), .body = open_and_start);
  join(g, 0);
  run();
  assert_log("b+ a+ @1000 b- a:4:h g=0 a?=ECANCELED");
  assert_int_equal(close_now(), ROOST_EUNCLOSED);
}

static void open_target(roost_task self) { h = group(self, "h"); }
static void start_into_h(void) {
  task = start_in(h, root, "a", .answers = ROOST_PENDING, .on_cancel = goes_on);
}

/* L4, G7: and so may be the target: it waits, and what it then gets is cancelled. */
static void a_target_may_be_left_open(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "b", .lasts = SECONDS(2), .body = open_target);
  act(SECONDS(1), start_into_h);
  join(g, 0);
  act(SECONDS(3), report_task);
  act(SECONDS(4), finish_cancelled);
  run();
  assert_log("b+ @1000 a+ @2000 b- @3000 a:4:h a?=5 @4000 g=EUNCLOSED[b:EUNCLOSED[h:EUNCLOSED]]");
}

static int report_in_on_cancel(roost_task self, const roost_reason *why, void *name) {
  tell_reason(self, why, name);
  report_in_vain(self);
  return ROOST_EIO;
}

/* L4: a task that answers its cancellation with a report comes too late. */
static void a_report_in_on_cancel_comes_too_late(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  start_in(g, s, "a", .answers = ROOST_PENDING, .on_cancel = report_in_on_cancel);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("a+ @1000 a:1:s a?=EIO");
}

static void start_from_a_cleanup(roost_task self) {
  task = start_in(g, self, "a", .lasts = SECONDS(3));
  join(g, 0);
}

/* L4, K2: a cleanup may start a task; what it cleans up after does not reach that. */
static void a_cleanup_may_start_a_task(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  cleanup(spawn(h, "b", .lasts = SECONDS(9)), "c", .lasts = SECONDS(2),
          .body = start_from_a_cleanup);
  assert_int_equal(roost_cancel(h, NULL), 0);
  act(SECONDS(1), report_task);
  join(h, 0);
  run();
  assert_log("b+ b! c:cancelled a+ @1000 a?=5 @2000 c- h=0^ @3000 a- g=0");
}

static void wait_for_the_others(void) {
  assert_refused(ROOST_EDEADLK, roost_on_end, (s, task, log_wait, NULL, NULL, NULL));
  assert_refused(ROOST_EDEADLK, roost_on_end, (task, task, log_wait, NULL, NULL, NULL));
  report_task();
  assert_refused(ROOST_EDEADLK, roost_on_end, (g, task, log_wait, NULL, NULL, NULL));
  on_end(s, task, "end of s");
}

/* L4, C12b: what contains the task is the caller until the report, and the target from then on. */
static void what_contains_it_changes_with_the_report(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = start_in(g, s, "a", .lasts = SECONDS(3));
  act(SECONDS(1), wait_for_the_others);
  join(s, 0);
  run();
  assert_log("a+ @1000 a?=5 s=0 end of s=0 @3000 a-");
}

static void see_reasons(void) {
  assert_int_equal(roost_cancelled(task), 0);
  report_task();
  assert_int_equal(roost_cancelled(task), 1);
  assert_int_equal(roost_cancel_called(task), 0);
  assert_int_equal(reason_of(task).node.id, g.id);
  assert_int_equal(reason_of(task).code, 3);
}

/* L4, C9: its reason is that of the outermost cancelled node around the target. */
static void its_reason_is_the_targets(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  task = start_in(h, root, "a", .lasts = SECONDS(9));
  assert_int_equal(roost_cancel(h, ROOST_CANCEL(.code = 2)), 0);
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 3)), 0);
  act(SECONDS(1), see_reasons);
  join(h, 0);
  run();
  assert_log("a+ @1000 a! a?=5 h=ECANCELED");
}

static void open_shielded(roost_task self) {
  s = scope(self, "s", .shield = 1);
  after(s, SECONDS(3), "in s");
  after(self, SECONDS(3), "in a");
}

/* L4, C10: the shields that it has opened hold off what it meets. */
static void shields_inside_hold_off_the_targets_cancellation(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  task = start_in(g, root, "a", .answers = ROOST_PENDING, .body = open_shielded);
  act(SECONDS(1), report_task);
  act(SECONDS(4), finish_cancelled);
  join(g, 0);
  run();
  assert_log(
      "a+ @1000 in a=ECANCELED a?=5 @3000 in s=0 @4000 g=EUNCLOSED^[a:EUNCLOSED[s:EUNCLOSED]]");
}

/* L4, C11: but not when the target's grace is over, though they have none of their own. */
static void shields_inside_do_not_outlast_the_targets_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(1));
  task = start_in(g, root, "a", .answers = ROOST_PENDING, .body = open_shielded);
  act(SECONDS(1), cancel_g);
  act(MS(2500), report_task);
  act(SECONDS(4), finish_cancelled);
  join(g, 0);
  run();
  assert_log("a+ @2500 in a=ECANCELED in s=ECANCELED a?=5 @4000 "
             "g=EUNCLOSED^[a:EUNCLOSED[s:EUNCLOSED]]");
}

static void shut_s_down(void) { assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0); }

static void report_and_see_stopping(void) {
  assert_int_equal(roost_stopping(task), 1);
  report_task();
  assert_int_equal(roost_stopping(task), 1);
  assert_int_equal(roost_stopping(g), 0);
}

/* L4, C12a: a mark that it has got from the caller does not go back. */
static void a_shutdown_of_the_caller_stays_with_it(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = start_in(g, s, "a", .lasts = SECONDS(3));
  act(SECONDS(1), shut_s_down);
  act(SECONDS(2), report_and_see_stopping);
  run();
  assert_log("a+ @2000 a?=5 @3000 a-");
}

static int close_it(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  report_in_vain(self);
  return 0;
}

/* L4, S8a: a pending task may close the runtime, which cancels the caller. */
static void a_pending_task_may_close_the_runtime(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(
      roost_start(g, root, ROOST_TASK(.start = close_it), log_wait, "start", NULL, NULL, NULL), 0);
  roost_runtime closing = rt;
  assert_int_equal(roost_run(closing), 0);
  rt.id = 0;
  assert_log("start=ECANCELED");
}

/* L4, S8a: closing with patience waits for the report, and for the task. */
static void closing_with_patience_waits_for_a_start(void **state) {
  (void)state;
  task = start_in(root, root, "a", .lasts = SECONDS(3));
  act(SECONDS(1), report_task);
  roost_runtime closing = rt;
  assert_int_equal(roost_close(closing, SECONDS(9), NULL, NULL, NULL), 0);
  rt.id = 0;
  assert_log("a+ @1000 a?=5 @3000 a-");
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing the runtime, refusals                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* S8a, L4: closing cancels the root, and what is pending in it. */
static void closing_the_runtime_ends_what_is_pending(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(9));
  cleanup(task, "c");

  spawn(g, "b", .lasts = SECONDS(1));
  assert_int_equal(close_now(), 0);
  assert_log("a+ b+ a! b! c:cancelled a?=ECANCELED");
}

static void drop_one(void *count) { ++*(int *)count; }

static int never(roost_task self, void *data) {
  (void)self;
  (void)data;
  note("never");
  return 0;
}

static void never_told(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  note("never");
}

/* A start that is refused with a code; both data are dropped once, and no handle is given. */
static void refuse(int expected, roost_group into, roost_node in, roost_task_options *options,
                   roost_wait_fn fn) {
  int tasks = 0, waits = 0;
  roost_task none = {0};
  roost_wait no_wait = {0};
  options->data = &tasks;
  options->drop = drop_one;
  assert_refused(expected, roost_start, (into, in, options, fn, &waits, drop_one, &none, &no_wait));
  assert_int_equal(tasks, 1);
  assert_int_equal(waits, 1);
  assert_int_equal(none.id, 0);
  assert_int_equal(no_wait.id, 0);
}

static void start_too_late(roost_task self) {
  refuse(ROOST_ECLOSED, g, self, ROOST_TASK(.start = never), never_told);
}

static void start_in_what_ends(roost_task self) {
  (void)self;
  refuse(ROOST_ECLOSED, h, g, ROOST_TASK(.start = never), never_told);
}

/* L4, G6, B1: as a spawn and a wait are refused; nothing is spawned. */
static void a_start_may_be_refused(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  s = scope(root, "s");
  task = spawn(g, "a", .lasts = SECONDS(1));
  refuse(ROOST_EKIND, task, root, ROOST_TASK(.start = never), never_told);
  refuse(ROOST_EKIND, s, root, ROOST_TASK(.start = never), never_told);
  refuse(ROOST_EINVAL, (roost_group){0}, root, ROOST_TASK(.start = never), never_told);
  refuse(ROOST_EINVAL, g, (roost_node){0}, ROOST_TASK(.start = never), never_told);
  refuse(ROOST_EINVAL, g, root, ROOST_TASK(.start = NULL), never_told);
  refuse(ROOST_EINVAL, g, root, ROOST_TASK(.start = never), NULL);
  refuse(ROOST_EINVAL, g, root, ROOST_TASK(.start = never, .daemon = 2), never_told);
  cleanup(g, "c", .body = start_too_late);
  cleanup(g, "d", .body = start_in_what_ends);
  join(s, 0);
  join(g, 0);
  run();
  assert_log("a+ s=0 @1000 a- d:completed c:completed g=0");
  refuse(ROOST_ESTALE, g, root, ROOST_TASK(.start = never), never_told);
  refuse(ROOST_ESTALE, h, s, ROOST_TASK(.start = never), never_told);
  join(h, 0);
  run();
  assert_log("h=0");
  int waits = 0;
  assert_refused(ROOST_EINVAL, roost_start,
                 (root, root, NULL, never_told, &waits, drop_one, NULL, NULL));
  assert_int_equal(waits, 1);
}

/* L4, T3: two runtimes. */
static void a_start_is_for_one_runtime(void **state) {
  (void)state;
  roost_runtime second;
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &second), 0);
  refuse(ROOST_EFOREIGN, roost_root(second), root, ROOST_TASK(.start = never), never_told);
  refuse(ROOST_EFOREIGN, root, roost_root(second), ROOST_TASK(.start = never), never_told);
  assert_int_equal(roost_close(second, 0, NULL, NULL, NULL), 0);
}

static void start_into_g(roost_task self) {
  (void)self;
  refuse(ROOST_ECLOSED, g, root, ROOST_TASK(.start = never), never_told);
}

static int start_when_cancelled(roost_task self, const roost_reason *why, void *name) {
  (void)why;
  (void)name;
  start_into_g(self);
  return 0;
}

/* L3, L4: a group whose daemons were cancelled takes no more. */
static void a_group_that_lets_its_daemons_go_takes_no_start(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "d", .answers = ROOST_PENDING, .daemon = 1, .on_cancel = start_when_cancelled);
  join(g, 0);
  run();
  assert_log("d+ g=0");
}

/* L4, L5, S2a: without handles, and with nothing to wait for but the report. */
static void the_handles_are_not_required(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(
      roost_start(g, root, ROOST_TASK(.start = never), log_wait, "start", NULL, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_log("never g=0 start=ENOTSTARTED");
}

/* L4, L5: the task can be awaited and asked meanwhile, like any. */
static void a_pending_task_is_a_task(void **state) {
  (void)state;
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(2), .answers = 7);
  on_end(task, root, "end");
  act(SECONDS(1), report_task);
  assert_int_equal(outcome_of(task).state, ROOST_ALIVE);
  assert_int_equal(roost_cancelled(task), 0);
  run();
  assert_log("a+ @1000 a?=5 @2000 a- end=7");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_start_waits_for_the_report),
      TEST(a_task_may_report_in_its_first_step),
      TEST(a_task_may_end_with_its_report),
      TEST(the_wait_ends_in_a_later_turn),
      TEST(a_second_report_was_done_before),
      TEST(a_plain_task_may_report),
      TEST(a_report_has_its_time),
      TEST(a_value_is_not_negative),
      TEST(only_tasks_report),
      TEST(the_callers_cancellation_reaches_it),
      TEST(the_callers_deadline_reaches_it),
      TEST(the_targets_cancellation_reaches_it_at_the_report),
      TEST(a_task_may_be_started_into_a_cancelled_group),
      TEST(a_shielded_task_moves_into_a_cancelled_group),
      TEST(its_shield_has_its_grace),
      TEST(a_shutdown_of_the_target_reaches_it_at_the_report),
      TEST(a_target_that_is_joined_is_kept_open),
      TEST(a_target_is_let_go_when_the_task_has_ended),
      TEST(others_may_be_spawned_meanwhile),
      TEST(the_targets_daemons_are_not_cancelled_meanwhile),
      TEST(a_task_that_did_not_report_lets_the_daemons_go),
      TEST(a_caller_that_is_joined_waits_for_the_report),
      TEST(a_caller_that_is_joined_waits_for_the_end),
      TEST(a_group_may_wait_for_its_own_task),
      TEST(a_group_that_waits_for_its_own_task_is_cancelled),
      TEST(after_the_report_its_error_is_the_targets),
      TEST(before_the_report_its_error_is_the_callers),
      TEST(a_race_is_won_after_the_report),
      TEST(a_cancellation_after_the_report_comes_too_late),
      TEST(a_cancellation_before_the_report_keeps_the_task),
      TEST(a_cancelled_start_brings_the_tasks_error),
      TEST(a_cancelled_caller_may_start),
      TEST(a_cancelled_start_stays_so),
      TEST(a_shielded_caller_is_not_cancelled),
      TEST(what_it_has_opened_moves_with_it),
      TEST(deadlines_follow_the_move),
      TEST(the_caller_may_end_after_the_report),
      TEST(what_has_failed_in_it_moves_with_it),
      TEST(the_targets_policy_applies_to_it_at_the_report),
      TEST(what_has_failed_in_it_fails_the_start),
      TEST(a_task_that_never_reports_is_not_started),
      TEST(its_outcome_is_kept_with_the_target),
      TEST(a_task_cancelled_alone_was_not_started),
      TEST(a_task_cancelled_alone_may_report),
      TEST(a_task_that_is_too_slow_was_not_started),
      TEST(a_cleanup_may_fail_before_the_report),
      TEST(a_task_may_leave_something_open_before_the_report),
      TEST(a_task_may_leave_something_open_after_the_report),
      TEST(taking_the_wait_back_cancels_the_task),
      TEST(a_report_after_that_moves_nothing),
      TEST(its_errors_go_to_the_callers_group),
      TEST(the_wait_may_be_taken_back_in_the_tasks_drop),
      TEST(a_wait_that_was_completed_is_not_taken_back),
      TEST(the_end_of_the_caller_cancels_the_task),
      TEST(an_error_then_is_the_callers_groups),
      TEST(the_end_of_the_caller_after_the_report),
      TEST(a_started_task_may_exceed_the_limit),
      TEST(a_pending_task_takes_no_place),
      TEST(a_started_task_takes_a_place),
      TEST(a_pending_task_takes_no_place_of_the_callers),
      TEST(a_daemon_may_be_started),
      TEST(a_started_daemon_does_not_keep_the_loop),
      TEST(a_pending_daemon_keeps_the_loop),
      TEST(a_task_of_a_started_daemon_keeps_the_loop),
      TEST(a_started_daemon_takes_no_place),
      TEST(a_caller_may_be_left_open),
      TEST(a_target_may_be_left_open),
      TEST(a_report_in_on_cancel_comes_too_late),
      TEST(a_cleanup_may_start_a_task),
      TEST(what_contains_it_changes_with_the_report),
      TEST(its_reason_is_the_targets),
      TEST(shields_inside_hold_off_the_targets_cancellation),
      TEST(shields_inside_do_not_outlast_the_targets_grace),
      TEST(a_shutdown_of_the_caller_stays_with_it),
      TEST(a_pending_task_may_close_the_runtime),
      TEST(closing_with_patience_waits_for_a_start),
      TEST(closing_the_runtime_ends_what_is_pending),
      TEST(a_start_may_be_refused),
      TEST(a_start_is_for_one_runtime),
      TEST(a_group_that_lets_its_daemons_go_takes_no_start),
      TEST(the_handles_are_not_required),
      TEST(a_pending_task_is_a_task),
  };
  return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
