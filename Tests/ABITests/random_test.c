/* Random programs: every callback makes random calls, on nodes that live, have ended, never were,
 * or belong to another runtime. Whatever a program does (B1):
 *
 *     no call crashes, none runs the program's code before it returns (C5), and one that fails runs
 *     nothing but its own drop (K5);
 *     each drop is called once, as the last, and each function once at most, in its time;
 *     nothing outlives what it was opened in (T2), and every runtime comes to its end (S8a);
 *     a handle of a runtime that was closed stays stale, whoever has its memory now (T3).
 *
 * A program follows from its seed alone. A failure names the seed; `random_test SEED` runs that one
 * alone and tells of every call, `random_test FIRST LAST` runs many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "support.h"

enum { PROGRAMS = 400, CALLS = 150, HANDLES = 64, ITEMS = 1024 };

static uint64_t seed;
static int tells;

#define CHECK(condition, ...)                                                                      \
  do {                                                                                             \
    if (condition) break;                                                                          \
    fprintf(stderr, "seed %d: ", (int)seed);                                                       \
    fprintf(stderr, __VA_ARGS__);                                                                  \
    fputc('\n', stderr);                                                                           \
    fail();                                                                                        \
  } while (0)
#define TELL(...)                                                                                  \
  do {                                                                                             \
    if (tells) printf(__VA_ARGS__);                                                                \
  } while (0)

/* Chance: xorshift, begun with the seed. */
static uint64_t chance;

static uint64_t draw(void) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return chance;
}
static int upto(int n) { return (int)((draw() >> 20) % (uint64_t)n); }
static int one_in(int n) { return upto(n) == 0; }

/* What was handed to the engine, and what became of it. */
typedef enum item_kind { TASK, CLEANUP, WAIT, PARK, JOIN, CLOSE, RESULT } item_kind;

typedef struct item {
  item_kind kind;
  int given;      /* the call that took it succeeded */
  int ran;        /* its function was called */
  int told;       /* its on_cancel, or its abort, was called */
  int over;       /* it answered its end, or was finished */
  int taken_back; /* by undefer or unwait */
  int woken;      /* with `rc` */
  int rc;
  int drops;
  uint64_t self; /* its handle, once it is known */
  uint64_t node; /* where it was given */
} item;

static item items[ITEMS];
static int item_count;
static item *calling; /* the item of the call under way, which that may drop */
static int in_call;   /* a call is under way that runs nobody's code */
static int calls_left, depth;
static int ending;     /* nothing new begins, and what is asked ends */
static int is_virtual; /* else the clock is real, and all times have passed or never come */

/* The handles that calls are made with. */
typedef struct pool {
  uint64_t id[HANDLES];
  int count;
} pool;

static pool nodes, waits, cleanups, runtimes;
static pool deadlocked;  /* runtimes that had met a deadlock before the end (D4) */
static uv_loop_t shared; /* that some of the runtimes borrow */

static void keep(pool *in, uint64_t id) {
  if (id == 0) return;
  in->id[in->count < HANDLES ? in->count++ : upto(HANDLES)] = id;
}

static int has(const pool *in, uint64_t id) {
  for (int i = 0; i < in->count; i++)
    if (in->id[i] == id) return 1;
  return 0;
}

/* The newest are the liveliest. */
static uint64_t pick(const pool *from) {
  int last = from->count < 10 || one_in(3) ? from->count : 10;
  return from->count == 0 ? 0 : from->id[from->count - 1 - upto(last)];
}

/* Now and then what no program should pass. */
static uint64_t pick_any(const pool *from) {
  if (!one_in(25)) return pick(from);
  const pool *const others[] = {&nodes, &waits, &cleanups, &runtimes};
  return one_in(4) ? 0 : one_in(4) ? draw() : pick(others[upto(4)]);
}

static int is_open(uint64_t node) {
  char name[64];
  return roost_name((roost_node){node}, name, sizeof name) >= 0;
}

static roost_node any_node(void) {
  roost_node node = {pick_any(&nodes)};
  for (int i = 0; i < 8 && !is_open(node.id) && !one_in(4); i++) node.id = pick_any(&nodes);
  return node;
}

static item *new_item(item_kind kind, uint64_t node) {
  CHECK(item_count < ITEMS, "too many items");
  item *it = &items[item_count++];
  *it = (item){.kind = kind, .node = node};
  return it;
}

/* Makes a call that takes an item, or none (NULL): nothing else may run in it. */
#define CALL(it, function, arguments)                                                              \
  (calling = (it), in_call++, called((it), #function, function arguments))

static int called(item *it, const char *function, int rc) {
  in_call--;
  calling = NULL;
  TELL("%*s%s: %d%s%s\n", depth, "", function, rc, rc < 0 ? ", " : "",
       rc < 0 ? roost_last_error() : "");
  if (it != NULL) {
    it->given = rc >= 0;
    CHECK(it->drops == (rc < 0), "%s answers %d, with %d drops", function, rc, it->drops); /* K5 */
  }
  return rc;
}

static void play(int most);

static void enter(item *it, const char *what) {
  TELL("%*s%s of item %d {\n", depth, "", what, (int)(it - items));
  CHECK(!in_call, "%s inside a call", what);                                    /* C5 */
  CHECK(it->given && it->drops == 0, "%s of item %d", what, (int)(it - items)); /* K5 */
  depth++;
}

static void leave(void) {
  depth--;
  TELL("%*s}\n", depth, "");
}

/* T2: what was spawned into a node has ended, its cleanups too. */
static void check_empty(uint64_t node) {
  for (int i = 0; i < item_count; i++)
    if (items[i].given && items[i].node == node && items[i].kind == TASK)
      CHECK(items[i].drops == 1, "task %d outlives its group", i);
}

static void drop(void *data) {
  item *it = data;
  TELL("%*sdrop of item %d\n", depth, "", (int)(it - items));
  CHECK(!in_call || calling == it, "a drop inside a call");
  CHECK(++it->drops == 1, "item %d was dropped again", (int)(it - items));
  if (calling == it) return;
  if (it->kind == CLEANUP) CHECK(it->ran || it->taken_back, "a cleanup was lost"); /* K1 */
  if (it->kind == JOIN) CHECK(it->ran, "a join was not told");
  depth++;
  play(2);
  depth--;
}

/* What a first step, a cleanup or an on_cancel answers. */
static int answer(item *it) {
  int rc = one_in(3) && !ending ? ROOST_PENDING
           : one_in(2)          ? 0
           : one_in(3)          ? ROOST_ECANCELED
                                : -upto(40);
  if (rc != ROOST_PENDING) it->over = 1;
  return rc;
}

static int start(roost_task self, void *data) {
  item *it = data;
  enter(it, "start");
  CHECK(it->ran++ == 0, "started again"); /* S2a */
  it->self = self.id;
  keep(&nodes, self.id);
  play(4);
  leave();
  return answer(it);
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  item *it = data;
  enter(it, "on_cancel");
  CHECK(it->ran && !it->over && it->told++ == 0, "on_cancel out of its time"); /* S2a, K7 */
  CHECK(self.id == it->self && roost_cancelled(self) == 1, "not cancelled");
  CHECK(why->origin >= ROOST_EXPLICIT && why->origin <= ROOST_DEADLOCK, "origin %d",
        (int)why->origin);
  play(3);
  leave();
  if (!one_in(2) && !ending) return answer(it);
  it->over = 1;
  return 0;
}

static int clean(roost_task self, const roost_outcome *why, void *data) {
  item *it = data;
  enter(it, "cleanup");
  CHECK(it->ran++ == 0 && !it->taken_back, "cleaned up again");
  /* A deadlock passes every shield; what cancels it then is what cancels the root. */
  roost_reason mine = {.size = sizeof mine}, roots = {.size = sizeof roots};
  roost_reason_of(roost_root(roost_runtime_of(self)), &roots);
  CHECK(roost_reason_of(self, &mine) == 0 || memcmp(&mine, &roots, sizeof mine) == 0,
        "not sheltered"); /* K2, D4 */
  CHECK(why->state != ROOST_ALIVE, "not told how it ended");
  check_empty(it->node);
  for (item *other = items; other < items + item_count; other++)
    if (other != it && other->kind == CLEANUP && other->node == it->node && other->given)
      CHECK(other->drops || (!other->ran && other < it), "not last in, first out"); /* K1 */
  it->self = self.id;
  keep(&nodes, self.id);
  play(4);
  leave();
  return answer(it);
}

static void told(roost_wait wait, int rc, void *data) {
  item *it = data;
  enter(it, "wait");
  CHECK(it->ran++ == 0 && !it->taken_back, "told again"); /* S2b */
  CHECK(wait.id != 0 && (!it->woken || rc == it->rc), "told %d, woken with %d", rc,
        it->rc); /* C4 */
  if (it->kind == PARK && !it->woken) CHECK(rc == ROOST_ECANCELED, "never woken, told %d", rc);
  play(3);
  leave();
}

static int stop(roost_wait wait, void *data) {
  item *it = data;
  enter(it, "abort");
  CHECK(!it->ran && !it->woken && it->told++ == 0, "abort out of its time"); /* C4a, C14b */
  it->self = wait.id;
  keep(&waits, wait.id);
  play(2);
  leave();
  return ending ? 0 : upto(3) - 1;
}

static uint64_t check_errors(const roost_error *error) {
  uint64_t count = 0;
  for (; error != NULL; error = error->next, count++) {
    CHECK(error->code < 0 && strlen(error->name) < 64, "an error without a code");
    if (error->message != NULL) CHECK(strlen(error->message) < 200, "a long message");
    if (error->object != NULL) CHECK(((item *)error->object)->drops == 0, "its object was dropped");
    check_errors(error->children);
  }
  return count;
}

/* G5, C7a, C8: the code, the state and what was caught go together. */
static void check_result(const roost_result *result) {
  uint64_t listed = check_errors(result->errors);
  int64_t code = result->code, caught = result->cancelled_caught;
  CHECK(listed <= result->error_count && !listed == !result->error_count, "errors not counted");
  switch (result->state) {
  case ROOST_COMPLETED: CHECK(code == 0 && !caught, "completed with %d", (int)code); break;
  case ROOST_CANCELLED:
    CHECK(caught ? code == 0 || code == ROOST_EWASCANCELLED : code == ROOST_ECANCELED,
          "cancelled with %d", (int)code);
    break;
  case ROOST_FAILED:
    if (listed) {
      CHECK(code == result->errors->code, "failed with %d", (int)code);
    } else {
      CHECK(code == ROOST_ETIMEDOUT && caught, "failed with %d", (int)code);
    }
    break;
  default: CHECK(0, "state %d", (int)result->state);
  }
  if (caught) CHECK(result->cancel_called && result->reason != NULL, "caught what nobody called");
}

static void joined(roost_node node, const roost_result *result, void *data) {
  item *it = data;
  enter(it, "join");
  CHECK(it->ran++ == 0 && node.id == it->node, "joined again"); /* C7b */
  check_empty(node.id);
  check_result(result);
  play(3);
  check_result(result);
  leave();
}

/* A close may tell of its end before it returns, so that `given` is not known here. */
static void closed(const roost_result *result, void *data) {
  item *it = data;
  TELL("%*sclosed: item %d\n", depth, "", (int)(it - items));
  calling = NULL;
  CHECK(it->ran++ == 0 && it->drops == 0, "closed again");
  CHECK(roost_now((roost_runtime){it->node}) == 0, "it is not stale"); /* S8a */
  if (ending && result->reason != NULL && result->reason->origin == ROOST_DEADLOCK)
    CHECK(has(&deadlocked, it->node), "it hung, although all had ended");
  check_result(result);
  play(3);
  check_result(result);
}

/* The calls. */

static const char *any_text(void) {
  static const char *const texts[] = {
      NULL,
      "",
      "a",
      "name",
      "\x80\x80\x80",
      "cut inside of a character, which is left out whole, is this: é",
      "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"};
  return texts[upto(COUNT(texts))];
}
static int64_t any_delay(void) {
  static const int64_t delays[] = {ROOST_NOW,  0,          INT64_MIN,     ROOST_FOREVER,
                                   SECONDS(1), SECONDS(3), INT64_MAX - 1, 1};
  return delays[upto(is_virtual ? COUNT(delays) : 4)];
}
static int64_t any_timeout(void) { return one_in(4) ? any_delay() : 0; }
static uint64_t any_deadline(void) {
  if (!is_virtual || one_in(2)) return one_in(2) ? 1 : UINT64_MAX;
  return roost_now((roost_runtime){pick(&runtimes)}) + (uint64_t)SECONDS(upto(3)) + 1;
}
static int any_outcome(void) { return one_in(2) ? 0 : one_in(3) ? ROOST_ECANCELED : upto(20) - 10; }

/* Options are filled one by one, so that every compiler draws in the same order. */
static void call_spawn(roost_node in) {
  item *it = new_item(TASK, in.id);
  roost_task_options options = {.size = sizeof options, .data = it, .drop = drop};
  roost_task task = {0};
  options.start = one_in(40) ? NULL : start;
  options.on_cancel = one_in(2) ? NULL : on_cancel;
  options.name = any_text();
  options.timeout_ns = any_timeout();
  options.deadline_ns = one_in(8) ? any_deadline() : 0;
  options.move_on = (uint64_t)one_in(3);
  CALL(it, roost_spawn, (in, &options, one_in(2) ? NULL : &task));
  keep(&nodes, task.id);
}

static void call_group(roost_node in) {
  roost_group_options options = {.size = sizeof options};
  roost_group group = {0};
  options.name = any_text();
  options.timeout_ns = any_timeout();
  options.move_on = (uint64_t)one_in(3);
  options.report = (uint64_t)one_in(3);
  options.policy = (uint64_t)upto(3);
  options.limit = one_in(2) ? 0 : (uint64_t)upto(4);
  options.max_errors = (uint64_t)upto(3);
  CALL(NULL, roost_group_open, (in, &options, &group));
  keep(&nodes, group.id);
}

static void call_scope(roost_node in) {
  roost_scope_options options = {.size = sizeof options};
  roost_scope scope = {0};
  options.name = any_text();
  options.timeout_ns = any_timeout();
  options.report = (uint64_t)one_in(3);
  CALL(NULL, roost_scope_open, (in, &options, &scope));
  keep(&nodes, scope.id);
}

static void call_join(roost_node node) {
  item *it = new_item(JOIN, node.id);
  it->ran = one_in(3);
  CALL(it, roost_join, (node, any_outcome(), it->ran ? NULL : joined, it, drop));
}

static void call_finish(roost_node node) {
  item *it = new_item(RESULT, node.id);
  if (CALL(it, roost_finish, (node, any_outcome(), it, drop)) < 0) return;
  for (int i = 0; i < item_count; i++)
    if (items[i].self == node.id) items[i].over = 1;
}

static void call_defer(roost_node node) {
  item *it = new_item(CLEANUP, node.id);
  if (one_in(2)) {
    CALL(it, roost_defer, (node, clean, it, drop));
    return;
  }
  roost_cleanup_options options = {.size = sizeof options, .fn = clean, .data = it, .drop = drop};
  roost_cleanup cleanup = {0};
  options.on_cancel = one_in(2) ? NULL : on_cancel;
  options.name = any_text();
  CALL(it, roost_defer_with, (node, &options, &cleanup));
  it->self = cleanup.id;
  keep(&cleanups, cleanup.id);
}

/* The item that is meant by a handle, while its function has not been called. */
static item *find_item(item_kind kind, uint64_t handle) {
  for (item *it = items; it < items + item_count; it++)
    if (it->kind == kind && it->self == handle && handle != 0 && !it->ran && !it->taken_back)
      return it;
  return NULL;
}

static void call_undefer(roost_node node) {
  (void)node;
  roost_cleanup cleanup = {pick_any(&cleanups)};
  item *it = find_item(CLEANUP, cleanup.id);
  if (it != NULL) it->taken_back = 1;
  int rc = roost_undefer(cleanup);                                              /* runs the drop */
  CHECK((rc == 0) == (it != NULL && it->drops == 1), "undefer answers %d", rc); /* K3 */
}

static void keep_wait(item *it, int rc, roost_wait wait) {
  if (rc < 0 || wait.id == 0) return;
  it->self = wait.id;
  keep(&waits, wait.id);
}

static void call_after(roost_node in) {
  item *it = new_item(WAIT, in.id);
  roost_wait wait = {0};
  int rc = CALL(it, roost_after, (in, any_delay(), told, it, drop, &wait));
  keep_wait(it, rc, wait);
}

static void call_on_end(roost_node in) {
  item *it = new_item(WAIT, in.id);
  roost_wait wait = {0};
  int rc = CALL(it, roost_on_end, (any_node(), in, told, it, drop, &wait));
  keep_wait(it, rc, wait);
}

static void call_park(roost_node in) {
  item *it = new_item(PARK, in.id);
  roost_wait wait = {0};
  int rc = CALL(it, roost_park, (in, one_in(2) ? NULL : stop, told, it, drop, &wait));
  keep_wait(it, rc, wait);
}

static void call_unwait(roost_node node) {
  (void)node;
  roost_wait wait = {pick_any(&waits)};
  item *it = find_item(WAIT, wait.id);
  if (it == NULL) it = find_item(PARK, wait.id);
  if (CALL(NULL, roost_unwait, (wait)) == 0 && it != NULL) it->taken_back = 1;
}

static void wake(roost_wait wait, int rc) {
  item *it = find_item(PARK, wait.id);
  if (CALL(NULL, roost_wake, (wait, rc)) == 0 && it != NULL) it->woken = 1, it->rc = rc;
}
static void call_wake(roost_node node) {
  (void)node;
  wake((roost_wait){pick_any(&waits)}, any_outcome());
}

static void call_cancel(roost_node node) {
  if (node.id == nodes.id[0] && !one_in(8)) return; /* the root: not so often */
  CALL(NULL, roost_cancel,
       (node, one_in(2) ? NULL : ROOST_CANCEL(.code = 7, .message = any_text())));
}

static void call_deadline(roost_node node) {
  CALL(NULL, roost_set_deadline, (node, any_deadline()));
}

static void call_task(roost_node task) {
  roost_outcome outcome = {.size = sizeof outcome};
  if (CALL(NULL, roost_outcome_of, (task, &outcome)) == 0 && outcome.result != NULL)
    CHECK(((item *)outcome.result)->drops == 0, "its result was dropped"); /* L5 */
  if (one_in(2)) CALL(NULL, roost_explain, (task, any_text()));
  if (one_in(2)) CALL(NULL, roost_release, (task));
}

static void call_queries(roost_node node) {
  roost_reason why = {.size = sizeof why};
  uint64_t deadline;
  char name[64];
  CALL(NULL, roost_cancelled, (node));
  CALL(NULL, roost_cancel_called, (node));
  CALL(NULL, roost_cancelled_caught, (node));
  CALL(NULL, roost_reason_of, (node, &why));
  CALL(NULL, roost_effective_deadline, (node, &deadline));
  CALL(NULL, roost_name, (node, name, 1 + (uint64_t)upto(64)));
  (void)roost_loop(roost_runtime_of(node));
}

static void close_runtime_of(uint64_t id, int64_t patience) {
  item *it = calling = new_item(CLOSE, id);
  int rc = roost_close((roost_runtime){id}, patience, closed, it, drop);
  calling = NULL;
  TELL("%*sroost_close: %d\n", depth, "", rc);
}

/* Turns: what may run the program's code. */
static void call_turns(roost_node node) {
  (void)node;
  uint64_t id = pick_any(&runtimes);
  if (depth == 0 || depth > 12) return;
  depth++;
  switch (upto(6)) {
  case 0:
    if (one_in(3)) close_runtime_of(id, any_delay());
    break;
  case 1: (void)roost_run((roost_runtime){id}); break;
  default: uv_run(&shared, UV_RUN_NOWAIT);
  }
  depth--;
}

static void call_open(roost_node node);

static void play(int most) {
  static void (*const calls[])(roost_node) = {
      call_spawn,  call_spawn,    call_spawn,   call_spawn,  call_group,  call_group,
      call_scope,  call_join,     call_join,    call_finish, call_finish, call_defer,
      call_defer,  call_undefer,  call_after,   call_after,  call_on_end, call_park,
      call_park,   call_unwait,   call_wake,    call_cancel, call_task,   call_task,
      call_cancel, call_deadline, call_queries, call_turns,  call_open};
  for (int n = upto(most + 1); n > 0 && calls_left > 0 && depth < 30; n--, calls_left--) {
    roost_node node = any_node();
    calls[upto(COUNT(calls))](node);
  }
}

static void open_runtime_on(uv_loop_t *loop) {
  roost_runtime_options options = {.size = sizeof options, .loop = loop};
  roost_runtime runtime = {0};
  options.name = any_text();
  options.clock = is_virtual ? ROOST_CLOCK_VIRTUAL : ROOST_CLOCK_REAL;
  options.policy = (uint64_t)upto(3);
  options.limit = one_in(2) ? 0 : (uint64_t)upto(4);
  options.max_errors = (uint64_t)upto(3);
  int rc = CALL(NULL, roost_runtime_open, (&options, &runtime));
  CHECK(rc == 0, "open answers %d", rc);
  keep(&runtimes, runtime.id);
  keep(&nodes, roost_root(runtime).id);
}
static void call_open(roost_node node) {
  (void)node;
  if (runtimes.count < 4 && one_in(4)) open_runtime_on(is_virtual && one_in(2) ? NULL : &shared);
}

/* The program's own handles on the loop make calls too, at all places of a turn. */
static void from_loop(void) {
  depth++;
  if (!ending && one_in(4)) play(2);
  depth--;
}
static void on_idle(uv_idle_t *handle) { (void)handle, from_loop(); }
static void on_prepare(uv_prepare_t *handle) { (void)handle, from_loop(); }
static void on_check(uv_check_t *handle) { (void)handle, from_loop(); }

/* Handles of earlier programs, whose runtimes were closed (T3). */
static uint64_t ended[HANDLES];
static int ended_count;

static void check_ended(void) {
  for (int i = 0; i < HANDLES; i++) {
    roost_outcome outcome = {.size = sizeof outcome};
    CHECK(roost_cancel((roost_node){ended[i]}, NULL) < 0, "a node lives again");
    CHECK(roost_outcome_of((roost_task){ended[i]}, &outcome) < 0, "an outcome lives again");
    CHECK(roost_unwait((roost_wait){ended[i]}) < 0, "a wait lives again");
    CHECK(roost_undefer((roost_cleanup){ended[i]}) < 0, "a cleanup lives again");
    CHECK(roost_now((roost_runtime){ended[i]}) == 0, "a runtime lives again");
  }
}

static void turn(void) {
  check_ended();
  depth++;
  uv_run(&shared, UV_RUN_NOWAIT);
  for (int i = 0; i < runtimes.count; i++) (void)roost_run((roost_runtime){runtimes.id[i]});
  depth--;
}

static int alive(void) {
  int count = 0;
  for (int i = 0; i < runtimes.count; i++) count += roost_now((roost_runtime){runtimes.id[i]}) != 0;
  return count;
}

/* What only waits for somebody to end it gets its end; then everything is closed. */
static void end(void) {
  ending = 1;
  calls_left = 0;
  int64_t patience = one_in(2) ? ROOST_FOREVER : 0;
  for (int i = 0; i < runtimes.count; i++) {
    roost_reason why = {.size = sizeof why};
    int rc = roost_reason_of(roost_root((roost_runtime){runtimes.id[i]}), &why);
    if (rc == 1 && why.origin == ROOST_DEADLOCK) keep(&deadlocked, runtimes.id[i]);
  }
  for (int round = 0; alive() > 0; round++) {
    CHECK(round < 100, "it does not end");
    for (item *it = items; it < items + item_count; it++) {
      if (!it->given || it->drops || it->self == 0) continue;
      if (it->kind == PARK) wake((roost_wait){it->self}, 0);
      if (it->kind == TASK || it->kind == CLEANUP)
        (void)roost_finish((roost_task){it->self}, 0, NULL, NULL);
    }
    for (int i = 0; i < runtimes.count; i++) close_runtime_of(runtimes.id[i], patience);
    turn();
  }
}

static void run_program(void) {
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;
  chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
  for (int i = 0; i < 8; i++) draw();
  item_count = depth = ending = nodes.count = waits.count = cleanups.count = runtimes.count =
      deadlocked.count = 0;
  calls_left = CALLS;
  is_virtual = !one_in(4);
  assert_int_equal(uv_loop_init(&shared), 0);
  uv_idle_init(&shared, &idle), uv_idle_start(&idle, on_idle);
  uv_prepare_init(&shared, &prepare), uv_prepare_start(&prepare, on_prepare);
  uv_check_init(&shared, &check), uv_check_start(&check, on_check);

  open_runtime_on(is_virtual && one_in(2) ? NULL : &shared);
  if (one_in(3)) open_runtime_on(is_virtual && one_in(2) ? NULL : &shared);
  for (int i = 0; i < 12; i++) {
    play(10);
    if (!one_in(3)) turn();
  }
  end();

  uv_close((uv_handle_t *)&idle, NULL);
  uv_close((uv_handle_t *)&prepare, NULL);
  uv_close((uv_handle_t *)&check, NULL);
  uv_run(&shared, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&shared) == 0, "something is left on the loop"); /* S8 */
  for (int i = 0; i < item_count; i++)
    CHECK(items[i].drops == 1, "item %d: %d drops", i, items[i].drops); /* K5 */
  const pool *const all[] = {&nodes, &waits, &cleanups, &runtimes};
  for (int i = 0; i < 8; i++) ended[ended_count++ % HANDLES] = pick(all[i % 4]);
}

/* B1, K5, C5, T2, T3, S8a: see above. */
static void random_programs(void **state) {
  uint64_t first = *(uint64_t *)*state;
  for (seed = first; seed < first + PROGRAMS; seed++) run_program();
}

int main(int count, char **arguments) {
  if (count > 1) {
    uint64_t last = strtoull(arguments[count - 1], NULL, 10);
    tells = count == 2;
    for (seed = strtoull(arguments[1], NULL, 10); seed <= last; seed++) run_program();
    return 0;
  }
  static uint64_t first[] = {1, 1001, 2001, 3001};
  const struct CMUnitTest tests[] = {
      {.name = "programs_from_1", .test_func = random_programs, .initial_state = &first[0]},
      {.name = "programs_from_1001", .test_func = random_programs, .initial_state = &first[1]},
      {.name = "programs_from_2001", .test_func = random_programs, .initial_state = &first[2]},
      {.name = "programs_from_3001", .test_func = random_programs, .initial_state = &first[3]},
  };
  return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
