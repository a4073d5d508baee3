/* What the engine's Loop/ relies on: facts of libuv itself, and then real requests of it as parked
 * waits, whose memory is the wait's data: of each it is shown that it ends as cancelled or with its
 * own result, never both, and is dropped once, when libuv has let go of it. Where versions of libuv
 * differ, the test asks uv_version(). Nothing here sleeps: a poll that blocks where none should
 * hangs for 1000 seconds. */
#include "libuv.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* File requests may go through io_uring, which cannot take them back; or through the pool all the
 * same, where the kernel refuses that. */
static int may_use_io_uring(void) {
  return uv_version() >= UV_VERSION(1, 45) && uv_version() < UV_VERSION(1, 49);
}

/* With io_uring a request might be done before anybody could cancel it, or write only a part. */
static void need_files_in_the_pool(void) {
  if (may_use_io_uring()) skip();
}

/* Returns when a request has begun to write into a pipe, which it cannot end. */
static void await_first_byte(void) {
  char byte;
  assert_int_equal(read(ends[0], &byte, 1), 1);
}

static void read_the_rest(void) {
  static char bytes[1 << 16];
  for (size_t left = sizeof much - 1; left > 0;) {
    ssize_t some = read(ends[0], bytes, sizeof bytes);
    assert_true(some > 0);
    left -= (size_t)some;
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* When the poll blocks                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static uv_timer_t timer;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_idle_t idle;

static void note_timer(uv_timer_t *it) {
  (void)it;
  note("timer");
}

static void start_timer(uint64_t milliseconds) {
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, note_timer, milliseconds, 0), 0);
}

static void note_idle(uv_idle_t *it) {
  note("idle");
  uv_idle_stop(it);
  uv_timer_stop(&timer);
}

static void note_prepare(uv_prepare_t *it) {
  (void)it;
  note("prepare");
}

static void note_timeout(uv_prepare_t *it) {
  note("%s", uv_backend_timeout(it->loop) == 0 ? "looks" : "blocks");
}

static void start_idle(uv_prepare_t *it) {
  note_timeout(it);
  assert_int_equal(uv_idle_start(&idle, note_idle), 0);
  note_timeout(it);
  uv_prepare_stop(it);
}

static void start_prepare(uv_prepare_cb fn) {
  assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
  assert_int_equal(uv_prepare_start(&prepare, fn), 0);
}

static void note_check(uv_check_t *it) {
  (void)it;
  note("check");
}

/* S1: after the prepare callback libuv looks at its own timers, and knows of no ready work. */
static void the_poll_blocks_whatever_was_made_ready(void **state) {
  (void)state;
  start_timer(LONG_MS);
  poll_once();
  start_prepare(note_timeout);
  poll_once();
  assert_log("blocks");
  close_quietly(&timer);
  close_quietly(&prepare);
  turn();
}

/* S1: an idle handle, started as late as in the prepare callback, keeps it from blocking. */
static void an_active_idle_handle_keeps_the_poll_from_blocking(void **state) {
  (void)state;
  start_timer(LONG_MS);
  poll_once();
  start_prepare(start_idle);
  assert_int_equal(uv_idle_init(&loop, &idle), 0);
  turn();
  assert_log("blocks looks idle");
  close_quietly(&timer);
  close_quietly(&prepare);
  close_quietly(&idle);
  turn();
}

/* D1: a timer that is due comes before the poll, and since 1.45 after it. The engine looks at the
 * clock in each batch, not where the timer fires, so it relies on neither. */
static void a_timer_that_is_due_comes_before_or_after_the_poll(void **state) {
  (void)state;
  start_timer(0);
  start_prepare(note_prepare);
  assert_int_equal(uv_check_init(&loop, &check), 0);
  assert_int_equal(uv_check_start(&check, note_check), 0);
  poll_once();
  assert_log(uv_version() < UV_VERSION(1, 45) ? "timer prepare check" : "prepare check timer");
  close_quietly(&timer);
  close_quietly(&prepare);
  close_quietly(&check);
  turn();
}

/* S8: what is not referenced does not keep the loop going, nor its poll from returning. */
static void an_unreferenced_handle_does_not_keep_the_loop_going(void **state) {
  (void)state;
  start_timer(LONG_MS);
  poll_once();
  assert_in_range(uv_backend_timeout(&loop), 1, LONG_MS);
  uv_unref((uv_handle_t *)&timer);
  assert_int_equal(uv_backend_timeout(&loop), 0);
  assert_int_equal(uv_loop_alive(&loop), 0);
  turn();
  assert_true(uv_is_active((uv_handle_t *)&timer));
  uv_ref((uv_handle_t *)&timer);
  assert_true(uv_loop_alive(&loop));
  close_quietly(&timer);
  turn();
}

/* S8: but it is served while something else keeps the loop going. */
static void an_unreferenced_handle_is_served_all_the_same(void **state) {
  (void)state;
  start_timer(LONG_MS);
  start_prepare(note_prepare);
  uv_unref((uv_handle_t *)&prepare);
  poll_once();
  assert_log("prepare");
  uv_unref((uv_handle_t *)&timer);
  poll_once();
  assert_log("");
  close_quietly(&timer);
  close_quietly(&prepare);
  turn();
  clear_log();
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* K5: in the reverse order of uv_close in 1.44; nobody has promised that. The engine relies on no
 * order: it counts the callbacks, and frees its handles after the last. */
static void close_callbacks_have_no_order_to_rely_on(void **state) {
  (void)state;
  static uv_idle_t handles[3];
  static char names[3][2] = {"1", "2", "3"};
  for (size_t i = 0; i < COUNT(handles); i++) {
    assert_int_equal(uv_idle_init(&loop, &handles[i]), 0);
    handles[i].data = names[i];
    close_handle(&handles[i]);
  }
  assert_log("");
  turn();
  if (uv_version() < UV_VERSION(1, 45))
    assert_log("closed3 closed2 closed1");
  else
    clear_log(); /* the teardown sees that none is missing */
}

/* S8a: a loop cannot be closed before the last close callback. */
static void a_loop_is_busy_until_every_close_callback_ran(void **state) {
  (void)state;
  uv_loop_t own;
  assert_int_equal(uv_loop_init(&own), 0);
  assert_int_equal(uv_idle_init(&own, &idle), 0);
  idle.data = NULL;
  assert_int_equal(uv_loop_close(&own), UV_EBUSY);
  close_handle(&idle);
  assert_int_equal(uv_loop_close(&own), UV_EBUSY);
  assert_log("");
  assert_int_equal(uv_run(&own, UV_RUN_DEFAULT), 0);
  assert_log("closed");
  assert_int_equal(uv_loop_close(&own), 0);
}

static uv_async_t async;

static void note_async(uv_async_t *it) {
  note("async");
  uv_unref((uv_handle_t *)it);
}

static void open_async(void) {
  assert_int_equal(uv_async_init(&loop, &async, note_async), 0);
  async.data = NULL;
}

/* C14: many sends are one callback, so what is asked lies in the runtime's inbox. */
static void many_sends_are_one_callback(void **state) {
  (void)state;
  open_async();
  for (int i = 0; i < 10; i++) assert_int_equal(uv_async_send(&async), 0);
  turn();
  assert_log("async");
  uv_ref((uv_handle_t *)&async);
  assert_int_equal(uv_async_send(&async), 0);
  turn();
  assert_log("async");
  close_quietly(&async);
  turn();
}

/* C14: a send to a closed handle answers 0 and is lost, so the inbox says itself that it is closed.
 */
static void a_send_to_a_closed_handle_is_lost(void **state) {
  (void)state;
  open_async();
  assert_int_equal(uv_async_send(&async), 0);
  close_handle(&async);
  assert_int_equal(uv_async_send(&async), 0);
  turn();
  assert_int_equal(uv_async_send(&async), 0);
  start_timer(0); /* for a turn with a poll */
  turn();
  close_quietly(&timer);
  turn();
  assert_log("closed timer");
}

/* ---------------------------------------------------------------------------------------------- */
/* What uv_cancel answers                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void do_work(uv_work_t *request) { *(int *)request->data = 1; }

static void note_work(uv_work_t *request, int rc) {
  (void)request;
  note("work=%s", said(rc));
}

/* S6, C6a: work that is queued is taken back, and its callback says so, later. */
static void queued_work_is_taken_back(void **state) {
  (void)state;
  uv_work_t work;
  int worked = 0;
  work.data = &worked;
  hold_pool(&loop, held);
  assert_int_equal(uv_queue_work(&loop, &work, do_work, note_work), 0);
  assert_int_equal(cancel(&work), 0);
  assert_log("");
  free_pool();
  turn();
  assert_log("work=ECANCELED");
  assert_int_equal(worked, 0);
}

/* S6: work that runs cannot be stopped. */
static void running_work_is_busy(void **state) {
  (void)state;
  uv_work_t work;
  assert_int_equal(uv_queue_work(&loop, &work, hold, note_work), 0);
  uv_sem_wait(&holding);
  assert_int_equal(cancel(&work), UV_EBUSY);
  free_pool();
  turn();
  assert_log("work=0");
}

/* S6, C4: nor can what is done already, before its callback has come. */
static void work_that_is_done_is_busy(void **state) {
  (void)state;
  uv_work_t work;
  int worked = 0;
  work.data = &worked;
  assert_int_equal(uv_queue_work(&loop, &work, do_work, note_work), 0);
  hold_pool(&loop, held);
  assert_int_equal(cancel(&work), UV_EBUSY);
  free_pool();
  turn();
  assert_log("work=0");
  assert_int_equal(worked, 1);
}

static const struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST};

static void note_lookup(uv_getaddrinfo_t *request, int rc, struct addrinfo *found) {
  (void)request;
  note("address=%s", said(rc));
  uv_freeaddrinfo(found);
}

static void note_name(uv_getnameinfo_t *request, int rc, const char *host, const char *service) {
  (void)request;
  (void)host;
  (void)service;
  note("name=%s", said(rc));
}

/* C14b: lookups have a code of their own for it. */
static void queued_lookups_are_taken_back(void **state) {
  (void)state;
  uv_getaddrinfo_t lookup;
  uv_getnameinfo_t name;
  struct sockaddr_in address;
  assert_int_equal(uv_ip4_addr("127.0.0.1", 80, &address), 0);
  hold_pool(&loop, held);
  assert_int_equal(uv_getaddrinfo(&loop, &lookup, note_lookup, "127.0.0.1", NULL, &numeric), 0);
  assert_int_equal(cancel(&lookup), 0);
  free_pool();
  turn();
  assert_log("address=EAI_CANCELED");
  hold_pool(&loop, held);
  assert_int_equal(
      uv_getnameinfo(&loop, &name, note_name, (struct sockaddr *)&address, NI_NUMERICHOST), 0);
  assert_int_equal(cancel(&name), 0);
  free_pool();
  turn();
  assert_log("name=EAI_CANCELED");
}

/* C4: the twin: it is done. */
static void a_lookup_that_is_done_is_busy(void **state) {
  (void)state;
  uv_getaddrinfo_t lookup;
  assert_int_equal(uv_getaddrinfo(&loop, &lookup, note_lookup, "127.0.0.1", NULL, &numeric), 0);
  hold_pool(&loop, held);
  assert_int_equal(cancel(&lookup), UV_EBUSY);
  free_pool();
  turn();
  assert_log("address=0");
}

static void note_random(uv_random_t *request, int rc, void *bytes, size_t size) {
  (void)request;
  (void)bytes;
  (void)size;
  note("random=%s", said(rc));
}

/* C14b */
static void queued_random_bytes_are_taken_back(void **state) {
  (void)state;
  uv_random_t request;
  char bytes[8];
  hold_pool(&loop, held);
  assert_int_equal(uv_random(&loop, &request, bytes, sizeof bytes, 0, note_random), 0);
  assert_int_equal(cancel(&request), 0);
  free_pool();
  turn();
  assert_log("random=ECANCELED");
}

/* C4: the twin. */
static void random_bytes_that_are_there_are_busy(void **state) {
  (void)state;
  uv_random_t request;
  char bytes[8];
  assert_int_equal(uv_random(&loop, &request, bytes, sizeof bytes, 0, note_random), 0);
  hold_pool(&loop, held);
  assert_int_equal(cancel(&request), UV_EBUSY);
  free_pool();
  turn();
  assert_log("random=0");
}

static uv_fs_t file;

static void note_file(uv_fs_t *request) {
  note("file=%s", request->result == sizeof much ? "all" : said(request->result));
  uv_fs_req_cleanup(request);
}

/* C14b: also a file request, where the pool does it; with io_uring it has begun at once. The engine
 * asks for no file, and to a wait either answer is right. */
static void a_queued_file_request_is_taken_back(void **state) {
  (void)state;
  hold_pool(&loop, held);
  assert_int_equal(uv_fs_stat(&loop, &file, ".", note_file), 0);
  int rc = cancel(&file);
  if (rc != UV_EBUSY || !may_use_io_uring()) assert_int_equal(rc, 0);
  free_pool();
  turn();
  assert_log(rc == 0 ? "file=ECANCELED" : "file=0");
}

/* C14b: one that runs cannot be stopped, even if it runs for ever: what may have to wait, like
 * stdin, is a stream or polled, and not read as a file. */
static void a_running_file_request_is_busy(void **state) {
  (void)state;
  need_files_in_the_pool();
  open_pipe();
  uv_buf_t all = everything();
  assert_int_equal(uv_fs_write(&loop, &file, ends[1], &all, 1, -1, note_file), 0);
  await_first_byte();
  assert_int_equal(cancel(&file), UV_EBUSY);
  read_the_rest();
  turn();
  assert_log("file=all");
  close_ends();
}

/* ---------------------------------------------------------------------------------------------- */
/* Requests as the data of a wait                                                                 */
/* ---------------------------------------------------------------------------------------------- */

/* A task that waits for one request, and ends with what that brings. */
typedef struct request {
  roost_task task;
  roost_wait wait;
  int rc;
  union {
    uv_req_t any;
    uv_work_t work;
    uv_getaddrinfo_t lookup;
    uv_fs_t file;
    uv_write_t write;
  } of;
  union {
    uv_handle_t any;
    uv_pipe_t pipe;
    uv_poll_t poll;
  } handle;
} request;

static roost_task task;
static int drops;

static void end_task(roost_wait wait, int rc, void *data) {
  (void)wait;
  request *it = data;
  note("%s", code_name(rc));
  assert_int_equal(roost_finish(it->task, rc, NULL, NULL), 0);
}

static void drop_request(void *data) {
  drops++;
  drop_data(data);
}

static request *park_request(roost_task self, roost_abort_fn abort) {
  request *it = new_data(sizeof *it);
  it->task = self;
  it->of.any.data = it->handle.any.data = it;
  assert_int_equal(roost_park(self, abort, end_task, it, drop_request, &it->wait), 0);
  return it;
}

static void wake(request *it, int rc) {
  int cancelled = rc == UV_ECANCELED || rc == UV_EAI_CANCELED;
  assert_int_equal(roost_wake(it->wait, cancelled ? ROOST_ECANCELED : rc), 0);
}

static roost_wait held_wait;

static void note_nothing(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
}

static void tell_held(uv_work_t *request, int rc) {
  held(request, rc);
  assert_int_equal(roost_wake(held_wait, 0), 0);
}

/* The runtime waits for the holder too, so its loop is clean when the test ends. */
static void hold_pool_of_runtime(void) {
  assert_int_equal(roost_park(root, NULL, note_nothing, NULL, NULL, &held_wait), 0);
  hold_pool(roost_loop(rt), tell_held);
}

static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

/* Runs a task that parks a request, and tells of its end; `meanwhile` comes when it waits. */
static void run_task(void (*body)(roost_task), void (*meanwhile)(void)) {
  drops = 0;
  task = spawn(root, "t", .answers = ROOST_PENDING, .body = body);
  on_end(task, root, "end");
  if (meanwhile != NULL) act(SECONDS(1), meanwhile);
  run();
  assert_int_equal(drops, 1);
}

/* The abort of what uv_cancel is for. */
static int take_back(roost_wait wait, void *data) {
  (void)wait;
  note("cancel=%s", said(uv_cancel(&((request *)data)->of.any)));
  free_pool();
  return ROOST_PENDING;
}

static void work_ended(uv_work_t *work, int rc) { wake(work->data, rc == 0 ? 7 : rc); }
static void never_work(uv_work_t *work) { (void)work; }

static void begin_work(roost_task self) {
  request *it = park_request(self, take_back);
  assert_int_equal(uv_queue_work(roost_loop(rt), &it->of.work, never_work, work_ended), 0);
}

/* C4, C14b, K5, real */
static void cancelled_work_is_dropped_once(void **state) {
  (void)state;
  hold_pool_of_runtime();
  run_task(begin_work, cancel_task);
  assert_log("t+ @1000 cancel=0 ECANCELED end=ETASKCANCELLED");
}

static void lookup_ended(uv_getaddrinfo_t *lookup, int rc, struct addrinfo *found) {
  uv_freeaddrinfo(found);
  wake(lookup->data, rc == 0 ? 7 : rc);
}

static void begin_lookup(roost_task self) {
  request *it = park_request(self, take_back);
  assert_int_equal(
      uv_getaddrinfo(roost_loop(rt), &it->of.lookup, lookup_ended, "127.0.0.1", NULL, &numeric), 0);
}

/* C4, C14b, K5, real */
static void a_cancelled_lookup_is_dropped_once(void **state) {
  (void)state;
  hold_pool_of_runtime();
  run_task(begin_lookup, cancel_task);
  assert_log("t+ @1000 cancel=0 ECANCELED end=ETASKCANCELLED");
}

static void begin_lookup_that_is_done(roost_task self) {
  begin_lookup(self);
  hold_pool_of_runtime();
  assert_int_equal(roost_cancel(self, NULL), 0);
  free_pool();
}

/* C4a, K5, real: the twin: it is done when the mark comes, and says so before the abort. */
static void a_lookup_that_is_done_keeps_its_result(void **state) {
  (void)state;
  run_task(begin_lookup_that_is_done, NULL);
  assert_log("t+ 7 end=7");
}

static void file_ended(uv_fs_t *of) {
  request *it = of->data;
  int rc = (int)of->result;
  uv_fs_req_cleanup(of);
  wake(it, rc < 0 ? rc : 7);
}

static void begin_stat(roost_task self) {
  request *it = park_request(self, take_back);
  assert_int_equal(uv_fs_stat(roost_loop(rt), &it->of.file, ".", file_ended), 0);
}

/* C4, C14b, K5, real */
static void a_cancelled_file_request_is_dropped_once(void **state) {
  (void)state;
  need_files_in_the_pool();
  hold_pool_of_runtime();
  run_task(begin_stat, cancel_task);
  assert_log("t+ @1000 cancel=0 ECANCELED end=ETASKCANCELLED");
}

/* The abort of a file request that is writing. */
static int let_it_write(roost_wait wait, void *data) {
  (void)wait;
  note("cancel=%s", said(uv_cancel(&((request *)data)->of.any)));
  read_the_rest();
  return ROOST_PENDING;
}

static void begin_file_write(roost_task self) {
  request *it = park_request(self, let_it_write);
  uv_buf_t all = everything();
  assert_int_equal(uv_fs_write(roost_loop(rt), &it->of.file, ends[1], &all, 1, -1, file_ended), 0);
  await_first_byte();
}

/* C4, C14b, K5, real: the twin: it was too late, and its own result counts. */
static void a_running_file_request_keeps_its_result(void **state) {
  (void)state;
  need_files_in_the_pool();
  open_pipe();
  run_task(begin_file_write, cancel_task);
  assert_log("t+ @1000 cancel=EBUSY 7 end=7");
  close_ends();
}

/* ---------------------------------------------------------------------------------------------- */
/* Handles as the data of a wait                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* The handle lies in the data, so the word of the end is that of the close callback. */
static void handle_closed(uv_handle_t *handle) {
  request *it = handle->data;
  note("closed");
  wake(it, it->rc);
}

/* The end of the request on a handle: its result is kept until the handle is closed, too. */
static void keep(request *it, int rc) {
  it->rc = rc;
  if (!uv_is_closing(&it->handle.any)) uv_close(&it->handle.any, handle_closed);
}

/* The abort. The request, told by its own callback, may know better how it ends. */
static int close_it(roost_wait wait, void *data) {
  (void)wait;
  note("close");
  keep(data, ROOST_ECANCELED);
  return ROOST_PENDING;
}

static void write_ended(uv_write_t *write, int rc) {
  note("write=%s", said(rc));
  keep(write->data, rc == 0 ? 7 : rc);
}

static void begin_write(roost_task self) {
  request *it = park_request(self, close_it);
  uv_buf_t all = everything();
  open_stream(roost_loop(rt), &it->handle.pipe);
  it->handle.any.data = it;
  assert_int_equal(uv_write(&it->of.write, (uv_stream_t *)&it->handle.pipe, &all, 1, write_ended),
                   0);
}

/* C4, C14b, K5, real */
static void a_write_is_ended_by_closing_its_handle(void **state) {
  (void)state;
  run_task(begin_write, cancel_task);
  assert_log("t+ @1000 close write=ECANCELED closed ECANCELED end=ETASKCANCELLED");
  close(ends[0]);
}

static void begin_short_write(roost_task self) {
  request *it = park_request(self, close_it);
  uv_buf_t one = uv_buf_init(much, 1);
  open_stream(roost_loop(rt), &it->handle.pipe);
  it->handle.any.data = it;
  assert_int_equal(uv_write(&it->of.write, (uv_stream_t *)&it->handle.pipe, &one, 1, write_ended),
                   0);
}

/* C4, K5, real: the twin: it got through. */
static void a_write_that_gets_through_ends_with_its_result(void **state) {
  (void)state;
  run_task(begin_short_write, NULL);
  assert_log("t+ write=0 closed 7 end=7");
  close(ends[0]);
}

static void end_readable(uv_poll_t *poll, int rc, int events) {
  assert_int_equal(rc, 0);
  note("readable");
  keep(poll->data, events);
}

static void begin_poll(roost_task self) {
  request *it = park_request(self, close_it);
  assert_int_equal(uv_poll_init(roost_loop(rt), &it->handle.poll, ends[0]), 0);
  assert_int_equal(uv_poll_start(&it->handle.poll, UV_READABLE, end_readable), 0);
}

/* C4, C14b, K5, real: a descriptor, whose handle goes with the wait. */
static void a_cancelled_descriptor_is_dropped_once(void **state) {
  (void)state;
  open_pipe();
  run_task(begin_poll, cancel_task);
  assert_log("t+ @1000 close closed ECANCELED end=ETASKCANCELLED");
  close_ends();
}

static void end_readable_and_cancel(uv_poll_t *poll, int rc, int events) {
  end_readable(poll, rc, events);
  cancel_task();
}

static void begin_poll_that_cancels(roost_task self) {
  request *it = park_request(self, close_it);
  assert_int_equal(uv_poll_init(roost_loop(rt), &it->handle.poll, ends[0]), 0);
  assert_int_equal(uv_poll_start(&it->handle.poll, UV_READABLE, end_readable_and_cancel), 0);
}

/* C4a, K5, real: it became readable, and ends after the mark, but before its abort. */
static void a_descriptor_that_ends_before_its_abort_keeps_its_result(void **state) {
  (void)state;
  open_pipe();
  assert_int_equal(write(ends[1], "x", 1), 1);
  run_task(begin_poll_that_cancels, NULL);
  assert_log("t+ readable closed 1 end=1");
  close_ends();
}

int main(void) {
  setenv("UV_THREADPOOL_SIZE", "1", 1); /* so that it can be held */
  if (uv_sem_init(&holding, 0) != 0 || uv_sem_init(&let_go, 0) != 0) return 1;
  const struct CMUnitTest tests[] = {
      LOOP_TEST(the_poll_blocks_whatever_was_made_ready),
      LOOP_TEST(an_active_idle_handle_keeps_the_poll_from_blocking),
      LOOP_TEST(a_timer_that_is_due_comes_before_or_after_the_poll),
      LOOP_TEST(an_unreferenced_handle_does_not_keep_the_loop_going),
      LOOP_TEST(an_unreferenced_handle_is_served_all_the_same),
      LOOP_TEST(close_callbacks_have_no_order_to_rely_on),
      LOOP_TEST(a_loop_is_busy_until_every_close_callback_ran),
      LOOP_TEST(many_sends_are_one_callback),
      LOOP_TEST(a_send_to_a_closed_handle_is_lost),
      LOOP_TEST(queued_work_is_taken_back),
      LOOP_TEST(running_work_is_busy),
      LOOP_TEST(work_that_is_done_is_busy),
      LOOP_TEST(queued_lookups_are_taken_back),
      LOOP_TEST(a_lookup_that_is_done_is_busy),
      LOOP_TEST(queued_random_bytes_are_taken_back),
      LOOP_TEST(random_bytes_that_are_there_are_busy),
      LOOP_TEST(a_queued_file_request_is_taken_back),
      LOOP_TEST(a_running_file_request_is_busy),
      TEST(cancelled_work_is_dropped_once),
      TEST(a_cancelled_lookup_is_dropped_once),
      TEST(a_lookup_that_is_done_keeps_its_result),
      TEST(a_cancelled_file_request_is_dropped_once),
      TEST(a_running_file_request_keeps_its_result),
      TEST(a_write_is_ended_by_closing_its_handle),
      TEST(a_write_that_gets_through_ends_with_its_result),
      TEST(a_cancelled_descriptor_is_dropped_once),
      TEST(a_descriptor_that_ends_before_its_abort_keeps_its_result),
  };
  return cmocka_run_group_tests_name("libuv", tests, NULL, NULL);
}
