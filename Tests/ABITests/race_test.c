/* Races: the first success cancels the rest (G2b). */
#include "support.h"

static roost_group g, h;
static roost_task task, other;
static roost_node winner;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }
static void cancel_other(void) { assert_int_equal(roost_cancel(other, NULL), 0); }

/* Logs `g=0 by a with 7` where a has won. */
static void log_race(roost_node node, const roost_result *result, void *name) {
  log_result(node, result, name);
  winner = result->winner;
  if (winner.id != 0) {
    note("by %s with %d", result->winner_name, (int)result->winner_code);
    assert_true(result->winner_code >= 0);
  } else {
    assert_int_equal(result->winner_code, 0);
    assert_null(result->winner_result);
    assert_null(result->winner_name);
  }
}

static void join_race(roost_group race, int rc) {
  assert_int_equal(roost_join(race, rc, log_race, copy_name(race), drop_data), 0);
}

#define race(parent, ...) group(parent, __VA_ARGS__, .policy = ROOST_RACE)

/* Runs the race g, which nobody has joined yet. */
static void run_race(int rc) {
  join_race(g, rc);
  run();
}

/* ---------------------------------------------------------------------------------------------- */
/* Won                                                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* G2, G2b */
static void the_first_success_cancels_the_rest(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(2), .answers = 3);
  task = spawn(g, "b", .lasts = SECONDS(1), .answers = 7);
  spawn(g, "c", .lasts = SECONDS(9));
  run_race(0);
  assert_log("a+ b+ c+ @1000 b- a! c! g=0^ by b with 7");
  assert_int_equal(winner.id, task.id);
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.called, 1);
}

static int tell_reason(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  assert_int_equal(why->node.id, task.id);
  note("%s:%d/%d/%s", (char *)name, (int)why->origin, (int)why->code, why->name);
  return 0;
}

/* C9: the losers are told who has won, and with what. */
static void the_reason_names_the_winner(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(1), .answers = 7);
  spawn(g, "b", .answers = ROOST_PENDING, .on_cancel = tell_reason);
  run_race(0);
  assert_log("a+ b+ @1000 a- b:9/7/a g=0^ by a with 7");
  assert_int_equal(last.reason.origin, ROOST_RACE_WON);
  assert_int_equal(last.reason.code, 7);
  assert_int_equal(last.reason.node.id, task.id);
}

/* G2b, G2: cancelled is the group, so that what is spawned later starts cancelled. */
static void tasks_spawned_after_the_end_start_cancelled(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a");
  run();
  assert_int_equal(roost_cancel_called(g), 1);
  spawn(g, "late", .lasts = SECONDS(9));
  run_race(0);
  assert_log("a+ late+ late! g=0^ by a with 0");
}

/* G2b: an only task may win. */
static void one_task_is_a_race(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(1));
  run_race(0);
  assert_log("a+ @1000 a- g=0 by a with 0");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* G2a: it counts when the body ends, before the cleanups. */
static void a_success_counts_when_the_body_ends(void **state) {
  (void)state;
  g = race(root, "g");
  cleanup(spawn(g, "a", .lasts = SECONDS(1)), "c", .lasts = SECONDS(3));
  spawn(g, "b", .lasts = SECONDS(2));
  run_race(0);
  assert_log("a+ b+ @1000 a- b! c:completed @4000 c- g=0^ by a with 0");
}

/* G2a, C4: in one batch too; the second keeps its result, which is listed. */
static void of_two_in_one_batch_the_first_wins(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .answers = 1);
  spawn(g, "b", .lasts = SECONDS(1), .answers = 2);
  run_race(0);
  assert_log("a+ b+ @1000 a- b- g=0[b:2] by a with 1");
}

static void finish_other_then_task(void) {
  assert_int_equal(roost_finish(other, 2, NULL, NULL), 0);
  assert_int_equal(roost_cancelled(task), 1);
  assert_int_equal(roost_finish(task, 1, NULL, NULL), 0);
}

/* G2a, S2a: in one step too; the mark is made at once. */
static void of_two_in_one_step_the_first_wins(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING);
  other = spawn(g, "b", .answers = ROOST_PENDING);
  act(SECONDS(1), finish_other_then_task);
  run_race(0);
  assert_log("a+ b+ @1000 g=0[a:1] by b with 2");
}

/* G2b: the errors of those who lost are listed, and not raised. */
static void the_losers_errors_are_listed_and_not_raised(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(2), .answers = 7);
  spawn(g, "c", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY);
  spawn(g, "d", .lasts = SECONDS(9));
  run_race(0);
  assert_log("a+ b+ c+ d+ @1000 a- @2000 b- c! d! g=0^[a:EIO c:EBUSY] by b with 7");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.error_count, 2);
}

/* G2b: later successes are listed too, in the order of all. */
static void later_successes_are_listed(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .answers = 7);
  spawn(g, "b", .lasts = SECONDS(9), .if_cut = 8);
  spawn(g, "c", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  spawn(g, "d", .lasts = SECONDS(9), .if_cut = 9);
  run_race(0);
  assert_log("a+ b+ c+ d+ @1000 a- b! c! d! g=0[b:8 c:EIO d:9] by a with 7");
  assert_int_equal(last.error_count, 3);
}

/* G3: no more than the maximum; the winner is not one of them. */
static void what_losers_bring_counts_for_the_maximum(void **state) {
  (void)state;
  g = race(root, "g", .max_errors = 1);
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
  spawn(g, "c", .lasts = SECONDS(2));
  spawn(g, "d", .lasts = SECONDS(9), .if_cut = 9);
  run_race(0);
  assert_log("a+ b+ c+ d+ @1000 a- b- @2000 c- d! g=0[a:EIO+2] by c with 0");
}

/* C10, G1: a shielded loser runs on, and is waited for. */
static void a_shielded_loser_runs_on(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(3), .answers = 3, .shield = 1);
  spawn(g, "b", .lasts = SECONDS(1), .answers = 7);
  run_race(0);
  assert_log("a+ b+ @1000 b- @3000 a- g=0[a:3] by b with 7");
}

/* L2, L2a: those who wait for their turn never start. */
static void queued_losers_never_start(void **state) {
  (void)state;
  g = race(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(1), .answers = 7);
  cleanup(spawn(g, "b"), "of b");
  cleanup(spawn(g, "c"), "of c");
  run_race(0);
  assert_log("a+ @1000 a- of b:cancelled:new of c:cancelled:new g=0^ by a with 7");
}

/* L2: an error makes room for the next, who may win. */
static void a_queued_task_may_win(void **state) {
  (void)state;
  g = race(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(1), .answers = 7);
  run_race(0);
  assert_log("a+ @1000 a- b+ @2000 b- g=0[a:EIO] by b with 7");
}

/* C1: what losers have opened is cancelled with them. */
static void what_is_beneath_a_loser_is_cancelled(void **state) {
  (void)state;
  g = race(root, "g");
  h = group(g, "h");
  spawn(h, "b", .lasts = SECONDS(9));
  spawn(g, "a", .lasts = SECONDS(1));
  run_race(0);
  assert_log("b+ a+ @1000 a- b! g=0^ by a with 0");
}

/* G2b: the errors of nested groups, and what a task left open, are not raised either. */
static void errors_from_within_are_not_raised(void **state) {
  (void)state;
  g = race(root, "g");
  h = group(g, "h");
  spawn(h, "b", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(g, "a", .lasts = SECONDS(2), .answers = 7);
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  run_race(0);
  assert_log("b+ a+ @1000 b- @2000 a- g=0[h:EIO[b:EIO]] by a with 7");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

static void leave_open(roost_task self) { h = group(self, "h"); }

/* G7, G2b: the body's outcome is what counts; what it left open is an error like a loser's. */
static void a_winner_may_leave_something_open(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .answers = 7, .body = leave_open);
  spawn(g, "b", .lasts = SECONDS(9), .body = leave_open);
  run_race(0);
  assert_log("a+ b+ @1000 a- b! "
             "g=0^[a:EUNCLOSED[h:EUNCLOSED] b:EUNCLOSED[h:EUNCLOSED]] by a with 7");
}

/* D2a, G2b: a task's own deadline makes it an error, which may be a loser's. */
static void a_loser_may_be_timed_out(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(1));
  spawn(g, "b", .lasts = SECONDS(9), .timeout_ns = SECONDS(1), .move_on = 1);
  spawn(g, "c", .lasts = SECONDS(2), .answers = 7);
  run_race(0);
  assert_log("a+ b+ c+ @1000 a! b! @2000 c- g=0[a:ETIMEDOUT] by c with 7");
}

/* ---------------------------------------------------------------------------------------------- */
/* What the result holds                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void say_dropped(void *data) { note("drop:%s", (char *)data); }

static void bring_apple(roost_task self) {
  assert_int_equal(roost_finish(self, 7, "apple", say_dropped), 0);
}

static void bring_pear(roost_task self) {
  assert_int_equal(roost_finish(self, 8, "pear", say_dropped), 0);
}

static void fail_with_a_plum(roost_task self) {
  assert_int_equal(roost_finish(self, ROOST_EIO, "plum", say_dropped), 0);
}

static int start_nameless(roost_task self, void *result) {
  assert_int_equal(roost_finish(self, 1, result, say_dropped), 0);
  return 0;
}

static void see_the_winner(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  assert_int_equal(result->size, sizeof *result);
  assert_int_not_equal(result->winner.id, 0);
  assert_int_equal(result->winner_code, 1);
  assert_string_equal((char *)result->winner_result, "apple");
  assert_string_equal(result->winner_name, "");
  assert_null(result->errors);
  roost_outcome outcome = outcome_of(result->winner);
  assert_int_equal(outcome.state, ROOST_COMPLETED);
  assert_string_equal((char *)outcome.result, "apple");
  note("seen");
}

/* G2b, L6: also without a handle, the result holds what the winner brought, till fn returns. */
static void the_winners_result_is_held_without_a_handle(void **state) {
  (void)state;
  g = race(root, "g");
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = start_nameless, .data = "apple"), NULL), 0);
  run();
  assert_int_equal(roost_join(g, 0, see_the_winner, "data", say_dropped), 0);
  run();
  assert_log("seen drop:data drop:apple");
}

/* G2b, L5: releasing the winner gives up the handle alone. */
static void a_released_winner_is_held(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .body = bring_apple);
  assert_int_equal(roost_release(task), 0);
  run();
  run_race(0);
  assert_log("a+ g=0 by a with 7 drop:apple");
  assert_refused(ROOST_ESTALE, roost_release, (task));
}

/* G2b, L5: the same after its end. */
static void a_winner_released_after_its_end_is_held(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .body = bring_apple);
  run();
  assert_int_equal(roost_release(task), 0);
  assert_int_equal(roost_release(task), ROOST_ALREADY);
  run();
  assert_log("a+");
  run_race(0);
  assert_log("g=0 by a with 7 drop:apple");
}

static void release_the_winner(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  assert_int_equal(roost_release(result->winner), ROOST_ALREADY);
  assert_string_equal((char *)outcome_of(result->winner).result, "apple");
  note("seen");
}

/* G2b, L5: where nobody asked for the handle there is no claim to give up. */
static void a_winner_without_a_handle_was_released(void **state) {
  (void)state;
  g = race(root, "g");
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = start_nameless, .data = "apple"), NULL), 0);
  assert_int_equal(roost_join(g, 0, release_the_winner, NULL, NULL), 0);
  run();
  assert_log("seen drop:apple");
}

static void see_later_successes(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  assert_string_equal((char *)result->winner_result, "apple");
  for (const roost_error *it = result->errors; it != NULL; it = it->next)
    note("%s:%d:%s", it->name, (int)it->code, (char *)it->object);
}

/* G2b, L6: what nobody takes is dropped, once each, when the closing is over. */
static void what_nobody_takes_is_dropped(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .body = bring_apple);
  roost_release(spawn(g, "b", .body = bring_pear));
  spawn(g, "c", .body = fail_with_a_plum);
  assert_int_equal(roost_join(g, 0, see_later_successes, NULL, NULL), 0);
  run();
  assert_log("a+ b+ c+ b:8:pear c:-5:plum drop:pear drop:plum drop:apple");
}

static void *taken[2];

static void take_both(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  assert_int_equal(roost_take_result(result->winner, &taken[0]), 0);
  assert_null(outcome_of(result->winner).result);
  assert_int_equal(outcome_of(result->winner).code, 7);
  const roost_error *error = result->errors;
  assert_int_equal(roost_take_result(error->node, &taken[1]), 0);
  assert_refused(ROOST_EALREADY, roost_take_result, (error->node, &taken[1]));
  assert_null(error->object);
  /* A failed one brought no result. */
  void *nothing = NULL;
  assert_refused(ROOST_EALREADY, roost_take_result, (error->next->node, &nothing));
  assert_string_equal((char *)error->next->object, "plum");
}

/* L6, G2b: what is taken is the caller's, and not dropped. */
static void what_is_taken_is_not_dropped(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .body = bring_apple);
  roost_release(spawn(g, "b", .body = bring_pear));
  roost_release(spawn(g, "c", .body = fail_with_a_plum));
  assert_int_equal(roost_join(g, 0, take_both, NULL, NULL), 0);
  run();
  assert_log("a+ b+ c+ drop:plum");
  assert_string_equal((char *)taken[0], "apple");
  assert_string_equal((char *)taken[1], "pear");
  assert_refused(ROOST_ESTALE, roost_take_result, (task, &taken[0]));
}

/* L5: the winner can be awaited like any. */
static void the_winner_can_be_awaited(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(1), .answers = 7);
  other = spawn(g, "b", .lasts = SECONDS(9));
  on_end(task, root, "end of a");
  on_end(other, root, "end of b");
  run_race(0);
  assert_log("a+ b+ @1000 a- b! g=0^ by a with 7 end of a=7 end of b=ETASKCANCELLED");
}

/* ---------------------------------------------------------------------------------------------- */
/* Won, and failed all the same                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* G2b, G4 */
static void an_error_of_the_body_fails_a_race_that_was_won(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .answers = ROOST_EBUSY);
  spawn(g, "b");
  run();
  run_race(ROOST_EIO);
  assert_log("a+ b+ g=EIO[a:EBUSY g:EIO] by b with 0");
  assert_int_equal(last.state, ROOST_FAILED);
}

/* G2b, G4: it cancels the race, and a success after it wins nothing that is not failed. */
static void an_error_of_the_body_cancels_a_race(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(9), .if_cut = 7);
  run_race(ROOST_EIO);
  assert_log("a+ b+ a! b! g=EIO^[g:EIO] by b with 7");
  assert_int_equal(last.state, ROOST_FAILED);
  assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
}

/* G2b, K3a: a cleanup of the winner, of a loser, of the race itself. */
static void an_error_of_a_cleanup_fails_a_race_that_was_won(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .answers = ROOST_EBUSY);
  cleanup(spawn(g, "b", .lasts = SECONDS(1)), "c", .answers = ROOST_EIO);
  run_race(0);
  assert_log("a+ b+ @1000 b- c:completed g=EIO[a:EBUSY cleanup of b:EIO] by b with 0");
  assert_int_equal(last.state, ROOST_FAILED);

  g = race(root, "g");
  cleanup(spawn(g, "a", .lasts = SECONDS(9)), "c", .answers = ROOST_EIO);
  spawn(g, "b");
  run_race(0);
  assert_log("a+ b+ a! c:cancelled g=EIO^[cleanup of a:EIO] by b with 0");

  g = race(root, "g");
  cleanup(g, "c", .answers = ROOST_EIO);
  spawn(g, "a");
  run_race(0);
  assert_log("a+ c:completed g=EIO[cleanup of g:EIO] by a with 0");
  assert_int_equal(last.state, ROOST_FAILED);
}

/* G2b: the first of them is raised. */
static void the_first_of_these_errors_is_raised(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .answers = ROOST_EINVAL);
  cleanup(spawn(g, "b"), "c", .answers = ROOST_EBUSY);
  run();
  run_race(ROOST_EIO);
  assert_log("a+ b+ c:completed g=EBUSY[a:EINVAL cleanup of b:EBUSY g:EIO] by b with 0");
}

/* G2b: what the body passes on goes on, where something around the race is cancelled. */
static void a_body_that_was_cancelled_from_around_passes_that_on(void **state) {
  (void)state;
  g = group(root, "g");
  h = race(g, "h");
  spawn(h, "a");
  run();
  cancel_g();
  join_race(h, ROOST_ECANCELED);
  run();
  assert_log("a+ h=ECANCELED by a with 0");
  assert_int_equal(last.state, ROOST_CANCELLED);
}

/* G2b, C7: the twin: what its own end did to the body is absorbed. */
static void a_body_that_was_cancelled_by_the_end_of_the_race_is_absorbed(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a");
  run();
  run_race(ROOST_ECANCELED);
  assert_log("a+ g=0^ by a with 0");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* G2b: a cancellation around it does not undo that it was won. */
static void a_race_that_was_won_completes_in_a_cancelled_group(void **state) {
  (void)state;
  g = group(root, "g");
  h = race(g, "h");
  spawn(h, "a", .lasts = SECONDS(1), .answers = 7);
  spawn(h, "b", .lasts = SECONDS(9));
  spawn(h, "c", .lasts = SECONDS(3), .shield = 1, .answers = ROOST_EIO);
  join_race(h, 0);
  act(SECONDS(2), cancel_g);
  run();
  assert_log("a+ b+ c+ @1000 a- b! @3000 c- h=0[c:EIO] by a with 7");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* G2b: nor do its own deadline and its report count then. */
static void deadline_and_report_do_not_count_when_it_was_won(void **state) {
  (void)state;
  g = race(root, "g", .timeout_ns = SECONDS(1), .report = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(9), .if_cut = 7);
  run_race(0);
  assert_log("a+ b+ @1000 a! b! g=0^ by b with 7");
  assert_int_equal(last.state, ROOST_COMPLETED);
  assert_int_equal(last.reason.origin, ROOST_DEADLINE);

  g = race(root, "g", .report = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b");
  run_race(0);
  assert_log("a+ b+ a! g=0^ by b with 0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Not won                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* G2b: all errors; none of them cancels. */
static void a_race_of_errors_fails_with_all(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(2), .answers = ROOST_EIO);
  spawn(g, "b", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
  run_race(0);
  assert_log("a+ b+ @1000 b- @2000 a- g=EBUSY[b:EBUSY a:EIO]");
  assert_int_equal(last.state, ROOST_FAILED);
  assert_int_equal(last.called, 0);
}

/* G2b, G5: one error beats any cancellation. */
static void an_error_beats_cancellations(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(9), .if_cut = ROOST_EIO);
  act(SECONDS(1), cancel_g);
  run_race(0);
  assert_log("a+ b+ @1000 a! b! g=EIO^[b:EIO]");
  assert_int_equal(last.state, ROOST_FAILED);
}

/* G2b, C7: cancelled itself: absorbed. */
static void a_cancelled_race_absorbs(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_g);
  run_race(0);
  assert_log("a+ b+ @1000 a! b! g=0^");
  assert_int_equal(last.state, ROOST_CANCELLED);
}

/* G2b, C7: cancelled from around: passed on. */
static void a_race_passes_on_what_is_not_its_own(void **state) {
  (void)state;
  g = group(root, "g");
  h = race(g, "h");
  spawn(h, "a", .lasts = SECONDS(9));
  join_race(h, 0);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("a+ @1000 a! h=ECANCELED g=0^");
}

/* G2b, D2 */
static void a_race_has_a_deadline(void **state) {
  (void)state;
  g = race(root, "g", .timeout_ns = SECONDS(1));
  spawn(g, "a", .lasts = SECONDS(9));
  run_race(0);
  assert_log("a+ @1000 a! g=ETIMEDOUT^");
  assert_int_equal(last.state, ROOST_FAILED);
  g = race(root, "g", .timeout_ns = SECONDS(1), .move_on = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  run_race(0);
  assert_log("a+ @2000 a! g=0^");
  assert_int_equal(last.state, ROOST_CANCELLED);
}

/* G2b, C7a */
static void a_race_reports(void **state) {
  (void)state;
  g = race(root, "g", .report = 1);
  spawn(g, "a", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_g);
  run_race(0);
  assert_log("a+ @1000 a! g=EWASCANCELLED^");
  assert_int_equal(last.state, ROOST_CANCELLED);
}

/* G2b, C13: each was cancelled alone, and the race was not. */
static void a_race_whose_tasks_were_cancelled_one_by_one(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  other = spawn(g, "b", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_task);
  act(SECONDS(2), cancel_other);
  run_race(0);
  assert_log("a+ b+ @1000 a! @2000 b! g=ETASKCANCELLED");
  assert_int_equal(last.state, ROOST_CANCELLED);
  assert_int_equal(last.called, 0);
  assert_int_equal(last.error_count, 0);
}

/* G2b, C13: a task that is cancelled alone ends alone: another may win. */
static void a_task_cancelled_alone_loses_alone(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(2), .answers = 7);
  act(SECONDS(1), cancel_task);
  run_race(0);
  assert_log("a+ b+ @1000 a! @2000 b- g=0 by b with 7");
}

/* G2b: where an error is among them, that. */
static void one_cancelled_alone_and_one_that_failed(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(2), .answers = ROOST_EIO);
  act(SECONDS(1), cancel_task);
  run_race(0);
  assert_log("a+ b+ @1000 a! @2000 b- g=EIO[b:EIO]");
}

/* G2b: where the race was cancelled later, that. */
static void one_cancelled_alone_and_one_with_the_race(void **state) {
  (void)state;
  g = race(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  spawn(g, "b", .lasts = SECONDS(9));
  act(SECONDS(1), cancel_task);
  act(SECONDS(2), cancel_g);
  run_race(0);
  assert_log("a+ b+ @1000 a! @2000 b! g=0^");
}

/* G2b */
static void a_race_without_a_task_has_no_winner(void **state) {
  (void)state;
  g = race(root, "g");
  run_race(0);
  assert_log("g=ENOWINNER");
  assert_int_equal(last.state, ROOST_FAILED);
  assert_int_equal(last.error_count, 0);
}

/* G2b: the body's success is none of the race's. */
static void the_body_does_not_run_in_the_race(void **state) {
  (void)state;
  g = race(root, "g");
  run_race(7);
  assert_log("g=ENOWINNER");
}

/* G2b: a cancellation that cut nothing short does not change that. */
static void a_cancelled_race_without_a_task_has_no_winner(void **state) {
  (void)state;
  g = race(root, "g");
  cancel_g();
  run_race(0);
  assert_log("g=ENOWINNER");
  assert_int_equal(last.state, ROOST_FAILED);
}

/* G2b, D2: nor does a deadline, also where it has cut short a wait. */
static void a_race_without_a_task_is_not_timed_out(void **state) {
  (void)state;
  g = race(root, "g", .timeout_ns = SECONDS(1));
  after(g, SECONDS(9), "w");
  run();
  run_race(0);
  assert_log("@1000 w=ECANCELED g=ENOWINNER^");
  assert_int_equal(last.state, ROOST_FAILED);
}

/* G2b, C7: but where it has cut the body short, it is absorbed as ever. */
static void a_race_without_a_task_may_be_cancelled_in_its_body(void **state) {
  (void)state;
  g = race(root, "g");
  cancel_g();
  run_race(ROOST_ECANCELED);
  assert_log("g=0^");
  assert_int_equal(last.state, ROOST_CANCELLED);
  g = race(root, "g");
  run_race(ROOST_EIO);
  assert_log("g=EIO[g:EIO]");
}

/* G2b: a group in it is no task: it neither wins, nor is it one that lost. */
static void a_group_in_a_race_does_not_win(void **state) {
  (void)state;
  g = race(root, "g");
  h = group(g, "h");
  spawn(h, "a", .lasts = SECONDS(1));
  run_race(0);
  assert_log("a+ @1000 a- g=ENOWINNER");
}

/* ---------------------------------------------------------------------------------------------- */
/* Daemons                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* L3 */
static void a_daemon_wins_nothing(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "d", .lasts = SECONDS(1), .answers = 1, .daemon = 1);
  spawn(g, "a", .lasts = SECONDS(2), .answers = 7);
  run_race(0);
  assert_log("d+ a+ @1000 d- @2000 a- g=0 by a with 7");
}

static void report_task(void) { assert_int_equal(roost_started(task, 5), 0); }

/* L3, L4, G2b: nor does one that was started, and has reported. */
static void a_daemon_that_was_started_wins_nothing(void **state) {
  (void)state;
  g = race(root, "g");
  task = start_in(g, root, "d", .lasts = SECONDS(3), .answers = 1, .daemon = 1);
  spawn(g, "a", .lasts = SECONDS(5), .answers = 7);
  act(SECONDS(1), report_task);
  run_race(0);
  assert_log("d+ a+ @1000 d?=5 @3000 d- @5000 a- g=0 by a with 7");
}

/* L3, G2b: it is not one of those who race: without another there is no winner. */
static void a_race_of_daemons_has_no_winner(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "d", .daemon = 1);
  spawn(g, "e", .lasts = SECONDS(9), .daemon = 1);
  run_race(0);
  assert_log("d+ e+ e! g=ENOWINNER");
  assert_int_equal(last.state, ROOST_FAILED);
}

/* G2b, G5a: a daemon that was cut short with the race counts for cancelled_caught alone. */
static void a_cancelled_race_of_daemons_has_no_winner(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "d", .lasts = SECONDS(9), .daemon = 1);
  act(SECONDS(1), cancel_g);
  run();
  run_race(0);
  assert_log("d+ @1000 d! g=ENOWINNER^");
  assert_int_equal(last.state, ROOST_FAILED);
}

/* L3, G2b: its errors are a loser's. */
static void the_errors_of_daemons_are_listed(void **state) {
  (void)state;
  g = race(root, "g");
  spawn(g, "d", .lasts = SECONDS(1), .answers = ROOST_EIO, .daemon = 1);
  spawn(g, "e", .lasts = SECONDS(9), .if_cut = ROOST_EBUSY, .daemon = 1);
  spawn(g, "a", .lasts = SECONDS(2), .answers = 7);
  run_race(0);
  assert_log("d+ e+ a+ @1000 d- @2000 a- e! g=0[d:EIO e:EBUSY] by a with 7");
}

/* ---------------------------------------------------------------------------------------------- */
/* Where a race stands                                                                            */
/* ---------------------------------------------------------------------------------------------- */

static void join_h_silently(void) { assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0); }

/* T1d, G2b: a race that was won brings the group above nothing, whatever the losers did. */
static void a_nested_race_that_was_won_raises_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  h = race(g, "h");
  spawn(h, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(h, "b", .lasts = SECONDS(2), .answers = 7);
  spawn(g, "c", .lasts = SECONDS(3));
  join_h_silently();
  join(g, 0);
  run();
  assert_log("a+ b+ c+ @1000 a- @2000 b- @3000 c- g=0");
}

/* T1d, G2b: the twin. */
static void a_nested_race_that_was_not_won_is_an_error(void **state) {
  (void)state;
  g = group(root, "g");
  h = race(g, "h");
  spawn(h, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  spawn(h, "b", .lasts = SECONDS(2), .answers = ROOST_EBUSY);
  spawn(g, "c", .lasts = SECONDS(3));
  join_h_silently();
  join(g, 0);
  run();
  assert_log("a+ b+ c+ @1000 a- @2000 b- c! g=EIO^[h:EIO[a:EIO b:EBUSY]]");
}

/* T1d, G2b: the winner of one that failed nevertheless is none of the group's above. */
static void a_nested_race_that_was_won_and_failed_is_an_error(void **state) {
  (void)state;
  g = race(root, "g");
  h = race(g, "h");
  cleanup(spawn(h, "a", .lasts = SECONDS(1), .answers = 7), "c", .answers = ROOST_EIO);
  join_h_silently();
  run_race(0);
  assert_log("a+ @1000 a- c:completed g=EIO[h:EIO[cleanup of a:EIO]]");
}

/* T1d: a race without a task is an error of the group above. */
static void a_nested_race_without_a_task_is_an_error(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  h = race(g, "h");
  join_h_silently();
  join(g, 0);
  run();
  assert_log("g=ENOWINNER[h:ENOWINNER]");
}

/* T1d, G2b: and so is one whose tasks were all cancelled one by one. */
static void a_nested_race_whose_tasks_were_cancelled_is_an_error(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  h = race(g, "h");
  task = spawn(h, "a", .lasts = SECONDS(9));
  join_h_silently();
  join(g, 0);
  act(SECONDS(1), cancel_task);
  run();
  assert_log("a+ @1000 a! g=ETASKCANCELLED[h:ETASKCANCELLED]");
}

static void open_root(uint64_t policy) {
  assert_int_equal(close_now(), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .policy = policy), &rt), 0);
  root = roost_root(rt);
  beginning = roost_now(rt);
}

static void log_close(const roost_result *result, void *name) { log_race(root, result, name); }

/* G2, S8: the root may be a race. */
static void the_root_may_be_a_race(void **state) {
  (void)state;
  open_root(ROOST_RACE);
  spawn(root, "a", .lasts = SECONDS(9));
  spawn(root, "b", .lasts = SECONDS(1), .answers = 7);
  spawn(root, "c", .answers = ROOST_EIO);
  run();
  assert_log("a+ b+ c+ @1000 b- a!");
  roost_runtime closing = rt;
  rt.id = 0;
  assert_int_equal(roost_close(closing, 0, log_close, "root", NULL), 0);
  assert_log("root=0^[c:EIO] by b with 7");
}

/* G2b, S8a: and is closed as ever when nobody has won it, or nobody took part. */
static void a_root_without_a_winner_says_so(void **state) {
  (void)state;
  open_root(ROOST_RACE);
  spawn(root, "a", .answers = ROOST_EIO);
  run();
  assert_int_equal(close_now(), ROOST_EIO);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .policy = ROOST_RACE), &rt),
      0);
  assert_int_equal(close_now(), ROOST_ENOWINNER);
}

/* B1: there is no fourth policy. */
static void there_are_three_policies(void **state) {
  (void)state;
  assert_refused(ROOST_EINVAL, roost_group_open, (root, ROOST_GROUP(.policy = 4), &g));
  roost_runtime second;
  assert_refused(ROOST_EINVAL, roost_runtime_open, (ROOST_RUNTIME(.policy = 4), &second));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_first_success_cancels_the_rest),
      TEST(the_reason_names_the_winner),
      TEST(tasks_spawned_after_the_end_start_cancelled),
      TEST(one_task_is_a_race),
      TEST(a_success_counts_when_the_body_ends),
      TEST(of_two_in_one_batch_the_first_wins),
      TEST(of_two_in_one_step_the_first_wins),
      TEST(the_losers_errors_are_listed_and_not_raised),
      TEST(later_successes_are_listed),
      TEST(what_losers_bring_counts_for_the_maximum),
      TEST(a_shielded_loser_runs_on),
      TEST(queued_losers_never_start),
      TEST(a_queued_task_may_win),
      TEST(what_is_beneath_a_loser_is_cancelled),
      TEST(errors_from_within_are_not_raised),
      TEST(a_winner_may_leave_something_open),
      TEST(a_loser_may_be_timed_out),
      TEST(the_winners_result_is_held_without_a_handle),
      TEST(a_released_winner_is_held),
      TEST(a_winner_released_after_its_end_is_held),
      TEST(a_winner_without_a_handle_was_released),
      TEST(what_nobody_takes_is_dropped),
      TEST(what_is_taken_is_not_dropped),
      TEST(the_winner_can_be_awaited),
      TEST(an_error_of_the_body_fails_a_race_that_was_won),
      TEST(an_error_of_the_body_cancels_a_race),
      TEST(an_error_of_a_cleanup_fails_a_race_that_was_won),
      TEST(the_first_of_these_errors_is_raised),
      TEST(a_body_that_was_cancelled_from_around_passes_that_on),
      TEST(a_body_that_was_cancelled_by_the_end_of_the_race_is_absorbed),
      TEST(a_race_that_was_won_completes_in_a_cancelled_group),
      TEST(deadline_and_report_do_not_count_when_it_was_won),
      TEST(a_race_of_errors_fails_with_all),
      TEST(an_error_beats_cancellations),
      TEST(a_cancelled_race_absorbs),
      TEST(a_race_passes_on_what_is_not_its_own),
      TEST(a_race_has_a_deadline),
      TEST(a_race_reports),
      TEST(a_race_whose_tasks_were_cancelled_one_by_one),
      TEST(a_task_cancelled_alone_loses_alone),
      TEST(one_cancelled_alone_and_one_that_failed),
      TEST(one_cancelled_alone_and_one_with_the_race),
      TEST(a_race_without_a_task_has_no_winner),
      TEST(the_body_does_not_run_in_the_race),
      TEST(a_cancelled_race_without_a_task_has_no_winner),
      TEST(a_race_without_a_task_is_not_timed_out),
      TEST(a_race_without_a_task_may_be_cancelled_in_its_body),
      TEST(a_group_in_a_race_does_not_win),
      TEST(a_daemon_wins_nothing),
      TEST(a_daemon_that_was_started_wins_nothing),
      TEST(a_race_of_daemons_has_no_winner),
      TEST(a_cancelled_race_of_daemons_has_no_winner),
      TEST(the_errors_of_daemons_are_listed),
      TEST(a_nested_race_that_was_won_raises_nothing),
      TEST(a_nested_race_that_was_not_won_is_an_error),
      TEST(a_nested_race_that_was_won_and_failed_is_an_error),
      TEST(a_nested_race_without_a_task_is_an_error),
      TEST(a_nested_race_whose_tasks_were_cancelled_is_an_error),
      TEST(the_root_may_be_a_race),
      TEST(a_root_without_a_winner_says_so),
      TEST(there_are_three_policies),
  };
  return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}
