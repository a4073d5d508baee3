/* Requests of libuv for which there is no ready-made wait, as waits of fibers: one for each way in
 * which libuv lets a request be stopped. Real time; what a deadline cuts short here would never end
 * by itself. */
#include "../common.h"

#include <roost_uv.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

static uv_loop_t *loop_of(roost_task self) { return roost_loop(roost_runtime_of(self)); }

/* It stops at once: a handle that is told to stop, and is not called any more. */

struct receiving {
  roost_wait wait;
  char room[64];
};

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer) {
  struct receiving *it = handle->data;
  (void)wanted;
  *buffer = uv_buf_init(it->room, sizeof it->room);
}

static void received(uv_udp_t *udp, ssize_t size, const uv_buf_t *buffer,
                     const struct sockaddr *from, unsigned flags) {
  struct receiving *it = udp->data;
  (void)buffer, (void)flags;
  if (size == 0 && from == NULL) return; /* there is nothing more to read */
  uv_udp_recv_stop(udp);
  roost_wake(it->wait, (int)size);
}

static int stop_receiving(roost_wait wait, void *udp) {
  (void)wait;
  uv_udp_recv_stop(udp);
  return 0; /* it has stopped */
}

static int receive(uv_udp_t *udp, struct receiving *it) {
  udp->data = it;
  int rc = roost_park_here(stop_receiving, udp, &it->wait);
  if (rc < 0) return rc;
  rc = uv_udp_recv_start(udp, give_room, received);
  if (rc < 0) roost_wake(it->wait, rc);
  return roost_await(it->wait);
}

/* It is taken back, or ends by itself: a request for which there is uv_cancel. */

struct drawing {
  uv_random_t request;
  roost_wait wait;
};

static void drawn(uv_random_t *request, int rc, void *bytes, size_t size) {
  struct drawing *it = request->data;
  (void)bytes, (void)size;
  roost_wake(it->wait, rc); /* UV_ECANCELED is ROOST_ECANCELED */
}

static int stop_drawing(roost_wait wait, void *data) {
  struct drawing *it = data;
  (void)wait;
  uv_cancel((uv_req_t *)&it->request);
  return ROOST_PENDING; /* its callback will come, whatever uv_cancel has answered */
}

static int draw(uv_loop_t *loop, void *bytes, size_t size) {
  struct drawing it = {.request.data = &it};
  int rc = roost_park_here(stop_drawing, &it, &it.wait);
  if (rc < 0) return rc;
  rc = uv_random(loop, &it.request, bytes, size, 0, drawn);
  if (rc < 0) roost_wake(it.wait, rc);
  return roost_await(it.wait);
}

/* It ends with its handle: a request that only uv_close can end. */

struct ending {
  uv_shutdown_t request;
  uv_stream_t *stream;
  roost_wait wait;
};

static void ended(uv_shutdown_t *request, int rc) {
  struct ending *it = request->data;
  roost_wake(it->wait, rc);
}

static int stop_ending(roost_wait wait, void *data) {
  struct ending *it = data;
  uv_handle_t *handle = (uv_handle_t *)it->stream;
  (void)wait;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
  return ROOST_PENDING; /* the callback of the request comes before that of uv_close */
}

static int end_writing(uv_stream_t *stream) {
  struct ending it = {.request.data = &it, .stream = stream};
  int rc = roost_park_here(stop_ending, &it, &it.wait);
  if (rc < 0) return rc;
  rc = uv_shutdown(&it.request, stream, ended);
  if (rc < 0) roost_wake(it.wait, rc);
  return roost_await(it.wait);
}

/* What they are tried with. The handles lie on the stacks of the fibers: each belongs to a scope,
 * which does not close before libuv has let go of it. */

static roost_scope within(roost_task self, int64_t timeout) {
  roost_scope scope;
  must(roost_scope_open(self, ROOST_SCOPE(.timeout_ns = timeout, .move_on = 1), &scope));
  return scope;
}

static void tell(const char *what, roost_scope scope, int rc) {
  printf("%s: %s\n", what, rc < 0 ? uv_err_name(rc) : "done");
  roost_scope_close(scope, rc, NULL);
}

static int datagrams(roost_task self, void *data) {
  struct receiving it;
  struct sockaddr_in address;
  uv_udp_t udp;
  uv_os_fd_t fd;
  (void)data;
  roost_scope owner = within(self, 0);
  must(uv_udp_init(loop_of(self), &udp));
  must(roost_own_handle(owner, (uv_handle_t *)&udp, NULL));
  must(uv_ip4_addr("127.0.0.1", 0, &address));
  must(uv_udp_bind(&udp, (struct sockaddr *)&address, 0));

  roost_scope scope = within(self, 20 * ROOST_MILLISECOND);
  tell("a datagram that does not come", scope, receive(&udp, &it));

  must(uv_fileno((uv_handle_t *)&udp, &fd));
  must(uv_udp_getsockname(&udp, (struct sockaddr *)&address, &(int){sizeof address}));
  if (sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address) != 1) return ROOST_EIO;
  scope = within(self, 0);
  tell("a datagram", scope, receive(&udp, &it));
  return roost_scope_close(owner, 0, NULL);
}

static int randomness(roost_task self, void *data) {
  char bytes[16];
  (void)data;
  roost_scope scope = within(self, ROOST_NOW);
  tell("random bytes, too late", scope, draw(loop_of(self), bytes, sizeof bytes));
  scope = within(self, 0);
  tell("random bytes", scope, draw(loop_of(self), bytes, sizeof bytes));
  return 0;
}

static void written(uv_write_t *request, int rc) {
  (void)request;
  printf("what was not read: %s\n", uv_err_name(rc));
}

static int endings(roost_task self, void *data) {
  static char much[1 << 22]; /* more than there is room for while nobody reads */
  uv_buf_t all = uv_buf_init(much, sizeof much);
  uv_write_t request;
  uv_pipe_t stream;
  int ends[2];
  (void)data;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return ROOST_EIO;
  roost_scope owner = within(self, 0);
  must(uv_pipe_init(loop_of(self), &stream, 0));
  must(roost_own_handle(owner, (uv_handle_t *)&stream, NULL));
  must(uv_pipe_open(&stream, ends[1]));
  must(uv_write(&request, (uv_stream_t *)&stream, &all, 1, written));

  roost_scope scope = within(self, 20 * ROOST_MILLISECOND);
  tell("the end of it", scope, end_writing((uv_stream_t *)&stream));
  int rc = roost_scope_close(owner, 0, NULL);
  close(ends[0]); /* now that nothing is written to it any more */
  return rc;
}

static int body(roost_task self, void *data) {
  int (*const tries[])(roost_task, void *) = {datagrams, randomness, endings};
  roost_group group;
  (void)data;
  must(roost_group_open(self, ROOST_GROUP(.limit = 1), &group));
  for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) must(roost_go(group, tries[i], NULL));
  return roost_group_close(group, 0, NULL);
}

int main(void) { return roost_main(body, NULL); }
