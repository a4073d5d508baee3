/* O3, D4: what hinders the program is reported: hangs, stalls, long steps; to a callback that may
 * do anything, or to standard error. */
#include "seeing.h"

#include <roost_fiber.h>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#include <uv.h>

static int open_for_reports(void **state) {
  if (open_runtime(state) != 0) return -1;
  open_reporting(SECONDS(5), 0);
  return 0;
}

static int forget(void **state) {
  forget_text();
  int rc = close_runtime(state);
  return rc != 0 || report_drops != 1;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_for_reports, forget)

static roost_group g;
static roost_task task;

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void nothing(void) {}
static void finish_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }

static roost_task idle(roost_group group, const char *name) {
  return spawn_job(group, &(job){.name = name, .answers = ROOST_PENDING});
}

/* ---------------------------------------------------------------------------------------------- */
/* Hangs                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void look_at_hang(const roost_report *report) {
  assert_int_equal(report->size, sizeof *report);
  assert_int_equal(report->kind, ROOST_HANG);
  assert_int_equal(report->node.id, root.id);
  assert_int_equal(report->duration_ns, 0);
  assert_null(report->suspects);
  assert_int_equal(roost_cancelled(root), 0);
  assert_int_equal(roost_cancelled(task), 0);
}

/* D4: before the root is cancelled. */
static void a_hang_is_reported(void **state) {
  (void)state;
  reported = look_at_hang;
  task = spawn(root, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("a+ hang of root a:8");
  assert_non_null(strstr(report_text, "task 'a' ("));
  assert_non_null(strstr(report_text, "nothing is left that could happen"));
}

static void finish_now(const roost_report *report) {
  (void)report;
  finish_task();
}

static void finish_later(const roost_report *report) {
  (void)report;
  act(SECONDS(3), finish_task);
}

static void turn_inside(const roost_report *report) {
  (void)report;
  assert_int_equal(roost_run(rt), ROOST_EORDER);
  finish_task();
}

/* D4: what the callback does may be what everything waited for. */
static void a_hang_may_be_cured(void **state) {
  (void)state;
  void (*const cures[])(const roost_report *) = {finish_now, finish_later, turn_inside};
  for (size_t i = 0; i < COUNT(cures); i++) {
    reported = cures[i];
    task = idle(root, "a");
    run();
    assert_log(i < 2 ? "a+ hang of root" : "@3000 a+ hang of root");
    assert_int_equal(roost_cancel_called(root), 0);
  }
  assert_int_equal(roost_now(rt) - beginning, SECONDS(3));
}

static void close_inside(const roost_report *report) {
  (void)report;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
}

/* D4, S8a: the run brings the close to its end. */
static void a_hang_may_be_closed(void **state) {
  (void)state;
  reported = close_inside;
  task = spawn(root, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  assert_int_equal(roost_run(rt), 0);
  rt.id = 0;
  assert_log("a+ hang of root a:6");
}

/* Calls `work` with standard error in a file, and answers what was written there. */
static char *heard_on_stderr(void (*work)(void)) {
  static char text[4096];
  char path[] = "/tmp/roost-report-XXXXXX";
  int file = mkstemp(path);
  int before = dup(STDERR_FILENO);
  assert_true(file >= 0 && before >= 0);
  assert_int_equal(unlink(path), 0);
  fflush(stderr);
  dup2(file, STDERR_FILENO);
  work();
  fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  ssize_t length = pread(file, text, sizeof text - 1, 0);
  close(file);
  text[length < 0 ? 0 : length] = 0;
  return text;
}

static void hang(void) { assert_int_equal(roost_run(rt), ROOST_EDEADLK); }

/* O3: nobody listens. */
static void without_a_callback_it_goes_to_standard_error(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt), 0);
  root = roost_root(rt);
  task = idle(root, "lonely");
  char *text = heard_on_stderr(hang);
  assert_non_null(strstr(text, "roost: nothing is left that could happen"));
  assert_non_null(strstr(text, "task 'lonely'"));
  assert_int_equal(text[strlen(text) - 1], '\n');
  finish_task();
}

static void dump_to_nobody(void) {
  assert_int_equal(roost_dump(root, ROOST_TEXT, NULL, NULL, NULL), 0);
}

/* O1: as a debugger asks for it. */
static void a_dump_to_nobody_goes_to_standard_error(void **state) {
  (void)state;
  spawn(root, "lonely");
  assert_non_null(strstr(heard_on_stderr(dump_to_nobody), "task 'lonely'"));
  run();
  assert_log("lonely+");
}

/* ---------------------------------------------------------------------------------------------- */
/* Stalls                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void look_at_stall(const roost_report *report) {
  assert_int_equal(report->kind, ROOST_STALL);
  assert_int_equal(report->node.id, g.id);
  assert_int_equal(report->duration_ns, SECONDS(5));
  assert_int_equal(report->suspect_count, 1);
  assert_int_equal(report->suspects->size, sizeof *report->suspects);
  assert_int_equal(report->suspects->task.id, task.id);
  assert_null(report->suspects->next);
}

/* K7: a task that has no on_cancel, and does not look. */
static void who_ignores_a_cancellation_is_named(void **state) {
  (void)state;
  reported = look_at_stall;
  g = group(root, "g");
  task = idle(g, "a");
  spawn(g, "b", .lasts = SECONDS(100));
  join(g, 0);
  act(SECONDS(1), cancel_g);
  act(SECONDS(6), nothing);
  act(SECONDS(20), nothing);
  act(SECONDS(30), finish_task);
  run();
  assert_log("a+ b+ @1000 b! @6000 stall of g: a @30000 g=0^");
}

static void pend(roost_task self) { task = self; }

/* K2b: a cleanup that ignores the end of its grace. */
static void a_cleanup_that_ignores_its_grace_is_named(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(2));
  cleanup(g, "c", .answers = ROOST_PENDING, .body = pend, .on_cancel = log_stay);
  cancel_g();
  join(g, 0);
  act(SECONDS(5), nothing);
  act(SECONDS(9), finish_task);
  run();
  assert_log("c:completed @2000 c:1 @5000 stall of g: cleanup of g @9000 g=0");
}

/* C10: what is shielded is named too, and what is cancelled itself counts for itself. */
static void shields_are_no_excuse(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING, .shield = 1);
  join(g, 0);
  cancel_g();
  act(SECONDS(5), nothing);
  act(SECONDS(8), finish_task);
  run();
  assert_log("a+ @5000 stall of g: a @8000 g=0");
}

static void finish_and_cancel(const roost_report *report) {
  assert_int_equal(roost_cancel(g, NULL), ROOST_ALREADY);
  assert_int_equal(roost_finish(report->suspects->task, 0, NULL, NULL), 0);
}

/* O3: the report is the program's place to act. */
static void a_stall_may_be_ended(void **state) {
  (void)state;
  reported = finish_and_cancel;
  g = group(root, "g");
  task = idle(g, "a");
  join(g, 0);
  cancel_g();
  act(SECONDS(5), nothing);
  run();
  assert_log("a+ @5000 stall of g: a g=0");
}

/* O3, C15: rows are used again while those who had them are still listed. */
static void many_that_end_in_time_are_not_reported(void **state) {
  (void)state;
  for (int round = 0; round < 20; round++) {
    roost_task tasks[100];
    for (size_t i = 0; i < COUNT(tasks); i++) {
      tasks[i] = spawn(root, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
      assert_int_equal(roost_cancel(tasks[i], NULL), 0);
    }
    act(SECONDS(1), nothing);
    run();
    clear_log();
  }
  g = group(root, "g");
  task = idle(g, "b");
  cancel_g();
  act(SECONDS(5), finish_task);
  join(g, 0);
  run();
  assert_log("@20000 b+ @25000 stall of g: b g=0");
}

static roost_task second, third;

static void cancel_second(void) { assert_int_equal(roost_cancel(second, NULL), 0); }

static void release_task(void) { assert_int_equal(roost_release(task), 0); }

static void begin_third(void) {
  third = idle(root, "c");
  assert_int_equal(roost_cancel(third, NULL), 0);
}

static void finish_others(void) {
  assert_int_equal(roost_finish(second, 0, NULL, NULL), 0);
  assert_int_equal(roost_finish(third, 0, NULL, NULL), 0);
}

/* O3: a row that is used again, and cancelled again, keeps nobody waiting who came before. */
static void each_is_reported_at_its_own_time(void **state) {
  (void)state;
  task = spawn(root, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  second = idle(root, "b");
  assert_int_equal(roost_cancel(task, NULL), 0);
  act(SECONDS(1), cancel_second);
  act(SECONDS(2), release_task);
  act(SECONDS(4), begin_third);
  act(SECONDS(6), nothing);
  act(SECONDS(9), nothing);
  act(SECONDS(20), finish_others);
  run();
  uint64_t slot = (1 << 28) - 1; /* the same, which is what this is about */
  assert_int_equal(third.id & slot, task.id & slot);
  assert_log("a+ b+ a:1 @4000 c+ @6000 stall of b: b @9000 stall of c: c");
}

/* D4: nobody waits for the time of a stall. */
static void a_stall_is_no_time_to_jump_to(void **state) {
  (void)state;
  task = idle(root, "a");
  assert_int_equal(roost_cancel(task, NULL), 0);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("a+ hang of root");
  finish_task();
}

static uv_loop_t borrowed;

static void close_and_turn(const roost_report *report) {
  (void)report;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  finish_task();
  for (int i = 0; i < 10; i++) uv_run(&borrowed, UV_RUN_NOWAIT);
  note("turned");
  assert_int_equal(roost_cancel_called(root), 1);
}

/* S1, S8a: no step is taken while a report is told, even if that turns a borrowed loop until there
 * would be nothing left to do; the close comes to its end behind it. */
static void a_report_may_turn_a_borrowed_loop(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(uv_loop_init(&borrowed), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.loop = &borrowed, .clock = ROOST_CLOCK_VIRTUAL,
                                                    .report = hear, .report_drop = drop_report,
                                                    .stall_ns = SECONDS(5)),
                                      &rt),
                   0);
  root = roost_root(rt);
  report_drops = 0;
  reported = close_and_turn;
  task = idle(root, "a");
  assert_int_equal(roost_cancel(task, NULL), 0);
  act(SECONDS(5), nothing);
  assert_int_equal(uv_run(&borrowed, UV_RUN_DEFAULT), 0);
  rt.id = 0;
  assert_log("a+ @5000 stall of a: a turned");
  assert_int_equal(uv_loop_close(&borrowed), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Real time                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static void finish_suspect(const roost_report *report) {
  assert_int_equal(report->kind, ROOST_STALL);
  assert_true(report->duration_ns >= MS(20));
  assert_int_equal(roost_finish(report->suspects->task, 0, NULL, NULL), 0);
}

/* O3: nothing else would wake the loop (real). */
static void a_sleeping_loop_wakes_for_a_stall(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.report = hear, .stall_ns = MS(20)), &rt), 0);
  root = roost_root(rt);
  reported = finish_suspect;
  task = spawn(root, "a", .answers = ROOST_PENDING);
  assert_int_equal(roost_cancel(task, NULL), 0);
  run();
  assert_non_null(strstr(report_text, "task 'a'"));
}

static void spin(roost_task self) {
  (void)self;
  uint64_t end = uv_hrtime() + (uint64_t)MS(60);
  while (uv_hrtime() < end) continue;
}

static int steps;

static void count_steps(roost_task self) {
  (void)self;
  assert_int_equal(steps, 1);
}

static void look_at_step(const roost_report *report) {
  /* On a busy machine other steps may have been long. */
  if (report->node.id != task.id) return;
  steps++;
  assert_non_null(strstr(report->text, "roost: a step of task 'a' ("));
  assert_int_equal(report->kind, ROOST_LONG_STEP);
  assert_int_equal(report->node.id, task.id);
  assert_true(report->duration_ns >= MS(50));
  assert_int_equal(report->suspect_count, 0);
  assert_int_equal(roost_outcome_of(task, &(roost_outcome){.size = sizeof(roost_outcome)}), 0);
}

/* O3: after the step, also when that was its task's last (real). */
static void a_long_step_is_reported(void **state) {
  (void)state;
  open_reporting(0, MS(50));
  reported = look_at_step;
  task = spawn(root, "a", .body = spin);
  spawn(root, "b", .body = count_steps);
  steps = 0;
  run();
  assert_int_equal(steps, 1);
}

static int spin_on_a_fiber(roost_task self, void *data) {
  (void)data;
  roost_scope inner;
  assert_int_equal(roost_scope_open(self, NULL, &inner), 0);
  assert_int_equal(roost_checkpoint(), 0);
  assert_int_equal(roost_sleep(1), 0);
  spin(self);
  return roost_scope_close(inner, 0, NULL);
}

/* O3: a fiber that computes and does not wait, wherever it has waited before (real). */
static void a_long_step_of_a_fiber_is_its_task_s(void **state) {
  (void)state;
  open_reporting(0, MS(50));
  reported = look_at_step;
  steps = 0;
  assert_int_equal(roost_go_with(root, ROOST_FIBER(.fn = spin_on_a_fiber, .name = "a"), &task), 0);
  run();
  assert_int_equal(steps, 1);
}

/* ---------------------------------------------------------------------------------------------- */
/* Options                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* B1, K5: a runtime that cannot be opened drops what it was to report to. */
static void bad_times_are_refused(void **state) {
  (void)state;
  roost_runtime other = {0};
  int before = report_drops;
  assert_refused(
      ROOST_EINVAL, roost_runtime_open,
      (ROOST_RUNTIME(.report = hear, .report_drop = drop_report, .stall_ns = -1), &other));
  assert_refused(ROOST_EINVAL, roost_runtime_open,
                 (ROOST_RUNTIME(.report_drop = drop_report, .step_ns = INT64_MIN), &other));
  assert_refused(ROOST_EINVAL, roost_runtime_open,
                 (ROOST_RUNTIME(.report_drop = drop_report), NULL));
  assert_int_equal(report_drops, before + 3);
  assert_int_equal(other.id, 0);
  report_drops = before;
}

/* ---------------------------------------------------------------------------------------------- */
/* More of the same                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static roost_wait parked;

static void *wake_parked(void *data) {
  *(int *)data = roost_wake(parked, 7);
  return NULL;
}

static void wake_from_afar(const roost_report *report) {
  (void)report;
  int rc = 0;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, wake_parked, &rc), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(rc, ROOST_ASKED);
}

/* D4, C14: by another thread meanwhile. */
static void a_hang_may_be_cured_from_afar(void **state) {
  (void)state;
  reported = wake_from_afar;
  parked = park(root, "w");
  run();
  assert_log("hang of root w=7");
  assert_int_equal(roost_cancel_called(root), 0);
}

/* D4: what is cancelled, and does not end, is no news. */
static void a_hang_of_what_is_cancelled_says_so(void **state) {
  (void)state;
  task = idle(root, "a");
  assert_int_equal(roost_cancel(root, NULL), 0);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_non_null(strstr(report_text, "what is cancelled does not end"));
  finish_task();
  clear_log();
}

/* O3: the body has ended; its cleanup has not. */
static void who_has_ended_is_no_suspect(void **state) {
  (void)state;
  g = group(root, "g");
  task = idle(g, "a");
  cleanup(task, "c", .lasts = SECONDS(8));
  join(g, 0);
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), finish_task);
  act(SECONDS(6), nothing);
  run();
  assert_log("a+ @2000 c:completed @6000 stall of g: cleanup of a @10000 c- g=0");
}

static roost_task crowd[150];

static void finish_crowd(void) {
  for (size_t i = 0; i < COUNT(crowd); i++)
    assert_int_equal(roost_finish(crowd[i], 0, NULL, NULL), 0);
}

static uint64_t suspects_seen;
static void count_suspects(const roost_report *report) { suspects_seen = report->suspect_count; }

/* O3: the first hundred are listed, which `hear` looks at, and all are counted. */
static void a_hundred_suspects_are_listed(void **state) {
  (void)state;
  suspects_seen = 0;
  reported = count_suspects;
  g = group(root, "g");
  for (size_t i = 0; i < COUNT(crowd); i++) crowd[i] = idle(g, "a");
  join(g, 0);
  cancel_g();
  act(SECONDS(5), nothing);
  act(SECONDS(6), finish_crowd);
  run();
  assert_int_equal(suspects_seen, COUNT(crowd));
  clear_log();
}

static int count_lines(const char *text) {
  int lines = 0;
  for (; *text != 0; text++) lines += *text == '\n';
  return lines;
}

/* O3: a tree of just the lines that a report may have is shown whole; with one more it is cut, and
 * the last line says so. Before it there are two others. */
static void a_report_shows_a_thousand_lines_of_the_tree(void **state) {
  (void)state;
  reported = finish_now;
  for (int i = 0; i < 998; i++) scope(root, "s");
  for (int too_many = 0; too_many <= 1; too_many++) {
    task = idle(root, "a");
    run();
    assert_log("a+ hang of root");
    assert_int_equal(count_lines(report_text), 2 + 1000 + too_many);
    assert_int_equal(strstr(report_text, "... and more") != NULL, too_many);
    scope(root, "s");
  }
}

static roost_group groups[3];
static roost_task tasks[3];

static void open_three(int opens_idle) {
  static const char *const names[] = {"a", "b", "c"};
  for (size_t i = 0; i < 3; i++) {
    groups[i] = group(root, names[i]);
    tasks[i] = spawn_job(groups[i], &(job){.name = names[i],
                                           .answers = ROOST_PENDING,
                                           .on_cancel = opens_idle ? NULL : log_stop});
  }
}

static void finish_three(void) {
  for (size_t i = 0; i < 3; i++) assert_int_equal(roost_finish(tasks[i], 0, NULL, NULL), 0);
}

/* O3, T3: who was watched when a runtime was closed is forgotten by the next, which has its rows.
 */
static void the_next_runtime_watches_its_own(void **state) {
  (void)state;
  open_three(0);
  assert_int_equal(roost_cancel(root, NULL), 0);
  for (size_t i = 0; i < 3; i++) assert_int_equal(roost_cancel(groups[i], NULL), 0);
  open_reporting(SECONDS(5), 0);
  clear_log();
  open_three(1);
  assert_int_equal(roost_cancel(groups[1], NULL), 0);
  assert_int_equal(roost_cancel(groups[2], NULL), 0);
  assert_int_equal(roost_cancel(groups[0], NULL), 0);
  act(SECONDS(5), nothing);
  act(SECONDS(6), finish_three);
  run();
  assert_log("a+ b+ c+ @5000 stall of b: b stall of c: c stall of a: a");
}

/* O3: of whose wait it was. */
static void a_long_step_of_a_wait_is_its_node_s(void **state) {
  (void)state;
  open_reporting(0, 1);
  roost_scope s = scope(root, "s");
  after(s, 0, "w");
  run();
  assert_log("w=0 step of s");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_hang_is_reported),
      TEST(a_hang_may_be_cured),
      TEST(a_hang_may_be_closed),
      TEST(without_a_callback_it_goes_to_standard_error),
      TEST(a_dump_to_nobody_goes_to_standard_error),
      TEST(who_ignores_a_cancellation_is_named),
      TEST(a_cleanup_that_ignores_its_grace_is_named),
      TEST(shields_are_no_excuse),
      TEST(a_stall_may_be_ended),
      TEST(many_that_end_in_time_are_not_reported),
      TEST(each_is_reported_at_its_own_time),
      TEST(a_stall_is_no_time_to_jump_to),
      TEST(a_report_may_turn_a_borrowed_loop),
      TEST(a_sleeping_loop_wakes_for_a_stall),
      TEST(a_long_step_is_reported),
      TEST(a_long_step_of_a_fiber_is_its_task_s),
      TEST(bad_times_are_refused),
      TEST(a_hang_may_be_cured_from_afar),
      TEST(a_hang_of_what_is_cancelled_says_so),
      TEST(who_has_ended_is_no_suspect),
      TEST(a_hundred_suspects_are_listed),
      TEST(a_report_shows_a_thousand_lines_of_the_tree),
      TEST(the_next_runtime_watches_its_own),
      TEST(a_long_step_of_a_wait_is_its_node_s),
  };
  return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
