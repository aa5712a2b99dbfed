#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	char *at;
	char *end;
};

/* The next word, or NULL when there is none or it has no end. */
static char *take_word(struct reader *reader)
{
	char *word = reader->at;
	char *nul;

	if (word >= reader->end)
		return NULL;
	nul = memchr(word, 0, (size_t)(reader->end - word));
	if (nul == NULL)
		return NULL;
	reader->at = nul + 1;
	return word;
}

static bool take_number(struct reader *reader, int base, unsigned long long max,
			unsigned long long *number)
{
	char *word = take_word(reader);
	char *end;

	/* strtoull takes blanks and signs; a plan has digits only. */
	if (word == NULL || word[0] < '0' || word[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(word, &end, base);
	return errno == 0 && *end == 0 && *number <= max;
}

static bool take_id(struct reader *reader, unsigned int *id)
{
	unsigned long long number;

	/* 4294967295 is -1: "do not change", which would leave root in place. */
	if (!take_number(reader, 10, 4294967294ull, &number))
		return false;
	*id = (unsigned int)number;
	return true;
}

static bool take_count(struct reader *reader, unsigned long long max, size_t *count)
{
	unsigned long long number;

	if (!take_number(reader, 10, max, &number))
		return false;
	*count = (size_t)number;
	return true;
}

static bool take_words(struct reader *reader, char ***words, size_t *count)
{
	/* Each word has at least its NUL, so more words than bytes is a lie. */
	if (!take_count(reader, (size_t)(reader->end - reader->at), count))
		return false;
	*words = calloc(*count + 1, sizeof(char *));
	if (*words == NULL)
		return false;
	for (size_t i = 0; i < *count; i++) {
		(*words)[i] = take_word(reader);
		if ((*words)[i] == NULL)
			return false;
	}
	return true;
}

static bool take_groups(struct reader *reader, struct vp_plan *plan)
{
	if (!take_count(reader, VP_PLAN_MAX_GROUPS, &plan->group_count))
		return false;
	plan->groups = calloc(plan->group_count + 1, sizeof(gid_t));
	if (plan->groups == NULL)
		return false;
	for (size_t i = 0; i < plan->group_count; i++)
		if (!take_id(reader, &plan->groups[i]))
			return false;
	return true;
}

static bool take_limits(struct reader *reader, struct vp_plan *plan)
{
	if (!take_count(reader, 64, &plan->limit_count))
		return false;
	plan->limits = calloc(plan->limit_count + 1, sizeof(struct vp_limit));
	if (plan->limits == NULL)
		return false;
	for (size_t i = 0; i < plan->limit_count; i++) {
		unsigned long long resource;

		if (!take_number(reader, 10, 64, &resource) ||
		    !take_number(reader, 10, ~0ull, &plan->limits[i].soft) ||
		    !take_number(reader, 10, ~0ull, &plan->limits[i].hard))
			return false;
		plan->limits[i].resource = (int)resource;
	}
	return true;
}

static bool take_kept(struct reader *reader, struct vp_plan *plan)
{
	int last = 2;

	if (!take_count(reader, VP_PLAN_MAX_KEPT, &plan->kept_count))
		return false;
	plan->kept = calloc(plan->kept_count + 1, sizeof(int));
	if (plan->kept == NULL)
		return false;
	for (size_t i = 0; i < plan->kept_count; i++) {
		unsigned long long number;

		if (!take_number(reader, 10, 0x7fffffff, &number) || (int)number <= last)
			return false;
		plan->kept[i] = last = (int)number;
	}
	return true;
}

static bool take_file(struct reader *reader, struct vp_file *file)
{
	unsigned long long device, inode;

	file->path = take_word(reader);
	file->descriptor = -1;
	if (file->path == NULL || file->path[0] != '/' ||
	    !take_number(reader, 10, ~0ull, &device) || !take_number(reader, 10, ~0ull, &inode))
		return false;
	file->device = (dev_t)device;
	file->inode = (ino_t)inode;
	return true;
}

static bool take_files(struct reader *reader, struct vp_plan *plan)
{
	/* Each has three words, of at least their NULs. */
	if (!take_count(reader, (size_t)(reader->end - reader->at) / 3, &plan->file_count))
		return false;
	plan->files = calloc(plan->file_count + 1, sizeof(struct vp_file));
	if (plan->files == NULL)
		return false;
	for (size_t i = 0; i < plan->file_count; i++)
		if (!take_file(reader, &plan->files[i]))
			return false;
	return true;
}

static bool take_mode(struct reader *reader, struct vp_plan *plan)
{
	char *word = take_word(reader);

	if (word == NULL)
		return false;
	plan->system = strcmp(word, "system") == 0;
	return plan->system || strcmp(word, "session") == 0;
}

static bool take_process(struct reader *reader, struct vp_plan *plan)
{
	unsigned long long mask, parent;

	if (!take_number(reader, 8, 0777, &mask) ||
	    !take_number(reader, 10, 0x7fffffff, &parent))
		return false;
	plan->umask = (mode_t)mask;
	plan->parent = (pid_t)parent;
	return true;
}

static bool is_next(struct reader *reader, const char *expected)
{
	char *word = take_word(reader);

	return word != NULL && strcmp(word, expected) == 0;
}

bool vp_plan_parse(char *bytes, size_t size, struct vp_plan *plan)
{
	struct reader reader = { bytes, bytes + size };
	size_t argc, envc;

	memset(plan, 0, sizeof(*plan));
	if (!is_next(&reader, VP_PLAN_MAGIC) ||
	    !is_next(&reader, VP_PLAN_VERSION) ||
	    (plan->name = take_word(&reader)) == NULL ||
	    !take_mode(&reader, plan) ||
	    !take_id(&reader, &plan->uid) ||
	    !take_id(&reader, &plan->gid) ||
	    !take_groups(&reader, plan) ||
	    !take_process(&reader, plan) ||
	    !take_limits(&reader, plan) ||
	    !take_kept(&reader, plan) ||
	    !take_files(&reader, plan))
		return false;
	plan->emulator = take_word(&reader);
	if (plan->emulator == NULL || plan->emulator[0] != '/' ||
	    !take_words(&reader, &plan->argv, &argc) ||
	    !take_words(&reader, &plan->env, &envc))
		return false;
	/* argc 0 has been an attack on the program that is started (CVE-2021-4034). */
	return argc > 0 && reader.at == reader.end;
}
