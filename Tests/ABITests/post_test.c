/* Functions that are posted to a runtime's thread, from there and from others (S5). */
#include "threads.h"

#include <sched.h>

static roost_group g;
static roost_task task;
static roost_wait parked;

/* ---------------------------------------------------------------------------------------------- */
/* Order                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* S5, S1 */
static void posts_come_in_order(void **state) {
  (void)state;
  post("a");
  post("b");
  post("c");
  assert_log("");
  run();
  assert_log("a b c");
}

/* S5 */
static void posts_of_another_thread_come_in_order(void **state) {
  (void)state;
  post_from_afar("a");
  post_from_afar("b");
  post_from_afar("c");
  assert_log("");
  run();
  assert_log("a b c");
}

/* S5: also where both post. */
static void posts_of_both_come_in_order(void **state) {
  (void)state;
  post("a");
  post_from_afar("b");
  post("c");
  post_from_afar("d");
  run();
  assert_log("a b c d");
}

/* S1: first in, first out, among the tasks and waits that the runtime's thread makes ready. */
static void posts_and_tasks_come_in_order(void **state) {
  (void)state;
  spawn(root, "a");
  post("p");
  spawn(root, "b");
  parked = park(root, "w");
  assert_int_equal(roost_wake(parked, 7), 0);
  post("q");
  run();
  assert_log("a+ p b+ w=7 q");
}

static void post_inside(roost_runtime runtime, void *name) {
  log_post(runtime, name);
  post("inner");
  post_from_afar("far");
  note("posted");
}

/* S5: never inside the call, and behind what is ready. */
static void a_post_may_post(void **state) {
  (void)state;
  assert_int_equal(roost_post(rt, post_inside, copy_text("outer"), drop_data), 0);
  post("next");
  run();
  assert_log("outer posted next inner far");
}

static void post_from_task(roost_task self) {
  (void)self;
  post("p");
  spawn(root, "b");
  post("q");
}

/* S5, S1 */
static void a_task_may_post(void **state) {
  (void)state;
  spawn(root, "a", .body = post_from_task);
  spawn(root, "c");
  run();
  assert_log("a+ c+ p b+ q");
}

static void post_again(roost_runtime runtime, void *data) {
  int *left = data;
  if (--*left > 0)
    assert_int_equal(*left % 2 ? roost_post(runtime, post_again, left, NULL)
                               : post_elsewhere(runtime, post_again, left, NULL),
                     0);
}

static int ticks;
static void tick(uv_idle_t *idle) {
  (void)idle;
  ticks++;
}

/* S1: posts that always post again let the loop turn meanwhile. */
static void posts_starve_nobody(void **state) {
  (void)state;
  int left = 50;
  static uv_idle_t idle;
  ticks = 0;
  assert_int_equal(uv_idle_init(roost_loop(rt), &idle), 0);
  assert_int_equal(uv_idle_start(&idle, tick), 0);
  uv_unref((uv_handle_t *)&idle);
  assert_int_equal(roost_post(rt, post_again, &left, NULL), 0);
  run();
  assert_int_equal(left, 0);
  assert_true(ticks >= 10);
  uv_close((uv_handle_t *)&idle, NULL);
}

/* ---------------------------------------------------------------------------------------------- */
/* Seeds                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static int seen[100];
static int seen_count;

static void see(roost_runtime runtime, void *data) {
  (void)runtime;
  seen[seen_count++] = (int)(intptr_t)data;
}

static int see_task(roost_task self, void *data) {
  (void)self;
  seen[seen_count++] = -(int)(intptr_t)data;
  return 0;
}

static void reopen(uint64_t seed) {
  assert_int_equal(close_now(), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .seed = seed), &rt), 0);
  root = roost_root(rt);
  seen_count = 0;
}

static void post_and_spawn_forty(void) {
  for (intptr_t i = 1; i <= 20; i++) {
    void *data = (void *)i;
    assert_int_equal(i % 2 ? roost_post(rt, see, data, NULL) : post_elsewhere(rt, see, data, NULL),
                     0);
    assert_int_equal(roost_spawn(root, ROOST_TASK(.start = see_task, .data = data), NULL), 0);
  }
  run();
  assert_int_equal(seen_count, 40);
}

/* S4, S5: posts belong to the root, and what belongs to one keeps its order; the same seed gives
 * the same order. */
static void a_seed_keeps_the_order_of_posts(void **state) {
  (void)state;
  int first[40], shuffled = 0;
  for (uint64_t seed = 1; seed <= 8; seed++) {
    reopen(seed);
    post_and_spawn_forty();
    int expected = 1;
    for (int i = 0; i < 40; i++)
      if (seen[i] > 0) assert_int_equal(seen[i], expected++);
    for (int i = 1, last_task = 0; i < 40; i++)
      if (seen[i] < 0) {
        shuffled += seen[i] > last_task;
        last_task = seen[i];
      }
    memcpy(first, seen, sizeof first);
    reopen(seed);
    post_and_spawn_forty();
    assert_memory_equal(first, seen, sizeof first);
  }
  assert_true(shuffled > 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Data                                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static pthread_t ran_on, dropped_on;
static int ran, dropped;

static void run_here(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  assert_int_equal(dropped, 0);
  ran_on = pthread_self();
  ran++;
}

static void drop_here(void *data) {
  assert_ptr_equal(data, &ran);
  dropped_on = pthread_self();
  dropped++;
}

static void assert_ran_here(void) {
  run();
  assert_int_equal(ran, 1);
  assert_int_equal(dropped, 1);
  assert_true(pthread_equal(ran_on, pthread_self()));
  assert_true(pthread_equal(dropped_on, pthread_self()));
  ran = dropped = 0;
}

/* K5, S5: dropped once, after the function, on the runtime's thread, whoever has posted. */
static void data_is_dropped_after_the_function(void **state) {
  (void)state;
  ran = dropped = 0;
  assert_int_equal(roost_post(rt, run_here, &ran, drop_here), 0);
  assert_int_equal(ran + dropped, 0);
  assert_ran_here();
  assert_int_equal(post_elsewhere(rt, run_here, &ran, drop_here), 0);
  assert_int_equal(ran + dropped, 0);
  assert_ran_here();
}

/* K5: data and drop may be NULL. */
static void a_post_needs_no_data(void **state) {
  (void)state;
  ran = dropped = 0;
  assert_int_equal(post_elsewhere(rt, run_here, NULL, NULL), 0);
  assert_int_equal(roost_post(rt, run_here, NULL, NULL), 0);
  run();
  assert_int_equal(ran, 2);
}

static void drop_and_post(void *data) {
  drop_data(data);
  post("dropped");
}

/* K5: a drop may call anything. */
static void a_drop_may_post(void **state) {
  (void)state;
  assert_int_equal(roost_post(rt, log_post, copy_text("p"), drop_and_post), 0);
  run();
  assert_log("p dropped");
}

typedef struct refused {
  roost_runtime runtime;
  roost_post_fn fn;
  int rc;
  int dropped;
  pthread_t dropped_on;
  int was_here;
} refused;

static void drop_refused(void *data) {
  refused *it = data;
  it->dropped++;
  it->dropped_on = pthread_self();
}

static void *post_in_vain(void *data) {
  refused *it = data;
  it->rc = roost_post(it->runtime, it->fn, it, drop_refused);
  it->was_here = it->dropped == 1 && pthread_equal(it->dropped_on, pthread_self());
  return NULL;
}

/* Refused here and elsewhere, and dropped once before that returns, on the thread of the call. */
static void assert_refuses_post(int expected, roost_runtime runtime, roost_post_fn fn) {
  refused here = {.runtime = runtime, .fn = fn}, there = here;
  post_in_vain(&here);
  end_thread(begin_thread(post_in_vain, &there));
  assert_string_equal(code_name(here.rc), code_name(expected));
  assert_string_equal(code_name(there.rc), code_name(expected));
  assert_true(here.was_here && there.was_here);
}

/* B1, K5 */
static void a_post_that_makes_no_sense_only_drops(void **state) {
  (void)state;
  assert_refuses_post(ROOST_EINVAL, rt, NULL);
  assert_refuses_post(ROOST_EINVAL, (roost_runtime){0}, log_post);
  assert_refuses_post(ROOST_EKIND, (roost_runtime){root.id}, log_post);
  assert_refuses_post(ROOST_ESTALE, (roost_runtime){rt.id + (UINT64_C(1) << 28)}, log_post);
  run();
  assert_log("");
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* S8a, T3 */
static void a_closed_runtime_only_drops(void **state) {
  (void)state;
  roost_runtime closed = rt;
  assert_int_equal(close_now(), 0);
  assert_refuses_post(ROOST_ESTALE, closed, log_post);
  assert_int_equal(open_runtime(state), 0);
  assert_refuses_post(ROOST_ESTALE, closed, log_post);
}

static void close_inside(void) {
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_refuses_post(ROOST_ECLOSED, rt, log_post);
}

static int post_late(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  assert_refuses_post(ROOST_ECLOSED, rt, log_post);
  note("late");
  return 0;
}

/* S8a: from the call on, until it has gone. */
static void a_closing_runtime_only_drops(void **state) {
  (void)state;
  assert_int_equal(roost_defer(root, post_late, NULL, NULL), 0);
  act(SECONDS(1), close_inside);
  run();
  assert_log("@1000 late");
  assert_refuses_post(ROOST_ESTALE, rt, log_post);
  rt.id = 0;
}

/* S8a: also while the runtime is patient. */
static void wait_and_close(void) {
  assert_int_equal(roost_close(rt, SECONDS(5), NULL, NULL, NULL), ROOST_PENDING);
  assert_refuses_post(ROOST_ECLOSED, rt, log_post);
}

static void a_patient_runtime_only_drops(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(3));
  act(SECONDS(1), wait_and_close);
  run();
  assert_log("a+ @3000 a-");
  rt.id = 0;
}

/* S8a: what was accepted before still runs, on whatever thread it was posted, and is dropped. */
static void what_was_accepted_still_runs(void **state) {
  (void)state;
  post("a");
  post_from_afar("b");
  assert_int_equal(close_now(), 0);
  assert_log("a b");
}

static void post_and_close(void) {
  post_from_afar("a");
  post("b");
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
}

/* S8a: the same from inside. */
static void what_was_accepted_inside_still_runs(void **state) {
  (void)state;
  act(SECONDS(1), post_and_close);
  run();
  assert_log("@1000 a b");
  rt.id = 0;
}

static void close_in_post(roost_runtime runtime, void *name) {
  log_post(runtime, name);
  assert_int_equal(roost_close(runtime, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_refuses_post(ROOST_ECLOSED, rt, log_post);
  roost_task none;
  assert_refused(ROOST_ECLOSED, roost_spawn, (root, ROOST_TASK(.start = see_task), &none));
}

/* S8a: a post may close the runtime; those behind it run. */
static void a_post_may_close(void **state) {
  (void)state;
  post("a");
  assert_int_equal(post_elsewhere(rt, close_in_post, copy_text("close"), drop_data), 0);
  post("b");
  post_from_afar("c");
  run();
  assert_log("a close b c");
  assert_refuses_post(ROOST_ESTALE, rt, log_post);
  rt.id = 0;
}

/* C6, S5: posts are no tasks; a cancelled root runs them. */
static void a_cancelled_root_takes_posts(void **state) {
  (void)state;
  assert_int_equal(roost_cancel(root, NULL), 0);
  post("a");
  post_from_afar("b");
  run();
  assert_log("a b");
}

/* ---------------------------------------------------------------------------------------------- */
/* Keeping loops going                                                                            */
/* ---------------------------------------------------------------------------------------------- */

/* S8: there is nothing else, and it is called before the run is over. */
static void a_post_is_worth_a_run(void **state) {
  (void)state;
  run();
  for (int i = 0; i < 3; i++) {
    post_from_afar("far");
    run();
    assert_log("far");
    post("near");
    run();
    assert_log("near");
  }
}

/* D4, S5: time stands still while posts wait, however many follow one another. */
static void posts_hold_the_clock(void **state) {
  (void)state;
  int left = 30;
  after(root, SECONDS(1), "w");
  assert_int_equal(post_elsewhere(rt, post_again, &left, NULL), 0);
  post_from_afar("p");
  run();
  assert_log("p @1000 w=0");
  assert_int_equal(left, 0);
}

static void wake_parked(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  assert_int_equal(roost_wake(parked, 7), 0);
}

/* D4: a post that waits is something that may still happen. */
static void a_post_is_no_deadlock(void **state) {
  (void)state;
  parked = park(root, "w");
  assert_int_equal(post_elsewhere(rt, wake_parked, NULL, NULL), 0);
  run();
  assert_log("w=7");
}

/* S8: a post from its own thread keeps a borrowed loop alive. */
static void a_post_keeps_a_borrowed_loop_alive(void **state) {
  (void)state;
  assert_int_equal(uv_loop_alive(&loop), 0);
  post("p");
  assert_int_not_equal(uv_loop_alive(&loop), 0);
  run_loop();
  assert_log("p");
  assert_int_equal(uv_loop_alive(&loop), 0);
}

static void notice(uv_idle_t *idle) { uv_close((uv_handle_t *)idle, NULL); }

/* S5, S8: another thread's is called once the loop turns for whatever reason. */
static void a_borrowed_loop_calls_what_was_posted(void **state) {
  (void)state;
  static uv_idle_t idle;
  post_from_afar("p");
  assert_int_equal(uv_idle_init(&loop, &idle), 0);
  assert_int_equal(uv_idle_start(&idle, notice), 0);
  run_loop();
  assert_log("p");
  assert_int_equal(uv_loop_alive(&loop), 0);
}

/* S5, S8: two posts, the second before the first has been looked at, and once more after. */
static void a_borrowed_loop_is_woken_again(void **state) {
  (void)state;
  static uv_idle_t idle;
  for (int i = 0; i < 3; i++) {
    post_from_afar("p");
    post_from_afar("q");
    assert_int_equal(uv_idle_init(&loop, &idle), 0);
    assert_int_equal(uv_idle_start(&idle, notice), 0);
    run_loop();
    assert_log("p q");
  }
}

/* S8a: what is posted to a borrowed runtime before its closing runs, and nothing is left. */
static void a_borrowed_loop_closes_behind_its_posts(void **state) {
  (void)state;
  post_from_afar("p");
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_refuses_post(ROOST_ECLOSED, rt, log_post);
  assert_log("");
  run_loop();
  assert_log("p");
  rt.id = 0;
}

/* S8a: a runtime that is closed in the same turn in which a post made its loop wake up. */
static void close_it(uv_idle_t *idle) {
  notice(idle);
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_refuses_post(ROOST_ECLOSED, rt, log_post);
}

static void a_post_meets_a_close(void **state) {
  (void)state;
  static uv_idle_t idle;
  post_from_afar("p");
  assert_int_equal(uv_idle_init(&loop, &idle), 0);
  assert_int_equal(uv_idle_start(&idle, close_it), 0);
  run_loop();
  assert_log("p");
  rt.id = 0;
}

/* S5: a runtime posts to another one on the same loop. */
static roost_runtime other;
static void answer(roost_runtime runtime, void *data) {
  (void)data;
  assert_int_equal(runtime.id, other.id);
  note("other");
  post("answer");
}

static void runtimes_post_to_each_other(void **state) {
  (void)state;
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.loop = &loop), &other), 0);
  assert_int_equal(roost_post(other, answer, NULL, NULL), 0);
  run_loop();
  assert_log("other answer");
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), ROOST_PENDING);
}

/* ---------------------------------------------------------------------------------------------- */
/* Many                                                                                           */
/* ---------------------------------------------------------------------------------------------- */

enum { senders = 4, each = 2000 };

typedef struct sender {
  pthread_t thread;
  int next, posted, dropped, out_of_order;
} sender;
typedef struct letter {
  sender *from;
  int number;
} letter;

static sender all[senders];
static letter letters[senders][each];

static void receive(roost_runtime runtime, void *data) {
  (void)runtime;
  letter *it = data;
  if (it->number != it->from->next++) it->from->out_of_order++;
}

static void drop_letter(void *data) { ((letter *)data)->from->dropped++; }

static void *send_letters(void *data) {
  sender *it = data;
  for (int i = 0; i < each; i++) {
    letter *one = &letters[it - all][i];
    *one = (letter){it, i};
    if (roost_post(rt, receive, one, drop_letter) == 0) it->posted++;
    if (i % 64 == 0) sched_yield();
  }
  roost_wake(parked, 0);
  return NULL;
}

/* S5, real: of each thread in its order, once each, while the loop runs, sleeps and wakes. */
static void many_threads_post(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(NULL, &rt), 0);
  root = roost_root(rt);
  memset(all, 0, sizeof all);
  parked = park(root, "w");
  for (int i = 0; i < senders; i++) all[i].thread = begin_thread(send_letters, &all[i]);
  run();
  for (int i = 0; i < senders; i++) end_thread(all[i].thread);
  run();
  clear_log();
  for (int i = 0; i < senders; i++) {
    assert_int_equal(all[i].posted, each);
    assert_int_equal(all[i].next, each);
    assert_int_equal(all[i].dropped, each);
    assert_int_equal(all[i].out_of_order, 0);
  }
}

static void count_next(roost_runtime runtime, void *data) {
  (void)runtime;
  ++*(int *)data;
}

/* S5: more than are kept room for at once. */
static void thousands_wait(void **state) {
  (void)state;
  int called = 0, gone = 0;
  for (int round = 1; round <= 3; round++) {
    for (int i = 0; i < 10000; i++) assert_int_equal(roost_post(rt, count_next, &called, NULL), 0);
    for (int i = 0; i < 10000; i++)
      assert_int_equal(roost_post(rt, do_nothing, &gone, count_drop), 0);
    run();
    assert_int_equal(called, 10000 * round);
    assert_int_equal(gone, 10000 * round);
  }
}

static void cancel_task_in_post(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  assert_int_equal(roost_cancel(task, NULL), 0);
  note("cancelled");
}

/* S5: it is code of the runtime's thread, which may call everything. */
static void a_post_may_do_all(void **state) {
  (void)state;
  g = group(root, "g");
  task = spawn(g, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  join(g, 0);
  assert_int_equal(post_elsewhere(rt, cancel_task_in_post, NULL, NULL), 0);
  run();
  assert_log("a+ cancelled a:1 g=0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(posts_come_in_order),
      TEST(posts_of_another_thread_come_in_order),
      TEST(posts_of_both_come_in_order),
      TEST(posts_and_tasks_come_in_order),
      TEST(a_post_may_post),
      TEST(a_task_may_post),
      TEST(posts_starve_nobody),
      TEST(a_seed_keeps_the_order_of_posts),
      TEST(data_is_dropped_after_the_function),
      TEST(a_post_needs_no_data),
      TEST(a_drop_may_post),
      TEST(a_post_that_makes_no_sense_only_drops),
      TEST(a_closed_runtime_only_drops),
      TEST(a_closing_runtime_only_drops),
      TEST(a_patient_runtime_only_drops),
      TEST(what_was_accepted_still_runs),
      TEST(what_was_accepted_inside_still_runs),
      TEST(a_post_may_close),
      TEST(a_cancelled_root_takes_posts),
      TEST(a_post_is_worth_a_run),
      TEST(posts_hold_the_clock),
      TEST(a_post_is_no_deadlock),
      ON_LOOP(a_post_keeps_a_borrowed_loop_alive),
      ON_LOOP(a_borrowed_loop_calls_what_was_posted),
      ON_LOOP(a_borrowed_loop_is_woken_again),
      ON_LOOP(a_borrowed_loop_closes_behind_its_posts),
      ON_LOOP(a_post_meets_a_close),
      ON_LOOP(runtimes_post_to_each_other),
      TEST(many_threads_post),
      TEST(thousands_wait),
      TEST(a_post_may_do_all),
  };
  return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
