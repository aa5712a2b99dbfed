#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "value.h"

/* Enough for an entry with thousands of members; the calls say ERANGE when it is not. */
#define ENTRY_BYTES (1u << 20)
#define GROUP_LIMIT 65536

/* A name service may say "not found" in any of these ways (getpwnam(3)). */
static bool is_absent(int error)
{
	return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

static napi_value user_value(napi_env env, int error, const struct passwd *entry)
{
	napi_value object = NULL;

	if (entry == NULL)
		return is_absent(error) ? vp_null(env) : vp_throw(env, error, "getpwnam", NULL);
	napi_create_object(env, &object);
	vp_set(env, object, "name", vp_text(env, entry->pw_name));
	vp_set(env, object, "uid", vp_number(env, entry->pw_uid));
	vp_set(env, object, "gid", vp_number(env, entry->pw_gid));
	return object;
}

static napi_value group_value(napi_env env, int error, const struct group *entry)
{
	napi_value object = NULL;

	if (entry == NULL)
		return is_absent(error) ? vp_null(env) : vp_throw(env, error, "getgrnam", NULL);
	napi_create_object(env, &object);
	vp_set(env, object, "name", vp_text(env, entry->gr_name));
	vp_set(env, object, "gid", vp_number(env, entry->gr_gid));
	return object;
}

static napi_value user_by_name(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result;
	struct passwd entry, *found = NULL;
	char *name, *buffer;
	int error;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_string(env, arguments[0], &name))
		return NULL;
	buffer = malloc(ENTRY_BYTES);
	error = buffer == NULL ? ENOMEM : getpwnam_r(name, &entry, buffer, ENTRY_BYTES, &found);
	result = user_value(env, error, found);
	free(buffer);
	free(name);
	return result;
}

static napi_value user_by_id(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result;
	struct passwd entry, *found = NULL;
	unsigned int id;
	char *buffer;
	int error;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_id(env, arguments[0], &id))
		return NULL;
	buffer = malloc(ENTRY_BYTES);
	error = buffer == NULL ? ENOMEM : getpwuid_r(id, &entry, buffer, ENTRY_BYTES, &found);
	result = user_value(env, error, found);
	free(buffer);
	return result;
}

static napi_value group_by_name(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result;
	struct group entry, *found = NULL;
	char *name, *buffer;
	int error;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_string(env, arguments[0], &name))
		return NULL;
	buffer = malloc(ENTRY_BYTES);
	error = buffer == NULL ? ENOMEM : getgrnam_r(name, &entry, buffer, ENTRY_BYTES, &found);
	result = group_value(env, error, found);
	free(buffer);
	free(name);
	return result;
}

static napi_value group_by_id(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result;
	struct group entry, *found = NULL;
	unsigned int id;
	char *buffer;
	int error;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_id(env, arguments[0], &id))
		return NULL;
	buffer = malloc(ENTRY_BYTES);
	error = buffer == NULL ? ENOMEM : getgrgid_r(id, &entry, buffer, ENTRY_BYTES, &found);
	result = group_value(env, error, found);
	free(buffer);
	return result;
}

static int compare_ids(const void *left, const void *right)
{
	gid_t a = *(const gid_t *)left, b = *(const gid_t *)right;

	return a < b ? -1 : a > b;
}

static napi_value id_list(napi_env env, gid_t *ids, int count)
{
	napi_value list = NULL;
	uint32_t length = 0;

	qsort(ids, (size_t)count, sizeof(gid_t), compare_ids);
	napi_create_array(env, &list);
	for (int i = 0; i < count; i++)
		if (i == 0 || ids[i] != ids[i - 1])
			napi_set_element(env, list, length++, vp_number(env, ids[i]));
	return list;
}

static napi_value group_list(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], result;
	int count = GROUP_LIMIT;
	unsigned int gid;
	gid_t *ids;
	char *name;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_id(env, arguments[1], &gid) ||
	    !vp_read_string(env, arguments[0], &name))
		return NULL;
	ids = calloc(GROUP_LIMIT, sizeof(gid_t));
	if (ids == NULL || getgrouplist(name, gid, ids, &count) < 0)
		result = vp_throw(env, ids == NULL ? ENOMEM : ERANGE, "getgrouplist", NULL);
	else
		result = id_list(env, ids, count);
	free(ids);
	free(name);
	return result;
}

static void set_capabilities(napi_env env, napi_value object, const char *name, capng_type_t type)
{
	unsigned long long mask = 0;
	char text[17];

	for (unsigned int number = 0; number < 64 && number <= CAP_LAST_CAP; number++)
		if (capng_have_capability(type, number))
			mask |= 1ull << number;
	snprintf(text, sizeof(text), "%016llx", mask);
	vp_set(env, object, name, vp_text(env, text));
}

static napi_value read_capabilities(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], object = NULL;
	int pid;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_int(env, arguments[0], &pid))
		return NULL;
	/* libcap-ng keeps its state per thread and remembers the last process asked for. */
	capng_clear(CAPNG_SELECT_ALL);
	capng_setpid(pid == 0 ? getpid() : pid);
	errno = 0;
	if (capng_get_caps_process() != 0)
		return vp_throw(env, errno != 0 ? errno : ESRCH, "capget", NULL);
	napi_create_object(env, &object);
	set_capabilities(env, object, "inheritable", CAPNG_INHERITABLE);
	set_capabilities(env, object, "permitted", CAPNG_PERMITTED);
	set_capabilities(env, object, "effective", CAPNG_EFFECTIVE);
	set_capabilities(env, object, "bounding", CAPNG_BOUNDING_SET);
	set_capabilities(env, object, "ambient", CAPNG_AMBIENT);
	return object;
}

void vp_bind_names(napi_env env, napi_value exports)
{
	vp_define(env, exports, "userByName", user_by_name);
	vp_define(env, exports, "userById", user_by_id);
	vp_define(env, exports, "groupByName", group_by_name);
	vp_define(env, exports, "groupById", group_by_id);
	vp_define(env, exports, "groupList", group_list);
	vp_define(env, exports, "readCapabilities", read_capabilities);
}
