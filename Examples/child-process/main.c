/* A child process is a wait: it ends when the child has ended and was reaped, with its exit status
 * (S3). Whoever cancels the wait stops the child: it gets a signal, time to put its house in order,
 * and at last SIGKILL; its output is read to the end all the same. What comes from a child comes in
 * real time, so nothing here depends on how long anything takes. */
#include "../common.h"

#include <roost_uv.h>
#include <signal.h>
#include <string.h>
#include <uv.h>

struct child {
  const char *name;
  const char *script; /* for the shell */
  roost_group group;  /* in which it runs */
  uv_pipe_t output;
};

static void on_line(struct child *child, const char *line) {
  say("%s prints: %s", child->name, line);
  if (strcmp(line, "ready") == 0) {
    must(roost_cancel(child->group, ROOST_CANCEL(.message = "seen enough")));
  }
}

/* Reads what the child prints, to its end. */
static int read_lines(roost_task self, void *data) {
  struct child *child = data;
  char text[100], *end;
  size_t length = 0;
  int rc;
  (void)self;

  while ((rc = roost_await_read((uv_stream_t *)&child->output, text + length,
                                sizeof text - length)) > 0) {
    length += (size_t)rc;
    while ((end = memchr(text, '\n', length)) != NULL) {
      *end = 0;
      on_line(child, text);
      length -= (size_t)(end + 1 - text);
      memmove(text, end + 1, length);
    }
  }
  return rc == UV_EOF ? 0 : rc;
}

/* Waits for the child, while another fiber reads what it prints, in a shield, so that this goes on
 * to the end. The pipe is closed when both have come to theirs. */
static int run_child(roost_task self, void *data) {
  struct child *child = data;
  const char *const args[] = {"sh", "-c", child->script, NULL};
  const roost_stop_step stop[] = {{.signum = SIGTERM, .allowed_ns = ROOST_FOREVER}};
  uv_stdio_container_t stdio[3] = {
      {.flags = UV_IGNORE},
      {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&child->output},
      {.flags = UV_INHERIT_FD, .data.fd = 2},
  };
  roost_group both;

  must(roost_group_open(self, NULL, &both));
  must(uv_pipe_init(roost_loop(runtime), &child->output, 0));
  must(roost_own_handle(both, (uv_handle_t *)&child->output, NULL));
  must(roost_go_with(both, ROOST_FIBER(.fn = read_lines, .data = child, .shield = 1), NULL));
  int rc = roost_await_process(ROOST_PROCESS(.file = "sh", .args = args, .stdio = stdio,
                                             .stdio_count = 3, .stop = stop, .stop_count = 1));
  int closed = roost_group_close(both, rc, NULL);
  if (closed < 0) {
    say("%s: %s", child->name, answer(closed));
  } else {
    say("%s: exit status %d, signal %d", child->name, ROOST_EXIT_STATUS(rc), ROOST_EXIT_SIGNAL(rc));
  }
  return closed;
}

static void run(roost_task self, const char *name, struct child *child) {
  roost_result result = {.size = sizeof result};

  start_the_watch();
  must(roost_group_open(self, ROOST_GROUP(.name = name), &child->group));
  must(roost_go(child->group, run_child, child));
  roost_group_close(child->group, 0, &result);
  say_result(name, &result);
}

static int body(roost_task self, void *data) {
  static struct child short_one = {.name = "a short one", .script = "echo hello; exit 3"};
  static struct child endless = {
      .name = "an endless one",
      .script = "trap 'echo clearing up; exit 0' TERM; echo ready; while :; do sleep 0.01; done"};
  (void)data;
  run(self, "to its end", &short_one);
  run(self, "until it is cancelled", &endless);
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
