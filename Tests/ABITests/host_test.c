/* Hosted tasks: their life, their order, their results. */
#include "hosts.h"

static uint64_t g, a, b;
static roost_task task;

/* ---------------------------------------------------------------------------------------------- */
/* A life                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void three_steps(routine *me) {
  BEGIN;
  note("one %s", me->task.id == node_of(me->key).id ? "itself" : "another");
  CHECKPOINT;
  note("two %s", code_name(me->rc));
  SLEEP(SECONDS(1));
  note("three %s", code_name(me->rc));
  END;
}

/* S2: it is told of its first step, and of the end of each wait. */
static void a_routine_goes_on_when_it_is_told(void **state) {
  (void)state;
  play_routine(three_steps);
  assert_log("one itself two 0 @1000 three 0");
}

/* S2, T4: it is a task like others, with the name that was given. */
static void it_is_a_task_of_its_group(void **state) {
  (void)state;
  char name[64];
  roost_counters counters = {.size = sizeof counters};
  a = hosted(0, "apple", .lasts = SECONDS(1));
  flush();
  assert_true(node_of(a).id != 0);
  assert_int_equal(roost_name(node_of(a), name, sizeof name), 5);
  assert_string_equal(name, "apple");
  assert_int_equal(roost_counters_of(rt, &counters), 0);
  assert_int_equal(counters.tasks, 1);
  drive();
  assert_log("apple+ @1000 apple-");
  assert_int_equal(roost_counters_of(rt, &counters), 0);
  assert_true(counters.tasks == 0 && counters.completed == 1);
}

/* T4: a task without a name has none. */
static void it_may_have_no_name(void **state) {
  (void)state;
  char name[64];
  a = key_of("a");
  ask(.what = ROOST_ASK_SPAWN, .key = a);
  flush();
  assert_int_equal(roost_name(node_of(a), name, sizeof name), 0);
  drive();
  assert_log("a+");
}

static void keep_the_name(routine *me) {
  BEGIN;
  static char text[] = "pear";
  routine *other = &routines[key_of("x")];
  ask(.what = ROOST_ASK_SPAWN, .key = other->key, .value = (uintptr_t)text);
  flush();
  memset(text, '?', 4);
  roost_name(node_of(other->key), text, sizeof text);
  note("%s", text);
  END;
}

/* T4: names are copied. */
static void names_are_copied(void **state) {
  (void)state;
  play_routine(keep_the_name);
  assert_log("pear x+");
}

/* The root is the group of key 0. */
static void key_0_is_the_root(void **state) {
  (void)state;
  assert_int_equal(node_of(0).id, root.id);
  assert_int_equal(node_of(1).id, 0);
  assert_int_equal(node_of(UINT64_MAX).id, 0);
}

/* L5: what it ends with is what whoever awaits it gets. */
static void its_outcome_is_awaited(void **state) {
  (void)state;
  a = hosted(0, "a", .lasts = SECONDS(1), .answers = 7);
  b = hosted(0, "b", .lasts = SECONDS(2), .answers = ROOST_EIO);
  flush();
  on_end(node_of(a), root, "a");
  on_end(node_of(b), root, "b");
  drive();
  assert_log("a+ b+ @1000 a- a=7 @2000 b- b=EIO");
}

static void await_two(routine *me) {
  BEGIN;
  AWAIT_END(node_of(a));
  tell("a", me->rc);
  AWAIT_END(node_of(b));
  tell("b", me->rc);
  END;
}

static void cancel_b(void) { cancel_now(b); }

/* L5, L5a: a routine awaits others. */
static void a_routine_awaits_others(void **state) {
  (void)state;
  a = hosted(0, "a", .lasts = SECONDS(1), .answers = 7);
  b = hosted(0, "b", .lasts = SECONDS(9));
  hosted(0, "c", .fn = await_two);
  flush();
  act(SECONDS(2), cancel_b);
  drive();
  assert_log("a+ b+ @1000 a- a=7 @2000 b! b=ETASKCANCELLED");
}

/* K3a: the end is told to those who asked for it, with the task's state, when its cleanups have run
 * too. */
static void the_end_is_told_to_who_asked(void **state) {
  (void)state;
  hosted(0, "a", .answers = 7, .tells = 1);
  b = hosted(0, "b", .lasts = SECONDS(9), .tells = 1);
  hosted(0, "c", .lasts = SECONDS(2), .answers = ROOST_EIO, .tells = 1);
  g = hosted(0, "d", .lasts = SECONDS(3), .tells = 1);
  hosted(0, "silent", .lasts = SECONDS(3));
  flush();
  cleanup(node_of(g), "slow", .lasts = SECONDS(1), .answers = ROOST_EBUSY);
  act(SECONDS(1), cancel_b);
  drive();
  assert_log("a+ b+ c+ d+ silent+ a=7:completed @1000 b! b=ECANCELED:cancelled @2000 c- "
             "c=EIO:failed @3000 d- silent- slow:completed @4000 slow- d=0:failed");
}

/* C13a: a body that nobody has cancelled, and says so, has failed. */
static void a_cancellation_that_never_was_is_an_error(void **state) {
  (void)state;
  hosted(0, "a", .answers = ROOST_ECANCELED, .tells = 1);
  drive();
  assert_log("a+ a=ENOTCANCELLED:failed");
  assert_int_equal(close_host_now(), ROOST_ENOTCANCELLED);
}

/* C6a: one that is cancelled before its first step takes it, and its first wait ends so. */
static void one_that_is_cancelled_before_it_begins_still_begins(void **state) {
  (void)state;
  g = group_key("g");
  a = hosted(g, "a", .lasts = SECONDS(1), .tells = 1);
  cancel_key(a);
  b = hosted(g, "b", .lasts = SECONDS(1), .tells = 1);
  flush();
  cancel_now(g);
  hosted(g, "late", .lasts = SECONDS(1));
  drive();
  assert_log("a+ b+ late+ a! b! late! a=ECANCELED:cancelled b=ECANCELED:cancelled");
}

/* C13: a task that is cancelled ends alone. */
static void one_that_is_cancelled_ends_alone(void **state) {
  (void)state;
  g = group_key("g");
  hosted(g, "a", .lasts = SECONDS(2));
  b = hosted(g, "b", .lasts = SECONDS(2));
  flush();
  act(SECONDS(1), cancel_b);
  join(node_of(g), 0);
  drive();
  assert_log("a+ b+ @1000 b! @2000 a- g=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Results                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static void end_with_object(routine *me) {
  ask(.what = ROOST_ASK_FINISH, .rc = (int)me->answers, .key = me->key, .value = me->data);
  me->ended = 1;
}

/* L6: what nobody can read any more is dropped. */
static void a_result_that_nobody_keeps_is_dropped(void **state) {
  (void)state;
  a = key_of("page");
  hosted(0, "a", .fn = end_with_object, .answers = 3, .data = a);
  drive();
  assert_log("page.dropped");
}

static roost_task spawn_kept(roost_group group, const char *name, routine like) {
  roost_task out = {0};
  like.name = name;
  uint64_t key = new_key(&like);
  assert_int_equal(roost_spawn(group,
                               ROOST_TASK(.start = roost_host_begin, .data = KEY(key),
                                          .drop = roost_host_drop, .name = name),
                               &out),
                   0);
  return out;
}

/* L5, L6: of a task that an ordinary call has spawned the outcome is kept, and its result. */
static void a_result_that_is_kept_is_dropped_when_it_is_released(void **state) {
  (void)state;
  a = key_of("page");
  task = spawn_kept(root, "a", (routine){.fn = end_with_object, .answers = 3, .data = a});
  drive();
  assert_log("a.dropped");
  roost_outcome outcome = outcome_of(task);
  assert_true(outcome.state == ROOST_COMPLETED && outcome.code == 3);
  assert_ptr_equal(outcome.result, KEY(a));
  assert_int_equal(roost_release(task), 0);
  drive();
  assert_log("page.dropped");
}

/* L6: what was taken over is not dropped. */
static void a_result_may_be_taken_over(void **state) {
  (void)state;
  void *result = NULL;
  a = key_of("page");
  task = spawn_kept(root, "a", (routine){.fn = end_with_object, .data = a});
  drive();
  assert_int_equal(roost_take_result(task, &result), 0);
  assert_ptr_equal(result, KEY(a));
  assert_int_equal(roost_release(task), 0);
  drive();
  assert_log("a.dropped");
}

static void look_at_the_object(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  assert_int_equal(result->error_count, 1);
  note("%s %s", result->errors->name, code_name(result->errors->code));
  assert_ptr_equal(result->errors->object, KEY(a));
}

/* G3: the object of an error is in the result of the group, and dropped after that. */
static void an_error_has_its_object(void **state) {
  (void)state;
  a = key_of("error");
  g = group_key("g");
  hosted(g, "bad", .fn = end_with_object, .answers = ROOST_EIO, .data = a);
  flush();
  assert_int_equal(roost_join(node_of(g), 0, look_at_the_object, NULL, NULL), 0);
  drive();
  assert_log("bad EIO error.dropped");
}

/* ---------------------------------------------------------------------------------------------- */
/* Order                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void spawn_mixed(routine *me) {
  BEGIN;
  hosted(0, "h1", .lasts = SECONDS(1));
  flush();
  spawn(root, "c1", .lasts = SECONDS(1));
  hosted(0, "h2", .lasts = SECONDS(1));
  flush();
  nap(root, "f1", .lasts = SECONDS(1));
  hosted(0, "h3", .lasts = SECONDS(1));
  hosted(0, "h4", .lasts = SECONDS(1));
  flush();
  spawn(root, "c2", .lasts = SECONDS(1));
  nap(root, "f2", .lasts = SECONDS(1));
  hosted(0, "h5", .lasts = SECONDS(1));
  END;
}

/* S1: one order for bodies of all kinds, of first steps and of wakes. */
static void bodies_of_all_kinds_have_one_order(void **state) {
  (void)state;
  play_routine(spawn_mixed);
  assert_log("h1+ c1+ h2+ f1+ h3+ h4+ c2+ f2+ h5+ "
             "@1000 h1- c1- h2- f1- h3- h4- c2- f2- h5-");
}

static roost_event event;
static void be_woken(routine *me) {
  BEGIN;
  AWAIT_EVENT(event);
  note("%s", me->name);
  CHECKPOINT;
  note("%s'", me->name);
  END;
}
static int be_woken_in_a_fiber(roost_task self, void *name) {
  (void)self;
  roost_await_event(event);
  note("%s", (char *)name);
  roost_checkpoint();
  note("%s'", (char *)name);
  return 0;
}
static void set_event(void) { assert_int_equal(roost_event_set(event), 0); }

/* S1, S3: first come, first served, whatever body they have. */
static void waiters_of_all_kinds_are_woken_in_order(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &event), 0);
  hosted(0, "h1", .fn = be_woken);
  flush();
  assert_int_equal(roost_go(root, be_woken_in_a_fiber, "f1"), 0);
  hosted(0, "h2", .fn = be_woken);
  hosted(0, "h3", .fn = be_woken);
  flush();
  assert_int_equal(roost_go(root, be_woken_in_a_fiber, "f2"), 0);
  hosted(0, "h4", .fn = be_woken);
  flush();
  act(SECONDS(1), set_event);
  drive();
  assert_log("@1000 h1 f1 h2 h3 f2 h4 h1' f1' h2' h3' f2' h4'");
}

static void note_name(routine *me) { note("%s", me->name); }
static void post_names(routine *me) {
  BEGIN;
  hosted(0, "first", .fn = note_name);
  flush();
  assert_int_equal(roost_post(rt, roost_host_post, KEY(key_of("note")), NULL), 0);
  act(0, set_event);
  hosted(0, "last", .fn = note_name);
  CHECKPOINT;
  note("main");
  END;
}

/* S5: what was posted is told in its turn. */
static void what_was_posted_is_told(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &event), 0);
  play_routine(post_names);
  assert_log("first note.posted last main");
}

static int64_t spun;
static void spin(routine *me) {
  BEGIN;
  for (spun = 0; spun < 1000; spun++) {
    CHECKPOINT;
  }
  note("spun");
  END;
}
static void sleep_shortly(routine *me) {
  BEGIN;
  SLEEP(0);
  note("slept %d", (int)spun <= 2);
  END;
}

/* S1a: no task starves beside one that always asks for a checkpoint. */
static void a_checkpoint_lets_the_others_run(void **state) {
  (void)state;
  hosted(0, "spin", .fn = spin);
  hosted(0, "sleep", .fn = sleep_shortly);
  flush();
  spawn(root, "c", .lasts = MS(1));
  drive();
  assert_log("c+ slept 1 spun @1 c-");
}

static void cancel_and_look(routine *me) {
  BEGIN;
  cancel_key(me->key);
  CHECKPOINT;
  tell("checkpoint", me->rc);
  SLEEP(0);
  tell("sleep", me->rc);
  SLEEP(SECONDS(1));
  tell("sleep", me->rc);
  AWAIT_EVENT(event);
  tell("event", me->rc);
  RETURN(ROOST_ECANCELED);
  END;
}

/* S1a, C3: in a cancelled task every wait ends so, a checkpoint and a sleep of no length too. */
static void a_checkpoint_looks_at_the_cancellation(void **state) {
  (void)state;
  assert_int_equal(roost_event_open(rt, &event), 0);
  set_event();
  hosted(0, "a", .fn = cancel_and_look, .tells = 1);
  drive();
  assert_log("checkpoint=ECANCELED sleep=ECANCELED sleep=ECANCELED event=ECANCELED "
             "a=ECANCELED:cancelled");
}

/* What the first asks comes before what the next one asks, though both were told in one turn. */
static roost_channel channel;
static void send_name(routine *me) {
  BEGIN;
  SEND(channel, me->name);
  SEND(channel, me->name);
  END;
}
static void receive_all(routine *me) {
  BEGIN;
  for (spun = 0; spun < 6; spun++) {
    RECEIVE(channel);
    note("%s", (char *)(uintptr_t)me->value);
  }
  END;
}

static void what_is_asked_is_done_in_order(void **state) {
  (void)state;
  assert_int_equal(roost_channel_open(rt, UINT64_MAX, NULL, &channel), 0);
  hosted(0, "a", .fn = send_name);
  hosted(0, "b", .fn = send_name);
  hosted(0, "c", .fn = send_name);
  hosted(0, "r", .fn = receive_all);
  drive();
  assert_log("a b c a b c");
}

static void look_at_an_order(uint64_t seed, char *order) {
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .seed = seed), &rt), 0);
  assert_int_equal(roost_host_open(rt, NULL), 0);
  for (int i = 0; i < 20; i++) hosted(0, "a", .data = (uint64_t)i);
  const roost_told *first;
  int64_t count, seen = 0;
  uint64_t asking = asks;
  asks = 0;
  while ((count = roost_host_turn(rt, asked, asking, &first)) > 0) {
    asking = 0;
    for (int64_t i = 0; i < count; i++) {
      assert_int_equal(first[i].what, ROOST_TOLD_BEGIN);
      order[seen++] = (char)('a' + routines[first[i].key].data);
      asked[asking++] = (roost_ask){.what = ROOST_ASK_FINISH, .key = first[i].key};
    }
  }
  order[seen] = 0;
  assert_int_equal(close_host_now(), 0);
  forget_routines();
}

/* S4: a seed shuffles them, the same seed in the same way. */
static void a_seed_shuffles_them(void **state) {
  (void)state;
  char orders[4][24];
  assert_int_equal(close_host_now(), 0);
  forget_routines();
  const uint64_t seeds[] = {0, 1, 1, 2};
  for (int i = 0; i < 4; i++) look_at_an_order(seeds[i], orders[i]);
  assert_string_equal(orders[0], "abcdefghijklmnopqrst");
  assert_string_not_equal(orders[0], orders[1]);
  assert_string_equal(orders[1], orders[2]);
  assert_string_not_equal(orders[1], orders[3]);
}

/* ---------------------------------------------------------------------------------------------- */
/* In groups                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* L2: beyond the limit they wait for their turn, daemons do not. Of those that had to wait the end
 * is told. */
static void a_limit_holds_them_back(void **state) {
  (void)state;
  g = group_key("g", .limit = 2);
  hosted(g, "a", .lasts = SECONDS(1));
  hosted(g, "b", .lasts = SECONDS(2));
  hosted(g, "c", .lasts = SECONDS(2));
  hosted(g, "d", .lasts = SECONDS(1));
  hosted(g, "e", .lasts = SECONDS(9), .daemon = 1);
  flush();
  join(node_of(g), 0);
  drive();
  assert_log("a+ b+ e+ @1000 a- c+ @2000 b- d+ @3000 c- d- c=0:completed d=0:completed "
             "e! g=0");
}

/* L2a: one that waited for its turn ends without having begun. */
static void one_that_is_queued_may_never_begin(void **state) {
  (void)state;
  g = group_key("g", .limit = 1);
  hosted(g, "a", .lasts = SECONDS(2));
  b = hosted(g, "b", .lasts = SECONDS(2));
  hosted(g, "c", .lasts = SECONDS(2));
  flush();
  cleanup(node_of(b), "of b");
  act(SECONDS(1), cancel_b);
  drive();
  assert_log("a+ @1000 of b:cancelled:new b=ECANCELED:cancelled @2000 a- c+ @4000 c- "
             "c=0:completed");
}

/* L3: a daemon does not keep the loop going. */
static void a_daemon_keeps_no_loop_going(void **state) {
  (void)state;
  hosted(0, "d", .lasts = ROOST_FOREVER, .daemon = 1);
  hosted(0, "a", .lasts = SECONDS(1));
  drive();
  assert_log("d+ a+ @1000 a-");
  assert_int_equal(close_host_now(), 0);
  assert_log("d!");
}

/* G2: the first error cancels the rest. */
static void an_error_cancels_the_others(void **state) {
  (void)state;
  g = group_key("g");
  hosted(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  hosted(g, "b", .lasts = SECONDS(2));
  flush();
  spawn(node_of(g), "c", .lasts = SECONDS(2));
  nap(node_of(g), "f", .lasts = SECONDS(2));
  join(node_of(g), 0);
  drive();
  assert_log("a+ b+ c+ f+ @1000 a- b! c! f! g=EIO^[a:EIO]");
}

/* G2b */
static void the_first_wins_a_race(void **state) {
  (void)state;
  g = group_key("g", .policy = ROOST_RACE);
  hosted(g, "slow", .lasts = SECONDS(2), .answers = 2);
  hosted(g, "quick", .lasts = SECONDS(1), .answers = 1);
  flush();
  join(node_of(g), 0);
  drive();
  assert_log("slow+ quick+ @1000 quick- slow! g=0^");
}

static int filter_loudly(roost_group group, const roost_error *error, void *data) {
  (void)group;
  (void)data;
  note("asked of %s", error->name);
  return ROOST_DROP_ERROR;
}

/* G3a: an error of that code cancels its group under every policy, and no filter is asked. */
static void a_fatal_error_cancels_under_every_policy(void **state) {
  (void)state;
  for (uint64_t policy = ROOST_FAIL_FAST; policy <= ROOST_RACE; policy++) {
    g = group_key("g", .policy = policy);
    hosted(g, "a", .lasts = SECONDS(1), .answers = ROOST_EFATAL);
    hosted(g, "b", .lasts = SECONDS(2));
    flush();
    join(node_of(g), 0);
    drive();
    assert_int_equal(last.code, ROOST_EFATAL);
    assert_int_equal(last.reason.origin, ROOST_FAILED_SIBLING);
  }
  assert_log("a+ b+ @1000 a- b! g=EFATAL^[a:EFATAL] "
             "a+ b+ @2000 a- b! g=EFATAL^[a:EFATAL] "
             "a+ b+ @3000 a- b! g=EFATAL^[a:EFATAL]");
  g = group_key("g", .filter = filter_loudly);
  hosted(g, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  hosted(g, "b", .lasts = SECONDS(2), .answers = ROOST_EFATAL);
  hosted(g, "c", .lasts = SECONDS(3), .answers = ROOST_EBUSY);
  flush();
  join(node_of(g), 0);
  drive();
  assert_log("a+ b+ c+ @4000 a- asked of a @5000 b- c! g=EFATAL^[b:EFATAL]");
}

/* G3a: of any body, and of a group's own, of a cleanup, and of a group that was joined in it. */
static void a_fatal_error_may_come_from_anywhere(void **state) {
  (void)state;
  roost_group h = group(root, "h", .policy = ROOST_SUPERVISE, .filter = filter_loudly);
  spawn(h, "callback", .answers = ROOST_EFATAL);
  nap(h, "fiber", .lasts = SECONDS(9));
  join(h, 0);
  drive();
  assert_log("callback+ fiber+ fiber! h=EFATAL^[callback:EFATAL]");
  h = group(root, "h", .policy = ROOST_SUPERVISE, .filter = filter_loudly);
  spawn(h, "a", .lasts = SECONDS(9));
  join(h, ROOST_EFATAL);
  drive();
  assert_log("a+ a! h=EFATAL^[h:EFATAL]");
  h = group(root, "h", .policy = ROOST_SUPERVISE, .filter = filter_loudly);
  cleanup(spawn(h, "a", .lasts = SECONDS(1)), "c", .answers = ROOST_EFATAL);
  spawn(h, "b", .lasts = SECONDS(9));
  join(h, 0);
  drive();
  assert_log("a+ b+ @1000 a- c:completed b! h=EFATAL^[cleanup of a:EFATAL]");
}

/* G3a: it cancels every group around it, where it was joined without being told to anybody. */
static void a_fatal_error_goes_through_groups(void **state) {
  (void)state;
  roost_group outer = group(root, "outer", .policy = ROOST_SUPERVISE, .filter = filter_loudly);
  roost_group inner = group(outer, "inner", .policy = ROOST_SUPERVISE);
  spawn(outer, "a", .lasts = SECONDS(9));
  spawn(inner, "fatal", .lasts = SECONDS(1), .answers = ROOST_EFATAL);
  assert_int_equal(roost_join(inner, 0, NULL, NULL, NULL), 0);
  join(outer, 0);
  drive();
  assert_log("a+ fatal+ @1000 fatal- a! outer=EFATAL^[inner:EFATAL[fatal:EFATAL]]");
}

/* G3a: it is what the closing answers, though it was not the first, nor listed. */
static void a_fatal_error_comes_before_the_first(void **state) {
  (void)state;
  roost_group outer = group(root, "outer", .policy = ROOST_SUPERVISE, .filter = filter_loudly);
  roost_group inner = group(outer, "inner", .policy = ROOST_SUPERVISE);
  spawn(outer, "a", .lasts = SECONDS(9));
  spawn(inner, "first", .answers = ROOST_EIO);
  spawn(inner, "fatal", .lasts = SECONDS(1), .answers = ROOST_EFATAL);
  assert_int_equal(roost_join(inner, 0, NULL, NULL, NULL), 0);
  join(outer, 0);
  drive();
  assert_log("a+ first+ fatal+ @1000 fatal- a! "
             "outer=EFATAL^[inner:EFATAL[first:EIO fatal:EFATAL]]");
  roost_group it = group(root, "it", .policy = ROOST_SUPERVISE, .max_errors = 1);
  spawn(it, "first", .answers = ROOST_EIO);
  spawn(it, "fatal", .lasts = SECONDS(1), .answers = ROOST_EFATAL);
  join(it, 0);
  drive();
  assert_log("first+ fatal+ @2000 fatal- it=EFATAL[first:EIO+1]");
}

/* ---------------------------------------------------------------------------------------------- */
/* Starts (L4)                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static void report_and_sleep(routine *me) {
  BEGIN;
  SLEEP(SECONDS(1));
  tell("report", roost_started(me->task, (int)me->answers));
  SLEEP(SECONDS(1));
  note("%s%s", me->name, me->rc < 0 ? "!" : "-");
  RETURN(me->rc);
  END;
}

static roost_group target;
static int start_routine(routine *me, const char *name, void (*fn)(routine *), int answers) {
  uint64_t key = key_of(name, .fn = fn, .answers = answers);
  flush();
  return roost_start(target, me->task,
                     ROOST_TASK(.start = roost_host_begin, .data = KEY(key), .name = name),
                     roost_host_wake, KEY(me->key), NULL, &task, NULL);
}

static void start_one(routine *me) {
  BEGIN;
  assert_int_equal(start_routine(me, "server", report_and_sleep, 80), 0);
  join(target, 0);
  PARK;
  tell("start", me->rc);
  END;
}

/* L4: it is told what the task has reported; the task is in its group then. */
static void a_start_is_told_what_was_reported(void **state) {
  (void)state;
  target = group(root, "target");
  play_routine(start_one);
  assert_log("@1000 report=0 start=80 @2000 server- target=0");
}

static void start_what_ends(routine *me) {
  BEGIN;
  assert_int_equal(start_routine(me, "bad", NULL, ROOST_EIO), 0);
  PARK;
  tell("start", me->rc);
  assert_int_equal(start_routine(me, "silent", NULL, 0), 0);
  PARK;
  tell("start", me->rc);
  END;
}

/* L4: it ends with what the task has brought. */
static void a_start_of_what_ends_fails(void **state) {
  (void)state;
  target = group(root, "target");
  play_routine(start_what_ends);
  assert_log("bad+ start=EIO silent+ start=ENOTSTARTED");
}

/* L4: what cancels the caller cancels the task that it starts. */
static void a_start_is_cancelled_with_its_caller(void **state) {
  (void)state;
  target = group(root, "target");
  b = hosted(0, "main", .fn = start_one);
  act(MS(1), cancel_b);
  drive();
  assert_log("@1 report=ECANCELED server! target=0 start=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* Keys                                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static void spawn_with_one_key(routine *me) {
  BEGIN;
  for (spun = 0; spun < 3; spun++) {
    routines[7] = (routine){.name = "seven", .key = 7, .tells = 1};
    ask(.what = ROOST_ASK_SPAWN, .key = 7, .node = 0);
    SLEEP(SECONDS(1));
  }
  END;
}

/* A key may be used again when what it named is over. */
static void a_key_may_be_used_again(void **state) {
  (void)state;
  play_routine(spawn_with_one_key);
  assert_log("seven+ seven=0:completed @1000 seven+ seven=0:completed "
             "@2000 seven+ seven=0:completed");
}

/* Or when nothing more is asked of it by that key. */
static void a_key_may_name_another_meanwhile(void **state) {
  (void)state;
  g = group_key("g");
  hosted(g, "a", .lasts = SECONDS(1));
  flush();
  roost_group first = node_of(g);
  assert_int_equal(roost_host_bind(rt, g, group(root, "other")), 0);
  hosted(g, "b", .lasts = SECONDS(2));
  flush();
  roost_group second = node_of(g);
  assert_true(first.id != second.id);
  join(first, 0);
  join(second, 0);
  drive();
  assert_log("a+ b+ @1000 a- g=0 @2000 b- other=0");
}

static void spawn_in_bound(routine *me) {
  BEGIN;
  roost_group own = group(me->task, "own");
  g = key_of("own");
  assert_int_equal(roost_host_bind(rt, g, own), 0);
  assert_int_equal(node_of(g).id, own.id);
  hosted(g, "a", .lasts = SECONDS(1));
  CLOSE(g, 0);
  END;
}

/* A key may name what an ordinary call has opened. */
static void a_key_is_bound_to_a_node(void **state) {
  (void)state;
  play_routine(spawn_in_bound);
  assert_log("a+ @1000 a- own=0");
}

/* A task that was spawned by an ordinary call is named by the key that it was given. */
static void a_spawned_task_has_the_key_it_was_given(void **state) {
  (void)state;
  task = spawn_kept(root, "a", (routine){.lasts = SECONDS(1)});
  uint64_t key = keys;
  turn_host();
  assert_int_equal(node_of(key).id, task.id);
  assert_int_equal(routines[key].task.id, task.id);
  drive();
  assert_log("a+ @1000 a- a.dropped");
}

/* The drop of one that a call has spawned may tell of its end, with its outcome and its state. */
static void a_spawned_task_tells_of_its_end(void **state) {
  (void)state;
  a = key_of("a", .lasts = SECONDS(1), .answers = 7);
  b = key_of("b", .lasts = SECONDS(9));
  const uint64_t both[] = {a, b};
  for (int i = 0; i < 2; i++)
    assert_int_equal(roost_spawn(root,
                                 ROOST_TASK(.start = roost_host_begin, .data = KEY(both[i]),
                                            .drop = roost_host_ended),
                                 NULL),
                     0);
  act(SECONDS(2), cancel_b);
  drive();
  assert_log("a+ b+ @1000 a- a=7:completed @2000 b! b=ECANCELED:cancelled");
}

/* ---------------------------------------------------------------------------------------------- */
/* Posts and drops                                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* K5: told like all else, each once. */
static void drops_are_told(void **state) {
  (void)state;
  roost_cleanup taken_back = {0};
  a = key_of("a"), b = key_of("b"), g = key_of("c");
  assert_int_equal(roost_channel_open(rt, 3, roost_host_drop, &channel), 0);
  assert_int_equal(roost_channel_try_send(channel, KEY(a)), 0);
  assert_int_equal(roost_channel_destroy(channel), 0);
  assert_int_equal(roost_defer_with(root,
                                    ROOST_CLEANUP(.fn = roost_host_clean, .data = KEY(b),
                                                  .drop = roost_host_drop),
                                    &taken_back),
                   0);
  assert_int_equal(roost_undefer(taken_back), 0);
  assert_int_equal(roost_post(rt, roost_host_post, KEY(key_of("post")), roost_host_drop), 0);
  assert_refused(ROOST_EINVAL, roost_after, (root, 0, NULL, KEY(g), roost_host_drop, NULL));
  drive();
  assert_log("a.dropped b.dropped c.dropped post.posted post.dropped");
}

/* S8a: what was posted before the closing is told; what comes later is refused, and dropped. */
static void posts_are_told_until_the_closing(void **state) {
  (void)state;
  a = key_of("early"), b = key_of("late");
  assert_int_equal(roost_post(rt, roost_host_post, KEY(a), roost_host_drop), 0);
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_refused(ROOST_ECLOSED, roost_post, (rt, roost_host_post, KEY(b), roost_host_drop));
  assert_int_equal(drive_on(), 0);
  assert_int_equal(roost_host_turn(rt, NULL, 0, &told), ROOST_ESTALE);
  rt.id = 0;
  assert_log("late.dropped early.posted early.dropped");
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing the runtime                                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* S8a: the closing is brought to its end by the turns, which answer its outcome. */
static void the_turns_bring_a_closing_to_its_end(void **state) {
  (void)state;
  a = hosted(0, "a", .lasts = SECONDS(9));
  flush();
  hosted_cleanup(node_of(a), "c", .lasts = SECONDS(1));
  turn_host();
  assert_int_equal(close_host_now(), 0);
  assert_log("a+ a! c:cancelled @1000 c-");
}

static void note_close(const roost_result *result, void *data) {
  (void)data;
  note("closed with %s", code_name(result->code));
}

/* S8a: with an error, the root's outcome; `fn` is told too. */
static void a_closing_answers_the_first_error(void **state) {
  (void)state;
  hosted(0, "a", .lasts = SECONDS(1), .answers = ROOST_EIO);
  drive();
  assert_int_equal(roost_close(rt, 0, note_close, NULL, NULL), ROOST_PENDING);
  assert_int_equal(drive_on(), ROOST_EIO);
  assert_int_equal(roost_host_turn(rt, NULL, 0, &told), ROOST_ESTALE);
  rt.id = 0;
  assert_log("a+ @1000 a- closed with EIO");
}

static void close_inside(routine *me) {
  BEGIN;
  assert_int_equal(roost_close(rt, SECONDS(5), NULL, NULL, NULL), ROOST_PENDING);
  SLEEP(SECONDS(2));
  tell("sleep", me->rc);
  note("%d", roost_stopping(me->task));
  SLEEP(SECONDS(9));
  tell("sleep", me->rc);
  RETURN(me->rc);
  END;
}

/* S8a, C12: a patience is kept. */
static void a_routine_may_close_its_runtime(void **state) {
  (void)state;
  hosted(0, "a", .fn = close_inside);
  assert_int_equal(drive_on(), 0);
  assert_int_equal(roost_host_turn(rt, NULL, 0, &told), ROOST_ESTALE);
  rt.id = 0;
  assert_log("@2000 sleep=0 1 @5000 sleep=ECANCELED");
}

/* The runtime of a host that never was turned. */
static void a_host_that_was_never_used_is_closed(void **state) {
  (void)state;
  assert_int_equal(close_host_now(), 0);
}

/* What is asked with the closing is still carried out; nobody is lost. */
static void what_was_asked_before_the_closing_is_done(void **state) {
  (void)state;
  hosted(0, "a", .lasts = SECONDS(1), .tells = 1);
  flush();
  hosted(0, "late", .lasts = SECONDS(1));
  assert_int_equal(close_host_now(), 0);
  assert_log("late?1=ECLOSED a+ a! a=ECANCELED:cancelled");
}

/* Two, one after the other, on one thread. */
static void a_thread_may_have_one_host_after_another(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(close_host_now(), 0);
    forget_routines();
    assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt), 0);
    root = roost_root(rt);
    assert_int_equal(roost_host_open(rt, NULL), 0);
    hosted(0, "a", .tells = 1);
    drive();
  }
  assert_log("a+ a=0:completed a+ a=0:completed a+ a=0:completed");
}

enum { CROWD = 5000 };
static void crowd(routine *me) {
  BEGIN;
  g = GROUP("g", .policy = ROOST_SUPERVISE);
  for (int i = 0; i < CROWD; i++) hosted(g, "x", .fn = note_name, .data = 1);
  CLOSE(g, 0);
  END;
}

/* A batch may be as large as it likes, and one beyond what was told at first. */
static void many_are_told_at_once(void **state) {
  (void)state;
  int64_t most = 0, count;
  hosted(0, "main", .fn = crowd);
  while ((count = turn_host()) > 0) {
    if (count > most) most = count;
    clear_log();
  }
  assert_true(count == 0 && most == CROWD);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      HOST(a_routine_goes_on_when_it_is_told),
      HOST(it_is_a_task_of_its_group),
      HOST(it_may_have_no_name),
      HOST(names_are_copied),
      HOST(key_0_is_the_root),
      HOST(its_outcome_is_awaited),
      HOST(a_routine_awaits_others),
      HOST(the_end_is_told_to_who_asked),
      HOST(a_cancellation_that_never_was_is_an_error),
      HOST(one_that_is_cancelled_before_it_begins_still_begins),
      HOST(one_that_is_cancelled_ends_alone),
      HOST(a_result_that_nobody_keeps_is_dropped),
      HOST(a_result_that_is_kept_is_dropped_when_it_is_released),
      HOST(a_result_may_be_taken_over),
      HOST(an_error_has_its_object),
      HOST(bodies_of_all_kinds_have_one_order),
      HOST(waiters_of_all_kinds_are_woken_in_order),
      HOST(what_was_posted_is_told),
      HOST(a_checkpoint_lets_the_others_run),
      HOST(a_checkpoint_looks_at_the_cancellation),
      HOST(what_is_asked_is_done_in_order),
      HOST(a_seed_shuffles_them),
      HOST(a_limit_holds_them_back),
      HOST(one_that_is_queued_may_never_begin),
      HOST(a_daemon_keeps_no_loop_going),
      HOST(an_error_cancels_the_others),
      HOST(the_first_wins_a_race),
      HOST(a_fatal_error_cancels_under_every_policy),
      HOST(a_fatal_error_may_come_from_anywhere),
      HOST(a_fatal_error_goes_through_groups),
      HOST(a_fatal_error_comes_before_the_first),
      HOST(a_start_is_told_what_was_reported),
      HOST(a_start_of_what_ends_fails),
      HOST(a_start_is_cancelled_with_its_caller),
      HOST(a_key_may_be_used_again),
      HOST(a_key_may_name_another_meanwhile),
      HOST(a_key_is_bound_to_a_node),
      HOST(a_spawned_task_has_the_key_it_was_given),
      HOST(a_spawned_task_tells_of_its_end),
      HOST(drops_are_told),
      HOST(posts_are_told_until_the_closing),
      HOST(the_turns_bring_a_closing_to_its_end),
      HOST(a_closing_answers_the_first_error),
      HOST(a_routine_may_close_its_runtime),
      HOST(a_host_that_was_never_used_is_closed),
      HOST(what_was_asked_before_the_closing_is_done),
      HOST(a_thread_may_have_one_host_after_another),
      HOST(many_are_told_at_once),
  };
  return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
