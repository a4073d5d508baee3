/* valgrind: no */
/* A storm (C14, C14a, C14c, S5, S8a): eight threads cancel, shut down, wake, release, post and ask,
 * with handles that live, have ended, belong to another runtime, name another kind of thing or were
 * never given, while runtimes open and close on two other threads, one with loops of their own, one
 * with borrowed ones. Whatever meets:
 *
 *     every post that was accepted runs once and is dropped once, any other is dropped at once;
 *     every task that was spawned ends, every cleanup runs, and each drop is called once;
 *     nothing of the program's runs on another thread than its runtime's.
 *
 * What each thread does follows from a seed, and is bounded by counting; which thread comes first
 * is up to the system. */
#include "support.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { THREADS = 8, CALLS = 60000, BOARD = 4096, LIFE = 40, POPULATION = 40 };

#define CHECK(condition, ...)                                                                      \
  do {                                                                                             \
    if (condition) break;                                                                          \
    fprintf(stderr, __VA_ARGS__);                                                                  \
    fputc('\n', stderr);                                                                           \
    abort(); /* cmocka's way out is the first thread's alone */                                    \
  } while (0)

/* Chance, of each thread its own: xorshift. */
typedef struct dice {
  uint64_t state;
} dice;

static uint64_t draw(dice *dice) {
  dice->state ^= dice->state << 13;
  dice->state ^= dice->state >> 7;
  dice->state ^= dice->state << 17;
  return dice->state;
}
static int upto(dice *dice, int n) { return (int)((draw(dice) >> 20) % (uint64_t)n); }

/* Handles of everything there ever was: what is written over is forgotten. */
static _Atomic uint64_t board[BOARD];
static atomic_uint_fast32_t board_next;
/* The two runtimes that are open now, and the threads that they belong to. */
static _Atomic uint64_t open_now[2];
static atomic_int is_over;

static void publish(uint64_t id) {
  if (id == 0) return;
  uint_fast32_t at = atomic_fetch_add_explicit(&board_next, 1, memory_order_relaxed) % BOARD;
  atomic_store_explicit(&board[at], id, memory_order_relaxed);
}

/* The latest are the liveliest. */
static uint64_t any_handle(dice *dice) {
  uint64_t now = atomic_load_explicit(&board_next, memory_order_relaxed);
  uint64_t back = (uint64_t)upto(dice, upto(dice, 4) == 0 ? BOARD : 200) + 1;
  uint64_t id = atomic_load_explicit(&board[(now + BOARD - back) % BOARD], memory_order_relaxed);
  switch (upto(dice, 40)) {
  case 0: return 0;
  case 1: return draw(dice);
  case 2: return id ^ (uint64_t)1 << upto(dice, 64);
  case 3: return id ^ (uint64_t)upto(dice, 64) << 58; /* of another kind */
  default: return id;
  }
}

static uint64_t any_runtime(dice *dice) {
  if (upto(dice, 4) == 0) return any_handle(dice);
  return atomic_load_explicit(&open_now[upto(dice, 2)], memory_order_relaxed);
}

/* ---------------------------------------------------------------------------------------------- */
/* What is counted                                                                                */
/* ---------------------------------------------------------------------------------------------- */

static atomic_long accepted, refused, posts_run, posts_dropped;
static atomic_long spawned, tasks_dropped, deferred, cleanups_run, cleanups_dropped;
static atomic_long waits_begun, waits_dropped, blocking_begun, lives;

static void count(atomic_long *counter) {
  atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}
static long counted(atomic_long *counter) {
  return atomic_load_explicit(counter, memory_order_relaxed);
}

/* ---------------------------------------------------------------------------------------------- */
/* The runtimes and what is in them                                                               */
/* ---------------------------------------------------------------------------------------------- */

/* One of the two threads that open and close runtimes; `side` is which. */
typedef struct keeper {
  dice dice;
  int side;
  int posts_left; /* the runtime is closed when so many were called */
  roost_runtime runtime;
  roost_event event;
  roost_limiter limiter;
  roost_lock lock;
  roost_channel channel;
} keeper;

static _Thread_local keeper *here; /* NULL on the storm's threads */

typedef struct thing {
  keeper *owner;
  roost_task self;
  int is_over;
} thing;

static thing *new_thing(void) {
  thing *it = calloc(1, sizeof *it);
  it->owner = here;
  return it;
}

static void drop_thing(thing *it, atomic_long *counter) {
  CHECK(here == it->owner, "a drop on another thread");
  count(counter);
  free(it);
}
static void drop_task(void *data) { drop_thing(data, &tasks_dropped); }
static void drop_cleanup(void *data) { drop_thing(data, &cleanups_dropped); }
static void drop_wait(void *data) { drop_thing(data, &waits_dropped); }

static int clean(roost_task self, const roost_outcome *why, void *data) {
  thing *it = data;
  publish(self.id);
  CHECK(here == it->owner && why->state != ROOST_ALIVE, "a cleanup on another thread, or too soon");
  count(&cleanups_run);
  return upto(&here->dice, 20) == 0 ? ROOST_EIO : 0;
}

/* The wait of a task has ended, and so does the task. */
static void told(roost_wait wait, int rc, void *data) {
  thing *it = data;
  (void)wait;
  CHECK(here == it->owner, "a wait's end on another thread");
  int answer = roost_finish(it->self, rc < 0 ? rc : 0, NULL, NULL);
  CHECK(answer == 0 || answer == ROOST_EALREADY || answer == ROOST_ESTALE, "finish answers %d",
        answer);
}

static void told_locked(roost_wait wait, int rc, void *data) {
  thing *it = data;
  if (rc == 0) (void)roost_lock_release(here->lock, it->self); /* unless it was destroyed */
  told(wait, rc, data);
}

static int stop(roost_wait wait, void *data) {
  CHECK(here == ((thing *)data)->owner, "an abort on another thread");
  if (upto(&here->dice, 2)) return 0;
  (void)roost_wake(wait, ROOST_ECANCELED); /* unless another thread was faster */
  return ROOST_PENDING;
}

/* A step of each kind of waiting. */
static int start(roost_task self, void *data) {
  keeper *owner = ((thing *)data)->owner;
  CHECK(here == owner, "a task on another thread");
  publish(self.id);
  roost_wait wait = {0};
  thing *it = new_thing();
  int rc;
  it->self = self;
  if (upto(&owner->dice, 4) == 0) {
    count(&deferred);
    rc = roost_defer(self, clean, new_thing(), drop_cleanup);
    CHECK(rc == 0, "defer answers %d", rc);
  }
  count(&waits_begun);
  switch (upto(&owner->dice, 8)) {
  case 0: rc = roost_park(self, stop, told, it, drop_wait, &wait); break;
  case 1: rc = roost_event_wait(owner->event, self, told, it, drop_wait, &wait); break;
  case 2: rc = roost_limiter_acquire(owner->limiter, self, told, it, drop_wait, &wait); break;
  case 3: rc = roost_lock_acquire(owner->lock, self, told_locked, it, drop_wait, &wait); break;
  case 4: rc = roost_channel_send(owner->channel, self, NULL, told, it, drop_wait, &wait); break;
  case 5: rc = roost_after(self, ROOST_FOREVER, told, it, drop_wait, &wait); break;
  default: rc = roost_park(self, NULL, told, it, drop_wait, &wait);
  }
  publish(wait.id);
  /* What it waits for may have been released. */
  return rc < 0 ? rc : ROOST_PENDING;
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  thing *it = data;
  CHECK(here == it->owner && roost_cancelled(self) == 1,
        "on_cancel on another thread, or too soon");
  CHECK(why->origin >= ROOST_EXPLICIT && why->origin <= ROOST_PARENT_JOIN, "no origin");
  CHECK(it->is_over++ == 0, "on_cancel again");
  return upto(&here->dice, 2) ? 0 : ROOST_PENDING; /* its wait ends it */
}

/* On a thread of the pool. */
static int work(roost_task self, void *data, void **result) {
  (void)data, (void)result;
  count(&blocking_begun);
  publish(self.id);
  for (int i = 0; i < 2000; i++)
    if (roost_cancelled(self) == 1) return ROOST_ECANCELED;
  return 0;
}

static void spawn_something(roost_group in) {
  dice *dice = &here->dice;
  roost_task task = {0};
  roost_task *out = upto(dice, 2) ? &task : NULL;
  int rc;
  count(&spawned);
  if (upto(dice, 10) == 0) {
    rc = roost_spawn_blocking(in,
                              ROOST_BLOCKING(.work = work, .data = new_thing(), .drop = drop_task,
                                             .abandon = (uint64_t)upto(dice, 2)),
                              out);
  } else {
    rc =
        roost_spawn(in,
                    ROOST_TASK(.start = start, .on_cancel = upto(dice, 2) ? on_cancel : NULL,
                               .data = new_thing(), .drop = drop_task, .daemon = upto(dice, 8) == 0,
                               .shield = upto(dice, 16) == 0, .name = "of the storm"),
                    out);
  }
  CHECK(rc == 0 || rc == ROOST_ECLOSED || rc == ROOST_ESTALE, "spawn answers %d", rc);
  publish(task.id);
}

static void populate(void) {
  dice *dice = &here->dice;
  roost_group root = roost_root(here->runtime), group = root;
  publish(here->runtime.id);
  publish(root.id);
  CHECK(roost_event_open(here->runtime, &here->event) == 0 &&
            roost_limiter_open(here->runtime, 3, &here->limiter) == 0 &&
            roost_lock_open(here->runtime, &here->lock) == 0 &&
            roost_channel_open(here->runtime, 2, NULL, &here->channel) == 0,
        "a primitive cannot be opened");
  publish(here->event.id), publish(here->limiter.id);
  publish(here->lock.id), publish(here->channel.id);
  for (int i = 0; i < POPULATION; i++) {
    if (upto(dice, 6) == 0) {
      roost_node parent = upto(dice, 2) ? group : root;
      CHECK(roost_group_open(parent,
                             ROOST_GROUP(.policy = 1 + (uint64_t)upto(dice, 3),
                                         .limit = (uint64_t)upto(dice, 8)),
                             &group) == 0,
            "a group cannot be opened");
      publish(group.id);
      if (upto(dice, 2)) CHECK(roost_join(group, 0, NULL, NULL, NULL) == 0, "no join");
    }
    spawn_something(group);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* The calls of the storm                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void storm(dice *dice);

/* A post is dropped where it ran; one that was refused, by the thread that posted it. */
typedef struct letter {
  dice dice;
  pthread_t sender;
  int ran;
} letter;

static void receive(roost_runtime runtime, void *data) {
  letter *it = data;
  CHECK(here != NULL && runtime.id == here->runtime.id, "a post on another thread");
  CHECK(it->ran++ == 0, "a post ran again");
  count(&posts_run);
  /* This thread is another to the other one's runtimes, and storms too. */
  if (upto(&it->dice, 4) == 0) storm(&it->dice);
  if (upto(&it->dice, 4) == 0) spawn_something(roost_root(runtime));
  if (upto(&it->dice, 16) == 0) (void)roost_event_set(here->event);
  if (--here->posts_left == 0 || atomic_load_explicit(&is_over, memory_order_relaxed)) {
    int rc =
        roost_close(runtime, upto(&it->dice, 2) ? ROOST_NOW : ROOST_MILLISECOND, NULL, NULL, NULL);
    CHECK(rc == ROOST_PENDING || rc == ROOST_ALREADY, "close answers %d", rc);
  }
}

static void drop_letter(void *data) {
  letter *it = data;
  CHECK(it->ran == 1 || pthread_equal(it->sender, pthread_self()), "a post was lost");
  count(&posts_dropped);
  free(it);
}

static void post(uint64_t runtime, dice *dice) {
  letter *it = calloc(1, sizeof *it);
  it->dice.state = draw(dice) | 1;
  it->sender = pthread_self();
  int rc = roost_post((roost_runtime){runtime}, receive, it, drop_letter);
  count(rc == 0 ? &accepted : &refused);
  CHECK(rc <= 0, "post answers %d", rc);
}

/* One call that any thread may make. */
static void storm(dice *dice) {
  uint64_t id = any_handle(dice);
  int rc = 0;
  switch (upto(dice, 16)) {
  case 0:
  case 1:
    if (id == roost_root((roost_runtime){id}).id) break;
    rc = roost_cancel((roost_node){id}, ROOST_CANCEL(.code = 7, .message = "by the storm"));
    break;
  case 2: rc = roost_shutdown((roost_node){id}, upto(dice, 2) ? ROOST_FOREVER : 1); break;
  case 3:
  case 4: rc = roost_wake((roost_wait){id}, upto(dice, 3) - 1); break;
  case 5:
  case 6: rc = roost_release((roost_task){id}); break;
  case 7: rc = roost_release_id(id); break;
  case 8: rc = roost_cancelled((roost_node){id}); break;
  case 9: {
    roost_step step = {.size = sizeof step};
    rc = roost_current((roost_runtime){any_runtime(dice)}, &step);
    CHECK(rc != 1 || step.node.id != 0, "nobody's step runs");
    break;
  }
  case 10: /* what is not for any thread */
    rc = roost_set_shield((roost_node){id}, 1);
    CHECK(here != NULL || rc < 0, "a shield from another thread");
    break;
  default: post(any_runtime(dice), dice);
  }
  CHECK(rc <= ROOST_ASKED, "an answer of %d", rc);
  if (rc < 0) CHECK(roost_last_error()[0] != 0, "no word of what failed");
}

static void *storm_on(void *data) {
  dice dice = {(uint64_t)(uintptr_t)data * UINT64_C(0x9e3779b97f4a7c15) + 1};
  for (int i = 0; i < CALLS; i++) {
    storm(&dice);
    if (i % 16 == 0) sched_yield(); /* so that the runtimes come and go meanwhile */
  }
  return NULL;
}

/* A virtual clock finds nothing left that could happen, for it counts on no other thread (D4). */
static void reported(const roost_report *report, void *data) {
  CHECK(here == data && report->kind == ROOST_HANG, "a report of another kind, or thread");
}

/* Opens one runtime after the other, until the storm is over. */
static void *keep_runtimes(void *data) {
  here = data;
  while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
    uv_loop_t loop;
    int borrows = here->side == 1;
    CHECK(!borrows || uv_loop_init(&loop) == 0, "no loop");
    count(&lives);
    roost_runtime_options options = {.size = sizeof options, .loop = borrows ? &loop : NULL};
    options.clock = upto(&here->dice, 2) ? ROOST_CLOCK_VIRTUAL : ROOST_CLOCK_REAL;
    options.seed = (uint64_t)upto(&here->dice, 2);
    options.grace_ns = ROOST_MILLISECOND; /* no shield may outlive the storm */
    options.report = reported, options.report_data = here;
    CHECK(roost_runtime_open(&options, &here->runtime) == 0, "no runtime");
    here->posts_left = LIFE;
    populate();
    atomic_store_explicit(&open_now[here->side], here->runtime.id, memory_order_relaxed);
    if (borrows) uv_run(&loop, UV_RUN_DEFAULT);
    if (!borrows) (void)roost_run(here->runtime);
    /* Posts still come until then, and to what is closing. */
    (void)roost_close(here->runtime, ROOST_NOW, NULL, NULL, NULL);
    if (borrows) {
      uv_run(&loop, UV_RUN_DEFAULT);
      CHECK(uv_loop_close(&loop) == 0, "something is left on the loop"); /* S8 */
    }
    CHECK(roost_now(here->runtime) == 0, "it is not closed");
  }
  return NULL;
}

/* C14, C14a, C14c, S5, K5, S8a: see above. */
static void threads_storm_at_runtimes_that_open_and_close(void **state) {
  uint64_t seed = *(uint64_t *)*state;
  keeper keepers[2] = {{.side = 0, .dice = {seed + 1}}, {.side = 1, .dice = {seed + 2}}};
  pthread_t keeper_threads[2], storm_threads[THREADS];
  atomic_store(&is_over, 0);
  for (int i = 0; i < 2; i++)
    assert_int_equal(pthread_create(&keeper_threads[i], NULL, keep_runtimes, &keepers[i]), 0);
  for (uint64_t i = 0; i < THREADS; i++)
    assert_int_equal(
        pthread_create(&storm_threads[i], NULL, storm_on, (void *)(uintptr_t)(seed + i)), 0);
  for (int i = 0; i < THREADS; i++) pthread_join(storm_threads[i], NULL);

  /* The runtimes that are open now are told to close. */
  atomic_store(&is_over, 1);
  dice dice = {seed};
  for (int i = 0; i < 2; i++) {
    while (pthread_tryjoin_np(keeper_threads[i], NULL) != 0) {
      post(atomic_load_explicit(&open_now[i], memory_order_relaxed), &dice);
      sched_yield();
    }
  }

  assert_int_equal(counted(&posts_run), counted(&accepted));
  assert_int_equal(counted(&posts_dropped), counted(&accepted) + counted(&refused));
  assert_int_equal(counted(&tasks_dropped), counted(&spawned));
  assert_int_equal(counted(&cleanups_run), counted(&deferred));
  assert_int_equal(counted(&cleanups_dropped), counted(&deferred));
  assert_int_equal(counted(&waits_dropped), counted(&waits_begun));
  assert_in_range(counted(&accepted), 1, LONG_MAX);
  for (int i = 0; i < BOARD; i++) { /* T3 */
    assert_int_not_equal(roost_cancelled((roost_node){board[i]}), 1);
    assert_in_range(-roost_cancel((roost_node){board[i]}, NULL), 1, 30000);
  }
}

static void *ask_of_nothing(void *data) {
  (void)data;
  for (uint64_t kind = 0; kind < 64; kind++) {
    uint64_t id = kind << 58;
    CHECK(roost_cancel((roost_node){id}, NULL) < 0, "a node in slot 0");
    CHECK(roost_shutdown((roost_node){id}, 1) < 0, "a node in slot 0");
    CHECK(roost_cancelled((roost_node){id}) < 0, "a node in slot 0");
    CHECK(roost_wake((roost_wait){id}, 0) < 0, "a wait in slot 0");
    CHECK(roost_release_id(id) < 0, "a primitive in slot 0");
    CHECK(roost_post((roost_runtime){id}, receive, NULL, NULL) < 0, "a runtime in slot 0");
  }
  return NULL;
}

/* T3, C14: a handle of nothing but a kind. */
static void nothing_is_in_slot_0(void **state) {
  pthread_t thread;
  (void)state;
  assert_int_equal(pthread_create(&thread, NULL, ask_of_nothing, NULL), 0);
  pthread_join(thread, NULL);
}

int main(void) {
  static uint64_t seeds[] = {1000, 2000};
  const struct CMUnitTest tests[] = {
      TEST(nothing_is_in_slot_0),
      {.name = "storm_1000",
       .test_func = threads_storm_at_runtimes_that_open_and_close,
       .initial_state = &seeds[0]},
      {.name = "storm_2000",
       .test_func = threads_storm_at_runtimes_that_open_and_close,
       .initial_state = &seeds[1]},
  };
  int failed = cmocka_run_group_tests_name("storm", tests, NULL, NULL);
  fprintf(stderr, "%ld lives, %ld of %ld posts accepted, %ld tasks, %ld blocking\n",
          counted(&lives), counted(&accepted), counted(&accepted) + counted(&refused),
          counted(&spawned), counted(&blocking_begun));
  return failed;
}
