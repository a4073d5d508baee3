/* The stacks of fibers: their memory, and the jump from one to another by boost.context. */
#ifndef ROOST_CSTACK_H
#define ROOST_CSTACK_H

#include <stddef.h>
#include <stdint.h>

#define STACK __attribute__((visibility("hidden")))

#pragma clang assume_nonnull begin

/* Where something that does not run now will go on: a fiber, or who has entered the first one. */
typedef struct stack_context {
  void *_Nullable at;
  struct stack_context *_Nullable to; /* while it jumps: where to */
  /* For the sanitizers: where its stack is, and what they keep of it. */
  const void *_Nullable bottom;
  size_t size;
  void *_Nullable fake;
  void *_Nullable thread;
} stack_context;

typedef struct stack_transfer {
  void *_Nullable context;
  void *_Nullable data;
} stack_transfer;

/* Of boost.context, in assembly: 1.74 and later have them under these names. */
extern stack_transfer jump_fcontext(void *_Nullable to, void *_Nullable data);
extern void *make_fcontext(void *top, size_t size, void (*entry)(stack_transfer));

/* Whether a sanitizer wants to be told of every switch. */
extern STACK int stack_watched;
static inline int stack_is_watched(void) { return stack_watched; }
STACK void stack_leaves(stack_context *from, stack_context *to, int for_ever);
STACK void stack_arrived(stack_context *here, stack_context *from);

/* The jump comes back by a jump and not by a return. Where it is called, the processor expects a
 * return too many from then on, and takes each of those that follow for another: so it is jumped
 * to. */
static inline stack_transfer stack_jump(void *_Nullable to, void *_Nullable data) {
#ifdef __x86_64__
  stack_transfer came;
  __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
                   "leaq 1f(%%rip), %%rcx\n\t"
                   "pushq %%rcx\n\t"
                   "jmp jump_fcontext\n"
                   "1:\tleaq 128(%%rsp), %%rsp"
                   : "=a"(came.context), "=d"(came.data), "+D"(to), "+S"(data)
                   :
                   : "rcx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
                     "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
                     "xmm14", "xmm15", "memory", "cc");
  return came;
#else
  return jump_fcontext(to, data);
#endif
}

/* Goes on at `to`; returns when somebody goes on at `from`. */
static inline void stack_switch(stack_context *from, stack_context *to) {
  from->to = to;
  if (__builtin_expect(stack_watched, 0)) stack_leaves(from, to, 0);
  stack_transfer came = stack_jump(to->at, from);
  stack_context *back = (stack_context *)came.data;
  back->at = came.context;
  if (__builtin_expect(stack_watched, 0)) stack_arrived(from, back);
}

/* Has the processor fetch what is used first when a context is gone on with. */
static inline void stack_warm(const stack_context *context) {
  const char *top = (const char *)context;
  __builtin_prefetch(top);
  __builtin_prefetch(top + 64);
  for (int i = 1; i <= 8; i++) __builtin_prefetch(top - 64 * i);
}

/* The same, of one whose frames may lie far below its record. */
static inline void stack_warm_frames(const stack_context *context) {
  const char *at = (const char *)context->at;
  __builtin_prefetch((const char *)context + 64);
  for (int i = 0; i < 8; i++) __builtin_prefetch(at + 64 * i);
}

/* A context that calls `run` with itself when it is first switched to, on the stack that lies from
 * `bottom` to itself. */
STACK void stack_begin(stack_context *context, void *bottom,
                       void (*run)(stack_context *_Nonnull context));

/* The last switch of a context, which is never gone on with: it wants nothing more. */
STACK _Noreturn void stack_leave(stack_context *from, stack_context *to);
/* A context that has left, or was never gone on with, goes. */
STACK void stack_forget(stack_context *context);

/* Memory for stacks by the page, which is used as it is touched; NULL without addresses. */
STACK void *_Nullable stack_map(size_t bytes);
STACK void stack_unmap(void *memory, size_t bytes);
/* Gives the memory of what lies there back; it is zero when it is next touched. */
STACK void stack_clear(void *memory, size_t bytes);
/* Makes a stack of memory: its lowest page becomes one that nobody can touch. 0, or -1 where the
 * system has no room for that (vm.max_map_count). */
STACK int stack_make(void *bottom, size_t size);

enum { STACK_PAGE = 4096 };

/* For checked builds: a fault in the guard of the stack that runs says so on stderr, with the name
 * that `name` gives of it, before it ends the process. `running` is what runs on this thread, NULL
 * for none. Where the program, or a sanitizer, handles faults itself, nothing is done. */
typedef const stack_context *_Nullable (*_Nonnull stack_running)(void);
typedef const char *_Nonnull (*_Nonnull stack_name)(const stack_context *_Nonnull running);
STACK void stack_watch_overflows(stack_running running, stack_name name);

#pragma clang assume_nonnull end

#endif /* ROOST_CSTACK_H */
