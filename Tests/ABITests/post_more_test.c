/* The room that posts take (S5, B4). */
#include "threads.h"

#include <malloc.h>
#include <unistd.h>

enum { rounds = 200, posts_a_round = 5000 };

/* Of the process, in bytes: what it has mapped. */
static long mapped(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%ld", &pages), 1);
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

/* Less than all these posts would take, and more than anything else. */
#define assert_no_growth(since) assert_true(mapped() - (since) < 16 << 20)

static void *post_a_round(void *data) {
  for (int i = 0; i < posts_a_round; i++)
    if (roost_post(rt, do_nothing, NULL, NULL) != 0) *(int *)data = 1;
  return NULL;
}

/* B4: a million posts have the room of a few thousand, whoever posts. */
static void rows_of_posts_are_used_again(void **state) {
  (void)state;
  for (int from_afar = 0; from_afar <= 1; from_afar++) {
    int failed = 0;
    long before = 0;
    for (int round = 0; round < rounds; round++) {
      if (from_afar)
        end_thread(begin_thread(post_a_round, &failed));
      else
        post_a_round(&failed);
      run();
      if (round == 2) before = mapped();
    }
    assert_int_equal(failed, 0);
    assert_no_growth(before);
  }
}

/* B4: what a runtime had for posts, another has after it. */
static void runtimes_use_the_same_room(void **state) {
  (void)state;
  long before = 0;
  size_t allocated = 0;
  for (int round = 0; round < 1000; round++) {
    assert_int_equal(close_now(), 0);
    assert_int_equal(open_runtime(NULL), 0);
    post("p");
    run();
    clear_log();
    if (round == 10) {
      before = mapped();
      allocated = mallinfo2().uordblks;
    }
  }
  assert_no_growth(before);
  assert_true(mallinfo2().uordblks < allocated + (32 << 10));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(rows_of_posts_are_used_again),
      TEST(runtimes_use_the_same_room),
  };
  return cmocka_run_group_tests_name("post_more", tests, NULL, NULL);
}
