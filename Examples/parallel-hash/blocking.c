/* The SHA-256 of every file under a folder, as in callbacks.c, which also says how it is called and
 * what it answers. Here every task is a blocking one: a function on a thread of the pool, that asks
 * now and then whether it is cancelled, and cleans up after itself before it returns. Opening,
 * reading and closing a file stand one below the other. */
#include <roost.h>
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
static int status;

static bool asked_to_stop(void *self) { return roost_cancelled(*(roost_task *)self) == 1; }

/* ---------------------------------------------------------------------------------------------- */
/* On the pool                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static int hash(roost_task self, void *data, void **result) {
  struct file *file = data;
  int rc, fd = open_file(file);
  (void)result;
  if (fd < 0) return note_file(file, fd);
  rc = hash_file(file, fd, asked_to_stop, &self);
  close(fd);
  return note_file(file, rc);
}

static int walk(roost_task self, void *data, void **result) {
  int rc = find_files(&files, options.folder, asked_to_stop, &self);
  (void)data, (void)result;
  if (rc < 0 && rc != ROOST_ECANCELED) tell_failure(options.folder, rc);
  return rc;
}

/* ---------------------------------------------------------------------------------------------- */
/* On the loop                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  status = tell_result(&files, result);
  must(roost_close(runtime, 0, NULL, NULL, NULL));
}

/* The last thing of each task, whether it has run or not. */
static void hash_ended(void *data) {
  if (count_file(data) && options.tree != NULL) draw_tree(runtime, options.tree);
}

/* The group stays open for new tasks until here, where it is joined. */
static void walk_ended(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  expect_files(files.count);
  for (size_t i = 0; rc == 0 && i < files.count; i++) {
    must(roost_spawn_blocking(group,
                              ROOST_BLOCKING(.name = files.list[i].path, .work = hash,
                                             .data = &files.list[i], .drop = hash_ended),
                              NULL));
  }
  must(roost_join(group, 0, joined, NULL, NULL));
}

/* Any number of times: the first counts, and when the group has ended it does nothing (C5, C6). It
 * is a wait of the root group, which is closed when all is printed: until then, Ctrl-C harms
 * nothing, and after that it begins no other wait. */
static void interrupted(roost_wait wait, int number, void *data) {
  (void)wait, (void)data;
  if (number < 0) return;
  roost_cancel(group,
               ROOST_CANCEL(.origin = ROOST_SIGNAL, .code = number, .message = "interrupted"));
  roost_on_signal(SIGINT, roost_root(runtime), interrupted, NULL, NULL, NULL);
}

int main(int argc, char **argv) {
  roost_task walking;

  options = read_options(argc, argv);
  must(roost_runtime_open(NULL, &runtime));
  if (options.trace != NULL) begin_trace(runtime, options.trace);
  must(roost_group_open(roost_root(runtime),
                        ROOST_GROUP(.name = "parallel-hash", .policy = ROOST_SUPERVISE,
                                    .limit = options.limit, .timeout_ns = options.timeout_ns),
                        &group));
  must(roost_on_signal(SIGINT, roost_root(runtime), interrupted, NULL, NULL, NULL));
  show_progress(group);
  must(roost_spawn_blocking(group, ROOST_BLOCKING(.name = options.folder, .work = walk), &walking));
  must(roost_on_end(walking, roost_root(runtime), walk_ended, NULL, NULL, NULL));
  must(roost_run(runtime));
  free_files(&files);
  return status;
}
