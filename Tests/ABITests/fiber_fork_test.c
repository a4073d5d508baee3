/* Fork in a fiber (S8b): the child is on the fiber's stack, and no fiber of its own. */
#include "fibers.h"

#include "forking.h"

static roost_event event;
static roost_limiter limiter;
static roost_lock lock;
static roost_channel channel;
static roost_group g;
static roost_scope s;
static roost_task task;

static int end_child(int rc) {
  fflush(NULL);
  _exit(rc);
}

/* Which of the calls, counted from 1, answers something else; 0: none. */
static int other_answer(void) {
  void *item;
  roost_choice choices[] = {ROOST_ON_EVENT(event)};
  roost_result result = {.size = sizeof result};
  const int answers[] = {
      roost_sleep(1),
      roost_sleep(0),
      roost_sleep_until(UINT64_MAX),
      roost_sleep_forever(),
      roost_checkpoint(),
      roost_await_event(event),
      roost_await_permit(limiter),
      roost_await_lock(lock),
      roost_send(channel, NULL),
      roost_receive(channel, &item),
      roost_await_end(task),
      roost_cancel_and_await(task, NULL),
      roost_await_signal(SIGUSR1),
      roost_select(choices, 1),
      roost_go(g, nothing, NULL),
      roost_go_with(g, ROOST_FIBER(.fn = nothing), NULL),
      roost_await_go(g, ROOST_FIBER(.fn = nothing), NULL),
      roost_fiber_defer(task, take_nap_as_cleanup, NULL, NULL),
      roost_scope_close(s, 0, &result),
      roost_group_close(g, 0, NULL),
      roost_trim(rt),
      roost_cancel(task, NULL),
      roost_return(0, NULL, NULL),
  };
  for (int i = 0; i < (int)COUNT(answers); i++)
    if (answers[i] != ROOST_ECHILD) return i + 1;
  return roost_self().id != 0 || roost_here().id != 0 ? 99 : 0;
}

static int fork_and_ask(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  pid_t child = fork();
  if (child == 0) end_child(other_answer());
  note("%d", WEXITSTATUS(status_of(child)));
  close_scope(s, tell("sleep", roost_sleep(SECONDS(1))));
  return 0;
}

static void open_all(void) {
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(roost_limiter_open(rt, 1, &limiter), 0);
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  g = group(root, "g");
  task = nap(root, "a", .lasts = SECONDS(2));
}

/* S8b: whatever the child asks of what was before; the parent goes on. */
static void a_child_forked_in_a_fiber_touches_nothing(void **state) {
  (void)state;
  open_all();
  play(fork_and_ask);
  assert_log("a+ 0 @1000 sleep=0 s=0 @2000 a-");
}

static int step_of_child(roost_task self, void *data) {
  if (roost_sleep(SECONDS(1)) != 0 || roost_self().id != self.id) return ROOST_EIO;
  ++*(int *)data;
  return 0;
}
static int main_of_child(roost_task self, void *data) {
  roost_group own;
  if (roost_group_open(self, NULL, &own) != 0) return ROOST_EIO;
  for (int i = 0; i < 10; i++)
    if (roost_go(own, step_of_child, data) != 0) return ROOST_EIO;
  return roost_group_close(own, 0, NULL);
}
static int live_on_fibers(void) {
  int steps = 0;
  if (roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), main_of_child, &steps) != 0)
    return 1;
  return steps == 10 ? other_answer() : 2;
}
static int fork_and_live(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  pid_t child = fork();
  if (child == 0) end_child(live_on_fibers());
  note("%d", WEXITSTATUS(status_of(child)));
  close_scope(s, tell("sleep", roost_sleep(SECONDS(1))));
  return 0;
}

/* S8b: it may have fibers of its own, on that stack. */
static void a_child_forked_in_a_fiber_has_its_own(void **state) {
  (void)state;
  open_all();
  assert_int_equal(
      roost_go_with(root, ROOST_FIBER(.fn = fork_and_live, .stack_size = 1 << 18), NULL), 0);
  run();
  assert_log("a+ 0 @1000 sleep=0 s=0 @2000 a-");
}

/* S8b: forked while fibers wait. */
static void a_child_forked_beside_fibers_has_its_own(void **state) {
  (void)state;
  task = nap(root, "daemon", .lasts = ROOST_FOREVER, .daemon = 1);
  nap(root, "a", .lasts = SECONDS(1));
  run();
  pid_t child = fork();
  if (child == 0) {
    int rc =
        roost_cancel(task, NULL) != ROOST_ECHILD || roost_go(root, nothing, NULL) != ROOST_ECHILD;
    int steps = 0;
    const roost_runtime_options *options = ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL);
    if (roost_main_with(options, main_of_child, &steps) != 0 || steps != 10) rc = 2;
    end_child(rc);
  }
  assert_int_equal(WEXITSTATUS(status_of(child)), 0);
  assert_log("daemon+ a+ @1000 a-");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_child_forked_in_a_fiber_touches_nothing),
      TEST(a_child_forked_in_a_fiber_has_its_own),
      TEST(a_child_forked_beside_fibers_has_its_own),
  };
  return cmocka_run_group_tests_name("fiber_fork", tests, NULL, NULL);
}
