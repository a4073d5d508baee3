/* A client needs a server that is ready. So the server is started, and not just spawned: that waits
 * until it reports, here with its port. One that fails before it has reported makes the start fail,
 * and only that: its error is none of the group's (L4). */
#include "../common.h"

/* The server. `failure` is why it cannot open its port, or 0. */
static int server(roost_task self, void *failure) {
  say("server: opening its port");
  int rc = roost_sleep(200 * ROOST_MILLISECOND);
  if (rc == 0) rc = *(int *)failure;
  say("server: %s", rc == 0 ? "ready" : "failing");
  if (rc == 0) rc = roost_started(self, 8080); /* refused when nobody waits any more */
  if (rc < 0) return rc;
  rc = roost_sleep_forever();
  say("server: cancelled"); /* for nothing else ends this wait */
  return rc;
}

static int client(roost_task self, void *port) {
  (void)self;
  say("client: connecting to port %d", *(int *)port);
  int rc = roost_sleep(500 * ROOST_MILLISECOND);
  say("client: done");
  return rc;
}

/* The server is a daemon, so it ends when the group has nothing else to do (L3). */
static void serve_a_client(roost_task self, int failure) {
  roost_group group;
  roost_result result = {.size = sizeof result};

  start_the_watch();
  must(roost_group_open(self, ROOST_GROUP(.name = "group"), &group));
  int port = roost_await_go(group, ROOST_FIBER(.fn = server, .data = &failure, .daemon = 1), NULL);
  if (port < 0) {
    say("body: the server has not started: %s", roost_strerror(port));
  } else {
    say("body: the server has started, at port %d", port);
    must(roost_go(group, client, &port));
  }
  roost_group_close(group, 0, &result);
  say_result("group", &result);
}

static int body(roost_task self, void *data) {
  (void)data;
  serve_a_client(self, 0);
  serve_a_client(self, -EADDRINUSE);
  return 0;
}

int main(void) { return roost_main_with(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), body, NULL); }
