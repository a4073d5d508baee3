/* A group is cancelled before it has a task, a second time, and after its end; and one is cancelled
 * that has a task in its queue. None of it harms (C5, C6). */
#include "../common.h"

/* A task that says what happens to it, and waits for 10 s. */
static int speaker(roost_task self, void *name) {
  (void)self;
  say("%s: starts", (const char *)name);
  int rc = roost_sleep(10 * ROOST_SECOND);
  say("%s: its wait is %s", (const char *)name, rc == ROOST_ECANCELED ? "cancelled" : "over");
  return rc;
}

/* A task that is spawned into a cancelled group takes its first step, so that it can release what
 * it was handed; its first wait is cancelled (C6a). The first reason stands (C5). */
static void early_twice_and_late(roost_task self) {
  roost_group group;
  roost_result result = {.size = sizeof result};
  int rc;

  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  rc = roost_cancel(group, ROOST_CANCEL(.message = "the first"));
  say("cancel early: %s", answer(rc));
  rc = roost_cancel(group, ROOST_CANCEL(.message = "the second"));
  say("cancel twice: %s", answer(rc));
  must(roost_go(group, speaker, "task"));
  roost_group_close(group, 0, &result);
  say_result("group", &result);
  rc = roost_cancel(group, ROOST_CANCEL(.message = "the third"));
  say("cancel late: %s", answer(rc));
}

/* A task that still waits for its turn never starts (L2). It ends as cancelled like the others. */
static void while_queued(roost_task self) {
  roost_task tasks[2];
  roost_group group;
  roost_result result = {.size = sizeof result};

  must(roost_group_open(self, ROOST_GROUP(.name = "group", .limit = 1), &group));
  must(roost_go_with(group, ROOST_FIBER(.fn = speaker, .data = "task 1"), &tasks[0]));
  must(roost_go_with(group, ROOST_FIBER(.fn = speaker, .data = "task 2"), &tasks[1]));
  roost_sleep(ROOST_SECOND);
  say("one task runs, one is queued: cancelling the group");
  must(roost_cancel(group, NULL));
  roost_group_close(group, 0, &result);
  for (int i = 0; i < 2; i++) {
    roost_outcome outcome = {.size = sizeof outcome};
    must(roost_outcome_of(tasks[i], &outcome));
    say("task %d: %s, started: %s", i + 1, state_name(outcome.state), yes_or_no(outcome.started));
  }
  say_result("group", &result);
}

static int body(roost_task self, void *data) {
  (void)data;
  early_twice_and_late(self);
  while_queued(self);
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
