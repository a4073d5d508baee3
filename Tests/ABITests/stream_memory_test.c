/* valgrind: no */
/* real: B4, C15, K2c: what waits for streams need, and handles that are owned, is got when they
 * begin, or refused; and their ends, cancelled or not, need nothing more. */
#include "allocator.h"
#include "streams.h"

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

static char much[1 << 22];
static int told, dropped;
static roost_group graced;

static void tell(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  told = rc;
}
static void drop(void *data) {
  (void)data;
  dropped++;
}
static void note_closed(uv_handle_t *handle) {
  (void)handle;
  note("closed");
}

/* ---------------------------------------------------------------------------------------------- */
/* The calls                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static uv_pipe_t server, client;
static uv_timer_t timer;

static int read_near(void) {
  return roost_read(near, buffer, sizeof buffer, root, tell, NULL, drop, NULL);
}
static int accept_client(void) {
  return roost_accept((uv_stream_t *)&server, (uv_stream_t *)&client, root, tell, NULL, drop, NULL);
}
static int connect_client(void) {
  return roost_pipe_connect(&client, "/tmp/roost-no-such-socket", root, NULL, tell, NULL, drop,
                            NULL);
}
/* In a node with a bounded grace, whose end has to have a place among the deadlines. */
static int write_near(void) {
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  return roost_write(near, &buf, 1, &count, graced, NULL, tell, NULL, drop, NULL);
}
static int own_timer(void) {
  int rc = roost_own_handle(root, (uv_handle_t *)&timer, note_closed);
  if (rc != 0) dropped++; /* it has no data to be dropped */
  return rc;
}

static void fill(void) {
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  while (uv_try_write(near, &buf, 1) > 0) continue;
}

static int is_untouched(void) {
  return !uv_is_active((uv_handle_t *)near) && !uv_is_active((uv_handle_t *)&client) &&
         !uv_is_closing((uv_handle_t *)near) && !uv_is_closing((uv_handle_t *)&timer);
}

static int open_world(void **state) {
  told = 1;
  dropped = 0;
  if (open_runtime(state) != 0) return -1;
  signal(SIGPIPE, SIG_IGN);
  loop = (uv_loop_t *)roost_loop(rt);
  open_near();
  graced = group(root, "graced", .grace_ns = SECONDS(1));
  if (uv_pipe_init(loop, &server, 0) != 0 || uv_pipe_init(loop, &client, 0) != 0) return -1;
  return uv_timer_init(loop, &timer);
}

/* The handles are nobody's but the program's. */
static void close_world_handles(void) {
  uv_handle_t *handles[] = {(uv_handle_t *)near, (uv_handle_t *)&server, (uv_handle_t *)&client,
                            (uv_handle_t *)&timer};
  for (size_t i = 0; i < COUNT(handles); i++)
    if (!uv_is_closing(handles[i])) uv_close(handles[i], NULL);
}
static int close_world(void **state) {
  inside = no_memory = 0;
  close_world_handles();
  return close_streams(state);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

static void listen_here(void) {
  char name[64];
  snprintf(name, sizeof name, "/tmp/roost-memory-%d", (int)getpid());
  unlink(name);
  assert_int_equal(uv_pipe_bind(&server, name), 0);
  assert_int_equal(uv_listen((uv_stream_t *)&server, 4, roost_connection), 0);
  unlink(name);
}

/* ---------------------------------------------------------------------------------------------- */
/* B4: what cannot begin for want of memory                                                       */
/* ---------------------------------------------------------------------------------------------- */

enum { BEGUN, REFUSED, WRONG };

/* Makes a call in a fresh runtime, with one of its allocations refused. */
static int attempt(int (*call)(void), void (*prepare)(void), long n) {
  if (open_world(NULL) != 0) return WRONG;
  if (prepare != NULL) prepare();
  fails_at = n;
  inside = 1;
  int rc = call();
  inside = 0;
  if (rc == 0) {
    close_world_handles();
    return close_now() == 0 ? BEGUN : WRONG;
  }
  if (rc != ROOST_ENOMEM || asked != n || dropped != 1 || !is_untouched()) return WRONG;
  /* A step, after which a library that checks itself looks for what is still reserved. */
  spawn(root, "after");
  if (roost_run(rt) != 0) return WRONG;
  close_world_handles();
  return close_now() == 0 ? REFUSED : WRONG;
}

/* Has each of the allocations of a call refused in turn, in a fresh process, whose memory is not
 * that of one before. Answers how many there are. */
static long refuse_each(int (*call)(void), void (*prepare)(void)) {
  for (long n = 1;; n++) {
    int status;
    pid_t process = fork();
    if (process == 0) _exit(attempt(call, prepare, n));
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == BEGUN) return n - 1;
    assert_int_equal(WEXITSTATUS(status), REFUSED);
  }
}

/* B4, K5: the table of handles, what is known of this one, the wait. */
static void a_read_without_memory_is_refused(void **state) {
  (void)state;
  assert_int_equal(refuse_each(read_near, NULL), 3);
}

/* B4, K5: the same. */
static void a_wait_for_a_connection_without_memory_is_refused(void **state) {
  (void)state;
  assert_int_equal(refuse_each(accept_client, listen_here), 3);
}

/* B4, K5: the wait, the request. */
static void a_connect_without_memory_is_refused(void **state) {
  (void)state;
  assert_int_equal(refuse_each(connect_client, NULL), 2);
}

/* B4, K5: the wait, the table, what is known of the handle, the request. */
static void a_write_without_memory_is_refused(void **state) {
  (void)state;
  assert_int_equal(refuse_each(write_near, fill), 4);
}

/* B4, S7: one of which a part went through is told, with that. */
static void a_write_that_has_begun_is_told_that_memory_is_missing(void **state) {
  (void)state;
  after(root, MS(1), "a");
  run();
  inside = no_memory = 1;
  int rc = write_near();
  inside = no_memory = 0;
  assert_int_equal(rc, 0);
  run();
  assert_int_equal(told, ROOST_ENOMEM);
  assert_in_range(count, 1, sizeof much - 1);
  assert_true(is_untouched());
}

/* B4, K2c: the table, what is known of the handle, the wait of the cleanup, its data, itself. */
static void a_handle_that_cannot_be_owned_for_want_of_memory(void **state) {
  (void)state;
  assert_int_equal(refuse_each(own_timer, NULL), 5);
}

/* ---------------------------------------------------------------------------------------------- */
/* C15: what ends needs no memory                                                                 */
/* ---------------------------------------------------------------------------------------------- */

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
static void a_read_is_told_without_memory(void **state) {
  (void)state;
  assert_int_equal(read_near(), 0);
  send_text("hello");
  run_without_memory();
  assert_int_equal(told, 5);
}

/* C15 */
static void a_read_is_cancelled_without_memory(void **state) {
  (void)state;
  assert_int_equal(read_near(), 0);
  assert_int_equal(roost_cancel(root, NULL), 0);
  run_without_memory();
  assert_int_equal(told, ROOST_ECANCELED);
}

/* C15, S7: and its stream closed when the grace is over. */
static void a_write_is_cancelled_without_memory(void **state) {
  (void)state;
  assert_int_equal(write_near(), 0);
  assert_int_equal(roost_cancel(root, NULL), 0);
  run_without_memory();
  assert_int_equal(told, ROOST_ECANCELED);
  assert_true(uv_is_closing((uv_handle_t *)near));
  note("end");
  assert_log("@1000 end");
}

/* C15 */
static void a_wait_for_a_connection_is_cancelled_without_memory(void **state) {
  (void)state;
  listen_here();
  assert_int_equal(accept_client(), 0);
  assert_int_equal(roost_cancel(root, NULL), 0);
  run_without_memory();
  assert_int_equal(told, ROOST_ECANCELED);
}

/* K2c */
static void an_owned_handle_is_closed_without_memory(void **state) {
  (void)state;
  assert_int_equal(roost_own_handle(graced, (uv_handle_t *)&timer, note_closed), 0);
  join(graced, 0);
  run_without_memory();
  assert_log("closed graced=0");
}

int main(void) {
  if (uv_replace_allocator(malloc, uv_realloc_never_fails, calloc, free) != 0) return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_read_without_memory_is_refused),
      cmocka_unit_test(a_wait_for_a_connection_without_memory_is_refused),
      cmocka_unit_test(a_connect_without_memory_is_refused),
      cmocka_unit_test(a_write_without_memory_is_refused),
      cmocka_unit_test(a_handle_that_cannot_be_owned_for_want_of_memory),
      TEST(a_write_that_has_begun_is_told_that_memory_is_missing),
      TEST(a_read_is_told_without_memory),
      TEST(a_read_is_cancelled_without_memory),
      TEST(a_write_is_cancelled_without_memory),
      TEST(a_wait_for_a_connection_is_cancelled_without_memory),
      TEST(an_owned_handle_is_closed_without_memory),
  };
  return cmocka_run_group_tests_name("stream_memory", tests, NULL, NULL);
}
