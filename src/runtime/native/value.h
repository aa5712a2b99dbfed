#ifndef VP_VALUE_H
#define VP_VALUE_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * JavaScript values to C and back. The readers throw a TypeError and return
 * false; every caller then returns NULL at once.
 */

#define VP_ARGUMENT_LIMIT 4

bool vp_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);
bool vp_read_int(napi_env env, napi_value value, int *number);
bool vp_read_boolean(napi_env env, napi_value value, bool *truth);
bool vp_read_id(napi_env env, napi_value value, unsigned int *number);
/* A string without NUL, in memory that the caller frees. */
bool vp_read_string(napi_env env, napi_value value, char **text);
/* An array of strings as a NULL-terminated vector; freed by vp_free_strings. */
bool vp_read_strings(napi_env env, napi_value value, char ***list);
void vp_free_strings(char **list);
bool vp_property(napi_env env, napi_value object, const char *name, napi_value *value);

napi_value vp_number(napi_env env, double number);
napi_value vp_text(napi_env env, const char *text);
napi_value vp_null(napi_env env);
napi_value vp_boolean(napi_env env, bool value);
void vp_set(napi_env env, napi_value object, const char *name, napi_value value);

/* Throws an error in Node's own shape {code, errno, syscall, path?}; returns NULL. */
napi_value vp_throw(napi_env env, int error, const char *syscall, const char *path);
/* Throws {code, syscall, path, reason}: no call failed, the path is refused. */
napi_value vp_throw_refusal(napi_env env, const char *syscall, const char *path, const char *reason);

void vp_define(napi_env env, napi_value exports, const char *name, napi_callback function);

/* Each file of bindings adds its functions. */
void vp_bind_names(napi_env env, napi_value exports);
void vp_bind_answers(napi_env env, napi_value exports);
void vp_bind_boot(napi_env env, napi_value exports);
void vp_bind_files(napi_env env, napi_value exports);
void vp_bind_owner(napi_env env, napi_value exports);
void vp_bind_attributes(napi_env env, napi_value exports);
void vp_bind_restrictions(napi_env env, napi_value exports);
void vp_bind_descriptors(napi_env env, napi_value exports);
void vp_bind_signals(napi_env env, napi_value exports);
void vp_bind_process(napi_env env, napi_value exports);
void vp_bind_running(napi_env env, napi_value exports);
void vp_bind_network(napi_env env, napi_value exports);
void vp_bind_sockets(napi_env env, napi_value exports);

#endif
