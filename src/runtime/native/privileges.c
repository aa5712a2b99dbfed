#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libcap-ng answers -1 … -6 and leaves errno as it was in some cases. */
static int capng_result(int result)
{
	if (result == 0)
		return 0;
	return errno != 0 ? errno : EPERM;
}

bool vp_may_change_identity(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	return syscall(SYS_capget, &header, sets) == 0 &&
	       (sets[0].effective & (1u << CAP_SETPCAP)) != 0;
}

int vp_lock_securebits(const struct vp_plan *plan)
{
	int locked, bits;

	(void)plan;
	errno = 0;
	/* 0.8 writes its own four bits over all others: it goes first and ours are added. */
	locked = capng_lock();
	bits = prctl(PR_GET_SECUREBITS);
	if (bits < 0)
		return errno;
	/* Bits that a service manager locked before us make capng_lock fail and are right all the same. */
	if ((bits & VP_SECUREBITS) == VP_SECUREBITS)
		return 0;
	if (locked != 0)
		return capng_result(locked);
	return prctl(PR_SET_SECUREBITS, bits | VP_SECUREBITS) == 0 ? 0 : errno;
}

int vp_drop_bounding(const struct vp_plan *plan)
{
	(void)plan;
	errno = 0;
	/* The state of libcap-ng is of this thread and starts here: nothing is inherited from a fork. */
	capng_clear(CAPNG_SELECT_ALL);
	return capng_result(capng_apply(CAPNG_SELECT_BOUNDS));
}

int vp_set_groups(const struct vp_plan *plan)
{
	return setgroups(plan->group_count, plan->groups) == 0 ? 0 : errno;
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
	if (plan->keeps_capabilities)
		return change_ids(plan);
	errno = 0;
	capng_clear(CAPNG_SELECT_ALL);
	/* Without a flag the supplementary groups stay as set above; all capabilities are gone afterwards. */
	return capng_result(capng_change_id((int)plan->uid, (int)plan->gid, CAPNG_NO_FLAG));
}

int vp_drop_capabilities(const struct vp_plan *plan)
{
	(void)plan;
	errno = 0;
	capng_clear(CAPNG_SELECT_ALL);
	return capng_result(capng_apply(CAPNG_SELECT_CAPS));
}

int vp_clear_ambient(const struct vp_plan *plan)
{
	(void)plan;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 ? 0 : errno;
}

int vp_deny_new_privileges(const struct vp_plan *plan)
{
	(void)plan;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}
