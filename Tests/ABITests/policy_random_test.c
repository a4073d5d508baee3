/* Random programs of groups with policies and filters, of daemons and of starts: every callback,
 * filters and drops included, makes random calls. Whatever a program does:
 *
 *     it comes to its end, without a deadlock (G1, L3, L4);
 *     no call runs the program's code before it returns, and one that fails drops its data (K5);
 *     each drop is called once, each wait and each join is told once at most (S2b, C7b);
 *     who waits for a start is told of a value only where the task has reported it (L4);
 *     a result has a winner where one may be, and later successes only beside one (G2b).
 *
 * A program follows from its seed alone. A failure names the seed; `policy_random_test SEED` runs
 * that one alone, `policy_random_test FIRST LAST` runs many. */
#include "chance.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRAMS = 2000, HANDLES = 24, ITEMS = 2048 };

static int64_t some_time(void) {
  static const int64_t times[] = {-1, 1, 2, 3, 5, 8, 13, 21};
  return times[upto(COUNT(times))];
}

static int some_code(void) {
  static const int codes[] = {0, 0, 7, ROOST_EIO, ROOST_EBUSY, ROOST_ECANCELED};
  return codes[upto(COUNT(codes))];
}

/* What was handed to the engine. */
typedef struct item {
  int given; /* the call that took it succeeded */
  int drops;
  int told;           /* its wait, or its join */
  int reported;       /* what its task has reported, -1 for nothing */
  roost_task self;    /* where it is a task's, or a cleanup's */
  struct item *start; /* that of the wait for it */
} item;

static item items[ITEMS];
static int item_count, calls_left, depth, in_call;

static roost_node nodes[HANDLES];
static roost_wait waits[HANDLES];
static roost_cleanup cleanups[HANDLES];

static void play(int calls);

static item *new_item(void) {
  item *it = &items[item_count++];
  *it = (item){.reported = -1};
  return it;
}

static void drop_item(void *data) {
  item *it = data;
  CHECK(++it->drops == 1, "dropped twice");
  CHECK(!in_call || !it->given, "dropped inside a call");
  if (!in_call && one_in(4)) play(1);
}

/* The data of a function that is called now. */
static item *called(void *data) {
  item *it = data;
  CHECK(!in_call, "called inside a call");
  CHECK(it->given && it->drops == 0, "called after its drop");
  return it;
}

/* A call that is given nothing. */
#define CALL_ALONE(call)                                                                           \
  do {                                                                                             \
    in_call++;                                                                                     \
    (void)(call);                                                                                  \
    in_call--;                                                                                     \
  } while (0)

/* A call, and what it was given. */
#define CALL(call, ...)                                                                            \
  do {                                                                                             \
    item *const given[] = {__VA_ARGS__};                                                           \
    in_call++;                                                                                     \
    int rc = (call);                                                                               \
    in_call--;                                                                                     \
    for (size_t i = 0; i < COUNT(given); i++) {                                                    \
      given[i]->given = rc == 0;                                                                   \
      CHECK(given[i]->drops == (rc != 0), #call " answers %d: %d drops", rc, given[i]->drops);     \
    }                                                                                              \
  } while (0)

static int is_task(roost_node node) {
  roost_outcome outcome = {.size = sizeof outcome};
  return roost_outcome_of(node, &outcome) == 0;
}
static roost_node any_node(void) { return nodes[upto(HANDLES)]; }
static roost_task any_task(void) {
  roost_node node = any_node();
  for (int i = 0; i < 8 && !is_task(node); i++) node = any_node();
  return node;
}
static roost_group any_group(void) {
  roost_node node = any_node();
  for (int i = 0; i < 8 && is_task(node); i++) node = any_node();
  return node;
}
static void keep(roost_node node) {
  if (node.id != 0) nodes[upto(HANDLES)] = node;
}

static void take(roost_task task) {
  void *result = NULL;
  if (roost_take_result(task, &result) == 0) drop_item(result);
}

/* ---------------------------------------------------------------------------------------------- */
/* What is called                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static void report(item *it, int value) {
  int rc;
  CALL_ALONE(rc = roost_started(it->self, value));
  if (rc == 0) it->reported = value;
}

static void end_task(roost_wait wait, int rc, void *data) {
  (void)wait;
  item *it = called(data);
  if (one_in(2)) report(it, upto(9));
  if (one_in(3)) play(1);
  CALL_ALONE(roost_finish(it->self, rc < 0 ? ROOST_ECANCELED : some_code(), NULL, NULL));
}

/* It ends now, or with a wait, which always comes to its end. */
static int go_on(item *it) {
  play(upto(3));
  if (one_in(3)) return one_in(2) ? 0 : ROOST_EIO;
  if (one_in(3)) report(it, upto(9));
  int rc = roost_after(it->self, some_time(), end_task, it, NULL, NULL);
  return rc == 0 ? ROOST_PENDING : ROOST_EIO;
}

static int start(roost_task self, void *data) {
  item *it = called(data);
  it->self = self;
  return go_on(it);
}

static int sweep_up(roost_task self, const roost_outcome *why, void *data) {
  CHECK(why->state != ROOST_ALIVE, "a cleanup of what lives");
  item *it = called(data);
  it->self = self;
  return go_on(it);
}

static int on_cancel(roost_task self, const roost_reason *why, void *data) {
  called(data);
  CHECK(why->origin >= ROOST_EXPLICIT && why->origin <= ROOST_PARENT_JOIN, "no such origin");
  play(upto(2));
  if (one_in(3)) CALL_ALONE(roost_finish(self, some_code(), NULL, NULL));
  return one_in(3) ? 0 : one_in(2) ? ROOST_EBUSY : ROOST_PENDING;
}

static int decide(roost_group group, const roost_error *error, void *data) {
  called(data);
  CHECK(error->code < 0 && error->next == NULL, "no error of group %llx",
        (unsigned long long)group.id);
  if (one_in(4)) take(error->node);
  play(upto(3));
  return upto(4);
}

static void told(roost_wait wait, int rc, void *data) {
  (void)wait;
  item *it = called(data);
  CHECK(++it->told == 1, "told twice");
  CHECK(it->start == NULL || rc < 0 || rc == it->start->reported, "told of %d", rc);
  play(upto(2));
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node;
  item *it = called(data);
  CHECK(++it->told == 1, "joined twice");
  int won = result->winner.id != 0;
  CHECK(!won || (result->winner_code >= 0 && result->winner_name != NULL), "no winner");
  for (const roost_error *error = result->errors; error != NULL; error = error->next) {
    CHECK(error->code < 0 || won, "a success, and nobody has won");
    if (one_in(2)) take(error->node);
  }
  if (won && one_in(2)) take(result->winner);
  play(upto(2));
}

/* ---------------------------------------------------------------------------------------------- */
/* What is done                                                                                   */
/* ---------------------------------------------------------------------------------------------- */

static void open_a_group(void) {
  item *filter = new_item();
  roost_group group = {0};
  CALL(roost_group_open(any_node(),
                        ROOST_GROUP(.policy = (uint64_t)upto(4),
                                    .limit = (uint64_t)(one_in(3) ? upto(3) : 0),
                                    .max_errors = (uint64_t)upto(3), .shield = one_in(5),
                                    .report = one_in(4), .grace_ns = one_in(6) ? some_time() : 0,
                                    .timeout_ns = one_in(6) ? some_time() : 0, .move_on = one_in(2),
                                    .filter = one_in(2) ? decide : NULL, .filter_data = filter,
                                    .filter_drop = drop_item),
                        &group),
       filter);
  keep(group);
}

static void open_a_scope(void) {
  roost_scope scope = {0};
  CALL_ALONE(
      roost_scope_open(any_node(),
                       ROOST_SCOPE(.shield = one_in(4), .grace_ns = one_in(6) ? some_time() : 0,
                                   .timeout_ns = one_in(6) ? some_time() : 0),
                       &scope));
  keep(scope);
}

static roost_task_options some_task(item *it) {
  return *ROOST_TASK(.start = start, .on_cancel = one_in(2) ? on_cancel : NULL, .data = it,
                     .drop = drop_item, .timeout_ns = one_in(5) ? some_time() : 0,
                     .move_on = one_in(2), .shield = one_in(5),
                     .grace_ns = one_in(6) ? some_time() : 0, .daemon = one_in(4));
}

static void spawn_a_task(void) {
  item *it = new_item();
  roost_task_options options = some_task(it);
  roost_task task = {0};
  CALL(roost_spawn(any_group(), &options, one_in(3) ? NULL : &task), it);
  keep(task);
}

static void start_a_task(void) {
  item *it = new_item(), *wait = new_item();
  wait->start = it;
  roost_task_options options = some_task(it);
  roost_task task = {0};
  CALL(roost_start(any_group(), any_node(), &options, told, wait, drop_item,
                   one_in(3) ? NULL : &task, &waits[upto(HANDLES)]),
       it, wait);
  keep(task);
}

static void report_for_a_task(void) {
  roost_task task = any_task();
  for (int i = 0; i < item_count; i++)
    if (items[i].self.id == task.id) {
      report(&items[i], upto(9));
      return;
    }
}

static void finish_a_task(void) {
  item *result = new_item();
  CALL(roost_finish(any_task(), some_code(), result, drop_item), result);
}

static void join_a_node(void) {
  if (one_in(3)) {
    CALL_ALONE(roost_join(any_group(), some_code(), NULL, NULL, NULL));
  } else {
    item *it = new_item();
    CALL(roost_join(any_group(), one_in(2) ? 0 : some_code(), joined, it, drop_item), it);
  }
}

static void defer_a_cleanup(void) {
  item *it = new_item();
  CALL(roost_defer_with(any_node(),
                        ROOST_CLEANUP(.fn = sweep_up, .on_cancel = one_in(2) ? on_cancel : NULL,
                                      .data = it, .drop = drop_item),
                        &cleanups[upto(HANDLES)]),
       it);
}

/* Tasks alone: what nobody joins has no end. */
static void wait_for_a_task(void) {
  roost_task task = any_task();
  if (!is_task(task)) return;
  item *it = new_item();
  CALL(roost_on_end(task, any_node(), told, it, drop_item, &waits[upto(HANDLES)]), it);
}

static void undo_something(void) {
  switch (upto(5)) {
  case 0: CALL_ALONE(roost_unwait(waits[upto(HANDLES)])); break;
  case 1: (void)roost_undefer(cleanups[upto(HANDLES)]); break;
  case 2: CALL_ALONE(roost_release(any_task())); break;
  case 3: take(any_task()); break;
  default: CALL_ALONE(roost_set_shield(any_node(), upto(2))); break;
  }
}

static void stop_something(void) {
  if (one_in(2)) CALL_ALONE(roost_cancel(any_node(), NULL));
  if (one_in(4)) CALL_ALONE(roost_shutdown(any_node(), some_time()));
}

static void play(int calls) {
  static void (*const choices[])(void) = {
      open_a_group,      open_a_group,      open_a_scope,   spawn_a_task,   spawn_a_task,
      spawn_a_task,      spawn_a_task,      start_a_task,   start_a_task,   start_a_task,
      report_for_a_task, report_for_a_task, finish_a_task,  join_a_node,    join_a_node,
      defer_a_cleanup,   wait_for_a_task,   undo_something, undo_something, stop_something,
  };
  if (depth == 4) return;
  depth++;
  for (; calls > 0 && calls_left > 0; calls--, calls_left--) choices[upto(COUNT(choices))]();
  depth--;
}

static void play_on(roost_wait wait, int rc, void *data) {
  (void)wait;
  play(3);
  if (calls_left > 0 && rc == 0)
    assert_int_equal(roost_after(root, some_time(), play_on, data, NULL, NULL), 0);
}

static void run_program(void) {
  chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
  for (int i = 0; i < 8; i++) draw();
  item_count = depth = in_call = 0;
  calls_left = 10 + upto(150);
  memset(waits, 0, sizeof waits);
  memset(cleanups, 0, sizeof cleanups);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .report = say_nothing,
                                       .seed = one_in(2) ? draw() : 0, .policy = (uint64_t)upto(4)),
                         &rt),
      0);
  root = roost_root(rt);
  for (int i = 0; i < HANDLES; i++)
    nodes[i] = i == 0  ? root
               : i < 4 ? open_group(root, ROOST_GROUP(.policy = (uint64_t)upto(4)))
                       : nodes[upto(4)];
  play(6);
  assert_int_equal(roost_after(root, some_time(), play_on, NULL, NULL, NULL), 0);
  int rc = roost_run(rt);
  CHECK(rc == 0, "it runs into %s", code_name(rc));
  rc = roost_close(rt, one_in(2) ? 0 : ROOST_FOREVER, NULL, NULL, NULL);
  CHECK(rc <= 0 && rc != ROOST_EDEADLK, "it ends in %s", code_name(rc));
  for (int i = 0; i < item_count; i++)
    CHECK(items[i].drops == 1, "item %d: %d drops", i, items[i].drops);
}

static void random_programs(void **state) {
  (void)state;
  for (seed = 1; seed <= PROGRAMS; seed++) run_program();
}

int main(int count, char **arguments) {
  if (count > 1) {
    uint64_t last = strtoull(arguments[count - 1], NULL, 10);
    for (seed = strtoull(arguments[1], NULL, 10); seed <= last; seed++) run_program();
    return 0;
  }
  const struct CMUnitTest tests[] = {cmocka_unit_test(random_programs)};
  return cmocka_run_group_tests_name("policy_random", tests, NULL, NULL);
}
