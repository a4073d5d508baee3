/* O1: a dump shows a hosted task like a fiber: where it waits, and what it waits to be closed. */
#include "hosts.h"
#include "seeing.h"

static uint64_t a, g, s;

static int forget(void **state) {
  forget_text();
  return close_host(state);
}
#undef HOST
#define HOST(function) cmocka_unit_test_setup_teardown(function, open_host, forget)

static void sleep_here_and_there(routine *me) {
  BEGIN;
  SLEEP(SECONDS(1));
  g = GROUP("g");
  hosted(g, "b", .lasts = SECONDS(9));
  s = SCOPE("s");
  SLEEP(SECONDS(2));
  LEAVE(s, me->rc);
  CLOSE(g, me->rc);
  END;
}

static void show_the_sleep(void) {
  assert_shown(node_of(a), "task 'a' (#): has waited 500 ms for a time, 500 ms to go\n");
}
static void show_the_scope(void) {
  assert_shown(node_of(a), "task 'a' (#): waits in scope (#)\n"
                           "└─ group 'g' (#): open\n"
                           "   ├─ task 'b' (#): has waited 1 s for a time, 8 s to go\n"
                           "   └─ scope (#): open; has waited 1 s for a time, 1 s to go\n");
}
static void show_the_closing(void) {
  assert_shown(node_of(a), "task 'a' (#): waits for the end of group 'g' (#)\n"
                           "└─ group 'g' (#): closing, waits for 1 task\n");
}

/* T1b: a wait is the innermost node's, and so is said there. */
static void a_task_shows_where_it_waits(void **state) {
  (void)state;
  a = hosted(0, "a", .fn = sleep_here_and_there);
  flush();
  act(SECONDS(1) / 2, show_the_sleep);
  act(SECONDS(2), show_the_scope);
  act(SECONDS(5), show_the_closing);
  drive();
  assert_log("@1000 b+ @10000 b- g=0");
}

/* C3: what is cancelled of it is its waits. */
static void show_the_cancelled(void) {
  cancel_now(a);
  assert_shown(node_of(a), "cancelled 0 ns ago (explicit); its waits are cancelled\n");
}
static void a_cancelled_task_shows_that_its_waits_are(void **state) {
  (void)state;
  a = hosted(0, "a", .lasts = SECONDS(9));
  flush();
  act(SECONDS(1), show_the_cancelled);
  drive();
  assert_log("a+ @1000 a!");
}

static void show_itself(routine *me) {
  assert_shown(me->task, "task 'a' (#): runs, or is about to\n");
}

/* Which of those that were told to go on has its step is known to the host alone. */
static void a_task_that_was_told_to_go_on_runs(void **state) {
  (void)state;
  hosted(0, "a", .fn = show_itself);
  drive();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      HOST(a_task_shows_where_it_waits),
      HOST(a_cancelled_task_shows_that_its_waits_are),
      HOST(a_task_that_was_told_to_go_on_runs),
  };
  return cmocka_run_group_tests_name("host_dump", tests, NULL, NULL);
}
