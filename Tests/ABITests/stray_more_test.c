/* The list of strays, which return in any order (S6a, O1). */
#include "threads.h"

#include <stdlib.h>

enum { many = 3 };

static uv_sem_t begun, go_on[many];
static roost_group g;

static int wait_for_its_own(roost_task self, void *data, void **result) {
  (void)self;
  (void)result;
  uv_sem_post(&begun);
  uv_sem_wait(data);
  return 0;
}

static uint64_t count_strays(void) {
  roost_counters counters = {.size = sizeof counters};
  assert_int_equal(roost_counters_of(rt, &counters), 0);
  return counters.strays;
}

static char listed[many + 1];

/* The names in the list, which are a letter each. */
static void read_strays(const char *text, uint64_t length, void *data) {
  (void)data;
  char *copy = strndup(text, length), *at = strstr(copy, "\"strays\":["), *name;
  assert_non_null(at);
  char *end = strchr(at, ']');
  assert_non_null(end);
  *end = 0;
  size_t count = 0;
  for (; (name = strstr(at, "\"name\":\"")) != NULL; at = name + 8)
    listed[count < many ? count++ : many] = name[8];
  listed[count] = 0;
  free(copy);
}

static const char *strays(void) {
  assert_int_equal(roost_dump(root, ROOST_JSON, read_strays, NULL, NULL), 0);
  return listed;
}

/* S6a, O1: whichever returns first. */
static void strays_return_in_any_order(void **state) {
  (void)state;
  static const int orders[][many] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  static const char *const names[many] = {"a", "b", "c"};
  assert_int_equal(uv_sem_init(&begun, 0), 0);
  for (int i = 0; i < many; i++) assert_int_equal(uv_sem_init(&go_on[i], 0), 0);
  for (size_t order = 0; order < COUNT(orders); order++) {
    g = group(root, "g");
    for (int i = 0; i < many; i++)
      assert_int_equal(
          roost_spawn_blocking(g,
                               ROOST_BLOCKING(.work = wait_for_its_own, .data = &go_on[i],
                                              .abandon = 1, .name = names[i]),
                               NULL),
          0);
    turn();
    for (int i = 0; i < many; i++) uv_sem_wait(&begun);
    assert_int_equal(roost_cancel(g, NULL), 0);
    join(g, 0);
    turn();
    char expected[] = "cba";
    assert_string_equal(strays(), expected);
    for (int i = 0; i < many; i++) {
      int returns = orders[order][i];
      uint64_t left = count_strays() - 1;
      uv_sem_post(&go_on[returns]);
      while (count_strays() != left) (void)uv_run(&loop, UV_RUN_ONCE);
      char *its_place = strchr(expected, names[returns][0]);
      memmove(its_place, its_place + 1, strlen(its_place));
      assert_string_equal(strays(), expected);
    }
    assert_log("g=0^");
    clear_log();
  }
  for (int i = 0; i < many; i++) uv_sem_destroy(&go_on[i]);
  uv_sem_destroy(&begun);
}

int main(void) {
  const struct CMUnitTest tests[] = {ON_LOOP(strays_return_in_any_order)};
  return cmocka_run_group_tests_name("stray_more", tests, NULL, NULL);
}
