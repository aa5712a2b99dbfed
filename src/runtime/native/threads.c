#include "threads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "signals.h"

/* The request: neither Node nor libc has a use for the last signal. */
#define REQUEST SIGRTMAX

/* Half a second at the least: a thread that is not stopped answers within microseconds. */
#define TRIES 10000
static const struct timespec between_tries = { 0, 50000 };

/* Runs in the thread that is asked, which has this mask when it goes on. */
static void block_here(int number, siginfo_t *facts, void *context)
{
	ucontext_t *interrupted = context;

	(void)number;
	(void)facts;
	for (size_t i = 0; i < vp_forwarded_count; i++)
		sigaddset(&interrupted->uc_sigmask, vp_forwarded_signals[i]);
}

/* One bit for each of them, as /proc prints a mask; all are below 32, which is as far as "stat" goes. */
static uint64_t forwarded_bits(void)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < vp_forwarded_count; i++)
		bits |= UINT64_C(1) << (vp_forwarded_signals[i] - 1);
	return bits;
}

/* "stat" is bounded, while "status" grows with the groups. */
static ssize_t read_stat(int tasks, const char *thread, char *text, size_t size)
{
	char name[64];
	ssize_t length;
	int file;

	snprintf(name, sizeof(name), "%.20s/stat", thread);
	file = openat(tasks, name, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	length = read(file, text, size - 1);
	close(file);
	text[length < 0 ? 0 : length] = 0;
	return length;
}

/* The mask in proc_pid_stat(5), field 32: 30 spaces after the name, which may hold anything. */
static bool has_them_blocked(const char *stat)
{
	const char *field = strrchr(stat, ')');

	for (int spaces = 0; field != NULL && spaces < 30; spaces++)
		field = strchr(field + 1, ' ');
	return field != NULL && (~strtoull(field, NULL, 10) & forwarded_bits()) == 0;
}

/* Read back instead of believed; a thread that has ended gets no signal either. */
static bool blocks_them(int tasks, const char *thread)
{
	char text[4096];

	if (read_stat(tasks, thread, text, sizeof(text)) < 0)
		return errno == ENOENT || errno == ESRCH;
	return has_them_blocked(text);
}

/* Asks every other thread that does not block them yet; true when there is none. */
static bool ask_others(DIR *tasks)
{
	pid_t own = (pid_t)syscall(SYS_gettid);
	const struct dirent *entry;
	bool all = true;

	rewinddir(tasks);
	while ((entry = readdir(tasks)) != NULL) {
		int thread = atoi(entry->d_name);

		if (thread == 0 || thread == own || blocks_them(dirfd(tasks), entry->d_name))
			continue;
		syscall(SYS_tgkill, getpid(), thread, REQUEST);
		all = false;
	}
	return all;
}

static int ask_until_all_do(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int error = ETIME;

	if (tasks == NULL)
		return errno;
	for (int tries = 0; error != 0 && tries < TRIES; tries++) {
		if (tries > 0)
			nanosleep(&between_tries, NULL);
		if (ask_others(tasks))
			error = 0;
	}
	closedir(tasks);
	return error;
}

int vp_block_in_other_threads(void)
{
	/* It stays: a second request may still be on its way. */
	struct sigaction request = { .sa_sigaction = block_here, .sa_flags = SA_SIGINFO | SA_RESTART };

	sigfillset(&request.sa_mask);
	return sigaction(REQUEST, &request, NULL) != 0 ? errno : ask_until_all_do();
}
