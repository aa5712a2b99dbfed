/*
 * access-probe UID GID [GROUP...]: takes that identity, without any capability,
 * and answers each line "LETTER PATH" of its input with y or n: r, w, b open for
 * reading, writing, both; x may be executed or searched; c opens with O_CREAT;
 * u makes a file of this name, after removing what bears it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void become(int argc, char **argv)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	gid_t groups[16], gid = (gid_t)atol(argv[2]);
	uid_t uid = (uid_t)atol(argv[1]);
	size_t count = 0;

	for (int i = 3; i < argc && count < 16; i++)
		groups[count++] = (gid_t)atol(argv[i]);
	if (setgroups(count, groups) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0 || syscall(SYS_capset, &header, none) != 0)
		exit(2);
}

static int opens(const char *path, int flags)
{
	int descriptor = open(path, flags | O_NONBLOCK | O_CLOEXEC, 0600);

	/* A pipe that nobody reads: the right to write was there. */
	if (descriptor < 0)
		return errno == ENXIO;
	close(descriptor);
	return 1;
}

static int replaces(const char *path)
{
	if (unlink(path) != 0 && errno != ENOENT)
		return 0;
	return opens(path, O_WRONLY | O_CREAT | O_EXCL);
}

static int answer(char letter, const char *path)
{
	switch (letter) {
	case 'r': return opens(path, O_RDONLY);
	case 'w': return opens(path, O_WRONLY);
	case 'b': return opens(path, O_RDWR);
	case 'c': return opens(path, O_WRONLY | O_CREAT);
	case 'x': return access(path, X_OK) == 0;
	default: return replaces(path);
	}
}

int main(int argc, char **argv)
{
	char line[8192];

	if (argc < 3)
		return 2;
	become(argc, argv);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = 0;
		putchar(answer(line[0], line + 2) ? 'y' : 'n');
	}
	return 0;
}
