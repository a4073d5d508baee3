/* C12, C12a and S8a: shutting down in two phases, and closing the runtime so. */
#include "support.h"

#include <string.h>
#include <uv.h>

static roost_group g, h;
static roost_scope s, u;
static roost_task task;
static roost_wait wait;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void wake_seven(void) { assert_int_equal(roost_wake(wait, 7), 0); }
static void wake_cancelled(void) { assert_int_equal(roost_wake(wait, ROOST_ECANCELED), 0); }

/* Shuts down without an end to the patience. */
static void stop_softly(roost_node node) {
  assert_int_equal(roost_shutdown(node, ROOST_FOREVER), 0);
}
static void stop_g(void) { stop_softly(g); }

static int stop(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d", (char *)name, (int)why->origin);
  return 0;
}

/* ---------------------------------------------------------------------------------------------- */
/* C12a: the mark                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

/* C12, C12a: on all beneath, shields or not, and nowhere else; it cancels nothing. */
static void all_beneath_is_stopping_shields_or_not(void **state) {
  (void)state;
  roost_group other = group(root, "other");
  g = group(root, "g");
  h = group(g, "h", .shield = 1);
  s = scope(g, "s", .shield = 1);
  u = scope(s, "u");
  task = spawn(h, "a", .lasts = SECONDS(9), .shield = 1);
  assert_int_equal(roost_stopping(g), 0);
  stop_softly(g);
  const roost_node stopping[] = {g, h, s, u, task};
  for (size_t i = 0; i < COUNT(stopping); i++) {
    assert_int_equal(roost_stopping(stopping[i]), 1);
    assert_int_equal(roost_cancelled(stopping[i]), 0);
    assert_int_equal(roost_cancel_called(stopping[i]), 0);
  }
  assert_int_equal(roost_stopping(root), 0);
  assert_int_equal(roost_stopping(other), 0);
  run();
  assert_log("a+ @9000 a-");
}

/* C12a: and on what is opened there later. */
static void what_is_opened_later_is_stopping(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  stop_softly(g);
  h = group(s, "h");
  u = scope(h, "u", .shield = 1);
  task = spawn(h, "a", .lasts = SECONDS(9), .shield = 1);
  assert_int_equal(roost_stopping(h), 1);
  assert_int_equal(roost_stopping(u), 1);
  assert_int_equal(roost_stopping(task), 1);
  run();
  assert_log("a+ @9000 a-");
}

static void say_stopping(roost_task self) {
  note("%d%d", roost_stopping(self), roost_cancelled(self));
}

/* C12a, K2: cleanups are in it too. */
static void cleanups_are_stopping(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "of g", .body = say_stopping);
  cleanup(spawn(g, "a", .lasts = SECONDS(1)), "of a", .body = say_stopping);
  stop_softly(g);
  join(g, 0);
  run();
  assert_log("a+ @1000 a- of a:completed 10 of g:completed 10 g=0");
}

static void stop_g_aloud(void) {
  stop_g();
  note("stopping");
}

/* C12, C12a: running work goes on; the queued starts, and more can be spawned. */
static void work_goes_on_while_stopping(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(2));
  spawn(g, "b", .lasts = SECONDS(2));
  act(SECONDS(1), stop_g_aloud);
  run();
  spawn(g, "c", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("a+ @1000 stopping @2000 a- b+ @4000 b- c+ @6000 c- g=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.called, 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* C12: waits that asked for it                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* C12: in a group, a scope or a task that was opened so; the others go on. */
static void waits_that_asked_for_it_end_as_stopping(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .until_stopping = 1);
  s = scope(g, "s", .until_stopping = 1);
  u = scope(g, "u");
  task = spawn(root, "a", .lasts = SECONDS(2), .answers = 7);
  after(h, SECONDS(2), "in h");
  after(s, SECONDS(2), "in s");
  after(u, SECONDS(2), "in u");
  on_end(task, s, "end in s");
  on_end(task, u, "end in u");
  park(s, "park in s");
  wait = park(u, "park in u");
  act(SECONDS(1), stop_g);
  act(SECONDS(3), wake_seven);
  run();
  assert_log("a+ @1000 in h=ESTOPPING in s=ESTOPPING end in s=ESTOPPING park in s=ESTOPPING "
             "@2000 in u=0 a- end in u=7 @3000 park in u=7");
}

static void log_and_finish(roost_wait it, int rc, void *data) {
  (void)it;
  (void)data;
  note("w=%s", code_name(rc));
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
}

static int wait_until_stopping(roost_task self, void *data) {
  (void)data;
  task = self;
  assert_int_equal(roost_after(self, ROOST_FOREVER, log_and_finish, NULL, NULL, NULL), 0);
  return ROOST_PENDING;
}

/* C12: a task's own waits. It is not cancelled, and its on_cancel is not called. */
static void a_tasks_own_waits_end_as_stopping(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_spawn(g,
                               ROOST_TASK(.start = wait_until_stopping, .on_cancel = stop,
                                          .data = "a", .until_stopping = 1),
                               NULL),
                   0);
  act(SECONDS(1), stop_g);
  join(g, 0);
  run();
  assert_log("@1000 w=ESTOPPING g=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* C12a: also behind a shield, which the mark passes. */
static void waits_behind_a_shield_end_as_stopping(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  u = scope(s, "u", .shield = 1, .until_stopping = 1);
  after(u, SECONDS(2), "w");
  act(SECONDS(1), stop_g);
  run();
  assert_log("@1000 w=ESTOPPING");
}

/* C12: what is opened in such a node has not asked for it. */
static void the_asking_is_not_inherited(void **state) {
  (void)state;
  g = group(root, "g", .until_stopping = 1);
  s = scope(g, "s");
  spawn(g, "a", .lasts = SECONDS(2));
  after(s, SECONDS(2), "in s");
  after(g, SECONDS(2), "in g");
  act(SECONDS(1), stop_g);
  run();
  assert_log("a+ @1000 in g=ESTOPPING @2000 in s=0 a-");
}

static int rounds;

static void wait_again(roost_wait it, int rc, void *data) {
  (void)it;
  note("again=%s", code_name(rc));
  if (++rounds < 3) assert_int_equal(roost_after(s, SECONDS(1), wait_again, data, NULL, NULL), 0);
}

/* C12a: again and again. */
static void every_wait_ends_as_stopping(void **state) {
  (void)state;
  rounds = 0;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  assert_int_equal(roost_after(s, SECONDS(9), wait_again, NULL, NULL, NULL), 0);
  act(SECONDS(1), stop_g);
  run();
  assert_log("@1000 again=ESTOPPING again=ESTOPPING again=ESTOPPING");
}

/* C12, S2b: begun while stopping, a wait ends in a later turn, and takes nothing. */
static void a_wait_begun_while_stopping_takes_nothing(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1), .answers = 7);
  run();
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  stop_softly(g);
  after(s, 0, "sleep");
  on_end(task, s, "end");
  park(s, "stops", .abort = STOPS);
  wait = park(s, "bare");
  assert_refused(ROOST_ESTALE, roost_wake, (wait, 7));
  assert_log("a+ @1000 a-");
  run();
  assert_log("sleep=ESTOPPING end=ESTOPPING stops:abort stops=ESTOPPING bare=ESTOPPING");
}

/* C4: what was there when the mark came is kept. */
static void a_result_that_is_there_when_the_mark_comes_is_kept(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  wait = park(s, "p");
  wake_seven();
  stop_softly(g);
  run();
  assert_log("p=7");
}

/* C12: a request is asked to stop: it has. */
static void a_request_is_stopped_for_stopping(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  park(s, "p", .abort = STOPS);
  act(SECONDS(1), stop_g);
  run();
  assert_log("@1000 p:abort p=ESTOPPING");
}

/* C12: or will: its cancellation has come through. */
static void a_request_that_is_cancelled_for_stopping_says_so(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  wait = park(s, "p", .abort = WILL_END);
  act(SECONDS(1), stop_g);
  act(SECONDS(2), wake_cancelled);
  run();
  assert_log("@1000 p:abort @2000 p=ESTOPPING");
}

/* C12, C14b: the twin, which refuses and brings its own result. */
static void a_request_may_refuse_to_stop(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  wait = park(s, "p", .abort = WILL_END);
  act(SECONDS(1), stop_g);
  act(SECONDS(2), wake_seven);
  run();
  assert_log("@1000 p:abort @2000 p=7");
}

static void wake_now(roost_wait it) { assert_int_equal(roost_wake(it, 7), 0); }

/* C12: what the abort itself reports counts. */
static void an_abort_for_stopping_may_wake(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  park(s, "p", .abort = STOPS, .aborting = wake_now);
  act(SECONDS(1), stop_g);
  run();
  assert_log("@1000 p:abort p=7");
}

/* C4a: a request that ends between the mark and its abort keeps its result, unasked. */
static void a_request_that_ends_before_it_is_asked_to_stop_keeps_its_result(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  wait = park(s, "p", .abort = STOPS);
  stop_softly(g);
  wake_seven();
  run();
  assert_log("p=7");
}

/* C4a: the mark decides: a cancellation that comes after it changes nothing, and the abort is asked
 * once. */
static void a_wait_taken_for_stopping_is_not_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  after(s, SECONDS(9), "sleep");
  wait = park(s, "p", .abort = WILL_END);
  stop_softly(g);
  cancel_g();
  after(s, SECONDS(9), "later");
  act(SECONDS(1), wake_cancelled);
  run();
  assert_log("sleep=ESTOPPING p:abort later=ECANCELED @1000 p=ESTOPPING");
}

/* C4a: and the other way about. */
static void a_wait_taken_by_a_cancellation_is_not_stopped(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  after(s, SECONDS(9), "w");
  cancel_g();
  stop_softly(g);
  run();
  assert_log("w=ECANCELED");
}

/* C12: cancelled goes before stopping. */
static void in_a_cancelled_node_a_wait_ends_as_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  u = scope(g, "u", .shield = 1, .until_stopping = 1);
  stop_softly(g);
  cancel_g();
  after(s, SECONDS(9), "in s");
  after(u, SECONDS(9), "in u");
  run();
  assert_log("in s=ECANCELED in u=ESTOPPING");
}

/* C12a: an ordinary answer: nothing was cancelled, and nobody absorbs it. */
static void stopping_is_not_absorbed(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .until_stopping = 1);
  after(s, SECONDS(9), "w");
  stop_softly(g);
  run();
  assert_int_equal(roost_cancelled_caught(s), 0);
  join(s, ROOST_ESTOPPING);
  run();
  assert_log("w=ESTOPPING s=ESTOPPING[s:ESTOPPING]");
  assert_int_equal(last.state, ROOST_FAILED);
  assert_int_equal(last.caught, 0);

  spawn(g, "a", .answers = ROOST_ESTOPPING);
  join(g, 0);
  run();
  assert_log("a+ g=ESTOPPING[a:ESTOPPING]");
}

/* ---------------------------------------------------------------------------------------------- */
/* C12: the patience                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* C12: what has not ended when it is over is cancelled. */
static void what_is_left_is_cancelled_when_the_patience_is_over(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1));
  spawn(g, "b", .lasts = SECONDS(9), .on_cancel = stop);
  assert_int_equal(roost_shutdown(g, SECONDS(2)), 0);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a- @2000 b:6 g=0^");
  assert_int_equal(last.reason.origin, ROOST_SHUTDOWN);
  assert_int_equal(last.reason.code, 0);
  assert_int_equal(last.reason.node.id, g.id);
  assert_string_equal(last.reason.name, "g");
  assert_int_equal(last.called, 1);
}

/* D4, C12: the end of the patience is something to jump to: no deadlock. */
static void the_end_of_the_patience_is_something_that_happens(void **state) {
  (void)state;
  g = group(root, "g");
  park(g, "p");
  assert_int_equal(roost_shutdown(g, SECONDS(2)), 0);
  run();
  assert_log("@2000 p=ECANCELED");
}

/* C12, real: on the real clock too, somebody has to look when it is over. */
static void the_patience_ends_on_the_real_clock(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(NULL, &rt), 0);
  g = group(roost_root(rt), "g");
  spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = stop);
  assert_int_equal(roost_shutdown(g, ROOST_MILLISECOND), 0);
  run();
  assert_int_equal(roost_cancelled(g), 1);
  assert_int_equal(reason_of(g).origin, ROOST_SHUTDOWN);
  clear_log();
}

/* C12: nothing when all has ended. */
static void the_end_of_the_patience_is_nothing_when_all_has_ended(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_shutdown(g, SECONDS(2)), 0);
  join(g, 0);
  run();
  after(root, SECONDS(9), "w");
  run();
  assert_log("a+ @1000 a- g=0 @10000 w=0");
  assert_int_equal(last.called, 0);
}

/* C12: nor does an open group whose tasks have ended hinder anything. */
static void an_idle_group_is_cancelled_when_the_patience_is_over(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_shutdown(g, SECONDS(2)), 0);
  after(root, SECONDS(3), "w");
  run();
  assert_log("@3000 w=0");
  assert_int_equal(roost_cancelled(g), 1);
  assert_int_equal(reason_of(g).origin, ROOST_SHUTDOWN);
}

/* C12: at once, and never. */
static void the_patience_may_be_none_or_without_end(void **state) {
  (void)state;
  static const int64_t none[] = {0, ROOST_NOW};
  for (size_t i = 0; i < COUNT(none); i++) {
    g = group(root, "g");
    spawn(g, "a", .lasts = SECONDS(9));
    assert_int_equal(roost_shutdown(g, none[i]), 0);
    assert_int_equal(roost_cancelled(g), 1);
    assert_int_equal(roost_stopping(g), 1);
    assert_int_equal(reason_of(g).origin, ROOST_SHUTDOWN);
    run();
    assert_log("a+ a!");
  }
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1000000));
  assert_int_equal(roost_shutdown(g, ROOST_FOREVER), 0);
  run();
  assert_log("a+ @1000000000 a-");
}

/* C12a, C2: the expiry is a cancellation, which shields hold off. */
static void a_shield_holds_off_the_end_of_the_patience(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  spawn(g, "b", .lasts = SECONDS(9));
  assert_int_equal(roost_shutdown(g, SECONDS(1)), 0);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 b! @9000 a- g=0^");
}

static void sooner(void) { assert_int_equal(roost_shutdown(g, SECONDS(1)), 0); }
static void later(void) { assert_int_equal(roost_shutdown(g, SECONDS(9)), ROOST_ALREADY); }
static void as_soon(void) { assert_int_equal(roost_shutdown(g, SECONDS(3)), ROOST_ALREADY); }
static void at_once(void) { assert_int_equal(roost_shutdown(g, 0), 0); }

/* C12a: a second one can only bring it forward. */
static void the_patience_is_only_brought_forward(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(20));
  assert_int_equal(roost_shutdown(g, SECONDS(5)), 0);
  act(SECONDS(1), later);
  act(SECONDS(2), as_soon);
  act(SECONDS(3), sooner);
  run();
  assert_log("a+ @4000 a!");

  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(20));
  assert_int_equal(roost_shutdown(g, ROOST_FOREVER), 0);
  assert_int_equal(roost_shutdown(g, ROOST_FOREVER), ROOST_ALREADY);
  assert_int_equal(roost_shutdown(g, SECONDS(5)), 0);
  assert_int_equal(roost_shutdown(g, SECONDS(5)), ROOST_ALREADY);
  assert_int_equal(roost_shutdown(g, ROOST_FOREVER), ROOST_ALREADY);
  act(SECONDS(2), at_once);
  run();
  assert_log("a+ @6000 a!");
  assert_int_equal(roost_shutdown(g, 0), ROOST_ALREADY);
  assert_int_equal(roost_shutdown(g, SECONDS(1)), ROOST_ALREADY);
  assert_int_equal(roost_shutdown(g, ROOST_FOREVER), ROOST_ALREADY);
}

/* C12: each node has its own: the one around it reaches it too. */
static void a_node_may_be_shut_down_sooner_than_what_is_around_it(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(h, "b", .lasts = SECONDS(9));
  assert_int_equal(roost_shutdown(g, SECONDS(3)), 0);
  assert_int_equal(roost_shutdown(h, ROOST_FOREVER), ROOST_ALREADY);
  assert_int_equal(roost_shutdown(h, SECONDS(1)), 0);
  run();
  assert_log("a+ b+ @1000 b! @3000 a!");

  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "b", .lasts = SECONDS(9));
  assert_int_equal(roost_shutdown(h, SECONDS(3)), 0);
  assert_int_equal(roost_shutdown(g, SECONDS(1)), 0);
  run();
  assert_log("b+ @4000 b!");
}

/* C12a: cancel goes before it at any time; the first reason stands. */
static void cancel_goes_before_a_shutdown(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = stop);
  assert_int_equal(roost_shutdown(g, SECONDS(5)), 0);
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ @1000 a:1 g=0^");
  assert_int_equal(last.reason.origin, ROOST_EXPLICIT);

  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  after(s, SECONDS(3), "w");
  cancel_g();
  assert_int_equal(roost_shutdown(g, SECONDS(1)), 0);
  assert_int_equal(roost_shutdown(g, SECONDS(1)), ROOST_ALREADY);
  assert_int_equal(roost_shutdown(g, 0), ROOST_ALREADY);
  assert_int_equal(roost_stopping(s), 1);
  run();
  assert_log("@4000 w=0");
  assert_int_equal(reason_of(g).origin, ROOST_EXPLICIT);

  g = group(root, "g");
  cancel_g();
  assert_int_equal(roost_shutdown(g, ROOST_NOW), 0);
  assert_int_equal(roost_stopping(g), 1);
  assert_int_equal(roost_shutdown(g, ROOST_NOW), ROOST_ALREADY);
  assert_int_equal(reason_of(g).origin, ROOST_EXPLICIT);
}

/* C12: of a scope, and of a task. */
static void scopes_and_tasks_are_shut_down_too(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  task = spawn(g, "a", .lasts = SECONDS(9), .on_cancel = stop);
  after(s, SECONDS(9), "w");
  assert_int_equal(roost_shutdown(s, SECONDS(1)), 0);
  assert_int_equal(roost_shutdown(task, SECONDS(2)), 0);
  assert_int_equal(roost_stopping(g), 0);
  run();
  assert_log("a+ @1000 w=ECANCELED @2000 a:6");
  assert_int_equal(roost_cancelled(g), 0);
}

/* C12, C11: with a bounded grace, shields hold from the expiry for so long. */
static void the_grace_follows_the_patience(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  cleanup(spawn(g, "b", .lasts = SECONDS(9)), "of b", .lasts = SECONDS(9));
  assert_int_equal(roost_shutdown(g, SECONDS(1)), 0);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 b! of b:cancelled @3000 a! of b! g=ECUT^[cleanup of b:ECUT]");
}

/* ---------------------------------------------------------------------------------------------- */
/* Inside a cleanup                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void stop_everything(roost_task self) {
  assert_int_equal(roost_shutdown(self, ROOST_FOREVER), 0);
  assert_int_equal(roost_shutdown(g, ROOST_FOREVER), 0);
  assert_int_equal(roost_shutdown(h, SECONDS(1)), 0);
  assert_int_equal(roost_stopping(self), 1);
}

/* C12, K4: a cleanup may shut down its own node, itself, and others. */
static void a_cleanup_may_shut_down(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h");
  spawn(h, "b", .lasts = SECONDS(9));
  cleanup(g, "c", .lasts = SECONDS(2), .body = stop_everything);
  join(g, 0);
  join(h, 0);
  run();
  assert_log("b+ c:completed @1000 b! h=0^ @2000 c- g=0");
}

static void stop_g_between_opening(roost_task self) {
  s = scope(self, "s", .until_stopping = 1);
  after(s, SECONDS(1), "in s");
  assert_int_equal(roost_shutdown(g, ROOST_FOREVER), 0);
  u = scope(self, "u", .until_stopping = 1);
  after(u, SECONDS(1), "in u");
  note("%d%d%d", roost_stopping(self), roost_stopping(s), roost_stopping(u));
}

/* C12a: what the cleanup has open, and opens later, is beneath that node too. */
static void a_shutdown_reaches_what_its_cleanup_has_open(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .lasts = SECONDS(2), .body = stop_g_between_opening);
  join(g, 0);
  run();
  assert_log("c:completed 111 in s=ESTOPPING in u=ESTOPPING @2000 c- "
             "g=EUNCLOSED[cleanup of g:EUNCLOSED[u:EUNCLOSED s:EUNCLOSED]]");
}

static void stop_g_at_once(roost_task self) {
  assert_int_equal(roost_shutdown(g, ROOST_NOW), 0);
  note("%d%d", roost_stopping(self), roost_cancelled(self));
}

/* C12, K2, C11: its own node at once: the grace decides what becomes of it. */
static void a_cleanup_may_cancel_its_own_node_so(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .lasts = SECONDS(2), .body = stop_g_at_once);
  join(g, 0);
  run();
  assert_log("c:completed 10 @2000 c- g=0");

  g = group(root, "g", .grace_ns = SECONDS(1));
  cleanup(g, "c", .lasts = SECONDS(2), .body = stop_g_at_once, .on_cancel = stop);
  join(g, 0);
  run();
  assert_log("c:completed 10 @3000 c:6 g=ECUT[cleanup of g:ECUT]");

  g = group(root, "g", .grace_ns = ROOST_NOW);
  cleanup(g, "c", .lasts = SECONDS(2), .body = stop_g_at_once);
  join(g, 0);
  run();
  assert_log("c:completed 11 c! g=ECUT[cleanup of g:ECUT]");
}

static void stop_itself_at_once(roost_task self) { assert_int_equal(roost_shutdown(self, 0), 0); }

/* C12, K3: the cleanup itself, which is cut short by that. */
static void a_cleanup_may_shut_itself_down(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .lasts = SECONDS(2), .body = stop_itself_at_once);
  join(g, 0);
  run();
  assert_log("c:completed c! g=ECUT[cleanup of g:ECUT]");
}

static void stop_root(roost_task self) {
  (void)self;
  assert_int_equal(roost_shutdown(root, SECONDS(1)), 0);
}

/* C12: or everything; the cleanup ends undisturbed. */
static void a_cleanup_may_shut_down_the_root(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9));
  cleanup(spawn(root, "b"), "of b", .lasts = SECONDS(2), .body = stop_root);
  run();
  assert_log("a+ b+ of b:completed @1000 a! @2000 of b-");
  assert_int_equal(roost_cancelled(root), 1);
}

static void log_close(const roost_result *result, void *data) {
  (void)data;
  note("closed=%s", code_name(result->code));
}

static void close_with_patience(roost_task self) {
  (void)self;
  assert_int_equal(roost_close(rt, SECONDS(1), log_close, NULL, NULL), ROOST_PENDING);
  assert_int_equal(roost_close(rt, 0, log_close, NULL, NULL), ROOST_ALREADY);
}

/* S8a: closed from inside of a cleanup. */
static void a_cleanup_may_close_the_runtime(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9));
  cleanup(spawn(root, "b"), "of b", .lasts = SECONDS(2), .body = close_with_patience);
  assert_int_equal(roost_run(rt), 0);
  rt.id = 0;
  assert_log("a+ b+ of b:completed @1000 a! @2000 of b- closed=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* S8a: the root, and closing                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static int close_within(int64_t patience) {
  int rc = roost_close(rt, patience, log_close, NULL, NULL);
  rt.id = 0;
  return rc;
}

/* S8a, C12: closing waits for what ends in time. */
static void closing_with_patience_lets_work_end(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1));
  assert_int_equal(close_within(SECONDS(2)), 0);
  assert_log("a+ @1000 a- closed=0");
}

/* S8a, C12: and cancels what does not. */
static void closing_cancels_when_the_patience_is_over(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(spawn(g, "a", .lasts = SECONDS(9), .on_cancel = stop), "of a", .lasts = SECONDS(1));
  assert_int_equal(close_within(SECONDS(2)), 0);
  assert_log("a+ @2000 a:6 of a:cancelled @3000 of a- closed=0");
}

/* S8a: at once where none is given, in either way. */
static void closing_without_patience_cancels_at_once(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9), .on_cancel = stop);
  assert_int_equal(close_within(ROOST_NOW), 0);
  assert_log("a+ a:6 closed=0");
}

/* S8a: without an end, everything ends by itself. */
static void closing_may_have_patience_without_end(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1000000));
  assert_int_equal(close_within(ROOST_FOREVER), 0);
  assert_log("a+ @1000000000 a- closed=0");
}

/* S8a, C11: the root's grace bounds the cleanups of all. */
static void closing_with_a_grace_cuts_cleanups(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .grace_ns = SECONDS(1)), &rt),
      0);
  root = roost_root(rt);
  cleanup(spawn(root, "a", .lasts = SECONDS(9)), "of a", .lasts = SECONDS(9));
  assert_int_equal(close_within(SECONDS(2)), ROOST_ECUT);
  assert_log("a+ @2000 a! of a:cancelled @3000 of a! closed=ECUT");
}

/* S8a, C12: while it closes, waits that asked for it end, and so do accept loops. */
static void closing_is_a_shutdown(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(
      roost_spawn(g, ROOST_TASK(.start = wait_until_stopping, .until_stopping = 1), NULL), 0);
  spawn(g, "a", .lasts = SECONDS(1));
  assert_int_equal(close_within(SECONDS(2)), 0);
  assert_log("a+ w=ESTOPPING @1000 a- closed=0");
}

static void spawn_more(void) {
  roost_task_options options = {.size = sizeof options, .start = wait_until_stopping};
  assert_refused(ROOST_ECLOSED, roost_spawn, (root, &options, NULL));
  assert_refused(ROOST_ECLOSED, roost_group_open, (root, NULL, &h));
  spawn(g, "late", .lasts = SECONDS(1));
}

/* S8a, G6: nothing more goes into the root, but into groups beneath it. */
static void groups_beneath_a_closing_root_take_tasks(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(2));
  act(SECONDS(1), spawn_more);
  assert_int_equal(close_within(ROOST_FOREVER), 0);
  assert_log("a+ @1000 late+ @2000 a- late- closed=0");
}

/* C12, S8a: shut down before, the root takes tasks until it is closed; closing can only hasten. */
static void a_root_that_is_shut_down_is_closed_afterwards(void **state) {
  (void)state;
  assert_int_equal(roost_shutdown(root, SECONDS(2)), 0);
  spawn(root, "a", .lasts = SECONDS(9));
  assert_int_equal(close_within(SECONDS(5)), 0);
  assert_log("a+ @2000 a! closed=0");
}

/* C12, S8a: the twin, where the close is sooner. */
static void closing_brings_the_end_of_the_roots_patience_forward(void **state) {
  (void)state;
  assert_int_equal(roost_shutdown(root, SECONDS(5)), 0);
  spawn(root, "a", .lasts = SECONDS(9));
  assert_int_equal(close_within(SECONDS(2)), 0);
  assert_log("a+ @2000 a! closed=0");
}

/* S8a: a cancelled root stays cancelled: only closing is left. */
static void a_root_whose_patience_is_over_stays_cancelled(void **state) {
  (void)state;
  assert_int_equal(roost_shutdown(root, SECONDS(1)), 0);
  spawn(root, "a", .lasts = SECONDS(9));
  run();
  spawn(root, "b", .lasts = SECONDS(9));
  run();
  assert_log("a+ @1000 a! b+ b!");
  assert_int_equal(close_within(SECONDS(9)), 0);
  assert_log("closed=0");
}

static int dropped;
static void count_drop(void *data) {
  (void)data;
  dropped++;
}

/* S8a, K5: a second close takes nothing, and does not hasten the first. */
static void a_second_close_answers_already(void **state) {
  (void)state;
  uv_loop_t loop;
  dropped = 0;
  assert_int_equal(close_now(), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &rt), 0);
  beginning = roost_now(rt);
  spawn(roost_root(rt), "a", .lasts = SECONDS(1));
  assert_int_equal(roost_close(rt, SECONDS(2), log_close, NULL, count_drop), ROOST_PENDING);
  assert_int_equal(roost_close(rt, 0, log_close, NULL, count_drop), ROOST_ALREADY);
  assert_int_equal(dropped, 1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(dropped, 2);
  assert_int_equal(uv_loop_close(&loop), 0);
  rt.id = 0;
  assert_log("a+ @1000 a- closed=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* What the calls answer                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* C12, T3 */
static void what_has_ended_is_not_shut_down(void **state) {
  (void)state;
  g = group(root, "g");
  join(g, 0);
  task = spawn(root, "a");
  run();
  assert_refused(ROOST_ESTALE, roost_shutdown, (g, 0));
  assert_refused(ROOST_ESTALE, roost_shutdown, (task, SECONDS(1)));
  assert_refused(ROOST_ESTALE, roost_stopping, (g));
  assert_refused(ROOST_EINVAL, roost_shutdown, ((roost_node){0}, 0));
  assert_refused(ROOST_EINVAL, roost_stopping, ((roost_node){0}));
  assert_log("g=0 a+");
}

/* C12: as long as a cleanup runs, its node has not ended. */
static void a_patience_that_ends_in_the_cleanups_begins_their_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(1));
  cleanup(g, "c", .lasts = SECONDS(9), .on_cancel = stop);
  assert_int_equal(roost_shutdown(g, SECONDS(2)), 0);
  join(g, 0);
  run();
  assert_log("c:completed @3000 c:6 g=ECUT[cleanup of g:ECUT]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(all_beneath_is_stopping_shields_or_not),
      TEST(what_is_opened_later_is_stopping),
      TEST(cleanups_are_stopping),
      TEST(work_goes_on_while_stopping),
      TEST(waits_that_asked_for_it_end_as_stopping),
      TEST(a_tasks_own_waits_end_as_stopping),
      TEST(waits_behind_a_shield_end_as_stopping),
      TEST(the_asking_is_not_inherited),
      TEST(every_wait_ends_as_stopping),
      TEST(a_wait_begun_while_stopping_takes_nothing),
      TEST(a_result_that_is_there_when_the_mark_comes_is_kept),
      TEST(a_request_is_stopped_for_stopping),
      TEST(a_request_that_is_cancelled_for_stopping_says_so),
      TEST(a_request_may_refuse_to_stop),
      TEST(an_abort_for_stopping_may_wake),
      TEST(a_request_that_ends_before_it_is_asked_to_stop_keeps_its_result),
      TEST(a_wait_taken_for_stopping_is_not_cancelled),
      TEST(a_wait_taken_by_a_cancellation_is_not_stopped),
      TEST(in_a_cancelled_node_a_wait_ends_as_cancelled),
      TEST(stopping_is_not_absorbed),
      TEST(what_is_left_is_cancelled_when_the_patience_is_over),
      TEST(the_end_of_the_patience_is_something_that_happens),
      TEST(the_patience_ends_on_the_real_clock),
      TEST(the_end_of_the_patience_is_nothing_when_all_has_ended),
      TEST(an_idle_group_is_cancelled_when_the_patience_is_over),
      TEST(the_patience_may_be_none_or_without_end),
      TEST(a_shield_holds_off_the_end_of_the_patience),
      TEST(the_patience_is_only_brought_forward),
      TEST(a_node_may_be_shut_down_sooner_than_what_is_around_it),
      TEST(cancel_goes_before_a_shutdown),
      TEST(scopes_and_tasks_are_shut_down_too),
      TEST(the_grace_follows_the_patience),
      TEST(a_cleanup_may_shut_down),
      TEST(a_shutdown_reaches_what_its_cleanup_has_open),
      TEST(a_cleanup_may_cancel_its_own_node_so),
      TEST(a_cleanup_may_shut_itself_down),
      TEST(a_cleanup_may_shut_down_the_root),
      TEST(a_cleanup_may_close_the_runtime),
      TEST(closing_with_patience_lets_work_end),
      TEST(closing_cancels_when_the_patience_is_over),
      TEST(closing_without_patience_cancels_at_once),
      TEST(closing_may_have_patience_without_end),
      TEST(closing_with_a_grace_cuts_cleanups),
      TEST(closing_is_a_shutdown),
      TEST(groups_beneath_a_closing_root_take_tasks),
      TEST(a_root_that_is_shut_down_is_closed_afterwards),
      TEST(closing_brings_the_end_of_the_roots_patience_forward),
      TEST(a_root_whose_patience_is_over_stays_cancelled),
      TEST(a_second_close_answers_already),
      TEST(what_has_ended_is_not_shut_down),
      TEST(a_patience_that_ends_in_the_cleanups_begins_their_grace),
  };
  return cmocka_run_group_tests_name("shutdown", tests, NULL, NULL);
}
