/* Blocking tasks that are abandoned: their functions go on as strays (S6a). */
#include "labour.h"

static roost_task stray;
static atomic_int stray_saw;
static int look_as_stray(roost_task self) {
  stray_saw = roost_cancelled(self);
  return 0;
}

static void begin_stray(void) {
  begin_counting();
  stray_saw = -1;
  g = group(root, "g");
  stray = block(g, "b", .abandon = 1, .waits = 1, .calls = look_as_stray, .gives = 1, .answers = 7);
  cancel_when_begun(1);
}

/* Its function returns, and the runtime, which waits for it, closes. */
static int let_go_late(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  let_go();
  return 0;
}

/* S6a, S8: the group ends while the function goes on, and so does the run; the close waits for it;
 * what it gives is dropped. */
static void an_abandoned_worker_is_not_waited_for(void **state) {
  (void)state;
  begin_stray();
  on_end(stray, root, "end");
  join(g, 0);
  run();
  assert_log("g=0^ end=ETASKCANCELLED");
  assert_int_equal(working, 1);
  assert_int_equal(cancelled_elsewhere(stray), 1);
  assert_int_equal(results_dropped, 0);
  assert_int_equal(roost_defer(root, let_go_late, NULL, NULL), 0);
  assert_int_equal(close_now(), 0);
  assert_int_equal(working, 0);
  assert_int_equal(stray_saw, 1);
  assert_int_equal(results_dropped, 1);
  assert_true(pthread_equal(results_dropped_on, pthread_self()));
  assert_true(pthread_equal(dropped_on, pthread_self()));
}

/* S6a, L5: its outcome, while it goes on. */
static void an_abandoned_workers_outcome_is_kept(void **state) {
  (void)state;
  begin_stray();
  run();
  roost_outcome outcome = outcome_of(stray);
  assert_int_equal(outcome.state, ROOST_CANCELLED);
  assert_int_equal(outcome.code, ROOST_ECANCELED);
  assert_int_equal(outcome.started, 1);
  assert_null(outcome.result);
  assert_int_equal(outcome.reason->origin, ROOST_EXPLICIT);
  void *none;
  assert_refused(ROOST_EALREADY, roost_take_result, (stray, &none));
  let_go();
  assert_int_equal(close_now(), 0);
  assert_int_equal(results_dropped, 1);
}

/* S6a, L5: it is given up while it goes on. */
static void an_abandoned_workers_outcome_is_released(void **state) {
  (void)state;
  begin_stray();
  join(g, 0);
  run();
  assert_log("g=0^");
  int rc = roost_release(stray);
  assert_true(rc == 0 || rc == ROOST_ALREADY || rc == ROOST_ESTALE);
  run();
  assert_int_equal(cancelled_elsewhere(stray), 1);
  assert_int_equal(working, 1);
  let_go();
  assert_int_equal(close_now(), 0);
  assert_int_equal(stray_saw, 1);
  assert_int_equal(results_dropped, 1);
}

/* S6a: nothing to clean up can be left to it. */
static void an_abandoned_worker_takes_no_cleanups(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .abandon = 1);
  assert_refused(ROOST_EINVAL, roost_defer, (task, let_go_late, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_defer_with, (task, ROOST_CLEANUP(.fn = let_go_late), NULL));
  join(g, 0);
  run();
  assert_log("g=0");
}

/* S6a: without a cancellation it is like any other. */
static void what_may_be_abandoned_is_waited_for(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  task = block(g, "b", .abandon = 1, .says = 1, .gives = 1, .answers = 7);
  on_end(task, root, "end");
  join(g, 0);
  run();
  assert_log("b g=0 end=7");
  assert_int_equal(results_dropped, 1);
}

/* S6a, D4: time goes on beside a stray. */
static void a_stray_does_not_hold_the_clock(void **state) {
  (void)state;
  begin_stray();
  join(g, 0);
  after(root, SECONDS(1), "w");
  act(SECONDS(2), let_go);
  run();
  assert_log("g=0^ @1000 w=0");
  assert_int_equal(close_now(), 0);
  assert_int_equal(results_dropped, 1);
}

static int fail_late(roost_task self) {
  (void)self;
  return ROOST_EIO;
}

/* S6a: whatever a stray answers, nobody hears. */
static void a_strays_failure_is_no_error(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  stray = block(g, "b", .abandon = 1, .waits = 1, .calls = fail_late, .gives = 1);
  cancel_when_begun(1);
  join(g, 0);
  run();
  assert_log("g=0^");
  let_go();
  assert_int_equal(close_now(), 0);
  assert_int_equal(results_dropped, 1);
}

/* S6a, D2a, real: abandoned by its own deadline. */
static void a_deadline_abandons(void **state) {
  (void)state;
  for (int silent = 0; silent <= 1; silent++) {
    be_real();
    begin_counting();
    g = open_group(root, NULL);
    task = block(g, "b", .abandon = 1, .waits = 1, .move_on = silent);
    act(0, set_deadline);
    join_quietly();
    run();
    assert_int_equal(result_code, silent ? 0 : ROOST_ETIMEDOUT);
    assert_int_equal(working, 1);
    let_go();
  }
}

/* S6a, C10 */
static void a_shield_keeps_from_being_abandoned(void **state) {
  (void)state;
  g = group(root, "g");
  task = block(g, "b", .abandon = 1, .shield = 1, .waits = 1, .calls = sees_nothing);
  on_end(task, root, "end");
  join(g, 0);
  cancel_when_begun(1);
  act(0, note_open);
  act(0, let_go);
  run();
  assert_log("open g=0 end=7");
}

static int post_as_stray(roost_task self) {
  (void)self;
  return roost_post(rt, log_post, (void *)(uintptr_t) "stray", NULL);
}

/* S6a, S5: a stray may post to a runtime that is open. */
static void a_stray_may_post(void **state) {
  (void)state;
  g = group(root, "g");
  stray = block(g, "b", .abandon = 1, .waits = 1, .calls = post_as_stray, .says = 0);
  cancel_when_begun(1);
  join(g, 0);
  run();
  assert_log("g=0^");
  let_go();
  block(root, "c", .until_asked = 0, .says = 1);
  while (working > 0) sched_yield();
  run();
  assert_log("stray c");
}

/* S6a, S8a: strays in a runtime on a borrowed loop: nothing of ours is left when it is told. */
static void told_of_close(const roost_result *result, void *data) {
  (void)result;
  (void)data;
  note("closed:%d", (int)working);
}

static void a_borrowed_loop_waits_for_strays(void **state) {
  (void)state;
  uv_loop_t borrowed;
  assert_int_equal(close_now(), 0);
  assert_int_equal(uv_loop_init(&borrowed), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &borrowed, .clock = ROOST_CLOCK_VIRTUAL), &rt), 0);
  root = roost_root(rt);
  begin_counting();
  g = group(root, "g");
  stray = block(g, "b", .abandon = 1, .waits = 1, .gives = 1);
  cancel_when_begun(1);
  join(g, 0);
  assert_int_equal(roost_defer(root, let_go_late, NULL, NULL), 0);
  assert_int_equal(roost_close(rt, SECONDS(5), told_of_close, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&borrowed, UV_RUN_DEFAULT), 0);
  rt.id = 0;
  assert_log("g=0^ closed:0");
  assert_int_equal(results_dropped, 1);
  assert_int_equal(uv_loop_close(&borrowed), 0);
}

/* S6a: four strays hold the pool; what is spawned then works when they return. */
static void strays_hold_the_pool(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  for (int i = 0; i < 4; i++) block(g, "b", .abandon = 1, .waits = 1, .gives = 1);
  cancel_when_begun(4);
  join(g, 0);
  run();
  assert_log("g=0^");
  assert_int_equal(working, 4);
  g = group(root, "g");
  block(g, "c", .says = 1);
  join(g, 0);
  for (int i = 0; i < 4; i++) act(0, let_go);
  run();
  assert_log("c g=0");
  assert_int_equal(most_working, 4);
  assert_int_equal(close_now(), 0);
  assert_int_equal(results_dropped, 4);
}

static void open_beneath_stray(void) {
  await_begun();
  roost_group inner = group(stray, "inner");
  spawn(inner, "i", .lasts = SECONDS(5));
  after(stray, SECONDS(5), "w");
}

/* S6a, T2, G7: what was opened in it by name is still brought to its end. */
static void what_was_opened_in_a_stray_ends_with_its_task(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  stray = block(g, "b", .abandon = 1, .waits = 1);
  act(0, open_beneath_stray);
  act(0, note_open);
  act(0, cancel_g);
  join(g, 0);
  run();
  assert_log("open i+ i! g=EUNCLOSED^[b:EUNCLOSED[inner:EUNCLOSED]]");
  assert_int_equal(working, 1);
  let_go();
}

/* ---------------------------------------------------------------------------------------------- */
/* Strays and the rules of groups                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static void cancel_stray(void) { assert_int_equal(roost_cancel(stray, NULL), 0); }

/* S6a, L2, C13: its place is free at once. */
static void a_stray_takes_no_place(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g", .limit = 1);
  stray = block(g, "b", .abandon = 1, .waits = 1);
  spawn(g, "a");
  block(g, "c", .says = 1);
  join(g, 0);
  awaited = 1;
  act(0, await_all);
  act(0, cancel_stray);
  run();
  assert_log("a+ c g=0");
  assert_int_equal(working, 1);
  let_go();
}

/* S6a, G2b: a race is over when one has won, whatever its losers do. */
static void a_loser_is_abandoned(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g", .policy = ROOST_RACE);
  stray = block(g, "b", .abandon = 1, .waits = 1, .gives = 1, .answers = 7);
  awaited = 1;
  act(0, await_all);
  block(g, "c", .waits = 0, .says = 1, .gives = 1, .answers = 5);
  join(g, 0);
  run();
  assert_log("c g=0^");
  assert_int_equal(working, 1);
  assert_int_equal(results_dropped, 1);
  let_go();
  assert_int_equal(close_now(), 0);
  assert_int_equal(results_dropped, 2);
}

static void end_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }

/* S6a, L3: a daemon that is let go at the join. */
static void a_daemon_is_abandoned(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  stray = block(g, "b", .abandon = 1, .daemon = 1, .waits = 1);
  spawn(g, "a", .lasts = 0);
  task = spawn(g, "c", .answers = ROOST_PENDING);
  awaited = 1;
  act(0, await_all);
  act(0, end_task);
  join(g, 0);
  run();
  assert_log("a+ c+ g=0");
  assert_int_equal(working, 1);
  let_go();
}

/* S6a, G2: fail-fast. */
static void a_failure_abandons_its_siblings(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  for (int i = 0; i < 3; i++) block(g, "b", .abandon = 1, .waits = 1);
  awaited = 3;
  act(0, await_all);
  block(g, "c", .says = 1, .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("c g=EIO^[c:EIO]");
  assert_int_equal(working, 3);
  for (int i = 0; i < 3; i++) let_go();
}

static int said_closed, cancelled_at_the_end;
static pthread_t dropped_post_on;
static void drop_post(void *data) {
  (void)data;
  dropped_post_on = pthread_self();
}
static int post_while_closing(roost_task self) {
  int rc = roost_post(rt, do_nothing, NULL, drop_post);
  said_closed =
      (rc == ROOST_ECLOSED || rc == ROOST_ESTALE) && pthread_equal(dropped_post_on, pthread_self());
  cancelled_at_the_end = roost_cancelled(self);
  return 0;
}

/* S6a, S8a, S5: a stray in a closing runtime, of which nothing else may be left: its posts are
 * refused, and it is still cancelled. */
static void a_stray_of_a_closing_runtime_may_ask(void **state) {
  (void)state;
  begin_counting();
  said_closed = cancelled_at_the_end = -1;
  stray = block(root, "b", .abandon = 1, .waits = 1, .calls = post_while_closing);
  awaited = 1;
  act(0, await_all);
  act(0, cancel_stray);
  run();
  assert_int_equal(roost_defer(root, let_go_late, NULL, NULL), 0);
  assert_int_equal(close_now(), 0);
  assert_int_equal(said_closed, 1);
  assert_int_equal(cancelled_at_the_end, 1);
}

static roost_task fourth;
static void cancel_fourth(void) { assert_int_equal(roost_cancel(fourth, NULL), 0); }

/* S6a: strays of several groups, closed while all of them go on, with one that waits behind them.
 */
static void strays_and_queued_work_are_closed(void **state) {
  (void)state;
  begin_counting();
  for (int i = 0; i < 4; i++) {
    g = group(root, "g");
    fourth = block(g, "b", .abandon = 1, .waits = 1, .gives = 1);
    awaited = 1;
    act(0, await_all);
    act(0, cancel_fourth);
    join(g, 0);
    run();
  }
  clear_log();
  assert_int_equal(working, 4);
  block(root, "never", .gives = 1);
  block(root, "never", .abandon = 1, .gives = 1);
  assert_int_equal(roost_defer(root, let_go_late, NULL, NULL), 0);
  for (int i = 0; i < 3; i++) let_go();
  assert_int_equal(close_now(), 0);
  assert_int_equal(calls_made, 4);
  assert_int_equal(results_dropped, 4);
}

static roost_wait parked;
static int wake_as_stray(roost_task self) {
  (void)self;
  return roost_wake(parked, 5) == ROOST_ASKED ? 0 : ROOST_EIO;
}

/* C14: what a stray wakes, while the run goes on for other reasons. */
static void a_stray_may_wake(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  stray = block(g, "b", .abandon = 1, .waits = 1, .calls = wake_as_stray);
  cancel_when_begun(1);
  join(g, 0);
  run();
  parked = park(root, "p");
  let_go();
  while (working > 0) sched_yield();
  run();
  assert_log("g=0^ p=5");
}

/* T3: the handle of a stray is stale once its function has returned, and was never kept. */
static void a_stray_that_has_returned_is_stale(void **state) {
  (void)state;
  begin_stray();
  join(g, 0);
  run();
  assert_log("g=0^");
  assert_int_equal(cancelled_elsewhere(stray), 1);
  let_go();
  block(root, "c", .says = 1);
  while (working > 0) sched_yield();
  run();
  assert_log("c");
  while (results_dropped == 0) {
    block(root, "c", .says = 1);
    run();
  }
  clear_log();
  assert_int_equal(cancelled_elsewhere(stray), ROOST_ESTALE);
  assert_int_equal(cancel_elsewhere(stray, NULL), ROOST_ESTALE);
}

/* S6a, C6: a stray cannot be cancelled again, nor shut down, nor awaited. */
static void a_stray_is_gone_for_its_runtime(void **state) {
  (void)state;
  roost_wait none;
  begin_stray();
  join(g, 0);
  run();
  assert_log("g=0^");
  assert_refused(ROOST_ESTALE, roost_cancel, (stray, NULL));
  assert_refused(ROOST_ESTALE, roost_shutdown, (stray, 0));
  assert_refused(ROOST_ESTALE, roost_on_end,
                 (stray, root, log_wait, copy_text("no"), drop_data, &none));
  assert_refused(ROOST_ESTALE, roost_set_shield, (stray, 1));
  assert_refused(ROOST_ESTALE, roost_defer, (stray, let_go_late, NULL, NULL));
  (void)cancel_elsewhere(stray, NULL);
  (void)shutdown_elsewhere(stray, 0);
  (void)release_elsewhere(stray);
  run();
  let_go();
}

static roost_task inner_task;
static void open_what_stays(void) {
  await_begun();
  roost_group inner = group(stray, "inner");
  inner_task = spawn(inner, "i", .answers = ROOST_PENDING, .on_cancel = log_stay);
}
static void end_inner(void) { assert_int_equal(roost_finish(inner_task, 0, NULL, NULL), 0); }
static void await_return(void) {
  let_go();
  while (working > 0) sched_yield();
}

/* S6a, G7, T2: its function returns while its task still waits for what was opened in it. */
static void a_stray_returns_before_its_task_has_ended(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  stray = block(g, "b", .abandon = 1, .waits = 1, .gives = 1);
  act(0, open_what_stays);
  act(0, cancel_g);
  act(MS(1), await_return);
  act(MS(2), end_inner);
  join(g, 0);
  run();
  assert_log("i+ i:1 @2 g=EUNCLOSED^[b:EUNCLOSED[inner:EUNCLOSED]]");
  assert_int_equal(close_now(), 0);
  assert_int_equal(results_dropped, 1);
}

static void close_inside(void) {
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
}

/* S6a, S8a: closed from inside, the run that is under way waits for it too. */
static void a_close_from_inside_waits_for_strays(void **state) {
  (void)state;
  begin_stray();
  assert_int_equal(roost_defer(root, let_go_late, NULL, NULL), 0);
  act(SECONDS(1), close_inside);
  run();
  assert_log("");
  assert_int_equal(working, 0);
  assert_int_equal(results_dropped, 1);
  assert_refused(ROOST_ESTALE, roost_run, (rt));
  rt.id = 0;
}

static int probe_drops;
static void probe_drop(void *data) {
  roost_task none;
  drop_data(data);
  probe_drops = roost_post(rt, do_nothing, NULL, NULL);
  assert_true(probe_drops == ROOST_ECLOSED || probe_drops == ROOST_ESTALE);
  probe_drops = roost_spawn(root, ROOST_TASK(.start = (roost_start_fn)NULL), &none);
  assert_true(probe_drops < 0);
}

/* K5: the drop of the last stray of a closing runtime may call anything, in vain. */
static void a_strays_drop_finds_its_runtime_closing(void **state) {
  (void)state;
  begin_counting();
  probe_drops = 0;
  g = group(root, "g");
  roost_blocking_options options =
      options_of(&(labour){.name = "b", .abandon = 1, .waits = 1, .gives = 1});
  options.drop = probe_drop;
  assert_int_equal(roost_spawn_blocking(g, &options, &stray), 0);
  cancel_when_begun(1);
  run();
  assert_int_equal(roost_defer(root, let_go_late, NULL, NULL), 0);
  assert_int_equal(close_now(), 0);
  assert_int_not_equal(probe_drops, 0);
}

/* S6a, D4: what only a stray can end is waited for: its thread still works for the runtime. */
static void what_a_stray_may_end_is_no_deadlock(void **state) {
  (void)state;
  begin_counting();
  parked = park(root, "p");
  g = group(root, "g");
  stray = block(g, "b", .abandon = 1, .waits = 1, .calls = wake_as_stray);
  cancel_when_begun(1);
  act(SECONDS(1), let_go);
  join(g, 0);
  run();
  assert_log("g=0^ @1000 p=5");
}

int main(void) {
  setenv("UV_THREADPOOL_SIZE", "4", 1);
  const struct CMUnitTest tests[] = {
      TEST(an_abandoned_worker_is_not_waited_for),
      TEST(an_abandoned_workers_outcome_is_kept),
      TEST(an_abandoned_workers_outcome_is_released),
      TEST(an_abandoned_worker_takes_no_cleanups),
      TEST(what_may_be_abandoned_is_waited_for),
      TEST(a_stray_does_not_hold_the_clock),
      TEST(a_strays_failure_is_no_error),
      TEST(a_deadline_abandons),
      TEST(a_shield_keeps_from_being_abandoned),
      TEST(a_stray_may_post),
      TEST(a_borrowed_loop_waits_for_strays),
      TEST(strays_hold_the_pool),
      TEST(what_was_opened_in_a_stray_ends_with_its_task),
      TEST(a_stray_takes_no_place),
      TEST(a_loser_is_abandoned),
      TEST(a_daemon_is_abandoned),
      TEST(a_failure_abandons_its_siblings),
      TEST(a_stray_of_a_closing_runtime_may_ask),
      TEST(strays_and_queued_work_are_closed),
      TEST(a_stray_may_wake),
      TEST(a_stray_that_has_returned_is_stale),
      TEST(a_stray_is_gone_for_its_runtime),
      TEST(a_stray_returns_before_its_task_has_ended),
      TEST(a_close_from_inside_waits_for_strays),
      TEST(a_strays_drop_finds_its_runtime_closing),
      TEST(what_a_stray_may_end_is_no_deadlock),
  };
  return cmocka_run_group_tests_name("stray", tests, NULL, NULL);
}
