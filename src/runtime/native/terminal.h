#ifndef VP_TERMINAL_H
#define VP_TERMINAL_H

#include "plan.h"

/*
 * Denies (EPERM) the two ioctls that put input into a terminal as if it had
 * been typed: QEMU shares the terminal of the root shell that started it.
 * Needs no_new_privs. Returns 0 or an errno.
 */
int vp_deny_terminal_input(const struct vp_plan *plan);

#endif
