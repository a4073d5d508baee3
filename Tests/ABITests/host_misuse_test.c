/* B1: what a host asks wrongly is told, and changes nothing; what it calls wrongly is answered. */
#include "hosts.h"

#include "threads.h"

#include <sys/wait.h>
#include <unistd.h>

static uint64_t a, b, g, s;
static roost_runtime other;

/* Something of each kind; the task a waits in the scope s. */
static void wait_in_s(routine *me) {
  BEGIN;
  s = SCOPE("s");
  SLEEP(SECONDS(9));
  CLOSE(s, me->rc);
  END;
}
static void open_world(void) {
  g = group_key("g");
  a = hosted(0, "a", .fn = wait_in_s);
  turn_host();
  flush();
}

static void cancel_s(void) { cancel_now(s); }

/* What was refused was all, and the world is as it was. */
static void assert_told(const char *expected) {
  if (expected[0] != 0) turn_host();
  assert_log(expected);
  cancel_now(s);
  assert_int_equal(roost_join(node_of(g), 0, NULL, NULL, NULL), 0);
  drive();
  assert_log("s=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* What is asked                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static void nothing_of_the_kind_is_asked(void **state) {
  (void)state;
  open_world();
  ask(.what = 0, .key = a);
  ask(.what = 16, .key = a);
  ask(.what = -1, .key = a);
  ask(.what = INT32_MIN, .key = a);
  ask(.what = INT32_MAX, .key = a);
  assert_told("a?0=EINVAL a?16=EINVAL a?-1=EINVAL a?-2147483648=EINVAL a?2147483647=EINVAL");
}

/* Of keys that name nothing: as the outcome of a wait, which nobody has begun. */
static void nothing_has_that_key(void **state) {
  (void)state;
  open_world();
  const uint64_t keys_of_nothing[] = {KEYS - 1, UINT64_C(1) << 26, (UINT64_C(1) << 26) + 1,
                                      UINT64_MAX};
  const int wakes[] = {ROOST_ASK_CHECKPOINT, ROOST_ASK_SLEEP, ROOST_ASK_EVENT, ROOST_ASK_RECEIVE,
                       ROOST_ASK_END};
  const int others[] = {ROOST_ASK_FINISH, ROOST_ASK_CANCEL, ROOST_ASK_CLOSE};
  for (size_t i = 0; i < COUNT(keys_of_nothing); i++) {
    for (size_t k = 0; k < COUNT(wakes); k++) ask(.what = wakes[k], .key = keys_of_nothing[i]);
    for (size_t k = 0; k < COUNT(others); k++) ask(.what = others[k], .key = keys_of_nothing[i]);
    uint64_t count = asks;
    asks = 0;
    assert_int_equal(roost_host_turn(rt, asked, count, &told), count);
    for (uint64_t k = 0; k < count; k++) {
      assert_int_equal(told[k].code, ROOST_EINVAL);
      assert_int_equal(told[k].key, keys_of_nothing[i]);
      int is_wait = k < COUNT(wakes);
      int is_closing = asked[k].what == ROOST_ASK_CLOSE;
      assert_int_equal(told[k].what, is_wait      ? ROOST_TOLD_WAKE
                                     : is_closing ? ROOST_TOLD_CLOSED
                                                  : ROOST_TOLD_REFUSED);
    }
  }
  assert_int_equal(node_of(UINT64_MAX).id, 0);
  ask(.what = ROOST_ASK_CHECKPOINT, .key = 0);
  assert_told("nobody!EORDER");
}

/* Keys in which something is opened. */
static void nothing_can_be_opened_there(void **state) {
  (void)state;
  open_world();
  b = key_of("b");
  ask(.what = ROOST_ASK_SPAWN, .key = b, .node = a);
  ask(.what = ROOST_ASK_SPAWN, .key = b, .node = s);
  ask(.what = ROOST_ASK_SPAWN, .key = b, .node = KEYS - 1);
  ask(.what = ROOST_ASK_SPAWN, .key = b, .node = UINT64_MAX);
  ask(.what = ROOST_ASK_SPAWN, .key = UINT64_MAX, .node = g);
  ask(.what = ROOST_ASK_SCOPE, .key = b, .node = g);
  ask(.what = ROOST_ASK_SCOPE, .key = b, .node = KEYS - 1);
  ask(.what = ROOST_ASK_SCOPE, .key = (UINT64_C(1) << 26) + 1, .node = a);
  ask(.what = ROOST_ASK_GROUP, .key = b, .node = s);
  ask(.what = ROOST_ASK_GROUP, .key = b, .node = 0);
  ask(.what = ROOST_ASK_GROUP, .key = UINT64_MAX, .node = a);
  assert_told("b?1=EKIND b?1=EKIND b?1=EINVAL b?1=EINVAL nobody?1=EINVAL b?12=EORDER b?12=EINVAL "
              "nobody?12=EINVAL b?13=EORDER b?13=EORDER nobody?13=EINVAL");
  assert_int_equal(node_of(b).id, 0);
}

/* The root is key 0, and stays so. */
static void the_root_stays_the_root(void **state) {
  (void)state;
  open_world();
  ask(.what = ROOST_ASK_SPAWN, .key = 0, .node = g);
  ask(.what = ROOST_ASK_SCOPE, .key = 0, .node = a);
  ask(.what = ROOST_ASK_GROUP, .key = 0, .node = a);
  ask(.what = ROOST_ASK_FINISH, .key = 0);
  flush();
  assert_refused(ROOST_EINVAL, roost_host_bind, (rt, 0, node_of(g)));
  assert_int_equal(node_of(0).id, root.id);
  assert_told("nobody?1=EINVAL nobody?12=EINVAL nobody?13=EINVAL nobody?2=EORDER");
}

static roost_group_options bad_options;

/* Nor is it given to a task or a cleanup by a call. */
static void the_roots_key_is_given_to_calls(void **state) {
  (void)state;
  roost_task task = {0};
  open_world();
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = roost_host_begin), &task), 0);
  assert_refused(ROOST_EINVAL, roost_defer, (task, roost_host_clean, NULL, NULL));
  assert_refused(ROOST_EINVAL, roost_defer,
                 (task, roost_host_clean, KEY((UINT64_C(1) << 26) + 1), NULL));
  on_end(task, root, "task");
  act(MS(1), cancel_s);
  assert_int_equal(roost_join(node_of(g), 0, NULL, NULL, NULL), 0);
  drive();
  assert_log("task=EINVAL @1 s=0^");
  assert_int_equal(node_of(0).id, root.id);
}

/* Options of a group that are refused are those of roost_group_open. */
static void a_group_has_bad_options(void **state) {
  (void)state;
  open_world();
  b = key_of("b");
  bad_options = *ROOST_GROUP(.policy = 9);
  ask(.what = ROOST_ASK_GROUP, .key = b, .node = a, .value = (uintptr_t)&bad_options);
  flush();
  bad_options = *ROOST_GROUP(.shield = 2);
  ask(.what = ROOST_ASK_GROUP, .key = b, .node = a, .value = (uintptr_t)&bad_options);
  flush();
  bad_options = (roost_group_options){.size = 3};
  ask(.what = ROOST_ASK_GROUP, .key = b, .node = a, .value = (uintptr_t)&bad_options);
  flush();
  assert_told("b?13=EINVAL b?13=EINVAL b?13=EINVAL");
}

static int stay_pending(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}
static int end_it(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

/* Tasks that are no host's. */
static void a_task_of_another_kind_is_asked_for(void **state) {
  (void)state;
  open_world();
  roost_task task;
  assert_int_equal(
      roost_spawn(node_of(g), ROOST_TASK(.start = stay_pending, .on_cancel = end_it), &task), 0);
  b = bind_key("b", task);
  ask(.what = ROOST_ASK_SLEEP, .key = b, .value = 0);
  ask(.what = ROOST_ASK_CHECKPOINT, .key = b);
  ask(.what = ROOST_ASK_FINISH, .key = b);
  ask(.what = ROOST_ASK_SCOPE, .key = keys, .node = b);
  ask(.what = ROOST_ASK_CLOSE, .key = b, .node = s);
  turn_host();
  assert_log("b!EORDER b!EORDER b?2=EORDER b?12=EORDER b?14=EORDER");
  cancel_now(b);
  assert_told("");
}

/* Handles of primitives that are wrong. */
static void a_wait_is_for_nothing(void **state) {
  (void)state;
  open_world();
  roost_event event, far;
  roost_limiter limiter;
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(roost_event_open(other, &far), 0);
  assert_int_equal(roost_limiter_open(rt, 1, &limiter), 0);
  b = hosted(g, "b", .fn = NULL);
  turn_host();
  asks = 0; /* it does not end */
  const struct {
    int what;
    uint64_t node;
  } wrong[] = {
      {ROOST_ASK_EVENT, 0},
      {ROOST_ASK_EVENT, UINT64_MAX},
      {ROOST_ASK_EVENT, limiter.id},
      {ROOST_ASK_EVENT, far.id},
      {ROOST_ASK_PERMIT, event.id},
      {ROOST_ASK_LOCK, event.id},
      {ROOST_ASK_CONDITION, event.id},
      {ROOST_ASK_SEND, event.id},
      {ROOST_ASK_RECEIVE, event.id},
      {ROOST_ASK_END, event.id},
      {ROOST_ASK_END, node_of(b).id},
      {ROOST_ASK_END, node_of(g).id},
      {ROOST_ASK_END, roost_root(other).id},
  };
  clear_log();
  for (size_t i = 0; i < COUNT(wrong); i++)
    ask(.what = wrong[i].what, .key = b, .node = wrong[i].node);
  routines[b].line = 1; /* all that it is told is noted */
  turn_host();
  assert_log("b!EINVAL b!EINVAL b!EKIND b!EFOREIGN b!EKIND b!EKIND b!EKIND b!EKIND b!EKIND "
             "b!EKIND b!EDEADLK b!EDEADLK b!EFOREIGN");
  ask(.what = ROOST_ASK_FINISH, .key = b);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
  assert_told("");
}

static void end_and_go_on(routine *me) {
  finish(me, 0);
  ask(.what = ROOST_ASK_SLEEP, .key = me->key, .value = ROOST_FOREVER);
  ask(.what = ROOST_ASK_FINISH, .key = me->key);
  ask(.what = ROOST_ASK_SCOPE, .key = s, .node = me->key);
  ask(.what = ROOST_ASK_CLOSE, .key = me->key, .node = s);
  ask(.what = ROOST_ASK_CANCEL, .key = me->key);
}

/* A task that has ended asks no more. */
static void one_that_has_ended_asks(void **state) {
  (void)state;
  s = key_of("s");
  hosted(0, "b", .fn = end_and_go_on);
  drive();
  assert_log("b!EORDER b?2=EORDER s?12=EORDER b!EORDER b?15=ESTALE");
}

/* One that has not begun does not ask yet. */
static void one_that_has_not_begun_asks(void **state) {
  (void)state;
  b = hosted(0, "b", .lasts = SECONDS(1));
  s = key_of("s");
  ask(.what = ROOST_ASK_SLEEP, .key = b, .value = ROOST_FOREVER);
  ask(.what = ROOST_ASK_CHECKPOINT, .key = b);
  ask(.what = ROOST_ASK_FINISH, .key = b);
  ask(.what = ROOST_ASK_SCOPE, .key = s, .node = b);
  drive();
  assert_log("b!EORDER b!EORDER b?2=EORDER s?12=EORDER b+ @1000 b-");
}

static void wait_twice(routine *me) {
  BEGIN;
  ask(.what = ROOST_ASK_SLEEP, .key = me->key, .value = moment(SECONDS(2)));
  ask(.what = ROOST_ASK_SLEEP, .key = me->key, .value = moment(SECONDS(1)));
  ask(.what = ROOST_ASK_CHECKPOINT, .key = me->key);
  ask(.what = ROOST_ASK_SCOPE, .key = s, .node = me->key);
  PARK;
  tell("checkpoint", me->rc);
  PARK;
  tell("first", me->rc);
  PARK;
  tell("second", me->rc);
  END;
}

/* One that lets the others run opens nothing. One that asks for several waits is told of each. */
static void one_that_waits_asks(void **state) {
  (void)state;
  s = key_of("s");
  hosted(0, "b", .fn = wait_twice);
  drive();
  assert_log("s?12=EORDER checkpoint=0 @1000 first=0 @2000 second=0");
}

static void end_while_waiting(routine *me) {
  BEGIN;
  ask(.what = ROOST_ASK_SLEEP, .key = me->key, .value = ROOST_FOREVER);
  me->tells = 1;
  END;
}

/* S2b: the wait of one that ends is taken back. */
static void one_that_waits_ends(void **state) {
  (void)state;
  hosted(0, "b", .fn = end_while_waiting);
  drive();
  assert_log("b=0:completed");
}

static void go_on_while_closing(routine *me) {
  BEGIN;
  g = GROUP("g");
  hosted(g, "a", .lasts = SECONDS(1));
  ask(.what = ROOST_ASK_CLOSE, .key = me->key, .node = g);
  ask(.what = ROOST_ASK_FINISH, .key = me->key);
  ask(.what = ROOST_ASK_SCOPE, .key = s, .node = me->key);
  ask(.what = ROOST_ASK_CLOSE, .key = me->key, .node = g);
  me->closing = g;
  PARK;
  PARK;
  END;
}

/* G1: nor does one that closes something; it goes on joining. */
static void one_that_closes_asks(void **state) {
  (void)state;
  s = key_of("s");
  hosted(0, "b", .fn = go_on_while_closing);
  drive();
  assert_log("b?2=EORDER s?12=EORDER g=EORDER a+ @1000 a- g=0");
}

/* What was refused changes nothing: the key names what it named. */
static void a_key_is_asked_for_in_vain(void **state) {
  (void)state;
  open_world();
  uint64_t is_a = node_of(a).id, is_s = node_of(s).id;
  ask(.what = ROOST_ASK_SPAWN, .key = a, .node = s);
  ask(.what = ROOST_ASK_SPAWN, .key = s, .node = KEYS - 1);
  flush();
  assert_int_equal(node_of(a).id, is_a);
  assert_int_equal(node_of(s).id, is_s);
  assert_told("a?1=EKIND s?1=EINVAL");
}

static void finish_by_a_call(routine *me) {
  BEGIN;
  assert_int_equal(roost_finish(me->task, 3, NULL, NULL), 0);
  me->tells = 1;
  END;
}

/* S2a: a call may end it too; then there is nothing more to end. */
static void a_call_ends_it(void **state) {
  (void)state;
  b = hosted(0, "b", .fn = finish_by_a_call);
  flush();
  on_end(node_of(b), root, "w");
  drive();
  assert_log("b?2=EORDER w=3");
}

/* ---------------------------------------------------------------------------------------------- */
/* What is called                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static void a_runtime_has_one_host(void **state) {
  (void)state;
  assert_refused(ROOST_EALREADY, roost_host_open, (rt, NULL));
  assert_int_equal(roost_runtime_open(NULL, &other), 0);
  assert_refused(ROOST_EORDER, roost_host_open, (other, NULL));
  assert_refused(ROOST_EORDER, roost_host_turn, (other, NULL, 0, &told));
  assert_refused(ROOST_EORDER, roost_host_submit, (other, NULL, 0));
  assert_refused(ROOST_EORDER, roost_host_bind, (other, 1, roost_root(other)));
  assert_int_equal(roost_host_node(other, 0).id, 0);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
  play_routine(wait_in_s);
  assert_log("@9000 s=0");
}

static void what_is_called_has_bad_arguments(void **state) {
  (void)state;
  assert_refused(ROOST_EINVAL, roost_host_turn, (rt, NULL, 0, NULL));
  assert_refused(ROOST_EINVAL, roost_host_turn, (rt, NULL, 1, &told));
  assert_refused(ROOST_EINVAL, roost_host_submit, (rt, NULL, 1));
  assert_int_equal(roost_host_submit(rt, NULL, 0), 0);
  assert_refused(ROOST_EINVAL, roost_host_bind, (rt, (UINT64_C(1) << 26) + 1, root));
  assert_refused(ROOST_EINVAL, roost_host_bind, (rt, 1, (roost_node){0}));
  assert_int_equal(roost_host_turn(rt, asked, 0, &told), 0);
  roost_runtime wrong = {root.id};
  assert_refused(ROOST_EKIND, roost_host_turn, (wrong, NULL, 0, &told));
  assert_refused(ROOST_EINVAL, roost_host_turn, ((roost_runtime){0}, NULL, 0, &told));
}

/* It is turned by its host alone. */
static void its_loop_is_turned_by_nobody_else(void **state) {
  (void)state;
  hosted(0, "b", .lasts = SECONDS(1));
  assert_refused(ROOST_EORDER, roost_run, (rt));
  drive();
  assert_log("b+ @1000 b-");
}

static void turn_inside(void) {
  const roost_told *mine;
  assert_refused(ROOST_EORDER, roost_host_turn, (rt, NULL, 0, &mine));
  b = hosted(0, "b", .lasts = SECONDS(1));
  flush();
  assert_true(node_of(b).id != 0);
}

/* No turn is inside a turn; what is submitted there is done. */
static void a_callback_turns_it(void **state) {
  (void)state;
  act(SECONDS(1), turn_inside);
  hosted(0, "a", .lasts = SECONDS(3));
  drive();
  assert_log("a+ @1000 b+ @2000 b- @3000 a-");
}

static int turn_in_a_fiber(roost_task self, void *data) {
  (void)self;
  (void)data;
  const roost_told *mine;
  note("%s", code_name(roost_host_turn(rt, NULL, 0, &mine)));
  b = hosted(0, "b", .lasts = SECONDS(1));
  uint64_t count = asks;
  asks = 0;
  tell("submit", roost_host_submit(rt, asked, count));
  tell("end", roost_await_end(node_of(b)));
  return 0;
}

/* The same in a fiber. */
static void a_fiber_turns_it(void **state) {
  (void)state;
  assert_int_equal(roost_go(root, turn_in_a_fiber, NULL), 0);
  drive();
  assert_log("EORDER submit=0 b+ @1000 b- end=0");
}

/* The functions of a host, in a runtime that is not its own. */
static void its_functions_are_given_to_another_runtime(void **state) {
  (void)state;
  roost_task task = {0};
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  b = key_of("b");
  roost_group far = roost_root(other);
  assert_refused(ROOST_EFOREIGN, roost_host_bind, (rt, b, far));
  assert_int_equal(
      roost_spawn(far, ROOST_TASK(.start = roost_host_begin, .data = KEY(b), .name = "b"), &task),
      0);
  assert_int_equal(roost_defer(far, roost_host_clean, KEY(b), NULL), 0);
  assert_int_equal(roost_after(far, 0, roost_host_wake, KEY(b), NULL, NULL), 0);
  assert_int_equal(roost_run(other), 0);
  assert_int_equal(outcome_of(task).code, ROOST_EORDER);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), ROOST_EORDER);
  drive();
  assert_log("");
}

/* The functions of a host where there is none. */
static void its_functions_are_given_where_there_is_no_host(void **state) {
  assert_int_equal(close_host_now(), 0);
  assert_int_equal(open_runtime(state), 0);
  roost_task task = {0};
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = roost_host_begin), &task), 0);
  assert_int_equal(roost_after(root, 0, roost_host_wake, NULL, roost_host_drop, NULL), 0);
  assert_int_equal(roost_post(rt, roost_host_post, NULL, roost_host_drop), 0);
  assert_int_equal(roost_defer(task, roost_host_clean, NULL, roost_host_ended), 0);
  run();
  assert_int_equal(outcome_of(task).code, ROOST_EORDER);
  (void)close_now();
}

/* Closing at once, and abandoning, what is not a hosted task's. */
static void only_what_a_hosted_task_has_open_is_left(void **state) {
  (void)state;
  open_world();
  roost_scope plain = scope(root, "plain");
  assert_refused(ROOST_EORDER, roost_host_scope_close, (plain, 0, NULL));
  assert_refused(ROOST_EKIND, roost_host_scope_close, (node_of(g), 0, NULL));
  assert_refused(ROOST_EKIND, roost_host_scope_close, (node_of(a), 0, NULL));
  assert_refused(ROOST_EINVAL, roost_host_scope_close, ((roost_scope){0}, 0, NULL));
  assert_refused(ROOST_EINVAL, roost_host_scope_close, (node_of(s), 0, &(roost_result){.size = 3}));
  assert_refused(ROOST_EORDER, roost_host_abandon, (plain));
  assert_refused(ROOST_EORDER, roost_host_abandon, (node_of(g)));
  assert_refused(ROOST_EORDER, roost_host_abandon, (root));
  assert_refused(ROOST_EKIND, roost_host_abandon, (node_of(a)));
  assert_refused(ROOST_EINVAL, roost_host_abandon, ((roost_node){0}));
  join(plain, 0);
  assert_refused(ROOST_EORDER, roost_join, (node_of(s), 0, NULL, NULL, NULL));
  clear_log();
  cancel_now(s);
  assert_int_equal(roost_join(node_of(g), 0, NULL, NULL, NULL), 0);
  drive();
  assert_log("plain=0 s=0^");
}

/* ---------------------------------------------------------------------------------------------- */
/* Threads, forks, ends                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int others;
static void count_other(int64_t answer, int64_t expected) { others += answer != expected; }

static void call_all(int expected) {
  const roost_told *mine;
  roost_ask one = {.what = ROOST_ASK_SPAWN, .key = 1};
  count_other(roost_host_turn(rt, &one, 1, &mine), expected);
  count_other(roost_host_submit(rt, &one, 1), expected);
  count_other(roost_host_bind(rt, 1, root), expected);
  count_other(roost_host_node(rt, 0).id, 0);
  count_other(roost_host_scope_close(node_of(s), 0, NULL), expected);
  count_other(roost_host_open(rt, NULL), expected);
  count_other(roost_host_abandon(root), expected);
  count_other(roost_host_interrupt(rt, a, ROOST_EIO), expected);
}

static void *call_elsewhere(void *data) {
  (void)data;
  roost_scope scope = {s};
  count_other(roost_host_scope_close(scope, 0, NULL), ROOST_ETHREAD);
  call_all(ROOST_ETHREAD);
  return NULL;
}

/* T3, C14: every function is for the runtime's thread. */
static void another_thread_calls(void **state) {
  (void)state;
  open_world();
  uint64_t key = s;
  s = node_of(s).id;
  others = 0;
  end_thread(begin_thread(call_elsewhere, NULL));
  s = key;
  assert_int_equal(others, 1); /* node_of answers 0 there, which is EINVAL */
  assert_told("");
}

static void *drive_a_host(void *data) {
  int *ended = data;
  roost_runtime own;
  const roost_told *mine;
  roost_ask wanted[64];
  uint64_t count = 0;
  int64_t told_now;
  if (roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &own) != 0) return NULL;
  if (roost_host_open(own, NULL) != 0) return NULL;
  for (uint64_t i = 1; i <= 50; i++)
    wanted[count++] = (roost_ask){.what = ROOST_ASK_SPAWN, .key = i};
  while ((told_now = roost_host_turn(own, wanted, count, &mine)) > 0) {
    count = 0;
    for (int64_t i = 0; i < told_now; i++) {
      int is_first = mine[i].what == ROOST_TOLD_BEGIN;
      wanted[count++] = (roost_ask){.what = is_first ? ROOST_ASK_SLEEP : ROOST_ASK_FINISH,
                                    .key = mine[i].key,
                                    .value = is_first ? roost_now(own) + mine[i].key : 0};
      *ended += !is_first;
    }
  }
  if (roost_close(own, 0, NULL, NULL, NULL) != ROOST_PENDING) *ended = -1;
  if (roost_host_turn(own, NULL, 0, &mine) != 0) *ended = -2;
  return NULL;
}

/* Each thread may have a runtime with a host. */
static void every_thread_has_a_host(void **state) {
  (void)state;
  int ended[4] = {0};
  pthread_t threads[4];
  hosted(0, "b", .lasts = SECONDS(1));
  turn_host();
  for (int i = 0; i < 4; i++) threads[i] = begin_thread(drive_a_host, &ended[i]);
  for (int i = 0; i < 4; i++) end_thread(threads[i]);
  for (int i = 0; i < 4; i++) assert_int_equal(ended[i], 50);
  drive();
  assert_log("b+ @1000 b-");
}

/* S8b */
static void a_child_after_fork_calls(void **state) {
  (void)state;
  open_world();
  others = 0;
  pid_t child = fork();
  if (child == 0) {
    call_all(ROOST_ECHILD);
    int ended = 0;
    drive_a_host(&ended);
    _exit(others == 1 && ended == 50 ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_told("");
}

/* T3: stale for ever. */
static void one_that_was_closed_is_called(void **state) {
  (void)state;
  open_world();
  roost_runtime gone = rt;
  give_up();
  rt = gone;
  others = 0;
  call_all(ROOST_ESTALE);
  rt.id = 0;
  assert_int_equal(others, 1);
  clear_log();
}

/* S8a: a second closing is none. */
static void it_is_closed_twice(void **state) {
  (void)state;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_ALREADY);
  assert_int_equal(drive_on(), 0);
  assert_int_equal(roost_host_turn(rt, NULL, 0, &told), ROOST_ESTALE);
  rt.id = 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      HOST(nothing_of_the_kind_is_asked),
      HOST(nothing_has_that_key),
      HOST(nothing_can_be_opened_there),
      HOST(the_root_stays_the_root),
      HOST(the_roots_key_is_given_to_calls),
      HOST(a_group_has_bad_options),
      HOST(a_task_of_another_kind_is_asked_for),
      HOST(a_wait_is_for_nothing),
      HOST(one_that_has_ended_asks),
      HOST(one_that_has_not_begun_asks),
      HOST(one_that_waits_asks),
      HOST(one_that_closes_asks),
      HOST(a_key_is_asked_for_in_vain),
      HOST(one_that_waits_ends),
      HOST(a_call_ends_it),
      HOST(a_runtime_has_one_host),
      HOST(what_is_called_has_bad_arguments),
      HOST(its_loop_is_turned_by_nobody_else),
      HOST(a_callback_turns_it),
      HOST(a_fiber_turns_it),
      HOST(its_functions_are_given_where_there_is_no_host),
      HOST(only_what_a_hosted_task_has_open_is_left),
      HOST(another_thread_calls),
      HOST(every_thread_has_a_host),
      HOST(a_child_after_fork_calls),
      HOST(one_that_was_closed_is_called),
      HOST(it_is_closed_twice),
      HOST(its_functions_are_given_to_another_runtime),
  };
  return cmocka_run_group_tests_name("host_misuse", tests, NULL, NULL);
}
