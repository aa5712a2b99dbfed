#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "signals.h"
#include "threads.h"
#include "value.h"

/* What arrived since `watchSignals`; 0: nothing. */
static volatile sig_atomic_t caught_signal;

static void note_signal(int number)
{
	/* A window that changes its size ends nothing. */
	if (number != SIGWINCH)
		caught_signal = number;
}

/* From now on such a signal does not end this process: who performs a launch asks and undoes. */
static napi_value watch_signals(napi_env env, napi_callback_info info)
{
	struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESTART };
	int error = vp_block_in_other_threads();

	(void)info;
	if (error != 0)
		return vp_throw(env, error, "tgkill", NULL);
	for (size_t i = 0; i < vp_forwarded_count; i++)
		if (sigaction(vp_forwarded_signals[i], &action, NULL) != 0)
			return vp_throw(env, errno, "sigaction", NULL);
	return vp_null(env);
}

static napi_value get_caught_signal(napi_env env, napi_callback_info info)
{
	(void)info;
	return vp_number(env, caught_signal);
}

int vp_replace_process(const char *path, char **argv, char **environment)
{
	sigset_t set = vp_forwarded_set(), before;
	int error;

	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &before);
	error = caught_signal != 0 ? EINTR : 0;
	if (error == 0) {
		/* Node marks its standard descriptors close-on-exec as it does all others. */
		for (int descriptor = 0; descriptor <= 2; descriptor++)
			fcntl(descriptor, F_SETFD, 0);
		execve(path, argv, environment);
		error = errno;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

static napi_value send_signal(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int pidfd, number;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &pidfd) ||
	    !vp_read_int(env, arguments[1], &number))
		return NULL;
	if (syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) != 0)
		return vp_throw(env, errno, "pidfd_send_signal", NULL);
	return vp_null(env);
}

void vp_bind_signals(napi_env env, napi_value exports)
{
	vp_define(env, exports, "watchSignals", watch_signals);
	vp_define(env, exports, "caughtSignal", get_caught_signal);
	vp_define(env, exports, "sendSignal", send_signal);
}
