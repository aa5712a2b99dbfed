#include "steps.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's count on x86 and arm; a set of them is that many bits. */
#define LAST_SIGNAL 64

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

/* Calls `visit` for every open descriptor from 3 on, until it returns an errno. */
static int each_descriptor(const struct vp_plan *plan,
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
	return each_descriptor(plan, mark_close_on_exec);
}

int vp_close_descriptors(const struct vp_plan *plan)
{
	int error = close_all_on_exec(plan);

	for (size_t i = 0; error == 0 && i < plan->kept_count; i++)
		if (fcntl(plan->kept[i], F_SETFD, 0) != 0)
			error = errno;
	return error;
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

bool vp_has_descriptors(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->kept_count; i++)
		if (fcntl(plan->kept[i], F_GETFD) < 0)
			return false;
	return each_descriptor(plan, check_descriptor) == 0;
}

int vp_hide_memory(const struct vp_plan *plan)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

bool vp_has_hidden_memory(const struct vp_plan *plan)
{
	return prctl(PR_GET_DUMPABLE) == 0;
}

int vp_set_umask(const struct vp_plan *plan)
{
	umask((mode_t)plan->umask);
	return 0;
}

bool vp_has_umask(const struct vp_plan *plan)
{
	return umask((mode_t)plan->umask) == plan->umask;
}

int vp_die_with_parent(const struct vp_plan *plan)
{
	if (plan->parent == 0)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return errno;
	/* A parent that died before the call above would never be noticed. */
	return getppid() == (pid_t)plan->parent ? 0 : ESRCH;
}

bool vp_has_parent(const struct vp_plan *plan)
{
	int number = 0;

	return prctl(PR_GET_PDEATHSIG, &number) == 0 && number == (plan->parent == 0 ? 0 : SIGKILL);
}

/* Larger than any architecture's struct, in which the handler is the first word. */
typedef void *action[16];

/* The raw call, because glibc's refuses the two signals that it keeps to itself. */
static bool get_or_set(int number, const action *wanted, action *found)
{
	return number == SIGKILL || number == SIGSTOP ||
	       syscall(SYS_rt_sigaction, number, wanted, found, LAST_SIGNAL / 8) == 0;
}

int vp_reset_signals(const struct vp_plan *plan)
{
	/* All zero is SIG_DFL without flags. */
	static const action standard;
	sigset_t none;

	/* "Ignored" survives exec: Node ignores SIGPIPE and SIGXFSZ, a shell's `trap ''` anything. */
	for (int number = 1; number <= LAST_SIGNAL; number++)
		if (!get_or_set(number, &standard, NULL))
			return errno;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0 ? 0 : errno;
}

bool vp_has_default_signals(const struct vp_plan *plan)
{
	sigset_t blocked;

	for (int number = 1; number <= LAST_SIGNAL; number++) {
		action found = { NULL };

		if (!get_or_set(number, NULL, &found) || found[0] != NULL)
			return false;
	}
	return sigprocmask(SIG_SETMASK, NULL, &blocked) == 0 && sigisemptyset(&blocked);
}
