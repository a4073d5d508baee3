/* The same group, ended in every way that a group can end. Its result tells them apart, with the
 * reason and where it came from (G5, C9). */
#include "../common.h"

static roost_group outer, group;
static int outcome; /* what the closing of the last group answered */

/* Two tasks: one waits for 1 s, the other does after half a second what ends the group. */

struct member {
  int (*act)(void);
  roost_task self;
};

static void member_waited(roost_wait wait, int rc, void *data) {
  struct member *member = data;
  (void)wait;
  if (rc == 0 && member->act != NULL) rc = member->act();
  must(roost_finish(member->self, rc, NULL, NULL));
}

static int member_start(roost_task self, void *data) {
  struct member *member = data;
  int64_t delay = member->act != NULL ? 500 * ROOST_MILLISECOND : ROOST_SECOND;
  member->self = self;
  must(roost_after(self, delay, member_waited, member, NULL, NULL));
  return ROOST_PENDING;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  say_result(data, result);
  outcome = (int)result->code;
}

static void end_by(char *how, roost_node parent, const roost_group_options *options,
                   int (*act)(void)) {
  struct member waiting = {.act = NULL};
  struct member acting = {.act = act};

  start_the_watch();
  must(roost_group_open(parent, options, &group));
  must(roost_spawn(group, ROOST_TASK(.start = member_start, .data = &waiting), NULL));
  must(roost_spawn(group, ROOST_TASK(.start = member_start, .data = &acting, .name = "acting"),
                   NULL));
  must(roost_join(group, 0, joined, how, NULL));
  must(roost_run(runtime));
}

/* What the acting task does. */

static int nothing(void) { return 0; }
static int fail(void) { return ROOST_EIO; }
static int cancel_own(void) { return must(roost_cancel(group, ROOST_CANCEL(.message = "enough"))); }
static int cancel_outer(void) { return must(roost_cancel(outer, NULL)); }
static int cancel_for_signal(void) {
  return must(roost_cancel(group, ROOST_CANCEL(.origin = ROOST_SIGNAL, .message = "SIGINT")));
}

/* A group that absorbs its own cancellation answers as if it had done all its work; its result says
 * more. Opened to report, it answers that it was cancelled, which is an error like any other and no
 * cancellation (C7a). It never reports what came from outside: that goes on to where it began. */

static void end_in_every_way(uint64_t report) {
  const int64_t timeout = 700 * ROOST_MILLISECOND;
  roost_group root = roost_root(runtime);

  end_by("success", root, ROOST_GROUP(.name = "group", .report = report), nothing);
  end_by("failure", root, ROOST_GROUP(.name = "group", .report = report), fail);
  end_by("own cancel", root, ROOST_GROUP(.name = "group", .report = report), cancel_own);
  end_by("deadline", root, ROOST_GROUP(.name = "group", .report = report, .timeout_ns = timeout),
         nothing);
  end_by("deadline, moving on", root,
         ROOST_GROUP(.name = "group", .report = report, .timeout_ns = timeout, .move_on = 1),
         nothing);
  end_by("signal", root, ROOST_GROUP(.name = "group", .report = report), cancel_for_signal);

  must(roost_group_open(root, ROOST_GROUP(.name = "outer"), &outer));
  end_by("outer cancel", outer, ROOST_GROUP(.name = "group", .report = report), cancel_outer);
  must(roost_join(outer, outcome, joined, "and outer itself", NULL));
  must(roost_run(runtime));
}

int main(void) {
  open_runtime();
  end_in_every_way(0);
  puts("and the same, opened to report:");
  end_in_every_way(1);
  return close_runtime();
}
