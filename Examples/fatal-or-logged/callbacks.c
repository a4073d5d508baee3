/* Some errors must end everything, others are only worth a line in the log. The group's filter is
 * asked for each, and decides (G2): a harmless one is logged and dropped, the rest runs on; a fatal
 * one cancels the rest, and is the one that the group answers with. */
#include "../common.h"

struct worker {
  const char *name;
  int64_t needs;
  int ends_with; /* 0, or a failure */
  roost_task self;
};

static void worker_waited(roost_wait wait, int rc, void *data) {
  struct worker *worker = data;
  (void)wait;
  if (rc == 0) {
    rc = worker->ends_with;
    say("%s: %s", worker->name, rc == 0 ? "done" : "failing");
  } else {
    say("%s: the wait is cancelled", worker->name);
  }
  must(roost_finish(worker->self, rc, NULL, NULL));
}

static int worker_start(roost_task self, void *data) {
  struct worker *worker = data;
  worker->self = self;
  must(roost_after(self, worker->needs, worker_waited, worker, NULL, NULL));
  return ROOST_PENDING;
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

static void joined(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  say_result("group", result);
  for (const roost_error *error = result->errors; error != NULL; error = error->next) {
    say("error: %s: %s", error->name, roost_strerror((int)error->code));
  }
}

int main(void) {
  struct worker workers[] = {
      {.name = "picture", .needs = 100 * ROOST_MILLISECOND, .ends_with = -ECONNREFUSED},
      {.name = "comments", .needs = 200 * ROOST_MILLISECOND, .ends_with = -ENOENT},
      {.name = "text", .needs = 300 * ROOST_MILLISECOND},
      {.name = "disk", .needs = 400 * ROOST_MILLISECOND, .ends_with = ROOST_EIO},
      {.name = "video", .needs = 10 * ROOST_SECOND},
  };
  roost_group group;

  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group", .filter = filter),
                        &group));
  for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
    must(roost_spawn(
        group, ROOST_TASK(.start = worker_start, .data = &workers[i], .name = workers[i].name),
        NULL));
  }
  must(roost_join(group, 0, joined, NULL, NULL));
  return close_runtime();
}
