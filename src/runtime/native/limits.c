#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "report.h"

/* By their numbers on every architecture that this is built for; as in the unit, but for `Limit`. */
static const char *const names[] = {
	"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK",
	"AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
};

int vp_set_limits(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->limit_count; i++) {
		const struct vp_limit *limit = &plan->limits[i];
		struct rlimit value = { limit->soft, limit->hard };

		if (setrlimit((__rlimit_resource_t)limit->resource, &value) != 0)
			return errno;
	}
	return 0;
}

static const char *describe(vp_number value, char text[24])
{
	snprintf(text, 24, "%llu", value);
	return value == RLIM_INFINITY ? "infinity" : text;
}

/* False, and says so, for a limit that the kernel has otherwise. */
static bool has_limit(const struct vp_limit *limit, bool hard_only)
{
	char found[24], planned[24];
	struct rlimit value;

	/* The kernel refuses what it does not know. */
	if (getrlimit((__rlimit_resource_t)limit->resource, &value) != 0 ||
	    limit->resource >= sizeof(names) / sizeof(names[0]))
		return false;
	if (value.rlim_max == limit->hard)
		return hard_only || value.rlim_cur == limit->soft;
	vp_report_subject("hard limit %s is %s, planned %s", names[limit->resource],
			  describe(value.rlim_max, found), describe(limit->hard, planned));
	return false;
}

static bool has_all(const struct vp_plan *plan, bool hard_only)
{
	for (size_t i = 0; i < plan->limit_count; i++)
		if (!has_limit(&plan->limits[i], hard_only))
			return false;
	return true;
}

bool vp_has_hard_limits(const struct vp_plan *plan)
{
	return has_all(plan, true);
}

bool vp_has_limits(const struct vp_plan *plan)
{
	return has_all(plan, false);
}
