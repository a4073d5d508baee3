/* A seed decides in which order what is ready at one time runs (S4). */
#include "support.h"

#include <string.h>

/* Each program runs in a runtime of its own, and writes letters; what it wrote is its order. */
static char order[256];
static roost_group g, h;

static void put(char letter) {
  size_t length = strlen(order);
  assert_true(length + 1 < sizeof order);
  order[length] = letter;
  order[length + 1] = 0;
}

static const char *play(uint64_t seed, void (*program)(void)) {
  order[0] = 0;
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .seed = seed), &rt), 0);
  root = roost_root(rt);
  program();
  run();
  assert_true(close_now() <= 0);
  return order;
}

/* Whether what a program wrote has these letters in this order, whatever stands between them. */
static int has_in_order(const char *text, const char *letters) {
  for (; *text != 0 && *letters != 0; text++) letters += *text == *letters;
  return *letters == 0;
}

static int step(roost_task self, void *letter) {
  (void)self;
  put(*(char *)letter);
  return 0;
}

static void spawn_letter(const char *letter) {
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = step, .data = (void *)letter), NULL), 0);
}

static const char letters[] = "abcdefgh";

static void spawn_eight(void) {
  for (int i = 0; i < 8; i++) spawn_letter(&letters[i]);
}

/* S4, S1: without a seed, first in, first out. */
static void without_a_seed_the_first_is_the_first(void **state) {
  (void)state;
  assert_string_equal(play(0, spawn_eight), "abcdefgh");
}

/* S4: the same seed, the same order: in each runtime of a process. */
static void the_same_seed_gives_the_same_order(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    char first[sizeof order];
    strcpy(first, play(seed, spawn_eight));
    play(seed * 7919, spawn_eight);
    assert_string_equal(play(seed, spawn_eight), first);
  }
}

/* S4: every order is one of all tasks, each once. */
static void every_task_runs_once(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    play(seed, spawn_eight);
    assert_int_equal(strlen(order), 8);
    for (int i = 0; i < 8; i++) assert_non_null(strchr(order, letters[i]));
  }
}

/* S4: so that tests find order bugs: of each two tasks, each comes before the other under some. */
static void different_seeds_find_different_orders(void **state) {
  (void)state;
  int before[8][8] = {{0}};
  for (uint64_t seed = 1; seed <= 100; seed++) {
    play(seed, spawn_eight);
    for (int i = 0; i < 8; i++)
      for (int j = 0; j < 8; j++)
        before[i][j] += strchr(order, letters[i]) < strchr(order, letters[j]);
  }
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 8; j++)
      if (i != j) assert_in_range(before[i][j], 20, 80);
}

/* S4: seeds that differ little do so too, and large ones are as good. */
static void every_bit_of_a_seed_counts(void **state) {
  (void)state;
  static const uint64_t seeds[] = {1, 2, 3, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX};
  char orders[COUNT(seeds)][sizeof order];
  for (size_t i = 0; i < COUNT(seeds); i++) {
    strcpy(orders[i], play(seeds[i], spawn_eight));
    for (size_t j = 0; j < i; j++) assert_string_not_equal(orders[i], orders[j]);
  }
}

static int step_and_spawn(roost_task self, void *letter) {
  static const char capitals[] = "ABCDEFGH";
  (void)self;
  put(*(char *)letter);
  spawn_letter(&capitals[*(char *)letter - 'a']);
  return 0;
}

static void spawn_two_batches(void) {
  for (int i = 0; i < 8; i++)
    assert_int_equal(
        roost_spawn(root, ROOST_TASK(.start = step_and_spawn, .data = (void *)&letters[i]), NULL),
        0);
}

/* S4, S1: each batch by itself: what becomes ready in one belongs to the next. */
static void batches_stay_apart(void **state) {
  (void)state;
  int same = 0;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    play(seed, spawn_two_batches);
    assert_int_equal(strlen(order), 16);
    for (int i = 0; i < 8; i++) {
      assert_in_range(order[i], 'a', 'h');
      assert_in_range(order[8 + i], 'A', 'H');
    }
    int is_same = 1;
    for (int i = 0; i < 8; i++) is_same &= order[i] - 'a' == order[8 + i] - 'A';
    same += is_same;
  }
  assert_in_range(same, 0, 5);
}

/* ---------------------------------------------------------------------------------------------- */
/* What belongs to one task                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void put_wait(roost_wait wait, int rc, void *letter) {
  (void)wait;
  (void)rc;
  put(*(char *)letter);
}

static void wait_letter(roost_node in, const char *letter) {
  assert_int_equal(roost_after(in, SECONDS(1), put_wait, (void *)letter, NULL, NULL), 0);
}

static int put_cancel(roost_task self, const roost_reason *why, void *first) {
  (void)self;
  (void)why;
  put(*(char *)first);
  return ROOST_PENDING;
}

/* Its on_cancel writes the first letter, its waits the others; the last is in a scope of its. */
static int wait_thrice(roost_task self, void *first) {
  roost_scope s = scope(self, "s");
  wait_letter(self, (char *)first + 1);
  wait_letter(self, (char *)first + 2);
  wait_letter(s, (char *)first + 3);
  return ROOST_PENDING;
}

static roost_task waiting[3];
static const char *const alphabets[] = {"abcd", "efgh", "ijkl"};

static void spawn_waiting(void) {
  for (int i = 0; i < 3; i++)
    assert_int_equal(roost_spawn(root,
                                 ROOST_TASK(.start = wait_thrice, .on_cancel = put_cancel,
                                            .data = (void *)alphabets[i]),
                                 &waiting[i]),
                     0);
}

static void finish_waiting(void) {
  for (int i = 0; i < 3; i++) assert_int_equal(roost_finish(waiting[i], 0, NULL, NULL), 0);
}

static void spawn_and_wait(void) {
  spawn_waiting();
  act(SECONDS(2), finish_waiting);
}

/* S4, S2b: the waits of one task are told in the order in which they ended. */
static void the_waits_of_a_task_keep_their_order(void **state) {
  (void)state;
  int second_first = 0;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    play(seed, spawn_and_wait);
    assert_int_equal(strlen(order), 9);
    assert_true(has_in_order(order, "bcd"));
    assert_true(has_in_order(order, "fgh"));
    assert_true(has_in_order(order, "jkl"));
    second_first += order[0] == 'f';
  }
  assert_in_range(second_first, 5, 45);
}

static void end_all(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  finish_waiting();
}

static void cancel_all(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  for (int i = 0; i < 3; i++) assert_int_equal(roost_cancel(waiting[i], NULL), 0);
}

static void spawn_and_cancel(void) {
  spawn_waiting();
  assert_int_equal(roost_after(root, MS(500), cancel_all, NULL, NULL, NULL), 0);
  assert_int_equal(roost_after(root, SECONDS(2), end_all, NULL, NULL, NULL), 0);
}

/* S4, S2b: its on_cancel comes before its waits' fn, under every seed. */
static void on_cancel_comes_before_the_waits(void **state) {
  (void)state;
  int second_first = 0;
  for (uint64_t seed = 0; seed <= 50; seed++) {
    play(seed, spawn_and_cancel);
    assert_int_equal(strlen(order), 12);
    for (int i = 0; i < 3; i++) assert_true(has_in_order(order, alphabets[i]));
    second_first += order[0] == 'e';
  }
  assert_in_range(second_first, 5, 45);
}

static int put_cleanup(roost_task self, const roost_outcome *why, void *letter) {
  (void)self;
  (void)why;
  put(*(char *)letter);
  return 0;
}

static void spawn_with_cleanups(void) {
  for (int i = 0; i < 3; i++) {
    roost_task task;
    assert_int_equal(
        roost_spawn(root, ROOST_TASK(.start = step, .data = (void *)alphabets[i]), &task), 0);
    for (int j = 3; j > 0; j--)
      assert_int_equal(roost_defer(task, put_cleanup, (void *)(alphabets[i] + j), NULL), 0);
  }
}

/* S4, K1: cleanups come last in, first out, under every seed. */
static void cleanups_keep_their_order(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    play(seed, spawn_with_cleanups);
    for (int i = 0; i < 3; i++) assert_true(has_in_order(order, alphabets[i]));
  }
}

static void spawn_into_a_limit(void) {
  g = group(root, "g", .limit = 1);
  for (int i = 0; i < 8; i++)
    assert_int_equal(roost_spawn(g, ROOST_TASK(.start = step, .data = (void *)&letters[i]), NULL),
                     0);
  assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
}

/* S4, L2: so does the queue of a limit: only one of them is ready at a time. */
static void a_queue_keeps_its_order(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 20; seed++)
    assert_string_equal(play(seed, spawn_into_a_limit), "abcdefgh");
}

/* ---------------------------------------------------------------------------------------------- */
/* What it finds                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static void put_winner(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  assert_int_equal(result->winner_name[1], 0);
  put(result->winner_name[0]);
}

static void race_three(void) {
  static const char *const names[] = {"a", "b", "c"};
  g = group(root, "g", .policy = ROOST_RACE);
  for (int i = 0; i < 3; i++)
    assert_int_equal(
        roost_spawn(g, ROOST_TASK(.start = step, .data = (void *)names[i], .name = names[i]), NULL),
        0);
  assert_int_equal(roost_join(g, 0, put_winner, NULL, NULL), 0);
}

/* S4, G2a: who wins a race that is decided in one batch; whoever is first. */
static void a_seed_decides_a_race(void **state) {
  (void)state;
  int wins[3] = {0};
  for (uint64_t seed = 1; seed <= 60; seed++) {
    play(seed, race_three);
    assert_int_equal(strlen(order), 4);
    assert_int_equal(order[3], order[0]);
    wins[order[0] - 'a']++;
  }
  for (int i = 0; i < 3; i++) assert_in_range(wins[i], 5, 40);
}

static int fail_letter(roost_task self, void *letter) {
  (void)self;
  put(*(char *)letter);
  return -*(char *)letter;
}

static void put_codes(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  put('=');
  for (const roost_error *it = result->errors; it != NULL; it = it->next) put((char)-it->code);
}

static void open_and_fail(void) {
  g = group(root, "g");
  h = group(root, "h", .policy = ROOST_SUPERVISE);
  for (int i = 0; i < 8; i++)
    assert_int_equal(roost_spawn(i % 2 ? g : h,
                                 ROOST_TASK(.start = fail_letter, .data = (void *)&letters[i]),
                                 NULL),
                     0);
  spawn_and_wait();
  spawn_two_batches();
  assert_int_equal(roost_join(g, 0, put_codes, NULL, NULL), 0);
  assert_int_equal(roost_join(h, 0, put_codes, NULL, NULL), 0);
}

/* S4, D4: with one seed a run is reproducible to its last event. */
static void a_run_is_reproducible_to_its_last_event(void **state) {
  (void)state;
  char first[sizeof order];
  strcpy(first, play(0, open_and_fail));
  for (uint64_t seed = 1; seed <= 20; seed++) {
    char again[sizeof order];
    strcpy(again, play(seed, open_and_fail));
    assert_string_equal(play(seed, open_and_fail), again);
    assert_string_not_equal(again, first);
  }
}

/* S4: two runtimes at the same time do not disturb each other. */
static void runtimes_have_their_own_seeds(void **state) {
  (void)state;
  char alone[sizeof order];
  strcpy(alone, play(5, spawn_eight));
  roost_runtime other;
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .seed = 9), &other), 0);
  static const char capitals[] = "xyz";
  for (int i = 0; i < 3; i++)
    assert_int_equal(roost_spawn(roost_root(other),
                                 ROOST_TASK(.start = step, .data = (void *)&capitals[i]), NULL),
                     0);
  assert_int_equal(roost_run(other), 0);
  assert_string_equal(play(5, spawn_eight), alone);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_seed_the_first_is_the_first),
      cmocka_unit_test(the_same_seed_gives_the_same_order),
      cmocka_unit_test(every_task_runs_once),
      cmocka_unit_test(different_seeds_find_different_orders),
      cmocka_unit_test(every_bit_of_a_seed_counts),
      cmocka_unit_test(batches_stay_apart),
      cmocka_unit_test(the_waits_of_a_task_keep_their_order),
      cmocka_unit_test(on_cancel_comes_before_the_waits),
      cmocka_unit_test(cleanups_keep_their_order),
      cmocka_unit_test(a_queue_keeps_its_order),
      cmocka_unit_test(a_seed_decides_a_race),
      cmocka_unit_test(a_run_is_reproducible_to_its_last_event),
      cmocka_unit_test(runtimes_have_their_own_seeds),
  };
  return cmocka_run_group_tests_name("seed", tests, NULL, NULL);
}
