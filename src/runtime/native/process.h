#ifndef VP_PROCESS_H
#define VP_PROCESS_H

#include "plan.h"

/* The kernel's count on x86 and arm; a set of them is that many bits. */
#define VP_LAST_SIGNAL 64

/* The steps that clean the process itself. They return 0 or an errno. */

/* Opens /dev/null on whichever of 0, 1 and 2 is closed. */
int vp_open_standard_descriptors(void);

/* Calls `visit` for every open descriptor from 3 on, until it returns an errno. */
int vp_each_descriptor(const struct vp_plan *plan,
		       int (*visit)(const struct vp_plan *plan, int descriptor));

/* Marks every descriptor from 3 on close-on-exec, but for those that the plan keeps. */
int vp_close_descriptors(const struct vp_plan *plan);

/* A session keyring of its own: no key of the caller is in reach. */
int vp_join_keyring(const struct vp_plan *plan);
bool vp_has_own_keyring(void);

/* /proc/self/oom_score_adj; must come before vp_hide_memory, which gives the file to root. */
int vp_set_oom_score(const struct vp_plan *plan);
bool vp_has_oom_score(const struct vp_plan *plan);

int vp_enter_directory(const struct vp_plan *plan);
bool vp_is_in_directory(const struct vp_plan *plan);

/* No memory becomes executable any more; kernels before 6.3 cannot say so. */
int vp_deny_new_code(const struct vp_plan *plan);
bool vp_denies_new_code(const struct vp_plan *plan);

int vp_hide_memory(const struct vp_plan *plan);
int vp_set_limits(const struct vp_plan *plan);
int vp_set_umask(const struct vp_plan *plan);
int vp_die_with_parent(const struct vp_plan *plan);
int vp_reset_signals(const struct vp_plan *plan);

#endif
