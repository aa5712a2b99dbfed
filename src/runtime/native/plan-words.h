#ifndef VP_PLAN_WORDS_H
#define VP_PLAN_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The row of NUL-terminated words that a plan is; every taker is false when the next word is not what it wants. */
struct vp_reader {
	char *at;
	char *end;
};

/* The next word, or NULL when there is none or it has no end. */
char *vp_take_word(struct vp_reader *reader);
/* Digits only, neither blanks nor signs. */
bool vp_take_number(struct vp_reader *reader, int base, unsigned long long max,
		    unsigned long long *number);
bool vp_take_id(struct vp_reader *reader, unsigned int *id);
bool vp_take_count(struct vp_reader *reader, unsigned long long max, size_t *count);
/* An absolute path. */
bool vp_take_path(struct vp_reader *reader, char **path);
/* A count and as many words, as a NULL-terminated vector. */
bool vp_take_words(struct vp_reader *reader, char ***words, size_t *count);
/* One of two words: *second says which. */
bool vp_take_choice(struct vp_reader *reader, const char *one, const char *other, bool *second);
bool vp_is_next(struct vp_reader *reader, const char *expected);

#endif
