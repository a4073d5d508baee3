/* What the examples with real sockets share. They run on the real clock, and print no times. */
#ifndef EXAMPLES_SOCKETS_H
#define EXAMPLES_SOCKETS_H

#include "common.h"

#include <dirent.h>
#include <roost_uv.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static inline void free_handle(uv_handle_t *handle) { free(handle); }

/* A socket that is closed and freed when its owner ends. */
static inline uv_tcp_t *open_tcp(roost_node owner) {
  uv_tcp_t *tcp = malloc(sizeof *tcp);
  must(tcp == NULL ? ROOST_ENOMEM : uv_tcp_init(roost_loop(roost_runtime_of(owner)), tcp));
  must(roost_own_handle(owner, (uv_handle_t *)tcp, free_handle));
  return tcp;
}

/* How many sockets this process has open. */
static inline int count_sockets(void) {
  DIR *descriptors = opendir("/proc/self/fd");
  const struct dirent *entry;
  char target[64];
  int count = 0;

  while (descriptors != NULL && (entry = readdir(descriptors)) != NULL) {
    ssize_t length = readlinkat(dirfd(descriptors), entry->d_name, target, sizeof target);
    if (length > 7 && memcmp(target, "socket:", 7) == 0) count++;
  }
  closedir(descriptors);
  return count;
}

#endif /* EXAMPLES_SOCKETS_H */
