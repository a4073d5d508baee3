/* Roost: structured concurrency on a libuv loop.
 *
 * Everything comes home to roost: no task outlives its group, no cleanup is forgotten, no
 * cancellation is lost. This header is the whole interface for programs; roost_uv.h adds what is
 * needed to make any other request cancellable. The rules cited by number (C4, K3, ...) stand in
 * Docs/semantics.md.
 *
 * A first program: a group of at most ten tasks at a time, on a loop that the program drives.
 *
 *     static int start(roost_task t, void *p)  { return begin(p, t) ? ROOST_PENDING : ROOST_EIO; }
 *     static int stop(roost_task t, const roost_reason *why, void *p) { abort_it(p); return 0; }
 *
 *     roost_group g;
 *     roost_group_open(roost_root(rt), ROOST_GROUP(.limit = 10), &g);
 *     for (int i = 0; i < n; i++)
 *       roost_spawn(g, ROOST_TASK(.start = start, .on_cancel = stop, .data = &request[i]), NULL);
 *     roost_defer(g, close_database, db, NULL);
 *     roost_join(g, 0, joined, me, NULL);
 *
 * What holds for every function, unless its comment says otherwise:
 *
 * - It belongs to the thread that opened the runtime; on any other it answers ROOST_ETHREAD and
 *   does nothing. In a child after fork() it answers ROOST_ECHILD and touches nothing (S8b).
 * - It answers 0 or a positive value for success and a negative code for failure. A failure changes
 *   nothing; roost_last_error() then has a sentence that says what to do.
 * - A NULL that may not be, an unset handle and a value out of range answer ROOST_EINVAL; the
 *   handle of another kind of thing ROOST_EKIND; of something that has ended, or of a runtime that
 *   was closed, ROOST_ESTALE; nodes of two runtimes in one call ROOST_EFOREIGN (T3).
 * - It takes constant time, where nothing else is said.
 * - It runs none of the program's code before it returns. The exceptions are drops: that of a call
 *   which fails, or answers ROOST_ALREADY, and takes nothing (K5), and that of roost_undefer.
 * - Strings are copied. Names and reason messages longer than 63 bytes are cut at a character.
 * - Times are nanoseconds on the runtime's monotonic clock, which starts above 0.
 *
 * Copyright (c) the Roost authors. MIT License; see LICENSE.
 */
#ifndef ROOST_H
#define ROOST_H

#include <errno.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------- */
/* Version                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

#define ROOST_VERSION_MAJOR 0
#define ROOST_VERSION_MINOR 1
#define ROOST_VERSION_PATCH 0
#define ROOST_VERSION "0.1.0"

/* The version of the library that is running, as "major.minor.patch"; compare it with
 * ROOST_VERSION, which is the version of this header. Never NULL. Any thread, any time. */
const char *roost_version(void);

/* ---------------------------------------------------------------------------------------------- */
/* Status codes                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

/* XX(name, value, text). The first part has the values of errno and libuv, negated; the second is
 * Roost's own, below -20000. Any other code of libuv may also come out of a request of libuv's. */
#define ROOST_STATUS_MAP(XX)                                                                       \
  XX(EINVAL, -EINVAL, "invalid argument")                                                          \
  XX(ENOMEM, -ENOMEM, "not enough memory")                                                         \
  XX(EIO, -EIO, "input/output error")                                                              \
  XX(EBUSY, -EBUSY, "resource is in use")                                                          \
  XX(E2BIG, -E2BIG, "an options struct has fields set that this library does not know")            \
  XX(EALREADY, -EALREADY, "this was done before")                                                  \
  XX(ETIMEDOUT, -ETIMEDOUT, "the deadline passed")                                                 \
  XX(ECANCELED, -ECANCELED, "cancelled")                                                           \
  XX(ESTALE, -20001, "the handle names something that has ended")                                  \
  XX(EKIND, -20002, "the handle names another kind of thing")                                      \
  XX(EFOREIGN, -20003, "the handles belong to different runtimes")                                 \
  XX(ETHREAD, -20004, "called on another thread than the runtime's")                               \
  XX(ECHILD, -20005, "the runtime belongs to the process before fork")                             \
  XX(ECLOSED, -20006, "closing has begun, nothing more can be opened here")                        \
  XX(EORDER, -20007, "called at a time when this cannot be done")                                  \
  XX(EDEADLK, -20008, "it would wait for itself, or nothing is left that could happen")            \
  XX(ENOTCANCELLED, -20009, "a body ended as cancelled although nothing had cancelled it")         \
  XX(ETASKCANCELLED, -20010, "the awaited task was cancelled")                                     \
  XX(EWASCANCELLED, -20011, "a scope or group that reports was cancelled")                         \
  XX(EUNCLOSED, -20012, "a task ended with groups or scopes open")                                 \
  XX(ECUT, -20013, "a cleanup was cut short by a cancellation")

#define ROOST_STATUS_ENUM(name, value, text) ROOST_##name = value,
enum roost_status { ROOST_STATUS_MAP(ROOST_STATUS_ENUM) ROOST_OK = 0 };
#undef ROOST_STATUS_ENUM

#define ROOST_PENDING 1 /* not ended yet; the end will be reported */
#define ROOST_ALREADY 2 /* nothing to do: it was done by an earlier call */

/* What a status code means, in a few words: Roost's own codes and libuv's. Never NULL; the text is
 * static. Any thread, any time. */
const char *roost_strerror(int code);

/* The sentence of this thread's last failed call: which call, which node, what was expected, what
 * was found, what to do instead. "" when no call has failed on this thread. Valid until the next
 * call of Roost on this thread that fails; a call that succeeds leaves it alone. Any thread. */
const char *roost_last_error(void);

/* ---------------------------------------------------------------------------------------------- */
/* Handles                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* A handle is a number, never a pointer, and is passed by value. It may be copied, compared by its
 * id, kept for ever and used at any time: late use answers ROOST_ESTALE (T3). 0 is never valid.
 *
 * A node is a task, a group or a scope. What can be done to every node takes a roost_node, and the
 * three names are the same type. */
typedef struct roost_node {
  uint64_t id;
} roost_node;
typedef roost_node roost_task;
typedef roost_node roost_group;
typedef roost_node roost_scope;

typedef struct roost_runtime {
  uint64_t id;
} roost_runtime;
typedef struct roost_cleanup {
  uint64_t id;
} roost_cleanup;
typedef struct roost_wait {
  uint64_t id;
} roost_wait;

/* Frees what a `data` pointer points to. Wherever a callback and its data are given, a drop may be
 * given beside them (NULL: none): it is called exactly once, after the last use of data, on the
 * runtime's thread; when the call that registers them fails, before that call returns, on the
 * thread of the call (K5). Only where the options that hold them cannot be read, because they are
 * NULL or their size makes no sense, is nothing called. A drop may call anything. */
typedef void (*roost_drop_fn)(void *data);

/* ---------------------------------------------------------------------------------------------- */
/* Time and options                                                                               */
/* ---------------------------------------------------------------------------------------------- */

#define ROOST_MICROSECOND INT64_C(1000)
#define ROOST_MILLISECOND INT64_C(1000000)
#define ROOST_SECOND INT64_C(1000000000)
#define ROOST_NOW (-INT64_C(1)) /* a timeout of no length: it has passed when it begins */
#define ROOST_FOREVER INT64_MAX /* a timeout or deadline that never passes */

/* Options structs. Their fields are eight bytes each; zero is every field's default and means
 * unset. `size` is the size of the struct as the caller knows it. A struct shorter than the
 * library's is read as if the rest were zero; a longer one is accepted when the rest is zero, else
 * the call answers ROOST_E2BIG. The macros ROOST_RUNTIME, ROOST_GROUP, ... build one in place and
 * take designated initialisers; C++ sets the fields of what roost_group_options_init() returns.
 * NULL for an options pointer means all defaults, where the call has a meaning without any.
 *
 * Deadlines (D1, D2): `timeout_ns` counts from the opening (of a task from its first step), and a
 * negative one has passed at once; `deadline_ns` is absolute, and counts while a task is queued.
 * Where both are given, the earlier counts. When it passes, the node is cancelled with the origin
 * ROOST_DEADLINE. If that cut work short, the node's closing answers ROOST_ETIMEDOUT; with
 * `move_on` (1) it goes on as if nothing had happened, and the result says `cancelled_caught`. */

/* ---------------------------------------------------------------------------------------------- */
/* Reasons, errors, outcomes, results                                                             */
/* ---------------------------------------------------------------------------------------------- */

/* Where a cancellation came from (C9). A caller may give EXPLICIT, SIGNAL or HOST. */
#define ROOST_EXPLICIT 1       /* somebody called roost_cancel */
#define ROOST_DEADLINE 2       /* a deadline passed */
#define ROOST_FAILED_SIBLING 3 /* another task of the group, or its body, failed */
#define ROOST_LEFT_OPEN 4      /* its task ended without closing it (G7) */
#define ROOST_SIGNAL 5         /* a signal asked for it */
#define ROOST_SHUTDOWN 6       /* the runtime is closing */
#define ROOST_HOST 7           /* the host language's own cancellation */
#define ROOST_DEADLOCK 8       /* on the virtual clock: nothing is left that could happen (D4) */

/* Why something is cancelled. Structs that the library fills begin with their size; fields are only
 * ever added at the end. */
typedef struct roost_reason {
  uint64_t size;
  int64_t origin;   /* ROOST_EXPLICIT, ... */
  int64_t code;     /* the number given to roost_cancel; the error's code for a failed sibling */
  roost_node node;  /* where it began: the node that was cancelled, or the one that failed */
  char message[64]; /* as given to roost_cancel; "" for none */
  char name[64];    /* the name of that node, "" for none */
} roost_reason;

/* How something ended (G5). */
#define ROOST_ALIVE 0     /* it has not */
#define ROOST_COMPLETED 1 /* with success */
#define ROOST_FAILED 2    /* with an error */
#define ROOST_CANCELLED 3 /* cancelled */

/* One error in a result (G3): of a task, a cleanup, a body, or of a group that was joined inside.
 * `message` is what roost_explain gave, NULL for nothing. `object` is the pointer given to
 * roost_finish with a negative code. `children` are the errors of a nested group. All of it belongs
 * to the library. */
typedef struct roost_error {
  uint64_t size;
  int64_t code;
  roost_node node;
  const char *name; /* the node's name, "" for none; "cleanup of <name>" for a cleanup's */
  const char *message;
  void *object;
  const struct roost_error *next;
  const struct roost_error *children;
} roost_error;

/* The outcome of a task, also as a cleanup is told why it runs (K1). Of a group or scope, to its
 * cleanups, `code` is what its closing is about to answer. */
typedef struct roost_outcome {
  uint64_t size;
  int64_t state;              /* ROOST_ALIVE, ROOST_COMPLETED, ROOST_FAILED, ROOST_CANCELLED */
  int64_t code;               /* what the body answered, 0 or more for success; ROOST_ECANCELED */
  int64_t started;            /* 0 for a task that ended before its first step (C6a), else 1 */
  void *result;               /* the pointer given to roost_finish with success, else NULL */
  const roost_reason *reason; /* of a cancellation, else NULL */
} roost_outcome;

/* The result of a group or a scope (G5). `code` is what goes on to whoever closed it:
 *
 *     the first error's code   a task, the body or a cleanup failed; all are listed in `errors`
 *     ROOST_ETIMEDOUT          its own deadline cut work short, and move_on was not given
 *     ROOST_EWASCANCELLED      it was cancelled, absorbed it, and was opened to `report` (C7a)
 *     ROOST_ECANCELED          something around it is cancelled, and cut work short in it (C7)
 *     0                        none of these, a cancellation of its own included: it is absorbed
 */
typedef struct roost_result {
  uint64_t size;
  int64_t state; /* ROOST_FAILED with errors or ROOST_ETIMEDOUT, ROOST_CANCELLED where
                               it was cut short otherwise, absorbed or not, else ROOST_COMPLETED */
  int64_t code;
  int64_t cancel_called;      /* 1: somebody, or its deadline, cancelled this node itself (C8) */
  int64_t cancelled_caught;   /* 1: and that cut work short, which was absorbed here (C8) */
  const roost_reason *reason; /* of the cancellation that applied to it, else NULL */
  const roost_error *errors;  /* in the order in which they happened, else NULL */
  uint64_t error_count;       /* all that happened; those beyond max_errors are only counted */
} roost_result;

/* ---------------------------------------------------------------------------------------------- */
/* Runtime                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

struct uv_loop_s;

#define ROOST_CLOCK_REAL 0 /* uv_hrtime */
/* Stands still while anything can run, then jumps: for tests (D4). Of the runtimes on one loop at
 * most one may have it: two would take each other for something that may still happen. */
#define ROOST_CLOCK_VIRTUAL 1

/* Policies of a group (G2). */
#define ROOST_FAIL_FAST 1 /* the first error cancels the rest; the default of groups */
#define ROOST_SUPERVISE 2 /* errors are collected, nothing is cancelled; the default of the root */

typedef struct roost_runtime_options {
  uint64_t size;
  struct uv_loop_s *loop; /* run on this loop, which the caller drives; NULL: a loop of its own */
  uint64_t clock;         /* ROOST_CLOCK_REAL or ROOST_CLOCK_VIRTUAL */
  uint64_t policy;        /* of the root group; 0: ROOST_SUPERVISE */
  uint64_t limit;         /* of the root group; 0: none */
  uint64_t max_errors;    /* of the root group; 0: 1,000 */
  const char *name;       /* of the root group; NULL: "root" */
} roost_runtime_options;

/* Opens a runtime on the calling thread, which becomes its thread: the only one that may call it.
 * A thread may open any number. With `loop`, the caller's loop gets what the runtime needs (idle
 * and prepare handles and one timer), and they keep it alive only while a task of ours lives, a
 * wait pends, or a join or close is under way (S8). The loop must outlive the runtime.
 * Failures: ROOST_EINVAL, ROOST_E2BIG, ROOST_ENOMEM, or libuv's code. */
int roost_runtime_open(const roost_runtime_options *options, roost_runtime *out);

/* Turns the runtime's own loop until nothing of ours keeps it going: no task alive, no wait, no
 * join (S8). Answers 0 then, and at once when there is nothing to do; it may be called again.
 * On the virtual clock, when tasks are left and nothing can ever happen to them, the root group is
 * cancelled with the origin ROOST_DEADLOCK, and the answer is ROOST_EDEADLK (D4).
 * ROOST_EORDER: the runtime borrows its loop (turn that with uv_run), or this was called from
 * inside one of its callbacks. */
int roost_run(roost_runtime runtime);

/* Called when the runtime has gone. `result` is the root group's, valid until this returns. */
typedef void (*roost_close_fn)(const roost_result *result, void *data);

/* Closes a runtime (S8a): spawning into the root answers ROOST_ECLOSED from now on; everything
 * alive is cancelled with the origin ROOST_SHUTDOWN after `patience_ns` (0: at once;
 * ROOST_FOREVER: never, all may end by themselves); when all of it has ended and every cleanup has
 * run, the runtime is freed, and all its handles are stale for ever.
 *
 * On its own loop, turns that until then, and answers the root's outcome: the code of its result;
 * ROOST_EDEADLK where the virtual clock found that nothing was left that could happen (D4).
 * On a borrowed loop, or when called from inside the runtime, answers ROOST_PENDING; turn the loop,
 * and `fn` (NULL: none) is called once, when nothing of ours is left on it. A runtime with an own
 * loop on which the program has left handles of its own answers ROOST_EBUSY when everything else is
 * done, and leaves that loop's memory to them.
 *
 * A second call answers ROOST_ALREADY, and only drops its data. */
int roost_close(roost_runtime runtime, int64_t patience_ns, roost_close_fn fn, void *data,
                roost_drop_fn drop);

/* The root group. Everything that has no better parent goes here. Its id is 0 on failure. */
roost_group roost_root(roost_runtime runtime);

/* The loop, own or borrowed; NULL on failure. An own loop is turned by roost_run alone. */
struct uv_loop_s *roost_loop(roost_runtime runtime);

/* The runtime of a node; its id is 0 on failure. */
roost_runtime roost_runtime_of(roost_node node);

/* The time on the runtime's clock, in nanoseconds; 0 on failure. On the real clock it is
 * uv_hrtime()'s. */
uint64_t roost_now(roost_runtime runtime);

/* ---------------------------------------------------------------------------------------------- */
/* Groups and scopes                                                                              */
/* ---------------------------------------------------------------------------------------------- */

typedef struct roost_group_options {
  uint64_t size;
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;    /* 1: a passed deadline is absorbed in silence */
  uint64_t report;     /* 1: an absorbed cancellation answers ROOST_EWASCANCELLED (C7a) */
  uint64_t policy;     /* ROOST_FAIL_FAST (0 too), ROOST_SUPERVISE */
  uint64_t limit;      /* so many tasks run at a time, the others wait in order; 0: all (L2) */
  uint64_t max_errors; /* so many errors are listed; 0: 1,000 */
} roost_group_options;

typedef struct roost_scope_options {
  uint64_t size;
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;
  uint64_t report;
} roost_scope_options;

/* Opens a group in a parent: a task, a scope, a group, or the root group (T1a). It is closed once,
 * from any callback on the runtime's thread, by roost_join. One that its task leaves open is
 * cancelled and joined when the task ends, which is an error of the task's group (G7); one left
 * open in a group or scope is joined with that (T1d). A parent that is effectively cancelled makes
 * a group whose tasks start cancelled (C6).
 * Failures: ROOST_ECLOSED (the parent is ending), ROOST_ENOMEM, ROOST_E2BIG, ROOST_EINVAL. */
int roost_group_open(roost_node parent, const roost_group_options *options, roost_group *out);

/* Opens a scope: a node without tasks, in which waits can be cancelled or timed out together. It is
 * closed by roost_join, like a group; otherwise all is as for roost_group_open. */
int roost_scope_open(roost_node parent, const roost_scope_options *options, roost_scope *out);

/* Called once with the result of a group or scope, when everything in it has ended and its cleanups
 * have run. `result` and all that it points to are valid until this returns. */
typedef void (*roost_join_fn)(roost_node node, const roost_result *result, void *data);

/* Closes a group or a scope without waiting: when its tasks have ended, what was opened in it is
 * closed, and its cleanups have run, `fn` (NULL: nobody is told) gets the result, in a later turn,
 * and the node is gone (C7b, G1). It cancels nothing. Tasks may still be spawned until the last has
 * ended (G6). `rc` is the outcome of the body, 0 where there is none: a negative one counts as an
 * error of the group and cancels it; ROOST_ECANCELED passes on the body's own cancellation (G4).
 * With `fn`, the errors go to it and nowhere else; without, they are errors of the parent, as of a
 * group that was left open in it (T1d): what is open in it when its closing begins, in the next
 * turn, is closed with it; what is opened in it later, when it has no task any more.
 * One that is being closed so still takes a roost_join of its own, until its cleanups begin.
 * ROOST_EALREADY: it was joined, or its task has left it open and ended. ROOST_EKIND: a task, for
 * which roost_on_end waits. ROOST_EORDER: the root group, which roost_close closes. */
int roost_join(roost_node node, int rc, roost_join_fn fn, void *data, roost_drop_fn drop);

/* ---------------------------------------------------------------------------------------------- */
/* Tasks                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* The first step of a task, called once, from the loop. It answers 0 (completed), a negative code
 * (failed), or ROOST_PENDING: roost_finish will end the task. Any other answer is an error of the
 * task, ROOST_EINVAL (S2a). A task that was cancelled before still takes this step, so that it can
 * release what it was handed; its waits end cancelled at once (C6a). */
typedef int (*roost_start_fn)(roost_task self, void *data);

/* Tells a task, or a cleanup, that it is being cancelled: at most once, from the loop, never inside
 * roost_cancel or the first step, never after roost_finish. It answers 0 (this is the end: the task
 * is cancelled), a negative code (it failed), or ROOST_PENDING: roost_finish will end it, and
 * ending it with success keeps the result (C4). `why` is valid until this returns. */
typedef int (*roost_on_cancel_fn)(roost_task self, const roost_reason *why, void *data);

typedef struct roost_task_options {
  uint64_t size;
  roost_start_fn start;         /* required */
  roost_on_cancel_fn on_cancel; /* NULL: the task is only asked (roost_cancelled), and waited for */
  void *data;
  roost_drop_fn drop; /* called last, when the task has ended and its cleanups have run */
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;
} roost_task_options;

/* Spawns a task into a group. It starts in a later turn, in the order of spawning; beyond the
 * group's limit it waits for its turn (L2). A handle that is asked for (`out` is not NULL) keeps
 * the task's outcome after its end, until it is released, or the group's closing is over (L5); a
 * task spawned without one keeps nothing.
 * Failures: ROOST_ECLOSED (the group's cleanups have begun; the root after roost_close),
 * ROOST_ENOMEM, ROOST_E2BIG, ROOST_EINVAL. */
int roost_spawn(roost_group group, const roost_task_options *options, roost_task *out);

/* Ends a task, or a cleanup that answered ROOST_PENDING, from any code on the runtime's thread;
 * also inside its first step or its on_cancel, whose answer then counts for nothing (S2a).
 * `rc` >= 0 is success, and `result` (NULL: none) with it can be read through the task's handle;
 * a negative rc is a failure, and `result` is the error's object; ROOST_ECANCELED means cancelled,
 * and without a cancellation it is the error ROOST_ENOTCANCELLED (C13a). `drop` frees the result
 * when nobody can read it any more (L6). The group learns of it at once; cleanups and drops run in
 * later steps, the task's own drop last.
 * ROOST_EINVAL: it has not started. ROOST_EALREADY: its body has ended. Both drop the result. */
int roost_finish(roost_task task, int rc, void *result, roost_drop_fn drop);

/* Sets the message that is listed with the task's error, should it fail; later calls replace it.
 * It is copied; NULL takes it away. Linear in its length.
 * ROOST_EALREADY: the task's body has ended. */
int roost_explain(roost_task task, const char *message);

/* The outcome of a task, while it is kept (see roost_spawn). Before the end, the state is
 * ROOST_ALIVE. `out->size` must be set; what the pointers in it point to stays valid as long as the
 * outcome is kept. ROOST_ESTALE: it has ended and nothing was kept. */
int roost_outcome_of(roost_task task, roost_outcome *out);

/* Gives up the outcome of a task: in the next turn when it has ended, else when it ends. The task
 * itself is not touched. ROOST_ALREADY: it was released, or never kept. */
int roost_release(roost_task task);

/* ---------------------------------------------------------------------------------------------- */
/* Cancelling                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

typedef struct roost_cancel_options {
  uint64_t size;
  int64_t origin; /* ROOST_EXPLICIT (0 too), ROOST_SIGNAL or ROOST_HOST */
  int64_t code;   /* any number, for the program's own use */
  const char *message;
} roost_cancel_options;

/* Cancels a node and everything beneath it (C1 to C7). The mark is set in the whole subtree when
 * this returns; nothing has been told yet: in later turns each waiting task's on_cancel is called,
 * in spawn order, and each wait ends with ROOST_ECANCELED. A cancellation is never taken back, and
 * is absorbed where the node is closed. It may be called from anywhere on the runtime's thread,
 * from the cancelled task too, which goes on until it waits.
 * 0: it is cancelled now. ROOST_ALREADY: it was cancelled itself before; the first reason stands.
 * ROOST_ESTALE: it has ended, and nothing happens (C6).
 * Linear in the number of nodes reached; without recursion, and it allocates nothing (C15). */
int roost_cancel(roost_node node, const roost_cancel_options *why);

/* Whether a node is effectively cancelled: itself, or through a node around it (C2). 1 or 0. Looks
 * at the clock first (K7), and is cheap enough for an inner loop. */
int roost_cancelled(roost_node node);

/* Whether this node itself was cancelled, by a call or its deadline (C8). 1 or 0. Looks at the
 * clock first (D1). */
int roost_cancel_called(roost_node node);

/* Whether a cancellation of this group or scope has cut work short in it, which, as things stand,
 * its closing will absorb (C8). 1 or 0. */
int roost_cancelled_caught(roost_node node);

/* The reason that applies to a node: that of the outermost cancelled node around it (C9). Looks at
 * the clock first.
 * `out->size` must be set. 1: filled; 0: the node is not cancelled, and only the size is kept. */
int roost_reason_of(roost_node node, roost_reason *out);

/* Moves the deadline of an open node: earlier, later, or off (ROOST_FOREVER). It takes the place of
 * whatever the node was opened with, a task's timeout that has not begun to run included. One that
 * has passed cancels before this returns. After the deadline has cancelled the node, moving it
 * changes nothing (D1). 0, or ROOST_ALREADY when it had passed before. ROOST_EINVAL: deadline_ns is
 * 0; ROOST_ENOMEM. */
int roost_set_deadline(roost_node node, uint64_t deadline_ns);

/* The nearest deadline that would reach a node, its own and those around it (D3): 0 when it is
 * cancelled, ROOST_FOREVER when there is none. Looks at the clock first. Linear in the depth of the
 * node. */
int roost_effective_deadline(roost_node node, uint64_t *out);

/* Copies the name of a node into `buffer`, cut to `size` bytes with the final 0 (64 hold every
 * name). Answers the length of the name, 0 for none. ROOST_EINVAL: no buffer, or no room in it. */
int roost_name(roost_node node, char *buffer, uint64_t size);

/* ---------------------------------------------------------------------------------------------- */
/* Cleanups                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* A cleanup. It runs as a task of its own beneath the node that has ended, sheltered from every
 * cancellation around it: `self` names that task, in waits and groups too (K2). It answers 0, a
 * negative code, which becomes an error of the node and stops no other cleanup (K3), or
 * ROOST_PENDING: roost_finish(self, ...) will end it. `why` says how the node ended, and is valid
 * until this returns. */
typedef int (*roost_cleanup_fn)(roost_task self, const roost_outcome *why, void *data);

typedef struct roost_cleanup_options {
  uint64_t size;
  roost_cleanup_fn fn;          /* required */
  roost_on_cancel_fn on_cancel; /* for one that answers ROOST_PENDING, should it be cancelled */
  void *data;
  roost_drop_fn drop;
  const char *name; /* NULL: "cleanup of <the node's name>" */
} roost_cleanup_options;

/* Registers a cleanup on any node (K1): it runs exactly once, when the node's work has ended,
 * however it ended, last registered first, one at a time. All memory that it needs is got here.
 * On a node whose cleanups are running it runs next (K6). ROOST_ESTALE: the node has ended.
 * ROOST_ENOMEM. */
int roost_defer(roost_node node, roost_cleanup_fn fn, void *data, roost_drop_fn drop);

/* The same with options, and a handle (NULL: none) by which it can be taken back. */
int roost_defer_with(roost_node node, const roost_cleanup_options *options, roost_cleanup *out);

/* Takes a cleanup back: it will not run, and its drop is called before this returns, the second
 * exception to the rule that no call runs the program's code (K3). ROOST_ESTALE: it has begun.
 * Linear in the number of cleanups registered on the node after it. */
int roost_undefer(roost_cleanup cleanup);

/* ---------------------------------------------------------------------------------------------- */
/* Waits                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* A wait has a node to which it belongs: a task, a scope or a group. `fn` is called exactly once,
 * from the loop, with the outcome: what was waited for, or ROOST_ECANCELED when the node is
 * cancelled before (C3, C4). Waits begun in a cancelled node end so too. When the node's work ends
 * first, its waits are taken back: `fn` is not called, `data` is dropped (S2b). A wait keeps no
 * node open and ends no task: that is for `fn` to do, by roost_finish. */
typedef void (*roost_wait_fn)(roost_wait wait, int rc, void *data);

/* Waits for a time: `rc` is 0. A delay of 0 or less lets what is ready run first, no more;
 * ROOST_FOREVER waits for the cancellation alone. `out` may be NULL.
 * Failures: ROOST_ECLOSED (the node is ending), ROOST_ENOMEM, ROOST_EINVAL. */
int roost_after(roost_node in, int64_t delay_ns, roost_wait_fn fn, void *data, roost_drop_fn drop,
                roost_wait *out);

/* Waits for the end of a task, a group or a scope, its cleanups included, without cancelling it
 * (L5). `rc` is the outcome: of a task its success code (0 or more) or error, ROOST_ETASKCANCELLED
 * where it was cancelled (L5a); of a group or scope the code of its result. A task that has ended
 * and is kept answers like one that ends now.
 * ROOST_EDEADLK: `of` is `in` itself or contains it. Else as roost_after; linear in the depth of
 * `in`. */
int roost_on_end(roost_node of, roost_node in, roost_wait_fn fn, void *data, roost_drop_fn drop,
                 roost_wait *out);

/* Takes a wait back: its `fn` will not be called, and its drop will, in a later turn, when the
 * request has let go of `data`. ROOST_ESTALE: it was completed before, or taken back, and then
 * `fn` is called, or was. */
int roost_unwait(roost_wait wait);

/* ---------------------------------------------------------------------------------------------- */
/* Options in place                                                                               */
/* ---------------------------------------------------------------------------------------------- */

#ifndef __cplusplus
#define ROOST_RUNTIME(...)                                                                         \
  (&(roost_runtime_options){.size = sizeof(roost_runtime_options), __VA_ARGS__})
#define ROOST_GROUP(...) (&(roost_group_options){.size = sizeof(roost_group_options), __VA_ARGS__})
#define ROOST_SCOPE(...) (&(roost_scope_options){.size = sizeof(roost_scope_options), __VA_ARGS__})
#define ROOST_TASK(...) (&(roost_task_options){.size = sizeof(roost_task_options), __VA_ARGS__})
#define ROOST_CANCEL(...)                                                                          \
  (&(roost_cancel_options){.size = sizeof(roost_cancel_options), __VA_ARGS__})
#define ROOST_CLEANUP(...)                                                                         \
  (&(roost_cleanup_options){.size = sizeof(roost_cleanup_options), __VA_ARGS__})
#else
} /* extern "C" */
#define ROOST_OPTIONS_INIT(type)                                                                   \
  inline type type##_init() {                                                                      \
    type options = type();                                                                         \
    options.size = sizeof(type);                                                                   \
    return options;                                                                                \
  }
ROOST_OPTIONS_INIT(roost_runtime_options)
ROOST_OPTIONS_INIT(roost_group_options)
ROOST_OPTIONS_INIT(roost_scope_options)
ROOST_OPTIONS_INIT(roost_task_options)
ROOST_OPTIONS_INIT(roost_cancel_options)
ROOST_OPTIONS_INIT(roost_cleanup_options)
#undef ROOST_OPTIONS_INIT
#endif

#endif /* ROOST_H */
