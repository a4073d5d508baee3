/* Scopes with deadlines: a stretch of code that may take so long and no longer (D1, D2). A passed
 * deadline either fails (the default) or moves on. */
#include "../common.h"

static int wait(const char *who, int64_t needs) {
  int rc = roost_sleep(needs);
  say("%s: the wait is %s", who, rc == ROOST_ECANCELED ? "cancelled" : "over");
  return rc;
}

static int close_scope(const char *who, roost_scope scope, int rc) {
  roost_result result = {.size = sizeof result};
  rc = roost_scope_close(scope, rc, &result);
  say_result(who, &result);
  return rc;
}

/* One scope, and in it one wait of 3 s. */
static void wait_in_scope(const char *who, roost_task self, const roost_scope_options *options) {
  roost_scope scope;
  start_the_watch();
  must(roost_scope_open(self, options, &scope));
  close_scope(who, scope, wait(who, 3 * ROOST_SECOND));
}

/* A scope of 2 s in one of 1 s: the shorter one counts, and is the one that absorbs (C7). */
static void nested(roost_task self) {
  roost_scope outer, inner;
  start_the_watch();
  must(roost_scope_open(
      self, ROOST_SCOPE(.name = "outer", .timeout_ns = ROOST_SECOND, .move_on = 1), &outer));
  must(
      roost_scope_open(self, ROOST_SCOPE(.name = "inner", .timeout_ns = 2 * ROOST_SECOND), &inner));
  int rc = wait("inner", 3 * ROOST_SECOND);
  rc = close_scope("inner", inner, rc);
  close_scope("outer", outer, rc);
}

/* A deadline of 1 s that is moved to 4 s when half a second has gone. */
static void moved_later(roost_task self) {
  roost_scope scope;
  start_the_watch();
  must(roost_scope_open(self, ROOST_SCOPE(.name = "scope", .timeout_ns = ROOST_SECOND), &scope));
  roost_sleep(500 * ROOST_MILLISECOND);
  say("moved later: all is well, it may take longer");
  must(roost_set_deadline(scope, began + 4 * ROOST_SECOND));
  close_scope("moved later", scope, wait("moved later", 3 * ROOST_SECOND));
}

static int body(roost_task self, void *data) {
  (void)data;
  wait_in_scope("move on", self,
                ROOST_SCOPE(.name = "scope", .timeout_ns = ROOST_SECOND, .move_on = 1));
  wait_in_scope("fail", self, ROOST_SCOPE(.name = "scope", .timeout_ns = ROOST_SECOND));
  wait_in_scope("long enough", self, ROOST_SCOPE(.name = "scope", .timeout_ns = 5 * ROOST_SECOND));
  nested(self);
  moved_later(self);
  wait_in_scope("in the past", self,
                ROOST_SCOPE(.name = "scope", .deadline_ns = now() - ROOST_SECOND, .move_on = 1));
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
