/* S3: waits for descriptors. What is written to one end of a pair can be read at the other at once,
 * and the next look of the loop brings it: so all this is on the virtual clock, and depends on no
 * time. */
#include "chance.h"

#include <roost_fiber.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

static roost_scope s;
static roost_task task;
static roost_wait the_wait;
static int pair[2]; /* two ends of a socket */

static const char *name_of(int rc) { return rc == UV_EBADF ? "EBADF" : code_name(rc); }

static void log_ready(roost_wait w, int rc, void *name) {
  (void)w;
  note("%s=%s", (char *)name, name_of(rc));
}

static roost_wait on_readable(int fd, roost_node in, const char *name) {
  roost_wait w = {0};
  assert_int_equal(roost_on_readable(fd, in, log_ready, copy_text(name), drop_data, &w), 0);
  return w;
}

static roost_wait on_writable(int fd, roost_node in, const char *name) {
  roost_wait w = {0};
  assert_int_equal(roost_on_writable(fd, in, log_ready, copy_text(name), drop_data, &w), 0);
  return w;
}

static void open_pair(int ends[2]) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
}

/* Writes until there is no more room. */
static void fill(int fd) {
  static const char bytes[4096];
  while (write(fd, bytes, sizeof bytes) > 0) {
  }
  assert_int_equal(errno, EAGAIN);
}

/* Reads until nothing is left. */
static void empty(int fd) {
  char bytes[4096];
  while (read(fd, bytes, sizeof bytes) > 0) {
  }
}

static void put(int fd) { assert_int_equal(write(fd, "x", 1), 1); }
static void put_far(void) { put(pair[1]); }
static void close_far(void) {
  assert_int_equal(close(pair[1]), 0);
  pair[1] = -1;
}
static void empty_far(void) { empty(pair[1]); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void take_back(void) { assert_int_equal(roost_unwait(the_wait), 0); }
static void end_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }
static void stop_s(void) { assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0); }
static void poll_once(void) { uv_run(roost_loop(rt), UV_RUN_NOWAIT); }

static int count_descriptors(void) {
  int count = 0;
  for (int fd = 0; fd < 4096; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static int descriptors_before;

/* A pair, and a scope in which most of the waits here are. */
static int open_all(void **state) {
  descriptors_before = count_descriptors();
  if (open_runtime(state) != 0) return -1;
  s = scope(root, "s");
  open_pair(pair);
  return 0;
}

/* S8a: no descriptor is left open. */
static int close_and_count(void **state) {
  for (int i = 0; i < 2; i++)
    if (pair[i] >= 0) close(pair[i]);
  if (close_runtime(state) != 0) return -1;
  if (count_descriptors() == descriptors_before) return 0;
  print_error("descriptors are left open\n");
  return -1;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_and_count)

/* ---------------------------------------------------------------------------------------------- */
/* S3: it is ready                                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* S3, S2b: told in a later turn. */
static void what_can_be_read_is_told(void **state) {
  (void)state;
  put_far();
  on_readable(pair[0], s, "r");
  assert_log("");
  run();
  assert_log("r=0");
}

/* S3 */
static void what_comes_later_is_told_then(void **state) {
  (void)state;
  on_readable(pair[0], s, "r");
  act(SECONDS(1), put_far);
  run();
  assert_log("@1000 r=0");
}

/* S3 */
static void what_can_be_written_to_is_told(void **state) {
  (void)state;
  on_writable(pair[0], s, "w");
  run();
  assert_log("w=0");
}

/* S3 */
static void room_that_comes_later_is_told_then(void **state) {
  (void)state;
  fill(pair[0]);
  on_writable(pair[0], s, "w");
  act(SECONDS(1), empty_far);
  run();
  assert_log("@1000 w=0");
}

/* S3: nothing is taken, so the next wait is told the same. */
static void it_stays_ready_until_it_is_read(void **state) {
  (void)state;
  put_far();
  for (int i = 0; i < 3; i++) {
    on_readable(pair[0], s, "r");
    run();
    assert_log("r=0");
  }
  empty(pair[0]);
  on_readable(pair[0], s, "r");
  act(SECONDS(1), put_far);
  run();
  assert_log("@1000 r=0");
}

/* S3: the end of what comes can be read. */
static void an_end_can_be_read(void **state) {
  (void)state;
  on_readable(pair[0], s, "r");
  act(SECONDS(1), close_far);
  run();
  assert_log("@1000 r=0");
}

/* S3: that of one direction too. */
static void an_end_of_one_direction_can_be_read(void **state) {
  (void)state;
  assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
  on_readable(pair[0], s, "r");
  run();
  assert_log("r=0");
}

/* S3: an error of which a write tells. */
static void an_error_can_be_written_to(void **state) {
  (void)state;
  fill(pair[0]);
  on_writable(pair[0], s, "w");
  act(SECONDS(1), close_far);
  run();
  assert_log("@1000 w=0");
}

/* S3 */
static void a_broken_pipe_is_ready(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
  fill(ends[1]);
  on_writable(ends[1], s, "w");
  close(ends[0]);
  run();
  assert_log("w=0");
  close(ends[1]);
}

/* S3: the one end is no hindrance to the other. */
static void a_reader_and_a_writer_wait_for_one_descriptor(void **state) {
  (void)state;
  fill(pair[0]);
  on_readable(pair[0], s, "r");
  on_writable(pair[0], root, "w");
  act(SECONDS(1), put_far);
  act(SECONDS(2), empty_far);
  run();
  assert_log("@1000 r=0 @2000 w=0");
  fill(pair[0]);
  empty(pair[0]);
  on_writable(pair[0], root, "w");
  on_readable(pair[0], s, "r");
  act(SECONDS(1), empty_far);
  act(SECONDS(2), put_far);
  run();
  assert_log("@3000 w=0 @4000 r=0");
}

/* S3: an end of both is told to both. */
static void an_end_of_both_is_told_to_both(void **state) {
  (void)state;
  fill(pair[0]);
  on_readable(pair[0], s, "r");
  on_writable(pair[0], s, "w");
  close_far();
  run();
  assert_log("r=0 w=0");
}

/* S3: each runtime has its own waits. */
static void every_runtime_is_told(void **state) {
  (void)state;
  roost_runtime other;
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  on_readable(pair[0], s, "one");
  on_readable(pair[0], roost_root(other), "other");
  put_far();
  run();
  assert_log("one=0");
  assert_int_equal(roost_run(other), 0);
  assert_log("other=0");
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
}

/* S3: a regular file, and a folder, can always be read; so can a file be written to. */
static void a_file_is_always_ready(void **state) {
  (void)state;
  FILE *file = tmpfile();
  int folder = open("/", O_RDONLY);
  assert_true(file != NULL && folder >= 0);
  on_readable(fileno(file), s, "r");
  on_writable(fileno(file), s, "w");
  on_readable(folder, s, "folder");
  assert_log("");
  run();
  assert_log("r=0 w=0 folder=0");
  fclose(file);
  close(folder);
}

/* S3: other kinds of descriptors. */
static void an_event_s_descriptor_is_waited_for(void **state) {
  (void)state;
  int event = eventfd(0, EFD_NONBLOCK);
  on_writable(event, s, "w");
  on_readable(event, s, "r");
  poll_once();
  poll_once();
  assert_log("w=0");
  assert_int_equal(eventfd_write(event, 1), 0);
  run();
  assert_log("r=0");
  close(event);
}

static int many[1000][2];

static void write_to_all(void) {
  for (size_t i = 0; i < COUNT(many); i++) put(many[i][1]);
}

static uint64_t told_count;

static void count_told(roost_wait w, int rc, void *data) {
  (void)w;
  (void)data;
  assert_int_equal(rc, 0);
  told_count++;
}

/* S3: more than the kernel tells of at once. */
static void a_thousand_are_waited_for(void **state) {
  (void)state;
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 2200) skip();
  told_count = 0;
  for (size_t i = 0; i < COUNT(many); i++) {
    open_pair(many[i]);
    fill(many[i][0]);
    assert_int_equal(roost_on_readable(many[i][0], s, count_told, NULL, NULL, NULL), 0);
    assert_int_equal(roost_on_writable(many[i][1], s, count_told, NULL, NULL, NULL), 0);
  }
  act(SECONDS(1), write_to_all);
  run();
  assert_int_equal(told_count, 2 * COUNT(many));
  for (size_t i = 0; i < COUNT(many); i++) {
    close(many[i][0]);
    close(many[i][1]);
  }
  clear_log();
}

/* ---------------------------------------------------------------------------------------------- */
/* It comes too late                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* C3, C4: nothing was taken, and the next who waits is told. */
static void a_cancelled_wait_has_taken_nothing(void **state) {
  (void)state;
  fill(pair[0]);
  on_readable(pair[0], s, "r");
  on_writable(pair[0], root, "w");
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), empty_far);
  run();
  assert_log("@1000 r=ECANCELED @2000 w=0");
  put_far();
  on_readable(pair[0], root, "next");
  run();
  assert_log("next=0");
}

/* C4a: it became readable after the mark. */
static void what_comes_after_the_mark_is_left(void **state) {
  (void)state;
  on_readable(pair[0], s, "r");
  poll_once();
  cancel_s();
  put_far();
  run();
  assert_log("r=ECANCELED");
}

static void poll_then_cancel(void) {
  put_far();
  poll_once();
  cancel_s();
}

/* C4: what the loop has brought before the mark is kept. */
static void a_wait_that_has_ended_is_not_cancelled_any_more(void **state) {
  (void)state;
  on_readable(pair[0], s, "r");
  act(SECONDS(1), poll_then_cancel);
  run();
  assert_log("@1000 r=0");
}

/* C3a: neither is the descriptor looked at. */
static void in_a_cancelled_node_a_wait_is_cancelled(void **state) {
  (void)state;
  cancel_s();
  put_far();
  on_readable(pair[0], s, "r");
  on_readable(pair[0], s, "second");
  on_writable(INT_MAX, s, "none");
  assert_log("");
  run();
  assert_log("r=ECANCELED second=ECANCELED none=ECANCELED");
}

/* C10: the twin that sees no cancellation. */
static void in_a_shield_it_is_waited_for(void **state) {
  (void)state;
  fill(pair[0]);
  on_readable(pair[0], scope(s, "shielded", .shield = 1), "r");
  on_writable(pair[0], s, "w");
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), put_far);
  run();
  assert_log("@1000 w=ECANCELED @2000 r=0");
}

/* D2, D4: a descriptor does not hold the clock. */
static void a_deadline_ends_it(void **state) {
  (void)state;
  on_readable(pair[0], scope(root, "t", .timeout_ns = SECONDS(3)), "r");
  run();
  assert_log("@3000 r=ECANCELED");
}

/* C12, C12a */
static void a_stopping_node_ends_its_waits(void **state) {
  (void)state;
  s = scope(root, "stops", .until_stopping = 1);
  on_readable(pair[0], s, "r");
  act(SECONDS(1), stop_s);
  run();
  assert_log("@1000 r=ESTOPPING");
  put_far();
  on_readable(pair[0], s, "r");
  run();
  assert_log("r=ESTOPPING");
}

/* S2b, K5 */
static void a_wait_may_be_taken_back(void **state) {
  (void)state;
  the_wait = on_readable(pair[0], s, "r");
  act(SECONDS(1), take_back);
  act(SECONDS(2), put_far);
  run();
  assert_log("");
  assert_refused(ROOST_ESTALE, roost_unwait, (the_wait));
}

/* S2b: the twin that has what it waited for. */
static void a_wait_that_has_ended_is_not_taken_back(void **state) {
  (void)state;
  put_far();
  the_wait = on_readable(pair[0], s, "r");
  poll_once();
  assert_refused(ROOST_ESTALE, roost_unwait, (the_wait));
  run();
  assert_log("r=0");
}

static void wait_in_self(roost_task self) {
  task = self;
  on_readable(pair[0], self, "r");
}

/* S2b */
static void the_end_of_its_node_takes_a_wait_back(void **state) {
  (void)state;
  spawn(root, "a", .answers = ROOST_PENDING, .body = wait_in_self);
  act(SECONDS(1), end_task);
  act(SECONDS(2), put_far);
  run();
  assert_log("a+");
}

static void wait_again(roost_wait w, int rc, void *name) {
  log_ready(w, rc, name);
  on_readable(pair[0], root, "again");
}

/* C3: who is told may wait for the same at once. */
static void its_function_may_wait_for_the_same(void **state) {
  (void)state;
  assert_int_equal(roost_on_readable(pair[0], s, wait_again, copy_text("r"), drop_data, NULL), 0);
  cancel_s();
  put_far();
  run();
  assert_log("r=ECANCELED again=0");
}

/* Everything of one batch is there before the first is told; who is told then cancels the rest. */
static void told_first(roost_wait w, int rc, void *name) {
  log_ready(w, rc, name);
  cancel_s();
  empty(pair[0]);
}

/* C4: what is there in one look keeps it, whatever the first who is told does. */
static void one_batch_is_told_as_a_whole(void **state) {
  (void)state;
  int ends[2];
  open_pair(ends);
  put(ends[1]);
  put_far();
  assert_int_equal(roost_on_readable(ends[0], s, told_first, copy_text("a"), drop_data, NULL), 0);
  assert_int_equal(roost_on_readable(pair[0], s, log_ready, copy_text("b"), drop_data, NULL), 0);
  on_writable(ends[0], s, "c");
  run();
  assert_log("a=0 c=0 b=0");
  close(ends[0]);
  close(ends[1]);
}

/* ---------------------------------------------------------------------------------------------- */
/* Descriptors that are closed                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static void close_near(void) {
  assert_int_equal(roost_descriptor_closing(rt, pair[0]), 0);
  assert_int_equal(close(pair[0]), 0);
  pair[0] = -1;
}

/* S3: told beforehand. */
static void closing_a_descriptor_ends_its_waits(void **state) {
  (void)state;
  fill(pair[0]);
  on_readable(pair[0], s, "r");
  on_writable(pair[0], root, "w");
  act(SECONDS(1), close_near);
  run();
  assert_log("@1000 r=EBADF w=EBADF");
}

/* C4: the twin that has what it waited for. */
static void what_was_ready_before_the_closing_is_kept(void **state) {
  (void)state;
  put_far();
  on_readable(pair[0], s, "r");
  poll_once();
  assert_int_equal(roost_descriptor_closing(rt, pair[0]), ROOST_ALREADY);
  run();
  assert_log("r=0");
}

/* S3: it is only told of; who does not close it can wait for it again. */
static void what_was_not_closed_is_waited_for_again(void **state) {
  (void)state;
  on_readable(pair[0], s, "r");
  assert_int_equal(roost_descriptor_closing(rt, pair[0]), 0);
  assert_int_equal(roost_descriptor_closing(rt, pair[0]), ROOST_ALREADY);
  on_readable(pair[0], s, "again");
  put_far();
  run();
  assert_log("r=EBADF again=0");
}

/* S3: a number that nobody waits for, or nobody could. */
static void nobody_waits_for_what_is_closing(void **state) {
  (void)state;
  static const int numbers[] = {0, 1, -1, 1000, INT_MAX, INT_MIN};
  for (size_t i = 0; i < COUNT(numbers); i++)
    assert_int_equal(roost_descriptor_closing(rt, numbers[i]), ROOST_ALREADY);
  on_readable(pair[0], s, "r");
  for (size_t i = 0; i < COUNT(numbers); i++)
    assert_int_equal(roost_descriptor_closing(rt, numbers[i]), ROOST_ALREADY);
  put_far();
  run();
  assert_log("r=0");
}

/* Closes a descriptor without a word, and has another take its number. */
static void replace_near(void) {
  int ends[2];
  open_pair(ends);
  assert_int_equal(dup2(ends[0], pair[0]), pair[0]);
  close(ends[0]);
  close(pair[1]);
  pair[1] = ends[1];
}

/* S3: the wait for what had the number before ends when somebody waits for the number. */
static void a_number_that_is_used_again_is_noticed(void **state) {
  (void)state;
  on_readable(pair[0], s, "old");
  poll_once();
  replace_near();
  put_far();
  poll_once();
  assert_log("");
  on_readable(pair[0], root, "new");
  run();
  assert_log("old=EBADF new=0");
}

/* S3: so does a wait for the other direction. */
static void so_it_is_by_a_wait_for_the_other_direction(void **state) {
  (void)state;
  on_readable(pair[0], s, "old");
  replace_near();
  on_writable(pair[0], root, "new");
  run();
  assert_log("old=EBADF new=0");
}

/* S3: so does one for a file, that cannot be watched. */
static void so_it_is_by_a_wait_for_a_file(void **state) {
  (void)state;
  on_readable(pair[0], s, "old");
  poll_once();
  FILE *file = tmpfile();
  assert_true(file != NULL && dup2(fileno(file), pair[0]) == pair[0]);
  on_readable(pair[0], root, "new");
  run();
  assert_log("old=EBADF new=0");
  fclose(file);
}

/* S3: one that is closed behind its back, and stays so. */
static void a_closed_number_is_noticed(void **state) {
  (void)state;
  on_readable(pair[0], s, "old");
  int fd = pair[0];
  close(fd);
  pair[0] = -1;
  assert_refused(UV_EBADF, roost_on_readable,
                 (fd, s, log_ready, copy_text("new"), drop_data, NULL));
  run();
  assert_log("old=EBADF");
}

/* C3: or it ends when it is cancelled. */
static void what_was_closed_behind_its_back_can_be_cancelled(void **state) {
  (void)state;
  on_readable(pair[0], s, "r");
  poll_once();
  close(pair[0]);
  pair[0] = -1;
  act(SECONDS(1), cancel_s);
  run();
  assert_log("@1000 r=ECANCELED");
}

/* S3: a copy keeps the old end open, and what it still tells of is not the new one's. */
static void what_an_old_copy_brings_is_not_the_new_one_s(void **state) {
  (void)state;
  int copy = dup(pair[0]), far = dup(pair[1]);
  on_readable(pair[0], s, "old");
  poll_once();
  replace_near();
  on_readable(pair[0], root, "new");
  put(far);
  poll_once();
  poll_once();
  assert_log("old=EBADF");
  act(SECONDS(1), put_far);
  run();
  assert_log("@1000 new=0");
  close(copy);
  close(far);
}

/* S3: two numbers of one description are two. */
static void a_copy_is_waited_for_beside_it(void **state) {
  (void)state;
  int copy = dup(pair[0]);
  on_readable(pair[0], s, "one");
  on_readable(copy, s, "two");
  put_far();
  assert_int_equal(roost_descriptor_closing(rt, copy), 0);
  close(copy);
  run();
  assert_log("two=EBADF one=0");
}

/* S3: one of two directions is ready, and the descriptor was closed meanwhile. */
static void a_wait_that_is_left_behind_ends(void **state) {
  (void)state;
  int copy = dup(pair[0]);
  fill(pair[0]);
  on_readable(pair[0], s, "r");
  on_writable(pair[0], s, "w");
  poll_once();
  close(pair[0]);
  pair[0] = -1;
  put_far();
  run();
  assert_log("r=0 w=EBADF");
  close(copy);
}

/* ---------------------------------------------------------------------------------------------- */
/* S8, D4: the loop                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static int wait_in_daemon(roost_task self, void *data) {
  (void)data;
  on_readable(pair[0], self, "r");
  return ROOST_PENDING;
}

/* S8, L3: a daemon's wait does not keep the loop going, and works while something does. */
static void a_daemon_s_wait_keeps_nothing_going(void **state) {
  (void)state;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = wait_in_daemon, .daemon = 1), &task), 0);
  after(root, SECONDS(1), "a");
  run();
  assert_log("@1000 a=0");
  put_far();
  after(root, SECONDS(1), "b");
  run();
  assert_log("r=0 @2000 b=0");
  assert_int_equal(roost_finish(task, 0, NULL, NULL), 0);
}

static void *write_soon(void *data) {
  usleep(20000);
  put_far();
  return data;
}

/* D4, real: while something may come from a descriptor, nothing is a deadlock. */
static void what_may_come_is_no_deadlock(void **state) {
  (void)state;
  pthread_t thread;
  on_readable(pair[0], s, "r");
  assert_int_equal(pthread_create(&thread, NULL, write_soon, NULL), 0);
  run();
  assert_log("r=0");
  pthread_join(thread, NULL);
}

/* D4: when nobody waits for one any more, it may be. */
static void without_a_descriptor_a_hang_is_a_deadlock(void **state) {
  (void)state;
  roost_event event;
  assert_int_equal(roost_event_open(rt, &event), 0);
  put_far();
  on_readable(pair[0], s, "r");
  assert_int_equal(roost_event_wait(event, s, log_wait, copy_text("e"), drop_data, NULL), 0);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("r=0 e=ECANCELED");
  assert_int_equal(close_now(), ROOST_OK);
}

/* S8a: closing ends the waits. */
static void closing_the_runtime_ends_its_waits(void **state) {
  (void)state;
  on_readable(pair[0], s, "r");
  on_readable(pair[1], root, "q");
  assert_int_equal(close_now(), ROOST_OK);
  assert_log("q=ECANCELED r=ECANCELED");
}

static void note_close(const roost_result *result, void *data) {
  (void)data;
  note("closed=%s", code_name(result->code));
}

static void open_borrower(uv_loop_t *loop, roost_runtime *borrower) {
  assert_int_equal(uv_loop_init(loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = loop, .clock = ROOST_CLOCK_VIRTUAL), borrower), 0);
}

/* S8: on a borrowed loop nothing is left, neither between waits nor at the end. */
static void nothing_is_left_on_a_borrowed_loop(void **state) {
  (void)state;
  uv_loop_t loop;
  roost_runtime borrower;
  open_borrower(&loop, &borrower);
  on_readable(pair[0], roost_root(borrower), "r");
  put_far();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("r=0");
  assert_int_equal(uv_loop_alive(&loop), 0);
  empty(pair[0]);
  on_readable(pair[0], roost_root(borrower), "r");
  assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
  assert_int_equal(roost_close(borrower, 0, note_close, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("r=ECANCELED closed=0");
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void watched(uv_poll_t *poll, int status, int events) {
  assert_int_equal(status, 0);
  note("watched %d", events);
  uv_close((uv_handle_t *)poll, NULL);
}

/* S8: libuv may watch the same descriptor for the program. */
static void the_program_may_watch_it_too(void **state) {
  (void)state;
  uv_poll_t poll;
  assert_int_equal(uv_poll_init(roost_loop(rt), &poll, pair[0]), 0);
  assert_int_equal(uv_poll_start(&poll, UV_READABLE, watched), 0);
  on_readable(pair[0], s, "r");
  act(SECONDS(1), put_far);
  run();
  assert_log("@1000 watched 1 r=0");
}

/* S8b: what comes in the child is not taken from the parent, though the child turns the loop. */
static void a_forked_child_takes_nothing(void **state) {
  (void)state;
  uv_loop_t loop;
  roost_runtime borrower;
  open_borrower(&loop, &borrower);
  roost_group its_root = roost_root(borrower);
  on_readable(pair[0], its_root, "r");
  uv_run(&loop, UV_RUN_NOWAIT);
  put_far();
  pid_t child = fork();
  if (child == 0) {
    uv_loop_fork(&loop);
    int refused = roost_on_readable(pair[0], its_root, log_ready, NULL, NULL, NULL);
    int closing = roost_descriptor_closing(borrower, pair[0]);
    for (int i = 0; i < 3; i++) uv_run(&loop, UV_RUN_NOWAIT);
    _exit(refused == ROOST_ECHILD && closing == ROOST_ECHILD ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_log("r=0");
  assert_int_equal(roost_close(borrower, 0, NULL, NULL, NULL), ROOST_PENDING);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static void look_for_number(const char *text, uint64_t length, void *data) {
  char expected[32];
  snprintf(expected, sizeof expected, "for input from descriptor %d", pair[0]);
  assert_non_null(memmem(text, length, expected, strlen(expected)));
  snprintf(expected, sizeof expected, "for room in descriptor %d", pair[0]);
  assert_non_null(memmem(text, length, expected, strlen(expected)));
  *(int *)data = 1;
}

/* O1 */
static void a_dump_says_which_descriptor_is_waited_for(void **state) {
  (void)state;
  int seen = 0;
  on_readable(pair[0], s, "r");
  on_writable(pair[0], s, "w");
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for_number, &seen, NULL), 0);
  assert_int_equal(seen, 1);
  put_far();
  run();
  assert_log("r=0 w=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* B1: bad use                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static void assert_no_wait(int expected, int fd, roost_node in) {
  assert_refused(expected, roost_on_readable,
                 (fd, in, log_ready, copy_text("never"), drop_data, NULL));
  assert_refused(expected, roost_on_writable,
                 (fd, in, log_ready, copy_text("never"), drop_data, NULL));
}

/* B1, K5: no such descriptor; what was given is dropped. */
static void descriptors_that_are_not_open_are_refused(void **state) {
  (void)state;
  static const int bad[] = {-1, INT_MIN, INT_MAX, 4095, 1 << 20};
  for (size_t i = 0; i < COUNT(bad); i++) assert_no_wait(UV_EBADF, bad[i], s);
  run();
  assert_log("");
}

/* B1: one wait for each direction. */
static void a_second_reader_is_refused(void **state) {
  (void)state;
  fill(pair[0]);
  on_readable(pair[0], s, "r");
  on_writable(pair[0], s, "w");
  for (int i = 0; i < 2; i++) {
    assert_no_wait(ROOST_EBUSY, pair[0], root);
    poll_once();
  }
  put_far();
  empty_far();
  run();
  assert_log("r=0 w=0");
}

/* B1: what would watch itself; libuv ends a program in which it finds that. */
static void no_circle_of_descriptors_is_made(void **state) {
  (void)state;
  int backend = uv_backend_fd(roost_loop(rt));
  int around = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  assert_int_equal(epoll_ctl(around, EPOLL_CTL_ADD, backend, &event), 0);
  assert_no_wait(UV_ELOOP, backend, s);
  assert_no_wait(UV_ELOOP, around, s);
  on_writable(pair[0], s, "w");
  run();
  assert_log("w=0");
  assert_no_wait(UV_ELOOP, backend, s);
  close(around);
}

/* B1: nor is our own set watched, whose number a program can guess. */
static void the_set_does_not_watch_itself(void **state) {
  (void)state;
  int free_one = dup(0);
  close(free_one);
  on_writable(pair[0], s, "w");
  assert_no_wait(ROOST_EINVAL, free_one, s);
  run();
  assert_log("w=0");
}

static roost_node ended;

static int wait_while_ending(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  assert_no_wait(ROOST_ECLOSED, pair[0], ended);
  note("refused");
  return 0;
}

static void *wait_elsewhere(void *data) {
  assert_no_wait(ROOST_ETHREAD, pair[0], s);
  assert_refused(ROOST_ETHREAD, roost_descriptor_closing, (rt, pair[0]));
  return data;
}

/* T3, B1 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  assert_refused(ROOST_EINVAL, roost_on_readable,
                 (pair[0], s, NULL, copy_text("never"), drop_data, NULL));
  assert_no_wait(ROOST_EINVAL, pair[0], (roost_node){0});
  assert_no_wait(ROOST_EKIND, pair[0], (roost_node){rt.id});
  assert_refused(ROOST_EINVAL, roost_descriptor_closing, ((roost_runtime){0}, pair[0]));
  assert_refused(ROOST_EKIND, roost_descriptor_closing, ((roost_runtime){s.id}, pair[0]));
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, wait_elsewhere, NULL), 0);
  pthread_join(thread, NULL);
  ended = scope(root, "ended");
  assert_int_equal(roost_defer(ended, wait_while_ending, NULL, NULL), 0);
  join(ended, 0);
  run();
  assert_log("refused ended=0");
  assert_no_wait(ROOST_ESTALE, pair[0], ended);
}

/* T3 */
static void its_wait_is_not_woken_by_hand(void **state) {
  (void)state;
  the_wait = on_readable(pair[0], s, "r");
  assert_refused(ROOST_EKIND, roost_wake, (the_wait, 0));
  put_far();
  run();
  assert_log("r=0");
}

/* B4: no descriptor is left for the set. */
static void without_room_for_descriptors_it_is_refused(void **state) {
  (void)state;
  struct rlimit before, none;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  int next = dup(0);
  close(next);
  none = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  assert_no_wait(UV_EMFILE, pair[0], s);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  on_writable(pair[0], s, "w");
  run();
  assert_log("w=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Fibers                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static int read_and_note(roost_task self, void *name) {
  (void)self;
  int rc = roost_await_readable(pair[0]);
  note("%s=%s", (char *)name, name_of(rc));
  return rc;
}

static int write_later(roost_task self, void *data) {
  (void)self;
  (void)data;
  assert_int_equal(roost_await_writable(pair[1]), 0);
  assert_int_equal(roost_sleep(SECONDS(1)), 0);
  put_far();
  return 0;
}

/* S3: fibers wait by calling. */
static void a_fiber_waits_for_a_descriptor(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, read_and_note, "r"), 0);
  assert_int_equal(roost_go(root, write_later, NULL), 0);
  run();
  assert_log("@1000 r=0");
}

/* C3, S3: cancelled; refused, when it is another's; closed. */
static void a_fiber_s_wait_ends_as_every_other(void **state) {
  (void)state;
  roost_group g = group(root, "g", .policy = ROOST_SUPERVISE);
  assert_int_equal(roost_go(g, read_and_note, "first"), 0);
  assert_int_equal(roost_go(g, read_and_note, "second"), 0);
  s = (roost_scope){g.id};
  act(SECONDS(1), cancel_s);
  run();
  assert_log("second=EBUSY @1000 first=ECANCELED");
  assert_int_equal(roost_go(root, read_and_note, "third"), 0);
  act(SECONDS(1), close_near);
  run();
  assert_log("@2000 third=EBADF");
  assert_refused(ROOST_ENOTASK, roost_await_readable, (pair[1]));
  assert_refused(ROOST_ENOTASK, roost_await_writable, (pair[1]));
  join(g, 0);
  run();
  clear_log();
}

static int choose(roost_task self, void *data) {
  (void)self;
  (void)data;
  for (int i = 0; i < 3; i++) {
    roost_choice choices[] = {ROOST_ON_READABLE(pair[0]), ROOST_ON_WRITABLE(pair[0]),
                              ROOST_ON_TIME(SECONDS(1))};
    int rc = roost_select(choices, COUNT(choices));
    note("%d", rc);
    if (rc == 2) put_far();
    if (rc == 0) empty_far();
  }
  return 0;
}

/* S3, C4: of several waits for one descriptor one is taken, the first that has come; the others are
 * as if they had never been. */
static void one_of_several_is_taken(void **state) {
  (void)state;
  fill(pair[0]);
  assert_int_equal(roost_go(root, choose, NULL), 0);
  run();
  assert_log("@1000 2 0 0");
  on_writable(pair[0], s, "w");
  on_readable(pair[0], s, "r");
  run();
  assert_log("r=0 w=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Chance                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

enum { ENDS = 6, ROUNDS = 60 };

/* What is waited for at one end, in one direction. */
typedef struct hope {
  int waits; /* somebody does */
  int over;  /* it was closed, cancelled or taken back since: no 0 may come any more */
  roost_wait wait;
  roost_scope in;
} hope;

static int ends[ENDS]; /* an even one and the next are a pair */
static hope hopes[ENDS][2];
static int hopes_told;

static int is_ready(int end, int direction) {
  struct pollfd asked = {.fd = ends[end], .events = direction == 0 ? POLLIN : POLLOUT};
  return poll(&asked, 1, 0) == 1;
}

static void told_hope(roost_wait w, int rc, void *data) {
  hope *it = data;
  (void)w;
  CHECK(it->waits, "told of what nobody waits for");
  CHECK(rc == 0 || it->over, "ended with %d, though nothing has ended it", rc);
  it->waits = 0;
  hopes_told++;
}

static void begin_hope(int end, int direction) {
  hope *it = &hopes[end][direction];
  roost_scope in = scope(root, "in");
  int rc = direction == 0 ? roost_on_readable(ends[end], in, told_hope, it, NULL, &it->wait)
                          : roost_on_writable(ends[end], in, told_hope, it, NULL, &it->wait);
  int stands = it->waits && !it->over;
  CHECK(rc == (stands ? ROOST_EBUSY : 0) || it->waits, "a wait answers %d", rc);
  if (rc == 0) {
    it->waits = 1;
    it->over = 0;
    it->in = in;
  }
}

static void reopen(int end) {
  int first = end & ~1;
  for (int i = first; i < first + 2; i++) {
    roost_descriptor_closing(rt, ends[i]);
    for (int d = 0; d < 2; d++) hopes[i][d].over = 1;
    close(ends[i]);
  }
  open_pair(&ends[first]);
}

/* S3, C4: whatever is done to descriptors and waits, each wait is told once, with 0 unless it was
 * cancelled or its descriptor closed; and whoever waits for what is ready is told in one look. */
static void play(uint64_t with) {
  seed = with;
  chance = with * 0x9e3779b97f4a7c15 | 1;
  memset(hopes, 0, sizeof hopes);
  for (int i = 0; i < ENDS; i += 2) open_pair(&ends[i]);
  for (int round = 0; round < ROUNDS; round++) {
    int end = upto(ENDS), direction = upto(2);
    hope *it = &hopes[end][direction];
    switch (upto(8)) {
    case 0:
    case 1:
    case 2:
      if (!it->waits) begin_hope(end, direction);
      break;
    case 3: send(ends[end ^ 1], "x", 1, MSG_NOSIGNAL); break;
    case 4: empty(ends[end]); break;
    case 5:
      if (one_in(2)) fill(ends[end]);
      break;
    case 6:
      if (!it->waits || it->over) break;
      if (one_in(2)) {
        it->over = 1;
        assert_int_equal(roost_cancel(it->in, NULL), 0);
      } else if (roost_unwait(it->wait) == 0) {
        it->waits = 0;
      }
      break;
    default:
      if (one_in(4)) reopen(end);
    }
    poll_once();
    if (one_in(2)) continue;
    poll_once();
    poll_once();
    for (int i = 0; i < ENDS; i++)
      for (int d = 0; d < 2; d++)
        CHECK(!hopes[i][d].waits || !is_ready(i, d), "end %d is ready, and nobody was told", i);
  }
  for (int i = 0; i < ENDS; i++)
    for (int d = 0; d < 2; d++) hopes[i][d].over = 1;
  assert_int_equal(roost_cancel(root, NULL), 0);
  run();
  for (int i = 0; i < ENDS; i++)
    for (int d = 0; d < 2; d++) CHECK(!hopes[i][d].waits, "a wait was never told");
  for (int i = 0; i < ENDS; i++) close(ends[i]);
}

static void whatever_happens_each_wait_is_told_once(void **state) {
  hopes_told = 0;
  for (uint64_t with = 1; with <= 100; with++) {
    play(with);
    clear_log();
    close_runtime(state);
    assert_int_equal(open_runtime(state), 0);
  }
  assert_true(hopes_told > 500);
}

int main(void) {
  uv_loop_t first; /* libuv opens descriptors of its own with the first loop, and keeps them */
  if (uv_loop_init(&first) != 0 || uv_loop_close(&first) != 0) return 1;
  const struct CMUnitTest tests[] = {
      TEST(what_can_be_read_is_told),
      TEST(what_comes_later_is_told_then),
      TEST(what_can_be_written_to_is_told),
      TEST(room_that_comes_later_is_told_then),
      TEST(it_stays_ready_until_it_is_read),
      TEST(an_end_can_be_read),
      TEST(an_end_of_one_direction_can_be_read),
      TEST(an_error_can_be_written_to),
      TEST(a_broken_pipe_is_ready),
      TEST(a_reader_and_a_writer_wait_for_one_descriptor),
      TEST(an_end_of_both_is_told_to_both),
      TEST(every_runtime_is_told),
      TEST(a_file_is_always_ready),
      TEST(an_event_s_descriptor_is_waited_for),
      TEST(a_thousand_are_waited_for),
      TEST(a_cancelled_wait_has_taken_nothing),
      TEST(what_comes_after_the_mark_is_left),
      TEST(a_wait_that_has_ended_is_not_cancelled_any_more),
      TEST(in_a_cancelled_node_a_wait_is_cancelled),
      TEST(in_a_shield_it_is_waited_for),
      TEST(a_deadline_ends_it),
      TEST(a_stopping_node_ends_its_waits),
      TEST(a_wait_may_be_taken_back),
      TEST(a_wait_that_has_ended_is_not_taken_back),
      TEST(the_end_of_its_node_takes_a_wait_back),
      TEST(its_function_may_wait_for_the_same),
      TEST(one_batch_is_told_as_a_whole),
      TEST(closing_a_descriptor_ends_its_waits),
      TEST(what_was_ready_before_the_closing_is_kept),
      TEST(what_was_not_closed_is_waited_for_again),
      TEST(nobody_waits_for_what_is_closing),
      TEST(a_number_that_is_used_again_is_noticed),
      TEST(so_it_is_by_a_wait_for_the_other_direction),
      TEST(so_it_is_by_a_wait_for_a_file),
      TEST(a_closed_number_is_noticed),
      TEST(what_was_closed_behind_its_back_can_be_cancelled),
      TEST(what_an_old_copy_brings_is_not_the_new_one_s),
      TEST(a_copy_is_waited_for_beside_it),
      TEST(a_wait_that_is_left_behind_ends),
      TEST(a_daemon_s_wait_keeps_nothing_going),
      TEST(what_may_come_is_no_deadlock),
      TEST(without_a_descriptor_a_hang_is_a_deadlock),
      TEST(closing_the_runtime_ends_its_waits),
      TEST(nothing_is_left_on_a_borrowed_loop),
      TEST(the_program_may_watch_it_too),
      TEST(a_forked_child_takes_nothing),
      TEST(a_dump_says_which_descriptor_is_waited_for),
      TEST(descriptors_that_are_not_open_are_refused),
      TEST(a_second_reader_is_refused),
      TEST(no_circle_of_descriptors_is_made),
      TEST(the_set_does_not_watch_itself),
      TEST(bad_calls_change_nothing),
      TEST(its_wait_is_not_woken_by_hand),
      TEST(without_room_for_descriptors_it_is_refused),
      TEST(a_fiber_waits_for_a_descriptor),
      TEST(a_fiber_s_wait_ends_as_every_other),
      TEST(one_of_several_is_taken),
      TEST(whatever_happens_each_wait_is_told_once),
  };
  return cmocka_run_group_tests_name("descriptor", tests, NULL, NULL);
}
