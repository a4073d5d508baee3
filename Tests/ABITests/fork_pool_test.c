/* valgrind: no */
/* Fork, and blocking tasks (S8b, S2). To valgrind what belongs to the pool's threads, which a child
 * does not have, is lost in it. */
#include "forking.h"

static uv_sem_t begun, go_on;
static atomic_int worked;

static int work(roost_task self, void *data, void **result) {
  (void)self;
  (void)data;
  (void)result;
  worked++;
  return 0;
}

static int wait_and_work(roost_task self, void *data, void **result) {
  uv_sem_post(&begun);
  uv_sem_wait(&go_on);
  return work(self, data, result);
}

/* Ten blocking tasks, of which nine are cancelled at once. */
static int live_with_a_pool(void) {
  roost_task task;
  worked = 0;
  if (roost_runtime_open(NULL, &own) != 0) return 10;
  for (int i = 0; i < 10; i++) {
    if (roost_spawn_blocking(roost_root(own), ROOST_BLOCKING(.work = work), &task) != 0) return 11;
    if (i > 0 && roost_cancel(task, NULL) != 0) return 12;
  }
  if (roost_run(own) != 0 || worked != 1) return 13;
  return roost_close(own, 0, NULL, NULL, NULL) == 0 ? 0 : 14;
}

static void fork_while_it_works(void) {
  uv_sem_wait(&begun);
  pid_t child = fork();
  if (child == 0) _exit(refuse_all() != 0 ? 20 : live_with_a_pool());
  uv_sem_post(&go_on);
  note("%d", status_of(child));
  assert_int_equal(roost_wake(before.parked, 0), 0);
}

/* S8b, S2: forked from a callback, while a function of ours works: the child has a pool of its own.
 */
static void a_child_has_a_pool_of_its_own(void **state) {
  (void)state;
  before = open_things();
  worked = 0;
  assert_int_equal(uv_sem_init(&begun, 0), 0);
  assert_int_equal(uv_sem_init(&go_on, 0), 0);
  assert_int_equal(roost_spawn_blocking(root, ROOST_BLOCKING(.work = wait_and_work), NULL), 0);
  act(0, fork_while_it_works);
  run();
  assert_log("a+ 0 p=0");
  assert_int_equal(worked, 1);
  uv_sem_destroy(&begun);
  uv_sem_destroy(&go_on);
}

static int forked_status;
static int fork_in_worker(roost_task self, void *data, void **result) {
  (void)data;
  (void)result;
  pid_t child = fork();
  if (child == 0) {
    if (roost_cancelled(self) != ROOST_ECHILD || roost_cancel(self, NULL) != ROOST_ECHILD) _exit(1);
    _exit(live());
  }
  return waitpid(child, &forked_status, 0) == child ? 0 : ROOST_EIO;
}

/* S8b: forked by a function on the pool. */
static void a_worker_forks(void **state) {
  (void)state;
  forked_status = -1;
  assert_int_equal(roost_spawn_blocking(root, ROOST_BLOCKING(.work = fork_in_worker), NULL), 0);
  run();
  assert_int_equal(forked_status, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_child_has_a_pool_of_its_own),
      TEST(a_worker_forks),
  };
  return cmocka_run_group_tests_name("fork_pool", tests, NULL, NULL);
}
