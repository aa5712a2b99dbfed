#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signals.h"
#include "value.h"

/* A descriptor of ours, and the number that it gets in the program that is started. */
struct placement {
	int copy;
	int number;
};

struct request {
	char *path;
	char **argv;
	char **env;
	/* Above every number that is given. */
	int least;
	size_t count;
	struct placement *placements;
};

static void release(struct request *request)
{
	for (size_t i = 0; i < request->count; i++)
		close(request->placements[i].copy);
	free(request->placements);
	free(request->path);
	vp_free_strings(request->argv);
	vp_free_strings(request->env);
}

static bool read_placement(napi_env env, napi_value list, uint32_t index,
			   struct placement *placement)
{
	napi_value pair, own, number;

	return napi_get_element(env, list, index, &pair) == napi_ok &&
	       napi_get_element(env, pair, 0, &own) == napi_ok &&
	       napi_get_element(env, pair, 1, &number) == napi_ok &&
	       vp_read_int(env, own, &placement->copy) &&
	       vp_read_int(env, number, &placement->number) && placement->number >= 0;
}

static bool read_placements(napi_env env, napi_value object, struct placement **placements,
			    uint32_t *count)
{
	napi_value list;

	if (!vp_property(env, object, "descriptors", &list) ||
	    napi_get_array_length(env, list, count) != napi_ok)
		return false;
	*placements = calloc(*count + 1, sizeof(struct placement));
	for (uint32_t i = 0; i < *count; i++)
		if (*placements == NULL || !read_placement(env, list, i, &(*placements)[i]))
			return false;
	return true;
}

/* Copies stand above every number that is given, so that none overwrites a source. */
static bool copy_descriptors(napi_env env, struct request *request, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (request->placements[i].number >= request->least)
			request->least = request->placements[i].number + 1;
	for (uint32_t i = 0; i < count; i++) {
		int copy = fcntl(request->placements[i].copy, F_DUPFD_CLOEXEC, request->least);

		if (copy < 0) {
			vp_throw(env, errno, "fcntl", NULL);
			return false;
		}
		request->placements[i].copy = copy;
		request->count++;
	}
	return true;
}

static bool read_descriptors(napi_env env, napi_value object, struct request *request)
{
	bool pending = false;
	uint32_t count = 0;

	if (read_placements(env, object, &request->placements, &count))
		return copy_descriptors(env, request, count);
	if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
		napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "a native function wants descriptors");
	return false;
}

/* Reads {path, argv, env, descriptors}; on failure nothing is left to release. */
static bool read_request(napi_env env, napi_value object, struct request *request)
{
	napi_value value;

	*request = (struct request){ 0 };
	if (vp_property(env, object, "path", &value) &&
	    vp_read_string(env, value, &request->path) &&
	    vp_property(env, object, "argv", &value) &&
	    vp_read_strings(env, value, &request->argv) &&
	    vp_property(env, object, "env", &value) &&
	    vp_read_strings(env, value, &request->env) &&
	    read_descriptors(env, object, request))
		return true;
	release(request);
	return false;
}

static int describe_actions(const struct request *request, posix_spawn_file_actions_t *actions)
{
	int error = posix_spawn_file_actions_init(actions);

	for (int i = 0; error == 0 && i < request->least; i++)
		error = posix_spawn_file_actions_addclose(actions, i);
	for (size_t i = 0; error == 0 && i < request->count; i++)
		error = posix_spawn_file_actions_adddup2(actions, request->placements[i].copy,
							 request->placements[i].number);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(actions, request->least);
	return error;
}

static int describe_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int error = posix_spawnattr_init(attributes);

	sigemptyset(&none);
	sigfillset(&all);
	if (error == 0)
		error = posix_spawnattr_setsigmask(attributes, &none);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return error;
}

/* posix_spawn shares the memory until exec: nothing of Node runs in the child, and nothing is copied. */
static int start(const struct request *request, pid_t *pid)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error;

	/* A caller that ignores SIGCHLD would make the kernel throw the exit status away. */
	sigaction(SIGCHLD, &standard, NULL);
	error = describe_actions(request, &actions);
	if (error == 0)
		error = describe_attributes(&attributes);
	if (error == 0)
		error = posix_spawn(pid, request->path, &actions, &attributes, request->argv, request->env);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static napi_value spawn_process(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], object = NULL;
	struct request request;
	int error, pidfd = -1;
	pid_t pid = 0;

	if (!vp_arguments(env, info, 1, arguments) || !read_request(env, arguments[0], &request))
		return NULL;
	error = start(&request, &pid);
	if (error == 0)
		/* The child is ours and not reaped: its pid cannot be another's. */
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (error == 0 && pidfd < 0) {
		error = errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (error != 0)
		vp_throw(env, error, "posix_spawn", request.path);
	release(&request);
	if (error != 0)
		return NULL;
	napi_create_object(env, &object);
	vp_set(env, object, "pid", vp_number(env, pid));
	vp_set(env, object, "pidfd", vp_number(env, pidfd));
	return object;
}

static int place_descriptors(const struct request *request)
{
	for (size_t i = 0; i < request->count; i++)
		if (dup2(request->placements[i].copy, request->placements[i].number) < 0)
			return errno;
	return 0;
}

static napi_value execute(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	struct request request;
	int error;

	if (!vp_arguments(env, info, 1, arguments) || !read_request(env, arguments[0], &request))
		return NULL;
	error = place_descriptors(&request);
	if (error == 0)
		error = vp_replace_process(request.path, request.argv, request.env);
	vp_throw(env, error, "execve", request.path);
	release(&request);
	return NULL;
}

static napi_value wait_for(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	struct pollfd ready = { .events = POLLIN };
	int timeout, got;
	siginfo_t facts;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &ready.fd) ||
	    !vp_read_int(env, arguments[1], &timeout))
		return NULL;
	do
		got = poll(&ready, 1, timeout);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return vp_null(env);
	/* P_PIDFD is 3; glibc names it only from 2.36 on. */
	if (got < 0 || waitid((idtype_t)3, (id_t)ready.fd, &facts, WEXITED) != 0)
		return vp_throw(env, errno, "waitid", NULL);
	return vp_number(env, facts.si_code == CLD_EXITED ? facts.si_status : 128 + facts.si_status);
}

void vp_bind_process(napi_env env, napi_value exports)
{
	vp_define(env, exports, "spawn", spawn_process);
	vp_define(env, exports, "execute", execute);
	vp_define(env, exports, "waitFor", wait_for);
}
