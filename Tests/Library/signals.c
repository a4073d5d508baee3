/* Loading the library changes no signal handler, and neither does a runtime that comes and goes. */
#include <dlfcn.h>
#include <roost.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct sigaction before[NSIG];

static int unchanged(const char *when) {
  int same = 1;
  for (int number = 1; number < NSIG; number++) {
    struct sigaction now;
    memset(&now, 0, sizeof now);
    if (sigaction(number, NULL, &now) != 0) continue;
    if (now.sa_handler != before[number].sa_handler || now.sa_flags != before[number].sa_flags) {
      printf("signal %d is handled otherwise %s\n", number, when);
      same = 0;
    }
  }
  return same;
}

int main(int argc, char **argv) {
  for (int number = 1; number < NSIG; number++) sigaction(number, NULL, &before[number]);

  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (library == NULL) {
    printf("%s\n", dlerror());
    return 1;
  }
  int same = unchanged("after loading");

  int (*open)(const roost_runtime_options *, roost_runtime *);
  int (*close)(roost_runtime, int64_t, roost_close_fn, void *, roost_drop_fn);
  *(void **)&open = dlsym(library, "roost_runtime_open");
  *(void **)&close = dlsym(library, "roost_close");
  roost_runtime runtime;
  if (open(NULL, &runtime) != 0 || close(runtime, 0, NULL, NULL, NULL) != 0) return 1;
  same &= unchanged("after a runtime");
  return same ? 0 : 1;
}
