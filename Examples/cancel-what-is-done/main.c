/* A wait, a task and a group are cancelled after they have completed. The answer is that they have
 * ended, nothing happens, and their results stay (C6, T3). */
#include "../common.h"

#include <roost_uv.h>

static int task(roost_task self, void *data) {
  (void)self, (void)data;
  say("task: done");
  return 42; /* success, with a number */
}

/* Ends the wait of another, a second later. */
static int waker(roost_task self, void *wait) {
  (void)self;
  int rc = roost_sleep(ROOST_SECOND);
  return rc < 0 ? rc : roost_wake(*(roost_wait *)wait, 0);
}

static int body(roost_task self, void *data) {
  roost_group group;
  roost_task done;
  roost_wait wait;
  roost_outcome outcome = {.size = sizeof outcome};
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  must(roost_go_with(group, ROOST_FIBER(.fn = task), &done));
  must(roost_park_here(NULL, NULL, &wait));
  must(roost_go(group, waker, &wait));

  say("wait: %s", answer(roost_await(wait)));
  say("wait, taken back when it is over: %s", answer(roost_unwait(wait)));
  say("task, cancelled when it is done: %s", answer(roost_cancel(done, NULL)));
  must(roost_outcome_of(done, &outcome));
  say("task: %s, its result is %" PRId64, state_name(outcome.state), outcome.code);

  int rc = roost_group_close(group, 0, &result);
  say_result("group", &result);
  say("group, cancelled when it is closed: %s", answer(roost_cancel(group, NULL)));
  return rc;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
