#ifndef VP_READBACK_H
#define VP_READBACK_H

#include "plan.h"

/* The single questions, for who finds them answered before its own steps. */
bool vp_has_identity(const struct vp_plan *plan);
bool vp_has_groups(const struct vp_plan *plan);
bool vp_has_no_bounding(const struct vp_plan *plan);
bool vp_has_securebits(const struct vp_plan *plan);
bool vp_has_no_capability(const struct vp_plan *plan);
/* The hard limits alone: within them anybody may set its own. */
bool vp_has_hard_limits(const struct vp_plan *plan);

/*
 * Asks the kernel for everything that the steps before have set. Ends the
 * process, naming what differs (`read-back-…`), unless all of it is so.
 */
void vp_read_back(const struct vp_plan *plan);

/* The part that is read in /proc: before Landlock closes it. Always 0. */
int vp_read_back_outside(const struct vp_plan *plan);

#endif
