/* B1, C5, S2, S2a, S5, S8a, O1, O2, O3: every function of the headers is called from inside every
 * callback of the program: about something that lives beside the callback, and about the callback's
 * own subject. It does what it does elsewhere, or answers an error code; nothing is lost, and the
 * runtime comes to its end. */
#include "calls.h"
#include "headers.h"

static roost_wait parked;
static roost_group beside;

/* ---------------------------------------------------------------------------------------------- */
/* Places: the callbacks                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* What is called there, and about what: 0 is the subject of the callback. */
static int (*probing)(uint64_t id);
static uint64_t about;
static int answer;
static int probes;
static char sentence[512];

/* The first time that the place is come to. */
static void probe(uint64_t self) {
  if (probes++ > 0) return;
  answer = probing(about == 0 ? self : about);
  snprintf(sentence, sizeof sentence, "%s", roost_last_error());
}

static void end_everything(void) { (void)roost_cancel(root, NULL); }

static roost_task own;
static roost_scope own_scope;
static roost_group own_group;
static roost_wait own_wait;
static roost_cleanup own_cleanup;

static int start(roost_task self, void *data) {
  (void)data;
  probe(self.id);
  return 0;
}

static int wait_for_cancel(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  (void)why;
  (void)data;
  probe(self.id);
  return 0;
}

static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  probe(self.id);
  return 0;
}

static void joined(roost_node self, const roost_result *result, void *data) {
  (void)result;
  (void)data;
  probe(self.id);
}

static void waited(roost_wait self, int rc, void *data) {
  (void)rc;
  (void)data;
  probe(self.id);
}

static void reaped(roost_wait self, int rc, void *data) {
  waited(self, rc, data);
  end_everything();
}

static void ignore(roost_wait self, int rc, void *data) {
  (void)self;
  (void)rc;
  (void)data;
}

static int aborted(roost_wait self, void *data) {
  (void)data;
  probe(self.id);
  return 0;
}

static int filtered(roost_group self, const roost_error *error, void *data) {
  (void)error;
  (void)data;
  probe(self.id);
  return ROOST_RECORD_ERROR;
}

static void drop(void *data) {
  (void)data;
  probe(own.id);
}

static void closed(const roost_result *result, void *data) {
  (void)result;
  (void)data;
  probe(rt.id);
}

/* On a thread of the pool, while the runtime's waits for it. */
static int work(roost_task self, void *data, void **result) {
  (void)data;
  (void)result;
  probe(self.id);
  return 0;
}

/* The same, for a wait. */
static int worked(roost_node self, void *data) {
  (void)data;
  probe(self.id);
  return 0;
}

static void let_go(uv_handle_t *handle) {
  (void)handle;
  probe(own_group.id);
}

static void posted(roost_runtime runtime, void *data) {
  (void)data;
  probe(runtime.id);
}

static void reported(const roost_report *report, void *data) {
  (void)data;
  probe(report->node.id);
}

static void written(const char *text, uint64_t length, void *data) {
  (void)text;
  (void)length;
  (void)data;
  probe(rt.id);
}

static int end_at_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static void go_to_start(void) {
  assert_int_equal(roost_spawn(beside, ROOST_TASK(.start = start), &own), 0);
}

static void go_to_on_cancel(void) {
  assert_int_equal(
      roost_spawn(beside, ROOST_TASK(.start = wait_for_cancel, .on_cancel = on_cancel), &own), 0);
  assert_int_equal(roost_cancel(own, NULL), 0);
}

static void go_to_cleanup(void) {
  own_group = group(beside, "own");
  assert_int_equal(roost_defer_with(own_group, ROOST_CLEANUP(.fn = sweep_up), &own_cleanup), 0);
  assert_int_equal(roost_join(own_group, 0, NULL, NULL, NULL), 0);
}

static void go_to_join(void) {
  own_group = group(beside, "own");
  assert_int_equal(roost_join(own_group, 0, joined, NULL, NULL), 0);
}

static void go_to_wait(void) {
  assert_int_equal(roost_park(beside, NULL, waited, NULL, NULL, &own_wait), 0);
  assert_int_equal(roost_wake(own_wait, 0), 0);
}

static void go_to_abort(void) {
  own_scope = scope(beside, "own");
  assert_int_equal(roost_park(own_scope, aborted, ignore, NULL, NULL, &own_wait), 0);
  assert_int_equal(roost_cancel(own_scope, NULL), 0);
}

static int fail_at_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_EIO;
}

static void go_to_filter(void) {
  own_group = group(beside, "own", .filter = filtered);
  assert_int_equal(roost_spawn(own_group, ROOST_TASK(.start = fail_at_once), NULL), 0);
}

static void go_to_drop(void) {
  assert_int_equal(roost_spawn(beside, ROOST_TASK(.start = end_at_once, .drop = drop), &own), 0);
}

static void go_to_drop_of_item(void) {
  roost_channel it;
  assert_int_equal(roost_channel_open(rt, 1, drop, &it), 0);
  assert_int_equal(roost_channel_try_send(it, &it), 0);
  assert_int_equal(roost_channel_destroy(it), 0);
}

static void go_to_work(void) {
  assert_int_equal(roost_spawn_blocking(beside, ROOST_BLOCKING(.work = work), &own), 0);
}

static void go_to_call(void) {
  own_scope = scope(beside, "own");
  assert_int_equal(roost_on_call(worked, own_scope, ignore, NULL, NULL, NULL), 0);
}

static void go_to_fiber(void) {
  assert_int_equal(roost_go_with(beside, ROOST_FIBER(.fn = start, .name = "own"), &own), 0);
}

/* Without grace: what it waits for ends with everything. */
static void go_to_fiber_cleanup(void) {
  own_group = group(beside, "own", .grace_ns = ROOST_NOW);
  assert_int_equal(roost_fiber_defer(own_group, sweep_up, NULL, NULL), 0);
  assert_int_equal(roost_join(own_group, 0, NULL, NULL, NULL), 0);
}

static void go_to_closed(void) {
  static uv_idle_t handle;
  own_group = group(beside, "own");
  assert_int_equal(uv_idle_init(roost_loop(rt), &handle), 0);
  assert_int_equal(roost_own_handle(own_group, (uv_handle_t *)&handle, let_go), 0);
  assert_int_equal(roost_join(own_group, 0, NULL, NULL, NULL), 0);
}

static void go_to_signal(void) {
  assert_int_equal(roost_on_signal(SIGUSR2, beside, waited, NULL, NULL, &own_wait), 0);
  assert_int_equal(raise(SIGUSR2), 0);
}

static void go_to_process(void) {
  assert_int_equal(roost_run_process(CHILD, beside, reaped, NULL, NULL, &own_wait), 0);
}

static void go_to_post(void) { assert_int_equal(roost_post(rt, posted, NULL, NULL), 0); }

/* A task that goes on after its cancellation, until the clock has moved. */
static void go_to_report(void) {
  own = spawn(beside, "own", .lasts = MS(200), .shield = 1);
  assert_int_equal(roost_cancel(beside, NULL), 0);
}

static void go_to_dump(void) {
  assert_int_equal(roost_dump(beside, ROOST_TEXT, written, NULL, NULL), 0);
}

/* More than fits into one piece, so that the first is written from the loop. */
static void go_to_trace(void) {
  assert_int_equal(roost_trace_start(rt, written, NULL, NULL), 0);
  for (int i = 0; i < 3000; i++)
    assert_int_equal(roost_spawn(beside, ROOST_TASK(.start = end_at_once), NULL), 0);
}

static void go_to_end_of_trace(void) {
  assert_int_equal(roost_trace_start(rt, written, NULL, NULL), 0);
  assert_int_equal(roost_trace_stop(rt), 0);
}

static void go_to_close(void) {
  assert_int_equal(roost_close(rt, 0, closed, NULL, NULL), ROOST_PENDING);
}

enum {
  START,
  ON_CANCEL,
  SWEEP,
  JOIN,
  AFTER_WAIT,
  ABORT,
  FILTER,
  DROP,
  DROP_OF_ITEM,
  WORK,
  CALLED,
  FIBER,
  FIBER_SWEEP,
  LET_GO,
  SIGNAL,
  PROCESS,
  POST,
  REPORT,
  DUMP,
  TRACE,
  END_OF_TRACE,
  CLOSE,
  PLACES
};

static const struct {
  const char *name;
  void (*go)(void);
} places[PLACES] = {
    [START] = {"start", go_to_start},
    [ON_CANCEL] = {"on_cancel", go_to_on_cancel},
    [SWEEP] = {"a cleanup", go_to_cleanup},
    [JOIN] = {"a join function", go_to_join},
    [AFTER_WAIT] = {"a wait function", go_to_wait},
    [ABORT] = {"an abort function", go_to_abort},
    [FILTER] = {"a filter", go_to_filter},
    [DROP] = {"a drop", go_to_drop},
    [DROP_OF_ITEM] = {"the drop of an item", go_to_drop_of_item},
    [WORK] = {"the function of a blocking task", go_to_work},
    [CALLED] = {"a function called on a thread", go_to_call},
    [FIBER] = {"a fiber", go_to_fiber},
    [FIBER_SWEEP] = {"a cleanup that is a fiber", go_to_fiber_cleanup},
    [LET_GO] = {"the callback of a handle that was closed", go_to_closed},
    [SIGNAL] = {"the function of a signal's wait", go_to_signal},
    [PROCESS] = {"the function of a process's wait", go_to_process},
    [POST] = {"a posted function", go_to_post},
    [REPORT] = {"a report function", go_to_report},
    [DUMP] = {"a dump's write function", go_to_dump},
    [TRACE] = {"a trace's write function", go_to_trace},
    [END_OF_TRACE] = {"the write function of a trace that is stopped", go_to_end_of_trace},
    [CLOSE] = {"a close function", go_to_close},
};

/* ---------------------------------------------------------------------------------------------- */
/* Probes                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static int open_watched_runtime(void) {
  if (open_runtime(NULL) != 0 || close_now() != 0) return -1;
  int rc = roost_runtime_open(
      ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .report = reported, .stall_ns = MS(100)), &rt);
  root = roost_root(rt);
  return rc;
}

/* Goes to a place, calls there, and brings everything to its end. */
static void probe_in(int place, int (*call)(uint64_t id), uint64_t *target) {
  assert_int_equal(place == REPORT ? open_watched_runtime() : open_runtime(NULL), 0);
  made = dropped = probes = 0;
  here.id[RUNTIME] = rt.id;
  here.id[GROUP] = group(root, "g").id;
  here.id[SCOPE] = scope(root, "s").id;
  here.id[TASK] = spawn(node(GROUP), "t", .lasts = ROOST_FOREVER).id;
  here.id[CLEANUP] = cleanup(node(GROUP), "c").id;
  here.id[WAIT] = after(node(SCOPE), ROOST_FOREVER, "w").id;
  open_primitives(rt, &here);
  open_quiet_host(rt);
  open_streams();
  parked = park(node(SCOPE), "p");
  beside = group(root, "beside");
  probing = call;
  about = target == NULL ? 0 : *target;
  act(SECONDS(1), places[place].go);
  if (place != PROCESS) act(SECONDS(2), end_everything); /* the clock does not wait for a child */
  (void)roost_run(rt);
  if (roost_now(rt) == 0) rt.id = 0; /* it was closed */
  close_runtime(NULL);
  close_streams();
  /* What was called may make another report; a trace has many pieces. */
  assert_in_range(probes, 1, place == REPORT || place == TRACE ? 1000 : 1);
  assert_int_equal(made, dropped);
}

static void assert_answer(const char *function, int place, const char *of, int expected) {
  if (answer != expected && !(answer == SOME_FAILURE && expected < 0))
    fail_msg("%s, called in %s of %s, answers %s, not %s", function, places[place].name, of,
             code_name(answer), code_name(expected));
  int is_outcome = expected == ROOST_ECANCELED || expected == ROOST_ENOTSTARTED; /* of a wait */
  if (expected < 0 && !is_outcome && strstr(sentence, function) == NULL)
    fail_msg("%s, called in %s of %s, says \"%s\"", function, places[place].name, of, sentence);
}

/* ---------------------------------------------------------------------------------------------- */
/* About something beside                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static uint64_t *target_of(const struct subject *subject) {
  if (subject->call == call_wake || subject->call == call_await) return &parked.id;
  /* The lock's owner. */
  if (subject->call == call_lock_release_of || subject->call == call_condition_wait_in)
    return &here.id[SCOPE];
  if (subject->takes & 1 << GROUP && subject->call != call_on_end_of) return &here.id[GROUP];
  for (int kind = 0; kind < KINDS; kind++)
    if (subject->takes & 1 << kind) return &here.id[kind];
  return NULL;
}

/* What a fiber's wait comes to: it may last until everything is ended. */
static int answer_in_fiber(const struct subject *subject) {
  if (subject->call == call_await_go || subject->call == call_await_start) return ROOST_ENOTSTARTED;
  if (subject->call == call_await) return ROOST_EKIND;
  if (subject->call == call_await_condition) return ROOST_EORDER;
  if (subject->call == call_await_permit || subject->call == call_send) return 0;
  return subject->call == call_receive || subject->call == call_scope_close ? 0 : ROOST_ECANCELED;
}

static int is_a_fibers(int place) { return place == FIBER || place == FIBER_SWEEP; }

static int answer_beside(const struct subject *subject, int place) {
  if (subject->takes & IN_FIBER)
    return is_a_fibers(place) ? answer_in_fiber(subject) : ROOST_ENOTASK;
  if (subject->call == call_descriptor_closing) return ROOST_ALREADY;
  if (subject->call == call_run) return ROOST_EORDER;
  if (subject->call == call_host_open) return ROOST_EALREADY;
  if (subject->call == call_host_scope_close || subject->call == call_host_abandon)
    return ROOST_EORDER;
  if (subject->call == call_host_interrupt) return ROOST_ESTALE;
  if (subject->call == call_close) return ROOST_PENDING;
  if (subject->call == call_take_result) return ROOST_EORDER;
  if (subject->call == call_trace_start && place == TRACE) return ROOST_EALREADY;
  if (subject->call == call_trace_stop && place != TRACE) return ROOST_ALREADY;
  if (subject->call == call_current) return place != TRACE && place != REPORT;
  if (strcmp(subject->function, "roost_lock_try_acquire") == 0) return ROOST_EAGAIN;
  return subject->call == call_name ? 1 : 0;
}

static void probe_beside(int place) {
  for (EVERY_SUBJECT) {
    probe_in(place, subject->call, target_of(subject));
    assert_answer(subject->function, place, "another", answer_beside(subject, place));
  }
}

static void in_start(void **state) {
  (void)state;
  probe_beside(START);
}

static void in_on_cancel(void **state) {
  (void)state;
  probe_beside(ON_CANCEL);
}

static void in_a_cleanup(void **state) {
  (void)state;
  probe_beside(SWEEP);
}

static void in_a_join_function(void **state) {
  (void)state;
  probe_beside(JOIN);
}

static void in_a_wait_function(void **state) {
  (void)state;
  probe_beside(AFTER_WAIT);
}

static void in_an_abort_function(void **state) {
  (void)state;
  probe_beside(ABORT);
}

/* G2: it may do to its group, and to all others, whatever can be done. */
static void in_a_filter(void **state) {
  (void)state;
  probe_beside(FILTER);
}

static void in_a_drop(void **state) {
  (void)state;
  probe_beside(DROP);
}

/* S3a: within the call that destroys the channel. */
static void in_the_drop_of_an_item(void **state) {
  (void)state;
  probe_beside(DROP_OF_ITEM);
}

/* C14, S2: what only the runtime's thread may call is refused; what any may call is asked for, or
 * answered. */
static int answer_at_work(const struct subject *subject) {
  if (subject->takes & IN_FIBER) return ROOST_ENOTASK;
  if (!(subject->takes & ANY_THREAD)) return ROOST_ETHREAD;
  return subject->call == call_post || subject->call == call_cancelled ? 0 : ROOST_ASKED;
}

static void probe_at_work(int place) {
  for (EVERY_SUBJECT) {
    probe_in(place, subject->call, target_of(subject));
    /* The runtime's thread may be on its way from the step that has begun the work. */
    if (subject->call == call_current)
      assert_in_range(answer, 0, 1);
    else
      assert_answer(subject->function, place, "another", answer_at_work(subject));
  }
}

static void in_the_function_of_a_blocking_task(void **state) {
  (void)state;
  probe_at_work(WORK);
}

/* S6 */
static void in_a_function_called_on_a_thread(void **state) {
  (void)state;
  probe_at_work(CALLED);
}

/* S2, T1c */
static void in_a_fiber(void **state) {
  (void)state;
  probe_beside(FIBER);
}

/* K2 */
static void in_a_cleanup_that_is_a_fiber(void **state) {
  (void)state;
  probe_beside(FIBER_SWEEP);
}

/* K2: from the loop, beside the runtime's own callbacks. */
static void in_the_callback_of_a_handle(void **state) {
  (void)state;
  probe_beside(LET_GO);
}

static void in_the_function_of_a_signals_wait(void **state) {
  (void)state;
  probe_beside(SIGNAL);
}

static void in_the_function_of_a_processs_wait_real(void **state) {
  (void)state;
  probe_beside(PROCESS);
}

static void in_a_posted_function(void **state) {
  (void)state;
  probe_beside(POST);
}

static void in_a_report_function(void **state) {
  (void)state;
  probe_beside(REPORT);
}

/* O1: within the call. */
static void in_the_write_function_of_a_dump(void **state) {
  (void)state;
  probe_beside(DUMP);
}

/* O2: from the loop. */
static void in_the_write_function_of_a_trace(void **state) {
  (void)state;
  probe_beside(TRACE);
}

/* O2: within the call that stops it. */
static void in_the_write_function_of_a_trace_that_is_stopped(void **state) {
  (void)state;
  probe_beside(END_OF_TRACE);
}

/* S8a: the runtime has gone. */
static void in_a_close_function(void **state) {
  (void)state;
  for (EVERY_SUBJECT) {
    probe_in(CLOSE, subject->call, target_of(subject));
    assert_answer(subject->function, CLOSE, "something",
                  subject->takes & IN_FIBER ? ROOST_ENOTASK : ROOST_ESTALE);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* About the callback's own subject                                                               */
/* ---------------------------------------------------------------------------------------------- */

#define KIND ROOST_EKIND
#define STALE ROOST_ESTALE
#define ORDER ROOST_EORDER
#define AGAIN ROOST_EAGAIN
#define INVALID ROOST_EINVAL
#define ALREADY ROOST_ALREADY
#define DONE ROOST_EALREADY
#define NOTASK ROOST_ENOTASK

/* A task in its start and on_cancel, the task of a cleanup, a group in its filter and its join
 * function, a task in the last of its drops, and a fiber. */
enum { NODE_PLACES = 7 };
static const int node_places[NODE_PLACES] = {START, ON_CANCEL, SWEEP, FILTER, JOIN, DROP, FIBER};

static const struct {
  int (*call)(uint64_t id);
  int answers[NODE_PLACES];
} about_nodes[] = {
    {call_runtime_of, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_group_open, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_scope_open, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_join, {KIND, KIND, KIND, 0, STALE, KIND, KIND}},
    {call_spawn, {KIND, KIND, KIND, 0, STALE, KIND, KIND}},
    {call_finish, {0, 0, 0, KIND, KIND, STALE, INVALID}},
    {call_take_result, {ORDER, ORDER, ORDER, KIND, KIND, DONE, ORDER}},
    {call_explain, {0, 0, 0, KIND, KIND, STALE, 0}},
    {call_outcome_of, {0, 0, 0, KIND, KIND, 0, 0}},
    {call_release, {0, 0, ALREADY, KIND, KIND, 0, 0}},
    {call_release_id, {0, 0, ALREADY, KIND, KIND, 0, 0}},
    {call_spawn_blocking, {KIND, KIND, KIND, 0, STALE, KIND, KIND}},
    {call_cancel, {0, ALREADY, 0, 0, STALE, STALE, 0}},
    {call_cancel_and_wait_for, {0, 0, 0, 0, STALE, 0, 0}},
    {call_cancel_and_wait_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_set_shield, {0, 0, INVALID, 0, STALE, STALE, 0}},
    {call_shutdown, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_stopping, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_cancelled, {0, 1, 0, 0, STALE, STALE, 0}},
    {call_cancel_called, {0, 1, 0, 0, STALE, STALE, 0}},
    {call_cancelled_caught, {KIND, KIND, KIND, 0, STALE, KIND, KIND}},
    {call_reason_of, {0, 1, 0, 0, STALE, STALE, 0}},
    {call_set_deadline, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_effective_deadline, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_name,
     {0, 0, sizeof "cleanup of own" - 1, sizeof "own" - 1, STALE, STALE, sizeof "own" - 1}},
    {call_defer, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_defer_with, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_after, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_on_end_of, {0, 0, 0, 0, STALE, 0, 0}},
    {call_on_end_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_start_group, {KIND, KIND, KIND, 0, STALE, KIND, KIND}},
    {call_start_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_on_signal, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_run_process, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_dump, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_started, {0, 0, INVALID, KIND, KIND, STALE, 0}},
    {call_park, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_event_wait_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_limiter_acquire_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_lock_acquire_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_lock_try_acquire_for, {AGAIN, AGAIN, AGAIN, AGAIN, STALE, STALE, AGAIN}},
    {call_lock_release_of, {ORDER, ORDER, ORDER, ORDER, STALE, STALE, ORDER}},
    {call_condition_wait_in, {ORDER, ORDER, ORDER, ORDER, STALE, STALE, ORDER}},
    {call_channel_send_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_channel_receive_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_on_call, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_on_readable, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_on_writable, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_go, {KIND, KIND, KIND, 0, STALE, KIND, KIND}},
    {call_go_with, {KIND, KIND, KIND, 0, STALE, KIND, KIND}},
    {call_start_fiber, {KIND, KIND, KIND, 0, STALE, KIND, KIND}},
    {call_start_fiber_in, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_fiber_defer, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_fiber_defer_with, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_group_close, {NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, KIND}},
    {call_scope_close, {NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, KIND}},
    {call_await_end, {NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, ROOST_EDEADLK}},
    {call_cancel_and_await, {NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, ROOST_EDEADLK}},
    {call_await_go, {NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, KIND}},
    {call_await_start, {NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, NOTASK, KIND}},
    {call_own_handle, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_tcp_connect, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_pipe_connect, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_accept, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_read, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_read_exactly, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_write, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_getaddrinfo, {0, 0, 0, 0, STALE, STALE, 0}},
    {call_fs_wait, {0, ALREADY, 0, 0, STALE, STALE, 0}},
};

/* A wait in its function, which is its end, and in its abort, which is not. */
static const struct {
  int (*call)(uint64_t id);
  int answers[2];
} about_waits[] = {
    {call_unwait, {STALE, 0}},
    {call_wake, {STALE, 0}},
};

static const char *name_of(int (*call)(uint64_t id)) {
  for (EVERY_SUBJECT)
    if (subject->call == call) return subject->function;
  return "";
}

static void about_the_node_itself(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(about_nodes); i++)
    for (int place = 0; place < NODE_PLACES; place++) {
      probe_in(node_places[place], about_nodes[i].call, NULL);
      assert_answer(name_of(about_nodes[i].call), node_places[place], "itself",
                    about_nodes[i].answers[place]);
    }
}

static void about_the_wait_itself(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(about_waits); i++) {
    probe_in(AFTER_WAIT, about_waits[i].call, NULL);
    assert_answer(name_of(about_waits[i].call), AFTER_WAIT, "itself", about_waits[i].answers[0]);
    probe_in(ABORT, about_waits[i].call, NULL);
    assert_answer(name_of(about_waits[i].call), ABORT, "itself", about_waits[i].answers[1]);
  }
}

/* C14: on its own thread. */
static void about_the_blocking_task_itself(void **state) {
  (void)state;
  for (EVERY_SUBJECT) {
    if (!(subject->takes & ANY_TASK)) continue;
    probe_in(WORK, subject->call, NULL);
    assert_answer(subject->function, WORK, "itself", answer_at_work(subject));
  }
}

/* S3: a signal that has come, and a child that has ended, are not taken back. */
static void about_the_wait_for_a_signal_or_process_itself(void **state) {
  (void)state;
  probe_in(SIGNAL, call_unwait, NULL);
  assert_answer("roost_unwait", SIGNAL, "itself", ROOST_ESTALE);
  probe_in(PROCESS, call_unwait, NULL);
  assert_answer("roost_unwait", PROCESS, "itself", ROOST_ESTALE);
}

/* K3: one that has begun is not taken back. */
static int call_undefer_own(uint64_t id) {
  (void)id;
  return roost_undefer(own_cleanup);
}

static void about_the_cleanup_itself(void **state) {
  (void)state;
  probe_in(SWEEP, call_undefer_own, NULL);
  assert_answer("roost_undefer", SWEEP, "itself", ROOST_ESTALE);
}

/* ---------------------------------------------------------------------------------------------- */
/* What takes no handle                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int call_version(uint64_t id) {
  (void)id;
  return roost_version() == NULL;
}

static int call_strerror(uint64_t id) {
  (void)id;
  return roost_strerror(ROOST_ESTALE) == NULL;
}

static int call_last_error(uint64_t id) {
  (void)id;
  return roost_last_error() == NULL;
}

/* Another runtime may live its whole life there. */
static int call_runtime_open(uint64_t id) {
  (void)id;
  roost_runtime it = {0};
  int rc = roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &it);
  rc |= roost_spawn(roost_root(it), ROOST_TASK(.start = end_at_once), NULL);
  rc |= roost_run(it);
  return rc | roost_close(it, 0, NULL, NULL, NULL);
}

#define ANYWHERE(name, expression)                                                                 \
  static int name(uint64_t id) {                                                                   \
    (void)id;                                                                                      \
    return expression;                                                                             \
  }

ANYWHERE(call_main, roost_main(quiet_fiber, NULL))
ANYWHERE(call_main_with,
         roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), quiet_fiber, NULL))
ANYWHERE(call_result_release, roost_result_release(&(roost_result){.size = sizeof(roost_result)}))
ANYWHERE(call_connection, (roost_connection(STREAM server, 0), 0))
ANYWHERE(call_fs_begun, roost_fs_begun(&request, 0))
ANYWHERE(call_fs_done, (roost_fs_done(&request), 0))

/* Functions that are given to calls. */
#define NO_KEY (void *)(uintptr_t)9
ANYWHERE(call_host_begin, (roost_host_begin((roost_task){0}, NO_KEY), 0))
ANYWHERE(call_host_wake, (roost_host_wake((roost_wait){0}, 0, NO_KEY), 0))
ANYWHERE(call_host_clean, (roost_host_clean((roost_task){0}, NULL, NO_KEY), 0))
ANYWHERE(call_host_post, (roost_host_post((roost_runtime){0}, NO_KEY), 0))
ANYWHERE(call_host_ended, (roost_host_ended(NO_KEY), 0))
ANYWHERE(call_host_drop, (roost_host_drop(NO_KEY), 0))

/* What is no failure outside of a fiber, and nothing there. */
ANYWHERE(call_self, roost_self().id != 0)
ANYWHERE(call_here, roost_here().id != 0)

/* What is for fibers alone. */
ANYWHERE(call_return, roost_return(0, DATA))
ANYWHERE(call_sleep, roost_sleep(0))
ANYWHERE(call_sleep_until, roost_sleep_until(1))
ANYWHERE(call_sleep_forever, roost_sleep_forever())
ANYWHERE(call_checkpoint, roost_checkpoint())
ANYWHERE(call_await_readable, roost_await_readable(descriptors[0]))
ANYWHERE(call_await_writable, roost_await_writable(descriptors[1]))
ANYWHERE(call_await_signal, roost_await_signal(SIGUSR1))
ANYWHERE(call_blocking, roost_blocking(quiet_call, NULL))
ANYWHERE(call_select, roost_select(&(roost_choice)ROOST_ON_TIME(0), 1))
ANYWHERE(call_await_tcp_connect, roost_await_tcp_connect(&tcp, nobody_there(), NULL))
ANYWHERE(call_await_pipe_connect, roost_await_pipe_connect(&fresh, "no such socket", NULL))
ANYWHERE(call_await_accept, roost_await_accept(STREAM server, STREAM client))
ANYWHERE(call_await_read, roost_await_read(STREAM stream, buffer, sizeof buffer))
ANYWHERE(call_await_read_exactly, roost_await_read_exactly(STREAM stream, buffer, 8, &byte_count))
ANYWHERE(call_await_write, roost_await_write(STREAM stream, &one_byte, 1, &byte_count, NULL))
ANYWHERE(call_await_getaddrinfo, roost_await_getaddrinfo("127.0.0.1", NULL, NULL, &addresses))
ANYWHERE(call_fs_prepare,
         ROOST_AWAIT_FS(&request, uv_fs_stat(request_loop, &request, "/", roost_fs_done)))
ANYWHERE(call_fs_await, roost_fs_await(&request, 0))

/* It may have ended before everything is. */
static int call_await_process(uint64_t id) {
  (void)id;
  int rc = roost_await_process(CHILD);
  return rc == ROOST_ECANCELED ? 0 : rc;
}

static int call_park_here(uint64_t id) {
  (void)id;
  roost_wait wait = {0};
  int rc = roost_park_here(NULL, NULL, &wait);
  if (rc == 0) rc = roost_wake(wait, 7);
  return rc == 0 && roost_await(wait) != 7 ? SOME_FAILURE : rc;
}

static const struct {
  const char *function;
  int (*call)(uint64_t id);
  int elsewhere, in_fiber;
} others[] = {
    {"roost_version", call_version, 0, 0},
    {"roost_strerror", call_strerror, 0, 0},
    {"roost_last_error", call_last_error, 0, 0},
    {"roost_runtime_open", call_runtime_open, 0, 0},
    {"roost_main", call_main, 0, ORDER},
    {"roost_main_with", call_main_with, 0, ORDER},
    {"roost_result_release", call_result_release, ALREADY, ALREADY},
    {"roost_connection", call_connection, 0, 0},
    {"roost_fs_begun", call_fs_begun, ORDER, ORDER},
    {"roost_fs_done", call_fs_done, 0, 0},
    {"roost_host_begin", call_host_begin, 0, 0},
    {"roost_host_wake", call_host_wake, 0, 0},
    {"roost_host_clean", call_host_clean, 0, 0},
    {"roost_host_post", call_host_post, 0, 0},
    {"roost_host_ended", call_host_ended, 0, 0},
    {"roost_host_drop", call_host_drop, 0, 0},
    {"roost_self", call_self, 0, 1},
    {"roost_here", call_here, 0, 1},
    {"roost_return", call_return, NOTASK, 0},
    {"roost_sleep", call_sleep, NOTASK, 0},
    {"roost_sleep_until", call_sleep_until, NOTASK, 0},
    {"roost_sleep_forever", call_sleep_forever, NOTASK, ROOST_ECANCELED},
    {"roost_checkpoint", call_checkpoint, NOTASK, 0},
    {"roost_await_readable", call_await_readable, NOTASK, ROOST_ECANCELED},
    {"roost_await_writable", call_await_writable, NOTASK, 0},
    {"roost_await_signal", call_await_signal, NOTASK, ROOST_ECANCELED},
    {"roost_await_process", call_await_process, NOTASK, 0},
    {"roost_blocking", call_blocking, NOTASK, 0},
    {"roost_select", call_select, NOTASK, 0},
    {"roost_await_tcp_connect", call_await_tcp_connect, NOTASK, UV_ECONNREFUSED},
    {"roost_await_pipe_connect", call_await_pipe_connect, NOTASK, UV_ENOENT},
    {"roost_await_accept", call_await_accept, NOTASK, ROOST_ECANCELED},
    {"roost_await_read", call_await_read, NOTASK, ROOST_ECANCELED},
    {"roost_await_read_exactly", call_await_read_exactly, NOTASK, ROOST_ECANCELED},
    {"roost_await_write", call_await_write, NOTASK, 0},
    {"roost_await_getaddrinfo", call_await_getaddrinfo, NOTASK, 0},
    {"roost_fs_prepare", call_fs_prepare, NOTASK, 0},
    {"roost_fs_await", call_fs_await, NOTASK, ORDER},
    {"roost_park_here", call_park_here, NOTASK, 0},
};

static void about_nothing(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(others); i++)
    for (int place = 0; place < PLACES; place++) {
      probe_in(place, others[i].call, NULL);
      assert_answer(others[i].function, place, "nothing",
                    is_a_fibers(place) ? others[i].in_fiber : others[i].elsewhere);
    }
}

static int is_called(const char *function) {
  for (EVERY_SUBJECT)
    if (strcmp(subject->function, function) == 0) return 1;
  for (size_t i = 0; i < COUNT(others); i++)
    if (strcmp(others[i].function, function) == 0) return 1;
  return 0;
}

/* Fails when a function is added to the headers without its calls. */
static void every_function_of_the_headers_is_called(void **state) {
  (void)state;
  static function functions[256];
  size_t count = read_functions(functions, COUNT(functions));
  assert_true(count > 30);
  for (size_t i = 0; i < count; i++)
    if (!is_called(functions[i].name))
      fail_msg("%s is called from inside no callback", functions[i].name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(in_start),
      cmocka_unit_test(in_on_cancel),
      cmocka_unit_test(in_a_cleanup),
      cmocka_unit_test(in_a_join_function),
      cmocka_unit_test(in_a_wait_function),
      cmocka_unit_test(in_an_abort_function),
      cmocka_unit_test(in_a_filter),
      cmocka_unit_test(in_a_drop),
      cmocka_unit_test(in_the_drop_of_an_item),
      cmocka_unit_test(in_the_function_of_a_blocking_task),
      cmocka_unit_test(in_a_function_called_on_a_thread),
      cmocka_unit_test(in_a_fiber),
      cmocka_unit_test(in_a_cleanup_that_is_a_fiber),
      cmocka_unit_test(in_the_callback_of_a_handle),
      cmocka_unit_test(in_the_function_of_a_signals_wait),
      cmocka_unit_test(in_the_function_of_a_processs_wait_real),
      cmocka_unit_test(in_a_posted_function),
      cmocka_unit_test(in_a_report_function),
      cmocka_unit_test(in_the_write_function_of_a_dump),
      cmocka_unit_test(in_the_write_function_of_a_trace),
      cmocka_unit_test(in_the_write_function_of_a_trace_that_is_stopped),
      cmocka_unit_test(in_a_close_function),
      cmocka_unit_test(about_the_node_itself),
      cmocka_unit_test(about_the_wait_itself),
      cmocka_unit_test(about_the_blocking_task_itself),
      cmocka_unit_test(about_the_wait_for_a_signal_or_process_itself),
      cmocka_unit_test(about_the_cleanup_itself),
      cmocka_unit_test(about_nothing),
      cmocka_unit_test(every_function_of_the_headers_is_called),
  };
  return cmocka_run_group_tests_name("inside", tests, NULL, NULL);
}
