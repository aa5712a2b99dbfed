#include "steps.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "arrived.h"
#include "files.h"
#include "filter.h"
#include "landlock.h"
#include "privileges.h"
#include "process.h"
#include "readback.h"
#include "report.h"

/* Who performs a step: everybody, who has root's rights, who has them and keeps none, who has not. */
enum audience { ALWAYS, SYSTEM, DROPPING, SESSION };

struct step {
	const char *name;
	enum audience audience;
	int (*perform)(const struct vp_plan *plan);
	/* For who is the target already: whether it was done before. */
	bool (*has)(const struct vp_plan *plan);
};

/* ORDER: each line needs what the lines above it have left in place. */
static const struct step steps[] = {
	/* Nothing that the caller had open may reach the emulator. */
	{ "descriptors", ALWAYS, vp_close_descriptors, NULL },
	/* Root's quota of keys is larger than the target's, which all its VMs share. */
	{ "keyring", ALWAYS, vp_join_keyring, NULL },
	/* Lowering it needs CAP_SYS_RESOURCE, and the file is root's once the memory is hidden. */
	{ "oom-score", ALWAYS, vp_set_oom_score, NULL },
	/* Once the ids are the target's, its other processes could trace this one. */
	{ "memory", ALWAYS, vp_hide_memory, NULL },
	/* Raising a hard limit needs CAP_SYS_RESOURCE. */
	{ "limits", ALWAYS, vp_set_limits, vp_has_hard_limits },
	{ "umask", ALWAYS, vp_set_umask, NULL },
	/* Securebits need CAP_SETPCAP, so they are locked while it is held. */
	{ "securebits", DROPPING, vp_lock_securebits, vp_has_securebits },
	/* So does the bounding set; once empty, no exec can give a capability back. */
	{ "bounding", DROPPING, vp_drop_bounding, vp_has_no_bounding },
	/* Groups need CAP_SETGID, which goes with the ids. */
	{ "groups", SYSTEM, vp_set_groups, vp_has_groups },
	/* gid before uid, then every capability in one call: libcap-ng does the dance. */
	{ "identity", SYSTEM, vp_change_identity, vp_has_identity },
	/* Who cannot change ids can still give up what it holds. */
	{ "capabilities", SESSION, vp_drop_capabilities, vp_has_no_capability },
	/* Empty already unless a kernel differs: it costs one call to be sure. */
	{ "ambient", ALWAYS, vp_clear_ambient, NULL },
	/* From here set-id programs and file capabilities give nothing. */
	{ "no-new-privileges", ALWAYS, vp_deny_new_privileges, NULL },
	/* As the target: what it may not enter it shall not stand in. */
	{ "directory", ALWAYS, vp_enter_directory, NULL },
	/* Opened, and made, with no more rights than QEMU would have. */
	{ "files", ALWAYS, vp_open_files, NULL },
#ifndef VP_WITHOUT_READ_BACK
	/* What is read in /proc, which Landlock may close. */
	{ "read-back", ALWAYS, vp_read_back_outside, NULL },
#endif
	/* Needs no_new_privs; from here on nothing else can be opened. */
	{ "landlock", ALWAYS, vp_restrict_files, NULL },
	{ "new-code", ALWAYS, vp_deny_new_code, NULL },
	/* A filter needs no_new_privs; QEMU's own comes on top of it. */
	{ "filter", ALWAYS, vp_deny_calls, NULL },
	/* A change of ids clears the parent-death signal: it comes after. */
	{ "parent-death", ALWAYS, vp_die_with_parent, NULL },
	/* Last, so that no step above is disturbed by a handler that is gone. */
	{ "signals", ALWAYS, vp_reset_signals, NULL },
};

static bool is_due(const struct step *step, const struct vp_plan *plan)
{
#ifdef VP_LEAVE_OUT
	/* Tests build executors that forget one step, to see that it is caught. */
	if (strcmp(step->name, VP_LEAVE_OUT) == 0)
		return false;
#endif
	/* Who is the target already has had the others done, and may not even be let to try. */
	if (step->audience == ALWAYS || plan->arrived)
		return step->audience == ALWAYS;
	if (step->audience == DROPPING)
		return plan->system && !plan->keeps_capabilities;
	return step->audience == (plan->system ? SYSTEM : SESSION);
}

_Noreturn void vp_perform(const struct vp_plan *plan)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int error;

		if (plan->arrived && steps[i].has != NULL && !steps[i].has(plan))
			vp_refuse_arrival(plan, steps[i].name);
		error = is_due(&steps[i], plan) ? steps[i].perform(plan) : 0;

		if (error != 0)
			vp_fail(steps[i].name, error);
	}
#ifndef VP_WITHOUT_READ_BACK
	vp_read_back(plan);
#endif
	execve(plan->emulator, plan->argv, plan->env);
	vp_fail("exec", errno);
}
