#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

roost_runtime rt;
roost_group root;
uint64_t beginning;
last_result last;
roost_wait starting;

static char journal[1 << 16];
static uint64_t noted;
static int64_t alive;

/* ---------------------------------------------------------------------------------------------- */
/* The runtime                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

void say_nothing(const roost_report *report, void *data) {
  (void)report;
  (void)data;
}

int open_runtime(void **state) {
  (void)state;
  journal[0] = 0;
  alive = 0;
  last = (last_result){0};
  const roost_runtime_options *options =
      ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .report = say_nothing);
  if (roost_runtime_open(options, &rt) != 0) return -1;
  root = roost_root(rt);
  beginning = noted = roost_now(rt);
  return 0;
}

int close_now(void) {
  int rc = roost_close(rt, 0, NULL, NULL, NULL);
  rt.id = 0;
  return rc;
}

int close_runtime(void **state) {
  (void)state;
  if (rt.id != 0) assert_int_not_equal(close_now(), ROOST_PENDING);
  assert_int_equal(alive, 0);
  return 0;
}

void run(void) { assert_int_equal(roost_run(rt), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* The log                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static void write_log(const char *format, va_list arguments) {
  size_t used = strlen(journal);
  vsnprintf(journal + used, sizeof journal - used, format, arguments);
}

/* Adds to the last word of the log. */
__attribute__((format(printf, 1, 2))) static void add(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write_log(format, arguments);
  va_end(arguments);
}

void note(const char *format, ...) {
  uint64_t now = rt.id == 0 ? 0 : roost_now(rt);
  if (now > noted) {
    noted = now;
    add("%s@%llu", journal[0] ? " " : "", (unsigned long long)(now - beginning) / 1000000);
  }
  add("%s", journal[0] ? " " : "");
  va_list arguments;
  va_start(arguments, format);
  write_log(format, arguments);
  va_end(arguments);
}

void assert_log_at(const char *expected, const char *file, int line) {
  _assert_string_equal(journal, expected, file, line);
  journal[0] = 0;
}

void clear_log(void) { journal[0] = 0; }

const char *code_name(int64_t code) {
  static char text[4][24];
  static unsigned next;
#define NAME(name, value, meaning)                                                                 \
  if (code == (value)) return #name;
  ROOST_STATUS_MAP(NAME)
#undef NAME
  char *number = text[next++ % COUNT(text)];
  snprintf(number, sizeof text[0], "%lld", (long long)code);
  return number;
}

void assert_refused_at(int expected, int actual, const char *function, const char *file, int line) {
  _assert_string_equal(code_name(actual), code_name(expected), file, line);
  if (strstr(roost_last_error(), function) == NULL) {
    print_error("the sentence does not name %s: \"%s\"\n", function, roost_last_error());
    _fail(file, line);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Data                                                                                           */
/* ---------------------------------------------------------------------------------------------- */

void *new_data(uint64_t size) {
  void *data = calloc(1, size);
  assert_non_null(data);
  alive++;
  return data;
}

void drop_data(void *data) {
  alive--;
  free(data);
}

char *copy_text(const char *text) {
  char *copy = new_data(strlen(text) + 1);
  return strcpy(copy, text);
}

char *copy_name(roost_node node) {
  char *name = new_data(64);
  assert_true(roost_name(node, name, 64) >= 0);
  return name;
}

/* ---------------------------------------------------------------------------------------------- */
/* Jobs and sweeps                                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* What the wait of a job or a sweep ends. The wait is over before its task, so it may point to the
 * task's own data. */
typedef struct actor {
  char *name;
  roost_task self;
  int answers;
  int if_cut;
} actor;

static void end_actor(roost_wait wait, int rc, void *data) {
  (void)wait;
  actor *actor = data;
  note("%s%s", actor->name, rc < 0 ? "!" : "-");
  assert_int_equal(roost_finish(actor->self, rc < 0 ? actor->if_cut : actor->answers, NULL, NULL),
                   0);
}

static int act_out(actor *actor, roost_task self, int64_t lasts, void (*body)(roost_task)) {
  actor->self = self;
  if (body != NULL) body(self);
  if (lasts == 0) return actor->answers;
  assert_int_equal(roost_after(self, lasts, end_actor, actor, NULL, NULL), 0);
  return ROOST_PENDING;
}

typedef struct job_data {
  actor actor;
  job job;
} job_data;

static int start_job(roost_task self, void *data) {
  job_data *it = data;
  note("%s+", it->actor.name);
  return act_out(&it->actor, self, it->job.lasts, it->job.body);
}

static int cancel_job(roost_task self, const roost_reason *why, void *data) {
  job_data *it = data;
  return it->job.on_cancel(self, why, it->actor.name);
}

static void drop_job(void *data) {
  job_data *it = data;
  drop_data(it->actor.name);
  drop_data(it);
}

static roost_task_options options_of(const job *job) {
  job_data *it = new_data(sizeof *it);
  it->job = *job;
  it->actor.name = copy_text(job->name);
  it->actor.answers = (int)job->answers;
  it->actor.if_cut = job->if_cut == 0 ? ROOST_ECANCELED : (int)job->if_cut;
  return *ROOST_TASK(.start = start_job, .on_cancel = job->on_cancel ? cancel_job : NULL,
                     .data = it, .drop = drop_job, .name = job->name, .timeout_ns = job->timeout_ns,
                     .deadline_ns = job->deadline_ns, .move_on = job->move_on,
                     .shield = job->shield, .grace_ns = job->grace_ns,
                     .until_stopping = job->until_stopping, .daemon = job->daemon);
}

roost_task spawn_job(roost_group group, const job *job) {
  roost_task_options options = options_of(job);
  roost_task task = {0};
  assert_int_equal(roost_spawn(group, &options, &task), 0);
  return task;
}

roost_task start_job_in(roost_group group, roost_node in, const job *job) {
  roost_task_options options = options_of(job);
  char *name = new_data(strlen(job->name) + 2);
  strcat(strcpy(name, job->name), "?");
  roost_task task = {0};
  assert_int_equal(roost_start(group, in, &options, log_wait, name, drop_data, &task, &starting),
                   0);
  return task;
}

typedef struct sweep_data {
  actor actor;
  sweep sweep;
} sweep_data;

static int start_sweep(roost_task self, const roost_outcome *why, void *data) {
  static const char *const states[] = {"alive", "completed", "failed", "cancelled"};
  sweep_data *it = data;
  note("%s:%s%s", it->actor.name, states[why->state], why->started ? "" : ":new");
  return act_out(&it->actor, self, it->sweep.lasts, it->sweep.body);
}

static int cancel_sweep(roost_task self, const roost_reason *why, void *data) {
  sweep_data *it = data;
  return it->sweep.on_cancel(self, why, it->actor.name);
}

static void drop_sweep(void *data) {
  sweep_data *it = data;
  drop_data(it->actor.name);
  drop_data(it);
}

roost_cleanup defer_sweep(roost_node node, const sweep *sweep) {
  sweep_data *it = new_data(sizeof *it);
  it->sweep = *sweep;
  it->actor.name = copy_text(sweep->name);
  it->actor.answers = (int)sweep->answers;
  it->actor.if_cut = ROOST_ECANCELED;
  roost_cleanup cleanup = {0};
  assert_int_equal(
      roost_defer_with(node,
                       ROOST_CLEANUP(.fn = start_sweep,
                                     .on_cancel = sweep->on_cancel ? cancel_sweep : NULL,
                                     .data = it, .drop = drop_sweep),
                       &cleanup),
      0);
  return cleanup;
}

/* ---------------------------------------------------------------------------------------------- */
/* Groups and scopes                                                                              */
/* ---------------------------------------------------------------------------------------------- */

roost_group open_group(roost_node parent, const roost_group_options *options) {
  roost_group group = {0};
  assert_int_equal(roost_group_open(parent, options, &group), 0);
  return group;
}

roost_scope open_scope(roost_node parent, const roost_scope_options *options) {
  roost_scope scope = {0};
  assert_int_equal(roost_scope_open(parent, options, &scope), 0);
  return scope;
}

static uint64_t add_errors(const roost_error *error) {
  uint64_t count = 0;
  for (; error != NULL; error = error->next, count++) {
    add("%s%s:%s", count ? " " : "", error->name, code_name(error->code));
    if (error->children != NULL) {
      add("[");
      add_errors(error->children);
      add("]");
    }
  }
  return count;
}

void log_result(roost_node node, const roost_result *result, void *name) {
  (void)node;
  note("%s=%s%s", (char *)name, code_name(result->code), result->cancelled_caught ? "^" : "");
  if (result->error_count > 0) {
    add("[");
    uint64_t listed = add_errors(result->errors);
    if (listed < result->error_count)
      add("+%llu", (unsigned long long)(result->error_count - listed));
    add("]");
  }
  last = (last_result){.state = result->state,
                       .code = result->code,
                       .called = result->cancel_called,
                       .caught = result->cancelled_caught,
                       .error_count = result->error_count};
  if (result->reason != NULL) last.reason = *result->reason;
}

void join(roost_node node, int rc) {
  assert_int_equal(roost_join(node, rc, log_result, copy_name(node), drop_data), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

void log_wait(roost_wait wait, int rc, void *name) {
  (void)wait;
  note("%s=%s", (char *)name, code_name(rc));
}

roost_wait after(roost_node in, int64_t delay, const char *name) {
  roost_wait wait = {0};
  assert_int_equal(roost_after(in, delay, log_wait, copy_text(name), drop_data, &wait), 0);
  return wait;
}

roost_wait on_end(roost_node of, roost_node in, const char *name) {
  roost_wait wait = {0};
  assert_int_equal(roost_on_end(of, in, log_wait, copy_text(name), drop_data, &wait), 0);
  return wait;
}

typedef struct parked {
  char *name;
  parking parking;
} parked;

static int abort_parked(roost_wait wait, void *data) {
  static const int answers[] = {0, 0, ROOST_PENDING, 12345};
  parked *it = data;
  int64_t answer = it->parking.abort;
  note("%s:abort", it->name);
  if (it->parking.aborting != NULL) it->parking.aborting(wait);
  return answers[answer];
}

static void end_parked(roost_wait wait, int rc, void *data) {
  log_wait(wait, rc, ((parked *)data)->name);
}

static void drop_parked(void *data) {
  parked *it = data;
  drop_data(it->name);
  drop_data(it);
}

roost_wait park_with(roost_node in, const parking *parking) {
  parked *it = new_data(sizeof *it);
  it->name = copy_text(parking->name);
  it->parking = *parking;
  roost_wait wait = {0};
  assert_int_equal(
      roost_park(in, parking->abort ? abort_parked : NULL, end_parked, it, drop_parked, &wait), 0);
  return wait;
}

typedef struct action {
  void (*perform)(void);
} action;

static void perform(roost_wait wait, int rc, void *data) {
  (void)wait;
  if (rc == 0) ((action *)data)->perform();
}

void act(int64_t delay, void (*what)(void)) {
  action *it = new_data(sizeof *it);
  it->perform = what;
  assert_int_equal(roost_after(root, delay, perform, it, drop_data, NULL), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Looking                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

roost_reason reason_of(roost_node node) {
  roost_reason reason = {.size = sizeof reason};
  assert_in_range(roost_reason_of(node, &reason), 0, 1);
  return reason;
}

roost_outcome outcome_of(roost_task task) {
  roost_outcome outcome = {.size = sizeof outcome};
  assert_int_equal(roost_outcome_of(task, &outcome), 0);
  return outcome;
}

int log_stop(roost_task self, const roost_reason *why, void *name) {
  (void)self;
  note("%s:%d", (char *)name, (int)why->origin);
  return 0;
}

int log_stay(roost_task self, const roost_reason *why, void *name) {
  log_stop(self, why, name);
  return ROOST_PENDING;
}
