/* Options in place, without arguments and with some, as arguments of the calls that take them.
 * Compiled in each dialect of C with all warnings on. */
#define _GNU_SOURCE /* uv.h needs it under -std=c99 */
#include <roost.h>
#include <roost_fiber.h>
#include <roost_uv.h>
#include <stddef.h>
#include <uv.h>

int options(roost_node node, roost_runtime *runtime, roost_node *out, roost_cleanup *cleanup) {
  int64_t second = ROOST_SECOND;
  return roost_runtime_open(ROOST_RUNTIME(), runtime) +
         roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL, .name = "it"), runtime) +
         roost_group_open(node, ROOST_GROUP(), out) +
         roost_group_open(node, ROOST_GROUP(.timeout_ns = 2 * second, .limit = 10), out) +
         roost_scope_open(node, ROOST_SCOPE(), out) +
         roost_scope_open(node, ROOST_SCOPE(.timeout_ns = ROOST_NOW, .move_on = 1), out) +
         roost_spawn(node, ROOST_TASK(), out) +
         roost_spawn(node, ROOST_TASK(.name = "task", .timeout_ns = ROOST_FOREVER), out) +
         roost_spawn_blocking(node, ROOST_BLOCKING(), out) +
         roost_spawn_blocking(node, ROOST_BLOCKING(.name = "work", .abandon = 1), out) +
         roost_run_process(ROOST_PROCESS(), node, NULL, NULL, NULL, NULL) +
         roost_run_process(ROOST_PROCESS(.file = "true", .inherit = 1), node, NULL, NULL, NULL,
                           NULL) +
         roost_cancel(node, ROOST_CANCEL()) +
         roost_cancel(node, ROOST_CANCEL(.origin = ROOST_SIGNAL, .message = "stop")) +
         roost_defer_with(node, ROOST_CLEANUP(), cleanup) +
         roost_defer_with(node, ROOST_CLEANUP(.name = "cleanup"), cleanup) +
         roost_go_with(node, ROOST_FIBER(), out) +
         roost_go_with(node, ROOST_FIBER(.name = "fiber", .stack_size = 16384), out) +
         roost_await_pipe_connect(NULL, "socket", ROOST_STREAM()) +
         roost_await_pipe_connect(NULL, "socket", ROOST_STREAM(.keep_open = 1));
}

/* Each kind of choice, with what is known only as the program runs. */
int choices(roost_node node, roost_event event, roost_limiter limiter, roost_lock lock,
            roost_channel channel, void *item, int fd) {
  roost_choice all[] = {ROOST_ON_TIME(2 * ROOST_SECOND),
                        ROOST_ON_END(node),
                        ROOST_ON_EVENT(event),
                        ROOST_ON_PERMIT(limiter),
                        ROOST_ON_LOCK(lock),
                        ROOST_ON_SEND(channel, item),
                        ROOST_ON_RECEIVE(channel, &item),
                        ROOST_ON_READABLE(fd),
                        ROOST_ON_WRITABLE(fd),
                        ROOST_ON_SIGNAL(15),
                        ROOST_CHOICE(.kind = 0)};
  return roost_select(all, sizeof all / sizeof *all);
}

/* The requests of libuv's file functions, whose macros are expressions. */
int file_request(uv_fs_t *req, uv_loop_t *loop, roost_node node) {
  return ROOST_AWAIT_FS(req, uv_fs_stat(loop, req, "file", roost_fs_done)) +
         ROOST_FS(req, uv_fs_stat(loop, req, "file", roost_fs_done), node, NULL, NULL, NULL, NULL);
}
