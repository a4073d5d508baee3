/* Options structs and structs that the library fills, of every size (design decision 10). */
#include "support.h"

#include "outside.h"

static int token;
static void count_drop(void *data) { (*(int *)data)++; }

static int start(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static int work(roost_task self, void *data, void **result) {
  (void)self;
  (void)data;
  (void)result;
  return 0;
}

static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

static int report(roost_task self, void *data) {
  (void)data;
  (void)roost_started(self, 0);
  return 0;
}

/* Room for a struct of a later version. */
typedef union padded {
  roost_runtime_options runtime;
  roost_group_options group;
  roost_scope_options scope;
  roost_task_options task;
  roost_blocking_options blocking;
  roost_process_options process;
  roost_cancel_options cancel;
  roost_cleanup_options cleanup;
  roost_fiber_options fiber;
  roost_stream_options stream;
  roost_host_options host;
  roost_choice choice;
  roost_result result;
  roost_outcome outcome;
  roost_reason reason;
  roost_step step;
  roost_counters counters;
  unsigned char bytes[1024];
} padded;

static roost_group g;

static int open_runtime_with(const void *options) {
  roost_runtime runtime = {0};
  int rc = roost_runtime_open(options, &runtime);
  if (rc == 0)
    assert_int_equal(roost_close(runtime, 0, NULL, NULL, NULL), 0);
  else
    assert_int_equal(runtime.id, 0);
  return rc;
}

static int open_group_with(const void *options) {
  roost_group opened = {0};
  int rc = roost_group_open(root, options, &opened);
  assert_int_equal(opened.id == 0, rc < 0);
  return rc;
}

static int open_scope_with(const void *options) {
  roost_scope opened = {0};
  int rc = roost_scope_open(root, options, &opened);
  assert_int_equal(opened.id == 0, rc < 0);
  return rc;
}

static int spawn_with(const void *options) {
  roost_task task = {0};
  int rc = roost_spawn(root, options, &task);
  assert_int_equal(task.id == 0, rc < 0);
  return rc;
}

static int spawn_blocking_with(const void *options) {
  roost_task task = {0};
  int rc = roost_spawn_blocking(root, options, &task);
  assert_int_equal(task.id == 0, rc < 0);
  return rc;
}

static int run_process_with(const void *options) {
  roost_wait wait = {0};
  int rc = roost_run_process(options, root, log_wait, copy_text("w"), drop_data, &wait);
  assert_int_equal(wait.id == 0, rc < 0);
  return rc;
}

static int cancel_with(const void *options) {
  int rc = roost_cancel(g, options);
  assert_int_equal(roost_cancelled(g), rc >= 0);
  return rc;
}

static int cancel_and_wait_with(const void *options) {
  int rc = roost_cancel_and_wait(g, root, options, log_wait, copy_text("w"), drop_data, NULL);
  assert_int_equal(roost_cancelled(g), rc >= 0);
  return rc;
}

static int start_with(const void *options) {
  roost_task task = {0};
  roost_wait wait = {0};
  int rc = roost_start(root, root, options, log_wait, copy_text("w"), drop_data, &task, &wait);
  assert_int_equal(task.id == 0, rc < 0);
  assert_int_equal(wait.id == 0, rc < 0);
  return rc;
}

static int defer_with(const void *options) {
  roost_cleanup cleanup = {0};
  int rc = roost_defer_with(root, options, &cleanup);
  assert_int_equal(cleanup.id == 0, rc < 0);
  return rc;
}

static int go_with(const void *options) {
  roost_task task = {0};
  int rc = roost_go_with(root, options, &task);
  assert_int_equal(task.id == 0, rc < 0);
  return rc;
}

static int start_fiber_with(const void *options) {
  roost_task task = {0};
  roost_wait wait = {0};
  int rc =
      roost_start_fiber(root, root, options, log_wait, copy_text("w"), drop_data, &task, &wait);
  assert_int_equal(task.id == 0, rc < 0);
  assert_int_equal(wait.id == 0, rc < 0);
  return rc;
}

static int fiber_defer_with(const void *options) {
  roost_cleanup cleanup = {0};
  int rc = roost_fiber_defer_with(root, options, &cleanup);
  assert_int_equal(cleanup.id == 0, rc < 0);
  return rc;
}

/* On a loop of its own, turned by its host. */
static int open_host_with(const void *options) {
  roost_runtime runtime = {0};
  const roost_told *heard;
  assert_int_equal(roost_runtime_open(NULL, &runtime), 0);
  int rc = roost_host_open(runtime, options);
  if (roost_close(runtime, 0, NULL, NULL, NULL) == ROOST_PENDING)
    assert_int_equal(roost_host_turn(runtime, NULL, 0, &heard), 0);
  return rc;
}

/* Handles that nobody has used, which are closed with a node. */
static void free_handle(uv_handle_t *handle) { drop_data(handle); }

static void *fresh_tcp(roost_node owner) {
  uv_tcp_t *it = new_data(sizeof *it);
  assert_int_equal(uv_tcp_init(roost_loop(roost_runtime_of(owner)), it), 0);
  assert_int_equal(roost_own_handle(owner, (uv_handle_t *)it, free_handle), 0);
  return it;
}

static void *fresh_pipe(roost_node owner) {
  uv_pipe_t *it = new_data(sizeof *it);
  assert_int_equal(uv_pipe_init(roost_loop(roost_runtime_of(owner)), it, 0), 0);
  assert_int_equal(roost_own_handle(owner, (uv_handle_t *)it, free_handle), 0);
  return it;
}

/* One that can be written to, as long as nobody reads. */
static void *connected_pipe(roost_node owner) {
  void *it = fresh_pipe(owner);
  assert_int_equal(uv_pipe_open(it, dup(descriptors[1])), 0);
  return it;
}

/* S7: what is done with a handle whose request is cancelled. */
static int connect_with(const void *options) {
  return roost_tcp_connect(fresh_tcp(root), nobody_there(), root, options, log_wait, copy_text("w"),
                           drop_data, NULL);
}

static int connect_pipe_with(const void *options) {
  return roost_pipe_connect(fresh_pipe(root), "no such socket", root, options, log_wait,
                            copy_text("w"), drop_data, NULL);
}

static int write_with(const void *options) {
  return roost_write(connected_pipe(root), &one_byte, 1, NULL, root, options, log_wait,
                     copy_text("w"), drop_data, NULL);
}

/* What a call answers in a fiber, of another runtime that is there for that alone. */
typedef struct question {
  int (*call)(const void *options);
  const void *options;
  int answer;
} question;

static roost_group home;

static int ask(roost_task self, void *data) {
  question *it = data;
  home = roost_root(roost_runtime_of(self));
  it->answer = it->call(it->options);
  return 0;
}

static int in_a_fiber(int (*call)(const void *options), const void *options) {
  question it = {.call = call, .options = options};
  assert_int_equal(roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), ask, &it), 0);
  return it.answer;
}

static int await_go(const void *options) { return roost_await_go(home, options, NULL); }
static int await_start(const void *options) { return roost_await_start(home, options, NULL); }
static int await_process(const void *options) { return roost_await_process(options); }

/* What is cancelled has ended. */
static int await_cancelled(const void *options) {
  roost_task task = {0};
  assert_int_equal(roost_go_with(home, ROOST_FIBER(.fn = start), &task), 0);
  int rc = roost_cancel_and_await(task, options);
  return rc == ROOST_ETASKCANCELLED ? 0 : rc;
}

/* Nobody is there. */
static int await_connect(const void *options) {
  int rc = roost_await_tcp_connect(fresh_tcp(roost_self()), nobody_there(), options);
  return rc == UV_ECONNREFUSED ? 0 : rc;
}

static int await_connect_pipe(const void *options) {
  int rc = roost_await_pipe_connect(fresh_pipe(roost_self()), "no such socket", options);
  return rc == UV_ENOENT ? 0 : rc;
}

static int await_write(const void *options) {
  return roost_await_write(connected_pipe(roost_self()), &one_byte, 1, NULL, options);
}

static int await_go_with(const void *options) { return in_a_fiber(await_go, options); }
static int await_start_with(const void *options) { return in_a_fiber(await_start, options); }
static int await_process_with(const void *options) { return in_a_fiber(await_process, options); }
static int await_cancelled_with(const void *options) {
  return in_a_fiber(await_cancelled, options);
}
static int await_connect_with(const void *options) { return in_a_fiber(await_connect, options); }
static int await_connect_pipe_with(const void *options) {
  return in_a_fiber(await_connect_pipe, options);
}
static int await_write_with(const void *options) { return in_a_fiber(await_write, options); }

/* Every call that takes options: how, of what size, the smallest that has all that is required, and
 * what it answers to NULL. */
typedef struct taker {
  const char *function;
  int (*call)(const void *options);
  uint64_t size;
  uint64_t smallest;
  int without;
} taker;

#define UP_TO(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

static const taker takers[] = {
    {"roost_runtime_open", open_runtime_with, sizeof(roost_runtime_options),
     UP_TO(roost_runtime_options, loop), 0},
    {"roost_group_open", open_group_with, sizeof(roost_group_options),
     UP_TO(roost_group_options, name), 0},
    {"roost_scope_open", open_scope_with, sizeof(roost_scope_options),
     UP_TO(roost_scope_options, name), 0},
    {"roost_spawn", spawn_with, sizeof(roost_task_options), UP_TO(roost_task_options, start),
     ROOST_EINVAL},
    {"roost_spawn_blocking", spawn_blocking_with, sizeof(roost_blocking_options),
     UP_TO(roost_blocking_options, work), ROOST_EINVAL},
    {"roost_run_process", run_process_with, sizeof(roost_process_options),
     UP_TO(roost_process_options, file), ROOST_EINVAL},
    {"roost_cancel", cancel_with, sizeof(roost_cancel_options), UP_TO(roost_cancel_options, origin),
     0},
    {"roost_cancel_and_wait", cancel_and_wait_with, sizeof(roost_cancel_options),
     UP_TO(roost_cancel_options, origin), 0},
    {"roost_start", start_with, sizeof(roost_task_options), UP_TO(roost_task_options, start),
     ROOST_EINVAL},
    {"roost_defer_with", defer_with, sizeof(roost_cleanup_options),
     UP_TO(roost_cleanup_options, fn), ROOST_EINVAL},
    {"roost_go_with", go_with, sizeof(roost_fiber_options), UP_TO(roost_fiber_options, fn),
     ROOST_EINVAL},
    {"roost_start_fiber", start_fiber_with, sizeof(roost_fiber_options),
     UP_TO(roost_fiber_options, fn), ROOST_EINVAL},
    {"roost_fiber_defer_with", fiber_defer_with, sizeof(roost_cleanup_options),
     UP_TO(roost_cleanup_options, fn), ROOST_EINVAL},
    {"roost_await_go", await_go_with, sizeof(roost_fiber_options), UP_TO(roost_fiber_options, fn),
     ROOST_EINVAL},
    {"roost_await_start", await_start_with, sizeof(roost_task_options),
     UP_TO(roost_task_options, start), ROOST_EINVAL},
    {"roost_await_process", await_process_with, sizeof(roost_process_options),
     UP_TO(roost_process_options, file), ROOST_EINVAL},
    {"roost_cancel_and_await", await_cancelled_with, sizeof(roost_cancel_options),
     UP_TO(roost_cancel_options, origin), 0},
    {"roost_host_open", open_host_with, sizeof(roost_host_options),
     UP_TO(roost_host_options, ready), 0},
    {"roost_tcp_connect", connect_with, sizeof(roost_stream_options),
     UP_TO(roost_stream_options, close_on_cancel), 0},
    {"roost_pipe_connect", connect_pipe_with, sizeof(roost_stream_options),
     UP_TO(roost_stream_options, close_on_cancel), 0},
    {"roost_write", write_with, sizeof(roost_stream_options),
     UP_TO(roost_stream_options, close_on_cancel), 0},
    {"roost_await_tcp_connect", await_connect_with, sizeof(roost_stream_options),
     UP_TO(roost_stream_options, close_on_cancel), 0},
    {"roost_await_pipe_connect", await_connect_pipe_with, sizeof(roost_stream_options),
     UP_TO(roost_stream_options, close_on_cancel), 0},
    {"roost_await_write", await_write_with, sizeof(roost_stream_options),
     UP_TO(roost_stream_options, close_on_cancel), 0},
};

/* What is required is set, and the rest is zero. */
static padded plain(const taker *taker) {
  padded options;
  memset(&options, 0, sizeof options);
  if (taker->call == spawn_with || taker->call == start_with) options.task.start = start;
  if (taker->call == await_start_with) options.task.start = report;
  if (taker->call == go_with || taker->call == start_fiber_with) options.fiber.fn = start;
  if (taker->call == await_go_with) options.fiber.fn = report;
  if (taker->call == spawn_blocking_with) options.blocking.work = work;
  if (taker->call == run_process_with || taker->call == await_process_with)
    options.process.file = "true";
  if (taker->call == defer_with || taker->call == fiber_defer_with) options.cleanup.fn = sweep_up;
  options.group.size = taker->size;
  return options;
}

static int call(const taker *taker, const void *options) {
  g = group(root, "g");
  return taker->call(options);
}

static void assert_answer(const taker *taker, int expected, const void *options) {
  int rc = call(taker, options);
  if (rc != expected) print_error("%s\n", taker->function);
  if (expected < 0)
    assert_refused_at(expected, rc, taker->function, __FILE__, __LINE__);
  else
    assert_int_equal(rc, expected);
}

static void null_means_all_defaults(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(takers); i++) assert_answer(&takers[i], takers[i].without, NULL);
}

static void a_struct_of_the_librarys_size_is_read(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(takers); i++) {
    padded options = plain(&takers[i]);
    assert_answer(&takers[i], 0, &options);
  }
}

/* Of every size from the smallest on: what is missing counts as zero, and is not looked at. */
static void a_shorter_struct_is_read_as_if_the_rest_were_zero(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(takers); i++)
    for (uint64_t size = takers[i].smallest; size < takers[i].size; size += sizeof(uint64_t)) {
      padded options = plain(&takers[i]);
      options.group.size = size;
      memset(options.bytes + size, 0xff, sizeof options - size);
      assert_answer(&takers[i], 0, &options);
    }
}

static void a_longer_struct_is_read_when_the_rest_is_zero(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(takers); i++) {
    padded options = plain(&takers[i]);
    options.group.size = sizeof options;
    assert_answer(&takers[i], 0, &options);
  }
}

/* At every place of the rest. */
static void a_longer_struct_with_something_in_it_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(takers); i++)
    for (uint64_t place = takers[i].size; place < sizeof(padded); place += 61) {
      padded options = plain(&takers[i]);
      options.group.size = sizeof options;
      options.bytes[place] = 1;
      assert_answer(&takers[i], ROOST_E2BIG, &options);
    }
}

static void a_struct_without_its_size_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(takers); i++)
    for (uint64_t size = 0; size < sizeof(uint64_t); size++) {
      padded options = plain(&takers[i]);
      options.group.size = size;
      assert_answer(&takers[i], ROOST_EINVAL, &options);
    }
}

/* Without the field that is required. */
static void a_struct_that_ends_before_what_is_required_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(takers); i++)
    if (takers[i].without == ROOST_EINVAL) {
      padded options = plain(&takers[i]);
      options.group.size = sizeof(uint64_t);
      assert_answer(&takers[i], ROOST_EINVAL, &options);
    }
}

/* K5: an options struct that is refused has its data dropped, as far as the library can read it. */
static void refused_options_are_dropped(void **state) {
  (void)state;
  padded options;
  memset(&options, 0, sizeof options);
  options.task = *ROOST_TASK(.start = start, .data = &token, .drop = count_drop);
  options.task.size = sizeof options;
  options.bytes[sizeof options - 1] = 1;
  token = 0;
  assert_refused(ROOST_E2BIG, roost_spawn, (root, &options.task, NULL));
  assert_int_equal(token, 1);

  memset(&options, 0, sizeof options);
  options.blocking = *ROOST_BLOCKING(.work = work, .data = &token, .drop = count_drop);
  options.blocking.size = sizeof options;
  options.bytes[sizeof options - 1] = 1;
  token = 0;
  assert_refused(ROOST_E2BIG, roost_spawn_blocking, (root, &options.blocking, NULL));
  assert_int_equal(token, 1);

  memset(&options, 0, sizeof options);
  options.cleanup = *ROOST_CLEANUP(.fn = sweep_up, .data = &token, .drop = count_drop);
  options.cleanup.size = sizeof options;
  options.bytes[sizeof options - 1] = 1;
  token = 0;
  assert_refused(ROOST_E2BIG, roost_defer_with, (root, &options.cleanup, NULL));
  assert_int_equal(token, 1);

  memset(&options, 0, sizeof options);
  options.group = *ROOST_GROUP(.filter_data = &token, .filter_drop = count_drop);
  options.group.size = sizeof options;
  options.bytes[sizeof options - 1] = 1;
  token = 0;
  assert_refused(ROOST_E2BIG, roost_group_open, (root, &options.group, &g));
  assert_int_equal(token, 1);

  memset(&options, 0, sizeof options);
  options.runtime = *ROOST_RUNTIME(.filter_data = &token, .filter_drop = count_drop,
                                   .report_data = &token, .report_drop = count_drop);
  options.runtime.size = sizeof options;
  options.bytes[sizeof options - 1] = 1;
  token = 0;
  assert_int_equal(open_runtime_with(&options), ROOST_E2BIG);
  assert_int_equal(token, 2);

  memset(&options, 0, sizeof options);
  options.fiber = *ROOST_FIBER(.fn = start, .data = &token, .drop = count_drop);
  options.fiber.size = sizeof options;
  options.bytes[sizeof options - 1] = 1;
  token = 0;
  assert_refused(ROOST_E2BIG, roost_go_with, (root, &options.fiber, NULL));
  assert_int_equal(token, 1);
  assert_refused(ROOST_E2BIG, roost_start_fiber,
                 (root, root, &options.fiber, log_wait, &token, count_drop, NULL, NULL));
  assert_int_equal(token, 3);

  /* A start has two. */
  memset(&options, 0, sizeof options);
  options.task = *ROOST_TASK(.start = start, .data = &token, .drop = count_drop);
  options.task.size = sizeof options;
  options.bytes[sizeof options - 1] = 1;
  token = 0;
  assert_refused(ROOST_E2BIG, roost_start,
                 (root, root, &options.task, log_wait, &token, count_drop, NULL, NULL));
  assert_int_equal(token, 2);
}

/* Fields beyond the caller's struct stay as they are. */
static void a_shorter_outcome_is_filled_as_far_as_it_goes(void **state) {
  (void)state;
  roost_task task = spawn(root, "a", .lasts = SECONDS(1), .answers = 7);
  run();
  padded out;
  for (uint64_t size = sizeof(uint64_t); size <= sizeof(roost_outcome); size += sizeof(uint64_t)) {
    memset(&out, 0x5a, sizeof out);
    out.outcome.size = size;
    assert_int_equal(roost_outcome_of(task, &out.outcome), 0);
    assert_int_equal(out.outcome.size, size);
    for (uint64_t place = size; place < sizeof out; place++)
      assert_int_equal(out.bytes[place], 0x5a);
    if (size >= UP_TO(roost_outcome, state)) assert_int_equal(out.outcome.state, ROOST_COMPLETED);
    if (size >= UP_TO(roost_outcome, code)) assert_int_equal(out.outcome.code, 7);
  }
}

static void a_shorter_reason_is_filled_as_far_as_it_goes(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_cancel(g, ROOST_CANCEL(.code = 5)), 0);
  padded out;
  memset(&out, 0x5a, sizeof out);
  out.reason.size = UP_TO(roost_reason, code);
  assert_int_equal(roost_reason_of(g, &out.reason), 1);
  assert_int_equal(out.reason.origin, ROOST_EXPLICIT);
  assert_int_equal(out.reason.code, 5);
  for (uint64_t place = UP_TO(roost_reason, code); place < sizeof out; place++)
    assert_int_equal(out.bytes[place], 0x5a);
}

static void shorter_counters_are_filled_as_far_as_they_go(void **state) {
  (void)state;
  spawn(root, "a");
  padded out;
  for (uint64_t size = sizeof(uint64_t); size <= sizeof(roost_counters); size += sizeof(uint64_t)) {
    memset(&out, 0x5a, sizeof out);
    out.counters.size = size;
    assert_int_equal(roost_counters_of(rt, &out.counters), 0);
    assert_int_equal(out.counters.size, size);
    for (uint64_t place = size; place < sizeof out; place++)
      assert_int_equal(out.bytes[place], 0x5a);
    if (size >= UP_TO(roost_counters, tasks)) assert_int_equal(out.counters.tasks, 1);
    if (size >= UP_TO(roost_counters, all_tasks)) assert_int_equal(out.counters.all_tasks, 1);
  }
}

/* Of a step there is something only while it runs. */
static int look_at_the_step(roost_task self, void *data) {
  (void)data;
  padded out;
  for (uint64_t size = sizeof(uint64_t); size <= sizeof(roost_step); size += sizeof(uint64_t)) {
    memset(&out, 0x5a, sizeof out);
    out.step.size = size;
    assert_int_equal(roost_current(rt, &out.step), 1);
    assert_int_equal(out.step.size, size);
    for (uint64_t place = size; place < sizeof out; place++)
      assert_int_equal(out.bytes[place], 0x5a);
    if (size >= UP_TO(roost_step, node)) assert_int_equal(out.step.node.id, self.id);
  }
  return 0;
}

static void a_shorter_step_is_filled_as_far_as_it_goes(void **state) {
  (void)state;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = look_at_the_step), NULL), 0);
  run();
}

/* A caller of a later version finds zeros where this library knows nothing. */
static void a_longer_struct_is_filled_up_with_zeros(void **state) {
  (void)state;
  roost_task task = spawn(root, "a");
  run();
  padded out;
  memset(&out, 0x5a, sizeof out);
  out.outcome.size = sizeof(roost_outcome) + 16;
  assert_int_equal(roost_outcome_of(task, &out.outcome), 0);
  assert_int_equal(out.outcome.state, ROOST_COMPLETED);
  for (uint64_t place = sizeof(roost_outcome) + 16; place < sizeof out; place++)
    assert_int_equal(out.bytes[place], 0x5a);
}

static void a_struct_to_fill_needs_its_size(void **state) {
  (void)state;
  roost_task task = spawn(root, "a");
  roost_outcome outcome = {.size = 0};
  roost_reason reason = {.size = 0};
  roost_step step = {.size = 0};
  roost_counters counters = {.size = 0};
  for (int i = 0; i < 2; i++) {
    assert_refused(ROOST_EINVAL, roost_outcome_of, (task, &outcome));
    assert_refused(ROOST_EINVAL, roost_reason_of, (task, &reason));
    assert_refused(ROOST_EINVAL, roost_current, (rt, &step));
    assert_refused(ROOST_EINVAL, roost_counters_of, (rt, &counters));
    outcome.size = reason.size = step.size = counters.size = 7;
  }
  run();
}

/* A result of an older version never was: what is not as long as this is refused. */
static int close_with(const void *result) {
  roost_group group = {0};
  assert_int_equal(roost_group_open(roost_self(), NULL, &group), 0);
  int rc = roost_group_close(group, 0, (void *)result);
  if (rc != 0) assert_int_equal(roost_group_close(group, 0, NULL), 0);
  return rc;
}

static void a_result_that_is_too_short_is_refused(void **state) {
  (void)state;
  padded out;
  memset(&out, 0x5a, sizeof out);
  for (uint64_t size = 0; size < sizeof(roost_result); size++) {
    out.result.size = size;
    assert_int_equal(in_a_fiber(close_with, &out), ROOST_EINVAL);
    assert_refused(ROOST_EINVAL, roost_result_release, (&out.result));
    for (uint64_t place = sizeof(uint64_t); place < sizeof out; place++)
      assert_int_equal(out.bytes[place], 0x5a);
  }
}

/* L5: it is kept until it is released, in its fiber. */
static int close_and_release(const void *options) {
  padded *out = (void *)options;
  uint64_t size = out->result.size;
  assert_int_equal(close_with(out), 0);
  assert_int_equal(out->result.size, size);
  assert_int_equal(out->result.state, ROOST_COMPLETED);
  assert_int_not_equal(out->result.node.id, 0);
  int rc = roost_result_release(&out->result);
  for (uint64_t place = sizeof(uint64_t); place < sizeof(roost_result); place++)
    assert_int_equal(out->bytes[place], 0);
  return rc;
}

static void a_result_is_filled_as_far_as_it_goes(void **state) {
  (void)state;
  padded out;
  for (uint64_t size = sizeof(roost_result); size <= sizeof out; size += sizeof(uint64_t)) {
    memset(&out, 0x5a, sizeof out);
    out.result.size = size;
    assert_int_equal(in_a_fiber(close_and_release, &out), 0);
    assert_int_equal(out.result.size, size);
    for (uint64_t place = size; place < sizeof out; place++)
      assert_int_equal(out.bytes[place], 0x5a);
  }
}

/* The choices of an array are as far apart as their size says. */
static int select_one(const void *choices) { return roost_select((void *)choices, 1); }
static int select_two(const void *choices) { return roost_select((void *)choices, 2); }

static void longer_choices_are_read_when_the_rest_is_zero(void **state) {
  (void)state;
  padded two[2];
  for (uint64_t size = sizeof(roost_choice); size <= sizeof *two; size += sizeof(uint64_t)) {
    memset(two, 0, sizeof two);
    memset(two->bytes + 2 * size, 0xff, sizeof two - 2 * size);
    roost_choice *second = (void *)(two->bytes + size);
    two->choice.size = second->size = size;
    second->kind = ROOST_CHOOSE_TIME; /* the first is left out */
    assert_int_equal(in_a_fiber(select_two, two), 1);
    for (uint64_t place = 2 * size; place < sizeof two; place++)
      assert_int_equal(two->bytes[place], 0xff);
  }
}

static void refuse_choice(int expected, const padded *choice) {
  int rc = in_a_fiber(select_one, choice);
  assert_refused_at(expected, rc, "roost_select", __FILE__, __LINE__);
}

/* What a select says is written into each, so there is no shorter one. */
static void choices_of_bad_sizes_are_refused(void **state) {
  (void)state;
  padded one;
  for (uint64_t size = 0; size < sizeof(roost_choice); size++) {
    one.choice = (roost_choice)ROOST_ON_TIME(0);
    one.choice.size = size;
    refuse_choice(ROOST_EINVAL, &one);
  }
  for (uint64_t place = sizeof(roost_choice); place < sizeof one; place += 61) {
    memset(&one, 0, sizeof one);
    one.choice = (roost_choice)ROOST_ON_TIME(0);
    one.choice.size = sizeof one;
    one.bytes[place] = 1;
    refuse_choice(ROOST_E2BIG, &one);
  }
}

/* Every field is eight bytes, and nothing is padded, so that a struct means the same everywhere. */
static void structs_have_no_padding(void **state) {
  (void)state;
  assert_int_equal(sizeof(roost_runtime_options), 18 * 8);
  assert_int_equal(sizeof(roost_group_options), 16 * 8);
  assert_int_equal(sizeof(roost_scope_options), 9 * 8);
  assert_int_equal(sizeof(roost_task_options), 13 * 8);
  assert_int_equal(sizeof(roost_blocking_options), 14 * 8);
  assert_int_equal(sizeof(roost_process_options), 14 * 8);
  assert_int_equal(sizeof(roost_stop_step), 2 * 8);
  assert_int_equal(sizeof(roost_cancel_options), 4 * 8);
  assert_int_equal(sizeof(roost_cleanup_options), 6 * 8);
  assert_int_equal(sizeof(roost_reason), 4 * 8 + 2 * 64);
  assert_int_equal(sizeof(roost_error), 8 * 8);
  assert_int_equal(sizeof(roost_outcome), 6 * 8);
  assert_int_equal(sizeof(roost_result), 13 * 8);
  assert_int_equal(sizeof(roost_fiber_options), 13 * 8);
  assert_int_equal(sizeof(roost_stream_options), 3 * 8);
  assert_int_equal(sizeof(roost_host_options), 4 * 8);
  assert_int_equal(sizeof(roost_ask), 4 * 8);
  assert_int_equal(sizeof(roost_told), 3 * 8);
  assert_int_equal(sizeof(roost_choice), 7 * 8);
  assert_int_equal(sizeof(roost_report), 8 * 8);
  assert_int_equal(sizeof(roost_suspect), 4 * 8);
  assert_int_equal(sizeof(roost_step), 3 * 8 + 64);
  assert_int_equal(sizeof(roost_counters), (27 + 48) * 8);
}

/* The structs of programs that were built before shields, stopping, filters, daemons and fibers:
 * what they do not have is off. */
typedef struct old_runtime_options {
  uint64_t size;
  void *loop;
  uint64_t clock, policy, limit, max_errors;
  const char *name;
} old_runtime_options;

typedef struct old_group_options {
  uint64_t size;
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns, move_on, report, policy, limit, max_errors;
} old_group_options;

typedef struct old_scope_options {
  uint64_t size;
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns, move_on, report;
} old_scope_options;

typedef struct old_task_options {
  uint64_t size;
  roost_start_fn start;
  roost_on_cancel_fn on_cancel;
  void *data;
  roost_drop_fn drop;
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns, move_on;
} old_task_options;

static int told;

static int stay(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}

static int stop(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  told++;
  return 0;
}

/* L3, C10: the task has kept its group open, and is not shielded. */
static void cancel_old(void) {
  assert_int_equal(roost_cancel(g, NULL), 0);
  assert_int_equal(told, 0);
}

static void the_structs_of_an_older_program_mean_what_they_meant(void **state) {
  (void)state;
  old_runtime_options runtime = {.size = sizeof runtime, .max_errors = 1, .name = "old"};
  assert_int_equal(open_runtime_with(&runtime), 0);

  /* Whatever follows them in memory is not read. */
  struct {
    old_group_options group;
    uint64_t after_group[7];
    old_scope_options scope;
    uint64_t after_scope[3];
    old_task_options task;
    uint64_t after_task[4];
  } old;
  memset(&old, 0xff, sizeof old);
  old.group = (old_group_options){.size = sizeof old.group, .name = "g", .limit = 1};
  old.scope = (old_scope_options){.size = sizeof old.scope, .name = "s", .report = 1};
  old.task = (old_task_options){.size = sizeof old.task, .start = stay, .on_cancel = stop};
  roost_scope s = {0};
  assert_int_equal(roost_group_open(root, (void *)&old.group, &g), 0);
  assert_int_equal(roost_scope_open(root, (void *)&old.scope, &s), 0);
  assert_int_equal(roost_spawn(g, (void *)&old.task, NULL), 0);
  told = 0;
  join(g, 0);
  act(SECONDS(1), cancel_old);
  run();
  assert_int_equal(told, 1);
  assert_log("@1000 g=0^");
}

/* Values out of range. */
static void flags_and_policies_have_their_values(void **state) {
  (void)state;
  roost_node node = {0};
  assert_refused(ROOST_EINVAL, roost_group_open,
                 (root, ROOST_GROUP(.policy = ROOST_RACE + 1), &node));
  assert_refused(ROOST_EINVAL, roost_group_open, (root, ROOST_GROUP(.shield = 2), &node));
  assert_refused(ROOST_EINVAL, roost_group_open, (root, ROOST_GROUP(.until_stopping = 2), &node));
  assert_refused(ROOST_EINVAL, roost_group_open, (root, ROOST_GROUP(.policy = UINT64_MAX), &node));
  assert_refused(ROOST_EINVAL, roost_group_open, (root, ROOST_GROUP(.move_on = 2), &node));
  assert_refused(ROOST_EINVAL, roost_group_open, (root, ROOST_GROUP(.report = 2), &node));
  assert_refused(ROOST_EINVAL, roost_scope_open, (root, ROOST_SCOPE(.move_on = 2), &node));
  assert_refused(ROOST_EINVAL, roost_scope_open, (root, ROOST_SCOPE(.report = 2), &node));
  assert_refused(ROOST_EINVAL, roost_scope_open, (root, ROOST_SCOPE(.shield = 2), &node));
  assert_refused(ROOST_EINVAL, roost_scope_open, (root, ROOST_SCOPE(.until_stopping = 2), &node));
  const roost_task_options *tasks[] = {
      ROOST_TASK(.start = start, .move_on = 2), ROOST_TASK(.start = start, .shield = 2),
      ROOST_TASK(.start = start, .until_stopping = 2), ROOST_TASK(.start = start, .daemon = 2),
      ROOST_TASK(.start = start, .daemon = UINT64_MAX)};
  for (size_t i = 0; i < COUNT(tasks); i++)
    assert_refused(ROOST_EINVAL, roost_spawn, (root, tasks[i], &node));
  const roost_blocking_options *blocking[] = {
      ROOST_BLOCKING(.work = work, .abandon = 2), ROOST_BLOCKING(.work = work, .move_on = 2),
      ROOST_BLOCKING(.work = work, .shield = 2), ROOST_BLOCKING(.work = work, .until_stopping = 2),
      ROOST_BLOCKING(.work = work, .daemon = UINT64_MAX)};
  for (size_t i = 0; i < COUNT(blocking); i++)
    assert_refused(ROOST_EINVAL, roost_spawn_blocking, (root, blocking[i], &node));
  const roost_fiber_options *fibers[] = {
      ROOST_FIBER(.fn = start, .move_on = 2), ROOST_FIBER(.fn = start, .shield = 2),
      ROOST_FIBER(.fn = start, .until_stopping = 2), ROOST_FIBER(.fn = start, .daemon = UINT64_MAX),
      ROOST_FIBER(.fn = start, .stack_size = (UINT64_C(1) << 30) + 1)};
  for (size_t i = 0; i < COUNT(fibers); i++)
    assert_refused(ROOST_EINVAL, roost_go_with, (root, fibers[i], &node));
  assert_int_equal(node.id, 0);
  assert_int_equal(open_runtime_with(ROOST_RUNTIME(.clock = 2)), ROOST_EINVAL);
  assert_int_equal(open_runtime_with(ROOST_RUNTIME(.policy = ROOST_RACE + 1)), ROOST_EINVAL);
}

/* Timeouts and graces have no bad values: any negative one has passed, the longest never passes. */
static void extreme_times_are_in_range(void **state) {
  (void)state;
  roost_scope s = scope(root, "s", .timeout_ns = INT64_MIN);
  assert_int_equal(roost_cancelled(s), 1);
  s = scope(root, "s", .timeout_ns = ROOST_FOREVER);
  assert_int_equal(roost_cancelled(s), 0);
  s = scope(root, "s", .timeout_ns = ROOST_FOREVER - 1);
  assert_int_equal(roost_cancelled(s), 0);
  s = scope(root, "s", .deadline_ns = UINT64_MAX);
  assert_int_equal(roost_cancelled(s), 0);
  const int64_t graces[] = {INT64_MIN, ROOST_NOW, ROOST_FOREVER - 1, ROOST_FOREVER};
  for (size_t i = 0; i < COUNT(graces); i++) {
    g = group(root, "g", .grace_ns = graces[i]);
    s = scope(g, "s", .shield = 1);
    assert_int_equal(roost_cancel(g, NULL), 0);
    assert_int_equal(roost_cancelled(s), graces[i] < 0);
  }
  g = group(root, "g", .limit = UINT64_MAX, .max_errors = UINT64_MAX);
  spawn(g, "a", .answers = ROOST_EIO);
  join(g, 0);
  after(root, INT64_MIN, "w");
  run();
  assert_log("a+ g=EIO[a:EIO] w=0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(null_means_all_defaults),
      TEST(a_struct_of_the_librarys_size_is_read),
      TEST(a_shorter_struct_is_read_as_if_the_rest_were_zero),
      TEST(a_longer_struct_is_read_when_the_rest_is_zero),
      TEST(a_longer_struct_with_something_in_it_is_refused),
      TEST(a_struct_without_its_size_is_refused),
      TEST(a_struct_that_ends_before_what_is_required_is_refused),
      TEST(refused_options_are_dropped),
      TEST(a_shorter_outcome_is_filled_as_far_as_it_goes),
      TEST(a_shorter_reason_is_filled_as_far_as_it_goes),
      TEST(shorter_counters_are_filled_as_far_as_they_go),
      TEST(a_shorter_step_is_filled_as_far_as_it_goes),
      TEST(a_longer_struct_is_filled_up_with_zeros),
      TEST(a_struct_to_fill_needs_its_size),
      TEST(a_result_that_is_too_short_is_refused),
      TEST(a_result_is_filled_as_far_as_it_goes),
      TEST(longer_choices_are_read_when_the_rest_is_zero),
      TEST(choices_of_bad_sizes_are_refused),
      TEST(structs_have_no_padding),
      TEST(the_structs_of_an_older_program_mean_what_they_meant),
      TEST(flags_and_policies_have_their_values),
      TEST(extreme_times_are_in_range),
  };
  if (pipe(descriptors) != 0) return 1;
  return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
