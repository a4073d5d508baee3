/* Random programs of events, limiters, locks, conditions and channels (S3, S3a, S3b, C3a, C4, C4a,
 * C12), beside a small model of them, written from the header: what every call answers, what every
 * wait is told, with which item and in which order, must be the same. A program follows from its
 * seed alone. A failure names the seed; `sync_random_test SEED` runs that one alone and tells of
 * every call, `sync_random_test FIRST LAST` runs many. */
#include "chance.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { PROGRAMS = 300, CALLS = 400, NODES = 4, PAIRS = 2, WAITS = CALLS, ROOM = 4096 };

static int tells;

#define TELL(...)                                                                                  \
  do {                                                                                             \
    if (tells) printf(__VA_ARGS__);                                                                \
  } while (0)

static void same(const char *what, int64_t actual, int64_t expected) {
  TELL("%s: %s\n", what, code_name(actual));
  if (actual != expected)
    fail_msg("seed %d: %s: %s, not %s", (int)seed, what, code_name(actual), code_name(expected));
}

/* ---------------------------------------------------------------------------------------------- */
/* The model                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

typedef enum kind { EVENT, LIMITER, LOCK, CONDITION, SEND, RECEIVE } kind;

/* A wait is in the queue of what it waits for, or in line for a lock that it had, or
 * was taken by a mark, or is over. */
typedef enum phase { QUEUED, IN_LINE, TAKEN, OVER } phase;

typedef struct waiter {
  roost_wait handle;
  kind kind;
  phase phase;
  int node, thing, rc;
  uintptr_t item;
  void *landed;
  int told;
} waiter;

static waiter waiters[WAITS];
static int waiter_count;

typedef struct queue {
  int entries[WAITS], count;
} queue;

static struct {
  roost_scope scope;
  int mark; /* what its waits are told: 0, ROOST_ECANCELED, ROOST_ESTOPPING */
} node[NODES];
static struct {
  roost_event handle;
  int is_set;
  queue queue;
} event[PAIRS];
static struct {
  roost_limiter handle;
  uint64_t permits, taken;
  queue queue;
} limiter[PAIRS];
static struct {
  roost_lock handle;
  int owner; /* a node; NOBODY, or DEAD */
  int since;
  queue queue;
} lock[PAIRS];
static struct {
  roost_condition handle;
  queue queue;
} condition[PAIRS]; /* each of the lock with its number */
static struct {
  roost_channel handle;
  uint64_t capacity, count;
  uintptr_t items[ROOM];
  int is_closed;
  queue queue;
} channel[PAIRS];
enum { NOBODY = -1, DEAD = -2 };
static int clock_of_owners;
static uintptr_t last_item;

/* What is to be told, and dropped, in that order. */
static int expected[2 * WAITS], expected_count, told_count;
static uintptr_t drops[ROOM];
static int drop_count, dropped_count, is_closing;

static void push(queue *it, int w) { it->entries[it->count++] = w; }

static void take_out(queue *it, int w) {
  int kept = 0;
  for (int i = 0; i < it->count; i++)
    if (it->entries[i] != w) it->entries[kept++] = it->entries[i];
  it->count = kept;
}

static int pop(queue *it) {
  int w = it->entries[0];
  take_out(it, w);
  return w;
}

static queue *queue_of(const waiter *it) {
  if (it->phase == IN_LINE) return &lock[it->thing].queue;
  switch (it->kind) {
  case EVENT: return &event[it->thing].queue;
  case LIMITER: return &limiter[it->thing].queue;
  case LOCK: return &lock[it->thing].queue;
  case CONDITION: return &condition[it->thing].queue;
  default: return &channel[it->thing].queue;
  }
}

static void end(int w, int rc) {
  waiters[w].phase = OVER;
  waiters[w].rc = rc;
  expected[expected_count++] = w;
}

static void end_all(queue *it, int rc) {
  while (it->count > 0) end(pop(it), rc);
}

static void own(int l, int n) {
  lock[l].owner = n;
  lock[l].since = ++clock_of_owners;
}

static void line_up(int w, int l) {
  if (lock[l].owner == NOBODY) {
    own(l, waiters[w].node);
    end(w, waiters[w].rc);
  } else {
    push(&lock[l].queue, w);
  }
}

static void release(int l) {
  lock[l].owner = NOBODY;
  if (lock[l].queue.count == 0) return;
  int w = pop(&lock[l].queue);
  line_up(w, l);
}

/* From the condition to the line for its lock. */
static void relock(int w, int rc) {
  take_out(&condition[waiters[w].thing].queue, w);
  waiters[w].phase = IN_LINE;
  waiters[w].rc = rc;
  line_up(w, waiters[w].thing);
}

static void give_permits(int l) {
  while (limiter[l].taken < limiter[l].permits && limiter[l].queue.count > 0) {
    limiter[l].taken++;
    end(pop(&limiter[l].queue), 0);
  }
}

static int first_is(int c, kind kind) {
  return channel[c].queue.count > 0 && waiters[channel[c].queue.entries[0]].kind == kind;
}

static int offer(int c, uintptr_t item) {
  if (channel[c].is_closed) return ROOST_ECLOSED;
  if (first_is(c, RECEIVE)) {
    int w = pop(&channel[c].queue);
    waiters[w].item = item;
    end(w, 0);
  } else if (channel[c].count < channel[c].capacity) {
    channel[c].items[channel[c].count++] = item;
  } else {
    return ROOST_EAGAIN;
  }
  return 0;
}

static int fetch(int c, uintptr_t *item) {
  if (channel[c].count > 0) {
    *item = channel[c].items[0];
    channel[c].count--;
    for (uint64_t i = 0; i < channel[c].count; i++) channel[c].items[i] = channel[c].items[i + 1];
  } else if (first_is(c, SEND)) {
    int w = pop(&channel[c].queue);
    *item = waiters[w].item;
    end(w, 0);
    return 0;
  } else {
    return channel[c].is_closed ? ROOST_ECLOSED : ROOST_EAGAIN;
  }
  if (first_is(c, SEND)) {
    int w = pop(&channel[c].queue);
    channel[c].items[channel[c].count++] = waiters[w].item;
    end(w, 0);
  }
  return 0;
}

static void mark(int n, int rc) {
  node[n].mark = rc;
  for (int w = 0; w < waiter_count; w++) {
    if (waiters[w].node != n || waiters[w].phase != QUEUED) continue;
    if (waiters[w].kind == CONDITION) {
      relock(w, rc);
    } else {
      take_out(queue_of(&waiters[w]), w);
      end(w, rc);
      waiters[w].phase = TAKEN;
    }
  }
}

/* One that a mark has taken may be taken back until it is told. */
static int take_back(int w) {
  if (waiters[w].phase == TAKEN && !waiters[w].told) {
    int kept = 0;
    for (int i = 0; i < expected_count; i++)
      if (expected[i] != w) expected[kept++] = expected[i];
    expected_count = kept;
  } else if (waiters[w].phase == QUEUED || waiters[w].phase == IN_LINE) {
    take_out(queue_of(&waiters[w]), w);
  } else {
    return ROOST_ESTALE;
  }
  waiters[w].phase = OVER;
  return 0;
}

/* Nobody can have it any more. */
static void end_lock(int l, int rc) {
  end_all(&lock[l].queue, rc);
  end_all(&condition[l].queue, rc);
}

static void end_node(int n) {
  for (int w = 0; w < waiter_count; w++)
    if (waiters[w].node == n) (void)take_back(w);
  for (;;) {
    int next = -1;
    for (int l = 0; l < PAIRS; l++)
      if (lock[l].owner == n && (next < 0 || lock[l].since < lock[next].since)) next = l;
    if (next < 0) break;
    lock[next].owner = DEAD;
    end_lock(next, ROOST_EOWNERDEAD);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* What the library does                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static uv_loop_t loop;

static void told(roost_wait handle, int rc, void *data) {
  waiter *it = data;
  (void)handle;
  same("told", rc, it->rc);
  if (told_count >= expected_count || &waiters[expected[told_count]] != it)
    fail_msg("seed %d: a wait is told that is not the next", (int)seed);
  told_count++;
  it->told++;
  if (it->kind == RECEIVE && rc == 0)
    same("received", (int64_t)(uintptr_t)it->landed, (int64_t)it->item);
  else
    assert_null(it->landed);
}

static void drop_item(void *item) {
  if (!is_closing) same("dropped", (int64_t)(uintptr_t)item, (int64_t)drops[dropped_count]);
  dropped_count++;
}

/* All that is over is told, and nothing else. */
static void turn(void) {
  for (int i = 0; i < 5; i++) (void)uv_run(&loop, UV_RUN_NOWAIT);
  same("told", told_count, expected_count);
}

static void open_node(int n) {
  assert_int_equal(roost_scope_open(root, ROOST_SCOPE(.until_stopping = 1), &node[n].scope), 0);
  node[n].mark = 0;
}

static void open_event(int i) {
  assert_int_equal(roost_event_open(rt, &event[i].handle), 0);
  event[i].is_set = 0;
}

static void open_limiter(int i) {
  limiter[i].permits = (uint64_t)upto(4);
  limiter[i].taken = 0;
  assert_int_equal(roost_limiter_open(rt, limiter[i].permits, &limiter[i].handle), 0);
}

static void open_condition(int i) {
  assert_int_equal(roost_condition_open(lock[i].handle, &condition[i].handle), 0);
}

static void open_lock(int i) {
  assert_int_equal(roost_lock_open(rt, &lock[i].handle), 0);
  lock[i].owner = NOBODY;
  open_condition(i);
}

static void open_channel(int i) {
  static const uint64_t capacities[] = {0, 0, 1, 2, 3, 20, UINT64_MAX};
  channel[i].capacity = capacities[upto((int)COUNT(capacities))];
  channel[i].count = 0;
  channel[i].is_closed = 0;
  assert_int_equal(roost_channel_open(rt, channel[i].capacity, drop_item, &channel[i].handle), 0);
}

static waiter *new_waiter(kind kind, int n, int thing) {
  waiter *it = &waiters[waiter_count++];
  *it = (waiter){.kind = kind, .node = n, .thing = thing, .item = ++last_item};
  return it;
}

/* It has begun: what it takes, or where it waits. */
static void begun(waiter *it) {
  int w = (int)(it - waiters), rc = node[it->node].mark, i = it->thing;
  if (it->kind == CONDITION) {
    push(&condition[i].queue, w);
    release(i);
    if (rc != 0) relock(w, rc);
    return;
  }
  if (rc == 0) {
    switch (it->kind) {
    case EVENT: rc = event[i].is_set ? 0 : ROOST_EAGAIN; break;
    case LIMITER: rc = limiter[i].taken < limiter[i].permits ? 0 : ROOST_EAGAIN; break;
    case LOCK:
      rc = lock[i].owner == DEAD ? ROOST_EOWNERDEAD : lock[i].owner == NOBODY ? 0 : ROOST_EAGAIN;
      break;
    case SEND: rc = offer(i, it->item); break;
    default: rc = fetch(i, &it->item);
    }
    if (rc == 0 && it->kind == LIMITER) limiter[i].taken++;
    if (rc == 0 && it->kind == LOCK) own(i, it->node);
  }
  if (rc == ROOST_EAGAIN)
    push(queue_of(it), w);
  else
    end(w, rc);
  if (node[it->node].mark != 0) it->phase = TAKEN;
}

static void begin_a_wait(kind kind, int n, int i) {
  waiter *it = new_waiter(kind, n, i);
  roost_scope in = node[n].scope;
  int rc = 0, answer = 0;
  switch (kind) {
  case EVENT: rc = roost_event_wait(event[i].handle, in, told, it, NULL, &it->handle); break;
  case LIMITER:
    rc = roost_limiter_acquire(limiter[i].handle, in, told, it, NULL, &it->handle);
    break;
  case LOCK:
    rc = roost_lock_acquire(lock[i].handle, in, told, it, NULL, &it->handle);
    answer = lock[i].owner == n ? ROOST_EDEADLK : 0;
    break;
  case CONDITION:
    rc = roost_condition_wait(condition[i].handle, in, told, it, NULL, &it->handle);
    answer = lock[i].owner == n ? 0 : ROOST_EORDER;
    break;
  case SEND:
    rc = roost_channel_send(channel[i].handle, in, (void *)it->item, told, it, NULL, &it->handle);
    break;
  case RECEIVE:
    rc = roost_channel_receive(channel[i].handle, in, &it->landed, told, it, NULL, &it->handle);
    break;
  }
  same("a wait begins", rc, answer);
  if (rc == 0)
    begun(it);
  else
    waiter_count--;
}

/* ---------------------------------------------------------------------------------------------- */
/* Calls                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void use_event(int i) {
  if (one_in(3)) {
    same("set", roost_event_set(event[i].handle), event[i].is_set ? ROOST_ALREADY : 0);
    event[i].is_set = 1;
    end_all(&event[i].queue, 0);
  } else if (one_in(5)) {
    same("destroy event", roost_event_destroy(event[i].handle), 0);
    end_all(&event[i].queue, ROOST_ECLOSED);
    open_event(i);
  } else {
    same("is set", roost_event_is_set(event[i].handle), event[i].is_set);
  }
}

static void use_limiter(int i) {
  int is_free = limiter[i].taken < limiter[i].permits;
  switch (upto(6)) {
  case 0:
    same("try permit", roost_limiter_try_acquire(limiter[i].handle), is_free ? 0 : ROOST_EAGAIN);
    limiter[i].taken += (uint64_t)is_free;
    break;
  case 1:
    limiter[i].permits = (uint64_t)upto(5);
    same("resize", roost_limiter_resize(limiter[i].handle, limiter[i].permits), 0);
    give_permits(i);
    break;
  case 2:
    if (upto(4) != 0) break;
    same("destroy limiter", roost_limiter_destroy(limiter[i].handle), 0);
    end_all(&limiter[i].queue, ROOST_ECLOSED);
    open_limiter(i);
    break;
  default:
    same("release permit", roost_limiter_release(limiter[i].handle),
         limiter[i].taken > 0 ? 0 : ROOST_EORDER);
    if (limiter[i].taken > 0) limiter[i].taken--;
    give_permits(i);
  }
}

static int try_lock(int i, int n) {
  if (lock[i].owner == n) return ROOST_EDEADLK;
  if (lock[i].owner == DEAD) return ROOST_EOWNERDEAD;
  if (lock[i].owner != NOBODY) return ROOST_EAGAIN;
  own(i, n);
  return 0;
}

static void destroy_lock(int i) {
  same("destroy lock", roost_lock_destroy(lock[i].handle), 0);
  end_lock(i, ROOST_ECLOSED);
  same("destroy its condition", roost_condition_destroy(condition[i].handle), 0);
  open_lock(i);
}

static void use_lock(int i, int n) {
  if (upto(lock[i].owner == DEAD ? 4 : 25) == 0) {
    destroy_lock(i);
  } else if (one_in(3)) {
    int rc = roost_lock_try_acquire(lock[i].handle, node[n].scope);
    same("try lock", rc, try_lock(i, n));
  } else {
    if (upto(3) != 0 && lock[i].owner >= 0) n = lock[i].owner;
    int owns = lock[i].owner == n;
    same("release", roost_lock_release(lock[i].handle, node[n].scope), owns ? 0 : ROOST_EORDER);
    if (owns) release(i);
  }
}

static void use_condition(int i) {
  if (one_in(8)) {
    same("destroy condition", roost_condition_destroy(condition[i].handle), 0);
    while (condition[i].queue.count > 0) relock(condition[i].queue.entries[0], ROOST_ECLOSED);
    open_condition(i);
    return;
  }
  static const uint64_t counts[] = {0, 1, 1, 2, UINT64_MAX};
  uint64_t count = counts[upto((int)COUNT(counts))];
  same("notify", roost_condition_notify(condition[i].handle, count), 0);
  for (; count > 0 && condition[i].queue.count > 0; count--)
    relock(condition[i].queue.entries[0], 0);
}

static void try_receive(int i) {
  void *item = NULL;
  uintptr_t wanted = 0;
  int rc = roost_channel_try_receive(channel[i].handle, &item);
  same("try receive", rc, fetch(i, &wanted));
  same("received", (int64_t)(uintptr_t)item, (int64_t)wanted);
}

static void use_channel(int i) {
  int rc = 0;
  switch (upto(12)) {
  case 0:
    same("close channel", roost_channel_close(channel[i].handle),
         channel[i].is_closed ? ROOST_ALREADY : 0);
    channel[i].is_closed = 1;
    end_all(&channel[i].queue, ROOST_ECLOSED);
    break;
  case 1:
    for (uint64_t k = 0; k < channel[i].count; k++) drops[drop_count++] = channel[i].items[k];
    same("destroy channel", roost_channel_destroy(channel[i].handle), 0);
    same("dropped", dropped_count, drop_count);
    end_all(&channel[i].queue, ROOST_ECLOSED);
    open_channel(i);
    break;
  case 2:
  case 3:
  case 4:
  case 5:
    rc = roost_channel_try_send(channel[i].handle, (void *)++last_item);
    same("try send", rc, offer(i, last_item));
    break;
  default: try_receive(i);
  }
}

static void use_node(int n) {
  switch (upto(3)) {
  case 0:
    same("cancel", roost_cancel(node[n].scope, NULL),
         node[n].mark == ROOST_ECANCELED ? ROOST_ALREADY : 0);
    if (node[n].mark != ROOST_ECANCELED) mark(n, ROOST_ECANCELED);
    break;
  case 1:
    if (node[n].mark != 0) break;
    same("shut down", roost_shutdown(node[n].scope, ROOST_FOREVER), 0);
    mark(n, ROOST_ESTOPPING);
    break;
  default:
    turn();
    same("join", roost_join(node[n].scope, 0, NULL, NULL, NULL), 0);
    end_node(n);
    turn();
    open_node(n);
  }
}

static void call(void) {
  int n = upto(NODES), i = upto(PAIRS);
  switch (upto(20)) {
  case 0: use_event(i); break;
  case 1:
  case 2: use_limiter(i); break;
  case 3:
  case 4:
  case 5: use_lock(i, n); break;
  case 6: use_condition(i); break;
  case 7:
  case 8: use_channel(i); break;
  case 9:
    if (one_in(3)) use_node(n);
    break;
  case 10: turn(); break;
  case 11:
  case 12:
    if (waiter_count == 0) break;
    n = waiter_count - 1 - upto(waiter_count < 20 ? waiter_count : 20);
    same("unwait", roost_unwait(waiters[n].handle), take_back(n));
    break;
  default: begin_a_wait((kind)upto(6), n, i);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Programs                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void open_all(void) {
  waiter_count = expected_count = told_count = drop_count = dropped_count = 0;
  clock_of_owners = is_closing = 0;
  last_item = 0;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.loop = &loop), &rt), 0);
  root = roost_root(rt);
  for (int n = 0; n < NODES; n++) open_node(n);
  for (int i = 0; i < PAIRS; i++) {
    event[i].queue.count = limiter[i].queue.count = lock[i].queue.count = 0;
    condition[i].queue.count = channel[i].queue.count = 0;
    open_event(i);
    open_limiter(i);
    open_lock(i);
    open_channel(i);
  }
}

/* All who wait are cancelled, and those in line get their locks. */
static void close_all(void) {
  for (int n = 0; n < NODES; n++) {
    (void)roost_cancel(node[n].scope, NULL);
    if (node[n].mark != ROOST_ECANCELED) mark(n, ROOST_ECANCELED);
  }
  for (int i = 0; i < PAIRS; i++)
    while (lock[i].queue.count > 0) {
      same("release", roost_lock_release(lock[i].handle, node[lock[i].owner].scope), 0);
      release(i);
    }
  turn();
  for (int i = 0; i < PAIRS; i++)
    for (uint64_t k = 0; k < channel[i].count; k++) drops[drop_count++] = channel[i].items[k];
  is_closing = 1;
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  same("told at the end", told_count, expected_count);
  same("dropped", dropped_count, drop_count);
  assert_int_equal(uv_loop_close(&loop), 0);
  for (int w = 0; w < waiter_count; w++) assert_in_range(waiters[w].told, 0, 1);
}

static void play(uint64_t number) {
  seed = number;
  chance = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
  open_all();
  for (int i = 0; i < CALLS; i++) call();
  close_all();
}

static uint64_t first = 1, last_seed = PROGRAMS;

/* S3, S3a, S3b, C3a, C4, C4a, C12 */
static void random_programs_do_as_the_model(void **state) {
  (void)state;
  for (uint64_t number = first; number <= last_seed; number++) play(number);
}

int main(int count, char **arguments) {
  if (count > 1) first = last_seed = strtoull(arguments[1], NULL, 10);
  if (count > 2) last_seed = strtoull(arguments[2], NULL, 10);
  tells = count == 2;
  const struct CMUnitTest tests[] = {cmocka_unit_test(random_programs_do_as_the_model)};
  return cmocka_run_group_tests_name("sync_random", tests, NULL, NULL);
}
