#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct vp_kvm failed(const char *step, int error, int number)
{
	return (struct vp_kvm){ .step = step, .error = error, .number = number };
}

static struct vp_kvm ask(int device)
{
	int version, machine;

	version = ioctl(device, KVM_GET_API_VERSION, 0);
	if (version < 0)
		return failed("version", errno, 0);
	if (version != VP_KVM_VERSION)
		return failed("version", 0, version);
	machine = ioctl(device, KVM_CREATE_VM, 0);
	if (machine < 0)
		return failed("create", errno, version);
	close(machine);
	return failed("done", 0, version);
}

struct vp_kvm vp_probe_kvm(const char *device)
{
	struct vp_kvm result;
	struct stat facts;
	/* Without O_NONBLOCK a pipe in its place would wait for ever. */
	int descriptor = open(device, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (descriptor < 0)
		return failed("open", errno, 0);
	if (fstat(descriptor, &facts) != 0)
		result = failed("device", errno, 0);
	else if (!S_ISCHR(facts.st_mode))
		result = failed("device", 0, (int)(facts.st_mode & S_IFMT));
	else
		result = ask(descriptor);
	close(descriptor);
	return result;
}
