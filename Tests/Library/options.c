/* Options in place, without arguments and with some, as arguments of the calls that take them.
 * Compiled in each dialect of C with all warnings on. */
#include <roost.h>
#include <roost_uv.h>
#include <stddef.h>

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
         roost_defer_with(node, ROOST_CLEANUP(.name = "cleanup"), cleanup);
}
