#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int status_descriptor = -1;

void vp_report_to(int descriptor)
{
	status_descriptor = descriptor;
}

/* The status of env(1) and chroot(1): only an exec that failed has its own. */
static int exit_status(const char *step, int error)
{
	if (strcmp(step, "exec") != 0)
		return 125;
	return error == ENOENT ? 127 : 126;
}

_Noreturn void vp_fail(const char *step, int error)
{
	char text[256];
	int length;

	if (status_descriptor >= 0)
		length = snprintf(text, sizeof(text), "%s%c%d", step, 0, error);
	else
		length = snprintf(text, sizeof(text),
				  "qemu-launch: error: step %s of the launch failed: %s\n",
				  step, strerror(error));
	/* One write is atomic on a pipe; if it fails the status below still stands. */
	if (write(status_descriptor >= 0 ? status_descriptor : STDERR_FILENO,
		  text, (size_t)length) < 0)
		_exit(125);
	_exit(exit_status(step, error));
}
