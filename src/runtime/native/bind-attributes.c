#include "value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

/* The kernel's own limits: XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h. */
#define NAMES_BYTES 65536
#define VALUE_BYTES 65536

struct link {
	char path[64];
};

/* The calls on descriptors refuse O_PATH; the link in /proc leads to the same file. */
static struct link link_of(int descriptor)
{
	struct link link;

	snprintf(link.path, sizeof(link.path), "/proc/self/fd/%d", descriptor);
	return link;
}

/* Hashes and signatures of the content, and rights that go with a program's content. */
static bool is_bound_to_content(const char *name)
{
	return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0 ||
	       strcmp(name, "security.capability") == 0;
}

/* The names of a file, each with its NUL; a file system without attributes has none. */
static ssize_t list_names(const char *path, char *names)
{
	ssize_t length = listxattr(path, names, NAMES_BYTES);

	return length < 0 && errno == EOPNOTSUPP ? 0 : length;
}

static bool has_name(const char *names, ssize_t length, const char *wanted)
{
	for (const char *name = names; name < names + length; name += strlen(name) + 1)
		if (strcmp(name, wanted) == 0)
			return true;
	return false;
}

static int copy_one(const char *from, const char *to, const char *name, char *value)
{
	ssize_t length = getxattr(from, name, value, VALUE_BYTES);

	if (length < 0)
		return errno;
	return setxattr(to, name, value, (size_t)length, 0) == 0 ? 0 : errno;
}

/* What a directory's default list gave the new file; a label is changed, never removed. */
static int remove_others(const char *to, const char *names, ssize_t length, char *own)
{
	ssize_t own_length = list_names(to, own);

	if (own_length < 0)
		return errno;
	for (const char *name = own; name < own + own_length; name += strlen(name) + 1)
		if (strncmp(name, "security.", 9) != 0 && !has_name(names, length, name) &&
		    removexattr(to, name) != 0)
			return errno;
	return 0;
}

static int copy_all(const char *from, const char *to, char *names, char *value)
{
	ssize_t length = list_names(from, names);
	int error;

	if (length < 0)
		return errno;
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		if (is_bound_to_content(name))
			continue;
		error = copy_one(from, to, name, value);
		if (error != 0)
			return error;
	}
	return remove_others(to, names, length, value);
}

static napi_value copy_attributes(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int from, to, error = ENOMEM;
	char *names, *value;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &from) ||
	    !vp_read_int(env, arguments[1], &to))
		return NULL;
	names = malloc(NAMES_BYTES);
	value = malloc(VALUE_BYTES);
	if (names != NULL && value != NULL)
		error = copy_all(link_of(from).path, link_of(to).path, names, value);
	free(names);
	free(value);
	return error == 0 ? vp_null(env) : vp_throw(env, error, "setxattr", NULL);
}

/* The value of one attribute as a Buffer; NULL with an exception pending. */
static napi_value value_of(napi_env env, const char *path, const char *name, char *value)
{
	ssize_t length = getxattr(path, name, value, VALUE_BYTES);
	napi_value buffer = NULL;

	if (length < 0)
		return vp_throw(env, errno, "getxattr", NULL);
	napi_create_buffer_copy(env, (size_t)length, value, NULL, &buffer);
	return buffer;
}

static napi_value read_all(napi_env env, const char *path, char *names, char *value)
{
	ssize_t length = list_names(path, names);
	napi_value object = NULL, buffer;

	if (length < 0)
		return vp_throw(env, errno, "listxattr", NULL);
	napi_create_object(env, &object);
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		if (is_bound_to_content(name))
			continue;
		buffer = value_of(env, path, name, value);
		if (buffer == NULL)
			return NULL;
		vp_set(env, object, name, buffer);
	}
	return object;
}

static napi_value read_attributes(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result;
	int descriptor;
	char *names, *value;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_int(env, arguments[0], &descriptor))
		return NULL;
	names = malloc(NAMES_BYTES);
	value = malloc(VALUE_BYTES);
	result = names != NULL && value != NULL ?
		read_all(env, link_of(descriptor).path, names, value) :
		vp_throw(env, ENOMEM, "getxattr", NULL);
	free(names);
	free(value);
	return result;
}

/* One attribute; null when the file has none of this name, or its file system no attributes. */
static napi_value read_open_attribute(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], buffer = NULL;
	char *name, value[VALUE_BYTES];
	int descriptor, error;
	ssize_t length;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &descriptor) ||
	    !vp_read_string(env, arguments[1], &name))
		return NULL;
	length = getxattr(link_of(descriptor).path, name, value, sizeof(value));
	error = errno;
	free(name);
	if (length < 0)
		return error == ENODATA || error == EOPNOTSUPP ? vp_null(env) :
			vp_throw(env, error, "getxattr", NULL);
	napi_create_buffer_copy(env, (size_t)length, value, NULL, &buffer);
	return buffer;
}

static napi_value write_attribute(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int descriptor, done;
	size_t length = 0;
	void *bytes = NULL;
	char *name;

	if (!vp_arguments(env, info, 3, arguments) || !vp_read_int(env, arguments[0], &descriptor) ||
	    napi_get_buffer_info(env, arguments[2], &bytes, &length) != napi_ok ||
	    !vp_read_string(env, arguments[1], &name))
		return NULL;
	done = setxattr(link_of(descriptor).path, name, bytes, length, 0);
	free(name);
	return done == 0 ? vp_null(env) : vp_throw(env, errno, "setxattr", NULL);
}

static napi_value remove_attribute(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int descriptor, done;
	char *name;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &descriptor) ||
	    !vp_read_string(env, arguments[1], &name))
		return NULL;
	done = removexattr(link_of(descriptor).path, name);
	free(name);
	return done == 0 ? vp_null(env) : vp_throw(env, errno, "removexattr", NULL);
}

void vp_bind_attributes(napi_env env, napi_value exports)
{
	vp_define(env, exports, "copyAttributes", copy_attributes);
	vp_define(env, exports, "readAttributes", read_attributes);
	vp_define(env, exports, "readOpenAttribute", read_open_attribute);
	vp_define(env, exports, "writeAttribute", write_attribute);
	vp_define(env, exports, "removeAttribute", remove_attribute);
}
