/* Channels (S3, S3a). Items are texts. */
#include "sync.h"

static roost_channel channel;

static void drop_item(void *item) { note("drop:%s", (char *)item); }

static void open_channel(uint64_t capacity) {
  assert_int_equal(roost_channel_open(rt, capacity, drop_item, &channel), 0);
}

/* With room for one item; a test may open another. */
static int open_small(void **state) {
  if (open_scopes(state) != 0) return -1;
  open_channel(1);
  return 0;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_small, close_runtime)

static roost_wait send(roost_node in, const char *item) {
  return wait_for(item, roost_channel_send, channel, in, (void *)item);
}

/* A receive that is logged as "name=item", or with what else it ended. */
typedef struct receiver {
  char *name;
  void *item;
} receiver;

static char untouched[] = "untouched";

static void told(roost_wait wait, int rc, void *data) {
  (void)wait;
  receiver *it = data;
  if (rc != 0) assert_ptr_equal(it->item, untouched);
  note("%s=%s", it->name, rc == 0 ? (char *)it->item : code_name(rc));
}

static void drop_receiver(void *data) {
  drop_data(((receiver *)data)->name);
  drop_data(data);
}

static roost_wait receive(roost_node in, const char *name) {
  receiver *it = new_data(sizeof *it);
  *it = (receiver){.name = copy_text(name), .item = untouched};
  assert_int_equal(roost_channel_receive(channel, in, &it->item, told, it, drop_receiver, &begun),
                   0);
  return begun;
}

static void put(const char *item) {
  assert_int_equal(roost_channel_try_send(channel, (void *)item), 0);
}
static void get(const char *expected) {
  void *item = untouched;
  assert_int_equal(roost_channel_try_receive(channel, &item), 0);
  assert_string_equal(item, expected);
}
static void assert_full(void) {
  assert_refused(ROOST_EAGAIN, roost_channel_try_send, (channel, untouched));
}
static void assert_empty(void) {
  void *item = untouched;
  assert_refused(ROOST_EAGAIN, roost_channel_try_receive, (channel, &item));
  assert_ptr_equal(item, untouched);
}
static void close_channel(void) { assert_int_equal(roost_channel_close(channel), 0); }
static void destroy(void) { assert_int_equal(roost_channel_destroy(channel), 0); }

/* ---------------------------------------------------------------------------------------------- */
/* Sending and receiving                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void put_aloud(void) {
  note("before");
  put("x");
  note("after");
}

/* S3, S2b: items go to who waits first, and nobody is told inside the call. */
static void an_item_goes_to_the_first_who_receives(void **state) {
  (void)state;
  receive(s, "a");
  receive(t, "b");
  act(SECONDS(1), put_aloud);
  act(SECONDS(2), put_aloud);
  run();
  assert_log("@1000 before after a=x @2000 before after b=x");
  assert_empty();
}

static void get_one(void) { get("1"); }
static void get_two(void) { get("2"); }

/* S3, S2b: room is given to the first who waits for it, as soon as there is some, behind what is
 * in the channel. */
static void a_sender_waits_for_room(void **state) {
  (void)state;
  open_channel(2);
  send(s, "1");
  send(s, "2");
  send(t, "3");
  send(s, "4");
  act(SECONDS(1), get_one);
  act(SECONDS(2), get_two);
  run();
  assert_log("1=0 2=0 @1000 3=0 @2000 4=0");
  get("3");
  get("4");
  assert_empty();
}

/* S3: without room of its own every send waits for its receiver. */
static void without_room_a_send_waits_for_its_receiver(void **state) {
  (void)state;
  open_channel(0);
  assert_full();
  assert_empty();
  send(s, "1");
  send(s, "2");
  act(SECONDS(1), get_one);
  act(SECONDS(2), get_two);
  run();
  assert_log("@1000 1=0 @2000 2=0");
  assert_empty();
  receive(s, "a");
  put("x");
  assert_full();
  run();
  assert_log("a=x");
}

/* S3: who only tries takes nobody's turn. */
static void trying_does_not_overtake(void **state) {
  (void)state;
  send(s, "1");
  send(s, "2");
  assert_full();
  get("1");
  assert_full();
  get("2");
  assert_empty();
  run();
  assert_log("1=0 2=0");
  receive(s, "a");
  receive(s, "b");
  put("x");
  assert_empty();
  put("y");
  assert_empty();
  run();
  assert_log("a=x b=y");
}

static uintptr_t sent, got;

static void pass(uintptr_t count) {
  for (; count > 0; count--) assert_int_equal(roost_channel_try_send(channel, (void *)++sent), 0);
}

static void fetch(uintptr_t count) {
  void *item = NULL;
  for (; count > 0; count--) {
    assert_int_equal(roost_channel_try_receive(channel, &item), 0);
    assert_int_equal((uintptr_t)item, ++got);
  }
}

/* S3: whatever its capacity, and however full it is when its room grows or its ring begins anew. */
static void no_item_is_lost_or_overtaken(void **state) {
  (void)state;
  static const uint64_t capacities[] = {1, 2, 3, 7, 8, 9, 100, 1000, UINT64_MAX};
  for (size_t i = 0; i < COUNT(capacities); i++) {
    sent = got = 0;
    assert_int_equal(roost_channel_open(rt, capacities[i], NULL, &channel), 0);
    uint64_t room = capacities[i] < 5000 ? capacities[i] : 5000;
    for (uint64_t held = 0; held < room; held++) {
      pass(1);
      if (held % 3 == 1) {
        fetch(1);
        pass(1);
      }
    }
    for (int round = 0; round < 100; round++) {
      uintptr_t out = room / 2 + round % 2;
      fetch(out);
      pass(out);
    }
    if (room == capacities[i]) assert_full();
    fetch(room);
    assert_empty();
    destroy();
  }
}

/* S3: NULL is an item like any. */
static void an_item_may_be_null(void **state) {
  (void)state;
  void *item = untouched;
  assert_int_equal(roost_channel_try_send(channel, NULL), 0);
  assert_int_equal(roost_channel_try_receive(channel, &item), 0);
  assert_null(item);
  assert_empty();
}

static void *landed;

static void see_landed(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  assert_int_equal(rc, 0);
  note("got %s", (char *)landed);
}

/* S3: it is written just before the receiver is told. */
static void an_item_is_written_when_its_receiver_is_told(void **state) {
  (void)state;
  landed = untouched;
  assert_int_equal(roost_channel_receive(channel, s, &landed, see_landed, NULL, NULL, NULL), 0);
  put("x");
  assert_ptr_equal(landed, untouched);
  run();
  assert_log("got x");
}

/* S1a: what is there is taken at once, and told in a later turn. */
static void what_is_there_is_taken_at_once(void **state) {
  (void)state;
  put("x");
  receive(s, "a");
  assert_empty();
  assert_log("");
  run();
  assert_log("a=x");
}

/* ---------------------------------------------------------------------------------------------- */
/* Cancelled xor completed                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* C3a: in a cancelled node nothing is taken, and nothing sent. */
static void in_a_cancelled_node_nothing_goes_through(void **state) {
  (void)state;
  put("x");
  cancel_s();
  receive(s, "a");
  run();
  assert_log("a=ECANCELED");
  get("x");
  send(s, "y");
  run();
  assert_log("y=ECANCELED");
  assert_empty();
}

/* C4: the value was there: it is kept, and the next wait is cancelled. */
static void an_item_that_was_received_is_kept(void **state) {
  (void)state;
  receive(s, "a");
  put("x");
  cancel_s();
  receive(s, "next");
  run();
  assert_log("a=x next=ECANCELED");
}

/* C4: the twin: cancelled first, the value stays in the channel. */
static void an_item_sent_after_the_mark_stays(void **state) {
  (void)state;
  receive(s, "a");
  cancel_s();
  put("x");
  run();
  assert_log("a=ECANCELED");
  get("x");
}

/* C4a: or goes to the next who waits. */
static void an_item_sent_after_the_mark_goes_to_the_next(void **state) {
  (void)state;
  receive(s, "a");
  receive(t, "b");
  cancel_s();
  put("x");
  run();
  assert_log("a=ECANCELED b=x");
  assert_empty();
}

/* C4: what was sent before the mark is the channel's. */
static void an_item_that_was_sent_is_sent(void **state) {
  (void)state;
  send(s, "x");
  cancel_s();
  run();
  assert_log("x=0");
  get("x");
}

/* C4a: the twin: what waited for room when the mark came stays the caller's. */
static void an_item_of_a_cancelled_send_stays_with_the_sender(void **state) {
  (void)state;
  put("full");
  send(s, "x");
  send(t, "y");
  cancel_s();
  get("full");
  get("y");
  assert_empty();
  run();
  assert_log("x=ECANCELED y=0");
}

static void put_y(void) { put("y"); }

/* C10: the twin: in a shield nothing is cancelled. */
static void in_a_shield_items_go_through(void **state) {
  (void)state;
  open_shielded_s();
  send(s, "x");
  receive(s, "a");
  receive(s, "b");
  act(SECONDS(1), put_y);
  run();
  assert_log("x=0 a=x @1000 b=y");
}

/* C12, C4a: who is stopped neither receives nor sends. */
static void in_a_stopping_node_nothing_goes_through(void **state) {
  (void)state;
  open_stoppable_s();
  receive(s, "a");
  shut_down_s();
  put("x");
  receive(s, "b");
  run();
  assert_log("a=ESTOPPING b=ESTOPPING");
  get("x");
  send(s, "y");
  assert_empty();
  run();
  assert_log("y=ESTOPPING");
}

/* C12, C4a: what waited for room stays the caller's. */
static void an_item_of_a_stopped_send_stays_with_the_sender(void **state) {
  (void)state;
  open_stoppable_s();
  put("full");
  send(s, "x");
  shut_down_s();
  get("full");
  assert_empty();
  run();
  assert_log("x=ESTOPPING");
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits that are taken back                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* S2b */
static void a_receive_may_be_taken_back(void **state) {
  (void)state;
  roost_wait out = receive(s, "out");
  receive(s, "a");
  assert_int_equal(roost_unwait(out), 0);
  put("x");
  run();
  assert_log("a=x");
}

/* S2b */
static void a_send_may_be_taken_back(void **state) {
  (void)state;
  put("full");
  send(s, "a");
  roost_wait out = send(s, "out");
  send(s, "c");
  assert_int_equal(roost_unwait(out), 0);
  get("full");
  get("a");
  get("c");
  run();
  assert_log("a=0 c=0");
}

/* S2b, C4: what went through is told of. */
static void what_went_through_is_not_taken_back(void **state) {
  (void)state;
  assert_refused(ROOST_ESTALE, roost_unwait, (send(s, "x")));
  assert_refused(ROOST_ESTALE, roost_unwait, (receive(s, "a")));
  run();
  assert_log("x=0 a=x");
}

static void exchange_in_task(roost_task self) { receive(self, "of task"); }
static void put_x(void) { put("x"); }

/* S2b: the end of its node. */
static void the_end_of_its_node_takes_a_wait_back(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(1), .body = exchange_in_task);
  receive(s, "of scope");
  receive(t, "b");
  join(s, 0);
  act(SECONDS(2), put_x);
  run();
  assert_log("a+ s=0 @1000 a- @2000 b=x");
}

/* S2b, C4: an item that was received before the end of the node is not lost. */
static void the_end_of_its_node_loses_no_item(void **state) {
  (void)state;
  receive(s, "a");
  put("x");
  join(s, 0);
  run();
  assert_log("a=x s=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static void assert_closed(void) {
  void *item = untouched;
  assert_refused(ROOST_ECLOSED, roost_channel_try_send, (channel, untouched));
  assert_refused(ROOST_ECLOSED, roost_channel_try_receive, (channel, &item));
  assert_ptr_equal(item, untouched);
  assert_int_equal(roost_channel_close(channel), ROOST_ALREADY);
  send(s, "send");
  receive(s, "receive");
  run();
  assert_log("send=ECLOSED receive=ECLOSED");
}

/* S3: receivers are told. */
static void closing_ends_who_receives(void **state) {
  (void)state;
  receive(s, "a");
  receive(t, "b");
  act(SECONDS(1), close_channel);
  run();
  assert_log("@1000 a=ECLOSED b=ECLOSED");
  assert_closed();
}

/* S3: senders are told, and keep their items; what is in it can still be received. */
static void closing_ends_who_sends(void **state) {
  (void)state;
  open_channel(2);
  send(s, "1");
  send(s, "2");
  send(s, "3");
  send(t, "4");
  close_channel();
  assert_refused(ROOST_ECLOSED, roost_channel_try_send, (channel, untouched));
  receive(s, "a");
  get("2");
  run();
  assert_log("1=0 2=0 3=ECLOSED 4=ECLOSED a=1");
  assert_closed();
}

/* S3: without room of its own: whichever side waits. */
static void closing_without_room_ends_either_side(void **state) {
  (void)state;
  open_channel(0);
  send(s, "1");
  send(t, "2");
  close_channel();
  run();
  assert_log("1=ECLOSED 2=ECLOSED");
  assert_closed();
  open_channel(0);
  receive(s, "a");
  receive(t, "b");
  close_channel();
  run();
  assert_log("a=ECLOSED b=ECLOSED");
  assert_closed();
}

/* C4: what was received before the closing is kept. */
static void closing_takes_nothing_away(void **state) {
  (void)state;
  receive(s, "a");
  put("x");
  put("y");
  close_channel();
  run();
  assert_log("a=x");
  get("y");
  assert_closed();
}

/* C3a: in a cancelled node that goes before. */
static void a_closed_channel_in_a_cancelled_node_is_cancelled(void **state) {
  (void)state;
  close_channel();
  cancel_s();
  send(s, "x");
  receive(s, "a");
  run();
  assert_log("x=ECANCELED a=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* Its end                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* S3a, T3: the items in it are dropped, in order, before the call returns; senders keep theirs. */
static void destroying_it_drops_its_items(void **state) {
  (void)state;
  open_channel(3);
  put("gone");
  put("1");
  get("gone");
  put("2");
  put("3");
  send(s, "4");
  destroy();
  assert_log("drop:1 drop:2 drop:3");
  run();
  assert_log("4=ECLOSED");
  void *item = untouched;
  assert_refused(ROOST_ESTALE, roost_channel_try_send, (channel, untouched));
  assert_refused(ROOST_ESTALE, roost_channel_try_receive, (channel, &item));
  assert_refused(ROOST_ESTALE, roost_channel_close, (channel));
  assert_refused(ROOST_ESTALE, roost_channel_destroy, (channel));
  assert_no_wait(ROOST_ESTALE, roost_channel_send, channel, s, untouched);
  assert_no_wait(ROOST_ESTALE, roost_channel_receive, channel, s, &item);
}

/* S3a: and who receives is told; what was received is kept. */
static void destroying_it_ends_who_receives(void **state) {
  (void)state;
  receive(s, "a");
  receive(s, "b");
  put("x");
  destroy();
  run();
  assert_log("a=x b=ECLOSED");
}

/* S3a: closed before. */
static void a_closed_channel_drops_what_is_left(void **state) {
  (void)state;
  put("x");
  close_channel();
  destroy();
  assert_log("drop:x");
}

/* S3a: without a drop they are forgotten. */
static void without_a_drop_nothing_is_called(void **state) {
  (void)state;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  put("x");
  destroy();
  assert_log("");
}

static roost_channel another;

/* A drop that uses what is being destroyed, and destroys more. */
static void drop_and_destroy(void *item) {
  note("drop:%s", (char *)item);
  void *out = untouched;
  assert_refused(ROOST_ESTALE, roost_channel_try_receive, (channel, &out));
  assert_refused(ROOST_ESTALE, roost_channel_destroy, (channel));
  if (another.id != 0) {
    roost_channel it = another;
    another.id = 0;
    assert_int_equal(roost_channel_destroy(it), 0);
  }
  roost_event event;
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(roost_event_set(event), 0);
}

/* K5, S3a: a drop may call anything. */
static void a_drop_may_destroy_another(void **state) {
  (void)state;
  open_channel(2);
  another = channel;
  put("3");
  put("4");
  assert_int_equal(roost_channel_open(rt, 2, drop_and_destroy, &channel), 0);
  put("1");
  put("2");
  destroy();
  assert_log("drop:1 drop:3 drop:4 drop:2");
}

static void drop_and_close(void *item) {
  note("drop:%s", (char *)item);
  if (rt.id != 0) close_now();
}

/* K5, S8a: also close the runtime, which is over when it returns. */
static void a_drop_may_close_the_runtime(void **state) {
  (void)state;
  assert_int_equal(roost_channel_open(rt, 3, drop_and_close, &channel), 0);
  put("1");
  put("2");
  put("3");
  receive(s, "a");
  destroy();
  assert_log("drop:2 a=1 drop:3");
}

/* ---------------------------------------------------------------------------------------------- */
/* The end of the runtime                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static int dropped;

static void drop_when_stale(void *item) {
  (void)item;
  void *out = untouched;
  assert_refused(ROOST_ESTALE, roost_channel_try_receive, (channel, &out));
  assert_refused(ROOST_ESTALE, roost_channel_destroy, (channel));
  dropped++;
}

/* S3a, T3, K5: what is in the channels is dropped, once, when their handles are stale. */
static void it_ends_with_its_runtime(void **state) {
  (void)state;
  dropped = 0;
  roost_channel first = {0};
  for (int i = 0; i < 5000; i++) {
    assert_int_equal(roost_channel_open(rt, 2, drop_when_stale, &channel), 0);
    if (i == 0) first = channel;
    put("1");
    put("2");
    if (i % 5 == 1) {
      get("1");
      put("1");
    }
  }
  send(s, "no");
  close_now();
  assert_log("no=ECANCELED");
  assert_int_equal(dropped, 10000);
  assert_refused(ROOST_ESTALE, roost_channel_close, (channel));
  roost_runtime other = open_other();
  roost_channel later = {0};
  for (int i = 0; i < 5000; i++) assert_int_equal(roost_channel_open(other, 1, NULL, &later), 0);
  assert_refused(ROOST_ESTALE, roost_channel_close, (channel));
  assert_refused(ROOST_ESTALE, roost_channel_close, (first));
  close_other(other);
  assert_int_equal(dropped, 10000);
}

static void drop_and_open(void *item) {
  (void)item;
  dropped++;
  roost_runtime other = open_other();
  roost_channel later;
  for (int i = 0; i < 100; i++) {
    assert_int_equal(roost_channel_open(other, 1, drop_item, &later), 0);
    assert_int_not_equal(later.id, channel.id);
  }
  assert_int_equal(roost_channel_try_send(later, "other"), 0);
  close_other(other);
}

/* K5, S8a: a drop may open another runtime meanwhile. */
static void a_drop_at_the_end_may_open_a_runtime(void **state) {
  (void)state;
  dropped = 0;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(roost_channel_open(rt, 2, drop_and_open, &channel), 0);
    put("1");
    put("2");
  }
  close_now();
  assert_int_equal(dropped, 6);
  assert_log("drop:other drop:other drop:other drop:other drop:other drop:other");
}

/* ---------------------------------------------------------------------------------------------- */
/* Bad use                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* B1, K5 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  roost_runtime other = open_other();
  void *item = untouched;
  assert_refused(ROOST_EINVAL, roost_channel_open, (rt, 1, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_channel_try_receive, (channel, NULL));
  assert_no_wait(ROOST_EINVAL, roost_channel_receive, channel, s, NULL);
  assert_no_wait(ROOST_EINVAL, roost_channel_receive, (roost_channel){0}, s, &item);
  assert_no_wait(ROOST_EINVAL, roost_channel_send, (roost_channel){0}, s, "no");
  assert_no_wait(ROOST_EKIND, roost_channel_receive, (roost_channel){s.id}, s, &item);
  assert_no_wait(ROOST_EKIND, roost_channel_send, (roost_channel){s.id}, s, "no");
  assert_no_wait(ROOST_EKIND, roost_channel_send, channel, (roost_node){channel.id}, "no");
  assert_no_wait(ROOST_EFOREIGN, roost_channel_receive, channel, roost_root(other), &item);
  assert_no_wait(ROOST_EFOREIGN, roost_channel_send, channel, roost_root(other), "no");
  assert_refused(ROOST_EINVAL, roost_channel_send,
                 (channel, s, "no", NULL, copy_text("no"), drop_data, NULL));
  put("x");
  assert_refused(ROOST_EINVAL, roost_channel_receive,
                 (channel, s, &item, NULL, copy_text("no"), drop_data, NULL));
  assert_ptr_equal(item, untouched);
  get("x");
  close_other(other);
  run();
  assert_log("");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_item_goes_to_the_first_who_receives),
      TEST(a_sender_waits_for_room),
      TEST(without_room_a_send_waits_for_its_receiver),
      TEST(trying_does_not_overtake),
      TEST(no_item_is_lost_or_overtaken),
      TEST(an_item_may_be_null),
      TEST(an_item_is_written_when_its_receiver_is_told),
      TEST(what_is_there_is_taken_at_once),
      TEST(in_a_cancelled_node_nothing_goes_through),
      TEST(an_item_that_was_received_is_kept),
      TEST(an_item_sent_after_the_mark_stays),
      TEST(an_item_sent_after_the_mark_goes_to_the_next),
      TEST(an_item_that_was_sent_is_sent),
      TEST(an_item_of_a_cancelled_send_stays_with_the_sender),
      TEST(in_a_shield_items_go_through),
      TEST(in_a_stopping_node_nothing_goes_through),
      TEST(an_item_of_a_stopped_send_stays_with_the_sender),
      TEST(a_receive_may_be_taken_back),
      TEST(a_send_may_be_taken_back),
      TEST(what_went_through_is_not_taken_back),
      TEST(the_end_of_its_node_takes_a_wait_back),
      TEST(the_end_of_its_node_loses_no_item),
      TEST(closing_ends_who_receives),
      TEST(closing_ends_who_sends),
      TEST(closing_without_room_ends_either_side),
      TEST(closing_takes_nothing_away),
      TEST(a_closed_channel_in_a_cancelled_node_is_cancelled),
      TEST(destroying_it_drops_its_items),
      TEST(destroying_it_ends_who_receives),
      TEST(a_closed_channel_drops_what_is_left),
      TEST(without_a_drop_nothing_is_called),
      TEST(a_drop_may_destroy_another),
      TEST(a_drop_may_close_the_runtime),
      TEST(it_ends_with_its_runtime),
      TEST(a_drop_at_the_end_may_open_a_runtime),
      TEST(bad_calls_change_nothing),
  };
  return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
