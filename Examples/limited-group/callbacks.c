/* A thousand tasks of 100 ms, of which at most ten run at a time, cancelled half-way. The queued
 * ones never start, and whatever was handed to any of them is given back (L2, K5). */
#include "../common.h"

enum { TASKS = 1000, LIMIT = 10 };

static int running, most, completed, cancelled, given_back;

static void work_ended(roost_wait wait, int rc, void *data) {
  (void)wait;
  running--;
  if (rc == 0) completed++;
  if (rc == ROOST_ECANCELED) cancelled++;
  must(roost_finish(*(roost_task *)data, rc, NULL, NULL));
}

static int work_start(roost_task self, void *data) {
  *(roost_task *)data = self;
  running++;
  if (most < running) most = running;
  must(roost_after(self, 100 * ROOST_MILLISECOND, work_ended, data, NULL, NULL));
  return ROOST_PENDING;
}

static void give_back(void *data) {
  free(data);
  given_back++;
}

static void half_way(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc;
  say("half-way: %d have completed, %d are running", completed, running);
  must(roost_cancel(*(roost_group *)data, NULL));
}

static void joined(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  say_result("group", result);
  say("completed: %d", completed);
  say("cancelled while running: %d", cancelled);
  say("never started: %d", TASKS - completed - cancelled);
  say("at most running: %d", most);
}

int main(void) {
  roost_group group;

  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group", .limit = LIMIT), &group));
  for (int i = 0; i < TASKS; i++) {
    roost_task *data = malloc(sizeof *data);
    if (data == NULL) return 1;
    must(
        roost_spawn(group, ROOST_TASK(.start = work_start, .data = data, .drop = give_back), NULL));
  }
  must(roost_after(roost_root(runtime), 5050 * ROOST_MILLISECOND, half_way, &group, NULL, NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  must(roost_run(runtime));
  say("given back: %d", given_back);
  return close_runtime();
}
