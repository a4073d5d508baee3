/* An echo server that ends well. At SIGTERM it takes no more clients, hangs up on those that ask
 * for nothing, and answers the requests that have begun; what has not ended when its patience is
 * over is cancelled (C12). A hundred clients, in the same process, see what becomes of their
 * requests. The sockets, the signal and the time are real. */
#include "../sockets.h"

#include <signal.h>

enum { MESSAGE = 16, CLIENTS = 100, BEGUN = 170 };
#define PATIENCE (2 * ROOST_SECOND)

/* ---------------------------------------------------------------------------------------------- */
/* The server                                                                                     */
/* ---------------------------------------------------------------------------------------------- */

static uv_tcp_t listener;
static roost_group group; /* of the server's tasks */
static roost_task acceptor;
static roost_event all_begun;
static int begun;            /* requests */
static int hung_up, cut_off; /* clients */

/* One client, until it hangs up. The wait for a request is the task's, and ends when the server is
 * stopping. A request of which the first byte has come is read to its end and answered: that is a
 * scope of its own, whose waits go on. */
static int serve(roost_task self, void *data) {
  uv_stream_t *client = data;
  char text[MESSAGE];
  const uv_buf_t answer = {.base = text, .len = MESSAGE};
  roost_scope request;

  for (;;) {
    int rc = roost_await_read(client, text, 1);
    if (rc == ROOST_ESTOPPING) hung_up++;
    if (rc == ROOST_ESTOPPING || rc == UV_EOF) return 0;
    if (rc < 0) return rc;
    if (++begun == BEGUN) roost_event_set(all_begun);

    must(roost_scope_open(self, ROOST_SCOPE(.name = "request"), &request));
    rc = roost_await_read_exactly(client, text + 1, MESSAGE - 1, NULL);
    if (rc == 0) rc = roost_await_write(client, &answer, 1, NULL, NULL);
    rc = roost_scope_close(request, rc, NULL);
    if (rc == ROOST_ECANCELED) cut_off++;
    if (rc < 0) return rc;
  }
}

/* Nobody can connect any more when this one has ended. */
static int accept_clients(roost_task self, void *data) {
  roost_task task;
  (void)data;
  must(roost_own_handle(self, (uv_handle_t *)&listener, NULL));
  for (;;) {
    uv_tcp_t *tcp = open_tcp(self);
    int rc = roost_await_accept((uv_stream_t *)&listener, (uv_stream_t *)tcp);
    if (rc == ROOST_ESTOPPING) return 0;
    if (rc < 0) return rc;
    must(roost_go_with(group, ROOST_FIBER(.fn = serve, .data = tcp, .until_stopping = 1), &task));
    must(roost_own_handle(task, (uv_handle_t *)tcp, free_handle)); /* handed over */
    must(roost_release(task));
  }
}

/* Reports its port when it is ready, and ends after a SIGTERM. */
static int server(roost_task self, void *data) {
  struct sockaddr_in address;
  int length = sizeof address;
  roost_result result = {.size = sizeof result};
  (void)data;

  must(uv_ip4_addr("127.0.0.1", 0, &address));
  must(uv_tcp_init(roost_loop(runtime), &listener));
  must(uv_tcp_bind(&listener, (struct sockaddr *)&address, 0));
  must(uv_listen((uv_stream_t *)&listener, CLIENTS, roost_connection));
  must(uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &length));

  must(roost_group_open(self, ROOST_GROUP(.name = "server", .policy = ROOST_SUPERVISE), &group));
  must(roost_go_with(group, ROOST_FIBER(.fn = accept_clients, .until_stopping = 1), &acceptor));
  must(roost_started(self, ntohs(address.sin_port)));

  int rc = roost_await_signal(SIGTERM);
  uint64_t told = now();
  must(roost_shutdown(group, PATIENCE));
  rc = roost_group_close(group, rc, &result);
  printf("the server: %s, hung up on %d, cut off %d, by its %s\n", answer(rc), hung_up, cut_off,
         origin_name(result.reason != NULL ? result.reason->origin : 0));
  printf("not before its patience was over: %s\n", yes_or_no(now() - told >= PATIENCE));
  return rc;
}

/* ---------------------------------------------------------------------------------------------- */
/* The clients                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

struct client {
  int number;
  enum { IDLE, GOES_ON, HANGS } kind; /* what it does when the server is told to stop */
  uv_stream_t *server;
};

static struct sockaddr_in server_address;
static roost_event stopping;
static int answered[3];

/* A part of the client's request, which is its number. */
static int ask(struct client *client, size_t from, size_t to) {
  char text[MESSAGE];
  snprintf(text, sizeof text, "client %08d", client->number);
  const uv_buf_t part = {.base = text + from, .len = to - from};
  return roost_await_write(client->server, &part, 1, NULL, NULL);
}

static int get_answer(struct client *client) {
  char text[MESSAGE], expected[MESSAGE];
  snprintf(expected, sizeof expected, "client %08d", client->number);
  int rc = roost_await_read_exactly(client->server, text, MESSAGE, NULL);
  if (rc == 0 && memcmp(text, expected, MESSAGE) != 0) rc = ROOST_EIO;
  if (rc == 0) answered[client->kind]++;
  return rc;
}

/* Each client has its request answered, and most of them begin another. */
static int use_server(roost_task self, void *data) {
  struct client *client = data;
  uv_tcp_t *tcp = open_tcp(self);
  char nothing;

  client->server = (uv_stream_t *)tcp;
  int rc = roost_await_tcp_connect(tcp, (struct sockaddr *)&server_address, NULL);
  if (rc == 0) rc = ask(client, 0, MESSAGE);
  if (rc == 0) rc = get_answer(client);

  if (rc == 0 && client->kind != IDLE) rc = ask(client, 0, 1);
  if (rc == 0 && client->kind == GOES_ON) {
    rc = roost_await_event(stopping);
    if (rc == 0) rc = ask(client, 1, MESSAGE);
    if (rc == 0) rc = get_answer(client);
  }
  if (rc == 0) rc = roost_await_read(client->server, &nothing, 1);
  return rc == UV_EOF ? 0 : rc; /* the server hangs up in any case */
}

static int come_late(roost_task self, void *data) {
  uv_tcp_t *tcp = open_tcp(self);
  (void)data;
  int rc = roost_await_tcp_connect(tcp, (struct sockaddr *)&server_address, NULL);
  printf("a client that comes late: %s\n", roost_strerror(rc));
  return rc == UV_ECONNREFUSED ? 0 : ROOST_EIO;
}

/* ---------------------------------------------------------------------------------------------- */
/* The program                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

/* When all requests have begun that shall have when it is told. */
static int stop_server(roost_group all) {
  int rc = roost_await_event(all_begun);
  if (rc < 0) return rc;
  printf("requests that have begun: %d\n", begun);
  must(uv_kill(uv_os_getpid(), SIGTERM));
  rc = roost_await_end(acceptor);
  if (rc < 0) return rc;
  must(roost_go(all, come_late, NULL));
  return must(roost_event_set(stopping));
}

static int body(roost_task self, void *data) {
  static struct client clients[CLIENTS];
  roost_group all;
  int before = count_sockets();
  (void)data;

  start_the_watch();
  must(roost_event_open(runtime, &all_begun));
  must(roost_event_open(runtime, &stopping));
  must(roost_group_open(self, ROOST_GROUP(.name = "all"), &all));
  int port = must(roost_await_go(all, ROOST_FIBER(.name = "server", .fn = server), NULL));
  must(uv_ip4_addr("127.0.0.1", port, &server_address));
  for (int i = 0; i < CLIENTS; i++) {
    clients[i].number = i;
    clients[i].kind = i < 30 ? IDLE : i < 90 ? GOES_ON : HANGS;
    must(roost_go(all, use_server, &clients[i]));
  }

  int rc = roost_group_close(all, stop_server(all), NULL);

  printf("answered: %d of the idle, %d of those who go on, %d of those who hang\n", answered[IDLE],
         answered[GOES_ON], answered[HANGS]);
  printf("sockets open in the end: %d\n", count_sockets() - before);
  return rc;
}

int main(void) {
  signal(SIGPIPE, SIG_IGN); /* a write tells of it too */
  return roost_main(body, NULL);
}
