/* Decodes bytes to a program of calls, for libFuzzer: every function of the headers that needs no
 * other thread, from every callback, with arguments good and bad. Whatever a program does, nothing
 * crashes and nothing is lost: every drop is called once, and every runtime comes to its end (B1,
 * K5, S8a). With ROOST_FUZZ_TELLS in the environment, tells of every call. */
#define _GNU_SOURCE
#include <signal.h>

#include <uv.h>

#include "items.h"

enum { CALLS = 400, DEEP = 1 << 20 };

static uv_loop_t shared; /* that some of the runtimes borrow */
static int calls_left;
static int is_virtual; /* else the clock is real, and no loop may be waited on */
static int may_run_processes;
static uint64_t opened[4]; /* the runtimes */
static int opened_count;

#define SOMETIMES(field, value)                                                                    \
  do {                                                                                             \
    if (set & 1) options.field = (value);                                                          \
    set >>= 1;                                                                                     \
  } while (0)
#define FN(function) (odd() ? NULL : (function))
#define OUT(variable) (odd() ? NULL : &(variable))

/* ---------------------------------------------------------------------------------------------- */
/* Runtimes                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void set_filter(roost_filter_fn *fn, void **data, roost_drop_fn *drop_fn, item *it) {
  *fn = filter, *data = it, *drop_fn = drop;
}

/* One of each, so that there is something to wait for from the beginning. */
static void open_primitives(roost_runtime runtime) {
  roost_event event;
  roost_limiter limiter;
  roost_lock lock;
  roost_condition condition;
  roost_channel channel;
  if (roost_event_open(runtime, &event) == 0) keep(&events, event.id);
  if (roost_limiter_open(runtime, 1, &limiter) == 0) keep(&limiters, limiter.id);
  if (roost_channel_open(runtime, 1, drop, &channel) == 0) keep(&channels, channel.id);
  if (roost_lock_open(runtime, &lock) != 0) return;
  keep(&locks, lock.id);
  if (roost_condition_open(lock, &condition) == 0) keep(&conditions, condition.id);
}

static void open_runtime(void) {
  if (opened_count == (int)COUNT(opened)) return;
  roost_runtime_options options = {.size = sizeof options, .loop = &shared};
  roost_runtime runtime = {0};
  item *filters = NULL, *reports = NULL;
  int set = byte();
  if (is_virtual && (opened_count > 0 || (byte() & 1))) options.loop = NULL;
  options.clock = is_virtual ? ROOST_CLOCK_VIRTUAL : ROOST_CLOCK_REAL;
  SOMETIMES(name, any_text());
  SOMETIMES(policy, (uint64_t)below(5));
  SOMETIMES(limit, any_number());
  SOMETIMES(max_errors, any_number());
  SOMETIMES(grace_ns, any_length());
  SOMETIMES(seed, any_number());
  options.stack_size = DEEP; /* of all fibers, if nothing else is said */
  if (set & 1) {
    filters = new_item(FILTER);
    set_filter(&options.filter, &options.filter_data, &options.filter_drop, filters);
  }
  reports = new_item(REPORT);
  options.report = reported, options.report_data = reports, options.report_drop = drop;
  if (set & 2) {
    options.stall_ns = any_length();
    options.step_ns = any_length();
  }
  calling_with = filters;
  if (CALL(reports, roost_runtime_open, &options, &runtime) < 0) return;
  opened[opened_count++] = runtime.id;
  keep(&runtimes, runtime.id);
  keep_node(&groups, roost_root(runtime).id);
  open_primitives(runtime);
}

static void call_open_badly(void) {
  roost_runtime_options options = {.size = sizeof options, .clock = 3};
  roost_runtime runtime = {0};
  int is_whole;
  item *it = new_item(FILTER);
  set_filter(&options.filter, &options.filter_data, &options.filter_drop, it);
  void *copy = sized(&options, sizeof options, &is_whole);
  int is_missing = odd();
  it->may_be_unseen = !is_whole || is_missing;
  /* Shorter options have no clock in them, and are good. */
  if (CALL(it, roost_runtime_open, is_missing ? NULL : copy, OUT(runtime)) == 0)
    (void)roost_close(runtime, ROOST_NOW, NULL, NULL, NULL);
  free(copy);
}

static void close_runtime(uint64_t id, int64_t patience) {
  item *it = new_item(CLOSE);
  TELL("roost_close with item %d\n", number_of(it));
  turning before = begin_turning();
  int rc = roost_close((roost_runtime){id}, patience, FN(closed), it, drop);
  end_turning(before);
  TELL("= %d\n", rc);
  if (rc == ROOST_ALREADY || (rc < 0 && !it->given))
    CHECK(it->drops == 1 || rc == ROOST_EDEADLK, "roost_close answers %d", rc);
  if (rc >= 0) it->given = 1;
}

static void call_close(void) { close_runtime(any(&runtimes), any_length()); }

static void call_run(void) {
  uint64_t id = any(&runtimes);
  if (depth > 12 || !is_virtual) return;
  TELL("roost_run {\n");
  turning before = begin_turning();
  (void)roost_run((roost_runtime){id});
  end_turning(before);
  TELL("}\n");
}

static void call_turn(void) {
  if (depth > 0) return;
  TELL("uv_run {\n");
  turning before = begin_turning();
  uv_run(&shared, UV_RUN_NOWAIT);
  end_turning(before);
  TELL("}\n");
}

static void call_runtime(void) {
  roost_runtime runtime = any_runtime();
  roost_group root = roost_root(runtime);
  CHECK((root.id == 0) == (roost_now(runtime) == 0), "a root, or a time, alone");
  uint64_t of = roost_runtime_of(root).id; /* 0: the root has ended, the runtime is going */
  CHECK(of == 0 || (of == runtime.id && roost_loop(runtime) != NULL), "of another");
  (void)roost_runtime_of(any_node());
}

static void call_post(void) {
  item *it = new_item(POST);
  CALL(it, roost_post, any_runtime(), FN(posted), it, drop);
}

static void call_current(void) {
  roost_step step = {.size = sizeof step};
  int is_whole;
  void *copy = sized(&step, sizeof step, &is_whole);
  CALL(NULL, roost_current, any_runtime(), odd() ? NULL : copy);
  free(copy);
}

/* ---------------------------------------------------------------------------------------------- */
/* Groups, scopes, tasks                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* One that is large enough, or none that there is. */
static uint64_t any_stack(void) { return odd() ? UINT64_MAX : (uint64_t)(byte() & 1) * DEEP; }

static void call_group(void) {
  roost_group_options options = {.size = sizeof options};
  roost_group group = {0};
  roost_node parent = any_node();
  int set = byte(), is_whole;
  item *it = NULL;
  SOMETIMES(name, any_text());
  SOMETIMES(policy, (uint64_t)below(5));
  SOMETIMES(limit, any_number());
  SOMETIMES(shield, any_flag());
  SOMETIMES(grace_ns, any_length());
  if (set & 1) {
    it = new_item(FILTER);
    set_filter(&options.filter, &options.filter_data, &options.filter_drop, it);
  }
  if (set & 2) {
    set = byte();
    SOMETIMES(timeout_ns, any_length());
    SOMETIMES(deadline_ns, any_number());
    SOMETIMES(move_on, any_flag());
    SOMETIMES(report, any_flag());
    SOMETIMES(max_errors, any_number());
    SOMETIMES(until_stopping, any_flag());
    SOMETIMES(stack_size, any_stack());
  }
  void *copy = sized(&options, sizeof options, &is_whole);
  if (it != NULL) it->may_be_unseen = !is_whole;
  CALL(it, roost_group_open, parent, copy, OUT(group));
  keep_node(&groups, group.id);
  free(copy);
}

static void call_scope(void) {
  roost_scope_options options = {.size = sizeof options};
  roost_scope scope = {0};
  roost_node parent = any_node();
  int set = byte(), is_whole;
  SOMETIMES(name, any_text());
  SOMETIMES(timeout_ns, any_length());
  SOMETIMES(deadline_ns, any_number());
  SOMETIMES(move_on, any_flag());
  SOMETIMES(report, any_flag());
  SOMETIMES(shield, any_flag());
  SOMETIMES(grace_ns, any_length());
  SOMETIMES(until_stopping, any_flag());
  void *copy = sized(&options, sizeof options, &is_whole);
  CALL(NULL, roost_scope_open, parent, odd() ? NULL : copy, OUT(scope));
  keep(&nodes, scope.id);
  free(copy);
}

static void call_join(void) {
  item *it = new_item(JOIN);
  roost_node node = odd() ? any_node() : any_group();
  CALL(it, roost_join, node, any_code(), FN(joined), it, drop);
}

static roost_task_options task_options(item *it) {
  roost_task_options options = {.size = sizeof options, .data = it, .drop = drop};
  int set = byte();
  options.start = FN(start);
  SOMETIMES(on_cancel, on_cancel);
  SOMETIMES(name, any_text());
  SOMETIMES(shield, any_flag());
  SOMETIMES(daemon, any_flag());
  SOMETIMES(grace_ns, any_length());
  if (set & 1) {
    set = byte();
    SOMETIMES(timeout_ns, any_length());
    SOMETIMES(deadline_ns, any_number());
    SOMETIMES(move_on, any_flag());
    SOMETIMES(until_stopping, any_flag());
  }
  return options;
}

static void call_spawn(void) {
  item *it = new_item(TASK);
  roost_group group = any_group();
  roost_task task = {0};
  roost_task_options options = task_options(it);
  int is_whole;
  void *copy = sized(&options, sizeof options, &is_whole);
  it->may_be_unseen = !is_whole;
  CALL(it, roost_spawn, group, copy, byte() & 1 ? &task : NULL);
  keep_node(&tasks, task.id);
  free(copy);
}

static void call_start(void) {
  item *it = new_item(TASK), *waiter = new_item(WAIT);
  roost_group group = any_group();
  roost_node in = any_node();
  roost_task task = {0};
  roost_wait wait = {0};
  roost_task_options options = task_options(it);
  int is_whole;
  void *copy = sized(&options, sizeof options, &is_whole);
  it->may_be_unseen = !is_whole;
  calling_with = waiter;
  CALL(it, roost_start, group, in, copy, FN(told), waiter, drop, OUT(task), OUT(wait));
  keep_node(&tasks, task.id);
  keep(&waits, wait.id);
  free(copy);
}

static void call_started(void) { CALL(NULL, roost_started, any_task(), any_code()); }

static void call_finish(void) {
  item *it = new_item(RESULT);
  roost_task task = any_task();
  CALL(it, roost_finish, task, any_code(), it, drop);
}

/* Blocking tasks are for other tests; here only those that are refused. */
static void call_blocking(void) {
  item *it = new_item(TASK);
  roost_task task = {0};
  roost_blocking_options options = {.size = sizeof options, .data = it, .drop = drop};
  int is_whole;
  void *copy = sized(&options, sizeof options, &is_whole);
  it->may_be_unseen = !is_whole;
  CALL(it, roost_spawn_blocking, any_group(), copy, &task);
  free(copy);
}

static void call_task(void) {
  roost_task task = any_task();
  roost_outcome outcome = {.size = sizeof outcome};
  void *result = NULL;
  int what = byte(), is_whole;
  void *copy = sized(&outcome, sizeof outcome, &is_whole);
  if ((what & 1) && CALL(NULL, roost_outcome_of, task, odd() ? NULL : copy) == 0 && is_whole &&
      ((roost_outcome *)copy)->result != NULL)
    CHECK(((item *)((roost_outcome *)copy)->result)->drops == 0, "its result was dropped"); /* L5 */
  if (what & 2) CALL(NULL, roost_explain, task, any_text());
  if ((what & 4) && CALL(NULL, roost_take_result, task, OUT(result)) == 0) take(result); /* L6 */
  if (what & 8) CALL(NULL, roost_release, task);
  free(copy);
}

static void call_release_id(void) { CALL(NULL, roost_release_id, any(pools[below(COUNT(pools))])); }

/* ---------------------------------------------------------------------------------------------- */
/* Cancelling                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* The root's is the end of all: not so often. */
static roost_node any_victim(void) {
  roost_node node = any_node();
  for (int i = 0; i < opened_count; i++)
    if (node.id == roost_root((roost_runtime){opened[i]}).id && !odd()) node = any_task();
  return node;
}

static void *cancel_options(void) {
  roost_cancel_options options = {.size = sizeof options};
  int set = byte(), is_whole;
  if (set > 127) return NULL;
  SOMETIMES(origin, below(12));
  SOMETIMES(code, (int64_t)any_number());
  SOMETIMES(message, any_text());
  return sized(&options, sizeof options, &is_whole);
}

static void call_cancel(void) {
  roost_node node = any_victim();
  void *why = cancel_options();
  if (CALL(NULL, roost_cancel, node, why) >= 0)
    CHECK(roost_cancelled(node) == 1, "it is not cancelled"); /* C5 */
  free(why);
}

static void call_cancel_and_wait(void) {
  item *it = new_item(WAIT);
  roost_node node = any_victim(), in = any_node();
  roost_wait wait = {0};
  void *why = cancel_options();
  CALL(it, roost_cancel_and_wait, node, in, why, FN(told), it, drop, OUT(wait));
  keep(&waits, wait.id);
  free(why);
}

static void call_shield(void) {
  roost_node node = any_node();
  CALL(NULL, roost_set_shield, node, odd() ? any_code() : byte() & 1);
}

static void call_shutdown(void) {
  roost_node node = any_victim();
  CALL(NULL, roost_shutdown, node, any_length());
}

static void call_deadline(void) {
  roost_node node = any_victim();
  uint64_t now = byte() & 1 ? roost_now(roost_runtime_of(node)) : 0;
  CALL(NULL, roost_set_deadline, node, now + any_number());
}

static void call_ask(void) {
  roost_node node = any_node();
  roost_reason why = {.size = sizeof why};
  uint64_t deadline = 0;
  size_t room = (size_t)below(70);
  char *name = malloc(room + 1);
  int is_whole;
  void *copy = sized(&why, sizeof why, &is_whole);
  CALL(NULL, roost_cancelled, node);
  CALL(NULL, roost_stopping, node);
  CALL(NULL, roost_cancel_called, node);
  CALL(NULL, roost_cancelled_caught, node);
  CALL(NULL, roost_reason_of, node, copy);
  CALL(NULL, roost_effective_deadline, node, OUT(deadline));
  if (CALL(NULL, roost_name, node, odd() ? NULL : name, room) >= 0 && room > 0)
    CHECK(memchr(name, 0, room) != NULL, "a name without an end");
  CHECK(*roost_strerror(any_code()) != 0 && roost_last_error() != NULL, "no words for it");
  free(copy);
  free(name);
}

/* ---------------------------------------------------------------------------------------------- */
/* Cleanups and waits                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static void call_defer(void) {
  item *it = new_item(CLEANUP);
  roost_node node = any_node();
  if (byte() & 1) {
    CALL(it, roost_defer, node, FN(clean), it, drop);
    return;
  }
  roost_cleanup_options options = {.size = sizeof options, .fn = clean, .data = it, .drop = drop};
  roost_cleanup cleanup = {0};
  int set = byte(), is_whole;
  SOMETIMES(on_cancel, on_cancel);
  SOMETIMES(name, any_text());
  void *copy = sized(&options, sizeof options, &is_whole);
  it->may_be_unseen = !is_whole;
  CALL(it, roost_defer_with, node, copy, OUT(cleanup));
  it->self = cleanup.id;
  keep(&cleanups, cleanup.id);
  free(copy);
}

/* What a handle means, while its function has not been called. */
static item *find_item(uint64_t handle) {
  for (item *it = items; it < items + item_count; it++)
    if (it->self == handle && handle != 0 && it->given && !it->ran && !it->drops) return it;
  return NULL;
}

static void call_undefer(void) {
  roost_cleanup cleanup = {any(&cleanups)};
  item *it = find_item(cleanup.id);
  if (it != NULL && it->kind != CLEANUP) it = NULL;
  if (it != NULL) it->taken_back = 1;
  TELL("roost_undefer\n");
  int rc = roost_undefer(cleanup);               /* calls the drop */
  if (it != NULL && rc != 0) it->taken_back = 0; /* a fiber's may be about to begin */
  CHECK((rc == 0) == (it != NULL && it->drops == 1), "undefer answers %d", rc); /* K3 */
}

static void keep_wait(item *it, roost_wait wait) {
  it->self = wait.id;
  keep(&waits, wait.id);
}

#define WAIT_FOR(kind, function, ...)                                                              \
  do {                                                                                             \
    item *it = new_item(kind);                                                                     \
    roost_wait wait = {0};                                                                         \
    CALL(it, function, __VA_ARGS__, FN(told), it, drop, OUT(wait));                                \
    keep_wait(it, wait);                                                                           \
  } while (0)

static void call_after(void) {
  roost_node in = any_node();
  WAIT_FOR(WAIT, roost_after, in, any_length());
}

static void call_on_end(void) {
  roost_node of = any_node();
  WAIT_FOR(WAIT, roost_on_end, of, any_node());
}

static void call_park(void) {
  roost_node in = any_node();
  WAIT_FOR(PARK, roost_park, in, byte() & 1 ? stop : NULL);
}

static void call_wake(void) {
  roost_wait wait = {any(&waits)};
  CALL(NULL, roost_wake, wait, any_code());
}

static void call_unwait(void) {
  roost_wait wait = {any(&waits)};
  item *it = find_item(wait.id);
  if (CALL(NULL, roost_unwait, wait) == 0 && it != NULL) it->taken_back = 1;
}

/* ---------------------------------------------------------------------------------------------- */
/* Fibers                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static roost_fiber_options fiber_options(item *it) {
  roost_fiber_options options = {.size = sizeof options, .data = it, .drop = drop};
  int set = byte();
  options.fn = FN(fiber);
  SOMETIMES(name, any_text());
  SOMETIMES(shield, any_flag());
  SOMETIMES(daemon, any_flag());
  SOMETIMES(grace_ns, any_length());
  SOMETIMES(stack_size, any_stack());
  if (set & 1) {
    set = byte();
    SOMETIMES(timeout_ns, any_length());
    SOMETIMES(deadline_ns, any_number());
    SOMETIMES(move_on, any_flag());
    SOMETIMES(until_stopping, any_flag());
  }
  return options;
}

static void call_go(void) {
  item *it = new_item(FIBER);
  roost_group group = any_group();
  roost_task task = {0};
  roost_fiber_options options = fiber_options(it);
  int is_whole;
  void *copy = sized(&options, sizeof options, &is_whole);
  it->may_be_unseen = !is_whole;
  CALL(it, roost_go_with, group, copy, byte() & 1 ? &task : NULL);
  keep_node(&tasks, task.id);
  free(copy);
}

static void call_start_fiber(void) {
  item *it = new_item(FIBER), *waiter = new_item(WAIT);
  roost_group group = any_group();
  roost_node in = any_node();
  roost_task task = {0};
  roost_wait wait = {0};
  roost_fiber_options options = fiber_options(it);
  int is_whole;
  void *copy = sized(&options, sizeof options, &is_whole);
  it->may_be_unseen = !is_whole;
  calling_with = waiter;
  CALL(it, roost_start_fiber, group, in, copy, FN(told), waiter, drop, OUT(task), OUT(wait));
  keep_node(&tasks, task.id);
  keep(&waits, wait.id);
  free(copy);
}

/* It runs before the call that waits for it has returned. */
static void call_await_start(void) {
  int is_fiber = byte() & 1, rc, is_whole;
  item *it = new_item(is_fiber ? FIBER : TASK);
  roost_group group = any_group();
  roost_task task = {0};
  roost_fiber_options of_fiber = {0};
  roost_task_options of_task = {0};
  if (is_fiber)
    of_fiber = fiber_options(it);
  else
    of_task = task_options(it);
  void *copy = is_fiber ? sized(&of_fiber, sizeof of_fiber, &is_whole)
                        : sized(&of_task, sizeof of_task, &is_whole);
  it->may_be_unseen = !is_whole;
  it->given = 1;
  if (is_fiber)
    WAITS(rc, roost_await_go, group, copy, OUT(task));
  else
    WAITS(rc, roost_await_start, group, copy, OUT(task));
  keep_node(&tasks, task.id);
  free(copy);
}

static void call_trim(void) { CALL(NULL, roost_trim, any_runtime()); }

/* The bracket that is opened is left open now and then (G7), or closed out of turn. */
static void call_bracket(void) {
  roost_node node = {0};
  roost_result result = {.size = sizeof result};
  int set = byte(), rc;
  if (running() == NULL) return;
  if (set & 1) {
    roost_group_options options = {.size = sizeof options};
    set >>= 1;
    SOMETIMES(policy, (uint64_t)below(5));
    SOMETIMES(limit, any_number());
    SOMETIMES(shield, any_flag());
    SOMETIMES(timeout_ns, any_length());
    SOMETIMES(report, any_flag());
    CALL(NULL, roost_group_open, roost_self(), &options, &node);
    keep_node(&groups, node.id);
  } else {
    roost_scope_options options = {.size = sizeof options};
    set >>= 1;
    SOMETIMES(timeout_ns, any_length());
    SOMETIMES(shield, any_flag());
    SOMETIMES(move_on, any_flag());
    SOMETIMES(report, any_flag());
    SOMETIMES(until_stopping, any_flag());
    CALL(NULL, roost_scope_open, roost_self(), &options, &node);
    keep(&nodes, node.id);
  }
  if (node.id != 0)
    CHECK(roost_here().id == node.id, "what it has opened is not around it"); /* T1 */
  play(6);
  if (node.id == 0 || odd()) return;
  if (odd()) node = any_node();
  if (byte() & 1)
    WAITS(rc, roost_group_close, node, any_code(), &result);
  else
    WAITS(rc, roost_scope_close, node, any_code(), odd() ? NULL : &result);
  look_at(result.errors);
  play(2);
  look_at(result.errors); /* L5 */
  if (byte() & 1) CALL(NULL, roost_result_release, &result);
}

static void call_close_here(void) {
  roost_node node = odd() ? any_node() : roost_here();
  int rc;
  if (byte() & 1)
    WAITS(rc, roost_group_close, node, any_code(), NULL);
  else
    WAITS(rc, roost_scope_close, node, any_code(), NULL);
}

static void call_return(void) {
  item *it = new_item(RESULT);
  int rc = any_code();
  it->given = 1;
  TELL("roost_return with item %d\n", number_of(it));
  int said = roost_return(rc, it, drop); /* drops what was given before */
  CHECK(running() == NULL ? said == ROOST_ENOTASK && it->drops == 1 : said == rc,
        "roost_return answers %d", said);
}

static void call_fiber_defer(void) {
  item *it = new_item(CLEANUP);
  roost_node node = any_node();
  if (byte() & 1) {
    CALL(it, roost_fiber_defer, node, FN(clean_by_waiting), it, drop);
    return;
  }
  roost_cleanup_options options = {
      .size = sizeof options, .fn = clean_by_waiting, .data = it, .drop = drop};
  roost_cleanup cleanup = {0};
  int is_whole;
  if (odd()) options.on_cancel = on_cancel;
  options.name = any_text();
  void *copy = sized(&options, sizeof options, &is_whole);
  it->may_be_unseen = !is_whole;
  CALL(it, roost_fiber_defer_with, node, copy, OUT(cleanup));
  it->self = cleanup.id;
  keep(&cleanups, cleanup.id);
  free(copy);
}

static void call_sleep(void) {
  int rc;
  switch (below(6)) {
  case 0: WAITS(rc, roost_sleep_until, any_number()); break;
  case 1: WAITS(rc, roost_sleep_forever, ); break;
  case 2:
  case 3: WAITS(rc, roost_checkpoint, ); break;
  default: WAITS(rc, roost_sleep, any_length());
  }
}

static void call_await_end(void) {
  int rc;
  if (byte() & 1) {
    WAITS(rc, roost_await_end, any_node());
    return;
  }
  roost_node node = any_victim();
  void *why = cancel_options();
  WAITS(rc, roost_cancel_and_await, node, why);
  free(why);
}

static void call_await_primitive(void) {
  int rc;
  switch (below(5)) {
  case 0: WAITS(rc, roost_await_event, (roost_event){any(&events)}); break;
  case 1: WAITS(rc, roost_await_permit, (roost_limiter){any(&limiters)}); break;
  case 2: WAITS(rc, roost_await_condition, (roost_condition){any(&conditions)}); break;
  case 3: CALL(NULL, roost_lock_release, (roost_lock){any(&locks)}, roost_self()); break;
  default: WAITS(rc, roost_await_lock, (roost_lock){any(&locks)});
  }
}

static void call_transfer(void) {
  roost_channel channel = {any(&channels)};
  void *received = NULL;
  int rc;
  if (byte() & 1) {
    item *it = new_item(SENT);
    it->given = 1;
    WAITS(rc, roost_send, channel, it);
    if (rc != 0) take(it); /* C4 */
  } else {
    WAITS(rc, roost_receive, channel, odd() ? NULL : &received);
    CHECK((rc == 0) == (received != NULL), "received %d, and an item: %d", rc, received != NULL);
    if (rc == 0) take(received);
  }
}

/* Of what is sent and received by several waits, exactly one has gone (S3). */
static void call_select(void) {
  roost_choice choices[4];
  item *sent[COUNT(choices)] = {NULL};
  void *received[COUNT(choices)] = {NULL};
  int count = below(COUNT(choices) + 1), rc;
  for (int i = 0; i < count; i++) {
    static pool *const of_kind[] = {NULL,   NULL,      &nodes,    &events, &limiters,
                                    &locks, &channels, &channels, NULL,    NULL};
    choices[i] = (roost_choice)ROOST_CHOICE(.kind = (uint64_t)below(8));
    if (odd()) choices[i].kind = any_number();
    if (choices[i].kind < COUNT(of_kind) && of_kind[choices[i].kind] != NULL)
      choices[i].id = any(of_kind[choices[i].kind]);
    if (choices[i].kind == ROOST_CHOOSE_TIME) choices[i].number = any_length();
    if (choices[i].kind == ROOST_CHOOSE_RECEIVE) choices[i].out = OUT(received[i]);
    if (choices[i].kind != ROOST_CHOOSE_SEND) continue;
    choices[i].item = sent[i] = new_item(SENT);
    sent[i]->given = 1;
  }
  WAITS(rc, roost_select, choices, (uint64_t)count);
  CHECK(rc < count, "a select of %d answers %d", count, rc);
  for (int i = 0; i < count; i++) {
    int has_gone = i == rc && choices[i].rc == 0;
    if (sent[i] != NULL && !has_gone) take(sent[i]);
    CHECK(received[i] == NULL || has_gone, "received by another choice");
    if (received[i] != NULL) take(received[i]);
  }
}

/* Where it is not awaited, or out of turn, it ends with the node in which it was begun. */
static void call_park_here(void) {
  item *it = new_item(PARK);
  roost_wait wait = {0};
  int rc;
  it->given = 1;
  it->may_be_unseen = 1;
  WAITS(rc, roost_park_here, byte() & 1 ? stop : NULL, it, OUT(wait));
  if (rc < 0) {
    take(it);
    return;
  }
  keep_wait(it, wait);
  play(2);
  if (odd()) wait.id = any(&waits);
  WAITS(rc, roost_await, wait);
  if (wait.id == it->self && rc != ROOST_EORDER) it->ran = 1;
}

/* What comes from outside keeps a loop waiting, and is for the loop that is never waited on. */
static int is_turned_by_us(roost_node node) {
  return roost_loop(roost_runtime_of(node)) == &shared;
}

static void call_signal(void) {
  static const int signals[] = {SIGWINCH, SIGURG, SIGKILL, 0, -1, 200};
  roost_node in = any_node();
  if (is_turned_by_us(in)) WAIT_FOR(WAIT, roost_on_signal, signals[below(COUNT(signals))], in);
  if (byte() & 1) raise(SIGWINCH); /* ignored, where nobody waits */
}

static void call_process(void) {
  static const char *const files[] = {"true", "sleep", "/", "", NULL};
  static const char *const arguments[] = {"sleep", "100", NULL};
  static const roost_stop_step steps[] = {{SIGWINCH, 1}, {SIGTERM, 0}, {0, 0}};
  roost_process_options options = {.size = sizeof options, .stop = steps};
  roost_node in = any_node();
  int64_t pid = 0;
  if (!may_run_processes || !is_turned_by_us(in)) return;
  options.file = files[below(COUNT(files))];
  options.args = arguments;
  options.stop_count = (uint64_t)below(4);
  options.pid = &pid;
  WAIT_FOR(WAIT, roost_run_process, &options, in);
}

/* ---------------------------------------------------------------------------------------------- */
/* What is no node                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static void call_event(void) {
  roost_event event = {any(&events)};
  switch (below(7)) {
  case 0:
    if (CALL(NULL, roost_event_open, any_runtime(), OUT(event)) == 0) keep(&events, event.id);
    break;
  case 1: CALL(NULL, roost_event_set, event); break;
  case 2: CALL(NULL, roost_event_is_set, event); break;
  case 3:
    if (byte() & 1) CALL(NULL, roost_event_destroy, event);
    break;
  default: WAIT_FOR(WAIT, roost_event_wait, event, any_node());
  }
}

static void call_limiter(void) {
  roost_limiter limiter = {any(&limiters)};
  roost_runtime runtime = any_runtime();
  switch (below(8)) {
  case 0:
    if (CALL(NULL, roost_limiter_open, runtime, any_number(), OUT(limiter)) == 0)
      keep(&limiters, limiter.id);
    break;
  case 1: CALL(NULL, roost_limiter_resize, limiter, any_number()); break;
  case 2: CALL(NULL, roost_limiter_try_acquire, limiter); break;
  case 3:
    if (byte() & 1) CALL(NULL, roost_limiter_destroy, limiter);
    break;
  case 4: CALL(NULL, roost_limiter_release, limiter); break;
  default: WAIT_FOR(WAIT, roost_limiter_acquire, limiter, any_node());
  }
}

static void call_lock(void) {
  roost_lock lock = {any(&locks)};
  roost_condition condition = {any(&conditions)};
  roost_node node = any_node();
  switch (below(12)) {
  case 0:
    if (CALL(NULL, roost_lock_open, any_runtime(), OUT(lock)) == 0) keep(&locks, lock.id);
    break;
  case 1:
    if (CALL(NULL, roost_condition_open, lock, OUT(condition)) == 0)
      keep(&conditions, condition.id);
    break;
  case 2:
    if (byte() & 1) CALL(NULL, roost_lock_destroy, lock);
    if (byte() & 1) CALL(NULL, roost_condition_destroy, condition);
    break;
  case 3: CALL(NULL, roost_condition_notify, condition, any_number()); break;
  case 4:
  case 5: CALL(NULL, roost_lock_release, lock, node); break;
  case 6: CALL(NULL, roost_lock_try_acquire, lock, node); break;
  case 7:
  case 8:
    CALL(NULL, roost_lock_try_acquire, lock, node);
    WAIT_FOR(WAIT, roost_condition_wait, condition, node);
    break;
  default: WAIT_FOR(WAIT, roost_lock_acquire, lock, node);
  }
}

static void call_channel(void) {
  roost_channel channel = {any(&channels)};
  roost_wait wait = {0};
  roost_node in = any_node();
  void *received = NULL;
  item *it;
  switch (below(12)) {
  case 0:
  case 1: {
    roost_runtime runtime = any_runtime();
    if (CALL(NULL, roost_channel_open, runtime, any_number(), drop, OUT(channel)) == 0)
      keep(&channels, channel.id);
    break;
  }
  case 2:
    if (CALL(NULL, roost_channel_try_receive, channel, OUT(received)) == 0) take(received);
    break;
  case 3:
    it = new_item(SENT);
    it->given = 1;
    if (CALL(NULL, roost_channel_try_send, channel, it) != 0) take(it);
    break;
  case 4:
    TELL("roost_channel_destroy\n");
    if (byte() & 1) (void)roost_channel_destroy(channel); /* calls the drops of its items */
    break;
  case 5: CALL(NULL, roost_channel_close, channel); break;
  case 6:
  case 7:
  case 8:
    it = new_item(WAIT);
    it->sent = new_item(SENT);
    it->sent->given = 1;
    CALL(it, roost_channel_send, channel, in, it->sent, FN(told), it, drop, OUT(wait));
    keep_wait(it, wait);
    break;
  default:
    it = new_item(WAIT);
    CALL(it, roost_channel_receive, channel, in, OUT(it->received), FN(told), it, drop, OUT(wait));
    keep_wait(it, wait);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Seeing what runs                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void call_dump(void) {
  item *it = new_item(WRITE);
  roost_node node = any_node();
  uint64_t format = (uint64_t)below(4);
  TELL("roost_dump with item %d\n", number_of(it));
  int rc = roost_dump(node, format, written, it, drop);
  CHECK(it->drops == 1, "roost_dump answers %d, with %d drops", rc, it->drops);
  CHECK(it->ran == (rc == 0), "roost_dump answers %d, and writes %d times", rc, it->ran);
}

static void call_trace(void) {
  roost_runtime runtime = any_runtime();
  if (byte() & 1) {
    item *it = new_item(WRITE);
    CALL(it, roost_trace_start, runtime, FN(written), it, drop);
  } else {
    TELL("roost_trace_stop\n");
    (void)roost_trace_stop(runtime);
  }
}

static void call_usage(void) {
  roost_usage usage = {.size = sizeof usage};
  int is_whole;
  void *copy = sized(&usage, sizeof usage, &is_whole);
  CALL(NULL, roost_usage_of, any(pools[below(COUNT(pools))]), copy);
  free(copy);
}

static void call_counters(void) {
  roost_counters counters = {.size = sizeof counters};
  int is_whole;
  void *copy = sized(&counters, sizeof counters, &is_whole);
  CALL(NULL, roost_counters_of, any_runtime(), copy);
  free(copy);
}

/* ---------------------------------------------------------------------------------------------- */
/* Programs                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* What is for fibers. */
static void (*const waits_here[])(void) = {
    call_sleep,     call_sleep,           call_bracket,         call_bracket,    call_bracket,
    call_transfer,  call_await_primitive, call_await_primitive, call_await_end,  call_select,
    call_park_here, call_await_start,     call_transfer,        call_close_here, call_return,
};

static void call_wait(void) { waits_here[below(COUNT(waits_here))](); }

/* Some are made more often. */
static void (*const calls[])(void) = {
    call_spawn,
    call_spawn,
    call_go,
    call_go,
    call_go,
    call_go,
    call_start_fiber,
    call_fiber_defer,
    call_fiber_defer,
    call_trim,
    call_wait,
    call_start,
    call_started,
    call_finish,
    call_task,
    call_release_id,
    call_group,
    call_group,
    call_scope,
    call_join,
    call_join,
    call_defer,
    call_defer,
    call_undefer,
    call_after,
    call_after,
    call_on_end,
    call_park,
    call_park,
    call_unwait,
    call_wake,
    call_cancel,
    call_cancel,
    call_shield,
    call_shutdown,
    call_deadline,
    call_cancel_and_wait,
    call_ask,
    call_event,
    call_limiter,
    call_lock,
    call_lock,
    call_channel,
    call_channel,
    call_turn,
    call_turn,
    call_turn,
    call_run,
    call_run,
    call_close,
    call_runtime,
    call_post,
    call_current,
    call_dump,
    call_trace,
    call_usage,
    call_counters,
    call_signal,
    call_process,
    open_runtime,
    call_blocking,
    call_open_badly,
};

static void play(int most) {
  if (bytes_left == 0 || depth > DEPTH) return;
  for (int n = depth == 0 ? most : below((size_t)most + 1);
       n > 0 && bytes_left > 0 && calls_left > 0; n--, calls_left--)
    running() != NULL && (byte() & 1) ? call_wait() : calls[below(COUNT(calls))]();
}

static int is_alive(void) {
  for (int i = 0; i < opened_count; i++)
    if (roost_now((roost_runtime){opened[i]}) != 0) return 1;
  return 0;
}

/* What waits for somebody to end it is ended, until everything is closed. */
static void end(void) {
  bytes_left = 0;
  TELL("the end\n");
  for (int round = 0; is_alive(); round++) {
    CHECK(round < 1000, "it does not end");
    for (item *it = items; it < items + item_count; it++) {
      if (it->here != 0) (void)roost_cancel((roost_node){it->here}, NULL);
      if (!it->given || it->drops || it->self == 0) continue;
      if (it->kind == PARK) (void)roost_wake((roost_wait){it->self}, 0);
      if (it->kind == TASK || it->kind == CLEANUP)
        (void)roost_finish((roost_task){it->self}, 0, NULL, NULL);
    }
    for (int i = 0; i < opened_count; i++) {
      roost_runtime runtime = {opened[i]};
      (void)roost_cancel(roost_root(runtime), NULL);
      (void)roost_close(runtime, ROOST_NOW, NULL, NULL, NULL);
      (void)roost_run(runtime);
    }
    /* A child that was told to stop takes its time. */
    uv_run(&shared, may_run_processes ? UV_RUN_ONCE : UV_RUN_NOWAIT);
  }
  uv_run(&shared, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&shared) == 0, "something is left on the loop"); /* S8 */
  for (int i = 0; i < item_count; i++)
    CHECK(items[i].drops == 1 || (items[i].may_be_unseen && items[i].drops == 0),
          "item %d: %d drops", i, items[i].drops); /* K5 */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bytes = data, bytes_left = size;
  calls_left = CALLS;
  item_count = depth = loop_depth = opened_count = 0;
  for (size_t i = 0; i < COUNT(pools); i++) pools[i]->count = 0;
  tells = getenv("ROOST_FUZZ_TELLS") != NULL;
  int mode = byte();
  is_virtual = mode < 224;
  may_run_processes = mode == 254;
  CHECK(uv_loop_init(&shared) == 0, "no loop");
  open_runtime();
  play(CALLS);
  end();
  return 0;
}
