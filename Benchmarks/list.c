/* The works on a bare doubly linked list of allocated records: the least that a program can do
 * which is written by hand. It has no loop, no errors, no handles, no tree, and looks at no clock.
 */
#include "bench.h"

#include <stddef.h>
#include <stdlib.h>

struct task {
  struct task *prev;
  struct task *next;
  void (*run)(struct task *task);
  void (*on_cancel)(struct task *task);
  void (*cleanup)(struct task *task);
  bool cancelled;
};

struct timer {
  struct timer *prev;
  struct timer *next;
  uint64_t deadline;
};

static volatile long ran;

static void open_nothing(void) {}

static void count(struct task *task) {
  (void)task;
  ran++;
}

static void append(struct task *head, const struct load *load) {
  struct task *task = allocate(sizeof *task);
  *task = (struct task){head->prev, head, count, count, load->cleanup ? count : NULL, false};
  head->prev->next = task;
  head->prev = task;
}

static void fill(struct task *head, long n, const struct load *load) {
  head->prev = head->next = head;
  for (long i = 0; i < n; i++) append(head, load);
}

static void end(struct task *task) {
  task->prev->next = task->next;
  task->next->prev = task->prev;
  if (task->cleanup) task->cleanup(task);
  free(task);
}

static void cancel_all(struct task *head) {
  for (struct task *task = head->next; task != head; task = task->next) task->cancelled = true;
  while (head->next != head) {
    head->next->on_cancel(head->next);
    end(head->next);
  }
}

static void spawn(const struct load *load) {
  struct task head;
  watch_start();
  fill(&head, load->n, load);
  while (head.next != &head) {
    head.next->run(head.next);
    end(head.next);
  }
  watch_stop(0);
}

static void cancel(const struct load *load) {
  struct task rest;
  struct task leaf;
  fill(&rest, load->rest, load);
  fill(&leaf, load->n, load);
  watch_start();
  cancel_all(&leaf);
  watch_stop(0);
  cancel_all(&rest);
}

static void wait(const struct load *load) {
  struct task head;
  watch_start();
  fill(&head, load->n, load);
  cancel_all(&head);
  watch_stop(0);
}

static void hold(const struct load *load) {
  struct task head;
  watch_start();
  fill(&head, load->n, load);
  watch_stop(0);
  cancel_all(&head);
}

/* Unsorted: it could not tell which deadline comes next. */
static void deadline(const struct load *load) {
  struct timer head = {&head, &head, 0};
  struct timer *timers = allocate((unsigned long)load->n * sizeof *timers);
  for (long i = 0; i < load->n; i++) timers[i] = head;
  watch_start();
  for (long i = 0; i < load->n; i++) {
    timers[i] = (struct timer){head.prev, &head, random_below(HOUR_NS)};
    head.prev->next = &timers[i];
    head.prev = &timers[i];
  }
  for (long i = 0; i < load->n; i++) {
    timers[i].prev->next = timers[i].next;
    timers[i].next->prev = timers[i].prev;
  }
  watch_stop(0);
  free(timers);
}

static void chain(const struct load *load) {
  struct task head;
  watch_start();
  fill(&head, load->n, load);
  watch_stop(0);
  watch_start();
  for (struct task *task = head.next; task != &head; task = task->next) task->cancelled = true;
  watch_stop(1);
  watch_start();
  while (head.prev != &head) end(head.prev);
  watch_stop(2);
}

const struct contender list = {
    "C list",
    "/list",
    open_nothing,
    {[SPAWN] = spawn,
     [CANCEL] = cancel,
     [HOLD] = hold,
     [DEADLINE] = deadline,
     [CHAIN] = chain,
     [WAIT] = wait},
};
