/* A small program that uses each part of the engine once: a group of two tasks and a fiber on the
 * virtual clock, a wait, a cleanup, a join. The tests of the library build and run it in many ways.
 */
#include <roost.h>
#include <roost_fiber.h>
#include <stdio.h>

static int ended;

/* A program may keep the address of a function, as foreign languages do in a table. */
static int (*const run)(roost_runtime) = roost_run;

static void woken(roost_wait wait, int rc, void *data) {
  (void)wait;
  roost_finish(*(roost_task *)data, rc, NULL, NULL);
}

static int start(roost_task self, void *data) {
  *(roost_task *)data = self;
  return roost_after(self, ROOST_SECOND, woken, data, NULL, NULL) < 0 ? ROOST_EIO : ROOST_PENDING;
}

static int fiber(roost_task self, void *data) {
  (void)self, (void)data;
  int rc = roost_sleep(ROOST_SECOND);
  if (rc == 0) ended++;
  return rc;
}

static int cleanup(roost_task self, const roost_outcome *why, void *data) {
  (void)self, (void)data;
  if (why->state == ROOST_COMPLETED) ended++;
  return 0;
}

static void joined(roost_node node, const roost_result *result, void *data) {
  (void)node, (void)data;
  if (result->state == ROOST_COMPLETED) ended++;
}

int main(void) {
  roost_runtime runtime;
  roost_group group;
  roost_task task[2];

  int rc = roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &runtime);
  if (rc == 0) rc = roost_group_open(roost_root(runtime), ROOST_GROUP(.limit = 1), &group);
  for (int i = 0; i < 2 && rc == 0; i++) {
    rc = roost_spawn(group, ROOST_TASK(.start = start, .data = &task[i]), NULL);
  }
  if (rc == 0) rc = roost_go(group, fiber, NULL);
  if (rc == 0) rc = roost_defer(group, cleanup, NULL, NULL);
  if (rc == 0) rc = roost_join(group, 0, joined, NULL, NULL);
  if (rc == 0) rc = run(runtime);
  if (rc == 0) rc = roost_close(runtime, 0, NULL, NULL, NULL);
  if (rc < 0 || ended != 3) {
    printf("%s: %s\n", roost_strerror(rc), roost_last_error());
    return 1;
  }
  printf("Roost %s\n", roost_version());
  return 0;
}
