/* What a program may do at the worst moment: each of these calls comes where the tree is just
 * changing, and must still keep its promise. */
#include "support.h"

#include <uv.h>

static roost_group g, h;
static roost_scope s;
static roost_task task;
static roost_wait wait;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void cancel_h(void) { assert_int_equal(roost_cancel(h, NULL), 0); }

static void say_dropped(void *data) { note("drop:%s", (char *)data); }

static void see_closed(const roost_result *result, void *name) {
  note("%s=%s", (char *)name, code_name(result->code));
}

/* ---------------------------------------------------------------------------------------------- */
/* Borrowed loops                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static uv_loop_t loop;
static roost_runtime borrower;

/* On the real clock, where the runtime takes its turns only while it has something to do. */
static void borrow_loop(void) {
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.loop = &loop), &borrower), 0);
}

static void turn_once(void) { (void)uv_run(&loop, UV_RUN_NOWAIT); }

/* S8a: nothing of ours is left on the loop. */
static void give_loop_back(void) {
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_refused(ROOST_ESTALE, roost_run, (borrower));
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void turn_in_drop(void *data) {
  (void)data;
  note("drop");
  assert_refused(ROOST_ESTALE, roost_cancel, (roost_root(borrower), NULL));
  turn_once();
  note("turned");
}

static void end_with_a_drop_that_turns(roost_task self) {
  assert_int_equal(roost_finish(self, 0, NULL, turn_in_drop), 0);
}

/* B1, S8a, real: a drop turns the loop in the batch in which the root ends. */
static void a_drop_may_turn_the_loop_when_the_root_has_ended(void **state) {
  (void)state;
  borrow_loop();
  roost_task kept = spawn(roost_root(borrower), "kept", .body = end_with_a_drop_that_turns);
  roost_task last_one = spawn(roost_root(borrower), "last", .answers = ROOST_PENDING);
  while (outcome_of(kept).state == ROOST_ALIVE) turn_once();
  assert_int_equal(roost_close(borrower, ROOST_FOREVER, see_closed, "closed", NULL), ROOST_PENDING);
  turn_once();
  assert_int_equal(roost_finish(last_one, 0, NULL, NULL), 0);
  assert_int_equal(roost_release(kept), 0);
  give_loop_back();
  assert_log("kept+ last+ drop turned closed=0");
}

static void end_with_a_result(roost_task self) {
  assert_int_equal(roost_finish(self, 0, "result", say_dropped), 0);
}

static void release_in_prepare(uv_prepare_t *prepare) {
  assert_refused(ROOST_ESTALE, roost_cancel, (roost_root(borrower), NULL));
  assert_int_equal(roost_release(task), 0);
  note("released");
  uv_close((uv_handle_t *)prepare, NULL);
}

/* T3, L6, S8a, real: a task of the root is released after the root's end, before the handles are
 * closed: the loop prepares to poll in between. */
static void a_task_may_be_released_when_the_root_has_ended(void **state) {
  (void)state;
  uv_prepare_t prepare;
  borrow_loop();
  task = spawn(roost_root(borrower), "a", .body = end_with_a_result);
  while (outcome_of(task).state == ROOST_ALIVE) turn_once();
  assert_int_equal(roost_close(borrower, 0, see_closed, "closed", NULL), ROOST_PENDING);
  assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
  assert_int_equal(uv_prepare_start(&prepare, release_in_prepare), 0);
  give_loop_back();
  assert_log("a+ released closed=0 drop:result");
}

/* ---------------------------------------------------------------------------------------------- */
/* Options and deadlines                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static int end_at_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

/* B1: a size that ends within a field is no size: no half of a pointer is read, nor called. */
static void half_a_field_is_not_read(void **state) {
  (void)state;
  roost_task_options options = {.start = end_at_once, .data = "data", .drop = say_dropped};
  for (options.size = 1; options.size < sizeof options; options.size++)
    if (options.size % 8 != 0) assert_refused(ROOST_EINVAL, roost_spawn, (root, &options, NULL));
  run();
  assert_log("");
}

/* D1, real: a deadline that has passed cancels before the call returns. */
static void a_deadline_moved_into_the_past_cancels_at_once(void **state) {
  (void)state;
  roost_runtime real;
  assert_int_equal(roost_runtime_open(NULL, &real), 0);
  s = scope(roost_root(real), "s");
  assert_int_equal(roost_set_deadline(s, roost_now(real) - 1), 0);
  assert_int_equal(roost_cancel(s, NULL), ROOST_ALREADY);
  assert_int_equal(reason_of(s).origin, ROOST_DEADLINE);
  assert_int_equal(roost_close(real, 0, NULL, NULL, NULL), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* In what is being joined                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static int ticks;

static void tick(roost_wait it, int rc, void *data) {
  (void)it;
  (void)data;
  note("tick=%s", code_name(rc));
  if (ticks++ == 0) join(g, 0);
  int again = roost_after(g, SECONDS(1), tick, NULL, NULL, NULL);
  if (again != 0) note("again=%s", code_name(again));
}

/* S2b: two waits end in one batch; the first joins the group, and neither can keep it open. */
static void a_tick_that_renews_itself_ends_with_its_group(void **state) {
  (void)state;
  ticks = 0;
  g = group(root, "g");
  assert_int_equal(roost_after(g, SECONDS(1), tick, NULL, NULL, NULL), 0);
  assert_int_equal(roost_after(g, SECONDS(1), tick, NULL, NULL, NULL), 0);
  run();
  assert_log("@1000 tick=0 tick=0 g=0");
}

static void wait_in_g(void *data) {
  (void)data;
  note("again=%s", code_name(roost_after(g, ROOST_FOREVER, log_wait, "w", NULL, NULL)));
}

/* S2b: a wait begun in the drop of one that was taken back is taken back too. */
static void a_wait_renewed_in_a_drop_keeps_no_group_open(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_after(g, ROOST_FOREVER, log_wait, "w", wait_in_g, NULL), 0);
  join(g, 0);
  run();
  assert_log("again=0 g=0");
}

static void open_and_wait_in_g(void *data) {
  note("opened=%s", code_name(roost_group_open(g, NULL, &h)));
  wait_in_g(data);
}

/* T1d, S2b: the same, where a group is opened as well: it is closed with the one around it. */
static void a_group_opened_in_a_drop_is_closed_with_its_parent(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_after(g, ROOST_FOREVER, log_wait, "w", open_and_wait_in_g, NULL), 0);
  join(g, 0);
  run();
  assert_log("opened=0 again=0 g=0");
}

static void finish_task(roost_wait it, int rc, void *data) {
  (void)it;
  (void)data;
  note("end=%s", code_name(rc));
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
}

static void open_beside(void) {
  roost_group beside = group(g, "beside");
  assert_int_equal(roost_on_end(beside, task, finish_task, NULL, NULL, NULL), 0);
}

/* T1d: in a joined group without tasks, what is opened is closed at once, not when something else
 * in it has ended. */
static void what_is_opened_in_a_joined_group_without_tasks_is_closed_at_once(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  task = spawn(h, "a", .answers = ROOST_PENDING);
  join(h, 0);
  join(g, 0);
  act(SECONDS(1), open_beside);
  run();
  assert_log("a+ @1000 end=0 h=0 g=0");
}

static void join_h(void) {
  join(h, 0);
  assert_refused(ROOST_EALREADY, roost_join, (h, 0, log_result, "h again", say_dropped));
}

/* T1d, T1c: a group that is being closed with the one around it takes one join of its own. */
static void a_group_closed_with_its_parent_takes_a_join_of_its_own(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "a", .lasts = SECONDS(2), .answers = ROOST_EIO);
  join(g, 0);
  act(SECONDS(1), join_h);
  run();
  assert_log("a+ @1000 drop:h again @2000 a- h=EIO[a:EIO] g=0");
}

/* B1, L4: the group that nobody sees can be guessed; its end stays the start's. What it is made of
 * is in Docs/design.md: here it is in the row before its task's, as both have never been used. */
static void a_guessed_handle_takes_no_start_its_end(void **state) {
  (void)state;
  for (int i = 0; i < 5000; i++)
    assert_int_equal(roost_spawn(root, ROOST_TASK(.start = end_at_once), NULL), 0);
  g = group(root, "g");
  task = start_in(g, root, "a", .lasts = SECONDS(1));
  h.id = (task.id - 1) ^ (g.id ^ task.id) >> 58 << 58;
  char name[64];
  assert_int_equal(roost_name(h, name, sizeof name), 0);
  assert_refused(ROOST_EALREADY, roost_join, (h, 0, log_result, "guessed", say_dropped));
  join(g, 0);
  run();
  assert_log("drop:guessed a+ @1000 a- g=0 a?=ENOTSTARTED");
}

/* ---------------------------------------------------------------------------------------------- */
/* In on_cancel, drops and cleanups                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void park_and_cancel(roost_task self) {
  wait = park(self, "p", .abort = STOPS);
  assert_int_equal(roost_cancel(self, NULL), 0);
}

static int wake_and_finish(roost_task self, const roost_reason *why, void *name) {
  (void)why;
  note("%s:told", (char *)name);
  assert_int_equal(roost_wake(wait, 7), 0);
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  return 0;
}

static void wait_three_times(roost_task self) {
  (void)self;
  after(root, 0, "first");
  after(root, 0, "second");
  after(root, 0, "third");
}

/* C4, C4a, C14b: a wait that ends between the mark and its abort brings its result, without the
 * abort; and nothing that was ready behind it is lost. */
static void a_wait_woken_in_on_cancel_is_not_aborted(void **state) {
  (void)state;
  spawn(root, "a", .answers = ROOST_PENDING, .body = park_and_cancel, .on_cancel = wake_and_finish);
  spawn(root, "b", .body = wait_three_times);
  run();
  assert_log("a+ b+ a:told p=7 first=0 second=0 third=0");
}

static int told(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  (void)why;
  note("%s:told", (char *)name);
  return ROOST_PENDING;
}

static void finish_cut(roost_wait it, int rc, void *data) {
  (void)it;
  (void)data;
  note("w=%s", code_name(rc));
  assert_int_equal(roost_join(s, 0, NULL, NULL, NULL), 0);
  assert_int_equal(roost_finish(task, rc, NULL, NULL), 0);
}

static void wait_in_a_scope_and_cancel(roost_task self) {
  s = scope(self, "s");
  assert_int_equal(roost_after(s, ROOST_FOREVER, finish_cut, NULL, NULL, NULL), 0);
  assert_int_equal(roost_cancel(self, NULL), 0);
}

/* S2b: on_cancel comes before the fn of every wait in the task, in a scope of its own too. */
static void on_cancel_comes_before_a_wait_in_a_scope_of_the_task(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_PENDING, .body = wait_in_a_scope_and_cancel,
               .on_cancel = told);
  run();
  assert_log("a+ a:told w=ECANCELED");
}

static void release_task(void *data) {
  (void)data;
  note("drop:task");
  assert_int_equal(roost_release(task), 0);
  note("released");
}

static int finish_with_a_result(roost_task self, void *data) {
  (void)data;
  return roost_finish(self, 0, "result", say_dropped);
}

/* L6, S2a: a task that is released in its own drop has its result dropped in a later turn. */
static void a_release_in_the_tasks_own_drop_runs_nothing(void **state) {
  (void)state;
  assert_int_equal(
      roost_spawn(root, ROOST_TASK(.start = finish_with_a_result, .drop = release_task), &task), 0);
  run();
  assert_log("drop:task released drop:result");
}

enum { deep = 100000 };
static int depth;

static int defer_deeper(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  if (++depth < deep) return roost_defer(self, defer_deeper, NULL, NULL);
  char name[64];
  assert_in_range(roost_name(self, name, sizeof name), 33, 63);
  assert_memory_equal(name, "cleanup of cleanup of cleanup of ", 33);
  return 0;
}

/* C15, K6: a cleanup of a cleanup, and so on, is named without recursion. */
static void the_name_of_a_deep_cleanup_needs_no_stack(void **state) {
  (void)state;
  depth = 0;
  g = group(root, "g");
  assert_int_equal(roost_defer(g, defer_deeper, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_int_equal(depth, deep);
  assert_log("g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* At the closing                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

/* C7, C8, G5: inner was cut and would have absorbed; when it closes, outer does so in its place. */
static void the_node_that_absorbs_at_the_closing_has_caught(void **state) {
  (void)state;
  g = group(root, "outer");
  h = group(g, "inner");
  task = spawn(h, "a", .lasts = SECONDS(9));
  cleanup(task, "c", .lasts = SECONDS(2));
  join(h, 0);
  join(g, 0);
  act(SECONDS(1), cancel_h);
  act(SECONDS(2), cancel_g);
  run();
  assert_log("a+ @1000 a! c:cancelled @3000 c- inner=ECANCELED outer=0^");
}

/* T1d, S8a: what is open in the root is closed when the closing begins, not after the last task. */
static void closing_the_runtime_closes_what_is_open_in_the_root(void **state) {
  (void)state;
  cleanup(root, "c");
  cleanup(scope(root, "s"), "e");
  cleanup(spawn(root, "a", .lasts = SECONDS(9)), "d", .lasts = SECONDS(1));
  assert_int_equal(roost_close(rt, 0, see_closed, "root", NULL), 0);
  rt.id = 0;
  assert_log("a+ e:completed a! d:cancelled @1000 d- c:cancelled root=0");
}

/* D4, S8a: the patience of a closing is no reason to wait for what cannot happen. */
static void a_patient_close_finds_a_deadlock(void **state) {
  (void)state;
  spawn(root, "a", .lasts = ROOST_FOREVER);
  assert_int_equal(roost_close(rt, ROOST_FOREVER, see_closed, "root", NULL), ROOST_EDEADLK);
  rt.id = 0;
  assert_log("a+ a! root=0");
}

static void leave_open(roost_task self) {
  h = group(self, "orchard");
  s = scope(h, "meadow");
  group(s, "pond");
  scope(h, "hedge");
}

/* G7: what is open in something that was left open is named in it. */
static void what_is_left_open_is_named_nested(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .body = leave_open);
  join(g, 0);
  run();
  assert_log("a+ g=EUNCLOSED[a:EUNCLOSED[orchard:EUNCLOSED[meadow:EUNCLOSED[pond:EUNCLOSED] "
             "hedge:EUNCLOSED]]]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_drop_may_turn_the_loop_when_the_root_has_ended),
      TEST(a_task_may_be_released_when_the_root_has_ended),
      TEST(half_a_field_is_not_read),
      TEST(a_deadline_moved_into_the_past_cancels_at_once),
      TEST(a_tick_that_renews_itself_ends_with_its_group),
      TEST(a_wait_renewed_in_a_drop_keeps_no_group_open),
      TEST(a_group_opened_in_a_drop_is_closed_with_its_parent),
      TEST(what_is_opened_in_a_joined_group_without_tasks_is_closed_at_once),
      TEST(a_group_closed_with_its_parent_takes_a_join_of_its_own),
      TEST(a_guessed_handle_takes_no_start_its_end),
      TEST(a_wait_woken_in_on_cancel_is_not_aborted),
      TEST(on_cancel_comes_before_a_wait_in_a_scope_of_the_task),
      TEST(a_release_in_the_tasks_own_drop_runs_nothing),
      TEST(the_name_of_a_deep_cleanup_needs_no_stack),
      TEST(the_node_that_absorbs_at_the_closing_has_caught),
      TEST(closing_the_runtime_closes_what_is_open_in_the_root),
      TEST(a_patient_close_finds_a_deadlock),
      TEST(what_is_left_open_is_named_nested),
  };
  return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
