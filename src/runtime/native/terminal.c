#include "terminal.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
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

int vp_deny_terminal_input(const struct vp_plan *plan)
{
	/* Any other table of system calls has other numbers: it is closed altogether. */
	struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		IF_EQUAL(VP_ARCHITECTURE, 0, 7),
		LOAD(offsetof(struct seccomp_data, nr)),
		IF_AT_LEAST(VP_X32_BIT, 5, 0),
		IF_EQUAL(SYS_ioctl, 0, 3),
		/* The kernel looks at the low word only, and so must this. */
		LOAD(LOW_WORD(offsetof(struct seccomp_data, args[1]))),
		IF_EQUAL(TIOCSTI, 2, 0),
		IF_EQUAL(VP_TIOCLINUX, 1, 0),
		ANSWER(SECCOMP_RET_ALLOW),
		ANSWER(SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	(void)plan;
	/* Without the flag kernels before 5.16 would slow all of QEMU down for every filter. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0)
		return 0;
	return errno;
}
