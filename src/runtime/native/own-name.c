#include "own-name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int try_connect(const struct sockaddr_un *address, int type)
{
	int end = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (end < 0)
		return errno;
	error = connect(end, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
	close(end);
	return error;
}

static bool is_heard(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return true;
	memcpy(address.sun_path, path, strlen(path));
	error = try_connect(&address, SOCK_STREAM);
	if (error == EPROTOTYPE)
		error = try_connect(&address, SOCK_DGRAM);
	return error != ECONNREFUSED;
}

static bool is_later(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec > other->tv_sec ||
	       (one->tv_sec == other->tv_sec && one->tv_nsec > other->tv_nsec);
}

/* A link to a pseudo-terminal that is gone; its number may be a later one's by now. */
static bool is_dead_terminal(int directory, const char *name, const struct stat *link)
{
	static const char prefix[] = "/dev/pts/";
	char target[32] = "";
	struct stat terminal;

	if (readlinkat(directory, name, target, sizeof(target) - 1) < 0 ||
	    strncmp(target, prefix, sizeof(prefix) - 1) != 0)
		return false;
	if (stat(target, &terminal) != 0)
		return errno == ENOENT;
	return is_later(&terminal.st_ctim, &link->st_ctim);
}

static int judge(int directory, const char *path, const char *name, const struct stat *facts)
{
	if (facts->st_uid != geteuid())
		return EEXIST;
	if (S_ISSOCK(facts->st_mode))
		return is_heard(path) ? EADDRINUSE : 0;
	return S_ISLNK(facts->st_mode) && is_dead_terminal(directory, name, facts) ? 0 : EEXIST;
}

int vp_free_name(int directory, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	struct stat facts;
	int error;

	if (fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : errno;
	error = judge(directory, path, name, &facts);
	if (error != 0)
		return error;
	return unlinkat(directory, name, 0) == 0 ? 0 : errno;
}
