/* valgrind: no */
/* C15, K2c, B4: what a grace and a shutdown need is got when a node is opened, or refused; and what
 * must work at a million. */
#include "allocator.h"
#include "support.h"

#include <stdio.h>

/* ---------------------------------------------------------------------------------------------- */
/* Memory that has run out                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static int no_memory;
static int refused;

static int is_refused(void) {
  if (no_memory) refused++;
  return no_memory;
}

static void lose_memory(void) {
  refused = 0;
  no_memory = 1;
}

static int find_memory_and_close(void **state) {
  no_memory = 0;
  return close_runtime(state);
}
#undef TEST
#define TEST(function)                                                                             \
  cmocka_unit_test_setup_teardown(function, open_runtime, find_memory_and_close)

/* ---------------------------------------------------------------------------------------------- */
/* C15: a grace needs nothing more                                                                */
/* ---------------------------------------------------------------------------------------------- */

enum { million = 1000000, some = 10000 };

static roost_group g;
static roost_scope scopes[million];
static int swept, cut, joined;
static int64_t code;

static int stop(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  cut++;
  return 0;
}

static int start(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}

static int sweep_for_ever(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  swept++;
  return ROOST_PENDING;
}

static void see_result(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  joined++;
  code = result->code;
}

static void nothing(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
}

/* C11, C15: cancelled with a grace, by what is around them and half of them themselves, none needs
 * any memory, to the end of the last grace. */
static void a_million_graces_need_no_memory(void **state) {
  (void)state;
  swept = cut = joined = 0;
  g = group(root, "g", .grace_ns = SECONDS(5), .policy = ROOST_SUPERVISE);
  for (int i = 0; i < million; i++)
    assert_int_equal(
        roost_scope_open(g, ROOST_SCOPE(.shield = 1, .grace_ns = SECONDS(2) + i), &scopes[i]), 0);
  for (int i = 0; i < some; i++) {
    roost_task task;
    assert_int_equal(roost_spawn(g, ROOST_TASK(.start = start, .on_cancel = stop), &task), 0);
    assert_int_equal(
        roost_defer_with(task, ROOST_CLEANUP(.fn = sweep_for_ever, .on_cancel = stop), NULL), 0);
  }
  assert_int_equal(roost_shutdown(g, SECONDS(1)), 0);
  lose_memory();
  for (int i = 0; i < million; i += 2) assert_int_equal(roost_cancel(scopes[i], NULL), 0);
  assert_int_equal(roost_join(g, 0, see_result, NULL, NULL), 0);
  run();
  no_memory = 0;
  assert_int_equal(refused, 0);
  assert_int_equal(joined, 1);
  assert_int_equal(code, ROOST_ECUT);
  assert_int_equal(swept, some);
  assert_int_equal(cut, 2 * some);
  /* The patience, and then the grace of g. */
  assert_int_equal(roost_now(rt) - beginning, SECONDS(6));
}

/* C10, C11, C15: nor does switching a shield. */
static void switching_needs_no_memory(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(5));
  for (int i = 0; i < some; i++)
    assert_int_equal(roost_scope_open(g, ROOST_SCOPE(.grace_ns = SECONDS(2) + i), &scopes[i]), 0);
  lose_memory();
  assert_int_equal(roost_cancel(g, NULL), 0);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < some; i++) assert_int_equal(roost_set_shield(scopes[i], 1), 0);
    for (int i = 0; i < some; i++) assert_int_equal(roost_set_shield(scopes[i], 0), 0);
  }
  no_memory = 0;
  assert_int_equal(refused, 0);
  run();
  assert_int_equal(close_now(), 0);
}

/* C12, B4: a shutdown that needs memory for its patience and has none changes nothing. */
static void a_shutdown_without_memory_changes_nothing(void **state) {
  (void)state;
  int failed = 0;
  g = group(root, "g");
  for (int i = 0; i < some; i++)
    assert_int_equal(roost_scope_open(g, ROOST_SCOPE(.until_stopping = 1), &scopes[i]), 0);
  lose_memory();
  for (int i = 0; i < some; i++) {
    int rc = roost_shutdown(scopes[i], SECONDS(1));
    assert_int_equal(roost_stopping(scopes[i]), rc == 0);
    if (rc == 0) continue;
    assert_refused(ROOST_ENOMEM, roost_shutdown, (scopes[i], SECONDS(1)));
    /* What needs none is done all the same (C12). */
    assert_int_equal(roost_shutdown(scopes[i], failed % 2 ? ROOST_FOREVER : ROOST_NOW), 0);
    assert_int_equal(roost_stopping(scopes[i]), 1);
    assert_int_equal(roost_cancelled(scopes[i]), failed % 2 == 0);
    failed++;
  }
  no_memory = 0;
  assert_in_range(failed, 1, some);
  for (int i = 0; i < some; i++) {
    int rc = roost_shutdown(scopes[i], SECONDS(1));
    assert_true(rc == 0 || rc == ROOST_ALREADY);
  }
}

/* C11, B4: nor does opening what has a grace. */
static void opening_with_a_grace_without_memory_changes_nothing(void **state) {
  (void)state;
  int opened = 0;
  g = group(root, "g", .grace_ns = SECONDS(5));
  lose_memory();
  while (opened < million && roost_scope_open(g, ROOST_SCOPE(.shield = 1), &scopes[opened]) == 0)
    opened++;
  assert_in_range(opened, 1, million - 1);
  assert_refused(ROOST_ENOMEM, roost_scope_open, (g, ROOST_SCOPE(.shield = 1), &scopes[opened]));
  assert_refused(ROOST_ENOMEM, roost_defer, (scopes[0], sweep_for_ever, NULL, NULL));
  assert_int_equal(roost_cancel(g, NULL), 0);
  no_memory = 0;
  for (int i = 0; i < opened; i++) assert_int_equal(roost_cancelled(scopes[i]), 0);
}

/* C11, B4: a cleanup that is taken back leaves the room for its grace to the next. */
static void taking_back_a_cleanup_gives_back_its_room(void **state) {
  (void)state;
  g = group(root, "g", .grace_ns = SECONDS(5));
  for (int i = 0; i < million; i++) {
    roost_cleanup entry;
    assert_int_equal(roost_defer_with(g, ROOST_CLEANUP(.fn = sweep_for_ever), &entry), 0);
    assert_int_equal(roost_undefer(entry), 0);
    if (i == 0) lose_memory();
  }
  assert_int_equal(refused, 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* At a million                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* C15: a cancellation costs what it reaches, however deep the shields lie that hold it off. */
static void shields_at_any_depth_cost_the_same(void **state) {
  (void)state;
  enum { depth = 300000 };
  g = group(root, "g", .grace_ns = SECONDS(5));
  roost_scope along = g;
  for (int i = 0; i < depth; i++) {
    assert_int_equal(roost_scope_open(along, ROOST_SCOPE(.shield = 1), &scopes[i]), 0);
    assert_int_equal(roost_scope_open(along, NULL, &along), 0);
  }
  assert_int_equal(roost_cancel(g, NULL), 0);
  assert_int_equal(roost_cancelled(along), 1);
  assert_int_equal(roost_cancelled(scopes[depth - 1]), 0);
  assert_int_equal(roost_after(root, SECONDS(5), nothing, NULL, NULL, NULL), 0);
  run();
  for (int i = 0; i < depth; i++) assert_int_equal(roost_cancelled(scopes[i]), 1);
}

/* C11, C15: each of a chain has a grace and is cancelled itself; none is looked at for each of the
 * others. */
static void graces_of_a_deep_chain_end_in_linear_time(void **state) {
  (void)state;
  enum { depth = 300000 };
  static const int64_t graces[] = {ROOST_NOW, SECONDS(1)};
  for (size_t round = 0; round < 8; round++) {
    uint64_t is_shielded = round / 2 % 2, is_outside_in = round / 4;
    g = group(root, "g", .grace_ns = graces[round % 2]);
    roost_scope along = g;
    for (int i = 0; i < depth; i++) {
      assert_int_equal(roost_scope_open(along, ROOST_SCOPE(.shield = is_shielded), &along), 0);
      scopes[i] = along;
    }
    for (int i = 0; i < depth; i++)
      assert_int_equal(roost_cancel(scopes[is_outside_in ? i : depth - 1 - i], NULL), 0);
    assert_int_equal(roost_after(root, SECONDS(2), nothing, NULL, NULL, NULL), 0);
    run();
    roost_reason reason = {.size = sizeof reason};
    assert_int_equal(roost_reason_of(along, &reason), 1);
    assert_int_equal(reason.node.id, scopes[0].id);
  }
}

/* C11, C15: in a chain of shields, of which every second one is cancelled itself, the end of the
 * first grace lets each see what is around it. */
static void a_deep_chain_of_shields_ends_without_recursion(void **state) {
  (void)state;
  enum { depth = 300000 };
  g = group(root, "g");
  roost_scope along = g;
  for (int i = 0; i < depth; i++) {
    assert_int_equal(
        roost_scope_open(along, ROOST_SCOPE(.shield = 1, .grace_ns = SECONDS(1)), &along), 0);
    scopes[i] = along;
  }
  assert_int_equal(roost_cancel(g, NULL), 0);
  for (int i = 1; i < depth; i += 2) assert_int_equal(roost_cancel(scopes[i], NULL), 0);
  assert_int_equal(roost_after(root, SECONDS(2), nothing, NULL, NULL, NULL), 0);
  run();
  roost_reason reason = {.size = sizeof reason};
  for (int i = 0; i < depth; i++) {
    assert_int_equal(roost_reason_of(scopes[i], &reason), 1);
    assert_int_equal(reason.node.id, g.id);
  }
}

static int ends;
static void count_end(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  ends += rc == ROOST_ESTOPPING;
}

/* C12a, C15: marked as stopping without recursion and without memory. */
static void a_chain_of_a_million_scopes_is_stopping(void **state) {
  (void)state;
  ends = 0;
  roost_scope along = root;
  for (int i = 0; i < million; i++) {
    assert_int_equal(roost_scope_open(along, ROOST_SCOPE(.shield = 1, .until_stopping = 1), &along),
                     0);
    scopes[i] = along;
    if (i % 2) assert_int_equal(roost_after(along, ROOST_FOREVER, count_end, NULL, NULL, NULL), 0);
  }
  lose_memory();
  assert_int_equal(roost_shutdown(root, ROOST_FOREVER), 0);
  run();
  no_memory = 0;
  assert_int_equal(refused, 0);
  assert_int_equal(ends, million / 2);
  for (int i = 0; i < million; i++) assert_int_equal(roost_stopping(scopes[i]), 1);
}

static size_t memory_used(void) {
  size_t total = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%zu %zu", &total, &resident), 2);
  fclose(file);
  return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static roost_node swept_node;

static int sweep_and_register_the_next(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  if (++swept == million) return 0;
  return roost_defer(swept_node, sweep_and_register_the_next, data, NULL);
}

static void finish_and_register(roost_wait wait, int rc, void *data);

static int sweep_later(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  void *it = (void *)(uintptr_t)self.id;
  assert_int_equal(roost_after(self, 0, finish_and_register, it, NULL, NULL), 0);
  return ROOST_PENDING;
}

static void finish_and_register(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  if (++swept < million) assert_int_equal(roost_defer(swept_node, sweep_later, NULL, NULL), 0);
  assert_int_equal(roost_finish((roost_task){(uint64_t)(uintptr_t)data}, 0, NULL, NULL), 0);
}

/* K4, K6: each cleanup registers the next: they run one after the other, in the same memory; also
 * where each waits. */
static void a_cleanup_registers_the_next_a_million_times(void **state) {
  (void)state;
  static const struct {
    int64_t grace;
    roost_cleanup_fn sweep;
  } cases[] = {{0, sweep_and_register_the_next},
               {SECONDS(1), sweep_and_register_the_next},
               {0, sweep_later},
               {SECONDS(1), sweep_later},
               {ROOST_NOW, sweep_later}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    swept = joined = 0;
    swept_node = g = group(root, "g", .grace_ns = cases[i].grace);
    assert_int_equal(roost_cancel(g, NULL), 0);
    assert_int_equal(roost_defer(g, cases[i].sweep, NULL, NULL), 0);
    assert_int_equal(roost_join(g, 0, see_result, NULL, NULL), 0);
    size_t before = memory_used();
    run();
    assert_in_range(memory_used(), 0, before + (1 << 20));
    assert_int_equal(swept, million);
    assert_int_equal(joined, 1);
    assert_int_equal(code, 0);
  }
}

int main(void) {
  /* As libuv cannot go on without it, it never fails there. */
  uv_replace_allocator(__libc_malloc, __libc_realloc, __libc_calloc, free);
  const struct CMUnitTest tests[] = {
      TEST(a_million_graces_need_no_memory),
      TEST(switching_needs_no_memory),
      TEST(a_shutdown_without_memory_changes_nothing),
      TEST(opening_with_a_grace_without_memory_changes_nothing),
      TEST(taking_back_a_cleanup_gives_back_its_room),
      TEST(shields_at_any_depth_cost_the_same),
      TEST(graces_of_a_deep_chain_end_in_linear_time),
      TEST(a_deep_chain_of_shields_ends_without_recursion),
      TEST(a_chain_of_a_million_scopes_is_stopping),
      TEST(a_cleanup_registers_the_next_a_million_times),
  };
  return cmocka_run_group_tests_name("grace_memory", tests, NULL, NULL);
}
