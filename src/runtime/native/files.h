#ifndef VP_FILES_H
#define VP_FILES_H

#include "plan.h"

/*
 * Opens (O_PATH) every file of the plan that must be a certain one, makes
 * those that QEMU would make, and refuses one that is no longer the planned
 * inode. They stay open until exec, so that no inode becomes another file's.
 * Returns 0 or an errno, with the path reported.
 */
int vp_open_files(const struct vp_plan *plan);

/* No inode is planned for it: whatever bears the name, where root alone decides that. */
bool vp_is_loose(const struct vp_file *file);

/* A descriptor, or -1 with errno, which is 0 where the file is missing and may be. */
int vp_open_file(const struct vp_file *file);

#endif
