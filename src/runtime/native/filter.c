#include "filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define VP_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define VP_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define VP_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define VP_ARCHITECTURE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define VP_ARCHITECTURE AUDIT_ARCH_PPC64LE
#else
#error "name the architecture as linux/audit.h does"
#endif

/* x86-64's second table of system calls; other architectures have no number this high. */
#define VP_X32_BIT 0x40000000u
#define VP_TIOCLINUX 0x541Cu

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define IF_AT_LEAST(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (value), (yes), (no))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_WORD(offset) (offset)
#else
#define LOW_WORD(offset) ((offset) + 4)
#endif

#define ARGUMENT(number) LOW_WORD(offsetof(struct seccomp_data, args[number]))
#define OTHER_WORD(offset) ((offset) ^ 4)

/* What is denied of a call. */
enum kind {
	ALL,
	OF_OTHERS,        /* where the first argument names another process; 0 is oneself */
	TO_OTHERS,        /* the same, and 0 is a group */
	OF_OTHERS_SECOND, /* where the second does, or the first says that it names more than one process */
	BY_NAME,          /* where the second points to a name */
};

struct denial {
	int number;
	enum kind kind;
	/* The one sort of process that the first argument of OF_OTHERS_SECOND may name. */
	unsigned int which;
};

/* Calls newer than some headers have the same number on every architecture. */
#define NR_PIDFD_SEND_SIGNAL 424
#define NR_PIDFD_GETFD 438
#define NR_FCHMODAT2 452
#define NR_SETXATTRAT 463
#define NR_REMOVEXATTRAT 466
#define NR_FILE_SETATTR 469

/* Processes of the same user: its memory, its descriptors, its end, its limits. */
static const struct denial neighbours[] = {
	{ SYS_ptrace, ALL, 0 },
	{ SYS_process_vm_readv, ALL, 0 },
	{ SYS_process_vm_writev, ALL, 0 },
	{ SYS_kcmp, ALL, 0 },
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

#define DENY ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW ANSWER(SECCOMP_RET_ALLOW)

struct program {
	unsigned short count;
	struct sock_filter lines[256];
};

static void add(struct program *program, const struct sock_filter *lines, size_t count)
{
	memcpy(program->lines + program->count, lines, count * sizeof(*lines));
	program->count = (unsigned short)(program->count + count);
}

#define ADD(program, ...)                                                             \
	add((program), (const struct sock_filter[]){ __VA_ARGS__ },                   \
	    sizeof((const struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter))

/* The number of the call is loaded, and is again where the call is another one. */
static void add_denial(struct program *program, const struct denial *denial)
{
	/* This process keeps its pid when it becomes QEMU. The kernel looks at the low word only. */
	unsigned int self = (unsigned int)getpid(), number = (unsigned int)denial->number;

	switch (denial->kind) {
	case OF_OTHERS:
		ADD(program, IF_EQUAL(number, 0, 5), LOAD(ARGUMENT(0)), IF_EQUAL(0, 2, 0),
		    IF_EQUAL(self, 1, 0), DENY, ALLOW);
		break;
	case TO_OTHERS:
		ADD(program, IF_EQUAL(number, 0, 4), LOAD(ARGUMENT(0)), IF_EQUAL(self, 1, 0), DENY,
		    ALLOW);
		break;
	case OF_OTHERS_SECOND:
		ADD(program, IF_EQUAL(number, 0, 7), LOAD(ARGUMENT(0)),
		    IF_EQUAL(denial->which, 0, 3), LOAD(ARGUMENT(1)), IF_EQUAL(0, 2, 0),
		    IF_EQUAL(self, 1, 0), DENY, ALLOW);
		break;
	case BY_NAME:
		ADD(program, IF_EQUAL(number, 0, 6), LOAD(ARGUMENT(1)), IF_EQUAL(0, 0, 2),
		    LOAD(OTHER_WORD(ARGUMENT(1))), IF_EQUAL(0, 1, 0), DENY, ALLOW);
		break;
	case ALL:
	default:
		ADD(program, IF_EQUAL(number, 0, 1), DENY);
	}
}

static void add_denials(struct program *program, const struct denial *denials, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_denial(program, &denials[i]);
}

#define ADD_DENIALS(program, denials) \
	add_denials((program), (denials), sizeof(denials) / sizeof((denials)[0]))

static void describe(const struct vp_plan *plan, struct program *program)
{
	program->count = 0;
	ADD(program,
	    /* Any other table of system calls has other numbers: it is closed altogether. */
	    LOAD(offsetof(struct seccomp_data, arch)), IF_EQUAL(VP_ARCHITECTURE, 1, 0), DENY,
	    LOAD(offsetof(struct seccomp_data, nr)), IF_AT_LEAST(VP_X32_BIT, 0, 1), DENY,
	    /* The guest's own call comes first: it is made most often. */
	    IF_EQUAL(SYS_ioctl, 0, 5), LOAD(ARGUMENT(1)), IF_EQUAL(TIOCSTI, 1, 0),
	    IF_EQUAL(VP_TIOCLINUX, 0, 1), DENY, ALLOW);
	ADD_DENIALS(program, neighbours);
	if ((plan->denied & VP_DENY_ATTRIBUTES) != 0)
		ADD_DENIALS(program, attributes);
	if ((plan->denied & VP_DENY_SCHEDULING) != 0)
		ADD_DENIALS(program, scheduling);
	ADD(program, ALLOW);
}

int vp_deny_calls(const struct vp_plan *plan)
{
	struct program program;
	struct sock_fprog filter;

	describe(plan, &program);
	filter.len = program.count;
	filter.filter = program.lines;
	/* Without the flag kernels before 5.16 would slow all of QEMU down for every filter. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) == 0)
		return 0;
	return errno;
}
