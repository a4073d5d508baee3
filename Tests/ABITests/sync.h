/* What the tests of events, limiters, locks, conditions and channels share: two scopes to wait in,
 * and waits that are logged. */
#ifndef SYNC_H
#define SYNC_H

#include "support.h"

static roost_scope s, t;
static roost_wait begun;

static int open_scopes(void **state) {
  if (open_runtime(state) != 0) return -1;
  s = scope(root, "s");
  t = scope(root, "t");
  return 0;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_scopes, close_runtime)

static inline roost_wait begun_with(int rc) {
  assert_int_equal(rc, 0);
  return begun;
}

/* Begins a wait that is logged under its name: wait_for("w", roost_event_wait, event, s). */
#define wait_for(name, function, ...)                                                              \
  begun_with(function(__VA_ARGS__, log_wait, copy_text(name), drop_data, &begun))

/* The same for a call that fails, and drops what it was given (K5). */
#define assert_no_wait(expected, function, ...)                                                    \
  assert_refused(expected, function, (__VA_ARGS__, log_wait, copy_text("no"), drop_data, &begun))

static inline void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }

/* In s, whose waits end once it is stopping (C12). */
static inline void open_stoppable_s(void) { s = scope(root, "s", .until_stopping = 1); }
static inline void shut_down_s(void) { assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0); }

/* In s, which does not see that its group is cancelled (C10). */
static inline void open_shielded_s(void) {
  roost_group g = group(root, "g");
  s = scope(g, "s", .shield = 1);
  assert_int_equal(roost_cancel(g, NULL), 0);
}

/* A runtime beside rt, for handles that do not belong together. */
static inline roost_runtime open_other(void) {
  roost_runtime other = {0};
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  return other;
}

static inline void close_other(roost_runtime other) {
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
}

#endif
