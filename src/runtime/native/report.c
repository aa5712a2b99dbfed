#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int status_descriptor = -1;
static const char *vm_name;

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
	char text[256];
	int length = snprintf(text, sizeof(text), "%s%c%d%c%s", step, 0, error, 0, strerror(error));

	/* One write is atomic on a pipe; if it fails the exit status still stands. */
	if (write(status_descriptor, text, (size_t)length) < 0)
		_exit(125);
}

static void tell_people(const char *step, int error)
{
	dprintf(STDERR_FILENO, "qemu-launch: error: step %s of the launch failed: %s\n",
		step, strerror(error));
	if (vm_name != NULL)
		dprintf(STDERR_FILENO, "qemu-launch: hint: give back what it was given: qemu-launch restore %s\n",
			vm_name);
}

_Noreturn void vp_fail(const char *step, int error)
{
	if (status_descriptor >= 0)
		tell_launcher(step, error);
	else
		tell_people(step, error);
	_exit(exit_status(step, error));
}
