/* What the contenders share: the works that they are measured at, and the stopwatch. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define HOUR_NS INT64_C(3600000000000)
#define HOUR_MS INT64_C(3600000)

/* How much of a work is to be done. `rest` tasks stand by, blocked, while it is done. */
struct load {
  long n;
  long rest;
  bool cleanup; /* each blocked task has one */
  long fibers;  /* so many take turns */
  long room;    /* in the channel */
};

enum work {
  SPAWN,    /* spawn n tasks that end in their first step, and run until all are joined */
  CANCEL,   /* cancel n blocked tasks, until all are cleaned up and joined */
  DEADLINE, /* arm n deadlines at random, then cancel them in the order in which they were armed */
  CHAIN,    /* nest n scopes, in three laps: open all, cancel the outermost, close all */
  WAIT,     /* begin n waits for a far time, and cancel them, until each has been told */
  HOLD,     /* have n blocked tasks */
  SWITCH,   /* switch n times between fibers, each to the next */
  SLEEP,    /* sleep n times in fibers, for the shortest time */
  SEND,     /* send n items from one fiber to another */
  WORKS
};

#define LAPS 3

/* Each work begins and ends with nothing alive, and calls the stopwatch around what counts. A
 * contender need not do all. */
struct contender {
  const char *name;
  const char *ratio; /* the head of a column: Roost's figure as a part of this one's */
  void (*open)(void);
  void (*work[WORKS])(const struct load *load);
};

extern const struct contender roost, timers, list, fibers, jumps;

#define CONTENDERS 5
extern const struct contender *const contenders[CONTENDERS];

/* Notes the beginning, and then what was used since for a lap, by a gauge: of time, or of memory,
 * to which the tables of pages belong. */
extern uint64_t (*gauge)(void);
uint64_t nanoseconds(void);
uint64_t resident_bytes(void);
void watch_start(void);
void watch_stop(int lap);

/* What is watched of Roost's runtime: nothing, that no step is long and no end late, or all. */
extern enum watch { UNWATCHED, REPORTS, TRACE } watched;

/* Whether callgrind counts the instructions between start and stop. */
extern bool counting;

/* Does a work once, and answers what it used in each lap, per task. */
void measure(int contender, enum work work, const struct load *load, double per_task[LAPS]);

/* A number from 0 up to the end; the same sequence in each measurement. */
uint64_t random_below(uint64_t end);

/* Sorts the values, and answers the one in the middle. */
double median(double *values, int count);

/* The word for a goal that was reached, or not. */
const char *reached(bool goal);

/* Prints the lines for what passes between threads, for a trace, and for the echo servers, and
 * notes what becomes of their goals. */
void bench_threads(FILE *goals);
void bench_trace(FILE *goals);
void bench_echo(FILE *goals);

/* Ends the program unless an answer is a success. */
#define CHECK(call) check((call), #call)
void check(int64_t rc, const char *call);

/* Memory, or the end of the program. */
void *allocate(unsigned long size);

#endif
