/* The few lines of the engine that must be C: thread-locals, system calls, one lock. */
#ifndef ROOST_CSHIM_H
#define ROOST_CSHIM_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#define SHIM __attribute__((visibility("hidden")))

#pragma clang assume_nonnull begin

/* What a thread of the program is to the engine: an identity, and room for the sentence of its last
 * failed call. Made at first need, freed at the thread's end unless it still owns a runtime. */
typedef struct shim_thread {
  uint64_t runtimes;
  struct shim_thread *_Nullable inherited;
  void *_Nullable fiber;   /* the fiber that runs on it */
  void *_Nullable host;    /* of a runtime on it: another language's */
  void *_Nullable handles; /* of the program's, that the engine knows: freed with the record */
  char sentence[504];
} shim_thread;

extern SHIM _Thread_local shim_thread *_Nullable shim_this_thread
    __attribute__((tls_model("initial-exec")));

/* The fiber that runs on this thread, NULL for none. */
static inline void *_Nullable shim_fiber(void) {
  return shim_this_thread == NULL ? NULL : shim_this_thread->fiber;
}
/* Stands for the function of a fiber's wait; never called. */
SHIM void shim_fiber_told(uint64_t wait, int code, void *_Nullable data);
/* Whether this process began by a fork in a fiber. */
SHIM int shim_forked_in_fiber(void);

/* The identity of this thread, 0 when it has none yet. */
static inline uintptr_t shim_self(void) { return (uintptr_t)shim_this_thread; }

static inline shim_thread *_Nullable shim_thread_if_any(void) { return shim_this_thread; }

static inline char *shim_sentence(shim_thread *thread) { return thread->sentence; }
enum { SHIM_SENTENCE_ROOM = sizeof(((shim_thread *)0)->sentence) };

/* The record of this thread, made when it is missing; NULL without memory. */
SHIM shim_thread *_Nullable shim_thread_get(void);

/* Counts the forks between this process and the one that loaded the library (S8b). In the child the
 * forking thread has no identity any more, so that nothing of the parent's is its own. */
SHIM uint32_t shim_fork_epoch(void);

/* The one process-wide lock, around chunks that come and go. Never held over a callback. */
SHIM void shim_lock(void);
SHIM void shim_unlock(void);

/* Every chunk of rows there is, by slot number: written once under the lock, never taken away. */
#define SHIM_CHUNKS 65536
extern SHIM void *_Nullable shim_chunk_table[SHIM_CHUNKS];
static inline void *_Nullable shim_chunk(uint32_t index) {
  return __atomic_load_n(&shim_chunk_table[index], __ATOMIC_ACQUIRE);
}
/* The same for a slot that this thread was given, which has therefore seen its chunk. */
static inline void *_Nullable shim_own_chunk(uint32_t index) { return shim_chunk_table[index]; }
static inline void shim_set_chunk(uint32_t index, void *chunk) {
  __atomic_store_n(&shim_chunk_table[index], chunk, __ATOMIC_RELEASE);
}

/* What one thread writes and others read. */
static inline uint8_t shim_load8(const uint8_t *at) {
  return __atomic_load_n(at, __ATOMIC_RELAXED);
}
static inline void shim_store8(uint8_t *at, uint8_t value) {
  __atomic_store_n(at, value, __ATOMIC_RELAXED);
}
static inline uint64_t shim_load64(const uint64_t *at) {
  return __atomic_load_n(at, __ATOMIC_RELAXED);
}
static inline void shim_store64(uint64_t *at, uint64_t value) {
  __atomic_store_n(at, value, __ATOMIC_RELAXED);
}
static inline uintptr_t shim_load(const uintptr_t *at) {
  return __atomic_load_n(at, __ATOMIC_RELAXED);
}
static inline uint32_t shim_load32(const uint32_t *at) {
  return __atomic_load_n(at, __ATOMIC_RELAXED);
}
static inline void shim_store32(uint32_t *at, uint32_t value) {
  __atomic_store_n(at, value, __ATOMIC_RELAXED);
}
static inline void shim_store(uintptr_t *at, uintptr_t value) {
  __atomic_store_n(at, value, __ATOMIC_RELAXED);
}

/* A mutex in place, which is never destroyed. All zero is one that nobody holds. */
typedef struct shim_mutex {
  uint64_t words[5];
} shim_mutex;
SHIM void shim_mutex_lock(shim_mutex *mutex);
SHIM void shim_mutex_unlock(shim_mutex *mutex);

/* Copies what its owner, another thread, may be writing at this moment: the caller finds out by
 * other means whether it did, and throws the copy away then. */
SHIM void shim_peek(void *to, const void *from, size_t bytes);
/* Nothing that is read after it was read before it. */
static inline void shim_fence(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }

/* Zeroed memory by the page, touched lazily, without huge pages; NULL without memory. */
SHIM void *_Nullable shim_map(size_t bytes);

SHIM void *_Nullable shim_alloc(size_t bytes);
SHIM void *_Nullable shim_realloc(void *_Nullable old, size_t bytes);
SHIM void shim_free(void *_Nullable memory);

static inline const char *shim_empty(void) { return ""; }
static inline const char *shim_root_name(void) { return "root"; }
static inline const char *shim_line_end(void) { return "\n"; }
static inline const char *shim_main_name(void) { return "main"; }
static inline const char *shim_no_stack(void) {
  return "no stack for the fiber: let fewer run at a time, or raise vm.max_map_count";
}

/* The name and the text of one of the status codes of roost.h, which has the list; NULL for any
 * other. */
SHIM const char *_Nullable shim_status_name(int code);
SHIM const char *_Nullable shim_status_text(int code);
/* What is said of a code that nobody knows, of success, and of PENDING, ALREADY and ASKED. */
SHIM const char *shim_other_status_text(int code);
/* The version in roost.h. */
SHIM const char *shim_version(void);

/* Writes a text to stderr. */
SHIM void shim_write(const char *text, size_t length);
SHIM void shim_say(const char *text);
/* One line on stderr: of a task, "" for no name, with what it ended, and why, if that was said. */
SHIM void shim_say_error(const char *_Nullable name, int code, const char *_Nullable message);
static inline const char *shim_report_without_memory(void) {
  return "roost: something hinders the program, and there is no memory to say more\n";
}

/* Says on stderr which claim about the engine does not hold, and of which row, and aborts: for
 * checked builds. */
SHIM _Noreturn void shim_broken(const uint8_t *claim, uint32_t slot);

/* Signals: what one did before anybody waited for it is put back when nobody does any more; libuv
 * would give it its default. Each pair of calls goes around one of libuv's, which starts to catch
 * the signal (and may fail: `code`) or ends it; the process-wide lock is held between them. */
enum { SHIM_SIGNALS = _NSIG };
SHIM void shim_signal_begin(int signum);
SHIM void shim_signal_begun(int signum, int code);
SHIM void shim_signal_end(int signum);
SHIM void shim_signal_ended(int signum);
/* In a child after fork nobody waits: what was before is put back (S8b). Libuv does not know, and
 * when the child waits for the signal itself, it has to be caught here. With the lock held. */
SHIM void shim_signals_forked(void);
/* Whether a signal, when it is not sent but caused by a thread's own step, would be caused again
 * and again if it were caught. */
SHIM int shim_signal_is_fault(int signum);
enum { SHIM_SIGTERM = SIGTERM, SHIM_SIGKILL = SIGKILL };

/* Of a child process: it runs; it has ended, and was not reaped; somebody else has reaped it. */
enum { SHIM_CHILD_RUNS, SHIM_CHILD_ENDED, SHIM_CHILD_GONE };
SHIM int shim_child_state(int pid);

/* Room for the name of a socket, and its final 0. */
enum { SHIM_SOCKET_NAME = sizeof(((struct sockaddr_un *)0)->sun_path) };

/* A set of descriptors that the kernel watches (epoll). Each call answers 0 or more, or a negative
 * code. One that is armed is told of once, by the number and the generation that it was armed with;
 * an error, or an end, counts as both. */
enum { SHIM_READABLE = 1, SHIM_WRITABLE = 4, SHIM_READY_ROOM = 64 };
typedef struct shim_ready {
  uint32_t fd;
  uint32_t generation;
  int events;
} shim_ready;
SHIM int shim_set_open(void);
SHIM void shim_set_close(int set);
SHIM int shim_is_open(int fd);
/* Watches a descriptor for what can be read, as the loop does. */
SHIM int shim_set_watch(int set, int fd);
SHIM int shim_set_arm(int set, int fd, uint32_t generation, int events, int is_new);
SHIM void shim_set_forget(int set, int fd);
/* How many of the room were filled, without waiting. */
SHIM int shim_set_look(int set, shim_ready *ready);

/* Eight bytes of memory that nobody may have written to, of which valgrind is not to be told. */
SHIM uint64_t shim_read_any(const void *at);

/* A number nobody can guess, or the best that the system has. */
SHIM uint32_t shim_random(void);

#pragma clang assume_nonnull end

#endif /* ROOST_CSHIM_H */
