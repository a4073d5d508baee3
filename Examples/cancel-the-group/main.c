/* Two jobs and an endless helper in one group. A job finds that everything is done, and cancels the
 * group: the one handle that it needs. Nobody passes a list of tasks around, and nothing has to be
 * thrown: the group ends without an error (C1, C7). */
#include "../common.h"

struct job {
  const char *name;
  int64_t needs;
};

static roost_group group;
static int jobs_left = 2;

static int work(roost_task self, void *data) {
  const struct job *job = data;
  (void)self;
  say("%s: begins", job->name);
  int rc = roost_sleep(job->needs);
  if (rc < 0) return rc;
  say("%s: done", job->name);
  if (--jobs_left == 0) {
    say("%s: it was the last, cancelling the group", job->name);
    must(roost_cancel(group, ROOST_CANCEL(.message = "all jobs are done")));
  }
  return 0;
}

static int helper(roost_task self, void *data) {
  roost_reason why = {.size = sizeof why};
  int rc;
  (void)data;
  do {
    say("helper: on duty");
    rc = roost_sleep(300 * ROOST_MILLISECOND);
  } while (rc == 0);
  roost_reason_of(self, &why);
  say("helper: cancelled, %s", why.message);
  return rc;
}

static int body(roost_task self, void *data) {
  struct job first = {.name = "job 1", .needs = 400 * ROOST_MILLISECOND};
  struct job second = {.name = "job 2", .needs = 700 * ROOST_MILLISECOND};
  roost_result result = {.size = sizeof result};
  (void)data;

  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  must(roost_go(group, helper, NULL));
  must(roost_go(group, work, &first));
  must(roost_go(group, work, &second));
  int rc = roost_group_close(group, 0, &result);
  say_result("group", &result);
  if (rc < 0) return rc;

  rc = roost_sleep(ROOST_SECOND);
  say("a second later: nobody is on duty any more");
  return rc;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
