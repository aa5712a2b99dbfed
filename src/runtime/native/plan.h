#ifndef VP_PLAN_H
#define VP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define VP_PLAN_MAX_BYTES (8u << 20)

/*
 * A launch plan as qemu-exec performs it. In memory it is a row of
 * NUL-terminated words in this order, numbers in decimal:
 *   magic, version, the VM's name, mode (session|system), uid, gid,
 *   count and supplementary groups, umask (octal), parent pid (0: none),
 *   count and limits (each: number, soft, hard),
 *   count and descriptors that the emulator keeps, ascending, none below 3,
 *   capabilities (none|kept), OOM score adjustment (-: as it is), directory,
 *   what more is denied (sum of VP_DENY_…),
 *   Landlock: handled rights on files, on ports, scopes, flags (no rights: off),
 *   count and files (each: how, rights, device, inode, path),
 *   count and ports (each: rights, port),
 *   emulator, count and argv, count and environment.
 */
typedef unsigned long long vp_number;

struct vp_limit {
	vp_number resource, soft, hard;
};

/* How a file is had when QEMU starts, in the order of the words for it. */
enum vp_how {
	VP_PATH,           /* `path`: opened by name; where an inode is planned it must be that one */
	VP_OPTIONAL,       /* `optional`: the same, and left out where it is not there */
	VP_MAKE_FILE,      /* `file`: made here, as QEMU would; nothing may stand there */
	VP_MAKE_DIRECTORY, /* `directory`: made, or found as nobody else's */
	VP_NAME,           /* `name`: QEMU will make it; rights and inode are its directory's */
	VP_GIVEN,          /* handed over: the word is the number of its descriptor */
};

/* One file or directory that QEMU may use, with its Landlock rights. */
struct vp_file {
	enum vp_how how;
	int descriptor;           /* once it is open */
	vp_number rights;
	vp_number device, inode;  /* both 0: whatever stands there */
	char *path;
};

/* As struct landlock_net_port_attr of the kernel. */
struct vp_port {
	vp_number rights, port;
};

/* Up to the flags as struct landlock_ruleset_attr. */
struct vp_landlock {
	vp_number files, ports, scopes;
	vp_number flags;
};

/* To make memory executable, to touch files by name, other processes' scheduling, io_uring, namespaces. */
#define VP_DENY_NEW_CODE 1u
#define VP_DENY_ATTRIBUTES 2u
#define VP_DENY_SCHEDULING 4u
#define VP_DENY_RINGS 8u
#define VP_DENY_NAMESPACES 16u

#define VP_OOM_SCORE_STAYS 10000

struct vp_plan {
	char *name;
	bool system;
	/* This process is the target already: what it cannot change must be as planned. */
	bool arrived;
	uid_t uid;
	gid_t gid;
	size_t group_count;
	gid_t *groups;
	vp_number umask, parent;
	size_t limit_count;
	struct vp_limit *limits;
	size_t kept_count;
	int *kept;
	/* The historic way of root: nothing is taken from it. */
	bool keeps_capabilities;
	int oom_score;
	char *directory;
	vp_number denied;
	struct vp_landlock landlock;
	size_t file_count;
	struct vp_file *files;
	size_t port_count;
	struct vp_port *ports;
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
