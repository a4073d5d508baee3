/* What a program hands to the engine, and what becomes of it: every drop is called once and as the
 * last (K5, L6), every function in its time, and none while a call is under way that runs nobody's
 * code (C5). Each function takes the bytes that follow for what it does. */
#ifndef ITEMS_H
#define ITEMS_H

#include <stdarg.h>

#include <roost_fiber.h>
#include <roost_uv.h>

#include "bytes.h"

enum { ITEMS = 2048, DEPTH = 24 };

typedef enum item_kind {
  TASK,
  CLEANUP,
  WAIT,
  PARK,
  JOIN,
  CLOSE,
  POST,
  RESULT,
  SENT,
  FIBER,
  FILTER, /* these are called again and again */
  REPORT,
  WRITE
} item_kind;

typedef struct item {
  item_kind kind;
  int given;      /* the call that took it succeeded */
  int ran;        /* its function was called */
  int told;       /* its on_cancel, or its abort, was */
  int taken_back; /* by undefer or unwait */
  int drops;
  int may_be_unseen; /* it was in options that could not be read */
  uint64_t self;     /* its handle, once it is known */
  uint64_t here;     /* of a fiber that waits: the node in which it does */
  struct item *sent; /* what a wait sends */
  void *received;
} item;

static item items[ITEMS];
static int item_count;
static item *calling, *calling_with; /* the items of the call under way, which that may drop */
static int in_call;
static int depth;
static int tells; /* of every call */

/* How deep the loop is that is turned, to which a fiber that waits goes back. */
static int loop_depth;

#define TELL(...) (tells ? tell(__VA_ARGS__) : (void)0)

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  printf("%*s", depth * 2, "");
  vprintf(format, rest);
  va_end(rest);
  fflush(stdout);
}

static int number_of(const item *it) { return it == NULL ? -1 : (int)(it - items); }

static item *new_item(item_kind kind) {
  CHECK(item_count < ITEMS, "too many items");
  items[item_count] = (item){.kind = kind};
  return &items[item_count++];
}

/* Makes a call that takes an item, or none (NULL): nothing else may run in it. */
#define CALL(it, function, ...)                                                                    \
  (calling = (it), in_call = 1, TELL(#function " with item %d\n", number_of(it)),                  \
   called((it), #function, function(__VA_ARGS__)))

static void check_dropped(const item *it, const char *function, int rc) {
  if (it != NULL && (!it->may_be_unseen || it->drops > 1))
    CHECK(it->drops == (rc < 0), "%s answers %d, with %d drops", function, rc, it->drops); /* K5 */
}

static int called(item *it, const char *function, int rc) {
  in_call = 0;
  TELL("= %d%s%s\n", rc, rc < 0 ? ", " : "", rc < 0 ? roost_last_error() : "");
  check_dropped(it, function, rc);
  check_dropped(calling_with, function, rc);
  if (it != NULL) it->given = rc >= 0;
  if (calling_with != NULL) calling_with->given = rc >= 0;
  calling = calling_with = NULL;
  return rc;
}

/* Makes calls; in fuzz.c. */
static void play(int most);

static void enter(item *it, const char *what) {
  TELL("%s of item %d {\n", what, number_of(it));
  CHECK(!in_call, "%s inside a call", what); /* C5 */
  CHECK(it->given && it->drops == 0, "%s of item %d, which was not given, or dropped", what,
        number_of(it)); /* K5 */
  CHECK(it->ran++ == 0 || it->kind >= FILTER, "%s of item %d again", what, number_of(it));
  CHECK(!it->taken_back, "%s of item %d, which was taken back", what, number_of(it));
  depth++;
}

static void leave(void) {
  depth--;
  TELL("}\n");
}

/* The program's own again. */
static void take(item *it) {
  CHECK(it->drops++ == 0, "item %d was dropped, and is given out", number_of(it));
}

/* A drop may call anything, also inside the call that fails. */
static void drop(void *data) {
  item *it = data;
  TELL("drop of item %d {\n", number_of(it));
  CHECK(!in_call || calling == it || calling_with == it, "a drop inside a call");
  CHECK(it->drops++ == 0, "item %d was dropped again", number_of(it));
  if (it->sent != NULL && !it->ran) take(it->sent); /* C4: it was not sent */
  if (!in_call && it->kind == CLEANUP) CHECK(it->ran || it->taken_back, "a cleanup was lost");
  if (!in_call && it->kind == POST) CHECK(it->ran, "a post was lost");
  item *mine = calling, *with = calling_with;
  int was_in_call = in_call;
  calling = calling_with = NULL;
  in_call = 0;
  depth++;
  play(2);
  depth--;
  calling = mine, calling_with = with;
  in_call = was_in_call;
  TELL("}\n");
}

/* Of a first step, a cleanup, an on_cancel or an abort. */
static int answer(void) {
  static const int few[] = {0, ROOST_PENDING, ROOST_PENDING, ROOST_ECANCELED, ROOST_EIO, 7};
  return few[below(COUNT(few))];
}

static int start(roost_task self, void *data) {
  item *it = data;
  enter(it, "start");
  it->self = self.id;
  keep_node(&tasks, self.id);
  play(4);
  leave();
  return answer();
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  item *it = data;
  TELL("on_cancel of item %d {\n", number_of(it));
  CHECK(!in_call && it->ran && it->drops == 0 && it->told++ == 0, "on_cancel out of its time");
  CHECK(self.id == it->self && strlen(why->message) < 64 && strlen(why->name) < 64, "of another");
  depth++;
  play(3);
  leave();
  return answer();
}

static int clean(roost_task self, const roost_outcome *why, void *data) {
  item *it = data;
  enter(it, "cleanup");
  CHECK(why->state != ROOST_ALIVE, "not told how it ended"); /* K1 */
  it->self = self.id;
  keep_node(&tasks, self.id);
  play(4);
  leave();
  return answer();
}

static void told(roost_wait wait, int rc, void *data) {
  item *it = data;
  (void)wait;
  enter(it, "wait");
  if (it->sent != NULL && rc != 0) take(it->sent); /* C4 */
  if (it->received != NULL) {
    CHECK(rc == 0, "told %d, with an item", rc);
    take(it->received);
  }
  play(3);
  leave();
}

static int stop(roost_wait wait, void *data) {
  item *it = data;
  TELL("abort of item %d {\n", number_of(it));
  CHECK(!in_call && !it->ran && it->drops == 0 && it->told++ == 0, "abort out of its time");
  it->self = wait.id;
  keep(&waits, wait.id);
  depth++;
  play(2);
  leave();
  return answer();
}

/* Code on a stack of its own begins, and ends. */
static void enter_fiber(item *it, const char *what, roost_task self) {
  enter(it, what);
  CHECK(roost_self().id == self.id && roost_here().id == self.id, "it is in another");
  it->self = it->here = self.id;
  keep_node(&tasks, self.id);
}

static void leave_fiber(item *it) {
  CHECK(roost_self().id == it->self, "it runs, and another is on");
  leave();
  it->here = 0;
  depth = loop_depth;
}

/* The fiber that runs, NULL outside of one. */
static item *running(void) {
  uint64_t self = roost_self().id;
  if (self == 0) return NULL;
  for (item *it = items; it < items + item_count; it++)
    if (it->here != 0 && it->self == self) return it;
  CHECK(0, "a fiber that nobody knows");
  return NULL;
}

/* Around every call that may wait, in which all others run; outside of a fiber it must not. */
static item *before_wait(const char *function) {
  item *me = running();
  TELL("%s waits {\n", function);
  if (me == NULL) return NULL;
  me->here = roost_here().id;
  depth = loop_depth;
  return me;
}

static int after_wait(const item *me, int mine, const char *function, int rc) {
  CHECK(me != NULL || rc == ROOST_ENOTASK || rc == ROOST_EINVAL, "%s answers %d outside of a fiber",
        function, rc); /* T1c */
  CHECK(running() == me, "%s comes back to another fiber", function);
  depth = mine;
  TELL("} %s = %d%s%s\n", function, rc, rc < 0 ? ", " : "", rc < 0 ? roost_last_error() : "");
  return rc;
}

#define WAITS(rc, function, ...)                                                                   \
  do {                                                                                             \
    int mine = depth;                                                                              \
    const item *me = before_wait(#function);                                                       \
    (rc) = after_wait(me, mine, #function, function(__VA_ARGS__));                                 \
  } while (0)

/* Around what turns a loop. */
typedef struct turning {
  int loop_depth, depth;
} turning;

static turning begin_turning(void) {
  turning before = {loop_depth, depth};
  loop_depth = ++depth;
  return before;
}

static void end_turning(turning before) {
  loop_depth = before.loop_depth;
  depth = before.depth;
}

/* What a fiber answers: 1 is no ROOST_PENDING there. */
static int fiber(roost_task self, void *data) {
  item *it = data;
  enter_fiber(it, "fiber", self);
  play(8);
  leave_fiber(it);
  return answer();
}

/* It may not answer ROOST_PENDING, which is an error then. */
static int clean_by_waiting(roost_task self, const roost_outcome *why, void *data) {
  item *it = data;
  enter_fiber(it, "cleanup in a fiber", self);
  CHECK(why->state != ROOST_ALIVE, "not told how it ended"); /* K1 */
  play(6);
  leave_fiber(it);
  return answer();
}

static void look_at(const roost_error *error) {
  for (; error != NULL; error = error->next) {
    CHECK(strlen(error->name) < 80, "a long name"); /* "cleanup of " and 63 */
    if (error->message != NULL) CHECK(strlen(error->message) < 200, "a long message");
    if (error->object != NULL) CHECK(((item *)error->object)->drops == 0, "its object was dropped");
    look_at(error->children);
  }
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  enter(data, "join");
  look_at(result->errors);
  play(3);
  look_at(result->errors);
  leave();
}

static int filter(roost_group group, const roost_error *error, void *data) {
  enter(data, "filter");
  keep_node(&groups, group.id);
  look_at(error);
  play(3);
  look_at(error);
  leave();
  return below(5) - 1;
}

/* It may be called before roost_close has returned. */
static void closed(const roost_result *result, void *data) {
  item *it = data;
  it->given = 1;
  enter(it, "close");
  look_at(result->errors);
  play(3);
  look_at(result->errors);
  leave();
}

static void posted(roost_runtime runtime, void *data) {
  enter(data, "post");
  keep(&runtimes, runtime.id);
  play(3);
  leave();
}

static void reported(const roost_report *report, void *data) {
  enter(data, "report");
  CHECK(strlen(report->text) > 0 && report->kind >= ROOST_STALL && report->kind <= ROOST_HANG,
        "a report of nothing");
  for (const roost_suspect *it = report->suspects; it != NULL; it = it->next)
    CHECK(strlen(it->name) < 80, "a long name");
  play(3);
  leave();
}

static void written(const char *text, uint64_t length, void *data) {
  item *it = data;
  it->given = 1;
  enter(it, "write");
  for (uint64_t i = 0; i < length; i++)
    CHECK(text[i] == '\n' || (unsigned char)text[i] >= 32, "an unprintable character");
  play(2);
  leave();
}

#endif
