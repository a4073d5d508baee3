/* real: S3, S7, C4: connecting, and accepting connections. */
#include "streams.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/stat.h>

/* ---------------------------------------------------------------------------------------------- */
/* What the tests share                                                                           */
/* ---------------------------------------------------------------------------------------------- */

static uv_tcp_t server;
static uv_stream_t *const servers = (uv_stream_t *)&server;
static struct sockaddr_in address;
static const struct sockaddr *const to_server = (const struct sockaddr *)&address;
static int opened[16], opened_count;

static void listen_here(uv_connection_cb callback) {
  int size = sizeof address;
  assert_int_equal(uv_tcp_init(loop, &server), 0);
  assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
  assert_int_equal(uv_tcp_bind(&server, to_server, 0), 0);
  assert_int_equal(uv_listen(servers, 16, callback), 0);
  assert_int_equal(uv_tcp_getsockname(&server, (struct sockaddr *)&address, &size), 0);
  own(&server);
}

/* Connected when it returns, which needs nobody to accept it. */
static int dial(void) {
  int end = socket(AF_INET, SOCK_STREAM, 0);
  assert_true(end >= 0);
  assert_int_equal(connect(end, to_server, sizeof address), 0);
  return opened[opened_count++] = end;
}
static void dial_later(void) { dial(); }

static int open_server(void **state) {
  opened_count = 0;
  if (open_streams(state) != 0) return -1;
  listen_here(roost_connection);
  return 0;
}
static int close_server(void **state) {
  int rc = close_streams(state);
  while (opened_count > 0) close(opened[--opened_count]);
  return rc;
}
#define SERVER(function) cmocka_unit_test_setup_teardown(function, open_server, close_server)

static uv_tcp_t clients[4];
static uv_tcp_t *fresh(uv_tcp_t *client) {
  assert_int_equal(uv_tcp_init(loop, client), 0);
  own(client);
  return client;
}

static roost_wait accept_in(roost_node in, uv_tcp_t *client, const char *name) {
  roost_wait wait = {0};
  assert_int_equal(
      roost_accept(servers, (uv_stream_t *)client, in, log_wait, copy_text(name), drop_data, &wait),
      0);
  return wait;
}

static roost_wait connect_in(roost_node in, uv_tcp_t *tcp, const char *name,
                             const roost_stream_options *options) {
  roost_wait wait = {0};
  assert_int_equal(
      roost_tcp_connect(tcp, to_server, in, options, log_wait, copy_text(name), drop_data, &wait),
      0);
  return wait;
}

/* That the two ends belong together. */
static void assert_joined(int end, uv_tcp_t *client) {
  char letter = 0;
  uv_buf_t buf = uv_buf_init("x", 1);
  assert_int_equal(uv_try_write((uv_stream_t *)client, &buf, 1), 1);
  assert_int_equal(read(end, &letter, 1), 1);
  assert_int_equal(letter, 'x');
}

static int is_open(uv_tcp_t *tcp) {
  uv_os_fd_t descriptor;
  return uv_fileno((uv_handle_t *)tcp, &descriptor) == 0;
}
static int is_closing(uv_tcp_t *tcp) { return uv_is_closing((uv_handle_t *)tcp); }

/* ---------------------------------------------------------------------------------------------- */
/* S3: accepting                                                                                  */
/* ---------------------------------------------------------------------------------------------- */

/* S3, S2b */
static void a_connection_is_accepted(void **state) {
  (void)state;
  accept_in(s, fresh(&clients[0]), "a");
  act(MS(10), dial_later);
  run();
  assert_log("@10 a=0");
  assert_joined(opened[0], &clients[0]);
}

/* S3: one that libuv has taken before anybody waits for it. */
static void a_connection_waits_to_be_accepted(void **state) {
  (void)state;
  int end = dial();
  uv_run(loop, UV_RUN_NOWAIT);
  accept_in(s, fresh(&clients[0]), "a");
  assert_log("");
  run();
  assert_log("a=0");
  assert_joined(end, &clients[0]);
}

static int accepted;
static void accept_next(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)data;
  note("%d", rc);
  if (++accepted < 3)
    assert_int_equal(roost_accept(servers, (uv_stream_t *)fresh(&clients[accepted]), s, accept_next,
                                  NULL, NULL, NULL),
                     0);
}

/* S3: in the order of coming, each by the function of the one before. */
static void connections_are_accepted_in_their_order(void **state) {
  (void)state;
  accepted = 0;
  for (int i = 0; i < 3; i++) dial();
  assert_int_equal(
      roost_accept(servers, (uv_stream_t *)fresh(&clients[0]), s, accept_next, NULL, NULL, NULL),
      0);
  run();
  assert_log("0 0 0");
  for (int i = 0; i < 3; i++) assert_joined(opened[i], &clients[i]);
}

/* ---------------------------------------------------------------------------------------------- */
/* C4: no connection is lost                                                                      */
/* ---------------------------------------------------------------------------------------------- */

static void assert_next_gets_it(void) {
  clear_log();
  accept_in(root, fresh(&clients[1]), "next");
  run();
  assert_log("next=0");
  assert_joined(opened[0], &clients[1]);
}

/* C4a: cancelled before one came. */
static void a_cancelled_wait_has_accepted_nothing(void **state) {
  (void)state;
  accept_in(s, fresh(&clients[0]), "a");
  act(MS(10), cancel_s);
  act(MS(10), dial_later);
  run();
  assert_log("@10 a=ECANCELED");
  assert_false(is_open(&clients[0]));
  assert_next_gets_it();
}

/* C3a: one that is there is not taken. */
static void a_wait_in_a_cancelled_node_accepts_nothing(void **state) {
  (void)state;
  dial();
  uv_run(loop, UV_RUN_NOWAIT);
  cancel_s();
  accept_in(s, fresh(&clients[0]), "a");
  run();
  assert_log("a=ECANCELED");
  assert_false(is_open(&clients[0]));
  assert_next_gets_it();
}

/* C4: one that came before the cancellation is accepted. */
static void a_connection_that_has_come_is_accepted_in_spite_of_a_cancel(void **state) {
  (void)state;
  dial();
  accept_in(s, fresh(&clients[0]), "a");
  after_next_poll(cancel_s);
  run();
  assert_log("a=0");
  assert_joined(opened[0], &clients[0]);
}

/* K3 */
static void a_wait_that_is_taken_back_has_accepted_nothing(void **state) {
  (void)state;
  assert_int_equal(roost_accept(servers, (uv_stream_t *)fresh(&clients[0]), s, log_wait,
                                copy_text("a"), note_data, &waiting),
                   0);
  act(MS(10), take_back);
  act(MS(10), dial_later);
  run();
  assert_log("@10 drop:a");
  assert_next_gets_it();
}

static void begin_accept(roost_task self) { accept_in(self, fresh(&clients[0]), "a"); }

/* S2b */
static void the_end_of_its_task_takes_it_back(void **state) {
  (void)state;
  spawn(root, "a", .body = begin_accept);
  run();
  assert_log("a+");
  dial();
  assert_next_gets_it();
}

/* C12: what accepts new work stops when it is stopping. */
static void a_server_that_is_stopping_accepts_no_more(void **state) {
  (void)state;
  roost_scope u = scope(s, "u", .until_stopping = 1);
  accept_in(u, fresh(&clients[0]), "a");
  act(MS(10), stop_s);
  act(MS(10), dial_later);
  run();
  assert_log("@10 a=ESTOPPING");
  assert_next_gets_it();
}

/* S8a */
static void closing_the_runtime_ends_a_wait_for_a_connection(void **state) {
  (void)state;
  accept_in(s, fresh(&clients[0]), "a");
  assert_int_equal(close_now(), 0);
  assert_log("a=ECANCELED");
}

/* ---------------------------------------------------------------------------------------------- */
/* What goes wrong with a server or a client                                                      */
/* ---------------------------------------------------------------------------------------------- */

static void close_server_now(void) { uv_close((uv_handle_t *)&server, NULL); }
static void close_client(void) { uv_close((uv_handle_t *)&clients[0], NULL); }

/* S3a: no wait hangs for it. */
static void closing_a_server_ends_its_wait(void **state) {
  (void)state;
  accept_in(s, fresh(&clients[0]), "a");
  act(MS(10), close_server_now);
  run();
  assert_log("@10 a=ECLOSED");
}

/* S3a: nor is the server touched, when a connection had come. */
static void closing_a_server_whose_connection_has_come_ends_its_wait(void **state) {
  (void)state;
  accept_in(s, fresh(&clients[0]), "a");
  dial();
  after_next_poll(close_server_now);
  run();
  assert_log("a=ECLOSED");
  assert_false(is_open(&clients[0]));
}

/* C4: a client that was closed meanwhile loses none. */
static void a_client_that_is_closed_accepts_nothing(void **state) {
  (void)state;
  accept_in(s, fresh(&clients[0]), "a");
  dial();
  after_next_poll(close_client);
  run();
  assert_log("a=ECLOSED");
  assert_next_gets_it();
}

static void open_client(void) {
  assert_int_equal(uv_tcp_open(&clients[0], socket(AF_INET, SOCK_STREAM, 0)), 0);
}

/* C4: nor does one that is used for something else. */
static void a_client_that_is_opened_meanwhile_accepts_nothing(void **state) {
  (void)state;
  accept_in(s, fresh(&clients[0]), "a");
  dial();
  after_next_poll(open_client);
  run();
  assert_log("a=EBUSY");
  assert_next_gets_it();
}

static void accept_by_program(void) {
  assert_int_equal(uv_accept(servers, (uv_stream_t *)&clients[2]), 0);
}

/* Without harm, where the program takes the connection itself. */
static void a_connection_that_the_program_accepts_is_gone(void **state) {
  (void)state;
  fresh(&clients[2]);
  accept_in(s, fresh(&clients[0]), "a");
  dial();
  after_next_poll(accept_by_program);
  run();
  assert_log("a=EAGAIN");
  assert_joined(opened[0], &clients[2]);
}

/* S3: what the system says is told to who waits, and to nobody else. */
static void a_failed_connection_is_told(void **state) {
  (void)state;
  roost_connection(NULL, UV_EMFILE);
  roost_connection(servers, UV_EMFILE);
  accept_in(s, fresh(&clients[0]), "a");
  roost_connection(servers, UV_EMFILE);
  roost_connection(servers, UV_ENFILE);
  run();
  assert_log("a=-24");
  assert_int_equal(UV_EMFILE, -24);
}

static int drops;
static void count_drop(void *data) {
  (void)data;
  drops++;
}
#define ACCEPT(from, client, in)                                                                   \
  ((void *)(from), (void *)(client), in, log_wait, NULL, count_drop, NULL)

/* B1, K5 */
static void a_wait_for_a_connection_that_cannot_begin_is_refused(void **state) {
  (void)state;
  uv_loop_t other;
  uv_tcp_t elsewhere;
  uv_pipe_t pipe;
  drops = 0;
  fresh(&clients[0]);
  assert_refused(ROOST_EINVAL, roost_accept, ACCEPT(NULL, &clients[0], s));
  assert_refused(ROOST_EINVAL, roost_accept, ACCEPT(&server, NULL, s));
  assert_refused(ROOST_EINVAL, roost_accept, ACCEPT(&server, &clients[0], (roost_node){0}));
  assert_refused(ROOST_EINVAL, roost_accept, ACCEPT(&server, &server, s));
  assert_refused(ROOST_EINVAL, roost_accept, ACCEPT(&clients[0], &clients[0], s));
  assert_int_equal(uv_pipe_init(loop, &pipe, 0), 0);
  own(&pipe);
  assert_refused(ROOST_EINVAL, roost_accept, ACCEPT(&server, &pipe, s));
  assert_int_equal(uv_loop_init(&other), 0);
  assert_int_equal(uv_tcp_init(&other, &elsewhere), 0);
  assert_refused(ROOST_EINVAL, roost_accept, ACCEPT(&server, &elsewhere, s));
  uv_close((uv_handle_t *)&elsewhere, NULL);
  uv_run(&other, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&other), 0);
  accept_in(s, &clients[0], "a");
  assert_refused(ROOST_EBUSY, roost_accept, ACCEPT(&server, fresh(&clients[1]), s));
  close_client();
  assert_refused(ROOST_ECLOSED, roost_accept, ACCEPT(&server, &clients[0], s));
  assert_int_equal(drops, 9);
  close_server_now();
  assert_refused(ROOST_ECLOSED, roost_accept, ACCEPT(&server, &clients[1], s));
  run();
  assert_log("a=ECLOSED");
  assert_int_equal(close_now(), 0);
}

/* ---------------------------------------------------------------------------------------------- */
/* S3: connecting                                                                                 */
/* ---------------------------------------------------------------------------------------------- */

/* S3 */
static void a_tcp_handle_is_connected(void **state) {
  (void)state;
  connect_in(s, fresh(&clients[1]), "c", NULL);
  assert_log("");
  run();
  assert_log("c=0");
  accept_in(s, fresh(&clients[0]), "a");
  run();
  assert_log("a=0");
  assert_int_equal(roost_read((uv_stream_t *)&clients[0], buffer, 9, s, log_wait, copy_text("r"),
                              drop_data, NULL),
                   0);
  uv_buf_t buf = uv_buf_init("hello", 5);
  assert_int_equal(roost_write((uv_stream_t *)&clients[1], &buf, 1, NULL, s, NULL, log_wait,
                               copy_text("w"), drop_data, NULL),
                   0);
  run();
  assert_log("w=0 r=5");
}

/* S3 */
static void a_refused_connect_is_told(void **state) {
  (void)state;
  close_server_now();
  uv_run(loop, UV_RUN_NOWAIT);
  connect_in(s, fresh(&clients[0]), "c", NULL);
  run();
  assert_log("c=-111");
  assert_int_equal(UV_ECONNREFUSED, -111);
  assert_false(is_closing(&clients[0]));
}

static char *path_of_socket(char *path) {
  char folder[] = "/tmp/roost-stream-XXXXXX";
  assert_non_null(mkdtemp(folder));
  assert_int_equal(snprintf(path, 64, "%s/socket", folder), 31);
  return path;
}

/* S3 */
static void a_pipe_is_connected(void **state) {
  (void)state;
  char path[64];
  static uv_pipe_t listener, client, accepted_pipe;
  assert_int_equal(uv_pipe_init(loop, &listener, 0), 0);
  own(&listener);
  assert_int_equal(uv_pipe_bind(&listener, path_of_socket(path)), 0);
  assert_int_equal(uv_listen((uv_stream_t *)&listener, 4, roost_connection), 0);
  assert_int_equal(uv_pipe_init(loop, &client, 0), 0);
  own(&client);
  assert_int_equal(uv_pipe_init(loop, &accepted_pipe, 0), 0);
  own(&accepted_pipe);
  assert_int_equal(
      roost_pipe_connect(&client, path, s, NULL, log_wait, copy_text("c"), drop_data, NULL), 0);
  run();
  assert_log("c=0");
  assert_int_equal(roost_accept((uv_stream_t *)&listener, (uv_stream_t *)&accepted_pipe, s,
                                log_wait, copy_text("a"), drop_data, NULL),
                   0);
  run();
  assert_log("a=0");
  unlink(path);
  *strrchr(path, '/') = 0;
  rmdir(path);
}

/* S3 */
static void a_pipe_that_leads_nowhere_is_told(void **state) {
  (void)state;
  static uv_pipe_t client;
  assert_int_equal(uv_pipe_init(loop, &client, 0), 0);
  own(&client);
  assert_int_equal(roost_pipe_connect(&client, "/tmp/roost-no-such-socket", s, NULL, log_wait,
                                      copy_text("c"), drop_data, NULL),
                   0);
  run();
  assert_log("c=-2");
  assert_int_equal(UV_ENOENT, -2);
}

/* ---------------------------------------------------------------------------------------------- */
/* S7: a connect that lasts                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* A server that answers nobody: its backlog is full, and whoever comes is not heard. */
static int deaf;
static int open_deaf_server(void **state) {
  opened_count = 0;
  if (open_streams(state) != 0) return -1;
  socklen_t size = sizeof address;
  deaf = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
  assert_int_equal(bind(deaf, to_server, sizeof address), 0);
  assert_int_equal(listen(deaf, 0), 0);
  assert_int_equal(getsockname(deaf, (struct sockaddr *)&address, &size), 0);
  dial();
  return 0;
}
static int close_deaf_server(void **state) {
  close(deaf);
  return close_server(state);
}
#define DEAF(function)                                                                             \
  cmocka_unit_test_setup_teardown(function, open_deaf_server, close_deaf_server)

static void note_closing(void) { note(is_closing(&clients[0]) ? "closing" : "open"); }

/* S7: its handle is of no more use. */
static void a_cancelled_connect_closes_its_handle(void **state) {
  (void)state;
  connect_in(s, fresh(&clients[0]), "c", NULL);
  act(MS(10), cancel_s);
  run();
  assert_log("@10 c=ECANCELED");
  assert_true(is_closing(&clients[0]));
}

/* S7: the twin, which waits for whatever may come. */
static void a_connect_may_keep_its_handle_open(void **state) {
  (void)state;
  connect_in(s, fresh(&clients[0]), "c", ROOST_STREAM(.keep_open = 1));
  act(MS(10), cancel_s);
  act(SECONDS(3600), note_closing);
  act(SECONDS(3600), close_client);
  run();
  assert_log("@3600000 open c=ECANCELED");
}

/* C4a: and what comes is its own. */
static void a_connect_that_ends_as_it_is_cancelled_keeps_its_result(void **state) {
  (void)state;
  connect_in(s, fresh(&clients[0]), "c", NULL);
  after_next_poll(cancel_s);
  run();
  assert_log("c=0");
  assert_false(is_closing(&clients[0]));
}

/* C3a */
static void a_connect_in_a_cancelled_node_does_nothing(void **state) {
  (void)state;
  cancel_s();
  connect_in(s, fresh(&clients[0]), "c", NULL);
  run();
  assert_log("c=ECANCELED");
  assert_false(is_closing(&clients[0]));
  assert_false(is_open(&clients[0]));
}

/* S2b, S7 */
static void a_connect_that_is_taken_back_closes_its_handle(void **state) {
  (void)state;
  assert_int_equal(roost_tcp_connect(fresh(&clients[0]), to_server, s, NULL, log_wait,
                                     copy_text("c"), note_data, &waiting),
                   0);
  act(MS(10), take_back);
  run();
  assert_log("@10 drop:c");
  assert_true(is_closing(&clients[0]));
}

static void begin_connect(roost_task self) { connect_in(self, fresh(&clients[0]), "c", NULL); }

/* T2, S2b */
static void a_task_ends_when_its_connect_has(void **state) {
  (void)state;
  roost_task task = spawn(root, "a", .body = begin_connect);
  on_end(task, s, "end");
  run();
  assert_log("a+ end=0");
  assert_true(is_closing(&clients[0]));
}

/* S8a */
static void closing_the_runtime_ends_a_connect(void **state) {
  (void)state;
  connect_in(s, fresh(&clients[0]), "c", NULL);
  assert_int_equal(close_now(), 0);
  assert_true(is_closing(&clients[0]));
}

/* C4a: nobody has cancelled it. */
static void closing_a_handle_ends_its_connect(void **state) {
  (void)state;
  connect_in(s, fresh(&clients[0]), "c", NULL);
  act(MS(10), close_client);
  run();
  assert_log("@10 c=ECLOSED");
}

#define CONNECT(tcp, address, in, options)                                                         \
  ((void *)(tcp), address, in, options, log_wait, NULL, count_drop, NULL)

/* B1, K5 */
static void a_connect_that_cannot_begin_is_refused(void **state) {
  (void)state;
  uv_timer_t timer;
  struct sockaddr nonsense = {.sa_family = AF_UNIX};
  drops = 0;
  fresh(&clients[0]);
  assert_refused(ROOST_EINVAL, roost_tcp_connect, CONNECT(NULL, to_server, s, NULL));
  assert_refused(ROOST_EINVAL, roost_tcp_connect, CONNECT(&clients[0], NULL, s, NULL));
  assert_refused(ROOST_EINVAL, roost_tcp_connect, CONNECT(&clients[0], &nonsense, s, NULL));
  assert_refused(ROOST_EINVAL, roost_tcp_connect, CONNECT(&near_pipe, to_server, s, NULL));
  assert_refused(
      ROOST_EINVAL, roost_tcp_connect,
      CONNECT(&clients[0], to_server, s, ROOST_STREAM(.close_on_cancel = 1, .keep_open = 1)));
  assert_int_equal(uv_timer_init(loop, &timer), 0);
  own(&timer);
  assert_refused(ROOST_EINVAL, roost_tcp_connect, CONNECT(&timer, to_server, s, NULL));
  connect_in(s, &clients[0], "c", NULL);
  assert_refused(ROOST_EBUSY, roost_tcp_connect, CONNECT(&clients[0], to_server, s, NULL));
  close_client();
  assert_refused(ROOST_ECLOSED, roost_tcp_connect, CONNECT(&clients[0], to_server, s, NULL));
  assert_int_equal(drops, 8);
  assert_int_equal(close_now(), 0);
}

/* B1: libuv would cut a long name, and connect to another. */
static void a_pipe_that_cannot_be_connected_is_refused(void **state) {
  (void)state;
  static uv_pipe_t client;
  char name[200];
  memset(name, 'n', sizeof name);
  name[108] = 0;
  drops = 0;
  assert_int_equal(uv_pipe_init(loop, &client, 0), 0);
  own(&client);
  assert_refused(ROOST_EINVAL, roost_pipe_connect, CONNECT(NULL, "/tmp/x", s, NULL));
  assert_refused(ROOST_EINVAL, roost_pipe_connect, CONNECT(&client, NULL, s, NULL));
  assert_refused(ROOST_EINVAL, roost_pipe_connect, CONNECT(&client, "", s, NULL));
  assert_refused(ROOST_EINVAL, roost_pipe_connect, CONNECT(&client, name, s, NULL));
  assert_refused(ROOST_EINVAL, roost_pipe_connect, CONNECT(&near_pipe, "/tmp/x", s, NULL));
  assert_refused(ROOST_EINVAL, roost_pipe_connect, CONNECT(fresh(&clients[0]), "/tmp/x", s, NULL));
  assert_int_equal(drops, 6);
  assert_int_equal(close_now(), 0);
}

static void note_streams(const char *text, uint64_t length, void *data) {
  (void)data;
  static const char *const words[] = {"being connected", "a connection", "something to read",
                                      "the end of a write"};
  char copy[8192] = "";
  memcpy(copy, text, length < sizeof copy - 1 ? length : sizeof copy - 1);
  for (size_t i = 0; i < COUNT(words); i++)
    if (strstr(copy, words[i]) == NULL) note("no %s in %s", words[i], copy);
}

/* O1 */
static void a_dump_says_what_is_waited_for(void **state) {
  (void)state;
  static char much[1 << 22];
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  fresh(&clients[0]);
  connect_in(s, &clients[0], "c", NULL);
  listen_here(roost_connection);
  accept_in(s, fresh(&clients[1]), "a");
  assert_int_equal(roost_read(near, buffer, 9, s, log_wait, copy_text("r"), drop_data, NULL), 0);
  assert_int_equal(roost_write(near, &buf, 1, NULL, s, ROOST_STREAM(.close_on_cancel = 1), log_wait,
                               copy_text("w"), drop_data, NULL),
                   0);
  assert_int_equal(roost_dump(root, ROOST_TEXT, note_streams, NULL, NULL), 0);
  assert_log("");
  assert_int_equal(close_now(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SERVER(a_connection_is_accepted),
      SERVER(a_connection_waits_to_be_accepted),
      SERVER(connections_are_accepted_in_their_order),
      SERVER(a_cancelled_wait_has_accepted_nothing),
      SERVER(a_wait_in_a_cancelled_node_accepts_nothing),
      SERVER(a_connection_that_has_come_is_accepted_in_spite_of_a_cancel),
      SERVER(a_wait_that_is_taken_back_has_accepted_nothing),
      SERVER(the_end_of_its_task_takes_it_back),
      SERVER(a_server_that_is_stopping_accepts_no_more),
      SERVER(closing_the_runtime_ends_a_wait_for_a_connection),
      SERVER(closing_a_server_ends_its_wait),
      SERVER(closing_a_server_whose_connection_has_come_ends_its_wait),
      SERVER(a_client_that_is_closed_accepts_nothing),
      SERVER(a_client_that_is_opened_meanwhile_accepts_nothing),
      SERVER(a_connection_that_the_program_accepts_is_gone),
      SERVER(a_failed_connection_is_told),
      SERVER(a_wait_for_a_connection_that_cannot_begin_is_refused),
      SERVER(a_tcp_handle_is_connected),
      SERVER(a_refused_connect_is_told),
      TEST(a_pipe_is_connected),
      TEST(a_pipe_that_leads_nowhere_is_told),
      DEAF(a_cancelled_connect_closes_its_handle),
      DEAF(a_connect_may_keep_its_handle_open),
      SERVER(a_connect_that_ends_as_it_is_cancelled_keeps_its_result),
      SERVER(a_connect_in_a_cancelled_node_does_nothing),
      DEAF(a_connect_that_is_taken_back_closes_its_handle),
      DEAF(a_task_ends_when_its_connect_has),
      DEAF(closing_the_runtime_ends_a_connect),
      DEAF(closing_a_handle_ends_its_connect),
      SERVER(a_connect_that_cannot_begin_is_refused),
      TEST(a_pipe_that_cannot_be_connected_is_refused),
      DEAF(a_dump_says_what_is_waited_for),
  };
  return cmocka_run_group_tests_name("stream_connect", tests, NULL, NULL);
}
