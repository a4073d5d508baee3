/* B1, T3: whatever a function is given, it answers an error code and a sentence, changes nothing
 * and loses nothing. Every function of the headers is called here, with every kind of handle that
 * it does not take, and has rows for what else can be wrong with each of its parameters; the last
 * test fails when a function or a parameter has none. */
#include "support.h"

#include "headers.h"
#include "misuse.h"
#include "misuse_fibers.h"
#include "misuse_hosts.h"
#include "misuse_libuv.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

/* ---------------------------------------------------------------------------------------------- */
/* Handles                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* What waits in a fiber answers whoever is in none before it looks at anything. */
static const char *refuses(const struct subject *subject, int expected, uint64_t id) {
  if (subject->takes & IN_FIBER && !is_in_a_fiber) expected = ROOST_ENOTASK;
  return wrong(subject, expected, subject->call(id));
}

static const char *misuse_unset_handles(void) {
  const char *text = NULL;
  for (EVERY_SUBJECT)
    if (text == NULL) text = refuses(subject, ROOST_EINVAL, 0);
  return text;
}

static const char *misuse_handles(const things *all, int expected) {
  const char *text = NULL;
  for (EVERY_SUBJECT)
    for (int kind = 0; kind < KINDS; kind++)
      if (subject->takes & 1 << kind && text == NULL)
        text = refuses(subject, expected, all->id[kind]);
  return text;
}

static const char *misuse_stale_handles(void) { return misuse_handles(&gone, ROOST_ESTALE); }
static const char *misuse_closed_handles(void) { return misuse_handles(&closed, ROOST_ESTALE); }

static const char *misuse_handles_of_another_kind(void) {
  const char *text = NULL;
  for (EVERY_SUBJECT)
    for (int kind = 0; kind < KINDS; kind++)
      if (!(subject->takes & 1 << kind) && text == NULL)
        text = refuses(subject, ROOST_EKIND, here.id[kind]);
  return text;
}

/* The fiber that waits is of a runtime too. (The waits here are none that a fiber has begun, which
 * is seen first; the other runtime has no host, which is too.) */
static int refusal_of_another_runtime(const struct subject *subject) {
  if (subject->call == call_host_bind) return ROOST_EORDER;
  return subject->call == call_await ? ROOST_EKIND : ROOST_EFOREIGN;
}

static const char *misuse_handles_of_another_runtime(void) {
  const char *text = NULL;
  for (EVERY_SUBJECT)
    for (int kind = 0; kind < KINDS; kind++)
      if (subject->takes & 1 << kind && (takes_two(subject) || subject->takes & IN_FIBER) &&
          text == NULL)
        text = refuses(subject, refusal_of_another_runtime(subject), there.id[kind]);
  return text;
}

static uint64_t random_number(void) {
  static uint64_t seed = 88172645463325252u;
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^= seed << 17;
}

static int is_known(uint64_t id) {
  int known = id == root.id || id == roost_root(other).id || id == parked.id || id == ending.id ||
              id == roost_self().id;
  for (int kind = 0; kind < KINDS; kind++) known |= id == here.id[kind] || id == there.id[kind];
  return known;
}

static const char *refuses_forged(const struct subject *subject, uint64_t id) {
  static char text[128];
  if (is_known(id)) return NULL;
  int rc = subject->call(id);
  if (rc < 0 && made == dropped) return NULL;
  snprintf(text, sizeof text, "%s(%s) answers %s to the forged handle %llx", subject->function,
           subject->argument, code_name(rc), (unsigned long long)id);
  return text;
}

/* At random, and each one bit away from a good one. */
static const char *misuse_forged_handles(void) {
  const char *text = NULL;
  for (EVERY_SUBJECT) {
    for (int i = 0; i < 1000 && text == NULL; i++) text = refuses_forged(subject, random_number());
    for (int kind = 0; kind < KINDS; kind++)
      for (int bit = 0; bit < 64 && text == NULL; bit++)
        text = refuses_forged(subject, here.id[kind] ^ UINT64_C(1) << bit);
    if (text == NULL) text = refuses_forged(subject, UINT64_MAX);
  }
  return text;
}

static void plainly(const char *(*misuse_all)(void)) {
  const char *text = misuse_all();
  if (text != NULL) fail_msg("%s", text);
  assert_untouched();
}

#define PLAINLY_AND_IN_A_FIBER(name, misuse_all)                                                   \
  static void name(void **state) {                                                                 \
    (void)state;                                                                                   \
    plainly(misuse_all);                                                                           \
  }                                                                                                \
  static void name##_in_a_fiber(void **state) {                                                    \
    (void)state;                                                                                   \
    in_a_fiber(misuse_all);                                                                        \
  }

/* T3: 0 is never valid. */
PLAINLY_AND_IN_A_FIBER(an_unset_handle, misuse_unset_handles)
/* T3, C6 */
PLAINLY_AND_IN_A_FIBER(a_stale_handle, misuse_stale_handles)
/* T3 */
PLAINLY_AND_IN_A_FIBER(a_handle_of_another_kind, misuse_handles_of_another_kind)
/* T3: stale for ever. */
PLAINLY_AND_IN_A_FIBER(a_handle_of_a_closed_runtime, misuse_closed_handles)
/* T3: where things of two runtimes meet, either way. */
PLAINLY_AND_IN_A_FIBER(a_handle_of_another_runtime, misuse_handles_of_another_runtime)
/* T3: numbers that were never given out. */
PLAINLY_AND_IN_A_FIBER(a_forged_handle, misuse_forged_handles)

static void run_on_a_thread(void *(*fn)(void *data), void *data) {
  pthread_t thread;
  void *text;
  assert_int_equal(pthread_create(&thread, NULL, fn, data), 0);
  assert_int_equal(pthread_join(thread, &text), 0);
  if (text != NULL) fail_msg("%s", (char *)text);
}

static void *call_from_a_thread(void *data) {
  (void)data;
  const char *text = NULL;
  for (EVERY_SUBJECT)
    for (int kind = 0; kind < KINDS; kind++)
      if (subject->takes & 1 << kind && !(subject->takes & ANY_THREAD) && text == NULL)
        text = refuses(subject, ROOST_ETHREAD, here.id[kind]);
  return (void *)text;
}

/* T3, C14 */
static void another_thread(void **state) {
  (void)state;
  run_on_a_thread(call_from_a_thread, NULL);
  assert_untouched();
}

/* What is for any thread, with handles of which that thread can see that they are wrong. */
static void *misuse_from_a_thread(void *data) {
  (void)data;
  const char *text = NULL;
  for (EVERY_SUBJECT) {
    if (!(subject->takes & ANY_THREAD)) continue;
    if (text == NULL) text = wrong(subject, ROOST_EINVAL, subject->call(0));
    for (int kind = 0; kind < KINDS; kind++) {
      int taken = subject->takes & 1 << kind;
      uint64_t id = taken ? gone.id[kind] : here.id[kind];
      if (text == NULL)
        text = wrong(subject, taken ? ROOST_ESTALE : ROOST_EKIND, subject->call(id));
    }
  }
  return (void *)text;
}

/* T3, C14, C14a */
static void another_threads_wrong_handles(void **state) {
  (void)state;
  run_on_a_thread(misuse_from_a_thread, NULL);
  assert_untouched();
}

typedef struct question {
  const struct subject *subject;
  uint64_t id;
  int answer;
} question;

static void *ask(void *data) {
  question *it = data;
  it->answer = it->subject->call(it->id);
  return NULL;
}

/* What is asked of the runtime's thread is promised and no more, what is read has its answer. */
static int answer_elsewhere(const struct subject *subject) {
  if (subject->call == call_post || subject->call == call_cancelled) return 0;
  return subject->call == call_current ? 0 : ROOST_ASKED;
}

/* C14: a world for each, since they all do something. */
static void what_any_thread_may_ask(void **state) {
  (void)state;
  for (EVERY_SUBJECT)
    for (int kind = 0; kind < KINDS; kind++) {
      if (!(subject->takes & ANY_THREAD) || !(subject->takes & 1 << kind)) continue;
      open_world(NULL);
      question it = {subject, here.id[kind], SOME_FAILURE};
      run_on_a_thread(ask, &it);
      if (it.answer != answer_elsewhere(subject))
        fail_msg("%s(%s) answers %s on another thread", subject->function, subject->argument,
                 code_name(it.answer));
      close_world(NULL);
    }
}

static int status_of(pid_t child) {
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

/* Every subject in a child, with all that it takes. */
static const char *fork_and_misuse(void) {
  pid_t child = fork();
  if (child == 0) {
    const char *text = misuse_handles(&here, ROOST_ECHILD);
    if (text != NULL) print_error("%s\n", text);
    _exit(text != NULL);
  }
  return status_of(child) == 0 ? NULL : "in a child";
}

/* S8b */
PLAINLY_AND_IN_A_FIBER(a_child_after_fork, fork_and_misuse)

static int end_at_once(roost_task self, void *data) {
  (void)self;
  *(int *)data = 1;
  return 0;
}

/* S8b: but it may open runtimes of its own. */
static void a_childs_own_runtime(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) {
    roost_runtime own;
    int ran = 0;
    int rc = roost_runtime_open(NULL, &own);
    rc |= roost_spawn(roost_root(own), ROOST_TASK(.start = end_at_once, .data = &ran), NULL);
    rc |= roost_run(own);
    rc |= roost_close(own, 0, NULL, NULL, NULL);
    _exit(rc != 0 || !ran);
  }
  assert_int_equal(status_of(child), 0);
  assert_untouched();
}

/* ---------------------------------------------------------------------------------------------- */
/* Rows: what else can be wrong, parameter by parameter                                           */
/* ---------------------------------------------------------------------------------------------- */

static int close_new(int64_t patience, roost_close_fn fn, void *data, roost_drop_fn drop) {
  roost_runtime it;
  assert_int_equal(roost_runtime_open(NULL, &it), 0);
  return roost_close(it, patience, fn, data, drop);
}

static void use_result(const roost_result *result, void *data) {
  (void)result;
  (void)data;
}

/* Version, codes, runtimes. */
static void rows_of_runtimes(void **state) {
  (void)state;
  ROW(roost_version, "", "at any time", 0, roost_version() == NULL);
  ROW(roost_strerror, "code", "no code", 0, roost_strerror(INT_MIN) == NULL);
  ROW(roost_strerror, "code", "no code", 0, roost_strerror(INT_MAX) == NULL);
  ROW(roost_last_error, "", "at any time", 0, roost_last_error() == NULL);
  ROW(roost_runtime_open, "options", "NULL is all defaults", 0, open_and_close(NULL));
  ROW(roost_runtime_open, "options", "no such clock", ROOST_EINVAL,
      open_and_close(ROOST_RUNTIME(.clock = 2)));
  ROW(roost_runtime_open, "options", "no such policy", ROOST_EINVAL,
      open_and_close(ROOST_RUNTIME(.policy = ROOST_RACE + 1)));
  ROW(roost_runtime_open, "options", "refused, with a filter's data", ROOST_EINVAL,
      open_and_close(
          ROOST_RUNTIME(.clock = 2, .filter_data = make_data(), .filter_drop = drop_made)));
  ROW(roost_runtime_open, "options", "with the data of a filter and of reports", 0,
      open_and_close(ROOST_RUNTIME(.filter_data = make_data(), .filter_drop = drop_made,
                                   .report_data = make_data(), .report_drop = drop_made)));
  ROW(roost_runtime_open, "options", "a time below 0", ROOST_EINVAL,
      open_and_close(ROOST_RUNTIME(.stall_ns = -1)));
  ROW(roost_runtime_open, "options", "a time below 0", ROOST_EINVAL,
      open_and_close(ROOST_RUNTIME(.step_ns = INT64_MIN)));
  ROW(roost_runtime_open, "options", "refused, with a report's data", ROOST_EINVAL,
      open_and_close(
          ROOST_RUNTIME(.clock = 2, .report_data = make_data(), .report_drop = drop_made)));
  ROW(roost_runtime_open, "out", "NULL", ROOST_EINVAL, roost_runtime_open(NULL, NULL));
  ROW(roost_close, "patience_ns", "no time", 0, close_new(ROOST_NOW, NULL, NULL, NULL));
  ROW(roost_close, "patience_ns", "for ever", 0, close_new(ROOST_FOREVER, NULL, NULL, NULL));
  ROW(roost_close, "fn", "NULL", 0, close_new(0, NULL, DATA));
  ROW(roost_close, "data", "NULL", 0, close_new(0, use_result, NULL, NULL));
  ROW(roost_close, "drop", "NULL", 0, close_new(0, use_result, &made, NULL));
}

static int join_twice(void) {
  assert_int_equal(roost_join(node(GROUP), 0, NULL, NULL, NULL), 0);
  return roost_join(node(GROUP), 0, told_join, DATA);
}

static void ignore_join(roost_node it, const roost_result *result, void *data) {
  (void)it;
  (void)result;
  (void)data;
}

/* Groups and scopes. */
static void rows_of_groups(void **state) {
  (void)state;
  ROW(roost_group_open, "options", "NULL is all defaults", 0,
      roost_group_open(node(GROUP), NULL, &opened));
  ROW(roost_group_open, "options", "no such policy", ROOST_EINVAL,
      roost_group_open(node(GROUP), ROOST_GROUP(.policy = ROOST_RACE + 1), &opened));
  ROW(roost_group_open, "options", "no such flag", ROOST_EINVAL,
      roost_group_open(node(GROUP), ROOST_GROUP(.shield = 2), &opened));
  ROW(roost_group_open, "options", "refused, with a filter's data", ROOST_EINVAL,
      roost_group_open(
          node(GROUP),
          ROOST_GROUP(.until_stopping = 2, .filter_data = make_data(), .filter_drop = drop_made),
          &opened));
  ROW(roost_group_open, "out", "NULL", ROOST_EINVAL, roost_group_open(node(GROUP), NULL, NULL));
  ROW(roost_scope_open, "options", "NULL is all defaults", 0,
      roost_scope_open(node(GROUP), NULL, &opened));
  ROW(roost_scope_open, "options", "no such flag", ROOST_EINVAL,
      roost_scope_open(node(GROUP), ROOST_SCOPE(.report = 2), &opened));
  ROW(roost_scope_open, "out", "NULL", ROOST_EINVAL, roost_scope_open(node(GROUP), NULL, NULL));
  ROW(roost_join, "node", "the root", ROOST_EORDER, roost_join(root, 0, told_join, DATA));
  ROW(roost_join, "rc", "any failure", 0, roost_join(node(SCOPE), INT_MIN, NULL, NULL, NULL));
  ROW(roost_join, "rc", "any success", 0, roost_join(node(SCOPE), INT_MAX, NULL, NULL, NULL));
  ROW(roost_join, "fn", "NULL", 0, roost_join(node(SCOPE), 0, NULL, DATA));
  ROW(roost_join, "data", "NULL", 0, roost_join(node(SCOPE), 0, ignore_join, NULL, NULL));
  LATE(roost_join, "node", "twice", ROOST_EALREADY, join_twice());
  ROW(roost_join, "drop", "NULL", 0, roost_join(node(SCOPE), 0, ignore_join, &made, NULL));
}

static int spawn_in_group(const roost_task_options *options) {
  return roost_spawn(node(GROUP), options, &opened);
}

static int answer;
static int (*in_start)(roost_task self);

static int call_in_start(roost_task self, void *data) {
  (void)data;
  answer = in_start(self);
  return 0;
}

/* What a call answers in the first step of a task. */
static int started(int (*call)(roost_task self)) {
  in_start = call;
  answer = SOME_FAILURE;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = call_in_start), NULL), 0);
  (void)roost_run(rt);
  return answer;
}

static int finish_plainly(roost_task self) { return roost_finish(self, INT_MAX, NULL, NULL); }
static int finish_badly(roost_task self) { return roost_finish(self, INT_MIN, DATA); }
static int finish_without_result(roost_task self) { return roost_finish(self, 0, NULL, NULL); }
static int finish_without_drop(roost_task self) { return roost_finish(self, 0, &made, NULL); }

static int end_with_a_result(roost_task self, void *data) {
  (void)data;
  return roost_finish(self, 0, DATA);
}

static int finish_twice(roost_task self) {
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  return roost_finish(self, 0, DATA);
}

static int explain_late(roost_task self) {
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  return roost_explain(self, "late");
}

static int take_twice(void) {
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = end_with_a_result), &opened), 0);
  (void)roost_run(rt);
  assert_int_equal(roost_take_result(opened, &taken), 0);
  assert_ptr_equal(taken, &made);
  dropped++; /* it is ours now */
  return roost_take_result(opened, &taken);
}

static int take_nothing(void) {
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = quiet_start), &opened), 0);
  (void)roost_run(rt);
  return roost_take_result(opened, &taken);
}

static int release_twice(void) {
  assert_int_equal(roost_release(node(TASK)), 0);
  return roost_release(node(TASK));
}

static int release_id_twice(int kind) {
  assert_int_equal(roost_release_id(here.id[kind]), 0);
  return roost_release_id(here.id[kind]);
}

/* Tasks. */
static void rows_of_tasks(void **state) {
  (void)state;
  ROW(roost_spawn, "options", "NULL", ROOST_EINVAL, spawn_in_group(NULL));
  ROW(roost_spawn, "options", "no start", ROOST_EINVAL,
      spawn_in_group(ROOST_TASK(.data = make_data(), .drop = drop_made)));
  ROW(roost_spawn, "options", "no such flag", ROOST_EINVAL,
      spawn_in_group(
          ROOST_TASK(.start = told_start, .move_on = 2, .data = make_data(), .drop = drop_made)));
  ROW(roost_spawn, "options", "no such flag", ROOST_EINVAL,
      spawn_in_group(
          ROOST_TASK(.start = told_start, .daemon = 2, .data = make_data(), .drop = drop_made)));
  ROW(roost_spawn, "out", "NULL", 0,
      roost_spawn(node(GROUP), ROOST_TASK(.start = quiet_start), NULL));
  ROW(roost_finish, "task", "before its start", ROOST_EINVAL, roost_finish(node(TASK), 0, DATA));
  LATE(roost_finish, "task", "twice", ROOST_EALREADY, started(finish_twice));
  LATE(roost_finish, "rc", "any success", 0, started(finish_plainly));
  LATE(roost_finish, "rc", "any failure", 0, started(finish_badly));
  LATE(roost_finish, "result", "NULL", 0, started(finish_without_result));
  LATE(roost_finish, "drop", "NULL", 0, started(finish_without_drop));
  ROW(roost_explain, "message", "NULL takes it away", 0, roost_explain(node(TASK), NULL));
  LATE(roost_explain, "task", "after finish", ROOST_EALREADY, started(explain_late));
  ROW(roost_outcome_of, "out", "NULL", ROOST_EINVAL, roost_outcome_of(node(TASK), NULL));
  ROW(roost_outcome_of, "out", "no size", ROOST_EINVAL,
      roost_outcome_of(node(TASK), &(roost_outcome){.size = 0}));
  ROW(roost_take_result, "result", "NULL", ROOST_EINVAL, roost_take_result(node(TASK), NULL));
  ROW(roost_take_result, "task", "before its end", ROOST_EORDER,
      roost_take_result(node(TASK), &taken));
  LATE(roost_take_result, "task", "without a result", ROOST_EALREADY, take_nothing());
  LATE(roost_take_result, "task", "twice", ROOST_EALREADY, take_twice());
  LATE(roost_release, "task", "twice", ROOST_ALREADY, release_twice());
  LATE(roost_release_id, "id", "of a task, twice", ROOST_ALREADY, release_id_twice(TASK));
  LATE(roost_release_id, "id", "of an event, twice", ROOST_ALREADY, release_id_twice(EVENT));
}

static int spawn_working(const roost_blocking_options *options) {
  return roost_spawn_blocking(node(GROUP), options, &opened);
}

#define WORKING(...)                                                                               \
  ROOST_BLOCKING(.work = quiet_work, .data = make_data(), .drop = drop_made, __VA_ARGS__)

static roost_task working(uint64_t abandon) {
  assert_int_equal(spawn_working(WORKING(.abandon = abandon)), 0);
  return opened;
}

/* Blocking tasks. */
static void rows_of_blocking_tasks(void **state) {
  (void)state;
  ROW(roost_spawn_blocking, "options", "NULL", ROOST_EINVAL, spawn_working(NULL));
  ROW(roost_spawn_blocking, "options", "no function", ROOST_EINVAL,
      spawn_working(ROOST_BLOCKING(.data = make_data(), .drop = drop_made)));
  ROW(roost_spawn_blocking, "options", "no such flag", ROOST_EINVAL,
      spawn_working(WORKING(.abandon = 2)));
  ROW(roost_spawn_blocking, "options", "no such flag", ROOST_EINVAL,
      spawn_working(WORKING(.shield = 2)));
  ROW(roost_spawn_blocking, "out", "NULL", 0,
      roost_spawn_blocking(node(GROUP), ROOST_BLOCKING(.work = quiet_work), NULL));
  LATE(roost_finish, "task", "a blocking one", ROOST_EINVAL, roost_finish(working(0), 0, DATA));
  LATE(roost_started, "task", "a blocking one", ROOST_EINVAL, roost_started(working(0), 0));
  LATE(roost_defer, "node", "a task that can be abandoned", ROOST_EINVAL,
       roost_defer(working(1), told_sweep, DATA));
  LATE(roost_defer_with, "node", "a task that can be abandoned", ROOST_EINVAL,
       roost_defer_with(working(1), ROOST_CLEANUP(.fn = told_sweep), NULL));
}

static int cancel_twice(void) {
  assert_int_equal(roost_cancel(node(GROUP), NULL), 0);
  return roost_cancel(node(GROUP), NULL);
}

/* C12b: whoever waits for itself, or for what contains it, is refused; the cancellation is done. */
static int cancel_and_wait_for(roost_node it, roost_node in) {
  int rc = roost_cancel_and_wait(it, in, NULL, told_wait, DATA, NULL);
  assert_int_equal(roost_cancelled(it), 1);
  return rc;
}

static int shield_twice(void) {
  assert_int_equal(roost_set_shield(node(GROUP), 1), 0);
  return roost_set_shield(node(GROUP), 1);
}

static int shield_itself(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  answer = roost_set_shield(self, 0);
  return 0;
}

static int shield_the_group(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  answer = roost_set_shield(opened, 1);
  return 0;
}

/* What a call answers in a cleanup of a group. */
static int in_a_cleanup(roost_cleanup_fn fn) {
  opened = group(root, "ending");
  answer = SOME_FAILURE;
  assert_int_equal(roost_defer(opened, fn, NULL, NULL), 0);
  assert_int_equal(roost_join(opened, 0, NULL, NULL, NULL), 0);
  (void)roost_run(rt);
  return answer;
}

static int shut_down_twice(int64_t first, int64_t second) {
  assert_int_equal(roost_shutdown(node(GROUP), first), 0);
  return roost_shutdown(node(GROUP), second);
}

/* Cancelling. */
static void rows_of_cancelling(void **state) {
  (void)state;
  ROW(roost_cancel, "why", "NULL is explicit", 0, roost_cancel(node(SCOPE), NULL));
  ROW(roost_cancel, "why", "an origin of the library's", ROOST_EINVAL,
      roost_cancel(node(SCOPE), ROOST_CANCEL(.origin = ROOST_DEADLINE)));
  ROW(roost_cancel, "why", "no such origin", ROOST_EINVAL,
      roost_cancel(node(SCOPE), ROOST_CANCEL(.origin = -1)));
  LATE(roost_cancel, "node", "twice", ROOST_ALREADY, cancel_twice());
  LATE(roost_cancel_and_wait, "node", "the node itself", ROOST_EDEADLK,
       cancel_and_wait_for(node(GROUP), node(GROUP)));
  LATE(roost_cancel_and_wait, "node", "what contains the node", ROOST_EDEADLK,
       cancel_and_wait_for(node(GROUP), node(TASK)));
  ROW(roost_cancel_and_wait, "why", "an origin of the library's", ROOST_EINVAL,
      roost_cancel_and_wait(node(GROUP), node(SCOPE), ROOST_CANCEL(.origin = ROOST_SHUTDOWN),
                            told_wait, DATA, NULL));
  WAIT_ROWS(roost_cancel_and_wait, node(GROUP), node(SCOPE), NULL);
  ROW(roost_set_shield, "on", "no such flag", ROOST_EINVAL, roost_set_shield(node(GROUP), 2));
  ROW(roost_set_shield, "on", "no such flag", ROOST_EINVAL, roost_set_shield(node(GROUP), -1));
  ROW(roost_set_shield, "on", "off, as it was", ROOST_ALREADY, roost_set_shield(node(GROUP), 0));
  LATE(roost_set_shield, "on", "twice", ROOST_ALREADY, shield_twice());
  LATE(roost_set_shield, "node", "a cleanup's task", ROOST_EINVAL, in_a_cleanup(shield_itself));
  LATE(roost_set_shield, "node", "while it ends", ROOST_ECLOSED, in_a_cleanup(shield_the_group));
  ROW(roost_shutdown, "patience_ns", "any", 0, roost_shutdown(node(SCOPE), INT64_MIN));
  ROW(roost_shutdown, "patience_ns", "any", 0, roost_shutdown(node(SCOPE), INT64_MAX));
  LATE(roost_shutdown, "patience_ns", "later", ROOST_ALREADY,
       shut_down_twice(SECONDS(1), SECONDS(2)));
  LATE(roost_shutdown, "patience_ns", "for ever", ROOST_ALREADY,
       shut_down_twice(SECONDS(1), ROOST_FOREVER));
  LATE(roost_shutdown, "patience_ns", "sooner", 0, shut_down_twice(SECONDS(2), SECONDS(1)));
  ROW(roost_cancelled_caught, "node", "a task", ROOST_EKIND, roost_cancelled_caught(node(TASK)));
  ROW(roost_reason_of, "out", "NULL", ROOST_EINVAL, roost_reason_of(node(GROUP), NULL));
  ROW(roost_reason_of, "out", "no size", ROOST_EINVAL,
      roost_reason_of(node(GROUP), &(roost_reason){.size = 0}));
  ROW(roost_set_deadline, "deadline_ns", "long past", 0, roost_set_deadline(node(SCOPE), 1));
  ROW(roost_set_deadline, "deadline_ns", "beyond the last", 0,
      roost_set_deadline(node(SCOPE), UINT64_MAX));
  ROW(roost_effective_deadline, "out", "NULL", ROOST_EINVAL,
      roost_effective_deadline(node(SCOPE), NULL));
  ROW(roost_name, "buffer", "NULL", ROOST_EINVAL, roost_name(node(SCOPE), NULL, 64));
  ROW(roost_name, "size", "room for the final 0 only", 1, roost_name(node(SCOPE), name, 1));
}

static int undefer_twice(void) {
  assert_int_equal(roost_undefer((roost_cleanup){here.id[CLEANUP]}), 0);
  return roost_undefer((roost_cleanup){here.id[CLEANUP]});
}

static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

/* Cleanups. */
static void rows_of_cleanups(void **state) {
  (void)state;
  ROW(roost_defer, "fn", "NULL", ROOST_EINVAL, roost_defer(node(GROUP), NULL, DATA));
  ROW(roost_defer, "data", "NULL", 0, roost_defer(node(GROUP), sweep_up, NULL, NULL));
  ROW(roost_defer, "drop", "NULL", 0, roost_defer(node(GROUP), sweep_up, &made, NULL));
  ROW(roost_defer_with, "options", "NULL", ROOST_EINVAL, roost_defer_with(node(GROUP), NULL, NULL));
  ROW(roost_defer_with, "options", "no function", ROOST_EINVAL,
      roost_defer_with(node(GROUP), ROOST_CLEANUP(.data = make_data(), .drop = drop_made), NULL));
  ROW(roost_defer_with, "out", "NULL", 0,
      roost_defer_with(node(GROUP), ROOST_CLEANUP(.fn = sweep_up), NULL));
  LATE(roost_undefer, "cleanup", "twice", ROOST_ESTALE, undefer_twice());
}

static int unwait_twice(void) {
  assert_int_equal(roost_unwait((roost_wait){here.id[WAIT]}), 0);
  return roost_unwait((roost_wait){here.id[WAIT]});
}

static int wake_twice(void) {
  assert_int_equal(roost_wake(parked, 0), 0);
  return roost_wake(parked, 0);
}

static int wait_for(roost_node of, roost_node in, roost_wait_fn fn) {
  return roost_on_end(of, in, fn, DATA, NULL);
}

static int start_with(const roost_task_options *options, roost_wait_fn fn, void *data,
                      roost_drop_fn drop) {
  return roost_start(node(GROUP), node(SCOPE), options, fn, data, drop, NULL, NULL);
}

#define QUIET ROOST_TASK(.start = quiet_start)

static int start_in_a_closing_group(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  answer =
      roost_start(opened, node(SCOPE), REFUSED(.start = told_start), told_wait, DATA, NULL, NULL);
  return 0;
}

static int start_for_an_ending_node(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  answer =
      roost_start(node(GROUP), opened, REFUSED(.start = told_start), told_wait, DATA, NULL, NULL);
  return 0;
}

static int report_badly(roost_task self) { return roost_started(self, -1); }
static int report_much(roost_task self) { return roost_started(self, INT_MAX); }

static int report_twice(roost_task self) {
  assert_int_equal(roost_started(self, 0), 0);
  return roost_started(self, 0);
}

static int report_late(roost_task self) {
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  return roost_started(self, 0);
}

static int report_a_cleanup(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  answer = roost_started(self, 0);
  return 0;
}

/* L4: nobody waits any more when it reports. */
static int report_to_nobody(int (*give_up)(roost_wait wait)) {
  roost_wait wait;
  in_start = report_much;
  answer = SOME_FAILURE;
  assert_int_equal(roost_start(root, node(SCOPE), ROOST_TASK(.start = call_in_start), quiet_wait,
                               NULL, NULL, NULL, &wait),
                   0);
  assert_int_equal(give_up(wait), 0);
  (void)roost_run(rt);
  return answer;
}

static int cancel_the_scope(roost_wait wait) {
  (void)wait;
  return roost_cancel(node(SCOPE), NULL);
}

static int stop_at_once(roost_wait wait, void *data) {
  (void)wait;
  (void)data;
  return 0;
}

/* Waits. */
static void rows_of_waits(void **state) {
  (void)state;
  ROW(roost_after, "delay_ns", "any", 0,
      roost_after(node(SCOPE), INT64_MIN, quiet_wait, DATA, &begun));
  ROW(roost_after, "delay_ns", "any", 0,
      roost_after(node(SCOPE), INT64_MAX, quiet_wait, DATA, &begun));
  WAIT_ROWS(roost_after, node(SCOPE), 0);
  ROW(roost_on_end, "of", "the node itself", ROOST_EDEADLK,
      wait_for(node(GROUP), node(GROUP), told_wait));
  ROW(roost_on_end, "of", "what contains the node", ROOST_EDEADLK,
      wait_for(root, node(TASK), told_wait));
  WAIT_ROWS(roost_on_end, node(TASK), node(SCOPE));
  ROW(roost_start, "options", "NULL", ROOST_EINVAL, start_with(NULL, told_wait, DATA));
  ROW(roost_start, "options", "no start", ROOST_EINVAL,
      start_with(REFUSED(.name = "refused"), told_wait, DATA));
  ROW(roost_start, "options", "no such flag", ROOST_EINVAL,
      start_with(REFUSED(.start = told_start, .shield = 2), told_wait, DATA));
  ROW(roost_start, "fn", "NULL", ROOST_EINVAL,
      start_with(REFUSED(.start = told_start), NULL, DATA));
  ROW(roost_start, "data", "NULL", 0, start_with(QUIET, quiet_wait, NULL, NULL));
  ROW(roost_start, "drop", "NULL", 0, start_with(QUIET, quiet_wait, &made, NULL));
  ROW(roost_start, "task", "NULL", 0, start_with(QUIET, quiet_wait, DATA));
  ROW(roost_start, "out", "NULL", 0, start_with(QUIET, quiet_wait, DATA));
  LATE(roost_start, "group", "whose cleanups have begun", ROOST_ECLOSED,
       in_a_cleanup(start_in_a_closing_group));
  LATE(roost_start, "in", "whose cleanups have begun", ROOST_ECLOSED,
       in_a_cleanup(start_for_an_ending_node));
  ROW(roost_started, "task", "before its start", ROOST_EINVAL, roost_started(node(TASK), 0));
  ROW(roost_started, "task", "a group", ROOST_EKIND, roost_started(node(GROUP), 0));
  LATE(roost_started, "task", "of a cleanup", ROOST_EINVAL, in_a_cleanup(report_a_cleanup));
  LATE(roost_started, "task", "twice", ROOST_EALREADY, started(report_twice));
  LATE(roost_started, "task", "after finish", ROOST_EALREADY, started(report_late));
  LATE(roost_started, "task", "whose wait was taken back", ROOST_ECANCELED,
       report_to_nobody(roost_unwait));
  LATE(roost_started, "task", "for which a cancelled scope waited", ROOST_ECANCELED,
       report_to_nobody(cancel_the_scope));
  LATE(roost_started, "value", "negative", ROOST_EINVAL, started(report_badly));
  LATE(roost_started, "value", "any success", 0, started(report_much));
  LATE(roost_unwait, "wait", "twice", ROOST_ESTALE, unwait_twice());
  ROW(roost_park, "abort", "NULL, and no handle either", ROOST_EINVAL,
      roost_park(node(SCOPE), NULL, told_wait, DATA, NULL));
  ROW(roost_park, "abort", "NULL", 0, roost_park(node(SCOPE), NULL, quiet_wait, DATA, &begun));
  WAIT_ROWS(roost_park, node(SCOPE), stop_at_once);
  ROW(roost_wake, "wait", "not a parked one", ROOST_EKIND,
      roost_wake((roost_wait){here.id[WAIT]}, 0));
  ROW(roost_wake, "rc", "any", 0, roost_wake(parked, INT_MIN));
  ROW(roost_wake, "rc", "any", 0, roost_wake(parked, INT_MAX));
  LATE(roost_wake, "wait", "twice", ROOST_ESTALE, wake_twice());
}

static int run_child(const roost_process_options *options) {
  return roost_run_process(options, node(SCOPE), TOLD);
}

static const roost_stop_step steps[17];

static const uv_stdio_container_t ignored = {.flags = UV_IGNORE};

#define STEP(...) (&(roost_stop_step){__VA_ARGS__})

/* Signals and processes. */
static void rows_of_signals_and_processes(void **state) {
  (void)state;
  ROW(roost_on_signal, "signum", "none", ROOST_EINVAL, roost_on_signal(0, node(SCOPE), TOLD));
  ROW(roost_on_signal, "signum", "none", ROOST_EINVAL, roost_on_signal(-1, node(SCOPE), TOLD));
  ROW(roost_on_signal, "signum", "none", ROOST_EINVAL, roost_on_signal(65, node(SCOPE), TOLD));
  ROW(roost_on_signal, "signum", "none", ROOST_EINVAL, roost_on_signal(INT_MAX, node(SCOPE), TOLD));
  ROW(roost_on_signal, "signum", "for which nobody can wait", ROOST_EINVAL,
      roost_on_signal(SIGKILL, node(SCOPE), TOLD));
  ROW(roost_on_signal, "signum", "for which nobody can wait", ROOST_EINVAL,
      roost_on_signal(SIGSTOP, node(SCOPE), TOLD));
  WAIT_ROWS(roost_on_signal, SIGUSR1, node(SCOPE));
  ROW(roost_run_process, "options", "NULL", ROOST_EINVAL, run_child(NULL));
  ROW(roost_run_process, "options", "no file", ROOST_EINVAL, run_child(ROOST_PROCESS()));
  ROW(roost_run_process, "options", "no such file", UV_ENOENT,
      run_child(ROOST_PROCESS(.file = "no such file")));
  ROW(roost_run_process, "options", "no such folder", UV_ENOENT,
      run_child(ROOST_PROCESS(.file = "true", .folder = "no such folder")));
  ROW(roost_run_process, "options", "no such flag", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .inherit = 2)));
  ROW(roost_run_process, "options", "no such flag of libuv's", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .flags = UINT64_C(1) << 40)));
  ROW(roost_run_process, "options", "descriptors without their number", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .stdio_count = 1)));
  ROW(roost_run_process, "options", "steps without their number", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .stop_count = 1)));
  ROW(roost_run_process, "options", "too many steps", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .stop = steps, .stop_count = COUNT(steps))));
  ROW(roost_run_process, "options", "a step without a signal", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .stop = STEP(0, SECONDS(1)), .stop_count = 1)));
  ROW(roost_run_process, "options", "a step with no such signal", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .stop = STEP(65, SECONDS(1)), .stop_count = 1)));
  ROW(roost_run_process, "options", "a step with a time below 0", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .stop = STEP(SIGTERM, -1), .stop_count = 1)));
  ROW(roost_run_process, "options", "descriptors and the program's", ROOST_EINVAL,
      run_child(ROOST_PROCESS(.file = "true", .inherit = 1, .stdio = &ignored, .stdio_count = 1)));
  WAIT_ROWS(roost_run_process, CHILD, node(SCOPE));
}

static int post_while_closing(roost_task self) {
  (void)self;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  return roost_post(rt, told_post, DATA);
}

static void quiet_post(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
}

/* Other threads. */
static void rows_of_posts(void **state) {
  (void)state;
  ROW(roost_post, "fn", "NULL", ROOST_EINVAL, roost_post(rt, NULL, DATA));
  ROW(roost_post, "data", "NULL", 0, roost_post(rt, quiet_post, NULL, NULL));
  ROW(roost_post, "drop", "NULL", 0, roost_post(rt, quiet_post, &made, NULL));
  LATE(roost_post, "runtime", "that closes", ROOST_ECLOSED, started(post_while_closing));
  ROW(roost_current, "out", "NULL", ROOST_EINVAL, roost_current(rt, NULL));
  ROW(roost_current, "out", "no size", ROOST_EINVAL, roost_current(rt, &(roost_step){.size = 0}));
}

static int trace_twice(void) {
  assert_int_equal(roost_trace_start(rt, quiet_write, DATA), 0);
  return roost_trace_start(rt, quiet_write, DATA);
}

static int stop_tracing_twice(void) {
  assert_int_equal(roost_trace_start(rt, quiet_write, DATA), 0);
  assert_int_equal(roost_trace_stop(rt), 0);
  return roost_trace_stop(rt);
}

/* Seeing what runs. */
static void rows_of_seeing(void **state) {
  (void)state;
  ROW(roost_dump, "format", "none", ROOST_EINVAL,
      roost_dump(root, ROOST_GRAPHVIZ + 1, quiet_write, DATA));
  ROW(roost_dump, "format", "none", ROOST_EINVAL, roost_dump(root, UINT64_MAX, quiet_write, DATA));
  ROW(roost_dump, "write", "NULL is standard error, in a format that is none", ROOST_EINVAL,
      roost_dump(root, ROOST_GRAPHVIZ + 1, NULL, DATA));
  ROW(roost_dump, "data", "NULL", 0, roost_dump(root, ROOST_TEXT, quiet_write, NULL, NULL));
  ROW(roost_dump, "drop", "NULL", 0, roost_dump(root, ROOST_TEXT, quiet_write, &made, NULL));
  ROW(roost_trace_start, "write", "NULL", ROOST_EINVAL, roost_trace_start(rt, NULL, DATA));
  ROW(roost_trace_start, "data", "NULL", 0, roost_trace_start(rt, quiet_write, NULL, NULL));
  ROW(roost_trace_start, "drop", "NULL", 0, roost_trace_start(rt, quiet_write, &made, NULL));
  LATE(roost_trace_start, "runtime", "twice", ROOST_EALREADY, trace_twice());
  ROW(roost_trace_stop, "runtime", "without a trace", ROOST_ALREADY, roost_trace_stop(rt));
  LATE(roost_trace_stop, "runtime", "twice", ROOST_ALREADY, stop_tracing_twice());
  ROW(roost_usage_of, "out", "NULL", ROOST_EINVAL, roost_usage_of(here.id[EVENT], NULL));
  ROW(roost_usage_of, "out", "no size", ROOST_EINVAL,
      roost_usage_of(here.id[EVENT], &(roost_usage){.size = 0}));
  ROW(roost_counters_of, "out", "NULL", ROOST_EINVAL, roost_counters_of(rt, NULL));
  ROW(roost_counters_of, "out", "no size", ROOST_EINVAL,
      roost_counters_of(rt, &(roost_counters){.size = 0}));
}

static int set_twice(void) {
  assert_int_equal(roost_event_set(event()), 0);
  return roost_event_set(event());
}

/* B1, S3a: once destroyed, each is stale. */
#define DESTROYED(function, kind)                                                                  \
  LATE(function, #kind, "twice", ROOST_ESTALE, (destroy_primitives(&here), function(kind())))

/* Events and limiters. */
static void rows_of_events_and_limiters(void **state) {
  (void)state;
  ROW(roost_event_open, "out", "NULL", ROOST_EINVAL, roost_event_open(rt, NULL));
  LATE(roost_event_set, "event", "twice", ROOST_ALREADY, set_twice());
  WAIT_ROWS(roost_event_wait, event(), node(SCOPE));
  DESTROYED(roost_event_destroy, event);
  ROW(roost_limiter_open, "permits", "none", 0, roost_limiter_open(rt, 0, &new_limiter));
  ROW(roost_limiter_open, "permits", "any", 0, roost_limiter_open(rt, UINT64_MAX, &new_limiter));
  ROW(roost_limiter_open, "out", "NULL", ROOST_EINVAL, roost_limiter_open(rt, 1, NULL));
  ROW(roost_limiter_resize, "permits", "below those taken", 0, roost_limiter_resize(limiter(), 0));
  ROW(roost_limiter_resize, "permits", "any", 0, roost_limiter_resize(limiter(), UINT64_MAX));
  WAIT_ROWS(roost_limiter_acquire, limiter(), node(SCOPE));
  LATE(roost_limiter_try_acquire, "limiter", "without a permit", ROOST_EAGAIN,
       (roost_limiter_resize(limiter(), 1), roost_limiter_try_acquire(limiter())));
  LATE(roost_limiter_release, "limiter", "of which none is taken", ROOST_EORDER,
       (roost_limiter_release(limiter()), roost_limiter_release(limiter())));
  DESTROYED(roost_limiter_destroy, limiter);
}

/* S3b: its owner has ended without releasing it. */
static roost_lock abandoned(void) {
  assert_int_equal(roost_join(node(SCOPE), 0, NULL, NULL, NULL), 0);
  (void)roost_cancel(node(GROUP), NULL);
  (void)roost_run(rt);
  return lock();
}

static int lock_for_the_ending_group(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  assert_int_equal(roost_lock_open(rt, &new_lock), 0);
  answer = roost_lock_try_acquire(new_lock, opened);
  return 0;
}

static int wait_without_the_lock(void) {
  assert_int_equal(roost_lock_release(lock(), node(SCOPE)), 0);
  return roost_condition_wait(condition(), node(SCOPE), TOLD);
}

static int wait_with_the_lock_destroyed(void) {
  assert_int_equal(roost_lock_destroy(lock()), 0);
  return roost_condition_wait(condition(), node(SCOPE), TOLD);
}

/* Locks and conditions. */
static void rows_of_locks_and_conditions(void **state) {
  (void)state;
  ROW(roost_lock_open, "out", "NULL", ROOST_EINVAL, roost_lock_open(rt, NULL));
  ROW(roost_lock_acquire, "in", "its owner", ROOST_EDEADLK,
      roost_lock_acquire(lock(), node(SCOPE), TOLD));
  WAIT_ROWS(roost_lock_acquire, lock(), node(GROUP));
  ROW(roost_lock_try_acquire, "lock", "of another node", ROOST_EAGAIN,
      roost_lock_try_acquire(lock(), node(GROUP)));
  LATE(roost_lock_try_acquire, "lock", "whose owner has ended", ROOST_EOWNERDEAD,
       roost_lock_try_acquire(abandoned(), root));
  ROW(roost_lock_try_acquire, "owner", "its owner", ROOST_EDEADLK,
      roost_lock_try_acquire(lock(), node(SCOPE)));
  LATE(roost_lock_try_acquire, "owner", "whose cleanups have begun", ROOST_ECLOSED,
       in_a_cleanup(lock_for_the_ending_group));
  ROW(roost_lock_release, "owner", "another than its owner", ROOST_EORDER,
      roost_lock_release(lock(), node(GROUP)));
  LATE(roost_lock_release, "lock", "twice", ROOST_EORDER,
       (roost_lock_release(lock(), node(SCOPE)), roost_lock_release(lock(), node(SCOPE))));
  LATE(roost_lock_release, "lock", "whose owner has ended", ROOST_EORDER,
       roost_lock_release(abandoned(), root));
  DESTROYED(roost_lock_destroy, lock);
  ROW(roost_condition_open, "out", "NULL", ROOST_EINVAL, roost_condition_open(lock(), NULL));
  ROW(roost_condition_wait, "in", "another than the lock's owner", ROOST_EORDER,
      roost_condition_wait(condition(), node(GROUP), TOLD));
  LATE(roost_condition_wait, "in", "without the lock", ROOST_EORDER, wait_without_the_lock());
  LATE(roost_condition_wait, "condition", "of a lock that was destroyed", ROOST_ESTALE,
       wait_with_the_lock_destroyed());
  WAIT_ROWS(roost_condition_wait, condition(), node(SCOPE));
  ROW(roost_condition_notify, "count", "none", 0, roost_condition_notify(condition(), 0));
  ROW(roost_condition_notify, "count", "all, of nobody", 0,
      roost_condition_notify(condition(), UINT64_MAX));
  DESTROYED(roost_condition_destroy, condition);
}

static roost_channel full(void) {
  assert_int_equal(roost_channel_try_send(channel(), &made), 0);
  return channel();
}

static roost_channel empty(void) {
  assert_int_equal(roost_channel_try_receive(channel(), &taken), 0);
  return channel();
}

static roost_channel shut(roost_channel it) {
  assert_int_equal(roost_channel_close(it), 0);
  return it;
}

/* Channels. */
static void rows_of_channels(void **state) {
  (void)state;
  ROW(roost_channel_open, "capacity", "none", 0, roost_channel_open(rt, 0, NULL, &new_channel));
  ROW(roost_channel_open, "capacity", "any", 0,
      roost_channel_open(rt, UINT64_MAX, NULL, &new_channel));
  ROW(roost_channel_open, "drop", "NULL", 0, roost_channel_open(rt, 1, NULL, &new_channel));
  ROW(roost_channel_open, "out", "NULL", ROOST_EINVAL, roost_channel_open(rt, 1, drop_made, NULL));
  ROW(roost_channel_send, "item", "NULL is one too", 0,
      roost_channel_send(channel(), node(SCOPE), NULL, quiet_wait, NULL, NULL, NULL));
  WAIT_ROWS(roost_channel_send, channel(), node(SCOPE), &made);
  ROW(roost_channel_try_send, "item", "NULL is one too", 0,
      roost_channel_try_send(channel(), NULL));
  LATE(roost_channel_try_send, "channel", "full", ROOST_EAGAIN,
       roost_channel_try_send(full(), &made));
  LATE(roost_channel_try_send, "channel", "closed", ROOST_ECLOSED,
       roost_channel_try_send(shut(channel()), &made));
  ROW(roost_channel_receive, "item", "NULL", ROOST_EINVAL,
      roost_channel_receive(channel(), node(SCOPE), NULL, TOLD));
  WAIT_ROWS(roost_channel_receive, channel(), node(SCOPE), &taken);
  ROW(roost_channel_try_receive, "item", "NULL", ROOST_EINVAL,
      roost_channel_try_receive(channel(), NULL));
  LATE(roost_channel_try_receive, "channel", "empty", ROOST_EAGAIN,
       roost_channel_try_receive(empty(), &taken));
  LATE(roost_channel_try_receive, "channel", "closed, and empty", ROOST_ECLOSED,
       roost_channel_try_receive(shut(empty()), &taken));
  LATE(roost_channel_close, "channel", "twice", ROOST_ALREADY,
       roost_channel_close(shut(channel())));
  DESTROYED(roost_channel_destroy, channel);
}

/* ---------------------------------------------------------------------------------------------- */
/* The headers                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static int is_covered(const char *function, const char *argument) {
  for (EVERY_SUBJECT)
    if (strcmp(subject->function, function) == 0 && strcmp(subject->argument, argument) == 0)
      return 1;
  for (size_t i = 0; i < covered_count; i++)
    if (strcmp(covered[i].function, function) == 0 && strcmp(covered[i].argument, argument) == 0)
      return 1;
  return 0;
}

static function functions[256];

/* B1: every function, and every parameter of it. */
static void every_function_of_the_headers_is_called_so(void **state) {
  (void)state;
  int missing = 0;
  size_t count = read_functions(functions, COUNT(functions));
  assert_true(count > 30);
  for (size_t i = 0; i < count; i++) {
    function *it = &functions[i];
    if (it->parameter_count == 0) strcpy(it->parameters[it->parameter_count++], "");
    for (int j = 0; j < it->parameter_count; j++)
      if (!is_covered(it->name, it->parameters[j])) {
        print_error("%s has no row for its parameter \"%s\"\n", it->name, it->parameters[j]);
        missing++;
      }
  }
  assert_int_equal(missing, 0);
}

static int is_declared(const char *name, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(functions[i].name, name) == 0) return 1;
  return 0;
}

/* And no row is of a function that has gone. */
static void every_row_is_of_a_function_of_the_headers(void **state) {
  (void)state;
  size_t count = read_functions(functions, COUNT(functions));
  for (EVERY_SUBJECT) assert_true(is_declared(subject->function, count));
  for (size_t i = 0; i < covered_count; i++) assert_true(is_declared(covered[i].function, count));
}

#define WORLD(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD(an_unset_handle),
      WORLD(a_stale_handle),
      WORLD(a_handle_of_another_kind),
      WORLD(a_handle_of_a_closed_runtime),
      WORLD(a_handle_of_another_runtime),
      WORLD(a_forged_handle),
      WORLD(an_unset_handle_in_a_fiber),
      WORLD(a_stale_handle_in_a_fiber),
      WORLD(a_handle_of_another_kind_in_a_fiber),
      WORLD(a_handle_of_a_closed_runtime_in_a_fiber),
      WORLD(a_handle_of_another_runtime_in_a_fiber),
      WORLD(a_forged_handle_in_a_fiber),
      WORLD(another_thread),
      WORLD(another_threads_wrong_handles),
      cmocka_unit_test(what_any_thread_may_ask),
      WORLD(a_child_after_fork),
      WORLD(a_child_after_fork_in_a_fiber),
      WORLD(a_childs_own_runtime),
      cmocka_unit_test(rows_of_runtimes),
      cmocka_unit_test(rows_of_groups),
      cmocka_unit_test(rows_of_tasks),
      cmocka_unit_test(rows_of_blocking_tasks),
      cmocka_unit_test(rows_of_cancelling),
      cmocka_unit_test(rows_of_cleanups),
      cmocka_unit_test(rows_of_waits),
      cmocka_unit_test(rows_of_signals_and_processes),
      cmocka_unit_test(rows_of_posts),
      cmocka_unit_test(rows_of_seeing),
      cmocka_unit_test(rows_of_events_and_limiters),
      cmocka_unit_test(rows_of_locks_and_conditions),
      cmocka_unit_test(rows_of_channels),
      cmocka_unit_test(rows_of_calls_and_descriptors),
      cmocka_unit_test(rows_of_fibers),
      cmocka_unit_test(rows_outside_of_a_fiber),
      WORLD(rows_of_fibers_in_a_fiber),
      WORLD(rows_of_closing_in_a_fiber),
      WORLD(rows_of_waits_in_a_fiber),
      WORLD(rows_of_selects_in_a_fiber),
      cmocka_unit_test(rows_of_hosts),
      cmocka_unit_test(rows_of_functions_of_hosts),
      cmocka_unit_test(rows_of_handles_and_streams),
      cmocka_unit_test(rows_of_requests),
      WORLD(rows_of_libuv_in_a_fiber),
      /* After all others, for it looks at what they have called. */
      cmocka_unit_test(every_function_of_the_headers_is_called_so),
      cmocka_unit_test(every_row_is_of_a_function_of_the_headers),
  };
  return cmocka_run_group_tests_name("bad use", tests, NULL, NULL);
}
