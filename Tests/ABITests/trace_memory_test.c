/* valgrind: no */
/* O2, B4: without memory a trace does not begin, or loses events and says how many; what it has is
 * whole. Each allocation of the scenario fails once, with all that come after it for a while. */
#include "allocator.h"
#include "trace.h"

static int inside;       /* the library's code is running, not the test's */
static long allocations; /* that it has made */
static long fails_at;    /* from which on they fail; 0: none */
static long fails_for;   /* and how many do */

static int is_refused(void) {
  if (!inside) return 0;
  allocations++;
  return fails_at != 0 && allocations >= fails_at && allocations < fails_at + fails_for;
}

static tracing trace;

static void keep_piece(const char *text, uint64_t length, void *data) {
  int was_inside = inside;
  inside = 0;
  collect(text, length, data);
  inside = was_inside;
}

static int complete(roost_task self, void *data) {
  (void)self, (void)data;
  return 0;
}

#define CALL(call) (inside = 1, called(call))
static int called(int rc) {
  inside = 0;
  return rc;
}

/* More than the first memory of a trace holds, in one turn. */
enum { many = 2000 };

static int play(void) {
  allocations = 0;
  trace = (tracing){0};
  int rc = CALL(roost_trace_start(rt, keep_piece, &trace, collected));
  if (rc != 0) {
    assert_int_equal(rc, ROOST_ENOMEM);
    assert_int_equal(trace.drops, 1); /* K5 */
    assert_int_equal(trace.pieces, 0);
    return 0;
  }
  /* Spawned from here, where what the tree itself needs is there already. */
  for (int i = 0; i < many; i++)
    assert_int_equal(CALL(roost_spawn(root, ROOST_TASK(.start = complete, .name = "t"), NULL)), 0);
  assert_int_equal(CALL(roost_run(rt)), 0);
  assert_int_equal(CALL(roost_spawn(root, ROOST_TASK(.start = complete, .name = "u"), NULL)), 0);
  assert_int_equal(CALL(roost_run(rt)), 0);
  assert_int_equal(CALL(roost_trace_stop(rt)), 0);
  assert_int_equal(trace.drops, 1);
  return 1;
}

/* Reads what was written; answers how many events were lost. */
static uint64_t read_it(void) {
  reader it = read_trace(&trace);
  if (it.wrong[0] != 0) print_error("allocation %ld: %s\n", fails_at, it.wrong);
  assert_string_equal(it.wrong, "");
  uint64_t ends = 0;
  for (int i = 0; i < it.count; i++) ends += !it.spans[i].open;
  /* The two of each that it has, and what was lost, are all. */
  uint64_t seen = (uint64_t)it.count + ends;
  assert_true(seen + it.lost <= 2 * (many + 2));
  assert_true(it.lost == 0 ? seen == 2 * (many + 2) : seen < 2 * (many + 2));
  if (fails_for < 10) assert_string_equal(it.spans[it.count - 1].name, "u");
  uint64_t lost = it.lost;
  free_reader(&it);
  free(trace.text);
  return lost;
}

static void memory_runs_out(void **state) {
  (void)state;
  fails_at = 0;
  assert_int_equal(play(), 1);
  assert_int_equal(read_it(), 0);
  long all = allocations;
  assert_in_range(all, 5, 100);
  int refused = 0, with_losses = 0;
  for (fails_for = 1; fails_for <= 1000000; fails_for *= 1000)
    for (fails_at = 1; fails_at <= all; fails_at++) {
      if (!play()) {
        refused++;
        continue;
      }
      with_losses += read_it() != 0;
    }
  assert_in_range(refused, 3, 20);
  assert_true(with_losses > 2);
  fails_at = 0;
}

static void told(roost_wait wait, int rc, void *data) { (void)wait, (void)rc, (void)data; }

/* O2, O4, L4: a start for which there is no memory ends what it had begun. */
static void a_start_without_memory(void **state) {
  (void)state;
  roost_counters before = {.size = sizeof before}, after = {.size = sizeof after};
  trace = (tracing){0};
  assert_int_equal(roost_trace_start(rt, keep_piece, &trace, collected), 0);
  assert_int_equal(roost_counters_of(rt, &before), 0);
  allocations = 0;
  fails_at = 1;
  fails_for = 1000;
  const roost_task_options *task = ROOST_TASK(.start = complete);
  assert_int_equal(CALL(roost_start(root, root, task, told, NULL, NULL, NULL, NULL)), ROOST_ENOMEM);
  fails_at = 0;
  assert_int_equal(roost_counters_of(rt, &after), 0);
  assert_memory_equal(&before, &after, sizeof before);
  assert_int_equal(roost_trace_stop(rt), 0);
  assert_story("root( group( )group=failed:ENOMEM )root=alive", &trace);
}

enum { plenty = 5000 };

/* O4, B4, L4: with room for a part of it only, one row more each time; nothing of it is counted or
 * kept back afterwards. */
static void a_start_with_little_room(void **state) {
  (void)state;
  static roost_scope scopes[plenty];
  const roost_task_options *task = ROOST_TASK(.start = complete);
  roost_counters before = {.size = sizeof before}, after = {.size = sizeof after};
  int opened = 0, refused = 0, rc = 0;
  /* A chunk of waits is there. */
  assert_int_equal(roost_start(root, root, task, told, NULL, NULL, NULL, NULL), 0);
  run();
  fails_at = 1;
  fails_for = 1000000;
  allocations = 0;
  while (opened < plenty && (rc = CALL(roost_scope_open(root, NULL, &scopes[opened]))) == 0)
    opened++;
  assert_int_equal(rc, ROOST_ENOMEM);
  do {
    assert_int_equal(roost_counters_of(rt, &before), 0);
    rc = CALL(roost_start(root, root, task, told, NULL, NULL, NULL, NULL));
    assert_int_equal(roost_counters_of(rt, &after), 0);
    if (rc == ROOST_ENOMEM) assert_memory_equal(&before, &after, sizeof before);
    refused += rc == ROOST_ENOMEM;
    assert_int_equal(roost_join(scopes[--opened], 0, NULL, NULL, NULL), 0);
    run();
  } while (rc == ROOST_ENOMEM);
  assert_int_equal(rc, 0);
  assert_true(refused > 1);
  fails_at = 0;
}

int main(void) {
  /* The start comes first, while the process has no memory for waits. */
  const struct CMUnitTest tests[] = {TEST(a_start_without_memory), TEST(memory_runs_out),
                                     TEST(a_start_with_little_room)};
  return cmocka_run_group_tests_name("trace_memory", tests, NULL, NULL);
}
