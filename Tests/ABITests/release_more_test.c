/* What was released, at its second condition, at a free lock, and while the runtime ends (C14c). */
#include "threads.h"

static roost_scope s;
static roost_task task;

/* C14c, S3b: who waits at any of the conditions of a lock keeps it; and it goes behind them where
 * it was free, so that nobody has waited for itself. */
static void a_lock_is_kept_for_each_of_its_conditions(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    roost_lock lock;
    roost_condition conditions[2];
    s = scope(root, "s");
    assert_int_equal(roost_lock_open(rt, &lock), 0);
    for (int j = 0; j < 2; j++) assert_int_equal(roost_condition_open(lock, &conditions[j]), 0);
    assert_int_equal(roost_lock_try_acquire(lock, s), 0);
    assert_int_equal(
        roost_condition_wait(conditions[i], s, log_wait, copy_text("w"), drop_data, NULL), 0);
    assert_int_equal(roost_release_id(lock.id), 0);
    turn();
    assert_log("");
    assert_int_equal(roost_condition_notify(conditions[i], 1), 0);
    turn();
    assert_log("w=0");
    assert_refused(ROOST_ESTALE, roost_lock_release, (lock, s));
  }
}

static int results_dropped;
static void count_result(void *data) {
  (void)data;
  results_dropped++;
}

static int give_result(roost_task self, void *data) {
  assert_int_equal(roost_finish(self, 5, data, count_result), 0);
  return 0;
}

static void release_task(roost_task self) {
  (void)self;
  assert_int_equal(roost_release(task), 0);
}

/* C14c, L6, S8a: in the root's last cleanup; the result is dropped all the same, once. */
static void an_outcome_is_released_while_the_root_ends(void **state) {
  (void)state;
  results_dropped = 0;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = give_result, .data = &task), &task), 0);
  cleanup(root, "c", .body = release_task);
  run();
  assert_int_equal(results_dropped, 0);
  assert_int_equal(close_now(), 0);
  assert_int_equal(results_dropped, 1);
}

static roost_event event;
static roost_channel channel;

static void release_both(roost_task self) {
  (void)self;
  assert_int_equal(roost_release_id(event.id), 0);
  assert_int_equal(roost_release_id(channel.id), 0);
}

/* C14c, T3: in the root's last cleanup, and the runtime goes before they have their turn: the next,
 * which has the same rows, does not bring them to life. */
static void what_was_released_stays_stale_in_the_next_runtime(void **state) {
  roost_event next_event;
  roost_channel next_channel;
  results_dropped = 0;
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(roost_channel_open(rt, 1, count_result, &channel), 0);
  assert_int_equal(roost_channel_try_send(channel, &task), 0);
  cleanup(root, "c", .body = release_both);
  assert_int_equal(close_now(), 0);
  assert_int_equal(results_dropped, 1);
  assert_int_equal(open_runtime(state), 0);
  assert_int_equal(roost_event_open(rt, &next_event), 0);
  assert_int_equal(roost_channel_open(rt, 1, NULL, &next_channel), 0);
  assert_int_not_equal(next_event.id, event.id);
  assert_int_not_equal(next_channel.id, channel.id);
  assert_refused(ROOST_ESTALE, roost_event_set, (event));
  assert_refused(ROOST_ESTALE, roost_channel_close, (channel));
  assert_int_equal(roost_event_is_set(next_event), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_LOOP(a_lock_is_kept_for_each_of_its_conditions),
      TEST(an_outcome_is_released_while_the_root_ends),
      TEST(what_was_released_stays_stale_in_the_next_runtime),
  };
  return cmocka_run_group_tests_name("release_more", tests, NULL, NULL);
}
