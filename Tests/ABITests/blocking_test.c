/* Blocking tasks: functions on libuv's pool (S2, S6, S6a, C6a). */
#include "labour.h"

static roost_scope s;

/* ---------------------------------------------------------------------------------------------- */
/* Outcomes                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static pthread_t worked_on;
static int see_thread(roost_task self) {
  (void)self;
  worked_on = pthread_self();
  return 0;
}

/* S2, L5, L6: on another thread; its answer is the outcome, and drops are called here. */
static void a_blocking_task_works_elsewhere(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  task = block(g, "b", .calls = see_thread, .gives = 1, .answers = 7);
  join(g, 0);
  assert_int_equal(outcome_of(task).state, ROOST_ALIVE);
  run();
  assert_log("g=0");
  assert_false(pthread_equal(worked_on, pthread_self()));
  assert_true(pthread_equal(dropped_on, pthread_self()));
  assert_true(pthread_equal(results_dropped_on, pthread_self()));
  assert_int_equal(results_dropped, 1);
  assert_int_equal(calls_made, 1);
}

/* L5: a kept outcome. */
static void its_outcome_is_kept(void **state) {
  (void)state;
  begin_counting();
  task = block(root, "b", .gives = 1, .answers = INT32_MAX);
  run();
  roost_outcome outcome = outcome_of(task);
  assert_int_equal(outcome.state, ROOST_COMPLETED);
  assert_int_equal(outcome.code, INT32_MAX);
  assert_int_equal(outcome.started, 1);
  assert_ptr_equal(outcome.result, &given);
  assert_null(outcome.reason);
  assert_int_equal(results_dropped, 0);
  assert_int_equal(roost_release(task), 0);
  run();
}

static void *taken;
static void take_result(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  note("end=%d", rc);
  assert_int_equal(roost_take_result(task, &taken), 0);
  assert_refused(ROOST_EALREADY, roost_take_result, (task, &taken));
  assert_null(outcome_of(task).result);
}

/* L5, L6: awaited, and taken over. */
static void its_result_is_taken_over(void **state) {
  (void)state;
  begin_counting();
  task = block(root, "b", .gives = 1, .answers = 7);
  void *none;
  assert_refused(ROOST_EORDER, roost_take_result, (task, &none));
  assert_int_equal(roost_on_end(task, root, take_result, NULL, NULL, NULL), 0);
  run();
  assert_log("end=7");
  assert_int_equal(results_dropped, 0);
}

/* G3: a failure, and its object. */
static void a_failure_is_an_error_of_its_group(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  block(g, "b", .answers = ROOST_EIO, .gives = 1);
  block(g, "c", .answers = -12345);
  block(g, "d", .answers = 3);
  join(g, 0);
  run();
  assert_int_equal(last.state, ROOST_FAILED);
  assert_int_equal(last.error_count, 2);
  assert_int_equal(results_dropped, 1);
  clear_log();
}

static int64_t listed_code;
static int see_object(roost_group group, const roost_error *error, void *data) {
  (void)group;
  (void)data;
  listed_code = error->code;
  assert_string_equal(error->name, "b");
  assert_string_equal(error->message, "why");
  assert_ptr_equal(error->object, &given);
  return ROOST_RECORD_ERROR;
}

/* G2, G3: a filter sees the error with all that it has, the worker's object and the explanation. */
static void a_filter_sees_a_failure(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g", .filter = see_object);
  task = block(g, "b", .answers = ROOST_EIO, .gives = 1);
  assert_int_equal(roost_explain(task, "why"), 0);
  join(g, 0);
  run();
  assert_log("g=EIO[b:EIO]");
  assert_int_equal(listed_code, ROOST_EIO);
  assert_int_equal(results_dropped, 1);
}

/* C13a: as cancelled, although nothing was. */
static void ending_cancelled_without_reason_is_an_error(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .answers = ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("g=ENOTCANCELLED[b:ENOTCANCELLED]");
}

static int told_outcome;
static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)data;
  told_outcome = (int)why->code;
  assert_true(pthread_equal(pthread_self(), *(pthread_t *)data));
  note("swept:%d", (int)why->state);
  return 0;
}

/* K1: cleanups run here, when its function has returned. */
static void its_cleanups_run_afterwards(void **state) {
  (void)state;
  pthread_t here = pthread_self();
  g = group(root, "g");
  task = block(g, "b", .says = 1, .answers = 7);
  assert_int_equal(roost_defer(task, sweep_up, &here, NULL), 0);
  join(g, 0);
  run();
  assert_log("b swept:1 g=0");
  assert_int_equal(told_outcome, 7);
}

/* S2a: its function ends it, and nobody else. */
static void nobody_else_finishes_it(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  task = block(g, "b", .waits = 1, .answers = 7);
  assert_refused(ROOST_EINVAL, roost_finish, (task, 0, &given, drop_given));
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, let_go);
  run();
  assert_log("g=0");
  assert_int_equal(results_dropped, 1);
}

static void finish_it(void) {
  assert_refused(ROOST_EINVAL, roost_finish, (task, 0, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_finish, (task, ROOST_ECANCELED, NULL, NULL));
}

/* S2a: nor while it runs. */
static void nobody_else_finishes_it_while_it_runs(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .waits = 1, .answers = 7);
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, finish_it);
  act(0, let_go);
  run();
  assert_log("g=0");
}

/* G2b: the first success wins. */
static void a_blocking_task_wins_a_race(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_RACE);
  block(g, "b", .answers = 7);
  spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  block(g, "c", .until_asked = 1, .answers = ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("a+ a:9 g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* Beside other tasks                                                                             */
/* ---------------------------------------------------------------------------------------------- */

/* S2, G2: fail-fast, the blocking task fails. */
static void a_failure_cancels_callback_tasks(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  block(g, "b", .says = 1, .answers = ROOST_EIO);
  block(g, "c", .until_asked = 1, .answers = ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("a+ b a:3 g=EIO^[b:EIO]");
}

static void fail_a(void) { assert_int_equal(roost_finish(task, ROOST_EIO, NULL, NULL), 0); }

/* S2, S6, G2: fail-fast, a callback task fails; the worker is asked, and gives up. */
static void a_callback_tasks_failure_asks_workers(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING);
  block(g, "b", .waits = 1, .until_asked = 1, .answers = ROOST_ECANCELED);
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, let_go);
  act(0, fail_a);
  run();
  assert_log("a+ g=EIO^[a:EIO]");
}

/* S6, G5: it was asked, and has succeeded all the same. */
static void what_was_asked_may_still_succeed(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  task = block(g, "b", .waits = 1, .until_asked = 1, .answers = 7, .gives = 1);
  roost_task kept = task;
  join(g, 0);
  on_end(kept, root, "end");
  cancel_when_begun(1);
  act(0, let_go);
  run();
  assert_log("g=0 end=7");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.caught, 0);
  assert_int_equal(results_dropped, 1);
}

/* S6, G5: it was asked, and says so. */
static void what_was_asked_may_give_up(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .waits = 1, .until_asked = 1, .answers = ROOST_ECANCELED);
  on_end(task, root, "end");
  join(g, 0);
  cancel_when_begun(1);
  act(0, let_go);
  run();
  assert_log("g=0^ end=ETASKCANCELLED");
}

/* S6, G3: it was asked, and has failed. */
static void what_was_asked_may_fail(void **state) {
  (void)state;
  g = group(root, "g");
  block(g, "b", .waits = 1, .until_asked = 1, .answers = ROOST_EIO);
  join(g, 0);
  cancel_when_begun(1);
  act(0, let_go);
  run();
  assert_log("g=EIO[b:EIO]");
}

/* S6: a function that never looks: its group waits for it. */
static void what_never_looks_is_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  block(g, "b", .waits = 1, .answers = ROOST_ECANCELED);
  join(g, 0);
  cancel_when_begun(1);
  act(0, note_open);
  act(0, let_go);
  run();
  assert_log("open g=0^");
}

static void cancel_and_wait(void) {
  assert_int_equal(
      roost_cancel_and_wait(task, root, NULL, log_wait, copy_text("end"), drop_data, NULL), 0);
}

/* C12b, C13: one task alone. */
static void one_worker_is_cancelled_alone(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .waits = 1, .until_asked = 1, .answers = ROOST_ECANCELED);
  block(g, "c", .answers = 3);
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, cancel_and_wait);
  act(0, let_go);
  run();
  assert_log("g=0 end=ETASKCANCELLED");
}

/* L2: a limit counts both sorts; with one place all come after one another. */
static void a_limit_of_one_holds_both_sorts(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g", .limit = 1);
  block(g, "b", .says = 1);
  spawn(g, "a", .lasts = SECONDS(1));
  block(g, "c", .says = 1);
  spawn(g, "d");
  block(g, "e", .says = 1);
  join(g, 0);
  run();
  assert_log("b a+ @1000 a- c d+ e g=0");
  assert_int_equal(most_working, 1);
}

static uv_barrier_t pair;
static int meet(roost_task self) {
  (void)self;
  uv_barrier_wait(&pair);
  return 0;
}

/* L2: with two places, two work at a time, and never three. */
static void a_limit_of_two_lets_two_work(void **state) {
  (void)state;
  begin_counting();
  assert_int_equal(uv_barrier_init(&pair, 2), 0);
  g = group(root, "g", .limit = 2);
  for (int i = 0; i < 10; i++) block(g, "b", .calls = meet);
  join(g, 0);
  run();
  uv_barrier_destroy(&pair);
  assert_log("g=0");
  assert_int_equal(calls_made, 10);
  assert_int_equal(most_working, 2);
}

static atomic_int failed_first;
static int fail_or_count(roost_task self) {
  (void)self;
  return failed_first++ == 0 ? ROOST_EIO : 0;
}

/* L2a: what waits for its place when the group fails never runs. */
static void what_a_limit_holds_back_never_runs(void **state) {
  (void)state;
  begin_counting();
  failed_first = 0;
  g = group(root, "g", .limit = 1);
  for (int i = 0; i < 10; i++) block(g, "b", .calls = fail_or_count);
  join(g, 0);
  run();
  assert_log("g=EIO^[b:EIO]");
  assert_int_equal(calls_made, 1);
}

/* L3: a daemon is let go when the others have ended. */
static void a_daemon_is_asked_at_the_join(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .daemon = 1, .waits = 1, .until_asked = 1, .answers = ROOST_ECANCELED);
  on_end(task, root, "end");
  spawn(g, "a", .lasts = 0);
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, let_go);
  run();
  assert_log("a+ g=0 end=ETASKCANCELLED");
}

/* ---------------------------------------------------------------------------------------------- */
/* What the pool has not begun                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static roost_group occupied;

static void release_pool(void) {
  for (int i = 0; i < 4; i++) let_go();
}

static void release_all(roost_node node, const roost_result *result, void *data) {
  log_result(node, result, data);
  release_pool();
}

/* Fills the pool; its workers are let go when g has been joined. */
static void fill_pool(void) {
  begin_counting();
  occupied = group(root, "occupied");
  for (int i = 0; i < 4; i++) block(occupied, "o", .waits = 1);
  join(occupied, 0);
  g = group(root, "g");
  awaited = 4;
  act(0, await_all);
}

static void join_and_release(void) {
  assert_int_equal(roost_join(g, 0, release_all, copy_name(g), drop_data), 0);
}

/* C6a, S2: it is in the pool's queue: it never runs, and its cleanups do; the group does not wait
 * for anything. */
static void what_the_pool_has_not_begun_never_runs(void **state) {
  (void)state;
  fill_pool();
  task = block(g, "b", .gives = 1, .answers = 7);
  roost_task kept = task;
  cleanup(kept, "c");
  on_end(kept, root, "end");
  act(0, cancel_g);
  join_and_release();
  run();
  assert_log("c:cancelled:new g=0^ end=ETASKCANCELLED occupied=0");
  assert_int_equal(calls_made, 4);
}

static void release_later(void) { act(0, release_pool); }
static void release_soon(void) { act(0, release_later); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

/* C6a, L5: its outcome, when it was cancelled alone. */
static void what_never_ran_says_so(void **state) {
  (void)state;
  fill_pool();
  task = block(root, "b", .gives = 1, .answers = 7);
  act(0, cancel_task);
  act(0, release_soon);
  run();
  roost_outcome outcome = outcome_of(task);
  assert_int_equal(outcome.state, ROOST_CANCELLED);
  assert_int_equal(outcome.code, ROOST_ECANCELED);
  assert_int_equal(outcome.started, 0);
  assert_null(outcome.result);
  assert_int_equal(outcome.reason->origin, ROOST_EXPLICIT);
  assert_int_equal(calls_made, 4);
  assert_int_equal(results_dropped, 0);
  clear_log();
}

/* C6a: the same for one that may be abandoned: there is nothing to abandon. */
static void what_never_ran_is_no_stray(void **state) {
  (void)state;
  fill_pool();
  task = block(g, "b", .abandon = 1, .gives = 1, .answers = 7);
  on_end(task, root, "end");
  act(0, cancel_g);
  join_and_release();
  run();
  assert_log("g=0^ end=ETASKCANCELLED occupied=0");
  assert_int_equal(calls_made, 4);
}

static roost_task one;
static void cancel_one_and_g(void) {
  assert_int_equal(roost_cancel(one, NULL), 0);
  cancel_g();
}

/* C6a: many of them, in whatever order they are cancelled; the pool is as before afterwards. */
static void a_long_queue_never_runs(void **state) {
  (void)state;
  fill_pool();
  for (int i = 0; i < 100; i++) {
    task = block(g, "b", .gives = 1, .abandon = i % 2);
    if (i == 50) one = task;
  }
  act(0, cancel_one_and_g);
  join_and_release();
  run();
  assert_log("g=0^ occupied=0");
  assert_int_equal(calls_made, 4);
  g = group(root, "g");
  for (int i = 0; i < 10; i++) block(g, "b");
  join(g, 0);
  run();
  assert_log("g=0");
  assert_int_equal(calls_made, 14);
}

/* C6, C6a: cancelled before it was given to the pool; born cancelled; its group is. */
static void what_is_cancelled_before_its_first_step_never_runs(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  task = block(g, "b");
  cleanup(task, "c");
  cancel_g();
  task = block(g, "born");
  on_end(task, root, "end");
  join(g, 0);
  run();
  assert_log("c:cancelled:new g=0^ end=ETASKCANCELLED");
  assert_int_equal(calls_made, 0);
}

/* C6a, C14: the same, from another thread. */
static void what_another_thread_cancels_never_runs(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  task = block(g, "b");
  assert_asked(cancel_elsewhere(g, NULL));
  join(g, 0);
  run();
  assert_log("g=0^");
  assert_int_equal(calls_made, 0);
}

/* C10: a shield: it runs, and is not asked. */
static void a_shielded_worker_runs(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  cancel_g();
  task = block(g, "b", .shield = 1, .answers = 7);
  on_end(task, root, "end");
  join(g, 0);
  run();
  assert_log("g=0 end=7");
  assert_int_equal(calls_made, 1);
}

static int sees_something(roost_task self) { return roost_cancelled(self) == 1 ? 8 : ROOST_EIO; }
static void lower_shield(void) {
  assert_int_equal(roost_set_shield(task, 0), 0);
  let_go();
}

/* C10: while it runs; and when its shield is taken away. */
static void a_shielded_worker_is_not_asked(void **state) {
  (void)state;
  for (int lowered = 0; lowered <= 1; lowered++) {
    g = group(root, "g");
    task = block(g, "b", .shield = 1, .waits = 1, .calls = lowered ? sees_something : sees_nothing);
    on_end(task, root, "end");
    join(g, 0);
    awaited = 1;
    act(0, await_all);
    act(0, cancel_g);
    act(0, lowered ? lower_shield : let_go);
    run();
    assert_log(lowered ? "g=0 end=8" : "g=0 end=7");
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Deadlines and shutdowns                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* D2a, real: a worker that its own deadline has cut short has failed. */
static void a_deadline_cuts_a_worker_short(void **state) {
  (void)state;
  be_real();
  g = open_group(root, NULL);
  task = block(g, "b", .until_asked = 1, .timeout_ns = MS(1), .answers = ROOST_ECANCELED);
  join_quietly();
  run();
  assert_int_equal(result_code, ROOST_ETIMEDOUT);
}

/* D2a, real: with move_on it ends cancelled. */
static void a_silent_deadline_cuts_a_worker_short(void **state) {
  (void)state;
  be_real();
  g = open_group(root, NULL);
  task = block(root, "b", .until_asked = 1, .timeout_ns = MS(1), .move_on = 1,
               .answers = ROOST_ECANCELED);
  join_quietly();
  run();
  assert_int_equal(result_code, 0);
  assert_int_equal(outcome_of(task).state, ROOST_CANCELLED);
  assert_int_equal(outcome_of(task).reason->origin, ROOST_DEADLINE);
}

static void set_deadline_and_let_go(void) {
  set_deadline();
  let_go();
}

/* C4, S6, real: it has a result all the same. */
static void a_deadline_may_come_too_late(void **state) {
  (void)state;
  be_real();
  task = block(root, "b", .waits = 1, .until_asked = 1, .answers = 7);
  act(0, set_deadline_and_let_go);
  run();
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  assert_int_equal(outcome_of(task).code, 7);
}

/* D2, real: the deadline of its group. */
static void a_groups_deadline_asks_its_workers(void **state) {
  (void)state;
  be_real();
  g = open_group(root, ROOST_GROUP(.timeout_ns = MS(1)));
  block(g, "b", .until_asked = 1, .answers = ROOST_ECANCELED);
  block(g, "c", .until_asked = 1, .answers = 3);
  join_quietly();
  run();
  assert_int_equal(result_code, ROOST_ETIMEDOUT);
  assert_int_equal(result_caught, 1);
}

/* D1, C6a: a deadline that has passed when it would begin: it never runs, and has failed. */
static void a_passed_deadline_lets_nothing_run(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  block(g, "b", .timeout_ns = ROOST_NOW);
  join(g, 0);
  run();
  assert_log("g=ETIMEDOUT[b:ETIMEDOUT]");
  g = group(root, "g");
  block(g, "b", .deadline_ns = 1);
  join(g, 0);
  run();
  assert_log("g=ETIMEDOUT[b:ETIMEDOUT]");
  g = group(root, "g");
  block(g, "b", .timeout_ns = ROOST_NOW, .move_on = 1);
  join(g, 0);
  run();
  assert_log("g=0");
  assert_int_equal(calls_made, 0);
}

static void shut_down_g(void) { assert_int_equal(roost_shutdown(g, 0), 0); }

/* C12 */
static void a_shutdown_asks_workers(void **state) {
  (void)state;
  g = group(root, "g");
  block(g, "b", .waits = 1, .until_asked = 1, .answers = ROOST_ECANCELED);
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, shut_down_g);
  act(0, let_go);
  run();
  assert_log("g=0^");
  assert_int_equal(last.reason.origin, ROOST_SHUTDOWN);
}

/* ---------------------------------------------------------------------------------------------- */
/* What a worker may call                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static int start_nothing(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

/* T3: nothing that belongs to the loop's thread, not even for itself. */
static int call_what_it_may_not(roost_task self) {
  roost_task none;
  roost_group group_of_none;
  roost_reason reason = {.size = sizeof reason};
  roost_outcome outcome = {.size = sizeof outcome};
  uint64_t when;
  char name[64];
  void *result;
  const int answers[] = {
      roost_spawn(root, ROOST_TASK(.start = start_nothing), &none),
      roost_spawn_blocking(root, ROOST_BLOCKING(.work = work), &none),
      roost_group_open(self, NULL, &group_of_none),
      roost_scope_open(self, NULL, &group_of_none),
      roost_finish(self, 0, NULL, NULL),
      roost_join(root, 0, NULL, NULL, NULL),
      roost_defer(self, sweep_up, NULL, NULL),
      roost_after(self, 0, log_wait, NULL, NULL, NULL),
      roost_on_end(root, self, log_wait, NULL, NULL, NULL),
      roost_cancel_and_wait(root, self, NULL, log_wait, NULL, NULL, NULL),
      roost_reason_of(self, &reason),
      roost_outcome_of(self, &outcome),
      roost_take_result(self, &result),
      roost_explain(self, "no"),
      roost_started(self, 0),
      roost_stopping(self),
      roost_cancel_called(self),
      roost_set_shield(self, 1),
      roost_set_deadline(self, 1),
      roost_effective_deadline(self, &when),
      roost_name(self, name, sizeof name),
      roost_run(rt),
      roost_close(rt, 0, NULL, NULL, NULL),
      roost_root(rt).id == 0 ? ROOST_ETHREAD : 0,
      roost_runtime_of(self).id == 0 ? ROOST_ETHREAD : 0,
      roost_loop(rt) == NULL ? ROOST_ETHREAD : 0,
      roost_now(rt) == 0 ? ROOST_ETHREAD : 0,
  };
  for (size_t i = 0; i < COUNT(answers); i++)
    if (answers[i] != ROOST_ETHREAD) return -(int)i - 1000;
  return 7;
}

static void a_worker_may_not_touch_the_tree(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .calls = call_what_it_may_not);
  on_end(task, root, "end");
  join(g, 0);
  run();
  assert_log("g=0 end=7");
}

static roost_wait parked;
static roost_event event;

static int call_what_it_may(roost_task self) {
  roost_step step = {.size = sizeof step};
  const int answers[] = {roost_cancelled(self) == 0,
                         roost_wake(parked, 5) == ROOST_ASKED,
                         roost_wake(parked, 6) == ROOST_ESTALE,
                         roost_release(self) == ROOST_ASKED,
                         roost_release_id(event.id) == ROOST_ASKED,
                         roost_shutdown(s, 0) == ROOST_ASKED,
                         roost_current(rt, &step) >= 0,
                         roost_cancel(s, NULL) == ROOST_ASKED};
  for (size_t i = 0; i < COUNT(answers); i++)
    if (!answers[i]) return -(int)i - 1000;
  return 7;
}

/* C14 */
static void a_worker_may_ask(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &event), 0);
  s = scope(root, "s");
  g = group(root, "g");
  after(s, ROOST_FOREVER, "w");
  parked = park(root, "p");
  task = block(g, "b", .calls = call_what_it_may);
  join(g, 0);
  run();
  assert_int_equal(last.code, 0);
  assert_refused(ROOST_ESTALE, roost_event_set, (event));
  assert_int_equal(reason_of(s).origin, ROOST_SHUTDOWN);
  clear_log();
}

static int cancel_its_group(roost_task self) {
  if (roost_cancel(g, ROOST_CANCEL(.code = 9)) != ROOST_ASKED) return ROOST_EIO;
  while (roost_cancelled(self) == 0) sched_yield();
  return ROOST_ECANCELED;
}

/* C5, C14: its own group; it is asked like the others. */
static void a_worker_cancels_its_group(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  block(g, "b", .calls = cancel_its_group);
  join(g, 0);
  run();
  assert_log("a+ a:1 g=0^");
  assert_int_equal(last.reason.code, 9);
}

static int cancel_itself(roost_task self) {
  if (roost_cancel(self, NULL) != ROOST_ASKED) return ROOST_EIO;
  return ROOST_ECANCELED;
}

/* C5, C13, C14a: itself, and ends so before it knows whether that was heard: the asking comes
 * before the end. */
static void a_worker_cancels_itself(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .calls = cancel_itself);
  on_end(task, root, "end");
  join(g, 0);
  run();
  assert_log("g=0 end=ETASKCANCELLED");
}

/* S5: what a worker has posted is called before its end is told. */
static int post_and_end(roost_task self) {
  (void)self;
  return roost_post(rt, log_post, (void *)(uintptr_t) "posted", NULL);
}

static void a_worker_posts_before_it_ends(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    g = group(root, "g");
    block(g, "b", .calls = post_and_end);
    join(g, 0);
    run();
    assert_log("posted g=0");
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* The clock and the run                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static atomic_int answered;
static void answer_worker(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  answered++;
}

static int ask_often(roost_task self) {
  (void)self;
  for (int i = 0; i < 100; i++) {
    int before = answered;
    if (roost_post(rt, answer_worker, NULL, NULL) != 0) return ROOST_EIO;
    while (answered == before) sched_yield();
  }
  return 0;
}

/* D4: time stands still while a function works, however often the loop has nothing to do. */
static void a_worker_holds_the_clock(void **state) {
  (void)state;
  answered = 0;
  after(root, MS(1), "w");
  g = group(root, "g");
  block(g, "b", .calls = ask_often);
  join(g, 0);
  run();
  assert_log("g=0 @1 w=0");
  assert_int_equal(answered, 100);
}

/* D4: also one that was asked, and a daemon. */
static void a_cancelled_worker_holds_the_clock(void **state) {
  (void)state;
  answered = 0;
  after(root, SECONDS(1), "w");
  g = group(root, "g");
  block(g, "b", .waits = 1, .calls = ask_often);
  join(g, 0);
  cancel_when_begun(1);
  act(0, let_go);
  run();
  assert_log("g=0 @1000 w=0");
}

/* D4: nothing else is there, and it is no deadlock. */
static void a_worker_is_no_deadlock(void **state) {
  (void)state;
  block(root, "b", .says = 1);
  run();
  assert_log("b");
}

static int wake_it(roost_task self) {
  (void)self;
  return roost_wake(parked, 5) == ROOST_ASKED ? 0 : ROOST_EIO;
}

/* D4: what only a worker can end is no deadlock while it works. */
static void what_a_worker_may_end_is_no_deadlock(void **state) {
  (void)state;
  parked = park(root, "p");
  block(root, "b", .calls = wake_it);
  run();
  assert_log("p=5");
}

/* S8, L3: a daemon's function does not keep the run going; the close asks it. */
static void a_daemon_keeps_no_run_going(void **state) {
  (void)state;
  begin_counting();
  block(root, "b", .daemon = 1, .until_asked = 1, .answers = ROOST_ECANCELED);
  act(0, note_open);
  run();
  assert_log("open");
  assert_int_equal(close_now(), 0);
}

/* S1: the seed has no say in what the pool does, and all come to their ends. */
static void a_seed_mixes_with_workers(void **state) {
  (void)state;
  begin_counting();
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .seed = 7), &rt),
                   0);
  root = roost_root(rt);
  g = group(root, "g");
  for (int i = 0; i < 50; i++) {
    block(g, "b", .answers = i);
    spawn(g, "a", .lasts = SECONDS(1));
  }
  join(g, 0);
  run();
  assert_int_equal(calls_made, 50);
  assert_int_equal(last.code, 0);
  clear_log();
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static roost_runtime other;
static int close_the_other(roost_task self, void *data) {
  (void)self;
  (void)data;
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
  note("closed");
  return 0;
}

/* S8a: a runtime with a worker and a stray is closed from a callback of another one. */
static void a_runtime_is_closed_from_anothers_callback(void **state) {
  (void)state;
  begin_counting();
  assert_int_equal(roost_runtime_open(NULL, &other), 0);
  roost_group there;
  assert_int_equal(roost_group_open(roost_root(other), NULL, &there), 0);
  block(roost_root(other), "b", .until_asked = 1, .answers = ROOST_ECANCELED);
  block(there, "c", .until_asked = 1, .abandon = 1, .gives = 1, .answers = 3);
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = close_the_other), NULL), 0);
  run();
  assert_log("closed");
  assert_int_equal(working, 0);
}

static void close_inside(void) {
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  roost_task none;
  roost_blocking_options options = options_of(&(labour){.name = "late"});
  assert_refused(ROOST_ECLOSED, roost_spawn_blocking, (root, &options, &none));
  let_go();
}

/* S8a: from inside, while one runs. */
static void a_close_from_inside_asks_workers(void **state) {
  (void)state;
  begin_counting();
  block(root, "b", .waits = 1, .until_asked = 1, .gives = 1, .answers = 7);
  awaited = 1;
  act(0, await_all);
  act(0, close_inside);
  run();
  assert_int_equal(results_dropped, 1);
  rt.id = 0;
}

/* ---------------------------------------------------------------------------------------------- */
/* Spawned from everywhere, and left open                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void open_and_leave(roost_task self) {
  roost_group inner = group(self, "inner");
  block(inner, "b", .until_asked = 1, .answers = ROOST_ECANCELED);
}

/* G7: a task ends with a group open in which a function works: it is asked, and waited for. */
static void what_is_left_open_is_waited_for(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  spawn(g, "a", .body = open_and_leave);
  join(g, 0);
  run();
  assert_log("a+ g=EUNCLOSED[a:EUNCLOSED[inner:EUNCLOSED]]");
  assert_int_equal(working, 0);
}

static void block_in_cleanup(roost_task self) {
  roost_group inner = group(self, "inner");
  block(inner, "b", .says = 1, .calls = sees_nothing);
  join(inner, 0);
}

/* K2, K4: a cleanup of a cancelled group has work of its own done, which is not cancelled. */
static void a_cleanup_has_work_done(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .body = block_in_cleanup);
  cancel_g();
  join(g, 0);
  run();
  assert_log("c:completed b inner=0 g=0");
}

static void block_in_post(roost_runtime runtime, void *data) {
  (void)data;
  block(roost_root(runtime), "b", .says = 1);
}

static int block_in_filter(roost_group group, const roost_error *error, void *data) {
  (void)error;
  (void)data;
  block(group, "f", .says = 1);
  return ROOST_RECORD_ERROR;
}

/* S2: from a post, and from a filter. */
static void any_callback_may_spawn(void **state) {
  (void)state;
  assert_int_equal(post_elsewhere(rt, block_in_post, NULL, NULL), 0);
  run();
  assert_log("b");
  g = group(root, "g", .filter = block_in_filter);
  block(g, "e", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("f g=EIO[e:EIO]");
}

/* S2: every answer of 0 or more is success, and every other an error. */
static void any_answer_is_an_outcome(void **state) {
  (void)state;
  static const int64_t answers[] = {0, 1, 2, 3, INT32_MAX, -1, -95, ROOST_EDEADLK, INT32_MIN};
  for (size_t i = 0; i < COUNT(answers); i++) {
    task = block(root, "b", .answers = answers[i]);
    run();
    assert_int_equal(outcome_of(task).state, answers[i] < 0 ? ROOST_FAILED : ROOST_COMPLETED);
    assert_int_equal(outcome_of(task).code, answers[i]);
    assert_int_equal(roost_release(task), 0);
  }
}

/* L4: it is spawned plainly, and a report does nothing; nor does it begin one. */
static void report_it(void) { assert_int_equal(roost_started(task, 5), 0); }
static void a_report_does_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .waits = 1, .answers = 7);
  assert_refused(ROOST_EINVAL, roost_started, (task, 5));
  on_end(task, root, "end");
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, report_it);
  act(0, let_go);
  run();
  assert_log("g=0 end=7");
}

static void wait_in_worker(void) {
  after(task, SECONDS(1), "w");
  after(task, ROOST_FOREVER, "v");
  s = scope(task, "s");
  after(s, ROOST_FOREVER, "u");
}

/* T1c, S2b, G7: others may wait in it by its name; these waits end with it. */
static void others_wait_in_it(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  task = block(g, "b", .waits = 1, .answers = 7);
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, wait_in_worker);
  act(0, let_go);
  run();
  assert_int_equal(last.code, ROOST_EUNCLOSED);
  clear_log();
}

/* D4: the worker has done all that it will; then nothing can happen any more. */
static void a_deadlock_is_found_behind_a_worker(void **state) {
  (void)state;
  park(root, "p");
  block(root, "b", .says = 1);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("b p=ECANCELED");
}

static labour plain = {.name = "b"};
static void *live_elsewhere(void *data) {
  roost_runtime there;
  atomic_int *done = data;
  if (roost_runtime_open(NULL, &there) != 0) return NULL;
  for (int i = 0; i < 100; i++)
    if (roost_spawn_blocking(roost_root(there), ROOST_BLOCKING(.work = work, .data = &plain),
                             NULL) == 0)
      ++*done;
  int rc = roost_run(there);
  int closed = roost_close(there, 0, NULL, NULL, NULL);
  return rc == 0 && closed == 0 ? data : NULL;
}

/* S2, real */
static void two_threads_share_the_pool(void **state) {
  (void)state;
  begin_counting();
  atomic_int done = 0;
  void *ended = NULL;
  be_real();
  pthread_t thread = begin_thread(live_elsewhere, &done);
  for (int i = 0; i < 100; i++) block(root, "b");
  run();
  assert_int_equal(pthread_join(thread, &ended), 0);
  assert_ptr_equal(ended, &done);
  assert_int_equal(done, 100);
  assert_int_equal(calls_made, 200);
}

/* ---------------------------------------------------------------------------------------------- */
/* Wrong use                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static int dropped;
static void count_dropped(void *data) {
  (void)data;
  dropped++;
}

/* B1, K5: what makes no sense is refused, and its data dropped. */
static void nonsense_is_refused(void **state) {
  (void)state;
  roost_task none;
  dropped = 0;
  s = scope(root, "s");
  task = spawn(root, "a");
  assert_refused(ROOST_EINVAL, roost_spawn_blocking, (root, NULL, &none));
  assert_refused(ROOST_EINVAL, roost_spawn_blocking,
                 (root, &(roost_blocking_options){.work = work}, &none));
#define REFUSED(code, group, ...)                                                                  \
  assert_refused(code, roost_spawn_blocking,                                                       \
                 (group, ROOST_BLOCKING(.drop = count_dropped, __VA_ARGS__), &none));              \
  assert_int_equal(dropped, 1);                                                                    \
  dropped = 0
  REFUSED(ROOST_EINVAL, root, .work = NULL);
  REFUSED(ROOST_EINVAL, root, .work = work, .abandon = 2);
  REFUSED(ROOST_EINVAL, root, .work = work, .daemon = 2);
  REFUSED(ROOST_EINVAL, root, .work = work, .shield = 2);
  REFUSED(ROOST_EINVAL, root, .work = work, .move_on = 2);
  REFUSED(ROOST_EINVAL, root, .work = work, .until_stopping = 2);
  REFUSED(ROOST_EINVAL, (roost_group){0}, .work = work);
  REFUSED(ROOST_EKIND, s, .work = work);
  REFUSED(ROOST_EKIND, task, .work = work);
  struct {
    roost_blocking_options known;
    uint64_t unknown;
  } longer = {.known = {.size = sizeof longer, .work = work, .drop = count_dropped}, .unknown = 1};
  assert_refused(ROOST_E2BIG, roost_spawn_blocking, (root, &longer.known, &none));
  assert_int_equal(dropped, 1);
  run();
  assert_log("a+");
}

/* G6: a group that has ended. */
static void a_closed_group_takes_none(void **state) {
  (void)state;
  roost_task none;
  dropped = 0;
  g = group(root, "g");
  join(g, 0);
  run();
  assert_log("g=0");
  REFUSED(ROOST_ESTALE, g, .work = work);
}

/* B1: options shorter than the library's, and no handle asked for. */
static void short_options_are_enough(void **state) {
  (void)state;
  begin_counting();
  struct {
    uint64_t size;
    roost_work_fn work;
    void *data;
  } shorter = {sizeof shorter, work, &(labour){.name = "b"}};
  assert_int_equal(
      roost_spawn_blocking(root, (const roost_blocking_options *)(const void *)&shorter, NULL), 0);
  run();
  assert_int_equal(calls_made, 1);
}

/* ---------------------------------------------------------------------------------------------- */
/* Many                                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int64_t completed, cancelled;
static void count_end(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  completed += rc == 1;
  cancelled += rc == ROOST_ETASKCANCELLED;
}

static int end_well(roost_task self) { return roost_cancelled(self) == 1 ? ROOST_ECANCELED : 1; }

static void cancel_every_third(void) {
  static int round;
  if (round++ % 3 == 0) (void)roost_cancel(g, NULL);
}

/* S6, S6a, real: cancelled at whatever moment, each task ends once, in one way or another, and all
 * data is dropped. */
static void cancellations_meet_ends(void **state) {
  (void)state;
  begin_counting();
  completed = cancelled = 0;
  int64_t spawned = 0;
  for (int round = 0; round < 200; round++) {
    g = group(root, "g");
    for (int i = 0; i < 6; i++, spawned++) {
      task = block(g, "b", .calls = end_well, .abandon = i % 2, .gives = 1);
      assert_int_equal(roost_on_end(task, root, count_end, NULL, NULL, NULL), 0);
    }
    join(g, 0);
    act(0, cancel_every_third);
    if (round % 2) assert_asked(cancel_elsewhere(g, NULL));
    run();
    clear_log();
  }
  assert_int_equal(completed + cancelled, spawned);
  assert_int_equal(close_now(), 0);
}

int main(void) {
  setenv("UV_THREADPOOL_SIZE", "4", 1);
  const struct CMUnitTest tests[] = {
      TEST(a_blocking_task_works_elsewhere),
      TEST(its_outcome_is_kept),
      TEST(its_result_is_taken_over),
      TEST(a_failure_is_an_error_of_its_group),
      TEST(a_filter_sees_a_failure),
      TEST(ending_cancelled_without_reason_is_an_error),
      TEST(its_cleanups_run_afterwards),
      TEST(nobody_else_finishes_it),
      TEST(nobody_else_finishes_it_while_it_runs),
      TEST(a_blocking_task_wins_a_race),
      TEST(a_failure_cancels_callback_tasks),
      TEST(a_callback_tasks_failure_asks_workers),
      TEST(what_was_asked_may_still_succeed),
      TEST(what_was_asked_may_give_up),
      TEST(what_was_asked_may_fail),
      TEST(what_never_looks_is_waited_for),
      TEST(one_worker_is_cancelled_alone),
      TEST(a_limit_of_one_holds_both_sorts),
      TEST(a_limit_of_two_lets_two_work),
      TEST(what_a_limit_holds_back_never_runs),
      TEST(a_daemon_is_asked_at_the_join),
      TEST(what_the_pool_has_not_begun_never_runs),
      TEST(what_never_ran_says_so),
      TEST(what_never_ran_is_no_stray),
      TEST(a_long_queue_never_runs),
      TEST(what_is_cancelled_before_its_first_step_never_runs),
      TEST(what_another_thread_cancels_never_runs),
      TEST(a_shielded_worker_runs),
      TEST(a_shielded_worker_is_not_asked),
      TEST(a_deadline_cuts_a_worker_short),
      TEST(a_silent_deadline_cuts_a_worker_short),
      TEST(a_deadline_may_come_too_late),
      TEST(a_groups_deadline_asks_its_workers),
      TEST(a_passed_deadline_lets_nothing_run),
      TEST(a_shutdown_asks_workers),
      TEST(a_worker_may_not_touch_the_tree),
      TEST(a_worker_may_ask),
      TEST(a_worker_cancels_its_group),
      TEST(a_worker_cancels_itself),
      TEST(a_worker_posts_before_it_ends),
      TEST(a_worker_holds_the_clock),
      TEST(a_cancelled_worker_holds_the_clock),
      TEST(a_worker_is_no_deadlock),
      TEST(what_a_worker_may_end_is_no_deadlock),
      TEST(a_daemon_keeps_no_run_going),
      TEST(a_seed_mixes_with_workers),
      TEST(a_runtime_is_closed_from_anothers_callback),
      TEST(a_close_from_inside_asks_workers),
      TEST(what_is_left_open_is_waited_for),
      TEST(a_cleanup_has_work_done),
      TEST(any_callback_may_spawn),
      TEST(any_answer_is_an_outcome),
      TEST(a_report_does_nothing),
      TEST(others_wait_in_it),
      TEST(a_deadlock_is_found_behind_a_worker),
      TEST(two_threads_share_the_pool),
      TEST(nonsense_is_refused),
      TEST(a_closed_group_takes_none),
      TEST(short_options_are_enough),
      TEST(cancellations_meet_ends),
  };
  return cmocka_run_group_tests_name("blocking", tests, NULL, NULL);
}
