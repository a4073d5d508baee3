/* Every function of the headers that takes a handle, as a call which is right in everything else:
 * for tests that promise something of every function. */
#ifndef CALLS_H
#define CALLS_H

#include "support.h"

#include "outside.h"

#include <limits.h>
#include <signal.h>
#include <string.h>

enum {
  RUNTIME,
  TASK,
  GROUP,
  SCOPE,
  CLEANUP,
  WAIT,
  EVENT,
  LIMITER,
  LOCK,
  CONDITION,
  CHANNEL,
  KINDS
};

/* One handle of each kind, by its number. */
typedef struct things {
  uint64_t id[KINDS];
} things;

/* What calls are given that take two. */
static things here;

static roost_node node(int kind) { return (roost_node){here.id[kind]}; }
static roost_event event(void) { return (roost_event){here.id[EVENT]}; }
static roost_limiter limiter(void) { return (roost_limiter){here.id[LIMITER]}; }
static roost_lock lock(void) { return (roost_lock){here.id[LOCK]}; }
static roost_condition condition(void) { return (roost_condition){here.id[CONDITION]}; }
static roost_channel channel(void) { return (roost_channel){here.id[CHANNEL]}; }

/* What tasks wait for, in a state in which most calls need not wait: one of two permits taken, one
 * of two items sent; the lock is the scope's. */
static void open_primitives(roost_runtime runtime, things *it) {
  roost_event opened_event;
  roost_limiter opened_limiter;
  roost_lock opened_lock;
  roost_condition opened_condition;
  roost_channel opened_channel;
  assert_int_equal(roost_event_open(runtime, &opened_event), 0);
  assert_int_equal(roost_limiter_open(runtime, 2, &opened_limiter), 0);
  assert_int_equal(roost_limiter_try_acquire(opened_limiter), 0);
  assert_int_equal(roost_lock_open(runtime, &opened_lock), 0);
  assert_int_equal(roost_lock_try_acquire(opened_lock, (roost_scope){it->id[SCOPE]}), 0);
  assert_int_equal(roost_condition_open(opened_lock, &opened_condition), 0);
  assert_int_equal(roost_channel_open(runtime, 2, NULL, &opened_channel), 0);
  assert_int_equal(roost_channel_try_send(opened_channel, it), 0);
  it->id[EVENT] = opened_event.id;
  it->id[LIMITER] = opened_limiter.id;
  it->id[LOCK] = opened_lock.id;
  it->id[CONDITION] = opened_condition.id;
  it->id[CHANNEL] = opened_channel.id;
}

/* Data that is given to calls: what was made must have been dropped. */
static int made, dropped;

static void *make_data(void) {
  made++;
  return &made;
}

static void drop_made(void *data) {
  (void)data;
  dropped++;
}

#define DATA make_data(), drop_made

static void told_join(roost_node it, const roost_result *result, void *data) {
  (void)it;
  (void)result;
  (void)data;
  note("told");
}

static void told_close(const roost_result *result, void *data) {
  (void)result;
  (void)data;
  note("told");
}

static void told_wait(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  note("told");
}

static int told_abort(roost_wait wait, void *data) {
  (void)wait;
  (void)data;
  note("told");
  return 0;
}

static int told_start(roost_task self, void *data) {
  (void)self;
  (void)data;
  note("told");
  return 0;
}

static int quiet_start(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static void quiet_wait(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
}

static int told_sweep(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  note("told");
  return 0;
}

static void told_post(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  note("told");
}

static int quiet_work(roost_task self, void *data, void **result) {
  (void)self;
  (void)data;
  (void)result;
  return 0;
}

static int told_fiber(roost_task self, void *data) {
  (void)self;
  (void)data;
  note("told");
  return 0;
}

static int quiet_fiber(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static int quiet_call(roost_node self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static void quiet_write(const char *text, uint64_t length, void *data) {
  (void)text;
  (void)length;
  (void)data;
}

/* For what answers no code. */
#define SOME_FAILURE INT_MIN

#define CALL(type, name, expression)                                                               \
  static int name(uint64_t id) {                                                                   \
    type it = {id};                                                                                \
    return expression;                                                                             \
  }
#define RUNTIME_CALL(name, expression) CALL(roost_runtime, name, expression)
#define NODE_CALL(name, expression) CALL(roost_node, name, expression)
#define WAIT_CALL(name, expression) CALL(roost_wait, name, expression)
#define EVENT_CALL(name, expression) CALL(roost_event, name, expression)
#define LIMITER_CALL(name, expression) CALL(roost_limiter, name, expression)
#define LOCK_CALL(name, expression) CALL(roost_lock, name, expression)
#define CONDITION_CALL(name, expression) CALL(roost_condition, name, expression)
#define CHANNEL_CALL(name, expression) CALL(roost_channel, name, expression)

static roost_node opened;
static void *taken;
static roost_outcome outcome = {.size = sizeof outcome};
static roost_reason reason = {.size = sizeof reason};
static uint64_t deadline;
static char buffer[8];
static uint64_t byte_count;
static char name[64];
static roost_step step = {.size = sizeof step};
static roost_counters counters = {.size = sizeof counters};

/* Two kinds of data, and a task that says nothing. */
static int start_quietly(roost_group group, roost_node in) {
  const roost_task_options *options =
      ROOST_TASK(.start = quiet_start, .data = make_data(), .drop = drop_made);
  return roost_start(group, in, options, quiet_wait, DATA, NULL, NULL);
}

/* A child that ends at once. */
#define CHILD ROOST_PROCESS(.file = "true")

RUNTIME_CALL(call_run, roost_run(it))
RUNTIME_CALL(call_close, roost_close(it, 0, told_close, DATA))
RUNTIME_CALL(call_root, roost_root(it).id == 0 ? SOME_FAILURE : 0)
RUNTIME_CALL(call_loop, roost_loop(it) == NULL ? SOME_FAILURE : 0)
RUNTIME_CALL(call_now, roost_now(it) == 0 ? SOME_FAILURE : 0)
NODE_CALL(call_runtime_of, roost_runtime_of(it).id == 0 ? SOME_FAILURE : 0)
NODE_CALL(call_group_open, roost_group_open(it, NULL, &opened))
NODE_CALL(call_scope_open, roost_scope_open(it, NULL, &opened))
NODE_CALL(call_join, roost_join(it, 0, told_join, DATA))
NODE_CALL(call_spawn,
          roost_spawn(it, ROOST_TASK(.start = told_start, .data = make_data(), .drop = drop_made),
                      &opened))
NODE_CALL(call_start_group, start_quietly(it, node(SCOPE)))
NODE_CALL(call_start_in, start_quietly(node(GROUP), it))
NODE_CALL(call_started, roost_started(it, 0))
NODE_CALL(call_finish, roost_finish(it, 0, DATA))
NODE_CALL(call_take_result, roost_take_result(it, &taken))
NODE_CALL(call_explain, roost_explain(it, "message"))
NODE_CALL(call_outcome_of, roost_outcome_of(it, &outcome))
NODE_CALL(call_release, roost_release(it))
NODE_CALL(call_spawn_blocking,
          roost_spawn_blocking(it,
                               ROOST_BLOCKING(.work = quiet_work, .data = make_data(),
                                              .drop = drop_made),
                               &opened))
NODE_CALL(call_cancel, roost_cancel(it, NULL))
NODE_CALL(call_set_shield, roost_set_shield(it, 1))
NODE_CALL(call_shutdown, roost_shutdown(it, SECONDS(1)))
NODE_CALL(call_stopping, roost_stopping(it))
NODE_CALL(call_cancelled, roost_cancelled(it))
NODE_CALL(call_cancel_called, roost_cancel_called(it))
NODE_CALL(call_cancelled_caught, roost_cancelled_caught(it))
NODE_CALL(call_reason_of, roost_reason_of(it, &reason))
NODE_CALL(call_set_deadline, roost_set_deadline(it, 1))
NODE_CALL(call_effective_deadline, roost_effective_deadline(it, &deadline))
NODE_CALL(call_name, roost_name(it, name, sizeof name))
NODE_CALL(call_defer, roost_defer(it, told_sweep, DATA))
NODE_CALL(call_defer_with,
          roost_defer_with(it,
                           ROOST_CLEANUP(.fn = told_sweep, .data = make_data(), .drop = drop_made),
                           NULL))
NODE_CALL(call_after, roost_after(it, 0, told_wait, DATA, NULL))
NODE_CALL(call_on_end_of, roost_on_end(it, node(SCOPE), told_wait, DATA, NULL))
NODE_CALL(call_on_end_in, roost_on_end(node(TASK), it, told_wait, DATA, NULL))
NODE_CALL(call_cancel_and_wait_for,
          roost_cancel_and_wait(it, node(SCOPE), NULL, told_wait, DATA, NULL))
NODE_CALL(call_cancel_and_wait_in,
          roost_cancel_and_wait(node(TASK), it, NULL, told_wait, DATA, NULL))
NODE_CALL(call_park, roost_park(it, told_abort, told_wait, DATA, NULL))
NODE_CALL(call_on_signal, roost_on_signal(SIGUSR1, it, told_wait, DATA, NULL))
NODE_CALL(call_run_process, roost_run_process(CHILD, it, told_wait, DATA, NULL))
RUNTIME_CALL(call_post, roost_post(it, told_post, DATA))
RUNTIME_CALL(call_current, roost_current(it, &step))
NODE_CALL(call_dump, roost_dump(it, ROOST_TEXT, quiet_write, DATA))
RUNTIME_CALL(call_trace_start, roost_trace_start(it, quiet_write, DATA))
RUNTIME_CALL(call_trace_stop, roost_trace_stop(it))
static roost_usage usage = {.size = sizeof usage};
static int call_usage_of(uint64_t id) { return roost_usage_of(id, &usage); }
RUNTIME_CALL(call_counters_of, roost_counters_of(it, &counters))
WAIT_CALL(call_unwait, roost_unwait(it))
WAIT_CALL(call_wake, roost_wake(it, 0))

static roost_event new_event;
static roost_limiter new_limiter;
static roost_lock new_lock;
static roost_condition new_condition;
static roost_channel new_channel;

/* Every wait for one of these ends so. */
#define TOLD told_wait, DATA, NULL

RUNTIME_CALL(call_event_open, roost_event_open(it, &new_event))
EVENT_CALL(call_event_set, roost_event_set(it))
EVENT_CALL(call_event_is_set, roost_event_is_set(it))
EVENT_CALL(call_event_wait, roost_event_wait(it, node(SCOPE), TOLD))
NODE_CALL(call_event_wait_in, roost_event_wait(event(), it, TOLD))
EVENT_CALL(call_event_destroy, roost_event_destroy(it))
RUNTIME_CALL(call_limiter_open, roost_limiter_open(it, 1, &new_limiter))
LIMITER_CALL(call_limiter_resize, roost_limiter_resize(it, 3))
LIMITER_CALL(call_limiter_acquire, roost_limiter_acquire(it, node(SCOPE), TOLD))
NODE_CALL(call_limiter_acquire_in, roost_limiter_acquire(limiter(), it, TOLD))
LIMITER_CALL(call_limiter_try_acquire, roost_limiter_try_acquire(it))
LIMITER_CALL(call_limiter_release, roost_limiter_release(it))
LIMITER_CALL(call_limiter_destroy, roost_limiter_destroy(it))
RUNTIME_CALL(call_lock_open, roost_lock_open(it, &new_lock))
LOCK_CALL(call_lock_acquire, roost_lock_acquire(it, node(GROUP), TOLD))
NODE_CALL(call_lock_acquire_in, roost_lock_acquire(lock(), it, TOLD))
LOCK_CALL(call_lock_try_acquire, roost_lock_try_acquire(it, node(GROUP)))
NODE_CALL(call_lock_try_acquire_for, roost_lock_try_acquire(lock(), it))
LOCK_CALL(call_lock_release, roost_lock_release(it, node(SCOPE)))
NODE_CALL(call_lock_release_of, roost_lock_release(lock(), it))
LOCK_CALL(call_lock_destroy, roost_lock_destroy(it))
LOCK_CALL(call_condition_open, roost_condition_open(it, &new_condition))
CONDITION_CALL(call_condition_wait, roost_condition_wait(it, node(SCOPE), TOLD))
NODE_CALL(call_condition_wait_in, roost_condition_wait(condition(), it, TOLD))
CONDITION_CALL(call_condition_notify, roost_condition_notify(it, 1))
CONDITION_CALL(call_condition_destroy, roost_condition_destroy(it))
RUNTIME_CALL(call_channel_open, roost_channel_open(it, 1, NULL, &new_channel))
CHANNEL_CALL(call_channel_send, roost_channel_send(it, node(SCOPE), &made, TOLD))
NODE_CALL(call_channel_send_in, roost_channel_send(channel(), it, &made, TOLD))
CHANNEL_CALL(call_channel_try_send, roost_channel_try_send(it, &made))
CHANNEL_CALL(call_channel_receive, roost_channel_receive(it, node(SCOPE), &taken, TOLD))
NODE_CALL(call_channel_receive_in, roost_channel_receive(channel(), it, &taken, TOLD))
CHANNEL_CALL(call_channel_try_receive, roost_channel_try_receive(it, &taken))
CHANNEL_CALL(call_channel_close, roost_channel_close(it))
CHANNEL_CALL(call_channel_destroy, roost_channel_destroy(it))

RUNTIME_CALL(call_descriptor_closing, roost_descriptor_closing(it, descriptors[0]))
NODE_CALL(call_on_call, roost_on_call(quiet_call, it, TOLD))
NODE_CALL(call_on_readable, roost_on_readable(descriptors[0], it, TOLD))
NODE_CALL(call_on_writable, roost_on_writable(descriptors[1], it, TOLD))

/* Fibers. */
#define A_FIBER(function) ROOST_FIBER(.fn = function, .data = make_data(), .drop = drop_made)

static int start_a_fiber(roost_group group, roost_node in) {
  return roost_start_fiber(group, in, A_FIBER(quiet_fiber), quiet_wait, DATA, NULL, NULL);
}

RUNTIME_CALL(call_trim, roost_trim(it))
NODE_CALL(call_go, roost_go(it, told_fiber, NULL))
NODE_CALL(call_go_with, roost_go_with(it, A_FIBER(told_fiber), &opened))
NODE_CALL(call_start_fiber, start_a_fiber(it, node(SCOPE)))
NODE_CALL(call_start_fiber_in, start_a_fiber(node(GROUP), it))
NODE_CALL(call_fiber_defer, roost_fiber_defer(it, told_sweep, DATA))
NODE_CALL(call_fiber_defer_with,
          roost_fiber_defer_with(
              it, ROOST_CLEANUP(.fn = told_sweep, .data = make_data(), .drop = drop_made), NULL))

/* What waits in a fiber. */
NODE_CALL(call_group_close, roost_group_close(it, 0, NULL))
NODE_CALL(call_scope_close, roost_scope_close(it, 0, NULL))
NODE_CALL(call_await_end, roost_await_end(it))
NODE_CALL(call_cancel_and_await, roost_cancel_and_await(it, NULL))
NODE_CALL(call_await_go, roost_await_go(it, A_FIBER(quiet_fiber), NULL))
NODE_CALL(call_await_start,
          roost_await_start(
              it, ROOST_TASK(.start = quiet_start, .data = make_data(), .drop = drop_made), NULL))
EVENT_CALL(call_await_event, roost_await_event(it))
LIMITER_CALL(call_await_permit, roost_await_permit(it))
LOCK_CALL(call_await_lock, roost_await_lock(it))
CONDITION_CALL(call_await_condition, roost_await_condition(it))
CHANNEL_CALL(call_send, roost_send(it, &made))
CHANNEL_CALL(call_receive, roost_receive(it, &taken))
WAIT_CALL(call_await, roost_await(it))

/* The host of another language, which rt has. */
static const roost_told *told;
static const roost_ask an_ask = {.what = ROOST_ASK_CANCEL, .key = 1};

static void hear_nothing(roost_runtime runtime, void *data) {
  (void)data;
  (void)roost_host_turn(runtime, NULL, 0, &told);
}

/* One whose loop is turned as that of others. */
static void open_quiet_host(roost_runtime runtime) {
  const roost_host_options *options =
      &(roost_host_options){.size = sizeof *options, .ready = hear_nothing};
  assert_int_equal(roost_host_open(runtime, options), 0);
}

RUNTIME_CALL(call_host_open,
             roost_host_open(it, &(roost_host_options){.size = sizeof(roost_host_options),
                                                       .data = make_data(),
                                                       .drop = drop_made}))
RUNTIME_CALL(call_host_turn, (int)roost_host_turn(it, NULL, 0, &told))
RUNTIME_CALL(call_host_submit, roost_host_submit(it, NULL, 0))
RUNTIME_CALL(call_host_node, roost_host_node(it, 0).id == 0 ? SOME_FAILURE : 0)
RUNTIME_CALL(call_host_bind, roost_host_bind(it, 1, node(GROUP)))
NODE_CALL(call_host_bind_node, roost_host_bind((roost_runtime){here.id[RUNTIME]}, 1, it))
NODE_CALL(call_host_scope_close, roost_host_scope_close(it, 0, NULL))
NODE_CALL(call_host_abandon, roost_host_abandon(it))
RUNTIME_CALL(call_host_interrupt, roost_host_interrupt(it, 2, ROOST_EIO))

/* libuv. */
#define STREAM (uv_stream_t *)&

NODE_CALL(call_own_handle, roost_own_handle(it, (uv_handle_t *)&unowned, NULL))
NODE_CALL(call_tcp_connect, roost_tcp_connect(&tcp, nobody_there(), it, NULL, TOLD))
NODE_CALL(call_pipe_connect, roost_pipe_connect(&fresh, "no such socket", it, NULL, TOLD))
NODE_CALL(call_accept, roost_accept(STREAM server, STREAM client, it, TOLD))
NODE_CALL(call_read, roost_read(STREAM stream, buffer, sizeof buffer, it, TOLD))
NODE_CALL(call_read_exactly,
          roost_read_exactly(STREAM stream, buffer, sizeof buffer, &byte_count, it, TOLD))
NODE_CALL(call_write, roost_write(STREAM stream, &one_byte, 1, &byte_count, it, NULL, TOLD))
NODE_CALL(call_getaddrinfo, roost_getaddrinfo("127.0.0.1", NULL, NULL, &addresses, it, TOLD))
NODE_CALL(call_fs_wait, ROOST_FS(&request, uv_fs_stat(request_loop, &request, "/", roost_fs_done),
                                 it, told_wait, make_data(), drop_made, NULL))

static int call_release_id(uint64_t id) { return roost_release_id(id); }
static int call_undefer(uint64_t id) { return roost_undefer((roost_cleanup){id}); }

enum {
  ANY_RUNTIME = 1 << RUNTIME,
  ANY_TASK = 1 << TASK,
  ANY_GROUP = 1 << GROUP,
  ANY_BLOCK = 1 << GROUP | 1 << SCOPE,
  ANY_NODE = 1 << TASK | 1 << GROUP | 1 << SCOPE,
  ANY_CLEANUP = 1 << CLEANUP,
  ANY_WAIT = 1 << WAIT,
  ANY_EVENT = 1 << EVENT,
  ANY_LIMITER = 1 << LIMITER,
  ANY_LOCK = 1 << LOCK,
  ANY_CONDITION = 1 << CONDITION,
  ANY_CHANNEL = 1 << CHANNEL,
  ANY_SCOPE = 1 << SCOPE,
  ANY_THREAD = 1 << KINDS,     /* not the runtime's alone (C14) */
  IN_FIBER = 1 << (KINDS + 1), /* it waits, and is for fibers alone */
  ANY_PRIMITIVE = ANY_EVENT | ANY_LIMITER | ANY_LOCK | ANY_CONDITION | ANY_CHANNEL,
  ANY_RELEASED = ANY_TASK | ANY_PRIMITIVE,
};

static const struct subject {
  const char *function, *argument;
  int takes;
  int (*call)(uint64_t id);
} subjects[] = {
    {"roost_run", "runtime", ANY_RUNTIME, call_run},
    {"roost_close", "runtime", ANY_RUNTIME, call_close},
    {"roost_root", "runtime", ANY_RUNTIME, call_root},
    {"roost_loop", "runtime", ANY_RUNTIME, call_loop},
    {"roost_now", "runtime", ANY_RUNTIME, call_now},
    {"roost_runtime_of", "node", ANY_NODE, call_runtime_of},
    {"roost_group_open", "parent", ANY_NODE, call_group_open},
    {"roost_scope_open", "parent", ANY_NODE, call_scope_open},
    {"roost_join", "node", ANY_BLOCK, call_join},
    {"roost_spawn", "group", ANY_GROUP, call_spawn},
    {"roost_finish", "task", ANY_TASK, call_finish},
    {"roost_take_result", "task", ANY_TASK, call_take_result},
    {"roost_explain", "task", ANY_TASK, call_explain},
    {"roost_outcome_of", "task", ANY_TASK, call_outcome_of},
    {"roost_release", "task", ANY_TASK | ANY_THREAD, call_release},
    {"roost_release_id", "id", ANY_RELEASED | ANY_THREAD, call_release_id},
    {"roost_spawn_blocking", "group", ANY_GROUP, call_spawn_blocking},
    {"roost_cancel", "node", ANY_NODE | ANY_THREAD, call_cancel},
    {"roost_set_shield", "node", ANY_NODE, call_set_shield},
    {"roost_shutdown", "node", ANY_NODE | ANY_THREAD, call_shutdown},
    {"roost_stopping", "node", ANY_NODE, call_stopping},
    {"roost_cancelled", "node", ANY_NODE | ANY_THREAD, call_cancelled},
    {"roost_cancel_called", "node", ANY_NODE, call_cancel_called},
    {"roost_cancelled_caught", "node", ANY_BLOCK, call_cancelled_caught},
    {"roost_reason_of", "node", ANY_NODE, call_reason_of},
    {"roost_set_deadline", "node", ANY_NODE, call_set_deadline},
    {"roost_effective_deadline", "node", ANY_NODE, call_effective_deadline},
    {"roost_name", "node", ANY_NODE, call_name},
    {"roost_defer", "node", ANY_NODE, call_defer},
    {"roost_defer_with", "node", ANY_NODE, call_defer_with},
    {"roost_undefer", "cleanup", ANY_CLEANUP, call_undefer},
    {"roost_after", "in", ANY_NODE, call_after},
    {"roost_on_end", "of", ANY_NODE, call_on_end_of},
    {"roost_on_end", "in", ANY_NODE, call_on_end_in},
    {"roost_cancel_and_wait", "node", ANY_NODE, call_cancel_and_wait_for},
    {"roost_cancel_and_wait", "in", ANY_NODE, call_cancel_and_wait_in},
    {"roost_on_call", "in", ANY_NODE, call_on_call},
    {"roost_unwait", "wait", ANY_WAIT, call_unwait},
    {"roost_start", "group", ANY_GROUP, call_start_group},
    {"roost_start", "in", ANY_NODE, call_start_in},
    {"roost_started", "task", ANY_TASK, call_started},
    {"roost_on_signal", "in", ANY_NODE, call_on_signal},
    {"roost_run_process", "in", ANY_NODE, call_run_process},
    {"roost_on_readable", "in", ANY_NODE, call_on_readable},
    {"roost_on_writable", "in", ANY_NODE, call_on_writable},
    {"roost_descriptor_closing", "runtime", ANY_RUNTIME, call_descriptor_closing},
    {"roost_post", "runtime", ANY_RUNTIME | ANY_THREAD, call_post},
    {"roost_current", "runtime", ANY_RUNTIME | ANY_THREAD, call_current},
    {"roost_event_open", "runtime", ANY_RUNTIME, call_event_open},
    {"roost_event_set", "event", ANY_EVENT, call_event_set},
    {"roost_event_is_set", "event", ANY_EVENT, call_event_is_set},
    {"roost_event_wait", "event", ANY_EVENT, call_event_wait},
    {"roost_event_wait", "in", ANY_NODE, call_event_wait_in},
    {"roost_event_destroy", "event", ANY_EVENT, call_event_destroy},
    {"roost_limiter_open", "runtime", ANY_RUNTIME, call_limiter_open},
    {"roost_limiter_resize", "limiter", ANY_LIMITER, call_limiter_resize},
    {"roost_limiter_acquire", "limiter", ANY_LIMITER, call_limiter_acquire},
    {"roost_limiter_acquire", "in", ANY_NODE, call_limiter_acquire_in},
    {"roost_limiter_try_acquire", "limiter", ANY_LIMITER, call_limiter_try_acquire},
    {"roost_limiter_release", "limiter", ANY_LIMITER, call_limiter_release},
    {"roost_limiter_destroy", "limiter", ANY_LIMITER, call_limiter_destroy},
    {"roost_lock_open", "runtime", ANY_RUNTIME, call_lock_open},
    {"roost_lock_acquire", "lock", ANY_LOCK, call_lock_acquire},
    {"roost_lock_acquire", "in", ANY_NODE, call_lock_acquire_in},
    {"roost_lock_try_acquire", "lock", ANY_LOCK, call_lock_try_acquire},
    {"roost_lock_try_acquire", "owner", ANY_NODE, call_lock_try_acquire_for},
    {"roost_lock_release", "lock", ANY_LOCK, call_lock_release},
    {"roost_lock_release", "owner", ANY_NODE, call_lock_release_of},
    {"roost_lock_destroy", "lock", ANY_LOCK, call_lock_destroy},
    {"roost_condition_open", "lock", ANY_LOCK, call_condition_open},
    {"roost_condition_wait", "condition", ANY_CONDITION, call_condition_wait},
    {"roost_condition_wait", "in", ANY_NODE, call_condition_wait_in},
    {"roost_condition_notify", "condition", ANY_CONDITION, call_condition_notify},
    {"roost_condition_destroy", "condition", ANY_CONDITION, call_condition_destroy},
    {"roost_channel_open", "runtime", ANY_RUNTIME, call_channel_open},
    {"roost_channel_send", "channel", ANY_CHANNEL, call_channel_send},
    {"roost_channel_send", "in", ANY_NODE, call_channel_send_in},
    {"roost_channel_try_send", "channel", ANY_CHANNEL, call_channel_try_send},
    {"roost_channel_receive", "channel", ANY_CHANNEL, call_channel_receive},
    {"roost_channel_receive", "in", ANY_NODE, call_channel_receive_in},
    {"roost_channel_try_receive", "channel", ANY_CHANNEL, call_channel_try_receive},
    {"roost_channel_close", "channel", ANY_CHANNEL, call_channel_close},
    {"roost_channel_destroy", "channel", ANY_CHANNEL, call_channel_destroy},
    {"roost_dump", "node", ANY_NODE, call_dump},
    {"roost_trace_start", "runtime", ANY_RUNTIME, call_trace_start},
    {"roost_trace_stop", "runtime", ANY_RUNTIME, call_trace_stop},
    {"roost_usage_of", "id", ANY_PRIMITIVE, call_usage_of},
    {"roost_counters_of", "runtime", ANY_RUNTIME, call_counters_of},
    {"roost_park", "in", ANY_NODE, call_park},
    {"roost_wake", "wait", ANY_WAIT | ANY_THREAD, call_wake},
    {"roost_go", "group", ANY_GROUP, call_go},
    {"roost_go_with", "group", ANY_GROUP, call_go_with},
    {"roost_trim", "runtime", ANY_RUNTIME, call_trim},
    {"roost_group_close", "group", ANY_GROUP | IN_FIBER, call_group_close},
    {"roost_scope_close", "scope", ANY_SCOPE | IN_FIBER, call_scope_close},
    {"roost_fiber_defer", "node", ANY_NODE, call_fiber_defer},
    {"roost_fiber_defer_with", "node", ANY_NODE, call_fiber_defer_with},
    {"roost_await_end", "node", ANY_NODE | IN_FIBER, call_await_end},
    {"roost_cancel_and_await", "node", ANY_NODE | IN_FIBER, call_cancel_and_await},
    {"roost_await_go", "group", ANY_GROUP | IN_FIBER, call_await_go},
    {"roost_await_start", "group", ANY_GROUP | IN_FIBER, call_await_start},
    {"roost_start_fiber", "group", ANY_GROUP, call_start_fiber},
    {"roost_start_fiber", "in", ANY_NODE, call_start_fiber_in},
    {"roost_await_event", "event", ANY_EVENT | IN_FIBER, call_await_event},
    {"roost_await_permit", "limiter", ANY_LIMITER | IN_FIBER, call_await_permit},
    {"roost_await_lock", "lock", ANY_LOCK | IN_FIBER, call_await_lock},
    {"roost_await_condition", "condition", ANY_CONDITION | IN_FIBER, call_await_condition},
    {"roost_send", "channel", ANY_CHANNEL | IN_FIBER, call_send},
    {"roost_receive", "channel", ANY_CHANNEL | IN_FIBER, call_receive},
    {"roost_await", "wait", ANY_WAIT | IN_FIBER, call_await},
    {"roost_host_open", "runtime", ANY_RUNTIME, call_host_open},
    {"roost_host_turn", "runtime", ANY_RUNTIME, call_host_turn},
    {"roost_host_submit", "runtime", ANY_RUNTIME, call_host_submit},
    {"roost_host_node", "runtime", ANY_RUNTIME, call_host_node},
    {"roost_host_bind", "runtime", ANY_RUNTIME, call_host_bind},
    {"roost_host_bind", "node", ANY_NODE, call_host_bind_node},
    {"roost_host_scope_close", "scope", ANY_SCOPE, call_host_scope_close},
    {"roost_host_abandon", "block", ANY_BLOCK, call_host_abandon},
    {"roost_host_interrupt", "runtime", ANY_RUNTIME, call_host_interrupt},
    {"roost_own_handle", "node", ANY_NODE, call_own_handle},
    {"roost_tcp_connect", "in", ANY_NODE, call_tcp_connect},
    {"roost_pipe_connect", "in", ANY_NODE, call_pipe_connect},
    {"roost_accept", "in", ANY_NODE, call_accept},
    {"roost_read", "in", ANY_NODE, call_read},
    {"roost_read_exactly", "in", ANY_NODE, call_read_exactly},
    {"roost_write", "in", ANY_NODE, call_write},
    {"roost_getaddrinfo", "in", ANY_NODE, call_getaddrinfo},
    {"roost_fs_wait", "in", ANY_NODE, call_fs_wait},
};

/* Whether a function takes two handles, which must be of one runtime. */
static inline int takes_two(const struct subject *one) {
  for (size_t i = 0; i < COUNT(subjects); i++)
    if (&subjects[i] != one && strcmp(subjects[i].function, one->function) == 0) return 1;
  return 0;
}

#define EVERY_SUBJECT                                                                              \
  const struct subject *subject = subjects;                                                        \
  subject < subjects + COUNT(subjects);                                                            \
  subject++

#endif
