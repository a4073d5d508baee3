/* valgrind: no */
/* Asking that meets the end of what it is asked of, a million times, and runtimes that come and go
 * meanwhile (C14, C14a, S5). */
#include "threads.h"

#include <sched.h>

enum { million = 1000000, a_batch = 1000 };

static _Atomic uint64_t handles[million];
static atomic_long published; /* so many of them are there */
static atomic_long reached;   /* so far the other thread has come */
static long counts[4];        /* of its answers: asked, stale, 0 or 1, anything else */
static int64_t started, completed, cancelled, dropped;

static void count_answer(int rc) {
  counts[rc == ROOST_ASKED ? 0 : rc == ROOST_ESTALE ? 1 : rc == 0 || rc == 1 ? 2 : 3]++;
}

typedef int (*ask_fn)(uint64_t id);
static int ask_cancel(uint64_t id) { return roost_cancel((roost_node){id}, NULL); }
static int ask_wake(uint64_t id) { return roost_wake((roost_wait){id}, 7); }
static int ask_release(uint64_t id) { return roost_release((roost_task){id}); }
static int ask_release_id(uint64_t id) { return roost_release_id(id); }

/* Asks of each handle that is there, and never stops before the last. */
static void *ask_all(void *data) {
  ask_fn ask = *(ask_fn *)data;
  for (long i = 0; i < million; i++) {
    while (published <= i) sched_yield();
    count_answer(ask(handles[i]));
    reached = i + 1;
  }
  return NULL;
}

static void begin_race(void) {
  published = reached = 0;
  memset(counts, 0, sizeof counts);
  started = completed = cancelled = dropped = 0;
}

static void publish(uint64_t id) {
  long i = published;
  handles[i] = id;
  published = i + 1;
}

/* The next batch is begun when the other thread has done with the one before, so that each batch is
 * run while it is asked for. */
static void await_other(void) {
  while (reached < published) sched_yield();
}

static void count_drop_of(void *data) {
  (void)data;
  dropped++;
}

static int tell_cancelled(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  cancelled++;
  return 0;
}

static void finish_one(roost_wait wait, int rc, void *data) {
  (void)wait;
  roost_task self = {*(uint64_t *)data};
  if (rc != 0) return;
  assert_int_equal(roost_finish(self, 0, NULL, NULL), 0);
  completed++;
}

static uint64_t selves[a_batch];

/* One in four ends in its first step; the others wait for a moment. */
static int start_one(roost_task self, void *data) {
  uint64_t *place = data;
  started++;
  *place = self.id;
  if ((place - selves) % 4 == 0) {
    completed++;
    return 0;
  }
  assert_int_equal(roost_after(self, 0, finish_one, place, NULL, NULL), 0);
  return ROOST_PENDING;
}

/* C14a, C6: tasks that end while another thread cancels them: each ends once, one way or the other,
 * and nothing else happens to anything. */
static void cancels_meet_ends(void **state) {
  (void)state;
  ask_fn ask = ask_cancel;
  begin_race();
  pthread_t thread = begin_thread(ask_all, &ask);
  while (published < million) {
    roost_group g = open_group(root, NULL);
    for (int i = 0; i < a_batch; i++) {
      roost_task task;
      assert_int_equal(roost_spawn(g,
                                   ROOST_TASK(.start = start_one, .on_cancel = tell_cancelled,
                                              .data = &selves[i], .drop = count_drop_of),
                                   &task),
                       0);
      publish(task.id);
    }
    assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
    run();
    await_other();
  }
  end_thread(thread);
  run();
  assert_int_equal(started, million);
  assert_int_equal(completed + cancelled, million);
  assert_int_equal(dropped, million);
  assert_int_equal(counts[0] + counts[1], million);
  assert_true(cancelled <= counts[0]);
  assert_int_equal(roost_cancelled(root), 0);
}

static int64_t woken_by_us, woken_by_other;
static void see_wake(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  if (rc == 7)
    woken_by_other++;
  else
    woken_by_us += rc == 8;
}

/* C14a: the same with scopes that are closed at once, in which waits pend. */
static void cancels_meet_closings(void **state) {
  (void)state;
  ask_fn ask = ask_cancel;
  begin_race();
  pthread_t thread = begin_thread(ask_all, &ask);
  while (published < million) {
    for (int i = 0; i < a_batch; i++) {
      roost_scope scope = open_scope(root, NULL);
      if (i % 8 == 0) {
        assert_int_equal(roost_after(scope, 0, see_wake, NULL, count_drop_of, NULL), 0);
        dropped--;
      }
      publish(scope.id);
      assert_int_equal(roost_join(scope, 0, NULL, NULL, NULL), 0);
    }
    run();
    await_other();
  }
  end_thread(thread);
  run();
  assert_int_equal(dropped, 0);
  assert_int_equal(counts[0] + counts[1], million);
  assert_int_equal(roost_cancelled(root), 0);
}

/* C14: both threads wake, before and after each other, and a part of the waits is left to the other
 * one: each is told once, of one of the two. */
static void wakes_meet_wakes(void **state) {
  (void)state;
  static roost_wait waits[a_batch];
  int64_t tried = 0, refused = 0;
  ask_fn ask = ask_wake;
  begin_race();
  woken_by_us = woken_by_other = 0;
  pthread_t thread = begin_thread(ask_all, &ask);
  while (published < million) {
    for (int i = 0; i < a_batch; i++) {
      assert_int_equal(roost_park(root, NULL, see_wake, NULL, count_drop_of, &waits[i]), 0);
      publish(waits[i].id);
    }
    for (int part = 0; part < 3; part++) {
      for (int i = part; i < a_batch; i += 4, tried++) {
        int rc = roost_wake(waits[i], 8);
        assert_true(rc == 0 || rc == ROOST_ESTALE);
        refused += rc != 0;
      }
      if (part == 0) assert_int_equal(roost_cancelled(root), 0);
      if (part == 1) await_other();
    }
    run();
  }
  end_thread(thread);
  run();
  assert_int_equal(woken_by_us, tried - refused);
  assert_int_equal(woken_by_us + woken_by_other, million);
  assert_int_equal(dropped, million);
  assert_int_equal(counts[0] + counts[1], million);
}

static int give(roost_task self, void *data) {
  assert_int_equal(roost_finish(self, 0, data, count_drop_of), 0);
  return 0;
}

/* C14c, L6: outcomes that are released by both, before and after the end: each result is dropped
 * once. */
static void releases_meet_releases(void **state) {
  (void)state;
  static roost_task tasks[a_batch];
  ask_fn ask = ask_release;
  begin_race();
  pthread_t thread = begin_thread(ask_all, &ask);
  while (published < million) {
    for (int i = 0; i < a_batch; i++) {
      assert_int_equal(roost_spawn(root, ROOST_TASK(.start = give, .data = &started), &tasks[i]),
                       0);
      publish(tasks[i].id);
    }
    for (int i = 0; i < a_batch; i += 3) (void)roost_release(tasks[i]);
    run();
    for (int i = 1; i < a_batch; i += 3) (void)roost_release(tasks[i]);
    await_other();
  }
  end_thread(thread);
  after(root, 0, "w");
  run();
  assert_log("w=0");
  assert_int_equal(dropped, million);
  assert_int_equal(counts[0] + counts[1], million);
}

/* C14c: events, which are destroyed by hand, or set, or waited for, while another thread gives them
 * up. */
static void releases_meet_destruction(void **state) {
  (void)state;
  static roost_event events[a_batch];
  ask_fn ask = ask_release_id;
  begin_race();
  woken_by_us = woken_by_other = 0;
  int64_t waited = 0;
  pthread_t thread = begin_thread(ask_all, &ask);
  while (published < million) {
    for (int i = 0; i < a_batch; i++) {
      assert_int_equal(roost_event_open(rt, &events[i]), 0);
      publish(events[i].id);
    }
    for (int i = 0; i < a_batch; i++) {
      if (i % 4 == 0) (void)roost_event_destroy(events[i]);
      if (i % 4 == 1) (void)roost_event_set(events[i]);
      if (i % 4 == 2)
        waited += roost_event_wait(events[i], root, see_wake, NULL, count_drop_of, NULL) == 0;
      if (i % 4 == 2) (void)roost_event_set(events[i]);
    }
    run();
    await_other();
  }
  end_thread(thread);
  after(root, 0, "w");
  run();
  assert_log("w=0");
  for (int i = 0; i < a_batch; i++) assert_int_equal(roost_event_is_set(events[i]), ROOST_ESTALE);
  assert_true(waited > 0);
  assert_int_equal(counts[0] + counts[1], million);
}

enum { blocking = 20000, at_once = 50 };

static atomic_long worked, worked_wrongly;
static int work(roost_task self, void *data, void **result) {
  (void)data;
  *result = &worked;
  worked++;
  int is_cancelled = roost_cancelled(self);
  if (is_cancelled != 0 && is_cancelled != 1) worked_wrongly++;
  return is_cancelled == 1 ? ROOST_ECANCELED : 0;
}

static int64_t ended, results;
static void see_end(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  ended++;
  completed += rc == 0;
  cancelled += rc == ROOST_ETASKCANCELLED;
}
static void see_result(void *data) { results += data == &worked; }

static void *cancel_some(void *data) {
  (void)data;
  for (long i = 0; i < blocking; i++) {
    while (published <= i) sched_yield();
    if (i % 3 != 0) count_answer(roost_cancel((roost_node){handles[i]}, NULL));
    reached = i + 1;
  }
  return NULL;
}

/* S6, S6a, C6a: functions on the pool that are cancelled before they begin, while they work and
 * when they have returned; some are abandoned. */
static void cancels_meet_workers(void **state) {
  (void)state;
  begin_race();
  worked = worked_wrongly = 0;
  ended = results = 0;
  pthread_t thread = begin_thread(cancel_some, NULL);
  while (published < blocking) {
    roost_group g = open_group(root, ROOST_GROUP(.limit = published % 2 ? 0 : 8));
    for (uint64_t i = 0; i < at_once; i++) {
      roost_task task;
      assert_int_equal(
          roost_spawn_blocking(g,
                               ROOST_BLOCKING(.work = work, .drop = count_drop_of,
                                              .result_drop = see_result, .abandon = i % 2),
                               &task),
          0);
      assert_int_equal(roost_on_end(task, root, see_end, NULL, NULL, NULL), 0);
      publish(task.id);
    }
    assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
    run();
    await_other();
  }
  end_thread(thread);
  assert_int_equal(ended, blocking);
  assert_int_equal(completed + cancelled, blocking);
  assert_int_equal(close_now(), 0);
  assert_int_equal(dropped, blocking);
  assert_int_equal(results, worked);
  assert_true(completed >= blocking / 3);
  assert_int_equal(worked_wrongly, 0);
  assert_int_equal(counts[2] + counts[3], 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Runtimes that come and go                                                                      */
/* ---------------------------------------------------------------------------------------------- */

enum { runtimes = 3000, storm_threads = 3 };

static _Atomic uint64_t of_runtime, of_root, of_task, of_wait, of_event;
static atomic_int is_over;
static atomic_long accepted, called, let_go;

static void call(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  called++;
}
static void drop_post(void *data) {
  (void)data;
  let_go++;
}

typedef struct storm {
  pthread_t thread;
  long posted, others;
} storm;

static void *ask_and_post(void *data) {
  storm *it = data;
  while (!is_over) {
    roost_step step = {.size = sizeof step};
    int rc = roost_post((roost_runtime){of_runtime}, call, NULL, drop_post);
    it->posted++;
    accepted += rc == 0;
    if (rc != 0 && rc != ROOST_ECLOSED && rc != ROOST_ESTALE) it->others++;
    const int answers[] = {roost_cancel((roost_node){of_task}, NULL),
                           roost_wake((roost_wait){of_wait}, 7),
                           roost_cancelled((roost_node){of_root}),
                           roost_release((roost_task){of_task}),
                           roost_release_id(of_event),
                           roost_current((roost_runtime){of_runtime}, &step),
                           it->posted % 16 == 0 ? roost_shutdown((roost_node){of_root}, 0)
                                                : ROOST_ASKED};
    for (size_t i = 0; i < COUNT(answers); i++)
      if (answers[i] != ROOST_ASKED && answers[i] != ROOST_ESTALE && answers[i] != 0 &&
          answers[i] != 1)
        it->others++;
  }
  return NULL;
}

static int stay(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}

static void open_and_publish(int round) {
  roost_task task;
  roost_wait wait;
  roost_event event;
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = round % 2 ? ROOST_CLOCK_VIRTUAL : ROOST_CLOCK_REAL),
                         &rt),
      0);
  root = roost_root(rt);
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(
      roost_spawn(root,
                  ROOST_TASK(.start = stay, .on_cancel = tell_cancelled, .drop = count_drop_of),
                  &task),
      0);
  assert_int_equal(roost_park(root, NULL, see_wake, NULL, count_drop_of, &wait), 0);
  of_runtime = rt.id;
  of_root = root.id;
  of_task = task.id;
  of_wait = wait.id;
  of_event = event.id;
}

/* C14, S8a, T3: all that may be asked, of runtimes that are opened and closed meanwhile, with
 * handles that have just gone stale: a post that was accepted is called, and each is dropped. */
static void runtimes_come_and_go(void **state) {
  (void)state;
  storm storms[storm_threads] = {{0}};
  begin_race();
  is_over = 0;
  accepted = called = let_go = 0;
  assert_int_equal(close_now(), 0);
  open_and_publish(0);
  for (int i = 0; i < storm_threads; i++) storms[i].thread = begin_thread(ask_and_post, &storms[i]);
  for (int round = 1; round <= runtimes; round++) {
    for (int spins = 0; spins < round % 50; spins++) {
      roost_task spun;
      assert_true(roost_spawn(root, ROOST_TASK(.start = give, .data = &started), &spun) == 0);
    }
    if (round % 3 == 0) sched_yield();
    assert_true(roost_close(rt, 0, NULL, NULL, NULL) <= 0);
    if (round < runtimes) open_and_publish(round);
  }
  rt.id = 0;
  is_over = 1;
  long posted = 0, others = 0;
  for (int i = 0; i < storm_threads; i++) {
    end_thread(storms[i].thread);
    posted += storms[i].posted;
    others += storms[i].others;
  }
  assert_int_equal(others, 0);
  assert_int_equal(let_go, posted);
  assert_int_equal(called, accepted);
  assert_int_equal(cancelled, runtimes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(cancels_meet_ends),      TEST(cancels_meet_closings),     TEST(wakes_meet_wakes),
      TEST(releases_meet_releases), TEST(releases_meet_destruction), TEST(cancels_meet_workers),
      TEST(runtimes_come_and_go),
  };
  return cmocka_run_group_tests_name("thread_race", tests, NULL, NULL);
}
