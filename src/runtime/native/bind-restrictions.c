#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "value.h"

/* Neither call opens the file: no pipe blocks, no device stirs, and no right on it is needed. */
static int read_both(const char *path, struct statx *file, struct statvfs *mount)
{
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_STATX_SYNC_AS_STAT, STATX_TYPE, file) != 0)
		return errno;
	return statvfs(path, mount) == 0 ? 0 : errno;
}

static napi_value restrictions_value(napi_env env, unsigned long long attributes,
				     unsigned long flags)
{
	napi_value object = NULL;

	napi_create_object(env, &object);
	vp_set(env, object, "immutable",
	       vp_boolean(env, (attributes & STATX_ATTR_IMMUTABLE) != 0));
	vp_set(env, object, "appendOnly", vp_boolean(env, (attributes & STATX_ATTR_APPEND) != 0));
	vp_set(env, object, "readOnly", vp_boolean(env, (flags & ST_RDONLY) != 0));
	vp_set(env, object, "noExec", vp_boolean(env, (flags & ST_NOEXEC) != 0));
	vp_set(env, object, "noDevices", vp_boolean(env, (flags & ST_NODEV) != 0));
	return object;
}

static napi_value read_restrictions(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result;
	struct statvfs mount;
	struct statx file;
	char *path;
	int error;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_string(env, arguments[0], &path))
		return NULL;
	error = read_both(path, &file, &mount);
	result = error == 0 ? restrictions_value(env, file.stx_attributes, mount.f_flag) :
		vp_throw(env, error, "statx", path);
	free(path);
	return result;
}

/* The version of Landlock that this kernel speaks; 0 where there is none. */
static napi_value landlock_version(napi_env env, napi_callback_info info)
{
	/* landlock_create_ruleset with LANDLOCK_CREATE_RULESET_VERSION: the same number everywhere. */
	long version = syscall(444, NULL, 0, 1u);

	(void)info;
	return vp_number(env, version > 0 ? (double)version : 0);
}

void vp_bind_restrictions(napi_env env, napi_value exports)
{
	vp_define(env, exports, "readRestrictions", read_restrictions);
	vp_define(env, exports, "landlockVersion", landlock_version);
}
