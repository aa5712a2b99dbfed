#include "arrived.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "report.h"

/* By their numbers on every architecture that this is built for; as in the unit, but for `Limit`. */
static const char *const limit_names[] = {
	"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK",
	"AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
};

static const char *limit_text(rlim_t value, char *text, size_t size)
{
	if (value == RLIM_INFINITY)
		return "infinity";
	snprintf(text, size, "%llu", (unsigned long long)value);
	return text;
}

/* The first limit that differs. */
static void describe_limit(const struct vp_plan *plan, char *text, size_t size)
{
	const size_t names = sizeof(limit_names) / sizeof(limit_names[0]);

	for (size_t i = 0; i < plan->limit_count; i++) {
		const struct vp_limit *limit = &plan->limits[i];
		char found[24], planned[24];
		struct rlimit value;

		if (limit->resource < 0 || (size_t)limit->resource >= names ||
		    getrlimit((__rlimit_resource_t)limit->resource, &value) != 0 ||
		    value.rlim_max == limit->hard)
			continue;
		snprintf(text, size, "hard limit %s is %s, planned %s", limit_names[limit->resource],
			 limit_text(value.rlim_max, found, sizeof(found)),
			 limit_text((rlim_t)limit->hard, planned, sizeof(planned)));
		return;
	}
}

_Noreturn void vp_refuse_arrival(const struct vp_plan *plan, const char *step)
{
	static char text[128];

	if (strcmp(step, "identity") == 0)
		snprintf(text, sizeof(text), "it runs as %u:%u, planned %u:%u", getuid(), getgid(),
			 plan->uid, plan->gid);
	else if (strcmp(step, "limits") == 0)
		describe_limit(plan, text, sizeof(text));
	if (text[0] != 0)
		vp_report_subject(text);
	vp_fail_arrived(step);
}
