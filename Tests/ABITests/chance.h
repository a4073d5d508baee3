/* What random programs share: a program follows from its seed, which a failed check names. */
#ifndef CHANCE_H
#define CHANCE_H

#include "support.h"

#include <stdio.h>

static uint64_t seed;

#define CHECK(condition, ...)                                                                      \
  do {                                                                                             \
    if (condition) break;                                                                          \
    fprintf(stderr, "seed %d: ", (int)seed);                                                       \
    fprintf(stderr, __VA_ARGS__);                                                                  \
    fputc('\n', stderr);                                                                           \
    fail();                                                                                        \
  } while (0)

/* Chance: xorshift, begun with the seed. */
static uint64_t chance;

static uint64_t draw(void) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return chance;
}
static int upto(int n) { return (int)((draw() >> 20) % (uint64_t)n); }
static int one_in(int n) { return upto(n) == 0; }

#endif
