/* valgrind: no */
/* What must work at a million: C15 promises no recursion and no allocation, T1d and G1 the same. */
#include "support.h"

enum { million = 1000000 };

static roost_scope scopes[million];

static void open_a_chain(roost_node parent) {
  for (int i = 0; i < million; i++) {
    assert_int_equal(roost_scope_open(parent, NULL, &scopes[i]), 0);
    parent = scopes[i];
  }
}

/* C15, T1d: opened, cancelled at its head, and closed by the closing of its head. */
static void a_chain_of_a_million_scopes_is_cancelled_and_closed(void **state) {
  (void)state;
  open_a_chain(root);
  after(scopes[million - 1], ROOST_FOREVER, "w");
  assert_int_equal(roost_cancel(scopes[0], NULL), 0);
  assert_int_equal(roost_cancelled(scopes[million / 2]), 1);
  assert_int_equal(roost_cancelled(scopes[million - 1]), 1);
  run();
  assert_log("w=ECANCELED");
  join(scopes[0], ROOST_ECANCELED);
  run();
  assert_int_equal(last.code, 0);
  assert_int_equal(last.caught, 1);
  for (int i = 0; i < million; i++) assert_int_equal(roost_cancel(scopes[i], NULL), ROOST_ESTALE);
}

/* C15, T1a: the same, closed one by one, the innermost first. */
static void a_chain_of_a_million_scopes_is_closed_one_by_one(void **state) {
  (void)state;
  open_a_chain(root);
  assert_int_equal(roost_cancel(scopes[0], NULL), 0);
  for (int i = million - 1; i >= 0; i--)
    assert_int_equal(roost_join(scopes[i], 0, NULL, NULL, NULL), 0);
  run();
  assert_int_equal(roost_cancel(scopes[0], NULL), ROOST_ESTALE);
}

/* C15: the closing of the runtime closes the chain as well. */
static void a_chain_of_a_million_scopes_ends_with_the_runtime(void **state) {
  (void)state;
  open_a_chain(root);
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_cancel(scopes[million - 1], NULL), ROOST_ESTALE);
}

static int told;

static void count_cut(roost_wait it, int rc, void *data) {
  (void)it;
  (void)data;
  if (rc == ROOST_ECANCELED) told++;
}

/* C15, C9: cancelled each by itself, from the inside out, with a wait in each. Whoever asks for the
 * reason that applies walks the chain once, not once for each of its nodes. */
static void a_chain_of_a_million_scopes_is_cancelled_from_the_inside_out(void **state) {
  (void)state;
  roost_reason reason = {.size = sizeof reason};
  told = 0;
  open_a_chain(root);
  for (int i = 0; i < million; i++)
    assert_int_equal(roost_after(scopes[i], ROOST_FOREVER, count_cut, NULL, NULL, NULL), 0);
  for (int i = million - 1; i >= 0; i--) assert_int_equal(roost_cancel(scopes[i], NULL), 0);
  run();
  assert_int_equal(told, million);
  for (int i = million - 1; i >= 0; i--) {
    assert_int_equal(roost_reason_of(scopes[i], &reason), 1);
    assert_true(reason.node.id == scopes[0].id);
  }
  join(scopes[0], 0);
  run();
  assert_int_equal(last.caught, 1);
}

static int started, cut, dropped;

static int start(roost_task self, void *data) {
  (void)self;
  (void)data;
  started++;
  return ROOST_PENDING;
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  cut++;
  return 0;
}

static int end_at_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  started++;
  return 0;
}

static void drop(void *data) {
  (void)data;
  dropped++;
}

static void spawn_a_million(roost_group group, roost_start_fn body) {
  started = cut = dropped = 0;
  for (int i = 0; i < million; i++)
    assert_int_equal(
        roost_spawn(group, ROOST_TASK(.start = body, .on_cancel = on_cancel, .drop = drop), NULL),
        0);
}

static roost_group g;
static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }

/* C15, G1 */
static void a_group_of_a_million_tasks_is_cancelled_and_joined(void **state) {
  (void)state;
  g = group(root, "g");
  spawn_a_million(g, start);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_int_equal(started, million);
  assert_int_equal(cut, million);
  assert_int_equal(dropped, million);
  assert_log("@1000 g=0^");
}

/* G1: the twin, where nothing cancels them. */
static void a_group_of_a_million_tasks_is_joined(void **state) {
  (void)state;
  g = group(root, "g");
  spawn_a_million(g, end_at_once);
  join(g, 0);
  run();
  assert_int_equal(started, million);
  assert_int_equal(cut, 0);
  assert_int_equal(dropped, million);
  assert_log("g=0");
}

/* L2, L2a: all but one are queued, and end without having started. */
static void a_million_queued_tasks_are_cancelled(void **state) {
  (void)state;
  g = group(root, "g", .limit = 1);
  spawn_a_million(g, start);
  join(g, 0);
  act(SECONDS(1), cancel_g);
  run();
  assert_int_equal(started, 1);
  assert_int_equal(cut, 1);
  assert_int_equal(dropped, million);
  assert_log("@1000 g=0^");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_chain_of_a_million_scopes_is_cancelled_and_closed),
      TEST(a_chain_of_a_million_scopes_is_closed_one_by_one),
      TEST(a_chain_of_a_million_scopes_ends_with_the_runtime),
      TEST(a_chain_of_a_million_scopes_is_cancelled_from_the_inside_out),
      TEST(a_group_of_a_million_tasks_is_cancelled_and_joined),
      TEST(a_group_of_a_million_tasks_is_joined),
      TEST(a_million_queued_tasks_are_cancelled),
  };
  return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
