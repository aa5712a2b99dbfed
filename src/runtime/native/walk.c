#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* As many links as the kernel follows in one path. */
#define LINK_LIMIT 40

#ifndef CGROUP2_SUPER_MAGIC
#define CGROUP2_SUPER_MAGIC 0x63677270
#endif

struct walk {
	int directory;
	struct stat facts;        /* of `directory` */
	uid_t controller;         /* who decides what stands below here */
	uid_t target;
	int links;
	char rest[PATH_MAX];      /* what is still to be walked */
	char done[PATH_MAX];      /* what has been, for messages */
	struct vp_refusal *refusal;
};

static int refuse(struct walk *walk, int error, const char *reason)
{
	walk->refusal->error = error;
	walk->refusal->reason = reason;
	snprintf(walk->refusal->component, sizeof(walk->refusal->component), "%s",
		 walk->done[0] == 0 ? "/" : walk->done);
	return -1;
}

static int distrust(struct walk *walk, const char *reason)
{
	return refuse(walk, VP_UNTRUSTED, reason);
}

/* Others can put entries here. With an ACL the group bits are its mask, so they tell of that too. */
static bool is_open_to_others(const struct stat *facts)
{
	mode_t others = facts->st_gid == 0 ? S_IWOTH : S_IWOTH | S_IWGRP;

	return (facts->st_mode & others) != 0;
}

/* Goes into the directory `next`; it is closed with the walk, or here when it is refused. */
static int enter(struct walk *walk, int next)
{
	struct stat facts;

	if (fstat(next, &facts) != 0) {
		close(next);
		return refuse(walk, errno, NULL);
	}
	close(walk->directory);
	walk->directory = next;
	walk->facts = facts;
	/* Whoever owns one directory owns what is below: nobody else may come in between. */
	if (walk->controller != 0 && facts.st_uid != walk->controller)
		return distrust(walk, "belongs to another user than the directory above it");
	walk->controller = facts.st_uid;
	if (is_open_to_others(&facts) && (facts.st_mode & S_ISVTX) == 0)
		return distrust(walk, "can be written by others than its owner");
	return 0;
}

static int start(struct walk *walk)
{
	int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return refuse(walk, errno, NULL);
	walk->done[0] = 0;
	return enter(walk, top);
}

/* Cuts the next component off `rest`; false when nothing is left. */
static bool take_component(struct walk *walk, char *name, size_t size)
{
	char *from = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(from, "/");

	if (length == 0)
		walk->rest[0] = 0;
	if (length == 0 || length >= size)
		return false;
	memcpy(name, from, length);
	name[length] = 0;
	memmove(walk->rest, from + length, strlen(from + length) + 1);
	return true;
}

static bool note_component(struct walk *walk, const char *name)
{
	size_t length = strlen(walk->done);
	int added = snprintf(walk->done + length, sizeof(walk->done) - length, "/%s", name);

	return added > 0 && (size_t)added < sizeof(walk->done) - length;
}

static int check_link(struct walk *walk, const struct stat *link)
{
	if (++walk->links > LINK_LIMIT)
		return refuse(walk, ELOOP, NULL);
	if (is_open_to_others(&walk->facts) || walk->facts.st_uid == walk->target)
		return distrust(walk, "is a link in a directory that others can write");
	if (link->st_uid != 0 && link->st_uid != walk->facts.st_uid)
		return distrust(walk, "is a link made by another user than its directory's owner");
	return 0;
}

/* Puts the link's text before what is left to walk (that starts with a slash, or is empty);
 * an absolute one starts again at the top. */
static int follow(struct walk *walk, int link)
{
	char text[PATH_MAX], joined[PATH_MAX];
	ssize_t length = readlinkat(link, "", text, sizeof(text) - 1);
	char *slash;

	if (length < 0)
		return refuse(walk, errno, NULL);
	text[length] = 0;
	if ((size_t)snprintf(joined, sizeof(joined), "%s%s", text, walk->rest) >= sizeof(joined))
		return refuse(walk, ENAMETOOLONG, NULL);
	strcpy(walk->rest, joined);
	slash = strrchr(walk->done, '/');
	if (slash != NULL)
		*slash = 0;
	return text[0] == '/' ? start(walk) : 0;
}

static bool is_refused_file_system(int descriptor)
{
	/* Names there are not files that somebody stored: /proc/self/fd/3 is whatever the caller opened. */
	static const long magics[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC,
				       CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, DEVPTS_SUPER_MAGIC,
				       SECURITYFS_MAGIC, SELINUX_MAGIC, TRACEFS_MAGIC };
	struct statfs facts;

	if (fstatfs(descriptor, &facts) != 0)
		return true;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if ((long)facts.f_type == magics[i])
			return true;
	return false;
}

static int check_file(struct walk *walk, int descriptor, const struct stat *facts)
{
	if (!S_ISREG(facts->st_mode) && !S_ISBLK(facts->st_mode))
		return distrust(walk, "is neither a regular file nor a block device");
	if (is_refused_file_system(descriptor))
		return distrust(walk, "lies on a file system that stores no files");
	if ((facts->st_mode & (S_ISUID | S_ISGID)) != 0)
		return distrust(walk, "has a set-id bit");
	/* A second name may stand where its owner cannot see it, or be somebody else's file. */
	if (S_ISREG(facts->st_mode) && facts->st_nlink != 1)
		return distrust(walk, "has more than one hard link");
	if (walk->controller != 0 && facts->st_uid != walk->controller &&
	    facts->st_uid != walk->target)
		return distrust(walk, "belongs to another user than its directory");
	return 0;
}

/* Takes one component: 0 to go on, 1 when `*found` is the file, -1 when it is refused. */
static int step(struct walk *walk, const char *name, int *found)
{
	struct stat facts;
	int next, result;

	if (!note_component(walk, name))
		return refuse(walk, ENAMETOOLONG, NULL);
	next = openat(walk->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		return refuse(walk, errno, NULL);
	if (fstat(next, &facts) != 0) {
		close(next);
		return refuse(walk, errno, NULL);
	}
	if (S_ISDIR(facts.st_mode))
		return enter(walk, next);
	if (S_ISLNK(facts.st_mode))
		result = check_link(walk, &facts) != 0 ? -1 : follow(walk, next);
	else if (walk->rest[0] != 0)
		result = refuse(walk, ENOTDIR, NULL);
	else
		result = check_file(walk, next, &facts) != 0 ? -1 : 1;
	if (result == 1)
		*found = next;
	else
		close(next);
	return result;
}

int vp_open_trusted(const char *path, uid_t target, struct vp_refusal *refusal)
{
	struct walk walk = { .directory = -1, .target = target, .refusal = refusal };
	char name[NAME_MAX + 1];
	int found = -1, result;

	if (path[0] != '/' || strlen(path) >= sizeof(walk.rest))
		return refuse(&walk, path[0] == '/' ? ENAMETOOLONG : EINVAL, NULL);
	strcpy(walk.rest, path);
	result = start(&walk);
	while (result == 0) {
		if (!take_component(&walk, name, sizeof(name)))
			result = refuse(&walk, walk.rest[0] == 0 ? EISDIR : ENAMETOOLONG, NULL);
		else
			result = step(&walk, name, &found);
	}
	if (walk.directory >= 0)
		close(walk.directory);
	return result == 1 ? found : -1;
}
