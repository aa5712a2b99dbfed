/*
 * qemu-wait: the tiny parent that `run` leaves behind. Passes signals, stops
 * and their end on to the child, stops when that is stopped as a job, reaps
 * it, then runs the command, which gives back, as a child of its own. Ends
 * with the child's status, 128+N when signal N ended it.
 *
 *   qemu-wait PID COMMAND [ARG...]
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "signals.h"

extern char **environ;

/* P_PIDFD, which glibc names only from 2.36 on. */
#define BY_PIDFD ((idtype_t)3)

/* What a terminal or a shell sends to stop a job. */
static bool is_stop(int number)
{
	return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

static sigset_t watched_signals(void)
{
	static const int others[] = { SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t set = vp_forwarded_set();

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		sigaddset(&set, others[i]);
	return set;
}

static void send(int pidfd, int number)
{
	syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

/*
 * Stops as this signal does until the shell continues the job, and the child with it; where there is no shell the
 * kernel ignores the signal.
 */
static void stop_by(int pidfd, int number)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, number);
	kill(getpid(), number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	/* Here it stands still. */
	sigprocmask(SIG_BLOCK, &one, NULL);
	send(pidfd, SIGCONT);
}

/* What the terminal sends, it sends to the whole job: the child in the same group has it already. */
static bool has_it(pid_t child, const siginfo_t *facts)
{
	return facts->si_code == SI_KERNEL && facts->si_signo != SIGHUP &&
	       getpgid(child) == getpgrp();
}

static void pass(pid_t child, int pidfd, const siginfo_t *facts)
{
	if (!has_it(child, facts))
		send(pidfd, facts->si_signo);
	if (is_stop(facts->si_signo))
		stop_by(pidfd, facts->si_signo);
}

/* Looks at the child: true once it is gone. When it was stopped as a job is, this process stops too, for the shell to see. */
static bool is_gone(int pidfd, siginfo_t *facts)
{
	facts->si_pid = 0;
	/* What cannot be waited for is gone. */
	if (waitid(BY_PIDFD, (id_t)pidfd, facts, WEXITED | WSTOPPED | WNOHANG) != 0)
		return true;
	if (facts->si_pid == 0)
		return false;
	if (facts->si_code == CLD_STOPPED && is_stop(facts->si_status))
		stop_by(pidfd, facts->si_status);
	return facts->si_code != CLD_STOPPED;
}

static int await(pid_t child, int pidfd)
{
	siginfo_t end = { .si_status = 125, .si_code = CLD_EXITED }, facts;
	sigset_t set = watched_signals();

	while (!is_gone(pidfd, &end))
		/* SIGCHLD only wakes the loop up; everything else is the child's. */
		if (sigwaitinfo(&set, &facts) > 0 && facts.si_signo != SIGCHLD)
			pass(child, pidfd, &facts);
	return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}

/* A QEMU that fails like this so soon has not got through its start. */
#define START_SECONDS 30

static bool has_failed_at_start(int status, time_t began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (status == 1 || status == 128 + SIGSYS) && now.tv_sec - began < START_SECONDS;
}

/* The words of `restore` and the status, so that it says what may be wrong. */
static char **add_status(char **restore, int status)
{
	static char option[] = "--ended", text[16];
	size_t count = 0;
	char **words;

	while (restore[count] != NULL)
		count++;
	words = calloc(count + 3, sizeof(char *));
	if (words == NULL)
		return restore;
	memcpy(words, restore, count * sizeof(char *));
	snprintf(text, sizeof(text), "%d", status);
	words[count] = option;
	words[count + 1] = text;
	return words;
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

static int wait_for(pid_t child, char **restore)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t set = watched_signals();
	struct timespec began;
	int pidfd, status;
	char **words;

	/* What the caller had open would live as long as this process: nothing of it is needed here. */
	closefrom(3);
	/* Blocked before the first look at the child, so no signal is lost between look and wait. */
	sigprocmask(SIG_SETMASK, &set, NULL);
	/* "Ignored" survives exec; a stop must stop. */
	sigaction(SIGCHLD, &standard, NULL);
	sigaction(SIGTSTP, &standard, NULL);
	sigaction(SIGTTIN, &standard, NULL);
	sigaction(SIGTTOU, &standard, NULL);
	/* The launcher ignored this one as Node does; to write to a closed pipe must not end the restore. */
	signal(SIGPIPE, SIG_IGN);
	/* The child is ours and not reaped: its pid cannot be another's. */
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	clock_gettime(CLOCK_MONOTONIC, &began);
	status = await(child, pidfd);
	words = has_failed_at_start(status, began.tv_sec) ? add_status(restore, status) : restore;
	run_restore(words);
	if (words != restore)
		free(words);
	return status;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long child = argc < 3 ? 0 : strtol(argv[1], &end, 10);

	if (child < 1 || child > 0x7fffffff || *end != 0) {
		dprintf(STDERR_FILENO, "qemu-launch: error: qemu-wait is a part of qemu-launch and is not called by hand\n");
		return 2;
	}
	return wait_for((pid_t)child, argv + 2);
}
