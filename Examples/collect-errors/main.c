/* Five tasks, of which two fail. The group supervises (G2): nothing is cancelled, and at the end
 * there are three results and two errors, these in the order in which they happened (G3). */
#include "../common.h"

struct worker {
  int64_t needs;
  int fails;
};

static int work(roost_task self, void *data) {
  const struct worker *worker = data;
  int needed = (int)(worker->needs / ROOST_MILLISECOND);
  char message[64];

  int rc = roost_sleep(worker->needs);
  if (rc < 0) return rc;
  if (!worker->fails) return needed; /* success, with a number */
  snprintf(message, sizeof message, "gave up after %d ms", needed);
  must(roost_explain(self, message));
  return ROOST_EIO;
}

static int body(roost_task self, void *data) {
  struct worker workers[] = {
      {.needs = 500 * ROOST_MILLISECOND}, {.needs = 200 * ROOST_MILLISECOND, .fails = 1},
      {.needs = 300 * ROOST_MILLISECOND}, {.needs = 100 * ROOST_MILLISECOND, .fails = 1},
      {.needs = 400 * ROOST_MILLISECOND},
  };
  roost_task tasks[5];
  roost_group group;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group", .policy = ROOST_SUPERVISE), &group));
  for (int i = 0; i < 5; i++) {
    char name[8];
    snprintf(name, sizeof name, "task %d", i + 1);
    must(roost_go_with(group, ROOST_FIBER(.fn = work, .data = &workers[i], .name = name),
                       &tasks[i]));
  }
  roost_group_close(group, 0, &result); /* answers the first error, as result.code */

  say_result("group", &result);
  for (int i = 0; i < 5; i++) {
    roost_outcome outcome = {.size = sizeof outcome};
    must(roost_outcome_of(tasks[i], &outcome));
    if (outcome.state == ROOST_COMPLETED) say("result: task %d: %" PRId64, i + 1, outcome.code);
  }
  for (const roost_error *error = result.errors; error != NULL; error = error->next) {
    say("error: %s: %s", error->name, error->message);
  }
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
