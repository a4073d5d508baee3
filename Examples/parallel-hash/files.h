/* The files under a folder, and the reading of one. All of it may be used on any thread. */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sha256.h"

struct file {
  enum { NOT_DONE, HASHED, UNREADABLE } state;
  uint8_t digest[SHA256_SIZE];
  char *path;
};

struct files {
  struct file *list;
  size_t count;
};

/* Asked at each step of what may take long: whether to give up, with ROOST_ECANCELED. */
typedef bool (*stop_fn)(void *data);

/* Lists what is under a folder, in the order of the paths. Links are not followed. What cannot be
 * looked into is listed too: opening it will say why. */
int find_files(struct files *files, char *folder, stop_fn stop, void *data);
void free_files(struct files *files);

/* Answers a descriptor, or why there is none. */
int open_file(const struct file *file);

/* Reads an open file to its end. */
int hash_file(struct file *file, int fd, stop_fn stop, void *data);

#endif /* FILES_H */
