#ifndef VP_KVM_H
#define VP_KVM_H

/* The interface that every KVM since Linux 2.6.22 has (Documentation/virt/kvm/api.rst). */
#define VP_KVM_VERSION 12

struct vp_kvm {
	/* The step that failed: open, device, version, create; `done` when none did. */
	const char *step;
	/* An errno; 0 when the answer itself was the wrong one. */
	int error;
	/* What the kernel answered. */
	int number;
};

/* Opens the device as a guest would, asks for its version and makes an empty VM, which ends at once. */
struct vp_kvm vp_probe_kvm(const char *device);

#endif
