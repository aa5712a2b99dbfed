#ifndef VP_SIGNALS_H
#define VP_SIGNALS_H

#include <signal.h>
#include <stddef.h>

/* The signals that are QEMU's once it runs: what `run` passes on, and what must not end a launch half way. */
extern const int vp_forwarded_signals[];
extern const size_t vp_forwarded_count;

/* Those, as a set. */
sigset_t vp_forwarded_set(void);

/*
 * execve with these signals blocked: what arrives from here on is pending for
 * the program that follows. EINTR when one has been caught before.
 */
int vp_replace_process(const char *path, char **argv, char **environment);

#endif
