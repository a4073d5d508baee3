/* One of each thing that tasks wait for, none of which has come, and what has each of them come. */
#ifndef THINGS_H
#define THINGS_H

#include "support.h"

#include <signal.h>

static roost_event event;
static roost_limiter limiter;         /* without permits */
static roost_lock lock;               /* the root's */
static roost_channel sends, receives; /* without room; with room for four */
static roost_task awaited;            /* alive */
static int items[4];

static inline void set_event(void) { assert_int_equal(roost_event_set(event), 0); }
static inline void give_permit(void) { assert_int_equal(roost_limiter_resize(limiter, 1), 0); }
static inline void give_lock(void) { assert_int_equal(roost_lock_release(lock, root), 0); }
static inline void take_item(void) {
  void *item = NULL;
  int rc = roost_channel_try_receive(sends, &item);
  assert_true(rc == ROOST_EAGAIN || (rc == 0 && item == &items[0]));
}
static inline void give_item(void) {
  assert_int_equal(roost_channel_try_send(receives, &items[1]), 0);
}
static inline void end_task(void) { assert_int_equal(roost_finish(awaited, 5, NULL, NULL), 0); }
static inline void send_signal(void) { assert_int_equal(raise(SIGUSR1), 0); }

static inline int stay(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}
static inline int give_up(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

/* In place of open_runtime. */
static inline int open_one_of_each(void **state) {
  if (open_runtime(state) != 0) return -1;
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(roost_limiter_open(rt, 0, &limiter), 0);
  assert_int_equal(roost_lock_open(rt, &lock), 0);
  assert_int_equal(roost_lock_try_acquire(lock, root), 0);
  assert_int_equal(roost_channel_open(rt, 0, NULL, &sends), 0);
  assert_int_equal(roost_channel_open(rt, 4, NULL, &receives), 0);
  const roost_task_options *options = ROOST_TASK(.start = stay, .on_cancel = give_up, .daemon = 1);
  assert_int_equal(roost_spawn(root, options, &awaited), 0);
  run();
  return 0;
}

#endif
