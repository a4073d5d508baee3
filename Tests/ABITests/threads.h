/* What the tests of other threads share: every call of the library that any thread may make, made
 * by a thread of its own, which has ended when this returns. A call that fails must have left a
 * sentence there, and only there. */
#ifndef THREADS_H
#define THREADS_H

#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

typedef struct errand {
  const char *function;
  int (*call)(const struct errand *);
  uint64_t id;
  int64_t number;
  const roost_cancel_options *why;
  roost_post_fn fn;
  void *data;
  roost_drop_fn drop;
  roost_step *step;
  int rc;
  char sentence[512];
} errand;

static void *run_errand(void *data) {
  errand *it = data;
  it->rc = it->call(it);
  snprintf(it->sentence, sizeof it->sentence, "%s", roost_last_error());
  return NULL;
}

static inline pthread_t begin_thread(void *(*function)(void *), void *data) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, function, data), 0);
  return thread;
}

static inline void end_thread(pthread_t thread) { assert_int_equal(pthread_join(thread, NULL), 0); }

static inline int elsewhere(errand it) {
  end_thread(begin_thread(run_errand, &it));
  int has_sentence = strstr(it.sentence, it.function) != NULL;
  if (it.rc < 0 ? !has_sentence : it.sentence[0] != 0)
    fail_msg("%s answers %s and says: \"%s\"", it.function, code_name(it.rc), it.sentence);
  return it.rc;
}

static inline int make_cancel(const errand *it) {
  return roost_cancel((roost_node){it->id}, it->why);
}
static inline int make_shutdown(const errand *it) {
  return roost_shutdown((roost_node){it->id}, it->number);
}
static inline int make_wake(const errand *it) {
  return roost_wake((roost_wait){it->id}, (int)it->number);
}
static inline int make_post(const errand *it) {
  return roost_post((roost_runtime){it->id}, it->fn, it->data, it->drop);
}
static inline int make_release(const errand *it) { return roost_release((roost_task){it->id}); }
static inline int make_release_id(const errand *it) { return roost_release_id(it->id); }
static inline int make_cancelled(const errand *it) { return roost_cancelled((roost_node){it->id}); }
static inline int make_current(const errand *it) {
  return roost_current((roost_runtime){it->id}, it->step);
}

#define ELSEWHERE(name, ...)                                                                       \
  elsewhere((errand){.function = "roost_" #name, .call = make_##name, __VA_ARGS__})

/* roost_cancel and so on, from another thread. */
static inline int cancel_elsewhere(roost_node node, const roost_cancel_options *why) {
  return ELSEWHERE(cancel, .id = node.id, .why = why);
}
static inline int shutdown_elsewhere(roost_node node, int64_t patience) {
  return ELSEWHERE(shutdown, .id = node.id, .number = patience);
}
static inline int wake_elsewhere(roost_wait wait, int rc) {
  return ELSEWHERE(wake, .id = wait.id, .number = rc);
}
static inline int post_elsewhere(roost_runtime runtime, roost_post_fn fn, void *data,
                                 roost_drop_fn drop) {
  return ELSEWHERE(post, .id = runtime.id, .fn = fn, .data = data, .drop = drop);
}
static inline int release_elsewhere(roost_task task) { return ELSEWHERE(release, .id = task.id); }
static inline int release_id_elsewhere(uint64_t id) { return ELSEWHERE(release_id, .id = id); }
static inline int cancelled_elsewhere(roost_node node) {
  return ELSEWHERE(cancelled, .id = node.id);
}
static inline int current_elsewhere(roost_runtime runtime, roost_step *step) {
  return ELSEWHERE(current, .id = runtime.id, .step = step);
}

/* The outcome of a call that must succeed. */
#define assert_asked(call) assert_int_equal((call), ROOST_ASKED)

/* A test whose runtime is on a borrowed loop, so that it can be turned just once. */
static uv_loop_t loop;

static inline int open_on_loop(void **state) {
  if (open_runtime(state) != 0 || close_now() != 0 || uv_loop_init(&loop) != 0) return -1;
  if (roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &rt) != 0)
    return -1;
  root = roost_root(rt);
  return 0;
}

static inline void run_loop(void) { assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0); }

/* S8a: nothing of ours is left on it. */
static inline int close_on_loop(void **state) {
  if (rt.id != 0) assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  run_loop();
  rt.id = 0;
  assert_int_equal(uv_loop_close(&loop), 0);
  return close_runtime(state);
}
#define ON_LOOP(function) cmocka_unit_test_setup_teardown(function, open_on_loop, close_on_loop)

static int turned;
static inline void has_turned(void) { turned = 1; }
static inline void turn_again(void) { act(0, has_turned); }

/* Turns the loop until all that was ready has run, and what followed from it at once; no time
 * passes. */
static inline void turn(void) {
  turned = 0;
  act(0, turn_again);
  while (!turned) (void)uv_run(&loop, UV_RUN_ONCE);
}

/* One of each thing, for calls with all of them. */
typedef struct things {
  roost_runtime runtime;
  roost_group root, g;
  roost_scope s;
  roost_task task;
  roost_wait parked;
  roost_event event;
} things;

static inline things open_things(void) {
  things all = {.runtime = rt, .root = root, .g = group(root, "g"), .s = scope(root, "s")};
  all.task = spawn(all.g, "a");
  all.parked = park(all.s, "p");
  assert_int_equal(roost_event_open(rt, &all.event), 0);
  return all;
}

static inline void do_nothing(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
}
static inline void count_drop(void *count) { (*(int *)count)++; }

/* Calls every function that any thread may call: how many answer anything else, or do not drop. */
static inline int count_other_answers(const things *all, int expected) {
  roost_step step = {.size = sizeof step};
  int dropped = 0;
  const int answers[] = {
      roost_cancel(all->g, NULL),      roost_cancel(all->task, NULL),
      roost_shutdown(all->root, 0),    roost_cancelled(all->s),
      roost_wake(all->parked, 0),      roost_post(all->runtime, do_nothing, &dropped, count_drop),
      roost_release(all->task),        roost_release_id(all->task.id),
      roost_release_id(all->event.id), roost_current(all->runtime, &step)};
  int others = dropped != 1;
  for (size_t i = 0; i < COUNT(answers); i++)
    if (answers[i] != expected) {
      print_error("call %d answers %s\n", (int)i, code_name(answers[i]));
      others++;
    }
  return others;
}

/* A post that notes its name. */
static inline void log_post(roost_runtime runtime, void *name) {
  assert_int_equal(runtime.id, rt.id);
  note("%s", (char *)name);
}
static inline void post(const char *name) {
  assert_int_equal(roost_post(rt, log_post, copy_text(name), drop_data), 0);
}
static inline void post_from_afar(const char *name) {
  assert_int_equal(post_elsewhere(rt, log_post, copy_text(name), drop_data), 0);
}

#endif
