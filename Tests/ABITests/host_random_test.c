/* Random programs, each run by fibers, by hosted tasks, whose host asks in batches, and once more
 * by these with a loop that others turn. All must do the same in the same order (S1, S2): every
 * wait ends at the same place of the log, with the same outcome, at the same time, and so does
 * every closing, with as many errors. (Where a wait would not have to wait, a fiber may go on at
 * once, S1a: what can be had without waiting is taken so by all.)
 *
 * A program follows from its seed alone. `host_random_test SEED` runs that one and shows the logs,
 * `host_random_test FIRST LAST` runs many. */
#include "chance.h"
#include "hosts.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROGRAMS = 300, SCRIPTS = 14, OPS = 12, ACTORS = 200, DEEP = 4, THINGS = 2, NODES = 5000 };

/* ---------------------------------------------------------------------------------------------- */
/* Programs                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

enum {
  OP_SLEEP,
  OP_CHECKPOINT,
  OP_EVENT,
  OP_SET,
  OP_PERMIT,
  OP_GIVE,
  OP_LOCK,
  OP_UNLOCK,
  OP_SEND,
  OP_RECEIVE,
  OP_AWAIT,
  OP_CANCEL,
  OP_SPAWN,
  OP_CALLBACK,
  OP_DEFER,
  OP_SCOPE,
  OP_GROUP,
  OP_CLOSE,
  OP_KINDS
};

typedef struct op {
  int what;
  int which;    /* a thing, a script, a node */
  int64_t time; /* of a sleep, a deadline; 0: none */
  int flags, policy, limit;
  int64_t grace;
} op;

static struct script {
  op ops[OPS];
  int count;
  int answers;
} scripts[SCRIPTS];

static int64_t any_time(void) { return one_in(8) ? 0 : MS(1 + upto(20)); }

static op any_op(int script) {
  /* Brackets and waits more often than the rest. */
  static const int often[] = {OP_SLEEP, OP_SLEEP, OP_SPAWN, OP_SPAWN, OP_SCOPE, OP_GROUP, OP_CLOSE};
  op it = {.what = one_in(2) ? often[upto(COUNT(often))] : upto(OP_KINDS)};
  it.which = upto(1000);
  it.time = it.what == OP_SLEEP ? any_time() : one_in(3) ? MS(1 + upto(30)) : 0;
  if (it.what == OP_SLEEP && one_in(12)) it.time = ROOST_FOREVER;
  it.flags = upto(4);
  it.policy = 1 + upto(3);
  it.limit = one_in(4) ? 1 + upto(2) : 0;
  it.grace = one_in(5) ? MS(upto(10)) - 1 : 0;
  if (it.what == OP_SPAWN || it.what == OP_DEFER) {
    it.which = script + 1 + upto(4);
    if (it.which >= SCRIPTS) it.what = OP_CHECKPOINT;
  }
  return it;
}

static void write_program(void) {
  for (int i = 0; i < SCRIPTS; i++) {
    scripts[i].count = 1 + upto(OPS);
    scripts[i].answers = one_in(6) ? ROOST_EIO : one_in(30) ? ROOST_EFATAL : upto(3);
    for (int k = 0; k < scripts[i].count; k++) scripts[i].ops[k] = any_op(i);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Actors                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* One that plays a script, by a fiber or by a routine. */
typedef struct actor {
  int id, script, at;
  roost_task task;
  uint64_t key;
  const struct actor *owner; /* in whose group, or after whose end, it runs; NULL: the root's */
  int depth;
  struct {
    int node; /* its number */
    int is_group;
  } open[DEEP];
  int is_cleanup;
  int cut; /* its latest wait was cancelled */
  int has_let_run, closes_with;
  int permits[THINGS], locks[THINGS];
} actor;

static int by_host;
static actor actors[ACTORS];
static int actor_count;
static const actor *players[NODES]; /* of the tasks among the nodes */
/* What was spawned and opened, in order; the host knows the keys, of which it asks. */
static roost_node nodes[NODES];
static uint64_t node_keys[NODES];
static int node_count;
static roost_event events[THINGS];
static roost_limiter limiters[THINGS];
static roost_lock locks[THINGS];
static roost_channel channels[THINGS];

enum { BY_FIBERS, BY_HOST, WITH_READY, WAYS };
static int way;
static char logs[WAYS][1 << 18];
static size_t used;
static uint64_t noted_at;

__attribute__((format(printf, 1, 2))) static void jot(const char *format, ...) {
  char *log = logs[way];
  if (used > sizeof logs[0] - 200) return;
  uint64_t now = roost_now(rt);
  if (now != noted_at) {
    noted_at = now;
    used += (size_t)sprintf(log + used, "@%d\n", (int)((now - beginning) / MS(1)));
  }
  va_list arguments;
  va_start(arguments, format);
  used += (size_t)vsprintf(log + used, format, arguments);
  va_end(arguments);
  log[used++] = '\n';
  log[used] = 0;
}

static actor *new_actor(int script, const actor *owner) {
  if (actor_count == ACTORS) return NULL;
  actors[actor_count] = (actor){.id = actor_count, .script = script, .owner = owner};
  return &actors[actor_count++];
}

static int keep(roost_node node, uint64_t key, const actor *player) {
  if (node_count == NODES) return 0;
  players[node_count] = player;
  nodes[node_count] = node;
  node_keys[node_count] = key;
  return node_count++;
}
/* As a handle: what was asked must have been done. */
static roost_node handle_of(int number) {
  if (!by_host) return nodes[number];
  flush();
  return node_of(node_keys[number]);
}
static int here(const actor *me) { return me->depth ? me->open[me->depth - 1].node : -1; }
static roost_node handle_here(const actor *me) {
  return here(me) < 0 ? me->task : handle_of(here(me));
}

/* A group of one's own that is open, or the root. */
static int group_for(const actor *me, int which) {
  for (int i = me->depth - 1; i >= 0; i--)
    if (me->open[i].is_group && which-- % 2 == 0) return me->open[i].node;
  return 0;
}

static int be_fiber(roost_task self, void *data);
static int be_cleanup(roost_task self, const roost_outcome *why, void *data);
static void be_routine(routine *me);

static void spawn_actor(actor *me, const op *it) {
  int group = group_for(me, it->flags);
  actor *other = new_actor(it->which, group == 0 ? NULL : me);
  if (other == NULL) return;
  int is_daemon = group != 0 && it->policy == 3 && it->limit == 0;
  if (by_host) {
    uint64_t key = hosted(node_keys[group], "a", .fn = be_routine, .daemon = (uint64_t)is_daemon,
                          .data = (uint64_t)other->id);
    other->key = key;
    keep((roost_node){0}, key, other);
  } else {
    roost_task task = {0};
    int rc = roost_go_with(
        nodes[group], ROOST_FIBER(.fn = be_fiber, .data = other, .daemon = (uint64_t)is_daemon),
        &task);
    if (rc == 0) CHECK(roost_release(task) == 0, "a fiber cannot be released");
    keep(rc < 0 ? (roost_node){0} : task, 0, other);
  }
}

static int call_back(roost_task task, void *data) {
  (void)task;
  jot("callback %d", (int)(intptr_t)data);
  return (intptr_t)data % 5 == 0 ? ROOST_EBUSY : 0;
}
static void spawn_callback(actor *me, const op *it) {
  roost_node group = handle_of(group_for(me, it->flags));
  void *data = (void *)(intptr_t)it->which;
  int rc = roost_spawn(group, ROOST_TASK(.start = call_back, .data = data), NULL);
  jot("%d spawns a callback: %s", me->id, code_name(rc));
}

static void defer_actor(actor *me, const op *it) {
  actor *other = new_actor(it->which, me);
  if (other == NULL) return;
  other->is_cleanup = 1;
  roost_node node = handle_here(me);
  int rc;
  if (by_host) {
    other->key = key_of("c", .fn = be_routine, .data = (uint64_t)other->id);
    rc = roost_defer(node, roost_host_clean, KEY(other->key), NULL);
  } else {
    rc = roost_fiber_defer(node, be_cleanup, other, NULL);
  }
  jot("%d defers %d: %s", me->id, other->id, code_name(rc));
}

/* Those of groups must be there until they are opened. */
static void open_actor(actor *me, const op *it) {
  if (me->depth == DEEP) return;
  int is_group = it->what == OP_GROUP;
  uint64_t deadline = it->time ? roost_now(rt) + (uint64_t)it->time : 0;
  roost_node node = {0};
  uint64_t key = 0;
  const roost_group_options *options =
      ROOST_GROUP(.policy = (uint64_t)it->policy, .limit = (uint64_t)it->limit,
                  .deadline_ns = deadline, .shield = it->flags == 3, .grace_ns = it->grace,
                  .move_on = (uint64_t)it->flags & 1, .report = it->which % 7 == 0);
  if (by_host) {
    key = is_group ? group_of(me->key, options)
                   : scope_of(me->key, "s",
                              (it->flags == 3 ? ROOST_ASK_SHIELD : 0) |
                                  (it->flags & 1 ? ROOST_ASK_MOVE_ON : 0),
                              deadline);
  } else if (is_group) {
    CHECK(roost_group_open(me->task, options, &node) == 0, "a fiber opens no group");
  } else {
    CHECK(roost_scope_open(me->task,
                           ROOST_SCOPE(.deadline_ns = deadline, .shield = it->flags == 3,
                                       .move_on = (uint64_t)it->flags & 1),
                           &node) == 0,
          "a fiber opens no scope");
  }
  me->open[me->depth].node = keep(node, key, NULL);
  me->open[me->depth++].is_group = is_group;
}

/* What needs no wait. */
static void act_at_once(actor *me, const op *it) {
  int i = it->which % THINGS;
  switch (it->what) {
  case OP_SET:
    if (by_host) flush();
    jot("%d sets %d: %s", me->id, i, code_name(roost_event_set(events[i])));
    return;
  case OP_GIVE:
    if (me->permits[i] == 0) return;
    if (by_host) flush();
    me->permits[i]--;
    CHECK(roost_limiter_release(limiters[i]) == 0, "a permit is not taken back");
    return;
  case OP_UNLOCK:
    if (!me->locks[i]) return;
    if (by_host) flush();
    me->locks[i] = 0;
    CHECK(roost_lock_release(locks[i], me->task) == 0, "a lock is not taken back: %s",
          roost_last_error());
    return;
  case OP_CANCEL:
    if (by_host)
      ask(.what = ROOST_ASK_CANCEL, .key = node_keys[it->which % node_count], .rc = it->policy);
    else
      (void)roost_cancel(nodes[it->which % node_count], ROOST_CANCEL(.code = it->policy));
    return;
  case OP_SPAWN: spawn_actor(me, it); return;
  case OP_CALLBACK: spawn_callback(me, it); return;
  case OP_DEFER: defer_actor(me, it); return;
  case OP_SCOPE:
  case OP_GROUP: open_actor(me, it); return;
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* What can be had at once. */
static int took(actor *me, const op *it) {
  int i = it->which % THINGS, rc;
  void *item = NULL;
  if (by_host) flush();
  switch (it->what) {
  case OP_EVENT: return roost_event_is_set(events[i]);
  case OP_PERMIT:
    rc = roost_limiter_try_acquire(limiters[i]);
    me->permits[i] += rc == 0;
    break;
  case OP_LOCK:
    rc = roost_lock_try_acquire(locks[i], me->task);
    me->locks[i] |= rc == 0;
    break;
  case OP_SEND: rc = roost_channel_try_send(channels[i], (void *)((intptr_t)me->id + 1)); break;
  default: rc = roost_channel_try_receive(channels[i], &item);
  }
  if (rc == ROOST_EAGAIN) return 0;
  jot("%d.%d took %s %d", me->id, me->at, code_name(rc), (int)(intptr_t)item);
  return 1;
}

/* Another's task that has not ended. */
static int can_be_awaited(const actor *me, int number) {
  if (players[number] == NULL || roost_name(handle_of(number), (char[64]){0}, 64) < 0) return 0;
  for (; me != NULL; me = me->owner)
    if (me == players[number]) return 0;
  return 1;
}

static int waits(actor *me, const op *it) {
  switch (it->what) {
  case OP_SLEEP:
  case OP_CHECKPOINT: return 1;
  case OP_EVENT:
  case OP_PERMIT:
  case OP_LOCK:
  case OP_SEND:
  case OP_RECEIVE: return !took(me, it);
  case OP_AWAIT: return can_be_awaited(me, it->which % node_count);
  case OP_CLOSE: return me->depth > 0;
  default: return 0;
  }
}

static uint64_t until(const op *it) {
  return it->time == ROOST_FOREVER ? (uint64_t)ROOST_FOREVER : roost_now(rt) + (uint64_t)it->time;
}
static int close_rc(const actor *me, const op *it) {
  return me->cut ? ROOST_ECANCELED : it->which % 9 == 0 ? ROOST_EAGAIN : 0;
}

/* A hosted task's scope that has nothing in it is over when it is closed; a fiber's when the others
 * have run. So they run here too, by another scope, of which no cancellation is seen. */
static int lets_run_first(actor *me, const op *it) {
  if (it->what != OP_CLOSE || me->open[me->depth - 1].is_group) return 0;
  me->has_let_run = !me->has_let_run;
  if (!me->has_let_run) return 0;
  /* C13a: what the body brought is judged now. */
  me->closes_with = close_rc(me, it);
  if (me->closes_with == ROOST_ECANCELED && roost_cancelled(handle_here(me)) == 0)
    me->closes_with = ROOST_ENOTCANCELLED;
  uint64_t scope = scope_of(me->key, "first", ROOST_ASK_SHIELD, 0);
  ask(.what = ROOST_ASK_CLOSE, .key = me->key, .node = scope, .value = ROOST_ASK_TELL);
  return 1;
}

static void ask_to_wait(actor *me, const op *it) {
  static const int asks_of[] = {[OP_SLEEP] = ROOST_ASK_SLEEP,
                                [OP_EVENT] = ROOST_ASK_EVENT,
                                [OP_PERMIT] = ROOST_ASK_PERMIT,
                                [OP_LOCK] = ROOST_ASK_LOCK,
                                [OP_SEND] = ROOST_ASK_SEND,
                                [OP_RECEIVE] = ROOST_ASK_RECEIVE,
                                [OP_AWAIT] = ROOST_ASK_END,
                                [OP_CLOSE] = ROOST_ASK_CLOSE,
                                [OP_CHECKPOINT] = ROOST_ASK_CHECKPOINT};
  int i = it->which % THINGS;
  roost_ask wanted = {.what = asks_of[it->what], .key = me->key};
  switch (it->what) {
  case OP_SLEEP: wanted.value = until(it); break;
  case OP_EVENT: wanted.node = events[i].id; break;
  case OP_PERMIT: wanted.node = limiters[i].id; break;
  case OP_LOCK: wanted.node = locks[i].id; break;
  case OP_SEND: wanted.node = channels[i].id, wanted.value = (uint64_t)me->id + 1; break;
  case OP_RECEIVE: wanted.node = channels[i].id; break;
  case OP_AWAIT: wanted.node = handle_of(it->which % node_count).id; break;
  case OP_CLOSE:
    wanted.node = node_keys[here(me)];
    wanted.rc = me->open[me->depth - 1].is_group ? close_rc(me, it) : me->closes_with;
    wanted.value = ROOST_ASK_TELL;
    break;
  }
  ask_for(wanted);
}

typedef struct brought {
  int64_t item, errors, caught;
} brought;

static int wait_in_fiber(actor *me, const op *it, brought *what) {
  int i = it->which % THINGS, rc = 0;
  void *item = NULL;
  roost_result result = {.size = sizeof result};
  switch (it->what) {
  case OP_SLEEP: return roost_sleep_until(until(it));
  case OP_CHECKPOINT: return roost_checkpoint();
  case OP_EVENT: return roost_await_event(events[i]);
  case OP_PERMIT: return roost_await_permit(limiters[i]);
  case OP_LOCK: return roost_await_lock(locks[i]);
  case OP_SEND: return roost_send(channels[i], (void *)((intptr_t)me->id + 1));
  case OP_RECEIVE:
    rc = roost_receive(channels[i], &item);
    what->item = (intptr_t)item;
    return rc;
  case OP_AWAIT: return roost_await_end(nodes[it->which % node_count]);
  case OP_CLOSE:
    rc = me->open[me->depth - 1].is_group
             ? roost_group_close(nodes[here(me)], close_rc(me, it), &result)
             : roost_scope_close(nodes[here(me)], close_rc(me, it), &result);
    what->errors = (int64_t)result.error_count;
    what->caught = result.cancelled_caught;
    roost_result_release(&result);
    return rc;
  }
  return rc;
}

static void look_at(actor *me, const op *it, int rc, const brought *what) {
  jot("%d.%d op%d %s %d %d%s", me->id, me->at, it->what, code_name(rc), (int)what->item,
      (int)what->errors, what->caught ? "^" : "");
  int i = it->which % THINGS;
  if (it->what == OP_PERMIT && rc == 0) me->permits[i]++;
  if (it->what == OP_LOCK && rc == 0) me->locks[i] = 1;
  if (it->what == OP_CLOSE) me->depth--;
  me->cut = rc == ROOST_ECANCELED;
}

static int answer(const actor *me) {
  int answers = scripts[me->script].answers;
  return me->cut ? ROOST_ECANCELED : me->is_cleanup && answers > 0 ? 0 : answers;
}
static void begin(actor *me, roost_task self) {
  me->task = self;
  jot("%d begins", me->id);
}
static int end(actor *me) {
  for (int i = 0; i < THINGS; i++) {
    if (by_host) flush();
    while (me->permits[i] > 0 && me->permits[i]--) roost_limiter_release(limiters[i]);
    if (me->locks[i]) roost_lock_release(locks[i], me->task);
  }
  jot("%d ends %s", me->id, code_name(answer(me)));
  return answer(me);
}

static int live_in_fiber(actor *me) {
  for (const struct script *script = &scripts[me->script]; me->at < script->count; me->at++) {
    const op *it = &script->ops[me->at];
    brought what = {0};
    if (waits(me, it))
      look_at(me, it, wait_in_fiber(me, it, &what), &what);
    else
      act_at_once(me, it);
  }
  return end(me);
}
static int be_fiber(roost_task self, void *data) {
  begin(data, self);
  return live_in_fiber(data);
}
static int be_cleanup(roost_task self, const roost_outcome *why, void *data) {
  (void)why;
  jot("cleans up");
  return be_fiber(self, data);
}

/* A checkpoint has been told when its turn came. Who was told before it, in the same batch, may
 * have cancelled it since; a fiber would see that (S1a). */
static int look_again(const actor *me, const op *it, int rc) {
  int is_checkpoint = it->what == OP_CHECKPOINT || (it->what == OP_SLEEP && it->time == 0);
  if (!is_checkpoint || rc != 0) return rc;
  flush();
  return roost_cancelled(handle_here(me)) == 1 ? ROOST_ECANCELED : 0;
}

static void be_routine(routine *it) {
  actor *me = &actors[it->data];
  const struct script *script = &scripts[me->script];
  if (it->line == 0) {
    if (it->name[0] == 'c') jot("cleans up");
    begin(me, it->task);
    it->line = 1;
  } else {
    brought what = {0};
    const op *waited = &script->ops[me->at];
    if (me->has_let_run) {
      (void)lets_run_first(me, waited);
      ask_to_wait(me, waited);
      it->waits = 1;
      return;
    }
    const roost_result *result = (const roost_result *)(uintptr_t)it->value;
    if (waited->what == OP_RECEIVE && it->rc == 0) what.item = (int64_t)it->value;
    if (waited->what == OP_CLOSE && result != NULL) {
      what.errors = (int64_t)result->error_count;
      what.caught = result->cancelled_caught;
    }
    look_at(me, waited, look_again(me, waited, it->rc), &what);
    me->at++;
  }
  for (; me->at < script->count; me->at++) {
    const op *next = &script->ops[me->at];
    if (waits(me, next)) {
      if (!lets_run_first(me, next)) ask_to_wait(me, next);
      it->waits = 1;
      return;
    }
    act_at_once(me, next);
  }
  it->answers = end(me);
}

/* ---------------------------------------------------------------------------------------------- */
/* Twice                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void open_things(void) {
  for (int i = 0; i < THINGS; i++) {
    CHECK(roost_event_open(rt, &events[i]) == 0, "no event");
    CHECK(roost_limiter_open(rt, 1 + (uint64_t)i, &limiters[i]) == 0, "no limiter");
    CHECK(roost_lock_open(rt, &locks[i]) == 0, "no lock");
    CHECK(roost_channel_open(rt, (uint64_t)i, NULL, &channels[i]) == 0, "no channel");
  }
}

static void take_all(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  CHECK(drive_on() == 0, "a turn from inside the loop fails");
}

static void play_program(void) {
  by_host = way != BY_FIBERS;
  used = 0, actor_count = node_count = 0;
  forget_routines();
  CHECK(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .report = say_nothing),
                           &rt) == 0,
        "no runtime");
  root = roost_root(rt);
  beginning = noted_at = roost_now(rt);
  open_things();
  const roost_host_options *options =
      &(roost_host_options){.size = sizeof *options, .ready = way == WITH_READY ? take_all : NULL};
  if (by_host) CHECK(roost_host_open(rt, options) == 0, "no host");
  keep(root, 0, NULL);
  actor nobody = {.depth = 0};
  for (int i = 0; i < 3; i++) spawn_actor(&nobody, &(op){.which = i});
  if (way == WITH_READY) flush();
  int64_t rc = way == BY_HOST ? drive_on() : roost_run(rt);
  jot("run: %s", code_name(rc));
  CHECK(roost_close(rt, 0, NULL, NULL, NULL) != ROOST_EALREADY, "it is closed");
  if (way == BY_HOST) (void)drive_on();
  clear_log();
}

/* The first line in which they differ. */
static void compare(const char *one, const char *two) {
  if (strcmp(one, two) == 0) return;
  size_t at = 0;
  while (one[at] == two[at]) at++;
  while (at > 0 && one[at - 1] != '\n') at--;
  CHECK(0, "fibers go on with\n%.60s\nand hosted tasks, in way %d, with\n%.60s", one + at, way,
        two + at);
}

static int shows;

static void run_program(void) {
  chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
  write_program();
  for (way = 0; way < WAYS; way++) {
    play_program();
    if (shows) printf("%s----\n", logs[way]);
    compare(logs[BY_FIBERS], logs[way]);
  }
}

static void random_programs(void **state) {
  seed = *(uint64_t *)*state;
  for (uint64_t last_seed = seed + PROGRAMS; seed < last_seed; seed++) run_program();
}

int main(int count, char **arguments) {
  if (count > 1) {
    uint64_t last_seed = strtoull(arguments[count - 1], NULL, 10);
    shows = count == 2;
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
  return cmocka_run_group_tests_name("host_random", tests, NULL, NULL);
}
