/* The bytes of a program, and the arguments that they stand for: good ones mostly, and now and then
 * what no program should pass. */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <roost.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* libFuzzer keeps the program that ends so. */
#define CHECK(condition, ...)                                                                      \
  do {                                                                                             \
    if (condition) break;                                                                          \
    fprintf(stderr, __VA_ARGS__);                                                                  \
    fputc('\n', stderr);                                                                           \
    abort();                                                                                       \
  } while (0)

static const uint8_t *bytes;
static size_t bytes_left; /* none: nothing new begins, and what is asked answers 0 */

static int byte(void) { return bytes_left == 0 ? 0 : (bytes_left--, *bytes++); }
static int below(size_t n) { return byte() % (int)n; }
static int odd(void) { return byte() > 245; }

static uint64_t any_number(void) {
  static const uint64_t few[] = {0, 1, 2, 3, 7, ROOST_FOREVER, UINT64_MAX, (uint64_t)1 << 63};
  if (!odd()) return few[below(COUNT(few))];
  uint64_t number = 0;
  for (int i = 0; i < 8; i++) number = number << 8 | (uint64_t)byte();
  return number;
}

static int any_code(void) {
  static const int few[] = {
      0, ROOST_ECANCELED, ROOST_EIO, 7, ROOST_PENDING, ROOST_ETIMEDOUT, INT32_MIN, INT32_MAX};
  return few[below(COUNT(few))];
}

static int64_t any_length(void) {
  static const int64_t few[] = {0, ROOST_SECOND, 3 * ROOST_SECOND, ROOST_NOW, ROOST_FOREVER,
                                1, INT64_MIN,    ROOST_FOREVER - 1};
  return odd() ? (int64_t)any_number() : few[below(COUNT(few))];
}

static uint64_t any_flag(void) { return odd() ? any_number() : byte() & 1; }

static const char *any_text(void) {
  static const char *const few[] = {
      NULL,
      "",
      "a",
      "b",
      "\x80\x80\x80",
      "\"\\\n\t\x01<&>%s",
      "cut inside of a character, which is left out whole, is this: é",
      "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"};
  return few[below(COUNT(few))];
}

/* Handles, by what they name; of each kind the latest. */
enum { HANDLES = 32 };

typedef struct pool {
  uint64_t id[HANDLES];
  size_t count;
} pool;

static pool runtimes, nodes, tasks, groups, waits, cleanups;
static pool events, limiters, locks, conditions, channels;
static pool *const pools[] = {&nodes,  &tasks,    &groups, &waits,      &cleanups, &runtimes,
                              &events, &limiters, &locks,  &conditions, &channels};

static void keep(pool *in, uint64_t id) {
  if (id != 0) in->id[in->count++ % HANDLES] = id;
}

static void keep_node(pool *in, uint64_t id) {
  keep(&nodes, id);
  keep(in, id);
}

static uint64_t latest(const pool *from, size_t back) {
  size_t count = from->count < HANDLES ? from->count : HANDLES;
  return count == 0 ? 0 : from->id[(from->count - 1 - back % count) % HANDLES];
}

static uint64_t any(const pool *from) {
  int back = byte();
  if (back <= 240) return latest(from, (size_t)back);
  switch (back) {
  case 241: return 0;
  case 242: return UINT64_MAX;
  case 243: return latest(from, 0) ^ (uint64_t)1 << below(64);
  case 244: return any_number();
  default: return latest(pools[below(COUNT(pools))], 0);
  }
}

static roost_node any_node(void) { return (roost_node){any(&nodes)}; }
static roost_task any_task(void) { return (roost_task){any(&tasks)}; }
static roost_group any_group(void) { return (roost_group){any(&groups)}; }
static roost_runtime any_runtime(void) { return (roost_runtime){any(&runtimes)}; }

/* A copy of a struct that begins with its size, as a caller of another version has it: in memory of
 * just that size. */
static void *sized(const void *whole, size_t known, int *is_whole) {
  const uint64_t sizes[] = {0, 7, 8, 12, known - 8, known + 8, 4096, UINT64_MAX};
  uint64_t size = odd() ? sizes[below(COUNT(sizes))] : known;
  size_t room = size >= 8 && size <= 4096 ? size : 8;
  char *copy = calloc(1, room);
  memcpy(copy, whole, room < known ? room : known);
  memcpy(copy, &size, sizeof size);
  if (room > known) copy[room - 1] = (char)(byte() & 1);
  *is_whole = size == known;
  return copy;
}

#endif
