#ifndef VP_READBACK_H
#define VP_READBACK_H

#include "plan.h"

/*
 * Asks the kernel for everything that the steps before have set. Ends the
 * process, naming what differs (`read-back-…`), unless all of it is so.
 */
void vp_read_back(const struct vp_plan *plan);

#endif
