/* What fibers wait for. Every kind of wait goes through the same tests: completed, cancelled before
 * and meanwhile, there already, stopped, made where no fiber is. */
#include "fibers.h"
#include "things.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <uv.h>

static roost_condition condition;
static roost_task task;
static roost_scope s;
static void *received;

static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* The kinds                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* One kind of wait, made by the fiber that runs; what completes it; and what it has taken by now:
 * 1, or 0 for nothing, which is asked once it was completed. */
typedef struct kind {
  const char *name;
  int (*wait)(void);
  void (*complete)(void);
  int (*has_taken)(void);
  int rc;          /* of success */
  int takes_time;  /* it ends in a later step than the one that completes it */
  int never_there; /* it cannot be had at once */
} kind;

static int wait_event(void) { return roost_await_event(event); }

static int wait_permit(void) { return roost_await_permit(limiter); }
static int has_permit(void) {
  int rc = roost_limiter_try_acquire(limiter);
  return rc == ROOST_EAGAIN;
}

static int wait_lock(void) { return roost_await_lock(lock); }
static int has_lock(void) {
  int rc = roost_lock_release(lock, task);
  return rc == 0;
}

static int wait_send(void) { return roost_send(sends, &items[0]); }
/* The next that is received is not what was sent in vain. */
static int has_sent(void) {
  void *item = NULL;
  return roost_channel_try_receive(sends, &item) == 0;
}

static int wait_receive(void) {
  received = NULL;
  int rc = roost_receive(receives, &received);
  assert_ptr_equal(received, rc == 0 ? &items[1] : NULL);
  return rc;
}
static int has_received(void) {
  void *item = NULL;
  return roost_channel_try_receive(receives, &item) == ROOST_EAGAIN;
}

static int wait_end(void) { return roost_await_end(awaited); }

static int wait_for_a_second(void) { return roost_sleep(SECONDS(1)); }
static int wait_until_a_second(void) { return roost_sleep_until(beginning + (uint64_t)SECONDS(1)); }

static int wait_signal(void) { return roost_await_signal(SIGUSR1); }

/* One pipe to read from, and one that is full. */
static int empty[2], full[2];
static int wait_readable(void) { return roost_await_readable(empty[0]); }
static void write_byte(void) { assert_int_equal(write(empty[1], "x", 1), 1); }
static int wait_writable(void) { return roost_await_writable(full[1]); }
static void make_room(void) {
  char bytes[4096];
  while (read(full[0], bytes, sizeof bytes) > 0) continue;
}

static const kind kinds[] = {
    {"event", wait_event, set_event, NULL, 0, 0, 0},
    {"permit", wait_permit, give_permit, has_permit, 0, 0, 0},
    {"lock", wait_lock, give_lock, has_lock, 0, 0, 0},
    {"receive", wait_receive, give_item, has_received, 0, 0, 0},
    {"send", wait_send, take_item, has_sent, 0, 0, 1},
    {"end", wait_end, end_task, NULL, 5, 1, 0},
    {"sleep", wait_for_a_second, NULL, NULL, 0, 0, 1},
    {"sleep_until", wait_until_a_second, NULL, NULL, 0, 0, 1},
    {"sleep_forever", roost_sleep_forever, NULL, NULL, ROOST_ECANCELED, 0, 1},
    {"checkpoint", roost_checkpoint, NULL, NULL, 0, 0, 0},
    {"signal", wait_signal, send_signal, NULL, SIGUSR1, 1, 1},
    {"readable", wait_readable, write_byte, NULL, 0, 1, 0},
    {"writable", wait_writable, make_room, NULL, 0, 1, 0},
};

static const kind *now; /* the one that is tested */

static int open_things(void **state) {
  now = *state;
  if (open_one_of_each(state) != 0) return -1;
  assert_int_equal(pipe2(empty, O_NONBLOCK), 0);
  assert_int_equal(pipe2(full, O_NONBLOCK), 0);
  static const char zeros[4096];
  while (write(full[1], zeros, sizeof zeros) > 0) continue;
  return 0;
}

static int close_things(void **state) {
  int rc = close_runtime(state);
  for (int i = 0; i < 2; i++) close(empty[i]), close(full[i]);
  return rc;
}

static void complete(void) {
  if (now->complete != NULL) now->complete();
}
/* C4: that nothing was taken, or what. */
static void note_taken(void) {
  if (now->has_taken != NULL) note("taken:%d", now->has_taken());
}
#define assert_log_of(format, ...)                                                                 \
  do {                                                                                             \
    char expected[256];                                                                            \
    snprintf(expected, sizeof expected, format, __VA_ARGS__);                                      \
    assert_log(expected);                                                                          \
  } while (0)

/* ---------------------------------------------------------------------------------------------- */
/* Of every kind                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static int wait_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  tell("wait", now->wait());
  if (now->has_taken == has_permit || now->has_taken == has_lock) note_taken();
  return 0;
}

/* S3 */
static void completed(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = wait_once);
  act(SECONDS(1), complete);
  run();
  int is_owned = now->has_taken == has_permit || now->has_taken == has_lock;
  assert_log_of("@1000 wait=%s%s", code_name(now->rc), is_owned ? " taken:1" : "");
}

static int wait_in_s(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  int rc = tell("wait", now->wait());
  tell("again", now->wait());
  close_scope(s, rc);
  return 0;
}
static void complete_and_note(void) {
  complete();
  note_taken();
}

/* C3: cancelled meanwhile, again and again until it has left the scope; and nothing was taken
 * (C4). */
static void cancelled_meanwhile(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = wait_in_s);
  act(MS(500), cancel_s);
  act(MS(600), complete_and_note);
  run();
  const char *taken = now->has_taken != NULL ? " @600 taken:0" : "";
  assert_log_of("@500 wait=ECANCELED again=ECANCELED s=0^%s", taken);
}

static int wait_in_cancelled_s(roost_task self, void *data) {
  (void)self;
  (void)data;
  if (!now->never_there) complete();
  s = own_scope(ROOST_SCOPE(.name = "s"));
  cancel_s();
  int rc = tell("wait", now->wait());
  tell("again", now->wait());
  close_scope(s, rc);
  if (!now->never_there) note_taken();
  return 0;
}

/* C3a: begun in a cancelled node it takes nothing, even where it could be had at once. */
static void cancelled_before(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = wait_in_cancelled_s);
  run();
  int looks = now->has_taken != NULL && !now->never_there;
  assert_log_of("wait=ECANCELED again=ECANCELED s=0^%s", looks ? " taken:0" : "");
}

static int wait_and_wait(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  tell("wait", now->wait());
  int rc = tell("next", roost_checkpoint());
  close_scope(s, rc);
  return 0;
}
static void complete_and_cancel(void) {
  complete();
  cancel_s();
}

/* C4: what was there when the cancellation came is kept; the next wait is cancelled. */
static void completed_before_the_cancellation(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = wait_and_wait);
  act(SECONDS(1), complete_and_cancel);
  run();
  assert_log_of("@1000 wait=%s next=ECANCELED s=0^", code_name(now->rc));
}

static void cancel_and_complete(void) {
  cancel_s();
  complete();
  note_taken();
}

/* C4a: the mark decides: what it reaches first is not completed any more. */
static void cancelled_before_the_completion(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = wait_and_wait);
  act(SECONDS(1), cancel_and_complete);
  run();
  const char *taken = now->has_taken != NULL ? "taken:0 " : "";
  assert_log_of("@1000 %swait=ECANCELED next=ECANCELED s=0^", taken);
}

static int take_what_is_there(roost_task self, void *data) {
  (void)self;
  (void)data;
  complete();
  tell("wait", now->wait());
  return 0;
}

/* S1a: what is there already is taken. */
static void there_already(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = take_what_is_there);
  run();
  assert_log_of("wait=%s", code_name(now->rc));
}

static int wait_until_stopping(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s", .until_stopping = 1));
  tell("wait", now->wait());
  tell("again", now->wait());
  close_scope(s, 0);
  return 0;
}
static void shut_down_s(void) { assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0); }

/* C12, C12a: a wait that opted in ends STOPPING, again and again, which is no cancellation. */
static void stopped(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = wait_until_stopping);
  act(MS(500), shut_down_s);
  act(MS(600), complete_and_note);
  run();
  const char *taken = now->has_taken != NULL ? " @600 taken:0" : "";
  assert_log_of("@500 wait=ESTOPPING again=ESTOPPING s=0%s", taken);
}

static int wait_in_what_is_stopping(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  shut_down_s();
  tell("wait", now->wait());
  close_scope(s, 0);
  return 0;
}

/* C12: others run on. */
static void not_stopped(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = wait_in_what_is_stopping);
  act(SECONDS(1), complete);
  run();
  assert_log_of("@1000 wait=%s s=0", code_name(now->rc));
}

static int wait_with_grace(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  roost_scope shield = own_scope(ROOST_SCOPE(.shield = 1, .grace_ns = MS(200)));
  cancel_s();
  int rc = tell("wait", now->wait());
  rc = roost_scope_close(shield, rc, NULL);
  close_scope(s, rc);
  return 0;
}

/* C10, C11: in a shield it waits, until the grace is over. */
static void shielded_for_a_while(void **state) {
  (void)state;
  task = go(root, "fiber", .fn = wait_with_grace);
  run();
  assert_log("@200 wait=ECANCELED s=0^");
}

static void *wait_on_a_thread(void *rc) {
  *(int *)rc = now->wait();
  return NULL;
}

/* S2, C14: for fibers alone, and on their thread. */
static void for_fibers_alone(void **state) {
  (void)state;
  int rc = 0;
  pthread_t thread;
  assert_int_equal(now->wait(), ROOST_ENOTASK);
  assert_non_null(strstr(roost_last_error(), "fiber"));
  assert_int_equal(pthread_create(&thread, NULL, wait_on_a_thread, &rc), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(rc, ROOST_ENOTASK);
}

/* ---------------------------------------------------------------------------------------------- */
/* Conditions                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static int wait_at_condition(roost_task self, void *data) {
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  assert_int_equal(roost_await_lock(lock), 0);
  int rc = tell("wait", roost_await_condition(condition));
  tell("release", roost_lock_release(lock, self));
  close_scope(s, rc);
  return 0;
}
static void lock_and_notify(void) {
  assert_int_equal(roost_lock_try_acquire(lock, root), 0);
  assert_int_equal(roost_condition_notify(condition, 1), 0);
}
static void open_condition(void) {
  assert_int_equal(roost_lock_release(lock, root), 0);
  assert_int_equal(roost_condition_open(lock, &condition), 0);
}

/* S3b: it comes back with the lock, which belongs to the fiber's task wherever it waited. */
static void a_condition_comes_back_with_the_lock(void **state) {
  (void)state;
  open_condition();
  assert_int_equal(roost_go(root, wait_at_condition, NULL), 0);
  act(SECONDS(1), lock_and_notify);
  act(SECONDS(2), give_lock);
  run();
  assert_log("@2000 wait=0 release=0 s=0");
}

static void lock_and_cancel(void) {
  assert_int_equal(roost_lock_try_acquire(lock, root), 0);
  cancel_s();
}

/* S3b: cancelled too, and taking it again is shielded. */
static void a_cancelled_condition_comes_back_with_the_lock(void **state) {
  (void)state;
  open_condition();
  assert_int_equal(roost_go(root, wait_at_condition, NULL), 0);
  act(SECONDS(1), lock_and_cancel);
  act(SECONDS(2), give_lock);
  run();
  assert_log("@2000 wait=ECANCELED release=0 s=0^");
}

static int wait_without_the_lock(roost_task self, void *data) {
  (void)self;
  (void)data;
  assert_refused(ROOST_EORDER, roost_await_condition, (condition));
  assert_int_equal(roost_await_lock(lock), 0);
  assert_refused(ROOST_EDEADLK, roost_await_lock, (lock));
  note("%d", roost_lock_try_acquire(lock, root) == ROOST_EAGAIN);
  return 0;
}
static int inherit_a_dead_lock(roost_task self, void *data) {
  (void)self;
  (void)data;
  tell("lock", roost_await_lock(lock));
  return 0;
}

/* S3b, B1: what is not owned; and a lock whose owner has ended. */
static void a_lock_belongs_to_its_fiber(void **state) {
  (void)state;
  open_condition();
  play(wait_without_the_lock);
  play(inherit_a_dead_lock);
  assert_log("1 lock=EOWNERDEAD");
}

static int own_in_a_scope(roost_task self, void *data) {
  (void)data;
  roost_scope own = own_scope(NULL);
  assert_int_equal(roost_await_lock(lock), 0);
  assert_int_equal(roost_scope_close(own, 0, NULL), 0);
  tell("release", roost_lock_release(lock, self));
  return 0;
}

/* S3b: the task owns it, not the scope in which it was waited for. */
static void a_lock_outlives_the_scope_of_its_wait(void **state) {
  (void)state;
  open_condition();
  play(own_in_a_scope);
  assert_int_equal(roost_lock_try_acquire(lock, root), 0);
  assert_int_equal(roost_go(root, own_in_a_scope, NULL), 0);
  act(SECONDS(1), give_lock);
  run();
  assert_log("release=0 @1000 release=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Turns (S1, S1a)                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static int turns; /* of the others, since the fiber under test has last waited in vain */

static int count_turns(roost_task self, void *data) {
  (void)self;
  (void)data;
  while (roost_checkpoint() == 0) turns++;
  return ROOST_ECANCELED;
}

static int take_a_lot(roost_task self, void *data) {
  (void)self;
  (void)data;
  int most = 0, streak = 0, before = turns;
  for (int i = 0; i < 100; i++) {
    assert_int_equal(roost_await_event(event), 0);
    streak = turns == before ? streak + 1 : 0;
    before = turns;
    if (streak > most) most = streak;
  }
  note("%d", most <= 16);
  return 0;
}

/* S1a: at most 16 waits in a row let nobody else run. */
static void waits_are_thinned_out_by_16_at_most(void **state) {
  (void)state;
  set_event();
  turns = 0;
  roost_task other = go(root, "other", .fn = count_turns, .daemon = 1);
  play(take_a_lot);
  assert_log("1");
  assert_true(turns > 0);
  assert_int_equal(roost_cancel(other, NULL), 0);
}

static int be_cancelled_a_lot(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(NULL);
  cancel_s();
  int idle = 0;
  for (int i = 0; i < 20; i++) {
    int before = turns;
    assert_int_equal(now != NULL ? now->wait() : roost_await_event(event), ROOST_ECANCELED);
    idle += turns == before;
  }
  tell("idle", idle);
  return roost_scope_close(s, ROOST_ECANCELED, NULL);
}

/* S1a: none that ends cancelled is. */
static void cancelled_waits_let_others_run(void **state) {
  (void)state;
  turns = 0;
  roost_task other = go(root, "other", .fn = count_turns, .daemon = 1);
  play(be_cancelled_a_lot);
  assert_log("idle=0");
  assert_int_equal(roost_cancel(other, NULL), 0);
}

static int compute(roost_task self, void *data) {
  (void)data;
  roost_scope own = own_scope(ROOST_SCOPE(.name = "own", .timeout_ns = ROOST_NOW, .move_on = 1));
  (void)own;
  int rc = roost_checkpoint();
  tell("checkpoint", rc);
  tell("zero", roost_sleep(0));
  tell("negative", roost_sleep(-5));
  tell("past", roost_sleep_until(1));
  close_scope(own, rc);
  tell("after", roost_checkpoint());
  return roost_cancelled(self);
}

/* S1a: a checkpoint, and a sleep of no length, end CANCELLED if cancelled by then. */
static void a_checkpoint_looks_last(void **state) {
  (void)state;
  play(compute);
  assert_log(
      "checkpoint=ECANCELED zero=ECANCELED negative=ECANCELED past=ECANCELED own=0^ after=0");
}

static int be_cancelled_by_the_next(roost_task self, void *data) {
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  int rc = tell("checkpoint", roost_checkpoint());
  close_scope(s, rc);
  return roost_cancelled(self);
}
static int cancel_next(roost_task self, void *data) {
  (void)self;
  (void)data;
  cancel_s();
  return 0;
}

/* S1a: what happens while the others run counts. */
static void a_checkpoint_sees_what_the_others_do(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, be_cancelled_by_the_next, NULL), 0);
  assert_int_equal(roost_go(root, cancel_next, NULL), 0);
  run();
  assert_log("checkpoint=ECANCELED s=0^");
}

static int wait_for_a_permit(roost_task self, void *name) {
  (void)self;
  tell(name, roost_await_permit(limiter));
  return roost_limiter_release(limiter);
}
static void log_permit(roost_wait wait, int rc, void *name) {
  (void)wait;
  tell(name, rc);
  assert_int_equal(roost_limiter_release(limiter), 0);
}

static int wait_by_callback(roost_task self, void *data) {
  (void)self;
  (void)data;
  return roost_limiter_acquire(limiter, root, log_permit, "b", NULL, NULL);
}

/* S3: first come, first served, fibers and callbacks alike. */
static void waiters_are_served_in_their_order(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, wait_for_a_permit, "a"), 0);
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = wait_by_callback), NULL), 0);
  assert_int_equal(roost_go(root, wait_for_a_permit, "c"), 0);
  act(SECONDS(1), give_permit);
  run();
  assert_log("@1000 a=0 b=0 c=0");
}

static int sleep_so_long(roost_task self, void *data) {
  (void)self;
  nap *it = data;
  tell(it->name, roost_sleep(it->lasts));
  return 0;
}

/* S1, S3: in the order in which they end; of those that end together, in that of beginning. */
static void sleepers_wake_in_order(void **state) {
  (void)state;
  static nap naps[] = {{.name = "a", .lasts = MS(30)},
                       {.name = "b", .lasts = MS(10)},
                       {.name = "c", .lasts = MS(20)},
                       {.name = "d", .lasts = MS(10)}};
  for (size_t i = 0; i < COUNT(naps); i++)
    assert_int_equal(roost_go(root, sleep_so_long, &naps[i]), 0);
  run();
  assert_log("@10 b=0 d=0 @20 c=0 @30 a=0");
}

static int tick(roost_task self, void *data) {
  (void)self;
  for (int i = 0; i < 3; i++) assert_int_equal(roost_sleep(*(int64_t *)data), 0);
  note("ticked");
  return 0;
}

/* D4: the clock jumps from one sleep to the next. */
static void sleeping_costs_no_time(void **state) {
  (void)state;
  int64_t hours = 3600 * SECONDS(100);
  assert_int_equal(roost_go(root, tick, &hours), 0);
  run();
  assert_log("@1080000000 ticked");
}

static int hang(roost_task self, void *data) {
  (void)self;
  (void)data;
  int rc = tell("wait", roost_await_event(event));
  return rc;
}

/* D4: a hang is a failure. */
static void a_hang_is_found(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, hang, NULL), 0);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("wait=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* Channels                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

enum { MANY = 100 };
static int numbers[MANY];

static int produce(roost_task self, void *data) {
  (void)self;
  (void)data;
  for (int i = 0; i < MANY; i++) {
    int rc = roost_send(receives, &numbers[i]);
    if (rc < 0) return rc;
  }
  return roost_channel_close(receives);
}
static int consume(roost_task self, void *data) {
  (void)self;
  (void)data;
  int count = 0, rc;
  void *item;
  while ((rc = roost_receive(receives, &item)) == 0) assert_ptr_equal(item, &numbers[count++]);
  note("%d", count);
  return rc == ROOST_ECLOSED ? 0 : rc;
}

/* S3: a bounded channel between two fibers. */
static void fibers_talk_through_a_channel(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, consume, NULL), 0);
  assert_int_equal(roost_go(root, produce, NULL), 0);
  run();
  assert_log("100");
}

static int wait_for_what_goes(roost_task self, void *data) {
  (void)self;
  (void)data;
  now = &kinds[*(int *)data];
  int rc = now->wait();
  tell("wait", rc);
  return 0;
}
static void destroy_all(void) {
  assert_int_equal(roost_event_destroy(event), 0);
  assert_int_equal(roost_limiter_destroy(limiter), 0);
  assert_int_equal(roost_lock_destroy(lock), 0);
  assert_int_equal(roost_channel_destroy(sends), 0);
  assert_int_equal(roost_channel_destroy(receives), 0);
}

/* S3a */
static void what_is_destroyed_ends_its_waits(void **state) {
  (void)state;
  int index[5];
  for (int i = 0; i < 5; i++) {
    index[i] = i;
    assert_int_equal(roost_go(root, wait_for_what_goes, &index[i]), 0);
  }
  act(SECONDS(1), destroy_all);
  run();
  assert_log("@1000 wait=ECLOSED wait=ECLOSED wait=ECLOSED wait=ECLOSED wait=ECLOSED");
}

static int ask_for_nonsense(roost_task self, void *data) {
  (void)data;
  assert_refused(ROOST_EINVAL, roost_await_event, ((roost_event){0}));
  assert_refused(ROOST_EKIND, roost_await_event, ((roost_event){limiter.id}));
  assert_refused(ROOST_EKIND, roost_await_permit, ((roost_limiter){event.id}));
  assert_refused(ROOST_EKIND, roost_await_lock, ((roost_lock){event.id}));
  assert_refused(ROOST_EKIND, roost_send, ((roost_channel){event.id}, NULL));
  assert_refused(ROOST_EINVAL, roost_receive, (receives, NULL));
  assert_refused(ROOST_EINVAL, roost_await_signal, (SIGKILL));
  assert_refused(ROOST_EINVAL, roost_await_process, (NULL));
  assert_refused(ROOST_EINVAL, roost_await_end, ((roost_node){0}));
  assert_refused(ROOST_EKIND, roost_await_end, ((roost_node){event.id}));
  roost_event gone;
  assert_int_equal(roost_event_open(rt, &gone), 0);
  assert_int_equal(roost_event_destroy(gone), 0);
  assert_refused(ROOST_ESTALE, roost_await_event, (gone));
  note("%d", roost_cancelled(self));
  return 0;
}

/* B1, T3 */
static void nonsense_is_refused(void **state) {
  (void)state;
  play(ask_for_nonsense);
  assert_log("0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Processes and signals                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static const char *const three[] = {"sh", "-c", "exit 3", NULL};
static const char *const sleeper[] = {"sleep", "1000", NULL};

static int run_child(roost_task self, void *args) {
  (void)self;
  const char *const *words = args;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  static const roost_stop_step stop = {SIGTERM, ROOST_FOREVER};
  int rc = roost_await_process(
      ROOST_PROCESS(.file = words[0], .args = words, .stop = &stop, .stop_count = 1));
  if (rc >= 0)
    note("exit %d %d", ROOST_EXIT_STATUS(rc), ROOST_EXIT_SIGNAL(rc));
  else
    tell("child", rc);
  close_scope(s, rc < 0 ? rc : 0);
  return 0;
}

/* S3 */
static void a_fiber_runs_a_process(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, run_child, (void *)three), 0);
  run();
  assert_log("exit 3 0 s=0");
}

/* T2: what is cancelled is stopped, and waited for. */
static void a_process_is_stopped_with_its_fiber(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, run_child, (void *)sleeper), 0);
  act(0, cancel_s);
  run();
  assert_log("child=ECANCELED s=0^");
}

static int wait_for_two_signals(roost_task self, void *data) {
  (void)self;
  (void)data;
  tell("first", roost_await_signal(SIGUSR1));
  assert_int_equal(raise(SIGUSR1), 0);
  tell("sleep", roost_sleep(SECONDS(1)));
  tell("second", roost_await_signal(SIGUSR1));
  return 0;
}

/* S3: a signal that comes between two waits is told to the second. */
static void a_signal_between_two_waits_is_not_lost(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, wait_for_two_signals, NULL), 0);
  act(SECONDS(1), send_signal);
  run();
  assert_log("@1000 first=10 @2000 sleep=0 second=10");
}

/* ---------------------------------------------------------------------------------------------- */
/* Several runtimes                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static roost_runtime other;

static void open_other(struct uv_loop_s *loop) {
  const roost_runtime_options *options =
      ROOST_RUNTIME(.loop = loop, .clock = loop == NULL ? ROOST_CLOCK_VIRTUAL : ROOST_CLOCK_REAL,
                    .report = say_nothing);
  assert_int_equal(roost_runtime_open(options, &other), 0);
}
static void close_other(void) { assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0); }

static int meet_foreigners(roost_task self, void *data) {
  (void)data;
  roost_event theirs;
  roost_limiter limits;
  roost_lock locks;
  roost_channel channel;
  void *item;
  assert_int_equal(roost_event_open(other, &theirs), 0);
  assert_int_equal(roost_limiter_open(other, 1, &limits), 0);
  assert_int_equal(roost_lock_open(other, &locks), 0);
  assert_int_equal(roost_channel_open(other, 1, NULL, &channel), 0);
  assert_int_equal(roost_event_set(theirs), 0);
  assert_refused(ROOST_EFOREIGN, roost_await_event, (theirs));
  assert_refused(ROOST_EFOREIGN, roost_await_permit, (limits));
  assert_refused(ROOST_EFOREIGN, roost_await_lock, (locks));
  assert_refused(ROOST_EFOREIGN, roost_send, (channel, NULL));
  assert_refused(ROOST_EFOREIGN, roost_receive, (channel, &item));
  assert_refused(ROOST_EFOREIGN, roost_await_end, (roost_root(other)));
  roost_group foreign = group(roost_root(other), "foreign");
  assert_refused(ROOST_EFOREIGN, roost_cancel_and_await, (foreign, NULL));
  assert_int_equal(roost_cancelled(foreign), 0);
  assert_refused(ROOST_EFOREIGN, roost_group_close, (foreign, 0, NULL));
  assert_refused(ROOST_EFOREIGN, roost_await_go, (foreign, ROOST_FIBER(.fn = nothing), NULL));
  assert_int_equal(roost_go(foreign, nothing, NULL), 0);
  note("%d", roost_cancelled(self));
  return 0;
}

/* T3: the handles of two runtimes do not meet in one call. */
static void foreign_handles_are_refused(void **state) {
  (void)state;
  open_other(NULL);
  play(meet_foreigners);
  assert_log("0");
  close_other();
}

static int alternate(roost_task self, void *name) {
  (void)self;
  for (int i = 0; i < 2; i++) {
    note("%s%d", (char *)name, i);
    int rc = roost_sleep(0);
    if (rc < 0) return rc;
  }
  return 0;
}

static int run_inner(roost_task self, void *data) {
  (void)data;
  open_other(NULL);
  assert_int_equal(roost_go(roost_root(other), alternate, "inner"), 0);
  assert_int_equal(roost_go(roost_root(other), alternate, "beside"), 0);
  tell("run", roost_run(other));
  note("%d", roost_self().id == self.id);
  tell("sleep", roost_sleep(0));
  assert_int_equal(roost_go(roost_root(other), alternate, "again"), 0);
  tell("close", roost_close(other, 0, NULL, NULL, NULL));
  note("%d", roost_self().id == self.id);
  return 0;
}

/* A runtime in a fiber of another: its fibers run on stacks of their own, its loop on the fiber's;
 * the fiber is itself again when it returns. */
static void a_runtime_runs_inside_of_a_fiber(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, run_inner, NULL), 0);
  assert_int_equal(roost_go(root, alternate, "outer"), 0);
  run();
  assert_log("inner0 beside0 inner1 beside1 run=0 1 outer0 sleep=0 again0 close=0 1 outer1");
}

static int look_for_a_fiber(roost_task self, void *data) {
  (void)self;
  (void)data;
  note("%d%d", roost_self().id == 0, roost_here().id == 0);
  tell("sleep", roost_sleep(SECONDS(1)));
  return 0;
}
static int spawn_inner_callback(roost_task self, void *data) {
  (void)data;
  open_other(NULL);
  assert_int_equal(roost_spawn(roost_root(other), ROOST_TASK(.start = look_for_a_fiber), NULL), 0);
  tell("run", roost_run(other));
  note("%d", roost_self().id == self.id);
  close_other();
  return 0;
}

/* S2: the callbacks of that runtime are not the fiber that turns it. */
static void a_callback_of_an_inner_runtime_is_no_fiber(void **state) {
  (void)state;
  play(spawn_inner_callback);
  assert_log("11 sleep=ENOTASK run=0 1");
}

static int turn_a_borrowed_loop(roost_task self, void *loop) {
  open_other(loop);
  assert_int_equal(roost_spawn(roost_root(other), ROOST_TASK(.start = look_for_a_fiber), NULL), 0);
  assert_int_equal(roost_go(roost_root(other), alternate, "inner"), 0);
  uv_run(loop, UV_RUN_DEFAULT);
  note("%d", roost_self().id == self.id);
  tell("close", roost_close(other, 0, NULL, NULL, NULL));
  uv_run(loop, UV_RUN_DEFAULT);
  note("%d", roost_self().id == self.id);
  return 0;
}

/* The same on a loop that the fiber turns. */
static void a_fiber_turns_a_loop_that_a_runtime_borrows(void **state) {
  (void)state;
  uv_loop_t loop;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(roost_go(root, turn_a_borrowed_loop, &loop), 0);
  run();
  assert_log("11 sleep=ENOTASK inner0 inner1 1 close=1 1");
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* S8: two runtimes on one loop, whose fibers take turns. */
static void two_runtimes_share_a_loop(void **state) {
  (void)state;
  uv_loop_t loop;
  roost_runtime first;
  assert_int_equal(uv_loop_init(&loop), 0);
  open_other(&loop);
  first = other;
  open_other(&loop);
  assert_int_equal(roost_go(roost_root(first), alternate, "a"), 0);
  assert_int_equal(roost_go(roost_root(other), alternate, "b"), 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(roost_close(first, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), ROOST_PENDING);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_log("b0 a0 b1 a1");
  assert_int_equal(uv_loop_close(&loop), 0);
}

static int run_its_own(roost_task self, void *data) {
  (void)data;
  roost_runtime mine = roost_runtime_of(self);
  assert_refused(ROOST_EORDER, roost_run, (mine));
  tell("close", roost_close(mine, 0, NULL, NULL, NULL));
  return tell("sleep", roost_sleep(0));
}

/* S8a: from inside, closing is only begun, and the fiber is cancelled. */
static void a_fiber_closes_its_runtime(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, run_its_own, NULL), 0);
  roost_run(rt);
  rt.id = 0;
  assert_log("close=1 sleep=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */

/* Of which waits a property can be said. */
static int any(const kind *it) { return it != NULL; }
static int one_that_waits(const kind *it) { return it->wait != roost_checkpoint; }
static int one_that_ends(const kind *it) {
  return one_that_waits(it) && it->wait != roost_sleep_forever;
}
static int one_that_somebody_ends(const kind *it) { return it->complete != NULL; }
static int one_that_ends_at_once(const kind *it) { return it->complete != NULL && !it->takes_time; }
static int one_that_may_be_there(const kind *it) { return !it->never_there; }

typedef struct property {
  const char *name;
  void (*test)(void **state);
  int (*is_of)(const kind *it);
} property;

static const property properties[] = {
    {"completed", completed, one_that_ends},
    {"cancelled_meanwhile", cancelled_meanwhile, one_that_waits},
    {"cancelled_before", cancelled_before, any},
    {"completed_before_the_cancellation", completed_before_the_cancellation, one_that_ends_at_once},
    {"cancelled_before_the_completion", cancelled_before_the_completion, one_that_somebody_ends},
    {"there_already", there_already, one_that_may_be_there},
    {"stopped", stopped, one_that_waits},
    {"not_stopped", not_stopped, one_that_ends},
    {"shielded_for_a_while", shielded_for_a_while, one_that_waits},
    {"for_fibers_alone", for_fibers_alone, any},
};

#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_things, close_things)

int main(void) {
  signal(SIGUSR1, SIG_IGN); /* for those that come when nobody waits */
  enum { OF_KINDS = COUNT(kinds) * COUNT(properties) };
  static char names[OF_KINDS][64];
  struct CMUnitTest tests[OF_KINDS] = {{0}}; /* one without a name is none */
  for (size_t i = 0; i < OF_KINDS; i++) {
    const kind *kind = &kinds[i / COUNT(properties)];
    const property *property = &properties[i % COUNT(properties)];
    if (!property->is_of(kind)) continue;
    snprintf(names[i], sizeof names[i], "%s_%s", kind->name, property->name);
    tests[i] =
        (struct CMUnitTest){names[i], property->test, open_things, close_things, (void *)kind};
  }
  const struct CMUnitTest others[] = {
      TEST(a_condition_comes_back_with_the_lock),
      TEST(a_cancelled_condition_comes_back_with_the_lock),
      TEST(a_lock_belongs_to_its_fiber),
      TEST(a_lock_outlives_the_scope_of_its_wait),
      TEST(waits_are_thinned_out_by_16_at_most),
      TEST(cancelled_waits_let_others_run),
      TEST(a_checkpoint_looks_last),
      TEST(a_checkpoint_sees_what_the_others_do),
      TEST(waiters_are_served_in_their_order),
      TEST(sleepers_wake_in_order),
      TEST(sleeping_costs_no_time),
      TEST(a_hang_is_found),
      TEST(fibers_talk_through_a_channel),
      TEST(what_is_destroyed_ends_its_waits),
      TEST(nonsense_is_refused),
      TEST(a_fiber_runs_a_process),
      TEST(a_process_is_stopped_with_its_fiber),
      TEST(a_signal_between_two_waits_is_not_lost),
      TEST(foreign_handles_are_refused),
      TEST(a_runtime_runs_inside_of_a_fiber),
      TEST(a_callback_of_an_inner_runtime_is_no_fiber),
      TEST(a_fiber_turns_a_loop_that_a_runtime_borrows),
      TEST(two_runtimes_share_a_loop),
      TEST(a_fiber_closes_its_runtime),
  };
  int failed = cmocka_run_group_tests_name("fiber_wait, every kind", tests, NULL, NULL);
  return failed + cmocka_run_group_tests_name("fiber_wait", others, NULL, NULL);
}
