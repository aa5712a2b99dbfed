#ifndef VP_STEPS_H
#define VP_STEPS_H

#include "plan.h"

/*
 * The steps of docs/launch-steps.md in C: each does one thing and returns 0
 * or an errno. And the questions, whether the kernel says that it is as
 * planned, whoever has done it. Each pair stands in one place.
 */
typedef int vp_step(const struct vp_plan *plan);
typedef bool vp_question(const struct vp_plan *plan);

/* privileges.c; the first: whether this process could perform the others, by CAP_SETPCAP */
bool vp_may_change_identity(void);
vp_step vp_lock_securebits, vp_drop_bounding, vp_drop_capabilities, vp_clear_ambient, vp_deny_new_privileges;
vp_question vp_has_securebits, vp_has_no_bounding, vp_has_no_capability, vp_has_no_ambient,
	vp_has_no_new_privileges;

/* identity.c */
vp_step vp_set_groups, vp_change_identity;
vp_question vp_has_groups, vp_has_identity, vp_cannot_return;

/* process.c; the first: opens /dev/null on whichever of 0, 1 and 2 is closed */
int vp_open_standard_descriptors(void);
vp_step vp_close_descriptors, vp_hide_memory, vp_set_umask, vp_die_with_parent, vp_reset_signals;
vp_question vp_has_descriptors, vp_has_hidden_memory, vp_has_umask, vp_has_parent, vp_has_default_signals;

/* limits.c */
vp_step vp_set_limits;
vp_question vp_has_limits, vp_has_hard_limits;

/* surroundings.c */
vp_step vp_join_keyring, vp_set_oom_score, vp_enter_directory, vp_deny_new_code;
vp_question vp_has_own_keyring, vp_has_oom_score, vp_is_in_directory, vp_denies_new_code;

/* files.c, landlock.c, filter.c */
vp_step vp_open_files, vp_restrict_files, vp_deny_calls;
vp_question vp_is_restricted, vp_is_filtered;

/*
 * Performs the launch: every step in its order, then exec. Returns never: the
 * process becomes the emulator, or ends naming the first step that did not hold.
 */
_Noreturn void vp_perform(const struct vp_plan *plan);

#endif
