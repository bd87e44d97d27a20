#define _GNU_SOURCE
#include "cunitio_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct cu_pool {
    unsigned char *base;
    size_t stride;
    size_t total;
};

cu_pool *cu_pool_create(size_t buffers, size_t bytes_each, int *locked) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t stride = (bytes_each + page - 1) / page * page;
    if (buffers == 0 || stride == 0 || stride > SIZE_MAX / buffers) {
        errno = EINVAL;
        return NULL;
    }
    cu_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pool->stride = stride;
    pool->total = stride * buffers;
    pool->base = mmap(NULL, pool->total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pool->base == MAP_FAILED) {
        free(pool);
        return NULL;
    }
    madvise(pool->base, pool->total, MADV_DONTDUMP);
    madvise(pool->base, pool->total, MADV_WIPEONFORK);
    *locked = mlock(pool->base, pool->total) == 0;
    return pool;
}

void cu_pool_destroy(cu_pool *pool) {
    if (!pool) return;
    explicit_bzero(pool->base, pool->total);
    munmap(pool->base, pool->total);
    free(pool);
}

void *cu_pool_buffer(const cu_pool *pool, size_t index) { return pool->base + index * pool->stride; }

void cu_pool_wipe(const cu_pool *pool, size_t index, size_t bytes) {
    if (bytes > pool->stride) bytes = pool->stride;
    explicit_bzero(pool->base + index * pool->stride, bytes);
}
