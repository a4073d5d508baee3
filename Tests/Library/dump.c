/* Prints the dump of a runtime that has something of everything, in the format whose number it is
 * given, with names that mean something to whoever reads it. */
#include <roost.h>

#include <stdio.h>
#include <stdlib.h>

static int stay(roost_task self, void *data) {
  (void)self;
  (void)data;
  return ROOST_PENDING;
}

static void told(roost_wait wait, int rc, void *data) {
  (void)wait;
  (void)rc;
  (void)data;
}

static int clean(roost_task self, const roost_outcome *why, void *data) {
  (void)self;
  (void)why;
  (void)data;
  return 0;
}

static void print(const char *text, uint64_t length, void *data) {
  (void)data;
  fwrite(text, 1, length, stdout);
}

static const char *const names[] = {
    "plain",
    "two\nlines",
    "\"quoted\" 'so'",
    "back\\slash\\",
    "{<a|b>}",
    "&amp; &#233;",
    "\xff\xc3(",
    "Gr\xc3\xbc\xc3\x9f"
    "e",
    "\t\x01\x7f",
    "\\N\\G\\l",
};

int main(int count, char **arguments) {
  roost_runtime rt;
  roost_group g;
  roost_task a, b;
  roost_lock lock;
  if (count != 2 || roost_runtime_open(ROOST_RUNTIME(.clock = ROOST_CLOCK_VIRTUAL), &rt) != 0)
    return 1;
  roost_group root = roost_root(rt);
  roost_group_open(root, ROOST_GROUP(.name = "g", .timeout_ns = ROOST_SECOND, .limit = 1), &g);
  roost_spawn(g, ROOST_TASK(.start = stay, .name = "a"), &a);
  roost_spawn(g, ROOST_TASK(.start = stay, .name = "b", .shield = 1), &b);
  roost_lock_open(rt, &lock);
  roost_lock_try_acquire(lock, a);
  roost_lock_acquire(lock, b, told, NULL, NULL, NULL);
  roost_on_end(b, a, told, NULL, NULL, NULL);
  roost_after(root, ROOST_FOREVER, told, NULL, NULL, NULL);
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    roost_scope s;
    roost_scope_open(root, ROOST_SCOPE(.name = names[i]), &s);
    roost_defer_with(s, ROOST_CLEANUP(.fn = clean, .name = names[i]), NULL);
    if (i % 2 == 0) roost_cancel(s, ROOST_CANCEL(.message = names[i], .code = -(int64_t)i));
  }
  return roost_dump(root, (uint64_t)atoi(arguments[1]), print, NULL, NULL) != 0;
}
