#ifndef VP_PRIVILEGES_H
#define VP_PRIVILEGES_H

#include <stdbool.h>

#include "plan.h"

/*
 * The steps that take privileges away, one system call (or one call of
 * libcap-ng) each. They return 0 or an errno. Their order is that of
 * steps.c; docs/launch-steps.md says why.
 */

/* Securebits that make the loss final, for root too. */
#define VP_SECUREBITS                                                              \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |           \
	 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |             \
	 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* What a service manager can lock; without the third nothing can be raised either, as no set has anything. */
#define VP_SERVICE_SECUREBITS                                                      \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |           \
	 SECBIT_NO_SETUID_FIXUP_LOCKED)

/* Whether this process could perform these steps: it holds CAP_SETPCAP. */
bool vp_may_change_identity(void);

int vp_lock_securebits(const struct vp_plan *plan);
int vp_drop_bounding(const struct vp_plan *plan);
int vp_set_groups(const struct vp_plan *plan);
int vp_change_identity(const struct vp_plan *plan);
int vp_drop_capabilities(const struct vp_plan *plan);
int vp_clear_ambient(const struct vp_plan *plan);
int vp_deny_new_privileges(const struct vp_plan *plan);

#endif
