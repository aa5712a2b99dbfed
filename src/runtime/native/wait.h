#ifndef VP_WAIT_H
#define VP_WAIT_H

#include <sys/types.h>

/*
 * The tiny parent that `run` leaves behind: passes signals, stops and their end
 * on to `child`, stops when that is stopped as a job, reaps it, then runs
 * `restore` (an argv) as a child of its own. Returns the child's exit status,
 * 128+N when signal N ended it.
 */
int vp_wait(pid_t child, char **restore);

#endif
