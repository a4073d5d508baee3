/* A host whose loop others turn: a loop of the program's, and roost_run. It is called when there is
 * something to tell, and takes it from inside the loop. */
#include "hosts.h"

#include <uv.h>

static uv_loop_t loop;
static uint64_t a, g;
static int readies, depth, greatest_depth, dropped;
static roost_event event;

static void take_all(roost_runtime runtime, void *data) {
  assert_int_equal(runtime.id, rt.id);
  assert_ptr_equal(data, &readies);
  readies++;
  if (++depth > greatest_depth) greatest_depth = depth;
  assert_int_equal(drive_on(), 0);
  depth--;
}
static void count_drop(void *data) {
  assert_ptr_equal(data, &readies);
  dropped++;
}
#define READY                                                                                      \
  (&(roost_host_options){.size = sizeof(roost_host_options),                                       \
                         .ready = take_all,                                                        \
                         .data = &readies,                                                         \
                         .drop = count_drop})

static int begin(void) {
  forget_routines();
  readies = depth = greatest_depth = dropped = 0;
  root = roost_root(rt);
  return roost_host_open(rt, READY);
}

/* On a loop of the program's. */
static int open_on_loop(void **state) {
  if (open_runtime(state) != 0 || close_now() != 0 || uv_loop_init(&loop) != 0) return -1;
  if (roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &rt) != 0)
    return -1;
  return begin();
}
static void run_loop(void) {
  flush();
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
}
static int close_on_loop(void **state) {
  if (rt.id != 0) assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  rt.id = 0;
  assert_int_equal(uv_loop_close(&loop), 0);
  assert_int_equal(dropped, 1);
  return close_runtime(state);
}
#define ON_LOOP(function) cmocka_unit_test_setup_teardown(function, open_on_loop, close_on_loop)

/* On its own loop, which roost_run turns. */
static int open_to_run(void **state) { return open_runtime(state) != 0 ? -1 : begin(); }
static int close_what_ran(void **state) {
  int rc = close_runtime(state);
  assert_int_equal(dropped, 1);
  return rc;
}
#define TO_RUN(function) cmocka_unit_test_setup_teardown(function, open_to_run, close_what_ran)

/* ---------------------------------------------------------------------------------------------- */
/* Programs                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void work(routine *me) {
  BEGIN;
  g = GROUP("g");
  hosted(g, "a", .lasts = SECONDS(1));
  hosted(g, "b", .lasts = SECONDS(2), .answers = ROOST_EIO);
  hosted(g, "c", .lasts = SECONDS(3));
  CHECKPOINT;
  CLOSE(g, me->rc);
  SLEEP(SECONDS(1));
  tell("sleep", me->rc);
  END;
}
#define WORK "a+ b+ c+ @1000 a- @2000 b- c! g=EIO^[b:EIO] @3000 sleep=0"

/* It is told all as by roost_host_turn. */
static void a_programs_loop_turns_it(void **state) {
  (void)state;
  hosted(0, "main", .fn = work);
  run_loop();
  assert_log(WORK);
  assert_true(readies > 0 && greatest_depth == 1);
}

static void roost_run_turns_it(void **state) {
  (void)state;
  hosted(0, "main", .fn = work);
  flush();
  run();
  assert_log(WORK);
  assert_true(readies > 0 && greatest_depth == 1);
}

static void spawn_mixed(routine *me) {
  BEGIN;
  hosted(0, "h1", .lasts = SECONDS(1));
  flush();
  spawn(root, "c1", .lasts = SECONDS(1));
  hosted(0, "h2", .lasts = SECONDS(1));
  hosted(0, "h3", .lasts = SECONDS(1));
  flush();
  nap(root, "f1", .lasts = SECONDS(1));
  hosted(0, "h4", .lasts = SECONDS(1));
  END;
}

/* S1: the order is the same. */
static void bodies_of_all_kinds_have_one_order(void **state) {
  (void)state;
  hosted(0, "main", .fn = spawn_mixed);
  flush();
  run();
  assert_log("h1+ c1+ h2+ h3+ f1+ h4+ @1000 h1- c1- h2- h3- f1- h4-");
}

static void set_event(void) { assert_int_equal(roost_event_set(event), 0); }
static uv_timer_t timer;
static void set_by_timer(uv_timer_t *handle) {
  note("timer");
  set_event();
  hosted(0, "late", .lasts = SECONDS(1));
  flush();
  note("asked");
  uv_close((uv_handle_t *)handle, NULL);
}
static void turn_outside(uv_timer_t *handle) {
  note("%d", (int)roost_host_turn(rt, NULL, 0, &told));
  set_event();
  uv_close((uv_handle_t *)handle, NULL);
}

/* It waits for what a timer of the program's does, in a later turn of the loop. */
static void wait_for_timer(routine *me, uv_timer_cb callback) {
  BEGIN;
  assert_int_equal(roost_event_open(rt, &event), 0);
  assert_int_equal(uv_timer_init(&loop, &timer), 0);
  assert_int_equal(uv_timer_start(&timer, callback, 0, 0), 0);
  AWAIT_EVENT(event);
  note("%s", me->name);
  SLEEP(SECONDS(1));
  note("%s", me->name);
  END;
}
static void wait_for_setting(routine *me) { wait_for_timer(me, set_by_timer); }
static void wait_for_turning(routine *me) { wait_for_timer(me, turn_outside); }

/* S8: what the program's own callbacks bring about, and ask, is done in the next turn. */
static void a_callback_of_the_programs_asks(void **state) {
  (void)state;
  hosted(0, "a", .fn = wait_for_setting);
  run_loop();
  assert_log("timer asked a late+ @1000 a late-");
}

/* Outside of `ready` it takes what there is: nothing. */
static void it_may_be_called_where_there_is_nothing(void **state) {
  (void)state;
  hosted(0, "a", .fn = wait_for_turning);
  run_loop();
  assert_log("0 a @1000 a");
  assert_int_equal(roost_host_turn(rt, NULL, 0, &told), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* What is not taken                                                                              */
/* ---------------------------------------------------------------------------------------------- */

static int ignored;
static void take_the_second_time(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  if (ignored++ == 0) return;
  (void)drive_on();
}

/* What is not taken is not lost: it is there the next time. */
static void what_is_not_taken_is_kept(void **state) {
  assert_int_equal(close_what_ran(state), 0);
  assert_int_equal(open_runtime(state), 0);
  forget_routines();
  ignored = 0, dropped = 1;
  const roost_host_options *options =
      &(roost_host_options){.size = sizeof *options, .ready = take_the_second_time};
  assert_int_equal(roost_host_open(rt, options), 0);
  hosted(0, "a", .lasts = SECONDS(1));
  flush();
  spawn(root, "c", .lasts = SECONDS(1));
  run();
  assert_log("c+ a+ @1000 c- a-");
}

/* ---------------------------------------------------------------------------------------------- */
/* Closing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static void note_closed(const roost_result *result, void *data) {
  (void)data;
  note("closed %s", code_name(result->code));
}

/* S8a: a loop that is borrowed brings it to its end, and the host is told until then. */
static void it_is_closed_on_a_loop(void **state) {
  (void)state;
  a = hosted(0, "a", .lasts = SECONDS(9));
  flush();
  hosted_cleanup(node_of(a), "c", .lasts = SECONDS(1));
  assert_int_equal(roost_close(rt, SECONDS(2), note_closed, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("a+ @2000 a! c:cancelled @3000 c- closed 0");
  assert_int_equal(dropped, 1);
  assert_int_equal(roost_host_turn(rt, NULL, 0, &told), ROOST_ESTALE);
  rt.id = 0;
}

/* S8a: with `ready`, roost_close turns the own loop, and answers. */
static void it_is_closed_where_roost_run_turns_it(void **state) {
  (void)state;
  a = hosted(0, "a", .lasts = SECONDS(9), .answers = ROOST_EIO);
  flush();
  hosted_cleanup(node_of(a), "c", .lasts = SECONDS(1), .answers = ROOST_EIO);
  assert_int_equal(close_now(), ROOST_EIO);
  assert_log("a+ a! c:cancelled @1000 c-");
  assert_int_equal(dropped, 1);
}

static void close_inside(routine *me) {
  BEGIN;
  assert_int_equal(roost_close(rt, 0, note_closed, NULL, NULL), ROOST_PENDING);
  SLEEP(SECONDS(1));
  tell("sleep", me->rc);
  RETURN(me->rc);
  END;
}

/* S8a: from inside `ready`, where nothing is freed before that has returned. */
static void it_is_closed_from_inside(void **state) {
  (void)state;
  hosted(0, "a", .fn = close_inside);
  run_loop();
  rt.id = 0;
  assert_log("sleep=ECANCELED closed 0");
}

static void it_is_closed_from_inside_a_run(void **state) {
  (void)state;
  hosted(0, "a", .fn = close_inside);
  flush();
  assert_int_equal(roost_run(rt), 0);
  rt.id = 0;
  assert_log("sleep=ECANCELED closed 0");
}

/* D4 */
static void a_hang_is_found_by_roost_run(void **state) {
  (void)state;
  hosted(0, "a", .lasts = ROOST_FOREVER);
  flush();
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("a+ a!");
}

/* ---------------------------------------------------------------------------------------------- */
/* Opening                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* K5: the data of a host that is refused is dropped. */
static void a_host_that_is_refused_drops_its_data(void **state) {
  (void)state;
  assert_int_equal(roost_host_open(rt, READY), ROOST_EALREADY);
  assert_int_equal(dropped, 1);
  dropped = 0;
}

static void a_borrowed_loop_wants_ready(void **state) {
  assert_int_equal(close_on_loop(state), 0);
  assert_int_equal(open_runtime(state), 0);
  assert_int_equal(close_now(), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.loop = &loop), &rt), 0);
  assert_refused(ROOST_EORDER, roost_host_open, (rt, NULL));
  roost_host_options options = {.size = sizeof options, .data = &readies, .drop = count_drop};
  dropped = 0;
  assert_refused(ROOST_EORDER, roost_host_open, (rt, &options));
  assert_int_equal(dropped, 1);
  struct {
    roost_host_options known;
    uint64_t more;
  } longer = {.known = *READY, .more = 1};
  longer.known.size = sizeof longer;
  assert_refused(ROOST_E2BIG, roost_host_open, (rt, &longer.known));
  assert_int_equal(dropped, 2);
  options.size = 3;
  assert_refused(ROOST_EINVAL, roost_host_open, (rt, &options));
  longer.more = 0;
  dropped = 0;
  assert_int_equal(roost_host_open(rt, &longer.known), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_LOOP(a_programs_loop_turns_it),
      TO_RUN(roost_run_turns_it),
      TO_RUN(bodies_of_all_kinds_have_one_order),
      ON_LOOP(a_callback_of_the_programs_asks),
      ON_LOOP(it_may_be_called_where_there_is_nothing),
      TO_RUN(what_is_not_taken_is_kept),
      ON_LOOP(it_is_closed_on_a_loop),
      TO_RUN(it_is_closed_where_roost_run_turns_it),
      ON_LOOP(it_is_closed_from_inside),
      TO_RUN(it_is_closed_from_inside_a_run),
      TO_RUN(a_hang_is_found_by_roost_run),
      TO_RUN(a_host_that_is_refused_drops_its_data),
      ON_LOOP(a_borrowed_loop_wants_ready),
  };
  return cmocka_run_group_tests_name("host_ready", tests, NULL, NULL);
}
