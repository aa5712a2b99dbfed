#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trust.h"

/* As many links as the kernel follows in one path. */
#define LINK_LIMIT 40

struct walk {
	int directory;
	struct stat facts;        /* of `directory` */
	struct vp_place place;
	int links;
	/* Judges what stands at the end of the path. */
	const char *(*distrust)(const struct vp_place *place, int descriptor,
				const struct stat *facts);
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

/* 0 when the end of the path may be relied on, else -1. */
static int judge(struct walk *walk, int descriptor, const struct stat *facts)
{
	const char *reason = walk->distrust(&walk->place, descriptor, facts);

	return reason == NULL ? 0 : distrust(walk, reason);
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
	if (walk->place.controller != 0 && facts.st_uid != walk->place.controller)
		return distrust(walk, "belongs to another user than the directory above it");
	walk->place.controller = facts.st_uid;
	walk->place.is_shared = vp_is_open_to_others(next, &facts);
	if (walk->place.is_shared && (facts.st_mode & S_ISVTX) == 0)
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

static int check_link(struct walk *walk, int descriptor, const struct stat *link)
{
	if (++walk->links > LINK_LIMIT)
		return refuse(walk, ELOOP, NULL);
	/* The kernel goes elsewhere than the text of /proc/PID/root or /proc/PID/fd/N says. */
	if (vp_stores_no_files(descriptor))
		return distrust(walk, "is a link that stands for something else than its text");
	if (walk->place.is_shared || walk->facts.st_uid == walk->place.target)
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
		result = check_link(walk, next, &facts) != 0 ? -1 : follow(walk, next);
	else if (walk->rest[0] != 0)
		result = refuse(walk, ENOTDIR, NULL);
	else
		result = judge(walk, next, &facts) != 0 ? -1 : 1;
	if (result == 1)
		*found = next;
	else
		close(next);
	return result;
}

/* Hands the directory over in which the walk has ended. */
static int end_in_directory(struct walk *walk, int *found)
{
	if (walk->distrust == vp_distrust_file || walk->rest[0] != 0)
		return refuse(walk, walk->rest[0] == 0 ? EISDIR : ENAMETOOLONG, NULL);
	if (judge(walk, walk->directory, &walk->facts) != 0)
		return -1;
	*found = walk->directory;
	walk->directory = -1;
	return 1;
}

static int walk_path(struct walk *walk, const char *path)
{
	char name[NAME_MAX + 1];
	int found = -1, result;

	if (path[0] != '/' || strlen(path) >= sizeof(walk->rest))
		return refuse(walk, path[0] == '/' ? ENAMETOOLONG : EINVAL, NULL);
	strcpy(walk->rest, path);
	result = start(walk);
	while (result == 0)
		result = take_component(walk, name, sizeof(name)) ?
			step(walk, name, &found) : end_in_directory(walk, &found);
	if (walk->directory >= 0)
		close(walk->directory);
	return result == 1 ? found : -1;
}

int vp_open_trusted(const char *path, uid_t target, enum vp_form form, struct vp_refusal *refusal)
{
	struct walk walk = { .directory = -1, .place = { .target = target, .form = form },
			     .distrust = vp_distrust_file, .refusal = refusal };

	return walk_path(&walk, path);
}

int vp_open_own(const char *path, struct vp_refusal *refusal)
{
	struct walk walk = { .directory = -1, .place.target = (uid_t)-1,
			     .distrust = vp_distrust_own, .refusal = refusal };

	return walk_path(&walk, path);
}

int vp_open_place(const char *path, uid_t target, struct vp_refusal *refusal)
{
	struct walk walk = { .directory = -1, .place.target = target,
			     .distrust = vp_distrust_place, .refusal = refusal };

	return walk_path(&walk, path);
}
