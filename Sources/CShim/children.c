/* Signals and child processes. */
#define _GNU_SOURCE
#include "CShim.h"

#include <errno.h>
#include <sys/wait.h>

/* Owner: who holds the lock. */
static struct {
  uint64_t waiting;
  struct sigaction before;
  int is_libuvs; /* the program had libuv catch it before: it is libuv's to put back */
  int inherited; /* waited for when this process was forked: libuv believes that it still is */
} signals[SHIM_SIGNALS];
static struct sigaction libuvs; /* how libuv catches one */
static sigset_t unblocked;

void shim_signal_begin(int signum) {
  shim_lock();
  if (signals[signum].waiting == 0) sigaction(signum, NULL, &signals[signum].before);
}

void shim_signal_begun(int signum, int code) {
  if (code == 0 && signals[signum].waiting++ == 0) {
    struct sigaction now;
    sigaction(signum, NULL, &now);
    int is_old = now.sa_handler == signals[signum].before.sa_handler;
    int is_missing = is_old && signals[signum].inherited && now.sa_handler != libuvs.sa_handler;
    if (is_missing) sigaction(signum, &libuvs, NULL);
    if (!is_old) libuvs = now; /* the same for every signal and for ever */
    signals[signum].is_libuvs = is_old && !is_missing;
  }
  shim_unlock();
}

void shim_signals_forked(void) {
  for (int signum = 1; signum < SHIM_SIGNALS; signum++) {
    if (signals[signum].waiting == 0) continue;
    if (!signals[signum].is_libuvs) sigaction(signum, &signals[signum].before, NULL);
    signals[signum].waiting = 0;
    signals[signum].inherited = 1;
  }
}

/* Blocked, so that this thread does not meet libuv's default in between; others may. */
void shim_signal_end(int signum) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signum);
  shim_lock();
  pthread_sigmask(SIG_BLOCK, &one, &unblocked);
}

void shim_signal_ended(int signum) {
  if (--signals[signum].waiting == 0 && !signals[signum].is_libuvs) {
    struct sigaction now;
    sigaction(signum, NULL, &now);
    /* Else the program has it caught by libuv still. */
    if (now.sa_handler == SIG_DFL || signals[signum].inherited)
      sigaction(signum, &signals[signum].before, NULL);
  }
  pthread_sigmask(SIG_SETMASK, &unblocked, NULL);
  shim_unlock();
}

int shim_signal_is_fault(int signum) {
  return signum == SIGSEGV || signum == SIGBUS || signum == SIGFPE || signum == SIGILL;
}

int shim_child_state(int pid) {
  siginfo_t info = {0};
  if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    return errno == ECHILD ? SHIM_CHILD_GONE : SHIM_CHILD_RUNS;
  }
  return info.si_pid == 0 ? SHIM_CHILD_RUNS : SHIM_CHILD_ENDED;
}
