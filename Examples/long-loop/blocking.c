/* A loop that computes on a thread, and looks now and then whether it is cancelled. The cancel does
 * not come from a clock but from the loop's own iteration 1,000: directly, and by a function that
 * is posted to the runtime's thread (C14, S5). It stops within one iteration. A loop that does not
 * look is asked in vain: it goes on to its end, and its answer counts (S6, C4). */
#include "../common.h"

#include <uv.h>

enum { ASKS_AT = 1000, ENDS_AT = 2000 };

struct loop {
  const char *name;
  void (*ask)(struct loop *loop);
  int looks;
  roost_group group;
  roost_task task;
  uv_sem_t told;  /* posted when the group has been told that it is cancelled */
  int iterations; /* of the thread, until it is done */
};

/* The two ways to ask. */

static void cancel_directly(struct loop *loop) {
  must(roost_cancel(loop->group, ROOST_CANCEL(.message = loop->name)));
}

static void posted(roost_runtime of, void *data) {
  (void)of;
  cancel_directly(data);
}

static void cancel_by_post(struct loop *loop) { must(roost_post(runtime, posted, loop, NULL)); }

/* The loop. It waits for what it has asked for, so that what it does afterwards, it does cancelled:
 * everything in the group is, before anybody in it is told (C5). */
static int compute(roost_task self, void *data, void **result) {
  struct loop *loop = data;
  int sum = 0;
  (void)result;
  while (loop->iterations < ENDS_AT) {
    sum += ++loop->iterations;
    if (loop->iterations == ASKS_AT) {
      loop->ask(loop);
      uv_sem_wait(&loop->told);
    }
    if (loop->looks && roost_cancelled(self)) return ROOST_ECANCELED;
  }
  return sum;
}

/* A task beside it that is told, and ends well. */

static int witness_start(roost_task self, void *data) {
  (void)self, (void)data;
  return ROOST_PENDING;
}

static int witness_on_cancel(roost_task self, const roost_reason *why, void *data) {
  struct loop *loop = data;
  (void)why;
  uv_sem_post(&loop->told);
  return roost_finish(self, 0, NULL, NULL);
}

static void joined(roost_node node, const roost_result *result, void *data) {
  struct loop *loop = data;
  roost_outcome outcome = {.size = sizeof outcome};
  (void)node;
  must(roost_outcome_of(loop->task, &outcome));
  if (outcome.state == ROOST_COMPLETED) {
    say("%s: %s, its answer is %" PRId64, loop->name, state_name(outcome.state), outcome.code);
  } else {
    say("%s: %s within one iteration: %s", loop->name, state_name(outcome.state),
        yes_or_no(loop->iterations <= ASKS_AT + 1));
  }
  say_result("group", result);
}

static void run(struct loop *loop) {
  must(uv_sem_init(&loop->told, 0));
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &loop->group));
  must(roost_spawn(loop->group,
                   ROOST_TASK(.start = witness_start, .on_cancel = witness_on_cancel, .data = loop),
                   NULL));
  must(roost_spawn_blocking(loop->group, ROOST_BLOCKING(.work = compute, .data = loop),
                            &loop->task));
  must(roost_join(loop->group, 0, joined, loop, NULL));
  must(roost_run(runtime));
  uv_sem_destroy(&loop->told);
}

int main(void) {
  struct loop loops[] = {
      {.name = "cancelled directly", .ask = cancel_directly, .looks = 1},
      {.name = "cancelled by post", .ask = cancel_by_post, .looks = 1},
      {.name = "cancelled, but does not look", .ask = cancel_directly, .looks = 0},
  };
  open_runtime();
  for (int i = 0; i < 3; i++) run(&loops[i]);
  return close_runtime();
}
