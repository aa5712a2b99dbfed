#ifndef VP_FILTER_H
#define VP_FILTER_H

#include "plan.h"

/*
 * A seccomp filter against what files and ids leave open: input for the
 * terminal that QEMU shares with its starter, and what a process may do to
 * others of its user and to their files by name. 0 or an errno.
 */
int vp_deny_calls(const struct vp_plan *plan);

#endif
