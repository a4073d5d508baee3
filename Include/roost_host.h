/* Roost for another language: its coroutines as tasks, with one foreign call for each turn of the
 * loop. A *host* runs the bodies; the engine has the tree, the clock and the loop.
 *
 *     roost_host_open(runtime, NULL);
 *     ask(ROOST_ASK_SPAWN, .key = 1, .node = 0);
 *     while ((n = roost_host_turn(runtime, asked, asks, &told)) > 0) {
 *       asks = 0;
 *       for (int64_t i = 0; i < n; i++)
 *         resume(coroutine[told[i].key], &told[i]);    // which writes to asked[asks++]
 *     }
 *
 * The host gives each task, group, scope and cleanup of its own a *key*, a number of its choice,
 * by which both sides name it, so that nothing has to be answered at once. A key may be used again
 * when what it named is over, or when nothing more is asked of it by that key. Keys are small: the
 * engine has room for all up to the greatest. 0 is the root group.
 *
 * A hosted task is a task in all that roost.h says of tasks: in groups with tasks of any other
 * kind, cancelled, listed and shown like them. Like a fiber it is straight-line code (T1): it is in
 * the innermost group or scope that it has open, else in its task; there it waits, and what it
 * opens is closed in the reverse order, by itself. Its handle, given as a parent or to a wait with
 * roost_host_wake, means that node.
 *
 * A task that waits for one thing at a time asks for nothing else until it is told. One that asks
 * for several waits is told of each.
 *
 * What a task asks is carried out in the order of asking, as if each had been a call at that place
 * of the order: at the next turn, or at roost_host_submit before it. What must answer at once is an
 * ordinary call, after roost_host_submit: any function of roost.h takes the handles that
 * roost_host_node answers.
 *
 * The order is that of S1. All that is told in one turn may be resumed in that order, and what each
 * asks comes before what the next one asks. Code of the program's that is no host's (a callback, a
 * fiber) never runs between two that are told in one turn, or before one that was told earlier and
 * not yet resumed; only what an ask itself brings about, the drop of what it ends or the function
 * of a join, is called while it is carried out.
 *
 * A runtime has at most one host, and a thread at most one runtime with a host. The host ends with
 * the runtime: with a host on an own loop, roost_close answers ROOST_PENDING, and roost_host_turn
 * brings it to its end. Every function here is for the runtime's thread, ROOST_ETHREAD elsewhere.
 *
 * Copyright (c) the Roost authors. MIT License; see LICENSE.
 */
#ifndef ROOST_HOST_H
#define ROOST_HOST_H

#include "roost.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------- */
/* What is asked and told                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* What a host asks for. `key` is the task that asks, or what is to be named by it. What cannot be
 * carried out changes nothing, and is told: of a wait, or of a closing whose end is told, as its
 * outcome; of all else as ROOST_TOLD_REFUSED. */
typedef struct roost_ask {
  int32_t what; /* ROOST_ASK_SPAWN, ... */
  int32_t rc;
  uint64_t key;
  uint64_t node;
  uint64_t value;
} roost_ask;

/* A new task `key` in the group whose key is `node`. `rc`: 0 or ROOST_ASK_DAEMON. `value`: its
 * name, a `const char *` that is copied, or 0. What else a task may be given is given by
 * roost_spawn, with roost_host_begin. */
#define ROOST_ASK_SPAWN 1
/* Ends the body of the task or cleanup `key` with `rc`, as roost_finish does. `value`: its result
 * or its error's object, of which roost_host_drop is told, or 0. `node`: 0, or ROOST_ASK_TELL to be
 * told ROOST_TOLD_ENDED. What the task has left open is closed (G7). */
#define ROOST_ASK_FINISH 2
/* Lets the others run, and looks then whether the task is cancelled (S1a): when it is told. What
 * those ask who are told before it in the same turn is met by its next wait. */
#define ROOST_ASK_CHECKPOINT 3
/* Sleeps until the clock shows `value`, in nanoseconds; ROOST_FOREVER for no end. */
#define ROOST_ASK_SLEEP 4
/* Waits for the primitive whose handle is `node`: until an event has happened, for a permit, for a
 * lock, to be notified, for room to send `value`, for an item, which is told as the value. A lock
 * is the task's then, wherever that waited for it. */
#define ROOST_ASK_EVENT 5
#define ROOST_ASK_PERMIT 6
#define ROOST_ASK_LOCK 7
#define ROOST_ASK_CONDITION 8
#define ROOST_ASK_SEND 9
#define ROOST_ASK_RECEIVE 10
/* Waits for the end of the node whose handle is `node`, as roost_on_end. */
#define ROOST_ASK_END 11
/* Opens a scope `key` for the task whose key is `node`. `rc`: ROOST_ASK_SHIELD and
 * ROOST_ASK_MOVE_ON or 0. `value`: its deadline on the clock, or 0 for none. */
#define ROOST_ASK_SCOPE 12
/* Opens a group `key` for the task whose key is `node`. `value`: the address of
 * roost_group_options, valid until this is carried out, or 0. */
#define ROOST_ASK_GROUP 13
/* Closes the innermost of what the task `key` has open, whose key is `node`, with the outcome `rc`
 * of the body. A group's closing is told, as ROOST_TOLD_CLOSED to the task's key; and a scope's,
 * where `value` is ROOST_ASK_TELL, else nothing is told of it. */
#define ROOST_ASK_CLOSE 14
/* Cancels the node whose key is `key`, with `rc` as the code of the reason. */
#define ROOST_ASK_CANCEL 15

#define ROOST_ASK_DAEMON 1
#define ROOST_ASK_TELL 1
#define ROOST_ASK_SHIELD 1
#define ROOST_ASK_MOVE_ON 2

/* What a host is told. */
typedef struct roost_told {
  int32_t what; /* ROOST_TOLD_WAKE, ... */
  int32_t code;
  uint64_t key;
  uint64_t value;
} roost_told;

/* The wait of the task `key` has ended with `code`. `value`: the item that was received, the value
 * that a started task has reported; of a cancelled one the handle of the node whose cancellation
 * it is, the outermost visible one, of which roost_reason_of tells the reason (C9). */
#define ROOST_TOLD_WAKE 0
/* The task `key` takes its first step; `value` is its handle. It is taken even when it is cancelled
 * (C6a). */
#define ROOST_TOLD_BEGIN 1
/* The cleanup `key` begins: a task of its own, whose handle is `value`, and which ROOST_ASK_FINISH
 * ends. `code` says how what it cleans up after has ended (K1): ROOST_COMPLETED, ROOST_FAILED or
 * ROOST_CANCELLED. */
#define ROOST_TOLD_CLEAN 2
/* The group that the task `key` closes has closed, with `code`. `value`: the address of its
 * roost_result, valid until the next turn with all that it holds; 0 where there is no more to tell
 * than that it has completed and was not cancelled, or no memory to tell it. */
#define ROOST_TOLD_CLOSED 3
/* The task `key` has ended, its cleanups too: told where that was asked for, and of a task of
 * ROOST_ASK_SPAWN that had to wait for its turn (L2), which may end without having begun. `code`:
 * its outcome for an awaiter, in which ROOST_ECANCELED is what the body brought because it was
 * cancelled. `value`: ROOST_COMPLETED, ROOST_FAILED or ROOST_CANCELLED, its state (K3a). */
#define ROOST_TOLD_ENDED 4
/* roost_host_post was posted, with `key` as its data. */
#define ROOST_TOLD_POSTED 5
/* roost_host_drop was called, with `key` as its data. Without memory this may be left out. */
#define ROOST_TOLD_DROPPED 6
/* What was asked for `key` was not done: `code` says why, `value` is the `what` of that. */
#define ROOST_TOLD_REFUSED 7

/* ---------------------------------------------------------------------------------------------- */
/* The host of a runtime                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* Called, where the loop is turned by others (a borrowed loop, roost_run), in each turn that has
 * something to tell: roost_host_turn, called in it, takes that. */
typedef void (*roost_host_ready_fn)(roost_runtime runtime, void *data);

/* Of roost_host_open. */
typedef struct roost_host_options {
  uint64_t size;
  roost_host_ready_fn ready; /* NULL: this host turns the loop, by roost_host_turn */
  void *data;
  roost_drop_fn drop;
} roost_host_options;

/* Makes the runtime one with a host. `options` may be NULL. ROOST_EALREADY: it has one.
 * ROOST_EORDER: another runtime of this thread has one; or the loop is borrowed, and `ready` is
 * NULL. */
int roost_host_open(roost_runtime runtime, const roost_host_options *options);

/* Carries out what is asked, in order, and answers how much is told, in `told`, which is the
 * library's and valid until the next turn. Called outside of the loop on an own one, it first turns
 * that until there is something to tell, which is where the thread waits; called from the loop, as
 * in `ready`, it takes what there is. 0: nothing keeps the loop going, or, from the loop, there is
 * nothing. Once the runtime is closed, to which this brings it, it answers the outcome of that as
 * roost_close would, then ROOST_ESTALE. ROOST_EDEADLK: nothing is left that could happen, as
 * roost_run. The order of all that is asked and told is S1's. What is asked is carried out, and the
 * rest done, also where an ask was refused. Linear in what is asked and told. */
int64_t roost_host_turn(roost_runtime runtime, const roost_ask *asks, uint64_t count,
                        const roost_told **told);

/* Carries out what is asked, in order, and nothing else: before a call that is to find it done. */
int roost_host_submit(roost_runtime runtime, const roost_ask *asks, uint64_t count);

/* The handle of what a key names; its id is 0 where it names nothing. */
roost_node roost_host_node(roost_runtime runtime, uint64_t key);

/* Has a key name a node that an ordinary call has opened or spawned. ROOST_ENOMEM. ROOST_EINVAL:
 * the key is 0 or above 2^26. */
int roost_host_bind(roost_runtime runtime, uint64_t key, roost_node node);

/* Closes the innermost that a hosted task has open, a scope, at once, and answers what goes on, as
 * roost_scope_close does in a fiber; `result` (NULL: not wanted) begins with its size, and its
 * errors are valid until the next turn. Callback cleanups run in it. ROOST_PENDING: one of these
 * has not ended, and what it brings goes to what is around the scope (T1d). ROOST_EORDER, and
 * nothing is changed: it is not the innermost that a hosted task has open, something in it has not
 * ended, or it has a cleanup of another kind. */
int roost_host_scope_close(roost_scope scope, int rc, roost_result *result);

/* Takes a group or scope that a hosted task has open out of its brackets: it is cancelled, with the
 * origin ROOST_LEFT_OPEN, what the task has open in it too, and the task is in what is around it
 * (B1a). From then on it is like one that was opened in a named parent (T1c), and roost_join joins
 * it; its task does at its end (G7). */
int roost_host_abandon(roost_node block);

/* Ends the wait of the hosted task `key` for an event, a permit, a lock, to send or to receive: it
 * gets nothing, and is told `rc`, which is negative. For what a host makes of these, as a stream of
 * which one user's end is closed while others are open. ROOST_ESTALE: it does not wait, or has got
 * what it waited for, or was cancelled, and is told that. ROOST_EORDER: it waits for anything else.
 * ROOST_EINVAL: `rc` is 0 or more. Linear in the number of waits in the node where the task is. */
int roost_host_interrupt(roost_runtime runtime, uint64_t key, int rc);

/* ---------------------------------------------------------------------------------------------- */
/* Functions to be given to ordinary calls                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* The functions of what a host is told; `data` is the key, as a pointer: `(void *)(uintptr_t)key`.
 * They are given to the calls of the other headers, never called by the program:
 *
 *     roost_spawn(group, ROOST_TASK(.start = roost_host_begin, .data = key, .name = "x"), &task);
 *     roost_on_signal(SIGTERM, task, roost_host_wake, key, NULL, NULL);
 *     roost_defer(node, roost_host_clean, key, NULL);
 *     roost_post(runtime, roost_host_post, token, roost_host_drop);
 */

/* The start of a hosted task. */
int roost_host_begin(roost_task task, void *key);

/* The end of a wait of the hosted task `key`. */
void roost_host_wake(roost_wait wait, int rc, void *key);

/* A cleanup that is a hosted task. */
int roost_host_clean(roost_task task, const roost_outcome *why, void *key);

/* A posted function. */
void roost_host_post(roost_runtime runtime, void *key);

/* The drop of a hosted task, given with roost_host_begin: tells ROOST_TOLD_ENDED. */
void roost_host_ended(void *key);

/* Any other drop. */
void roost_host_drop(void *key);

#ifdef __cplusplus
}
#endif

#endif /* ROOST_HOST_H */
