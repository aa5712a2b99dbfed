/*
 * verify-exec: becomes another user for a check of `provision verify`, with
 * that user's groups and no capability, and ends with the process that
 * started it.
 *
 *   verify-exec PARENT UID:GID:GROUP[,GROUP...] probe-kvm DEVICE
 *   verify-exec PARENT UID:GID:GROUP[,GROUP...] run PROGRAM [ARG...]
 *   verify-exec PARENT self|keep probe-kvm|run ...
 *
 * `self` stays this user and gives up its capabilities, `keep` changes
 * nothing but the end.
 *
 * probe-kvm prints one line, `STEP<TAB>ERRNO<TAB>NUMBER`: the step that
 * failed, or `done` and the version of KVM's interface. Exit status: 0 done,
 * 1 a step of the probe failed, 2 usage, 125 this user could not be become,
 * 126 the program cannot be executed, 127 it was not found.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm.h"
#include "steps.h"

/* More than any name service gives. */
#define GROUP_LIMIT 4096

static _Noreturn void usage(void)
{
	dprintf(STDERR_FILENO, "verify-exec: is part of provision verify and is not called by hand\n");
	_exit(2);
}

/* A decimal number up to `end`, which stands behind it afterwards. */
static unsigned int parse_number(const char *text, char **end)
{
	unsigned long number;

	/* strtoul would take blanks and a sign. */
	if (*text < '0' || *text > '9')
		usage();
	errno = 0;
	number = strtoul(text, end, 10);
	/* The largest means "no change" to the kernel. */
	if (errno != 0 || number >= 0xffffffffu)
		usage();
	return (unsigned int)number;
}

static void parse_groups(const char *text, struct vp_plan *plan)
{
	static gid_t groups[GROUP_LIMIT];
	char *end;

	plan->groups = groups;
	for (; plan->group_count < GROUP_LIMIT; text = end + 1) {
		groups[plan->group_count++] = parse_number(text, &end);
		if (*end == 0)
			return;
		if (*end != ',')
			usage();
	}
	usage();
}

typedef int (*const step)(const struct vp_plan *plan);

/* ORDER: as in steps.c, which says why. */
static step other_steps[] = {
	vp_close_descriptors,	vp_join_keyring,    vp_drop_bounding,  vp_set_groups,
	vp_change_identity,	vp_clear_ambient,   vp_deny_new_privileges,
	vp_die_with_parent,	vp_reset_signals,   NULL,
};

static step self_steps[] = {
	vp_close_descriptors, vp_drop_capabilities, vp_clear_ambient, vp_deny_new_privileges,
	vp_die_with_parent,   vp_reset_signals,	    NULL,
};

static step keep_steps[] = { vp_close_descriptors, vp_die_with_parent, vp_reset_signals, NULL };

/* Reads whom to become, and gives the steps to there. */
static step *parse_identity(const char *text, struct vp_plan *plan)
{
	char *end;

	if (strcmp(text, "self") == 0)
		return self_steps;
	if (strcmp(text, "keep") == 0)
		return keep_steps;
	plan->uid = parse_number(text, &end);
	if (*end != ':')
		usage();
	plan->gid = parse_number(end + 1, &end);
	if (*end != ':')
		usage();
	parse_groups(end + 1, plan);
	return other_steps;
}

static void become(step *steps, const struct vp_plan *plan)
{
	for (; *steps != NULL; steps++) {
		int error = (*steps)(plan);

		if (error == 0)
			continue;
		dprintf(STDERR_FILENO, "verify-exec: cannot become this user: %s\n", strerror(error));
		_exit(125);
	}
}

static int probe(const char *device)
{
	struct vp_kvm result = vp_probe_kvm(device);

	dprintf(STDOUT_FILENO, "%s\t%d\t%d\n", result.step, result.error, result.number);
	return strcmp(result.step, "done") == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct vp_plan plan = { 0 };
	step *steps;
	char *end;

	if (argc < 5)
		usage();
	plan.parent = parse_number(argv[1], &end);
	if (*end != 0)
		usage();
	steps = parse_identity(argv[2], &plan);
	if (strcmp(argv[3], "probe-kvm") == 0 && argc == 5) {
		become(steps, &plan);
		return probe(argv[4]);
	}
	if (strcmp(argv[3], "run") != 0)
		usage();
	become(steps, &plan);
	execv(argv[4], argv + 4);
	dprintf(STDERR_FILENO, "verify-exec: cannot execute %s: %s\n", argv[4], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
