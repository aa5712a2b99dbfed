#ifndef VP_THREADS_H
#define VP_THREADS_H

/*
 * Has every thread but this one block the forwarded signals, which then come
 * here or stay pending, over execve as well. Before their handlers are set: a
 * handler in another thread would die with that thread in execve, and the
 * signal with it. 0, or errno; ETIME when a thread does not answer.
 */
int vp_block_in_other_threads(void);

#endif
