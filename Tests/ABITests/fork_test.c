/* Fork, with other threads about (S8b). */
#include "forking.h"

#include <signal.h>

/* S8b: each function, in a child, on its only thread and on another one. */
static void a_child_touches_nothing(void **state) {
  (void)state;
  before = open_things();
  pid_t child = fork();
  if (child == 0) _exit(refuse_all());
  assert_int_equal(status_of(child), 0);
  assert_int_equal(roost_wake(before.parked, 7), 0);
  run();
  assert_log("a+ p=7");
}

/* S8b: what has been asked and posted before, and the loop has not looked at yet, is not the
 * child's. */
static void a_child_inherits_no_asks(void **state) {
  (void)state;
  before = open_things();
  assert_asked(cancel_elsewhere(before.g, NULL));
  assert_asked(wake_elsewhere(before.parked, 7));
  post_from_afar("post");
  pid_t child = fork();
  if (child == 0) _exit(refuse_all());
  assert_int_equal(status_of(child), 0);
  run();
  assert_log("a+ p=7 post");
  assert_int_equal(roost_cancelled(before.g), 1);
}

/* ---------------------------------------------------------------------------------------------- */
/* A child's own life                                                                             */
/* ---------------------------------------------------------------------------------------------- */

enum { rounds = 30, posts_a_round = 2000 };

static atomic_int answered_wrongly;
static uv_sem_t next_round;

static void *ask_round_after_round(void *data) {
  (void)data;
  for (int round = 0; round < rounds; round++) {
    uv_sem_wait(&next_round);
    for (int i = 0; i < posts_a_round; i++) {
      if (roost_post(before.runtime, do_nothing, NULL, NULL) != 0) answered_wrongly++;
      if (roost_shutdown(before.s, ROOST_FOREVER) != ROOST_ASKED) answered_wrongly++;
      if (roost_cancelled(before.g) != 0) answered_wrongly++;
    }
  }
  return NULL;
}

/* S8b: forked while other threads may be in the middle of posting and asking: whatever they held
 * then, the child's own runtime works. */
static void a_child_of_a_busy_process_works(void **state) {
  (void)state;
  answered_wrongly = 0;
  before = open_things();
  assert_int_equal(uv_sem_init(&next_round, 0), 0);
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) threads[i] = begin_thread(ask_round_after_round, NULL);
  int failed = 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < 2; i++) uv_sem_post(&next_round);
    for (int i = 0; i < 3 && failed == 0; i++) {
      pid_t child = fork();
      if (child == 0) _exit(count_other_answers(&before, ROOST_ECHILD) != 0 ? 20 : live());
      failed = status_of(child);
    }
    turn();
  }
  for (int i = 0; i < 2; i++) end_thread(threads[i]);
  uv_sem_destroy(&next_round);
  turn();
  assert_int_equal(failed, 0);
  assert_int_equal(answered_wrongly, 0);
  assert_log("a+");
}

static atomic_int is_enough;
static uv_sem_t is_open;
static roost_runtime others;

static void *live_busily(void *data) {
  if (roost_runtime_open(NULL, &others) != 0) return NULL;
  uv_sem_post(&is_open);
  int rc = 0;
  while (!is_enough && rc == 0) {
    rc = roost_post(others, do_nothing, NULL, NULL);
    if (rc == 0) rc = roost_run(others);
  }
  if (rc == 0) rc = roost_close(others, 0, NULL, NULL, NULL);
  return rc == 0 ? data : NULL;
}

/* S8b: forked while a runtime of another thread runs. */
static void a_child_of_a_process_with_two_runtimes_works(void **state) {
  (void)state;
  void *ended = NULL;
  is_enough = 0;
  assert_int_equal(uv_sem_init(&is_open, 0), 0);
  pthread_t thread = begin_thread(live_busily, &is_enough);
  uv_sem_wait(&is_open);
  int failed = 0;
  for (int i = 0; i < rounds && failed == 0; i++) {
    pid_t child = fork();
    if (child == 0) _exit(roost_post(others, do_nothing, NULL, NULL) != ROOST_ECHILD ? 20 : live());
    failed = status_of(child);
  }
  is_enough = 1;
  assert_int_equal(pthread_join(thread, &ended), 0);
  uv_sem_destroy(&is_open);
  assert_int_equal(failed, 0);
  assert_ptr_equal(ended, &is_enough);
}

/* S8b: a child's child, of a child that lives. */
static void a_child_of_a_child_works(void **state) {
  (void)state;
  before = open_things();
  pid_t child = fork();
  if (child == 0) {
    int rc = live();
    if (rc != 0 || roost_runtime_open(NULL, &own) != 0) _exit(30);
    pid_t grandchild = fork();
    if (grandchild == 0) {
      if (roost_post(own, do_nothing, NULL, NULL) != ROOST_ECHILD) _exit(31);
      _exit(count_other_answers(&before, ROOST_ECHILD) != 0 ? 32 : live());
    }
    int status = -1;
    if (waitpid(grandchild, &status, 0) != grandchild) _exit(33);
    _exit(roost_close(own, 0, NULL, NULL, NULL) != 0 ? 34 : status != 0 ? 35 : 0);
  }
  assert_int_equal(status_of(child), 0);
  assert_int_equal(roost_wake(before.parked, 7), 0);
  run();
  clear_log();
}

static int signals_told;

static void count_signal(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  if (rc == SIGUSR1) signals_told++;
}

static int is_ignored(void) {
  struct sigaction now;
  return sigaction(SIGUSR1, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* Waits for the signal itself; what it did before is put back after that. */
static int wait_for_a_signal(void) {
  if (roost_runtime_open(NULL, &own) != 0) return 41;
  if (roost_on_signal(SIGUSR1, roost_root(own), count_signal, NULL, NULL, NULL) != 0) return 42;
  if (is_ignored() || raise(SIGUSR1) != 0 || roost_run(own) != 0) return 43;
  if (signals_told != 1 || !is_ignored()) return 44;
  return roost_close(own, 0, NULL, NULL, NULL) != 0 ? 45 : 0;
}

/* S8b, S3, real: a child does not catch the signals for which its parent waits; and it may wait for
 * them itself. */
static void a_child_gets_its_signals_itself(void **state) {
  (void)state;
  struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
  assert_int_equal(sigaction(SIGUSR1, &ignore, &old), 0);
  signals_told = 0;
  roost_wait waiting;
  assert_int_equal(roost_on_signal(SIGUSR1, root, count_signal, NULL, NULL, &waiting), 0);
  assert_false(is_ignored());
  pid_t child = fork();
  if (child == 0) _exit(!is_ignored() || raise(SIGUSR1) != 0 ? 40 : 0);
  assert_int_equal(status_of(child), 0);
  turn();
  assert_int_equal(signals_told, 0);
  child = fork();
  if (child == 0) _exit(wait_for_a_signal());
  assert_int_equal(status_of(child), 0);
  assert_int_equal(roost_unwait(waiting), 0);
  run_loop();
  assert_true(is_ignored());
  assert_int_equal(sigaction(SIGUSR1, &old, NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_child_touches_nothing),
      TEST(a_child_inherits_no_asks),
      ON_LOOP(a_child_of_a_busy_process_works),
      TEST(a_child_of_a_process_with_two_runtimes_works),
      TEST(a_child_of_a_child_works),
      ON_LOOP(a_child_gets_its_signals_itself),
  };
  return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
