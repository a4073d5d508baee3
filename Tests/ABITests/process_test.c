/* S3, C4a, T2: waits for child processes. The children are this program again (`main` below), and
 * speak to the test through a pipe, by one letter for each thing that happens to them. Where a test
 * has to know how far a child is, it reads such a letter, and the virtual clock stands still until
 * it has come: so nothing here depends on a time. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

/* ---------------------------------------------------------------------------------------------- */
/* The child                                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static void say(char letter) {
  if (write(STDOUT_FILENO, &letter, 1) != 1) _exit(99);
}

static void say_signal(int signum) { say(signum == SIGTERM ? 'T' : 'I'); }

static void say_and_exit(int signum) {
  say_signal(signum);
  _exit(0);
}

static void handle(int signum, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  sigaction(signum, &action, NULL);
}

/* Lasts until a signal ends it. */
static int last_in_silence(void) {
  while (pause() == -1) continue;
  return 97;
}

/* Says before that it is ready. */
static int last_for_ever(void) {
  say('R');
  return last_in_silence();
}

/* Whether a descriptor is /dev/null. */
static int is_null(int descriptor) {
  struct stat null, it;
  return stat("/dev/null", &null) == 0 && fstat(descriptor, &it) == 0 && S_ISCHR(it.st_mode) &&
         null.st_rdev == it.st_rdev;
}

static int be_a_child(int count, char **words) {
  const char *what = words[1];
  if (strcmp(what, "exit") == 0) return atoi(words[2]);
  if (strcmp(what, "null") == 0) return is_null(0) && is_null(1) && is_null(2) ? 0 : 1;
  if (strcmp(what, "inherit") == 0) return is_null(0) || is_null(1) ? 1 : 0;
  if (strcmp(what, "die") == 0) return raise(atoi(words[2]));
  if (strcmp(what, "last") == 0) return last_for_ever();
  if (strcmp(what, "mute") == 0) return last_in_silence();
  if (strcmp(what, "deaf") == 0) {
    handle(SIGTERM, SIG_IGN);
    return last_for_ever();
  }
  if (strcmp(what, "polite") == 0) {
    handle(SIGTERM, say_and_exit);
    return last_for_ever();
  }
  if (strcmp(what, "stubborn") == 0) {
    handle(SIGINT, say_signal);
    handle(SIGTERM, say_signal);
    return last_for_ever();
  }
  if (strcmp(what, "read") == 0) {
    char letter;
    return read(STDIN_FILENO, &letter, 1) == 1 ? letter : 0;
  }
  if (strcmp(what, "tell") == 0) {
    char folder[256];
    printf("%s %d", words[0], count);
    for (int i = 2; i < count; i++) printf(" %s", words[i]);
    printf(" %s %s %s", getenv("ROOST_WORD"), getenv("HOME") ? "HOME" : "no",
           getcwd(folder, sizeof folder));
    return 0;
  }
  if (strcmp(what, "pid") == 0) {
    printf("%d", (int)getpid());
    return 0;
  }
  return 98;
}

/* ---------------------------------------------------------------------------------------------- */
/* The test                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static char self_path[4096];
static int to_test[2];  /* what a child writes */
static int to_child[2]; /* what it reads */
static uv_stdio_container_t stdio[3];

static roost_scope s;
static roost_task task;
static roost_wait running;
static int64_t pid;

static int open_pipes(void **state) {
  if (open_runtime(state) != 0 || pipe2(to_test, O_CLOEXEC) != 0 || pipe2(to_child, O_CLOEXEC) != 0)
    return -1;
  stdio[0] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = to_child[0]};
  stdio[1] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = to_test[1]};
  stdio[2] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = 2};
  s = scope(root, "s");
  pid = -1;
  return 0;
}

/* S8a, T2: when the runtime has gone, no child is left, not even a dead one. */
static int close_and_look(void **state) {
  close_runtime(state);
  for (int i = 0; i < 2; i++) {
    close(to_test[i]);
    close(to_child[i]);
  }
  if (waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD) return 0;
  print_error("a child is left\n");
  return -1;
}
#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_pipes, close_and_look)

static void log_child(roost_wait wait, int rc, void *name) {
  (void)wait;
  if (rc < 0)
    note("%s=%s", (char *)name, code_name(rc));
  else if (ROOST_EXIT_SIGNAL(rc) != 0)
    note("%s=signal:%d:%d", (char *)name, ROOST_EXIT_SIGNAL(rc), ROOST_EXIT_STATUS(rc));
  else
    note("%s=%d", (char *)name, rc);
}

#define WORDS(...) ((const char *const[]){"child", __VA_ARGS__, NULL})

/* Runs a child of this program: child(s, "c", WORDS(...), with more options). */
static roost_wait run_child(roost_node in, const char *name, const roost_process_options *options) {
  roost_wait wait = {0};
  assert_int_equal(roost_run_process(options, in, log_child, copy_text(name), drop_data, &wait), 0);
  return wait;
}
#define child(in, name, ...)                                                                       \
  run_child(in, name,                                                                              \
            ROOST_PROCESS(.file = self_path, .pid = &pid, .stdio = stdio, .stdio_count = 3,        \
                          .args = __VA_ARGS__))

/* No end to the first step: the child is sure to be ended by it. */
static const roost_stop_step only_term[] = {{SIGTERM, ROOST_FOREVER}};
#define BY_TERM .stop = only_term, .stop_count = 1

static char read_letter(void) {
  char letter;
  assert_int_equal(read(to_test[0], &letter, 1), 1);
  return letter;
}
static void note_letter(void) { note("%c", read_letter()); }

static void let_child_go(void) { assert_int_equal(write(to_child[1], "\7", 1), 1); }
static void cancel_s(void) { assert_int_equal(roost_cancel(s, NULL), 0); }
static void take_back(void) { assert_int_equal(roost_unwait(running), 0); }
static void end_task(void) { assert_int_equal(roost_finish(task, 0, NULL, NULL), 0); }
static void stop_s(void) { assert_int_equal(roost_shutdown(s, ROOST_FOREVER), 0); }

static int is_there(void) { return kill((pid_t)pid, 0) == 0; }

/* ---------------------------------------------------------------------------------------------- */
/* S3: it ends by itself                                                                          */
/* ---------------------------------------------------------------------------------------------- */

/* S3, S2b: never inside the call. */
static void a_wait_is_told_the_exit_status(void **state) {
  (void)state;
  child(s, "c", WORDS("exit", "3"));
  assert_log("");
  run();
  child(s, "c", WORDS("exit", "255"));
  run();
  child(s, "c", WORDS("exit", "0"));
  run();
  assert_log("c=3 c=255 c=0");
}

/* S3 */
static void a_wait_is_told_the_signal_that_ended_its_child(void **state) {
  (void)state;
  child(s, "c", WORDS("die", "9"));
  run();
  assert_log("c=signal:9:0");
}

/* S3: libuv looks for the file in PATH; without args it gets its own name alone. */
static void the_file_alone_is_enough(void **state) {
  (void)state;
  roost_process_options options = *ROOST_PROCESS(.file = "true");
  assert_int_equal(roost_run_process(&options, s, log_child, copy_text("c"), drop_data, NULL), 0);
  run();
  options.file = "/bin/cat";
  assert_int_equal(roost_run_process(&options, s, log_child, copy_text("c"), drop_data, NULL), 0);
  run();
  assert_log("c=0 c=0");
}

static void read_all(char *text, size_t room) {
  assert_int_equal(close(to_test[1]), 0);
  to_test[1] = -1;
  size_t length = 0;
  for (ssize_t more; (more = read(to_test[0], text + length, room - length - 1)) > 0;)
    length += (size_t)more;
  text[length] = 0;
}

/* S3 */
static void a_child_gets_what_it_is_given(void **state) {
  (void)state;
  char text[512];
  child(s, "c", WORDS("tell", "a", "b c"), .folder = "/",
        .env = (const char *const[]){"ROOST_WORD=word", NULL});
  run();
  assert_log("c=0");
  read_all(text, sizeof text);
  assert_string_equal(text, "child 4 a b c word no /");
}

/* S3 */
static void its_process_id_is_told(void **state) {
  (void)state;
  char text[32], expected[32];
  child(s, "c", WORDS("pid"));
  snprintf(expected, sizeof expected, "%d", (int)pid);
  run();
  assert_log("c=0");
  read_all(text, sizeof text);
  assert_string_equal(text, expected);
}

/* S3 */
static void a_child_s_descriptors_are_null_unless_they_are_given(void **state) {
  (void)state;
  roost_process_options options = *ROOST_PROCESS(.file = self_path, .args = WORDS("null"));
  assert_int_equal(roost_run_process(&options, s, log_child, copy_text("null"), drop_data, NULL),
                   0);
  run();
  options.args = WORDS("inherit");
  options.inherit = 1;
  int saved[] = {dup(0), dup(1)};
  assert_int_equal(dup2(to_child[0], 0), 0);
  assert_int_equal(dup2(to_test[1], 1), 1);
  int rc = roost_run_process(&options, s, log_child, copy_text("inherit"), drop_data, NULL);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(dup2(saved[i], i), i);
    close(saved[i]);
  }
  assert_int_equal(rc, 0);
  run();
  assert_log("null=0 inherit=0");
}

static char received[64];
static size_t received_count;
static int is_read; /* up to the end */

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  (void)handle;
  (void)size;
  *buffer = uv_buf_init(received + received_count, sizeof received - 1 - received_count);
}

static void take_bytes(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  (void)buffer;
  if (count > 0) received_count += (size_t)count;
  if (count > 0) return;
  uv_close((uv_handle_t *)stream, NULL);
  is_read = 1;
}

/* S3: through a pipe that libuv makes for it. */
static void a_child_s_output_can_be_read_by_libuv(void **state) {
  (void)state;
  uv_loop_t *loop = roost_loop(rt);
  uv_pipe_t out;
  assert_int_equal(uv_pipe_init(loop, &out, 0), 0);
  stdio[1] = (uv_stdio_container_t){.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                    .data.stream = (uv_stream_t *)&out};
  child(s, "c", WORDS("polite"), BY_TERM);
  assert_int_equal(uv_read_start((uv_stream_t *)&out, give_room, take_bytes), 0);
  while (received_count == 0) uv_run(loop, UV_RUN_ONCE);
  cancel_s();
  while (!is_read) uv_run(loop, UV_RUN_ONCE);
  run();
  assert_log("c=ECANCELED");
  assert_string_equal(received, "RT");
  uv_run(loop, UV_RUN_NOWAIT);
}

/* ---------------------------------------------------------------------------------------------- */
/* C4, C4a: it is stopped                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* C4a: the wait ends when the child was reaped, and not before. */
static void a_cancelled_wait_stops_its_child(void **state) {
  (void)state;
  child(s, "c", WORDS("last"), BY_TERM);
  act(SECONDS(1), note_letter);
  act(SECONDS(2), cancel_s);
  run();
  assert_log("@1000 R @2000 c=ECANCELED");
  assert_false(is_there());
}

/* C4: once it was told to stop, its own status counts for nothing. */
static void a_child_that_stops_when_told_was_cancelled(void **state) {
  (void)state;
  child(s, "c", WORDS("polite"), BY_TERM);
  act(SECONDS(1), note_letter);
  act(SECONDS(2), cancel_s);
  run();
  assert_log("@1000 R @2000 c=ECANCELED");
  assert_int_equal(read_letter(), 'T');
}

/* C4a: without steps, SIGTERM with five seconds, and then SIGKILL. */
static void a_child_that_does_not_stop_is_killed(void **state) {
  (void)state;
  child(s, "c", WORDS("deaf"));
  act(SECONDS(1), note_letter);
  act(SECONDS(2), cancel_s);
  run();
  assert_log("@1000 R @7000 c=ECANCELED");
}

/* C4a: each step in its turn, and with its time. Each letter is read before the clock goes on. */
static void the_steps_come_one_after_the_other(void **state) {
  (void)state;
  roost_stop_step steps[] = {{SIGINT, SECONDS(2)}, {SIGTERM, SECONDS(3)}, {SIGINT, ROOST_NOW}};
  child(s, "c", WORDS("stubborn"), .stop = steps, .stop_count = 2);
  memset(steps, 0, sizeof steps);
  act(SECONDS(1), note_letter);
  act(SECONDS(2), cancel_s);
  act(SECONDS(3), note_letter);
  act(SECONDS(5), note_letter);
  run();
  assert_log("@1000 R @3000 I @5000 T @7000 c=ECANCELED");
}

/* C4a: a step without time is followed by the next at once. */
static void a_step_may_have_no_time(void **state) {
  (void)state;
  static const roost_stop_step steps[] = {{SIGINT, 0}, {SIGTERM, 0}};
  child(s, "c", WORDS("stubborn"), .stop = steps, .stop_count = 2);
  act(SECONDS(1), note_letter);
  act(SECONDS(2), cancel_s);
  run();
  assert_log("@1000 R @2000 c=ECANCELED");
}

/* C4a: sixteen steps are as many as there may be. */
static void sixteen_steps_all_come(void **state) {
  (void)state;
  roost_stop_step steps[16];
  for (size_t i = 0; i < COUNT(steps); i++) steps[i] = (roost_stop_step){SIGTERM, SECONDS(1)};
  child(s, "c", WORDS("deaf"), .stop = steps, .stop_count = 16);
  act(SECONDS(1), note_letter);
  act(SECONDS(2), cancel_s);
  run();
  assert_log("@1000 R @18000 c=ECANCELED");
}

/* C12: told so, but stopped all the same. */
static void a_stopping_node_stops_its_children(void **state) {
  (void)state;
  s = scope(root, "stops", .until_stopping = 1);
  child(s, "c", WORDS("last"), BY_TERM);
  act(SECONDS(1), note_letter);
  act(SECONDS(2), stop_s);
  run();
  assert_log("@1000 R @2000 c=ESTOPPING");
}

/* Ends the child, and waits until the system knows it; it is not reaped. */
static void end_child(int signum) {
  siginfo_t info;
  assert_int_equal(kill((pid_t)pid, signum), 0);
  assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}
static void kill_child(void) { end_child(SIGKILL); }
static void kill_child_later(void) {
  act(0, kill_child);
  cancel_s();
}
static void cancel_and_kill(void) {
  cancel_s();
  kill_child();
}

/* C4: it has ended before the first signal, though the loop has not seen that. */
static void a_child_that_ended_before_the_first_signal_keeps_its_status(void **state) {
  (void)state;
  child(s, "c", WORDS("last"));
  act(SECONDS(1), note_letter);
  act(SECONDS(2), kill_child_later);
  run();
  assert_log("@1000 R @2000 c=signal:9:0");
}

/* C4a: one that the loop brings between the mark and the first signal is kept too. */
static void a_child_that_ended_after_the_mark_keeps_its_status(void **state) {
  (void)state;
  child(s, "c", WORDS("last"));
  act(SECONDS(1), note_letter);
  act(SECONDS(2), cancel_and_kill);
  run();
  assert_log("@1000 R @2000 c=signal:9:0");
}

static void kill_poll_and_cancel(void) {
  kill_child();
  uv_run(roost_loop(rt), UV_RUN_NOWAIT);
  cancel_s();
  assert_refused(ROOST_ESTALE, roost_unwait, (running));
}

/* C4: and one that has brought its end before the mark, which cannot be taken back either. */
static void a_wait_that_has_ended_is_not_cancelled_any_more(void **state) {
  (void)state;
  running = child(s, "c", WORDS("last"));
  act(SECONDS(1), note_letter);
  act(SECONDS(2), kill_poll_and_cancel);
  run();
  assert_log("@1000 R @2000 c=signal:9:0");
}

static void steal_child(void) {
  assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
  assert_int_equal(waitpid((pid_t)pid, NULL, 0), pid);
}

/* B1: the program has reaped it itself, of which libuv never tells: a cancellation ends the wait,
 * and no other process of that number gets a signal. */
static void a_child_that_somebody_else_has_reaped_is_let_go(void **state) {
  (void)state;
  child(s, "c", WORDS("last"));
  act(SECONDS(1), note_letter);
  act(SECONDS(2), steal_child);
  act(SECONDS(3), cancel_s);
  run();
  assert_log("@1000 R @3000 c=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* S2b, T2: it is taken back                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static void note_drop(void *data) { note("%s:%s", (char *)data, is_there() ? "there" : "gone"); }

static void never(roost_wait wait, int rc, void *data) {
  (void)wait;
  note("%s=%d?", (char *)data, rc);
}

static void child_to_drop(roost_node in, const char *const *words) {
  const roost_process_options *options =
      ROOST_PROCESS(.file = self_path, .args = words, .stdio = stdio, .stdio_count = 3, .pid = &pid,
                    BY_TERM);
  assert_int_equal(roost_run_process(options, in, never, "drop", note_drop, &running), 0);
}

/* S2b, K5: nobody is told; the data is dropped when the child has gone. */
static void a_wait_that_is_taken_back_stops_its_child(void **state) {
  (void)state;
  child_to_drop(s, WORDS("last"));
  act(SECONDS(1), note_letter);
  act(SECONDS(2), take_back);
  run();
  assert_log("@1000 R @2000 drop:gone");
  assert_refused(ROOST_ESTALE, roost_unwait, (running));
}

static void take_back_twice(void) {
  cancel_s();
  take_back();
  assert_refused(ROOST_ESTALE, roost_unwait, (running));
}

/* S2b: also one that was cancelled before. */
static void a_cancelled_wait_may_be_taken_back(void **state) {
  (void)state;
  child_to_drop(s, WORDS("last"));
  act(SECONDS(1), note_letter);
  act(SECONDS(2), take_back_twice);
  run();
  assert_log("@1000 R @2000 drop:gone");
}

static void look_for_child(roost_task self) {
  (void)self;
  note("%s", is_there() ? "there" : "gone");
}

static void run_in_self(roost_task self) {
  task = self;
  child(self, "c", WORDS("last"), BY_TERM);
  cleanup(self, "sweep", .body = look_for_child);
}

/* S2b, T2: a task's children have gone before its cleanups. */
static void no_task_ends_before_its_children(void **state) {
  (void)state;
  spawn(root, "a", .answers = ROOST_PENDING, .body = run_in_self);
  act(SECONDS(1), note_letter);
  act(SECONDS(2), end_task);
  run();
  assert_log("a+ @1000 R @2000 sweep:completed gone");
}

/* S2b, T2 */
static void no_scope_closes_before_its_children(void **state) {
  (void)state;
  child(s, "c", WORDS("last"), BY_TERM);
  cleanup(s, "sweep", .body = look_for_child);
  assert_int_equal(read_letter(), 'R');
  join(s, 0);
  run();
  assert_log("sweep:completed gone s=0");
}

/* S8a, T2 */
static void no_runtime_closes_before_its_children(void **state) {
  (void)state;
  child(s, "c", WORDS("last"), BY_TERM);
  child(root, "d", WORDS("deaf"));
  assert_int_equal(read_letter(), 'R');
  assert_int_equal(read_letter(), 'R');
  assert_int_equal(close_now(), 0);
  assert_false(is_there());
}

static void note_close(const roost_result *result, void *data) {
  (void)data;
  note("closed=%s:%s", code_name(result->code), is_there() ? "there" : "gone");
}

/* S8, S8a: closing takes the wait back. */
static void nothing_is_left_on_a_borrowed_loop(void **state) {
  (void)state;
  uv_loop_t loop;
  roost_runtime borrower;
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &borrower), 0);
  child(roost_root(borrower), "c", WORDS("exit", "3"));
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("c=3");
  child(roost_root(borrower), "c", WORDS("last"), BY_TERM);
  assert_int_equal(read_letter(), 'R');
  assert_int_equal(roost_close(borrower, 0, note_close, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_log("closed=0:gone");
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* C3a: no child is begun                                                                         */
/* ---------------------------------------------------------------------------------------------- */

/* C3a: and the wait ends as every other, in a later turn. */
static void in_a_cancelled_node_no_child_is_begun(void **state) {
  (void)state;
  cancel_s();
  running = child(s, "c", WORDS("last"));
  assert_int_equal(pid, 0);
  assert_log("");
  run();
  assert_log("c=ECANCELED");
  child(s, "c", WORDS("last"));
  running = child(s, "d", WORDS("last"));
  assert_int_equal(roost_unwait(running), 0);
  run();
  assert_log("c=ECANCELED");
}

/* C3a, C12 */
static void in_a_stopping_node_no_child_is_begun(void **state) {
  (void)state;
  s = scope(root, "stops", .until_stopping = 1);
  stop_s();
  child(s, "c", WORDS("last"));
  assert_int_equal(pid, 0);
  run();
  assert_log("c=ESTOPPING");
}

/* ---------------------------------------------------------------------------------------------- */
/* S8, D4: the loop                                                                               */
/* ---------------------------------------------------------------------------------------------- */

/* D4: children hold no clock, and are no deadlock. */
static void the_clock_jumps_while_a_child_runs(void **state) {
  (void)state;
  child(s, "c", WORDS("read"));
  after(s, SECONDS(10), "w");
  act(SECONDS(20), let_child_go);
  run();
  assert_log("@10000 w=0 @20000 c=7");
}

static int run_in_daemon(roost_task self, void *data) {
  (void)data;
  child(self, "c", WORDS("last"), BY_TERM);
  return ROOST_PENDING;
}

/* S8, L3: a daemon's child does not keep the loop going; closing stops it. */
static void a_daemon_s_child_keeps_nothing_going(void **state) {
  (void)state;
  assert_int_equal(roost_spawn(root,
                               ROOST_TASK(.start = run_in_daemon, .on_cancel = log_stop,
                                          .data = "daemon", .daemon = 1),
                               NULL),
                   0);
  after(root, SECONDS(1), "a");
  run();
  assert_log("@1000 a=0");
  assert_int_equal(read_letter(), 'R');
  assert_true(is_there());
  assert_int_equal(close_now(), 0);
  assert_false(is_there());
}

/* S3: two runtimes have children of their own. */
static void each_runtime_reaps_its_own(void **state) {
  (void)state;
  roost_runtime other;
  assert_int_equal(roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &other), 0);
  child(s, "mine", WORDS("exit", "1"));
  child(roost_root(other), "other", WORDS("exit", "2"));
  assert_int_equal(roost_run(other), 0);
  run();
  assert_log("other=2 mine=1");
  assert_int_equal(roost_close(other, 0, NULL, NULL, NULL), 0);
}

/* real: the steps on the real clock. */
static void on_the_real_clock_a_deaf_child_is_killed(void **state) {
  (void)state;
  static const roost_stop_step steps[] = {{SIGTERM, MS(20)}};
  roost_runtime real;
  assert_int_equal(roost_runtime_open(NULL, &real), 0);
  roost_scope its = scope(roost_root(real), "s");
  child(its, "c", WORDS("deaf"), .stop = steps, .stop_count = 1);
  assert_int_equal(read_letter(), 'R');
  assert_int_equal(roost_cancel(its, NULL), 0);
  uint64_t before = roost_now(real);
  assert_int_equal(roost_run(real), 0);
  assert_true(roost_now(real) - before >= 20 * (uint64_t)ROOST_MILLISECOND);
  assert_log("c=ECANCELED");
  assert_int_equal(roost_close(real, 0, NULL, NULL, NULL), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* B1: it cannot be started                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void assert_not_run(int expected, const roost_process_options *options, roost_node in) {
  char *data = copy_text("never");
  int rc = roost_run_process(options, in, log_child, data, drop_data, &running);
  assert_int_equal(rc, expected);
  assert_non_null(strstr(roost_last_error(), "roost_run_process: "));
}
#define assert_refused_options(...) assert_not_run(ROOST_EINVAL, ROOST_PROCESS(__VA_ARGS__), s)

/* B1, K5: libuv's code, and nothing was begun. */
static void what_cannot_be_started_is_refused(void **state) {
  (void)state;
  assert_not_run(UV_ENOENT, ROOST_PROCESS(.file = "/no/such/file"), s);
  assert_not_run(UV_EACCES, ROOST_PROCESS(.file = "/"), s);
  assert_not_run(UV_ENOENT, ROOST_PROCESS(.file = "/bin/true", .folder = "/no/such/folder"), s);
  /* A step, after which a library that checks itself looks for what is still reserved. */
  spawn(root, "after");
  run();
  assert_log("after+");
}

/* B1, K5 */
static void options_that_make_no_sense_are_refused(void **state) {
  (void)state;
  const int64_t bad_signals[] = {0, -1, NSIG, INT64_MAX};
  for (size_t i = 0; i < COUNT(bad_signals); i++) {
    const roost_stop_step steps[] = {{SIGTERM, 0}, {bad_signals[i], 0}};
    assert_refused_options(.file = "true", .stop = steps, .stop_count = 2);
  }
  roost_stop_step many[17];
  for (size_t i = 0; i < COUNT(many); i++) many[i] = (roost_stop_step){SIGTERM, 0};
  assert_refused_options(.file = "true", .stop = many, .stop_count = 17);
  assert_refused_options(.file = "true", .stop_count = 1);
  assert_refused_options(.file = NULL);
  assert_refused_options(.file = "true", .flags = UV_PROCESS_WINDOWS_HIDE);
  assert_refused_options(.file = "true", .flags = UINT64_C(1) << 40);
  assert_refused_options(.file = "true", .uid = UINT64_C(1) << 32);
  assert_refused_options(.file = "true", .gid = UINT64_C(1) << 32);
  assert_refused_options(.file = "true", .inherit = 2);
  assert_refused_options(.file = "true", .inherit = 1, .stdio = stdio, .stdio_count = 3);
  assert_refused_options(.file = "true", .stdio_count = 1);
  assert_refused_options(.file = "true", .stdio = stdio, .stdio_count = UINT64_C(1) << 31);
  run();
  assert_log("");
}

static void assert_bad_stdio(int flags, void *stream) {
  uv_stdio_container_t one = {.flags = (uv_stdio_flags)flags, .data.stream = stream};
  assert_refused_options(.file = "true", .stdio = &one, .stdio_count = 1);
}

/* B1: libuv would end the program for some of them, and for others leave a child without a wait. */
static void descriptors_that_make_no_sense_are_refused(void **state) {
  (void)state;
  uv_pipe_t opened, closing;
  uv_timer_t timer;
  uv_loop_t *loop = roost_loop(rt);
  assert_int_equal(uv_pipe_init(loop, &opened, 0), 0);
  assert_int_equal(uv_pipe_open(&opened, dup(to_test[0])), 0);
  assert_int_equal(uv_timer_init(loop, &timer), 0);
  assert_int_equal(uv_pipe_init(loop, &closing, 0), 0);
  uv_close((uv_handle_t *)&closing, NULL);
  assert_bad_stdio(UV_INHERIT_FD | UV_INHERIT_STREAM, NULL);
  assert_bad_stdio(UV_CREATE_PIPE | UV_INHERIT_FD, NULL);
  assert_bad_stdio(UV_CREATE_PIPE, NULL);
  assert_bad_stdio(UV_INHERIT_STREAM, NULL);
  assert_bad_stdio(UV_CREATE_PIPE, &opened);
  assert_bad_stdio(UV_CREATE_PIPE, &closing);
  assert_bad_stdio(UV_CREATE_PIPE, &timer);
  uv_close((uv_handle_t *)&opened, NULL);
  uv_close((uv_handle_t *)&timer, NULL);
  run();
  uv_run(loop, UV_RUN_NOWAIT);
  assert_log("");
}

/* T2, S8: libuv starts the child, and fails then: it is killed, and not left behind. By itself it
 * would never end. */
static void a_child_that_libuv_gives_up_is_reaped(void **state) {
  (void)state;
  uv_pipe_t twice;
  assert_int_equal(uv_pipe_init(roost_loop(rt), &twice, 0), 0);
  stdio[0] = stdio[1] = (uv_stdio_container_t){.flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
                                               .data.stream = (uv_stream_t *)&twice};
  assert_not_run(
      UV_EBUSY,
      ROOST_PROCESS(.file = self_path, .args = WORDS("mute"), .stdio = stdio, .stdio_count = 2), s);
  uv_close((uv_handle_t *)&twice, NULL);
  assert_int_equal(close_now(), 0);
}

static void look_for_child_s_id(const char *text, uint64_t length, void *data) {
  char expected[48];
  snprintf(expected, sizeof expected, "for child process %d", (int)pid);
  assert_non_null(memmem(text, length, expected, strlen(expected)));
  *(int *)data = 1;
}

/* O1 */
static void a_dump_says_which_child_is_waited_for(void **state) {
  (void)state;
  int seen = 0;
  child(s, "c", WORDS("read"));
  assert_int_equal(roost_dump(root, ROOST_TEXT, look_for_child_s_id, &seen, NULL), 0);
  assert_int_equal(seen, 1);
  let_child_go();
  run();
  assert_log("c=7");
}

static roost_node ended;

static int run_while_ending(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  assert_not_run(ROOST_ECLOSED, ROOST_PROCESS(.file = "true"), ended);
  note("refused");
  return 0;
}

/* T3, B1, K5 */
static void bad_calls_change_nothing(void **state) {
  (void)state;
  struct {
    roost_process_options known;
    uint64_t unknown;
  } longer = {.known = *ROOST_PROCESS(.file = "true"), .unknown = 1};
  longer.known.size = sizeof longer;
  assert_not_run(ROOST_E2BIG, &longer.known, s);
  assert_not_run(ROOST_EINVAL, NULL, s);
  assert_not_run(ROOST_EINVAL, &(roost_process_options){.file = "true"}, s);
  assert_refused(ROOST_EINVAL, roost_run_process,
                 (ROOST_PROCESS(.file = "true"), s, NULL, copy_text("never"), drop_data, NULL));
  assert_not_run(ROOST_EINVAL, ROOST_PROCESS(.file = "true"), (roost_node){0});
  assert_not_run(ROOST_EKIND, ROOST_PROCESS(.file = "true"), (roost_node){rt.id});
  ended = scope(root, "ended");
  assert_int_equal(roost_defer(ended, run_while_ending, NULL, NULL), 0);
  join(ended, 0);
  run();
  assert_log("refused ended=0");
  assert_not_run(ROOST_ESTALE, ROOST_PROCESS(.file = "true"), ended);
}

/* T3 */
static void its_wait_is_not_woken_by_hand(void **state) {
  (void)state;
  running = child(s, "c", WORDS("read"));
  assert_refused(ROOST_EKIND, roost_wake, (running, 0));
  let_child_go();
  run();
  assert_log("c=7");
}

/* ---------------------------------------------------------------------------------------------- */
/* Rows that are used again                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void wake_running(void) { assert_int_equal(roost_wake(running, 7), 0); }

static void park_in_its_place(void) {
  assert_int_equal(roost_park(root, NULL, log_child, copy_text("p"), drop_data, &running), 0);
}

/* A step in which the child ends, so that no time passes meanwhile. */
static void await_death(roost_task self) {
  (void)self;
  siginfo_t info;
  assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void cancel_s_and_await_death(void) {
  cancel_s();
  spawn(root, "x", .body = await_death);
}

/* C4: the time that a child was allowed is over with it, and ends nothing that takes its place. */
static void the_time_of_a_step_ends_with_its_child(void **state) {
  (void)state;
  static const roost_stop_step steps[] = {{SIGTERM, SECONDS(3600)}};
  child(s, "c", WORDS("last"), .stop = steps, .stop_count = 1);
  act(SECONDS(1), note_letter);
  act(SECONDS(2), cancel_s_and_await_death);
  run();
  assert_log("@1000 R @2000 x+ c=ECANCELED");
  clear_log();
  act(0, park_in_its_place);
  act(SECONDS(9000), wake_running);
  run();
  assert_log("@9002000 p=7");
}

/* C3a: where a wait has carried an item before, no child is to be stopped. */
static void no_child_is_begun_where_an_item_was(void **state) {
  (void)state;
  static int item;
  void *received = NULL;
  roost_channel channel;
  assert_int_equal(roost_channel_open(rt, 1, NULL, &channel), 0);
  assert_int_equal(
      roost_channel_receive(channel, root, &received, log_child, copy_text("r"), drop_data, NULL),
      0);
  assert_int_equal(roost_channel_try_send(channel, &item), 0);
  run();
  assert_ptr_equal(received, &item);
  cancel_s();
  child(s, "c", WORDS("last"));
  run();
  assert_log("r=0 c=ECANCELED");
  assert_int_equal(pid, 0);
}

/* S8, L3: on a borrowed loop too. */
static void a_daemon_s_child_keeps_no_borrowed_loop_going(void **state) {
  (void)state;
  uv_loop_t loop;
  assert_int_equal(close_now(), 0);
  assert_int_equal(uv_loop_init(&loop), 0);
  assert_int_equal(
      roost_runtime_open(ROOST_RUNTIME(.loop = &loop, .clock = ROOST_CLOCK_VIRTUAL), &rt), 0);
  root = roost_root(rt);
  assert_int_equal(roost_spawn(root,
                               ROOST_TASK(.start = run_in_daemon, .on_cancel = log_stop,
                                          .data = "daemon", .daemon = 1),
                               NULL),
                   0);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(read_letter(), 'R');
  assert_true(is_there());
  assert_int_equal(roost_close(rt, 0, NULL, NULL, NULL), ROOST_PENDING);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_false(is_there());
  assert_int_equal(uv_loop_close(&loop), 0);
  rt.id = 0;
}

int main(int count, char **words) {
  if (count > 1) return be_a_child(count, words);
  if (realpath(words[0], self_path) == NULL) return 1;
  const struct CMUnitTest tests[] = {
      TEST(a_wait_is_told_the_exit_status),
      TEST(a_wait_is_told_the_signal_that_ended_its_child),
      TEST(the_file_alone_is_enough),
      TEST(a_child_gets_what_it_is_given),
      TEST(its_process_id_is_told),
      TEST(a_child_s_descriptors_are_null_unless_they_are_given),
      TEST(a_child_s_output_can_be_read_by_libuv),
      TEST(a_cancelled_wait_stops_its_child),
      TEST(a_child_that_stops_when_told_was_cancelled),
      TEST(a_child_that_does_not_stop_is_killed),
      TEST(the_steps_come_one_after_the_other),
      TEST(a_step_may_have_no_time),
      TEST(sixteen_steps_all_come),
      TEST(a_stopping_node_stops_its_children),
      TEST(a_child_that_ended_before_the_first_signal_keeps_its_status),
      TEST(a_child_that_ended_after_the_mark_keeps_its_status),
      TEST(a_wait_that_has_ended_is_not_cancelled_any_more),
      TEST(a_child_that_somebody_else_has_reaped_is_let_go),
      TEST(a_wait_that_is_taken_back_stops_its_child),
      TEST(a_cancelled_wait_may_be_taken_back),
      TEST(no_task_ends_before_its_children),
      TEST(no_scope_closes_before_its_children),
      TEST(no_runtime_closes_before_its_children),
      TEST(nothing_is_left_on_a_borrowed_loop),
      TEST(in_a_cancelled_node_no_child_is_begun),
      TEST(in_a_stopping_node_no_child_is_begun),
      TEST(the_clock_jumps_while_a_child_runs),
      TEST(a_daemon_s_child_keeps_nothing_going),
      TEST(each_runtime_reaps_its_own),
      TEST(on_the_real_clock_a_deaf_child_is_killed),
      TEST(a_dump_says_which_child_is_waited_for),
      TEST(what_cannot_be_started_is_refused),
      TEST(options_that_make_no_sense_are_refused),
      TEST(descriptors_that_make_no_sense_are_refused),
      TEST(a_child_that_libuv_gives_up_is_reaped),
      TEST(bad_calls_change_nothing),
      TEST(its_wait_is_not_woken_by_hand),
      TEST(the_time_of_a_step_ends_with_its_child),
      TEST(no_child_is_begun_where_an_item_was),
      TEST(a_daemon_s_child_keeps_no_borrowed_loop_going),
  };
  return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
