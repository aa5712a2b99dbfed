#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* These have no name in linux/magic.h: fs/configfs, fs/fuse, ipc, net/sunrpc. */
#define CONFIGFS_MAGIC 0x62656570
#define FUSECTL_MAGIC 0x65735543
#define MQUEUE_MAGIC 0x19800202
#define RPC_PIPEFS_MAGIC 0x67596969

/* With an ACL the group bits are its mask: they may speak for anybody it names. Doubt counts as yes. */
static bool has_acl(int descriptor)
{
	char link[64];

	/* fgetxattr refuses O_PATH descriptors; the link in /proc leads to the same file. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
	if (getxattr(link, "system.posix_acl_access", NULL, 0) >= 0)
		return true;
	return errno != ENODATA && errno != EOPNOTSUPP;
}

bool vp_is_open_to_others(int descriptor, const struct stat *facts)
{
	if ((facts->st_mode & S_IWOTH) != 0)
		return true;
	if ((facts->st_mode & S_IWGRP) == 0)
		return false;
	return facts->st_gid != 0 || has_acl(descriptor);
}

/* Where the kernel lets anybody link anybody's file, a name in a shared directory proves nothing. */
static bool are_links_protected(void)
{
	int file = open("/proc/sys/fs/protected_hardlinks", O_RDONLY | O_CLOEXEC);
	char digit = '0';

	if (file < 0)
		return false;
	if (read(file, &digit, 1) != 1)
		digit = '0';
	close(file);
	return digit != '0';
}

bool vp_stores_no_files(int descriptor)
{
	/* Names there are not files that somebody stored: /proc/self/fd/3 is whatever the caller opened. */
	static const long magics[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
		DEVPTS_SUPER_MAGIC, SECURITYFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC, TRACEFS_MAGIC,
		PSTOREFS_MAGIC, EFIVARFS_MAGIC, BPF_FS_MAGIC, BINFMTFS_MAGIC, RDTGROUP_SUPER_MAGIC, NSFS_MAGIC,
		PIPEFS_MAGIC, SOCKFS_MAGIC, ANON_INODE_FS_MAGIC, CONFIGFS_MAGIC, FUSECTL_MAGIC,
		MQUEUE_MAGIC, RPC_PIPEFS_MAGIC };
	struct statfs facts;

	if (fstatfs(descriptor, &facts) != 0)
		return true;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if ((long)facts.f_type == magics[i])
			return true;
	return false;
}

/* Nodes that every process of the machine uses: memory and null, terminals, and of the
 * miscellaneous ones tun, vfio, kvm, vhost-net and vhost-vsock (Documentation/admin-guide/devices.txt). */
static bool is_common_device(dev_t device)
{
	unsigned int number = minor(device);

	switch (major(device)) {
	case MEM_MAJOR: case TTYAUX_MAJOR:
		return true;
	case MISC_MAJOR:
		return number == 200 || number == 196 || number == 232 || number == 238 || number == 241;
	default:
		return major(device) >= UNIX98_PTY_SLAVE_MAJOR &&
			major(device) < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT;
	}
}

static const char *distrust_type(const struct vp_place *place, const struct stat *facts)
{
	if (place->form == VP_DEVICE) {
		if (!S_ISCHR(facts->st_mode) && !S_ISBLK(facts->st_mode))
			return "is no device";
		return S_ISCHR(facts->st_mode) && is_common_device(facts->st_rdev) ?
			"is a device that every process uses" : NULL;
	}
	/* A generic SCSI node is a disk to QEMU. */
	if (S_ISREG(facts->st_mode) || S_ISBLK(facts->st_mode) ||
	    (S_ISCHR(facts->st_mode) && major(facts->st_rdev) == SCSI_GENERIC_MAJOR))
		return NULL;
	return "is neither a regular file nor a block device";
}

const char *vp_distrust_file(const struct vp_place *place, int descriptor, const struct stat *facts)
{
	const char *reason = distrust_type(place, facts);

	if (reason != NULL)
		return reason;
	if (vp_stores_no_files(descriptor))
		return "lies on a file system that stores no files";
	if ((facts->st_mode & (S_ISUID | S_ISGID)) != 0)
		return "has a set-id bit";
	/* A second name may stand where its owner cannot see it, or be somebody else's file. */
	if (facts->st_nlink != 1)
		return "has more than one hard link";
	if (place->controller != 0 && facts->st_uid != place->controller &&
	    facts->st_uid != place->target)
		return "belongs to another user than its directory";
	if (place->is_shared && facts->st_uid != place->target && !are_links_protected())
		return "lies in a directory where others can put links to it";
	return NULL;
}

const char *vp_distrust_own(const struct vp_place *place, int descriptor, const struct stat *facts)
{
	uid_t self = geteuid();

	if (facts->st_uid != 0 && facts->st_uid != self)
		return "belongs to another user";
	if (place->controller != 0 && place->controller != self)
		return "lies in a directory of another user";
	if (!S_ISDIR(facts->st_mode) && !S_ISREG(facts->st_mode))
		return "is neither a regular file nor a directory";
	if (vp_is_open_to_others(descriptor, facts) &&
	    !(S_ISDIR(facts->st_mode) && (facts->st_mode & S_ISVTX) != 0))
		return "can be written by others than its owner";
	return NULL;
}

const char *vp_distrust_place(const struct vp_place *place, int descriptor, const struct stat *facts)
{
	(void)place;
	if (!S_ISDIR(facts->st_mode))
		return "is no directory";
	return vp_stores_no_files(descriptor) ? "lies on a file system that stores no files" : NULL;
}
