/* What is made of events, limiters, locks, conditions and channels (S3, S3a). */
#include "sync.h"

static roost_usage usage_of(uint64_t id) {
  roost_usage usage = {.size = sizeof usage};
  assert_int_equal(roost_usage_of(id, &usage), 0);
  return usage;
}

#define assert_usage(id, ...)                                                                      \
  do {                                                                                             \
    roost_usage is = usage_of(id), expected = {.size = sizeof expected, __VA_ARGS__};              \
    assert_memory_equal(&is, &expected, sizeof is);                                                \
  } while (0)

/* S3: a wait that the mark has taken, and one that has got what it was for, count no more. */
static void waits_count_until_they_are_over(void **state) {
  (void)state;
  roost_event event;
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_usage(event.id, 0);
  wait_for("s", roost_event_wait, event, s);
  wait_for("t", roost_event_wait, event, t);
  assert_usage(event.id, .waiting = 2);
  cancel_s();
  assert_usage(event.id, .waiting = 1);
  assert_int_equal(roost_event_set(event), 0);
  assert_usage(event.id, 0);
  run();
}

static void permits_are_taken_when_they_are_handed_over(void **state) {
  (void)state;
  roost_limiter limiter;
  assert_int_equal(roost_limiter_open(rt, 2, &limiter), 0);
  for (int i = 0; i < 4; i++) wait_for("w", roost_limiter_acquire, limiter, s);
  assert_usage(limiter.id, .waiting = 2, .count = 2, .capacity = 2);
  assert_int_equal(roost_limiter_release(limiter), 0);
  assert_usage(limiter.id, .waiting = 1, .count = 2, .capacity = 2);
  assert_int_equal(roost_limiter_resize(limiter, 0), 0);
  assert_usage(limiter.id, .waiting = 1, .count = 2);
  assert_int_equal(roost_limiter_destroy(limiter), 0);
  run();
}

/* S3b: who is notified waits for the lock. */
static void a_lock_has_its_owner_when_it_is_handed_over(void **state) {
  (void)state;
  roost_lock lock;
  roost_condition condition;
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  assert_int_equal(roost_condition_open(lock, &condition), 0);
  assert_usage(lock.id, 0);
  wait_for("s", roost_lock_acquire, lock, s);
  wait_for("t", roost_lock_acquire, lock, t);
  assert_usage(lock.id, .waiting = 1, .owner = s);
  wait_for("notified", roost_condition_wait, condition, s);
  assert_usage(lock.id, .owner = t);
  assert_usage(condition.id, .waiting = 1);
  assert_int_equal(roost_condition_notify(condition, 1), 0);
  assert_usage(lock.id, .waiting = 1, .owner = t);
  assert_usage(condition.id, 0);
  assert_int_equal(roost_lock_release(lock, t), 0);
  assert_usage(lock.id, .owner = s);
  assert_int_equal(roost_lock_release(lock, s), 0);
  run();
}

static void senders_and_receivers_of_a_channel_are_told_apart(void **state) {
  (void)state;
  void *item = NULL;
  roost_channel channel;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  wait_for("r", roost_channel_receive, channel, s, &item);
  assert_usage(channel.id, .receiving = 1, .capacity = 1);
  for (int i = 0; i < 4; i++) wait_for("w", roost_channel_send, channel, s, NULL);
  assert_usage(channel.id, .waiting = 2, .count = 1, .capacity = 1);
  assert_int_equal(roost_channel_close(channel), 0);
  assert_usage(channel.id, .count = 1, .capacity = 1);
  run();
}

static void what_is_no_primitive_is_refused(void **state) {
  (void)state;
  roost_usage usage = {.size = sizeof usage};
  roost_wait wait = after(s, SECONDS(1), "w");
  const uint64_t others[] = {rt.id, root.id, s.id, wait.id};
  for (size_t i = 0; i < COUNT(others); i++)
    assert_refused(ROOST_EKIND, roost_usage_of, (others[i], &usage));
  assert_refused(ROOST_EINVAL, roost_usage_of, (0, &usage));
  run();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(waits_count_until_they_are_over),
      TEST(permits_are_taken_when_they_are_handed_over),
      TEST(a_lock_has_its_owner_when_it_is_handed_over),
      TEST(senders_and_receivers_of_a_channel_are_told_apart),
      TEST(what_is_no_primitive_is_refused),
  };
  return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
