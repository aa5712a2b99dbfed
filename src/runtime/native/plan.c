#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "plan-words.h"

static bool take_groups(struct vp_reader *reader, struct vp_plan *plan)
{
	if (!vp_take_count(reader, VP_PLAN_MAX_GROUPS, &plan->group_count))
		return false;
	plan->groups = calloc(plan->group_count + 1, sizeof(gid_t));
	if (plan->groups == NULL)
		return false;
	for (size_t i = 0; i < plan->group_count; i++)
		if (!vp_take_id(reader, &plan->groups[i]))
			return false;
	return true;
}

static bool take_limits(struct vp_reader *reader, struct vp_plan *plan)
{
	if (!vp_take_count(reader, 64, &plan->limit_count))
		return false;
	plan->limits = calloc(plan->limit_count + 1, sizeof(struct vp_limit));
	if (plan->limits == NULL)
		return false;
	for (size_t i = 0; i < plan->limit_count; i++) {
		unsigned long long resource;

		if (!vp_take_number(reader, 10, 64, &resource) ||
		    !vp_take_number(reader, 10, ~0ull, &plan->limits[i].soft) ||
		    !vp_take_number(reader, 10, ~0ull, &plan->limits[i].hard))
			return false;
		plan->limits[i].resource = (int)resource;
	}
	return true;
}

static bool take_kept(struct vp_reader *reader, struct vp_plan *plan)
{
	int last = 2;

	if (!vp_take_count(reader, VP_PLAN_MAX_KEPT, &plan->kept_count))
		return false;
	plan->kept = calloc(plan->kept_count + 1, sizeof(int));
	if (plan->kept == NULL)
		return false;
	for (size_t i = 0; i < plan->kept_count; i++) {
		unsigned long long number;

		if (!vp_take_number(reader, 10, 0x7fffffff, &number) || (int)number <= last)
			return false;
		plan->kept[i] = last = (int)number;
	}
	return true;
}

static bool take_how(struct vp_reader *reader, struct vp_file *file)
{
	static const char *const names[] = { NULL, "path", "optional", "file", "directory",
					      "name" };
	char *word = vp_take_word(reader);
	unsigned long long number;
	struct vp_reader again = { word, reader->at };

	for (int how = VP_PATH; word != NULL && how <= VP_NAME; how++) {
		if (strcmp(word, names[how]) != 0)
			continue;
		file->how = (enum vp_how)how;
		file->descriptor = -1;
		return true;
	}
	if (word == NULL || !vp_take_number(&again, 10, 0x7fffffff, &number) || number < 3)
		return false;
	file->how = VP_GIVEN;
	file->descriptor = (int)number;
	return true;
}

static bool take_file(struct vp_reader *reader, struct vp_file *file)
{
	unsigned long long device, inode;

	if (!take_how(reader, file) || !vp_take_number(reader, 10, ~0ull, &file->rights) ||
	    !vp_take_number(reader, 10, ~0ull, &device) || !vp_take_number(reader, 10, ~0ull, &inode))
		return false;
	file->device = (dev_t)device;
	file->inode = (ino_t)inode;
	return vp_take_path(reader, &file->path);
}

static bool take_files(struct vp_reader *reader, struct vp_plan *plan)
{
	/* Each has five words, of at least their NULs. */
	if (!vp_take_count(reader, (size_t)(reader->end - reader->at) / 5, &plan->file_count))
		return false;
	plan->files = calloc(plan->file_count + 1, sizeof(struct vp_file));
	if (plan->files == NULL)
		return false;
	for (size_t i = 0; i < plan->file_count; i++)
		if (!take_file(reader, &plan->files[i]))
			return false;
	return true;
}

static bool take_ports(struct vp_reader *reader, struct vp_plan *plan)
{
	if (!vp_take_count(reader, 65536, &plan->port_count))
		return false;
	plan->ports = calloc(plan->port_count + 1, sizeof(struct vp_port));
	if (plan->ports == NULL)
		return false;
	for (size_t i = 0; i < plan->port_count; i++)
		if (!vp_take_number(reader, 10, ~0ull, &plan->ports[i].rights) ||
		    !vp_take_number(reader, 10, 65535, &plan->ports[i].port))
			return false;
	return true;
}

static bool take_oom_score(struct vp_reader *reader, struct vp_plan *plan)
{
	char *word = vp_take_word(reader);
	struct vp_reader digits = { word, reader->at };
	unsigned long long number;
	bool negative = word != NULL && word[0] == '-';

	plan->oom_score = VP_OOM_SCORE_STAYS;
	if (word != NULL && strcmp(word, "-") == 0)
		return true;
	if (negative)
		digits.at++;
	if (word == NULL || !vp_take_number(&digits, 10, 1000, &number))
		return false;
	plan->oom_score = negative ? -(int)number : (int)number;
	return true;
}

/* What holds the process in beside its ids. */
static bool take_cell(struct vp_reader *reader, struct vp_plan *plan)
{
	struct vp_landlock *landlock = &plan->landlock;
	unsigned long long denied, flags;

	if (!vp_take_choice(reader, "none", "kept", &plan->keeps_capabilities) ||
	    !take_oom_score(reader, plan) || !vp_take_path(reader, &plan->directory) ||
	    !vp_take_number(reader, 10, 31, &denied) ||
	    !vp_take_number(reader, 10, ~0ull, &landlock->files) ||
	    !vp_take_number(reader, 10, ~0ull, &landlock->ports) ||
	    !vp_take_number(reader, 10, ~0ull, &landlock->scopes) ||
	    !vp_take_number(reader, 10, 0xffffffff, &flags))
		return false;
	plan->denied = (unsigned int)denied;
	landlock->flags = (unsigned int)flags;
	return take_files(reader, plan) && take_ports(reader, plan);
}

static bool take_mode(struct vp_reader *reader, struct vp_plan *plan)
{
	return vp_take_choice(reader, "session", "system", &plan->system);
}

static bool take_process(struct vp_reader *reader, struct vp_plan *plan)
{
	unsigned long long mask, parent;

	if (!vp_take_number(reader, 8, 0777, &mask) ||
	    !vp_take_number(reader, 10, 0x7fffffff, &parent))
		return false;
	plan->umask = (mode_t)mask;
	plan->parent = (pid_t)parent;
	return true;
}

bool vp_plan_parse(char *bytes, size_t size, struct vp_plan *plan)
{
	struct vp_reader reader = { bytes, bytes + size };
	size_t argc, envc;

	memset(plan, 0, sizeof(*plan));
	if (!vp_is_next(&reader, VP_PLAN_MAGIC) ||
	    !vp_is_next(&reader, VP_PLAN_VERSION) ||
	    (plan->name = vp_take_word(&reader)) == NULL ||
	    !take_mode(&reader, plan) ||
	    !vp_take_id(&reader, &plan->uid) ||
	    !vp_take_id(&reader, &plan->gid) ||
	    !take_groups(&reader, plan) ||
	    !take_process(&reader, plan) ||
	    !take_limits(&reader, plan) ||
	    !take_kept(&reader, plan) ||
	    !take_cell(&reader, plan) ||
	    !vp_take_path(&reader, &plan->emulator) ||
	    !vp_take_words(&reader, &plan->argv, &argc) ||
	    !vp_take_words(&reader, &plan->env, &envc))
		return false;
	/* Kept capabilities are root's alone. */
	if (plan->keeps_capabilities && (!plan->system || plan->uid != 0))
		return false;
	/* argc 0 has been an attack on the program that is started (CVE-2021-4034). */
	return argc > 0 && reader.at == reader.end;
}
