/* The rows of roost_fiber.h, and of what roost.h has for callbacks in the same round. */
#ifndef MISUSE_FIBERS_H
#define MISUSE_FIBERS_H

#include "misuse.h"

static int sweep_in_a_fiber(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

static int stop_in_vain(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

static int reporting_fiber(roost_task self, void *data) {
  (void)data;
  return roost_started(self, 7);
}

static int reporting_start(roost_task self, void *data) { return reporting_fiber(self, data); }

#define REFUSED_FIBER(...) ROOST_FIBER(__VA_ARGS__, .data = make_data(), .drop = drop_made)
#define QUIET_FIBER ROOST_FIBER(.fn = quiet_fiber)

static int wait_to_read_twice(void) {
  assert_int_equal(roost_on_readable(descriptors[0], root, quiet_wait, NULL, NULL, NULL), 0);
  return roost_on_readable(descriptors[0], node(SCOPE), TOLD);
}

static int wait_to_write_twice(void) {
  assert_int_equal(roost_on_writable(descriptors[0], root, quiet_wait, NULL, NULL, NULL), 0);
  return roost_on_writable(descriptors[0], node(SCOPE), TOLD);
}

static int announce(int fd) {
  assert_int_equal(roost_on_readable(descriptors[0], node(SCOPE), quiet_wait, NULL, NULL, NULL), 0);
  return roost_descriptor_closing(rt, fd);
}

/* Calls on threads, and descriptors, for callbacks. */
static void rows_of_calls_and_descriptors(void **state) {
  (void)state;
  ROW(roost_on_call, "call", "NULL", ROOST_EINVAL, roost_on_call(NULL, node(SCOPE), TOLD));
  WAIT_ROWS(roost_on_call, quiet_call, node(SCOPE));
  ROW(roost_on_readable, "fd", "none", UV_EBADF, roost_on_readable(-1, node(SCOPE), TOLD));
  ROW(roost_on_readable, "fd", "none", UV_EBADF, roost_on_readable(INT_MAX, node(SCOPE), TOLD));
  LATE(roost_on_readable, "fd", "twice", ROOST_EBUSY, wait_to_read_twice());
  WAIT_ROWS(roost_on_readable, descriptors[0], node(SCOPE));
  ROW(roost_on_writable, "fd", "none", UV_EBADF, roost_on_writable(-1, node(SCOPE), TOLD));
  ROW(roost_on_writable, "fd", "none", UV_EBADF, roost_on_writable(INT_MAX, node(SCOPE), TOLD));
  LATE(roost_on_writable, "fd", "twice", ROOST_EBUSY, wait_to_write_twice());
  WAIT_ROWS(roost_on_writable, descriptors[1], node(SCOPE));
  ROW(roost_descriptor_closing, "fd", "none", ROOST_ALREADY, roost_descriptor_closing(rt, -1));
  ROW(roost_descriptor_closing, "fd", "none", ROOST_ALREADY, roost_descriptor_closing(rt, INT_MAX));
  LATE(roost_descriptor_closing, "fd", "that nobody waits for", ROOST_ALREADY,
       announce(descriptors[1]));
  LATE(roost_descriptor_closing, "fd", "that is waited for", 0, announce(descriptors[0]));
}

static int go_with(const roost_fiber_options *options) {
  return roost_go_with(node(GROUP), options, &opened);
}

static int start_fiber(const roost_fiber_options *options, roost_wait_fn fn, void *data,
                       roost_drop_fn drop) {
  return roost_start_fiber(node(GROUP), node(SCOPE), options, fn, data, drop, NULL, NULL);
}

static int fiber_defer_with(const roost_cleanup_options *options) {
  return roost_fiber_defer_with(node(GROUP), options, NULL);
}

/* What is for callbacks too. */
static void rows_of_fibers(void **state) {
  (void)state;
  ROW(roost_go, "fn", "NULL", ROOST_EINVAL, roost_go(node(GROUP), NULL, NULL));
  ROW(roost_go, "data", "NULL", 0, roost_go(node(GROUP), quiet_fiber, NULL));
  ROW(roost_go_with, "options", "NULL", ROOST_EINVAL, go_with(NULL));
  ROW(roost_go_with, "options", "no function", ROOST_EINVAL, go_with(REFUSED_FIBER(.name = "f")));
  ROW(roost_go_with, "options", "no such flag", ROOST_EINVAL,
      go_with(REFUSED_FIBER(.fn = told_fiber, .shield = 2)));
  ROW(roost_go_with, "options", "no such flag", ROOST_EINVAL,
      go_with(REFUSED_FIBER(.fn = told_fiber, .daemon = 2)));
  ROW(roost_go_with, "options", "a stack beyond the largest", ROOST_EINVAL,
      go_with(REFUSED_FIBER(.fn = told_fiber, .stack_size = (UINT64_C(1) << 30) + 1)));
  ROW(roost_go_with, "options", "a stack beyond all", ROOST_EINVAL,
      go_with(REFUSED_FIBER(.fn = told_fiber, .stack_size = UINT64_MAX)));
  ROW(roost_go_with, "options", "a stack below the smallest", 0,
      go_with(ROOST_FIBER(.fn = quiet_fiber, .stack_size = 1)));
  ROW(roost_go_with, "out", "NULL", 0, roost_go_with(node(GROUP), QUIET_FIBER, NULL));
  ROW(roost_group_open, "options", "a stack beyond the largest", ROOST_EINVAL,
      roost_group_open(root, ROOST_GROUP(.stack_size = UINT64_MAX), &opened));
  ROW(roost_runtime_open, "options", "a stack beyond the largest", ROOST_EINVAL,
      open_and_close(ROOST_RUNTIME(.stack_size = UINT64_MAX)));
  ROW(roost_main, "fn", "NULL", ROOST_EINVAL, roost_main(NULL, NULL));
  ROW(roost_main, "data", "NULL", 0, roost_main(quiet_fiber, NULL));
  ROW(roost_main_with, "options", "NULL is all defaults", 0,
      roost_main_with(NULL, quiet_fiber, NULL));
  ROW(roost_main_with, "options", "a borrowed loop", ROOST_EINVAL,
      roost_main_with(ROOST_RUNTIME(.loop = request_loop), told_fiber, NULL));
  ROW(roost_main_with, "fn", "NULL", ROOST_EINVAL,
      roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), NULL, NULL));
  ROW(roost_main_with, "data", "NULL", 0,
      roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), quiet_fiber, NULL));
  ROW(roost_start_fiber, "options", "NULL", ROOST_EINVAL, start_fiber(NULL, told_wait, DATA));
  ROW(roost_start_fiber, "options", "no function", ROOST_EINVAL,
      start_fiber(REFUSED_FIBER(.name = "f"), told_wait, DATA));
  ROW(roost_start_fiber, "options", "no such flag", ROOST_EINVAL,
      start_fiber(REFUSED_FIBER(.fn = told_fiber, .move_on = 2), told_wait, DATA));
  ROW(roost_start_fiber, "fn", "NULL", ROOST_EINVAL,
      start_fiber(REFUSED_FIBER(.fn = told_fiber), NULL, DATA));
  ROW(roost_start_fiber, "data", "NULL", 0, start_fiber(QUIET_FIBER, quiet_wait, NULL, NULL));
  ROW(roost_start_fiber, "drop", "NULL", 0, start_fiber(QUIET_FIBER, quiet_wait, &made, NULL));
  ROW(roost_start_fiber, "task", "NULL", 0, start_fiber(QUIET_FIBER, quiet_wait, DATA));
  ROW(roost_start_fiber, "out", "NULL", 0, start_fiber(QUIET_FIBER, quiet_wait, DATA));
  ROW(roost_fiber_defer, "fn", "NULL", ROOST_EINVAL, roost_fiber_defer(node(GROUP), NULL, DATA));
  ROW(roost_fiber_defer, "data", "NULL", 0,
      roost_fiber_defer(node(GROUP), sweep_in_a_fiber, NULL, NULL));
  ROW(roost_fiber_defer, "drop", "NULL", 0,
      roost_fiber_defer(node(GROUP), sweep_in_a_fiber, &made, NULL));
  ROW(roost_fiber_defer_with, "options", "NULL", ROOST_EINVAL, fiber_defer_with(NULL));
  ROW(roost_fiber_defer_with, "options", "no function", ROOST_EINVAL,
      fiber_defer_with(ROOST_CLEANUP(.data = make_data(), .drop = drop_made)));
  ROW(roost_fiber_defer_with, "options", "with an on_cancel", ROOST_EINVAL,
      fiber_defer_with(ROOST_CLEANUP(.fn = told_sweep, .on_cancel = stop_in_vain,
                                     .data = make_data(), .drop = drop_made)));
  ROW(roost_fiber_defer_with, "out", "NULL", 0,
      fiber_defer_with(ROOST_CLEANUP(.fn = sweep_in_a_fiber)));
  ROW(roost_result_release, "result", "NULL", ROOST_EINVAL, roost_result_release(NULL));
  ROW(roost_result_release, "result", "no size", ROOST_EINVAL,
      roost_result_release(&(roost_result){.size = 0}));
  ROW(roost_result_release, "result", "with nothing in it", ROOST_ALREADY,
      roost_result_release(&(roost_result){.size = sizeof(roost_result)}));
}

/* T1c: outside of a fiber, nothing that waits is begun; what was given is dropped (K5). */
static void rows_outside_of_a_fiber(void **state) {
  (void)state;
#define OUTSIDE(function, argument, ...)                                                           \
  ROW(function, argument, "outside of a fiber", ROOST_ENOTASK, function(__VA_ARGS__))
  roost_choice choice = ROOST_ON_TIME(0);
  roost_result result = {.size = sizeof result};
  roost_wait wait;
  ROW(roost_self, "", "outside of a fiber", 0, roost_self().id != 0);
  ROW(roost_here, "", "outside of a fiber", 0, roost_here().id != 0);
  OUTSIDE(roost_return, "rc", 0, NULL, NULL);
  OUTSIDE(roost_return, "result", 0, DATA);
  OUTSIDE(roost_return, "drop", 0, &made, NULL);
  OUTSIDE(roost_group_close, "rc", node(GROUP), ROOST_EIO, NULL);
  OUTSIDE(roost_group_close, "result", node(GROUP), 0, &result);
  OUTSIDE(roost_scope_close, "rc", node(SCOPE), ROOST_EIO, NULL);
  OUTSIDE(roost_scope_close, "result", node(SCOPE), 0, &result);
  OUTSIDE(roost_sleep, "ns", SECONDS(1));
  OUTSIDE(roost_sleep_until, "deadline_ns", 1);
  OUTSIDE(roost_sleep_forever, "", );
  OUTSIDE(roost_checkpoint, "", );
  OUTSIDE(roost_cancel_and_await, "why", node(TASK), NULL);
  OUTSIDE(roost_await_go, "options", node(GROUP), REFUSED_FIBER(.fn = told_fiber), NULL);
  OUTSIDE(roost_await_go, "task", node(GROUP), REFUSED_FIBER(.fn = told_fiber), &opened);
  OUTSIDE(roost_await_start, "options", node(GROUP), REFUSED(.start = told_start), NULL);
  OUTSIDE(roost_await_start, "task", node(GROUP), REFUSED(.start = told_start), &opened);
  OUTSIDE(roost_send, "item", channel(), &made);
  OUTSIDE(roost_receive, "item", channel(), &taken);
  OUTSIDE(roost_await_readable, "fd", descriptors[0]);
  OUTSIDE(roost_await_writable, "fd", descriptors[1]);
  OUTSIDE(roost_await_signal, "signum", SIGUSR1);
  OUTSIDE(roost_await_process, "options", CHILD);
  OUTSIDE(roost_blocking, "call", quiet_call, NULL);
  OUTSIDE(roost_blocking, "data", quiet_call, &made);
  OUTSIDE(roost_select, "choices", &choice, 1);
  OUTSIDE(roost_select, "count", NULL, 0);
  OUTSIDE(roost_park_here, "abort", NULL, NULL, &wait);
  OUTSIDE(roost_park_here, "data", told_abort, &made, &wait);
  OUTSIDE(roost_park_here, "out", told_abort, NULL, &wait);
  OUTSIDE(roost_await_tcp_connect, "tcp", &tcp, nobody_there(), NULL);
  OUTSIDE(roost_await_pipe_connect, "pipe", &fresh, "no such socket", NULL);
  OUTSIDE(roost_await_accept, "server", STREAM server, STREAM client);
  OUTSIDE(roost_await_read, "stream", STREAM stream, buffer, sizeof buffer);
  OUTSIDE(roost_await_read_exactly, "stream", STREAM stream, buffer, sizeof buffer, NULL);
  OUTSIDE(roost_await_write, "stream", STREAM stream, &one_byte, 1, NULL, NULL);
  OUTSIDE(roost_await_getaddrinfo, "name", "127.0.0.1", NULL, NULL, &addresses);
  OUTSIDE(roost_fs_prepare, "req", &request);
  OUTSIDE(roost_fs_await, "req", &request, 0);
#undef OUTSIDE
}

/* In a fiber of the root. */
static const char *misuse_fibers(void) {
  roost_task self = roost_self();
  FIBER_ROW(roost_go, "fn", "NULL", ROOST_EINVAL, roost_go(node(GROUP), NULL, NULL));
  FIBER_ROW(roost_main, "fn", "in a fiber", ROOST_EORDER, roost_main(told_fiber, NULL));
  FIBER_ROW(roost_main_with, "fn", "in a fiber", ROOST_EORDER,
            roost_main_with(NULL, told_fiber, NULL));
  FIBER_ROW(roost_self, "", "in a fiber", 1, roost_self().id != 0);
  FIBER_ROW(roost_here, "", "in a fiber", 1, roost_here().id == self.id);
  FIBER_ROW(roost_return, "rc", "any", 7, roost_return(7, NULL, NULL));
  FIBER_ROW(roost_return, "result", "again, with another", 0, roost_return(0, DATA));
  FIBER_ROW(roost_return, "drop", "NULL, and the first is dropped", 0,
            roost_return(0, &made, NULL));
  FIBER_ROW(roost_trim, "runtime", "with a fiber that runs", 0, roost_trim(rt));
  FIBER_ROW(roost_finish, "task", "a fiber", ROOST_EINVAL, roost_finish(self, 0, DATA));
  FIBER_ROW(roost_join, "node", "a fiber", ROOST_EKIND, roost_join(self, 0, told_join, DATA));
  FIBER_ROW(roost_run, "runtime", "from inside", ROOST_EORDER, roost_run(rt));
  FIBER_ROW(roost_fiber_defer, "fn", "NULL", ROOST_EINVAL, roost_fiber_defer(self, NULL, DATA));
  FIBER_ROW(roost_fiber_defer, "data", "NULL", 0,
            roost_fiber_defer(self, sweep_in_a_fiber, NULL, NULL));
  FIBER_ROW(roost_sleep, "ns", "any", 0, roost_sleep(INT64_MIN));
  FIBER_ROW(roost_sleep, "ns", "none", 0, roost_sleep(0));
  FIBER_ROW(roost_sleep, "ns", "none", 0, roost_sleep(ROOST_NOW));
  FIBER_ROW(roost_sleep_until, "deadline_ns", "long past", 0, roost_sleep_until(1));
  FIBER_ROW(roost_checkpoint, "", "at any time", 0, roost_checkpoint());
  return NULL;
}

/* A group that is neither the innermost that is open, nor opened by name. */
static int close_out_of_order(void) {
  roost_group outer = {0}, inner = {0};
  (void)roost_group_open(roost_self(), NULL, &outer);
  (void)roost_group_open(roost_self(), NULL, &inner);
  int rc = roost_group_close(outer, 0, NULL);
  if (roost_group_close(inner, 0, NULL) != 0 || roost_group_close(outer, 0, NULL) != 0) return 1;
  return rc;
}

static int close_a_scope_out_of_order(void) {
  roost_node outer = {0}, inner = {0};
  (void)roost_scope_open(roost_self(), NULL, &outer);
  (void)roost_group_open(roost_self(), NULL, &inner);
  int rc = roost_scope_close(outer, 0, NULL);
  if (roost_group_close(inner, 0, NULL) != 0 || roost_scope_close(outer, 0, NULL) != 0) return 1;
  return rc;
}

static int close_twice(void) {
  roost_scope scope = {0};
  (void)roost_scope_open(roost_self(), NULL, &scope);
  if (roost_scope_close(scope, 0, NULL) != 0) return 1;
  return roost_scope_close(scope, 0, NULL);
}

static int close_what_is_joined(void) {
  roost_group group = {0};
  (void)roost_group_open(root, NULL, &group);
  (void)roost_join(group, 0, NULL, NULL, NULL);
  return roost_group_close(group, 0, NULL);
}

/* T1c: what is in the brackets of a fiber is joined by nobody else. */
static int close_with(roost_result *result) {
  roost_group group = {0};
  (void)roost_group_open(roost_self(), NULL, &group);
  int rc = roost_group_close(group, 0, result);
  return rc < 0 && roost_group_close(group, 0, NULL) != 0 ? 1 : rc;
}

static int close_a_scope_with(int code, roost_result *result) {
  roost_scope scope = {0};
  (void)roost_scope_open(roost_self(), NULL, &scope);
  int rc = roost_scope_close(scope, code, result);
  return rc == ROOST_EINVAL && roost_scope_close(scope, 0, NULL) != 0 ? 1 : rc;
}

static int release_twice_in_a_fiber(void) {
  roost_result result = {.size = sizeof result};
  if (close_with(&result) != 0 || roost_result_release(&result) != 0) return 1;
  return roost_result_release(&result);
}

static const char *misuse_closing(void) {
  roost_result whole = {.size = sizeof whole};
  FIBER_ROW(roost_group_close, "group", "the root", ROOST_EORDER, roost_group_close(root, 0, NULL));
  FIBER_ROW(roost_group_close, "group", "not the innermost", ROOST_EORDER, close_out_of_order());
  FIBER_ROW(roost_group_close, "group", "joined", ROOST_EALREADY, close_what_is_joined());
  FIBER_ROW(roost_group_close, "rc", "any success", 0, close_with(NULL));
  FIBER_ROW(roost_group_close, "result", "no size", ROOST_EINVAL,
            close_with(&(roost_result){.size = 0}));
  FIBER_ROW(roost_group_close, "result", "for all", 0, close_with(&whole));
  FIBER_ROW(roost_result_release, "result", "for the first time", 0, roost_result_release(&whole));
  FIBER_ROW(roost_result_release, "result", "twice", ROOST_ALREADY, release_twice_in_a_fiber());
  FIBER_ROW(roost_scope_close, "scope", "not the innermost", ROOST_EORDER,
            close_a_scope_out_of_order());
  FIBER_ROW(roost_scope_close, "scope", "twice", ROOST_ESTALE, close_twice());
  FIBER_ROW(roost_scope_close, "rc", "any failure", INT_MIN, close_a_scope_with(INT_MIN, NULL));
  FIBER_ROW(roost_scope_close, "rc", "any success", 0, close_a_scope_with(INT_MAX, NULL));
  FIBER_ROW(roost_scope_close, "result", "no size", ROOST_EINVAL,
            close_a_scope_with(0, &(roost_result){.size = 0}));
  return NULL;
}

static int own_twice(void) {
  roost_lock it;
  (void)roost_lock_open(rt, &it);
  if (roost_await_lock(it) != 0) return 1;
  int rc = roost_await_lock(it);
  return roost_lock_release(it, roost_self()) != 0 || roost_lock_destroy(it) != 0 ? 1 : rc;
}

static int wait_beside(roost_wait *wait) {
  return roost_on_readable(descriptors[0], node(GROUP), quiet_wait, NULL, NULL, wait);
}

static int read_what_is_waited_for(void) {
  roost_wait wait;
  if (wait_beside(&wait) != 0) return 1;
  int rc = roost_await_readable(descriptors[0]);
  return roost_unwait(wait) != 0 ? 1 : rc;
}

static int await_twice(void) {
  roost_wait wait = {0};
  if (roost_park_here(NULL, NULL, &wait) != 0 || roost_wake(wait, 7) != 0) return 1;
  return roost_await(wait) != 7 ? 1 : roost_await(wait);
}

static int await_elsewhere(void) {
  roost_wait wait = {0};
  roost_scope scope = {0};
  if (roost_park_here(NULL, NULL, &wait) != 0 || roost_wake(wait, 0) != 0) return 1;
  (void)roost_scope_open(roost_self(), NULL, &scope);
  int rc = roost_await(wait);
  return roost_scope_close(scope, 0, NULL) != 0 || roost_await(wait) != 0 ? 1 : rc;
}

static int send_nothing(void) {
  void *first = NULL, *second = &second;
  int rc = roost_send(channel(), NULL);
  if (roost_receive(channel(), &first) != 0 || first == NULL) return 1;
  if (roost_receive(channel(), &second) != 0 || second != NULL) return 1;
  return roost_send(channel(), first) != 0 ? 1 : rc;
}

static const char *misuse_waits(void) {
  roost_task self = roost_self();
  FIBER_ROW(roost_await_end, "node", "the fiber itself", ROOST_EDEADLK, roost_await_end(self));
  FIBER_ROW(roost_await_end, "node", "what contains it", ROOST_EDEADLK, roost_await_end(root));
  FIBER_ROW(roost_cancel_and_await, "why", "an origin of the library's", ROOST_EINVAL,
            roost_cancel_and_await(node(GROUP), ROOST_CANCEL(.origin = ROOST_SHUTDOWN)));
  FIBER_ROW(roost_await_go, "options", "NULL", ROOST_EINVAL,
            roost_await_go(node(GROUP), NULL, NULL));
  FIBER_ROW(roost_await_go, "options", "no function", ROOST_EINVAL,
            roost_await_go(node(GROUP), REFUSED_FIBER(.name = "f"), NULL));
  FIBER_ROW(roost_await_go, "task", "that does not report", ROOST_ENOTSTARTED,
            roost_await_go(node(GROUP), QUIET_FIBER, &opened));
  FIBER_ROW(roost_await_go, "task", "NULL", 7,
            roost_await_go(root, ROOST_FIBER(.fn = reporting_fiber), NULL));
  FIBER_ROW(roost_await_start, "options", "NULL", ROOST_EINVAL,
            roost_await_start(node(GROUP), NULL, NULL));
  FIBER_ROW(roost_await_start, "options", "no start", ROOST_EINVAL,
            roost_await_start(node(GROUP), REFUSED(.name = "t"), NULL));
  FIBER_ROW(roost_await_start, "task", "NULL", 7,
            roost_await_start(root, ROOST_TASK(.start = reporting_start), NULL));
  FIBER_ROW(roost_await_lock, "lock", "its owner", ROOST_EDEADLK, own_twice());
  FIBER_ROW(roost_await_condition, "condition", "without the lock", ROOST_EORDER,
            roost_await_condition(condition()));
  FIBER_ROW(roost_send, "item", "NULL is one too", 0, send_nothing());
  FIBER_ROW(roost_receive, "item", "NULL", ROOST_EINVAL, roost_receive(channel(), NULL));
  FIBER_ROW(roost_await_readable, "fd", "none", UV_EBADF, roost_await_readable(-1));
  FIBER_ROW(roost_await_readable, "fd", "that is waited for", ROOST_EBUSY,
            read_what_is_waited_for());
  FIBER_ROW(roost_await_writable, "fd", "none", UV_EBADF, roost_await_writable(INT_MAX));
  FIBER_ROW(roost_await_writable, "fd", "to which can be written", 0,
            roost_await_writable(descriptors[1]));
  FIBER_ROW(roost_await_signal, "signum", "none", ROOST_EINVAL, roost_await_signal(0));
  FIBER_ROW(roost_await_signal, "signum", "for which nobody can wait", ROOST_EINVAL,
            roost_await_signal(SIGKILL));
  FIBER_ROW(roost_await_process, "options", "NULL", ROOST_EINVAL, roost_await_process(NULL));
  FIBER_ROW(roost_await_process, "options", "no file", ROOST_EINVAL,
            roost_await_process(ROOST_PROCESS()));
  FIBER_ROW(roost_blocking, "call", "NULL", ROOST_EINVAL, roost_blocking(NULL, NULL));
  FIBER_ROW(roost_blocking, "data", "NULL", 0, roost_blocking(quiet_call, NULL));
  FIBER_ROW(roost_park_here, "abort", "NULL, and no handle either", ROOST_EINVAL,
            roost_park_here(NULL, NULL, NULL));
  FIBER_ROW(roost_park_here, "out", "NULL", ROOST_EINVAL, roost_park_here(told_abort, NULL, NULL));
  FIBER_ROW(roost_await, "wait", "twice", ROOST_ESTALE, await_twice());
  FIBER_ROW(roost_await, "wait", "of another node of the fiber's", ROOST_EORDER, await_elsewhere());
  FIBER_ROW(roost_await, "wait", "of a callback's", ROOST_EKIND, roost_await(parked));
  return NULL;
}

static const char *misuse_selects(void) {
  roost_choice twice[] = {ROOST_ON_TIME(0), ROOST_ON_TIME(0)};
  roost_choice of_two_sizes[] = {ROOST_ON_TIME(0), ROOST_ON_TIME(0)};
  of_two_sizes[1].size = 16;
#define CHOICE(...) (&(roost_choice)__VA_ARGS__)
#define REFUSED_CHOICE(why, code, ...)                                                             \
  FIBER_ROW(roost_select, "choices", why, code, roost_select(CHOICE(__VA_ARGS__), 1))
  FIBER_ROW(roost_select, "count", "one, of NULL", ROOST_EINVAL, roost_select(NULL, 1));
  FIBER_ROW(roost_select, "count", "one of two", 0, roost_select(twice, 1));
  FIBER_ROW(roost_select, "choices", "of two sizes", ROOST_EINVAL, roost_select(of_two_sizes, 2));
  REFUSED_CHOICE("no size", ROOST_EINVAL, {.kind = ROOST_CHOOSE_TIME});
  REFUSED_CHOICE("no such kind", ROOST_EINVAL, ROOST_CHOICE(.kind = ROOST_CHOOSE_SIGNAL + 1));
  REFUSED_CHOICE("no such kind", ROOST_EINVAL, ROOST_CHOICE(.kind = UINT64_MAX));
  REFUSED_CHOICE("an unset handle", ROOST_EINVAL, ROOST_CHOICE(.kind = ROOST_CHOOSE_EVENT));
  REFUSED_CHOICE("a handle of another kind", ROOST_EKIND,
                 ROOST_CHOICE(.kind = ROOST_CHOOSE_EVENT, .id = here.id[LOCK]));
  REFUSED_CHOICE("a stale handle", ROOST_ESTALE,
                 ROOST_CHOICE(.kind = ROOST_CHOOSE_PERMIT, .id = gone.id[LIMITER]));
  REFUSED_CHOICE("of another runtime", ROOST_EFOREIGN,
                 ROOST_CHOICE(.kind = ROOST_CHOOSE_LOCK, .id = there.id[LOCK]));
  REFUSED_CHOICE("the fiber itself", ROOST_EDEADLK, ROOST_ON_END(roost_self()));
  REFUSED_CHOICE("nowhere to receive", ROOST_EINVAL, ROOST_ON_RECEIVE(channel(), NULL));
  REFUSED_CHOICE("no descriptor", UV_EBADF, ROOST_ON_READABLE(-1));
  REFUSED_CHOICE("no descriptor", UV_EBADF, ROOST_ON_WRITABLE(INT_MAX));
  REFUSED_CHOICE("no number of a descriptor", ROOST_EINVAL, ROOST_ON_READABLE(INT64_MAX));
  REFUSED_CHOICE("no signal", ROOST_EINVAL, ROOST_ON_SIGNAL(INT64_MAX));
#undef REFUSED_CHOICE
#undef CHOICE
  /* The first can be had, and is not taken. */
  roost_choice second[] = {ROOST_ON_RECEIVE(channel(), &taken), ROOST_CHOICE(.kind = UINT64_MAX)};
  FIBER_ROW(roost_select, "choices", "the second is bad", ROOST_EINVAL, roost_select(second, 2));
  return NULL;
}

static void rows_of_fibers_in_a_fiber(void **state) {
  (void)state;
  in_a_fiber(misuse_fibers);
}

static void rows_of_closing_in_a_fiber(void **state) {
  (void)state;
  in_a_fiber(misuse_closing);
}

static void rows_of_waits_in_a_fiber(void **state) {
  (void)state;
  in_a_fiber(misuse_waits);
}

static void rows_of_selects_in_a_fiber(void **state) {
  (void)state;
  in_a_fiber(misuse_selects);
}

#endif
