/* Taking over the result of a task (L6). */
#include "support.h"

static roost_group g;
static roost_task task;
static void *taken;

static void say_dropped(void *data) { note("drop:%s", (char *)data); }

static void bring_apple(roost_task self) {
  assert_int_equal(roost_finish(self, 7, "apple", say_dropped), 0);
}

static void bring_nothing(roost_task self) {
  assert_int_equal(roost_finish(self, 7, NULL, NULL), 0);
}

static void bring_apple_without_a_drop(roost_task self) {
  assert_int_equal(roost_finish(self, 7, "apple", NULL), 0);
}

static void fail_with_pear(roost_task self) {
  assert_int_equal(roost_finish(self, ROOST_EIO, "pear", say_dropped), 0);
}

static void take_apple(void) {
  taken = NULL;
  assert_int_equal(roost_take_result(task, &taken), 0);
  assert_string_equal((char *)taken, "apple");
}

/* L6: what was taken is not dropped, by no release and no closing. */
static void what_is_taken_is_not_dropped(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .body = bring_apple);
  run();
  take_apple();
  join(g, 0);
  run();
  assert_log("a+ g=0");
  g = group(root, "g");
  task = spawn(g, "a", .body = bring_apple);
  run();
  take_apple();
  assert_int_equal(roost_release(task), 0);
  run();
  assert_log("a+");
}

/* L6: the twin: what nobody takes is. */
static void what_is_not_taken_is_dropped(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .body = bring_apple);
  join(g, 0);
  run();
  assert_log("a+ g=0 drop:apple");
  assert_refused(ROOST_ESTALE, roost_take_result, (task, &taken));
}

/* L6, L5: the outcome stays, but for the pointer; who waits for the task gets the same as ever. */
static void the_outcome_stays(void **state) {
  (void)state;
  task = spawn(root, "a", .body = bring_apple);
  run();
  take_apple();
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  assert_int_equal(outcome_of(task).code, 7);
  assert_null(outcome_of(task).result);
  on_end(task, root, "end");
  run();
  assert_log("a+ end=7");
}

/* L6: a result is taken once. */
static void a_result_is_taken_once(void **state) {
  (void)state;
  task = spawn(root, "a", .body = bring_apple);
  run();
  take_apple();
  assert_refused(ROOST_EALREADY, roost_take_result, (task, &taken));
}

/* L6: with or without a drop. */
static void a_result_may_have_no_drop(void **state) {
  (void)state;
  task = spawn(root, "a", .body = bring_apple_without_a_drop);
  run();
  take_apple();
}

/* L6: there may be none: of a success, a failure, a cancellation. */
static void there_may_be_nothing_to_take(void **state) {
  (void)state;
  task = spawn(root, "a", .body = bring_nothing);
  run();
  assert_refused(ROOST_EALREADY, roost_take_result, (task, &taken));
  task = spawn(root, "b");
  run();
  assert_refused(ROOST_EALREADY, roost_take_result, (task, &taken));
  task = spawn(root, "c", .body = fail_with_pear);
  run();
  assert_refused(ROOST_EALREADY, roost_take_result, (task, &taken));
  task = spawn(root, "d", .lasts = SECONDS(9));
  assert_int_equal(roost_cancel(task, NULL), 0);
  run();
  assert_refused(ROOST_EALREADY, roost_take_result, (task, &taken));
  assert_log("a+ b+ c+ d+ d!");
  assert_int_equal(close_now(), ROOST_EIO);
  assert_log("drop:pear");
}

static void take_too_early(roost_task self) {
  (void)self;
  assert_refused(ROOST_EORDER, roost_take_result, (task, &taken));
  note("early");
}

static void bring_apple_and_take(roost_task self) {
  bring_apple(self);
  take_too_early(self);
}

/* L6: not before the task has ended, its cleanups included, to which the result is shown. */
static void a_task_must_have_ended(void **state) {
  (void)state;
  task = spawn(root, "a", .body = bring_apple_and_take);
  cleanup(task, "c", .body = take_too_early);
  take_too_early(task);
  run();
  assert_log("early a+ early c:completed early");
  take_apple();
}

static void take_in_a_wait(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  assert_int_equal(rc, 7);
  take_apple();
  note("taken");
}

/* L6, L5: who waited for its end may. */
static void a_waiter_may_take_it(void **state) {
  (void)state;
  task = spawn(root, "a", .body = bring_apple);
  assert_int_equal(roost_on_end(task, root, take_in_a_wait, NULL, NULL, NULL), 0);
  run();
  assert_log("a+ taken");
}

static void take_in_the_join(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)result;
  (void)data;
  take_apple();
  note("taken");
}

/* L6, L5: or who joins its group, at the latest. */
static void the_join_may_take_it(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .body = bring_apple);
  assert_int_equal(roost_join(g, 0, take_in_the_join, NULL, NULL), 0);
  run();
  assert_log("a+ taken");
  assert_refused(ROOST_ESTALE, roost_take_result, (task, &taken));
}

static int show_itself(roost_task self, void *data) {
  (void)data;
  task = self;
  bring_apple(self);
  return 0;
}

/* L5, T3, B1: of what is not kept, or no task; and there must be room for the answer. */
static void only_kept_results_are_taken(void **state) {
  (void)state;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = show_itself), NULL), 0);
  run();
  assert_log("drop:apple");
  assert_refused(ROOST_ESTALE, roost_take_result, (task, &taken));
  assert_refused(ROOST_EKIND, roost_take_result, (root, &taken));
  assert_refused(ROOST_EINVAL, roost_take_result, ((roost_task){0}, &taken));
  task = spawn(root, "a", .body = bring_apple);
  run();
  assert_refused(ROOST_EINVAL, roost_take_result, (task, NULL));
  take_apple();
  assert_int_equal(roost_release(task), 0);
  assert_refused(ROOST_ESTALE, roost_take_result, (task, &taken));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_is_taken_is_not_dropped),
      TEST(what_is_not_taken_is_dropped),
      TEST(the_outcome_stays),
      TEST(a_result_is_taken_once),
      TEST(a_result_may_have_no_drop),
      TEST(there_may_be_nothing_to_take),
      TEST(a_task_must_have_ended),
      TEST(a_waiter_may_take_it),
      TEST(the_join_may_take_it),
      TEST(only_kept_results_are_taken),
  };
  return cmocka_run_group_tests_name("take", tests, NULL, NULL);
}
