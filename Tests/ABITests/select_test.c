/* Several waits at once (S3): exactly one is taken, and nothing is lost from the others. */
#include "fibers.h"
#include "things.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <uv.h>

static roost_event later;
static roost_channel more;
static roost_scope s;

static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }

static int open_things(void **state) {
  if (open_one_of_each(state) != 0) return -1;
  assert_int_equal(roost_event_open(rt, &later), 0);
  assert_int_equal(roost_channel_open(rt, 4, NULL, &more), 0);
  return 0;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_things, close_runtime)

static void do_nothing(void) {}

/* ---------------------------------------------------------------------------------------------- */
/* Every kind                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

enum { TIME, END, EVENT, PERMIT, LOCK, SEND, RECEIVE, SIGNAL, KINDS };

static void (*const completions[KINDS])(void) = {do_nothing, end_task,  set_event, give_permit,
                                                 give_lock,  take_item, give_item, send_signal};
static void *received;

static int choose(roost_task self, void *data) {
  (void)self;
  (void)data;
  received = NULL;
  roost_choice choices[KINDS] = {
      [TIME] = ROOST_ON_TIME(SECONDS(3)),
      [END] = ROOST_ON_END(awaited),
      [EVENT] = ROOST_ON_EVENT(event),
      [PERMIT] = ROOST_ON_PERMIT(limiter),
      [LOCK] = ROOST_ON_LOCK(lock),
      [SEND] = ROOST_ON_SEND(sends, &items[0]),
      [RECEIVE] = ROOST_ON_RECEIVE(receives, &received),
      [SIGNAL] = ROOST_ON_SIGNAL(SIGUSR1),
  };
  int index = roost_select(choices, KINDS);
  note("%d", index);
  if (index >= 0) note("rc=%d", (int)choices[index].rc);
  return 0;
}

/* B1: an array that somebody else changes meanwhile. */
static roost_choice shared[3];
static int choose_shared(roost_task self, void *data) {
  (void)self;
  (void)data;
  for (int i = 0; i < 3; i++)
    shared[i] = (roost_choice)ROOST_ON_TIME(i == 1 ? SECONDS(1) : SECONDS(5));
  note("%d", roost_select(shared, 3));
  return 0;
}
static void spoil(void) { memset(shared, 0, sizeof shared); }

static void choices_may_change_meanwhile(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_shared, NULL), 0);
  act(SECONDS(1) / 2, spoil);
  run();
  assert_log("@1000 1");
}

/* What each has still to give, to whoever asks. */
static void note_what_is_left(int but) {
  void *item;
  if (but != EVENT) set_event();
  if (but != PERMIT) {
    give_permit();
    note("permit:%d", roost_limiter_try_acquire(limiter) == 0);
  }
  if (but != LOCK) {
    give_lock();
    note("lock:%d", roost_lock_try_acquire(lock, root) == 0);
  }
  if (but != SEND) note("send:%d", roost_channel_try_receive(sends, &item) == ROOST_EAGAIN);
  if (but != RECEIVE) {
    give_item();
    note("receive:%d", roost_channel_try_receive(receives, &item) == 0);
  }
}

/* S3: the one that comes is taken, and the others are as if they had not been waited for. */
static void each_kind_is_taken(void **state) {
  static const char *const taken[KINDS] = {"@3000 0 rc=0 permit:1 lock:1 send:1 receive:1",
                                           "@1000 1 rc=5 permit:1 lock:1 send:1 receive:1",
                                           "@1000 2 rc=0 permit:1 lock:1 send:1 receive:1",
                                           "@1000 3 rc=0 lock:1 send:1 receive:1",
                                           "@1000 4 rc=0 permit:1 send:1 receive:1",
                                           "@1000 5 rc=0 permit:1 lock:1 receive:1",
                                           "@1000 6 rc=0 permit:1 lock:1 send:1",
                                           "@1000 7 rc=10 permit:1 lock:1 send:1 receive:1"};
  for (int kind = 0; kind < KINDS; kind++) {
    assert_int_equal(roost_go(root, choose, NULL), 0);
    act(SECONDS(1), completions[kind]);
    run();
    note_what_is_left(kind);
    assert_log(taken[kind]);
    assert_ptr_equal(received, kind == RECEIVE ? &items[1] : NULL);
    if (kind == KINDS - 1) break;
    assert_int_equal(close_now(), 0);
    assert_int_equal(open_things(state), 0);
  }
}

static int choose_again(roost_task self, void *data) {
  int (*fn)(roost_task, void *) = choose;
  s = own_scope(ROOST_SCOPE(.name = "s"));
  fn(self, data);
  fn(self, data);
  close_scope(s, roost_cancelled(s) ? ROOST_ECANCELED : 0);
  return 0;
}
static void note_all_that_is_left(void) { note_what_is_left(-1); }

/* C3, C4: cancelled, it answers that, again and again, and nothing was taken. */
static void cancelled_it_takes_nothing(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_again, NULL), 0);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), note_all_that_is_left);
  run();
  assert_log("@1000 -125 -125 s=0^ @2000 permit:1 lock:1 send:1 receive:1");
  assert_null(received);
}

static int choose_when_cancelled(roost_task self, void *data) {
  s = own_scope(ROOST_SCOPE(.name = "s"));
  set_event(), give_item(), give_permit(), give_lock();
  cancel_s();
  choose(self, data);
  note("%d%d", roost_limiter_try_acquire(limiter) == 0, roost_lock_try_acquire(lock, root) == 0);
  note("%d", roost_channel_try_receive(receives, &received) == 0);
  close_scope(s, ROOST_ECANCELED);
  return 0;
}

/* C3a: cancelled before, it takes nothing that is there. */
static void cancelled_before_it_takes_nothing(void **state) {
  (void)state;
  play(choose_when_cancelled);
  assert_log("-125 11 1 s=0^");
}

static void give_item_and_cancel(void) {
  give_item();
  cancel_s();
}
static int choose_once_in_s(roost_task self, void *data) {
  s = own_scope(ROOST_SCOPE(.name = "s"));
  choose(self, data);
  close_scope(s, tell("next", roost_checkpoint()));
  return 0;
}

/* C4: what came before the cancellation is kept. */
static void what_came_first_is_kept(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_once_in_s, NULL), 0);
  act(SECONDS(1), give_item_and_cancel);
  run();
  assert_log("@1000 6 rc=0 next=ECANCELED s=0^");
  assert_ptr_equal(received, &items[1]);
}

static void cancel_and_give_all(void) {
  cancel_s();
  note_what_is_left(-1);
}

/* C4a: and what came after it is not taken. */
static void what_came_after_the_mark_is_not_taken(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_once_in_s, NULL), 0);
  act(SECONDS(1), cancel_and_give_all);
  run();
  assert_log("@1000 permit:1 lock:1 send:1 receive:1 -125 next=ECANCELED s=0^");
}

static int choose_until_stopping(roost_task self, void *data) {
  s = own_scope(ROOST_SCOPE(.name = "s", .until_stopping = 1));
  choose(self, data);
  choose(self, data);
  close_scope(s, 0);
  return 0;
}
static void shut_down_s(void) { assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0); }

/* C12 */
static void stopping_ends_it(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_until_stopping, NULL), 0);
  act(SECONDS(1), shut_down_s);
  act(SECONDS(2), note_all_that_is_left);
  run();
  assert_log("@1000 -20014 -20014 s=0 @2000 permit:1 lock:1 send:1 receive:1");
}

/* ---------------------------------------------------------------------------------------------- */
/* Exactly one                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* All at once, in the order in which they are given below. */
static void complete_all(void) {
  give_item();
  give_lock();
  give_permit();
  set_event();
}

/* C4: one is taken, the first that came; the others keep what they have. */
static void of_several_that_come_one_is_taken(void **state) {
  (void)state;
  void *item = NULL;
  assert_int_equal(roost_go(root, choose, NULL), 0);
  act(SECONDS(1), complete_all);
  run();
  assert_log("@1000 6 rc=0");
  assert_int_equal(roost_limiter_try_acquire(limiter), 0);
  assert_int_equal(roost_lock_try_acquire(lock, root), 0);
  assert_int_equal(roost_channel_try_receive(receives, &item), ROOST_EAGAIN);
}

static int take_in_order(roost_task self, void *data) {
  (void)self;
  (void)data;
  void *one = NULL, *two = NULL;
  assert_int_equal(roost_channel_try_send(receives, &items[1]), 0);
  assert_int_equal(roost_channel_try_send(more, &items[2]), 0);
  roost_choice choices[] = {ROOST_ON_TIME(ROOST_FOREVER), ROOST_ON_RECEIVE(more, &two),
                            ROOST_ON_RECEIVE(receives, &one), ROOST_ON_TIME(0)};
  note("%d", roost_select(choices, COUNT(choices)));
  note("%d%d", one == NULL, two == &items[2]);
  note("%d", roost_select(choices, COUNT(choices)));
  note("%d", one == &items[1]);
  note("%d", roost_select(choices, COUNT(choices)));
  return 0;
}

/* Of what is there at once, the first in the array. */
static void the_first_in_the_array_comes_first(void **state) {
  (void)state;
  play(take_in_order);
  assert_log("1 11 2 1 3");
}

static int choose_between_twins(roost_task self, void *data) {
  (void)self;
  (void)data;
  void *one = NULL, *two = NULL;
  roost_choice choices[] = {ROOST_ON_RECEIVE(receives, &one), ROOST_ON_RECEIVE(receives, &two)};
  note("%d", roost_select(choices, 2));
  note("%d%d", one == &items[1], two == NULL);
  roost_choice permits[] = {ROOST_ON_PERMIT(limiter), ROOST_ON_PERMIT(limiter)};
  note("%d", roost_select(permits, 2));
  note("%d", roost_limiter_try_acquire(limiter) == ROOST_EAGAIN);
  roost_choice events[] = {ROOST_ON_EVENT(event), ROOST_ON_EVENT(event)};
  note("%d", roost_select(events, 2));
  return 0;
}

/* The same thing twice is taken once. */
static void the_same_twice_is_taken_once(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_between_twins, NULL), 0);
  act(SECONDS(1), complete_all);
  run();
  assert_log("@1000 0 11 0 1 0");
}

static int send_to_itself(roost_task self, void *data) {
  (void)self;
  (void)data;
  void *item = NULL;
  roost_choice sender = ROOST_ON_SEND(sends, &items[0]);
  roost_choice receiver = ROOST_ON_RECEIVE(sends, &item), time = ROOST_ON_TIME(SECONDS(1));
  roost_choice choices[] = {sender, time, receiver}, again[] = {time, receiver, sender};
  assert_refused(ROOST_EINVAL, roost_select, (choices, COUNT(choices)));
  assert_refused(ROOST_EINVAL, roost_select, (again, COUNT(again)));
  assert_int_equal(roost_channel_try_receive(sends, &item), ROOST_EAGAIN);
  assert_int_equal(roost_channel_try_send(sends, &items[0]), ROOST_EAGAIN);
  note("refused");
  return 0;
}

/* C4: nobody meets itself: both would be taken. */
static void a_channel_is_not_sent_to_and_received_from(void **state) {
  (void)state;
  play(send_to_itself);
  assert_log("refused");
}

static int wait_at(roost_task self, void *name) {
  (void)self;
  tell(name, roost_await_permit(limiter));
  return 0;
}
static int choose_permit_or_time(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_choice choices[] = {ROOST_ON_PERMIT(limiter), ROOST_ON_TIME(SECONDS(1))};
  note("%d", roost_select(choices, 2));
  return 0;
}
static void give_two_permits(void) { assert_int_equal(roost_limiter_resize(limiter, 2), 0); }

/* S3: it waits in its turn, and when it has gone the next gets what would have been its. */
static void it_keeps_its_place_in_the_queue(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_permit_or_time, NULL), 0);
  assert_int_equal(roost_go(root, wait_at, "b"), 0);
  assert_int_equal(roost_go(root, wait_at, "c"), 0);
  act(SECONDS(2), give_two_permits);
  run();
  assert_log("@1000 1 @2000 b=0 c=0");
}

enum { NUMBERS = 200 };
static int numbers[2 * NUMBERS], seen[2 * NUMBERS];

static int produce(roost_task self, void *channel) {
  (void)self;
  int first = channel == &receives ? 0 : NUMBERS;
  for (int i = first; i < first + NUMBERS; i++) {
    roost_choice choices[] = {ROOST_ON_SEND(*(roost_channel *)channel, &numbers[i]),
                              ROOST_ON_TIME(i % 7 ? MS(i % 5) : 0)};
    int index;
    while ((index = roost_select(choices, 2)) == 1) continue;
    if (index < 0) return index;
  }
  return roost_channel_close(*(roost_channel *)channel);
}
static int consume_both(roost_task self, void *data) {
  (void)self;
  (void)data;
  void *items[2];
  roost_choice choices[] = {ROOST_ON_RECEIVE(receives, &items[0]),
                            ROOST_ON_RECEIVE(more, &items[1]), ROOST_ON_TIME(MS(2))};
  int open = 2;
  while (open > 0) {
    int index = roost_select(choices, 3);
    if (index < 0) return index;
    if (index == 2) continue;
    if (choices[index].rc == ROOST_ECLOSED)
      choices[index].kind = 0, open--;
    else
      seen[(int *)items[index] - numbers]++;
  }
  return 0;
}

/* C4: nothing is lost, nothing comes twice, whatever is chosen meanwhile. */
static void nothing_is_lost_between_many(void **state) {
  (void)state;
  memset(seen, 0, sizeof seen);
  for (int i = 0; i < 3; i++) assert_int_equal(roost_go(root, consume_both, NULL), 0);
  assert_int_equal(roost_go(root, produce, &receives), 0);
  assert_int_equal(roost_go(root, produce, &more), 0);
  run();
  for (int i = 0; i < 2 * NUMBERS; i++) assert_int_equal(seen[i], 1);
}

/* ---------------------------------------------------------------------------------------------- */
/* Nothing, failures                                                                              */
/* ---------------------------------------------------------------------------------------------- */

static int choose_nothing(roost_task self, void *data) {
  (void)self;
  (void)data;
  s = own_scope(ROOST_SCOPE(.name = "s", .timeout_ns = SECONDS(1), .move_on = 1));
  roost_choice none[] = {ROOST_CHOICE(.kind = 0), ROOST_CHOICE(.kind = 0)};
  tell("null", roost_select(NULL, 0));
  int rc = tell("none", roost_select(none, 2));
  close_scope(s, rc);
  return 0;
}

/* With nothing to choose it waits for the cancellation alone. */
static void of_nothing_it_waits_for_ever(void **state) {
  (void)state;
  play(choose_nothing);
  assert_log("@1000 null=ECANCELED none=ECANCELED s=0^");
}

static int choose_badly(roost_task self, void *data) {
  (void)data;
  void *item;
  roost_event gone;
  assert_int_equal(roost_event_open(rt, &gone), 0);
  assert_int_equal(roost_event_destroy(gone), 0);
  roost_choice good = ROOST_ON_PERMIT(limiter), also = ROOST_ON_RECEIVE(receives, &item);
  const roost_choice bad[] = {ROOST_ON_EVENT(gone),
                              ROOST_ON_EVENT((roost_event){limiter.id}),
                              ROOST_ON_RECEIVE(more, NULL),
                              ROOST_ON_SIGNAL(SIGKILL),
                              ROOST_ON_END(self),
                              ROOST_CHOICE(.kind = 11),
                              ROOST_CHOICE(.kind = UINT64_MAX),
                              ROOST_ON_SIGNAL(INT64_MAX),
                              ROOST_ON_END((roost_node){0}),
                              {.size = 8, .kind = ROOST_CHOOSE_TIME}};
  static const int codes[] = {ROOST_ESTALE, ROOST_EKIND,  ROOST_EINVAL, ROOST_EINVAL, ROOST_EDEADLK,
                              ROOST_EINVAL, ROOST_EINVAL, ROOST_EINVAL, ROOST_EINVAL, ROOST_EINVAL};
  for (size_t i = 0; i < COUNT(bad); i++) {
    roost_choice choices[] = {good, also, bad[i], good};
    assert_refused(codes[i], roost_select, (choices, COUNT(choices)));
  }
  assert_refused(ROOST_EINVAL, roost_select, (NULL, 1));
  assert_refused(ROOST_EINVAL, roost_select, (&good, UINT64_MAX));
  /* Nothing waits any more. */
  tell("sleep", roost_sleep(0));
  give_permit();
  note("%d", roost_limiter_try_acquire(limiter) == 0);
  give_item();
  note("%d", roost_channel_try_receive(receives, &item) == 0);
  return 0;
}

/* B1: a wait that cannot begin fails all of it, and none has begun. */
static void a_failure_to_begin_takes_all_back(void **state) {
  (void)state;
  play(choose_badly);
  assert_log("sleep=0 1 1");
}

static int choose_what_closes(roost_task self, void *data) {
  (void)self;
  (void)data;
  void *item;
  roost_choice choices[] = {ROOST_ON_EVENT(event), ROOST_ON_RECEIVE(receives, &item)};
  note("%d", roost_select(choices, 2));
  tell("rc", (int)choices[1].rc);
  return 0;
}
static void close_channel(void) { assert_int_equal(roost_channel_close(receives), 0); }
static void destroy_event(void) { assert_int_equal(roost_event_destroy(event), 0); }

/* The failure of a wait is its outcome. */
static void a_wait_that_fails_is_taken(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_what_closes, NULL), 0);
  act(SECONDS(1), close_channel);
  run();
  assert_log("@1000 1 rc=ECLOSED");
  assert_int_equal(roost_channel_destroy(receives), 0);
  assert_int_equal(roost_channel_open(rt, 0, NULL, &receives), 0);
  assert_int_equal(roost_go(root, choose_what_closes, NULL), 0);
  act(SECONDS(1), destroy_event);
  run();
  assert_log("@2000 0 rc=0");
}

static int end_cancelled(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_choice choices[] = {ROOST_ON_EVENT(event), ROOST_ON_END(awaited)};
  note("%d", roost_select(choices, 2));
  tell("rc", (int)choices[1].rc);
  return 0;
}
static void cancel_ended(void) { assert_int_equal(roost_cancel(awaited, NULL), 0); }

/* L5a: another's cancellation is an outcome. */
static void the_end_of_a_cancelled_task_is_taken(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, end_cancelled, NULL), 0);
  act(SECONDS(1), cancel_ended);
  run();
  assert_log("@1000 1 rc=ETASKCANCELLED");
}

static void *select_elsewhere(void *rc) {
  roost_choice choices[] = {ROOST_ON_EVENT(event)};
  *(int *)rc = roost_select(choices, 1);
  return NULL;
}

/* S2 */
static void it_is_for_fibers_alone(void **state) {
  (void)state;
  int rc = 0;
  pthread_t thread;
  roost_choice choices[] = {ROOST_ON_EVENT(event)};
  assert_refused(ROOST_ENOTASK, roost_select, (choices, 1));
  assert_int_equal(pthread_create(&thread, NULL, select_elsewhere, &rc), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(rc, ROOST_ENOTASK);
}

static int own_the_lock(roost_task self, void *data) {
  (void)data;
  roost_scope own = own_scope(NULL);
  roost_choice choices[] = {ROOST_ON_LOCK(lock), ROOST_ON_TIME(SECONDS(5))};
  note("%d", roost_select(choices, 2));
  assert_int_equal(roost_scope_close(own, 0, NULL), 0);
  tell("again", roost_select(choices, 2));
  tell("release", roost_lock_release(lock, self));
  return 0;
}

/* S3b: the fiber's task owns the lock that was taken. */
static void a_lock_that_was_taken_is_the_fibers(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, own_the_lock, NULL), 0);
  act(SECONDS(1), give_lock);
  run();
  assert_log("@1000 0 again=EDEADLK release=0");
}

static int choose_shielded(roost_task self, void *data) {
  s = own_scope(ROOST_SCOPE(.name = "s"));
  roost_scope shield = own_scope(ROOST_SCOPE(.shield = 1));
  cancel_s();
  choose(self, data);
  roost_scope_close(shield, 0, NULL);
  close_scope(s, tell("next", roost_checkpoint()));
  return 0;
}

/* C10 */
static void in_a_shield_it_waits_on(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_shielded, NULL), 0);
  act(SECONDS(1), set_event);
  run();
  assert_log("@1000 2 rc=0 next=ECANCELED s=0^");
}

static int choose_many(roost_task self, void *data) {
  (void)self;
  (void)data;
  enum { CHOICES = 1000 };
  roost_choice *choices = new_data(CHOICES * sizeof *choices);
  for (int i = 0; i < CHOICES; i++) choices[i] = (roost_choice)ROOST_ON_EVENT(later);
  choices[CHOICES / 2] = (roost_choice)ROOST_ON_EVENT(event);
  note("%d", roost_select(choices, CHOICES));
  drop_data(choices);
  return 0;
}

/* Linear in their number. */
static void there_may_be_many(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, choose_many, NULL), 0);
  act(SECONDS(1), set_event);
  run();
  assert_log("@1000 500");
}

static int watch_both(roost_task self, void *data) {
  int *ends = data;
  char byte;
  (void)self;
  roost_choice choices[] = {ROOST_ON_READABLE(ends[0]), ROOST_ON_TIME(SECONDS(1))};
  note("%d", roost_select(choices, 2));
  roost_choice twice[] = {ROOST_ON_READABLE(ends[0]), ROOST_ON_WRITABLE(ends[1])};
  note("%d", roost_select(twice, 2));
  assert_int_equal(write(ends[1], "x", 1), 1);
  note("%d", roost_select(choices, 2));
  assert_int_equal(read(ends[0], &byte, 1), 1);
  assert_refused(UV_EBADF, roost_select, (&(roost_choice)ROOST_ON_READABLE(1000), 1));
  roost_choice same[] = {ROOST_ON_READABLE(ends[0]), ROOST_ON_READABLE(ends[0])};
  assert_refused(ROOST_EBUSY, roost_select, (same, 2));
  note("%d", roost_select(choices, 2));
  return 0;
}

/* Descriptors are chosen between, and are free again afterwards. */
static void descriptors_are_watched(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(roost_go(root, watch_both, ends), 0);
  run();
  assert_log("@1000 1 1 0 @2000 1");
  close(ends[0]), close(ends[1]);
}

static int take_turns(roost_task self, void *name) {
  (void)self;
  roost_choice choices[] = {ROOST_ON_EVENT(event)};
  for (int i = 0; i < 40; i++) {
    assert_int_equal(roost_select(choices, 1), 0);
    if (i == 0) note("%s", (char *)name);
  }
  note("%s", (char *)name);
  return 0;
}

/* S1a: it lets the others run. */
static void it_lets_others_run(void **state) {
  (void)state;
  set_event();
  assert_int_equal(roost_go(root, take_turns, "a"), 0);
  assert_int_equal(roost_go(root, take_turns, "b"), 0);
  run();
  assert_log("a b a b");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(choices_may_change_meanwhile),
      TEST(each_kind_is_taken),
      TEST(cancelled_it_takes_nothing),
      TEST(cancelled_before_it_takes_nothing),
      TEST(what_came_first_is_kept),
      TEST(what_came_after_the_mark_is_not_taken),
      TEST(stopping_ends_it),
      TEST(of_several_that_come_one_is_taken),
      TEST(the_first_in_the_array_comes_first),
      TEST(the_same_twice_is_taken_once),
      TEST(a_channel_is_not_sent_to_and_received_from),
      TEST(it_keeps_its_place_in_the_queue),
      TEST(nothing_is_lost_between_many),
      TEST(of_nothing_it_waits_for_ever),
      TEST(a_failure_to_begin_takes_all_back),
      TEST(a_wait_that_fails_is_taken),
      TEST(the_end_of_a_cancelled_task_is_taken),
      TEST(it_is_for_fibers_alone),
      TEST(a_lock_that_was_taken_is_the_fibers),
      TEST(in_a_shield_it_waits_on),
      TEST(there_may_be_many),
      TEST(descriptors_are_watched),
      TEST(it_lets_others_run),
  };
  return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
