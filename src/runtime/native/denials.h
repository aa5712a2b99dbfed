#ifndef VP_DENIALS_H
#define VP_DENIALS_H

/* What the filter denies, one table for each reason. filter.c alone includes it. */

#include <asm/sockios.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

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

struct denial {
	int number;
	enum kind kind;
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

/* Processes of the same user: its memory, its descriptors, its end, its limits, what it executes. */
static const struct denial neighbours[] = {
	{ SYS_ptrace, ALL, 0 },
	{ SYS_process_vm_readv, ALL, 0 },
	{ SYS_process_vm_writev, ALL, 0 },
	{ SYS_kcmp, ALL, 0 },
	{ SYS_perf_event_open, ALL, 0 },
	{ NR_PIDFD_GETFD, ALL, 0 },
	{ NR_PIDFD_SEND_SIGNAL, ALL, 0 },
	{ SYS_kill, TO_OTHERS, 0 },
	{ SYS_tgkill, TO_OTHERS, 0 },
	{ SYS_rt_sigqueueinfo, TO_OTHERS, 0 },
	{ SYS_rt_tgsigqueueinfo, TO_OTHERS, 0 },
#ifdef __GLIBC__
	/* musl's threads signal each other so, and only it needs the call. */
	{ SYS_tkill, ALL, 0 },
#endif
	{ SYS_prlimit64, OF_OTHERS, 0 },
};

/* Owners, modes, times and attributes of files by name, which Landlock leaves to whoever owns them. */
static const struct denial attributes[] = {
#ifdef SYS_chmod
	{ SYS_chmod, ALL, 0 },
	{ SYS_chown, ALL, 0 },
	{ SYS_lchown, ALL, 0 },
	{ SYS_utime, ALL, 0 },
	{ SYS_utimes, ALL, 0 },
	{ SYS_futimesat, ALL, 0 },
#endif
	{ SYS_fchmodat, ALL, 0 },
	{ NR_FCHMODAT2, ALL, 0 },
	{ SYS_fchownat, ALL, 0 },
	{ SYS_utimensat, BY_NAME, 0 },
	{ SYS_truncate, ALL, 0 },
	{ SYS_setxattr, ALL, 0 },
	{ SYS_lsetxattr, ALL, 0 },
	{ NR_SETXATTRAT, ALL, 0 },
	{ SYS_removexattr, ALL, 0 },
	{ SYS_lremovexattr, ALL, 0 },
	{ NR_REMOVEXATTRAT, ALL, 0 },
	{ NR_FILE_SETATTR, ALL, 0 },
};

/* When and where processes of the same user run. */
static const struct denial scheduling[] = {
	{ SYS_sched_setaffinity, OF_OTHERS, 0 },
	{ SYS_sched_setscheduler, OF_OTHERS, 0 },
	{ SYS_sched_setparam, OF_OTHERS, 0 },
	{ SYS_sched_setattr, OF_OTHERS, 0 },
	{ SYS_migrate_pages, OF_OTHERS, 0 },
	{ SYS_move_pages, OF_OTHERS, 0 },
	/* PRIO_PROCESS and IOPRIO_WHO_PROCESS: neither a group nor a whole user. */
	{ SYS_setpriority, OF_OTHERS_SECOND, 0 },
	{ SYS_ioprio_set, OF_OTHERS_SECOND, 1 },
};

/* In a user namespace of its own a process has every capability again, over it and over a network of its own. */
static const struct denial namespaces[] = {
	{ SYS_unshare, ALL, 0 },
	{ SYS_setns, ALL, 0 },
	{ SYS_clone, NEW_NAMESPACE, 0 },
	/* Its flags stand in memory, where no filter looks. */
	{ NR_CLONE3, UNREADABLE, 0 },
};

#define NAMESPACE_FLAGS                                                                  \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |   \
	 CLONE_NEWPID | CLONE_NEWNET)
/* What stands in a ring no filter sees: attributes by name among it. */
static const struct denial rings[] = { { NR_IO_URING_SETUP, ALL, 0 } };

#endif
