#ifndef VP_LANDLOCK_H
#define VP_LANDLOCK_H

#include "plan.h"

/* Leaves this process the files and ports of the plan alone, for good. 0 or an errno. */
int vp_restrict_files(const struct vp_plan *plan);

/* The proof by trying: a directory that no rule names cannot be read. */
bool vp_is_restricted(const struct vp_plan *plan);

#endif
