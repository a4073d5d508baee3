/* Roost for straight-line code: a task is a plain C function that waits by calling, and a wait that
 * is cancelled answers ROOST_ECANCELED.
 *
 *     static int fetch(roost_task self, void *item) {
 *       roost_defer(self, put_back, item, NULL);
 *       int rc = roost_sleep(10 * ROOST_SECOND);
 *       return rc < 0 ? rc : use(item);
 *     }
 *
 *     static int body(roost_task self, void *items) {
 *       roost_group g;
 *       roost_group_open(self, ROOST_GROUP(.limit = 10, .timeout_ns = 2 * ROOST_SECOND), &g);
 *       for (int i = 0; i < 100; i++) roost_go(g, fetch, item(items, i));
 *       return roost_group_close(g, 0, NULL);
 *     }
 *
 *     int main(void) { return roost_main(body, NULL); }
 *
 * What roost.h says of every function holds here too. Besides:
 *
 * - What waits (roost_sleep, roost_send, roost_group_close, the calls with `await`, ...) is for
 *   fibers alone: anywhere else, on another thread too, it answers ROOST_ENOTASK, and a callback
 *   uses the call of roost.h or roost_uv.h that does the same. Fibers, tasks of callbacks and
 *   blocking tasks mix in one group.
 * - A wait lets the others run (S1a) and answers what it was for; or ROOST_ECANCELED when the node
 *   in which the fiber is was cancelled before, again and again until the fiber has left that node
 *   (C3), and then nothing was taken (C4); or ROOST_ESTOPPING, where the node was opened with
 *   `until_stopping` (C12). A failure to begin the wait is answered at once.
 * - A fiber is in the innermost group or scope that it has open, else in its task: that is where it
 *   waits (T1b). `self`, given as a parent, means just that: what is opened with it is the
 *   innermost from then on, and is closed by roost_group_close or roost_scope_close in the reverse
 *   order, by this fiber. A node that is opened in any other parent is in nobody's way, and is
 *   closed as it is for callbacks (T1c).
 * - The cleanups of a fiber's task run when its function has returned, on the same stack: what they
 *   are given must not lie in that function's frame. What lies there is for the cleanups of a group
 *   or scope that the function closes.
 * - A fiber is always run to its end: it must leave its function by returning. Leaving it by
 *   longjmp, by pthread_exit, or by an exception of C++ is not defined. In a child after fork() it
 *   is not left at all: the child ends by _exit, or by exec.
 *
 * Stacks. A fiber has a stack of its own from its first step to the end of its function, of 64 KiB
 * of addresses if nothing else is said: memory is used as far as the stack is. Its lowest page is a
 * guard, which takes the place of 4 KiB of it: a function that needs more ends the process with a
 * fault there, and does not write to what is another's. A frame of more than 4 KiB could step over
 * it: compile what has such frames with -fstack-clash-protection. Give more where a fiber calls
 * what needs more (`stack_size` of a task, a group or the runtime). Stacks are kept and used again;
 * roost_trim gives back their memory. Where the kernel knows guard regions (Linux 6.13) there is no
 * limit to their number but memory; elsewhere it is vm.max_map_count, of which two are used for
 * each, and a fiber that finds no stack fails with ROOST_ENOMEM before it has begun (B4). The
 * environment variable ROOST_STACK_GUARDS has that tried out anywhere.
 *
 * Valgrind, and the sanitizers of a program that has them, are told of every stack and switch.
 *
 * Copyright (c) the Roost authors. MIT License; see LICENSE.
 */
#ifndef ROOST_FIBER_H
#define ROOST_FIBER_H

#include "roost.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------- */
/* Fibers                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* The environment variable that can have guards made as on older kernels: the value is `mprotect`.
 * It is looked at when the first fiber of a process needs a stack. */
#define ROOST_STACK_GUARDS "ROOST_STACK_GUARDS"

/* What a fiber does. It answers 0 or more for success, or a negative code; ROOST_ECANCELED where a
 * wait has answered that and the function gives up. Any code may be called in it that has room on
 * its stack; what holds the thread holds the loop (O3). */
typedef int (*roost_fiber_fn)(roost_task self, void *data);

/* Of roost_go_with. */
typedef struct roost_fiber_options {
  uint64_t size;
  roost_fiber_fn fn;  /* required */
  void *data;         /* what fn is given */
  roost_drop_fn drop; /* called last, when the task has ended and its cleanups have run */
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;
  uint64_t shield;
  int64_t grace_ns;
  uint64_t until_stopping;
  uint64_t daemon;
  uint64_t stack_size; /* bytes of its stack, rounded up to a power of two from 8 KiB to 1 GiB;
                          0: what its group says */
} roost_fiber_options;

/* Spawns a fiber into a group, which is a task in all that roost.h says of tasks. It starts in a
 * later turn, in the order of spawning, and takes its first step even when it was cancelled before
 * (C6a). Any code on the runtime's thread may call this, callbacks too. Failures: those of
 * roost_spawn. */
int roost_go(roost_group group, roost_fiber_fn fn, void *data);

/* The same with options, and a handle (NULL: none), which keeps its outcome (L5). */
int roost_go_with(roost_group group, const roost_fiber_options *options, roost_task *out);

/* A whole program: opens a runtime with a loop of its own on this thread, runs `fn` as a fiber of
 * its root group, named "main", with a stack of 1 MiB, and closes the runtime when `fn` returns,
 * which cancels what is left in the root. Answers what main may return: the answer of `fn` where
 * that is 0 or more. Where `fn` has failed, or was cancelled, or another task of the root has
 * failed, or handles of the program's are left on the loop, the answer is 1 and the errors are on
 * standard error, a line for each; where nothing could be run it is the code of that, whose
 * sentence is there. ROOST_EORDER: called in a fiber. */
int roost_main(roost_fiber_fn fn, void *data);

/* The same on a runtime with options, as `ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL)` in a test.
 * Their `stack_size` is also that of `fn`. ROOST_EINVAL: `loop` is set; a fiber on a borrowed loop
 * is spawned with roost_go. */
int roost_main_with(const roost_runtime_options *options, roost_fiber_fn fn, void *data);

/* The task of the fiber that runs; its id is 0 outside of one. */
roost_task roost_self(void);

/* The node in which the fiber that runs is: the innermost group or scope that it has open, else its
 * task. Its id is 0 outside of a fiber. */
roost_node roost_here(void);

/* Gives the fiber that runs a result beside its answer, for whoever reads its outcome (L5, L6); it
 * is written so that it can be returned: `return roost_return(0, page, free_page)`. Answers `rc`. A
 * second one in the same fiber drops what was given before. With a negative rc, `result` is the
 * error's object. Outside of a fiber it drops the result, and answers ROOST_ENOTASK. */
int roost_return(int rc, void *result, roost_drop_fn drop);

/* Gives the memory of the stacks that no fiber uses now, and have been used, back to the system:
 * after a peak. The stacks stay at hand. Linear in their number. */
int roost_trim(roost_runtime runtime);

/* ---------------------------------------------------------------------------------------------- */
/* Closing in a fiber                                                                             */
/* ---------------------------------------------------------------------------------------------- */

/* Closes a group and waits until all in it has ended, its cleanups too (C7b, G1). `rc` is the
 * outcome of the body so far, 0 or more for success; it counts as in roost_join. What this answers
 * is what goes on: `code` in what roost_join's `fn` is told, 0 for every success. A cancellation
 * that is the group's own is absorbed, and comes back as 0; one from further out as
 * ROOST_ECANCELED. It lets the others run even where the group is empty, and it is no wait that
 * could be cancelled: it goes on waiting, and it is the cancellation of the group itself that makes
 * its tasks end.
 *
 * `result` (NULL: not wanted; `size` must be set) gets all that is told of the end, which is kept,
 * with the outcomes of the group's tasks that are kept, until roost_result_release, at the latest
 * until this fiber ends.
 *
 * The group is the innermost node of this fiber; then the fiber is in the one around it. Or it was
 * opened by name, and nobody joins it yet (T1c).
 * ROOST_EORDER: it is not the innermost that the fiber has open, or it is another fiber's; or it is
 * the root group, or a group around this fiber, or the one that it is being started for (L4), which
 * would wait for itself.
 * ROOST_EALREADY: it was joined. ROOST_EKIND: a scope. */
int roost_group_close(roost_group group, int rc, roost_result *result);

/* The same for a scope. */
int roost_scope_close(roost_scope scope, int rc, roost_result *result);

/* Gives up what a closing has told: the errors, the reason, and the outcomes of the group's tasks
 * that are still kept, whose handles are stale then. All of `result` but its size is zero
 * afterwards. 0, or ROOST_ALREADY where there is nothing to give up. */
int roost_result_release(roost_result *result);

/* ---------------------------------------------------------------------------------------------- */
/* Cleanups that wait                                                                             */
/* ---------------------------------------------------------------------------------------------- */

/* As roost_defer, of a cleanup that waits by calling (K2). It runs as a fiber: on the stack of the
 * fiber that has ended, where it is one's own, else on a stack that is got here. `self` is the
 * cleanup's own task, in which it is, shielded; it answers 0 or a negative code, never
 * ROOST_PENDING. When its grace is over its waits answer ROOST_ECANCELED (C11). Any code on the
 * runtime's thread may register one, on any node. */
int roost_fiber_defer(roost_node node, roost_cleanup_fn fn, void *data, roost_drop_fn drop);

/* The same with options, and a handle by which it can be taken back. ROOST_EINVAL: `on_cancel` is
 * set, which is for cleanups that do not wait. */
int roost_fiber_defer_with(roost_node node, const roost_cleanup_options *options,
                           roost_cleanup *out);

/* ---------------------------------------------------------------------------------------------- */
/* Sleeping                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* Sleeps for so long: 0. A time of 0 or less is a roost_checkpoint. */
int roost_sleep(int64_t ns);

/* Sleeps until the runtime's clock shows this; ROOST_FOREVER for ever. What has passed is a
 * roost_checkpoint. */
int roost_sleep_until(uint64_t deadline_ns);

/* Sleeps until it is cancelled: never answers 0. */
int roost_sleep_forever(void);

/* Lets all run that is ready, and the loop look at the clock and at what comes from outside; then
 * answers ROOST_ECANCELED if the fiber is cancelled by then, else 0 (S1a). A loop that computes
 * calls it now and then. */
int roost_checkpoint(void);

/* ---------------------------------------------------------------------------------------------- */
/* Waiting for tasks                                                                              */
/* ---------------------------------------------------------------------------------------------- */

/* Waits for the end of a task, a group or a scope, as roost_on_end: of a task, its answer, or
 * ROOST_ETASKCANCELLED where it was cancelled. ROOST_EDEADLK: the fiber is in it. */
int roost_await_end(roost_node node);

/* Cancels a node and waits for its end, as roost_cancel_and_wait. */
int roost_cancel_and_await(roost_node node, const roost_cancel_options *why);

/* Spawns a fiber into a group and waits until it has reported by roost_started, as roost_start: the
 * value that it reported, or why it did not. */
int roost_await_go(roost_group group, const roost_fiber_options *options, roost_task *task);

/* The same for a task of callbacks. */
int roost_await_start(roost_group group, const roost_task_options *options, roost_task *task);

/* As roost_start, for a fiber that a callback spawns. */
int roost_start_fiber(roost_group group, roost_node in, const roost_fiber_options *options,
                      roost_wait_fn fn, void *data, roost_drop_fn drop, roost_task *task,
                      roost_wait *out);

/* ---------------------------------------------------------------------------------------------- */
/* Waiting for each other                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* Waits until an event has happened. */
int roost_await_event(roost_event event);

/* Waits for a permit, which is given back by roost_limiter_release. */
int roost_await_permit(roost_limiter limiter);

/* Waits for a lock. The fiber's task owns it then, wherever the fiber is: it is given back by
 * `roost_lock_release(lock, self)`. ROOST_EDEADLK: it owns it already. */
int roost_await_lock(roost_lock lock);

/* Releases the lock, which the fiber's task owns, waits at its condition to be notified, and takes
 * the lock again, as roost_condition_wait. */
int roost_await_condition(roost_condition condition);

/* Sends an item, which may be NULL, and waits until there was room for it, or a receiver. With
 * anything but 0 it stayed the caller's. */
int roost_send(roost_channel channel, void *item);

/* Waits for an item. With anything but 0 nothing was taken, nor written to `*item`. */
int roost_receive(roost_channel channel, void **item);

/* ---------------------------------------------------------------------------------------------- */
/* Waiting for what is outside                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* Waits until a descriptor can be read or has nothing more to come, as roost_on_readable. */
int roost_await_readable(int fd);

/* Waits until a descriptor can be written to, as roost_on_writable. */
int roost_await_writable(int fd);

/* Waits until the process receives a signal, whose number this answers, as roost_on_signal. From
 * the first wait of a fiber for it on, it stays caught until the node in which the fiber last
 * waited for it ends, and one that comes meanwhile is told to the next wait: a loop may do in
 * between whatever it likes. */
int roost_await_signal(int signum);

/* Runs a child process and waits until it has ended, as roost_run_process. */
int roost_await_process(const roost_process_options *options);

/* Calls a function on a thread of libuv's pool, and waits for it: what it answers. `self` is where
 * the fiber is, for roost_cancelled, the only thing here that concerns this call. When the fiber is
 * cancelled before a thread has begun it, it is not called, and the answer is ROOST_ECANCELED; once
 * it runs, it is asked by that mark alone, is waited for, and its answer stands, which is
 * ROOST_ECANCELED if it has given up (S6). */
int roost_blocking(roost_call_fn call, void *data);

/* ---------------------------------------------------------------------------------------------- */
/* Several waits                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* What a choice waits for. */
#define ROOST_CHOOSE_TIME 1     /* `number`: so many nanoseconds */
#define ROOST_CHOOSE_END 2      /* `id`: a node */
#define ROOST_CHOOSE_EVENT 3    /* `id`: an event */
#define ROOST_CHOOSE_PERMIT 4   /* `id`: a limiter */
#define ROOST_CHOOSE_LOCK 5     /* `id`: a lock */
#define ROOST_CHOOSE_SEND 6     /* `id`: a channel, `item`: what to send */
#define ROOST_CHOOSE_RECEIVE 7  /* `id`: a channel, `out`: where the item goes */
#define ROOST_CHOOSE_READABLE 8 /* `number`: a descriptor */
#define ROOST_CHOOSE_WRITABLE 9 /* `number`: a descriptor */
#define ROOST_CHOOSE_SIGNAL 10  /* `number`: a signal */

/* One of the waits of a select. The macros below make one. */
typedef struct roost_choice {
  uint64_t size;  /* the same in all of an array */
  uint64_t kind;  /* ROOST_CHOOSE_TIME, ...; 0: none, so that one can be left out */
  uint64_t id;    /* see the kinds */
  int64_t number; /* as id */
  void *item;     /* as id */
  void **out;     /* as id */
  int64_t rc;     /* set when this one was taken: what its wait has answered */
} roost_choice;

/* Waits for several things until one of them has come, and answers its index; its outcome, which
 * may be a failure (ROOST_ECLOSED of a channel), stands in its `rc`. Exactly one is taken: where
 * several are there at once, the first in the array; nothing is lost from the others, no item, no
 * permit and no signal, and they are as if they had never been waited for. With `count` 0, or
 * nothing but choices left out, it waits for the cancellation alone.
 * A negative answer is of the call: ROOST_ECANCELED or ROOST_ESTOPPING, and none was taken; or the
 * failure of a wait that could not begin, and then none was. ROOST_EINVAL: no such kind, sizes that
 * differ, or a channel that is both sent to and received from. Linear in `count`. */
int roost_select(roost_choice *choices, uint64_t count);

/* ---------------------------------------------------------------------------------------------- */
/* Fiber options in place                                                                         */
/* ---------------------------------------------------------------------------------------------- */

#ifndef __cplusplus
#define ROOST_FIBER(...) (&(roost_fiber_options){.size = sizeof(roost_fiber_options), __VA_ARGS__})

/* Choices, for the initialiser of an array of them. */
#define ROOST_CHOICE(...)                                                                          \
  { .size = sizeof(roost_choice), __VA_ARGS__ }
#define ROOST_ON_TIME(ns) ROOST_CHOICE(.kind = ROOST_CHOOSE_TIME, .number = (ns))
#define ROOST_ON_END(node) ROOST_CHOICE(.kind = ROOST_CHOOSE_END, .id = (node).id)
#define ROOST_ON_EVENT(event) ROOST_CHOICE(.kind = ROOST_CHOOSE_EVENT, .id = (event).id)
#define ROOST_ON_PERMIT(limiter) ROOST_CHOICE(.kind = ROOST_CHOOSE_PERMIT, .id = (limiter).id)
#define ROOST_ON_LOCK(lock) ROOST_CHOICE(.kind = ROOST_CHOOSE_LOCK, .id = (lock).id)
#define ROOST_ON_SEND(channel, what)                                                               \
  ROOST_CHOICE(.kind = ROOST_CHOOSE_SEND, .id = (channel).id, .item = (what))
#define ROOST_ON_RECEIVE(channel, where)                                                           \
  ROOST_CHOICE(.kind = ROOST_CHOOSE_RECEIVE, .id = (channel).id, .out = (where))
#define ROOST_ON_READABLE(fd) ROOST_CHOICE(.kind = ROOST_CHOOSE_READABLE, .number = (fd))
#define ROOST_ON_WRITABLE(fd) ROOST_CHOICE(.kind = ROOST_CHOOSE_WRITABLE, .number = (fd))
#define ROOST_ON_SIGNAL(signum) ROOST_CHOICE(.kind = ROOST_CHOOSE_SIGNAL, .number = (signum))
#else
} /* extern "C" */
inline roost_fiber_options roost_fiber_options_init() {
  roost_fiber_options options = roost_fiber_options();
  options.size = sizeof(roost_fiber_options);
  return options;
}
inline roost_choice roost_choice_init() {
  roost_choice choice = roost_choice();
  choice.size = sizeof(roost_choice);
  return choice;
}
#endif

#endif /* ROOST_FIBER_H */
