/* Cleanups that need time, as logging out of a server does. They run in a shield: the cancellation
 * that made them run does not reach their own waits (K2). The group bounds that by a grace of 1 s.
 * The cleanup that needs 200 ms finishes; the one that needs 5 s is cut short when the grace is
 * over, and the group lists it as an error (C11, K3). */
#include "../common.h"

struct session {
  const char *name;
  int64_t logout_needs;
  roost_task self;
  roost_task cleanup;
};

/* What a session has to do when it ends. A cleanup is a task of its own: its waits name that one,
 * and it ends by its own roost_finish. If it ends as cancelled, something is left undone, and that
 * is an error. */

static void logout_waited(roost_wait wait, int rc, void *data) {
  struct session *session = data;
  (void)wait;
  say("%s: its cleanup is %s", session->name, rc == ROOST_ECANCELED ? "cut short" : "done");
  must(roost_finish(session->cleanup, rc, NULL, NULL));
}

static int log_out(roost_task cleanup, const roost_outcome *why, void *data) {
  struct session *session = data;
  (void)why;
  session->cleanup = cleanup;
  say("%s: cleaning up, needs %" PRId64 " ms", session->name,
      session->logout_needs / ROOST_MILLISECOND);
  must(roost_after(cleanup, session->logout_needs, logout_waited, session, NULL, NULL));
  return ROOST_PENDING;
}

/* The sessions, which wait until they are cancelled. */

static void session_waited(roost_wait wait, int rc, void *data) {
  struct session *session = data;
  (void)wait;
  must(roost_finish(session->self, rc, NULL, NULL));
}

static int session_start(roost_task self, void *data) {
  struct session *session = data;
  session->self = self;
  must(roost_defer(self, log_out, session, NULL));
  must(roost_after(self, ROOST_FOREVER, session_waited, session, NULL, NULL));
  return ROOST_PENDING;
}

/* The group. */

static void cancel_now(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc;
  say("cancelling the group");
  must(roost_cancel(*(roost_group *)data, NULL));
}

static void joined(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  say_result("group", result);
  for (const roost_error *error = result->errors; error != NULL; error = error->next) {
    say("error: %s: %s", error->name, roost_strerror((int)error->code));
  }
}

int main(void) {
  struct session sessions[] = {
      {.name = "quick", .logout_needs = 200 * ROOST_MILLISECOND},
      {.name = "slow", .logout_needs = 5 * ROOST_SECOND},
  };
  roost_group group;

  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group", .grace_ns = ROOST_SECOND),
                        &group));
  for (int i = 0; i < 2; i++) {
    must(roost_spawn(
        group, ROOST_TASK(.start = session_start, .data = &sessions[i], .name = sessions[i].name),
        NULL));
  }
  must(roost_after(roost_root(runtime), ROOST_SECOND, cancel_now, &group, NULL, NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  return close_runtime();
}
