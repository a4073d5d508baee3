/* A child process is a wait: it ends when the child has ended and was reaped, with its exit status
 * (S3). Whoever cancels the wait stops the child: it gets a signal, time to put its house in order,
 * and at last SIGKILL; its output is read to the end all the same. What comes from a child comes in
 * real time, so nothing here depends on how long anything takes. */
#include "../common.h"

#include <signal.h>
#include <string.h>
#include <uv.h>

struct child {
  const char *name;
  const char *script; /* for the shell */
  roost_task task;
  uv_pipe_t output;
  char line[100];
  size_t length;
  int is_open; /* its output */
  int runs;
  int rc;
};

static roost_group group;

/* The task ends when the child has, and its output too. */
static void maybe_finish(struct child *child) {
  int rc = child->rc;
  if (child->is_open || child->runs) return;
  if (rc < 0)
    say("%s: %s", child->name, answer(rc));
  else
    say("%s: exit status %d, signal %d", child->name, ROOST_EXIT_STATUS(rc), ROOST_EXIT_SIGNAL(rc));
  must(roost_finish(child->task, rc, NULL, NULL));
}

static void on_line(struct child *child, const char *line) {
  say("%s prints: %s", child->name, line);
  if (strcmp(line, "ready") == 0) must(roost_cancel(group, ROOST_CANCEL(.message = "seen enough")));
}

static void closed(uv_handle_t *pipe) {
  struct child *child = pipe->data;
  child->is_open = 0;
  maybe_finish(child);
}

static void give_room(uv_handle_t *pipe, size_t wanted, uv_buf_t *room) {
  static char bytes[4096];
  (void)pipe, (void)wanted;
  *room = uv_buf_init(bytes, sizeof bytes);
}

static void has_read(uv_stream_t *pipe, ssize_t count, const uv_buf_t *bytes) {
  struct child *child = pipe->data;
  if (count < 0) uv_close((uv_handle_t *)pipe, closed); /* the end, most likely */
  for (ssize_t i = 0; i < count; i++) {
    child->line[child->length] = bytes->base[i];
    if (bytes->base[i] == '\n') {
      child->line[child->length] = 0;
      child->length = 0;
      on_line(child, child->line);
    } else if (child->length < sizeof child->line - 1) {
      child->length++;
    }
  }
}

/* rc: how it ended, or ROOST_ECANCELED, when it has been stopped. */
static void has_ended(roost_wait wait, int rc, void *data) {
  struct child *child = data;
  (void)wait;
  child->runs = 0;
  child->rc = rc;
  maybe_finish(child);
}

static int start(roost_task self, void *data) {
  struct child *child = data;
  const char *const args[] = {"sh", "-c", child->script, NULL};
  const roost_stop_step stop[] = {{.signum = SIGTERM, .allowed_ns = ROOST_FOREVER}};
  uv_stdio_container_t stdio[3] = {
      {.flags = UV_IGNORE},
      {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&child->output},
      {.flags = UV_INHERIT_FD, .data.fd = 2},
  };
  child->task = self;
  child->output.data = child;
  must(uv_pipe_init(roost_loop(runtime), &child->output, 0));
  child->is_open = child->runs = 1;
  must(roost_run_process(ROOST_PROCESS(.file = "sh", .args = args, .stdio = stdio, .stdio_count = 3,
                                       .stop = stop, .stop_count = 1),
                         self, has_ended, child, NULL, NULL));
  must(uv_read_start((uv_stream_t *)&child->output, give_room, has_read));
  return ROOST_PENDING;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  say_result(data, result);
}

static void run(const char *name, struct child *child) {
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = name), &group));
  must(roost_spawn(group, ROOST_TASK(.start = start, .data = child, .name = child->name), NULL));
  must(roost_join(group, 0, joined, (void *)name, NULL));
  must(roost_run(runtime));
}

int main(void) {
  static struct child short_one = {.name = "a short one", .script = "echo hello; exit 3"};
  static struct child endless = {
      .name = "an endless one",
      .script = "trap 'echo clearing up; exit 0' TERM; echo ready; while :; do sleep 0.01; done"};
  open_runtime();
  run("to its end", &short_one);
  run("until it is cancelled", &endless);
  return close_runtime();
}
