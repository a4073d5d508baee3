/* The SHA-256 of every file under a folder, as in callbacks.c, which also says how it is called and
 * what it answers. Here every task is a fiber, which has its file hashed on a thread of the pool
 * and waits for that. All that the program does stands one below the other in `body`. */
#include <roost_fiber.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "files.h"
#include "observe.h"
#include "terminal.h"

static roost_runtime runtime;
static roost_group group;
static struct options options;
static struct files files; /* of the walking thread, until it is done */

/* ---------------------------------------------------------------------------------------------- */
/* On the pool                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static bool asked_to_stop(void *self) { return roost_cancelled(*(roost_node *)self) == 1; }

static int hash(roost_node self, void *data) {
  struct file *file = data;
  int fd = open_file(file);
  if (fd < 0) return note_file(file, fd);
  int rc = hash_file(file, fd, asked_to_stop, &self);
  close(fd);
  return note_file(file, rc);
}

static int walk(roost_node self, void *data) {
  (void)data;
  int rc = find_files(&files, options.folder, asked_to_stop, &self);
  if (rc < 0 && rc != ROOST_ECANCELED) tell_failure(options.folder, rc);
  return rc;
}

/* ---------------------------------------------------------------------------------------------- */
/* On the loop                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static int hash_one(roost_task self, void *file) {
  (void)self;
  return roost_blocking(hash, file);
}

/* The last thing of each task, whether it has run or not. */
static void hash_ended(void *file) {
  if (count_file(file) && options.tree != NULL) draw_tree(runtime, options.tree);
}

/* Any number of times: the first counts, and when the group has ended it does nothing (C5, C6). It
 * is a task of the root group, which is closed when all is printed: until then, Ctrl-C harms
 * nothing. */
static int await_interrupts(roost_task self, void *data) {
  int number;
  (void)self, (void)data;
  while ((number = roost_await_signal(SIGINT)) >= 0) {
    roost_cancel(group,
                 ROOST_CANCEL(.origin = ROOST_SIGNAL, .code = number, .message = "interrupted"));
  }
  return number;
}

static int body(roost_task self, void *data) {
  roost_result result = {.size = sizeof result};
  (void)data;

  runtime = roost_runtime_of(self);
  if (options.trace != NULL) begin_trace(runtime, options.trace);
  must(roost_group_open(self,
                        ROOST_GROUP(.name = "parallel-hash", .policy = ROOST_SUPERVISE,
                                    .limit = options.limit, .timeout_ns = options.timeout_ns),
                        &group));
  must(roost_go(roost_root(runtime), await_interrupts, NULL));
  show_progress(group);

  int rc = roost_blocking(walk, NULL);
  expect_files(files.count);
  for (size_t i = 0; rc == 0 && i < files.count; i++) {
    must(roost_go_with(group,
                       ROOST_FIBER(.name = files.list[i].path, .fn = hash_one,
                                   .data = &files.list[i], .drop = hash_ended),
                       NULL));
  }
  roost_group_close(group, rc, &result);

  int status = tell_result(&files, &result);
  free_files(&files);
  return status;
}

int main(int argc, char **argv) {
  options = read_options(argc, argv);
  return roost_main(body, NULL);
}
