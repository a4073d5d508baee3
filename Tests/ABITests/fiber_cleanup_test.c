/* Chapter 4 of the semantics, with cleanups that wait by calling. */
#include "fibers.h"

static roost_group g;
static roost_scope s;
static roost_task task;
static roost_cleanup taken_back;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* Wherever they are registered (K1)                                                              */
/* ---------------------------------------------------------------------------------------------- */

static int register_three(roost_task self, void *data) {
  (void)data;
  waiting_cleanup(self, "first", .lasts = SECONDS(1));
  cleanup(self, "second", .lasts = SECONDS(1));
  waiting_cleanup(self, "third", .lasts = SECONDS(1));
  note("body");
  return 0;
}

/* K1: last in, first out, one at a time, of both kinds. */
static void the_cleanups_of_a_fiber_wait(void **state) {
  (void)state;
  play(register_three);
  assert_log("body third:completed @1000 third- second:completed @2000 second- first:completed "
             "@3000 first-");
}

static int register_and_fail(roost_task self, void *data) {
  (void)data;
  waiting_cleanup(self, "c", .lasts = SECONDS(1));
  return ROOST_EIO;
}
static int register_and_wait(roost_task self, void *data) {
  (void)data;
  waiting_cleanup(self, "c", .lasts = SECONDS(1));
  return roost_sleep_forever();
}

/* K1: however it ends, it is told how; an outcome counts before its cleanups (G2a). */
static void cleanups_are_told_how_their_fiber_ended(void **state) {
  (void)state;
  g = group(root, "g");
  go(g, "bad", .fn = register_and_fail);
  nap(g, "sibling", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("sibling+ c:failed sibling! @1000 c- g=EIO^[bad:EIO]");
  g = group(root, "g");
  go(g, "cancelled", .fn = register_and_wait);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("@2000 c:cancelled @3000 c- g=0^");
}

/* K1: on a group and a scope, whose closing waits for them. */
static int close_both(roost_task self, void *data) {
  (void)self;
  (void)data;
  g = own_group(ROOST_GROUP(.name = "g"));
  waiting_cleanup(g, "of g", .lasts = SECONDS(1));
  s = own_scope(ROOST_SCOPE(.name = "s"));
  waiting_cleanup(s, "of s", .lasts = SECONDS(1));
  nap(g, "a", .lasts = SECONDS(3));
  close_scope(s, 0);
  return close_group(g, ROOST_EIO) == ROOST_EIO ? 0 : ROOST_EINVAL;
}
static void the_cleanups_of_groups_and_scopes_wait(void **state) {
  (void)state;
  play(close_both);
  assert_log("a+ of s:completed @1000 of s- s=0 a! of g:failed @2000 of g- g=EIO^[g:EIO]");
}

/* K2: on a task of callbacks, and on nodes that callbacks have opened. */
static void callbacks_have_cleanups_that_wait(void **state) {
  (void)state;
  g = group(root, "g");
  waiting_cleanup(g, "of g", .lasts = SECONDS(1));
  waiting_cleanup(spawn(g, "a", .lasts = SECONDS(1)), "of a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("a+ @1000 a- of a:completed @2000 of a- of g:completed @3000 of g- g=0");
}

/* K1: on the root, at the closing of the runtime. */
static void the_root_has_cleanups_that_wait(void **state) {
  (void)state;
  waiting_cleanup(root, "of root", .lasts = SECONDS(1));
  run();
  assert_log("");
  assert_int_equal(close_now(), 0);
  assert_log("of root:completed @1000 of root-");
}

static int work(roost_task self, void *data, void **result) {
  (void)self;
  (void)data;
  (void)result;
  return 0;
}

/* K2: on a blocking task; S6a: but not on one that may be abandoned. */
static void blocking_tasks_have_cleanups_that_wait(void **state) {
  (void)state;
  assert_int_equal(roost_spawn_blocking(root, ROOST_BLOCKING(.work = work), &task), 0);
  waiting_cleanup(task, "c", .lasts = SECONDS(1));
  run();
  assert_log("c:completed @1000 c-");
  assert_int_equal(roost_spawn_blocking(root, ROOST_BLOCKING(.work = work, .abandon = 1), &task),
                   0);
  assert_refused(ROOST_EINVAL, roost_fiber_defer,
                 (task, take_nap_as_cleanup, new_data(1), drop_data));
  run();
}

/* C6a, K1: of a fiber that takes its first step cancelled; of a queued one that never does. */
static void what_was_cancelled_before_has_its_cleanups(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  waiting_cleanup(nap(g, "a", .lasts = SECONDS(9)), "of a", .lasts = SECONDS(1));
  waiting_cleanup(nap(g, "b", .lasts = SECONDS(9)), "of b", .lasts = SECONDS(2));
  waiting_cleanup(spawn(g, "c", .lasts = SECONDS(9)), "of c", .lasts = SECONDS(3));
  cancel_g();
  join(g, 0);
  run();
  assert_log("a+ a! of b:cancelled:new of c:cancelled:new of a:cancelled @1000 of a- @2000 of b- "
             "@3000 of c- g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* In their own shield (K2)                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static int look_around(roost_task self, const roost_outcome *why, void *data) {
  (void)data;
  note("%d%d%d", roost_self().id == self.id, roost_here().id == self.id, roost_cancelled(self));
  note("%s %d", code_name(why->code), why->reason != NULL ? (int)why->reason->code : 0);
  roost_scope own = own_scope(ROOST_SCOPE(.name = "own", .timeout_ns = SECONDS(1), .move_on = 1));
  int rc = tell("sleep", roost_sleep(SECONDS(9)));
  close_scope(own, rc);
  roost_group inner = own_group(ROOST_GROUP(.name = "inner"));
  nap(inner, "a", .lasts = SECONDS(1));
  close_group(inner, 0);
  return tell("last", roost_sleep(SECONDS(1)));
}
static int defer_look(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_fiber_defer(self, look_around, NULL, NULL), 0);
  return roost_sleep_forever();
}
static void cancel_with_code(void) {
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 7)), 0);
}

/* K2, K4: the cancellation does not reach it, it opens and closes what it likes, and waits. */
static void a_cleanup_is_sheltered(void **state) {
  (void)state;
  g = group(root, "g");
  go(g, "fiber", .fn = defer_look);
  join(g, 0);
  act(SECONDS(1), cancel_with_code);
  run();
  assert_log("@1000 110 ECANCELED 7 @2000 sleep=ECANCELED own=0^ a+ @3000 a- inner=0 @4000 last=0 "
             "g=0^");
}

static int register_long(roost_task self, void *data) {
  (void)data;
  waiting_cleanup(self, "second", .lasts = SECONDS(9));
  waiting_cleanup(self, "first", .lasts = SECONDS(9));
  return roost_sleep_forever();
}

/* C11, K3: when the grace is over its waits end cancelled, the next still begins; ECUT is the error
 * of one that gives up. */
static void a_grace_cuts_cleanups_short(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  go(g, "fiber", .fn = register_long);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("@1000 first:cancelled @3000 first! second:cancelled second! "
             "g=ECUT^[cleanup of fiber:ECUT cleanup of fiber:ECUT]");
}

/* C11: none at all: it begins, and its first wait ends. */
static void without_grace_a_cleanup_does_not_wait(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = ROOST_NOW);
  go(g, "fiber", .fn = register_and_wait);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("@1000 c:cancelled c! g=ECUT^[cleanup of fiber:ECUT]");
}

static int ignore_the_cut(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  tell("one", roost_sleep(SECONDS(9)));
  tell("two", roost_sleep(SECONDS(9)));
  return 0;
}
static int defer_ignoring(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_fiber_defer(self, ignore_the_cut, NULL, NULL), 0);
  return roost_sleep_forever();
}

/* K3: one that ends well in spite of it has not failed. */
static void a_cut_cleanup_may_end_well(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(1));
  go(g, "fiber", .fn = defer_ignoring);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("@2000 one=ECANCELED two=ECANCELED g=0^");
}

static int outlast_its_deadline(roost_task self, void *data) {
  (void)data;
  waiting_cleanup(self, "c", .lasts = SECONDS(5));
  return roost_sleep_forever();
}

/* K2: the node's deadline, expiring later, does not reach it. */
static void a_deadline_does_not_reach_the_cleanups(void **state) {
  (void)state;
  g = group(root, "g");
  go(g, "a", .fn = outlast_its_deadline, .timeout_ns = SECONDS(1));
  go(g, "b", .fn = register_and_fail, .timeout_ns = MS(500));
  join(g, 0);
  run();
  assert_log("c:failed c:cancelled @1000 c- @5000 c- g=EIO^[b:EIO]");
}

/* ---------------------------------------------------------------------------------------------- */
/* Failing (K3)                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

static int register_failing(roost_task self, void *data) {
  (void)data;
  waiting_cleanup(self, "first", .lasts = SECONDS(1), .answers = ROOST_EIO);
  waiting_cleanup(self, "second", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
  return 4;
}

/* K3, K3a: none stops the others; an awaiter gets the body's outcome, the group the errors. */
static void a_failed_cleanup_stops_no_other(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  task = go(g, "fiber", .fn = register_failing);
  join(g, 0);
  on_end(task, root, "end");
  run();
  assert_log("second:completed @1000 second- first:completed @2000 first- g=EBUSY[cleanup of "
             "fiber:EBUSY cleanup of fiber:EIO] end=4");
}

static int say_pending(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  return *(int *)data;
}

/* S2a: a fiber's cleanup ends by returning. */
static void a_waiting_cleanup_is_never_pending(void **state) {
  (void)state;
  int pending = ROOST_PENDING;
  g = group(root, "g");
  task = nap(g, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_fiber_defer(task, say_pending, &pending, NULL), 0);
  join(g, 0);
  run();
  assert_log("a+ @1000 a- g=EINVAL[cleanup of a:EINVAL]");
}

static int leave_open(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  roost_group left = own_group(ROOST_GROUP(.name = "left"));
  nap(left, "a", .lasts = SECONDS(9));
  roost_sleep(SECONDS(1));
  return 0;
}

/* G7, K4: what it opens it closes. */
static void a_cleanup_may_leave_something_open(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  task = nap(g, "fiber", .lasts = 0);
  assert_int_equal(roost_fiber_defer(task, leave_open, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_log("fiber+ fiber- a+ @1000 a! "
             "g=EUNCLOSED[cleanup of fiber:EUNCLOSED[left:EUNCLOSED]]");
}

static int throw_away(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return roost_return(0, new_data(1), drop_data);
}

/* L6: nobody reads the result of a cleanup. */
static void the_result_of_a_cleanup_is_dropped(void **state) {
  (void)state;
  task = nap(root, "a", .lasts = 0);
  assert_int_equal(roost_fiber_defer(task, throw_away, NULL, NULL), 0);
  run();
}

/* ---------------------------------------------------------------------------------------------- */
/* Registering                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static int register_from_inside(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  note("outer+");
  waiting_cleanup(task, "on the fiber", .lasts = SECONDS(1));
  waiting_cleanup(self, "on itself", .lasts = SECONDS(1));
  cleanup(self, "callback on itself", .lasts = SECONDS(1));
  roost_sleep(SECONDS(1));
  note("outer-");
  return 0;
}
static int register_outer(roost_task self, void *data) {
  (void)data;
  task = self;
  waiting_cleanup(self, "last", .lasts = SECONDS(1));
  assert_int_equal(roost_fiber_defer(self, register_from_inside, NULL, NULL), 0);
  return 0;
}

/* K4, K6: a cleanup may register more, on its node and on itself. */
static void cleanups_register_cleanups(void **state) {
  (void)state;
  play(register_outer);
  assert_log("outer+ @1000 outer- callback on itself:completed @2000 callback on itself- on "
             "itself:completed @3000 on itself- on the fiber:completed @4000 on the fiber- "
             "last:completed @5000 last-");
}

static int register_deeper(roost_task self, const roost_outcome *why, void *data) {
  int *depth = data;
  (void)why;
  if (--*depth > 0)
    assert_int_equal(roost_fiber_defer(self, register_deeper, depth, NULL), 0);
  else
    note("deep");
  assert_int_equal(roost_sleep(0), 0);
  return 0;
}

/* K2c: cleanups of cleanups share the stack of their fiber, or have the one of theirs. */
static void cleanups_of_cleanups_of_cleanups(void **state) {
  (void)state;
  static int depths[] = {50, 50, 50};
  assert_int_equal(roost_fiber_defer(nap(root, "a", .lasts = 0), register_deeper, &depths[0], NULL),
                   0);
  assert_int_equal(roost_fiber_defer(spawn(root, "b"), register_deeper, &depths[1], NULL), 0);
  g = group(root, "g");
  assert_int_equal(roost_fiber_defer(g, register_deeper, &depths[2], NULL), 0);
  join(g, 0);
  run();
  assert_log("a+ b+ a- deep deep deep g=0");
}

static int outlive_its_fiber(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  roost_sleep(SECONDS(5));
  note("slept");
  return 0;
}
static int keep_busy(roost_task self, void *data) {
  (void)data;
  cleanup(self, "callback", .lasts = SECONDS(1));
  taken_back = waiting_cleanup(self, "never", .lasts = SECONDS(1));
  assert_int_equal(roost_fiber_defer(self, outlive_its_fiber, NULL, NULL), 0);
  return 0;
}
static void take_it_back(void) { assert_int_equal(roost_undefer(taken_back), 0); }

/* K3: taken back while another runs, its drop runs at once; those that are left run. */
static void a_cleanup_is_taken_back(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, keep_busy, NULL), 0);
  act(SECONDS(1), take_it_back);
  run();
  assert_log("@5000 slept callback:completed @6000 callback-");
  assert_refused(ROOST_ESTALE, roost_undefer, (taken_back));
}

static int take_its_own_back(roost_task self, void *data) {
  (void)data;
  taken_back = waiting_cleanup(self, "never", .lasts = SECONDS(1));
  take_it_back();
  assert_refused(ROOST_ESTALE, roost_undefer, (taken_back));
  return roost_sleep(0);
}

/* K3: before the end too; on whatever node. */
static void cleanups_are_taken_back_early(void **state) {
  (void)state;
  g = group(root, "g");
  taken_back = waiting_cleanup(g, "never", .lasts = SECONDS(1));
  take_it_back();
  play(take_its_own_back);
  join(g, 0);
  run();
  assert_log("g=0");
}

static int leave_slow_group(roost_task self, void *data) {
  (void)data;
  taken_back = waiting_cleanup(self, "never", .lasts = SECONDS(1));
  roost_group left = own_group(ROOST_GROUP(.name = "left"));
  waiting_cleanup(left, "slow", .lasts = SECONDS(2));
  return 0;
}

/* K3, K2c: the last one, when the body has ended and nothing has begun. */
static void the_last_cleanup_is_taken_back_late(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  go(g, "fiber", .fn = leave_slow_group);
  join(g, 0);
  act(SECONDS(1), take_it_back);
  run();
  assert_log("slow:completed @2000 slow- g=EUNCLOSED[fiber:EUNCLOSED[left:EUNCLOSED]]");
}

/* B1, K5, K6: what cannot be registered. */
static void bad_registrations_are_refused(void **state) {
  (void)state;
  g = group(root, "g");
  join(g, 0);
  run();
  roost_cleanup none = {0};
  assert_refused(ROOST_EINVAL, roost_fiber_defer, (root, NULL, new_data(1), drop_data));
  assert_refused(ROOST_ESTALE, roost_fiber_defer, (g, take_nap_as_cleanup, new_data(1), drop_data));
  assert_refused(ROOST_EINVAL, roost_fiber_defer,
                 ((roost_node){0}, take_nap_as_cleanup, new_data(1), drop_data));
  assert_refused(ROOST_EINVAL, roost_fiber_defer_with, (root, NULL, &none));
  assert_refused(ROOST_EINVAL, roost_fiber_defer_with,
                 (root, ROOST_CLEANUP(.data = new_data(1), .drop = drop_data), &none));
  assert_refused(ROOST_EINVAL, roost_fiber_defer_with,
                 (root,
                  ROOST_CLEANUP(.fn = take_nap_as_cleanup, .on_cancel = log_stop,
                                .data = new_data(1), .drop = drop_data),
                  &none));
  assert_int_equal(none.id, 0);
  clear_log();
}

static int finish_it(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  tell("finish", roost_finish(self, 0, NULL, NULL));
  tell("shield", roost_set_shield(self, 0));
  tell("cancel", roost_cancel(self, NULL));
  return tell("sleep", roost_sleep(SECONDS(1)));
}

/* S2a, K3: its function ends it; its shield is not the program's; cancelled itself it is cut. */
static void a_cleanup_is_a_task(void **state) {
  (void)state;
  g = group(root, "g");
  task = nap(g, "a", .lasts = 0);
  assert_int_equal(roost_fiber_defer(task, finish_it, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_log(
      "a+ a- finish=EINVAL shield=EINVAL cancel=0 sleep=ECANCELED g=ECUT[cleanup of a:ECUT]");
}

static void own_name(void) {
  char name[64];
  roost_name(roost_self(), name, sizeof name);
  note("%s", name);
}
static int say_name(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  own_name();
  return 0;
}

/* T4: named, or after its node. */
static void a_cleanup_has_a_name(void **state) {
  (void)state;
  task = nap(root, "a", .lasts = 0);
  assert_int_equal(roost_fiber_defer(task, say_name, NULL, NULL), 0);
  assert_int_equal(
      roost_fiber_defer_with(task, ROOST_CLEANUP(.fn = say_name, .name = "named"), NULL), 0);
  run();
  assert_log("a+ a- named cleanup of a");
}

static int use_the_dead_frame(roost_task self, void *data) {
  (void)data;
  volatile char big[20000];
  for (size_t i = 0; i < sizeof big; i++) big[i] = (char)i;
  waiting_cleanup(self, "c", .lasts = SECONDS(1));
  roost_sleep(SECONDS(1));
  return big[1] == 1 ? 0 : ROOST_EINVAL;
}

static void go_more(void) {
  for (int i = 0; i < 40; i++) go(g, "fiber", .fn = use_the_dead_frame);
}

/* K2c: while the cleanups of some wait on their stacks, others use theirs. */
static void cleanups_keep_their_stacks(void **state) {
  (void)state;
  g = group(root, "g");
  go_more();
  act(MS(1500), go_more);
  join(g, 0);
  run();
  assert_int_equal(last.code, 0);
  clear_log();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_cleanups_of_a_fiber_wait),
      TEST(cleanups_are_told_how_their_fiber_ended),
      TEST(the_cleanups_of_groups_and_scopes_wait),
      TEST(callbacks_have_cleanups_that_wait),
      TEST(the_root_has_cleanups_that_wait),
      TEST(blocking_tasks_have_cleanups_that_wait),
      TEST(what_was_cancelled_before_has_its_cleanups),
      TEST(a_cleanup_is_sheltered),
      TEST(a_grace_cuts_cleanups_short),
      TEST(without_grace_a_cleanup_does_not_wait),
      TEST(a_cut_cleanup_may_end_well),
      TEST(a_deadline_does_not_reach_the_cleanups),
      TEST(a_failed_cleanup_stops_no_other),
      TEST(a_waiting_cleanup_is_never_pending),
      TEST(a_cleanup_may_leave_something_open),
      TEST(the_result_of_a_cleanup_is_dropped),
      TEST(cleanups_register_cleanups),
      TEST(cleanups_of_cleanups_of_cleanups),
      TEST(a_cleanup_is_taken_back),
      TEST(cleanups_are_taken_back_early),
      TEST(the_last_cleanup_is_taken_back_late),
      TEST(bad_registrations_are_refused),
      TEST(a_cleanup_is_a_task),
      TEST(a_cleanup_has_a_name),
      TEST(cleanups_keep_their_stacks),
  };
  return cmocka_run_group_tests_name("fiber_cleanup", tests, NULL, NULL);
}
