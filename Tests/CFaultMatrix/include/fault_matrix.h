#ifndef FAULT_MATRIX_H
#define FAULT_MATRIX_H

#include <stddef.h>
#include <sys/types.h>

/* Bytes of the heap that are in use, over all arenas, mapped blocks included. */
size_t fm_heap_in_use(void);

/* Keeps the allocator from making arenas of 64 MiB address space whenever two threads allocate at once: mappings could
   not be compared otherwise. Once, before the first thread. */
void fm_settle_allocator(void);

/* Gives what the heap does not use back to the kernel. */
void fm_trim(void);

/* User and group by which the calling thread, and no other, is judged when it opens files, without CAP_SYS_ADMIN, which
   opens exclusive terminals. With uid 0 it has root's rights again. */
void fm_open_files_as(uid_t uid, gid_t gid);

#endif
