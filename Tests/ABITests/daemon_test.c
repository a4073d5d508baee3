/* Daemons: tasks that do not keep their group open, nor the loop going (L3, S8). */
#include "support.h"

#include <uv.h>

static roost_group g, h;
static roost_scope s;
static roost_task task, other;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }
static void finish_task(void) { assert_int_equal(roost_finish(task, 7, NULL, NULL), 0); }

static int tell_reason(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d:%s", (char *)name, (int)why->origin, why->name);
  return 0;
}

#define daemon_task(group, ...) spawn(group, __VA_ARGS__, .daemon = 1)
/* One that goes on until it is cancelled, and says why. */
#define endless_daemon(group, name)                                                                \
  daemon_task(group, name, .answers = ROOST_PENDING, .on_cancel = tell_reason)

/* ---------------------------------------------------------------------------------------------- */
/* At the join                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* L3: each is cancelled by itself, when the others have ended; the group is not. */
static void daemons_are_cancelled_when_the_others_have_ended(void **state) {
  (void)state;
  g = group(root, "g");
  task = endless_daemon(g, "d");
  endless_daemon(g, "e");
  spawn(g, "a", .lasts = SECONDS(1));
  spawn(g, "b", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("d+ e+ a+ b+ @1000 a- @2000 b- d:10:g e:10:g g=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.called, 0);
  assert_int_equal(last.caught, 0);
  assert_int_equal(last.reason.origin, 0);
}

static void see_outcome(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)result;
  (void)data;
  roost_outcome outcome = outcome_of(task);
  assert_int_equal(outcome.state, ROOST_CANCELLED);
  assert_int_equal(outcome.reason->origin, ROOST_PARENT_JOIN);
  assert_int_equal(outcome.reason->node.id, g.id);
  note("seen");
}

/* L3, L5a, C9: which its outcome says. */
static void the_outcome_of_a_daemon_says_why(void **state) {
  (void)state;
  g = group(root, "g");
  task = daemon_task(g, "d", .lasts = SECONDS(9));
  on_end(task, root, "end");
  assert_int_equal(roost_join(g, 0, see_outcome, NULL, NULL), 0);
  run();
  assert_log("d+ d! seen end=ETASKCANCELLED");
}

/* L3, G1: nothing happens to them before the join. */
static void before_the_join_they_run_on(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(3));
  spawn(g, "a", .lasts = SECONDS(1));
  after(root, SECONDS(5), "w");
  run();
  assert_log("d+ a+ @1000 a- @3000 d- @5000 w=0");
  join(g, 0);
  run();
  assert_log("g=0");
}

/* L3, C6a: one that has not begun takes its first step. */
static void a_daemon_alone_takes_its_first_step(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("d+ d! g=0");
}

static int ends_well(roost_task self, const roost_reason *why, void *name) {
  (void)why;
  note("%s:told", (char *)name);
  assert_int_equal(roost_finish(self, 7, NULL, NULL), 0);
  return 0;
}

/* L3, C4: it may end well in spite of it. */
static void a_daemon_may_end_well(void **state) {
  (void)state;
  g = group(root, "g");
  task = daemon_task(g, "d", .answers = ROOST_PENDING, .on_cancel = ends_well);
  on_end(task, root, "end");
  join(g, 0);
  run();
  assert_log("d+ d:told g=0 end=7");
}

/* L3, T2: one that ignores it is waited for. */
static void a_daemon_that_ignores_it_is_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  task = daemon_task(g, "d", .answers = ROOST_PENDING);
  cleanup(g, "of g");
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  act(SECONDS(5), finish_task);
  run();
  assert_log("d+ a+ @1000 a- @5000 of g:completed g=0");
}

/* L3, T2, G6: so are its cleanups; those of the group come after. */
static void a_daemons_cleanups_are_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "of g");
  cleanup(daemon_task(g, "d", .lasts = SECONDS(9)), "of d", .lasts = SECONDS(2));
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 a- d! of d:cancelled @3000 of d- of g:completed g=0");
}

/* L3, C13: one that was cancelled alone before is over. */
static void a_daemon_may_be_cancelled_alone(void **state) {
  (void)state;
  g = group(root, "g");
  task = endless_daemon(g, "d");
  spawn(g, "a", .lasts = SECONDS(2));
  join(g, 0);
  act(SECONDS(1), cancel_task);
  run();
  assert_log("d+ a+ @1000 d:1:d @2000 a- g=0");
}

/* L3, C10: the cancellation is its own, and no shield holds that off. */
static void a_shield_does_not_hold_that_off(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9), .shield = 1);
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(3), .shield = 1);
  join(g, 0);
  run();
  assert_log("d+ a+ b+ @1000 a- @3000 b- d! g=EIO[a:EIO]");
}

/* ---------------------------------------------------------------------------------------------- */
/* What holds them                                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* L3, L2: queued tasks do; daemons are never queued, and take no place. */
static void queued_tasks_hold_the_daemons(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  daemon_task(g, "d", .lasts = SECONDS(9));
  spawn(g, "a", .lasts = SECONDS(1));
  spawn(g, "b", .lasts = SECONDS(1));
  daemon_task(g, "e", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("d+ a+ e+ @1000 a- b+ @2000 b- d! e! g=0");
}

/* L3, L2: the end of a daemon makes no room. */
static void the_end_of_a_daemon_makes_no_room(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  daemon_task(g, "d", .lasts = SECONDS(1));
  spawn(g, "a", .lasts = SECONDS(3));
  spawn(g, "b", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 d- @3000 a- b+ @4000 b- g=0");
}

/* L3, K3: a task's cleanups do, as long as it has not ended. */
static void the_cleanups_of_others_hold_the_daemons(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9));
  cleanup(spawn(g, "a", .lasts = SECONDS(1)), "c", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 a- c:completed @3000 c- d! g=0");
}

static void spawn_b(roost_task self) {
  (void)self;
  spawn(g, "b", .lasts = SECONDS(3));
}

/* L3, G6: a task that a daemon has spawned in time does. */
static void what_a_daemon_spawns_holds_it(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9), .body = spawn_b);
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("d+ a+ b+ @1000 a- @3000 b- d! g=0");
}

/* L3, T1d: open groups do, which the join closes. */
static void open_groups_hold_the_daemons(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9));
  h = group(g, "h");
  spawn(h, "a", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("d+ a+ @2000 a- d! g=0");
}

static void join_h(void) { join(h, 0); }

/* L3, T1d: so does one that is joined already, and a scope with something in it. */
static void groups_that_are_joined_hold_the_daemons(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9));
  s = scope(g, "s");
  cleanup(s, "c", .lasts = SECONDS(3));
  h = group(g, "h");
  spawn(h, "a", .lasts = SECONDS(2));
  join_h();
  join(g, 0);
  run();
  assert_log("d+ a+ c:completed @2000 a- h=0 @3000 c- d! g=0");
}

/* L3: a daemon in an inner group is cancelled when that has nothing else, before the outer's. */
static void inner_groups_let_their_daemons_go_first(void **state) {
  (void)state;
  g = group(root, "g");
  endless_daemon(g, "d");
  h = group(g, "h");
  endless_daemon(h, "e");
  spawn(h, "a", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("d+ e+ a+ @2000 a- e:10:h d:10:g g=0");
}

static void open_late(roost_task self) {
  (void)self;
  h = group(g, "h");
  spawn(h, "b", .lasts = SECONDS(3));
}

/* T1d, L3: what a task has opened late is closed when no ordinary task is left; that holds them. */
static void groups_opened_late_hold_the_daemons(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9));
  spawn(g, "a", .lasts = SECONDS(1), .body = open_late);
  join(g, 0);
  run();
  assert_log("d+ a+ b+ @1000 a- @3000 b- d! g=0");
}

/* T1d, L3: the same when a daemon has opened it: daemons do not count. */
static void groups_that_a_daemon_opens_late_are_closed(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9), .body = open_late);
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("d+ a+ b+ @1000 a- @3000 b- d! g=0");
}

static void open_a_scope_late(roost_task self) {
  (void)self;
  s = scope(g, "s");
  after(s, SECONDS(3), "w");
}

/* T1d, S2b: a scope is closed at once; its waits keep it not open. */
static void scopes_that_a_daemon_opens_late_are_closed(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9), .body = open_a_scope_late);
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 a- d! g=0");
}

static int spawn_from_the_filter(roost_group group, const roost_error *error, void *data) {
  (void)data;
  note("?%s", error->name);
  spawn(group, "b", .lasts = SECONDS(1));
  return ROOST_RECORD_ERROR;
}

/* L3, G2: an error for which the filter was not asked yet: it might spawn. */
static void an_error_before_its_filter_holds_the_daemons(void **state) {
  (void)state;
  g = group(root, "g", .filter = spawn_from_the_filter);
  daemon_task(g, "d", .lasts = SECONDS(9));
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 a- ?a b+ @2000 b- d! g=EIO[a:EIO]");
}

/* ---------------------------------------------------------------------------------------------- */
/* Afterwards                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static int never(roost_task self, void *data) {
  (void)self;
  (void)data;
  note("never");
  return 0;
}

static int try_to_go_on(roost_task self, const roost_reason *why, void *name) {
  (void)why;
  (void)name;
  roost_node none;
  assert_refused(ROOST_ECLOSED, roost_spawn, (g, ROOST_TASK(.start = never), NULL));
  assert_refused(ROOST_ECLOSED, roost_spawn, (g, ROOST_TASK(.start = never, .daemon = 1), NULL));
  assert_refused(ROOST_ECLOSED, roost_group_open, (g, NULL, &none));
  assert_refused(ROOST_ECLOSED, roost_scope_open, (g, NULL, &none));
  h = group(self, "h");
  spawn(h, "b", .lasts = SECONDS(1), .shield = 1);
  join_h();
  return 0;
}

/* L3: the group takes nothing more; a daemon may still open what is its own. */
static void the_group_takes_nothing_more(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .answers = ROOST_PENDING, .on_cancel = try_to_go_on);
  join(g, 0);
  run();
  assert_log("d+ b+ @1000 b- h=0 g=0");
}

static void spawn_refused(void) {
  assert_refused(ROOST_ECLOSED, roost_spawn, (g, ROOST_TASK(.start = never), NULL));
  note("refused");
}

/* L3, G6: from then on to its end. */
static void it_stays_so(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(daemon_task(g, "d", .lasts = SECONDS(9)), "c", .lasts = SECONDS(3));
  join(g, 0);
  act(SECONDS(1), spawn_refused);
  run();
  assert_log("d+ d! c:cancelled @1000 refused @3000 c- g=0");
}

static void spawn_another_daemon(void) { daemon_task(g, "e", .lasts = SECONDS(9)); }

/* L3, G6: the twin: before, a group that is joined takes daemons too. */
static void a_joined_group_takes_daemons(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(2));
  join(g, 0);
  act(SECONDS(1), spawn_another_daemon);
  run();
  assert_log("a+ @1000 e+ @2000 a- e! g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* What they count for                                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* L3, G2: their errors count like any. */
static void an_error_of_a_daemon_cancels_the_rest(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "a", .lasts = SECONDS(9));
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 d- a! g=EIO^[d:EIO]");
  assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
}

/* L3, G3: also those at the join. */
static void an_error_of_a_daemon_at_the_join_is_listed(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  daemon_task(g, "e", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY);
  spawn(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("d+ e+ a+ @1000 a- d! e! g=EIO[d:EIO e:EBUSY]");
  assert_int_equal(last.state, ROOST_FAILED);
}

/* L3, K3a: and of their cleanups. */
static void an_error_of_a_daemons_cleanup_is_listed(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(daemon_task(g, "d", .lasts = SECONDS(9)), "c", .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("d+ d! c:cancelled g=EIO[cleanup of d:EIO]");
}

/* L3, D2a: and of their own deadlines. */
static void a_daemon_may_be_timed_out(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  daemon_task(g, "d", .lasts = SECONDS(9), .timeout_ns = SECONDS(1));
  daemon_task(g, "e", .lasts = SECONDS(9), .timeout_ns = SECONDS(1), .move_on = 1);
  spawn(g, "a", .lasts = SECONDS(2));
  join(g, 0);
  run();
  assert_log("d+ e+ a+ @1000 d! e! @2000 a- g=ETIMEDOUT[d:ETIMEDOUT]");
}

/* L3: the group's result is that of the others. */
static void the_result_is_that_of_the_others(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  daemon_task(g, "d", .lasts = SECONDS(9));
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 a- d! g=EIO[a:EIO]");
  assert_int_equal(last.called, 0);
}

static void cancel_g_and_join_both(void) {
  cancel_g();
  join(h, 0);
  join(g, 0);
}

/* G5a: cut short from around, it counts for the one that absorbs, and never for the answer. */
static void a_daemon_cut_short_from_around_is_no_answer(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  daemon_task(h, "d", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_g_and_join_both);
  run();
  assert_log("d+ @1000 d! h=0 g=0^");
}

/* G5a: the twin: an ordinary task beside it is. */
static void a_task_cut_short_beside_a_daemon_is_one(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  daemon_task(h, "d", .lasts = SECONDS(9));
  spawn(h, "a", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_g_and_join_both);
  run();
  assert_log("d+ a+ @1000 d! a! h=ECANCELED g=0^");
}

static void cancel_h(void) { assert_int_equal(roost_cancel(h, NULL), 0); }
static void join_both(void) {
  join_h();
  join(g, 0);
}

/* G5a, C7, C8: cut short by the cancellation of its group, it counts further out, where that is
 * absorbed in the end. */
static void a_daemon_cut_short_counts_where_it_is_absorbed(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  daemon_task(h, "d", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_h);
  act(SECONDS(2), cancel_g);
  act(SECONDS(3), join_both);
  run();
  assert_log("d+ @1000 d! @3000 h=0 g=0^");
}

/* G5a, C8: cut short with the group itself. */
static void a_daemon_cut_short_with_its_group_is_caught(void **state) {
  (void)state;
  g = group(root, "g");
  daemon_task(g, "d", .lasts = SECONDS(9));
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("d+ a+ @1000 a- d! g=EIO^[a:EIO]");
}

/* G7: with a group that its task leaves open it is cancelled like all. */
static void leave_open(roost_task self) {
  h = group(self, "h");
  endless_daemon(h, "d");
}

static void a_daemon_may_be_left_open(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .body = leave_open);
  join(g, 0);
  run();
  assert_log("a+ d+ @1000 a- d:4:h g=EUNCLOSED[a:EUNCLOSED[h:EUNCLOSED]]");
}

/* ---------------------------------------------------------------------------------------------- */
/* S8: the loop                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* S8: the loop ends with daemons alive, and closing ends them. */
static void daemons_do_not_keep_the_loop(void **state) {
  (void)state;
  task = daemon_task(root, "d", .lasts = SECONDS(9));
  other = endless_daemon(root, "e");
  after(root, SECONDS(1), "w");
  run();
  assert_log("d+ e+ @1000 w=0");
  assert_int_equal(outcome_of(task).state, ROOST_ALIVE);
  assert_int_equal(close_now(), 0);
  assert_log("d! e:6:root");
}

/* S8: they go on when it runs again. */
static void daemons_go_on_when_the_loop_does(void **state) {
  (void)state;
  task = daemon_task(root, "d", .lasts = SECONDS(2));
  after(root, SECONDS(1), "w");
  run();
  after(root, SECONDS(3), "w");
  run();
  assert_log("d+ @1000 w=0 @2000 d- @4000 w=0");
}

/* S8: nor a loop that is borrowed; closing ends them there, too. */
static void daemons_do_not_keep_a_borrowed_loop(void **state) {
  (void)state;
  uv_loop_t loop;
  assert_int_equal(close_now(), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &rt), 0);
  root = roost_root(rt);
  beginning = roost_now(rt);
  daemon_task(root, "d", .lasts = SECONDS(9));
  after(root, SECONDS(1), "w");
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("d+ @1000 w=0");
  assert_int_equal(close_now(), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("d!");
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void open_and_wait(roost_task self) {
  s = scope(self, "s");
  after(s, SECONDS(5), "in s");
  h = group(s, "h");
  after(h, SECONDS(5), "in h");
}

/* S8: nor do the waits that are theirs, in what they have opened too. */
static void waits_of_daemons_do_not_keep_the_loop(void **state) {
  (void)state;
  daemon_task(root, "d", .lasts = SECONDS(9), .body = open_and_wait);
  after(root, SECONDS(1), "w");
  run();
  assert_log("d+ @1000 w=0");
}

static void open_and_spawn(roost_task self) {
  h = group(self, "h");
  spawn(h, "a", .lasts = SECONDS(5));
}

/* S8: an ordinary task does, beneath a daemon too. */
static void a_task_of_a_daemon_keeps_the_loop(void **state) {
  (void)state;
  daemon_task(root, "d", .lasts = SECONDS(9), .body = open_and_spawn);
  after(root, SECONDS(1), "w");
  run();
  assert_log("d+ a+ @1000 w=0 @5000 a-");
}

static void open_and_join(roost_task self) {
  h = group(self, "h");
  cleanup(h, "of h", .lasts = SECONDS(5));
  join_h();
}

/* S8: so does a join that is under way. */
static void a_join_of_a_daemon_keeps_the_loop(void **state) {
  (void)state;
  daemon_task(root, "d", .lasts = SECONDS(9), .body = open_and_join);
  after(root, SECONDS(1), "w");
  run();
  assert_log("d+ of h:completed @1000 w=0 @5000 of h- h=0");
}

/* S8: and a wait of another's for the daemon's end. */
static void waiting_for_a_daemon_keeps_the_loop(void **state) {
  (void)state;
  task = daemon_task(root, "d", .lasts = SECONDS(9));
  on_end(task, root, "end");
  run();
  assert_log("d+ @9000 d- end=0");
}

/* S8: the deadline of a daemon does not either. */
static void the_deadline_of_a_daemon_does_not_keep_the_loop(void **state) {
  (void)state;
  daemon_task(root, "d", .lasts = SECONDS(9), .timeout_ns = SECONDS(5));
  after(root, SECONDS(1), "w");
  run();
  assert_log("d+ @1000 w=0");
}

static void note_closed(const roost_result *result, void *data) {
  (void)data;
  note("closed=%s", code_name(result->code));
}

static void close_with(int64_t patience) {
  roost_runtime closing = rt;
  assert_int_equal(roost_close(closing, patience, note_closed, NULL, NULL), 0);
  rt.id = 0;
}

/* S8a, L3: closing with patience waits for the others, and joins; the daemons do not use it up. */
static void closing_with_patience_does_not_wait_for_daemons(void **state) {
  (void)state;
  endless_daemon(root, "d");
  spawn(root, "a", .lasts = SECONDS(1));
  cleanup(root, "of root");
  close_with(SECONDS(5));
  assert_log("d+ a+ @1000 a- d:10:root of root:completed closed=0");
}

/* S8a, C12: at once, it is the shutdown that reaches them. */
static void closing_at_once_cancels_daemons(void **state) {
  (void)state;
  endless_daemon(root, "d");
  spawn(root, "a", .lasts = SECONDS(1));
  close_with(0);
  assert_log("d+ a+ d:6:root a! closed=0");
}

/* B1 */
static void a_daemon_or_not(void **state) {
  (void)state;
  assert_refused(ROOST_EINVAL, roost_spawn, (root, ROOST_TASK(.start = never, .daemon = 2), NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(daemons_are_cancelled_when_the_others_have_ended),
      TEST(the_outcome_of_a_daemon_says_why),
      TEST(before_the_join_they_run_on),
      TEST(a_daemon_alone_takes_its_first_step),
      TEST(a_daemon_may_end_well),
      TEST(a_daemon_that_ignores_it_is_waited_for),
      TEST(a_daemons_cleanups_are_waited_for),
      TEST(a_daemon_may_be_cancelled_alone),
      TEST(a_shield_does_not_hold_that_off),
      TEST(queued_tasks_hold_the_daemons),
      TEST(the_end_of_a_daemon_makes_no_room),
      TEST(the_cleanups_of_others_hold_the_daemons),
      TEST(what_a_daemon_spawns_holds_it),
      TEST(open_groups_hold_the_daemons),
      TEST(groups_that_are_joined_hold_the_daemons),
      TEST(inner_groups_let_their_daemons_go_first),
      TEST(groups_opened_late_hold_the_daemons),
      TEST(groups_that_a_daemon_opens_late_are_closed),
      TEST(scopes_that_a_daemon_opens_late_are_closed),
      TEST(an_error_before_its_filter_holds_the_daemons),
      TEST(the_group_takes_nothing_more),
      TEST(it_stays_so),
      TEST(a_joined_group_takes_daemons),
      TEST(an_error_of_a_daemon_cancels_the_rest),
      TEST(an_error_of_a_daemon_at_the_join_is_listed),
      TEST(an_error_of_a_daemons_cleanup_is_listed),
      TEST(a_daemon_may_be_timed_out),
      TEST(the_result_is_that_of_the_others),
      TEST(a_daemon_cut_short_from_around_is_no_answer),
      TEST(a_task_cut_short_beside_a_daemon_is_one),
      TEST(a_daemon_cut_short_counts_where_it_is_absorbed),
      TEST(a_daemon_cut_short_with_its_group_is_caught),
      TEST(a_daemon_may_be_left_open),
      TEST(daemons_do_not_keep_the_loop),
      TEST(daemons_go_on_when_the_loop_does),
      TEST(daemons_do_not_keep_a_borrowed_loop),
      TEST(waits_of_daemons_do_not_keep_the_loop),
      TEST(a_task_of_a_daemon_keeps_the_loop),
      TEST(a_join_of_a_daemon_keeps_the_loop),
      TEST(waiting_for_a_daemon_keeps_the_loop),
      TEST(the_deadline_of_a_daemon_does_not_keep_the_loop),
      TEST(closing_with_patience_does_not_wait_for_daemons),
      TEST(closing_at_once_cancels_daemons),
      TEST(a_daemon_or_not),
  };
  return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
