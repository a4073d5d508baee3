/* The works on fibers. */
#include "bench.h"

#include <roost_fiber.h>

static roost_runtime runtime;
static roost_group group;
static const struct load *load;

static void open_runtime(void) { CHECK(roost_runtime_open(NULL, &runtime)); }

static void open_group(const struct load *given) {
  load = given;
  CHECK(roost_group_open(roost_root(runtime), NULL, &group));
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  check((int)result->code, "the group");
}

static void joined_and_watched(roost_node node, const roost_result *result, void *data) {
  watch_stop(0);
  joined(node, result, data);
}

static void run_group(roost_join_fn fn) {
  CHECK(roost_join(group, 0, fn, NULL, NULL));
  CHECK(roost_run(runtime));
}

/* ---- Fibers that end where they begin ---- */

static int complete(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static void spawn(const struct load *given) {
  watch_start();
  open_group(given);
  for (long i = 0; i < given->n; i++) CHECK(roost_go(group, complete, NULL));
  run_group(joined_and_watched);
}

/* ---- Parked fibers ---- */

static long starting;
static bool holding; /* what is measured is having parked fibers, not cancelling them */

static void all_parked(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  check(rc, "the wait");
  if (holding)
    watch_stop(0);
  else
    watch_start();
  CHECK(roost_cancel(group, NULL));
}

static int park(roost_task self, void *data) {
  (void)self;
  (void)data;
  if (--starting == 0) CHECK(roost_after(group, 0, all_parked, NULL, NULL, NULL));
  return roost_sleep_forever();
}

static void run_parked(const struct load *given, bool hold) {
  holding = hold;
  starting = given->n;
  if (holding) watch_start();
  open_group(given);
  for (long i = 0; i < given->n; i++) CHECK(roost_go(group, park, NULL));
  run_group(holding ? joined : joined_and_watched);
}

static void cancel(const struct load *given) { run_parked(given, false); }

static void hold(const struct load *given) { run_parked(given, true); }

/* ---- Fibers that take turns ---- */

static bool sleeping;

/* In a first round all are begun. The first fiber measures: when its turns are over, so are those
 * of the others but one. */
static int take_turns(roost_task self, void *data) {
  (void)self;
  bool first = data != NULL;
  CHECK(roost_checkpoint());
  if (first) watch_start();
  for (long i = load->n / load->fibers; i > 0; i--)
    CHECK(sleeping ? roost_sleep(1) : roost_checkpoint());
  if (first) watch_stop(0);
  return 0;
}

static void run_turns(const struct load *given, bool sleep) {
  sleeping = sleep;
  open_group(given);
  for (long i = 0; i < given->fibers; i++)
    CHECK(roost_go(group, take_turns, i == 0 ? &sleeping : NULL));
  run_group(joined);
}

static void switch_all(const struct load *given) { run_turns(given, false); }

static void sleep_all(const struct load *given) { run_turns(given, true); }

/* ---- Two fibers and a channel ---- */

static roost_channel channel;

static int send_all(roost_task self, void *data) {
  (void)self;
  (void)data;
  for (long i = 0; i < load->n; i++) CHECK(roost_send(channel, (void *)i));
  return 0;
}

static int receive_all(roost_task self, void *data) {
  (void)self;
  (void)data;
  void *item;
  watch_start();
  for (long i = 0; i < load->n; i++) {
    CHECK(roost_receive(channel, &item));
    if (item != (void *)i) check(-1, "the order of the items");
  }
  watch_stop(0);
  return 0;
}

static void send(const struct load *given) {
  CHECK(roost_channel_open(runtime, (uint64_t)given->room, NULL, &channel));
  open_group(given);
  CHECK(roost_go(group, receive_all, NULL));
  CHECK(roost_go(group, send_all, NULL));
  run_group(joined);
  CHECK(roost_channel_destroy(channel));
}

const struct contender fibers = {
    "fibers",
    NULL,
    open_runtime,
    {[SPAWN] = spawn,
     [CANCEL] = cancel,
     [HOLD] = hold,
     [SWITCH] = switch_all,
     [SLEEP] = sleep_all,
     [SEND] = send},
};
