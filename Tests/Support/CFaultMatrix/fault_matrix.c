#define _GNU_SOURCE
#include "fault_matrix.h"

#include <linux/capability.h>

#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By the system call: the C library has no function for one capability, and libcap would be a dependency for this. */
static void set_administration(int on) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return;
    if (on) {
        data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective |= CAP_TO_MASK(CAP_SYS_ADMIN);
    } else {
        data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &= ~CAP_TO_MASK(CAP_SYS_ADMIN);
    }
    syscall(SYS_capset, &header, data);
}

void fm_open_files_as(uid_t uid, gid_t gid) {
    set_administration(uid == 0);
    /* The group first: a user without rights may not change it. */
    if (uid == 0) setfsuid(0);
    setfsgid(gid);
    setfsuid(uid);
}
