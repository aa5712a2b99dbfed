#include "steps.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

int vp_set_groups(const struct vp_plan *plan)
{
	return setgroups(plan->group_count, plan->groups) == 0 ? 0 : errno;
}

static int compare_groups(const void *left, const void *right)
{
	gid_t a = *(const gid_t *)left;
	gid_t b = *(const gid_t *)right;

	return a < b ? -1 : a > b;
}

/* The plan lists the groups in ascending order; the kernel promises no order. */
bool vp_has_groups(const struct vp_plan *plan)
{
	int count = getgroups(0, NULL);
	gid_t *groups;

	if (count < 0 || (size_t)count != plan->group_count)
		return false;
	groups = calloc((size_t)count + 1, sizeof(gid_t));
	if (groups == NULL || getgroups(count, groups) != count)
		return false;
	qsort(groups, (size_t)count, sizeof(gid_t), compare_groups);
	return memcmp(groups, plan->groups, (size_t)count * sizeof(gid_t)) == 0;
}

/* Root stays root, with what it has: libcap-ng would take it away. */
static int change_ids(const struct vp_plan *plan)
{
	if (setresgid(plan->gid, plan->gid, plan->gid) != 0)
		return errno;
	return setresuid(plan->uid, plan->uid, plan->uid) == 0 ? 0 : errno;
}

int vp_change_identity(const struct vp_plan *plan)
{
	int result;

	if (plan->keeps_capabilities)
		return change_ids(plan);
	errno = 0;
	capng_clear(CAPNG_SELECT_ALL);
	/* Without a flag the supplementary groups stay as set above; all capabilities are gone afterwards. */
	result = capng_change_id((int)plan->uid, (int)plan->gid, CAPNG_NO_FLAG);
	if (result == 0)
		return 0;
	return errno != 0 ? errno : EPERM;
}

bool vp_has_identity(const struct vp_plan *plan)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;

	if (getresuid(&real, &effective, &saved) != 0 ||
	    getresgid(&real_group, &effective_group, &saved_group) != 0)
		return false;
	if (real == plan->uid && effective == plan->uid && saved == plan->uid &&
	    real_group == plan->gid && effective_group == plan->gid && saved_group == plan->gid)
		return true;
	vp_report_subject("it runs as %u:%u, planned %u:%u", real, real_group, plan->uid, plan->gid);
	return false;
}

bool vp_cannot_return(const struct vp_plan *plan)
{
	return plan->uid == 0 || (setresuid((uid_t)-1, 0, (uid_t)-1) != 0 && errno == EPERM);
}
