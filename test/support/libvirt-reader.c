/*
 * Reads texts from stdin, each behind its length (32 bits), with libvirt's own
 * code, and prints a line for each: "ok" and what was read, or "error MESSAGE".
 * Words: libvirt.so.0 FILE [libvirt_driver_qemu.so]; the texts go through FILE.
 * With the driver, the file is read as a starting driver reads it.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As virConfValue of src/util/virconf.h, the same from libvirt 7 to 12. */
struct value {
	int type;
	struct value *next;
	long long number;
	char *text;
	struct value *list;
};

enum { SIGNED = 1, UNSIGNED, STRING, LIST };

static void *library, *driver;

static void *find(void *from, const char *name)
{
	void *symbol = dlsym(from, name);

	if (symbol != NULL)
		return symbol;
	fprintf(stderr, "%s\n", dlerror());
	exit(4);
}

static void *open_library(const char *path)
{
	void *opened = dlopen(path, RTLD_LAZY | RTLD_GLOBAL);

	if (opened != NULL)
		return opened;
	fprintf(stderr, "%s\n", dlerror());
	exit(4);
}

static void print_value(const struct value *value)
{
	const struct value *each;

	switch (value->type) {
	case SIGNED:
		printf("-%lld", -value->number);
		break;
	case UNSIGNED:
		printf("%llu", (unsigned long long)value->number);
		break;
	case STRING:
		printf("\"");
		for (const char *at = value->text; *at != 0; at++)
			printf("%02x", (unsigned char)*at);
		printf("\"");
		break;
	case LIST:
		printf("[");
		for (each = value->list; each != NULL; each = each->next) {
			print_value(each);
			printf(",");
		}
		printf("]");
		break;
	}
}

static int print_entry(const char *name, const struct value *value, void *unused)
{
	(void)unused;
	printf(" %s=", name);
	print_value(value);
	return 0;
}

static bool parse(const char *path)
{
	static void *(*read_file)(const char *, unsigned int);
	static int (*walk)(void *, int (*)(const char *, const struct value *, void *), void *);
	static int (*release)(void *);
	void *conf;

	read_file = find(library, "virConfReadFile");
	walk = find(library, "virConfWalk");
	release = find(library, "virConfFree");
	conf = read_file(path, 0);
	if (conf == NULL)
		return false;
	printf("ok");
	walk(conf, print_entry, NULL);
	printf("\n");
	release(conf);
	return true;
}

/* As a user's own libvirt, whose defaults ask for no account. */
static bool load(const char *path)
{
	void *(*make)(bool, const char *) = find(driver, "virQEMUDriverConfigNew");
	int (*load_file)(void *, const char *, bool) = find(driver, "virQEMUDriverConfigLoadFile");
	void *config = make(false, "/nonexistent");

	if (config == NULL || load_file(config, path, false) < 0)
		return false;
	printf("ok\n");
	return true;
}

static void store(const char *path, uint32_t length)
{
	char *bytes = malloc((size_t)length + 1);
	FILE *file = fopen(path, "w");

	if (bytes == NULL || file == NULL || fread(bytes, 1, length, stdin) != length ||
	    fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
		exit(4);
	free(bytes);
}

int main(int count, char **words)
{
	uint32_t length;

	if (count < 3)
		return 2;
	library = open_library(words[1]);
	driver = count > 3 ? open_library(words[3]) : NULL;
	int (*initialize)(void) = find(library, "virInitialize");
	const char *(*message)(void) = find(library, "virGetLastErrorMessage");

	if (initialize() < 0)
		return 4;
	while (fread(&length, sizeof(length), 1, stdin) == 1) {
		store(words[2], length);
		if (!(driver != NULL ? load(words[2]) : parse(words[2])))
			printf("error %s\n", message());
	}
	return 0;
}
