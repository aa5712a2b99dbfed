/*
 * The door of the native part into Node: Node-API version 8, so that one file
 * loads in Node 20 to 26. src/runtime/native.ts is its typed interface.
 */
#include "value.h"

NAPI_MODULE_INIT()
{
	vp_bind_names(env, exports);
	vp_bind_answers(env, exports);
	vp_bind_boot(env, exports);
	vp_bind_files(env, exports);
	vp_bind_owner(env, exports);
	vp_bind_attributes(env, exports);
	vp_bind_restrictions(env, exports);
	vp_bind_descriptors(env, exports);
	vp_bind_signals(env, exports);
	vp_bind_process(env, exports);
	vp_bind_running(env, exports);
	vp_bind_network(env, exports);
	vp_bind_sockets(env, exports);
	return exports;
}
