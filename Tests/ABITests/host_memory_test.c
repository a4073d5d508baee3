/* valgrind: no */
/* B4, C15: memory that runs out under a host. What is asked and cannot be had is told as ENOMEM,
 * and leaves the tree as it was; what was begun is told of its end without any more memory. */
#include "allocator.h"
#include "support.h"

#include <roost_host.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* ---------------------------------------------------------------------------------------------- */
/* Memory that runs out                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static int inside;    /* the library's code is running, not the test's */
static long asked;    /* how often it has asked for memory meanwhile */
static long fails_at; /* which of these fails; 0: none */
static int no_memory; /* all fail */

static int is_refused(void) {
  if (!inside) return 0;
  asked++;
  return no_memory || asked == fails_at;
}

/* Libuv aborts the process when it cannot grow the table of its watchers, so that never fails. */
static void *uv_realloc_never_fails(void *old, size_t size) { return __libc_realloc(old, size); }

/* ---------------------------------------------------------------------------------------------- */
/* A host                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

enum { MANY = 100, SCOPE = 1000, GROUP = 2000, CHILD = 3000, RESULT = 5000 };
enum { CLEANUP = 4050, NEAR = 3500 }; /* for keys from 4096 on there is no room at first */

static roost_ask asks[16 * MANY];
static uint64_t ask_count;
static int stages[6000], refused[6000];
static roost_event event;
static roost_channel channel;
static struct tally { int begun, children, cleanups, finished, ended, dropped; } tally;

#define ASK(...)                                                                                   \
  asks[ask_count++] = (roost_ask) { __VA_ARGS__ }
#define KEY(key) ((void *)(uintptr_t)(key))
/* Again where there was no memory for it. */
#define AGAIN(call) ((call) == ROOST_ENOMEM ? (call) : 0)

/* Asks for a part of what a task does; what is refused is seen at the checkpoint after it. */
static void ask_for(uint64_t key) {
  roost_task task = roost_host_node(rt, key);
  switch (stages[key]) {
  case 0:
    ASK(.what = ROOST_ASK_SCOPE, .key = SCOPE + key, .node = key, .value = roost_now(rt) + 1000000);
    break;
  case 1: ASK(.what = ROOST_ASK_GROUP, .key = GROUP + key, .node = key); break;
  case 2:
    ASK(.what = ROOST_ASK_SPAWN, .key = CHILD + key, .node = GROUP + key, .value = (uintptr_t) "c");
    break;
  case 3: ASK(.what = ROOST_ASK_SLEEP, .key = key, .value = roost_now(rt) + 5); return;
  case 4: ASK(.what = ROOST_ASK_EVENT, .key = key, .node = event.id); return;
  case 5: ASK(.what = ROOST_ASK_SEND, .key = key, .node = channel.id, .value = key); return;
  case 6: ASK(.what = ROOST_ASK_RECEIVE, .key = key, .node = channel.id); return;
  case 7:
    if (AGAIN(roost_defer(roost_host_node(rt, GROUP + key), roost_host_clean, KEY(CLEANUP + key),
                          NULL)) != 0)
      _exit(20);
    ASK(.what = ROOST_ASK_CLOSE, .key = key, .node = GROUP + key);
    return;
  case 8:
    ASK(.what = ROOST_ASK_CLOSE, .key = key, .node = SCOPE + key, .value = ROOST_ASK_TELL);
    return;
  case 9:
    if (AGAIN(roost_after(task, 5, roost_host_wake, KEY(key), NULL, NULL)) != 0) _exit(21);
    return;
  default:
    tally.finished++;
    ASK(.what = ROOST_ASK_FINISH, .key = key, .node = ROOST_ASK_TELL, .value = RESULT + key);
    return;
  }
  ASK(.what = ROOST_ASK_CHECKPOINT, .key = key);
}

static void hear(const roost_told *it) {
  uint64_t key = it->key;
  if (it->what == ROOST_TOLD_REFUSED) {
    if (it->code != ROOST_ENOMEM) _exit(22);
    refused[key % 1000] = 1;
  } else if (it->what == ROOST_TOLD_ENDED) {
    tally.ended++;
  } else if (it->what == ROOST_TOLD_DROPPED) {
    tally.dropped++;
  } else if (key >= CHILD) {
    *(it->what == ROOST_TOLD_CLEAN ? &tally.cleanups : &tally.children) += 1;
    ASK(.what = ROOST_ASK_FINISH, .key = key);
  } else {
    int is_poor = refused[key] || it->code == ROOST_ENOMEM;
    if (it->what == ROOST_TOLD_BEGIN)
      tally.begun++;
    else if (!is_poor)
      stages[key]++;
    refused[key] = 0;
    ask_for(key);
  }
}

/* Turns until there is nothing more. What was not taken is asked once more. */
static int64_t drive(void) {
  const roost_told *told;
  for (;;) {
    int64_t count = roost_host_turn(rt, asks, ask_count, &told);
    if (count == ROOST_ENOMEM) continue;
    ask_count = 0;
    if (count <= 0) return count;
    for (int64_t i = 0; i < count; i++) hear(&told[i]);
  }
}

static int open_all(void) {
  const roost_runtime_options *options = ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL);
  if (AGAIN(roost_runtime_open(options, &rt)) != 0) return 10;
  root = roost_root(rt);
  if (AGAIN(roost_host_open(rt, NULL)) != 0) return 11;
  if (AGAIN(roost_event_open(rt, &event)) != 0) return 12;
  if (AGAIN(roost_channel_open(rt, 10, NULL, &channel)) != 0) return 13;
  return roost_event_set(event) == 0 ? 0 : 14;
}

static void begin_anew(void) {
  memset(stages, 0, sizeof stages);
  memset(refused, 0, sizeof refused);
  tally = (struct tally){0};
  ask_count = 0;
  fails_at = 0;
}

static int play(void) {
  int rc = open_all();
  if (rc != 0) return rc;
  for (uint64_t key = 1; key <= MANY; key++) {
    ASK(.what = ROOST_ASK_SPAWN, .key = key, .value = (uintptr_t) "task");
    const roost_told *told;
    int64_t count = roost_host_submit(rt, asks, ask_count);
    ask_count = 0;
    if (count != 0) return 15;
    if (roost_host_node(rt, key).id != 0) continue;
    /* The only one that is told so far. */
    if (roost_host_turn(rt, NULL, 0, &told) < 1) return 16;
    ASK(.what = ROOST_ASK_SPAWN, .key = key, .value = (uintptr_t) "task");
    if (roost_host_submit(rt, asks, ask_count) != 0) return 17;
    ask_count = 0;
    if (roost_host_node(rt, key).id == 0) return 18;
  }
  if (drive() != 0) return 19;
  if (roost_close(rt, 0, NULL, NULL, NULL) != ROOST_PENDING) return 23;
  if (drive() != 0) return 24;
  return 0;
}

/* 0: it ended as it should; 1: it did not; 2: so it did, and no allocation failed. */
static int play_in_a_child(long n) {
  pid_t child = fork();
  if (child == 0) {
    begin_anew();
    asked = 0;
    fails_at = n;
    inside = 1;
    int rc = play();
    inside = 0;
    int is_well = rc == 0 && tally.children == MANY && tally.cleanups == MANY &&
                  tally.finished == MANY && tally.ended == MANY && tally.dropped >= MANY - 1;
    if (!is_well)
      fprintf(stderr, "allocation %ld: %d, children %d cleanups %d finished %d ended %d drops %d\n",
              n, rc, tally.children, tally.cleanups, tally.finished, tally.ended, tally.dropped);
    _exit(!is_well ? 1 : asked >= n ? 0 : 2);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status)) fail_msg("allocation %ld: ended by signal %d", n, WTERMSIG(status));
  return WEXITSTATUS(status);
}

/* B4 */
static void every_allocation_may_fail(void **state) {
  (void)state;
  long n = 0;
  for (int status = 0; status != 2;) {
    status = play_in_a_child(++n);
    if (status != 0 && status != 2) fail_msg("allocation %ld: %d", n, status);
  }
  assert_true(n > 10);
}

/* ---------------------------------------------------------------------------------------------- */
/* No memory at all                                                                               */
/* ---------------------------------------------------------------------------------------------- */

static int open_world(void **state) {
  begin_anew();
  if (open_runtime(state) != 0 || close_now() != 0) return -1;
  return open_all();
}
static int close_world(void **state) {
  inside = no_memory = 0;
  if (roost_close(rt, 0, NULL, NULL, NULL) != ROOST_PENDING) return -1;
  if (drive() != 0) return -1;
  rt.id = 0;
  return close_runtime(state);
}

static int64_t turn_poor(const roost_told **told) {
  uint64_t count = ask_count;
  ask_count = 0;
  inside = no_memory = 1;
  asked = 0;
  int64_t rc = roost_host_turn(rt, asks, count, told);
  inside = no_memory = 0;
  return rc;
}

/* C15, B4: what waits is cancelled, told so, cleaned up and ended without asking for memory. */
static void cancelling_needs_no_memory(void **state) {
  (void)state;
  const roost_told *told;
  for (uint64_t key = 1; key <= MANY; key++)
    ASK(.what = ROOST_ASK_SPAWN, .key = key, .value = (uintptr_t) "task");
  assert_int_equal(roost_host_turn(rt, asks, ask_count, &told), MANY);
  ask_count = 0;
  for (uint64_t key = 1; key <= MANY; key++) {
    roost_task task = roost_host_node(rt, key);
    assert_int_equal(roost_defer(task, roost_host_clean, KEY(NEAR + key), NULL), 0);
    ASK(.what = ROOST_ASK_SLEEP, .key = key, .value = ROOST_FOREVER);
  }
  for (uint64_t key = 1; key <= MANY; key++) ASK(.what = ROOST_ASK_CANCEL, .key = key);
  assert_int_equal(roost_host_submit(rt, asks, MANY), 0);
  memmove(asks, asks + MANY, MANY * sizeof *asks);
  ask_count = MANY;
  assert_int_equal(turn_poor(&told), MANY);
  assert_int_equal(asked, 0);
  for (uint64_t key = 1; key <= MANY; key++) {
    assert_int_equal(told[key - 1].what, ROOST_TOLD_WAKE);
    assert_int_equal(told[key - 1].code, ROOST_ECANCELED);
    ASK(.what = ROOST_ASK_FINISH, .key = key, .rc = ROOST_ECANCELED);
  }
  assert_int_equal(turn_poor(&told), MANY);
  assert_int_equal(asked, 0);
  for (uint64_t key = 1; key <= MANY; key++) {
    assert_int_equal(told[key - 1].what, ROOST_TOLD_CLEAN);
    ASK(.what = ROOST_ASK_FINISH, .key = NEAR + key);
  }
  assert_int_equal(turn_poor(&told), 0);
  assert_int_equal(asked, 0);
}

/* B4: what is asked for where there is none is told, and nothing is left of it. */
static void what_there_is_no_memory_for_is_told(void **state) {
  (void)state;
  const roost_told *told;
  ASK(.what = ROOST_ASK_SPAWN, .key = 1);
  assert_int_equal(roost_host_turn(rt, asks, ask_count, &told), 1);
  ask_count = 0;
  const uint64_t far = UINT64_C(1) << 22; /* for a key that great there is no room yet */
  ASK(.what = ROOST_ASK_SPAWN, .key = far);
  ASK(.what = ROOST_ASK_SCOPE, .key = far, .node = 1);
  ASK(.what = ROOST_ASK_GROUP, .key = far, .node = 1);
  assert_int_equal(turn_poor(&told), 3);
  assert_true(asked > 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(told[i].what, ROOST_TOLD_REFUSED);
    assert_int_equal(told[i].code, ROOST_ENOMEM);
    assert_int_equal(told[i].key, far);
  }
  assert_int_equal(roost_host_node(rt, far).id, 0);
  inside = no_memory = 1;
  int rc = roost_host_bind(rt, far, root);
  int of_defer = roost_defer(root, roost_host_clean, KEY(far), NULL); /* K2c */
  inside = no_memory = 0;
  assert_int_equal(rc, ROOST_ENOMEM);
  assert_int_equal(of_defer, ROOST_ENOMEM);
  ASK(.what = ROOST_ASK_FINISH, .key = 1);
}

#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

int main(void) {
  uv_replace_allocator(malloc, uv_realloc_never_fails, calloc, __libc_free);
  const struct CMUnitTest tests[] = {
      TEST(cancelling_needs_no_memory),
      TEST(what_there_is_no_memory_for_is_told),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("host_memory", tests, NULL, NULL);
}
