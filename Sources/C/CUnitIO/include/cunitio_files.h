/* Files in folders that are open: what Glibc's Swift module does not export. (Processes: cunitio_process.h.) */
#pragma once

/* Opens a folder for names in it, without the right to list it; the descriptor cannot be synced. -errno if it cannot be
 * opened. The caller closes it. Any thread. */
int cu_open_folder_path(const char *path);

/* Renames within a folder, unless the new name is taken: -EEXIST then. -EINVAL where the file system cannot promise that
 * (NFS, some of FUSE). Keeps no pointer; any thread. */
int cu_rename_exclusive(int folder, const char *from, const char *to);
