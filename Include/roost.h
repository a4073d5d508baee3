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
 *     roost_runtime rt;
 *     roost_group g;
 *     roost_runtime_open(ROOST_RUNTIME(.loop = uv_default_loop()), &rt);
 *     roost_group_open(roost_root(rt), ROOST_GROUP(.limit = 10), &g);
 *     for (int i = 0; i < n; i++)
 *       roost_spawn(g, ROOST_TASK(.start = start, .on_cancel = stop, .data = &request[i]), NULL);
 *     roost_defer(g, close_database, db, NULL);
 *     roost_join(g, 0, joined, me, NULL);  // joined() calls roost_close when all is done
 *
 * What holds for every function, unless its comment says otherwise:
 *
 * - It belongs to the thread that opened the runtime; on any other it answers ROOST_ETHREAD and
 *   does nothing. Any thread may call roost_cancel, roost_shutdown, roost_wake, roost_post,
 *   roost_release, roost_release_id, roost_cancelled, roost_current and what reads no runtime, at
 *   any time, with any handle (C14); none of these from a signal handler, for which there is
 *   roost_on_signal. In a child after fork() all answer ROOST_ECHILD and touch nothing (S8b).
 * - It answers 0 or a positive value for success and a negative code for failure. A failure changes
 *   nothing, but that the handle which an opening would have given is 0; roost_last_error() has a
 *   sentence then that says what to do.
 * - A NULL where none is allowed, an unset handle and a value out of range answer ROOST_EINVAL; the
 *   handle of another kind of thing ROOST_EKIND; of something that has ended, or of a runtime that
 *   was closed, ROOST_ESTALE; handles of two runtimes in one call ROOST_EFOREIGN (T3).
 * - NULL is allowed where a comment says so, for every `drop`, and for every `out` of a wait.
 * - It takes constant time, where nothing else is said.
 * - It runs none of the program's code before it returns. The exceptions are drops: that of a call
 *   which fails, or answers ROOST_ALREADY, and takes nothing (K5), that of roost_undefer, and those
 *   of the items in a channel that is destroyed; and what roost_dump and roost_trace_stop write.
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

/* The version of this header. */
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

/* Every negative code, 0 being ROOST_OK: ROOST_STATUS_MAP(XX) stands for XX(name, value, text) of
 * each. The first part has the values of errno and libuv, negated; the second is Roost's own, below
 * -20000. Any other code of libuv may also come out of a request of libuv's. */
#define ROOST_STATUS_MAP(XX)                                                                       \
  XX(EINVAL, -EINVAL, "invalid argument")                                                          \
  XX(ENOMEM, -ENOMEM, "not enough memory")                                                         \
  XX(EIO, -EIO, "input/output error")                                                              \
  XX(EBUSY, -EBUSY, "resource is in use")                                                          \
  XX(EAGAIN, -EAGAIN, "it would have to wait")                                                     \
  XX(E2BIG, -E2BIG, "an options struct has fields set that this library does not know")            \
  XX(EALREADY, -EALREADY, "this was done before")                                                  \
  XX(ETIMEDOUT, -ETIMEDOUT, "the deadline passed")                                                 \
  XX(ECANCELED, -ECANCELED, "cancelled")                                                           \
  XX(EOWNERDEAD, -EOWNERDEAD, "the owner of the lock has ended without releasing it")              \
  XX(ESTALE, -20001, "the handle names something that has ended")                                  \
  XX(EKIND, -20002, "the handle names another kind of thing")                                      \
  XX(EFOREIGN, -20003, "the handles belong to different runtimes")                                 \
  XX(ETHREAD, -20004, "called on another thread than the runtime's")                               \
  XX(ECHILD, -20005, "the runtime belongs to the process before fork")                             \
  XX(ECLOSED, -20006, "it was closed, or its closing has begun")                                   \
  XX(EORDER, -20007, "called at a time when this cannot be done")                                  \
  XX(EDEADLK, -20008, "it would wait for itself, or nothing is left that could happen")            \
  XX(ENOTCANCELLED, -20009, "a body ended as cancelled although nothing had cancelled it")         \
  XX(ETASKCANCELLED, -20010, "the awaited task was cancelled")                                     \
  XX(EWASCANCELLED, -20011, "a scope or group that reports was cancelled")                         \
  XX(EUNCLOSED, -20012, "a task ended with groups or scopes open")                                 \
  XX(ECUT, -20013, "a cleanup was cut short by a cancellation")                                    \
  XX(ESTOPPING, -20014, "stopping: a shutdown is under way, and no new work is wanted")            \
  XX(ENOWINNER, -20015, "the race has no winner")                                                  \
  XX(ENOTSTARTED, -20016, "the task ended without having reported that it is started")             \
  XX(ENOTASK, -20017, "a call that waits was made outside of a fiber")                             \
  XX(EFATAL, -20018, "an error that cancels every group around it, whatever its policy")

#define ROOST_STATUS_ENUM(name, value, text) ROOST_##name = value,
enum roost_status { ROOST_STATUS_MAP(ROOST_STATUS_ENUM) ROOST_OK = 0 };
#undef ROOST_STATUS_ENUM

#define ROOST_PENDING 1 /* not ended yet; the end will be reported */
#define ROOST_ALREADY 2 /* nothing to do: it was done by an earlier call */
#define ROOST_ASKED 3   /* from another thread: the runtime's will do it, if it is not too late */

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

/* The handles of what is no node. */
typedef struct roost_runtime {
  uint64_t id;
} roost_runtime;
typedef struct roost_cleanup {
  uint64_t id;
} roost_cleanup;
typedef struct roost_wait {
  uint64_t id;
} roost_wait;
typedef struct roost_event {
  uint64_t id;
} roost_event;
typedef struct roost_limiter {
  uint64_t id;
} roost_limiter;
typedef struct roost_lock {
  uint64_t id;
} roost_lock;
typedef struct roost_condition {
  uint64_t id;
} roost_condition;
typedef struct roost_channel {
  uint64_t id;
} roost_channel;

/* Frees what a `data` pointer points to. Wherever a callback and its data are given, a drop may be
 * given beside them (NULL: none): it is called exactly once, after the last use of data, on the
 * runtime's thread; when the call that registers them fails, before that call returns, on the
 * thread of the call (K5). Only where the options that hold them cannot be read, because they are
 * NULL or their size makes no sense, is nothing called. A drop may call anything. */
typedef void (*roost_drop_fn)(void *data);

/* ---------------------------------------------------------------------------------------------- */
/* Time and options                                                                               */
/* ---------------------------------------------------------------------------------------------- */

/* Lengths of time, as in `.timeout_ns = 2 * ROOST_SECOND`. A moment is counted from the clock, as
 * in `roost_now(runtime) + 2 * ROOST_SECOND`. */
#define ROOST_MICROSECOND INT64_C(1000)
#define ROOST_MILLISECOND INT64_C(1000000)
#define ROOST_SECOND INT64_C(1000000000)
#define ROOST_NOW (-INT64_C(1)) /* a timeout of no length: it has passed when it begins */
#define ROOST_FOREVER INT64_MAX /* a timeout or deadline that never passes */

/* Options structs. Their fields are eight bytes each; zero is every field's default and means
 * unset. What several of them have is explained here, the rest beside the field. `name` is the
 * node's (T4). `size` is the size of the struct as the caller knows it. A struct shorter than the
 * library's is read as if the rest were zero; a longer one is accepted when the rest is zero, else
 * the call answers ROOST_E2BIG. The macros ROOST_RUNTIME, ROOST_GROUP, ... build one in place and
 * take designated initialisers; C++ sets the fields of what roost_group_options_init() returns.
 * NULL for an options pointer means all defaults, where the call has a meaning without any.
 *
 * Deadlines (D1, D2): `timeout_ns` counts from the opening (of a task from its first step), and a
 * negative one has passed at once; `deadline_ns` is absolute, and counts while a task is queued.
 * Where both are given, the earlier counts. When it passes, the node is cancelled with the origin
 * ROOST_DEADLINE. If that cut work short, the node's closing answers ROOST_ETIMEDOUT; with
 * `move_on` (1) it goes on as if nothing had happened, and the result says `cancelled_caught`.
 *
 * Shields (C10): with `shield` (1) a node does not see the cancellation of what is around it, only
 * its own and its own deadline's; roost_set_shield switches that on and off. `grace_ns` bounds it
 * (C11): a shield holds off a cancelled node around it until that node's cancellation plus the
 * grace, the shorter of the one at that node and the one at the shield; with several cancelled
 * nodes around it, until the earliest of these moments. Then it holds no more, nor does any that is
 * opened or switched on later beneath that node. A node has the grace of what it is opened in, or
 * its own: ROOST_NOW, or less, for none at all, ROOST_FOREVER for no bound, which is also the
 * root's unless it was opened with another. A cleanup runs in a shield with its node's grace (K2).
 *
 * Stopping (C12): with `until_stopping` (1) the waits of this node, not those of what is opened in
 * it, end with ROOST_ESTOPPING once roost_shutdown has reached it; only that of a roost_start ends
 * with its task. */

/* ---------------------------------------------------------------------------------------------- */
/* Reasons, errors, outcomes, results                                                             */
/* ---------------------------------------------------------------------------------------------- */

/* Where a cancellation came from (C9). A caller may give EXPLICIT, SIGNAL or HOST. */
#define ROOST_EXPLICIT 1       /* somebody called roost_cancel */
#define ROOST_DEADLINE 2       /* a deadline passed */
#define ROOST_FAILED_SIBLING 3 /* another task of the group, or its body, failed */
#define ROOST_LEFT_OPEN 4      /* its task ended without closing it (G7) */
#define ROOST_SIGNAL 5         /* a signal asked for it */
#define ROOST_SHUTDOWN 6       /* a shutdown's patience is over, or the runtime is closing (C12) */
#define ROOST_HOST 7           /* the host language's own cancellation */
#define ROOST_DEADLOCK 8       /* on the virtual clock: nothing is left that could happen (D4) */
#define ROOST_RACE_WON 9       /* another task of the race has won it (G2) */
#define ROOST_PARENT_JOIN 10   /* a daemon: the other tasks of its group have ended (L3) */

/* Why something is cancelled. Structs that the library fills begin with their size; fields are only
 * ever added at the end. */
typedef struct roost_reason {
  uint64_t size;
  int64_t origin;   /* ROOST_EXPLICIT, ... */
  int64_t code;     /* the number given to roost_cancel; what the failed sibling, or the winner,
                       brought */
  roost_node node;  /* where it began: the node that was cancelled; or the one that failed, that
                       has won, or that is joined */
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
  int64_t code;     /* what it ended with */
  roost_node node;  /* the task or cleanup that failed, or the group or scope whose body did */
  const char *name; /* the node's name, "" for none; "cleanup of <name>" for a cleanup's */
  const char *message;
  void *object;
  const struct roost_error *next; /* NULL: it is the last */
  const struct roost_error *children;
} roost_error;

/* In the result of a race that was won, the list also has the successes that came later: their code
 * is 0 or more, and `object` is their result (G2b). */

/* The outcome of a task, also as a cleanup is told why it runs (K1). Of a group or scope, to its
 * cleanups, `code` is what its closing is about to answer. */
typedef struct roost_outcome {
  uint64_t size;
  int64_t state;              /* ROOST_ALIVE, ROOST_COMPLETED, ROOST_FAILED, ROOST_CANCELLED */
  int64_t code;               /* what the body answered, 0 or more for success; ROOST_ECANCELED
                                 where it was cancelled */
  int64_t started;            /* 0 for a task that ended before its first step (C6a), else 1 */
  void *result;               /* the pointer given to roost_finish with success, else NULL */
  const roost_reason *reason; /* of a cancellation, else NULL */
} roost_outcome;

/* The result of a group or a scope (G5). `code` is what goes on to whoever closed it:
 *
 *     the first error's code   a task, the body or a cleanup failed; all are listed in `errors`
 *     ROOST_ENOWINNER          a race in which no task ever was, or of which no error was kept
 *     ROOST_ETASKCANCELLED     a race whose tasks were all cancelled, though the race was not
 *     ROOST_ETIMEDOUT          its own deadline cut work short, and move_on was not given
 *     ROOST_EWASCANCELLED      it was cancelled, absorbed it, and was opened to `report` (C7a)
 *     ROOST_ECANCELED          something around it is cancelled, and cut work short in it (C7)
 *     0                        none of these, a cancellation of its own included: it is absorbed
 *
 * A race that was won answers 0 whatever the losers brought; only an error of its body or of a
 * cleanup makes it fail, and only a cancellation of its body goes on (G2b). */
typedef struct roost_result {
  uint64_t size;
  int64_t state;              /* ROOST_FAILED with an error, ROOST_ETIMEDOUT or ROOST_ENOWINNER,
                                 ROOST_CANCELLED where it was cut short otherwise, absorbed or
                                 not, else, and for a race that was won, ROOST_COMPLETED */
  int64_t code;               /* see above */
  int64_t cancel_called;      /* 1: somebody, or its deadline, cancelled this node itself (C8) */
  int64_t cancelled_caught;   /* 1: and that cut work short, which was absorbed here (C8) */
  const roost_reason *reason; /* of the cancellation that applied to it, else NULL */
  const roost_error *errors;  /* in the order in which they happened, else NULL */
  uint64_t error_count;       /* all that happened; those beyond max_errors are only counted */
  roost_node winner;          /* the task that won the race; its id is 0 where none did (G2b) */
  int64_t winner_code;        /* what it answered, 0 or more */
  void *winner_result;        /* the pointer that it gave with that; roost_take_result keeps it */
  const char *winner_name;    /* its name, "" for none; NULL without a winner */
  roost_node node;            /* the group or scope */
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
#define ROOST_RACE 3      /* the first success cancels the rest (G2b) */

/* What a filter decides of an error. */
#define ROOST_RECORD_ERROR 0 /* it is listed, and the group goes on */
#define ROOST_CANCEL_REST 1  /* it is listed, and the group is cancelled */
#define ROOST_DROP_ERROR 2   /* it never was */

/* Decides for each error of a group in the place of its policy (G2): for those of its tasks and of
 * their cleanups, of its own cleanups, of its body, and of groups that were joined inside. It is
 * called once for each, from the loop, in the order in which they happened and before the failed
 * task's cleanups run. It may cancel, spawn and join anything; its answer then applies to what is
 * left. Any other answer counts as ROOST_CANCEL_REST. `error` is valid until this returns. */
typedef int (*roost_filter_fn)(roost_group group, const roost_error *error, void *data);

/* What a report is about. */
#define ROOST_STALL 1     /* a node was cancelled, stall_ns ago, and has not ended */
#define ROOST_LONG_STEP 2 /* a step has held the loop for step_ns or longer; it is over now */
#define ROOST_HANG 3      /* on the virtual clock: nothing is left that could happen (D4) */

/* A task that a stalled node waits for: it was asked to stop and has not, or does not see the
 * cancellation. A stray is a task that was abandoned and whose function has not returned. */
typedef struct roost_suspect {
  uint64_t size;
  roost_node task;
  const char *name; /* "" for none */
  const struct roost_suspect *next;
} roost_suspect;

/* What hinders the program (O3). */
typedef struct roost_report {
  uint64_t size;
  int64_t kind;                  /* ROOST_STALL, ROOST_LONG_STEP, ROOST_HANG */
  roost_node node;               /* what was cancelled; whose step it was; the root group */
  const char *name;              /* its name, "" for none */
  int64_t duration_ns;           /* since it was cancelled; of the step, in real time; 0 */
  const roost_suspect *suspects; /* of a stall: the tasks that have not ended, at most 100 */
  uint64_t suspect_count;        /* all of them */
  const char *text;              /* all this in words, and the dump as text: of what has
                                    stalled, else of the root; at most 1,000 lines */
} roost_report;

/* Told of a report, from the loop, between two steps. It may call anything. A stall is reported
 * once for each node that was cancelled itself; one that is shielded, or computes, is named too,
 * and that roost_close waits for strays is reported as a stall of the root. Neither of the two
 * times is one to which the virtual clock jumps; while a function works for a blocking task it
 * stands still, and nothing stalls. `report` is valid until this returns. */
typedef void (*roost_report_fn)(const roost_report *report, void *data);

/* Of roost_runtime_open. */
typedef struct roost_runtime_options {
  uint64_t size;
  struct uv_loop_s *loop; /* run on this loop, which the caller drives; NULL: a loop of its own */
  uint64_t clock;         /* ROOST_CLOCK_REAL or ROOST_CLOCK_VIRTUAL */
  uint64_t policy;        /* of the root group; 0: ROOST_SUPERVISE */
  uint64_t limit;         /* of the root group; 0: none */
  uint64_t max_errors;    /* of the root group; 0: 1,000 */
  const char *name;       /* of the root group; NULL: "root" */
  int64_t grace_ns;       /* of the root group; 0: no bound */
  uint64_t seed;          /* not 0: each batch of what is ready runs in an order that the seed
                             decides (S4): the same seed, the same order. What belongs to one task
                             keeps its order. */
  roost_filter_fn filter; /* of the root group */
  void *filter_data;      /* what filter is given as data */
  roost_drop_fn filter_drop;
  roost_report_fn report; /* told what hinders the program (O3); NULL: written to standard error */
  void *report_data;      /* what report is given as data */
  roost_drop_fn report_drop; /* called when the runtime has gone */
  int64_t stall_ns;    /* a cancelled node that has not ended after so long is reported; 0: never;
                       below 0: ROOST_EINVAL */
  int64_t step_ns;     /* as stall_ns, of a step that has held the loop for so long */
  uint64_t stack_size; /* of the fibers in the root group, see roost_group_options */
} roost_runtime_options;

/* Opens a runtime on the calling thread, which becomes its thread. A thread may open any number.
 * With `loop`, the caller's loop gets what the runtime needs (idle and prepare handles, a timer,
 * and an async handle for other threads), and they keep it alive only while a task of ours lives,
 * a wait pends, a post waits, or a join or close is under way (S8). The loop must outlive the
 * runtime.
 * Failures: ROOST_EINVAL, ROOST_E2BIG, ROOST_ENOMEM, or libuv's code. */
int roost_runtime_open(const roost_runtime_options *options, roost_runtime *out);

/* Turns the runtime's own loop until nothing of ours keeps it going: no task alive, no wait, no
 * join (S8). Answers 0 then, and at once when there is nothing to do; it may be called again.
 * On the virtual clock, when tasks are left and nothing can ever happen to them, that is reported
 * (ROOST_HANG), the root group is cancelled with the origin ROOST_DEADLOCK, which no shield holds
 * off, and the answer is ROOST_EDEADLK (D4). What only another thread could do counts as nothing
 * that can happen, unless that thread works for a blocking task of the runtime.
 * ROOST_EORDER: the runtime borrows its loop (turn that with uv_run), or this was called from
 * inside one of its callbacks. */
int roost_run(roost_runtime runtime);

/* Called when the runtime has gone. `result` is the root group's, valid until this returns. */
typedef void (*roost_close_fn)(const roost_result *result, void *data);

/* Closes a runtime (S8a): spawning into the root, and posting, answer ROOST_ECLOSED from now on;
 * what was posted before still runs; the root is shut down (roost_shutdown) with `patience_ns`, of
 * which 0 and ROOST_NOW mean none, so that all in it is cancelled at once; when all in it has
 * ended and every cleanup has run, the runtime is freed, and all its handles are stale for ever.
 *
 * On its own loop, turns that until then, and answers the root's outcome: the code of its result;
 * ROOST_EDEADLK where the virtual clock found that nothing was left that could happen (D4). On a
 * borrowed loop, or when called from inside the runtime, answers ROOST_PENDING; turn the loop, and
 * `fn` (NULL: none) is called once, when nothing of ours is left on it. A runtime with an own loop
 * on which the program has left handles of its own answers ROOST_EBUSY when everything else is
 * done, and leaves that loop's memory to them.
 *
 * A second call answers ROOST_ALREADY, and only drops its data. ROOST_ENOMEM: there is no room for
 * the patience, and nothing was closed. */
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

/* Of roost_group_open. */
typedef struct roost_group_options {
  uint64_t size;
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;    /* 1: a passed deadline is absorbed in silence */
  uint64_t report;     /* 1: an absorbed cancellation answers ROOST_EWASCANCELLED (C7a) */
  uint64_t policy;     /* ROOST_FAIL_FAST (0 too), ROOST_SUPERVISE, ROOST_RACE */
  uint64_t limit;      /* so many tasks run at a time, the others wait in order; 0: all (L2) */
  uint64_t max_errors; /* so many errors are listed; 0: 1,000 */
  uint64_t shield;
  int64_t grace_ns;
  uint64_t until_stopping;
  roost_filter_fn filter;    /* NULL: the policy decides */
  void *filter_data;         /* what filter is given as data */
  roost_drop_fn filter_drop; /* called when the group has ended */
  uint64_t stack_size;       /* bytes of the stacks of its fibers (roost_fiber.h), rounded up to a
                                power of two from 8 KiB to 1 GiB; 0: as in the group around it,
                                where nothing was said 64 KiB */
} roost_group_options;

/* Of roost_scope_open; as in roost_group_options. */
typedef struct roost_scope_options {
  uint64_t size;
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;
  uint64_t report;
  uint64_t shield;
  int64_t grace_ns;
  uint64_t until_stopping;
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

/* Of roost_spawn and roost_start. */
typedef struct roost_task_options {
  uint64_t size;
  roost_start_fn start;         /* required */
  roost_on_cancel_fn on_cancel; /* NULL: the task is only asked (roost_cancelled), and waited for */
  void *data;                   /* what the two are given */
  roost_drop_fn drop;           /* called last, when the task has ended and its cleanups have run */
  const char *name;
  int64_t timeout_ns;
  uint64_t deadline_ns;
  uint64_t move_on;
  uint64_t shield; /* its group's cancellation does not reach it (C10) */
  int64_t grace_ns;
  uint64_t until_stopping;
  uint64_t daemon; /* 1: does not keep its group open, nor the loop going (L3) */
} roost_task_options;

/* Spawns a task into a group. It starts in a later turn, in the order of spawning; beyond the
 * group's limit it waits for its turn (L2). A handle that is asked for (`out` is not NULL) keeps
 * the task's outcome after its end, until it is released, or the group's closing is over (L5); a
 * task spawned without one keeps nothing.
 *
 * Daemons do not count for the limit. When at the group's join no other task is left, and nothing
 * that was opened in it, each of them is cancelled with the origin ROOST_PARENT_JOIN, and the group
 * takes no more tasks (L3).
 *
 * Failures: ROOST_ECLOSED (the group's cleanups have begun, or its daemons were cancelled; the root
 * after roost_close), ROOST_ENOMEM, ROOST_E2BIG, ROOST_EINVAL. */
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

/* Takes over the result of a task that has ended with success: it is the caller's now, and its drop
 * will not be called (L6). The task is one that is kept, or the winner of a race or a later
 * success, by the handles in the race's result. Its outcome stays as it is, without the pointer.
 * ROOST_EALREADY: it was taken before, or there is none.
 * ROOST_EORDER: the task has not ended. */
int roost_take_result(roost_task task, void **result);

/* Sets the message that is listed with the task's error, should it fail; later calls replace it.
 * It is copied, of any length; NULL takes it away. Linear in its length.
 * ROOST_EALREADY: the task's body has ended. ROOST_ENOMEM. */
int roost_explain(roost_task task, const char *message);

/* The outcome of a task, while it is kept (see roost_spawn). Before the end, the state is
 * ROOST_ALIVE. `out->size` must be set; what the pointers in it point to stays valid as long as the
 * outcome is kept. ROOST_ESTALE: it has ended and nothing was kept. */
int roost_outcome_of(roost_task task, roost_outcome *out);

/* Gives up the outcome of a task: in the next turn when it has ended, else when it ends. The task
 * itself is not touched. Any thread (C14c).
 * 0. ROOST_ALREADY: it was released before its end, or never kept. ROOST_ASKED: called from another
 * thread. ROOST_ESTALE: it has ended, and was released or never kept. */
int roost_release(roost_task task);

/* The same for whatever an id names, as a finalizer knows it that may run on any thread: the
 * outcome of a task is given up; an event, limiter, lock, condition or channel is destroyed, from
 * the loop, as soon as nobody waits for it or at its conditions, and can be used until then
 * (C14c). 0. ROOST_ALREADY: it was released, or never kept. ROOST_ASKED: called from another
 * thread. ROOST_EKIND: it names anything else. */
int roost_release_id(uint64_t id);

/* ---------------------------------------------------------------------------------------------- */
/* Blocking tasks                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

/* What a blocking task does, on a thread of libuv's pool (S2): the only functions of Roost's that
 * it may call are those for any thread. It answers 0 or more for success, with a pointer in
 * `*result` if it likes (NULL before), or a negative code. It should ask roost_cancelled(self) now
 * and then and, when that is 1, give up and answer ROOST_ECANCELED; with any other answer its
 * result stands (S6). With a negative answer `*result` is the error's object. */
typedef int (*roost_work_fn)(roost_task self, void *data, void **result);

/* Of roost_spawn_blocking; as in roost_task_options. */
typedef struct roost_blocking_options {
  uint64_t size;
  roost_work_fn work; /* required */
  void *data;         /* what work is given */
  roost_drop_fn drop; /* called last, when work has returned and the task's cleanups have run */
  roost_drop_fn result_drop; /* frees what work has put into its result, if anything (L6) */
  uint64_t abandon;          /* 1: once cancelled, it is not waited for, see below */
  const char *name;
  int64_t timeout_ns; /* from when it is given to the pool, which may be busy */
  uint64_t deadline_ns;
  uint64_t move_on;
  uint64_t shield;
  int64_t grace_ns;
  uint64_t until_stopping;
  uint64_t daemon;
} roost_blocking_options;

/* Spawns a blocking task into a group, beside any other tasks and under the group's limit. Its
 * function is called once, on the pool, whose size (UV_THREADPOOL_SIZE, 4) bounds how many run at
 * a time. One that is cancelled before the pool has begun it never runs, and ends cancelled (C6a);
 * one that runs is asked, and its group waits for its function in any case (S6).
 *
 * With `abandon`, a task that is cancelled while its function runs ends as cancelled at once, and
 * the function goes on as a stray: its group is free, its result is dropped when it returns, and
 * roost_close waits for it; until then it holds its thread of the pool, which all that uses libuv's
 * pool shares. Such a task takes no cleanups: roost_defer answers ROOST_EINVAL (S6a).
 *
 * roost_finish answers ROOST_EINVAL for a blocking task: its function ends it.
 * Failures: those of roost_spawn. */
int roost_spawn_blocking(roost_group group, const roost_blocking_options *options, roost_task *out);

/* ---------------------------------------------------------------------------------------------- */
/* Cancelling                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* Of roost_cancel. NULL in their place: explicit, with no code and no message. */
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
 * from the cancelled task too, which goes on until it waits. From another thread it asks the
 * runtime's to do all this as soon as its loop looks (C14); nor does that need memory (C15).
 * 0: it is cancelled now. ROOST_ALREADY: it was cancelled itself before; the first reason stands.
 * ROOST_ASKED: called from another thread; should the node have ended when the runtime's thread
 * looks, nothing happens (C14a). ROOST_ESTALE: it has ended, and nothing happens (C6).
 * Linear in the number of nodes reached; without recursion, and it allocates nothing (C15). */
int roost_cancel(roost_node node, const roost_cancel_options *why);

/* Switches the shield of an open node on (1) or off (0) (C10). Off, beneath a cancelled node,
 * cancels at once. On, it hides the cancellation of what is around the node, for the node and
 * everything in it, unless its grace is over (C11); a wait or an on_cancel that was reached before
 * is not given back, and one not reached yet is spared.
 * 0, or ROOST_ALREADY: it was so before. ROOST_EINVAL: neither 0 nor 1, or the task of a cleanup,
 * whose shield is not the program's. ROOST_ECLOSED: the node is ending.
 * Linear in the number of nodes beneath, where a cancellation is around the node; else constant. */
int roost_set_shield(roost_node node, int on);

/* Shuts a node down in two phases (C12). First it and all beneath it, shields or not, are marked
 * as stopping, and so is what is opened there later (C12a): tasks can ask (roost_stopping), and
 * waits of nodes opened with `until_stopping` end with ROOST_ESTOPPING, again and again; all else
 * runs on, and tasks may still be spawned. What has not ended after `patience_ns` is cancelled
 * with the origin ROOST_SHUTDOWN, and its grace begins then. ROOST_NOW, or 0: at once;
 * ROOST_FOREVER: never. It may be called again, which can only bring that moment forward.
 * roost_cancel goes before it at any time. From another thread it asks the runtime's (C14a): the
 * patience begins when that looks, and is none should there be no memory for it then.
 * 0, or ROOST_ALREADY: it was shut down before, and sooner. ROOST_ASKED: called from another
 * thread.
 * ROOST_ENOMEM. Linear in the number of nodes reached. */
int roost_shutdown(roost_node node, int64_t patience_ns);

/* Whether a node, or one around it, is being shut down (C12). Looks at the clock first. 1 or 0. */
int roost_stopping(roost_node node);

/* Whether a node is effectively cancelled: itself, or through a node around it (C2). Looks at the
 * clock first, and for what other threads ask (K7), and is cheap enough for an inner loop. On
 * another thread, as in a blocking task, it reads the mark and no clock. For a task that was
 * abandoned it answers 1 there until its function has returned (S6a), and for others that have
 * ended and are kept, what it answered last. 1 or 0. */
int roost_cancelled(roost_node node);

/* Whether this node itself was cancelled, by a call or its deadline (C8). Looks at the clock first
 * (D1). 1 or 0. */
int roost_cancel_called(roost_node node);

/* Whether a cancellation of this group or scope has cut work short in it, which, as things stand,
 * its closing will absorb (C8). 1 or 0. ROOST_EKIND: a task. */
int roost_cancelled_caught(roost_node node);

/* The reason that applies to a node: that of the outermost cancelled node around it (C9). Looks at
 * the clock first.
 * `out->size` must be set.
 * 1: it is filled. 0: the node is not cancelled, and all of it but the size is zero. */
int roost_reason_of(roost_node node, roost_reason *out);

/* Moves the deadline of an open node: earlier, later, or off (ROOST_FOREVER). It takes the place of
 * whatever the node was opened with, a task's timeout that has not begun to run included. One that
 * has passed cancels before this returns. After the deadline has cancelled the node, moving it
 * changes nothing (D1).
 * 0, or ROOST_ALREADY when it had passed before. ROOST_EINVAL: deadline_ns is 0. ROOST_ECLOSED: the
 * node's cleanups have begun, which no deadline of its own reaches. ROOST_ENOMEM. */
int roost_set_deadline(roost_node node, uint64_t deadline_ns);

/* When the nearest deadline would reach a node, its own and those around it; one that a shield
 * holds off reaches it when the grace is over (C11, D3), and so does a cancellation. 0 when it is
 * cancelled, ROOST_FOREVER when there is none. Looks at the clock first. Linear in the depth of the
 * node. */
int roost_effective_deadline(roost_node node, uint64_t *out);

/* Copies the name of a node into `buffer`, cut to `size` bytes with the final 0 (64 hold every
 * name). Answers the length of the name, 0 for none. ROOST_EINVAL: no buffer, or no room in it. */
int roost_name(roost_node node, char *buffer, uint64_t size);

/* ---------------------------------------------------------------------------------------------- */
/* Cleanups                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* A cleanup. It runs as a task of its own beneath the node that has ended, in a shield that no
 * cancellation around it passes before its grace is over: `self` names that task, in waits and
 * groups too (K2). The node's deadline does not count any more. It answers 0, a
 * negative code, which becomes an error of the node and stops no other cleanup (K3), or
 * ROOST_PENDING: roost_finish(self, ...) will end it. `why` says how the node ended, and is valid
 * until this returns. */
typedef int (*roost_cleanup_fn)(roost_task self, const roost_outcome *why, void *data);

/* Of roost_defer_with. */
typedef struct roost_cleanup_options {
  uint64_t size;
  roost_cleanup_fn fn;          /* required */
  roost_on_cancel_fn on_cancel; /* for one that answers ROOST_PENDING, when its grace is over, or
                                   it was cancelled itself (K2b); without, it is waited for */
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

/* Takes a cleanup back: it will not run, and its drop is called before this returns (K3).
 * ROOST_ESTALE: it has begun.
 * Linear in the number of cleanups registered on the node after it. */
int roost_undefer(roost_cleanup cleanup);

/* ---------------------------------------------------------------------------------------------- */
/* Waits                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* A wait has a node to which it belongs: a task, a scope or a group. `fn` is called exactly once,
 * from the loop, with the outcome: what was waited for, or ROOST_ECANCELED when the node is
 * cancelled before (C3, C4). Waits begun in a cancelled node end so too. When the node's work ends
 * first, its waits are taken back: `fn` is not called, `data` is dropped (S2b); but one that has
 * got what it waited for is told so in any case. A wait keeps no node open and ends no task: that
 * is for `fn` to do, by roost_finish. */
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

/* Cancels a node, and begins a wait of the node `in` for its end (C12b): roost_cancel and
 * roost_on_end in one. When `in` is cancelled first, the wait ends so, and the cancellation stays.
 * Where the node has ended already and is kept, the wait ends at once.
 * ROOST_EDEADLK: `node` is `in` itself or contains it; it is cancelled all the same, and nobody
 * waits. All other failures are those of the two calls, and then nothing was cancelled. */
int roost_cancel_and_wait(roost_node node, roost_node in, const roost_cancel_options *why,
                          roost_wait_fn fn, void *data, roost_drop_fn drop, roost_wait *out);

/* What a thread is given to do by a wait: by roost_blocking in fibers, roost_on_call elsewhere. */
typedef int (*roost_call_fn)(roost_node self, void *data);

/* Calls a function on a thread of libuv's pool, as a wait of the node `in`, which is its `self`:
 * `rc` is what it answers. It gets the same `data` as `fn`, which is dropped after both. When `in`
 * is cancelled before a thread has begun it, or the wait is taken back, it is not called, and `rc`
 * is ROOST_ECANCELED; once it runs it is asked, by the mark that `roost_cancelled(self)` reads on
 * any thread, is waited for, and its answer stands (S6). ROOST_EINVAL: `call` is NULL. Else as
 * roost_after. */
int roost_on_call(roost_call_fn call, roost_node in, roost_wait_fn fn, void *data,
                  roost_drop_fn drop, roost_wait *out);

/* Takes a wait back: its `fn` will not be called, and its drop will, in a later turn, when the
 * request has let go of `data`. ROOST_ESTALE: it was completed before, or taken back, and then
 * `fn` is called, or was. ROOST_EORDER: a fiber is suspended for it. */
int roost_unwait(roost_wait wait);

/* Spawns a task into `group`, and waits in the node `in` until it has reported by roost_started
 * that it is ready for others (L4). `fn` gets the value that it reported, 0 or more. Until then the
 * task lives in `in`: what cancels that cancels the task; what cancels the group does not, and the
 * group is not closed and its daemons are not cancelled meanwhile. It is never held back by the
 * group's limit, and counts for it from its report on. The report moves it, with all that it has
 * opened, into the group, with what has failed in it before.
 *
 * A task that ends without having reported makes the wait end with its error, which is none of the
 * group's; with ROOST_ETASKCANCELLED where it was cancelled itself; else with ROOST_ENOTSTARTED.
 * When `in` is cancelled before the report, the report moves nothing, and the wait ends when the
 * task has: with its error, else with ROOST_ECANCELED. Taking the wait back, or the end of the task
 * `in`, cancels the task; its errors are then those of the group around `in`.
 *
 * `task` (NULL: not asked for) gets the handle, as from roost_spawn; its outcome is kept with
 * `group`. A failure drops both the options' data and `data`, and spawns nothing. Failures: those
 * of roost_spawn and of roost_after. */
int roost_start(roost_group group, roost_node in, const roost_task_options *options,
                roost_wait_fn fn, void *data, roost_drop_fn drop, roost_task *task,
                roost_wait *out);

/* Reports that a task is started, with a value of 0 or more (L4); it may be called for it from its
 * first step on. In a task that nobody waits for so, it does nothing.
 * ROOST_ECANCELED: nobody waits any more, and the task does not belong to the group.
 * ROOST_EALREADY: it has reported before, or its body has ended. ROOST_EINVAL: the value is
 * negative, the task has not begun, or it is a cleanup's. */
int roost_started(roost_task task, int value);

/* ---------------------------------------------------------------------------------------------- */
/* Signals and processes                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* Waits until the process receives a signal: `rc` is its number. All who wait for it are told, in
 * every runtime. While anybody waits, and until `fn` has returned, the signal does nothing else;
 * one that comes before `fn` has begun the next wait for it is told to that. When nobody waits any
 * more, it does again what it did before; in a program of several threads there is a moment in
 * between, in which it has its default action. In a child after fork it does so too (S8b); should
 * the child wait for it itself, libuv tells the parent of the child's signals as well.
 * ROOST_EINVAL: there is no such signal, or it is none to wait for: SIGKILL, SIGSTOP, and those of
 * faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL). Else as roost_after. */
int roost_on_signal(int signum, roost_node in, roost_wait_fn fn, void *data, roost_drop_fn drop,
                    roost_wait *out);

/* A step of what stops a child process: a signal, and how long it may take to end after it. */
typedef struct roost_stop_step {
  int64_t signum;     /* SIGTERM, ... */
  int64_t allowed_ns; /* how long the child may take to end after it */
} roost_stop_step;

struct uv_stdio_container_s;

/* Of roost_run_process. */
typedef struct roost_process_options {
  uint64_t size;
  const char *file;        /* required: what to run, looked for in the PATH of `env` */
  const char *const *args; /* NULL-terminated, its name first; NULL: the name alone */
  const char *const *env;  /* NULL-terminated "NAME=value"; NULL: the program's */
  const char *folder;      /* where it begins; NULL: where the program is */
  const struct uv_stdio_container_s *stdio; /* its descriptors, as in uv_process_options_t */
  uint64_t stdio_count;                     /* 0: the first three are /dev/null */
  uint64_t inherit; /* 1, without `stdio`: the first three are the program's */
  uint64_t flags;   /* libuv's: UV_PROCESS_DETACHED, UV_PROCESS_SETUID, UV_PROCESS_SETGID */
  uint64_t uid;     /* its user, with UV_PROCESS_SETUID */
  uint64_t gid;     /* its group, with UV_PROCESS_SETGID */
  const roost_stop_step *stop; /* when it is cancelled; then comes SIGKILL */
  uint64_t stop_count;         /* 0: SIGTERM with five seconds; at most 16 */
  int64_t *pid; /* gets its process id, where not NULL; 0 in a cancelled node, where none
                          is begun; a call that fails leaves it alone */
} roost_process_options;

/* What the `rc` of a process says: the status it exited with; the signal that ended it, or 0. */
#define ROOST_EXIT_STATUS(rc) ((rc)&255)
#define ROOST_EXIT_SIGNAL(rc) ((rc) >> 8)

/* Runs a child process, and waits until it has ended and was reaped: `rc` is 0 or more, see above.
 * When the wait is cancelled or taken back, or ends with its node, the child is stopped: it gets
 * the signals of `stop`, each with its time, and in the end SIGKILL; when it was reaped, `fn` is
 * told ROOST_ECANCELED (nobody, where the wait was taken back). On the virtual clock these times
 * pass at once, unless something else holds it: give ROOST_FOREVER there. No node ends, and no
 * runtime is closed, while a child of its waits runs. One that has ended before the first signal
 * keeps its `rc` (C4). All is copied. In a cancelled node no child is begun, and the wait ends as
 * every other.
 * Failures: libuv's code where it could not be started (UV_ENOENT, ...); else as roost_after.
 * ROOST_EINVAL also for a signal that is none, too many steps or a time below 0 in `stop`, a count
 * without its array, `inherit` together with `stdio`, and flags that are not named above.
 *
 * While a child runs, libuv catches SIGCHLD, and gives it its default action afterwards. Whoever
 * else reaps a child of these, by waitpid(-1), takes its end away: the wait then ends only when it
 * is cancelled. Only the child is sent signals, not what it has started: that can be given a
 * process group of its own with UV_PROCESS_DETACHED, and be sent signals by kill(-pid, ...). */
int roost_run_process(const roost_process_options *options, roost_node in, roost_wait_fn fn,
                      void *data, roost_drop_fn drop, roost_wait *out);

/* ---------------------------------------------------------------------------------------------- */
/* Descriptors                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* Waits until a descriptor can be read: `rc` is 0 when there is something to read, or its end, or
 * an error, of which a read tells. That of a regular file can always be read. Nothing is changed in
 * the descriptor: make it one that does not block, and be ready for EAGAIN.
 *
 * One wait for each direction: ROOST_EBUSY where somebody of this runtime waits to read it already.
 * UV_EBADF: it is closed, or below 0. UV_ELOOP: it is one that watches this loop itself. Before a
 * descriptor that is waited for is closed, roost_descriptor_closing has to be called; a wait for
 * one that was closed without that ends when its node is cancelled, or when a descriptor of the
 * same number is waited for, with UV_EBADF. Else as roost_after. */
int roost_on_readable(int fd, roost_node in, roost_wait_fn fn, void *data, roost_drop_fn drop,
                      roost_wait *out);

/* The same until it can be written to, or an error came, of which a write tells. */
int roost_on_writable(int fd, roost_node in, roost_wait_fn fn, void *data, roost_drop_fn drop,
                      roost_wait *out);

/* Ends the waits for a descriptor that is about to be closed, with UV_EBADF; one that has got what
 * it waited for keeps that (C4). 0, or ROOST_ALREADY: nobody waits for it. */
int roost_descriptor_closing(roost_runtime runtime, int fd);

/* ---------------------------------------------------------------------------------------------- */
/* Other threads                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* Called on the runtime's thread, from the loop, as code of the root group. */
typedef void (*roost_post_fn)(roost_runtime runtime, void *data);

/* Has a function called on the runtime's thread, in the order of posting. Any thread, the runtime's
 * too (S5). It keeps the loop going until it was called; but a borrowed loop that has nothing else
 * to do may end before it has seen what another thread posts, which then waits for its next turn.
 * A post that fails only drops, on the calling thread.
 * 0. ROOST_ECLOSED: roost_close was called. ROOST_ESTALE: the runtime has gone. ROOST_ENOMEM. */
int roost_post(roost_runtime runtime, roost_post_fn fn, void *data, roost_drop_fn drop);

/* What the runtime's thread is doing. */
typedef struct roost_step {
  uint64_t size;
  roost_node node;   /* whose step runs: the task, or the group or scope whose callback it is; the
                        root for what was posted */
  uint64_t since_ns; /* on uv_hrtime()'s clock: when the step began; where the runtime was opened
                        without step_ns, when its turn did */
  char name[64];     /* the node's, "" for none */
} roost_step;

/* The step that a runtime runs at this moment, to see from outside one that does not end (O3). Any
 * thread. `out->size` must be set.
 * 1: it is filled. 0: none of ours runs, and all of it but the size is zero; what is told of
 * reports and given a trace is no step. */
int roost_current(roost_runtime runtime, roost_step *out);

/* ---------------------------------------------------------------------------------------------- */
/* Events                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* Events, limiters, locks, conditions and channels are things that tasks wait for. They are no
 * nodes: they belong to a runtime, and go when they are destroyed, or with it (S3a).
 *
 * Whoever waits is served in the order of coming, and every wait is cancellable: what a wait has
 * got before a cancellation came is kept, and `fn` told of it (C4); what it has not got goes to the
 * next. A wait begun in a cancelled node takes nothing (C3a). The try_ functions do not wait, take
 * no turn before those who do, and no cancellation concerns them; where they would have to wait,
 * they answer ROOST_EAGAIN.
 *
 * Opening one may answer ROOST_ENOMEM. The waits have the failures of roost_after, and
 * ROOST_EFOREIGN. Destroying answers 0, and ends all waits with ROOST_ECLOSED; it is linear in
 * their number. */

/* Opens an event: something that has not happened yet. */
int roost_event_open(roost_runtime runtime, roost_event *out);

/* It has happened, for ever: all who wait go on. 0, or ROOST_ALREADY. Linear in their number. */
int roost_event_set(roost_event event);

/* Whether it has happened. 1 or 0. */
int roost_event_is_set(roost_event event);

/* Waits until it has happened. */
int roost_event_wait(roost_event event, roost_node in, roost_wait_fn fn, void *data,
                     roost_drop_fn drop, roost_wait *out);

/* Destroys an event. */
int roost_event_destroy(roost_event event);

/* ---------------------------------------------------------------------------------------------- */
/* Limiters                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* Opens a limiter, which lets at most so many go on at a time: a semaphore. With 0 permits all
 * wait until roost_limiter_resize gives some. */
int roost_limiter_open(roost_runtime runtime, uint64_t permits, roost_limiter *out);

/* Changes the number of permits. Where more are taken than there are now, nobody loses one; no more
 * are given until enough came back. Linear in the number of waits that go on. */
int roost_limiter_resize(roost_limiter limiter, uint64_t permits);

/* Waits for a permit. With 0 in `fn` it was given, to be given back by roost_limiter_release. */
int roost_limiter_acquire(roost_limiter limiter, roost_node in, roost_wait_fn fn, void *data,
                          roost_drop_fn drop, roost_wait *out);

/* Takes a permit if there is one: 0, else ROOST_EAGAIN. */
int roost_limiter_try_acquire(roost_limiter limiter);

/* Gives a permit back; the first who waits gets it. Permits have no owner: any code on the
 * runtime's thread may give one back. ROOST_EORDER: none is taken. */
int roost_limiter_release(roost_limiter limiter);

/* Destroys a limiter. */
int roost_limiter_destroy(roost_limiter limiter);

/* ---------------------------------------------------------------------------------------------- */
/* Locks                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* Opens a lock. It is owned by one node at a time: that in which it was waited for. When that ends
 * without having released it, all who wait, for it or at its conditions, and all who come later,
 * are answered ROOST_EOWNERDEAD (S3b), and destroying the lock is all that is left. */
int roost_lock_open(roost_runtime runtime, roost_lock *out);

/* Waits for the lock. With 0 in `fn`, the node `in` owns it. ROOST_EDEADLK: it owns it already. */
int roost_lock_acquire(roost_lock lock, roost_node in, roost_wait_fn fn, void *data,
                       roost_drop_fn drop, roost_wait *out);

/* Takes the lock for a node if nobody owns it: 0, else ROOST_EAGAIN, or ROOST_EDEADLK where that
 * node owns it, or ROOST_EOWNERDEAD. ROOST_ECLOSED: the node is ending. */
int roost_lock_try_acquire(roost_lock lock, roost_node owner);

/* Releases a lock; the first who waits owns it then. `owner` is the node that owns it now; also
 * while its cleanups run. ROOST_EORDER: it does not own it. */
int roost_lock_release(roost_lock lock, roost_node owner);

/* Destroys a lock, owned or not. Who waits at its conditions is told ROOST_ECLOSED too, without the
 * lock. Linear in the number of these, and of its conditions. */
int roost_lock_destroy(roost_lock lock);

/* ---------------------------------------------------------------------------------------------- */
/* Conditions                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

/* Opens a condition: a place to wait, without its lock, for a change of what the lock protects. */
int roost_condition_open(roost_lock lock, roost_condition *out);

/* Releases the lock, waits to be notified, and waits for the lock again, which no cancellation cuts
 * short: whatever `fn` is told, 0, ROOST_ECANCELED or ROOST_ESTOPPING, the node `in` owns the lock
 * then (S3b). Only ROOST_ECLOSED (the condition or its lock was destroyed) and ROOST_EOWNERDEAD (a
 * later owner has ended) may come without: roost_lock_release tells, by ROOST_EORDER or
 * ROOST_ESTALE. A wait that is taken back does not take the lock again. In a cancelled node the
 * lock is released and taken again all the same.
 * ROOST_EORDER: `in` does not own the lock. ROOST_ESTALE: the lock was destroyed. */
int roost_condition_wait(roost_condition condition, roost_node in, roost_wait_fn fn, void *data,
                         roost_drop_fn drop, roost_wait *out);

/* Wakes so many of those who wait, the first come first; UINT64_MAX wakes all. Answers 0, also when
 * nobody waits. Linear in the number woken. */
int roost_condition_notify(roost_condition condition, uint64_t count);

/* Destroys a condition. Those who wait get the lock again before they are told. */
int roost_condition_destroy(roost_condition condition);

/* ---------------------------------------------------------------------------------------------- */
/* Channels                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* Opens a channel: a queue of pointers with room for `capacity` of them (UINT64_MAX: no bound).
 * With 0, every send waits for its receiver. `drop` (NULL: none) frees the items that are left in
 * it when it goes. */
int roost_channel_open(roost_runtime runtime, uint64_t capacity, roost_drop_fn drop,
                       roost_channel *out);

/* Sends an item, which may be NULL, and waits until there was room for it, or a receiver. With 0 in
 * `fn` the item is the channel's or the receiver's; with anything else it stayed the caller's:
 * ROOST_ECANCELED, or ROOST_ECLOSED. So it did when the wait was taken back, of which only `drop`
 * tells. */
int roost_channel_send(roost_channel channel, roost_node in, void *item, roost_wait_fn fn,
                       void *data, roost_drop_fn drop, roost_wait *out);

/* Sends an item if that can be done without waiting: 0, else ROOST_EAGAIN, or ROOST_ECLOSED.
 * ROOST_ENOMEM. */
int roost_channel_try_send(roost_channel channel, void *item);

/* Waits for an item, which is written to `*item` just before `fn` is called with 0. With anything
 * else, nothing is written and nothing was taken: ROOST_ECANCELED, or ROOST_ECLOSED when the
 * channel is closed and empty. `item` must stay valid until `fn` is called or `data` is dropped. */
int roost_channel_receive(roost_channel channel, roost_node in, void **item, roost_wait_fn fn,
                          void *data, roost_drop_fn drop, roost_wait *out);

/* Takes an item if there is one: 0, else ROOST_EAGAIN, or ROOST_ECLOSED. */
int roost_channel_try_receive(roost_channel channel, void **item);

/* Closes a channel: nothing more can be sent, and senders that wait are told ROOST_ECLOSED; what is
 * in it can still be received, then receivers are told so too. 0, or ROOST_ALREADY. Linear in the
 * number of waits that end. */
int roost_channel_close(roost_channel channel);

/* Destroys a channel, and drops the items in it, before this returns. */
int roost_channel_destroy(roost_channel channel);

/* ---------------------------------------------------------------------------------------------- */
/* Seeing what runs                                                                               */
/* ---------------------------------------------------------------------------------------------- */

/* Given a piece of text, which is valid until this returns and has no final 0. */
typedef void (*roost_write_fn)(const char *text, uint64_t length, void *data);

#define ROOST_TEXT 0     /* a drawing for people */
#define ROOST_JSON 1     /* an object; `nodes` lists all, each after its parent */
#define ROOST_GRAPHVIZ 2 /* a digraph for dot */

/* Writes what is alive in a node: of each node its kind, name and handle, its state, its deadline,
 * shield and grace, since when and why it is cancelled, what it waits for and since when, and the
 * cleanups that are registered (O1). Of the root group, also what goes on outside the tree.
 * `write` (NULL: it goes to standard error, for a debugger) is called once with all of it, then
 * `drop`, both before this returns. From any callback.
 * Docs/dump.md says what is in it. The root can be dumped as long as roost_close waits for strays,
 * though it has ended. Linear in the length of the text.
 * ROOST_EINVAL: no such format. ROOST_ENOMEM. */
int roost_dump(roost_node node, uint64_t format, roost_write_fn write, void *data,
               roost_drop_fn drop);

/* Begins a trace: every node's life, those alive included, in the Trace Event format, which
 * Perfetto and chrome://tracing open (O2). `write` is called from the loop with the next piece
 * whenever there is enough of it, and with the last one by roost_trace_stop, or when the runtime
 * is closed, before its `fn`; the pieces make up one JSON document. Then comes `drop`. Times are
 * those of the runtime's clock.
 * ROOST_EALREADY: there is one. ROOST_ECLOSED: the root has ended. ROOST_ENOMEM. Linear in the
 * number of nodes. */
int roost_trace_start(roost_runtime runtime, roost_write_fn write, void *data, roost_drop_fn drop);

/* Ends the trace: `write` is called with what is left, and `drop`, before this returns; when it is
 * called by `write` itself, when that has returned. 0, or ROOST_ALREADY: there is none. Linear in
 * the number of nodes. */
int roost_trace_stop(roost_runtime runtime);

/* What an event, limiter, lock, condition or channel is doing. */
typedef struct roost_usage {
  uint64_t size;
  uint64_t waiting;   /* how many wait for it: of a channel, to send; of a condition, those not yet
                         notified; of a lock, also those notified at its conditions */
  uint64_t receiving; /* of a channel: how many wait for an item */
  uint64_t count;     /* of a limiter: the permits taken; of a channel: the items in it */
  uint64_t capacity;  /* of a limiter: all its permits; of a channel: its room */
  roost_node owner;   /* of a lock: the node that owns it; its id is 0 for nobody */
} roost_usage;

/* Reads what is made of an event, limiter, lock, condition or channel. A wait that has got what it
 * was for counts no more, though nobody may have been told of it yet: its permit is taken, its lock
 * has its owner. `out->size` must be set. Answers 0. ROOST_EKIND: the id names anything else.
 * Linear in the number of waits. */
int roost_usage_of(uint64_t id, roost_usage *out);

/* What a runtime has done (O4). The root is counted as a group; what holds the task of a start
 * until its report is not. */
typedef struct roost_counters {
  uint64_t size;
  uint64_t tasks;             /* alive now; those of cleanups are no tasks here */
  uint64_t groups;            /* as tasks */
  uint64_t scopes;            /* as tasks */
  uint64_t waits;             /* as tasks */
  uint64_t cleanups;          /* registered now */
  uint64_t events;            /* as tasks */
  uint64_t limiters;          /* as tasks */
  uint64_t locks;             /* as tasks */
  uint64_t conditions;        /* as tasks */
  uint64_t channels;          /* as tasks */
  uint64_t all_tasks;         /* all there ever were */
  uint64_t all_groups;        /* as all_tasks */
  uint64_t all_scopes;        /* as all_tasks */
  uint64_t all_waits;         /* as all_tasks */
  uint64_t all_cleanups;      /* as all_tasks */
  uint64_t all_events;        /* as all_tasks */
  uint64_t all_limiters;      /* as all_tasks */
  uint64_t all_locks;         /* as all_tasks */
  uint64_t all_conditions;    /* as all_tasks */
  uint64_t all_channels;      /* as all_tasks */
  uint64_t completed;         /* tasks that ended so */
  uint64_t failed;            /* as completed */
  uint64_t cancelled;         /* as completed */
  uint64_t strays;            /* functions of abandoned tasks that have not returned */
  uint64_t posts;             /* functions that were posted and called */
  uint64_t turns;             /* of the loop, in which anything of ours was done */
  uint64_t cancel_to_end[48]; /* of nodes that were cancelled themselves: how many took, from that
                                 to their end, 2^i to 2^(i+1) nanoseconds, the first also less, the
                                 last also more */
} roost_counters;

/* Reads the counters of a runtime. `out->size` must be set. Answers 0. */
int roost_counters_of(roost_runtime runtime, roost_counters *out);

/* ---------------------------------------------------------------------------------------------- */
/* Options in place                                                                               */
/* ---------------------------------------------------------------------------------------------- */

/* Each makes a pointer to options out of designated initialisers, which live as long as the block
 * around it: `ROOST_GROUP(.limit = 10)`, or `ROOST_GROUP()` for all defaults. In C++, which has no
 * such literals, roost_group_options_init() and so on return options whose size is set. */
#ifndef __cplusplus
#define ROOST_RUNTIME(...)                                                                         \
  (&(roost_runtime_options){.size = sizeof(roost_runtime_options), __VA_ARGS__})
#define ROOST_GROUP(...) (&(roost_group_options){.size = sizeof(roost_group_options), __VA_ARGS__})
#define ROOST_SCOPE(...) (&(roost_scope_options){.size = sizeof(roost_scope_options), __VA_ARGS__})
#define ROOST_TASK(...) (&(roost_task_options){.size = sizeof(roost_task_options), __VA_ARGS__})
#define ROOST_BLOCKING(...)                                                                        \
  (&(roost_blocking_options){.size = sizeof(roost_blocking_options), __VA_ARGS__})
#define ROOST_PROCESS(...)                                                                         \
  (&(roost_process_options){.size = sizeof(roost_process_options), __VA_ARGS__})
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
ROOST_OPTIONS_INIT(roost_blocking_options)
ROOST_OPTIONS_INIT(roost_process_options)
ROOST_OPTIONS_INIT(roost_cancel_options)
ROOST_OPTIONS_INIT(roost_cleanup_options)
#undef ROOST_OPTIONS_INIT
#endif

#endif /* ROOST_H */
