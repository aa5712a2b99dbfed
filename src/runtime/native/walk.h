#ifndef VP_WALK_H
#define VP_WALK_H

#include <limits.h>
#include <sys/types.h>

#include "trust.h"

/* Why a path was refused, and at which component. */
struct vp_refusal {
	/* An errno; VP_UNTRUSTED when no call failed but the path cannot be trusted. */
	int error;
	/* In words, when error is VP_UNTRUSTED. */
	const char *reason;
	char component[PATH_MAX];
};

#define VP_UNTRUSTED (-1)

/*
 * Opens an absolute path (O_PATH) one component at a time and follows no
 * step that somebody untrusted could have put there.
 *
 * Every directory must belong to root, or, from the first one that does not,
 * to that same user; none may let others write unless it is sticky. A link is
 * followed only from a directory that neither others nor `target` can write,
 * when it belongs to root or to that directory's owner. The file itself must
 * have one link and no set-id bit and belong to whoever controls the path
 * (root may name any file): a regular file, a block device or a generic SCSI
 * node as storage, a device that not every process uses as a device. In a
 * sticky directory it counts only while the kernel protects hard links.
 *
 * Returns the descriptor, or -1 with `refusal` filled in.
 */
int vp_open_trusted(const char *path, uid_t target, enum vp_form form, struct vp_refusal *refusal);

/*
 * The same walk to a file or directory that the caller itself relies on
 * (its state, its configuration): it and every directory above it belong to
 * root or to the caller, and nobody else can write there.
 */
int vp_open_own(const char *path, struct vp_refusal *refusal);

/*
 * The walk to a directory, by whose descriptor something is then made or removed there: it is
 * the one that was meant, whoever it belongs to.
 */
int vp_open_place(const char *path, uid_t target, struct vp_refusal *refusal);

#endif
