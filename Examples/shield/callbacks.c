/* A task writes two halves that belong together. It does so in a shielded scope: the group is
 * cancelled between the two, yet the section ends whole. The shield only puts the cancellation off:
 * the first wait behind it is cancelled (C10). */
#include "../common.h"

static roost_task task;
static roost_scope commit;

/* The task, from its end to its beginning. Its shield is on the scope: a wait that names the scope
 * is not reached by the cancellation of the group, one that names the task is. */

static void waited(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say("task: the wait behind it is %s", rc == ROOST_ECANCELED ? "cancelled" : "over");
  must(roost_finish(task, rc, NULL, NULL));
}

static void committed(roost_node scope, const roost_result *result, void *data) {
  (void)scope, (void)data;
  say_result("commit", result);
  must(roost_after(task, ROOST_SECOND, waited, NULL, NULL, NULL));
}

static void second_half_written(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say("commit: the second half is written");
  must(roost_join(commit, rc, committed, NULL, NULL));
}

static void first_half_written(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  say("commit: the first half is written");
  must(roost_after(commit, ROOST_SECOND, second_half_written, NULL, NULL, NULL));
}

static int task_start(roost_task self, void *data) {
  (void)data;
  task = self;
  must(roost_scope_open(self, ROOST_SCOPE(.name = "commit", .shield = 1), &commit));
  say("commit: begins");
  must(roost_after(commit, ROOST_SECOND, first_half_written, NULL, NULL, NULL));
  return ROOST_PENDING;
}

/* The group. */

static void cancel_now(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc;
  say("cancelling the group");
  must(roost_cancel(*(roost_group *)data, NULL));
}

static void joined(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  say_result("group", result);
}

int main(void) {
  roost_group group;

  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  must(roost_spawn(group, ROOST_TASK(.start = task_start), NULL));
  must(roost_after(roost_root(runtime), 1500 * ROOST_MILLISECOND, cancel_now, &group, NULL, NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  return close_runtime();
}
