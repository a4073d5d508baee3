/* S6a, O1, O3, real: a runtime that is closed but for a function that goes on without its task says
 * so, in a report and in dumps. The function goes on until the report has come. */
#include "support.h"

#include <string.h>
#include <uv.h>

static uv_loop_t loop;
static uv_sem_t begun, go_on;
static int reports, dumps, closed;
static roost_task stray;

static int goes_on(roost_task self, void *data, void **result) {
  (void)self, (void)data, (void)result;
  uv_sem_post(&begun);
  uv_sem_wait(&go_on);
  return 0;
}

/* Written by a dump: who is left, and what the root does. */
static void look_for_strays(const char *text, uint64_t length, void *data) {
  char copy[2000] = "";
  (void)data;
  memcpy(copy, text, length < sizeof copy - 1 ? length : sizeof copy - 1);
  assert_non_null(strstr(copy, "stray 'deaf'"));
  dumps++;
}

static void hear(const roost_report *report, void *data) {
  (void)data;
  /* On a slow machine the cancellation of what is in the root takes long enough, too. */
  if (strstr(report->text, "waits to be closed") == NULL) return;
  reports++;
  assert_int_equal(report->kind, ROOST_STALL);
  assert_int_equal(report->node.id, root.id);
  assert_true(report->duration_ns >= ROOST_MILLISECOND);
  assert_int_equal(report->suspect_count, 1);
  assert_int_equal(report->suspects->task.id, stray.id);
  assert_string_equal(report->suspects->name, "deaf");
  assert_null(report->suspects->next);
  assert_non_null(strstr(report->text, "1 abandoned function that has not returned"));
  /* The root has ended, and can be seen all the same. */
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for_strays, NULL, NULL), 0);
  assert_int_equal(roost_cancel(root, NULL), ROOST_ESTALE);
  assert_int_equal(roost_post(rt, NULL, NULL, NULL), ROOST_EINVAL);
  uv_sem_post(&go_on);
}

static void when_closed(const roost_result *result, void *data) {
  (void)result, (void)data;
  closed++;
}

static void open_with(uv_loop_t *borrowed) {
  reports = dumps = closed = 0;
  assert_int_equal(uv_sem_init(&begun, 0), 0);
  assert_int_equal(uv_sem_init(&go_on, 0), 0);
  assert_int_equal(
      roost_runtime_open(
          ROOST_RUNTIME(.loop = borrowed, .report = hear, .stall_ns = ROOST_MILLISECOND), &rt),
      0);
  root = roost_root(rt);
  assert_int_equal(roost_spawn_blocking(
                       root, ROOST_BLOCKING(.work = goes_on, .name = "deaf", .abandon = 1), &stray),
                   0);
  while (uv_sem_trywait(&begun) != 0) uv_run(roost_loop(rt), UV_RUN_NOWAIT);
}

static void forget(void) {
  assert_int_equal(reports, 1);
  assert_int_equal(dumps, 1);
  uv_sem_destroy(&begun);
  uv_sem_destroy(&go_on);
}

static void an_own_loop_is_closed_when_it_returns(void **state) {
  (void)state;
  open_with(NULL);
  assert_int_equal(roost_close(rt, 0, when_closed, NULL, NULL), 0);
  assert_int_equal(closed, 1);
  forget();
}

static void a_borrowed_loop_goes_on_until_it_returns(void **state) {
  (void)state;
  assert_int_equal(uv_loop_init(&loop), 0);
  open_with(&loop);
  assert_int_equal(roost_close(rt, 0, when_closed, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(closed, 1);
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for_strays, NULL, NULL), ROOST_ESTALE);
  assert_int_equal(uv_loop_close(&loop), 0);
  forget();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_own_loop_is_closed_when_it_returns),
      cmocka_unit_test(a_borrowed_loop_goes_on_until_it_returns),
  };
  return cmocka_run_group_tests_name("stray_report", tests, NULL, NULL);
}
