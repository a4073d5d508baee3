/* Chapter 2 of the semantics: cancellation. */
#include "support.h"

#include <string.h>

static roost_group g, h;
static roost_scope s;
static roost_task task;
static roost_wait wait;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_h(void) { assert_int_equal(roost_cancel(h, NULL), 0); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* C1, C2: one operation, on a subtree                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* C1 */
static void tasks_groups_and_scopes_are_cancelled_the_same_way(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = spawn(root, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  act(SECONDS(1), cancel_task);
  act(SECONDS(2), cancel_g);
  act(SECONDS(3), cancel_s);
  run();
  assert_log("a+ b+ @1000 a! @2000 b! @3000 w=ECANCELED");
}

/* C1: there is no call that takes it back; moving a deadline does not. */
static void a_cancellation_is_never_taken_back(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = ROOST_NOW);
  assert_int_equal(roost_cancelled(g), 1);
  assert_int_equal(roost_set_deadline(g, ROOST_FOREVER), ROOST_ALREADY);
  assert_int_equal(roost_cancelled(g), 1);
}

/* C2 */
static void cancelling_reaches_what_is_beneath_and_nothing_else(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  s = scope(h, "s");
  task = spawn(h, "b", .lasts = SECONDS(1));
  roost_task sibling = spawn(g, "c", .lasts = SECONDS(1));
  cancel_h();
  assert_int_equal(roost_cancelled(h), 1);
  assert_int_equal(roost_cancelled(s), 1);
  assert_int_equal(roost_cancelled(task), 1);
  assert_int_equal(roost_cancelled(sibling), 0);
  assert_int_equal(roost_cancelled(g), 0);
  assert_int_equal(roost_cancelled(root), 0);
  assert_int_equal(roost_cancel_called(h), 1);
  assert_int_equal(roost_cancel_called(s), 0);
  assert_int_equal(roost_cancel_called(task), 0);
  join(g, 0);
  run();
  assert_log("b+ c+ b! @1000 c- g=0");
}

/* C2: what is opened in a cancelled node is cancelled. */
static void nothing_is_born_uncancelled_in_a_cancelled_node(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  h = group(g, "h");
  s = scope(h, "s");
  task = spawn(h, "b", .lasts = SECONDS(1));
  assert_int_equal(roost_cancelled(h), 1);
  assert_int_equal(roost_cancelled(s), 1);
  assert_int_equal(roost_cancelled(task), 1);
  join(g, 0);
  run();
  assert_log("b+ b! g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* C3: level-triggered                                                                            */
/* ---------------------------------------------------------------------------------------------- */

static int cuts;

static void wait_again(roost_wait w, int rc, void *data) {
  (void)w;
  note("cut=%s", code_name(rc));
  if (++cuts < 3)
    assert_int_equal(roost_after(task, SECONDS(1), wait_again, data, NULL, NULL), 0);
  else
    assert_int_equal(roost_finish(task, ROOST_ECANCELED, NULL, NULL), 0);
}

static void begin_to_wait(roost_task self) {
  cuts = 0;
  assert_int_equal(roost_after(self, SECONDS(9), wait_again, NULL, NULL, NULL), 0);
}

/* C3: nothing is used up by being caught. */
static void every_wait_in_a_cancelled_node_is_cancelled(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_PENDING, .body = begin_to_wait);
  act(SECONDS(1), cancel_task);
  run();
  assert_log("a+ @1000 cut=ECANCELED cut=ECANCELED cut=ECANCELED");
}

static void leave_s(roost_wait w, int rc, void *data) {
  (void)w;
  (void)data;
  note("cut=%s", code_name(rc));
  join(s, rc);
  after(task, SECONDS(1), "outside");
}

static void wait_in_s(roost_task self) {
  s = scope(self, "s");
  assert_int_equal(roost_after(s, SECONDS(9), leave_s, NULL, NULL, NULL), 0);
}

/* C3: until control leaves the cancelled node. */
static void waits_outside_the_cancelled_node_go_on(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(3), .body = wait_in_s);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("a+ @1000 cut=ECANCELED s=0^ @2000 outside=0 @3000 a-");
}

/* C3a: the outcome was there, and the cancelled wait leaves it there. */
static void a_wait_begun_in_a_cancelled_node_takes_nothing(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1), .answers = 7);
  run();
  s = scope(root, "s");
  cancel_s();
  on_end(task, s, "in s");
  on_end(task, root, "outside");
  after(s, ROOST_NOW, "no time");
  park(s, "parked");
  run();
  assert_log("a+ @1000 a- in s=ECANCELED outside=7 no time=ECANCELED parked=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* C4: cancelled xor completed                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static void wake_then_cancel(void) {
  assert_int_equal(roost_wake(wait, 7), 0);
  cancel_s();
}

/* C4 */
static void a_result_that_is_there_is_kept(void **state) {
  (void)state;
  s = scope(root, "s");
  wait = park(s, "p");
  act(SECONDS(1), wake_then_cancel);
  run();
  after(s, SECONDS(1), "next");
  run();
  assert_log("@1000 p=7 next=ECANCELED");
}

static void cancel_then_wake(void) {
  cancel_s();
  assert_refused(ROOST_ESTALE, roost_wake, (wait, 7));
}

/* C4, C4a: the twin, where the cancellation comes first. */
static void a_wait_that_is_taken_is_not_completed(void **state) {
  (void)state;
  s = scope(root, "s");
  wait = park(s, "p");
  act(SECONDS(1), cancel_then_wake);
  run();
  assert_log("@1000 p=ECANCELED");
}

/* C4: both were ready when the batch began (S1). */
static void a_time_that_has_come_is_not_cancelled(void **state) {
  (void)state;
  s = scope(root, "s");
  act(SECONDS(1), cancel_s);
  after(s, SECONDS(1), "same time");
  after(s, SECONDS(1) + 1, "later");
  run();
  assert_log("@1000 same time=0 later=ECANCELED");
}

static void cancel_s_when_a_has_ended(roost_wait w, int rc, void *data) {
  (void)w;
  (void)rc;
  (void)data;
  cancel_s();
}

/* C4 */
static void an_end_that_has_come_is_not_cancelled(void **state) {
  (void)state;
  s = scope(root, "s");
  task = spawn(root, "a", .lasts = SECONDS(1), .answers = 7);
  assert_int_equal(roost_on_end(task, root, cancel_s_when_a_has_ended, NULL, NULL, NULL), 0);
  on_end(task, s, "end");
  run();
  assert_log("a+ @1000 a- end=7");
}

/* C4a: a request that ends between the mark and its abort brings its result. */
static void a_request_that_ends_before_its_abort_keeps_its_result(void **state) {
  (void)state;
  s = scope(root, "s");
  wait = park(s, "p", .abort = WILL_END);
  cancel_s();
  assert_int_equal(roost_wake(wait, 7), 0);
  run();
  assert_log("p=7");
}

static void cancel_s_aloud(void) {
  note("before");
  cancel_s();
  note("after");
}

/* C4a, C5 */
static void aborts_run_later(void **state) {
  (void)state;
  s = scope(root, "s");
  wait = park(s, "p", .abort = STOPS);
  act(SECONDS(1), cancel_s_aloud);
  run();
  assert_log("@1000 before after p:abort p=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* C5, C6: when, and how often                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static int told(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  (void)why;
  note("%s:told", (char *)name);
  return 0;
}

static void cancel_g_and_look(void) {
  note("before");
  cancel_g();
  assert_int_equal(roost_cancelled(task), 1);
  assert_int_equal(roost_cancelled(h), 1);
  spawn(g, "late", .lasts = SECONDS(9), .on_cancel = told);
  note("after");
}

/* C5: the whole subtree is marked, then the deliveries follow in spawn order. */
static void cancel_marks_first_and_tells_later(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = told);
  h = group(g, "h");
  task = spawn(h, "b", .lasts = SECONDS(9), .on_cancel = told);
  spawn(h, "c", .lasts = SECONDS(9));
  join(g, 0);
  act(SECONDS(1), cancel_g_and_look);
  run();
  assert_log("a+ b+ c+ @1000 before after a:told b:told c! late+ late:told g=0^");
}

/* C5 */
static void the_first_reason_stands(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 1, .message = "first")), 0);
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 2, .message = "second")), ROOST_ALREADY);
  assert_int_equal(reason_of(g).code, 1);
  assert_string_equal(reason_of(g).message, "first");
}

/* C5: what is cancelled through its parent has not been cancelled itself. */
static void a_node_beneath_a_cancelled_one_can_be_cancelled_too(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  cancel_g();
  assert_int_equal(roost_cancel_called(h), 0);
  assert_int_equal(roost_cancel(h, NULL), 0);
  assert_int_equal(roost_cancel_called(h), 1);
  assert_int_equal(roost_cancel(h, NULL), ROOST_ALREADY);
}

static void cancel_own_group(roost_task self) {
  cancel_g();
  note("goes on");
  assert_int_equal(roost_cancelled(self), 1);
}

/* C5: the cancelled task goes on until its next wait. */
static void a_task_may_cancel_itself(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .body = cancel_own_group);
  join(g, 0);
  run();
  assert_log("a+ goes on a! g=0^");
}

static void cancel_h_in_a_join(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)result;
  (void)data;
  cancel_h();
  note("asked");
}

static void cancel_h_in_a_drop(void *data) {
  (void)data;
  cancel_h();
  note("asked");
}

static int cancel_h_in_a_cancel(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  (void)why;
  (void)name;
  cancel_h();
  note("asked");
  return 0;
}

static void cancel_h_in_a_cleanup(roost_task self) {
  (void)self;
  cancel_h();
  note("asked");
}

static void watch_h(void) {
  h = group(root, "h");
  spawn(h, "b", .lasts = SECONDS(9));
  join(h, 0);
}

/* C5 */
static void cancel_may_be_called_from_any_callback(void **state) {
  (void)state;
  watch_h();
  g = group(root, "g");
  assert_int_equal(roost_join(g, 0, cancel_h_in_a_join, NULL, NULL), 0);
  run();
  assert_log("b+ asked b! h=0^");

  watch_h();
  assert_int_equal(roost_after(root, 0, log_wait, "w", cancel_h_in_a_drop, NULL), 0);
  run();
  assert_log("b+ w=0 asked b! h=0^");

  watch_h();
  task = spawn(root, "a", .lasts = SECONDS(9), .on_cancel = cancel_h_in_a_cancel);
  act(SECONDS(1), cancel_task);
  run();
  assert_log("b+ a+ @1000 asked b! h=0^");

  watch_h();
  task = spawn(root, "a");
  cleanup(task, "c", .body = cancel_h_in_a_cleanup);
  run();
  assert_log("b+ a+ c:completed asked b! h=0^");
}

/* C6 */
static void cancelling_what_has_ended_does_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = spawn(g, "a");
  join(g, 0);
  join(s, 0);
  run();
  assert_log("a+ g=0 s=0");
  assert_refused(ROOST_ESTALE, roost_cancel, (task, NULL));
  assert_refused(ROOST_ESTALE, roost_cancel, (g, NULL));
  assert_refused(ROOST_ESTALE, roost_cancel, (s, NULL));
  run();
  assert_log("");
}

/* C6 */
static void tasks_of_a_group_cancelled_early_start_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  task = spawn(g, "a", .lasts = SECONDS(9));
  assert_int_equal(roost_cancelled(task), 1);
  join(g, 0);
  run();
  assert_log("a+ a! g=0^");
}

static void say_whether_cancelled(roost_task self) { note("%d", roost_cancelled(self)); }

/* C6a: it takes its first step, so that it can release what it was handed. */
static void a_task_cancelled_before_its_first_step_takes_it(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9), .body = say_whether_cancelled, .on_cancel = told);
  cancel_task();
  run();
  assert_log("a+ 1 a:told");
  assert_int_equal(outcome_of(task).state, ROOST_CANCELLED);
}

/* C6a: and if that step is its last, nothing was cut short. */
static void a_task_that_ends_in_its_first_step_is_not_cancelled(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = 0, .body = say_whether_cancelled, .on_cancel = told);
  cancel_task();
  run();
  assert_log("a+ 1");
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  assert_int_equal(outcome_of(task).started, 1);
}

static void cancel_self(roost_task self) {
  assert_int_equal(roost_cancel(self, NULL), 0);
  note("returned");
}

/* C6a, S2a: on_cancel is never called inside start. */
static void on_cancel_comes_after_start_has_answered(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9), .body = cancel_self, .on_cancel = told);
  run();
  assert_log("a+ returned a:told");
}

/* ---------------------------------------------------------------------------------------------- */
/* C7, C8: who absorbs                                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* C7: the cancelled node absorbs, and its parent never notices. */
static void the_cancelled_node_absorbs(void **state) {
  (void)state;
  roost_group outer = group(root, "outer");
  g = group(outer, "middle");
  h = group(g, "inner");
  spawn(h, "b", .lasts = SECONDS(9));
  spawn(g, "c", .lasts = SECONDS(9));
  spawn(outer, "d", .lasts = SECONDS(2));
  join(h, 0);
  join(g, 0);
  join(outer, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("b+ c+ d+ @1000 b! c! inner=ECANCELED middle=0^ @2000 d- outer=0");
  assert_int_equal(last.called, 0);
}

/* C7: of several cancelled nodes the outermost absorbs, as things stand at the closing. */
static void the_outermost_cancelled_node_absorbs(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "b", .lasts = SECONDS(9));
  cancel_h();
  cancel_g();
  join(h, 0);
  join(g, 0);
  run();
  assert_log("b+ b! h=ECANCELED g=0^");
}

/* C7: the twin, where the inner one is closed before. */
static void the_inner_node_absorbs_while_nothing_around_it_is_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "b", .lasts = SECONDS(9));
  cancel_h();
  join(h, 0);
  run();
  cancel_g();
  join(g, 0);
  run();
  assert_log("b+ b! h=0^ g=0");
}

/* C7: a real error is never absorbed. */
static void an_error_is_not_absorbed(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(9));
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ b+ @1000 a! b! g=EIO^[a:EIO]");
}

/* C7, C7b: the body's outcome, given to the closing, is absorbed in the same way. */
static void a_scope_absorbs_its_bodys_cancellation(void **state) {
  (void)state;
  s = scope(root, "s");
  cancel_s();
  join(s, ROOST_ECANCELED);
  run();
  assert_log("s=0^");

  g = group(root, "g");
  s = scope(g, "s");
  cancel_g();
  join(s, ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("s=ECANCELED g=0^");

  s = scope(root, "s");
  cancel_s();
  join(s, ROOST_EIO);
  run();
  assert_log("s=EIO[s:EIO]");
}

/* C7a: it absorbs, and says so by an ordinary error. */
static void a_node_that_reports_answers_that_it_was_cancelled(void **state) {
  (void)state;
  g = group(root, "g", .report = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 5)), 0);
  s = scope(root, "s", .report = 1);
  assert_int_equal(roost_cancel(s, NULL), 0);
  join(s, ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("a+ s=EWASCANCELLED^ a! g=EWASCANCELLED^");
  assert_int_equal(last.reason.origin, ROOST_EXPLICIT);
  assert_int_equal(last.reason.code, 5);
}

/* C7a: nothing was cut short, so there is nothing to report. */
static void a_node_that_reports_is_silent_when_nothing_was_cut(void **state) {
  (void)state;
  g = group(root, "g", .report = 1);
  spawn(g, "a", .answers = 0);
  cancel_g();
  join(g, 0);
  run();
  assert_log("a+ g=0");
  assert_int_equal(last.called, 1);
}

/* C7a: only the node that absorbed reports. */
static void an_outer_cancellation_is_not_reported_by_the_nodes_within(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .report = 1);
  spawn(h, "a", .lasts = SECONDS(9));
  cancel_g();
  join(h, 0);
  join(g, 0);
  run();
  assert_log("a+ a! h=ECANCELED g=0^");
}

/* C7a: for the group above it is an error like any other. */
static void a_report_is_an_error_of_the_group_above(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  h = group(g, "h", .report = 1);
  spawn(h, "a", .lasts = SECONDS(9));
  cancel_h();
  join(g, 0);
  run();
  assert_log("a+ a! g=EWASCANCELLED[h:EWASCANCELLED]");
}

/* C8 */
static void called_and_caught_are_answered_while_open(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9));
  assert_int_equal(roost_cancel_called(g), 0);
  assert_int_equal(roost_cancelled_caught(g), 0);
  cancel_g();
  assert_int_equal(roost_cancel_called(g), 1);
  assert_int_equal(roost_cancelled_caught(g), 0);
  run();
  assert_int_equal(roost_cancel_called(g), 1);
  assert_int_equal(roost_cancelled_caught(g), 1);
  join(g, 0);
  run();
  assert_log("a+ a! g=0^");
  assert_int_equal(last.called, 1);
}

/* C8: asked, but nothing was cut short. */
static void a_cancellation_that_came_too_late_was_called_and_not_caught(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .if_cut = 7);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 a! g=0");
  assert_int_equal(last.called, 1);
  assert_int_equal(last.caught, 0);
}

/* C8: caught speaks of the node that absorbs; an outer cancellation is not called here. */
static void an_outer_cancellation_is_neither_called_nor_caught_within(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "a", .lasts = SECONDS(9));
  cancel_g();
  join(h, 0);
  run();
  assert_log("a+ a! h=ECANCELED");
  assert_int_equal(last.called, 0);
  assert_int_equal(last.caught, 0);
  assert_int_equal(last.state, ROOST_CANCELLED);
}

/* ---------------------------------------------------------------------------------------------- */
/* C9: reasons                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* C9 */
static void a_reason_says_where_it_came_from(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  assert_int_equal(reason_of(task).origin, 0);
  assert_int_equal(
      roost_cancel(g, ROOST_CANCEL(.origin = ROOST_SIGNAL, .code = 15, .message = "time to go")),
      0);
  roost_reason reason = reason_of(task);
  assert_int_equal(reason.size, sizeof reason);
  assert_int_equal(reason.origin, ROOST_SIGNAL);
  assert_int_equal(reason.code, 15);
  assert_int_equal(reason.node.id, g.id);
  assert_string_equal(reason.message, "time to go");
  assert_string_equal(reason.name, "g");
}

/* C9 */
static void a_caller_may_give_three_origins(void **state) {
  (void)state;
  static const struct {
    int64_t given, stored;
  } good[] = {{0, ROOST_EXPLICIT},
              {ROOST_EXPLICIT, ROOST_EXPLICIT},
              {ROOST_SIGNAL, ROOST_SIGNAL},
              {ROOST_HOST, ROOST_HOST}};
  static const int64_t bad[] = {ROOST_DEADLINE,
                                ROOST_FAILED_SIBLING,
                                ROOST_LEFT_OPEN,
                                ROOST_SHUTDOWN,
                                ROOST_DEADLOCK,
                                9,
                                -1,
                                INT64_MAX,
                                INT64_MIN};
  for (size_t i = 0; i < COUNT(good); i++) {
    s = scope(root, "s");
    assert_int_equal(roost_cancel(s, ROOST_CANCEL(.origin = good[i].given)), 0);
    assert_int_equal(reason_of(s).origin, good[i].stored);
  }
  s = scope(root, "s");
  for (size_t i = 0; i < COUNT(bad); i++)
    assert_refused(ROOST_EINVAL, roost_cancel, (s, ROOST_CANCEL(.origin = bad[i])));
  assert_int_equal(roost_cancelled(s), 0);
}

/* C9a: the result of the node that absorbed says that it was the host, to be given back to it. */
static void a_hosts_cancellation_can_be_handed_back(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "a", .lasts = SECONDS(9));
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.origin = ROOST_HOST, .code = 2)), 0);
  join(g, 0);
  run();
  assert_log("a+ a! g=0^");
  assert_int_equal(last.reason.origin, ROOST_HOST);
  assert_int_equal(last.reason.code, 2);
}

/* C9: at most 63 bytes, cut at a character. */
static void a_long_message_is_cut_at_a_character(void **state) {
  (void)state;
  char text[80];
  memset(text, 'm', sizeof text);
  strcpy(text + 61, "\xe2\x82\xac");
  s = scope(root, "s");
  assert_int_equal(roost_cancel(s, ROOST_CANCEL(.message = text)), 0);
  text[61] = 0;
  assert_string_equal(reason_of(s).message, text);

  strcpy(text + 60, "\xe2\x82\xacmmm");
  s = scope(root, "s");
  assert_int_equal(roost_cancel(s, ROOST_CANCEL(.message = text)), 0);
  text[63] = 0;
  assert_string_equal(reason_of(s).message, text);
}

/* C9: the outermost cancelled node will absorb, so it is its reason that applies. */
static void the_reason_of_the_outermost_cancelled_node_applies(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  task = spawn(h, "a", .lasts = SECONDS(9));
  assert_int_equal(roost_cancel(h, ROOST_CANCEL(.code = 1)), 0);
  assert_int_equal(reason_of(task).code, 1);
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 2)), 0);
  assert_int_equal(reason_of(task).code, 2);
  assert_int_equal(reason_of(h).code, 2);
}

static int tell_reason(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d/%d/%s/%s", (char *)name, (int)why->origin, (int)why->code, why->name, why->message);
  return 0;
}

/* C9 */
static void on_cancel_and_the_result_are_told_the_reason(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9), .on_cancel = tell_reason);
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 3, .message = "enough")), 0);
  join(g, 0);
  run();
  assert_log("a+ a:1/3/g/enough g=0^");
  assert_int_equal(last.reason.code, 3);
  assert_int_equal(last.reason.node.id, g.id);
}

/* C9: of a failed sibling the reason has the error's code, and names that task. */
static void a_failed_sibling_is_named(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "b", .answers = ROOST_EIO);
  spawn(g, "a", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("b+ a+ a! g=EIO^[b:EIO]");
  assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
  assert_int_equal(last.reason.code, ROOST_EIO);
  assert_int_equal(last.reason.node.id, task.id);
  assert_string_equal(last.reason.name, "b");
}

/* C9 */
static void closing_a_runtime_is_a_reason(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9), .on_cancel = tell_reason);
  assert_int_equal(close_now(), 0);
  assert_log("a+ a:6/0/root/");
}

/* C9: a reason that is not there leaves the caller's struct alone, but for its size. */
static void there_is_no_reason_before_a_cancellation(void **state) {
  (void)state;
  roost_reason reason = {.size = sizeof reason, .code = 42};
  assert_int_equal(roost_reason_of(root, &reason), 0);
  assert_int_equal(reason.size, sizeof reason);
}

/* ---------------------------------------------------------------------------------------------- */
/* C13: one task                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* C13 */
static void cancelling_one_task_ends_that_task_alone(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(2));
  on_end(task, root, "end");
  join(g, 0);
  act(SECONDS(1), cancel_task);
  run();
  assert_log("a+ b+ @1000 a! end=ETASKCANCELLED @2000 b- g=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.called, 0);
}

/* C13a */
static void a_task_that_says_cancelled_without_a_cancellation_has_failed(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .answers = ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("a+ g=ENOTCANCELLED[a:ENOTCANCELLED]");
}

/* C13a: a body likewise. */
static void a_body_that_says_cancelled_without_a_cancellation_has_failed(void **state) {
  (void)state;
  s = scope(root, "s");
  join(s, ROOST_ECANCELED);
  g = group(root, "g");
  join(g, ROOST_ECANCELED);
  run();
  assert_log("s=ENOTCANCELLED[s:ENOTCANCELLED] g=ENOTCANCELLED[g:ENOTCANCELLED]");
}

static void close_a_cancelled_scope(roost_task self) {
  s = scope(self, "s");
  cancel_s();
  join(s, ROOST_ECANCELED);
}

/* C13a: the cancellation of a scope does not reach the task around it. */
static void a_scopes_cancellation_is_none_of_its_tasks(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  spawn(g, "a", .answers = ROOST_ECANCELED, .body = close_a_cancelled_scope);
  join(g, 0);
  run();
  assert_log("a+ s=0^ g=ENOTCANCELLED[a:ENOTCANCELLED]");
}

static void wake_wait(void) { assert_int_equal(roost_wake(wait, 7), 0); }

/* C14b: asked once; whatever it answers, it is left in peace. */
static void a_wait_is_asked_to_abort_once(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  wait = park(s, "p", .abort = WILL_END);
  cancel_s();
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), wake_wait);
  run();
  assert_log("p:abort @2000 p=7");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(tasks_groups_and_scopes_are_cancelled_the_same_way),
      TEST(a_cancellation_is_never_taken_back),
      TEST(cancelling_reaches_what_is_beneath_and_nothing_else),
      TEST(nothing_is_born_uncancelled_in_a_cancelled_node),
      TEST(every_wait_in_a_cancelled_node_is_cancelled),
      TEST(waits_outside_the_cancelled_node_go_on),
      TEST(a_wait_begun_in_a_cancelled_node_takes_nothing),
      TEST(a_result_that_is_there_is_kept),
      TEST(a_wait_that_is_taken_is_not_completed),
      TEST(a_time_that_has_come_is_not_cancelled),
      TEST(an_end_that_has_come_is_not_cancelled),
      TEST(a_request_that_ends_before_its_abort_keeps_its_result),
      TEST(aborts_run_later),
      TEST(cancel_marks_first_and_tells_later),
      TEST(the_first_reason_stands),
      TEST(a_node_beneath_a_cancelled_one_can_be_cancelled_too),
      TEST(a_task_may_cancel_itself),
      TEST(cancel_may_be_called_from_any_callback),
      TEST(cancelling_what_has_ended_does_nothing),
      TEST(tasks_of_a_group_cancelled_early_start_cancelled),
      TEST(a_task_cancelled_before_its_first_step_takes_it),
      TEST(a_task_that_ends_in_its_first_step_is_not_cancelled),
      TEST(on_cancel_comes_after_start_has_answered),
      TEST(the_cancelled_node_absorbs),
      TEST(the_outermost_cancelled_node_absorbs),
      TEST(the_inner_node_absorbs_while_nothing_around_it_is_cancelled),
      TEST(an_error_is_not_absorbed),
      TEST(a_scope_absorbs_its_bodys_cancellation),
      TEST(a_node_that_reports_answers_that_it_was_cancelled),
      TEST(a_node_that_reports_is_silent_when_nothing_was_cut),
      TEST(an_outer_cancellation_is_not_reported_by_the_nodes_within),
      TEST(a_report_is_an_error_of_the_group_above),
      TEST(called_and_caught_are_answered_while_open),
      TEST(a_cancellation_that_came_too_late_was_called_and_not_caught),
      TEST(an_outer_cancellation_is_neither_called_nor_caught_within),
      TEST(a_reason_says_where_it_came_from),
      TEST(a_caller_may_give_three_origins),
      TEST(a_hosts_cancellation_can_be_handed_back),
      TEST(a_long_message_is_cut_at_a_character),
      TEST(the_reason_of_the_outermost_cancelled_node_applies),
      TEST(on_cancel_and_the_result_are_told_the_reason),
      TEST(a_failed_sibling_is_named),
      TEST(closing_a_runtime_is_a_reason),
      TEST(there_is_no_reason_before_a_cancellation),
      TEST(cancelling_one_task_ends_that_task_alone),
      TEST(a_task_that_says_cancelled_without_a_cancellation_has_failed),
      TEST(a_body_that_says_cancelled_without_a_cancellation_has_failed),
      TEST(a_scopes_cancellation_is_none_of_its_tasks),
      TEST(a_wait_is_asked_to_abort_once),
  };
  return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
