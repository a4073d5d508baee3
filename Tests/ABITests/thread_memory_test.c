/* valgrind: no */
/* What other threads ask when there is no memory (C14c, C15, B4), and blocking tasks then. Each
 * test plays in a child, so that the library is fresh in it. */
#include "allocator.h"
#include "threads.h"
#include <stdatomic.h>

#include <sys/wait.h>

/* ---------------------------------------------------------------------------------------------- */
/* Memory that is refused                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* To this thread: how often more it gets some, and whether it is counted at all. */
static _Thread_local int is_counted;
static _Thread_local long allowed;
static atomic_long refused, asked_for;

static int is_refused(void) {
  if (!is_counted) return 0;
  asked_for++;
  if (allowed-- > 0) return 0;
  refused++;
  return 1;
}

static void *uv_realloc_never_fails(void *old, size_t size) { return __libc_realloc(old, size); }

/* A call for which there is no memory. */
static int without(int rc) {
  is_counted = 0;
  return rc;
}
#define WITHOUT_MEMORY(call) (is_counted = 1, allowed = 0, without(call))

/* Of the child: the line of the first check that failed. Exit codes have eight bits. */
static int failed_line;
#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition) && failed_line == 0) {                                                        \
      failed_line = __LINE__;                                                                      \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                      \
    }                                                                                              \
  } while (0)

static void play(void (*scene)(void)) {
  int status = -1;
  pid_t child = fork();
  if (child == 0) {
    scene();
    _exit(failed_line != 0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

enum { many = 5000 };

static roost_group g;
static roost_task tasks[many], kept[many];
static roost_scope scopes[many], patient[many];
static roost_wait parked[many];
static roost_event events[many];
static int told, woken, stopped, dropped_here, dropped_elsewhere, ran;
static pthread_t home;

static int stay(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}
static int end(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}
static int tell(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)data;
  told += strcmp(why->message, "no memory") == 0 && why->code == 7;
  return 0;
}
static void see_wake(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  woken += rc == 7;
}
static void see_stop(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  stopped += rc == ROOST_ESTOPPING || rc == ROOST_ECANCELED;
}
static void see_drop(void *data) {
  (void)data;
  if (pthread_equal(home, pthread_self()))
    dropped_here++;
  else
    dropped_elsewhere++;
}
static void see_post(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  ran++;
}

static void open_it(void) {
  home = pthread_self();
  CHECK(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt) == 0);
  root = roost_root(rt);
  CHECK(roost_group_open(root, NULL, &g) == 0);
}

static void on_a_thread(void *(*function)(void *)) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, function, NULL) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Asking                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void *ask_all(void *data) {
  (void)data;
  const roost_cancel_options *why = ROOST_CANCEL(.code = 7, .message = "no memory");
  is_counted = 1;
  for (int i = 0; i < many; i++) {
    CHECK(roost_cancel(tasks[i], why) == ROOST_ASKED);
    CHECK(roost_cancel(tasks[i], NULL) == ROOST_ASKED);
    CHECK(roost_shutdown(scopes[i], 0) == ROOST_ASKED);
    CHECK(roost_shutdown(patient[i], SECONDS(1)) == ROOST_ASKED);
    CHECK(roost_wake(parked[i], 7) == ROOST_ASKED);
    CHECK(roost_release(kept[i]) == ROOST_ASKED);
    CHECK(roost_release_id(events[i].id) == ROOST_ASKED);
    CHECK(roost_cancelled(tasks[i]) == 0);
  }
  is_counted = 0;
  return NULL;
}

static void ask_without_memory(void) {
  open_it();
  for (int i = 0; i < many; i++) {
    CHECK(roost_spawn(g, ROOST_TASK(.start = stay, .on_cancel = tell), &tasks[i]) == 0);
    CHECK(roost_spawn(root, ROOST_TASK(.start = end, .drop = see_drop), &kept[i]) == 0);
    CHECK(roost_scope_open(root, ROOST_SCOPE(.until_stopping = 1), &scopes[i]) == 0);
    CHECK(roost_scope_open(root, ROOST_SCOPE(.until_stopping = 1), &patient[i]) == 0);
    CHECK(roost_after(scopes[i], ROOST_FOREVER, see_stop, NULL, NULL, NULL) == 0);
    CHECK(roost_after(patient[i], ROOST_FOREVER, see_stop, NULL, NULL, NULL) == 0);
    CHECK(roost_park(root, NULL, see_wake, NULL, NULL, &parked[i]) == 0);
    CHECK(roost_event_open(rt, &events[i]) == 0);
  }
  on_a_thread(ask_all);
  CHECK(asked_for == 0);
  CHECK(WITHOUT_MEMORY(roost_run(rt)) == 0);
  CHECK(told == many);
  CHECK(woken == many);
  CHECK(stopped == 2 * many);
  CHECK(dropped_here == many);
  for (int i = 0; i < many; i++) {
    roost_outcome outcome = {.size = sizeof outcome};
    CHECK(roost_outcome_of(kept[i], &outcome) == ROOST_ESTALE);
    CHECK(roost_event_set(events[i]) == ROOST_ESTALE);
    CHECK(roost_stopping(patient[i]) == 1);
  }
  CHECK(roost_close(rt, 0, NULL, NULL, NULL) == 0);
}

/* C14c, C15: asking needs none, nor does what was asked, to the end; only patience may, and is none
 * where there is none. */
static void asking_needs_no_memory(void **state) {
  (void)state;
  play(ask_without_memory);
}

/* ---------------------------------------------------------------------------------------------- */
/* Posting                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static int accepted;

/* Until a post is refused: what can be had without memory is had. */
static void post_until_refused(void) {
  int rc = 0;
  while (rc == 0 && accepted <= 1000000) {
    rc = WITHOUT_MEMORY(roost_post(rt, see_post, &rt, see_drop));
    accepted += rc == 0;
  }
  CHECK(rc == ROOST_ENOMEM);
}

static void *post_there(void *data) {
  (void)data;
  post_until_refused();
  CHECK(dropped_elsewhere == 1);
  CHECK(strstr(roost_last_error(), "roost_post") != NULL || roost_last_error()[0] == 0);
  return NULL;
}

static void post_from_there_without_memory(void) {
  open_it();
  on_a_thread(post_there);
  CHECK(refused > 0);
  CHECK(dropped_here == 0);
  CHECK(roost_run(rt) == 0);
  CHECK(ran == accepted && dropped_here == accepted);
  CHECK(roost_post(rt, see_post, NULL, NULL) == 0);
  CHECK(roost_run(rt) == 0);
  CHECK(ran == accepted + 1);
  CHECK(roost_close(rt, 0, NULL, NULL, NULL) == 0);
}

/* B4, K5: refused, dropped on the thread that called, and nothing of it is left. */
static void a_post_from_elsewhere_is_refused(void **state) {
  (void)state;
  play(post_from_there_without_memory);
}

static void post_from_here_without_memory(void) {
  open_it();
  post_until_refused();
  CHECK(refused > 0);
  CHECK(dropped_here == 1);
  CHECK(strstr(roost_last_error(), "roost_post") != NULL);
  CHECK(roost_run(rt) == 0);
  CHECK(ran == accepted && dropped_here == accepted + 1);
  CHECK(roost_close(rt, 0, NULL, NULL, NULL) == 0);
}

/* B4, K5: the same on the runtime's own thread. */
static void a_post_from_here_is_refused(void **state) {
  (void)state;
  play(post_from_here_without_memory);
}

static void *post_some(void *data) {
  (void)data;
  for (int i = 0; i < many; i++) CHECK(roost_post(rt, see_post, &rt, see_drop) == 0);
  return NULL;
}

static void run_posts_without_memory(void) {
  open_it();
  for (int round = 1; round <= 10; round++) {
    on_a_thread(post_some);
    asked_for = 0;
    CHECK(WITHOUT_MEMORY(roost_run(rt)) == 0);
    CHECK(asked_for == 0);
    CHECK(ran == round * many && dropped_here == round * many);
  }
  CHECK(roost_close(rt, 0, NULL, NULL, NULL) == 0);
}

/* S5: what was accepted is run without any; and room is used again and again. */
static void running_posts_needs_no_memory(void **state) {
  (void)state;
  play(run_posts_without_memory);
}

static long mappings_after;

static void post_again_and_again(void) {
  open_it();
  long before = 0;
  for (int round = 0; round < 200; round++) {
    on_a_thread(post_some);
    CHECK(roost_run(rt) == 0);
    if (round == 2) before = mappings;
  }
  mappings_after = mappings;
  /* A thread's stack is mapped too, and may be kept by the C library for the next one. */
  CHECK(mappings_after - before <= 2 * 200);
  CHECK(roost_close(rt, 0, NULL, NULL, NULL) == 0);
}

/* S5: a million posts, a few thousand at a time, in the room of a few thousand. */
static void a_million_posts_use_the_same_room(void **state) {
  (void)state;
  play(post_again_and_again);
}

/* ---------------------------------------------------------------------------------------------- */
/* Blocking tasks                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static atomic_int worked; /* by several threads of the pool */
static int work(roost_task self, void *data, void **result) {
  (void)self;
  *result = data;
  worked++;
  return 0;
}

static void work_nothing(uv_work_t *it) { (void)it; }

/* The pool has its threads, which libuv cannot do without. */
static void begin_pool(void) {
  uv_loop_t once;
  uv_work_t nothing;
  CHECK(uv_loop_init(&once) == 0);
  CHECK(uv_queue_work(&once, &nothing, work_nothing, NULL) == 0);
  CHECK(uv_run(&once, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&once) == 0);
}

static void spawn_without_memory(void) {
  open_it();
  begin_pool();
  CHECK(roost_group_open(root, ROOST_GROUP(.limit = 1), &g) == 0);
  int rc = 0, spawned = 0;
  for (; rc == 0 && spawned < 100000; spawned += rc == 0) {
    rc = WITHOUT_MEMORY(
        roost_spawn_blocking(g, ROOST_BLOCKING(.work = work, .data = &rt, .drop = see_drop), NULL));
  }
  CHECK(rc == ROOST_ENOMEM);
  CHECK(dropped_here == 1);
  CHECK(WITHOUT_MEMORY(roost_run(rt)) == 0);
  CHECK(worked == spawned);
  CHECK(dropped_here == spawned + 1);
  CHECK(roost_spawn_blocking(g, ROOST_BLOCKING(.work = work), NULL) == 0);
  CHECK(roost_run(rt) == 0);
  CHECK(worked == spawned + 1);
  CHECK(roost_close(rt, 0, NULL, NULL, NULL) == 0);
}

/* B4, K5: it answers so at the spawn, and all that was spawned works without any more. */
static void a_blocking_task_is_refused_at_its_spawn(void **state) {
  (void)state;
  play(spawn_without_memory);
}

static uv_sem_t begun, go_on;
static int wait_and_work(roost_task self, void *data, void **result) {
  uv_sem_post(&begun);
  uv_sem_wait(&go_on);
  return work(self, data, result);
}

static roost_task stray;
static void cancel_stray(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  uv_sem_wait(&begun);
  CHECK(WITHOUT_MEMORY(roost_cancel(stray, NULL)) == 0);
  is_counted = 1; /* it goes on in roost_run, where it was */
}

static void abandon_without_memory(void) {
  open_it();
  begin_pool();
  CHECK(uv_sem_init(&begun, 0) == 0 && uv_sem_init(&go_on, 0) == 0);
  for (int i = 0; i < 3; i++) {
    CHECK(roost_spawn_blocking(
              g, ROOST_BLOCKING(.work = wait_and_work, .abandon = 1, .drop = see_drop), &stray) ==
          0);
    CHECK(roost_after(root, 0, cancel_stray, NULL, NULL, NULL) == 0);
    CHECK(WITHOUT_MEMORY(roost_run(rt)) == 0);
  }
  CHECK(worked == 0 && dropped_here == 0);
  for (int i = 0; i < 3; i++) uv_sem_post(&go_on);
  CHECK(WITHOUT_MEMORY(roost_close(rt, 0, NULL, NULL, NULL)) == 0);
  CHECK(worked == 3 && dropped_here == 3);
  CHECK(refused == 0);
}

/* C15, S6a: being abandoned, and coming back, needs none. */
static void abandoning_needs_no_memory(void **state) {
  (void)state;
  play(abandon_without_memory);
}

/* Every allocation of a small program fails in its turn. */
static long fails_at;

#define CALL(call)                                                                                 \
  do {                                                                                             \
    is_counted = 1;                                                                                \
    int rc = (call);                                                                               \
    is_counted = 0;                                                                                \
    if (rc == ROOST_ENOMEM) {                                                                      \
      allowed = INT32_MAX;                                                                         \
      rc = (call);                                                                                 \
    }                                                                                              \
    CHECK(rc >= 0);                                                                                \
  } while (0)

static void *post_one(void *data) {
  (void)data;
  allowed = fails_at;
  CALL(roost_post(rt, see_post, &rt, see_drop));
  return NULL;
}

static void play_a_program(void) {
  home = pthread_self();
  begin_pool();
  allowed = fails_at;
  CALL(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt));
  root = roost_root(rt);
  CALL(roost_post(rt, see_post, &rt, see_drop));
  on_a_thread(post_one);
  CALL(roost_group_open(root, NULL, &g));
  CALL(roost_spawn_blocking(g, ROOST_BLOCKING(.work = work, .drop = see_drop, .name = "b"), NULL));
  CALL(roost_spawn_blocking(g, ROOST_BLOCKING(.work = work, .drop = see_drop, .abandon = 1),
                            &stray));
  CALL(roost_run(rt));
  CALL(roost_close(rt, 0, NULL, NULL, NULL));
  CHECK(worked == 2);
  CHECK(ran == 2);
}

/* B4 */
static void every_allocation_may_fail(void **state) {
  (void)state;
  for (fails_at = 0; fails_at < 60; fails_at++) play(play_a_program);
}

int main(void) {
  uv_replace_allocator(malloc, uv_realloc_never_fails, calloc, __libc_free);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(asking_needs_no_memory),
      cmocka_unit_test(a_post_from_elsewhere_is_refused),
      cmocka_unit_test(a_post_from_here_is_refused),
      cmocka_unit_test(running_posts_needs_no_memory),
      cmocka_unit_test(a_million_posts_use_the_same_room),
      cmocka_unit_test(a_blocking_task_is_refused_at_its_spawn),
      cmocka_unit_test(abandoning_needs_no_memory),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("thread_memory", tests, NULL, NULL);
}
