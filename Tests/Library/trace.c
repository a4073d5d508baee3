/* Writes the trace of a small server to a file: requests under a limit, some of which time out,
 * fail, hash on the pool, or open groups of their own; and one of everything else that leaves
 * something in a trace. Arguments: the file, and `virtual` or `real`, the clock. */
#include <roost.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *file;

static void must(int rc, const char *what) {
  if (rc >= 0) return;
  fprintf(stderr, "%s: %s: %s\n", what, roost_strerror(rc), roost_last_error());
  exit(1);
}
#define MUST(call) must((call), #call)

static void write_piece(const char *text, uint64_t length, void *data) {
  int *pieces = data;
  ++*pieces;
  if (fwrite(text, 1, length, file) != length) must(ROOST_EIO, "fwrite");
}

static void close_file(void *data) {
  (void)data;
  fclose(file);
}

/* A task is finished when its wait has ended. */
static void over(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)roost_finish((roost_task){(uint64_t)(uintptr_t)data}, rc, NULL, NULL);
}

static int last(roost_task self, int64_t nanoseconds) {
  MUST(roost_after(self, nanoseconds, over, (void *)(uintptr_t)self.id, NULL, NULL));
  return ROOST_PENDING;
}

static int put_back(roost_task self, const roost_outcome *why, void *data) {
  (void)data;
  return why->state == ROOST_CANCELLED ? last(self, ROOST_MICROSECOND) : 0;
}

static int fetch(roost_task self, void *data) {
  (void)data;
  MUST(roost_defer(self, put_back, NULL, NULL));
  return last(self, 300 * ROOST_MICROSECOND);
}

static int hash(roost_task self, void *data, void **result) {
  unsigned sum = 0;
  for (unsigned i = 0; i < 100000 && roost_cancelled(self) == 0; i++) sum = sum * 31 + i;
  *result = NULL;
  return data == NULL && sum != 0 ? 0 : 1;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)result;
  (void)roost_finish((roost_task){(uint64_t)(uintptr_t)data}, 0, NULL, NULL);
}

static int request(roost_task self, void *data) {
  long number = (long)(intptr_t)data;
  MUST(roost_defer(self, put_back, NULL, NULL));
  if (number % 10 == 9) return ROOST_EIO;
  if (number % 3 != 0) return last(self, (number % 7 + 1) * 100 * ROOST_MICROSECOND);
  roost_scope scope;
  roost_group group;
  MUST(roost_scope_open(
      self, ROOST_SCOPE(.name = "patience", .timeout_ns = 200 * ROOST_MICROSECOND, .move_on = 1),
      &scope));
  MUST(roost_group_open(scope, ROOST_GROUP(.name = "\"parts\" \xe2\x82\xac \x01\xff"), &group));
  for (int i = 0; i < 3; i++)
    MUST(roost_spawn(group, ROOST_TASK(.start = fetch, .name = i == 0 ? "fetch" : NULL), NULL));
  if (number % 2 == 0) {
    MUST(roost_spawn_blocking(group, ROOST_BLOCKING(.work = hash, .name = "hash"), NULL));
  }
  MUST(roost_join(group, 0, NULL, NULL, NULL));
  MUST(roost_join(scope, 0, joined, (void *)(uintptr_t)self.id, NULL));
  return ROOST_PENDING;
}

static int listen(roost_task self, void *data) {
  (void)data;
  MUST(roost_started(self, 1));
  return last(self, ROOST_FOREVER);
}

static void is_listening(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  must(rc, "listen");
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  file = fopen(arguments[1], "w");
  if (file == NULL) must(ROOST_EIO, arguments[1]);
  int pieces = 0;
  roost_runtime runtime;
  roost_group requests;
  uint64_t clock = strcmp(arguments[2], "virtual") == 0 ? ROOST_CLOCK_VIRTUAL : ROOST_CLOCK_REAL;
  MUST(roost_runtime_open(ROOST_RUNTIME(.clock = clock, .name = "server"), &runtime));
  MUST(roost_group_open(roost_root(runtime),
                        ROOST_GROUP(.name = "requests", .limit = 20, .policy = ROOST_SUPERVISE),
                        &requests));
  MUST(roost_start(roost_root(runtime), roost_root(runtime),
                   ROOST_TASK(.start = listen, .name = "listen", .daemon = 1), is_listening, NULL,
                   NULL, NULL, NULL));
  for (long i = 0; i < 100; i++)
    MUST(roost_spawn(requests,
                     ROOST_TASK(.start = request, .data = (void *)(intptr_t)i, .name = "request"),
                     NULL));
  MUST(roost_trace_start(runtime, write_piece, &pieces, close_file)); /* in the middle */
  for (long i = 100; i < 1000; i++)
    MUST(roost_spawn(requests,
                     ROOST_TASK(.start = request, .data = (void *)(intptr_t)i, .name = "request"),
                     NULL));
  MUST(roost_join(requests, 0, NULL, NULL, NULL));
  MUST(roost_run(runtime));
  (void)roost_close(runtime, 0, NULL, NULL, NULL); /* whose answer is the errors of requests */
  printf("%d pieces\n", pieces);
  return pieces > 1 ? 0 : 1;
}
