/* The works on Roost. */
#include "bench.h"

#include <roost.h>
#include <stdlib.h>

static roost_runtime runtime;
static roost_group rest;
static roost_group leaf;
static long starting;
static const struct load *load;
static bool holding; /* what is measured is having blocked tasks, not cancelling them */

static void forget(const char *text, uint64_t length, void *data) {
  (void)text;
  (void)length;
  (void)data;
}

static void open_runtime(void) {
  int64_t never = watched == REPORTS ? HOUR_NS : 0;
  CHECK(roost_runtime_open(ROOST_RUNTIME(.stall_ns = never, .step_ns = never), &runtime));
  if (watched == TRACE) CHECK(roost_trace_start(runtime, forget, NULL, NULL));
}

static roost_group open_group(roost_node parent) {
  roost_group group;
  CHECK(roost_group_open(parent, NULL, &group));
  return group;
}

/* ---- Tasks that end in their first step ---- */

static int complete(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  watch_stop(0);
  check((int)result->code, "the group");
}

static void spawn(const struct load *given) {
  watch_start();
  roost_group group = open_group(roost_root(runtime));
  for (long i = 0; i < given->n; i++)
    CHECK(roost_spawn(group, ROOST_TASK(.start = complete), NULL));
  CHECK(roost_join(group, 0, joined, NULL, NULL));
  CHECK(roost_run(runtime));
}

/* ---- Blocked tasks ---- */

static int stop(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

static int clean(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

static void leaf_joined(roost_node node, const roost_result *result, void *data) {
  if (!holding) joined(node, result, data);
  CHECK(roost_cancel(rest, NULL));
}

static void all_blocked(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  check(rc, "the wait");
  if (holding)
    watch_stop(0);
  else
    watch_start();
  CHECK(roost_cancel(leaf, NULL));
}

static int block(roost_task self, void *data) {
  (void)data;
  if (load->cleanup) CHECK(roost_defer(self, clean, NULL, NULL));
  if (--starting == 0) CHECK(roost_after(rest, 0, all_blocked, NULL, NULL, NULL));
  return ROOST_PENDING;
}

static void fill(roost_group group, long n) {
  for (long i = 0; i < n; i++)
    CHECK(roost_spawn(group, ROOST_TASK(.start = block, .on_cancel = stop), NULL));
}

/* The group that counts lies in the one that holds the rest. */
static void run_blocked(const struct load *given, bool hold) {
  load = given;
  holding = hold;
  starting = given->n + given->rest;
  if (holding) watch_start();
  rest = open_group(roost_root(runtime));
  fill(rest, given->rest);
  leaf = open_group(rest);
  fill(leaf, given->n);
  CHECK(roost_join(leaf, 0, leaf_joined, NULL, NULL));
  CHECK(roost_join(rest, 0, NULL, NULL, NULL));
  CHECK(roost_run(runtime));
}

static void cancel(const struct load *given) { run_blocked(given, false); }

static void hold(const struct load *given) { run_blocked(given, true); }

/* ---- Waits ---- */

static void told(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  if (rc != ROOST_ECANCELED) check(-1, "the end of a wait");
}

static void wait(const struct load *given) {
  roost_group group = open_group(roost_root(runtime));
  watch_start();
  for (long i = 0; i < given->n; i++) CHECK(roost_after(group, HOUR_NS, told, NULL, NULL, NULL));
  CHECK(roost_cancel(group, NULL));
  CHECK(roost_run(runtime));
  watch_stop(0);
  CHECK(roost_join(group, 0, NULL, NULL, NULL));
  CHECK(roost_run(runtime));
}

/* ---- Deadlines ---- */

static void deadline(const struct load *given) {
  roost_scope *scopes = allocate((unsigned long)given->n * sizeof *scopes);
  roost_group group = open_group(roost_root(runtime));
  for (long i = 0; i < given->n; i++) CHECK(roost_scope_open(group, NULL, &scopes[i]));
  uint64_t start = roost_now(runtime) + HOUR_NS;

  watch_start();
  for (long i = 0; i < given->n; i++)
    CHECK(roost_set_deadline(scopes[i], start + random_below(HOUR_NS)));
  for (long i = 0; i < given->n; i++) CHECK(roost_set_deadline(scopes[i], ROOST_FOREVER));
  watch_stop(0);

  CHECK(roost_join(group, 0, NULL, NULL, NULL));
  CHECK(roost_run(runtime));
  free(scopes);
}

/* ---- A chain of scopes ---- */

static void chain_closed(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  watch_stop(2);
  check((int)result->code, "the chain");
}

static void chain(const struct load *given) {
  watch_start();
  roost_scope outermost;
  CHECK(roost_scope_open(roost_root(runtime), NULL, &outermost));
  roost_scope innermost = outermost;
  for (long i = 1; i < given->n; i++) CHECK(roost_scope_open(innermost, NULL, &innermost));
  watch_stop(0);

  watch_start();
  CHECK(roost_cancel(outermost, NULL));
  watch_stop(1);

  watch_start();
  CHECK(roost_join(outermost, 0, chain_closed, NULL, NULL));
  CHECK(roost_run(runtime));
}

const struct contender roost = {
    "roost",
    NULL,
    open_runtime,
    {[SPAWN] = spawn,
     [CANCEL] = cancel,
     [HOLD] = hold,
     [DEADLINE] = deadline,
     [CHAIN] = chain,
     [WAIT] = wait},
};
