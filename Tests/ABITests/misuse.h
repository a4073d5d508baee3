/* A world of things to be misused, and the rows that misuse them: for bad_use_test. */
#ifndef MISUSE_H
#define MISUSE_H

#include "calls.h"

/* ---------------------------------------------------------------------------------------------- */
/* A world of things to be misused                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* Beside `here`, whose things are alive: */
static things gone; /* ended, in the same runtime; the runtime itself is another, that was closed */
static things there;  /* alive, in another runtime */
static things closed; /* of a runtime that was closed */
static roost_runtime other;
static roost_wait parked;

static things open_things(roost_runtime runtime) {
  roost_node in = roost_root(runtime);
  roost_group g = group(in, "g");
  roost_scope s = scope(in, "s");
  things it = {.id = {[RUNTIME] = runtime.id, [GROUP] = g.id, [SCOPE] = s.id}};
  it.id[TASK] = spawn(g, "t", .lasts = ROOST_FOREVER).id;
  it.id[CLEANUP] = cleanup(g, "c").id;
  it.id[WAIT] = after(s, ROOST_FOREVER, "w").id;
  parked = park(s, "p");
  open_primitives(runtime, &it);
  return it;
}

static void destroy_primitives(const things *it) {
  assert_int_equal(roost_event_destroy((roost_event){it->id[EVENT]}), 0);
  assert_int_equal(roost_limiter_destroy((roost_limiter){it->id[LIMITER]}), 0);
  assert_int_equal(roost_condition_destroy((roost_condition){it->id[CONDITION]}), 0);
  assert_int_equal(roost_lock_destroy((roost_lock){it->id[LOCK]}), 0);
  assert_int_equal(roost_channel_destroy((roost_channel){it->id[CHANNEL]}), 0);
}

static void cancel_things(const things *it) {
  assert_int_equal(roost_cancel((roost_node){it->id[GROUP]}, NULL), 0);
  assert_int_equal(roost_cancel((roost_node){it->id[SCOPE]}, NULL), 0);
  assert_int_equal(roost_release((roost_task){it->id[TASK]}), 0);
  join((roost_node){it->id[SCOPE]}, 0);
  join((roost_node){it->id[GROUP]}, 0);
}

#define UNTOUCHED "t+ w=ECANCELED p=ECANCELED s=0^ t! c:cancelled g=0^"
#define UNTOUCHED_LATER "@1000 t! w=ECANCELED p=ECANCELED s=0^ c:cancelled g=0^"

static int open_world(void **state) {
  assert_int_equal(open_runtime(state), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  closed = open_things(other);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
  gone = open_things(rt);
  gone.id[RUNTIME] = closed.id[RUNTIME];
  destroy_primitives(&gone);
  cancel_things(&gone);
  run();
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  there = open_things(other);
  here = open_things(rt);
  open_quiet_host(rt);
  open_streams();
  clear_log();
  made = dropped = 0;
  return 0;
}

static int close_world(void **state) {
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
  assert_int_equal(close_runtime(state), 0);
  close_streams();
  assert_int_equal(made, dropped);
  return 0;
}

/* As open_primitives has left them. */
static void assert_primitives_untouched(void) {
  assert_int_equal(roost_event_is_set(event()), 0);
  assert_int_equal(roost_limiter_try_acquire(limiter()), 0);
  assert_refused(ROOST_EAGAIN, roost_limiter_try_acquire, (limiter()));
  assert_refused(ROOST_EDEADLK, roost_lock_try_acquire, (lock(), node(SCOPE)));
  assert_int_equal(roost_channel_try_receive(channel(), &taken), 0);
  assert_refused(ROOST_EAGAIN, roost_channel_try_receive, (channel(), &taken));
}

/* What was misused still works, and nothing that was refused was done. */
static void assert_untouched(void) {
  assert_int_equal(made, dropped);
  assert_log("");
  assert_primitives_untouched();
  cancel_things(&here);
  run();
  assert_log(UNTOUCHED);
}

/* The answer is the code (of what answers none: a failure), the sentence names the function, and
 * what the call was given has been dropped. */
static const char *wrong(const struct subject *subject, int expected, int rc) {
  static char text[128];
  const char *what = NULL;
  if (rc != SOME_FAILURE && rc != expected)
    what = "answers";
  else if (strstr(roost_last_error(), subject->function) == NULL)
    what = "does not name itself, answering";
  else if (made != dropped)
    what = "keeps the data, answering";
  if (what == NULL) return NULL;
  snprintf(text, sizeof text, "%s(%s) %s %s, not %s", subject->function, subject->argument, what,
           code_name(rc), code_name(expected));
  return text;
}

/* ---------------------------------------------------------------------------------------------- */
/* In a fiber                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* What misuses the world there, and what is wrong with it, NULL for nothing. No assertion is made
 * on the fiber's stack, which one that fails would leave by a jump. */
static const char *(*misusing)(void);
static const char *misused;
static int is_in_a_fiber;
static roost_wait ending;

static int misuse(roost_task self, void *data) {
  (void)self;
  (void)data;
  is_in_a_fiber = 1;
  misused = misusing();
  is_in_a_fiber = 0;
  return 0;
}

static void end_misuse(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  if (misused != NULL) fail_msg("in a fiber: %s", misused);
  assert_int_equal(made, dropped);
  assert_log("t+");
  clear_log();
  assert_primitives_untouched();
  cancel_things(&here);
}

static void in_a_fiber(const char *(*fn)(void)) {
  misusing = fn;
  misused = "it has not run";
  assert_int_equal(roost_go(root, misuse, NULL), 0);
  assert_int_equal(roost_after(root, SECONDS(1), end_misuse, NULL, NULL, &ending), 0);
  run();
  assert_log(UNTOUCHED_LATER);
}

/* ---------------------------------------------------------------------------------------------- */
/* Rows: what else can be wrong, parameter by parameter                                           */
/* ---------------------------------------------------------------------------------------------- */

static struct covered { const char *function, *argument; } covered[1024];
static size_t covered_count;

/* One row: a world of its own, one call, its answer. A refusal leaves the world untouched. `why` is
 * what the reader, and the failing test, is told. */
#define ROW(function, argument, why, expected, call)                                               \
  do {                                                                                             \
    begin_row(#function, argument);                                                                \
    int rc = (call);                                                                               \
    check_row(#function, why, expected, rc);                                                       \
    if (rc < 0) assert_untouched();                                                                \
    close_world(NULL);                                                                             \
  } while (0)

/* A row whose call comes after others, which have changed the world. */
#define LATE(function, argument, why, expected, call)                                              \
  do {                                                                                             \
    begin_row(#function, argument);                                                                \
    int rc = (call);                                                                               \
    check_row(#function, why, expected, rc);                                                       \
    close_world(NULL);                                                                             \
  } while (0)

/* The parameters with which every wait ends. */
#define WAIT_ROWS(function, ...)                                                                   \
  ROW(function, "fn", "NULL", ROOST_EINVAL, function(__VA_ARGS__, NULL, DATA, &begun));            \
  ROW(function, "data", "NULL", 0, function(__VA_ARGS__, quiet_wait, NULL, NULL, &begun));         \
  ROW(function, "drop", "NULL", 0, function(__VA_ARGS__, quiet_wait, &made, NULL, &begun));        \
  ROW(function, "out", "NULL", 0, function(__VA_ARGS__, quiet_wait, DATA, NULL))
static roost_wait begun;

static void cover(const char *function, const char *argument) {
  assert_true(covered_count < COUNT(covered));
  covered[covered_count++] = (struct covered){function, argument};
}

static void begin_row(const char *function, const char *argument) {
  cover(function, argument);
  open_world(NULL);
}

static void check_row(const char *function, const char *why, int expected, int rc) {
  if (rc != expected)
    fail_msg("%s, %s: answers %s, not %s", function, why, code_name(rc), code_name(expected));
  if (expected < 0) assert_refused_at(expected, rc, function, __FILE__, __LINE__);
}

static int open_and_close(const roost_runtime_options *options) {
  roost_runtime it;
  int rc = roost_runtime_open(options, &it);
  return rc < 0 ? rc : roost_close(it, 0, NULL, NULL, NULL);
}

/* Options of a task that is refused. */
#define REFUSED(...) ROOST_TASK(__VA_ARGS__, .data = make_data(), .drop = drop_made)

/* Rows in a fiber, which share a world, for they leave it as it was: each answers the function that
 * they are in what is wrong with it. */
#define FIBER_ROW(function, argument, why, expected, call)                                         \
  do {                                                                                             \
    cover(#function, argument);                                                                    \
    const char *text = wrong_row(#function, why, expected, (call));                                \
    if (text != NULL) return text;                                                                 \
  } while (0)

static const char *wrong_row(const char *function, const char *why, int expected, int rc) {
  static char text[256];
  if (rc == expected && (rc >= 0 || strstr(roost_last_error(), function) != NULL)) return NULL;
  snprintf(text, sizeof text, "%s, %s: answers %s, not %s, and says: %s", function, why,
           code_name(rc), code_name(expected), roost_last_error());
  return text;
}

#endif
