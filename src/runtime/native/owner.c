#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void read_handle(int descriptor, struct vp_facts *facts)
{
	union {
		struct file_handle header;
		unsigned char bytes[sizeof(struct file_handle) + VP_HANDLE_BYTES];
	} handle = { .header = { .handle_bytes = VP_HANDLE_BYTES } };

	facts->handle_bytes = 0;
	facts->mount_id = -1;
	/* Optional: vfat, overlayfs and others give none, device and inode must do there. */
	if (name_to_handle_at(descriptor, "", &handle.header, &facts->mount_id, AT_EMPTY_PATH) != 0)
		return;
	facts->handle_bytes = handle.header.handle_bytes;
	facts->handle_type = handle.header.handle_type;
	memcpy(facts->handle, handle.bytes + sizeof(struct file_handle), facts->handle_bytes);
}

int vp_inspect(int descriptor, struct vp_facts *facts)
{
	struct statx got;

	if (statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_SYNC_AS_STAT,
		  STATX_BASIC_STATS | STATX_BTIME, &got) != 0)
		return errno;
	facts->mode = got.stx_mode;
	facts->uid = got.stx_uid;
	facts->gid = got.stx_gid;
	facts->device = makedev(got.stx_dev_major, got.stx_dev_minor);
	facts->inode = got.stx_ino;
	facts->links = got.stx_nlink;
	facts->has_birth = (got.stx_mask & STATX_BTIME) != 0;
	facts->birth_seconds = got.stx_btime.tv_sec;
	facts->birth_nanoseconds = got.stx_btime.tv_nsec;
	read_handle(descriptor, facts);
	return 0;
}

int vp_change_owner(int descriptor, uid_t uid, gid_t gid)
{
	struct stat before, after;

	if (fstat(descriptor, &before) != 0)
		return errno;
	if (fchownat(descriptor, "", uid, gid, AT_EMPTY_PATH) != 0)
		return errno;
	if (fstat(descriptor, &after) != 0)
		return errno;
	/* vfat, CIFS and NFS may say yes and do nothing. */
	if (after.st_dev != before.st_dev || after.st_ino != before.st_ino ||
	    after.st_uid != uid || after.st_gid != gid)
		return EOPNOTSUPP;
	return 0;
}
