/* A thread that has used the library may close it and end: what the library wants to be called at
 * the thread's end is still there. */
#include <dlfcn.h>
#include <pthread.h>
#include <roost.h>
#include <stdio.h>

static void *use_and_close(void *path) {
  void *library = dlopen(path, RTLD_NOW);
  if (library == NULL) return dlerror();
  int (*cancel)(roost_node, const roost_cancel_options *);
  *(void **)&cancel = dlsym(library, "roost_cancel");
  roost_node none = {0};
  if (cancel(none, NULL) != ROOST_EINVAL) return "a node that is not set was cancelled";
  return dlclose(library) == 0 ? NULL : "dlclose failed";
}

int main(int argc, char **argv) {
  pthread_t thread;
  void *complaint = "usage: unload LIBRARY";
  if (argc == 2 && pthread_create(&thread, NULL, use_and_close, argv[1]) == 0)
    pthread_join(thread, &complaint);
  if (complaint != NULL) printf("%s\n", (char *)complaint);
  return complaint != NULL;
}
