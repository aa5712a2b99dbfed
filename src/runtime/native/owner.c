#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

static void read_handle(int descriptor, struct vp_facts *facts)
{
	union {
		struct file_handle header;
		unsigned char bytes[sizeof(struct file_handle) + VP_HANDLE_BYTES];
	} handle = { .header = { .handle_bytes = VP_HANDLE_BYTES } };
	int mount_id;

	facts->handle_bytes = 0;
	/* Optional: vfat, overlayfs and others give none, device and inode must do there. */
	if (name_to_handle_at(descriptor, "", &handle.header, &mount_id, AT_EMPTY_PATH) != 0)
		return;
	facts->mount_id = mount_id;
	facts->handle_bytes = handle.header.handle_bytes;
	facts->handle_type = handle.header.handle_type;
	memcpy(facts->handle, handle.bytes + sizeof(struct file_handle), facts->handle_bytes);
}

static bool is_overlay(int descriptor)
{
	struct statfs facts;

	return fstatfs(descriptor, &facts) != 0 || facts.f_type == OVERLAYFS_SUPER_MAGIC;
}

int vp_inspect(int descriptor, struct vp_facts *facts)
{
	struct statx got;

	if (statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_SYNC_AS_STAT,
		  STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &got) != 0)
		return errno;
	/* Before Linux 5.8 only the handle tells it. */
	facts->mount_id = (got.stx_mask & STATX_MNT_ID) != 0 ? (int)got.stx_mnt_id : -1;
	facts->mode = got.stx_mode;
	facts->uid = got.stx_uid;
	facts->gid = got.stx_gid;
	facts->device = makedev(got.stx_dev_major, got.stx_dev_minor);
	facts->inode = got.stx_ino;
	facts->links = got.stx_nlink;
	facts->node = makedev(got.stx_rdev_major, got.stx_rdev_minor);
	/* The first change copies a file up to the upper layer, where it is born again. */
	facts->has_birth = (got.stx_mask & STATX_BTIME) != 0 && !is_overlay(descriptor);
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

int vp_open_by_handle(int place, int type, const unsigned char *bytes, unsigned int count)
{
	union {
		struct file_handle header;
		unsigned char bytes[sizeof(struct file_handle) + VP_HANDLE_BYTES];
	} handle = { .header = { .handle_bytes = count, .handle_type = type } };

	if (count > VP_HANDLE_BYTES) {
		errno = EINVAL;
		return -1;
	}
	memcpy(handle.bytes + sizeof(struct file_handle), bytes, count);
	return open_by_handle_at(place, &handle.header, O_PATH | O_CLOEXEC);
}
