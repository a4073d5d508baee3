/* A task writes two halves that belong together. It does so in a shielded scope: the group is
 * cancelled between the two, yet the section ends whole. The shield only puts the cancellation off:
 * the first wait behind it is cancelled (C10). */
#include "../common.h"

static int task(roost_task self, void *data) {
  roost_scope commit;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_scope_open(self, ROOST_SCOPE(.name = "commit", .shield = 1), &commit));
  say("commit: begins");
  int rc = roost_sleep(ROOST_SECOND);
  say("commit: the first half is written");
  if (rc == 0) rc = roost_sleep(ROOST_SECOND);
  say("commit: the second half is written");
  rc = roost_scope_close(commit, rc, &result);
  say_result("commit", &result);

  if (rc == 0) rc = roost_sleep(ROOST_SECOND);
  say("task: the wait behind it is %s", rc == ROOST_ECANCELED ? "cancelled" : "over");
  return rc;
}

static int body(roost_task self, void *data) {
  roost_group group;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  must(roost_go(group, task, NULL));
  roost_sleep(1500 * ROOST_MILLISECOND);
  say("cancelling the group");
  must(roost_cancel(group, NULL));
  int rc = roost_group_close(group, 0, &result);
  say_result("group", &result);
  return rc;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
