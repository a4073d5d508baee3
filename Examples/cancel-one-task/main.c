/* A task is started, cancelled after 2 s, and waited for. That ends this one task: its outcome is
 * cancelled, the group is unharmed, and its neighbour runs on (C13). */
#include "../common.h"

struct worker {
  const char *name;
  int64_t needs;
};

static int work(roost_task self, void *data) {
  const struct worker *worker = data;
  (void)self;
  say("%s: waiting for %" PRId64 " s", worker->name, worker->needs / ROOST_SECOND);
  int rc = roost_sleep(worker->needs);
  say("%s: the wait is %s", worker->name, rc == ROOST_ECANCELED ? "cancelled" : "over");
  return rc;
}

static int body(roost_task self, void *data) {
  struct worker slow = {.name = "task", .needs = 60 * ROOST_SECOND};
  struct worker other = {.name = "neighbour", .needs = 5 * ROOST_SECOND};
  roost_group group;
  roost_task task;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  must(roost_go_with(group, ROOST_FIBER(.fn = work, .data = &slow), &task));
  must(roost_go(group, work, &other));

  roost_sleep(2 * ROOST_SECOND);
  say("cancelling the task: %s", answer(roost_cancel(task, NULL)));
  say("awaiting the task: %s", answer(roost_await_end(task)));

  int rc = roost_group_close(group, 0, &result);
  say_result("group", &result);
  return rc;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
