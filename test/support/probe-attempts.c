/* What probe.c tries, one function each: 0, or -1 and errno. The two are compiled as one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Opens and reads or writes a byte; a directory is listed. */
static int use(const char *path, int flags)
{
	int file = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	char byte = 0;
	ssize_t done;

	if (file < 0)
		return -1;
	done = (flags & O_ACCMODE) == O_RDONLY ? read(file, &byte, 1) : pwrite(file, "x", 1, 0);
	if (done < 0 && errno != EISDIR && errno != EAGAIN) {
		close(file);
		return -1;
	}
	close(file);
	return 0;
}

/* To a socket that has a path, or to one in the abstract namespace, padded with NULs as Node names it. */
static int connect_to(const char *name, int abstract)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int result, end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path + abstract, name, sizeof(address.sun_path) - 2);
	result = connect(end, (struct sockaddr *)&address, sizeof(address));
	if (result != 0) {
		int error = errno;

		close(end);
		errno = error;
		return -1;
	}
	return close(end);
}

static int use_port(int port, int (*what)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result = what(end, (struct sockaddr *)&address, sizeof(address)), error = errno;

	close(end);
	errno = error;
	return result;
}

static int change_mode(const char *path)
{
	struct stat facts;

	return stat(path, &facts) != 0 ? -1 : chmod(path, facts.st_mode & 07777);
}

/* By descriptor of a file that may not be opened: the mode is not asked for that. */
static int change_mode_of(const char *path)
{
	char link[64];
	int file = open(path, O_PATH | O_CLOEXEC);

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	return file < 0 ? -1 : change_mode(link);
}

static int touch(const char *path)
{
	return utimensat(AT_FDCWD, path, NULL, 0);
}

static int touch_own(const char *path)
{
	int file = open(path, O_RDWR | O_CLOEXEC), result;

	if (file < 0)
		return -1;
	result = futimens(file, NULL);
	close(file);
	return result;
}

static int trace(pid_t pid)
{
	/* The end of this process lets go of it. */
	return ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 ? -1 : 0;
}

static int write_memory(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return use(path, O_RDWR) == 0 || errno == EIO ? 0 : -1;
}

static int limit(pid_t pid)
{
	struct rlimit value;

	if (prlimit(pid, RLIMIT_CORE, NULL, &value) != 0)
		return -1;
	return prlimit(pid, RLIMIT_CORE, &value, NULL);
}

static int bind_to_processor(pid_t pid)
{
	cpu_set_t set;

	if (sched_getaffinity(pid, sizeof(set), &set) != 0)
		return -1;
	return sched_setaffinity(pid, sizeof(set), &set);
}

/* In a child: it would be gone if it succeeded. */
static int run(const char *path)
{
	pid_t child = vfork();
	int status;

	if (child == 0) {
		execl(path, path, "-c", ":", (char *)NULL);
		_exit(errno);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0 ? 0 : -1;
}

static int raise_limit(void)
{
	struct rlimit value;

	if (getrlimit(RLIMIT_NOFILE, &value) != 0)
		return -1;
	value.rlim_max++;
	return setrlimit(RLIMIT_NOFILE, &value);
}

static int make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

/* The kernel is to send a signal to somebody when there is something to read. */
static int own_signals(pid_t pid)
{
	return fcntl(STDIN_FILENO, F_SETOWN, pid) != 0 ? -1 : fcntl(STDIN_FILENO, F_SETOWN, 0);
}

/* In a child, whose end is the end of it. */
static int make_namespace(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 ? 0 : errno);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	errno = WEXITSTATUS(status);
	return errno == 0 ? 0 : -1;
}

static int clone_namespace(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (child == 0)
		_exit(0);
	return child < 0 || waitpid(child, NULL, 0) < 0 ? -1 : 0;
}

static int make_ring(void)
{
	char parameters[120] = { 0 };
	int ring = (int)syscall(425, 1, parameters);

	return ring < 0 ? -1 : close(ring);
}

/* Samples of what a process executes hold its registers and addresses. */
static int watch(pid_t pid)
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attributes),
					      .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1,
					      .exclude_hv = 1 };
	int events = (int)syscall(SYS_perf_event_open, &attributes, pid, -1, -1, 0);

	return events < 0 ? -1 : close(events);
}

/* A key that the caller has put into its session keyring. */
static int find_key(const char *name)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", name, 0) < 0 ? -1 : 0;
}

static int make_in(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (file < 0)
		return -1;
	close(file);
	return unlink(path);
}
