/* A group is cancelled by its handle, from wherever somebody has that: from a task of another
 * group, from a plain callback, and from another thread, whose call is carried out by the runtime's
 * own (C1, C5, C14). Each of the three also cancels a group that has ended, which is answered so,
 * and harms nobody (C6). */
#include "../common.h"

/* Teams: each is a task with a group of its own, and in that a task that works for so long. */
struct team {
  const char *name;
  int64_t needs;
  roost_group group;
};

static struct team first = {.name = "first", .needs = 10 * ROOST_SECOND};
static struct team second = {.name = "second", .needs = 10 * ROOST_SECOND};
static struct team third = {.name = "third", .needs = 10 * ROOST_SECOND};
static struct team early = {.name = "early", .needs = 500 * ROOST_MILLISECOND};

static int clean_up(roost_task self, const roost_outcome *why, void *data) {
  const struct team *team = data;
  (void)self;
  say("%s: its task cleans up, %s", team->name, state_name(why->state));
  return 0;
}

static int work(roost_task self, void *data) {
  const struct team *team = data;
  must(roost_defer(self, clean_up, data, NULL));
  return roost_sleep(team->needs);
}

static int lead(roost_task self, void *data) {
  struct team *team = data;
  roost_result result = {.size = sizeof result};
  must(roost_group_open(self, ROOST_GROUP(.name = team->name), &team->group));
  must(roost_go(team->group, work, team));
  int rc = roost_group_close(team->group, 0, &result);
  say_result(team->name, &result);
  return rc;
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

/* A plain callback, which is no task's. */
static void plain_callback(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  say_answers("a callback cancels second", cancel(&second, "by a callback"));
}

/* Another thread, of the pool here. It prints nothing: when it has its answers, the loop may have
 * begun to carry out what it asked for, or not. */
static int on_another_thread(roost_node self, void *answers) {
  (void)self;
  *(struct answers *)answers = cancel(&third, "by another thread");
  return 0;
}

static int body(roost_task self, void *data) {
  struct answers of_the_thread = {0};
  roost_group teams;
  (void)data;

  start_the_watch();
  must(roost_group_open(self, NULL, &teams));
  must(roost_go(teams, lead, &first));
  must(roost_go(teams, lead, &second));
  must(roost_go(teams, lead, &third));
  must(roost_go(teams, lead, &early));
  must(roost_after(teams, 2 * ROOST_SECOND, plain_callback, NULL, NULL, NULL));

  roost_sleep(ROOST_SECOND);
  say_answers("a task cancels first", cancel(&first, "by a task"));

  roost_sleep(2 * ROOST_SECOND);
  must(roost_blocking(on_another_thread, &of_the_thread));

  roost_sleep(ROOST_SECOND);
  say_answers("another thread has cancelled third", of_the_thread);
  return roost_group_close(teams, 0, NULL);
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
