/* What the two echo servers share. */
#ifndef ECHO_H
#define ECHO_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#define BUFFER 4096 /* of each connection: so much is read at most at once */
#define BACKLOG 1024

/* Ends the program unless an answer is a success. */
static inline void check(int rc, const char *call) {
  if (rc >= 0) return;
  fprintf(stderr, "%s: %s\n", call, uv_strerror(rc));
  exit(1);
}

/* Listens on loopback, on a port that is free, and prints its number. */
static inline void listen_and_tell(uv_tcp_t *server, uv_connection_cb connected) {
  struct sockaddr_in address;
  int size = sizeof address;
  check(uv_ip4_addr("127.0.0.1", 0, &address), "uv_ip4_addr");
  check(uv_tcp_bind(server, (struct sockaddr *)&address, 0), "uv_tcp_bind");
  check(uv_listen((uv_stream_t *)server, BACKLOG, connected), "uv_listen");
  check(uv_tcp_getsockname(server, (struct sockaddr *)&address, &size), "uv_tcp_getsockname");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
}

#endif
