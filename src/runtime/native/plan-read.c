#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.h"
#include "report.h"

/* Only a file that can neither grow, shrink nor be written again may be obeyed. */
static bool is_sealed(int descriptor)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	int seals = fcntl(descriptor, F_GET_SEALS);

	return seals >= 0 && (seals & wanted) == wanted;
}

static char *read_all(int descriptor, size_t size)
{
	char *bytes = malloc(size + 1);
	size_t done = 0;

	while (bytes != NULL && done < size) {
		ssize_t got = pread(descriptor, bytes + done, size - done, (off_t)done);

		if (got <= 0)
			vp_fail("plan", got < 0 ? errno : EIO);
		done += (size_t)got;
	}
	return bytes;
}

struct vp_plan *vp_plan_read(int descriptor)
{
	if (!is_sealed(descriptor))
		vp_fail("plan", EPERM);
	return vp_plan_read_whole(descriptor);
}

struct vp_plan *vp_plan_read_whole(int descriptor)
{
	struct vp_plan *plan = malloc(sizeof(*plan));
	struct stat facts;
	char *bytes;

	if (plan == NULL)
		vp_fail("plan", ENOMEM);
	if (fstat(descriptor, &facts) != 0)
		vp_fail("plan", errno);
	if (facts.st_size <= 0 || facts.st_size > (off_t)VP_PLAN_MAX_BYTES)
		vp_fail("plan", EINVAL);
	bytes = read_all(descriptor, (size_t)facts.st_size);
	if (bytes == NULL || !vp_plan_parse(bytes, (size_t)facts.st_size, plan))
		vp_fail("plan", EINVAL);
	return plan;
}
