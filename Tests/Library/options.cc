// What C++ has in the place of the macros.
#include <roost.h>
#include <roost_fiber.h>
#include <roost_uv.h>

int options(roost_node node, roost_runtime *runtime, roost_node *out, roost_cleanup *cleanup) {
  roost_runtime_options open = roost_runtime_options_init();
  open.clock = ROOST_CLOCK_VIRTUAL;
  roost_group_options group = roost_group_options_init();
  group.timeout_ns = 2 * ROOST_SECOND;
  roost_scope_options scope = roost_scope_options_init();
  scope.timeout_ns = ROOST_NOW;
  roost_task_options task = roost_task_options_init();
  task.timeout_ns = ROOST_FOREVER;
  roost_blocking_options work = roost_blocking_options_init();
  work.abandon = 1;
  roost_process_options process = roost_process_options_init();
  process.file = "true";
  roost_cancel_options why = roost_cancel_options_init();
  why.origin = ROOST_SIGNAL;
  roost_cleanup_options after = roost_cleanup_options_init();
  after.name = "cleanup";
  roost_fiber_options fiber = roost_fiber_options_init();
  fiber.stack_size = 16384;
  roost_stream_options stream = roost_stream_options_init();
  stream.keep_open = 1;
  roost_choice choice = roost_choice_init();
  choice.kind = ROOST_CHOOSE_TIME;
  return roost_runtime_open(&open, runtime) + roost_group_open(node, &group, out) +
         roost_scope_open(node, &scope, out) + roost_spawn(node, &task, out) +
         roost_spawn_blocking(node, &work, out) +
         roost_run_process(&process, node, nullptr, nullptr, nullptr, nullptr) +
         roost_cancel(node, &why) + roost_defer_with(node, &after, cleanup) +
         roost_go_with(node, &fiber, out) + roost_await_pipe_connect(nullptr, "socket", &stream) +
         roost_select(&choice, 1);
}

static_assert(sizeof(enum roost_status) == sizeof(int), "codes are int");
