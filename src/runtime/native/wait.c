#include "wait.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signals.h"

extern char **environ;

static sigset_t watched_signals(void)
{
	sigset_t set = vp_forwarded_set();

	sigaddset(&set, SIGCHLD);
	return set;
}

/* True once the child is gone, with its wait status; a child that cannot be waited for is gone too. */
static bool is_reaped(pid_t child, int *status)
{
	pid_t got = waitpid(child, status, WNOHANG);

	if (got < 0 && errno == ECHILD)
		*status = 125 << 8;
	return got == child || (got < 0 && errno == ECHILD);
}

static int await(pid_t child)
{
	sigset_t set = watched_signals();
	int status = 0;

	while (!is_reaped(child, &status)) {
		int number = sigwaitinfo(&set, NULL);

		/* SIGCHLD only wakes the loop up; everything else is the child's. */
		if (number > 0 && number != SIGCHLD)
			kill(child, number);
	}
	return status;
}

static void run_restore(char **argv)
{
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t child;
	int error, status = 0;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	/*
	 * A session of its own: a second Ctrl-C must not end it half way. One that comes before it has
	 * that session is ignored, in the child as here; Node takes signals again when it has started.
	 */
	for (size_t i = 0; i < vp_forwarded_count; i++)
		signal(vp_forwarded_signals[i], SIG_IGN);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	error = posix_spawn(&child, argv[0], NULL, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	while (error == 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (error == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	/* What it could not give back it has said itself, if it ran. */
	dprintf(STDERR_FILENO, "qemu-launch: error: not everything was given back%s%s\n"
		"qemu-launch: hint: run `qemu-launch restore --all`\n",
		error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
}

int vp_wait(pid_t child, char **restore)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t set = watched_signals();
	int status;

	/* What the caller had open would live as long as this process: nothing of it is needed here. */
	closefrom(3);
	/* Blocked before the first look at the child, so no signal is lost between look and wait. */
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigaction(SIGCHLD, &standard, NULL);
	/* The launcher ignored this one as Node does; to write to a closed pipe must not end the restore. */
	signal(SIGPIPE, SIG_IGN);
	status = await(child);
	run_restore(restore);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
