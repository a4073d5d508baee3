/* valgrind: no */
/* B4, C15: what waits for signals, children and descriptors need is got when they begin, or
 * refused; and what comes from outside, or stops a child, needs nothing more. */
#include "allocator.h"
#include "support.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---------------------------------------------------------------------------------------------- */
/* Memory that runs out                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int inside;    /* the library's code is running, not the test's */
static long asked;    /* how often it has asked for memory meanwhile */
static long fails_at; /* which of these fails; 0: none */
static int no_memory; /* all fail */

static int is_refused(void) {
  if (!inside) return 0;
  asked++;
  return no_memory || asked == fails_at;
}

/* Libuv aborts the process when it cannot grow the table of its watchers, so that never fails. */
static void *uv_realloc_never_fails(void *old, size_t size) { return __libc_realloc(old, size); }

static int find_memory_and_close(void **state) {
  inside = no_memory = 0;
  fails_at = 0;
  close_runtime(state);
  return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}
#undef TEST
#define TEST(function)                                                                             \
  cmocka_unit_test_setup_teardown(function, open_runtime, find_memory_and_close)

static int told, dropped;

static void tell(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  told = rc;
}

static void drop(void *data) {
  (void)data;
  dropped++;
}

static int wait_for_signal(void) { return roost_on_signal(SIGUSR1, root, tell, NULL, drop, NULL); }

static int run_child(void) {
  return roost_run_process(
      ROOST_PROCESS(.file = "/bin/sleep", .args = (const char *const[]){"sleep", "1000", NULL}),
      root, tell, NULL, drop, NULL);
}

static int pair[2];

static int wait_for_descriptor(void) {
  return roost_on_readable(pair[0], root, tell, NULL, drop, NULL);
}

static int never(void) { return 0; }

static int is_caught(void) {
  struct sigaction now;
  assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
  return now.sa_handler != SIG_DFL;
}

static int child_is_there(void) { return waitpid(-1, NULL, WNOHANG) == 0; }

enum { BEGUN, REFUSED, WRONG };

/* Makes a call in a fresh runtime, with one of its allocations refused. */
static int attempt(int (*call)(void), int (*has_begun)(void), long n) {
  if (open_runtime(NULL) != 0) return WRONG;
  fails_at = n;
  inside = 1;
  int rc = call();
  inside = 0;
  if (rc == 0) return BEGUN;
  if (rc != ROOST_ENOMEM || asked != n || dropped != 1 || has_begun()) return WRONG;
  /* A step, after which a library that checks itself looks for what is still reserved. */
  spawn(root, "after");
  return roost_run(rt) == 0 && close_now() == 0 ? REFUSED : WRONG;
}

/* Has each of the allocations of a call refused in turn, in a fresh process, whose memory is not
 * that of one before. Answers how many there are. */
static long refuse_each(int (*call)(void), int (*has_begun)(void)) {
  for (long n = 1;; n++) {
    int status;
    pid_t process = fork();
    if (process == 0) {
      int outcome = attempt(call, has_begun, n);
      if (outcome == BEGUN) close_now();
      _exit(outcome);
    }
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == BEGUN) return n - 1;
    assert_int_equal(WEXITSTATUS(status), REFUSED);
  }
}

/* B4, K5: its row, its handle, the wait; nothing is caught. */
static void a_wait_for_a_signal_without_memory_is_refused(void **state) {
  (void)state;
  assert_int_equal(refuse_each(wait_for_signal, is_caught), 3);
}

/* B4, K5: the wait, the time to stop it, its handle; no child runs. */
static void a_child_without_memory_is_refused(void **state) {
  (void)state;
  assert_int_equal(refuse_each(run_child, child_is_there), 3);
}

/* B4, K5: the handle that watches the set, the wait, the table. */
static void a_wait_for_a_descriptor_without_memory_is_refused(void **state) {
  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(refuse_each(wait_for_descriptor, never), 3);
}

/* Turns the runtime, without any memory. */
static void run_without_memory(void) {
  inside = no_memory = 1;
  asked = 0;
  int rc = roost_run(rt);
  inside = 0;
  assert_int_equal(rc, 0);
  assert_int_equal(asked, 0);
}

/* B4 */
static void a_signal_comes_without_memory(void **state) {
  (void)state;
  assert_int_equal(wait_for_signal(), 0);
  assert_int_equal(raise(SIGUSR1), 0);
  run_without_memory();
  assert_int_equal(told, SIGUSR1);
}

/* B4, C15 */
static void a_descriptor_is_told_of_without_memory(void **state) {
  (void)state;
  assert_int_equal(write(pair[1], "x", 1), 1);
  assert_int_equal(wait_for_descriptor(), 0);
  run_without_memory();
  assert_int_equal(told, 0);
  assert_int_equal(wait_for_descriptor(), 0);
  assert_int_equal(roost_cancel(root, NULL), 0);
  run_without_memory();
  assert_int_equal(told, ROOST_ECANCELED);
}

/* C15 */
static void a_child_is_stopped_without_memory(void **state) {
  (void)state;
  assert_int_equal(run_child(), 0);
  assert_true(child_is_there());
  assert_int_equal(roost_cancel(root, NULL), 0);
  run_without_memory();
  assert_int_equal(told, ROOST_ECANCELED);
}

int main(void) {
  if (uv_replace_allocator(malloc, uv_realloc_never_fails, calloc, free) != 0) return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wait_for_a_signal_without_memory_is_refused),
      cmocka_unit_test(a_child_without_memory_is_refused),
      cmocka_unit_test(a_wait_for_a_descriptor_without_memory_is_refused),
      TEST(a_signal_comes_without_memory),
      TEST(a_descriptor_is_told_of_without_memory),
      TEST(a_child_is_stopped_without_memory),
  };
  return cmocka_run_group_tests_name("outside_memory", tests, NULL, NULL);
}
