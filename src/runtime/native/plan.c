#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

/* What is left of the words. Whatever takes one is false, NULL or -1 when the next word is not what it wants. */
struct reader {
	char *at;
	char *end;
};

/* The next word, or NULL when there is none or it has no end. */
static char *take_word(struct reader *reader)
{
	char *word = reader->at;
	char *nul = memchr(word, 0, (size_t)(reader->end - word));

	if (nul == NULL)
		return NULL;
	reader->at = nul + 1;
	return word;
}

static bool take_number(struct reader *reader, int base, vp_number most, vp_number *number)
{
	char *word = take_word(reader);
	char *end;

	/* strtoull takes blanks and signs; a plan has digits only. */
	if (word == NULL || word[0] < '0' || word[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(word, &end, base);
	return errno == 0 && *end == 0 && *number <= most;
}

static bool take_any(struct reader *reader, vp_number *number)
{
	return take_number(reader, 10, ~0ull, number);
}

static bool take_path(struct reader *reader, char **path)
{
	*path = take_word(reader);
	return *path != NULL && **path == '/';
}

/* Which of these words is the next one. */
static int take_choice(struct reader *reader, const char *const *words)
{
	const char *word = take_word(reader);

	for (int i = 0; word != NULL && words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

/* One of two words: *second says which. */
static bool take_either(struct reader *reader, const char *one, const char *other, bool *second)
{
	int choice = take_choice(reader, (const char *const[]){ one, other, NULL });

	*second = choice == 1;
	return choice >= 0;
}

typedef bool taker(struct reader *reader, void *item);

/* A count and as many items, of so many words each, with an empty one behind them. */
static void *take_list(struct reader *reader, size_t words, size_t size, taker *take, size_t *count)
{
	vp_number number;
	char *items;

	/* Each word has at least its NUL, so more words than bytes is a lie. */
	if (!take_number(reader, 10, (size_t)(reader->end - reader->at) / words, &number))
		return NULL;
	*count = (size_t)number;
	items = calloc(*count + 1, size);
	for (size_t i = 0; items != NULL && i < *count; i++) {
		if (take(reader, items + i * size))
			continue;
		free(items);
		return NULL;
	}
	return items;
}

static bool take_string(struct reader *reader, void *item)
{
	return (*(char **)item = take_word(reader)) != NULL;
}

static bool take_id(struct reader *reader, void *item)
{
	vp_number number;

	/* 4294967295 is -1: "do not change", which would leave root in place. */
	if (!take_number(reader, 10, 4294967294ull, &number))
		return false;
	*(unsigned int *)item = (unsigned int)number;
	return true;
}

static bool take_descriptor(struct reader *reader, void *item)
{
	vp_number number;

	if (!take_number(reader, 10, INT_MAX, &number) || number < 3)
		return false;
	*(int *)item = (int)number;
	return true;
}

static bool take_limit(struct reader *reader, void *item)
{
	struct vp_limit *limit = item;

	return take_number(reader, 10, 63, &limit->resource) && take_any(reader, &limit->soft) &&
	       take_any(reader, &limit->hard);
}

static bool take_how(struct reader *reader, struct vp_file *file)
{
	static const char *const words[] = { "path", "optional", "file", "directory", "name", NULL };
	struct reader again = *reader;
	int how = take_choice(reader, words);

	file->how = how < 0 ? VP_GIVEN : (enum vp_how)how;
	file->descriptor = -1;
	return how >= 0 || take_descriptor(&again, &file->descriptor);
}

static bool take_file(struct reader *reader, void *item)
{
	struct vp_file *file = item;

	return take_how(reader, file) && take_any(reader, &file->rights) &&
	       take_any(reader, &file->device) && take_any(reader, &file->inode) &&
	       take_path(reader, &file->path);
}

static bool take_port(struct reader *reader, void *item)
{
	struct vp_port *port = item;

	return take_any(reader, &port->rights) && take_number(reader, 10, 65535, &port->port);
}

static bool take_oom_score(struct reader *reader, int *score)
{
	char *word = take_word(reader);
	int sign = word != NULL && word[0] == '-' ? -1 : 1;
	struct reader digits = { sign < 0 ? word + 1 : word, reader->at };
	vp_number number = VP_OOM_SCORE_STAYS;

	if (word == NULL || (strcmp(word, "-") != 0 && !take_number(&digits, 10, 1000, &number)))
		return false;
	*score = number == VP_OOM_SCORE_STAYS ? VP_OOM_SCORE_STAYS : sign * (int)number;
	return true;
}

static bool is_ascending(const int *numbers, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (numbers[i] <= numbers[i - 1])
			return false;
	return true;
}

#define TAKE_LIST(reader, words, take, list, count) \
	(((list) = take_list((reader), (words), sizeof(*(list)), (take), (count))) != NULL)

bool vp_plan_parse(char *bytes, size_t size, struct vp_plan *plan)
{
	struct reader at = { bytes, bytes + size };
	size_t argc, envc;

	memset(plan, 0, sizeof(*plan));
	return take_choice(&at, (const char *const[]){ "virt-privileges-plan", NULL }) == 0 &&
	       take_choice(&at, (const char *const[]){ "2", NULL }) == 0 &&
	       take_string(&at, &plan->name) &&
	       take_either(&at, "session", "system", &plan->system) &&
	       take_id(&at, &plan->uid) &&
	       take_id(&at, &plan->gid) &&
	       TAKE_LIST(&at, 1, take_id, plan->groups, &plan->group_count) &&
	       take_number(&at, 8, 0777, &plan->umask) &&
	       take_number(&at, 10, INT_MAX, &plan->parent) &&
	       TAKE_LIST(&at, 3, take_limit, plan->limits, &plan->limit_count) &&
	       TAKE_LIST(&at, 1, take_descriptor, plan->kept, &plan->kept_count) &&
	       is_ascending(plan->kept, plan->kept_count) &&
	       take_either(&at, "none", "kept", &plan->keeps_capabilities) &&
	       /* Kept capabilities are root's alone. */
	       (!plan->keeps_capabilities || (plan->system && plan->uid == 0)) &&
	       take_oom_score(&at, &plan->oom_score) &&
	       take_path(&at, &plan->directory) &&
	       take_number(&at, 10, 31, &plan->denied) &&
	       take_any(&at, &plan->landlock.files) &&
	       take_any(&at, &plan->landlock.ports) &&
	       take_any(&at, &plan->landlock.scopes) &&
	       take_number(&at, 10, 0xffffffff, &plan->landlock.flags) &&
	       TAKE_LIST(&at, 5, take_file, plan->files, &plan->file_count) &&
	       TAKE_LIST(&at, 2, take_port, plan->ports, &plan->port_count) &&
	       take_path(&at, &plan->emulator) &&
	       TAKE_LIST(&at, 1, take_string, plan->argv, &argc) &&
	       TAKE_LIST(&at, 1, take_string, plan->env, &envc) &&
	       /* argc 0 has been an attack on the program that is started (CVE-2021-4034). */
	       argc > 0 && at.at == at.end;
}

struct vp_plan *vp_plan_read_whole(int descriptor)
{
	static struct vp_plan plan;
	struct stat facts;
	size_t size;
	char *bytes;

	if (fstat(descriptor, &facts) != 0)
		vp_fail("plan", errno);
	if (facts.st_size <= 0 || facts.st_size > (off_t)VP_PLAN_MAX_BYTES)
		vp_fail("plan", EINVAL);
	size = (size_t)facts.st_size;
	bytes = malloc(size);
	if (bytes == NULL || pread(descriptor, bytes, size, 0) != (ssize_t)size)
		vp_fail("plan", EIO);
	if (!vp_plan_parse(bytes, size, &plan))
		vp_fail("plan", EINVAL);
	return &plan;
}

struct vp_plan *vp_plan_read(int descriptor)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	int seals = fcntl(descriptor, F_GET_SEALS);

	/* Only a file that can neither grow, shrink nor be written again may be obeyed. */
	if (seals < 0 || (seals & wanted) != wanted)
		vp_fail("plan", EPERM);
	return vp_plan_read_whole(descriptor);
}
