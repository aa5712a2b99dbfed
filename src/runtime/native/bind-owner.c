#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "owner.h"
#include "value.h"

#define ATTRIBUTE_BYTES (64u << 10)

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFDIR: return "directory";
	case S_IFBLK: return "block";
	case S_IFCHR: return "character";
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "socket";
	default: return "link";
	}
}

static napi_value big_number(napi_env env, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return vp_text(env, text);
}

/* `b7:0`: which device a node stands for. */
static napi_value node_value(napi_env env, const struct vp_facts *facts)
{
	char text[32];

	if (!S_ISBLK(facts->mode) && !S_ISCHR(facts->mode))
		return vp_null(env);
	snprintf(text, sizeof(text), "%c%u:%u", S_ISBLK(facts->mode) ? 'b' : 'c',
		 major(facts->node), minor(facts->node));
	return vp_text(env, text);
}

static napi_value birth_value(napi_env env, const struct vp_facts *facts)
{
	char text[40];

	if (!facts->has_birth)
		return vp_null(env);
	snprintf(text, sizeof(text), "%lld%09u", (long long)facts->birth_seconds,
		 facts->birth_nanoseconds);
	return vp_text(env, text);
}

static napi_value handle_value(napi_env env, const struct vp_facts *facts)
{
	char text[16 + 2 * VP_HANDLE_BYTES + 1];
	int length;

	if (facts->handle_bytes == 0 || facts->handle_bytes > VP_HANDLE_BYTES)
		return vp_null(env);
	length = snprintf(text, sizeof(text), "%x:", (unsigned int)facts->handle_type);
	for (unsigned int i = 0; i < facts->handle_bytes; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%02x",
				   facts->handle[i]);
	return vp_text(env, text);
}

static napi_value inspect(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], object = NULL;
	struct vp_facts facts;
	int descriptor, error;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_int(env, arguments[0], &descriptor))
		return NULL;
	error = vp_inspect(descriptor, &facts);
	if (error != 0)
		return vp_throw(env, error, "statx", NULL);
	napi_create_object(env, &object);
	vp_set(env, object, "type", vp_text(env, type_name(facts.mode)));
	vp_set(env, object, "device", big_number(env, facts.device));
	vp_set(env, object, "inode", big_number(env, facts.inode));
	vp_set(env, object, "uid", vp_number(env, facts.uid));
	vp_set(env, object, "gid", vp_number(env, facts.gid));
	vp_set(env, object, "mode", vp_number(env, facts.mode & 07777));
	vp_set(env, object, "node", node_value(env, &facts));
	vp_set(env, object, "links", vp_number(env, (double)facts.links));
	vp_set(env, object, "birth", birth_value(env, &facts));
	vp_set(env, object, "handle", handle_value(env, &facts));
	vp_set(env, object, "mountId",
	       facts.mount_id < 0 ? vp_null(env) : vp_number(env, facts.mount_id));
	return object;
}

static napi_value change_owner(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	unsigned int uid, gid;
	int descriptor, error;

	if (!vp_arguments(env, info, 3, arguments) || !vp_read_int(env, arguments[0], &descriptor) ||
	    !vp_read_id(env, arguments[1], &uid) || !vp_read_id(env, arguments[2], &gid))
		return NULL;
	error = vp_change_owner(descriptor, uid, gid);
	return error == 0 ? vp_null(env) : vp_throw(env, error, "fchownat", NULL);
}

static napi_value attribute_value(napi_env env, const char *path, const char *name)
{
	char bytes[ATTRIBUTE_BYTES];
	/* By name: it opens nothing, so neither a FIFO blocks nor a device stirs. */
	ssize_t length = lgetxattr(path, name, bytes, sizeof(bytes));
	napi_value buffer = NULL;

	if (length >= 0) {
		napi_create_buffer_copy(env, (size_t)length, bytes, NULL, &buffer);
		return buffer;
	}
	if (errno == ENODATA || errno == EOPNOTSUPP)
		return vp_null(env);
	return vp_throw(env, errno, "lgetxattr", path);
}

static napi_value read_attribute(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result = NULL;
	char *path, *name;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_string(env, arguments[0], &path))
		return NULL;
	if (vp_read_string(env, arguments[1], &name)) {
		result = attribute_value(env, path, name);
		free(name);
	}
	free(path);
	return result;
}

void vp_bind_owner(napi_env env, napi_value exports)
{
	vp_define(env, exports, "inspect", inspect);
	vp_define(env, exports, "changeOwner", change_owner);
	vp_define(env, exports, "readAttribute", read_attribute);
}
