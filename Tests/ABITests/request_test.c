/* Waits for the requests of libuv that its pool does: names, and files (roost_uv.h). A request in
 * flight holds the virtual clock (D4), so nothing here depends on time. */
#include "support.h"

#include <roost_fiber.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

static roost_group g;
static roost_scope s;
static roost_wait the_wait;
static uv_sem_t begun, go_on;

static void poll_once(void) { uv_run(roost_loop(rt), UV_RUN_NOWAIT); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* The pool, kept busy: it has four threads, if nobody says otherwise                             */
/* ---------------------------------------------------------------------------------------------- */

static uv_work_t busy[4];
static int busy_count;

static void stay_busy(uv_work_t *work) {
  (void)work;
  uv_sem_post(&begun);
  uv_sem_wait(&go_on);
}

static void tell_begun(uv_work_t *work) {
  (void)work;
  uv_sem_post(&begun);
}

static void no_longer(uv_work_t *work, int rc) {
  (void)work;
  (void)rc;
  busy_count--;
}

static void occupy_with(uv_work_cb work) {
  assert_int_equal(uv_queue_work(roost_loop(rt), &busy[busy_count++], work, no_longer), 0);
}

static void occupy_pool(void) {
  for (int i = 0; i < 4; i++) occupy_with(stay_busy);
  for (int i = 0; i < 4; i++) uv_sem_wait(&begun);
}

/* Turns the loop until it knows of it. */
static void release_pool(void) {
  for (int i = 0; i < busy_count; i++) uv_sem_post(&go_on);
  while (busy_count > 0) uv_run(roost_loop(rt), UV_RUN_ONCE);
}

static int open_all(void **state) {
  if (uv_sem_init(&begun, 0) != 0 || uv_sem_init(&go_on, 0) != 0) return -1;
  if (open_runtime(state) != 0) return -1;
  s = scope(root, "s");
  return 0;
}

/* Should a test have failed half-way, no thread is left behind. */
static int close_all(void **state) {
  release_pool();
  int rc = close_runtime(state);
  uv_sem_destroy(&begun);
  uv_sem_destroy(&go_on);
  return rc;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

/* ---------------------------------------------------------------------------------------------- */
/* Names                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* An address in digits, for which nobody is asked. */
static const struct addrinfo numeric = {
    .ai_flags = AI_NUMERICHOST, .ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
static struct addrinfo *list;

static void log_name(roost_wait w, int rc, void *name) {
  (void)w;
  if (rc == 0) {
    char text[64] = "";
    const struct sockaddr_in *address = (const void *)list->ai_addr;
    inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
    note("%s=%s:%d", (char *)name, text, ntohs(address->sin_port));
    uv_freeaddrinfo(list);
    list = NULL;
  } else {
    note("%s=%s", (char *)name, code_name(rc));
    assert_null(list);
  }
}

static roost_wait look_up(roost_node in, const char *host, const char *name) {
  roost_wait w = {0};
  assert_int_equal(
      roost_getaddrinfo(host, "80", &numeric, &list, in, log_name, copy_text(name), drop_data, &w),
      0);
  return w;
}

/* S3 */
static void a_name_is_looked_up(void **state) {
  (void)state;
  look_up(s, "127.0.0.1", "n");
  assert_log("");
  run();
  assert_log("n=127.0.0.1:80");
}

/* S3: its failures are libuv's. */
static void what_is_no_name_is_told(void **state) {
  (void)state;
  look_up(s, "no number", "n");
  run();
  assert_log("n=-3008");
}

/* C6a, C3: taken back while no thread has begun. */
static void a_name_that_has_not_begun_is_cancelled(void **state) {
  (void)state;
  occupy_pool();
  look_up(s, "127.0.0.1", "n");
  cancel_s();
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("n=ECANCELED");
  release_pool();
  run();
}

/* C12 */
static void so_it_is_by_a_shutdown(void **state) {
  (void)state;
  s = scope(root, "stops", .until_stopping = 1);
  occupy_pool();
  look_up(s, "127.0.0.1", "n");
  assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0);
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("n=ESTOPPING");
  release_pool();
  run();
}

/* C4a: the twin that is done, or as good as done; what it has found is told, or else freed. */
static void a_name_that_was_found_keeps_its_addresses(void **state) {
  (void)state;
  roost_counters counters = {.size = sizeof counters};
  look_up(s, "127.0.0.1", "n");
  uv_run(roost_loop(rt), UV_RUN_ONCE); /* until the loop has its end, which a turn tells of */
  assert_int_equal(roost_counters_of(rt, &counters), 0);
  assert_int_equal(counters.waits, 1);
  cancel_s();
  run();
  assert_log("n=127.0.0.1:80");
}

/* C3a */
static void in_a_cancelled_node_no_name_is_looked_up(void **state) {
  (void)state;
  cancel_s();
  look_up(s, "127.0.0.1", "n");
  run();
  assert_log("n=ECANCELED");
}

/* S2b: taken back, whether it has begun or not; what it finds goes. */
static void a_name_is_taken_back(void **state) {
  (void)state;
  occupy_pool();
  the_wait = look_up(s, "127.0.0.1", "n");
  assert_int_equal(roost_unwait(the_wait), 0);
  poll_once();
  release_pool();
  run();
  the_wait = look_up(s, "127.0.0.1", "n");
  occupy_with(tell_begun);
  uv_sem_wait(&begun);
  assert_int_equal(roost_unwait(the_wait), 0);
  release_pool();
  run();
  assert_log("");
  assert_null(list);
}

/* T2, S2b: its node waits for it. */
static void a_node_waits_for_its_name(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    roost_scope it = scope(root, "it");
    look_up(it, "127.0.0.1", "n");
    join(it, 0);
    run();
    clear_log();
    uv_freeaddrinfo(list);
    list = NULL;
  }
}

/* S8a */
static void closing_the_runtime_ends_names(void **state) {
  (void)state;
  look_up(s, "127.0.0.1", "n");
  assert_int_equal(close_now(), ROOST_OK);
  uv_freeaddrinfo(list);
  list = NULL;
  clear_log();
}

static void assert_no_name(int expected, const char *host, struct addrinfo **where, roost_node in) {
  assert_refused(expected, roost_getaddrinfo,
                 (host, NULL, &numeric, where, in, log_name, copy_text("never"), drop_data, NULL));
}

/* B1, K5, T3 */
static void bad_names_are_refused(void **state) {
  (void)state;
  char long_name[5000];
  memset(long_name, 'x', sizeof long_name);
  long_name[sizeof long_name - 1] = 0;
  assert_no_name(ROOST_EINVAL, NULL, &list, s);
  assert_no_name(ROOST_EINVAL, "127.0.0.1", NULL, s);
  assert_no_name(ROOST_EINVAL, "127.0.0.1", &list, (roost_node){0});
  assert_no_name(ROOST_EKIND, "127.0.0.1", &list, (roost_node){rt.id});
  assert_refused(ROOST_EINVAL, roost_getaddrinfo,
                 ("127.0.0.1", NULL, NULL, &list, s, NULL, copy_text("never"), drop_data, NULL));
  run();
  assert_log("");
}

static int look_up_in_fiber(roost_task self, void *data) {
  (void)self;
  (void)data;
  int rc = roost_await_getaddrinfo("127.0.0.1", "80", &numeric, &list);
  log_name((roost_wait){0}, rc, "f");
  return rc;
}

/* S3, C3a */
static void a_fiber_looks_a_name_up(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, look_up_in_fiber, NULL), 0);
  run();
  assert_log("f=127.0.0.1:80");
  g = group(root, "g");
  assert_int_equal(roost_cancel(g, NULL), 0);
  assert_int_equal(roost_go(g, look_up_in_fiber, NULL), 0);
  join(g, 0);
  run();
  assert_log("f=ECANCELED g=0^");
  assert_refused(ROOST_ENOTASK, roost_await_getaddrinfo, ("127.0.0.1", NULL, NULL, &list));
}

/* ---------------------------------------------------------------------------------------------- */
/* Files                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static uv_fs_t req;

static void log_file(roost_wait w, int rc, void *name) {
  (void)w;
  note("%s=%s", (char *)name, rc > 2 ? "descriptor" : code_name(rc));
  if (rc > 2) close(rc);
  uv_fs_req_cleanup(&req);
}

/* Opens a file, as a wait of a node. */
static int open_file(roost_node in, const char *path, const char *name) {
  return ROOST_FS(&req, uv_fs_open(roost_loop(rt), &req, path, O_RDONLY, 0, roost_fs_done), in,
                  log_file, copy_text(name), drop_data, &the_wait);
}

/* S3 */
static void a_file_is_opened(void **state) {
  (void)state;
  assert_int_equal(open_file(s, "/dev/null", "f"), 0);
  assert_log("");
  run();
  assert_log("f=descriptor");
}

/* S3: its failure is the outcome. */
static void a_file_that_is_not_there_is_told(void **state) {
  (void)state;
  assert_int_equal(open_file(s, "/none", "f"), 0);
  run();
  assert_log("f=-2");
}

/* S3: a request that libuv refuses to begin ends its wait. */
static void a_request_that_cannot_begin_is_told(void **state) {
  (void)state;
  assert_int_equal(ROOST_FS(&req, uv_fs_read(roost_loop(rt), &req, 0, NULL, 0, 0, roost_fs_done), s,
                            log_file, copy_text("f"), drop_data, NULL),
                   0);
  assert_log("");
  run();
  assert_log("f=EINVAL");
}

/* S3: nor is one that has no callback lost, which is done when it has begun. */
static void a_request_without_a_callback_is_told(void **state) {
  (void)state;
  assert_int_equal(ROOST_FS(&req, uv_fs_mkdir(roost_loop(rt), &req, "/dev/null/x", 0, NULL), s,
                            log_file, copy_text("f"), drop_data, NULL),
                   0);
  run();
  assert_log("f=-20");
  assert_int_equal(ROOST_FS(&req, uv_fs_access(roost_loop(rt), &req, "/", F_OK, NULL), s, log_file,
                            copy_text("f"), drop_data, NULL),
                   0);
  run();
  assert_log("f=0");
}

/* C6a */
static void a_file_that_has_not_begun_is_cancelled(void **state) {
  (void)state;
  occupy_pool();
  assert_int_equal(open_file(s, "/dev/null", "f"), 0);
  cancel_s();
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("f=ECANCELED");
  release_pool();
  run();
}

/* C4a: the twin that has. */
static void a_file_that_was_opened_keeps_its_descriptor(void **state) {
  (void)state;
  assert_int_equal(open_file(s, "/dev/null", "f"), 0);
  uv_run(roost_loop(rt), UV_RUN_ONCE);
  cancel_s();
  run();
  assert_log("f=descriptor");
}

static int held[2];

/* C4a, S6: the twin that runs: libuv refuses to take it back, and its result stands. */
static void a_file_that_is_being_read_keeps_its_result(void **state) {
  (void)state;
  static char bytes[8];
  uv_buf_t buffer = uv_buf_init(bytes, sizeof bytes);
  assert_int_equal(pipe(held), 0);
  assert_int_equal(
      ROOST_FS(&req, uv_fs_read(roost_loop(rt), &req, held[0], &buffer, 1, -1, roost_fs_done), s,
               log_file, copy_text("f"), drop_data, &the_wait),
      0);
  /* The pool begins what it is given in order: it has begun what was given before this. */
  occupy_with(tell_begun);
  uv_sem_wait(&begun);
  assert_int_equal(write(held[1], "x", 1), 1);
  cancel_s();
  release_pool();
  run();
  assert_log("f=1");
  close(held[0]);
  close(held[1]);
}

/* C3a: it is not to be begun, and its wait is told. */
static void in_a_cancelled_node_no_file_is_opened(void **state) {
  (void)state;
  cancel_s();
  assert_int_equal(open_file(s, "/dev/null", "f"), ROOST_ALREADY);
  assert_int_equal(req.result, ROOST_ALREADY);
  assert_refused(ROOST_EORDER, roost_fs_begun, (&req, 0));
  run();
  assert_log("f=ECANCELED");
}

/* S2b */
static void a_file_is_taken_back(void **state) {
  (void)state;
  occupy_pool();
  assert_int_equal(open_file(s, "/dev/null", "f"), 0);
  assert_int_equal(roost_unwait(the_wait), 0);
  poll_once();
  release_pool();
  run();
  assert_log("");
  uv_fs_req_cleanup(&req);
}

/* T2, S2b, S8a: a node waits for it, and so does the closing of the runtime. */
static void a_node_waits_for_its_file(void **state) {
  (void)state;
  occupy_pool();
  assert_int_equal(open_file(s, "/none", "f"), 0);
  join(s, 0);
  release_pool();
  run();
  assert_log("s=0");
  uv_fs_req_cleanup(&req);
  assert_int_equal(open_file(root, "/none", "f"), 0);
  assert_int_equal(close_now(), ROOST_OK);
  uv_fs_req_cleanup(&req);
  clear_log();
}

/* S3: it is told of what libuv's own cancellation brings, too. */
static void the_program_may_cancel_it(void **state) {
  (void)state;
  occupy_pool();
  assert_int_equal(open_file(s, "/dev/null", "f"), 0);
  assert_int_equal(uv_cancel((uv_req_t *)&req), 0);
  release_pool();
  run();
  assert_log("f=ECANCELED");
}

/* B1: a request that waits is left alone. */
static void a_request_that_waits_is_busy(void **state) {
  (void)state;
  occupy_pool();
  assert_int_equal(open_file(s, "/dev/null", "f"), 0);
  ssize_t before = req.result;
  assert_refused(ROOST_EBUSY, roost_fs_wait,
                 (&req, s, log_file, copy_text("never"), drop_data, NULL));
  assert_int_equal(req.result, before);
  assert_refused(ROOST_EORDER, roost_fs_begun, (&req, 0));
  release_pool();
  run();
  assert_log("f=descriptor");
}

static void *begin_elsewhere(void *request) {
  assert_refused(ROOST_ETHREAD, roost_fs_begun, (request, 0));
  assert_refused(ROOST_ETHREAD, roost_fs_wait,
                 (request, s, log_file, copy_text("never"), drop_data, NULL));
  return request;
}

/* B1, K5, T3: whatever the request's data is, and in whatever order calls come. */
static void bad_requests_change_nothing(void **state) {
  (void)state;
  uv_fs_t fresh;
  memset(&fresh, 0xa5, sizeof fresh);
  assert_refused(ROOST_EORDER, roost_fs_begun, (&fresh, 0));
  roost_fs_done(&fresh);
  roost_fs_done(NULL);
  const uint64_t guesses[] = {0, 1, s.id, rt.id, root.id, UINT64_MAX};
  for (size_t i = 0; i < COUNT(guesses); i++) {
    fresh.data = (void *)guesses[i];
    assert_refused(ROOST_EORDER, roost_fs_begun, (&fresh, 0));
    roost_fs_done(&fresh);
  }
  roost_wait other = after(s, SECONDS(1), "other");
  fresh.data = (void *)other.id;
  assert_refused(ROOST_EORDER, roost_fs_begun, (&fresh, 0));
  roost_fs_done(&fresh);
  assert_refused(ROOST_EINVAL, roost_fs_begun, (NULL, 0));
  assert_refused(ROOST_EINVAL, roost_fs_wait,
                 (NULL, s, log_file, copy_text("never"), drop_data, NULL));
  assert_refused(ROOST_EINVAL, roost_fs_wait,
                 (&fresh, (roost_node){0}, log_file, copy_text("never"), drop_data, NULL));
  assert_int_equal(fresh.result, ROOST_EINVAL);
  uv_fs_req_cleanup(&fresh);
  assert_refused(ROOST_ENOTASK, roost_fs_prepare, (&fresh));
  assert_refused(ROOST_ENOTASK, roost_fs_await, (&fresh, 0));
  assert_int_equal(roost_fs_wait(&fresh, s, log_file, copy_text("f"), drop_data, &the_wait), 0);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, begin_elsewhere, &fresh), 0);
  pthread_join(thread, NULL);
  assert_refused(ROOST_EKIND, roost_wake, (the_wait, 0));
  assert_int_equal(roost_fs_begun(&fresh, ROOST_EIO), 0);
  assert_refused(ROOST_EORDER, roost_fs_begun, (&fresh, ROOST_EIO));
  run();
  assert_log("f=EIO @1000 other=0");
}

/* B1, C3: one that was never begun can be cancelled. */
static void a_request_that_never_begins_is_cancelled(void **state) {
  (void)state;
  assert_int_equal(roost_fs_wait(&req, s, log_file, copy_text("f"), drop_data, NULL), 0);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("@1000 f=ECANCELED");
}

/* S8b */
static void a_forked_child_touches_no_request(void **state) {
  (void)state;
  assert_int_equal(roost_fs_wait(&req, s, log_file, copy_text("f"), drop_data, NULL), 0);
  pid_t child = fork();
  if (child == 0) _exit(roost_fs_begun(&req, ROOST_EIO) == ROOST_ECHILD ? 0 : 1);
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(roost_fs_begun(&req, ROOST_EIO), 0);
  run();
  assert_log("f=EIO");
}

static void look_for(const char *text, uint64_t length, void *data) {
  assert_non_null(memmem(text, length, data, strlen(data)));
}

/* O1 */
static void a_dump_tells_of_them(void **state) {
  (void)state;
  occupy_pool();
  look_up(s, "127.0.0.1", "n");
  assert_int_equal(open_file(s, "/dev/null", "f"), 0);
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for, "for the addresses of a name", NULL), 0);
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for, "for a file", NULL), 0);
  release_pool();
  run();
  clear_log();
}

/* ---------------------------------------------------------------------------------------------- */
/* Files in fibers                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static int read_file(roost_task self, void *path) {
  (void)self;
  uv_loop_t *loop = roost_loop(rt);
  uv_fs_t own;
  memset(&own, 0xa5, sizeof own); /* what is found on a stack */
  char bytes[4];
  uv_buf_t buffer = uv_buf_init(bytes, sizeof bytes);
  int fd = ROOST_AWAIT_FS(&own, uv_fs_open(loop, &own, path, O_RDONLY, 0, roost_fs_done));
  note("open %s", fd > 0 ? "0" : code_name(fd));
  uv_fs_req_cleanup(&own); /* also where it was not begun */
  if (fd < 0) return fd;
  int rc = ROOST_AWAIT_FS(&own, uv_fs_read(loop, &own, fd, &buffer, 1, 0, roost_fs_done));
  note("read %d", rc);
  uv_fs_req_cleanup(&own);
  rc = ROOST_AWAIT_FS(&own, uv_fs_close(loop, &own, fd, roost_fs_done));
  note("close %d", rc);
  uv_fs_req_cleanup(&own);
  return rc;
}

/* S3 */
static void a_fiber_reads_a_file(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, read_file, "/dev/zero"), 0);
  run();
  assert_log("open 0 read 4 close 0");
}

/* C3a: in a cancelled fiber nothing is begun; a failure is the answer. */
static void a_fiber_is_told_why_not(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  assert_int_equal(roost_go(g, read_file, "/none"), 0);
  run();
  assert_log("open -2");
  assert_int_equal(roost_cancel(g, NULL), 0);
  assert_int_equal(roost_go(g, read_file, "/dev/zero"), 0);
  run();
  assert_log("open ECANCELED");
  join(g, 0);
  run();
  clear_log();
}

/* C6a: a fiber's request that no thread has begun is taken back. */
static void a_fiber_s_request_is_taken_back(void **state) {
  (void)state;
  g = group(root, "g");
  occupy_pool();
  assert_int_equal(roost_go(g, read_file, "/dev/zero"), 0);
  poll_once();
  poll_once();
  assert_int_equal(roost_cancel(g, NULL), 0);
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("open ECANCELED");
  release_pool();
  join(g, 0);
  run();
  clear_log();
}

/* A mark that comes between the two calls, and a request that is begun all the same. */
static int begin_late(roost_task self, void *data) {
  uv_fs_t own;
  (void)self;
  note("prepare %d", roost_fs_prepare(&own));
  assert_int_equal(roost_cancel(g, NULL), 0);
  assert_int_equal(roost_sleep(SECONDS(1)), ROOST_ECANCELED);
  int rc = roost_fs_await(&own, uv_fs_stat(roost_loop(rt), &own, data, roost_fs_done));
  note("stat %s", code_name(rc));
  uv_fs_req_cleanup(&own);
  return rc;
}

/* C4a, T2: it is waited for, and lets go of its memory before the fiber goes on. */
static void a_request_that_is_begun_late_is_waited_for(void **state) {
  (void)state;
  g = group(root, "g");
  occupy_pool();
  assert_int_equal(roost_go(g, begin_late, "/"), 0);
  for (int i = 0; i < 5; i++) poll_once();
  release_pool();
  join(g, 0);
  run();
  assert_log("prepare 0 stat ECANCELED g=0^");
}

static int misuse(roost_task self, void *data) {
  (void)data;
  uv_fs_t own;
  memset(&own, 0, sizeof own);
  assert_refused(ROOST_EORDER, roost_fs_await, (&own, 0));
  assert_refused(ROOST_EINVAL, roost_fs_prepare, (NULL));
  assert_refused(ROOST_EINVAL, roost_fs_await, (NULL, 0));
  assert_int_equal(roost_fs_prepare(&own), 0);
  assert_refused(ROOST_EBUSY, roost_fs_prepare, (&own));
  roost_scope inner;
  assert_int_equal(roost_scope_open(self, NULL, &inner), 0);
  assert_refused(ROOST_EORDER, roost_fs_await, (&own, ROOST_EIO));
  assert_int_equal(roost_scope_close(inner, 0, NULL), 0);
  assert_int_equal(roost_fs_await(&own, ROOST_EIO), ROOST_EIO);
  assert_refused(ROOST_EORDER, roost_fs_await, (&own, ROOST_EIO));
  assert_int_equal(roost_fs_wait(&own, self, log_file, copy_text("f"), drop_data, NULL), 0);
  assert_refused(ROOST_EKIND, roost_fs_await, (&own, 0));
  assert_int_equal(roost_fs_begun(&own, ROOST_EIO), 0);
  assert_int_equal(roost_sleep(SECONDS(1)), 0);
  return 0;
}

/* B1 */
static void a_fiber_s_bad_requests_change_nothing(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, misuse, NULL), 0);
  run();
  assert_log("f=EIO");
}

/* ---------------------------------------------------------------------------------------------- */
/* Parking in fibers                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* How a fiber parks. */
typedef struct stand {
  const char *name;
  int64_t answers;                  /* of its abort */
  int64_t without_abort;            /* it has none */
  void (*between)(roost_task self); /* done before it waits */
} stand;

static int aborting(roost_wait w, void *data) {
  assert_true(w.id == the_wait.id);
  note("%s:abort", ((stand *)data)->name);
  return (int)((stand *)data)->answers;
}

static int park_in_fiber(roost_task self, void *data) {
  stand *it = data;
  int rc = roost_park_here(it->without_abort ? NULL : aborting, it, &the_wait);
  if (rc == 0) {
    if (it->between != NULL) it->between(self);
    rc = roost_await(the_wait);
    assert_refused(ROOST_ESTALE, roost_await, (the_wait));
  } else {
    note("not begun");
  }
  note("%s=%s", it->name, code_name(rc));
  return rc < 0 ? rc : 0;
}

static void wake_5(void) { roost_wake(the_wait, 5); }
static void wake_cancelled(void) { roost_wake(the_wait, ROOST_ECANCELED); }
static void cancel_g(void) { assert_int_equal(roost_cancel(g, NULL), 0); }

static void stand_in(roost_group group, stand *it) {
  assert_int_equal(roost_go(group, park_in_fiber, it), 0);
}

/* S3 */
static void a_fiber_is_woken(void **state) {
  (void)state;
  stand p = {.name = "p"};
  stand_in(root, &p);
  act(SECONDS(1), wake_5);
  run();
  assert_log("@1000 p=5");
}

static void wake_now(roost_task self) {
  (void)self;
  assert_int_equal(roost_wake(the_wait, 5), 0);
  assert_refused(ROOST_ESTALE, roost_wake, (the_wait, 6));
}

static void sleep_first(roost_task self) {
  (void)self;
  act(SECONDS(1), wake_5);
  assert_int_equal(roost_sleep(SECONDS(2)), 0);
}

/* S3, C4: what wakes it before it waits is kept until it does. */
static void what_comes_first_is_kept(void **state) {
  (void)state;
  stand p = {.name = "p", .between = wake_now}, q = {.name = "q", .between = sleep_first};
  stand_in(root, &p);
  run();
  assert_log("p=5");
  stand_in(root, &q);
  run();
  assert_log("@2000 q=5");
}

/* C3, C14b: the abort, with each of its answers. */
static void a_parked_fiber_is_cancelled(void **state) {
  (void)state;
  stand p = {.name = "p"}, q = {.name = "q", .answers = ROOST_PENDING}, r = {.without_abort = 1};
  r.name = "r";
  g = group(root, "g");
  stand_in(g, &p);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("@1000 p:abort p=ECANCELED");
  join(g, 0);
  g = group(root, "g");
  stand_in(g, &q);
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), wake_5);
  run();
  assert_log("g=0^ @2000 q:abort @3000 q=5");
  join(g, 0);
  g = group(root, "g");
  stand_in(g, &q);
  act(SECONDS(1), cancel_g);
  act(SECONDS(2), wake_cancelled);
  run();
  assert_log("g=0 @4000 q:abort @5000 q=ECANCELED");
  join(g, 0);
  g = group(root, "g");
  stand_in(g, &r);
  act(SECONDS(1), cancel_g);
  run();
  assert_log("g=0^ @6000 r=ECANCELED");
  join(g, 0);
  run();
  clear_log();
}

static void cancel_and_sleep(roost_task self) {
  (void)self;
  cancel_g();
  assert_int_equal(roost_sleep(SECONDS(1)), ROOST_ECANCELED);
  note("slept");
}

/* C3, C4a: cancelled between the two calls, with a wait in between. */
static void the_abort_may_come_before_it_waits(void **state) {
  (void)state;
  stand p = {.name = "p", .between = cancel_and_sleep};
  stand q = {.name = "q", .between = cancel_and_sleep, .answers = ROOST_PENDING};
  g = group(root, "g");
  stand_in(g, &p);
  run();
  assert_log("p:abort slept p=ECANCELED");
  join(g, 0);
  g = group(root, "g");
  stand_in(g, &q);
  act(SECONDS(1), wake_5);
  run();
  assert_log("g=0^ q:abort slept @1000 q=5");
  join(g, 0);
  run();
  clear_log();
}

/* C3a: nothing is begun in a fiber that is cancelled, and the others run. */
static void a_cancelled_fiber_does_not_park(void **state) {
  (void)state;
  stand p = {.name = "p"};
  g = group(root, "g");
  cancel_g();
  stand_in(g, &p);
  spawn(root, "other");
  run();
  assert_log("other+ not begun p=ECANCELED");
  join(g, 0);
  run();
  clear_log();
}

static int leave_it(roost_task self, void *data) {
  stand *it = data;
  (void)self;
  assert_int_equal(roost_park_here(aborting, it, &the_wait), 0);
  if (it->between != NULL) it->between(self);
  return 0;
}

/* S2b: one for which the fiber never waits is taken back at its end. */
static void a_wait_that_is_left_is_taken_back(void **state) {
  (void)state;
  stand p = {.name = "p"}, q = {.name = "q", .between = wake_now};
  stand r = {.name = "r", .between = sleep_first};
  g = group(root, "g");
  assert_int_equal(roost_go(g, leave_it, &p), 0);
  run();
  assert_int_equal(roost_go(g, leave_it, &q), 0);
  run();
  assert_int_equal(roost_go(g, leave_it, &r), 0);
  join(g, 0);
  run();
  assert_log("p:abort @2000 g=0");
}

static int misuse_parks(roost_task self, void *data) {
  (void)data;
  roost_scope inner;
  assert_refused(ROOST_EINVAL, roost_park_here, (NULL, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_await, ((roost_wait){0}));
  assert_refused(ROOST_EKIND, roost_await, ((roost_wait){self.id}));
  roost_wait other = after(self, SECONDS(1), "other");
  assert_refused(ROOST_EKIND, roost_await, (other));
  assert_int_equal(roost_park_here(NULL, NULL, &the_wait), 0);
  assert_int_equal(roost_scope_open(self, NULL, &inner), 0);
  assert_refused(ROOST_EORDER, roost_await, (the_wait));
  assert_int_equal(roost_scope_close(inner, 0, NULL), 0);
  assert_int_equal(roost_unwait(the_wait), 0);
  assert_refused(ROOST_ESTALE, roost_await, (the_wait));
  assert_int_equal(roost_sleep(SECONDS(2)), 0);
  return 0;
}

static void take_it_back(void) {
  assert_refused(ROOST_EORDER, roost_unwait, (the_wait));
  wake_5();
}

/* B1 */
static void bad_parking_changes_nothing(void **state) {
  (void)state;
  stand p = {.name = "p"};
  assert_refused(ROOST_ENOTASK, roost_park_here, (NULL, NULL, &the_wait));
  assert_refused(ROOST_ENOTASK, roost_await, ((roost_wait){0}));
  assert_int_equal(roost_go(root, misuse_parks, NULL), 0);
  run();
  assert_log("@1000 other=0");
  stand_in(root, &p);
  act(SECONDS(1), take_it_back);
  run();
  assert_log("@3000 p=5");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_name_is_looked_up),
      TEST(what_is_no_name_is_told),
      TEST(a_name_that_has_not_begun_is_cancelled),
      TEST(so_it_is_by_a_shutdown),
      TEST(a_name_that_was_found_keeps_its_addresses),
      TEST(in_a_cancelled_node_no_name_is_looked_up),
      TEST(a_name_is_taken_back),
      TEST(a_node_waits_for_its_name),
      TEST(closing_the_runtime_ends_names),
      TEST(bad_names_are_refused),
      TEST(a_fiber_looks_a_name_up),
      TEST(a_file_is_opened),
      TEST(a_file_that_is_not_there_is_told),
      TEST(a_request_that_cannot_begin_is_told),
      TEST(a_request_without_a_callback_is_told),
      TEST(a_file_that_has_not_begun_is_cancelled),
      TEST(a_file_that_was_opened_keeps_its_descriptor),
      TEST(a_file_that_is_being_read_keeps_its_result),
      TEST(in_a_cancelled_node_no_file_is_opened),
      TEST(a_file_is_taken_back),
      TEST(a_node_waits_for_its_file),
      TEST(the_program_may_cancel_it),
      TEST(a_request_that_waits_is_busy),
      TEST(bad_requests_change_nothing),
      TEST(a_request_that_never_begins_is_cancelled),
      TEST(a_forked_child_touches_no_request),
      TEST(a_dump_tells_of_them),
      TEST(a_fiber_reads_a_file),
      TEST(a_fiber_is_told_why_not),
      TEST(a_fiber_s_request_is_taken_back),
      TEST(a_request_that_is_begun_late_is_waited_for),
      TEST(a_fiber_s_bad_requests_change_nothing),
      TEST(a_fiber_is_woken),
      TEST(what_comes_first_is_kept),
      TEST(a_parked_fiber_is_cancelled),
      TEST(the_abort_may_come_before_it_waits),
      TEST(a_cancelled_fiber_does_not_park),
      TEST(a_wait_that_is_left_is_taken_back),
      TEST(bad_parking_changes_nothing),
  };
  return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
