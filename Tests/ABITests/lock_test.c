/* Locks (S3, S3a, S3b). */
#include "sync.h"

static roost_lock lock;
static roost_task task;
static roost_scope u;

static int open_lock(void **state) {
  if (open_scopes(state) != 0) return -1;
  return roost_lock_open(rt, &lock);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_lock, close_runtime)

static roost_wait acquire(roost_node in, const char *name) {
  return wait_for(name, roost_lock_acquire, lock, in);
}
static void take(roost_node owner) { assert_int_equal(roost_lock_try_acquire(lock, owner), 0); }
static void release(roost_node owner) { assert_int_equal(roost_lock_release(lock, owner), 0); }
static void release_s(void) { release(s); }
static void release_t(void) { release(t); }
static void assert_owned_by(roost_node owner) {
  assert_refused(ROOST_EDEADLK, roost_lock_try_acquire, (lock, owner));
}
static void assert_dead(void) {
  assert_refused(ROOST_EOWNERDEAD, roost_lock_try_acquire, (lock, t));
}

/* ---------------------------------------------------------------------------------------------- */
/* Owning                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* S3, S2b: one at a time, in the order of coming. */
static void it_goes_to_the_first_who_waits(void **state) {
  (void)state;
  u = scope(root, "u");
  acquire(s, "s");
  acquire(t, "t");
  acquire(u, "u");
  assert_owned_by(s);
  assert_refused(ROOST_EAGAIN, roost_lock_try_acquire, (lock, t));
  act(SECONDS(1), release_s);
  act(SECONDS(2), release_t);
  run();
  assert_log("s=0 @1000 t=0 @2000 u=0");
  assert_owned_by(u);
}

static void release_s_and_try(void) {
  release(s);
  assert_refused(ROOST_EAGAIN, roost_lock_try_acquire, (lock, s));
  assert_owned_by(t);
  note("released");
}

/* S3: it is handed over in the call, and who only tries does not overtake. */
static void releasing_hands_it_over_at_once(void **state) {
  (void)state;
  take(s);
  acquire(t, "t");
  act(SECONDS(1), release_s_and_try);
  run();
  assert_log("@1000 released t=0");
}

/* S3 */
static void it_may_be_tried_for(void **state) {
  (void)state;
  take(s);
  assert_refused(ROOST_EAGAIN, roost_lock_try_acquire, (lock, t));
  assert_refused(ROOST_EDEADLK, roost_lock_try_acquire, (lock, s));
  release(s);
  take(t);
}

/* B1: it would wait for itself. */
static void its_owner_does_not_wait_for_it(void **state) {
  (void)state;
  take(s);
  assert_no_wait(ROOST_EDEADLK, roost_lock_acquire, lock, s);
  release(s);
  acquire(s, "s");
  assert_no_wait(ROOST_EDEADLK, roost_lock_acquire, lock, s);
  run();
  assert_log("s=0");
}

/* S3: one node may wait twice, and is served twice. */
static void a_node_may_stand_in_line_twice(void **state) {
  (void)state;
  take(t);
  acquire(s, "first");
  acquire(s, "second");
  act(SECONDS(1), release_t);
  act(SECONDS(2), release_s);
  act(SECONDS(3), release_s);
  run();
  assert_log("@1000 first=0 @2000 second=0");
  take(t);
}

/* B1 */
static void only_its_owner_releases_it(void **state) {
  (void)state;
  assert_refused(ROOST_EORDER, roost_lock_release, (lock, s));
  take(s);
  assert_refused(ROOST_EORDER, roost_lock_release, (lock, t));
  assert_refused(ROOST_EORDER, roost_lock_release, (lock, root));
  assert_owned_by(s);
  release(s);
  assert_refused(ROOST_EORDER, roost_lock_release, (lock, s));
}

/* S3: each by itself. */
static void a_node_may_own_many(void **state) {
  (void)state;
  roost_lock locks[3];
  for (int out = 0; out < 3; out++) {
    for (int i = 0; i < 3; i++) {
      assert_int_equal(roost_lock_open(rt, &locks[i]), 0);
      assert_int_equal(roost_lock_try_acquire(locks[i], s), 0);
    }
    for (int i = 0; i < 3; i++) {
      int which = (out + i) % 3;
      assert_int_equal(roost_lock_release(locks[which], s), 0);
      assert_int_equal(roost_lock_try_acquire(locks[which], t), 0);
    }
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Cancelled xor completed                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* C3a */
static void in_a_cancelled_node_it_is_not_taken(void **state) {
  (void)state;
  cancel_s();
  acquire(s, "s");
  take(t);
  run();
  assert_log("s=ECANCELED");
}

/* S3: no cancellation concerns who only tries. */
static void a_cancelled_node_may_try(void **state) {
  (void)state;
  cancel_s();
  take(s);
  release(s);
}

/* C4, S3b */
static void one_that_was_handed_over_is_kept(void **state) {
  (void)state;
  acquire(s, "s");
  cancel_s();
  run();
  assert_log("s=0");
  assert_owned_by(s);
  release(s);
}

/* C4a: the twin: after the mark it goes to the next. */
static void released_after_the_mark_it_goes_to_the_next(void **state) {
  (void)state;
  u = scope(root, "u");
  take(u);
  acquire(s, "s");
  acquire(t, "t");
  cancel_s();
  release(u);
  assert_owned_by(t);
  run();
  assert_log("s=ECANCELED t=0");
}

/* C4a */
static void released_after_the_mark_it_may_be_free(void **state) {
  (void)state;
  take(t);
  acquire(s, "s");
  cancel_s();
  release(t);
  take(t);
  run();
  assert_log("s=ECANCELED");
}

static void release_u(void) { release(u); }

/* C10: the twin: in a shield nothing is cancelled. */
static void in_a_shield_it_is_waited_for(void **state) {
  (void)state;
  open_shielded_s();
  take(t);
  acquire(s, "s");
  act(SECONDS(1), release_t);
  run();
  assert_log("@1000 s=0");
}

/* C12, C4a: who is stopped does not get it. */
static void a_stopping_node_does_not_get_it(void **state) {
  (void)state;
  open_stoppable_s();
  u = scope(root, "u");
  take(u);
  acquire(s, "s");
  acquire(t, "t");
  shut_down_s();
  act(SECONDS(1), release_u);
  run();
  assert_log("s=ESTOPPING @1000 t=0");
  release(t);
  acquire(s, "again");
  take(t);
  run();
  assert_log("again=ESTOPPING");
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits that are taken back                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* S2b */
static void a_wait_may_be_taken_back(void **state) {
  (void)state;
  u = scope(root, "u");
  take(u);
  roost_wait out = acquire(s, "s");
  acquire(t, "t");
  assert_int_equal(roost_unwait(out), 0);
  release(u);
  assert_owned_by(t);
  run();
  assert_log("t=0");
}

/* S2b, C4 */
static void a_wait_that_has_the_lock_is_not_taken_back(void **state) {
  (void)state;
  roost_wait wait = acquire(s, "s");
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  run();
  assert_log("s=0");
}

static void release_root(void) { release(root); }
static void acquire_in_task(roost_task self) { acquire(self, "of task"); }

/* S2b: the end of its node. */
static void the_end_of_its_node_takes_a_wait_back(void **state) {
  (void)state;
  take(root);
  spawn(root, "a", .lasts = SECONDS(1), .body = acquire_in_task);
  acquire(s, "of scope");
  acquire(t, "t");
  join(s, 0);
  act(SECONDS(2), release_root);
  run();
  assert_log("a+ s=0 @1000 a- @2000 t=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* The end of its owner                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static void take_for_task(roost_task self) {
  task = self;
  take(self);
}

/* S3b: a task. All who come later are told. */
static void a_task_may_end_without_releasing_it(void **state) {
  (void)state;
  spawn(root, "a", .body = take_for_task);
  run();
  assert_dead();
  acquire(s, "later");
  acquire(t, "and later");
  assert_log("a+");
  run();
  assert_log("later=EOWNERDEAD and later=EOWNERDEAD");
}

static void wait_for_it(void) {
  acquire(s, "s");
  acquire(t, "t");
}

/* S3b */
static void who_waits_is_told_of_the_end_of_its_owner(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(2), .body = take_for_task);
  act(SECONDS(1), wait_for_it);
  run();
  assert_log("a+ @2000 a- s=EOWNERDEAD t=EOWNERDEAD");
  assert_dead();
  assert_refused(ROOST_EORDER, roost_lock_release, (lock, t));
}

static void acquire_t(void) { acquire(t, "t"); }

static void release_for_task(roost_task self) {
  (void)self;
  note("released");
  release(task);
}

static void take_and_clean_up(roost_task self) {
  take_for_task(self);
  cleanup(self, "c", .body = release_for_task);
}

/* S3b, K1: its cleanups are part of its life. */
static void a_cleanup_of_its_owner_may_release_it(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1), .body = take_and_clean_up);
  act(MS(500), acquire_t);
  run();
  assert_log("a+ @1000 a- c:completed released t=0");
  assert_owned_by(t);
}

static void take_and_end(roost_task self) { take(self); }

/* S3b: the task of a cleanup is an owner like any, also one that ends in its first step. */
static void a_cleanup_may_end_without_releasing_it(void **state) {
  (void)state;
  cleanup(s, "c", .body = take_and_end);
  join(s, 0);
  run();
  assert_log("c:completed s=0");
  assert_dead();
}

/* S3b: a scope, a group. */
static void a_block_may_end_without_releasing_it(void **state) {
  (void)state;
  for (int kind = 0; kind < 2; kind++) {
    assert_int_equal(roost_lock_open(rt, &lock), 0);
    roost_node owner = kind == 0 ? scope(root, "owner") : group(root, "owner");
    take(owner);
    acquire(t, "t");
    join(owner, 0);
    run();
    assert_log("owner=0 t=EOWNERDEAD");
    assert_dead();
  }
}

static void try_when_joined(roost_node node, const roost_result *result, void *data) {
  (void)result;
  (void)data;
  assert_refused(ROOST_ESTALE, roost_lock_release, (lock, node));
  assert_dead();
  note("joined");
}

/* S3b: who is told of the end finds it so. */
static void at_the_join_of_its_owner_it_is_over(void **state) {
  (void)state;
  take(s);
  assert_int_equal(roost_join(s, 0, try_when_joined, NULL, NULL), 0);
  run();
  assert_log("joined");
}

/* S3b: all that it owns, in the order in which it got them. */
static void all_locks_of_an_owner_are_over(void **state) {
  (void)state;
  roost_lock first = lock, second;
  assert_int_equal(roost_lock_open(rt, &second), 0);
  take(s);
  assert_int_equal(roost_lock_try_acquire(second, s), 0);
  wait_for("second", roost_lock_acquire, second, t);
  wait_for("first", roost_lock_acquire, first, t);
  join(s, 0);
  run();
  assert_log("s=0 first=EOWNERDEAD second=EOWNERDEAD");
}

/* S3b, C3a: in a cancelled node that goes before. */
static void a_wait_for_a_dead_lock_in_a_cancelled_node_is_cancelled(void **state) {
  (void)state;
  roost_scope owner = scope(root, "owner");
  take(owner);
  join(owner, 0);
  run();
  clear_log();
  cancel_s();
  acquire(s, "s");
  acquire(t, "t");
  run();
  assert_log("s=ECANCELED t=EOWNERDEAD");
}

static void see_s_owning(void) {
  assert_refused(ROOST_EAGAIN, roost_lock_try_acquire, (lock, t));
  release(s);
  take(t);
  note("released");
}

/* S3b: its body has ended, its cleanups have not: it owns it still. */
static void an_owner_that_is_ending_may_release_it(void **state) {
  (void)state;
  take(s);
  cleanup(s, "c", .lasts = SECONDS(1));
  join(s, 0);
  act(MS(500), see_s_owning);
  run();
  assert_log("c:completed @500 released @1000 c- s=0");
  assert_owned_by(t);
}

static void try_ending_s(void) {
  assert_refused(ROOST_ECLOSED, roost_lock_try_acquire, (lock, s));
  assert_no_wait(ROOST_ECLOSED, roost_lock_acquire, lock, s);
  note("refused");
}

/* B1 */
static void a_node_that_is_ending_does_not_get_it(void **state) {
  (void)state;
  cleanup(s, "c", .lasts = SECONDS(1));
  join(s, 0);
  act(MS(500), try_ending_s);
  run();
  assert_log("c:completed @500 refused @1000 c- s=0");
  take(t);
}

/* ---------------------------------------------------------------------------------------------- */
/* Its end                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* S3a, T3: owned or not. */
static void destroying_it_ends_its_waits(void **state) {
  (void)state;
  acquire(s, "s");
  acquire(t, "t");
  assert_int_equal(roost_lock_destroy(lock), 0);
  assert_refused(ROOST_ESTALE, roost_lock_destroy, (lock));
  assert_refused(ROOST_ESTALE, roost_lock_release, (lock, s));
  assert_refused(ROOST_ESTALE, roost_lock_try_acquire, (lock, t));
  assert_no_wait(ROOST_ESTALE, roost_lock_acquire, lock, t);
  run();
  assert_log("s=0 t=ECLOSED");
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  assert_int_equal(roost_lock_destroy(lock), 0);
}

/* S3a: its owner has nothing left of it when it ends. */
static void the_owner_of_a_destroyed_lock_may_end(void **state) {
  (void)state;
  take(s);
  assert_int_equal(roost_lock_destroy(lock), 0);
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  join(s, 0);
  run();
  assert_log("s=0");
  take(t);
}

/* S3b: after the death of its owner too. */
static void a_dead_lock_is_destroyed(void **state) {
  (void)state;
  take(s);
  join(s, 0);
  run();
  assert_dead();
  assert_int_equal(roost_lock_destroy(lock), 0);
  assert_refused(ROOST_ESTALE, roost_lock_try_acquire, (lock, t));
}

/* S3a, T3: with its runtime, owned and waited for. */
static void it_ends_with_its_runtime(void **state) {
  (void)state;
  take(s);
  acquire(t, "t");
  close_now();
  assert_log("t=ECANCELED");
  assert_refused(ROOST_ESTALE, roost_lock_destroy, (lock));
}

/* ---------------------------------------------------------------------------------------------- */
/* Bad use                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* B1, K5 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  roost_runtime other = open_other();
  assert_refused(ROOST_EINVAL, roost_lock_open, (rt, NULL));
  assert_no_wait(ROOST_EINVAL, roost_lock_acquire, (roost_lock){0}, s);
  assert_no_wait(ROOST_EKIND, roost_lock_acquire, (roost_lock){s.id}, s);
  assert_no_wait(ROOST_EKIND, roost_lock_acquire, lock, (roost_node){lock.id});
  assert_no_wait(ROOST_EFOREIGN, roost_lock_acquire, lock, roost_root(other));
  assert_refused(ROOST_EFOREIGN, roost_lock_try_acquire, (lock, roost_root(other)));
  assert_refused(ROOST_EFOREIGN, roost_lock_release, (lock, roost_root(other)));
  assert_refused(ROOST_EINVAL, roost_lock_try_acquire, (lock, (roost_node){0}));
  assert_refused(ROOST_EINVAL, roost_lock_release, (lock, (roost_node){0}));
  assert_refused(ROOST_EINVAL, roost_lock_acquire,
                 (lock, s, NULL, copy_text("no"), drop_data, NULL));
  take(s);
  close_other(other);
  run();
  assert_log("");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(it_goes_to_the_first_who_waits),
      TEST(releasing_hands_it_over_at_once),
      TEST(it_may_be_tried_for),
      TEST(its_owner_does_not_wait_for_it),
      TEST(a_node_may_stand_in_line_twice),
      TEST(only_its_owner_releases_it),
      TEST(a_node_may_own_many),
      TEST(in_a_cancelled_node_it_is_not_taken),
      TEST(a_cancelled_node_may_try),
      TEST(one_that_was_handed_over_is_kept),
      TEST(released_after_the_mark_it_goes_to_the_next),
      TEST(released_after_the_mark_it_may_be_free),
      TEST(in_a_shield_it_is_waited_for),
      TEST(a_stopping_node_does_not_get_it),
      TEST(a_wait_may_be_taken_back),
      TEST(a_wait_that_has_the_lock_is_not_taken_back),
      TEST(the_end_of_its_node_takes_a_wait_back),
      TEST(a_task_may_end_without_releasing_it),
      TEST(who_waits_is_told_of_the_end_of_its_owner),
      TEST(a_cleanup_of_its_owner_may_release_it),
      TEST(a_cleanup_may_end_without_releasing_it),
      TEST(a_block_may_end_without_releasing_it),
      TEST(at_the_join_of_its_owner_it_is_over),
      TEST(all_locks_of_an_owner_are_over),
      TEST(a_wait_for_a_dead_lock_in_a_cancelled_node_is_cancelled),
      TEST(an_owner_that_is_ending_may_release_it),
      TEST(a_node_that_is_ending_does_not_get_it),
      TEST(destroying_it_ends_its_waits),
      TEST(the_owner_of_a_destroyed_lock_may_end),
      TEST(a_dead_lock_is_destroyed),
      TEST(it_ends_with_its_runtime),
      TEST(bad_calls_change_nothing),
  };
  return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
