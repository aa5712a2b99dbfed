#include <utmpx.h>

#include "value.h"

/* When the machine started, in seconds since 1970, as utmp has it; null where nobody has noted it. */
static napi_value boot_record(napi_env env, napi_callback_info info)
{
	const struct utmpx wanted = { .ut_type = BOOT_TIME };
	const struct utmpx *found;
	napi_value result;

	(void)info;
	setutxent();
	found = getutxid(&wanted);
	result = found == NULL ? vp_null(env) : vp_number(env, (double)found->ut_tv.tv_sec);
	endutxent();
	return result;
}

void vp_bind_boot(napi_env env, napi_value exports)
{
	vp_define(env, exports, "bootRecord", boot_record);
}
