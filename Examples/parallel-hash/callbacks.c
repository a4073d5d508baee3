/* The SHA-256 of every file under a folder, on a libuv loop that the program has anyway.
 *
 *     parallel-hash [--timeout SECONDS] [--limit N] [--tree FILE] [--trace FILE] FOLDER
 *
 * It prints what sha256sum prints, in the order of the paths, and on stderr how it went. Links are
 * not followed. A file that cannot be read is reported and stops nothing. When the time is up, or
 * at Ctrl-C, it stops at once and prints what it has. The exit status is 0 when all was hashed, 1
 * when something could not be read, 2 for a wrong call, 124 when the time was up, 130 at Ctrl-C.
 * When half of the files are done, --tree has the tree drawn; --trace writes a trace.
 *
 * All the work is one group. Its first task walks the folder and spawns one task for each file, of
 * which at most N run at a time. Every task is one uv_queue_work request:
 *
 *     start      opens the file, defers its closing, and queues the request
 *     hash       runs on a thread of the pool
 *     hash_done  is the request's callback, on the loop, and ends the task
 *     stop_work  is the task's on_cancel, and only asks: hash_done comes in any case
 *
 * So a task never ends while a thread has its job in hand, and the closing and the free(), which
 * come after the task's end, need no lock and no count. (In blocking.c the library does all that.)
 */
#include <roost.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "files.h"
#include "observe.h"
#include "terminal.h"

/* What one task has in hand. */
struct job {
  uv_work_t work;
  roost_task task;
  struct file *file; /* NULL: the walk */
  int fd;
  atomic_bool stop; /* set on the loop, looked at by the thread */
  int rc;           /* set by the thread, looked at on the loop when the thread is done */
};

static uv_loop_t loop;
static uv_signal_t interrupt;
static roost_runtime runtime;
static roost_group group;
static struct options options;
static struct files files; /* of the walking thread, until walk_done */
static int status;

/* ---------------------------------------------------------------------------------------------- */
/* Tasks                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static bool asked_to_stop(void *data) {
  struct job *job = data;
  return atomic_load(&job->stop);
}

/* Asks. A request that no thread has begun is taken out of the queue, and its callback comes with
 * UV_ECANCELED. For one that runs uv_cancel answers UV_EBUSY: its thread sees the flag at its next
 * look, or is done before that, and then its result counts (C4). */
static int stop_work(roost_task self, const roost_reason *why, void *data) {
  struct job *job = data;
  (void)self, (void)why;
  atomic_store(&job->stop, true);
  uv_cancel((uv_req_t *)&job->work);
  return ROOST_PENDING;
}

static void end_job(void *data) {
  struct job *job = data;
  if (job->file != NULL && count_file(job->file) && options.tree != NULL) {
    draw_tree(runtime, options.tree);
  }
  free(job);
}

static int spawn(const char *name, roost_start_fn start, struct file *file) {
  struct job *job = calloc(1, sizeof *job);
  if (job == NULL) return ROOST_ENOMEM;
  job->work.data = job;
  job->file = file;
  return roost_spawn(group,
                     ROOST_TASK(.name = name, .start = start, .on_cancel = stop_work, .data = job,
                                .drop = end_job),
                     NULL);
}

/* ---------------------------------------------------------------------------------------------- */
/* Hashing one file                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void hash(uv_work_t *work) {
  struct job *job = work->data;
  job->rc = hash_file(job->file, job->fd, asked_to_stop, job);
}

static void hash_done(uv_work_t *work, int rc) {
  struct job *job = work->data;
  rc = note_file(job->file, rc < 0 ? rc : job->rc);
  must(roost_finish(job->task, rc, NULL, NULL));
}

static int close_file(roost_task self, const roost_outcome *why, void *data) {
  struct job *job = data;
  (void)self, (void)why;
  close(job->fd);
  return 0;
}

static int start_hash(roost_task self, void *data) {
  struct job *job = data;
  int rc;

  job->task = self;
  if (roost_cancelled(self)) return ROOST_ECANCELED;
  job->fd = open_file(job->file);
  if (job->fd < 0) return note_file(job->file, job->fd);
  rc = roost_defer(self, close_file, job, NULL);
  if (rc < 0) {
    close(job->fd);
    return note_file(job->file, rc);
  }
  must(uv_queue_work(&loop, &job->work, hash, hash_done));
  return ROOST_PENDING;
}

/* ---------------------------------------------------------------------------------------------- */
/* Walking the folder                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static void walk(uv_work_t *work) {
  struct job *job = work->data;
  job->rc = find_files(&files, options.folder, asked_to_stop, job);
}

static void walk_done(uv_work_t *work, int rc) {
  struct job *job = work->data;
  if (rc == 0) rc = job->rc;
  expect_files(files.count);
  for (size_t i = 0; rc == 0 && i < files.count; i++) {
    rc = spawn(files.list[i].path, start_hash, &files.list[i]);
  }
  if (rc < 0 && rc != ROOST_ECANCELED) tell_failure(options.folder, rc);
  must(roost_finish(job->task, rc, NULL, NULL));
}

static int start_walk(roost_task self, void *data) {
  struct job *job = data;
  job->task = self;
  must(uv_queue_work(&loop, &job->work, walk, walk_done));
  return ROOST_PENDING;
}

/* ---------------------------------------------------------------------------------------------- */
/* The end                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* Any number of times: the first counts, and when the group has ended it does nothing (C5, C6). */
static void interrupted(uv_signal_t *handle, int number) {
  (void)handle;
  roost_cancel(group,
               ROOST_CANCEL(.origin = ROOST_SIGNAL, .code = number, .message = "interrupted"));
}

/* A cleanup of the root group, whose end is the runtime's: until all is printed, Ctrl-C harms
 * nothing. It answers that it is not done, and ends when the handle is closed. */

static roost_task closing;

static void interrupt_closed(uv_handle_t *handle) {
  (void)handle;
  must(roost_finish(closing, 0, NULL, NULL));
}

static int close_interrupt(roost_task self, const roost_outcome *why, void *data) {
  (void)why, (void)data;
  closing = self;
  uv_close((uv_handle_t *)&interrupt, interrupt_closed);
  return ROOST_PENDING;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  status = tell_result(&files, result);
  must(roost_close(runtime, 0, NULL, NULL, NULL));
}

/* ---------------------------------------------------------------------------------------------- */

int main(int argc, char **argv) {
  options = read_options(argc, argv);
  must(uv_loop_init(&loop));
  must(roost_runtime_open(ROOST_RUNTIME(.loop = &loop), &runtime));
  if (options.trace != NULL) begin_trace(runtime, options.trace);
  must(roost_group_open(roost_root(runtime),
                        ROOST_GROUP(.name = "parallel-hash", .policy = ROOST_SUPERVISE,
                                    .limit = options.limit, .timeout_ns = options.timeout_ns),
                        &group));
  must(uv_signal_init(&loop, &interrupt));
  must(uv_signal_start(&interrupt, interrupted, SIGINT));
  must(roost_defer(roost_root(runtime), close_interrupt, NULL, NULL));
  show_progress(group);
  must(spawn(options.folder, start_walk, NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  must(uv_run(&loop, UV_RUN_DEFAULT));
  must(uv_loop_close(&loop)); /* answers 0: the runtime has left nothing on the loop */
  free_files(&files);
  return status;
}
