#include "signals.h"

const int vp_forwarded_signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH };
const size_t vp_forwarded_count = sizeof(vp_forwarded_signals) / sizeof(vp_forwarded_signals[0]);

sigset_t vp_forwarded_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < vp_forwarded_count; i++)
		sigaddset(&set, vp_forwarded_signals[i]);
	return set;
}
