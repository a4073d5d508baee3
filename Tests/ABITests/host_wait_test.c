/* What hosted tasks wait for, asked in batches and by ordinary calls: each wait ends once, with
 * what it was for or cancelled, never both (C4). */
#include "hosts.h"

#include <signal.h>
#include <unistd.h>

static uint64_t a, b, s;
static roost_event event;
static roost_limiter limiter;
static roost_lock lock;
static roost_condition condition;
static roost_channel channel;
static roost_wait wait;

static void cancel_a(void) { cancel_now(a); }
static void cancel_b(void) { cancel_now(b); }
static void cancel_s(void) { cancel_now(s); }

/* ---------------------------------------------------------------------------------------------- */
/* Time                                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static void sleep_in_many_ways(routine *me) {
  BEGIN;
  SLEEP(SECONDS(1));
  tell("second", me->rc);
  SLEEP(0);
  tell("none", me->rc);
  WAIT(.what = ROOST_ASK_SLEEP, .value = 1);
  tell("past", me->rc);
  WAIT(.what = ROOST_ASK_SLEEP, .value = 0);
  tell("zero", me->rc);
  WAIT(.what = ROOST_ASK_SLEEP, .value = ROOST_FOREVER);
  tell("ever", me->rc);
  WAIT(.what = ROOST_ASK_SLEEP, .value = UINT64_MAX);
  tell("more", me->rc);
  END;
}

/* S3: until a moment on the clock, which may have passed; for ever. */
static void it_sleeps_until_a_moment(void **state) {
  (void)state;
  a = hosted(0, "a", .fn = sleep_in_many_ways);
  flush();
  act(SECONDS(2), cancel_a);
  drive();
  assert_log("@1000 second=0 none=0 past=0 zero=0 @2000 ever=ECANCELED more=ECANCELED");
}

/* D4: virtual time jumps to the next moment, in order; of one moment, in the order of asking. */
static void virtual_time_goes_by_in_order(void **state) {
  (void)state;
  hosted(0, "c", .lasts = SECONDS(3));
  hosted(0, "a", .lasts = SECONDS(1));
  hosted(0, "b", .lasts = SECONDS(2));
  hosted(0, "a'", .lasts = SECONDS(1));
  hosted(0, "year", .lasts = SECONDS(31536000));
  drive();
  assert_log("c+ a+ b+ a'+ year+ @1000 a- a'- @2000 b- @3000 c- @31536000000 year-");
}

/* D4: a hang is an error: all is cancelled, and no shield holds. */
static void a_hang_is_found(void **state) {
  (void)state;
  a = hosted(0, "a", .lasts = ROOST_FOREVER, .tells = 1);
  assert_int_equal(drive_on(), ROOST_EDEADLK);
  assert_int_equal(reason_of(root).origin, ROOST_DEADLOCK);
  assert_log("a+ a! a=ECANCELED:cancelled");
}

static void ignore_the_cancellation(routine *me) {
  BEGIN;
  SLEEP(ROOST_FOREVER);
  tell("sleep", me->rc);
  SLEEP(ROOST_FOREVER);
  tell("sleep", me->rc);
  RETURN(4);
  END;
}

/* D4, C3: and whoever ends well in spite of it has. */
static void a_hang_may_be_survived(void **state) {
  (void)state;
  hosted(0, "a", .fn = ignore_the_cancellation, .tells = 1);
  assert_int_equal(drive_on(), ROOST_EDEADLK);
  assert_log("sleep=ECANCELED sleep=ECANCELED a=4:completed");
}

/* ---------------------------------------------------------------------------------------------- */
/* Primitives                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static void set_event(void) { assert_int_equal(roost_event_set(event), 0); }
static void await_event_twice(routine *me) {
  BEGIN;
  AWAIT_EVENT(event);
  tell(me->name, me->rc);
  AWAIT_EVENT(event);
  tell(me->name, me->rc);
  END;
}

/* S3: at once where it has happened. */
static void it_waits_for_an_event(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &event), 0);
  hosted(0, "a", .fn = await_event_twice);
  hosted(0, "b", .fn = await_event_twice);
  flush();
  act(SECONDS(1), set_event);
  drive();
  assert_log("@1000 a=0 b=0 a=0 b=0");
}

static void destroy_event(void) { assert_int_equal(roost_event_destroy(event), 0); }

/* S3a */
static void an_event_that_is_destroyed_ends_its_waits(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &event), 0);
  hosted(0, "a", .fn = await_event_twice);
  flush();
  act(SECONDS(1), destroy_event);
  drive();
  assert_log("@1000 a=ECLOSED a=ESTALE");
}

static void use_permit(routine *me) {
  BEGIN;
  AWAIT_PERMIT(limiter);
  tell(me->name, me->rc);
  if (me->rc < 0) RETURN(me->rc);
  SLEEP(SECONDS(1));
  assert_int_equal(roost_limiter_release(limiter), 0);
  END;
}

/* S3: first come, first served; one that is cancelled takes none. */
static void it_waits_for_a_permit(void **state) {
  (void)state;
  assert_int_equal(roost_limiter_open(rt, 2, &limiter), 0);
  hosted(0, "a", .fn = use_permit);
  hosted(0, "x", .fn = use_permit);
  b = hosted(0, "b", .fn = use_permit);
  hosted(0, "c", .fn = use_permit);
  hosted(0, "d", .fn = use_permit);
  flush();
  act(MS(500), cancel_b);
  drive();
  assert_log("a=0 x=0 @500 b=ECANCELED @1000 c=0 d=0");
}

static void use_lock(routine *me) {
  BEGIN;
  me->data = SCOPE("s");
  AWAIT_LOCK(lock);
  LEAVE(me->data, 0);
  if (tell(me->name, me->rc) < 0) return;
  SLEEP(SECONDS(1));
  assert_int_equal(roost_lock_release(lock, me->task), 0);
  END;
}
static void own_twice(routine *me) {
  BEGIN;
  AWAIT_LOCK(lock);
  tell(me->name, me->rc);
  AWAIT_LOCK(lock);
  tell(me->name, me->rc);
  END;
}

/* S3, S3b: the task owns it, wherever it was when it waited. */
static void it_waits_for_a_lock(void **state) {
  (void)state;
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  hosted(0, "a", .fn = use_lock);
  hosted(0, "b", .fn = use_lock);
  hosted(0, "c", .fn = own_twice);
  hosted(0, "d", .fn = use_lock);
  drive();
  assert_log("a=0 @1000 b=0 @2000 c=0 c=EDEADLK d=EOWNERDEAD");
}

static void use_condition(routine *me) {
  BEGIN;
  AWAIT_LOCK(lock);
  AWAIT_CONDITION(condition);
  tell(me->name, me->rc);
  tell("release", roost_lock_release(lock, me->task));
  AWAIT_CONDITION(condition);
  tell(me->name, me->rc);
  END;
}
static void notify(void) { assert_int_equal(roost_condition_notify(condition, 1), 0); }

/* S3b: however it ends, the task owns the lock again. Without it there is nothing to wait for. */
static void it_waits_at_a_condition(void **state) {
  (void)state;
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  assert_int_equal(roost_condition_open(lock, &condition), 0);
  hosted(0, "a", .fn = use_condition);
  b = hosted(0, "b", .fn = use_condition);
  flush();
  act(SECONDS(1), notify);
  act(SECONDS(2), cancel_b);
  drive();
  assert_log("@1000 a=0 release=0 a=EORDER @2000 b=ECANCELED release=0 b=EORDER");
}

static void send_three(routine *me) {
  BEGIN;
  SEND(channel, "one");
  tell("send", me->rc);
  SEND(channel, "two");
  tell("send", me->rc);
  SEND(channel, NULL);
  tell("send", me->rc);
  flush();
  assert_int_equal(roost_channel_close(channel), 0);
  SEND(channel, "late");
  tell("send", me->rc);
  END;
}
static void receive_until_closed(routine *me) {
  BEGIN;
  SLEEP(SECONDS(1));
  do {
    RECEIVE(channel);
    note("%s:%s", code_name(me->rc), me->value ? (char *)(uintptr_t)me->value : "nothing");
  } while (me->rc == 0);
  END;
}

/* S3: bounded, closed; the item is the value. */
static void it_sends_and_receives(void **state) {
  (void)state;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  hosted(0, "sender", .fn = send_three);
  hosted(0, "receiver", .fn = receive_until_closed);
  drive();
  assert_log("send=0 @1000 send=0 0:one send=0 0:two send=ECLOSED 0:nothing ECLOSED:nothing");
}

static void send_and_tell(routine *me) {
  BEGIN;
  SEND(channel, KEY(7));
  tell("send", me->rc);
  END;
}
static void receive_and_tell(routine *me) {
  BEGIN;
  RECEIVE(channel);
  note("%s:%d", code_name(me->rc), (int)me->value);
  END;
}

/* C4: an item is never lost: what was there when the cancellation came is kept. */
static void what_was_received_before_the_cancellation_is_kept(void **state) {
  (void)state;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  b = hosted(0, "b", .fn = receive_and_tell);
  turn_host();
  flush();
  assert_int_equal(roost_channel_try_send(channel, KEY(7)), 0);
  cancel_now(b);
  drive();
  assert_log("0:7");
}

/* C4a: one that the mark has reached takes nothing. */
static void what_was_cancelled_takes_nothing(void **state) {
  (void)state;
  void *item = NULL;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  b = hosted(0, "b", .fn = receive_and_tell);
  turn_host();
  flush();
  cancel_now(b);
  assert_int_equal(roost_channel_try_send(channel, KEY(7)), 0);
  drive();
  note("left %d", roost_channel_try_receive(channel, &item));
  assert_ptr_equal(item, KEY(7));
  clear_log();
}

/* C4: with a hand-over between two of them. */
static void a_sender_that_is_cancelled_keeps_its_item(void **state) {
  (void)state;
  assert_int_equal(roost_channel_open(rt, 0, NULL, &channel), 0);
  b = hosted(0, "b", .fn = send_and_tell);
  hosted(0, "c", .fn = send_and_tell);
  turn_host();
  flush();
  cancel_now(b);
  hosted(0, "d", .fn = receive_and_tell);
  drive();
  assert_log("send=ECANCELED send=0 0:7");
}

/* C3a: in a cancelled node it takes nothing that is there. */
static void begin_cancelled(routine *me) {
  BEGIN;
  s = SCOPE("s");
  cancel_key(s);
  RECEIVE(channel);
  note("%s:%d", code_name(me->rc), me->value == node_of(s).id);
  AWAIT_PERMIT(limiter);
  tell("permit", me->rc);
  AWAIT_LOCK(lock);
  tell("lock", me->rc);
  LEAVE(s, ROOST_ECANCELED);
  RECEIVE(channel);
  note("%s:%d", code_name(me->rc), (int)me->value);
  AWAIT_PERMIT(limiter);
  tell("permit", me->rc);
  END;
}
static void a_wait_begun_in_a_cancelled_node_takes_nothing(void **state) {
  (void)state;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  assert_int_equal(roost_limiter_open(rt, 1, &limiter), 0);
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  assert_int_equal(roost_channel_try_send(channel, KEY(7)), 0);
  play_routine(begin_cancelled);
  assert_log("ECANCELED:1 permit=ECANCELED lock=ECANCELED 0:7 permit=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Cancelling                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static void cancel_in_order(routine *me) {
  BEGIN;
  s = group_of(me->key, ROOST_GROUP(.name = "g"));
  a = hosted(s, "a", .lasts = SECONDS(9));
  b = hosted(s, "b", .lasts = SECONDS(9));
  hosted(s, "c", .lasts = SECONDS(9));
  SLEEP(SECONDS(1));
  cancel_key(b);
  note("asked");
  cancel_key(s);
  flush();
  note("%d%d", roost_cancelled(node_of(a)), roost_cancelled(me->task));
  CLOSE(s, 0);
  END;
}

/* C5: everything is marked at once, and told later, in order; it runs nobody's code. */
static void a_cancellation_is_told_later_and_in_order(void **state) {
  (void)state;
  play_routine(cancel_in_order);
  assert_log("a+ b+ c+ @1000 asked 10 b! a! c! g=0^");
}

static void cancel_and_set(routine *me) {
  BEGIN;
  SLEEP(SECONDS(1));
  set_event();
  cancel_key(a);
  cancel_key(b);
  END;
}

/* C4: of two that are cancelled in one batch with what they waited for, both keep it. */
static void what_came_first_counts(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &event), 0);
  a = hosted(0, "a", .fn = await_event_twice);
  b = hosted(0, "b", .fn = await_event_twice);
  hosted(0, "c", .fn = cancel_and_set);
  drive();
  assert_log("@1000 a=0 b=0 a=ECANCELED b=ECANCELED");
}

static void cancel_twice(routine *me) {
  BEGIN;
  SLEEP(SECONDS(1));
  ask(.what = ROOST_ASK_CANCEL, .key = a, .rc = 7);
  ask(.what = ROOST_ASK_CANCEL, .key = a, .rc = 8);
  SLEEP(SECONDS(1));
  cancel_key(a);
  END;
}
static void tell_why(routine *me) {
  BEGIN;
  SLEEP(SECONDS(9));
  roost_reason reason = reason_of((roost_node){me->value});
  note("%d %d", (int)reason.origin, (int)reason.code);
  END;
}

/* C5, C6, C9: the first reason stands; what has ended is not cancelled. */
static void the_first_reason_stands(void **state) {
  (void)state;
  a = hosted(0, "a", .fn = tell_why);
  hosted(0, "b", .fn = cancel_twice);
  drive();
  assert_log("@1000 1 7 @2000 a?15=ESTALE");
}

static void sleep_on(routine *me) {
  BEGIN;
  while (me->data++ < 3) {
    SLEEP(SECONDS(5));
    tell(me->name, me->rc);
  }
  END;
}

/* C3, C14b: level-triggered; one that goes on is asked again at its next wait. */
static void it_is_cancelled_again_and_again(void **state) {
  (void)state;
  b = hosted(0, "b", .fn = sleep_on, .tells = 1);
  flush();
  act(SECONDS(1), cancel_b);
  drive();
  assert_log("@1000 b=ECANCELED b=ECANCELED b=ECANCELED b=0:completed");
}

/* K7: a wait that was begun in a scope ends with that, and its task goes on. */
static void in_a_scope(routine *me) {
  BEGIN;
  s = SCOPE("s");
  SLEEP(SECONDS(5));
  note("%d%d", roost_cancelled(me->task), roost_cancelled(node_of(s)));
  CLOSE(s, me->rc);
  SLEEP(SECONDS(5));
  tell("after", me->rc);
  END;
}
static void a_scopes_cancellation_is_that_of_its_waits(void **state) {
  (void)state;
  hosted(0, "a", .fn = in_a_scope);
  act(SECONDS(1), cancel_s);
  drive();
  assert_log("@1000 01 s=0^ @6000 after=0");
}

static void wait_until_stopping(routine *me) {
  BEGIN;
  flush();
  s = bind_key("accepting", scope(me->task, "accepting", .until_stopping = 1));
  SLEEP(SECONDS(9));
  tell("sleep", me->rc);
  CLOSE(s, 0);
  SLEEP(SECONDS(9));
  tell("sleep", me->rc);
  END;
}
static void shut_down(void) { assert_int_equal(roost_shutdown(root, SECONDS(20)), 0); }

/* C12 */
static void a_wait_may_end_when_all_is_stopping(void **state) {
  (void)state;
  hosted(0, "a", .fn = wait_until_stopping);
  act(SECONDS(1), shut_down);
  drive();
  assert_log("@1000 sleep=ESTOPPING accepting=0 @10000 sleep=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Ordinary calls                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static void wait_by_calls(routine *me) {
  BEGIN;
  assert_int_equal(roost_after(me->task, SECONDS(1), roost_host_wake, KEY(me->key), NULL, NULL), 0);
  PARK;
  tell("after", me->rc);
  assert_int_equal(roost_on_end(node_of(a), me->task, roost_host_wake, KEY(me->key), NULL, NULL),
                   0);
  PARK;
  tell("end", me->rc);
  assert_int_equal(roost_cancel_and_wait(node_of(b), me->task, NULL, roost_host_wake, KEY(me->key),
                                         roost_host_drop, &wait),
                   0);
  PARK;
  tell("cancel", me->rc);
  assert_int_equal(roost_park(me->task, NULL, roost_host_wake, KEY(me->key), NULL, &wait), 0);
  assert_int_equal(roost_wake(wait, 9), 0);
  PARK;
  tell("park", me->rc);
  END;
}

/* Every wait of the other headers is one of a hosted task, with roost_host_wake as its function. */
static void ordinary_waits_are_told_too(void **state) {
  (void)state;
  a = hosted(0, "a", .lasts = SECONDS(2), .answers = 5);
  b = hosted(0, "b", .lasts = SECONDS(9));
  flush();
  hosted(0, "c", .fn = wait_by_calls);
  drive();
  assert_log("a+ b+ @1000 after=0 @2000 a- end=5 b! cancel=ETASKCANCELLED c.dropped park=9");
}

static int fail_in_the_pool(roost_node self, void *data) {
  (void)self;
  (void)data;
  return ROOST_EIO;
}
static int descriptors[2];
static int outcomes[4];
static void wait_for_what_is_outside(routine *me) {
  BEGIN;
  assert_int_equal(
      roost_on_call(fail_in_the_pool, me->task, roost_host_wake, KEY(me->key), NULL, NULL), 0);
  PARK;
  outcomes[0] = me->rc;
  assert_int_equal(
      roost_on_readable(descriptors[0], me->task, roost_host_wake, KEY(me->key), NULL, NULL), 0);
  assert_int_equal(write(descriptors[1], "x", 1), 1);
  PARK;
  outcomes[1] = me->rc;
  assert_int_equal(roost_on_signal(SIGUSR1, me->task, roost_host_wake, KEY(me->key), NULL, NULL),
                   0);
  assert_int_equal(raise(SIGUSR1), 0);
  PARK;
  outcomes[2] = me->rc;
  assert_int_equal(roost_run_process(ROOST_PROCESS(.file = "true"), me->task, roost_host_wake,
                                     KEY(me->key), NULL, NULL),
                   0);
  PARK;
  outcomes[3] = me->rc;
  END;
}

/* S3: a thread, a descriptor, a signal, a child. The turn waits for it. */
static void what_is_outside_is_waited_for_real(void **state) {
  (void)state;
  assert_int_equal(close_host_now(), 0);
  forget_routines();
  assert_int_equal(roost_runtime_open(NULL, &rt), 0);
  root = roost_root(rt);
  assert_int_equal(roost_host_open(rt, NULL), 0);
  assert_int_equal(pipe(descriptors), 0);
  hosted(0, "a", .fn = wait_for_what_is_outside);
  drive();
  assert_true(outcomes[0] == ROOST_EIO && outcomes[1] == 0);
  assert_true(outcomes[2] == SIGUSR1 && outcomes[3] == 0);
  assert_int_equal(close_host_now(), 0);
  close(descriptors[0]), close(descriptors[1]);
}

static void take_back(routine *me) {
  BEGIN;
  assert_int_equal(
      roost_after(me->task, SECONDS(1), roost_host_wake, KEY(me->key), roost_host_drop, &wait), 0);
  assert_int_equal(roost_unwait(wait), 0);
  SLEEP(SECONDS(2));
  tell("sleep", me->rc);
  END;
}

/* S2b: one that is taken back is not told, and another may begin. */
static void an_ordinary_wait_is_taken_back(void **state) {
  (void)state;
  play_routine(take_back);
  assert_log("main.dropped @2000 sleep=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* What wakes from elsewhere                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static int set_in_a_callback(roost_task self, void *data) {
  (void)self;
  (void)data;
  set_event();
  note("set");
  return 0;
}
static int cancel_in_a_fiber(roost_task self, void *data) {
  (void)self;
  (void)data;
  roost_sleep(SECONDS(1));
  cancel_b();
  note("cancelled");
  return roost_await_end(node_of(b)) == ROOST_ETASKCANCELLED ? tell("seen", 0) : ROOST_EIO;
}

/* S2: tasks of all kinds wait for one another. */
static void bodies_of_all_kinds_wait_for_each_other(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &event), 0);
  hosted(0, "a", .fn = await_event_twice);
  b = hosted(0, "b", .lasts = SECONDS(9));
  flush();
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = set_in_a_callback), NULL), 0);
  assert_int_equal(roost_go(root, cancel_in_a_fiber, NULL), 0);
  drive();
  assert_log("b+ set a=0 a=0 @1000 cancelled b! seen=0");
}

static int send_an_item(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)why;
  return roost_channel_try_send(channel, data);
}

static int64_t tell_what_is_asked(void) {
  uint64_t count = asks;
  asks = 0;
  return roost_host_turn(rt, asked, count, &told);
}

/* A task that has asked for several things is told of each: of the item that comes while a group of
 * it closes, and of the result. */
static void an_item_and_a_result_are_both_told(void **state) {
  (void)state;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  a = key_of("a"), b = key_of("b");
  ask(.what = ROOST_ASK_SPAWN, .key = a);
  assert_int_equal(tell_what_is_asked(), 1);
  ask(.what = ROOST_ASK_RECEIVE, .key = a, .node = channel.id);
  ask(.what = ROOST_ASK_GROUP, .key = b, .node = a);
  flush();
  assert_int_equal(roost_defer(node_of(b), send_an_item, KEY(7), NULL), 0);
  cancel_key(b);
  ask(.what = ROOST_ASK_CLOSE, .key = a, .node = b);
  assert_int_equal(tell_what_is_asked(), 2);
  assert_int_equal(told[0].what, ROOST_TOLD_WAKE);
  assert_int_equal(told[0].value, 7);
  assert_int_equal(told[1].what, ROOST_TOLD_CLOSED);
  assert_int_not_equal(told[1].value, 0);
  assert_int_equal(((const roost_result *)(uintptr_t)told[1].value)->cancel_called, 1);
  ask(.what = ROOST_ASK_FINISH, .key = a);
  assert_int_equal(tell_what_is_asked(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      HOST(it_sleeps_until_a_moment),
      HOST(virtual_time_goes_by_in_order),
      HOST(a_hang_is_found),
      HOST(a_hang_may_be_survived),
      HOST(it_waits_for_an_event),
      HOST(an_event_that_is_destroyed_ends_its_waits),
      HOST(it_waits_for_a_permit),
      HOST(it_waits_for_a_lock),
      HOST(it_waits_at_a_condition),
      HOST(it_sends_and_receives),
      HOST(what_was_received_before_the_cancellation_is_kept),
      HOST(what_was_cancelled_takes_nothing),
      HOST(a_sender_that_is_cancelled_keeps_its_item),
      HOST(a_wait_begun_in_a_cancelled_node_takes_nothing),
      HOST(a_cancellation_is_told_later_and_in_order),
      HOST(what_came_first_counts),
      HOST(the_first_reason_stands),
      HOST(it_is_cancelled_again_and_again),
      HOST(a_scopes_cancellation_is_that_of_its_waits),
      HOST(a_wait_may_end_when_all_is_stopping),
      HOST(ordinary_waits_are_told_too),
      HOST(what_is_outside_is_waited_for_real),
      HOST(an_ordinary_wait_is_taken_back),
      HOST(bodies_of_all_kinds_wait_for_each_other),
      HOST(an_item_and_a_result_are_both_told),
  };
  return cmocka_run_group_tests_name("host_wait", tests, NULL, NULL);
}
