#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "value.h"

/* What is asked of a process that somebody else has started. */

static napi_value open_process(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int pid, descriptor;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_int(env, arguments[0], &pid))
		return NULL;
	descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
	if (descriptor < 0)
		return vp_throw(env, errno, "pidfd_open", NULL);
	return vp_number(env, descriptor);
}

static napi_value await_end(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	struct pollfd ready = { .events = POLLIN };
	int timeout, got;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &ready.fd) ||
	    !vp_read_int(env, arguments[1], &timeout))
		return NULL;
	/* A caught signal may only lengthen the wait, and TERM ends this program as it should. */
	do
		got = poll(&ready, 1, timeout);
	while (got < 0 && errno == EINTR);
	return got < 0 ? vp_throw(env, errno, "poll", NULL) : vp_boolean(env, got > 0);
}

/* The socket that stands at `path` itself, and only if it is `owner`'s; -1 with errno. */
static int open_socket_file(const char *path, uid_t owner)
{
	int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat facts;

	if (file < 0)
		return -1;
	if (fstat(file, &facts) == 0 && S_ISSOCK(facts.st_mode) && facts.st_uid == owner)
		return file;
	close(file);
	errno = EPERM;
	return -1;
}

/* Whoever called listen(2) on the other end, so the name cannot be somebody else's doing; 0: whoever that is. */
static bool is_listener(int end, int pid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (pid == 0)
		return true;
	if (getsockopt(end, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	errno = EPERM;
	return peer.pid == pid;
}

static int connect_file(int file, int timeout, int listener)
{
	struct timeval patience = { timeout / 1000, (timeout % 1000) * 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (end < 0)
		return -1;
	/* By its descriptor: the name may lead elsewhere by now. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", file);
	if (setsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(end, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    connect(end, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    is_listener(end, listener))
		return end;
	error = errno;
	close(end);
	errno = error;
	return -1;
}

static napi_value connect_socket(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result;
	int file, end, timeout, listener;
	unsigned int owner;
	char *path;

	if (!vp_arguments(env, info, 4, arguments) || !vp_read_id(env, arguments[1], &owner) ||
	    !vp_read_int(env, arguments[2], &listener) || !vp_read_int(env, arguments[3], &timeout) ||
	    !vp_read_string(env, arguments[0], &path))
		return NULL;
	file = open_socket_file(path, owner);
	end = file < 0 ? -1 : connect_file(file, timeout, listener);
	result = end < 0 ? vp_throw(env, errno, "connect", path) : vp_number(env, end);
	if (file >= 0)
		close(file);
	free(path);
	return result;
}

void vp_bind_running(napi_env env, napi_value exports)
{
	vp_define(env, exports, "openProcess", open_process);
	vp_define(env, exports, "awaitEnd", await_end);
	vp_define(env, exports, "connectSocket", connect_socket);
}
