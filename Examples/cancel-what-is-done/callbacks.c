/* A wait, a task and a group are cancelled after they have completed. The answer is that they have
 * ended, nothing happens, and their results stay (C6, T3). */
#include "../common.h"

static roost_group group;
static roost_task task;

static int task_start(roost_task self, void *data) {
  (void)data;
  say("task: done");
  return roost_finish(self, 42, NULL, NULL); /* success, with a number */
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  say_result("group", result);
}

static void a_second_later(roost_wait wait, int rc, void *data) {
  roost_outcome outcome = {.size = sizeof outcome};
  (void)data;

  say("wait: %s", answer(rc));
  say("wait, taken back when it is over: %s", answer(roost_unwait(wait)));
  say("task, cancelled when it is done: %s", answer(roost_cancel(task, NULL)));
  must(roost_outcome_of(task, &outcome));
  say("task: %s, its result is %" PRId64, state_name(outcome.state), outcome.code);
  must(roost_join(group, 0, joined, NULL, NULL));
}

int main(void) {
  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  must(roost_spawn(group, ROOST_TASK(.start = task_start), &task));
  must(roost_after(group, ROOST_SECOND, a_second_later, NULL, NULL, NULL));
  must(roost_run(runtime));
  say("group, cancelled when it is closed: %s", answer(roost_cancel(group, NULL)));
  return close_runtime();
}
