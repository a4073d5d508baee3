/* real: S7, C4a, C11: writing to streams. */
#include "streams.h"

/* Larger than a socket holds: it cannot be written while nobody reads. */
static char much[1 << 22];
static char more[1 << 22];

static roost_wait write_all(roost_node in, const char *name, const uv_buf_t *buffers,
                            uint64_t buffer_count, const roost_stream_options *options) {
  roost_wait wait = {0};
  assert_int_equal(roost_write(near, buffers, buffer_count, &count, in, options, log_wait,
                               copy_text(name), drop_data, &wait),
                   0);
  return wait;
}
static roost_wait write_text(roost_node in, const char *name, const char *text) {
  uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));
  return write_all(in, name, &buf, 1, NULL);
}
static roost_wait write_much(roost_node in, const char *name, const roost_stream_options *options) {
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  return write_all(in, name, &buf, 1, options);
}

/* The other end is read by the loop, from when this is called. */
static uint64_t drained;
static uint32_t sum; /* of what came, by place */
static uv_pipe_t drain;

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *out) {
  (void)handle;
  (void)size;
  *out = uv_buf_init(more, sizeof more);
}
static uint32_t sum_of(const char *bytes, uint64_t size, uint64_t from) {
  uint32_t total = 0;
  for (uint64_t i = 0; i < size; i++)
    total += (uint32_t)(unsigned char)bytes[i] * (uint32_t)(from + i + 1);
  return total;
}
static void take(uv_stream_t *stream, ssize_t size, const uv_buf_t *read) {
  if (size < 0) {
    uv_close((uv_handle_t *)stream, NULL);
    return;
  }
  sum += sum_of(read->base, (uint64_t)size, drained);
  drained += (uint64_t)size;
}
static void begin_to_drain(void) {
  drained = sum = 0;
  assert_int_equal(uv_pipe_init(loop, &drain, 0), 0);
  assert_int_equal(uv_pipe_open(&drain, far), 0);
  far = -1;
  assert_int_equal(uv_read_start((uv_stream_t *)&drain, give_room, take), 0);
  own(&drain);
}

/* What the other end has got, read without the loop. */
static uint64_t drain_now(void) {
  uint64_t size = 0;
  ssize_t more_of_it;
  fcntl(far, F_SETFL, O_NONBLOCK);
  while ((more_of_it = read(far, more, sizeof more)) > 0) size += (uint64_t)more_of_it;
  return size;
}

static int is_closing(void) { return uv_is_closing((uv_handle_t *)near); }
static void note_open(void) { note(is_closing() ? "closing" : "open"); }

/* ---------------------------------------------------------------------------------------------- */
/* S3: writing                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* S2b: never told inside the call, though it is over there. */
static void a_write_that_fits_is_over_at_once(void **state) {
  (void)state;
  write_text(s, "w", "hello");
  assert_log("");
  assert_int_equal(count, 5);
  run();
  assert_log("w=0");
  assert_int_equal(drain_now(), 5);
}

/* S3 */
static void a_write_that_does_not_fit_waits_for_its_reader(void **state) {
  (void)state;
  for (uint64_t i = 0; i < sizeof much; i++) much[i] = (char)(i * 31 >> 3);
  write_much(s, "w", NULL);
  act(MS(10), begin_to_drain);
  run();
  assert_log("@10 w=0");
  assert_int_equal(count, sizeof much);
  for (int i = 0; i < 9; i++) uv_run(loop, UV_RUN_NOWAIT);
  assert_int_equal(drained, sizeof much);
  assert_int_equal(sum, sum_of(much, sizeof much, 0));
}

/* S3: several buffers, some of them empty, of which the first write takes a part. */
static void a_write_of_many_buffers_loses_no_byte(void **state) {
  (void)state;
  enum { MANY = 1024, EACH = sizeof much / MANY };
  uv_buf_t buffers[MANY];
  for (uint64_t i = 0; i < sizeof much; i++) much[i] = (char)(i * 17 >> 2);
  for (int i = 0; i < MANY; i++)
    buffers[i] = uv_buf_init(much + i * EACH, i % 7 == 0 ? 0 : EACH - i % 3);
  uint64_t total = 0;
  uint32_t expected = 0;
  for (int i = 0; i < MANY; i++) {
    expected += sum_of(buffers[i].base, buffers[i].len, total);
    total += buffers[i].len;
  }
  write_all(s, "w", buffers, MANY, NULL);
  memset(buffers, 0, sizeof buffers); /* the array is copied */
  act(MS(10), begin_to_drain);
  run();
  assert_log("@10 w=0");
  assert_int_equal(count, total);
  for (int i = 0; i < 9; i++) uv_run(loop, UV_RUN_NOWAIT);
  assert_int_equal(drained, total);
  assert_int_equal(sum, expected);
}

/* S3: nothing is written at once. */
static void a_write_of_nothing_is_over_at_once(void **state) {
  (void)state;
  uv_buf_t empty[2] = {{0}, {0}};
  write_all(s, "a", NULL, 0, NULL);
  write_all(s, "b", empty, 2, NULL);
  run();
  assert_log("a=0 b=0");
  assert_int_equal(count, 0);
  assert_int_equal(drain_now(), 0);
}

/* S3: the count need not be wanted. */
static void a_write_without_a_count(void **state) {
  (void)state;
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  assert_int_equal(
      roost_write(near, &buf, 1, NULL, s, NULL, log_wait, copy_text("w"), drop_data, NULL), 0);
  act(MS(10), begin_to_drain);
  run();
  assert_log("@10 w=0");
}

static void wrote(uv_write_t *request, int rc) {
  (void)request;
  note("program=%d", rc);
}

/* S3: what the program has queued before comes before. */
static void a_write_comes_after_what_is_queued(void **state) {
  (void)state;
  uv_write_t request;
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  assert_int_equal(uv_write(&request, near, &buf, 1, wrote), 0);
  write_text(s, "w", "hello");
  assert_int_equal(count, 0);
  act(MS(10), begin_to_drain);
  run();
  assert_log("@10 program=0 w=0");
  assert_int_equal(count, 5);
}

/* S3: a failure later on is told with what went through. */
static void a_write_fails_when_its_reader_goes(void **state) {
  (void)state;
  write_much(s, "w", NULL);
  act(MS(10), close_far);
  run();
  assert_log("@10 w=-32");
  assert_int_equal(UV_EPIPE, -32);
  assert_in_range(count, 1, sizeof much - 1);
  assert_false(is_closing());
}

/* ---------------------------------------------------------------------------------------------- */
/* C4: a write that is over is not cancelled, one in a cancelled node not begun                   */
/* ---------------------------------------------------------------------------------------------- */

/* C4 */
static void a_write_that_is_over_keeps_its_result(void **state) {
  (void)state;
  write_text(s, "w", "hello");
  cancel_s();
  run();
  assert_log("w=0");
}

/* C3a */
static void a_write_in_a_cancelled_node_writes_nothing(void **state) {
  (void)state;
  cancel_s();
  write_text(s, "w", "hello");
  write_much(s, "v", ROOST_STREAM(.close_on_cancel = 1));
  run();
  assert_log("w=ECANCELED v=ECANCELED");
  assert_int_equal(count, 0);
  assert_int_equal(drain_now(), 0);
  assert_false(is_closing());
}

/* C4a: one whose end comes between the mark and its abort. */
static void a_write_that_ends_as_it_is_cancelled_keeps_its_result(void **state) {
  (void)state;
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  write_all(s, "w", &buf, 1, ROOST_STREAM(.close_on_cancel = 1));
  uv_run(loop, UV_RUN_NOWAIT);
  begin_to_drain();
  while (uv_stream_get_write_queue_size(near) != 0) uv_run(loop, UV_RUN_NOWAIT);
  cancel_s();
  run();
  assert_log("w=0");
  assert_int_equal(count, sizeof much);
  assert_false(is_closing());
}

/* ---------------------------------------------------------------------------------------------- */
/* S7: what its cancellation does to its stream                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* S7: no grace is bounded: it refuses, and ends by itself. */
static void a_cancelled_write_goes_on_without_a_grace(void **state) {
  (void)state;
  write_much(s, "w", NULL);
  act(MS(10), cancel_s);
  act(SECONDS(3600), begin_to_drain);
  run();
  assert_log("@3600000 w=0");
  assert_int_equal(count, sizeof much);
  assert_false(is_closing());
}

/* The socket is full, but for what is asked for after. */
static void fill(void) {
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  while (uv_try_write(near, &buf, 1) > 0) continue;
}
static void drain_all(void) { drain_now(); }

/* S7, C11: it has the grace to end. */
static void a_cancelled_write_ends_within_its_grace(void **state) {
  (void)state;
  roost_scope g = scope(s, "g", .grace_ns = SECONDS(2));
  fill();
  write_text(g, "w", "hello");
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), drain_all);
  act(SECONDS(4), note_open);
  run();
  assert_log("@2000 w=0 @4000 open");
  assert_int_equal(count, 5);
}

/* S7, C11: and no more: then its handle is closed. */
static void a_cancelled_write_closes_its_stream_when_its_grace_is_over(void **state) {
  (void)state;
  roost_scope g = scope(s, "g", .grace_ns = SECONDS(2));
  write_much(g, "w", NULL);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), note_open);
  run();
  assert_log("@2000 open @3000 w=ECANCELED");
  assert_true(is_closing());
  assert_int_equal(count, drain_now());
  assert_in_range(count, 1, sizeof much - 1);
}

/* S7: of many buffers, too, it is known how much went through. */
static void the_count_of_a_closed_write_is_exact(void **state) {
  (void)state;
  enum { MANY = 64, EACH = sizeof much / MANY };
  uv_buf_t buffers[MANY];
  for (int i = 0; i < MANY; i++) buffers[i] = uv_buf_init(much + i * EACH, EACH - i);
  roost_scope g = scope(s, "g", .grace_ns = SECONDS(2));
  write_all(g, "w", buffers, MANY, NULL);
  uint64_t at_once = count;
  uint64_t taken = drain_now();
  assert_int_equal(taken, at_once);
  for (int i = 0; i < 3; i++) uv_run(loop, UV_RUN_NOWAIT);
  cancel_s();
  run();
  assert_log("@2000 w=ECANCELED");
  assert_int_equal(count, taken + drain_now());
  assert_true(count > at_once);
}

/* S7: `grace` 0. */
static void without_any_grace_the_stream_is_closed_at_once(void **state) {
  (void)state;
  roost_scope g = scope(s, "g", .grace_ns = ROOST_NOW);
  write_much(g, "w", NULL);
  act(SECONDS(1), cancel_s);
  run();
  assert_log("@1000 w=ECANCELED");
  assert_true(is_closing());
  assert_int_equal(count, drain_now());
}

/* S7 */
static void close_on_cancel_closes_at_once(void **state) {
  (void)state;
  roost_scope g = scope(s, "g", .grace_ns = SECONDS(2));
  write_much(g, "w", ROOST_STREAM(.close_on_cancel = 1));
  act(SECONDS(1), cancel_s);
  run();
  assert_log("@1000 w=ECANCELED");
  assert_true(is_closing());
  assert_int_equal(count, drain_now());
}

/* S7: the twin, which refuses for ever. */
static void keep_open_waits_without_a_limit(void **state) {
  (void)state;
  roost_scope g = scope(s, "g", .grace_ns = SECONDS(2));
  write_much(g, "w", ROOST_STREAM(.keep_open = 1));
  act(SECONDS(1), cancel_s);
  act(SECONDS(3600), begin_to_drain);
  run();
  assert_log("@3600000 w=0");
  assert_false(is_closing());
}

static roost_scope outer;
static void cancel_outer(void) { assert_int_equal(roost_cancel(outer, NULL), 0); }

/* C11: the moment of an ancestor whose grace is shorter than the node's own. */
static void the_shorter_grace_around_a_write_counts(void **state) {
  (void)state;
  outer = scope(s, "outer", .grace_ns = SECONDS(1));
  roost_scope g = scope(outer, "g", .grace_ns = ROOST_FOREVER);
  write_much(g, "w", NULL);
  act(SECONDS(1), cancel_outer);
  run();
  assert_log("@2000 w=ECANCELED");
  assert_true(is_closing());
}

/* C11: and one that is cancelled only later, whose moment comes first. */
static void a_later_cancellation_with_less_grace_counts(void **state) {
  (void)state;
  outer = scope(s, "outer", .grace_ns = SECONDS(1));
  roost_scope g = scope(outer, "g", .grace_ns = SECONDS(10));
  write_much(g, "w", NULL);
  act(SECONDS(1), cancel_s);
  act(SECONDS(3), cancel_outer);
  run();
  assert_log("@4000 w=ECANCELED");
}

/* C10, C11: behind a shield it is reached when the grace is over, which is the end of it. */
static void a_write_behind_a_shield_has_had_its_grace(void **state) {
  (void)state;
  roost_scope g = scope(s, "g", .grace_ns = SECONDS(2), .shield = 1);
  write_much(g, "w", NULL);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), note_open);
  run();
  assert_log("@2000 open @3000 w=ECANCELED");
}

/* S7, K2: in the task of a cleanup. */
static roost_task cleaner;
static void told_in_cleanup(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  note("w=%s", code_name(rc));
  roost_finish(cleaner, 0, NULL, NULL);
}
static int write_goodbye(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  (void)data;
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  cleaner = self;
  assert_int_equal(
      roost_write(near, &buf, 1, &count, self, NULL, told_in_cleanup, NULL, NULL, NULL), 0);
  return ROOST_PENDING;
}
static void a_cleanup_writes_as_long_as_its_grace_lasts(void **state) {
  (void)state;
  roost_group g = group(s, "g", .grace_ns = SECONDS(2));
  assert_int_equal(roost_defer(g, write_goodbye, NULL, NULL), 0);
  act(SECONDS(1), cancel_s);
  join(g, 0);
  spawn(g, "a", .lasts = SECONDS(2));
  run();
  assert_log("a+ @1000 a! @3000 w=ECANCELED g=ECANCELED");
  assert_true(is_closing());
}

/* S7: as with a cancellation, when a shutdown's mark takes it. */
static void a_stopping_write_has_its_grace(void **state) {
  (void)state;
  roost_scope u = scope(s, "u", .until_stopping = 1, .grace_ns = SECONDS(2));
  write_much(u, "w", NULL);
  act(SECONDS(1), stop_s);
  run();
  assert_log("@3000 w=ESTOPPING");
  assert_true(is_closing());
}

/* ---------------------------------------------------------------------------------------------- */
/* Taken back                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static void write_noting_drop(roost_node in) {
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  assert_int_equal(
      roost_write(near, &buf, 1, &count, in, NULL, log_wait, copy_text("w"), note_data, &waiting),
      0);
}

static void take_write_back(void) {
  take_back();
  assert_refused(ROOST_ESTALE, roost_unwait, (waiting));
}

/* S2b: `drop` comes when libuv has let go of the buffers. */
static void a_write_that_is_taken_back_is_dropped_at_its_end(void **state) {
  (void)state;
  write_noting_drop(s);
  act(MS(10), take_write_back);
  act(MS(20), begin_to_drain);
  run();
  assert_log("@20 drop:w");
  assert_int_equal(count, sizeof much);
}

/* S7: with a bounded grace it has that from then on. */
static void a_write_that_is_taken_back_has_its_grace(void **state) {
  (void)state;
  roost_scope g = scope(s, "g", .grace_ns = SECONDS(2));
  write_noting_drop(g);
  act(SECONDS(1), take_write_back);
  run();
  assert_log("@3000 drop:w");
  assert_true(is_closing());
}

static void begin_write(roost_task self) { write_much(self, "w", NULL); }

/* T2, S2b: no node ends while a write of its is under way. */
static void a_task_ends_when_its_write_has(void **state) {
  (void)state;
  roost_task task = spawn(root, "a", .body = begin_write);
  on_end(task, s, "end");
  act(MS(10), begin_to_drain);
  run();
  assert_log("a+ @10 end=0");
  assert_int_equal(count, sizeof much);
}

/* S8a: the runtime's closing too waits for it, in a node without a grace that has a bound. */
static void closing_the_runtime_waits_for_a_write(void **state) {
  (void)state;
  write_noting_drop(s);
  begin_to_drain();
  assert_int_equal(close_now(), 0);
  assert_log("drop:w");
  assert_int_equal(count, sizeof much);
}

/* S8a, S7 */
static void closing_the_runtime_closes_a_stream_that_lasts(void **state) {
  (void)state;
  write_noting_drop(scope(s, "g", .grace_ns = SECONDS(2)));
  assert_int_equal(close_now(), 0);
  assert_log("@2000 drop:w");
  assert_int_equal(count, drain_now());
}

/* ---------------------------------------------------------------------------------------------- */
/* Streams that are closed meanwhile                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* C4a: nobody has cancelled it. */
static void closing_a_stream_ends_its_write(void **state) {
  (void)state;
  write_much(s, "w", NULL);
  act(MS(10), close_near);
  run();
  assert_log("@10 w=ECLOSED");
  assert_int_equal(count, drain_now());
}

/* C4: it was cancelled before, which is what it says. */
static void closing_a_stream_ends_a_cancelled_write(void **state) {
  (void)state;
  write_much(s, "w", NULL);
  act(MS(10), cancel_s);
  act(MS(20), close_near);
  run();
  assert_log("@20 w=ECANCELED");
  assert_int_equal(count, drain_now());
}

/* S7: in the same step. Nothing is closed twice. */
static void a_stream_may_be_closed_as_its_write_is_cancelled(void **state) {
  (void)state;
  write_much(s, "w", ROOST_STREAM(.close_on_cancel = 1));
  act(MS(10), cancel_s);
  act(MS(10), close_near);
  run();
  assert_log("@10 w=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* B1                                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static int drops;
static void count_drop(void *data) {
  (void)data;
  drops++;
}
#define WRITE(stream, buffers, size, in, options)                                                  \
  ((void *)(stream), buffers, size, NULL, in, options, log_wait, NULL, count_drop, NULL)

/* B1, K5 */
static void a_write_that_cannot_begin_is_refused(void **state) {
  (void)state;
  uv_buf_t buf = uv_buf_init("x", 1);
  uv_buf_t nowhere[2] = {{"x", 1}, {NULL, 5}};
  uv_buf_t huge[3] = {{"x", SIZE_MAX / 2}, {"x", SIZE_MAX / 2}, {"x", 7}};
  uv_timer_t timer;
  uv_tcp_t unopened;
  roost_stream_options no_size = {0};
  drops = 0;
  assert_refused(ROOST_EINVAL, roost_write, WRITE(NULL, &buf, 1, s, NULL));
  assert_refused(ROOST_EINVAL, roost_write, WRITE(near, NULL, 1, s, NULL));
  assert_refused(ROOST_EINVAL, roost_write, WRITE(near, &buf, 1025, s, NULL));
  assert_refused(ROOST_EINVAL, roost_write, WRITE(near, &buf, UINT64_MAX, s, NULL));
  assert_refused(ROOST_EINVAL, roost_write, WRITE(near, nowhere, 2, s, NULL));
  assert_refused(ROOST_EINVAL, roost_write, WRITE(near, huge, 3, s, NULL));
  assert_refused(ROOST_EINVAL, roost_write, WRITE(near, &buf, 1, (roost_node){0}, NULL));
  assert_refused(ROOST_EINVAL, roost_write, WRITE(near, &buf, 1, s, &no_size));
  assert_refused(ROOST_EINVAL, roost_write,
                 WRITE(near, &buf, 1, s, ROOST_STREAM(.close_on_cancel = 2)));
  assert_refused(ROOST_EINVAL, roost_write, WRITE(near, &buf, 1, s, ROOST_STREAM(.keep_open = 2)));
  assert_refused(ROOST_EINVAL, roost_write,
                 WRITE(near, &buf, 1, s, ROOST_STREAM(.close_on_cancel = 1, .keep_open = 1)));
  assert_int_equal(uv_timer_init(loop, &timer), 0);
  own(&timer);
  assert_refused(ROOST_EINVAL, roost_write, WRITE(&timer, &buf, 1, s, NULL));
  assert_int_equal(uv_tcp_init(loop, &unopened), 0);
  own(&unopened);
  assert_refused(UV_EBADF, roost_write, WRITE(&unopened, &buf, 1, s, NULL));
  close_far();
  assert_refused(UV_EPIPE, roost_write, WRITE(near, &buf, 1, s, NULL));
  assert_int_equal(drops, 14);
  assert_int_equal(close_now(), 0);
}

/* B1 */
static void a_second_writer_is_refused(void **state) {
  (void)state;
  uv_buf_t buf = uv_buf_init("x", 1);
  write_much(s, "w", NULL);
  assert_refused(ROOST_EBUSY, roost_write, WRITE(near, &buf, 1, s, NULL));
  act(MS(10), begin_to_drain);
  run();
  assert_log("@10 w=0");
  write_text(s, "v", "hello");
  run();
  assert_log("v=0");
}

/* B1 */
static void a_stream_that_is_being_closed_is_refused(void **state) {
  (void)state;
  uv_buf_t buf = uv_buf_init("x", 1);
  close_near();
  assert_refused(ROOST_ECLOSED, roost_write, WRITE(near, &buf, 1, s, NULL));
}

/* S7: reading goes on while somebody writes, in one node or several. */
static void a_stream_is_read_while_it_is_written(void **state) {
  (void)state;
  write_much(s, "w", NULL);
  assert_int_equal(roost_read(near, buffer, 9, root, log_wait, copy_text("r"), drop_data, NULL), 0);
  send_text("hello");
  act(MS(10), begin_to_drain);
  run();
  assert_log("r=5 @10 w=0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_write_that_fits_is_over_at_once),
      TEST(a_write_that_does_not_fit_waits_for_its_reader),
      TEST(a_write_of_many_buffers_loses_no_byte),
      TEST(a_write_of_nothing_is_over_at_once),
      TEST(a_write_without_a_count),
      TEST(a_write_comes_after_what_is_queued),
      TEST(a_write_fails_when_its_reader_goes),
      TEST(a_write_that_is_over_keeps_its_result),
      TEST(a_write_in_a_cancelled_node_writes_nothing),
      TEST(a_write_that_ends_as_it_is_cancelled_keeps_its_result),
      TEST(a_cancelled_write_goes_on_without_a_grace),
      TEST(a_cancelled_write_ends_within_its_grace),
      TEST(a_cancelled_write_closes_its_stream_when_its_grace_is_over),
      TEST(the_count_of_a_closed_write_is_exact),
      TEST(without_any_grace_the_stream_is_closed_at_once),
      TEST(close_on_cancel_closes_at_once),
      TEST(keep_open_waits_without_a_limit),
      TEST(the_shorter_grace_around_a_write_counts),
      TEST(a_later_cancellation_with_less_grace_counts),
      TEST(a_write_behind_a_shield_has_had_its_grace),
      TEST(a_cleanup_writes_as_long_as_its_grace_lasts),
      TEST(a_stopping_write_has_its_grace),
      TEST(a_write_that_is_taken_back_is_dropped_at_its_end),
      TEST(a_write_that_is_taken_back_has_its_grace),
      TEST(a_task_ends_when_its_write_has),
      TEST(closing_the_runtime_waits_for_a_write),
      TEST(closing_the_runtime_closes_a_stream_that_lasts),
      TEST(closing_a_stream_ends_its_write),
      TEST(closing_a_stream_ends_a_cancelled_write),
      TEST(a_stream_may_be_closed_as_its_write_is_cancelled),
      TEST(a_write_that_cannot_begin_is_refused),
      TEST(a_second_writer_is_refused),
      TEST(a_stream_that_is_being_closed_is_refused),
      TEST(a_stream_is_read_while_it_is_written),
  };
  return cmocka_run_group_tests_name("stream_write", tests, NULL, NULL);
}
