/* roost_uv.h: any request as a cancellable wait, and each wait's twin, which refuses. */
#include "support.h"

#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

static roost_group g;
static roost_scope s;
static roost_task task;
static roost_wait wait;

static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void unwait(void) { assert_int_equal(roost_unwait(wait), 0); }
static void wake_seven(void) { assert_int_equal(roost_wake(wait, 7), 0); }
static void wake_cancelled(void) { assert_int_equal(roost_wake(wait, ROOST_ECANCELED), 0); }
static void wake_in_vain(void) { assert_refused(ROOST_ESTALE, roost_wake, (wait, 8)); }

static int open_scope_s(void **state) {
  int rc = open_runtime(state);
  s = rc == 0 ? scope(root, "s") : (roost_scope){0};
  return rc;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_scope_s, close_runtime)

/* ---------------------------------------------------------------------------------------------- */
/* Waking                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* S2b */
static void a_parked_wait_ends_when_it_is_woken(void **state) {
  (void)state;
  wait = park(s, "p");
  act(SECONDS(1), wake_seven);
  run();
  assert_log("@1000 p=7");
}

static void wake_seven_aloud(void) {
  note("before");
  wake_seven();
  note("after");
}

/* S2b: in a later turn. */
static void waking_calls_nothing(void **state) {
  (void)state;
  wait = park(s, "p", .abort = STOPS);
  act(SECONDS(1), wake_seven_aloud);
  run();
  assert_log("@1000 before after p=7");
}

static void wake_twice(void) {
  wake_seven();
  wake_in_vain();
}

/* S2b: exactly once; the first word stands. */
static void a_wait_is_woken_once(void **state) {
  (void)state;
  wait = park(s, "p");
  act(SECONDS(1), wake_twice);
  run();
  assert_log("@1000 p=7");
  wake_in_vain();
}

/* S2b: also with an error, which is the request's own. */
static void a_wait_is_woken_with_an_error(void **state) {
  (void)state;
  wait = park(s, "p");
  assert_int_equal(roost_wake(wait, ROOST_EIO), 0);
  run();
  assert_log("p=EIO");
}

/* S2b: in the order in which they were woken. */
static void waits_are_told_in_the_order_of_their_ends(void **state) {
  (void)state;
  roost_wait first = park(s, "first");
  roost_wait second = park(s, "second");
  roost_wait third = park(s, "third");
  assert_int_equal(roost_wake(third, 3), 0);
  assert_int_equal(roost_wake(first, 1), 0);
  assert_int_equal(roost_wake(second, 2), 0);
  run();
  assert_log("third=3 first=1 second=2");
}

/* T3 */
static void only_parked_waits_are_woken(void **state) {
  (void)state;
  wait = after(s, SECONDS(1), "w");
  assert_refused(ROOST_EKIND, roost_wake, (wait, 0));
  task = spawn(root, "a", .lasts = SECONDS(2));
  assert_refused(ROOST_EKIND, roost_wake, (on_end(task, s, "end"), 0));
  run();
  assert_log("a+ @1000 w=0 @2000 a- end=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* Without a request behind                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* C4a: a cancellation ends it at once. */
static void without_an_abort_a_cancellation_ends_it(void **state) {
  (void)state;
  wait = park(s, "p");
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), wake_in_vain);
  run();
  assert_log("@1000 p=ECANCELED");
}

/* S2b: and so does taking it back, in silence. */
static void without_an_abort_it_is_taken_back_at_once(void **state) {
  (void)state;
  wait = park(s, "p");
  act(SECONDS(1), unwait);
  act(SECONDS(2), wake_in_vain);
  run();
  assert_log("");
}

static void unwait_then_wake(void) {
  unwait();
  wake_in_vain();
}

/* S2b: between the two calls no turn is needed. */
static void what_was_taken_back_is_not_woken(void **state) {
  (void)state;
  wait = park(s, "p");
  act(SECONDS(1), unwait_then_wake);
  run();
  assert_log("");
}

/* C3a */
static void without_an_abort_it_ends_at_once_in_a_cancelled_node(void **state) {
  (void)state;
  cancel_s();
  wait = park(s, "p");
  wake_in_vain();
  assert_log("");
  run();
  assert_log("p=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* An abort that stops the request                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* C4: it has stopped, and the wait ends. */
static void an_abort_that_stops_ends_the_wait(void **state) {
  (void)state;
  wait = park(s, "p", .abort = STOPS);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), wake_in_vain);
  run();
  assert_log("@1000 p:abort p=ECANCELED");
}

/* C4: the twin, where nothing is cancelled. */
static void an_abort_is_not_called_without_need(void **state) {
  (void)state;
  wait = park(s, "p", .abort = STOPS);
  act(SECONDS(1), wake_seven);
  act(SECONDS(2), cancel_s);
  run();
  assert_log("@1000 p=7");
}

/* C3a */
static void an_abort_follows_in_a_cancelled_node(void **state) {
  (void)state;
  cancel_s();
  wait = park(s, "p", .abort = STOPS);
  assert_log("");
  run();
  assert_log("p:abort p=ECANCELED");
}

/* S2b: taken back: the abort is called, the function is not. */
static void taking_back_aborts(void **state) {
  (void)state;
  wait = park(s, "p", .abort = STOPS);
  act(SECONDS(1), unwait);
  run();
  assert_log("@1000 p:abort");
}

/* ---------------------------------------------------------------------------------------------- */
/* An abort that answers that the request will end by itself                                      */
/* ---------------------------------------------------------------------------------------------- */

/* C4, C14b: it comes through. */
static void a_request_may_end_as_cancelled(void **state) {
  (void)state;
  wait = park(s, "p", .abort = WILL_END);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), wake_cancelled);
  run();
  assert_log("@1000 p:abort @2000 p=ECANCELED");
}

/* C4, C14b: the twin: it was too late, and the request brings its own result. */
static void a_request_may_refuse_its_cancellation(void **state) {
  (void)state;
  wait = park(s, "p", .abort = WILL_END);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), wake_seven);
  act(SECONDS(3), wake_in_vain);
  run();
  assert_log("@1000 p:abort @2000 p=7");
}

/* C14b: any other answer counts as that. */
static void an_abort_that_answers_nonsense_has_refused(void **state) {
  (void)state;
  wait = park(s, "p", .abort = NONSENSE);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), wake_seven);
  run();
  assert_log("@1000 p:abort @2000 p=7");
}

/* S2b: taken back meanwhile: the word of its end drops the data, and calls nothing. */
static void a_request_that_was_taken_back_ends_in_silence(void **state) {
  (void)state;
  wait = park(s, "p", .abort = WILL_END);
  act(SECONDS(1), unwait);
  act(SECONDS(2), wake_seven);
  act(SECONDS(3), wake_in_vain);
  run();
  assert_log("@1000 p:abort");
}

/* C14b: taken back after it was cancelled: it has been asked to stop already. */
static void a_cancelled_request_may_be_taken_back(void **state) {
  (void)state;
  wait = park(s, "p", .abort = WILL_END);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), unwait);
  act(SECONDS(3), wake_seven);
  run();
  assert_log("@1000 p:abort");
}

/* C4a: what ends between the mark and the abort keeps its result, without the abort. */
static void a_request_that_ends_before_its_abort_is_not_aborted(void **state) {
  (void)state;
  wait = park(s, "p", .abort = STOPS);
  cancel_s();
  wake_seven();
  wake_in_vain();
  run();
  assert_log("p=7");
}

/* S2b: taken back, and ended before its abort: there is nothing left to stop. */
static void a_request_that_ends_after_it_was_taken_back_is_not_aborted(void **state) {
  (void)state;
  wait = park(s, "p", .abort = STOPS);
  unwait();
  wake_seven();
  run();
  assert_log("");
}

/* ---------------------------------------------------------------------------------------------- */
/* Inside the abort                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void wake_with_seven(roost_wait it) {
  assert_int_equal(roost_wake(it, 7), 0);
  assert_refused(ROOST_ESTALE, roost_wake, (it, 8));
}

/* C4: what an abort itself reports counts, whatever it answers. */
static void an_abort_may_wake(void **state) {
  (void)state;
  static const int answers[] = {STOPS, WILL_END, NONSENSE};
  for (size_t i = 0; i < COUNT(answers); i++) {
    s = scope(root, "s");
    wait = park(s, "p", .abort = answers[i], .aborting = wake_with_seven);
    cancel_s();
    run();
    assert_log("p:abort p=7");
  }
}

/* S2b: and drops only, when the wait was taken back. */
static void an_abort_may_wake_what_was_taken_back(void **state) {
  (void)state;
  wait = park(s, "p", .abort = WILL_END, .aborting = wake_with_seven);
  unwait();
  run();
  assert_log("p:abort");
}

/* ---------------------------------------------------------------------------------------------- */
/* Whose wait it is                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void park_in_a_task(roost_task self) { wait = park(self, "p", .abort = STOPS); }

/* S2b: the end of a body takes its requests back. */
static void the_end_of_a_body_aborts_its_requests(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(1), .body = park_in_a_task);
  join(g, 0);
  run();
  assert_log("a+ @1000 a- p:abort g=0");
}

/* S2b: the closing of a scope too. */
static void the_closing_of_a_scope_aborts_its_requests(void **state) {
  (void)state;
  park(s, "p", .abort = STOPS);
  join(s, 0);
  run();
  assert_log("p:abort s=0");
}

static int told_abort;

static int abort_nameless(roost_wait it, void *data) {
  (void)data;
  told_abort = it.id != 0;
  return 0;
}

/* Without `out`, the abort is told the handle. */
static void a_wait_without_a_handle_needs_an_abort(void **state) {
  (void)state;
  told_abort = 0;
  assert_refused(ROOST_EINVAL, roost_park, (s, NULL, log_wait, copy_text("p"), drop_data, NULL));
  assert_int_equal(roost_park(s, abort_nameless, log_wait, copy_text("p"), drop_data, NULL), 0);
  cancel_s();
  run();
  assert_log("p=ECANCELED");
  assert_int_equal(told_abort, 1);
}

/* D4: a parked wait to which nothing can happen any more is a deadlock. */
static void a_request_that_never_ends_is_a_deadlock(void **state) {
  (void)state;
  park(s, "p", .abort = STOPS);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  assert_log("p:abort p=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* Real requests of libuv                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static uv_timer_t timer;

static void timer_fired(uv_timer_t *it) {
  (void)it;
  assert_int_equal(roost_wake(wait, 7), 0);
}

static int stop_timer(roost_wait it, void *data) {
  (void)it;
  (void)data;
  note("stop");
  return uv_timer_stop(&timer);
}

static void timer_closed(uv_handle_t *it) {
  (void)it;
  wake_cancelled();
}

static int close_timer(roost_wait it, void *data) {
  (void)it;
  (void)data;
  note("close");
  uv_close((uv_handle_t *)&timer, timer_closed);
  return ROOST_PENDING;
}

static void park_timer(uint64_t milliseconds, roost_abort_fn abort) {
  assert_int_equal(uv_timer_init(roost_loop(rt), &timer), 0);
  assert_int_equal(uv_timer_start(&timer, timer_fired, milliseconds, 0), 0);
  assert_int_equal(roost_park(s, abort, log_wait, copy_text("timer"), drop_data, &wait), 0);
}

/* S2b, C4, real: uv_timer_stop is "now". */
static void a_timer_is_stopped(void **state) {
  (void)state;
  park_timer(1000000, stop_timer);
  cancel_s();
  run();
  assert_log("stop timer=ECANCELED");
  uv_close((uv_handle_t *)&timer, NULL);
}

/* S2b, C4, real: the twin: it fires first. */
static void a_timer_fires(void **state) {
  (void)state;
  park_timer(1, stop_timer);
  run();
  cancel_s();
  assert_log("timer=7");
  uv_close((uv_handle_t *)&timer, NULL);
}

/* S2b, C14b, real: uv_close is "later", at its callback. */
static void a_handle_is_closed(void **state) {
  (void)state;
  park_timer(1000000, close_timer);
  cancel_s();
  run();
  assert_log("close timer=ECANCELED");
}

static uv_work_t work;
static uv_sem_t begun, go_on, over;

static void work_until_told(uv_work_t *it) {
  (void)it;
  uv_sem_post(&begun);
  uv_sem_wait(&go_on);
  uv_sem_post(&over);
}

static void work_done(uv_work_t *it, int rc) {
  (void)it;
  assert_int_equal(roost_wake(wait, rc == 0 ? 7 : rc), 0);
}

static void ignore_done(uv_work_t *it, int rc) {
  (void)it;
  (void)rc;
}

static int cancel_work(roost_wait it, void *data) {
  (void)it;
  (void)data;
  note("%s", uv_err_name(uv_cancel((uv_req_t *)&work) == 0 ? UV_ECANCELED : UV_EBUSY));
  uv_sem_post(&go_on);
  return ROOST_PENDING;
}

static void park_work(void) {
  assert_int_equal(uv_queue_work(roost_loop(rt), &work, work_until_told, work_done), 0);
  assert_int_equal(roost_park(s, cancel_work, log_wait, copy_text("work"), drop_data, &wait), 0);
}

static int open_semaphores(void **state) {
  assert_int_equal(uv_sem_init(&begun, 0), 0);
  assert_int_equal(uv_sem_init(&go_on, 0), 0);
  assert_int_equal(uv_sem_init(&over, 0), 0);
  return open_scope_s(state);
}

static int close_semaphores(void **state) {
  uv_sem_wait(&over); /* the thread has let go of them */
  uv_sem_destroy(&begun);
  uv_sem_destroy(&go_on);
  uv_sem_destroy(&over);
  return close_runtime(state);
}

/* S2b, C14b, real: uv_cancel of work that runs answers EBUSY, and the work's own result counts. */
static void work_that_runs_keeps_its_result(void **state) {
  (void)state;
  park_work();
  uv_sem_wait(&begun);
  cancel_s();
  run();
  assert_log("EBUSY work=7");
}

/* S2b, C4, real: the twin: work that is still queued, behind other work, is cancelled. */
static void work_that_is_queued_is_cancelled(void **state) {
  (void)state;
  static uv_work_t other;
  assert_int_equal(uv_queue_work(roost_loop(rt), &other, work_until_told, ignore_done), 0);
  uv_sem_wait(&begun);
  park_work();
  cancel_s();
  run();
  assert_log("ECANCELED work=ECANCELED");
}

static uv_getaddrinfo_t lookup;

static void lookup_done(uv_getaddrinfo_t *request, int rc, struct addrinfo *found) {
  (void)request;
  uv_freeaddrinfo(found);
  note("%s", uv_err_name(rc));
  assert_int_equal(roost_wake(wait, rc == UV_EAI_CANCELED ? ROOST_ECANCELED : rc), 0);
}

static int cancel_lookup(roost_wait it, void *data) {
  (void)it;
  (void)data;
  assert_int_equal(uv_cancel((uv_req_t *)&lookup), 0);
  uv_sem_post(&go_on);
  return ROOST_PENDING;
}

/* S2b, C14b, real: a lookup has a code of its own for its cancellation. */
static void a_lookup_that_is_queued_is_cancelled(void **state) {
  (void)state;
  static uv_work_t other;
  assert_int_equal(uv_queue_work(roost_loop(rt), &other, work_until_told, ignore_done), 0);
  uv_sem_wait(&begun);
  assert_int_equal(roost_park(s, cancel_lookup, log_wait, copy_text("look"), drop_data, &wait), 0);
  assert_int_equal(uv_getaddrinfo(roost_loop(rt), &lookup, lookup_done, "127.0.0.1", NULL, NULL),
                   0);
  cancel_s();
  run();
  assert_log("EAI_CANCELED look=ECANCELED");
}

static uv_poll_t poll;
static int ends[2];

static void readable(uv_poll_t *it, int rc, int events) {
  assert_int_equal(rc, 0);
  assert_int_equal(uv_poll_stop(it), 0);
  assert_int_equal(roost_wake(wait, events), 0);
}

static int stop_polling(roost_wait it, void *data) {
  (void)it;
  (void)data;
  note("stop");
  return uv_poll_stop(&poll);
}

static void park_pipe(void) {
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(uv_poll_init(roost_loop(rt), &poll, ends[0]), 0);
  assert_int_equal(uv_poll_start(&poll, UV_READABLE, readable), 0);
  assert_int_equal(roost_park(s, stop_polling, log_wait, copy_text("pipe"), drop_data, &wait), 0);
}

static void close_pipe(void) {
  uv_close((uv_handle_t *)&poll, NULL);
  close(ends[0]);
  close(ends[1]);
}

static void write_to_pipe(void) { assert_int_equal(write(ends[1], "x", 1), 1); }

/* S2b, real: a descriptor that becomes readable. */
static void a_descriptor_is_waited_for(void **state) {
  (void)state;
  park_pipe();
  act(SECONDS(1), write_to_pipe);
  run();
  assert_log("@1000 pipe=1");
  close_pipe();
}

/* S2b, C4, real: the twin: cancelled, and the byte stays where it is. */
static void a_cancelled_descriptor_keeps_its_bytes(void **state) {
  (void)state;
  char byte = 0;
  park_pipe();
  write_to_pipe();
  cancel_s();
  run();
  assert_int_equal(read(ends[0], &byte, 1), 1);
  assert_int_equal(byte, 'x');
  close_pipe();
}

int main(void) {
  setenv("UV_THREADPOOL_SIZE", "1", 1); /* so that work can be made to queue */
  const struct CMUnitTest tests[] = {
      TEST(a_parked_wait_ends_when_it_is_woken),
      TEST(waking_calls_nothing),
      TEST(a_wait_is_woken_once),
      TEST(a_wait_is_woken_with_an_error),
      TEST(waits_are_told_in_the_order_of_their_ends),
      TEST(only_parked_waits_are_woken),
      TEST(without_an_abort_a_cancellation_ends_it),
      TEST(without_an_abort_it_is_taken_back_at_once),
      TEST(what_was_taken_back_is_not_woken),
      TEST(without_an_abort_it_ends_at_once_in_a_cancelled_node),
      TEST(an_abort_that_stops_ends_the_wait),
      TEST(an_abort_is_not_called_without_need),
      TEST(an_abort_follows_in_a_cancelled_node),
      TEST(taking_back_aborts),
      TEST(a_request_may_end_as_cancelled),
      TEST(a_request_may_refuse_its_cancellation),
      TEST(an_abort_that_answers_nonsense_has_refused),
      TEST(a_request_that_was_taken_back_ends_in_silence),
      TEST(a_cancelled_request_may_be_taken_back),
      TEST(a_request_that_ends_before_its_abort_is_not_aborted),
      TEST(a_request_that_ends_after_it_was_taken_back_is_not_aborted),
      TEST(an_abort_may_wake),
      TEST(an_abort_may_wake_what_was_taken_back),
      TEST(the_end_of_a_body_aborts_its_requests),
      TEST(the_closing_of_a_scope_aborts_its_requests),
      TEST(a_wait_without_a_handle_needs_an_abort),
      TEST(a_request_that_never_ends_is_a_deadlock),
      TEST(a_timer_is_stopped),
      TEST(a_timer_fires),
      TEST(a_handle_is_closed),
      cmocka_unit_test_setup_teardown(work_that_runs_keeps_its_result, open_semaphores,
                                      close_semaphores),
      cmocka_unit_test_setup_teardown(work_that_is_queued_is_cancelled, open_semaphores,
                                      close_semaphores),
      cmocka_unit_test_setup_teardown(a_lookup_that_is_queued_is_cancelled, open_semaphores,
                                      close_semaphores),
      TEST(a_descriptor_is_waited_for),
      TEST(a_cancelled_descriptor_keeps_its_bytes),
  };
  return cmocka_run_group_tests_name("park", tests, NULL, NULL);
}
