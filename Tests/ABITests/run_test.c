/* Chapter 6 of the semantics: scheduling, callback bodies and waits, runtimes and their loops. */
#include "support.h"

#include <stdlib.h>
#include <uv.h>

static roost_group g;
static roost_scope s;
static roost_task task;
static roost_wait wait;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* S1: first in, first out, and nobody starves                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* S1 */
static void what_is_ready_first_runs_first(void **state) {
  (void)state;
  spawn(root, "a");
  after(root, 0, "w");
  spawn(root, "b");
  run();
  assert_log("a+ w=0 b+");
}

static void spawn_c(roost_task self) {
  (void)self;
  spawn(root, "c");
}

/* S1: what becomes ready meanwhile belongs to the next batch. */
static void a_batch_is_what_was_ready_when_it_began(void **state) {
  (void)state;
  spawn(root, "a", .body = spawn_c);
  spawn(root, "b");
  run();
  assert_log("a+ b+ c+");
}

/* S1, S2b: in the order of their times; where these are equal, of their beginnings. */
static void waits_end_in_the_order_of_their_times(void **state) {
  (void)state;
  after(root, SECONDS(2), "third");
  after(root, SECONDS(1), "first");
  after(root, SECONDS(1), "second");
  after(root, SECONDS(3), "fourth");
  run();
  assert_log("@1000 first=0 second=0 @2000 third=0 @3000 fourth=0");
}

static int spins;
static int ticked;

static void spin(roost_wait w, int rc, void *data) {
  (void)w;
  (void)rc;
  if (!ticked && ++spins < 1000000)
    assert_int_equal(roost_after(root, 0, spin, data, NULL, NULL), 0);
}

static void tick(uv_timer_t *timer) {
  ticked = 1;
  uv_close((uv_handle_t *)timer, NULL);
}

/* S1, real: what is always ready does not starve the loop. */
static void the_loop_is_looked_at_between_batches(void **state) {
  (void)state;
  static uv_timer_t timer;
  spins = ticked = 0;
  assert_int_equal(uv_timer_init(roost_loop(rt), &timer), 0);
  assert_int_equal(uv_timer_start(&timer, tick, 0, 0), 0);
  spin((roost_wait){0}, 0, NULL);
  run();
  assert_int_equal(ticked, 1);
}

static void wait_for_no_time(roost_task self) { after(self, 0, "no time"); }

/* S1a: a wait of no length lets the others run. */
static void a_wait_of_no_length_lets_others_run(void **state) {
  (void)state;
  spawn(root, "a", .lasts = ROOST_NOW, .body = wait_for_no_time);
  spawn(root, "b");
  run();
  assert_log("a+ b+ no time=0 a-");
}

static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }

static void cancel_s_in_a_wait(roost_wait w, int rc, void *data) {
  (void)w;
  (void)rc;
  (void)data;
  cancel_s();
}

/* S1a: it has nothing to keep, and ends cancelled if that has happened by then. */
static void a_wait_of_no_length_is_cancelled_meanwhile(void **state) {
  (void)state;
  s = scope(root, "s");
  assert_int_equal(roost_after(root, 0, cancel_s_in_a_wait, NULL, NULL, NULL), 0);
  after(s, 0, "no time");
  run();
  assert_log("no time=ECANCELED");
}

/* S1a, C4: one that has its result keeps it. */
static void a_wait_that_has_its_result_is_not_cancelled_meanwhile(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1), .answers = 7);
  run();
  s = scope(root, "s");
  assert_int_equal(roost_after(root, 0, cancel_s_in_a_wait, NULL, NULL, NULL), 0);
  on_end(task, s, "end");
  run();
  assert_log("a+ @1000 a- end=7");
}

/* ---------------------------------------------------------------------------------------------- */
/* S2a: callback tasks                                                                            */
/* ---------------------------------------------------------------------------------------------- */

static roost_outcome ended(roost_task ended) {
  run();
  return outcome_of(ended);
}

/* S2a */
static void start_ends_a_task_by_its_answer(void **state) {
  (void)state;
  roost_outcome outcome = ended(spawn(root, "a", .answers = 0));
  assert_int_equal(outcome.state, ROOST_COMPLETED);
  assert_int_equal(outcome.code, 0);
  outcome = ended(spawn(root, "a", .answers = ROOST_EIO));
  assert_int_equal(outcome.state, ROOST_FAILED);
  assert_int_equal(outcome.code, ROOST_EIO);
}

/* S2a: any other answer is an error of the task. */
static void start_answers_nothing_else(void **state) {
  (void)state;
  roost_outcome outcome = ended(spawn(root, "a", .answers = 2));
  assert_int_equal(outcome.state, ROOST_FAILED);
  assert_int_equal(outcome.code, ROOST_EINVAL);
}

static void finish_with_seven(roost_task self) {
  assert_int_equal(roost_finish(self, 7, NULL, NULL), 0);
  assert_refused(ROOST_EALREADY, roost_finish, (self, 8, NULL, NULL));
}

/* S2a: finish inside start: what start answers then counts for nothing. */
static void finish_inside_start_counts(void **state) {
  (void)state;
  static const int answers[] = {0, ROOST_PENDING, ROOST_EIO, 2};
  for (size_t i = 0; i < COUNT(answers); i++) {
    roost_outcome outcome =
        ended(spawn(root, "a", .answers = answers[i], .body = finish_with_seven));
    assert_int_equal(outcome.state, ROOST_COMPLETED);
    assert_int_equal(outcome.code, 7);
  }
}

static void say_dropped(void *data) { note("drop:%s", (char *)data); }

static void finish_twice(void) {
  assert_int_equal(roost_finish(task, 0, "right", say_dropped), 0);
  assert_refused(ROOST_EALREADY, roost_finish, (task, 0, "twice", say_dropped));
}

/* S2a, K5: too early, twice, too late; the result is dropped each time. */
static void finish_has_its_time(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_PENDING);
  assert_refused(ROOST_EINVAL, roost_finish, (task, 0, "early", say_dropped));
  act(SECONDS(1), finish_twice);
  run();
  assert_log("drop:early a+ @1000 drop:twice");
  assert_refused(ROOST_ESTALE, roost_finish, (task, 0, "late", say_dropped));
  assert_log("drop:late");
  assert_int_equal(close_now(), 0);
  assert_log("drop:right");
}

static int completes(roost_task self, const roost_reason *why, void *name) {
  (void)why;
  note("%s:told", (char *)name);
  assert_int_equal(roost_finish(self, 7, NULL, NULL), 0);
  return 0;
}

static int gives_up(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  (void)why;
  note("%s:told", (char *)name);
  return 0;
}

static int fails(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  (void)why;
  note("%s:told", (char *)name);
  return ROOST_EIO;
}

static int answers_nonsense(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  (void)why;
  note("%s:told", (char *)name);
  return 2;
}

static void expect_when_cancelled(roost_on_cancel_fn on_cancel, int64_t state, int64_t code) {
  task = spawn(root, "a", .answers = ROOST_PENDING, .on_cancel = on_cancel);
  act(SECONDS(1), cancel_task);
  roost_outcome outcome = ended(task);
  assert_int_equal(outcome.state, state);
  assert_int_equal(outcome.code, code);
}

/* S2a */
static void on_cancel_ends_a_task_by_its_answer(void **state) {
  (void)state;
  expect_when_cancelled(gives_up, ROOST_CANCELLED, ROOST_ECANCELED);
  expect_when_cancelled(fails, ROOST_FAILED, ROOST_EIO);
  expect_when_cancelled(answers_nonsense, ROOST_FAILED, ROOST_EINVAL);
}

/* S2a, C4: finish inside on_cancel counts, and success keeps its result. */
static void finish_inside_on_cancel_counts(void **state) {
  (void)state;
  expect_when_cancelled(completes, ROOST_COMPLETED, 7);
}

static int carries_on(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  (void)why;
  note("%s:told", (char *)name);
  return ROOST_PENDING;
}

static void finish_task(void) { assert_int_equal(roost_finish(task, 7, NULL, NULL), 0); }

/* S2a, C4: a task that carries on may still succeed. */
static void a_cancelled_task_may_still_succeed(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_PENDING, .on_cancel = carries_on);
  act(SECONDS(1), cancel_task);
  act(SECONDS(2), finish_task);
  roost_outcome outcome = ended(task);
  assert_int_equal(outcome.state, ROOST_COMPLETED);
  assert_int_equal(outcome.code, 7);
  assert_null(outcome.reason);
  assert_log("a+ @1000 a:told");
}

static void finish_then_cancel(roost_task self) {
  assert_int_equal(roost_finish(self, 7, NULL, NULL), 0);
  assert_int_equal(roost_cancel(g, NULL), 0);
}

/* S2a: never after finish. */
static void on_cancel_is_not_called_after_finish(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .body = finish_then_cancel, .on_cancel = carries_on);
  join(g, 0);
  run();
  assert_log("a+ g=0");
}

static void cancel_and_finish(void) {
  cancel_g();
  finish_task();
}

/* S2a: nor when finish comes between the cancellation and its delivery. */
static void on_cancel_is_not_called_when_finish_comes_first(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = carries_on);
  join(g, 0);
  act(SECONDS(1), cancel_and_finish);
  run();
  assert_log("a+ @1000 g=0");
}

/* S2a: without an on_cancel a task is only asked, and waited for. */
static void a_task_without_on_cancel_is_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  act(SECONDS(3), finish_task);
  run();
  assert_log("a+ @3000 g=0");
}

static int finish_with_drops(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_finish(self, 0, "result", say_dropped), 0);
  note("finished");
  return 0;
}

/* S2a: finish runs nothing of the program's; then come cleanups and drops, the task's own last. */
static void the_tasks_own_drop_is_the_last(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(
      roost_spawn(g, ROOST_TASK(.start = finish_with_drops, .data = "task", .drop = say_dropped),
                  &task),
      0);
  assert_int_equal(roost_after(task, SECONDS(1), log_wait, "wait", say_dropped, NULL), 0);
  cleanup(task, "c");
  assert_int_equal(roost_release(task), 0);
  run();
  assert_log("finished drop:wait c:completed drop:result drop:task");
}

/* ---------------------------------------------------------------------------------------------- */
/* S2b: callback waits                                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* S2b: never inside the call that began it. */
static void a_wait_is_not_told_inside_its_call(void **state) {
  (void)state;
  after(root, -1, "w");
  assert_log("");
  run();
  assert_log("w=0");
}

/* S2b, K3: taken back: fn is not called, and drop is, in a later turn. */
static void a_wait_is_taken_back(void **state) {
  (void)state;
  assert_int_equal(roost_after(root, SECONDS(1), log_wait, "w", say_dropped, &wait), 0);
  assert_int_equal(roost_unwait(wait), 0);
  assert_log("");
  run();
  assert_log("drop:w");
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
}

static void unwait_twice(void) {
  assert_int_equal(roost_unwait(wait), 0);
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
}

/* S2b */
static void a_wait_is_taken_back_once(void **state) {
  (void)state;
  wait = after(root, SECONDS(2), "w");
  act(SECONDS(1), unwait_twice);
  run();
  assert_log("");
}

static void unwait_too_late(void) {
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  note("tried");
}

/* S2b: one already completed answers ESTALE, and calls fn. */
static void a_completed_wait_is_not_taken_back(void **state) {
  (void)state;
  act(SECONDS(1), unwait_too_late);
  wait = after(root, SECONDS(1), "w");
  run();
  assert_log("@1000 tried w=0");
}

/* S2b: the wait for a node's end can be taken back like any other. */
static void a_wait_for_an_end_is_taken_back(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1));
  wait = on_end(task, root, "end");
  assert_int_equal(roost_unwait(wait), 0);
  run();
  assert_log("a+ @1000 a-");
}

static void wait_twice(roost_task self) {
  after(self, SECONDS(9), "first");
  after(self, SECONDS(9), "second");
}

/* S2b, K7: on_cancel comes before the waits, and these in the order of their beginnings. */
static void on_cancel_comes_before_the_waits(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9), .body = wait_twice, .on_cancel = carries_on);
  act(SECONDS(1), cancel_task);
  run();
  assert_log("a+ @1000 a:told first=ECANCELED second=ECANCELED a!");
}

static void wait_for_long(roost_task self) { after(self, SECONDS(9), "left"); }

/* S2b: when a body ends, its waits are taken back. */
static void a_body_that_ends_takes_its_waits_back(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .body = wait_for_long);
  join(g, 0);
  run();
  assert_log("a+ @1000 a- g=0");
}

static void park_a_request(roost_task self) { wait = park(self, "p", .abort = WILL_END); }
static void wake_wait(void) { assert_int_equal(roost_wake(wait, 0), 0); }

/* S2b: what is in flight is waited for before the cleanups, which may free its memory. */
static void a_request_in_flight_is_waited_for_before_the_cleanups(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1), .body = park_a_request);
  cleanup(task, "c");
  act(SECONDS(3), wake_wait);
  run();
  assert_log("a+ @1000 a- p:abort @3000 c:completed");
}

/* S2b: of a group that closes likewise. */
static void a_group_waits_for_its_requests_before_its_cleanups(void **state) {
  (void)state;
  g = group(root, "g");
  wait = park(g, "p", .abort = WILL_END);
  cleanup(g, "c");
  join(g, 0);
  act(SECONDS(3), wake_wait);
  run();
  assert_log("p:abort @3000 c:completed g=0");
}

static void wait_in_an_ending_task(roost_task self) {
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  assert_refused(ROOST_ECLOSED, roost_after, (self, 0, log_wait, "w", say_dropped, NULL));
  assert_refused(ROOST_ECLOSED, roost_group_open, (self, NULL, &g));
  assert_refused(ROOST_ECLOSED, roost_scope_open, (self, NULL, &s));
}

/* S2b, T1d: nothing begins in a node that is ending. */
static void no_wait_begins_in_what_is_ending(void **state) {
  (void)state;
  spawn(root, "a", .body = wait_in_an_ending_task);
  run();
  assert_log("a+ drop:w");
}

/* ---------------------------------------------------------------------------------------------- */
/* S8: runtimes with a loop of their own                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* S8 */
static void run_answers_at_once_when_there_is_nothing_to_do(void **state) {
  (void)state;
  run();
  run();
}

static void run_inside(roost_task self) {
  (void)self;
  assert_refused(ROOST_EORDER, roost_run, (rt));
}

/* S8 */
static void run_is_not_called_from_inside(void **state) {
  (void)state;
  spawn(root, "a", .body = run_inside);
  run();
  assert_log("a+");
}

static void see_closed(const roost_result *result, void *data) {
  note("%s=%s", (char *)data, code_name(result->code));
}

static void close_inside(roost_task self) {
  (void)self;
  assert_int_equal(roost_close(rt, 0, see_closed, "rt", say_dropped), ROOST_PENDING);
  assert_int_equal(roost_close(rt, 0, see_closed, "again", say_dropped), ROOST_ALREADY);
  note("returned");
}

/* S8a: from inside it answers PENDING, and the run under way brings it to its end. */
static void close_from_inside_is_ended_by_the_run(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9), .body = close_inside);
  run();
  assert_log("a+ drop:again returned a! rt=0 drop:rt");
  assert_refused(ROOST_ESTALE, roost_run, (rt));
  rt.id = 0;
}

/* S8a: from outside it turns the loop, and answers the root's outcome. */
static void close_answers_the_roots_outcome(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  assert_int_equal(roost_close(rt, 0, see_closed, "rt", say_dropped), ROOST_EIO);
  assert_log("a+ a! rt=EIO drop:rt");
  rt.id = 0;
}

/* S8a: patience lets the work end by itself; what is left is cancelled when it is over. */
static void close_is_patient(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1));
  spawn(root, "b", .lasts = SECONDS(9));
  assert_int_equal(roost_close(rt, SECONDS(2), see_closed, "rt", NULL), 0);
  assert_log("a+ b+ @1000 a- @2000 b! rt=0");
  rt.id = 0;
}

/* S8a: and does not wait longer than needed. */
static void close_ends_before_its_patience(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_close(rt, SECONDS(5), see_closed, "rt", NULL), 0);
  assert_log("a+ @1000 a- rt=0");
  rt.id = 0;
}

static int act_while_closing(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_group late;
  assert_refused(ROOST_ECLOSED, roost_spawn, (root, ROOST_TASK(.start = act_while_closing), NULL));
  assert_int_equal(roost_group_open(task, NULL, &late), 0);
  spawn(g, "late");
  assert_int_equal(roost_join(late, 0, NULL, NULL, NULL), 0);
  return 0;
}

/* S8a, G6: spawning into the root is over; into the groups beneath it, it is not. */
static void a_closing_root_refuses_tasks(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = act_while_closing), NULL), 0);
  assert_int_equal(roost_close(rt, ROOST_FOREVER, see_closed, "rt", NULL), 0);
  assert_log("a+ late+ @1000 a- rt=0");
  rt.id = 0;
}

/* S8a, real: a handle that the program left on the loop is its own affair. */
static void close_leaves_a_loop_to_the_programs_handles(void **state) {
  (void)state;
  static uv_timer_t timer;
  uv_loop_t *own = roost_loop(rt);
  assert_int_equal(uv_timer_init(own, &timer), 0);
  assert_int_equal(close_now(), ROOST_EBUSY);
  uv_close((uv_handle_t *)&timer, NULL);
  assert_int_equal(uv_run(own, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(own), 0);
  free(own);
}

/* ---------------------------------------------------------------------------------------------- */
/* S8: runtimes that borrow a loop                                                                */
/* ---------------------------------------------------------------------------------------------- */

static uv_loop_t loop;

static int borrow_loop(void **state) {
  assert_int_equal(close_now(), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &rt), 0);
  root = roost_root(rt);
  beginning = roost_now(rt);
  (void)state;
  return 0;
}

static void turn_loop(void) { assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0); }

/* S8, S8a: afterwards nothing of ours is on the loop. */
static void give_loop_back(void) {
  assert_int_equal(roost_close(rt, 0, see_closed, "rt", say_dropped), ROOST_PENDING);
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  turn_loop();
  assert_log("rt=0 drop:rt");
  assert_refused(ROOST_ESTALE, roost_run, (rt));
  rt.id = 0;
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* S8: on a borrowed loop the program turns. */
static void a_borrowed_loop_is_turned_by_its_owner(void **state) {
  borrow_loop(state);
  assert_ptr_equal(roost_loop(rt), &loop);
  spawn(root, "a", .lasts = SECONDS(1));
  assert_refused(ROOST_EORDER, roost_run, (rt));
  turn_loop();
  assert_log("a+ @1000 a-");
  give_loop_back();
}

/* S8: a task, a callback wait, and a join under way keep the loop alive. */
static void work_keeps_a_borrowed_loop_alive(void **state) {
  borrow_loop(state);
  assert_int_equal(uv_loop_alive(&loop), 0);

  spawn(root, "a", .lasts = SECONDS(1));
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  turn_loop();
  assert_int_equal(uv_loop_alive(&loop), 0);

  after(root, SECONDS(1), "w");
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  turn_loop();
  assert_int_equal(uv_loop_alive(&loop), 0);

  g = group(root, "g");
  join(g, 0);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  turn_loop();
  assert_int_equal(uv_loop_alive(&loop), 0);

  assert_log("a+ @1000 a- @2000 w=0 g=0");
  give_loop_back();
}

/* S8: open groups and scopes and their deadlines do not. */
static void idle_groups_let_a_borrowed_loop_end(void **state) {
  borrow_loop(state);
  group(root, "g", .timeout_ns = SECONDS(1));
  scope(root, "s", .timeout_ns = SECONDS(1));
  cleanup(root, "c");
  assert_int_equal(uv_loop_alive(&loop), 0);
  turn_loop();
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  turn_loop();
  assert_log("c:completed");
  rt.id = 0;
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void close_rt(void) {
  assert_int_equal(roost_close(rt, 0, see_closed, "rt", say_dropped), ROOST_PENDING);
}

/* S8a: tasks, cleanups and waits that are there at the closing are brought to their ends. */
static void closing_a_borrowed_runtime_ends_everything(void **state) {
  borrow_loop(state);
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(1));
  act(SECONDS(1), close_rt);
  turn_loop();
  assert_log("a+ @1000 a! c:cancelled @2000 c- rt=0 drop:rt");
  rt.id = 0;
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void tick_aloud(uv_timer_t *timer) {
  note("tick");
  uv_close((uv_handle_t *)timer, NULL);
}

/* S8, real: the program's own handles go on as if we were not there. */
static void the_programs_handles_live_on_a_borrowed_loop(void **state) {
  static uv_timer_t timer;
  borrow_loop(state);
  group(root, "g", .timeout_ns = SECONDS(1));
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, tick_aloud, 1, 0), 0);
  turn_loop();
  assert_log("tick");
  give_loop_back();
}

static int end_at_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

/* S8: two runtimes may share a loop. */
static void two_runtimes_may_share_a_loop(void **state) {
  borrow_loop(state);
  roost_runtime other;
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  spawn(root, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_spawn(roost_root(other), ROOST_TASK(.start = end_at_once), &task), 0);
  turn_loop();
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), ROOST_PENDING);
  turn_loop();
  assert_log("a+ @1000 a-");
  give_loop_back();
}

static void stop_loop(roost_task self) {
  (void)self;
  uv_stop(&loop);
}

/* S8a: a stopped loop leaves everything as it is until it is turned again. */
static void a_stopped_loop_leaves_everything_as_it_is(void **state) {
  borrow_loop(state);
  spawn(root, "a", .lasts = SECONDS(9), .body = stop_loop);
  (void)uv_run(&loop, UV_RUN_DEFAULT);
  assert_log("a+");
  assert_int_equal(roost_close(rt, 0, see_closed, "rt", say_dropped), ROOST_PENDING);
  assert_log("");
  turn_loop();
  assert_log("a! rt=0 drop:rt");
  rt.id = 0;
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* S8, real: the real clock is libuv's, and a wait takes at least its time. */
static void the_real_clock_is_libuvs(void **state) {
  (void)state;
  roost_runtime real;
  assert_int_equal(roost_runtime_open(NULL, &real), 0);
  uint64_t before = uv_hrtime();
  uint64_t now = roost_now(real);
  assert_true(before <= now && now <= uv_hrtime());
  assert_int_equal(roost_after(roost_root(real), 2 * ROOST_MILLISECOND, log_wait, "w", NULL, NULL),
                   0);
  assert_int_equal(roost_run(real), 0);
  assert_log("w=0");
  assert_true(uv_hrtime() >= before + 2 * (uint64_t)ROOST_MILLISECOND);
  assert_int_equal(roost_close(real, 0, NULL, NULL, NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_is_ready_first_runs_first),
      TEST(a_batch_is_what_was_ready_when_it_began),
      TEST(waits_end_in_the_order_of_their_times),
      TEST(the_loop_is_looked_at_between_batches),
      TEST(a_wait_of_no_length_lets_others_run),
      TEST(a_wait_of_no_length_is_cancelled_meanwhile),
      TEST(a_wait_that_has_its_result_is_not_cancelled_meanwhile),
      TEST(start_ends_a_task_by_its_answer),
      TEST(start_answers_nothing_else),
      TEST(finish_inside_start_counts),
      TEST(finish_has_its_time),
      TEST(on_cancel_ends_a_task_by_its_answer),
      TEST(finish_inside_on_cancel_counts),
      TEST(a_cancelled_task_may_still_succeed),
      TEST(on_cancel_is_not_called_after_finish),
      TEST(on_cancel_is_not_called_when_finish_comes_first),
      TEST(a_task_without_on_cancel_is_waited_for),
      TEST(the_tasks_own_drop_is_the_last),
      TEST(a_wait_is_not_told_inside_its_call),
      TEST(a_wait_is_taken_back),
      TEST(a_wait_is_taken_back_once),
      TEST(a_completed_wait_is_not_taken_back),
      TEST(a_wait_for_an_end_is_taken_back),
      TEST(on_cancel_comes_before_the_waits),
      TEST(a_body_that_ends_takes_its_waits_back),
      TEST(a_request_in_flight_is_waited_for_before_the_cleanups),
      TEST(a_group_waits_for_its_requests_before_its_cleanups),
      TEST(no_wait_begins_in_what_is_ending),
      TEST(run_answers_at_once_when_there_is_nothing_to_do),
      TEST(run_is_not_called_from_inside),
      TEST(close_from_inside_is_ended_by_the_run),
      TEST(close_answers_the_roots_outcome),
      TEST(close_is_patient),
      TEST(close_ends_before_its_patience),
      TEST(a_closing_root_refuses_tasks),
      TEST(close_leaves_a_loop_to_the_programs_handles),
      TEST(a_borrowed_loop_is_turned_by_its_owner),
      TEST(work_keeps_a_borrowed_loop_alive),
      TEST(idle_groups_let_a_borrowed_loop_end),
      TEST(closing_a_borrowed_runtime_ends_everything),
      TEST(the_programs_handles_live_on_a_borrowed_loop),
      TEST(two_runtimes_may_share_a_loop),
      TEST(a_stopped_loop_leaves_everything_as_it_is),
      TEST(the_real_clock_is_libuvs),
  };
  return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
