#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "report.h"

static int open_same(struct vp_file *file)
{
	struct stat facts;

	/* Links are followed, as QEMU will: where they lead is what counts. Open until exec, the inode stays taken. */
	file->descriptor = open(file->path, O_PATH | O_CLOEXEC);
	if (file->descriptor < 0 || fstat(file->descriptor, &facts) != 0)
		return errno;
	return facts.st_dev == file->device && facts.st_ino == file->inode ? 0 : ESTALE;
}

int vp_open_files(const struct vp_plan *plan)
{
	for (size_t i = 0; i < plan->file_count; i++) {
		int error = open_same(&plan->files[i]);

		if (error == 0)
			continue;
		vp_report_subject(plan->files[i].path);
		return error;
	}
	return 0;
}
