/* A task is started, cancelled after 2 s, and waited for. That ends this one task: its outcome is
 * cancelled, the group is unharmed, and its neighbour runs on (C13). */
#include "../common.h"

struct worker {
  const char *name;
  int64_t needs;
  roost_task self;
};

static void worker_waited(roost_wait wait, int rc, void *data) {
  struct worker *worker = data;
  (void)wait;
  say("%s: the wait is %s", worker->name, rc == ROOST_ECANCELED ? "cancelled" : "over");
  must(roost_finish(worker->self, rc, NULL, NULL));
}

static int worker_start(roost_task self, void *data) {
  struct worker *worker = data;
  worker->self = self;
  say("%s: waiting for %" PRId64 " s", worker->name, worker->needs / ROOST_SECOND);
  must(roost_after(self, worker->needs, worker_waited, worker, NULL, NULL));
  return ROOST_PENDING;
}

/* The one that cancels: it waits 2 s, cancels, and waits for the task to have ended. */

static void task_ended(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say("awaiting the task: %s", answer(rc));
}

static void two_seconds_later(roost_wait wait, int rc, void *data) {
  roost_task task = *(roost_task *)data;
  (void)wait, (void)rc;
  say("cancelling the task: %s", answer(must(roost_cancel(task, NULL))));
  must(roost_on_end(task, roost_root(runtime), task_ended, NULL, NULL, NULL));
}

static void joined(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  say_result("group", result);
}

int main(void) {
  struct worker slow = {.name = "task", .needs = 60 * ROOST_SECOND};
  struct worker other = {.name = "neighbour", .needs = 5 * ROOST_SECOND};
  roost_group group;
  roost_task task;

  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  must(roost_spawn(group, ROOST_TASK(.start = worker_start, .data = &slow), &task));
  must(roost_spawn(group, ROOST_TASK(.start = worker_start, .data = &other), NULL));
  must(roost_after(roost_root(runtime), 2 * ROOST_SECOND, two_seconds_later, &task, NULL, NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  return close_runtime();
}
