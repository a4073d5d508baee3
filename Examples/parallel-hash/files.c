#define _GNU_SOURCE /* fts, O_NOFOLLOW */

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <roost.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int add_file(struct files *files, const char *path) {
  size_t count = files->count;
  /* Room grows by doubling: it is full whenever the count is a power of two. */
  if ((count & (count - 1)) == 0) {
    struct file *grown = realloc(files->list, (count ? 2 * count : 1) * sizeof *grown);
    if (grown == NULL) return ROOST_ENOMEM;
    files->list = grown;
  }
  files->list[count] = (struct file){.path = strdup(path)};
  if (files->list[count].path == NULL) return ROOST_ENOMEM;
  files->count++;
  return 0;
}

static int by_path(const void *a, const void *b) {
  return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

int find_files(struct files *files, char *folder, stop_fn stop, void *data) {
  char *const roots[] = {folder, NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
  FTSENT *entry;
  int rc = 0;

  if (tree == NULL) return -errno;
  while (rc == 0 && (entry = fts_read(tree)) != NULL) {
    switch (entry->fts_info) {
    case FTS_F:
    case FTS_DNR:
    case FTS_NS:
    case FTS_ERR: rc = add_file(files, entry->fts_path); break;
    }
    if (stop(data)) rc = ROOST_ECANCELED;
  }
  if (rc == 0) rc = -errno; /* 0 at the end of the tree */
  fts_close(tree);
  if (files->count > 0) qsort(files->list, files->count, sizeof *files->list, by_path);
  return rc;
}

void free_files(struct files *files) {
  for (size_t i = 0; i < files->count; i++) free(files->list[i].path);
  free(files->list);
}

/* Not blocking: what was a file when the folder was read may have become a pipe. */
int open_file(const struct file *file) {
  int fd = open(file->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int hash_file(struct file *file, int fd, stop_fn stop, void *data) {
  struct sha256 hash;
  char block[64 * 1024];
  ssize_t length;

  sha256_init(&hash);
  do {
    if (stop(data)) return ROOST_ECANCELED;
    length = read(fd, block, sizeof block);
    if (length < 0 && errno != EINTR) return -errno;
    if (length > 0) sha256_update(&hash, block, (size_t)length);
  } while (length != 0);
  sha256_final(&hash, file->digest);
  return 0;
}
