#include "readback.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "landlock.h"
#include "privileges.h"
#include "process.h"
#include "report.h"

/* The kernel knows at most 64 capabilities: two words of 32 bits. */
#define VP_CAPABILITY_LIMIT 64

static void must(bool holds, const char *name)
{
	if (!holds)
		vp_fail(name, EPERM);
}

bool vp_has_identity(const struct vp_plan *plan)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;

	if (getresuid(&real, &effective, &saved) != 0 ||
	    getresgid(&real_group, &effective_group, &saved_group) != 0)
		return false;
	return real == plan->uid && effective == plan->uid && saved == plan->uid &&
	       real_group == plan->gid && effective_group == plan->gid &&
	       saved_group == plan->gid;
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

bool vp_has_no_capability(const struct vp_plan *plan)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	(void)plan;
	/* The raw call: what libcap-ng believes is not what is asked here. */
	if (syscall(SYS_capget, &header, sets) != 0)
		return false;
	for (int word = 0; word < 2; word++)
		if ((sets[word].effective | sets[word].permitted |
		     sets[word].inheritable) != 0)
			return false;
	return true;
}

bool vp_has_no_bounding(const struct vp_plan *plan)
{
	(void)plan;
	/* EINVAL ends the row: this kernel knows no capability of that number. */
	for (unsigned long number = 0; number < VP_CAPABILITY_LIMIT; number++)
		if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) > 0)
			return false;
	return true;
}

static bool has_no_ambient(void)
{
	for (unsigned long number = 0; number < VP_CAPABILITY_LIMIT; number++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) > 0)
			return false;
	return true;
}

bool vp_has_securebits(const struct vp_plan *plan)
{
	int wanted = plan->arrived ? VP_SERVICE_SECUREBITS : VP_SECUREBITS;
	int bits = prctl(PR_GET_SECUREBITS);

	return bits >= 0 && (bits & wanted) == wanted &&
	       (bits & SECBIT_KEEP_CAPS) == 0;
}

bool vp_has_hard_limits(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->limit_count; i++) {
		struct rlimit value;

		if (getrlimit((__rlimit_resource_t)plan->limits[i].resource, &value) != 0 ||
		    value.rlim_max != plan->limits[i].hard)
			return false;
	}
	return true;
}

static bool has_limits(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->limit_count; i++) {
		const struct vp_limit *limit = &plan->limits[i];
		struct rlimit value;

		if (getrlimit((__rlimit_resource_t)limit->resource, &value) != 0 ||
		    value.rlim_cur != limit->soft || value.rlim_max != limit->hard)
			return false;
	}
	return true;
}

static int compare_numbers(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

/* Kept or closed at exec, and nothing in between. */
static int check_descriptor(const struct vp_plan *plan, int descriptor)
{
	int flags = fcntl(descriptor, F_GETFD);
	bool kept = bsearch(&descriptor, plan->kept, plan->kept_count, sizeof(int), compare_numbers) != NULL;

	return flags >= 0 && ((flags & FD_CLOEXEC) == 0) == kept ? 0 : EBADF;
}

static bool has_descriptors(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->kept_count; i++)
		if (fcntl(plan->kept[i], F_GETFD) < 0)
			return false;
	return vp_each_descriptor(plan, check_descriptor) == 0;
}

static bool has_default_signals(void)
{
	sigset_t blocked;

	for (int number = 1; number <= VP_LAST_SIGNAL; number++) {
		/* The handler is the first word of the kernel's struct on every architecture. */
		void *action[16] = { NULL };

		if (number != SIGKILL && number != SIGSTOP &&
		    (syscall(SYS_rt_sigaction, number, NULL, action, VP_LAST_SIGNAL / 8) != 0 ||
		     action[0] != NULL))
			return false;
	}
	return sigprocmask(SIG_SETMASK, NULL, &blocked) == 0 && sigisemptyset(&blocked);
}

static bool dies_with_parent(const struct vp_plan *plan)
{
	int number = 0;

	return prctl(PR_GET_PDEATHSIG, &number) == 0 &&
	       number == (plan->parent == 0 ? 0 : SIGKILL);
}

/* The proof by trying: nobody may become root again. */
static bool cannot_return(const struct vp_plan *plan)
{
	if (plan->uid == 0)
		return true;
	return setresuid((uid_t)-1, 0, (uid_t)-1) != 0 && errno == EPERM;
}

/* What libcap-ng or a session's own step has taken away. */
static void read_back_capabilities(const struct vp_plan *plan)
{
	must(has_no_ambient(), "read-back-ambient");
	if (plan->keeps_capabilities)
		return;
	must(vp_has_no_capability(plan), "read-back-capabilities");
	/* Who is not root has no CAP_SETPCAP: both of these stay as the caller had them. */
	if (!plan->system)
		return;
	must(vp_has_no_bounding(plan), "read-back-bounding");
	must(vp_has_securebits(plan), "read-back-securebits");
}

int vp_read_back_outside(const struct vp_plan *plan)
{
	must(has_descriptors(plan), "read-back-descriptors");
	must(vp_has_oom_score(plan), "read-back-oom-score");
	return 0;
}

void vp_read_back(const struct vp_plan *plan)
{
	mode_t mask = umask(plan->umask);

	must(mask == plan->umask, "read-back-umask");
	must(vp_has_own_keyring(), "read-back-keyring");
	must(prctl(PR_GET_DUMPABLE) == 0, "read-back-memory");
	must(has_limits(plan), "read-back-limits");
	must(dies_with_parent(plan), "read-back-parent-death");
	must(has_default_signals(), "read-back-signals");
	must(vp_has_identity(plan), "read-back-identity");
	must(vp_has_groups(plan), "read-back-groups");
	read_back_capabilities(plan);
	must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "read-back-no-new-privileges");
	must(vp_is_in_directory(plan), "read-back-directory");
	must(vp_is_restricted(plan), "read-back-landlock");
	must(vp_denies_new_code(plan), "read-back-new-code");
	must(prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER, "read-back-filter");
	must(cannot_return(plan), "read-back-return");
}
