/*
 * qemu-exec: performs a launch plan and becomes the emulator. A
 * single-threaded program, because ids, capabilities and no_new_privs are
 * properties of a thread and Node has many.
 *
 *   qemu-exec --plan FD [--status FD --go FD]
 *   qemu-exec RUN_DIR/NAME.plan
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan-file.h"
#include "plan.h"
#include "report.h"
#include "steps.h"

static _Noreturn void usage(void)
{
	dprintf(STDERR_FILENO, "qemu-launch: error: qemu-exec performs plans of qemu-launch and is not called by hand\n");
	_exit(2);
}

static int parse_descriptor(const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno != 0 || *text == 0 || *end != 0 || number < 3 || number > 0x7fffffff)
		usage();
	return (int)number;
}

/* Blocks until the launcher has put this pid on record; without its word nothing starts. */
static void await_go(int descriptor)
{
	char word;
	ssize_t got;

	do
		got = read(descriptor, &word, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(125);
	close(descriptor);
}

int main(int argc, char **argv)
{
	static const char *const options[] = { "--plan", "--status", "--go" };
	/* A plan that stands in a file needs no launcher beside it: a service is started with it. */
	bool is_file = argc == 2 && argv[1][0] == '/';
	struct vp_plan *plan;

	if (!is_file && argc != 3 && argc != 7)
		usage();
	for (int i = 1; !is_file && i < argc; i += 2)
		if (strcmp(argv[i], options[i / 2]) != 0)
			usage();
	if (argc == 7)
		vp_report_to(parse_descriptor(argv[4]));
	if (vp_open_standard_descriptors() != 0)
		vp_fail("standard-descriptors", errno);
	plan = is_file ? vp_plan_read_file(argv[1]) : vp_plan_read(parse_descriptor(argv[2]));
	vp_report_name(plan->name);
	if (argc == 7)
		await_go(parse_descriptor(argv[6]));
	vp_perform(plan);
}
