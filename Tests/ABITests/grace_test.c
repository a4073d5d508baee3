/* C11 and K2b: how long a shield holds, a cleanup's included. */
#include "support.h"

#include <string.h>

static roost_group g, h;
static roost_scope s, u, v;
static roost_task task, sweeping;
static roost_wait wait;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_h(void) { assert_int_equal(roost_cancel(h, NULL), 0); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

static void shield_s(void) { assert_int_equal(roost_set_shield(s, 1), 0); }
static void unshield_s(void) { assert_int_equal(roost_set_shield(s, 0), 0); }
static void finish_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }
static void wake_seven(void) { assert_int_equal(roost_wake(wait, 7), 0); }
static void say_cancelled_s(void) { note("%d", roost_cancelled(s)); }

static void remember(roost_task self) { sweeping = self; }
static void finish_sweep(void) { assert_int_equal(roost_finish(sweeping, 0, NULL, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* C11: the moment                                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* C11: a shield holds until the cancellation plus the grace. */
static void a_shield_holds_for_its_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  h = group(g, "h", .shield = 1);
  s = scope(g, "s", .shield = 1);
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  spawn(h, "b", .lasts = SECONDS(9));
  after(s, SECONDS(9), "w");
  act(SECONDS(1), cancel_g);
  act(MS(2999), say_cancelled_s);
  act(SECONDS(3), say_cancelled_s);
  run();
  assert_log("a+ b+ @2999 0 @3000 1 b! w=ECANCELED a!");
  assert_int_equal(reason_of(s).node.id, g.id);
}

/* C11: no grace at all is no bound. */
static void without_a_grace_a_shield_holds_for_ever(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  after(s, SECONDS(1000000), "w");
  cancel_g();
  run();
  assert_log("@1000000000 w=0");
}

static int64_t cut_at;

static void see_cut(roost_wait it, int rc, void *data) {
  (void)it;
  (void)data;
  cut_at = rc == ROOST_ECANCELED ? (int64_t)roost_now(rt) : -1;
}

/* How long after now a wait of twenty seconds in a node is cut short, in milliseconds; -1: it is
 * not. */
static int64_t time_until_cut(roost_node in) {
  int64_t begun = (int64_t)roost_now(rt);
  cut_at = -2;
  assert_int_equal(roost_after(in, SECONDS(20), see_cut, NULL, NULL, NULL), 0);
  run();
  assert_int_not_equal(cut_at, -2);
  return cut_at < 0 ? cut_at : (cut_at - begun) / ROOST_MILLISECOND;
}

/* C11: the shorter of the one at the cancelled node and the one at the shield. */
static void the_shorter_grace_counts(void **state) {
  (void)state;
  static const struct {
    int64_t outer, inner, cut;
  } cases[] = {
      {SECONDS(2), 0, 2000},          /* inherited */
      {0, SECONDS(2), 2000},          /* overridden: no bound around it */
      {SECONDS(2), SECONDS(5), 2000}, /* longer at the shield */
      {SECONDS(5), SECONDS(2), 2000}, /* shorter at the shield */
      {SECONDS(2), ROOST_FOREVER, 2000},
      {ROOST_FOREVER, SECONDS(2), 2000},
      {ROOST_FOREVER, 0, -1},
      {ROOST_FOREVER, ROOST_FOREVER, -1},
      {0, 0, -1},
      {ROOST_NOW, 0, 0},
      {ROOST_NOW, SECONDS(5), 0},
      {ROOST_NOW, ROOST_FOREVER, 0},
      {SECONDS(5), ROOST_NOW, 0},
      {ROOST_FOREVER, ROOST_NOW, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    g = group(root, "g", .grace_ns = cases[i].outer);
    s = scope(g, "s", .shield = 1, .grace_ns = cases[i].inner);
    cancel_g();
    assert_int_equal(time_until_cut(s), cases[i].cut);
  }
}

/* C11: a node has the grace of what it is opened in, at any depth. */
static void a_grace_is_inherited(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .grace_ns = SECONDS(2));
  u = scope(h, "u");
  roost_group inner = group(u, "inner");
  s = scope(inner, "s", .shield = 1);
  cancel_g();
  assert_int_equal(time_until_cut(s), 2000);

  g = group(root, "g");
  h = group(g, "h", .grace_ns = SECONDS(2));
  u = scope(h, "u", .grace_ns = SECONDS(4));
  s = scope(u, "s", .shield = 1);
  v = scope(u, "v", .shield = 1, .grace_ns = ROOST_FOREVER);
  cancel_g();
  assert_int_equal(time_until_cut(s), 4000);
  assert_int_equal(roost_cancelled(v), 0);
}

/* C11: that of the root comes with the runtime, and ends at whoever has another. */
static void the_runtime_may_have_a_grace(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .grace_ns = SECONDS(2)), &rt),
      0);
  root = roost_root(rt);
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  cancel_g();
  assert_int_equal(time_until_cut(s), 2000);
  g = group(root, "g", .grace_ns = ROOST_FOREVER);
  s = scope(g, "s", .shield = 1);
  cancel_g();
  assert_int_equal(time_until_cut(s), -1);
}

/* C11: of several cancelled nodes around it, the earliest moment counts. */
static void the_earliest_moment_counts(void **state) {
  (void)state;
  static const struct {
    int64_t outer_grace, inner_grace, shield_grace;
    int64_t outer_at, inner_at, cut;
  } cases[] = {
      {SECONDS(5), SECONDS(5), 0, SECONDS(1), SECONDS(3), 6000},
      {SECONDS(5), SECONDS(5), 0, SECONDS(3), SECONDS(1), 6000},
      {SECONDS(9), SECONDS(2), SECONDS(9), SECONDS(1), SECONDS(3), 5000},
      {SECONDS(2), SECONDS(9), SECONDS(9), SECONDS(3), SECONDS(1), 5000},
      {SECONDS(9), SECONDS(9), SECONDS(4), SECONDS(1), SECONDS(3), 5000},
      {SECONDS(9), SECONDS(9), SECONDS(4), SECONDS(3), SECONDS(1), 5000},
      {SECONDS(3), SECONDS(9), SECONDS(5), SECONDS(1), SECONDS(2), 4000},
      {SECONDS(9), ROOST_NOW, SECONDS(9), SECONDS(1), SECONDS(3), 3000},
      {ROOST_FOREVER, SECONDS(2), ROOST_FOREVER, SECONDS(1), SECONDS(3), 5000},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    g = group(root, "g", .grace_ns = cases[i].outer_grace);
    h = group(g, "h", .grace_ns = cases[i].inner_grace);
    s = scope(h, "s", .shield = 1, .grace_ns = cases[i].shield_grace);
    act(cases[i].outer_at, cancel_g);
    act(cases[i].inner_at, cancel_h);
    assert_int_equal(time_until_cut(s), cases[i].cut);
  }
}

/* C11, C10: what a shield further out holds off does not count, until it does so no more. */
static void what_is_held_off_further_out_does_not_count(void **state) {
  (void)state;
  g = group(root, "g");
  u = scope(g, "u", .shield = 1);
  h = group(u, "h");
  s = scope(h, "s", .shield = 1, .grace_ns = SECONDS(8));
  cancel_g();
  act(SECONDS(5), cancel_h);
  assert_int_equal(time_until_cut(s), 13000);

  g = group(root, "g");
  u = scope(g, "u", .shield = 1, .grace_ns = SECONDS(10));
  h = group(u, "h");
  s = scope(h, "s", .shield = 1, .grace_ns = SECONDS(8));
  cancel_g();
  act(SECONDS(5), cancel_h);
  assert_int_equal(time_until_cut(s), 10000);
}

/* C11: when the grace of the cancelled node is over, none beneath it holds, however nested and
 * whatever grace of its own it has. */
static void no_shield_outlasts_the_grace_of_the_cancelled_node(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  u = scope(g, "u", .shield = 1, .grace_ns = ROOST_FOREVER);
  v = scope(u, "v", .shield = 1, .grace_ns = SECONDS(9));
  s = scope(v, "s", .shield = 1, .grace_ns = ROOST_FOREVER);
  after(u, SECONDS(9), "in u");
  after(v, SECONDS(9), "in v");
  after(s, SECONDS(9), "in s");
  act(SECONDS(1), cancel_g);
  run();
  assert_log("@3000 in u=ECANCELED in v=ECANCELED in s=ECANCELED");
}

/* C11: when only that of a shield is over, the one in it holds as long as its own. */
static void an_inner_shield_may_hold_longer_than_an_outer_one(void **state) {
  (void)state;
  g = group(root, "g");
  u = scope(g, "u", .shield = 1, .grace_ns = SECONDS(2));
  s = scope(u, "s", .shield = 1, .grace_ns = SECONDS(4));
  v = scope(u, "v", .shield = 1, .grace_ns = ROOST_FOREVER);
  after(u, SECONDS(9), "in u");
  after(s, SECONDS(9), "in s");
  after(v, SECONDS(9), "in v");
  act(SECONDS(1), cancel_g);
  run();
  assert_log("@3000 in u=ECANCELED @5000 in s=ECANCELED @9000 in v=0");
}

/* C11: the grace counts from the cancellation, and not from the opening of the shield. */
static void a_shield_that_is_opened_later_has_the_rest(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(3));
  cancel_g();
  after(root, SECONDS(1), "later");
  run();
  assert_log("@1000 later=0");
  s = scope(g, "s", .shield = 1);
  assert_int_equal(roost_cancelled(s), 0);
  assert_int_equal(time_until_cut(s), 2000);
  s = scope(g, "s", .shield = 1, .grace_ns = ROOST_FOREVER);
  h = group(g, "h", .shield = 1);
  task = spawn(g, "a", .lasts = SECONDS(9), .shield = 1);
  assert_int_equal(roost_cancelled(s), 1);
  assert_int_equal(roost_cancelled(h), 1);
  assert_int_equal(roost_cancelled(task), 1);
  u = scope(h, "u");
  v = scope(u, "v", .shield = 1, .grace_ns = ROOST_FOREVER);
  assert_int_equal(roost_cancelled(v), 1);
  assert_int_equal(time_until_cut(s), 0);
}

static void open_in_what_is_opened_late(void) {
  s = scope(g, "s");
  u = scope(s, "u", .shield = 1, .grace_ns = SECONDS(5));
  after(u, SECONDS(20), "w");
  note("%d", roost_cancelled(u));
}

/* C11: nor from the opening of what it is in. The moment is one at which no other test cancels. */
static void a_shield_in_what_is_opened_later_has_the_rest(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(root, "h", .grace_ns = SECONDS(9));
  act(MS(1700), cancel_g);
  act(SECONDS(3), open_in_what_is_opened_late);
  run();
  assert_log("@3000 0 @6700 w=ECANCELED");
}

/* C11: by the grace of the shield alone. */
static void a_shield_that_is_opened_too_late_does_not_hold(void **state) {
  (void)state;
  g = group(root, "g");
  cancel_g();
  after(root, SECONDS(2), "later");
  run();
  assert_log("@2000 later=0");
  s = scope(g, "s", .shield = 1, .grace_ns = SECONDS(2));
  u = scope(g, "u", .shield = 1, .grace_ns = SECONDS(3));
  assert_int_equal(roost_cancelled(s), 1);
  assert_int_equal(roost_cancelled(u), 0);
  assert_int_equal(time_until_cut(u), 1000);
}

/* C11: a runtime in which nothing had a grace so far knows all the same who was cancelled when. */
static void the_first_grace_of_a_runtime_may_come_late(void **state) {
  (void)state;
  g = group(root, "g");
  u = scope(g, "u", .shield = 1);
  h = group(u, "h");
  v = scope(h, "v");
  cancel_g();
  act(SECONDS(1), cancel_h);
  after(root, SECONDS(2), "later");
  run();
  assert_log("@2000 later=0");
  s = scope(v, "s", .shield = 1, .grace_ns = SECONDS(4));
  assert_int_equal(roost_cancelled(s), 0);
  assert_int_equal(time_until_cut(s), 3000);
}

static void open_the_first_grace(roost_task self) {
  h = group(self, "h");
  cancel_h();
  s = scope(h, "s", .shield = 1, .grace_ns = SECONDS(2));
  after(s, SECONDS(9), "w");
  note("%d", roost_cancelled(s));
}

/* C11, K2: also where it is opened in the first step of a cleanup. */
static void the_first_grace_of_a_runtime_may_come_in_a_cleanup(void **state) {
  (void)state;
  act(SECONDS(5), cancel_g);
  g = group(root, "g");
  cleanup(spawn(g, "a", .lasts = SECONDS(1)), "c", .lasts = SECONDS(4),
          .body = open_the_first_grace);
  run();
  assert_log("a+ @1000 a- c:completed 0 @3000 w=ECANCELED @5000 c-");
}

/* C11, C10: the same of one that is switched on. It is on then, and holds nothing off. */
static void a_shield_that_is_switched_on_too_late_does_not_hold(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(3));
  s = scope(g, "s");
  u = scope(g, "u");
  cancel_g();
  act(SECONDS(1), shield_s);
  after(root, SECONDS(1), "later");
  run();
  assert_log("@1000 later=0");
  assert_int_equal(roost_cancelled(s), 0);
  assert_int_equal(time_until_cut(s), 2000);
  assert_int_equal(roost_set_shield(u, 1), 0);
  assert_int_equal(roost_cancelled(u), 1);
  assert_int_equal(roost_set_shield(u, 1), ROOST_ALREADY);
  assert_int_equal(roost_set_shield(u, 0), 0);
  assert_int_equal(roost_set_shield(u, 0), ROOST_ALREADY);
  assert_int_equal(roost_cancelled(u), 1);
}

/* C10, C11: switched off and on, it has the moment that it had. */
static void switching_off_and_on_gains_no_time(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(4));
  s = scope(g, "s", .shield = 1);
  after(s, SECONDS(9), "first");
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), unshield_s);
  act(SECONDS(3), shield_s);
  run();
  assert_log("@2000 first=ECANCELED");
  assert_int_equal(roost_cancelled(s), 0);
  assert_int_equal(time_until_cut(s), 2000);
}

/* C10, C11: an outer shield that goes leaves the inner one the time that is left since the outer
 * cancellation; one that comes back gives it back. */
static void switching_an_outer_shield_changes_the_moment_of_an_inner_one(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  h = group(s, "h");
  u = scope(h, "u", .shield = 1, .grace_ns = SECONDS(8));
  act(SECONDS(0), cancel_g);
  act(SECONDS(5), cancel_h);
  act(SECONDS(6), unshield_s);
  assert_int_equal(time_until_cut(u), 8000);

  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  h = group(s, "h");
  u = scope(h, "u", .shield = 1, .grace_ns = SECONDS(8));
  act(SECONDS(0), cancel_g);
  act(SECONDS(5), cancel_h);
  act(SECONDS(6), unshield_s);
  act(SECONDS(7), shield_s);
  assert_int_equal(time_until_cut(u), 13000);

  g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  h = group(s, "h");
  u = scope(h, "u", .shield = 1, .grace_ns = SECONDS(8));
  act(SECONDS(0), cancel_g);
  act(SECONDS(5), cancel_h);
  act(SECONDS(9), unshield_s);
  assert_int_equal(time_until_cut(u), 9000);
  shield_s();
  assert_int_equal(roost_cancelled(u), 0);
  assert_int_equal(time_until_cut(u), 4000);
}

/* C10, C11: hidden by an outer shield, an inner one has nothing to hold off, and no end. */
static void an_inner_shield_has_no_end_behind_an_outer_one(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  u = scope(s, "u", .shield = 1, .grace_ns = SECONDS(4));
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), shield_s);
  assert_int_equal(time_until_cut(u), -1);
  assert_int_equal(roost_cancelled(u), 0);
}

/* C11, L2a: a shielded task that is still queued when the grace is over never starts. */
static void a_queued_task_loses_its_shield_with_the_grace(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1, .grace_ns = SECONDS(2));
  task = spawn(g, "a", .answers = ROOST_PENDING);
  cleanup(spawn(g, "b", .lasts = SECONDS(9), .shield = 1), "of b");
  cancel_g();
  act(SECONDS(3), finish_task);
  join(g, 0);
  run();
  assert_log("a+ @2000 of b:cancelled:new @3000 g=0^");
}

/* C11, K7: a shielded task is told when its shield holds no more. */
static void a_shielded_task_is_told_when_its_grace_is_over(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  spawn(g, "a", .lasts = SECONDS(9), .shield = 1, .on_cancel = log_stop);
  spawn(g, "b", .lasts = SECONDS(9), .shield = 1, .on_cancel = log_stay);
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ b+ @3000 a:1 b:1 b! g=0^");
}

/* C11: what cannot be aborted is waited for (T2). */
static void a_wait_may_refuse_when_the_grace_is_over(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  s = scope(g, "s", .shield = 1);
  wait = park(s, "p", .abort = WILL_END);
  act(SECONDS(1), cancel_g);
  act(SECONDS(4), wake_seven);
  run();
  assert_log("@3000 p:abort @4000 p=7");
}

/* D1, C11: a deadline is a cancellation: the grace begins when it passes. */
static void the_grace_begins_when_a_deadline_passes(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2), .timeout_ns = SECONDS(3));
  s = scope(g, "s", .shield = 1);
  assert_int_equal(time_until_cut(s), 5000);
  assert_int_equal(reason_of(s).origin, ROOST_DEADLINE);
}

/* C12, C11: after a shutdown it begins when the patience is over. */
static void the_grace_begins_when_the_patience_is_over(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  s = scope(g, "s", .shield = 1);
  assert_int_equal(roost_shutdown(g, SECONDS(3)), 0);
  assert_int_equal(time_until_cut(s), 5000);
  assert_int_equal(reason_of(s).origin, ROOST_SHUTDOWN);
}

/* D4, C11: the end of a grace is something to jump to: no deadlock. */
static void the_end_of_a_grace_is_something_that_happens(void **state) {
  (void)state;
  static const int64_t graces[][2] = {{SECONDS(2), 0}, {0, SECONDS(2)}};
  for (size_t i = 0; i < COUNT(graces); i++) {
    g = group(root, "g", .grace_ns = graces[i][0]);
    s = scope(g, "s", .shield = 1, .grace_ns = graces[i][1]);
    park(s, "p");
    cancel_g();
    run();
    assert_log(i == 0 ? "@2000 p=ECANCELED" : "@4000 p=ECANCELED");
  }
}

/* C11, real: on the real clock too, somebody has to look when it is over. */
static void a_grace_ends_on_the_real_clock(void **state) {
  (void)state;
  static const int64_t graces[][2] = {{ROOST_MILLISECOND, 0}, {0, ROOST_MILLISECOND}};
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(NULL, &rt), 0);
  for (size_t i = 0; i < COUNT(graces); i++) {
    g = group(roost_root(rt), "g", .grace_ns = graces[i][0]);
    s = scope(g, "s", .shield = 1, .grace_ns = graces[i][1]);
    assert_int_equal(roost_after(s, ROOST_FOREVER, see_cut, NULL, NULL, NULL), 0);
    cut_at = -2;
    cancel_g();
    run();
    assert_true(cut_at > 0);
  }
}

/* C11: nothing cancelled: a grace does nothing. */
static void a_grace_alone_does_nothing(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = ROOST_NOW);
  s = scope(g, "s", .shield = 1);
  cleanup(spawn(g, "a"), "c", .lasts = SECONDS(1));
  assert_int_equal(time_until_cut(s), -1);
  assert_log("a+ c:completed @1000 c-");
}

/* In milliseconds after the beginning; -1 for none. */
static int64_t deadline_of(roost_node node) {
  uint64_t deadline;
  assert_int_equal(roost_effective_deadline(node, &deadline), 0);
  if (deadline == ROOST_FOREVER) return -1;
  return deadline == 0 ? 0 : (int64_t)(deadline - beginning) / ROOST_MILLISECOND;
}

/* D3, C11: a deadline that a shield holds off reaches what is in it when the grace is over. */
static void the_effective_deadline_counts_the_grace(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(3), .grace_ns = SECONDS(4));
  s = scope(g, "s", .shield = 1);
  u = scope(g, "u", .shield = 1, .grace_ns = SECONDS(2));
  v = scope(u, "v", .shield = 1, .grace_ns = SECONDS(1));
  assert_int_equal(deadline_of(s), 7000);
  assert_int_equal(deadline_of(u), 5000);
  assert_int_equal(deadline_of(v), 5000);
  assert_int_equal(time_until_cut(v), 5000);
  assert_int_equal(deadline_of(v), 0);
  assert_int_equal(deadline_of(s), 7000);
}

/* D3, C11: of nested shields the one that holds longest; none holds beyond the grace of the node
 * that has the deadline. */
static void the_effective_deadline_counts_the_longest_grace_that_holds(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(10));
  s = scope(g, "s", .shield = 1, .grace_ns = SECONDS(2));
  u = scope(s, "u", .shield = 1, .grace_ns = SECONDS(5));
  h = group(root, "h", .timeout_ns = SECONDS(10), .grace_ns = SECONDS(2));
  v = scope(h, "v", .shield = 1, .grace_ns = ROOST_FOREVER);
  assert_int_equal(deadline_of(s), 12000);
  assert_int_equal(deadline_of(u), 15000);
  assert_int_equal(deadline_of(v), 12000);
  after(v, SECONDS(20), "in v");
  assert_int_equal(time_until_cut(u), 15000);
  assert_log("@12000 in v=ECANCELED");
}

/* D3, C11: so does a cancellation that is held off. */
static void the_effective_deadline_is_that_of_a_hidden_cancellation(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(9), .grace_ns = SECONDS(4));
  s = scope(g, "s", .shield = 1);
  task = spawn(g, "a", .shield = 1, .grace_ns = SECONDS(2));
  cancel_g();
  assert_int_equal(deadline_of(s), 4000);
  assert_int_equal(deadline_of(task), 2000);
}

/* ---------------------------------------------------------------------------------------------- */
/* C7, C9: what is seen then                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* C9, C7: cancelled itself, the node absorbs while its shield holds; after that, what is around it
 * does, whose reason applies. */
static void a_node_absorbs_for_as_long_as_its_shield_holds(void **state) {
  (void)state;
  for (int ends_late = 0; ends_late < 2; ends_late++) {
    for (int inner_first = 0; inner_first < 2; inner_first++) {
      for (int outer_has_it = 0; outer_has_it < 2; outer_has_it++) {
        g = group(root, "g", .grace_ns = outer_has_it ? SECONDS(2) : 0);
        s = scope(g, "s", .shield = 1, .grace_ns = SECONDS(2));
        if (inner_first) assert_int_equal(roost_cancel(s, ROOST_CANCEL(.code = 2)), 0);
        assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 1)), 0);
        if (!inner_first) assert_int_equal(roost_cancel(s, ROOST_CANCEL(.code = 2)), 0);
        after(root, ends_late ? SECONDS(2) : SECONDS(1), "");
        run();
        clear_log();
        assert_int_equal(reason_of(s).code, ends_late ? 1 : 2);
        join(s, ROOST_ECANCELED);
        join(g, 0);
        run();
        assert_log(ends_late ? "s=ECANCELED g=0^" : "s=0^ g=0");
      }
    }
  }
}

/* C7, C11: cut short after the grace, it is the outer node that absorbs. */
static void what_the_end_of_a_grace_cuts_is_absorbed_further_out(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(1));
  h = group(g, "h", .shield = 1);
  spawn(h, "b", .lasts = SECONDS(9));
  cancel_g();
  join(h, 0);
  join(g, 0);
  run();
  assert_log("b+ @1000 b! h=ECANCELED g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* K2, K2b: cleanups                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* K2, C11: a cleanup that is through in time notices nothing. */
static void a_cleanup_within_its_grace_is_left_alone(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "c", .lasts = SECONDS(1), .on_cancel = log_stop);
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! c:cancelled @2000 c- g=0^");
}

/* K2b: beyond it, its waits are cancelled. */
static void a_cleanup_beyond_its_grace_is_cut(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "c", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! c:cancelled @3000 c! g=ECUT^[cleanup of a:ECUT]");
}

/* K2b: and its on_cancel is called, before its waits are told. */
static void a_cleanup_is_told_that_its_grace_is_over(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "c", .lasts = SECONDS(9), .on_cancel = log_stop);
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! c:cancelled @3000 c:1 g=ECUT^[cleanup of a:ECUT]");
}

/* K2b, T2: one that carries on is waited for, and may yet succeed. */
static void a_cleanup_may_carry_on_beyond_its_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "c", .answers = ROOST_PENDING, .body = remember,
          .on_cancel = log_stay);
  act(SECONDS(1), cancel_g);
  act(SECONDS(5), finish_sweep);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! c:cancelled @3000 c:1 @5000 g=0^");
}

/* K2b, T2: one without an on_cancel and without waits likewise. */
static void a_cleanup_that_cannot_be_told_is_waited_for(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "c", .answers = ROOST_PENDING, .body = remember);
  act(SECONDS(1), cancel_g);
  act(SECONDS(5), finish_sweep);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! c:cancelled @5000 g=0^");
}

static void park_refusing(roost_task self) {
  sweeping = self;
  wait = park(self, "p", .abort = WILL_END);
}

/* K2b, C14b: a cleanup's wait may refuse. */
static void a_cleanups_wait_may_refuse(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "c", .answers = ROOST_PENDING, .body = park_refusing);
  act(SECONDS(1), cancel_g);
  act(SECONDS(5), wake_seven);
  act(SECONDS(6), finish_sweep);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! c:cancelled @3000 p:abort @5000 p=7 @6000 g=0^");
}

static void say_cancelled(roost_task self) { note("%d", roost_cancelled(self)); }

/* K2, C11: without any grace cleanups still begin, in a task that is cancelled. */
static void without_any_grace_cleanups_begin_cancelled(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = ROOST_NOW);
  task = spawn(g, "a", .lasts = SECONDS(9));
  cleanup(task, "first", .lasts = SECONDS(1), .body = say_cancelled);
  cleanup(task, "second", .lasts = SECONDS(1), .body = say_cancelled, .on_cancel = log_stop);
  cleanup(task, "third", .body = say_cancelled, .on_cancel = log_stop);
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! third:cancelled 1 second:cancelled 1 second:1 first:cancelled 1 first! "
             "g=ECUT^[cleanup of a:ECUT cleanup of a:ECUT]");
}

/* K2, C11: one that begins when the grace is over begins all the same; the grace is one for all. */
static void all_cleanups_share_one_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  task = spawn(g, "a", .lasts = SECONDS(9));
  cleanup(task, "first", .lasts = SECONDS(1), .body = say_cancelled);
  cleanup(task, "second", .lasts = SECONDS(1), .body = say_cancelled);
  cleanup(task, "third", .lasts = MS(1500), .body = say_cancelled);
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! third:cancelled 0 @2500 third- second:cancelled 0 @3000 second! "
             "first:cancelled 1 first! g=ECUT^[cleanup of a:ECUT cleanup of a:ECUT]");
}

/* K2, C11: the grace of a cleanup is that of its node. */
static void a_cleanup_has_the_grace_of_its_node(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(spawn(g, "a", .lasts = SECONDS(9), .grace_ns = SECONDS(1)), "of a", .lasts = SECONDS(5));
  cleanup(spawn(g, "b", .lasts = SECONDS(9), .grace_ns = SECONDS(2)), "of b", .lasts = SECONDS(5));
  cleanup(spawn(g, "c", .lasts = SECONDS(9), .grace_ns = ROOST_FOREVER), "of c",
          .lasts = SECONDS(5));
  cancel_g();
  join(g, 0);
  run();
  assert_log("a+ b+ c+ a! b! c! of a:cancelled of b:cancelled of c:cancelled @1000 of a! @2000 "
             "of b! @5000 of c- g=ECUT^[cleanup of a:ECUT cleanup of b:ECUT]");
}

/* K2: those of groups and scopes too: their own cancellation counts like one around the cleanup. */
static void cleanups_of_groups_and_scopes_have_a_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  s = scope(root, "s", .grace_ns = SECONDS(1));
  cleanup(g, "of g", .lasts = SECONDS(9));
  cleanup(s, "of s", .lasts = SECONDS(9));
  cancel_g();
  cancel_s();
  join(g, 0);
  join(s, 0);
  run();
  assert_log("of g:completed of s:completed @1000 of s! s=ECUT[cleanup of s:ECUT] @2000 of g! "
             "g=ECUT[cleanup of g:ECUT]");
}

/* K2, C11: a cancellation that comes while the cleanup runs begins its grace. */
static void a_cancellation_during_a_cleanup_begins_its_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  task = spawn(g, "a");
  cleanup(task, "of a", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ of a:completed @3000 of a! g=ECUT[cleanup of a:ECUT]");
}

/* K2: the twin: of the task itself. */
static void cancelling_a_node_in_its_cleanups_begins_their_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2), .policy = ROOST_SUPERVISE);
  task = spawn(g, "a");
  cleanup(task, "of a", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_task);
  join(g, 0);
  run();
  assert_log("a+ of a:completed @3000 of a! g=ECUT[cleanup of a:ECUT]");
}

static void cancel_g_between_opening(roost_task self) {
  s = scope(self, "s");
  after(s, SECONDS(5), "in s");
  cancel_g();
  u = scope(self, "u");
  after(u, SECONDS(5), "in u");
  note("%d%d%d", roost_cancelled(self), roost_cancelled(s), roost_cancelled(u));
}

/* K2, C11: a cleanup that cancels what is around it, which has no grace, is reached at once, with
 * what it has open and opens later. */
static void a_cleanup_in_its_first_step_is_reached_too(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = ROOST_NOW);
  cleanup(spawn(g, "a", .grace_ns = ROOST_FOREVER), "c", .answers = ROOST_PENDING,
          .body = cancel_g_between_opening, .on_cancel = log_stop);
  join(g, 0);
  run();
  assert_log("a+ c:completed 111 c:1 in s=ECANCELED in u=ECANCELED "
             "g=ECUT[cleanup of a:ECUT cleanup of a:EUNCLOSED[u:EUNCLOSED s:EUNCLOSED]]");
}

/* K2, C11: the twin, with a grace around it. */
static void a_cleanup_in_its_first_step_is_sheltered_too(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = ROOST_FOREVER);
  cleanup(spawn(g, "a", .grace_ns = ROOST_FOREVER), "c", .lasts = SECONDS(6),
          .body = cancel_g_between_opening, .on_cancel = log_stop);
  assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
  run();
  assert_log("a+ c:completed 000 @5000 in s=0 in u=0 @6000 c-");
}

static void open_with_cleanups(roost_task self) {
  h = group(self, "h");
  cleanup(spawn(h, "b", .lasts = SECONDS(9)), "of b", .lasts = SECONDS(9));
  cleanup(h, "of h", .lasts = SECONDS(9));
  join(h, 0);
  cleanup(self, "of c", .lasts = SECONDS(9));
}

/* K2, C11: no cleanup beneath a cleanup has more time than that. */
static void cleanups_beneath_a_cleanup_gain_no_time(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "c", .body = open_with_cleanups);
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), cancel_h);
  join(g, 0);
  run();
  assert_log("a+ @1000 a! c:cancelled b+ @2000 b! of b:cancelled @3000 of b! of h:failed of h! "
             "h=ECUT[cleanup of b:ECUT cleanup of h:ECUT] of c:completed of c! "
             "g=ECUT^[cleanup of cleanup of a:ECUT]");
}

/* ---------------------------------------------------------------------------------------------- */
/* K2, D1: deadlines and cleanups                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static void move_deadlines(roost_task self) {
  assert_refused(ROOST_ECLOSED, roost_set_deadline, (task, roost_now(rt) + 1));
  assert_int_equal(roost_set_deadline(self, roost_now(rt) + (uint64_t)SECONDS(9)), 0);
}

/* K2: the node's own deadline does not reach its cleanups, and cannot be moved any more. */
static void a_nodes_own_deadline_does_not_reach_its_cleanups(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = ROOST_NOW);
  task = spawn(g, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(10));
  cleanup(task, "of a", .lasts = SECONDS(3), .body = move_deadlines);
  s = scope(g, "s", .timeout_ns = SECONDS(1));
  cleanup(s, "of s", .lasts = SECONDS(3));
  join(s, 0);
  run();
  assert_log("a+ of s:completed @3000 of s- s=0 @9000 a- of a:completed @12000 of a-");
}

/* K2: the twin: one that has cut the node short begins the grace of its cleanups. */
static void a_deadline_that_has_passed_begins_the_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(1));
  task = spawn(g, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(2));
  cleanup(task, "c", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("a+ @2000 a! c:failed @3000 c! g=ETIMEDOUT[a:ETIMEDOUT cleanup of a:ECUT]");
}

/* K2, C11: and so does one of a node around it, also while the cleanup runs. */
static void a_deadline_around_a_node_reaches_its_cleanups_after_the_grace(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(1), .timeout_ns = SECONDS(2));
  cleanup(spawn(g, "a"), "c", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("a+ c:completed @3000 c! g=ECUT[cleanup of a:ECUT]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_shield_holds_for_its_grace),
      TEST(without_a_grace_a_shield_holds_for_ever),
      TEST(the_shorter_grace_counts),
      TEST(a_grace_is_inherited),
      TEST(the_runtime_may_have_a_grace),
      TEST(the_earliest_moment_counts),
      TEST(what_is_held_off_further_out_does_not_count),
      TEST(no_shield_outlasts_the_grace_of_the_cancelled_node),
      TEST(an_inner_shield_may_hold_longer_than_an_outer_one),
      TEST(a_shield_that_is_opened_later_has_the_rest),
      TEST(a_shield_in_what_is_opened_later_has_the_rest),
      TEST(a_shield_that_is_opened_too_late_does_not_hold),
      TEST(the_first_grace_of_a_runtime_may_come_late),
      TEST(the_first_grace_of_a_runtime_may_come_in_a_cleanup),
      TEST(a_shield_that_is_switched_on_too_late_does_not_hold),
      TEST(switching_off_and_on_gains_no_time),
      TEST(switching_an_outer_shield_changes_the_moment_of_an_inner_one),
      TEST(an_inner_shield_has_no_end_behind_an_outer_one),
      TEST(a_queued_task_loses_its_shield_with_the_grace),
      TEST(a_shielded_task_is_told_when_its_grace_is_over),
      TEST(a_wait_may_refuse_when_the_grace_is_over),
      TEST(the_grace_begins_when_a_deadline_passes),
      TEST(the_grace_begins_when_the_patience_is_over),
      TEST(the_end_of_a_grace_is_something_that_happens),
      TEST(a_grace_ends_on_the_real_clock),
      TEST(a_grace_alone_does_nothing),
      TEST(the_effective_deadline_counts_the_grace),
      TEST(the_effective_deadline_counts_the_longest_grace_that_holds),
      TEST(the_effective_deadline_is_that_of_a_hidden_cancellation),
      TEST(a_node_absorbs_for_as_long_as_its_shield_holds),
      TEST(what_the_end_of_a_grace_cuts_is_absorbed_further_out),
      TEST(a_cleanup_within_its_grace_is_left_alone),
      TEST(a_cleanup_beyond_its_grace_is_cut),
      TEST(a_cleanup_is_told_that_its_grace_is_over),
      TEST(a_cleanup_may_carry_on_beyond_its_grace),
      TEST(a_cleanup_that_cannot_be_told_is_waited_for),
      TEST(a_cleanups_wait_may_refuse),
      TEST(without_any_grace_cleanups_begin_cancelled),
      TEST(all_cleanups_share_one_grace),
      TEST(a_cleanup_has_the_grace_of_its_node),
      TEST(cleanups_of_groups_and_scopes_have_a_grace),
      TEST(a_cancellation_during_a_cleanup_begins_its_grace),
      TEST(cancelling_a_node_in_its_cleanups_begins_their_grace),
      TEST(a_cleanup_in_its_first_step_is_reached_too),
      TEST(a_cleanup_in_its_first_step_is_sheltered_too),
      TEST(cleanups_beneath_a_cleanup_gain_no_time),
      TEST(a_nodes_own_deadline_does_not_reach_its_cleanups),
      TEST(a_deadline_that_has_passed_begins_the_grace),
      TEST(a_deadline_around_a_node_reaches_its_cleanups_after_the_grace),
  };
  return cmocka_run_group_tests_name("grace", tests, NULL, NULL);
}
