#include "value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool type_error(napi_env env, const char *message)
{
	napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
	return false;
}

bool vp_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values)
{
	size_t given = count;

	if (napi_get_cb_info(env, info, &given, values, NULL, NULL) != napi_ok || given < count)
		return type_error(env, "too few arguments for a native function");
	return true;
}

bool vp_read_int(napi_env env, napi_value value, int *number)
{
	double given;

	/* The range first: a double beyond it must not be cast. */
	if (napi_get_value_double(env, value, &given) != napi_ok ||
	    !(given >= -2147483648.0 && given <= 2147483647.0) || given != (double)(int)given)
		return type_error(env, "a native function wants a whole number");
	*number = (int)given;
	return true;
}

bool vp_read_boolean(napi_env env, napi_value value, bool *truth)
{
	return napi_get_value_bool(env, value, truth) == napi_ok ||
		type_error(env, "a native function wants true or false");
}

bool vp_read_id(napi_env env, napi_value value, unsigned int *number)
{
	double given;

	/* 4294967295 would mean "do not change" to every call that takes an id. */
	if (napi_get_value_double(env, value, &given) != napi_ok ||
	    !(given >= 0 && given <= 4294967294.0) || given != (double)(unsigned int)given)
		return type_error(env, "a native function wants a user or group id");
	*number = (unsigned int)given;
	return true;
}

bool vp_read_string(napi_env env, napi_value value, char **text)
{
	size_t length;

	if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
		return type_error(env, "a native function wants a string");
	*text = malloc(length + 1);
	if (*text == NULL)
		return type_error(env, "out of memory");
	napi_get_value_string_utf8(env, value, *text, length + 1, &length);
	/* A NUL would make the kernel see another text than JavaScript checked. */
	if (strlen(*text) == length)
		return true;
	free(*text);
	*text = NULL;
	return type_error(env, "a string for a native function holds a NUL");
}

void vp_free_strings(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

bool vp_read_strings(napi_env env, napi_value value, char ***list)
{
	uint32_t count;

	if (napi_get_array_length(env, value, &count) != napi_ok)
		return type_error(env, "a native function wants a list of strings");
	*list = calloc((size_t)count + 1, sizeof(char *));
	if (*list == NULL)
		return type_error(env, "out of memory");
	for (uint32_t i = 0; i < count; i++) {
		napi_value element;

		if (napi_get_element(env, value, i, &element) == napi_ok &&
		    vp_read_string(env, element, &(*list)[i]))
			continue;
		vp_free_strings(*list);
		*list = NULL;
		return false;
	}
	return true;
}

bool vp_property(napi_env env, napi_value object, const char *name, napi_value *value)
{
	if (napi_get_named_property(env, object, name, value) != napi_ok)
		return type_error(env, "a native function wants an object");
	return true;
}

napi_value vp_number(napi_env env, double number)
{
	napi_value value = NULL;

	napi_create_double(env, number, &value);
	return value;
}

napi_value vp_text(napi_env env, const char *text)
{
	napi_value value = NULL;

	napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
	return value;
}

napi_value vp_null(napi_env env)
{
	napi_value value = NULL;

	napi_get_null(env, &value);
	return value;
}

napi_value vp_boolean(napi_env env, bool given)
{
	napi_value value = NULL;

	napi_get_boolean(env, given, &value);
	return value;
}

void vp_set(napi_env env, napi_value object, const char *name, napi_value value)
{
	napi_set_named_property(env, object, name, value);
}

static napi_value make_error(napi_env env, const char *code, const char *message)
{
	napi_value error = NULL;

	napi_create_error(env, vp_text(env, code), vp_text(env, message), &error);
	return error;
}

napi_value vp_throw(napi_env env, int number, const char *syscall, const char *path)
{
	char message[4096 + 256];
	napi_value error;

	snprintf(message, sizeof(message), "%s: %s%s%s", syscall, strerror(number),
		 path != NULL ? ": " : "", path != NULL ? path : "");
	error = make_error(env, strerrorname_np(number), message);
	vp_set(env, error, "errno", vp_number(env, number));
	vp_set(env, error, "syscall", vp_text(env, syscall));
	if (path != NULL)
		vp_set(env, error, "path", vp_text(env, path));
	napi_throw(env, error);
	return NULL;
}

napi_value vp_throw_refusal(napi_env env, const char *syscall, const char *path, const char *reason)
{
	char message[4096 + 256];
	napi_value error;

	snprintf(message, sizeof(message), "%s %s", path, reason);
	error = make_error(env, "EUNTRUSTED", message);
	vp_set(env, error, "syscall", vp_text(env, syscall));
	vp_set(env, error, "path", vp_text(env, path));
	vp_set(env, error, "reason", vp_text(env, reason));
	napi_throw(env, error);
	return NULL;
}

void vp_define(napi_env env, napi_value exports, const char *name, napi_callback function)
{
	napi_value value = NULL;

	if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) == napi_ok)
		vp_set(env, exports, name, value);
}
