/* Chapter 1 of the semantics: one tree. */
#include "support.h"

#include <string.h>

static roost_group g, h;
static roost_scope s;
static roost_task task;

/* ---------------------------------------------------------------------------------------------- */
/* T1: nodes                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* T1 */
static void every_operation_on_nodes_works_on_each_of_them(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  task = spawn(root, "a", .lasts = ROOST_FOREVER);
  const roost_node nodes[] = {g, s, task};
  for (size_t i = 0; i < COUNT(nodes); i++) {
    assert_int_equal(roost_runtime_of(nodes[i]).id, rt.id);
    assert_int_equal(roost_set_deadline(nodes[i], roost_now(rt) + SECONDS(9)), 0);
    cleanup(nodes[i], "c");
    assert_int_equal(roost_cancel(nodes[i], NULL), 0);
    assert_int_equal(roost_cancelled(nodes[i]), 1);
  }
  join(g, 0);
  join(s, 0);
  run();
  assert_int_equal(roost_cancel(g, NULL), ROOST_ESTALE);
  assert_int_equal(roost_cancel(s, NULL), ROOST_ESTALE);
}

/* T1: a runtime has one root group. */
static void a_runtime_has_one_root(void **state) {
  (void)state;
  char name[64];
  assert_int_equal(roost_root(rt).id, root.id);
  assert_int_equal(roost_name(root, name, sizeof name), 4);
  assert_string_equal(name, "root");
}

/* T1a */
static void siblings_are_closed_in_any_order(void **state) {
  (void)state;
  roost_scope first = scope(root, "first");
  roost_scope second = scope(root, "second");
  roost_group third = group(root, "third");
  join(second, 0);
  join(third, 0);
  join(first, 0);
  run();
  assert_log("second=0 third=0 first=0");
}

static void open_a_scope_with_a_wait(roost_task self) {
  s = scope(self, "s");
  after(s, SECONDS(9), "w");
}

static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void join_s(void) { join(s, 0); }

/* T1b */
static void a_wait_belongs_to_the_node_that_it_names(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(3), .body = open_a_scope_with_a_wait);
  act(SECONDS(1), cancel_s);
  act(SECONDS(2), join_s);
  run();
  assert_log("a+ @1000 w=ECANCELED @2000 s=0^ @3000 a-");
  assert_int_equal(close_now(), 0);
}

static void open_g_with_a_task(roost_task self) {
  g = group(self, "g");
  spawn(g, "b", .lasts = SECONDS(1));
}

static void join_g_twice(roost_task self) {
  (void)self;
  join(g, 0);
  assert_refused(ROOST_EALREADY, roost_join, (g, 0, NULL, NULL, NULL));
}

/* T1c: a node opened by name is closed by any code, once. */
static void a_node_is_closed_by_any_code_once(void **state) {
  (void)state;
  spawn(root, "a", .lasts = SECONDS(2), .body = open_g_with_a_task);
  spawn(root, "c", .body = join_g_twice);
  run();
  assert_log("a+ c+ b+ @1000 b- g=0 @2000 a-");
  assert_int_equal(close_now(), 0);
}

/* T1c, S2b: the wait is taken back, and its data is dropped. */
static void a_wait_keeps_no_node_open(void **state) {
  (void)state;
  g = group(root, "g");
  s = scope(root, "s");
  after(g, ROOST_FOREVER, "in g");
  after(s, SECONDS(9), "in s");
  join(g, 0);
  join(s, 0);
  run();
  assert_log("g=0 s=0");
}

/* ---------------------------------------------------------------------------------------------- */
/* T1d: what was left open in a group or scope                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* T1d */
static void closing_a_group_closes_what_is_open_in_it(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  s = scope(h, "s");
  spawn(h, "b", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("b+ @1000 b- g=0");
  assert_int_equal(roost_cancel(h, NULL), ROOST_ESTALE);
  assert_int_equal(roost_cancel(s, NULL), ROOST_ESTALE);
}

/* T1d */
static void closing_a_scope_closes_what_is_open_in_it(void **state) {
  (void)state;
  s = scope(root, "s");
  g = group(s, "g");
  h = scope(s, "h");
  spawn(g, "b", .lasts = SECONDS(1));
  join(s, 0);
  run();
  assert_log("b+ @1000 b- s=0");
  assert_int_equal(roost_cancel(g, NULL), ROOST_ESTALE);
  assert_int_equal(roost_cancel(h, NULL), ROOST_ESTALE);
}

/* T1d */
static void closing_a_group_cancels_nothing(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  task = spawn(h, "b", .lasts = SECONDS(1));
  join(g, 0);
  assert_int_equal(roost_cancelled(task), 0);
  run();
  assert_log("b+ @1000 b- g=0");
  assert_int_equal(last.state, ROOST_COMPLETED);
}

/* T1d, G3: one nested error of the group above. */
static void errors_of_a_group_left_open_are_one_error_of_the_group_above(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h", .policy = ROOST_SUPERVISE);
  spawn(h, "b", .answers = ROOST_EIO);
  spawn(h, "c", .answers = ROOST_EBUSY);
  join(g, 0);
  run();
  assert_log("b+ c+ g=EIO[h:EIO[b:EIO c:EBUSY]]");
}

/* T1d: joined without a callback, its errors go up too, and the policy above applies to them. */
static void a_nested_error_cancels_the_rest_of_the_group_above(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "b", .answers = ROOST_EIO);
  spawn(g, "c", .lasts = SECONDS(9));
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_log("b+ c+ c! g=EIO^[h:EIO[b:EIO]]");
}

/* T1d: the twin, under a policy that cancels nothing. */
static void a_supervising_group_goes_on_after_a_nested_error(void **state) {
  (void)state;
  g = group(root, "g", .policy = ROOST_SUPERVISE);
  h = group(g, "h");
  spawn(h, "b", .answers = ROOST_EIO);
  spawn(g, "c", .lasts = SECONDS(1));
  assert_int_equal(roost_join(h, 0, NULL, NULL, NULL), 0);
  join(g, 0);
  run();
  assert_log("b+ c+ @1000 c- g=EIO[h:EIO[b:EIO]]");
}

/* T1d: a result goes to its own join callback, and nowhere else. */
static void errors_of_a_group_with_its_own_callback_go_there(void **state) {
  (void)state;
  g = group(root, "g");
  h = group(g, "h");
  spawn(h, "b", .answers = ROOST_EIO);
  join(h, 0);
  join(g, 0);
  run();
  assert_log("b+ h=EIO[b:EIO] g=0");
}

/* T1d: a scope likewise. */
static void errors_of_what_was_left_open_are_errors_of_the_scope_above(void **state) {
  (void)state;
  s = scope(root, "s");
  g = group(s, "g");
  spawn(g, "b", .answers = ROOST_EIO);
  join(s, 0);
  run();
  assert_log("b+ s=EIO[g:EIO[b:EIO]]");
}

static void open_all_kinds_in_g(roost_task self) {
  (void)self;
  roost_node node = {root.id};
  roost_wait wait = {0};
  assert_refused(ROOST_ECLOSED, roost_group_open, (g, NULL, &node));
  assert_refused(ROOST_ECLOSED, roost_scope_open, (g, NULL, &node));
  assert_int_equal(node.id, 0);
  assert_refused(ROOST_ECLOSED, roost_after, (g, 0, log_wait, NULL, NULL, &wait));
  assert_refused(ROOST_ECLOSED, roost_on_end, (task, g, log_wait, NULL, NULL, &wait));
  assert_refused(ROOST_ECLOSED, roost_park, (g, NULL, log_wait, NULL, NULL, &wait));
  assert_int_equal(node.id, 0);
  assert_int_equal(wait.id, 0);
}

/* T1d, G6 */
static void a_closing_group_refuses_opens(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1));
  g = group(root, "g");
  cleanup(g, "c", .body = open_all_kinds_in_g);
  join(g, 0);
  run();
  assert_log("a+ c:completed g=0 @1000 a-");
}

/* ---------------------------------------------------------------------------------------------- */
/* T2: no node outlives its parent                                                                */
/* ---------------------------------------------------------------------------------------------- */

/* T2 */
static void no_group_ends_before_its_tasks(void **state) {
  (void)state;
  g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(2));
  spawn(g, "b", .lasts = SECONDS(1));
  join(g, 0);
  run();
  assert_log("a+ b+ @1000 b- @2000 a- g=0");
}

static void open_and_join_g(roost_task self) {
  open_g_with_a_task(self);
  join(g, 0);
}

/* T2: what was asked to join is waited for, and is no error (G7). */
static void no_task_ends_before_what_it_opened(void **state) {
  (void)state;
  task = spawn(root, "a", .body = open_and_join_g);
  on_end(task, root, "end");
  run();
  assert_log("a+ b+ @1000 b- g=0 end=0");
  assert_int_equal(close_now(), 0);
}

/* T2 */
static void no_runtime_ends_before_its_root_group(void **state) {
  (void)state;
  roost_runtime closing = rt;
  spawn(root, "a", .lasts = SECONDS(2));
  cleanup(root, "c");
  assert_int_equal(roost_close(rt, ROOST_FOREVER, NULL, NULL, NULL), 0);
  rt.id = 0;
  assert_log("a+ @2000 a- c:completed");
  assert_int_equal(roost_now(closing), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* T3: handles                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* T3: a slot that is used again does not bring its old handle to life. */
static void a_handle_of_what_has_ended_is_stale_for_ever(void **state) {
  (void)state;
  g = group(root, "g");
  assert_int_equal(roost_join(g, 0, NULL, NULL, NULL), 0);
  run();
  for (int i = 0; i < 1000; i++) {
    roost_group later = group(root, "later");
    assert_int_not_equal(later.id, g.id);
    assert_int_equal(roost_cancel(g, NULL), ROOST_ESTALE);
    assert_int_equal(roost_join(later, 0, NULL, NULL, NULL), 0);
    run();
  }
}

static int end_at_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

/* T3 */
static void the_kind_is_part_of_a_handle(void **state) {
  (void)state;
  s = scope(root, "s");
  task = spawn(root, "a", .lasts = SECONDS(1));
  roost_wait wait = after(root, SECONDS(1), "w");
  assert_refused(ROOST_EKIND, roost_spawn, (s, ROOST_TASK(.start = end_at_once), NULL));
  assert_refused(ROOST_EKIND, roost_join, (task, 0, NULL, NULL, NULL));
  assert_refused(ROOST_EKIND, roost_cancel, ((roost_node){wait.id}, NULL));
  assert_refused(ROOST_EKIND, roost_run, ((roost_runtime){task.id}));
  assert_refused(ROOST_EKIND, roost_unwait, ((roost_wait){task.id}));
  assert_refused(ROOST_EKIND, roost_undefer, ((roost_cleanup){wait.id}));
  join(s, 0);
  run();
  assert_log("a+ s=0 @1000 w=0 a-");
}

/* T3 */
static void nodes_of_two_runtimes_do_not_meet_in_a_call(void **state) {
  (void)state;
  roost_runtime other;
  roost_wait wait = {0};
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  task = spawn(roost_root(other), "a", .lasts = ROOST_FOREVER);
  assert_refused(ROOST_EFOREIGN, roost_on_end, (task, root, log_wait, NULL, NULL, &wait));
  assert_int_equal(wait.id, 0);
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
  assert_log("a+ a!");
}

/* T3 */
static void no_later_runtime_brings_a_handle_to_life(void **state) {
  (void)state;
  roost_runtime old;
  assert_int_equal(roost_runtime_open(NULL, &old), 0);
  roost_group old_root = roost_root(old);
  g = group(old_root, "g");
  assert_int_equal(roost_close(old, 0, NULL, NULL, NULL), 0);
  for (int i = 0; i < 100; i++) {
    roost_runtime later;
    assert_int_equal(roost_runtime_open(NULL, &later), 0);
    group(roost_root(later), "later");
    assert_int_not_equal(later.id, old.id);
    assert_int_equal(roost_run(old), ROOST_ESTALE);
    assert_int_equal(roost_cancel(old_root, NULL), ROOST_ESTALE);
    assert_int_equal(roost_cancel(g, NULL), ROOST_ESTALE);
    assert_int_equal(roost_close(later, 0, NULL, NULL, NULL), 0);
  }
}

/* T3, L5: what is kept of an ended task can be read, and the task cannot be changed. */
static void the_outcome_of_an_ended_task_can_be_read(void **state) {
  (void)state;
  task = spawn(root, "a", .lasts = SECONDS(1), .answers = 7);
  run();
  assert_int_equal(outcome_of(task).code, 7);
  assert_refused(ROOST_ESTALE, roost_cancel, (task, NULL));
  assert_refused(ROOST_ESTALE, roost_finish, (task, 0, NULL, NULL));
  assert_int_equal(outcome_of(task).code, 7);
  assert_int_equal(roost_release(task), 0);
  roost_outcome outcome = {.size = sizeof outcome};
  assert_refused(ROOST_ESTALE, roost_outcome_of, (task, &outcome));
}

/* ---------------------------------------------------------------------------------------------- */
/* T4: names                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

/* T4 */
static void names_are_copied(void **state) {
  (void)state;
  char text[8] = "first";
  char name[64];
  g = group(root, text);
  strcpy(text, "other");
  assert_int_equal(roost_name(g, name, sizeof name), 5);
  assert_string_equal(name, "first");
}

/* T4 */
static void a_node_may_have_no_name(void **state) {
  (void)state;
  char name[64] = "before";
  assert_int_equal(roost_scope_open(root, NULL, &s), 0);
  assert_int_equal(roost_name(s, name, sizeof name), 0);
  assert_string_equal(name, "");
}

/* T4 */
static void a_name_is_cut_to_the_buffer(void **state) {
  (void)state;
  char name[4] = "???";
  g = group(root, "orchard");
  assert_int_equal(roost_name(g, name, sizeof name), 7);
  assert_string_equal(name, "orc");
}

/* T4: 62 letters and one of two bytes are 64 bytes, one too many. */
static void a_long_name_is_cut_at_a_character(void **state) {
  (void)state;
  char text[80];
  char name[80];
  memset(text, 'a', sizeof text);
  strcpy(text + 62, "\xc3\xa9");
  g = group(root, text);
  assert_int_equal(roost_name(g, name, sizeof name), 62);
  text[62] = 0;
  assert_string_equal(name, text);

  strcpy(text + 61, "\xc3\xa9zz");
  h = group(root, text);
  assert_int_equal(roost_name(h, name, sizeof name), 63);
  text[63] = 0;
  assert_string_equal(name, text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(every_operation_on_nodes_works_on_each_of_them),
      TEST(a_runtime_has_one_root),
      TEST(siblings_are_closed_in_any_order),
      TEST(a_wait_belongs_to_the_node_that_it_names),
      TEST(a_node_is_closed_by_any_code_once),
      TEST(a_wait_keeps_no_node_open),
      TEST(closing_a_group_closes_what_is_open_in_it),
      TEST(closing_a_scope_closes_what_is_open_in_it),
      TEST(closing_a_group_cancels_nothing),
      TEST(errors_of_a_group_left_open_are_one_error_of_the_group_above),
      TEST(a_nested_error_cancels_the_rest_of_the_group_above),
      TEST(a_supervising_group_goes_on_after_a_nested_error),
      TEST(errors_of_a_group_with_its_own_callback_go_there),
      TEST(errors_of_what_was_left_open_are_errors_of_the_scope_above),
      TEST(a_closing_group_refuses_opens),
      TEST(no_group_ends_before_its_tasks),
      TEST(no_task_ends_before_what_it_opened),
      TEST(no_runtime_ends_before_its_root_group),
      TEST(a_handle_of_what_has_ended_is_stale_for_ever),
      TEST(the_kind_is_part_of_a_handle),
      TEST(nodes_of_two_runtimes_do_not_meet_in_a_call),
      TEST(no_later_runtime_brings_a_handle_to_life),
      TEST(the_outcome_of_an_ended_task_can_be_read),
      TEST(names_are_copied),
      TEST(a_node_may_have_no_name),
      TEST(a_name_is_cut_to_the_buffer),
      TEST(a_long_name_is_cut_at_a_character),
  };
  return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
