/* What the examples share: one runtime on the virtual clock, and a line of text with the time.
 * Those of callbacks open it here; roost_main_with opens it for those of fibers. */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <inttypes.h>
#include <roost_fiber.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static roost_runtime runtime;
static uint64_t began = ROOST_SECOND; /* which is what the virtual clock shows at first */

/* Ends the program with the library's own sentence when a call has failed. */
static inline int must(int rc) {
  if (rc < 0) {
    fprintf(stderr, "%s: %s\n", roost_strerror(rc), roost_last_error());
    exit(1);
  }
  return rc;
}

/* What the clock shows. In a program of fibers, one of these must be the first to ask. */
static inline uint64_t now(void) {
  if (runtime.id == 0) runtime = roost_runtime_of(roost_self());
  return roost_now(runtime);
}

/* From now on say() counts from here. */
static inline void start_the_watch(void) { began = now(); }

static inline void open_runtime(void) {
  must(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &runtime));
}

/* Runs what is left, closes the runtime, and answers the program's exit status. */
static inline int close_runtime(void) {
  must(roost_run(runtime));
  must(roost_close(runtime, 0, NULL, NULL, NULL));
  return 0;
}

/* Prints a line that begins with the time, in milliseconds. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...) {
  va_list arguments;
  printf("%6" PRIu64 " ms  ", (now() - began) / (uint64_t)ROOST_MILLISECOND);
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
}

static inline const char *yes_or_no(int64_t value) { return value ? "yes" : "no"; }

/* What a status code tells the code that goes on. */
static inline const char *answer(int64_t code) {
  switch (code) {
  case ROOST_ECANCELED: return "cancelled";
  case ROOST_ETIMEDOUT: return "timed out";
  case ROOST_EWASCANCELLED: return "reported as cancelled";
  case ROOST_ETASKCANCELLED: return "that task was cancelled";
  case ROOST_ESTALE: return "ended";
  case ROOST_ALREADY: return "already";
  case ROOST_ASKED: return "asked";
  default: return code < 0 ? "failed" : "ok";
  }
}

/* How a task ended. */
static inline const char *state_name(int64_t state) {
  switch (state) {
  case ROOST_COMPLETED: return "completed";
  case ROOST_FAILED: return "failed";
  case ROOST_CANCELLED: return "cancelled";
  default: return "alive";
  }
}

/* Where a cancellation came from. */
static inline const char *origin_name(int64_t origin) {
  switch (origin) {
  case ROOST_EXPLICIT: return "explicit";
  case ROOST_DEADLINE: return "deadline";
  case ROOST_FAILED_SIBLING: return "failed sibling";
  case ROOST_SIGNAL: return "signal";
  case ROOST_SHUTDOWN: return "shutdown";
  case ROOST_PARENT_JOIN: return "parent's join";
  default: return "other";
  }
}

/* Prints what a group or scope answers when it is closed, and what it knows of its cancellation. */
static inline void say_result(const char *who, const roost_result *result) {
  const roost_reason *why = result->reason;
  char reason[160] = "none";
  if (why != NULL) {
    snprintf(reason, sizeof reason, "%s at %s%s%s", origin_name(why->origin), why->name,
             why->message[0] ? ": " : "", why->message);
  }
  say("%s: %s (cancel called: %s, caught: %s, reason: %s)", who, answer(result->code),
      yes_or_no(result->cancel_called), yes_or_no(result->cancelled_caught), reason);
}

#endif /* EXAMPLES_COMMON_H */
