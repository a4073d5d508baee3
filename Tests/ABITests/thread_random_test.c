/* Random programs that are cancelled, shut down, woken, released and posted to: what happens is the
 * same, event by event, whether the runtime's own thread does all that or another one asks for it
 * (C14, C14a, C14c, S5). */
#include "chance.h"
#include "threads.h"

enum { groups = 4, things_each = 6, steps = 40, seeds = 200 };

/* ---------------------------------------------------------------------------------------------- */
/* What happened                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static char stories[2][1 << 17];
static size_t told;
static int outcomes[2];
static int is_foreign; /* another thread asks; the second story */

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...) {
  char *story = stories[is_foreign];
  va_list arguments;
  va_start(arguments, format);
  told += (size_t)snprintf(story + told, sizeof stories[0] - told,
                           " %lld:", (long long)((roost_now(rt) - beginning) / 1000000));
  told += (size_t)vsnprintf(story + told, sizeof stories[0] - told, format, arguments);
  va_end(arguments);
  CHECK(told < sizeof stories[0] - 200, "the story is too long");
}

/* From inside any callback, too, something is asked now and then, as long as the query after it can
 * be made. */
static int asks_left;
static void ask(void);
static void interfere(void) {
  if (asks_left > 0 && one_in(6) && roost_cancel_called(root) >= 0) {
    asks_left--;
    ask();
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* The program                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static roost_group group_of[groups];
static roost_task task_of[groups * things_each];
static roost_scope scope_of[groups * things_each];
static roost_wait wait_of[groups * things_each];
static roost_event event_of[groups * things_each];
static int numbers[groups * things_each];

static void see_wait(roost_wait wait, int rc, void *data) {
  (void)wait;
  tell("wait%d=%s", *(int *)data, code_name(rc));
  interfere();
}
static void see_drop(void *data) {
  tell("drop%d", *(int *)data);
  interfere();
}
static int see_abort(roost_wait wait, void *data) {
  (void)wait;
  tell("abort%d", *(int *)data);
  interfere();
  return 0;
}
static void end_task(roost_wait wait, int rc, void *data) {
  (void)wait;
  int number = *(int *)data;
  tell("end%d=%s", number, code_name(rc));
  (void)roost_finish(task_of[number], rc < 0 ? ROOST_ECANCELED : 0, &numbers[number], see_drop);
}
static int begin_task(roost_task self, void *data) {
  int number = *(int *)data;
  tell("task%d", number);
  interfere();
  CHECK(roost_after(self, MS(5 + number), end_task, data, NULL, NULL) == 0, "after");
  return ROOST_PENDING;
}
static int cancel_task(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  tell("cancel%d(%d,%d,%s)", *(int *)data, (int)why->origin, (int)why->code, why->message);
  interfere();
  return *(int *)data % 2 ? 0 : ROOST_PENDING;
}
static int see_cleanup(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  tell("cleanup%d:%d", *(int *)data, (int)why->state);
  interfere();
  return 0;
}
static void see_join(roost_node node, const roost_result *result, void *data) {
  (void)node;
  tell("join%d=%s,%d", *(int *)data, code_name(result->code), (int)result->cancelled_caught);
  interfere();
}
static void see_post(roost_runtime runtime, void *data) {
  (void)runtime;
  tell("post%d", *(int *)data);
  interfere();
}

static void open_program(void) {
  for (int i = 0; i < groups; i++)
    group_of[i] = open_group(i == 0 || one_in(2) ? root : group_of[upto(i)],
                             ROOST_GROUP(.policy = one_in(2) ? ROOST_SUPERVISE : ROOST_FAIL_FAST,
                                         .shield = one_in(4), .limit = one_in(3) ? 2 : 0));
  for (int i = 0; i < groups * things_each; i++) {
    roost_group in = group_of[upto(groups)];
    numbers[i] = i;
    roost_task_options options =
        *ROOST_TASK(.start = begin_task, .on_cancel = one_in(2) ? cancel_task : NULL,
                    .data = &numbers[i], .drop = see_drop, .shield = one_in(6), .daemon = one_in(6),
                    .until_stopping = one_in(3));
    CHECK(roost_spawn(in, &options, &task_of[i]) == 0, "spawn");
    CHECK(roost_defer(one_in(2) ? task_of[i] : in, see_cleanup, &numbers[i], NULL) == 0, "defer");
    scope_of[i] = open_scope(one_in(2) ? in : root, ROOST_SCOPE(.until_stopping = one_in(2)));
    CHECK(roost_park(scope_of[i], one_in(2) ? see_abort : NULL, see_wait, &numbers[i], see_drop,
                     &wait_of[i]) == 0,
          "park");
    CHECK(roost_event_open(rt, &event_of[i]) == 0, "event");
    if (one_in(2))
      CHECK(roost_event_wait(event_of[i], scope_of[upto(i + 1)], see_wait, &numbers[i], see_drop,
                             NULL) == 0,
            "wait");
  }
  for (int i = 0; i < groups; i++)
    if (one_in(2)) CHECK(roost_join(group_of[i], 0, see_join, &numbers[i], NULL) == 0, "join");
}

/* ---------------------------------------------------------------------------------------------- */
/* What is asked                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* Done by one thread or the other, and once; afterwards the runtime's has heard of it. */
#define ASK(function, ...)                                                                         \
  (is_foreign ? function##_elsewhere(__VA_ARGS__) : roost_##function(__VA_ARGS__))

static roost_node any_node(void) {
  int i = upto(groups * things_each);
  return one_in(2) ? task_of[i] : one_in(4) ? group_of[i % groups] : scope_of[i];
}

static void ask(void) {
  int i = upto(groups * things_each), rc = 0;
  switch (upto(6)) {
  case 0:
    rc = ASK(cancel, any_node(), ROOST_CANCEL(.code = i, .message = one_in(2) ? "why" : NULL));
    break;
  case 1: rc = ASK(shutdown, any_node(), one_in(2) ? 0 : MS(upto(10))); break;
  case 2: rc = ASK(wake, wait_of[i], i); break;
  case 3: rc = ASK(release, task_of[i]); break;
  case 4: rc = ASK(release_id, event_of[i].id); break;
  default: rc = ASK(post, rt, see_post, &numbers[i], NULL); break;
  }
  CHECK(rc >= 0 || rc == ROOST_ESTALE || rc == ROOST_ECLOSED, "%s", code_name(rc));
  (void)roost_cancel_called(root);
}

static void ask_one(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  if (rc == 0) ask();
}

static void end_program(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  tell("close");
  CHECK(roost_close(rt, MS(3), NULL, NULL, NULL) == ROOST_PENDING, "close");
}

static void play(uint64_t number) {
  seed = number;
  chance = number * UINT64_C(0x9e3779b97f4a7c15) | 1;
  told = 0;
  asks_left = 50;
  CHECK(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .seed = number % 3), &rt) ==
            0,
        "open");
  root = roost_root(rt);
  beginning = roost_now(rt);
  open_program();
  for (int i = 0; i < steps; i++)
    CHECK(roost_after(root, MS(upto(25)), ask_one, NULL, NULL, NULL) == 0, "after");
  CHECK(roost_after(root, MS(30), end_program, NULL, NULL, NULL) == 0, "after");
  outcomes[is_foreign] = roost_run(rt);
  rt.id = 0;
}

/* C14, C14a, C14c, S5 */
static void another_thread_asks_for_the_same(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  for (uint64_t number = 1; number <= seeds; number++) {
    for (is_foreign = 0; is_foreign <= 1; is_foreign++) play(number);
    assert_int_equal(outcomes[0], outcomes[1]);
    if (strcmp(stories[0], stories[1]) != 0) {
      fprintf(stderr, "seed %d:\n%s\n%s\n", (int)number, stories[0], stories[1]);
      fail();
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(another_thread_asks_for_the_same),
  };
  return cmocka_run_group_tests_name("thread_random", tests, NULL, NULL);
}
