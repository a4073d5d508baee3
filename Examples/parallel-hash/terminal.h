/* What the program has to do with its terminal: what it is asked for, and what it tells. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <roost.h>

#include "files.h"

enum { STATUS_SOME_FAILED = 1, STATUS_USAGE = 2, STATUS_TIMEOUT = 124, STATUS_SIGNAL = 130 };

struct options {
  char *folder;
  uint64_t limit;     /* so many files at a time */
  int64_t timeout_ns; /* 0: none */
  char *tree;         /* the file into which the tree is drawn half-way; NULL: none */
  char *trace;        /* the file for a trace; NULL: none */
};

/* Ends the program when it was called in another way than it says then. */
struct options read_options(int argc, char **argv);

/* Ends the program when something has failed that leaves nothing to go on with. */
int must(int rc);

/* Says what has failed, and answers the code. Any thread. */
int tell_failure(const char *path, int rc);

/* Notes how it went with a file, says so if that was badly, and answers the code. Any thread. */
int note_file(struct file *file, int rc);

/* Has a line with the progress on a terminal, as long as the group lives. */
void show_progress(roost_group group);
void expect_files(size_t count);

/* Counts a file if it was done. Answers whether half of them are, once. */
bool count_file(const struct file *file);

/* Prints the digests, and how it went. Answers the exit status. */
int tell_result(const struct files *files, const roost_result *result);

#endif /* TERMINAL_H */
