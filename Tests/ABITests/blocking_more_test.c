/* Blocking tasks and strays, on a pool of one thread: so whoever works has seen the one before
 * return (S6, S6a, C4). */
#include "labour.h"

#include <string.h>

static roost_task second;

static void let_go_and_await(roost_task self) {
  (void)self;
  let_go();
  await_begun(); /* the second; the first has returned, which the loop does not know yet */
  let_go();
}

static void cancel_behind_its_return(void) {
  await_begun();
  spawn(root, "x", .body = let_go_and_await);
  assert_int_equal(roost_cancel(task, NULL), 0);
}

/* C4, S6a: what has returned when its cancellation is told keeps its result, also where it would
 * have been abandoned. */
static void a_function_that_has_returned_is_not_abandoned(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  task = block(g, "b", .abandon = 1, .waits = 1, .gives = 1, .answers = 7);
  second = block(g, "c", .waits = 1);
  act(0, cancel_behind_its_return);
  run();
  assert_log("x+");
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  assert_int_equal(outcome_of(task).code, 7);
  assert_int_equal(results_dropped, 0);
  roost_counters counters = {.size = sizeof counters};
  assert_int_equal(roost_counters_of(rt, &counters), 0);
  assert_int_equal(counters.strays, 0);
  join_quietly();
  run();
}

/* ---------------------------------------------------------------------------------------------- */
/* Strays                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* S6a, L5: a handle that is released while its function goes on; this still sees the mark. */
static void a_stray_whose_outcome_was_released_sees_its_mark(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  task = block(g, "b", .abandon = 1, .waits = 1);
  cancel_when_begun(1);
  run();
  assert_int_equal(roost_release(task), 0);
  run();
  assert_int_equal(cancelled_elsewhere(task), 1);
  spawn(root, "a");
  spawn(root, "b");
  run();
  assert_log("a+ b+");
  assert_int_equal(cancelled_elsewhere(task), 1);
  let_go();
}

static void set_deadline_now(void) { assert_int_equal(roost_set_deadline(task, roost_now(rt)), 0); }

/* S6a, G3: the same where its task has failed by its deadline, and the error is given up. */
static void a_stray_whose_error_was_given_up_sees_its_mark(void **state) {
  (void)state;
  begin_counting();
  g = group(root, "g");
  roost_blocking_options options =
      options_of(&(labour){.name = "b", .abandon = 1, .waits = 1, .timeout_ns = SECONDS(1)});
  assert_int_equal(roost_spawn_blocking(g, &options, &task), 0);
  assert_int_equal(roost_release(task), 0);
  act(0, await_begun);
  act(0, set_deadline_now);
  join_quietly();
  run();
  assert_int_equal(result_code, ROOST_ETIMEDOUT);
  assert_int_equal(cancelled_elsewhere(task), 1);
  let_go();
}

int main(void) {
  setenv("UV_THREADPOOL_SIZE", "1", 1);
  const struct CMUnitTest tests[] = {
      TEST(a_function_that_has_returned_is_not_abandoned),
      TEST(a_stray_whose_outcome_was_released_sees_its_mark),
      TEST(a_stray_whose_error_was_given_up_sees_its_mark),
  };
  return cmocka_run_group_tests_name("blocking_more", tests, NULL, NULL);
}
