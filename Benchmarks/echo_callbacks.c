/* An echo server written by hand on libuv's callbacks; echo_fibers.c is the same on fibers.
 *
 * A connection has one buffer, which is written from as soon as it was read into, with no request
 * that could be in the way of the next. Only where the other end does not take all at once, reading
 * stops until the rest has gone. */
#include "echo.h"

struct connection {
  uv_tcp_t tcp;
  uv_write_t rest;
  char buffer[BUFFER];
};

static void closed(uv_handle_t *handle) { free(handle); }

static void end(uv_stream_t *stream) {
  if (!uv_is_closing((uv_handle_t *)stream)) uv_close((uv_handle_t *)stream, closed);
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)suggested;
  *buffer = uv_buf_init(((struct connection *)handle)->buffer, BUFFER);
}

static void was_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

static void rest_written(uv_write_t *rest, int rc) {
  if (rc == 0) rc = uv_read_start(rest->handle, give_buffer, was_read);
  if (rc < 0) end(rest->handle);
}

static int write_rest(uv_stream_t *stream, char *from, long count) {
  struct connection *connection = (struct connection *)stream;
  uv_buf_t buffer = uv_buf_init(from, (unsigned)count);
  uv_read_stop(stream);
  return uv_write(&connection->rest, stream, &buffer, 1, rest_written);
}

static void was_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  if (count < 0) {
    end(stream);
    return;
  }
  uv_buf_t all = uv_buf_init(buffer->base, (unsigned)count);
  int rc = count > 0 ? uv_try_write(stream, &all, 1) : 0;
  if (rc == UV_EAGAIN) rc = 0;
  if (rc >= 0 && rc < count) rc = write_rest(stream, all.base + rc, count - rc);
  if (rc < 0) end(stream);
}

static void connected(uv_stream_t *server, int rc) {
  check(rc, "a connection");
  struct connection *connection = malloc(sizeof *connection);
  if (!connection) check(UV_ENOMEM, "malloc");
  uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
  check(uv_tcp_init(server->loop, &connection->tcp), "uv_tcp_init");
  check(uv_accept(server, stream), "uv_accept");
  check(uv_read_start(stream, give_buffer, was_read), "uv_read_start");
}

int main(void) {
  uv_tcp_t server;
  check(uv_tcp_init(uv_default_loop(), &server), "uv_tcp_init");
  listen_and_tell(&server, connected);
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
