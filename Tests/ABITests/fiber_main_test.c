/* Whole programs: roost_main, and what it says on standard error. */
#include "fibers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <uv.h>

static char said[1024];

/* Runs a program, and keeps what it says. */
static int run_main(const roost_runtime_options *options, roost_fiber_fn fn, void *data) {
  int ends[2], old = dup(STDERR_FILENO);
  assert_true(old >= 0 && pipe(ends) == 0);
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  int rc = options == NULL ? roost_main(fn, data) : roost_main_with(options, fn, data);
  dup2(old, STDERR_FILENO);
  close(old);
  ssize_t length = read(ends[0], said, sizeof said - 1);
  said[length < 0 ? 0 : length] = 0;
  close(ends[0]);
  return rc;
}
#define VIRTUAL() ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .report = say_nothing)

static int look(roost_task self, void *data) {
  char name[64];
  volatile char big[900000];
  roost_name(self, name, sizeof name);
  for (size_t i = 0; i < sizeof big; i += 100) big[i] = 1;
  return strcmp(name, "main") == 0 ? *(int *)data : -1;
}

/* Its answer where that is 0 or more; on a stack of 1 MiB. */
static void a_program_answers_what_its_fiber_does(void **state) {
  (void)state;
  int codes[] = {0, 3, 255};
  for (size_t i = 0; i < COUNT(codes); i++) {
    assert_int_equal(run_main(NULL, look, &codes[i]), codes[i]);
    assert_string_equal(said, "");
  }
}

static int fail_with_message(roost_task self, void *data) {
  (void)data;
  roost_explain(self, "the disk is full");
  return ROOST_EIO;
}

/* Where it has failed, 1, and why. */
static void a_failed_program_says_why(void **state) {
  (void)state;
  assert_int_equal(run_main(NULL, fail_with_message, NULL), 1);
  assert_non_null(strstr(said, "main"));
  assert_non_null(strstr(said, "the disk is full"));
  assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static int spawn_bad(roost_task self, void *data) {
  (void)data;
  roost_go_with(roost_root(roost_runtime_of(self)), ROOST_FIBER(.fn = fail_now, .name = "bad"),
                NULL);
  return roost_sleep(SECONDS(1));
}

/* Another task of the root that fails makes it fail too. */
static void a_failed_task_fails_the_program(void **state) {
  (void)state;
  assert_int_equal(run_main(VIRTUAL(), spawn_bad, NULL), 1);
  assert_non_null(strstr(said, "bad"));
}

static int be_forgotten(roost_task self, void *data) {
  (void)self;
  *(int *)data = roost_sleep_forever();
  return ROOST_ECANCELED;
}
static int leave_running(roost_task self, void *data) {
  assert_int_equal(roost_go(roost_root(roost_runtime_of(self)), be_forgotten, data), 0);
  return roost_sleep(SECONDS(1));
}

/* What is left when main returns is cancelled, which is no failure. */
static void what_is_left_is_cancelled(void **state) {
  (void)state;
  int answered = 0;
  assert_int_equal(run_main(VIRTUAL(), leave_running, &answered), 0);
  assert_int_equal(answered, ROOST_ECANCELED);
  assert_string_equal(said, "");
}

static int say_cancelled(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_ECANCELED;
}
static int hang(roost_task self, void *data) {
  (void)self;
  (void)data;
  return roost_sleep_forever();
}
static int cancel_itself(roost_task self, void *data) {
  (void)data;
  roost_cancel(self, NULL);
  return roost_sleep_forever();
}

/* C13a, D4: one that is cancelled, by somebody, by nobody, or since it hung, has failed. */
static void a_cancelled_program_has_failed(void **state) {
  (void)state;
  assert_int_equal(run_main(VIRTUAL(), say_cancelled, NULL), 1);
  assert_non_null(strstr(said, "main"));
  assert_int_equal(run_main(VIRTUAL(), hang, NULL), 1);
  assert_int_equal(run_main(VIRTUAL(), cancel_itself, NULL), 1);
  assert_non_null(strstr(said, "main"));
}

static int close_the_runtime(roost_task self, void *data) {
  assert_int_equal(spawn_bad(self, data), 0);
  assert_int_equal(roost_close(roost_runtime_of(self), SECONDS(1), NULL, NULL, NULL),
                   ROOST_PENDING);
  return 7;
}

/* S8a: one that shuts itself down says what has failed all the same. */
static void a_program_that_closes_its_runtime_says_why(void **state) {
  (void)state;
  assert_int_equal(run_main(VIRTUAL(), close_the_runtime, NULL), 1);
  assert_non_null(strstr(said, "bad"));
}

static uv_idle_t left;
static int leave_a_handle(roost_task self, void *data) {
  (void)data;
  return uv_idle_init(roost_loop(roost_runtime_of(self)), &left);
}

/* S8a: its loop cannot go. */
static void a_program_that_leaves_handles_has_failed(void **state) {
  (void)state;
  assert_int_equal(run_main(NULL, leave_a_handle, NULL), 1);
  assert_non_null(strstr(said, "EBUSY"));
  uv_loop_t *loop = left.loop;
  uv_close((uv_handle_t *)&left, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(loop), 0);
  free(loop); /* it was left to its handles */
}

static int run_another(roost_task self, void *data) {
  (void)self;
  (void)data;
  return roost_main(nothing, NULL) == ROOST_EORDER ? 0 : ROOST_EINVAL;
}

/* B1: nothing is run, and the sentence is there. */
static void what_cannot_be_run_is_refused(void **state) {
  (void)state;
  uv_loop_t loop;
  assert_true(run_main(NULL, NULL, NULL) != 0);
  assert_non_null(strstr(said, "roost_main"));
  assert_true(run_main(ROOST_RUNTIME(.loop = &loop), nothing, NULL) == ROOST_EINVAL);
  assert_non_null(strstr(said, "roost_main_with"));
  assert_int_equal(run_main(NULL, run_another, NULL), 0);
  assert_non_null(strstr(said, "roost_main"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_program_answers_what_its_fiber_does),
      cmocka_unit_test(a_failed_program_says_why),
      cmocka_unit_test(a_failed_task_fails_the_program),
      cmocka_unit_test(what_is_left_is_cancelled),
      cmocka_unit_test(a_cancelled_program_has_failed),
      cmocka_unit_test(a_program_that_closes_its_runtime_says_why),
      cmocka_unit_test(a_program_that_leaves_handles_has_failed),
      cmocka_unit_test(what_cannot_be_run_is_refused),
  };
  return cmocka_run_group_tests_name("fiber_main", tests, NULL, NULL);
}
