/* A task waits on a channel. A value is sent, and right after it the group is cancelled: the value
 * was there first, so the task receives it, and its next wait is cancelled. And the twin: cancelled
 * first, then sent. The wait is cancelled, and the value is still in the channel. In neither order
 * is the value lost (C4). */
#include "../common.h"

static roost_channel channel;
static roost_group group;

/* The task, which receives until a wait is cancelled. */
static int receiver(roost_task self, void *data) {
  void *value;
  int rc;
  (void)self, (void)data;
  for (;;) {
    say("task: waiting");
    rc = roost_receive(channel, &value);
    if (rc < 0) break;
    say("task: received %s", (const char *)value);
  }
  say("task: the wait is cancelled");
  return rc;
}

static void send_letter(void) {
  must(roost_channel_try_send(channel, "a letter"));
  say("body: a letter is sent");
}

static void cancel_group(void) {
  must(roost_cancel(group, NULL));
  say("body: the group is cancelled");
}

/* Nothing runs between the two steps: when the task comes to look, the value has been sent and the
 * group is cancelled. Only the order can tell what it gets. */
static void a_second_later(roost_task self, void (*step)(void), void (*next_step)(void)) {
  roost_result result = {.size = sizeof result};
  void *value;

  start_the_watch();
  must(roost_channel_open(roost_runtime_of(self), 1, NULL, &channel));
  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  must(roost_go(group, receiver, NULL));
  roost_sleep(ROOST_SECOND);
  step();
  next_step();
  roost_group_close(group, 0, &result);
  say_result("group", &result);
  int rc = roost_channel_try_receive(channel, &value);
  say("in the channel: %s", rc == 0 ? (const char *)value : "nothing");
  must(roost_channel_destroy(channel));
}

static int body(roost_task self, void *data) {
  (void)data;
  a_second_later(self, send_letter, cancel_group);
  a_second_later(self, cancel_group, send_letter);
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
