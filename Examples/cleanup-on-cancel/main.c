/* Two tasks in a group. One waits for 10 s and has something to put back, the other fails after
 * 1 s. The failure cancels the group (fail-fast, G2): the waiting task notices by the outcome of
 * its wait, its cleanup runs and is told why, and the group answers with the one error. */
#include "../common.h"

static int put_back(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)data;
  say("patient: cleaning up, told \"%s\"", state_name(why->state));
  return 0;
}

static int patient(roost_task self, void *data) {
  (void)data;
  say("patient: waiting for 10 s");
  must(roost_defer(self, put_back, NULL, NULL));
  int rc = roost_sleep(10 * ROOST_SECOND);
  say("patient: the wait is %s", rc == ROOST_ECANCELED ? "cancelled" : "over");
  return rc;
}

static int hasty(roost_task self, void *data) {
  (void)data;
  say("hasty: waiting for 1 s");
  int rc = roost_sleep(ROOST_SECOND);
  if (rc < 0) return rc;
  say("hasty: failing");
  must(roost_explain(self, "out of luck"));
  return ROOST_EIO;
}

static int body(roost_task self, void *data) {
  roost_group group;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  must(roost_go_with(group, ROOST_FIBER(.fn = patient, .name = "patient"), NULL));
  must(roost_go_with(group, ROOST_FIBER(.fn = hasty, .name = "hasty"), NULL));
  int rc = roost_group_close(group, 0, &result);
  say("group: %s with %" PRIu64 " error", answer(rc), result.error_count);
  for (const roost_error *error = result.errors; error != NULL; error = error->next) {
    say("group: %s: %s", error->name, error->message);
  }
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
