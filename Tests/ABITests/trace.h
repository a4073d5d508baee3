/* Reads traces (O2): collects the pieces, checks the rules that every one keeps, and tells what
 * happened in it as a story, to be compared:
 *
 *     g(               the node named g begins; what has no name is called by its kind
 *     g!explicit:why   it is cancelled itself, with this origin and message
 *     t^7              the task t has reported that it is started, with 7
 *     )g=failed:EIO    it ends, with this state and code; of what completed with 0, the state alone
 *     )t=cancelled:EXPLICIT, explicit   ... and the reason for it
 *
 * The rules: each line is one event, with its fields in one order; times never go back; each node
 * begins once, beneath one that has begun and not ended, and ends once, when nothing in it is open,
 * under the same name and category; events of it come between the two. */
#ifndef TRACE_H
#define TRACE_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* A trace that is being collected. */
typedef struct tracing {
  char *text;
  size_t length;
  size_t room;
  int pieces;
  int drops;
} tracing;

static void collect(const char *text, uint64_t length, void *data) {
  tracing *it = data;
  if (it->length + length + 1 > it->room) {
    it->room = 2 * (it->length + length + 1);
    it->text = realloc(it->text, it->room);
  }
  memcpy(it->text + it->length, text, length);
  it->length += length;
  it->text[it->length] = 0;
  it->pieces++;
}

static inline void collected(void *data) { ((tracing *)data)->drops++; }

/* What a trace says of a node. */
typedef struct span {
  uint64_t id;
  uint64_t parent;
  char cat[12];
  char name[400];
  int open;
} span;

typedef struct reader {
  const char *at;
  span *spans;
  int count;
  int room;
  uint64_t lost;
  uint64_t pid;
  double time;
  char *story;
  size_t length;
  size_t story_room;
  char wrong[200];
} reader;

__attribute__((format(printf, 2, 3))) static int is_wrong(reader *it, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (it->wrong[0] == 0) vsnprintf(it->wrong, sizeof it->wrong, format, arguments);
  va_end(arguments);
  return 0;
}

__attribute__((format(printf, 2, 3))) static void tell(reader *it, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  size_t length = (size_t)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length >= sizeof text) length = sizeof text - 1;
  if (it->length + length + 2 > it->story_room) {
    it->story_room = 2 * (it->length + length + 2);
    it->story = realloc(it->story, it->story_room);
  }
  if (it->length != 0) it->story[it->length++] = ' ';
  memcpy(it->story + it->length, text, length + 1);
  it->length += length;
}

/* ---- The parts of a line ---- */

static int next_is(reader *it, const char *text) {
  size_t length = strlen(text);
  if (strncmp(it->at, text, length) != 0) return 0;
  it->at += length;
  return 1;
}

static int read_text(reader *it, const char *text) {
  return next_is(it, text) || is_wrong(it, "not %s at %.60s", text, it->at);
}

/* Up to the quotation mark, as it stands there. */
static int read_string(reader *it, char *out, size_t size) {
  size_t length = 0;
  while (*it->at != '"' && *it->at != 0 && *it->at != '\n' && length + 2 < size) {
    if (*it->at == '\\') out[length++] = *it->at++;
    out[length++] = *it->at++;
  }
  out[length] = 0;
  return read_text(it, "\"");
}

static int read_number(reader *it, int64_t *out) {
  char *end;
  *out = strtoll(it->at, &end, 10);
  if (end == it->at) return is_wrong(it, "no number at %.60s", it->at);
  it->at = end;
  return 1;
}

static int read_handle(reader *it, uint64_t *out) {
  char *end;
  *out = strtoull(it->at, &end, 16);
  if (end != it->at + 18) return is_wrong(it, "no handle at %.60s", it->at);
  it->at = end;
  return read_text(it, "\"");
}

static int read_place(reader *it) {
  int64_t pid, whole, part;
  if (!read_text(it, ",\"pid\":") || !read_number(it, &pid) ||
      !read_text(it, ",\"tid\":1,\"ts\":") || !read_number(it, &whole) || !read_text(it, "."))
    return 0;
  const char *point = it->at;
  if (!read_number(it, &part) || !read_text(it, ",\"args\":{")) return 0;
  if (strncmp(point + 3, ",", 1) != 0) return is_wrong(it, "no nanoseconds at %.60s", point);
  double time = (double)whole * 1000 + (double)part;
  if (time < it->time) return is_wrong(it, "time goes back at %.60s", it->at);
  it->time = time;
  it->pid = (uint64_t)pid;
  return 1;
}

/* ---- Nodes ---- */

static span *find_span(reader *it, uint64_t id) {
  for (int i = it->count - 1; i >= 0; i--)
    if (it->spans[i].id == id) return &it->spans[i];
  return NULL;
}

static span *add_span(reader *it) {
  if (it->count == it->room) {
    it->room = it->room * 2 + 64;
    it->spans = realloc(it->spans, (size_t)it->room * sizeof *it->spans);
  }
  span *node = &it->spans[it->count++];
  memset(node, 0, sizeof *node);
  return node;
}

static int read_beginning(reader *it, span *node) {
  if (next_is(it, "\"parent\":\"")) {
    if (!read_handle(it, &node->parent)) return 0;
    const span *parent = find_span(it, node->parent);
    if (parent == NULL || !parent->open) return is_wrong(it, "%s has no parent", node->name);
  } else if (it->count != 1) {
    return is_wrong(it, "%s has no parent", node->name);
  }
  node->open = 1;
  tell(it, "%s(", node->name);
  return 1;
}

/* ROOST_EIO is "EIO". */
static int read_end(reader *it, span *node) {
  char state[20];
  char reason[40] = "";
  int64_t code = 0;
  if (!read_text(it, "\"state\":\"") || !read_string(it, state, sizeof state)) return 0;
  if (next_is(it, ",\"code\":") && !read_number(it, &code)) return 0;
  if (next_is(it, ",\"reason\":\"") && !read_string(it, reason, sizeof reason)) return 0;
  for (int i = 0; i < it->count && strcmp(state, "alive") != 0 && it->lost == 0; i++)
    if (it->spans[i].open && it->spans[i].parent == node->id)
      return is_wrong(it, "%s outlives %s (T2)", it->spans[i].name, node->name);
  node->open = 0;
  tell(it, ")%s=%s%s%s%s%s", node->name, state, code == 0 ? "" : ":",
       code == 0 ? "" : code_name(code), reason[0] == 0 ? "" : ", ", reason);
  return 1;
}

static int read_cancellation(reader *it, const span *node) {
  char origin[40];
  char message[400] = "";
  int64_t code;
  uint64_t from;
  if (!read_text(it, "\"origin\":\"") || !read_string(it, origin, sizeof origin) ||
      !read_text(it, ",\"code\":") || !read_number(it, &code) || !read_text(it, ",\"from\":\"") ||
      !read_handle(it, &from))
    return 0;
  if (next_is(it, ",\"message\":\"") && !read_string(it, message, sizeof message)) return 0;
  tell(it, "%s!%s%s%s", node->name, origin, message[0] == 0 ? "" : ":", message);
  return 1;
}

static int read_report(reader *it, span *node) {
  int64_t value;
  if (!read_text(it, "\"value\":") || !read_number(it, &value) ||
      !read_text(it, ",\"parent\":\"") || !read_handle(it, &node->parent))
    return 0;
  const span *parent = find_span(it, node->parent);
  if (parent == NULL || !parent->open) return is_wrong(it, "%s has moved nowhere", node->name);
  tell(it, "%s^%d", node->name, (int)value);
  return 1;
}

static int read_event(reader *it) {
  char phase[4];
  char cat[12];
  char name[400];
  uint64_t id;
  if (!read_text(it, "{\"ph\":\"") || !read_string(it, phase, sizeof phase) ||
      !read_text(it, ",\"cat\":\"") || !read_string(it, cat, sizeof cat) ||
      !read_text(it, ",\"id\":\"") || !read_handle(it, &id) || !read_text(it, ",\"name\":\"") ||
      !read_string(it, name, sizeof name) || !read_place(it))
    return 0;
  span *node = find_span(it, id);
  if (phase[0] == 'b') {
    if (node != NULL) return is_wrong(it, "%s begins twice", name);
    node = add_span(it);
    node->id = id;
    memcpy(node->cat, cat, sizeof cat);
    memcpy(node->name, name, sizeof name);
    return read_beginning(it, node) && read_text(it, "}}");
  }
  if (node == NULL || !node->open) return is_wrong(it, "%s is not open", name);
  if (strcmp(node->cat, cat) != 0) return is_wrong(it, "%s was a %s", cat, node->cat);
  if (phase[0] == 'n') {
    int is_cancelled = strcmp(name, "cancelled") == 0;
    return (is_cancelled ? read_cancellation(it, node) : read_report(it, node)) &&
           read_text(it, "}}");
  }
  if (phase[0] != 'e' || strcmp(node->name, name) != 0)
    return is_wrong(it, "%s of %s", phase, name);
  return read_end(it, node) && read_text(it, "}}");
}

static int read_metadata(reader *it) {
  char name[40];
  char text[400];
  int64_t lost;
  if (!read_string(it, name, sizeof name) || !read_text(it, ",\"cat\":\"__metadata\"") ||
      !read_place(it))
    return 0;
  if (next_is(it, "\"count\":")) {
    if (!read_number(it, &lost)) return 0;
    it->lost = (uint64_t)lost;
  } else if (!read_text(it, "\"name\":\"") || !read_string(it, text, sizeof text)) {
    return 0;
  }
  return read_text(it, "}}");
}

static int read_document(reader *it) {
  if (!read_text(it, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n")) return 0;
  do {
    int is_read = next_is(it, "{\"ph\":\"M\",\"name\":\"") ? read_metadata(it) : read_event(it);
    if (!is_read) return 0;
  } while (next_is(it, ",\n"));
  if (!read_text(it, "\n]}\n") || *it->at != 0) return is_wrong(it, "it goes on at %.60s", it->at);
  for (int i = 0; i < it->count && it->lost == 0; i++)
    if (it->spans[i].open) return is_wrong(it, "%s does not end", it->spans[i].name);
  return 1;
}

/* ---- A whole trace ---- */

/* Reads a document; `wrong` says what is wrong with it, "" for nothing. */
static reader read_trace(const tracing *trace) {
  reader it = {.at = trace->text};
  tell(&it, "%s", "");
  it.length = 0;
  (void)(trace->text == NULL ? is_wrong(&it, "nothing was written") : read_document(&it));
  return it;
}

static void free_reader(reader *it) {
  free(it->spans);
  free(it->story);
}

static inline void assert_story_at(const char *expected, tracing *trace, const char *file,
                                   int line) {
  reader it = read_trace(trace);
  if (it.wrong[0] != 0) print_error("%s\n%s\n", it.wrong, trace->text);
  _assert_string_equal(it.wrong, "", file, line);
  _assert_string_equal(it.story, expected, file, line);
  _assert_int_equal((unsigned long long)trace->drops, 1, file, line);
  free_reader(&it);
  free(trace->text);
  *trace = (tracing){0};
}
/* The trace is over, its data was dropped once, and it tells this. */
#define assert_story(expected, trace) assert_story_at(expected, trace, __FILE__, __LINE__)

#endif
