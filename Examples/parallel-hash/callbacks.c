/* The SHA-256 of every file under a folder, on a libuv loop that the program has anyway.
 *
 *     parallel-hash [--timeout SECONDS] [--limit N] FOLDER
 *
 * It prints what sha256sum prints, in the order of the paths, and on stderr how it went. Links are
 * not followed. A file that cannot be read is reported and stops nothing. When the time is up, or
 * at Ctrl-C, it stops at once and prints what it has. The exit status is 0 when all was hashed, 1
 * when something could not be read, 2 for a wrong call, 124 when the time was up, 130 at Ctrl-C.
 *
 * All the work is one group. Its first task walks the folder and spawns one task for each file, of
 * which at most N run at a time. Every task is one uv_queue_work request:
 *
 *     start      opens the file, defers its closing, and queues the request
 *     hash_file  runs on a thread of the pool
 *     hash_done  is the request's callback, on the loop, and ends the task
 *     stop_work  is the task's on_cancel, and only asks: hash_done comes in any case
 *
 * So a task never ends while a thread has its job in hand, and the closing and the free(), which
 * come after the task's end, need no lock and no count. */
#define _GNU_SOURCE /* fts, getopt_long, O_NOFOLLOW */

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <getopt.h>
#include <roost.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "sha256.h"

enum { STATUS_SOME_FAILED = 1, STATUS_USAGE = 2, STATUS_TIMEOUT = 124, STATUS_SIGNAL = 130 };

struct file {
  enum { NOT_DONE, HASHED, UNREADABLE } state;
  uint8_t digest[SHA256_SIZE];
  char *path;
};

/* What one task has in hand. */
struct job {
  uv_work_t work;
  roost_task task;
  struct file *file;
  int fd;
  atomic_bool stop; /* set on the loop, looked at by the thread */
  int rc;           /* set by the thread, looked at on the loop when the thread is done */
};

static uv_loop_t loop;
static uv_signal_t interrupt;
static roost_runtime runtime;
static roost_group group;
static int status;

static char *folder;
static struct file *files; /* of the walking thread, until walk_done */
static size_t file_count;  /* likewise */

/* Ends the program when something has failed that leaves nothing to go on with. */
static int must(int rc) {
  if (rc < 0) {
    fprintf(stderr, "parallel-hash: %s: %s\n", roost_strerror(rc), roost_last_error());
    exit(STATUS_SOME_FAILED);
  }
  return rc;
}

/* ---------------------------------------------------------------------------------------------- */
/* The progress line                                                                              */
/* ---------------------------------------------------------------------------------------------- */

static struct {
  bool shown; /* stderr is a terminal */
  size_t done;
  size_t of;
} progress;

static void clear_progress(void) {
  if (progress.shown) fputs("\r\033[K", stderr);
}

/* Waits of the group: they end with it, and it refuses new ones when it has come to its end. */
static void show_progress(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  if (rc < 0) return;
  clear_progress();
  fprintf(stderr, "%zu of %zu files", progress.done, progress.of);
  roost_after(group, 100 * ROOST_MILLISECOND, show_progress, NULL, NULL, NULL);
}

static int failed(const char *path, int rc) {
  clear_progress();
  fprintf(stderr, "parallel-hash: %s: %s\n", path, roost_strerror(rc));
  return rc;
}

/* ---------------------------------------------------------------------------------------------- */
/* Tasks                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

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

static int spawn(const char *name, roost_start_fn start, struct file *file) {
  struct job *job = calloc(1, sizeof *job);
  if (job == NULL) return ROOST_ENOMEM;
  job->work.data = job;
  job->file = file;
  return roost_spawn(
      group,
      ROOST_TASK(.name = name, .start = start, .on_cancel = stop_work, .data = job, .drop = free),
      NULL);
}

/* ---------------------------------------------------------------------------------------------- */
/* Hashing one file                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static void hash_file(uv_work_t *work) {
  struct job *job = work->data;
  struct sha256 hash;
  char block[64 * 1024];
  ssize_t length;

  sha256_init(&hash);
  do {
    if (atomic_load(&job->stop)) {
      job->rc = ROOST_ECANCELED;
      return;
    }
    length = read(job->fd, block, sizeof block);
    if (length < 0 && errno != EINTR) {
      job->rc = -errno;
      return;
    }
    if (length > 0) sha256_update(&hash, block, (size_t)length);
  } while (length != 0);
  sha256_final(&hash, job->file->digest);
}

static int unreadable(struct file *file, int rc) {
  file->state = UNREADABLE;
  progress.done++;
  return failed(file->path, rc);
}

static void hash_done(uv_work_t *work, int rc) {
  struct job *job = work->data;
  if (rc == 0) rc = job->rc;
  if (rc == 0) {
    job->file->state = HASHED;
    progress.done++;
  } else if (rc != ROOST_ECANCELED) {
    unreadable(job->file, rc);
  }
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
  /* Not blocking: what was a file when the folder was read may have become a pipe. */
  job->fd = open(job->file->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (job->fd < 0) return unreadable(job->file, -errno);
  rc = roost_defer(self, close_file, job, NULL);
  if (rc < 0) {
    close(job->fd);
    return unreadable(job->file, rc);
  }
  must(uv_queue_work(&loop, &job->work, hash_file, hash_done));
  return ROOST_PENDING;
}

/* ---------------------------------------------------------------------------------------------- */
/* Walking the folder                                                                             */
/* ---------------------------------------------------------------------------------------------- */

static int add_file(const char *path) {
  /* Room grows by doubling: it is full whenever the count is a power of two. */
  if ((file_count & (file_count - 1)) == 0) {
    struct file *grown = realloc(files, (file_count ? 2 * file_count : 1) * sizeof *files);
    if (grown == NULL) return ROOST_ENOMEM;
    files = grown;
  }
  files[file_count] = (struct file){.path = strdup(path)};
  if (files[file_count].path == NULL) return ROOST_ENOMEM;
  file_count++;
  return 0;
}

static int by_path(const void *a, const void *b) {
  return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static void walk(uv_work_t *work) {
  struct job *job = work->data;
  char *const roots[] = {folder, NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
  FTSENT *entry;

  if (tree == NULL) {
    job->rc = -errno;
    return;
  }
  while (job->rc == 0 && (entry = fts_read(tree)) != NULL) {
    switch (entry->fts_info) {
    case FTS_F:
    case FTS_DNR: /* what cannot be looked into is listed too: opening it will say why */
    case FTS_NS:
    case FTS_ERR: job->rc = add_file(entry->fts_path); break;
    }
    if (atomic_load(&job->stop)) job->rc = ROOST_ECANCELED;
  }
  if (job->rc == 0) job->rc = -errno; /* 0 at the end of the tree */
  fts_close(tree);
  if (file_count > 0) qsort(files, file_count, sizeof *files, by_path);
}

static void walk_done(uv_work_t *work, int rc) {
  struct job *job = work->data;
  if (rc == 0) rc = job->rc;
  progress.of = file_count;
  for (size_t i = 0; rc == 0 && i < file_count; i++) {
    rc = spawn(files[i].path, start_hash, &files[i]);
  }
  if (rc < 0 && rc != ROOST_ECANCELED) failed(folder, rc);
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

/* One line of sha256sum: a path that would break the line is escaped, and a backslash says so. */
static void print_digest(const struct file *file) {
  if (strpbrk(file->path, "\\\n\r") != NULL) putchar('\\');
  for (int i = 0; i < SHA256_SIZE; i++) printf("%02x", file->digest[i]);
  fputs("  ", stdout);
  for (const char *c = file->path; *c != '\0'; c++) {
    switch (*c) {
    case '\\': fputs("\\\\", stdout); break;
    case '\n': fputs("\\n", stdout); break;
    case '\r': fputs("\\r", stdout); break;
    default: putchar(*c);
    }
  }
  putchar('\n');
}

static void joined(roost_node node, const roost_result *result, void *data) {
  size_t count[] = {[NOT_DONE] = 0, [HASHED] = 0, [UNREADABLE] = 0};
  const char *ending = "complete";
  (void)node, (void)data;

  clear_progress();
  for (size_t i = 0; i < file_count; i++) {
    count[files[i].state]++;
    if (files[i].state == HASHED) print_digest(&files[i]);
  }
  if (fflush(stdout) != 0 || ferror(stdout)) {
    failed("standard output", ROOST_EIO);
    status = STATUS_SOME_FAILED;
  }
  if (result->cancelled_caught) { /* it was cut short, and not only asked to stop */
    bool by_signal = result->reason->origin == ROOST_SIGNAL;
    status = by_signal ? STATUS_SIGNAL : STATUS_TIMEOUT;
    ending = by_signal ? result->reason->message : "the time is up";
  } else if (result->error_count > 0) {
    status = STATUS_SOME_FAILED;
    ending = "with errors";
  }
  fprintf(stderr, "%zu hashed, %zu unreadable, %zu not done: %s\n", count[HASHED],
          count[UNREADABLE], count[NOT_DONE], ending);
  must(roost_close(runtime, 0, NULL, NULL, NULL));
}

/* ---------------------------------------------------------------------------------------------- */
/* The beginning                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

static int usage(void) {
  fputs("usage: parallel-hash [--timeout SECONDS] [--limit N] FOLDER\n", stderr);
  return STATUS_USAGE;
}

int main(int argc, char **argv) {
  static const struct option names[] = {
      {"timeout", required_argument, NULL, 't'}, {"limit", required_argument, NULL, 'l'}, {0}};
  double seconds = 0;
  long limit = 8;
  int option;

  while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
    char *end;
    switch (option) {
    case 't':
      seconds = strtod(optarg, &end);
      if (*end != '\0' || !(seconds >= 1e-9 && seconds < 1e9)) return usage();
      break;
    case 'l':
      limit = strtol(optarg, &end, 10);
      if (*end != '\0' || limit < 1) return usage();
      break;
    default: return usage();
    }
  }
  if (argc - optind != 1) return usage();
  folder = argv[optind];

  must(uv_loop_init(&loop));
  must(roost_runtime_open(ROOST_RUNTIME(.loop = &loop), &runtime));
  must(roost_group_open(roost_root(runtime),
                        ROOST_GROUP(.name = "parallel-hash", .policy = ROOST_SUPERVISE,
                                    .limit = (uint64_t)limit,
                                    .timeout_ns = (int64_t)(seconds * (double)ROOST_SECOND)),
                        &group));
  must(uv_signal_init(&loop, &interrupt));
  must(uv_signal_start(&interrupt, interrupted, SIGINT));
  must(roost_defer(roost_root(runtime), close_interrupt, NULL, NULL));
  progress.shown = isatty(STDERR_FILENO);
  if (progress.shown) must(roost_after(group, 0, show_progress, NULL, NULL, NULL));
  must(spawn(folder, start_walk, NULL));
  must(roost_join(group, 0, joined, NULL, NULL));
  must(uv_run(&loop, UV_RUN_DEFAULT));
  must(uv_loop_close(&loop)); /* answers 0: the runtime has left nothing on the loop */

  for (size_t i = 0; i < file_count; i++) free(files[i].path);
  free(files);
  return status;
}
