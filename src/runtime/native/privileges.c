#include "steps.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a service manager can lock; without the other one nothing can be raised either, as no set has anything. */
#define SERVICE_SECUREBITS                                                         \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |           \
	 SECBIT_NO_SETUID_FIXUP_LOCKED)

/* Securebits that make the loss final, for root too. */
#define SECUREBITS \
	(SERVICE_SECUREBITS | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* The kernel knows at most 64 capabilities: two words of 32 bits. */
#define CAPABILITY_LIMIT 64

/* libcap-ng answers -1 … -6 and leaves errno as it was in some cases. */
static int capng_result(int result)
{
	if (result == 0)
		return 0;
	return errno != 0 ? errno : EPERM;
}

/* The state of libcap-ng is of this thread and starts here: nothing is inherited from a fork. */
static int drop(capng_select_t sets)
{
	errno = 0;
	capng_clear(CAPNG_SELECT_ALL);
	return capng_result(capng_apply(sets));
}

/* The raw call: what libcap-ng believes is not what is asked here. */
static bool get_capabilities(struct __user_cap_data_struct sets[2])
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return syscall(SYS_capget, &header, sets) == 0;
}

bool vp_may_change_identity(void)
{
	struct __user_cap_data_struct sets[2];

	return get_capabilities(sets) && (sets[0].effective & (1u << CAP_SETPCAP)) != 0;
}

int vp_lock_securebits(const struct vp_plan *plan)
{
	int locked, bits;

	errno = 0;
	/* 0.8 writes its own four bits over all others: it goes first and ours are added. */
	locked = capng_lock();
	bits = prctl(PR_GET_SECUREBITS);
	if (bits < 0)
		return errno;
	/* Bits that a service manager locked before us make capng_lock fail and are right all the same. */
	if ((bits & SECUREBITS) == SECUREBITS)
		return 0;
	if (locked != 0)
		return capng_result(locked);
	return prctl(PR_SET_SECUREBITS, bits | SECUREBITS) == 0 ? 0 : errno;
}

bool vp_has_securebits(const struct vp_plan *plan)
{
	int wanted = plan->arrived ? SERVICE_SECUREBITS : SECUREBITS;
	int bits = prctl(PR_GET_SECUREBITS);

	return bits >= 0 && (bits & wanted) == wanted && (bits & SECBIT_KEEP_CAPS) == 0;
}

int vp_drop_bounding(const struct vp_plan *plan)
{
	return drop(CAPNG_SELECT_BOUNDS);
}

bool vp_has_no_bounding(const struct vp_plan *plan)
{
	/* EINVAL ends the row: this kernel knows no capability of that number. */
	for (unsigned long number = 0; number < CAPABILITY_LIMIT; number++)
		if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) > 0)
			return false;
	return true;
}

int vp_drop_capabilities(const struct vp_plan *plan)
{
	return drop(CAPNG_SELECT_CAPS);
}

bool vp_has_no_capability(const struct vp_plan *plan)
{
	struct __user_cap_data_struct sets[2];

	if (plan->keeps_capabilities && !plan->arrived)
		return true;
	if (!get_capabilities(sets))
		return false;
	for (int word = 0; word < 2; word++)
		if ((sets[word].effective | sets[word].permitted | sets[word].inheritable) != 0)
			return false;
	return true;
}

int vp_clear_ambient(const struct vp_plan *plan)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 ? 0 : errno;
}

bool vp_has_no_ambient(const struct vp_plan *plan)
{
	for (unsigned long number = 0; number < CAPABILITY_LIMIT; number++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) > 0)
			return false;
	return true;
}

int vp_deny_new_privileges(const struct vp_plan *plan)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

bool vp_has_no_new_privileges(const struct vp_plan *plan)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}
