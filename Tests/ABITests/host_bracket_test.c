/* How hosted tasks open and close groups and scopes: brackets, names, results, what is left open,
 * what is abandoned, and cleanups. */
#include "hosts.h"

static uint64_t g, h, s, outer, inner;
static roost_group named;
static roost_task task;

static void cancel_g(void) { cancel_now(g); }
static void cancel_s(void) { cancel_now(s); }

/* ---------------------------------------------------------------------------------------------- */
/* Closing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static void open_and_close(routine *me) {
  BEGIN;
  outer = GROUP("outer");
  hosted(outer, "a", .lasts = SECONDS(2));
  s = SCOPE("s");
  inner = GROUP("inner");
  hosted(inner, "b", .lasts = SECONDS(1));
  CLOSE(inner, 0);
  CLOSE(s, 0);
  CLOSE(outer, 0);
  END;
}

/* T1, G1: like brackets; each closing waits for the tasks of its group alone. All of the first
 * three lines is asked in one batch. */
static void brackets_are_closed_in_reverse(void **state) {
  (void)state;
  play_routine(open_and_close);
  assert_log("a+ b+ @1000 b- inner=0 s=0 @2000 a- outer=0");
}

static void close_with_cleanups(routine *me) {
  BEGIN;
  g = GROUP("g");
  uint64_t a = hosted(g, "a", .lasts = SECONDS(1));
  flush();
  cleanup(node_of(g), "of g", .lasts = SECONDS(1));
  hosted_cleanup(node_of(a), "of a", .lasts = SECONDS(1));
  CLOSE(g, 0);
  END;
}

/* G1: the tasks, their cleanups, the group's own, the answer. */
static void closing_waits_for_everything_in_order(void **state) {
  (void)state;
  play_routine(close_with_cleanups);
  assert_log("a+ @1000 a- of a:completed @2000 of a- of g:completed @3000 of g- g=0");
}

static void close_empty(routine *me) {
  BEGIN;
  g = GROUP("g");
  hosted(0, "other", .lasts = 0);
  note("closing");
  CLOSE(g, 0);
  END;
}

/* G1: a scheduling point even where the group is empty. */
static void closing_an_empty_group_lets_the_others_run(void **state) {
  (void)state;
  play_routine(close_empty);
  assert_log("closing other+ g=0");
}

static void close_in_a_cancelled_scope(routine *me) {
  BEGIN;
  s = SCOPE("s");
  g = GROUP("g");
  cancel_key(s);
  CLOSE(g, 0);
  CLOSE(s, me->rc);
  END;
}

/* G1, G5a: never by itself a cancellation. */
static void closing_an_empty_group_is_no_cancellation(void **state) {
  (void)state;
  play_routine(close_in_a_cancelled_scope);
  assert_log("g=0 s=0");
}

static void go_on_joining(routine *me) {
  BEGIN;
  s = SCOPE("s");
  g = GROUP("g");
  uint64_t a = hosted(g, "a", .lasts = SECONDS(9));
  flush();
  cleanup(node_of(a), "c", .lasts = SECONDS(5));
  act(SECONDS(1), cancel_s);
  CLOSE(g, 0);
  CLOSE(s, me->rc);
  END;
}

/* G1: the wait is never abandoned: a cancelled routine goes on joining. */
static void the_wait_of_a_closing_is_never_abandoned(void **state) {
  (void)state;
  play_routine(go_on_joining);
  assert_log("a+ @1000 a! c:cancelled @6000 c- g=ECANCELED s=0^");
}

static void close_shielded(routine *me) {
  BEGIN;
  s = SCOPE("s");
  g = GROUP("g", .shield = 1);
  hosted(g, "a", .lasts = SECONDS(3));
  flush();
  act(SECONDS(1), cancel_s);
  CLOSE(g, 0);
  SLEEP(1);
  tell("sleep", me->rc);
  CLOSE(s, me->rc);
  END;
}

/* G1, C10: those of a shielded group are not cancelled. */
static void a_shielded_group_is_joined_in_peace(void **state) {
  (void)state;
  play_routine(close_shielded);
  assert_log("a+ @3000 a- g=0 sleep=ECANCELED s=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* What goes on (C7, C8, G4, G5)                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static void wait_in_scope(routine *me) {
  BEGIN;
  s = SCOPE("s");
  flush();
  act(SECONDS(1), cancel_s);
  SLEEP(SECONDS(9));
  tell("sleep", me->rc);
  note("%d%d", roost_cancel_called(node_of(s)), roost_cancelled_caught(node_of(s)));
  CLOSE(s, me->rc);
  SLEEP(0);
  tell("after", me->rc);
  END;
}

/* C7, C8: its own cancellation ends with it, and is told. */
static void a_scope_absorbs_its_own_cancellation(void **state) {
  (void)state;
  play_routine(wait_in_scope);
  assert_log("@1000 sleep=ECANCELED 11 s=0^ after=0");
  assert_int_equal(last.state, ROOST_CANCELLED);
  assert_int_equal(last.reason.origin, ROOST_EXPLICIT);
}

static void leave_silently(routine *me) {
  BEGIN;
  s = SCOPE("s");
  cancel_key(s);
  SLEEP(SECONDS(1));
  tell("sleep", me->rc);
  LEAVE(s, me->rc);
  SLEEP(SECONDS(1));
  tell("after", me->rc);
  END;
}

/* A scope's closing need not be told. */
static void a_scope_may_be_closed_without_an_answer(void **state) {
  (void)state;
  play_routine(leave_silently);
  assert_log("sleep=ECANCELED @1000 after=0");
}

static void fail_after(routine *me) {
  BEGIN;
  s = FAIL_AFTER("s", SECONDS(1));
  SLEEP(SECONDS(9));
  CLOSE(s, tell("sleep", me->rc));
  s = MOVE_ON_AFTER("s", SECONDS(1));
  SLEEP(SECONDS(9));
  CLOSE(s, tell("sleep", me->rc));
  s = FAIL_AFTER("s", SECONDS(1));
  CLOSE(s, 0);
  s = scope_of(me->key, "s", 0, 1);
  SLEEP(SECONDS(9));
  CLOSE(s, tell("sleep", me->rc));
  END;
}

/* D1, D2: fail, and move on; one that has passed; one that has not when its scope is closed. */
static void a_deadline_fails_or_moves_on(void **state) {
  (void)state;
  play_routine(fail_after);
  assert_log("@1000 sleep=ECANCELED s=ETIMEDOUT^ @2000 sleep=ECANCELED s=0^ s=0 "
             "sleep=ECANCELED s=ETIMEDOUT^");
}

static void shield_a_wait(routine *me) {
  BEGIN;
  s = SCOPE("s");
  inner = SHIELD("inner");
  cancel_key(s);
  SLEEP(SECONDS(1));
  tell("shielded", me->rc);
  LEAVE(inner, 0);
  SLEEP(SECONDS(1));
  CLOSE(s, tell("sleep", me->rc));
  END;
}

/* C10 */
static void a_shield_holds_a_cancellation_off(void **state) {
  (void)state;
  play_routine(shield_a_wait);
  assert_log("@1000 shielded=0 sleep=ECANCELED s=0^");
}

static roost_scope reporting;
static void open_by_ordinary_calls(routine *me) {
  BEGIN;
  flush();
  reporting = scope(me->task, "reporting", .report = 1);
  s = bind_key("reporting", reporting);
  roost_cancel(reporting, ROOST_CANCEL(.code = 7));
  SLEEP(1);
  CLOSE(s, tell("sleep", me->rc));
  tell("close", me->rc);
  END;
}

/* C7a, T1c: opened by an ordinary call in the task's handle, it is in the brackets as well. */
static void a_scope_may_report_what_it_absorbed(void **state) {
  (void)state;
  play_routine(open_by_ordinary_calls);
  assert_log("sleep=ECANCELED reporting=EWASCANCELLED^ close=EWASCANCELLED");
  assert_int_equal(last.reason.code, 7);
}

static void wait_in_three(routine *me) {
  BEGIN;
  outer = SCOPE("outer");
  inner = SCOPE("inner");
  s = SCOPE("s");
  flush();
  cancel_key(s);
  cancel_key(outer);
  SLEEP(SECONDS(9));
  assert_int_equal(me->value, node_of(outer).id);
  CLOSE(s, me->rc);
  CLOSE(inner, me->rc);
  CLOSE(outer, me->rc);
  END;
}

/* C7, C9: the outermost visible cancelled node absorbs, and a wait that is cut names it. */
static void the_outermost_cancelled_scope_absorbs(void **state) {
  (void)state;
  play_routine(wait_in_three);
  assert_log("s=ECANCELED inner=ECANCELED outer=0^");
}

static void fail_in_a_cancelled_scope(routine *me) {
  BEGIN;
  s = SCOPE("s");
  cancel_key(s);
  SLEEP(SECONDS(1));
  CLOSE(s, ROOST_EIO);
  END;
}

/* C7, G5: a real error is never absorbed. */
static void an_error_leaves_a_cancelled_scope(void **state) {
  (void)state;
  play_routine(fail_in_a_cancelled_scope);
  assert_log("s=EIO^[:EIO]");
}

static void cancelled_by_nobody(routine *me) {
  BEGIN;
  s = SCOPE("s");
  CLOSE(s, ROOST_ECANCELED);
  END;
}

/* C13a */
static void a_body_that_nobody_cancelled_has_failed(void **state) {
  (void)state;
  play_routine(cancelled_by_nobody);
  assert_log("s=ENOTCANCELLED[:ENOTCANCELLED]");
}

static void close_with_errors(routine *me) {
  BEGIN;
  g = GROUP("g", .policy = ROOST_SUPERVISE, .max_errors = 2);
  hosted(g, "a", .lasts = SECONDS(2), .answers = ROOST_EIO);
  hosted(g, "b", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
  hosted(g, "c", .lasts = SECONDS(3), .answers = ROOST_EAGAIN);
  CLOSE(g, 7);
  tell("close", me->rc);
  END;
}

/* G3: all errors, as they happened, at most max_errors; the code of the first. */
static void a_closing_tells_of_all_errors(void **state) {
  (void)state;
  play_routine(close_with_errors);
  assert_log("a+ b+ c+ @1000 b- @2000 a- @3000 c- g=EBUSY[b:EBUSY a:EIO+1] close=EBUSY");
}

static void fail_the_body(routine *me) {
  BEGIN;
  g = GROUP("g");
  hosted(g, "a", .lasts = SECONDS(9));
  SLEEP(SECONDS(1));
  CLOSE(g, ROOST_EBUSY);
  END;
}

/* G4: a body that fails counts as an error of the group, and cancels it. */
static void a_failed_body_cancels_its_group(void **state) {
  (void)state;
  play_routine(fail_the_body);
  assert_log("a+ @1000 a! g=EBUSY^[g:EBUSY]");
}

static void be_cut_by_a_sibling(routine *me) {
  BEGIN;
  g = GROUP("g");
  hosted(g, "bad", .lasts = SECONDS(1), .answers = ROOST_EIO);
  SLEEP(SECONDS(9));
  tell("sleep", me->rc);
  SLEEP(SECONDS(9));
  tell("again", me->rc);
  CLOSE(g, me->rc);
  SLEEP(0);
  tell("after", me->rc);
  END;
}

/* G2, C3: the body that opened a group is cancelled with it, again and again until it is closed. */
static void a_failed_task_cancels_the_body_too(void **state) {
  (void)state;
  play_routine(be_cut_by_a_sibling);
  assert_log("bad+ @1000 bad- sleep=ECANCELED again=ECANCELED g=EIO^[bad:EIO] after=0");
}

static void look_at_a_race(routine *me) {
  BEGIN;
  g = GROUP("g", .policy = ROOST_RACE);
  hosted(g, "slow", .lasts = SECONDS(2), .answers = 2);
  h = hosted(g, "quick", .lasts = SECONDS(1), .answers = 1);
  flush();
  task = node_of(h);
  CLOSE(g, 0);
  const roost_result *result = (const roost_result *)(uintptr_t)me->value;
  note("%d %d %s", result->winner.id == task.id, (int)result->winner_code, result->winner_name);
  END;
}

/* G2b: the result names the winner. It is valid until the next turn. */
static void the_result_of_a_race_names_the_winner(void **state) {
  (void)state;
  play_routine(look_at_a_race);
  assert_log("slow+ quick+ @1000 quick- slow! g=0^ 1 1 quick");
}

static void look_at_the_value(routine *me) {
  BEGIN;
  g = GROUP("g");
  hosted(g, "a", .lasts = SECONDS(1));
  CLOSE(g, 0);
  note("%d", me->value == 0);
  s = SCOPE("s");
  CLOSE(s, 0);
  note("%d", me->value == 0);
  g = GROUP("g");
  cancel_key(g);
  CLOSE(g, 0);
  note("%d", me->value == 0);
  END;
}

/* Where there is no more to tell than that it has completed, there is no result. */
static void a_plain_success_has_no_result(void **state) {
  (void)state;
  play_routine(look_at_the_value);
  assert_log("a+ @1000 a- g=0 1 s=0 1 g=0 0");
  assert_true(last.called == 1 && last.caught == 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Inside                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void spawn_in_both(routine *me) {
  BEGIN;
  outer = GROUP("outer");
  inner = GROUP("inner");
  hosted(outer, "o", .lasts = SECONDS(2));
  hosted(inner, "i", .lasts = SECONDS(1));
  flush();
  assert_int_equal(roost_runtime_of(node_of(inner)).id, rt.id);
  h = bind_key("named", group(me->task, "named"));
  hosted(h, "n", .lasts = SECONDS(3));
  CLOSE(h, 0);
  CLOSE(inner, 0);
  CLOSE(outer, 0);
  END;
}

/* T1, T1c: a task's own handle, given as a parent, means the innermost that it has open. */
static void its_handle_means_where_it_is(void **state) {
  (void)state;
  play_routine(spawn_in_both);
  assert_log("o+ i+ n+ @1000 i- @2000 o- @3000 n- named=0 inner=0 outer=0");
}

static void wait_by_an_ordinary_call(routine *me) {
  BEGIN;
  s = SCOPE("s");
  flush();
  assert_int_equal(roost_after(me->task, SECONDS(5), roost_host_wake, KEY(me->key), NULL, NULL), 0);
  act(SECONDS(1), cancel_s);
  PARK;
  assert_int_equal(me->value, node_of(s).id);
  CLOSE(s, tell("after", me->rc));
  END;
}

/* T1b: a wait of an ordinary call, given to roost_host_wake, is of the innermost too. */
static void an_ordinary_wait_belongs_to_where_it_is(void **state) {
  (void)state;
  play_routine(wait_by_an_ordinary_call);
  assert_log("@1000 after=ECANCELED s=0^");
}

static void leave_named_open(routine *me) {
  BEGIN;
  flush();
  named = group(node_of(0), "named");
  outer = GROUP("outer");
  spawn(named, "a", .lasts = SECONDS(1));
  CLOSE(outer, 0);
  join(named, 0);
  END;
}

/* T1c: what is opened in a named parent is in nobody's brackets. */
static void a_node_in_a_named_parent_is_in_nobodys_way(void **state) {
  (void)state;
  play_routine(leave_named_open);
  assert_log("a+ outer=0 @1000 a- named=0");
}

static void open_in_a_group_that_closes(routine *me) {
  BEGIN;
  outer = GROUP("outer");
  flush();
  named = group(node_of(outer), "named");
  spawn(named, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  CLOSE(outer, 0);
  END;
}

/* T1d: closing a group joins what was opened in it by name. */
static void a_closing_joins_what_was_opened_by_name(void **state) {
  (void)state;
  play_routine(open_in_a_group_that_closes);
  assert_log("a+ @1000 a- outer=EIO[named:EIO[a:EIO]]");
}

/* ---------------------------------------------------------------------------------------------- */
/* In the wrong order                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static void close_the_outer_first(routine *me) {
  BEGIN;
  outer = GROUP("outer");
  inner = GROUP("inner");
  hosted(inner, "a", .lasts = SECONDS(1));
  CLOSE(outer, 0);
  CLOSE(inner, 0);
  CLOSE(outer, 0);
  END;
}

/* B1: it changes nothing. */
static void only_the_innermost_is_closed(void **state) {
  (void)state;
  play_routine(close_the_outer_first);
  assert_log("outer=EORDER a+ @1000 a- inner=0 outer=0");
}

static void close_anothers(routine *me) {
  BEGIN;
  s = SCOPE("s");
  SLEEP(SECONDS(2));
  CLOSE(s, tell("sleep", me->rc));
  END;
}
static void close_s_of_another(routine *me) {
  BEGIN;
  SLEEP(SECONDS(1));
  LEAVE(s, 0);
  SLEEP(SECONDS(1));
  END;
}

/* B1: what another task has open is not closed. */
static void only_its_own_is_closed(void **state) {
  (void)state;
  hosted(0, "a", .fn = close_anothers);
  hosted(0, "b", .fn = close_s_of_another);
  drive();
  assert_log("@1000 b?14=EORDER @2000 sleep=0 s=0");
}

static void close_twice(routine *me) {
  BEGIN;
  s = SCOPE("s");
  LEAVE(s, 0);
  LEAVE(s, 0);
  CHECKPOINT;
  END;
}

/* B1: what is closed is closed. */
static void nothing_is_closed_twice(void **state) {
  (void)state;
  play_routine(close_twice);
  assert_log("main?14=ESTALE");
}

/* ---------------------------------------------------------------------------------------------- */
/* Left open (G7)                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static void leave_open(routine *me) {
  BEGIN;
  outer = GROUP("outer");
  s = SCOPE("s");
  inner = GROUP("inner");
  hosted(inner, "a", .lasts = SECONDS(9));
  hosted(outer, "b", .lasts = SECONDS(9), .answers = 0);
  SLEEP(SECONDS(1));
  RETURN(5);
  END;
}

/* G7: cancelled and joined, innermost first, and a further error of the task's group; an awaiter
 * gets the body's outcome. */
static void what_is_left_open_is_closed(void **state) {
  (void)state;
  g = group_key("g", .policy = ROOST_SUPERVISE);
  h = hosted(g, "careless", .fn = leave_open);
  flush();
  on_end(node_of(h), root, "w");
  join(node_of(g), 0);
  drive();
  assert_log("a+ b+ @1000 a! b! g=EUNCLOSED[careless:EUNCLOSED[outer:EUNCLOSED["
             ":EUNCLOSED[inner:EUNCLOSED]]]] w=5");
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing at once (roost_host_scope_close)                                                       */
/* ---------------------------------------------------------------------------------------------- */

static int close_at_once(routine *me, uint64_t scope, int rc) {
  roost_result result = {.size = sizeof result};
  flush();
  int code = roost_host_scope_close(node_of(scope), rc, &result);
  if (code != result.code) note("answers:%s", code_name(code));
  log_result(result.node, &result, (void *)(uintptr_t)routines[scope].name);
  (void)me;
  return code;
}

static void close_three_at_once(routine *me) {
  BEGIN;
  s = SCOPE("s");
  close_at_once(me, s, 7);
  s = MOVE_ON_AFTER("m", SECONDS(1));
  SLEEP(SECONDS(5));
  close_at_once(me, s, me->rc);
  s = FAIL_AFTER("f", SECONDS(1));
  SLEEP(SECONDS(5));
  close_at_once(me, s, me->rc);
  s = SCOPE("e");
  close_at_once(me, s, ROOST_EIO);
  SLEEP(SECONDS(1));
  tell("sleep", me->rc);
  END;
}

/* C7b: it answers what goes on, at once, and the task is in what is around it. */
static void a_scope_is_closed_at_once(void **state) {
  (void)state;
  play_routine(close_three_at_once);
  assert_log("s=0 @1000 m=0^ @2000 f=ETIMEDOUT^ e=EIO[:EIO] @3000 sleep=0");
}

static void close_without_a_result(routine *me) {
  BEGIN;
  outer = SCOPE("outer");
  inner = SCOPE("inner");
  cancel_key(outer);
  SLEEP(1);
  tell("inner", roost_host_scope_close(node_of(inner), me->rc, NULL));
  tell("outer", roost_host_scope_close(node_of(outer), ROOST_ECANCELED, NULL));
  note("%d", roost_cancelled(me->task));
  END;
}

/* C7: absorbed by the outermost. */
static void a_scope_closed_at_once_passes_on(void **state) {
  (void)state;
  play_routine(close_without_a_result);
  assert_log("inner=ECANCELED outer=0 0");
}

static int sweep_now(roost_task self, const roost_outcome *why, void *name) {
  (void)self;
  note("%s:%s", (char *)name, state_name(why->state));
  return 0;
}
static int sweep_badly(roost_task self, const roost_outcome *why, void *name) {
  sweep_now(self, why, name);
  return ROOST_EBUSY;
}

static void close_with_callbacks(routine *me) {
  BEGIN;
  s = SCOPE("s");
  flush();
  assert_int_equal(roost_defer(node_of(s), sweep_now, "first", NULL), 0);
  assert_int_equal(roost_defer(node_of(s), sweep_badly, "second", NULL), 0);
  assert_int_equal(roost_defer(node_of(s), sweep_now, "third", NULL), 0);
  note("closing");
  close_at_once(me, s, 0);
  note("closed");
  END;
}

/* K1, K3: callback cleanups run in it, last registered first; their errors are in its result. */
static void callback_cleanups_run_in_the_closing(void **state) {
  (void)state;
  play_routine(close_with_callbacks);
  assert_log("closing third:completed second:completed first:failed "
             "s=EBUSY[cleanup of :EBUSY] closed");
}

static roost_task sweeping;
static int sweep_later(roost_task self, const roost_outcome *why, void *name) {
  sweeping = self;
  sweep_now(self, why, name);
  return ROOST_PENDING;
}
static void end_sweep(void) {
  assert_int_equal(roost_finish(sweeping, ROOST_EBUSY, NULL, NULL), 0);
}

static void close_with_a_late_cleanup(routine *me) {
  BEGIN;
  g = GROUP("g");
  s = SCOPE("s");
  flush();
  assert_int_equal(roost_defer(node_of(s), sweep_later, "late", NULL), 0);
  act(SECONDS(1), end_sweep);
  tell("close", roost_host_scope_close(node_of(s), 0, NULL));
  SLEEP(MS(1));
  tell("sleep", me->rc);
  CLOSE(g, 0);
  END;
}

/* K2, T1d: what a cleanup that ends later brings goes to what is around the scope, which waits. */
static void a_callback_cleanup_may_end_after_the_closing(void **state) {
  (void)state;
  play_routine(close_with_a_late_cleanup);
  assert_log("late:completed close=1 @1 sleep=0 @1000 g=EBUSY[:EBUSY[cleanup of :EBUSY]]");
}

static void close_what_cannot(routine *me) {
  BEGIN;
  s = SCOPE("s");
  flush();
  hosted_cleanup(node_of(s), "c", .lasts = SECONDS(1));
  assert_refused(ROOST_EORDER, roost_host_scope_close, (node_of(s), 0, NULL));
  CLOSE(s, 0);
  s = SCOPE("s");
  flush();
  waiting_cleanup(node_of(s), "f", .lasts = SECONDS(1));
  assert_refused(ROOST_EORDER, roost_host_scope_close, (node_of(s), 0, NULL));
  CLOSE(s, 0);
  s = SCOPE("s");
  inner = SCOPE("inner");
  flush();
  assert_refused(ROOST_EORDER, roost_host_scope_close, (node_of(s), 0, NULL));
  assert_int_equal(roost_host_scope_close(node_of(inner), 0, NULL), 0);
  named = group(node_of(s), "named");
  spawn(named, "a", .lasts = SECONDS(1));
  assert_refused(ROOST_EORDER, roost_host_scope_close, (node_of(s), 0, NULL));
  CLOSE(s, 0);
  g = GROUP("g");
  flush();
  assert_refused(ROOST_EKIND, roost_host_scope_close, (node_of(g), 0, NULL));
  CLOSE(g, 0);
  END;
}

/* Where it would have to wait, or is not the innermost, nothing is changed, and a closing that
 * waits is as before. */
static void what_would_wait_is_not_closed_at_once(void **state) {
  (void)state;
  play_routine(close_what_cannot);
  assert_log("c:completed @1000 c- s=0 f:completed @2000 f- s=0 a+ @3000 a- s=0 g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Abandoned (B1a)                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static void look_at_named(roost_node node, const roost_result *result, void *name) {
  log_result(node, result, name);
  note("origin %d", (int)last.reason.origin);
}

static void abandon_a_group(routine *me) {
  BEGIN;
  outer = GROUP("outer");
  g = GROUP("g");
  s = SCOPE("s");
  hosted(g, "a", .lasts = SECONDS(9));
  SLEEP(SECONDS(1));
  assert_int_equal(roost_host_abandon(node_of(g)), 0);
  note("%d", roost_cancelled(node_of(s)));
  assert_int_equal(roost_join(node_of(g), 0, look_at_named, "g", NULL), 0);
  hosted(outer, "b", .lasts = SECONDS(1));
  SLEEP(SECONDS(1));
  tell("sleep", me->rc); /* it is in outer now */
  CLOSE(outer, 0);
  END;
}

/* B1a: it is cancelled, with what the task has open in it; the task is in what is around it. */
static void an_abandoned_group_is_joined_by_name(void **state) {
  (void)state;
  play_routine(abandon_a_group);
  assert_log("a+ @1000 1 a! g=0^ origin 4 b+ @2000 sleep=0 b- outer=0");
}

static void abandon_and_end(routine *me) {
  BEGIN;
  g = GROUP("g");
  hosted(g, "a", .lasts = SECONDS(9));
  SLEEP(SECONDS(1));
  assert_int_equal(roost_host_abandon(node_of(g)), 0);
  RETURN(3);
  END;
}

/* B1a, G7: at the latest it is closed at the end of its task. */
static void an_abandoned_group_is_closed_with_its_task(void **state) {
  (void)state;
  h = group_key("h");
  hosted(h, "main", .fn = abandon_and_end);
  flush();
  join(node_of(h), 0);
  drive();
  assert_log("a+ @1000 a! h=EUNCLOSED[main:EUNCLOSED[g:EUNCLOSED]]");
}

static void abandon_a_scope(routine *me) {
  BEGIN;
  outer = SCOPE("outer");
  s = SCOPE("s");
  SLEEP(SECONDS(1));
  assert_int_equal(roost_host_abandon(node_of(s)), 0);
  SLEEP(SECONDS(1));
  tell("sleep", me->rc);
  assert_refused(ROOST_EORDER, roost_host_abandon, (node_of(s)));
  assert_int_equal(roost_join(node_of(s), 0, log_result, "s", NULL), 0);
  CLOSE(outer, 0);
  END;
}

/* B1a: so is a scope; once. */
static void an_abandoned_scope_is_no_longer_where_it_is(void **state) {
  (void)state;
  play_routine(abandon_a_scope);
  assert_log("@2000 sleep=0 s=0 outer=0");
}

static void abandon_while_waiting(routine *me) {
  BEGIN;
  s = SCOPE("s");
  SLEEP(SECONDS(5));
  tell("sleep", me->rc);
  assert_int_equal(me->value, roost_host_node(rt, s).id);
  SLEEP(SECONDS(5));
  tell("again", me->rc);
  END;
}
static void abandon_s(void) {
  assert_int_equal(roost_host_abandon(node_of(s)), 0);
  assert_int_equal(roost_join(node_of(s), 0, log_result, "s", NULL), 0);
}

/* B1a: a wait that was begun in it is cancelled; the next is not. */
static void what_is_abandoned_cancels_its_wait(void **state) {
  (void)state;
  hosted(0, "a", .fn = abandon_while_waiting);
  act(SECONDS(1), abandon_s);
  drive();
  assert_log("@1000 sleep=ECANCELED s=0^ @6000 again=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Cleanups                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void clean_much(routine *me) {
  BEGIN;
  note("%s:%s %d", me->name, state_name(me->rc), roost_cancelled(me->task));
  s = FAIL_AFTER("in cleanup", SECONDS(1));
  SLEEP(SECONDS(9));
  CLOSE(s, me->rc);
  g = GROUP("group in cleanup");
  hosted(g, "x", .lasts = SECONDS(1));
  CLOSE(g, 0);
  flush();
  hosted_cleanup(node_of(h), "next");
  END;
}

/* K1, K2, K4, K6: a task of its own, shielded, that waits and has brackets, and may register the
 * next. */
static void a_cleanup_is_a_hosted_task(void **state) {
  (void)state;
  h = hosted(0, "a", .lasts = SECONDS(9), .tells = 1);
  flush();
  hosted_cleanup(node_of(h), "last", .lasts = SECONDS(1));
  hosted_cleanup(node_of(h), "much", .fn = clean_much);
  turn_host();
  cancel_now(h);
  drive();
  assert_log("a+ a! much:cancelled 0 @1000 in cleanup=ETIMEDOUT^ x+ @2000 x- group in cleanup=0 "
             "next:cancelled last:cancelled @3000 last- a=ECANCELED:cancelled");
}

/* K1: told how its node has ended. */
static void a_cleanup_is_told_how_it_ended(void **state) {
  (void)state;
  const int64_t answers[] = {0, ROOST_EIO};
  for (int i = 0; i < 2; i++) {
    g = hosted(0, "a", .lasts = SECONDS(1), .answers = answers[i]);
    flush();
    hosted_cleanup(node_of(g), "c");
  }
  g = group_key("g", .limit = 1);
  hosted(g, "first", .lasts = SECONDS(1));
  h = hosted(g, "queued");
  flush();
  hosted_cleanup(node_of(h), "new");
  cancel_now(h);
  drive();
  assert_log("a+ a+ first+ new:cancelled queued=ECANCELED:cancelled @1000 a- a- first- c:completed "
             "c:failed");
}

/* K3: a cleanup that fails stops no other. */
static void a_cleanup_that_fails_is_an_error_of_its_own(void **state) {
  (void)state;
  g = group_key("g", .policy = ROOST_SUPERVISE);
  h = hosted(g, "a");
  flush();
  hosted_cleanup(node_of(h), "c");
  hosted_cleanup(node_of(h), "bad", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(node_of(g), 0);
  drive();
  assert_log("a+ bad:completed @1000 bad- c:completed g=EIO[cleanup of a:EIO]");
}

/* K3: one that ends cancelled was cut; C11: when its grace is over its waits end so. */
static void a_cleanup_is_cut_when_its_grace_is_over(void **state) {
  (void)state;
  g = group_key("g", .grace_ns = SECONDS(2));
  h = hosted(g, "a", .lasts = SECONDS(9));
  flush();
  hosted_cleanup(node_of(h), "c", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_g);
  join(node_of(g), 0);
  drive();
  assert_log("a+ @1000 a! c:cancelled @3000 c! g=ECUT^[cleanup of a:ECUT]");
}

static void leave_open_in_a_cleanup(routine *me) {
  BEGIN;
  g = GROUP("inside");
  hosted(g, "x", .lasts = SECONDS(9));
  SLEEP(SECONDS(1));
  END;
}

/* G7, K4: what a cleanup leaves open is closed. */
static void what_a_cleanup_leaves_open_is_closed(void **state) {
  (void)state;
  named = group(root, "g", .policy = ROOST_SUPERVISE);
  task = spawn(named, "a");
  hosted_cleanup(task, "c", .fn = leave_open_in_a_cleanup);
  join(named, 0);
  drive();
  assert_log("a+ x+ @1000 x! g=EUNCLOSED[cleanup of a:EUNCLOSED[inside:EUNCLOSED]]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      HOST(brackets_are_closed_in_reverse),
      HOST(closing_waits_for_everything_in_order),
      HOST(closing_an_empty_group_lets_the_others_run),
      HOST(closing_an_empty_group_is_no_cancellation),
      HOST(the_wait_of_a_closing_is_never_abandoned),
      HOST(a_shielded_group_is_joined_in_peace),
      HOST(a_scope_absorbs_its_own_cancellation),
      HOST(a_scope_may_be_closed_without_an_answer),
      HOST(a_deadline_fails_or_moves_on),
      HOST(a_shield_holds_a_cancellation_off),
      HOST(a_scope_may_report_what_it_absorbed),
      HOST(the_outermost_cancelled_scope_absorbs),
      HOST(an_error_leaves_a_cancelled_scope),
      HOST(a_body_that_nobody_cancelled_has_failed),
      HOST(a_closing_tells_of_all_errors),
      HOST(a_failed_body_cancels_its_group),
      HOST(a_failed_task_cancels_the_body_too),
      HOST(the_result_of_a_race_names_the_winner),
      HOST(a_plain_success_has_no_result),
      HOST(its_handle_means_where_it_is),
      HOST(an_ordinary_wait_belongs_to_where_it_is),
      HOST(a_node_in_a_named_parent_is_in_nobodys_way),
      HOST(a_closing_joins_what_was_opened_by_name),
      HOST(only_the_innermost_is_closed),
      HOST(only_its_own_is_closed),
      HOST(nothing_is_closed_twice),
      HOST(what_is_left_open_is_closed),
      HOST(a_scope_is_closed_at_once),
      HOST(a_scope_closed_at_once_passes_on),
      HOST(callback_cleanups_run_in_the_closing),
      HOST(a_callback_cleanup_may_end_after_the_closing),
      HOST(what_would_wait_is_not_closed_at_once),
      HOST(an_abandoned_group_is_joined_by_name),
      HOST(an_abandoned_group_is_closed_with_its_task),
      HOST(an_abandoned_scope_is_no_longer_where_it_is),
      HOST(what_is_abandoned_cancels_its_wait),
      HOST(a_cleanup_is_a_hosted_task),
      HOST(a_cleanup_is_told_how_it_ended),
      HOST(a_cleanup_that_fails_is_an_error_of_its_own),
      HOST(a_cleanup_is_cut_when_its_grace_is_over),
      HOST(what_a_cleanup_leaves_open_is_closed),
  };
  return cmocka_run_group_tests_name("host_bracket", tests, NULL, NULL);
}
