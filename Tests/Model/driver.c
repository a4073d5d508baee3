/* Carries out programs of the model's test against the library: reads them as text, makes the
 * calls, and prints a line for each answer and each callback. The model prints the same lines.
 *
 *     program 7 0 0 0 0 0 1  its number, and what run_program reads
 *     scope 3 1 1 0 0 0 0 0 0 0 ;
 *     spawn 4 1 1 1 0 0 0 0 0 0 0 0 { 0 cancel 3 0 0 0 ; } - ;
 *     end
 *
 * A call is its name, numbers or names of codes, and for each callback it takes a script in
 * braces, `-` for none: what the callback answers, then the calls that it makes. Everything that a
 * program makes has a number of its own, under which its handle is kept. 0 is no handle, 1 the
 * root, 2 the runtime.
 *
 * On the virtual clock, and on a loop that is turned from here: one `turn` is one uv_run. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <roost.h>
#include <roost_fiber.h>
#include <roost_uv.h>
#include <uv.h>

enum { NUMBERS = 4096, ARGUMENTS = 20, SCRIPTS = 4, TOKEN = 64 };
enum { PATIENCE = 60 }; /* seconds for one program: a hang is a failure */

/* ---------------------------------------------------------------------------------------------- */
/* Programs                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

typedef struct call call;

/* What one callback does. */
typedef struct script {
  int64_t answer;
  call *calls;
} script;

struct call {
  void (*make)(const call *);
  const char *name;
  int64_t number[ARGUMENTS];
  script *scripts[SCRIPTS];
  call *next;
};

/* What a program has made, by number. */
typedef struct thing {
  uint64_t id;      /* its handle, once it is known */
  const call *made; /* the call that made it */
  int turn;         /* of a filter: how often it was asked */
  void *item;       /* of a receive: what came */
  uint64_t told;    /* of a fiber: its wait to be told how it ends */
  void *result;     /* and with what result */
} thing;

static thing things[NUMBERS];
static int64_t things_used;
static uint64_t runtime, beginning;
static uv_loop_t *loop;
static int has_own_loop, is_closed, form;

/* Memory of one program. */
static char arena[1 << 20];
static size_t arena_used;

static void *new (size_t size) {
  size = (size + 15) & ~(size_t)15;
  if (arena_used + size > sizeof arena) abort();
  void *memory = arena + arena_used;
  arena_used += size;
  return memset(memory, 0, size);
}

/* ---------------------------------------------------------------------------------------------- */
/* Lines                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static int is_silent;

static void say(const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  if (!is_silent) vprintf(format, rest);
  va_end(rest);
}

static const struct {
  const char *name;
  int64_t value;
} words[] = {
#define WORD(name, value, text) {#name, ROOST_##name},
    ROOST_STATUS_MAP(WORD)
#undef WORD
#define WORD(name)                                                                                 \
  { #name, ROOST_##name }
        WORD(NOW),
    WORD(FOREVER),
};

/* "EIO" for ROOST_EIO, "7" for 7. */
static const char *word(int64_t code) {
  static char text[4][TOKEN];
  static int turn;
  for (size_t i = 0; code < 0 && i < sizeof words / sizeof *words - 2; i++)
    if (words[i].value == code) return words[i].name;
  char *out = text[turn++ % 4];
  snprintf(out, TOKEN, "%" PRId64, code);
  return out;
}

/* The number under which a handle is kept; 0 for one that is not known. */
static int numbered(uint64_t id) {
  for (int i = 1; id != 0 && i <= things_used; i++)
    if (things[i].id == id) return i;
  return 0;
}

static int number_of(const void *data) {
  return data == NULL ? 0 : (int)((const thing *)data - things);
}

static void print_reason(const roost_reason *reason) {
  static const char *const origins[] = {"?",         "EXPLICIT", "DEADLINE",   "FAILED_SIBLING",
                                        "LEFT_OPEN", "SIGNAL",   "SHUTDOWN",   "HOST",
                                        "DEADLOCK",  "RACE_WON", "PARENT_JOIN"};
  if (reason == NULL) {
    say(" -");
    return;
  }
  int64_t origin = reason->origin;
  say(" (%s %s %d '%s' '%s')", origins[origin > 0 && origin <= 10 ? origin : 0], word(reason->code),
      numbered(reason->node.id), reason->name, reason->message);
}

static const char *state_word(int64_t state) {
  static const char *const states[] = {"ALIVE", "COMPLETED", "FAILED", "CANCELLED"};
  return state >= 0 && state <= 3 ? states[state] : "?";
}

static void print_errors(const roost_error *error) {
  for (; error != NULL; error = error->next) {
    say(" [%s %d '%s' '%s' %d", word(error->code), numbered(error->node.id), error->name,
        error->message == NULL ? "" : error->message, number_of(error->object));
    print_errors(error->children);
    say("]");
  }
}

static void print_result(const roost_result *result) {
  say(" %s %s called=%d caught=%d", state_word(result->state), word(result->code),
      (int)result->cancel_called, (int)result->cancelled_caught);
  print_reason(result->reason);
  say(" errors=%d", (int)result->error_count);
  print_errors(result->errors);
  if (result->size >= sizeof *result && result->winner.id != 0)
    say(" winner %d %s %d '%s'", numbered(result->winner.id), word(result->winner_code),
        number_of(result->winner_result), result->winner_name);
  say("\n");
}

static void print_outcome(const roost_outcome *outcome) {
  say(" %s %s started=%d %d", state_word(outcome->state), word(outcome->code),
      (int)outcome->started, number_of(outcome->result));
  print_reason(outcome->reason);
  say("\n");
}

/* ---------------------------------------------------------------------------------------------- */
/* Callbacks                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static int play(const script *script) {
  for (const call *call = script->calls; call != NULL && !is_silent; call = call->next)
    call->make(call);
  say("< %s\n", word(script->answer));
  return (int)script->answer;
}

static void drop(void *data) { say("drop %d\n", number_of(data)); }

static void drop_result(void *data) { say("result %d\n", number_of(data)); }

static int on_start(roost_task self, void *data) {
  thing *it = data;
  it->id = self.id;
  say("> start %d\n", number_of(it));
  return play(it->made->scripts[0]);
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  thing *it = data;
  (void)self;
  say("> on_cancel %d", number_of(it));
  print_reason(why);
  say("\n");
  return play(it->made->scripts[1]);
}

/* A cleanup has two numbers: its own, and the next for its task. */
static int on_cleanup(roost_task self, const roost_outcome *why, void *data) {
  thing *it = data;
  it[1].id = self.id;
  say("> cleanup %d", number_of(it));
  print_outcome(why);
  return play(it->made->scripts[0]);
}

static void on_wait(roost_wait wait, int rc, void *data) {
  thing *it = data;
  it->id = wait.id;
  say("> wait %d %s", number_of(it), word(rc));
  if (rc == 0 && strcmp(it->made->name, "receive") == 0) say(" item %d", number_of(it->item));
  say("\n");
  play(it->made->scripts[0]);
}

static int on_abort(roost_wait wait, void *data) {
  thing *it = data;
  it->id = wait.id;
  say("> abort %d\n", number_of(it));
  return play(it->made->scripts[1]);
}

static void on_join(roost_node node, const roost_result *result, void *data) {
  thing *it = data;
  say("> join %d %d", number_of(it), numbered(node.id));
  print_result(result);
  play(it->made->scripts[0]);
}

static void on_close(const roost_result *result, void *data) {
  thing *it = data;
  is_closed = 1;
  say("> close %d", number_of(it));
  print_result(result);
  play(it->made->scripts[0]);
}

/* Asked again and again, a filter goes from script to script, and stays with the last. */
static int on_filter(roost_group group, const roost_error *error, void *data) {
  thing *it = data;
  const script *first = it->made->scripts[0], *second = it->made->scripts[1];
  say("> filter %d %d", number_of(it), numbered(group.id));
  const roost_error *next = error->next;
  (void)next;
  say(" [%s %d '%s' '%s' %d", word(error->code), numbered(error->node.id), error->name,
      error->message == NULL ? "" : error->message, number_of(error->object));
  print_errors(error->children);
  say("]\n");
  it->turn++;
  if (it->turn == 1) return play(first);
  if (it->turn == 2) return play(second);
  say("< %s\n", word(second->answer));
  return (int)second->answer;
}

/* ---------------------------------------------------------------------------------------------- */
/* Fibers                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* What the tasks and cleanups of a program are. */
enum { CALLBACKS, FIBERS, MIXED };

static int is_fiber(int64_t number) { return form == FIBERS || (form == MIXED && number % 2 == 1); }

/* In a fiber the calls that begin a wait wait, and what their function would do comes next. */
static int is_straight(void) { return roost_self().id != 0; }

/* Waits until `finish` tells how it ends. */
static int wait_for_end(thing *task) {
  roost_wait wait = {0};
  int rc = roost_park_here(NULL, NULL, &wait);
  if (rc >= 0) {
    task->told = wait.id;
    rc = roost_await(wait);
    task->told = 0;
  }
  say("> told %d %s\n", number_of(task), word(rc));
  return rc;
}

static int carry_out(thing *task, roost_task self, const script *first, const script *on_cancel) {
  int rc = play(first);
  if (rc != ROOST_PENDING || is_silent) return rc;
  rc = wait_for_end(task);
  if (rc == ROOST_ECANCELED && on_cancel != NULL) {
    roost_reason reason = {.size = sizeof reason};
    int is_cancelled = roost_reason_of(roost_here(), &reason) == 1;
    say("> on_cancel %d", number_of(task));
    print_reason(is_cancelled ? &reason : NULL);
    say("\n");
    rc = play(on_cancel);
    if (rc == 0) rc = ROOST_ECANCELED;
    if (rc == ROOST_PENDING) {
      say("set_shield %s\n", word(roost_set_shield(self, 1)));
      rc = wait_for_end(task);
    }
  }
  return task->result == NULL ? rc : roost_return(rc, task->result, drop_result);
}

static int fiber_starts(roost_task self, void *data) {
  thing *it = data;
  it->id = self.id;
  say("> start %d\n", number_of(it));
  return carry_out(it, self, it->made->scripts[0], it->made->scripts[1]);
}

static int fiber_cleans_up(roost_task self, const roost_outcome *why, void *data) {
  thing *it = data;
  it[1].id = self.id;
  say("> cleanup %d", number_of(it));
  print_outcome(why);
  return carry_out(&it[1], self, it->made->scripts[0], it->made->scripts[1]);
}

/* ---------------------------------------------------------------------------------------------- */
/* Calls                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

#define ARG(i) (call->number[i])
#define HANDLE(i) (things[ARG(i)].id)
#define NODE(i) ((roost_node){HANDLE(i)})
#define DATA(i) (&things[ARG(i)])
#define NAME(i, label, letter) (ARG(i) ? named(letter, ARG(label)) : NULL)

static const char *named(char letter, int64_t number) {
  static char text[4][TOKEN];
  static int turn;
  char *out = text[turn++ % 4];
  snprintf(out, TOKEN, "%c%" PRId64, letter, number);
  return out;
}

/* Programs count in milliseconds. */
static int64_t time_of(int64_t number) {
  return number == ROOST_FOREVER || number == ROOST_NOW ? number : number * ROOST_MILLISECOND;
}

static uint64_t instant_of(int64_t number) {
  return number == ROOST_FOREVER ? ROOST_FOREVER
         : number == 0           ? 0
                                 : beginning + (uint64_t)time_of(number);
}

static void answered(const call *call, int64_t answer) { say("%s %s\n", call->name, word(answer)); }

/* A fiber has waited: what the wait's function would do. */
static void waited(const call *call, int rc) {
  say("> wait %d %s\n", (int)ARG(0), word(rc));
  play(call->scripts[0]);
}

/* What a call does there instead. */
#define IN_A_FIBER(wait)                                                                           \
  do {                                                                                             \
    if (!is_straight()) break;                                                                     \
    waited(call, wait);                                                                            \
    return;                                                                                        \
  } while (0)

static thing *made(const call *call, int i) {
  thing *it = DATA(i);
  it->made = call;
  return it;
}

/* group NEW PARENT name timeout deadline move_on report policy limit max_errors shield grace
 * until_stopping filter FILTER-SCRIPTS */
static void do_group(const call *call) {
  roost_group out = {0};
  thing *it = made(call, 0);
  roost_group_options options = {
      .size = sizeof options,
      .name = NAME(2, 0, 'g'),
      .timeout_ns = time_of(ARG(3)),
      .deadline_ns = instant_of(ARG(4)),
      .move_on = (uint64_t)ARG(5),
      .report = (uint64_t)ARG(6),
      .policy = (uint64_t)ARG(7),
      .limit = (uint64_t)ARG(8),
      .max_errors = (uint64_t)ARG(9),
      .shield = (uint64_t)ARG(10),
      .grace_ns = time_of(ARG(11)),
      .until_stopping = (uint64_t)ARG(12),
  };
  if (call->scripts[0] != NULL) {
    options.filter = on_filter;
    options.filter_data = it;
    options.filter_drop = drop;
  }
  int rc = roost_group_open(NODE(1), &options, &out);
  if (rc >= 0) it->id = out.id;
  answered(call, rc);
}

/* scope NEW PARENT name timeout deadline move_on report shield grace until_stopping */
static void do_scope(const call *call) {
  roost_scope out = {0};
  thing *it = made(call, 0);
  int rc =
      roost_scope_open(NODE(1),
                       ROOST_SCOPE(.name = NAME(2, 0, 's'), .timeout_ns = time_of(ARG(3)),
                                   .deadline_ns = instant_of(ARG(4)), .move_on = (uint64_t)ARG(5),
                                   .report = (uint64_t)ARG(6), .shield = (uint64_t)ARG(7),
                                   .grace_ns = time_of(ARG(8)), .until_stopping = (uint64_t)ARG(9)),
                       &out);
  if (rc >= 0) it->id = out.id;
  answered(call, rc);
}

static roost_fiber_options fiber_options(const call *call) {
  return (roost_fiber_options){
      .size = sizeof(roost_fiber_options),
      .fn = fiber_starts,
      .data = made(call, 0),
      .drop = drop,
      .name = NAME(3, 0, 't'),
      .timeout_ns = time_of(ARG(4)),
      .deadline_ns = instant_of(ARG(5)),
      .move_on = (uint64_t)ARG(6),
      .shield = (uint64_t)ARG(7),
      .grace_ns = time_of(ARG(8)),
      .until_stopping = (uint64_t)ARG(9),
      .daemon = (uint64_t)ARG(10),
  };
}

/* What spawn and start have alike, from argument 2 on: held name timeout deadline move_on shield
 * grace until_stopping daemon START ON_CANCEL */
static roost_task_options task_options(const call *call) {
  return (roost_task_options){
      .size = sizeof(roost_task_options),
      .start = on_start,
      .on_cancel = call->scripts[1] == NULL ? NULL : on_cancel,
      .data = made(call, 0),
      .drop = drop,
      .name = NAME(3, 0, 't'),
      .timeout_ns = time_of(ARG(4)),
      .deadline_ns = instant_of(ARG(5)),
      .move_on = (uint64_t)ARG(6),
      .shield = (uint64_t)ARG(7),
      .grace_ns = time_of(ARG(8)),
      .until_stopping = (uint64_t)ARG(9),
      .daemon = (uint64_t)ARG(10),
  };
}

/* spawn NEW GROUP ... */
static void do_spawn(const call *call) {
  roost_task out = {0};
  roost_task_options options = task_options(call);
  roost_fiber_options straight = fiber_options(call);
  int rc = is_fiber(ARG(0)) ? roost_go_with(NODE(1), &straight, ARG(2) ? &out : NULL)
                            : roost_spawn(NODE(1), &options, ARG(2) ? &out : NULL);
  if (rc >= 0 && ARG(2)) DATA(0)->id = out.id;
  answered(call, rc);
}

/* start NEW GROUP ... WAIT IN, with what the wait does as the third script */
static void on_started(roost_wait wait, int rc, void *data) {
  thing *it = data;
  it->id = wait.id;
  say("> wait %d %s\n", number_of(it), word(rc));
  play(it->made->scripts[2]);
}

static void do_start(const call *call) {
  roost_task out = {0};
  roost_wait wait = {0};
  roost_task_options options = task_options(call);
  roost_fiber_options straight = fiber_options(call);
  if (is_straight()) {
    /* Known from the beginning on, as to a callback. */
    roost_task *task = ARG(2) ? (roost_task *)&DATA(0)->id : NULL;
    int rc = is_fiber(ARG(0)) ? roost_await_go(NODE(1), &straight, task)
                              : roost_await_start(NODE(1), &options, task);
    say("> wait %d %s\n", (int)ARG(11), word(rc));
    play(call->scripts[2]);
    return;
  }
  thing *it = made(call, 11);
  int rc = is_fiber(ARG(0)) ? roost_start_fiber(NODE(1), NODE(12), &straight, on_started, it, drop,
                                                ARG(2) ? &out : NULL, &wait)
                            : roost_start(NODE(1), NODE(12), &options, on_started, it, drop,
                                          ARG(2) ? &out : NULL, &wait);
  if (rc >= 0 && ARG(2)) DATA(0)->id = out.id;
  if (rc >= 0) it->id = wait.id;
  answered(call, rc);
}

/* started TASK value */
static void do_started(const call *call) { answered(call, roost_started(NODE(0), (int)ARG(1))); }

/* finish TASK rc RESULT */
static void do_finish(const call *call) {
  void *result = ARG(2) ? DATA(2) : NULL;
  thing *task = DATA(0);
  if (task->told != 0) {
    int rc = roost_wake((roost_wait){task->told}, (int)ARG(1));
    if (rc >= 0) task->result = result;
    if (rc < 0 && result != NULL) drop_result(result);
    answered(call, rc);
    return;
  }
  answered(call, roost_finish(NODE(0), (int)ARG(1), result, ARG(2) ? drop_result : NULL));
}

/* explain TASK message */
static void do_explain(const call *call) {
  answered(call, roost_explain(NODE(0), ARG(1) ? named('m', ARG(1)) : NULL));
}

/* outcome TASK */
static void do_outcome(const call *call) {
  roost_outcome outcome = {.size = sizeof outcome};
  int rc = roost_outcome_of(NODE(0), &outcome);
  if (rc < 0) {
    answered(call, rc);
    return;
  }
  say("%s %d", call->name, rc);
  print_outcome(&outcome);
}

/* release TASK */
static void do_release(const call *call) { answered(call, roost_release(NODE(0))); }

/* take TASK */
static void do_take(const call *call) {
  void *result = NULL;
  int rc = roost_take_result(NODE(0), &result);
  if (rc < 0) {
    answered(call, rc);
  } else {
    say("%s %s %d\n", call->name, word(rc), number_of(result));
  }
}

/* cancel NODE origin code message */
static void do_cancel(const call *call) {
  answered(call,
           roost_cancel(NODE(0), ROOST_CANCEL(.origin = ARG(1), .code = ARG(2),
                                              .message = ARG(3) ? named('m', ARG(3)) : NULL)));
}

/* cancel_and_wait NEW NODE IN code SCRIPT */
static void do_cancel_and_wait(const call *call) {
  IN_A_FIBER(roost_cancel_and_await(NODE(1), ROOST_CANCEL(.code = ARG(3))));
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_cancel_and_wait(NODE(1), NODE(2), ROOST_CANCEL(.code = ARG(3)), on_wait, it, drop,
                                 &out);
  if (rc >= 0) it->id = out.id;
  answered(call, rc);
}

/* set_shield NODE on */
static void do_set_shield(const call *call) {
  answered(call, roost_set_shield(NODE(0), (int)ARG(1)));
}

/* shutdown NODE patience */
static void do_shutdown(const call *call) {
  answered(call, roost_shutdown(NODE(0), time_of(ARG(1))));
}

/* set_deadline NODE instant */
static void do_set_deadline(const call *call) {
  answered(call, roost_set_deadline(NODE(0), instant_of(ARG(1))));
}

/* What a closing tells is released by every second one; the fiber's end releases the rest. */
static void close_and_wait(const call *call) {
  const struct call *opened = DATA(1)->made;
  int is_scope = opened != NULL && strcmp(opened->name, "scope") == 0;
  roost_result result = {.size = sizeof result};
  roost_result *wanted = call->scripts[0] == NULL ? NULL : &result;
  int rc = is_scope ? roost_scope_close(NODE(1), (int)ARG(2), wanted)
                    : roost_group_close(NODE(1), (int)ARG(2), wanted);
  say("> join %d %s", (int)ARG(0), word(rc));
  if (result.node.id != 0) {
    say(" %d", numbered(result.node.id));
    print_result(&result);
  } else {
    say("\n");
  }
  if (call->scripts[0] != NULL) play(call->scripts[0]);
  if (result.node.id != 0 && ARG(0) % 2 == 0) roost_result_release(&result);
}

/* join NEW NODE rc SCRIPT */
static void do_join(const call *call) {
  if (is_straight()) {
    close_and_wait(call);
    return;
  }
  thing *it = made(call, 0);
  answered(call,
           roost_join(NODE(1), (int)ARG(2), call->scripts[0] == NULL ? NULL : on_join, it, drop));
}

/* defer NEW TASK NODE name plain SCRIPT ON_CANCEL; `plain`: without options and handle */
static void do_defer(const call *call) {
  roost_cleanup out = {0};
  thing *it = made(call, 0);
  int rc;
  if (is_fiber(ARG(0))) {
    rc = ARG(4) ? roost_fiber_defer(NODE(2), fiber_cleans_up, it, drop)
                : roost_fiber_defer_with(NODE(2),
                                         ROOST_CLEANUP(.fn = fiber_cleans_up, .data = it,
                                                       .drop = drop, .name = NAME(3, 0, 'c')),
                                         &out);
  } else {
    rc = ARG(4) ? roost_defer(NODE(2), on_cleanup, it, drop)
                : roost_defer_with(
                      NODE(2),
                      ROOST_CLEANUP(.fn = on_cleanup,
                                    .on_cancel = call->scripts[1] == NULL ? NULL : on_cancel,
                                    .data = it, .drop = drop, .name = NAME(3, 0, 'c')),
                      &out);
  }
  if (rc >= 0 && !ARG(4)) it->id = out.id;
  answered(call, rc);
}

/* undefer CLEANUP */
static void do_undefer(const call *call) {
  answered(call, roost_undefer((roost_cleanup){HANDLE(0)}));
}

/* after NEW IN delay SCRIPT */
static void do_after(const call *call) {
  IN_A_FIBER(ARG(2) == ROOST_FOREVER ? roost_sleep_forever() : roost_sleep(time_of(ARG(2))));
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_after(NODE(1), time_of(ARG(2)), on_wait, it, drop, &out);
  if (rc >= 0) it->id = out.id;
  answered(call, rc);
}

/* on_end NEW OF IN SCRIPT */
static void do_on_end(const call *call) {
  IN_A_FIBER(roost_await_end(NODE(1)));
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_on_end(NODE(1), NODE(2), on_wait, it, drop, &out);
  if (rc >= 0) it->id = out.id;
  answered(call, rc);
}

/* park NEW IN SCRIPT ABORT */
static void do_park(const call *call) {
  if (is_straight()) {
    roost_wait wait = {0};
    int rc = roost_park_here(call->scripts[1] == NULL ? NULL : on_abort, made(call, 0), &wait);
    if (rc >= 0) DATA(0)->id = wait.id;
    waited(call, rc < 0 ? rc : roost_await(wait));
    return;
  }
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_park(NODE(1), call->scripts[1] == NULL ? NULL : on_abort, on_wait, it, drop, &out);
  if (rc >= 0) it->id = out.id;
  answered(call, rc);
}

/* wake WAIT rc */
static void do_wake(const call *call) {
  answered(call, roost_wake((roost_wait){HANDLE(0)}, (int)ARG(1)));
}

/* unwait WAIT */
static void do_unwait(const call *call) { answered(call, roost_unwait((roost_wait){HANDLE(0)})); }

/* What tasks wait for. What opens one: event NEW, limiter NEW permits, lock NEW,
 * condition NEW LOCK, channel NEW capacity. What waits: name NEW THING IN SCRIPT. */
#define RUNTIME ((roost_runtime){runtime})
#define EVENT(i) ((roost_event){HANDLE(i)})
#define LIMITER(i) ((roost_limiter){HANDLE(i)})
#define LOCK(i) ((roost_lock){HANDLE(i)})
#define CONDITION(i) ((roost_condition){HANDLE(i)})
#define CHANNEL(i) ((roost_channel){HANDLE(i)})

static void opened(const call *call, int rc, uint64_t id) {
  if (rc >= 0) made(call, 0)->id = id;
  answered(call, rc);
}

static void do_event(const call *call) {
  roost_event out = {0};
  int rc = roost_event_open(RUNTIME, &out);
  opened(call, rc, out.id);
}

static void do_event_set(const call *call) { answered(call, roost_event_set(EVENT(0))); }
static void do_event_is_set(const call *call) { answered(call, roost_event_is_set(EVENT(0))); }
static void do_event_destroy(const call *call) { answered(call, roost_event_destroy(EVENT(0))); }

static void do_event_wait(const call *call) {
  IN_A_FIBER(roost_await_event(EVENT(1)));
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_event_wait(EVENT(1), NODE(2), on_wait, it, drop, &out);
  opened(call, rc, out.id);
}

static void do_limiter(const call *call) {
  roost_limiter out = {0};
  int rc = roost_limiter_open(RUNTIME, (uint64_t)ARG(1), &out);
  opened(call, rc, out.id);
}

static void do_resize(const call *call) {
  answered(call, roost_limiter_resize(LIMITER(0), (uint64_t)ARG(1)));
}

static void do_acquire(const call *call) {
  IN_A_FIBER(roost_await_permit(LIMITER(1)));
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_limiter_acquire(LIMITER(1), NODE(2), on_wait, it, drop, &out);
  opened(call, rc, out.id);
}

static void do_try_acquire(const call *call) {
  answered(call, roost_limiter_try_acquire(LIMITER(0)));
}

static void do_limiter_release(const call *call) {
  answered(call, roost_limiter_release(LIMITER(0)));
}

static void do_limiter_destroy(const call *call) {
  answered(call, roost_limiter_destroy(LIMITER(0)));
}

static void do_lock(const call *call) {
  roost_lock out = {0};
  int rc = roost_lock_open(RUNTIME, &out);
  opened(call, rc, out.id);
}

static void do_lock_acquire(const call *call) {
  IN_A_FIBER(roost_await_lock(LOCK(1)));
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_lock_acquire(LOCK(1), NODE(2), on_wait, it, drop, &out);
  opened(call, rc, out.id);
}

static void do_try_lock(const call *call) {
  answered(call, roost_lock_try_acquire(LOCK(0), NODE(1)));
}

static void do_unlock(const call *call) { answered(call, roost_lock_release(LOCK(0), NODE(1))); }
static void do_lock_destroy(const call *call) { answered(call, roost_lock_destroy(LOCK(0))); }

static void do_condition(const call *call) {
  roost_condition out = {0};
  int rc = roost_condition_open(LOCK(1), &out);
  opened(call, rc, out.id);
}

static void do_condition_wait(const call *call) {
  IN_A_FIBER(roost_await_condition(CONDITION(1)));
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_condition_wait(CONDITION(1), NODE(2), on_wait, it, drop, &out);
  opened(call, rc, out.id);
}

static void do_notify(const call *call) {
  answered(call, roost_condition_notify(CONDITION(0), (uint64_t)ARG(1)));
}

static void do_condition_destroy(const call *call) {
  answered(call, roost_condition_destroy(CONDITION(0)));
}

static void drop_item(void *item) { say("item %d\n", number_of(item)); }

static void do_channel(const call *call) {
  roost_channel out = {0};
  int rc = roost_channel_open(RUNTIME, (uint64_t)ARG(1), drop_item, &out);
  opened(call, rc, out.id);
}

/* send NEW CHANNEL IN ITEM SCRIPT; item 0 is NULL */
#define ITEM(i) (ARG(i) ? DATA(i) : NULL)

static void do_send(const call *call) {
  IN_A_FIBER(roost_send(CHANNEL(1), ITEM(3)));
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_channel_send(CHANNEL(1), NODE(2), ITEM(3), on_wait, it, drop, &out);
  opened(call, rc, out.id);
}

static void do_try_send(const call *call) {
  answered(call, roost_channel_try_send(CHANNEL(0), ITEM(1)));
}

static void do_receive(const call *call) {
  if (is_straight()) {
    void *item = NULL;
    int rc = roost_receive(CHANNEL(1), &item);
    say("> wait %d %s", (int)ARG(0), word(rc));
    if (rc == 0) say(" item %d", number_of(item));
    say("\n");
    play(call->scripts[0]);
    return;
  }
  roost_wait out = {0};
  thing *it = made(call, 0);
  int rc = roost_channel_receive(CHANNEL(1), NODE(2), &it->item, on_wait, it, drop, &out);
  opened(call, rc, out.id);
}

static void do_try_receive(const call *call) {
  void *item = NULL;
  int rc = roost_channel_try_receive(CHANNEL(0), &item);
  if (rc < 0) {
    answered(call, rc);
  } else {
    say("%s %s %d\n", call->name, word(rc), number_of(item));
  }
}

/* select NEW KIND OF ITEM ... SCRIPT; of a time it is OF. What is taken is told with its place. */
static void do_select(const call *call) {
  roost_choice choices[3] = {{0}};
  void *item = NULL;
  for (int i = 0; i < 3; i++) {
    int at = 1 + 3 * i;
    int is_time = ARG(at) == ROOST_CHOOSE_TIME;
    choices[i] =
        (roost_choice)ROOST_CHOICE(.kind = (uint64_t)ARG(at), .id = is_time ? 0 : HANDLE(at + 1),
                                   .number = is_time ? time_of(ARG(at + 1)) : 0,
                                   .item = ITEM(at + 2), .out = &item);
  }
  int rc = roost_select(choices, 3);
  if (rc < 0) {
    waited(call, rc);
    return;
  }
  say("> wait %d %d %s", (int)ARG(0), rc, word(choices[rc].rc));
  if (choices[rc].kind == ROOST_CHOOSE_RECEIVE && choices[rc].rc == 0)
    say(" item %d", number_of(item));
  say("\n");
  play(call->scripts[0]);
}

static void do_channel_close(const call *call) { answered(call, roost_channel_close(CHANNEL(0))); }

static void do_channel_destroy(const call *call) {
  answered(call, roost_channel_destroy(CHANNEL(0)));
}

/* What can be asked about a node: ask NODE */
static void do_ask(const call *call) {
  roost_reason reason = {.size = sizeof reason};
  uint64_t deadline = 0;
  int rc = roost_cancelled(NODE(0));
  if (rc < 0) {
    answered(call, rc);
    return;
  }
  say("%s cancelled=%d called=%d", call->name, rc, roost_cancel_called(NODE(0)));
  say(" caught=%s", word(roost_cancelled_caught(NODE(0))));
  say(" stopping=%s", word(roost_stopping(NODE(0))));
  rc = roost_effective_deadline(NODE(0), &deadline);
  if (rc < 0 || deadline == 0 || deadline == ROOST_FOREVER) {
    say(" deadline=%s", rc < 0 ? word(rc) : deadline == 0 ? "0" : "-");
  } else {
    say(" deadline=@%" PRIu64, (deadline - beginning) / ROOST_MILLISECOND);
  }
  rc = roost_reason_of(NODE(0), &reason);
  print_reason(rc == 1 ? &reason : NULL);
  say("\n");
}

/* now */
static void do_now(const call *call) {
  uint64_t now = roost_now((roost_runtime){runtime});
  if (now == 0) {
    say("%s -\n", call->name);
  } else {
    say("%s @%" PRIu64 "\n", call->name, (now - beginning) / ROOST_MILLISECOND);
  }
}

/* close NEW patience SCRIPT */
static void do_close(const call *call) {
  thing *it = made(call, 0);
  answered(call, roost_close((roost_runtime){runtime}, time_of(ARG(1)), on_close, it, drop));
}

/* run: of a loop of its own */
static void do_run(const call *call) { answered(call, roost_run((roost_runtime){runtime})); }

/* turn times */
static void do_turn(const call *call) {
  for (int64_t i = 0; i < ARG(0); i++) uv_run(loop, UV_RUN_NOWAIT);
  answered(call, 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* Reading                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  void (*make)(const call *);
} calls[] = {
#define CALL(name)                                                                                 \
  { #name, do_##name }
    CALL(group),
    CALL(scope),
    CALL(spawn),
    CALL(start),
    CALL(started),
    CALL(finish),
    CALL(explain),
    CALL(outcome),
    CALL(release),
    CALL(take),
    CALL(cancel),
    CALL(set_shield),
    CALL(cancel_and_wait),
    CALL(shutdown),
    CALL(set_deadline),
    CALL(join),
    CALL(defer),
    CALL(undefer),
    CALL(after),
    CALL(on_end),
    CALL(park),
    CALL(wake),
    CALL(unwait),
    CALL(ask),
    CALL(now),
    CALL(close),
    CALL(run),
    CALL(turn),
    CALL(event),
    CALL(event_set),
    CALL(event_is_set),
    CALL(event_wait),
    CALL(event_destroy),
    CALL(limiter),
    CALL(resize),
    CALL(acquire),
    CALL(try_acquire),
    CALL(limiter_release),
    CALL(limiter_destroy),
    CALL(lock),
    CALL(lock_acquire),
    CALL(try_lock),
    CALL(unlock),
    CALL(lock_destroy),
    CALL(condition),
    CALL(condition_wait),
    CALL(notify),
    CALL(condition_destroy),
    CALL(channel),
    CALL(send),
    CALL(try_send),
    CALL(receive),
    CALL(try_receive),
    CALL(select),
    CALL(channel_close),
    CALL(channel_destroy),
#undef CALL
};

static char token[TOKEN];

static int next_token(void) { return scanf("%63s", token) == 1; }

static int64_t value_of_token(void) {
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(token, words[i].name) == 0) return words[i].value;
  return strtoll(token, NULL, 10);
}

static script *read_script(void);

/* Reads a call whose name is the token. */
static call *read_call(void) {
  call *it = new (sizeof *it);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(token, calls[i].name) != 0) continue;
    it->make = calls[i].make;
    it->name = calls[i].name;
  }
  if (it->make == NULL) {
    fprintf(stderr, "there is no call '%s'\n", token);
    exit(2);
  }
  int numbers = 0, scripts = 0;
  while (next_token() && strcmp(token, ";") != 0) {
    if (strcmp(token, "-") == 0) {
      scripts++;
    } else if (strcmp(token, "{") == 0) {
      it->scripts[scripts++] = read_script();
    } else {
      it->number[numbers++] = value_of_token();
    }
  }
  return it;
}

static script *read_script(void) {
  script *it = new (sizeof *it);
  next_token();
  it->answer = value_of_token();
  call **end = &it->calls;
  while (next_token() && strcmp(token, "}") != 0) {
    *end = read_call();
    end = &(*end)->next;
  }
  return it;
}

/* Ends what a program has left, without a word: its scripts are over. */
static void put_away(void) {
  is_silent = 1;
  static script nothing;
  static call none = {.name = "", .scripts = {&nothing, &nothing, &nothing, &nothing}};
  for (int i = 0; i < NUMBERS; i++) things[i].made = &none;
  roost_close((roost_runtime){runtime}, ROOST_NOW, on_close, &things[NUMBERS - 1], NULL);
  for (int round = 0; round < 1000 && !is_closed; round++) {
    for (int i = 3; i < NUMBERS; i++) {
      if (things[i].id == 0 && things[i].told == 0) continue;
      roost_finish((roost_node){things[i].id}, 0, NULL, NULL);
      roost_wake((roost_wait){things[i].id}, 0);
      roost_wake((roost_wait){things[i].told}, 0);
      roost_lock_destroy((roost_lock){things[i].id});
    }
    if (has_own_loop) roost_run(RUNTIME);
    for (int i = 0; i < 10 && !has_own_loop; i++) uv_run(loop, UV_RUN_NOWAIT);
  }
  is_silent = 0;
}

/* Of a program that hangs the model says so too. */
static void say_nothing(const roost_report *report, void *data) {
  (void)report;
  (void)data;
}

/* program NUMBER own-loop seed grace policy limit form */
static void run_program(void) {
  int64_t number[7];
  for (int i = 0; i < 7; i++) {
    next_token();
    number[i] = value_of_token();
  }
  memset(things, 0, sizeof things);
  arena_used = 0;
  things_used = NUMBERS - 1;
  is_closed = 0;
  call *first = NULL, **end = &first;
  while (next_token() && strcmp(token, "end") != 0) {
    *end = read_call();
    end = &(*end)->next;
  }
  alarm(PATIENCE);
  printf("program %" PRId64 "\n", number[0]);
  has_own_loop = (int)number[1];
  form = (int)number[6];
  roost_runtime opened = {0};
  if (!has_own_loop) uv_loop_init(loop = malloc(sizeof *loop));
  int rc = roost_runtime_open(
      ROOST_RUNTIME(.loop = has_own_loop ? NULL : loop, .clock = ROOST_CLOCK_VIRTUAL,
                    .seed = (uint64_t)number[2], .grace_ns = time_of(number[3]),
                    .policy = (uint64_t)number[4], .limit = (uint64_t)number[5],
                    .report = say_nothing),
      &opened);
  if (rc < 0) {
    fprintf(stderr, "roost_runtime_open: %s\n", roost_last_error());
    exit(2);
  }
  runtime = opened.id;
  beginning = roost_now(opened);
  things[1].id = roost_root(opened).id;
  things[2].id = runtime;
  for (const call *call = first; call != NULL; call = call->next) call->make(call);
  if (!is_closed) put_away();
  if (!is_closed) printf("what is left waits for itself\n");
  if (!has_own_loop && is_closed) {
    for (int i = 0; i < 10; i++) uv_run(loop, UV_RUN_NOWAIT);
    if (uv_loop_close(loop) != 0) printf("something is left on the loop\n");
    free(loop);
  }
  printf("end\n");
  fflush(stdout);
}

int main(void) {
  while (next_token())
    if (strcmp(token, "program") == 0) run_program();
  return 0;
}
