/*
 * probe --with-key NAME PROGRAM...: starts a program with a key in its session keyring.
 * probe FILE: takes its input from there.
 * probe: stands in for QEMU, whatever its arguments. Each line of its input is
 * "WORD [ARGUMENT]": something that a guest which has broken out would try.
 * It answers "WORD ok" or "WORD ERRNO"; `state` is answered with what it is.
 */
static int attempt(const char *word, const char *argument)
{
	pid_t pid = atoi(argument);

#define WORD(name) (strcmp(word, name) == 0)
	if (WORD("read")) return use(argument, O_RDONLY);
	if (WORD("write")) return use(argument, O_RDWR);
	if (WORD("empty")) return use(argument, O_RDONLY | O_TRUNC);
	if (WORD("make")) return make_in(argument);
	if (WORD("remove")) return unlink(argument);
	if (WORD("chmod")) return change_mode(argument);
	if (WORD("chmod-descriptor")) return change_mode_of(argument);
	if (WORD("chown")) return chown(argument, getuid(), getgid());
	if (WORD("utime")) return touch(argument);
	if (WORD("futimens")) return touch_own(argument);
	if (WORD("setxattr")) return setxattr(argument, "user.probe", "x", 1, 0);
	if (WORD("signal")) return kill(pid, 0);
	if (WORD("thread-signal")) return (int)syscall(SYS_tkill, pid, 0);
	if (WORD("ptrace")) return trace(pid);
	if (WORD("memory")) return write_memory(pid);
	if (WORD("prlimit")) return limit(pid);
	if (WORD("affinity")) return bind_to_processor(pid);
	if (WORD("priority")) return setpriority(PRIO_PROCESS, (id_t)pid, getpriority(PRIO_PROCESS, (id_t)pid));
	if (WORD("priority-user")) return setpriority(PRIO_USER, getuid(), 19);
	if (WORD("connect")) return connect_to(argument, 0);
	if (WORD("abstract")) return connect_to(argument, 1);
	if (WORD("tcp-connect")) return use_port(pid, connect);
	if (WORD("tcp-listen")) return use_port(pid, bind);
	if (WORD("exec")) return run(argument);
	if (WORD("setuid")) return setresuid(0, 0, 0);
	if (WORD("mknod")) return mknod(argument, S_IFCHR | 0600, 0x0a03);
	if (WORD("raise")) return raise_limit();
	if (WORD("owner")) return own_signals(pid);
	if (WORD("namespace")) return make_namespace();
	if (WORD("clone-namespace")) return clone_namespace();
	if (WORD("ring")) return make_ring();
	if (WORD("watch")) return watch(pid);
	if (WORD("tap-stay")) return ioctl(pid, TUNSETPERSIST, 1);
	if (WORD("tap-owner")) return ioctl(pid, TUNSETOWNER, 0);
	if (WORD("tap-group")) return ioctl(pid, TUNSETGROUP, 0);
	if (WORD("code")) return make_code();
	if (WORD("key")) return find_key(argument);
	errno = ENOSYS;
	return -1;
}

static void show_file(const char *path)
{
	char text[16384];
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	while (file >= 0 && (length = read(file, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)length, stdout);
	close(file);
}

extern char **environ;

static void show_state(void)
{
	DIR *list = opendir("/proc/self/fd");
	char directory[PATH_MAX];
	struct dirent *entry;

	show_file("/proc/self/status");
	for (char **variable = environ; *variable != NULL; variable++)
		printf("Env:\t%s\n", *variable);
	while (list != NULL && (entry = readdir(list)) != NULL)
		if (atoi(entry->d_name) != dirfd(list) && entry->d_name[0] != '.')
			printf("Fd:\t%s\n", entry->d_name);
	printf("Directory:\t%s\n", getcwd(directory, sizeof(directory)));
	printf("OomScore:\t");
	fflush(stdout);
	show_file("/proc/self/oom_score_adj");
}

/* Starts a program with a key in the session keyring, as a caller of the launcher may have one. */
static int start_with_key(char **argv)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", argv[2], "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0)
		return 2;
	/* Whoever is of its user may look for it. */
	execv(argv[3], argv + 3);
	return 2;
}

int main(int argc, char **argv)
{
	char line[PATH_MAX + 64];

	if (argc > 3 && strcmp(argv[1], "--with-key") == 0)
		return start_with_key(argv);
	if (argc == 2 && freopen(argv[1], "r", stdin) == NULL)
		return 2;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *argument = strchr(line, ' ');

		line[strcspn(line, "\n")] = 0;
		if (argument != NULL)
			*argument++ = 0;
		if (strcmp(line, "state") == 0)
			show_state();
		else if (attempt(line, argument == NULL ? "" : argument) == 0)
			printf("%s ok\n", line);
		else
			printf("%s %s\n", line, strerrorname_np(errno));
		fflush(stdout);
	}
	return 0;
}
