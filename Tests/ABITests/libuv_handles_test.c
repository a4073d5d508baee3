/* Facts of libuv about handles, which the waits for streams and descriptors rely on and of which
 * Docs/libuv.md tells: what stops at once, what ends when its handle is closed, and what goes on.
 * All is real; nothing sleeps. */
#include "libuv.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---------------------------------------------------------------------------------------------- */
/* What is stopped                                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* All of these stop both handles when one of them is called, though both are due. */

static uv_timer_t timers[2];

static void stop_timers(uv_timer_t *it) {
  (void)it;
  note("timer");
  for (size_t i = 0; i < COUNT(timers); i++) assert_int_equal(uv_timer_stop(&timers[i]), 0);
}

/* C14b */
static void a_stopped_timer_is_not_called(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(timers); i++) {
    assert_int_equal(uv_timer_init(&loop, &timers[i]), 0);
    assert_int_equal(uv_timer_start(&timers[i], stop_timers, 0, 0), 0);
  }
  turn();
  assert_log("timer");
  for (size_t i = 0; i < COUNT(timers); i++) close_quietly(&timers[i]);
  turn();
}

static uv_poll_t polls[2];

static void stop_polls(uv_poll_t *it, int rc, int events) {
  (void)it;
  assert_int_equal(rc, 0);
  note("%s", events == UV_READABLE ? "readable" : "?");
  for (size_t i = 0; i < COUNT(polls); i++) assert_int_equal(uv_poll_stop(&polls[i]), 0);
}

/* C14b: both are readable, each because of the other's byte. */
static void a_stopped_poll_is_not_called(void **state) {
  (void)state;
  open_sockets();
  for (size_t i = 0; i < COUNT(polls); i++) {
    assert_int_equal(write(ends[i], "x", 1), 1);
    assert_int_equal(uv_poll_init(&loop, &polls[i], ends[i]), 0);
    assert_int_equal(uv_poll_start(&polls[i], UV_READABLE, stop_polls), 0);
  }
  turn();
  assert_log("readable");
  for (size_t i = 0; i < COUNT(polls); i++) close_quietly(&polls[i]);
  turn();
  close_ends();
}

static uv_signal_t signals[2];

static void note_signal(uv_signal_t *it, int signum) {
  (void)it;
  note("%s", signum == SIGUSR2 ? "USR2" : "?");
}

static void stop_signals(uv_signal_t *it, int signum) {
  note_signal(it, signum);
  for (size_t i = 0; i < COUNT(signals); i++) assert_int_equal(uv_signal_stop(&signals[i]), 0);
}

static void start_signals(uv_signal_cb fn) {
  for (size_t i = 0; i < COUNT(signals); i++) {
    assert_int_equal(uv_signal_init(&loop, &signals[i]), 0);
    assert_int_equal(uv_signal_start(&signals[i], fn, SIGUSR2), 0);
  }
}

static void close_signals(void) {
  for (size_t i = 0; i < COUNT(signals); i++) close_quietly(&signals[i]);
  turn();
}

/* C14b: also where the signal has come already. */
static void a_stopped_signal_is_not_called(void **state) {
  (void)state;
  start_signals(stop_signals);
  raise(SIGUSR2);
  turn();
  assert_log("USR2");
  close_signals();
}

static uv_fs_event_t watches[2];

static void stop_watches(uv_fs_event_t *it, const char *name, int events, int rc) {
  (void)it;
  (void)events;
  note("%s=%s", name, said(rc));
  for (size_t i = 0; i < COUNT(watches); i++) assert_int_equal(uv_fs_event_stop(&watches[i]), 0);
}

/* C14b: both watch the same folder. */
static void a_stopped_watch_of_files_is_not_called(void **state) {
  (void)state;
  char folder[] = "/tmp/roost-XXXXXX", file[32];
  assert_non_null(mkdtemp(folder));
  for (size_t i = 0; i < COUNT(watches); i++) {
    assert_int_equal(uv_fs_event_init(&loop, &watches[i]), 0);
    assert_int_equal(uv_fs_event_start(&watches[i], stop_watches, folder, 0), 0);
  }
  snprintf(file, sizeof file, "%s/it", folder);
  assert_int_equal(mkdir(file, 0700), 0);
  turn();
  assert_log("it=0");
  for (size_t i = 0; i < COUNT(watches); i++) close_quietly(&watches[i]);
  turn();
  assert_int_equal(rmdir(file), 0);
  assert_int_equal(rmdir(folder), 0);
}

static uv_idle_t idles[2];

static void stop_idles(uv_idle_t *it) {
  (void)it;
  note("idle");
  for (size_t i = 0; i < COUNT(idles); i++) assert_int_equal(uv_idle_stop(&idles[i]), 0);
}

/* C14b: so are prepare and check handles, which libuv makes of the same lines. */
static void a_stopped_idle_handle_is_not_called(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(idles); i++) {
    assert_int_equal(uv_idle_init(&loop, &idles[i]), 0);
    assert_int_equal(uv_idle_start(&idles[i], stop_idles), 0);
  }
  turn();
  assert_log("idle");
  for (size_t i = 0; i < COUNT(idles); i++) close_quietly(&idles[i]);
  turn();
}

/* S3: the twin. */
static void every_handle_of_a_signal_is_called(void **state) {
  (void)state;
  start_signals(note_signal);
  raise(SIGUSR2);
  poll_once();
  assert_log("USR2 USR2");
  close_signals();
}

/* "ignored", "default", or somebody's. */
static const char *action_of(int signum) {
  struct sigaction action;
  assert_int_equal(sigaction(signum, NULL, &action), 0);
  return action.sa_handler == SIG_IGN   ? "ignored"
         : action.sa_handler == SIG_DFL ? "default"
                                        : "taken";
}

static void ignore_signal(uv_signal_t *it, int signum) {
  (void)it;
  (void)signum;
}

/* S3: with the last handle of a signal it gets its default, whatever it did before the first; the
 * engine puts that back itself. */
static void the_last_handle_of_a_signal_leaves_the_default(void **state) {
  (void)state;
  signal(SIGUSR2, SIG_IGN);
  for (size_t i = 0; i < COUNT(signals); i++) {
    assert_int_equal(uv_signal_init(&loop, &signals[i]), 0);
    assert_string_equal(action_of(SIGUSR2), i == 0 ? "ignored" : "taken");
    assert_int_equal(uv_signal_start(&signals[i], ignore_signal, SIGUSR2), 0);
  }
  close_quietly(&signals[0]);
  assert_string_equal(action_of(SIGUSR2), "taken");
  close_quietly(&signals[1]);
  assert_string_equal(action_of(SIGUSR2), "default");
  turn();
}

/* ---------------------------------------------------------------------------------------------- */
/* Descriptors                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* S3: the kernel cannot wait for a regular file, which never has to be waited for. */
static void a_regular_file_cannot_be_polled(void **state) {
  (void)state;
  int fd = open("/proc/self/exe", O_RDONLY);
  assert_true(fd >= 0);
  assert_int_equal(uv_poll_init(&loop, &polls[0], fd), UV_EPERM);
  close(fd);
}

/* S3: so a second one for the other direction is not possible. */
static void a_descriptor_has_one_poll_that_is_started(void **state) {
  (void)state;
  open_pipe();
  assert_int_equal(uv_poll_init(&loop, &polls[0], ends[0]), 0);
  assert_int_equal(uv_poll_start(&polls[0], UV_READABLE, stop_polls), 0);
  assert_int_equal(uv_poll_init(&loop, &polls[1], ends[0]), UV_EEXIST);
  close_quietly(&polls[0]);
  turn();
  close_ends();
}

/* Does something in a child, and answers the signal that has ended it. */
static int ended_by(void (*action)(void)) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    action();
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void poll_what_was_closed(void) {
  uv_loop_t own;
  open_pipe();
  uv_loop_init(&own);
  uv_poll_init(&own, &polls[0], ends[0]);
  uv_poll_start(&polls[0], UV_READABLE, stop_polls);
  close_ends();
  uv_run(&own, UV_RUN_NOWAIT);
}

/* B1: this is why the waits for descriptors have an epoll set of their own. */
static void polling_what_was_closed_ends_the_process(void **state) {
  (void)state;
  assert_int_equal(ended_by(poll_what_was_closed), SIGABRT);
}

/* ---------------------------------------------------------------------------------------------- */
/* Reading                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static uv_pipe_t stream;
static char room[16];
static size_t given;

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer) {
  (void)handle;
  (void)wanted;
  *buffer = uv_buf_init(room, (unsigned)given);
}

static void note_read(uv_stream_t *it, ssize_t size, const uv_buf_t *buffer) {
  (void)it;
  (void)buffer;
  if (size < 0)
    note("read=%s", said(size));
  else
    note("read=%d", (int)size);
}

static void note_read_and_stop(uv_stream_t *it, ssize_t size, const uv_buf_t *buffer) {
  note_read(it, size, buffer);
  assert_int_equal(uv_read_stop(it), 0);
}

/* Reads from a connection into so much room. */
static void start_reading(size_t length, uv_read_cb fn) {
  given = length;
  open_stream(&loop, &stream);
  assert_int_equal(uv_read_start((uv_stream_t *)&stream, give_room, fn), 0);
}

static void close_stream(void) {
  close_quietly(&stream);
  turn();
  close(ends[0]);
}

static void assert_there(const char *bytes) {
  char found[sizeof room] = "";
  assert_int_equal(recv(ends[1], found, sizeof found, MSG_DONTWAIT), strlen(bytes));
  assert_string_equal(found, bytes);
}

/* C4: the reading of a stream has stopped when uv_read_stop returns, and takes no byte. */
static void reading_stops_at_once(void **state) {
  (void)state;
  start_reading(sizeof room, note_read);
  assert_int_equal(write(ends[0], "x", 1), 1);
  assert_int_equal(uv_read_stop((uv_stream_t *)&stream), 0);
  poll_once();
  assert_log("");
  assert_there("x");
  close_stream();
}

/* C4: also when it has read something just then. */
static void reading_stops_inside_its_callback(void **state) {
  (void)state;
  start_reading(1, note_read_and_stop);
  assert_int_equal(write(ends[0], "xy", 2), 2);
  turn();
  assert_log("read=1");
  assert_there("y");
  close_stream();
}

/* C4: without room nothing is taken. */
static void without_room_nothing_is_read(void **state) {
  (void)state;
  start_reading(0, note_read_and_stop);
  assert_int_equal(write(ends[0], "x", 1), 1);
  turn();
  assert_log("read=ENOBUFS");
  assert_there("x");
  close_stream();
}

/* S7: a stream has one reader. */
static void a_stream_that_is_read_is_not_read_again(void **state) {
  (void)state;
  start_reading(sizeof room, note_read);
  assert_int_equal(uv_read_start((uv_stream_t *)&stream, give_room, note_read), UV_EALREADY);
  close_stream();
  assert_log("");
}

/* S7: reading stops with it, so the loop has nothing left. */
static void the_end_is_read_once(void **state) {
  (void)state;
  start_reading(sizeof room, note_read);
  assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
  turn();
  assert_log("read=EOF");
  close_stream();
}

/* S7: who closes a stream that is read has to tell the reader himself. */
static void closing_does_not_tell_the_reader(void **state) {
  (void)state;
  start_reading(sizeof room, note_read);
  close_handle(&stream);
  turn();
  assert_log("closed");
  close(ends[0]);
}

/* ---------------------------------------------------------------------------------------------- */
/* Writing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static void note_write(uv_write_t *request, int rc) {
  (void)request;
  note("write=%s", said(rc));
}

/* C14b: the callbacks of what is pending come first, and then the handle's. */
static void pending_writes_end_before_their_handle(void **state) {
  (void)state;
  uv_write_t writes[2];
  uv_buf_t all = everything();
  open_stream(&loop, &stream);
  for (size_t i = 0; i < COUNT(writes); i++) {
    assert_int_equal(uv_write(&writes[i], (uv_stream_t *)&stream, &all, 1, note_write), 0);
    assert_int_equal(cancel(&writes[i]), UV_EINVAL);
  }
  close_handle(&stream);
  assert_log("");
  turn();
  assert_log("write=ECANCELED write=ECANCELED closed");
  close(ends[0]);
}

/* C14b, C4: a write that got through before the uv_close keeps its result. */
static void a_write_that_got_through_keeps_its_result(void **state) {
  (void)state;
  uv_write_t write;
  char byte = 0;
  uv_buf_t one = uv_buf_init((char[]){"x"}, 1);
  open_stream(&loop, &stream);
  assert_int_equal(uv_write(&write, (uv_stream_t *)&stream, &one, 1, note_write), 0);
  assert_int_equal(cancel(&write), UV_EINVAL);
  close_handle(&stream);
  turn();
  assert_log("write=0 closed");
  assert_int_equal(read(ends[0], &byte, 1), 1);
  assert_int_equal(byte, 'x');
  close(ends[0]);
}

/* Everything that can be read at the other end without waiting. */
static size_t bytes_there(void) {
  static char bytes[1 << 16];
  size_t all = 0;
  for (ssize_t some; (some = recv(ends[0], bytes, sizeof bytes, MSG_DONTWAIT)) > 0;) {
    all += (size_t)some;
  }
  return all;
}

/* S7: how much of a write that is cut short went through. */
static void what_is_left_of_a_write_is_known(void **state) {
  (void)state;
  uv_write_t write;
  uv_buf_t all = everything();
  open_stream(&loop, &stream);
  assert_int_equal(uv_write(&write, (uv_stream_t *)&stream, &all, 1, note_write), 0);
  size_t left = uv_stream_get_write_queue_size((uv_stream_t *)&stream);
  assert_in_range(left, 1, sizeof much - 1);
  close_handle(&stream);
  turn();
  assert_log("write=ECANCELED closed");
  assert_int_equal(bytes_there(), sizeof much - left);
  close(ends[0]);
}

/* S7: it leaves nothing behind that would have to be cancelled. */
static void try_write_takes_what_has_room(void **state) {
  (void)state;
  uv_write_t queued;
  uv_buf_t all = everything();
  open_stream(&loop, &stream);
  int taken = uv_try_write((uv_stream_t *)&stream, &all, 1);
  assert_in_range(taken, 1, sizeof much - 1);
  assert_int_equal(uv_stream_get_write_queue_size((uv_stream_t *)&stream), 0);
  assert_int_equal(uv_try_write((uv_stream_t *)&stream, &all, 1), UV_EAGAIN);
  assert_int_equal(bytes_there(), taken);
  assert_int_equal(uv_write(&queued, (uv_stream_t *)&stream, &all, 1, note_write), 0);
  bytes_there();
  assert_int_equal(uv_try_write((uv_stream_t *)&stream, &all, 1), UV_EAGAIN);
  close_stream();
  assert_log("write=ECANCELED");
}

/* C14b: a handle that is sent along makes no difference. */
static void a_write_of_a_handle_ends_before_its_handle(void **state) {
  (void)state;
  uv_write_t write;
  uv_pipe_t sent;
  uv_buf_t all = everything();
  int fds[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  assert_int_equal(uv_pipe_init(&loop, &sent, 0), 0);
  assert_int_equal(uv_pipe_open(&sent, fds[0]), 0);
  open_sockets();
  assert_int_equal(uv_pipe_init(&loop, &stream, 1), 0);
  assert_int_equal(uv_pipe_open(&stream, ends[1]), 0);
  stream.data = NULL;
  assert_int_equal(
      uv_write2(&write, (uv_stream_t *)&stream, &all, 1, (uv_stream_t *)&sent, note_write), 0);
  assert_int_equal(cancel(&write), UV_EINVAL);
  close_handle(&stream);
  close_quietly(&sent);
  turn();
  assert_log("write=ECANCELED closed");
  close(ends[0]);
  close(fds[1]);
}

static void note_shutdown(uv_shutdown_t *request, int rc) {
  (void)request;
  note("shutdown=%s", said(rc));
}

/* C14b: a shutdown waits for the writes before it. */
static void a_pending_shutdown_ends_before_its_handle(void **state) {
  (void)state;
  uv_write_t write;
  uv_shutdown_t shutdown;
  uv_buf_t all = everything();
  open_stream(&loop, &stream);
  assert_int_equal(uv_write(&write, (uv_stream_t *)&stream, &all, 1, note_write), 0);
  assert_int_equal(uv_shutdown(&shutdown, (uv_stream_t *)&stream, note_shutdown), 0);
  poll_once();
  assert_log("");
  assert_int_equal(cancel(&shutdown), UV_EINVAL);
  close_handle(&stream);
  turn();
  assert_log("write=ECANCELED shutdown=ECANCELED closed");
  close(ends[0]);
}

/* ---------------------------------------------------------------------------------------------- */
/* Connecting and accepting                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void note_connect(uv_connect_t *request, int rc) {
  (void)request;
  note("connect=%s", said(rc));
}

/* C14b */
static void a_pending_connect_ends_before_its_handle(void **state) {
  (void)state;
  uv_connect_t connect;
  assert_int_equal(uv_pipe_init(&loop, &stream, 0), 0);
  stream.data = NULL;
  uv_pipe_connect(&connect, &stream, "/no/such/socket", note_connect);
  assert_int_equal(cancel(&connect), UV_EINVAL);
  close_handle(&stream);
  assert_log("");
  turn();
  assert_log("connect=ECANCELED closed");
}

static uv_tcp_t server, client;
static struct sockaddr_in address;

static void note_connection(uv_stream_t *it, int rc) {
  (void)it;
  note("connection=%s", said(rc));
}

/* Binds the server to a port of the loopback interface. */
static void bind_server(void) {
  int length = sizeof address;
  assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
  assert_int_equal(uv_tcp_init(&loop, &server), 0);
  assert_int_equal(uv_tcp_bind(&server, (struct sockaddr *)&address, 0), 0);
  assert_int_equal(uv_tcp_getsockname(&server, (struct sockaddr *)&address, &length), 0);
  server.data = NULL;
}

static void listen_server(void) {
  bind_server();
  assert_int_equal(uv_listen((uv_stream_t *)&server, 8, note_connection), 0);
}

static void start_connecting(uv_connect_t *connect) {
  assert_int_equal(uv_tcp_init(&loop, &client), 0);
  client.data = NULL;
  assert_int_equal(uv_tcp_connect(connect, &client, (struct sockaddr *)&address, note_connect), 0);
}

/* C14b */
static void a_tcp_connect_ends_before_its_handle(void **state) {
  (void)state;
  uv_connect_t connect;
  listen_server();
  start_connecting(&connect);
  assert_int_equal(cancel(&connect), UV_EINVAL);
  close_handle(&client);
  close_quietly(&server);
  turn();
  assert_log("connect=ECANCELED closed");
}

/* S7: the handle stays open, though it is of no use. */
static void a_refused_connect_leaves_its_handle_open(void **state) {
  (void)state;
  uv_connect_t connect;
  bind_server(); /* where nobody listens */
  start_connecting(&connect);
  assert_log("");
  turn();
  assert_log("connect=ECONNREFUSED");
  assert_false(uv_is_closing((uv_handle_t *)&client));
  close_quietly(&client);
  close_quietly(&server);
  turn();
}

/* A client that libuv knows nothing of. */
static int connect_to_server(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

/* C4: a connection that nobody has accepted is kept for whoever does, and the next is not told. */
static void a_connection_waits_to_be_accepted(void **state) {
  (void)state;
  listen_server();
  assert_int_equal(uv_tcp_init(&loop, &client), 0);
  assert_int_equal(uv_accept((uv_stream_t *)&server, (uv_stream_t *)&client), UV_EAGAIN);
  int fds[2] = {connect_to_server(), connect_to_server()};
  for (int i = 0; i < 3; i++) poll_once();
  assert_log("connection=0");
  assert_int_equal(uv_accept((uv_stream_t *)&server, (uv_stream_t *)&client), 0);
  poll_once();
  assert_log("connection=0");
  close_quietly(&client);
  close_quietly(&server);
  turn();
  for (size_t i = 0; i < COUNT(fds); i++) close(fds[i]);
}

/* S7 */
static void a_connection_that_nobody_accepted_goes_with_the_server(void **state) {
  (void)state;
  char byte;
  listen_server();
  int fd = connect_to_server();
  poll_once();
  assert_log("connection=0");
  close_quietly(&server);
  turn();
  assert_int_equal(read(fd, &byte, 1), 0);
  close(fd);
}

/* ---------------------------------------------------------------------------------------------- */
/* Datagrams                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static uv_udp_t datagrams;

static void note_send(uv_udp_send_t *request, int rc) {
  (void)request;
  note("send=%s", said(rc));
}

static void open_datagrams(void) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
  assert_int_equal(uv_udp_init(&loop, &datagrams), 0);
  assert_int_equal(uv_udp_open(&datagrams, ends[1]), 0);
  datagrams.data = NULL;
}

/* C14b */
static void a_datagram_that_waits_ends_before_its_handle(void **state) {
  (void)state;
  uv_udp_send_t send_it;
  uv_buf_t one = uv_buf_init((char[]){"x"}, 1);
  open_datagrams();
  while (send(ends[1], "x", 1, MSG_DONTWAIT) == 1) continue;
  assert_int_equal(uv_udp_send(&send_it, &datagrams, &one, 1, NULL, note_send), 0);
  assert_int_equal(cancel(&send_it), UV_EINVAL);
  close_handle(&datagrams);
  turn();
  assert_log("send=ECANCELED closed");
  close(ends[0]);
}

/* C4: the twin: it went out at once, and its callback says so later. */
static void a_datagram_that_went_out_keeps_its_result(void **state) {
  (void)state;
  char byte;
  uv_udp_send_t send_it;
  uv_buf_t one = uv_buf_init((char[]){"x"}, 1);
  open_datagrams();
  assert_int_equal(uv_udp_send(&send_it, &datagrams, &one, 1, NULL, note_send), 0);
  assert_log("");
  assert_int_equal(recv(ends[0], &byte, 1, MSG_DONTWAIT), 1);
  close_handle(&datagrams);
  turn();
  assert_log("send=0 closed");
  close(ends[0]);
}

static void note_datagram_and_stop(uv_udp_t *it, ssize_t size, const uv_buf_t *buffer,
                                   const struct sockaddr *from, unsigned flags) {
  (void)buffer;
  (void)from;
  (void)flags;
  note("received=%d", (int)size);
  assert_int_equal(uv_udp_recv_stop(it), 0);
}

/* C4 */
static void receiving_stops_inside_its_callback(void **state) {
  (void)state;
  given = sizeof room;
  open_datagrams();
  for (int i = 0; i < 2; i++) assert_int_equal(send(ends[0], "x", 1, 0), 1);
  assert_int_equal(uv_udp_recv_start(&datagrams, give_room, note_datagram_and_stop), 0);
  turn();
  assert_log("received=1");
  assert_there("x");
  close_quietly(&datagrams);
  turn();
  close(ends[0]);
}

/* ---------------------------------------------------------------------------------------------- */
/* Processes                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static void note_exit(uv_process_t *it, int64_t status, int signum) {
  (void)it;
  note("exit=%d,%d", (int)status, signum);
}

static uv_process_t process;

static int start_process(const char *name) {
  char *arguments[] = {(char[]){"it"}, (char[]){"1000"}, NULL};
  process.data = NULL;
  return uv_spawn(&loop, &process,
                  &(uv_process_options_t){.file = name, .args = arguments, .exit_cb = note_exit});
}

/* S3, real: libuv learns of a child's end by SIGCHLD, which it takes. */
static void a_child_takes_sigchld(void **state) {
  (void)state;
  signal(SIGCHLD, SIG_DFL);
  assert_int_equal(start_process("true"), 0);
  assert_string_equal(action_of(SIGCHLD), "taken");
  turn();
  assert_log("exit=0,0");
  close_handle(&process);
  turn();
  assert_log("closed");
}

/* S3: a start that fails leaves a handle, which is not active and has to be closed. */
static void a_child_that_did_not_start_has_a_handle(void **state) {
  (void)state;
  assert_int_equal(start_process("/no/such/program"), UV_ENOENT);
  assert_false(uv_is_active((uv_handle_t *)&process));
  turn();
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  close_handle(&process);
  turn();
  assert_log("closed");
}

/* S3 */
static void a_signal_to_a_child_is_told_by_its_exit(void **state) {
  (void)state;
  assert_int_equal(start_process("sleep"), 0);
  assert_int_equal(uv_process_kill(&process, SIGTERM), 0);
  turn();
  assert_log("exit=0,15");
  close_handle(&process);
  turn();
  assert_log("closed");
}

/* S3: closing its handle does nothing to a child, and nobody reaps it. */
static void a_child_goes_on_without_its_handle(void **state) {
  (void)state;
  int status = 0;
  assert_int_equal(start_process("sleep"), 0);
  pid_t child = uv_process_get_pid(&process);
  close_handle(&process);
  turn();
  assert_log("closed");
  assert_int_equal(kill(child, SIGKILL), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* K2: whoever wants to close a handle that another may have closed asks first. */
static void a_handle_says_that_it_is_closing(void **state) {
  (void)state;
  assert_int_equal(uv_timer_init(&loop, &timers[0]), 0);
  timers[0].data = NULL;
  assert_false(uv_is_closing((uv_handle_t *)&timers[0]));
  close_handle(&timers[0]);
  assert_log("");
  assert_true(uv_is_closing((uv_handle_t *)&timers[0]));
  turn();
  assert_log("closed");
  assert_true(uv_is_closing((uv_handle_t *)&timers[0]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOOP_TEST(a_stopped_timer_is_not_called),
      LOOP_TEST(a_stopped_poll_is_not_called),
      LOOP_TEST(a_stopped_signal_is_not_called),
      LOOP_TEST(a_stopped_watch_of_files_is_not_called),
      LOOP_TEST(a_stopped_idle_handle_is_not_called),
      LOOP_TEST(every_handle_of_a_signal_is_called),
      LOOP_TEST(the_last_handle_of_a_signal_leaves_the_default),
      LOOP_TEST(a_regular_file_cannot_be_polled),
      LOOP_TEST(a_descriptor_has_one_poll_that_is_started),
      LOOP_TEST(polling_what_was_closed_ends_the_process),
      LOOP_TEST(reading_stops_at_once),
      LOOP_TEST(reading_stops_inside_its_callback),
      LOOP_TEST(without_room_nothing_is_read),
      LOOP_TEST(a_stream_that_is_read_is_not_read_again),
      LOOP_TEST(the_end_is_read_once),
      LOOP_TEST(closing_does_not_tell_the_reader),
      LOOP_TEST(pending_writes_end_before_their_handle),
      LOOP_TEST(a_write_that_got_through_keeps_its_result),
      LOOP_TEST(what_is_left_of_a_write_is_known),
      LOOP_TEST(try_write_takes_what_has_room),
      LOOP_TEST(a_write_of_a_handle_ends_before_its_handle),
      LOOP_TEST(a_pending_shutdown_ends_before_its_handle),
      LOOP_TEST(a_pending_connect_ends_before_its_handle),
      LOOP_TEST(a_tcp_connect_ends_before_its_handle),
      LOOP_TEST(a_refused_connect_leaves_its_handle_open),
      LOOP_TEST(a_connection_waits_to_be_accepted),
      LOOP_TEST(a_connection_that_nobody_accepted_goes_with_the_server),
      LOOP_TEST(a_datagram_that_waits_ends_before_its_handle),
      LOOP_TEST(a_datagram_that_went_out_keeps_its_result),
      LOOP_TEST(receiving_stops_inside_its_callback),
      LOOP_TEST(a_child_takes_sigchld),
      LOOP_TEST(a_child_that_did_not_start_has_a_handle),
      LOOP_TEST(a_signal_to_a_child_is_told_by_its_exit),
      LOOP_TEST(a_child_goes_on_without_its_handle),
      LOOP_TEST(a_handle_says_that_it_is_closing),
  };
  return cmocka_run_group_tests_name("libuv_handles", tests, NULL, NULL);
}
