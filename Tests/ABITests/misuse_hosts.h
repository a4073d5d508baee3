/* The rows of roost_host.h. The world's runtime has a host, whose loop is turned as that of others;
 * what a host asks wrongly is for host_misuse_test. */
#ifndef MISUSE_HOSTS_H
#define MISUSE_HOSTS_H

#include "misuse.h"

#include <pthread.h>
#include <stdio.h>

/* A runtime with a host has a thread of its own. */
typedef struct opening {
  const roost_host_options *options;
  int rc;
  char sentence[256];
} opening;

static void *open_elsewhere(void *data) {
  opening *it = data;
  roost_runtime own;
  if (roost_runtime_open(NULL, &own) != 0) return NULL;
  it->rc = roost_host_open(own, it->options);
  snprintf(it->sentence, sizeof it->sentence, "%s", roost_last_error());
  if (roost_close(own, 0, NULL, NULL, NULL) == ROOST_PENDING)
    (void)roost_host_turn(own, NULL, 0, &(const roost_told *){NULL});
  return NULL;
}

static int open_host_with(const roost_host_options *options) {
  opening it = {.options = options, .rc = SOME_FAILURE};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, open_elsewhere, &it), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  if (it.rc < 0) assert_non_null(strstr(it.sentence, "roost_host_open"));
  return it.rc;
}

#define A_HOST(...) (&(roost_host_options){.size = sizeof(roost_host_options), __VA_ARGS__})

static int open_two(void) { return roost_host_open(other, A_HOST(.data = DATA)); }

static int close_hosts_scope(roost_result *result) {
  return roost_host_scope_close(node(SCOPE), 0, result);
}

static void rows_of_hosts(void **state) {
  (void)state;
  assert_int_equal(open_host_with(NULL), 0);
  assert_int_equal(open_host_with(&(roost_host_options){.size = 3}), ROOST_EINVAL);
  ROW(roost_host_open, "options", "of a second runtime of the thread", ROOST_EORDER, open_two());
  ROW(roost_host_turn, "asks", "NULL, and there are some", ROOST_EINVAL,
      (int)roost_host_turn(rt, NULL, 1, &told));
  ROW(roost_host_turn, "count", "none", 0, (int)roost_host_turn(rt, &an_ask, 0, &told));
  ROW(roost_host_turn, "told", "NULL", ROOST_EINVAL, (int)roost_host_turn(rt, NULL, 0, NULL));
  ROW(roost_host_submit, "asks", "NULL, and there are some", ROOST_EINVAL,
      roost_host_submit(rt, NULL, UINT64_MAX));
  ROW(roost_host_submit, "count", "one that is refused", 0, roost_host_submit(rt, &an_ask, 1));
  ROW(roost_host_node, "key", "of nothing", 0, (int)roost_host_node(rt, 7).id);
  ROW(roost_host_node, "key", "too great", 0, (int)roost_host_node(rt, UINT64_MAX).id);
  ROW(roost_host_bind, "key", "too great", ROOST_EINVAL,
      roost_host_bind(rt, (UINT64_C(1) << 26) + 1, node(GROUP)));
  ROW(roost_host_bind, "key", "the root's", ROOST_EINVAL, roost_host_bind(rt, 0, node(GROUP)));
  ROW(roost_host_scope_close, "scope", "no hosted task's", ROOST_EORDER, close_hosts_scope(NULL));
  ROW(roost_host_scope_close, "rc", "any, of no hosted task's", ROOST_EORDER,
      roost_host_scope_close(node(SCOPE), INT_MIN, NULL));
  ROW(roost_host_scope_close, "result", "no size", ROOST_EINVAL,
      close_hosts_scope(&(roost_result){.size = 0}));
  ROW(roost_host_abandon, "block", "no hosted task's", ROOST_EORDER,
      roost_host_abandon(node(GROUP)));
  ROW(roost_host_abandon, "block", "the root", ROOST_EORDER, roost_host_abandon(root));
  ROW(roost_host_interrupt, "key", "of nothing", ROOST_ESTALE,
      roost_host_interrupt(rt, 7, ROOST_EIO));
  ROW(roost_host_interrupt, "key", "the root's", ROOST_ESTALE,
      roost_host_interrupt(rt, 0, ROOST_EIO));
  ROW(roost_host_interrupt, "rc", "a success", ROOST_EINVAL, roost_host_interrupt(rt, 7, 0));
}

/* Functions that are given to calls, called by the program: nothing is lost by it. */
static void rows_of_functions_of_hosts(void **state) {
  (void)state;
  void *key = (void *)(uintptr_t)9;
#define CALLED(function, argument, why, ...)                                                       \
  ROW(function, argument, why, 0, (function(__VA_ARGS__), 0))
  CALLED(roost_host_begin, "task", "an unset handle", (roost_task){0}, key);
  CALLED(roost_host_begin, "key", "the root's", (roost_task){0}, NULL);
  CALLED(roost_host_wake, "wait", "an unset handle", (roost_wait){0}, 0, key);
  CALLED(roost_host_wake, "rc", "any", (roost_wait){UINT64_MAX}, ROOST_ECANCELED, key);
  CALLED(roost_host_wake, "key", "the root's", (roost_wait){here.id[WAIT]}, 0, NULL);
  CALLED(roost_host_clean, "task", "an unset handle", (roost_task){0}, NULL, key);
  CALLED(roost_host_clean, "why", "NULL", node(TASK), NULL, key);
  CALLED(roost_host_clean, "key", "the root's", node(TASK), NULL, NULL);
  CALLED(roost_host_post, "runtime", "an unset handle", (roost_runtime){0}, key);
  CALLED(roost_host_post, "key", "the root's", rt, NULL);
  CALLED(roost_host_ended, "key", "of nothing", key);
  CALLED(roost_host_drop, "key", "of nothing", key);
#undef CALLED
}

#endif
