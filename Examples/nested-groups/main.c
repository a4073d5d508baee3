/* Three groups, one in the other: outer > middle > inner. The body of inner cancels middle, and
 * runs on until its next wait. That wait is cancelled; inner passes it on, middle absorbs it, and
 * outer never notices (C7). */
#include "../common.h"

/* A task of outer, which the cancellation does not reach. */
static int neighbour(roost_task self, void *data) {
  (void)self, (void)data;
  say("neighbour: waiting for 2 s");
  int rc = roost_sleep(2 * ROOST_SECOND);
  say("neighbour: the wait is %s", rc == ROOST_ECANCELED ? "cancelled" : "over");
  return rc;
}

/* Closes a group like a bracket: it is given the outcome of what was inside, and answers what goes
 * on to what is around it. */
static int close_and_say(const char *who, roost_group group, int rc) {
  roost_result result = {.size = sizeof result};
  rc = roost_group_close(group, rc, &result);
  say_result(who, &result);
  return rc;
}

static int body(roost_task self, void *data) {
  roost_group outer, middle, inner;
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "outer"), &outer));
  must(roost_go(outer, neighbour, NULL));
  must(roost_group_open(self, ROOST_GROUP(.name = "middle"), &middle));
  must(roost_group_open(self, ROOST_GROUP(.name = "inner"), &inner));

  roost_sleep(ROOST_SECOND);
  say("body: cancelling middle");
  must(roost_cancel(middle, NULL));
  say("body: running on, cancelled: %s", yes_or_no(roost_cancelled(inner)));
  int rc = roost_sleep(ROOST_SECOND);
  say("body: the next wait is %s", rc == ROOST_ECANCELED ? "cancelled" : "over");

  rc = close_and_say("inner", inner, rc);
  rc = close_and_say("middle", middle, rc);
  return close_and_say("outer", outer, rc);
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
