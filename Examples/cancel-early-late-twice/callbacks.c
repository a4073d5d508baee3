/* A group is cancelled before it has a task, a second time, and after its end; and one is cancelled
 * that has a task in its queue. None of it harms (C5, C6). */
#include "../common.h"

/* A task that says what happens to it, and waits for 10 s. */

struct speaker {
  const char *name;
  roost_task self;
};

static void speaker_waited(roost_wait wait, int rc, void *data) {
  struct speaker *speaker = data;
  (void)wait;
  say("%s: its wait is %s", speaker->name, rc == ROOST_ECANCELED ? "cancelled" : "over");
  must(roost_finish(speaker->self, rc, NULL, NULL));
}

static int speaker_start(roost_task self, void *data) {
  struct speaker *speaker = data;
  speaker->self = self;
  say("%s: starts", speaker->name);
  must(roost_after(self, 10 * ROOST_SECOND, speaker_waited, speaker, NULL, NULL));
  return ROOST_PENDING;
}

static void joined(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  say_result("group", result);
}

/* A task that is spawned into a cancelled group takes its first step, so that it can release what
 * it was handed; its first wait is cancelled (C6a). The first reason stands (C5). */

static void early_twice_and_late(void) {
  struct speaker task = {.name = "task"};
  roost_group group;
  int rc;

  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  rc = must(roost_cancel(group, ROOST_CANCEL(.message = "the first")));
  say("cancel early: %s", answer(rc));
  rc = must(roost_cancel(group, ROOST_CANCEL(.message = "the second")));
  say("cancel twice: %s", answer(rc));
  must(roost_spawn(group, ROOST_TASK(.start = speaker_start, .data = &task), NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  must(roost_run(runtime));
  rc = roost_cancel(group, ROOST_CANCEL(.message = "the third"));
  say("cancel late: %s", answer(rc));
}

/* A task that still waits for its turn never starts (L2). It ends as cancelled like the others. */

static void cancel_now(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc;
  say("one task runs, one is queued: cancelling the group");
  must(roost_cancel(*(roost_group *)data, NULL));
}

static void say_outcomes(roost_node group, const roost_result *result, void *data) {
  const roost_task *tasks = data;
  for (int i = 0; i < 2; i++) {
    roost_outcome outcome = {.size = sizeof outcome};
    must(roost_outcome_of(tasks[i], &outcome));
    say("task %d: %s, started: %s", i + 1, state_name(outcome.state), yes_or_no(outcome.started));
  }
  joined(group, result, NULL);
}

static void while_queued(void) {
  struct speaker speakers[] = {{.name = "task 1"}, {.name = "task 2"}};
  roost_task tasks[2];
  roost_group group;

  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group", .limit = 1), &group));
  for (int i = 0; i < 2; i++) {
    must(roost_spawn(group, ROOST_TASK(.start = speaker_start, .data = &speakers[i]), &tasks[i]));
  }
  must(roost_after(roost_root(runtime), ROOST_SECOND, cancel_now, &group, NULL, NULL));
  must(roost_join(group, 0, say_outcomes, tasks, NULL));
  must(roost_run(runtime));
}

int main(void) {
  open_runtime();
  early_twice_and_late();
  while_queued();
  return close_runtime();
}
