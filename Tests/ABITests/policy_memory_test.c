/* valgrind: no */
/* B4, C15: a start for which there is no memory changes nothing; what follows from an error, a
 * success, a report or a join needs none. */
#include "support.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

/* ---------------------------------------------------------------------------------------------- */
/* Memory that runs out                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int watching;  /* allocations are counted */
static long fails_at; /* and this one fails; 0: none */
static long allocations;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static int is_refused(void) {
  if (!watching || ++allocations != fails_at) return 0;
  errno = ENOMEM;
  return 1;
}

/* These take the place of the C library's, in the program and in the libraries that it uses. */
void *malloc(size_t size) { return is_refused() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return is_refused() ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return is_refused() ? NULL : __libc_realloc(old, size); }

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  if (is_refused()) return MAP_FAILED;
  return (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
}

static void watch(long failing) {
  allocations = 0;
  fails_at = failing;
  watching = 1;
}

static int stop_watching(void **state) {
  watching = 0;
  return close_runtime(state);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_runtime, stop_watching)

/* ---------------------------------------------------------------------------------------------- */
/* Starts                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* More than the library gets at once, of everything. */
enum { many = 10000 };

static roost_group g;
static roost_scope s;
static roost_task tasks[many];
static int begun, told, joined, dropped_data, dropped_waits;
static int64_t code;

static int begin(roost_task self, void *data) {
  (void)self;
  (void)data;
  begun++;
  return ROOST_PENDING;
}

static void count_start(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  told += rc == 5;
}

static void drop_task_data(void *data) {
  (void)data;
  dropped_data++;
}

static void drop_wait_data(void *data) {
  (void)data;
  dropped_waits++;
}

static void see_result(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  joined++;
  code = result->code;
}

static int start_one(roost_task *task, roost_wait *wait) {
  return roost_start(g, s,
                     ROOST_TASK(.start = begin, .data = &told, .drop = drop_task_data, .name = "a",
                                .timeout_ns = SECONDS(60), .grace_ns = SECONDS(60), .shield = 1,
                                .daemon = 1),
                     count_start, &told, drop_wait_data, task, wait);
}

/* Tries it with the first, second, ... allocation failing until it succeeds. */
static int start_in_spite(roost_task *task) {
  int refused = 0;
  for (long n = 1;; n++) {
    roost_wait wait = {0};
    int data = dropped_data, waits = dropped_waits;
    watch(n);
    int rc = start_one(task, &wait);
    watching = 0;
    if (rc == 0) return refused;
    assert_int_equal(rc, ROOST_ENOMEM);
    assert_int_equal(dropped_data, data + 1);
    assert_int_equal(dropped_waits, waits + 1);
    assert_int_equal(task->id, 0);
    assert_int_equal(wait.id, 0);
    refused++;
  }
}

static void report_all(void) {
  watch(0);
  for (int i = 0; i < many; i++) assert_int_equal(roost_started(tasks[i], 5), 0);
  assert_int_equal(allocations, 0);
  watching = 0;
}

static void finish_all(void) {
  for (int i = 0; i < many; i++) assert_int_equal(roost_finish(tasks[i], 0, NULL, NULL), 0);
}

/* L4, B4, K5: both data are dropped once, and neither the group nor the caller is kept open by what
 * was refused; a report needs no memory. */
static void a_start_without_memory_changes_nothing(void **state) {
  (void)state;
  int refused = 0;
  begun = told = joined = dropped_data = dropped_waits = 0;
  g = group(root, "g");
  s = scope(root, "s");
  for (int i = 0; i < many; i++) refused += start_in_spite(&tasks[i]);
  assert_in_range(refused, 3, many);
  assert_int_equal(roost_join(g, 0, see_result, NULL, NULL), 0);
  assert_int_equal(roost_join(s, 0, see_result, NULL, NULL), 0);
  act(SECONDS(1), report_all);
  act(SECONDS(2), finish_all);
  run();
  assert_int_equal(begun, many);
  assert_int_equal(told, many);
  assert_int_equal(joined, 2);
  assert_int_equal(dropped_data, many + refused);
  assert_int_equal(dropped_waits, many + refused);
}

/* ---------------------------------------------------------------------------------------------- */
/* Policies                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static int fails(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_EIO;
}

static int fail_to_sweep(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return ROOST_EBUSY;
}

static int asked;

static int decide(roost_group group, const roost_error *error, void *data) {
  (void)group;
  (void)error;
  (void)data;
  return asked++ % 3; /* RECORD, CANCEL_REST and DROP in turn */
}

static void run_without_memory(void) {
  joined = 0;
  assert_int_equal(roost_join(g, 0, see_result, NULL, NULL), 0);
  watch(0);
  run();
  assert_int_equal(allocations, 0);
  watching = 0;
  assert_int_equal(joined, 1);
}

/* G2, B4: no error is lost before its filter, or after. */
static void a_filter_needs_no_memory(void **state) {
  (void)state;
  asked = 0;
  g = group(root, "g", .filter = decide, .max_errors = many / 2);
  for (int i = 0; i < many; i++) {
    assert_int_equal(roost_spawn(g, ROOST_TASK(.start = fails, .name = "a"), NULL), 0);
    roost_task task;
    assert_int_equal(roost_spawn(g, ROOST_TASK(.start = fails, .daemon = i % 2), &task), 0);
    assert_int_equal(roost_defer(task, fail_to_sweep, NULL, NULL), 0);
  }
  run_without_memory();
  assert_int_equal(asked, 3 * many);
  assert_int_equal(code, ROOST_EIO);
}

static int succeed(roost_task self, void *data) {
  return roost_finish(self, 7, data, drop_task_data);
}

static int give_up(roost_task self, const roost_reason *why, void *data) {
  (void)why;
  return roost_finish(self, 8, data, drop_task_data);
}

/* G2b, B4: nor a success in a race. */
static void a_race_needs_no_memory(void **state) {
  (void)state;
  dropped_data = 0;
  g = group(root, "g", .policy = ROOST_RACE);
  for (int i = 0; i < many; i++)
    assert_int_equal(
        roost_spawn(g, ROOST_TASK(.start = begin, .on_cancel = give_up, .data = &told), NULL), 0);
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = succeed, .data = &told), NULL), 0);
  run_without_memory();
  assert_int_equal(code, 0);
  assert_int_equal(dropped_data, many + 1);
}

/* L3, C15: cancelling daemons at the join. */
static void letting_daemons_go_needs_no_memory(void **state) {
  (void)state;
  dropped_data = 0;
  g = group(root, "g");
  for (int i = 0; i < many; i++)
    assert_int_equal(
        roost_spawn(g, ROOST_TASK(.start = begin, .on_cancel = give_up, .data = &told, .daemon = 1),
                    NULL),
        0);
  run_without_memory();
  assert_int_equal(code, 0);
  assert_int_equal(dropped_data, many);
}

int main(void) {
  /* As libuv cannot go on without it, it never fails there. */
  uv_replace_allocator(__libc_malloc, __libc_realloc, __libc_calloc, free);
  const struct CMUnitTest tests[] = {
      TEST(a_start_without_memory_changes_nothing),
      TEST(a_filter_needs_no_memory),
      TEST(a_race_needs_no_memory),
      TEST(letting_daemons_go_needs_no_memory),
  };
  return cmocka_run_group_tests_name("policy_memory", tests, NULL, NULL);
}
