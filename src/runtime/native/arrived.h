#ifndef VP_ARRIVED_H
#define VP_ARRIVED_H

#include "plan.h"

/*
 * Ends a process that should be the target already and is not as planned in
 * what `step` would have done: says what differs, as far as numbers tell.
 */
_Noreturn void vp_refuse_arrival(const struct vp_plan *plan, const char *step);

#endif
