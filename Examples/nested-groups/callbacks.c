/* Three groups, one in the other: outer > middle > inner. The body of inner cancels middle, and
 * runs on until its next wait. That wait is cancelled; inner passes it on, middle absorbs it, and
 * outer never notices (C7). */
#include "../common.h"

static roost_group outer, middle, inner;

/* A task of outer, which the cancellation does not reach. */

static void neighbour_waited(roost_wait wait, int rc, void *data) {
  (void)wait;
  say("neighbour: the wait is %s", rc == ROOST_ECANCELED ? "cancelled" : "over");
  must(roost_finish(*(roost_task *)data, rc, NULL, NULL));
}

static int neighbour_start(roost_task self, void *data) {
  *(roost_task *)data = self;
  say("neighbour: waiting for 2 s");
  must(roost_after(self, 2 * ROOST_SECOND, neighbour_waited, data, NULL, NULL));
  return ROOST_PENDING;
}

/* The body, from its end to its beginning. Each closing is given the outcome of what was inside. */

static void outer_joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  say_result("outer", result);
}

static void middle_joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  say_result("middle", result);
  must(roost_join(outer, (int)result->code, outer_joined, NULL, NULL));
}

static void inner_joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  say_result("inner", result);
  must(roost_join(middle, (int)result->code, middle_joined, NULL, NULL));
}

static void body_waited_again(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say("body: the next wait is %s", rc == ROOST_ECANCELED ? "cancelled" : "over");
  must(roost_join(inner, rc, inner_joined, NULL, NULL));
}

static void body_waited(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  say("body: cancelling middle");
  must(roost_cancel(middle, NULL));
  say("body: running on, cancelled: %s", yes_or_no(must(roost_cancelled(inner))));
  must(roost_after(inner, ROOST_SECOND, body_waited_again, NULL, NULL, NULL));
}

int main(void) {
  roost_task neighbour;

  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "outer"), &outer));
  must(roost_spawn(outer, ROOST_TASK(.start = neighbour_start, .data = &neighbour), NULL));
  must(roost_group_open(outer, ROOST_GROUP(.name = "middle"), &middle));
  must(roost_group_open(middle, ROOST_GROUP(.name = "inner"), &inner));
  must(roost_after(inner, ROOST_SECOND, body_waited, NULL, NULL, NULL));
  return close_runtime();
}
