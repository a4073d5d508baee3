/* valgrind: no */
/* The stacks of fibers: their sizes, the guards below them, how many there can be, what they cost
 * when they are not used. All of it in children, since a process decides once how it makes guards,
 * and since an overflow ends it. */
#include "fibers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* ---------------------------------------------------------------------------------------------- */
/* Children                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static const char *guards; /* how: NULL for as the system can */

static int run_child(int (*program)(void)) {
  pid_t child = fork();
  if (child == 0) {
    if (guards != NULL) setenv(ROOST_STACK_GUARDS, guards, 1);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (freopen("/dev/null", "w", stderr) == NULL) _exit(99);
    int rc = program();
    if (rt.id != 0) close_now();
    exit(rc);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void assert_well(int (*program)(void)) {
  int status = run_child(program);
  if (!WIFEXITED(status)) fail_msg("ended by signal %d", WTERMSIG(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* A sanitizer says what it was, and ends the process in its own way. */
static void assert_faults(int (*program)(void)) {
  int status = run_child(program);
  if (SANITIZED) {
    assert_int_not_equal(status, 0);
  } else {
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
  }
}

static int as_system_can(void **state) {
  (void)state;
  guards = NULL;
  return 0;
}
static int as_on_older_systems(void **state) {
  (void)state;
  guards = "mprotect";
  return 0;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup(function, as_system_can)
#define TEST_OLDER(function)                                                                       \
  { #function "_by_mprotect", function, as_on_older_systems, NULL, NULL }

/* Whether this system knows guard regions, so that the number of stacks has no limit. */
static int has_guard_regions(void) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int rc = madvise(page, 4096, 102);
  munmap(page, 4096);
  return rc == 0;
}

static long pages_of(int which) {
  long pages[2] = {0, 0};
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &pages[0], &pages[1]) != 2) _exit(98);
  fclose(file);
  return pages[which];
}
static long addresses(void) { return pages_of(0) * 4; } /* in KiB */
static long resident(void) { return pages_of(1) * 4; }

/* Uses so many bytes of the stack, in small frames. */
__attribute__((noinline)) static int use(int64_t bytes) {
  volatile char frame[512];
  for (size_t i = 0; i < sizeof frame; i++) frame[i] = (char)i;
  if (bytes > 0 && use(bytes - (int64_t)sizeof frame) < 0) return -1;
  return frame[100] == 100 ? 0 : -1;
}

static int use_stack(roost_task self, void *bytes) {
  (void)self;
  return use(*(int64_t *)bytes);
}

/* ---------------------------------------------------------------------------------------------- */
/* Overflow                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static int neighbour_is_well = 1;
static int look_at_frame(roost_task self, void *data) {
  volatile char frame[3000];
  (void)self;
  (void)data;
  for (size_t i = 0; i < sizeof frame; i++) frame[i] = (char)i;
  while (roost_sleep(1) == 0)
    for (size_t i = 0; i < sizeof frame; i++)
      if (frame[i] != (char)i) neighbour_is_well = 0;
  return 0;
}

/* It has neighbours, of which one has a fault if it is written to. */
static int overflow(void) {
  static int64_t too_much = 70000;
  if (open_runtime(NULL) != 0) return 10;
  for (int i = 0; i < 3; i++) go(root, "before", .fn = look_at_frame, .daemon = 1);
  go(root, "greedy", .fn = use_stack, .data = &too_much);
  for (int i = 0; i < 3; i++) go(root, "after", .fn = look_at_frame, .daemon = 1);
  roost_run(rt);
  return 0;
}

/* An overflow faults in the guard. */
static void an_overflow_is_a_fault(void **state) {
  (void)state;
  assert_faults(overflow);
}

static int bottom_of_a_cleanup(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  return use(*(int64_t *)data);
}
static int overflow_in_cleanup(void) {
  static int64_t too_much = 70000;
  if (open_runtime(NULL) != 0) return 10;
  roost_group g = group(root, "g");
  if (roost_fiber_defer(g, bottom_of_a_cleanup, &too_much, NULL) != 0) return 11;
  if (roost_join(g, 0, NULL, NULL, NULL) != 0) return 12;
  roost_run(rt);
  return 0;
}
static void an_overflow_in_a_cleanup_is_a_fault(void **state) {
  (void)state;
  assert_faults(overflow_in_cleanup);
}

/* ---------------------------------------------------------------------------------------------- */
/* Sizes                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static int64_t small = 50000, medium = 200000, large = 900000;

static int rc_of(roost_task task) {
  roost_outcome outcome = {.size = sizeof outcome};
  int rc = roost_outcome_of(task, &outcome);
  return rc < 0 ? rc : outcome.state == ROOST_COMPLETED ? 0 : -1;
}

static int have_sizes(void) {
  const roost_runtime_options *options =
      ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .stack_size = 1 << 18);
  if (roost_runtime_open(options, &rt) != 0) return 10;
  root = roost_root(rt);
  roost_group g = group(root, "g", .stack_size = 1 << 20);
  roost_group inner = group(g, "inner");
  roost_scope scope = scope(root, "s");
  roost_group beneath = group(scope, "beneath");
  roost_task tasks[] = {
      go(root, "of the runtime", .fn = use_stack, .data = &medium),
      go(beneath, "in a scope", .fn = use_stack, .data = &medium),
      go(g, "of the group", .fn = use_stack, .data = &large),
      go(inner, "of the group around", .fn = use_stack, .data = &large),
      go(root, "its own", .fn = use_stack, .data = &large, .stack_size = 1000000),
      go(g, "its own, which is less", .fn = use_stack, .data = &small, .stack_size = 1 << 16),
  };
  if (roost_run(rt) != 0) return 11;
  for (size_t i = 0; i < COUNT(tasks); i++)
    if (rc_of(tasks[i]) != 0) return 20 + (int)i;
  return close_now() == 0 ? 0 : 12;
}

/* A stack is as large as its task says, or its group, or what is around that. */
static void stacks_have_the_size_that_was_given(void **state) {
  (void)state;
  assert_well(have_sizes);
}

static int open_inside(roost_task self, void *data) {
  (void)data;
  roost_group inside;
  if (roost_group_open(self, NULL, &inside) != 0) return ROOST_EIO;
  roost_task task = go(inside, "inside", .fn = use_stack, .data = &medium);
  roost_result result = {.size = sizeof result};
  int rc = roost_group_close(inside, 0, &result);
  return rc < 0 ? rc : rc_of(task);
}
static int inherit_from_the_group(void) {
  if (open_runtime(NULL) != 0) return 10;
  roost_group g = group(root, "g", .stack_size = 1 << 18);
  roost_task task = go(g, "a", .fn = open_inside, .stack_size = 1 << 15);
  roost_run(rt);
  return rc_of(task);
}

/* What a fiber opens has that of the fiber's group, not its own. */
static void groups_in_fibers_have_the_size_of_the_group_around(void **state) {
  (void)state;
  assert_well(inherit_from_the_group);
}

static int start_one(roost_task self, void *data) {
  (void)self;
  static int64_t bytes = 200000;
  roost_task task = {0};
  int rc =
      roost_await_go(*(roost_group *)data, ROOST_FIBER(.fn = use_stack, .data = &bytes), &task);
  return rc == ROOST_ENOTSTARTED ? 0 : ROOST_EIO;
}
static int start_in_a_large_group(void) {
  if (open_runtime(NULL) != 0) return 10;
  roost_group g = group(root, "g", .stack_size = 1 << 18);
  roost_task task = go(root, "a", .fn = start_one, .data = &g);
  roost_run(rt);
  return rc_of(task);
}

/* L4: one that is started has that of the group that it is meant for. */
static void a_started_fiber_has_the_size_of_its_group(void **state) {
  (void)state;
  assert_well(start_in_a_large_group);
}

static int use_at_end(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  return use(*(int64_t *)data);
}
static int register_large(roost_task self, void *data) {
  return roost_fiber_defer(self, use_at_end, data, NULL);
}
static int have_large_cleanups(void) {
  if (open_runtime(NULL) != 0) return 10;
  roost_group g = group(root, "g", .stack_size = 1 << 18);
  roost_task task = go(root, "a", .fn = register_large, .data = &large, .stack_size = 1 << 20);
  if (roost_fiber_defer(g, use_at_end, &medium, NULL) != 0) return 11;
  if (roost_fiber_defer(spawn(g, "b"), use_at_end, &medium, NULL) != 0) return 12;
  join(g, 0);
  roost_run(rt);
  return rc_of(task) != 0 || last.code != 0;
}

/* K2c: the cleanups of a fiber have its own; others have that of the group. */
static void cleanups_have_the_size_of_their_node(void **state) {
  (void)state;
  assert_well(have_large_cleanups);
}

static int try_a_little(roost_task self, void *data) {
  (void)data;
  if (roost_sleep(1) != 0 || roost_checkpoint() != 0) return ROOST_EIO;
  roost_scope s;
  if (roost_scope_open(self, NULL, &s) != 0) return ROOST_EIO;
  if (roost_scope_close(s, 0, NULL) != 0) return ROOST_EIO;
  return roost_scope_close(s, 0, NULL) == ROOST_ESTALE ? 0 : ROOST_EIO;
}
static int have_little(void) {
  if (open_runtime(NULL) != 0) return 10;
  roost_task first = go(root, "usual", .fn = try_a_little);
  roost_run(rt);
  roost_task task = go(root, "least", .fn = try_a_little, .stack_size = SANITIZED ? 1 << 15 : 1);
  roost_run(rt);
  return rc_of(first) != 0 || rc_of(task) != 0;
}

/* The least is 8 KiB, of which 4 are the guard's: enough to wait, and for an error's sentence. */
static void little_is_enough_to_wait(void **state) {
  (void)state;
  assert_well(have_little);
}

static int have_too_much(void) {
  if (open_runtime(NULL) != 0) return 10;
  uint64_t most = UINT64_C(1) << 30;
  if (roost_go_with(root, ROOST_FIBER(.fn = nothing, .stack_size = most + 1), NULL) != ROOST_EINVAL)
    return 11;
  roost_group g;
  if (roost_group_open(root, ROOST_GROUP(.stack_size = UINT64_MAX), &g) != ROOST_EINVAL) return 12;
  roost_runtime other;
  if (roost_runtime_open(ROOST_RUNTIME(.stack_size = most + 1), &other) != ROOST_EINVAL) return 13;
  roost_task task = go(root, "a", .fn = nothing, .stack_size = most);
  roost_run(rt);
  return rc_of(task);
}

/* The most is 1 GiB, of which nothing is used before it is touched. */
static void there_is_a_most(void **state) {
  (void)state;
  assert_well(have_too_much);
}

/* ---------------------------------------------------------------------------------------------- */
/* Very many                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static int ran, dropped;
static void drop(void *data) {
  (void)data;
  dropped++;
}
static int wait_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  ran++;
  return roost_checkpoint();
}
enum { VERY_MANY = 40000 };

static int have_very_many(void) {
  if (open_runtime(NULL) != 0) return 10;
  roost_group g = group(root, "g", .policy = ROOST_SUPERVISE, .max_errors = 1);
  for (int i = 0; i < VERY_MANY; i++)
    if (roost_go_with(g, ROOST_FIBER(.fn = wait_once, .drop = drop), NULL) != 0) return 11;
  join(g, 0);
  roost_run(rt);
  return dropped == VERY_MANY ? 0 : 12;
}

static int have_no_limit(void) {
  int rc = have_very_many();
  return rc != 0 ? rc : ran == VERY_MANY && last.code == 0 ? 0 : 13;
}

/* Where the system knows guard regions, there may be more than it has mappings. */
static void there_is_no_limit_to_their_number(void **state) {
  (void)state;
  if (SANITIZED || !has_guard_regions()) skip(); /* a sanitizer has limits of its own */
  assert_well(have_no_limit);
}

static long limit_of_mappings(void) {
  long limit = 0;
  FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
  if (file == NULL || fscanf(file, "%ld", &limit) != 1) return 0;
  fclose(file);
  return limit;
}

static int meet_the_limit(void) {
  int rc = have_very_many();
  if (rc != 0) return rc;
  long limit = limit_of_mappings() / 2;
  if (limit >= VERY_MANY) return ran == VERY_MANY ? 0 : 13;
  if (ran > limit || ran < limit - 2000) return 14;
  if (last.code != ROOST_ENOMEM || (long)last.error_count != VERY_MANY - ran) return 15;
  /* The process is well, and goes on with the stacks that it has. */
  int before = ran;
  void *memory = malloc(1 << 16);
  if (memory == NULL) return 16;
  free(memory);
  for (int i = 0; i < 1000; i++)
    if (roost_go(root, wait_once, NULL) != 0) return 17;
  if (roost_run(rt) != 0 || ran != before + 1000) return 18;
  return close_now() == 0 ? 0 : 19;
}

/* B4: elsewhere up to half of vm.max_map_count; the rest fail, and everything ends well. */
static void the_limit_of_mappings_is_met(void **state) {
  (void)state;
  if (SANITIZED) skip(); /* which finds no memory then */
  assert_well(meet_the_limit);
}

/* ---------------------------------------------------------------------------------------------- */
/* Reuse                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static int use_again(void) {
  if (open_runtime(NULL) != 0) return 10;
  for (int i = 0; i < 100; i++) roost_go(root, wait_once, NULL);
  roost_run(rt);
  long before = addresses();
  for (int i = 0; i < 200; i++) {
    for (int j = 0; j < 100; j++) roost_go(root, wait_once, NULL);
    roost_run(rt);
  }
  return addresses() - before < 1000 ? 0 : 11;
}

/* Stacks are used again. */
static void stacks_are_used_again(void **state) {
  (void)state;
  assert_well(use_again);
}

static int64_t deep = 40000;
static int wait_deep(roost_task self, void *data) {
  (void)self;
  (void)data;
  int rc = roost_checkpoint();
  return rc < 0 ? rc : use(deep);
}
static int trim_inside(roost_task self, void *data) {
  volatile char frame[20000];
  (void)data;
  for (size_t i = 0; i < sizeof frame; i++) frame[i] = (char)i;
  if (roost_trim(roost_runtime_of(self)) != 0) return ROOST_EIO;
  for (size_t i = 0; i < sizeof frame; i++)
    if (frame[i] != (char)i) return ROOST_EIO;
  return 0;
}
static int trim(void) {
  enum { FIBERS = 1000 };
  if (open_runtime(NULL) != 0) return 10;
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < FIBERS; i++) roost_go(root, wait_deep, NULL);
    roost_run(rt);
    long before = resident();
    if (round == 1) {
      roost_task task = go(root, "a", .fn = trim_inside);
      roost_run(rt);
      if (rc_of(task) != 0) return 11;
    } else if (roost_trim(rt) != 0) {
      return 12;
    }
    if (before - resident() < FIBERS * 30) return 13;
  }
  roost_runtime closed = rt;
  if (close_now() != 0) return 14;
  return roost_trim(closed) == ROOST_ESTALE && roost_trim((roost_runtime){0}) == ROOST_EINVAL ? 0
                                                                                              : 15;
}

/* What was used of stacks that nobody has is given back; that of others is left alone. */
static void unused_stacks_are_trimmed(void **state) {
  (void)state;
  assert_well(trim);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_overflow_is_a_fault),
      TEST_OLDER(an_overflow_is_a_fault),
      TEST(an_overflow_in_a_cleanup_is_a_fault),
      TEST_OLDER(an_overflow_in_a_cleanup_is_a_fault),
      TEST(stacks_have_the_size_that_was_given),
      TEST_OLDER(stacks_have_the_size_that_was_given),
      TEST(groups_in_fibers_have_the_size_of_the_group_around),
      TEST(a_started_fiber_has_the_size_of_its_group),
      TEST(cleanups_have_the_size_of_their_node),
      TEST(little_is_enough_to_wait),
      TEST(there_is_a_most),
      TEST(there_is_no_limit_to_their_number),
      TEST_OLDER(the_limit_of_mappings_is_met),
      TEST(stacks_are_used_again),
      TEST(unused_stacks_are_trimmed),
      TEST_OLDER(unused_stacks_are_trimmed),
  };
  return cmocka_run_group_tests_name("fiber_guard", tests, NULL, NULL);
}
