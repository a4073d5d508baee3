/* What the tests of fibers share: fibers that are named and kept, and words for what their calls
 * have answered. */
#ifndef FIBERS_H
#define FIBERS_H

#include "support.h"

#include <string.h>

#include <roost_fiber.h>

/* Notes what a call has answered, `name=EIO`, and answers that too. */
static inline int tell(const char *name, int rc) {
  note("%s=%s", name, code_name(rc));
  return rc;
}

/* A fiber that is named, and whose outcome is kept. */
static inline roost_task go_with(roost_group group, const roost_fiber_options *options) {
  roost_task task = {0};
  assert_int_equal(roost_go_with(group, options, &task), 0);
  return task;
}
#define go(group, ...) go_with(group, ROOST_FIBER(.name = __VA_ARGS__))

/* Runs one fiber in the root, and all that comes of it, to the end. */
static inline void play(roost_fiber_fn fn) {
  assert_int_equal(roost_go(root, fn, NULL), 0);
  run();
}

/* Does nothing. */
static inline int nothing(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

/* Fails at once. */
static inline int fail_now(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_EIO;
}

/* A fiber that waits once: `a+`, then `a-`, or `a!` when its wait was cut short. */
typedef struct nap {
  const char *name;
  int64_t lasts;
  int64_t answers; /* when nothing cuts it short */
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;
  uint64_t shield;
  int64_t grace_ns;
  uint64_t until_stopping;
  uint64_t daemon;
} nap;

static inline int take_nap(roost_task self, void *data) {
  nap it = *(nap *)data;
  (void)self;
  note("%s+", it.name);
  int rc = it.lasts == ROOST_FOREVER ? roost_sleep_forever() : roost_sleep(it.lasts);
  note("%s%s", it.name, rc < 0 ? "!" : "-");
  return rc < 0 ? rc : (int)it.answers;
}

static inline roost_task go_nap(roost_group group, const nap *nap) {
  struct nap *it = new_data(sizeof *it);
  *it = *nap;
  return go(group, nap->name, .fn = take_nap, .data = it, .drop = drop_data,
            .timeout_ns = nap->timeout_ns, .deadline_ns = nap->deadline_ns, .move_on = nap->move_on,
            .shield = nap->shield, .grace_ns = nap->grace_ns, .until_stopping = nap->until_stopping,
            .daemon = nap->daemon);
}
#define nap(group, ...) go_nap(group, &(nap){.name = __VA_ARGS__})

/* Groups and scopes of the fiber that runs. */
static inline roost_group own_group(const roost_group_options *options) {
  return open_group(roost_self(), options);
}
static inline roost_scope own_scope(const roost_scope_options *options) {
  return open_scope(roost_self(), options);
}

/* Closes, and notes all that is told, as join() does. */
static inline int close_group(roost_group group, int rc) {
  roost_result result = {.size = sizeof result};
  char name[64];
  roost_name(group, name, sizeof name);
  int code = roost_group_close(group, rc, &result);
  if (code != result.code) note("answers:%s", code_name(code));
  log_result(group, &result, name);
  roost_result_release(&result);
  return code;
}
static inline int close_scope(roost_scope scope, int rc) {
  roost_result result = {.size = sizeof result};
  char name[64];
  roost_name(scope, name, sizeof name);
  int code = roost_scope_close(scope, rc, &result);
  if (code != result.code) note("answers:%s", code_name(code));
  log_result(scope, &result, name);
  roost_result_release(&result);
  return code;
}

/* A cleanup that waits: `c:completed` when it begins, with how its node ended; `c-`, or `c!` where
 * its wait was cut short. */
static inline int take_nap_as_cleanup(roost_task self, const roost_outcome *why, void *data) {
  static const char *const states[] = {"alive", "completed", "failed", "cancelled"};
  nap it = *(nap *)data;
  (void)self;
  note("%s:%s%s", it.name, states[why->state], why->started ? "" : ":new");
  int rc = roost_sleep(it.lasts);
  note("%s%s", it.name, rc < 0 ? "!" : "-");
  return rc < 0 ? rc : (int)it.answers;
}

static inline roost_cleanup defer_nap(roost_node node, const nap *given) {
  nap *it = new_data(sizeof *it);
  *it = *given;
  roost_cleanup cleanup = {0};
  assert_int_equal(
      roost_fiber_defer_with(
          node, ROOST_CLEANUP(.fn = take_nap_as_cleanup, .data = it, .drop = drop_data), &cleanup),
      0);
  return cleanup;
}
#define waiting_cleanup(node, ...) defer_nap(node, &(nap){.name = __VA_ARGS__})

#endif
