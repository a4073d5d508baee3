/* Traces (O2): what each kind of node leaves in one, where they begin and end, and what may be done
 * by the function that is given them. trace.h says how a story reads. */
#include "trace.h"

#include <unistd.h>
#include <uv.h>

static tracing trace;

static void begin(void) {
  trace = (tracing){0};
  assert_int_equal(roost_trace_start(rt, collect, &trace, collected), 0);
}
static void stop(void) { assert_int_equal(roost_trace_stop(rt), 0); }

static void cancel(roost_node node, const char *message) {
  assert_int_equal(roost_cancel(node, ROOST_CANCEL(.message = message)), 0);
}

/* For what outlives its test function. */
static roost_node noted_node;
static tracing other;

/* ---------------------------------------------------------------------------------------------- */
/* The text                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void cancel_noted(void) { cancel(noted_node, "enough"); }

/* Puts a word where the handle of a node stands. */
static void replace(char *text, roost_node node, const char *word) {
  char handle[20];
  snprintf(handle, sizeof handle, "0x%016" PRIx64, node.id);
  for (char *at = text; (at = strstr(at, handle)) != NULL;) {
    memmove(at + strlen(word), at + 18, strlen(at + 18) + 1);
    memcpy(at, word, strlen(word));
  }
}

/* O2, T4, D4: on the virtual clock it is the same in every run, but for the handles. */
static void the_whole_text(void **state) {
  (void)state;
  begin();
  noted_node = group(root, "g");
  roost_task task = spawn(noted_node, "t", .lasts = SECONDS(1));
  act(1500002, cancel_noted);
  run();
  stop();
  assert_int_equal(trace.pieces, 1);
  replace(trace.text, root, "R");
  replace(trace.text, noted_node, "G");
  replace(trace.text, task, "T");
#define AT(time) "\"pid\":0,\"tid\":1,\"ts\":" time ",\"args\":"
#define SOON AT("1000000.000")
#define LATER AT("1001500.002")
  assert_string_equal(
      trace.text,
      "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
      "{\"ph\":\"M\",\"name\":\"process_name\",\"cat\":\"__metadata\"," SOON
      "{\"name\":\"roost\"}},\n"
      "{\"ph\":\"M\",\"name\":\"thread_name\",\"cat\":\"__metadata\"," SOON
      "{\"name\":\"root\"}},\n"
      "{\"ph\":\"b\",\"cat\":\"group\",\"id\":\"R\",\"name\":\"root\"," SOON "{}},\n"
      "{\"ph\":\"b\",\"cat\":\"group\",\"id\":\"G\",\"name\":\"g\"," SOON "{\"parent\":\"R\"}},\n"
      "{\"ph\":\"b\",\"cat\":\"task\",\"id\":\"T\",\"name\":\"t\"," SOON "{\"parent\":\"G\"}},\n"
      "{\"ph\":\"n\",\"cat\":\"group\",\"id\":\"G\",\"name\":\"cancelled\"," LATER
      "{\"origin\":\"explicit\",\"code\":0,\"from\":\"G\",\"message\":\"enough\"}},\n"
      "{\"ph\":\"e\",\"cat\":\"task\",\"id\":\"T\",\"name\":\"t\"," LATER
      "{\"state\":\"cancelled\",\"code\":-125,\"reason\":\"explicit\"}},\n"
      "{\"ph\":\"e\",\"cat\":\"group\",\"id\":\"R\",\"name\":\"root\"," LATER
      "{\"state\":\"alive\"}},\n"
      "{\"ph\":\"e\",\"cat\":\"group\",\"id\":\"G\",\"name\":\"g\"," LATER
      "{\"state\":\"alive\"}}\n"
      "]}\n");
  free(trace.text);
}

/* O2, T4: what stands in quotes is quoted, and what is no UTF-8 is replaced. */
static void names_of_odd_bytes(void **state) {
  (void)state;
  begin();
  scope(root, "\"\\\n\x01\x7f/");
  scope(root, "\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x90\x94");
  scope(root, "\x80 \xc3 \xc0\xaf \xe0\x9f\xbf \xed\xa0\x80 \xf4\x90\x80\x80 \xff \xf0\x9f\x90");
  scope(root, "a name of sixty-three bytes, which is as long as any may be ... 63 is it ...");
  roost_scope s = scope(root, "s");
  cancel(s, "\"why\"\t\xfe");
  stop();
#define NONE "\xef\xbf\xbd"
  assert_story("root( "
               "\\\"\\\\\\u000a\\u0001\\u007f/( "
               "\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x90\x94( " NONE " " NONE " " NONE NONE
               " " NONE NONE NONE " " NONE NONE NONE " " NONE NONE NONE NONE " " NONE
               " " NONE NONE NONE "( "
               "a name of sixty-three bytes, which is as long as any may be ...( "
               "s( s!explicit:\\\"why\\\"\\u0009" NONE " "
               ")root=alive )\\\"\\\\\\u000a\\u0001\\u007f/=alive "
               ")\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x90\x94=alive )" NONE " " NONE " " NONE NONE
               " " NONE NONE NONE " " NONE NONE NONE " " NONE NONE NONE NONE " " NONE
               " " NONE NONE NONE "=alive "
               ")a name of sixty-three bytes, which is as long as any may be ...=alive )s=alive",
               &trace);
}

/* O2: the longest event there is: all of two names is escaped. */
static void the_longest_event(void **state) {
  (void)state;
  char name[64];
  memset(name, 1, 63);
  name[63] = 0;
  begin();
  roost_scope s = scope(root, name);
  cancel(s, name);
  stop();
  reader it = read_trace(&trace);
  assert_string_equal(it.wrong, "");
  assert_int_equal(strlen(it.spans[1].name), 63 * 6);
  free_reader(&it);
  free(trace.text);
}

/* O2: on the real clock, times are uv_hrtime's, and the process is named. */
static void real_times(void **state) {
  (void)state;
  roost_runtime runtime;
  tracing text = {0};
  assert_int_equal(roost_runtime_open(NULL, &runtime), 0);
  double before = (double)uv_hrtime();
  assert_int_equal(roost_trace_start(runtime, collect, &text, collected), 0);
  assert_int_equal(roost_close(runtime, 0, NULL, NULL, NULL), 0);
  reader it = read_trace(&text);
  assert_string_equal(it.wrong, "");
  assert_true(it.time >= before && it.time <= (double)uv_hrtime());
  assert_int_equal(it.pid, getpid());
  free_reader(&it);
  free(text.text);
}

/* ---------------------------------------------------------------------------------------------- */
/* Nodes                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void open_a_scope(roost_task self) { join(scope(self, "s"), 0); }

/* O2, T1: tasks, groups and scopes. */
static void every_kind_of_node(void **state) {
  (void)state;
  begin();
  roost_group g = group(root, "g");
  roost_group h = group(g, "h");
  spawn(h, "t", .body = open_a_scope, .lasts = MS(1));
  assert_int_equal(roost_spawn(h, ROOST_TASK(.start = NULL), NULL), ROOST_EINVAL);
  join(g, 0);
  run();
  stop();
  assert_story("root( g( h( t( s( )s=completed )t=completed )h=completed )g=completed )root=alive",
               &trace);
}

/* O2, G5: how they end, and why. */
static void how_it_ends(void **state) {
  (void)state;
  begin();
  roost_group g = open_group(root, ROOST_GROUP(.name = "g", .policy = ROOST_SUPERVISE));
  spawn(g, "good", .answers = 7);
  spawn(g, "bad", .answers = ROOST_EIO);
  spawn(g, "late", .lasts = SECONDS(1), .timeout_ns = MS(1));
  spawn(g, "moved on", .lasts = SECONDS(1), .timeout_ns = MS(1), .move_on = 1);
  roost_task cut = spawn(g, "cut", .lasts = SECONDS(1));
  join(g, 0);
  cancel(cut, NULL);
  run();
  stop();
  assert_story("root( g( good( bad( late( moved on( cut( cut!explicit )good=failed:EINVAL "
               ")bad=failed:EIO )cut=cancelled:ECANCELED, explicit late!deadline moved on!deadline "
               ")late=failed:ETIMEDOUT )moved on=cancelled:ECANCELED, deadline )g=failed:EINVAL "
               ")root=alive",
               &trace);
}

/* O2, C6a, L2a: what never starts. */
static void what_never_starts(void **state) {
  (void)state;
  begin();
  roost_group g = open_group(root, ROOST_GROUP(.name = "g", .limit = 1));
  spawn(g, "a", .lasts = MS(1));
  roost_task b = spawn(g, "b");
  join(g, 0);
  cancel(b, NULL);
  run();
  stop();
  assert_story("root( g( a( b( b!explicit )b=cancelled:ECANCELED, explicit )a=completed "
               ")g=completed )root=alive",
               &trace);
}

static int do_nothing(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)why, (void)data;
  return 0;
}
static void defer_named(roost_node node, const char *name) {
  const roost_cleanup_options *options = ROOST_CLEANUP(.fn = do_nothing, .name = name);
  assert_int_equal(roost_defer_with(node, options, NULL), 0);
}

/* O2, K2, K3, K3a: cleanups are nodes, also those that end in their first step, and nothing is said
 * of those that were taken back. */
static void cleanups(void **state) {
  (void)state;
  begin();
  roost_group g = open_group(root, ROOST_GROUP(.name = "g", .policy = ROOST_SUPERVISE));
  roost_task t = spawn(g, "t");
  cleanup(t, "waits", .lasts = MS(1));
  assert_int_equal(roost_undefer(cleanup(t, "never")), 0);
  cleanup(t, "fails", .answers = ROOST_EIO);
  defer_named(t, "c");
  cleanup(t, "opens", .body = open_a_scope);
  join(g, 0);
  defer_named(g, "d");
  run();
  stop();
  assert_story("root( g( t( "
               "cleanup of t( s( )s=completed )cleanup of t=completed c( )c=completed "
               "cleanup of t( )cleanup of t=failed:EIO cleanup of t( )cleanup of t=completed "
               ")t=failed d( )d=completed )g=failed:EIO )root=alive",
               &trace);
}

/* O2, K2c: a cleanup without a name is called after its node, which may have none either. */
static void what_has_no_name(void **state) {
  (void)state;
  begin();
  roost_group g = open_group(root, NULL), h = open_group(root, ROOST_GROUP(.name = "h"));
  defer_named(g, NULL);
  defer_named(h, NULL);
  join(g, 0);
  join(h, 0);
  run();
  stop();
  assert_story("root( group( h( cleanup of ( )cleanup of =completed )group=completed "
               "cleanup of h( )cleanup of h=completed )h=completed )root=alive",
               &trace);
}

static void leave_a_scope(roost_task self) { scope(self, "s"); }

/* O2, C9: a node that is cancelled itself says so, with the origin; one that is cancelled with what
 * is around it does not. */
static void origins(void **state) {
  (void)state;
  begin();
  roost_group race = open_group(root, ROOST_GROUP(.name = "race", .policy = ROOST_RACE));
  spawn(race, "won");
  spawn(race, "lost", .lasts = SECONDS(1));
  join(race, 0);
  roost_group daemons = group(root, "daemons");
  spawn(daemons, "d", .lasts = SECONDS(1), .daemon = 1);
  join(daemons, 0);
  roost_group leaving = open_group(root, ROOST_GROUP(.name = "leaving", .policy = ROOST_SUPERVISE));
  spawn(leaving, "leaves", .body = leave_a_scope);
  join(leaving, 0);
  roost_scope signal = scope(root, "by signal");
  assert_int_equal(roost_cancel(signal, ROOST_CANCEL(.origin = ROOST_SIGNAL, .code = 2)), 0);
  roost_scope host = scope(signal, "by host");
  assert_int_equal(roost_cancel(host, ROOST_CANCEL(.origin = ROOST_HOST)), 0);
  assert_int_equal(roost_cancel(host, NULL), ROOST_ALREADY);
  assert_int_equal(roost_shutdown(scope(root, "down"), 0), 0);
  run();
  stop();
  assert_story("root( race( won( lost( daemons( d( leaving( leaves( by signal( "
               "by signal!signal by host( by host!host down( down!shutdown race!race won "
               ")won=completed d!parent's join s( s!left open )s=completed, left open "
               ")leaves=failed )leaving=failed:EUNCLOSED )lost=cancelled:ECANCELED, race won "
               ")race=completed, race won )d=cancelled:ECANCELED, parent's join "
               ")daemons=completed )root=alive )by signal=alive )by host=alive )down=alive",
               &trace);
}

/* O2, D4: so does a deadlock. */
static void a_deadlock(void **state) {
  (void)state;
  begin();
  spawn(root, "t", .answers = ROOST_PENDING, .on_cancel = log_stop);
  assert_int_equal(roost_run(rt), ROOST_EDEADLK);
  stop();
  assert_story("root( t( root!deadlock )t=cancelled:ECANCELED, deadlock )root=alive", &trace);
}

/* ---------------------------------------------------------------------------------------------- */
/* Starts                                                                                         */
/* ---------------------------------------------------------------------------------------------- */

static void report(roost_task self) {
  scope(self, "s");
  assert_int_equal(roost_started(self, 7), 0);
}

/* O2, L4: a task that reports moves, with what it has opened. */
static void a_start(void **state) {
  (void)state;
  begin();
  roost_group g = open_group(root, ROOST_GROUP(.name = "g", .policy = ROOST_SUPERVISE));
  roost_scope in = scope(root, "in");
  start_in(g, in, "t", .body = report, .lasts = MS(1));
  join(in, 0);
  join(g, 0);
  run();
  stop();
  assert_story("root( g( in( group( t( s( t^7 )group=completed )in=completed s!left open "
               ")s=completed, left open )t=failed )g=failed:EUNCLOSED )root=alive",
               &trace);
}

/* O2, L4: one that does not, or is not waited for any more. */
static void a_start_that_fails(void **state) {
  (void)state;
  begin();
  roost_group g = group(root, "g");
  start_in(g, root, "a", .answers = ROOST_EIO);
  start_in(g, root, "b", .lasts = SECONDS(1));
  assert_int_equal(roost_unwait(starting), 0);
  run();
  stop();
  assert_story("root( g( group( a( group( b( b!explicit )a=failed:EIO )group=failed:EIO "
               ")b=cancelled:ECANCELED, explicit )group=completed )root=alive )g=alive",
               &trace);
}

/* ---------------------------------------------------------------------------------------------- */
/* In the middle                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* O2: what is alive begins with the trace, in the order of the tree; what has ended, and is kept,
 * does not, nor does it end again. */
static void it_begins_in_the_middle(void **state) {
  (void)state;
  roost_group g = open_group(root, ROOST_GROUP(.name = "g", .policy = ROOST_SUPERVISE));
  roost_task kept = spawn(g, "kept");
  spawn(g, "a", .lasts = MS(2), .body = leave_a_scope);
  group(g, "h");
  act(MS(1), begin);
  act(MS(1) + 1, cancel_noted);
  noted_node = scope(root, "x");
  run();
  assert_int_equal(roost_release(kept), 0);
  run();
  stop();
  assert_story("root( g( a( s( h( x( x!explicit:enough s!left open )s=completed, left open "
               ")a=failed )root=alive )g=alive )h=alive )x=alive",
               &trace);
}

/* O2: what is alive at its end has its end there; what ends later is not seen, and another trace
 * begins anew. */
static void it_stops_in_the_middle(void **state) {
  (void)state;
  begin();
  roost_group g = group(root, "g");
  spawn(g, "a", .lasts = MS(2));
  act(MS(1), stop);
  run();
  spawn(g, "b", .lasts = MS(2));
  assert_int_equal(roost_trace_stop(rt), ROOST_ALREADY);
  assert_story("root( g( a( )root=alive )g=alive )a=alive", &trace);
  begin();
  run();
  stop();
  assert_story("root( g( b( )b=completed )root=alive )g=alive", &trace);
}

static void begin_in(roost_task self) {
  (void)self;
  begin();
}
static void stop_in(roost_task self) {
  (void)self;
  stop();
}

/* O2: from inside a first step, and a cleanup's. */
static void from_inside_a_cleanup(void **state) {
  (void)state;
  roost_scope s = scope(root, "s");
  cleanup(s, "stops", .body = stop_in);
  defer_named(s, "c");
  cleanup(s, "begins", .body = begin_in);
  join(s, 0);
  run();
  assert_story("root( s( cleanup of s( )cleanup of s=completed c( )c=completed cleanup of s( "
               ")root=alive )s=alive )cleanup of s=alive",
               &trace);
}

static void begin_at_the_end(void *data) {
  drop_data(data);
  begin();
}
static void stop_at_the_end(void *data) {
  drop_data(data);
  stop();
}
static int complete(roost_task self, void *data) {
  (void)self, (void)data;
  return 0;
}

/* O2: what has ended is not in a trace that begins in its drop, and has ended in one that stops
 * there. */
static void from_inside_a_drop(void **state) {
  (void)state;
  roost_task_options first = {.size = sizeof first, .name = "first", .start = complete};
  first.data = new_data(1);
  first.drop = begin_at_the_end;
  roost_task_options last_one = first;
  last_one.name = "last";
  last_one.data = new_data(1);
  last_one.drop = stop_at_the_end;
  assert_int_equal(roost_spawn(root, &first, NULL), 0);
  assert_int_equal(roost_spawn(root, &last_one, NULL), 0);
  run();
  assert_story("root( last( )last=completed )root=alive", &trace);
}

static void begin_joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)result, (void)data;
  begin();
}
static void stop_joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)result, (void)data;
  stop();
}

/* O2: the same of a group. */
static void from_inside_a_join(void **state) {
  (void)state;
  roost_group g = group(root, "g"), h = group(root, "h");
  assert_int_equal(roost_join(g, 0, begin_joined, NULL, NULL), 0);
  assert_int_equal(roost_join(h, 0, stop_joined, NULL, NULL), 0);
  run();
  assert_story("root( h( )h=completed )root=alive", &trace);
}

/* O2, C15: a deep tree begins and ends without recursion. */
static void a_deep_tree(void **state) {
  (void)state;
  enum { deep = 100000 };
  roost_scope s = scope(root, NULL);
  roost_scope first = s;
  for (int i = 1; i < deep; i++) s = scope(s, NULL);
  begin();
  stop();
  const char *at = trace.text;
  int begun = 0, over = 0;
  for (; (at = strstr(at, "\"ph\":\"")) != NULL; at += 6) {
    begun += at[6] == 'b';
    over += at[6] == 'e';
  }
  assert_int_equal(begun, deep + 1);
  assert_int_equal(over, deep + 1);
  free(trace.text);
  join(first, 0);
  run();
}

/* ---------------------------------------------------------------------------------------------- */
/* Writing                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

static int in_a_call;

static void collect_outside(const char *text, uint64_t length, void *data) {
  assert_int_equal(in_a_call, 0);
  collect(text, length, data);
}

/* O2, C5: pieces come from the loop, whenever there is enough; never inside a call. They make up
 * one document. */
static void pieces(void **state) {
  (void)state;
  trace = (tracing){0};
  assert_int_equal(roost_trace_start(rt, collect_outside, &trace, collected), 0);
  in_a_call = 1;
  for (int i = 0; i < 1000; i++) spawn(root, "t", .lasts = MS(1 + i));
  in_a_call = 0;
  assert_int_equal(trace.pieces, 0);
  run();
  assert_in_range(trace.pieces, 2, 10);
  assert_true(trace.length >= (size_t)trace.pieces * 64 * 1024);
  stop();
  reader it = read_trace(&trace);
  assert_string_equal(it.wrong, "");
  assert_int_equal(it.count, 1001);
  free_reader(&it);
  free(trace.text);
  trace = (tracing){0};
}

/* Enough for a piece: what comes is written at the end of the turn. */
static void fill(void) {
  for (int i = 0; i < 300; i++) {
    roost_scope s;
    assert_int_equal(roost_scope_open(root, NULL, &s), 0);
    assert_int_equal(roost_join(s, 0, NULL, NULL, NULL), 0);
  }
}

static void (*in_write)(void);
static int in_write_drops; /* those of the trace when in_write had returned */

static void write_once(const char *text, uint64_t length, void *data) {
  collect(text, length, data);
  void (*action)(void) = in_write;
  in_write = NULL;
  if (action == NULL) return;
  action();
  in_write_drops = trace.drops;
}

static void write_with(void (*action)(void)) {
  trace = other = (tracing){0};
  in_write = action;
  in_write_drops = -1;
  assert_int_equal(roost_trace_start(rt, write_once, &trace, collected), 0);
  fill();
}

static void check_whole(tracing *text, int count) {
  reader it = read_trace(text);
  assert_string_equal(it.wrong, "");
  assert_int_equal(it.count, count);
  assert_int_equal(text->drops, 1);
  free_reader(&it);
  free(text->text);
  *text = (tracing){0};
}

/* O2, K5: stopped inside its function, it is finished when that has returned, and its data is
 * dropped after that. */
static void it_stops_inside_its_function(void **state) {
  (void)state;
  write_with(stop);
  run();
  assert_int_equal(in_write_drops, 0);
  assert_int_equal(roost_trace_stop(rt), ROOST_ALREADY);
  check_whole(&trace, 301);
}

static void stop_and_begin(void) {
  stop();
  assert_int_equal(roost_trace_start(rt, collect, &other, collected), 0);
  spawn(root, "t");
}

/* O2: so another may begin there. */
static void another_begins_inside(void **state) {
  (void)state;
  write_with(stop_and_begin);
  run();
  check_whole(&trace, 301);
  stop();
  assert_story("root( t( )t=completed )root=alive", &other);
}

static void make_more(void) {
  fill();
  spawn(root, "t", .lasts = MS(1));
  assert_int_equal(roost_trace_start(rt, collect, &other, collected), ROOST_EALREADY);
  assert_int_equal(other.drops, 1); /* K5 */
}

/* O2: what happens in it is for a later piece. */
static void more_happens_inside(void **state) {
  (void)state;
  write_with(make_more);
  run();
  stop();
  assert_true(trace.pieces >= 3);
  check_whole(&trace, 602);
}

static void close_inside(void) {
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  spawn(noted_node, "t", .lasts = SECONDS(1));
  rt.id = 0;
}

/* O2, S8a: the runtime is closed there, and the trace with it. */
static void close_inside_its_function(void **state) {
  (void)state;
  roost_runtime runtime = rt;
  write_with(close_inside);
  noted_node = open_group(root, NULL);
  assert_int_equal(roost_run(runtime), 0);
  check_whole(&trace, 303);
}

static void closed(const roost_result *result, void *data) {
  (void)result;
  assert_int_equal(((tracing *)data)->drops, 1);
  note("closed");
}

/* O2, S8a: closing ends the trace, before it tells of itself. */
static void closing_ends_it(void **state) {
  (void)state;
  begin();
  spawn(root, "t", .lasts = SECONDS(1));
  assert_int_equal(roost_close(rt, 0, closed, &trace, NULL), 0);
  rt.id = 0;
  assert_log("t+ t! closed");
  assert_story("root( t( root!shutdown )t=cancelled:ECANCELED, shutdown )root=cancelled, shutdown",
               &trace);
}

static roost_runtime stale;
static int write_answers[4];

static void write_stale(const char *text, uint64_t length, void *data) {
  collect(text, length, data);
  write_answers[0] = roost_trace_stop(stale);
  write_answers[1] = roost_run(stale);
  write_answers[2] = roost_close(stale, 0, NULL, NULL, NULL);
  write_answers[3] = roost_spawn(root, ROOST_TASK(.start = complete), NULL);
}

/* O2, S8a, T3: the last piece comes when nothing is left to call. */
static void the_last_piece_of_all(void **state) {
  (void)state;
  trace = (tracing){0};
  assert_int_equal(roost_trace_start(rt, write_stale, &trace, collected), 0);
  stale = rt;
  assert_int_equal(close_now(), 0);
  for (int i = 0; i < 4; i++) assert_int_equal(write_answers[i], ROOST_ESTALE);
  assert_story("root( root!shutdown )root=completed, shutdown", &trace);
}

/* ---------------------------------------------------------------------------------------------- */
/* Bad use                                                                                        */
/* ---------------------------------------------------------------------------------------------- */

/* B1, K5: what is refused is dropped. */
static void bad_use(void **state) {
  (void)state;
  assert_refused(ROOST_EINVAL, roost_trace_start, (rt, NULL, &other, collected));
  assert_int_equal(other.drops, 1);
  assert_refused(ROOST_EKIND, roost_trace_start,
                 ((roost_runtime){root.id}, collect, &other, collected));
  assert_int_equal(other.drops, 2);
  assert_int_equal(roost_trace_stop(rt), ROOST_ALREADY);
  begin();
  assert_refused(ROOST_EALREADY, roost_trace_start, (rt, collect, &other, collected));
  assert_int_equal(other.drops, 3);
  other = (tracing){0};
  stop();
  assert_story("root( )root=alive", &trace);
}

static int begin_and_end(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  begin();
  return 0;
}

/* O2: the cleanup in whose only step it begins, which does nothing else, is alive then. */
static void from_inside_a_short_cleanup(void **state) {
  (void)state;
  roost_scope s = scope(root, "s");
  assert_int_equal(roost_defer(s, begin_and_end, NULL, NULL), 0);
  join(s, 0);
  run();
  stop();
  assert_story("root( s( cleanup of s( )cleanup of s=completed )s=completed )root=alive", &trace);
}

/* ---------------------------------------------------------------------------------------------- */
/* Large and late                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

static int count(const char *text, const char *word) {
  int found = 0;
  for (; (text = strstr(text, word)) != NULL; text += strlen(word)) found++;
  return found;
}

/* O2: times of nine digits before the point, and of more. */
static void late_times(void **state) {
  (void)state;
  begin();
  roost_group g = group(root, "g");
  spawn(g, "a", .lasts = SECONDS(499));
  spawn(g, "b", .lasts = SECONDS(123455) + 1);
  run();
  stop();
  assert_log("a+ b+ @499000 a- @123455000 b-");
  assert_int_equal(count(trace.text, "\"ts\":500000000.000"), 1);
  assert_int_equal(count(trace.text, "\"ts\":123456000000.001"), 3);
  free(trace.text);
}

enum { crowded = 20000 };

static int end_at_once(roost_task self, void *data) {
  (void)self;
  (void)data;
  return 0;
}

static void open_a_crowd(void) {
  roost_group g = group(root, "g");
  for (int i = 0; i < crowded; i++)
    assert_int_equal(roost_spawn(g, ROOST_TASK(.start = end_at_once), NULL), 0);
}

/* O2: more in a turn than is kept, again and again: the room is what it is thought to be. */
static void crowded_turns(void **state) {
  (void)state;
  begin();
  for (int i = 0; i < 4; i++) {
    open_a_crowd();
    run();
  }
  stop();
  assert_int_equal(count(trace.text, "{\"ph\":\"b\",\"cat\":\"task\""), 4 * crowded);
  assert_int_equal(count(trace.text, "{\"ph\":\"e\",\"cat\":\"task\""), 4 * crowded);
  free(trace.text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_whole_text),
      TEST(names_of_odd_bytes),
      TEST(the_longest_event),
      TEST(real_times),
      TEST(every_kind_of_node),
      TEST(how_it_ends),
      TEST(what_never_starts),
      TEST(cleanups),
      TEST(what_has_no_name),
      TEST(origins),
      TEST(a_deadlock),
      TEST(a_start),
      TEST(a_start_that_fails),
      TEST(it_begins_in_the_middle),
      TEST(it_stops_in_the_middle),
      TEST(from_inside_a_cleanup),
      TEST(from_inside_a_drop),
      TEST(from_inside_a_join),
      TEST(a_deep_tree),
      TEST(pieces),
      TEST(it_stops_inside_its_function),
      TEST(another_begins_inside),
      TEST(more_happens_inside),
      TEST(close_inside_its_function),
      TEST(closing_ends_it),
      TEST(the_last_piece_of_all),
      TEST(bad_use),
      TEST(from_inside_a_short_cleanup),
      TEST(late_times),
      TEST(crowded_turns),
  };
  return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
