/* K5, L6: every drop is called exactly once, after the last use of its data, on the runtime's
 * thread; and by a call that fails, before it returns, on the thread of the call. */
#include "support.h"

#include <pthread.h>
#include <uv.h>

/* The data of every callback here: each use and each drop is seen. */
static struct token {
  int uses;
  int drops;
  int used_late;
  pthread_t thread;
} token;

static void use(void *data) {
  (void)data;
  token.uses++;
  token.used_late += token.drops;
}

static void drop(void *data) {
  ((struct token *)data)->drops++;
  token.thread = pthread_self();
}

#define DATA &token, drop

static int answer;

static int start(roost_task self, void *data) {
  (void)self;
  use(data);
  return answer;
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  use(data);
  return 0;
}

static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  use(data);
  return answer;
}

static void wait_ended(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  use(data);
}

static int stop(roost_wait wait, void *data) {
  (void)wait;
  use(data);
  return answer;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)result;
  use(data);
}

static void closed(const roost_result *result, void *data) {
  (void)result;
  use(data);
}

static roost_group g;
static roost_task task;
static roost_wait wait;
static roost_cleanup entry;
static roost_task_options options;

/* ---------------------------------------------------------------------------------------------- */
/* Calls that succeed                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static void begin_after(roost_node in) {
  assert_int_equal(roost_after(in, SECONDS(1), wait_ended, DATA, &wait), 0);
}

static void begin_on_end(roost_node in) {
  task = spawn(root, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_on_end(task, in, wait_ended, DATA, &wait), 0);
}

static void begin_park(roost_node in) {
  assert_int_equal(roost_park(in, NULL, wait_ended, DATA, &wait), 0);
}

static void begin_request(roost_node in) {
  assert_int_equal(roost_park(in, stop, wait_ended, DATA, &wait), 0);
}

static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void join_g(void) { assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0); }
static void unwait(void) { assert_int_equal(roost_unwait(wait), 0); }
static void wake(void) { assert_int_equal(roost_wake(wait, 0), 0); }
static void close_runtime_now(void) { (void)close_now(); }
static void nothing(void) {}

/* How a wait may end. Those of the last column are called in a later turn. */
static const struct {
  const char *title;
  void (*begin)(roost_node in);
  void (*end)(void);
  int answer;
  void (*later)(void);
} waits[] = {
    {"after, completed", begin_after, nothing, 0, NULL},
    {"after, cancelled", begin_after, cancel_g, 0, NULL},
    {"after, taken back", begin_after, unwait, 0, NULL},
    {"after, its group closed", begin_after, join_g, 0, NULL},
    {"after, its runtime closed", begin_after, close_runtime_now, 0, NULL},
    {"on_end, completed", begin_on_end, nothing, 0, NULL},
    {"on_end, cancelled", begin_on_end, cancel_g, 0, NULL},
    {"on_end, taken back", begin_on_end, unwait, 0, NULL},
    {"on_end, its group closed", begin_on_end, join_g, 0, NULL},
    {"on_end, its runtime closed", begin_on_end, close_runtime_now, 0, NULL},
    {"park, woken", begin_park, wake, 0, NULL},
    {"park, cancelled", begin_park, cancel_g, 0, NULL},
    {"park, taken back", begin_park, unwait, 0, NULL},
    {"park, its group closed", begin_park, join_g, 0, NULL},
    {"park, its runtime closed", begin_park, close_runtime_now, 0, NULL},
    {"a request, woken", begin_request, wake, 0, NULL},
    {"a request, stopped", begin_request, cancel_g, 0, NULL},
    {"a request, stopped when taken back", begin_request, unwait, 0, NULL},
    {"a request, cancelled and ending later", begin_request, cancel_g, ROOST_PENDING, wake},
    {"a request, taken back and ending later", begin_request, unwait, ROOST_PENDING, wake},
    {"a request, its group closed and ending later", begin_request, join_g, ROOST_PENDING, wake},
};

static void begin_test(const char *title, int answers) {
  print_message("# %s\n", title);
  token = (struct token){0};
  answer = answers;
  if (rt.id == 0) assert_int_equal(open_runtime(NULL), 0);
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  options = *ROOST_TASK(.start = start, .on_cancel = on_cancel, .data = &token, .drop = drop);
}

static void end_test(void) {
  if (rt.id != 0) run();
  if (rt.id != 0) (void)close_now();
  assert_int_equal(token.drops, 1);
  assert_int_equal(token.used_late, 0);
  assert_true(pthread_equal(token.thread, pthread_self()));
}

/* K5, S2b */
static void data_of_waits_is_dropped_once(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(waits); i++) {
    begin_test(waits[i].title, waits[i].answer);
    waits[i].begin(g);
    waits[i].end();
    if (waits[i].later != NULL) act(SECONDS(2), waits[i].later);
    end_test();
  }
}

/* K5: not before the request has let go of it. */
static void data_of_a_request_is_dropped_when_it_has_ended(void **state) {
  (void)state;
  begin_test("a request taken back", ROOST_PENDING);
  begin_request(g);
  unwait();
  assert_int_equal(token.drops, 0);
  act(SECONDS(1), wake);
  run();
  assert_int_equal(token.uses, 1);
  assert_int_equal(token.drops, 1);
}

static void spawn_one(void) { assert_int_equal(roost_spawn(g, &options, &task), 0); }

static void spawn_without_handle(void) { assert_int_equal(roost_spawn(g, &options, NULL), 0); }

static void spawn_and_cancel(void) {
  spawn_one();
  assert_int_equal(roost_cancel(task, NULL), 0);
}

static void spawn_queued_and_cancel(void) {
  roost_group limited = group(root, "limited", .limit = 1);
  spawn(limited, "a", .lasts = SECONDS(1));
  assert_int_equal(roost_spawn(limited, &options, &task), 0);
  assert_int_equal(roost_cancel(task, NULL), 0);
}

static void spawn_and_close(void) {
  spawn_one();
  close_runtime_now();
}

static void finish_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }

static void spawn_and_finish(void) {
  spawn_one();
  act(SECONDS(1), finish_task);
}

/* How a task may end, and what its start answers. */
static const struct {
  const char *title;
  void (*run)(void);
  int answer;
} tasks[] = {
    {"a task that completes", spawn_one, 0},
    {"a task that fails", spawn_one, ROOST_EIO},
    {"a task without a handle", spawn_without_handle, 0},
    {"a task that is finished later", spawn_and_finish, ROOST_PENDING},
    {"a task that is cancelled", spawn_and_cancel, ROOST_PENDING},
    {"a task that never starts", spawn_queued_and_cancel, 0},
    {"a task whose runtime is closed", spawn_and_close, ROOST_PENDING},
};

/* K5, S2a */
static void data_of_tasks_is_dropped_once(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(tasks); i++) {
    begin_test(tasks[i].title, tasks[i].answer);
    tasks[i].run();
    end_test();
  }
}

static int finish_success(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_finish(self, 7, DATA), 0);
  return 0;
}

static int finish_failure(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_finish(self, ROOST_EIO, DATA), 0);
  return 0;
}

static int finish_cancelled(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_finish(self, ROOST_ECANCELED, DATA), 0);
  return 0;
}

static void spawn_kept(roost_start_fn body) {
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = body), &task), 0);
}

static void release(void) {
  run();
  assert_int_equal(token.drops, 0);
  assert_int_equal(roost_release(task), 0);
}

static void release_early(void) { assert_int_equal(roost_release(task), 0); }
static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

static void ignore_result(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)result;
  (void)data;
}

static void join_and_look(void) {
  run();
  assert_int_equal(token.drops, 0);
  assert_int_equal(roost_join(g, 0, ignore_result, NULL, NULL), 0);
  run();
  assert_int_equal(token.drops, 1);
}

/* What may happen to a result. */
static const struct {
  const char *title;
  roost_start_fn body;
  void (*then)(void);
} results[] = {
    {"a result that is released", finish_success, release},
    {"a result that is released early", finish_success, release_early},
    {"a result that ends with its group", finish_success, join_and_look},
    {"a result that ends with the runtime", finish_success, close_runtime_now},
    {"an error's object that is released", finish_failure, release_early},
    {"an error's object that ends with its group", finish_failure, join_and_look},
    {"an error's object that ends with the runtime", finish_failure, close_runtime_now},
    {"an object of a cancelled task", finish_cancelled, cancel_task},
};

/* L6 */
static void results_are_dropped_once(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(results); i++) {
    begin_test(results[i].title, 0);
    spawn_kept(results[i].body);
    results[i].then();
    end_test();
  }
}

/* L6: what nobody can list any more is dropped too. */
static void objects_of_errors_beyond_the_maximum_are_dropped(void **state) {
  (void)state;
  begin_test("an error that is only counted", 0);
  g = group(root, "g", .policy = ROOST_SUPERVISE, .max_errors = 1);
  spawn(g, "a", .answers = ROOST_EIO);
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = finish_failure), NULL), 0);
  join_g();
  end_test();
}

static void defer_one(roost_node node) {
  assert_int_equal(
      roost_defer_with(node, ROOST_CLEANUP(.fn = sweep_up, .data = &token, .drop = drop), &entry),
      0);
}

static void defer_and_join(void) {
  assert_int_equal(roost_defer(g, sweep_up, DATA), 0);
  join_g();
}

static void defer_and_take_back(void) {
  defer_one(g);
  assert_int_equal(roost_undefer(entry), 0);
  assert_int_equal(token.drops, 1);
}

static void defer_on_a_cancelled_task(void) {
  task = spawn(g, "a", .lasts = SECONDS(1));
  defer_one(task);
  cancel_task();
}

static void defer_on_a_task_that_never_starts(void) {
  roost_group limited = group(root, "limited", .limit = 1);
  spawn(limited, "a", .lasts = SECONDS(1));
  task = spawn(limited, "b");
  defer_one(task);
  cancel_task();
}

static void defer_and_close(void) {
  defer_one(root);
  close_runtime_now();
}

static const struct {
  const char *title;
  void (*run)(void);
  int answer;
} cleanups[] = {
    {"a cleanup", defer_and_join, 0},
    {"a cleanup that fails", defer_and_join, ROOST_EIO},
    {"a cleanup that is taken back", defer_and_take_back, 0},
    {"a cleanup of a cancelled task", defer_on_a_cancelled_task, 0},
    {"a cleanup of a task that never starts", defer_on_a_task_that_never_starts, 0},
    {"a cleanup of the root", defer_and_close, 0},
};

/* K5, K1 */
static void data_of_cleanups_is_dropped_once(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(cleanups); i++) {
    begin_test(cleanups[i].title, cleanups[i].answer);
    cleanups[i].run();
    end_test();
  }
}

/* K5, C7b: told, and where nobody is told. */
static void data_of_joins_is_dropped_once(void **state) {
  (void)state;
  begin_test("a join", 0);
  assert_int_equal(roost_join(g, 0, joined, DATA), 0);
  assert_int_equal(token.drops, 0);
  end_test();
  assert_int_equal(token.uses, 1);
  begin_test("a join that nobody is told of", 0);
  assert_int_equal(roost_join(g, 0, NULL, DATA), 0);
  end_test();
}

/* K5, S8a */
static void data_of_closes_is_dropped_once(void **state) {
  (void)state;
  begin_test("a close", 0);
  assert_int_equal(roost_close(rt, 0, closed, DATA), 0);
  rt.id = 0;
  end_test();
  assert_int_equal(token.uses, 1);
  begin_test("a close that nobody is told of", 0);
  assert_int_equal(roost_close(rt, 0, NULL, DATA), 0);
  rt.id = 0;
  end_test();
}

static int close_twice(roost_task self, void *data) {
  (void)self;
  (void)data;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_equal(roost_close(rt, 0, closed, DATA), ROOST_ALREADY);
  assert_int_equal(token.drops, 1);
  return 0;
}

/* K5, S8a: a second close only drops. */
static void a_second_close_drops_its_data(void **state) {
  (void)state;
  begin_test("a second close", 0);
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = close_twice), NULL), 0);
  run();
  rt.id = 0;
  end_test();
  assert_int_equal(token.uses, 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Calls that fail                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static const roost_node none;

static int fail_spawn(roost_node node) { return roost_spawn(node, &options, NULL); }
static int fail_finish(roost_node node) { return roost_finish(node, 0, DATA); }
static int fail_join(roost_node node) { return roost_join(node, 0, joined, DATA); }
static int fail_defer(roost_node node) { return roost_defer(node, sweep_up, DATA); }
static int fail_after(roost_node node) { return roost_after(node, 0, wait_ended, DATA, NULL); }
static int fail_park(roost_node node) { return roost_park(node, stop, wait_ended, DATA, NULL); }

static int fail_defer_with(roost_node node) {
  return roost_defer_with(node, ROOST_CLEANUP(.fn = sweep_up, .data = &token, .drop = drop), NULL);
}

static int fail_on_end_of(roost_node node) {
  return roost_on_end(node, root, wait_ended, DATA, NULL);
}

static int fail_on_end_in(roost_node node) {
  return roost_on_end(task, node, wait_ended, DATA, NULL);
}

static int fail_close(roost_node node) {
  return roost_close((roost_runtime){node.id}, 0, closed, DATA);
}

static int (*const failing[])(roost_node) = {
    fail_spawn, fail_finish,    fail_join,      fail_defer, fail_after,
    fail_park,  fail_on_end_of, fail_on_end_in, fail_close, fail_defer_with,
};

static void assert_drops_on_failure(int expected, int rc) {
  assert_string_equal(code_name(rc), code_name(expected));
  assert_int_equal(token.drops, 1);
  assert_int_equal(token.uses, 0);
  assert_true(pthread_equal(token.thread, pthread_self()));
  token = (struct token){0};
}

/* K5, T3 */
static void a_call_with_a_bad_handle_drops_at_once(void **state) {
  (void)state;
  begin_test("bad handles", 0);
  task = spawn(root, "a", .lasts = SECONDS(1));
  roost_wait other = after(root, SECONDS(1), "w");
  roost_scope gone = scope(root, "gone");
  assert_int_equal(roost_join(gone, 0, NULL, NULL, NULL), 0);
  run();
  for (size_t i = 0; i < COUNT(failing); i++) {
    assert_drops_on_failure(ROOST_EINVAL, failing[i](none));
    assert_drops_on_failure(ROOST_EKIND, failing[i]((roost_node){other.id}));
  }
  assert_drops_on_failure(ROOST_ESTALE, fail_join(gone));
  assert_drops_on_failure(ROOST_ESTALE, fail_defer(gone));
  assert_drops_on_failure(ROOST_ESTALE, fail_defer_with(gone));
  assert_drops_on_failure(ROOST_ESTALE, fail_after(gone));
  assert_drops_on_failure(ROOST_ESTALE, fail_park(gone));
  assert_drops_on_failure(ROOST_ESTALE, fail_on_end_of(gone));
  assert_drops_on_failure(ROOST_ESTALE, fail_on_end_in(gone));
  assert_drops_on_failure(ROOST_ESTALE, fail_finish(task));
}

/* K5 */
static void a_call_without_its_function_drops_at_once(void **state) {
  (void)state;
  begin_test("no function", 0);
  options.start = NULL;
  assert_drops_on_failure(ROOST_EINVAL, fail_spawn(g));
  assert_drops_on_failure(ROOST_EINVAL, roost_defer(g, NULL, DATA));
  assert_drops_on_failure(ROOST_EINVAL,
                          roost_defer_with(g, ROOST_CLEANUP(.data = &token, .drop = drop), NULL));
  assert_drops_on_failure(ROOST_EINVAL, roost_after(g, 0, NULL, DATA, NULL));
  assert_drops_on_failure(ROOST_EINVAL, roost_on_end(g, root, NULL, DATA, NULL));
  assert_drops_on_failure(ROOST_EINVAL, roost_park(g, stop, NULL, DATA, NULL));
  assert_drops_on_failure(ROOST_EINVAL, roost_park(g, NULL, wait_ended, DATA, NULL));
}

static void call_in_the_cleanup_of_g(roost_task self) {
  (void)self;
  assert_drops_on_failure(ROOST_ECLOSED, fail_spawn(g));
  assert_drops_on_failure(ROOST_ECLOSED, fail_after(g));
  assert_drops_on_failure(ROOST_ECLOSED, fail_park(g));
  assert_drops_on_failure(ROOST_ECLOSED, fail_on_end_in(g));
  assert_drops_on_failure(ROOST_EALREADY, fail_join(g));
  note("tried");
}

/* K5 */
static void a_call_at_the_wrong_time_drops_at_once(void **state) {
  (void)state;
  begin_test("wrong times", 0);
  assert_drops_on_failure(ROOST_EORDER, fail_join(root));
  assert_drops_on_failure(ROOST_EDEADLK, roost_on_end(g, g, wait_ended, DATA, NULL));
  assert_drops_on_failure(ROOST_EDEADLK, roost_on_end(root, g, wait_ended, DATA, NULL));
  task = spawn(root, "a", .lasts = SECONDS(1));
  assert_drops_on_failure(ROOST_EINVAL, fail_finish(task));
  cleanup(g, "c", .body = call_in_the_cleanup_of_g);
  join_g();
  run();
  assert_log("a+ c:completed tried @1000 a-");
}

static void *call_elsewhere(void *data) {
  (void)data;
  for (size_t i = 0; i < COUNT(failing); i++)
    assert_drops_on_failure(ROOST_ETHREAD, failing[i](failing[i] == fail_close ? (roost_node){rt.id}
                                                      : failing[i] == fail_finish ? task
                                                                                  : g));
  return NULL;
}

/* K5: on the thread of the call. */
static void a_call_on_another_thread_drops_there(void **state) {
  (void)state;
  pthread_t thread;
  begin_test("another thread", 0);
  task = spawn(root, "a", .lasts = SECONDS(1));
  assert_int_equal(pthread_create(&thread, NULL, call_elsewhere, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  run();
  assert_log("a+ @1000 a-");
}

static void drop_and_join(void *data) {
  drop(data);
  join_g();
}

/* K5: a drop may call anything. */
static void a_drop_may_call_anything(void **state) {
  (void)state;
  begin_test("a drop that joins", 0);
  assert_int_equal(roost_after(none, 0, wait_ended, &token, drop_and_join, NULL), ROOST_EINVAL);
  assert_int_equal(token.drops, 1);
  run();
  assert_int_equal(roost_cancel(g, NULL), ROOST_ESTALE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(data_of_waits_is_dropped_once),
      TEST(data_of_a_request_is_dropped_when_it_has_ended),
      TEST(data_of_tasks_is_dropped_once),
      TEST(results_are_dropped_once),
      TEST(objects_of_errors_beyond_the_maximum_are_dropped),
      TEST(data_of_cleanups_is_dropped_once),
      TEST(data_of_joins_is_dropped_once),
      TEST(data_of_closes_is_dropped_once),
      TEST(a_second_close_drops_its_data),
      TEST(a_call_with_a_bad_handle_drops_at_once),
      TEST(a_call_without_its_function_drops_at_once),
      TEST(a_call_at_the_wrong_time_drops_at_once),
      TEST(a_call_on_another_thread_drops_there),
      TEST(a_drop_may_call_anything),
  };
  return cmocka_run_group_tests_name("drops", tests, NULL, NULL);
}
