#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "value.h"

static napi_value try_lock(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int descriptor;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_int(env, arguments[0], &descriptor))
		return NULL;
	if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
		return vp_boolean(env, true);
	if (errno == EWOULDBLOCK)
		return vp_boolean(env, false);
	return vp_throw(env, errno, "flock", NULL);
}

/* The lock of fcntl, which flock does not exclude. It belongs to the open file, so that closing
 * another descriptor of it does not give it up; POSIX locks of other processes count all the same. */
static napi_value try_range(napi_env env, napi_callback_info info, struct flock range)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int descriptor;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_int(env, arguments[0], &descriptor))
		return NULL;
	if (fcntl(descriptor, F_OFD_SETLK, &range) == 0)
		return vp_boolean(env, true);
	if (errno == EAGAIN || errno == EACCES)
		return vp_boolean(env, false);
	return vp_throw(env, errno, "fcntl", NULL);
}

/* Account tools hold it on /etc/.pwd.lock. */
static napi_value try_record_lock(napi_env env, napi_callback_info info)
{
	return try_range(env, info, (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET });
}

/* libvirt takes the same byte for itself alone (security_manager.c, virSecurityManagerMetadataLock):
 * a shared lock keeps it out as well, and asks for no descriptor that could write. */
static napi_value try_metadata_lock(napi_env env, napi_callback_info info)
{
	return try_range(env, info, (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET,
						    .l_start = 1, .l_len = 1 });
}

/* Writes everything and seals; 0 or an errno. */
static int fill_and_seal(int descriptor, const char *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t put = write(descriptor, bytes + done, size - done);

		if (put < 0 && errno != EINTR)
			return errno;
		done += put > 0 ? (size_t)put : 0;
	}
	return fcntl(descriptor, F_ADD_SEALS,
		     F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0 ? 0 : errno;
}

static napi_value sealed_memory(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int descriptor, error;
	size_t size;
	void *bytes;
	char *name;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_string(env, arguments[0], &name))
		return NULL;
	if (napi_get_typedarray_info(env, arguments[1], NULL, &size, &bytes, NULL, NULL) != napi_ok) {
		free(name);
		napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "sealedMemory wants bytes");
		return NULL;
	}
	descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	error = descriptor < 0 ? errno : fill_and_seal(descriptor, bytes, size);
	free(name);
	if (error == 0)
		return vp_number(env, descriptor);
	if (descriptor >= 0)
		close(descriptor);
	return vp_throw(env, error, "memfd_create", NULL);
}

static napi_value make_pipe(napi_env env, napi_callback_info info)
{
	napi_value list = NULL;
	int ends[2];

	(void)info;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return vp_throw(env, errno, "pipe2", NULL);
	napi_create_array(env, &list);
	napi_set_element(env, list, 0, vp_number(env, ends[0]));
	napi_set_element(env, list, 1, vp_number(env, ends[1]));
	return list;
}

void vp_bind_descriptors(napi_env env, napi_value exports)
{
	vp_define(env, exports, "tryLock", try_lock);
	vp_define(env, exports, "tryRecordLock", try_record_lock);
	vp_define(env, exports, "tryMetadataLock", try_metadata_lock);
	vp_define(env, exports, "sealedMemory", sealed_memory);
	vp_define(env, exports, "pipe", make_pipe);
}
