#include "steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

/*
 * Who performs a step: everybody; who has root's rights; who has them and
 * keeps none; who has not. And who is asked only, being the target already.
 */
enum audience { ALWAYS, SYSTEM, DROPPING, SESSION, ARRIVED };

struct step {
	const char *name;
	enum audience audience;
	vp_step *perform;
	/* Asked when all is done. Of who cannot perform the step it is asked in its place. */
	vp_question *holds;
};

static vp_step read_back_in_proc;

/* ORDER: each line needs what the lines above it have left in place. */
static const struct step steps[] = {
	/* Nothing that the caller had open may reach the emulator. */
	{ "descriptors", ALWAYS, vp_close_descriptors, NULL },
	/* Root's quota of keys is larger than the target's, which all its VMs share. */
	{ "keyring", ALWAYS, vp_join_keyring, vp_has_own_keyring },
	/* Lowering it needs CAP_SYS_RESOURCE, and the file is root's once the memory is hidden. */
	{ "oom-score", ALWAYS, vp_set_oom_score, NULL },
	/* Once the ids are the target's, its other processes could trace this one. */
	{ "memory", ALWAYS, vp_hide_memory, vp_has_hidden_memory },
	/* Raising a hard limit needs CAP_SYS_RESOURCE. Within its own anybody may set the soft ones. */
	{ "limits", ARRIVED, NULL, vp_has_hard_limits },
	{ "limits", ALWAYS, vp_set_limits, vp_has_limits },
	{ "umask", ALWAYS, vp_set_umask, vp_has_umask },
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
	{ "ambient", ALWAYS, vp_clear_ambient, vp_has_no_ambient },
	/* From here set-id programs and file capabilities give nothing. */
	{ "no-new-privileges", ALWAYS, vp_deny_new_privileges, vp_has_no_new_privileges },
	/* As the target: what it may not enter it shall not stand in. */
	{ "directory", ALWAYS, vp_enter_directory, vp_is_in_directory },
	/* Opened, and made, with no more rights than QEMU would have. */
	{ "files", ALWAYS, vp_open_files, NULL },
	/* What is read in /proc, which Landlock may close. */
	{ "read-back", ALWAYS, read_back_in_proc, NULL },
	/* Needs no_new_privs; from here on nothing else can be opened. */
	{ "landlock", ALWAYS, vp_restrict_files, vp_is_restricted },
	{ "new-code", ALWAYS, vp_deny_new_code, vp_denies_new_code },
	/* A filter needs no_new_privs; QEMU's own comes on top of it. */
	{ "filter", ALWAYS, vp_deny_calls, vp_is_filtered },
	/* A change of ids clears the parent-death signal: it comes after. */
	{ "parent-death", ALWAYS, vp_die_with_parent, vp_has_parent },
	/* Last, so that no step above is disturbed by a handler that is gone. */
	{ "signals", ALWAYS, vp_reset_signals, vp_has_default_signals },
	/* The proof by trying: nobody may become root again. */
	{ "return", ALWAYS, NULL, vp_cannot_return },
};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

/* Ends the process unless the kernel says that a step is as planned. */
static void read_back(const struct vp_plan *plan, const char *name, vp_question *holds)
{
	char text[64];

#ifdef VP_WITHOUT_READ_BACK
	return;
#endif
	if (holds(plan))
		return;
	snprintf(text, sizeof(text), "read-back-%s", name);
	vp_fail(text, EPERM);
}

static int read_back_in_proc(const struct vp_plan *plan)
{
	read_back(plan, "descriptors", vp_has_descriptors);
	read_back(plan, "oom-score", vp_has_oom_score);
	return 0;
}

static bool is_for(const struct step *step, const struct vp_plan *plan)
{
	/* Who is the target already has had the others done, and may not even be let to try. */
	if (step->audience == ALWAYS || plan->arrived)
		return step->audience == ALWAYS;
	if (step->audience == DROPPING)
		return plan->system && !plan->keeps_capabilities;
	return step->audience == (plan->system ? SYSTEM : SESSION);
}

/* Without CAP_SETPCAP, or keeping what it has, a process has the securebits and bounding set that it came with. */
static bool is_asked(const struct step *step, const struct vp_plan *plan)
{
	return step->holds != NULL && step->audience != ARRIVED &&
	       (step->audience != DROPPING || plan->arrived || is_for(step, plan));
}

static int perform_step(const struct step *step, const struct vp_plan *plan)
{
#ifdef VP_LEAVE_OUT
	/* Tests build executors that forget one step, to see that it is caught. */
	if (strcmp(step->name, VP_LEAVE_OUT) == 0)
		return 0;
#endif
	if (plan->arrived && step->audience != ALWAYS && !step->holds(plan))
		vp_fail_arrived(step->name);
	return is_for(step, plan) && step->perform != NULL ? step->perform(plan) : 0;
}

_Noreturn void vp_perform(const struct vp_plan *plan)
{
	for (size_t i = 0; i < STEP_COUNT; i++) {
		int error = perform_step(&steps[i], plan);

		if (error != 0)
			vp_fail(steps[i].name, error);
	}
	for (size_t i = 0; i < STEP_COUNT; i++)
		if (is_asked(&steps[i], plan))
			read_back(plan, steps[i].name, steps[i].holds);
	execve(plan->emulator, plan->argv, plan->env);
	vp_fail("exec", errno);
}
