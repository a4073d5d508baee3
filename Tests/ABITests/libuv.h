/* What the tests of libuv itself share: a loop, requests that hold the pool, two ends of a pipe or
 * of a connection. Where versions of libuv differ, a test asks uv_version(). */
#ifndef LIBUV_H
#define LIBUV_H

#include "support.h"

#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define UV_VERSION(major, minor) ((unsigned)(major) << 16 | (unsigned)(minor) << 8)
#define LONG_MS 1000000 /* longer than a test is given */

/* Larger than a pipe or a socket holds: it cannot be written while nobody reads. */
static char much[1 << 22];

static uv_loop_t loop;
static int ends[2];

static inline int open_loop(void **state) {
  (void)state;
  clear_log();
  return uv_loop_init(&loop);
}

/* That the loop can be closed shows that all callbacks have come. */
static inline int close_loop(void **state) {
  (void)state;
  return uv_loop_close(&loop);
}
#define LOOP_TEST(function) cmocka_unit_test_setup_teardown(function, open_loop, close_loop)

/* Until nothing is left. */
static inline void turn(void) { assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0); }

static inline const char *said(int64_t rc) { return rc == 0 ? "0" : uv_err_name((int)rc); }

static inline void note_closed(uv_handle_t *handle) {
  note("closed%s", handle->data == NULL ? "" : (const char *)handle->data);
}

static inline void close_handle(void *handle) { uv_close((uv_handle_t *)handle, note_closed); }
static inline void close_quietly(void *handle) { uv_close((uv_handle_t *)handle, NULL); }

/* The pool has one thread, which one request can hold. */
static uv_work_t holder;
static uv_sem_t holding, let_go;

static inline void hold(uv_work_t *request) {
  (void)request;
  uv_sem_post(&holding);
  uv_sem_wait(&let_go);
}

static inline void held(uv_work_t *request, int rc) {
  (void)request;
  assert_int_equal(rc, 0);
}

/* Returns when the thread is held, and thus when all that was queued before is done. */
static inline void hold_pool(uv_loop_t *on, uv_after_work_cb after) {
  assert_int_equal(uv_queue_work(on, &holder, hold, after), 0);
  uv_sem_wait(&holding);
}

static inline void free_pool(void) { uv_sem_post(&let_go); }

static inline void open_pipe(void) { assert_int_equal(pipe(ends), 0); }
static inline void open_sockets(void) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static inline void close_ends(void) {
  close(ends[0]);
  close(ends[1]);
}

/* One poll, which does not block: uv_backend_timeout answers 0 until the kernel has been told of
 * the loop's own descriptors. */
static inline void poll_once(void) { uv_run(&loop, UV_RUN_NOWAIT); }

static inline int cancel(void *request) { return uv_cancel((uv_req_t *)request); }

static inline uv_buf_t everything(void) { return uv_buf_init(much, sizeof much); }

/* Over one of the sockets; the stream closes it. */
static inline void open_stream(uv_loop_t *on, uv_pipe_t *it) {
  open_sockets();
  assert_int_equal(uv_pipe_init(on, it, 0), 0);
  assert_int_equal(uv_pipe_open(it, ends[1]), 0);
  it->data = NULL;
}

#endif
