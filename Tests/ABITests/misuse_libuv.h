/* The rows of what roost_uv.h has for libuv's handles and requests. */
#ifndef MISUSE_LIBUV_H
#define MISUSE_LIBUV_H

#include "misuse_fibers.h"

/* What is on the loop of another runtime. */
static uv_tcp_t foreign;

/* Where misuse is of a handle elsewhere: closed again before its loop goes. */
static int with_a_foreign_handle(int (*call)(void)) {
  assert_int_equal(uv_tcp_init(roost_loop(other), &foreign), 0);
  int rc = call();
  uv_close((uv_handle_t *)&foreign, NULL);
  return rc;
}

static int own_foreign(void) { return roost_own_handle(root, (uv_handle_t *)&foreign, NULL); }

static int connect_foreign(void) {
  return roost_tcp_connect(&foreign, nobody_there(), node(SCOPE), NULL, TOLD);
}

static int accept_foreign(void) {
  return roost_accept(STREAM foreign, STREAM client, node(SCOPE), TOLD);
}

static int accept_into_foreign(void) {
  return roost_accept(STREAM server, STREAM foreign, node(SCOPE), TOLD);
}

static int read_foreign(void) {
  return roost_read(STREAM foreign, buffer, sizeof buffer, node(SCOPE), TOLD);
}

static int write_foreign(void) {
  return roost_write(STREAM foreign, &one_byte, 1, NULL, node(SCOPE), NULL, TOLD);
}

static int own_twice_over(void) {
  assert_int_equal(roost_own_handle(node(GROUP), (uv_handle_t *)&unowned, NULL), 0);
  return roost_own_handle(node(SCOPE), (uv_handle_t *)&unowned, NULL);
}

static int read_twice(void) {
  assert_int_equal(
      roost_read(STREAM stream, buffer, sizeof buffer, root, quiet_wait, NULL, NULL, NULL), 0);
  return roost_read(STREAM stream, buffer, sizeof buffer, node(SCOPE), TOLD);
}

static int accept_twice(void) {
  assert_int_equal(roost_accept(STREAM server, STREAM client, root, quiet_wait, NULL, NULL, NULL),
                   0);
  return roost_accept(STREAM server, STREAM client, node(SCOPE), TOLD);
}

static void no_memory(uv_handle_t *handle, size_t size, uv_buf_t *into) {
  (void)handle, (void)size;
  *into = uv_buf_init(NULL, 0);
}

static void ignore_bytes(uv_stream_t *from, ssize_t count, const uv_buf_t *what) {
  (void)from, (void)count, (void)what;
}

static int read_beside_the_program(void) {
  assert_int_equal(uv_read_start(STREAM stream, no_memory, ignore_bytes), 0);
  return roost_read(STREAM stream, buffer, sizeof buffer, node(SCOPE), TOLD);
}

static uv_stream_t *closing(void *handle) {
  uv_close(handle, NULL);
  return handle;
}

static int connect_tcp(const roost_stream_options *options) {
  return roost_tcp_connect(&tcp, nobody_there(), node(SCOPE), options, TOLD);
}

static int connect_pipe(const char *name, const roost_stream_options *options) {
  return roost_pipe_connect(&fresh, name, node(SCOPE), options, TOLD);
}

static int read_some(uint64_t size) {
  return roost_read(STREAM stream, buffer, size, node(SCOPE), TOLD);
}

static int read_exactly(uint64_t size) {
  return roost_read_exactly(STREAM stream, buffer, size, NULL, node(SCOPE), TOLD);
}

static int write_some(const uv_buf_t *buffers, uint64_t count,
                      const roost_stream_options *options) {
  return roost_write(STREAM stream, buffers, count, NULL, node(SCOPE), options, TOLD);
}

static uv_buf_t many[1025];

/* Handles and streams. */
static void rows_of_handles_and_streams(void **state) {
  (void)state;
  ROW(roost_own_handle, "handle", "NULL", ROOST_EINVAL, roost_own_handle(root, NULL, NULL));
  ROW(roost_own_handle, "handle", "on another loop", ROOST_EINVAL,
      with_a_foreign_handle(own_foreign));
  LATE(roost_own_handle, "handle", "owned by another node", 0, own_twice_over());
  LATE(roost_own_handle, "handle", "that is closing", ROOST_ECLOSED,
       roost_own_handle(root, (uv_handle_t *)closing(&unowned), NULL));
  ROW(roost_own_handle, "closed", "NULL", 0,
      roost_own_handle(node(GROUP), (uv_handle_t *)&unowned, NULL));
  ROW(roost_tcp_connect, "tcp", "NULL", ROOST_EINVAL,
      roost_tcp_connect(NULL, nobody_there(), node(SCOPE), NULL, TOLD));
  ROW(roost_tcp_connect, "tcp", "on another loop", ROOST_EINVAL,
      with_a_foreign_handle(connect_foreign));
  LATE(roost_tcp_connect, "tcp", "that is closing", ROOST_ECLOSED,
       (closing(&tcp), connect_tcp(NULL)));
  ROW(roost_tcp_connect, "address", "NULL", ROOST_EINVAL,
      roost_tcp_connect(&tcp, NULL, node(SCOPE), NULL, TOLD));
  ROW(roost_tcp_connect, "options", "no such flag", ROOST_EINVAL,
      connect_tcp(ROOST_STREAM(.close_on_cancel = 2)));
  ROW(roost_tcp_connect, "options", "no such flag", ROOST_EINVAL,
      connect_tcp(ROOST_STREAM(.keep_open = UINT64_MAX)));
  ROW(roost_tcp_connect, "options", "both ways at once", ROOST_EINVAL,
      connect_tcp(ROOST_STREAM(.close_on_cancel = 1, .keep_open = 1)));
  WAIT_ROWS(roost_tcp_connect, &tcp, nobody_there(), node(SCOPE), NULL);
  ROW(roost_pipe_connect, "pipe", "NULL", ROOST_EINVAL,
      roost_pipe_connect(NULL, "name", node(SCOPE), NULL, TOLD));
  ROW(roost_pipe_connect, "name", "NULL", ROOST_EINVAL, connect_pipe(NULL, NULL));
  ROW(roost_pipe_connect, "options", "no such flag", ROOST_EINVAL,
      connect_pipe("name", ROOST_STREAM(.keep_open = 2)));
  WAIT_ROWS(roost_pipe_connect, &fresh, "no such socket", node(SCOPE), NULL);
  ROW(roost_connection, "server", "that nobody waits for", 0,
      (roost_connection(STREAM server, 0), 0));
  ROW(roost_connection, "server", "NULL", 0, (roost_connection(NULL, 0), 0));
  ROW(roost_connection, "status", "any failure", 0,
      (roost_connection(STREAM server, UV_EMFILE), 0));
  ROW(roost_accept, "server", "NULL", ROOST_EINVAL,
      roost_accept(NULL, STREAM client, node(SCOPE), TOLD));
  ROW(roost_accept, "server", "on another loop", ROOST_EINVAL,
      with_a_foreign_handle(accept_foreign));
  LATE(roost_accept, "server", "twice", ROOST_EBUSY, accept_twice());
  ROW(roost_accept, "client", "NULL", ROOST_EINVAL,
      roost_accept(STREAM server, NULL, node(SCOPE), TOLD));
  ROW(roost_accept, "client", "on another loop", ROOST_EINVAL,
      with_a_foreign_handle(accept_into_foreign));
  WAIT_ROWS(roost_accept, STREAM server, STREAM client, node(SCOPE));
  ROW(roost_read, "stream", "NULL", ROOST_EINVAL,
      roost_read(NULL, buffer, sizeof buffer, node(SCOPE), TOLD));
  ROW(roost_read, "stream", "on another loop", ROOST_EINVAL, with_a_foreign_handle(read_foreign));
  LATE(roost_read, "stream", "twice", ROOST_EBUSY, read_twice());
  LATE(roost_read, "stream", "that the program reads", ROOST_EBUSY, read_beside_the_program());
  LATE(roost_read, "stream", "that is closing", ROOST_ECLOSED,
       roost_read(closing(&stream), buffer, sizeof buffer, node(SCOPE), TOLD));
  ROW(roost_read, "buffer", "NULL", ROOST_EINVAL,
      roost_read(STREAM stream, NULL, 8, node(SCOPE), TOLD));
  ROW(roost_read, "size", "none", ROOST_EINVAL, read_some(0));
  ROW(roost_read, "size", "above 2 GiB", ROOST_EINVAL, read_some((UINT64_C(1) << 31) + 1));
  ROW(roost_read, "size", "any", ROOST_EINVAL, read_some(UINT64_MAX));
  WAIT_ROWS(roost_read, STREAM stream, buffer, sizeof buffer, node(SCOPE));
  ROW(roost_read_exactly, "stream", "NULL", ROOST_EINVAL,
      roost_read_exactly(NULL, buffer, sizeof buffer, NULL, node(SCOPE), TOLD));
  ROW(roost_read_exactly, "buffer", "NULL", ROOST_EINVAL,
      roost_read_exactly(STREAM stream, NULL, 8, NULL, node(SCOPE), TOLD));
  ROW(roost_read_exactly, "size", "none", ROOST_EINVAL, read_exactly(0));
  ROW(roost_read_exactly, "size", "any", ROOST_EINVAL, read_exactly(UINT64_MAX));
  ROW(roost_read_exactly, "count", "NULL", 0,
      roost_read_exactly(STREAM stream, buffer, 8, NULL, node(SCOPE), quiet_wait, DATA, NULL));
  WAIT_ROWS(roost_read_exactly, STREAM stream, buffer, sizeof buffer, &byte_count, node(SCOPE));
  ROW(roost_write, "stream", "NULL", ROOST_EINVAL,
      roost_write(NULL, &one_byte, 1, NULL, node(SCOPE), NULL, TOLD));
  ROW(roost_write, "stream", "on another loop", ROOST_EINVAL, with_a_foreign_handle(write_foreign));
  LATE(roost_write, "stream", "that is closing", ROOST_ECLOSED,
       (closing(&stream), write_some(&one_byte, 1, NULL)));
  ROW(roost_write, "buffers", "NULL", ROOST_EINVAL, write_some(NULL, 1, NULL));
  ROW(roost_write, "buffer_count", "above 1,024", ROOST_EINVAL,
      write_some(many, COUNT(many), NULL));
  ROW(roost_write, "buffer_count", "any", ROOST_EINVAL, write_some(many, UINT64_MAX, NULL));
  ROW(roost_write, "count", "NULL", 0,
      roost_write(STREAM stream, &one_byte, 1, NULL, node(SCOPE), NULL, quiet_wait, DATA, NULL));
  ROW(roost_write, "options", "no such flag", ROOST_EINVAL,
      write_some(&one_byte, 1, ROOST_STREAM(.close_on_cancel = 2)));
  ROW(roost_write, "options", "both ways at once", ROOST_EINVAL,
      write_some(&one_byte, 1, ROOST_STREAM(.close_on_cancel = 1, .keep_open = 1)));
  WAIT_ROWS(roost_write, STREAM stream, &one_byte, 1, &byte_count, node(SCOPE), NULL);
}

/* A request that is not begun. */
static int prepare(uv_fs_t *it) {
  return roost_fs_wait(it, node(SCOPE), quiet_wait, NULL, NULL, NULL);
}

static int wait_for_a_request_twice(void) {
  assert_int_equal(prepare(&request), 0);
  int rc = roost_fs_wait(&request, node(SCOPE), TOLD);
  assert_int_equal(roost_fs_begun(&request, UV_EIO), 0);
  return rc;
}

static int begin_badly(int rc) {
  assert_int_equal(prepare(&request), 0);
  return roost_fs_begun(&request, rc);
}

static int wait_for_a_request(roost_wait_fn fn, void *data, roost_drop_fn drop) {
  roost_wait *out = &begun;
  return ROOST_FS(&request, uv_fs_stat(request_loop, &request, "/", roost_fs_done), node(SCOPE), fn,
                  data, drop, out);
}

static int look_up(const char *host, const char *service, const struct addrinfo *hints,
                   struct addrinfo **list) {
  return roost_getaddrinfo(host, service, hints, list, node(SCOPE), TOLD);
}

static int look_up_quietly(const char *host, const char *service) {
  return roost_getaddrinfo(host, service, NULL, &addresses, node(SCOPE), quiet_wait, DATA, NULL);
}

/* Requests. */
static void rows_of_requests(void **state) {
  (void)state;
  ROW(roost_getaddrinfo, "name", "NULL, and no service either", ROOST_EINVAL,
      look_up(NULL, NULL, NULL, &addresses));
  ROW(roost_getaddrinfo, "name", "NULL", 0, look_up_quietly(NULL, "80"));
  ROW(roost_getaddrinfo, "service", "NULL", 0, look_up_quietly("127.0.0.1", NULL));
  ROW(roost_getaddrinfo, "hints", "NULL", 0, look_up_quietly("127.0.0.1", "80"));
  ROW(roost_getaddrinfo, "list", "NULL", ROOST_EINVAL, look_up("127.0.0.1", NULL, NULL, NULL));
  WAIT_ROWS(roost_getaddrinfo, "127.0.0.1", NULL, NULL, &addresses, node(SCOPE));
  ROW(roost_fs_wait, "req", "NULL", ROOST_EINVAL, roost_fs_wait(NULL, node(SCOPE), TOLD));
  LATE(roost_fs_wait, "req", "in use", ROOST_EBUSY, wait_for_a_request_twice());
  ROW(roost_fs_wait, "fn", "NULL", ROOST_EINVAL, wait_for_a_request(NULL, DATA));
  ROW(roost_fs_wait, "data", "NULL", 0, wait_for_a_request(quiet_wait, NULL, NULL));
  ROW(roost_fs_wait, "drop", "NULL", 0, wait_for_a_request(quiet_wait, &made, NULL));
  ROW(roost_fs_wait, "out", "a handle", 0, wait_for_a_request(quiet_wait, DATA));
  ROW(roost_fs_begun, "req", "NULL", ROOST_EINVAL, roost_fs_begun(NULL, 0));
  ROW(roost_fs_begun, "req", "that nobody waits for", ROOST_EORDER, roost_fs_begun(&request, 0));
  LATE(roost_fs_begun, "rc", "any failure", 0, begin_badly(INT_MIN));
  ROW(roost_fs_done, "req", "NULL", 0, (roost_fs_done(NULL), 0));
  ROW(roost_fs_done, "req", "that nobody waits for", 0, (roost_fs_done(&request), 0));
}

static int await_request_without_preparing(void) { return roost_fs_await(&request, 0); }

/* It is as good as ended. */
static int prepare_twice(void) {
  if (roost_fs_prepare(&request) != 0) return 1;
  int rc = roost_fs_prepare(&request);
  return roost_fs_await(&request, UV_EIO) == UV_EIO ? rc : 1;
}

static int await_what_failed(int rc) {
  return roost_fs_prepare(&request) != 0 ? 1 : roost_fs_await(&request, rc);
}

static const char *misuse_libuv(void) {
  const roost_stream_options *bad = ROOST_STREAM(.keep_open = 2);
  FIBER_ROW(roost_await_tcp_connect, "tcp", "NULL", ROOST_EINVAL,
            roost_await_tcp_connect(NULL, nobody_there(), NULL));
  FIBER_ROW(roost_await_tcp_connect, "address", "NULL", ROOST_EINVAL,
            roost_await_tcp_connect(&tcp, NULL, NULL));
  FIBER_ROW(roost_await_tcp_connect, "options", "no such flag", ROOST_EINVAL,
            roost_await_tcp_connect(&tcp, nobody_there(), bad));
  FIBER_ROW(roost_await_pipe_connect, "pipe", "NULL", ROOST_EINVAL,
            roost_await_pipe_connect(NULL, "name", NULL));
  FIBER_ROW(roost_await_pipe_connect, "name", "NULL", ROOST_EINVAL,
            roost_await_pipe_connect(&fresh, NULL, NULL));
  FIBER_ROW(roost_await_pipe_connect, "options", "no such flag", ROOST_EINVAL,
            roost_await_pipe_connect(&fresh, "name", bad));
  FIBER_ROW(roost_await_accept, "server", "NULL", ROOST_EINVAL,
            roost_await_accept(NULL, STREAM client));
  FIBER_ROW(roost_await_accept, "client", "NULL", ROOST_EINVAL,
            roost_await_accept(STREAM server, NULL));
  FIBER_ROW(roost_await_read, "stream", "NULL", ROOST_EINVAL, roost_await_read(NULL, buffer, 8));
  FIBER_ROW(roost_await_read, "buffer", "NULL", ROOST_EINVAL,
            roost_await_read(STREAM stream, NULL, 8));
  FIBER_ROW(roost_await_read, "size", "none", ROOST_EINVAL,
            roost_await_read(STREAM stream, buffer, 0));
  FIBER_ROW(roost_await_read_exactly, "stream", "NULL", ROOST_EINVAL,
            roost_await_read_exactly(NULL, buffer, 8, NULL));
  FIBER_ROW(roost_await_read_exactly, "buffer", "NULL", ROOST_EINVAL,
            roost_await_read_exactly(STREAM stream, NULL, 8, NULL));
  FIBER_ROW(roost_await_read_exactly, "size", "none", ROOST_EINVAL,
            roost_await_read_exactly(STREAM stream, buffer, 0, NULL));
  FIBER_ROW(roost_await_read_exactly, "count", "none was read", ROOST_EINVAL,
            roost_await_read_exactly(STREAM stream, buffer, 0, &byte_count));
  FIBER_ROW(roost_await_write, "stream", "NULL", ROOST_EINVAL,
            roost_await_write(NULL, &one_byte, 1, NULL, NULL));
  FIBER_ROW(roost_await_write, "buffers", "NULL", ROOST_EINVAL,
            roost_await_write(STREAM stream, NULL, 1, NULL, NULL));
  FIBER_ROW(roost_await_write, "buffer_count", "above 1,024", ROOST_EINVAL,
            roost_await_write(STREAM stream, many, COUNT(many), NULL, NULL));
  FIBER_ROW(roost_await_write, "options", "no such flag", ROOST_EINVAL,
            roost_await_write(STREAM stream, &one_byte, 1, NULL, bad));
  FIBER_ROW(roost_await_write, "count", "NULL", 0,
            roost_await_write(STREAM stream, &one_byte, 1, NULL, NULL));
  FIBER_ROW(roost_await_getaddrinfo, "name", "NULL, and no service either", ROOST_EINVAL,
            roost_await_getaddrinfo(NULL, NULL, NULL, &addresses));
  FIBER_ROW(roost_await_getaddrinfo, "service", "NULL, and no name either", ROOST_EINVAL,
            roost_await_getaddrinfo(NULL, NULL, NULL, &addresses));
  FIBER_ROW(roost_await_getaddrinfo, "hints", "NULL", 0,
            roost_await_getaddrinfo("127.0.0.1", NULL, NULL, &addresses));
  FIBER_ROW(roost_await_getaddrinfo, "list", "NULL", ROOST_EINVAL,
            roost_await_getaddrinfo("127.0.0.1", NULL, NULL, NULL));
  FIBER_ROW(roost_fs_prepare, "req", "NULL", ROOST_EINVAL, roost_fs_prepare(NULL));
  FIBER_ROW(roost_fs_prepare, "req", "twice", ROOST_EBUSY, prepare_twice());
  FIBER_ROW(roost_fs_await, "req", "NULL", ROOST_EINVAL, roost_fs_await(NULL, 0));
  FIBER_ROW(roost_fs_await, "req", "without preparing it", ROOST_EORDER,
            await_request_without_preparing());
  FIBER_ROW(roost_fs_await, "rc", "any failure", INT_MIN, await_what_failed(INT_MIN));
  return NULL;
}

static void rows_of_libuv_in_a_fiber(void **state) {
  (void)state;
  in_a_fiber(misuse_libuv);
}

#endif
