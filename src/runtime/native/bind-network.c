#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "link.h"
#include "value.h"

/* Documentation/admin-guide/devices.txt: misc is 10, tun is 200. */
#define TUN_NODE makedev(10, 200)

/* The facts of an interface as native.ts names them; null when there is none. */
static napi_value read_interface(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], object = NULL;
	struct vp_link link;
	char *name;
	int error;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_string(env, arguments[0], &name))
		return NULL;
	error = vp_read_link(name, &link);
	free(name);
	if (error == ENODEV)
		return vp_null(env);
	if (error != 0)
		return vp_throw(env, error, "rtnetlink", NULL);
	napi_create_object(env, &object);
	vp_set(env, object, "index", vp_number(env, link.index));
	vp_set(env, object, "master", vp_number(env, link.master));
	vp_set(env, object, "mtu", vp_number(env, link.mtu));
	vp_set(env, object, "up", vp_boolean(env, link.up));
	vp_set(env, object, "kind", vp_text(env, link.kind));
	vp_set(env, object, "tap", vp_boolean(env, link.tap));
	vp_set(env, object, "persistent", vp_boolean(env, link.persistent));
	vp_set(env, object, "multiQueue", vp_boolean(env, link.multi_queue));
	vp_set(env, object, "owner", link.owner == (uid_t)-1 ? vp_null(env) : vp_number(env, link.owner));
	vp_set(env, object, "group", link.group == (gid_t)-1 ? vp_null(env) : vp_number(env, link.group));
	return object;
}

static int attach(const char *name, const char *bridge)
{
	struct vp_link link, master;
	int error = vp_read_link(name, &link);

	if (error == 0 && bridge[0] != 0)
		error = vp_read_link(bridge, &master);
	if (error == 0)
		error = vp_attach_link(&link, bridge[0] != 0 ? &master : NULL);
	return error;
}

static napi_value attach_interface(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	char *name, *bridge;
	int error;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_string(env, arguments[0], &name))
		return NULL;
	if (!vp_read_string(env, arguments[1], &bridge)) {
		free(name);
		return NULL;
	}
	error = attach(name, bridge);
	free(name);
	free(bridge);
	return error == 0 ? vp_null(env) : vp_throw(env, error, "rtnetlink", NULL);
}

/* The node itself, not what somebody has put in its place; -1 with errno. */
static int open_node(void)
{
	int descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct stat facts;

	if (descriptor < 0)
		return -1;
	if (fstat(descriptor, &facts) == 0 && S_ISCHR(facts.st_mode) && facts.st_rdev == TUN_NODE)
		return descriptor;
	close(descriptor);
	errno = ENODEV;
	return -1;
}

/* Makes a tap or attaches to one; `name` becomes the kernel's. */
static int open_queue(char name[IFNAMSIZ], int flags, int *descriptor)
{
	struct ifreq request = { .ifr_flags = (short)(IFF_TAP | IFF_NO_PI | flags) };
	int error;

	memcpy(request.ifr_name, name, IFNAMSIZ);
	*descriptor = open_node();
	if (*descriptor < 0)
		return errno;
	if (ioctl(*descriptor, TUNSETIFF, &request) == 0) {
		memcpy(name, request.ifr_name, IFNAMSIZ);
		return 0;
	}
	error = errno;
	close(*descriptor);
	return error;
}

static napi_value open_tap(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT], object = NULL;
	char buffer[IFNAMSIZ] = "";
	int flags, descriptor = -1, error = EINVAL;
	char *name;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[1], &flags) ||
	    !vp_read_string(env, arguments[0], &name))
		return NULL;
	if (strlen(name) < sizeof(buffer)) {
		strcpy(buffer, name);
		error = open_queue(buffer, flags, &descriptor);
	}
	free(name);
	if (error != 0)
		return vp_throw(env, error, "TUNSETIFF", NULL);
	napi_create_object(env, &object);
	vp_set(env, object, "descriptor", vp_number(env, descriptor));
	vp_set(env, object, "name", vp_text(env, buffer));
	return object;
}

/* Lets the interface stay, for a user who may attach to it from then on. */
static napi_value keep_tap(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	unsigned int owner;
	int descriptor;

	if (!vp_arguments(env, info, 2, arguments) || !vp_read_int(env, arguments[0], &descriptor) ||
	    !vp_read_id(env, arguments[1], &owner))
		return NULL;
	if (ioctl(descriptor, TUNSETOWNER, (unsigned long)owner) != 0)
		return vp_throw(env, errno, "TUNSETOWNER", NULL);
	if (ioctl(descriptor, TUNSETPERSIST, 1ul) != 0)
		return vp_throw(env, errno, "TUNSETPERSIST", NULL);
	return vp_null(env);
}

static napi_value remove_interface(napi_env env, napi_callback_info info)
{
	napi_value arguments[VP_ARGUMENT_LIMIT];
	int index, error;

	if (!vp_arguments(env, info, 1, arguments) || !vp_read_int(env, arguments[0], &index))
		return NULL;
	error = vp_remove_link(index);
	return error == 0 ? vp_null(env) : vp_throw(env, error, "rtnetlink", NULL);
}

void vp_bind_network(napi_env env, napi_value exports)
{
	vp_define(env, exports, "readInterface", read_interface);
	vp_define(env, exports, "attachInterface", attach_interface);
	vp_define(env, exports, "openTap", open_tap);
	vp_define(env, exports, "keepTap", keep_tap);
	vp_define(env, exports, "removeInterface", remove_interface);
}
