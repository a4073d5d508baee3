/* A client needs a server that is ready. So the server is started, and not just spawned: that waits
 * until it reports, here with its port. One that fails before it has reported makes the start fail,
 * and only that: its error is none of the group's (L4). */
#include "../common.h"

static roost_group group;

/* The server. It is a daemon, so it ends when the group has nothing else to do (L3). */

struct server {
  int failure; /* 0, or why it cannot open its port */
  roost_task self;
};

static void server_waited(roost_wait wait, int rc, void *data) {
  struct server *server = data;
  (void)wait;
  say("server: cancelled"); /* for nothing else ends this wait */
  must(roost_finish(server->self, rc, NULL, NULL));
}

static void port_opened(roost_wait wait, int rc, void *data) {
  struct server *server = data;
  (void)wait;
  if (rc == 0) rc = server->failure;
  say("server: %s", rc == 0 ? "ready" : "failing");
  if (rc == 0) rc = roost_started(server->self, 8080); /* refused when nobody waits any more */
  if (rc < 0) {
    must(roost_finish(server->self, rc, NULL, NULL));
  } else {
    must(roost_after(server->self, ROOST_FOREVER, server_waited, server, NULL, NULL));
  }
}

static int server_start(roost_task self, void *data) {
  struct server *server = data;
  server->self = self;
  say("server: opening its port");
  must(roost_after(self, 200 * ROOST_MILLISECOND, port_opened, server, NULL, NULL));
  return ROOST_PENDING;
}

/* The client. */

struct client {
  int port;
  roost_task self;
};

static void answered(roost_wait wait, int rc, void *data) {
  struct client *client = data;
  (void)wait;
  say("client: done");
  must(roost_finish(client->self, rc, NULL, NULL));
}

static int client_start(roost_task self, void *data) {
  struct client *client = data;
  client->self = self;
  say("client: connecting to port %d", client->port);
  must(roost_after(self, 500 * ROOST_MILLISECOND, answered, client, NULL, NULL));
  return ROOST_PENDING;
}

/* The body. */

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  say_result("group", result);
}

static void started(roost_wait wait, int rc, void *data) {
  struct client *client = data;
  (void)wait;
  if (rc < 0) {
    say("body: the server has not started: %s", roost_strerror(rc));
  } else {
    say("body: the server has started, at port %d", rc);
    client->port = rc;
    must(roost_spawn(group, ROOST_TASK(.start = client_start, .data = client), NULL));
  }
  must(roost_join(group, 0, joined, NULL, NULL));
}

static void body(int failure) {
  struct server server = {.failure = failure};
  struct client client;

  start_the_watch();
  must(roost_group_open(roost_root(runtime), ROOST_GROUP(.name = "group"), &group));
  must(roost_start(group, group, ROOST_TASK(.start = server_start, .data = &server, .daemon = 1),
                   started, &client, NULL, NULL, NULL));
  must(roost_run(runtime));
}

int main(void) {
  open_runtime();
  body(0);
  body(-EADDRINUSE);
  return close_runtime();
}
