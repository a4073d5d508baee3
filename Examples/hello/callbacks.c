/* Three tasks that want to sleep for ten seconds, in a group that has a tenth of one. */
#include <roost.h>
#include <stdio.h>

static void slept(roost_wait wait, int rc, void *task) { /* rc: 0, or ROOST_ECANCELED */
  (void)wait;
  roost_finish(*(roost_task *)task, rc, NULL, NULL);
}

static int clean_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)data;
  printf("%s, cleaned up\n", why->state == ROOST_CANCELLED ? "cancelled" : "done");
  return 0;
}

static int start(roost_task self, void *data) {
  roost_task *task = data;
  *task = self;
  roost_defer(self, clean_up, NULL, NULL);
  roost_after(self, 10 * ROOST_SECOND, slept, task, NULL, NULL);
  return ROOST_PENDING; /* roost_finish will end it */
}

static void joined(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  printf("group: %s\n", result->cancelled_caught ? "it took too long" : "complete");
}

int main(void) {
  roost_runtime runtime;
  roost_group group;
  roost_task tasks[3];
  if (roost_runtime_open(NULL, &runtime) < 0) return 1;
  roost_group_open(roost_root(runtime),
                   ROOST_GROUP(.timeout_ns = 100 * ROOST_MILLISECOND, .move_on = 1), &group);
  for (int i = 0; i < 3; i++)
    roost_spawn(group, ROOST_TASK(.start = start, .data = &tasks[i]), NULL);
  roost_join(group, 0, joined, NULL, NULL);
  roost_run(runtime);
  return roost_close(runtime, 0, NULL, NULL, NULL);
}
