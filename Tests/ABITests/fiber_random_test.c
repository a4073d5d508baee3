/* Random programs of fibers: brackets, waits, cancellations, cleanups, and calls that are wrong.
 * Whatever a program does (B1):
 *
 *     each function is called once at most, each drop once, as the last (K5);
 *     when a group is closed, nothing of what was spawned into it is left (T2, G1);
 *     a wait in a cancelled node never succeeds (C3), and a fiber is where its brackets are (T1);
 *     an item that was sent is received once, dropped once, or stays the sender's (C4);
 *     a lock has one owner, and no more permits are taken than there are (S3);
 *     every program comes to its end, and every runtime (S8a).
 *
 * A program follows from its seed alone. A failure names the seed; `fiber_random_test SEED` runs
 * that one alone and tells of every call, `fiber_random_test FIRST LAST` runs many. */
#include "chance.h"
#include "fibers.h"

#include <stdlib.h>

enum { PROGRAMS = 150, ITEMS = 400, DEEP = 6, THINGS = 3, HANDLES = 48 };

static int tells;

/* What was handed to the engine. */
typedef struct item {
  int ran, drops;
  int is_cleanup;
  int starts;    /* it reports that it is started, now and then */
  uint64_t node; /* the group that it was spawned into, the node whose cleanup it is */
} item;
static item items[ITEMS];
static int item_count, steps_left;

static roost_node nodes[HANDLES];
static int node_count;
static roost_event events[THINGS];
static roost_limiter limiters[THINGS];
static int permits[THINGS], taken[THINGS];
static roost_lock locks[THINGS];
static uint64_t owners[THINGS];
static roost_condition conditions[THINGS];
static roost_channel channels[THINGS];
static int sent, received, given_up; /* items of channels */

/* What a fiber knows of itself: on its own stack. */
typedef struct self {
  roost_task task;
  roost_node open[DEEP];
  int is_group[DEEP];
  int depth;
  int was_cancelled; /* before its latest wait began */
  int cut;           /* which was cancelled */
  int permits[THINGS], locks[THINGS];
} self;

#define TELL(...)                                                                                  \
  do {                                                                                             \
    if (tells) printf(__VA_ARGS__);                                                                \
  } while (0)

static int tell_call(uint64_t who, const char *call, int rc) {
  TELL("%llx %s: %s%s%s\n", (unsigned long long)who, call, code_name(rc), rc < 0 ? ", " : "",
       rc < 0 ? roost_last_error() : "");
  return rc;
}
#define CALL(me, call) tell_call((me)->task.id, #call, (call))

static void keep(roost_node node) {
  if (node.id != 0) nodes[node_count < HANDLES ? node_count++ : 1 + upto(HANDLES - 1)] = node;
}
static roost_node any_node(void) {
  return one_in(40) ? (roost_node){draw()} : nodes[upto(node_count)];
}
static roost_node any_but_root(void) {
  return node_count == 1 ? (roost_node){0} : nodes[1 + upto(node_count - 1)];
}

static roost_node here(const self *me) { return me->depth ? me->open[me->depth - 1] : me->task; }

static int64_t any_time(void) { return one_in(6) ? (one_in(2) ? 0 : ROOST_NOW) : MS(1 + upto(30)); }
static int64_t any_timeout(void) { return one_in(4) ? any_time() : 0; }
static int64_t any_grace(void) { return one_in(6) ? any_time() : 0; }
static uint64_t any_stack(void) { return one_in(6) ? (uint64_t)1 << (15 + upto(4)) : 0; }

static item *new_item(uint64_t node, int is_cleanup) {
  if (item_count == ITEMS) return NULL;
  items[item_count] = (item){.node = node, .is_cleanup = is_cleanup};
  return &items[item_count++];
}

static void drop(void *data) {
  item *it = data;
  CHECK(it->drops++ == 0, "item %d is dropped again", (int)(it - items));
}
/* A call that failed has dropped what it was given (K5); the others have not yet. */
static void handed_over(const item *it, int rc) {
  CHECK(it->drops == (rc < 0), "item %d: answer %d, %d drops", (int)(it - items), rc, it->drops);
}

static void drop_sent(void *data) {
  (void)data;
  given_up++;
}

/* T2: of what is closed nothing is left. */
static void check_empty(uint64_t node) {
  for (item *it = items; it < items + item_count; it++)
    CHECK(it->node != node || it->drops == 1, "item %d outlives its node", (int)(it - items));
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static int before_wait(self *me) {
  CHECK(roost_here().id == here(me).id && roost_self().id == me->task.id, "it is elsewhere");
  return roost_cancelled(here(me));
}
/* C3, T1; somebody may have switched on a shield meanwhile (C10). */
static int after_wait(self *me, int rc) {
  int is_cancelled = roost_cancelled(here(me));
  CHECK(!(me->was_cancelled == 1 && is_cancelled == 1 && rc >= 0),
        "a wait in a cancelled node answers %d", rc);
  CHECK(roost_here().id == here(me).id && roost_self().id == me->task.id, "it woke elsewhere");
  me->cut = rc == ROOST_ECANCELED;
  return rc;
}
#define WAIT(me, call) ((me)->was_cancelled = before_wait(me), after_wait(me, CALL(me, call)))

static void got_permit(self *me, int i) {
  me->permits[i]++, taken[i]++;
  CHECK(taken[i] <= permits[i], "%d of %d permits are taken", taken[i], permits[i]);
}
static void give_permit(self *me, int i) {
  me->permits[i]--, taken[i]--;
  CHECK(roost_limiter_release(limiters[i]) == 0, "a permit is not taken back");
}
static void got_lock(self *me, int i) {
  CHECK(owners[i] == 0, "a lock has two owners");
  owners[i] = me->task.id, me->locks[i] = 1;
}
static void give_lock(self *me, int i) {
  owners[i] = 0, me->locks[i] = 0;
  CHECK(roost_lock_release(locks[i], me->task) == 0, "a lock is not taken back: %s",
        roost_last_error());
}

static void wait_at_condition(self *me, int i) {
  if (!me->locks[i]) return;
  owners[i] = 0;
  int rc = WAIT(me, roost_await_condition(conditions[i]));
  if (rc == 0 || rc == ROOST_ECANCELED || rc == ROOST_ESTOPPING) {
    got_lock(me, i); /* S3b */
  } else {
    me->locks[i] = 0;
  }
}

static void select_some(self *me) {
  void *item = NULL;
  int i = upto(THINGS), count = 1 + upto(5);
  roost_choice choices[5];
  memset(choices, 0, sizeof choices);
  for (int k = 0; k < count; k++) {
    switch (upto(7)) {
    case 0: choices[k] = (roost_choice)ROOST_ON_TIME(any_time()); break;
    case 1: choices[k] = (roost_choice)ROOST_ON_EVENT(events[upto(THINGS)]); break;
    case 2: choices[k] = (roost_choice)ROOST_ON_PERMIT(limiters[i]); break;
    case 3: choices[k] = (roost_choice)ROOST_ON_LOCK(locks[i]); break;
    case 4: choices[k] = (roost_choice)ROOST_ON_SEND(channels[upto(THINGS)], &sent); break;
    case 5: choices[k] = (roost_choice)ROOST_ON_RECEIVE(channels[upto(THINGS)], &item); break;
    default: choices[k] = (roost_choice)ROOST_ON_END(any_node());
    }
  }
  int index = WAIT(me, roost_select(choices, (uint64_t)count));
  int was_received =
      index >= 0 && choices[index].kind == ROOST_CHOOSE_RECEIVE && choices[index].rc == 0;
  CHECK((item != NULL) == was_received, "an item, or none: %d", index); /* C4 */
  received += was_received;
  if (index < 0 || choices[index].rc != 0) return;
  if (choices[index].kind == ROOST_CHOOSE_PERMIT) got_permit(me, i);
  if (choices[index].kind == ROOST_CHOOSE_LOCK) got_lock(me, i);
  if (choices[index].kind == ROOST_CHOOSE_SEND) sent++;
}

static void wait_for_something(self *me) {
  int i = upto(THINGS);
  void *item = NULL;
  switch (upto(14)) {
  case 0:
  case 1: WAIT(me, roost_sleep(any_time())); break;
  case 2: WAIT(me, roost_checkpoint()); break;
  case 3: WAIT(me, roost_await_event(events[i])); break;
  case 4:
    if (WAIT(me, roost_await_permit(limiters[i])) == 0) got_permit(me, i);
    break;
  case 5:
  case 6:
    if (WAIT(me, roost_await_lock(locks[i])) == 0) got_lock(me, i);
    break;
  case 7: wait_at_condition(me, i); break;
  case 8:
  case 9:
    if (WAIT(me, roost_send(channels[i], &sent)) == 0) sent++;
    break;
  case 10:
    if (WAIT(me, roost_receive(channels[i], &item)) == 0) received++;
    break;
  case 11: WAIT(me, roost_await_end(any_node())); break;
  case 12: WAIT(me, roost_cancel_and_await(any_but_root(), NULL)); break;
  default: select_some(me);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Fibers, tasks, cleanups                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static void live(self *me, item *it, int steps);

static int any_answer(const self *me) {
  return me->cut && !one_in(4) ? ROOST_ECANCELED : one_in(8) ? -1 - upto(20) : upto(3);
}

static int be_fiber(roost_task task, void *data) {
  item *it = data;
  CHECK(it->ran++ == 0 && it->drops == 0, "a fiber began again");
  CHECK(roost_self().id == task.id && roost_here().id == task.id, "it began elsewhere");
  self me = {.task = task};
  keep(task);
  live(&me, it, 1 + upto(12));
  if (one_in(4)) return roost_return(any_answer(&me), new_data(1), drop_data);
  return any_answer(&me);
}

static int be_cleanup(roost_task task, const roost_outcome *why, void *data) {
  item *it = data;
  CHECK(it->ran++ == 0 && it->drops == 0, "a cleanup began again");
  CHECK(why->state != ROOST_ALIVE, "not told how it ended");
  for (item *other = items; other < items + item_count; other++) /* K1, G1 */
    if (other != it && other->node == it->node)
      CHECK(other->drops == 1 || (other->is_cleanup && (other < it || other->ran == 0)),
            "item %d is not over before a cleanup", (int)(other - items));
  self me = {.task = task};
  keep(task);
  live(&me, it, 1 + upto(6));
  return any_answer(&me);
}

static int be_callback(roost_task task, void *data) {
  item *it = data;
  CHECK(it->ran++ == 0, "a task began again");
  keep(task);
  if (one_in(3)) CHECK(roost_sleep(1) == ROOST_ENOTASK, "a callback sleeps"); /* S2 */
  return one_in(2) ? 0 : one_in(3) ? ROOST_EIO : ROOST_PENDING;
}
static int stop_callback(roost_task task, const roost_reason *why, void *data) {
  (void)task;
  (void)why;
  (void)data;
  return 0;
}

static int sweep_by_callback(roost_task task, const roost_outcome *why, void *data) {
  (void)task;
  (void)why;
  ((item *)data)->ran++;
  return 0;
}

static void spawn_something(self *me, roost_node group) {
  item *it = new_item(group.id, 0);
  if (it == NULL) return;
  roost_task task = {0};
  roost_fiber_options options = {.size = sizeof options, .fn = be_fiber, .data = it, .drop = drop};
  options.timeout_ns = any_timeout();
  options.move_on = (uint64_t)one_in(2);
  options.shield = (uint64_t)one_in(8);
  options.grace_ns = any_grace();
  options.until_stopping = (uint64_t)one_in(4);
  options.daemon = (uint64_t)one_in(8);
  options.stack_size = any_stack();
  int rc;
  switch (upto(6)) {
  case 0:
    rc = CALL(me,
              roost_spawn(group,
                          ROOST_TASK(.start = be_callback, .on_cancel = stop_callback,
                                     .timeout_ns = MS(20), .move_on = 1, .data = it, .drop = drop),
                          &task));
    break;
  case 1:
    it->starts = 1;
    rc = WAIT(me, roost_await_go(group, &options, one_in(2) ? &task : NULL));
    if (rc < 0) {
      CHECK(it->drops == 1, "a start that failed has not ended"); /* L4 */
      return;
    }
    break;
  default: rc = CALL(me, roost_go_with(group, &options, one_in(2) ? &task : NULL));
  }
  if (rc < 0) handed_over(it, rc);
  if (rc < 0) return;
  keep(task);
  if (task.id != 0 && one_in(4)) CALL(me, roost_release(task));
}

static void register_something(self *me, roost_node node) {
  item *it = new_item(node.id, 1);
  if (it == NULL) return;
  roost_cleanup cleanup = {0};
  const roost_cleanup_options *options =
      ROOST_CLEANUP(.fn = one_in(4) ? sweep_by_callback : be_cleanup, .data = it, .drop = drop);
  int rc = options->fn == be_cleanup ? CALL(me, roost_fiber_defer_with(node, options, &cleanup))
                                     : CALL(me, roost_defer_with(node, options, &cleanup));
  handed_over(it, rc);
  if (rc == 0 && one_in(6)) {
    CALL(me, roost_undefer(cleanup));
    CHECK(it->drops == 1, "taken back, and not dropped"); /* K3 */
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Brackets                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* In a named parent, for nobody to close (T1d), if no join comes upon it. */
static void open_by_name(self *me) {
  roost_node parent = any_node(), node = {0};
  if (parent.id == me->task.id) return;
  CALL(me, roost_group_open(parent, ROOST_GROUP(.policy = ROOST_SUPERVISE), &node));
  keep(node);
}

static void open_something(self *me) {
  if (one_in(5)) open_by_name(me);
  if (me->depth == DEEP) return;
  int rc, is_group = one_in(2);
  roost_node node = {0};
  uint64_t shield = (uint64_t)one_in(5), until_stopping = (uint64_t)one_in(5);
  uint64_t move_on = (uint64_t)one_in(2), report = (uint64_t)one_in(4);
  int64_t timeout = any_timeout(), grace = any_grace();
  if (is_group) {
    uint64_t policy = 1 + (uint64_t)upto(3), limit = one_in(3) ? 1 + (uint64_t)upto(3) : 0;
    rc = CALL(
        me, roost_group_open(me->task,
                             ROOST_GROUP(.shield = shield, .until_stopping = until_stopping,
                                         .move_on = move_on, .report = report,
                                         .timeout_ns = timeout, .grace_ns = grace, .policy = policy,
                                         .limit = limit, .stack_size = any_stack()),
                             &node));
  } else {
    rc = CALL(me, roost_scope_open(me->task,
                                   ROOST_SCOPE(.shield = shield, .until_stopping = until_stopping,
                                               .move_on = move_on, .report = report,
                                               .timeout_ns = timeout, .grace_ns = grace),
                                   &node));
  }
  CHECK(rc == 0 && roost_here().id == node.id, "it cannot open anything: %d", rc);
  me->open[me->depth] = node;
  me->is_group[me->depth++] = is_group;
  keep(node);
}

/* G5, C7a, C8 */
static void check_result(const roost_result *result, int rc) {
  CHECK(result->code == rc, "answers %d, told %d", rc, (int)result->code);
  if (result->cancelled_caught) CHECK(result->cancel_called && result->reason, "caught by nobody");
  if (rc == ROOST_ECANCELED) CHECK(!result->cancelled_caught, "absorbed, and passed on");
  if (result->state == ROOST_COMPLETED) CHECK(rc == 0, "completed with %d", rc);
}

static void close_innermost(self *me) {
  if (me->depth == 0) return;
  roost_node node = me->open[--me->depth];
  int rc = any_answer(me);
  if (rc > 0) rc = 0;
  roost_result result = {.size = sizeof result};
  roost_result *wanted = one_in(2) ? &result : NULL;
  if (me->is_group[me->depth])
    rc = CALL(me, roost_group_close(node, rc, wanted));
  else
    rc = CALL(me, roost_scope_close(node, rc, wanted));
  CHECK(roost_here().id == here(me).id, "after closing it is elsewhere");
  check_empty(node.id);
  if (wanted != NULL) check_result(&result, rc);
  if (wanted != NULL && !one_in(3)) CALL(me, roost_result_release(&result));
  me->cut = rc == ROOST_ECANCELED;
}

/* ---------------------------------------------------------------------------------------------- */
/* Everything else                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static void do_something(self *me) {
  int i = upto(THINGS);
  switch (upto(8)) {
  case 0: CALL(me, roost_event_set(events[i])); break;
  case 1:
    if (me->permits[i]) give_permit(me, i);
    break;
  case 2:
    if (me->locks[i]) give_lock(me, i);
    break;
  case 3: CALL(me, roost_condition_notify(conditions[i], (uint64_t)upto(3))); break;
  case 4: CALL(me, roost_set_deadline(here(me), roost_now(rt) + (uint64_t)MS(1 + upto(20)))); break;
  case 5: CALL(me, roost_set_shield(here(me), upto(2))); break;
  case 6:
    permits[i]++;
    CALL(me, roost_limiter_resize(limiters[i], (uint64_t)permits[i]));
    break;
  default:
    if (one_in(4)) CALL(me, roost_trim(rt));
    if (one_in(4)) CALL(me, roost_explain(me->task, "a message"));
  }
}

static void do_harm(self *me) {
  roost_node node = any_but_root();
  void *data = new_data(1);
  switch (upto(6)) {
  case 0:
  case 1: CALL(me, roost_cancel(node, NULL)); break;
  case 2: CALL(me, roost_shutdown(node, any_time())); break;
  case 3:
    if (CALL(me, roost_finish(node, 0, data, drop_data)) < 0) data = NULL;
    if (data != NULL) return;
    break;
  default: CALL(me, roost_cancel(here(me), NULL));
  }
  if (data != NULL) drop_data(data);
}

/* B1: what is another's, or around, or over. */
static void do_wrong(self *me) {
  roost_node node = one_in(3) && me->depth > 1 ? me->open[upto(me->depth - 1)] : any_node();
  if (node.id == here(me).id && me->depth) return;
  for (int i = 0; i < me->depth; i++)
    if (me->open[i].id == node.id)
      CHECK(CALL(me, roost_scope_close(node, 0, NULL)) < 0, "an outer bracket was closed");
  switch (upto(4)) {
  case 0: CALL(me, roost_join(node, 0, NULL, NULL, NULL)); break;
  case 1: CALL(me, roost_group_close(roost_root(rt), 0, NULL)); break;
  case 2: CHECK(CALL(me, roost_run(rt)) == ROOST_EORDER, "it turns itself"); break;
  default: CHECK(CALL(me, roost_started(me->task, -1)) < 0, "started with -1");
  }
  CHECK(roost_here().id == here(me).id, "a wrong call has moved it");
}

static void live(self *me, item *it, int steps) {
  while (steps-- > 0 && steps_left-- > 0) {
    switch (upto(16)) {
    case 0:
    case 1: open_something(me); break;
    case 2:
    case 3: close_innermost(me); break;
    case 4: spawn_something(me, any_node()); break;
    case 5:
    case 6: spawn_something(me, here(me)); break;
    case 7: register_something(me, one_in(2) ? me->task : any_node()); break;
    case 8: register_something(me, here(me)); break;
    case 9: do_something(me); break;
    case 10: do_harm(me); break;
    case 11: do_wrong(me); break;
    case 12:
      if (it->starts) CALL(me, roost_started(me->task, upto(4)));
      break;
    default: wait_for_something(me);
    }
  }
  for (int i = 0; i < THINGS; i++) {
    while (me->permits[i] > 0) give_permit(me, i);
    if (me->locks[i] && !one_in(10)) give_lock(me, i);
  }
  int leaves_open = one_in(10); /* G7 */
  while (me->depth > 0 && !leaves_open) close_innermost(me);
}

/* ---------------------------------------------------------------------------------------------- */
/* Programs                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void open_things(void) {
  for (int i = 0; i < THINGS; i++) {
    permits[i] = 1 + upto(2);
    taken[i] = 0, owners[i] = 0;
    assert_int_equal(roost_event_open(rt, &events[i]), 0);
    assert_int_equal(roost_limiter_open(rt, (uint64_t)permits[i], &limiters[i]), 0);
    assert_int_equal(roost_lock_open(rt, &locks[i]), 0);
    assert_int_equal(roost_condition_open(locks[i], &conditions[i]), 0);
    assert_int_equal(roost_channel_open(rt, (uint64_t)upto(3), drop_sent, &channels[i]), 0);
  }
}

/* A daemon that now and then brings what the others may wait for in vain. */
static int help(roost_task task, void *data) {
  (void)task;
  (void)data;
  for (int round = 0; round < 200; round++) {
    if (roost_sleep(MS(7)) < 0) return ROOST_ECANCELED;
    int i = round % THINGS;
    void *item;
    if (one_in(2)) received += roost_channel_try_receive(channels[i], &item) == 0;
    if (one_in(2)) sent += roost_channel_try_send(channels[i], &sent) == 0;
    if (one_in(8)) roost_event_set(events[i]);
    roost_condition_notify(conditions[i], 1);
  }
  return 0;
}

static void run_program(void) {
  chance = seed * 0x9E3779B97F4A7C15u + 1;
  for (int i = 0; i < 8; i++) draw();
  item_count = node_count = sent = received = given_up = 0;
  steps_left = 400;
  uint64_t order = one_in(2) ? 0 : draw() | 1;
  const roost_runtime_options *options =
      ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .seed = order, .report = say_nothing,
                    .max_errors = (uint64_t)upto(4), .grace_ns = any_grace(),
                    .limit = one_in(4) ? 2 : 0);
  assert_int_equal(roost_runtime_open(options, &rt), 0);
  root = roost_root(rt);
  keep(root);
  open_things();
  self nobody = {.task = root};
  const roost_fiber_options *helper = ROOST_FIBER(.fn = help, .daemon = 1, .shield = 1);
  if (!one_in(4)) assert_int_equal(roost_go_with(root, helper, NULL), 0);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 3; i++) {
      item *it = new_item(root.id, 0);
      if (it == NULL) break;
      handed_over(it, CALL(&nobody,
                           roost_go_with(
                               root, ROOST_FIBER(.fn = be_fiber, .data = it, .drop = drop), NULL)));
    }
    CALL(&nobody, roost_run(rt));
  }
  int rc = CALL(&nobody, close_now());
  CHECK(rc != ROOST_PENDING, "it does not close");
  for (int i = 0; i < item_count; i++)
    CHECK(items[i].drops == 1, "item %d: %d drops", i, items[i].drops);
  CHECK(sent == received + given_up, "%d sent, %d received, %d given up", sent, received, given_up);
}

/* B1, K5, T2, C3, C4, S3, S8a: see above. */
static void random_programs(void **state) {
  uint64_t first = *(uint64_t *)*state;
  for (seed = first; seed < first + PROGRAMS; seed++) run_program();
}

int main(int count, char **arguments) {
  if (count > 1) {
    uint64_t last_seed = strtoull(arguments[count - 1], NULL, 10);
    tells = count == 2;
    setbuf(stdout, NULL);
    for (seed = strtoull(arguments[1], NULL, 10); seed <= last_seed; seed++) run_program();
    return 0;
  }
  static uint64_t first[] = {1, 1001, 2001, 3001};
  const struct CMUnitTest tests[] = {
      {.name = "programs_from_1", .test_func = random_programs, .initial_state = &first[0]},
      {.name = "programs_from_1001", .test_func = random_programs, .initial_state = &first[1]},
      {.name = "programs_from_2001", .test_func = random_programs, .initial_state = &first[2]},
      {.name = "programs_from_3001", .test_func = random_programs, .initial_state = &first[3]},
  };
  return cmocka_run_group_tests_name("fiber_random", tests, NULL, NULL);
}
