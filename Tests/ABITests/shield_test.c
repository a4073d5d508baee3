/* C10 and what follows from it: shields on every node, opened with it or switched on and off. */
#include "support.h"

#include <string.h>

static roost_group g, h;
static roost_scope s, u;
static roost_task task;
static roost_wait wait;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_h(void) { assert_int_equal(roost_cancel(h, NULL), 0); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

static void shield(roost_node node) { assert_int_equal(roost_set_shield(node, 1), 0); }
static void unshield(roost_node node) { assert_int_equal(roost_set_shield(node, 0), 0); }
static void unshield_s(void) { unshield(s); }
static void unshield_task(void) { unshield(task); }
static void wake_seven(void) { assert_int_equal(roost_wake(wait, 7), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* C10: what a shielded node sees                                                                 */
/* ---------------------------------------------------------------------------------------------- */

/* C10, C2: every kind of node may have one. */
static void a_shield_keeps_off_the_cancellation_around_it(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .shield = 1);
  s = scope(g, "s", .shield = 1);
  task = spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  act(SECONDS(1), cancel_g);
  join(h, 0);
  run();
  assert_log("a+ b+ @9000 w=0 a- b- h=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(roost_cancelled(s), 0);
  assert_int_equal(reason_of(s).origin, 0);
  assert_int_equal(roost_cancelled(g), 1);
}

/* C10: the twin, without. */
static void without_a_shield_the_same_tree_is_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  s = scope(g, "s");
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  act(SECONDS(1), cancel_g);
  join(h, 0);
  run();
  assert_log("a+ b+ @1000 b! w=ECANCELED a! h=ECANCELED");
}

/* C10: its own cancellation, and its own deadline's, it sees. */
static void a_shield_does_not_keep_off_the_nodes_own_cancellation(void **state) {
  (void)state;
  h = group(root, "h", .shield = 1);
  s = scope(root, "s", .shield = 1);
  task = spawn(root, "a", .lasts = SECONDS(9), .shield = 1);
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  act(SECONDS(1), cancel_h);
  act(SECONDS(2), cancel_s);
  act(SECONDS(3), cancel_task);
  run();
  assert_log("a+ b+ @1000 b! @2000 w=ECANCELED @3000 a!");

  h = group(root, "h", .shield = 1, .timeout_ns = SECONDS(1));
  s = scope(root, "s", .shield = 1, .timeout_ns = SECONDS(2));
  spawn(root, "a", .lasts = SECONDS(9), .shield = 1, .timeout_ns = SECONDS(3));
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  run();
  assert_log("a+ b+ @4000 b! @5000 w=ECANCELED @6000 a!");
  assert_int_equal(reason_of(s).origin, ROOST_DEADLINE);
}

/* C10, C1: a deadline around it is a cancellation like any other. */
static void a_shield_keeps_off_the_deadlines_around_it(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(1));
  s = scope(g, "s", .shield = 1);
  u = scope(g, "u");
  after(s, SECONDS(2), "in s");
  after(u, SECONDS(2), "in u");
  run();
  assert_log("@1000 in u=ECANCELED @2000 in s=0");
}

/* C10: with everything beneath it, at any depth, and what is opened there later. */
static void a_shield_covers_what_is_in_it(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  h = group(s, "h");
  spawn(h, "b", .lasts = SECONDS(2));
  cancel_g();
  spawn(h, "c", .lasts = SECONDS(2));
  u = scope(h, "u");
  after(u, SECONDS(2), "w");
  assert_int_equal(roost_cancelled(u), 0);
  run();
  assert_log("b+ c+ @2000 w=0 b- c-");
}

/* C10, C6: also one that is opened in a cancelled node. */
static void a_shield_may_be_opened_in_a_cancelled_node(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  h = group(g, "h", .shield = 1);
  s = scope(g, "s", .shield = 1);
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  spawn(g, "bare", .lasts = SECONDS(9));
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  run();
  assert_log("a+ bare+ b+ bare! @9000 w=0 a- b-");
}

/* C10: in a shield, the node in between may be cancelled itself, and a shield in it holds. */
static void shields_may_be_nested(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  u = scope(s, "u", .shield = 1);
  after(s, SECONDS(9), "in s");
  after(u, SECONDS(9), "in u");
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), cancel_s);
  run();
  assert_log("@2000 in s=ECANCELED @9000 in u=0");
  assert_int_equal(roost_cancelled(u), 0);
}

static int fail_after_a_second(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_finish(self, ROOST_EIO, NULL, NULL), 0);
  return 0;
}

/* C10, G2: a shield on a task protects it from a failed sibling. */
static void a_shielded_task_outlives_a_failed_sibling(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  spawn(g, "b", .lasts = SECONDS(9));
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = fail_after_a_second, .name = "bad"), NULL),
                   0);
  join(g, 0);
  run();
  assert_log("a+ b+ b! @9000 a- g=EIO^[bad:EIO]");
}

/* C10, G2b: and from a race that is won. */
static void a_shielded_task_outlives_a_race_that_is_won(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_RACE);
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  spawn(g, "b", .lasts = SECONDS(9));
  spawn(g, "first", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("a+ b+ first+ @1000 first- b! @9000 a- g=0^[a:0]");
}

/* C10: a group's shield keeps off what is around it, not what its own tasks bring about. */
static void a_shield_on_a_group_does_not_protect_it_from_its_own_tasks(void **state) {
  (void)state;
  g = group(root, "g", .shield = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "bad", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("a+ bad+ @1000 bad- a! g=EIO^[bad:EIO]");
}

/* C10, L3: a daemon is cancelled itself. */
static void a_shielded_daemon_ends_with_its_group(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "d", .lasts = SECONDS(9), .shield = 1, .daemon = 1, .on_cancel = log_stop);
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 a- d:10 g=0");
}

static void leave_a_shield_open(roost_task self) {
  s = scope(self, "s", .shield = 1);
  after(s, SECONDS(9), "w");
}

/* C10, G7: what a task leaves open is cancelled itself. */
static void a_shield_that_is_left_open_is_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .body = leave_a_shield_open);
  join(g, 0);
  run();
  assert_log("a+ w=ECANCELED g=EUNCLOSED[a:EUNCLOSED[s:EUNCLOSED]]");
}

/* ---------------------------------------------------------------------------------------------- */
/* Each wait, and its twin in a shield                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* C3, C10: a sleep, an end and a request are cancelled outside of the shield, and go on in it. */
static void each_wait_has_a_twin_in_a_shield(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  u = scope(g, "u");
  task = spawn(root, "a", .lasts = SECONDS(2), .answers = 7);
  after(s, SECONDS(2), "sleep in s");
  after(u, SECONDS(2), "sleep in u");
  on_end(task, s, "end in s");
  on_end(task, u, "end in u");
  wait = park(s, "park in s", .abort = STOPS);
  park(u, "park in u", .abort = STOPS);
  act(SECONDS(1), cancel_g);
  act(SECONDS(3), wake_seven);
  run();
  assert_log("a+ @1000 sleep in u=ECANCELED end in u=ECANCELED park in u:abort park in u=ECANCELED "
             "@2000 sleep in s=0 a- end in s=7 @3000 park in s=7");
}

/* C3a, C10: also where the node was cancelled before they began. */
static void each_wait_may_begin_in_a_shield_of_a_cancelled_node(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  s = scope(g, "s", .shield = 1);
  task = spawn(root, "a", .lasts = SECONDS(2), .answers = 7);
  after(s, SECONDS(2), "sleep");
  on_end(task, s, "end");
  wait = park(s, "park", .abort = STOPS);
  act(SECONDS(3), wake_seven);
  run();
  assert_log("a+ @2000 sleep=0 a- end=7 @3000 park=7");
}

/* C4, C5: switched off, the shield is gone at once: each wait is taken, and one that refuses brings
 * its own result. */
static void each_wait_is_taken_when_its_shield_goes(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  s = scope(g, "s", .shield = 1);
  task = spawn(root, "a", .lasts = SECONDS(2), .answers = 7);
  after(s, SECONDS(2), "sleep");
  on_end(task, s, "end");
  park(s, "stops", .abort = STOPS);
  wait = park(s, "refuses", .abort = WILL_END);
  act(SECONDS(1), unshield_s);
  act(SECONDS(3), wake_seven);
  run();
  assert_log("a+ @1000 sleep=ECANCELED end=ECANCELED stops:abort stops=ECANCELED refuses:abort "
             "@2000 a- @3000 refuses=7");
}

/* ---------------------------------------------------------------------------------------------- */
/* C10: switching on and off                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* C10: switched on early, it is as if it had been opened with it. */
static void a_shield_may_be_switched_on(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  s = scope(g, "s");
  task = spawn(g, "a", .lasts = SECONDS(9));
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  shield(h);
  shield(s);
  shield(task);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ b+ @9000 w=0 a- b-");
}

static void unshield_all(void) {
  unshield(task);
  unshield(h);
  unshield(s);
  assert_int_equal(roost_cancelled(s), 1);
  assert_int_equal(roost_cancelled(h), 1);
  assert_int_equal(roost_cancelled(task), 1);
  note("marked");
}

/* C10, C5: switched off beneath a cancelled node, it cancels at once, and tells later. */
static void a_shield_that_is_switched_off_cancels_at_once(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .shield = 1);
  s = scope(g, "s", .shield = 1);
  task = spawn(g, "a", .lasts = SECONDS(9), .shield = 1, .on_cancel = log_stay);
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  cancel_g();
  act(SECONDS(1), unshield_all);
  run();
  assert_log("a+ b+ @1000 marked a:1 a! b! w=ECANCELED");
}

/* C10: the twin, where nothing around it is cancelled. */
static void a_shield_that_is_switched_off_elsewhere_does_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  after(s, SECONDS(2), "w");
  act(SECONDS(1), unshield_s);
  run();
  assert_log("@2000 w=0");
  cancel_g();
  assert_int_equal(roost_cancelled(s), 1);
}

/* C10: as far as the next shield. */
static void switching_off_reaches_as_far_as_the_next_shield(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  u = scope(s, "u", .shield = 1);
  after(s, SECONDS(9), "in s");
  after(u, SECONDS(9), "in u");
  cancel_g();
  act(SECONDS(1), unshield_s);
  run();
  assert_log("@1000 in s=ECANCELED @9000 in u=0");
  assert_int_equal(roost_cancelled(u), 0);
  unshield(u);
  assert_int_equal(roost_cancelled(u), 1);
}

/* C10: the inner one switched off while the outer one holds. */
static void an_outer_shield_holds_for_what_has_none(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  u = scope(s, "u", .shield = 1);
  cancel_g();
  unshield(u);
  assert_int_equal(roost_cancelled(u), 0);
  unshield(s);
  assert_int_equal(roost_cancelled(u), 1);
}

/* C10: switched on beneath a cancelled node, it hides that for the node and what is in it. */
static void a_shield_may_hide_a_cancellation_again(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  h = group(s, "h");
  u = scope(h, "u");
  cancel_g();
  assert_int_equal(roost_cancelled(u), 1);
  shield(s);
  assert_int_equal(roost_cancelled(s), 0);
  assert_int_equal(roost_cancelled(h), 0);
  assert_int_equal(roost_cancelled(u), 0);
  assert_int_equal(roost_cancelled(g), 1);
  assert_int_equal(reason_of(u).origin, 0);
  after(u, SECONDS(2), "w");
  spawn(h, "b", .lasts = SECONDS(2));
  run();
  assert_log("b+ @2000 w=0 b-");
  unshield(s);
  assert_int_equal(roost_cancelled(s), 1);
  assert_int_equal(roost_cancelled(u), 1);
}

/* C10: as often as one likes. */
static void a_shield_may_be_switched_again_and_again(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  u = scope(s, "u");
  cancel_g();
  for (int i = 0; i < 5; i++) {
    shield(s);
    assert_int_equal(roost_cancelled(s), 0);
    assert_int_equal(roost_cancelled(u), 0);
    unshield(s);
    assert_int_equal(roost_cancelled(s), 1);
    assert_int_equal(roost_cancelled(u), 1);
  }
}

/* C10: what was cancelled itself beneath it stays so. */
static void hiding_does_not_undo_a_cancellation_of_its_own(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  u = scope(s, "u");
  roost_scope inmost = scope(u, "inmost");
  assert_int_equal(roost_cancel(u, ROOST_CANCEL(.code = 2)), 0);
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 1)), 0);
  shield(s);
  assert_int_equal(roost_cancelled(s), 0);
  assert_int_equal(roost_cancelled(u), 1);
  assert_int_equal(roost_cancelled(inmost), 1);
  assert_int_equal(reason_of(inmost).code, 2);
  shield(u);
  assert_int_equal(roost_cancelled(u), 1);
  shield(inmost);
  assert_int_equal(roost_cancelled(inmost), 0);
}

/* C5, C10: a wait that was taken is not given back; the next one goes on. */
static void a_wait_that_was_taken_stays_taken(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  task = spawn(root, "a", .lasts = SECONDS(1));
  after(s, SECONDS(1), "sleep");
  on_end(task, s, "end");
  park(s, "park", .abort = STOPS);
  cancel_g();
  shield(s);
  after(s, SECONDS(1), "later");
  run();
  assert_log("a+ sleep=ECANCELED end=ECANCELED park:abort park=ECANCELED @1000 later=0 a-");
}

/* C5: and one that had refused brings its own result. */
static void a_wait_that_refuses_is_not_touched_by_switching(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  wait = park(s, "p", .abort = WILL_END);
  cancel_g();
  shield(s);
  unshield(s);
  act(SECONDS(1), wake_seven);
  run();
  assert_log("p:abort @1000 p=7");
}

static void shield_s(void) { shield(s); }

/* C5: taken and told before; a shield that comes later finds nothing to spare. */
static void a_shield_comes_too_late_for_what_was_told(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  after(s, SECONDS(9), "w");
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), shield_s);
  run();
  assert_log("@1000 w=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* K7: on_cancel                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static void cancel_g_and_shield_task(void) {
  cancel_g();
  shield(task);
}

/* K7, C10: one that is due and was not called yet is spared. */
static void an_on_cancel_that_is_due_is_spared(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  act(SECONDS(1), cancel_g_and_shield_task);
  act(SECONDS(2), unshield_task);
  run();
  assert_log("a+ @2000 a:1");
}

static void cancel_g_and_shield_s(void) {
  cancel_g();
  shield(s);
}

/* K7, C10: also by a shield further out. */
static void an_on_cancel_is_spared_by_a_shield_around_its_task(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  h = group(s, "h");
  task = spawn(h, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  act(SECONDS(1), cancel_g_and_shield_s);
  act(SECONDS(2), unshield_s);
  run();
  assert_log("a+ @2000 a:1");
}

static void shield_task(void) { shield(task); }
static void finish_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }

/* K7: once in its life, however often the shield is switched. */
static void on_cancel_is_not_called_again_after_switching(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stay);
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), shield_task);
  act(SECONDS(3), unshield_task);
  act(SECONDS(4), finish_task);
  on_end(task, root, "end");
  run();
  assert_log("a+ @1000 a:1 @4000 end=0");
}

static void cancel_task_and_shield_it(void) {
  cancel_task();
  shield(task);
}

/* K7, C10: its own cancellation is not hidden. */
static void an_on_cancel_of_its_own_cancellation_is_not_spared(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  act(SECONDS(1), cancel_task_and_shield_it);
  run();
  assert_log("a+ @1000 a:1");
}

/* C6a, C10: spawned into a cancelled group and shielded before its first step. */
static void a_task_may_be_shielded_before_its_first_step(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  task = spawn(g, "a", .lasts = SECONDS(1), .on_cancel = log_stop);
  shield(task);
  run();
  assert_log("a+ @1000 a-");
}

static void shield_itself(roost_task self) { shield(self); }

/* C6a: in its first step it may do so itself. */
static void a_task_that_starts_cancelled_may_shield_itself(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  spawn(g, "a", .lasts = SECONDS(1), .on_cancel = log_stop, .body = shield_itself);
  join(g, 0);
  run();
  assert_log("a+ @1000 a- g=0");
}

static void wait_in_a_shield(roost_task self) {
  s = scope(self, "s", .shield = 1);
  after(s, SECONDS(2), "sheltered");
}

/* K7, C10: a shield in the task spares the waits in it; the task is told all the same. */
static void a_shield_in_a_task_spares_its_waits_only(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING, .body = wait_in_a_shield, .on_cancel = log_stay);
  act(SECONDS(1), cancel_g);
  act(SECONDS(3), finish_task);
  run();
  assert_log("a+ @1000 a:1 @2000 sheltered=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* L2a: queued tasks                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* L2a: a shielded one stays queued and starts, in its order. */
static void a_shielded_queued_task_starts(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(9));
  spawn(g, "c", .lasts = SECONDS(9), .shield = 1);
  spawn(g, "d", .lasts = SECONDS(9), .shield = 1);
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! c+ @10000 c- d+ @19000 d- g=0^");
}

/* L2a: also where it would be queued in a cancelled group. */
static void a_shielded_task_is_queued_in_a_cancelled_group(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  cancel_g();
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  spawn(g, "b", .lasts = SECONDS(9), .shield = 1);
  cleanup(spawn(g, "c", .lasts = SECONDS(9)), "of c");
  join(g, 0);
  run();
  assert_log("a+ of c:cancelled:new @9000 a- b+ @18000 b- g=0^");
}

/* L2a: one that loses its shield while queued never starts. */
static void a_queued_task_that_loses_its_shield_never_starts(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  task = spawn(g, "b", .lasts = SECONDS(9), .shield = 1);
  cleanup(task, "of b");
  cancel_g();
  act(SECONDS(1), unshield_task);
  join(g, 0);
  run();
  assert_log("a+ @1000 of b:cancelled:new @9000 a- g=0^");
}

/* L2a: cancelled at any moment while queued: a shield that comes after it does not help. */
static void a_queued_task_that_was_cancelled_never_starts(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  task = spawn(g, "b", .lasts = SECONDS(9));
  cleanup(task, "of b");
  on_end(task, root, "end");
  cancel_g();
  shield(task);
  join(g, 0);
  run();
  assert_log("a+ of b:cancelled:new end=ETASKCANCELLED @9000 a- g=0^");
}

/* L2a: the twin: it comes before. */
static void a_queued_task_may_be_shielded_in_time(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  task = spawn(g, "b", .lasts = SECONDS(1));
  shield(task);
  cancel_g();
  run();
  assert_log("a+ a! b+ @1000 b-");
}

/* ---------------------------------------------------------------------------------------------- */
/* C9: reasons                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* C9: the outermost that is visible, as the shield stands. */
static void the_reason_follows_the_shield(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  u = scope(s, "u");
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 1)), 0);
  assert_int_equal(roost_cancel(u, ROOST_CANCEL(.code = 3)), 0);
  assert_int_equal(reason_of(s).origin, 0);
  assert_int_equal(reason_of(u).code, 3);
  assert_int_equal(roost_cancel(s, ROOST_CANCEL(.code = 2)), 0);
  assert_int_equal(reason_of(s).code, 2);
  assert_int_equal(reason_of(u).code, 2);
  unshield(s);
  assert_int_equal(reason_of(s).code, 1);
  assert_int_equal(reason_of(u).code, 1);
  assert_string_equal(reason_of(u).name, "g");
  shield(s);
  assert_int_equal(reason_of(s).code, 2);
  assert_int_equal(reason_of(u).code, 2);
  shield(u);
  assert_int_equal(reason_of(u).code, 3);
}

/* C9, L5a: a task that ended for a cancellation which is hidden by then still says which. */
static void what_ended_for_a_hidden_cancellation_says_so(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  on_end(task, root, "end");
  act(SECONDS(1), cancel_g_and_shield_task);
  run();
  assert_log("a+ @1000 a! end=ETASKCANCELLED");
  assert_int_equal(outcome_of(task).state, ROOST_CANCELLED);
  assert_int_equal(outcome_of(task).reason->origin, ROOST_EXPLICIT);
  assert_int_equal(outcome_of(task).reason->node.id, g.id);
  join(g, 0);
  run();
  assert_log("g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* C7, C8: absorbing                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* C7: shielded, it absorbs its own cancellation in a cancelled node. */
static void a_shielded_node_absorbs_its_own_cancellation(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .shield = 1);
  s = scope(g, "s", .shield = 1);
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  cancel_g();
  cancel_h();
  cancel_s();
  run();
  assert_log("b+ w=ECANCELED b!");
  assert_int_equal(roost_cancelled_caught(h), 1);
  assert_int_equal(roost_cancelled_caught(s), 1);
  assert_int_equal(roost_cancelled_caught(g), 0);
  join(s, 0);
  join(h, 0);
  join(g, 0);
  run();
  assert_log("s=0^ h=0^ g=0");
}

/* C7: as things stand at the closing: the shield was switched off before. */
static void without_its_shield_the_node_around_it_absorbs(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  after(s, SECONDS(9), "w");
  cancel_g();
  cancel_s();
  run();
  assert_int_equal(roost_cancelled_caught(s), 1);
  unshield(s);
  assert_int_equal(roost_cancelled_caught(s), 0);
  join(s, ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("w=ECANCELED s=ECANCELED g=0^");
}

/* C7: the twin: it was switched on before. */
static void with_a_shield_switched_on_it_absorbs_itself(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  cancel_g();
  cancel_s();
  shield(s);
  after(s, SECONDS(9), "w");
  run();
  join(s, ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("w=ECANCELED s=0^ g=0");
  assert_int_equal(last.called, 1);
}

/* C8, C10: so does one that was cancelled further in, whatever it was beneath before. */
static void with_a_shield_switched_on_an_inner_node_absorbs(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  u = scope(s, "u");
  roost_scope inmost = scope(u, "inmost");
  assert_int_equal(roost_cancel(u, NULL), 0);
  cancel_g();
  shield(s);
  after(inmost, SECONDS(9), "w");
  run();
  assert_int_equal(roost_cancelled_caught(u), 1);
  assert_int_equal(roost_cancelled_caught(g), 0);
  join(inmost, 0);
  join(u, 0);
  run();
  assert_log("w=ECANCELED inmost=0 u=0^");
}

static void look_and_join_u(void) {
  note("%d", roost_cancelled_caught(u));
  join(u, 0);
}

/* C8, C10: or in a task, which was cancelled around it. */
static void with_a_shield_switched_on_a_scope_of_a_task_absorbs(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(2));
  u = scope(task, "u");
  cancel_g();
  assert_int_equal(roost_cancel(u, NULL), 0);
  shield(task);
  after(u, SECONDS(9), "w");
  act(SECONDS(1), look_and_join_u);
  join(g, 0);
  run();
  assert_log("a+ w=ECANCELED @1000 1 u=0^ @2000 a- g=0");
}

/* C7, C7a, D2: a shielded node reports, or times out, as if nothing around it were cancelled. */
static void a_shielded_node_answers_for_its_own_cancellation(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  s = scope(g, "s", .shield = 1, .timeout_ns = SECONDS(1));
  u = scope(g, "u", .shield = 1, .timeout_ns = SECONDS(1), .move_on = 1);
  h = group(g, "h", .shield = 1, .report = 1);
  after(s, SECONDS(9), "in s");
  after(u, SECONDS(9), "in u");
  spawn(h, "b", .lasts = SECONDS(9));
  act(SECONDS(2), cancel_h);
  run();
  join(s, 0);
  join(u, 0);
  join(h, 0);
  run();
  assert_log("b+ @1000 in s=ECANCELED in u=ECANCELED @2000 b! s=ETIMEDOUT^ u=0^ h=EWASCANCELLED^");
}

/* C7: nothing was cut short in the shield, so that there is nothing to absorb. */
static void what_ran_to_its_end_in_a_shield_is_completed(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .shield = 1);
  spawn(h, "b", .lasts = SECONDS(9));
  cancel_g();
  join(h, 0);
  run();
  assert_log("b+ @9000 b- h=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.called, 0);
}

/* C13a, C7: a body that was reached, and hidden from it afterwards, ends as cancelled; the node
 * absorbs nothing, for it is not cancelled, and what is around it does. */
static void a_body_that_was_reached_ends_cancelled_behind_a_shield(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  cancel_g();
  shield(s);
  join(s, ROOST_ECANCELED);
  run();
  assert_log("s=ECANCELED");
  assert_int_equal(last.state, ROOST_CANCELLED);
  assert_int_equal(last.caught, 0);
  assert_int_equal(last.reason.node.id, g.id);
}

/* C13a: of a task likewise. */
static void a_task_that_was_reached_ends_cancelled_behind_a_shield(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  task = spawn(g, "a", .answers = ROOST_ECANCELED, .body = shield_itself);
  join(g, 0);
  run();
  assert_log("a+ g=0^");
}

static int say_cancelled(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_ECANCELED;
}

/* C13a: the twins, which nothing ever reached. */
static void what_was_not_reached_behind_a_shield_has_failed(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  cancel_g();
  join(s, ROOST_ECANCELED);
  assert_int_equal(
      roost_spawn(g, ROOST_TASK(.start = say_cancelled, .name = "a", .shield = 1), NULL), 0);
  join(g, 0);
  run();
  assert_log("s=ENOTCANCELLED[s:ENOTCANCELLED] g=ENOTCANCELLED[a:ENOTCANCELLED]");
}

/* C7: an error passes through a shield like through any node. */
static void an_error_in_a_shield_is_not_absorbed(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .shield = 1);
  spawn(h, "b", .lasts = SECONDS(1), .answers = ROOST_EIO);
  cancel_g();
  join(h, 0);
  run();
  assert_log("b+ @1000 b- h=EIO[b:EIO]");
}

/* C13, G5a: a shielded task that is cancelled alone is nothing to its cancelled group. */
static void a_shielded_task_is_cancelled_alone(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  cancel_g();
  cancel_task();
  join(g, 0);
  run();
  assert_log("a+ a! g=0");
}

/* C13, C9: nor one that was reached by the group's cancellation, and then sees its own alone. */
static void a_task_that_is_hidden_and_cancelled_is_cancelled_alone(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  cancel_g();
  shield(task);
  assert_int_equal(roost_cancel(task, ROOST_CANCEL(.origin = ROOST_SIGNAL)), 0);
  join(g, 0);
  run();
  assert_log("a+ a:5 g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* D3                                                                                             */
/* ---------------------------------------------------------------------------------------------- */

/* In milliseconds after the beginning; -1 for none, 0 for cancelled. */
static int64_t deadline_of(roost_node node) {
  uint64_t deadline;
  assert_int_equal(roost_effective_deadline(node, &deadline), 0);
  if (deadline == 0 || deadline == ROOST_FOREVER) return deadline == 0 ? 0 : -1;
  return (int64_t)(deadline - beginning) / ROOST_MILLISECOND;
}

/* D3: as far as no shield holds it off. */
static void the_effective_deadline_stops_at_a_shield(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(1));
  s = scope(g, "s", .shield = 1, .timeout_ns = SECONDS(3));
  u = scope(s, "u", .timeout_ns = SECONDS(5));
  roost_scope bare = scope(g, "bare", .shield = 1);
  task = spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  assert_int_equal(deadline_of(g), 1000);
  assert_int_equal(deadline_of(s), 3000);
  assert_int_equal(deadline_of(u), 3000);
  assert_int_equal(deadline_of(bare), -1);
  assert_int_equal(deadline_of(task), -1);
  unshield(s);
  assert_int_equal(deadline_of(u), 1000);
  shield(u);
  assert_int_equal(deadline_of(u), 5000);
  shield(s);
  unshield(u);
  assert_int_equal(deadline_of(u), 3000);
}

/* D3: a cancellation that is hidden is none. */
static void the_effective_deadline_of_a_hidden_cancellation_is_none(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1, .timeout_ns = SECONDS(3));
  cancel_g();
  assert_int_equal(deadline_of(g), 0);
  assert_int_equal(deadline_of(s), 3000);
  unshield(s);
  assert_int_equal(deadline_of(s), 0);
  shield(s);
  assert_int_equal(deadline_of(s), 3000);
}

/* D3, C11: without any grace a shield holds nothing off. */
static void the_effective_deadline_passes_a_shield_without_grace(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(1));
  s = scope(g, "s", .shield = 1, .grace_ns = ROOST_NOW);
  assert_int_equal(deadline_of(s), 1000);
}

/* ---------------------------------------------------------------------------------------------- */
/* D4: a deadlock                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

/* D4: passes all shields, also nested ones. */
static void a_deadlock_passes_every_shield(void **state) {
  (void)state;
  g = group(root, "g", .shield = 1);
  s = scope(g, "s", .shield = 1);
  u = scope(s, "u", .shield = 1);
  task = spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  shield(task);
  park(u, "p", .abort = STOPS);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("a+ p:abort p=ECANCELED a:8");
  assert_int_equal(reason_of(u).origin, ROOST_DEADLOCK);
  assert_int_equal(reason_of(u).node.id, root.id);
}

/* D4: and those that are opened or switched on later. */
static void no_shield_holds_after_a_deadlock(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  park(s, "p", .abort = STOPS);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  shield(s);
  h = group(g, "h");
  u = scope(h, "u", .shield = 1);
  task = spawn(h, "a", .lasts = SECONDS(9), .shield = 1);
  after(s, SECONDS(1), "in s");
  after(u, SECONDS(1), "in u");
  assert_int_equal(roost_cancelled(s), 1);
  assert_int_equal(roost_cancelled(u), 1);
  run();
  assert_log("p:abort p=ECANCELED a+ in s=ECANCELED in u=ECANCELED a!");
}

static void park_forever(roost_task self) { park(self, "stuck", .abort = STOPS); }

/* D4, K2b: not even that of a cleanup. */
static void a_deadlock_passes_into_cleanups(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(spawn(g, "a"), "c", .answers = ROOST_PENDING, .body = park_forever,
          .on_cancel = log_stop);
  join(g, 0);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("a+ c:completed c:8 stuck:abort g=ECUT[cleanup of a:ECUT]");
}

/* D4: one that ignores even that stays, and the run says so again. */
static void what_ignores_a_deadlock_stays(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  wait = park(s, "p", .abort = WILL_END);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("p:abort");
  wake_seven();
  run();
  assert_log("p=7");
}

/* ---------------------------------------------------------------------------------------------- */
/* What the call answers                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* C10, B1 */
static void switching_answers_what_it_did(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  assert_int_equal(roost_set_shield(s, 1), ROOST_ALREADY);
  assert_int_equal(roost_set_shield(s, 0), 0);
  assert_int_equal(roost_set_shield(s, 0), ROOST_ALREADY);
  assert_int_equal(roost_set_shield(g, 0), ROOST_ALREADY);
  assert_int_equal(roost_set_shield(g, 1), 0);
  assert_int_equal(roost_set_shield(g, 1), ROOST_ALREADY);
  assert_int_equal(roost_set_shield(root, 1), 0);
  assert_refused(ROOST_EINVAL, roost_set_shield, (s, 2));
  assert_refused(ROOST_EINVAL, roost_set_shield, (s, -1));
  assert_refused(ROOST_EINVAL, roost_set_shield, ((roost_node){0}, 1));
  join(s, 0);
  run();
  assert_refused(ROOST_ESTALE, roost_set_shield, (s, 1));
}

static void shield_a_cleanup(roost_task self) {
  assert_refused(ROOST_EINVAL, roost_set_shield, (self, 0));
  assert_refused(ROOST_EINVAL, roost_set_shield, (self, 1));
  assert_refused(ROOST_ECLOSED, roost_set_shield, (g, 1));
  s = scope(self, "s");
  shield(s);
  unshield(s);
  join(s, 0);
}

/* C10, K2: a cleanup's shield is not the program's; its node is ending. */
static void a_cleanups_shield_is_not_switched(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .body = shield_a_cleanup);
  join(g, 0);
  run();
  assert_log("c:completed s=0 g=0");
}

static void finish_and_shield(roost_task self) {
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  assert_refused(ROOST_ECLOSED, roost_set_shield, (self, 1));
}

/* C10: a task whose body is over is ending; a group that is joined is open while it has tasks. */
static void what_is_ending_is_not_shielded(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "a", .body = finish_and_shield);
  spawn(h, "b", .lasts = SECONDS(9));
  join(h, 0);
  shield(h);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ b+ @9000 b- h=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* C15                                                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* C10, C15: without recursion, at any depth. */
static void a_deep_tree_is_hidden_and_revealed(void **state) {
  (void)state;
  enum { depth = 100000 };
  g = group(root, "g");
  s = scope(g, "s");
  roost_scope inmost = s;
  for (int i = 0; i < depth; i++) inmost = open_scope(inmost, NULL);
  cancel_g();
  for (int i = 0; i < 4; i++) {
    shield(s);
    assert_int_equal(roost_cancelled(inmost), 0);
    unshield(s);
    assert_int_equal(roost_cancelled(inmost), 1);
    assert_int_equal(reason_of(inmost).node.id, g.id);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_shield_keeps_off_the_cancellation_around_it),
      TEST(without_a_shield_the_same_tree_is_cancelled),
      TEST(a_shield_does_not_keep_off_the_nodes_own_cancellation),
      TEST(a_shield_keeps_off_the_deadlines_around_it),
      TEST(a_shield_covers_what_is_in_it),
      TEST(a_shield_may_be_opened_in_a_cancelled_node),
      TEST(shields_may_be_nested),
      TEST(a_shielded_task_outlives_a_failed_sibling),
      TEST(a_shielded_task_outlives_a_race_that_is_won),
      TEST(a_shield_on_a_group_does_not_protect_it_from_its_own_tasks),
      TEST(a_shielded_daemon_ends_with_its_group),
      TEST(a_shield_that_is_left_open_is_cancelled),
      TEST(each_wait_has_a_twin_in_a_shield),
      TEST(each_wait_may_begin_in_a_shield_of_a_cancelled_node),
      TEST(each_wait_is_taken_when_its_shield_goes),
      TEST(a_shield_may_be_switched_on),
      TEST(a_shield_that_is_switched_off_cancels_at_once),
      TEST(a_shield_that_is_switched_off_elsewhere_does_nothing),
      TEST(switching_off_reaches_as_far_as_the_next_shield),
      TEST(an_outer_shield_holds_for_what_has_none),
      TEST(a_shield_may_hide_a_cancellation_again),
      TEST(a_shield_may_be_switched_again_and_again),
      TEST(hiding_does_not_undo_a_cancellation_of_its_own),
      TEST(a_wait_that_was_taken_stays_taken),
      TEST(a_wait_that_refuses_is_not_touched_by_switching),
      TEST(a_shield_comes_too_late_for_what_was_told),
      TEST(an_on_cancel_that_is_due_is_spared),
      TEST(an_on_cancel_is_spared_by_a_shield_around_its_task),
      TEST(on_cancel_is_not_called_again_after_switching),
      TEST(an_on_cancel_of_its_own_cancellation_is_not_spared),
      TEST(a_task_may_be_shielded_before_its_first_step),
      TEST(a_task_that_starts_cancelled_may_shield_itself),
      TEST(a_shield_in_a_task_spares_its_waits_only),
      TEST(a_shielded_queued_task_starts),
      TEST(a_shielded_task_is_queued_in_a_cancelled_group),
      TEST(a_queued_task_that_loses_its_shield_never_starts),
      TEST(a_queued_task_that_was_cancelled_never_starts),
      TEST(a_queued_task_may_be_shielded_in_time),
      TEST(the_reason_follows_the_shield),
      TEST(what_ended_for_a_hidden_cancellation_says_so),
      TEST(a_shielded_node_absorbs_its_own_cancellation),
      TEST(without_its_shield_the_node_around_it_absorbs),
      TEST(with_a_shield_switched_on_it_absorbs_itself),
      TEST(with_a_shield_switched_on_an_inner_node_absorbs),
      TEST(with_a_shield_switched_on_a_scope_of_a_task_absorbs),
      TEST(a_shielded_node_answers_for_its_own_cancellation),
      TEST(what_ran_to_its_end_in_a_shield_is_completed),
      TEST(a_body_that_was_reached_ends_cancelled_behind_a_shield),
      TEST(a_task_that_was_reached_ends_cancelled_behind_a_shield),
      TEST(what_was_not_reached_behind_a_shield_has_failed),
      TEST(an_error_in_a_shield_is_not_absorbed),
      TEST(a_shielded_task_is_cancelled_alone),
      TEST(a_task_that_is_hidden_and_cancelled_is_cancelled_alone),
      TEST(the_effective_deadline_stops_at_a_shield),
      TEST(the_effective_deadline_of_a_hidden_cancellation_is_none),
      TEST(the_effective_deadline_passes_a_shield_without_grace),
      TEST(a_deadlock_passes_every_shield),
      TEST(no_shield_holds_after_a_deadlock),
      TEST(a_deadlock_passes_into_cleanups),
      TEST(what_ignores_a_deadlock_stays),
      TEST(switching_answers_what_it_did),
      TEST(a_cleanups_shield_is_not_switched),
      TEST(what_is_ending_is_not_shielded),
      TEST(a_deep_tree_is_hidden_and_revealed),
  };
  return cmocka_run_group_tests_name("shield", tests, NULL, NULL);
}
