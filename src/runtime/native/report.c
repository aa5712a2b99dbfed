#include "report.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int status_descriptor = -1;
static const char *vm_name;
/* Ends with a colon, unless there is none. */
static char subject[PATH_MAX];

void vp_report_to(int descriptor)
{
	status_descriptor = descriptor;
}

void vp_report_name(const char *name)
{
	vm_name = name;
}

/* The status of env(1) and chroot(1): only an exec that failed has its own. */
static int exit_status(const char *step, int error)
{
	if (strcmp(step, "exec") != 0)
		return 125;
	return error == ENOENT ? 127 : 126;
}

static void tell_launcher(const char *step, int error)
{
	char text[PIPE_BUF];
	int length = snprintf(text, sizeof(text), "%s%c%d%c%s%s", step, 0, error, 0, subject,
			      strerror(error));

	if (length >= (int)sizeof(text))
		length = sizeof(text) - 1;
	/* One write is atomic on a pipe; if it fails the exit status still stands. */
	if (write(status_descriptor, text, (size_t)length) < 0)
		_exit(125);
}

/* Whether stderr goes to the journal, which takes priorities (systemd.exec(5)). */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat facts;

	if (stream == NULL || fstat(STDERR_FILENO, &facts) != 0)
		return false;
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)facts.st_dev,
		 (unsigned long long)facts.st_ino);
	return strcmp(stream, own) == 0;
}

static void tell_people(const char *step, const char *why, const char *hint)
{
	bool journal = is_journal();

	dprintf(STDERR_FILENO, "%sqemu-launch: error: step %s of the launch failed: %s%s\n",
		journal ? "<3>" : "", step, subject, why);
	if (hint != NULL)
		dprintf(STDERR_FILENO, "%sqemu-launch: hint: %s\n", journal ? "<5>" : "", hint);
	if (vm_name != NULL)
		dprintf(STDERR_FILENO, "%sqemu-launch: hint: give back what it was given: qemu-launch restore %s\n",
			journal ? "<5>" : "", vm_name);
}

void vp_report_subject(const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(subject, sizeof(subject) - 2, format, values);
	va_end(values);
	if (length >= 0 && length < (int)sizeof(subject) - 2)
		memcpy(subject + length, ": ", 3);
}

_Noreturn void vp_fail_arrived(const char *step)
{
	tell_people(step, "this process is not as planned, and may not change it",
		    "a service gets it from its unit: `provision apply --only service` writes what qemu.conf says");
	_exit(125);
}

_Noreturn void vp_fail(const char *step, int error)
{
	if (status_descriptor >= 0)
		tell_launcher(step, error);
	else
		tell_people(step, strerror(error), NULL);
	_exit(exit_status(step, error));
}
