#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "report.h"

/* As linux/landlock.h has it. */
struct file_rule {
	__u64 rights;
	__s32 descriptor;
} __attribute__((packed));

enum rule_type { FILE_RULE = 1, PORT_RULE = 2 };

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

static int add_rule(int ruleset, enum rule_type type, const void *rule)
{
	return syscall(SYS_landlock_add_rule, ruleset, type, rule, 0u) == 0 ? 0 : errno;
}

/* execute, write, read, truncate, ioctl: all that means something on a file that is no directory. */
#define FILE_RIGHTS 0xc007ull

static bool is_directory(int descriptor)
{
	struct stat facts;

	return fstat(descriptor, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static int add_descriptor(int ruleset, int descriptor, vp_number rights)
{
	struct file_rule rule = { rights, descriptor };
	int error = add_rule(ruleset, FILE_RULE, &rule);

	if (error != EINVAL || is_directory(descriptor))
		return error;
	/* What nobody looked at before is planned with the rights of a directory. */
	rule.rights &= FILE_RIGHTS;
	return rule.rights == 0 ? 0 : add_rule(ruleset, FILE_RULE, &rule);
}

static int add_file(int ruleset, const struct vp_file *file, vp_number handled)
{
	vp_number rights = file->rights & handled;
	int descriptor, error;

	/* Planned without any right that this kernel knows. */
	if (rights == 0)
		return 0;
	errno = EBADF;
	descriptor = vp_is_loose(file) ? vp_open_file(file) : file->descriptor;
	if (descriptor < 0)
		return errno;
	error = add_descriptor(ruleset, descriptor, rights);
	if (vp_is_loose(file))
		close(descriptor);
	return error;
}

static int add_rules(int ruleset, const struct vp_plan *plan)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < plan->file_count; i++) {
		error = add_file(ruleset, &plan->files[i], plan->landlock.files);
		if (error != 0)
			vp_report_subject("%s", plan->files[i].path);
	}
	for (size_t i = 0; error == 0 && i < plan->port_count; i++)
		error = add_rule(ruleset, PORT_RULE, &plan->ports[i]);
	return error;
}

int vp_restrict_files(const struct vp_plan *plan)
{
	const struct vp_landlock *wanted = &plan->landlock;
	int ruleset, error;

	if (wanted->files == 0)
		return 0;
	/* An older kernel takes the larger struct as long as what it does not know is zero. */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, wanted, offsetof(struct vp_landlock, flags), 0u);
	if (ruleset < 0)
		return errno;
	error = add_rules(ruleset, plan);
	if (error == 0 && syscall(SYS_landlock_restrict_self, ruleset, (unsigned int)wanted->flags) != 0)
		error = errno;
	close(ruleset);
	return error;
}

static bool is_open_to_all(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->file_count; i++)
		if (strcmp(plan->files[i].path, "/") == 0)
			return true;
	return false;
}

bool vp_is_restricted(const struct vp_plan *plan)
{
	int top;

	if (plan->landlock.files == 0 || is_open_to_all(plan))
		return true;
	top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top >= 0)
		close(top);
	return top < 0 && errno == EACCES;
}
