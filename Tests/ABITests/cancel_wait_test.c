/* C12b: cancelling a node and waiting for its end, in one call. */
#include "support.h"

#include <string.h>

static roost_group g, h;
static roost_scope s;
static roost_task task, other;
static roost_wait wait;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void finish_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }
static void wake_seven(void) { assert_int_equal(roost_wake(wait, 7), 0); }

static int stay(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d/%d/%s", (char *)name, (int)why->origin, (int)why->code, why->message);
  return ROOST_PENDING;
}

/* Cancels, and waits in the root for the end; the wait is logged. */
static roost_wait cancel_and_wait(roost_node node, roost_node in, const char *name) {
  roost_wait it = {0};
  assert_int_equal(roost_cancel_and_wait(node, in, NULL, log_wait, copy_text(name), drop_data, &it),
                   0);
  assert_int_not_equal(it.id, 0);
  return it;
}

/* ---------------------------------------------------------------------------------------------- */
/* What it waits for                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* C12b, L5a: of a task it brings the outcome. */
static void a_task_is_cancelled_and_waited_for(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9));
  cancel_and_wait(task, root, "end");
  assert_int_equal(roost_cancelled(task), 1);
  assert_log("");
  run();
  assert_log("a+ a! end=ETASKCANCELLED");
}

/* C12b, C4: the twin, which is cancelled in vain. */
static void a_task_that_completes_all_the_same_is_waited_for(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9), .if_cut = 7);
  cancel_and_wait(task, root, "end");
  run();
  assert_log("a+ a! end=7");
  task = spawn(root, "b", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  cancel_and_wait(task, root, "end");
  run();
  assert_log("b+ b! end=EIO");
}

/* C12b: until it has really ended, its cleanups included. */
static void the_cleanups_are_waited_for(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(2));
  cancel_and_wait(task, root, "end");
  run();
  assert_log("a+ a! c:cancelled @2000 c- end=ETASKCANCELLED");
}

/* C12b: of a group or scope it brings the code of the result, to be had when that is closed. */
static void groups_and_scopes_are_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  cancel_and_wait(g, root, "end of g");
  join(g, 0);
  run();
  assert_log("a+ b+ a! b! g=EIO^[b:EIO] end of g=EIO");
  s = scope(root, "s", .report = 1);
  cancel_and_wait(s, root, "end of s");
  join(s, ROOST_ECANCELED);
  run();
  assert_log("s=EWASCANCELLED^ end of s=EWASCANCELLED");
}

/* C12b, C9: the reason is the caller's. */
static void the_reason_is_given(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_PENDING, .on_cancel = stay);
  assert_int_equal(roost_cancel_and_wait(
                       task, root,
                       ROOST_CANCEL(.origin = ROOST_SIGNAL, .code = 15, .message = "time to go"),
                       log_wait, copy_text("end"), drop_data, NULL),
                   0);
  act(SECONDS(1), finish_task);
  run();
  assert_log("a+ a:5/15/time to go @1000 end=0");
}

/* C12b, C5: cancelled before, it keeps its first reason, and is waited for. */
static void what_was_cancelled_before_is_waited_for(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(2));
  assert_int_equal(roost_cancel(task, ROOST_CANCEL(.code = 1)), 0);
  assert_int_equal(roost_cancel_and_wait(task, root, ROOST_CANCEL(.code = 2), log_wait,
                                         copy_text("end"), drop_data, NULL),
                   0);
  assert_int_equal(reason_of(task).code, 1);
  run();
  assert_log("a+ a! c:cancelled @2000 c- end=ETASKCANCELLED");
}

/* C12b, L5: several may. */
static void several_may_wait_so(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9));
  cancel_and_wait(task, root, "first");
  cancel_and_wait(task, root, "second");
  on_end(task, root, "third");
  run();
  assert_log("a+ a! first=ETASKCANCELLED second=ETASKCANCELLED third=ETASKCANCELLED");
}

/* C12b, L2a: of a task that never starts. */
static void a_queued_task_is_waited_for(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(1));
  task = spawn(g, "b", .lasts = SECONDS(1));
  cancel_and_wait(task, root, "end");
  run();
  assert_log("a+ end=ETASKCANCELLED @1000 a-");
}

/* C12b, L5: it has ended and is kept: the wait ends at once, in a later turn. */
static void a_kept_outcome_is_there_at_once(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = 0);
  other = spawn(root, "b", .answers = ROOST_EIO);
  run();
  clear_log();
  cancel_and_wait(task, root, "a");
  cancel_and_wait(other, root, "b");
  assert_log("");
  run();
  assert_log("a=0 b=EIO");
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
}

static void finish_and_wait(roost_task self) {
  assert_int_equal(roost_finish(self, 7, NULL, NULL), 0);
  cancel_and_wait(self, root, "end");
}

/* C12b: its body is over, but it has not ended. */
static void a_task_that_is_ending_is_waited_for(void **state) {
  (void)state;
  task = spawn(root, "a", .body = finish_and_wait);
  cleanup(task, "c", .lasts = SECONDS(1));
  run();
  assert_log("a+ c:completed @1000 c- end=7");
}

static void cancel_and_wait_for_other(void) { cancel_and_wait(other, root, "end"); }
static void remember_other(roost_task self) { other = self; }

/* C12b, K2b: a cleanup's task too. */
static void a_cleanup_is_cancelled_and_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .lasts = SECONDS(9), .body = remember_other);
  join(g, 0);
  act(SECONDS(1), cancel_and_wait_for_other);
  run();
  assert_log("c:completed @1000 c! g=ECUT[cleanup of g:ECUT] end=ECUT");
}

/* ---------------------------------------------------------------------------------------------- */
/* The wait is cancellable                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* C12b: by its own scope; the cancellation of the node stays. */
static void the_wait_is_cancelled_by_its_own_scope(void **state) {
  (void)state;
  s = scope(root, "s");
  task = spawn(root, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(5));
  cancel_and_wait(task, s, "end");
  act(SECONDS(1), cancel_s);
  run();
  assert_log("a+ a! c:cancelled @1000 end=ECANCELED @5000 c-");
  assert_int_equal(outcome_of(task).state, ROOST_CANCELLED);
}

/* C12b, C10: the twin, in a shield. */
static void the_wait_may_be_shielded(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  task = spawn(root, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(5));
  cancel_and_wait(task, s, "end");
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ a! c:cancelled @5000 c- end=ETASKCANCELLED");
}

/* C3a, C12b: begun in a cancelled node, it takes nothing; the other is cancelled all the same. */
static void a_wait_begun_in_a_cancelled_node_still_cancels(void **state) {
  (void)state;
  task = spawn(root, "kept");
  run();
  clear_log();
  s = scope(root, "s");
  cancel_s();
  other = spawn(root, "a", .lasts = SECONDS(9));
  cancel_and_wait(other, s, "end of a");
  cancel_and_wait(task, s, "end of kept");
  assert_int_equal(roost_cancelled(other), 1);
  run();
  assert_log("a+ end of a=ECANCELED end of kept=ECANCELED a!");
}

/* C12: likewise while stopping. */
static void a_wait_begun_while_stopping_still_cancels(void **state) {
  (void)state;
  task = spawn(root, "kept");
  run();
  clear_log();
  s = scope(root, "s", .until_stopping = 1);
  assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0);
  other = spawn(root, "a", .lasts = SECONDS(9));
  cancel_and_wait(other, s, "end of a");
  cancel_and_wait(task, s, "end of kept");
  run();
  assert_log("a+ end of a=ESTOPPING end of kept=ESTOPPING a!");
}

static void take_back(void) { assert_int_equal(roost_unwait(wait), 0); }

/* S2b: it is taken back like any wait; the cancellation is not (C1). */
static void the_wait_is_taken_back(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(5));
  wait = cancel_and_wait(task, root, "end");
  act(SECONDS(1), take_back);
  run();
  assert_log("a+ a! c:cancelled @5000 c-");
}

static void wait_for_other(roost_task self) { cancel_and_wait(other, self, "end"); }

/* S2b: and when the node that waits has ended first. */
static void the_wait_ends_with_the_task_that_waits(void **state) {
  (void)state;
  other = spawn(root, "b", .lasts = SECONDS(9));
  cleanup(other, "c", .lasts = SECONDS(5));
  spawn(root, "a", .lasts = SECONDS(1), .body = wait_for_other);
  run();
  assert_log("b+ a+ b! c:cancelled @1000 a- @5000 c-");
}

static void park_stubbornly(roost_task self) { wait = park(self, "p", .abort = WILL_END); }

/* C12b, C14b: what refuses is waited for. */
static void what_refuses_is_waited_for(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_PENDING, .body = park_stubbornly);
  act(0, cancel_and_wait_for_other);
  other = task;
  act(SECONDS(2), wake_seven);
  act(SECONDS(3), finish_task);
  run();
  assert_log("a+ p:abort @2000 p=7 @3000 end=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Waiting for itself                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static int dropped;
static void count_drop(void *data) {
  (void)data;
  dropped++;
}

/* EDEADLK: it is cancelled, nobody waits, and the data is dropped (K5). */
static void assert_waits_for_itself(roost_node node, roost_node in) {
  dropped = 0;
  wait.id = 42;
  assert_refused(ROOST_EDEADLK, roost_cancel_and_wait,
                 (node, in, ROOST_CANCEL(.code = 3), log_wait, NULL, count_drop, &wait));
  assert_int_equal(dropped, 1);
  assert_int_equal(wait.id, 42);
  assert_int_equal(roost_cancel_called(node), 1);
  assert_int_equal(reason_of(node).code, 3);
}

/* C12b: the node itself. */
static void waiting_for_itself_is_refused_and_cancels(void **state) {
  (void)state;
  s = scope(root, "s");
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  assert_waits_for_itself(s, s);
  assert_waits_for_itself(task, task);
  assert_waits_for_itself(g, g);
  run();
  assert_log("a+ a!");
}

/* C12b: or a node that contains it, at any depth. */
static void waiting_for_what_contains_it_is_refused_and_cancels(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  task = spawn(h, "a", .lasts = SECONDS(9));
  s = scope(task, "s");
  assert_waits_for_itself(g, s);
  assert_int_equal(roost_cancelled(task), 1);
  assert_int_equal(roost_cancel_called(task), 0);
  assert_waits_for_itself(root, task);
  join(s, 0);
  run();
  assert_log("a+ s=0 a!");
}

static void wait_for_itself(roost_task self) { assert_waits_for_itself(self, self); }

/* C12b: from inside of the task, which goes on until it waits. */
static void a_task_may_cancel_itself_so(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9), .body = wait_for_itself);
  run();
  assert_log("a+ a!");
}

/* C12b: what is beneath the waiting node, or beside it, is none of that. */
static void what_is_beneath_may_be_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  s = scope(root, "s");
  cancel_and_wait(task, g, "end of a");
  run();
  assert_log("a+ a! end of a=ETASKCANCELLED");
  cancel_and_wait(g, s, "end of g");
  join(g, 0);
  run();
  assert_log("g=0 end of g=0");
}

/* C12b: already cancelled, the answer is the same. */
static void waiting_for_itself_is_refused_every_time(void **state) {
  (void)state;
  s = scope(root, "s");
  assert_waits_for_itself(s, s);
  assert_waits_for_itself(s, s);
  assert_int_equal(roost_cancel(s, NULL), ROOST_ALREADY);
}

/* ---------------------------------------------------------------------------------------------- */
/* Calls that fail                                                                                */
/* ---------------------------------------------------------------------------------------------- */

#define ASSERT_FAILS(code, node, in, why, fn)                                                      \
  do {                                                                                             \
    dropped = 0;                                                                                   \
    wait.id = 42;                                                                                  \
    assert_refused(code, roost_cancel_and_wait, (node, in, why, fn, NULL, count_drop, &wait));     \
    assert_int_equal(dropped, 1);                                                                  \
    assert_int_equal(wait.id, 42);                                                                 \
  } while (0)

static void end_in_its_own_body(roost_task self) {
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  ASSERT_FAILS(ROOST_ECLOSED, g, self, NULL, log_wait);
}

/* C12b, K5: any other failure cancels nothing, and drops what it was given. */
static void a_call_that_fails_cancels_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  join(h, 0);
  task = spawn(root, "a", .body = end_in_its_own_body);
  run();
  assert_log("h=0 a+");
  const roost_node unset = {0};
  roost_runtime runtime = {0};
  roost_cleanup entry = cleanup(root, "c");
  const roost_node cleanup_as_node = {entry.id};
  ASSERT_FAILS(ROOST_EINVAL, g, unset, NULL, log_wait);
  ASSERT_FAILS(ROOST_EINVAL, unset, root, NULL, log_wait);
  ASSERT_FAILS(ROOST_EINVAL, g, root, NULL, NULL);
  ASSERT_FAILS(ROOST_EINVAL, g, root, ROOST_CANCEL(.origin = ROOST_SHUTDOWN), log_wait);
  ASSERT_FAILS(ROOST_EINVAL, g, g, ROOST_CANCEL(.origin = ROOST_SHUTDOWN), log_wait);
  ASSERT_FAILS(ROOST_ESTALE, g, h, NULL, log_wait);
  ASSERT_FAILS(ROOST_ESTALE, h, root, NULL, log_wait);
  ASSERT_FAILS(ROOST_EKIND, g, cleanup_as_node, NULL, log_wait);
  ASSERT_FAILS(ROOST_EKIND, cleanup_as_node, root, NULL, log_wait);
  assert_int_equal(roost_runtime_open(NULL, &runtime), 0);
  ASSERT_FAILS(ROOST_EFOREIGN, g, roost_root(runtime), NULL, log_wait);
  ASSERT_FAILS(ROOST_EFOREIGN, roost_root(runtime), root, NULL, log_wait);
  assert_int_equal(roost_cancelled(roost_root(runtime)), 0);
  assert_int_equal(roost_close(runtime, 0, NULL, NULL, NULL), 0);
  assert_int_equal(roost_cancel_called(g), 0);
  assert_int_equal(roost_cancelled(root), 0);
  assert_int_equal(roost_undefer(entry), 0);
}

/* L5: it has ended, and nothing was kept. */
static void what_was_not_kept_is_stale(void **state) {
  (void)state;
  task = spawn(root, "a");
  run();
  assert_int_equal(roost_release(task), 0);
  run();
  ASSERT_FAILS(ROOST_ESTALE, task, root, NULL, log_wait);
  assert_log("a+");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_task_is_cancelled_and_waited_for),
      TEST(a_task_that_completes_all_the_same_is_waited_for),
      TEST(the_cleanups_are_waited_for),
      TEST(groups_and_scopes_are_waited_for),
      TEST(the_reason_is_given),
      TEST(what_was_cancelled_before_is_waited_for),
      TEST(several_may_wait_so),
      TEST(a_queued_task_is_waited_for),
      TEST(a_kept_outcome_is_there_at_once),
      TEST(a_task_that_is_ending_is_waited_for),
      TEST(a_cleanup_is_cancelled_and_waited_for),
      TEST(the_wait_is_cancelled_by_its_own_scope),
      TEST(the_wait_may_be_shielded),
      TEST(a_wait_begun_in_a_cancelled_node_still_cancels),
      TEST(a_wait_begun_while_stopping_still_cancels),
      TEST(the_wait_is_taken_back),
      TEST(the_wait_ends_with_the_task_that_waits),
      TEST(what_refuses_is_waited_for),
      TEST(waiting_for_itself_is_refused_and_cancels),
      TEST(waiting_for_what_contains_it_is_refused_and_cancels),
      TEST(a_task_may_cancel_itself_so),
      TEST(what_is_beneath_may_be_waited_for),
      TEST(waiting_for_itself_is_refused_every_time),
      TEST(a_call_that_fails_cancels_nothing),
      TEST(what_was_not_kept_is_stale),
  };
  return cmocka_run_group_tests_name("cancel_wait", tests, NULL, NULL);
}
