/* O1: a dump shows what is alive, in three formats, asked for from inside every kind of callback,
 * whatever the names, however deep the tree. */
#include "seeing.h"

#include <stdatomic.h>

static int forget(void **state) {
  forget_text();
  return close_runtime(state);
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_runtime, forget)

static int stay(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}

static int stop(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

static roost_task endless(roost_group group, const char *name) {
  roost_task task;
  assert_int_equal(
      roost_spawn(group, ROOST_TASK(.start = stay, .on_cancel = stop, .name = name), &task), 0);
  return task;
}

/* ---------------------------------------------------------------------------------------------- */
/* The formats                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* O1. */
static void a_tree_is_drawn(void **state) {
  (void)state;
  roost_group g = group(root, "downloads", .limit = 1);
  endless(g, "fetch");
  endless(g, "next");
  scope(root, "s", .timeout_ns = SECONDS(3));
  assert_string_equal(text_of(root), "virtual clock at 1 s\n"
                                     "group 'root' (#): open\n"
                                     "├─ group 'downloads' (#): open; 1 of at most 1 task runs\n"
                                     "│  ├─ task 'fetch' (#): about to start\n"
                                     "│  └─ task 'next' (#): held back by the limit of its group\n"
                                     "└─ scope 's' (#): open; deadline in 3 s\n");
  assert_int_equal(roost_cancel(g, NULL), 0);
  run();
}

/* O1: each format says all there is of a node; handles are those of the calls. */
static void every_format_has_the_handles(void **state) {
  (void)state;
  roost_group g = group(root, "g");
  char handle[32];
  snprintf(handle, sizeof handle, "0x%016llx", (unsigned long long)g.id);
  for (uint64_t format = ROOST_TEXT; format <= ROOST_GRAPHVIZ; format++) {
    assert_int_equal(roost_dump(root, format, keep_text, NULL, NULL), 0);
    assert_non_null(strstr(written, handle));
  }
}

/* B1, K5: what cannot be dumped is refused, and dropped. */
static void bad_calls_are_refused(void **state) {
  (void)state;
  int before = write_drops;
  roost_task task;
  assert_int_equal(roost_spawn(root, ROOST_TASK(.start = stay, .on_cancel = stop), &task), 0);
  assert_int_equal(roost_cancel(task, NULL), 0);
  run();
  writes = 0;
  assert_refused(ROOST_EINVAL, roost_dump, (root, 3, keep_text, NULL, count_drop));
  assert_refused(ROOST_EINVAL, roost_dump, (root, UINT64_MAX, keep_text, NULL, count_drop));
  assert_refused(ROOST_EINVAL, roost_dump, ((roost_node){0}, 0, keep_text, NULL, count_drop));
  assert_refused(ROOST_EKIND, roost_dump, ((roost_node){rt.id}, 0, keep_text, NULL, count_drop));
  assert_refused(ROOST_ESTALE, roost_dump, (task, 0, keep_text, NULL, count_drop));
  assert_int_equal(write_drops, before + 5);
  assert_int_equal(writes, 0);
}

/* T4, O1: whatever a name is, the text is valid UTF-8, and every line a node. */
static void names_may_be_any_bytes(void **state) {
  (void)state;
  scope(root, "two\nlines \"x\" \\ '\x1b[1m");
  scope(root, "\xff\xfe");
  scope(root, "\xe2\x82");
  scope(root, "Grüße 語");
  assert_string_equal(text_of(root), "virtual clock at 1 s\n"
                                     "group 'root' (#): open\n"
                                     "├─ scope 'two\\nlines \"x\" \\\\ \\'\\x1b[1m' (#): open\n"
                                     "├─ scope '\\xff\\xfe' (#): open\n"
                                     "├─ scope '\\xe2\\x82' (#): open\n"
                                     "└─ scope 'Grüße 語' (#): open\n");
  assert_non_null(
      strstr(dump(root, ROOST_JSON), "\"name\":\"two\\u000alines \\\"x\\\" \\\\ '\\u001b[1m\""));
  assert_non_null(strstr(written, "\"name\":\"\\ufffd\\ufffd\""));
  assert_non_null(strstr(written, "\"name\":\"Grüße 語\""));
  assert_non_null(strstr(dump(root, ROOST_GRAPHVIZ),
                         "scope 'two\\\\nlines \\\"x\\\" \\\\\\\\ \\\\'\\\\x1b[1m'"));
}

/* O1, C15: a deep tree needs no stack, and takes no square of its depth. */
static void a_deep_tree_is_dumped(void **state) {
  (void)state;
  enum { depth = 100000 };
  roost_node node = root;
  for (int i = 0; i < depth; i++) {
    roost_scope inner;
    assert_int_equal(roost_scope_open(node, NULL, &inner), 0);
    node = inner;
  }
  for (uint64_t format = ROOST_TEXT; format <= ROOST_GRAPHVIZ; format++) {
    dump(root, format);
    assert_in_range(written_length, depth * 20, depth * 500);
  }
  assert_shown(root, "·· 100000 deep: scope (#): open\n");
}

/* O1, D1: a wait for no time at all ends when it has begun; one for ever has no end. */
static void a_wait_for_no_time_has_an_end(void **state) {
  (void)state;
  after(scope(root, "s"), 0, "w");
  assert_non_null(strstr(dump(root, ROOST_JSON), "\"since_ns\":1000000000,"
                                                 "\"until_ns\":1000000000,"));
  run();
  assert_log("w=0");
}

static int is_of_nobody(roost_node in) {
  return strstr(dump(in, ROOST_JSON), "\"of\":null") != NULL;
}

/* O1, L4, S2b: whom a start waits for is told only as long as it waits: what was kept of the two of
 * them may be gone before it is told of its end. */
static void a_start_that_waits_no_more_is_of_nobody(void **state) {
  (void)state;
  roost_scope s = scope(root, "s");
  start_in(group(root, "g"), s, "a", .answers = ROOST_PENDING, .on_cancel = log_stop);
  assert_false(is_of_nobody(s));
  assert_int_equal(roost_unwait(starting), 0);
  assert_true(is_of_nobody(s));
  run();
}

/* ---------------------------------------------------------------------------------------------- */
/* From inside                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static roost_group g;
static roost_task task;
static int looks;

/* All three formats of the whole tree, and the line that the caller expects in it. */
static void look_for(const char *line) {
  looks++;
  dump(root, ROOST_JSON);
  dump(root, ROOST_GRAPHVIZ);
  assert_shown(root, line);
}

static int in_start(roost_task self, void *data) {
  (void)self;
  (void)data;
  look_for("task 'a' (#): running\n");
  return ROOST_PENDING;
}

static int in_on_cancel(roost_task self, const roost_reason *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  look_for("task 'a' (#): running; cancelled 0 ns ago (explicit)\n");
  return 0;
}

static void in_drop(void *data) {
  (void)data;
  look_for("task 'a' (#): ended, which is being told; cancelled 0 ns ago (explicit)\n");
}

static void in_wait(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  look_for("is told of the end of its wait for a time;");
}

static void cancel_task(void) { assert_int_equal(roost_cancel(task, NULL), 0); }

/* O1, K7, S2b, K5. */
static void in_a_task_and_its_wait(void **state) {
  (void)state;
  looks = 0;
  assert_int_equal(roost_spawn(root,
                               ROOST_TASK(.start = in_start, .on_cancel = in_on_cancel,
                                          .drop = in_drop, .name = "a"),
                               &task),
                   0);
  assert_int_equal(roost_after(root, SECONDS(1), in_wait, NULL, NULL, NULL), 0);
  act(SECONDS(2), cancel_task);
  run();
  assert_int_equal(looks, 4);
}

static int in_cleanup(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  look_for(data);
  return 0;
}

static void in_join(roost_node node, const roost_result *result, void *data) {
  (void)node;
  (void)result;
  (void)data;
  look_for("└─ group 'g' (#): ended, which is being told; 1 error\n");
}

static int in_filter(roost_group group, const roost_error *error, void *data) {
  (void)group;
  (void)error;
  (void)data;
  look_for("   └─ task 'b' (#): ended, waits for a filter; cleanups: 'cleanup of b'\n");
  return ROOST_RECORD_ERROR;
}

static void in_filter_drop(void *data) {
  (void)data;
  look_for("└─ group 'g' (#): ended, which is being told; 1 error\n");
}

static int end_badly(roost_task self, void *data) {
  (void)data;
  assert_int_equal(roost_defer(self, in_cleanup,
                               "      └─ cleanup 'cleanup of b' (#): running; shielded\n", NULL),
                   0);
  return ROOST_EIO;
}

/* O1, G2, K2c, C7b: in the cleanup's first step, which the tree does not know yet. */
static void in_a_group_that_ends(void **state) {
  (void)state;
  looks = 0;
  g = group(root, "g", .filter = in_filter, .filter_drop = in_filter_drop);
  assert_int_equal(roost_spawn(g, ROOST_TASK(.start = end_badly, .name = "b"), NULL), 0);
  assert_int_equal(
      roost_defer(g, in_cleanup, "   └─ cleanup 'cleanup of g' (#): running; shielded\n", NULL), 0);
  assert_int_equal(roost_join(g, 0, in_join, NULL, NULL), 0);
  run();
  assert_int_equal(looks, 5);
}

static int in_abort(roost_wait wait, void *data) {
  (void)wait;
  (void)data;
  look_for("its wait for a request was asked to stop, and will end by itself; cancelled 0 ns ago");
  return 0;
}

static void ignore(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
}

static void in_post(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  look_for("group 'root' (#): open\n");
}

static void in_post_drop(void *data) {
  (void)data;
  look_for("group 'root' (#): open\n");
}

static void in_a_close(const roost_result *result, void *data) {
  (void)result;
  (void)data;
  looks++;
  assert_refused(ROOST_ESTALE, roost_dump, (root, ROOST_TEXT, keep_text, NULL, NULL));
}

/* O1, C14b, S5, S8a: when the runtime has gone, its root is stale. */
static void in_an_abort_a_post_and_a_close(void **state) {
  (void)state;
  looks = 0;
  roost_scope s = scope(root, "s");
  assert_int_equal(roost_park(s, in_abort, ignore, NULL, NULL, NULL), 0);
  assert_int_equal(roost_cancel(s, NULL), 0);
  assert_int_equal(roost_post(rt, in_post, NULL, in_post_drop), 0);
  run();
  assert_int_equal(looks, 3);
  assert_int_equal(roost_close(rt, 0, in_a_close, NULL, NULL), 0);
  rt.id = 0;
  assert_int_equal(looks, 4);
}

static void change_everything(const char *text, uint64_t length, void *data) {
  (void)data;
  assert_non_null(text);
  assert_in_range(length, 1, 1000);
  looks++;
  assert_int_equal(roost_cancel(g, NULL), 0);
  spawn(root, "new");
  dump(root, ROOST_JSON);
}

static void close_it(const char *text, uint64_t length, void *data) {
  (void)text;
  (void)length;
  (void)data;
  looks++;
  assert_int_equal(close_now(), 0);
}

/* O1: nothing of the engine is under way when the text is given. */
static void what_is_written_to_may_call_anything(void **state) {
  (void)state;
  looks = 0;
  g = group(root, "g");
  endless(g, "a");
  assert_int_equal(roost_dump(root, ROOST_TEXT, change_everything, NULL, NULL), 0);
  run();
  assert_log("new+");
  assert_int_equal(roost_dump(root, ROOST_TEXT, close_it, NULL, count_drop), 0);
  assert_int_equal(looks, 2);
}

/* ---------------------------------------------------------------------------------------------- */
/* Blocking tasks and strays                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static atomic_int begun, may_end;

static int work(roost_task self, void *data, void **result) {
  (void)data;
  (void)result;
  begun++;
  while (roost_cancelled(self) != 1) continue;
  return ROOST_ECANCELED;
}

static int outlast(roost_task self, void *data, void **result) {
  (void)self;
  (void)data;
  (void)result;
  begun++;
  while (may_end == 0) continue;
  return 0;
}

static void look_at_work(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
  while (begun < 2) continue;
  assert_shown(root, "task 'w' (#): works on a thread, or waits for one\n");
  assert_non_null(strstr(dump(root, ROOST_JSON), "\"blocking\":true"));
  assert_int_equal(roost_cancel(root, NULL), 0);
}

/* O1, S6, S6a: what the pool works for, and what nobody waits for any more (real). */
static void work_and_strays_are_shown(void **state) {
  (void)state;
  begun = may_end = 0;
  assert_int_equal(roost_spawn_blocking(root, ROOST_BLOCKING(.work = work, .name = "w"), NULL), 0);
  assert_int_equal(
      roost_spawn_blocking(root, ROOST_BLOCKING(.work = outlast, .abandon = 1, .name = "x"), NULL),
      0);
  assert_int_equal(roost_after(root, 0, look_at_work, NULL, NULL, NULL), 0);
  run();
  assert_shown(root, "\nstray 'x' (#): abandoned, and its function has not returned\n");
  assert_non_null(strstr(dump(root, ROOST_JSON), "\"strays\":[{\"id\":\"#\",\"name\":\"x\"}]"));
  assert_non_null(strstr(dump(root, ROOST_GRAPHVIZ), "label=\"stray 'x'"));
  may_end = 1;
}

/* ---------------------------------------------------------------------------------------------- */
/* What a close waits for, and since when                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void do_nothing(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
}

static void close_in_post(roost_runtime runtime, void *data) {
  (void)data;
  assert_int_equal(roost_close(runtime, 0, NULL, NULL, NULL), ROOST_PENDING);
}

static void look_at_close(roost_runtime runtime, void *data) {
  (void)runtime;
  (void)data;
  assert_shown(root, "group 'root' (#): closing, waits for 2 posted functions;");
  note("looked");
}

/* O1, S8a: the posts that have not returned; others have. */
static void a_close_waits_for_posts(void **state) {
  (void)state;
  assert_int_equal(roost_post(rt, do_nothing, NULL, NULL), 0);
  run();
  assert_int_equal(roost_post(rt, close_in_post, NULL, NULL), 0);
  assert_int_equal(roost_post(rt, look_at_close, NULL, NULL), 0);
  assert_int_equal(roost_post(rt, do_nothing, NULL, NULL), 0);
  run();
  rt.id = 0;
  assert_log("looked");
}

static roost_group cancelled;
static roost_scope sheltered;
static roost_task inside;

static void cancel_it(void) { assert_int_equal(roost_cancel(cancelled, NULL), 0); }

static void look_later(void) {
  assert_shown(inside, "cancelled 3 s ago (explicit, of group 'g' (#))");
  assert_int_equal(roost_finish(inside, 0, NULL, NULL), 0);
  note("looked");
}

/* O1, C9: since when what is around it is. */
static void it_says_since_when_it_is_cancelled(void **state) {
  (void)state;
  cancelled = group(root, "g");
  inside = spawn(cancelled, "a", .answers = ROOST_PENDING);
  act(SECONDS(2), cancel_it);
  act(SECONDS(5), look_later);
  run();
  assert_log("a+ @5000 looked");
}

static void look_at_shield(void) {
  assert_shown(sheltered, "; its shield does not hold any more;");
  note("looked");
}

/* O1, C11: once its grace is over. */
static void a_shield_holds_no_more(void **state) {
  (void)state;
  cancelled = group(root, "g");
  sheltered = scope(cancelled, "s", .shield = 1, .grace_ns = SECONDS(1));
  act(SECONDS(2), cancel_it);
  act(SECONDS(5), look_at_shield);
  run();
  assert_log("@5000 looked");
}

static uint64_t number_behind(const char *word) {
  const char *at = strstr(written, word);
  assert_non_null(at);
  return strtoull(at + strlen(word), NULL, 10);
}

/* O1: a real one: on the real clock too it is noted when a wait began, to the millisecond. */
static void a_wait_says_since_when_on_the_real_clock(void **state) {
  (void)state;
  assert_int_equal(close_now(), 0);
  assert_int_equal(roost_runtime_open(NULL, &rt), 0);
  root = roost_root(rt);
  uint64_t before = roost_now(rt);
  roost_wait wait = park(root, "w");
  assert_int_equal(roost_dump(root, ROOST_JSON, keep_text, NULL, NULL), 0);
  uint64_t now = number_behind("\"now_ns\":"), since = number_behind("\"since_ns\":");
  assert_true(since <= now);
  assert_true(since > before / 2);
  assert_int_equal(roost_wake(wait, 0), 0);
  run();
  clear_log();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_tree_is_drawn),
      TEST(every_format_has_the_handles),
      TEST(bad_calls_are_refused),
      TEST(names_may_be_any_bytes),
      TEST(a_deep_tree_is_dumped),
      TEST(a_wait_for_no_time_has_an_end),
      TEST(a_start_that_waits_no_more_is_of_nobody),
      TEST(in_a_task_and_its_wait),
      TEST(in_a_group_that_ends),
      TEST(in_an_abort_a_post_and_a_close),
      TEST(what_is_written_to_may_call_anything),
      TEST(work_and_strays_are_shown),
      TEST(a_close_waits_for_posts),
      TEST(it_says_since_when_it_is_cancelled),
      TEST(a_shield_holds_no_more),
      TEST(a_wait_says_since_when_on_the_real_clock),
  };
  return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
