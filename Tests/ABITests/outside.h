/* Handles, descriptors and requests, opened on the loop of rt, for calls of every function. */
#ifndef OUTSIDE_H
#define OUTSIDE_H

#include "support.h"

#include <roost_fiber.h>
#include <roost_host.h>

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

static uv_tcp_t tcp, server, client;
static uv_pipe_t fresh, stream; /* one that is not connected, and one that is, with `far` */
static uv_idle_t unowned;       /* by no node, unless a call makes it so */
static int far;
static int descriptors[2]; /* a pipe with nothing in it */
static uv_fs_t request;
static uv_loop_t *request_loop;
static struct addrinfo *addresses;
static const uv_buf_t one_byte = {.base = "x", .len = 1};

/* A port at which nobody listens. */
static inline const struct sockaddr *nobody_there(void) {
  static struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 1, &address);
  return (const struct sockaddr *)&address;
}

/* It is nothing to wait for. */
static void listen_somewhere(uv_tcp_t *it) {
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  assert_int_equal(uv_tcp_bind(it, (const struct sockaddr *)&address, 0), 0);
  assert_int_equal(uv_listen((uv_stream_t *)it, 1, roost_connection), 0);
  uv_unref((uv_handle_t *)it);
}

static void own_it(void *handle) { assert_int_equal(roost_own_handle(root, handle, NULL), 0); }

static int close_unowned(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)why, (void)data;
  if (!uv_is_closing((uv_handle_t *)&unowned)) uv_close((uv_handle_t *)&unowned, NULL);
  return 0;
}

static inline void open_streams(void) {
  uv_loop_t *loop = roost_loop(rt);
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
  assert_int_equal(pipe(descriptors), 0);
  assert_int_equal(uv_tcp_init(loop, &tcp), 0);
  assert_int_equal(uv_tcp_init(loop, &server), 0);
  listen_somewhere(&server);
  assert_int_equal(uv_tcp_init(loop, &client), 0);
  assert_int_equal(uv_idle_init(loop, &unowned), 0);
  assert_int_equal(uv_pipe_init(loop, &fresh, 0), 0);
  assert_int_equal(uv_pipe_init(loop, &stream, 0), 0);
  assert_int_equal(uv_pipe_open(&stream, pair[0]), 0);
  far = pair[1];
  request_loop = loop;
  memset(&request, 0, sizeof request);
  assert_int_equal(roost_defer(root, close_unowned, NULL, NULL), 0);
  own_it(&tcp), own_it(&server), own_it(&client), own_it(&fresh), own_it(&stream);
}

/* When the runtime has gone, and has closed the handles. */
static inline void close_streams(void) {
  close(far), close(descriptors[0]), close(descriptors[1]);
  uv_fs_req_cleanup(&request);
  if (addresses != NULL) uv_freeaddrinfo(addresses);
  addresses = NULL;
}

#endif
