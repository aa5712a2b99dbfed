#include "plan-words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The next word, or NULL when there is none or it has no end. */
char *vp_take_word(struct vp_reader *reader)
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

bool vp_take_number(struct vp_reader *reader, int base, unsigned long long max,
			unsigned long long *number)
{
	char *word = vp_take_word(reader);
	char *end;

	/* strtoull takes blanks and signs; a plan has digits only. */
	if (word == NULL || word[0] < '0' || word[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(word, &end, base);
	return errno == 0 && *end == 0 && *number <= max;
}

bool vp_take_path(struct vp_reader *reader, char **path)
{
	*path = vp_take_word(reader);
	return *path != NULL && **path == '/';
}

bool vp_take_id(struct vp_reader *reader, unsigned int *id)
{
	unsigned long long number;

	/* 4294967295 is -1: "do not change", which would leave root in place. */
	if (!vp_take_number(reader, 10, 4294967294ull, &number))
		return false;
	*id = (unsigned int)number;
	return true;
}

bool vp_take_count(struct vp_reader *reader, unsigned long long max, size_t *count)
{
	unsigned long long number;

	if (!vp_take_number(reader, 10, max, &number))
		return false;
	*count = (size_t)number;
	return true;
}

bool vp_take_words(struct vp_reader *reader, char ***words, size_t *count)
{
	/* Each word has at least its NUL, so more words than bytes is a lie. */
	if (!vp_take_count(reader, (size_t)(reader->end - reader->at), count))
		return false;
	*words = calloc(*count + 1, sizeof(char *));
	if (*words == NULL)
		return false;
	for (size_t i = 0; i < *count; i++) {
		(*words)[i] = vp_take_word(reader);
		if ((*words)[i] == NULL)
			return false;
	}
	return true;
}

/* One of two words: *second says which. */
bool vp_take_choice(struct vp_reader *reader, const char *one, const char *other, bool *second)
{
	char *word = vp_take_word(reader);

	if (word == NULL)
		return false;
	*second = strcmp(word, other) == 0;
	return *second || strcmp(word, one) == 0;
}

bool vp_is_next(struct vp_reader *reader, const char *expected)
{
	char *word = vp_take_word(reader);

	return word != NULL && strcmp(word, expected) == 0;
}
