#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own-name.h"
#include "report.h"
#include "steps.h"

/* As QEMU would make it, but never through a link nor in the place of something else. */
static int make_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

/* A directory of this VM alone: a name in a shared place may be somebody's trap. */
static int make_directory(const char *path)
{
	struct stat facts;
	int descriptor;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -1;
	descriptor = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (descriptor < 0 || fstat(descriptor, &facts) != 0)
		return -1;
	errno = EEXIST;
	return facts.st_uid == geteuid() && (facts.st_mode & 077) == 0 ? descriptor : -1;
}

/* Of what QEMU will make itself the directory is all that there is. */
static int open_place(const char *path)
{
	const char *end = strrchr(path, '/');
	char place[PATH_MAX];
	size_t length;

	errno = ENAMETOOLONG;
	if (end == NULL || (length = (size_t)(end - path) + (end == path)) >= sizeof(place))
		return -1;
	memcpy(place, path, length);
	place[length] = 0;
	return open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int open_by_name(const struct vp_file *file)
{
	/* Links are followed, as QEMU will: where they lead is what counts. */
	int descriptor = open(file->path, O_PATH | O_CLOEXEC);

	/* What may be missing may be out of reach too. */
	if (descriptor < 0 && file->how == VP_OPTIONAL &&
	    (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		errno = 0;
	return descriptor;
}

int vp_open_file(const struct vp_file *file)
{
	switch (file->how) {
	case VP_GIVEN: return file->descriptor;
	case VP_MAKE_FILE: return make_file(file->path);
	case VP_MAKE_DIRECTORY: return make_directory(file->path);
	case VP_NAME: return open_place(file->path);
	case VP_PATH:
	case VP_OPTIONAL:
	default: return open_by_name(file);
	}
}

bool vp_is_loose(const struct vp_file *file)
{
	return (file->how == VP_PATH || file->how == VP_OPTIONAL) && file->device == 0 &&
	       file->inode == 0;
}

/* Whether it is the file that was planned. */
static int compare(const struct vp_file *file)
{
	struct stat facts;

	if (file->device == 0 && file->inode == 0)
		return 0;
	if (fstat(file->descriptor, &facts) != 0)
		return errno;
	return facts.st_dev == file->device && facts.st_ino == file->inode ? 0 : ESTALE;
}

static int hold(struct vp_file *file)
{
	int error;

	if (vp_is_loose(file))
		return 0;
	file->descriptor = vp_open_file(file);
	if (file->descriptor < 0)
		return errno;
	error = compare(file);
	return error == 0 && file->how == VP_NAME ? vp_free_name(file->descriptor, file->path)
						  : error;
}

/*
 * Opens (O_PATH) every file of the plan that must be a certain one, makes
 * those that QEMU would make, and refuses one that is no longer the planned
 * inode. They stay open until exec, so that no inode becomes another file's.
 */
int vp_open_files(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->file_count; i++) {
		int error = hold(&plan->files[i]);

		if (error == 0)
			continue;
		vp_report_subject("%s", plan->files[i].path);
		return error;
	}
	return 0;
}
