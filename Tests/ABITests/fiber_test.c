/* The life of a fiber: its steps, its outcome, and all that a task may be opened with. */
#include "fibers.h"

static roost_group g, h;
static roost_task task;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* Steps                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static int say_name(roost_task self, void *name) {
  (void)self;
  note("%s", (char *)name);
  return 0;
}

/* S1, S2: in a later turn, in the order of spawning, tasks of all kinds alike. */
static void fibers_start_in_the_order_of_spawning(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, say_name, "a"), 0);
  spawn(root, "b");
  assert_int_equal(roost_go(root, say_name, "c"), 0);
  assert_log("");
  run();
  assert_log("a b+ c");
}

static int go_on(roost_task self, void *name) {
  (void)self;
  for (int i = 0; i < 3; i++) {
    note("%s%d", (char *)name, i);
    tell((char *)name, roost_sleep(0));
  }
  return 0;
}

/* S1, S1a: each runs until it waits. */
static void fibers_take_turns_where_they_wait(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, go_on, "a"), 0);
  assert_int_equal(roost_go(root, go_on, "b"), 0);
  run();
  assert_log("a0 b0 a=0 a1 b=0 b1 a=0 a2 b=0 b2 a=0 b=0");
}

static int spawn_more(roost_task self, void *data) {
  (void)self;
  (void)data;
  note("first");
  assert_int_equal(roost_go(root, say_name, "second"), 0);
  note("spawned");
  return 0;
}

/* S2: from a fiber too. */
static void a_fiber_may_spawn_fibers(void **state) {
  (void)state;
  play(spawn_more);
  assert_log("first spawned second");
}

static int know_itself(roost_task self, void *data) {
  roost_scope s = own_scope(NULL);
  note("%d%d", roost_self().id == self.id, roost_here().id == s.id);
  assert_int_equal(roost_sleep(0), 0);
  note("%d%d", roost_self().id == self.id, roost_here().id == s.id);
  assert_int_equal(roost_scope_close(s, 0, NULL), 0);
  note("%d", roost_here().id == self.id);
  return data == &task ? 0 : ROOST_EINVAL;
}

/* T1: the innermost node that it has open; outside there is none. */
static void a_fiber_knows_itself_and_where_it_is(void **state) {
  (void)state;
  task = go(root, "a", .fn = know_itself, .data = &task);
  assert_int_equal(roost_go(root, know_itself, &task), 0);
  assert_true(roost_self().id == 0 && roost_here().id == 0);
  run();
  assert_log("11 11 11 11 1 1");
  assert_true(roost_self().id == 0 && roost_here().id == 0);
  assert_int_equal(outcome_of(task).code, 0);
}

static int know_nobody(roost_task self, void *data) {
  (void)self;
  (void)data;
  note("%d%d", roost_self().id == 0, roost_here().id == 0);
  return tell("sleep", roost_sleep(1)) == ROOST_ENOTASK ? 0 : ROOST_EINVAL;
}

/* S2: a callback that runs between the steps of a fiber is none. */
static void a_callback_is_no_fiber(void **state) {
  (void)state;
  nap(root, "a", .lasts = 0);
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = know_nobody), NULL), 0);
  nap(root, "b", .lasts = 0);
  run();
  assert_log("a+ 11 sleep=ENOTASK b+ a- b-");
}

/* B1, T3: what cannot be spawned; what was handed over is dropped (K5). */
static void bad_spawns_are_refused(void **state) {
  (void)state;
  assert_refused(ROOST_EINVAL, roost_go, (root, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_go, ((roost_group){0}, nothing, NULL));
  assert_refused(ROOST_EINVAL, roost_go_with, (root, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_go_with,
                 (root, ROOST_FIBER(.data = new_data(1), .drop = drop_data), NULL));
  assert_refused(ROOST_EINVAL, roost_go_with,
                 (root,
                  ROOST_FIBER(.fn = nothing, .daemon = 2, .data = new_data(1), .drop = drop_data),
                  NULL));
  assert_refused(ROOST_EINVAL, roost_go_with,
                 (root,
                  ROOST_FIBER(.fn = nothing, .stack_size = (UINT64_C(1) << 30) + 1,
                              .data = new_data(1), .drop = drop_data),
                  NULL));
  task = go(root, "a", .fn = nothing);
  assert_refused(ROOST_EKIND, roost_go, (task, nothing, NULL));
  assert_refused(
      ROOST_EKIND, roost_go_with,
      (scope(root, "s"), ROOST_FIBER(.fn = nothing, .data = new_data(1), .drop = drop_data), NULL));
  g = group(root, "g");
  join(g, 0);
  run();
  assert_log("g=0");
  assert_refused(ROOST_ESTALE, roost_go, (g, nothing, NULL));
  struct {
    roost_fiber_options known;
    uint64_t more;
  } longer = {{.size = sizeof longer, .fn = nothing, .data = new_data(1), .drop = drop_data}, 1};
  assert_refused(ROOST_E2BIG, roost_go_with, (root, &longer.known, NULL));
  longer.more = 0, longer.known.data = new_data(1);
  assert_int_equal(roost_go_with(root, &longer.known, NULL), 0);
  run();
}

static void try_to_go(void) {
  assert_refused(ROOST_ECLOSED, roost_go, (g, nothing, NULL));
  note("refused");
}

/* G6 */
static void a_group_that_is_closing_takes_no_fiber(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .lasts = SECONDS(2));
  join(g, 0);
  act(SECONDS(1), try_to_go);
  run();
  assert_log("c:completed @1000 refused @2000 c- g=0");
}

/* T4 */
static void a_fiber_has_a_name(void **state) {
  (void)state;
  char name[64];
  task = go(root, "a fiber", .fn = nothing);
  assert_int_equal(roost_name(task, name, sizeof name), 7);
  assert_string_equal(name, "a fiber");
}

/* ---------------------------------------------------------------------------------------------- */
/* Outcomes                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static int answer(roost_task self, void *data) {
  (void)self;
  return *(int *)data;
}

/* L5, G5: what its function answers. */
static void a_fiber_ends_with_its_answer(void **state) {
  (void)state;
  int seven = 7, eio = ROOST_EIO;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  roost_task good = go(g, "good", .fn = answer, .data = &seven);
  roost_task bad = go(g, "bad", .fn = answer, .data = &eio);
  roost_outcome outcome = outcome_of(good);
  assert_int_equal(outcome.state, ROOST_ALIVE);
  assert_true(outcome.code == 0 && outcome.started == 0);
  on_end(good, root, "good");
  on_end(bad, root, "bad");
  run();
  assert_log("good=7 bad=EIO");
  outcome = outcome_of(good);
  assert_int_equal(outcome.state, ROOST_COMPLETED);
  assert_int_equal(outcome.code, 7);
  assert_int_equal(outcome.started, 1);
  outcome = outcome_of(bad);
  assert_int_equal(outcome.state, ROOST_FAILED);
  assert_int_equal(outcome.code, ROOST_EIO);
  join(g, 0);
  run();
  assert_log("g=EIO[bad:EIO]");
}

/* A stack size that is given has no part in what is told before the first step. */
static void a_fiber_with_a_stack_size_has_no_outcome_yet(void **state) {
  (void)state;
  task = go(root, "a", .fn = nothing, .stack_size = 1 << 20);
  assert_int_equal(outcome_of(task).state, ROOST_ALIVE);
  assert_int_equal(outcome_of(task).code, 0);
  run();
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
}

static int give_page(roost_task self, void *data) {
  (void)self;
  void *page = new_data(8);
  *(void **)data = page;
  return roost_return(3, page, drop_data);
}

/* L5, L6: a result beside the answer, which is read, taken over, or dropped. */
static void a_fiber_may_have_a_result(void **state) {
  (void)state;
  void *first = NULL, *second = NULL, *taken = NULL;
  task = go(root, "a", .fn = give_page, .data = &first);
  roost_task dropped = go(root, "b", .fn = give_page, .data = &second);
  run();
  assert_ptr_equal(outcome_of(task).result, first);
  assert_int_equal(outcome_of(task).code, 3);
  assert_int_equal(roost_take_result(task, &taken), 0);
  assert_ptr_equal(taken, first);
  assert_null(outcome_of(task).result);
  drop_data(taken);
  assert_ptr_equal(outcome_of(dropped).result, second);
  assert_int_equal(roost_release(dropped), 0);
  run();
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (dropped, &outcome));
}

/* L6: nobody can read it. */
static void without_a_handle_the_result_is_dropped(void **state) {
  (void)state;
  void *page = NULL;
  assert_int_equal(roost_go(root, give_page, &page), 0);
  run();
  assert_non_null(page);
}

static void note_drop(void *name) { note("drop:%s", (char *)name); }

static int change_its_mind(roost_task self, void *data) {
  (void)self;
  (void)data;
  assert_int_equal(roost_return(0, "first", note_drop), 0);
  note("then");
  assert_int_equal(roost_return(5, "second", note_drop), 5);
  assert_int_equal(roost_sleep(0), 0);
  return 1;
}

/* L6: the last one counts; the answer is the function's. */
static void a_second_result_drops_the_first(void **state) {
  (void)state;
  task = go(root, "a", .fn = change_its_mind);
  run();
  assert_log("then drop:first");
  assert_string_equal(outcome_of(task).result, "second");
  assert_int_equal(outcome_of(task).code, 1);
  assert_int_equal(roost_release(task), 0);
  run();
  assert_log("drop:second");
}

static int fail_with_object(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_explain(self, "the disk is full"), 0);
  return roost_return(ROOST_EIO, "object", note_drop);
}

static void read_error(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  note("%s:%s:%s:%s", result->errors->name, code_name(result->errors->code),
       result->errors->message, (char *)result->errors->object);
}

/* G3: with a negative answer it is the error's object; the message is roost_explain's. */
static void a_failed_fiber_has_an_object_and_a_message(void **state) {
  (void)state;
  g = group(root, "g");
  go(g, "a", .fn = fail_with_object);
  assert_int_equal(roost_join(g, 0, read_error, NULL, NULL), 0);
  run();
  assert_log("a:EIO:the disk is full:object drop:object");
}

/* L6: outside of a fiber there is nobody to give it to. */
static void a_result_outside_of_a_fiber_is_dropped(void **state) {
  (void)state;
  assert_refused(ROOST_ENOTASK, roost_return, (0, "result", note_drop));
  assert_log("drop:result");
}

static int say_cancelled(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_ECANCELED;
}

/* C13a: nothing may vanish. */
static void cancelled_without_a_cancellation_is_an_error(void **state) {
  (void)state;
  g = group(root, "g");
  task = go(g, "a", .fn = say_cancelled);
  on_end(task, root, "a");
  join(g, 0);
  run();
  assert_log("g=ENOTCANCELLED[a:ENOTCANCELLED] a=ENOTCANCELLED");
}

/* C13: one task of a group alone. */
static void a_fiber_is_cancelled_alone(void **state) {
  (void)state;
  g = group(root, "g");
  task = nap(g, "a", .lasts = SECONDS(9));
  nap(g, "b", .lasts = SECONDS(2));
  on_end(task, root, "end");
  act(SECONDS(1), cancel_task);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 a! end=ETASKCANCELLED @2000 b- g=0");
}

/* C4, C13a, G5: one that ends well in spite of its cancellation has completed. */
static int carry_on(roost_task self, void *data) {
  (void)data;
  tell("sleep", roost_sleep(SECONDS(5)));
  note("%d", roost_cancelled(self));
  return 4;
}
static void a_cancelled_fiber_may_complete(void **state) {
  (void)state;
  g = group(root, "g");
  task = go(g, "a", .fn = carry_on);
  on_end(task, root, "end");
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("@1000 sleep=ECANCELED 1 g=0 end=4");
  assert_int_equal(last.called, 1);
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* C6a: it takes its first step, so that it can release what it was handed; its waits are cancelled,
 * again and again (C3). */
static int release_what_it_was_handed(roost_task self, void *data) {
  (void)data;
  note("%d", roost_cancelled(self));
  tell("sleep", roost_sleep(SECONDS(1)));
  return tell("again", roost_sleep(SECONDS(1)));
}
static void a_fiber_cancelled_before_still_takes_its_first_step(void **state) {
  (void)state;
  g = group(root, "g");
  task = go(g, "a", .fn = release_what_it_was_handed);
  cancel_g();
  go(g, "late", .fn = release_what_it_was_handed);
  join(g, 0);
  run();
  assert_log("1 1 sleep=ECANCELED sleep=ECANCELED again=ECANCELED again=ECANCELED g=0^");
}

/* S2a: its function ends it. */
static void a_fiber_is_not_finished_from_outside(void **state) {
  (void)state;
  task = nap(root, "a", .lasts = SECONDS(1));
  assert_refused(ROOST_EINVAL, roost_finish, (task, 0, new_data(1), drop_data));
  act(MS(500), cancel_task);
  run();
  assert_log("a+ @500 a!");
}

static int finish_itself(roost_task self, void *data) {
  (void)data;
  return tell("finish", roost_finish(self, 0, new_data(1), drop_data)) == ROOST_EINVAL ? 0 : 1;
}
static void a_fiber_does_not_finish_itself(void **state) {
  (void)state;
  play(finish_itself);
  assert_log("finish=EINVAL");
}

/* ---------------------------------------------------------------------------------------------- */
/* Options                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* D1, D2a: the time begins with the first step; a deadline that was to fail is an error. */
static void a_timeout_begins_with_the_first_step(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1, .policy = ROOST_SUPERVISE);
  nap(g, "a", .lasts = SECONDS(2));
  nap(g, "b", .lasts = SECONDS(9), .timeout_ns = SECONDS(1));
  join(g, 0);
  run();
  assert_log("a+ @2000 a- b+ @3000 b! g=ETIMEDOUT[b:ETIMEDOUT]");
}

/* D2a: with move_on it ends cancelled, which is nothing to its group (C13). */
static void a_timeout_may_move_on(void **state) {
  (void)state;
  g = group(root, "g");
  task = nap(g, "a", .lasts = SECONDS(9), .timeout_ns = SECONDS(1), .move_on = 1);
  join(g, 0);
  on_end(task, root, "end");
  run();
  assert_log("a+ @1000 a! g=0 end=ETASKCANCELLED");
}

/* D1: one of no length has passed before the first wait. */
static void a_timeout_of_no_length_has_passed(void **state) {
  (void)state;
  g = group(root, "g");
  nap(g, "a", .lasts = SECONDS(9), .timeout_ns = ROOST_NOW);
  join(g, 0);
  run();
  assert_log("a+ a! g=ETIMEDOUT[a:ETIMEDOUT]");
}

/* D1, L2a: a deadline counts while it is queued, and then it never starts. */
static void a_deadline_counts_while_a_fiber_is_queued(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1, .policy = ROOST_SUPERVISE);
  nap(g, "a", .lasts = SECONDS(3));
  nap(g, "b", .lasts = SECONDS(1), .deadline_ns = roost_now(rt) + (uint64_t)SECONDS(1),
      .move_on = 1);
  join(g, 0);
  run();
  assert_log("a+ @3000 a- g=0");
}

static int look_at_deadline(roost_task self, void *data) {
  uint64_t deadline = 0;
  (void)data;
  assert_int_equal(roost_effective_deadline(self, &deadline), 0);
  note("%d", (int)((deadline - beginning) / 1000000));
  assert_int_equal(roost_set_deadline(self, beginning + (uint64_t)SECONDS(2)), 0);
  return tell("sleep", roost_sleep_forever());
}

/* D1, D3: it is looked at, and moved, from inside. */
static void a_fiber_moves_its_deadline(void **state) {
  (void)state;
  g = group(root, "g");
  go(g, "a", .fn = look_at_deadline, .timeout_ns = SECONDS(7));
  join(g, 0);
  run();
  assert_log("7000 @2000 sleep=ECANCELED g=ETIMEDOUT[a:ETIMEDOUT]");
}

/* L2: no more than that run at a time. */
static void a_limited_group_runs_fibers_one_by_one(void **state) {
  (void)state;
  g = group(root, "g", .limit = 2);
  nap(g, "a", .lasts = SECONDS(2));
  nap(g, "b", .lasts = SECONDS(1));
  nap(g, "c", .lasts = SECONDS(2));
  nap(g, "d", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 b- c+ @2000 a- d+ @3000 c- d- g=0");
}

/* L2a, C6a: what is queued never runs; its drop does (K5). */
static void a_queued_fiber_that_is_cancelled_never_runs(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  nap(g, "a", .lasts = SECONDS(9));
  task = nap(g, "b", .lasts = SECONDS(1));
  act(SECONDS(1), cancel_g);
  join(g, 0);
  on_end(task, root, "b");
  run();
  assert_log("a+ @1000 a! g=0^ b=ETASKCANCELLED");
}

/* L3: what is left of a daemon when the others have ended is cancelled. */
static void a_daemon_ends_with_its_group(void **state) {
  (void)state;
  g = group(root, "g");
  nap(g, "daemon", .lasts = ROOST_FOREVER, .daemon = 1);
  nap(g, "a", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("daemon+ a+ @1000 a- daemon! g=0");
  assert_int_equal(last.called, 0);
}

/* S8: nor does it keep the loop going, nor do its waits. */
static void a_daemon_does_not_keep_the_loop_going(void **state) {
  (void)state;
  nap(root, "daemon", .lasts = SECONDS(5), .daemon = 1);
  nap(root, "a", .lasts = SECONDS(1));
  run();
  assert_log("daemon+ a+ @1000 a-");
}

/* C10: a shield on a task keeps its group's cancellation off. */
static void a_shielded_fiber_runs_on(void **state) {
  (void)state;
  g = group(root, "g");
  nap(g, "a", .lasts = SECONDS(3), .shield = 1);
  nap(g, "b", .lasts = SECONDS(3));
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 b! @3000 a- g=0^");
}

/* C11: until the grace is over. */
static void a_shield_has_a_grace(void **state) {
  (void)state;
  g = group(root, "g");
  nap(g, "a", .lasts = SECONDS(9), .shield = 1, .grace_ns = SECONDS(2));
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("a+ @3000 a! g=0^");
}

/* G2: the first error of any kind of task cancels the rest. */
static void fibers_and_callbacks_share_a_group(void **state) {
  (void)state;
  g = group(root, "g");
  nap(g, "fiber", .lasts = SECONDS(9));
  spawn(g, "callback", .lasts = SECONDS(9));
  nap(g, "bad", .lasts = SECONDS(1), .answers = ROOST_EIO);
  join(g, 0);
  run();
  assert_log("fiber+ callback+ bad+ @1000 bad- fiber! callback! g=EIO^[bad:EIO]");
}

static int work_long(roost_task self, void *data, void **result) {
  (void)data;
  *result = NULL;
  while (roost_cancelled(self) == 0)
    ;
  return ROOST_ECANCELED;
}

/* S2, S6: a blocking task too, which is asked to stop by the failure of a fiber. */
static void fibers_and_blocking_tasks_share_a_group(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_spawn_blocking(g, ROOST_BLOCKING(.work = work_long, .name = "work"), NULL),
                   0);
  go(g, "bad", .fn = fail_now);
  nap(g, "fiber", .lasts = ROOST_FOREVER);
  join(g, 0);
  run();
  assert_log("fiber+ fiber! g=EIO^[bad:EIO]");
}

/* G2b: a race is won by a fiber, whose result is the group's. */
static void a_fiber_wins_a_race(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_RACE);
  nap(g, "slow", .lasts = SECONDS(2), .answers = 2);
  task = nap(g, "quick", .lasts = SECONDS(1), .answers = 1);
  spawn(g, "callback", .lasts = SECONDS(3));
  join(g, 0);
  on_end(task, root, "end");
  run();
  assert_log("slow+ quick+ callback+ @1000 quick- slow! callback! end=1 g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* Starts (L4)                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static int serve(roost_task self, void *data) {
  note("serve+");
  assert_int_equal(roost_sleep(SECONDS(1)), 0);
  tell("report", roost_started(self, (int)(intptr_t)data));
  tell("again", roost_started(self, 0));
  int rc = roost_sleep(SECONDS(2));
  note("serve%s", rc < 0 ? "!" : "-");
  return rc;
}

static int start_fiber_and_wait(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_task started = {0};
  tell("start", roost_await_go(g, ROOST_FIBER(.fn = serve, .data = (void *)7), &started));
  note("%d", outcome_of(started).state == ROOST_ALIVE);
  return 0;
}

/* L4: a fiber starts a fiber. */
static void a_fiber_starts_a_fiber(void **state) {
  (void)state;
  g = group(root, "g");
  play(start_fiber_and_wait);
  assert_log("serve+ @1000 report=0 again=EALREADY start=7 1 @3000 serve-");
  join(g, 0);
  run();
  assert_log("g=0");
}

static int serve_by_callbacks(roost_task self, void *data) {
  (void)data;
  note("serve+");
  assert_int_equal(roost_started(self, 3), 0);
  return ROOST_PENDING;
}
static int stop_serving(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  note("serve!");
  return 0;
}

static int start_callbacks_and_wait(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_task started = {0};
  const roost_task_options *options =
      ROOST_TASK(.start = serve_by_callbacks, .on_cancel = stop_serving);
  tell("start", roost_await_start(g, options, &started));
  tell("cancel", roost_cancel_and_await(started, NULL));
  return 0;
}

/* L4: a fiber starts a task of callbacks. */
static void a_fiber_starts_a_callback_task(void **state) {
  (void)state;
  g = group(root, "g");
  play(start_callbacks_and_wait);
  assert_log("serve+ start=3 serve! cancel=ETASKCANCELLED");
}

/* L4: a callback starts a fiber. */
static void a_callback_starts_a_fiber(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_start_fiber(g, root, ROOST_FIBER(.fn = serve, .data = (void *)7), log_wait,
                                     copy_text("start"), drop_data, &task, NULL),
                   0);
  join(g, 0);
  run();
  assert_log("serve+ @1000 report=0 again=EALREADY start=7 @3000 serve- g=0");
}

static int start_and_tell(roost_task self, void *fn) {
  (void)self;
  roost_fiber_fn function = *(roost_fiber_fn *)fn;
  tell("start", roost_await_go(g, ROOST_FIBER(.fn = function, .name = "started"), &task));
  return 0;
}
static void start_one(roost_fiber_fn fn) {
  g = group(root, "g");
  assert_int_equal(roost_go(root, start_and_tell, &fn), 0);
  run();
  join(g, 0);
  run();
}

static int wait_for_ever(roost_task self, void *data) {
  (void)self;
  (void)data;
  return roost_sleep_forever();
}

static int cancel_itself(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_cancel(self, NULL), 0);
  return roost_sleep_forever();
}

/* L4: its error, and none of the target's; cancelled alone; or neither. */
static void a_fiber_that_ends_unstarted_says_why(void **state) {
  (void)state;
  start_one(fail_now);
  assert_log("start=EIO g=0");
  start_one(nothing);
  assert_log("start=ENOTSTARTED g=0");
  start_one(cancel_itself);
  assert_log("start=ETASKCANCELLED g=0");
}

static int start_in_a_scope(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_scope s = own_scope(ROOST_SCOPE(.name = "s", .timeout_ns = SECONDS(1), .move_on = 1));
  int rc = tell("start", roost_await_go(g, ROOST_FIBER(.fn = wait_for_ever), NULL));
  return close_scope(s, rc);
}

/* L4, T1b: the caller's cancellation reaches it, and the call ends with the task. */
static void a_start_is_cancelled_with_its_caller(void **state) {
  (void)state;
  g = group(root, "g");
  play(start_in_a_scope);
  assert_log("@1000 start=ECANCELED s=0^");
}

static int report_late(roost_task self, void *data) {
  (void)data;
  tell("sleep", roost_sleep(SECONDS(2)));
  return tell("report", roost_started(self, 4)) < 0 ? 0 : ROOST_EINVAL;
}
static int start_late(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_scope s = own_scope(ROOST_SCOPE(.name = "s", .timeout_ns = SECONDS(1), .move_on = 1));
  int rc = tell("start", roost_await_go(g, ROOST_FIBER(.fn = report_late), NULL));
  return close_scope(s, rc);
}

/* L4: when the caller was cancelled before the report, that moves nothing. */
static void a_late_report_moves_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  play(start_late);
  assert_log("@1000 sleep=ECANCELED report=ECANCELED start=ECANCELED s=0^");
}

static int open_and_report(roost_task self, void *data) {
  (void)data;
  roost_group inner = own_group(ROOST_GROUP(.name = "inner"));
  nap(inner, "child", .lasts = SECONDS(5));
  assert_int_equal(roost_started(self, 0), 0);
  return close_group(inner, roost_sleep(SECONDS(5)));
}

/* L4: the report moves it with all that it has opened: what cancels the group cancels that. */
static void a_started_fiber_moves_with_its_brackets(void **state) {
  (void)state;
  g = group(root, "g");
  roost_fiber_fn fn = open_and_report;
  assert_int_equal(roost_go(root, start_and_tell, &fn), 0);
  act(SECONDS(1), cancel_g);
  join(g, 0);
  run();
  assert_log("child+ start=0 @1000 child! inner=ECANCELED g=0^");
}

/* L4: it is never queued, and counts for the limit from its report on. */
static void a_start_exceeds_the_limit(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  nap(g, "a", .lasts = SECONDS(4));
  nap(g, "b", .lasts = SECONDS(1));
  play(start_fiber_and_wait);
  assert_log("a+ serve+ @1000 report=0 again=EALREADY start=7 1 @3000 serve- @4000 a- b+ @5000 b-");
}

static void bad_starts(void) {
  roost_task none = {0};
  assert_refused(ROOST_EINVAL, roost_await_go, (g, NULL, &none));
  assert_refused(ROOST_EINVAL, roost_await_go,
                 (g, ROOST_FIBER(.data = new_data(1), .drop = drop_data), &none));
  assert_refused(ROOST_EINVAL, roost_await_start, (g, NULL, &none));
  assert_refused(ROOST_EINVAL, roost_await_start,
                 (g, ROOST_TASK(.data = new_data(1), .drop = drop_data), &none));
  assert_refused(ROOST_ESTALE, roost_await_go,
                 (h, ROOST_FIBER(.fn = nothing, .data = new_data(1), .drop = drop_data), &none));
  assert_int_equal(none.id, 0);
}
static int start_badly(roost_task self, void *data) {
  (void)self;
  (void)data;
  bad_starts();
  note("refused");
  return 0;
}

/* B1, K5: a start that fails drops what it was given. */
static void bad_starts_are_refused(void **state) {
  (void)state;
  h = group(root, "h");
  join(h, 0);
  run();
  g = group(root, "g");
  play(start_badly);
  assert_log("h=0 refused");
  assert_refused(ROOST_ENOTASK, roost_await_go,
                 (g, ROOST_FIBER(.fn = nothing, .data = new_data(1), .drop = drop_data), NULL));
  assert_refused(ROOST_EINVAL, roost_start_fiber,
                 (g, root, ROOST_FIBER(.data = new_data(1), .drop = drop_data), log_wait,
                  copy_text("no"), drop_data, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_start_fiber,
                 (g, root, NULL, log_wait, copy_text("no"), drop_data, NULL, NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(fibers_start_in_the_order_of_spawning),
      TEST(fibers_take_turns_where_they_wait),
      TEST(a_fiber_may_spawn_fibers),
      TEST(a_fiber_knows_itself_and_where_it_is),
      TEST(a_callback_is_no_fiber),
      TEST(bad_spawns_are_refused),
      TEST(a_group_that_is_closing_takes_no_fiber),
      TEST(a_fiber_has_a_name),
      TEST(a_fiber_ends_with_its_answer),
      TEST(a_fiber_with_a_stack_size_has_no_outcome_yet),
      TEST(a_fiber_may_have_a_result),
      TEST(without_a_handle_the_result_is_dropped),
      TEST(a_second_result_drops_the_first),
      TEST(a_failed_fiber_has_an_object_and_a_message),
      TEST(a_result_outside_of_a_fiber_is_dropped),
      TEST(cancelled_without_a_cancellation_is_an_error),
      TEST(a_fiber_is_cancelled_alone),
      TEST(a_cancelled_fiber_may_complete),
      TEST(a_fiber_cancelled_before_still_takes_its_first_step),
      TEST(a_fiber_is_not_finished_from_outside),
      TEST(a_fiber_does_not_finish_itself),
      TEST(a_timeout_begins_with_the_first_step),
      TEST(a_timeout_may_move_on),
      TEST(a_timeout_of_no_length_has_passed),
      TEST(a_deadline_counts_while_a_fiber_is_queued),
      TEST(a_fiber_moves_its_deadline),
      TEST(a_limited_group_runs_fibers_one_by_one),
      TEST(a_queued_fiber_that_is_cancelled_never_runs),
      TEST(a_daemon_ends_with_its_group),
      TEST(a_daemon_does_not_keep_the_loop_going),
      TEST(a_shielded_fiber_runs_on),
      TEST(a_shield_has_a_grace),
      TEST(fibers_and_callbacks_share_a_group),
      TEST(fibers_and_blocking_tasks_share_a_group),
      TEST(a_fiber_wins_a_race),
      TEST(a_fiber_starts_a_fiber),
      TEST(a_fiber_starts_a_callback_task),
      TEST(a_callback_starts_a_fiber),
      TEST(a_fiber_that_ends_unstarted_says_why),
      TEST(a_start_is_cancelled_with_its_caller),
      TEST(a_late_report_moves_nothing),
      TEST(a_started_fiber_moves_with_its_brackets),
      TEST(a_start_exceeds_the_limit),
      TEST(bad_starts_are_refused),
  };
  return cmocka_run_group_tests_name("fiber", tests, NULL, NULL);
}
