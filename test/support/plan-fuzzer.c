/*
 * plan-fuzzer FILE ROUNDS SEED: damages the plan in FILE again and again and has it parsed, linked with the reader
 * of qemu-exec and the sanitizers. Prints how many of the damaged plans were still plans.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

static uint64_t state;

/* xorshift64: the same seed, the same damage. */
static size_t pick(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return limit == 0 ? 0 : (size_t)(state % limit);
}

static const char *const words[] = { "0", "4294967295", "18446744073709551615", "-1", "path", "file",
				     "kept", "", "/", "65536", "8388608" };

/* One damage to `bytes`, which have room for `size` more; the new length. */
static size_t damage(char *bytes, size_t length)
{
	size_t at = pick(length), other = pick(length - at);
	const char *word = words[pick(sizeof(words) / sizeof(words[0]))];
	size_t start = at;

	switch (pick(6)) {
	case 0: bytes[at] = (char)pick(256); return length;
	case 1: bytes[at] = 0; return length;
	case 2: return at;
	case 3:
		memmove(bytes + at, bytes + at + other, length - at - other);
		return length - other;
	case 4:
		memmove(bytes + at + other, bytes + at, length - at);
		return length + other;
	default:
		/* A whole word becomes another one. */
		while (start > 0 && bytes[start - 1] != 0)
			start--;
		while (at < length && bytes[at] != 0)
			at++;
		memmove(bytes + start + strlen(word), bytes + at, length - at);
		memcpy(bytes + start, word, strlen(word));
		return length - (at - start) + strlen(word);
	}
}

static void use(const struct vp_plan *plan)
{
	size_t total = strlen(plan->name) + strlen(plan->emulator) + strlen(plan->directory);

	for (char **word = plan->argv; *word != NULL; word++)
		total += strlen(*word);
	for (char **word = plan->env; *word != NULL; word++)
		total += strlen(*word);
	for (size_t i = 0; i < plan->file_count; i++)
		total += strlen(plan->files[i].path) + (size_t)plan->files[i].how;
	if (plan->uid == (uid_t)-1 || plan->gid == (gid_t)-1 || plan->emulator[0] != '/' || total == 0 ||
	    plan->argv[0] == NULL || (plan->keeps_capabilities && plan->uid != 0))
		abort();
}

static int judge(const char *bytes, size_t length)
{
	struct vp_plan plan;
	/* Of exactly that size, so that no byte behind it is read unnoticed. */
	char *copy = malloc(length);
	int good;

	memcpy(copy, bytes, length);
	good = vp_plan_parse(copy, length, &plan);
	if (good)
		use(&plan);
	free(plan.groups);
	free(plan.limits);
	free(plan.kept);
	free(plan.files);
	free(plan.ports);
	free(plan.argv);
	free(plan.env);
	free(copy);
	return good;
}

int main(int argc, char **argv)
{
	static char base[1 << 16], bytes[1 << 20];
	FILE *file = argc == 4 ? fopen(argv[1], "r") : NULL;
	size_t length = file == NULL ? 0 : fread(base, 1, sizeof(base), file);
	long good = 0, rounds = argc == 4 ? atol(argv[2]) : 0;

	if (length == 0)
		return 2;
	fclose(file);
	state = strtoull(argv[3], NULL, 10) * 2654435761u + 1;
	for (long round = 0; round < rounds; round++) {
		size_t now = length;

		memcpy(bytes, base, length);
		for (size_t times = pick(4) + 1; times > 0 && now > 0; times--)
			now = damage(bytes, now);
		good += now > 0 ? judge(bytes, now) : 0;
	}
	printf("%ld\n", good);
	return 0;
}
