/* Takes the place of the C library's allocator, in the program and in the libraries that it uses:
 * the test says of each call whether it is refused. */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

static int is_refused(void);
/* How often memory for nodes, waits and the like was asked for. */
static long mappings;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *memory);

static void *no_more(void) {
  errno = ENOMEM;
  return NULL;
}

void *malloc(size_t size) { return is_refused() ? no_more() : __libc_malloc(size); }
void *calloc(size_t count, size_t size) {
  return is_refused() ? no_more() : __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  return is_refused() ? no_more() : __libc_realloc(old, size);
}

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  mappings++;
  if (is_refused()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
}

#endif
