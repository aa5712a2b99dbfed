#ifndef VP_DENIALS_H
#define VP_DENIALS_H

/* What the filter denies. filter.c alone includes it. */

#include <asm/sockios.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "plan.h"

#define VP_TIOCLINUX 0x541Cu

/* Letters put into the terminal that QEMU shares; who gets a descriptor's signals; a tap that stays, for whom. */
static const unsigned int ioctls[] = {
	TIOCSTI, VP_TIOCLINUX, FIOSETOWN, SIOCSPGRP, TUNSETPERSIST, TUNSETOWNER, TUNSETGROUP,
};

/* Any signal to any process of the same user, sent by the kernel when there is something to read. */
static const unsigned int fcntls[] = { F_SETOWN, F_SETOWN_EX, F_SETSIG };

/* What is denied of a call. */
enum kind {
	ALL,
	OF_OTHERS,        /* where the first argument names another process; 0 is oneself */
	TO_OTHERS,        /* the same, and 0 is a group */
	OF_OTHERS_SECOND, /* where the second does, or the first says that it names more than one process */
	BY_NAME,          /* where the second points to a name */
	NEW_NAMESPACE,    /* where the flags ask for one */
	UNREADABLE,       /* as if this kernel had it not: the caller falls back on what can be judged */
};

/* Some calls, and what is denied of them. */
struct denial {
	/* Only where the plan asks for it (VP_DENY_…); 0: always. */
	vp_number when;
	enum kind kind;
	/* Up to a 0, which is no call that is denied. */
	int numbers[24];
	/* The one sort of process that the first argument of OF_OTHERS_SECOND may name. */
	unsigned int which;
};

/* Calls newer than some headers have the same number on every architecture. */
#define NR_PIDFD_SEND_SIGNAL 424
#define NR_IO_URING_SETUP 425
#define NR_CLONE3 435
#define NR_PIDFD_GETFD 438
#define NR_FCHMODAT2 452
#define NR_SETXATTRAT 463
#define NR_REMOVEXATTRAT 466
#define NR_FILE_SETATTR 469

#define NAMESPACE_FLAGS                                                                  \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |   \
	 CLONE_NEWPID | CLONE_NEWNET)

static const struct denial denials[] = {
	/* Processes of the same user: its memory, its descriptors, its end, its limits, what it executes. */
	{ 0, ALL, { SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
		    SYS_perf_event_open, NR_PIDFD_GETFD, NR_PIDFD_SEND_SIGNAL }, 0 },
	{ 0, TO_OTHERS, { SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo }, 0 },
#ifdef __GLIBC__
	/* musl's threads signal each other so, and only it needs the call. */
	{ 0, ALL, { SYS_tkill }, 0 },
#endif
	{ 0, OF_OTHERS, { SYS_prlimit64 }, 0 },

	/* Owners, modes, times and attributes of files by name, which Landlock leaves to whoever owns them. */
#ifdef SYS_chmod
	{ VP_DENY_ATTRIBUTES, ALL, { SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes,
				     SYS_futimesat }, 0 },
#endif
	{ VP_DENY_ATTRIBUTES, ALL, { SYS_fchmodat, NR_FCHMODAT2, SYS_fchownat, SYS_truncate,
				     SYS_setxattr, SYS_lsetxattr, NR_SETXATTRAT,
				     SYS_removexattr, SYS_lremovexattr, NR_REMOVEXATTRAT,
				     NR_FILE_SETATTR }, 0 },
	{ VP_DENY_ATTRIBUTES, BY_NAME, { SYS_utimensat }, 0 },

	/* When and where processes of the same user run. */
	{ VP_DENY_SCHEDULING, OF_OTHERS, { SYS_sched_setaffinity, SYS_sched_setscheduler,
					   SYS_sched_setparam, SYS_sched_setattr,
					   SYS_migrate_pages, SYS_move_pages }, 0 },
	/* PRIO_PROCESS and IOPRIO_WHO_PROCESS: neither a group nor a whole user. */
	{ VP_DENY_SCHEDULING, OF_OTHERS_SECOND, { SYS_setpriority }, 0 },
	{ VP_DENY_SCHEDULING, OF_OTHERS_SECOND, { SYS_ioprio_set }, 1 },

	/* What stands in a ring no filter sees: attributes by name among it. */
	{ VP_DENY_RINGS, ALL, { NR_IO_URING_SETUP }, 0 },

	/* In a user namespace of its own a process has every capability again, over it and over a network of its own. */
	{ VP_DENY_NAMESPACES, ALL, { SYS_unshare, SYS_setns }, 0 },
	{ VP_DENY_NAMESPACES, NEW_NAMESPACE, { SYS_clone }, 0 },
	/* Its flags stand in memory, where no filter looks. */
	{ VP_DENY_NAMESPACES, UNREADABLE, { NR_CLONE3 }, 0 },
};

#endif
