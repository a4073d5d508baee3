/* Asks an echo server by many connections at once, each of which has one message under way, until
 * it has had so many answers. Arguments: the port, the server's process, the number of connections
 * and that of the requests.
 *
 * Prints nanoseconds: what the requests took, what the server computed for them, and what this
 * program did. Making the connections is not counted.
 *
 * That last must be less than the second, or the server would wait for this program. So it leaves
 * answers where they are, being told of each by an edge of the descriptor, and takes several at
 * once, when they are compared: an answer in two pieces would be found out then. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE 64
#define KEPT 16 /* so many answers at most are left in a socket */
#define EVENTS 256

struct connection {
  int fd;
  int kept;
};

static char messages[KEPT][MESSAGE];

static void check(long rc, const char *call) {
  if (rc >= 0) return;
  perror(call);
  exit(1);
}

static int64_t read_clock(clockid_t clock) {
  struct timespec now;
  check(clock_gettime(clock, &now), "clock_gettime");
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void make_connection(struct connection *connection, int port, int epoll) {
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  check(fd, "socket");
  check(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
  check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  check(fcntl(fd, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  connection->fd = fd;
}

/* The socket's buffer is empty, so there is room for all of it. */
static void send_message(const struct connection *connection) {
  if (send(connection->fd, messages[connection->kept], MESSAGE, 0) != MESSAGE) check(-1, "send");
}

static void compare(struct connection *connection) {
  char answers[KEPT][MESSAGE];
  ssize_t size = connection->kept * MESSAGE;
  ssize_t count = recv(connection->fd, answers, sizeof answers, 0);
  check(count, "recv");
  if (count != size || memcmp(answers, messages, (size_t)size) != 0) {
    fprintf(stderr, "what came is no echo\n");
    exit(1);
  }
  connection->kept = 0;
}

static void ask(struct connection *connections, int count, int epoll, long requests) {
  struct epoll_event events[EVENTS];
  long to_send = requests;
  long to_come = requests;
  for (int i = 0; i < count && to_send > 0; i++, to_send--) send_message(&connections[i]);
  while (to_come > 0) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    check(ready, "epoll_wait");
    to_come -= ready;
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      if (++connection->kept == KEPT) compare(connection);
      if (to_send-- > 0) send_message(connection);
    }
  }
  for (int i = 0; i < count; i++)
    if (connections[i].kept > 0) compare(&connections[i]);
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: echo_client PORT PROCESS CONNECTIONS REQUESTS\n");
    return 2;
  }
  int port = atoi(argv[1]);
  int count = atoi(argv[3]);
  clockid_t clocks[3] = {CLOCK_MONOTONIC, 0, CLOCK_PROCESS_CPUTIME_ID};
  errno = clock_getcpuclockid(atoi(argv[2]), &clocks[1]);
  check(-errno, "clock_getcpuclockid");

  for (int i = 0; i < KEPT; i++)
    snprintf(messages[i], MESSAGE, "everything comes home to roost %d", i);
  int epoll = epoll_create1(0);
  check(epoll, "epoll_create1");
  struct connection *connections = calloc((size_t)count, sizeof *connections);
  if (!connections) check(-1, "calloc");
  for (int i = 0; i < count; i++) make_connection(&connections[i], port, epoll);
  ask(connections, count, epoll, count);

  int64_t begun[3];
  for (int i = 0; i < 3; i++) begun[i] = read_clock(clocks[i]);
  ask(connections, count, epoll, atol(argv[4]));
  for (int i = 0; i < 3; i++) printf("%" PRId64 " ", read_clock(clocks[i]) - begun[i]);
  puts("");
  return 0;
}
