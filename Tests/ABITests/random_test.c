/* Random programs: every callback makes random calls, on nodes that live, have ended, never were,
 * or belong to another runtime. Whatever a program does (B1):
 *
 *     no call crashes, none runs the program's code before it returns (C5), and one that fails runs
 *     nothing but its own drop (K5);
 *     each drop is called once, as the last, and each function once at most, in its time;
 *     nothing outlives what it was opened in (T2), nor what it was started into (L4), and every
 *     runtime comes to its end (S8a);
 *     an item that was sent is received once, dropped once, or stays the sender's (C4);
 *     a handle of a runtime that was closed stays stale, whoever has its memory now (T3);
 *     a trace has one end for each beginning, and the counters add up (O2, O4).
 *
 * A program follows from its seed alone. A failure names the seed; `random_test SEED` runs that one
 * alone and tells of every call, `random_test FIRST LAST` runs many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "random.h"

enum { PROGRAMS = 250, CALLS = 220 };

static const char *any_text(void) {
  static const char *const texts[] = {
      NULL,
      "",
      "a",
      "name",
      "\x80\x80\x80",
      "cut inside of a character, which is left out whole, is this: é",
      "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"};
  return texts[upto(COUNT(texts))];
}
static int64_t any_delay(void) {
  static const int64_t delays[] = {ROOST_NOW,  0,          INT64_MIN,     ROOST_FOREVER,
                                   SECONDS(1), SECONDS(3), INT64_MAX - 1, 1};
  return delays[upto(is_virtual ? COUNT(delays) : 4)];
}
static int64_t any_timeout(void) { return one_in(8) ? any_delay() : 0; }
static int64_t any_grace(void) { return has_graces && one_in(3) ? any_delay() : 0; }
static uint64_t any_deadline(void) {
  if (!is_virtual || one_in(2)) return one_in(2) ? 1 : UINT64_MAX;
  uint64_t now = roost_now((roost_runtime){pick(&runtimes)});
  return now + (uint64_t)SECONDS(upto(3)) + 1;
}
static int any_outcome(void) { return one_in(2) ? 0 : one_in(3) ? ROOST_ECANCELED : upto(20) - 10; }

/* Options are filled one by one, so that every compiler draws in the same order. */
static roost_task_options any_task(item *it) {
  roost_task_options options = {.size = sizeof options, .data = it, .drop = drop};
  options.start = one_in(40) ? NULL : start;
  options.on_cancel = one_in(2) ? NULL : on_cancel;
  it->asks = options.on_cancel != NULL;
  if (one_in(3)) return options;
  options.name = any_text();
  options.timeout_ns = any_timeout();
  options.deadline_ns = one_in(16) ? any_deadline() : 0;
  options.move_on = (uint64_t)one_in(3);
  options.shield = (uint64_t)one_in(4);
  options.grace_ns = any_grace();
  options.until_stopping = (uint64_t)one_in(4);
  options.daemon = (uint64_t)one_in(4);
  return options;
}

static void call_spawn(roost_node in) {
  item *it = new_item(TASK, in.id);
  roost_task_options options = any_task(it);
  roost_task task = {0};
  CALL(it, roost_spawn, (in, &options, one_in(2) ? NULL : &task));
  keep_node(&tasks, task.id);
}

static void call_group(roost_node in) {
  roost_group_options options = {.size = sizeof options};
  roost_group group = {0};
  options.name = any_text();
  options.timeout_ns = any_timeout();
  options.move_on = (uint64_t)one_in(3);
  options.report = (uint64_t)one_in(3);
  options.policy = (uint64_t)upto(4);
  options.limit = one_in(2) ? 0 : (uint64_t)upto(4);
  options.max_errors = (uint64_t)upto(3);
  options.shield = (uint64_t)one_in(4);
  options.grace_ns = any_grace();
  options.until_stopping = (uint64_t)one_in(4);
  item *it = one_in(3) ? new_item(FILTER, in.id) : NULL;
  if (it != NULL) options.filter = filter, options.filter_data = it, options.filter_drop = drop;
  CALL(it, roost_group_open, (in, &options, &group));
  keep_node(&groups, group.id);
}

static void call_scope(roost_node in) {
  roost_scope_options options = {.size = sizeof options};
  roost_scope scope = {0};
  options.name = any_text();
  options.timeout_ns = any_timeout();
  options.report = (uint64_t)one_in(3);
  options.shield = (uint64_t)one_in(4);
  options.grace_ns = any_grace();
  options.until_stopping = (uint64_t)one_in(4);
  CALL(NULL, roost_scope_open, (in, &options, &scope));
  keep(&nodes, scope.id);
}

static void call_join(roost_node node) {
  item *it = new_item(JOIN, node.id);
  it->ran = one_in(3);
  CALL(it, roost_join, (node, any_outcome(), it->ran ? NULL : joined, it, drop));
}

static void call_finish(roost_node node) {
  item *it = new_item(RESULT, node.id);
  if (CALL(it, roost_finish, (node, any_outcome(), it, drop)) < 0) return;
  for (int i = 0; i < item_count; i++)
    if (items[i].self == node.id) items[i].over = 1;
}

static void call_defer(roost_node node) {
  item *it = new_item(CLEANUP, node.id);
  if (one_in(2)) {
    CALL(it, roost_defer, (node, clean, it, drop));
    return;
  }
  roost_cleanup_options options = {.size = sizeof options, .fn = clean, .data = it, .drop = drop};
  roost_cleanup cleanup = {0};
  options.on_cancel = one_in(2) ? NULL : on_cancel;
  it->asks = options.on_cancel != NULL;
  options.name = any_text();
  CALL(it, roost_defer_with, (node, &options, &cleanup));
  it->self = cleanup.id;
  keep(&cleanups, cleanup.id);
}

/* The item that is meant by a handle, while its function has not been called. */
static item *find_item(item_kind kind, uint64_t handle) {
  for (item *it = items; it < items + item_count; it++)
    if (it->kind == kind && it->self == handle && handle != 0 && !it->ran && !it->taken_back)
      return it;
  return NULL;
}

static void call_undefer(roost_node node) {
  (void)node;
  roost_cleanup cleanup = {pick_any(&cleanups)};
  item *it = find_item(CLEANUP, cleanup.id);
  if (it != NULL) it->taken_back = 1;
  int rc = roost_undefer(cleanup);                                              /* runs the drop */
  CHECK((rc == 0) == (it != NULL && it->drops == 1), "undefer answers %d", rc); /* K3 */
}

static void keep_wait(item *it, int rc, roost_wait wait) {
  if (rc < 0 || wait.id == 0) return;
  it->self = wait.id;
  keep(&waits, wait.id);
}

static void call_after(roost_node in) {
  item *it = new_item(WAIT, in.id);
  roost_wait wait = {0};
  int rc = CALL(it, roost_after, (in, any_delay(), told, it, drop, &wait));
  keep_wait(it, rc, wait);
}

static void call_on_end(roost_node in) {
  item *it = new_item(WAIT, in.id);
  roost_wait wait = {0};
  int rc = CALL(it, roost_on_end, (any_node(&nodes), in, told, it, drop, &wait));
  keep_wait(it, rc, wait);
}

static void call_park(roost_node in) {
  item *it = new_item(PARK, in.id);
  roost_wait wait = {0};
  int rc = CALL(it, roost_park, (in, one_in(2) ? NULL : stop, told, it, drop, &wait));
  keep_wait(it, rc, wait);
}

static void call_unwait(roost_node node) {
  (void)node;
  roost_wait wait = {pick_any(&waits)};
  item *it = find_item(WAIT, wait.id);
  if (it == NULL) it = find_item(PARK, wait.id);
  if (it == NULL) it = find_item(START, wait.id);
  if (CALL(NULL, roost_unwait, (wait)) == 0 && it != NULL) it->taken_back = 1;
}

static void wake(roost_wait wait, int rc) {
  item *it = find_item(PARK, wait.id);
  if (CALL(NULL, roost_wake, (wait, rc)) == 0 && it != NULL) it->woken = 1, it->rc = rc;
}
static void call_wake(roost_node node) {
  (void)node;
  roost_wait wait = {pick_any(&waits)};
  wake(wait, any_outcome());
}

static void call_cancel(roost_node node) {
  if (node.id == nodes.id[0] && !one_in(8)) return; /* the root: not so often */
  if (CALL(NULL, roost_cancel,
           (node, one_in(2) ? NULL : ROOST_CANCEL(.code = 7, .message = any_text()))) >= 0)
    CHECK(roost_cancelled(node) == 1, "it is not cancelled"); /* C5 */
}

static void call_cancel_and_wait(roost_node in) {
  item *it = new_item(WAIT, in.id);
  roost_node node = any_node(&nodes);
  roost_wait wait = {0};
  if (node.id == nodes.id[0] && !one_in(8)) node = in;
  int rc = CALL(it, roost_cancel_and_wait, (node, in, NULL, told, it, drop, &wait));
  keep_wait(it, rc, wait);
  if (rc == 0 || rc == ROOST_EDEADLK) /* C12b */
    CHECK(roost_cancel(node, NULL) != 0, "it was not cancelled");
}

static void call_start(roost_node in) {
  roost_node group = any_node(&groups);
  item *it = new_item(TASK, group.id), *waiter = new_item(START, in.id);
  roost_task_options options = any_task(it);
  roost_task task = {0};
  roost_wait wait = {0};
  it->in = in.id;
  it->waiter = waiter;
  calling_with = waiter;
  int rc = CALL(it, roost_start,
                (group, in, &options, told, waiter, drop, one_in(2) ? NULL : &task, &wait));
  keep_wait(waiter, rc, wait);
  keep_node(&tasks, task.id);
}

static void call_started(roost_node task) { report(task, upto(4) - 1); }

static void call_shield(roost_node node) { CALL(NULL, roost_set_shield, (node, upto(20) % 3)); }

static void call_shutdown(roost_node node) {
  if (node.id == nodes.id[0] && !one_in(4)) return;
  if (CALL(NULL, roost_shutdown, (node, any_delay())) >= 0)
    CHECK(roost_stopping(node) == 1, "it is not stopping"); /* C12 */
}

static void call_deadline(roost_node node) {
  if (node.id == nodes.id[0] && !one_in(8)) return;
  CALL(NULL, roost_set_deadline, (node, any_deadline()));
}

static void call_task(roost_node task) {
  roost_outcome outcome = {.size = sizeof outcome};
  if (CALL(NULL, roost_outcome_of, (task, &outcome)) == 0 && outcome.result != NULL)
    CHECK(((item *)outcome.result)->drops == 0, "its result was dropped"); /* L5 */
  if (one_in(2)) CALL(NULL, roost_explain, (task, any_text()));
  void *result = NULL;
  if (one_in(2) && CALL(NULL, roost_take_result, (task, &result)) == 0) take(result); /* L6 */
  if (one_in(2)) CALL(NULL, roost_release, (task));
}

static void call_queries(roost_node node) {
  roost_reason why = {.size = sizeof why};
  uint64_t deadline;
  char name[64];
  CALL(NULL, roost_cancelled, (node));
  CALL(NULL, roost_stopping, (node));
  CALL(NULL, roost_cancel_called, (node));
  CALL(NULL, roost_cancelled_caught, (node));
  CALL(NULL, roost_reason_of, (node, &why));
  CALL(NULL, roost_effective_deadline, (node, &deadline));
  CALL(NULL, roost_name, (node, name, 1 + (uint64_t)upto(64)));
  (void)roost_loop(roost_runtime_of(node));
}

static void call_dump(roost_node node) {
  uint64_t format = (uint64_t)upto(4);
  CALL(NULL, roost_dump, (node, format, read_dump, &format, NULL));
}

/* What is no node. The item of a send or receive goes beside its wait. */
#define WAIT_FOR(function, ...)                                                                    \
  do {                                                                                             \
    roost_wait wait = {0};                                                                         \
    int rc = CALL(it, function, (__VA_ARGS__, told, it, drop, &wait));                             \
    keep_wait(it, rc, wait);                                                                       \
  } while (0)

static void call_event(roost_node node) {
  roost_event event = {pick_any(&events)};
  roost_runtime runtime = {pick_any(&runtimes)};
  item *it;
  switch (upto(6)) {
  case 0:
    if (CALL(NULL, roost_event_open, (runtime, &event)) == 0) keep(&events, event.id);
    break;
  case 1: CALL(NULL, roost_event_set, (event)); break;
  case 2:
    if (one_in(3)) CALL(NULL, roost_event_destroy, (event));
    CALL(NULL, roost_event_is_set, (event));
    break;
  default: it = new_item(WAIT, node.id); WAIT_FOR(roost_event_wait, event, node);
  }
}

static void call_limiter(roost_node node) {
  roost_limiter limiter = {pick_any(&limiters)};
  roost_runtime runtime = {pick_any(&runtimes)};
  uint64_t number = (uint64_t)upto(3);
  item *it;
  switch (upto(8)) {
  case 0:
    if (CALL(NULL, roost_limiter_open, (runtime, number, &limiter)) == 0)
      keep(&limiters, limiter.id);
    break;
  case 1: CALL(NULL, roost_limiter_resize, (limiter, (uint64_t)upto(4))); break;
  case 2:
    if (one_in(3)) CALL(NULL, roost_limiter_destroy, (limiter));
    CALL(NULL, roost_limiter_try_acquire, (limiter));
    break;
  case 3:
  case 4: CALL(NULL, roost_limiter_release, (limiter)); break;
  default: it = new_item(WAIT, node.id); WAIT_FOR(roost_limiter_acquire, limiter, node);
  }
}

static void call_lock(roost_node node) {
  roost_lock lock = {pick_any(&locks)};
  roost_runtime runtime = {pick_any(&runtimes)};
  roost_condition condition = {pick_any(&conditions)};
  item *it;
  switch (upto(12)) {
  case 0:
    if (CALL(NULL, roost_lock_open, (runtime, &lock)) == 0) keep(&locks, lock.id);
    break;
  case 1:
    if (CALL(NULL, roost_condition_open, (lock, &condition)) == 0) keep(&conditions, condition.id);
    break;
  case 2:
    if (one_in(4)) CALL(NULL, roost_lock_destroy, (lock));
    if (one_in(4)) CALL(NULL, roost_condition_destroy, (condition));
    break;
  case 3: CALL(NULL, roost_condition_notify, (condition, (uint64_t)upto(3))); break;
  case 4:
  case 5:
    for (int i = 0; i < nodes.count; i++)
      if (roost_lock_release(lock, (roost_node){nodes.id[i]}) == 0) break;
    break;
  case 6: CALL(NULL, roost_lock_try_acquire, (lock, node)); break;
  case 7:
  case 8:
    for (int i = 0; i < locks.count; i++)
      (void)roost_lock_try_acquire((roost_lock){locks.id[i]}, node);
    it = new_item(WAIT, node.id);
    it->relocks = 1;
    WAIT_FOR(roost_condition_wait, condition, node);
    break;
  default: it = new_item(WAIT, node.id); WAIT_FOR(roost_lock_acquire, lock, node);
  }
}

static void call_channel(roost_node node) {
  roost_channel channel = {pick_any(&channels)};
  roost_runtime runtime = {pick_any(&runtimes)};
  uint64_t number = (uint64_t)upto(3);
  item *it, *sent;
  void *received = NULL;
  switch (upto(10)) {
  case 0:
  case 1:
    if (CALL(NULL, roost_channel_open, (runtime, number, drop, &channel)) == 0)
      keep(&channels, channel.id);
    break;
  case 2: CALL(NULL, roost_channel_try_receive, (channel, &received)); break;
  case 3:
    sent = new_item(SENT, channel.id);
    sent->given = 1;
    if (CALL(NULL, roost_channel_try_send, (channel, sent)) != 0) take(sent);
    break;
  case 4:
    if (one_in(2)) (void)roost_channel_destroy(channel); /* runs the drops of its items */
    if (one_in(2)) CALL(NULL, roost_channel_close, (channel));
    break;
  case 5:
  case 6:
  case 7:
    it = new_item(WAIT, node.id);
    it->sent = sent = new_item(SENT, channel.id);
    sent->given = 1;
    WAIT_FOR(roost_channel_send, channel, node, sent);
    break;
  default:
    it = new_item(WAIT, node.id);
    it->receives = 1;
    WAIT_FOR(roost_channel_receive, channel, node, &it->received);
  }
  if (received != NULL) take(received);
}

static void close_runtime_of(uint64_t id, int64_t patience) {
  item *it = calling = new_item(CLOSE, id);
  int rc = roost_close((roost_runtime){id}, patience, closed, it, drop);
  calling = NULL;
  TELL("%*sroost_close: %d\n", depth, "", rc);
}

/* Turns: what may run the program's code. */
static void call_turns(roost_node node) {
  (void)node;
  uint64_t id = pick_any(&runtimes);
  if (depth == 0 || depth > 12) return;
  depth++;
  switch (upto(6)) {
  case 0:
    if (one_in(3)) close_runtime_of(id, any_delay());
    break;
  case 1: (void)roost_run((roost_runtime){id}); break;
  default: uv_run(&shared, UV_RUN_NOWAIT);
  }
  depth--;
}

/* Stopping writes the last piece. */
static void call_trace(roost_node node) {
  (void)node;
  roost_runtime runtime = {pick_any(&runtimes)};
  if (depth < 20 && one_in(3)) {
    int rc = roost_trace_stop(runtime);
    TELL("%*sroost_trace_stop: %d\n", depth, "", rc);
    return;
  }
  item *it = new_item(TRACE, runtime.id);
  CALL(it, roost_trace_start, (runtime, written, it, drop));
}

/* O4: what has ended has begun. */
static void call_counters(roost_node node) {
  (void)node;
  roost_counters all = {.size = sizeof all};
  if (CALL(NULL, roost_counters_of, ((roost_runtime){pick_any(&runtimes)}, &all)) < 0) return;
  CHECK(all.tasks + all.completed + all.failed + all.cancelled == all.all_tasks, "tasks");
  CHECK(all.groups <= all.all_groups && all.scopes <= all.all_scopes, "groups and scopes");
  CHECK(all.waits <= all.all_waits && all.cleanups <= all.all_cleanups, "waits and cleanups");
  CHECK(all.locks <= all.all_locks && all.channels <= all.all_channels, "primitives");
}

static void call_open(roost_node node);

/* The calls, and what each is mostly made with; some are made more often. */
typedef struct call {
  void (*make)(roost_node node);
  const pool *with;
} call;

static const call calls[] = {
    {call_spawn, &groups},   {call_spawn, &groups},  {call_spawn, &groups},
    {call_spawn, &groups},   {call_start, &nodes},   {call_start, &nodes},
    {call_started, &tasks},  {call_started, &tasks}, {call_finish, &tasks},
    {call_finish, &tasks},   {call_task, &tasks},    {call_task, &tasks},
    {call_group, &nodes},    {call_group, &tasks},   {call_scope, &nodes},
    {call_join, &nodes},     {call_join, &groups},   {call_defer, &nodes},
    {call_defer, &tasks},    {call_undefer, &nodes}, {call_after, &nodes},
    {call_on_end, &nodes},   {call_park, &nodes},    {call_unwait, &nodes},
    {call_wake, &nodes},     {call_cancel, &nodes},  {call_cancel_and_wait, &nodes},
    {call_deadline, &nodes}, {call_shield, &nodes},  {call_shield, &nodes},
    {call_shutdown, &nodes}, {call_queries, &nodes}, {call_event, &nodes},
    {call_limiter, &nodes},  {call_lock, &nodes},    {call_lock, &nodes},
    {call_channel, &nodes},  {call_channel, &nodes}, {call_turns, &nodes},
    {call_open, &nodes},     {call_trace, &nodes},   {call_counters, &nodes},
    {call_dump, &nodes},
};

/* How often each is made differs from program to program: what is never made leaves room for what
 * else may meet. */
static int weights[COUNT(calls)], weight;

static void weigh(void) {
  weight = 0;
  for (size_t i = 0; i < COUNT(calls); i++)
    weight += weights[i] = one_in(4) ? 0 : one_in(4) ? 5 : 1;
}

static const call *any_call(void) {
  size_t i = 0;
  for (int n = upto(weight); n >= weights[i]; i++) n -= weights[i];
  return &calls[i];
}

static void play(int most) {
  for (int n = upto(most + 1); n > 0 && calls_left > 0 && depth < 30; n--, calls_left--) {
    const call *it = any_call();
    it->make(any_node(one_in(20) ? &nodes : it->with));
  }
}

static void open_runtime_on(uv_loop_t *loop) {
  roost_runtime_options options = {.size = sizeof options, .loop = loop};
  roost_runtime runtime = {0};
  options.name = any_text();
  options.clock = is_virtual ? ROOST_CLOCK_VIRTUAL : ROOST_CLOCK_REAL;
  options.policy = (uint64_t)upto(4);
  options.limit = one_in(2) ? 0 : (uint64_t)upto(4);
  options.max_errors = (uint64_t)upto(3);
  options.grace_ns = any_grace();
  options.seed = one_in(2) ? 0 : draw();
  options.stall_ns = one_in(2) ? 0 : one_in(2) ? 1 : SECONDS(upto(3));
  options.step_ns = one_in(8);
  options.report = hear;
  options.report_data = calling_with = new_item(REPORT, 0);
  options.report_drop = drop;
  item *it = one_in(4) ? new_item(FILTER, 0) : NULL;
  if (it != NULL) options.filter = filter, options.filter_data = it, options.filter_drop = drop;
  int rc = CALL(it, roost_runtime_open, (&options, &runtime));
  CHECK(rc == 0, "open answers %d", rc);
  keep(&runtimes, runtime.id);
  keep_node(&groups, roost_root(runtime).id);
}
static void call_open(roost_node node) {
  (void)node;
  if (runtimes.count < 4 && one_in(4)) open_runtime_on(is_virtual && one_in(2) ? NULL : &shared);
}

/* The program's own handles on the loop make calls too, at all places of a turn. */
static void from_loop(void) {
  depth++;
  if (!ending && one_in(4)) play(2);
  depth--;
}
static void on_idle(uv_idle_t *handle) { (void)handle, from_loop(); }
static void on_prepare(uv_prepare_t *handle) { (void)handle, from_loop(); }
static void on_check(uv_check_t *handle) { (void)handle, from_loop(); }

/* Handles of earlier programs, whose runtimes were closed (T3). */
static uint64_t ended[HANDLES];
static int ended_count;

static void check_ended(void) {
  for (int i = 0; i < HANDLES; i++) {
    roost_outcome outcome = {.size = sizeof outcome};
    CHECK(roost_cancel((roost_node){ended[i]}, NULL) < 0, "a node lives again");
    CHECK(roost_event_set((roost_event){ended[i]}) < 0, "an event lives again");
    CHECK(roost_channel_close((roost_channel){ended[i]}) < 0, "a channel lives again");
    CHECK(roost_outcome_of((roost_task){ended[i]}, &outcome) < 0, "an outcome lives again");
    CHECK(roost_unwait((roost_wait){ended[i]}) < 0, "a wait lives again");
    CHECK(roost_undefer((roost_cleanup){ended[i]}) < 0, "a cleanup lives again");
    CHECK(roost_now((roost_runtime){ended[i]}) == 0, "a runtime lives again");
  }
}

static void turn(void) {
  check_ended();
  depth++;
  uv_run(&shared, UV_RUN_NOWAIT);
  for (int i = 0; i < runtimes.count; i++) (void)roost_run((roost_runtime){runtimes.id[i]});
  depth--;
}

static int alive(void) {
  int count = 0;
  for (int i = 0; i < runtimes.count; i++) count += roost_now((roost_runtime){runtimes.id[i]}) != 0;
  return count;
}

/* On the loop that the program turns; roost_run turns its own only while it has to (S8). */
static int is_reached(uint64_t id) {
  roost_node node = {id};
  return roost_cancelled(node) == 1 && roost_loop(roost_runtime_of(node)) == &shared;
}

/* What a cancellation has reached, and has not been told of it: a body, or a wait. */
static int is_due(const item *it) {
  if (!it->given || it->drops || it->told || it->over) return 0;
  switch (it->kind) {
  case TASK:
  case CLEANUP: return it->asks && it->ran && is_reached(it->self);
  case WAIT: return !it->relocks && is_reached(it->node);
  case PARK: return is_reached(it->node);
  default: return 0;
  }
}

/* K7, C3, C4a: nothing that is told of a cancellation is lost. */
static void check_told(void) {
  for (item *it = items; it < items + item_count; it++) it->due = is_due(it);
  for (int i = 0; i < 3; i++) turn();
  for (item *it = items; it < items + item_count; it++)
    CHECK(!it->due || !is_due(it), "item %d is not told", (int)(it - items));
}

/* What only waits for somebody to end it gets its end; then everything is closed. */
static void end(void) {
  calls_left = 0;
  check_told();
  ending = 1;
  int64_t patience = one_in(2) ? ROOST_FOREVER : 0;
  for (int i = 0; i < runtimes.count; i++) {
    roost_reason why = {.size = sizeof why};
    int rc = roost_reason_of(roost_root((roost_runtime){runtimes.id[i]}), &why);
    if (rc == 1 && why.origin == ROOST_DEADLOCK) keep(&deadlocked, runtimes.id[i]);
  }
  for (int round = 0; alive() > 0; round++) {
    CHECK(round < 100, "it does not end");
    for (item *it = items; it < items + item_count; it++) {
      if (!it->given || it->drops || it->self == 0) continue;
      if (it->kind == PARK) wake((roost_wait){it->self}, 0);
      if (it->kind == TASK || it->kind == CLEANUP)
        (void)roost_finish((roost_task){it->self}, 0, NULL, NULL);
    }
    for (int i = 0; i < runtimes.count; i++) close_runtime_of(runtimes.id[i], patience);
    turn();
  }
}

static void run_program(void) {
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;
  chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
  for (int i = 0; i < 8; i++) draw();
  item_count = depth = ending = deadlocked.count = 0;
  for (size_t i = 0; i < COUNT(pools); i++) pools[i]->count = 0;
  calls_left = CALLS;
  has_graces = one_in(2);
  weigh();
  is_virtual = !one_in(4);
  assert_int_equal(uv_loop_init(&shared), 0);
  uv_idle_init(&shared, &idle), uv_idle_start(&idle, on_idle);
  uv_prepare_init(&shared, &prepare), uv_prepare_start(&prepare, on_prepare);
  uv_check_init(&shared, &check), uv_check_start(&check, on_check);

  open_runtime_on(is_virtual && one_in(2) ? NULL : &shared);
  if (one_in(3)) open_runtime_on(is_virtual && one_in(2) ? NULL : &shared);
  for (int i = 0; i < 12; i++) {
    play(10);
    if (!one_in(3)) turn();
  }
  end();

  uv_close((uv_handle_t *)&idle, NULL);
  uv_close((uv_handle_t *)&prepare, NULL);
  uv_close((uv_handle_t *)&check, NULL);
  uv_run(&shared, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&shared) == 0, "something is left on the loop"); /* S8 */
  for (int i = 0; i < item_count; i++)
    CHECK(items[i].drops == 1, "item %d: %d drops", i, items[i].drops); /* K5 */
  for (int i = 0; i < item_count; i++) check_trace(&items[i]);
  for (size_t i = 0; i < COUNT(pools); i++) ended[ended_count++ % HANDLES] = pick(pools[i]);
}

/* B1, K5, C5, T2, T3, S8a: see above. */
static void random_programs(void **state) {
  uint64_t first = *(uint64_t *)*state;
  for (seed = first; seed < first + PROGRAMS; seed++) run_program();
}

int main(int count, char **arguments) {
  if (count > 1) {
    uint64_t last = strtoull(arguments[count - 1], NULL, 10);
    tells = count == 2;
    for (seed = strtoull(arguments[1], NULL, 10); seed <= last; seed++) run_program();
    return 0;
  }
  static uint64_t first[] = {1, 1001, 2001, 3001};
  const struct CMUnitTest tests[] = {
      {.name = "programs_from_1", .test_func = random_programs, .initial_state = &first[0]},
      {.name = "programs_from_1001", .test_func = random_programs, .initial_state = &first[1]},
      {.name = "programs_from_2001", .test_func = random_programs, .initial_state = &first[2]},
      {.name = "programs_from_3001", .test_func = random_programs, .initial_state = &first[3]},
  };
  return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
