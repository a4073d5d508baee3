/* A loop that computes, and looks now and then whether it is cancelled: in a fiber by a checkpoint,
 * which also lets the others run (S1a), and on a thread by asking (S6). The cancel does not come
 * from a clock but from the loop's own iteration 1,000: directly, and from the thread by a function
 * that is posted to the runtime's (S5). It stops within one iteration. A loop that does not look is
 * asked in vain: it goes on to its end, and its answer counts (C4). */
#include "../common.h"

#include <uv.h>

enum { ASKS_AT = 1000, ENDS_AT = 2000 };

struct loop {
  const char *name;
  roost_fiber_fn run;
  int looks;
  roost_group group;
  uv_sem_t told;  /* posted when the group is cancelled */
  int iterations; /* of the thread, until it is done */
};

static void cancel(struct loop *loop) {
  must(roost_cancel(loop->group, ROOST_CANCEL(.message = loop->name)));
}

/* In a fiber. */
static int compute(roost_task self, void *data) {
  struct loop *loop = data;
  int sum = 0;
  (void)self;
  while (loop->iterations < ENDS_AT) {
    sum += ++loop->iterations;
    if (loop->iterations == ASKS_AT) cancel(loop);
    int rc = roost_checkpoint();
    if (rc < 0) return rc;
  }
  return sum;
}

/* On a thread. It waits for what it has asked for, so that what it does afterwards, it does
 * cancelled: everything in the group is, when roost_cancel returns (C5). */

static void posted(roost_runtime of, void *data) {
  struct loop *loop = data;
  (void)of;
  cancel(loop);
  uv_sem_post(&loop->told);
}

static int compute_on_a_thread(roost_node self, void *data) {
  struct loop *loop = data;
  int sum = 0;
  while (loop->iterations < ENDS_AT) {
    sum += ++loop->iterations;
    if (loop->iterations == ASKS_AT) {
      must(roost_post(runtime, posted, loop, NULL));
      uv_sem_wait(&loop->told);
    }
    if (loop->looks && roost_cancelled(self)) return ROOST_ECANCELED;
  }
  return sum;
}

static int call_a_thread(roost_task self, void *data) {
  (void)self;
  return roost_blocking(compute_on_a_thread, data);
}

static void run(roost_task self, struct loop *loop) {
  roost_task task;
  roost_outcome outcome = {.size = sizeof outcome};
  roost_result result = {.size = sizeof result};

  start_the_watch();
  must(uv_sem_init(&loop->told, 0));
  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &loop->group));
  must(roost_go_with(loop->group, ROOST_FIBER(.fn = loop->run, .data = loop), &task));
  roost_group_close(loop->group, 0, &result);
  must(roost_outcome_of(task, &outcome));
  if (outcome.state == ROOST_COMPLETED) {
    say("%s: %s, its answer is %" PRId64, loop->name, state_name(outcome.state), outcome.code);
  } else {
    say("%s: %s within one iteration: %s", loop->name, state_name(outcome.state),
        yes_or_no(loop->iterations <= ASKS_AT + 1));
  }
  say_result("group", &result);
  uv_sem_destroy(&loop->told);
}

static int body(roost_task self, void *data) {
  struct loop loops[] = {
      {.name = "cancelled directly", .run = compute},
      {.name = "cancelled by post", .run = call_a_thread, .looks = 1},
      {.name = "cancelled, but does not look", .run = call_a_thread, .looks = 0},
  };
  (void)data;
  for (int i = 0; i < 3; i++) run(self, &loops[i]);
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
