#ifndef VP_TRUST_H
#define VP_TRUST_H

#include <stdbool.h>
#include <sys/stat.h>

/* What a path is to be used for: to store something, or as a device of the host. */
enum vp_form { VP_STORAGE, VP_DEVICE };

/* What a walk knows of the directory in which it stands. */
struct vp_place {
	uid_t controller;   /* who decides what stands here and below: root, or one user */
	uid_t target;       /* who files are to be given to */
	enum vp_form form;
	bool is_shared;     /* others can put entries here too: it is sticky */
};

/* Others than the owner can put entries into it (or, of a file, write it). The group of root is not others. */
bool vp_is_open_to_others(int descriptor, const struct stat *facts);

/* It lies on a file system of the kernel's own making (proc, sysfs, cgroup …), or nobody can tell. */
bool vp_stores_no_files(int descriptor);

/* Why a file in this place may not be given away, in words; NULL when it may. */
const char *vp_distrust_file(const struct vp_place *place, int descriptor, const struct stat *facts);

/*
 * Why the caller may not rely on a file or directory of its own (its state,
 * its configuration): NULL when nobody else decides what is found there.
 */
const char *vp_distrust_own(const struct vp_place *place, int descriptor, const struct stat *facts);

/* Why nothing may be made there: NULL for a directory of a file system that stores files. */
const char *vp_distrust_place(const struct vp_place *place, int descriptor, const struct stat *facts);

#endif
