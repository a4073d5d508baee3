/* An echo server on fibers; echo_callbacks.c is the same, written by hand on libuv's callbacks. */
#include "echo.h"

#include <roost_fiber.h>
#include <roost_uv.h>

static void closed(uv_handle_t *handle) { free(handle); }

/* Takes the connection over, and ends with it: its error is no one else's. */
static int serve(roost_task self, void *data) {
  uv_stream_t *stream = data;
  char buffer[BUFFER];
  check(roost_own_handle(self, (uv_handle_t *)stream, closed), "roost_own_handle");
  int rc;
  while ((rc = roost_await_read(stream, buffer, sizeof buffer)) > 0) {
    uv_buf_t all = uv_buf_init(buffer, (unsigned)rc);
    rc = roost_await_write(stream, &all, 1, NULL, NULL);
    if (rc < 0) break;
  }
  return 0;
}

static int run(roost_task self, void *data) {
  (void)data;
  uv_loop_t *loop = roost_loop(roost_runtime_of(self));
  uv_tcp_t server;
  roost_group connections;
  check(uv_tcp_init(loop, &server), "uv_tcp_init");
  check(roost_own_handle(self, (uv_handle_t *)&server, NULL), "roost_own_handle");
  listen_and_tell(&server, roost_connection);
  check(roost_group_open(self, NULL, &connections), "roost_group_open");
  for (;;) {
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    if (!tcp) check(UV_ENOMEM, "malloc");
    check(uv_tcp_init(loop, tcp), "uv_tcp_init");
    check(roost_own_handle(self, (uv_handle_t *)tcp, closed), "roost_own_handle");
    check(roost_await_accept((uv_stream_t *)&server, (uv_stream_t *)tcp), "roost_await_accept");
    check(roost_go(connections, serve, tcp), "roost_go");
  }
  return 0;
}

int main(void) { return roost_main(run, NULL); }
