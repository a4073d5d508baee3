/* S3, chapter 6: waits for signals. A signal that the process sends to itself has been caught when
 * raise() returns, and the next look of the loop brings it: so all this is on the virtual clock,
 * and depends on no time but where a test is marked real. */
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <uv.h>

static roost_group g;
static roost_scope s;
static roost_task task;
static roost_wait wait;

static const char *signal_name(int signum) {
  if (signum == SIGUSR1) return "USR1";
  if (signum == SIGUSR2) return "USR2";
  if (signum == SIGALRM) return "ALRM";
  if (signum == SIGRTMIN) return "RTMIN";
  return code_name(signum);
}

static void log_signal(roost_wait w, int rc, void *name) {
  (void)w;
  note("%s=%s", (char *)name, signal_name(rc));
}

static roost_wait on_signal(int signum, roost_node in, const char *name) {
  roost_wait w = {0};
  assert_int_equal(roost_on_signal(signum, in, log_signal, copy_text(name), drop_data, &w), 0);
  return w;
}

static void raise_usr1(void) { assert_int_equal(raise(SIGUSR1), 0); }
static void raise_usr2(void) { assert_int_equal(raise(SIGUSR2), 0); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }
static void take_back(void) { assert_int_equal(roost_unwait(wait), 0); }
static void end_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }
static void stop_s(void) { assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0); }

/* What a signal does now. */
static void (*action_of(int signum))(int) {
  struct sigaction action;
  assert_int_equal(sigaction(signum, NULL, &action), 0);
  return action.sa_handler;
}

static void set_action(int signum, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  assert_int_equal(sigaction(signum, &action, NULL), 0);
}

static struct sigaction before[NSIG];

/* A scope, in which most of the waits here are. */
static int open_scope_s(void **state) {
  for (int signum = 1; signum < NSIG; signum++) sigaction(signum, NULL, &before[signum]);
  if (open_runtime(state) != 0) return -1;
  s = scope(root, "s");
  return 0;
}

/* S3: nothing is caught any more when the runtime has gone. */
static int close_and_look(void **state) {
  close_runtime(state);
  for (int signum = 1; signum < NSIG; signum++) {
    struct sigaction now;
    if (sigaction(signum, NULL, &now) == 0 && now.sa_handler != before[signum].sa_handler) {
      print_error("signal %d does not do what it did\n", signum);
      sigaction(signum, &before[signum], NULL);
      return -1;
    }
  }
  return 0;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_scope_s, close_and_look)

/* ---------------------------------------------------------------------------------------------- */
/* S3: it comes                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* S3, S2b: the outcome is its number, and is told in a later turn. */
static void a_wait_is_told_the_number(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "w");
  raise_usr1();
  assert_log("");
  run();
  assert_log("w=USR1");
}

/* S3: all of them, in the order in which they began. */
static void all_who_wait_are_told(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "first");
  on_signal(SIGUSR1, root, "second");
  act(SECONDS(1), raise_usr1);
  run();
  assert_log("@1000 first=USR1 second=USR1");
}

/* S3 */
static void each_signal_has_its_own_waits(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "one");
  on_signal(SIGUSR2, s, "two");
  act(SECONDS(1), raise_usr2);
  act(SECONDS(2), raise_usr1);
  run();
  assert_log("@1000 two=USR2 @2000 one=USR1");
}

/* S3 */
static void a_real_time_signal_can_be_waited_for(void **state) {
  (void)state;
  on_signal(SIGRTMIN, s, "w");
  assert_int_equal(raise(SIGRTMIN), 0);
  run();
  assert_log("w=RTMIN");
}

static roost_runtime other;

static void note_other(roost_wait w, int rc, void *data) {
  (void)w;
  (void)data;
  note("other=%s", signal_name(rc));
}

/* S3: in every runtime of the process. */
static void every_runtime_is_told(void **state) {
  (void)state;
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  on_signal(SIGUSR1, s, "w");
  assert_int_equal(roost_on_signal(SIGUSR1, roost_root(other), note_other, NULL, NULL, NULL), 0);
  raise_usr1();
  run();
  assert_log("w=USR1");
  assert_int_equal(roost_run(other), 0);
  assert_log("other=USR1");
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
}

static void *wait_on_a_thread_of_its_own(void *data) {
  roost_runtime mine;
  int seen = 0;
  if (roost_runtime_open(NULL, &mine) != 0) return NULL;
  if (roost_on_signal(SIGUSR1, roost_root(mine), note_other, NULL, NULL, NULL) == 0) seen = 1;
  pthread_barrier_wait(data);
  if (roost_run(mine) != 0 || roost_close(mine, 0, NULL, NULL, NULL) != 0) seen = 0;
  return seen ? data : NULL;
}

/* S3: and on every thread. */
static void every_thread_is_told(void **state) {
  (void)state;
  pthread_barrier_t barrier;
  pthread_t thread;
  void *result;
  assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
  on_signal(SIGUSR1, s, "w");
  assert_int_equal(pthread_create(&thread, NULL, wait_on_a_thread_of_its_own, &barrier), 0);
  pthread_barrier_wait(&barrier);
  raise_usr1();
  assert_int_equal(pthread_join(thread, &result), 0);
  assert_ptr_equal(result, &barrier);
  assert_log("other=USR1");
  run();
  assert_log("w=USR1");
  pthread_barrier_destroy(&barrier);
}

/* ---------------------------------------------------------------------------------------------- */
/* Between two waits                                                                              */
/* ---------------------------------------------------------------------------------------------- */

static int raises;

static void wait_again(roost_wait w, int rc, void *name) {
  log_signal(w, rc, name);
  for (; raises > 0; raises--) raise_usr1();
  on_signal(SIGUSR1, root, "again");
}

static void wait_and_wait_again(roost_node in) {
  assert_int_equal(roost_on_signal(SIGUSR1, in, wait_again, copy_text("w"), drop_data, &wait), 0);
}

/* S3: one that comes after the first, and before its function was called, is told to the wait that
 * this begins; more of them are one. */
static void what_comes_before_the_function_is_told_to_the_next(void **state) {
  (void)state;
  wait_and_wait_again(s);
  raise_usr1();
  raise_usr1();
  raise_usr1();
  run();
  assert_log("w=USR1 again=USR1");
}

/* S3: so is one that comes while the function runs. */
static void what_comes_while_the_function_runs_is_told_to_the_next(void **state) {
  (void)state;
  raises = 1;
  wait_and_wait_again(s);
  raise_usr1();
  run();
  assert_log("w=USR1 again=USR1");
}

/* S3: the function of a wait that was cancelled has missed one too. */
static void what_comes_after_the_mark_is_told_to_the_next(void **state) {
  (void)state;
  wait_and_wait_again(s);
  assert_int_equal(roost_cancel(s, NULL), 0);
  raises = 1;
  run();
  assert_log("w=ECANCELED again=USR1");
}

static roost_scope cancelled, third;

static void wait_a_third_time(roost_wait w, int rc, void *name) {
  log_signal(w, rc, name);
  on_signal(SIGUSR1, third, "third");
}

static void wait_in_vain(roost_wait w, int rc, void *name) {
  log_signal(w, rc, name);
  assert_int_equal(
      roost_on_signal(SIGUSR1, cancelled, wait_a_third_time, copy_text("vain"), drop_data, NULL),
      0);
}

/* C3a: a wait begun in a cancelled node takes nothing, and leaves it to the next. */
static void a_cancelled_wait_takes_no_signal(void **state) {
  (void)state;
  cancelled = scope(root, "cancelled");
  third = scope(root, "third");
  assert_int_equal(roost_cancel(cancelled, NULL), 0);
  assert_int_equal(roost_on_signal(SIGUSR1, s, wait_in_vain, copy_text("w"), drop_data, NULL), 0);
  raise_usr1();
  raise_usr1();
  run();
  assert_log("w=USR1 vain=ECANCELED third=USR1");
}

static void wait_next(void) { on_signal(SIGUSR1, s, "next"); }

/* S3: what came before nobody waited any more is not told to one that begins later. */
static void a_later_wait_is_told_of_later_signals(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "w");
  raise_usr1();
  raise_usr1();
  act(SECONDS(1), wait_next);
  act(SECONDS(2), raise_usr1);
  run();
  assert_log("w=USR1 @2000 next=USR1");
}

static void turn_from_inside(roost_wait w, int rc, void *name) {
  log_signal(w, rc, name);
  on_signal(SIGUSR1, root, "first again");
  raise_usr1();
  uv_run(roost_loop(rt), UV_RUN_NOWAIT);
}

static void wait_second(roost_wait w, int rc, void *name) {
  log_signal(w, rc, name);
  on_signal(SIGUSR1, root, "second again");
}

/* S3: also where a function turns the loop, so that a signal comes between two functions. */
static void each_function_s_next_wait_is_told(void **state) {
  (void)state;
  assert_int_equal(
      roost_on_signal(SIGUSR1, s, turn_from_inside, copy_text("first"), drop_data, NULL), 0);
  assert_int_equal(roost_on_signal(SIGUSR1, s, wait_second, copy_text("second"), drop_data, NULL),
                   0);
  raise_usr1();
  run();
  assert_log("first=USR1 second=USR1 first again=USR1 second again=USR1");
}

/* ---------------------------------------------------------------------------------------------- */
/* It comes too late                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* C3, C4a: the mark has taken the wait, and the signal goes to who waits still. */
static void a_cancelled_wait_is_told_so(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "w");
  on_signal(SIGUSR1, root, "other");
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), raise_usr1);
  run();
  assert_log("@1000 w=ECANCELED @2000 other=USR1");
}

static void poll_then_cancel(void) {
  raise_usr1();
  uv_run(roost_loop(rt), UV_RUN_NOWAIT);
  cancel_s();
}

/* C4: a signal that the loop has brought before the mark is kept. */
static void a_wait_that_has_ended_is_not_cancelled_any_more(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "w");
  act(SECONDS(1), poll_then_cancel);
  run();
  assert_log("@1000 w=USR1");
}

/* C3a */
static void in_a_cancelled_node_a_wait_is_cancelled(void **state) {
  (void)state;
  assert_int_equal(roost_cancel(s, NULL), 0);
  on_signal(SIGUSR1, s, "w");
  raise_usr1();
  assert_log("");
  run();
  assert_log("w=ECANCELED");
}

/* C10 */
static void in_a_shield_it_is_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  roost_scope shielded = scope(g, "shielded", .shield = 1);
  on_signal(SIGUSR1, shielded, "w");
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), raise_usr1);
  run();
  assert_log("@2000 w=USR1");
}

/* D2: no jump of the clock is held up by a signal that may come. */
static void a_deadline_ends_it(void **state) {
  (void)state;
  on_signal(SIGUSR1, scope(root, "t", .timeout_ns = SECONDS(3)), "w");
  run();
  assert_log("@3000 w=ECANCELED");
}

/* C12 */
static void a_stopping_node_ends_its_waits(void **state) {
  (void)state;
  s = scope(root, "stops", .until_stopping = 1);
  on_signal(SIGUSR1, s, "w");
  act(SECONDS(1), stop_s);
  run();
  assert_log("@1000 w=ESTOPPING");
  on_signal(SIGUSR1, s, "w");
  run();
  assert_log("w=ESTOPPING");
}

/* S2b, K5 */
static void a_wait_may_be_taken_back(void **state) {
  (void)state;
  wait = on_signal(SIGUSR1, s, "w");
  act(SECONDS(1), take_back);
  run();
  assert_log("");
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  assert_true(action_of(SIGUSR1) == SIG_DFL);
}

/* S2b */
static void a_wait_that_has_ended_is_not_taken_back(void **state) {
  (void)state;
  wait = on_signal(SIGUSR1, s, "w");
  raise_usr1();
  uv_run(roost_loop(rt), UV_RUN_NOWAIT);
  assert_refused(ROOST_ESTALE, roost_unwait, (wait));
  run();
  assert_log("w=USR1");
}

static void wait_in_self(roost_task self) {
  task = self;
  on_signal(SIGUSR1, self, "w");
}

/* S2b */
static void the_end_of_its_node_takes_a_wait_back(void **state) {
  (void)state;
  spawn(root, "a", .answers = ROOST_PENDING, .body = wait_in_self);
  act(SECONDS(1), end_task);
  run();
  assert_log("a+");
  assert_true(action_of(SIGUSR1) == SIG_DFL);
}

/* ---------------------------------------------------------------------------------------------- */
/* What the signal does otherwise                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static int handled;

static void handle(int signum) {
  (void)signum;
  handled++;
}

/* S3: the program's own handler is silent while somebody waits, and no longer. */
static void a_handler_is_silent_meanwhile(void **state) {
  (void)state;
  handled = 0;
  set_action(SIGUSR1, handle);
  on_signal(SIGUSR1, s, "w");
  on_signal(SIGUSR1, s, "v");
  raise_usr1();
  run();
  assert_log("w=USR1 v=USR1");
  assert_int_equal(handled, 0);
  raise_usr1();
  assert_int_equal(handled, 1);
  set_action(SIGUSR1, SIG_DFL);
}

/* S3: until the last wait for it has ended, in any runtime. */
static void one_runtime_leaves_a_signal_to_another(void **state) {
  (void)state;
  set_action(SIGUSR1, SIG_IGN);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  on_signal(SIGUSR1, s, "w");
  assert_int_equal(roost_on_signal(SIGUSR1, roost_root(other), note_other, NULL, NULL, NULL), 0);
  raise_usr1();
  run();
  assert_true(action_of(SIGUSR1) != SIG_IGN && action_of(SIGUSR1) != SIG_DFL);
  assert_int_equal(roost_run(other), 0);
  assert_log("w=USR1 other=USR1");
  assert_true(action_of(SIGUSR1) == SIG_IGN);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
  set_action(SIGUSR1, SIG_DFL);
}

static void count_signals(uv_signal_t *it, int signum) {
  (void)signum;
  ++*(int *)it->data;
}

/* S3, S8: what the program has libuv catch itself goes on, and is libuv's to end. */
static void the_program_s_own_watchers_go_on(void **state) {
  (void)state;
  uv_loop_t loop;
  uv_signal_t own;
  int count = 0;
  own.data = &count;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(uv_signal_init(&loop, &own), 0);
  assert_int_equal(uv_signal_start(&own, count_signals, SIGUSR1), 0);
  on_signal(SIGUSR1, s, "w");
  raise_usr1();
  run();
  assert_log("w=USR1");
  raise_usr1();
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(count, 2);
  on_signal(SIGUSR1, s, "w");
  assert_int_equal(uv_signal_stop(&own), 0);
  raise_usr1();
  run();
  assert_log("w=USR1");
  assert_true(action_of(SIGUSR1) == SIG_DFL);
  uv_close((uv_handle_t *)&own, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* S3: a wait that begins after the last has ended catches it anew. */
static void it_is_caught_anew(void **state) {
  (void)state;
  set_action(SIGUSR1, SIG_IGN);
  for (int i = 0; i < 3; i++) {
    on_signal(SIGUSR1, s, "w");
    raise_usr1();
    run();
    assert_log("w=USR1");
    assert_true(action_of(SIGUSR1) == SIG_IGN);
  }
  set_action(SIGUSR1, SIG_DFL);
}

/* ---------------------------------------------------------------------------------------------- */
/* S8, D4: the loop                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static int wait_in_daemon(roost_task self, void *data) {
  (void)data;
  on_signal(SIGUSR1, self, "w");
  return ROOST_PENDING;
}

/* S8, L3: a daemon's wait does not keep the loop going, and works while something does. */
static void a_daemon_s_wait_keeps_nothing_going(void **state) {
  (void)state;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = wait_in_daemon, .daemon = 1), &task), 0);
  after(root, SECONDS(1), "a");
  run();
  assert_log("@1000 a=0");
  raise_usr1();
  after(root, SECONDS(1), "b");
  run();
  assert_log("w=USR1 @2000 b=0");
  assert_int_equal(roost_cancel(task, NULL), 0);
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
}

static roost_event happened;

static void set_event(roost_wait w, int rc, void *data) {
  (void)w;
  (void)data;
  note("%s", signal_name(rc));
  assert_int_equal(roost_event_set(happened), 0);
}

static int set_event_by_signal(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_on_signal(SIGALRM, self, set_event, NULL, NULL, NULL), 0);
  return ROOST_PENDING;
}

/* D4, real: while a signal may come, even to a daemon, nothing is a deadlock. */
static void a_signal_that_may_come_is_no_deadlock(void **state) {
  (void)state;
  struct itimerval soon = {.it_value = {.tv_usec = 20000}};
  assert_int_equal(roost_event_open(rt, &happened), 0);
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = set_event_by_signal, .daemon = 1), &task),
                   0);
  assert_int_equal(roost_event_wait(happened, s, log_wait, copy_text("w"), drop_data, NULL), 0);
  assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
  run();
  assert_log("ALRM w=0");
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
}

/* D4: when nobody waits for one any more, it may be. */
static void without_a_signal_to_come_a_hang_is_a_deadlock(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &happened), 0);
  on_signal(SIGUSR1, s, "s");
  raise_usr1();
  assert_int_equal(roost_event_wait(happened, s, log_wait, copy_text("w"), drop_data, NULL), 0);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("s=USR1 w=ECANCELED");
  assert_int_equal(close_now(), ROOST_OK);
}

/* S8a: closing ends the waits, and nothing is caught afterwards. */
static void closing_the_runtime_ends_its_waits(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "w");
  on_signal(SIGUSR2, root, "v");
  assert_int_equal(close_now(), ROOST_OK);
  assert_log("v=ECANCELED w=ECANCELED");
}

static int closings;

static void note_close(const roost_result *result, void *data) {
  (void)data;
  note("closed=%s", code_name(result->code));
  closings++;
}

/* S8: on a borrowed loop too nothing is left. */
static void nothing_is_left_on_a_borrowed_loop(void **state) {
  (void)state;
  uv_loop_t loop;
  roost_runtime borrower;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &borrower), 0);
  roost_group its_root = roost_root(borrower);
  on_signal(SIGUSR1, its_root, "w");
  raise_usr1();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("w=USR1");
  on_signal(SIGUSR1, its_root, "w");
  assert_int_equal(roost_close(borrower, 0, note_close, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("w=ECANCELED closed=0");
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void look_for_number(const char *text, uint64_t length, void *data) {
  char expected[32];
  snprintf(expected, sizeof expected, "for signal %d", SIGUSR1);
  assert_non_null(memmem(text, length, expected, strlen(expected)));
  *(int *)data = 1;
}

/* O1 */
static void a_dump_says_which_signal_is_waited_for(void **state) {
  (void)state;
  int seen = 0;
  on_signal(SIGUSR1, s, "w");
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for_number, &seen, NULL), 0);
  assert_int_equal(seen, 1);
  raise_usr1();
  run();
  assert_log("w=USR1");
}

/* ---------------------------------------------------------------------------------------------- */
/* B1: bad use                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static void assert_no_wait(int expected, int signum, roost_node in) {
  char *data = copy_text("never");
  assert_refused(expected, roost_on_signal, (signum, in, log_signal, data, drop_data, NULL));
}

/* B1, K5: no such signal, or nobody can wait for it; what was given is dropped. */
static void signals_that_nobody_can_wait_for_are_refused(void **state) {
  (void)state;
  static const int bad[] = {0,       -1,      INT32_MIN, INT32_MAX, NSIG,   32,
                            SIGKILL, SIGSTOP, SIGSEGV,   SIGBUS,    SIGFPE, SIGILL};
  for (size_t i = 0; i < COUNT(bad); i++) assert_no_wait(ROOST_EINVAL, bad[i], s);
  run();
  assert_log("");
}

static roost_node ended;

static int wait_while_ending(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  assert_no_wait(ROOST_ECLOSED, SIGUSR1, ended);
  note("refused");
  return 0;
}

/* T3, B1 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  assert_refused(ROOST_EINVAL, roost_on_signal,
                 (SIGUSR1, s, NULL, copy_text("never"), drop_data, NULL));
  assert_no_wait(ROOST_EINVAL, SIGUSR1, (roost_node){0});
  assert_no_wait(ROOST_EKIND, SIGUSR1, (roost_node){rt.id});
  ended = scope(root, "ended");
  assert_int_equal(roost_defer(ended, wait_while_ending, NULL, NULL), 0);
  join(ended, 0);
  run();
  assert_log("refused ended=0");
  assert_no_wait(ROOST_ESTALE, SIGUSR1, ended);
  assert_true(action_of(SIGUSR1) == SIG_DFL);
}

/* T3 */
static void its_wait_is_not_woken_by_hand(void **state) {
  (void)state;
  wait = on_signal(SIGUSR1, s, "w");
  assert_refused(ROOST_EKIND, roost_wake, (wait, 0));
  raise_usr1();
  run();
  assert_log("w=USR1");
}

/* T3: what the engine keeps of a signal has no handle. */
static void a_guessed_handle_names_no_signal(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "w");
  roost_event event;
  assert_int_equal(roost_event_open(rt, &event), 0);
  uint64_t without_kind = event.id & (UINT64_MAX >> 6);
  for (uint64_t slot = 0; slot < 16; slot++) {
    uint64_t id = (UINT64_C(12) << 58 | without_kind) - slot;
    assert_refused(ROOST_EINVAL, roost_event_set, ((roost_event){id}));
    assert_refused(ROOST_EKIND, roost_release_id, (id));
  }
  raise_usr1();
  run();
  assert_log("w=USR1");
}

/* ---------------------------------------------------------------------------------------------- */
/* What was missed                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static void wait_twice_again(roost_wait w, int rc, void *name) {
  log_signal(w, rc, name);
  on_signal(SIGUSR1, s, "again");
  on_signal(SIGUSR1, s, "not again");
}

/* S3: of two that a function begins, the first is told what it has missed. */
static void what_was_missed_is_told_once(void **state) {
  (void)state;
  assert_int_equal(roost_on_signal(SIGUSR1, s, wait_twice_again, copy_text("w"), drop_data, NULL),
                   0);
  raise_usr1();
  raise_usr1();
  act(SECONDS(1), cancel_s);
  run();
  assert_log("w=USR1 again=USR1 @1000 not again=ECANCELED");
}

static void wait_again_in_g(roost_wait w, int rc, void *name) {
  log_signal(w, rc, name);
  on_signal(SIGUSR1, g, "again");
}

static void cancel_s_and_raise(void) {
  cancel_s();
  raise_usr1();
}

/* S3: its own wait has missed it, whoever else stands before that. */
static void what_another_was_told_is_not_lost(void **state) {
  (void)state;
  g = group(root, "g");
  on_signal(SIGUSR1, root, "first");
  assert_int_equal(
      roost_on_signal(SIGUSR1, s, wait_again_in_g, copy_text("second"), drop_data, NULL), 0);
  act(SECONDS(1), cancel_s_and_raise);
  run();
  assert_log("@1000 second=ECANCELED first=USR1 again=USR1");
  join(g, 0);
}

static void wait_again_in_s(roost_wait w, int rc, void *name) {
  log_signal(w, rc, name);
  on_signal(SIGUSR1, s, "again");
}

/* S3, T3: a row in which one was missed, and not told to anybody, is used again. */
static void what_nobody_was_told_is_forgotten(void **state) {
  (void)state;
  on_signal(SIGUSR1, s, "w");
  raise_usr1();
  raise_usr1();
  run();
  assert_log("w=USR1");
  clear_log();
  assert_int_equal(roost_on_signal(SIGUSR1, s, wait_again_in_s, copy_text("next"), drop_data, NULL),
                   0);
  raise_usr1();
  act(SECONDS(1), cancel_s);
  run();
  assert_log("next=USR1 @1000 again=ECANCELED");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_wait_is_told_the_number),
      TEST(all_who_wait_are_told),
      TEST(each_signal_has_its_own_waits),
      TEST(a_real_time_signal_can_be_waited_for),
      TEST(every_runtime_is_told),
      TEST(every_thread_is_told),
      TEST(what_comes_before_the_function_is_told_to_the_next),
      TEST(what_comes_while_the_function_runs_is_told_to_the_next),
      TEST(what_comes_after_the_mark_is_told_to_the_next),
      TEST(a_cancelled_wait_takes_no_signal),
      TEST(a_later_wait_is_told_of_later_signals),
      TEST(each_function_s_next_wait_is_told),
      TEST(a_cancelled_wait_is_told_so),
      TEST(a_wait_that_has_ended_is_not_cancelled_any_more),
      TEST(in_a_cancelled_node_a_wait_is_cancelled),
      TEST(in_a_shield_it_is_waited_for),
      TEST(a_deadline_ends_it),
      TEST(a_stopping_node_ends_its_waits),
      TEST(a_wait_may_be_taken_back),
      TEST(a_wait_that_has_ended_is_not_taken_back),
      TEST(the_end_of_its_node_takes_a_wait_back),
      TEST(a_handler_is_silent_meanwhile),
      TEST(one_runtime_leaves_a_signal_to_another),
      TEST(the_program_s_own_watchers_go_on),
      TEST(it_is_caught_anew),
      TEST(a_daemon_s_wait_keeps_nothing_going),
      TEST(a_signal_that_may_come_is_no_deadlock),
      TEST(without_a_signal_to_come_a_hang_is_a_deadlock),
      TEST(closing_the_runtime_ends_its_waits),
      TEST(nothing_is_left_on_a_borrowed_loop),
      TEST(a_dump_says_which_signal_is_waited_for),
      TEST(signals_that_nobody_can_wait_for_are_refused),
      TEST(bad_calls_change_nothing),
      TEST(its_wait_is_not_woken_by_hand),
      TEST(a_guessed_handle_names_no_signal),
      TEST(what_was_missed_is_told_once),
      TEST(what_another_was_told_is_not_lost),
      TEST(what_nobody_was_told_is_forgotten),
  };
  return cmocka_run_group_tests_name("signal", tests, NULL, NULL);
}
