/* Filters: a function decides for each error of its group (G2). */
#include "support.h"

static roost_group g, h;
static roost_scope s;
static roost_task task, other;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_h(void) { assert_int_equal(roost_cancel(h, NULL), 0); }

/* A filter that answers always the same, and may do something before. It logs `?a:EIO`. */
typedef struct verdict {
  int answers;
  void (*body)(const roost_error *error);
} verdict;

static int decide(roost_group group, const roost_error *error, void *data) {
  verdict *it = data;
  note("?%s:%s", error->name, code_name(error->code));
  assert_int_equal(error->size, sizeof *error);
  assert_null(error->next);
  assert_int_not_equal(group.id, 0);
  if (it->body != NULL) it->body(error);
  return it->answers;
}

static verdict *new_verdict(int answers, void (*body)(const roost_error *)) {
  verdict *it = new_data(sizeof *it);
  *it = (verdict){answers, body};
  return it;
}

#define filtered_as(parent, answers, body, ...)                                                    \
  group(parent, __VA_ARGS__, .filter = decide, .filter_data = new_verdict(answers, body),          \
        .filter_drop = drop_data)
#define filtered(parent, answers, ...) filtered_as(parent, answers, NULL, __VA_ARGS__)

#define RECORD ROOST_RECORD_ERROR
#define CANCEL ROOST_CANCEL_REST
#define DROP ROOST_DROP_ERROR

/* ---------------------------------------------------------------------------------------------- */
/* What a filter answers                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void fail_one_of_two(int answers) {
  g = filtered(root, answers, "g");
  task = spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(2));
  join(g, 0);
  run();
}

/* G2: the error is listed, and the group goes on, though it would have failed fast. */
static void an_error_may_be_recorded(void **state) {
  (void)state;
  fail_one_of_two(RECORD);
  assert_log("a+ b+ @1000 a- ?a:EIO @2000 b- g=EIO[a:EIO]");
  assert_int_equal(last.state, ROOST_FAILED);
  assert_int_equal(last.called, 0);
}

/* G2: it is listed, and the group is cancelled. */
static void the_rest_may_be_cancelled(void **state) {
  (void)state;
  fail_one_of_two(CANCEL);
  assert_log("a+ b+ @1000 a- ?a:EIO b! g=EIO^[a:EIO]");
  assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
  assert_int_equal(last.reason.code, ROOST_EIO);
  assert_int_equal(last.reason.node.id, task.id);
}

/* G2: it never was. */
static void an_error_may_be_dropped(void **state) {
  (void)state;
  fail_one_of_two(DROP);
  assert_log("a+ b+ @1000 a- ?a:EIO @2000 b- g=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.error_count, 0);
}

/* G2, L5: the task has failed all the same. */
static void a_task_whose_error_was_dropped_has_failed(void **state) {
  (void)state;
  g = filtered(root, DROP, "g");
  task = spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  on_end(task, root, "end");
  run();
  assert_log("a+ @1000 a- ?a:EIO end=EIO");
  assert_int_equal(outcome_of(task).state, ROOST_FAILED);
  assert_int_equal(outcome_of(task).code, ROOST_EIO);
}

/* G2, B1: any other answer is taken for the safest. */
static void any_other_answer_cancels_the_rest(void **state) {
  (void)state;
  static const int answers[] = {3, -1, ROOST_EIO, 12345};
  for (size_t i = 0; i < COUNT(answers); i++) {
    clear_log();
    g = filtered(root, answers[i], "g");
    spawn(g, "a", .answers = ROOST_EIO);
    spawn(g, "b", .lasts = SECONDS(2));
    join(g, 0);
    run();
    assert_log("a+ b+ ?a:EIO b! g=EIO^[a:EIO]");
  }
}

static int drop_busy(roost_group group, const roost_error *error, void *data) {
  (void)group;
  (void)data;
  note("?%s", error->name);
  return error->code == ROOST_EBUSY ? DROP : RECORD;
}

/* G2, G3: the first that was not dropped is answered, and the dropped ones fill no list. */
static void dropped_errors_do_not_count(void **state) {
  (void)state;
  g = group(root, "g", .filter = drop_busy, .max_errors = 1);
  spawn(g, "a", .answers = ROOST_EBUSY);
  spawn(g, "b", .answers = ROOST_EIO);
  spawn(g, "c", .answers = ROOST_EBUSY);
  spawn(g, "d", .answers = ROOST_EINVAL);
  join(g, 0);
  run();
  assert_log("a+ b+ c+ d+ ?a ?b ?c ?d g=EIO[b:EIO+1]");
}

/* ---------------------------------------------------------------------------------------------- */
/* What it is asked for                                                                           */
/* ---------------------------------------------------------------------------------------------- */

/* `make` makes an error in g, in which z goes on for five seconds, and joins g; with each of the
 * three verdicts. */
static void try_verdicts(void (*make)(void), const char *recorded, const char *cancelled,
                         const char *dropped) {
  const char *const expected[] = {recorded, cancelled, dropped};
  for (int answers = RECORD; answers <= DROP; answers++) {
    assert_int_equal(close_now(), 0);
    assert_int_equal(open_runtime(NULL), 0);
    g = filtered(root, answers, "g");
    spawn(g, "z", .lasts = SECONDS(5));
    make();
    run();
    assert_log(expected[answers]);
  }
}

static void fail_a_daemon(void) {
  spawn(g, "d", .lasts = SECONDS(1), .answers = ROOST_EIO, .daemon = 1);
  join(g, 0);
}

/* G2, L3 */
static void for_the_error_of_a_daemon(void **state) {
  (void)state;
  try_verdicts(fail_a_daemon, "z+ d+ @1000 d- ?d:EIO @5000 z- g=EIO[d:EIO]",
               "z+ d+ @1000 d- ?d:EIO z! g=EIO^[d:EIO]", "z+ d+ @1000 d- ?d:EIO @5000 z- g=0");
}

static void fail_a_daemon_at_the_join(void) {
  spawn(g, "d", .lasts = SECONDS(9), .if_cut = ROOST_EIO, .daemon = 1);
  join(g, 0);
}

/* G2, L3: also when it was cancelled at the join; there is nothing left to cancel. */
static void for_the_error_of_a_daemon_at_the_join(void **state) {
  (void)state;
  try_verdicts(fail_a_daemon_at_the_join, "z+ d+ @5000 z- d! ?d:EIO g=EIO[d:EIO]",
               "z+ d+ @5000 z- d! ?d:EIO g=EIO[d:EIO]", "z+ d+ @5000 z- d! ?d:EIO g=0");
}

static void fail_a_cleanup(void) {
  task = spawn(g, "a", .lasts = SECONDS(1));
  cleanup(task, "first");
  cleanup(task, "second", .answers = ROOST_EIO);
  join(g, 0);
}

/* G2, K3a: of a task; the next cleanup waits for the verdict, and runs. */
static void for_the_error_of_a_cleanup(void **state) {
  (void)state;
  try_verdicts(fail_a_cleanup,
               "z+ a+ @1000 a- second:completed ?cleanup of a:EIO first:completed @5000 z- "
               "g=EIO[cleanup of a:EIO]",
               "z+ a+ @1000 a- second:completed ?cleanup of a:EIO z! first:completed "
               "g=EIO^[cleanup of a:EIO]",
               "z+ a+ @1000 a- second:completed ?cleanup of a:EIO first:completed @5000 z- g=0");
}

static void fail_a_cleanup_that_waits(void) {
  cleanup(spawn(g, "a", .lasts = SECONDS(1)), "c", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(g, 0);
}

/* G2, K3a: the same for one that has waited. */
static void for_the_error_of_a_cleanup_that_waits(void **state) {
  (void)state;
  try_verdicts(
      fail_a_cleanup_that_waits,
      "z+ a+ @1000 a- c:completed @2000 c- ?cleanup of a:EIO @5000 z- g=EIO[cleanup of a:EIO]",
      "z+ a+ @1000 a- c:completed @2000 c- ?cleanup of a:EIO z! g=EIO^[cleanup of a:EIO]",
      "z+ a+ @1000 a- c:completed @2000 c- ?cleanup of a:EIO @5000 z- g=0");
}

static void fail_a_cleanup_of_g(void) {
  cleanup(g, "first");
  cleanup(g, "second", .answers = ROOST_EIO);
  join(g, 0);
}

/* G2, K3: of the group itself, where there is nothing left to cancel. */
static void for_the_error_of_its_own_cleanup(void **state) {
  (void)state;
  try_verdicts(
      fail_a_cleanup_of_g,
      "z+ @5000 z- second:completed ?cleanup of g:EIO first:failed g=EIO[cleanup of g:EIO]",
      "z+ @5000 z- second:completed ?cleanup of g:EIO first:failed g=EIO[cleanup of g:EIO]",
      "z+ @5000 z- second:completed ?cleanup of g:EIO first:completed g=0");
}

static void fail_the_body(void) { join(g, ROOST_EIO); }

/* G2, G4: of the body, which cancels under every policy but this. */
static void for_the_error_of_the_body(void **state) {
  (void)state;
  try_verdicts(fail_the_body, "z+ ?g:EIO @5000 z- g=EIO[g:EIO]", "z+ ?g:EIO z! g=EIO^[g:EIO]",
               "z+ ?g:EIO @5000 z- g=0");
}

static void fail_a_nested_group(void) {
  h = group(g, "h", .policy = ROOST_SUPERVISE);
  spawn(h, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(h, "b", .lasts = SECONDS(2), .answers = ROOST_EBUSY);
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  join(g, 0);
}

/* G2, T1d: of a group that was joined inside: as one. */
static void for_the_errors_of_a_nested_group(void **state) {
  (void)state;
  try_verdicts(fail_a_nested_group,
               "z+ a+ b+ @1000 a- @2000 b- ?h:EIO @5000 z- g=EIO[h:EIO[a:EIO b:EBUSY]]",
               "z+ a+ b+ @1000 a- @2000 b- ?h:EIO z! g=EIO^[h:EIO[a:EIO b:EBUSY]]",
               "z+ a+ b+ @1000 a- @2000 b- ?h:EIO @5000 z- g=0");
}

static void fail_a_scope(void) {
  s = scope(g, "s");
  cleanup(s, "c", .answers = ROOST_EBUSY);
  assert_int_equal(roost_join(s, ROOST_EIO, NULL, NULL, NULL), 0);
  join(g, 0);
}

/* G2, T1d: and of a scope. */
static void for_the_errors_of_a_scope(void **state) {
  (void)state;
  try_verdicts(fail_a_scope, "z+ c:failed ?s:EIO @5000 z- g=EIO[s:EIO[s:EIO cleanup of s:EBUSY]]",
               "z+ c:failed ?s:EIO z! g=EIO^[s:EIO[s:EIO cleanup of s:EBUSY]]",
               "z+ c:failed ?s:EIO @5000 z- g=0");
}

static void leave_open(roost_task self) {
  h = group(self, "h");
  spawn(h, "b", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY);
}

static void leave_a_group_open(void) {
  task = spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO, .body = leave_open);
  cleanup(task, "c");
  join(g, 0);
}

/* G2, G7: for what a task left open, after its body's error, and before its cleanups. */
static void for_what_a_task_left_open(void **state) {
  (void)state;
  try_verdicts(leave_a_group_open,
               "z+ a+ b+ @1000 a- ?a:EIO b! ?a:EUNCLOSED c:failed @5000 z- "
               "g=EIO[a:EIO a:EUNCLOSED[h:EBUSY[b:EBUSY]]]",
               "z+ a+ b+ @1000 a- ?a:EIO b! z! ?a:EUNCLOSED c:failed "
               "g=EIO^[a:EIO a:EUNCLOSED[h:EBUSY[b:EBUSY]]]",
               "z+ a+ b+ @1000 a- ?a:EIO b! ?a:EUNCLOSED c:failed @5000 z- g=0");
}

static void time_a_task_out(void) {
  spawn(g, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(1));
  join(g, 0);
}

/* G2, D2a: for a task that its own deadline cut short. */
static void for_a_task_that_was_timed_out(void **state) {
  (void)state;
  try_verdicts(time_a_task_out, "z+ a+ @1000 a! ?a:ETIMEDOUT @5000 z- g=ETIMEDOUT[a:ETIMEDOUT]",
               "z+ a+ @1000 a! ?a:ETIMEDOUT z! g=ETIMEDOUT^[a:ETIMEDOUT]",
               "z+ a+ @1000 a! ?a:ETIMEDOUT @5000 z- g=0");
}

static void end_as_nobody_asked(void) {
  spawn(g, "a", .answers = ROOST_ECANCELED);
  spawn(g, "b", .answers = 2);
  cleanup(spawn(g, "c"), "of c", .answers = ROOST_ECANCELED);
  join(g, 0);
}

/* G2: for those that the engine makes of an answer that cannot be (C13a, S2a, K3). */
static void for_answers_that_cannot_be(void **state) {
  (void)state;
  try_verdicts(end_as_nobody_asked,
               "z+ a+ b+ c+ of c:completed ?a:ENOTCANCELLED ?b:EINVAL ?cleanup of c:ECUT "
               "@5000 z- g=ENOTCANCELLED[a:ENOTCANCELLED b:EINVAL cleanup of c:ECUT]",
               "z+ a+ b+ c+ of c:completed ?a:ENOTCANCELLED ?b:EINVAL ?cleanup of c:ECUT "
               "z! g=ENOTCANCELLED^[a:ENOTCANCELLED b:EINVAL cleanup of c:ECUT]",
               "z+ a+ b+ c+ of c:completed ?a:ENOTCANCELLED ?b:EINVAL ?cleanup of c:ECUT "
               "@5000 z- g=0");
}

/* G2, C7a, T1d: for a nested group that reports its cancellation. */
static void a_report_is_an_error_like_any(void **state) {
  (void)state;
  g = filtered(root, DROP, "g");
  h = group(g, "h", .report = 1);
  spawn(h, "a", .lasts = SECONDS(9));
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  act(SECONDS(1), cancel_h);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! ?h:EWASCANCELLED g=0");
}

/* G2, C13: not for a cancellation: of the group, of a task alone, of a nested group. */
static void it_is_not_asked_for_a_cancellation(void **state) {
  (void)state;
  g = filtered(root, CANCEL, "g");
  h = group(g, "h");
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(h, "b", .lasts = SECONDS(9));
  assert_int_equal(roost_cancel(spawn(g, "c", .lasts = SECONDS(9)), NULL), 0);
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ b+ c+ c! @1000 b! a! g=0^");
}

/* G2, C7b: nor for the body that passes one on. */
static void it_is_not_asked_for_a_body_that_was_cancelled(void **state) {
  (void)state;
  g = filtered(root, CANCEL, "g");
  cancel_g();
  join(g, ROOST_ECANCELED);
  run();
  assert_log("g=0^");
  g = filtered(root, RECORD, "g");
  join(g, ROOST_ECANCELED);
  run();
  assert_log("?g:ENOTCANCELLED g=ENOTCANCELLED[g:ENOTCANCELLED]");
}

/* G2: of the inner group is asked the inner one; the outer for what comes out of it. */
static void each_group_has_its_own(void **state) {
  (void)state;
  g = filtered(root, RECORD, "g");
  h = filtered(g, DROP, "h");
  spawn(h, "a", .answers = ROOST_EIO);
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  h = filtered(g, RECORD, "i");
  spawn(h, "b", .answers = ROOST_EBUSY);
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO b+ ?b:EBUSY ?i:EBUSY g=EBUSY[i:EBUSY[b:EBUSY]]");
}

/* G2, T1d: not for what was told to a join of its own. */
static void it_is_not_asked_for_what_went_elsewhere(void **state) {
  (void)state;
  g = filtered(root, CANCEL, "g");
  h = group(g, "h");
  spawn(h, "a", .answers = ROOST_EIO);
  join(h, 0);
  join(g, 0);
  run();
  assert_log("a+ h=EIO[a:EIO] g=0");
}

static void report_task(void) { assert_int_equal(roost_started(task, 0), 0); }

/* G2, L4: not for a pending task; for a started one. */
static void it_is_asked_for_what_belongs_to_the_group(void **state) {
  (void)state;
  g = filtered(root, DROP, "g");
  start_in(g, root, "a", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
  task = start_in(g, root, "b", .lasts = SECONDS(3), .answers = ROOST_EIO);
  act(SECONDS(2), report_task);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- a?=EBUSY @2000 b?=0 @3000 b- ?b:EIO g=0");
}

static void open_what_fails(roost_task self) {
  h = group(self, "h");
  spawn(h, "f", .lasts = SECONDS(1), .answers = ROOST_EIO);
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
}

/* G2, L4: and for what had failed in it before, once it has reported. */
static void it_is_asked_for_what_failed_before_the_report(void **state) {
  (void)state;
  g = filtered(root, DROP, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(3), .body = open_what_fails);
  act(SECONDS(2), report_task);
  after(root, MS(2500), "then");
  join(g, 0);
  run();
  assert_log("a+ f+ @1000 f- @2000 a?=0 ?h:EIO @2500 then=0 @3000 a- g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* When it is asked                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void finish_badly(void) {
  assert_int_equal(roost_finish(task, ROOST_EIO, NULL, NULL), 0);
  assert_int_equal(roost_cancelled(g), 0);
  note("finished");
}

/* G2, S2a: never inside the call, though the group of the twin learns of it at once. */
static void it_is_asked_in_a_later_step(void **state) {
  (void)state;
  g = filtered(root, CANCEL, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING);
  join(g, 0);
  act(SECONDS(1), finish_badly);
  run();
  assert_log("a+ @1000 finished ?a:EIO g=EIO[a:EIO]");
}

static void finish_badly_and_know(void) {
  assert_int_equal(roost_finish(task, ROOST_EIO, NULL, NULL), 0);
  assert_int_equal(roost_cancelled(g), 1);
}

/* G2a: the twin. */
static void without_a_filter_the_policy_applies_at_once(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING);
  join(g, 0);
  act(SECONDS(1), finish_badly_and_know);
  run();
  assert_log("a+ @1000 g=EIO[a:EIO]");
}

static void join_badly(void) {
  assert_int_equal(roost_join(g, ROOST_EIO, log_result, copy_name(g), drop_data), 0);
  note("joining");
}

/* G2: nor inside the join that brings the body's error. */
static void it_is_not_asked_inside_the_join(void **state) {
  (void)state;
  g = filtered(root, CANCEL, "g");
  act(SECONDS(1), join_badly);
  run();
  assert_log("@1000 joining ?g:EIO g=EIO[g:EIO]");
}

/* G2: before the cleanups of the task that failed, and once for each of its errors. */
static void it_is_asked_before_the_cleanups(void **state) {
  (void)state;
  g = filtered(root, RECORD, "g");
  task = spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  cleanup(task, "first", .answers = ROOST_EBUSY);
  cleanup(task, "second");
  join(g, 0);
  run();
  assert_log("a+ @1000 a- ?a:EIO second:failed first:failed ?cleanup of a:EBUSY "
             "g=EIO[a:EIO cleanup of a:EBUSY]");
}

static void finish_both(void) {
  assert_int_equal(roost_finish(other, ROOST_EIO, NULL, NULL), 0);
  assert_int_equal(roost_finish(task, ROOST_EBUSY, NULL, NULL), 0);
}

/* G2a: in the order in which bodies end. */
static void it_is_asked_in_the_order_of_the_errors(void **state) {
  (void)state;
  g = filtered(root, RECORD, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING);
  other = spawn(g, "b", .answers = ROOST_PENDING);
  spawn(g, "c", .answers = ROOST_EINVAL);
  join(g, 0);
  act(SECONDS(1), finish_both);
  run();
  assert_log("a+ b+ c+ ?c:EINVAL @1000 ?b:EIO ?a:EBUSY g=EINVAL[c:EINVAL b:EIO a:EBUSY]");
}

/* G2: in any state: after the group's cancellation too. */
static void it_is_asked_in_a_cancelled_group(void **state) {
  (void)state;
  g = filtered(root, CANCEL, "g");
  spawn(g, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ b+ @1000 a! b! ?a:EIO ?b:EBUSY g=EIO[a:EIO b:EBUSY]");
  assert_int_equal(last.reason.origin, ROOST_EXPLICIT);
}

static void look(const roost_error *error) {
  assert_int_equal(error->node.id, task.id);
  assert_string_equal(error->message, "the pear is rotten");
  assert_string_equal((char *)error->object, "pear");
  assert_null(error->children);
}

static void say_dropped(void *data) { note("drop:%s", (char *)data); }

static void explain_and_fail(roost_task self) {
  assert_int_equal(roost_explain(self, "the pear is rotten"), 0);
  assert_int_equal(roost_finish(self, ROOST_EIO, "pear", say_dropped), 0);
}

/* G2, G3: it is shown all that is known of the error. */
static void it_sees_the_error(void **state) {
  (void)state;
  g = filtered_as(root, RECORD, look, "g");
  task = spawn(g, "a", .body = explain_and_fail);
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO g=EIO[a:EIO] drop:pear");
}

/* G2, L6: what came with a dropped error goes with its task. */
static void the_object_of_a_dropped_error_is_dropped(void **state) {
  (void)state;
  g = filtered(root, DROP, "g");
  task = spawn(g, "a", .body = explain_and_fail);
  assert_int_equal(roost_release(task), 0);
  run();
  assert_log("a+ ?a:EIO drop:pear");
  task = spawn(g, "a", .body = explain_and_fail);
  run();
  assert_log("a+ ?a:EIO");
  join(g, 0);
  run();
  assert_log("g=0 drop:pear");
}

static void look_inside(const roost_error *error) {
  assert_string_equal(error->children->name, "a");
  assert_int_equal(error->children->code, ROOST_EIO);
  assert_string_equal(error->children->next->name, "b");
  assert_null(error->children->next->next);
}

/* G2, G3: and what is nested in it. */
static void it_sees_what_is_nested(void **state) {
  (void)state;
  g = filtered_as(root, DROP, look_inside, "g");
  fail_a_nested_group();
  run();
  assert_log("a+ b+ @1000 a- @2000 b- ?h:EIO g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* What it may do                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static void spawn_another(const roost_error *error) {
  if (error->code == ROOST_EIO) spawn(g, "b", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
}

/* G2, G6: it may spawn, into the group that is joined and has nothing else. */
static void it_may_spawn(void **state) {
  (void)state;
  g = filtered_as(root, RECORD, spawn_another, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO b+ @1000 b- ?b:EBUSY g=EIO[a:EIO b:EBUSY]");
}

/* G2: its answer applies to what it has spawned, too. */
static void what_it_spawns_is_cancelled_with_the_rest(void **state) {
  (void)state;
  g = filtered_as(root, CANCEL, spawn_another, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO b+ b! g=EIO^[a:EIO]");
}

static int never(roost_task self, void *data) {
  (void)self;
  (void)data;
  note("never");
  return 0;
}

static void spawn_too_late(const roost_error *error) {
  (void)error;
  assert_refused(ROOST_ECLOSED, roost_spawn, (g, ROOST_TASK(.start = never), NULL));
}

/* G2, G6: not when the group is cleaning up. */
static void it_may_not_spawn_any_more(void **state) {
  (void)state;
  g = filtered_as(root, DROP, spawn_too_late, "g");
  cleanup(g, "c", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("c:completed ?cleanup of g:EIO g=0");
}

static void cancel_its_own(const roost_error *error) {
  (void)error;
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 3)), 0);
}

/* G2: it may cancel its own group, whatever it answers then. */
static void it_may_cancel_its_own_group(void **state) {
  (void)state;
  for (int answers = RECORD; answers <= DROP; answers++) {
    clear_log();
    g = filtered_as(root, answers, cancel_its_own, "g");
    spawn(g, "a", .answers = ROOST_EIO);
    spawn(g, "b", .lasts = SECONDS(9));
    join(g, 0);
    run();
    assert_log(answers == DROP ? "a+ b+ ?a:EIO b! g=0^" : "a+ b+ ?a:EIO b! g=EIO^[a:EIO]");
    assert_int_equal(last.reason.origin, ROOST_EXPLICIT);
    assert_int_equal(last.reason.code, 3);
  }
}

static void cancel_another(const roost_error *error) {
  (void)error;
  cancel_h();
}

/* G2: or any other. */
static void it_may_cancel_another_group(void **state) {
  (void)state;
  h = group(root, "h");
  spawn(h, "b", .lasts = SECONDS(9));
  g = filtered_as(root, DROP, cancel_another, "g");
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "c", .lasts = SECONDS(2));
  join(g, 0);
  join(h, 0);
  run();
  assert_log("b+ a+ c+ @1000 a- ?a:EIO b! h=0^ @2000 c- g=0");
}

static void join_its_own(const roost_error *error) {
  (void)error;
  join(g, 0);
}

/* G2: it may close its own group; the answer applies to what is left. */
static void it_may_close_its_own_group(void **state) {
  (void)state;
  static const char *const expected[] = {"a+ b+ ?a:EIO @1000 b- g=EIO[a:EIO]",
                                         "a+ b+ ?a:EIO b! g=EIO^[a:EIO]",
                                         "a+ b+ ?a:EIO @3000 b- g=0"};
  for (int answers = RECORD; answers <= DROP; answers++) {
    clear_log();
    g = filtered_as(root, answers, join_its_own, "g");
    spawn(g, "a", .answers = ROOST_EIO);
    spawn(g, "b", .lasts = answers == DROP ? SECONDS(2) : SECONDS(1));
    run();
    assert_log(expected[answers]);
  }
}

static void join_its_own_badly(const roost_error *error) {
  if (error->code == ROOST_EIO) join(g, ROOST_EBUSY);
}

/* G2: with an error, for which it is asked next. */
static void it_may_close_its_own_group_with_an_error(void **state) {
  (void)state;
  g = filtered_as(root, RECORD, join_its_own_badly, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  run();
  assert_log("a+ ?a:EIO ?g:EBUSY g=EIO[a:EIO g:EBUSY]");
}

static int asking;

static void finish_the_others(const roost_error *error) {
  assert_int_equal(asking++, 0);
  if (error->code == ROOST_EIO) {
    assert_int_equal(roost_finish(task, ROOST_EBUSY, NULL, NULL), 0);
    assert_int_equal(roost_finish(other, 7, NULL, NULL), 0);
  }
  asking--;
}

/* G2: it may end other tasks; it is asked for their errors when it has answered. */
static void it_may_end_other_tasks(void **state) {
  (void)state;
  g = filtered_as(root, RECORD, finish_the_others, "g");
  task = spawn(g, "b", .answers = ROOST_PENDING);
  other = spawn(g, "c", .answers = ROOST_PENDING);
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("b+ c+ a+ @1000 a- ?a:EIO ?b:EBUSY g=EIO[a:EIO b:EBUSY]");
}

static void defer_more(const roost_error *error) {
  (void)error;
  cleanup(task, "of a");
  cleanup(g, "of g");
}

/* G2, K1: it may register cleanups, on the task that failed too. */
static void it_may_register_cleanups(void **state) {
  (void)state;
  g = filtered_as(root, DROP, defer_more, "g");
  task = spawn(g, "a", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO of a:failed of g:completed g=0");
}

static void release_it(const roost_error *error) {
  assert_int_equal(roost_release(error->node), 0);
  assert_string_equal((char *)error->object, "pear");
}

/* G2, L5: it may release the task that failed: the error stays listed. */
static void it_may_release_the_task(void **state) {
  (void)state;
  g = filtered_as(root, RECORD, release_it, "g");
  task = spawn(g, "a", .body = explain_and_fail);
  run();
  assert_log("a+ ?a:EIO");
  join(g, 0);
  run();
  assert_log("g=EIO[a:EIO] drop:pear");
}

/* G2, L6: with a dropped error, all of it goes. */
static void it_may_release_the_task_and_drop_its_error(void **state) {
  (void)state;
  g = filtered_as(root, DROP, release_it, "g");
  task = spawn(g, "a", .body = explain_and_fail);
  run();
  assert_log("a+ ?a:EIO drop:pear");
}

static void open_inside(const roost_error *error) {
  (void)error;
  h = group(g, "h");
  spawn(h, "b", .lasts = SECONDS(1));
}

/* G2, T1d: it may open a group, which the group that is joined waits for, and closes. */
static void it_may_open_a_group(void **state) {
  (void)state;
  g = filtered_as(root, DROP, open_inside, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO b+ @1000 b- g=0");
}

static void close_the_runtime(const roost_error *error) {
  (void)error;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
}

/* G2, S8a: it may close the runtime. */
static void it_may_close_the_runtime(void **state) {
  (void)state;
  g = filtered_as(root, DROP, close_the_runtime, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(9));
  roost_runtime closing = rt;
  join(g, 0);
  assert_int_equal(roost_run(closing), 0);
  rt.id = 0;
  assert_log("a+ b+ ?a:EIO b! g=ECANCELED");
}

static int fails_left;

static void spawn_a_failing_one(const roost_error *error) {
  (void)error;
  if (fails_left-- > 0) spawn(g, "a", .answers = ROOST_EIO);
}

/* G2, S1: one that always finds something to do does not keep the loop. */
static void it_does_not_starve_the_others(void **state) {
  (void)state;
  fails_left = 3;
  g = filtered_as(root, DROP, spawn_a_failing_one, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  after(root, 0, "w");
  join(g, 0);
  run();
  assert_log("a+ w=0 ?a:EIO a+ ?a:EIO a+ ?a:EIO a+ ?a:EIO g=0");
}

static void fail_before_queued_ones(int answers) {
  clear_log();
  g = filtered(root, answers, "g", .limit = 1);
  spawn(g, "a", .answers = ROOST_EIO);
  cleanup(spawn(g, "b"), "of b");
  join(g, 0);
  run();
}

/* G2, L2: a task that failed keeps its place until the filter has answered: what it cancels does
 * not start. */
static void it_is_asked_before_the_next_task_starts(void **state) {
  (void)state;
  fail_before_queued_ones(RECORD);
  assert_log("a+ ?a:EIO b+ of b:completed g=EIO[a:EIO]");
  fail_before_queued_ones(CANCEL);
  assert_log("a+ ?a:EIO of b:cancelled:new g=EIO^[a:EIO]");
  fail_before_queued_ones(DROP);
  assert_log("a+ ?a:EIO b+ of b:completed g=0");
}

static void leave_a_filtered_group_open(roost_task self) {
  h = filtered(self, DROP, "h");
  spawn(h, "b", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY);
}

/* G2, G7: in a group that was left open it is asked as well; what it drops is not nested. */
static void it_is_asked_in_a_group_that_was_left_open(void **state) {
  (void)state;
  g = filtered(root, RECORD, "g");
  spawn(g, "a", .lasts = SECONDS(1), .body = leave_a_filtered_group_open);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- b! ?b:EBUSY ?a:EUNCLOSED g=EUNCLOSED[a:EUNCLOSED[h:EUNCLOSED]]");
}

static void start_another(const roost_error *error) {
  if (error->code == ROOST_EIO) other = start_in(g, root, "b", .lasts = SECONDS(1));
}

/* G2, L4: it may start a task, which holds the group. */
static void it_may_start_a_task(void **state) {
  (void)state;
  g = filtered_as(root, RECORD, start_another, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  cleanup(g, "c");
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO b+ @1000 b- c:failed g=EIO[a:EIO] b?=ENOTSTARTED");
}

static void shield_it(const roost_error *error) {
  (void)error;
  assert_int_equal(roost_set_shield(other, 1), 0);
}

/* G2, C10: it may save a task from its own answer. */
static void it_may_shield_a_task(void **state) {
  (void)state;
  g = filtered_as(root, CANCEL, shield_it, "g");
  other = spawn(g, "b", .lasts = SECONDS(3));
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "c", .lasts = SECONDS(3));
  join(g, 0);
  run();
  assert_log("b+ a+ c+ @1000 a- ?a:EIO c! @3000 b- g=EIO^[a:EIO]");
}

static void take_nothing(const roost_error *error) {
  void *taken = NULL;
  assert_refused(ROOST_EORDER, roost_take_result, (error->node, &taken));
  assert_refused(ROOST_EALREADY, roost_finish, (error->node, 0, NULL, NULL));
  assert_refused(ROOST_EALREADY, roost_explain, (error->node, "late"));
  assert_int_equal(outcome_of(error->node).state, ROOST_ALIVE);
}

/* G2, S2a, L6, B1: the task whose error it sees has ended its body, and is not over. */
static void the_task_is_not_over_when_it_is_asked(void **state) {
  (void)state;
  g = filtered_as(root, DROP, take_nothing, "g");
  spawn(g, "a", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* With every policy                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* G2: the filter stands in the place of the policy. */
static void it_decides_under_every_policy(void **state) {
  (void)state;
  for (uint64_t policy = ROOST_FAIL_FAST; policy <= ROOST_SUPERVISE; policy++) {
    clear_log();
    g = filtered(root, RECORD, "g", .policy = policy);
    spawn(g, "a", .answers = ROOST_EIO);
    spawn(g, "b");
    join(g, ROOST_EBUSY);
    run();
    assert_log("a+ b+ ?g:EBUSY ?a:EIO g=EBUSY[g:EBUSY a:EIO]");
    assert_int_equal(last.called, 0);
    g = filtered(root, CANCEL, "g", .policy = policy);
    spawn(g, "a", .answers = ROOST_EIO);
    spawn(g, "b", .lasts = SECONDS(9));
    join(g, 0);
    run();
    assert_log("a+ b+ ?a:EIO b! g=EIO^[a:EIO]");
  }
}

/* G2, G2b: in a race it is asked for the errors, also of those who lost, and not for successes. */
static void it_decides_in_a_race(void **state) {
  (void)state;
  g = filtered(root, DROP, "g", .policy = ROOST_RACE);
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(2));
  spawn(g, "c", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY);
  spawn(g, "d", .lasts = SECONDS(9), .if_cut = 9);
  join(g, 0);
  run();
  assert_log("a+ b+ c+ d+ @1000 a- ?a:EIO @2000 b- c! d! ?c:EBUSY g=0[d:9]");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* G2, G2b: it may end the race, which nobody has won then. */
static void it_may_end_a_race(void **state) {
  (void)state;
  g = filtered(root, CANCEL, "g", .policy = ROOST_RACE);
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- ?a:EIO b! g=EIO^[a:EIO]");
  assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
}

/* G2, G2b: errors of cleanups and of the body fail a race that was won only where they are kept. */
static void it_may_save_a_race_that_was_won(void **state) {
  (void)state;
  g = filtered(root, DROP, "g", .policy = ROOST_RACE);
  cleanup(spawn(g, "a"), "c", .answers = ROOST_EIO);
  join(g, ROOST_EBUSY);
  run();
  assert_log("a+ c:completed ?g:EBUSY ?cleanup of a:EIO g=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* G2b: errors that were dropped never were, but they do not win either. */
static void a_race_whose_errors_were_dropped_has_no_winner(void **state) {
  (void)state;
  g = filtered(root, DROP, "g", .policy = ROOST_RACE);
  spawn(g, "a", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ ?a:EIO g=ENOWINNER");
}

static void open_filtered_root(int answers) {
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .filter = decide,
                                                    .filter_data = new_verdict(answers, NULL),
                                                    .filter_drop = drop_data),
                                      &rt),
                   0);
  root = roost_root(rt);
  beginning = roost_now(rt);
}

/* G2, S8: on the root group; nested groups as everywhere. */
static void the_root_may_have_one(void **state) {
  (void)state;
  open_filtered_root(DROP);
  spawn(root, "a", .answers = ROOST_EIO);
  g = group(root, "g");
  spawn(g, "b", .answers = ROOST_EBUSY);
  assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
  run();
  assert_log("a+ b+ ?a:EIO ?g:EBUSY");
  spawn(root, "c", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  assert_int_equal(close_now(), 0);
  assert_log("c+ c! ?c:EIO");
}

/* G2, S8: and may cancel all. */
static void the_root_may_be_cancelled_by_one(void **state) {
  (void)state;
  open_filtered_root(CANCEL);
  spawn(root, "a", .answers = ROOST_EIO);
  spawn(root, "b", .lasts = SECONDS(9));
  run();
  assert_log("a+ b+ ?a:EIO b!");
  assert_int_equal(close_now(), ROOST_EIO);
}

/* ---------------------------------------------------------------------------------------------- */
/* Its data                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* K5: dropped when the group has ended, after its join; also where there was no filter. */
static void its_data_is_dropped_when_the_group_has_ended(void **state) {
  (void)state;
  g = group(root, "g", .filter = drop_busy, .filter_data = "data", .filter_drop = say_dropped);
  spawn(g, "a", .answers = ROOST_EBUSY);
  join(g, 0);
  h = group(root, "h", .filter_data = "only data", .filter_drop = say_dropped);
  join(h, 0);
  run();
  assert_log("a+ ?a h=0 drop:only data g=0 drop:data");
}

static void drop_one(void *count) { ++*(int *)count; }

#define refuse_group(expected, parent, ...)                                                        \
  do {                                                                                             \
    int drops = 0;                                                                                 \
    roost_group none = {0};                                                                        \
    assert_refused(expected, roost_group_open,                                                     \
                   (parent,                                                                        \
                    ROOST_GROUP(__VA_ARGS__, .filter = decide, .filter_data = &drops,              \
                                .filter_drop = drop_one),                                          \
                    &none));                                                                       \
    assert_int_equal(drops, 1);                                                                    \
    assert_int_equal(none.id, 0);                                                                  \
  } while (0)

static void open_too_late(roost_task self) {
  (void)self;
  refuse_group(ROOST_ECLOSED, g, .name = "x");
}

/* K5: and when the group cannot be opened, before that call returns. */
static void its_data_is_dropped_when_the_group_is_refused(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .body = open_too_late);
  refuse_group(ROOST_EINVAL, root, .policy = 4);
  refuse_group(ROOST_EINVAL, root, .move_on = 2);
  refuse_group(ROOST_EINVAL, (roost_node){0}, .name = "x");
  join(g, 0);
  run();
  refuse_group(ROOST_ESTALE, g, .name = "x");
  int drops = 0;
  assert_refused(
      ROOST_EINVAL, roost_group_open,
      (root, ROOST_GROUP(.filter = decide, .filter_data = &drops, .filter_drop = drop_one), NULL));
  assert_int_equal(drops, 1);
}

/* K5: the same for a runtime. */
static void its_data_is_dropped_when_the_runtime_is_refused(void **state) {
  (void)state;
  int drops = 0;
  roost_runtime none = {0};
  assert_refused(
      ROOST_EINVAL, roost_runtime_open,
      (ROOST_RUNTIME(.clock = 9, .filter = decide, .filter_data = &drops, .filter_drop = drop_one),
       &none));
  assert_int_equal(drops, 1);
  assert_refused(
      ROOST_EINVAL, roost_runtime_open,
      (ROOST_RUNTIME(.filter = decide, .filter_data = &drops, .filter_drop = drop_one), NULL));
  assert_int_equal(drops, 2);
  assert_int_equal(none.id, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_error_may_be_recorded),
      TEST(the_rest_may_be_cancelled),
      TEST(an_error_may_be_dropped),
      TEST(a_task_whose_error_was_dropped_has_failed),
      TEST(any_other_answer_cancels_the_rest),
      TEST(dropped_errors_do_not_count),
      TEST(for_the_error_of_a_daemon),
      TEST(for_the_error_of_a_daemon_at_the_join),
      TEST(for_the_error_of_a_cleanup),
      TEST(for_the_error_of_a_cleanup_that_waits),
      TEST(for_the_error_of_its_own_cleanup),
      TEST(for_the_error_of_the_body),
      TEST(for_the_errors_of_a_nested_group),
      TEST(for_the_errors_of_a_scope),
      TEST(for_what_a_task_left_open),
      TEST(for_a_task_that_was_timed_out),
      TEST(for_answers_that_cannot_be),
      TEST(a_report_is_an_error_like_any),
      TEST(it_is_not_asked_for_a_cancellation),
      TEST(it_is_not_asked_for_a_body_that_was_cancelled),
      TEST(each_group_has_its_own),
      TEST(it_is_not_asked_for_what_went_elsewhere),
      TEST(it_is_asked_for_what_belongs_to_the_group),
      TEST(it_is_asked_for_what_failed_before_the_report),
      TEST(it_is_asked_in_a_later_step),
      TEST(without_a_filter_the_policy_applies_at_once),
      TEST(it_is_not_asked_inside_the_join),
      TEST(it_is_asked_before_the_cleanups),
      TEST(it_is_asked_in_the_order_of_the_errors),
      TEST(it_is_asked_in_a_cancelled_group),
      TEST(it_sees_the_error),
      TEST(the_object_of_a_dropped_error_is_dropped),
      TEST(it_sees_what_is_nested),
      TEST(it_may_spawn),
      TEST(what_it_spawns_is_cancelled_with_the_rest),
      TEST(it_may_not_spawn_any_more),
      TEST(it_may_cancel_its_own_group),
      TEST(it_may_cancel_another_group),
      TEST(it_may_close_its_own_group),
      TEST(it_may_close_its_own_group_with_an_error),
      TEST(it_may_end_other_tasks),
      TEST(it_may_register_cleanups),
      TEST(it_may_release_the_task),
      TEST(it_may_release_the_task_and_drop_its_error),
      TEST(it_may_open_a_group),
      TEST(it_may_close_the_runtime),
      TEST(it_does_not_starve_the_others),
      TEST(it_is_asked_before_the_next_task_starts),
      TEST(it_is_asked_in_a_group_that_was_left_open),
      TEST(it_may_start_a_task),
      TEST(it_may_shield_a_task),
      TEST(the_task_is_not_over_when_it_is_asked),
      TEST(it_decides_under_every_policy),
      TEST(it_decides_in_a_race),
      TEST(it_may_end_a_race),
      TEST(it_may_save_a_race_that_was_won),
      TEST(a_race_whose_errors_were_dropped_has_no_winner),
      TEST(the_root_may_have_one),
      TEST(the_root_may_be_cancelled_by_one),
      TEST(its_data_is_dropped_when_the_group_has_ended),
      TEST(its_data_is_dropped_when_the_group_is_refused),
      TEST(its_data_is_dropped_when_the_runtime_is_refused),
  };
  return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
