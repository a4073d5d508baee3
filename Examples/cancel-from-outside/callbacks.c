/* A group is cancelled by its handle, from wherever somebody has that: from a task of another
 * group, from a plain callback, and from another thread, whose call is carried out by the runtime's
 * own (C1, C5, C14). Each of the three also cancels a group that has ended, which is answered so,
 * and harms nobody (C6). */
#include "../common.h"

/* Groups with a task that wants to work for so long, and what each was cancelled by. */
struct team {
  const char *name;
  int64_t needs;
  roost_group group;
  roost_task task;
};

static struct team first = {.name = "first", .needs = 10 * ROOST_SECOND};
static struct team second = {.name = "second", .needs = 10 * ROOST_SECOND};
static struct team third = {.name = "third", .needs = 10 * ROOST_SECOND};
static struct team early = {.name = "early", .needs = 500 * ROOST_MILLISECOND};

static void work_ended(roost_wait wait, int rc, void *data) {
  struct team *team = data;
  (void)wait;
  must(roost_finish(team->task, rc, NULL, NULL));
}

static int clean_up(roost_task self, const roost_outcome *why, void *data) {
  struct team *team = data;
  (void)self;
  say("%s: its task cleans up, %s", team->name, state_name(why->state));
  return 0;
}

static int work_start(roost_task self, void *data) {
  struct team *team = data;
  team->task = self;
  must(roost_defer(self, clean_up, team, NULL));
  must(roost_after(self, team->needs, work_ended, team, NULL, NULL));
  return ROOST_PENDING;
}

static void team_ended(roost_node node, const roost_result *result, void *data) {
  struct team *team = data;
  (void)node;
  say_result(team->name, result);
}

static void begin(struct team *team) {
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = team->name), &team->group));
  must(roost_spawn(team->group, ROOST_TASK(.start = work_start, .data = team), NULL));
  must(roost_join(team->group, 0, team_ended, team, NULL));
}

/* What the two calls of one of the three answered. */
struct answers {
  int to_the_one;
  int to_the_ended;
};

/* Only handles are needed, and they may be used on any thread, at any time. */
static struct answers cancel(const struct team *team, const char *by) {
  return (struct answers){
      .to_the_one = roost_cancel(team->group, ROOST_CANCEL(.message = by)),
      .to_the_ended = roost_cancel(early.group, ROOST_CANCEL(.message = by)),
  };
}

static void say_answers(const char *who, struct answers answers) {
  say("%s: %s; the one that has ended: %s", who, answer(answers.to_the_one),
      answer(answers.to_the_ended));
}

/* A task of another group. */

static roost_task other_task;

static void other_waited(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  say_answers("a task cancels first", cancel(&first, "by a task"));
  must(roost_finish(other_task, rc, NULL, NULL));
}

static int other_start(roost_task self, void *data) {
  (void)data;
  other_task = self;
  must(roost_after(self, ROOST_SECOND, other_waited, NULL, NULL, NULL));
  return ROOST_PENDING;
}

/* A plain callback, which is no task's. */

static void plain_callback(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  say_answers("a callback cancels second", cancel(&second, "by a callback"));
}

/* Another thread, of the pool here. It prints nothing: when it has its answers, the loop may have
 * begun to carry out what it asked for, or not. A second later both are through. */

static struct answers of_the_thread;

static int on_another_thread(roost_task self, void *data, void **result) {
  (void)self, (void)data, (void)result;
  of_the_thread = cancel(&third, "by another thread");
  return 0;
}

static void start_the_thread(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  must(roost_spawn_blocking(roost_root(runtime), ROOST_BLOCKING(.work = on_another_thread), NULL));
}

static void a_second_later(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  say_answers("another thread has cancelled third", of_the_thread);
}

int main(void) {
  roost_group other;

  open_runtime();
  begin(&first);
  begin(&second);
  begin(&third);
  begin(&early);
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "other"), &other));
  must(roost_spawn(other, ROOST_TASK(.start = other_start), NULL));
  must(roost_join(other, 0, NULL, NULL, NULL));
  must(roost_after(roost_root(runtime), 2 * ROOST_SECOND, plain_callback, NULL, NULL, NULL));
  must(roost_after(roost_root(runtime), 3 * ROOST_SECOND, start_the_thread, NULL, NULL, NULL));
  must(roost_after(roost_root(runtime), 4 * ROOST_SECOND, a_second_later, NULL, NULL, NULL));
  return close_runtime();
}
