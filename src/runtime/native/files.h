#ifndef VP_FILES_H
#define VP_FILES_H

#include "plan.h"

/* Opens (O_PATH) every file of a plan again and refuses one that is no longer the same inode. */
int vp_open_files(const struct vp_plan *plan);

#endif
