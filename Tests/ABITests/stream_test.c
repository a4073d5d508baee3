/* real: S3, S7, C4: reading from streams. */
#include "streams.h"

/* ---------------------------------------------------------------------------------------------- */
/* What the tests share                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static roost_wait read_up_to(uint64_t size, roost_node in, const char *name) {
  roost_wait wait = {0};
  assert_int_equal(roost_read(near, buffer, size, in, log_wait, copy_text(name), drop_data, &wait),
                   0);
  return wait;
}
static roost_wait read_in(roost_node in, const char *name) {
  return read_up_to(sizeof buffer, in, name);
}
static roost_wait read_exactly(uint64_t size, roost_node in, const char *name) {
  roost_wait wait = {0};
  assert_int_equal(roost_read_exactly(near, buffer, size, &count, in, log_wait, copy_text(name),
                                      drop_data, &wait),
                   0);
  return wait;
}

static void send_hello(void) { send_text("hello"); }
static void send_y(void) { send_text("y"); }

/* What is still there for whoever reads next. */
static void assert_left(const char *text) {
  memset(buffer, 0, sizeof buffer);
  read_in(root, "left");
  run();
  assert_string_equal(buffer, text);
  clear_log();
}

/* ---------------------------------------------------------------------------------------------- */
/* S3: reading                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* S3, S2b: never inside the call. */
static void a_read_is_told_how_much_was_there(void **state) {
  (void)state;
  send_hello();
  read_in(s, "r");
  assert_log("");
  run();
  assert_log("r=5");
  assert_string_equal(buffer, "hello");
}

/* S3, D4: the virtual clock goes on meanwhile. */
static void a_read_waits_until_something_comes(void **state) {
  (void)state;
  read_in(s, "r");
  act(MS(10), send_hello);
  run();
  assert_log("@10 r=5");
}

/* S3: at most as much as there is room for; the rest is for the next. */
static void a_read_takes_no_more_than_its_room(void **state) {
  (void)state;
  send_hello();
  read_up_to(2, s, "a");
  run();
  read_up_to(3, s, "b");
  run();
  assert_log("a=2 b=3");
  assert_memory_equal(buffer, "llo", 3);
}

/* S3: as often as it is asked. */
static void the_end_is_told_again_and_again(void **state) {
  (void)state;
  send_hello();
  close_far();
  for (int i = 0; i < 3; i++) {
    read_in(s, "r");
    run();
  }
  assert_log("r=5 r=-4095 r=-4095");
  assert_int_equal(UV_EOF, -4095);
}

/* S3: an end that comes with the last bytes is told to the next, however small the first was. */
static void the_end_is_not_lost_behind_a_small_read(void **state) {
  (void)state;
  send_hello();
  close_far();
  read_up_to(5, s, "a");
  run();
  read_in(s, "b");
  run();
  assert_log("a=5 b=-4095");
}

static int left_to_read;
static void read_next(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  note("%.*s", rc < 0 ? 0 : rc, buffer);
  if (--left_to_read > 0)
    assert_int_equal(roost_read(near, buffer, 2, s, read_next, NULL, NULL, NULL), 0);
}

/* S2b: from the function of the one before. */
static void reads_follow_each_other(void **state) {
  (void)state;
  left_to_read = 4;
  send_hello();
  read_next((roost_wait){0}, 0, NULL);
  act(MS(10), send_y);
  run();
  assert_log("he ll o");
  send_y();
  left_to_read = 1;
  assert_int_equal(roost_read(near, buffer, 2, s, read_next, NULL, NULL, NULL), 0);
  run();
}

/* ---------------------------------------------------------------------------------------------- */
/* C4: a byte is read or stays                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* C4a: taken before anything came. */
static void a_cancelled_read_has_read_nothing(void **state) {
  (void)state;
  read_in(s, "r");
  act(MS(10), cancel_s);
  act(MS(10), send_hello);
  run();
  assert_log("@10 r=ECANCELED");
  assert_left("hello");
}

/* C3a: not even what is there. */
static void a_read_in_a_cancelled_node_reads_nothing(void **state) {
  (void)state;
  send_hello();
  cancel_s();
  read_in(s, "r");
  run();
  assert_log("r=ECANCELED");
  assert_left("hello");
}

/* C4: a result that is there when the cancel comes is kept; the next is cancelled. */
static void a_read_that_was_completed_keeps_its_bytes(void **state) {
  (void)state;
  send_hello();
  read_in(s, "r");
  after_next_poll(cancel_s);
  run();
  assert_log("r=5");
  read_in(s, "r");
  run();
  assert_log("r=ECANCELED");
}

/* K3: its function is not called, and its data dropped. */
static void a_read_that_is_taken_back_has_read_nothing(void **state) {
  (void)state;
  assert_int_equal(roost_read(near, buffer, 9, s, log_wait, copy_text("r"), note_data, &waiting),
                   0);
  act(MS(10), take_back);
  act(MS(10), send_hello);
  run();
  assert_log("@10 drop:r");
  assert_left("hello");
}

/* S2b */
static void a_read_that_was_completed_cannot_be_taken_back(void **state) {
  (void)state;
  send_hello();
  waiting = read_in(s, "r");
  uv_run(loop, UV_RUN_NOWAIT);
  assert_log("");
  assert_refused(ROOST_ESTALE, roost_unwait, (waiting));
  run();
  assert_log("r=5");
}

static void begin_read(roost_task self) { read_in(self, "r"); }

/* S2b: the body of its task ends. */
static void the_end_of_its_task_takes_a_read_back(void **state) {
  (void)state;
  spawn(root, "a", .body = begin_read);
  run();
  assert_log("a+");
  send_hello();
  assert_left("hello");
}

/* S8a, S8: nothing is left on the loop. */
static void closing_the_runtime_ends_a_read(void **state) {
  (void)state;
  read_in(s, "r");
  uv_run(loop, UV_RUN_NOWAIT);
  assert_int_equal(close_now(), 0);
  assert_log("r=ECANCELED");
}

/* C12: the mark of a shutdown. */
static void a_read_that_wants_it_ends_when_it_is_stopping(void **state) {
  (void)state;
  roost_scope u = scope(s, "u", .until_stopping = 1);
  read_in(u, "r");
  act(MS(10), stop_s);
  act(MS(10), send_hello);
  run();
  assert_log("@10 r=ESTOPPING");
  assert_left("hello");
}

/* C3: who reads next in the same turn gets what comes. */
static void a_cancelled_read_makes_room_for_another_at_once(void **state) {
  (void)state;
  roost_wait other = {0};
  read_in(s, "r");
  cancel_s();
  assert_int_equal(
      roost_read(near, buffer, 9, root, log_wait, copy_text("other"), drop_data, &other), 0);
  send_hello();
  run();
  assert_log("r=ECANCELED other=5");
}

/* ---------------------------------------------------------------------------------------------- */
/* S7: reading just so much                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* S3 */
static void a_read_of_a_length_waits_until_all_is_there(void **state) {
  (void)state;
  read_exactly(6, s, "r");
  assert_int_equal(count, 0);
  act(MS(10), send_hello);
  act(MS(20), send_y);
  run();
  assert_log("@20 r=0");
  assert_string_equal(buffer, "helloy");
  assert_int_equal(count, 6);
}

/* S3: what comes behind it is for the next. */
static void a_read_of_a_length_takes_no_more(void **state) {
  (void)state;
  send_hello();
  read_exactly(3, s, "r");
  run();
  assert_log("r=0");
  assert_left("lo");
}

/* S7: CANCELLED with the count that went through. */
static void a_read_of_a_length_that_is_cancelled_tells_how_far_it_came(void **state) {
  (void)state;
  send_hello();
  read_exactly(6, s, "r");
  act(MS(10), cancel_s);
  act(MS(10), send_y);
  run();
  assert_log("@10 r=ECANCELED");
  assert_int_equal(count, 5);
  assert_left("y");
}

/* S7: the twin, whose last byte came before. */
static void a_read_of_a_length_that_is_complete_is_not_cancelled(void **state) {
  (void)state;
  send_hello();
  read_exactly(5, s, "r");
  after_next_poll(cancel_s);
  run();
  assert_log("r=0");
  assert_int_equal(count, 5);
}

/* C3a */
static void a_read_of_a_length_in_a_cancelled_node_reads_nothing(void **state) {
  (void)state;
  send_hello();
  cancel_s();
  read_exactly(5, s, "r");
  run();
  assert_log("r=ECANCELED");
  assert_int_equal(count, 0);
  assert_left("hello");
}

/* S3 */
static void the_end_in_the_middle_is_told_with_the_count(void **state) {
  (void)state;
  send_hello();
  close_far();
  read_exactly(6, s, "r");
  run();
  assert_log("r=-4095");
  assert_int_equal(count, 5);
}

/* S3: the count need not be wanted. */
static void a_read_of_a_length_without_a_count(void **state) {
  (void)state;
  send_hello();
  assert_int_equal(
      roost_read_exactly(near, buffer, 5, NULL, s, log_wait, copy_text("r"), drop_data, NULL), 0);
  run();
  assert_log("r=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Streams that are closed while somebody reads                                                   */
/* ---------------------------------------------------------------------------------------------- */

static int open_unowned(void **state) {
  if (open_streams(state) != 0) return -1;
  close_far();
  return 0;
}
#define UNOWNED(function) cmocka_unit_test_setup_teardown(function, open_unowned, close_streams)

/* One that is freed in its own close callback, by a program that nobody tells anything. */
static uv_pipe_t *fleeting;
static void free_fleeting(uv_handle_t *handle) {
  note("freed");
  free(handle);
}
static void close_fleeting(void) { uv_close((uv_handle_t *)fleeting, free_fleeting); }

static void read_fleeting(roost_node in) {
  int ends[2];
  fleeting = malloc(sizeof *fleeting);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(uv_pipe_init(loop, fleeting, 0), 0);
  assert_int_equal(uv_pipe_open(fleeting, ends[0]), 0);
  far = ends[1];
  assert_int_equal(roost_read((uv_stream_t *)fleeting, buffer, sizeof buffer, in, log_wait,
                              copy_text("r"), drop_data, NULL),
                   0);
}

/* S3a: libuv tells no reader; a wait never hangs for it. From a step, */
static void closing_a_stream_ends_its_read(void **state) {
  (void)state;
  read_fleeting(s);
  act(MS(10), close_fleeting);
  run();
  assert_log("@10 freed r=ECLOSED");
}

/* from a callback of libuv's, */
static void closing_a_stream_while_the_loop_polls_ends_its_read(void **state) {
  (void)state;
  read_fleeting(s);
  in_next_poll(close_fleeting);
  run();
  assert_log("freed r=ECLOSED");
}

/* from one that is called right after the poll, and was there before anybody read, */
static void closing_a_stream_right_after_the_poll_ends_its_read(void **state) {
  (void)state;
  after_next_poll(close_fleeting);
  read_fleeting(s);
  act(MS(10), cancel_s); /* the loop polls without waiting */
  run();
  assert_log("freed r=ECLOSED");
}

/* and right after it was read: it is not touched any more. */
static void closing_a_stream_that_was_just_read_lets_go_of_it(void **state) {
  (void)state;
  read_fleeting(s);
  send_hello();
  after_next_poll(close_fleeting);
  run();
  assert_log("freed r=5");
}

static uv_pipe_t extra;
static uv_check_t checker;
static void close_in_check(uv_check_t *handle) {
  if (!uv_is_closing((uv_handle_t *)&extra)) uv_close((uv_handle_t *)&extra, NULL);
  uv_close((uv_handle_t *)handle, NULL);
}

static void turn_on(void) {}

/* T2: libuv runs the callback of a check after its poll, and close callbacks in the same turn. */
static void a_stream_that_is_closed_in_a_check_is_lost_too(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(uv_pipe_init(loop, &extra, 0), 0);
  assert_int_equal(uv_pipe_open(&extra, ends[0]), 0);
  assert_int_equal(uv_check_init(loop, &checker), 0);
  assert_int_equal(uv_check_start(&checker, close_in_check), 0);
  assert_int_equal(
      roost_read((uv_stream_t *)&extra, buffer, 8, s, log_wait, copy_text("read"), drop_data, NULL),
      0);
  act(0, turn_on);
  run();
  close(ends[1]);
  assert_log("read=ECLOSED");
}

/* C4: a read that is cancelled, and a stream that is closed, in the same step. */
static void closing_a_stream_whose_read_was_cancelled_lets_go_of_it(void **state) {
  (void)state;
  read_fleeting(s);
  act(MS(10), cancel_s);
  act(MS(10), close_fleeting);
  run();
  assert_log("@10 freed r=ECANCELED");
}

/* S7: with what it had. */
static void closing_a_stream_ends_a_read_of_a_length(void **state) {
  (void)state;
  send_hello();
  read_exactly(6, s, "r");
  act(MS(10), close_near);
  run();
  assert_log("@10 r=ECLOSED");
  assert_int_equal(count, 5);
}

/* K2: by the node that owns it. */
static void the_end_of_its_owner_ends_a_read(void **state) {
  (void)state;
  roost_scope owner = scope(root, "owner");
  read_fleeting(s);
  assert_int_equal(roost_own_handle(owner, (uv_handle_t *)fleeting, free_fleeting), 0);
  join(owner, 0);
  run();
  assert_log("r=ECLOSED freed owner=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Together with the program's own reading                                                        */
/* ---------------------------------------------------------------------------------------------- */

static int programs_bytes;
static void count_bytes(uv_stream_t *stream, ssize_t size, const uv_buf_t *read) {
  (void)stream;
  (void)read;
  if (size > 0) programs_bytes += (int)size;
}

static void stop_and_read_by_program(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  note("r=%d", rc);
  assert_int_equal(uv_read_start(near, give_buffer, count_bytes), UV_EALREADY);
  assert_int_equal(uv_read_stop(near), 0);
  assert_int_equal(uv_read_start(near, give_buffer, count_bytes), 0);
}

/* S3: whoever has read here, and wants uv_read_start in the same step, stops before; what the
 * program reads then is not stopped. */
static void the_program_may_go_on_reading_by_itself(void **state) {
  (void)state;
  programs_bytes = 0;
  send_hello();
  assert_int_equal(roost_read(near, buffer, 2, s, stop_and_read_by_program, NULL, NULL, NULL), 0);
  run();
  assert_log("r=2");
  for (int i = 0; i < 3; i++) uv_run(loop, UV_RUN_NOWAIT);
  assert_int_equal(programs_bytes, 3);
  assert_refused(ROOST_EBUSY, roost_read, (near, buffer, 2, s, log_wait, NULL, NULL, NULL));
  assert_int_equal(uv_read_stop(near), 0);
}

/* S3: when the loop has polled since, it is as if nobody had ever read. */
static void a_stream_is_not_read_while_nobody_waits(void **state) {
  (void)state;
  send_hello();
  read_up_to(2, s, "r");
  run();
  uv_run(loop, UV_RUN_NOWAIT);
  assert_false(uv_is_active((uv_handle_t *)near));
  assert_int_equal(uv_read_start(near, give_buffer, count_bytes), 0);
  assert_int_equal(uv_read_stop(near), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* B1                                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static int drops;
static void count_drop(void *data) {
  (void)data;
  drops++;
}
#define READ(stream, to, size, in)                                                                 \
  ((void *)(stream), to, size, in, log_wait, NULL, count_drop, NULL)

/* B1, K5 */
static void a_read_that_cannot_begin_is_refused(void **state) {
  (void)state;
  uv_timer_t timer;
  uv_tcp_t unopened;
  uv_loop_t other;
  uv_pipe_t elsewhere;
  drops = 0;
  assert_refused(ROOST_EINVAL, roost_read, READ(NULL, buffer, 1, s));
  assert_refused(ROOST_EINVAL, roost_read, READ(near, NULL, 1, s));
  assert_refused(ROOST_EINVAL, roost_read, READ(near, buffer, 0, s));
  assert_refused(ROOST_EINVAL, roost_read, READ(near, buffer, (1ull << 31) + 1, s));
  assert_refused(ROOST_EINVAL, roost_read, READ(near, buffer, 1, (roost_node){0}));
  assert_int_equal(uv_timer_init(loop, &timer), 0);
  own(&timer);
  assert_refused(ROOST_EINVAL, roost_read, READ(&timer, buffer, 1, s));
  assert_int_equal(uv_tcp_init(loop, &unopened), 0);
  own(&unopened);
  assert_refused(UV_ENOTCONN, roost_read, READ(&unopened, buffer, 1, s));
  assert_int_equal(uv_loop_init(&other), 0);
  assert_int_equal(uv_pipe_init(&other, &elsewhere, 0), 0);
  assert_refused(ROOST_EINVAL, roost_read, READ(&elsewhere, buffer, 1, s));
  uv_close((uv_handle_t *)&elsewhere, NULL);
  uv_run(&other, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&other), 0);
  assert_int_equal(drops, 8);
  assert_int_equal(close_now(), 0);
}

/* B1: a wait for the same; the one that is there goes on. */
static void a_second_reader_is_refused(void **state) {
  (void)state;
  read_in(s, "r");
  assert_refused(ROOST_EBUSY, roost_read, (near, buffer, 1, s, log_wait, NULL, NULL, NULL));
  assert_refused(ROOST_EBUSY, roost_read_exactly,
                 (near, buffer, 1, NULL, s, log_wait, NULL, NULL, NULL));
  send_hello();
  run();
  assert_log("r=5");
}

/* B1 */
static void a_stream_that_the_program_reads_is_refused(void **state) {
  (void)state;
  assert_int_equal(uv_read_start(near, give_buffer, count_bytes), 0);
  assert_refused(ROOST_EBUSY, roost_read, (near, buffer, 1, s, log_wait, NULL, NULL, NULL));
  assert_int_equal(uv_read_stop(near), 0);
}

/* B1 */
static void a_stream_that_is_being_closed_is_refused(void **state) {
  (void)state;
  close_near();
  assert_refused(ROOST_ECLOSED, roost_read, (near, buffer, 1, s, log_wait, NULL, NULL, NULL));
  assert_refused(ROOST_ECLOSED, roost_read_exactly,
                 (near, buffer, 1, NULL, s, log_wait, NULL, NULL, NULL));
}

static roost_runtime second;
static void end_second(const roost_result *result, void *data) {
  (void)result;
  (void)data;
  note("closed");
}

/* T3: one loop may have two runtimes, and a stream a reader in each, one after the other. */
static void two_runtimes_read_from_one_stream(void **state) {
  (void)state;
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = loop, .clock = ROOST_CLOCK_VIRTUAL), &second), 0);
  roost_wait wait = {0};
  send_hello();
  read_up_to(2, s, "a");
  assert_refused(ROOST_EBUSY, roost_read,
                 (near, buffer, 1, roost_root(second), log_wait, NULL, NULL, NULL));
  run();
  assert_int_equal(
      roost_read(near, buffer, 9, roost_root(second), log_wait, copy_text("b"), drop_data, &wait),
      0);
  for (int i = 0; i < 3; i++) uv_run(loop, UV_RUN_NOWAIT);
  assert_log("a=2 b=3");
  roost_close(second, 0, end_second, NULL, NULL);
  for (int i = 0; i < 5; i++) uv_run(loop, UV_RUN_NOWAIT);
  assert_log("closed");
}

/* S3: many streams at a time are told apart. */
static void many_streams_are_read_at_once(void **state) {
  (void)state;
  enum { PAIRS = 200 };
  static uv_pipe_t pipes[PAIRS];
  static int ends[PAIRS];
  static char bytes[PAIRS];
  for (int i = 0; i < PAIRS; i++) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(uv_pipe_init(loop, &pipes[i], 0), 0);
    assert_int_equal(uv_pipe_open(&pipes[i], pair[0]), 0);
    own(&pipes[i]);
    ends[i] = pair[1];
    assert_int_equal(roost_read((uv_stream_t *)&pipes[i], &bytes[i], 1, s, log_wait, copy_text("r"),
                                drop_data, NULL),
                     0);
  }
  for (int round = 0; round < 2; round++) {
    for (int i = round; i < PAIRS; i += 2) assert_int_equal(write(ends[i], &(char){(char)i}, 1), 1);
    for (int i = 0; i < 3; i++) uv_run(loop, UV_RUN_NOWAIT);
    for (int i = round; i < PAIRS; i += 2) assert_int_equal(bytes[i], (char)i);
  }
  clear_log();
  for (int i = 0; i < PAIRS; i++) close(ends[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_read_is_told_how_much_was_there),
      TEST(a_read_waits_until_something_comes),
      TEST(a_read_takes_no_more_than_its_room),
      TEST(the_end_is_told_again_and_again),
      TEST(the_end_is_not_lost_behind_a_small_read),
      TEST(reads_follow_each_other),
      TEST(a_cancelled_read_has_read_nothing),
      TEST(a_read_in_a_cancelled_node_reads_nothing),
      TEST(a_read_that_was_completed_keeps_its_bytes),
      TEST(a_read_that_is_taken_back_has_read_nothing),
      TEST(a_read_that_was_completed_cannot_be_taken_back),
      TEST(the_end_of_its_task_takes_a_read_back),
      TEST(closing_the_runtime_ends_a_read),
      TEST(a_read_that_wants_it_ends_when_it_is_stopping),
      TEST(a_cancelled_read_makes_room_for_another_at_once),
      TEST(a_read_of_a_length_waits_until_all_is_there),
      TEST(a_read_of_a_length_takes_no_more),
      TEST(a_read_of_a_length_that_is_cancelled_tells_how_far_it_came),
      TEST(a_read_of_a_length_that_is_complete_is_not_cancelled),
      TEST(a_read_of_a_length_in_a_cancelled_node_reads_nothing),
      TEST(the_end_in_the_middle_is_told_with_the_count),
      TEST(a_read_of_a_length_without_a_count),
      UNOWNED(closing_a_stream_ends_its_read),
      UNOWNED(closing_a_stream_while_the_loop_polls_ends_its_read),
      UNOWNED(closing_a_stream_right_after_the_poll_ends_its_read),
      UNOWNED(closing_a_stream_that_was_just_read_lets_go_of_it),
      UNOWNED(closing_a_stream_whose_read_was_cancelled_lets_go_of_it),
      TEST(closing_a_stream_ends_a_read_of_a_length),
      UNOWNED(the_end_of_its_owner_ends_a_read),
      TEST(the_program_may_go_on_reading_by_itself),
      TEST(a_stream_is_not_read_while_nobody_waits),
      TEST(a_read_that_cannot_begin_is_refused),
      TEST(a_second_reader_is_refused),
      TEST(a_stream_that_the_program_reads_is_refused),
      TEST(a_stream_that_is_closed_in_a_check_is_lost_too),
      TEST(a_stream_that_is_being_closed_is_refused),
      TEST(two_runtimes_read_from_one_stream),
      TEST(many_streams_are_read_at_once),
  };
  return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
