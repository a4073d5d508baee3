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

/* S8, C14: asking keeps no loop going, and what was asked is done when it turns again. */
static void a_borrowed_loop_takes_what_was_asked_when_it_turns(void **state) {
  (void)state;
  s = scope(root, "s");
  assert_asked(cancel_elsewhere(s, NULL));
  assert_int_equal(uv_loop_alive(&loop), 0);
  after(s, SECONDS(9), "w");
  run_loop();
  assert_log("w=ECANCELED");
  assert_asked(shutdown_elsewhere(root, 0));
  assert_int_equal(uv_loop_alive(&loop), 0);
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
  task = spawn(root, "a", .lasts = 1, .answers = 5);
  run_loop();
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
  roost_task kept = spawn(g, "a", .body = ask_and_end);
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

static void ask_before_the_end(roost_task self) {
  (void)self;
  assert_asked(cancel_elsewhere(s, NULL));
  assert_asked(shutdown_elsewhere(s, 0));
  assert_asked(wake_elsewhere(parked, 7));
  assert_asked(release_id_elsewhere(event.id));
}

enum { many = 5000 };
static roost_scope new_scopes[many];
static roost_wait new_waits[many];
static roost_event new_events[many];
static int told_of_new;

static void count_told(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  told_of_new++;
}

/* More than there are rows that have been given back. */
static void open_again(roost_task self) {
  (void)self;
  assert_int_equal(roost_event_destroy(event), 0);
  for (int i = 0; i < many; i++) {
    new_scopes[i] = open_scope(root, NULL);
    assert_int_equal(roost_park(root, NULL, count_told, NULL, NULL, &new_waits[i]), 0);
    assert_int_equal(roost_event_open(rt, &new_events[i]), 0);
  }
}

/* C14a, T3: what was asked is looked at when the row is something else's already. */
static void rows_that_are_used_again_are_left_alone(void **state) {
  (void)state;
  told_of_new = 0;
  s = scope(root, "s");
  parked = park(root, "p");
  assert_int_equal(roost_event_open(rt, &event), 0);
  spawn(root, "a", .body = ask_before_the_end);
  join(s, 0);
  assert_int_equal(roost_wake(parked, 5), 0);
  spawn(root, "b", .body = open_again);
  turn();
  assert_log("a+ s=0 p=5 b+");
  for (int i = 0; i < many; i++) {
    assert_int_equal(roost_cancel_called(new_scopes[i]), 0);
    assert_int_equal(roost_stopping(new_scopes[i]), 0);
    assert_int_equal(roost_unwait(new_waits[i]), 0);
    assert_int_equal(roost_event_set(new_events[i]), 0);
  }
  assert_int_equal(told_of_new, 0);
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

static const with_id all_calls[] = {cancel_id, shutdown_id,     cancelled_id,
                                    wake_id,   release_task_id, release_id_elsewhere,
                                    post_id,   current_id};

/* T3: numbers that name nothing, or not what they say: refused, or in vain. The root's is its
 * runtime's with another kind. */
static void assert_in_vain(uint64_t id) {
  if (id == root.id || id == rt.id) return;
  for (size_t i = 0; i < COUNT(all_calls); i++) {
    int rc = all_calls[i](id);
    if (rc != ROOST_EKIND && rc != ROOST_ESTALE && rc != ROOST_EINVAL && rc != ROOST_ASKED &&
        rc != 0)
      fail_msg("call %d with %llx: %s", (int)i, (unsigned long long)id, code_name(rc));
  }
}

enum { kinds = 64 };

/* T3: each thing by its number with another kind's name: what it is does not change. */
static void forged_handles_do_nothing(void **state) {
  (void)state;
  roost_limiter limiter;
  roost_lock lock;
  roost_condition condition;
  roost_channel channel;
  g = group(root, "g");
  s = scope(root, "s");
  task = spawn(root, "a", .answers = ROOST_PENDING);
  parked = park(s, "p");
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(roost_limiter_open(rt, 1, &limiter), 0);
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  assert_int_equal(roost_condition_open(lock, &condition), 0);
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  turn();
  assert_log("a+");
  const uint64_t ids[] = {
      rt.id,      g.id,    s.id,         task.id,    parked.id,         event.id,
      limiter.id, lock.id, condition.id, channel.id, cleanup(g, "c").id};
  for (size_t i = 0; i < COUNT(ids); i++)
    for (uint64_t kind = 0; kind < kinds; kind++)
      if (ids[i] >> 58 != kind) assert_in_vain((ids[i] & ((UINT64_C(1) << 58) - 1)) | kind << 58);
  turn();
  assert_log("");
  const roost_node nodes[] = {root, g, s, task};
  for (size_t i = 0; i < COUNT(nodes); i++) {
    assert_int_equal(roost_cancel_called(nodes[i]), 0);
    assert_int_equal(roost_stopping(nodes[i]), 0);
  }
  assert_int_equal(roost_event_set(event), 0);
  assert_int_equal(roost_limiter_try_acquire(limiter), 0);
  assert_int_equal(roost_lock_try_acquire(lock, s), 0);
  assert_int_equal(roost_condition_notify(condition, 1), 0);
  assert_int_equal(roost_channel_close(channel), 0);
  assert_int_equal(roost_wake(parked, 7), 0);
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
  join(g, 0);
  run_loop();
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
  assert_log("p=7 c:completed g=0");
}

/* T3: each bit of a number wrong. */
static void broken_handles_do_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  parked = park(root, "p");
  assert_int_equal(roost_event_open(rt, &event), 0);
  const uint64_t ids[] = {rt.id, g.id, parked.id, event.id};
  for (size_t i = 0; i < COUNT(ids); i++)
    for (int bit = 0; bit < 64; bit++) assert_in_vain(ids[i] ^ UINT64_C(1) << bit);
  turn();
  assert_log("");
  assert_int_equal(roost_cancelled(g), 0);
  assert_int_equal(roost_stopping(root), 0);
  assert_int_equal(roost_event_set(event), 0);
  assert_int_equal(roost_wake(parked, 7), 0);
  run_loop();
  assert_log("p=7");
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
  cancel_task_from_afar();
  post_from_afar("q");
}

/* C14, S5: what one thread asks comes in its order. */
static void cancels_and_posts_come_in_order(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  act(SECONDS(1), post_and_cancel);
  run();
  assert_log("a+ @1000 p a:1 q");
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
  run_loop();
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

/* C6: what is opened in something cancelled has its mark at once, whatever was in its row before.
 */
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
  /* As long as it takes to open it before its deadline. */
  uint64_t length = (uint64_t)MS(1), deadline;
  do {
    length *= 2;
    deadline = uv_hrtime() + length;
    assert_int_equal(
        roost_scope_open(roost_root(real), ROOST_SCOPE(.deadline_ns = deadline), &timed), 0);
  } while (uv_hrtime() >= deadline);
  while (uv_hrtime() <= deadline) {
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
  spawn(g, "c", .lasts = SECONDS(9), .until_stopping = 1, .if_cut = 1);
  join(g, 0);
  act(SECONDS(1), shut_g_down);
  run();
  assert_log("a+ b+ c+ @1000 c! @2000 b- @3000 a:6 g=0^");
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

/* C14: of other threads the first who asks is heard, before the runtime's thread looks and after.
 */
static void a_wait_is_woken_once(void **state) {
  (void)state;
  parked = park(root, "p");
  wake_it();
  assert_int_equal(wake_elsewhere(parked, 8), ROOST_ESTALE);
  run();
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
  assert_log("a+");
  assert_int_equal(roost_event_set(event), 0);
  run_loop();
  assert_log("e=0 @1000 w=0 @2000 a- end=0");
}

static void *wake_when_told(void *data) {
  uv_sem_wait(&go_on);
  *(int *)data = roost_wake(parked, 7);
  return NULL;
}

static void remember_rc(roost_wait wait, int rc, void *data) {
  (void)wait;
  *(int *)data = rc;
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
  int woken_with = 0;
  assert_int_equal(roost_park(roost_root(rt), NULL, remember_rc, &woken_with, NULL, &parked), 0);
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
  assert_int_equal(woken_with, 7);
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
  assert_log("a+ b+ @1000 p=7 a:1 @3000 b:6");
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

/* ---------------------------------------------------------------------------------------------- */
/* Beside everything else                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static int answer_in_cleanup, answer_there;
static void look_in_cleanup(roost_task self) {
  answer_in_cleanup = roost_cancelled(self);
  answer_there = cancelled_elsewhere(self);
}

/* K2, K7: a cleanup is in a shield of its own, seen from either side. */
static void a_cleanup_does_not_see_what_was_asked(void **state) {
  (void)state;
  answer_in_cleanup = answer_there = -1;
  g = group(root, "g");
  cleanup(g, "c", .body = look_in_cleanup);
  spawn(g, "a", .lasts = SECONDS(9));
  join(g, 0);
  act(SECONDS(1), cancel_g_from_afar);
  run();
  assert_log("a+ @1000 a! c:cancelled g=0^");
  assert_int_equal(answer_in_cleanup, 0);
  assert_int_equal(answer_there, 0);
}

/* K2, C14: it is asked while its cleanup runs: the cleanup goes on. */
static void ask_in_cleanup(roost_task self) {
  cancel_g_from_afar();
  look_in_cleanup(self);
}

static void a_node_is_cancelled_in_its_cleanup(void **state) {
  (void)state;
  g = group(root, "g");
  cleanup(g, "c", .body = ask_in_cleanup, .lasts = SECONDS(1), .on_cancel = log_stop);
  join(g, 0);
  run();
  assert_log("c:completed @1000 c- g=0");
  assert_int_equal(answer_in_cleanup, 0);
}

static void cancel_and_report(roost_task self) {
  assert_asked(cancel_elsewhere(self, ROOST_CANCEL(.code = 5)));
  assert_int_equal(roost_started(self, 3), 0);
}

/* L4, C14: asked before its report, and heard after it: the report stands. */
static void a_starting_task_is_cancelled(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  start_in(g, s, "a", .lasts = SECONDS(9), .body = cancel_and_report, .on_cancel = log_stop);
  join(g, 0);
  run();
  assert_log("a+ a?=3 a:1 g=0");
}

static void drop_and_ask(void *data) {
  drop_data(data);
  assert_asked(cancel_elsewhere(g, NULL));
  assert_int_equal(roost_cancelled(g), 1);
}

/* K5: a drop may have others ask. */
static void a_drop_asks(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  join(g, 0);
  assert_int_equal(roost_post(rt, log_post, copy_text("p"), drop_and_ask), 0);
  run();
  assert_log("a+ p a:1 g=0^");
}

/* C12: patience that reaches beyond the end of time, and the shortest there is. */
static void patience_has_no_end(void **state) {
  (void)state;
  static const int64_t patiences[] = {INT64_MAX - 1, INT64_MAX / 2, 1};
  for (size_t i = 0; i < COUNT(patiences); i++) {
    begin_shutdowns();
    assert_asked(shutdown_elsewhere(g, patiences[i]));
    run();
    if (i < 2)
      assert_int_equal(last.caught, 0);
    else
      assert_int_equal(last.caught, 1);
    clear_log();
  }
}

static void cancel_root_in_cleanup(roost_task self) {
  assert_asked(cancel_elsewhere(root, NULL));
  assert_asked(shutdown_elsewhere(root, 0));
  assert_int_equal(roost_cancelled(self), 0);
}

/* S8a, K2: asked in the last cleanup of a runtime that closes, which goes on. */
static void a_closing_root_is_asked_in_its_last_cleanup(void **state) {
  (void)state;
  cleanup(root, "c", .body = cancel_root_in_cleanup, .lasts = SECONDS(1));
  assert_int_equal(close_now(), 0);
  assert_log("c:completed @1000 c-");
}

static roost_runtime second;
static void see_second(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  note("second=%s", code_name(rc));
}

/* S8: two runtimes on one loop, each asked for its own. */
static void two_runtimes_on_a_loop_are_asked(void **state) {
  (void)state;
  roost_scope there;
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.loop = &loop), &second), 0);
  assert_int_equal(roost_scope_open(roost_root(second), NULL, &there), 0);
  assert_int_equal(roost_after(there, ROOST_FOREVER, see_second, NULL, NULL, NULL), 0);
  s = scope(root, "s");
  after(s, ROOST_FOREVER, "first");
  turn();
  assert_asked(cancel_elsewhere(there, NULL));
  turn();
  assert_log("second=ECANCELED");
  assert_asked(cancel_elsewhere(s, NULL));
  turn();
  assert_log("first=ECANCELED");
  assert_int_equal(roost_close(second, 0, NULL, NULL, NULL), ROOST_PENDING);
  run_loop();
}

static int stopping_answer;
static void *shut_down_when_told(void *data) {
  uv_sem_wait(&go_on);
  *(int *)data = roost_shutdown(g, ROOST_FOREVER);
  return NULL;
}

static void loop_until_stopping(roost_task self) {
  assert_int_equal(uv_sem_init(&go_on, 0), 0);
  pthread_t thread = begin_thread(shut_down_when_told, &stopping_answer);
  assert_int_equal(roost_stopping(self), 0);
  uv_sem_post(&go_on);
  while (roost_stopping(self) == 0) sched_yield();
  end_thread(thread);
  uv_sem_destroy(&go_on);
  assert_int_equal(roost_cancelled(self), 0);
  note("noticed");
}

/* K7, C12: a loop that never ends notices a shutdown in the same way. */
static void a_loop_that_never_ends_notices_a_shutdown(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .body = loop_until_stopping);
  join(g, 0);
  run();
  assert_log("a+ noticed g=0");
  assert_int_equal(stopping_answer, ROOST_ASKED);
}

/* C11, C14: a grace counts from when the cancellation was heard. */
static void a_grace_begins_when_it_is_heard(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  s = scope(g, "s", .shield = 1);
  after(s, SECONDS(9), "w");
  after(g, SECONDS(9), "v");
  spawn(g, "a", .lasts = SECONDS(4), .shield = 1, .on_cancel = log_stop);
  act(SECONDS(1), cancel_g_from_afar);
  run();
  assert_log("a+ @1000 v=ECANCELED @3000 w=ECANCELED a:1");
}

static void finish_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }

/* D1, C14: a deadline that comes after what was asked is no reason any more, and the other way
 * round. */
static void asks_and_deadlines_come_in_their_time(void **state) {
  (void)state;
  g = group(root, "g", .timeout_ns = SECONDS(2));
  spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  join(g, 0);
  act(SECONDS(1), cancel_g_from_afar);
  run();
  assert_log("a+ @1000 a:1 g=0^");
  beginning = roost_now(rt);
  g = group(root, "g", .timeout_ns = SECONDS(1));
  task = spawn(g, "b", .answers = ROOST_PENDING, .on_cancel = log_stay);
  join(g, 0);
  act(SECONDS(2), cancel_g_from_afar);
  act(SECONDS(3), finish_task);
  run();
  assert_log("b+ @1000 b:2 @3000 g=0");
  assert_int_equal(last.reason.origin, ROOST_DEADLINE);
}

/* L2a, C14: a task that waits for its place, cancelled from another thread, never starts. */
static void a_queued_task_never_starts(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn(g, "a", .lasts = SECONDS(2));
  task = spawn(g, "b");
  spawn(g, "c");
  cleanup(task, "d");
  join(g, 0);
  act(SECONDS(1), cancel_task_from_afar);
  run();
  assert_log("a+ @1000 d:cancelled:new @2000 a- c+ g=0");
}

/* S8a, C14: what was asked of a runtime on a borrowed loop that is closed before it has looked. */
static void asks_meet_a_close(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(g, "s");
  task = spawn(g, "a", .lasts = SECONDS(9), .on_cancel = log_stop);
  parked = park(root, "p", .abort = STOPS);
  assert_int_equal(roost_event_open(rt, &event), 0);
  turn();
  assert_asked(wake_elsewhere(parked, 7));
  assert_asked(shutdown_elsewhere(s, SECONDS(1)));
  assert_asked(cancel_elsewhere(task, ROOST_CANCEL(.code = 5)));
  assert_asked(release_elsewhere(task));
  assert_asked(release_id_elsewhere(event.id));
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  run_loop();
  assert_log("a+ p=7 a:6");
  rt.id = 0;
}

static roost_task race_winner;
static void *won;
static void keep_winner(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  race_winner = result->winner;
  assert_asked(release_elsewhere(race_winner));
  assert_asked(release_id_elsewhere(race_winner.id));
  won = result->winner_result;
  assert_int_equal(roost_take_result(race_winner, &won), 0);
}

static int win(roost_task self, void *data) {
  assert_int_equal(roost_finish(self, 1, data, NULL), 0);
  return 0;
}

/* L5, L6: the winner of a race is read before what was asked is heard. */
static void a_winner_is_released(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_RACE);
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = win, .data = &won), NULL), 0);
  assert_int_equal(roost_join(g, 0, keep_winner, NULL, NULL), 0);
  run();
  assert_ptr_equal(won, &won);
  assert_int_equal(release_elsewhere(race_winner), ROOST_ESTALE);
}

static void ask_for_many(void) {
  for (int i = 0; i < 200; i++) {
    assert_asked(cancel_elsewhere(scope(g, "many"), NULL));
    assert_asked(wake_elsewhere(park(g, "w"), i));
  }
}

/* C15: a long list of asks is taken in one go, each once. */
static void a_long_list_is_taken(void **state) {
  (void)state;
  g = group(root, "g");
  act(0, ask_for_many);
  join(g, 0);
  run();
  clear_log();
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
      ON_LOOP(a_bad_reason_is_refused),
      ON_LOOP(the_first_reason_stands),
      ON_LOOP(a_cancel_of_its_own_stands_before_later_ones),
      ON_LOOP(a_node_and_its_group_are_both_cancelled),
      ON_LOOP(many_asks_are_told_once),
      ON_LOOP(a_borrowed_loop_takes_what_was_asked_when_it_turns),
      TEST(what_has_ended_is_not_cancelled),
      ON_LOOP(what_is_only_kept_is_not_cancelled),
      TEST(what_ends_meanwhile_is_not_cancelled),
      ON_LOOP(what_takes_its_place_is_not_cancelled),
      ON_LOOP(rows_that_are_used_again_are_left_alone),
      TEST(handles_of_other_kinds_are_refused),
      ON_LOOP(forged_handles_do_nothing),
      ON_LOOP(broken_handles_do_nothing),
      TEST(a_closed_runtime_is_stale),
      TEST(cancels_and_posts_come_in_order),
      TEST(wakes_and_posts_come_in_order),
      ON_LOOP(shutdowns_and_cancels_come_in_order),
      ON_LOOP(wakes_and_cancels_come_in_order),
      TEST(a_loop_that_never_ends_notices),
      ON_LOOP(the_query_takes_what_was_asked),
      TEST(every_query_takes_what_was_asked),
      ON_LOOP(another_thread_reads_the_mark_only),
      TEST(another_thread_sees_a_shield),
      ON_LOOP(another_thread_sees_what_is_born_cancelled),
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
      ON_LOOP(what_was_woken_is_not_woken_again),
      ON_LOOP(a_cancelled_wait_is_not_woken),
      TEST(a_request_refuses_its_cancellation),
      ON_LOOP(a_request_ends_before_its_abort),
      ON_LOOP(an_abort_has_another_thread_wake),
      ON_LOOP(what_was_taken_back_is_woken_in_silence),
      ON_LOOP(other_waits_are_not_woken),
      TEST(a_loop_that_sleeps_is_woken),
      TEST(a_closing_runtime_hears),
      TEST(a_runtime_that_tells_of_its_close_is_stale),
      TEST(a_thread_cancels_in_anothers_runtime),
      TEST(every_thread_reads_texts),
      TEST(a_cleanup_does_not_see_what_was_asked),
      TEST(a_node_is_cancelled_in_its_cleanup),
      TEST(a_starting_task_is_cancelled),
      TEST(a_drop_asks),
      TEST(patience_has_no_end),
      TEST(a_closing_root_is_asked_in_its_last_cleanup),
      ON_LOOP(two_runtimes_on_a_loop_are_asked),
      TEST(a_loop_that_never_ends_notices_a_shutdown),
      TEST(a_grace_begins_when_it_is_heard),
      TEST(asks_and_deadlines_come_in_their_time),
      TEST(a_queued_task_never_starts),
      ON_LOOP(asks_meet_a_close),
      TEST(a_winner_is_released),
      TEST(a_long_list_is_taken),
  };
  return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
