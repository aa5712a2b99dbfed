#ifndef VP_PLAN_FILE_H
#define VP_PLAN_FILE_H

#include "plan.h"

/*
 * Reads a plan that `prepare` has left for a service. Root's own, and on a
 * way to it that only root decides; below XDG_RUNTIME_DIR the caller's own.
 * Ends the process, naming step `plan`, when anything is not as promised.
 */
struct vp_plan *vp_plan_read_file(const char *path);

#endif
