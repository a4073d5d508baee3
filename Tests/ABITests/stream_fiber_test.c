/* real: S3, S7, C3, C4, S1a: streams in fibers. What the waits do is tested with their callbacks;
 * here it is that they suspend, answer, and are cancelled. */
#include "streams.h"

#include <roost_fiber.h>

/* Larger than a socket holds: it cannot be written while nobody reads. */
static char much[1 << 22];
static int other_end; /* a descriptor, for what is read without the loop */

/* A fiber that notes its name, and what it answers. */
typedef struct body {
  const char *name;
  int (*fn)(void);
} body;

static int run_body(roost_task self, void *data) {
  const body *it = data;
  (void)self;
  int rc = it->fn();
  note("%s=%s", it->name, code_name(rc));
  return 0;
}

static roost_task go_in(roost_group in, const char *name, int (*fn)(void)) {
  roost_task task = {0};
  body *it = new_data(sizeof *it);
  *it = (body){name, fn};
  assert_int_equal(
      roost_go_with(in, ROOST_FIBER(.fn = run_body, .data = it, .drop = drop_data, .name = name),
                    &task),
      0);
  return task;
}
static roost_task go(const char *name, int (*fn)(void)) { return go_in(root, name, fn); }

static roost_task reader;
static void cancel_reader(void) { assert_int_equal(roost_cancel(reader, NULL), 0); }
static void send_hello(void) { send_text("hello"); }

static int read_some(void) { return roost_await_read(near, buffer, sizeof buffer); }
static int read_six(void) { return roost_await_read_exactly(near, buffer, 6, &count); }
static int write_of(char *bytes, unsigned size, const roost_stream_options *options) {
  uv_buf_t buf = uv_buf_init(bytes, size);
  return roost_await_write(near, &buf, 1, &count, options);
}
static int write_hello(void) { return write_of("hello", 5, NULL); }
static int write_much(void) { return write_of(much, sizeof much, NULL); }

/* ---------------------------------------------------------------------------------------------- */
/* Reading                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* S3, S2: others run meanwhile. */
static void a_fiber_reads(void **state) {
  (void)state;
  go("r", read_some);
  go("other", roost_checkpoint);
  act(MS(10), send_hello);
  run();
  assert_log("other=0 @10 r=5");
  assert_memory_equal(buffer, "hello", 5);
}

static int read_to_the_end(void) {
  int rc;
  while ((rc = roost_await_read(near, buffer, 2)) > 0) note("%.*s", rc, buffer);
  return rc;
}

/* S3: again and again, with nothing between. */
static void a_fiber_reads_to_the_end(void **state) {
  (void)state;
  go("r", read_to_the_end);
  act(MS(10), send_hello);
  act(MS(20), close_far);
  run();
  assert_log("@10 he ll o @20 r=-4095");
}

static int read_twice(void) {
  note("%s", code_name(read_some()));
  return read_some();
}

/* C3, C4: cancelled again and again, and nothing is taken. */
static void a_cancelled_fiber_reads_nothing(void **state) {
  (void)state;
  reader = go("r", read_twice);
  act(MS(10), cancel_reader);
  act(MS(10), send_hello);
  run();
  assert_log("@10 ECANCELED r=ECANCELED");
  go("next", read_some);
  run();
  assert_log("next=5");
}

/* C4: what was there before the cancel is kept; the next wait is cancelled. */
static void a_fiber_keeps_what_it_has_read(void **state) {
  (void)state;
  send_hello();
  reader = go("r", read_twice);
  uv_run(loop, UV_RUN_NOWAIT);
  after_next_poll(cancel_reader);
  run();
  assert_log("5 r=ECANCELED");
}

/* S7 */
static void a_fiber_reads_just_so_much(void **state) {
  (void)state;
  reader = go("r", read_six);
  act(MS(10), send_hello);
  act(MS(20), send_hello);
  run();
  assert_log("@20 r=0");
  assert_int_equal(count, 6);
}

/* S7: with the count that went through. */
static void a_fiber_that_reads_just_so_much_is_cut_short(void **state) {
  (void)state;
  reader = go("r", read_six);
  act(MS(10), send_hello);
  act(MS(20), cancel_reader);
  run();
  assert_log("@20 r=ECANCELED");
  assert_int_equal(count, 5);
}

/* S3a */
static void closing_a_stream_ends_the_read_of_a_fiber(void **state) {
  (void)state;
  go("r", read_some);
  act(MS(10), close_near);
  run();
  assert_log("@10 r=ECLOSED");
}

static int read_in_a_scope(void) {
  roost_scope scope;
  assert_int_equal(
      roost_scope_open(roost_self(), ROOST_SCOPE(.timeout_ns = MS(10), .move_on = 1), &scope), 0);
  int rc = read_some();
  note("%s", code_name(rc));
  assert_int_equal(roost_scope_close(scope, rc, NULL), 0);
  return read_some();
}

/* T1b, D2: in the innermost node; with a time for it. */
static void a_read_is_cut_short_by_a_scope_around_it(void **state) {
  (void)state;
  go("r", read_in_a_scope);
  act(MS(20), send_hello);
  run();
  assert_log("@10 ECANCELED @20 r=5");
}

/* ---------------------------------------------------------------------------------------------- */
/* Writing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* S1a: one that fits is over at once. */
static void a_fiber_writes(void **state) {
  (void)state;
  go("w", write_hello);
  go("other", roost_checkpoint);
  run();
  assert_log("w=0 other=0");
  assert_int_equal(count, 5);
  assert_int_equal(read(far, buffer, sizeof buffer), 5);
}

static int writes;
static int write_often(void) {
  for (writes = 0; writes < 40; writes++)
    if (write_hello() != 0) return -1;
  return 0;
}
static int note_writes(void) {
  note("%d", writes);
  int rc = roost_checkpoint();
  note("%d", writes);
  return rc;
}

/* S1a: at most sixteen in a row let nobody else run. */
static void a_fiber_that_writes_lets_others_run(void **state) {
  (void)state;
  go("w", write_often);
  go("n", note_writes);
  run();
  assert_log("15 31 n=0 w=0");
  assert_int_equal(writes, 40);
}

static char drained[1 << 22];
static void drain(void) {
  fcntl(other_end, F_SETFL, O_NONBLOCK);
  while (read(other_end, drained, sizeof drained) > 0) continue;
}
static int write_past_the_room(void) {
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  uv_buf_t parts[3] = {{"he", 2}, {NULL, 0}, {"llo", 3}};
  while (uv_try_write(near, &buf, 1) > 0) continue;
  return roost_await_write(near, parts, 3, &count, NULL);
}

/* S3 */
static void a_fiber_waits_until_all_is_written(void **state) {
  (void)state;
  other_end = far;
  go("w", write_past_the_room);
  act(MS(10), drain);
  run();
  assert_log("@10 w=0");
  assert_int_equal(count, 5);
}

/* S7, C11: a write that lasts has the grace of where the fiber is; then its stream is closed. */
static int write_with_grace(void) {
  roost_scope scope;
  assert_int_equal(roost_scope_open(roost_self(), ROOST_SCOPE(.grace_ns = SECONDS(2)), &scope), 0);
  int rc = write_much();
  roost_scope_close(scope, rc, NULL);
  return rc;
}
static void a_write_of_a_fiber_closes_its_stream_when_its_grace_is_over(void **state) {
  (void)state;
  reader = go("w", write_with_grace);
  act(SECONDS(1), cancel_reader);
  run();
  assert_log("@3000 w=ECANCELED");
  assert_true(uv_is_closing((uv_handle_t *)near));
  uint64_t there = 0;
  fcntl(far, F_SETFL, O_NONBLOCK);
  for (ssize_t more; (more = read(far, drained, sizeof drained)) > 0;) there += (uint64_t)more;
  assert_int_equal(count, there);
}

static int write_in_vain(void) {
  note("%s", code_name(write_hello()));
  return write_of(much, sizeof much, ROOST_STREAM(.close_on_cancel = 1));
}

/* C3a: nothing is begun. */
static void a_cancelled_fiber_writes_nothing(void **state) {
  (void)state;
  reader = go("w", write_in_vain);
  cancel_reader();
  run();
  assert_log("ECANCELED w=ECANCELED");
  assert_int_equal(count, 0);
  assert_int_equal(recv(far, buffer, 1, MSG_DONTWAIT), -1);
  assert_false(uv_is_closing((uv_handle_t *)near));
}

/* S3: a failure is answered at once. */
static void a_fiber_is_told_that_nobody_reads(void **state) {
  (void)state;
  close_far();
  go("w", write_hello);
  run();
  assert_log("w=-32");
}

/* ---------------------------------------------------------------------------------------------- */
/* Connecting and accepting                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static uv_tcp_t server;
static struct sockaddr_in address;

static void closed(uv_handle_t *handle) {
  note("closed");
  drop_data(handle);
}

static void listen_here(void) {
  int size = sizeof address;
  assert_int_equal(uv_tcp_init(loop, &server), 0);
  assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
  assert_int_equal(uv_tcp_bind(&server, (struct sockaddr *)&address, 0), 0);
  assert_int_equal(uv_listen((uv_stream_t *)&server, 4, roost_connection), 0);
  assert_int_equal(uv_tcp_getsockname(&server, (struct sockaddr *)&address, &size), 0);
  own(&server);
}

/* One that its fiber owns. */
static uv_stream_t *new_tcp(void) {
  uv_tcp_t *tcp = new_data(sizeof *tcp);
  assert_int_equal(uv_tcp_init(loop, tcp), 0);
  assert_int_equal(roost_own_handle(roost_self(), (uv_handle_t *)tcp, closed), 0);
  return (uv_stream_t *)tcp;
}

static int serve(void) {
  uv_stream_t *stream = new_tcp();
  int rc = roost_await_accept((uv_stream_t *)&server, stream);
  char letters[8];
  while (rc >= 0 && (rc = roost_await_read(stream, letters, sizeof letters)) > 0) {
    uv_buf_t buf = uv_buf_init(letters, (unsigned)rc);
    rc = roost_await_write(stream, &buf, 1, NULL, NULL);
  }
  return rc;
}
static int ask(void) {
  uv_stream_t *stream = new_tcp();
  uv_buf_t buf = uv_buf_init("hello", 5);
  char letters[6] = "";
  int rc = roost_await_tcp_connect((uv_tcp_t *)stream, (struct sockaddr *)&address, NULL);
  if (rc >= 0) rc = roost_await_write(stream, &buf, 1, NULL, NULL);
  if (rc >= 0) rc = roost_await_read_exactly(stream, letters, 5, NULL);
  note("%s", letters);
  return rc;
}

/* S3, K2: a server and its client, whose handles go with them. */
static void fibers_talk_to_each_other(void **state) {
  (void)state;
  listen_here();
  go("server", serve);
  go("client", ask);
  run();
  assert_log("hello client=0 server=-4095 closed closed");
}

static roost_task waiter;
static void cancel_waiter(void) { assert_int_equal(roost_cancel(waiter, NULL), 0); }

/* C4: the connection is for the next. */
static void a_cancelled_fiber_accepts_nothing(void **state) {
  (void)state;
  listen_here();
  waiter = go("server", serve);
  act(MS(10), cancel_waiter);
  run();
  assert_log("@10 server=ECANCELED closed");
  go("client", ask);
  go("next", serve);
  run();
  assert_log("hello client=0 next=-4095 closed closed");
}

static int deaf;
static void listen_without_ears(void) {
  socklen_t size = sizeof address;
  deaf = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
  assert_int_equal(bind(deaf, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(deaf, 0), 0);
  assert_int_equal(getsockname(deaf, (struct sockaddr *)&address, &size), 0);
}
static void connect_first(int end) {
  assert_int_equal(connect(end, (struct sockaddr *)&address, sizeof address), 0);
}

/* S7: the handle of a connect that is cancelled is closed, and its owner waits for that. */
static void a_cancelled_fiber_connects_no_more(void **state) {
  (void)state;
  int end = socket(AF_INET, SOCK_STREAM, 0);
  listen_without_ears();
  connect_first(end);
  waiter = go("client", ask);
  act(MS(10), cancel_waiter);
  run();
  assert_log("@10  client=ECANCELED closed");
  close(end);
  close(deaf);
}

static int dial_nowhere(void) {
  uv_stream_t *stream = new_data(sizeof(uv_pipe_t));
  assert_int_equal(uv_pipe_init(loop, (uv_pipe_t *)stream, 0), 0);
  assert_int_equal(roost_own_handle(roost_self(), (uv_handle_t *)stream, closed), 0);
  return roost_await_pipe_connect((uv_pipe_t *)stream, "/tmp/roost-no-such-socket", NULL);
}

/* S3 */
static void a_fiber_is_told_that_a_pipe_leads_nowhere(void **state) {
  (void)state;
  go("client", dial_nowhere);
  run();
  assert_log("client=-2 closed");
}

/* ---------------------------------------------------------------------------------------------- */
/* Where they may be called                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* B1 */
static void outside_of_a_fiber_there_is_no_waiting(void **state) {
  (void)state;
  uv_buf_t buf = uv_buf_init("x", 1);
  listen_here();
  assert_refused(ROOST_ENOTASK, roost_await_read, (near, buffer, 1));
  assert_refused(ROOST_ENOTASK, roost_await_read_exactly, (near, buffer, 1, NULL));
  assert_refused(ROOST_ENOTASK, roost_await_write, (near, &buf, 1, NULL, NULL));
  assert_refused(ROOST_ENOTASK, roost_await_accept, ((uv_stream_t *)&server, near));
  assert_refused(ROOST_ENOTASK, roost_await_tcp_connect,
                 (&server, (struct sockaddr *)&address, NULL));
  assert_refused(ROOST_ENOTASK, roost_await_pipe_connect, (&near_pipe, "/tmp/x", NULL));
}

static int misuse(void) {
  uv_buf_t buf = uv_buf_init("x", 1);
  assert_refused(ROOST_EINVAL, roost_await_read, (NULL, buffer, 1));
  assert_refused(ROOST_EINVAL, roost_await_read, (near, buffer, 0));
  assert_refused(ROOST_EINVAL, roost_await_read_exactly, (near, NULL, 1, NULL));
  assert_refused(ROOST_EINVAL, roost_await_write, (near, NULL, 1, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_await_write, (near, &buf, 1025, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_await_write,
                 (near, &buf, 1, NULL, ROOST_STREAM(.keep_open = 2)));
  assert_refused(ROOST_EINVAL, roost_await_accept, (near, near));
  assert_refused(ROOST_EINVAL, roost_await_tcp_connect, ((uv_tcp_t *)near, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_await_pipe_connect, (&near_pipe, NULL, NULL));
  close_near();
  assert_refused(ROOST_ECLOSED, roost_await_read, (near, buffer, 1));
  assert_refused(ROOST_ECLOSED, roost_await_write, (near, &buf, 1, NULL, NULL));
  return 0;
}

/* B1: a failure to begin is answered at once. */
static void what_cannot_begin_in_a_fiber_is_refused(void **state) {
  (void)state;
  go("m", misuse);
  run();
  assert_log("m=0");
}

/* B1: one reads, and another may write, but not two of a kind. */
static void a_second_fiber_is_refused(void **state) {
  (void)state;
  go("a", read_some);
  go("b", read_some);
  reader = go("c", write_much);
  go("d", write_much);
  act(MS(10), send_hello);
  act(MS(20), close_near);
  run();
  assert_log("b=EBUSY d=EBUSY @10 a=5 @20 c=ECLOSED");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_fiber_reads),
      TEST(a_fiber_reads_to_the_end),
      TEST(a_cancelled_fiber_reads_nothing),
      TEST(a_fiber_keeps_what_it_has_read),
      TEST(a_fiber_reads_just_so_much),
      TEST(a_fiber_that_reads_just_so_much_is_cut_short),
      TEST(closing_a_stream_ends_the_read_of_a_fiber),
      TEST(a_read_is_cut_short_by_a_scope_around_it),
      TEST(a_fiber_writes),
      TEST(a_fiber_that_writes_lets_others_run),
      TEST(a_fiber_waits_until_all_is_written),
      TEST(a_write_of_a_fiber_closes_its_stream_when_its_grace_is_over),
      TEST(a_cancelled_fiber_writes_nothing),
      TEST(a_fiber_is_told_that_nobody_reads),
      TEST(fibers_talk_to_each_other),
      TEST(a_cancelled_fiber_accepts_nothing),
      TEST(a_cancelled_fiber_connects_no_more),
      TEST(a_fiber_is_told_that_a_pipe_leads_nowhere),
      TEST(outside_of_a_fiber_there_is_no_waiting),
      TEST(what_cannot_begin_in_a_fiber_is_refused),
      TEST(a_second_fiber_is_refused),
  };
  return cmocka_run_group_tests_name("stream_fiber", tests, NULL, NULL);
}
