/* Files that show what the runtime does. */
#ifndef OBSERVE_H
#define OBSERVE_H

#include <roost.h>

/* Draws the tree, for dot (O1), as it is when what is ready now has run. */
void draw_tree(roost_runtime runtime, char *path);

/* Has every node's life written down, for Perfetto or chrome://tracing, until the runtime is closed
 * (O2). */
void begin_trace(roost_runtime runtime, const char *path);

#endif /* OBSERVE_H */
