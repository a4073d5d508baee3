/* valgrind: no */
/* B4, K2c, C15: stacks and memory that run out. A fiber without a stack fails at its first step,
 * with all that it has registered run and dropped; what was reserved before needs nothing more. */
#include "allocator.h"
#include "fibers.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* ---------------------------------------------------------------------------------------------- */
/* Memory that runs out                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int inside;    /* the library's code is running, not the test's */
static long asked;    /* how often it has asked for memory meanwhile */
static long fails_at; /* which of these fails; 0: none */
static int no_memory; /* all fail */
static int no_stacks; /* those for addresses fail */
static int no_guards; /* the system makes no more guards */

static int is_refused(void) {
  static long seen;
  int is_mapping = mappings != seen;
  seen = mappings;
  if (!inside) return 0;
  asked++;
  return no_memory || (no_stacks && is_mapping) || asked == fails_at;
}

/* Libuv aborts the process when it cannot grow the table of its watchers, so that never fails. */
static void *uv_realloc_never_fails(void *old, size_t size) { return __libc_realloc(old, size); }

static int refuse_guard(void) {
  errno = ENOMEM;
  return -1;
}
int madvise(void *at, size_t size, int advice) {
  if (inside && no_guards && advice == 102) return refuse_guard();
  return (int)syscall(SYS_madvise, at, size, advice);
}
int mprotect(void *at, size_t size, int protection) {
  if (inside && no_guards) return refuse_guard();
  return (int)syscall(SYS_mprotect, at, size, protection);
}

static int find_memory_and_close(void **state) {
  inside = no_memory = no_stacks = no_guards = 0;
  fails_at = 0;
  return close_runtime(state);
}
#undef TEST
#define TEST(function)                                                                             \
  cmocka_unit_test_setup_teardown(function, open_runtime, find_memory_and_close)

static roost_group g;
static roost_task task;
static int ran, swept, dropped;
static roost_error error;
static char message[200];

static void drop(void *data) {
  (void)data;
  dropped++;
}
static int step(roost_task self, void *data) {
  (void)self;
  (void)data;
  ran++;
  return 0;
}
static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)data;
  assert_int_equal(why->code, ROOST_ENOMEM);
  assert_int_equal(why->started, 0);
  swept++;
  return 0;
}
static void keep_error(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  assert_int_equal(result->error_count, 1);
  error = *result->errors;
  snprintf(message, sizeof message, "%s", error.message == NULL ? "" : error.message);
}

static void run_inside(void) {
  inside = 1;
  int rc = roost_run(rt);
  inside = 0;
  assert_int_equal(rc, 0);
}

/* One fiber, for which there is no stack. */
static void run_without_a_stack(int *lack) {
  ran = swept = dropped = 0;
  g = group(root, "g");
  task = go(g, "poor", .fn = step, .drop = drop);
  assert_int_equal(roost_defer(task, sweep_up, NULL, drop), 0);
  assert_int_equal(roost_join(g, 0, keep_error, NULL, NULL), 0);
  *lack = 1;
  run_inside();
  *lack = 0;
  assert_true(ran == 0 && swept == 1 && dropped == 2);
  assert_int_equal(error.code, ROOST_ENOMEM);
  assert_int_equal(error.node.id, task.id);
}

/* B4: it fails, without having run, its cleanups run, and the message says what to do; the next
 * has memory again. */
static void a_fiber_without_a_stack_fails(void **state) {
  (void)state;
  run_without_a_stack(&no_stacks);
  assert_non_null(strstr(message, "vm.max_map_count"));
  task = go(root, "rich", .fn = step);
  run();
  assert_int_equal(ran, 1);
  assert_int_equal(outcome_of(task).state, ROOST_COMPLETED);
}

/* B4: the same where there are addresses but no guard can be made. */
static void a_fiber_without_a_guard_fails(void **state) {
  (void)state;
  run_without_a_stack(&no_guards);
  assert_non_null(strstr(message, "vm.max_map_count"));
  task = go(root, "rich", .fn = step);
  run();
  assert_int_equal(ran, 1);
}

/* B4: where there is no memory for the message either, the code and the name are listed. */
static void a_fiber_without_any_memory_fails(void **state) {
  (void)state;
  run_without_a_stack(&no_memory);
  assert_string_equal(message, "");
}

static int explain_and_fail(roost_task self, void *data) {
  (void)data;
  return roost_explain(self, "its own words") == 0 ? ROOST_EIO : 0;
}

/* Such a message is not left to the next. */
static void the_next_has_its_own_message(void **state) {
  (void)state;
  run_without_a_stack(&no_stacks);
  g = group(root, "g");
  go(g, "bad", .fn = explain_and_fail);
  assert_int_equal(roost_join(g, 0, keep_error, NULL, NULL), 0);
  run();
  assert_string_equal(message, "its own words");
}

static int sweep_by_waiting(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  assert_int_equal(roost_sleep(SECONDS(1)), 0);
  swept++;
  return 0;
}

/* K2c, K5: a cleanup that cannot have a stack is refused when it is registered. */
static void a_cleanup_without_a_stack_is_refused(void **state) {
  (void)state;
  dropped = swept = 0;
  task = spawn(root, "a");
  inside = no_memory = 1;
  int rc = roost_fiber_defer(task, sweep_by_waiting, NULL, drop);
  inside = no_memory = 0;
  assert_int_equal(rc, ROOST_ENOMEM);
  assert_non_null(strstr(roost_last_error(), "vm.max_map_count"));
  assert_int_equal(dropped, 1);
  assert_int_equal(roost_fiber_defer(task, sweep_by_waiting, NULL, drop), 0);
  run();
  assert_true(swept == 1 && dropped == 2);
  clear_log();
}

/* A fiber that has used a stack, so that there is memory for one, and its waits. */
static void warm_up(void) {
  nap(root, "a", .lasts = 1);
  nap(root, "b", .lasts = 1);
  run();
  clear_log();
}

/* K2c: one that was registered has all it needs: 20 at once, of every kind of node, when nothing is
 * left; others have taken what was free. */
static void registered_cleanups_need_no_memory(void **state) {
  (void)state;
  swept = 0;
  warm_up();
  g = group(root, "g");
  for (int i = 0; i < 20; i++) {
    roost_node node = i % 2 ? spawn(g, "a", .lasts = SECONDS(1)) : scope(g, "s");
    assert_int_equal(roost_fiber_defer(node, sweep_by_waiting, NULL, NULL), 0);
  }
  for (int i = 0; i < 30; i++) nap(root, "other", .lasts = SECONDS(5));
  join(g, 0);
  run();
  assert_int_equal(swept, 20);
  clear_log();
  /* Now that nothing is left of it, the same without memory. */
  g = group(root, "g");
  for (int i = 0; i < 20; i++) {
    roost_node node = i % 2 ? spawn(g, "a", .lasts = SECONDS(1)) : scope(g, "s");
    assert_int_equal(roost_fiber_defer(node, sweep_by_waiting, NULL, NULL), 0);
  }
  join(g, 0);
  no_memory = 1;
  run_inside();
  no_memory = 0;
  assert_int_equal(swept, 40);
  clear_log();
}

static int hold_cleanup(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_fiber_defer(self, sweep_by_waiting, NULL, NULL), 0);
  return roost_sleep(SECONDS(100));
}

static void cancel_without_memory(void) {
  no_memory = inside = 1;
  asked = 0;
  roost_cancel(g, NULL);
}
static void look_at_what_was_asked(void) {
  inside = no_memory = 0;
  note("asked %ld, swept %d", asked, swept);
}
/* C15, K2c: a cancellation allocates nothing, nor do the cleanups that follow, of 1,000 fibers. */
static void cancelling_fibers_needs_no_memory(void **state) {
  (void)state;
  swept = 0;
  g = group(root, "g");
  for (int i = 0; i < 1000; i++) go(g, "a", .fn = hold_cleanup);
  join(g, 0);
  act(SECONDS(5), look_at_what_was_asked);
  act(SECONDS(1), cancel_without_memory);
  run();
  assert_log("@2000 g=0^ @5000 asked 0, swept 1000");
}

/* ---------------------------------------------------------------------------------------------- */
/* Every allocation fails once                                                                    */
/* ---------------------------------------------------------------------------------------------- */

enum { MANY = 300 };

static struct tally { int made, dropped, poor, refused, finished; } tally;

static void drop_tally(void *data) {
  (void)data;
  tally.dropped++;
}

static int tallied(int rc) {
  if (rc == ROOST_ENOMEM) tally.refused++;
  return rc;
}
/* Again where there was no memory for it. */
#define AGAIN(call) (tallied(call) == ROOST_ENOMEM ? (call) : 0)

static roost_channel channel;
static roost_event event;

static int sweep_tally(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)data;
  if (why->code == ROOST_ENOMEM && !why->started) tally.poor++;
  AGAIN(roost_sleep(1));
  return 0;
}

static int do_much(roost_task self, void *data) {
  roost_group inner;
  roost_scope own;
  roost_result result = {.size = sizeof result};
  void *item = NULL;
  (void)data;
  if (AGAIN(roost_group_open(self, ROOST_GROUP(.name = "inner", .timeout_ns = SECONDS(9)),
                             &inner)) != 0)
    return ROOST_EIO;
  tally.made++;
  if (AGAIN(roost_fiber_defer(inner, sweep_tally, NULL, drop_tally)) != 0) return ROOST_EIO;
  AGAIN(roost_go(inner, step, NULL));
  if (AGAIN(roost_scope_open(self, ROOST_SCOPE(.name = "own"), &own)) != 0) return ROOST_EIO;
  AGAIN(roost_sleep(5));
  AGAIN(roost_await_event(event));
  AGAIN(roost_send(channel, self.id % 2 ? NULL : self.id == 0 ? NULL : &tally));
  AGAIN(roost_receive(channel, &item));
  roost_choice choices[] = {ROOST_ON_TIME(10), ROOST_ON_RECEIVE(channel, &item)};
  AGAIN(roost_select(choices, COUNT(choices)));
  roost_scope_close(own, 0, NULL);
  roost_group_close(inner, 0, &result);
  roost_result_release(&result);
  tally.finished++;
  return 0;
}

static void play_all(void) {
  inside = 1;
  if (roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .max_errors = 4), &rt) != 0 &&
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .max_errors = 4), &rt) != 0)
    _exit(10);
  root = roost_root(rt);
  AGAIN(roost_event_open(rt, &event));
  roost_event_set(event);
  AGAIN(roost_channel_open(rt, 10, NULL, &channel));
  for (int i = 0; i < MANY; i++) {
    roost_task one = {0};
    const roost_fiber_options *options =
        ROOST_FIBER(.fn = do_much, .data = &tally, .drop = drop_tally, .name = "fiber");
    tally.made++;
    if (tallied(roost_go_with(root, options, &one)) == ROOST_ENOMEM) {
      tally.made++;
      if (roost_go_with(root, options, &one) != 0) _exit(11);
    }
    tally.made++;
    if (tallied(roost_fiber_defer(one, sweep_tally, NULL, drop_tally)) == ROOST_ENOMEM) {
      tally.made++;
      if (roost_fiber_defer(one, sweep_tally, NULL, drop_tally) != 0) _exit(12);
    }
  }
  int rc = roost_run(rt);
  if (rc != 0) _exit(13);
  rc = roost_close(rt, 0, NULL, NULL, NULL);
  inside = 0;
}

/* 0: it ended as it should; 1: it did not; 2: so it did, and no allocation failed. */
static int play_in_a_child(long n) {
  pid_t child = fork();
  if (child == 0) {
    asked = 0;
    fails_at = n;
    tally = (struct tally){0};
    play_all();
    int lost = MANY - tally.finished;
    int is_well = tally.made - tally.refused <= tally.dropped && tally.dropped <= tally.made &&
                  lost <= 1 && tally.poor <= 1;
    if (!is_well)
      fprintf(stderr, "allocation %ld: made %d dropped %d poor %d refused %d finished %d\n", n,
              tally.made, tally.dropped, tally.poor, tally.refused, tally.finished);
    _exit(!is_well ? 1 : asked >= n ? 0 : 2);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status)) fail_msg("allocation %ld: ended by signal %d", n, WTERMSIG(status));
  return WEXITSTATUS(status);
}

/* B4 */
static void every_allocation_may_fail(void **state) {
  (void)state;
  long n = 0;
  for (int status = 0; status != 2;) {
    status = play_in_a_child(++n);
    if (status != 0 && status != 2) fail_msg("allocation %ld: %d", n, status);
  }
  assert_true(n > 10);
}

/* ---------------------------------------------------------------------------------------------- */
/* Addresses that run out                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* Waits in a way that needs no memory, until all have begun. */
static int let_others_run(roost_task self, void *data) {
  (void)self;
  (void)data;
  ran++;
  return roost_checkpoint();
}

static int live_within_limits(void) {
  enum { FIBERS = 20000 };
  if (roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .max_errors = 3), &rt) != 0)
    return 10;
  root = roost_root(rt);
  for (int i = 0; i < FIBERS; i++)
    if (roost_go_with(root, ROOST_FIBER(.fn = let_others_run, .drop = drop), NULL) != 0) return 11;
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0) return 12;
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld", &pages) != 1) return 13;
  fclose(file);
  limit.rlim_cur = (rlim_t)pages * 4096 + ((rlim_t)256 << 20);
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 14;
  ran = dropped = 0;
  if (roost_run(rt) != 0) return 15;
  if (dropped != FIBERS) return 16;
  /* 256 MiB have room for some 4,000 stacks, and for most of them it was used. */
  if (ran < 1500 || ran > 4200) return 17;
  /* Those that are left serve the next. */
  int before = ran;
  for (int i = 0; i < 1000; i++)
    if (roost_go(root, let_others_run, NULL) != 0) return 18;
  if (roost_run(rt) != 0) return 19;
  if (ran != before + 1000) return 20;
  return roost_close(rt, 0, NULL, NULL, NULL) == ROOST_ENOMEM ? 0 : 21;
}

/* B4: a process that may have no more addresses. */
static void a_limited_process_goes_on(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) _exit(live_within_limits());
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
  uv_replace_allocator(malloc, uv_realloc_never_fails, calloc, __libc_free);
  const struct CMUnitTest tests[] = {
      TEST(a_fiber_without_a_stack_fails),         TEST(a_fiber_without_a_guard_fails),
      TEST(a_fiber_without_any_memory_fails),      TEST(the_next_has_its_own_message),
      TEST(a_cleanup_without_a_stack_is_refused),  TEST(registered_cleanups_need_no_memory),
      TEST(cancelling_fibers_needs_no_memory),     cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(a_limited_process_goes_on),
  };
  return cmocka_run_group_tests_name("fiber_memory", tests, NULL, NULL);
}
