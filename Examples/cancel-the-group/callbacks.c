/* Two jobs and an endless helper in one group. A job finds that everything is done, and cancels the
 * group: the one handle that it needs. Nobody passes a list of tasks around, and nothing has to be
 * thrown: the group ends without an error (C1, C7). */
#include "../common.h"

struct job {
  const char *name;
  int64_t needs;
  roost_task self;
};

static roost_group group;
static int jobs_left;

/* The jobs. */

static void job_waited(roost_wait wait, int rc, void *data) {
  struct job *job = data;
  (void)wait;
  if (rc == 0) {
    say("%s: done", job->name);
    if (--jobs_left == 0) {
      say("%s: it was the last, cancelling the group", job->name);
      must(roost_cancel(group, ROOST_CANCEL(.message = "all jobs are done")));
    }
  }
  must(roost_finish(job->self, rc, NULL, NULL));
}

static int job_start(roost_task self, void *data) {
  struct job *job = data;
  job->self = self;
  say("%s: begins", job->name);
  must(roost_after(self, job->needs, job_waited, job, NULL, NULL));
  return ROOST_PENDING;
}

/* The helper. Its waits need no care: when on_cancel ends the task, they are taken back (S2b). */

static int helper_start(roost_task self, void *data);

static void helper_waited(roost_wait wait, int rc, void *data) {
  roost_task *self = data;
  (void)wait, (void)rc;
  helper_start(*self, data);
}

static int helper_start(roost_task self, void *data) {
  *(roost_task *)data = self;
  say("helper: on duty");
  must(roost_after(self, 300 * ROOST_MILLISECOND, helper_waited, data, NULL, NULL));
  return ROOST_PENDING;
}

static int helper_on_cancel(roost_task self, const roost_reason *why, void *data) {
  (void)self, (void)data;
  say("helper: cancelled, %s", why->message);
  return 0;
}

/* The group. */

static void a_second_later(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  say("a second later: nobody is on duty any more");
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  say_result("group", result);
  must(roost_after(roost_root(runtime), ROOST_SECOND, a_second_later, NULL, NULL, NULL));
}

int main(void) {
  struct job jobs[] = {
      {.name = "job 1", .needs = 400 * ROOST_MILLISECOND},
      {.name = "job 2", .needs = 700 * ROOST_MILLISECOND},
  };
  roost_task helper;

  open_runtime();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  must(roost_spawn(
      group, ROOST_TASK(.start = helper_start, .on_cancel = helper_on_cancel, .data = &helper),
      NULL));
  for (jobs_left = 0; jobs_left < 2; jobs_left++) {
    must(roost_spawn(group, ROOST_TASK(.start = job_start, .data = &jobs[jobs_left]), NULL));
  }
  must(roost_join(group, 0, joined, NULL, NULL));
  return close_runtime();
}
