/* What the tests of streams share: for each test a pair of connected sockets, of which `near` is a
 * pipe of libuv's on the loop of rt, owned by its root, and `far` a descriptor. The clock is
 * virtual and jumps only when a poll has brought nothing; what is written into a socket of this
 * machine is there at once. So these tests are `real` as far as sockets are, and no time passes. */
#ifndef STREAMS_H
#define STREAMS_H

#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

static uv_loop_t *loop;
static uv_pipe_t near_pipe;
static uv_stream_t *const near = (uv_stream_t *)&near_pipe;
static int far;
static roost_scope s;

static char buffer[64];
static uint64_t count;

/* The pipe is the program's until a node owns it. */
static inline void open_near(void) {
  int ends[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(uv_pipe_init(loop, &near_pipe, 0), 0);
  assert_int_equal(uv_pipe_open(&near_pipe, ends[0]), 0);
  far = ends[1];
}

static inline void own(void *handle) {
  assert_int_equal(roost_own_handle(root, (uv_handle_t *)handle, NULL), 0);
}

static inline int open_streams(void **state) {
  signal(SIGPIPE, SIG_IGN);
  if (open_runtime(state) != 0) return -1;
  loop = (uv_loop_t *)roost_loop(rt);
  open_near();
  own(near);
  s = scope(root, "s");
  memset(buffer, 0, sizeof buffer);
  count = 99;
  return 0;
}

/* S8a: that the loop could be closed shows that nothing is left on it. */
static inline int close_streams(void **state) {
  if (rt.id != 0) assert_int_not_equal(close_now(), ROOST_EBUSY);
  if (far >= 0) close(far);
  return close_runtime(state);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_streams, close_streams)

static inline void send_text(const char *text) {
  assert_int_equal(write(far, text, strlen(text)), strlen(text));
}
static inline void close_far(void) {
  close(far);
  far = -1;
}

static inline void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static inline void stop_s(void) { assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0); }
static inline void close_near(void) { uv_close((uv_handle_t *)near, NULL); }

static roost_wait waiting;
static inline void take_back(void) { assert_int_equal(roost_unwait(waiting), 0); }
static inline void note_data(void *name) {
  note("drop:%s", (char *)name);
  drop_data(name);
}

/* Does something in the poll of the loop, when a byte comes through a pipe of its own: before
 * anything is told of what came in the same poll. */
static struct {
  uv_pipe_t pipe;
  int end;
  void (*act)(void);
} poller;

static inline void give_buffer(uv_handle_t *handle, size_t size, uv_buf_t *out) {
  static char room[1];
  (void)handle;
  (void)size;
  *out = uv_buf_init(room, sizeof room);
}

static inline void act_in_poll(uv_stream_t *stream, ssize_t size, const uv_buf_t *read) {
  (void)read;
  if (size > 0) poller.act();
  uv_close((uv_handle_t *)stream, NULL);
}

/* `act` is done in the poll in which what was sent by now is read. */
static inline void in_next_poll(void (*act)(void)) {
  int ends[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(uv_pipe_init(loop, &poller.pipe, 0), 0);
  assert_int_equal(uv_pipe_open(&poller.pipe, ends[0]), 0);
  poller.act = act;
  assert_int_equal(uv_read_start((uv_stream_t *)&poller.pipe, give_buffer, act_in_poll), 0);
  assert_int_equal(write(ends[1], "x", 1), 1);
  assert_int_equal(close(ends[1]), 0);
}

/* The same right after the poll. */
static uv_check_t checker;
static inline void act_after_poll(uv_check_t *check) {
  (void)check;
  poller.act();
  uv_close((uv_handle_t *)&checker, NULL);
}
static inline void after_next_poll(void (*act)(void)) {
  poller.act = act;
  assert_int_equal(uv_check_init(loop, &checker), 0);
  assert_int_equal(uv_check_start(&checker, act_after_poll), 0);
}

#endif
