#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "value.h"

/* Binds where nothing stands yet, for the owner of this process alone; 0 or an errno. */
static int bind_in(int end, int directory, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s",
			      directory, name);
	mode_t before;
	int error;

	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	/* From its first moment: a mode that is set afterwards would come too late. */
	before = umask(0177);
	error = bind(end, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
	umask(before);
	return error;
}

/* A socket that listens under a plain name in a directory. */
static napi_value listen_in(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int directory, end, error;
	char *name;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &directory) ||
	    !vp_read_string(env, arguments[1], &name))
		return NULL;
	end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	error = end < 0 ? errno : bind_in(end, directory, name);
	free(name);
	if (error == 0 && listen(end, 1) != 0)
		error = errno;
	if (error == 0)
		return vp_number(env, end);
	if (end >= 0)
		close(end);
	return vp_throw(env, error, "bind", NULL);
}

/* A path, or with `@` in place of its first byte a name that is no file; the length of the address, 0 when it is neither. */
static socklen_t address_of(const char *name, struct sockaddr_un *address)
{
	size_t length = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof(address->sun_path))
		return 0;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, name, length);
	if (name[0] == '@')
		address->sun_path[0] = 0;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int send_to(const char *name, const char *text)
{
	struct sockaddr_un address;
	socklen_t length = address_of(name, &address);
	int end, error = 0;

	if (length == 0)
		return EINVAL;
	end = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (end < 0)
		return errno;
	/* Never waits: who does not listen must not hold up a VM. */
	if (sendto(end, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		   (struct sockaddr *)&address, length) < 0)
		error = errno;
	close(end);
	return error;
}

static napi_value notify(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	char *name, *text;
	int error;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_string(env, arguments[0], &name))
		return NULL;
	if (!vp_read_string(env, arguments[1], &text)) {
		free(name);
		return NULL;
	}
	error = send_to(name, text);
	free(name);
	free(text);
	return error == 0 ? vp_null(env) : vp_throw(env, error, "sendto", NULL);
}

void vp_bind_sockets(napi_env env, napi_value exports)
{
	vp_define(env, exports, "listenIn", listen_in);
	vp_define(env, exports, "notify", notify);
}
