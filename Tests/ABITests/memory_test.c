/* valgrind: no */
/* B4: running out of memory answers ENOMEM, leaves the tree as it was, and loses nothing. One
 * scenario is played again and again, each time in a fresh process, and the first, second, third
 * ... allocation inside the library fails; a call that answers ENOMEM is made once more, and the
 * scenario must end as if nothing had happened. */
#include "allocator.h"
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* ---------------------------------------------------------------------------------------------- */
/* Memory that runs out                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int inside;       /* the library's code is running, not the test's */
static long allocations; /* that it made */
static long fails_at;    /* which of them fails; 0: none */
static int has_failed;

static int is_refused(void) {
  if (!inside) return 0;
  allocations++;
  if (allocations != fails_at) return 0;
  has_failed = 1;
  return 1;
}

/* Libuv aborts the process when it cannot grow the table of its watchers, so that never fails. */
static void *uv_realloc_never_fails(void *old, size_t size) { return __libc_realloc(old, size); }

/* ---------------------------------------------------------------------------------------------- */
/* The scenario                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* More than the library gets at once, of everything. */
enum { many = 5000 };

static struct tally {
  int made, dropped;
  int started, told, swept, timed_out, woken, ended, joined, passed, kept, wrong;
  int64_t code;
  uint64_t errors;
} tally;

static void wrong(const char *what, int rc) {
  tally.wrong++;
  fprintf(stderr, "allocation %ld: %s answers %s: %s\n", fails_at, what, code_name(rc),
          roost_last_error());
}

static void *make_data(void) {
  tally.made++;
  return &tally;
}

static void drop(void *data) {
  (void)data;
  tally.dropped++;
}

/* A call of the library, made once more if there was no memory for it. What it was given must have
 * been dropped meanwhile. */
#define CALL(call)                                                                                 \
  do {                                                                                             \
    int was_inside = inside, made = tally.made, dropped = tally.dropped;                           \
    inside = 1;                                                                                    \
    int rc = (call);                                                                               \
    inside = 0;                                                                                    \
    if (rc == ROOST_ENOMEM) {                                                                      \
      if (tally.made - made != tally.dropped - dropped) wrong("with its data kept, " #call, rc);   \
      if (strstr(roost_last_error(), "roost_") == NULL) wrong("without a sentence, " #call, rc);   \
      inside = 1;                                                                                  \
      rc = (call);                                                                                 \
      inside = 0;                                                                                  \
    }                                                                                              \
    if (rc < 0) wrong(#call, rc);                                                                  \
    inside = was_inside;                                                                           \
  } while (0)

static roost_task tasks[many];
static roost_wait waits[many];
static roost_scope scopes[many];
static roost_group g, h;
static roost_channel channels[many];
static void *items[many];

static int start(roost_task self, void *data) {
  (void)self;
  (void)data;
  tally.started++;
  return ROOST_PENDING;
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  (void)why;
  (void)data;
  tally.told++;
  if (tally.told % 500 == 1)
    CALL(roost_explain(self, "was cancelled, and makes an error of it, with a text to be copied"));
  CALL(roost_finish(self, ROOST_EIO, make_data(), drop));
  return 0;
}

static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  tally.swept++;
  return 0;
}

static void timed_out(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  tally.timed_out += rc == 0;
}

static void woken(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  tally.woken += rc == 7;
}

static void ended(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  tally.ended += rc == ROOST_EIO;
}

static int stop(roost_wait wait, void *data) {
  (void)wait;
  (void)data;
  return 0;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  tally.joined++;
  tally.code = result->code;
  tally.errors = result->error_count;
}

static void passed(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  tally.passed += rc == 0;
}

/* Of an item that nobody has received. */
static void drop_item(void *item) {
  (void)item;
  tally.kept++;
}

static int leave_open(roost_task self, void *data) {
  (void)data;
  roost_group left;
  CALL(roost_group_open(self, ROOST_GROUP(.name = "left open"), &left));
  return 0;
}

static void cancel_g(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  CALL(roost_cancel(g, NULL));
  CALL(roost_join(g, 0, joined, make_data(), drop));
}

/* One of each kind of what tasks wait for, with a wait for each. */
static void open_things_to_wait_for(int i) {
  roost_event event;
  roost_limiter limiter;
  roost_lock lock;
  roost_condition condition;
  CALL(roost_event_open(rt, &event));
  CALL(roost_event_wait(event, root, passed, make_data(), drop, NULL));
  CALL(roost_event_set(event));
  CALL(roost_limiter_open(rt, 1, &limiter));
  CALL(roost_limiter_acquire(limiter, root, passed, make_data(), drop, NULL));
  CALL(roost_lock_open(rt, &lock));
  CALL(roost_lock_try_acquire(lock, scopes[i]));
  CALL(roost_lock_acquire(lock, root, passed, make_data(), drop, NULL));
  CALL(roost_condition_open(lock, &condition));
  CALL(roost_condition_wait(condition, scopes[i], passed, make_data(), drop, NULL));
  CALL(roost_lock_release(lock, root));
  CALL(roost_condition_notify(condition, 1));
  CALL(roost_lock_release(lock, scopes[i]));
  CALL(roost_channel_open(rt, UINT64_MAX, drop_item, &channels[i]));
  CALL(roost_channel_receive(channels[i], root, &items[i], passed, make_data(), drop, NULL));
  CALL(roost_channel_try_send(channels[i], &tally));
  CALL(roost_channel_send(channels[0], root, &tally, passed, make_data(), drop, NULL));
  CALL(roost_channel_try_send(channels[0], &tally));
}

static void open_everything(void) {
  roost_wait wait;
  CALL(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt));
  root = roost_root(rt);
  CALL(roost_group_open(root,
                        ROOST_GROUP(.name = "g", .policy = ROOST_SUPERVISE, .limit = 2 * many,
                                    .timeout_ns = SECONDS(60)),
                        &g));
  CALL(roost_group_open(g, ROOST_GROUP(.name = "h"), &h));
  for (int i = 0; i < many; i++) {
    CALL(roost_spawn(g,
                     ROOST_TASK(.start = start, .on_cancel = on_cancel, .data = make_data(),
                                .drop = drop, .name = "task"),
                     &tasks[i]));
    CALL(roost_defer(tasks[i], sweep_up, make_data(), drop));
    CALL(roost_scope_open(g, ROOST_SCOPE(.timeout_ns = SECONDS(60)), &scopes[i]));
    CALL(roost_set_deadline(scopes[i], roost_now(rt) + (uint64_t)SECONDS(60 + i)));
    CALL(roost_after(root, SECONDS(1) + i, timed_out, make_data(), drop, &wait));
    CALL(roost_on_end(tasks[i], root, ended, make_data(), drop, &wait));
    CALL(roost_park(root, stop, woken, make_data(), drop, &waits[i]));
    open_things_to_wait_for(i);
  }
  CALL(roost_spawn(h, ROOST_TASK(.start = leave_open, .name = "careless"), NULL));
  CALL(roost_defer_with(h, ROOST_CLEANUP(.fn = sweep_up, .name = "named"), NULL));
  CALL(roost_after(root, SECONDS(2), cancel_g, make_data(), drop, NULL));
}

static void play(void) {
  open_everything();
  for (int i = 0; i < many; i++) CALL(roost_wake(waits[i], 7));
  CALL(roost_run(rt));
  inside = 1;
  int rc = roost_close(rt, 0, NULL, make_data(), drop);
  inside = 0;
  if (rc != 0) wrong("roost_close", rc);
}

/* 0: it ended as it should; 1: it did not; 2: so it did, and no allocation failed. */
static int play_in_a_child(long n) {
  pid_t child = fork();
  if (child == 0) {
    fails_at = n;
    play();
    const struct tally expected = {.made = tally.made,
                                   .dropped = tally.made,
                                   .started = many,
                                   .told = many,
                                   .swept = many + 1,
                                   .timed_out = many,
                                   .woken = many,
                                   .ended = many,
                                   .joined = 1,
                                   .passed = 6 * many,
                                   .kept = 2 * many,
                                   .code = tally.code,
                                   .errors = many + 1};
    if (memcmp(&tally, &expected, sizeof tally) != 0)
      fprintf(
          stderr,
          "allocation %ld: made %d dropped %d started %d told %d swept %d timed out %d woken %d "
          "ended %d joined %d passed %d kept %d errors %d\n",
          n, tally.made, tally.dropped, tally.started, tally.told, tally.swept, tally.timed_out,
          tally.woken, tally.ended, tally.joined, tally.passed, tally.kept, (int)tally.errors);
    _exit(memcmp(&tally, &expected, sizeof tally) != 0 ? 1 : has_failed ? 0 : 2);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status)) fail_msg("allocation %ld: ended by signal %d", n, WTERMSIG(status));
  return WEXITSTATUS(status);
}

/* B4 */
static void every_allocation_may_fail(void **state) {
  (void)state;
  int wrong_ones = 0;
  long n = 0;
  for (int status = 0; status != 2; wrong_ones += status == 1) status = play_in_a_child(++n);
  assert_int_equal(wrong_ones, 0);
  assert_true(n > 10);
}

/* ---------------------------------------------------------------------------------------------- */
/* What allocates nothing                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static int give_up(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

/* C15, K2c: a cancellation and all that follows from it, to the end of the last cleanup. */
static int cancel_without_memory(void) {
  CALL(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt));
  root = roost_root(rt);
  CALL(roost_group_open(root, ROOST_GROUP(.name = "g"), &g));
  for (int i = 0; i < many; i++) {
    CALL(roost_spawn(g, ROOST_TASK(.start = start, .on_cancel = give_up), NULL));
    CALL(roost_scope_open(g, NULL, &scopes[i]));
    CALL(roost_park(scopes[i], stop, woken, NULL, NULL, &waits[i]));
    CALL(roost_defer(scopes[i], sweep_up, NULL, NULL));
  }
  CALL(roost_defer(g, sweep_up, NULL, NULL));
  long before = allocations;
  CALL(roost_cancel(g, ROOST_CANCEL(.message = "there is no memory left")));
  CALL(roost_join(g, 0, joined, NULL, NULL));
  CALL(roost_run(rt));
  return allocations != before || tally.swept != many + 1 || tally.joined != 1 || tally.wrong != 0;
}

static void cancelling_and_cleaning_up_allocate_nothing(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) _exit(cancel_without_memory());
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static int received;

static void send_one(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  static uintptr_t sent;
  if (rc == 0 && sent < 1000000)
    CALL(roost_channel_send(channels[0], root, (void *)++sent, send_one, NULL, NULL, NULL));
}

static void receive_one(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  if (rc == 0 && (uintptr_t)items[0] == (uintptr_t)received + 1) received++;
  if (rc == 0 && received < 1000000)
    CALL(roost_channel_receive(channels[0], root, &items[0], receive_one, NULL, NULL, NULL));
}

/* S3: once a channel has its room, a million items go through it without any more memory. */
static int pass_without_memory(void) {
  CALL(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt));
  root = roost_root(rt);
  CALL(roost_channel_open(rt, 3, NULL, &channels[0]));
  send_one((roost_wait){0}, 0, NULL);
  CALL(roost_channel_receive(channels[0], root, &items[0], receive_one, NULL, NULL, NULL));
  long before = allocations;
  CALL(roost_run(rt));
  return allocations != before || received != 1000000 || tally.wrong != 0;
}

static void a_million_items_need_no_memory(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) _exit(pass_without_memory());
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

/* S3, B4: channels that keep one item, two, three, ... and had to get memory for one more, say that
 * they are closed. */
static int send_to_the_closed(void) {
  CALL(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt));
  for (int kept = 1; kept < 100; kept++) {
    CALL(roost_channel_open(rt, many, NULL, &channels[0]));
    for (int i = 0; i < kept; i++) CALL(roost_channel_try_send(channels[0], &items[i]));
    CALL(roost_channel_close(channels[0]));
    fails_at = allocations + 1;
    inside = 1;
    int rc = roost_channel_try_send(channels[0], &items[kept]);
    inside = 0;
    if (rc != ROOST_ECLOSED) wrong("of a closed channel", rc);
  }
  return tally.wrong != 0;
}

static void sending_to_a_closed_channel_needs_no_memory(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) _exit(send_to_the_closed());
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static int on_a_thread;

static void *call_without_memory(void *data) {
  (void)data;
  fails_at = allocations + 1;
  inside = 1;
  int rc = roost_stopping(root);
  const char *sentence = roost_last_error();
  inside = 0;
  on_a_thread = rc < 0 && sentence != NULL ? 0 : 1;
  return NULL;
}

static int call_on_a_thread(void) {
  pthread_t thread;
  CALL(roost_runtime_open(NULL, &rt));
  root = roost_root(rt);
  if (pthread_create(&thread, NULL, call_without_memory, NULL) != 0) return 1;
  return pthread_join(thread, NULL) != 0 || on_a_thread || tally.wrong != 0;
}

/* B1, B2: a thread's first failed call, when there is no room for its sentence. */
static void a_thread_without_memory_fails_quietly(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) _exit(call_on_a_thread());
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

int main(void) {
  /* Each test plays in a child, so that the library is fresh in every one. */
  uv_replace_allocator(malloc, uv_realloc_never_fails, calloc, __libc_free);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(cancelling_and_cleaning_up_allocate_nothing),
      cmocka_unit_test(a_million_items_need_no_memory),
      cmocka_unit_test(sending_to_a_closed_channel_needs_no_memory),
      cmocka_unit_test(a_thread_without_memory_fails_quietly),
  };
  return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
