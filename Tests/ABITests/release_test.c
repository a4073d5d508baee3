/* Giving up outcomes, and what tasks wait for, on the runtime's thread and from others (C14c). */
#include "threads.h"

static roost_scope s;
static roost_group g;
static roost_task task;
static roost_wait parked;
static roost_event event;

/* ---------------------------------------------------------------------------------------------- */
/* Releasing outcomes                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static pthread_t dropper;
static int results_dropped;
static void drop_result(void *data) {
  (void)data;
  dropper = pthread_self();
  results_dropped++;
}

static int give_result(roost_task self, void *data) {
  assert_int_equal(roost_finish(self, 5, data, drop_result), 0);
  return 0;
}

static void spawn_giver(void) {
  results_dropped = 0;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = give_result, .data = &dropper), &task), 0);
}

/* C14c, L5, L6: kept until the runtime's thread looks; the result is dropped there, once. */
static void an_outcome_is_released(void **state) {
  (void)state;
  for (int by_id = 0; by_id <= 1; by_id++) {
    spawn_giver();
    run_loop();
    assert_asked(by_id ? release_id_elsewhere(task.id) : release_elsewhere(task));
    assert_asked(release_elsewhere(task));
    assert_int_equal(results_dropped, 0);
    turn();
    assert_int_equal(results_dropped, 1);
    assert_true(pthread_equal(dropper, pthread_self()));
    roost_outcome outcome = {.size = sizeof outcome};
    assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
    assert_int_equal(release_elsewhere(task), ROOST_ESTALE);
  }
}

/* C14c: before the task has ended: nothing is kept when it does. */
static void an_outcome_is_released_beforehand(void **state) {
  (void)state;
  spawn_giver();
  assert_asked(release_elsewhere(task));
  run();
  assert_int_equal(results_dropped, 1);
  assert_int_equal(release_elsewhere(task), ROOST_ESTALE);
}

static void cancel_task_from_afar(void) { assert_asked(cancel_elsewhere(task, NULL)); }

/* C14c: a task runs on, and is cancelled as ever. */
static void a_release_leaves_the_task_alone(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(2));
  assert_asked(release_elsewhere(task));
  act(SECONDS(1), cancel_task_from_afar);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! g=0");
}

/* C14c: who took the result over before keeps it. */
static void a_result_that_was_taken_is_not_dropped(void **state) {
  (void)state;
  spawn_giver();
  run_loop();
  void *result = NULL;
  assert_asked(release_elsewhere(task));
  assert_int_equal(roost_take_result(task, &result), 0);
  assert_ptr_equal(result, &dropper);
  turn();
  assert_int_equal(results_dropped, 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Releasing what tasks wait for                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* Releases by id from this thread, and in another round from another. */
static int from_afar;
static void release(uint64_t id) {
  if (from_afar)
    assert_asked(release_id_elsewhere(id));
  else
    assert_int_equal(roost_release_id(id), 0);
}
#define TWICE for (from_afar = 0; from_afar <= 1; from_afar++)

/* C14c: where nobody waits, from the loop, and not before. */
static void what_nobody_waits_for_is_destroyed(void **state) {
  (void)state;
  TWICE {
    roost_limiter limiter;
    roost_lock lock;
    roost_condition condition;
    roost_channel channel;
    assert_int_equal(roost_event_open(rt, &event), 0);
    assert_int_equal(roost_limiter_open(rt, 1, &limiter), 0);
    assert_int_equal(roost_lock_open(rt, &lock), 0);
    assert_int_equal(roost_condition_open(lock, &condition), 0);
    assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
    release(event.id);
    release(limiter.id);
    release(lock.id);
    release(condition.id);
    release(channel.id);
    if (!from_afar) assert_int_equal(roost_release_id(event.id), ROOST_ALREADY);
    assert_asked(release_id_elsewhere(event.id));
    assert_int_equal(roost_event_set(event), 0);
    assert_int_equal(roost_limiter_try_acquire(limiter), 0);
    assert_int_equal(roost_lock_try_acquire(lock, root), 0);
    assert_int_equal(roost_condition_notify(condition, 1), 0);
    assert_int_equal(roost_channel_try_send(channel, NULL), 0);
    turn();
    assert_refused(ROOST_ESTALE, roost_event_is_set, (event));
    assert_refused(ROOST_ESTALE, roost_limiter_try_acquire, (limiter));
    assert_refused(ROOST_ESTALE, roost_lock_release, (lock, root));
    assert_refused(ROOST_ESTALE, roost_condition_notify, (condition, 1));
    assert_refused(ROOST_ESTALE, roost_channel_close, (channel));
    assert_refused(ROOST_ESTALE, roost_release_id, (event.id));
    assert_int_equal(release_id_elsewhere(channel.id), ROOST_ESTALE);
  }
}

/* C14c: nobody's wait is broken; others may still come. */
static void an_event_with_waiters_is_kept(void **state) {
  (void)state;
  TWICE {
    assert_int_equal(roost_event_open(rt, &event), 0);
    assert_int_equal(roost_event_wait(event, root, log_wait, copy_text("v"), drop_data, NULL), 0);
    release(event.id);
    turn();
    assert_int_equal(roost_event_is_set(event), 0);
    assert_int_equal(roost_event_wait(event, root, log_wait, copy_text("w"), drop_data, NULL), 0);
    turn();
    assert_log("");
    assert_int_equal(roost_event_set(event), 0);
    turn();
    assert_log("v=0 w=0");
    assert_refused(ROOST_ESTALE, roost_event_is_set, (event));
  }
}

/* C14c: also when the last wait is cancelled, or taken back. */
static void an_event_goes_with_its_last_waiter(void **state) {
  (void)state;
  TWICE {
    s = scope(root, "s");
    assert_int_equal(roost_event_open(rt, &event), 0);
    assert_int_equal(roost_event_wait(event, s, log_wait, copy_text("v"), drop_data, NULL), 0);
    assert_int_equal(roost_event_wait(event, root, log_wait, copy_text("w"), drop_data, &parked),
                     0);
    release(event.id);
    assert_int_equal(roost_cancel(s, NULL), 0);
    turn();
    assert_log("v=ECANCELED");
    assert_int_equal(roost_event_is_set(event), 0);
    assert_int_equal(roost_unwait(parked), 0);
    turn();
    assert_refused(ROOST_ESTALE, roost_event_is_set, (event));
  }
}

/* C14c */
static void a_limiter_with_waiters_is_kept(void **state) {
  (void)state;
  TWICE {
    roost_limiter limiter;
    assert_int_equal(roost_limiter_open(rt, 1, &limiter), 0);
    assert_int_equal(roost_limiter_try_acquire(limiter), 0);
    assert_int_equal(
        roost_limiter_acquire(limiter, root, log_wait, copy_text("w"), drop_data, NULL), 0);
    release(limiter.id);
    turn();
    assert_log("");
    assert_int_equal(roost_limiter_release(limiter), 0);
    turn();
    assert_log("w=0");
    assert_refused(ROOST_ESTALE, roost_limiter_release, (limiter));
  }
}

/* C14c */
static void a_lock_with_waiters_is_kept(void **state) {
  (void)state;
  TWICE {
    roost_lock lock;
    s = scope(root, "s");
    assert_int_equal(roost_lock_open(rt, &lock), 0);
    assert_int_equal(roost_lock_try_acquire(lock, root), 0);
    assert_int_equal(roost_lock_acquire(lock, s, log_wait, copy_text("w"), drop_data, NULL), 0);
    release(lock.id);
    turn();
    assert_log("");
    assert_int_equal(roost_lock_release(lock, root), 0);
    turn();
    assert_log("w=0");
    assert_refused(ROOST_ESTALE, roost_lock_release, (lock, s));
  }
}

static void begin_condition(roost_lock *lock, roost_condition *condition) {
  s = scope(root, "s");
  assert_int_equal(roost_lock_open(rt, lock), 0);
  assert_int_equal(roost_condition_open(*lock, condition), 0);
  assert_int_equal(roost_lock_try_acquire(*lock, s), 0);
  assert_int_equal(roost_condition_wait(*condition, s, log_wait, copy_text("w"), drop_data, NULL),
                   0);
}

/* C14c, S3b: who waits there is told, and has the lock. */
static void a_condition_with_waiters_is_kept(void **state) {
  (void)state;
  TWICE {
    roost_lock lock;
    roost_condition condition;
    begin_condition(&lock, &condition);
    release(condition.id);
    turn();
    assert_log("");
    assert_int_equal(roost_condition_notify(condition, 1), 0);
    turn();
    assert_log("w=0");
    assert_refused(ROOST_ESTALE, roost_condition_notify, (condition, 1));
    assert_int_equal(roost_lock_release(lock, s), 0);
    assert_int_equal(roost_lock_destroy(lock), 0);
  }
}

/* C14c, S3b: a lock at whose condition somebody waits, also once that lines up for the lock. */
static void a_lock_with_waiters_at_its_condition_is_kept(void **state) {
  (void)state;
  TWICE {
    roost_lock lock;
    roost_condition condition;
    begin_condition(&lock, &condition);
    release(lock.id);
    release(condition.id);
    turn();
    assert_int_equal(roost_lock_try_acquire(lock, root), 0);
    assert_int_equal(roost_condition_notify(condition, UINT64_MAX), 0);
    turn();
    assert_log("");
    assert_int_equal(roost_lock_release(lock, root), 0);
    turn();
    assert_log("w=0");
    assert_refused(ROOST_ESTALE, roost_lock_release, (lock, s));
    assert_refused(ROOST_ESTALE, roost_condition_notify, (condition, 1));
  }
}

/* C14c: the items in a channel are dropped from the loop, not inside the call. */
static void the_items_of_a_channel_are_dropped(void **state) {
  (void)state;
  TWICE {
    roost_channel channel;
    results_dropped = 0;
    assert_int_equal(roost_channel_open(rt, 2, drop_result, &channel), 0);
    assert_int_equal(roost_channel_try_send(channel, &g), 0);
    assert_int_equal(roost_channel_try_send(channel, &s), 0);
    release(channel.id);
    assert_int_equal(results_dropped, 0);
    turn();
    assert_int_equal(results_dropped, 2);
    assert_true(pthread_equal(dropper, pthread_self()));
    assert_refused(ROOST_ESTALE, roost_channel_close, (channel));
  }
}

/* C14c: with a receiver, or senders, that wait. */
static void a_channel_with_waiters_is_kept(void **state) {
  (void)state;
  TWICE {
    roost_channel channel;
    void *item = NULL;
    results_dropped = 0;
    assert_int_equal(roost_channel_open(rt, 1, drop_result, &channel), 0);
    assert_int_equal(
        roost_channel_receive(channel, root, &item, log_wait, copy_text("r"), drop_data, NULL), 0);
    release(channel.id);
    turn();
    assert_log("");
    assert_int_equal(roost_channel_try_send(channel, &g), 0);
    turn();
    assert_log("r=0");
    assert_ptr_equal(item, &g);
    assert_refused(ROOST_ESTALE, roost_channel_close, (channel));

    assert_int_equal(roost_channel_open(rt, 1, drop_result, &channel), 0);
    assert_int_equal(roost_channel_try_send(channel, &g), 0);
    assert_int_equal(
        roost_channel_send(channel, root, &s, log_wait, copy_text("s"), drop_data, NULL), 0);
    release(channel.id);
    turn();
    assert_log("");
    assert_int_equal(roost_channel_try_receive(channel, &item), 0);
    assert_ptr_equal(item, &g);
    assert_int_equal(results_dropped, 0);
    turn();
    assert_log("s=0");
    assert_int_equal(results_dropped, 1); /* of what was sent in the end */
    assert_refused(ROOST_ESTALE, roost_channel_close, (channel));
  }
}

/* C14c: destroyed by hand meanwhile; nothing is done twice, nor to what takes its place. */
static void what_was_destroyed_meanwhile_is_left_alone(void **state) {
  (void)state;
  TWICE {
    assert_int_equal(roost_event_open(rt, &event), 0);
    release(event.id);
    assert_int_equal(roost_event_destroy(event), 0);
    roost_event next;
    assert_int_equal(roost_event_open(rt, &next), 0);
    turn();
    assert_int_equal(roost_event_is_set(next), 0);
    assert_refused(ROOST_ESTALE, roost_event_is_set, (event));
  }
}

/* T3: only tasks and what they wait for. */
static void other_things_are_not_released(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  parked = after(s, 0, "w");
  const uint64_t others[] = {rt.id, root.id, g.id, s.id, parked.id, cleanup(g, "c").id};
  assert_refused(ROOST_EINVAL, roost_release_id, (0));
  for (size_t i = 0; i < COUNT(others); i++)
    assert_refused(ROOST_EKIND, roost_release_id, (others[i]));
  run();
  assert_log("w=0");
  clear_log();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_LOOP(an_outcome_is_released),
      TEST(an_outcome_is_released_beforehand),
      TEST(a_release_leaves_the_task_alone),
      ON_LOOP(a_result_that_was_taken_is_not_dropped),
      ON_LOOP(what_nobody_waits_for_is_destroyed),
      ON_LOOP(an_event_with_waiters_is_kept),
      ON_LOOP(an_event_goes_with_its_last_waiter),
      ON_LOOP(a_limiter_with_waiters_is_kept),
      ON_LOOP(a_lock_with_waiters_is_kept),
      ON_LOOP(a_condition_with_waiters_is_kept),
      ON_LOOP(a_lock_with_waiters_at_its_condition_is_kept),
      ON_LOOP(the_items_of_a_channel_are_dropped),
      ON_LOOP(a_channel_with_waiters_is_kept),
      ON_LOOP(what_was_destroyed_meanwhile_is_left_alone),
      TEST(other_things_are_not_released),
  };
  return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
