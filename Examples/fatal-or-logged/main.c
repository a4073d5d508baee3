/* Some errors must end everything, others are only worth a line in the log. The group's filter is
 * asked for each, and decides (G2): a harmless one is logged and dropped, the rest runs on; a fatal
 * one cancels the rest, and is the one that the group answers with. */
#include "../common.h"

struct worker {
  const char *name;
  int64_t needs;
  int ends_with; /* 0, or a failure */
};

static int work(roost_task self, void *data) {
  const struct worker *worker = data;
  (void)self;
  int rc = roost_sleep(worker->needs);
  if (rc < 0) {
    say("%s: the wait is cancelled", worker->name);
    return rc;
  }
  say("%s: %s", worker->name, worker->ends_with == 0 ? "done" : "failing");
  return worker->ends_with;
}

/* ROOST_RECORD_ERROR would also let the rest run on, but then the group has failed. */
static int filter(roost_group group, const roost_error *error, void *data) {
  (void)group, (void)data;
  if (error->code == ROOST_EIO) {
    say("filter: %s: fatal, cancelling the rest", error->name);
    return ROOST_CANCEL_REST;
  }
  say("log: %s: %s", error->name, roost_strerror((int)error->code));
  return ROOST_DROP_ERROR;
}

static int body(roost_task self, void *data) {
  struct worker workers[] = {
      {.name = "picture", .needs = 100 * ROOST_MILLISECOND, .ends_with = -ECONNREFUSED},
      {.name = "comments", .needs = 200 * ROOST_MILLISECOND, .ends_with = -ENOENT},
      {.name = "text", .needs = 300 * ROOST_MILLISECOND},
      {.name = "disk", .needs = 400 * ROOST_MILLISECOND, .ends_with = ROOST_EIO},
      {.name = "video", .needs = 10 * ROOST_SECOND},
  };
  roost_group group;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group", .filter = filter), &group));
  for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
    must(roost_go_with(group, ROOST_FIBER(.fn = work, .data = &workers[i], .name = workers[i].name),
                       NULL));
  }
  roost_group_close(group, 0, &result);
  say_result("group", &result);
  for (const roost_error *error = result.errors; error != NULL; error = error->next) {
    say("error: %s: %s", error->name, roost_strerror((int)error->code));
  }
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
