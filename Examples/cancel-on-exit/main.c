/* A helper that serves the body of a group: leaving the body cancels it. There are two ways. Close
 * with cancel: the body cancels its group when it leaves. Or the helper is a daemon: the body just
 * leaves, and the group, which waits for all other tasks, cancels its daemons (L3). A body that
 * fails needs neither, its error cancels the group (G4). */
#include "../common.h"

/* The helper, which by itself would go on for ever. */
static int helper(roost_task self, void *data) {
  roost_reason why = {.size = sizeof why};
  int rc = 0;
  (void)data;

  while (rc == 0) {
    say("helper: on duty");
    rc = roost_sleep(400 * ROOST_MILLISECOND);
  }
  must(roost_reason_of(self, &why));
  say("helper: cancelled, %s", origin_name(why.origin));
  return rc;
}

/* Both ways wait for the helper to have ended before the group is closed. */
static void close_group(roost_group group, int rc) {
  roost_result result = {.size = sizeof result};
  roost_group_close(group, rc, &result);
  say_result("group", &result);
}

static void close_with_cancel(roost_task self) {
  roost_group group;

  start_the_watch();
  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  must(roost_go(group, helper, NULL));
  int rc = roost_sleep(ROOST_SECOND);
  say("body: done, leaving with a cancel");
  must(roost_cancel(group, NULL));
  close_group(group, rc);
}

static void just_close(roost_task self) {
  roost_group group;

  start_the_watch();
  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  must(roost_go_with(group, ROOST_FIBER(.fn = helper, .daemon = 1), NULL));
  int rc = roost_sleep(ROOST_SECOND);
  say("body: done, leaving");
  close_group(group, rc);
}

static int body(roost_task self, void *data) {
  (void)data;
  close_with_cancel(self);
  just_close(self);
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
