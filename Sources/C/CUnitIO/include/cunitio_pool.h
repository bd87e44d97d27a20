/* A pool of equal buffers for samples. Raw key is secret from the first sample: the pages are locked (never swapped),
 * left out of core files, wiped in a forked child, and overwritten when a buffer is given back. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct cu_pool cu_pool;

/* Buffers of a multiple of the page size each, all in one mapping. NULL with errno on failure; *locked tells whether
 * mlock succeeded (RLIMIT_MEMLOCK may forbid it): the caller decides whether that is acceptable. */
cu_pool *cu_pool_create(size_t buffers, size_t bytes_each, int *locked);

/* Wipes and unmaps everything. No buffer may be in use; any thread. */
void cu_pool_destroy(cu_pool *pool);

/* Start of buffer index; valid until the pool is destroyed. */
void *cu_pool_buffer(const cu_pool *pool, size_t index);

/* Overwrites the first bytes bytes of a buffer so that the compiler cannot leave it out. The buffer's user calls it. */
void cu_pool_wipe(const cu_pool *pool, size_t index, size_t bytes);
