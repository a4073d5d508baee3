/* A task waits on a channel. A value is sent, and right after it the group is cancelled: the value
 * was there first, so the task receives it, and its next wait is cancelled. And the twin: cancelled
 * first, then sent. The wait is cancelled, and the value is still in the channel. In neither order
 * is the value lost (C4). */
#include "../common.h"

static roost_channel channel;
static roost_group group;

/* The task, which receives until a wait is cancelled. */

struct receiver {
  void *value;
  roost_task self;
};

static void receive(struct receiver *receiver);

static void received(roost_wait wait, int rc, void *data) {
  struct receiver *receiver = data;
  (void)wait;
  if (rc == 0) {
    say("task: received %s", (const char *)receiver->value);
    receive(receiver);
  } else {
    say("task: the wait is cancelled");
    must(roost_finish(receiver->self, rc, NULL, NULL));
  }
}

static void receive(struct receiver *receiver) {
  say("task: waiting");
  must(roost_channel_receive(channel, receiver->self, &receiver->value, received, receiver, NULL,
                             NULL));
}

static int receiver_start(roost_task self, void *data) {
  struct receiver *receiver = data;
  receiver->self = self;
  receive(receiver);
  return ROOST_PENDING;
}

/* The body, in both orders. Nothing runs between its two steps: when the task comes to look, the
 * value has been sent and the group is cancelled. Only the order can tell what it gets. */

static void send_letter(void) {
  must(roost_channel_try_send(channel, "a letter"));
  say("body: a letter is sent");
}

static void cancel_group(void) {
  must(roost_cancel(group, NULL));
  say("body: the group is cancelled");
}

static void send_then_cancel(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  send_letter();
  cancel_group();
}

static void cancel_then_send(roost_wait wait, int rc, void *data) {
  (void)wait, (void)rc, (void)data;
  cancel_group();
  send_letter();
}

static void joined(roost_node node, const roost_result *result, void *data) {
  void *value;
  (void)node, (void)data;
  say_result("group", result);
  if (roost_channel_try_receive(channel, &value) == ROOST_OK) {
    say("in the channel: %s", (const char *)value);
  } else {
    say("in the channel: nothing");
  }
}

static void a_second_later(roost_wait_fn act) {
  struct receiver receiver;

  start_the_watch();
  must(roost_channel_open(runtime, 1, NULL, &channel));
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  must(roost_spawn(group, ROOST_TASK(.start = receiver_start, .data = &receiver), NULL));
  must(roost_after(roost_root(runtime), ROOST_SECOND, act, NULL, NULL, NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  must(roost_run(runtime));
  must(roost_channel_destroy(channel));
}

int main(void) {
  open_runtime();
  a_second_later(send_then_cancel);
  a_second_later(cancel_then_send);
  return close_runtime();
}
