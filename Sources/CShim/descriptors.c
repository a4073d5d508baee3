/* Sets of descriptors that the kernel watches. */
#define _GNU_SOURCE
#include "CShim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

_Static_assert(SHIM_READABLE == EPOLLIN && SHIM_WRITABLE == EPOLLOUT, "as the kernel has them");

int shim_set_open(void) {
  int set = epoll_create1(EPOLL_CLOEXEC);
  return set < 0 ? -errno : set;
}

void shim_set_close(int set) { close(set); }

int shim_is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static int control(int set, int operation, int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  return epoll_ctl(set, operation, fd, &event) == 0 ? 0 : -errno;
}

int shim_set_watch(int set, int fd) {
  return control(set, EPOLL_CTL_ADD, fd, EPOLLIN, (uint64_t)fd);
}

int shim_set_arm(int set, int fd, uint32_t generation, int events, int is_new) {
  int operation = is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  uint64_t data = (uint64_t)generation << 32 | (uint32_t)fd;
  return control(set, operation, fd, (uint32_t)events | EPOLLONESHOT, data);
}

void shim_set_forget(int set, int fd) { control(set, EPOLL_CTL_DEL, fd, 0, 0); }

int shim_set_look(int set, shim_ready *ready) {
  struct epoll_event events[SHIM_READY_ROOM];
  int count = epoll_wait(set, events, SHIM_READY_ROOM, 0);
  for (int i = 0; i < count; i++) {
    uint32_t all = events[i].events;
    if (all & (EPOLLERR | EPOLLHUP)) all |= EPOLLIN | EPOLLOUT;
    ready[i] = (shim_ready){
        .fd = (uint32_t)events[i].data.u64,
        .generation = (uint32_t)(events[i].data.u64 >> 32),
        .events = (int)(all & (EPOLLIN | EPOLLOUT)),
    };
  }
  return count < 0 ? 0 : count;
}
