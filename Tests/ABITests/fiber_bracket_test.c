/* How fibers open and close groups and scopes: brackets, names, results, and what is left open. */
#include "fibers.h"

static roost_group g, h;
static roost_scope s;
static roost_task task;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* Closing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static int open_and_close(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_group outer = own_group(ROOST_GROUP(.name = "outer"));
  nap(outer, "a", .lasts = SECONDS(2));
  roost_scope inner = own_scope(ROOST_SCOPE(.name = "inner"));
  roost_group last = own_group(ROOST_GROUP(.name = "last"));
  nap(last, "b", .lasts = SECONDS(1));
  close_group(last, 0);
  close_scope(inner, 0);
  return close_group(outer, 0);
}

/* T1, G1: like brackets; each closing waits for the tasks of its group alone. */
static void brackets_are_closed_in_reverse(void **state) {
  (void)state;
  play(open_and_close);
  assert_log("a+ b+ @1000 b- last=0 inner=0 @2000 a- outer=0");
}

static int close_with_cleanups(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_group group = own_group(ROOST_GROUP(.name = "group"));
  cleanup(group, "of group", .lasts = SECONDS(1));
  cleanup(nap(group, "a", .lasts = SECONDS(1)), "of a", .lasts = SECONDS(1));
  return close_group(group, 0);
}

/* G1: the tasks, their cleanups, the group's own, the answer. */
static void closing_waits_for_everything_in_order(void **state) {
  (void)state;
  play(close_with_cleanups);
  assert_log("a+ @1000 a- of a:completed @2000 of a- of group:completed @3000 of group- group=0");
}

static int close_empty(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_group group = own_group(NULL);
  assert_int_equal(roost_go(root, take_nap, &(nap){.name = "other"}), 0);
  note("closing");
  tell("close", roost_group_close(group, 0, NULL));
  return 0;
}

/* G1: a scheduling point even where the group is empty. */
static void closing_an_empty_group_lets_the_others_run(void **state) {
  (void)state;
  play(close_empty);
  assert_log("closing other+ other- close=0");
}

static int close_in_a_cancelled_scope(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  g = own_group(ROOST_GROUP(.name = "g"));
  cancel_s();
  close_group(g, 0);
  return close_scope(s, 0);
}

/* G1, G5a: never by itself a cancellation. */
static void closing_an_empty_group_is_no_cancellation(void **state) {
  (void)state;
  play(close_in_a_cancelled_scope);
  assert_log("g=0 s=0");
}

static int go_on_joining(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  g = own_group(ROOST_GROUP(.name = "g"));
  cleanup(nap(g, "a", .lasts = SECONDS(9)), "c", .lasts = SECONDS(5));
  int rc = close_group(g, 0);
  return close_scope(s, rc);
}

/* G1: the wait is never abandoned: a cancelled fiber goes on joining. */
static void the_wait_of_a_closing_is_never_abandoned(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, go_on_joining, NULL), 0);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("a+ @1000 a! c:cancelled @6000 c- g=ECANCELED s=0^");
}

static int close_shielded(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  g = own_group(ROOST_GROUP(.name = "g", .shield = 1));
  nap(g, "a", .lasts = SECONDS(3));
  int rc = close_group(g, 0);
  tell("sleep", rc == 0 ? roost_sleep(1) : rc);
  return close_scope(s, rc);
}

/* G1, C10: those of a shielded group are not cancelled. */
static void a_shielded_group_is_joined_in_peace(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, close_shielded, NULL), 0);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("a+ @3000 a- g=0 sleep=ECANCELED s=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* What goes on (C7, C8, G4, G5)                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static int wait_in_scope(roost_task self, void *options) {
  (void)self;
  s = own_scope(options);
  int rc = tell("sleep", roost_sleep(SECONDS(9)));
  note("%d%d", roost_cancel_called(s), roost_cancelled_caught(s));
  rc = close_scope(s, rc);
  tell("after", rc < 0 ? rc : roost_sleep(0));
  return 0;
}

/* C7, C8: its own cancellation ends with it, and is told. */
static void a_scope_absorbs_its_own_cancellation(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, wait_in_scope, ROOST_SCOPE(.name = "s")), 0);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("@1000 sleep=ECANCELED 11 s=0^ after=0");
  assert_int_equal(last.state, ROOST_CANCELLED);
  assert_int_equal(last.reason.origin, ROOST_EXPLICIT);
}

/* C7a: to report is no cancellation. */
static void a_scope_may_report_what_it_absorbed(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, wait_in_scope, ROOST_SCOPE(.name = "s", .report = 1)), 0);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("@1000 sleep=ECANCELED 11 s=EWASCANCELLED^ after=EWASCANCELLED");
}

/* D2: fail, and move on. */
static void a_deadline_fails_or_moves_on(void **state) {
  (void)state;
  assert_int_equal(
      roost_go(root, wait_in_scope, ROOST_SCOPE(.name = "s", .timeout_ns = SECONDS(1))), 0);
  run();
  assert_log("@1000 sleep=ECANCELED 11 s=ETIMEDOUT^ after=ETIMEDOUT");
  assert_int_equal(roost_go(root, wait_in_scope,
                            ROOST_SCOPE(.name = "s", .timeout_ns = SECONDS(1), .move_on = 1)),
                   0);
  run();
  assert_log("@2000 sleep=ECANCELED 11 s=0^ after=0");
}

/* D1, D3: a negative time has passed at the opening. */
static void a_scope_may_be_out_of_time_at_once(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, wait_in_scope, ROOST_SCOPE(.name = "s", .timeout_ns = ROOST_NOW)),
                   0);
  run();
  assert_log("sleep=ECANCELED 11 s=ETIMEDOUT^ after=ETIMEDOUT");
}

static int wait_in_three(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_scope outer = own_scope(ROOST_SCOPE(.name = "outer"));
  roost_scope middle = own_scope(ROOST_SCOPE(.name = "middle", .report = 1));
  s = own_scope(ROOST_SCOPE(.name = "s", .report = 1));
  act(SECONDS(1), cancel_s);
  g = outer;
  act(SECONDS(1), cancel_g);
  int rc = roost_sleep(SECONDS(9));
  rc = close_scope(s, rc);
  rc = close_scope(middle, rc);
  return close_scope(outer, rc);
}

/* C7, C7a: the outermost visible cancelled node absorbs, and it alone reports. */
static void the_outermost_cancelled_scope_absorbs(void **state) {
  (void)state;
  play(wait_in_three);
  assert_log("@1000 s=ECANCELED middle=ECANCELED outer=0^");
}

static int fail_in_a_cancelled_scope(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  cancel_s();
  tell("sleep", roost_sleep(SECONDS(1)));
  return close_scope(s, ROOST_EIO) == ROOST_EIO ? 0 : ROOST_EINVAL;
}

/* C7, G5: a real error is never absorbed; that it was cut short is told beside. */
static void an_error_leaves_a_cancelled_scope(void **state) {
  (void)state;
  play(fail_in_a_cancelled_scope);
  assert_log("sleep=ECANCELED s=EIO^[s:EIO]");
}

static int cancelled_by_nobody(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  return close_scope(s, ROOST_ECANCELED) == ROOST_ENOTCANCELLED ? 0 : ROOST_EINVAL;
}

/* C13a */
static void a_body_that_nobody_cancelled_has_failed(void **state) {
  (void)state;
  task = go(root, "a", .fn = cancelled_by_nobody);
  run();
  assert_log("s=ENOTCANCELLED[s:ENOTCANCELLED]");
  assert_int_equal(outcome_of(task).code, 0);
}

static int close_with_errors(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = own_group(ROOST_GROUP(.name = "g", .policy = ROOST_SUPERVISE, .max_errors = 2));
  nap(g, "a", .lasts = SECONDS(2), .answers = ROOST_EIO);
  nap(g, "b", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
  nap(g, "c", .lasts = SECONDS(3), .answers = ROOST_EAGAIN);
  int rc = close_group(g, 7);
  return rc == ROOST_EBUSY ? 0 : ROOST_EINVAL;
}

/* G3: all errors, as they happened, at most max_errors; the code of the first. */
static void a_closing_tells_of_all_errors(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = close_with_errors);
  run();
  assert_log("a+ b+ c+ @1000 b- @2000 a- @3000 c- g=EBUSY[b:EBUSY a:EIO+1]");
  assert_int_equal(outcome_of(task).code, 0);
}

static int fail_the_body(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = own_group(ROOST_GROUP(.name = "g"));
  nap(g, "a", .lasts = SECONDS(9));
  roost_sleep(SECONDS(1));
  return close_group(g, ROOST_EBUSY) == ROOST_EBUSY ? 0 : ROOST_EINVAL;
}

/* G4: a body that fails counts as an error of the group, and cancels it. */
static void a_failed_body_cancels_its_group(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = fail_the_body);
  run();
  assert_log("a+ @1000 a! g=EBUSY^[g:EBUSY]");
  assert_int_equal(outcome_of(task).code, 0);
}

static int succeed_with_seven(roost_task self, void *data) {
  (void)self;
  (void)data;
  return tell("close", roost_group_close(own_group(NULL), 7, NULL));
}

/* C7b: every success is 0. */
static void a_closing_answers_0_for_success(void **state) {
  (void)state;
  play(succeed_with_seven);
  assert_log("close=0");
}

static int be_cut_by_a_sibling(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = own_group(ROOST_GROUP(.name = "g"));
  nap(g, "bad", .lasts = SECONDS(1), .answers = ROOST_EIO);
  int rc = tell("sleep", roost_sleep(SECONDS(9)));
  tell("again", roost_sleep(SECONDS(9)));
  rc = close_group(g, rc);
  tell("after", roost_sleep(0));
  return rc == ROOST_EIO ? 0 : ROOST_EINVAL;
}

/* G2, C3: the body that opened a group is cancelled with it, again and again until it is closed. */
static void a_failed_task_cancels_the_body_too(void **state) {
  (void)state;
  play(be_cut_by_a_sibling);
  assert_log("bad+ @1000 bad- sleep=ECANCELED again=ECANCELED g=EIO^[bad:EIO] after=0");
}

static int race_in_a_fiber(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = own_group(ROOST_GROUP(.name = "g", .policy = ROOST_RACE));
  nap(g, "slow", .lasts = SECONDS(2), .answers = 2);
  roost_task quick = nap(g, "quick", .lasts = SECONDS(1), .answers = 1);
  roost_result result = {.size = sizeof result};
  tell("close", roost_group_close(g, 0, &result));
  note("%d %d %s", result.winner.id == quick.id, (int)result.winner_code, result.winner_name);
  tell("release", roost_result_release(&result));
  return 0;
}

/* G2b: the result names the winner. */
static void a_race_is_closed_by_its_fiber(void **state) {
  (void)state;
  play(race_in_a_fiber);
  assert_log("slow+ quick+ @1000 quick- slow! close=0 1 1 quick release=0");
}

static int win_with_page(roost_task self, void *data) {
  (void)self;
  (void)data;
  return roost_return(1, new_data(1), drop_data);
}

static int take_the_prize(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = own_group(ROOST_GROUP(.name = "g", .policy = ROOST_RACE));
  assert_int_equal(roost_go(g, win_with_page, NULL), 0);
  roost_result result = {.size = sizeof result};
  assert_int_equal(roost_group_close(g, 0, &result), 0);
  void *prize = NULL;
  assert_int_equal(roost_take_result(result.winner, &prize), 0);
  assert_ptr_equal(prize, result.winner_result);
  assert_int_equal(roost_result_release(&result), 0);
  drop_data(prize);
  note("taken");
  return 0;
}

/* G2b, L6: the winner's result is taken over after the closing. */
static void the_result_of_a_race_is_taken_over(void **state) {
  (void)state;
  play(take_the_prize);
  assert_log("taken");
}

/* ---------------------------------------------------------------------------------------------- */
/* Results that are kept (L5)                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static roost_result kept;

static int give_page(roost_task self, void *data) {
  (void)self;
  (void)data;
  return roost_return(3, new_data(8), drop_data);
}

static int keep_result(roost_task self, void *data) {
  (void)data;
  kept = (roost_result){.size = sizeof kept};
  g = own_group(ROOST_GROUP(.name = "g", .policy = ROOST_SUPERVISE));
  task = go(g, "good", .fn = give_page);
  go(g, "bad", .fn = fail_now);
  tell("close", roost_group_close(g, 0, &kept));
  roost_sleep(SECONDS(1));
  note("%d %s %d", kept.node.id == g.id, kept.errors->name, (int)kept.error_count);
  note("%d %d", (int)outcome_of(task).code, outcome_of(task).result != NULL);
  tell("release", roost_result_release(&kept));
  note("%d %d", kept.errors == NULL && kept.node.id == 0, (int)(kept.size == sizeof kept));
  tell("again", roost_result_release(&kept));
  roost_outcome outcome = {.size = sizeof outcome};
  tell("outcome", roost_outcome_of(task, &outcome));
  return roost_self().id == self.id ? 0 : ROOST_EINVAL;
}

/* L5: until it is released, and the outcomes of its tasks with it. */
static void a_result_is_kept_until_it_is_released(void **state) {
  (void)state;
  play(keep_result);
  assert_log("close=EIO @1000 1 bad 1 3 1 release=0 1 1 again=2 outcome=ESTALE");
}

static int keep_for_ever(roost_task self, void *data) {
  (void)self;
  (void)data;
  kept = (roost_result){.size = sizeof kept};
  for (int i = 0; i < 3; i++) {
    roost_result result = {.size = sizeof result};
    g = own_group(ROOST_GROUP(.policy = ROOST_SUPERVISE));
    task = go(g, "good", .fn = give_page);
    go(g, "bad", .fn = fail_now);
    roost_group_close(g, 0, &result);
  }
  return 0;
}

/* L5: at the latest until the fiber ends. */
static void what_is_not_released_goes_with_the_fiber(void **state) {
  (void)state;
  play(keep_for_ever);
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
}

static int release_out_of_order(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_result results[4];
  roost_task tasks[4];
  for (int i = 0; i < 4; i++) {
    results[i] = (roost_result){.size = sizeof results[i]};
    g = own_group(NULL);
    tasks[i] = go(g, "good", .fn = give_page);
    roost_group_close(g, 0, &results[i]);
  }
  static const int order[] = {2, 0, 3, 1};
  for (int i = 0; i < 4; i++) {
    roost_outcome outcome = {.size = sizeof outcome};
    assert_int_equal(roost_outcome_of(tasks[order[i]], &outcome), 0);
    tell("release", roost_result_release(&results[order[i]]));
    tell("outcome", roost_outcome_of(tasks[order[i]], &outcome));
  }
  return 0;
}

/* L5: each by itself, in any order. */
static void results_are_released_in_any_order(void **state) {
  (void)state;
  play(release_out_of_order);
  assert_log("release=0 outcome=ESTALE release=0 outcome=ESTALE release=0 outcome=ESTALE release=0 "
             "outcome=ESTALE");
}

static int close_without_a_size(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_result none = {0};
  g = own_group(NULL);
  tell("no size", roost_group_close(g, 0, &none));
  tell("close", roost_group_close(g, 0, NULL));
  tell("release", roost_result_release(&none));
  tell("null", roost_result_release(NULL));
  return 0;
}

/* B1 */
static void a_result_needs_a_size(void **state) {
  (void)state;
  play(close_without_a_size);
  assert_log("no size=EINVAL close=0 release=EINVAL null=EINVAL");
}

/* ---------------------------------------------------------------------------------------------- */
/* Wrong order (B1)                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static int close_in_the_wrong_order(roost_task self, void *data) {
  (void)data;
  roost_group outer = own_group(ROOST_GROUP(.name = "outer"));
  roost_scope inner = own_scope(ROOST_SCOPE(.name = "inner"));
  assert_refused(ROOST_EORDER, roost_group_close, (outer, 0, NULL));
  assert_refused(ROOST_EORDER, roost_group_close, (root, 0, NULL));
  assert_refused(ROOST_EKIND, roost_group_close, (inner, 0, NULL));
  assert_refused(ROOST_EKIND, roost_scope_close, (outer, 0, NULL));
  assert_refused(ROOST_EKIND, roost_group_close, (self, 0, NULL));
  assert_refused(ROOST_EORDER, roost_join, (inner, 0, NULL, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_scope_close, ((roost_scope){0}, 0, NULL));
  assert_int_equal(roost_here().id, inner.id);
  tell("inner", roost_scope_close(inner, 0, NULL));
  assert_refused(ROOST_ESTALE, roost_scope_close, (inner, 0, NULL));
  tell("outer", roost_group_close(outer, 0, NULL));
  assert_refused(ROOST_ESTALE, roost_group_close, (outer, 0, NULL));
  return 0;
}

/* B1: an error, and nothing changes. */
static void the_wrong_order_is_refused(void **state) {
  (void)state;
  play(close_in_the_wrong_order);
  assert_log("inner=0 outer=0");
}

static int meddle(roost_task self, void *data) {
  (void)self;
  (void)data;
  assert_refused(ROOST_EORDER, roost_scope_close, (s, 0, NULL));
  assert_refused(ROOST_EORDER, roost_group_close, (g, 0, NULL));
  assert_refused(ROOST_EORDER, roost_join, (g, 0, NULL, NULL, NULL));
  note("refused");
  return 0;
}
static int be_meddled_with(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = own_group(ROOST_GROUP(.name = "g"));
  s = own_scope(ROOST_SCOPE(.name = "s"));
  assert_int_equal(roost_go(g, meddle, NULL), 0);
  assert_int_equal(roost_go(root, meddle, NULL), 0);
  int rc = roost_sleep(SECONDS(1));
  rc = close_scope(s, rc);
  return close_group(g, rc);
}
static void meddle_by_callback(void) {
  assert_refused(ROOST_EORDER, roost_join, (g, 0, NULL, NULL, NULL));
  assert_refused(ROOST_EORDER, roost_join, (s, 0, NULL, NULL, NULL));
  assert_refused(ROOST_ENOTASK, roost_group_close, (g, 0, NULL));
  assert_refused(ROOST_ENOTASK, roost_scope_close, (s, 0, NULL));
  note("refused");
}

/* B1: what one fiber has opened as its own, no other code closes. */
static void the_brackets_of_another_fiber_are_refused(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, be_meddled_with, NULL), 0);
  act(MS(500), meddle_by_callback);
  run();
  assert_log("refused refused @500 refused @1000 s=0 g=0");
}

static int close_what_is_around(roost_task self, void *data) {
  (void)self;
  (void)data;
  assert_refused(ROOST_EORDER, roost_group_close, (g, 0, NULL));
  assert_refused(ROOST_EORDER, roost_group_close, (h, 0, NULL));
  assert_refused(ROOST_EDEADLK, roost_await_end, (g));
  assert_refused(ROOST_EDEADLK, roost_await_end, (h));
  assert_refused(ROOST_EDEADLK, roost_await_end, (root));
  assert_refused(ROOST_EDEADLK, roost_await_end, (self));
  roost_scope own = own_scope(NULL);
  assert_refused(ROOST_EDEADLK, roost_await_end, (own));
  assert_refused(ROOST_EDEADLK, roost_cancel_and_await, (own, NULL));
  note("%d", roost_cancelled(own));
  tell("close", roost_scope_close(own, 0, NULL));
  return 0;
}

static int close_the_target(roost_task self, void *data) {
  (void)data;
  assert_refused(ROOST_EORDER, roost_group_close, (g, 0, NULL));
  assert_int_equal(roost_started(self, 5), 0);
  assert_refused(ROOST_EORDER, roost_group_close, (g, 0, NULL));
  note("refused");
  return 0;
}

/* L4: nor is the group that a fiber will be in when it has reported. */
static void a_started_fiber_does_not_close_its_target(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_start_fiber(g, root, ROOST_FIBER(.fn = close_the_target), log_wait,
                                     copy_text("start"), drop_data, NULL, NULL),
                   0);
  run();
  join(g, 0);
  run();
  assert_log("refused start=5 g=0");
}

/* C12b, B1: what is around the fiber would wait for itself; it is cancelled all the same. */
static void what_is_around_a_fiber_is_not_waited_for(void **state) {
  (void)state;
  h = group(root, "h");
  g = group(h, "g");
  go(g, "a", .fn = close_what_is_around);
  join(h, 0);
  run();
  assert_log("1 close=0 h=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Named parents (T1c, T1d)                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static int close_by_name(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = group(root, "g");
  h = group(root, "h");
  note("%d", roost_here().id == self.id);
  nap(g, "a", .lasts = SECONDS(2));
  nap(h, "b", .lasts = SECONDS(1));
  close_group(g, 0);
  return close_group(h, 0);
}

/* T1c: they are in nobody's way, and are closed in any order. */
static void what_is_opened_by_name_is_closed_in_any_order(void **state) {
  (void)state;
  play(close_by_name);
  assert_log("1 a+ b+ @1000 b- @2000 a- g=0 h=0");
}

static int close_for_another(roost_task self, void *data) {
  (void)self;
  (void)data;
  return close_group(g, 0);
}

/* T1c: any code on the thread may close it, once. */
static void another_fiber_may_close_what_has_a_name(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "callback", .lasts = SECONDS(1));
  assert_int_equal(roost_go(root, close_for_another, NULL), 0);
  run();
  assert_log("callback+ @1000 callback- g=0");
}

static int close_twice(roost_task self, void *data) {
  (void)self;
  (void)data;
  return tell("second", roost_group_close(g, 0, NULL)) == ROOST_EALREADY ? 0 : ROOST_EINVAL;
}

/* C7b: a second closing answers EALREADY, whoever asks. */
static void a_group_is_closed_once(void **state) {
  (void)state;
  g = group(root, "g");
  nap(g, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_go(root, close_for_another, NULL), 0);
  assert_int_equal(roost_go(root, close_twice, NULL), 0);
  run();
  assert_log("a+ second=EALREADY @1000 a- g=0");
  h = g = group(root, "g");
  nap(g, "b", .lasts = SECONDS(1));
  join(g, 0);
  play(close_twice);
  assert_log("b+ second=EALREADY @2000 b- g=0");
}

static int open_in_its_brackets(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = own_group(ROOST_GROUP(.name = "g"));
  h = group(g, "h");
  s = scope(g, "s");
  nap(h, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  note("%d", roost_here().id == g.id);
  return close_group(g, 0) == ROOST_EIO ? 0 : ROOST_EINVAL;
}

/* T1d: what was opened in a bracket by name is closed with it; its errors come out there. */
static void a_bracket_closes_what_was_opened_in_it_by_name(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = open_in_its_brackets);
  run();
  assert_log("1 a+ @1000 a- g=EIO[h:EIO[a:EIO]]");
  assert_int_equal(outcome_of(task).code, 0);
}

static int open_in_self_of_another(roost_task self, void *other) {
  (void)self;
  roost_scope named = open_scope(*(roost_task *)other, ROOST_SCOPE(.name = "named"));
  note("%d", roost_here().id == self.id);
  return close_scope(named, 0);
}

/* T1c: another fiber's task is a named parent. */
static void another_fibers_task_is_a_named_parent(void **state) {
  (void)state;
  task = nap(root, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_go(root, open_in_self_of_another, &task), 0);
  run();
  assert_log("a+ 1 named=0 @1000 a-");
}

/* T1c, G7: a node with a named parent is left open when that is the task or beneath it. */
static int be_opened_in(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_sleep(SECONDS(1));
  return 0;
}
static void open_in_task(void) { s = scope(task, "named"); }
static void what_others_open_in_a_fiber_is_left_open(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  task = go(g, "a", .fn = be_opened_in);
  join(g, 0);
  act(MS(500), open_in_task);
  run();
  assert_log("@1000 g=EUNCLOSED[a:EUNCLOSED[named:EUNCLOSED]]");
}

/* ---------------------------------------------------------------------------------------------- */
/* What is left open (G7)                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static int leave_open(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_group outer = own_group(ROOST_GROUP(.name = "outer"));
  nap(outer, "a", .lasts = SECONDS(9));
  own_scope(ROOST_SCOPE(.name = "middle"));
  roost_group inner = own_group(ROOST_GROUP(.name = "inner"));
  cleanup(nap(inner, "b", .lasts = SECONDS(9)), "c", .lasts = SECONDS(1));
  roost_sleep(SECONDS(1));
  return 5;
}

/* G7: they are cancelled and joined, the error names them; an awaiter gets the body's outcome. */
static void what_is_left_open_is_closed_and_named(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  task = go(g, "fiber", .fn = leave_open);
  on_end(task, root, "end");
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a! b! c:cancelled @2000 c- "
             "g=EUNCLOSED[fiber:EUNCLOSED[outer:EUNCLOSED[middle:EUNCLOSED[inner:EUNCLOSED]]]] "
             "end=5");
}

static int fail_and_leave_open(roost_task self, void *data) {
  (void)self;
  (void)data;
  own_group(ROOST_GROUP(.name = "left"));
  return ROOST_EIO;
}

/* G7: beside the body's own error. */
static void a_failed_fiber_may_leave_something_open(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  go(g, "fiber", .fn = fail_and_leave_open);
  join(g, 0);
  run();
  assert_log("g=EIO[fiber:EIO fiber:EUNCLOSED[left:EUNCLOSED]]");
}

static int leave_open_when_cancelled(roost_task self, void *data) {
  (void)self;
  (void)data;
  own_scope(ROOST_SCOPE(.name = "left"));
  return roost_sleep_forever();
}

/* G7: however the body ends. */
static void a_cancelled_fiber_may_leave_something_open(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  go(g, "fiber", .fn = leave_open_when_cancelled);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("@1000 g=EUNCLOSED^[fiber:EUNCLOSED[left:EUNCLOSED]]");
}

static int leave_what_somebody_joins(roost_task self, void *data) {
  (void)data;
  roost_group named = group(roost_root(roost_runtime_of(self)), "named");
  nap(named, "a", .lasts = SECONDS(2));
  join(named, 0);
  return 0;
}

/* G7: not what somebody was asked to join. */
static void what_is_joined_is_not_left_open(void **state) {
  (void)state;
  play(leave_what_somebody_joins);
  assert_log("a+ @2000 a- named=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Awaiting ends (L5)                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static int await_all(roost_task self, void *data) {
  (void)self;
  roost_task *tasks = data;
  tell("a", roost_await_end(tasks[0]));
  tell("b", roost_await_end(tasks[1]));
  tell("c", roost_await_end(tasks[2]));
  tell("b again", roost_await_end(tasks[1]));
  return 0;
}

/* L5, L5a: any number, any time; ETASKCANCELLED speaks of the other. */
static void fibers_await_tasks(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  roost_task tasks[] = {nap(g, "a", .lasts = SECONDS(2), .answers = 4),
                        nap(g, "b", .lasts = SECONDS(1), .answers = ROOST_EIO),
                        nap(g, "c", .lasts = SECONDS(3))};
  task = tasks[2];
  assert_int_equal(roost_cancel(task, NULL), 0);
  assert_int_equal(roost_go(root, await_all, tasks), 0);
  assert_int_equal(roost_go(root, await_all, tasks), 0);
  run();
  assert_log("a+ b+ c+ c! @1000 b- @2000 a- a=4 a=4 b=EIO b=EIO c=ETASKCANCELLED "
             "c=ETASKCANCELLED b again=EIO b again=EIO");
}

static int await_groups(roost_task self, void *data) {
  (void)self;
  (void)data;
  tell("g", roost_await_end(g));
  tell("s", roost_await_end(s));
  return 0;
}

/* G5: of a group or scope, the code of its result. */
static void fibers_await_groups_and_scopes(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  nap(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  assert_int_equal(roost_go(root, await_groups, NULL), 0);
  join(g, 0);
  join(s, ROOST_EBUSY);
  run();
  assert_log("a+ s=EBUSY[s:EBUSY] @1000 a- g=EIO[a:EIO] g=EIO s=ESTALE");
}

static int cancel_and_await(roost_task self, void *data) {
  (void)self;
  (void)data;
  const roost_cancel_options *why = ROOST_CANCEL(.code = 3, .message = "enough");
  tell("cancel", roost_cancel_and_await(task, why));
  return 0;
}

/* C12b: cancels it, and waits until it has really ended. */
static void a_fiber_cancels_and_waits(void **state) {
  (void)state;
  task = nap(root, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(2));
  assert_int_equal(roost_go(root, cancel_and_await, NULL), 0);
  run();
  assert_log("a+ a! c:cancelled @2000 c- cancel=ETASKCANCELLED");
  assert_int_equal(outcome_of(task).reason->code, 3);
  assert_string_equal(outcome_of(task).reason->message, "enough");
}

static int cancel_and_be_cancelled(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_scope own = own_scope(ROOST_SCOPE(.name = "own", .timeout_ns = SECONDS(1), .move_on = 1));
  int rc = tell("cancel", roost_cancel_and_await(task, NULL));
  return close_scope(own, rc);
}

/* C12b: the wait can be cancelled, the cancellation stays. */
static void the_wait_for_a_cancelled_task_can_be_cancelled(void **state) {
  (void)state;
  task = nap(root, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(2));
  assert_int_equal(roost_go(root, cancel_and_be_cancelled, NULL), 0);
  run();
  assert_log("a+ a! c:cancelled @1000 cancel=ECANCELED own=0^ @2000 c-");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(brackets_are_closed_in_reverse),
      TEST(closing_waits_for_everything_in_order),
      TEST(closing_an_empty_group_lets_the_others_run),
      TEST(closing_an_empty_group_is_no_cancellation),
      TEST(the_wait_of_a_closing_is_never_abandoned),
      TEST(a_shielded_group_is_joined_in_peace),
      TEST(a_scope_absorbs_its_own_cancellation),
      TEST(a_scope_may_report_what_it_absorbed),
      TEST(a_deadline_fails_or_moves_on),
      TEST(a_scope_may_be_out_of_time_at_once),
      TEST(the_outermost_cancelled_scope_absorbs),
      TEST(an_error_leaves_a_cancelled_scope),
      TEST(a_body_that_nobody_cancelled_has_failed),
      TEST(a_closing_tells_of_all_errors),
      TEST(a_failed_body_cancels_its_group),
      TEST(a_closing_answers_0_for_success),
      TEST(a_failed_task_cancels_the_body_too),
      TEST(a_race_is_closed_by_its_fiber),
      TEST(the_result_of_a_race_is_taken_over),
      TEST(a_result_is_kept_until_it_is_released),
      TEST(what_is_not_released_goes_with_the_fiber),
      TEST(results_are_released_in_any_order),
      TEST(a_result_needs_a_size),
      TEST(the_wrong_order_is_refused),
      TEST(the_brackets_of_another_fiber_are_refused),
      TEST(what_is_around_a_fiber_is_not_waited_for),
      TEST(a_started_fiber_does_not_close_its_target),
      TEST(what_is_opened_by_name_is_closed_in_any_order),
      TEST(another_fiber_may_close_what_has_a_name),
      TEST(a_group_is_closed_once),
      TEST(a_bracket_closes_what_was_opened_in_it_by_name),
      TEST(another_fibers_task_is_a_named_parent),
      TEST(what_others_open_in_a_fiber_is_left_open),
      TEST(what_is_left_open_is_closed_and_named),
      TEST(a_failed_fiber_may_leave_something_open),
      TEST(a_cancelled_fiber_may_leave_something_open),
      TEST(what_is_joined_is_not_left_open),
      TEST(fibers_await_tasks),
      TEST(fibers_await_groups_and_scopes),
      TEST(a_fiber_cancels_and_waits),
      TEST(the_wait_for_a_cancelled_task_can_be_cancelled),
  };
  return cmocka_run_group_tests_name("fiber_bracket", tests, NULL, NULL);
}
