#include "observe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "terminal.h"

static FILE *create(const char *path) {
  FILE *file = fopen(path, "w");
  if (file == NULL) {
    tell_failure(path, -errno);
    exit(STATUS_SOME_FAILED);
  }
  return file;
}

static void append(const char *text, uint64_t length, void *data) { fwrite(text, 1, length, data); }

static void finish(void *data) { fclose(data); }

static void draw(roost_runtime runtime, void *path) {
  must(roost_dump(roost_root(runtime), ROOST_GRAPHVIZ, append, create(path), finish));
}

void draw_tree(roost_runtime runtime, char *path) { must(roost_post(runtime, draw, path, NULL)); }

void begin_trace(roost_runtime runtime, const char *path) {
  must(roost_trace_start(runtime, append, create(path), finish));
}
