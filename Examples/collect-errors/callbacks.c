/* Five tasks, of which two fail. The group supervises (G2): nothing is cancelled, and at the end
 * there are three results and two errors, these in the order in which they happened (G3). */
#include "../common.h"

struct worker {
  int64_t needs;
  int fails;
  roost_task self;
};

static void worker_waited(roost_wait wait, int rc, void *data) {
  struct worker *worker = data;
  int64_t needed = worker->needs / ROOST_MILLISECOND;
  (void)wait;
  if (rc == 0 && worker->fails) {
    char message[64];
    snprintf(message, sizeof message, "gave up after %" PRId64 " ms", needed);
    must(roost_explain(worker->self, message));
    rc = ROOST_EIO;
  } else if (rc == 0) {
    rc = (int)needed; /* success, with a number */
  }
  must(roost_finish(worker->self, rc, NULL, NULL));
}

static int worker_start(roost_task self, void *data) {
  struct worker *worker = data;
  worker->self = self;
  must(roost_after(self, worker->needs, worker_waited, worker, NULL, NULL));
  return ROOST_PENDING;
}

static void joined(roost_node group, const roost_result *result, void *data) {
  const roost_task *tasks = data;
  (void)group;
  say_result("group", result);
  for (int i = 0; i < 5; i++) {
    roost_outcome outcome = {.size = sizeof outcome};
    must(roost_outcome_of(tasks[i], &outcome));
    if (outcome.state == ROOST_COMPLETED) say("result: task %d: %" PRId64, i + 1, outcome.code);
  }
  for (const roost_error *error = result->errors; error != NULL; error = error->next) {
    say("error: %s: %s", error->name, error->message);
  }
}

int main(void) {
  struct worker workers[] = {
      {.needs = 500 * ROOST_MILLISECOND}, {.needs = 200 * ROOST_MILLISECOND, .fails = 1},
      {.needs = 300 * ROOST_MILLISECOND}, {.needs = 100 * ROOST_MILLISECOND, .fails = 1},
      {.needs = 400 * ROOST_MILLISECOND},
  };
  roost_task tasks[5];
  roost_group group;

  open_runtime();
  must(roost_group_open(roost_root(runtime),
                        ROOST_GROUP(.name = "group", .policy = ROOST_SUPERVISE), &group));
  for (int i = 0; i < 5; i++) {
    char name[8];
    snprintf(name, sizeof name, "task %d", i + 1);
    must(roost_spawn(group, ROOST_TASK(.start = worker_start, .data = &workers[i], .name = name),
                     &tasks[i]));
  }
  must(roost_join(group, 0, joined, tasks, NULL));
  return close_runtime();
}
