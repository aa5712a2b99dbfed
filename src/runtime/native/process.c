#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int vp_open_standard_descriptors(void)
{
	/* open(2) gives the lowest free number, so in this order each hole is filled by itself. */
	for (int descriptor = 0; descriptor <= 2; descriptor++) {
		if (fcntl(descriptor, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDWR) != descriptor)
			return errno != 0 ? errno : EBADF;
	}
	return 0;
}

int vp_each_descriptor(const struct vp_plan *plan,
		       int (*visit)(const struct vp_plan *plan, int descriptor))
{
	DIR *list = opendir("/proc/self/fd");
	struct dirent *entry;
	int error = 0;

	if (list == NULL)
		return errno;
	while (error == 0 && (entry = readdir(list)) != NULL) {
		int descriptor = atoi(entry->d_name);

		if (descriptor > 2)
			error = visit(plan, descriptor);
	}
	closedir(list);
	return error;
}

static int mark_close_on_exec(const struct vp_plan *plan, int descriptor)
{
	(void)plan;
	return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 ? 0 : errno;
}

static int close_all_on_exec(const struct vp_plan *plan)
{
	/* Marked, not closed: the pipe that tells of failures must live until exec. */
	if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	/* Kernels before 5.11 do not know the call or the flag: the same by the list in /proc. */
	if (errno != ENOSYS && errno != EINVAL)
		return errno;
	return vp_each_descriptor(plan, mark_close_on_exec);
}

int vp_close_descriptors(const struct vp_plan *plan)
{
	int error = close_all_on_exec(plan);

	for (size_t i = 0; error == 0 && i < plan->kept_count; i++)
		if (fcntl(plan->kept[i], F_SETFD, 0) != 0)
			error = errno;
	return error;
}

int vp_hide_memory(const struct vp_plan *plan)
{
	(void)plan;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

int vp_set_limits(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->limit_count; i++) {
		const struct vp_limit *limit = &plan->limits[i];
		struct rlimit value = { limit->soft, limit->hard };

		if (setrlimit((__rlimit_resource_t)limit->resource, &value) != 0)
			return errno;
	}
	return 0;
}

int vp_set_umask(const struct vp_plan *plan)
{
	umask(plan->umask);
	return 0;
}

int vp_die_with_parent(const struct vp_plan *plan)
{
	if (plan->parent == 0)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return errno;
	/* A parent that died before the call above would never be noticed. */
	return getppid() == plan->parent ? 0 : ESRCH;
}

int vp_reset_signals(const struct vp_plan *plan)
{
	/* All zero is SIG_DFL without flags; larger than any architecture's struct. */
	static const unsigned char standard[64];
	sigset_t none;

	(void)plan;
	/* "Ignored" survives exec: Node ignores SIGPIPE and SIGXFSZ, a shell's `trap ''` anything.
	 * The raw call, because glibc's refuses the two signals that it keeps to itself. */
	for (int number = 1; number <= VP_LAST_SIGNAL; number++) {
		if (number == SIGKILL || number == SIGSTOP)
			continue;
		if (syscall(SYS_rt_sigaction, number, standard, NULL, VP_LAST_SIGNAL / 8) != 0)
			return errno;
	}
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0 ? 0 : errno;
}
