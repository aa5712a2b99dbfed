#ifndef VP_STEPS_H
#define VP_STEPS_H

#include "plan.h"

/*
 * Performs the launch: every step of docs/launch-steps.md in its order, then
 * exec. Returns never: the process becomes the emulator, or ends naming the
 * first step that did not hold.
 */
_Noreturn void vp_perform(const struct vp_plan *plan);

#endif
