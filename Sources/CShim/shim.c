#define _GNU_SOURCE
#include "CShim.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(at, size) 0
#endif

_Thread_local shim_thread *shim_this_thread;
void *shim_chunk_table[SHIM_CHUNKS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;
static int have_key;
static uint32_t forks;
static shim_thread *inherited; /* by this process from before its forks: kept, and never touched */

static void thread_ended(void *record) {
  shim_this_thread = NULL;
  /* One that owns a runtime stays, so that its address is never another thread's identity. */
  if (((shim_thread *)record)->runtimes != 0) return;
  free(((shim_thread *)record)->handles);
  free(record);
}

static void in_child(void) {
  forks++;
  if (shim_this_thread != NULL) {
    shim_this_thread->inherited = inherited;
    inherited = shim_this_thread;
    shim_this_thread = NULL;
  }
  if (have_key) pthread_setspecific(at_thread_end, NULL);
  shim_signals_forked();
  shim_unlock();
}

static void set_up(void) {
  have_key = pthread_key_create(&at_thread_end, thread_ended) == 0;
  pthread_atfork(shim_lock, shim_unlock, in_child);
}

shim_thread *shim_thread_get(void) {
  if (shim_this_thread != NULL) return shim_this_thread;
  pthread_once(&once, set_up);
  shim_thread *record = have_key ? calloc(1, sizeof *record) : NULL;
  if (record == NULL) return NULL;
  if (pthread_setspecific(at_thread_end, record) != 0) {
    free(record);
    return NULL;
  }
  return shim_this_thread = record;
}

void shim_fiber_told(uint64_t wait, int code, void *data) {
  (void)wait, (void)code, (void)data;
  abort();
}

int shim_forked_in_fiber(void) { return inherited != NULL && inherited->fiber != NULL; }

uint32_t shim_fork_epoch(void) { return forks; }

void shim_lock(void) { pthread_mutex_lock(&lock); }
void shim_unlock(void) { pthread_mutex_unlock(&lock); }

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(shim_mutex), "a mutex fits");
_Static_assert(_Alignof(pthread_mutex_t) <= _Alignof(shim_mutex), "and lies well");

/* All zero is PTHREAD_MUTEX_INITIALIZER on Linux. */
void shim_mutex_lock(shim_mutex *mutex) { pthread_mutex_lock((pthread_mutex_t *)mutex); }
void shim_mutex_unlock(shim_mutex *mutex) { pthread_mutex_unlock((pthread_mutex_t *)mutex); }

__attribute__((no_sanitize("thread"))) void shim_peek(void *to, const void *from, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) ((char *)to)[i] = ((const volatile char *)from)[i];
}

uint64_t shim_read_any(const void *at) {
  uint64_t number;
  memcpy(&number, at, sizeof number);
  (void)VALGRIND_MAKE_MEM_DEFINED(&number, sizeof number);
  return number;
}

void *shim_map(size_t bytes) {
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

void *shim_alloc(size_t bytes) { return calloc(1, bytes); }
void *shim_realloc(void *old, size_t bytes) { return realloc(old, bytes); }
void shim_free(void *memory) { free(memory); }

void shim_write(const char *text, size_t length) { fwrite(text, 1, length, stderr); }
void shim_say(const char *text) { fputs(text, stderr); }

void shim_say_error(const char *name, int code, const char *message) {
  const char *word = shim_status_name(code);
  int is_named = name != NULL && *name != 0;
  fprintf(stderr, "roost: %s%s", is_named ? name : "a task", ": ");
  if (word != NULL)
    fprintf(stderr, "%s, %s", word, shim_status_text(code));
  else
    fprintf(stderr, "code %d", code);
  fprintf(stderr, message == NULL ? "\n" : ": %s\n", message);
}

void shim_broken(const uint8_t *claim, uint32_t slot) {
  fprintf(stderr, "roost: does not hold: %s (row %u)\n", (const char *)claim, slot);
  abort();
}

uint32_t shim_random(void) {
  uint32_t number;
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) == sizeof number) return number;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)now.tv_nsec ^ (uint32_t)(uintptr_t)&number;
}
