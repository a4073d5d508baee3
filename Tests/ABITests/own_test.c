/* real: K1, K2, T2: handles that a node owns. */
#include "streams.h"

/* Handles that note when libuv has let go of them, by the name that stands behind them. */
typedef struct named {
  union {
    uv_handle_t any;
    uv_timer_t timer;
    uv_pipe_t pipe;
    uv_signal_t signal;
  } handle;
  const char *name;
} named;

static void note_and_free(uv_handle_t *handle) {
  note("%s:closed", ((named *)handle)->name);
  drop_data(handle);
}

static void never_fires(uv_timer_t *timer) {
  (void)timer;
  note("fired");
}

static named *new_timer(const char *name) {
  named *it = new_data(sizeof *it);
  it->name = name;
  assert_int_equal(uv_timer_init(loop, &it->handle.timer), 0);
  assert_int_equal(uv_timer_start(&it->handle.timer, never_fires, 1 << 30, 0), 0);
  return it;
}

static void own_by(roost_node node, named *it) {
  assert_int_equal(roost_own_handle(node, &it->handle.any, note_and_free), 0);
}

static named *first, *second;
static void own_two(roost_task self) {
  own_by(self, first = new_timer("first"));
  own_by(self, second = new_timer("second"));
}

static void close_first(void) { uv_close(&first->handle.any, NULL); }
static void close_both(void) {
  uv_close(&first->handle.any, NULL);
  uv_close(&second->handle.any, NULL);
}

/* ---------------------------------------------------------------------------------------------- */
/* K1: however the node ends                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* K1, T2: the one that came last first, and before the node has ended. */
static void handles_are_closed_when_their_task_has_ended(void **state) {
  (void)state;
  roost_task task = spawn(root, "a", .body = own_two, .lasts = MS(10));
  on_end(task, s, "end");
  run();
  assert_log("a+ @10 a- second:closed first:closed end=0");
}

/* K1 */
static void handles_are_closed_when_their_task_is_cancelled(void **state) {
  (void)state;
  roost_group g = group(s, "g");
  spawn(g, "a", .body = own_two, .lasts = MS(20));
  act(MS(10), cancel_s);
  join(g, 0);
  run();
  assert_log("a+ @10 a! second:closed first:closed g=ECANCELED");
}

/* K1, K6: among other cleanups, each in its turn. */
static void a_handle_is_closed_in_its_turn(void **state) {
  (void)state;
  cleanup(s, "before");
  own_by(s, new_timer("t"));
  cleanup(s, "after");
  join(s, 0);
  run();
  assert_log("after:completed t:closed before:completed s=0");
}

/* K1, S8a */
static void handles_are_closed_when_the_runtime_is(void **state) {
  (void)state;
  own_by(root, new_timer("t"));
  assert_int_equal(close_now(), 0);
  assert_log("t:closed");
}

/* K2: `closed` need not be wanted. */
static void a_handle_is_closed_without_a_word(void **state) {
  (void)state;
  uv_timer_t timer;
  assert_int_equal(uv_timer_init(loop, &timer), 0);
  assert_int_equal(roost_own_handle(s, (uv_handle_t *)&timer, NULL), 0);
  join(s, 0);
  run();
  assert_log("s=0");
  assert_true(uv_is_closing((uv_handle_t *)&timer));
}

/* K2, C11: a closing cannot be aborted: its cleanup waits for it, though its grace is over. */
static void a_close_is_no_longer_for_a_grace_that_is_over(void **state) {
  (void)state;
  roost_group g = group(s, "g", .grace_ns = ROOST_NOW);
  own_by(g, new_timer("t"));
  spawn(g, "a", .lasts = MS(20));
  act(MS(10), cancel_s);
  join(g, 0);
  run();
  assert_log("a+ @10 a! t:closed g=ECANCELED");
}

static void note_dump(const char *text, uint64_t length, void *data) {
  (void)data;
  char copy[4096] = "";
  memcpy(copy, text, length < sizeof copy - 1 ? length : sizeof copy - 1);
  note("%s", strstr(copy, "\"for\": \"close\"") != NULL || strstr(copy, "\"for\":\"close\"") != NULL
                 ? "close is seen"
                 : "nothing is seen");
}
static void dump_root(void) {
  assert_int_equal(roost_dump(root, ROOST_JSON, note_dump, NULL, NULL), 0);
}

/* O1 */
static void a_close_is_seen_in_a_dump(void **state) {
  (void)state;
  own_by(s, new_timer("t"));
  after_next_poll(dump_root);
  join(s, 0);
  run();
  assert_log("close is seen t:closed s=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Handles that are closed earlier                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* K2: by the program, long before; its memory stays until then. */
static void a_handle_that_was_closed_before_is_let_go_of(void **state) {
  (void)state;
  spawn(root, "a", .body = own_two, .lasts = MS(20));
  act(MS(10), close_first);
  run();
  assert_log("a+ @20 a- second:closed first:closed");
}

/* T2: in the step in which its node ends: its callbacks come before. */
static void a_handle_that_is_being_closed_is_waited_for(void **state) {
  (void)state;
  roost_task task = spawn(root, "a", .body = own_two, .lasts = MS(10));
  on_end(task, s, "end");
  act(MS(10), close_both);
  run();
  assert_log("a+ @10 a- second:closed first:closed end=0");
}

static void by_program(uv_handle_t *handle) { note("%s:program", ((named *)handle)->name); }
static void close_first_loudly(void) { uv_close(&first->handle.any, by_program); }

/* T2: the program's own callback comes first. */
static void both_callbacks_of_a_close_come(void **state) {
  (void)state;
  own_by(s, first = new_timer("t"));
  close_first_loudly();
  join(s, 0);
  run();
  assert_log("t:program t:closed s=0");
  roost_scope other = scope(root, "other");
  own_by(other, first = new_timer("t"));
  in_next_poll(close_first_loudly);
  for (int i = 0; i < 3; i++) uv_run(loop, UV_RUN_NOWAIT);
  assert_log("t:program");
  join(other, 0);
  run();
  assert_log("t:closed other=0");
}

/* S7: by a wait that was cancelled. */
static void a_handle_that_a_wait_has_closed_is_let_go_of(void **state) {
  (void)state;
  static char much[1 << 22];
  roost_scope owner = scope(root, "owner");
  named *it = new_data(sizeof *it);
  int ends[2];
  it->name = "p";
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(uv_pipe_init(loop, &it->handle.pipe, 0), 0);
  assert_int_equal(uv_pipe_open(&it->handle.pipe, ends[0]), 0);
  own_by(owner, it);
  uv_buf_t all = uv_buf_init(much, sizeof much);
  assert_int_equal(roost_write((uv_stream_t *)&it->handle.pipe, &all, 1, NULL, s,
                               ROOST_STREAM(.close_on_cancel = 1), log_wait, copy_text("w"),
                               drop_data, NULL),
                   0);
  cancel_s();
  run();
  assert_log("w=ECANCELED");
  assert_true(uv_is_closing(&it->handle.any));
  join(owner, 0);
  run();
  assert_log("p:closed owner=0");
  close(ends[1]);
}

static void on_signal(uv_signal_t *handle, int number) {
  (void)handle;
  note("signal:%d", number);
}

/* T2: libuv closes a signal only when it has told of all that came: that is waited for. */
static void a_signal_is_closed_when_libuv_is_through_with_it(void **state) {
  (void)state;
  named *it = new_data(sizeof *it);
  it->name = "sig";
  assert_int_equal(uv_signal_init(loop, &it->handle.signal), 0);
  assert_int_equal(uv_signal_start(&it->handle.signal, on_signal, SIGUSR1), 0);
  own_by(s, it);
  raise(SIGUSR1);
  join(s, 0);
  run();
  assert_log("sig:closed s=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* What `closed` may do                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static void own_another(uv_handle_t *handle) {
  note_and_free(handle);
  own_by(s, new_timer("another"));
  roost_cancel(root, NULL);
}

/* K4: it is called in a step of the cleanup, and may register another. */
static void closed_may_own_another(void **state) {
  (void)state;
  named *it = new_timer("t");
  assert_int_equal(roost_own_handle(s, &it->handle.any, own_another), 0);
  join(s, 0);
  run();
  assert_log("t:closed another:closed s=0");
}

static void end_cleanup(uv_handle_t *handle) {
  note_and_free(handle);
  roost_step step = {.size = sizeof step};
  assert_int_equal(roost_current(rt, &step), 1);
  assert_int_equal(roost_finish(step.node, 0, NULL, NULL), 0);
}

/* B1: nor does it harm when it ends the cleanup itself. */
static void closed_may_end_the_cleanup(void **state) {
  (void)state;
  named *it = new_timer("t");
  assert_int_equal(roost_own_handle(s, &it->handle.any, end_cleanup), 0);
  join(s, 0);
  run();
  assert_log("t:closed s=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* K3: handing over                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void note_and_free_elsewhere(uv_handle_t *handle) {
  note("%s:closed elsewhere", ((named *)handle)->name);
  drop_data(handle);
}

static void hand_over_first(roost_task self) {
  own_two(self);
  assert_int_equal(roost_own_handle(s, &first->handle.any, note_and_free_elsewhere), 0);
}

/* K1: it goes with the node that has it last, and that one's callback is called. */
static void a_handle_that_was_handed_over_outlives_its_first_owner(void **state) {
  (void)state;
  roost_task task = spawn(root, "a", .body = hand_over_first, .lasts = MS(10));
  on_end(task, s, "end");
  run();
  assert_log("a+ @10 a- second:closed end=0");
  join(s, 0);
  run();
  assert_log("first:closed elsewhere s=0");
}

/* K1: also one that has never started. */
static void a_handle_is_handed_to_a_task_that_never_starts(void **state) {
  (void)state;
  roost_group g = group(s, "g", .limit = 1);
  own_by(s, first = new_timer("t"));
  spawn(g, "a", .lasts = MS(20));
  roost_task queued = spawn(g, "b", .lasts = MS(20));
  own_by(queued, first);
  act(MS(10), cancel_s);
  join(g, 0);
  run();
  assert_log("a+ @10 a! t:closed g=ECANCELED");
}

/* The same node may have it anew: as the last that it was given. */
static void a_handle_is_handed_over_to_the_same_node(void **state) {
  (void)state;
  own_by(s, first = new_timer("t"));
  cleanup(s, "after");
  assert_int_equal(roost_own_handle(s, &first->handle.any, note_and_free_elsewhere), 0);
  join(s, 0);
  run();
  assert_log("t:closed elsewhere after:completed s=0");
}

/* K6: from one cleanup of a node to another node, before its turn has come. */
static int handing_over(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  assert_int_equal(roost_own_handle(root, &first->handle.any, note_and_free_elsewhere), 0);
  return 0;
}
static void a_handle_is_handed_over_while_its_owner_ends(void **state) {
  (void)state;
  own_by(s, first = new_timer("t"));
  assert_int_equal(roost_defer(s, handing_over, NULL, NULL), 0);
  join(s, 0);
  run();
  assert_log("s=0");
  assert_int_equal(close_now(), 0);
  assert_log("t:closed elsewhere");
}

/* B1: where it cannot be handed over, all stays as it was; also when it is being closed. */
static void a_handle_that_cannot_be_handed_over_stays(void **state) {
  (void)state;
  roost_group ended = group(s, "ended");
  join(ended, 0);
  run();
  own_by(s, first = new_timer("t"));
  assert_refused(ROOST_ESTALE, roost_own_handle,
                 (ended, &first->handle.any, note_and_free_elsewhere));
  close_first();
  assert_refused(ROOST_ECLOSED, roost_own_handle,
                 (root, &first->handle.any, note_and_free_elsewhere));
  join(s, 0);
  run();
  assert_log("ended=0 t:closed s=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* B1                                                                                             */
/* ---------------------------------------------------------------------------------------------- */

/* B1: and the handle stays the caller's. */
static void a_handle_that_cannot_be_owned_is_refused(void **state) {
  (void)state;
  uv_loop_t other;
  uv_timer_t elsewhere, closing;
  assert_refused(ROOST_EINVAL, roost_own_handle, (s, NULL, NULL));
  assert_int_equal(uv_loop_init(&other), 0);
  assert_int_equal(uv_timer_init(&other, &elsewhere), 0);
  assert_refused(ROOST_EINVAL, roost_own_handle, (s, (uv_handle_t *)&elsewhere, note_and_free));
  assert_false(uv_is_closing((uv_handle_t *)&elsewhere));
  uv_close((uv_handle_t *)&elsewhere, NULL);
  uv_run(&other, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&other), 0);
  assert_int_equal(uv_timer_init(loop, &closing), 0);
  assert_refused(ROOST_EINVAL, roost_own_handle,
                 ((roost_node){0}, (uv_handle_t *)&closing, note_and_free));
  uv_close((uv_handle_t *)&closing, NULL);
  assert_refused(ROOST_ECLOSED, roost_own_handle, (s, (uv_handle_t *)&closing, note_and_free));
  uv_run(loop, UV_RUN_NOWAIT);
  assert_log("");
}

/* B1: a task that was abandoned takes none (S6a). */
static int do_nothing(roost_task self, void *data, void **result) {
  (void)self;
  (void)data;
  (void)result;
  return 0;
}
static void a_task_that_may_be_abandoned_owns_nothing(void **state) {
  (void)state;
  roost_task task;
  uv_timer_t timer;
  assert_int_equal(uv_timer_init(loop, &timer), 0);
  assert_int_equal(
      roost_spawn_blocking(root, ROOST_BLOCKING(.work = do_nothing, .abandon = 1), &task), 0);
  assert_refused(ROOST_EINVAL, roost_own_handle, (task, (uv_handle_t *)&timer, NULL));
  run();
  assert_refused(ROOST_ESTALE, roost_own_handle, (task, (uv_handle_t *)&timer, NULL));
  uv_close((uv_handle_t *)&timer, NULL);
  uv_run(loop, UV_RUN_NOWAIT);
}

/* Many, and all are found again. */
static void many_handles_are_owned(void **state) {
  (void)state;
  enum { MANY = 3000 };
  for (int i = 0; i < MANY; i++) own_by(i % 2 == 0 ? s : root, new_timer("t"));
  join(s, 0);
  run();
  clear_log();
  assert_int_equal(close_now(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(handles_are_closed_when_their_task_has_ended),
      TEST(handles_are_closed_when_their_task_is_cancelled),
      TEST(a_handle_is_closed_in_its_turn),
      TEST(handles_are_closed_when_the_runtime_is),
      TEST(a_handle_is_closed_without_a_word),
      TEST(a_close_is_no_longer_for_a_grace_that_is_over),
      TEST(a_close_is_seen_in_a_dump),
      TEST(a_handle_that_was_closed_before_is_let_go_of),
      TEST(a_handle_that_is_being_closed_is_waited_for),
      TEST(both_callbacks_of_a_close_come),
      TEST(a_handle_that_a_wait_has_closed_is_let_go_of),
      TEST(a_signal_is_closed_when_libuv_is_through_with_it),
      TEST(closed_may_own_another),
      TEST(closed_may_end_the_cleanup),
      TEST(a_handle_that_was_handed_over_outlives_its_first_owner),
      TEST(a_handle_is_handed_to_a_task_that_never_starts),
      TEST(a_handle_is_handed_over_to_the_same_node),
      TEST(a_handle_is_handed_over_while_its_owner_ends),
      TEST(a_handle_that_cannot_be_handed_over_stays),
      TEST(a_handle_that_cannot_be_owned_is_refused),
      TEST(a_task_that_may_be_abandoned_owns_nothing),
      TEST(many_handles_are_owned),
  };
  return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
