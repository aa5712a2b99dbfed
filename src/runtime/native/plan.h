#ifndef VP_PLAN_H
#define VP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define VP_PLAN_MAGIC "virt-privileges-plan"
#define VP_PLAN_VERSION "1"
#define VP_PLAN_MAX_BYTES (8u << 20)
#define VP_PLAN_MAX_GROUPS 65536u
#define VP_PLAN_MAX_KEPT 4096u

/*
 * A launch plan as qemu-exec performs it. In memory it is a row of
 * NUL-terminated words in this order, numbers in decimal:
 *   magic, version, the VM's name, mode (system|session), uid, gid,
 *   count and supplementary groups, umask (octal), parent pid (0: none),
 *   count and limits (each: number, soft, hard),
 *   count and descriptors that the emulator keeps, ascending, none below 3,
 *   count and files to be found again (each: path, device, inode),
 *   emulator, count and argv, count and environment.
 */
struct vp_limit {
	int resource;
	unsigned long long soft;
	unsigned long long hard;
};

/* A path and what `prepare` found there; the step `files` opens it. */
struct vp_file {
	const char *path;
	dev_t device;
	ino_t inode;
	int descriptor;
};

struct vp_plan {
	char *name;
	bool system;
	/* This process is the target already: what it cannot change must be as planned. */
	bool arrived;
	uid_t uid;
	gid_t gid;
	size_t group_count;
	gid_t *groups;
	mode_t umask;
	pid_t parent;
	size_t limit_count;
	struct vp_limit *limits;
	size_t kept_count;
	int *kept;
	size_t file_count;
	struct vp_file *files;
	char *emulator;
	char **argv;
	char **env;
};

/*
 * Reads a plan from a memfd that nobody can change any more. Ends the
 * process, naming step `plan`, when anything is not as promised.
 * The plan lives until exec, so nothing of it is ever freed.
 */
struct vp_plan *vp_plan_read(int descriptor);

/* The same from a file that is known to be whole and in nobody else's hands. */
struct vp_plan *vp_plan_read_whole(int descriptor);

/* The same from bytes; false when they are no plan. The bytes stay in use. */
bool vp_plan_parse(char *bytes, size_t size, struct vp_plan *plan);

#endif
