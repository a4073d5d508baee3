/* The same group, ended in every way that a group can end. Its result tells them apart, with the
 * reason and where it came from (G5, C9). */
#include "../common.h"

static roost_group outer, group;

/* The ways: what one of its tasks does after half a second, and a deadline that the group has. */

struct way {
  const char *name;
  int (*act)(void);
  int64_t timeout_ns;
  uint64_t move_on;
};

static int nothing(void) { return 0; }
static int fail(void) { return ROOST_EIO; }
static int cancel_own(void) { return roost_cancel(group, ROOST_CANCEL(.message = "enough")); }
static int cancel_outer(void) { return roost_cancel(outer, NULL); }
static int cancel_for_signal(void) {
  return roost_cancel(group, ROOST_CANCEL(.origin = ROOST_SIGNAL, .message = "SIGINT"));
}

static struct way ways[] = {
    {"success", nothing, 0, 0},
    {"failure", fail, 0, 0},
    {"own cancel", cancel_own, 0, 0},
    {"deadline", nothing, 700 * ROOST_MILLISECOND, 0},
    {"deadline, moving on", nothing, 700 * ROOST_MILLISECOND, 1},
    {"signal", cancel_for_signal, 0, 0},
};
static struct way from_outside = {"outer cancel", cancel_outer, 0, 0};

/* The group's two tasks. */

static int waiting(roost_task self, void *data) {
  (void)self, (void)data;
  return roost_sleep(ROOST_SECOND);
}

static int acting(roost_task self, void *data) {
  const struct way *way = data;
  (void)self;
  int rc = roost_sleep(500 * ROOST_MILLISECOND);
  return rc < 0 ? rc : way->act();
}

static int end_by(struct way *way, roost_task self, uint64_t report) {
  roost_result result = {.size = sizeof result};

  start_the_watch();
  must(roost_group_open(self,
                        ROOST_GROUP(.name = "group", .report = report,
                                    .timeout_ns = way->timeout_ns, .move_on = way->move_on),
                        &group));
  must(roost_go(group, waiting, NULL));
  must(roost_go_with(group, ROOST_FIBER(.fn = acting, .data = way, .name = "acting"), NULL));
  int rc = roost_group_close(group, 0, &result);
  say_result(way->name, &result);
  return rc;
}

/* A group that absorbs its own cancellation answers as if it had done all its work; its result says
 * more. Opened to report, it answers that it was cancelled, which is an error like any other and no
 * cancellation (C7a). It never reports what came from outside: that goes on to where it began. */
static void end_in_every_way(roost_task self, uint64_t report) {
  roost_result result = {.size = sizeof result};

  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) end_by(&ways[i], self, report);

  must(roost_group_open(self, ROOST_GROUP(.name = "outer"), &outer));
  int rc = end_by(&from_outside, self, report);
  roost_group_close(outer, rc, &result);
  say_result("and outer itself", &result);
}

static int body(roost_task self, void *data) {
  (void)data;
  end_in_every_way(self, 0);
  puts("and the same, opened to report:");
  end_in_every_way(self, 1);
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
