/* Two tasks in a group. One waits for 10 s and has something to put back, the other fails after
 * 1 s. The failure cancels the group (fail-fast, G2): the waiting task notices by the outcome of
 * its wait, its cleanup runs and is told why, and the group answers with the one error. */
#include "../common.h"

static roost_task patient;
static roost_task hasty;

/* The patient one. */

static int put_back(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)data;
  say("patient: cleaning up, told \"%s\"", state_name(why->state));
  return 0;
}

static void patient_waited(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say("patient: the wait is %s", rc == ROOST_ECANCELED ? "cancelled" : "over");
  must(roost_finish(patient, rc, NULL, NULL));
}

static int patient_start(roost_task self, void *data) {
  (void)data;
  patient = self;
  say("patient: waiting for 10 s");
  must(roost_defer(self, put_back, NULL, NULL));
  must(roost_after(self, 10 * ROOST_SECOND, patient_waited, NULL, NULL, NULL));
  return ROOST_PENDING;
}

/* The hasty one. */

static void hasty_waited(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  say("hasty: failing");
  must(roost_explain(hasty, "out of luck"));
  must(roost_finish(hasty, ROOST_EIO, NULL, NULL));
}

static int hasty_start(roost_task self, void *data) {
  (void)data;
  hasty = self;
  say("hasty: waiting for 1 s");
  must(roost_after(self, ROOST_SECOND, hasty_waited, NULL, NULL, NULL));
  return ROOST_PENDING;
}

/* The group. */

static void joined(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  say("group: %s with %" PRIu64 " error", answer(result->code), result->error_count);
  for (const roost_error *error = result->errors; error != NULL; error = error->next) {
    say("group: %s: %s", error->name, error->message);
  }
}

int main(void) {
  roost_group group;

  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  must(roost_spawn(group, ROOST_TASK(.start = patient_start, .name = "patient"), NULL));
  must(roost_spawn(group, ROOST_TASK(.start = hasty_start, .name = "hasty"), NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  return close_runtime();
}
