/* What comes from another thread, and what goes to one, beside the same on bare libuv. Both use the
 * same loop and the same other thread, take turns, round after round, and their medians are
 * printed; the first rounds count for nothing. */
#include "bench.h"

#include <roost.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

static uv_loop_t loop;
static roost_runtime runtime;
static uv_async_t bell; /* what bare libuv is woken by; it keeps the loop going where it must */
static void (*on_bell)(void);

static void rung(uv_async_t *handle) {
  (void)handle;
  on_bell();
}

/* ---- The other thread ---- */

static uv_sem_t ordered;
static uv_sem_t done;
static void (*job)(void);

static void work_off(void *data) {
  (void)data;
  for (uv_sem_wait(&ordered); job; uv_sem_wait(&ordered)) {
    job();
    uv_sem_post(&done);
  }
}

static void order(void (*what)(void)) {
  job = what;
  uv_sem_post(&ordered);
}

/* ---- A wake-up ---- */

#define FALLS_ASLEEP_NS 50000

static roost_task blocked;
static _Atomic uint64_t asked;
static uint64_t took;

/* Gives the loop the time to go to sleep. */
static void note_asked(void) {
  uint64_t until = nanoseconds() + FALLS_ASLEEP_NS;
  while (nanoseconds() < until) continue;
  asked = nanoseconds();
}

static void cancel_it(void) {
  note_asked();
  CHECK(roost_cancel(blocked, NULL));
}

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
  took = nanoseconds() - asked;
  return 0;
}

static int block(roost_task self, void *data) {
  (void)data;
  CHECK(roost_defer(self, clean, NULL, NULL));
  blocked = self;
  return ROOST_PENDING;
}

static double cancelled(long n) {
  (void)n;
  blocked.id = 0;
  CHECK(roost_spawn(roost_root(runtime), ROOST_TASK(.start = block, .on_cancel = stop), NULL));
  while (blocked.id == 0) uv_run(&loop, UV_RUN_NOWAIT);
  order(cancel_it);
  uv_run(&loop, UV_RUN_DEFAULT); /* until the task has gone */
  uv_sem_wait(&done);
  return (double)took;
}

static void ring(void) {
  note_asked();
  CHECK(uv_async_send(&bell));
}

static void awake(void) {
  took = nanoseconds() - asked;
  uv_unref((uv_handle_t *)&bell);
}

static double woken(long n) {
  (void)n;
  on_bell = awake;
  uv_ref((uv_handle_t *)&bell);
  uv_run(&loop, UV_RUN_NOWAIT);
  order(ring);
  uv_run(&loop, UV_RUN_DEFAULT); /* until the bell has rung */
  uv_sem_wait(&done);
  return (double)took;
}

/* ---- Functions for the loop's thread ---- */

#define BACKLOG 10000 /* so many are under way at most: memory is bounded */

static long to_post;
static atomic_long called;

static void count_call(void) {
  long now = atomic_load_explicit(&called, memory_order_relaxed) + 1;
  atomic_store_explicit(&called, now, memory_order_relaxed);
  if (now == to_post) uv_unref((uv_handle_t *)&bell);
}

static void post_all(void (*post)(void)) {
  for (long i = 0; i < to_post; i++) {
    while (i - atomic_load_explicit(&called, memory_order_relaxed) >= BACKLOG) sched_yield();
    post();
  }
}

/* A backlog and no more is posted before any of it is called: after that nobody needs more memory.
 */
static double run_posts(long n, void (*what)(void)) {
  bool held = n == BACKLOG;
  to_post = n;
  called = 0;
  uv_ref((uv_handle_t *)&bell);
  uint64_t begun = nanoseconds();
  order(what);
  if (held) uv_sem_wait(&done);
  uv_run(&loop, UV_RUN_DEFAULT); /* until all were called */
  double each = (double)(nanoseconds() - begun) / (double)n;
  if (!held) uv_sem_wait(&done);
  return each;
}

static void posted(roost_runtime of, void *data) {
  (void)of;
  (void)data;
  count_call();
}

static void post(void) { CHECK(roost_post(runtime, posted, NULL, NULL)); }

static void post_ours(void) { post_all(post); }

static double posts(long n) { return run_posts(n, post_ours); }

/* A queue as one writes it by hand. */

struct entry {
  struct entry *next;
  void (*fn)(void *data);
  void *data;
};

static uv_mutex_t mutex;
static struct entry *first;
static struct entry **end = &first;

static void queued(void *data) {
  (void)data;
  count_call();
}

static void enqueue(void) {
  struct entry *entry = allocate(sizeof *entry);
  *entry = (struct entry){NULL, queued, NULL};
  uv_mutex_lock(&mutex);
  bool was_empty = first == NULL;
  *end = entry;
  end = &entry->next;
  uv_mutex_unlock(&mutex);
  if (was_empty) CHECK(uv_async_send(&bell));
}

static void call_queued(void) {
  uv_mutex_lock(&mutex);
  struct entry *entry = first;
  first = NULL;
  end = &first;
  uv_mutex_unlock(&mutex);
  while (entry) {
    struct entry *next = entry->next;
    entry->fn(entry->data);
    free(entry);
    entry = next;
  }
}

static void post_queued(void) { post_all(enqueue); }

static double queue_posts(long n) {
  on_bell = call_queued;
  return run_posts(n, post_queued);
}

/* What the process has in memory that is not read from files. Exact, as statm is not; but reading
 * it may itself need a page the first time. */
static long memory_kilobytes(void) {
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  char line[128];
  long kilobytes = -1;
  while (file && kilobytes < 0 && fgets(line, sizeof line, file))
    if (sscanf(line, "Anonymous: %ld", &kilobytes) != 1) kilobytes = -1;
  check(kilobytes, "/proc/self/smaps_rollup");
  fclose(file);
  return kilobytes;
}

/* ---- Work for the pool ---- */

static int do_nothing(roost_task self, void *data, void **result) {
  (void)self;
  (void)data;
  (void)result;
  return 0;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)data;
  check((int)result->code, "the group");
}

static double block_tasks(long n) {
  uint64_t begun = nanoseconds();
  roost_group group;
  CHECK(roost_group_open(roost_root(runtime), NULL, &group));
  for (long i = 0; i < n; i++)
    CHECK(roost_spawn_blocking(group, ROOST_BLOCKING(.work = do_nothing), NULL));
  CHECK(roost_join(group, 0, joined, NULL, NULL));
  uv_run(&loop, UV_RUN_DEFAULT);
  return (double)(nanoseconds() - begun) / (double)n;
}

static void work_nothing(uv_work_t *work) { (void)work; }

static void worked(uv_work_t *work, int rc) {
  check(rc, "the work");
  free(work);
}

static double queue_works(long n) {
  uint64_t begun = nanoseconds();
  for (long i = 0; i < n; i++) {
    uv_work_t *work = allocate(sizeof *work);
    CHECK(uv_queue_work(&loop, work, work_nothing, worked));
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  return (double)(nanoseconds() - begun) / (double)n;
}

/* ---- The table ---- */

#define MOST_ROUNDS 2001

struct row {
  const char *name;
  const char *beside;
  double (*ours)(long n);
  double (*libuv)(long n);
  long n;
  int first; /* so many rounds are left out */
  int rounds;
};

static void measure_row(const struct row *row, double *ours, double *libuv) {
  static double values[2][MOST_ROUNDS];
  for (int round = -row->first; round < row->rounds; round++) {
    double a = row->ours(row->n);
    double b = row->libuv(row->n);
    if (round >= 0) {
      values[0][round] = a;
      values[1][round] = b;
    }
  }
  *ours = median(values[0], row->rounds);
  *libuv = median(values[1], row->rounds);
  printf("%-38s %9ld %9.1f %9.1f %7.2f  %s\n", row->name, row->n, *ours, *libuv, *ours / *libuv,
         row->beside);
}

static const struct row wake = {
    .name = "cancel by a thread, until cleanup, ns",
    .beside = "uv_async_send, until its callback",
    .ours = cancelled,
    .libuv = woken,
    .n = 1,
    .first = 200,
    .rounds = MOST_ROUNDS,
};

static const struct row calls = {
    .name = "post by a thread, ns",
    .beside = "a queue with a mutex, and uv_async_send",
    .ours = posts,
    .libuv = queue_posts,
    .n = 1000000,
    .first = 1,
    .rounds = 5,
};

static const struct row pool = {
    .name = "blocking task: spawn + run + join, ns",
    .beside = "uv_queue_work of an allocated request",
    .ours = block_tasks,
    .libuv = queue_works,
    .n = 10000,
    .first = 3,
    .rounds = 31,
};

void bench_threads(FILE *goals) {
  uv_thread_t other;
  double ours;
  double libuv;

  CHECK(uv_loop_init(&loop));
  CHECK(roost_runtime_open(ROOST_RUNTIME(.loop = &loop), &runtime));
  CHECK(uv_async_init(&loop, &bell, rung));
  uv_unref((uv_handle_t *)&bell);
  CHECK(uv_mutex_init(&mutex));
  CHECK(uv_sem_init(&ordered, 0));
  CHECK(uv_sem_init(&done, 0));
  CHECK(uv_thread_create(&other, work_off, NULL));

  printf("\n%-38s %9s %9s %9s %7s\n", "", "n", "roost", "libuv", "/libuv");
  measure_row(&wake, &ours, &libuv);
  fprintf(goals, "%-8s %s: %.2f of uv_async_send, goal at most 1.2\n", reached(ours <= 1.2 * libuv),
          wake.name, ours / libuv);

  posts(BACKLOG);
  queue_posts(BACKLOG);
  measure_row(&calls, &ours, &libuv);
  fprintf(goals, "%-8s %s: %.0f a second, goal at least 1000000\n", reached(ours <= 1000),
          calls.name, 1e9 / ours);
  memory_kilobytes();
  long before = memory_kilobytes();
  posts(calls.n);
  long after = memory_kilobytes();
  fprintf(goals, "%-8s %s: %ld kB before and %ld kB after another %ld, goal the same\n",
          reached(after <= before), calls.name, before, after, calls.n);
  measure_row(&pool, &ours, &libuv);

  order(NULL);
  CHECK(uv_thread_join(&other));
  CHECK(roost_close(runtime, 0, NULL, NULL, NULL));
  uv_close((uv_handle_t *)&bell, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop));
}
