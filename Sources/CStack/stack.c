#define _GNU_SOURCE
#include "CStack.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(begin, end) 0
#endif

/* Linux 6.13; older headers do not know it. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/* Of the sanitizers' runtimes, where the program has one. */
#define WEAK extern __attribute__((weak))
WEAK void __sanitizer_start_switch_fiber(void **fake, const void *bottom, size_t size);
WEAK void __sanitizer_finish_switch_fiber(void *fake, const void **bottom, size_t *size);
WEAK void __asan_unpoison_memory_region(const volatile void *memory, size_t size);
WEAK void *__tsan_get_current_fiber(void);
WEAK void *__tsan_create_fiber(unsigned flags);
WEAK void __tsan_destroy_fiber(void *fiber);
WEAK void __tsan_switch_to_fiber(void *fiber, unsigned flags);

int stack_watched;

/* The thread sanitizer keeps a stack of calls for each fiber: this one would be entered on one and
 * left on another. */
#if __has_attribute(disable_sanitizer_instrumentation)
__attribute__((disable_sanitizer_instrumentation))
#endif
void stack_leaves(stack_context *from, stack_context *to, int for_ever) {
  if (__sanitizer_start_switch_fiber != NULL)
    __sanitizer_start_switch_fiber(for_ever ? NULL : &from->fake, to->bottom, to->size);
  if (__tsan_switch_to_fiber != NULL) {
    /* A loop may be turned on another stack than the last time. */
    from->thread = __tsan_get_current_fiber();
    if (to->thread == NULL) to->thread = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(to->thread, 0);
  }
}

void stack_arrived(stack_context *here, stack_context *from) {
  /* This is how one learns of the stack of who was not made here. */
  if (__sanitizer_finish_switch_fiber != NULL)
    __sanitizer_finish_switch_fiber(here->fake, &from->bottom, &from->size);
}

/* The first that runs on a stack: what to run lies right above it. */
typedef struct beginning {
  void (*run)(stack_context *);
} beginning;

static void enter(stack_transfer came) {
  stack_context *from = came.data;
  stack_context *here = from->to;
  from->at = came.context;
  if (__builtin_expect(stack_watched, 0)) stack_arrived(here, from);
  ((beginning *)here - 1)->run(here);
  abort();
}

void stack_begin(stack_context *context, void *bottom, void (*run)(stack_context *)) {
  stack_watched = __sanitizer_start_switch_fiber != NULL || __tsan_switch_to_fiber != NULL;
  beginning *first = (beginning *)context - 1;
  first->run = run;
  char *top = (char *)((uintptr_t)first & ~(uintptr_t)15);
  memset(context, 0, sizeof *context);
  context->bottom = bottom;
  context->size = (size_t)(top - (char *)bottom);
  context->at = make_fcontext(top, context->size, enter);
}

_Noreturn void stack_leave(stack_context *from, stack_context *to) {
  from->to = to;
  if (__builtin_expect(stack_watched, 0)) stack_leaves(from, to, 1);
  jump_fcontext(to->at, from);
  abort();
}

void stack_forget(stack_context *context) {
  if (context->thread != NULL) __tsan_destroy_fiber(context->thread);
}

void *stack_map(size_t bytes) {
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

void stack_unmap(void *memory, size_t bytes) {
  if (__asan_unpoison_memory_region != NULL) __asan_unpoison_memory_region(memory, bytes);
  munmap(memory, bytes);
}

void stack_clear(void *memory, size_t bytes) { madvise(memory, bytes, MADV_DONTNEED); }

/* Guard regions are tried once, unless the environment says otherwise. */
static int has_guard_regions(void *page) {
  static int known;
  int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (answer == 0) {
    const char *wanted = getenv("ROOST_STACK_GUARDS");
    int is_off = wanted != NULL && strcmp(wanted, "mprotect") == 0;
    answer = !is_off && madvise(page, STACK_PAGE, MADV_GUARD_INSTALL) == 0 ? 1 : -1;
    __atomic_store_n(&known, answer, __ATOMIC_RELAXED);
  }
  return answer > 0;
}

int stack_make(void *bottom, size_t size) {
  if (has_guard_regions(bottom)) {
    if (madvise(bottom, STACK_PAGE, MADV_GUARD_INSTALL) != 0) return -1;
  } else if (mprotect(bottom, STACK_PAGE, PROT_NONE) != 0) {
    return -1;
  }
  (void)VALGRIND_STACK_REGISTER((char *)bottom + STACK_PAGE, (char *)bottom + size - 1);
  return 0;
}
