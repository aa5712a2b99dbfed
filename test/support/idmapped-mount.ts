import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { compile } from './program.ts';

const source = `
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_map(int child, const char *name, const char *map)
{
	char path[64];
	int file, good;

	snprintf(path, sizeof(path), "/proc/%d/%s", child, name);
	file = open(path, O_WRONLY);
	good = file >= 0 && dprintf(file, "%s", map) > 0;
	close(file);
	return good;
}

int main(int count, char **words)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP };
	char path[64];
	int ready[2], tree, child;

	if (count != 4 || pipe(ready) != 0)
		return 1;
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWUSER) != 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	if (read(ready[0], path, 1) != 1 || !write_map(child, "uid_map", words[3]) ||
	    !write_map(child, "gid_map", words[3]))
		return 2;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", child);
	attributes.userns_fd = open(path, O_RDONLY);
	tree = syscall(SYS_open_tree, AT_FDCWD, words[1], OPEN_TREE_CLONE);
	count = tree < 0 || syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes,
				    sizeof(attributes)) != 0 ||
		syscall(SYS_move_mount, tree, "", AT_FDCWD, words[2], MOVE_MOUNT_F_EMPTY_PATH) != 0;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return count ? 3 : 0;
}
`;

/**
 * Shows a mounted directory in another place, where each id is `shift` more than on the disk, up to `count` of
 * them; what lies beyond belongs to nobody there. False where the kernel or the file system cannot.
 */
export function mountShifted(
  scratch: string,
  from: string,
  place: string,
  shift: number,
  count: number,
): boolean {
  mkdirSync(place, { recursive: true });
  const program = compile(`${scratch}/idmap`, source);
  return spawnSync(program, [from, place, `0 ${shift} ${count}`]).status === 0;
}
