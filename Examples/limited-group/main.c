/* A thousand tasks of 100 ms, of which at most ten run at a time, cancelled half-way. The queued
 * ones never start, and whatever was handed to any of them is given back (L2, K5). */
#include "../common.h"

enum { TASKS = 1000, LIMIT = 10 };

static int running, most, completed, cancelled, given_back;

static int work(roost_task self, void *data) {
  (void)self, (void)data;
  running++;
  if (most < running) most = running;
  int rc = roost_sleep(100 * ROOST_MILLISECOND);
  running--;
  if (rc == 0) completed++;
  if (rc == ROOST_ECANCELED) cancelled++;
  return rc;
}

static void give_back(void *data) {
  free(data);
  given_back++;
}

static int body(roost_task self, void *data) {
  roost_group group;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group", .limit = LIMIT), &group));
  for (int i = 0; i < TASKS; i++) {
    must(roost_go_with(group, ROOST_FIBER(.fn = work, .data = malloc(100), .drop = give_back),
                       NULL));
  }
  roost_sleep(5050 * ROOST_MILLISECOND);
  say("half-way: %d have completed, %d are running", completed, running);
  must(roost_cancel(group, NULL));
  int rc = roost_group_close(group, 0, &result);
  say_result("group", &result);
  say("completed: %d", completed);
  say("cancelled while running: %d", cancelled);
  say("never started: %d", TASKS - completed - cancelled);
  say("at most running: %d", most);
  say("given back: %d", given_back);
  return rc;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
