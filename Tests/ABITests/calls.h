/* Every function of the headers that takes a handle, as a call which is right in everything else:
 * for tests that promise something of every function. */
#ifndef CALLS_H
#define CALLS_H

#include "support.h"

#include <limits.h>
#include <string.h>

enum { RUNTIME, TASK, GROUP, SCOPE, CLEANUP, WAIT, KINDS };

/* One handle of each kind, by its number. */
typedef struct things {
  uint64_t id[KINDS];
} things;

/* What calls are given that take two. */
static things here;

static roost_node node(int kind) { return (roost_node){here.id[kind]}; }

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

/* For what answers no code. */
#define SOME_FAILURE INT_MIN

#define RUNTIME_CALL(name, expression)                                                             \
  static int name(uint64_t id) {                                                                   \
    roost_runtime it = {id};                                                                       \
    return expression;                                                                             \
  }
#define NODE_CALL(name, expression)                                                                \
  static int name(uint64_t id) {                                                                   \
    roost_node it = {id};                                                                          \
    return expression;                                                                             \
  }
#define WAIT_CALL(name, expression)                                                                \
  static int name(uint64_t id) {                                                                   \
    roost_wait it = {id};                                                                          \
    return expression;                                                                             \
  }

static roost_node opened;
static void *taken;
static roost_outcome outcome = {.size = sizeof outcome};
static roost_reason reason = {.size = sizeof reason};
static uint64_t deadline;
static char name[64];

/* Two kinds of data, and a task that says nothing. */
static int start_quietly(roost_group group, roost_node in) {
  const roost_task_options *options =
      ROOST_TASK(.start = quiet_start, .data = make_data(), .drop = drop_made);
  return roost_start(group, in, options, quiet_wait, DATA, NULL, NULL);
}

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
NODE_CALL(call_explain, roost_explain(it, "message"))
NODE_CALL(call_outcome_of, roost_outcome_of(it, &outcome))
NODE_CALL(call_take_result, roost_take_result(it, &taken))
NODE_CALL(call_release, roost_release(it))
NODE_CALL(call_cancel, roost_cancel(it, NULL))
NODE_CALL(call_cancel_and_wait_for,
          roost_cancel_and_wait(it, node(SCOPE), NULL, told_wait, DATA, NULL))
NODE_CALL(call_cancel_and_wait_in,
          roost_cancel_and_wait(node(TASK), it, NULL, told_wait, DATA, NULL))
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
NODE_CALL(call_park, roost_park(it, told_abort, told_wait, DATA, NULL))
WAIT_CALL(call_unwait, roost_unwait(it))
WAIT_CALL(call_wake, roost_wake(it, 0))

static int call_undefer(uint64_t id) { return roost_undefer((roost_cleanup){id}); }

enum {
  ANY_RUNTIME = 1 << RUNTIME,
  ANY_TASK = 1 << TASK,
  ANY_GROUP = 1 << GROUP,
  ANY_BLOCK = 1 << GROUP | 1 << SCOPE,
  ANY_NODE = 1 << TASK | 1 << GROUP | 1 << SCOPE,
  ANY_CLEANUP = 1 << CLEANUP,
  ANY_WAIT = 1 << WAIT,
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
    {"roost_explain", "task", ANY_TASK, call_explain},
    {"roost_outcome_of", "task", ANY_TASK, call_outcome_of},
    {"roost_take_result", "task", ANY_TASK, call_take_result},
    {"roost_release", "task", ANY_TASK, call_release},
    {"roost_cancel", "node", ANY_NODE, call_cancel},
    {"roost_cancel_and_wait", "node", ANY_NODE, call_cancel_and_wait_for},
    {"roost_cancel_and_wait", "in", ANY_NODE, call_cancel_and_wait_in},
    {"roost_set_shield", "node", ANY_NODE, call_set_shield},
    {"roost_shutdown", "node", ANY_NODE, call_shutdown},
    {"roost_stopping", "node", ANY_NODE, call_stopping},
    {"roost_cancelled", "node", ANY_NODE, call_cancelled},
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
    {"roost_start", "group", ANY_GROUP, call_start_group},
    {"roost_start", "in", ANY_NODE, call_start_in},
    {"roost_started", "task", ANY_TASK, call_started},
    {"roost_unwait", "wait", ANY_WAIT, call_unwait},
    {"roost_park", "in", ANY_NODE, call_park},
    {"roost_wake", "wait", ANY_WAIT, call_wake},
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
