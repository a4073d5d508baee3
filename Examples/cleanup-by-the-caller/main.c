/* Three uploads, each of which would leave half a file behind if it were cut short. They do not
 * clean up themselves: each makes an entry in a collection, and takes it out when it is done. When
 * the group has ended, the caller finds there what is left, and removes it in parallel. */
#include "../common.h"

struct upload {
  int number;
  int64_t needs;
};

/* The collection: NULL where there is no entry. All tasks run on one thread: it needs no lock. */
enum { UPLOADS = 3 };
static struct upload *entries[UPLOADS];

/* An entry is made before there is something to clean up, and goes as the last thing: whenever the
 * task is cut short in between, the caller knows. */
static int upload(roost_task self, void *data) {
  struct upload *upload = data;
  (void)self;
  entries[upload->number - 1] = upload;
  say("upload %d: begins", upload->number);
  int rc = roost_sleep(upload->needs);
  if (rc == 0) entries[upload->number - 1] = NULL;
  say("upload %d: %s", upload->number, rc == 0 ? "done" : "cancelled");
  return rc;
}

static int remove_rest(roost_task self, void *data) {
  const struct upload *upload = data;
  (void)self;
  int rc = roost_sleep(100 * ROOST_MILLISECOND);
  if (rc == 0) say("clean-up: what upload %d left is removed", upload->number);
  return rc;
}

/* The caller. When the first group is closed, it is over, and its cancellation with it (C7). So the
 * clean-up is a group like any other, free to wait: no shield is needed. */
static int body(roost_task self, void *data) {
  struct upload uploads[UPLOADS] = {
      {.number = 1, .needs = 10 * ROOST_SECOND},
      {.number = 2, .needs = 300 * ROOST_MILLISECOND},
      {.number = 3, .needs = 10 * ROOST_SECOND},
  };
  roost_group group;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(
      self, ROOST_GROUP(.name = "uploads", .timeout_ns = ROOST_SECOND, .move_on = 1), &group));
  for (int i = 0; i < UPLOADS; i++) must(roost_go(group, upload, &uploads[i]));
  roost_group_close(group, 0, &result);
  say_result("uploads", &result);

  must(roost_group_open(self, ROOST_GROUP(.name = "clean-up"), &group));
  for (int i = 0; i < UPLOADS; i++) {
    say("entry of upload %d: %s", i + 1, entries[i] != NULL ? "still there" : "gone");
    if (entries[i] != NULL) must(roost_go(group, remove_rest, entries[i]));
  }
  int rc = roost_group_close(group, 0, &result);
  say_result("clean-up", &result);
  return rc;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
