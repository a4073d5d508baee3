/* Roost for those who live on libuv: ready-made waits for its requests and streams, and the one
 * thing of which every wait is made, for any other request on the same loop. Programs that only use
 * what roost.h and roost_fiber.h offer do not need this header.
 *
 * A request of one's own, for a callback:
 *
 *     static int stop(roost_wait w, void *p) { uv_cancel(p); return ROOST_PENDING; }
 *     static void done(uv_work_t *r, int rc) { roost_wake(((struct job *)r)->wait, rc); }
 *
 *     int rc = roost_park(task, stop, told, job, NULL, &job->wait);
 *     if (rc < 0) return rc;
 *     rc = uv_queue_work(loop, &job->work, work, done);
 *     if (rc < 0) roost_wake(job->wait, rc);
 *
 * and in a fiber:
 *
 *     int rc = roost_park_here(stop, &job, &job.wait);
 *     if (rc < 0) return rc;
 *     rc = uv_queue_work(loop, &job.work, work, done);
 *     if (rc < 0) roost_wake(job.wait, rc);
 *     return roost_await(job.wait);
 *
 * A connection in a fiber, which is closed when the fiber ends, however it does:
 *
 *     uv_tcp_t *tcp = malloc(sizeof *tcp);
 *     uv_tcp_init(loop, tcp);
 *     roost_own_handle(self, (uv_handle_t *)tcp, free_it);
 *     int rc = roost_await_tcp_connect(tcp, address, NULL);
 *     if (rc == 0) rc = roost_await_write((uv_stream_t *)tcp, &hello, 1, NULL, NULL);
 *     while (rc >= 0) rc = roost_await_read((uv_stream_t *)tcp, buffer, sizeof buffer);
 *
 * Docs/libuv.md says of every operation how it is cancelled and what is seen then. Handles and
 * requests belong to the loop of the runtime whose node waits. Nothing of a handle's is touched but
 * by libuv's functions, its `data` neither.
 *
 * What roost.h says of every function holds here too.
 *
 * Copyright (c) the Roost authors. MIT License; see LICENSE.
 */
#ifndef ROOST_UV_H
#define ROOST_UV_H

#include "roost.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------- */
/* Parking                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* Stops the request behind a wait, from the loop, at most once (C14b), when its node is cancelled
 * or the wait is taken back. It answers
 *
 *     0               it has stopped: the wait ends now, with ROOST_ECANCELED, and nothing of the
 *                     request will touch `data` again (uv_timer_stop, a watcher that was removed)
 *     ROOST_PENDING   it will end by itself, and roost_wake will say with what: ROOST_ECANCELED
 *                     when the cancellation came through (uv_cancel answered 0), its own result
 *                     when it did not (uv_cancel answered UV_EBUSY), ROOST_ECANCELED from the
 *                     callback of uv_close
 *
 * uv_getaddrinfo and uv_getnameinfo tell of their cancellation by UV_EAI_CANCELED: pass
 * ROOST_ECANCELED to roost_wake for it. A handle that lies in `data` is closed before the wait is
 * woken, with whatever it brings: from the callback of uv_close. Any other answer counts as
 * ROOST_PENDING. It may call roost_wake itself, whose outcome then counts. */
typedef int (*roost_abort_fn)(roost_wait wait, void *data);

/* Begins a wait of the node `in` that ends when roost_wake is called for it (S2b). `fn` then gets
 * the outcome, in a later turn. Without `abort` (NULL) there is no request behind it: a
 * cancellation ends it at once, and a roost_wake that comes later is too late (C4a). With `abort`,
 * a request that ends between the cancellation and its abort keeps its result, and abort is not
 * called. In a node that is cancelled already, the abort follows in the next turn (C3a). `out` may
 * be NULL only with an `abort` that is given, which is told the handle. Failures: ROOST_ECLOSED
 * (the node is ending), ROOST_ENOMEM, ROOST_EINVAL. */
int roost_park(roost_node in, roost_abort_fn abort, roost_wait_fn fn, void *data,
               roost_drop_fn drop, roost_wait *out);

/* Ends a parked wait with `rc`: its `fn` is called with that in a later turn. When the wait was
 * taken back while its request went on, this is the word that the request has let go of `data`,
 * which is dropped then. Any thread; on another than the runtime's it asks that to do so, which
 * needs no memory, and the first who asks is heard (C14).
 * 0. ROOST_ASKED: called from another thread. ROOST_ESTALE: the wait has ended, was woken before,
 * or was ended by a cancellation; `rc` then counts for nothing. ROOST_EKIND: the wait is not a
 * parked one. */
int roost_wake(roost_wait wait, int rc);

/* The same for a fiber, in two calls. This one begins the wait, in the innermost node that the
 * fiber has open; `data` is for `abort` alone. Answers ROOST_ECANCELED, having let the others run,
 * where the fiber is cancelled: then no request is to be begun. The wait has to be awaited with
 * roost_await before `data` goes. ROOST_ENOTASK: not in a fiber. */
int roost_park_here(roost_abort_fn abort, void *data, roost_wait *out);

/* Waits in a fiber until a wait that it has begun by roost_park_here has ended: the `rc` with which
 * it was woken, or ROOST_ECANCELED. ROOST_ESTALE: it was awaited before, or taken back.
 * ROOST_EKIND: it is no wait of roost_park_here. ROOST_EORDER: another node than the innermost that
 * this fiber has open has begun it. */
int roost_await(roost_wait wait);

/* ---------------------------------------------------------------------------------------------- */
/* Handles                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

struct uv_handle_s;
struct uv_stream_s;
struct uv_tcp_s;
struct uv_pipe_s;
struct uv_fs_s;
struct uv_buf_t;
struct sockaddr;
struct addrinfo;

/* Told that libuv has let go of a handle, which may be freed now; as uv_close_cb. */
typedef void (*roost_closed_fn)(struct uv_handle_s *handle);

/* Sees to it that a handle is closed when a node ends, however it ends: registers a cleanup that
 * calls uv_close and waits for its callback (K2). `closed` (NULL: none) is called when libuv has
 * let go of the handle, and may free it. One that the program, or a wait here, closes earlier is
 * waited for by the cleanup, and `closed` called; but its memory has to stay until then. The node
 * is not ended before.
 * A handle that a node owns already is handed over: the other node does not close it any more, and
 * its `closed` is not called.
 * A failure leaves all as it was, and the handle the caller's: it is not closed, nor `closed`
 * called. Those of roost_defer; ROOST_ECLOSED: it is being closed; ROOST_EINVAL: it is NULL, or on
 * another loop. */
int roost_own_handle(roost_node node, struct uv_handle_s *handle, roost_closed_fn closed);

/* ---------------------------------------------------------------------------------------------- */
/* Streams                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* How a request ends that libuv cannot take back, but by closing its handle (S7). */
typedef struct roost_stream_options {
  uint64_t size;
  uint64_t close_on_cancel; /* 1: its cancellation closes the handle at once; the default of
                               connects, whose handle is of no more use then */
  uint64_t keep_open;       /* 1: the handle is never closed for it, and the wait goes on until the
                               request has ended by itself; the default of writes is to wait for it
                               until the grace is over (C11), and to close the handle then, at once
                               where the grace is none */
} roost_stream_options;

/* What all of these have in common: `rc` may be any of libuv's codes. A failure to begin is
 * answered at once. ROOST_EBUSY: somebody waits for the same on this stream already. ROOST_ECLOSED:
 * the handle is being closed. ROOST_EINVAL: it is NULL, or on another loop than the node's runtime.
 * Memory that is given (buffers, counts, results) must stay until `fn` was called or `data`
 * dropped. A handle that a cancellation has closed still has to be owned or watched by whoever has
 * made it: uv_is_closing tells. A write to somebody who has hung up raises SIGPIPE, as every write
 * does: a program that writes to sockets ignores it, and is answered UV_EPIPE. */

/* Connects: `rc` is 0 when it is connected. A cancellation closes the handle unless `keep_open`. */
int roost_tcp_connect(struct uv_tcp_s *tcp, const struct sockaddr *address, roost_node in,
                      const roost_stream_options *options, roost_wait_fn fn, void *data,
                      roost_drop_fn drop, roost_wait *out);

/* The same to the socket of a name; the pipe is a fresh one. */
int roost_pipe_connect(struct uv_pipe_s *pipe, const char *name, roost_node in,
                       const roost_stream_options *options, roost_wait_fn fn, void *data,
                       roost_drop_fn drop, roost_wait *out);

/* The callback for uv_listen of a stream on which connections are awaited here. */
void roost_connection(struct uv_stream_s *server, int status);

/* Waits for a connection, and accepts it: `rc` 0, and the client, an initialised handle of the
 * server's kind, is connected. It is accepted just before `fn` is told: a wait that is cancelled
 * has accepted none (C4). The server listens with roost_connection as its callback. */
int roost_accept(struct uv_stream_s *server, struct uv_stream_s *client, roost_node in,
                 roost_wait_fn fn, void *data, roost_drop_fn drop, roost_wait *out);

/* Reads what is there, at most `size` bytes, at least one: `rc` is their number, UV_EOF at the end.
 * A wait that is cancelled has read nothing (S7). ROOST_EINVAL: the size is 0 or above 2 GiB.
 * ROOST_EBUSY: the program reads it by uv_read_start. */
int roost_read(struct uv_stream_s *stream, void *buffer, uint64_t size, roost_node in,
               roost_wait_fn fn, void *data, roost_drop_fn drop, roost_wait *out);

/* Reads just so many bytes: `rc` is 0 when all are there. `*count` (may be NULL) is set to the
 * number that was read whatever `rc` is: this one may be cut short in the middle, by an end
 * (UV_EOF) or a cancellation (S7). */
int roost_read_exactly(struct uv_stream_s *stream, void *buffer, uint64_t size, uint64_t *count,
                       roost_node in, roost_wait_fn fn, void *data, roost_drop_fn drop,
                       roost_wait *out);

/* Writes all of the buffers, of which the array is copied: `rc` is 0 when all is written. `*count`
 * (may be NULL) is set to the bytes that went through whatever `rc` is. A write that was begun
 * cannot be taken back: see roost_stream_options. One that ends in the meantime keeps its result.
 * ROOST_EINVAL: there are more than 1,024 buffers. */
int roost_write(struct uv_stream_s *stream, const struct uv_buf_t *buffers, uint64_t buffer_count,
                uint64_t *count, roost_node in, const roost_stream_options *options,
                roost_wait_fn fn, void *data, roost_drop_fn drop, roost_wait *out);

/* ---------------------------------------------------------------------------------------------- */
/* Requests                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* Looks a name up, as uv_getaddrinfo; `*list` gets what uv_freeaddrinfo frees, with `rc` 0 and just
 * before `fn` is told. A cancellation that comes before a thread has begun takes it back; one that
 * comes later waits for it, and its result stands (C4a). */
int roost_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                      struct addrinfo **list, roost_node in, roost_wait_fn fn, void *data,
                      roost_drop_fn drop, roost_wait *out);

/* Makes a request of libuv's file functions a wait. The request is begun by the program, with
 * roost_fs_done as its callback, and what that answers is handed to roost_fs_begun; ROOST_FS does
 * all three:
 *
 *     rc = ROOST_FS(&req, uv_fs_open(loop, &req, path, O_RDONLY, 0, roost_fs_done),
 *                   task, told, me, NULL, NULL);
 *
 * `rc` in `fn` is the request's result, cut to an int; uv_fs_req_cleanup is the program's to call,
 * then. Meanwhile the `data` of the request is the library's. It is cancelled like
 * roost_getaddrinfo. 0: begin it. ROOST_ALREADY: the node is cancelled, and `fn` will be told; do
 * not begin. What this answers stands in `req->result` too, where ROOST_FS reads it, but for
 * ROOST_EBUSY: the request is in use here, and its result is left alone. uv_fs_req_cleanup harms no
 * request that was refused. */
int roost_fs_wait(struct uv_fs_s *req, roost_node in, roost_wait_fn fn, void *data,
                  roost_drop_fn drop, roost_wait *out);

/* What the call has answered that was to begin a request; a failure ends its wait with that. 0, or
 * ROOST_EORDER where roost_fs_wait was not called for it before. */
int roost_fs_begun(struct uv_fs_s *req, int rc);

/* The callback for the requests of roost_fs_wait and roost_fs_prepare. */
void roost_fs_done(struct uv_fs_s *req);

#define ROOST_FS(req, call, in, fn, data, drop, out)                                               \
  (roost_fs_wait((req), (in), (fn), (data), (drop), (out)) == 0 ? roost_fs_begun((req), (call))    \
                                                                : (int)(req)->result)

/* ---------------------------------------------------------------------------------------------- */
/* In fibers                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* Each of these waits in the fiber that runs, and answers the `rc` (see roost_fiber.h). */

/* As roost_tcp_connect. */
int roost_await_tcp_connect(struct uv_tcp_s *tcp, const struct sockaddr *address,
                            const roost_stream_options *options);

/* As roost_pipe_connect. */
int roost_await_pipe_connect(struct uv_pipe_s *pipe, const char *name,
                             const roost_stream_options *options);

/* As roost_accept. */
int roost_await_accept(struct uv_stream_s *server, struct uv_stream_s *client);

/* As roost_read. */
int roost_await_read(struct uv_stream_s *stream, void *buffer, uint64_t size);

/* As roost_read_exactly. */
int roost_await_read_exactly(struct uv_stream_s *stream, void *buffer, uint64_t size,
                             uint64_t *count);

/* As roost_write. */
int roost_await_write(struct uv_stream_s *stream, const struct uv_buf_t *buffers,
                      uint64_t buffer_count, uint64_t *count, const roost_stream_options *options);

/* As roost_getaddrinfo. */
int roost_await_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                            struct addrinfo **list);

/* A request of libuv's file functions in a fiber, as
 *
 *     int fd = ROOST_AWAIT_FS(&req, uv_fs_open(loop, &req, path, O_RDONLY, 0, roost_fs_done));
 *
 * which answers the request's result; where the fiber is cancelled, ROOST_ECANCELED, and nothing is
 * begun. uv_fs_req_cleanup is the program's to call, also after a failure. */
#define ROOST_AWAIT_FS(req, call)                                                                  \
  (roost_fs_prepare((req)) == 0 ? roost_fs_await((req), (call)) : (int)(req)->result)

/* The first step of that: whether the request may be begun, 0 or a negative code, which stands in
 * `req->result` too. */
int roost_fs_prepare(struct uv_fs_s *req);

/* The second: waits for the end of a request; `rc` is what the call that begins it has answered. */
int roost_fs_await(struct uv_fs_s *req, int rc);

/* ---------------------------------------------------------------------------------------------- */
/* Stream options in place                                                                        */
/* ---------------------------------------------------------------------------------------------- */

#ifndef __cplusplus
#define ROOST_STREAM(...)                                                                          \
  (&(roost_stream_options){.size = sizeof(roost_stream_options), __VA_ARGS__})
#else
} /* extern "C" */
inline roost_stream_options roost_stream_options_init() {
  roost_stream_options options = roost_stream_options();
  options.size = sizeof(roost_stream_options);
  return options;
}
#endif

#endif /* ROOST_UV_H */
