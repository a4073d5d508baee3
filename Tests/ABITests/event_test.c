/* Events (S3, S3a). */
#include "sync.h"

static roost_event event;

static int open_event(void **state) {
  if (open_scopes(state) != 0) return -1;
  return roost_event_open(rt, &event);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_event, close_runtime)

static void set(void) { assert_int_equal(roost_event_set(event), 0); }
static roost_wait wait_in(roost_node in, const char *name) {
  return wait_for(name, roost_event_wait, event, in);
}

/* ---------------------------------------------------------------------------------------------- */
/* Setting and waiting                                                                            */
/* ---------------------------------------------------------------------------------------------- */

static void set_aloud(void) {
  note("before");
  set();
  note("after");
}

/* S3, S2b: all of them, in the order of coming, and none inside the call that set it. */
static void all_who_wait_go_on_when_it_is_set(void **state) {
  (void)state;
  wait_in(s, "a");
  wait_in(t, "b");
  wait_in(s, "c");
  act(SECONDS(1), set_aloud);
  run();
  assert_log("@1000 before after a=0 b=0 c=0");
}

/* S3: for ever. */
static void it_stays_set(void **state) {
  (void)state;
  assert_int_equal(roost_event_is_set(event), 0);
  set();
  assert_int_equal(roost_event_is_set(event), 1);
  assert_int_equal(roost_event_set(event), ROOST_ALREADY);
  assert_int_equal(roost_event_is_set(event), 1);
}

/* S1a, S2b: what is there already is got in a later turn, behind what was ready. */
static void waiting_for_what_has_happened_takes_a_turn(void **state) {
  (void)state;
  set();
  after(s, 0, "first");
  wait_in(s, "w");
  assert_log("");
  run();
  assert_log("first=0 w=0");
}

/* D4: an event that nobody sets is a deadlock. */
static void an_event_that_never_comes_is_a_deadlock(void **state) {
  (void)state;
  wait_in(s, "w");
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("w=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* Cancelled xor completed                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* C3a, C3: in a cancelled node nothing is taken, again and again. */
static void in_a_cancelled_node_a_wait_is_cancelled_though_it_is_set(void **state) {
  (void)state;
  set();
  cancel_s();
  wait_in(s, "a");
  wait_in(s, "b");
  wait_in(t, "c");
  run();
  assert_log("a=ECANCELED b=ECANCELED c=0");
}

/* C4: what had happened before the cancellation is kept; the next wait is cancelled. */
static void a_wait_that_has_ended_is_not_cancelled_any_more(void **state) {
  (void)state;
  wait_in(s, "w");
  set();
  cancel_s();
  wait_in(s, "next");
  run();
  assert_log("w=0 next=ECANCELED");
}

/* C4a: the twin: the mark came first. */
static void setting_it_after_the_mark_comes_too_late(void **state) {
  (void)state;
  wait_in(s, "w");
  wait_in(t, "other");
  cancel_s();
  set();
  run();
  assert_log("w=ECANCELED other=0");
}

/* C10: the twin: in a shield nothing is cancelled. */
static void in_a_shield_it_is_waited_for(void **state) {
  (void)state;
  open_shielded_s();
  wait_in(s, "w");
  act(SECONDS(1), set);
  run();
  assert_log("@1000 w=0");
}

/* C12, C12a: a wait that opted in ends as stopping, and one begun later too, though it is set. */
static void a_stopping_node_ends_its_waits(void **state) {
  (void)state;
  open_stoppable_s();
  wait_in(s, "a");
  wait_in(t, "other");
  shut_down_s();
  set();
  wait_in(s, "b");
  run();
  assert_log("a=ESTOPPING other=0 b=ESTOPPING");
}

/* C12, C4: the twin: it was set before. */
static void a_wait_that_has_ended_is_not_stopped_any_more(void **state) {
  (void)state;
  open_stoppable_s();
  wait_in(s, "a");
  set();
  shut_down_s();
  run();
  assert_log("a=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits that are taken back                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* S2b: from the middle, the beginning and the end of the queue. */
static void a_wait_may_be_taken_back(void **state) {
  (void)state;
  static const char *const rest[] = {"b=0 c=0", "a=0 c=0", "a=0 b=0"};
  for (int out = 0; out < 3; out++) {
    assert_int_equal(roost_event_open(rt, &event), 0);
    roost_wait waits[] = {wait_in(s, "a"), wait_in(s, "b"), wait_in(s, "c")};
    assert_int_equal(roost_unwait(waits[out]), 0);
    assert_refused(ROOST_ESTALE, roost_unwait, (waits[out]));
    set();
    run();
    assert_log(rest[out]);
  }
}

/* S2b: one that has ended is not. */
static void a_wait_that_has_ended_is_not_taken_back(void **state) {
  (void)state;
  roost_wait wait = wait_in(s, "w");
  set();
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  run();
  assert_log("w=0");
}

static void wait_in_task(roost_task self) { wait_in(self, "of task"); }

/* S2b: the end of a body, and the closing of a scope. */
static void the_end_of_its_node_takes_a_wait_back(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1), .body = wait_in_task);
  wait_in(s, "of scope");
  wait_in(t, "w");
  join(s, 0);
  act(SECONDS(2), set);
  run();
  assert_log("a+ s=0 @1000 a- @2000 w=0");
}

/* S2b: completed before the end of its node: it is told first. */
static void a_wait_that_has_ended_is_told_before_its_node_ends(void **state) {
  (void)state;
  wait_in(s, "w");
  set();
  join(s, 0);
  run();
  assert_log("w=0 s=0");
}

/* B1: only parked waits are woken from outside. */
static void its_wait_is_not_woken_by_hand(void **state) {
  (void)state;
  assert_refused(ROOST_EKIND, roost_wake, (wait_in(s, "w"), 0));
  set();
  run();
  assert_log("w=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Its end                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* S3a, T3 */
static void destroying_it_ends_its_waits(void **state) {
  (void)state;
  wait_in(s, "a");
  wait_in(t, "b");
  assert_int_equal(roost_event_destroy(event), 0);
  assert_refused(ROOST_ESTALE, roost_event_set, (event));
  assert_refused(ROOST_ESTALE, roost_event_destroy, (event));
  assert_no_wait(ROOST_ESTALE, roost_event_wait, event, s);
  assert_log("");
  run();
  assert_log("a=ECLOSED b=ECLOSED");
}

/* C4: what was set keeps its result. */
static void destroying_it_changes_nothing_for_who_was_served(void **state) {
  (void)state;
  wait_in(s, "w");
  set();
  assert_int_equal(roost_event_destroy(event), 0);
  run();
  assert_log("w=0");
}

/* T3: another event in the same place is another. */
static void its_handle_stays_stale(void **state) {
  (void)state;
  roost_event old = event;
  assert_int_equal(roost_event_destroy(event), 0);
  for (int i = 0; i < 10000; i++) {
    assert_int_equal(roost_event_open(rt, &event), 0);
    assert_int_not_equal(event.id, old.id);
    assert_refused(ROOST_ESTALE, roost_event_is_set, (old));
    assert_int_equal(roost_event_destroy(event), 0);
  }
}

/* S3a, T3: with the runtime; no later one brings it back. */
static void it_ends_with_its_runtime(void **state) {
  (void)state;
  wait_in(s, "w");
  close_now();
  assert_log("w=ECANCELED");
  assert_refused(ROOST_ESTALE, roost_event_is_set, (event));
  roost_runtime other = open_other();
  roost_event another;
  for (int i = 0; i < 100; i++) {
    assert_int_equal(roost_event_open(other, &another), 0);
    assert_int_not_equal(another.id, event.id);
  }
  assert_refused(ROOST_ESTALE, roost_event_is_set, (event));
  close_other(other);
}

static void destroy_event(void) { assert_int_equal(roost_event_destroy(event), 0); }

static void destroy_in_wait(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  note("w=%s", code_name(rc));
  destroy_event();
}

/* S3a: from inside the function of one of its own waits. */
static void a_waiter_may_destroy_it(void **state) {
  (void)state;
  assert_int_equal(roost_event_wait(event, s, destroy_in_wait, NULL, NULL, NULL), 0);
  wait_in(s, "next");
  set();
  run();
  assert_log("w=0 next=0");
  assert_refused(ROOST_ESTALE, roost_event_is_set, (event));
}

/* ---------------------------------------------------------------------------------------------- */
/* Bad use                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* B1, K5 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  roost_runtime other = open_other();
  roost_scope ended = scope(root, "ended");
  join(ended, 0);
  run();
  clear_log();
  assert_refused(ROOST_EINVAL, roost_event_open, (rt, NULL));
  assert_refused(ROOST_EKIND, roost_event_open, ((roost_runtime){root.id}, &(roost_event){0}));
  assert_refused(ROOST_EINVAL, roost_event_wait,
                 (event, s, NULL, copy_text("no"), drop_data, NULL));
  assert_no_wait(ROOST_EINVAL, roost_event_wait, (roost_event){0}, s);
  assert_no_wait(ROOST_EINVAL, roost_event_wait, event, (roost_node){0});
  assert_no_wait(ROOST_EKIND, roost_event_wait, (roost_event){s.id}, s);
  assert_no_wait(ROOST_EKIND, roost_event_wait, event, (roost_node){event.id});
  assert_no_wait(ROOST_ESTALE, roost_event_wait, event, ended);
  assert_no_wait(ROOST_EFOREIGN, roost_event_wait, event, roost_root(other));
  roost_limiter limiter;
  assert_int_equal(roost_limiter_open(rt, 1, &limiter), 0);
  assert_refused(ROOST_EKIND, roost_event_set, ((roost_event){limiter.id}));
  assert_int_equal(roost_event_is_set(event), 0);
  close_other(other);
  run();
  assert_log("");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(all_who_wait_go_on_when_it_is_set),
      TEST(it_stays_set),
      TEST(waiting_for_what_has_happened_takes_a_turn),
      TEST(an_event_that_never_comes_is_a_deadlock),
      TEST(in_a_cancelled_node_a_wait_is_cancelled_though_it_is_set),
      TEST(a_wait_that_has_ended_is_not_cancelled_any_more),
      TEST(setting_it_after_the_mark_comes_too_late),
      TEST(in_a_shield_it_is_waited_for),
      TEST(a_stopping_node_ends_its_waits),
      TEST(a_wait_that_has_ended_is_not_stopped_any_more),
      TEST(a_wait_may_be_taken_back),
      TEST(a_wait_that_has_ended_is_not_taken_back),
      TEST(the_end_of_its_node_takes_a_wait_back),
      TEST(a_wait_that_has_ended_is_told_before_its_node_ends),
      TEST(its_wait_is_not_woken_by_hand),
      TEST(destroying_it_ends_its_waits),
      TEST(destroying_it_changes_nothing_for_who_was_served),
      TEST(its_handle_stays_stale),
      TEST(it_ends_with_its_runtime),
      TEST(a_waiter_may_destroy_it),
      TEST(bad_calls_change_nothing),
  };
  return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
