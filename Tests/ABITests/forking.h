/* What the tests of fork share: what a child must not touch, and a life of its own that it has. */
#ifndef FORKING_H
#define FORKING_H

#include "threads.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int status_of(pid_t child) {
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static things before;

static inline void *count_not_child(void *data) {
  *(int *)data = count_other_answers(&before, ROOST_ECHILD);
  return NULL;
}

static inline int refuse_all(void) {
  int others = count_other_answers(&before, ROOST_ECHILD), more = -1;
  pthread_t thread;
  if (pthread_create(&thread, NULL, count_not_child, &more) != 0) return 1;
  pthread_join(thread, NULL);
  return others + more != 0 || strlen(roost_last_error()) == 0 ? 2 : 0;
}

static roost_runtime own;

static inline int stay(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}

static inline int tell_code(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  *(int64_t *)data = why->code;
  return 0;
}

static inline void cancel_root(roost_runtime runtime, void *data) {
  (*(int *)data)++;
  roost_cancel(roost_root(runtime), ROOST_CANCEL(.code = 5));
}

static inline void *post_to_own(void *data) {
  return roost_post(own, cancel_root, data, NULL) == 0 ? data : NULL;
}

/* It has a runtime, and a thread that posts to it, upon which all is cancelled. */
static inline int live(void) {
  int ran = 0;
  int64_t code = 0;
  void *posted = NULL;
  pthread_t thread;
  if (roost_runtime_open(NULL, &own) != 0) return 10;
  if (roost_spawn(roost_root(own), ROOST_TASK(.start = stay, .on_cancel = tell_code, .data = &code),
                  NULL) != 0)
    return 11;
  if (pthread_create(&thread, NULL, post_to_own, &ran) != 0) return 12;
  if (roost_run(own) != 0) return 13;
  if (pthread_join(thread, &posted) != 0 || posted != &ran || ran != 1 || code != 5) return 14;
  return roost_close(own, 0, NULL, NULL, NULL) == 0 ? 0 : 15;
}

#endif
