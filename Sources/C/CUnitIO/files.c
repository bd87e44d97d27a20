#define _GNU_SOURCE
#include "cunitio_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

int cu_open_folder_path(const char *path) {
    int descriptor = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int cu_rename_exclusive(int folder, const char *from, const char *to) {
    return renameat2(folder, from, folder, to, RENAME_NOREPLACE) ? -errno : 0;
}
