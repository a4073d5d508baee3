#define _GNU_SOURCE /* getopt_long */

#include "terminal.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---------------------------------------------------------------------------------------------- */
/* What it is asked for                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static _Noreturn void usage(void) {
  fputs(
      "usage: parallel-hash [--timeout SECONDS] [--limit N] [--tree FILE] [--trace FILE] FOLDER\n",
      stderr);
  exit(STATUS_USAGE);
}

struct options read_options(int argc, char **argv) {
  static const struct option names[] = {{"timeout", required_argument, NULL, 't'},
                                        {"limit", required_argument, NULL, 'l'},
                                        {"tree", required_argument, NULL, 'g'},
                                        {"trace", required_argument, NULL, 'e'},
                                        {0}};
  struct options options = {.limit = 8};
  double seconds;
  long limit;
  char *end;
  int option;

  while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
    switch (option) {
    case 't':
      seconds = strtod(optarg, &end);
      if (*end != '\0' || !(seconds >= 1e-9 && seconds < 1e9)) usage();
      options.timeout_ns = (int64_t)(seconds * (double)ROOST_SECOND);
      break;
    case 'l':
      limit = strtol(optarg, &end, 10);
      if (*end != '\0' || limit < 1) usage();
      options.limit = (uint64_t)limit;
      break;
    case 'g': options.tree = optarg; break;
    case 'e': options.trace = optarg; break;
    default: usage();
    }
  }
  if (argc - optind != 1) usage();
  options.folder = argv[optind];
  return options;
}

/* ---------------------------------------------------------------------------------------------- */
/* What it tells meanwhile                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static struct {
  bool shown; /* stderr is a terminal */
  size_t done;
  size_t of;
  roost_group group;
} progress;

static const char *cleared_line(void) { return progress.shown ? "\r\033[K" : ""; }

int must(int rc) {
  if (rc < 0) {
    fprintf(stderr, "parallel-hash: %s: %s\n", roost_strerror(rc), roost_last_error());
    exit(STATUS_SOME_FAILED);
  }
  return rc;
}

int tell_failure(const char *path, int rc) {
  fprintf(stderr, "%sparallel-hash: %s: %s\n", cleared_line(), path, roost_strerror(rc));
  return rc;
}

int note_file(struct file *file, int rc) {
  if (rc == ROOST_ECANCELED) return rc;
  file->state = rc == 0 ? HASHED : UNREADABLE;
  return rc == 0 ? 0 : tell_failure(file->path, rc);
}

/* Waits of the group: they end with it, and it refuses new ones when it has come to its end. */
static void show_line(roost_wait wait, int rc, void *data) {
  (void)wait, (void)data;
  if (rc < 0) return;
  fprintf(stderr, "%s%zu of %zu files", cleared_line(), progress.done, progress.of);
  roost_after(progress.group, 100 * ROOST_MILLISECOND, show_line, NULL, NULL, NULL);
}

void show_progress(roost_group group) {
  progress.shown = isatty(STDERR_FILENO);
  progress.group = group;
  if (progress.shown) must(roost_after(group, 0, show_line, NULL, NULL, NULL));
}

void expect_files(size_t count) { progress.of = count; }

bool count_file(const struct file *file) {
  if (file->state == NOT_DONE) return false;
  return ++progress.done == (progress.of + 1) / 2;
}

/* ---------------------------------------------------------------------------------------------- */
/* What it tells in the end                                                                       */
/* ---------------------------------------------------------------------------------------------- */

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

int tell_result(const struct files *files, const roost_result *result) {
  size_t count[] = {[NOT_DONE] = 0, [HASHED] = 0, [UNREADABLE] = 0};
  const char *ending = "complete";
  int status = 0;

  fputs(cleared_line(), stderr);
  for (size_t i = 0; i < files->count; i++) {
    const struct file *file = &files->list[i];
    count[file->state]++;
    if (file->state == HASHED) print_digest(file);
  }
  if (fflush(stdout) != 0 || ferror(stdout)) {
    tell_failure("standard output", ROOST_EIO);
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
  return status;
}
