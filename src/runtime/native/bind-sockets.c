#include <errno.h>
#include <fcntl.h>
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

void vp_bind_sockets(napi_env env, napi_value exports)
{
	vp_define(env, exports, "listenIn", listen_in);
}
