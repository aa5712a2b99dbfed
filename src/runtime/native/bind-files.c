#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "owner.h"
#include "value.h"
#include "walk.h"

static napi_value opened(napi_env env, int descriptor, const struct vp_refusal *refusal)
{
	if (descriptor >= 0)
		return vp_number(env, descriptor);
	if (refusal->error == VP_UNTRUSTED)
		return vp_throw_refusal(env, "openat", refusal->component, refusal->reason);
	return vp_throw(env, refusal->error, "openat", refusal->component);
}

static napi_value open_trusted(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	struct vp_refusal refusal;
	unsigned int target;
	char *path;
	int descriptor;
	bool is_device;

	if (!vp_arguments(env, info, 3, arguments) || !vp_read_id(env, arguments[1], &target) ||
	    !vp_read_boolean(env, arguments[2], &is_device) || !vp_read_string(env, arguments[0], &path))
		return NULL;
	descriptor = vp_open_trusted(path, target, is_device ? VP_DEVICE : VP_STORAGE, &refusal);
	free(path);
	return opened(env, descriptor, &refusal);
}

static napi_value open_own(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	struct vp_refusal refusal;
	char *path;
	int descriptor;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_string(env, arguments[0], &path))
		return NULL;
	descriptor = vp_open_own(path, &refusal);
	free(path);
	return opened(env, descriptor, &refusal);
}

static napi_value open_place(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	struct vp_refusal refusal;
	unsigned int target;
	char *path;
	int descriptor;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_id(env, arguments[1], &target) ||
	    !vp_read_string(env, arguments[0], &path))
		return NULL;
	descriptor = vp_open_place(path, target, &refusal);
	free(path);
	return opened(env, descriptor, &refusal);
}

/* The text of `handle_value` as type and bytes; false when it is none. */
static bool parse_handle(const char *text, int *type, unsigned char *bytes, unsigned int *count)
{
	unsigned int number, length = 0;
	int used;

	if (sscanf(text, "%x:%n", &number, &used) != 1)
		return false;
	*type = (int)number;
	for (text += used; *text != 0; text += 2) {
		if (length == VP_HANDLE_BYTES || sscanf(text, "%2x", &number) != 1 || text[1] == 0)
			return false;
		bytes[length++] = (unsigned char)number;
	}
	*count = length;
	return true;
}

static napi_value open_by_handle(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	unsigned char bytes[VP_HANDLE_BYTES];
	unsigned int count;
	int place, type, descriptor;
	bool good;
	char *text;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &place) ||
	    !vp_read_string(env, arguments[1], &text))
		return NULL;
	good = parse_handle(text, &type, bytes, &count);
	free(text);
	errno = EINVAL;
	descriptor = good ? vp_open_by_handle(place, type, bytes, count) : -1;
	return descriptor >= 0 ? vp_number(env, descriptor) :
		vp_throw(env, errno, "open_by_handle_at", NULL);
}

static napi_value open_beneath(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	struct open_how how = { .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int directory, flags, mode, descriptor, error;
	char *path;

	if (!vp_arguments(env, info, 4, arguments) || !vp_read_int(env, arguments[0], &directory) ||
	    !vp_read_int(env, arguments[2], &flags) || !vp_read_int(env, arguments[3], &mode) ||
	    !vp_read_string(env, arguments[1], &path))
		return NULL;
	how.flags = (unsigned int)flags | O_CLOEXEC;
	how.mode = (unsigned int)mode;
	do
		descriptor = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
	/* A rename on the way makes ".." unsafe to judge: the kernel asks for another try. */
	while (descriptor < 0 && errno == EAGAIN);
	error = errno;
	if (descriptor < 0)
		vp_throw(env, error, "openat2", path);
	free(path);
	return descriptor < 0 ? NULL : vp_number(env, descriptor);
}

void vp_bind_files(napi_env env, napi_value exports)
{
	vp_define(env, exports, "openTrusted", open_trusted);
	vp_define(env, exports, "openOwn", open_own);
	vp_define(env, exports, "openPlace", open_place);
	vp_define(env, exports, "openByHandle", open_by_handle);
	vp_define(env, exports, "openBeneath", open_beneath);
}
