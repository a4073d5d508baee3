/* What random programs hand to the engine, and what must hold whenever that calls them: the half of
 * random_test.c that waits to be called. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "chance.h"
#include "support.h"
#include "trace.h"

enum { HANDLES = 64, ITEMS = 2048 };

static int tells;

#define TELL(...)                                                                                  \
  do {                                                                                             \
    if (tells) printf(__VA_ARGS__);                                                                \
  } while (0)

/* What was handed to the engine, and what became of it. */
typedef enum item_kind {
  TASK,
  CLEANUP,
  WAIT,
  PARK,
  START,
  JOIN,
  CLOSE,
  RESULT,
  FILTER,
  REPORT,
  SENT,
  TRACE
} item_kind;

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
  uint64_t self;       /* its handle, once it is known */
  uint64_t node;       /* where it was given; of a task, its group */
  uint64_t in;         /* of a task that has not reported: where its start waits */
  struct item *waiter; /* and that wait */
  struct item *sent;   /* what a wait sends */
  int receives;
  void *received;
  int asks;    /* it has an on_cancel */
  int relocks; /* whatever happens, it waits for its lock (S3b) */
  int due;
  tracing text; /* of a trace */
} item;

static item items[ITEMS];
static int item_count;
static item *calling;      /* the item of the call under way, which that may drop */
static item *calling_with; /* and its second one */
static int in_call;        /* a call is under way that runs nobody's code */
static int calls_left, depth;
static int ending;     /* nothing new begins, and what is asked ends */
static int is_virtual; /* else the clock is real, and all times have passed or never come */
static int has_graces; /* a shield may hold no more (C11) */

/* The handles that calls are made with. */
typedef struct pool {
  uint64_t id[HANDLES];
  int count;
} pool;

static pool nodes, tasks, groups, waits, cleanups, runtimes;
static pool events, limiters, locks, conditions, channels;
static pool *const pools[] = {&nodes,  &tasks,    &groups, &waits,      &cleanups, &runtimes,
                              &events, &limiters, &locks,  &conditions, &channels};
static pool deadlocked;  /* runtimes that had met a deadlock before the end (D4) */
static uv_loop_t shared; /* that some of the runtimes borrow */

static void keep(pool *in, uint64_t id) {
  if (id == 0) return;
  in->id[in->count < HANDLES ? in->count++ : upto(HANDLES)] = id;
}

static void keep_node(pool *in, uint64_t id) {
  keep(&nodes, id);
  keep(in, id);
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
  if (one_in(4)) { /* guessed */
    uint64_t id = pick(&nodes) ^ (uint64_t)upto(16);
    return id ^ (uint64_t)upto(2) << 58;
  }
  return one_in(4) ? 0 : one_in(4) ? draw() : pick(pools[upto(COUNT(pools))]);
}

static int is_open(uint64_t node) {
  char name[64];
  return roost_name((roost_node){node}, name, sizeof name) >= 0;
}

/* Most of those that are open. */
static roost_node any_node(const pool *from) {
  roost_node node = {pick_any(from)};
  for (int i = 0; i < 8 && !is_open(node.id) && !one_in(8); i++) node.id = pick_any(from);
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
  item *with = calling_with;
  in_call--;
  calling = calling_with = NULL;
  TELL("%*s%s: %d%s%s\n", depth, "", function, rc, rc < 0 ? ", " : "",
       rc < 0 ? roost_last_error() : "");
  if (it != NULL) {
    it->given = rc >= 0;
    CHECK(it->drops == (rc < 0), "%s answers %d, with %d drops", function, rc, it->drops); /* K5 */
  }
  if (with != NULL) {
    with->given = rc >= 0;
    CHECK(with->drops == (rc < 0), "%s answers %d: its second drop", function, rc); /* K5 */
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

/* T2, L4: what was spawned or started into a node has ended, its cleanups too; and so has what
 * waits there to be started. */
static void check_empty(uint64_t node) {
  for (int i = 0; i < item_count; i++)
    if (items[i].given && items[i].kind == TASK && (items[i].node == node || items[i].in == node))
      CHECK(items[i].drops == 1, "task %d outlives its group", i);
}

/* The program's own again. */
static void take(item *it) { CHECK(it->drops++ == 0, "item %d is lost", (int)(it - items)); }

static void drop(void *data) {
  item *it = data;
  TELL("%*sdrop of item %d\n", depth, "", (int)(it - items));
  CHECK(!in_call || calling == it || calling_with == it, "a drop inside a call");
  CHECK(++it->drops == 1, "item %d was dropped again", (int)(it - items));
  if (it->sent != NULL && !it->ran) take(it->sent); /* taken back: it was not sent (C4) */
  if (in_call) return;
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

/* L4: somebody waits for what moves something, and is told that value. */
static void report(roost_task task, int value) {
  item *it = items, *last = items + item_count;
  while (it < last && (it->kind != TASK || it->self != task.id || task.id == 0)) it++;
  if (CALL(NULL, roost_started, (task, value)) != 0 || it == last || it->waiter == NULL) return;
  item *waiter = it->waiter;
  CHECK(!waiter->ran && !waiter->drops && !waiter->taken_back, "it reports to nobody");
  waiter->woken = 1, waiter->rc = value;
  it->in = 0;
}

static int start(roost_task self, void *data) {
  item *it = data;
  enter(it, "start");
  CHECK(it->ran++ == 0, "started again"); /* S2a */
  it->self = self.id;
  keep_node(&tasks, self.id);
  if (it->waiter != NULL && one_in(3)) report(self, upto(3));
  play(4);
  if (it->waiter != NULL && one_in(3)) report(self, upto(3));
  leave();
  return answer(it);
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  item *it = data;
  enter(it, "on_cancel");
  CHECK(it->ran && !it->over && it->told++ == 0, "on_cancel out of its time"); /* S2a, K7 */
  CHECK(self.id == it->self && roost_cancelled(self) == 1, "not cancelled");
  CHECK(why->origin >= ROOST_EXPLICIT && why->origin <= ROOST_PARENT_JOIN, "origin %d",
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
  /* A deadlock passes every shield; what cancels it then is what cancels the root. A grace that is
   * over does so too. */
  roost_reason mine = {.size = sizeof mine}, roots = {.size = sizeof roots};
  roost_reason_of(roost_root(roost_runtime_of(self)), &roots);
  CHECK(roost_reason_of(self, &mine) == 0 || has_graces || memcmp(&mine, &roots, sizeof mine) == 0,
        "not sheltered"); /* K2, C11, D4 */
  CHECK(why->state != ROOST_ALIVE, "not told how it ended");
  check_empty(it->node);
  for (item *other = items; other < items + item_count; other++)
    if (other != it && other->kind == CLEANUP && other->node == it->node && other->given)
      CHECK(other->drops || (!other->ran && other < it), "not last in, first out"); /* K1 */
  it->self = self.id;
  keep_node(&tasks, self.id);
  play(4);
  leave();
  return answer(it);
}

static void told(roost_wait wait, int rc, void *data) {
  item *it = data;
  enter(it, "wait");
  CHECK(it->ran++ == 0 && !it->taken_back, "told again"); /* S2b */
  int by_mark = rc == ROOST_ECANCELED || rc == ROOST_ESTOPPING;
  CHECK(wait.id != 0 && (!it->woken || rc == it->rc || (by_mark && it->rc == ROOST_ECANCELED)),
        "told %d, woken with %d", rc, it->rc); /* C4, C12 */
  if (it->kind == PARK && !it->woken) CHECK(by_mark, "never woken, told %d", rc);
  if (it->kind == START && !it->woken) CHECK(rc < 0, "never started, told %d", rc); /* L4 */
  if (it->sent != NULL && rc != 0) take(it->sent);                                  /* C4 */
  CHECK((it->received != NULL) == (it->receives && rc == 0), "told %d, with an item or not", rc);
  if (it->received != NULL) take(it->received);
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

/* In a race that was won, later successes are listed too; a nested one may have been won. */
static uint64_t check_errors(const roost_error *error, int is_won) {
  uint64_t count = 0;
  for (; error != NULL; error = error->next, count++) {
    CHECK((error->code < 0 || is_won) && strlen(error->name) < 64, "an error without a code");
    if (error->message != NULL) CHECK(strlen(error->message) < 200, "a long message");
    if (error->object != NULL) CHECK(((item *)error->object)->drops == 0, "its object was dropped");
    check_errors(error->children, 1);
  }
  return count;
}

/* G5, C7a, C8: the code, the state and what was caught go together. */
static void check_result(const roost_result *result) {
  int is_won = result->winner.id != 0;
  uint64_t listed = check_errors(result->errors, is_won);
  int64_t code = result->code, caught = result->cancelled_caught;
  CHECK(listed <= result->error_count && !listed == !result->error_count, "errors not counted");
  switch (result->state) {
  case ROOST_COMPLETED: CHECK(code == 0, "completed with %d", (int)code); break;
  case ROOST_CANCELLED:
    CHECK(code == ROOST_ETASKCANCELLED ||
              (caught ? code == 0 || code == ROOST_EWASCANCELLED : code == ROOST_ECANCELED),
          "cancelled with %d", (int)code);
    break;
  case ROOST_FAILED:
    if (is_won) {
      CHECK(code < 0 && listed, "failed with %d", (int)code);
    } else if (listed) {
      CHECK(code == result->errors->code, "failed with %d", (int)code);
    } else {
      CHECK(code == ROOST_ENOWINNER || (code == ROOST_ETIMEDOUT && caught), "failed with %d",
            (int)code);
    }
    break;
  default: CHECK(0, "state %d", (int)result->state);
  }
  if (caught) CHECK(result->cancel_called && result->reason != NULL, "caught what nobody called");
}

/* G2: the failed task's cleanups have not begun; of one that was to be started, and whose wait was
 * taken back, only its end is told. */
static int filter(roost_group group, const roost_error *error, void *data) {
  item *it = data;
  enter(it, "filter");
  CHECK(error->next == NULL && error->code < 0, "asked for %d", (int)error->code);
  check_errors(error, 0);
  for (item *other = items; other < items + item_count; other++)
    if (other->kind == CLEANUP && other->node == error->node.id && other->given)
      for (item *failed = items; failed < items + item_count; failed++)
        if (failed->kind == TASK && failed->self == error->node.id && failed->in == 0)
          CHECK(!other->ran, "asked when a cleanup had begun");
  keep_node(&groups, group.id);
  play(3);
  check_errors(error, 0);
  leave();
  return upto(4);
}

/* O1: whatever the program has done, JSON has its quotes and brackets closed, and the others a line
 * for each node at least. */
static void read_dump(const char *text, uint64_t length, void *format) {
  int64_t level = 0, quoted = 0, lines = 0;
  for (uint64_t i = 0; i < length; i++) {
    char c = text[i];
    CHECK((unsigned char)c >= ' ' || c == '\n', "a dump with a control character");
    if (quoted && c == '\\')
      i++;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted)
      level += (c == '{' || c == '[') - (c == '}' || c == ']');
    lines += c == '\n';
  }
  CHECK(length > 0 && text[length - 1] == '\n' && lines > 0, "a dump that is cut");
  if (*(uint64_t *)format != ROOST_TEXT) CHECK(level == 0 && !quoted, "a dump that is not closed");
}

/* O3: told between two steps; what it says stays as long as that takes. */
static void hear(const roost_report *report, void *data) {
  item *it = data;
  enter(it, "report");
  size_t length = strlen(report->text);
  uint64_t count = 0;
  CHECK(report->kind >= ROOST_STALL && report->kind <= ROOST_HANG && report->duration_ns >= 0,
        "a report of kind %d", (int)report->kind);
  if (report->kind == ROOST_STALL)
    CHECK(roost_cancel_called(report->node) == 1, "a stall of what nobody has cancelled");
  for (const roost_suspect *suspect = report->suspects; suspect != NULL; suspect = suspect->next) {
    roost_outcome outcome = {.size = sizeof outcome};
    int rc = roost_outcome_of(suspect->task, &outcome);
    CHECK(rc == 0 && outcome.state == ROOST_ALIVE, "a suspect that has ended");
    count++;
  }
  CHECK(count == report->suspect_count || count == 100, "suspects that are not counted");
  play(3);
  CHECK(strlen(report->text) == length, "a report that changes");
  leave();
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

/* A piece of a trace, which comes between two steps, or inside the call that ends it. */
static void written(const char *text, uint64_t length, void *data) {
  item *it = data;
  TELL("%*s%d bytes of item %d\n", depth, "", (int)length, (int)(it - items));
  CHECK(!in_call && it->given && it->drops == 0, "a piece at the wrong time");
  collect(text, length, &it->text);
  depth++;
  play(2);
  depth--;
}

/* O2: what trace.h says of every trace. */
static void check_trace(item *it) {
  if (it->kind != TRACE || !it->given) return;
  reader trace = read_trace(&it->text);
  CHECK(trace.wrong[0] == 0, "a trace: %s", trace.wrong);
  free_reader(&trace);
  free(it->text.text);
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

#endif
