#include "steps.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "privileges.h"
#include "process.h"
#include "readback.h"
#include "report.h"
#include "terminal.h"

/* Who performs a step: a launch by root, by anybody else, or both. */
enum audience { ALWAYS, SYSTEM, SESSION };

struct step {
	const char *name;
	enum audience audience;
	int (*perform)(const struct vp_plan *plan);
};

/* ORDER: each line needs what the lines above it have left in place. */
static const struct step steps[] = {
	/* Nothing that the caller had open may reach the emulator. */
	{ "descriptors", ALWAYS, vp_close_descriptors },
	/* Once the ids are the target's, its other processes could trace this one. */
	{ "memory", ALWAYS, vp_hide_memory },
	/* Raising a hard limit needs CAP_SYS_RESOURCE. */
	{ "limits", ALWAYS, vp_set_limits },
	{ "umask", ALWAYS, vp_set_umask },
	/* Securebits need CAP_SETPCAP, so they are locked while it is held. */
	{ "securebits", SYSTEM, vp_lock_securebits },
	/* So does the bounding set; once empty, no exec can give a capability back. */
	{ "bounding", SYSTEM, vp_drop_bounding },
	/* Groups need CAP_SETGID, which goes with the ids. */
	{ "groups", SYSTEM, vp_set_groups },
	/* gid before uid, then every capability in one call: libcap-ng does the dance. */
	{ "identity", SYSTEM, vp_change_identity },
	/* Who cannot change ids can still give up what it holds. */
	{ "capabilities", SESSION, vp_drop_capabilities },
	/* Empty already unless a kernel differs: it costs one call to be sure. */
	{ "ambient", ALWAYS, vp_clear_ambient },
	/* From here set-id programs and file capabilities give nothing. */
	{ "no-new-privileges", ALWAYS, vp_deny_new_privileges },
	/* A filter needs no_new_privs; QEMU's own comes on top of it. */
	{ "terminal", ALWAYS, vp_deny_terminal_input },
	/* A change of ids clears the parent-death signal: it comes after. */
	{ "parent-death", ALWAYS, vp_die_with_parent },
	/* Last, so that no step above is disturbed by a handler that is gone. */
	{ "signals", ALWAYS, vp_reset_signals },
};

static bool is_due(const struct step *step, const struct vp_plan *plan)
{
#ifdef VP_LEAVE_OUT
	/* Tests build executors that forget one step, to see that it is caught. */
	if (strcmp(step->name, VP_LEAVE_OUT) == 0)
		return false;
#endif
	return step->audience == ALWAYS ||
	       step->audience == (plan->system ? SYSTEM : SESSION);
}

_Noreturn void vp_perform(const struct vp_plan *plan)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int error = is_due(&steps[i], plan) ? steps[i].perform(plan) : 0;

		if (error != 0)
			vp_fail(steps[i].name, error);
	}
#ifndef VP_WITHOUT_READ_BACK
	vp_read_back(plan);
#endif
	execve(plan->emulator, plan->argv, plan->env);
	vp_fail("exec", errno);
}
