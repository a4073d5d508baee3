/* Cleanups that need time, as logging out of a server does. They run in a shield: the cancellation
 * that made them run does not reach their own waits (K2). The group bounds that by a grace of 1 s.
 * The cleanup that needs 200 ms finishes; the one that needs 5 s is cut short when the grace is
 * over, and the group lists it as an error (C11, K3). */
#include "../common.h"

struct session {
  const char *name;
  int64_t logout_needs;
};

/* What a session has to do when it ends. If it ends as cancelled, something is left undone, and
 * that is an error. */
static int log_out(roost_task self, const roost_outcome *why, void *data) {
  const struct session *session = data;
  (void)self, (void)why;
  say("%s: cleaning up, needs %" PRId64 " ms", session->name,
      session->logout_needs / ROOST_MILLISECOND);
  int rc = roost_sleep(session->logout_needs);
  say("%s: its cleanup is %s", session->name, rc == ROOST_ECANCELED ? "cut short" : "done");
  return rc;
}

static int stay(roost_task self, void *session) {
  must(roost_fiber_defer(self, log_out, session, NULL));
  return roost_sleep_forever();
}

static int body(roost_task self, void *data) {
  struct session quick = {.name = "quick", .logout_needs = 200 * ROOST_MILLISECOND};
  struct session slow = {.name = "slow", .logout_needs = 5 * ROOST_SECOND};
  roost_group group;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group", .grace_ns = ROOST_SECOND), &group));
  must(roost_go_with(group, ROOST_FIBER(.fn = stay, .data = &quick, .name = "quick"), NULL));
  must(roost_go_with(group, ROOST_FIBER(.fn = stay, .data = &slow, .name = "slow"), NULL));
  roost_sleep(ROOST_SECOND);
  say("cancelling the group");
  must(roost_cancel(group, NULL));

  roost_group_close(group, 0, &result);
  say_result("group", &result);
  for (const roost_error *error = result.errors; error != NULL; error = error->next) {
    say("error: %s: %s", error->name, roost_strerror((int)error->code));
  }
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
