/* Conditions (S3, S3a, S3b). */
#include "sync.h"

static roost_lock lock;
static roost_condition condition;

static int open_condition(void **state) {
  if (open_scopes(state) != 0) return -1;
  if (roost_lock_open(rt, &lock) != 0) return -1;
  return roost_condition_open(lock, &condition);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_condition, close_runtime)

static void take(roost_node owner) { assert_int_equal(roost_lock_try_acquire(lock, owner), 0); }
static void release(roost_node owner) { assert_int_equal(roost_lock_release(lock, owner), 0); }
static void release_s(void) { release(s); }
static void release_t(void) { release(t); }
static void notify(uint64_t count) {
  assert_int_equal(roost_condition_notify(condition, count), 0);
}
static void notify_one(void) { notify(1); }
static void assert_owned_by(roost_node owner) {
  assert_refused(ROOST_EDEADLK, roost_lock_try_acquire, (lock, owner));
}
static void assert_free(void) {
  take(root);
  release(root);
}

/* Takes the lock, and waits for the condition without it. */
static roost_wait wait_in(roost_node in, const char *name) {
  take(in);
  return wait_for(name, roost_condition_wait, condition, in);
}

/* The same for a wait that releases the lock as soon as it is told. */
static void release_at_once(roost_wait wait, int rc, void *data) {
  log_wait(wait, rc, data);
  roost_node owners[] = {s, t};
  for (size_t i = 0; i < COUNT(owners); i++)
    if (roost_lock_release(lock, owners[i]) == 0) return;
  fail_msg("%s does not own the lock", (char *)data);
}

static void pass_in(roost_node in, const char *name) {
  take(in);
  assert_int_equal(
      roost_condition_wait(condition, in, release_at_once, copy_text(name), drop_data, NULL), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Waiting and notifying                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void see_it_free_and_notify(void) {
  assert_free();
  notify(1);
  note("notified");
  assert_owned_by(s);
}

/* S3b, S2b: who waits is without the lock, and has it when it is told. */
static void who_waits_has_the_lock_again_when_notified(void **state) {
  (void)state;
  wait_in(s, "s");
  act(SECONDS(1), see_it_free_and_notify);
  run();
  assert_log("@1000 notified s=0");
  assert_owned_by(s);
}

static void notify_two(void) { notify(2); }
static void notify_all(void) { notify(UINT64_MAX); }

/* S3: so many, the first come first. */
static void so_many_are_woken_in_order(void **state) {
  (void)state;
  pass_in(s, "a");
  pass_in(t, "b");
  pass_in(s, "c");
  pass_in(t, "d");
  pass_in(s, "e");
  notify(0);
  act(SECONDS(1), notify_one);
  act(SECONDS(2), notify_two);
  act(SECONDS(3), notify_all);
  run();
  assert_log("@1000 a=0 @2000 b=0 c=0 @3000 d=0 e=0");
  assert_free();
}

/* S3: nothing is kept for those who come later. */
static void a_word_that_nobody_waits_for_is_lost(void **state) {
  (void)state;
  notify(UINT64_MAX);
  wait_in(s, "s");
  act(SECONDS(1), notify_one);
  run();
  assert_log("@1000 s=0");
}

static roost_scope u;
static void release_u(void) { release(u); }

/* S3b: notified by who has the lock: it is told when that one releases it, behind who waited for
 * the lock before. */
static void the_notified_line_up_for_the_lock(void **state) {
  (void)state;
  u = scope(root, "u");
  wait_in(s, "s");
  take(t);
  wait_for("u", roost_lock_acquire, lock, u);
  notify(1);
  act(SECONDS(1), release_t);
  act(SECONDS(2), release_u);
  run();
  assert_log("@1000 u=0 @2000 s=0");
}

/* S3b: the lock is released by the wait itself, and goes to the first who waits for it. */
static void waiting_hands_the_lock_over(void **state) {
  (void)state;
  take(s);
  wait_for("t", roost_lock_acquire, lock, t);
  wait_for("s", roost_condition_wait, condition, s);
  assert_owned_by(t);
  notify(1);
  act(SECONDS(1), release_t);
  run();
  assert_log("t=0 @1000 s=0");
}

/* S3b: two conditions of one lock are two. */
static void conditions_of_a_lock_are_apart(void **state) {
  (void)state;
  roost_condition other;
  assert_int_equal(roost_condition_open(lock, &other), 0);
  wait_in(s, "s");
  take(t);
  wait_for("t", roost_condition_wait, other, t);
  assert_int_equal(roost_condition_notify(other, UINT64_MAX), 0);
  act(SECONDS(1), notify_one);
  act(SECONDS(2), release_t);
  run();
  assert_log("t=0 @2000 s=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Cancellation                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* S3b, C4a: cancelled: with the lock again; a word that comes later is for the next. */
static void a_cancelled_wait_has_the_lock_again(void **state) {
  (void)state;
  wait_in(s, "s");
  pass_in(t, "t");
  cancel_s();
  assert_owned_by(s);
  notify(1);
  act(SECONDS(1), release_s);
  run();
  assert_log("s=ECANCELED @1000 t=0");
}

/* S3b: it waits for the lock, which no cancellation cuts short. */
static void a_cancelled_wait_waits_for_the_lock(void **state) {
  (void)state;
  wait_in(s, "s");
  take(t);
  cancel_s();
  act(SECONDS(1), release_t);
  run();
  assert_log("@1000 s=ECANCELED");
  assert_owned_by(s);
}

/* C4, S3b: the twin: notified before the mark, it is told so, though it does not have the lock. */
static void a_notified_wait_is_not_cancelled_any_more(void **state) {
  (void)state;
  wait_in(s, "s");
  take(t);
  notify(1);
  cancel_s();
  act(SECONDS(1), release_t);
  run();
  assert_log("@1000 s=0");
  assert_owned_by(s);
}

/* C4a, S3b: in line for the lock both kinds keep their places. */
static void the_line_for_the_lock_has_one_order(void **state) {
  (void)state;
  u = scope(root, "u");
  pass_in(s, "s");
  take(u);
  wait_for("t", roost_lock_acquire, lock, t);
  cancel_s();
  wait_for("root", roost_lock_acquire, lock, root);
  release(u);
  assert_owned_by(t);
  release(t);
  assert_owned_by(s);
  run();
  assert_log("t=0 s=ECANCELED root=0");
}

/* C3a, S3b: in a cancelled node the lock is released and taken again all the same. */
static void in_a_cancelled_node_the_lock_is_let_go_and_taken_again(void **state) {
  (void)state;
  cancel_s();
  take(s);
  wait_for("t", roost_lock_acquire, lock, t);
  wait_for("s", roost_condition_wait, condition, s);
  assert_owned_by(t);
  act(SECONDS(1), release_t);
  run();
  assert_log("t=0 @1000 s=ECANCELED");
  assert_owned_by(s);
}

/* C3a, S3b: also where nobody else wants it. */
static void in_a_cancelled_node_nothing_is_waited_for(void **state) {
  (void)state;
  cancel_s();
  wait_in(s, "s");
  assert_owned_by(s);
  notify(1);
  run();
  assert_log("s=ECANCELED");
}

/* C10: the twin: in a shield nothing is cancelled. */
static void in_a_shield_it_is_waited_for(void **state) {
  (void)state;
  open_shielded_s();
  wait_in(s, "s");
  act(SECONDS(1), notify_one);
  run();
  assert_log("@1000 s=0");
}

/* C12, S3b: who is stopped has the lock again, when those who came before had it. */
static void a_stopped_wait_has_the_lock_again(void **state) {
  (void)state;
  open_stoppable_s();
  wait_in(s, "s");
  take(t);
  shut_down_s();
  cancel_s();
  act(SECONDS(1), release_t);
  run();
  assert_log("@1000 s=ESTOPPING");
  assert_owned_by(s);
}

/* C12a, S3b: stopping already. */
static void in_a_stopping_node_the_lock_is_let_go_and_taken_again(void **state) {
  (void)state;
  open_stoppable_s();
  shut_down_s();
  take(s);
  wait_for("t", roost_lock_acquire, lock, t);
  wait_for("s", roost_condition_wait, condition, s);
  act(SECONDS(1), release_t);
  run();
  assert_log("t=0 @1000 s=ESTOPPING");
  assert_owned_by(s);
}

/* C11, S3b: not even where no shield holds any more. */
static void without_any_grace_the_lock_is_waited_for(void **state) {
  (void)state;
  roost_group g = group(root, "g", .grace_ns = ROOST_NOW);
  s = scope(g, "s", .shield = 1);
  wait_in(s, "s");
  take(t);
  assert_int_equal(roost_cancel(g, NULL), 0);
  act(SECONDS(1), release_t);
  run();
  assert_log("@1000 s=ECANCELED");
  assert_owned_by(s);
}

/* D4, S3b: nor by a deadlock, which cancels everything else. */
static void at_a_deadlock_the_lock_is_waited_for(void **state) {
  (void)state;
  wait_in(s, "s");
  take(t);
  notify(1);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("");
  release(t);
  run();
  assert_log("s=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits that are taken back                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* S2b, S3b: it does not take the lock, and uses up no word. */
static void a_wait_may_be_taken_back(void **state) {
  (void)state;
  roost_wait wait = wait_in(s, "s");
  pass_in(t, "t");
  assert_int_equal(roost_unwait(wait), 0);
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  assert_free();
  notify(1);
  run();
  assert_log("t=0");
  assert_free();
}

/* S2b, S3b: also while it waits for the lock, notified or cancelled. */
static void a_wait_in_line_for_the_lock_may_be_taken_back(void **state) {
  (void)state;
  for (int cancelled = 0; cancelled < 2; cancelled++) {
    roost_wait wait = wait_in(s, "s");
    take(t);
    if (cancelled)
      cancel_s();
    else
      notify(1);
    assert_int_equal(roost_unwait(wait), 0);
    assert_refused(ROOST_ESTALE, roost_unwait, (wait));
    release(t);
    assert_free();
    run();
    assert_log("");
  }
}

/* S2b, C4: it has the lock, and must be told. */
static void a_wait_that_has_the_lock_is_not_taken_back(void **state) {
  (void)state;
  roost_wait wait = wait_in(s, "s");
  notify(1);
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  run();
  assert_log("s=0");
  assert_owned_by(s);
}

static void wait_in_task(roost_task self) { wait_in(self, "of task"); }
static void take_t(void) { take(t); }

/* S2b, S3b: the end of its node, in either part of the wait. */
static void the_end_of_its_node_takes_a_wait_back(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1), .body = wait_in_task);
  act(SECONDS(2), take_t);
  run();
  assert_log("a+ @1000 a-");
  release(t);
  spawn(root, "b", .lasts = SECONDS(3), .body = wait_in_task);
  act(SECONDS(1), take_t);
  act(SECONDS(2), notify_one);
  act(SECONDS(4), release_t);
  run();
  assert_log("@2000 b+ @5000 b-");
  assert_free();
}

/* S2b, S3b: what has the lock is told before the node ends, and may release it. */
static void the_end_of_its_node_loses_no_lock(void **state) {
  (void)state;
  pass_in(s, "s");
  notify(1);
  join(s, 0);
  run();
  assert_log("s=0 s=0");
  assert_free();
}

/* ---------------------------------------------------------------------------------------------- */
/* Ends                                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static void release_root(void) { release(root); }

/* S3a, S3b, T3: those who wait get the lock again, and are told then. */
static void destroying_it_ends_its_waits_with_the_lock(void **state) {
  (void)state;
  pass_in(s, "s");
  pass_in(t, "t");
  take(root);
  assert_int_equal(roost_condition_destroy(condition), 0);
  assert_refused(ROOST_ESTALE, roost_condition_destroy, (condition));
  assert_refused(ROOST_ESTALE, roost_condition_notify, (condition, 1));
  assert_no_wait(ROOST_ESTALE, roost_condition_wait, condition, root);
  act(SECONDS(1), release_root);
  run();
  assert_log("@1000 s=ECLOSED t=ECLOSED");
  assert_free();
}

/* S3a: notified before: so it is told. */
static void destroying_it_changes_nothing_for_who_was_notified(void **state) {
  (void)state;
  wait_in(s, "s");
  take(t);
  notify(1);
  assert_int_equal(roost_condition_destroy(condition), 0);
  act(SECONDS(1), release_t);
  run();
  assert_log("@1000 s=0");
}

/* S3a: and it is nothing to its lock any more, nor is what comes in its place. */
static void a_destroyed_condition_is_forgotten(void **state) {
  (void)state;
  roost_event event;
  assert_int_equal(roost_condition_destroy(condition), 0);
  assert_int_equal(roost_event_open(rt, &event), 0);
  wait_for("event", roost_event_wait, event, s);
  assert_int_equal(roost_lock_destroy(lock), 0);
  assert_int_equal(roost_event_set(event), 0);
  run();
  assert_log("event=0");
}

/* S3a, S3b: with its lock destroyed nobody gets it, in either part of the wait. */
static void destroying_the_lock_ends_the_waits(void **state) {
  (void)state;
  u = scope(root, "u");
  wait_in(s, "notified");
  wait_in(t, "t");
  take(u);
  notify(1);
  assert_int_equal(roost_lock_destroy(lock), 0);
  run();
  assert_log("notified=ECLOSED t=ECLOSED");
}

/* S3a, T3: what is left of the condition can only be destroyed. */
static void without_its_lock_it_is_of_no_use(void **state) {
  (void)state;
  take(s);
  assert_int_equal(roost_lock_destroy(lock), 0);
  assert_no_wait(ROOST_ESTALE, roost_condition_wait, condition, s);
  notify(1);
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  take(s);
  assert_no_wait(ROOST_ESTALE, roost_condition_wait, condition, s);
  assert_int_equal(roost_condition_destroy(condition), 0);
  assert_refused(ROOST_ESTALE, roost_condition_open,
                 ((roost_lock){lock.id + 1}, &(roost_condition){0}));
  run();
  assert_log("");
}

/* S3a, T3: so it is with all of its conditions, also when another lock has come in its place. */
static void without_their_lock_all_are_of_no_use(void **state) {
  (void)state;
  roost_condition second;
  assert_int_equal(roost_condition_open(lock, &second), 0);
  assert_int_equal(roost_lock_destroy(lock), 0);
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  take(s);
  assert_no_wait(ROOST_ESTALE, roost_condition_wait, condition, s);
  assert_no_wait(ROOST_ESTALE, roost_condition_wait, second, s);
  assert_owned_by(s);
}

/* S3b: a later owner ends without releasing the lock: nobody can have it again, and nobody waits
 * for ever. */
static void the_end_of_the_owner_ends_the_waits(void **state) {
  (void)state;
  roost_scope owner = scope(root, "owner");
  wait_in(s, "s");
  wait_in(t, "t");
  take(owner);
  notify(1);
  cancel_s();
  join(owner, 0);
  run();
  assert_log("owner=0 s=EOWNERDEAD t=EOWNERDEAD");
  assert_refused(ROOST_EORDER, roost_lock_release, (lock, s));
  assert_no_wait(ROOST_EORDER, roost_condition_wait, condition, t);
}

/* S3a, T3: with its runtime. */
static void it_ends_with_its_runtime(void **state) {
  (void)state;
  wait_in(s, "s");
  close_now();
  assert_log("s=ECANCELED");
  assert_refused(ROOST_ESTALE, roost_condition_notify, (condition, 1));
}

/* ---------------------------------------------------------------------------------------------- */
/* Bad use                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* B1, K5 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  roost_runtime other = open_other();
  take(s);
  assert_refused(ROOST_EINVAL, roost_condition_open, (lock, NULL));
  assert_refused(ROOST_EINVAL, roost_condition_open, ((roost_lock){0}, &(roost_condition){0}));
  assert_refused(ROOST_EKIND, roost_condition_open,
                 ((roost_lock){condition.id}, &(roost_condition){0}));
  assert_no_wait(ROOST_EINVAL, roost_condition_wait, (roost_condition){0}, s);
  assert_no_wait(ROOST_EKIND, roost_condition_wait, (roost_condition){lock.id}, s);
  assert_no_wait(ROOST_EKIND, roost_condition_wait, condition, (roost_node){lock.id});
  assert_no_wait(ROOST_EFOREIGN, roost_condition_wait, condition, roost_root(other));
  assert_no_wait(ROOST_EORDER, roost_condition_wait, condition, t);
  assert_refused(ROOST_EINVAL, roost_condition_wait,
                 (condition, s, NULL, copy_text("no"), drop_data, NULL));
  assert_owned_by(s);
  release(s);
  assert_no_wait(ROOST_EORDER, roost_condition_wait, condition, s);
  close_other(other);
  run();
  assert_log("");
}

static void wait_in_ending_s(void) {
  assert_no_wait(ROOST_ECLOSED, roost_condition_wait, condition, s);
  note("refused");
  release(s);
}

/* B1: refused in a node that is ending, which keeps the lock. */
static void a_node_that_is_ending_does_not_wait(void **state) {
  (void)state;
  take(s);
  cleanup(s, "c", .lasts = SECONDS(1));
  join(s, 0);
  act(MS(500), wait_in_ending_s);
  run();
  assert_log("c:completed @500 refused @1000 c- s=0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(who_waits_has_the_lock_again_when_notified),
      TEST(so_many_are_woken_in_order),
      TEST(a_word_that_nobody_waits_for_is_lost),
      TEST(the_notified_line_up_for_the_lock),
      TEST(waiting_hands_the_lock_over),
      TEST(conditions_of_a_lock_are_apart),
      TEST(a_cancelled_wait_has_the_lock_again),
      TEST(a_cancelled_wait_waits_for_the_lock),
      TEST(a_notified_wait_is_not_cancelled_any_more),
      TEST(the_line_for_the_lock_has_one_order),
      TEST(in_a_cancelled_node_the_lock_is_let_go_and_taken_again),
      TEST(in_a_cancelled_node_nothing_is_waited_for),
      TEST(in_a_shield_it_is_waited_for),
      TEST(a_stopped_wait_has_the_lock_again),
      TEST(in_a_stopping_node_the_lock_is_let_go_and_taken_again),
      TEST(without_any_grace_the_lock_is_waited_for),
      TEST(at_a_deadlock_the_lock_is_waited_for),
      TEST(a_wait_may_be_taken_back),
      TEST(a_wait_in_line_for_the_lock_may_be_taken_back),
      TEST(a_wait_that_has_the_lock_is_not_taken_back),
      TEST(the_end_of_its_node_takes_a_wait_back),
      TEST(the_end_of_its_node_loses_no_lock),
      TEST(destroying_it_ends_its_waits_with_the_lock),
      TEST(destroying_it_changes_nothing_for_who_was_notified),
      TEST(a_destroyed_condition_is_forgotten),
      TEST(destroying_the_lock_ends_the_waits),
      TEST(without_its_lock_it_is_of_no_use),
      TEST(without_their_lock_all_are_of_no_use),
      TEST(the_end_of_the_owner_ends_the_waits),
      TEST(it_ends_with_its_runtime),
      TEST(bad_calls_change_nothing),
      TEST(a_node_that_is_ending_does_not_wait),
  };
  return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
