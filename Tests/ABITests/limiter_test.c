/* Limiters (S3, S3a). */
#include "sync.h"

static roost_limiter limiter;

/* One permit, which each test may change. */
static int open_limiter(void **state) {
  if (open_scopes(state) != 0) return -1;
  return roost_limiter_open(rt, 1, &limiter);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_limiter, close_runtime)

static roost_wait acquire(roost_node in, const char *name) {
  return wait_for(name, roost_limiter_acquire, limiter, in);
}
static void release(void) { assert_int_equal(roost_limiter_release(limiter), 0); }
static void resize(uint64_t permits) {
  assert_int_equal(roost_limiter_resize(limiter, permits), 0);
}
static void take(void) { assert_int_equal(roost_limiter_try_acquire(limiter), 0); }
static void assert_none_left(void) {
  assert_refused(ROOST_EAGAIN, roost_limiter_try_acquire, (limiter));
}
static void assert_none_taken(void) {
  assert_refused(ROOST_EORDER, roost_limiter_release, (limiter));
}

/* ---------------------------------------------------------------------------------------------- */
/* Permits                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static int inside, most;

static void leave(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  assert_int_equal(rc, 0);
  inside--;
  release();
}

static void enter(roost_wait wait, int rc, void *data) {
  (void)wait;
  assert_int_equal(rc, 0);
  note("%s", (char *)data);
  if (++inside > most) most = inside;
  assert_int_equal(roost_after(s, SECONDS(1), leave, NULL, NULL, NULL), 0);
}

/* S3: never more than the permits at a time, and in the order of coming. */
static void no_more_go_on_than_there_are_permits(void **state) {
  (void)state;
  static const char *const names[] = {"a", "b", "c", "d", "e"};
  inside = most = 0;
  resize(2);
  for (size_t i = 0; i < COUNT(names); i++)
    assert_int_equal(roost_limiter_acquire(limiter, s, enter, copy_text(names[i]), drop_data, NULL),
                     0);
  run();
  assert_log("a b @1000 c d @2000 e");
  assert_int_equal(most, 2);
  assert_none_taken();
}

static void release_aloud(void) {
  note("before");
  release();
  assert_none_left();
  note("after");
}

/* S3, S2b: a permit goes to who waits first, at once, and who only tries does not overtake. */
static void a_permit_is_handed_to_the_first_who_waits(void **state) {
  (void)state;
  take();
  acquire(s, "a");
  acquire(t, "b");
  act(SECONDS(1), release_aloud);
  act(SECONDS(2), release);
  act(SECONDS(3), release);
  run();
  assert_log("@1000 before after a=0 @2000 b=0");
  assert_none_taken();
}

/* S3 */
static void a_permit_may_be_tried_for(void **state) {
  (void)state;
  resize(2);
  take();
  take();
  assert_none_left();
  release();
  take();
  assert_none_left();
}

/* B1: what nobody took cannot be given back. */
static void no_more_is_given_back_than_was_taken(void **state) {
  (void)state;
  assert_none_taken();
  take();
  release();
  assert_none_taken();
  take();
  assert_none_left();
}

/* S3 */
static void a_limiter_without_a_bound_lets_all_go_on(void **state) {
  (void)state;
  resize(UINT64_MAX);
  for (int i = 0; i < 1000; i++) take();
  acquire(s, "a");
  run();
  assert_log("a=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Another number of permits                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static void resize_to_two(void) { resize(2); }

/* S3: with none, all wait until there are some. */
static void without_permits_all_wait_until_there_are_some(void **state) {
  (void)state;
  assert_int_equal(roost_limiter_open(rt, 0, &limiter), 0);
  assert_none_left();
  acquire(s, "a");
  acquire(s, "b");
  acquire(s, "c");
  act(SECONDS(1), resize_to_two);
  act(SECONDS(2), release);
  run();
  assert_log("@1000 a=0 b=0 @2000 c=0");
}

/* S3: below what is taken nobody loses a permit, and none is given until enough came back. */
static void it_may_get_fewer_permits_than_are_taken(void **state) {
  (void)state;
  resize(3);
  for (int i = 0; i < 3; i++) take();
  resize(1);
  acquire(s, "a");
  act(SECONDS(1), release);
  act(SECONDS(2), release);
  act(SECONDS(3), release);
  run();
  assert_log("@3000 a=0");
  assert_none_left();
  release();
  assert_none_taken();
}

/* S3: with none at all what was taken can still come back. */
static void it_may_lose_all_its_permits(void **state) {
  (void)state;
  take();
  resize(0);
  acquire(s, "a");
  release();
  assert_none_taken();
  assert_none_left();
  after(s, SECONDS(1), "later");
  act(SECONDS(2), resize_to_two);
  run();
  assert_log("@1000 later=0 @2000 a=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Cancelled xor completed                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* C3a: in a cancelled node nothing is taken. */
static void in_a_cancelled_node_no_permit_is_taken(void **state) {
  (void)state;
  cancel_s();
  acquire(s, "a");
  take();
  run();
  assert_log("a=ECANCELED");
}

/* C4, S3b: what was handed over before the cancellation is kept; the next wait is cancelled. */
static void a_permit_that_was_handed_over_is_kept(void **state) {
  (void)state;
  acquire(s, "a");
  cancel_s();
  acquire(s, "next");
  run();
  assert_log("a=0 next=ECANCELED");
  assert_none_left();
  release();
}

/* C4a: the twin: after the mark the permit goes to the next. */
static void a_permit_given_back_after_the_mark_goes_to_the_next(void **state) {
  (void)state;
  take();
  acquire(s, "a");
  acquire(t, "b");
  cancel_s();
  release();
  run();
  assert_log("a=ECANCELED b=0");
  assert_none_left();
}

/* C4a: and where nobody else waits, it stays. */
static void a_permit_given_back_after_the_mark_stays(void **state) {
  (void)state;
  take();
  acquire(s, "a");
  cancel_s();
  release();
  take();
  run();
  assert_log("a=ECANCELED");
}

/* C10: the twin: in a shield nothing is cancelled. */
static void in_a_shield_a_permit_is_waited_for(void **state) {
  (void)state;
  open_shielded_s();
  take();
  acquire(s, "a");
  act(SECONDS(1), release);
  run();
  assert_log("@1000 a=0");
}

/* C12, C4a: who is stopped takes nothing: the permit goes to the next. */
static void a_stopping_node_takes_no_permit(void **state) {
  (void)state;
  open_stoppable_s();
  take();
  acquire(s, "a");
  acquire(t, "other");
  shut_down_s();
  release();
  run();
  assert_log("a=ESTOPPING other=0");
  release();
  acquire(s, "b");
  take();
  run();
  assert_log("b=ESTOPPING");
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits that are taken back                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* S2b */
static void a_wait_may_be_taken_back(void **state) {
  (void)state;
  take();
  acquire(s, "a");
  roost_wait out = acquire(s, "out");
  acquire(s, "c");
  assert_int_equal(roost_unwait(out), 0);
  act(SECONDS(1), release);
  act(SECONDS(2), release);
  run();
  assert_log("@1000 a=0 @2000 c=0");
}

/* S2b, C4: who has a permit is told, and can give it back. */
static void a_permit_is_never_lost_by_taking_back(void **state) {
  (void)state;
  roost_wait wait = acquire(s, "a");
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  run();
  assert_log("a=0");
  release();
  assert_none_taken();
}

static void acquire_in_task(roost_task self) { acquire(self, "of task"); }

/* S2b: the end of its node. */
static void the_end_of_its_node_takes_a_wait_back(void **state) {
  (void)state;
  take();
  spawn(root, "a", .lasts = SECONDS(1), .body = acquire_in_task);
  acquire(s, "of scope");
  acquire(t, "w");
  join(s, 0);
  act(SECONDS(2), release);
  run();
  assert_log("a+ s=0 @1000 a- @2000 w=0");
}

/* S2b, C4: a permit that comes before the end of the node is told of. */
static void the_end_of_its_node_loses_no_permit(void **state) {
  (void)state;
  acquire(s, "w");
  join(s, 0);
  run();
  assert_log("w=0 s=0");
  release();
}

/* ---------------------------------------------------------------------------------------------- */
/* Its end                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* S3a, T3 */
static void destroying_it_ends_its_waits(void **state) {
  (void)state;
  acquire(s, "served");
  acquire(s, "a");
  acquire(t, "b");
  assert_int_equal(roost_limiter_destroy(limiter), 0);
  assert_refused(ROOST_ESTALE, roost_limiter_destroy, (limiter));
  assert_refused(ROOST_ESTALE, roost_limiter_release, (limiter));
  assert_refused(ROOST_ESTALE, roost_limiter_try_acquire, (limiter));
  assert_refused(ROOST_ESTALE, roost_limiter_resize, (limiter, 2));
  assert_no_wait(ROOST_ESTALE, roost_limiter_acquire, limiter, s);
  run();
  assert_log("served=0 a=ECLOSED b=ECLOSED");
}

/* S3a, T3 */
static void it_ends_with_its_runtime(void **state) {
  (void)state;
  take();
  acquire(s, "w");
  close_now();
  assert_log("w=ECANCELED");
  assert_refused(ROOST_ESTALE, roost_limiter_release, (limiter));
}

/* ---------------------------------------------------------------------------------------------- */
/* Bad use                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* B1, K5 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  roost_runtime other = open_other();
  assert_refused(ROOST_EINVAL, roost_limiter_open, (rt, 1, NULL));
  assert_refused(ROOST_EINVAL, roost_limiter_open, ((roost_runtime){0}, 1, &(roost_limiter){0}));
  assert_no_wait(ROOST_EINVAL, roost_limiter_acquire, (roost_limiter){0}, s);
  assert_no_wait(ROOST_EKIND, roost_limiter_acquire, (roost_limiter){rt.id}, s);
  assert_no_wait(ROOST_EKIND, roost_limiter_acquire, limiter, (roost_node){rt.id});
  assert_no_wait(ROOST_EFOREIGN, roost_limiter_acquire, limiter, roost_root(other));
  assert_refused(ROOST_EINVAL, roost_limiter_acquire,
                 (limiter, s, NULL, copy_text("no"), drop_data, NULL));
  assert_none_taken();
  take();
  close_other(other);
  run();
  assert_log("");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(no_more_go_on_than_there_are_permits),
      TEST(a_permit_is_handed_to_the_first_who_waits),
      TEST(a_permit_may_be_tried_for),
      TEST(no_more_is_given_back_than_was_taken),
      TEST(a_limiter_without_a_bound_lets_all_go_on),
      TEST(without_permits_all_wait_until_there_are_some),
      TEST(it_may_get_fewer_permits_than_are_taken),
      TEST(it_may_lose_all_its_permits),
      TEST(in_a_cancelled_node_no_permit_is_taken),
      TEST(a_permit_that_was_handed_over_is_kept),
      TEST(a_permit_given_back_after_the_mark_goes_to_the_next),
      TEST(a_permit_given_back_after_the_mark_stays),
      TEST(in_a_shield_a_permit_is_waited_for),
      TEST(a_stopping_node_takes_no_permit),
      TEST(a_wait_may_be_taken_back),
      TEST(a_permit_is_never_lost_by_taking_back),
      TEST(the_end_of_its_node_takes_a_wait_back),
      TEST(the_end_of_its_node_loses_no_permit),
      TEST(destroying_it_ends_its_waits),
      TEST(it_ends_with_its_runtime),
      TEST(bad_calls_change_nothing),
  };
  return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
