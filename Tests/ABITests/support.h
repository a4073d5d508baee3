/* What the tests of the C interface share: one runtime on the virtual clock for each test, a log of
 * what happened, and tasks, cleanups and waits that write into it.
 *
 * A test builds a small tree, runs it, and compares the log. Its words:
 *
 *     a+  a-  a!        job a took its first step; its wait ended; its wait was cancelled
 *     c:failed          cleanup c was told that its node failed (completed, cancelled);
 *     c:cancelled:new   ... before its first step
 *     c-  c!            the wait of cleanup c ended; was cancelled
 *     w=0  w=ECANCELED  wait w ended with that
 *     p:abort           the abort of the parked wait p was called
 *     g=EIO[b:EIO]      the join of g brought that, with these errors; nested ones in brackets of
 *                       their own, unlisted ones as a number
 *     g=0^              and a cancellation was absorbed in it (cancelled_caught)
 *     @1500             the clock stands there now, in milliseconds from the test's beginning
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#define _GNU_SOURCE /* uv.h needs it under -std=c11 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <roost.h>
#include <roost_uv.h>

#define SECONDS(n) ((int64_t)(n)*ROOST_SECOND)
#define MS(n) ((int64_t)(n)*ROOST_MILLISECOND)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The runtime of the test that runs, its root group, and the time at which it was opened. */
extern roost_runtime rt;
extern roost_group root;
extern uint64_t beginning;

/* Setup and teardown of every test: rt is opened on the virtual clock, and closed. The teardown
 * fails when a drop of what is given out below was not called. */
int open_runtime(void **state);
/* For programs that hang on purpose. */
void say_nothing(const roost_report *report, void *data);
int close_runtime(void **state);
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_runtime, close_runtime)

/* Turns rt until nothing is left to do. */
void run(void);
/* Closes rt at once and answers what roost_close did; the teardown then has nothing to close. */
int close_now(void);

/* The log. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void assert_log_at(const char *expected, const char *file, int line);
#define assert_log(expected) assert_log_at(expected, __FILE__, __LINE__)
void clear_log(void);

/* "EIO" for ROOST_EIO, "7" for 7. */
const char *code_name(int64_t code);
/* The call failed with that code and left a sentence that names it. */
void assert_refused_at(int expected, int actual, const char *function, const char *file, int line);
#define assert_refused(expected, function, arguments)                                              \
  assert_refused_at(expected, function arguments, #function, __FILE__, __LINE__)

/* Memory that is given up by drop_data, and counted: what close_runtime looks at. */
void *new_data(uint64_t size);
void drop_data(void *data);

/* A task that takes one step, and then waits once, if it `lasts`. */
typedef struct job {
  const char *name;
  int64_t lasts;   /* 0: it ends in its first step */
  int64_t answers; /* its outcome; with ROOST_PENDING, and no wait, somebody else finishes it */
  int64_t if_cut;  /* its outcome when its wait was cancelled; 0: ROOST_ECANCELED */
  void (*body)(roost_task self); /* done in its first step, before it waits */
  roost_on_cancel_fn on_cancel;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;
  uint64_t shield;
  int64_t grace_ns;
  uint64_t until_stopping;
  uint64_t daemon;
} job;
roost_task spawn_job(roost_group group, const job *job);
#define spawn(group, ...) spawn_job(group, &(job){.name = __VA_ARGS__})

/* The same as a start, for which the node `in` waits (L4); the wait is named after the task: `a?=0`
 * when a has reported 0. Its handle is in `starting`. */
roost_task start_job_in(roost_group group, roost_node in, const job *job);
#define start_in(group, in, ...) start_job_in(group, in, &(job){.name = __VA_ARGS__})
extern roost_wait starting;

/* A cleanup that takes one step, and then waits once, if it `lasts`. */
typedef struct sweep {
  const char *name;
  int64_t lasts;
  int64_t answers;
  void (*body)(roost_task self);
  roost_on_cancel_fn on_cancel;
} sweep;
roost_cleanup defer_sweep(roost_node node, const sweep *sweep);
#define cleanup(node, ...) defer_sweep(node, &(sweep){.name = __VA_ARGS__})

roost_group open_group(roost_node parent, const roost_group_options *options);
roost_scope open_scope(roost_node parent, const roost_scope_options *options);
#define group(parent, ...) open_group(parent, ROOST_GROUP(.name = __VA_ARGS__))
#define scope(parent, ...) open_scope(parent, ROOST_SCOPE(.name = __VA_ARGS__))

/* Joins a group or a scope, whose result is logged under its name, and kept in `last`. */
void join(roost_node node, int rc);
/* The roost_join_fn and the data behind it, for calls that a test makes itself. */
void log_result(roost_node node, const roost_result *result, void *name);
char *copy_name(roost_node node);

/* The latest result that log_result saw. `reason.origin` is 0 where there was none. */
typedef struct last_result {
  int64_t state;
  int64_t code;
  int64_t called;
  int64_t caught;
  uint64_t error_count;
  roost_reason reason;
} last_result;
extern last_result last;

/* Waits whose outcome is logged. */
roost_wait after(roost_node in, int64_t delay, const char *name);
roost_wait on_end(roost_node of, roost_node in, const char *name);
/* The roost_wait_fn behind them; `data` is the name, and comes from copy_text. */
void log_wait(roost_wait wait, int rc, void *name);

/* For an on_cancel: notes `name:origin`, and is the end, or goes on. */
int log_stop(roost_task self, const roost_reason *why, void *name);
int log_stay(roost_task self, const roost_reason *why, void *name);
char *copy_text(const char *text);

/* A parked wait. With `abort`, it has a request behind it, that answers so. */
#define STOPS 1    /* abort answers 0: the request has stopped */
#define WILL_END 2 /* abort answers ROOST_PENDING */
#define NONSENSE 3 /* abort answers something else */
typedef struct parking {
  const char *name;
  int64_t abort;
  void (*aborting)(roost_wait wait); /* done inside the abort */
} parking;
roost_wait park_with(roost_node in, const parking *parking);
#define park(in, ...) park_with(in, &(parking){.name = __VA_ARGS__})

/* Calls `action`, as code of nobody's, so long after now. */
void act(int64_t delay, void (*action)(void));

/* The reason that applies to a node; its origin is 0 where there is none. */
roost_reason reason_of(roost_node node);
/* The outcome of a task that is kept. */
roost_outcome outcome_of(roost_task task);

#endif
