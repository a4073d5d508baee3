/* real: C4, S7, T2: random programs of reads and writes on a few streams, that are cancelled,
 * taken back, and whose streams are closed under them by the program or by their owners. Each byte
 * that is sent has its place in a sequence, so that none can be lost, doubled or overtaken without
 * being seen: what a read says it has read, and a write that it has written, is what there was. A
 * program follows from its seed alone; a failure names it. `stream_random_test SEED` runs that one,
 * `stream_random_test FIRST LAST` many. */
#include "chance.h"
#include "streams.h"

#include <errno.h>

enum { PROGRAMS = 150, CALLS = 400, STREAMS = 5, NODES = 4, LARGE = 1 << 19 };

/* The byte at a place of a sequence. */
static char byte_at(uint64_t place) { return (char)(place * 7 + place / 251); }

typedef struct line {
  uv_pipe_t *pipe;
  int far;
  uint64_t sent, got;     /* to the pipe: written by the test, read by waits */
  uint64_t written, seen; /* from the pipe: written by waits, read by the test */
  int reads, writes;      /* under way */
} line;

static line lines[STREAMS];
static roost_scope node[NODES];
static uint64_t begun, ended;

/* ---------------------------------------------------------------------------------------------- */
/* Lines                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

static void free_pipe(uv_handle_t *handle) { drop_data(handle); }

static void open_line(line *it) {
  int ends[2];
  *it = (line){.pipe = new_data(sizeof *it->pipe)};
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(uv_pipe_init(loop, it->pipe, 0), 0);
  assert_int_equal(uv_pipe_open(it->pipe, ends[0]), 0);
  it->far = ends[1];
  fcntl(it->far, F_SETFL, O_NONBLOCK);
}

/* The test's end of a line. */
static void send_some(line *it) {
  char bytes[600];
  int size = 1 + upto(sizeof bytes);
  for (int i = 0; i < size; i++) bytes[i] = byte_at(it->sent + (uint64_t)i);
  ssize_t sent = write(it->far, bytes, (size_t)size);
  if (sent > 0) it->sent += (uint64_t)sent;
}

static void look_at(line *it, uint64_t most) {
  static char bytes[LARGE];
  while (most > 0) {
    ssize_t size = read(it->far, bytes, most < sizeof bytes ? most : sizeof bytes);
    if (size <= 0) return;
    for (ssize_t i = 0; i < size; i++)
      CHECK(bytes[i] == byte_at(it->seen + (uint64_t)i), "byte %d of what was written is wrong",
            (int)(it->seen + (uint64_t)i));
    it->seen += (uint64_t)size;
    most -= (uint64_t)size;
  }
}

/* ---------------------------------------------------------------------------------------------- */
/* Waits                                                                                          */
/* ---------------------------------------------------------------------------------------------- */

typedef struct work {
  line *of;
  roost_wait wait;
  int is_write, is_exact, told;
  int rc;
  uint64_t size, count;
  char bytes[];
} work;

static work *latest[4];

static void tell(roost_wait wait, int rc, void *data) {
  work *it = data;
  (void)wait;
  CHECK(!it->told, "told twice");
  it->told = 1;
  it->rc = rc;
}

static void check_read(work *it) {
  uint64_t size = it->is_exact ? it->count : it->told && it->rc > 0 ? (uint64_t)it->rc : 0;
  CHECK(size <= it->size, "more than there is room for");
  if (it->is_exact && it->told) CHECK((it->rc == 0) == (size == it->size), "all, or a failure");
  for (uint64_t i = 0; i < size; i++)
    CHECK(it->bytes[i] == byte_at(it->of->got + i), "byte %d of what was read is wrong",
          (int)(it->of->got + i));
  it->of->got += size;
  it->of->reads--;
}

static void check_write(work *it) {
  CHECK(it->count <= it->size, "more than there was");
  if (it->told) CHECK((it->rc == 0) == (it->count == it->size), "all, or a failure");
  it->of->written += it->count;
  it->of->writes--;
}

static void let_go(void *data) {
  work *it = data;
  ended++;
  if (it->is_write)
    check_write(it);
  else
    check_read(it);
  for (size_t i = 0; i < COUNT(latest); i++)
    if (latest[i] == it) latest[i] = NULL;
  drop_data(it);
}

static work *new_work(line *of, uint64_t size) {
  work *it = new_data(sizeof *it + size);
  it->of = of;
  it->size = size;
  begun++;
  return it;
}

static void note_work(work *it, int rc) {
  if (rc == 0) latest[upto(COUNT(latest))] = it;
}

static void begin_read(line *of) {
  int busy = of->reads > 0;
  work *it = new_work(of, 1 + (uint64_t)upto(one_in(2) ? 8 : 900));
  uv_stream_t *stream = (uv_stream_t *)of->pipe;
  of->reads++;
  it->is_exact = one_in(3);
  roost_node in = node[upto(NODES)];
  int rc = it->is_exact ? roost_read_exactly(stream, it->bytes, it->size, &it->count, in, tell, it,
                                             let_go, &it->wait)
                        : roost_read(stream, it->bytes, it->size, in, tell, it, let_go, &it->wait);
  CHECK(rc == 0 || (busy && rc == ROOST_EBUSY), "a read begins with %s", code_name(rc));
  note_work(it, rc);
}

static const roost_stream_options *any_options(void) {
  static const roost_stream_options closes = {.size = sizeof closes, .close_on_cancel = 1};
  static const roost_stream_options keeps = {.size = sizeof keeps, .keep_open = 1};
  return one_in(2) ? NULL : one_in(2) ? &closes : &keeps;
}

/* One at a time, since what comes next in the sequence is known when it has ended. */
static void begin_write(line *of) {
  if (of->writes > 0) return;
  work *it = new_work(of, 1 + (uint64_t)upto(one_in(3) ? LARGE : 900));
  uv_buf_t buffers[7];
  uint64_t from = 0;
  for (uint64_t i = 0; i < it->size; i++) it->bytes[i] = byte_at(of->written + i);
  for (size_t i = 0; i < COUNT(buffers); i++) {
    uint64_t left = it->size - from;
    uint64_t part = i == COUNT(buffers) - 1 ? left : (uint64_t)upto((int)left + 1);
    buffers[i] = uv_buf_init(it->bytes + from, (unsigned)part);
    from += part;
  }
  it->is_write = 1;
  of->writes++;
  int rc = roost_write((uv_stream_t *)of->pipe, buffers, COUNT(buffers), &it->count,
                       node[upto(NODES)], any_options(), tell, it, let_go, &it->wait);
  CHECK(rc == 0, "a write begins with %s", code_name(rc));
  note_work(it, rc);
}

/* ---------------------------------------------------------------------------------------------- */
/* Programs                                                                                       */
/* ---------------------------------------------------------------------------------------------- */

static void open_node(int i) {
  static const int64_t graces[] = {0, ROOST_NOW, SECONDS(1), ROOST_FOREVER};
  roost_scope_options options =
      *ROOST_SCOPE(.grace_ns = graces[upto(COUNT(graces))], .until_stopping = (uint64_t)one_in(3));
  assert_int_equal(roost_scope_open(root, &options, &node[i]), 0);
}

static void forget_result(roost_node joined, const roost_result *result, void *data) {
  (void)joined;
  (void)result;
  (void)data;
}

static void turn(void) { uv_run(loop, UV_RUN_NOWAIT); }

/* Its waits end by themselves, whatever they were doing; then nothing is lost on the way. */
static void close_line(line *it, int is_owned) {
  if (!uv_is_closing((uv_handle_t *)it->pipe)) {
    if (is_owned) {
      roost_scope owner = scope(root, "owner");
      assert_int_equal(roost_own_handle(owner, (uv_handle_t *)it->pipe, free_pipe), 0);
      assert_int_equal(roost_join(owner, 0, forget_result, NULL, NULL), 0);
    } else {
      uv_close((uv_handle_t *)it->pipe, free_pipe);
    }
  } else {
    /* A cancellation has closed it, and libuv has let go of it since. */
    while (it->reads + it->writes > 0) turn();
    drop_data(it->pipe);
  }
  while (it->reads + it->writes > 0) {
    turn();
    look_at(it, 1 << 20);
  }
  look_at(it, UINT64_MAX);
  CHECK(it->seen == it->written, "%d of %d bytes have come", (int)it->seen, (int)it->written);
  CHECK(it->got <= it->sent, "more was read than sent");
  close(it->far);
}

/* Every byte that is there can still be read. */
static void read_the_rest(line *it) {
  if (it->reads > 0) return;
  while (it->got < it->sent && !uv_is_closing((uv_handle_t *)it->pipe)) {
    work *rest = new_work(it, it->sent - it->got);
    it->reads++;
    assert_int_equal(roost_read((uv_stream_t *)it->pipe, rest->bytes, rest->size, root, tell, rest,
                                let_go, &rest->wait),
                     0);
    while (it->reads > 0) turn();
  }
}

static void act_at_random(void) {
  line *it = &lines[upto(STREAMS)];
  int i = upto(NODES);
  switch (upto(14)) {
  case 0:
  case 1:
  case 2: send_some(it); break;
  case 3: look_at(it, 1 + (uint64_t)upto(LARGE)); break;
  case 4:
  case 5: turn(); break;
  case 6:
  case 7:
    if (!uv_is_closing((uv_handle_t *)it->pipe)) begin_read(it);
    break;
  case 8:
  case 9:
    if (!uv_is_closing((uv_handle_t *)it->pipe)) begin_write(it);
    break;
  case 10: {
    work *one = latest[upto(COUNT(latest))];
    if (one != NULL && !one->told) roost_unwait(one->wait);
    break;
  }
  case 11:
    if (one_in(2))
      roost_cancel(node[i], NULL);
    else
      roost_shutdown(node[i], one_in(2) ? ROOST_FOREVER : SECONDS(2));
    break;
  case 12:
    assert_int_equal(roost_join(node[i], 0, forget_result, NULL, NULL), 0);
    open_node(i);
    break;
  default:
    if (!one_in(4)) break;
    close_line(it, one_in(2));
    open_line(it);
  }
}

static void run_program(void) {
  chance = seed * 0x9E3779B97F4A7C15u + 1;
  begun = ended = 0;
  for (int i = 0; i < STREAMS; i++) open_line(&lines[i]);
  for (int i = 0; i < NODES; i++) open_node(i);
  for (int i = 0; i < CALLS; i++) act_at_random();
  for (int i = 0; i < STREAMS; i++) {
    read_the_rest(&lines[i]);
    close_line(&lines[i], one_in(2));
  }
  CHECK(begun == ended, "%d waits have ended of %d", (int)ended, (int)begun);
}

static uint64_t first = 1, last_seed = PROGRAMS;

static void no_program_loses_a_byte(void **state) {
  for (seed = first; seed <= last_seed; seed++) {
    assert_int_equal(open_streams(state), 0);
    run_program();
    assert_int_equal(close_streams(state), 0);
  }
}

int main(int count, char **arguments) {
  if (count > 1) first = last_seed = strtoull(arguments[1], NULL, 10);
  if (count > 2) last_seed = strtoull(arguments[2], NULL, 10);
  const struct CMUnitTest tests[] = {cmocka_unit_test(no_program_loses_a_byte)};
  return cmocka_run_group_tests_name("stream_random", tests, NULL, NULL);
}
