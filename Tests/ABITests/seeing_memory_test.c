/* valgrind: no */
/* B4, C15: a dump for which there is no memory writes nothing; a report comes all the same, with
 * less text; and to be watched for a stall a cancellation needs no memory. */
#include "allocator.h"
#include "seeing.h"

static int watching; /* allocations are counted */
static long refused; /* from this one on they fail; 0: none */
static long allocations;

static int is_refused(void) { return watching && ++allocations >= refused && refused != 0; }

static void watch(long from) {
  allocations = 0;
  refused = from;
  watching = 1;
}

static int stop_watching(void **state) {
  watching = 0;
  forget_text();
  return close_runtime(state);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_runtime, stop_watching)

/* In `keep_text` the test's own memory is not refused. */
static void keep(const char *text, uint64_t length, void *data) {
  watching = 0;
  keep_text(text, length, data);
}

/* B4, K5: at every allocation there is. */
static void a_dump_without_memory_writes_nothing(void **state) {
  (void)state;
  for (int i = 0; i < 100; i++) scope(root, "s");
  for (uint64_t format = ROOST_TEXT; format <= ROOST_GRAPHVIZ; format++) {
    int rc = ROOST_ENOMEM;
    for (long from = 1; rc == ROOST_ENOMEM; from++) {
      assert_in_range(from, 1, 10);
      writes = write_drops = 0;
      watch(from);
      rc = roost_dump(root, format, keep, NULL, count_drop);
      watching = 0;
      assert_int_equal(write_drops, 1);
      assert_int_equal(writes, rc == 0 ? 1 : 0);
      if (rc != 0) assert_non_null(strstr(roost_last_error(), "no memory for its dump"));
    }
    assert_int_equal(rc, 0);
  }
}

static roost_task task;
static char fixed[256];
static int heard;

static void hear_poorly(const roost_report *report, void *data) {
  (void)data;
  watching = 0;
  heard++;
  snprintf(fixed, sizeof fixed, "%s", report->text);
  assert_int_equal(report->kind, ROOST_STALL);
  assert_int_equal(report->suspect_count, 1);
  assert_int_equal(report->suspects->task.id, task.id);
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
}

static void refuse_all(void) { watch(1); }

/* O3: who hinders is said, and that there is no memory to say more. */
static void a_report_needs_no_memory(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL,
                                                    .report = hear_poorly, .stall_ns = SECONDS(1)),
                                      &rt),
                   0);
  root = roost_root(rt);
  task = spawn(root, "a", .answers = ROOST_PENDING);
  assert_int_equal(roost_cancel(task, NULL), 0);
  act(MS(500), refuse_all);
  act(SECONDS(2), refuse_all);
  heard = 0;
  run();
  assert_int_equal(heard, 1);
  assert_string_equal(fixed,
                      "roost: something hinders the program, and there is no memory to say more\n");
}

/* C15: whatever is watched. */
static void a_watched_cancellation_needs_none(void **state) {
  (void)state;
  enum { many = 10000 };
  static roost_scope scopes[many];
  open_reporting(SECONDS(5), 0);
  for (int i = 0; i < many; i++) scopes[i] = scope(root, "s");
  watch(1);
  for (int i = 0; i < many; i++) assert_int_equal(roost_cancel(scopes[i], NULL), 0);
  watching = 0;
  assert_int_equal(allocations, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_dump_without_memory_writes_nothing),
      TEST(a_report_needs_no_memory),
      TEST(a_watched_cancellation_needs_none),
  };
  return cmocka_run_group_tests_name("seeing_memory", tests, NULL, NULL);
}
