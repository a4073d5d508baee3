/* What the tests of dumps and reports share: the text of a dump, and a list of reports. */
#ifndef SEEING_H
#define SEEING_H

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the latest dump has written, and how often. */
static char *written;
static uint64_t written_length;
static int writes;
static int write_drops;

static inline void keep_text(const char *text, uint64_t length, void *data) {
  (void)data;
  free(written);
  written = malloc(length + 1);
  memcpy(written, text, length);
  written[length] = 0;
  written_length = length;
  writes++;
}

static inline void count_drop(void *data) {
  (void)data;
  write_drops++;
}

/* The dump of a node, without its handles, which differ from run to run. */
static inline char *dump(roost_node node, uint64_t format) {
  int before = writes, dropped = write_drops;
  assert_int_equal(roost_dump(node, format, keep_text, NULL, count_drop), 0);
  assert_int_equal(writes, before + 1);
  assert_int_equal(write_drops, dropped + 1);
  assert_int_equal(strlen(written), written_length);
  char *to = written;
  for (char *from = written; *from != 0; from++) {
    size_t digits = strncmp(from, "0x", 2) == 0 ? strspn(from + 2, "0123456789abcdef") : 0;
    if (digits == 16)
      from += 2 + 15, *to++ = '#';
    else
      *to++ = *from;
  }
  *to = 0;
  return written;
}

static inline char *text_of(roost_node node) { return dump(node, ROOST_TEXT); }

/* The dump has this somewhere. */
#define assert_shown(node, expected)                                                               \
  do {                                                                                             \
    if (strstr(text_of(node), expected) == NULL)                                                   \
      fail_msg("\"%s\" is not in the dump:\n%s", expected, written);                               \
  } while (0)

/* Reports: each is noted in the log, as `stall of g: a b`, and then `reported` is called. */
static void (*reported)(const roost_report *report);
static int report_drops;
static char report_text[1 << 18];

static inline void hear(const roost_report *report, void *data) {
  static const char *const kinds[] = {"", "stall", "step", "hang"};
  (void)data;
  char line[2048];
  int used = snprintf(line, sizeof line, "%s of %s", kinds[report->kind], report->name);
  uint64_t count = 0;
  for (const roost_suspect *it = report->suspects; it != NULL; it = it->next, count++)
    if (count < 10)
      used += snprintf(line + used, sizeof line - (size_t)used, "%s%s", count == 0 ? ": " : " ",
                       it->name);
  assert_int_equal(count, report->suspect_count < 100 ? report->suspect_count : 100);
  snprintf(report_text, sizeof report_text, "%s", report->text);
  note("%s", line);
  if (reported != NULL) reported(report);
}

static inline void drop_report(void *data) {
  (void)data;
  report_drops++;
}

/* In the place of the runtime that the test was given, one that reports. */
static inline void open_reporting(int64_t stall_ns, int64_t step_ns) {
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .report = hear,
                                                    .report_drop = drop_report,
                                                    .stall_ns = stall_ns, .step_ns = step_ns),
                                      &rt),
                   0);
  root = roost_root(rt);
  beginning = roost_now(rt);
  reported = NULL;
  report_drops = 0;
}

static inline void forget_text(void) {
  free(written);
  written = NULL;
}

#endif
