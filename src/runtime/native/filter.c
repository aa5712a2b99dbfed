#include "steps.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "denials.h"

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

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define IF_ANY(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (yes), (no))
#define IF_AT_LEAST(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (value), (yes), (no))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_WORD(offset) (offset)
#else
#define LOW_WORD(offset) ((offset) + 4)
#endif

#define ARGUMENT(number) LOW_WORD(offsetof(struct seccomp_data, args[number]))
#define OTHER_WORD(offset) ((offset) ^ 4)

#ifdef __s390x__
#define CLONE_FLAGS ARGUMENT(1)
#else
#define CLONE_FLAGS ARGUMENT(0)
#endif

#define DENY ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW ANSWER(SECCOMP_RET_ALLOW)

struct program {
	unsigned short count;
	struct sock_filter lines[512];
};

static void add(struct program *program, const struct sock_filter *lines, size_t count)
{
	memcpy(program->lines + program->count, lines, count * sizeof(*lines));
	program->count = (unsigned short)(program->count + count);
}

#define ADD(program, ...)                                                             \
	add((program), (const struct sock_filter[]){ __VA_ARGS__ },                   \
	    sizeof((const struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter))

#define LONGEST_RULE 8

/* The number of the call is loaded, and is again where the call is another one. */
static void add_denial(struct program *program, const struct denial *denial, unsigned int number)
{
	/* This process keeps its pid when it becomes QEMU. The kernel looks at the low word only. */
	const unsigned int self = (unsigned int)getpid();
	const struct sock_filter rules[][LONGEST_RULE] = {
		[ALL] = { DENY },
		[OF_OTHERS] = { LOAD(ARGUMENT(0)), IF_EQUAL(0, 2, 0), IF_EQUAL(self, 1, 0), DENY, ALLOW },
		[TO_OTHERS] = { LOAD(ARGUMENT(0)), IF_EQUAL(self, 1, 0), DENY, ALLOW },
		[OF_OTHERS_SECOND] = { LOAD(ARGUMENT(0)), IF_EQUAL(denial->which, 0, 3), LOAD(ARGUMENT(1)),
				       IF_EQUAL(0, 2, 0), IF_EQUAL(self, 1, 0), DENY, ALLOW },
		[BY_NAME] = { LOAD(ARGUMENT(1)), IF_EQUAL(0, 0, 2), LOAD(OTHER_WORD(ARGUMENT(1))),
			      IF_EQUAL(0, 1, 0), DENY, ALLOW },
		[NEW_NAMESPACE] = { LOAD(CLONE_FLAGS), IF_ANY(NAMESPACE_FLAGS, 0, 1), DENY, ALLOW },
		[UNREADABLE] = { ANSWER(SECCOMP_RET_ERRNO | ENOSYS) },
	};
	const struct sock_filter *rule = rules[denial->kind];
	unsigned char length = 0;

	/* No instruction of these is 0. */
	while (length < LONGEST_RULE && rule[length].code != 0)
		length++;
	ADD(program, IF_EQUAL(number, 0, length));
	add(program, rule, length);
}

/* Denies some commands of a call: its second argument. The guest's own call is among them, and made most often. */
static void add_commands(struct program *program, unsigned int number, const unsigned int *commands,
			 unsigned char count)
{
	ADD(program, IF_EQUAL(number, 0, (unsigned char)(count + 3)), LOAD(ARGUMENT(1)));
	for (unsigned char i = 0; i < count; i++)
		ADD(program, IF_EQUAL(commands[i], (unsigned char)(count - i), 0));
	ADD(program, ALLOW, DENY);
}

#define ADD_COMMANDS(program, number, commands) \
	add_commands((program), (number), (commands), sizeof(commands) / sizeof((commands)[0]))

#define DENIAL_COUNT (sizeof(denials) / sizeof(denials[0]))

static void describe(const struct vp_plan *plan, struct program *program)
{
	program->count = 0;
	ADD(program,
	    /* Any other table of system calls has other numbers: it is closed altogether. */
	    LOAD(offsetof(struct seccomp_data, arch)), IF_EQUAL(VP_ARCHITECTURE, 1, 0), DENY,
	    LOAD(offsetof(struct seccomp_data, nr)), IF_AT_LEAST(VP_X32_BIT, 0, 1), DENY);
	ADD_COMMANDS(program, SYS_ioctl, ioctls);
	ADD_COMMANDS(program, SYS_fcntl, fcntls);
	for (const struct denial *denial = denials; denial < denials + DENIAL_COUNT; denial++)
		for (const int *number = denial->numbers; *number != 0; number++)
			if (denial->when == 0 || (plan->denied & denial->when) != 0)
				add_denial(program, denial, (unsigned int)*number);
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

bool vp_is_filtered(const struct vp_plan *plan)
{
	return prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER;
}
