/* The works on bare boost.context, as far as it has a part in them: no tasks, no loop, no errors,
 * and stacks without guards. It is the least that can be done on stacks of their own. */
#include "bench.h"

#include <stdlib.h>
#include <sys/mman.h>

#define STACK (64 * 1024)

/* What boost.context has for C, of which it installs no header. */
typedef void *context;
typedef struct transfer {
  context from; /* who has jumped here */
  void *data;
} transfer;
context make_fcontext(void *top, size_t size, void (*fn)(transfer));
transfer jump_fcontext(context to, void *data);

static char *stacks;
static context *contexts; /* those that wait, in the order of their stacks */
static long count;

static void open_nothing(void) {}

static void begin(long n, void (*fn)(transfer)) {
  count = n;
  contexts = allocate((unsigned long)n * sizeof *contexts);
  stacks = mmap(NULL, (size_t)n * STACK, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stacks == MAP_FAILED) check(-1, "mmap");
  for (long i = 0; i < n; i++) contexts[i] = make_fcontext(stacks + (i + 1) * STACK, STACK, fn);
}

static void end(void) {
  free(contexts);
  munmap(stacks, (size_t)count * STACK);
}

/* ---- Contexts that end where they begin ---- */

static void complete(transfer here) { jump_fcontext(here.from, NULL); }

static void spawn(const struct load *load) {
  begin(1, complete);
  watch_start();
  for (long i = 0; i < load->n; i++)
    jump_fcontext(make_fcontext(stacks + STACK, STACK, complete), NULL);
  watch_stop(0);
  end();
}

/* ---- Contexts that wait ---- */

static void wait_once(transfer here) {
  here = jump_fcontext(here.from, NULL);
  jump_fcontext(here.from, NULL);
}

static void visit_all(void) {
  for (long i = 0; i < count; i++) contexts[i] = jump_fcontext(contexts[i], NULL).from;
}

static void cancel(const struct load *load) {
  begin(load->n, wait_once);
  visit_all();
  watch_start();
  visit_all();
  watch_stop(0);
  end();
}

static void hold(const struct load *load) {
  watch_start();
  begin(load->n, wait_once);
  visit_all();
  watch_stop(0);
  end();
}

/* ---- Contexts that take turns ---- */

static long rounds;
static context back;

/* Whoever is jumped to notes where the one before it waits. In the first round all are begun. */
static void take_turns(transfer here) {
  long me = (long)here.data;
  long after = me + 1 == count ? 0 : me + 1;
  context *before = &contexts[(me == 0 ? count : me) - 1];
  *(me == 0 ? &back : before) = here.from;
  *before = jump_fcontext(contexts[after], (void *)after).from;
  if (me == 0) watch_start();
  for (long i = 0; i < rounds; i++) *before = jump_fcontext(contexts[after], NULL).from;
  watch_stop(0);
  jump_fcontext(back, NULL);
}

static void switch_all(const struct load *load) {
  rounds = load->n / load->fibers;
  begin(load->fibers, take_turns);
  jump_fcontext(contexts[0], NULL);
  end();
}

const struct contender jumps = {
    "boost",
    "/boost",
    open_nothing,
    {[SPAWN] = spawn, [CANCEL] = cancel, [HOLD] = hold, [SWITCH] = switch_all},
};
