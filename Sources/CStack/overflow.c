#define _GNU_SOURCE
#include "CStack.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 64 * 1024 };

static const stack_context *(*running_here)(void);
static const char *(*name_of)(const stack_context *);
static _Thread_local int is_ready __attribute__((tls_model("initial-exec")));

static void say(const char *text) {
  if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

/* On a stack of its own: the fiber's has no room left. */
static void faulted(int signum, siginfo_t *info, void *context) {
  (void)context;
  const stack_context *fiber = running_here();
  uintptr_t at = (uintptr_t)info->si_addr;
  if (fiber != NULL && at < (uintptr_t)fiber->bottom &&
      at >= (uintptr_t)fiber->bottom - STACK_PAGE) {
    const char *name = name_of(fiber);
    say("roost: the stack is too small of ");
    say(*name == 0 ? "a task without a name" : name);
    say("; give it more (stack_size)\n");
  }
  signal(signum, SIG_DFL);
  raise(signum);
}

void stack_watch_overflows(const stack_context *(*running)(void),
                           const char *(*name)(const stack_context *)) {
  if (is_ready) return;
  is_ready = 1;
  struct sigaction old, new = {.sa_sigaction = faulted, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  running_here = running;
  name_of = name;
  if (sigaction(SIGSEGV, NULL, &old) != 0) return;
  int is_ours = old.sa_sigaction == faulted;
  if (!is_ours && old.sa_handler != SIG_DFL) return;
  /* As long as the thread lives: for tests. */
  stack_t room = {.ss_sp = malloc(ROOM), .ss_size = ROOM};
  if (room.ss_sp == NULL || sigaltstack(&room, NULL) != 0) return;
  if (!is_ours) sigaction(SIGSEGV, &new, NULL);
}
