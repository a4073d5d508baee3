/* Scopes with deadlines: a stretch of code that may take so long and no longer (D1, D2). A passed
 * deadline either fails (the default) or moves on. */
#include "../common.h"

static void closed(roost_node scope, const roost_result *result, void *data) {
  (void)scope;
  say_result(data, result);
}

static void say_wait(const char *who, int rc) {
  say("%s: the wait is %s", who, rc == ROOST_ECANCELED ? "cancelled" : "over");
}

/* One scope, and in it one wait of 3 s. */

struct block {
  char *name;
  roost_scope scope;
};

static void block_waited(roost_wait wait, int rc, void *data) {
  struct block *block = data;
  (void)wait;
  say_wait(block->name, rc);
  must(roost_join(block->scope, rc, closed, block->name, NULL));
}

static void wait_in_scope(char *name, const roost_scope_options *options) {
  struct block block = {.name = name};
  start_the_watch();
  must(roost_scope_open(roost_root(runtime), options, &block.scope));
  must(roost_after(block.scope, 3 * ROOST_SECOND, block_waited, &block, NULL, NULL));
  must(roost_run(runtime));
}

/* A scope of 2 s in one of 1 s: the shorter one counts, and is the one that absorbs (C7). */

static roost_scope outer, inner;

static void inner_closed(roost_node scope, const roost_result *result, void *data) {
  closed(scope, result, data);
  must(roost_join(outer, (int)result->code, closed, "outer", NULL));
}

static void inner_waited(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say_wait("inner", rc);
  must(roost_join(inner, rc, inner_closed, "inner", NULL));
}

static void nested(void) {
  start_the_watch();
  must(roost_scope_open(roost_root(runtime),
                        ROOST_SCOPE(.name = "outer", .timeout_ns = ROOST_SECOND, .move_on = 1),
                        &outer));
  must(roost_scope_open(outer, ROOST_SCOPE(.name = "inner", .timeout_ns = 2 * ROOST_SECOND),
                        &inner));
  must(roost_after(inner, 3 * ROOST_SECOND, inner_waited, NULL, NULL, NULL));
  must(roost_run(runtime));
}

/* A deadline of 1 s that is moved to 4 s when half a second has gone. */

static roost_scope moved;

static void moved_waited(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say_wait("moved later", rc);
  must(roost_join(moved, rc, closed, "moved later", NULL));
}

static void half_a_second_later(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  say("moved later: all is well, it may take longer");
  must(roost_set_deadline(moved, began + 4 * ROOST_SECOND));
  must(roost_after(moved, 3 * ROOST_SECOND, moved_waited, NULL, NULL, NULL));
}

static void moved_later(void) {
  start_the_watch();
  must(roost_scope_open(roost_root(runtime),
                        ROOST_SCOPE(.name = "scope", .timeout_ns = ROOST_SECOND), &moved));
  must(roost_after(moved, 500 * ROOST_MILLISECOND, half_a_second_later, NULL, NULL, NULL));
  must(roost_run(runtime));
}

int main(void) {
  open_runtime();
  wait_in_scope("move on", ROOST_SCOPE(.name = "scope", .timeout_ns = ROOST_SECOND, .move_on = 1));
  wait_in_scope("fail", ROOST_SCOPE(.name = "scope", .timeout_ns = ROOST_SECOND));
  wait_in_scope("long enough", ROOST_SCOPE(.name = "scope", .timeout_ns = 5 * ROOST_SECOND));
  nested();
  moved_later();
  wait_in_scope(
      "in the past",
      ROOST_SCOPE(.name = "scope", .deadline_ns = roost_now(runtime) - ROOST_SECOND, .move_on = 1));
  return close_runtime();
}
