/* A host in C: what the tests of hosted bodies share. Its coroutines are *routines*, functions that
 * go on where they stopped:
 *
 *     static void body(routine *me) {
 *       BEGIN;
 *       g = GROUP("g");
 *       hosted(g, "a", .lasts = SECONDS(1));
 *       SLEEP(SECONDS(2));         // me->rc: what the wait has answered
 *       CLOSE(g, me->rc);          // and what the closing has, which is logged too
 *       END;
 *     }
 *
 * A routine ends with `me->answers` where its function returns without a wait. What it keeps over
 * a wait is static, or in `me`. Beside the words of support.h the log has
 *
 *     a=EIO:failed     the end of a was told (ROOST_TOLD_ENDED)
 *     a.posted         ... was posted
 *     a.dropped        ... was dropped
 *     a?2=EKIND        ROOST_ASK_FINISH for a was refused
 */
#ifndef HOSTS_H
#define HOSTS_H

#include "fibers.h"

#include <roost_host.h>

typedef struct routine {
  const char *name;
  void (*fn)(struct routine *me); /* NULL: it naps, with `a+`, and `a-` or `a!` */
  int64_t lasts;                  /* of a nap; 0: it ends at once */
  int64_t answers;                /* when nothing cuts it short */
  uint64_t daemon;
  uint64_t tells; /* its end is told */
  uint64_t data;

  uint64_t key;
  roost_task task;
  int line, waits; /* where it goes on, and that it does not end */
  int ended;       /* it has asked for its end itself */
  int rc;          /* of its latest wait; of a cleanup at first, how its node has ended */
  uint64_t value;
  uint64_t closing;
  roost_group_options options; /* of a group, which must be there until it is opened */
  int drops;
} routine;

enum { KEYS = 20000, ASKS = 20000 };
static routine routines[KEYS];
static uint64_t keys; /* the greatest that is used */
static roost_ask asked[ASKS];
static uint64_t asks;
static const roost_told *told;

/* ---------------------------------------------------------------------------------------------- */
/* Asking                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static inline uint64_t new_key(const routine *like) {
  uint64_t key = ++keys;
  assert_true(key < KEYS);
  routines[key] = *like;
  routines[key].key = key;
  return key;
}
#define key_of(...) new_key(&(routine){.name = __VA_ARGS__})
#define KEY(key) ((void *)(uintptr_t)(key))

static inline void ask_for(roost_ask ask) {
  assert_true(asks < ASKS);
  asked[asks++] = ask;
}
#define ask(...) ask_for((roost_ask){__VA_ARGS__})

/* Before a call that is to find done what was asked. */
static inline void flush(void) {
  uint64_t count = asks;
  asks = 0;
  assert_int_equal(roost_host_submit(rt, asked, count), 0);
}
static inline roost_node node_of(uint64_t key) { return roost_host_node(rt, key); }

/* Spawns a routine into the group of that key. */
static inline uint64_t spawn_routine(uint64_t group, const routine *like) {
  uint64_t key = new_key(like);
  ask(.what = ROOST_ASK_SPAWN, .rc = like->daemon ? ROOST_ASK_DAEMON : 0, .key = key, .node = group,
      .value = (uintptr_t)like->name);
  return key;
}
#define hosted(group, ...) spawn_routine(group, &(routine){.name = __VA_ARGS__})

static inline void finish(routine *me, int rc) {
  ask(.what = ROOST_ASK_FINISH, .rc = rc, .key = me->key, .node = me->tells ? ROOST_ASK_TELL : 0);
  me->ended = 1;
}

/* A group that an ordinary call opens, and whose key it is given. */
static inline uint64_t bind_key(const char *name, roost_node node) {
  uint64_t key = key_of(name);
  assert_int_equal(roost_host_bind(rt, key, node), 0);
  return key;
}
static inline uint64_t group_in(roost_node parent, const roost_group_options *options) {
  return bind_key(options->name, open_group(parent, options));
}
#define group_key(...) group_in(root, ROOST_GROUP(.name = __VA_ARGS__))

static inline uint64_t group_of(uint64_t task, const roost_group_options *options) {
  uint64_t key = key_of(options->name);
  routines[key].options = *options;
  ask(.what = ROOST_ASK_GROUP, .key = key, .node = task,
      .value = (uintptr_t)&routines[key].options);
  return key;
}
static inline uint64_t scope_of(uint64_t task, const char *name, int flags, uint64_t deadline) {
  uint64_t key = key_of(name);
  ask(.what = ROOST_ASK_SCOPE, .rc = flags, .key = key, .node = task, .value = deadline);
  return key;
}
#define GROUP(...) group_of(me->key, ROOST_GROUP(.name = __VA_ARGS__))
#define SCOPE(name) scope_of(me->key, name, 0, 0)
#define SHIELD(name) scope_of(me->key, name, ROOST_ASK_SHIELD, 0)
#define FAIL_AFTER(name, ns) scope_of(me->key, name, 0, moment(ns))
#define MOVE_ON_AFTER(name, ns) scope_of(me->key, name, ROOST_ASK_MOVE_ON, moment(ns))

static inline void cancel_key(uint64_t key) { ask(.what = ROOST_ASK_CANCEL, .key = key); }
static inline void cancel_now(uint64_t key) {
  assert_int_equal(roost_cancel(node_of(key), NULL), 0);
}

static inline uint64_t moment(int64_t ns) {
  return ns == ROOST_FOREVER ? (uint64_t)ROOST_FOREVER : roost_now(rt) + (uint64_t)ns;
}

/* A cleanup that is a routine. */
static inline uint64_t defer_routine(roost_node node, const routine *like) {
  uint64_t key = new_key(like);
  assert_int_equal(roost_defer(node, roost_host_clean, KEY(key), NULL), 0);
  return key;
}
#define hosted_cleanup(node, ...) defer_routine(node, &(routine){.name = __VA_ARGS__})

/* ---------------------------------------------------------------------------------------------- */
/* Routines                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

#define BEGIN                                                                                      \
  switch (me->line) {                                                                              \
  case 0:
#define END }
/* What was asked, or begun by an ordinary call, will be told. */
#define PARK                                                                                       \
  do {                                                                                             \
    me->line = __LINE__;                                                                           \
    me->waits = 1;                                                                                 \
    return;                                                                                        \
  case __LINE__:;                                                                                  \
  } while (0)
#define WAIT(...)                                                                                  \
  ask(.key = me->key, __VA_ARGS__);                                                                \
  PARK
#define SLEEP(ns) WAIT(.what = ROOST_ASK_SLEEP, .value = moment(ns))
#define CHECKPOINT WAIT(.what = ROOST_ASK_CHECKPOINT)
#define AWAIT_END(of) WAIT(.what = ROOST_ASK_END, .node = (of).id)
#define AWAIT_EVENT(event) WAIT(.what = ROOST_ASK_EVENT, .node = (event).id)
#define AWAIT_PERMIT(limiter) WAIT(.what = ROOST_ASK_PERMIT, .node = (limiter).id)
#define AWAIT_LOCK(lock) WAIT(.what = ROOST_ASK_LOCK, .node = (lock).id)
#define AWAIT_CONDITION(condition) WAIT(.what = ROOST_ASK_CONDITION, .node = (condition).id)
#define SEND(channel, item)                                                                        \
  WAIT(.what = ROOST_ASK_SEND, .node = (channel).id, .value = (uintptr_t)(item))
#define RECEIVE(channel) WAIT(.what = ROOST_ASK_RECEIVE, .node = (channel).id)
#define CLOSE(block, code)                                                                         \
  me->closing = (block);                                                                           \
  WAIT(.what = ROOST_ASK_CLOSE, .node = me->closing, .rc = (code), .value = ROOST_ASK_TELL)
/* Of a scope, whose closing nobody is told. */
#define LEAVE(block, code)                                                                         \
  ask(.what = ROOST_ASK_CLOSE, .key = me->key, .node = (block), .rc = (code))
#define RETURN(code)                                                                               \
  do {                                                                                             \
    me->answers = (code);                                                                          \
    return;                                                                                        \
  } while (0)

static inline const char *state_name(int64_t state) {
  static const char *const states[] = {"alive", "completed", "failed", "cancelled"};
  return state >= 0 && state < 4 ? states[state] : "?";
}

static inline void nap_on(routine *me, int is_cleanup) {
  BEGIN;
  if (is_cleanup)
    note("%s:%s", me->name, state_name(me->rc));
  else
    note("%s+", me->name);
  if (me->lasts == 0) return;
  SLEEP(me->lasts);
  note("%s%s", me->name, me->rc < 0 ? "!" : "-");
  if (me->rc < 0) me->answers = me->rc;
  END;
}

static inline void go_on(routine *me, int is_cleanup) {
  me->waits = 0;
  if (me->fn == NULL)
    nap_on(me, is_cleanup);
  else
    me->fn(me);
  if (!me->waits && !me->ended) finish(me, (int)me->answers);
}

static inline void log_closed(const routine *me, const roost_told *it) {
  const char *name = routines[me->closing].name;
  const roost_result *result = (const roost_result *)(uintptr_t)it->value;
  if (result != NULL) {
    if (result->code != it->code) note("answers:%s", code_name(it->code));
    log_result(result->node, result, (void *)(uintptr_t)name);
    return;
  }
  last = (last_result){.state = ROOST_COMPLETED};
  note("%s=%s", name, code_name(it->code));
}

/* What a test looks at that resumes nobody. */
static inline void be_told(const roost_told *it) {
  routine *me = &routines[it->key < KEYS ? it->key : 0];
  const char *name = me->name == NULL ? "nobody" : me->name;
  switch (it->what) {
  case ROOST_TOLD_BEGIN:
  case ROOST_TOLD_CLEAN:
    me->task.id = it->value;
    me->rc = it->code;
    go_on(me, it->what == ROOST_TOLD_CLEAN);
    return;
  case ROOST_TOLD_CLOSED:
  case ROOST_TOLD_WAKE:
    if (me->name == NULL || me->task.id == 0 || me->ended || (!me->waits && me->line != 0)) {
      note("%s!%s", name, code_name(it->code)); /* of a wait that was never begun */
      return;
    }
    if (it->what == ROOST_TOLD_CLOSED) log_closed(me, it);
    me->rc = it->code;
    me->value = it->value;
    go_on(me, 0);
    return;
  case ROOST_TOLD_ENDED:
    note("%s=%s:%s", name, code_name(it->code), state_name((int64_t)it->value));
    return;
  case ROOST_TOLD_POSTED: note("%s.posted", name); return;
  case ROOST_TOLD_DROPPED:
    note("%s.dropped", name);
    assert_int_equal(++me->drops, 1);
    return;
  case ROOST_TOLD_REFUSED: note("%s?%d=%s", name, (int)it->value, code_name(it->code)); return;
  default: fail_msg("told %d", it->what);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Turning                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* One turn, and all that it tells. */
static inline int64_t turn_host(void) {
  uint64_t count = asks;
  asks = 0;
  int64_t rc = roost_host_turn(rt, asked, count, &told);
  /* What is told stays as it is until the next turn, whatever is asked meanwhile. */
  for (int64_t i = 0; i < rc; i++) be_told(&told[i]);
  return rc;
}

/* Turns until there is nothing more, and answers how that ended. */
static inline int64_t drive_on(void) {
  int64_t rc;
  do rc = turn_host();
  while (rc > 0);
  return rc;
}
static inline void drive(void) { assert_int_equal(drive_on(), 0); }

/* One routine in the root, and all that comes of it. */
static inline void play_routine(void (*fn)(routine *me)) {
  hosted(0, "main", .fn = fn);
  drive();
}

static inline void forget_routines(void) {
  memset(routines, 0, (keys + 1) * sizeof *routines);
  keys = asks = 0;
}

static inline int open_host(void **state) {
  forget_routines();
  if (open_runtime(state) != 0) return -1;
  int rc = roost_host_open(rt, NULL);
  if (rc != 0) print_error("roost_host_open: %s, %s\n", code_name(rc), roost_last_error());
  return rc;
}

/* Closes rt at once, and answers what the turns did in the end; then there is nothing to close. */
static inline int64_t close_host_now(void) {
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  int64_t rc = drive_on();
  assert_int_equal(roost_host_turn(rt, NULL, 0, &told), ROOST_ESTALE);
  rt.id = 0;
  return rc;
}

/* Whatever a test has left, it ends. */
static inline void give_up(void) {
  (void)roost_close(rt, 0, NULL, NULL, NULL);
  asks = 0;
  for (uint64_t key = 1; key <= keys; key++) ask(.what = ROOST_ASK_FINISH, .key = key);
  flush();
  for (int64_t count; (count = roost_host_turn(rt, NULL, 0, &told)) > 0;) {
    for (int64_t i = 0; i < count; i++)
      if (told[i].what <= ROOST_TOLD_CLOSED)
        ask(.what = ROOST_ASK_FINISH, .key = told[i].key,
            .rc = told[i].code < 0 ? told[i].code : 0);
    flush();
  }
  rt.id = 0;
}

static inline int close_host(void **state) {
  if (rt.id != 0) give_up();
  return close_runtime(state);
}
#define HOST(function) cmocka_unit_test_setup_teardown(function, open_host, close_host)

#endif
