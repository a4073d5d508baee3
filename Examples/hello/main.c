/* Three tasks that want to sleep for ten seconds, in a group that has a tenth of one. */
#include <roost_fiber.h>
#include <stdio.h>

static int clean_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)data;
  printf("%s, cleaned up\n", why->state == ROOST_CANCELLED ? "cancelled" : "done");
  return 0;
}

static int sleeper(roost_task self, void *data) {
  (void)data;
  roost_defer(self, clean_up, NULL, NULL);
  return roost_sleep(10 * ROOST_SECOND); /* 0, or ROOST_ECANCELED */
}

static int body(roost_task self, void *data) {
  roost_group group;
  roost_result result = {.size = sizeof result};
  (void)data;
  roost_group_open(self, ROOST_GROUP(.timeout_ns = 100 * ROOST_MILLISECOND, .move_on = 1), &group);
  for (int i = 0; i < 3; i++) roost_go(group, sleeper, NULL);
  int rc = roost_group_close(group, 0, &result); /* waits for them all */
  printf("group: %s\n", result.cancelled_caught ? "it took too long" : "complete");
  return rc;
}

int main(void) { return roost_main(body, NULL); }
