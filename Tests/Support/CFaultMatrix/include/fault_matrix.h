#ifndef FAULT_MATRIX_H
#define FAULT_MATRIX_H

#include <sys/types.h>

/* User and group by which the calling thread, and no other, is judged when it opens files, without CAP_SYS_ADMIN, which
   opens exclusive terminals. With uid 0 it has root's rights again. */
void fm_open_files_as(uid_t uid, gid_t gid);

#endif
