#ifndef VP_OWNER_H
#define VP_OWNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define VP_HANDLE_BYTES 128

/* What identifies an open file, and who owns it. */
struct vp_facts {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t device;
	uint64_t inode;
	uint64_t links;
	/* Which device a node stands for. */
	dev_t node;
	bool has_birth;
	int64_t birth_seconds;
	uint32_t birth_nanoseconds;
	/* 0 bytes where the file system gives no handle. */
	unsigned int handle_bytes;
	int handle_type;
	unsigned char handle[VP_HANDLE_BYTES];
	int mount_id;
};

/* Both return 0 or an errno. */
int vp_inspect(int descriptor, struct vp_facts *facts);

/* Gives the open file to uid:gid and reads back that it is theirs. */
int vp_change_owner(int descriptor, uid_t uid, gid_t gid);

/*
 * Opens (O_PATH) a file by its handle, wherever it is named now, on the file
 * system of `place`. -1 with errno: ESTALE when it is deleted.
 */
int vp_open_by_handle(int place, int type, const unsigned char *bytes, unsigned int count);

#endif
