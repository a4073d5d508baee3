/* Happy eyeballs: a host has several addresses, of which some refuse and some never answer. All are
 * tried, each a little later than the one before, and the first that is connected wins: it cancels
 * the others, which closes their sockets (G2, G2b). The addresses are of the loopback interface,
 * the sockets and the time are real. */
#include "../sockets.h"

#define STAGGER (50 * ROOST_MILLISECOND)
#define PATIENCE (20 * ROOST_SECOND) /* for one attempt */

struct address {
  const char *name;
  enum { SILENT, REFUSES, ANSWERS } kind;
  struct sockaddr_in where;
  int rc; /* of the attempt */
};

static struct address addresses[] = {
    {.name = "127.0.0.1", .kind = SILENT}, {.name = "127.0.0.2", .kind = REFUSES},
    {.name = "127.0.0.3", .kind = SILENT}, {.name = "127.0.0.4", .kind = ANSWERS},
    {.name = "127.0.0.5", .kind = SILENT},
};
enum { ADDRESSES = sizeof addresses / sizeof *addresses };

/* ---------------------------------------------------------------------------------------------- */
/* The race                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static roost_scope winners; /* owns what outlives the race */

static void close_socket(void *tcp) { uv_close(tcp, NULL); }

/* The socket goes with this task, unless it is connected: then it is handed over, and closed unless
 * it wins and is taken. */
static int attempt(roost_task self, void *data) {
  struct address *address = data;
  uv_tcp_t *tcp = open_tcp(self);

  int rc = roost_sleep((address - addresses) * STAGGER);
  if (rc == 0) rc = roost_await_tcp_connect(tcp, (struct sockaddr *)&address->where, NULL);
  address->rc = rc;
  if (rc < 0) return rc;
  must(roost_own_handle(winners, (uv_handle_t *)tcp, free_handle));
  return roost_return(0, tcp, close_socket);
}

/* Answers 0 and a connected socket of `winners`, or the first error. */
static int connect_to_any(roost_task self, uv_tcp_t **tcp) {
  roost_group race;
  roost_result result = {.size = sizeof result};

  must(roost_group_open(self, ROOST_GROUP(.name = "race", .policy = ROOST_RACE), &race));
  for (int i = 0; i < ADDRESSES; i++) {
    must(roost_go_with(race,
                       ROOST_FIBER(.fn = attempt, .data = &addresses[i], .name = addresses[i].name,
                                   .timeout_ns = PATIENCE),
                       NULL));
  }
  int rc = roost_group_close(race, 0, &result);
  if (rc == 0) {
    printf("the winner: %s\n", result.winner_name);
    must(roost_take_result(result.winner, (void **)tcp));
  }
  roost_result_release(&result); /* closes the socket of one that came a moment later */
  return rc;
}

/* ---------------------------------------------------------------------------------------------- */
/* The host                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

/* A plain socket, in the system's hands alone. One that does not listen refuses. One that listens,
 * but has as many connections as it may, nobody accepting any, does not answer. */
static void open_address(struct address *address) {
  struct sockaddr *where = (struct sockaddr *)&address->where;
  socklen_t length = sizeof address->where;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  must(uv_ip4_addr(address->name, 0, &address->where));
  if (bind(fd, where, length) < 0 || getsockname(fd, where, &length) < 0) must(-errno);
  if (address->kind == ANSWERS && listen(fd, 10) < 0) must(-errno);
  if (address->kind == SILENT) {
    int only_one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listen(fd, 0) < 0 || connect(only_one, where, length) < 0) must(-errno);
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* The program                                                                                    */
/* ---------------------------------------------------------------------------------------------- */

static int body(roost_task self, void *data) {
  uv_tcp_t *winner;
  (void)data;

  for (int i = 0; i < ADDRESSES; i++) open_address(&addresses[i]);
  int before = count_sockets();
  start_the_watch();
  must(roost_scope_open(self, ROOST_SCOPE(.name = "winners"), &winners));

  int rc = connect_to_any(self, &winner);
  if (rc == 0) {
    for (int i = 0; i < ADDRESSES; i++) {
      const struct address *address = &addresses[i];
      printf("%s: %s\n", address->name,
             address->rc == 0 ? "connected" : roost_strerror(address->rc));
    }
    printf("well before the slowest: %s\n", yes_or_no(now() - began < PATIENCE / 4));
    printf("sockets open: %d\n", count_sockets() - before);
    printf("it is the winner's: %s\n", yes_or_no(!uv_is_closing((uv_handle_t *)winner)));
  }

  rc = roost_scope_close(winners, rc, NULL);
  printf("sockets open in the end: %d\n", count_sockets() - before);
  return rc;
}

int main(void) { return roost_main(body, NULL); }
