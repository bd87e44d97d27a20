/* File requests that end later (Linux AIO), which is how several transfers at once get onto an endpoint file of
 * FunctionFS: its read and write take one at a time. One thread at a time may use a context. Functions return 0 or a
 * count on success and -errno on failure. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct cu_aio cu_aio;

typedef struct {
    uint32_t slot;
    int64_t result; /* octets, or -errno */
} cu_aio_completion;

/* A context for requests in slots 0 ... slots - 1, whose completions set event, an eventfd that stays the caller's.
 * NULL with errno on failure. */
cu_aio *cu_aio_create(unsigned slots, int event);

/* Cancels what is under way, waits for it, and frees the context. */
void cu_aio_destroy(cu_aio *aio);

/* Starts a request. The slot must be free, and the memory stays the kernel's until the completion was reaped. */
int cu_aio_read(cu_aio *aio, unsigned slot, int fd, void *memory, size_t count);
int cu_aio_write(cu_aio *aio, unsigned slot, int fd, const void *memory, size_t count);

/* Asks for an early end; the completion comes all the same. */
int cu_aio_cancel(cu_aio *aio, unsigned slot);

/* Takes completions that are there, in the order in which they ended; returns their number. Does not wait. */
int cu_aio_reap(cu_aio *aio, cu_aio_completion *completions, unsigned capacity);
