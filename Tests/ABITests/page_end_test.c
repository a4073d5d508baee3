/* Structs that end where the memory of the program ends, of every size up to the library's: nothing
 * behind what `size` says is read or written (design decision 10). */
#include "support.h"

#include "outside.h"
#include <sys/mman.h>
#include <unistd.h>

/* A page that can be used, with one behind it that cannot. */
static unsigned char *page_end;

static int map_pages(void **state) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *pages =
      mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  (void)state;
  if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0) return -1;
  page_end = pages + page;
  return 0;
}

/* The beginning of a struct, whose size says how much of it there is. */
static void *cut(const void *whole, uint64_t size) {
  void *copy = page_end - size;
  memcpy(copy, whole, size);
  memcpy(copy, &size, sizeof size);
  return copy;
}

#define EVERY_SIZE_OF(type)                                                                        \
  uint64_t size = 8;                                                                               \
  size <= sizeof(type);                                                                            \
  size += 8

static int start(roost_task self, void *data) {
  (void)self, (void)data;
  return 0;
}

static int work(roost_task self, void *data, void **result) {
  (void)self, (void)data, (void)result;
  return 0;
}

static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)why, (void)data;
  return 0;
}

static void short_options_are_read_no_further(void **state) {
  (void)state;
  const roost_runtime_options runtime = {.clock = ROOST_CLOCK_VIRTUAL};
  const roost_group_options group = {.limit = 0};
  const roost_scope_options scope = {.report = 0};
  const roost_task_options task = {.start = start};
  const roost_blocking_options blocking = {.work = work};
  const roost_process_options process = {.file = NULL};
  const roost_cancel_options cancel = {.code = 7};
  const roost_cleanup_options cleanup = {.fn = sweep_up};
  const roost_fiber_options fiber = {.fn = start};
  const roost_stream_options streams = {.keep_open = 0};
  roost_node node = {0};
  for (EVERY_SIZE_OF(roost_runtime_options)) {
    roost_runtime opened;
    assert_int_equal(roost_runtime_open(cut(&runtime, size), &opened), 0);
    assert_int_equal(roost_close(opened, 0, NULL, NULL, NULL), 0);
  }
  for (EVERY_SIZE_OF(roost_group_options))
    assert_int_equal(roost_group_open(root, cut(&group, size), &node), 0);
  for (EVERY_SIZE_OF(roost_scope_options))
    assert_int_equal(roost_scope_open(root, cut(&scope, size), &node), 0);
  for (EVERY_SIZE_OF(roost_task_options))
    assert_int_equal(roost_spawn(root, cut(&task, size), NULL), size == 8 ? ROOST_EINVAL : 0);
  for (EVERY_SIZE_OF(roost_blocking_options))
    assert_int_equal(roost_spawn_blocking(root, cut(&blocking, size), NULL),
                     size == 8 ? ROOST_EINVAL : 0);
  for (EVERY_SIZE_OF(roost_process_options))
    assert_int_equal(roost_run_process(cut(&process, size), root, log_wait, NULL, NULL, NULL),
                     ROOST_EINVAL);
  for (EVERY_SIZE_OF(roost_cleanup_options))
    assert_int_equal(roost_defer_with(root, cut(&cleanup, size), NULL),
                     size == 8 ? ROOST_EINVAL : 0);
  for (EVERY_SIZE_OF(roost_cleanup_options))
    assert_int_equal(roost_fiber_defer_with(root, cut(&cleanup, size), NULL),
                     size == 8 ? ROOST_EINVAL : 0);
  for (EVERY_SIZE_OF(roost_fiber_options))
    assert_int_equal(roost_go_with(root, cut(&fiber, size), NULL), size == 8 ? ROOST_EINVAL : 0);
  const roost_host_options host = {.ready = NULL};
  for (EVERY_SIZE_OF(roost_host_options)) {
    roost_runtime opened;
    const roost_told *told;
    assert_int_equal(roost_runtime_open(NULL, &opened), 0);
    assert_int_equal(roost_host_open(opened, cut(&host, size)), 0);
    assert_int_equal(roost_close(opened, 0, NULL, NULL, NULL), ROOST_PENDING);
    assert_int_equal(roost_host_turn(opened, NULL, 0, &told), 0);
  }
  open_streams();
  for (EVERY_SIZE_OF(roost_stream_options))
    assert_int_equal(roost_write((uv_stream_t *)&stream, &one_byte, 1, NULL, root,
                                 cut(&streams, size), log_wait, copy_text("w"), drop_data, NULL),
                     0);
  for (EVERY_SIZE_OF(roost_cancel_options))
    assert_int_equal(roost_cancel(node, cut(&cancel, size)), size == 8 ? 0 : ROOST_ALREADY);
  run();
  assert_int_equal(close_now(), 0);
  close_streams();
}

/* What a host asks, and the result of a scope that it closes at once. */
static void asks_and_results_of_a_host(void **state) {
  (void)state;
  const roost_told *told;
  const roost_result zeros = {.size = 0};
  roost_ask asks[] = {{.what = ROOST_ASK_SPAWN, .key = 1}};
  assert_int_equal(roost_host_open(rt, NULL), 0);
  assert_int_equal(roost_host_turn(rt, memcpy(page_end - sizeof asks, asks, sizeof asks), 1, &told),
                   1);
  asks[0] = (roost_ask){.what = ROOST_ASK_SCOPE, .key = 2, .node = 1};
  assert_int_equal(roost_host_submit(rt, asks, 1), 0);
  roost_scope scope = roost_host_node(rt, 2);
  assert_int_equal(roost_host_scope_close(scope, 0, cut(&zeros, sizeof zeros)), 0);
  asks[0] = (roost_ask){.what = ROOST_ASK_FINISH, .key = 1};
  assert_int_equal(roost_host_turn(rt, asks, 1, &told), 0);
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_equal(roost_host_turn(rt, NULL, 0, &told), 0);
  rt.id = 0;
}

/* In a fiber: what a select is given, and what a closing fills. */
static int select_and_close(roost_task self, void *data) {
  (void)data;
  const roost_choice choice = ROOST_ON_TIME(0);
  const roost_result zeros = {.size = 0};
  assert_int_equal(roost_select(cut(&choice, sizeof choice), 1), 0);
  roost_group group = {0};
  assert_int_equal(roost_group_open(self, NULL, &group), 0);
  roost_result *result = cut(&zeros, sizeof zeros);
  assert_int_equal(roost_group_close(group, 0, result), 0);
  assert_int_equal(roost_result_release(result), 0);
  return 0;
}

static void choices_and_results_in_a_fiber(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, select_and_close, NULL), 0);
  run();
}

static void short_structs_are_filled_no_further(void **state) {
  (void)state;
  const uint64_t zeros[64] = {0};
  roost_task task = spawn(root, "a");
  roost_cancel(task, NULL);
  for (EVERY_SIZE_OF(roost_outcome)) assert_int_equal(roost_outcome_of(task, cut(zeros, size)), 0);
  for (EVERY_SIZE_OF(roost_reason)) assert_int_equal(roost_reason_of(task, cut(zeros, size)), 1);
  for (EVERY_SIZE_OF(roost_step)) assert_int_equal(roost_current(rt, cut(zeros, size)), 0);
  roost_lock lock;
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  for (EVERY_SIZE_OF(roost_usage)) assert_int_equal(roost_usage_of(lock.id, cut(zeros, size)), 0);
  for (EVERY_SIZE_OF(roost_counters)) assert_int_equal(roost_counters_of(rt, cut(zeros, size)), 0);
  run();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(short_options_are_read_no_further),
      TEST(short_structs_are_filled_no_further),
      TEST(asks_and_results_of_a_host),
      TEST(choices_and_results_in_a_fiber),
  };
  return cmocka_run_group_tests_name("page_end", tests, map_pages, NULL);
}
