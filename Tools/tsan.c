/* Linked into programs under the thread sanitizer, in the place of its function of that name. Swift
 * calls this one where a struct in memory is about to be changed in part, as if it were all
 * written. What is written indeed, the sanitizer sees without it; and one field of a row may be
 * atomic, for other threads to read. */
void __wrap___tsan_external_write(void *at, void *caller, void *tag);

void __wrap___tsan_external_write(void *at, void *caller, void *tag) {
  (void)at, (void)caller, (void)tag;
}
