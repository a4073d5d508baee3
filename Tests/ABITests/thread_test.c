/* Other threads: what each function does that any thread may call (C14 to C14c, C15, K7, S8b). */
#include "threads.h"

#include <sched.h>

static roost_group g;
static roost_scope s;
static roost_task task;
static roost_wait parked;
static roost_event event;

static void cancel_g_from_afar(void) { assert_asked(cancel_elsewhere(g, NULL)); }
static void cancel_task_from_afar(void) { assert_asked(cancel_elsewhere(task, NULL)); }

/* ---------------------------------------------------------------------------------------------- */
/* Cancelling                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* C14, C1 */
static void a_task_is_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  spawn(g, "b", .lasts = SECONDS(2));
  join(g, 0);
  act(SECONDS(1), cancel_task_from_afar);
  run();
  assert_log("a+ b+ @1000 a:1 @2000 b- g=0");
}

/* C14, C5: in spawn order. */
static void a_group_is_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  spawn(g, "b", .lasts = SECONDS(9));
  spawn(g, "c", .lasts = SECONDS(9), .on_cancel = log_stop);
  join(g, 0);
  act(SECONDS(1), cancel_g_from_afar);
  run();
  assert_log("a+ b+ c+ @1000 a:1 b! c:1 g=0^");
}

static void cancel_s_from_afar(void) { assert_asked(cancel_elsewhere(s, NULL)); }

/* C14 */
static void a_scope_is_cancelled(void **state) {
  (void)state;
  s = scope(root, "s");
  after(s, SECONDS(9), "w");
  after(root, SECONDS(2), "v");
  act(SECONDS(1), cancel_s_from_afar);
  run();
  assert_log("@1000 w=ECANCELED @2000 v=0");
  assert_int_equal(roost_cancelled(root), 0);
}

static void cancel_root_from_afar(void) { assert_asked(cancel_elsewhere(root, NULL)); }

/* C14, S8a */
static void the_root_is_cancelled(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  act(SECONDS(1), cancel_root_from_afar);
  run();
  assert_log("a+ @1000 a:1");
  assert_int_equal(roost_cancelled(root), 1);
  assert_int_equal(close_now(), 0);
}

/* C6, C6a: a task that has not begun takes its first step. */
static void a_task_is_cancelled_before_its_first_step(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9));
  cancel_task_from_afar();
  assert_log("");
  run();
  assert_log("a+ a!");
}

static void stay_in_cleanup(roost_task self) { task = self; }

/* C14, K2b */
static void a_cleanup_is_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .lasts = SECONDS(9), .body = stay_in_cleanup, .on_cancel = log_stop);
  join(g, 0);
  act(SECONDS(1), cancel_task_from_afar);
  run();
  assert_log("c:completed @1000 c:1 g=ECUT[cleanup of g:ECUT]");
}

/* C14, C5: it may be called while a callback runs, and nothing of the program's runs meanwhile. */
static void cancel_aloud(void) {
  note("before");
  cancel_g_from_afar();
  note("after");
}

static void a_cancel_runs_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  join(g, 0);
  act(SECONDS(1), cancel_aloud);
  run();
  assert_log("a+ @1000 before after a:1 g=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* Reasons                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* C9, C14: origin, code, message, and where it began. */
static void the_reason_arrives(void **state) {
  (void)state;
  g = group(root, "orchard");
  task = spawn(g, "a", .lasts = SECONDS(9));
  char message[] = "from afar";
  assert_asked(cancel_elsewhere(
      g, ROOST_CANCEL(.origin = ROOST_SIGNAL, .code = INT64_MIN, .message = message)));
  memset(message, '?', sizeof message - 1);
  assert_int_equal(roost_cancelled(task), 1);
  roost_reason reason = reason_of(task);
  assert_int_equal(reason.origin, ROOST_SIGNAL);
  assert_true(reason.code == INT64_MIN);
  assert_int_equal(reason.node.id, g.id);
  assert_string_equal(reason.message, "from afar");
  assert_string_equal(reason.name, "orchard");
}

/* C9: a message is cut at a character. */
static void a_long_message_is_cut(void **state) {
  (void)state;
  char message[128];
  memset(message, 'x', sizeof message);
  memcpy(message + 62, "\xc3\xa9", 2);
  message[127] = 0;
  assert_asked(cancel_elsewhere(root, ROOST_CANCEL(.message = message)));
  assert_int_equal(roost_cancelled(root), 1);
  assert_int_equal(strlen(reason_of(root).message), 62);
}

/* C9: what is no reason is refused, on that thread, and nothing is cancelled. */
static void a_bad_reason_is_refused(void **state) {
  (void)state;
  assert_int_equal(cancel_elsewhere(root, ROOST_CANCEL(.origin = ROOST_DEADLINE)), ROOST_EINVAL);
  assert_int_equal(cancel_elsewhere(root, ROOST_CANCEL(.origin = -1)), ROOST_EINVAL);
  assert_int_equal(cancel_elsewhere(root, &(roost_cancel_options){.size = 3}), ROOST_EINVAL);
  struct {
    roost_cancel_options known;
    uint64_t unknown;
  } longer = {.known.size = sizeof longer, .unknown = 1};
  assert_int_equal(cancel_elsewhere(root, &longer.known), ROOST_E2BIG);
  turn();
  assert_int_equal(roost_cancelled(root), 0);
  longer.unknown = 0;
  assert_asked(cancel_elsewhere(root, &longer.known));
  assert_int_equal(roost_cancelled(root), 1);
}

/* C5, C14a: the first reason stands, whoever asks; later ones are joined to it. */
static void the_first_reason_stands(void **state) {
  (void)state;
  s = scope(root, "s");
  for (int64_t code = 1; code <= 3; code++)
    assert_asked(cancel_elsewhere(s, ROOST_CANCEL(.code = code)));
  assert_int_equal(roost_cancelled(s), 1);
  assert_int_equal(reason_of(s).code, 1);
  assert_int_equal(roost_cancel(s, ROOST_CANCEL(.code = 4)), ROOST_ALREADY);
  assert_asked(cancel_elsewhere(s, ROOST_CANCEL(.code = 5)));
  turn();
  assert_int_equal(reason_of(s).code, 1);
}

/* C5: a cancel of the runtime's own that was there before goes before what is asked after it. */
static void a_cancel_of_its_own_stands_before_later_ones(void **state) {
  (void)state;
  s = scope(root, "s");
  assert_int_equal(roost_cancel(s, ROOST_CANCEL(.code = 1)), 0);
  assert_asked(cancel_elsewhere(s, ROOST_CANCEL(.code = 2)));
  turn();
  assert_int_equal(reason_of(s).code, 1);
}

/* C9: what is asked of a node and of one around it are two cancellations. */
static void a_node_and_its_group_are_both_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  assert_asked(cancel_elsewhere(s, ROOST_CANCEL(.code = 1)));
  assert_asked(cancel_elsewhere(g, ROOST_CANCEL(.code = 2)));
  turn();
  assert_int_equal(roost_cancel_called(s), 1);
  assert_int_equal(roost_cancel_called(g), 1);
  assert_int_equal(reason_of(s).code, 2);
}

/* C14a, S2a: however many ask, a task is told once. */
static void many_asks_are_told_once(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .on_cancel = log_stay, .answers = ROOST_PENDING);
  turn();
  for (int i = 0; i < 50; i++) {
    assert_asked(cancel_elsewhere(task, NULL));
    assert_asked(cancel_elsewhere(g, NULL));
  }
  turn();
  for (int i = 0; i < 50; i++) assert_asked(cancel_elsewhere(task, NULL));
  assert_asked(shutdown_elsewhere(g, 0));
  turn();
  assert_log("a+ a:1");
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
}

static void begin_loop(uv_loop_t *loop) {
  assert_int_equal(close_now(), 0);
  assert_int_equal(uv_loop_init(loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = loop, .clock = ROOST_CLOCK_VIRTUAL), &rt), 0);
  root = roost_root(rt);
}

/* S8, C14: asking keeps no loop going, and what was asked is done when it turns again. */
static void a_borrowed_loop_takes_what_was_asked_when_it_turns(void **state) {
  (void)state;
  uv_loop_t loop;
  begin_loop(&loop);
  s = scope(root, "s");
  assert_asked(cancel_elsewhere(s, NULL));
  after(s, SECONDS(9), "w");
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("w=ECANCELED");
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_asked(cancel_elsewhere(root, NULL));
  assert_int_equal(uv_loop_alive(&loop), 0);
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  rt.id = 0;
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* What is not there any more                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static void remember_self(roost_task self) { task = self; }

static int start_unkept(roost_task self, void *data) {
  (void)data;
  remember_self(self);
  return 0;
}

/* C6, C14a */
static void what_has_ended_is_not_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = start_unkept), NULL), 0);
  parked = park(root, "p");
  assert_int_equal(roost_wake(parked, 0), 0);
  join(g, 0);
  join(s, 0);
  run();
  clear_log();
  const roost_node ended[] = {g, s, task};
  for (size_t i = 0; i < COUNT(ended); i++) {
    assert_int_equal(cancel_elsewhere(ended[i], NULL), ROOST_ESTALE);
    assert_int_equal(shutdown_elsewhere(ended[i], 0), ROOST_ESTALE);
    assert_int_equal(cancelled_elsewhere(ended[i]), ROOST_ESTALE);
  }
  assert_int_equal(release_elsewhere(task), ROOST_ESTALE);
  assert_int_equal(release_id_elsewhere(task.id), ROOST_ESTALE);
  assert_int_equal(wake_elsewhere(parked, 0), ROOST_ESTALE);
}

/* C6, C14a: a task that has ended and is kept: nothing happens to it. */
static void what_is_only_kept_is_not_cancelled(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = 5);
  run();
  int rc = cancel_elsewhere(task, NULL);
  assert_true(rc == ROOST_ASKED || rc == ROOST_ESTALE);
  rc = shutdown_elsewhere(task, 0);
  assert_true(rc == ROOST_ASKED || rc == ROOST_ESTALE);
  turn();
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  assert_int_equal(outcome_of(task).code, 5);
  assert_int_equal(roost_cancelled(root), 0);
}

static void ask_and_end(roost_task self) {
  assert_asked(cancel_elsewhere(self, NULL));
  assert_asked(shutdown_elsewhere(self, 0));
  task = self;
}

/* C14a: it ends after it was asked and before the runtime's thread looks. */
static void what_ends_meanwhile_is_not_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  roost_task kept = spawn(g, "a", .body = ask_and_end, .answers = 3);
  join(g, 0);
  run();
  assert_log("a+ g=0");
  assert_int_equal(roost_release(kept), ROOST_ESTALE);
}

/* T3: once more, with rows that are used again meanwhile. */
static void what_takes_its_place_is_not_cancelled(void **state) {
  (void)state;
  for (int i = 0; i < 100; i++) {
    s = scope(root, "s");
    assert_asked(cancel_elsewhere(s, NULL));
    assert_asked(shutdown_elsewhere(s, 0));
    join(s, 0);
    turn();
    roost_scope next = scope(root, "next");
    assert_int_equal(roost_cancelled(next), 0);
    assert_int_equal(roost_stopping(next), 0);
    assert_int_equal(cancel_elsewhere(s, NULL), ROOST_ESTALE);
    assert_int_equal(roost_cancelled(next), 0);
    join(next, 0);
    turn();
    clear_log();
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Wrong handles                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

typedef int (*with_id)(uint64_t id);
static int cancel_id(uint64_t id) { return cancel_elsewhere((roost_node){id}, NULL); }
static int shutdown_id(uint64_t id) { return shutdown_elsewhere((roost_node){id}, 0); }
static int wake_id(uint64_t id) { return wake_elsewhere((roost_wait){id}, 0); }
static int release_task_id(uint64_t id) { return release_elsewhere((roost_task){id}); }
static int cancelled_id(uint64_t id) { return cancelled_elsewhere((roost_node){id}); }
static int post_id(uint64_t id) {
  return post_elsewhere((roost_runtime){id}, log_post, copy_text("no"), drop_data);
}
static int current_id(uint64_t id) {
  roost_step step = {.size = sizeof step};
  return current_elsewhere((roost_runtime){id}, &step);
}

/* T3, B1: an unset handle, and one of each wrong kind. */
static void handles_of_other_kinds_are_refused(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = spawn(g, "a");
  parked = after(s, 0, "w");
  assert_int_equal(roost_event_open(rt, &event), 0);
  roost_cleanup swept = cleanup(g, "c");
  enum { a_runtime = 1, a_task = 2, a_block = 4, a_wait = 8, a_cleanup = 16, an_event = 32 };
  const struct {
    uint64_t id;
    int is;
  } handles[] = {{rt.id, a_runtime},  {task.id, a_task},     {g.id, a_block},     {s.id, a_block},
                 {parked.id, a_wait}, {swept.id, a_cleanup}, {event.id, an_event}};
  const struct {
    with_id call;
    int takes;
  } calls[] = {{cancel_id, a_task | a_block},
               {shutdown_id, a_task | a_block},
               {cancelled_id, a_task | a_block},
               {wake_id, a_wait},
               {release_task_id, a_task},
               {release_id_elsewhere, a_task | an_event},
               {post_id, a_runtime},
               {current_id, a_runtime}};
  for (size_t i = 0; i < COUNT(calls); i++) {
    assert_int_equal(calls[i].call(0), ROOST_EINVAL);
    for (size_t j = 0; j < COUNT(handles); j++)
      if ((calls[i].takes & handles[j].is) == 0)
        assert_int_equal(calls[i].call(handles[j].id), ROOST_EKIND);
  }
  join(g, 0);
  run();
  assert_log("a+ w=0 c:completed g=0");
}

/* T3: numbers that name nothing. */
static void forged_handles_are_refused(void **state) {
  (void)state;
  const with_id calls[] = {cancel_id,       shutdown_id,          cancelled_id, wake_id,
                           release_task_id, release_id_elsewhere, post_id,      current_id};
  g = group(root, "g");
  for (size_t i = 0; i < COUNT(calls); i++)
    for (int bit = 0; bit < 64; bit++) {
      int rc = calls[i](g.id ^ UINT64_C(1) << bit);
      if (rc != ROOST_EKIND && rc != ROOST_ESTALE && rc != ROOST_EINVAL)
        fail_msg("call %d, bit %d: %s", (int)i, bit, code_name(rc));
    }
  turn();
  assert_int_equal(roost_cancelled(g), 0);
}

static things closed;

static void *count_stale(void *data) {
  *(int *)data = count_other_answers(&closed, ROOST_ESTALE);
  return NULL;
}

/* T3, C14: of a runtime that has been closed, on its thread and on others, for ever. */
static void a_closed_runtime_is_stale(void **state) {
  int others = -1;
  closed = open_things();
  assert_int_equal(close_now(), 0);
  assert_int_equal(open_runtime(state), 0);
  assert_int_equal(count_other_answers(&closed, ROOST_ESTALE), 0);
  end_thread(begin_thread(count_stale, &others));
  assert_int_equal(others, 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* The order of what is asked                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static void post_and_cancel(void) {
  post_from_afar("p");
  cancel_g_from_afar();
  post_from_afar("q");
}

/* C14, S5: what one thread asks comes in its order. */
static void cancels_and_posts_come_in_order(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  join(g, 0);
  act(SECONDS(1), post_and_cancel);
  run();
  assert_log("a+ @1000 p a:1 q g=0^");
}

static void post_and_wake(void) {
  post_from_afar("p");
  assert_asked(wake_elsewhere(parked, 7));
  post_from_afar("q");
}

/* C14, S5 */
static void wakes_and_posts_come_in_order(void **state) {
  (void)state;
  parked = park(root, "w");
  act(SECONDS(1), post_and_wake);
  run();
  assert_log("@1000 p w=7 q");
}

/* C14, C12: a shutdown that was asked before a cancel comes before it, and the other way round. */
static void shutdowns_and_cancels_come_in_order(void **state) {
  (void)state;
  for (int cancel_first = 0; cancel_first <= 1; cancel_first++) {
    s = scope(root, "s", .until_stopping = 1);
    after(s, SECONDS(9), "w");
    turn();
    if (cancel_first) assert_asked(cancel_elsewhere(s, NULL));
    assert_asked(shutdown_elsewhere(s, 0));
    if (!cancel_first) assert_asked(cancel_elsewhere(s, NULL));
    turn();
    assert_log(cancel_first ? "w=ECANCELED" : "w=ESTOPPING");
    assert_int_equal(roost_stopping(s), 1);
    assert_int_equal(reason_of(s).origin, cancel_first ? ROOST_EXPLICIT : ROOST_SHUTDOWN);
    join(s, 0);
    turn();
    clear_log();
  }
}

/* C14, C4: a wake and a cancel of its scope. */
static void wakes_and_cancels_come_in_order(void **state) {
  (void)state;
  for (int cancel_first = 0; cancel_first <= 1; cancel_first++) {
    s = scope(root, "s");
    parked = park(s, "w");
    turn();
    if (cancel_first) assert_asked(cancel_elsewhere(s, NULL));
    assert_asked(wake_elsewhere(parked, 7));
    if (!cancel_first) assert_asked(cancel_elsewhere(s, NULL));
    turn();
    assert_log(cancel_first ? "w=ECANCELED" : "w=7");
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Asking whether something is cancelled                                                          */
/* ---------------------------------------------------------------------------------------------- */

static uv_sem_t go_on;

static void *cancel_when_told(void *data) {
  uv_sem_wait(&go_on);
  *(int *)data = roost_cancel(g, ROOST_CANCEL(.code = 5));
  return NULL;
}

static int canceller_answered;

static void loop_until_cancelled(roost_task self) {
  assert_int_equal(uv_sem_init(&go_on, 0), 0);
  pthread_t thread = begin_thread(cancel_when_told, &canceller_answered);
  assert_int_equal(roost_cancelled(self), 0);
  uv_sem_post(&go_on);
  while (roost_cancelled(self) == 0) sched_yield();
  end_thread(thread);
  uv_sem_destroy(&go_on);
  assert_int_equal(reason_of(self).code, 5);
  note("noticed");
}

/* K7: a task that computes and never lets go of the loop notices what another thread asks. */
static void a_loop_that_never_ends_notices(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .body = loop_until_cancelled, .answers = ROOST_ECANCELED);
  join(g, 0);
  run();
  assert_log("a+ noticed g=0^");
  assert_int_equal(canceller_answered, ROOST_ASKED);
}

/* K7: the query takes what waits for all nodes, and runs nothing. */
static void the_query_takes_what_was_asked(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  s = scope(root, "s", .until_stopping = 1);
  after(s, SECONDS(9), "w");
  turn();
  assert_log("a+");
  cancel_g_from_afar();
  assert_asked(shutdown_elsewhere(s, ROOST_FOREVER));
  assert_int_equal(roost_cancelled(task), 1);
  assert_int_equal(roost_cancel_called(g), 1);
  assert_int_equal(roost_stopping(s), 1);
  assert_log("");
  run();
  assert_log("a:1 w=ESTOPPING");
}

/* K7: the other queries that look at the clock take what waits too. */
static void every_query_takes_what_was_asked(void **state) {
  (void)state;
  s = scope(root, "s");
  assert_asked(cancel_elsewhere(s, NULL));
  assert_int_equal(roost_cancel_called(s), 1);
  s = scope(root, "s");
  assert_asked(cancel_elsewhere(s, NULL));
  assert_int_equal(reason_of(s).origin, ROOST_EXPLICIT);
  s = scope(root, "s");
  assert_asked(shutdown_elsewhere(s, ROOST_FOREVER));
  assert_int_equal(roost_stopping(s), 1);
}

/* K7: elsewhere only the mark is read, which the runtime's thread sets. */
static void another_thread_reads_the_mark_only(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .on_cancel = log_stay, .answers = ROOST_PENDING);
  roost_task shielded = spawn(g, "b", .shield = 1, .answers = ROOST_PENDING);
  turn();
  cancel_g_from_afar();
  assert_int_equal(cancelled_elsewhere(g), 0);
  assert_int_equal(cancelled_elsewhere(task), 0);
  assert_int_equal(roost_cancelled(g), 1);
  assert_int_equal(cancelled_elsewhere(g), 1);
  assert_int_equal(cancelled_elsewhere(task), 1);
  assert_int_equal(cancelled_elsewhere(shielded), 0);
  assert_int_equal(roost_set_shield(shielded, 0), 0);
  assert_int_equal(cancelled_elsewhere(shielded), 1);
  turn();
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
  assert_int_equal(roost_finish(shielded, 0, NULL, NULL), 0);
}

/* C10: a shield takes marks away, and other threads see that too. */
static void another_thread_sees_a_shield(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  roost_scope inner = scope(s, "inner");
  assert_int_equal(roost_cancel(g, NULL), 0);
  assert_int_equal(cancelled_elsewhere(inner), 1);
  assert_int_equal(roost_set_shield(s, 1), 0);
  assert_int_equal(cancelled_elsewhere(s), 0);
  assert_int_equal(cancelled_elsewhere(inner), 0);
  assert_int_equal(cancelled_elsewhere(scope(s, "later")), 0);
  assert_int_equal(cancelled_elsewhere(scope(g, "later")), 1);
}

/* C6: what is opened in something cancelled has its mark at once, whatever was in its row before. */
static void another_thread_sees_what_is_born_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_cancel(g, NULL), 0);
  for (int i = 0; i < 20; i++) {
    roost_scope marked = scope(g, "marked");
    assert_int_equal(cancelled_elsewhere(marked), 1);
    join(marked, 0);
    turn();
    roost_scope plain = scope(root, "plain");
    assert_int_equal(cancelled_elsewhere(plain), 0);
    assert_int_equal(cancelled_elsewhere(marked), ROOST_ESTALE);
    join(plain, 0);
    turn();
  }
  clear_log();
}

/* K7, D1, real: elsewhere nobody looks at the clock. */
static void another_thread_looks_at_no_clock(void **state) {
  (void)state;
  roost_runtime real;
  roost_scope timed;
  assert_int_equal(roost_runtime_open(NULL, &real), 0);
  assert_int_equal(roost_scope_open(roost_root(real), ROOST_SCOPE(.timeout_ns = 1000), &timed), 0);
  uint64_t passed = uv_hrtime() + 2000;
  while (uv_hrtime() < passed) {
  }
  assert_int_equal(cancelled_elsewhere(timed), 0);
  assert_int_equal(roost_cancelled(timed), 1);
  assert_int_equal(cancelled_elsewhere(timed), 1);
  assert_int_equal(roost_close(real, 0, NULL, NULL, NULL), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Shutting down                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static void shut_g_down(void) { assert_asked(shutdown_elsewhere(g, SECONDS(2))); }

/* C12, C14a: patience begins when the runtime's thread looks. */
static void a_shutdown_is_patient(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  spawn(g, "b", .lasts = SECONDS(2));
  s = scope(g, "s", .until_stopping = 1);
  after(s, SECONDS(9), "w");
  join(g, 0);
  act(SECONDS(1), shut_g_down);
  run();
  assert_log("a+ b+ @1000 w=ESTOPPING @2000 b- @3000 a:6 g=0^");
  assert_int_equal(last.reason.origin, ROOST_SHUTDOWN);
}

static void begin_shutdowns(void) {
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  join(g, 0);
}

/* C12a: asks that are joined: the shortest patience counts, in whatever order they come. */
static void the_shortest_patience_counts(void **state) {
  (void)state;
  static const int64_t patiences[][3] = {{5, 2, 7}, {2, 5, 7}, {7, 5, 2}, {ROOST_FOREVER, 7, 2}};
  for (size_t i = 0; i < COUNT(patiences); i++) {
    beginning = roost_now(rt);
    begin_shutdowns();
    for (size_t j = 0; j < 3; j++) {
      int64_t patience = patiences[i][j];
      assert_asked(
          shutdown_elsewhere(g, patience == ROOST_FOREVER ? ROOST_FOREVER : SECONDS(patience)));
    }
    run();
    assert_log("a+ @2000 a:6 g=0^");
  }
}

/* C12: no patience, asked for in three ways. */
static void a_shutdown_without_patience_cancels(void **state) {
  (void)state;
  static const int64_t patiences[] = {0, ROOST_NOW, INT64_MIN};
  for (size_t i = 0; i < COUNT(patiences); i++) {
    begin_shutdowns();
    assert_asked(shutdown_elsewhere(g, patiences[i]));
    run();
    assert_log("a+ a:6 g=0^");
  }
}

/* C12: nothing that has no wish to stop is hindered, for ever. */
static void a_shutdown_for_ever_cancels_nothing(void **state) {
  (void)state;
  begin_shutdowns();
  assert_asked(shutdown_elsewhere(g, ROOST_FOREVER));
  run();
  assert_log("a+ @9000 a- g=0");
}

/* C12a: a cancel goes before a shutdown's patience at any time. */
static void a_cancel_goes_before_the_patience(void **state) {
  (void)state;
  begin_shutdowns();
  assert_asked(shutdown_elsewhere(g, SECONDS(5)));
  act(SECONDS(1), cancel_g_from_afar);
  run();
  assert_log("a+ @1000 a:1 g=0^");
}

/* C12, S8a: the root. */
static void the_root_is_shut_down(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  assert_asked(shutdown_elsewhere(root, SECONDS(3)));
  run();
  assert_log("a+ @3000 a:6");
}

/* ---------------------------------------------------------------------------------------------- */
/* Waking                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void wake_it(void) { assert_asked(wake_elsewhere(parked, 7)); }

/* C14, S2b: with and without a request behind it. */
static void a_parked_wait_is_woken(void **state) {
  (void)state;
  for (int abort = 0; abort <= STOPS; abort++) {
    beginning = roost_now(rt);
    parked = park(root, "p", .abort = abort);
    act(SECONDS(1), wake_it);
    run();
    assert_log("@1000 p=7");
  }
}

/* S2b: in the order in which they were woken. */
static void waits_are_woken_in_order(void **state) {
  (void)state;
  roost_wait waits[] = {park(root, "first"), park(root, "second"), park(root, "third")};
  assert_asked(wake_elsewhere(waits[2], 3));
  assert_asked(wake_elsewhere(waits[0], ROOST_EIO));
  assert_asked(wake_elsewhere(waits[1], INT32_MIN));
  run();
  assert_log("third=3 first=EIO second=-2147483648");
}

/* C14: the first who asks is heard, before the runtime's thread looks and after. */
static void a_wait_is_woken_once(void **state) {
  (void)state;
  parked = park(root, "p");
  wake_it();
  assert_int_equal(wake_elsewhere(parked, 8), ROOST_ESTALE);
  assert_refused(ROOST_ESTALE, roost_wake, (parked, 9));
  turn();
  assert_log("p=7");
  assert_int_equal(wake_elsewhere(parked, 8), ROOST_ESTALE);
}

/* C14: what the runtime's thread itself has woken. */
static void what_was_woken_is_not_woken_again(void **state) {
  (void)state;
  parked = park(root, "p");
  assert_int_equal(roost_wake(parked, 7), 0);
  int rc = wake_elsewhere(parked, 8);
  assert_true(rc == ROOST_ASKED || rc == ROOST_ESTALE);
  turn();
  assert_log("p=7");
}

/* C4a: a cancellation that came before; there is no request, and the wake is too late. */
static void a_cancelled_wait_is_not_woken(void **state) {
  (void)state;
  s = scope(root, "s");
  parked = park(s, "p");
  assert_int_equal(roost_cancel(s, NULL), 0);
  int rc = wake_elsewhere(parked, 7);
  assert_true(rc == ROOST_ASKED || rc == ROOST_ESTALE);
  turn();
  assert_log("p=ECANCELED");
}

/* C4: the twin: a request that will end by itself may still bring its result. */
static void a_request_refuses_its_cancellation(void **state) {
  (void)state;
  s = scope(root, "s");
  parked = park(s, "p", .abort = WILL_END);
  assert_int_equal(roost_cancel(s, NULL), 0);
  act(SECONDS(1), wake_it);
  run();
  assert_log("p:abort @1000 p=7");
}

/* C4a: and one that ends between the mark and its abort, without the abort. */
static void a_request_ends_before_its_abort(void **state) {
  (void)state;
  s = scope(root, "s");
  parked = park(s, "p", .abort = STOPS);
  assert_int_equal(roost_cancel(s, NULL), 0);
  wake_it();
  assert_int_equal(roost_cancelled(s), 1); /* which takes the wake, too */
  turn();
  assert_log("p=7");
}

/* C14b: the abort itself may have another thread wake. */
static void wake_in_abort(roost_wait it) {
  assert_asked(wake_elsewhere(it, 7));
  assert_int_equal(wake_elsewhere(it, 8), ROOST_ESTALE);
}

static void an_abort_has_another_thread_wake(void **state) {
  (void)state;
  s = scope(root, "s");
  park(s, "p", .abort = WILL_END, .aborting = wake_in_abort);
  assert_int_equal(roost_cancel(s, NULL), 0);
  turn();
  assert_log("p:abort p=7");
}

/* S2b: what was taken back lets go of its data, and tells nobody. */
static void what_was_taken_back_is_woken_in_silence(void **state) {
  (void)state;
  parked = park(root, "p", .abort = WILL_END);
  assert_int_equal(roost_unwait(parked), 0);
  turn();
  wake_it();
  turn();
  assert_log("p:abort");
}

/* T3: a wait of another sort is not woken, and comes to its own end. */
static void other_waits_are_not_woken(void **state) {
  (void)state;
  parked = after(root, SECONDS(1), "w");
  task = spawn(root, "a", .lasts = SECONDS(2));
  roost_wait end = on_end(task, root, "end");
  roost_wait event_wait;
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(roost_event_wait(event, root, log_wait, copy_text("e"), drop_data, &event_wait),
                   0);
  const roost_wait others[] = {parked, end, event_wait};
  for (size_t i = 0; i < COUNT(others); i++) {
    int rc = wake_elsewhere(others[i], 7);
    assert_true(rc == ROOST_EKIND || rc == ROOST_ASKED);
  }
  turn();
  assert_log("a+ @1000 w=0 @2000 a- end=0");
  assert_int_equal(roost_event_set(event), 0);
  run();
  assert_log("e=0");
}

static void *wake_when_told(void *data) {
  uv_sem_wait(&go_on);
  *(int *)data = roost_wake(parked, 7);
  return NULL;
}

static void let_go(uv_idle_t *idle) {
  uv_sem_post(&go_on);
  uv_close((uv_handle_t *)idle, NULL);
}

/* C14, real: a loop that sleeps is woken. */
static void a_loop_that_sleeps_is_woken(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(NULL, &rt), 0);
  parked = park(roost_root(rt), "p");
  assert_int_equal(uv_sem_init(&go_on, 0), 0);
  int answer = 0;
  pthread_t thread = begin_thread(wake_when_told, &answer);
  uv_idle_t idle;
  assert_int_equal(uv_idle_init(roost_loop(rt), &idle), 0);
  assert_int_equal(uv_idle_start(&idle, let_go), 0);
  run();
  end_thread(thread);
  uv_sem_destroy(&go_on);
  assert_int_equal(answer, ROOST_ASKED);
  assert_log("p=7");
}

/* ---------------------------------------------------------------------------------------------- */
/* Runtimes that close, and runtimes of other threads                                             */
/* ---------------------------------------------------------------------------------------------- */

static void ask_all_while_closing(void) {
  assert_int_equal(roost_close(rt, SECONDS(5), NULL, NULL, NULL), ROOST_PENDING);
  assert_asked(wake_elsewhere(parked, 7));
  assert_asked(release_elsewhere(task));
  assert_asked(release_id_elsewhere(event.id));
  assert_int_equal(cancelled_elsewhere(root), 0);
  assert_asked(cancel_elsewhere(g, NULL));
  assert_asked(shutdown_elsewhere(root, SECONDS(2)));
}

/* C14, S8a: while a runtime is closing, all is as ever. */
static void a_closing_runtime_hears(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  spawn(root, "b", .lasts = SECONDS(9), .on_cancel = log_stop);
  parked = park(root, "p");
  assert_int_equal(roost_event_open(rt, &event), 0);
  act(SECONDS(1), ask_all_while_closing);
  assert_int_equal(roost_run(rt), 0);
  assert_log("a+ b+ @1000 p=7 a:1 b:6");
  rt.id = 0;
}

static void see_nothing(const roost_result *result, void *data) {
  (void)result;
  *(int *)data = count_other_answers(&closed, ROOST_ESTALE);
}

/* S8a, T3: the function that is told of the close finds it gone. */
static void a_runtime_that_tells_of_its_close_is_stale(void **state) {
  (void)state;
  int others = -1;
  closed = open_things();
  assert_int_equal(roost_close(rt, 0, see_nothing, &others, NULL), 0);
  assert_int_equal(others, 0);
  rt.id = 0;
  clear_log();
}

typedef struct host {
  roost_runtime runtime;
  roost_group group;
  int64_t code;
  uv_sem_t ready;
} host;

static int tell_code(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  ((host *)data)->code = why->code;
  return 0;
}

static int say_ready(roost_task self, void *data) {
  (void)self;
  uv_sem_post(&((host *)data)->ready);
  return ROOST_PENDING;
}

static void *be_host(void *data) {
  host *it = data;
  if (roost_runtime_open(NULL, &it->runtime) != 0) return NULL;
  it->group = roost_root(it->runtime);
  roost_spawn(it->group,
              ROOST_TASK(.start = say_ready, .on_cancel = tell_code, .data = it, .name = "guest"),
              NULL);
  roost_run(it->runtime);
  roost_close(it->runtime, 0, NULL, NULL, NULL);
  return data;
}

/* C14, real: a thread that has a runtime of its own cancels in another thread's, whose loop sleeps.
 */
static void a_thread_cancels_in_anothers_runtime(void **state) {
  (void)state;
  host it = {.code = 0};
  assert_int_equal(uv_sem_init(&it.ready, 0), 0);
  pthread_t thread = begin_thread(be_host, &it);
  uv_sem_wait(&it.ready);
  assert_refused(ROOST_ETHREAD, roost_stopping, (it.group));
  assert_asked(roost_cancel(it.group, ROOST_CANCEL(.code = 77)));
  end_thread(thread);
  assert_int_equal(it.code, 77);
  assert_refused(ROOST_ESTALE, roost_cancel, (it.group, NULL));
  uv_sem_destroy(&it.ready);
}

/* C14: what reads no runtime may be called from any thread, without one. */
static void *read_nothing(void *data) {
  *(int *)data = strcmp(roost_last_error(), "") == 0 &&
                 strcmp(roost_version(), ROOST_VERSION) == 0 &&
                 strcmp(roost_strerror(ROOST_ESTALE), "") != 0;
  return NULL;
}

static void every_thread_reads_texts(void **state) {
  (void)state;
  int is_right = 0;
  end_thread(begin_thread(read_nothing, &is_right));
  assert_int_equal(is_right, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_task_is_cancelled),
      TEST(a_group_is_cancelled),
      TEST(a_scope_is_cancelled),
      TEST(the_root_is_cancelled),
      TEST(a_task_is_cancelled_before_its_first_step),
      TEST(a_cleanup_is_cancelled),
      TEST(a_cancel_runs_nothing),
      TEST(the_reason_arrives),
      TEST(a_long_message_is_cut),
      TEST(a_bad_reason_is_refused),
      TEST(the_first_reason_stands),
      TEST(a_cancel_of_its_own_stands_before_later_ones),
      TEST(a_node_and_its_group_are_both_cancelled),
      TEST(many_asks_are_told_once),
      TEST(a_borrowed_loop_takes_what_was_asked_when_it_turns),
      TEST(what_has_ended_is_not_cancelled),
      TEST(what_is_only_kept_is_not_cancelled),
      TEST(what_ends_meanwhile_is_not_cancelled),
      TEST(what_takes_its_place_is_not_cancelled),
      TEST(handles_of_other_kinds_are_refused),
      TEST(forged_handles_are_refused),
      TEST(a_closed_runtime_is_stale),
      TEST(cancels_and_posts_come_in_order),
      TEST(wakes_and_posts_come_in_order),
      TEST(shutdowns_and_cancels_come_in_order),
      TEST(wakes_and_cancels_come_in_order),
      TEST(a_loop_that_never_ends_notices),
      TEST(the_query_takes_what_was_asked),
      TEST(every_query_takes_what_was_asked),
      TEST(another_thread_reads_the_mark_only),
      TEST(another_thread_sees_a_shield),
      TEST(another_thread_sees_what_is_born_cancelled),
      TEST(another_thread_looks_at_no_clock),
      TEST(a_shutdown_is_patient),
      TEST(the_shortest_patience_counts),
      TEST(a_shutdown_without_patience_cancels),
      TEST(a_shutdown_for_ever_cancels_nothing),
      TEST(a_cancel_goes_before_the_patience),
      TEST(the_root_is_shut_down),
      TEST(a_parked_wait_is_woken),
      TEST(waits_are_woken_in_order),
      TEST(a_wait_is_woken_once),
      TEST(what_was_woken_is_not_woken_again),
      TEST(a_cancelled_wait_is_not_woken),
      TEST(a_request_refuses_its_cancellation),
      TEST(a_request_ends_before_its_abort),
      TEST(an_abort_has_another_thread_wake),
      TEST(what_was_taken_back_is_woken_in_silence),
      TEST(other_waits_are_not_woken),
      TEST(a_loop_that_sleeps_is_woken),
      TEST(a_closing_runtime_hears),
      TEST(a_runtime_that_tells_of_its_close_is_stale),
      TEST(a_thread_cancels_in_anothers_runtime),
      TEST(every_thread_reads_texts),
  };
  return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
