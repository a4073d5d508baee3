/* What other threads ask of rows that are used again meanwhile, of one node at once, and of a
 * runtime that is about to go (C14a, C14c). */
#include "labour.h"

static roost_scope s, next;
static roost_wait parked, next_parked;
static int asks_of_the_next;

/* ---------------------------------------------------------------------------------------------- */
/* Rows that are used again before the runtime's thread looks                                     */
/* ---------------------------------------------------------------------------------------------- */

static void ask_of_the_old(roost_task self) {
  (void)self;
  assert_asked(wake_elsewhere(parked, 7));
  assert_asked(cancel_elsewhere(s, ROOST_CANCEL(.code = 1)));
}

static void open_the_next(roost_task self) {
  (void)self;
  next_parked = park(root, "n");
  next = scope(root, "next");
  if (!asks_of_the_next) return;
  assert_asked(wake_elsewhere(next_parked, 8));
  assert_asked(cancel_elsewhere(next, ROOST_CANCEL(.code = 2)));
}

static void wake_the_next(void) { (void)roost_wake(next_parked, 9); }

/* C14a, T3: what was asked of the old is not done to what takes its place, and what is asked of
 * that is, whatever was asked of the old. All in one batch, so that nobody looks meanwhile. */
static void what_takes_its_place_is_asked_for_itself(void **state) {
  (void)state;
  for (asks_of_the_next = 0; asks_of_the_next <= 1; asks_of_the_next++) {
    s = scope(root, "s");
    parked = park(root, "p");
    spawn(root, "a", .body = ask_of_the_old);
    assert_int_equal(roost_wake(parked, 1), 0);
    join(s, 0);
    spawn(root, "b", .body = open_the_next);
    act(SECONDS(1), wake_the_next);
    run();
    assert_log(asks_of_the_next ? "a+ p=1 s=0 b+ n=8" : "a+ p=1 s=0 b+ @1000 n=9");
    assert_int_equal(roost_cancelled(next), asks_of_the_next);
    assert_int_equal(reason_of(next).code, asks_of_the_next ? 2 : 0);
    join(next, 0);
    run();
    clear_log();
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Several things asked of one task                                                               */
/* ---------------------------------------------------------------------------------------------- */

/* C14c: a release takes nothing back of what else was asked, before it or after. */
static void a_release_is_joined_with_what_else_was_asked(void **state) {
  (void)state;
  for (int is_first = 0; is_first <= 1; is_first++) {
    task = spawn(root, "a", .lasts = SECONDS(9));
    if (is_first) assert_asked(release_elsewhere(task));
    assert_asked(cancel_elsewhere(task, ROOST_CANCEL(.code = 3)));
    if (!is_first) assert_asked(release_elsewhere(task));
    run();
    assert_log("a+ a!");
    roost_outcome outcome = {.size = sizeof outcome};
    assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
  }
}

/* C14c, C12: the same with a shutdown. */
static void a_release_is_joined_with_a_shutdown(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(9));
  assert_asked(shutdown_elsewhere(task, SECONDS(1)));
  assert_asked(release_elsewhere(task));
  run();
  assert_log("a+ @1000 a!");
  assert_int_equal(release_elsewhere(task), ROOST_ESTALE);
}

/* C14a, C6, L5: an outcome that is kept keeps its reason, whatever is asked of it late. */
static void a_kept_reason_stands(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .lasts = SECONDS(9));
  act(0, cancel_g);
  run();
  assert_log("a+ a!");
  int64_t origin = outcome_of(task).reason->origin;
  assert_asked(cancel_elsewhere(task, ROOST_CANCEL(.origin = ROOST_SIGNAL, .code = 2)));
  run();
  assert_int_equal(outcome_of(task).state, ROOST_CANCELLED);
  assert_int_equal(outcome_of(task).reason->code, 0);
  assert_int_equal(outcome_of(task).reason->origin, origin);
}

/* ---------------------------------------------------------------------------------------------- */
/* A runtime that goes                                                                            */
/* ---------------------------------------------------------------------------------------------- */

static void ask_the_root(roost_task self) {
  (void)self;
  assert_asked(cancel_elsewhere(root, NULL));
}

/* Closes, with something asked of the root that nobody looks at any more. */
static void close_deaf(void) {
  cleanup(root, "c", .body = ask_the_root);
  assert_int_equal(close_now(), 0);
  clear_log();
}

static void open_again(uint64_t clock) {
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = clock), &rt), 0);
  root = roost_root(rt);
}

/* C14a, T3: the next runtime, which has the same rows and the same inbox, hears what it is asked.
 */
static void what_came_too_late_deafens_nobody(void **state) {
  (void)state;
  close_deaf();
  open_again(ROOST_CLOCK_VIRTUAL);
  assert_int_equal(roost_cancelled(root), 0);
  assert_asked(cancel_elsewhere(root, NULL));
  assert_int_equal(roost_cancelled(root), 1);
  close_deaf();
  open_again(ROOST_CLOCK_VIRTUAL);
  assert_int_equal(roost_cancelled(root), 0);
}

static int woken_with;
static void remember_rc(roost_wait wait, int rc, void *data) {
  (void)wait;
  *(int *)data = rc;
}

/* C14, S8: its loop, which sleeps, is woken as well. */
static void what_came_too_late_lets_nobody_sleep(void **state) {
  (void)state;
  close_deaf();
  open_again(ROOST_CLOCK_REAL);
  assert_int_equal(roost_park(root, NULL, remember_rc, &woken_with, NULL, &parked), 0);
  assert_asked(wake_elsewhere(parked, 7));
  assert_int_equal(roost_run(rt), 0);
  assert_int_equal(woken_with, 7);
}

/* C14c, S6a, S8a: when the root has ended, and a stray keeps the runtime for a while, what is asked
 * changes nothing; and when that has gone, nothing can be asked. */
static void with_strays_alone_nothing_is_done(void **state) {
  (void)state;
  roost_step step = {.size = sizeof step};
  g = group(root, "g");
  block(g, "b", .abandon = 1, .waits = 1);
  awaited = 1;
  act(0, await_all);
  act(0, cancel_g);
  turn();
  turn();
  roost_runtime closed = rt;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  for (int i = 0; i < 20; i++) (void)uv_run(&loop, UV_RUN_NOWAIT);
  assert_asked(cancel_elsewhere(root, NULL));
  assert_asked(shutdown_elsewhere(root, 0));
  assert_int_equal(post_elsewhere(closed, do_nothing, NULL, NULL), ROOST_ECLOSED);
  for (int i = 0; i < 20; i++) (void)uv_run(&loop, UV_RUN_NOWAIT);
  assert_asked(cancel_elsewhere(root, NULL));
  let_go();
  run_loop();
  assert_int_equal(cancel_elsewhere(root, NULL), ROOST_ESTALE);
  assert_int_equal(current_elsewhere(closed, &step), ROOST_ESTALE);
  assert_int_equal(post_elsewhere(closed, do_nothing, NULL, NULL), ROOST_ESTALE);
  rt.id = 0;
}

static int open_workers_on_loop(void **state) {
  if (uv_sem_init(&begun, 0) != 0 || uv_sem_init(&go_on, 0) != 0) return -1;
  return open_on_loop(state);
}
static int close_workers_on_loop(void **state) {
  for (int i = 0; i < 8; i++) uv_sem_post(&go_on);
  int rc = close_on_loop(state);
  uv_sem_destroy(&begun);
  uv_sem_destroy(&go_on);
  return rc;
}
#define WORKERS_ON_LOOP(function)                                                                  \
  cmocka_unit_test_setup_teardown(function, open_workers_on_loop, close_workers_on_loop)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_takes_its_place_is_asked_for_itself),
      TEST(a_release_is_joined_with_what_else_was_asked),
      TEST(a_release_is_joined_with_a_shutdown),
      TEST(a_kept_reason_stands),
      TEST(what_came_too_late_deafens_nobody),
      TEST(what_came_too_late_lets_nobody_sleep),
      WORKERS_ON_LOOP(with_strays_alone_nothing_is_done),
  };
  return cmocka_run_group_tests_name("thread_more", tests, NULL, NULL);
}
