/* Version, status codes, and the sentence of the last failure (B2). */
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

/* The library that runs is the one of this header. */
static void the_version_is_the_headers(void **state) {
  (void)state;
  char parts[32];
  snprintf(parts, sizeof parts, "%d.%d.%d", ROOST_VERSION_MAJOR, ROOST_VERSION_MINOR,
           ROOST_VERSION_PATCH);
  assert_string_equal(roost_version(), ROOST_VERSION);
  assert_string_equal(roost_version(), parts);
}

#define STATUS(name, value, text) {ROOST_##name, value, text},
static const struct {
  int code, value;
  const char *text;
} statuses[] = {ROOST_STATUS_MAP(STATUS)};
#undef STATUS

/* The codes of errno and libuv have their values; our own lie below -20000; all are negative. */
static void codes_have_their_values(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(statuses); i++) {
    assert_int_equal(statuses[i].code, statuses[i].value);
    assert_true(statuses[i].code < 0);
  }
  assert_int_equal(ROOST_ECANCELED, UV_ECANCELED);
  assert_int_equal(ROOST_ENOMEM, UV_ENOMEM);
  assert_int_equal(ROOST_ETIMEDOUT, UV_ETIMEDOUT);
  assert_int_equal(ROOST_EAGAIN, UV_EAGAIN);
  assert_int_equal(ROOST_EOWNERDEAD, -EOWNERDEAD);
  assert_true(ROOST_ESTALE < -20000);
  assert_int_equal(ROOST_ESTOPPING, -20014);
  assert_int_equal(ROOST_ENOWINNER, -20015);
  assert_int_equal(ROOST_ENOTSTARTED, -20016);
  assert_int_equal(ROOST_ENOTASK, -20017);
  assert_int_equal(ROOST_EFATAL, -20018);
  assert_int_equal(ROOST_OK, 0);
  assert_true(ROOST_PENDING > 0);
  assert_true(ROOST_ALREADY > 0);
  assert_true(ROOST_ASKED > 0);
}

static void codes_are_all_different(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(statuses); i++)
    for (size_t j = 0; j < i; j++) assert_int_not_equal(statuses[i].code, statuses[j].code);
}

static void every_code_of_ours_has_its_text(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(statuses); i++)
    assert_string_equal(roost_strerror(statuses[i].code), statuses[i].text);
}

static int is_ours(int code) {
  for (size_t i = 0; i < COUNT(statuses); i++)
    if (statuses[i].code == code) return 1;
  return 0;
}

#define UV(name, text) UV_##name,
static const int uv_codes[] = {UV_ERRNO_MAP(UV)};
#undef UV

static void every_other_code_of_libuv_has_libuvs_text(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(uv_codes); i++)
    if (!is_ours(uv_codes[i]))
      assert_string_equal(roost_strerror(uv_codes[i]), uv_strerror(uv_codes[i]));
}

/* Unknown codes: a text that is static, the same each time, and nothing is lost (valgrind). */
static void every_other_number_has_a_text(void **state) {
  (void)state;
  static const int codes[] = {-19999, -20000, -20999, -30000, INT_MIN, INT_MAX, 42};
  for (size_t i = 0; i < COUNT(codes); i++) {
    assert_true(strlen(roost_strerror(codes[i])) > 0);
    assert_ptr_equal(roost_strerror(codes[i]), roost_strerror(codes[i]));
  }
  assert_non_null(roost_strerror(0));
  assert_non_null(roost_strerror(ROOST_PENDING));
  assert_non_null(roost_strerror(ROOST_ALREADY));
  assert_non_null(roost_strerror(ROOST_ASKED));
}

/* B2: a call that succeeds leaves the sentence alone. */
static void the_last_error_stays_until_the_next_failure(void **state) {
  (void)state;
  char sentence[256];
  assert_refused(ROOST_EINVAL, roost_cancel, ((roost_node){0}, NULL));
  snprintf(sentence, sizeof sentence, "%s", roost_last_error());
  assert_int_equal(roost_cancelled(root), 0);
  assert_string_equal(roost_last_error(), sentence);
  assert_refused(ROOST_EINVAL, roost_unwait, ((roost_wait){0}));
  assert_string_not_equal(roost_last_error(), sentence);
}

/* B2: it says which node, by its name and handle. */
static void the_last_error_names_the_node(void **state) {
  (void)state;
  char handle[32];
  roost_group orchard = group(root, "orchard");
  join(orchard, 0);
  assert_refused(ROOST_EALREADY, roost_join, (orchard, 0, NULL, NULL, NULL));
  assert_non_null(strstr(roost_last_error(), "orchard"));
  snprintf(handle, sizeof handle, "%llx", (unsigned long long)orchard.id);
  assert_non_null(strstr(roost_last_error(), handle));
  run();
}

static const char *seen_elsewhere;

static void *fail_elsewhere(void *data) {
  (void)data;
  seen_elsewhere = strlen(roost_last_error()) == 0 ? "silent" : "spoken";
  assert_refused(ROOST_ETHREAD, roost_cancel_called, (root));
  return NULL;
}

/* B2: each thread has its own, "" at first. */
static void every_thread_has_its_own_last_error(void **state) {
  (void)state;
  pthread_t thread;
  assert_refused(ROOST_EINVAL, roost_unwait, ((roost_wait){0}));
  assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_string_equal(seen_elsewhere, "silent");
  assert_non_null(strstr(roost_last_error(), "roost_unwait"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_version_is_the_headers),
      TEST(codes_have_their_values),
      TEST(codes_are_all_different),
      TEST(every_code_of_ours_has_its_text),
      TEST(every_other_code_of_libuv_has_libuvs_text),
      TEST(every_other_number_has_a_text),
      TEST(the_last_error_stays_until_the_next_failure),
      TEST(the_last_error_names_the_node),
      TEST(every_thread_has_its_own_last_error),
  };
  return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
