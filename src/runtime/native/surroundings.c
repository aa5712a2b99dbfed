#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#define OOM_SCORE "/proc/self/oom_score_adj"

static long keyring;

/* Without keys in the kernel, or with a filter of a container's, there is no keyring for QEMU either. */
static bool has_no_keyrings(int error)
{
	return error == ENOSYS ||
	       (syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) < 0 &&
		errno == error);
}

int vp_join_keyring(const struct vp_plan *plan)
{
	keyring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	if (keyring >= 0)
		return 0;
	return has_no_keyrings(errno) ? 0 : errno;
}

bool vp_has_own_keyring(const struct vp_plan *plan)
{
	return keyring == -1 ||
	       syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) == keyring;
}

bool vp_has_oom_score(const struct vp_plan *plan)
{
	FILE *file;
	int score;
	bool holds;

	if (plan->oom_score == VP_OOM_SCORE_STAYS)
		return true;
	file = fopen(OOM_SCORE, "re");
	if (file == NULL)
		return false;
	holds = fscanf(file, "%d", &score) == 1 && score == plan->oom_score;
	fclose(file);
	return holds;
}

int vp_set_oom_score(const struct vp_plan *plan)
{
	int file, error;

	/* Who is not root cannot lower it, and need not where it is right. */
	if (vp_has_oom_score(plan))
		return 0;
	file = open(OOM_SCORE, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return errno;
	error = dprintf(file, "%d", plan->oom_score) < 0 ? errno : 0;
	close(file);
	return error;
}

int vp_enter_directory(const struct vp_plan *plan)
{
	return chdir(plan->directory) == 0 ? 0 : errno;
}

bool vp_is_in_directory(const struct vp_plan *plan)
{
	char path[PATH_MAX];

	return getcwd(path, sizeof(path)) != NULL && strcmp(path, plan->directory) == 0;
}

int vp_deny_new_code(const struct vp_plan *plan)
{
	if ((plan->denied & VP_DENY_NEW_CODE) == 0 ||
	    prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0)
		return 0;
	return errno == EINVAL ? 0 : errno;
}

bool vp_denies_new_code(const struct vp_plan *plan)
{
	int answer = prctl(PR_GET_MDWE, 0, 0, 0, 0);

	if ((plan->denied & VP_DENY_NEW_CODE) == 0)
		return true;
	return answer > 0 || (answer < 0 && errno == EINVAL);
}
