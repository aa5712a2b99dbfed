#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "value.h"

/* In the child: asks the file system itself, not what the kernel remembers of it. */
static _Noreturn void ask(const char *path)
{
	struct statx facts;

	/* Nobody may wait for a lock of ours because this process never ends. */
	syscall(SYS_close_range, 0u, ~0u, 0u);
	statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &facts);
	_exit(0);
}

static bool has_ended(pid_t child, int milliseconds)
{
	struct pollfd end = { .events = POLLIN };
	int ready;

	end.fd = (int)syscall(SYS_pidfd_open, child, 0u);
	if (end.fd < 0)
		return false;
	do
		ready = poll(&end, 1, milliseconds);
	while (ready < 0 && errno == EINTR);
	close(end.fd);
	return ready == 1;
}

/* A server that is gone is waited for by the kernel, where no signal reaches: so a child asks. */
static napi_value answers(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int milliseconds;
	bool in_time;
	pid_t child;
	char *path;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[1], &milliseconds) ||
	    !vp_read_string(env, arguments[0], &path))
		return NULL;
	child = fork();
	if (child == 0)
		ask(path);
	free(path);
	if (child < 0)
		return vp_throw(env, errno, "fork", NULL);
	in_time = has_ended(child, milliseconds);
	if (!in_time)
		kill(child, SIGKILL);
	/* One that cannot even be killed is left to init. */
	waitpid(child, NULL, in_time ? 0 : WNOHANG);
	return vp_boolean(env, in_time);
}

void vp_bind_answers(napi_env env, napi_value exports)
{
	vp_define(env, exports, "answers", answers);
}
