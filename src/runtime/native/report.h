#ifndef VP_REPORT_H
#define VP_REPORT_H

/*
 * How the executor says which step failed: to the launcher through a
 * close-on-exec pipe, or, where nobody listens, to people on stderr.
 */

/* Where failures go from now on; -1 is stderr. */
void vp_report_to(int descriptor);

/* On stderr, a failure from now on adds how to give back what the VM of this name holds. */
void vp_report_name(const char *name);

/* What the failing step was about: a path, or what differs. */
__attribute__((format(printf, 1, 2))) void vp_report_subject(const char *format, ...);

/* Says that a step's work had to be done before this process started, and was not; ends the process. */
_Noreturn void vp_fail_arrived(const char *step);

/* Says that `step` failed with `error` (an errno) and ends the process. */
_Noreturn void vp_fail(const char *step, int error);

#endif
