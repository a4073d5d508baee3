/* Three uploads, each of which would leave half a file behind if it were cut short. They do not
 * clean up themselves: each makes an entry in a collection, and takes it out when it is done. When
 * the group has ended, the caller finds there what is left, and removes it in parallel. */
#include "../common.h"

struct upload {
  int number;
  int64_t needs;
  roost_task self; /* the upload, later the task that cleans up behind it */
};

/* The collection: NULL where there is no entry. All tasks run on one thread: it needs no lock. */
enum { UPLOADS = 3 };
static struct upload *entries[UPLOADS];

/* The uploads. An entry is made before there is something to clean up, and goes as the last thing:
 * whenever the task is cut short in between, the caller knows. */

static void uploaded(roost_wait wait, int rc, void *data) {
  struct upload *upload = data;
  (void)wait;
  if (rc == 0) entries[upload->number - 1] = NULL;
  say("upload %d: %s", upload->number, rc == 0 ? "done" : "cancelled");
  must(roost_finish(upload->self, rc, NULL, NULL));
}

static int upload_start(roost_task self, void *data) {
  struct upload *upload = data;
  upload->self = self;
  entries[upload->number - 1] = upload;
  say("upload %d: begins", upload->number);
  must(roost_after(self, upload->needs, uploaded, upload, NULL, NULL));
  return ROOST_PENDING;
}

/* The caller's clean-up. */

static void removed(roost_wait wait, int rc, void *data) {
  struct upload *upload = data;
  (void)wait;
  say("clean-up: what upload %d left is removed", upload->number);
  must(roost_finish(upload->self, rc, NULL, NULL));
}

static int remove_start(roost_task self, void *data) {
  struct upload *upload = data;
  upload->self = self;
  must(roost_after(self, 100 * ROOST_MILLISECOND, removed, upload, NULL, NULL));
  return ROOST_PENDING;
}

static void cleaned_up(roost_node group, const roost_result *result, void *data) {
  (void)group, (void)data;
  say_result("clean-up", result);
}

/* Here the cancelled group is over, and the cancellation with it (C7). So the clean-up is a group
 * like any other, free to wait: no shield is needed. */
static void uploads_ended(roost_node node, const roost_result *result, void *data) {
  roost_group group;
  (void)node, (void)data;

  say_result("uploads", result);
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "clean-up"), &group));
  for (int i = 0; i < UPLOADS; i++) {
    say("entry of upload %d: %s", i + 1, entries[i] != NULL ? "still there" : "gone");
    if (entries[i] == NULL) continue;
    must(roost_spawn(group, ROOST_TASK(.start = remove_start, .data = entries[i]), NULL));
  }
  must(roost_join(group, 0, cleaned_up, NULL, NULL));
}

int main(void) {
  struct upload uploads[UPLOADS] = {
      {.number = 1, .needs = 10 * ROOST_SECOND},
      {.number = 2, .needs = 300 * ROOST_MILLISECOND},
      {.number = 3, .needs = 10 * ROOST_SECOND},
  };
  roost_group group;

  open_runtime();
  must(roost_group_open(roost_root(runtime),
                        ROOST_GROUP(.name = "uploads", .timeout_ns = ROOST_SECOND, .move_on = 1),
                        &group));
  for (int i = 0; i < UPLOADS; i++) {
    must(roost_spawn(group, ROOST_TASK(.start = upload_start, .data = &uploads[i]), NULL));
  }
  must(roost_join(group, 0, uploads_ended, NULL, NULL));
  return close_runtime();
}
