#ifndef VP_FILES_H
#define VP_FILES_H

#include "plan.h"

/* No inode is planned for it: whatever bears the name, where root alone decides that. */
bool vp_is_loose(const struct vp_file *file);

/* A descriptor, or -1 with errno, which is 0 where the file is missing and may be. */
int vp_open_file(const struct vp_file *file);

#endif
