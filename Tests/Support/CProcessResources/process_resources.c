#define _GNU_SOURCE
#include "process_resources.h"

#include <malloc.h>

size_t pr_heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void pr_settle_allocator(void) { mallopt(M_ARENA_MAX, 2); }

void pr_trim(void) { malloc_trim(0); }
