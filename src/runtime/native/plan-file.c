#include "plan-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "steps.h"

/* Who is not root may bring a plan of its own, from the one directory that is its alone. */
static bool is_own(const char *path)
{
	const char *place = getenv("XDG_RUNTIME_DIR");
	size_t length = place == NULL ? 0 : strlen(place);

	return geteuid() != 0 && length > 1 && strncmp(path, place, length) == 0 &&
	       path[length] == '/';
}

/* The first plain component of *path, which then stands behind it; false for a step up or out. */
static bool take_component(const char **path, char component[NAME_MAX + 1])
{
	const char *start = *path + strspn(*path, "/");
	size_t length = strcspn(start, "/");

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(component, start, length);
	component[length] = 0;
	*path = start + length;
	return strcmp(component, ".") != 0 && strcmp(component, "..") != 0;
}

/* Whether nobody but root and `owner` decides what stands below this directory. */
static bool is_directory_of(int descriptor, uid_t owner)
{
	struct stat facts;

	if (fstat(descriptor, &facts) != 0 || (facts.st_uid != 0 && facts.st_uid != owner))
		return false;
	/* With an access list the group's bits are its mask: no writer is overlooked. */
	return (facts.st_mode & 022) == 0 || (facts.st_mode & S_ISVTX) != 0;
}

static int step_into(int directory, const char *name, int flags)
{
	int next = openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC);
	int error = errno;

	close(directory);
	/* `prepare` made it for the target's group. */
	if (next < 0 && error == EACCES)
		vp_fail_arrived("plan");
	if (next < 0)
		vp_fail("plan", error);
	return next;
}

/* Opens a file without following anything, each directory on the way judged. */
static int open_judged(const char *path, uid_t owner)
{
	char component[NAME_MAX + 1];
	int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0 || path[0] != '/')
		vp_fail("plan", EINVAL);
	while (take_component(&path, component)) {
		if (!is_directory_of(at, owner))
			vp_fail("plan", EPERM);
		if (*path == 0)
			/* A pipe must not block before it is refused. */
			return step_into(at, component, O_RDONLY | O_NONBLOCK | O_NOCTTY);
		at = step_into(at, component, O_PATH | O_DIRECTORY);
	}
	vp_fail("plan", EINVAL);
}

/* `prepare` renames it into place: what is a second name of it, or others can write, is not that file. */
static bool is_plan_of(int descriptor, uid_t owner)
{
	struct stat facts;

	return fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_nlink == 1 &&
	       facts.st_uid == owner && (facts.st_mode & 022) == 0;
}

struct vp_plan *vp_plan_read_file(const char *path)
{
	bool own = is_own(path);
	uid_t owner = own ? geteuid() : 0;
	int descriptor = open_judged(path, owner);
	struct vp_plan *plan;

	if (!is_plan_of(descriptor, owner))
		vp_fail("plan", EPERM);
	plan = vp_plan_read_whole(descriptor);
	close(descriptor);
	if (plan->system == own)
		vp_fail("plan", EPERM);
	/* A service manager has done with its own rights what this process would need them for. */
	plan->arrived = plan->system && !vp_may_change_identity();
	return plan;
}
