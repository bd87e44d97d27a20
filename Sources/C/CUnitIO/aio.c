#define _GNU_SOURCE
#include "cunitio_aio.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The C library wraps none of the five system calls, and libaio would be one more dependency for just these. */
struct cu_aio {
    aio_context_t context;
    int event;
    unsigned slots;
    struct iocb blocks[]; /* at fixed addresses: the kernel knows a request by its block's */
};

cu_aio *cu_aio_create(unsigned slots, int event) {
    cu_aio *aio = calloc(1, sizeof *aio + slots * sizeof aio->blocks[0]);
    if (!aio) return NULL;
    aio->event = event;
    aio->slots = slots;
    if (syscall(SYS_io_setup, slots, &aio->context) < 0) {
        int code = errno;
        free(aio);
        errno = code;
        return NULL;
    }
    return aio;
}

void cu_aio_destroy(cu_aio *aio) {
    syscall(SYS_io_destroy, aio->context);
    free(aio);
}

static int submit(cu_aio *aio, unsigned slot, int fd, unsigned short operation, void *memory, size_t count) {
    if (slot >= aio->slots) return -EINVAL;
    struct iocb *block = &aio->blocks[slot];
    memset(block, 0, sizeof *block);
    block->aio_data = slot;
    block->aio_lio_opcode = operation;
    block->aio_fildes = (uint32_t)fd;
    block->aio_buf = (uintptr_t)memory;
    block->aio_nbytes = count;
    block->aio_flags = IOCB_FLAG_RESFD;
    block->aio_resfd = (uint32_t)aio->event;
    long started = syscall(SYS_io_submit, aio->context, 1, &block);
    return started == 1 ? 0 : started < 0 ? -errno : -EAGAIN;
}

int cu_aio_read(cu_aio *aio, unsigned slot, int fd, void *memory, size_t count) {
    return submit(aio, slot, fd, IOCB_CMD_PREAD, memory, count);
}

int cu_aio_write(cu_aio *aio, unsigned slot, int fd, const void *memory, size_t count) {
    return submit(aio, slot, fd, IOCB_CMD_PWRITE, (void *)(uintptr_t)memory, count);
}

int cu_aio_cancel(cu_aio *aio, unsigned slot) {
    struct io_event event;
    if (slot >= aio->slots) return -EINVAL;
    if (syscall(SYS_io_cancel, aio->context, &aio->blocks[slot], &event) == 0) return 0;
    return errno == EINPROGRESS ? 0 : -errno;
}

int cu_aio_reap(cu_aio *aio, cu_aio_completion *completions, unsigned capacity) {
    struct io_event events[64];
    struct timespec none = {0, 0};
    unsigned wanted = capacity < 64 ? capacity : 64;
    long count = syscall(SYS_io_getevents, aio->context, 0, wanted, events, &none);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (long i = 0; i < count; i++) {
        completions[i].slot = (uint32_t)events[i].data;
        completions[i].result = events[i].res;
    }
    return (int)count;
}
