/* S2, S6, C6a: calls on threads of libuv's pool, which are waits. A thread in a call holds the
 * virtual clock (D4), so nothing here depends on time. */
#include "support.h"

#include <roost_fiber.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static roost_group g;
static roost_scope s;
static roost_task task;
static roost_wait wait;
static uv_sem_t begun, go_on;
static atomic_int called;

/* What a thread is given to do. */
typedef struct labour {
  const char *name;
  int64_t waits;       /* tells that it has begun, and waits to be told to go on */
  int64_t until_asked; /* goes on until its node is cancelled */
  int64_t answers;
  pthread_t thread;
  uint64_t self;
} labour;

static int work(roost_node self, void *data) {
  labour *it = data;
  called++;
  it->thread = pthread_self();
  it->self = self.id;
  if (it->waits) {
    uv_sem_post(&begun);
    uv_sem_wait(&go_on);
  }
  while (it->until_asked && roost_cancelled(self) == 0) sched_yield();
  return (int)it->answers;
}

static void told(roost_wait w, int rc, void *data) {
  (void)w;
  note("%s=%s", ((labour *)data)->name, code_name(rc));
}

static labour *last_labour;

static roost_wait call_in(roost_node in, const labour *wanted) {
  labour *it = last_labour = new_data(sizeof *it);
  memcpy(it, wanted, sizeof *it);
  roost_wait w = {0};
  assert_int_equal(roost_on_call(work, in, told, it, drop_data, &w), 0);
  return w;
}
#define call(in, ...) call_in(in, &(labour){.name = __VA_ARGS__})

static void await_begun(void) { uv_sem_wait(&begun); }
static void let_go(void) { uv_sem_post(&go_on); }
static void poll_once(void) { uv_run(roost_loop(rt), UV_RUN_NOWAIT); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }

/* The pool has four threads, if nobody says otherwise: so many calls keep it busy. */
static void occupy_pool(void) {
  for (int i = 0; i < 4; i++) call(root, "busy", .waits = 1);
  for (int i = 0; i < 4; i++) await_begun();
}

static void release_pool(void) {
  for (int i = 0; i < 4; i++) let_go();
}

static int open_all(void **state) {
  called = 0;
  if (uv_sem_init(&begun, 0) != 0 || uv_sem_init(&go_on, 0) != 0) return -1;
  if (open_runtime(state) != 0) return -1;
  s = scope(root, "s");
  return 0;
}

/* Should a test have failed half-way, no thread is left behind. */
static int close_all(void **state) {
  for (int i = 0; i < 16; i++) let_go();
  int rc = close_runtime(state);
  uv_sem_destroy(&begun);
  uv_sem_destroy(&go_on);
  return rc;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

/* ---------------------------------------------------------------------------------------------- */
/* It returns                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static pthread_t worked_on;
static uint64_t seen_self;

static void look(roost_wait w, int rc, void *data) {
  worked_on = ((labour *)data)->thread;
  seen_self = ((labour *)data)->self;
  told(w, rc, data);
}

/* S2, S2b: on another thread, with the node as its self; its answer is the outcome. */
static void a_call_is_made_elsewhere(void **state) {
  (void)state;
  labour *it = new_data(sizeof *it);
  *it = (labour){.name = "c", .answers = 7};
  assert_int_equal(roost_on_call(work, s, look, it, drop_data, NULL), 0);
  assert_log("");
  run();
  assert_log("c=7");
  assert_false(pthread_equal(worked_on, pthread_self()));
  assert_true(seen_self == s.id);
  assert_int_equal(called, 1);
}

/* S6: any answer stands. */
static void its_answer_is_the_outcome(void **state) {
  (void)state;
  call(s, "zero");
  run();
  assert_log("zero=0");
  call(s, "error", .answers = ROOST_EIO);
  run();
  assert_log("error=EIO");
  call(s, "cancelled", .answers = ROOST_ECANCELED);
  run();
  assert_log("cancelled=ECANCELED");
  call(s, "pending", .answers = ROOST_PENDING);
  run();
  assert_log("pending=1");
}

static void post_note(roost_runtime runtime, void *name) {
  (void)runtime;
  note("%s", (char *)name);
}

static int post_and_return(roost_node self, void *data) {
  (void)self;
  (void)data;
  return roost_post(rt, post_note, "posted", NULL) == 0 ? 3 : -1;
}

static void told_plainly(roost_wait w, int rc, void *data) {
  (void)w;
  (void)data;
  note("told=%s", code_name(rc));
}

/* C14: what it has posted comes before its end. */
static void what_it_has_posted_comes_first(void **state) {
  (void)state;
  assert_int_equal(roost_on_call(post_and_return, s, told_plainly, NULL, NULL, NULL), 0);
  run();
  assert_log("posted told=3");
}

static int cancel_self(roost_node self, void *data) {
  (void)data;
  return roost_cancel(self, NULL) == ROOST_ASKED ? 5 : -1;
}

/* C4, C14: it may cancel its own node, and its answer stands. */
static void it_may_cancel_its_own_node(void **state) {
  (void)state;
  assert_int_equal(roost_on_call(cancel_self, s, told_plainly, NULL, NULL, NULL), 0);
  run();
  assert_log("told=5");
  assert_int_equal(roost_cancelled(s), 1);
}

/* S2: more than the pool has threads. */
static void many_calls_are_made(void **state) {
  (void)state;
  for (int i = 0; i < 100; i++) call(s, "c", .answers = i);
  run();
  assert_int_equal(called, 100);
  clear_log();
}

/* D4: the virtual clock stands still as long as a thread works. */
static void the_clock_waits_for_it(void **state) {
  (void)state;
  call(s, "a", .waits = 1);
  after(root, SECONDS(1), "later");
  await_begun();
  for (int i = 0; i < 10; i++) poll_once();
  assert_log("");
  let_go();
  run();
  assert_log("a=0 @1000 later=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* It is cancelled                                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* C6a: what no thread has begun is never called. */
static void a_call_that_has_not_begun_is_never_made(void **state) {
  (void)state;
  occupy_pool();
  call(s, "c", .answers = 7);
  cancel_s();
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("c=ECANCELED");
  release_pool();
  run();
  assert_int_equal(called, 4);
  assert_log("busy=0 busy=0 busy=0 busy=0");
}

/* S6, C4a: the twin that runs; its answer stands. */
static void a_call_that_runs_keeps_its_answer(void **state) {
  (void)state;
  call(s, "c", .waits = 1, .answers = 7);
  await_begun();
  cancel_s();
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("");
  let_go();
  run();
  assert_log("c=7");
}

/* S6: it is asked by the mark, and gives up. */
static void a_call_that_runs_is_asked(void **state) {
  (void)state;
  call(s, "c", .waits = 1, .until_asked = 1, .answers = ROOST_ECANCELED);
  await_begun();
  let_go();
  cancel_s();
  run();
  assert_log("c=ECANCELED");
}

/* C3a */
static void in_a_cancelled_node_no_call_is_made(void **state) {
  (void)state;
  cancel_s();
  call(s, "c");
  assert_log("");
  run();
  assert_log("c=ECANCELED");
  assert_int_equal(called, 0);
}

/* C4: one that has returned before the mark. */
static void one_that_has_returned_is_not_cancelled_any_more(void **state) {
  (void)state;
  call(s, "c", .waits = 1, .answers = 7);
  await_begun();
  let_go();
  /* Until the loop has its end, which a turn tells of later. */
  roost_counters counters = {.size = sizeof counters};
  uv_run(roost_loop(rt), UV_RUN_ONCE);
  assert_int_equal(roost_counters_of(rt, &counters), 0);
  assert_int_equal(counters.waits, 1);
  cancel_s();
  run();
  assert_log("c=7");
}

/* C10 */
static void in_a_shield_it_is_not_cancelled(void **state) {
  (void)state;
  occupy_pool();
  call(scope(s, "shielded", .shield = 1), "c", .answers = 7);
  cancel_s();
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("");
  release_pool();
  run();
  assert_int_equal(called, 5);
  clear_log();
}

/* C12: a mark of a shutdown takes it too. */
static void a_stopping_node_takes_it_back(void **state) {
  (void)state;
  s = scope(root, "stops", .until_stopping = 1);
  occupy_pool();
  call(s, "c");
  assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0);
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("c=ESTOPPING");
  release_pool();
  run();
  assert_int_equal(called, 4);
  clear_log();
}

/* D2: a deadline, which the virtual clock does not reach while a thread works; a cancel does. */
static void a_deadline_comes_after_it(void **state) {
  (void)state;
  call(scope(root, "t", .timeout_ns = SECONDS(1)), "c", .waits = 1, .answers = 7);
  await_begun();
  let_go();
  run();
  assert_log("c=7");
}

/* ---------------------------------------------------------------------------------------------- */
/* It is taken back                                                                               */
/* ---------------------------------------------------------------------------------------------- */

/* S2b, C6a, K5 */
static void a_call_that_has_not_begun_is_taken_back(void **state) {
  (void)state;
  occupy_pool();
  wait = call(s, "c");
  assert_int_equal(roost_unwait(wait), 0);
  poll_once();
  release_pool();
  run();
  assert_int_equal(called, 4);
  assert_log("busy=0 busy=0 busy=0 busy=0");
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
}

static int drops;
static void count_drop(void *data) {
  drops++;
  drop_data(data);
}

/* S2b, S6, K5: the twin that runs: nobody is told, and its data stays until it has returned. */
static void a_call_that_runs_keeps_its_data(void **state) {
  (void)state;
  drops = 0;
  labour *it = new_data(sizeof *it);
  *it = (labour){.name = "c", .waits = 1, .answers = 7};
  assert_int_equal(roost_on_call(work, s, told, it, count_drop, &wait), 0);
  await_begun();
  assert_int_equal(roost_unwait(wait), 0);
  for (int i = 0; i < 3; i++) poll_once();
  assert_int_equal(drops, 0);
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  let_go();
  run();
  assert_int_equal(drops, 1);
  assert_log("");
}

/* S2b, T2: a node does not end before the calls of its waits have returned. */
static void a_node_waits_for_a_call_that_runs(void **state) {
  (void)state;
  call(s, "c", .waits = 1);
  await_begun();
  join(s, 0);
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("");
  let_go();
  run();
  assert_log("s=0");
}

static void call_in_self(roost_task self) {
  task = self;
  call(self, "c", .waits = 1);
}

/* S2b: so does a task. */
static void a_task_waits_for_a_call_that_runs(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .answers = ROOST_PENDING, .body = call_in_self);
  join(g, 0);
  poll_once();
  poll_once();
  await_begun();
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("a+");
  let_go();
  run();
  assert_log("g=0");
}

/* S8a: closing waits for what runs, and takes back the rest. */
static void closing_the_runtime_waits_for_it(void **state) {
  (void)state;
  occupy_pool();
  call(s, "c");
  call(s, "d", .answers = 7);
  release_pool();
  assert_int_equal(close_now(), ROOST_OK);
  assert_true(called >= 4 && called <= 6);
  clear_log();
}

static void note_close(const roost_result *result, void *data) {
  (void)data;
  note("closed=%s", code_name(result->code));
}

/* S8, S8a: on a borrowed loop. */
static void nothing_is_left_on_a_borrowed_loop(void **state) {
  (void)state;
  uv_loop_t loop;
  roost_runtime borrower;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &borrower), 0);
  call(roost_root(borrower), "a", .answers = 1);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("a=1");
  call(roost_root(borrower), "b", .waits = 1, .answers = 2);
  await_begun();
  assert_int_equal(roost_close(borrower, 0, note_close, NULL, NULL), ROOST_PENDING);
  let_go();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("closed=0"); /* S2b: it was taken back with the end of the root */
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* B1, O1                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void assert_no_call(int expected, roost_call_fn fn, roost_node in) {
  assert_refused(expected, roost_on_call, (fn, in, told, new_data(1), drop_data, NULL));
}

static void *call_elsewhere(void *data) {
  assert_no_call(ROOST_ETHREAD, work, s);
  return data;
}

/* T3, B1, K5 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  assert_no_call(ROOST_EINVAL, NULL, s);
  assert_no_call(ROOST_EINVAL, work, (roost_node){0});
  assert_no_call(ROOST_EKIND, work, (roost_node){rt.id});
  assert_refused(ROOST_EINVAL, roost_on_call, (work, s, NULL, new_data(1), drop_data, NULL));
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, call_elsewhere, NULL), 0);
  pthread_join(thread, NULL);
  roost_scope ended = scope(root, "ended");
  join(ended, 0);
  run();
  assert_no_call(ROOST_ESTALE, work, ended);
  assert_int_equal(called, 0);
  assert_log("ended=0");
}

/* T3 */
static void its_wait_is_not_woken_by_hand(void **state) {
  (void)state;
  wait = call(s, "c", .waits = 1);
  assert_refused(ROOST_EKIND, roost_wake, (wait, 0));
  await_begun();
  let_go();
  run();
  assert_log("c=0");
}

static void look_for_call(const char *text, uint64_t length, void *data) {
  assert_non_null(memmem(text, length, data, strlen(data)));
}

/* O1 */
static void a_dump_tells_of_it(void **state) {
  (void)state;
  call(s, "c", .waits = 1);
  await_begun();
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for_call, "for a call on a thread", NULL), 0);
  assert_int_equal(roost_dump(root, ROOST_JSON, look_for_call, "\"call\"", NULL), 0);
  cancel_s();
  poll_once();
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for_call, "will end by itself", NULL), 0);
  let_go();
  run();
  assert_log("c=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Fibers                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static labour fiber_labour;

static int call_in_fiber(roost_task self, void *name) {
  (void)self;
  int rc = roost_blocking(work, &fiber_labour);
  note("%s=%s", (char *)name, code_name(rc));
  return rc < 0 ? rc : 0;
}

/* S3 */
static void a_fiber_waits_for_a_call(void **state) {
  (void)state;
  fiber_labour = (labour){.answers = 7};
  assert_int_equal(roost_go(root, call_in_fiber, "f"), 0);
  run();
  assert_log("f=7");
  assert_refused(ROOST_ENOTASK, roost_blocking, (work, &fiber_labour));
}

/* S6: asked, and waited for. */
static void a_fiber_s_call_keeps_its_answer(void **state) {
  (void)state;
  fiber_labour = (labour){.waits = 1, .until_asked = 1, .answers = 7};
  g = group(root, "g");
  assert_int_equal(roost_go(g, call_in_fiber, "f"), 0);
  poll_once();
  await_begun();
  assert_int_equal(roost_cancel(g, NULL), 0);
  let_go();
  join(g, 0);
  run();
  assert_log("f=7 g=0");
}

/* C6a, C3a */
static void a_fiber_s_call_is_never_made(void **state) {
  (void)state;
  fiber_labour = (labour){.answers = 7};
  g = group(root, "g");
  occupy_pool();
  assert_int_equal(roost_go(g, call_in_fiber, "f"), 0);
  poll_once();
  assert_int_equal(roost_cancel(g, NULL), 0);
  assert_int_equal(roost_go(g, call_in_fiber, "h"), 0);
  for (int i = 0; i < 4; i++) poll_once();
  assert_log("h=ECANCELED f=ECANCELED");
  release_pool();
  join(g, 0);
  run();
  assert_int_equal(called, 4);
  clear_log();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_call_is_made_elsewhere),
      TEST(its_answer_is_the_outcome),
      TEST(what_it_has_posted_comes_first),
      TEST(it_may_cancel_its_own_node),
      TEST(many_calls_are_made),
      TEST(the_clock_waits_for_it),
      TEST(a_call_that_has_not_begun_is_never_made),
      TEST(a_call_that_runs_keeps_its_answer),
      TEST(a_call_that_runs_is_asked),
      TEST(in_a_cancelled_node_no_call_is_made),
      TEST(one_that_has_returned_is_not_cancelled_any_more),
      TEST(in_a_shield_it_is_not_cancelled),
      TEST(a_stopping_node_takes_it_back),
      TEST(a_deadline_comes_after_it),
      TEST(a_call_that_has_not_begun_is_taken_back),
      TEST(a_call_that_runs_keeps_its_data),
      TEST(a_node_waits_for_a_call_that_runs),
      TEST(a_task_waits_for_a_call_that_runs),
      TEST(closing_the_runtime_waits_for_it),
      TEST(nothing_is_left_on_a_borrowed_loop),
      TEST(bad_calls_change_nothing),
      TEST(its_wait_is_not_woken_by_hand),
      TEST(a_dump_tells_of_it),
      TEST(a_fiber_waits_for_a_call),
      TEST(a_fiber_s_call_keeps_its_answer),
      TEST(a_fiber_s_call_is_never_made),
  };
  return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
