/* A helper that serves the body of a group: leaving the body cancels it. There are two ways. Close
 * with cancel: the body cancels its group when it leaves. Or the helper is a daemon: the body just
 * leaves, and the group, which waits for all other tasks, cancels its daemons (L3). A body that
 * fails needs neither, its error cancels the group (G4). */
#include "../common.h"

static roost_group group;

/* The helper, which by itself would go on for ever. */

static int helper_start(roost_task self, void *data);

static void helper_waited(roost_wait wait, int rc, void *data) {
  roost_task *self = data;
  (void)wait, (void)rc;
  helper_start(*self, data);
}

static int helper_start(roost_task self, void *data) {
  *(roost_task *)data = self;
  say("helper: on duty");
  must(roost_after(self, 400 * ROOST_MILLISECOND, helper_waited, data, NULL, NULL));
  return ROOST_PENDING;
}

static int helper_on_cancel(roost_task self, const roost_reason *why, void *data) {
  (void)self, (void)data;
  say("helper: cancelled, %s", origin_name(why->origin));
  return 0;
}

/* The body. Both ways wait for the helper to have ended before the group is closed. */

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  say_result("group", result);
}

static void close_with_cancel(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say("body: done, leaving with a cancel");
  must(roost_cancel(group, NULL));
  must(roost_join(group, rc, joined, NULL, NULL));
}

static void just_close(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say("body: done, leaving");
  must(roost_join(group, rc, joined, NULL, NULL));
}

static void body(uint64_t daemon, roost_wait_fn leave) {
  roost_task helper;

  start_the_watch();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  must(roost_spawn(group,
                   ROOST_TASK(.start = helper_start, .on_cancel = helper_on_cancel, .data = &helper,
                              .daemon = daemon),
                   NULL));
  must(roost_after(group, ROOST_SECOND, leave, NULL, NULL, NULL));
  must(roost_run(runtime));
}

int main(void) {
  open_runtime();
  body(0, close_with_cancel);
  body(1, just_close);
  return close_runtime();
}
