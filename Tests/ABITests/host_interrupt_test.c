/* What ends the wait of a hosted task before it has got anything (roost_host_interrupt). */
#include <roost_host.h>

#include "support.h"

enum { FIRST = 1, SECOND = 2 };

static roost_runtime rt_of_host;
static roost_ask asked[16];
static uint64_t asks;

static void ask(int32_t what, uint64_t key, uint64_t node, uint64_t value) {
  asked[asks++] = (roost_ask){.what = what, .key = key, .node = node, .value = value};
}

/* Notes what is told in the next turn: "key:code", and of an item "key=item". */
static void turn(void) {
  const roost_told *told = NULL;
  int64_t count = roost_host_turn(rt, asked, asks, &told);
  asks = 0;
  for (int64_t i = 0; i < count; i++) {
    if (told[i].what != ROOST_TOLD_WAKE) continue;
    if (told[i].code == 0)
      note("%d=%d", (int)told[i].key, (int)told[i].value);
    else
      note("%d:%d", (int)told[i].key, told[i].code);
  }
}

static void submit(void) {
  assert_int_equal(roost_host_submit(rt, asked, asks), 0);
  asks = 0;
}

/* Two hosted tasks that have begun. */
static int open_host(void **state) {
  if (open_runtime(state) != 0) return -1;
  assert_int_equal(roost_host_open(rt, NULL), 0);
  rt_of_host = rt;
  ask(ROOST_ASK_SPAWN, FIRST, 0, 0);
  ask(ROOST_ASK_SPAWN, SECOND, 0, 0);
  turn();
  return 0;
}
static int close_host(void **state) {
  const roost_told *told = NULL;
  assert_int_equal(close_now(), ROOST_PENDING);
  assert_int_equal(roost_host_turn(rt_of_host, NULL, 0, &told), 0);
  return close_runtime(state);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_host, close_host)

static void finish_both(void) {
  ask(ROOST_ASK_FINISH, FIRST, 0, 0);
  ask(ROOST_ASK_FINISH, SECOND, 0, 0);
  turn();
}

/* C4: the item goes to the next who waits. */
static void who_is_interrupted_gets_nothing(void **state) {
  (void)state;
  roost_channel channel;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  ask(ROOST_ASK_RECEIVE, FIRST, channel.id, 0);
  ask(ROOST_ASK_RECEIVE, SECOND, channel.id, 0);
  submit();
  assert_int_equal(roost_host_interrupt(rt, FIRST, ROOST_ECLOSED), 0);
  assert_refused(ROOST_ESTALE, roost_host_interrupt, (rt, FIRST, ROOST_EIO));
  assert_int_equal(roost_channel_try_send(channel, (void *)7), 0);
  turn();
  assert_log("1:-20006 2=7");
  finish_both();
}

/* C4: what a wait has got, or a mark has taken, stays as it is. */
static void a_wait_that_is_over_is_not_interrupted(void **state) {
  (void)state;
  roost_channel channel;
  assert_int_equal(roost_channel_open(rt, 0, NULL, &channel), 0);
  ask(ROOST_ASK_SEND, FIRST, channel.id, 7);
  ask(ROOST_ASK_RECEIVE, SECOND, channel.id, 0);
  submit();
  assert_refused(ROOST_ESTALE, roost_host_interrupt, (rt, FIRST, ROOST_ECLOSED));
  assert_refused(ROOST_ESTALE, roost_host_interrupt, (rt, SECOND, ROOST_ECLOSED));
  turn();
  assert_log("1=0 2=7");
  ask(ROOST_ASK_SEND, FIRST, channel.id, 8);
  ask(ROOST_ASK_CANCEL, FIRST, 0, 0);
  submit();
  assert_refused(ROOST_ESTALE, roost_host_interrupt, (rt, FIRST, ROOST_ECLOSED));
  turn();
  assert_log("1:-125");
  finish_both();
}

static void what_cannot_be_interrupted_is_refused(void **state) {
  (void)state;
  roost_event event;
  assert_int_equal(roost_event_open(rt, &event), 0);
  ask(ROOST_ASK_EVENT, FIRST, event.id, 0);
  ask(ROOST_ASK_SLEEP, SECOND, 0, ROOST_FOREVER);
  submit();
  assert_refused(ROOST_EINVAL, roost_host_interrupt, (rt, FIRST, 0));
  assert_refused(ROOST_EORDER, roost_host_interrupt, (rt, SECOND, ROOST_EIO));
  assert_refused(ROOST_ESTALE, roost_host_interrupt, (rt, 0, ROOST_EIO));
  assert_refused(ROOST_ESTALE, roost_host_interrupt, (rt, 9, ROOST_EIO));
  assert_int_equal(roost_host_interrupt(rt, FIRST, ROOST_EIO), 0);
  ask(ROOST_ASK_CANCEL, SECOND, 0, 0);
  turn();
  assert_log("1:-5 2:-125");
  finish_both();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(who_is_interrupted_gets_nothing),
      TEST(a_wait_that_is_over_is_not_interrupted),
      TEST(what_cannot_be_interrupted_is_refused),
  };
  return cmocka_run_group_tests_name("host_interrupt", tests, NULL, NULL);
}
